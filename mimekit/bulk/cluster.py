"""
Past one machine: the same run over Ray Data, on as many machines as a Ray cluster has.

Ray decides who does what and does again what a machine lost; nothing here schedules.  The rows are read twice, in
blocks: first for their keys alone, since a key may come again in any other block and the first row with it is the one
that counts, then to be rendered.  Each block of rows becomes one part file, under a name made from its place in the
rows, so that a block done twice is there once.  The names of what is there tell nothing in between: a directory is
whole when its marker is in it, and a run that broke off begins again, with the id and the time that its journal holds.

All machines need the same file system, and the key files of signers at the same place: keys travel as that place.

    Job -> DIR/part-000000000000.parquet ..., DIR/_SUCCESS; DIR.journal, DIR.rejected.jsonl; Summary

May import: `bulk`, `errors`; pyarrow, ray.  Imported by: `bulk.running`.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import secrets
from array import array
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from mimekit.bulk import rows as sources
from mimekit.bulk.items import Rejection, seed_of
from mimekit.bulk.job import Counts, check_columns
from mimekit.bulk.journal import Journal
from mimekit.bulk.keys import digest_of
from mimekit.bulk.lines import Growing, beside, encode, show_path, sync_directory
from mimekit.bulk.naming import named, repeated, sample
from mimekit.bulk.sinks import is_handover, journal_path
from mimekit.bulk.sinks.eml import check_no_directory
from mimekit.bulk.sinks.jsonl import JsonLinesSink
from mimekit.bulk.sinks.parquet import Part, PartsSink
from mimekit.bulk.work import Chunk, Work
from mimekit.errors import BulkError, MimekitError, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any

    from mimekit.bulk.job import Job, Summary
    from mimekit.bulk.rows import BadRow

    Pair = tuple[int, Mapping[str, object] | BadRow]

__all__ = ["MARKER", "run_ray"]

MARKER = "_SUCCESS"
"""The file that a whole directory has; a name that readers of part files pass over."""

_CHUNK = 256  # rows that are rendered at once
_PART = 50_000  # rows
_PARTS_EACH = 4  # at least so many parts for a worker, so that all end at about the same time
_KEYS = 1 << 16  # rows whose keys travel together
_FORMS = {".jsonl", ".ndjson", ".parquet", ".arrow", ".feather", ".csv"}


def run_ray(job: Job) -> Summary:
    """
    Do a job on the Ray cluster that this process is connected to; by default on one that Ray starts here.

    ``rows`` is a file, or a directory whose files are read in the order of their names; ``workers`` counts the blocks
    that are rendered at the same time.  Raises `BulkError`.
    """
    form = _form(job)
    paths = _paths(job.rows)
    for path in paths:
        with closing(sources.read(path)) as reader:
            check_columns(job.template, job.key, reader.columns)
    folder = job.sink.path.absolute()  # type: ignore[union-attr]  # of those two sinks
    plan = job.plan(_digest(paths), engine="ray", limit=job.limit)
    place = None if job.dry_run else job.journal or journal_path(job.sink)
    is_new = (lambda: None) if job.dry_run else lambda: check_no_directory(folder)
    journal = Journal(place, plan, run_id=job.run_id, now=job.now, is_new=is_new)
    with closing(journal):
        if journal.checkpoint is not None:
            return _ended(journal)
        return _Run(job, paths, journal, None if job.dry_run else _Target(str(folder), form)).go()


def _form(job: Job) -> str:
    """Give the form of the parts; raise for a job that is nothing for a cluster."""
    if job.key is None:
        message = (
            "engine='ray' needs key=, a column whose values are unique: blocks of rows have no numbers to name them"
        )
        raise BulkError(message)
    if isinstance(job.sink, JsonLinesSink):
        return "jsonl"
    if isinstance(job.sink, PartsSink):
        return job.sink.form
    what = "a service" if is_handover(job.sink) else f"{show(job.sink)}, which many cannot write at once"
    message = f"engine='ray' writes part files, and the sink is {what}; give parquet:DIR, arrow:DIR or jsonl:DIR"
    raise BulkError(message)


def _paths(rows: object) -> list[Path]:
    """Give the files of the rows."""
    if not isinstance(rows, (str, os.PathLike)):
        message = f"engine='ray' reads files, and the rows are {show(rows)}; give a path, or call render_batch yourself"
        raise BulkError(message)
    path = Path(rows).absolute()  # the processes of a cluster have directories of their own
    if not path.is_dir():
        return [path]
    names = [one for one in path.iterdir() if not one.name.startswith(("_", ".")) and one.suffix.lower() in _FORMS]
    if not names:
        message = f"{show_path(path)} has no files of rows in it; their names end with one of {', '.join(_FORMS)}"
        raise BulkError(message)
    return sorted(names)


def _digest(paths: list[Path]) -> dict[str, object] | None:
    """Give what tells these files from others."""
    found = [(path.name, sources.digest(path)) for path in paths]
    if len(found) == 1:
        return found[0][1]
    return {"files": len(found), "sha256": hashlib.sha256(json.dumps(found).encode()).hexdigest()}


def _ended(journal: Journal) -> Summary:
    """Give what the journal says of a run that is at its end."""
    last: Mapping[str, Any] = journal.checkpoint or {}
    counts = Counts(last["rows"], last["written"], last["rejected"], last["skipped"])
    return counts.summary(journal.run_id)


@dataclass(frozen=True, slots=True)
class _Target:
    """Where parts are written: a directory, and their form."""

    folder: str
    form: str

    def name(self, number: int) -> str:
        """Name the part that begins with a row."""
        return f"part-{number:012d}.{self.form}"


class _Run:
    """A run on a cluster, as the process sees it that was asked for it."""

    def __init__(self, job: Job, paths: list[Path], journal: Journal, target: _Target | None) -> None:
        self.job, self.paths, self.journal, self.target = job, paths, journal, target
        self.counts = Counts()
        self.names: set[str] = set()
        self.total = 0
        self.starts: list[int] = []  # the number of the first row of each file
        work = Work(
            job.template,
            job.sink,  # type: ignore[arg-type]  # a FileSink
            run_id=journal.run_id,
            now=journal.now,
            dropped=job.dropped,
            skip=job.skip.absolute() if isinstance(job.skip, Path) else None,
            lint=job.lint,
        )
        self.ray = _ray()
        skip = None if isinstance(job.skip, Path) else job.skip
        try:
            self.work = self.ray.cloudpickle.dumps((work, skip))
        except Exception as error:  # noqa: BLE001 - whatever the template holds
            message = f"the template cannot be handed to another machine: {error}"
            raise BulkError(message) from None

    def go(self) -> Summary:
        """Do it from the beginning."""
        if self.target is not None:
            self._clear(Path(self.target.folder))
        place = self.journal.path
        rejected = None if place is None else Growing(beside(place, "rejected.jsonl"))
        try:
            self._work(rejected)
            if self.counts.rows != self.total:
                message = (
                    f"there were {self.total} rows, and {self.counts.rows} when they were read again: somebody changes "
                    f"them; give the same command when they stay as they are"
                )
                raise BulkError(message)
            if self.target is not None:
                self._finish(Path(self.target.folder), rejected)
        except OSError as error:
            message = (
                f"{show_path(place or Path())}, its directory or a file beside it cannot be written: "
                f"{error.strerror or error}; mend that and give the same call again, which begins anew"
            )
            raise BulkError(message) from error
        finally:
            if rejected is not None:
                rejected.close()
        return self.counts.summary(self.journal.run_id)

    def _work(self, rejected: Growing | None) -> None:
        """Have the cluster do it."""
        try:
            wanted, firsts = self._survey()
            for done in self._blocks(wanted, firsts):
                self._take(done, rejected)
        except self.ray.exceptions.RayError as error:
            message = f"the cluster failed: {type(error).__name__}: {show(str(error).strip().splitlines()[-1], 300)}"
            raise BulkError(message) from error

    def _clear(self, folder: Path) -> None:
        """Make the directory, or take away what a run left that broke off."""
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (folder / MARKER).unlink(missing_ok=True)
        for entry in folder.iterdir():
            if entry.name.startswith((".part-", "part-")):
                entry.unlink()

    # -- keys

    def _survey(self) -> tuple[frozenset[int] | None, dict[int, int]]:
        """Count the rows and look at their keys: which numbers are wanted, and the first row of each repeated key."""
        import pyarrow as pa

        files = [{"file": number, "path": str(path)} for number, path in enumerate(self.paths)]
        read = self._dataset(files).map_batches(
            _keys,
            batch_size=1,
            batch_format="pyarrow",
            fn_kwargs={"column": self.job.key, "limit": self.job.limit},
            compute=self._at_once(len(files)),
        )
        found: list[tuple[int, int, bytes]] = []
        for batch in read.iter_batches(batch_size=None, batch_format="pyarrow"):
            for row in batch.to_pylist():
                _check(row)
                found.append((row["file"], row["first"], row["octets"]))
        found.sort()  # by file and place: behind one another they are all rows
        many = [0] * len(self.paths)
        for file, _, digests in found:
            many[file] += len(digests) // 8
        self.starts = [sum(many[:file]) for file in range(len(many))]
        count = sum(many)
        if self.job.limit is not None:
            count = min(count, self.job.limit)
        wanted = None
        if self.job.sample is not None:
            drawn = sample(((number, None) for number in range(count)), self.job.sample, seed_of(self.journal.run_id))
            wanted = frozenset([number for number, _ in drawn])
        self.total = count if wanted is None else len(wanted)
        digests = pa.chunked_array(
            [pa.Array.from_buffers(pa.uint64(), len(one) // 8, [None, pa.py_buffer(one)]) for *_, one in found],
            pa.uint64(),
        )
        numbers = pa.array(range(count), pa.int64()) if wanted is None else pa.array(sorted(wanted), pa.int64())
        return wanted, _firsts(pa.table({"digest": digests.take(numbers), "number": numbers}))

    # -- messages

    def _blocks(self, wanted: frozenset[int] | None, firsts: dict[int, int]) -> Iterator[dict[str, Any]]:
        """Yield what became of each block."""
        workers = self.job.workers
        rows = max(1, min(_PART, -(-self.total // (_PARTS_EACH * workers))))
        size = min(rows, _CHUNK)
        files = [
            {"file": number, "path": str(path), "start": start}
            for number, (path, start) in enumerate(zip(self.paths, self.starts, strict=True))
        ]
        read = self._dataset(files).map_batches(
            _chunks,
            batch_size=1,
            batch_format="pyarrow",
            fn_kwargs={"size": size, "limit": self.job.limit, "wanted": wanted},
            compute=self._at_once(len(files)),
        )
        made = read.repartition(target_num_rows_per_block=-(-rows // size)).map_batches(
            _render,
            batch_size=None,
            batch_format="pyarrow",
            fn_kwargs={"work": self.work, "column": self.job.key, "firsts": firsts, "target": self.target},
            compute=self._at_once(),
        )
        for batch in made.iter_batches(batch_size=None, batch_format="pyarrow"):
            yield from batch.to_pylist()

    def _at_once(self, most: int | None = None) -> Any:  # noqa: ANN401 - of Ray
        """Say how many blocks are worked on at the same time; any process of the cluster may take any of them."""
        workers = self.job.workers
        return self.ray.data.TaskPoolStrategy(size=workers if most is None else min(workers, most))

    def _dataset(self, items: list[dict[str, Any]]) -> Any:  # noqa: ANN401 - of Ray
        """Give a dataset of the files, one a block, that does not draw bars on the terminal."""
        made = self.ray.data.from_items(items, override_num_blocks=len(items))
        made.context.enable_progress_bars = False
        made.context.print_on_execution_start = False
        return made

    def _take(self, done: Mapping[str, Any], rejected: Growing | None) -> None:
        """Count what became of a block."""
        _check(done)
        refused: list[Rejection] = pickle.loads(done["octets"])  # noqa: S301 - from our own process
        if rejected is not None:
            rejected.write(b"".join([encode(one.record()) for one in refused]))
        counts = self.counts
        counts.rows += done["rows"]
        counts.written += done["written"]
        counts.skipped += done["skipped"]
        counts.reject(refused)
        if done["name"] is not None:
            self.names.add(done["name"])
        if self.job.progress is not None:
            self.job.progress(counts.progress(counts.rows / self.total if self.total else None))

    def _finish(self, folder: Path, rejected: Growing | None) -> None:
        """Take away what no block answers for, have everything on the disk, and say that it is whole."""
        for entry in folder.iterdir():
            if entry.name.startswith((".part-", "part-")) and entry.name not in self.names:
                entry.unlink()  # of a task that Ray gave up and did again elsewhere
        counts = self.counts
        said = {
            "rows": counts.rows,
            "written": counts.written,
            "rejected": counts.rejected,
            "skipped": counts.skipped,
        }
        if rejected is not None:
            rejected.sync()
        _put(folder / MARKER, encode({"run_id": self.journal.run_id, "parts": len(self.names), **said}))
        self.journal.write({**said, "sink": {"parts": len(self.names)}, "end": True})


def _check(row: Mapping[str, Any]) -> None:
    """Raise for a block that failed."""
    if row["failure"] is not None:
        raise BulkError(row["failure"])


def _ray() -> Any:  # noqa: ANN401 - checked where it is installed, and not elsewhere
    try:
        import ray
        import ray.data
    except ImportError:
        message = "engine='ray' needs Ray Data, which is not installed; install mimekit[ray]"
        raise BulkError(message) from None
    if not ray.is_initialized():
        if "RAY_ADDRESS" not in os.environ:  # Ray would start a cluster here, which listens to every machine around
            message = "there is no Ray cluster; call ray.init() before, or set RAY_ADDRESS to the address of one"
            raise BulkError(message)
        ray.init()
    return ray


def _firsts(table: Any) -> dict[int, int]:  # noqa: ANN401 - pyarrow ships no types
    """Give the first row of each key that several have, by the key's digest; 0 is that of rows without a key."""
    import pyarrow as pa
    import pyarrow.compute as pc

    counted = table.group_by("digest").aggregate([("number", "min"), ("number", "count")])
    several = counted.filter(
        pc.and_(pc.greater(counted["number_count"], 1), pc.not_equal(counted["digest"], pa.scalar(0, pa.uint64())))
    )
    return dict(zip(several["digest"].to_pylist(), several["number_min"].to_pylist(), strict=True))


# -- what runs on the cluster: functions over tables


def _keys(table: Any, *, column: str, limit: int | None) -> Iterator[Any]:  # noqa: ANN401 - pyarrow ships no types
    """Give the digests of the keys of a file, 0 for a row without one."""
    (item,) = table.to_pylist()
    first = 0
    digests = array("Q")
    try:
        with closing(sources.read(item["path"])) as reader:
            for number, row in enumerate(islice(reader, limit)):
                key, _ = named(number, row, column)
                digests.append(0 if key is None else digest_of(key))
                if len(digests) == _KEYS:
                    yield _table(file=item["file"], first=first, octets=digests.tobytes(), failure=None)
                    first = number + 1
                    digests = array("Q")
    except Exception as error:  # noqa: BLE001 - it is raised where the run was asked for
        yield _table(file=item["file"], first=first, octets=b"", failure=_why(error))
        return
    yield _table(file=item["file"], first=first, octets=digests.tobytes(), failure=None)


def _chunks(table: Any, *, size: int, limit: int | None, wanted: frozenset[int] | None) -> Iterator[Any]:  # noqa: ANN401 - pyarrow ships no types
    """Give the rows of a file that are wanted with their numbers, many at a time, pickled, so that no value changes."""
    (item,) = table.to_pylist()
    left = None if limit is None else max(0, limit - item["start"])
    try:
        with closing(sources.read(item["path"])) as reader:
            numbered: Iterator[Pair] = enumerate(islice(reader, left), item["start"])
            if wanted is not None:
                numbered = (pair for pair in numbered if pair[0] in wanted)
            while pairs := list(islice(numbered, size)):
                octets = pickle.dumps(pairs, protocol=pickle.HIGHEST_PROTOCOL)
                yield _table(first=pairs[0][0], octets=octets, failure=None)
    except Exception as error:  # noqa: BLE001 - likewise
        yield _table(first=item["start"], octets=b"", failure=_why(error))


def _render(table: Any, *, work: bytes, column: str, firsts: dict[int, int], target: _Target | None) -> Any:  # noqa: ANN401 - pyarrow ships no types
    """Render a block, and write it as one part."""
    counts = dict.fromkeys(("rows", "written", "skipped"), 0)
    rejected: list[Rejection] = []
    failure = name = None
    block = table.to_pylist()
    try:
        doing, skip = _unpacked(work)

        def packed() -> Iterator[Any]:
            for read in block:
                _check(read)
                chunk = _chunk(pickle.loads(read["octets"]), column, firsts, skip)  # noqa: S301 - from our own process
                done = doing.render(chunk)
                counts["rows"] += chunk.many
                counts["written"] += done.written
                counts["skipped"] += chunk.skipped + done.skipped
                rejected.extend(done.rejected)
                if done.packed is not None:
                    yield done.packed

        if target is None:
            for _ in packed():
                pass
        else:
            name = _write(target, block[0]["first"], packed())
    except Exception as error:  # noqa: BLE001 - likewise
        failure = _why(error)
    return _table(**counts, octets=pickle.dumps(rejected), failure=failure, name=name)


def _why(error: Exception) -> str:
    """Say why a block failed; it is told and not raised, because Ray wraps it in its own stack."""
    if isinstance(error, MimekitError):
        return str(error)
    return f"a worker failed: {type(error).__name__}: {show(str(error), 300)}"


def _table(**row: int | bytes | str | None) -> Any:  # noqa: ANN401 - pyarrow ships no types
    """Give a table of one row."""
    import pyarrow as pa

    kinds = {"octets": pa.large_binary(), "failure": pa.string(), "name": pa.string()}
    return pa.table({name: pa.array([value], kinds.get(name, pa.int64())) for name, value in row.items()})


def _write(target: _Target, number: int, packed: Iterator[Any]) -> str | None:
    """Write a part, and give its name, which it takes when it is whole and on the disk."""
    first = next(packed, None)
    if first is None:
        return None
    name = target.name(number)
    # Ray may do a block twice at the same time, when it takes a machine for lost that is not.
    making = Path(target.folder) / f".{name}.{secrets.token_hex(8)}"
    try:
        with open(making, "xb", opener=_private) as file:
            part = None if target.form == "jsonl" else Part(file, target.form)
            add = file.write if part is None else part.add
            for one in chain((first,), packed):
                add(one)
            if part is not None:
                part.close()
            file.flush()
            os.fsync(file.fileno())
        making.replace(Path(target.folder) / name)
    except BaseException:
        making.unlink(missing_ok=True)
        raise
    sync_directory(Path(target.folder))
    return name


def _put(path: Path, octets: bytes) -> None:
    """Write a small file, which is there when it is whole."""
    making = path.with_name(f".{path.name}")
    with open(making, "wb", opener=_private) as file:
        file.write(octets)
        file.flush()
        os.fsync(file.fileno())
    making.replace(path)
    sync_directory(path.parent)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


@lru_cache(maxsize=2)
def _unpacked(octets: bytes) -> tuple[Work, Callable[[Mapping[str, object]], object] | None]:
    """Make the work once in each process: there its keys are read."""
    return pickle.loads(octets)  # type: ignore[no-any-return]  # noqa: S301 - from our own process


def _chunk(
    pairs: list[Pair],
    column: str,
    firsts: dict[int, int],
    skip: Callable[[Mapping[str, object]], object] | None,
) -> Chunk:
    """Name the rows."""
    chunk = Chunk(many=len(pairs))
    for number, row in pairs:
        key, rejection = named(number, row, column)
        if key is None:
            chunk.rejected.append(rejection)  # type: ignore[arg-type]  # it is one or the other
        elif firsts and firsts.get(digest_of(key), number) != number:
            chunk.rejected.append(repeated(number, key, column, row))
        elif skip is not None and skip(row):  # type: ignore[arg-type]  # a bad row is rejected
            chunk.skipped += 1
        else:
            chunk.rows.append((number, key, row))  # type: ignore[arg-type]  # likewise
    return chunk
