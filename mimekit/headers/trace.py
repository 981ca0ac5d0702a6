r"""
Trace fields: where a message has been (Received), and where its bounces go (Return-Path).

RFC 5321 4.4 has each host put a Received field on top: clauses of a keyword and a value, a semicolon, the time.  They
are read by people who look for a fault, so what stands there is kept, comments included, and what no grammar allows is
kept as well.

    raw field body -> Received, ReturnPath;  those -> pieces of a field body

May import: `errors`, `defects`, `limits`, `frozen`, `wire`, `codecs`, `headers.address`, `headers.dates`.  Imported by:
`headers.field`.
"""

from __future__ import annotations

import re
from functools import cache

from mimekit.codecs.charset import decode_raw
from mimekit.errors import HeaderError, show
from mimekit.frozen import Frozen, put
from mimekit.headers import dates
from mimekit.headers.address import AddressList, Mailbox
from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire.fold import guard
from mimekit.wire.tokens import Lexer, skip_cfws

__all__ = ["Received", "ReturnPath"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from mimekit.defects import Flaw
    from mimekit.limits import Limits

#   Time-stamp-line = "Received:" FWS Stamp,  Stamp = From-domain By-domain Opt-info [CFWS] ";" FWS date-time
#   Opt-info = [Via] [With] [ID] [For] [Additional-Registered-Clauses]       RFC 5321 4.4; TLS: RFC 8314 7.4
_KEYWORDS = frozenset({b"from", b"by", b"via", b"with", b"id", b"for", b"tls"})
_WHITE = b" \t\r\n"


class Received(Frozen):
    """
    One hop: clauses in their order, each a keyword and what follows it, comments included, and the time.

    What stands before the first keyword is the clause ``""``.

    >>> hop = Received.parse(b" from mx.example.org (mx [192.0.2.1]) by a.example with ESMTP; 1 Jan 2026 0:00:00 +0000")
    >>> hop.clauses
    (('from', 'mx.example.org (mx [192.0.2.1])'), ('by', 'a.example'), ('with', 'ESMTP'))
    >>> hop.date.year, hop.get("with"), hop.get("for")
    (2026, 'ESMTP', None)
    """

    __slots__ = ("clauses", "date")

    clauses: tuple[tuple[str, str], ...]
    date: datetime | None
    """Aware, see `headers.dates`; ``None`` when there is none or it cannot be read."""

    def __init__(self, clauses: Iterable[tuple[str, str]], date: datetime | None) -> None:
        """Keep what was read or checked; `of` is what checks."""
        put(self, "clauses", tuple(clauses))
        put(self, "date", date)

    @classmethod
    def parse(
        cls,
        raw: bytes,
        flaws: list[Flaw] | None = None,
        *,
        limits: Limits = DEFAULT_LIMITS,
        charset: str | None = None,
    ) -> Received:
        """
        Read a Received field: the time after the last semicolon, clauses before it.  Never raises, linear.

        White space between and inside clauses is given as one space.  *flaws* gets what `headers.dates.parse` finds
        (H201 also when there is no semicolon), and L009.
        """
        marks, end = _keywords(raw, flaws, limits)
        spans = [("", 0, 0), *marks]
        clauses = []
        for (name, _, start), following in zip(spans, [*[mark[1] for mark in marks], end], strict=True):
            value = decode_raw(b" ".join(raw[start:following].split()), charset)
            if name or value:
                clauses.append((name, value))
        if end == len(raw):
            if flaws is not None:
                flaws.append(("H201", 0, end, "no semicolon with a date-time after it"))
            return cls(clauses, None)
        noted: list[Flaw] = []
        date = dates.parse(raw[end + 1 :], noted, limits=limits)
        if flaws is not None:
            flaws += [(code, end + 1 + first, end + 1 + last, detail) for code, first, last, detail in noted]
        return cls(clauses, date)

    @classmethod
    def of(cls, clauses: Mapping[str, str] | Iterable[tuple[str, str]], date: datetime) -> Received:
        """
        Make a hop of its clauses and an aware time, whose fraction of a second is dropped; raise `HeaderError`.

        A value must read back as it is: outside of comments no semicolon, no keyword, nothing unbalanced.

        >>> from datetime import datetime, timezone
        >>> hop = Received.of({"by": "a.example", "with": "ESMTP"}, datetime(2026, 1, 1, tzinfo=timezone.utc))
        >>> hop.encode()
        b'by a.example with ESMTP; Thu, 01 Jan 2026 00:00:00 +0000'
        """
        pairs = clauses.items() if hasattr(clauses, "items") else clauses
        kept = []
        for name, value in pairs:
            if name.encode("utf-8", "surrogatepass") not in _KEYWORDS or not value.strip():
                message = (
                    f"the clause {show(f'{name} {value}')} of Received is none; a keyword is one of "
                    f"{', '.join(sorted(word.decode() for word in _KEYWORDS))}, and a value follows it (RFC 5321 4.4)"
                )
                raise HeaderError(message)
            guard(value, f"the clause {show(name)} of Received")
            value = _blanks().sub(" ", value).strip(" ")  # noqa: PLW2901 - as it will be read
            if not _holds(value.encode()):
                message = (
                    f"the value {show(value)} of the clause {show(name)} of Received would be read as more than that: "
                    f"outside of comments it has a semicolon, a keyword, or half of a pair of parentheses, brackets or "
                    f"quotes (RFC 5321 4.4); put it into a comment or leave it out"
                )
                raise HeaderError(message)
            kept.append((name, value))
        if not kept:
            message = "a Received field needs one clause at least, such as by (RFC 5321 4.4)"
            raise HeaderError(message)
        dates.encode(date)  # raises for a time that cannot be written
        return cls(kept, date.replace(microsecond=0))

    def get(self, name: str) -> str | None:
        """Give the value of the first clause of that keyword, in lower case, or ``None``."""
        for known, value in self.clauses:
            if known == name:
                return value
        return None

    def pieces(self, *, utf8: bool = False) -> list[bytes]:
        """Write the hop as pieces that may be folded apart: at any white space, and before the time."""
        text = " ".join([f"{name} {value}" if name else value for name, value in self.clauses])
        if not utf8 and not text.isascii():
            message = (
                f"the Received field {show(text)} is not ASCII and has no place for encoded words (RFC 2047 5); write "
                f"domains in A-labels, or build the message with encoding='smtputf8'"
            )
            raise HeaderError(message)
        first, *rest = text.encode().split(b" ")
        out = [first, *[b" " + word for word in rest]]
        if self.date is not None:
            out[-1] += b";"
            out.append(b" " + dates.encode(self.date))
        return out

    def encode(self, *, utf8: bool = False) -> bytes:
        """Write the field body on one line."""
        return b"".join(self.pieces(utf8=utf8))

    def __str__(self) -> str:
        """Show the hop on one line."""
        return self.encode(utf8=True).decode()


@cache
def _blanks() -> re.Pattern[str]:
    return re.compile("[ \t]++")  # a line end has been refused


def _keywords(raw: bytes, flaws: list[Flaw] | None, limits: Limits) -> tuple[list[tuple[str, int, int]], int]:
    """Find the keywords, each with its span, and the last semicolon, or the end of the octets."""
    noted: dict[str, Flaw] = {}

    def note(code: str, start: int, end: int, detail: str) -> None:
        noted.setdefault(code, (code, start, end, detail))

    lexer = Lexer(raw, note, depth=limits.max_comment_depth)
    marks: list[tuple[str, int, int]] = []
    last = len(raw)
    before = 0  # how many keywords stand before that semicolon
    at = 0
    while at < len(raw):
        kind, start, at = lexer.token(at)
        if kind == ";":
            last, before = start, len(marks)
        elif kind == "atom" and raw[start:at].lower() in _KEYWORDS and _is_alone(raw, start, at):
            marks.append((raw[start:at].lower().decode("ascii"), start, at))
    if flaws is not None and "L009" in noted:
        flaws.append(noted["L009"])
    return marks[:before] if last < len(raw) else marks, last


def _holds(value: bytes) -> bool:
    """Tell whether *value* is read back as one value."""
    noted: list[str] = []
    lexer = Lexer(value, lambda code, _start, _end, _detail: noted.append(code))
    at = 0
    while at < len(value):
        kind, start, at = lexer.token(at)
        if kind in (";", "junk") or (value[start:at].lower() in _KEYWORDS and _is_alone(value, start, at)):
            return False
    return not noted


def _is_alone(raw: bytes, start: int, end: int) -> bool:
    """Tell whether white space or a comment stands on both sides of a word."""
    return raw[max(0, start - 1) : start] in _BEFORE and raw[end : end + 1] in _AFTER


_BEFORE = (b"", b" ", b"\t", b"\r", b"\n", b")")
_AFTER = (b"", b" ", b"\t", b"\r", b"\n", b"(", b";")


# ------------------------------------------------------------------------------------------------------- Return-Path


class ReturnPath(Frozen):
    """
    Where bounces go: a mailbox, or nobody, the null reverse-path ``<>`` (RFC 5321 4.5.5).

    >>> ReturnPath.parse(b" <ada@example.com>").address, ReturnPath.parse(b" <>").address
    ('ada@example.com', '')
    """

    __slots__ = ("mailbox",)

    mailbox: Mailbox | None

    def __init__(self, mailbox: Mailbox | None) -> None:
        """Keep the mailbox without its display name; ``None`` is the null reverse-path."""
        put(self, "mailbox", None if mailbox is None else _bare(mailbox))

    @classmethod
    def parse(
        cls,
        raw: bytes,
        flaws: list[Flaw] | None = None,
        *,
        limits: Limits = DEFAULT_LIMITS,
        charset: str | None = None,
    ) -> ReturnPath | None:
        """
        Read a Return-Path; ``None`` when it can be read as no mailbox.  Never raises, linear.

        A path without brackets is read; a route is dropped (RFC 5321 4.1.1.3).  *flaws* gets what `AddressList.parse`
        finds, and A001 when there is no mailbox, more than one, or a name beside it.
        """
        if _is_null(raw, limits):
            return cls(None)
        found = AddressList.parse(raw, flaws, limits=limits, charset=charset).entries
        mailbox = found[0] if found and isinstance(found[0], Mailbox) else None
        if flaws is not None and (mailbox is None or len(found) > 1 or mailbox.display_name):
            flaws.append(("A001", 0, len(raw), "no path: one address in angle brackets, or nothing in them"))
        return None if mailbox is None else cls(mailbox)

    @classmethod
    def of(cls, given: str | Mailbox | ReturnPath | None) -> ReturnPath:
        """
        Make the path of an address; ``None``, ``""`` and ``"<>"`` are the null reverse-path.  Raises `AddressError`.

        >>> ReturnPath.of("ada@example.com").encode(), ReturnPath.of("").encode()
        (b'<ada@example.com>', b'<>')
        """
        if isinstance(given, ReturnPath):
            return given
        if given is None or given in ("", "<>"):
            return cls(None)
        return cls(Mailbox.of(given))

    @property
    def address(self) -> str:
        """The addr-spec, ``""`` for the null reverse-path."""
        return "" if self.mailbox is None else self.mailbox.address

    def pieces(self, *, utf8: bool = False) -> list[bytes]:
        """Write the path: one piece, for it may not be folded."""
        if self.mailbox is None:
            return [b"<>"]
        return [b"<%b>" % self.mailbox.encode(utf8=utf8)]

    def encode(self, *, utf8: bool = False) -> bytes:
        """Write the field body on one line."""
        return b"".join(self.pieces(utf8=utf8))

    def __str__(self) -> str:
        """Show the path in its brackets."""
        return f"<{self.address}>"


@cache
def _null() -> re.Pattern[bytes]:
    return re.compile(rb"<[ \t\r\n]*+>")


def _is_null(raw: bytes, limits: Limits) -> bool:
    """Tell whether *raw* is the null reverse-path and nothing else."""
    found = _null().match(raw, skip_cfws(raw, 0, None, limits))
    return found is not None and skip_cfws(raw, found.end(), None, limits) == len(raw)


def _bare(mailbox: Mailbox) -> Mailbox:
    """Give the mailbox without its display name, which has no place in a path."""
    if not mailbox.display_name:
        return mailbox
    made = Mailbox.__new__(Mailbox)  # its constructor refuses some of what can be read
    put(made, "display_name", "")
    put(made, "local_part", mailbox.local_part)
    put(made, "domain", mailbox.domain)
    return made
