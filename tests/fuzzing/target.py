"""
A target: a function that takes any octets and raises when a promise does not hold for them.

What a function may raise on purpose it takes as an answer; all else, an `AssertionError` too, is a find.

    a decorator and the modules of this folder -> {name: Target}
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import NamedTuple

__all__ = ["MODULES", "TARGETS", "Target", "load", "refused", "target"]

MODULES = (
    "reading",
    "editing",
    "rebuilding",
    "building",
    "linting",
    "signing",
    "values",
    "codings",
    "loading",
    "sending",
    "keeping",
)
"""The modules that hold targets."""


class Target(NamedTuple):
    """One target, and what the fuzzer has to know of it."""

    name: str
    run: Callable[[bytes], None]
    seeds: str
    """What its first inputs are: a kind of `seeds`."""
    passes: int
    """How often it goes over its input, at most; each pass has the time of `watching`."""
    most: int
    """Octets of its inputs."""
    stretched: int
    """Octets of those that are stretched; see `watching`."""


TARGETS: dict[str, Target] = {}


def target(
    seeds: str, *, passes: int = 4, most: int = 4096, stretched: int = 60_000
) -> Callable[[Callable[[bytes], None]], Callable[[bytes], None]]:
    """Enter a function into `TARGETS`, under its own name with dashes."""

    def enter(function: Callable[[bytes], None]) -> Callable[[bytes], None]:
        name = function.__name__.replace("_", "-")
        assert name not in TARGETS, name
        TARGETS[name] = Target(name, function, seeds, passes, most, stretched)
        return function

    return enter


def load() -> dict[str, Target]:
    """Import every module of targets, and give all there are."""
    for name in MODULES:
        import_module(f"tests.fuzzing.{name}")
    return TARGETS


def refused(error: Exception) -> None:
    """Take an error as an answer: it is a sentence that is safe to print."""
    assert str(error).isprintable(), ascii(str(error))
