"""
Timing: many rounds, the candidates interleaved, so that a drift of the machine hits all alike.

    callables -> seconds a call, for each: the shortest round and the median one
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from time import perf_counter
from typing import NamedTuple

__all__ = ["Call", "Row", "Time", "best_of", "table", "timed"]

Call = Callable[[], object]
Row = tuple[str, ...]

_SHORT = 0.05


class Time(NamedTuple):
    """What one call takes: the shortest of the rounds, and the one in the middle."""

    least: float
    median: float

    def of(self, count: int) -> Time:
        """Give the share of one of the *count* things that a call does."""
        return Time(self.least / count, self.median / count)


def timed(calls: Mapping[str, Call], *, seconds: float, rounds: int = 7, loops: int | None = None) -> dict[str, Time]:
    """
    Time one call of each in *rounds* interleaved rounds of about *seconds* in all.

    A round repeats a call for its share of the time; *loops* says how often instead.
    """
    repeats = {name: loops or _fitting(call, seconds / rounds / len(calls)) for name, call in calls.items()}
    found: dict[str, list[float]] = {name: [] for name in calls}
    gc.collect()
    gc.disable()
    try:
        for _ in range(rounds):
            for name, call in calls.items():
                repeat = range(repeats[name])
                start = perf_counter()
                for _ in repeat:
                    call()
                found[name].append((perf_counter() - start) / repeats[name])
            gc.collect()
    finally:
        gc.enable()
    return {name: Time(min(times), median(times)) for name, times in found.items()}


def _fitting(call: Call, seconds: float) -> int:
    """Give how many calls fit; the first one imports and fills caches, and counts only when it is long."""
    once = _elapsed(call)
    if once < _SHORT:
        once = _elapsed(call)
    return max(1, int(seconds / max(once, 1e-7)))


def _elapsed(call: Call) -> float:
    start = perf_counter()
    call()
    return perf_counter() - start


def best_of(calls: Sequence[Call], *, seconds: float = 1.0, rounds: int = 7) -> list[float]:
    """Give the shortest time of one call of each, over *rounds* interleaved rounds of *seconds* in all."""
    named = {str(place): call for place, call in enumerate(calls)}
    return [time.least for time in timed(named, seconds=seconds, rounds=rounds).values()]


def table(title: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
    """Print a table on a terminal or into a file."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD)
    for place, column in enumerate(columns):
        shown.add_column(column, justify="left" if not place else "right")
    for row in rows:
        shown.add_row(*row)
    Console(width=160).print(shown)
