"""
Rules of Amazon SES about what it takes: sizes, counts, names, addresses (family S).

`ses.check` finds; a rule is the page of its code, and passes on what was found.

    Mail -> hits

May import: the core, `ses`, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.lint import makers_ses  # noqa: F401 - the examples use it
from mimekit.lint.rule import rule
from mimekit.lint.rules import headers_lines
from mimekit.lint.rules import mime_edits as edits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Fix
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Mail

__all__: list[str] = []


@rule("S001", profiles=("ses",))
def ses_size(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    The message is larger than Amazon SES takes: 10 MB by v1 of its API, 40 MB by v2 and by SMTP.

    Why it matters: the call fails. Attachments count in base64, a third more than the file.

    Bad:
        @make ses_large v1

    Good:
        @make ses_large v2

    References: Amazon SES Developer Guide, quotas
    """
    yield from mail.ses_hits.get("S001", ())


@rule("S002", profiles=("ses",))
def ses_recipients(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    There are over 50 recipients in To, Cc and Bcc together; each member of a group counts.

    Why it matters: the message is refused for all of them. `Delivery.split(50)` makes a call for each fifty.

    Bad:
        @make ses_recipients 51

    Good:
        @make ses_recipients 50

    References: Amazon SES Developer Guide, quotas
    """
    yield from mail.ses_hits.get("S002", ())


@rule("S003", profiles=("ses",), fix="unsafe", supersedes=["H104", "H105"])
def ses_singleton(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A field that Amazon SES takes once is there twice.

    Why it matters: the message is refused. Of some of them, such as Comments and Keywords, RFC 5322 allows any
    number.

    Bad:
        Comments: one
        Comments: two

    Good:
        Comments: one

    References: Amazon SES Developer Guide, header-fields
    """
    yield from mail.ses_hits.get("S003", ())


@rule("S004", profiles=("ses",), implies=["H006"], fix="safe")
def ses_line_length(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A line has over 1,000 octets, its line end counted.

    Why it matters: Amazon SES takes the message, and the receiver's server sends it back.

    Bad:
        @make body_line_of_1400_octets

    Good:
        X-Campaign: autumn

    References: Amazon SES API, RawMessage; RFC 5321 4.5.3.1.6
    """
    for hit in mail.ses_hits.get("S004", ()):
        yield hit._replace(fix=_shorter(mail, hit))


def _shorter(mail: Mail, hit: Hit) -> Fix | None:
    """Fold the field that a line is in, or encode the body."""
    field = edits.field_at(mail, hit.start)
    if field is not None:
        return headers_lines.refolded(field)
    entity = edits.entity_at(mail, hit.start)
    is_plain = entity is not None and entity.is_leaf and entity.part.transfer_encoding in ("7bit", "8bit")
    return headers_lines.encoded(entity, entity.part.raw_body) if entity is not None and is_plain else None


@rule("S005", profiles=("ses",), implies=["X010"])
def ses_attachment_type(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    An attachment has an extension that Amazon SES refuses, such as .exe or .js.

    Why it matters: the whole message is refused. Put the file into an archive, or a link in its place.

    Bad:
        Content-Type: multipart/mixed; boundary=b1
        -Content-Transfer-Encoding

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John, here is the program.
        --b1
        Content-Type: application/octet-stream; name=setup.exe
        Content-Disposition: attachment; filename=setup.exe
        Content-Transfer-Encoding: base64

        TVqQAAMAAAA=
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1
        -Content-Transfer-Encoding

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John, here is the program.
        --b1
        Content-Type: application/zip; name=setup.zip
        Content-Disposition: attachment; filename=setup.zip
        Content-Transfer-Encoding: base64

        UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA==
        --b1--

    References: Amazon SES Developer Guide, mime-types
    """
    yield from mail.ses_hits.get("S005", ())


@rule("S006", profiles=("ses",))
def ses_header_name(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A name in the Headers of a call has over 126 characters, or one that no field name has.

    Why it matters: the call fails; such Headers belong to content that Amazon SES turns into a message itself.

    Bad:
        @make ses_call {"Content": {"Simple": {"Headers": [{"Name": "X Campaign", "Value": "1"}]}}}

    Good:
        @make ses_call {"Content": {"Simple": {"Headers": [{"Name": "X-Campaign", "Value": "1"}]}}}

    References: Amazon SES API v2, MessageHeader
    """
    yield from mail.ses_hits.get("S006", ())


@rule("S007", profiles=("ses",))
def ses_header_value(mail: Mail, _: Context) -> Iterator[Hit]:
    r"""
    A value in the Headers of a call is too long, or is not printable ASCII.

    Why it matters: the call fails. Encoded words (RFC 2047) carry other characters.

    Bad:
        @make ses_call {"Content": {"Simple": {"Headers": [{"Name": "X-Campaign", "Value": "a\nb"}]}}}

    Good:
        @make ses_call {"Content": {"Simple": {"Headers": [{"Name": "X-Campaign", "Value": "a b"}]}}}

    References: Amazon SES API v2, MessageHeader
    """
    yield from mail.ses_hits.get("S007", ())


@rule("S008", profiles=("ses",), implies=["H113"])
def ses_overridden_field(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    Return-Path and MAIL FROM are two addresses.

    Why it matters: Amazon SES sends bounces to MAIL FROM (Source) and drops the other, in silence.

    Bad:
        @envelope bounce@shop.example john@customer.example
        Return-Path: <returns@shop.example>

    Good:
        @envelope bounce@shop.example john@customer.example
        X-Campaign: autumn

    References: Amazon SES Developer Guide, monitor-sending-activity-using-notifications-email
    """
    yield from mail.ses_hits.get("S008", ())


@rule("S009", profiles=("ses",))
def ses_reserved_field(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    The Headers of a call name a field that Amazon SES writes itself.

    Why it matters: the call fails; such a field has an argument of its own.

    Bad:
        @make ses_call {"Content": {"Simple": {"Headers": [{"Name": "Subject", "Value": "Hello"}]}}}

    Good:
        @make ses_call {"Content": {"Simple": {"Headers": [{"Name": "X-Subject", "Value": "Hello"}]}}}

    References: Amazon SES Developer Guide, header-fields
    """
    yield from mail.ses_hits.get("S009", ())


@rule("S010", profiles=("ses",), fix="safe")
def ses_8bit(mail: Mail, _: Context) -> Iterator[Hit]:
    r"""
    A body is not 7-bit.

    Why it matters: Amazon SES takes it, and damages it when it edits the message, as for open and click tracking.

    Bad:
        Content-Transfer-Encoding: 8bit

        Gr\xC3\xBC\xC3\x9Fe, John.

    Good:
        Content-Transfer-Encoding: quoted-printable

        Gr=C3=BC=C3=9Fe, John.

    References: Amazon SES API, SendRawEmail
    """
    yield from mail.ses_hits.get("S010", ())


@rule("S011", profiles=("ses",), implies=["A017"])
def ses_recipient_format(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A recipient is no user@domain.tld for Amazon SES, or the field has none; an empty Bcc field is a warning.

    Why it matters: one such recipient is enough for the whole message to be refused.

    Bad:
        To: Karen Chan <karen @customer.example>

    Good:
        To: Karen Chan <karen@customer.example>

    References: Amazon SES API, SendRawEmail; javax.mail, InternetAddress
    """
    yield from mail.ses_hits.get("S011", ())


@rule("S012", profiles=("ses",), fix="safe", implies=["A012", "H007"])
def ses_non_ascii_local(mail: Mail, _: Context) -> Iterator[Hit]:
    r"""
    An address is not ASCII: its domain (an error), or its local part (a warning).

    Why it matters: Amazon SES has no SMTPUTF8. A domain goes in A-labels (Punycode); for a local part there is no
    way.

    Bad:
        To: john@k\xC3\xBCche.example

    Good:
        To: john@xn--kche-0ra.example

    References: Amazon SES API, SendRawEmail; RFC 5890 2.3.2.1
    """
    yield from mail.ses_hits.get("S012", ())


@rule("S013", profiles=("ses",), implies=["H106"])
def ses_no_recipient(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    Nobody gets the message: no To, Cc or Bcc, and no recipient in the call or the envelope.

    Why it matters: the call fails. Most programs take Bcc out while they write a message, so the call has to name
    those recipients.

    Bad:
        -To

    Good:
        X-Campaign: autumn

    References: Amazon SES API, SendRawEmail
    """
    yield from mail.ses_hits.get("S013", ())


@rule("S014", profiles=("ses",))
def ses_tag_syntax(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A message tag, a configuration set or another X-SES field is not written as Amazon SES reads it.

    Why it matters: the call fails, or the message goes out and its events are missing. Tags are name=value with
    letters, digits, _ and - of at most 256 characters, divided by commas.

    Bad:
        X-SES-MESSAGE-TAGS: campaign=autumn sale

    Good:
        X-SES-MESSAGE-TAGS: campaign=autumn, kind=news

    References: Amazon SES API, MessageTag; Amazon SES Developer Guide, event-publishing-send-email
    """
    yield from mail.ses_hits.get("S014", ())
