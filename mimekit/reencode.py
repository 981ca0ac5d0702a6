"""
Re-encoding: a message made fit for another transport, leaf by leaf.

RFC 6152 and RFC 2045 6: what a transport cannot carry (8-bit octets, NUL, lines over 998, bare CR or LF) is encoded
again; every leaf decodes to the same octets, every text to the same text, and what is fit already keeps its octets.

    (part, transport) -> the same part, or a built one that says the same

May import: `assemble`, `part`, `codecs`, `headers`.  Imported by: `compose`, `lint`, `message`, `replies`,
`strategies`.
"""

from __future__ import annotations

from mimekit.assemble import make
from mimekit.codecs import plain, transfer
from mimekit.errors import ContentError, HeaderError, show
from mimekit.headers import field, names
from mimekit.headers.address import AddressList
from mimekit.headers.content import ContentDisposition, ContentType
from mimekit.part import Part
from mimekit.wire import abnf, scan

__all__ = ["fits", "fitting_field", "for_transport", "has_same_lines", "is_signed"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from mimekit.headers.collection import Headers
    from mimekit.part import Piece

_LINE = 998
_NEVER_ENCODED = ("multipart", "message")
"""Media types that no more than a line end may change in, if that is enough (RFC 2045 6.4, RFC 3464 2.1)."""
_IDENTITIES = ("7bit", "8bit", "binary")
_ADDRESS_KINDS = ("address-list", "mailbox-list", "mailbox")


def is_signed(root: Part) -> bool:
    """Tell whether changing an octet below *root* would break a signature: DKIM, ARC or multipart/signed."""
    for part in root.walk():
        if part.content_type.essence in ("multipart/signed", "application/pkcs7-mime", "multipart/encrypted"):
            return True
        headers = part.headers
        if "DKIM-Signature" in headers or "ARC-Message-Signature" in headers:
            return True
    return False


def fits(octets: bytes, transport: str) -> bool:
    """Tell whether these octets can pass the transport as they are."""
    if transport == "7bit" and not octets.isascii():
        return False
    if b"\0" in octets or plain.has_bare_line_end(octets):
        return False
    return not plain.has_long_line(octets)


def for_transport(root: Part, transport: str) -> Part:
    """
    Give a part whose octets fit *transport*; *root* itself when they do already.

    Raises `ContentError` or `HeaderError` for what has no encoding that fits.
    """
    if not root.is_built and fits(root.raw, transport):
        return root
    done: dict[int, Part] = {}
    parts = list(root.walk())
    dashes = [b"\r\n--" + (part.content_type.boundary_octets or b"") for part in parts if part.children]
    for part in reversed(parts):
        done[id(part)] = _one(part, transport, done, dashes)
    made = done[id(root)]
    if not root.is_built and not _reads_alike(root, Part.of_span(made.raw, 0, made.size, limits=root.limits)):
        # A delimiter inside an encoded message/rfc822, which is not encoded any more, or in text that was cut.
        message = (
            "re-encoding would change which parts the message has: a line of its content would become a delimiter "
            "(RFC 2046 5.1.1); take that content out, or send the message over a transport that carries it as it is"
        )
        raise ContentError(message)
    return made


def _reads_alike(root: Part, other: Part) -> bool:
    """Tell whether two messages have the same parts, of the same types; a lone CR may have hidden a delimiter."""
    return _outline(root) == _outline(other)


def has_same_lines(root: Part, other: Part) -> bool:
    """Tell whether *other*, whose lines end with CRLF, has the parts of *root* and the lines of their bodies."""
    return _reads_alike(root, other) and all(
        plain.to_crlf(old.raw_body) == new.raw_body for old, new in zip(root.walk(), other.walk(), strict=True)
    )


def _outline(root: Part) -> list[tuple[str | None, str]]:
    """Give number and media type of every part."""
    return [(part.number, part.content_type.essence) for part in root.fresh().walk()]


def _one(part: Part, transport: str, done: dict[int, Part], dashes: list[bytes]) -> Part:
    """Re-encode one part whose own parts are done; no leaf may come to hold one of *dashes*, line ends and all."""
    if part.children:
        return _composite(part, [done[id(child)] for child in part.children], transport)
    embedded = part.embedded
    if embedded is not None:
        inner = done[id(embedded)]
        if inner is embedded and part.is_built:
            return part
        return make(_header(part, transport, _composite_encoding([inner])), (inner,), embedded=inner)
    return _leaf(part, transport, dashes)


def _leaf(part: Part, transport: str, dashes: list[bytes]) -> Part:
    """Re-encode a part that has no parts; what fits already keeps its octets."""
    pieces = part.pieces
    whole = part.raw_body if all(isinstance(piece, bytes) for piece in pieces) else None
    header_fits = fits(part.headers.to_bytes(), _header_transport(transport))
    if whole is None:  # a file: always base64, so only the header can be unfit
        return part if header_fits else make(_header(part, transport, "base64"), pieces)
    name = part.transfer_encoding
    if part.is_built and header_fits and fits(whole, transport):
        return part
    if name is not None and fits(whole, transport):
        return make(_header(part, transport, _identity(name, whole)), (whole,))
    return _encoded(part, whole, transport, dashes)


def _encoded(part: Part, whole: bytes, transport: str, dashes: list[bytes]) -> Part:
    """Encode a leaf anew whose body *whole* does not fit."""
    name = part.transfer_encoding
    if part.content_type.maintype in _NEVER_ENCODED and name in _IDENTITIES:
        lines = plain.to_crlf(whole)
        if fits(lines, transport):
            return make(_header(part, transport, _identity(name, lines)), (lines,))
    if part.content_type.maintype == "multipart":
        message = (
            f"a {part.content_type.essence} part without a delimiter holds octets that a {transport} transport cannot "
            f"carry, and a multipart cannot be encoded (RFC 2045 6.4); take it out, or declare another type"
        )
        raise ContentError(message)
    octets = part.decoded()
    is_text = part.content_type.maintype == "text"
    if is_text:
        octets = plain.to_crlf(octets) if b"\0" not in octets else octets
    encoding = transfer.choose(octets, text=is_text, transport=transport)
    encoded = transfer.encode(encoding, octets)
    if encoding != "base64" and any(dash in b"\r\n" + encoded for dash in dashes):
        # RFC 2046 5.1.1: the delimiter must not occur inside a part; base64 has no dash.
        encoding, encoded = "base64", transfer.encode("base64", octets)
    made = make(_header(part, transport, encoding), (encoded,))
    made.remember(octets, encoding)
    return made


def _identity(name: str, octets: bytes) -> str:
    """Name the encoding that octets which stay as they are have: their own, or the least that covers them."""
    if name == "uuencode":
        return "x-uuencode"
    return name if name in ("base64", "quoted-printable") else "7bit" if octets.isascii() else "8bit"


def _composite_encoding(parts: Iterable[Part]) -> str:
    return "7bit" if all(octets.isascii() for part in parts for octets in part.verbatim()) else "8bit"


def _composite(part: Part, parts: list[Part], transport: str) -> Part:
    """Put re-encoded parts back between the delimiters they stood between."""
    if part.is_built:
        if all(new is old for new, old in zip(parts, part.children, strict=True)):
            return part
        put_in = iter(parts)
        pieces: tuple[Piece, ...] = tuple([next(put_in) if isinstance(piece, Part) else piece for piece in part.pieces])
    else:
        pieces = _between(part, parts, transport)
    return make(_header(part, transport, _composite_encoding(parts)), pieces, children=tuple(parts))


def _between(part: Part, parts: list[Part], transport: str) -> tuple[bytes | Part, ...]:
    """Give the octets between the parts of a parsed multipart, and the parts."""
    raw, base = part.raw, part.start
    pieces: list[bytes | Part] = []
    position = part.body_start - base
    for old, new in zip(part.children, parts, strict=True):
        pieces += (_filler(raw[position : old.start - base], transport), new)
        position = old.end - base
    pieces.append(_filler(raw[position:], transport))
    return tuple(pieces)


def _filler(octets: bytes, transport: str) -> bytes:
    """
    Make delimiters, preamble and epilogue fit.

    Nobody reads the text there (RFC 2046 5.1.1), and it has no encoding: octets that do not fit become ``?``.  A lone
    CR becomes a space, for as a line end it would make part of a part of what follows it on a delimiter line.
    """
    octets = plain.to_crlf(octets.replace(b"\r\n", b"\n").replace(b"\r", b" "))
    if fits(octets, transport):
        return octets
    octets = octets.replace(b"\0", b"?")
    if transport == "7bit":
        octets = octets.decode("ascii", "replace").replace("\ufffd", "?").encode()
    lines = octets.split(b"\r\n")
    return b"\r\n".join([line[at : at + _LINE] for line in lines for at in range(0, len(line) or 1, _LINE)])


def _header_transport(transport: str) -> str:
    """Headers are 7-bit unless the transport carries UTF-8 headers (RFC 6531)."""
    return "8bit" if transport == "smtputf8" else "7bit"


def _header(part: Part, transport: str, encoding: str) -> list[bytes]:
    """Give the fields of *part* with that transfer encoding, each made fit."""
    headers = part.headers
    lines: list[bytes] = []
    declared = False
    for line, key in headers.lines():
        if key == b"content-transfer-encoding":
            if not declared:
                lines.append(f"Content-Transfer-Encoding: {encoding}\r\n".encode())
            declared = True
            continue
        if key:
            lines.append(fitting_field(line, headers, transport))
    if not declared and encoding != "7bit":
        lines.append(f"Content-Transfer-Encoding: {encoding}\r\n".encode())
    return lines


def fitting_field(line: bytes, headers: Headers, transport: str) -> bytes:
    """
    Give the octets of one field of *headers*, CRLF at the end: those it has when they fit *transport*.

    White space before the colon, which is obsolete (RFC 5322 4.5), is left out.  Raises `HeaderError` for a field that
    cannot be read or written; what a limit left unread cannot.
    """
    name, colon, body = line.partition(b":")
    name = name.rstrip(b" \t")
    if not colon or not abnf.is_field_name(name):
        message = f"the header line {show(line)} is no field that could be written; take it out first"
        raise HeaderError(message)
    octets = plain.to_crlf(b"%b:%b\r\n" % (name, body.removesuffix(b"\r")))
    # A lone CR is a line end now: what comes after it has to be a continuation still.
    if fits(octets, "8bit" if transport == "smtputf8" else "7bit") and len(scan.split_fields(octets)[0]) == 1:
        return octets
    return _field(name.decode("ascii"), body, headers, utf8=transport == "smtputf8")


def _field(name: str, body: bytes, headers: Headers, *, utf8: bool) -> bytes:
    """Write a field anew whose octets do not fit; raise `HeaderError` when its value cannot be written."""
    kind, charset = names.info(name).kind, headers.charset
    if kind in _ADDRESS_KINDS:
        return field.encode(name, AddressList.parse(body, charset=charset), utf8=utf8)
    if kind == "content-type":
        value = ContentType.parse(body, charset=charset)
        return field.encode(name, value or body.decode("ascii", "replace").strip(), utf8=utf8)
    if kind == "content-disposition":
        disposition = ContentDisposition.parse(body, charset=charset)
        return field.encode(name, disposition or body.decode("ascii", "replace").strip(), utf8=utf8)
    text = field.decode(name, body, charset=charset)
    try:
        clean = "".join([char if char >= " " and char != "\x7f" else " " for char in text])
        return field.encode(name, clean, utf8=utf8)
    except HeaderError as error:
        message = f"the field {show(name)} cannot be written for this transport: {error}; take it out first"
        raise HeaderError(message) from None
