r"""
Rules about what deceives or betrays in a header (family X): injected lines, two authors, borrowed names, leaks.

Composition Kills (USENIX Security 2020) and Weak Links (2021) show how readers that disagree on the author are used.

    header -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mimekit.codecs import words
from mimekit.codecs.charset import decode_raw
from mimekit.headers.address import AddressList
from mimekit.headers.lists import ListField
from mimekit.lint.domains import same_organisation
from mimekit.lint.rule import rule
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Fix
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Address, Field, Mail

__all__: list[str] = []

_ORIGINATORS = frozenset({"from", "sender", "reply-to"})
_LINE_ENDS = re.compile("[\r\n\x00]")
_AUTHOR = re.compile(rb"(?:from|sender)[ \t]*+(?:\r?\n[ \t]++)?:", re.IGNORECASE)
_DOMAINS = re.compile(r"@[ \t]*+([^\s<>()\[\],;:\"\\@\x00]++)")
_NAMED_DOMAIN = re.compile(r"[^\s@<>()\"']@([^\s@<>()\[\],;:\"']++)")
# Faults of an address list after which two readers see two authors.
_AMBIGUOUS = frozenset(
    {"A001", "A018", "A019", "A022", "A032", "A036", "A037", "A038", "A039", "A040", "A041", "A045", "E054"}
)
_MAY_BE_PRIVATE = ("10.", "192.168.", "172.", "127.", "169.254.", ":f", ":F", "[f", "[F")
_PRIVATE = re.compile(
    rb"(?<![0-9.])(?:10\.[0-9]{1,3}|192\.168|172\.(?:1[6-9]|2[0-9]|3[01])|127\.[0-9]{1,3}|169\.254)"
    rb"\.[0-9]{1,3}\.[0-9]{1,3}(?![0-9.])|\[(?:IPv6:)?(?:f[cd][0-9a-f]{2}|fe80):",
    re.IGNORECASE,
)
_PATH = re.compile(r"[A-Za-z]:\\|/(?:home|usr|var|srv|www|opt|htdocs|Users)/|\.(?:php|py|pl|rb|jsp?|aspx)\b")
_MAY_LEAK = re.compile(rb"[0-9./\\]|=\?")
_LIBRARY = re.compile(
    r"(?i)\b(?:php|phpmailer|swiftmailer|symfony|laravel|nodemailer|python|django|flask|javamail|jakarta|ruby|rails"
    r"|perl|mime-?lite|mimekit|mailkit|gomail|lettre|aiosmtplib)\b[^0-9]{0,12}[0-9]+\.[0-9]"
)
_LEAKS = ("x-php-originating-script", "x-php-script", "x-originating-ip", "x-source", "x-source-args", "x-source-dir")
_FORGED = ("authentication-results", "x-spam-", "x-google-", "arc-")
_LIST_FIELDS = ("list-unsubscribe", "list-help", "list-subscribe", "list-post", "list-owner", "list-archive")
_LIST_SCHEMES = frozenset({"mailto", "http", "https", "ftp", "tel", "news", "nntp", "xmpp", "sip"})


@rule("X001", marks=["X002"], severity="error", reference="CWE-93; RFC 5322 2.2", implies=["X002"])
def header_injection(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A field holds CR, LF or NUL once it is decoded.

    Why it matters: a program that writes the decoded value into another message adds the lines after it to the header:
    recipients, a second author, a whole body.

    Bad:
        Subject: =?utf-8?q?Hello=0D=0ABcc:_max=40customer.example?=

    Good:
        Subject: =?utf-8?q?Hello=C3=A9?=

    References: CWE-93; RFC 5322 2.2; RFC 2047 5
    """
    for defect in mail.message.defects:
        if defect.code == "X002":
            octets = mail.octets[defect.start : defect.end]
            text = words.decode(octets) if b"=?" in octets else unquote(decode_raw(octets))
            found = _LINE_ENDS.search(text.strip("\r\n"))
            if found is not None:
                what = {"\r": "CR", "\n": "LF", "\x00": "NUL"}[found[0]]
                yield mail.hit(f"the decoded value {show(text)} holds {what}", defect.start, defect.end)


@rule("X002")
def encoded_control() -> None:
    """
    An encoded word or an RFC 2231 value holds a control character.

    Why it matters: nobody sees it; programs that pass the value on may cut it there, or take it for the end of a line.

    Bad:
        Subject: =?utf-8?q?Hello=07?=

    Good:
        Subject: =?utf-8?q?Hello_=E2=80=93_you?=

    References: RFC 2047 5; CWE-93
    """


@rule(
    "X003",
    marks=["any defect"],
    severity="error",
    reference="Composition Kills (USENIX Security 2020)",
    implies=["A001", "A018", "A028", "A040", "A041", "H003", "H011", "H012", "H013", "H104", "H111"],
)
def ambiguous_author(mail: Mail, _: Context) -> Iterator[Hit]:
    r"""
    Readers disagree on who the author is: two From fields, odd spellings of the field, several addresses run together.

    Why it matters: the filter checks one of them and the person sees another; that is how forged mail passes DMARC.

    Bad:
        From: jane@shop.example
        From: max@evil.example

    Bad:
        From : Jane Doe <jane@shop.example>

    Bad:
        From: <jane@evil.example>jane@shop.example

    Bad:
        From: jane@shop.example\x00@evil.example

    Good:
        From: Jane Doe <jane@shop.example>

    References: Composition Kills (USENIX Security 2020); RFC 7103 7.1
    """
    if not mail.message.defects:
        return  # each way to do it is a fault that the parser notices
    yield from _author_lines(mail)
    for name in ("from", "sender"):
        fields = mail.fields(name)
        for field in fields[1:]:
            yield field.line_hit(f"{field.name.strip()} stands again; readers disagree on which one counts")
        for field in fields:
            if field.name != field.name.rstrip(" \t"):
                yield field.line_hit(f"blanks before the colon hide {field.name.strip()} from some readers")
            yield from _two_readings(field)
    yield from _other_author(mail)


def _author_lines(mail: Mail) -> Iterator[Hit]:
    """Find lines that are no field for this reader and From or Sender for another."""
    for defect in mail.message.defects:
        if defect.code in ("H012", "H013") and defect.end <= mail.header_end:
            line = mail.octets[defect.start : defect.end]
            if _AUTHOR.match(line.lstrip(b" \t")):
                text = f"{show(line.rstrip())} is a field for some readers and none for others"
                yield mail.hit(text, defect.start, defect.start + len(line.rstrip()))


def _two_readings(field: Field) -> Iterator[Hit]:
    flaws: list[tuple[str, int, int, str]] = []
    AddressList.parse(field.raw, flaws)
    codes = {flaw[0] for flaw in flaws}
    if codes.isdisjoint(_AMBIGUOUS):
        return
    text = words.decode(field.raw)
    seen = {domain.rstrip(".").lower() for domain in _DOMAINS.findall(text)}
    if len(seen) > 1:
        listed = " and ".join([show(domain) for domain in sorted(seen)[:3]])
        yield field.hit(f"{field.name.strip()} can be read as an address at {listed}")


def _other_author(mail: Mail) -> Iterator[Hit]:
    """Find a From that cannot be read beside another field that a reader may take for it."""
    author = mail.field("from")
    if author is None or AddressList.parse(author.raw):
        return
    for name in ("sender", "resent-from"):
        field = mail.field(name)
        if field is not None and AddressList.parse(field.raw):
            yield author.hit(f"From has no address; some readers show {field.name} in its place")
            return


@rule("X004", severity="warning", looks_at="address", marks=["odd"], reference="-")
def display_name_spoof(address: Address, _: Context) -> Iterator[Hit]:
    """
    The display name of an author holds an address of another domain.

    Why it matters: many mail programs show the name alone, so the message seems to come from that address; filters
    know it from phishing.

    Bad:
        From: "jane@bank.example" <jane@shop.example>

    Good:
        From: "Jane at the bank" <jane@shop.example>

    References: UTS 36 2.1; Weak Links (USENIX Security 2021)
    """
    mailbox = address.mailbox
    if mailbox is None or address.field.key not in _ORIGINATORS:
        return
    name = mailbox.display_name
    if not name.isascii():
        name = unicodedata.normalize("NFKC", name)
    if "@" not in name:
        return
    for domain in _NAMED_DOMAIN.findall(name):
        named = domain.strip(".").lower()
        if "." in named and not same_organisation(named, mailbox.domain):
            yield address.hit(f"the name {show(mailbox.display_name)} claims {named}; the address is another one")
            return


@rule(
    "X018",
    severity="warning",
    looks_at="field",
    names=[*_LEAKS, "x-mailer", "user-agent", "received"],
    reference="-",
    fix="unsafe",
    implies=["H114", "H022"],
)
def private_header_leak(field: Field, _: Context) -> Iterator[Hit]:
    """
    A field tells what is nobody's business: a script and its path, an address of a private network, a version.

    Why it matters: it helps those who look for a way in, and filters know such fields from abused web sites.

    Bad:
        X-PHP-Originating-Script: 1000:mail.php

    Bad:
        X-Mailer: /var/www/shop/send.php

    Bad:
        Received: from app (app.shop.example [10.0.3.7]) by mail.shop.example; Tue, 24 Nov 2026 03:30:00 +0000

    Good:
        X-Mailer: Shop

    References: CWE-200
    """
    if not field.is_top:
        return
    if field.key == "received":
        searched = field.searched
        found = _PRIVATE.search(field.raw) if any([mark in searched for mark in _MAY_BE_PRIVATE]) else None
        if found is not None:
            text = f"Received names the private address {show(found[0].decode('latin-1'))}"
            yield field.hit(text, *found.span(), _without(field))
    elif field.key in _LEAKS:
        yield field.line_hit(f"{field.name} tells others about the host that sends", _without(field))
    elif _MAY_LEAK.search(field.raw) is None:
        return
    elif _PATH.search(field.text):
        yield field.hit(f"{field.name} {show(field.text)} names a file of the host that sends", fix=_without(field))
    elif _LIBRARY.search(field.text):
        yield field.hit(
            f"{field.name} {show(field.text)} names the version of a library", fix=_without(field), severity="info"
        )


def _without(field: Field) -> Fix:
    return field.removing(f"leave out {field.name}", is_safe=False)


@rule("X020", severity="warning", reference="RFC 8601 5", fix="unsafe", implies=["H114", "D022", "H022"])
def authentication_results_injected(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    The message brings a verdict about itself: Authentication-Results, X-Spam-*, X-Google-* or ARC-*.

    Why it matters: such fields are added by receivers; one that a sender supplies is a lie that some reader believes,
    and most servers strip it or distrust the message.

    Bad:
        X-Spam-Status: No, score=-10

    Good:
        X-Campaign: spring

    References: RFC 8601 5, 7.1; RFC 8617 5
    """
    for field in mail.root.fields:
        if field.key.startswith(_FORGED):
            yield field.line_hit(f"{field.name} is for receivers to add", _without(field))


@rule(
    "X033",
    name="unsafe-list-uri",
    severity="error",
    looks_at="field",
    names=_LIST_FIELDS,
    reference="RFC 2369 4",
    implies=["B002", "H228"],
)
def unsafe_list_uri(field: Field, _: Context) -> Iterator[Hit]:
    """
    A URI of a List-* field runs a script, holds data, names a file, or smuggles lines or a file into a mail.

    Why it matters: mail programs follow these URIs when a person clicks on their own button, without showing them.

    Bad:
        List-Unsubscribe: <javascript:alert(1)>

    Bad:
        List-Unsubscribe: <mailto:off@shop.example?subject=off%0D%0ABcc:max@evil.example>

    Good:
        List-Unsubscribe: <mailto:off@shop.example?subject=off>

    References: RFC 2369 4; RFC 6068 7; "Mailto: Me Your Secrets" (CNS 2020)
    """
    text = field.searched
    is_odd = "%0" in text or "ttach" in text or "TTACH" in text
    if not is_odd and text.count(":") == text.count("<https:") + text.count("<mailto:") + text.count("<http:"):
        return
    found = ListField.parse(field.raw)
    for uri in found.uris if found is not None else ():
        scheme, colon, rest = uri.partition(":")
        scheme = re.sub(r"[\s\x00-\x1f]", "", scheme).lower()
        if colon and scheme not in _LIST_SCHEMES:
            yield field.hit(f"{field.name} has the URI {show(uri)}, which is neither mailto nor http")
        elif scheme == "mailto" and (_LINE_ENDS.search(unquote(rest)) or _ATTACH.search(rest)):
            yield field.hit(f"{field.name} has the URI {show(uri)}, which adds lines or a file to the mail")


_ATTACH = re.compile(r"[?&](?:amp;)?attach(?:ment)?=", re.IGNORECASE)


@rule(
    "X036",
    name="address-out-of-view",
    severity="warning",
    looks_at="address",
    marks=["odd"],
    reference="Weak Links (USENIX Security 2021) A13",
    implies=["A025"],
)
def address_out_of_view(address: Address, _: Context) -> Iterator[Hit]:
    """
    A display name is so long, or has so many blanks, that the address behind it is pushed out of view.

    Why it matters: the person sees a name that looks like an address, and not the address.

    Bad:
        From: "Jane Doe                                        ." <jane@shop.example>

    Good:
        From: Jane Doe <jane@shop.example>

    References: Weak Links (USENIX Security 2021) A13
    """
    mailbox = address.mailbox
    if mailbox is None or len(mailbox.display_name) < _BLANKS_IN_A_ROW:
        return
    name = mailbox.display_name
    if len(name) > _LONGEST_NAME:
        yield address.hit(f"the name {show(name)} has {len(name)} characters, which hide the address")
    elif _BLANKS.search(name):
        yield address.hit(f"the name {show(name)} has blanks in a row that push the address out of view")


_BLANKS_IN_A_ROW = 16
_LONGEST_NAME = 256
_BLANKS = re.compile(r"[\s\u115f\u1160\u200b-\u200f\u2060\u2800\u3164\ufeff\uffa0]{16}")
