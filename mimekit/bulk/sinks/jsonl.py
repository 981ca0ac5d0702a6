"""
JSON lines: a file with the call of Amazon SES for each message, which ``aws ... --cli-input-json`` takes line by line.

The octets are in base64, as they go over AWS's wire; `ses.load_payload` reads a line back.

    item -> {"Destination": {...}, "Content": {"Raw": {"Data": "..."}}} and a line end; one line for 50 recipients

May import: `bulk.lines`, `ses`, `errors`.  Imported by: `bulk.cluster`, `bulk.sinks`, `bulk.sinks.mbox`.
"""

from __future__ import annotations

import json
from binascii import b2a_base64
from typing import TYPE_CHECKING

from mimekit.bulk.lines import Growing, check_length, show_path
from mimekit.errors import BulkError
from mimekit.ses import Series, limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from mimekit.bulk.items import Item, Rejection
    from mimekit.delivery import Delivery

__all__ = ["JsonLinesSink", "check_no_file", "is_time"]

_OCTETS = 1 << 24
_SECONDS = 2.0
_HOLE = '"Data": ""'  # not escaped, so it stands in no string


def check_no_file(path: Path) -> None:
    """Raise for a file that has something in it."""
    if path.exists() and (not path.is_file() or path.stat().st_size):
        message = (
            f"{show_path(path)} is there already, without a journal that would tell what is in it; "
            f"give another name, or move it away"
        )
        raise BulkError(message)


def is_time(octets: int, seconds: float) -> bool:
    """Whether a file should be flushed: seldom enough that it costs nothing, often enough that little is done again."""
    return octets >= _OCTETS or seconds >= _SECONDS


class JsonLinesSink:
    """Writes one file of payloads for API *version* 1 (``send_raw_email``) or 2 (``send_email``) of Amazon SES."""

    def __init__(self, path: Path, *, version: int = 2) -> None:
        self.path = path
        self.kind = f"jsonl, SES v{version}"
        self._version = version
        self._series = Series(version)
        self._file: Growing | None = None
        self._flushed = 0

    def __repr__(self) -> str:
        return f"<JsonLinesSink {self.path}, version {self._version}>"

    def check_new(self) -> None:
        """Raise when the file has something in it."""
        check_no_file(self.path)

    def check_whole(self, position: Mapping[str, Any]) -> None:
        """Raise when the file is not as long as it was."""
        check_length(self.path, position["length"])

    def prepare(self, item: Item) -> bytes:
        """Give the line of a message; several where it has more recipients than one call takes."""
        delivery = item.delivery
        if len(delivery.rcpt_to) <= limits.MAX_RECIPIENTS:
            return self._line(delivery)
        return b"".join([self._line(each) for each in delivery.split(limits.MAX_RECIPIENTS)])

    def _line(self, delivery: Delivery) -> bytes:
        payload: dict[str, Any] = self._series.payload(delivery)
        place = payload["RawMessage"] if self._version == 1 else payload["Content"]["Raw"]
        data = place["Data"]
        place["Data"] = ""
        before, _, after = json.dumps(payload).partition(_HOLE)
        return b'%b"Data": "%b"%b\n' % (before.encode("ascii"), b2a_base64(data, newline=False), after.encode("ascii"))

    def prepare_rejected(self, rejection: Rejection) -> None:
        """Write nothing for a row that made no message."""

    def pack(self, prepared: Sequence[bytes]) -> bytes:
        """Join lines."""
        return b"".join(prepared)

    def start(self, position: Mapping[str, Any] | None) -> None:
        """Open the file, cut back to *position*."""
        self._file = Growing(self.path, position["length"] if position else 0)
        self._flushed = self._file.length

    def write(self, packed: bytes) -> None:
        """Write lines."""
        if self._file is not None:
            self._file.write(packed)

    def is_due(self, seconds: float) -> bool:
        """Whether it is time to flush."""
        return self._file is not None and is_time(self._file.length - self._flushed, seconds)

    def flush(self) -> Mapping[str, Any]:
        """Have the file on the disk, and give its length."""
        self._flushed = self._file.sync() if self._file is not None else 0
        return {"length": self._flushed}

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
