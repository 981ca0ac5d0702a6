"""
Running: a template and rows become messages in a sink, and whatever moment it ends at, the same call goes on.

The rows are read in order, named and counted here; rendered here or by workers (`bulk.work`, `bulk.workers`); and
written here, in order, so that "so many rows are done" says all about a file.  That is on the disk after what it
speaks of, never before (`bulk.journal`).

    template, rows, sink -> Summary; SINK.journal, SINK.rejected.jsonl

May import: `bulk`, `clock`, `errors`.  Imported by: `bulk`.
"""

from __future__ import annotations

import os
import time
from contextlib import closing, contextmanager, nullcontext
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from mimekit.bulk import rows as sources
from mimekit.bulk.handover import hand_over_all
from mimekit.bulk.items import seed_of
from mimekit.bulk.job import Counts, Job, Progress, Summary, check_columns
from mimekit.bulk.journal import Journal
from mimekit.bulk.lines import Growing, beside, encode, show_path
from mimekit.bulk.linting import check_of
from mimekit.bulk.naming import Naming, sample
from mimekit.bulk.sinks import is_handover, journal_path, open_sink
from mimekit.bulk.template import Template
from mimekit.bulk.work import Chunk, Plainly, Work
from mimekit.bulk.workers import Workers
from mimekit.errors import BulkError, show

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator, Mapping
    from typing import Any

    from mimekit.bulk.handover import Handed, Retries
    from mimekit.bulk.items import Item
    from mimekit.bulk.ledger import Ledger
    from mimekit.bulk.linting import Lint
    from mimekit.bulk.rows import BadRow, Reader, Rows
    from mimekit.bulk.work import Done

    Skip = Callable[[Mapping[str, object]], object] | str | os.PathLike[str]
    Numbered = Iterator[tuple[int, Mapping[str, object] | BadRow]]

__all__ = ["Progress", "Summary", "run"]

_CHUNK = 256  # rows


def run(  # noqa: PLR0913 - each says one thing about a run
    template: Template,
    rows: Rows,
    sink: object,
    *,
    key: str | None = None,
    run_id: str | None = None,
    now: datetime | None = None,
    workers: int = 1,
    engine: str = "local",
    skip: Skip | None = None,
    lint: Lint | None = None,
    limit: int | None = None,
    sample: int | None = None,
    dry_run: bool = False,
    progress: Callable[[Progress], object] | None = None,
    journal: str | os.PathLike[str] | None = None,
    connections: int = 1,
    rate: float | None = None,
    retries: Retries | None = None,
    resend_unsure: bool = False,
) -> Summary:
    """
    Render a message for each row into a sink, and go on where an earlier call with the same arguments ended.

    *rows* as `bulk.rows.read` takes them; *sink* as `bulk.sinks.open_sink`.  *key* names a column whose values are
    unique, text or whole numbers: the name of the row in every file, and what its Message-ID is made from (default: the
    number of the row); an iterable needs one where messages are handed over, for its order may change.  *run_id*
    (default: random) and *now*, the time in Date and signatures (default: that of the first start), are kept in the
    journal.

    *workers* are processes.  *engine* ``"ray"`` (extra ``ray``) renders on the machines of a Ray cluster, as
    `bulk.cluster` says: from one file of rows or a directory of them, into part files, with a *key*.

    *skip* is a function of a row, or a file with an address on each line, compared without regard to case; for a sink
    that hands over it may be a newer one when a run is taken up again.  *lint* is a profile of the linter,
    arguments of `lint.check`, or a function of a delivery that gives findings or raises a `MimekitError`: the first
    message and every thousandth are checked; an error stops the run, before anybody got a message when it is in the
    first, and a warning is told in the `Summary`.  *limit* takes only the first rows, *sample* so many at random;
    *dry_run* renders and writes nothing.  *progress* is called with a `Progress` again and again.  *journal* is
    its place, by default beside the sink.

    For sinks that hand over: *connections* at once, *rate* in recipients a second, *retries* and *resend_unsure* as
    `bulk.handover.hand_over_all` says.

    A row that makes no message goes to SINK.rejected.jsonl and costs no other.  Raises `BulkError` for what concerns
    the run.
    """
    for name, value, kind in (("template", template, Template), ("run_id", run_id, str), ("now", now, datetime)):
        if not isinstance(value, kind) and (value is not None or kind is Template):
            message = f"{name} is {show(value)}, a {type(value).__name__}; give a {kind.__name__}"
            raise BulkError(message)
    if engine not in _ENGINES:
        message = f"engine is {show(engine)}; it is one of {', '.join(_ENGINES)}"
        raise BulkError(message)
    for name, number in (("workers", workers), ("limit", limit), ("sample", sample), ("connections", connections)):
        if number is not None and (isinstance(number, bool) or not isinstance(number, int) or number < 1):
            message = f"{name} is {show(number)}; give a whole number from 1"
            raise BulkError(message)
    job = Job(
        template=template,
        rows=rows,
        sink=open_sink(sink),
        key=key,
        run_id=run_id,
        now=now,
        workers=workers,
        skip=Path(skip) if isinstance(skip, (str, os.PathLike)) else skip,
        lint=check_of(lint),
        limit=limit,
        sample=sample,
        dry_run=dry_run,
        progress=progress,
        journal=None if journal is None else Path(journal),
        handing={"connections": connections, "rate": rate, "retries": retries, "resend_unsure": resend_unsure},
    )
    return _ENGINES[engine](job)


# -- engines


def _run_local(job: Job) -> Summary:
    reader = sources.read(job.rows)
    with closing(reader):
        check_columns(job.template, job.key, reader.columns)
        hands_over = is_handover(job.sink)
        path = None if job.dry_run else job.journal or journal_path(job.sink)
        digest = sources.digest(job.rows)
        if hands_over and not job.dry_run and digest is None and job.key is None:
            message = (
                "rows of an iterable may come in another order when the run is taken up again, and their numbers name "
                "nobody; give key=, a column whose values are unique, so that nobody is left out or served twice"
            )
            raise BulkError(message)
        if path is None and hands_over and not job.dry_run:
            message = "a sink of one's own that hands over needs journal=, the place of its journal"
            raise BulkError(message)
        check_new = (lambda: None) if job.dry_run or hands_over else job.sink.check_new  # type: ignore[union-attr]  # a FileSink
        journal = Journal(path, job.plan(digest), run_id=job.run_id, now=job.now, is_new=check_new)
        with closing(journal):
            local = _Local(job, reader, journal)
            if hands_over and not job.dry_run:
                return local.hand_over()
            return local.write()


def _run_ray(job: Job) -> Summary:
    from mimekit.bulk import cluster

    return cluster.run_ray(job)


_ENGINES: dict[str, Callable[[Job], Summary]] = {"local": _run_local, "ray": _run_ray}


@contextmanager
def _writing(sink: object) -> Iterator[None]:
    """Say of a full disk and its like what is to be done."""
    try:
        yield
    except OSError as error:
        name = getattr(sink, "path", None) or sink
        message = (
            f"{show_path(name)}, or a file beside it, cannot be written: {error.strerror or error}; mend that and give "
            f"the same call again, which goes on where the journal says"
        )
        raise BulkError(message) from error


class _Local:
    """A run on this machine."""

    def __init__(self, job: Job, reader: Reader, journal: Journal) -> None:
        self.job, self.reader, self.journal = job, reader, journal
        self.counts = Counts()
        self.seen = None if isinstance(job.rows, (str, os.PathLike)) else sources.Digest()  # of rows that were read
        self.digest: str | None = None  # of rows that were consumed
        self.is_at_end = False
        template = job.template
        preparing = Plainly() if is_handover(job.sink) else job.sink
        self.work = Work(
            template,
            preparing,  # type: ignore[arg-type]  # a FileSink
            run_id=journal.run_id,
            now=journal.now,
            dropped=job.dropped,
            skip=job.skip if isinstance(job.skip, Path) else None,
            lint=job.lint,
        )

    # -- files

    def write(self) -> Summary:
        """Write into a sink of files, from the last checkpoint on."""
        job, counts, journal = self.job, self.counts, self.journal
        last = journal.checkpoint
        if last is not None:
            counts.rows, counts.written = last["rows"], last["written"]
            counts.rejected, counts.skipped = last["rejected"], last["skipped"]
            if last.get("end"):
                job.sink.check_whole(last["sink"])  # type: ignore[union-attr]  # a FileSink
                if self.seen is None:  # else the rows are compared
                    return counts.summary(journal.run_id)
        with Workers(self.work, job.workers) if job.workers > 1 else nullcontext() as workers:
            if job.dry_run:
                for chunk, done in self._done(workers, ()):
                    self._count(chunk, done)
                    self._tell()
                return counts.summary(journal.run_id)
            sink: Any = job.sink  # a FileSink
            sink.start(None if last is None else last["sink"])
            try:
                self._write(workers, sink, last)
            finally:
                sink.close()
        return counts.summary(journal.run_id)

    def _write(self, workers: Workers | None, sink: Any, last: Mapping[str, Any] | None) -> None:  # noqa: ANN401 - a FileSink
        """Write what comes, and make checkpoints."""
        path = None if self.journal.path is None else beside(self.journal.path, "rejected.jsonl")
        rejected = None if path is None else Growing(path, last["rejected_length"] if last else 0)
        try:
            flushed = time.monotonic()
            for chunk, done in self._done(workers, ()):
                with _writing(sink):
                    if done.packed is not None:
                        sink.write(done.packed)
                    if done.rejected and rejected is not None:
                        rejected.write(b"".join([encode(one.record()) for one in done.rejected]))
                self._count(chunk, done)
                self.digest = chunk.digest
                if sink.is_due(time.monotonic() - flushed):
                    self._checkpoint(sink, rejected)
                    flushed = time.monotonic()
                self._tell()
            self._checkpoint(sink, rejected)
        finally:
            if rejected is not None:
                rejected.close()

    def _checkpoint(self, sink: Any, rejected: Growing | None) -> None:  # noqa: ANN401 - a FileSink
        counts = self.counts
        with _writing(sink):
            position = sink.flush()
            self.journal.write(
                {
                    "rows": counts.rows,
                    "written": counts.written,
                    "rejected": counts.rejected,
                    "skipped": counts.skipped,
                    "digest": self.digest,
                    "rejected_length": 0 if rejected is None else rejected.sync(),
                    "sink": position,
                    "end": self.is_at_end and counts.rows == self.read,
                }
            )

    # -- services

    def hand_over(self) -> Summary:
        """Hand over to a service what the journal does not know as settled."""
        job = self.job
        if self.journal.path is None:  # `_run_local` has seen to it
            raise TypeError
        latest: list[Handed] = []

        def tell(handed: Handed) -> None:
            latest[:] = [handed]
            self._tell(handed)

        # The processes begin before the threads do: a process that is forked off threads may find their locks taken.
        with Workers(self.work, job.workers) if job.workers > 1 else nullcontext() as workers:

            def items(ledger: Ledger) -> Iterator[Item]:
                for chunk, done in self._done(workers, ledger):
                    for one in done.rejected:
                        ledger.refuse(one)
                    self._count(chunk, done)
                    yield from done.packed or ()
                    self._tell(latest[0] if latest else None)

            sink: Any = job.sink  # a HandoverSink
            handed = hand_over_all(items, sink, journal_path=self.journal.path, progress=tell, **job.handing)
        return self.counts.summary(self.journal.run_id, handed)

    # -- rows

    def _done(self, workers: Workers | None, settled: Container[object]) -> Iterator[tuple[Chunk, Done]]:
        """Yield chunks with what became of them, in order."""
        chunks = self._chunks(settled)
        if workers is not None:
            return workers.map(chunks)
        render = self.work.render
        return ((chunk, render(chunk)) for chunk in chunks)

    def _count(self, chunk: Chunk, done: Done) -> None:
        counts = self.counts
        counts.rows += chunk.many
        counts.written += done.written
        counts.skipped += chunk.skipped + done.skipped
        counts.settled += chunk.settled
        counts.reject(done.rejected)
        counts.warnings.update(dict.fromkeys(done.warnings))

    def _tell(self, handed: Handed | None = None) -> None:
        if self.job.progress is not None:
            self.job.progress(self.counts.progress(self.reader.fraction, handed))

    read = 0
    """How many rows were read, a few ahead of those that were consumed."""

    def _numbered(self) -> Numbered:
        """Yield the rows that are wanted, with their numbers."""
        job = self.job
        numbered = enumerate(self.reader)
        if job.sample is not None:
            yield from sample(islice(numbered, job.limit), job.sample, seed_of(self.journal.run_id))
        elif job.limit is None:
            yield from numbered
        else:
            yield from islice(numbered, job.limit)
            if next(numbered, None) is not None:
                return
        self.is_at_end = True

    def _chunks(self, settled: Container[object]) -> Iterator[Chunk]:
        """Name the rows, and put them into chunks; those that the last checkpoint knows are only named."""
        is_skipped = self.job.skip if callable(self.job.skip) else None
        naming = Naming(self.job.key)
        numbered = self._numbered()
        if self.counts.rows:
            self._pass_over(numbered, naming)
        chunk = Chunk()
        read: list[object] = []
        for number, row in numbered:
            chunk.many += 1
            read.append(row)
            key, rejection = naming.name(number, row)
            if rejection is not None:
                chunk.rejected.append(rejection)
            elif key in settled:
                chunk.settled += 1
            elif is_skipped is not None and is_skipped(row):  # type: ignore[arg-type]  # a bad row is rejected
                chunk.skipped += 1
            else:
                chunk.rows.append((number, key, row))  # type: ignore[arg-type]  # likewise
            if chunk.many >= _CHUNK:
                yield self._closed(chunk, read)
                chunk = Chunk()
        if chunk.many:
            yield self._closed(chunk, read)

    def _closed(self, chunk: Chunk, read: list[object]) -> Chunk:
        """Give a chunk with the digest of all rows up to its last."""
        self.read += chunk.many
        if self.seen is not None:
            chunk.digest = self.seen.add(read)
        read.clear()
        return chunk

    def _pass_over(self, numbered: Numbered, naming: Naming) -> None:
        """Read what the last checkpoint knows as consumed, and check that it is what was consumed."""
        many, limit = self.counts.rows, self.job.limit
        last, path = self.journal.checkpoint, self.journal.path
        if last is None or path is None:  # then there is nothing to pass over
            return
        if limit is not None and limit < many and self.job.sample is None:
            message = f"limit is {limit}, and {show_path(path)} says that {many} rows are done; give a higher one"
            raise BulkError(message)
        read: list[object] = []
        for number, row in islice(numbered, many):
            self.read += 1
            naming.name(number, row)
            if self.seen is not None:
                read.append(row)
                if len(read) >= _CHUNK:
                    self.seen.add(read)
                    read.clear()
        if self.seen is not None:
            self.digest = self.seen.add(read)
        if self.read != many or self.digest != last.get("digest"):
            message = (
                f"the first {many} rows are not those of the run that {show_path(path)} is of; "
                f"give the same rows, with the same values, in the same order, or another sink"
            )
            raise BulkError(message)
