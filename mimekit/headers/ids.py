r"""
Message identifiers: ``<left@right>`` in Message-ID, In-Reply-To, References and Content-ID.

An id is compared, never understood (RFC 5322 3.6.4), so what is read is what stands between the angle brackets,
without the white space and comments that RFC 5322 4.5.4 lets stand there.  Senders leave the brackets away, put other
brackets inside, write two @: a reader that refused them would lose the thread.

    raw field body -> "<left@right>";  ids -> pieces of a field body

May import: `errors`, `defects`, `limits`, `wire`, `codecs.charset`, `headers.names`.  Imported by: `bulk`, `compose`,
`headers.field`, `lint`, `message`, `part`, `replies`, `strategies`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import islice

from mimekit.codecs.charset import decode_raw
from mimekit.errors import HeaderError, show
from mimekit.headers import names
from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire.abnf import DOT_ATOM_TEXT, DTEXT, is_dot_atom
from mimekit.wire.fold import MAX_LINE, guard_strict
from mimekit.wire.tokens import Lexer

__all__ = ["check", "check_all", "make", "parse_many", "parse_one", "pieces"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mimekit.clock import RandomBits
    from mimekit.defects import Flaw
    from mimekit.limits import Limits

#   msg-id = [CFWS] "<" id-left "@" id-right ">" [CFWS]                      RFC 5322 3.6.4
#   no-fold-literal = "[" *dtext "]"
_MSG_ID = rb"<" + DOT_ATOM_TEXT + rb"@(?:" + DOT_ATOM_TEXT + rb"|\[" + DTEXT + rb"*+\])>"
_WHITE = b" \t\r\n"


@cache
def _one() -> re.Pattern[bytes]:
    return re.compile(rb"[ \t\r\n]*+(" + _MSG_ID + rb")[ \t\r\n]*+\Z")


@cache
def _many() -> re.Pattern[bytes]:
    return re.compile(rb"[ \t\r\n]*+(?:" + _MSG_ID + rb"[ \t\r\n]*+)++\Z")


@cache
def _strict() -> re.Pattern[bytes]:
    return re.compile(_MSG_ID)


def parse_one(
    raw: bytes,
    flaws: list[Flaw] | None = None,
    *,
    limits: Limits = DEFAULT_LIMITS,
    charset: str | None = None,
    code: str = "H210",
) -> str | None:
    r"""
    Read the one id of Message-ID or Content-ID, with its angle brackets; ``None`` when there is none.

    Of several the first counts.  Brackets that are missing are added.  Never raises, linear.  *flaws* gets *code* for
    whatever RFC 5322 3.6.4 does not allow (M114 is the one for Content-ID), E054 (an encoded word: it is not decoded).

    >>> parse_one(b" <1234@local.machine.example>\r\n"), parse_one(b" 1234@example.com")
    ('<1234@local.machine.example>', '<1234@example.com>')
    """
    found = _one().match(raw)
    if found is not None:
        return decode_raw(found[1], charset)
    scan = _Scan(raw, 2, limits)
    ids = scan.ids
    if not ids:
        ids = [word for word in scan.bare if b"@" in word[1:-1]] if len(scan.bare) > 1 else scan.bare
        ids = ids if len(ids) == 1 else []
    if flaws is not None:
        scan.report(flaws)
        if scan.damaged or len(ids) != 1:
            some = "not in the form <left@right>" if len(ids) == 1 else "more than one msg-id"
            flaws.append((code, *_span(raw), some if ids else "no msg-id"))
    return decode_raw(b"<%b>" % ids[0], charset) if ids else None


def parse_many(
    raw: bytes,
    flaws: list[Flaw] | None = None,
    *,
    limits: Limits = DEFAULT_LIMITS,
    charset: str | None = None,
) -> tuple[str, ...]:
    r"""
    Read the ids of In-Reply-To or References in order, each with its angle brackets.

    They may run together; phrases between them (RFC 5322 4.5.4) and commas are passed over.  Without any brackets,
    words that all have an @ are ids.  Never raises, linear.  *flaws* gets H216 (syntax), E054 (an encoded word: it is
    not decoded), L010 (too many: the rest is not read).

    >>> parse_many(b" <1234@local.machine.example>\r\n <3456@example.net>")
    ('<1234@local.machine.example>', '<3456@example.net>')
    """
    most = limits.max_msg_ids
    if _many().match(raw) is not None:
        ids = _strict().findall(raw)
        if len(ids) > most:
            _too_many(flaws, most, raw, next(islice(_strict().finditer(raw), most, None)).start())
        return tuple([decode_raw(one, charset) for one in ids[:most]])
    scan = _Scan(raw, most, limits)
    words = scan.ids
    if not words and all(b"@" in word[1:-1] for word in scan.bare):
        words = scan.bare
    if flaws is not None:
        scan.report(flaws)
        if scan.damaged or not words:
            flaws.append(("H216", *_span(raw), "no list of msg-ids" if words else "no msg-id"))
        if scan.at < len(raw):
            _too_many(flaws, most, raw, scan.at)
    return tuple([decode_raw(b"<%b>" % word, charset) for word in words[:most]])


def _span(raw: bytes) -> tuple[int, int]:
    """Give where the field body begins and ends without the white space around it."""
    start = len(raw) - len(raw.lstrip(_WHITE))
    return start, start + len(raw.strip(_WHITE))


def _too_many(flaws: list[Flaw] | None, most: int, raw: bytes, at: int) -> None:
    if flaws is not None:
        flaws.append(("L010", at, len(raw), f"more than {most} msg-ids; the rest is not read"))


class _Scan:
    """What stands in octets that do not follow the usual form: ids in angle brackets, words outside of them."""

    __slots__ = ("at", "bare", "damaged", "ids", "inside", "notes", "token")

    def __init__(self, raw: bytes, most: int, limits: Limits) -> None:
        self.ids: list[bytes] = []
        self.bare: list[bytes] = []
        self.damaged = False
        self.at = 0
        self.token: list[bytes] = []  # of the id or the word that has begun
        self.inside = False
        self.notes: dict[str, Flaw] = {}
        lexer = Lexer(raw, self.note, depth=limits.max_comment_depth)
        while self.at < len(raw):
            kind, start, end = lexer.token(self.at)
            if kind == "<" and len(self.ids) + self.inside >= most:
                break
            self.take(kind, raw[start:end])
            self.at = end
        self.damaged |= self.inside
        self.end()
        if (word := raw.find(b"=?")) >= 0:
            self.notes["E054"] = ("E054", word, len(raw), "an encoded word where a msg-id stands")

    def note(self, code: str, start: int, end: int, detail: str) -> None:
        """Keep the first of each thing that the lexer notes."""
        self.notes.setdefault(code, (code, start, end, detail))

    def take(self, kind: str, octets: bytes) -> None:
        """Take one token of the lexer."""
        if kind in ("<", ">"):
            self.damaged |= self.inside == (kind == "<")
            self.end()
            self.inside = kind == "<"
        elif kind in ("fws", "comment"):
            self.damaged |= self.inside
            if not self.inside:
                self.end()
        elif kind == "," and not self.inside:
            self.damaged = True
            self.end()
        else:
            self.token.append(octets.translate(None, b"\r\n") if kind == "quoted" else octets)

    def end(self) -> None:
        """End the id or the word that has begun."""
        octets = b"".join(self.token)
        self.token.clear()
        if self.inside:
            self.damaged |= _strict().fullmatch(b"<%b>" % octets) is None
            if octets:
                self.ids.append(octets)
        elif octets:
            self.damaged = True
            if not octets.startswith(b"=?"):
                self.bare.append(octets)

    def report(self, flaws: list[Flaw]) -> None:
        """Append what is a flaw of its own; a quote or a comment without an end is only a part of the damage."""
        flaws += [self.notes[code] for code in ("L009", "E054") if code in self.notes]


# ------------------------------------------------------------------------------------------------------------ writing


@cache
def _writable() -> re.Pattern[bytes]:
    """Match an id that a reader takes as one, whatever is in it: no white space, no other angle bracket."""
    return re.compile(rb"<[!-;=?-~\x80-\xff]++>")


def _is_str(given: object) -> bool:
    return isinstance(given, str)


def check(msg_id: str, where: str) -> str:
    """
    Check an id that is to be written into the field or argument *where*, and give it with its angle brackets.

    An id of this message must be ``left@right`` as RFC 5322 3.6.4 has it.  A field that names other messages (its kind
    is ``msg-id-list``) takes whatever can be written, for an answer must be able to name what it answers.  Raises
    `HeaderError`, also for an id that is too long for a line: it cannot be folded.

    >>> check("1234@example.com", "Message-ID"), check("<[1234@example.com]>", "References")
    ('<1234@example.com>', '<[1234@example.com]>')
    """
    if not _is_str(msg_id):
        message = f"{where} is {show(msg_id)}, a {type(msg_id).__name__}; give a str such as <left@example.com>"
        raise HeaderError(message)
    guard_strict(msg_id, where)
    whole = msg_id if msg_id[:1] == "<" and msg_id[-1:] == ">" else f"<{msg_id}>"
    octets = whole.encode()
    if _strict().fullmatch(octets) is None:
        if names.info(where).kind != "msg-id-list":
            message = (
                f"{where} is {show(msg_id)}, which is no <left@right> of letters, digits, single dots and "
                f"!#$%&'*+-/=?^_`{{|}}~ (RFC 5322 3.6.4); give such an id, or leave it out to get one"
            )
            raise HeaderError(message)
        if _writable().fullmatch(octets) is None or parse_many(octets) != (whole,):
            message = (
                f"{where} has {show(msg_id)}, which no reader takes for one id: white space, comments and angle "
                f"brackets do not belong to it (RFC 5322 3.6.4); leave this id out"
            )
            raise HeaderError(message)
    if len(where) + 2 + len(octets) > MAX_LINE:
        message = (
            f"{where} has an id of {len(octets)} octets, {show(msg_id)}; an id cannot be folded and a line has at most "
            f"{MAX_LINE} (RFC 5322 2.1.1); give a shorter one"
        )
        raise HeaderError(message)
    return whole


def check_all(ids: Iterable[str], where: str) -> list[str]:
    """Check ids that stand in one field, each by itself and all together; raises `HeaderError`."""
    made = [check(one, where) for one in ids]
    octets = " ".join(made).encode()
    if _many().match(octets) is None and list(parse_many(octets)) != made[: DEFAULT_LIMITS.max_msg_ids]:
        message = (
            f"{where} has ids that a reader takes for others when they stand together, {show(octets)}: a comment "
            f"begins in one and ends in another (RFC 5322 3.2.2); leave them out"
        )
        raise HeaderError(message)
    return made


def pieces(ids: Sequence[str] | Iterable[str], *, utf8: bool = False) -> list[bytes]:
    """
    Write ids that `check` gave as the pieces of a field body; they are never made encoded words (RFC 2047 5).

    Raises `HeaderError` for an id that is not ASCII unless *utf8* (RFC 6532 3.3).

    >>> pieces(["<1234@example.com>", "<3456@example.net>"])
    [b'<1234@example.com>', b' <3456@example.net>']
    """
    out: list[bytes] = []
    for msg_id in ids:
        if not utf8 and not msg_id.isascii():
            message = (
                f"the id {show(msg_id)} is not ASCII and has no place for encoded words (RFC 2047 5, RFC 6532 3.3); "
                f"build the message with encoding='smtputf8' or leave this id out"
            )
            raise HeaderError(message)
        out.append(b" " + msg_id.encode() if out else msg_id.encode())
    return out


@cache
def _literal() -> re.Pattern[bytes]:
    return re.compile(rb"\[" + DTEXT + rb"*+\]")


def make(domain: str, rng: RandomBits) -> str:
    """
    Make an id of 128 random bits at *domain*, with its angle brackets: no time, no host name, nothing to guess.

    *domain* is in A-labels, or a domain literal.  Raises `HeaderError` for one that cannot stand in an id.

    >>> from random import Random
    >>> make("example.com", Random(7))
    '<6513270e269e0d37f2a74de452e6b438@example.com>'
    """
    return f"<{rng.getrandbits(128):032x}@{_right(domain)}>"


@lru_cache(maxsize=64)
def _right(domain: str) -> str:
    """Check the right side of an id that is to be made."""
    if not domain.isascii() or not (is_dot_atom(domain.encode()) or _literal().fullmatch(domain.encode())):
        message = f"a msg-id cannot be made at {show(domain)}: its right side is a domain in ASCII (RFC 5322 3.6.4)"
        raise HeaderError(message)
    guard_strict(domain, "the domain of a msg-id")
    return domain
