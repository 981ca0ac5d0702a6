"""
Files that only grow: JSON lines, and octets that are cut back to what is known to be in them.

A process can end in the middle of a write, and a machine before what was written is on the disk.  So a line counts when
its end is there, and octets count up to a length that somebody wrote down after they were on the disk.

    records -> a file of whole lines -> records;  octets -> a file, and its length

May import: `errors`.  Imported by: much of the package.
"""

from __future__ import annotations

import errno
import json
import os
from contextlib import suppress
from datetime import date, datetime, time
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING

from mimekit.errors import BulkError, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import Any

    Record = dict[str, Any]  # what a line of JSON holds

__all__ = [
    "Growing",
    "Lines",
    "as_json",
    "beside",
    "check_length",
    "encode",
    "lock",
    "records",
    "show_path",
    "sync_directory",
]

_BLOCK = 1 << 16
_PATH = 1000  # characters of a path that an error shows
_BINARY = getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)
_APPEND = os.O_RDWR | os.O_CREAT | os.O_APPEND | _BINARY
_LONGEST = 1 << 16  # characters of a value that a line shows
_LINE_ENDS = {code: f"\\u{code:04x}" for code in (0x85, 0x2028, 0x2029)}  # JSON lets them stand as they are
_DIGITS = 2**63  # from there on JSON readers disagree, and digits take quadratic time


def show_path(path: object) -> str:
    """Quote a path for an error sentence: its end is the name."""
    return show(str(path), _PATH)


def beside(journal_path: Path, name: str) -> Path:
    """
    Give the path of another file of the same run.

    >>> from pathlib import Path
    >>> beside(Path("out/may.journal"), "sent.jsonl").name
    'may.sent.jsonl'
    """
    stem = journal_path.name.removesuffix(".journal")
    return journal_path.with_name(f"{stem}.{name}")


class Lines:
    """A file of JSON lines that only grows, by whole lines, from any thread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock, self._syncing = Lock(), Lock()
        self._written = self._synced = 0
        self._broken = False
        is_new = not path.exists()
        self.fileno = os.open(path, _APPEND, 0o600)
        try:
            whole = _whole(self.fileno)
            if whole < os.fstat(self.fileno).st_size:
                os.ftruncate(self.fileno, whole)  # a line that a crash cut short
            if is_new:
                sync_directory(path.parent)
        except BaseException:
            os.close(self.fileno)
            raise

    def add(self, records: Iterable[Record]) -> None:
        """Write lines behind the others; they survive the process, not yet the machine."""
        octets = memoryview(b"".join([encode(record) for record in records]))
        with self._lock:
            if self._broken:
                message = f"{show_path(self.path)} could not be written before, so nothing may follow there"
                raise BulkError(message)
            try:
                while octets:
                    octets = octets[os.write(self.fileno, octets) :]
            except BaseException:
                self._broken = True  # the last line may be half a line
                raise
            self._written += 1

    def sync(self) -> None:
        """Have what was added so far on the disk; threads that come together share one fsync."""
        upto = self._written
        with self._syncing:
            if self._synced < upto:
                upto = self._written
                os.fsync(self.fileno)
                self._synced = upto

    def records(self) -> Iterator[Record]:
        """Yield what stands in the file; raise `BulkError` for a line that is no JSON object."""
        # Not opened a second time: closing that would give up the lock of this process on the file.
        os.lseek(self.fileno, 0, os.SEEK_SET)
        with os.fdopen(self.fileno, "rb", closefd=False) as file:
            yield from records(self.path, file)

    def close(self) -> None:
        """Put everything on the disk and close the file."""
        try:
            if not self._broken:
                os.fsync(self.fileno)
        finally:
            os.close(self.fileno)


def records(path: Path, lines: Iterable[bytes]) -> Iterator[Record]:
    """Yield the records of whole lines; raise `BulkError` for a line that is no JSON object."""
    for number, line in enumerate(lines, 1):
        if not line.endswith(b"\n"):
            return
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict):
            message = (
                f"line {number} of {show_path(path)} is {show(line)} and no JSON object: somebody else wrote there, "
                f"and what was sent cannot be told any more"
            )
            raise BulkError(message)
        yield record


def _whole(fileno: int) -> int:
    """Give the length of a file up to the end of its last whole line."""
    end = os.fstat(fileno).st_size
    while end > 0:
        start = max(0, end - _BLOCK)
        os.lseek(fileno, start, os.SEEK_SET)
        found = os.read(fileno, end - start).rfind(b"\n")
        if found >= 0:
            return start + found + 1
        end = start
    return 0


def check_length(path: Path, length: int) -> None:
    """Raise `BulkError` for a file that has not the length that its journal says."""
    try:
        found: int | str = path.stat().st_size
    except FileNotFoundError:
        found = "no"
    if found != length and (length or found != "no"):
        message = (
            f"{show_path(path)} has {found} octets and its journal knows of {length}: the run is at its end, and "
            f"somebody else changed the file; begin anew with another sink"
        )
        raise BulkError(message)


class Growing:
    """
    A file that octets are put behind, from a length on: what follows that is cut off.  It is made with the first octet.

    Raises `BulkError` for a file that is shorter than the length says.
    """

    def __init__(self, path: Path, length: int = 0) -> None:
        self.path = path
        self.length = length
        self._fileno: int | None = None
        try:
            found = path.stat().st_size
        except FileNotFoundError:
            found = 0
        if found < length:
            message = (
                f"{show_path(path)} has {found} octets and its journal knows of {length}: somebody else changed it; "
                f"begin anew with another sink"
            )
            raise BulkError(message)
        if length:
            self._open()
        elif found:
            path.unlink()

    def write(self, octets: bytes) -> None:
        """Put octets behind the others."""
        if self._fileno is None:
            self._open()
        view = memoryview(octets)
        while view:
            view = view[os.write(self._fileno, view) :]  # type: ignore[arg-type]  # it is open now
        self.length += len(octets)

    def sync(self) -> int:
        """Have it on the disk, and give the length."""
        if self._fileno is not None:
            os.fsync(self._fileno)
        return self.length

    def close(self) -> None:
        """Close the file."""
        if self._fileno is not None:
            os.close(self._fileno)
            self._fileno = None

    def _open(self) -> None:
        self._fileno = os.open(self.path, os.O_WRONLY | os.O_CREAT | _BINARY, 0o600)
        os.ftruncate(self._fileno, self.length)
        os.lseek(self._fileno, self.length, os.SEEK_SET)
        sync_directory(self.path.parent)


def encode(record: Mapping[str, object]) -> bytes:
    """Give a record as one line, whatever a reader takes for a line end; a lone surrogate becomes its escape."""
    text = json.dumps(record, ensure_ascii=False)
    if not text.isprintable():
        text = text.translate(_LINE_ENDS)
    return f"{text}\n".encode("utf-8", "backslashreplace")


def as_json(row: object) -> object:
    """
    Give a row as JSON can hold it, so that a person can tell which one it was.

    >>> from decimal import Decimal
    >>> as_json({"total": Decimal("9.50"), "data": b"x", "count": 3})
    {'total': '9.50', 'data': "b'x'", 'count': 3}
    """
    if hasattr(row, "items"):
        return {name if isinstance(name, str) else show(name): _value(item) for name, item in row.items()}
    return _value(row)


def _value(value: object) -> object:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else show(value)
    if isinstance(value, int):
        return value if -_DIGITS < value < _DIGITS else f"a number of {value.bit_length()} bits"
    if isinstance(value, (bytes, bytearray)):
        return f"b{show(value)}"  # not to be taken for text
    return str(value) if isinstance(value, (Decimal, date, datetime, time)) else show(value)


def lock(lines: Lines) -> None:
    """Keep a second run from the same files, where the system can do that: it would serve everybody twice."""
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        # Not flock(): that one a forked worker, which may outlive its parent, would hold too.
        fcntl.lockf(lines.fileno, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN):
            message = f"{show_path(lines.path)} is in use by another run; wait until that has ended"
            raise BulkError(message) from None


def sync_directory(path: Path) -> None:
    """Put the names of a directory on the disk, where the system can do that."""
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
