"""
Unguided: one target run over its seeds and what `mutating` makes of them, without knowing what code an input reaches.

It is the way where atheris cannot be installed.

    python -m tests.fuzzing.unguided TARGET FOLDER SECONDS -> what a `session` writes
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from time import monotonic

from tests.fuzzing.mutating import mutated
from tests.fuzzing.seeds import seeds
from tests.fuzzing.session import Session
from tests.fuzzing.target import Target, load

__all__ = ["inputs", "main"]

_KEPT = 200
"""Inputs that are changed further, beside the seeds."""


def inputs(target: Target, draw: Random) -> Iterator[bytes]:
    """Yield inputs without end: what seeds become, and what that becomes."""
    first = seeds(target.seeds)
    kept = list(first)
    while True:
        octets = mutated(draw.choice(kept), draw, first, target.most)
        yield octets
        if len(kept) < len(first) + _KEPT:
            kept.append(octets)
        else:
            kept[draw.randrange(len(first), len(kept))] = octets


def main(name: str, folder: Path, seconds: int) -> None:
    """Run one target for some seconds."""
    target = load()[name]
    session = Session(target, folder)
    end = monotonic() + seconds
    for octets in seeds(target.seeds):
        session.one_input(octets)
    for octets in inputs(target, Random()):
        session.one_input(octets)
        if monotonic() > end:
            break
    session.report()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
