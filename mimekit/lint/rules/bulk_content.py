"""
Rules of bulk senders about sizes and content: the link to unsubscribe, limits of providers, text and links (family B).

    Mail -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING

from mimekit.lint import makers_bulk  # noqa: F401 - the examples use it
from mimekit.lint.domains import organisational
from mimekit.lint.rule import rule
from mimekit.lint.rules import mime_edits
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.urls import Url
    from mimekit.lint.view import Field, Mail, Text

__all__: list[str] = []

# What a link to unsubscribe says or is called, by language.
_UNSUBSCRIBE = (
    "unsubscribe", "opt out", "opt-out", "optout", "manage subscription", "manage your subscription",
    "email preferences", "subscription preferences",
    "abmelden", "abmeldung", "abbestellen", "austragen",
    "d\u00e9sabonner", "d\u00e9sinscrire", "d\u00e9sinscription", "desabonner", "desinscription",
    "darse de baja", "darme de baja", "cancelar suscripci\u00f3n", "cancelar la suscripci\u00f3n",
    "cancelar inscri\u00e7\u00e3o", "cancelar subscri\u00e7\u00e3o", "descadastr",
    "disiscriv", "annulla iscrizione", "annulla l'iscrizione", "cancellati",
    "afmelden", "uitschrijven", "avregistrera", "avprenumerera", "avmeld", "afmeld", "frameld", "peruuta tilaus",
    "wypisz", "odhl\u00e1sit", "leiratkoz", "dezabon", "abonelikten",
    "\u043e\u0442\u043f\u0438\u0441\u0430\u0442\u044c\u0441\u044f",
    "\u0432\u0456\u0434\u043f\u0438\u0441\u0430\u0442\u0438\u0441\u044f",
    "\u9000\u8ba2", "\u9000\u8a02", "\u914d\u4fe1\u505c\u6b62", "\u8cfc\u8aad\u89e3\u9664", "\uc218\uc2e0\uac70\ubd80",
    "amazonsesunsubscribeurl",
)  # fmt: skip
_SPAM_WORDS = (
    "100% free", "act now", "as seen on", "cash bonus", "click here", "double your", "earn extra cash", "earn money",
    "free gift", "free money", "get rich", "guaranteed winner", "limited time only", "lose weight", "lowest price",
    "make money", "miracle", "no obligation", "once in a lifetime", "order now", "prize", "risk-free", "viagra",
    "winner", "you have won", "you won",
)  # fmt: skip
_POSTAL = re.compile(
    r"\bP\.?\s?O\.?\s?Box\b|\bPostfach\b|\bBo\u00eete postale\b"
    # a number and a street, the one before the other
    r"|\b\d{1,5}\w?,?\s{1,3}(?:[\w.'-]{1,30}\s{1,3}){0,4}(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way|"
    r"suite|floor|square|court)\b"
    r"|\w{1,30}(?:stra\u00dfe|strasse|str\.|weg|platz|allee|gasse|laan|straat)\s{1,3}\d{1,4}"
    r"|\b(?:rue|avenue|boulevard|via|viale|piazza|calle|plaza|avenida|rua)\s{1,3}\S"
    # postal codes
    r"|(?-i:\b[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}\b|\b[A-Z]{2} \d{5}(?:-\d{4})?\b"
    r"|\b(?:[A-Z]{1,2}-)?\d{4,5} [A-Z\u00c4\u00d6\u00dc][\w-]{1,30})",
    re.IGNORECASE,
)
_WORD = re.compile(r"\w+")
_MAX_GMAIL_HEADER = 500 * 1024
_MAX_GMAIL_FIELDS = 5000
_MAX_GMAIL_VALUE = 32 * 1024
_MAX_GMAIL_ID = 500
_MAX_GMAIL_SUBJECT = 998
_MAX_GMAIL_NAME = 1024
_ANY_LENGTH = frozenset({"to", "cc", "references", "message-id", "subject"})  # some have a bound of their own
_MAX_MESSAGE = 25 * 2**20
_MANY = 50
_FEW_WORDS = 20
_LEAST_HTML = 2000  # characters: what is shorter is a letter, whatever its ratio
_LONG_TEXT = 20_000


@cache
def _words(given: tuple[str, ...], bound: str = "") -> re.Pattern[str]:
    return re.compile(rf"{bound}(?:{'|'.join([re.escape(word) for word in given])}){bound}", re.IGNORECASE)


def _option(context: Context, name: str, default: tuple[str, ...]) -> tuple[str, ...]:
    given = context.options.get(name)
    return default if given is None else tuple([str(one) for one in given])


@rule("B006", severity="warning", profiles=("bulk",), reference="Google, Email sender guidelines")
def unsubscribe_body_link_missing(mail: Mail, context: Context) -> Iterator[Hit]:
    """
    No link in the body says that one can unsubscribe by it: not its text, not its title, not its URL.

    Why it matters: Gmail asks bulk senders for a link that is easy to see, beside List-Unsubscribe.  The option
    ``unsubscribe-words`` has words of further languages.

    Bad:
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

    Good:
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    References: Google, Email sender guidelines
    """
    words = _words((*_UNSUBSCRIBE, *_option(context, "unsubscribe-words", ())))
    texts = mail.texts
    if texts and not any([_has_link(text, words) for text in texts]):
        yield texts[-1].whole("no link in the body says that one can unsubscribe by it")


def _has_link(text: Text, words: re.Pattern[str]) -> bool:
    if not text.is_html:
        return bool(words.search(text.text)) and ("://" in text.text or "@" in text.text or "{{" in text.text)
    return any(
        [words.search(f"{one.value('href')} {one.value('title')} {one.text}") for one in text.document.links],
    )


@rule("B013", severity="error", reference="Gmail, email header limits (answer 14016360)")
def gmail_header_limits(mail: Mail, context: Context) -> Iterator[Hit]:
    """
    The header is over a limit of Gmail: 500 KB, 5,000 fields, 32 KB a value, a Subject of 998 octets and others.

    Why it matters: Gmail refuses the message.  To, Cc and References may be longer.

    Bad:
        @make bulk_note 600

    Good:
        @make bulk_note 3

    References: Google, Gmail email header limits (answer 14016360)
    """
    size = mail.header_end
    if size <= _MAX_GMAIL_ID:
        return
    severity = "warning" if context.options.get("received") else None  # it was taken, by somebody else
    if size > _MAX_GMAIL_HEADER:
        yield mail.absent(f"the header has {size} octets; Gmail takes {_MAX_GMAIL_HEADER}", severity=severity)
    if size > 3 * _MAX_GMAIL_FIELDS and len(mail.root.fields) > _MAX_GMAIL_FIELDS:
        text = f"the header has {len(mail.root.fields)} fields; Gmail takes {_MAX_GMAIL_FIELDS}"
        yield mail.absent(text, severity=severity)
    for name, most in (("message-id", _MAX_GMAIL_ID), ("subject", _MAX_GMAIL_SUBJECT)):
        field = mail.field(name)
        if field is not None and len(field.raw) > most and len(field.unfolded) > most:
            text = f"{field.name} has {len(field.unfolded)} octets; Gmail takes {most}"
            yield field.hit(text, severity=severity)
    if size > _MAX_GMAIL_VALUE or mail.root.has_long_line:
        yield from _long_fields(mail, severity)


def _long_fields(mail: Mail, severity: str | None) -> Iterator[Hit]:
    for field in mail.root.fields:
        if len(field.name) > _MAX_GMAIL_NAME:
            text = f"a field name has {len(field.name)} octets; Gmail takes {_MAX_GMAIL_NAME}"
            yield field.line_hit(text, severity=severity)
        if len(field.raw) > _MAX_GMAIL_VALUE and field.key not in _ANY_LENGTH:
            text = f"{show(field.name)[1:-1]} has {len(field.raw)} octets; Gmail takes {_MAX_GMAIL_VALUE}"
            yield field.hit(text, severity=severity)


@rule("B014", severity="warning", reference="limits of Gmail and Outlook.com")
def message_over_25mb(mail: Mail, context: Context) -> Iterator[Hit]:
    """
    The message is larger than what most receivers take: 25 MiB, or the option ``max-message-bytes``.

    Why it matters: it comes back.  Attachments count in base64, a third more than the file; put a link in their place.

    Bad:
        @make bulk_size 300

    Good:
        @make bulk_size 4000

    References: Google, attachment limits; Microsoft, Exchange Online limits
    """
    size = len(mail.octets)
    if size > context.options.get("max-message-bytes", _MAX_MESSAGE):
        most = context.options.get("max-message-bytes", _MAX_MESSAGE)
        yield mail.hit(f"the message has {size} octets; many receivers take {most}", 0, 0)


@rule("B015", severity="warning", profiles=("bulk",), reference="rspamd, RCPT_COUNT_GT_50")
def visible_recipients(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    Over 50 recipients can see each other in To and Cc.

    Why it matters: their addresses are shown to strangers, one answer to all reaches everybody, and filters count it.
    Send each a message of their own.

    Bad:
        @make bulk_recipients 51

    Good:
        @make bulk_recipients 3

    References: rspamd, RCPT_COUNT_GT_50
    """
    shown = [one for one in mail.addresses if one.field.key in ("to", "cc")]
    if len(shown) > _MANY:
        yield shown[0].field.hit(f"{len(shown)} recipients can see each other in To and Cc")


@rule("B016", severity="info", profiles=("bulk",), reference="Google, Email sender guidelines")
def link_domain_mismatch(mail: Mail, context: Context) -> Iterator[Hit]:
    """
    Most links lead to another organisation than that of From.

    Why it matters: readers and filters take that for phishing.  The option ``link-domains`` names domains that are
    right too, such as that of the program that counts clicks.

    Bad:
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        Catalogue: https://clicks.mailer.example/1
        To unsubscribe from these letters: https://clicks.mailer.example/u/8f3a

    Good:
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    References: Google, Email sender guidelines
    """
    authors = mail.author_domains
    if not authors:
        return
    own = {organisational(one) for one in (*authors, *_option(context, "link-domains", ()))}
    links = [url for text in mail.texts for url in text.urls if url.is_link and url.scheme in ("http", "https")]
    foreign = [url for url in links if url.host and organisational(url.host) not in own]
    if 2 * len(foreign) > len(links):
        hosts = ", ".join(list(dict.fromkeys([show(url.host)[1:-1] for url in foreign]))[:3])
        yield foreign[0].hit(f"{len(foreign)} of {len(links)} links lead to {hosts}, and From is of {authors[0]}")


@rule("B017", severity="info", profiles=("strict",), reference="CAN-SPAM Act, 15 U.S.C. 7704(a)(5)")
def physical_address_missing(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A letter to a list has nothing in it that looks like a postal address.

    Why it matters: the law of several countries asks for one in advertising mail.  The rule guesses: it looks for
    streets, post-office boxes and postal codes.

    Bad:
        List-ID: News of the shop <news.shop.example>
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

        The shop, 12 Orchard Road, Springfield
        To unsubscribe from these letters: https://shop.example/u/8f3a

    References: CAN-SPAM Act, 15 U.S.C. 7704(a)(5)
    """
    if mail.field("list-unsubscribe") is None and mail.field("list-id") is None:
        return
    texts = mail.texts
    if texts and not any([_POSTAL.search(_shown(text)[-_LONG_TEXT:]) for text in texts]):
        yield texts[-1].whole("nothing in the letter looks like a postal address")


def _shown(text: Text) -> str:
    return text.document.visible_text if text.is_html else text.text


@rule("B018", severity="info", reference="SpamAssassin, BODY_URI_ONLY")
def only_a_link(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    The body is one link and fewer than 20 words.

    Why it matters: much spam is just that, so filters count it.  Say what the link is for.

    Bad:
        Subject: Look

        https://shop.example/autumn

    Good:
        Subject: Your order 10482

        Hello John,

        your order 10482 has left our house this morning. You can see where it is,
        and when it will be with you, here:

        https://shop.example/orders/10482

        Jane

    References: SpamAssassin, BODY_URI_ONLY
    """
    texts = mail.texts
    links = [_only_link(text) for text in texts]
    if links and links[0] is not None and None not in links:
        yield links[0].hit("the body is one link and fewer than 20 words")


def _only_link(text: Text) -> Url | None:
    """Give the link of a body that has few words beside it."""
    if len(text.text) > _LONG_TEXT or (not text.is_html and ":" not in text.text):
        return None
    links = [url for url in text.urls if url.is_link]
    if len(links) != 1:
        return None
    words = _WORD.findall(_shown(text).replace(links[0].value, " "))
    return links[0] if len(words) < _FEW_WORDS else None


@rule("B019", severity="info", profiles=("bulk",), reference="SpamAssassin, HTML_IMAGE_RATIO_02")
def text_ratio(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    Less than a tenth of a long HTML body is text that a person reads.

    Why it matters: filters take much markup around little text for an attempt to hide something.

    Bad:
        @make bulk_markup 60

    Good:
        @make bulk_markup 2

    References: SpamAssassin, HTML_IMAGE_RATIO_02
    """
    for text in mail.texts:
        if text.is_html and len(text.text) >= _LEAST_HTML:
            shown = len(text.document.visible_text)
            if 10 * shown < len(text.text):
                yield text.whole(f"{shown} of {len(text.text)} characters of the HTML are text that a person reads")


@rule("B020", severity="info", profiles=("strict",), looks_at="field", names=["subject"], reference="SpamAssassin")
def spam_words(field: Field, context: Context) -> Iterator[Hit]:
    """
    The subject has words that filters know from advertising.

    Why it matters: each of them counts a little.  The option ``spam-words`` has a list of your own.

    Bad:
        Subject: Free gift for you, act now

    Good:
        Subject: A small gift with your order

    References: SpamAssassin, rules of subjects
    """
    if field.is_top:
        words = _option(context, "spam-words", _SPAM_WORDS)
        found = list(dict.fromkeys([one.lower() for one in _words(words, r"\b").findall(field.text)])) if words else []
        if found:
            yield field.hit(f"the subject says {', '.join([show(one) for one in found[:4]])}")


@rule("B022", severity="info", profiles=("strict",), reference="RFC 2046 5.1.3", fix="unsafe")
def size_without_reason(mail: Mail, _: Context) -> Iterator[Hit]:
    r"""
    The same attachment is there twice.

    Why it matters: the message is larger than it has to be, and readers wonder which one counts.

    Bad:
        Content-Type: multipart/mixed; boundary=b1
        -Content-Transfer-Encoding

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John, here is the list.
        --b1
        Content-Type: text/csv; charset=utf-8; name=list.csv
        Content-Disposition: attachment; filename=list.csv

        number,name
        10482,John
        --b1
        Content-Type: text/csv; charset=utf-8; name=copy.csv
        Content-Disposition: attachment; filename=copy.csv

        number,name
        10482,John
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1
        -Content-Transfer-Encoding

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John, here is the list.
        --b1
        Content-Type: text/csv; charset=utf-8; name=list.csv
        Content-Disposition: attachment; filename=list.csv

        number,name
        10482,John
        --b1--

    References: RFC 2046 5.1.3
    """
    attachments = mail.message.attachments
    if len(attachments) < 2:
        return
    wanted = {id(part) for part in attachments}
    known: dict[bytes, str] = {}
    for entity in mail.entities:
        if id(entity.part) in wanted and entity.is_leaf:
            content = entity.part.content
            if not content:
                continue
            first = known.setdefault(sha256(content).digest(), entity.path)
            if first != entity.path:
                text = f"this attachment is the same as part {first}, {len(content)} octets"
                yield entity.hit(text, mime_edits.without_part(entity))
