"""
Maildir: one file per message, read without locks, and the outbox that records envelopes beside the octets.

The format is Daniel J. Bernstein's: a message is written under ``tmp``, then appears in ``new`` at once; a reader moves
it to ``cur`` and adds flags to its name.  A Maildir has no place for an envelope, and the octets of a message must not
hold one (RFC 5322 3.6.3), so `Outbox` keeps each in a file of its own.

    a directory -> entries (key, flags, octets)
    Delivery -> new/KEY and envelopes/KEY.json -> the same Delivery

May import: `record`, `parser`, `message`, `delivery`, `limits`, `clock`.  Imported by: the façade, `cli`, `lint`.
"""

from __future__ import annotations

import json
import os
import re
import stat
from itertools import count
from pathlib import Path

from mimekit import record
from mimekit.clock import current_rng, current_time
from mimekit.delivery import Delivery
from mimekit.errors import ContentError, EnvelopeError, MimekitError, show
from mimekit.frozen import Frozen, put
from mimekit.limits import DEFAULT_LIMITS
from mimekit.message import Message
from mimekit.parser import parse

__all__ = ["Entry", "Maildir", "Outbox", "Skipped"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mimekit.limits import Limits

_FOLDERS = ("new", "cur")
_INFO = re.compile(r"[:;!]2,([^:;!]*+)\Z")  # the colon cannot stand in a Windows file name; others are used there
_FLAGS = re.compile(r"[A-Za-z]*+")
_OPEN = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
_numbers = count(1)


class Entry(Frozen):
    """
    One message of a Maildir: its unique ``key``, its ``flags`` in order (``S`` seen, ``R`` replied, ...), its ``path``.

    Nothing is read yet.  ``folder`` is ``new`` or ``cur``.
    """

    __slots__ = ("flags", "folder", "key", "path")

    key: str
    flags: str
    folder: str
    path: Path

    def __init__(self, path: Path) -> None:
        name = os.fsencode(path.name).decode("utf-8", "backslashreplace")
        info = _INFO.search(name)
        put(self, "key", name if info is None else name[: info.start()])
        put(self, "flags", "" if info is None else "".join(sorted({char for char in info[1] if _is_flag(char)})))
        put(self, "folder", path.parent.name)
        put(self, "path", path)

    def octets(self) -> bytes:
        """Read the octets of the file; `ContentError` when it is gone, also under other flags."""
        with os.fdopen(self._open(), "rb") as file:
            return file.read()

    def parse(self, *, mapped: bool = False, strict: bool = False, limits: Limits = DEFAULT_LIMITS) -> Message:
        """Parse the message, over an `mmap` of the file when *mapped*; see `mimekit.parse`."""
        if not mapped:
            return parse(self.octets(), strict=strict, limits=limits)
        from mmap import ACCESS_READ, mmap

        descriptor = self._open()
        try:
            if os.fstat(descriptor).st_size == 0:  # nothing can be mapped
                return parse(b"", strict=strict, limits=limits)
            return parse(mmap(descriptor, 0, access=ACCESS_READ), strict=strict, limits=limits)
        finally:
            os.close(descriptor)

    def _open(self) -> int:
        """Open the file where it is, or where a reader moved it to since."""
        for path in self._places():
            try:
                descriptor = os.open(path, _OPEN)
            except FileNotFoundError:
                continue
            except OSError as error:
                message = f"{show(str(path))} cannot be read: {error.strerror}"
                raise ContentError(message) from None
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return descriptor
            os.close(descriptor)
        folder = show(str(self.path.parent.parent))
        message = f"the message {show(self.key)} is gone from {folder}; list the Maildir again"
        raise ContentError(message)

    def _places(self) -> Iterator[Path]:
        yield self.path
        for found in _list(self.path.parent.parent)[0]:
            if found.key == self.key:
                yield found.path


class Skipped(Frozen):
    """What stands in a Maildir and is no message: its ``name`` below the Maildir, and the ``reason``."""

    __slots__ = ("name", "reason")

    name: str
    reason: str

    def __init__(self, name: str, reason: str) -> None:
        put(self, "name", name)
        put(self, "reason", reason)


class Maildir:
    """
    A Maildir: iteration gives an `Entry` per message of ``new`` and ``cur``, by key, which is by time of delivery.

    Names that begin with a dot are not looked at; what is no regular file is left out and stands in `skipped`.  Raises
    `ContentError` when *path* has neither ``new`` nor ``cur``, unless *create* makes them.
    """

    def __init__(self, path: str | os.PathLike[str], *, create: bool = False) -> None:
        self.path = Path(path)
        if create:
            try:
                for folder in ("tmp", *_FOLDERS):
                    (self.path / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
            except OSError as error:
                message = f"no Maildir can be made at {show(str(path))}: {error.strerror}"
                raise ContentError(message) from None
        elif not any((self.path / folder).is_dir() for folder in _FOLDERS):
            message = f"{show(str(path))} is no Maildir: it has no directory new or cur; pass create=True to make one"
            raise ContentError(message)

    def __iter__(self) -> Iterator[Entry]:
        return iter(_list(self.path)[0])

    def __len__(self) -> int:
        return len(_list(self.path)[0])

    def __getitem__(self, key: str) -> Entry:
        for entry in self:
            if entry.key == key:
                return entry
        raise KeyError(key)

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {show(str(self.path))}>"

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """What stands in ``new`` or ``cur`` and is no regular file, and why it is left out."""
        return tuple(_list(self.path)[1])

    def add(self, source: Message | bytes | Iterable[bytes], *, flags: str = "", fsync: bool = True) -> Entry:
        """
        Write a message, exactly these octets, block by block; it appears in ``new``, or with *flags* in ``cur``.

        With *fsync* it is on the disk before this returns.
        """
        if not _FLAGS.fullmatch(flags):
            message = f"flags is {show(flags)}; a flag is one ASCII letter"
            raise ContentError(message)
        whole = source.iter_bytes() if isinstance(source, Message) else source
        key, written = self._write((whole,) if isinstance(whole, bytes) else whole, fsync=fsync)
        target = self.path / ("cur" if flags else "new") / (f"{key}:2,{''.join(sorted(set(flags)))}" if flags else key)
        return self._appear(written, target, fsync=fsync)

    def _write(self, blocks: Iterable[bytes], *, fsync: bool) -> tuple[str, Path]:
        """Write a file below ``tmp`` under a key that is new."""
        while True:
            key = _new_key()
            path = self.path / "tmp" / key
            try:
                descriptor = os.open(path, _CREATE, 0o600)
            except FileExistsError:
                continue
            try:
                with os.fdopen(descriptor, "wb") as file:
                    for block in blocks:
                        file.write(block)
                    file.flush()
                    if fsync:
                        os.fsync(file.fileno())
            except BaseException:
                path.unlink(missing_ok=True)
                raise
            return key, path

    def _appear(self, written: Path, target: Path, *, fsync: bool) -> Entry:
        """Move a finished file from ``tmp`` to its place, never over another one."""
        try:
            os.link(written, target)
        except FileExistsError:
            message = f"{show(str(target))} is there already; nothing was written over it"
            raise ContentError(message) from None
        except OSError:  # no hard links on this file system; the key is random, so nothing stands there
            written.rename(target)
        else:
            written.unlink()
        if fsync:
            _sync_directory(target.parent)
        return Entry(target)


class Outbox(Maildir):
    """
    A Maildir of what was sent: the exact octets of each delivery in ``new``, its envelope in ``envelopes/KEY.json``.

    Nothing of the envelope is in the octets, so a Bcc recipient is found in the outbox and in no message.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(path, create=True)
        (self.path / "envelopes").mkdir(mode=0o700, exist_ok=True)

    def deliver(self, delivery: Delivery, *, fsync: bool = True) -> Entry:
        """
        Record one delivery and give its entry; the envelope is written before the message appears.

        Raises `EnvelopeError` when ``handover`` holds what JSON would not give back.
        """
        octets = record.encode(delivery)
        key, written = self._write(delivery.iter_data(), fsync=fsync)
        try:
            envelope = self._envelope_path(key)
            with os.fdopen(os.open(envelope, _CREATE, 0o600), "wb") as file:
                file.write(octets)
                file.flush()
                if fsync:
                    os.fsync(file.fileno())
            if fsync:
                _sync_directory(envelope.parent)
        except BaseException:
            written.unlink(missing_ok=True)
            raise
        return self._appear(written, self.path / "new" / key, fsync=fsync)

    def deliveries(self) -> Iterator[Delivery]:
        """
        Yield what was delivered, in order, each equal to what `deliver` got.

        Raises `EnvelopeError` for a message whose envelope is missing or cannot be read.
        """
        for entry in self:
            yield self._delivery(entry)

    def delivery(self, key: str) -> Delivery:
        """Give one delivery by its key; `KeyError` when there is none."""
        return self._delivery(self[key])

    def _delivery(self, entry: Entry) -> Delivery:
        path = self._envelope_path(entry.key)
        try:
            found = json.loads(path.read_bytes())
            envelope = record.envelope(found)
            handover = dict(found["handover"])
        except OSError as error:
            message = f"the envelope {show(str(path))} cannot be read: {error.strerror}"
            raise EnvelopeError(message) from None
        except (KeyError, TypeError, AttributeError, ValueError, RecursionError) as error:
            reason = error if isinstance(error, MimekitError) else f"{type(error).__name__} {show(str(error))}"
            message = f"the envelope {show(str(path))} is not what an outbox writes: {reason}"
            raise EnvelopeError(message) from None
        return Delivery(envelope, entry.octets(), handover=handover)

    def _envelope_path(self, key: str) -> Path:
        return self.path / "envelopes" / f"{key}.json"


def _is_flag(char: str) -> bool:
    return char.isascii() and char.isalpha()


def _list(path: Path) -> tuple[list[Entry], list[Skipped]]:
    """Find the messages of a Maildir and what is none."""
    found: list[Entry] = []
    skipped: list[Skipped] = []
    for folder in _FOLDERS:
        try:
            with os.scandir(path / folder) as listing:
                items = [item for item in listing if not item.name.startswith(".")]
        except (FileNotFoundError, NotADirectoryError):
            continue
        for item in items:
            try:
                mode = item.stat(follow_symlinks=False).st_mode
            except OSError:  # moved or deleted since it was listed
                continue
            entry = Entry(path / folder / item.name)
            if stat.S_ISREG(mode):
                found.append(entry)
            else:
                skipped.append(Skipped(f"{folder}/{entry.key}", _what(mode)))
    read = {entry.key for entry in found if entry.folder == "cur"}
    kept = [entry for entry in found if entry.folder == "cur" or entry.key not in read or os.path.lexists(entry.path)]
    return sorted(kept, key=lambda entry: (entry.key, entry.folder)), sorted(skipped, key=lambda item: item.name)


def _what(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "a symbolic link, which may lead anywhere"
    return "a directory" if stat.S_ISDIR(mode) else "no regular file"


def _new_key() -> str:
    """
    Give a unique name: time, process, number and random bits, so that the order of names is that of deliveries.

    The host name that the format suggests would tell more than it adds to 64 random bits.
    """
    now = current_time()
    seconds, random = int(now.timestamp()), current_rng().getrandbits(64)
    return f"{seconds}.M{now.microsecond:06d}P{os.getpid()}Q{next(_numbers):06d}R{random:016x}.mimekit"


def _sync_directory(path: Path) -> None:
    """Put the names of a directory on the disk, where the system can do that."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    except OSError:  # Windows opens no directories
        return
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
