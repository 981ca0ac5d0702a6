r"""
The DKIM-Signature field: read without ever failing, written so that nothing needs to fold it again.

RFC 6376 3.5 defines its tags.  A field that is written has its final form before it is hashed: every line is at most 78
octets where its values allow that, no white space stands inside ``d=``, ``s=`` or ``bh=``, and ``b=`` is the last tag,
on a line of its own, so that filling it moves nothing.

    raw field body -> Signature
    values of tags -> field octets with an empty b= -> the finished field

May import: `codecs.domain`, `headers.taglist`.  Imported by: `dkim.diagnose`, `dkim.opened`, `dkim.record`,
`dkim.sign`, `dkim.verdict`, `dkim.verify`, `lint`.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, NamedTuple

from mimekit.codecs import domain as domains
from mimekit.errors import show
from mimekit.headers.taglist import TagList

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from typing import Any

__all__ = ["LAST_TIME", "MAX_NAMES", "Problem", "Signature", "closing", "finish", "opening", "quoted", "without_b"]

MAX_NAMES = 512
"""Names in ``h=`` that are written, and by default verified: more is work that somebody makes for others."""

_WHITE = b" \t\r\n"
_BLANK = b" \t"
_REQUIRED = ("v", "a", "b", "bh", "d", "h", "s")  # RFC 6376 6.1.1
_INTERNATIONAL = frozenset({"d", "s", "i"})  # RFC 8616 4
_MASK = bytes([code if code < 128 else 0x78 for code in range(256)])  # noqa: PLR2004 - ASCII ends there
# RFC 6376 3.2: white space inside a value is part of it, and none of these may hold any.
_SOLID = frozenset({"a", "c", "d", "l", "s", "t", "v", "x"})
_UNREADABLE = {"v": "", "a": "", "d": "", "s": "", "t": None, "x": None, "l": None}
_DEFAULTED = ("c", "q")
_FORMS = ("relaxed", "simple")
_ALGORITHMS = frozenset({"rsa-sha256", "ed25519-sha256"})
_TIME_DIGITS = 12  # RFC 6376 3.5: t= and x= have that many at most
LAST_TIME = 10**_TIME_DIGITS - 1
"""The latest second that ``t=`` and ``x=`` can say."""
_LENGTH_DIGITS = 76  # likewise l=
_WIDTH = 78  # RFC 5322 2.1.1
_B_WIDTH = 72

_b_tag = re.compile(rb";[ \t\r\n]*+b[ \t\r\n]*+=([^;]*+)")
_b_tag_first = re.compile(rb"[^:]*+:[ \t\r\n]*+b[ \t\r\n]*+=([^;]*+)")
#   sig-h-tag-value = hdr-name *( [FWS] ":" [FWS] hdr-name )                RFC 6376 3.5
_names = re.compile(rb"[!-9<-~]++(?:[ \t\r\n]*+:[ \t\r\n]*+[!-9<-~]++)*+")
_hex_octet = re.compile(rb"=([0-9A-F]{2})")
_quoted_runs = re.compile(rb"(?:=..|[^=]){1,24}+")
_unsafe = re.compile(rb"[^!-:<>-~]")  # RFC 6376 2.11, dkim-safe-char


class Problem(NamedTuple):
    """What is wrong with a field: a code that stays the same, where the rule stands, one sentence."""

    reason: str
    section: str
    text: str


def without_b(line: bytes) -> bytes:
    r"""
    Give a DKIM-Signature field as it was hashed: the value of ``b=`` deleted, every other octet as it is.

    RFC 6376 3.7: the white space around the value goes with it, up to the semicolon or the end.

    >>> without_b(b"DKIM-Signature: v=1; b=AB\r\n CD; bh=b=")
    b'DKIM-Signature: v=1; b=; bh=b='
    """
    found = _b_tag_first.match(line) or _b_tag.search(line)
    return line if found is None else line[: found.start(1)] + line[found.end(1) :]


# -- reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """
    One DKIM-Signature (RFC 6376 3.5): its tags as they stand, and what they mean.

    A text is empty, octets are ``None`` where the tag is absent or cannot be read; ``problems`` says so, in the order
    in which they count.  White space inside a value that may hold none makes it unreadable.  ``i`` is ``@`` and the
    domain when absent, ``c`` and ``q`` have their defaults, ``z`` holds the copied fields decoded, ``name:value`` each.
    """

    tags: TagList
    v: str
    a: str
    d: str
    s: str
    b: bytes | None
    bh: bytes | None
    h: tuple[str, ...]
    c: tuple[str, str]
    i: str
    l: int | None  # noqa: E741 - the tag is called so
    q: tuple[str, ...]
    t: int | None
    x: int | None
    z: tuple[bytes, ...]
    problems: tuple[Problem, ...]

    @classmethod
    def parse(cls, raw: bytes) -> Signature:
        r"""
        Read a field body, the octets after the colon.  Never raises; see ``problems``.

        >>> signature = Signature.parse(b" v=1; a=rsa-sha256; d=example.com; s=x; h=From : To;\r\n bh=AAAA; b=AAAA")
        >>> signature.d, signature.h, signature.c, signature.problems
        ('example.com', ('From', 'To'), ('simple', 'simple'), ())
        """
        return _Reader(raw).signature()


class _Reader:
    """The tags of one field while they are read, and what is found wrong with them."""

    def __init__(self, raw: bytes) -> None:
        self.problems: list[Problem] = []
        self.later: list[Problem] = []  # what counts last: what this library does not know, then odd values
        self.tags = _tag_list(raw)
        self.is_ascii = raw.isascii()
        tags = self.tags.tags[::-1]  # of two tags of one name the first counts
        self.values = dict(tags)
        # All of them at once; no value holds a semicolon, and the octets were checked as a whole.
        texts = b";".join([value for _, value in tags]).translate(None, _WHITE).decode().split(";")
        self.texts = dict(zip([name for name, _ in tags], texts, strict=False))

    def problem(self, reason: str, section: str, text: str) -> None:
        self.problems.append(Problem(reason, f"RFC {section}", text))

    def last(self, reason: str, section: str, text: str) -> None:
        self.later.append(Problem(reason, f"RFC {section}", text))

    def compact(self, name: str) -> str | None:
        """Give a value without white space, ``None`` when the tag is absent."""
        text = self.texts.get(name)
        if text is not None and not self.is_ascii and name not in _INTERNATIONAL and not text.isascii():
            self.bad(name, text)
            return ""
        return text

    def bad(self, name: str, value: object) -> None:
        self.problem("tag-value", "6376 3.5", f"{name}= is {show(value)}, which it cannot be")

    def signature(self) -> Signature:
        self.whole()
        v, a, d, s = [self.compact(name) or "" for name in ("v", "a", "d", "s")]
        if v != "1" and "v" in self.values:
            self.problem("version", "6376 3.5", f"v= is {show(v)}; this is version 1")
        self.required(a=a, d=d, s=s)
        b, bh = self.octets("b"), self.octets("bh")
        h = self.names()
        t, x, length = self.number("t", _TIME_DIGITS), self.number("x", _TIME_DIGITS), self.number("l", _LENGTH_DIGITS)
        if t is not None and x is not None and x <= t:
            self.problem("times", "6376 3.5", f"x={x} is not later than t={t}")
        i = self.identity(d)
        c, q = self.canonicalization(), self.query()
        if a == "rsa-sha1":
            self.last("rsa-sha1", "8301 3.1", "a= is rsa-sha1, which proves nothing any more")
        elif a and a not in _ALGORITHMS:
            self.last("algorithm", "6376 3.5", f"a= is {show(a)}, an unknown algorithm")
        made = Signature(
            tags=self.tags, v=v, a=a, d=d, s=s, b=b, bh=bh, h=h, c=c, i=i, l=length, q=q, t=t, x=x, z=self.copies(),
            problems=(),
        )  # fmt: skip
        unreadable = self.odd_values()
        if "d" in unreadable and "i" not in self.values:
            unreadable["i"] = "@"
        if not (self.problems or self.later):
            return made
        return replace(made, problems=tuple(self.problems + self.later), **unreadable)

    def whole(self) -> None:
        for spec in self.tags.malformed[:1]:
            self.problem("tag-list", "6376 3.2", f"{show(spec)} is no tag=value")
        if len(self.values) != len(self.tags.tags):
            self.problem("duplicate-tag", "6376 3.2", f"{self.tags.duplicates[0]}= comes twice")

    def required(self, **texts: str) -> None:
        for name in _REQUIRED:
            if name not in self.values:
                self.problem("missing-tag", "6376 6.1.1", f"{name}= is missing")
        for name, text in texts.items():
            if not text and name in self.values:
                self.bad(name, text)

    def odd_values(self) -> dict[str, Any]:  # arguments of many types
        """Find values with white space inside and empty ones, where neither may be; give what counts in their place."""
        found: dict[str, Any] = {}
        for name, value in self.tags.tags:
            if name in _SOLID and len(value.split()) > 1:
                self.last("tag-value", "6376 3.5", f"{name}= is {show(value)}, which has white space inside")
                if name in _UNREADABLE:
                    found[name] = _UNREADABLE[name]
            elif not value and name in _DEFAULTED:
                self.last("tag-value", "6376 3.5", f"{name}= is empty; a tag that has its default is left out")
            elif name == "c" and value[-1:] == b"/":
                self.last("canonicalization", "6376 3.5", f"c= is {show(value)}, without that of the body")
        return found

    def octets(self, name: str) -> bytes | None:
        text = self.compact(name)
        if text is None:
            return None
        try:
            octets = a2b_base64(text, strict_mode=True)
        except Base64Error:
            octets = b""
        if not octets:
            self.bad(name, text)
            return None
        return octets

    def number(self, name: str, digits: int) -> int | None:
        text = self.compact(name)
        if text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= digits):
            self.bad(name, text)
            return None
        return int(text)

    def names(self) -> tuple[str, ...]:
        value = self.values.get("h")
        if value is None:
            return ()
        text = self.texts["h"]
        # Quick where all the white space there is stands after colons, as SP: the reader of the tags saw the rest.
        is_plain = self.is_ascii and len(value.replace(b": ", b":")) == len(text)
        found = text.split(":")
        if not (is_plain and "" not in found) and _names.fullmatch(value) is None:
            listed = [name.strip(_WHITE) for name in value.split(b":")]
            wrong = next(name for name in listed if not _names.fullmatch(name))
            self.problem("tag-value", "6376 3.5", f"h= holds {show(wrong)}, which is no field name")
            found = [name.decode("ascii") for name in listed if name.isascii() and name]
        if ":from:" not in f":{':'.join(found)}:".lower():
            self.problem("from-unsigned", "6376 6.1.1", "h= does not name From")
        return tuple(found)

    def identity(self, d: str) -> str:
        text = self.compact("i")
        if text is None:
            return f"@{d}"
        octets = _unquoted(text.encode())
        local, at, domain = octets.decode("utf-8", "replace").rpartition("@")
        if not at:
            self.problem("identity", "6376 3.5", f"i= is {show(text)}, which has no @")
            return local + domain
        own, above = domains.key(domain), domains.key(d)
        if own != above and not own.endswith(f".{above}"):
            self.problem("identity", "6376 6.1.1", f"i= is of {show(domain)}, which is not d= nor a subdomain of it")
        return f"{local}@{domain}"

    def canonicalization(self) -> tuple[str, str]:
        header, _, body = (self.compact("c") or "simple/simple").partition("/")
        made = header, body or "simple"
        if made[0] not in _FORMS or made[1] not in _FORMS:
            self.last("canonicalization", "6376 3.5", f"c= is {show('/'.join(made))}, an unknown canonicalisation")
        return made

    def query(self) -> tuple[str, ...]:
        methods = tuple((self.compact("q") or "dns/txt").split(":"))
        if "dns/txt" not in methods:
            self.last("query-method", "6376 3.5", f"q= is {show(':'.join(methods))}, without dns/txt")
        return methods

    def copies(self) -> tuple[bytes, ...]:
        value = self.values.get("z")
        return () if value is None else tuple([_unquoted(one) for one in value.translate(None, _WHITE).split(b"|")])


def _tag_list(raw: bytes) -> TagList:
    """Read the tags; UTF-8 may stand in values (RFC 8616 4), other octets over 127 nowhere."""
    if raw.isascii():
        return TagList.parse(raw)
    try:
        raw.decode()
    except UnicodeDecodeError:
        return TagList((), (raw,))
    tags: list[tuple[str, bytes]] = []
    malformed: list[bytes] = []
    specs = raw.split(b";")
    if not specs[-1].strip(_WHITE):
        specs.pop()
    for spec in specs:
        read = TagList.parse(spec.translate(_MASK))
        name, _, value = spec.partition(b"=")
        if read.malformed or not name.isascii():
            malformed.append(spec)
        else:
            tags.append((read.tags[0][0], value.strip(_WHITE)))
    return TagList(tags, malformed)


def _unquoted(value: bytes) -> bytes:
    """Decode dkim-quoted-printable (RFC 6376 2.11) that has no white space left in it."""
    return _hex_octet.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), value)


# -- writing


def quoted(value: bytes) -> bytes:
    """Encode as dkim-quoted-printable (RFC 6376 2.11); the bar too, which divides the copies in ``z=``."""
    return _unsafe.sub(lambda found: b"=%02X" % found[0][0], value).replace(b"|", b"=7C")


def opening(  # noqa: PLR0913 - one argument for each tag
    *,
    algorithm: str,
    canonicalization: str,
    domain: str,
    selector: str,
    names: Sequence[bytes],
    identity: str | None = None,
    query: str | None = None,
) -> bytes:
    """Write what is the same for every message with the same names in ``h=``; ends after a semicolon."""
    tags = [f"v=1; a={algorithm}; c={canonicalization};", f"d={domain};", f"s={selector};"]
    if query is not None:
        tags.append(f"q={query};")
    made = _lines(b"DKIM-Signature:", [tag.encode("ascii") for tag in tags])
    if identity is not None:
        made += b"\r\n i=%b;" % quoted(identity.encode())
    # RFC 6376 3.5: h= may be folded beside its colons.
    return made + _filled(b"h=", [*[name + b":" for name in names[:-1]], names[-1] + b";"])


def closing(
    body_hash: bytes, *, timestamp: int | None = None, expiration: int | None = None, copies: Sequence[bytes] = ()
) -> bytes:
    """
    Write the tags that follow, ``b=`` empty and last, without the final CRLF; *copies* are the fields for ``z=``.

    White space stands in it where it is folded, and nowhere else but as one SP.
    """
    made = b""
    if timestamp is not None:
        made = b"\r\n t=%d;" % timestamp
    if expiration is not None:
        made += b"\r\n x=%d;" % expiration if timestamp is None else b" x=%d;" % expiration
    if copies:
        made += _copies_tag(copies)
    return b"%b\r\n bh=%b;\r\n b=" % (made, b2a_base64(body_hash, newline=False))


def finish(unsigned: bytes, signature: bytes) -> bytes:
    """Fill in ``b=``; nothing that was hashed moves.  Ends with CRLF."""
    text = b2a_base64(signature, newline=False)
    lines = [text[at : at + _B_WIDTH] for at in range(0, len(text), _B_WIDTH)]
    return b"%b%b\r\n" % (unsigned, b"\r\n ".join(lines))


def _lines(first: bytes, tags: Iterable[bytes]) -> bytes:
    """Put tags after one another, each on the same line where it fits."""
    made, used = first, len(first)
    for tag in tags:
        if used + 1 + len(tag) > _WIDTH:
            made += b"\r\n"
            used = 0
        made += b" " + tag
        used += 1 + len(tag)
    return made


def _filled(tag: bytes, pieces: Iterable[bytes]) -> bytes:
    """Write a tag on lines of its own; between its pieces a fold may stand."""
    made = [b"\r\n ", tag]
    used = 1 + len(tag)
    for piece in pieces:
        if used + len(piece) > _WIDTH and used > 1:
            made.append(b"\r\n ")
            used = 1
        made.append(piece)
        used += len(piece)
    return b"".join(made)


def _copies_tag(copies: Iterable[bytes]) -> bytes:
    """Write ``z=``, folded where the value of a copied field is (RFC 6376 3.5), never inside a quoted octet."""
    pieces: list[bytes] = []
    for copy in copies:
        name, colon, value = copy.partition(b":")
        # QUIRK: dkimpy takes b= after white space for the tag, so no folded piece begins with it.
        runs = [b"=62" + run[1:] if run.startswith(b"b=") else run for run in _quoted_runs.findall(quoted(value))]
        pieces += [name.rstrip(_BLANK) + colon, *runs]
        pieces[-1] += b"|"
    pieces[-1] = pieces[-1][:-1] + b";"
    return _filled(b"z=", pieces)
