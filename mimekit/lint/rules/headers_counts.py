"""
Rules about which fields there are, and how many of each (family H, H101 to H118).

RFC 5322 3.6, RFC 2045 3 and 4, RFC 5321 4.4.

    message, fields -> hits

May import: the core, `lint`.  Imported by: `lint.rules.headers_ids`, `lint.rules.headers_values`.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from mimekit.addressing import address_key
from mimekit.errors import AddressError, HeaderError
from mimekit.finding import Fix
from mimekit.headers import dates, ids, names
from mimekit.headers.address import AddressList
from mimekit.lint.rule import rule
from mimekit.lint.rules import headers_edits as edits
from mimekit.lint.rules.mime_edits import field_at
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.headers.address import Mailbox
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Field, Mail

__all__ = ["author"]

_NOBODY = b"undisclosed-recipients:;"
_MAY_BE_EMPTY = frozenset({"from", "bcc", "resent-bcc"})  # From has a rule of its own
_NOT_EMPTY = [name for name in sorted(names.ADDRESS_KEYS) if name.decode() not in _MAY_BE_EMPTY]
_RESENT = ("resent-date", "resent-from", "resent-sender", "resent-to", "resent-cc", "resent-bcc", "resent-message-id")
_TRACE = ("received", "delivered-to", "x-original-to", "authentication-results", "received-spf")


def mailboxes(field: Field) -> tuple[Mailbox, ...]:
    """Give the mailboxes of an address field, those of its groups included."""
    return tuple(AddressList.parse(field.raw, charset=field.entity.part.headers.charset))


def author(mail: Mail) -> Mailbox | None:
    """Give the first mailbox of From."""
    field = mail.field("from")
    found = () if field is None else mailboxes(field)
    return found[0] if found else None


@rule("H101", severity="error", marks=["no date"], reference="RFC 5322 3.6.1", fix="safe")
def missing_date(mail: Mail, context: Context) -> Iterator[Hit]:
    """
    There is no Date field.

    Why it matters: every message has one; receivers take a message without it for spam, and some servers add their own.

    Bad:
        -Date

    Good:
        Date: Tue, 24 Nov 2026 03:30:00 +0000

    References: RFC 5322 3.6, 3.6.1; RFC 7103 7.5.2
    """
    if mail.field("date") is None:
        yield mail.absent("there is no Date field", mail.adding("Date", dates.encode(context.moment())))


@rule("H102", severity="error", reference="RFC 5322 3.6.2")
def missing_from(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    There is no From field, or nobody is in it.

    Why it matters: every message has an author; Gmail and others refuse it without one, and DMARC finds no domain.

    Bad:
        -From

    Bad:
        From:

    Good:
        From: Jane Doe <jane@shop.example>

    References: RFC 5322 3.6, 3.6.2
    """
    field = mail.field("from")
    if field is None:
        yield mail.absent("there is no From field")
    elif b"@" not in field.raw and not AddressList.parse(field.raw).entries:
        yield field.line_hit("From names nobody")


@rule("H103", severity="warning", marks=["no message-id"], reference="RFC 5322 3.6.4", fix="safe")
def missing_message_id(mail: Mail, context: Context) -> Iterator[Hit]:
    """
    There is no Message-ID field.

    Why it matters: answers cannot name the message, copies of it cannot be told apart, and Gmail asks for it; filters
    count its absence as a sign of spam.

    Bad:
        -Message-ID

    Good:
        Message-ID: <20261124033000.7f3a9c2e@shop.example>

    References: RFC 5322 3.6.4; Gmail, Email sender guidelines
    """
    if mail.field("message-id") is None:
        yield mail.absent("there is no Message-ID field", _message_id(mail, context))


def _message_id(mail: Mail, context: Context) -> Fix | None:
    """
    Give the fix that adds an id made of the octets, at the domain of the author.

    So a check gives the same each time; `lint.fix` draws a seed, since the same octets may be sent more than once.
    """
    box = author(mail)
    if box is None or "." not in box.domain or box.domain[:1] == "[":
        return None
    try:
        made = ids.check(f"<{sha256(context.seed + mail.octets).hexdigest()[:32]}@{box.ascii_domain}>", "Message-ID")
    except (AddressError, HeaderError):
        return None
    return mail.adding("Message-ID", made.encode("ascii"))


@rule("H104", fix="unsafe")
def duplicate_singleton(mail: Mail, hit: Hit) -> Fix | None:
    """
    A field that may stand once in a header stands there more often.

    Why it matters: one reader takes the first and another the last, so a filter can see another From or Subject than
    the person; Gmail refuses such a message.

    Bad:
        Subject: Your order 10482
        Subject: Your order 10483

    Good:
        Subject: Your order 10482

    References: RFC 5322 3.6; RFC 7103 7.5.1; Gmail, Email sender guidelines
    """
    return edits.no_duplicate(mail, hit)


@rule("H105", fix="unsafe")
def duplicate_mime_field(mail: Mail, hit: Hit) -> Fix | None:
    """
    A MIME field stands more than once in the header of one part.

    Why it matters: readers do not agree on which one counts, so what one shows as text another opens as a file; filters
    are passed by that way.

    Bad:
        Content-Transfer-Encoding: 7bit
        Content-Transfer-Encoding: 7bit

    Good:
        Content-Transfer-Encoding: 7bit

    References: RFC 2045 3
    """
    return edits.no_duplicate(mail, hit)


@rule("H106", severity="warning", marks=["no to"], reference="RFC 5322 3.6.3", fix="safe")
def no_recipient_field(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    There is neither To, nor Cc, nor Bcc.

    Why it matters: it is legal, and filters count it as a sign of spam; some servers add a field with the address of
    the recipient.  ``To: undisclosed-recipients:;`` says that nobody is to be named.

    Bad:
        -To

    Good:
        To: undisclosed-recipients:;

    References: RFC 5322 3.6.3
    """
    named = mail.root.named
    if mail.given is not None and mail.given.bcc.entries:  # a built message: Bcc stands beside its octets
        return
    if "to" not in named and "cc" not in named and "bcc" not in named:
        yield mail.absent("there is no To, Cc or Bcc field", mail.adding("To", _NOBODY))


@rule(
    "H107",
    severity="error",
    looks_at="field",
    names=[name.decode() for name in _NOT_EMPTY],
    reference="RFC 5322 3.6.2, 3.6.3",
    fix="safe",
)
def empty_recipient_field(field: Field, _: Context) -> Iterator[Hit]:
    """
    An address field names nobody; only Bcc may be empty.

    Why it matters: its grammar asks for one address at least; servers and clients refuse the message or stumble.

    Bad:
        To:

    Bad:
        Reply-To: (nobody)

    Good:
        To: undisclosed-recipients:;

    References: RFC 5322 3.6.2, 3.6.3
    """
    if b"@" in field.raw or AddressList.parse(field.raw).entries:
        return
    if field.key == "to" and not _has_recipient(field):
        fix = field.replacing("name nobody in a group", b" " + _NOBODY)
    else:
        fix = field.removing("take the field out")
    yield field.line_hit(f"{field.name} names nobody", fix)


def _has_recipient(field: Field) -> bool:
    """Whether another To or Cc names somebody: then nothing has to stand in place of this one."""
    named = field.entity.named
    return any([b"@" in other.raw for key in ("to", "cc") for other in named.get(key, ()) if other is not field])


@rule("H108", severity="warning", marks=["no subject"], reference="RFC 5322 3.6.5")
def missing_subject(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    There is no Subject field.

    Why it matters: people pass over a message without it, and filters count it as a sign of spam.

    Bad:
        -Subject

    Good:
        Subject: Your order 10482

    References: RFC 5322 3.6.5
    """
    if mail.field("subject") is None:
        yield mail.absent("there is no Subject field")


@rule("H109", severity="warning", looks_at="field", names=["subject"], reference="RFC 5322 3.6.5")
def empty_subject(field: Field, _: Context) -> Iterator[Hit]:
    """
    The subject is empty, or nothing but white space.

    Why it matters: people pass over a message without a subject, and filters count it as a sign of spam.

    Bad:
        Subject:

    Bad:
        Subject: =?utf-8?q?_?=

    Good:
        Subject: Your order 10482

    References: RFC 5322 3.6.5
    """
    raw = field.raw.strip(b" \t\r\n")
    if (not raw or (raw[:2] == b"=?" and not field.text.strip())) and field.is_top:
        yield field.line_hit("the subject is empty")


@rule(
    "H110",
    severity="error",
    looks_at="field",
    names=["bcc", "resent-bcc"],
    profiles=("wire",),
    reference="RFC 5322 3.6.3",
    fix="unsafe",
)
def bcc_in_message(field: Field, context: Context) -> Iterator[Hit]:
    """
    The message that goes on the wire names its blind recipients.

    Why it matters: everybody who gets it can read who else does, which Bcc is to hide.

    Bad:
        @wire
        Bcc: boss@shop.example

    Good:
        @wire
        Bcc:

    Good:
        @wire
        @envelope jane@shop.example boss@shop.example
        Bcc: boss@shop.example

    References: RFC 5322 3.6.3, 5
    """
    if not context.wire or not field.is_top:
        return
    listed = AddressList.parse(field.raw, charset=field.entity.part.headers.charset)
    if not listed.entries or (field.raw.isascii() and b"@" not in field.raw):
        return
    hidden = {address_key(box.address) for box in listed}
    served = {address_key(address) for address in context.envelope.rcpt_to} if context.envelope else set()
    if len(served) == 1 and hidden == served:
        return  # RFC 5322 3.6.3: the copy that is for this one alone
    is_safe = bool(hidden) and hidden <= served and len(hidden) == len(listed.entries)
    text = f"{field.name} is still in the message: {show(str(listed))}"
    yield field.line_hit(text, _hiding(field, is_safe=is_safe))


def _hiding(field: Field, *, is_safe: bool) -> Fix:
    """Take a blind field out; where no other names a recipient, a group of nobody stands in its place."""
    named = field.entity.named
    if field.key != "bcc" or "to" in named or "cc" in named or named["bcc"][0] is not field:
        return field.removing(f"take {field.name} out", is_safe=is_safe)
    return Fix("name nobody", (field.start, field.end, b"To: " + _NOBODY), is_safe=is_safe)


@rule(
    "H111", severity="error", looks_at="field", names=["from"], needs=b",", reference="RFC 5322 3.6.2", implies=["A028"]
)
def sender_required(field: Field, _: Context) -> Iterator[Hit]:
    """
    From has more than one mailbox, and no Sender says who of them sent it.

    Why it matters: RFC 5322 asks for it, and receivers that check DMARC refuse or distrust a From of several domains.

    Bad:
        From: Jane Doe <jane@shop.example>, Jim Doe <jim@shop.example>

    Good:
        From: Jane Doe <jane@shop.example>

    References: RFC 5322 3.6.2
    """
    if b"," not in field.raw or not field.is_top or field.entity.field("sender") is not None:
        return
    boxes = mailboxes(field)
    if len(boxes) > 1:
        yield field.hit(f"From has {len(boxes)} mailboxes, and there is no Sender")


@rule("H112", severity="info", looks_at="field", names=["sender"], reference="RFC 5322 3.6.2", fix="safe")
def sender_redundant(field: Field, _: Context) -> Iterator[Hit]:
    """
    Sender repeats the one mailbox of From.

    Why it matters: it should not be written then; some clients show such a message as sent on behalf of somebody.

    Bad:
        Sender: jane@shop.example

    Good:
        Sender: office@shop.example

    References: RFC 5322 3.6.2
    """
    authors = field.entity.field("from") if field.is_top else None
    if authors is None:
        return
    keys = [[address_key(box.address) for box in mailboxes(one)] for one in (field, authors)]
    if len(keys[0]) == 1 and keys[0] == keys[1]:
        yield field.line_hit("Sender is the mailbox of From", field.removing("take Sender out"))


@rule("H113", severity="error", looks_at="field", names=["return-path"], reference="RFC 5321 4.4", fix="unsafe")
def return_path_present(field: Field, _: Context) -> Iterator[Hit]:
    """
    A message that is to be sent has a Return-Path.

    Why it matters: the server of the recipient writes it, from the envelope; one that is there before is wrong or lies,
    and some servers send their reports to it.

    Bad:
        Return-Path: <jane@shop.example>

    Good:
        X-Note: the address for reports is in the envelope

    References: RFC 5321 4.4; RFC 7103 7.5.3
    """
    if field.is_top:
        fix = field.removing("take the field out", is_safe=False)
        yield field.line_hit("Return-Path is written by the server of the recipient, not by the sender", fix)


@rule("H114", severity="warning", looks_at="field", names=_TRACE, reference="RFC 5321 4.4", fix="safe")
def trace_field_in_new_message(field: Field, _: Context) -> Iterator[Hit]:
    """
    A message that is to be sent has a field that servers write on the way.

    Why it matters: it seems to have travelled already: filters check the path it claims, and servers count Received
    fields to find loops.

    Bad:
        Delivered-To: john@customer.example

    Good:
        X-Note: one

    References: RFC 5321 4.4; RFC 9228; RFC 8601 5
    """
    every = field.entity.named[field.key]
    if not field.is_top or field is not every[0]:
        return
    fix = Fix(f"take {field.name} out", *[edit for one in every for edit in one.removing("").edits])
    count = f" ({len(every)} fields)" if len(every) > 1 else ""
    yield field.line_hit(f"{field.name} is written on the way, not by the sender{count}", fix)


@rule("H115", severity="error", looks_at="field", names=_RESENT, reference="RFC 5322 3.6.6")
def resent_block_incomplete(field: Field, _: Context) -> Iterator[Hit]:
    """
    Fields of a resent message lack their Resent-Date, Resent-From or Resent-Sender.

    Why it matters: the fields of one resending belong together and tell who did it and when; without these readers
    cannot say which ones do.

    Bad:
        Resent-To: jim@customer.example

    Good:
        Resent-Date: Tue, 24 Nov 2026 03:40:00 +0000
        Resent-From: John Roe <john@customer.example>
        Resent-To: Jim Roe <jim@customer.example>

    References: RFC 5322 3.6.6
    """
    named = field.entity.named
    if not field.is_top or field is not min([named[one][0] for one in _RESENT if one in named], key=_place):
        return
    dated, resenders = named.get("resent-date", []), named.get("resent-from", [])
    if not dated or not resenders:
        missing = [name for name, found in (("Resent-Date", dated), ("Resent-From", resenders)) if not found]
        yield field.line_hit(f"there is no {' and no '.join(missing)} beside {field.name}")
    elif len(dated) != len(resenders):
        yield field.line_hit(f"there are {len(dated)} Resent-Date and {len(resenders)} Resent-From")
    several = [one for one in resenders if b"," in one.raw and len(mailboxes(one)) > 1]
    if len(several) > len(named.get("resent-sender", [])):
        yield several[0].hit(f"Resent-From has {len(mailboxes(several[0]))} mailboxes, and there is no Resent-Sender")


def _place(field: Field) -> int:
    return field.start


@rule("H116", severity="error", marks=["no mime-version"], reference="RFC 2045 4", fix="safe")
def missing_mime_version(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    There are MIME fields and no MIME-Version.

    Why it matters: without it a message is plain ASCII text by definition; some readers show the source of the parts.

    Bad:
        -MIME-Version

    Good:
        MIME-Version: 1.0

    References: RFC 2045 4; RFC 7103 8.1
    """
    named = mail.root.named
    if "mime-version" in named:
        return
    for key, found in named.items():
        if key.startswith("content-") and names.info(key).group == "mime":
            fix = mail.adding("MIME-Version", b"1.0")
            yield mail.absent(f"there is no MIME-Version beside {found[0].name}", fix)
            return


@rule("H117", fix="safe")
def bad_mime_version(mail: Mail, hit: Hit) -> Fix | None:
    """
    MIME-Version is not ``1.0``.

    Why it matters: there is no other version; a reader that takes the field at its word does not read the parts.

    Bad:
        MIME-Version: 2.0

    Good:
        MIME-Version: 1.0

    References: RFC 2045 4
    """
    field = field_at(mail, hit.start)
    return None if field is None else field.replacing("write 1.0", b" 1.0")


@rule("H118", severity="info", looks_at="field", names=["mime-version"], reference="RFC 2045 4", fix="safe")
def mime_version_in_part(field: Field, _: Context) -> Iterator[Hit]:
    """
    A part that is no message has a MIME-Version.

    Why it matters: the field belongs to the header of a message; in a part it says nothing and costs octets.

    Bad:
        Content-Type: multipart/mixed; boundary=next

        --next
        MIME-Version: 1.0
        Content-Type: text/plain; charset=utf-8

        Hello John
        --next
        Content-Type: text/plain; charset=utf-8
        Content-Disposition: attachment; filename=order.txt

        10482
        --next--

    Good:
        Content-Type: multipart/mixed; boundary=next

        --next
        Content-Type: text/plain; charset=utf-8

        Hello John
        --next
        Content-Type: text/plain; charset=utf-8
        Content-Disposition: attachment; filename=order.txt

        10482
        --next--

    References: RFC 2045 4
    """
    entity = field.entity
    if entity.parent is not None and not entity.is_message and entity.part.embedded is None:
        yield field.line_hit("MIME-Version stands in a part", field.removing("take the field out"))
