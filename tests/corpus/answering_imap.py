"""
FETCH answers, made of what we read: ENVELOPE, BODY, sections and decoded sections (RFC 3501 7.4.2, RFC 3516).

What an IMAP server would say of a message, in the shape in which `reading_imaptest` gives an expectation: a string is
octets, a number or NIL is `str`, a list is a tuple.

    a message -> values
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit import Group, Mailbox
from mimekit.wire.fold import unfold

if TYPE_CHECKING:
    from mimekit import AddressList, Message, Part
    from tests.corpus.reading_imaptest import Value

__all__ = ["body", "decoded", "envelope", "part_at", "section", "section_of_length"]

NIL = "NIL"
_ITEM = re.compile(
    r"(?P<name>[a-z0-9.]+?)(?:\.peek)?(?P<section>\[[^\]]*\])?(?:<(?P<origin>\d+)(?:\.(?P<octets>\d+))?>)?"
)
_SECTION = re.compile(
    r"""(?x)
        (?P<number> \d+(?:\.\d+)* )? \.?
        (?P<what> header\.fields\.not | header\.fields | header | text | mime )?
        (?: \ \( (?P<names>.*) \) )?
    """
)


def part_at(message: Message, number: str) -> Part:
    """Give the part of that number."""
    return {part.number: part for part in message.parts}[number]


# -- ENVELOPE


def envelope(message: Message) -> Value:
    """Give the ENVELOPE: an absent or empty Sender or Reply-To is the From field."""
    headers = message.headers
    writers = _addresses(message.from_)
    return (
        _string(headers.raw("Date")),
        _string(headers.raw("Subject")),
        writers,
        writers if message.sender is None else (_address(message.sender),),
        _addresses(message.reply_to) if message.reply_to.entries else writers,
        _addresses(message.to),
        _addresses(message.cc),
        _addresses(message.bcc),
        _string(headers.raw("In-Reply-To")),
        _string(headers.raw("Message-ID")),
    )


def _string(raw: bytes | None) -> Value:
    return NIL if raw is None else unfold(raw).strip()


def _addresses(found: AddressList) -> Value:
    """Give address structures; a group is its name, its members, and an end (RFC 3501 7.4.2)."""
    made: list[Value] = []
    for entry in found.entries:
        if isinstance(entry, Mailbox):
            made.append(_address(entry))
        elif isinstance(entry, Group):
            made.append((NIL, NIL, entry.display_name.encode(), NIL))
            made += [_address(mailbox) for mailbox in entry.mailboxes]
            made.append((NIL, NIL, NIL, NIL))
    return tuple(made) or NIL


def _address(mailbox: Mailbox) -> Value:
    name = mailbox.display_name.encode() or NIL
    return name, NIL, mailbox.local_part.encode(), mailbox.domain.encode()


# -- BODY


def body(part: Part, *, extended: bool = False, converted: bool = False) -> Value:
    """
    Give the BODY of a part, strings in lower case; *extended* as BODYSTRUCTURE has it for one that says no more.

    *converted* describes the part without its transfer encoding (RFC 5524).
    """
    kind = part.content_type
    if part.children:
        return (*[body(child) for child in part.children], kind.subtype.encode())
    parameters = tuple([text.encode() for pair in kind.parameters for text in pair])
    octets = part.content if converted else part.raw_body
    encoding = _string(part.headers.raw("Content-Transfer-Encoding"))
    described: list[Value] = [
        kind.maintype.encode(),
        kind.subtype.encode(),
        parameters or NIL,
        _string(part.headers.raw("Content-ID")),
        _string(part.headers.raw("Content-Description")),
        b"7bit" if encoding == NIL or (converted and part.transfer_encoding is not None) else encoding,
        str(len(octets)),
    ]
    if kind.maintype == "text":
        described.append(str(octets.count(b"\n")))
    return (*described, *[NIL] * (4 * extended))


# -- sections


def section_of_length(wanted: str) -> tuple[str, str, int, int | None]:
    """Split `body.peek[text]<0.3>` into name, section with its brackets, first octet and number of octets."""
    match = _ITEM.fullmatch(wanted.lower())
    assert match, wanted
    octets = match["octets"]
    return match["name"], match["section"] or "", int(match["origin"] or 0), None if octets is None else int(octets)


def section(message: Message, wanted: str) -> bytes:
    """Give the octets of a section as it stands between the brackets (RFC 3501 6.4.5)."""
    match = _SECTION.fullmatch(wanted.lower())
    assert match, wanted
    number, what = match["number"], match["what"] or ""
    if number is None and not what:
        return message.to_bytes()
    part = message.root if number is None else part_at(message, number)
    if not what:
        return part.raw_body
    if what == "mime":
        return _header(part)
    inner = part if number is None else part.embedded
    assert inner is not None, f"{wanted}: {number} holds no message"
    if what == "text":
        return inner.raw_body
    if what == "header":
        return _header(inner)
    names = set((match["names"] or "").split())
    lines = [
        line.removesuffix(b"\r")
        for line, key in inner.headers.lines()
        if (key.decode() in names) == (what == "header.fields")
    ]
    return b"".join([line + b"\r\n" for line in [*lines, b""]])


def _header(part: Part) -> bytes:
    """Give the header with the empty line after it."""
    return part.raw[: part.body_start - part.start]


def decoded(message: Message, number: str) -> Value:
    """Give a section without its transfer encoding, or NIL when that is unknown (RFC 3516 4.2)."""
    if not number:
        return message.to_bytes()
    part = part_at(message, number)
    return NIL if part.transfer_encoding is None else part.content
