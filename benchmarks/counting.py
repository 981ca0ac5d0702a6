"""A sink for bulk runs that keeps nothing: it counts the octets of what it is given, and costs nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mimekit.bulk.items import Item, Rejection

__all__ = ["CountingSink"]


class CountingSink:
    """Counts octets; ``octets`` is what it has."""

    kind = "counting"
    path = None

    def __init__(self) -> None:
        self.octets = 0

    def check_new(self) -> None:
        """Accept anything: there is nothing to be there."""

    def check_whole(self, position: Mapping[str, object]) -> None:
        """Fail: a run is never taken up again."""
        raise AssertionError(position)

    def prepare(self, item: Item) -> int:
        """Give the length of a message."""
        return len(item.delivery.data)

    def prepare_rejected(self, rejection: Rejection) -> None:
        """Fail: the rows that are measured are good."""
        raise AssertionError(rejection)

    def pack(self, prepared: Sequence[int]) -> int:
        """Add lengths up."""
        return sum(prepared)

    def start(self, position: Mapping[str, object] | None) -> None:
        """Begin; a run is never taken up again."""
        assert position is None

    def write(self, packed: int) -> None:
        """Count."""
        self.octets += packed

    def is_due(self, seconds: float) -> bool:
        """Say when to flush: there is nothing to."""
        del seconds
        return False

    def flush(self) -> Mapping[str, object]:
        """Give a position that says nothing."""
        return {}

    def close(self) -> None:
        """Do nothing."""
