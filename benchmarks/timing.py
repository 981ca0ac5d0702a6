"""
Timing: the shortest of many rounds, the candidates interleaved, so that a drift of the machine hits all alike.

    callables -> seconds a call, for each
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from time import perf_counter

__all__ = ["Row", "best_of", "table"]

Row = tuple[str, ...]


def best_of(calls: Sequence[Callable[[], object]], *, seconds: float = 1.0, rounds: int = 7) -> list[float]:
    """Give the shortest time of one call of each, over *rounds* interleaved rounds of *seconds* in all."""
    loops = []
    for call in calls:
        call()  # not counted: it imports and fills caches
        start = perf_counter()
        call()
        once = max(perf_counter() - start, 1e-7)
        loops.append(max(1, int(seconds / rounds / len(calls) / once)))
    shortest = [float("inf")] * len(calls)
    gc.disable()
    try:
        for _ in range(rounds):
            for place, call in enumerate(calls):
                repeat = range(loops[place])
                start = perf_counter()
                for _ in repeat:
                    call()
                shortest[place] = min(shortest[place], (perf_counter() - start) / loops[place])
            gc.collect()
    finally:
        gc.enable()
    return shortest


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
    Console(width=120).print(shown)
