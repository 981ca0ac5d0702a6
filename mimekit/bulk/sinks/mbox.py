"""
One mbox (RFC 4155): all messages of a run in a file that mail programs open.

Lines that begin with ``From `` get a ``>``, those that have some already one more (mboxrd), so that every message reads
back as it was, with LF line ends.  A From line has the reverse-path; the recipients are in a file beside it, for the
octets must not name those in Bcc (RFC 5322 3.6.3).

    item -> From line, octets, empty line;  {"mail_from": ..., "rcpt_to": [...], ...} in FILE.envelopes.jsonl

May import: `bulk.lines`, `record`, `clock`.  Imported by: `bulk.sinks`.
"""

from __future__ import annotations

import json
import re
from datetime import UTC
from time import asctime
from typing import TYPE_CHECKING

from mimekit import record
from mimekit.bulk.lines import Growing, check_length
from mimekit.bulk.sinks.jsonl import check_no_file, is_time
from mimekit.clock import current_time

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from mimekit.bulk.items import Item, Rejection

__all__ = ["MboxSink"]

_FROM = re.compile(rb"(?m)^(>*+From )")


class MboxSink:
    """Writes one mbox, and the envelopes of its messages, in the same order, beside it."""

    kind = "mbox"

    def __init__(self, path: Path) -> None:
        self.path = path
        self._files: tuple[Growing, Growing] | None = None
        self._flushed = 0

    def __repr__(self) -> str:
        return f"<MboxSink {self.path}>"

    @property
    def envelopes(self) -> Path:
        """The file of the envelopes."""
        return self.path.with_name(f"{self.path.name}.envelopes.jsonl")

    def check_new(self) -> None:
        """Raise when one of the files has something in it."""
        check_no_file(self.path)
        check_no_file(self.envelopes)

    def check_whole(self, position: Mapping[str, Any]) -> None:
        """Raise when one of the files is not as long as it was."""
        check_length(self.path, position["length"])
        check_length(self.envelopes, position["envelopes"])

    def prepare(self, item: Item) -> tuple[bytes, bytes]:
        """Give the message as it stands in an mbox, and its envelope."""
        delivery = item.delivery
        data = delivery.data.replace(b"\r\n", b"\n")
        if b"From " in data:
            data = _FROM.sub(rb">\1", data)
        date = asctime(current_time().astimezone(UTC).timetuple())
        sender = (delivery.mail_from or "MAILER-DAEMON").encode()
        end = b"\n" if data.endswith(b"\n") else b"\n\n"
        line = {"key": item.key, **record.described(delivery)}
        return b"From %b %b\n%b%b" % (sender, date.encode(), data, end), json.dumps(line).encode() + b"\n"

    def prepare_rejected(self, rejection: Rejection) -> None:
        """Write nothing for a row that made no message."""

    def pack(self, prepared: Sequence[tuple[bytes, bytes]]) -> tuple[bytes, bytes]:
        """Join messages, and envelopes."""
        return b"".join([octets for octets, _ in prepared]), b"".join([line for _, line in prepared])

    def start(self, position: Mapping[str, Any] | None) -> None:
        """Open both files, cut back to *position*."""
        at = position or {"length": 0, "envelopes": 0}
        self._files = Growing(self.path, at["length"]), Growing(self.envelopes, at["envelopes"])
        self._flushed = self._files[0].length

    def write(self, packed: tuple[bytes, bytes]) -> None:
        """Write messages and envelopes."""
        for file, octets in zip(self._files or (), packed, strict=True):
            file.write(octets)

    def is_due(self, seconds: float) -> bool:
        """Whether it is time to flush."""
        return self._files is not None and is_time(self._files[0].length - self._flushed, seconds)

    def flush(self) -> Mapping[str, Any]:
        """Have both on the disk, and give their lengths."""
        length, envelopes = (file.sync() for file in self._files or ())
        self._flushed = length
        return {"length": length, "envelopes": envelopes}

    def close(self) -> None:
        """Close the files."""
        for file in self._files or ():
            file.close()
