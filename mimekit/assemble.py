"""
Assembling: values become built parts, each with its final octets.

RFC 2045 to 2046: a leaf gets the cheapest transfer encoding that is safe for the transport, a multipart a boundary
that none of its parts holds, an embedded message its own octets.  What is made here is never changed again.

    text, octets, files, parts -> Part

May import: `part`, `codecs`, `headers`, `wire`.  Imported by: `compose`, `message`, `reencode`, `strategies`.
"""

from __future__ import annotations

from mimekit.codecs import plain, quopri, transfer
from mimekit.errors import ContentError, show
from mimekit.headers.collection import Headers
from mimekit.part import Part

__all__ = [
    "TRANSPORTS",
    "checked_body",
    "embedded_leaf",
    "file_leaf",
    "holds",
    "make",
    "multipart",
    "octets_leaf",
    "text_leaf",
    "text_octets",
    "with_fields",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from mimekit.clock import RandomBits
    from mimekit.files import File
    from mimekit.part import Piece

TRANSPORTS = ("7bit", "8bit", "smtputf8")
"""What the way to the receiver carries: 7-bit octets, 8-bit bodies (RFC 6152), UTF-8 headers too (RFC 6531)."""

_ENCODED = ("base64", "quoted-printable")  # what no boundary of ours can stand in (RFC 2045 6.7, 6.8)
_ENCODING_FIELDS = {
    name: f"Content-Transfer-Encoding: {name}\r\n".encode() for name in ("7bit", "8bit", "quoted-printable", "base64")
}
_TEXT_FIELDS = {
    subtype: f"Content-Type: text/{subtype}; charset=utf-8\r\n".encode() for subtype in ("plain", "html", "x-amp-html")
}


def make(
    lines: Iterable[bytes],
    pieces: tuple[Piece, ...],
    *,
    children: tuple[Part, ...] = (),
    embedded: Part | None = None,
) -> Part:
    """Make a built part from whole field octets and the pieces of its body."""
    return Part(Headers.of_block(b"".join(lines)), pieces, children=children, embedded=embedded)


def text_octets(text: str, what: str) -> bytes:
    """
    Encode a body as UTF-8 with CRLF line ends and a final one (RFC 5322 2.3).

    NUL and lone surrogates raise `ContentError`, which names *what*.
    """
    return _lf_octets(text, what).replace(b"\n", b"\r\n")


def _lf_octets(text: str, what: str) -> bytes:
    """Encode a body as UTF-8, each line ended by LF, which is what the encoders take fastest."""
    if not isinstance(text, str):
        message = f"{what} is {show(text)}, a {type(text).__name__}; give a str (octets go into attachments)"
        raise ContentError(message)
    if "\0" in text:
        message = f"{what} holds a NUL at character {text.index(chr(0))}; no mail text may (RFC 5322 4.1): remove it"
        raise ContentError(message)
    try:
        octets = text.encode()
    except UnicodeEncodeError as error:
        found = f"a lone surrogate {show(text[error.start])} at character {error.start}"
        message = f"{what} holds {found}, which is no Unicode text; decode the source with the right charset"
        raise ContentError(message) from None
    if b"\r" in octets:
        octets = octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return octets if not octets or octets.endswith(b"\n") else octets + b"\n"


def text_leaf(
    text: str, subtype: str, *, transport: str, what: str | None = None, type_field: bytes | None = None
) -> Part:
    """Make a text/* part (RFC 2046 4.1), always in UTF-8, in the cheapest encoding that `transfer.choose` allows."""
    lines = _lf_octets(text, what or subtype)
    is_ascii = lines.isascii()
    decoded: bytes | None = None
    if (is_ascii or transport != "7bit") and not plain.has_long_line(lines) and not transfer.has_risky_line(lines):
        encoding = "7bit" if is_ascii else "8bit"
        body = decoded = lines.replace(b"\n", b"\r\n")
    else:
        encoding, body = _escaped(lines, len(lines) - len(text))
    part = make((type_field or _TEXT_FIELDS[subtype], _ENCODING_FIELDS[encoding]), (body,))
    part.remember(decoded, encoding)
    return part


def _escaped(lines: bytes, excess: int) -> tuple[str, bytes]:
    """
    Encode text with LF line ends in the shorter of quoted-printable and base64; give the name of that too.

    *excess* tells how many octets it has more than characters.  Where they are few it is quoted-printable as a rule,
    and sure to be when the result is no more than 13 tenths as long, for base64 is over four thirds.
    """
    if 24 * excess < len(lines):
        body = quopri.encode(lines)
        if 10 * len(body) < 13 * len(lines):
            return "quoted-printable", body
    decoded = lines.replace(b"\n", b"\r\n")
    encoding = transfer.shorter(decoded)
    return encoding, quopri.encode(lines) if encoding == "quoted-printable" else transfer.encode(encoding, decoded)


def octets_leaf(fields: Sequence[bytes], octets: bytes, *, encoding: str = "base64") -> Part:
    """Make a part that gives back exactly these octets; *fields* are its other fields."""
    part = make((*fields, _ENCODING_FIELDS[encoding]), (transfer.encode(encoding, octets),))
    part.remember(octets, encoding)
    return part


def file_leaf(fields: Sequence[bytes], file: File) -> Part:
    """Make a part over a file that is read while writing."""
    return make((*fields, _ENCODING_FIELDS["base64"]), (file,))


def embedded_leaf(fields: Sequence[bytes], root: Part, *, encoding: str = "7bit") -> Part:
    """Make a part that holds a message; it is never encoded (RFC 2046 5.2.1)."""
    return make((*fields, _ENCODING_FIELDS[encoding]), (root,), embedded=root)


def multipart(
    subtype: str, parts: Sequence[Part], *, rng: RandomBits, parameters: Sequence[tuple[str, str]] = ()
) -> Part:
    """
    Make a multipart (RFC 2046 5.1) with a boundary that stands in none of its parts.

    ``=_`` at its start cannot occur in base64 or quoted-printable text (RFC 2045 6.7); other content is searched.
    """
    if not parts:
        message = f"multipart/{subtype} has no part; give one at least (RFC 2046 5.1.1)"
        raise ContentError(message)
    boundary = b"=_%032x" % rng.getrandbits(128)
    while holds(parts, boundary):
        boundary = b"=_%032x" % rng.getrandbits(128)
    delimiter = b"\r\n--%b\r\n" % boundary
    pieces: list[Piece] = []
    encoding = "7bit"
    for part in parts:
        pieces += (delimiter, part)
        if part.transfer_encoding == "8bit":
            encoding = "8bit"
    pieces[0] = delimiter[2:]
    pieces.append(b"\r\n--%b--\r\n" % boundary)
    start = b"Content-Type: multipart/%b;" % subtype.encode()
    for name, value in parameters:
        start += b' %b="%b";' % (name.encode(), _quoted(value))
    block = b'%b\r\n boundary="%b"\r\n' % (start, boundary)
    if encoding == "8bit":
        block += _ENCODING_FIELDS[encoding]
    made = Part(Headers.of_block(block), tuple(pieces), children=tuple(parts))
    made.remember(None, encoding)
    return made


def holds(parts: Sequence[Part], boundary: bytes) -> bool:
    """
    Tell whether a boundary stands in a body somewhere in *parts*.

    No base64 or quoted-printable text can hold one of ours; no header line begins as a delimiter does.
    """
    stack: list[Piece] = [*parts]
    while stack:
        piece = stack.pop()
        if type(piece) is bytes:
            if boundary in piece:
                return True
        elif isinstance(piece, Part):
            if not piece.is_built:
                stack.append(piece.raw)
            elif piece.transfer_encoding not in _ENCODED or len(piece.pieces) != 1:
                stack += piece.pieces
    return False


def _quoted(value: str) -> bytes:
    return value.replace("\\", "\\\\").replace('"', '\\"').encode("ascii")


def checked_body(body: object) -> Part:
    """Check a tree that is to be the body of a message: a part whose fields are about content alone."""
    if not isinstance(body, Part):
        message = f"body is {show(body)}; give a Part, such as mixed(text_part(...), attachment(...))"
        raise ContentError(message)
    for line, key in body.headers.lines():
        if not key.startswith(b"content-"):
            message = (
                f"body has the header line {show(line, 60)}; a tree brings Content-* fields only, "
                f"give the others to the message"
            )
            raise ContentError(message)
    return body


def with_fields(tree: Part, lines: list[bytes]) -> Part:
    """Put the fields of a message before those of its tree."""
    made = make([*lines, tree.headers.to_bytes()], tree.pieces, children=tree.children, embedded=tree.embedded)
    if not tree.children and tree.embedded is None and tree.is_built:
        made.remember_from(tree)
    return made
