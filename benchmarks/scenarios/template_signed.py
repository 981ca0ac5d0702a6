"""
Render and sign.

The same template and rows with a DKIM signature for each message, the whole pipeline from row to signed octets, beside
one signature of a ready digest by `cryptography`: the limit.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from benchmarks.newsletters import Row, passes, template
from benchmarks.results import Line
from benchmarks.samples import rows
from benchmarks.scenarios import Effort
from benchmarks.scenarios.sign import key_of
from benchmarks.signing import bare
from benchmarks.timing import Call, timed
from mimekit.bulk import Template
from mimekit.dkim import Signer, generate_key

UNIT = "\u00b5s"


def measure(effort: Effort) -> list[Line]:
    """Render by each algorithm."""
    lines = []
    for name, algorithm, wanted, rate in (
        ("RSA-2048", "rsa-sha256", 0.9, 100),
        ("Ed25519", "ed25519-sha256", 0.55, 1000),
    ):
        signer = Signer("example.com", selector="s", key=generate_key(algorithm))
        primitive = bare(key_of(signer))
        count = min(len(rows()), int(rate * effort.seconds))
        calls: dict[str, Call] = {
            "mimekit": passes(partial(octets, template(signer=signer)), rows(), count),
            "cryptography": partial(repeat, primitive, count),
        }
        times = timed(calls, seconds=effort.seconds, rounds=15, loops=1)
        lines.append(Line(name, {who: time.of(count) for who, time in times.items()}, "cryptography", wanted, "share"))
    return lines


def octets(made: Template, row: Row) -> bytes:
    """Render a row to its last octet."""
    return made.render(row).data


def repeat(primitive: Callable[[], object], count: int) -> None:
    """Sign so many times."""
    for _ in range(count):
        primitive()
