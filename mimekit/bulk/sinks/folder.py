"""
Folders of messages: a file for each, under a name that every rendering of the row gives.

A message is written under another name first, and takes its own when it is on the disk, many at a time; so a file with
a message's name is a whole message.  A run that is taken up again writes the same names again.  The envelope is in a
file of its own, on the disk before the message appears, as `maildir.Outbox` has it: the octets must not name those in
Bcc (RFC 5322 3.6.3).

    item -> (name, octets, envelope) -> two files

May import: `bulk.lines`, `record`, `errors`.  Imported by: `bulk.sinks.eml`, `bulk.sinks.maildir`.
"""

from __future__ import annotations

import os
import re
from abc import ABC, abstractmethod
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from hashlib import sha256
from typing import TYPE_CHECKING

from mimekit import record
from mimekit.bulk.lines import show_path, sync_directory
from mimekit.errors import BulkError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from mimekit.bulk.items import Item, Rejection

    Prepared = tuple[str, bytes, bytes]

__all__ = ["Folder", "name_of"]

_CREATE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_FILES = 1000
_PART = re.compile(r"\.[0-9]{9,}\.[0-9a-f]{24}\.part")  # a name of `name_of`
_THREADS = 32
_SECONDS = 2.0


def name_of(item: Item) -> str:
    """Give a name that sorts by row and is that of no other row and no other run."""
    digest = sha256(f"{item.message_id}\0{item.key}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"{item.number:09d}.{digest[:24]}"


class Folder(ABC):
    """What the two sinks have in common: a place for the octets being written, one for the messages, the envelopes."""

    kind = ""
    suffix = ""
    kept: tuple[tuple[str, str], ...] = (("envelopes", ".json"),)
    """Directories whose files nobody else takes away, and how the names of the files end."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.envelopes = path / "envelopes"
        self._many = 0  # messages that have their names
        self._written: list[tuple[str, str, str]] = []  # paths before and after, and of the envelope

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.path}>"

    @abstractmethod
    def places(self) -> tuple[Path, Path]:
        """Give the directory where octets are written, and the one where messages appear."""

    @abstractmethod
    def check_new(self) -> None:
        """Raise when the folder must not be written to."""

    def check_whole(self, position: Mapping[str, Any]) -> None:
        """Raise when files are gone that no reader of the messages takes away."""
        wanted = position["messages"]
        for place, suffix in self.kept:
            path = self.path / place
            found = len([name for name in os.listdir(path) if name.endswith(suffix)]) if path.is_dir() else 0  # noqa: PTH208 - many
            if found < wanted:
                message = (
                    f"{show_path(path)} has {found} files *{suffix} and its journal knows of {wanted}: somebody else "
                    f"changed it; begin anew with another directory"
                )
                raise BulkError(message)

    def is_there(self, name: str) -> bool:  # noqa: ARG002 - one that has readers looks
        """Whether a message was taken from its place by somebody who read it."""
        return False

    def prepare(self, item: Item) -> Prepared:
        """Give the name of a message, its octets and its envelope."""
        return name_of(item), item.delivery.data, record.encode(item.delivery)

    def prepare_rejected(self, rejection: Rejection) -> None:  # noqa: B027 - nothing is what both write
        """Write nothing for a row that made no message."""

    def pack(self, prepared: Sequence[Prepared]) -> Sequence[Prepared]:
        """Give the same."""
        return prepared

    def start(self, position: Mapping[str, Any] | None) -> None:
        """Make the directories; what an earlier run wrote after *position* is written again under the same names."""
        if position is not None:
            self.check_whole(position)
        self._many = position["messages"] if position else 0
        for place in (self.path, *self.places(), self.envelopes):
            place.mkdir(mode=0o700, parents=True, exist_ok=True)
        for entry in self.places()[0].iterdir():
            if _PART.fullmatch(entry.name):
                entry.unlink()

    def write(self, packed: Iterable[Prepared]) -> None:
        """Write files that have not their names yet."""
        making, place = map(str, self.places())
        envelopes = str(self.envelopes)
        for name, octets, envelope in packed:
            self._many += 1
            if self.is_there(name):
                continue
            beside = f"{envelopes}/{name}.json"
            _write(beside, envelope)
            before = f"{making}/.{name}.part"
            _write(before, octets)
            self._written.append((before, f"{place}/{name}{self.suffix}", beside))

    def is_due(self, seconds: float) -> bool:
        """Whether it is time to flush."""
        return len(self._written) >= _FILES or seconds >= _SECONDS

    def flush(self) -> Mapping[str, Any]:
        """Have everything on the disk, then give the messages their names."""
        if self._written:
            # Many at once: a file system that is asked for the next file while it waits for the disk takes both along.
            with ThreadPoolExecutor(_THREADS) as threads:
                for _ in threads.map(_sync, [path for pair in self._written for path in (pair[0], pair[2])]):
                    pass
            sync_directory(self.envelopes)
            for before, after, _ in self._written:
                os.replace(before, after)  # noqa: PTH105 - many
            sync_directory(self.places()[1])
            self._written.clear()
        return {"messages": self._many}

    def close(self) -> None:
        """Take away what has no name yet: it is written again when the run is taken up."""
        for before, *_ in self._written:
            with suppress(FileNotFoundError):  # a flush that broke off has named it
                os.unlink(before)  # noqa: PTH108 - many
        self._written.clear()


def _write(path: str, octets: bytes) -> None:
    descriptor = os.open(path, _CREATE, 0o600)
    try:
        view = memoryview(octets)
        while view:
            view = view[os.write(descriptor, view) :]
    finally:
        os.close(descriptor)


def _sync(path: str) -> None:
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
