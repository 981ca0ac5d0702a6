"""
Rows: what recipients and values are read from, one after the other, never a whole file at once.

CSV (RFC 4180), JSON lines, Parquet and Arrow, or any iterable of mappings.  A line that is no row does not end the
reading, and is not passed over in silence either: it is a `BadRow`, which a run rejects with its reason.

    path or iterable -> rows in order, each a mapping or a `BadRow`;  path -> digest of the file;  rows -> digest so far

May import: `errors`; pyarrow for its formats.  Imported by: `bulk.cluster`, `bulk.job`, `bulk.naming`, `bulk.running`.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import re
from collections.abc import Mapping, Sized
from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from mimekit.bulk.lines import as_json, show_path
from mimekit.errors import BulkError, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Any, BinaryIO, TextIO

    Row = Mapping[str, object]
    Rows = Iterable[Row] | str | os.PathLike[str]

__all__ = ["BadRow", "Digest", "Reader", "digest", "read"]

_LONGEST = 1 << 24  # octets of a line of JSON
_SHOWN = 1 << 12  # characters of a bad line that are kept
_BATCH = 1024  # rows that pyarrow makes at once
_SWALLOWING = "they are one row, and one of them would be a row of its own; is a quotation mark missing, or too many?"
_ADDRESS = re.compile(r"[^\s@\",;]++@[^\s@\",;]++")


@dataclass(frozen=True, slots=True)
class BadRow:
    """What stands where a row should, and is none: its text, cut when it is long, and the reason."""

    text: str
    reason: str


class Reader:
    """
    The rows of a source: iterate once.

    ``columns`` names the fields that every row has, where the format says that; ``fraction`` tells how much of the
    source was read, from 0 to 1, where that can be known.
    """

    columns: tuple[str, ...] | None = None

    def __init__(self, rows: Iterable[Row | BadRow]) -> None:
        self._rows = rows
        self._count = 0
        self._many = len(rows) if isinstance(rows, Sized) else None

    def __iter__(self) -> Iterator[Row | BadRow]:
        for row in self._rows:
            self._count += 1
            yield row if type(row) is dict or not hasattr(row, "keys") or isinstance(row, Mapping) else _mapping(row)

    @property
    def fraction(self) -> float | None:
        """How much of the source was read."""
        return self._count / self._many if self._many else None

    def close(self) -> None:
        """Close the file."""


def _mapping(row: Any) -> Row | BadRow:  # noqa: ANN401 - whatever an iterable yields
    """Give a row that has names and is no mapping, such as `sqlite3.Row`, as one."""
    names = list(row.keys())
    if name := _twice(names):
        return BadRow(show(row), f"the row has {show(name)} twice")
    return {name: row[name] for name in names}


def _twice(names: Sequence[str]) -> str | None:
    """Give a name that is there twice, of which one would hide the other."""
    return next((name for name in names if names.count(name) > 1), None) if len(set(names)) < len(names) else None


def read(source: Rows) -> Reader:
    """
    Open a source of rows: a path with the suffix ``.csv``, ``.jsonl``, ``.ndjson``, ``.parquet``, ``.arrow`` or
    ``.feather``, or an iterable of mappings.

    Text is UTF-8.  The first line of a CSV file names the columns.  Raises `BulkError`.
    """  # noqa: D205 - the list is the summary
    if not isinstance(source, (str, os.PathLike)):
        if isinstance(source, (bytes, bytearray)) or not hasattr(source, "__iter__"):
            message = f"the rows are {show(source)}; give a path or an iterable of mappings"
            raise BulkError(message)
        return Reader(source)
    path = Path(source)
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        message = f"the rows are in {show_path(path)}; a suffix that is known is one of {', '.join(_KINDS)}"
        raise BulkError(message)
    try:
        return kind(path)
    except OSError as error:
        message = f"the rows cannot be read from {show_path(path)}: {error.strerror or error}"
        raise BulkError(message) from None


def digest(source: Rows) -> dict[str, object] | None:
    """Give what tells one file of rows from another, its size and SHA-256; an iterable has nothing."""
    if not isinstance(source, (str, os.PathLike)):
        return None
    path = Path(source)
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
            return {"size": os.fstat(file.fileno()).st_size, "sha256": found}
    except OSError as error:
        message = f"{show_path(path)} cannot be read: {error.strerror}"
        raise BulkError(message) from None


class Digest:
    """
    The digest of rows that came one after the other, wherever they were cut: for a source that has none itself.

    >>> one, other = Digest(), Digest()
    >>> one.add([{"a": 1}, {"a": 2}]) == (other.add([{"a": 1}]), other.add([{"a": 2}]))[1]
    True
    """

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, rows: Sequence[object]) -> str:
        """Add rows, and give the digest of all so far."""
        if rows:
            try:
                text = _written(rows)
            except (TypeError, ValueError, RecursionError):  # names that are no text, a row that holds itself
                text = _written([as_json(row) for row in rows])
            self._hash.update(f"{text[1:-1]},".encode())
        return self._hash.hexdigest()


def _plain(value: object) -> object:
    """Give plainer values for one that JSON has not; of an object that may show its place in memory only the type."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return hashlib.blake2b(bytes(value)).hexdigest()
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, (BadRow, Decimal, PurePath, date, time, timedelta)):
        return repr(value)
    return f"{type(value).__module__}.{type(value).__qualname__}"


_written = json.JSONEncoder(default=_plain, sort_keys=True, separators=(",", ":")).encode


class _OfFile(Reader):
    """Rows of a file, with the place that was reached."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BinaryIO = path.open("rb")
        self._size = os.fstat(self._file.fileno()).st_size

    @property
    def fraction(self) -> float | None:
        """How much of the file was read."""
        return None if self._file.closed or not self._size else min(1.0, self._file.tell() / self._size)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _wrong(self, reason: str) -> BulkError:
        self.close()
        message = f"the rows cannot be read from {show_path(self._path)}: {reason}"
        return BulkError(message)


# -- CSV


class _Watched:
    """The lines of a text file, and those that were given since somebody took note."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self.given: list[str] = []

    def __iter__(self) -> _Watched:
        return self

    def __next__(self) -> str:
        line = next(self._file)
        self.given.append(line)
        return line


class _Csv(_OfFile):
    """
    RFC 4180, strictly: a quotation mark that is not closed where it should be must not swallow rows in silence.

    Each line of what cannot be read is a bad row of its own, so that all who stand there are counted and named.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        import io

        self._lines = _Watched(io.TextIOWrapper(self._file, encoding="utf-8-sig", errors="surrogateescape", newline=""))
        self._reader = csv.reader(self._lines, strict=True)
        try:
            names = next(self._reader, None)
        except csv.Error as error:
            reason = f"its first line is no line of CSV: {error}"
            raise self._wrong(reason) from None
        if not names or not any(names):
            reason = "its first line names no columns"
            raise self._wrong(reason)
        if name := _twice(names):
            reason = f"its first line names {show(name)} twice"
            raise self._wrong(reason)
        if len(names) == 1 and (found := next((mark for mark in ";\t|" if mark in names[0]), None)):
            reason = f"its first line is {show(names[0])}: columns are divided by commas here, not by {show(found)}"
            raise self._wrong(reason)
        self.columns = tuple(names)

    def __iter__(self) -> Iterator[Row | BadRow]:
        names, reader, given = self.columns or (), self._reader, self._lines.given
        many = len(names)
        while True:
            given.clear()
            try:
                for values in reader:
                    if len(values) == many and (len(given) == 1 or not _swallows(values, given)):
                        yield dict(zip(names, values, strict=False))
                    elif len(values) == many:
                        yield from self._bad(_SWALLOWING)
                    elif values:
                        yield from self._bad(f"it has {len(values)} columns, and the first line names {many}")
                    given.clear()
            except csv.Error as error:
                yield from self._bad(str(error))
                continue
            return

    def _bad(self, reason: str) -> Iterator[BadRow]:
        """Give the lines that make no row, each with the reason and where they stand."""
        lines, last = self._lines.given, self._reader.line_num
        where = f"line {last}" if len(lines) == 1 else f"lines {last - len(lines) + 1} to {last}"
        for line in lines:
            yield BadRow(line.rstrip("\r\n")[:_SHOWN], f"{where}: {reason}")


def _swallows(values: Sequence[str], lines: Sequence[str]) -> bool:
    """Whether a line behind the first has as many columns as the row, and an address where the row has one."""
    places = [place for place, value in enumerate(values) if _ADDRESS.fullmatch(value)]
    for line in lines[1:]:
        alone = line.strip("\r\n").split(",")
        if len(alone) == len(values) and any([_ADDRESS.fullmatch(alone[place].strip('"')) for place in places]):
            return True
    return False


# -- JSON lines


class _JsonLines(_OfFile):
    """An object on each line; empty lines are passed over."""

    def __iter__(self) -> Iterator[Row | BadRow]:
        loads = json.JSONDecoder(object_pairs_hook=_object).decode
        for number, line in enumerate(iter(partial(self._file.readline, _LONGEST), b""), 1):
            if len(line) == _LONGEST and not line.endswith(b"\n"):
                while (rest := self._file.readline(_LONGEST)) and not rest.endswith(b"\n"):
                    pass
                yield BadRow(_text(line), f"line {number} has more than {_LONGEST} octets")
                continue
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")  # noqa: PLW2901 - the same line without its mark
            try:
                row = loads(line.decode())
            except (ValueError, RecursionError) as error:
                if line.strip():
                    yield BadRow(_text(line), f"line {number} is no JSON: {_why(error)}")
                continue
            if isinstance(row, dict):
                yield row
            else:
                yield BadRow(_text(line), f"line {number} is no JSON object, but {_JSON[type(row)]}")


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    made = dict(pairs)
    if len(made) < len(pairs):
        message = f"it names {show(_twice([name for name, _ in pairs]))} twice"
        raise ValueError(message)
    return made


_JSON = {list: "an array", str: "a string", int: "a number", float: "a number", bool: "a boolean", type(None): "null"}


def _text(line: bytes) -> str:
    return line[:_SHOWN].decode("utf-8", "backslashreplace").rstrip("\r\n")


def _why(error: Exception) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is not UTF-8"
    return "it is nested too deeply" if isinstance(error, RecursionError) else str(error)


# -- Parquet and Arrow


class _Parquet(_OfFile):
    """Batches of a few rows, whatever the row groups of the file are."""

    _many = 0

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._count = 0
        try:
            self._open()
        except ImportError:
            reason = "that takes pyarrow, which is not installed; install mimekit[bulk]"
            raise self._wrong(reason) from None
        except (OSError, ValueError) as error:  # pyarrow's errors are these
            raise self._wrong(str(error)) from None
        if name := _twice(self.columns or ()):
            reason = f"it has the column {show(name)} twice"
            raise self._wrong(reason)

    def _open(self) -> None:
        from pyarrow import parquet

        self._source = parquet.ParquetFile(self._file, pre_buffer=False)
        self.columns = tuple(self._source.schema_arrow.names)
        self._many = self._source.metadata.num_rows

    def _batches(self) -> Iterator[Any]:  # pyarrow ships no types
        return self._source.iter_batches(batch_size=_BATCH)  # type: ignore[no-any-return]  # likewise

    def __iter__(self) -> Iterator[Row | BadRow]:
        try:
            for batch in self._batches():
                for start in range(0, batch.num_rows, _BATCH):
                    rows = batch.slice(start, _BATCH).to_pylist()
                    self._count += len(rows)
                    yield from rows
        except (OSError, ValueError) as error:
            raise self._wrong(str(error)) from None

    @property
    def fraction(self) -> float | None:
        """How much of the rows was read."""
        return self._count / self._many if self._many else None


class _Arrow(_Parquet):
    """An Arrow file (Feather version 2), mapped, or a stream."""

    def _open(self) -> None:
        import pyarrow as pa

        try:
            self._source = pa.ipc.open_file(pa.memory_map(str(self._path)))
        except pa.ArrowInvalid:
            self._source = pa.ipc.open_stream(self._file)
        self.columns = tuple(self._source.schema.names)

    def _batches(self) -> Iterator[Any]:
        source = self._source
        if not hasattr(source, "num_record_batches"):
            yield from source
            return
        self._many = sum([source.get_batch(number).num_rows for number in range(source.num_record_batches)])
        for number in range(source.num_record_batches):
            yield source.get_batch(number)


_KINDS = {
    ".csv": _Csv,
    ".jsonl": _JsonLines,
    ".ndjson": _JsonLines,
    ".parquet": _Parquet,
    ".arrow": _Arrow,
    ".feather": _Arrow,
}
