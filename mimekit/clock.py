"""
The default time and randomness of building, and the context manager that fixes both.

The core reads no clock and draws no randomness except through an argument (`date=`, `message_id=`, `rng=`) whose
default is here.  `deterministic(seed, now)` replaces that default for a block, in this thread or task only.

    (seed, now) -> a block in which the same arguments give the same octets

May import: nothing of ours.  Imported by: much of the package.
"""

from __future__ import annotations

import os
from contextvars import ContextVar
from datetime import UTC, datetime
from time import time

__all__ = [
    "RandomBits",
    "current_moment",
    "current_rng",
    "current_second",
    "current_time",
    "deterministic",
    "fixed_time",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractContextManager
    from typing import Protocol

    class RandomBits(Protocol):
        """What building needs of a random source; `random.Random` is one."""

        def getrandbits(self, k: int, /) -> int:
            """Give a uniform integer of *k* bits."""


class _SystemRandom:
    """Randomness of the operating system."""

    __slots__ = ()

    def getrandbits(self, k: int, /) -> int:
        octets = (k + 7) // 8
        return int.from_bytes(os.urandom(octets), "big") >> (8 * octets - k)


_rng: ContextVar[RandomBits] = ContextVar("mimekit.rng", default=_SystemRandom())  # noqa: B039 - it has no state
_now: ContextVar[datetime | None] = ContextVar("mimekit.now", default=None)


def current_rng() -> RandomBits:
    """Give the random source that building uses when no `rng=` is passed."""
    return _rng.get()


def current_time() -> datetime:
    """Give the aware time that building uses when no `date=` is passed: local time with its offset."""
    return _now.get() or datetime.now().astimezone()


def current_moment() -> datetime:
    """Give the same time in UTC: for comparing, where no person's offset is asked for."""
    return _now.get() or datetime.now(UTC)


def fixed_time() -> datetime | None:
    """Give the time of the `deterministic` block that this is in, else ``None``."""
    return _now.get()


def current_second() -> int:
    """Give the same time in whole seconds since 1970, as protocols count it."""
    fixed = _now.get()
    return int(time() if fixed is None else fixed.timestamp())


def deterministic(seed: int | str | bytes, now: datetime) -> AbstractContextManager[None]:
    """
    Fix time and randomness of building inside a ``with`` block.

    *now* is an aware `datetime`; a naive one is a `ValueError`.

    >>> from datetime import datetime, timezone
    >>> from mimekit import Message
    >>> def build():
    ...     with deterministic(7, datetime(2026, 11, 24, tzinfo=timezone.utc)):
    ...         return Message(from_="a@example.com", to="b@example.com", text="Hi").to_bytes()
    >>> build() == build()
    True
    """
    from contextlib import contextmanager
    from random import Random

    if now.tzinfo is None:
        message = f"now is the naive {now!r}; give an aware datetime, such as one with tzinfo=timezone.utc"
        raise ValueError(message)

    @contextmanager
    def block() -> Iterator[None]:
        rng_token, now_token = _rng.set(Random(seed)), _now.set(now)  # noqa: S311 - to be repeatable is the purpose
        try:
            yield
        finally:
            _rng.reset(rng_token)
            _now.reset(now_token)

    return block()
