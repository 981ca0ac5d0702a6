"""
`Item`: one rendered row on its way to a sink, and the names a run gives to its rows.

A run can be taken up again, and be rendered by several workers; so what is random in a message is derived from the
run's id and the row's key, and any rendering of a row gives the same Message-ID (RFC 5322 3.6.4).

    run id, key, domain -> Message-ID; run id -> seed of the boundaries

May import: `bulk.lines`, `delivery`.  Imported by: much of the package.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from hashlib import sha256
from typing import TYPE_CHECKING

from mimekit.bulk.lines import as_json
from mimekit.delivery import checked

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mimekit.delivery import Delivery

__all__ = ["Item", "Rejection", "message_id_of", "seed_of"]

_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Item:
    """A row with its *number* (from 0), its *key*, and the delivery that it became."""

    number: int
    key: str
    row: Mapping[str, object]
    delivery: Delivery
    message_id: str

    def among(self, recipients: tuple[str, ...]) -> Item:
        """Give the same item for some of its recipients."""
        delivery = self.delivery
        if recipients == delivery.rcpt_to:
            return self
        envelope = delivery.envelope.with_recipients(recipients)
        return replace(self, delivery=checked(envelope, delivery._source, delivery._handover))


@dataclass(frozen=True, slots=True)
class Rejection:
    """A row that made no message: its *number*, its *key* where it has one, the *field* where one is to blame, why."""

    number: int
    key: str | None
    field: str | None
    reason: str
    row: object

    def record(self) -> dict[str, object]:
        """Give the line of SINK.rejected.jsonl."""
        return {
            "number": self.number,
            "key": self.key,
            "field": self.field,
            "reason": self.reason,
            "row": as_json(self.row),
        }


def message_id_of(run_id: str, key: str, domain: str) -> str:
    """
    Give the Message-ID of a row, in angle brackets: 128 bits of SHA-256 over the run's id and the key.

    >>> message_id_of("may", "41", "example.com")
    '<576cc36084890d357936ac2d08a35d84@example.com>'
    """
    digest = sha256(f"{len(run_id)}:{run_id}{key}".encode("utf-8", "surrogatepass")).hexdigest()
    return f"<{digest[:_DIGITS]}@{domain}>"


def seed_of(run_id: str) -> int:
    """Give the seed from which a run's boundaries are drawn, the same in each of its workers."""
    return int.from_bytes(sha256(run_id.encode("utf-8", "surrogatepass")).digest()[:16])
