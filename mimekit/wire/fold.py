"""
Folding: where a field may be broken across lines, and the guard that keeps line ends out of values.

RFC 5322 2.2.3 lets a field be split at folding white space; 2.1.1 asks for lines of at most 78 characters and
requires at most 998.  This module knows those two numbers and nothing of what a field means: the value says where it
may be broken by giving pieces.

    field name + pieces -> octets of the field, CRLF-folded;  raw field body -> the same body on one line

May import: `errors`, `wire.abnf`.  Imported by: `bulk`, `codecs`, `compose`, `headers`, `lint`, `smtp`, `strategies`.
"""

from __future__ import annotations

import re
from functools import cache

from mimekit.errors import HeaderError, show
from mimekit.wire.abnf import is_field_name

__all__ = ["ENCODED_WORD_WIDTH", "MAX_LINE", "WIDTH", "fold", "guard", "guard_strict", "unfold"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from mimekit.errors import BuildError

WIDTH = 78
"""Columns that a line should not pass (RFC 5322 2.1.1)."""

ENCODED_WORD_WIDTH = 76
"""Columns of a line that has an encoded word (RFC 2047 2)."""

MAX_LINE = 998
"""Octets that a line must not pass, without its CRLF (RFC 5322 2.1.1)."""


def fold(name: bytes, pieces: Iterable[bytes], *, width: int = WIDTH) -> bytes:
    r"""
    Write the field *name* with its body in *pieces*: lines of at most *width* columns where the pieces allow it.

    Between two pieces a fold is allowed; every piece but the first begins with its own white space.  There is never a
    fold right after the field name, and never a line of white space alone.  The octets end with CRLF.  Raises
    `HeaderError` for a name that is no field-name, a line end or NUL in a piece, and a line of over 998 octets.

    >>> fold(b"Subject", [b"Notes on the Engine:", b" third", b" draft"], width=30)
    b'Subject: Notes on the Engine:\r\n third draft\r\n'
    """
    if not is_field_name(name):
        message = f"{show(name)} is no field name: printable ASCII without colon or space (RFC 5322 3.6.8)"
        raise HeaderError(message)
    parts = pieces if isinstance(pieces, (list, tuple)) else list(pieces)
    body = b"".join(parts)
    # The last line of defence: a value that lets one of these through would add a line to the header.
    if b"\n" in body or b"\r" in body or b"\0" in body:
        message = (
            f"{show(name.decode())} has CR, LF or NUL in its body {show(body)}; a field body is one line before it is "
            f"folded (RFC 5322 2.2); give the text without them"
        )
        raise HeaderError(message)
    if b"=?" in body:
        width = min(width, ENCODED_WORD_WIDTH)
    used = len(name) + 2
    if used + len(body) <= min(width, MAX_LINE):
        return b"%b: %b\r\n" % (name, body)
    return b"%b: %b\r\n" % (name, b"".join(_lines(name, parts, used, width)))


def _lines(name: bytes, pieces: list[bytes] | tuple[bytes, ...], used: int, width: int) -> list[bytes]:
    """Put a CRLF before each piece that would pass *width*; *used* columns of the first line are taken."""
    out: list[bytes] = []
    bare = True  # the line so far is the field name or white space: no fold may follow it
    for piece in pieces:
        blank = not piece.strip(b" \t")
        if used + len(piece) > width and not bare and not blank:
            out.append(b"\r\n")
            used = 0
        out.append(piece)
        used += len(piece)
        bare = bare and blank
        if used > MAX_LINE:
            message = (
                f"{show(name.decode())} has a line of {used} octets that cannot be folded: {show(piece)}; the limit "
                f"is {MAX_LINE} (RFC 5322 2.1.1); put white space into the value or shorten it"
            )
            raise HeaderError(message)
    return out


def unfold(raw: bytes) -> bytes:
    r"""
    Put a raw field body on one line: the line end of each fold goes, its white space stays (RFC 5322 2.2.3).

    The final line end goes too.  LF ends a line as CRLF does; a lone CR stays.

    >>> unfold(b" a\r\n b\n\tc\r\n")
    b' a b\tc'
    """
    if b"\n" not in raw:
        return raw
    if raw.endswith(b"\r\n"):
        raw = raw[:-2]
    elif raw.endswith(b"\n"):
        raw = raw[:-1]
    raw = raw.replace(b"\r\n ", b" ").replace(b"\r\n\t", b"\t")
    return raw.replace(b"\n ", b" ").replace(b"\n\t", b"\t") if b"\n" in raw else raw


# Everything that `str.isprintable` takes is harmless, so the patterns see only the rare text with tabs, format
# characters or controls.  U+2028 and U+2029 end a line for `str.splitlines`, on which some readers rely.
@cache
def _forbidden() -> re.Pattern[str]:
    return re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")


@cache
def _forbidden_strictly() -> re.Pattern[str]:
    return re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")


def guard(text: str, where: str, *, error: type[BuildError] = HeaderError) -> None:
    r"""
    Raise *error* when *text* holds a character that no header value may hold; the sentence names *where*.

    These are CR, LF, NUL, every other C0 control but TAB, DEL and lone surrogates.

    >>> guard("Notes\r\nBcc: eve@example.com", "subject")
    Traceback (most recent call last):
    mimekit.errors.HeaderError: subject holds U+000D at index 5 of 'Notes\r\nBcc: eve@example.com'; ...
    """
    if not text.isprintable() and (found := _forbidden().search(text)):
        raise error(_sentence(text, where, found.start(), "a header value has no control character but TAB"))


def guard_strict(text: str, where: str, *, error: type[BuildError] = HeaderError) -> None:
    r"""
    Raise *error* as `guard` does, and also for TAB, U+0080 to U+009F, U+2028 and U+2029.

    For what other software compares or sends on: addresses, field names, ids.

    >>> guard_strict("ada\u2028@example.com", "address")
    Traceback (most recent call last):
    mimekit.errors.HeaderError: address holds U+2028 at index 3 of 'ada\u2028@example.com'; ...
    """
    if not text.isprintable() and (found := _forbidden_strictly().search(text)):
        raise error(_sentence(text, where, found.start(), f"no control or line separator may stand in {where}"))


def _sentence(text: str, where: str, index: int, rule: str) -> str:
    return (
        f"{where} holds U+{ord(text[index]):04X} at index {index} of {show(text)}; {rule} (RFC 5322 2.2, 4.1); "
        f"remove it or write a space"
    )
