"""
Rules about transfer encodings: their names, and base64 (family E, E001 to E016).

RFC 2045 6, RFC 2049 2.

    parts, bodies as transferred -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit import faults
from mimekit.codecs import plain, transfer
from mimekit.finding import Fix
from mimekit.lint import makers_encodings  # noqa: F401 - for the examples
from mimekit.lint.rule import rule
from mimekit.lint.rules import mime_edits as edits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.defects import Flaw
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity, Field, Mail, Text

__all__: list[str] = []

_CTE = "content-transfer-encoding"
_WIDTH = 76


@rule("E001")
def cte_unknown() -> None:
    """
    Content-Transfer-Encoding is none that exists.

    Why it matters: nobody can decode the content; readers show it as it stands, or as a file of an unknown kind.

    Bad:
        Content-Transfer-Encoding: utf-8

    Good:
        Content-Transfer-Encoding: 7bit

    References: RFC 2045 6.1, 6.4
    """


@rule("E002", fix="safe", implies=["M125"])
def cte_nonstandard(mail: Mail, hit: Hit) -> Fix | None:
    """
    The content is transferred in a private encoding, such as uuencode, yEnc or BinHex.

    Why it matters: many mail programs cannot decode it, and filters take it for a way round them.

    Bad:
        Content-Transfer-Encoding: x-uuencode

        begin 644 order.txt
        #2&D*
        `
        end

    Good:
        Content-Transfer-Encoding: 7bit

        Hello

    References: RFC 2045 6.3; RFC 2049 2
    """
    entity = edits.entity_at(mail, hit.start)
    return None if entity is None or entity.part.transfer_encoding != "uuencode" else _as_7bit(entity)


@rule("E003", fix="safe")
def seven_bit_with_8bit(mail: Mail, hit: Hit) -> Fix | None:
    r"""
    The content has octets over 127, and is declared as 7bit, or not declared at all.

    Why it matters: relays may cut the eighth bit, and some servers refuse the message.

    Bad:
        Content-Transfer-Encoding: 7bit

        Hello J\xc3\xb6rg

    Good:
        Content-Transfer-Encoding: 8bit

        Hello J\xc3\xb6rg

    References: RFC 2045 6.2, 6.4
    """
    entity = edits.entity_at(mail, hit.start)
    return None if entity is None else _as_7bit(entity)


def _named(field: Field) -> str:
    """Give the value of a Content-Transfer-Encoding in lower case."""
    return field.raw.strip(b" \t\r\n").decode("latin-1").lower()


@rule("E004", name="8bit-body", severity="info", looks_at="field", names=[_CTE], profiles=["strict"],
      reference="RFC 6152", fix="safe")  # fmt: skip
def eight_bit_body(field: Field, _: Context) -> Iterator[Hit]:
    r"""
    The content is transferred in 8 bits.

    Why it matters: a server without 8BITMIME refuses it, or encodes it anew, which breaks a DKIM signature.

    Bad:
        Content-Transfer-Encoding: 8bit

        Hello J\xc3\xb6rg

    Good:
        Content-Transfer-Encoding: quoted-printable

        Hello J=C3=B6rg

    References: RFC 6152; RFC 6376 5.3
    """
    if _named(field) == "8bit" and field.entity.is_leaf:
        yield field.hit("the content goes in 8 bits, which needs 8BITMIME", fix=_as_7bit(field.entity))


def _as_7bit(entity: Entity) -> Fix | None:
    """Give the fix that transfers a leaf so that any server takes it."""
    part = entity.part
    is_text = part.content_type.maintype == "text"
    if part.children:
        field = entity.field(_CTE)
        octets = entity.mail.octets[entity.body_start : entity.end] if entity.outside is None else b"\xff"
        return field.replacing("write 7bit", b" 7bit") if field is not None and plain.is_7bit(octets) else None
    octets = plain.to_crlf(part.decoded()) if is_text else part.decoded()
    encoding = transfer.choose(octets, text=is_text, transport="7bit")
    return edits.reencoded(entity, f"transfer it in {encoding}", octets, encoding)


@rule("E005", severity="error", looks_at="field", names=[_CTE], reference="RFC 3030 3; RFC 2045 6.2", fix="safe")
def binary_cte(field: Field, context: Context) -> Iterator[Hit]:
    """
    Content-Transfer-Encoding is binary (option `binarymime` says that the way carries it).

    Why it matters: only servers with BINARYMIME and CHUNKING take it, and hardly any does.

    Bad:
        Content-Transfer-Encoding: binary

    Good:
        Content-Transfer-Encoding: 7bit

    References: RFC 3030 3; RFC 2045 6.2
    """
    if _named(field) == "binary" and not context.options.get("binarymime"):
        text = "the content goes as binary, which hardly any server takes"
        severity = "warning" if context.options.get("received") else None  # nobody knows any more which way it came
        yield field.hit(text, fix=_as_7bit(field.entity), severity=severity)


@rule("E006", severity="info", looks_at="field", names=[_CTE], profiles=["strict"], reference="RFC 2045 6.1",
      fix="safe")  # fmt: skip
def cte_case(field: Field, _: Context) -> Iterator[Hit]:
    """
    The name of the transfer encoding has capitals.

    Why it matters: it is legal, and marks a message as made by an odd program for some filters.

    Bad:
        Content-Transfer-Encoding: 7Bit

    Good:
        Content-Transfer-Encoding: 7bit

    References: RFC 2045 6.1
    """
    name = _named(field)
    if name in transfer.NAMES and name.encode() not in field.raw:
        start = len(field.raw) - len(field.raw.lstrip(b" \t\r\n"))
        fix = field.replacing(f"write {name}", name.encode(), start, start + len(name))
        yield field.hit(f"the usual spelling is {name}", fix=fix)


# -- base64


@rule("E010", fix="safe", implies=["X015"])
def base64_alphabet(mail: Mail, hit: Hit) -> Fix | None:
    """
    A base64 body has characters that are none of base64, or blanks.

    Why it matters: some readers pass them over, some stop there: a way to hide content from filters.

    Bad:
        Content-Transfer-Encoding: base64

        SGVsbG8g!SsO2cmcK

    Bad:
        Content-Transfer-Encoding: base64

        SGVs bG8gSsO2cmcK

    Good:
        Content-Transfer-Encoding: base64

        SGVsbG8gSsO2cmcK

    References: RFC 2045 6.8
    """
    entity = edits.entity_at(mail, hit.start)
    return None if entity is None else _wrapped(entity, _base64_body(entity))


@rule("E011", fix="safe", implies=["X015"])
def base64_padding(mail: Mail, hit: Hit) -> Fix | None:
    """
    The padding of a base64 body is missing, or has the wrong length.

    Why it matters: strict readers refuse the body, or lose its last octets.

    Bad:
        Content-Transfer-Encoding: base64

        R3LDvMOfZQo

    Good:
        Content-Transfer-Encoding: base64

        R3LDvMOfZQo=

    References: RFC 2045 6.8
    """
    return _encoded_anew(mail, hit)


@rule("E012", implies=["X015"])
def base64_data_after_padding() -> None:
    """
    A base64 body goes on after its padding.

    Why it matters: some readers stop at the padding and others go on: a way to hide content from filters.

    Bad:
        Content-Transfer-Encoding: base64

        R3LDvMOfZQo=R3LDvMOfZQo=

    Good:
        Content-Transfer-Encoding: base64

        R3LDvMOfZQo=

    References: RFC 2045 6.8
    """


def _base64_body(entity: Entity) -> bytes:
    """Give the body of a leaf in base64; nothing for any other."""
    return entity.part.raw_body if entity.part.transfer_encoding == "base64" and entity.is_leaf else b""


def _uneven(entity: Entity) -> bytes:
    """Give the body of a leaf in base64 whose lines are not all as they should be; nothing for any other."""
    part = entity.part
    if part.transfer_encoding != "base64" or not entity.is_leaf:
        return b""
    known = faults.even_lines(part)
    return part.raw_body if known is None or known[2] > _WIDTH else b""


def _lines(body: bytes) -> list[bytes]:
    """Give the lines of a body without their ends, without the empty ones at its end."""
    lines = body.rstrip(b" \t\r\n").split(b"\n")
    return [line.rstrip(b"\r") for line in lines]


_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _wrapped(entity: Entity, body: bytes) -> Fix | None:
    """Give the fix that writes a base64 body in lines of 76 characters; its characters have no other fault."""
    characters = body.translate(None, b" \t\r\n")
    odd = characters.translate(None, _BASE64)
    if entity.outside is not None or len(characters) % 4 or odd not in (b"", b"=", b"==") or not characters:
        return None
    if not characters.endswith(odd):
        return None
    ends = entity.mail.line_end
    lines = [characters[at : at + _WIDTH] for at in range(0, len(characters), _WIDTH)]
    made = ends.join(lines) + (ends if body.endswith(b"\n") else b"")
    return Fix("write lines of 76 characters", (entity.body_start, entity.end, made))


def _encoded_anew(mail: Mail, hit: Hit) -> Fix | None:
    """Give the fix that writes a base64 body anew, where it has no fault but at its end."""
    entity = edits.entity_at(mail, hit.start)
    body = b"" if entity is None else _base64_body(entity)
    if entity is None or not body or body.translate(None, _BASE64 + b"\r\n").strip(b"="):
        return None
    if b"=" in body.rstrip(b"=\r\n"):
        return None
    return edits.reencoded(entity, "write it anew", entity.part.decoded(), "base64")


@rule("E013", severity="error", looks_at="part", marks=["base64"], reference="RFC 2045 6.8", fix="safe")
def base64_line_over_76(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A line of a base64 body has more than 76 characters.

    Why it matters: servers cut lines of over 998 octets, and strict readers refuse those of over 76.

    Bad:
        @make base64_lines 80

    Good:
        @make base64_lines 76

    References: RFC 2045 6.8
    """
    body = _uneven(entity)
    if not body.strip():
        return
    lines = _lines(body)
    longest = max(map(len, lines))
    if longest > _WIDTH:
        at = 0
        for line in lines:
            if len(line) > _WIDTH:
                break
            at = body.find(b"\n", at) + 1
        count = sum([len(line) > _WIDTH for line in lines])
        text = f"a line of base64 has {len(line)} characters; it has at most {_WIDTH}"
        text += f" ({count} lines, the longest {longest})" if count > 1 else ""
        yield entity.body_hit(text, at, at + len(line), _wrapped(entity, body))


@rule("E014", severity="info", looks_at="part", marks=["base64"], reference="RFC 2045 6.8", fix="safe")
def base64_blank_or_ragged(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    The lines of a base64 body before the last are not all of one length, or one is empty.

    Why it matters: filters take such a body for one that was made to hide something.

    Bad:
        Content-Transfer-Encoding: base64

        SGVsbG8gSsO2
        cmcK
        SGVsbG8gSsO2cmcK

    Good:
        Content-Transfer-Encoding: base64

        SGVsbG8gSsO2cmcKSGVsbG8gSsO2cmcK

    References: RFC 2045 6.8
    """
    body = _uneven(entity)
    if not body.strip():
        return
    lines = _lines(body)
    sizes = list(map(len, lines))
    width = sizes[0]
    if max(sizes) > _WIDTH:  # E013
        return
    odd = next((number for number, size in enumerate(sizes[:-1]) if size != width or not size), len(sizes) - 1)
    if odd == len(sizes) - 1 and sizes[odd] <= width:
        return
    at = sum(map(len, body.split(b"\n")[:odd])) + odd
    size = sizes[odd]
    text = f"a line of base64 has {size} characters, the first {width}" if size else "an empty line stands in base64"
    yield entity.body_hit(text, at, at + size, _wrapped(entity, body))


@rule("E015", severity="info", looks_at="text", marks=["base64"], reference="RFC 2045 6", fix="safe")
def base64_needless(text: Text, _: Context) -> Iterator[Hit]:
    """
    A text is transferred in base64 and could go as it is.

    Why it matters: filters count it as an attempt to hide the words, and it is a third longer.

    Bad:
        Content-Transfer-Encoding: base64

        SGVsbG8gSm9obgo=

    Good:
        Content-Transfer-Encoding: 7bit

        Hello John

    References: RFC 2045 6
    """
    entity = text.entity
    part = entity.part
    if part.transfer_encoding != "base64":
        return
    octets = part.decoded()
    # A shorter octet-for-octet form of a file is not wanted: its line ends are its own.
    if not octets.isascii() or b"\x1b" in octets or part.filename is not None or not octets:
        return
    lines = plain.to_crlf(octets)
    if transfer.choose(lines, text=True, transport="7bit") == "7bit":
        flaws: list[Flaw] = []
        part.decoded(flaws)  # what can be read in two ways must not be written in one
        fix = None if flaws else edits.reencoded(entity, "transfer it as 7bit", lines, "7bit")
        yield entity.hit("the text is ASCII and needs no base64", fix)


@rule("E016", fix="safe")
def base64_trailing_bits(mail: Mail, hit: Hit) -> Fix | None:
    """
    The last character of a base64 body has bits that belong to no octet and are not zero.

    Why it matters: strict decoders refuse it, and two different bodies say the same, which scanners can be fooled by.

    Bad:
        Content-Transfer-Encoding: base64

        R3LDvMOfZQp=

    Good:
        Content-Transfer-Encoding: base64

        R3LDvMOfZQo=

    References: RFC 4648 3.5
    """
    return _encoded_anew(mail, hit)
