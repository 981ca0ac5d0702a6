"""
Work: what a process of a run does with rows, so that nothing is left but to write.

One process or many, in whatever order: a row becomes the same octets, for all that is random in a message comes from
the run's id and the row's key, and the clock stands still.  What is handed to another process is pickled, and a key
pickles as the place of its file.

    chunk of rows -> what the sink writes of them, and the rows that make no message

May import: `bulk`, `clock`, `delivery`, `errors`.  Imported by: `bulk.batch`, `bulk.cluster`, `bulk.running`,
`bulk.workers`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from mimekit.bulk.items import Item, Rejection, message_id_of, seed_of
from mimekit.bulk.keys import Suppression
from mimekit.bulk.linting import warnings_of
from mimekit.clock import deterministic
from mimekit.errors import MimekitError, TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path
    from typing import Any, Protocol

    from mimekit.bulk.template import Template
    from mimekit.delivery import Delivery

    class Preparing(Protocol):
        """What a sink does where rows are rendered."""

        def prepare(self, item: Item) -> Any:  # noqa: ANN401 - each sink has its own
            """Give what is written of a message."""

        def prepare_rejected(self, rejection: Rejection) -> Any:  # noqa: ANN401 - likewise
            """Give what is written of a row that made no message."""

        def pack(self, prepared: Sequence[Any]) -> Any:  # noqa: ANN401 - likewise
            """Join what was prepared."""


__all__ = ["Chunk", "Done", "Plainly", "Work"]

_LINTED = 1000  # one message in so many
_MESSAGE_ID = re.compile(rb"(?:\A|\n)Message-ID:(?:\r\n)?[ \t]*+([^\r\n]++)", re.IGNORECASE)


@dataclass(slots=True)
class Chunk:
    """
    Some rows that follow each other: ``rows`` with number and key, those ``rejected`` before they were rendered.

    ``many`` counts all that were read for it, ``skipped`` those that a predicate left out; ``digest`` is of all
    rows up to its last, where the source has none.
    """

    rows: list[tuple[int, str, Mapping[str, object]]] = field(default_factory=list)
    rejected: list[Rejection] = field(default_factory=list)
    many: int = 0
    skipped: int = 0
    settled: int = 0
    digest: str | None = None


class Done(NamedTuple):
    """What became of a chunk: ``packed`` for the sink, ``None`` when nothing is written; the counts of rows."""

    packed: Any  # each sink has its own
    written: int
    rejected: list[Rejection]
    skipped: int
    warnings: tuple[str, ...] = ()
    """What the linter warns of."""


class Plainly:
    """Prepares nothing: what is handed over are the items themselves."""

    def prepare(self, item: Item) -> Item:
        """Give the same."""
        return item

    def prepare_rejected(self, rejection: Rejection) -> None:
        """Hand nothing over."""

    def pack(self, prepared: Sequence[Item]) -> Sequence[Item]:
        """Give the same."""
        return prepared


class Work:
    """
    Renders rows for a sink.

    *skip* is a file of addresses.  *dropped* is a field that names the row and is none of the template's.  *lint* gets
    the first delivery, of each process, and every thousandth, and raises to stop the run.
    """

    def __init__(  # noqa: PLR0913 - all that a message depends on
        self,
        template: Template,
        sink: Preparing,
        *,
        run_id: str,
        now: datetime,
        dropped: str | None = None,
        skip: Path | None = None,
        lint: Callable[[Delivery], object] | None = None,
    ) -> None:
        self._template = template.seeded(seed_of(run_id))
        self._sink, self._run_id, self._now = sink, run_id, now
        self._dropped, self._skip, self._lint = dropped, skip, lint
        self._has_own_id = "message_id" in template._arguments
        self._is_open = self._is_linted = False
        self._suppression: Suppression | None = None

    def render(self, chunk: Chunk) -> Done:
        """Do it; raises `BulkError` for what is no row's fault."""
        if not self._is_open:
            self._open()
        with deterministic(0, self._now):
            return self._rendered(chunk)

    def _open(self) -> None:
        """Begin, once in each process."""
        self._is_open = True
        if self._skip is not None:
            self._suppression = Suppression(self._skip)

    def _rendered(self, chunk: Chunk) -> Done:
        prepare, item_of, suppression, lint = self._sink.prepare, self._item, self._suppression, self._lint
        made: list[tuple[int, Any]] = []
        rejected = list(chunk.rejected)
        warnings: list[str] = []
        skipped = 0
        for number, key, row in chunk.rows:
            try:
                item = item_of(number, key, row)
                if suppression is not None:
                    kept = _kept(item, suppression)
                    if kept is None:
                        skipped += 1
                        continue
                    item = kept
                made.append((number, prepare(item)))
            except (MimekitError, OSError) as error:
                name = error.field if isinstance(error, TemplateError) else None
                rejected.append(Rejection(number, key, name, str(error), row))
                continue
            if lint is not None and (number % _LINTED == 0 or not self._is_linted):
                self._is_linted = True
                warnings += warnings_of(lint, item)
        written = len(made)
        if rejected:
            rejected.sort(key=lambda one: one.number)
            more = [(one.number, self._sink.prepare_rejected(one)) for one in rejected]
            made = sorted([*made, *[pair for pair in more if pair[1] is not None]], key=lambda pair: pair[0])
        packed = self._sink.pack([prepared for _, prepared in made]) if made else None
        return Done(packed, written, rejected, skipped, tuple(warnings))

    def _item(self, number: int, key: str, row: Mapping[str, object]) -> Item:
        """Render one row."""
        template = self._template
        if self._dropped is not None:
            row = {name: value for name, value in row.items() if name != self._dropped}
        message_id = message_id_of(self._run_id, key, template.sender_domain(row))
        if self._has_own_id:
            delivery = template.render(row)
            found = _MESSAGE_ID.search(delivery.data)
            return Item(number, key, row, delivery, found[1].decode("ascii", "replace") if found else "")
        return Item(number, key, row, template.render(row, message_id=message_id), message_id)


def _kept(item: Item, suppression: Suppression) -> Item | None:
    """Give the item for those recipients who may get something; ``None`` when that is nobody."""
    recipients = item.delivery.rcpt_to
    left = tuple(suppression.left(recipients))
    if left == recipients:
        return item
    return item.among(left) if left else None
