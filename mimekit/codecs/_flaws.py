"""
The flaws of one body, bounded: a body of damaged octets must not give a million of them.

Of each code the first few are kept, so that no code hides another, and one more says how many were left out.

    flaws in any number -> at most `MOST` + 1 of each code, by place

May import: `defects`.  Imported by: much of the package.
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["MOST", "Ledger", "keeping", "kept", "marks"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.defects import Flaw

MOST = 5
"""How many flaws of one code are kept one by one."""

_kept: ContextVar[int] = ContextVar("kept", default=MOST)


@contextmanager
def keeping(count: int) -> Iterator[None]:
    """Keep *count* flaws of a code inside the block, for whoever mends them and need not tell of each."""
    token = _kept.set(count)
    try:
        yield
    finally:
        _kept.reset(token)


def kept(usual: int) -> int:
    """Give how many flaws are to be kept, where *usual* are unless a `keeping` block wants more."""
    wanted = _kept.get()
    return usual if wanted == MOST else max(usual, wanted)


def marks(allowed: bytes) -> bytes:
    """Give the table for `bytes.translate` that turns the octets of *allowed* into SP and every other into ``!``."""
    return bytes(b" !"[octet not in allowed] for octet in range(256))


class Ledger:
    """
    Collects the flaws of one call.

    >>> ledger, flaws = Ledger(), []
    >>> for place in range(7):
    ...     ledger.add("E020", place, place + 1, "bad escape")
    >>> ledger.close(flaws)
    >>> flaws[-1]
    ('E020', 5, 7, 'and 2 more')
    """

    __slots__ = ("_counts", "_kept", "_most", "_omitted")

    def __init__(self) -> None:
        self._most = _kept.get()
        self._kept: list[Flaw] = []
        self._counts: dict[str, int] = {}
        self._omitted: dict[str, tuple[int, int]] = {}

    def add(self, code: str, start: int, end: int, detail: str) -> None:
        """Take one flaw."""
        count = self._counts[code] = self._counts.get(code, 0) + 1
        if count <= self._most:
            self._kept.append((code, start, end, detail))
        else:
            first, last = self._omitted.get(code, (start, end))
            self._omitted[code] = (min(first, start), max(last, end))

    def add_runs(self, code: str, marked: bytes, detail: str) -> None:
        """Take each run of ``!`` in *marked*, which `marks` made; those after the first few are only counted, in C."""
        start = marked.find(b"!")
        for _ in range(self._most):
            if start < 0:
                return
            end = marked.find(b" ", start)
            end = len(marked) if end < 0 else end
            self.add(code, start, end, detail)
            start = marked.find(b"!", end)
        if start >= 0:
            self._counts[code] += marked.count(b" !", start - 1)
            self._omitted[code] = (start, marked.rfind(b"!") + 1)

    def close(self, flaws: list[Flaw]) -> None:
        """Append what was collected to *flaws*, by place."""
        for code, (start, end) in self._omitted.items():
            self._kept.append((code, start, end, f"and {self._counts[code] - self._most} more"))
        flaws += sorted(self._kept, key=lambda flaw: flaw[1])
