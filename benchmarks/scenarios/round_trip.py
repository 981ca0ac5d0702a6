"""
Parse and write back.

From octets to a message and to octets again: as it is, and with another subject. mimekit keeps the octets it was given,
so that the first costs nothing and the second the changed field. The standard library parses all, writes every field
and part anew, and does not always write what it read.
"""

from __future__ import annotations

from functools import partial

from benchmarks.readers import CHANGE, WRITE_BACK
from benchmarks.results import Line
from benchmarks.samples import sample
from benchmarks.scenarios import Effort
from benchmarks.scenarios.parse import SAMPLES
from benchmarks.timing import timed

UNIT = "\u00b5s"


def measure(effort: Effort) -> list[Line]:
    """Do so with each sample."""
    lines = []
    for what, writers in (("as it is", WRITE_BACK), ("another subject", CHANGE)):
        for name, file in SAMPLES.items():
            raw = sample(file)
            assert WRITE_BACK["mimekit"](raw) == raw
            calls = {who: partial(write, raw) for who, write in writers.items()}
            lines.append(Line(f"{what}: {name}", timed(calls, seconds=effort.seconds), "compat32"))
    return lines
