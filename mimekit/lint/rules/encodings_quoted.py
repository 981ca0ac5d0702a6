"""
Rules about quoted-printable (family E, E020 to E026).

RFC 2045 6.7.

    bodies as transferred -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.codecs import plain, transfer
from mimekit.finding import Fix
from mimekit.lint.rule import rule
from mimekit.lint.rules import mime_edits as edits
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity, Mail, Text

__all__: list[str] = []

_WIDTH = 76
_BAD_SIGN = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*+\r?\n)")
_ESCAPE = re.compile(rb"=[0-9A-Fa-f]{2}")


def _upper(found: re.Match[bytes]) -> bytes:
    return found[0].upper()


@rule("E020", fix="unsafe")
def qp_bad_escape(mail: Mail, hit: Hit) -> Fix | None:
    """
    In quoted-printable an equals sign is followed by neither two hexadecimal digits nor the end of the line.

    Why it matters: readers keep it, drop it, or drop what follows.

    Bad:
        Content-Transfer-Encoding: quoted-printable

        J=C3=B6rg, size=XL

    Good:
        Content-Transfer-Encoding: quoted-printable

        J=C3=B6rg, size=3DXL

    References: RFC 2045 6.7
    """
    entity = edits.entity_at(mail, hit.start)
    octets = mail.octets[hit.start : hit.end]
    if entity is None or octets[:1] != b"=":
        return None
    made = _BAD_SIGN.sub(b"=3D", octets)
    return Fix("write =3D", (hit.start, hit.end, made), is_safe=False)


@rule("E021", fix="safe")
def qp_lowercase_hex(mail: Mail, hit: Hit) -> Fix | None:
    """
    A hexadecimal digit of quoted-printable is in lower case.

    Why it matters: capitals are required; strict decoders leave the escape as it stands.

    Bad:
        Content-Transfer-Encoding: quoted-printable

        Hello J=c3=b6rg

    Good:
        Content-Transfer-Encoding: quoted-printable

        Hello J=C3=B6rg

    References: RFC 2045 6.7
    """
    if edits.entity_at(mail, hit.start) is None:
        return None
    made = _ESCAPE.sub(_upper, mail.octets[hit.start : hit.end])
    return Fix("write capitals", (hit.start, hit.end, made))


def _quoted_body(entity: Entity) -> bytes:
    """Give the body of a leaf in quoted-printable; nothing for any other."""
    return entity.part.raw_body if entity.part.transfer_encoding == "quoted-printable" and entity.is_leaf else b""


def _requoted(entity: Entity, text: str) -> Fix | None:
    """Give the fix that writes a text in quoted-printable anew."""
    if entity.part.content_type.maintype != "text":
        return None
    octets = plain.to_crlf(entity.part.decoded())
    return edits.reencoded(entity, text, octets, "quoted-printable")


@rule("E022", severity="error", looks_at="part", marks=["quoted-printable"], reference="RFC 2045 6.7", fix="safe")
def qp_line_over_76(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A line of quoted-printable has more than 76 characters, the `=` at its end included.

    Why it matters: gateways cut longer lines, and an escape that is cut cannot be read.

    Bad:
        @make quoted_printable_line 77

    Good:
        @make quoted_printable_line 76

    References: RFC 2045 6.7
    """
    body = _quoted_body(entity)
    if len(body) <= _WIDTH or plain.longest_line(body) <= _WIDTH:
        return
    at = 0
    for line in body.split(b"\n"):
        size = len(line.removesuffix(b"\r"))
        if size > _WIDTH:
            break
        at += len(line) + 1
    text = f"a line of quoted-printable has {size} characters; it has at most {_WIDTH}"
    yield entity.body_hit(text, at, at + size, _requoted(entity, "break the long lines"))


_BLANKS = re.compile(rb"(?<![ \t])[ \t]++(?=\r?\n|\Z)")


@rule("E023", severity="error", looks_at="part", marks=["quoted-printable"], reference="RFC 2045 6.7", fix="safe")
def qp_trailing_whitespace(entity: Entity, _: Context) -> Iterator[Hit]:
    r"""
    A line of quoted-printable ends with a blank.

    Why it matters: readers are to take it away, for relays add blanks.  Where it is meant it is written as `=20`.

    Bad:
        Content-Transfer-Encoding: quoted-printable

        Hello J=C3=B6rg,\x20
        your order is on its way.

    Good:
        Content-Transfer-Encoding: quoted-printable

        Hello J=C3=B6rg,
        your order is on its way.

    References: RFC 2045 6.7
    """
    body = _quoted_body(entity)
    if not (b" \r\n" in body or b" \n" in body or b"\t\r\n" in body or b"\t\n" in body or body[-1:] in (b" ", b"\t")):
        return
    found = _BLANKS.search(body)
    if found is not None:
        fix = None
        if entity.outside is None:
            made = _BLANKS.sub(b"", body)
            fix = Fix("take the blanks at line ends away", (entity.body_start, entity.end, made))
        yield entity.body_hit("a line of quoted-printable ends with a blank", *found.span(), fix)


@rule("E024", fix="safe")
def qp_raw_octet(mail: Mail, hit: Hit) -> Fix | None:
    r"""
    A quoted-printable body has an octet over 127, or a control character, that is not escaped.

    Why it matters: it is not what relays were told; some cut the eighth bit.

    Bad:
        Content-Transfer-Encoding: quoted-printable

        Hello J\xc3\xb6rg

    Good:
        Content-Transfer-Encoding: quoted-printable

        Hello J=C3=B6rg

    References: RFC 2045 6.7
    """
    entity = edits.entity_at(mail, hit.start)
    return None if entity is None else _requoted(entity, "escape them")


@rule("E025", severity="info", looks_at="part", profiles=["strict"], reference="RFC 2045 6.7", fix="safe")
def qp_needless(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A text is transferred in quoted-printable and has nothing that needs it.

    Why it matters: it can go as it is, which every reader and every search reads.

    Bad:
        Content-Transfer-Encoding: quoted-printable

        Hello John

    Good:
        Content-Transfer-Encoding: 7bit

        Hello John

    References: RFC 2045 6.7
    """
    body = _quoted_body(entity)
    if not body or entity.part.content_type.maintype != "text":
        return
    octets = entity.part.decoded()
    if not octets.isascii() or b"=20" in body or b"=09" in body:
        return
    lines = plain.to_crlf(octets)
    if plain.longest_line(lines) <= 78 and transfer.choose(lines, text=True, transport="7bit") == "7bit":
        fix = edits.reencoded(entity, "transfer it as 7bit", lines, "7bit")
        yield entity.hit("nothing in the text needs quoted-printable", fix)


_ENCODED_BREAK = re.compile(rb"=0[Dd](?:=\r?\n)?+=0[Aa]|=0[AaDd]")


@rule("E026", severity="warning", looks_at="text", marks=["quoted-printable"], reference="RFC 2045 6.7", fix="safe")
def qp_encoded_line_break(text: Text, _: Context) -> Iterator[Hit]:
    """
    A line of text ends with `=0D=0A`, `=0A` or `=0D` instead of a line end.

    Why it matters: escapes are for data; readers that make lines of line ends show one long line.

    Bad:
        Content-Transfer-Encoding: quoted-printable

        Hello J=C3=B6rg,=0D=0A=
        your order is on its way.

    Good:
        Content-Transfer-Encoding: quoted-printable

        Hello J=C3=B6rg,
        your order is on its way.

    References: RFC 2045 6.7
    """
    entity = text.entity
    if entity.part.transfer_encoding != "quoted-printable":
        return
    body = entity.part.raw_body
    if b"=0" not in body:
        return
    found = _ENCODED_BREAK.search(body)
    if found is None:
        return
    fix = _requoted(entity, "end the lines")
    yield entity.body_hit(f"a line break is written as {show(found[0].decode(), 20)[1:-1]}", *found.span(), fix)
