"""
Rules of Amazon SES about what it was seen to answer: header lines, content fields, identities (family S).

`ses.check` finds; a rule is the page of its code, and passes on what was found.

    Mail -> hits

May import: the core, `ses`, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.lint import makers_ses  # noqa: F401 - the examples use it
from mimekit.lint.rule import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Mail

__all__: list[str] = []


@rule("S015", profiles=("ses",), supersedes=["H010", "H012"], implies=["H015"])
def ses_header_line(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A line of the header begins with a colon, or what stands before its first colon is no field name.

    Why it matters: the message is refused. Most often the empty line between header and body is missing, or the
    data is no message at all.

    Bad:
        <p class=x>Hello: John</p>

    Good:
        X-Campaign: autumn

    References: answers of Amazon SES
    """
    yield from mail.ses_hits.get("S015", ())


@rule("S016", profiles=("ses",), implies=["H015"])
def ses_header_size(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    The header is very large.

    Why it matters: the message is refused; where the bound is, Amazon SES does not say. Most often the empty line
    after the header is missing, and the attachments are read as a header.

    Bad:
        @make ses_long_header

    Good:
        X-Campaign: autumn

    References: answers of Amazon SES
    """
    yield from mail.ses_hits.get("S016", ())


@rule("S017", profiles=("ses",), implies=["H102"])
def ses_from_missing(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    There is no From in the header.

    Why it matters: the message is refused. An empty line above From, as the example of X-SES fields in the guide
    has one, ends the header too early.

    Bad:
        -From

    Good:
        X-Campaign: autumn

    References: answers of Amazon SES
    """
    yield from mail.ses_hits.get("S017", ())


@rule("S018", profiles=("ses",), implies=["M027"])
def ses_start_boundary(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A multipart body has no line with its boundary.

    Why it matters: the message is refused.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

    Good:
        X-Campaign: autumn

    References: answers of Amazon SES; javax.mail, MimeMultipart
    """
    yield from mail.ses_hits.get("S018", ())


@rule("S019", profiles=("ses",), supersedes=["M001", "M002", "M120"])
def ses_content_field(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A Content-Type or Content-Disposition cannot be read.

    Why it matters: the message is refused, where mail programs would guess.

    Bad:
        Content-Type: text; charset=utf-8

    Good:
        Content-Type: text/plain; charset=utf-8

    References: answers of Amazon SES; javax.mail, ContentType and ContentDisposition
    """
    yield from mail.ses_hits.get("S019", ())


@rule("S020", profiles=("ses",), implies=["A040"])
def ses_address(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A sender's address cannot be read: in From, Sender, Reply-To, Return-Path or an argument of the call.

    Why it matters: the message is refused. A comma in a name that is not in quotes makes two addresses of one.

    Bad:
        From: Doe, Jane <jane@shop.example>

    Good:
        From: "Doe, Jane" <jane@shop.example>

    References: answers of Amazon SES; javax.mail, InternetAddress
    """
    yield from mail.ses_hits.get("S020", ())


@rule("S021", profiles=("ses",), supersedes=["H003"])
def ses_content(mail: Mail, _: Context) -> Iterator[Hit]:
    r"""
    The data is empty, or has a NUL.

    Why it matters: Amazon SES calls it illegal; which octets it means by that is not documented.

    Bad:
        Subject: Hello

        Hello\x00John

    Good:
        Subject: Hello

        Hello John

    References: answers of Amazon SES
    """
    yield from mail.ses_hits.get("S021", ())


@rule("S022", profiles=("ses",))
def ses_not_verified(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    The address or domain in From, Sender, Return-Path or Source is not among the verified ones.

    Why it matters: the message is refused. The option `ses-verified` names the identities of the account,
    `ses-region` their region.

    Bad:
        @make ses_verified mailer.example

    Good:
        @make ses_verified shop.example

    References: Amazon SES Developer Guide, troubleshoot-error-messages
    """
    yield from mail.ses_hits.get("S022", ())


@rule("S023", profiles=("ses",))
def ses_list_management(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    Amazon SES cannot manage the list: several recipients, an own signature, too many links.

    Why it matters: the link to unsubscribe is missing, or the signature is broken.

    Bad:
        To: john@customer.example, ann@customer.example
        X-SES-LIST-MANAGEMENT-OPTIONS: readers; topic=news

    Good:
        X-SES-LIST-MANAGEMENT-OPTIONS: readers; topic=news

    References: Amazon SES Developer Guide, sending-email-subscription-management
    """
    yield from mail.ses_hits.get("S023", ())


@rule("S024", profiles=("ses",))
def ses_header_count(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A call has over 15 Headers.

    Why it matters: the call fails.

    Bad:
        @make ses_headers 16

    Good:
        @make ses_headers 15

    References: Amazon SES API v2, Message
    """
    yield from mail.ses_hits.get("S024", ())
