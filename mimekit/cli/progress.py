"""
Progress of a long run: a bar on a terminal, when `rich` is installed, and a line every ten seconds elsewhere.

    what a run says of itself -> standard error

May import: the standard library; rich when it is called.  Imported by: `cli.bulk`, `cli.fuzz`.
"""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["TICK", "shown"]

_State = TypeVar("_State")

TICK = 0.1
"""Seconds between two looks at the bar."""
_SECONDS = 10.0  # between two lines


@contextmanager
def shown(
    said: Callable[[_State], str], fraction: Callable[[_State], float | None], left: Callable[[_State], str]
) -> Iterator[Callable[[_State], None]]:
    """
    Give what shows how far a run is; it may be called often, and from any thread.

    *said* describes a state, *fraction* is how much is done, from 0 to 1, if that is known; *left* is added where there
    is no bar to show what is left.
    """
    if sys.stderr.isatty():
        try:
            from rich import progress as bars
            from rich.console import Console
        except ImportError:
            pass
        else:
            columns = (
                bars.BarColumn(),
                bars.TaskProgressColumn(),
                bars.TextColumn("{task.description}", markup=False),
                bars.TimeRemainingColumn(),
            )
            with bars.Progress(*columns, console=Console(stderr=True), transient=True) as bar:
                task = bar.add_task("", total=None)
                tick = _Pace(TICK)

                def show_bar(state: _State) -> None:
                    if tick.is_time():
                        done = fraction(state)
                        total = None if done is None else 1.0
                        bar.update(task, total=total, completed=done or 0.0, description=said(state))

                yield show_bar
            return
    pace = _Pace(_SECONDS)

    def print_line(state: _State) -> None:
        if pace.is_time():
            sys.stderr.write(f"mimekit: {said(state)}{left(state)}\n")
            sys.stderr.flush()

    yield print_line


class _Pace:
    """When to say something."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._last = time.monotonic()

    def is_time(self) -> bool:
        """Whether the time has come to say something again."""
        now = time.monotonic()
        if now - self._last < self._seconds:
            return False
        self._last = now
        return True
