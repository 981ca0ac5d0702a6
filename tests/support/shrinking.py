"""
Shrinking: what Hypothesis reports of a strategy when a test fails.

`hypothesis.find` ends early when the first examples are accepted, so it does not say what a failing test would show.

    a strategy and what makes an example fail -> the example that is reported
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from hypothesis import HealthCheck, Phase, given, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import SearchStrategy

__all__ = ["shrunk", "simplest"]

_T = TypeVar("_T")


def simplest(strategy: SearchStrategy[_T]) -> _T:
    """Give the example that Hypothesis tries first; what drawing raises is raised."""
    found: list[_T] = []

    @settings(max_examples=1, derandomize=True, database=None, deadline=None, phases=[Phase.generate])
    @given(strategy)
    def test(value: _T) -> None:
        found.append(value)

    test()
    return found[0]


class _FoundError(Exception):
    """The example is one of those that are looked for."""


def shrunk(strategy: SearchStrategy[_T], fails: Callable[[_T], object] | None = None, *, max_examples: int = 500) -> _T:
    """Give the example that a test reports which fails for those; every one fails unless it is said which."""
    reported: list[_T] = []

    @settings(
        max_examples=max_examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def test(value: _T) -> None:
        if fails is None or fails(value):
            reported.append(value)
            raise _FoundError

    try:
        test()
    except _FoundError:
        return reported[-1]
    message = "nothing that was drawn fails"
    raise AssertionError(message)
