"""
Parse the corpus.

The same work over all the files of a corpus of real and of broken messages, the tests of other mail libraries, which
lies beside the checkout; where it does not, these lines are absent. The figures are for one message, on the average.
mimekit raises for none of them; a message for which another library raises counts as done.
"""

from __future__ import annotations

from functools import partial

from benchmarks.readers import HEADERS, LEAVES, TOUCH, TREE, WRITE_BACK, Reader
from benchmarks.results import Line
from benchmarks.scenarios import Effort
from benchmarks.timing import timed
from tests.support.corpus import message_files

UNIT = "\u00b5s"
WORK = (
    ("read subject, from, to, text", TOUCH, "policy.default"),
    ("header fields", HEADERS, "policy.default"),
    ("types of all parts", TREE, "policy.default"),
    ("decode every leaf", LEAVES, "compat32"),
    ("parse and write back", WRITE_BACK, "compat32"),
)


def measure(effort: Effort) -> list[Line]:
    """Do each kind of work on every message of the corpus, or on every so manieth."""
    raws = [path.read_bytes() for path in message_files()[:: round(1 / min(1, effort.part * 2))]]
    if not raws:
        return []
    for raw in raws:
        for _, readers, _ in WORK:
            readers["mimekit"](raw)  # raises for none
    lines = []
    for work, readers, against in WORK:
        calls = {who: partial(read_all, read, raws) for who, read in readers.items()}
        times = timed(calls, seconds=effort.seconds, rounds=3)
        lines.append(Line(work, {who: time.of(len(raws)) for who, time in times.items()}, against))
    return lines


def read_all(read: Reader, raws: list[bytes]) -> None:
    """Read every message."""
    for raw in raws:
        try:
            read(raw)
        except Exception:  # noqa: BLE001, S112 - what a library raises for a broken message is anything
            continue
