r"""
Tokens: what the octets of a structured field body are made of, before they mean anything.

RFC 5322 3.2 builds dates, addresses and ids from atoms, quoted strings, comments and specials, and section 4 lets more
stand than one may write.  The lexer takes both, and what is neither is junk: nothing is left out, nothing raises.  It
looks at no octet more than a fixed number of times, whatever stands there, and comments nest by a counter.

    (raw field body, offset) -> (kind, start, end);  span of a quoted string or comment -> its octets

May import: `limits`, `defects`, `wire.abnf`.  Imported by: `headers`, `lint`.
"""

from __future__ import annotations

import re
from functools import cache

from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire.abnf import ATOM, FWS, QUOTED_PAIR, QUOTED_STRING

__all__ = ["Lexer", "Token", "comment_text", "end_of_comment", "skip_cfws", "unquote"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from mimekit.defects import Flaw
    from mimekit.limits import Limits

    Note = Callable[[str, int, int, str], None]

Token = tuple[str, int, int]
"""
``(kind, start, end)``.  The kinds: ``fws``, ``atom``, ``quoted`` (with its quotes), ``comment`` (with its parentheses),
``literal`` (with its brackets), ``junk``, and for a special the character itself: one of ``< > : ; @ , .``
"""

_PARENTHESIS = 0x28
_KINDS = ("", "fws", "atom", "literal", "quoted")
_SPECIALS = {ord(special): special for special in "<>:;@,."}


@cache
def _token() -> re.Pattern[bytes]:
    # A literal ends at the first bracket even if a backslash stands before it: were it to go on, each `[` of a run of
    # `\[` would be searched to the end of the field.
    literal = rb"\[[^\[\]\\]*+(?:\\[^\[\]\\][^\[\]\\]*+)*+\]"
    return re.compile(rb"(" + FWS + rb")|(" + ATOM + rb")|(" + literal + rb")|(" + QUOTED_STRING + rb")")


@cache
def _token_without_quotes() -> re.Pattern[bytes]:
    return re.compile(_token().pattern.removesuffix(rb"|(" + QUOTED_STRING + rb")"))


@cache
def _controls() -> re.Pattern[bytes]:
    return re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]++")


@cache
def _nesting() -> re.Pattern[bytes]:
    return re.compile(rb"[()]|" + QUOTED_PAIR)


@cache
def _quoted_pair() -> re.Pattern[bytes]:
    return re.compile(rb"\\([\x00-\xff])")


@cache
def _fws() -> re.Pattern[bytes]:
    return re.compile(rb"[ \t\r\n]*+")


class Lexer:
    r"""
    Gives the token at an offset of *raw*; ``note(code, start, end, detail)`` is called for what is unbalanced.

    A quote or parenthesis without its partner is junk, and so is every later one: what follows it is read as if it were
    not there.  Codes: A038 (parenthesis), A039 (quote), L009 (comments nested deeper than *depth*).

    >>> lexer = Lexer(b'Ada (x) "K."')
    >>> lexer.token(0), lexer.token(4), lexer.token(8)
    (('atom', 0, 3), ('comment', 4, 7), ('quoted', 8, 12))
    """

    __slots__ = ("_comments", "_depth", "_note", "_pattern", "_quotes", "_raw")

    def __init__(self, raw: bytes, note: Note | None = None, *, depth: int = DEFAULT_LIMITS.max_comment_depth) -> None:
        self._raw = raw
        self._note = note
        self._depth = depth
        self._pattern = _token()
        self._quotes = True
        self._comments = True

    def token(self, at: int) -> Token:
        """Give the token at the offset *at*, which is within the octets."""
        found = self._pattern.match(self._raw, at)
        if found is not None:
            return _KINDS[found.lastindex or 0], at, found.end()
        octet = self._raw[at]
        special = _SPECIALS.get(octet)
        if special is not None:
            return special, at, at + 1
        if octet == _PARENTHESIS and self._comments:
            end, depth = end_of_comment(self._raw, at)
            if end >= 0:
                if depth > self._depth and self._note is not None:
                    self._note("L009", at, end, f"comments are nested {depth} deep; the limit is {self._depth}")
                return "comment", at, end
        return self._junk(at)

    def _junk(self, at: int) -> Token:
        """Give one octet that is no token, or a run of control characters, and note what it lacks."""
        octet = self._raw[at : at + 1]
        if octet == b'"' and self._quotes:
            # The pattern looked for its partner to the end of the octets, and must not do so again for each quote.
            self._quotes = False
            self._pattern = _token_without_quotes()
            self._say("A039", at, "quoted string has no end")
        elif octet == b"(" and self._comments:
            self._comments = False
            self._say("A038", at, "comment has no end")
        elif octet == b")":
            self._say("A038", at, "parenthesis without a comment")
        elif controls := _controls().match(self._raw, at):
            return "junk", at, controls.end()
        return "junk", at, at + 1

    def _say(self, code: str, at: int, detail: str) -> None:
        if self._note is not None:
            self._note(code, at, at + 1, detail)


def end_of_comment(raw: bytes, start: int) -> tuple[int, int]:
    """
    Give the offset after the comment whose parenthesis stands at *start*, -1 when it has no end, and how deep it nests.

    >>> end_of_comment(b"(a (b)) c", 0)
    (7, 2)
    """
    depth = deepest = 0
    for found in _nesting().finditer(raw, start):
        if found[0] == b"(":
            depth += 1
            deepest = max(deepest, depth)
        elif found[0] == b")":
            depth -= 1
            if not depth:
                return found.end(), deepest
    return -1, deepest


def skip_cfws(raw: bytes, pos: int, flaws: list[Flaw] | None = None, limits: Limits = DEFAULT_LIMITS) -> int:
    """
    Give the offset after the white space, folds and comments at *pos* (RFC 5322 3.2.2, CFWS).

    A comment without an end goes to the end of the octets (A038); one nested deeper than the limit is skipped (L009).

    >>> skip_cfws(b" (a (b))  c", 0)
    10
    """
    while True:
        pos = _fws().match(raw, pos).end()  # type: ignore[union-attr]  # it matches nothing as well
        if not raw.startswith(b"(", pos):
            return pos
        end, depth = end_of_comment(raw, pos)
        if flaws is not None:
            if end < 0:
                flaws.append(("A038", pos, len(raw), "comment has no end"))
            elif depth > limits.max_comment_depth:
                detail = f"comments are nested {depth} deep; the limit is {limits.max_comment_depth}"
                flaws.append(("L009", pos, end, detail))
        pos = len(raw) if end < 0 else end


def unquote(raw: bytes, start: int, end: int) -> bytes:
    r"""
    Give what the quoted string from *start* to *end* says: no quotes, no backslash of a quoted-pair, no line ends.

    RFC 5322 3.2.4: the quotes and the CRLF of a fold are not part of it, its white space is.

    >>> unquote(b'"a\\"b\r\n c"', 0, 10)
    b'a"b c'
    """
    return _plain(raw[start + 1 : end - 1])


def comment_text(raw: bytes, start: int, end: int) -> bytes:
    r"""
    Give what the comment from *start* to *end* says, as `unquote` does; parentheses inside it stay.

    >>> comment_text(b"(a \\) (b))", 0, 10)
    b'a ) (b)'
    """
    return _plain(raw[start + 1 : end - 1]).strip(b" \t")


def _plain(octets: bytes) -> bytes:
    if b"\\" in octets:
        octets = _quoted_pair().sub(rb"\1", octets)
    return octets.translate(None, b"\r\n")
