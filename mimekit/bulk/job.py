"""
A job: what an engine of `bulk.run` gets, what it says while it works, and what it gives back.

    the arguments of run, checked -> Job -> Progress ..., Summary

May import: `bulk.items`, `bulk.journal`, `bulk.rows`, `bulk.sinks`, `errors`.  Imported by: `bulk.batch`,
`bulk.cluster`, `bulk.running`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from mimekit.bulk import rows as sources
from mimekit.bulk.journal import Plan, template_digest
from mimekit.bulk.sinks import is_handover
from mimekit.errors import BulkError, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime
    from typing import Any

    from mimekit.bulk.handover import Handed
    from mimekit.bulk.items import Rejection
    from mimekit.bulk.rows import Rows
    from mimekit.bulk.sinks import Sink
    from mimekit.bulk.template import Template
    from mimekit.delivery import Delivery

__all__ = ["Counts", "Job", "Progress", "Summary", "check_columns"]

_KEPT = 10  # rejections that a summary shows


@dataclass(frozen=True, slots=True)
class Progress:
    """
    How far a run is: rows read, written, rejected and skipped, and the ``fraction`` of the source, where it is known.

    ``handed`` counts recipients, for a sink that hands over.
    """

    rows: int
    written: int
    rejected: int
    skipped: int
    fraction: float | None = None
    handed: Handed | None = None


@dataclass(frozen=True, slots=True)
class Summary:
    """
    What became of a run, of all its parts if it was taken up again.

    ``rows`` were read; of them ``written`` became messages (for a sink that hands over: were rendered in this part),
    ``rejected`` made none, ``skipped`` were left out, and ``settled`` were handed over in earlier parts.  ``handed``
    counts recipients and is ``None`` for files.  ``rejections`` are the first of this part, ``warnings`` what the
    linter told in it, each once.
    """

    run_id: str
    rows: int = 0
    written: int = 0
    rejected: int = 0
    skipped: int = 0
    settled: int = 0
    handed: Handed | None = None
    rejections: tuple[Rejection, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether everybody who was not to be skipped has got, or will get, a message."""
        handed = self.handed
        if handed is not None and (handed.rejected or handed.unsure or handed.later or handed.stopped is not None):
            return False
        return not self.rejected


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The arguments of `run`, checked: what an engine gets."""

    template: Template
    rows: Rows
    sink: Sink
    key: str | None
    run_id: str | None
    now: datetime | None
    workers: int
    skip: Callable[[Mapping[str, object]], object] | Path | None
    lint: Callable[[Delivery], object] | None
    limit: int | None
    sample: int | None
    dry_run: bool
    progress: Callable[[Progress], object] | None
    journal: Path | None
    handing: Mapping[str, Any]

    def plan(self, rows: Mapping[str, object] | None, **more: object) -> Plan:
        """Give what another call has to match to go on with this run: the digest of its rows, and *more* options."""
        skip: object = self.skip if self.skip is None else "a function"
        if is_handover(self.sink):  # whoever asked to be left alone since then is
            skip = None
        elif isinstance(self.skip, Path):
            skip = sources.digest(self.skip)
        kind = getattr(self.sink, "kind", None) or type(self.sink).__name__
        options: dict[str, object] = {"key": self.key, "sink": kind, "skip": skip, **more}
        if self.sample is not None:
            options["sample"] = [self.sample, self.limit]
        return Plan(template_digest(self.template), options, rows)

    @property
    def dropped(self) -> str | None:
        """The field of a row that is its key, and which the template does not use."""
        return self.key if self.key is not None and self.key not in self.template.fields else None


@dataclass(slots=True)
class Counts:
    """What was consumed so far, and the first of what was rejected."""

    rows: int = 0
    written: int = 0
    rejected: int = 0
    skipped: int = 0
    settled: int = 0
    rejections: list[Rejection] = field(default_factory=list)
    warnings: dict[str, None] = field(default_factory=dict)

    def reject(self, rejected: list[Rejection]) -> None:
        """Count some, and keep the first."""
        self.rejected += len(rejected)
        if rejected and len(self.rejections) < _KEPT:
            self.rejections += rejected[: _KEPT - len(self.rejections)]

    def progress(self, fraction: float | None, handed: Handed | None = None) -> Progress:
        """Say how far it is."""
        return Progress(self.rows, self.written, self.rejected, self.skipped, fraction, handed)

    def summary(self, run_id: str, handed: Handed | None = None) -> Summary:
        """Say what became of the run."""
        return Summary(
            run_id,
            self.rows,
            self.written,
            self.rejected,
            self.skipped,
            self.settled,
            handed,
            tuple(self.rejections),
            tuple(self.warnings),
        )


def check_columns(template: Template, key: str | None, columns: Iterable[str] | None) -> None:
    """Raise for columns that would have every row rejected."""
    if columns is None:
        return
    columns = tuple(columns)
    if key is not None and key not in columns:
        message = f"the rows have no column {show(key)}, which is to be the key; they have {', '.join(columns)}"
        raise BulkError(message)
    if len(set(columns)) < len(columns):
        message = f"the rows have the column {show(next(one for one in columns if columns.count(one) > 1))} twice"
        raise BulkError(message)
    known = {*template.fields, key}
    if strange := [name for name in columns if name not in known]:
        message = (
            f"the rows have the column {show(strange[0])}, which the template does not use; leave it out of the rows, "
            f"or use it (it uses {', '.join(template.fields)})"
        )
        raise BulkError(message)
