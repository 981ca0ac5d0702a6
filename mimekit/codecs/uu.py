"""
Uuencode, read only: the transfer encoding of mail before MIME, still met as ``x-uuencode``.

POSIX `uuencode`.  A body may hold several blocks, with text before, between and after them; the octets of the blocks
are joined.  A body without a block is given back as it is, so that nothing is lost.

    octets with begin ... end blocks -> the octets of the blocks

May import: `defects`, `codecs._flaws`.  Imported by: `codecs.transfer`.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_uu
from functools import cache

from mimekit.codecs._flaws import Ledger

__all__ = ["decode"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimekit.defects import Flaw

_LENGTHS = bytes(range(32, 97))
# What stands for a zero in uuencode, and so in the line of length zero that ends a block.
_ZEROS = b" `"


def decode(data: bytes, flaws: list[Flaw] | None = None) -> bytes:
    r"""
    Decode every block of *data*; *flaws* get what is wrong (E002, the code of all that is no MIME encoding).

    A block ends at ``end``, after a line of length zero, or where the next one begins.  Blanks that were lost at the
    end of a line are supplied, what follows the characters of a line is ignored, a line of other octets is skipped.

    >>> decode(b"Here it is:\nbegin 644 cat.txt\n#0V%T\n`\nend\n")
    b'Cat'
    """
    ledger = Ledger()
    octets: list[bytes] = []
    after = 0
    begin = _next_begin(data, 0)
    if begin is None:
        ledger.add("E002", 0, len(data), "uuencoded body without a begin line")
        octets.append(data)
        after = len(data)
    while begin is not None:
        _note_text(data, after, begin.start(), ledger)
        after = _block(data, begin.end(), octets, ledger)
        begin = _next_begin(data, after)
    _note_text(data, after, len(data), ledger)
    if flaws is not None:
        ledger.close(flaws)
    return b"".join(octets)


@cache
def _full_lines() -> re.Pattern[bytes]:
    """Give the pattern of the lines that make up most of a block: 45 octets each, whole and well-formed."""
    return re.compile(rb"(?:M[ -`]{60}\r?+\n)++")


@cache
def _begin_line() -> re.Pattern[bytes]:
    """Give the pattern of a begin line: file mode and, mostly, a name; it may also match in the middle of a line."""
    return re.compile(rb"begin [0-7]{3,4}(?:[ \t][^\n]*+)?+\r?+(?:\n|\Z)")


def _next_begin(data: bytes, start: int) -> re.Match[bytes] | None:
    """Find the first begin line at or after *start*."""
    for match in _begin_line().finditer(data, start):
        if match.start() == 0 or data[match.start() - 1 : match.start()] == b"\n":
            return match
    return None


def _note_text(data: bytes, start: int, end: int, ledger: Ledger) -> None:
    """Report text that stands in no block."""
    if data[start:end].strip():
        ledger.add("E002", start, end, "text outside the uuencoded blocks is left out")


def _block(data: bytes, start: int, octets: list[bytes], ledger: Ledger) -> int:
    """Add the octets of the lines from *start* on and give the place where the block is over."""
    size = len(data)
    is_over = False
    while start < size:
        if not is_over and (full := _full_lines().match(data, start)):
            octets += map(a2b_uu, full[0].splitlines())
            start = full.end()
            continue
        after = data.find(b"\n", start) + 1 or size
        line = data[start:after].rstrip(b"\r\n")
        if line.startswith(b"end") and line.rstrip() == b"end":
            return after
        if (is_over and line.strip()) or (line.startswith(b"begin ") and _begin_line().match(data, start)):
            break
        if line and not is_over:
            is_over = not line.strip(_ZEROS)
            octets.append(_decoded(line, start, after, ledger))
        start = after
    if not is_over:
        ledger.add("E002", start, start, "uuencoded block without an end line")
    return start


def _decoded(line: bytes, start: int, after: int, ledger: Ledger) -> bytes:
    """Decode one line, whose first character says how many octets it holds; ``b""`` for what is no such line."""
    # Some writers do not fill the last group of a line, some put a check character after it.
    needed = 1 + ((line[0] - 32 & 63) * 4 + 2) // 3
    if line[:1] in _LENGTHS:
        try:
            octets = a2b_uu(line[:needed])
        except Error:
            octets = b""
        if octets or not line.strip(_ZEROS):
            if len(line) < needed:
                ledger.add("E002", start, after, "uuencoded line shorter than it says")
            return octets
    ledger.add("E002", start, after, "line that is not uuencoded is skipped")
    return b""
