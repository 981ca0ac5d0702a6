r"""
The identity encodings 7bit, 8bit and binary, and what decides between them: line lengths and line ends.

RFC 2045 2.7 to 2.9 and 6.2.  A line ends at LF, with or without a CR before it; a lone CR is an octet of its line.

    octets -> the same octets, and what may be said of them

May import: `defects`, `codecs._flaws`.  Imported by: much of the package.
"""

from __future__ import annotations

import re
from functools import cache

from mimekit.codecs._flaws import marks

__all__ = [
    "LINE_LIMIT",
    "decode",
    "has_bare_line_end",
    "has_long_line",
    "is_7bit",
    "is_8bit",
    "longest_line",
    "to_crlf",
    "to_lf",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimekit.defects import Flaw

LINE_LIMIT = 998
"""The most octets that a line may have, its line end not counted (RFC 5322 2.1.1)."""

_HIGH_AS_MARK = marks(bytes(range(128)))


def decode(data: bytes, flaws: list[Flaw] | None = None, *, name: str = "7bit") -> bytes:
    r"""
    Give *data* as it is; *flaws* get E003 when *name* is ``7bit`` and *data* is not.

    >>> flaws = []
    >>> decode(b"na\xc3\xafve", flaws), flaws
    (b'na\xc3\xafve', [('E003', 2, 4, '2 octets over 127 in a 7bit body')])
    """
    if flaws is not None and name == "7bit" and not data.isascii():
        marked = data.translate(_HIGH_AS_MARK)
        start = marked.find(b"!")
        end = marked.find(b" ", start)
        detail = f"{marked.count(b'!')} octets over 127 in a 7bit body"
        flaws.append(("E003", start, len(data) if end < 0 else end, detail))
    return data


def longest_line(data: bytes) -> int:
    r"""
    Count the octets of the longest line, its line end not counted.

    >>> longest_line(b"four\r\nseven !\r\n")
    7
    """
    return max(map(len, data.replace(b"\r\n", b"\n").split(b"\n")))


def has_long_line(data: bytes, limit: int = LINE_LIMIT) -> bool:
    """
    Tell whether a line has more than *limit* octets, its line end not counted.

    Far quicker than `longest_line`: it looks only for the last line end within the limit, again and again.
    """
    start, size = 0, len(data)
    while size - start > limit:
        end = data.rfind(b"\n", start, start + limit + 1)
        if end < 0:
            at = start + limit  # exactly as many octets as allowed, then CRLF
            if data[at : at + 2] != b"\r\n":
                return True
            end = at + 1
        start = end + 1
    return False


def has_bare_line_end(data: bytes) -> bool:
    """Tell whether a CR or an LF stands alone."""
    if b"\r" not in data:
        return b"\n" in data
    pairs = data.count(b"\r\n")
    return data.count(b"\n") != pairs or data.count(b"\r") != pairs


def to_crlf(data: bytes) -> bytes:
    r"""
    Make every line end CRLF: a lone CR and a lone LF as well.

    >>> to_crlf(b"a\nb\rc\r\n")
    b'a\r\nb\r\nc\r\n'
    """
    if not has_bare_line_end(data):
        return data
    return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n").replace(b"\n", b"\r\n")


def to_lf(data: bytes) -> bytes:
    r"""
    Make every CRLF an LF; a lone CR stays.

    >>> to_lf(b"a\r\nb\rc\n")
    b'a\nb\rc\n'
    """
    if b"\r" not in data:
        return data
    if _lone_cr().search(data):
        return data.replace(b"\r\n", b"\n")
    return data.replace(b"\r", b"")  # seven times quicker than to replace CRLF


@cache
def _lone_cr() -> re.Pattern[bytes]:
    return re.compile(rb"\r(?!\n)")


def is_8bit(data: bytes) -> bool:
    """Tell whether *data* is 8bit data (RFC 2045 2.8): no NUL, no bare CR or LF, no line over 998 octets."""
    return not (b"\0" in data or has_bare_line_end(data) or has_long_line(data))


def is_7bit(data: bytes) -> bool:
    r"""
    Tell whether *data* is 7bit data (RFC 2045 2.7): 8bit data without an octet over 127.

    >>> is_7bit(b"Hello\r\n"), is_7bit(b"Hello\n"), is_7bit(b"x" * 999), is_7bit(b"\xff")
    (True, False, False, False)
    """
    return data.isascii() and is_8bit(data)
