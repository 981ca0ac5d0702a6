r"""
Rules about who stands in the address fields (family A): authors, groups, the same person twice, too many of them.

RFC 5322 3.6.2 and 3.6.3, RFC 6854 for groups of authors, RFC 5321 4.5.3.1.8 for the number of recipients.

    address fields -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.codecs import domain as domains
from mimekit.headers.address import AddressList, Group
from mimekit.lint.rule import rule
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Fix
    from mimekit.headers.address import Mailbox
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Address, Field, Mail

__all__: list[str] = []

_RECIPIENTS = frozenset({"to", "cc", "bcc"})
_MOST = 100  # RFC 5321 4.5.3.1.8
_BEFORE = re.compile(rb"[ \t\r\n>]*+,")
_AFTER = re.compile(rb"([ \t\r\n]*+>?)[ \t\r\n]*+(?:(,)[ \t\r\n]*+|\Z)")


@rule("A028", severity="warning", looks_at="field", names=["from"], reference="RFC 5322 3.6.2")
def multiple_from(field: Field, _: Context) -> Iterator[Hit]:
    """
    From has more than one mailbox.

    Why it matters: it is legal beside a Sender, but large providers refuse or distrust it, for DMARC knows one author.

    Bad:
        From: jane@shop.example, max@shop.example
        Sender: jane@shop.example

    Good:
        From: jane@shop.example
        Reply-To: jane@shop.example, max@shop.example

    References: RFC 5322 3.6.2; RFC 7489 6.6.1
    """
    if field.is_top and field.raw.count(b"@") > 1:
        found = AddressList.parse(field.raw)
        if len(found) > 1:
            yield field.hit(f"From has {len(found)} mailboxes; many receivers want one")


@rule(
    "A029",
    severity="warning",
    looks_at="field",
    names=["from", "sender"],
    needs=b":",
    reference="RFC 6854 3",
    implies=["A033"],
)
def group_in_originator(field: Field, _: Context) -> Iterator[Hit]:
    """
    From or Sender is a group.

    Why it matters: RFC 6854 allows it for rare cases only; readers that do not know it show another author or none,
    and forgers use that.

    Bad:
        From: Shop: jane@shop.example;

    Good:
        From: Shop <jane@shop.example>

    References: RFC 6854 2, 3
    """
    if field.is_top and b":" in field.raw:
        for entry in AddressList.parse(field.raw).entries:
            if isinstance(entry, Group):
                yield field.hit(f"{field.name} is the group {show(entry.display_name)}")


@rule("A034", severity="info", reference="-", fix="safe")
def duplicate_recipient(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    The same address stands twice in To, Cc and Bcc.

    Why it matters: the recipient gets the message once or twice, as the servers like, and it looks careless.

    Bad:
        To: John Roe <john@customer.example>
        Cc: john@Customer.example

    Good:
        To: John Roe <john@customer.example>

    References: -
    """
    recipients = [address for address in mail.addresses if address.field.key in _RECIPIENTS]
    if len(recipients) == 1:
        return
    seen: dict[tuple[str, str], Mailbox] = {}
    counts: dict[int, int] = {}
    for address in recipients:
        counts[address.field.start] = counts.get(address.field.start, 0) + 1
    for address in recipients:
        mailbox = address.mailbox
        if mailbox is None:
            continue
        key = (mailbox.local_part, domains.key(mailbox.domain))
        if key not in seen:
            seen[key] = mailbox
            continue
        says_more = mailbox.display_name not in ("", seen[key].display_name)
        is_alone = counts[address.field.start] == 1
        fix = None if says_more or address.group is not None else _without(address, is_alone=is_alone)
        yield address.hit(f"{show(mailbox.address)} is a recipient already", fix)


def _without(address: Address, *, is_alone: bool) -> Fix | None:
    """Give the fix that takes an entry out of its field, and the field out when nothing else is in it."""
    text = "leave out the second one"
    field, raw = address.field, address.field.raw
    after = _AFTER.match(raw, address.end)
    if after is None:
        return None
    if is_alone:
        return field.removing(text)
    comma = _BEFORE.match(raw, address.before) if address.before else None
    if comma is not None:
        return field.replacing(text, b"", comma.end() - 1, after.end(1))
    return None if address.before or after[2] != b"," else field.replacing(text, b" ", 0, after.end())


@rule("A042", marks=["reply-to"], severity="info", reference="-")
def reply_to_equals_to(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    Reply-To names a recipient of To.

    Why it matters: one who answers writes to the recipients, and the author may never see it.

    Bad:
        To: orders@shop.example
        Reply-To: orders@shop.example

    Good:
        To: orders@shop.example
        Reply-To: jane@shop.example

    References: RFC 5322 3.6.2
    """
    named = mail.root.named
    if "reply-to" not in named or "list-id" in named or "list-post" in named:
        return  # a mailing list may want the answers
    to = {_key(address) for address in mail.addresses if address.field.key == "to"}
    for address in mail.addresses:
        if address.field.key == "reply-to" and address.mailbox is not None and _key(address) in to:
            yield address.hit(f"{show(address.mailbox.address)} is a recipient of To as well")


def _key(address: Address) -> tuple[str, str] | None:
    mailbox = address.mailbox
    return None if mailbox is None else (mailbox.local_part, domains.key(mailbox.domain))


@rule("A043", severity="info", reference="RFC 5321 4.5.3.1.8", implies=["B015", "S002"])
def too_many_recipients(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    The message has over 100 recipients.

    Why it matters: that is what each server has to take at once; of more it may refuse some.

    Bad:
        @make recipients 101

    Good:
        @make recipients 100

    References: RFC 5321 4.5.3.1.8
    """
    if mail.envelope is not None:
        count = len(mail.envelope.rcpt_to)
        if count > _MOST:
            yield mail.absent(f"the envelope has {count} recipients; a server has to take {_MOST}")
        return
    listed = [address for address in mail.addresses if address.field.key in _RECIPIENTS]
    if len(listed) > _MOST:
        yield listed[0].field.line_hit(f"there are {len(listed)} recipients; a server has to take {_MOST}")
