"""
Parts: what stands where, and edits of parameters, transfer encodings, boundaries, order and nesting.

What the fixes of several rules are made of.  Each gives ``None`` where the octets do not let it be done well, such as
inside a message that is transferred encoded.

    Field or Entity, what is to stand there -> Fix

May import: the core, `lint`.  Imported by: much of the package.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from mimekit.codecs import plain, transfer
from mimekit.codecs._flaws import Ledger
from mimekit.codecs._parameter_scanner import Scanner
from mimekit.codecs.parameters import pieces
from mimekit.finding import Fix
from mimekit.headers import field as fields
from mimekit.headers.content import ContentDisposition, ContentType
from mimekit.wire import scan
from mimekit.wire.abnf import TOKEN, is_token

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from mimekit.defects import Flaw
    from mimekit.finding import Edit
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity, Field, Mail
    from mimekit.part import Part

__all__ = [
    "Parameter",
    "adding_field",
    "adding_parameter",
    "entity_at",
    "essence",
    "field_at",
    "is_multipart",
    "parameter",
    "parameter_hit",
    "parameters",
    "parameters_anew",
    "quoted",
    "rebounded",
    "recoded",
    "reencoded",
    "removing_parameter",
    "reordered",
    "retyped",
    "rewritten",
    "root_of",
    "stands_in",
    "unwrapped",
    "without_part",
]

_ESSENCE = re.compile(rb"[ \t\r\n]*+(%b/%b)(?=[ \t\r\n]*+(?:;|\Z))" % (TOKEN, TOKEN))
_COMPOSITE = ("multipart", "message")
_FIXED = frozenset({"related", "signed", "encrypted", "report"})  # what says which parts it has
_WIDTH = 76
_OF_PARAMETERS = frozenset({"E061", "E062", "E063", "E064", "E065", "M005"})
_MOST = 200  # parameters that are looked at


class Parameter(NamedTuple):
    """A parameter as written: ``name`` in lower case with its stars, ``value`` without quotes, places in the field."""

    name: str
    value: bytes
    name_start: int
    start: int
    end: int


# -- what stands where


def is_multipart(entity: Entity, subtype: str) -> bool:
    """Tell whether a part is a multipart of that subtype whose parts were found."""
    return bool(entity.part.children) and entity.part.content_type.subtype == subtype


def root_of(related: Part) -> Part:
    """Give the root of a multipart/related: what `start` names, else the first (RFC 2387 3.2)."""
    start = related.content_type.parameters.get("start")
    if start is not None:
        for child in related.children:
            if child.content_id == start.strip():
                return child
    return related.children[0]


def stands_in(entity: Entity, above: Entity) -> bool:
    """Tell whether a part is *above* or stands in it."""
    found: Entity | None = entity
    while found is not None and found is not above:
        found = found.parent
    return found is above


def entity_at(mail: Mail, at: int) -> Entity | None:
    """Give the innermost part that an octet of the message is in; ``None`` inside an encoded message."""
    found: Entity | None = None
    for entity in mail.entities:
        if entity.outside is None and entity.start <= at <= entity.end:
            found = entity
        elif entity.outside is not None and entity.outside[0] <= at <= entity.outside[1]:
            return None
    return found


def field_at(mail: Mail, at: int) -> Field | None:
    """Give the field that an octet of the message is in."""
    entity = entity_at(mail, at)
    return None if entity is None else next((one for one in entity.fields if one.start <= at <= one.end), None)


# -- parameters


def parameters(raw: bytes) -> Iterator[Parameter]:
    """Yield the parameters of a Content-Type or Content-Disposition as they are written."""
    at = raw.find(b";")
    if at < 0:
        return
    for name, value, start, end in Scanner(raw, at, Ledger()).scan(_MOST):
        yield Parameter(name.decode("latin-1").lower(), value, raw.rfind(name, at, start), start, end)
        at = end


def parameter(raw: bytes, name: str) -> Parameter | None:
    """Give the first parameter of that name, with or without stars."""
    for found in parameters(raw):
        if found.name.partition("*")[0] == name:
            return found
    return None


def parameter_hit(field: Field, place: Parameter | None, text: str, fix: Fix | None = None) -> Hit:
    """Say what is wrong with a parameter; with the whole field when it is not found there."""
    return field.hit(text, fix=fix) if place is None else field.hit(text, place.name_start, place.end, fix)


def quoted(value: bytes) -> bytes:
    """Write a value: a token as it is, any other ASCII in quotes."""
    return value if is_token(value) else b'"%b"' % value.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


def adding_parameter(field: Field, name: str, value: bytes, *, is_safe: bool = True) -> Fix:
    """Give the fix that adds a parameter at the end of a field."""
    raw = field.raw
    end = len(raw.rstrip(b" \t\r\n;"))
    written = b"%b=%b" % (name.encode("ascii"), quoted(value))
    line = max(raw.rfind(b"\n", 0, end) + 1, -len(field.name) - 1)
    used = end - line if line else end + len(field.name) + 1
    gap = b" " if used + len(written) + 2 <= _WIDTH else field.entity.mail.line_end + b" "
    return field.replacing(f"add {name}={value.decode('latin-1')}", b";" + gap + written, end, is_safe=is_safe)


def removing_parameter(field: Field, place: Parameter, *, is_safe: bool = True) -> Fix:
    """Give the fix that takes a parameter out, with the semicolon before it."""
    start = field.raw.rfind(b";", 0, place.name_start)
    return field.replacing(f"take {place.name} out", b"", start, place.end, is_safe=is_safe)


def essence(raw: bytes) -> tuple[int, int] | None:
    """Say where ``type/subtype`` stands in a Content-Type."""
    found = _ESSENCE.match(raw)
    return None if found is None else found.span(1)


def retyped(field: Field, kind: str, *, is_safe: bool = True) -> Fix | None:
    """Give the fix that writes another media type and keeps the parameters."""
    place = essence(field.raw)
    return None if place is None else field.replacing(f"write {kind}", kind.encode(), *place, is_safe=is_safe)


def parameters_anew(mail: Mail, hit: Hit, *, is_safe: bool = True) -> Fix | None:
    """Give the fix that writes the field of a hit anew of what its parameters are read as, those by RFC 2231."""
    field = field_at(mail, hit.start)
    if field is None:
        return None
    flaws: list[Flaw] = []
    value: ContentType | ContentDisposition | None
    if field.key == "content-type":
        value = ContentType.parse(field.raw, flaws)
        start = "" if value is None else value.essence
    else:
        value = ContentDisposition.parse(field.raw, flaws) if field.key == "content-disposition" else None
        start = "" if value is None else value.disposition
    if value is None or b"(" in field.raw or any([code not in _OF_PARAMETERS for code, _, _, _ in flaws]):
        return None
    try:
        line = fields.field(field.name, [start.encode() + b";", *pieces(value.parameters)])
    except ValueError:  # what can be read and not written, such as a control character
        return None
    octets = line[line.index(b":") + 1 :].removesuffix(b"\r\n").replace(b"\r\n", mail.line_end)
    return field.replacing("write the parameters anew", octets, is_safe=is_safe)


# -- fields


def _takes_fields(entity: Entity) -> bool:
    """Tell whether the last line of a header has its end, so that another may follow."""
    end = entity.header_end
    return end == entity.start or entity.mail.octets[end - 1 : end] == b"\n"


def adding_field(entity: Entity, name: str, value: bytes, *, is_safe: bool = True) -> Fix | None:
    """Give the fix that adds a field at the end of a part's header."""
    if entity.outside is not None or not _takes_fields(entity):
        return None
    line = b"%b: %b%b" % (name.encode("ascii"), value, entity.mail.line_end)
    return Fix(f"add {name}", (entity.header_end, entity.header_end, line), is_safe=is_safe)


def rewritten(field: Field, value: object, *, text: str = "write it anew", is_safe: bool = True) -> Fix | None:
    """Give the fix that writes a field anew of its value, by the kind of its name, folded; see `headers.field`."""
    if field.entity.outside is not None:
        return None
    try:
        line = fields.encode(field.key, value)
    except ValueError:  # a value that only a reader takes
        return None
    octets = line[line.index(b":") + 1 :].removesuffix(b"\r\n").replace(b"\r\n", field.entity.mail.line_end)
    return field.replacing(text, octets, is_safe=is_safe) if octets != field.raw else None


# -- bodies


def _delimiters(entity: Entity) -> Iterator[bytes]:
    above: Entity | None = entity.parent
    while above is not None:
        boundary = above.part.content_type.boundary_octets
        if boundary:
            yield b"--" + boundary
        above = above.parent


def reencoded(
    entity: Entity, text: str, octets: bytes, encoding: str, *edits: Edit, is_safe: bool = True
) -> Fix | None:
    """
    Give the fix that transfers a leaf in another encoding, and makes further *edits* of its header.

    *octets* are the content; a text has CRLF line ends.
    """
    if entity.outside is not None or not entity.is_leaf or entity.part.content_type.maintype in _COMPOSITE:
        return None
    listed = entity.named.get("content-transfer-encoding", [])
    if len(listed) > 1:
        return None
    body = transfer.encode(encoding, octets)
    if encoding == "base64" and not entity.part.raw_body.endswith(b"\n"):
        body = body.removesuffix(b"\r\n")
    if any([dashes in body for dashes in _delimiters(entity)]):
        return None
    ends = entity.mail.line_end
    if ends == b"\n":
        body = body.replace(b"\r\n", b"\n")
    name = encoding.encode()
    if listed:
        field = listed[0]
        declaring: Edit = (field.value_start, field.end, b" " + name)
    elif not _takes_fields(entity):
        return None
    else:
        line = b"Content-Transfer-Encoding: %b%b" % (name, ends)
        declaring = (entity.header_end, entity.header_end, line)
    part = entity.part
    return Fix(text, *edits, declaring, (part.body_start, part.end, body), is_safe=is_safe)


def recoded(entity: Entity, text: str, *, is_safe: bool = True) -> Fix | None:
    """Give the fix that writes a text part in UTF-8."""
    field = entity.field("content-type")
    label = None if field is None else parameter(field.raw, "charset")
    # Raw octets of the header are read by the charset of the body.
    if field is None or label is None or not entity.part.headers.is_ascii:
        return None
    octets = plain.to_crlf(text.encode())
    encoding = transfer.choose(octets, text=True, transport="7bit")
    edit = (field.value_start + label.start, field.value_start + label.end, b"utf-8")
    return reencoded(entity, "write it in UTF-8", octets, encoding, edit, is_safe=is_safe)


# -- structure


def rebounded(entity: Entity, *, is_safe: bool = True, leaving: Collection[int] = ()) -> Fix | None:
    """Give the fix that gives a multipart a new boundary; delimiter lines that begin at *leaving* become content."""
    field, boundary = entity.field("content-type"), entity.part.content_type.boundary_octets
    if field is None or not boundary or entity.outside is not None or not entity.part.children:
        return None
    place = parameter(field.raw, "boundary")
    if place is None or place.name != "boundary":
        return None
    octets = entity.mail.octets
    made = _boundary(octets)
    edits: list[Edit] = [(field.value_start + place.start, field.value_start + place.end, b'"%b"' % made)]
    for at, _, _ in scan.delimiters(octets, boundary, entity.body_start, entity.end):
        if at not in leaving:
            edits.append((at + 2, at + 2 + len(boundary), made))
    return Fix("write another boundary", *edits, is_safe=is_safe)


def _boundary(octets: bytes) -> bytes:
    """Make a boundary of the octets that it must not stand in: the same for the same message."""
    made = b"=_" + blake2b(octets, digest_size=16).hexdigest().encode()
    while made in octets:
        made = b"=_" + blake2b(made, digest_size=16).hexdigest().encode()
    return made


def without_part(entity: Entity) -> Fix | None:
    """Give the fix that takes a part out of a multipart which has two others at least; not a safe one."""
    above = entity.parent
    if above is None or entity.outside is not None or len(above.part.children) < 3:  # two are left
        return None
    boundary = above.part.content_type.boundary_octets or b""
    found = scan.delimiters(entity.mail.octets, boundary, above.body_start, above.end)
    for (at, after, _), (following, _, _) in pairwise(found):
        if after == entity.start:
            return Fix("take the part out", (at, following, b""), is_safe=False)
    return None


def reordered(entity: Entity, order: list[int], text: str) -> Fix | None:
    """Give the fix that puts the parts of a multipart into another order; not a safe one."""
    if entity.outside is not None:
        return None
    octets, children = entity.mail.octets, entity.part.children
    edits = [
        (there.start, there.end, octets[children[which].start : children[which].end])
        for there, which in zip(children, order, strict=True)
        if there is not children[which]
    ]
    return Fix(text, *edits, is_safe=False)


def unwrapped(entity: Entity) -> Fix | None:
    """Give the fix that puts the only part of a multipart in its place; nothing that anybody reads is lost."""
    part, child = entity.part, entity.part.children[0]
    own = [field for field in entity.fields if field.key.startswith("content-")]
    keys = [field.key for field in own]
    if entity.outside is not None or keys not in (["content-type"], ["content-type", "content-transfer-encoding"]):
        return None
    above = entity.parent
    if above is not None and above.part.content_type.subtype in _FIXED:
        return None
    octets, ends = entity.mail.octets, entity.mail.line_end
    found = scan.delimiters(octets, part.content_type.boundary_octets or b"", part.body_start, part.end)
    is_closed = bool(found) and found[-1][2]
    if not is_closed or octets[part.body_start : found[0][0]].strip() or octets[found[-1][1] : part.end].strip():
        return None
    if any([not key.startswith(b"content-") for _, key in child.headers.lines()]):
        return None
    # The body of a message ends with a line end, which binary content must not get.
    is_text = child.content_type.maintype in ("text", "multipart")
    if entity.parent is None and not is_text and child.transfer_encoding not in ("base64", "quoted-printable"):
        return None
    return Fix(
        "put its only part in its place",
        _line(own[0], octets, child.headers.to_bytes() or b"Content-Type: text/plain" + ends),
        *[_line(field, octets, b"") for field in own[1:]],
        (part.body_start, child.body_start, b""),
        (child.end, part.end, ends if entity.parent is None else b""),
        # The line end at the end of a message is no content only where octets are in base64.
        is_safe=entity.parent is not None or child.transfer_encoding == "base64" or bool(child.children),
    )


def _line(field: Field, octets: bytes, replacement: bytes) -> Edit:
    """Give the edit of a whole field, with its line end."""
    end = octets.find(b"\n", field.end)
    return field.start, len(octets) if end < 0 else end + 1, replacement
