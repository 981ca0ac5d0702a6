"""
Bulk run with workers.

`bulk.run` of the template, signed with RSA-2048, into a sink that counts, by one process and by two; from the call to
the summary, the start of the processes included. Beside it: signatures of a ready digest by `cryptography` in one and
in two processes that run already. The last line is what the second process brings, as the time of two divided by the
time of one, ours beside that of bare signing.
"""

from __future__ import annotations

import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path

from benchmarks.counting import CountingSink
from benchmarks.newsletters import template
from benchmarks.results import Line
from benchmarks.samples import many_rows
from benchmarks.scenarios import Effort
from benchmarks.signing import bare
from benchmarks.timing import Call, Time, timed
from mimekit.bulk import run
from mimekit.dkim import Signer, SigningKey, generate_key

UNIT = "\u00b5s"
ROUNDS = 2


def measure(effort: Effort) -> list[Line]:
    """Run with one worker and with two."""
    count = int(30_000 * effort.part)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "key.pem"
        path.write_bytes(generate_key("rsa-sha256").to_pem())
        with pool(1) as one, pool(2) as two:
            calls: dict[str, Call] = {
                "run 1": partial(bulk_run, path, count, 1),
                "bare 1": partial(in_processes, one, path, count, 1),
                "run 2": partial(bulk_run, path, count, 2),
                "bare 2": partial(in_processes, two, path, count, 2),
            }
            for workers, processes in ((1, one), (2, two)):
                bulk_run(path, 200, workers)
                in_processes(processes, path, 200, workers)
            times = {who: time.of(count) for who, time in timed(calls, seconds=0, rounds=ROUNDS, loops=1).items()}
    gains = {
        "mimekit": gain(times["run 1"], times["run 2"]),
        "cryptography": gain(times["bare 1"], times["bare 2"]),
    }
    return [
        line("1 worker", times["run 1"], times["bare 1"]),
        line("2 workers", times["run 2"], times["bare 2"]),
        Line("the time of two by that of one", gains, "cryptography", 0.9, "share", unit="x"),
    ]


def line(what: str, ours: Time, primitive: Time) -> Line:
    """Give the line of a message by so many workers."""
    return Line(what, {"mimekit": ours, "cryptography": primitive}, "cryptography", kind="share")


def gain(one: Time, two: Time) -> Time:
    """Divide the time that two take by the time that one takes: half at best."""
    return Time(two.least / one.least, two.median / one.median)


def bulk_run(key: Path, count: int, workers: int) -> None:
    """Run the template over so many rows."""
    signer = Signer("example.com", selector="s", key=SigningKey.load(key))
    sink = CountingSink()
    run(template(signer=signer), many_rows(count), sink, workers=workers)
    assert sink.octets > 2000 * count


def pool(processes: int) -> ProcessPoolExecutor:
    """Give processes that begin from nothing, as on every system."""
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"))


def in_processes(processes: ProcessPoolExecutor, key: Path, count: int, workers: int) -> None:
    """Sign so many times, divided among the processes."""
    each = count // workers
    assert list(processes.map(partial(sign_bare, key), [each] * workers)) == [each] * workers


@cache
def loaded(key: Path) -> Call:
    """Load the key once in each process."""
    return bare(SigningKey.load(key))


def sign_bare(key: Path, count: int) -> int:
    """Sign so many times."""
    sign = loaded(key)
    for _ in range(count):
        sign()
    return count
