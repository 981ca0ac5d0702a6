"""
Part files: a directory of Parquet or Arrow files, for what reads tables.

A Parquet file is not one before its footer is there, so a part is written under another name and takes its own when it
is whole; a run that is taken up again goes on behind the last whole part.  There is a row for each row that came in:
one that made no message has its reason in ``error``, and no ``data``.

    item -> key, mail_from, rcpt_to, data, handover, error

May import: `bulk.lines`, `record`, `errors`; pyarrow.  Imported by: `bulk.batch`, `bulk.cluster`, `bulk.sinks`.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from mimekit import record
from mimekit.bulk.lines import show_path, sync_directory
from mimekit.bulk.sinks.eml import check_no_directory
from mimekit.errors import BulkError, show

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any, BinaryIO

    from mimekit.bulk.items import Item, Rejection
    from mimekit.delivery import Delivery

    Values = tuple[str | None, str | None, tuple[str, ...] | None, bytes | None, str | None, str | None]

__all__ = ["Part", "PartsSink", "batch_of", "handover_text", "schema"]

_ROWS = 50_000
_OCTETS = 1 << 27
_GROUP = 1 << 23  # octets of a row group
_FORMS = ("parquet", "arrow")


def schema() -> Any:  # noqa: ANN401 - pyarrow ships no types
    """Give the columns: what is handed over, and why there is nothing to hand over."""
    pa = _pyarrow()
    return pa.schema(
        [
            ("key", pa.string()),
            ("mail_from", pa.string()),
            ("rcpt_to", pa.list_(pa.string())),
            ("data", pa.large_binary()),
            ("handover", pa.string()),
            ("error", pa.string()),
        ]
    )


def batch_of(rows: Sequence[Values]) -> Any:  # noqa: ANN401 - pyarrow ships no types
    """Give a record batch of such rows."""
    pa = _pyarrow()
    columns = schema()
    values = zip(*rows, strict=True) if rows else ((),) * len(columns)
    arrays = [pa.array(list(column), field.type) for column, field in zip(values, columns, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=columns)


def handover_text(delivery: Delivery) -> str | None:
    """Give as JSON what the service should know (tags, ...), and ESMTP parameters where there are any."""
    said = record.plain(delivery.handover)
    envelope = delivery.envelope
    if envelope.mail_params:
        said["mail_params"] = dict(envelope.mail_params)
    if parameters := {address: dict(items) for address, items in envelope.rcpt_params.items() if items}:
        said["rcpt_params"] = parameters
    return json.dumps(said) if said else None


class PartsSink:
    """Writes part files into a new directory; *form* is ``"parquet"`` or ``"arrow"``."""

    def __init__(self, path: Path, *, form: str = "parquet") -> None:
        if form not in _FORMS:
            message = f"form is {show(form)}; it is parquet or arrow"
            raise BulkError(message)
        self.path = path
        self.kind = self.form = form
        self._parts = self._rows = self._octets = 0
        self._making_part: Part | None = None

    def __repr__(self) -> str:
        return f"<PartsSink {self.path}, {self.form}>"

    def check_new(self) -> None:
        """Raise for a directory that has something in it."""
        _pyarrow()
        check_no_directory(self.path)

    def check_whole(self, position: Mapping[str, Any]) -> None:
        """Raise when a part is gone."""
        known = {self._part(number).name for number in range(position["parts"])}
        found = {entry.name for entry in self.path.iterdir()} if self.path.is_dir() else set()
        if missing := known - found:
            message = f"{show(min(missing))} is gone from {show_path(self.path)}; begin anew with another directory"
            raise BulkError(message)

    def prepare(self, item: Item) -> Values:
        """Give the columns of a message."""
        delivery = item.delivery
        return item.key, delivery.mail_from, delivery.rcpt_to, delivery.data, handover_text(delivery), None

    def prepare_rejected(self, rejection: Rejection) -> Values:
        """Give the columns of a row that made no message."""
        return rejection.key, None, None, None, None, rejection.reason.encode("utf-8", "backslashreplace").decode()

    def pack(self, prepared: Sequence[Values]) -> Any:  # noqa: ANN401 - pyarrow ships no types
        """Give a record batch."""
        return batch_of(prepared)

    def start(self, position: Mapping[str, Any] | None) -> None:
        """Make the directory; parts that the journal does not know are taken away."""
        if position is not None:
            self.check_whole(position)
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._parts = position["parts"] if position else 0
        known = {self._part(number).name for number in range(self._parts)}
        for entry in self.path.iterdir():
            if entry.name not in known and entry.name.startswith((".part-", "part-")):
                entry.unlink()

    def write(self, packed: Any) -> None:  # noqa: ANN401 - pyarrow ships no types
        """Write a record batch, when enough have come for a row group."""
        if self._making_part is None:
            os.close(os.open(self._making(), os.O_WRONLY | os.O_CREAT, 0o600))  # not for others to read
            self._making_part = Part(str(self._making()), self.form)
        self._making_part.add(packed)
        self._rows += packed.num_rows
        self._octets += packed.nbytes

    def is_due(self, seconds: float) -> bool:  # noqa: ARG002 - a part is not finished earlier for it
        """Whether a part is large enough."""
        return self._rows >= _ROWS or self._octets >= _OCTETS

    def flush(self) -> Mapping[str, Any]:
        """Finish a part."""
        if self._making_part is not None:
            self._making_part.close()
            self._making_part = None
            part = self._part(self._parts)
            making = self._making()
            descriptor = os.open(making, os.O_RDWR)
            try:
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            making.replace(part)
            sync_directory(self.path)
            self._parts += 1
            self._rows = self._octets = 0
        return {"parts": self._parts}

    def close(self) -> None:
        """Take away a part that is not whole."""
        if self._making_part is not None:
            self._making_part.discard()
            self._making_part = None
            self._making().unlink(missing_ok=True)

    def _part(self, number: int) -> Path:
        return self.path / f"part-{number:06d}.{self.form}"

    def _making(self) -> Path:
        return self.path / f".part-{self._parts:06d}.{self.form}"


class Part:
    """A part that is being written, by row groups of some octets; *form* is ``"parquet"`` or ``"arrow"``."""

    def __init__(self, file: str | BinaryIO, form: str) -> None:
        pa = _pyarrow()
        self._waiting: list[Any] = []  # record batches that make no row group yet
        self._octets = 0
        if form == "arrow":
            self._writer = pa.ipc.new_file(file, schema())
        else:
            from pyarrow import parquet

            self._writer = parquet.ParquetWriter(file, schema(), compression="zstd")

    def add(self, batch: Any) -> None:  # noqa: ANN401 - pyarrow ships no types
        """Put a record batch behind the others."""
        self._waiting.append(batch)
        self._octets += batch.nbytes
        if self._octets >= _GROUP:
            self._write_group()

    def close(self) -> None:
        """Write what is waiting, and the end of the part."""
        self._write_group()
        self._writer.close()

    def discard(self) -> None:
        """Close a part that nobody wants."""
        self._waiting.clear()
        self._writer.close()

    def _write_group(self) -> None:
        if self._waiting:
            self._writer.write_table(_pyarrow().Table.from_batches(self._waiting))
            self._waiting.clear()
            self._octets = 0


def _pyarrow() -> Any:  # noqa: ANN401 - it ships no types
    try:
        import pyarrow as pa
    except ImportError:
        message = "part files need pyarrow, which is not installed; install mimekit[bulk]"
        raise BulkError(message) from None
    return pa
