"""
Timing: whether work is linear in its input, whatever else the machine does.

Only the processor time of this process counts, without that of the collector of garbage, whose work grows with all that
the tests have left behind.  The best of several tries is taken.

    a function of a size -> whether ten times the size is no more than about ten times the work
"""

from __future__ import annotations

import gc
from time import process_time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["cpu_seconds", "is_linear"]

_LEAST = 0.002  # seconds: what is quicker is measured by its noise
_TRIES = 3


def cpu_seconds(work: Callable[[], object]) -> float:
    """Give the processor time of some work."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        started = process_time()
        work()
        return process_time() - started
    finally:
        if was_on:
            gc.enable()


def is_linear(work: Callable[[int], object], few: int, many: int, *, factor: float = 5) -> bool:
    """Tell whether work on *many* costs no more than *factor* times what work on *few* lets expect."""
    small = large = float("inf")
    work(few)
    for _ in range(_TRIES):
        small = min(small, cpu_seconds(lambda: work(few)))
        large = min(large, cpu_seconds(lambda: work(many)))
        if large <= factor * many / few * max(small, _LEAST):
            return True
    return False
