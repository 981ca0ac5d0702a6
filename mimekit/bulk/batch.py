"""
Batches: a table of rows in, a table of messages out, for whatever runs a function over tables.

Spark (``mapInArrow``), Ray Data, Dask and DuckDB bring a template its rows as Arrow record batches, on as many
machines as they have, and put the messages where they put tables.  What comes out has the columns of the Parquet sink
and one row for each that came in, so that nothing is lost on the way.

    pyarrow.RecordBatch -> pyarrow.RecordBatch: key, mail_from, rcpt_to, data, handover, error

May import: `bulk`, `clock`, `errors`; pyarrow.  Imported by: `bulk.template`.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from mimekit.bulk.items import seed_of
from mimekit.bulk.job import check_columns
from mimekit.bulk.journal import begun
from mimekit.bulk.naming import named
from mimekit.bulk.sinks.parquet import PartsSink
from mimekit.bulk.work import Chunk, Work
from mimekit.errors import BulkError, show

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from mimekit.bulk.template import Template

__all__ = ["render_batch"]

_SINK = PartsSink(Path())  # only prepares


def render_batch(template: Template, batch: Any, *, key: str, run_id: str, now: datetime | None = None) -> Any:  # noqa: ANN401 - pyarrow ships no types
    """Give the messages of a record batch; see `Template.render_batch`."""
    if not hasattr(batch, "to_pylist") or not hasattr(batch, "schema"):
        message = f"the batch is {show(batch)}; give a RecordBatch or a Table of pyarrow"
        raise BulkError(message)
    if not isinstance(run_id, str):
        message = f"run_id is {show(run_id)}; give text, the same for all batches of a run"
        raise BulkError(message)
    run_id, now = begun(run_id, now)
    check_columns(template, key, batch.schema.names)
    chunk = Chunk()
    for number, row in enumerate(batch.to_pylist()):
        name, rejection = named(number, row, key)
        if name is None:
            chunk.rejected.append(rejection)  # type: ignore[arg-type]  # it is one or the other
        else:
            chunk.rows.append((number, name, row))
    dropped = None if key in template.fields else key
    work = Work(_seeded(template, run_id), _SINK, run_id=run_id, now=now, dropped=dropped)
    packed = work.render(chunk).packed
    return _SINK.pack(()) if packed is None else packed


@lru_cache(maxsize=4)
def _seeded(template: Template, run_id: str) -> Template:
    """Compile a template once, for all batches of a process."""
    return template.seeded(seed_of(run_id))
