r"""
Rules about local parts and whole addresses (family A): lengths, quotes, characters, old relay syntax.

RFC 5322 3.4.1 and RFC 5321 4.1.2 say what a local part is, RFC 5321 4.5.3.1 how long, RFC 6531 which may be Unicode.

    addresses -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.lint.rule import rule
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.headers.address import Mailbox
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Address

__all__: list[str] = []

_MAX_LOCAL_PART = 64  # octets, RFC 5321 4.5.3.1.1
_MAX_ADDRESS = 254  # octets: a path has 256 with its brackets (RFC 5321 4.5.3.1.3)
_QUOTED = re.compile(rb'"((?:[^"\\\r\n]|\\.)*+)"(?=@)')


def _spelled(mailbox: Mailbox) -> str:
    """Give the local part as an addr-spec has it, in quotes where it needs them."""
    return mailbox.address[: -len(mailbox.domain) - 1]


@rule("A002", severity="error", looks_at="address", marks=["odd"], reference="RFC 5321 4.5.3.1.1")
def local_part_too_long(address: Address, _: Context) -> Iterator[Hit]:
    """
    A local part has over 64 octets.

    Why it matters: servers need not take more, and many refuse the address.

    Bad:
        To: the-department-for-orders-and-for-returns-and-for-questions-of-all-kinds@customer.example

    Good:
        To: orders@customer.example

    References: RFC 5321 4.5.3.1.1
    """
    mailbox = address.mailbox
    if mailbox is not None and len(mailbox.local_part) > _MAX_LOCAL_PART // 4:
        octets = len(_spelled(mailbox).encode("utf-8", "replace"))
        if octets > _MAX_LOCAL_PART:
            text = f"local part {show(mailbox.local_part)} has {octets} octets; the limit is {_MAX_LOCAL_PART}"
            yield address.hit(text)


@rule(
    "A004",
    severity="error",
    looks_at="address",
    marks=["odd"],
    reference="RFC 5321 4.5.3.1.3; RFC 3696 erratum 1690",
    implies=["A002", "A003"],
)
def path_too_long(address: Address, _: Context) -> Iterator[Hit]:
    """
    An address has over 254 octets.

    Why it matters: a path in SMTP has 256 at most, its brackets among them.

    Bad:
        @make long_address 255

    Good:
        @make long_address 254

    References: RFC 5321 4.5.3.1.3; RFC 3696 erratum 1690
    """
    mailbox = address.mailbox
    if mailbox is not None and len(mailbox.local_part) + len(mailbox.domain) > _MAX_ADDRESS // 4:
        octets = len(mailbox.address.encode("utf-8", "replace"))
        if octets > _MAX_ADDRESS:
            yield address.hit(f"{show(mailbox.address)} has {octets} octets; the limit is {_MAX_ADDRESS}")


@rule("A011", severity="warning", looks_at="address", marks=["odd"], reference="RFC 6531 3.3", implies=["H007", "E070"])
def non_ascii_local_part(address: Address, context: Context) -> Iterator[Hit]:
    """
    A local part is not ASCII.

    Why it matters: every server on the way has to know SMTPUTF8; one that does not sends the message back.

    Bad:
        @smtputf8
        To: jörg@customer.example

    Good:
        To: joerg@customer.example

    References: RFC 6531 3.3
    """
    mailbox = address.mailbox
    if mailbox is not None and not mailbox.local_part.isascii():
        text = f"local part {show(mailbox.local_part)} is not ASCII, which only SMTPUTF8 carries"
        yield address.hit(text, severity="info" if context.smtputf8 else None)


@rule("A015", severity="warning", looks_at="address", marks=["odd"], reference="RFC 5322 3.4.1", fix="safe")
def needless_quoted_local(address: Address, _: Context) -> Iterator[Hit]:
    """
    A local part stands in quotes and needs none.

    Why it matters: it is the same address, but many programs compare the spelling, or refuse quotes.

    Bad:
        To: "john.roe"@customer.example

    Good:
        To: john.roe@customer.example

    References: RFC 5322 3.4.1
    """
    mailbox = address.mailbox
    if mailbox is None or b'"@' not in address.field.raw:
        return
    found = _QUOTED.search(address.field.raw, address.before, max(address.start, address.end))
    if found is None or _spelled(mailbox)[:1] == '"':
        return
    if found[1].replace(b"\\", b"") != mailbox.local_part.encode("utf-8", "replace"):
        return
    fix = address.field.replacing("leave out the quotes", mailbox.local_part.encode(), *found.span())
    yield address.field.hit(f"local part {show(found[0].decode('latin-1'))} needs no quotes", *found.span(), fix)


@rule("A016", severity="info", looks_at="address", marks=["odd"], reference="RFC 5321 4.1.2")
def quoted_local(address: Address, _: Context) -> Iterator[Hit]:
    """
    A local part needs quotes, for it holds spaces or other characters that no word has.

    Why it matters: it is legal, but many web forms, servers and sending services refuse it.

    Bad:
        To: "john roe"@customer.example

    Good:
        To: john.roe@customer.example

    References: RFC 5321 4.1.2; RFC 5322 3.4.1
    """
    mailbox = address.mailbox
    if mailbox is not None and address.field.raw[address.start : address.start + 1] == b'"':
        spelling = _spelled(mailbox)
        if spelling[:1] == '"' and mailbox.address.encode("utf-8", "replace") == _written(address):
            yield address.hit(f"local part {show(spelling)} needs quotes, which many systems refuse")


def _written(address: Address) -> bytes:
    return address.field.raw[address.start : address.end]


@rule("A021", severity="info", looks_at="address", reference="RFC 5321 3.6.1, App. C", profiles=["strict"])
def percent_or_bang_route(address: Address, _: Context) -> Iterator[Hit]:
    """
    A local part has a ``%`` or a ``!``, by which mail was once routed from host to host.

    Why it matters: old servers may still follow the route; others refuse such addresses, since relays were abused so.

    Bad:
        To: john%customer.example@relay.example

    Good:
        To: john@customer.example

    References: RFC 5321 3.6.1, C
    """
    mailbox = address.mailbox
    if mailbox is not None and ("%" in mailbox.local_part or "!" in mailbox.local_part):
        yield address.hit(f"local part {show(mailbox.local_part)} looks like a route")
