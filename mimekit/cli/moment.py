"""
The moment: a verb that reads the clock takes the time, and the source of randomness, as arguments.

    ``--now``, ``--seed`` -> the clock and the randomness of everything that is built meanwhile

May import: the core.  Imported by: `cli.bulk`, `cli.compose`, `cli.lint`, `cli.sign`, `cli.verify`.
"""

from __future__ import annotations

from contextlib import nullcontext
from datetime import datetime

from mimekit.clock import current_rng, current_time, deterministic
from mimekit.errors import SpecError, show

__all__ = ["add_argument", "fixed", "read"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from contextlib import AbstractContextManager


def add_argument(parser: ArgumentParser, what: str) -> None:
    """Add the argument for the time."""
    parser.add_argument("--now", metavar="ISO", help=f"{what}, such as 2026-11-24T12:00:00+00:00")


def read(now: str | None) -> datetime | None:
    """Read the argument."""
    if now is None:
        return None
    try:
        moment = datetime.fromisoformat(now)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        text = f"--now is {show(now)}; give a time with its offset, such as 2026-11-24T12:00:00+00:00"
        raise SpecError(text)
    return moment


def fixed(now: str | None, seed: str | None = None) -> AbstractContextManager[None]:
    """Fix time and randomness as far as asked for."""
    if now is None and seed is None:
        return nullcontext()
    moment = read(now) or current_time()
    if seed is None:
        return deterministic(current_rng().getrandbits(128), moment)
    return deterministic(int(seed) if seed.isascii() and seed.isdecimal() else seed, moment)
