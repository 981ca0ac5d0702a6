"""
How long two parsers are compared: how far that is, and when it is over, or one disagreement short enough.

    examples, seconds -> `Progress`, and whether to go on

May import: the standard library.  Imported by: `testing.differential`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PATIENCE", "Pace", "Progress"]

_ROUND = 400  # examples of one search; each begins with the simplest ones
_SHRINKING, _SHRINKING_AT_LEISURE = 20.0, 120.0  # seconds for one disagreement at most; when no time is given
PATIENCE = 1000  # messages that make it no simpler


class Progress(NamedTuple):
    """How far it is."""

    examples: int
    disagreements: int
    known: int
    seconds: float
    fraction: float
    """From 0 to 1, of the examples or of the time, whichever is further."""
    is_shrinking: bool


class Pace:
    """How far it is, and when it is over."""

    def __init__(
        self, max_examples: int | None, seconds: float | None, progress: Callable[[Progress], object] | None
    ) -> None:
        self.max_examples = max_examples
        self._seconds = seconds
        self._progress = progress
        self._most_shrinking = _SHRINKING_AT_LEISURE if seconds is None else _SHRINKING
        self._begun = time.monotonic()
        self._shrinking_since = 0.0
        self._idle = 0  # messages since the last one that was simpler
        self.examples = 0

    def elapsed(self) -> float:
        """Give the seconds since it began."""
        return time.monotonic() - self._begun

    def is_out_of_time(self) -> bool:
        """Tell whether the time is up."""
        return self._seconds is not None and self.elapsed() >= self._seconds

    def is_over(self) -> bool:
        """Tell whether no more messages are wanted."""
        return self.is_out_of_time() or (self.max_examples is not None and self.examples >= self.max_examples)

    def left(self) -> int:
        """Give how many messages the next round may draw."""
        return _ROUND if self.max_examples is None else min(_ROUND, self.max_examples - self.examples)

    def tell(self, disagreements: int, known: int, *, is_shrinking: bool) -> None:
        """Say how far it is."""
        if self._progress is None:
            return
        seconds = self.elapsed()
        of_examples = self.examples / self.max_examples if self.max_examples else 0.0
        of_time = seconds / self._seconds if self._seconds else 0.0
        fraction = min(max(of_examples, of_time), 1.0)
        self._progress(Progress(self.examples, disagreements, known, seconds, fraction, is_shrinking))

    def begin_shrinking(self) -> None:
        """Begin to count the messages, and the time, that one disagreement takes."""
        self._idle, self._shrinking_since = 0, time.monotonic()

    def was_simpler(self) -> None:
        """Take note that shrinking brings something."""
        self._idle = 0

    def is_shrunk(self) -> bool:
        """Tell whether shrinking brought nothing for so long that it will not."""
        return self._idle >= PATIENCE

    def is_enough(self) -> bool:
        """Count one more message; tell whether shrinking ends."""
        self._idle += 1
        if self.is_out_of_time() or self.is_shrunk():
            return True
        return time.monotonic() - self._shrinking_since >= self._most_shrinking
