"""
Workers: the processes of a run, in which rows become octets.

Signing takes a hundred times as long as rendering, and Python runs on one core; so chunks of rows go to processes, and
what comes back is put in order again.  Only so many chunks are under way: a slow disk holds the readers up, and memory
stays flat.  A process that dies is an error.  One whose parent dies, by ``kill -9`` too, notices the end of its pipe.

    chunks -> (chunk, what became of it), in order

May import: `bulk.work`, `errors`.  Imported by: `bulk.running`.
"""

from __future__ import annotations

import multiprocessing
import pickle
import signal
from collections import deque
from multiprocessing import connection as connections
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING

from mimekit.errors import BulkError, MimekitError, show

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from types import TracebackType
    from typing import Self

    from mimekit.bulk.work import Chunk, Done, Work

__all__ = ["Workers"]

_DEPTH = 2  # chunks that a worker has at hand: one it works on, one that waits
_SECONDS = 2.0


class Workers:
    """
    *many* processes that do the same *work*; use it in a ``with`` block, at whose end they are gone.

    Raises `BulkError` for work that cannot be pickled.
    """

    def __init__(self, work: Work, many: int) -> None:
        try:
            octets = pickle.dumps(work, protocol=pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001 - whatever the template holds
            message = f"the template cannot be handed to another process: {error}; or give workers=1"
            raise BulkError(message) from None
        context = multiprocessing.get_context()
        is_fork = context.get_start_method() == "fork"
        self._pipes: list[Connection] = []
        self._processes: list[BaseProcess] = []
        try:
            for number in range(many):
                ours, theirs = context.Pipe()
                self._pipes.append(ours)
                # A forked process has our ends of all pipes so far; with one left open nobody would see the end of us.
                inherited = tuple(self._pipes) if is_fork else ()
                process = context.Process(
                    target=_serve, args=(theirs, octets, inherited), name=f"bulk worker {number}", daemon=True
                )
                process.start()
                theirs.close()
                self._processes.append(process)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def map(self, chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, Done]]:
        """Yield each chunk with what became of it, in order; raises what a worker raised, and when one is gone."""
        pipes = self._pipes
        most = (_DEPTH + 1) * len(pipes)  # with those that wait for an earlier one
        under_way: dict[Connection, deque[int]] = {pipe: deque() for pipe in pipes}
        waiting: deque[Chunk] = deque()
        done: dict[int, Done] = {}
        first = following = 0
        source = iter(chunks)
        is_open = True
        while True:
            while is_open and following - first < most:
                pipe = min(pipes, key=lambda one: len(under_way[one]))
                if len(under_way[pipe]) >= _DEPTH:
                    break
                chunk = next(source, None)
                if chunk is None:
                    is_open = False
                    break
                self._send(pipe, chunk)
                under_way[pipe].append(following)
                waiting.append(chunk)
                following += 1
            if first == following:
                return
            if first not in done:
                ready = connections.wait([one for one in pipes if under_way[one]])
                for pipe in [one for one in pipes if one in ready]:
                    done[under_way[pipe].popleft()] = self._received(pipe)
                continue
            yield waiting.popleft(), done.pop(first)
            first += 1

    def close(self) -> None:
        """End the processes."""
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.join(_SECONDS)
            if process.is_alive():
                process.terminate()
                process.join()
            process.close()
        self._pipes, self._processes = [], []

    def _send(self, pipe: Connection, chunk: Chunk) -> None:
        try:
            octets = pickle.dumps(chunk, protocol=pickle.HIGHEST_PROTOCOL)
        except Exception as error:  # noqa: BLE001 - whatever the rows hold
            message = f"a row cannot be handed to another process: {error}; give rows of plain values, or workers=1"
            raise BulkError(message) from None
        try:
            pipe.send_bytes(octets)
        except OSError:
            raise self._gone(pipe) from None

    def _received(self, pipe: Connection) -> Done:
        try:
            made, failure = pickle.loads(pipe.recv_bytes())  # noqa: S301 - from our own process
        except (EOFError, OSError):
            raise self._gone(pipe) from None
        if failure is not None:
            raise BulkError(failure)
        return made  # type: ignore[no-any-return]  # what `_serve` sends

    def _gone(self, pipe: Connection) -> BulkError:
        process = self._processes[self._pipes.index(pipe)]
        process.join(_SECONDS)
        code = process.exitcode
        how = "" if code is None else f" by signal {-code}" if code < 0 else f" with exit code {code}"
        message = f"a worker process ended{how}; what it worked on is done again when the run is taken up"
        return BulkError(message)


def _serve(pipe: Connection, octets: bytes, inherited: Sequence[Connection]) -> None:
    """Work until the pipe ends; the main function of a worker."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends us
    for one in inherited:
        one.close()
    chunks: SimpleQueue[Chunk | None] = SimpleQueue()
    Thread(target=_receive, args=(pipe, chunks), daemon=True).start()
    work: Work | None = None
    while (chunk := chunks.get()) is not None:
        answer: tuple[Done | None, str | None]
        try:
            if work is None:
                work = pickle.loads(octets)  # noqa: S301 - from our own process
            answer = work.render(chunk), None
        except MimekitError as error:
            answer = None, str(error)
        except Exception as error:  # noqa: BLE001 - it is raised in the parent
            rows = f"rows {chunk.rows[0][0]} to {chunk.rows[-1][0]}" if chunk.rows else "a chunk without rows"
            answer = None, f"a worker failed on {rows}: {type(error).__name__}: {show(str(error), 300)}"
        try:
            pipe.send_bytes(pickle.dumps(answer, protocol=pickle.HIGHEST_PROTOCOL))
        except OSError:  # nobody is there any more
            return


def _receive(pipe: Connection, chunks: SimpleQueue[Chunk | None]) -> None:
    """Take chunks in at once, so that the parent never waits for a worker that waits for the parent."""
    try:
        while True:
            chunks.put(pickle.loads(pipe.recv_bytes()))  # noqa: S301 - from our own process
    except (EOFError, OSError):
        chunks.put(None)
