"""
Rules about values that programs act on: automatic mail, priorities, languages, receipts, lists (H223 to H230).

RFC 3834, RFC 2156, RFC 5646, RFC 8098, RFC 2369, RFC 2919.

    fields -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.addressing import address_key
from mimekit.headers import names
from mimekit.lint.rule import rule
from mimekit.lint.rules import headers_edits as edits
from mimekit.lint.rules.headers_counts import mailboxes
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Fix
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Field, Mail

__all__: list[str] = []

_COMMENT = re.compile(rb"\([^()\\]*+\)")
_AUTO = re.compile(rb"([!#$%&'*+\-.0-9A-Z^_`a-z{|}~]++)[ \t\r\n]*+(?:;|\Z)")
_AUTOMATIC = frozenset({b"no", b"auto-generated", b"auto-replied", b"auto-notified"})
_PRECEDENCES = frozenset({b"bulk", b"list", b"junk"})
_PRIORITIES = {
    "x-priority": ("1 to 5", frozenset({b"1", b"2", b"3", b"4", b"5"})),
    "importance": ("low, normal or high", frozenset({b"low", b"normal", b"high"})),
    "priority": ("normal, urgent or non-urgent", frozenset({b"normal", b"urgent", b"non-urgent"})),
}
_MEANT = {  # words of one of the three in another
    "x-priority": {b"high": b"1", b"urgent": b"1", b"normal": b"3", b"low": b"5", b"non-urgent": b"5"},
    "importance": {b"urgent": b"high", b"non-urgent": b"low", b"medium": b"normal"},
    "priority": {b"high": b"urgent", b"low": b"non-urgent", b"medium": b"normal"},
}
#   Language-Tag = langtag / privateuse / grandfathered                      RFC 5646 2.1
_TAG = re.compile(
    rb"(?i)(?:(?:[a-z]{2,3}(?:-[a-z]{3}(?![a-z0-9])){0,3}+|[a-z]{4,8})(?:-[a-z]{4}(?![a-z0-9]))?+"
    rb"(?:-(?:[a-z]{2}|[0-9]{3})(?![a-z0-9]))?+"
    rb"(?:-(?:[a-z0-9]{5,8}|[0-9][a-z0-9]{3}))*+(?:-[0-9a-wy-z](?:-[a-z0-9]{2,8})++)*+(?:-x(?:-[a-z0-9]{1,8})++)?+"
    rb"|x(?:-[a-z0-9]{1,8})++|en-gb-oed|i-(?:ami|bnn|default|enochian|hak|klingon|lux|mingo|navajo|pwn|tao|tay|tsu)"
    rb"|sgn-(?:be-fr|be-nl|ch-de)|art-lojban|cel-gaulish|no-(?:bok|nyn)|zh-(?:guoyu|hakka|min|min-nan|xiang))"
)
_LISTS = sorted([name for name, known in names.FIELDS.items() if name.startswith("list-") and known.max_count == 1])


def _bare(field: Field) -> bytes:
    """Give the value without comments and the white space around it."""
    raw = _COMMENT.sub(b" ", field.raw) if b"(" in field.raw else field.raw
    return raw.strip(b" \t\r\n")


@rule("H223", severity="warning", looks_at="field", names=["auto-submitted"], reference="RFC 3834 5")
def auto_submitted_value(field: Field, _: Context) -> Iterator[Hit]:
    """
    Auto-Submitted has a value that is not registered.

    Why it matters: vacation programs look for the known ones and answer what they do not understand, and two programs
    can go on answering each other.

    Bad:
        Auto-Submitted: yes

    Good:
        Auto-Submitted: auto-generated

    References: RFC 3834 5; RFC 5436 2.7.1; IANA, Auto-Submitted header field keywords
    """
    found = _AUTO.match(_bare(field))
    value = b"" if found is None else found[1].lower()
    if value not in _AUTOMATIC and not value.startswith(b"x-"):
        yield field.hit(f"{show(_bare(field).decode('latin-1'))} is no value of Auto-Submitted")


@rule("H224", severity="info", looks_at="field", names=["precedence"], reference="RFC 2076 3.9")
def precedence_value(field: Field, _: Context) -> Iterator[Hit]:
    """
    Precedence is not ``bulk``, ``list`` or ``junk``.

    Why it matters: vacation programs know these three, and answer a message with any other.

    Bad:
        Precedence: normal

    Good:
        Precedence: bulk

    References: RFC 2076 3.9; RFC 3834 2
    """
    value = _bare(field)
    if value and value.lower() not in _PRECEDENCES:
        yield field.hit(f"{show(value.decode('latin-1'))} is no Precedence that programs know")


@rule("H225", severity="info", looks_at="field", names=_PRIORITIES, reference="RFC 2156; RFC 4021 2.1", fix="safe")
def priority_value(field: Field, _: Context) -> Iterator[Hit]:
    """
    X-Priority, Importance or Priority has a value that is none of its own.

    Why it matters: clients ignore what they do not know, so the message is as important as every other.

    Bad:
        Importance: urgent

    Bad:
        X-Priority: 0

    Good:
        X-Priority: 1 (Highest)

    References: RFC 2156; RFC 4021 2.1
    """
    value = _bare(field).lower()
    said, allowed = _PRIORITIES[field.key]
    if not value or value in allowed:
        return
    right = _MEANT[field.key].get(value)
    fix = None if right is None else field.replacing(f"write {right.decode()}", b" " + right)
    yield field.hit(f"{field.name} is {said}, not {show(value.decode('latin-1'))}", fix=fix)


@rule("H226", severity="warning", looks_at="field", names=["content-language"], reference="RFC 3282 2; RFC 5646 2.1")
def content_language_tag(field: Field, _: Context) -> Iterator[Hit]:
    """
    Content-Language is no list of language tags.

    Why it matters: readers that choose a language, or read aloud, take no notice of it.

    Bad:
        Content-Language: de_DE

    Good:
        Content-Language: de-DE, en

    References: RFC 3282 2; RFC 5646 2.1
    """
    for tag in _bare(field).split(b","):
        if _TAG.fullmatch(tag.strip(b" \t\r\n")) is None:
            yield field.hit(f"{show(tag.strip().decode('latin-1'))} is no language tag")
            return


@rule(
    "H227",
    severity="warning",
    looks_at="field",
    names=["disposition-notification-to", "return-receipt-to"],
    reference="RFC 8098 2.1",
)
def receipt_address_mismatch(field: Field, context: Context) -> Iterator[Hit]:
    """
    A receipt is asked for, to another address than the one in From.

    Why it matters: clients ask the person before they send such a receipt, or send none, for it tells a stranger that
    the message was read.

    Bad:
        Disposition-Notification-To: receipts@tracker.example

    Good:
        Disposition-Notification-To: jane@shop.example

    References: RFC 8098 2.1
    """
    authors = field.entity.field("from") if field.is_top else None
    if authors is None:
        return
    known = {address_key(box.address) for box in mailboxes(authors)}
    if context.envelope is not None:
        known.add(address_key(context.envelope.mail_from))
    for box in mailboxes(field):
        if address_key(box.address) not in known:
            yield field.hit(f"the receipt goes to {show(box.address)}, which is not in From")
            return


@rule("H228", fix="unsafe")
def list_field_syntax(mail: Mail, hit: Hit) -> Fix | None:
    """
    A List-* field is not a list of URIs in angle brackets.

    Why it matters: clients show no button for it, and Gmail and Yahoo count the message as one nobody can unsubscribe
    from.

    Bad:
        List-Help: https://shop.example/help

    Good:
        List-Help: <https://shop.example/help>

    References: RFC 2369 2, 3
    """
    return edits.written_uris(mail, hit)


@rule("H229")
def list_id_syntax() -> None:
    """
    List-ID has no id in angle brackets, or one that is no name with a dot in it, or longer than 255 octets.

    Why it matters: clients sort and mute lists by it; what they cannot read they do not find again.

    Bad:
        List-ID: Orders

    Good:
        List-ID: Orders <orders.shop.example>

    References: RFC 2919 2, 3
    """


@rule("H230", severity="error", looks_at="field", names=_LISTS, reference="RFC 2369 3", fix="unsafe")
def list_field_duplicate(field: Field, _: Context) -> Iterator[Hit]:
    """
    A List-* field stands more than once.

    Why it matters: clients look at one of them, and not all at the same; several URIs belong into one field, with
    commas between.

    Bad:
        List-Help: <https://shop.example/help>
        List-Help: <mailto:help@shop.example>

    Good:
        List-Help: <https://shop.example/help>, <mailto:help@shop.example>

    References: RFC 2369 3; RFC 2919 3
    """
    every = field.entity.named[field.key]
    if every[0] is not field and field.is_top:
        yield field.line_hit(
            f"{field.name} stands {len(every)} times", field.removing("take this one out", is_safe=False)
        )
