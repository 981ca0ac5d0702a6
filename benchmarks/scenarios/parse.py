"""
Parse.

A small message of 2 kB, a newsletter of 29 kB and a message with an attachment of 1 MiB, read as far as the line says:
subject, From, To and text; the header fields alone; the types of all parts; the octets of every leaf, decoded. The
others are both parsers of the standard library, fast-mail-parser (native code), and mail-parser, which builds on the
standard library and reads everything always.
"""

from __future__ import annotations

from functools import partial

from benchmarks.readers import HEADERS, LEAVES, TOUCH, TREE
from benchmarks.results import Line
from benchmarks.samples import sample
from benchmarks.scenarios import Effort
from benchmarks.timing import timed

UNIT = "\u00b5s"
SAMPLES = {"small": "small.eml", "newsletter": "newsletter.eml", "1 MiB attached": "attach1m.eml"}
WORK = (
    ("read subject, from, to, text", TOUCH, "policy.default", (35, 40, 200)),
    ("header fields", HEADERS, "policy.default", (None, None, None)),
    ("types of all parts", TREE, "policy.default", (None, None, None)),
    ("decode every leaf", LEAVES, "compat32", (2.5, 4, 7)),
)


def measure(effort: Effort) -> list[Line]:
    """Do each kind of work on each sample."""
    lines = []
    for work, readers, against, wanted in WORK:
        for (name, file), ratio in zip(SAMPLES.items(), wanted, strict=True):
            raw = sample(file)
            if readers is LEAVES:
                assert readers["mimekit"](raw) == readers["compat32"](raw)
            calls = {who: partial(read, raw) for who, read in readers.items()}
            lines.append(Line(f"{work}: {name}", timed(calls, seconds=effort.seconds), against, ratio))
    return lines
