"""
Shrinking: a find made short, so that a person sees at once what is wrong with it.

    octets, a question whether others do as well -> fewer octets
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

__all__ = ["shrunk"]

_PLAIN = b"a"
_IN_PLACE = 400
"""Octets, at most, of what is made plain octet by octet."""


def shrunk(octets: bytes, does: Callable[[bytes], bool], *, seconds: float = 20) -> bytes:
    """Take away what is not needed, large pieces first, and make plain letters of the rest; stop after some seconds."""
    end = monotonic() + seconds
    before = None
    while octets != before and monotonic() < end:
        before = octets
        octets = _without(octets, does, end)
    if len(octets) <= _IN_PLACE:
        octets = _plain(octets, does, end)
    return octets


def _without(octets: bytes, does: Callable[[bytes], bool], end: float) -> bytes:
    size = max(1, len(octets) // 2)
    while True:
        at = 0
        while at < len(octets) and monotonic() < end:
            fewer = octets[:at] + octets[at + size :]
            if does(fewer):
                octets = fewer
            else:
                at += size
        if size == 1:
            return octets
        size //= 2


def _plain(octets: bytes, does: Callable[[bytes], bool], end: float) -> bytes:
    for at in range(len(octets)):
        plainer = octets[:at] + _PLAIN + octets[at + 1 :]
        if monotonic() < end and plainer != octets and does(plainer):
            octets = plainer
    return octets
