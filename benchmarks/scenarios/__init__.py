"""
The scenarios: each measures one kind of work; the first line of its docstring is its title, the rest says against whom.

    Effort -> lines of figures

May import: `builders`, `readers`, `samples`, `signing`, `timing`, `results`.  Imported by: `benchmarks.__main__`.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

from benchmarks.results import Line

__all__ = ["Effort", "Scenario"]


class Effort(NamedTuple):
    """How much is done."""

    seconds: float
    """How long a line is measured, about."""
    part: float
    """How much of what is large is taken, 1 for all: of the corpus, a million rows, a GiB."""


class Scenario(Protocol):
    """A module that measures."""

    __doc__: str | None
    UNIT: str

    def measure(self, effort: Effort) -> list[Line]:
        """Measure, and give a line for each thing that was."""
