r"""
Addr-specs and phrases: what a run of tokens between separators says.

RFC 5322 3.4.1 and 4.4 (addr-spec, route), 3.2.5 and 4.1 (phrase).  An addr-spec is read whole or not at all: two words
without a dot, a second `@`, a control character make it text, for to leave something out would make another address.

    tokens -> (local part, domain, flaws) or why not;  tokens -> display name

May import: `limits`, `defects`, `wire`, `codecs`, `headers._literal`.  Imported by: `headers._addresslist`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache

from mimekit.codecs import words
from mimekit.codecs.charset import decode_raw
from mimekit.errors import show
from mimekit.headers._literal import is_smtp_literal
from mimekit.wire import abnf
from mimekit.wire.tokens import unquote

__all__ = ["COMMENT", "NOTHING", "SPACE", "Piece", "Source", "Spec", "UnreadableError", "addr_spec", "phrase"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from mimekit.defects import Flaw
    from mimekit.limits import Limits

    Spec = tuple[str, str, list[Flaw]]

Piece = tuple[str, int, int, int]
"""A token that is neither white space nor comment: kind, start, end, and which of them stand before it (below)."""

NOTHING, SPACE, COMMENT = 0, 1, 2


class UnreadableError(Exception):
    """The tokens are no addr-spec; `flaw` says why."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw)
        self.flaw = flaw


class Source:
    """The octets that tokens point into, and how they become text; *literally* leaves encoded words as they are."""

    __slots__ = ("charset", "limits", "literally", "raw")

    def __init__(self, raw: bytes, limits: Limits, charset: str | None, *, literally: bool) -> None:
        self.raw = raw
        self.limits = limits
        self.charset = charset
        self.literally = literally


@cache
def _domain() -> re.Pattern[bytes]:
    return re.compile(abnf.DOMAIN)


@cache
def _control() -> re.Pattern[bytes]:
    return re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")


@cache
def _unsafe() -> re.Pattern[str]:
    """Match what no address may hold (see `wire.fold.guard_strict`)."""
    return re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@cache
def _encoded_word() -> re.Pattern[bytes]:
    # What a careless reader would decode, whatever the charset and the encoding.
    return re.compile(rb"=\?[^?]*+\?[^?]*+\?[^?]*+\?=")


def addr_spec(source: Source, pieces: Sequence[Piece]) -> Spec:
    """
    Read *pieces* as ``[route ":"] local-part "@" domain``; raise `UnreadableError` when they are not exactly that.

    The local part comes without its quotes.  Flaws: A005, A009, A017 to A020, E054.
    """
    flaws: list[Flaw] = []
    raw, charset = source.raw, source.charset
    first = _route(raw, pieces, flaws)
    at = next((index for index in range(first, len(pieces)) if pieces[index][0] == "@"), -1)
    if at < 0:
        raise _without_at(pieces[first:])
    if at == first:
        raise UnreadableError(("A001", pieces[at][1], pieces[at][2], "no local part before the @"))
    if at + 1 == len(pieces):
        raise UnreadableError(("A001", pieces[at][1], pieces[at][2], "no domain after the @"))
    local = _local_part(raw, pieces[first:at], flaws)
    domain = _domain_of(raw, pieces[at + 1 :], flaws)
    if pieces[at][3] or pieces[at + 1][3]:
        flaws.append(("A017", pieces[at - 1][2], pieces[at + 1][1], "white space or a comment beside the @"))
    if _encoded_word().search(local) or _encoded_word().search(domain):
        flaws.append(("E054", pieces[first][1], pieces[-1][2], "encoded word in an address; it is not decoded"))
    return _decoded(local, "A045", pieces, charset), _decoded(domain, "A005", pieces, charset), flaws


def _decoded(octets: bytes, code: str, pieces: Sequence[Piece], charset: str | None) -> str:
    if octets.isascii():
        return octets.decode("ascii")
    text = decode_raw(octets, charset)
    if unsafe := _unsafe().search(text):
        raise UnreadableError((code, pieces[0][1], pieces[-1][2], f"U+{ord(unsafe[0]):04X} in an address"))
    return text


def _without_at(pieces: Sequence[Piece]) -> UnreadableError:
    """Say what tokens without an ``@`` are."""
    if not pieces:
        return UnreadableError(("A001", 0, 0, "there is no address"))
    start, end = pieces[0][1], pieces[-1][2]
    if all(kind in ("atom", "quoted", ".") for kind, _, _, _ in pieces) and not any(gap for _, _, _, gap in pieces[1:]):
        return UnreadableError(("A040", start, end, "an address without @ and domain"))
    return UnreadableError(("A001", start, end, "there is no address in it"))


def _route(raw: bytes, pieces: Sequence[Piece], flaws: list[Flaw]) -> int:
    """Move over an obs-route (RFC 5322 4.4), which no reader follows any more (RFC 5321 C)."""
    if not pieces or pieces[0][0] != "@":
        return 0
    start = pieces[0][1]
    before = ""
    for index, (kind, _, end, _) in enumerate(pieces):
        if kind == ":":
            flaws.append(("A018", start, end, f"source route {show(raw[start:end])}"))
            return index + 1
        if kind not in ("@", ",", ".") and not (kind in ("atom", "literal") and before in ("@", ".")):
            break
        before = kind
    raise UnreadableError(("A001", start, pieces[0][2], "no local part before the @"))


def _local_part(raw: bytes, pieces: Sequence[Piece], flaws: list[Flaw]) -> bytes:
    """Read ``word *("." word)`` (obs-local-part) with the dots anywhere."""
    out: list[bytes] = []
    before = "."
    misplaced = spaced = False
    quoted = 0
    for kind, start, end, gap in pieces:
        spaced = spaced or (gap != NOTHING and bool(out))
        if kind not in ("atom", "quoted", "."):
            code = "A045" if _control().match(raw, start) else "A001"
            raise UnreadableError((code, start, end, f"{show(raw[start:end])} in a local part"))
        if kind == ".":
            misplaced = misplaced or before == "."
            out.append(b".")
        elif before != ".":
            raise UnreadableError(("A001", start, end, "no dot between two words of a local part"))
        elif kind == "quoted":
            quoted += 1
            out.append(_checked(unquote(raw, start, end), raw, start, end))
        else:
            out.append(raw[start:end])
        before = kind
    first, last = pieces[0][1], pieces[-1][2]
    if misplaced or before == ".":
        flaws.append(("A020", first, last, "a dot at the start or end of a local part, or two in a row"))
    if spaced or (quoted and len(out) > 1):
        flaws.append(("A019", first, last, "words, white space or comments between the dots of a local part"))
    return b"".join(out)


def _checked(octets: bytes, raw: bytes, start: int, end: int) -> bytes:
    """Refuse a control character in a quoted string, quoted-pair or not; line ends of folds are none."""
    if _control().search(octets) or b"\t" in octets or _loose_line_end().search(raw, start, end):
        raise UnreadableError(("A045", start, end, "control character in a local part"))
    return octets


@cache
def _loose_line_end() -> re.Pattern[bytes]:
    return re.compile(rb"\n(?![ \t])|\r(?!\n)|\\[\r\n]")


def _domain_of(raw: bytes, pieces: Sequence[Piece], flaws: list[Flaw]) -> bytes:
    """Read ``domain-literal / atom *("." atom)`` (obs-domain) with the dots anywhere."""
    kind, first, last, _ = pieces[0]
    if kind == "literal" and len(pieces) == 1:
        literal = raw[first:last].translate(None, b" \t\r\n")
        if _control().search(literal):
            raise UnreadableError(("A005", first, last, "control character in a domain literal"))
        if not literal.isascii() or not is_smtp_literal(literal.decode("ascii")):
            flaws.append(("A009", first, last, f"{show(literal)} is no address literal"))
        return literal
    out: list[bytes] = []
    before = "."
    spaced = False
    for kind, start, end, gap in pieces:
        spaced = spaced or (gap != NOTHING and bool(out))
        if kind not in ("atom", "."):
            what = "a second @" if kind == "@" else f"{show(raw[start:end])} in a domain"
            raise UnreadableError(("A001", start, end, what))
        if kind == before == "atom":
            raise UnreadableError(("A001", start, end, "no dot between two words of a domain"))
        out.append(raw[start:end])
        before = kind
        last = end
    domain = b"".join(out)
    if domain.endswith(b".") and before == "." and len(out) > 1 and out[-2] != b".":
        # A name that ends at the root is the same name; SMTP has no place for the dot (RFC 5321 2.3.5).
        flaws.append(("A005", first, last, "a dot after a domain name"))
        domain = domain[:-1]
    elif not _domain().fullmatch(domain):
        flaws.append(("A005", first, last, f"{show(domain)} is no domain name"))
    if spaced:
        flaws.append(("A017", first, last, "white space or a comment inside a domain"))
    return domain


def phrase(source: Source, pieces: Sequence[Piece], flaws: list[Flaw]) -> str:
    """
    Read *pieces* as a display name: ``1*(word / ".")`` (obs-phrase), and anything else by the characters it is.

    Flaws: A022, A045, those of `codecs.words`.
    """
    raw = source.raw
    spans: list[tuple[str, int, int]] = []
    for kind, start, end, _ in pieces:
        if kind == "junk" and raw[start:end] in (b'"', b"("):
            continue  # The lexer has said that it has no partner; the name is what is left (RFC 7103 7.1.4, 7.1.6).
        if kind == "quoted":
            spans.append(("quoted", start, end))
        elif spans and spans[-1][0] == "atom" and spans[-1][2] == start:
            spans[-1] = ("atom", spans[-1][1], end)
        else:
            spans.append(("atom", start, end))
        control = _control().search(raw, start, end)
        if control and control[0] not in b"\r\n":
            flaws.append(("A045", *control.span(), "control character in a display name"))
        elif kind not in ("atom", "quoted", ".") and raw[start:end] != b")":  # of which the lexer has told
            flaws.append(("A022", start, end, f"{show(raw[start:end])} outside quotes in a display name"))
    tokens = [(kind, unquote(raw, start, end) if kind == "quoted" else raw[start:end]) for kind, start, end in spans]
    if source.literally:
        return " ".join([decode_raw(octets, source.charset) for _, octets in tokens])
    found: list[Flaw] = []
    name = words.decode_phrase(tokens, found, limits=source.limits, charset=source.charset)
    if found:
        flaws += _placed(found, tokens, spans)
    return name


def _placed(found: list[Flaw], tokens: list[tuple[str, bytes]], spans: list[tuple[str, int, int]]) -> list[Flaw]:
    """Move flaws from the tokens joined by one space to the octets they came from."""
    starts: list[int] = []
    total = 0
    for _, octets in tokens:
        starts.append(total)
        total += len(octets) + 1

    def place(offset: int, *, end: bool) -> int:
        index = max(bisect_right(starts, offset - end) - 1, 0)
        kind, first, last = spans[index]
        return min(first + (kind == "quoted") + offset - starts[index], last)

    return [(code, place(start, end=False), place(stop, end=True), detail) for code, start, stop, detail in found]
