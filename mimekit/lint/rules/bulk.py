"""
Rules of bulk senders about the header: unsubscribing, lists, who answers, automatic mail (family B).

What Gmail, Yahoo and Microsoft ask of those who send much, RFC 2369, RFC 8058 (one-click), RFC 3834.

    Mail, Field -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.headers.lists import ONE_CLICK, ListField, is_one_click
from mimekit.lint.domains import same_organisation
from mimekit.lint.freemail import is_free
from mimekit.lint.rule import rule
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Field, Mail

__all__: list[str] = []

_NO_REPLY = re.compile(r"(?:no|do[-_.]?not)[-_.]?(?:reply|respond|answer)", re.IGNORECASE)
_HTTP = re.compile(rb"http:", re.IGNORECASE)
_LISTS = ("list-unsubscribe", "list-post", "list-help", "list-subscribe", "list-owner", "list-archive")
_MARKS = ("auto-submitted", "list-id", "list-unsubscribe", "precedence")
_MOST_FEEDBACK = 4
_SENDER_ID = range(5, 16)


def _uris(field: Field | None) -> tuple[str, ...]:
    return () if field is None else ListField.parse(field.raw).uris


def _has_https(field: Field | None) -> bool:
    return any([uri[:6].lower() == "https:" for uri in _uris(field)])


@rule("B001", severity="error", profiles=("bulk",), reference="RFC 2369 3.2; Gmail and Yahoo sender guidelines")
def list_unsubscribe_missing(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    There is no List-Unsubscribe.

    Why it matters: the large providers ask it of bulk senders; a reader who finds no way out reports spam instead.

    Bad:
        X-Campaign: autumn

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    Good:
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    References: RFC 2369 3.2; Google, Email sender guidelines; Yahoo Sender Hub
    """
    if mail.field("list-unsubscribe") is None:
        yield mail.absent("there is no List-Unsubscribe")


@rule("B002", severity="error", profiles=("bulk",), reference="RFC 8058 3.1; Gmail and Yahoo", fix="unsafe")
def one_click_missing(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    List-Unsubscribe is there, and List-Unsubscribe-Post is not.

    Why it matters: Gmail and Yahoo ask bulk senders for unsubscribing with one click, which takes both fields, and an
    https URI that really takes a POST.  So adding the field is a promise, and no safe fix.

    Bad:
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    Good:
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    References: RFC 8058 3.1; Google, Email sender guidelines
    """
    field = mail.field("list-unsubscribe")
    if field is not None and mail.field("list-unsubscribe-post") is None:
        fix = mail.adding("List-Unsubscribe-Post", ONE_CLICK, is_safe=False) if _has_https(field) else None
        yield field.line_hit("there is a List-Unsubscribe and no List-Unsubscribe-Post", fix)


@rule("B003", severity="error", looks_at="field", names=["list-unsubscribe-post"], reference="RFC 8058 3.1", fix="safe")
def one_click_value(field: Field, _: Context) -> Iterator[Hit]:
    """
    List-Unsubscribe-Post is not exactly "List-Unsubscribe=One-Click".

    Why it matters: that is the one value there is; with any other no program offers one-click unsubscribing.

    Bad:
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: One-Click

    Good:
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

    References: RFC 8058 3.1
    """
    if field.is_top and not is_one_click(field.raw):
        fix = field.replacing(f"write {ONE_CLICK.decode()}", b" " + ONE_CLICK)
        yield field.hit(f"List-Unsubscribe-Post is {show(field.text)}; it has one value only", fix=fix)


@rule("B004", severity="error", looks_at="field", names=["list-unsubscribe-post"], reference="RFC 8058 3.1")
def one_click_without_https(field: Field, _: Context) -> Iterator[Hit]:
    """
    List-Unsubscribe-Post is there, and List-Unsubscribe has no https URI.

    Why it matters: there is nothing that a mail program could post to, so it offers no one-click unsubscribing.

    Bad:
        List-Unsubscribe: <mailto:off@shop.example>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

    Good:
        List-Unsubscribe: <mailto:off@shop.example>, <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

    References: RFC 8058 3.1
    """
    mail = field.entity.mail
    if field.is_top and not any([_has_https(one) for one in mail.fields("list-unsubscribe")]):
        yield field.line_hit("there is a List-Unsubscribe-Post, and List-Unsubscribe has no https URI")


@rule("B005", severity="warning", looks_at="field", names=["list-unsubscribe"], reference="RFC 8058 3.1")
def unsubscribe_http(field: Field, _: Context) -> Iterator[Hit]:
    """
    A URI of List-Unsubscribe is http, not https.

    Why it matters: whoever is on the way sees who leaves the list and can leave it for others; Gmail and Yahoo take
    https alone.

    Bad:
        List-Unsubscribe: <http://shop.example/u/8f3a>

    Good:
        List-Unsubscribe: <https://shop.example/u/8f3a>

    References: RFC 8058 3.1, 6
    """
    for uri in _uris(field) if _HTTP.search(field.raw) else ():
        if uri[:5].lower() == "http:":
            at = field.raw.find(uri.encode())
            place = (at, at + len(uri)) if at >= 0 else (0, None)
            yield field.hit(f"{show(uri)} is http, not https", *place)


@rule("B007", severity="info", profiles=("bulk",), reference="RFC 2919")
def list_id_missing(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    There are List fields, and List-ID is not among them.

    Why it matters: readers sort by it, and providers count complaints by it.

    Bad:
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    Good:
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    References: RFC 2919 3
    """
    if mail.field("list-id") is None:
        field = next((one for one in map(mail.field, _LISTS) if one is not None), None)
        if field is not None:
            yield mail.absent(f"there is a {field.name} and no List-ID")


@rule("B008", severity="warning", looks_at="field", names=["from"], reference="Google, Email sender guidelines")
def from_freemail(field: Field, _: Context) -> Iterator[Hit]:
    """
    From is an address of a public mailbox provider, and no signature is of that provider.

    Why it matters: those providers publish DMARC policies, so what anybody else sends in their name is refused or goes
    to spam.  Send from a domain of your own, and put the address into Reply-To.

    Bad:
        From: Jane Doe <jane.doe@gmail.com>

    Good:
        From: Jane Doe <jane@shop.example>

    References: Google, Email sender guidelines
    """
    mail = field.entity.mail
    if not field.is_top or mail.field("from") is not field:
        return
    for one in mail.authors:
        if one.domain and is_free(one.domain):
            is_signed = mail.field("dkim-signature") is not None
            if not (is_signed and any([each.is_aligned([one.domain]) for each in mail.signatures.all])):
                yield one.hit(f"{show(one.domain)[1:-1]} is a public mailbox provider, in whose name only it can send")


@rule("B009", severity="info", looks_at="field", names=["reply-to"], reference="", supersedes=["B010"])
def reply_to_freemail(field: Field, _: Context) -> Iterator[Hit]:
    """
    Answers go to a public mailbox provider, and From is of another domain.

    Why it matters: that is how most fraud by mail looks, and filters count it.

    Bad:
        Reply-To: jane.doe@gmail.com

    Good:
        Reply-To: orders@shop.example

    References: SpamAssassin, FREEMAIL_FORGED_REPLYTO
    """
    authors = field.entity.mail.author_domains if field.is_top else []
    if authors and not any(map(is_free, authors)):
        for one in field.addresses:
            if one.domain and is_free(one.domain):
                yield one.hit(f"answers go to the public mailbox provider {show(one.domain)[1:-1]}")


@rule("B010", severity="info", looks_at="field", names=["reply-to"], reference="")
def reply_to_other_domain(field: Field, _: Context) -> Iterator[Hit]:
    """
    Answers go to another organisation than that of From.

    Why it matters: readers do not see it before they answer, so filters take it for a sign of fraud.  It is right where
    one sends in the name of others.

    Bad:
        Reply-To: orders@partner.example

    Good:
        Reply-To: orders@mail.shop.example

    References: rspamd, REPLYTO_DOM_NEQ_FROM_DOM
    """
    authors = field.entity.mail.author_domains if field.is_top else []
    if authors:
        for one in field.addresses[:20]:
            if one.domain and not any([same_organisation(one.domain, author) for author in authors]):
                yield one.hit(f"answers go to {show(one.domain)[1:-1]}, and From is of {show(authors[0])[1:-1]}")


@rule("B011", severity="info", profiles=("bulk",), looks_at="field", names=["from"], reference="Outlook.com guidelines")
def noreply_from(field: Field, _: Context) -> Iterator[Hit]:
    """
    From says that nobody reads answers, and there is no Reply-To.

    Why it matters: Outlook.com asks for a From or Reply-To that can be answered, and people who cannot answer report
    spam.

    Bad:
        From: The shop <no-reply@shop.example>
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    Good:
        From: The shop <no-reply@shop.example>
        Reply-To: help@shop.example
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    References: Microsoft, requirements for high-volume senders
    """
    mail = field.entity.mail
    if field.is_top and mail.field("reply-to") is None:
        for one in mail.authors[:20]:
            mailbox = one.mailbox
            if mailbox is not None and _NO_REPLY.search(mailbox.local_part):
                yield one.hit(f"nobody reads answers to {show(mailbox.address)}, and there is no Reply-To")


@rule("B012", severity="info", profiles=("transactional",), reference="RFC 3834 2, 5", fix="safe")
def automated_unmarked(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    Mail that a program sends does not say so: no Auto-Submitted, List-ID, List-Unsubscribe or Precedence.

    Why it matters: Auto-Submitted keeps vacation notices and other programs from answering it.

    Bad:
        X-Campaign: autumn

    Good:
        Auto-Submitted: auto-generated

    References: RFC 3834 2, 5
    """
    if all([mail.field(name) is None for name in _MARKS]):
        fix = mail.adding("Auto-Submitted", b"auto-generated")
        yield mail.absent("nothing says that a program sent this: there is no Auto-Submitted", fix)


@rule("B021", severity="warning", looks_at="field", names=["feedback-id"], reference="Gmail, Feedback Loop")
def feedback_id_syntax(field: Field, _: Context) -> Iterator[Hit]:
    """
    Feedback-ID is not one to four values divided by colons, the last a sender of 5 to 15 characters, or comes twice.

    Why it matters: Gmail then counts no complaints by campaign.

    Bad:
        Feedback-ID: autumn:news:shop

    Bad:
        Feedback-ID: autumn:2026:news:mail:shopnews

    Good:
        Feedback-ID: autumn:news::shopnews

    References: Google, Feedback Loop (answer 6254652)
    """
    if not field.is_top:
        return
    parts = field.text.strip().split(":")
    if len(parts) > _MOST_FEEDBACK:
        yield field.hit(f"Feedback-ID has {len(parts)} values; Gmail reads {_MOST_FEEDBACK}")
    elif len(parts[-1].strip()) not in _SENDER_ID:
        text = f"the sender in Feedback-ID is {show(parts[-1].strip())}, of {len(parts[-1].strip())} characters"
        yield field.hit(f"{text}; it has 5 to 15")
    if field.entity.mail.field("feedback-id") is not field:
        yield field.line_hit("there are several Feedback-ID fields; Gmail reads one")
