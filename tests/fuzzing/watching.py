"""
Watching: runs one input of a target and judges it, by what it raises and by its time.

Time is the processor's, of this thread.  A pass over an input may take a second for each 100 kB, and a little that does
not depend on the size.  What is not linear shows on long inputs only, and a fuzzer likes short ones: so, now and then,
an input is *stretched*, a piece of it repeated up to 60 kB or what the target says.

    a target and octets -> nothing, or a Find
"""

from __future__ import annotations

import gc
import traceback
from hashlib import sha256
from pathlib import Path
from random import Random
from time import thread_time
from typing import NamedTuple

from tests.fuzzing.target import Target

__all__ = ["Find", "Watch", "bound", "stretched"]

_ROOT = Path(__file__).resolve().parents[2]
_FIXED = 0.05  # seconds of a pass, whatever the size
_RATE = 1 / 100_000  # seconds of a pass for an octet
_SLOW = "slow "
_SHARE = 0.1
"""How much of the time goes to stretched inputs, at most."""


def bound(target: Target, size: int) -> float:
    """Give the seconds that a target may take for so many octets."""
    return target.passes * (_FIXED + _RATE * size)


class Find(NamedTuple):
    """What is wrong: ``key`` is one for each place that is to be mended, ``text`` is for the reader."""

    key: str
    text: str
    octets: bytes

    @property
    def is_slow(self) -> bool:
        """Whether it is its time that is wrong."""
        return self.key.startswith(_SLOW)

    @property
    def file_name(self) -> str:
        """A name for the octets: where, and a digest."""
        where = "".join([char if char.isalnum() else "-" for char in self.key])
        return f"{where[:80]}-{sha256(self.octets).hexdigest()[:8]}"


class Watch:
    """Runs inputs of one target; *slowness* is how much slower than plain Python this process is, by its tools."""

    def __init__(self, target: Target, *, slowness: float = 1) -> None:
        self.target = target
        self.slowness = slowness
        self.executions = 0
        self.slowest = (0.0, b"")
        """The most seconds that an input took, and the input."""
        self._spent = self._spent_stretched = 0.0

    def __call__(self, octets: bytes) -> Find | None:
        """Run one input, and now and then what it is stretched to."""
        self.executions += 1
        started = thread_time()
        found = self.judge(octets)
        self._spent += thread_time() - started
        if found is None and self._spent_stretched < _SHARE * self._spent:
            started = thread_time()
            found = self.judge(stretched(octets, self.target.stretched))
            self._spent_stretched += thread_time() - started
        return found

    def judge(self, octets: bytes) -> Find | None:
        """Run one input."""
        started = thread_time()
        try:
            self.target.run(octets)
        except Exception as error:  # noqa: BLE001 - every one is a find
            return _of_error(error, octets)
        took = (thread_time() - started) / self.slowness
        allowed = bound(self.target, len(octets))
        if took > self.slowest[0]:
            self.slowest = took, octets
        if took > allowed:
            again = self._again(octets)
            if again > allowed:
                text = f"{again:.2f} s for {len(octets)} octets; {allowed:.2f} s are allowed"
                return Find(f"{_SLOW}{self.target.name}", text, octets)
        return None

    def _again(self, octets: bytes) -> float:
        """Take the time once more: what the collector or another program did the first time is no find."""
        gc.collect()
        started = thread_time()
        self.target.run(octets)
        return (thread_time() - started) / self.slowness


def _of_error(error: Exception, octets: bytes) -> Find:
    frames = [one for one in traceback.extract_tb(error.__traceback__) if one.filename.startswith(str(_ROOT))]
    last = frames[-1] if frames else traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(last.filename).stem}:{last.lineno}"
    return Find(f"{type(error).__name__} {place}", "".join(traceback.format_exception(error)), octets)


def stretched(octets: bytes, size: int) -> bytes:
    """Repeat a piece of some octets until they are long: a line or two, a few octets, or all; the same every time."""
    if not octets:
        return octets
    draw = Random(sha256(octets).digest())
    start = draw.randrange(len(octets))
    way = draw.randrange(4)
    if way == 0:  # whole lines
        start = octets.rfind(b"\n", 0, start) + 1
        end = octets.find(b"\n", min(len(octets), start + draw.choice((1, 1, 80)))) + 1 or len(octets)
    elif way == 1:
        end = start + draw.choice((1, 1, 2, 3))
    elif way == 2:
        end = start + draw.randrange(1, 40)
    else:
        start, end = 0, len(octets)
    piece = octets[start:end]
    return octets[:start] + piece * (size // len(piece)) + octets[end:]
