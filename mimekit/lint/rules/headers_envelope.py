"""
Rules about what the header says of the recipients and what the envelope does (family H, H120 and H121).

RFC 5321 2.3.1 keeps the two apart, so they may differ: a blind copy, a list, one delivery of several.  A recipient who
is shown and forgotten looks the same from one delivery, so a guess is an info.

    message, envelope -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.addressing import address_key
from mimekit.lint.rule import rule
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Address, Mail

__all__: list[str] = []

_SHOWN = 3  # addresses that a sentence names


def _shown(mail: Mail) -> dict[str, Address]:
    """Give who is shown as a recipient, by key: of a message that was sent again, those of its newest Resent block."""
    said = mail.message.addressing
    names = {name.lower() for name, _ in said.recipients}
    meant = {address_key(box.address) for _, listed in said.recipients for box in listed}
    found: dict[str, Address] = {}
    for address in mail.addresses:
        if address.field.key in names and address.mailbox is not None:
            key = address_key(address.mailbox.address)
            if key in meant:
                found.setdefault(key, address)
    return found


def _served(mail: Mail) -> dict[str, str]:
    return {} if mail.envelope is None else {address_key(address): address for address in mail.envelope.rcpt_to}


def _is_of_list(mail: Mail) -> bool:
    """Whether a mailing list sends it: To names the list, and the envelope its members."""
    return mail.field("list-id") is not None or mail.field("list-post") is not None


def _named(addresses: list[str]) -> str:
    more = f" and {len(addresses) - _SHOWN:,} more" if len(addresses) > _SHOWN else ""
    return ", ".join([show(address) for address in addresses[:_SHOWN]]) + more


@rule("H120", severity="warning", looks_at="envelope", reference="RFC 5321 2.3.1; RFC 5322 3.6.3")
def recipient_not_served(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A recipient whom To, Cc or Bcc names is not in the envelope, which serves others of them.

    Why it matters: everybody thinks that this one has the message too; the envelope alone decides, and the server is
    not told.  It is a warning where the envelope serves everybody of To and nobody of another field: a Cc that was
    forgotten.  Elsewhere it is an info, since a delivery to one recipient, or to a part of them, looks the same; a copy
    for people who are not named at all, and what a mailing list sends, are not looked at.

    Bad:
        @envelope jane@shop.example john@customer.example max@customer.example
        To: John Roe <john@customer.example>, Max Poe <max@customer.example>
        Cc: Ann Poe <ann@partner.example>

    Bad:
        @envelope jane@shop.example john@customer.example
        To: John Roe <john@customer.example>, Max Poe <max@customer.example>

    Good:
        @envelope jane@shop.example john@customer.example ann@partner.example
        To: John Roe <john@customer.example>
        Cc: Ann Poe <ann@partner.example>

    Good:
        @envelope jane@shop.example boss@shop.example
        To: John Roe <john@customer.example>

    References: RFC 5321 2.3.1; RFC 5322 3.6.3
    """
    served, shown = _served(mail), _shown(mail)
    missing = [address for key, address in shown.items() if key not in served]
    open_ones = [key for key, address in shown.items() if not address.field.key.endswith("bcc")]
    if not missing or _is_of_list(mail) or (open_ones and not any([key in served for key in open_ones])):
        return  # a copy for others, such as blind recipients
    by_field: dict[str, set[bool]] = {}
    for key, address in shown.items():
        by_field.setdefault(address.field.key.removeprefix("resent-"), set()).add(key in served)
    is_forgotten = len(served) > 1 and by_field.pop("to", None) == {True} and {False} in by_field.values()
    fields = ", ".join(dict.fromkeys([address.field.name for address in missing]))
    verb = "name" if "," in fields else "names"
    addresses = [address.mailbox.address for address in missing if address.mailbox is not None]
    text = f"{fields} {verb} {_named(addresses)}, whom the envelope does not serve"
    yield missing[0].hit(text, None, None if is_forgotten else "info")


@rule("H121", severity="info", looks_at="envelope", profiles=("strict",), reference="rspamd FORGED_RECIPIENTS")
def recipient_not_shown(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A recipient of the envelope is named by no field, and nothing tells of blind copies.

    Why it matters: it is how a blind copy goes, and how one address too many in a list of recipients does; nobody who
    reads the message sees it.  Filters count a message that does not name whom it came to.  An empty Bcc field says
    that there are blind copies, and a group of nobody in To that nobody is named.

    Bad:
        @envelope jane@shop.example john@customer.example boss@shop.example
        To: John Roe <john@customer.example>

    Good:
        @envelope jane@shop.example john@customer.example
        To: John Roe <john@customer.example>

    Good:
        @envelope jane@shop.example john@customer.example boss@shop.example
        To: John Roe <john@customer.example>
        Bcc:

    References: RFC 5321 7.2; RFC 5322 3.6.3; rspamd FORGED_RECIPIENTS
    """
    if _is_of_list(mail) or mail.field("bcc") is not None or mail.field("resent-bcc") is not None:
        return
    served, shown = _served(mail), _shown(mail)
    blind = {address_key(box.address) for box in mail.given.bcc} if mail.given is not None else set()
    hidden = [address for key, address in served.items() if key not in shown and key not in blind]
    to = mail.field("to")
    if hidden and (shown or to is None or not to.raw.rstrip(b" \t\r\n").endswith(b";")):
        yield mail.absent(f"the envelope serves {_named(hidden)}, and no field names them")
