"""
Rules about the header section: its octets, its lines, and what is a field at all (family H, H001 to H020).

RFC 5322 2.1 to 2.3 and 3.6.8, and the common damage of RFC 7103 7.  Most of it the parser finds; these are its pages.

    octets, parts -> hits

May import: the core, `lint`.  Imported by: `lint.rules.addresses_domains`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.errors import HeaderError
from mimekit.finding import Fix
from mimekit.headers import names
from mimekit.lint import makers_headers  # noqa: F401 - its examples
from mimekit.lint.rule import rule
from mimekit.lint.rules import headers_edits as edits
from mimekit.lint.rules.mime_edits import field_at
from mimekit.reencode import fitting_field

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity, Field, Mail

__all__ = ["came_by_smtputf8"]

_HIGH = re.compile(rb"[\x80-\xff](?:[^\n\0]*[\x80-\xff])?")
_MOST_OCTETS = 102_400  # Postfix: header_size_limit


@rule("H001", fix="safe")
def bare_lf(mail: Mail, _: Hit) -> Fix | None:
    r"""
    A line ends in LF where the others end in CRLF, or any line of a message that goes on the wire.

    Why it matters: servers read such a line end in different ways, which lets a second message hide in the first (SMTP
    smuggling), and some refuse the message.

    Bad:
        Subject: Hello\nX-Note: one

    Bad:
        @wire
        @lf
        Subject: Hello

    Good:
        Subject: Hello
        X-Note: one

    References: RFC 5322 2.3; RFC 5321 2.3.8; RFC 7103 6
    """
    return edits.ends_crlf(mail)


@rule("H002", fix="safe")
def bare_cr(mail: Mail, _: Hit) -> Fix | None:
    r"""
    A CR stands without the LF that makes a line end of it.

    Why it matters: some servers end the line there and others do not, so that two of them see different fields, or a
    different end of the message; strict ones refuse it.

    Bad:
        X-Note: one\r two

    Good:
        X-Note: one two

    References: RFC 5322 2.3; RFC 7103 6
    """
    return edits.without_bare_cr(mail)


@rule("H003", fix="unsafe")
def nul_octet(mail: Mail, hit: Hit) -> Fix | None:
    r"""
    There is an octet 0 in a header, or in a body that is not declared binary.

    Why it matters: programs written in C end their text there and lose the rest, so filters and readers may see two
    different messages; many servers refuse it.

    Bad:
        X-Note: one\x00two

    Good:
        X-Note: one two

    References: RFC 5322 4.1; RFC 2045 2.7, 2.8
    """
    return edits.without_nul(mail, hit)


@rule(
    "H007", severity="error", looks_at="part", marks=["odd header"], reference="RFC 5322 2.2; RFC 6531 3.6", fix="safe"
)
def raw_8bit_header(entity: Entity, context: Context) -> Iterator[Hit]:
    r"""
    A field holds octets above 127, and the message is not one that may have UTF-8 in its header.

    Why it matters: without SMTPUTF8 a header is ASCII; servers on the way refuse the message, cut the octets or guess
    a charset, and readers show garbage.

    Bad:
        Subject: Gr\xc3\xbc\xc3\x9fe

    Good:
        Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=

    References: RFC 5322 2.2; RFC 6531 3.6; RFC 7103 7.7
    """
    if context.smtputf8 or entity.part.headers.is_ascii or _is_global(entity) or came_by_smtputf8(entity.mail):
        return
    for field in entity.fields:
        for start, end, octets in () if field.raw.isascii() else _high(field):
            text = f"{field.name} has {octets} octet{'s' * (octets > 1)} that {'are' if octets > 1 else 'is'} not ASCII"
            yield field.hit(text, start, end, _encoded(field))


def _high(field: Field) -> Iterator[tuple[int, int, int]]:
    """Yield where octets over 127 are, and how many; by themselves those in domains, which A012 is about."""
    raw = field.raw
    inside = bytearray(len(raw))
    outside = bytearray(raw)
    for address in field.addresses if field.info.kind in names.ADDRESS_KINDS else ():
        if not address.domain.isascii():
            at = raw.find(b"@", address.start, address.end) + 1
            inside[at : address.end] = raw[at : address.end]
            outside[at : address.end] = bytes(address.end - at)
    for octets in (bytes(outside), bytes(inside)):
        if (found := _HIGH.search(octets)) is not None:
            yield *found.span(), sum([octet > 127 for octet in octets[:1000]])


def came_by_smtputf8(mail: Mail) -> bool:
    """Tell whether a message that was received is one that only SMTPUTF8 carries, by its addresses (RFC 6531 3.2)."""
    if not mail.context.options.get("received"):
        return False
    boxes = [one.mailbox for one in mail.addresses]
    return any([box is not None and not box.local_part.isascii() for box in boxes])


def _is_global(entity: Entity) -> bool:
    """Tell whether the part is inside a message/global, whose headers are UTF-8 (RFC 6532 3.7)."""
    above = entity.parent
    while above is not None:
        if above.part.content_type.essence.startswith("message/global"):
            return True
        above = above.parent
    return False


def _encoded(field: Field) -> Fix | None:
    """Write the field anew with encoded words, where its octets are UTF-8 and its kind has a place for them."""
    line = field.name.encode("latin-1") + b":" + field.raw
    try:
        field.raw.decode()
        made = fitting_field(line, field.entity.part.headers, "7bit").removesuffix(b"\r\n")
    except (HeaderError, UnicodeDecodeError):
        return None
    if field.entity.mail.line_end == b"\n":
        made = made.replace(b"\r\n", b"\n")
    return Fix("write encoded words", (field.start, field.end, made))


@rule("H008", supersedes=["H007"], fix="unsafe")
def header_not_utf8(mail: Mail, hit: Hit) -> Fix | None:
    r"""
    A field holds octets above 127 that are not UTF-8.

    Why it matters: nothing says which charset they are in, so every reader guesses, and a server that carries UTF-8
    headers refuses them.

    Bad:
        Subject: Gr\xfc\xdfe

    Good:
        Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=

    References: RFC 6532 3.1; RFC 5198 2
    """
    return edits.written_anew(mail, hit)


@rule("H009", fix="unsafe")
def control_char_in_header(mail: Mail, hit: Hit) -> Fix | None:
    r"""
    A field holds a control character.

    Why it matters: none but the tab is allowed there; terminals obey it, readers drop it or end the value, and filters
    take it for a sign of spam.

    Bad:
        Subject: Order\x0710482

    Good:
        Subject: Order 10482

    References: RFC 5322 2.2, 4.1
    """
    return edits.without_controls(mail, hit)


@rule("H010", implies=["H015", "M035"])
def field_name_syntax() -> None:
    r"""
    A field has no name, or one with blanks or other octets in it that are not printable ASCII.

    Why it matters: most readers take the line for no field and some for the end of the header, so that the fields after
    it become text.

    Bad:
        Subject: Your order\r\n: nameless

    Bad:
        X-Gr\xc3\xb6\xc3\x9fe: 10

    Bad:
        Order Number: 10482
        X-Note: one

    Bad:
        Order Number: 10482

    Good:
        X-Groesse: 10

    References: RFC 5322 2.2, 3.6.8
    """


@rule("H011", fix="safe")
def space_before_colon(mail: Mail, hit: Hit) -> Fix | None:
    r"""
    There is white space between the name of a field and its colon.

    Why it matters: some readers take it for the field of that name and others for none, so a second From or Subject can
    be shown to one of them only.  Nobody may write it any more.

    Bad:
        X-Note : one

    Good:
        X-Note: one

    References: RFC 5322 4.5; RFC 7103 7.3
    """
    return Fix("take the white space out", (hit.start, hit.end, b"")) if field_at(mail, hit.start) else None


@rule("H012")
def non_header_line() -> None:
    r"""
    A line among the fields is neither a field, nor the continuation of one, nor the empty line that ends the header.

    Why it matters: readers skip it, join it to the field above, or end the header there, and then the other fields
    stand in the text.

    Bad:
        Subject: Your order\r\n10482 has left

    Good:
        Subject: Your order
         10482 has left

    References: RFC 7103 7.2
    """


@rule("H013", fix="unsafe")
def leading_continuation(mail: Mail, hit: Hit) -> Fix | None:
    r"""
    The header begins with a continuation line: white space, and no field above it.

    Why it matters: some readers drop the line, some read a field there, so that they show different senders.

    Bad:
        @raw
         X-Note: one
        Date: Tue, 24 Nov 2026 03:30:00 +0000
        From: Jane Doe <jane@shop.example>
        To: John Roe <john@customer.example>
        Subject: Your order 10482
        Message-ID: <20261124033000.7f3a9c2e@shop.example>

        Hello John

    Good:
        X-Note: one

    References: RFC 5322 2.2.3, 3.5
    """
    return edits.no_line(mail, hit, "take the line out", is_safe=False)


@rule("H014", fix="safe")
def whitespace_only_fold(mail: Mail, hit: Hit) -> Fix | None:
    r"""
    A continuation line of a field holds nothing but white space.

    Why it matters: many readers take it for the empty line that ends the header, and show the rest of it as text.

    Bad:
        X-Note: one\r\n \r\n two

    Good:
        X-Note: one
         two

    References: RFC 5322 3.2.2, 4.2
    """
    return edits.without_blank_folds(mail, hit)


@rule("H015", fix="unsafe")
def missing_blank_line(mail: Mail, hit: Hit) -> Fix | None:
    r"""
    The text begins without an empty line after the header.

    Why it matters: readers decide in different ways where the header ends; text that looks like a field is lost in it.

    Bad:
        X-Note: one
        Hello John

    Good:
        X-Note: one

        Hello John

    References: RFC 5322 2.1, 3.5
    """
    return Fix("end the header", (hit.start, hit.start, mail.line_end), is_safe=False)


@rule("H016", fix="safe")
def mbox_from_line(mail: Mail, hit: Hit) -> Fix | None:
    r"""
    A line that begins with ``From`` and a space, as mbox files divide messages by, stands in the header.

    Why it matters: it belongs to the file and not to the message; many readers end the header there, and servers refuse
    the message.

    Bad:
        @raw
        From jane@shop.example Tue Nov 24 03:30:00 2026
        Date: Tue, 24 Nov 2026 03:30:00 +0000
        From: Jane Doe <jane@shop.example>
        To: John Roe <john@customer.example>
        Subject: Your order 10482
        Message-ID: <20261124033000.7f3a9c2e@shop.example>

        Hello John

    Good:
        From: Jane Doe <jane@shop.example>

    References: RFC 4155 A; RFC 7103 7.2
    """
    return edits.no_line(mail, hit, "take the line out")


@rule("H020", severity="warning", reference="Postfix header_size_limit")
def header_section_too_large(mail: Mail, context: Context) -> Iterator[Hit]:
    """
    The header section is larger than 100 KiB (option ``max-header-bytes``).

    Why it matters: Postfix cuts a larger one, so that fields and recipients are lost, and other servers refuse it.

    Bad:
        @make header_of_110_kib

    Good:
        X-Note: one

    References: Postfix, header_size_limit
    """
    size = mail.header_end - mail.root.start
    most = context.options.get("max-header-bytes", _MOST_OCTETS)
    if size > most:
        text = f"the header section has {size} octets; many servers take no more than {most}"
        yield mail.hit(text, mail.root.start + most, mail.header_end)
