"""
A run of hand-overs as the tests see it: its items, its files, and what must hold at its end.

    number of rows -> items; journal path and who was really served -> checked
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mimekit import Message
from mimekit.bulk.handover import Retries
from mimekit.bulk.items import Item
from mimekit.bulk.lines import beside

__all__ = ["AT_ONCE", "address", "check_nobody_lost_and_nobody_twice", "item", "items", "listed"]

AT_ONCE = Retries(attempts=16, first=0.002, longest=0.01)
"""What is tried again is tried again at once."""


def address(number: int) -> str:
    """Give the recipient of a row."""
    return f"r{number:04}@example.test"


def item(number: int, *others: str, text: str = "Hello.\n") -> Item:
    """Give one row, to its own recipient and *others*."""
    message = Message(
        from_="sender@xn--bcher-kva.test",
        to=[address(number), *others],
        subject=f"Number {number}",
        text=text,
        date=datetime(2026, 11, 24, tzinfo=UTC),
        message_id=f"<{number}.run@xn--bcher-kva.test>",
    )
    (delivery,) = message.deliveries(mail_from=f"bounces+{number}@xn--bcher-kva.test")
    row = {"email": address(number)}
    return Item(number=number, key=f"k{number}", row=row, delivery=delivery, message_id=message.message_id or "")


def items(many: int) -> Iterator[Item]:
    """Give so many rows."""
    return map(item, range(many))


def listed(journal_path: Path, name: str) -> list[dict[str, Any]]:
    """Give the lines of ``SINK.name.jsonl``; none when there is no such file."""
    path = beside(journal_path, f"{name}.jsonl")
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.exists() else []


def check_nobody_lost_and_nobody_twice(journal_path: Path, everybody: Iterable[str], served: Iterable[str]) -> None:
    """Check the files of a run that came to its end against who was *served*, as the server knows it."""
    copies = Counter(served)
    sent = Counter([line["recipient"] for line in listed(journal_path, "sent")])
    rejected = Counter([line["recipient"] for line in listed(journal_path, "rejected")])
    unsure = Counter([line["recipient"] for line in listed(journal_path, "unsure")])
    assert sent + rejected + unsure == Counter(everybody), "each recipient stands in one of the three files, once"
    assert {who: copies[who] for who in sent} == dict.fromkeys(sent, 1), "who is sent has got one copy"
    assert {who: copies[who] for who in rejected} == dict.fromkeys(rejected, 0), "who is rejected has got none"
    assert [who for who in unsure if copies[who] > 1] == [], "who is unsure has got one copy or none"
