"""
Sources: the messages that are meant by files, directories, mailboxes and specs, each with a name and its place in it.

A file that is named is a message whatever its name is; an mbox when it begins with ``From `` and is no ``.eml``; a
directory is searched for ``*.eml``, ``*.mbox`` and Maildirs (new and cur).

    paths -> Source, one for each message

May import: the core, `lint.context`.  Imported by: `cli`, `lint.running`, `testing`.
"""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mimekit.errors import EnvelopeError
from mimekit.lint.context import LintError
from mimekit.maildir import Maildir
from mimekit.parser import parse_mbox

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mimekit.envelope import Envelope
    from mimekit.message import Message

__all__ = ["STANDARD_INPUT", "Source", "find"]

STANDARD_INPUT = "-"
_START = 4096  # octets by which a file is known
_MBOX = b"From "
_BOM = b"\xef\xbb\xbf"
_MESSAGES, _MAILBOXES = frozenset({".eml"}), frozenset({".mbox"})


class Source(NamedTuple):
    """One message: the ``name`` of its file, and where it begins there."""

    name: str
    octets: bytes | None = None
    """``None``: they are those of the file, and nobody has read it yet."""
    kind: str = "file"
    """``file``, ``mbox``, ``maildir``, ``spec`` or ``stdin``."""
    number: int = 0
    """Which one of an mbox it is, from 1."""
    first_line: int = 0
    """How many lines of the file stand before it."""
    offset: int | None = 0
    """How many octets of the file stand before it; ``None`` where its octets are not those of the file."""
    smtputf8: bool = False
    envelope: Envelope | None = None
    """What a spec says of its envelope."""

    @property
    def label(self) -> str:
        """The name, with the number of a message of an mbox."""
        return f"{self.name}#{self.number}" if self.number else self.name

    @property
    def directory(self) -> str:
        """Where the file is; what is read from standard input is in the current directory."""
        return "" if self.name == STANDARD_INPUT else str(Path(self.name).parent)

    def read(self) -> bytes:
        """Give the octets; raise `OSError` when the file cannot be read."""
        return Path(self.name).read_bytes() if self.octets is None else self.octets


def find(
    paths: Iterable[str], *, load: Callable[[str], Message], is_spec: Callable[[str, bytes], bool]
) -> Iterator[Source]:
    """
    Yield the messages that *paths* stand for, in order; ``-`` is standard input.

    A spec, which *is_spec* knows by its path and first octets, is built by *load*.  Raises `OSError` for a path that
    cannot be read, `LintError` for one that is no file and no directory.
    """
    for path in paths:
        if path == STANDARD_INPUT:
            yield from _of_octets(path, sys.stdin.buffer.read(), is_spec)
        elif Path(path).is_dir():
            yield from _of_directory(path)
        else:
            yield from _of_file(path, load, is_spec)


def _of_file(path: str, load: Callable[[str], Message], is_spec: Callable[[str, bytes], bool]) -> Iterator[Source]:
    with Path(path).open("rb") as file:
        start = file.read(_START)
    if is_spec(path, start):
        yield _of_spec(path, load(path))
    elif _is_mbox(path, start):
        yield from _of_mbox(path)
    else:
        yield Source(path)


def _of_octets(name: str, octets: bytes, is_spec: Callable[[str, bytes], bool]) -> Iterator[Source]:
    if is_spec(name, octets):
        message = "a spec on standard input has no directory for its files; give its path"
        raise LintError(message)
    if _is_mbox(name, octets[:_START]):
        yield from _messages(name, octets)
    else:
        yield Source(name, octets, "stdin")


def _of_spec(path: str, message: Message) -> Source:
    """Give what a spec builds, as it would be sent: with its envelope, unless it has no recipients yet."""
    try:
        envelope = message.envelope
    except EnvelopeError:
        envelope = None
    is_utf8 = message.encoding == "smtputf8"
    return Source(path, message.to_bytes(), "spec", offset=None, smtputf8=is_utf8, envelope=envelope)


def _of_directory(path: str) -> Iterator[Source]:
    """Search a directory, by name; links to directories are not followed, hidden ones are Maildirs or left out."""
    waiting = [Path(path)]
    while waiting:
        folder = waiting.pop()
        if _is_maildir(folder):
            yield from [Source(str(entry.path), None, "maildir") for entry in Maildir(folder)]
        below: list[Path] = []
        done = ("new", "cur", "tmp") if _is_maildir(folder) else ()
        for item in sorted(folder.iterdir()):
            if item.is_dir():
                is_hidden = item.name.startswith(".") and not _is_maildir(item)
                below += [] if is_hidden or item.is_symlink() or item.name in done else [item]
            elif not item.name.startswith(".") and item.is_file():
                suffix = item.suffix.lower()
                if suffix in _MESSAGES:
                    yield Source(str(item))
                elif suffix in _MAILBOXES:
                    yield from _of_mbox(str(item))
        waiting += reversed(below)


def _is_maildir(folder: Path) -> bool:
    return (folder / "new").is_dir() and (folder / "cur").is_dir()


# -- mbox


def _is_mbox(path: str, start: bytes) -> bool:
    return Path(path).suffix.lower() not in _MESSAGES and start.removeprefix(_BOM).lstrip(b"\r\n").startswith(_MBOX)


def _of_mbox(path: str) -> Iterator[Source]:
    with Path(path).open("rb") as file:
        if not os.fstat(file.fileno()).st_size:  # nothing can be mapped
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as octets:
            yield from _messages(path, octets)


def _messages(name: str, octets: bytes | mmap.mmap) -> Iterator[Source]:
    """Give the messages of an mbox with the number of lines and octets before each."""
    position = len(_BOM) if octets[: len(_BOM)] == _BOM else 0
    lines = 0
    for number, message in enumerate(parse_mbox(octets), 1):
        while octets[position : position + 1] in (b"\r", b"\n"):
            lines += octets[position : position + 1] == b"\n"
            position += 1
        if message.separator:
            end = octets.find(b"\n", position)
            position = len(octets) if end < 0 else end + 1
            lines += 1
        found = message.to_bytes()
        offset = position if found == message.escaped else None
        yield Source(name, found, "mbox", number, lines, offset)
        position += len(message.escaped)
        lines += message.escaped.count(b"\n")
