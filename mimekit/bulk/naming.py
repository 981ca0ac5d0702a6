"""
Naming: which rows of a run are wanted, the key that each has, and those that have none or that of an earlier row.

    number, row -> key, or a rejection

May import: `bulk.items`, `bulk.keys`, `bulk.rows`, `bulk.slots`, `errors`.  Imported by: `bulk.batch`, `bulk.cluster`,
`bulk.running`.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from mimekit.bulk.items import Rejection
from mimekit.bulk.keys import DigestSet, digest_of, text_of
from mimekit.bulk.rows import BadRow
from mimekit.bulk.slots import NO_TEXT, is_text
from mimekit.errors import show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    Named = tuple[str, None] | tuple[None, Rejection]

__all__ = ["Naming", "named", "repeated", "sample"]


class Naming:
    """Gives each row its key, and finds those that have none, or that of an earlier row."""

    def __init__(self, column: str | None) -> None:
        self._column = column
        self._seen = DigestSet()

    def name(self, number: int, row: Any) -> Named:  # noqa: ANN401 - whatever an iterable yields
        """Give the key of a row, or why the row is rejected."""
        key, rejection = named(number, row, self._column)
        if key is None:
            return None, rejection  # type: ignore[return-value]  # it is one or the other
        if self._column is None:
            return key, None
        if not self._seen.add(digest_of(key)):
            return None, repeated(number, key, self._column, row)
        return key, None


def named(number: int, row: Any, column: str | None) -> Named:  # noqa: ANN401 - whatever an iterable yields
    """Give the key that a row says, or why it has none."""
    if type(row) is not dict and (isinstance(row, BadRow) or not hasattr(row, "keys")):
        return None, _of_bad(number, row)
    if column is None:
        return str(number), None
    value = row.get(column)
    key = text_of(value)
    if key is not None and (key.isascii() or is_text(key)):
        return key, None
    if key is not None:
        return None, Rejection(number, None, column, f"the key, field {show(column)}, is {show(key)}; {NO_TEXT}", row)
    reason = f"the key, field {show(column)}, is {show(value)}; a key is text or a whole number"
    return None, Rejection(number, None, column, reason, row)


def repeated(number: int, key: str, column: str, row: object) -> Rejection:
    """Say that an earlier row has the same key."""
    return Rejection(number, key, column, f"the key {show(key)} is that of an earlier row", row)


def _of_bad(number: int, row: object) -> Rejection:
    if isinstance(row, BadRow):
        return Rejection(number, None, None, row.reason, row.text)
    return Rejection(number, None, None, f"a row is a mapping of fields, not {show(row)}", row)


def sample(numbered: Iterable[tuple[int, Any]], many: int, seed: int) -> Iterator[tuple[int, Any]]:
    """Yield so many rows, each with the same probability, in order, having read them all."""
    draw = random.Random(seed)  # noqa: S311 - the same rows when the run is taken up again
    kept: list[tuple[int, Any]] = []
    for count, pair in enumerate(numbered):
        if count < many:
            kept.append(pair)
        elif (place := draw.randrange(count + 1)) < many:
            kept[place] = pair
    yield from sorted(kept, key=lambda pair: pair[0])
