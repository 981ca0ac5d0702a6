r"""
Renderings: one message in the many spellings that the RFCs allow, all of which say the same.

What may differ: how fields are folded, commented, quoted and encoded, the case and the order of what has none, the
transfer encoding of each leaf and its lines, the boundaries, what stands before the first delimiter and after the last.
What a signature covers stays octet for octet, and so does whatever has no other spelling that is safe.

    a message -> SearchStrategy[Message]

May import: everything of the core, `strategies`.  Imported by: `strategies.spellings`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit.codecs import plain, words
from mimekit.headers import dates, ids, names
from mimekit.headers.address import AddressList, Group, Mailbox
from mimekit.headers.content import ContentDisposition, ContentType, mime_version
from mimekit.message import Message
from mimekit.parser import parse
from mimekit.strategies import _spelling
from mimekit.strategies._parameter_spelling import content_disposition, content_type
from mimekit.strategies._spelling import COINS, Line, mostly
from mimekit.strategies.bodies import transfer_encoded
from mimekit.wire import fold

if TYPE_CHECKING:
    from collections.abc import Iterable

    from hypothesis.strategies import DrawFn, SearchStrategy

    from mimekit.defects import Flaw
    from mimekit.part import Part
    from mimekit.strategies.bodies import Encoded

__all__ = ["renderings"]

Write = Callable[[Line], None]

_DEEPEST = 20  # levels of parts that are respelled; what is below stays as it is
_STAYS_ON_TOP = frozenset({"trace", "auth", "resent"})  # groups of fields whose order says something
_SEALED = frozenset({"multipart/signed", "multipart/encrypted", "application/pkcs7-mime"})
_CASES = mostly(str, (str.lower, str.upper, str.swapcase, str.capitalize))
_AFTER_COLON = mostly(b" ", (b"", b"  ", b"\t", b"\r\n ", b" \r\n\t"))
_OFTEN = st.sampled_from((False, True, True))
_PADDING = mostly(b"", (b" ", b"\t", b"   "))
_PREAMBLES = mostly(
    b"",
    (
        b"\r\n",
        b"This is a multi-part message in MIME format.\r\n",
        b"a\r\n\r\nb\r\n",
        b"--\r\n",
        b"- a\r\n.\r\n",
        b"--a--\r\n",
    ),
)
_EPILOGUES = mostly(b"\r\n", (b"", b"\r\n\r\n", b"\r\na", b"\r\na\r\n\r\nb\r\n", b"\r\n--\r\n", b"\r\n.\r\n"))
_LONGEST_SUBJECT = 998  # octets that Gmail takes
_LONGEST_BOUNDARY = 70  # RFC 2046 5.1.1
_BOUNDARY_STYLES = (
    *("=_{:02x}", "{:x}", "{:x} a", "----=_Part {:d}: a", "({:d})", "{:x}'()+_,-./:=? a", "{:-<70d}"),
    "{:d}'()+_,-./:=? 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrst",
)
_BLANK = b" \t\r\n"


def renderings(message: Message, *, max_octets: int | None = None) -> SearchStrategy[Message]:
    r"""
    Draw spellings of *message*, parsed: the octets differ, what they say does not.

    All of them have the same addresses with names, subject, date, ids, decoded values of all other fields, parameters
    but for boundaries, tree of parts, file names, and octets of decoded content.  Drawn are the spellings of
    `spellings` for each field, the case of field names, the order of fields (not of trace, Resent and signature fields,
    nor of those with one name), transfer encodings (RFC 2045 6) with lines of any legal length, boundaries of all
    characters and lengths, preambles, epilogues, white space after delimiters (RFC 2046 5.1.1), no last line end.

    *message* is any, built or parsed.  What is signed stays as it is, and so do messages with defects or with line ends
    that are not CRLF: of these the message itself is drawn.  A rendering of more than *max_octets* is replaced by the
    message; raises `InvalidArgument` when that is longer, and for what is no `Message`.  Shrinks to the message itself,
    with one field or part in another spelling if that is what fails.

    >>> from hypothesis import find
    >>> message = parse(b"From: a@a.example\r\nSubject: Tea at four\r\n\r\nHi.\r\n")
    >>> other = find(renderings(message), lambda other: b"=?" in other.to_bytes())
    >>> other.to_bytes() == message.to_bytes(), other.subject
    (False, 'Tea at four')

    RFC 5322 2.2.3 and 3, RFC 2045, 2046, 2047, 2231.
    """
    return st.deferred(lambda: _renderings(message, max_octets))


def _renderings(message: Message, max_octets: int | None) -> SearchStrategy[Message]:
    if not isinstance(message, Message):
        text = f"{message!r} of renderings() is no Message; mimekit.parse makes one of octets"
        raise InvalidArgument(text)
    octets = message.to_bytes()
    if max_octets is not None and len(octets) > max_octets:
        text = f"max_octets={max_octets} of renderings() of a message of {len(octets)} octets"
        raise InvalidArgument(text)
    same = parse(octets)
    if any([defect.severity != "info" for defect in same.defects]) or plain.has_bare_line_end(octets):
        return st.just(same)

    @st.composite
    def drawn(draw: DrawFn) -> Message:
        made = _part(draw, same.root, 0).octets
        return same if made == octets or (max_octets is not None and len(made) > max_octets) else parse(made)

    return drawn()


class _Entity(NamedTuple):
    """A part as it is written, and the boundaries inside."""

    octets: bytes
    boundaries: tuple[bytes, ...]


def _verbatim(part: Part) -> _Entity:
    boundaries = [one.content_type.boundary_octets or b"" for one in part.walk() if one.children]
    return _Entity(part.raw, tuple(boundaries))


def _lines(part: Part) -> list[bytes]:
    return [line + b"\n" for line, _ in part.headers.lines()]


def _part(draw: DrawFn, part: Part, depth: int) -> _Entity:
    """Write a part; one that is signed, or has no empty line after its header, stays as it is."""
    if depth > _DEEPEST or _is_sealed(part) or not part.raw.startswith(b"".join(_lines(part)) + b"\r\n"):
        return _verbatim(part)
    changed: dict[str, bytes] = {}  # fields of which the body decides, by lower-case name
    body = part.raw_body
    boundaries: tuple[bytes, ...] = ()
    if part.content_type.essence in _SEALED:
        boundaries = _verbatim(part).boundaries
    elif part.children:
        body, boundaries = _multipart(draw, part, changed, depth)
    elif part.embedded is not None:
        if part.transfer_encoding in ("7bit", "8bit", "binary"):
            inner = _part(draw, part.embedded, depth + 1)
            body, boundaries = inner.octets, inner.boundaries
            _declare(part, body, changed)
    else:
        body = _leaf(draw, part, changed, is_part=depth > 0)
    return _Entity(b"".join([*_fields(draw, part, changed), b"\r\n", body]), boundaries)


def _is_sealed(part: Part) -> bool:
    """Tell whether a signature over this very header and body is in it."""
    headers = part.headers
    return "DKIM-Signature" in headers or "ARC-Message-Signature" in headers


def _declare(part: Part, body: bytes, changed: dict[str, bytes]) -> None:
    """Have a composite declare 8bit when something in it is (RFC 2045 6.4)."""
    if not body.isascii() and part.transfer_encoding == "7bit":
        changed["content-transfer-encoding"] = b"8bit"


# ------------------------------------------------------------------------------------------------------------ bodies


def _multipart(draw: DrawFn, part: Part, changed: dict[str, bytes], depth: int) -> tuple[bytes, tuple[bytes, ...]]:
    """Write the body of a multipart (RFC 2046 5.1.1); give it and all boundaries in it."""
    inner = [_part(draw, child, depth + 1) for child in part.children]
    below = tuple([one for entity in inner for one in entity.boundaries])
    children = [entity.octets for entity in inner]
    own = part.content_type.boundary_octets or b""
    if not draw(_OFTEN):
        pieces = [part.raw[: part.children[0].start - part.start][part.body_start - part.start :]]
        for number, (child, octets) in enumerate(zip(part.children, children, strict=True), 1):
            after = part.children[number].start if number < len(children) else part.end
            pieces += (octets, part.raw[child.end - part.start : after - part.start])
        body = b"".join(pieces)
        if children == [child.raw for child in part.children] or not _collides(own, children, below):
            _declare(part, body, changed)
            return body, (own, *below)
    boundary = own
    if draw(_OFTEN) or _collides(own, children, below):
        boundary = _boundary(draw, children, below)
        changed["boundary"] = boundary
    opening = draw(_PREAMBLES)
    if _has_delimiter(opening, boundary):
        opening = b""
    out = [opening]
    for octets in children:
        padding = draw(_PADDING)
        out += (b"--%b%b\r\n" % (boundary, padding), octets, b"\r\n")
    padding = draw(_PADDING)
    closing = draw(_EPILOGUES)
    out.append(b"--%b--%b%b" % (boundary, padding, closing))
    body = b"".join(out)
    _declare(part, body, changed)
    return body, (boundary, *below)


def _has_delimiter(octets: bytes, boundary: bytes) -> bool:
    return b"\n--" + boundary in b"\n" + octets


def _collides(boundary: bytes, children: list[bytes], below: Iterable[bytes]) -> bool:
    """Tell whether a line of a child begins as a delimiter does, or one boundary with another."""
    near = any([other.startswith(boundary) or boundary.startswith(other) for other in below if other])
    return near or any([_has_delimiter(octets, boundary) for octets in children])


def _boundary(draw: DrawFn, children: list[bytes], below: tuple[bytes, ...]) -> bytes:
    """Choose a boundary of a drawn style: the first of its kind that stands in no child."""
    style = draw(st.sampled_from(_BOUNDARY_STYLES))
    number = 0
    while True:
        made = style.format(number)[:_LONGEST_BOUNDARY].encode()
        if not _collides(made, children, below):
            return made
        number += 1


@lru_cache(maxsize=64)
def _forms(octets: bytes) -> SearchStrategy[Encoded]:
    # Made once for each leaf of a message, and not for each of its renderings.
    return transfer_encoded(octets=octets)


def _leaf(draw: DrawFn, part: Part, changed: dict[str, bytes], *, is_part: bool) -> bytes:
    """Write the body of a leaf in another transfer encoding, or in another form of the same."""
    body = part.raw_body
    kind = part.content_type
    may_declare = is_part or "MIME-Version" in part.headers
    is_fixed = kind.maintype in ("message", "multipart") or kind.essence == "text/rfc822-headers"
    if is_fixed or not may_declare or part.transfer_encoding in (None, "binary", "uuencode") or not draw(COINS):
        return body
    made = draw(_forms(part.content))
    if made.encoding != part.transfer_encoding or "Content-Transfer-Encoding" in part.headers:
        changed["content-transfer-encoding"] = made.encoding.encode()
    return made.octets


# ------------------------------------------------------------------------------------------------------------ fields


def _fields(draw: DrawFn, part: Part, changed: dict[str, bytes]) -> list[bytes]:
    """Write the fields, with what the body has *changed*."""
    made: list[tuple[str, bytes]] = []
    encoding = changed.get("content-transfer-encoding")
    for line, key in part.headers.lines():
        name = line.partition(b":")[0].decode("ascii")
        octets = line + b"\n"
        lower = key.decode("ascii")
        if lower == "content-transfer-encoding" and encoding is not None:
            octets = b"%b: %b\r\n" % (name.encode(), encoding)
            encoding = None
        if lower == "content-type" and "boundary" in changed:
            kind = part.content_type.with_parameter("boundary", changed["boundary"].decode())
            octets = fold.fold(name.encode(), kind.pieces(utf8=not octets.isascii()))
        made.append((lower, _field(draw, name, octets, part.headers.charset)))
    if encoding is not None:
        made.append(("content-transfer-encoding", b"Content-Transfer-Encoding: %b\r\n" % encoding))
    return _ordered(draw, made)


def _ordered(draw: DrawFn, made: list[tuple[str, bytes]]) -> list[bytes]:
    """Draw an order for the fields below those whose order says something; those of one name keep theirs."""
    fixed = 1 + max([at for at, (key, _) in enumerate(made) if names.info(key).group in _STAYS_ON_TOP], default=-1)
    octets = [field for _, field in made]
    if len(made) - fixed < 2 or not draw(COINS):  # noqa: PLR2004 - two can be exchanged
        return octets
    order = draw(st.permutations(range(fixed, len(made))))
    by_name: dict[str, list[bytes]] = {}
    for key, field in made[fixed:]:
        by_name.setdefault(key, []).append(field)
    queues = {key: iter(fields) for key, fields in by_name.items()}
    return octets[:fixed] + [next(queues[made[at][0]]) for at in order]


def _field(draw: DrawFn, name: str, octets: bytes, charset: str | None) -> bytes:
    """Write one field whose plain form is *octets*."""
    if not draw(COINS):
        return octets
    raw = octets.partition(b":")[2].removesuffix(b"\r\n")
    said = draw(_CASES)(name)
    after_colon = draw(_AFTER_COLON)
    body = raw
    write = _writer(name, raw, charset)
    if write is not None and draw(COINS):
        line = Line(draw, name=name, utf8=not raw.isascii())
        write(line)
        body = b" " + line.octets()
    stripped = body.lstrip(b" \t")
    if after_colon != b" " and stripped[:2] not in (b"", b"\r\n", b"=?") and names.info(name).kind != "token":
        body = after_colon + stripped
    made = b"%b:%b\r\n" % (said.encode("ascii"), body)
    is_long = len(made) > _LONGEST_SUBJECT and name.lower() == "subject"
    return octets if is_long or max(map(len, made.split(b"\r\n"))) > fold.MAX_LINE else made


def _writer(name: str, raw: bytes, charset: str | None) -> Write | None:
    """Give what spells the value of a field, ``None`` when it stays as it is."""
    if not raw.strip(_BLANK):
        return None
    if name.lower() == "content-transfer-encoding":
        return lambda line: line.token(line.cased(raw.strip(_BLANK)))
    of_kind = _WRITERS.get(names.info(name).kind)
    return None if of_kind is None else of_kind(raw, charset)


def _of_addresses(raw: bytes, charset: str | None) -> Write | None:
    read = AddressList.parse(raw, charset=charset)
    entries = [one for one in read.entries if isinstance(one, (Mailbox, Group))]
    if not entries or len(entries) < len(read.entries):
        return None
    return lambda line: _spelling.address_list(line, entries)


def _of_date(raw: bytes, _: str | None) -> Write | None:
    moment = dates.parse(raw)
    # A leap second is read as the one before it, which is not what was written.
    return None if moment is None or b":60" in raw else lambda line: _spelling.date(line, moment)


def _of_ids(raw: bytes, _: str | None) -> Write | None:
    flaws: list[Flaw] = []
    found = ids.parse_many(raw, flaws)
    return None if flaws or not found else lambda line: _spelling.identifiers(line, found)


def _of_type(raw: bytes, charset: str | None) -> Write | None:
    flaws: list[Flaw] = []
    kind = ContentType.parse(raw, flaws, charset=charset)
    return None if kind is None or flaws else lambda line: content_type(line, kind)


def _of_disposition(raw: bytes, charset: str | None) -> Write | None:
    flaws: list[Flaw] = []
    place = ContentDisposition.parse(raw, flaws, charset=charset)
    return None if place is None or flaws else lambda line: content_disposition(line, place)


def _of_text(raw: bytes, charset: str | None) -> Write:
    text = words.decode(raw, charset=charset)
    return lambda line: _spelling.unstructured(line, text)


def _of_version(raw: bytes, _: str | None) -> Write | None:
    return _spelling.version if mime_version(raw) == (1, 0) else None


def _of_any(raw: bytes, _: str | None) -> Write:
    return lambda line: _spelling.refolded(line, fold.unfold(raw).strip(_BLANK))


_WRITERS: dict[str, Callable[[bytes, str | None], Write | None]] = {
    **dict.fromkeys(names.ADDRESS_KINDS, _of_addresses),
    **dict.fromkeys(("phrase-list", "received", "structured", "tag-list", "list-id"), _of_any),
    "date": _of_date,
    "msg-id": _of_ids,
    "msg-id-list": _of_ids,
    "content-type": _of_type,
    "content-disposition": _of_disposition,
    "mime-version": _of_version,
    "unstructured": _of_text,
}
"""What spells a field of each kind; one of any other kind stays as it is."""
