r"""
Rules about what a text or HTML body does or gives away (family X): scripts, forms, links that lie, secrets.

Mail programs run nothing; what asks them to is taken for an attack.  Links are compared by registered domain.

    texts, elements -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from mimekit.codecs import charset
from mimekit.lint.domains import same_organisation
from mimekit.lint.rule import rule
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Fix
    from mimekit.lint.context import Context
    from mimekit.lint.html import Element
    from mimekit.lint.rule import Hit
    from mimekit.lint.urls import Url
    from mimekit.lint.view import Entity, Mail, Text

__all__: list[str] = []

_SHOWN_URL = re.compile(
    r"(https?://|www\.)?((?:[^\W_](?:[\w\-]*[^\W_])?\.)+[^\W\d_]{2,63})(?::[0-9]+)?(?:[/?#]\S*)?", re.IGNORECASE
)
_USERINFO = re.compile(r"://[^/?#\s\"'<>@]*+@")
_ATTACH = re.compile(r"[?&](?:amp;)?attach(?:ment)?=", re.IGNORECASE)
_DROPPED = str.maketrans("", "", "".join(map(chr, range(33))))
_SCRIPTS = ("javascript:", "vbscript:", "livescript:", "data:text/html", "data:image/svg+xml")
_URLS = frozenset(
    [
        "href",
        "src",
        "action",
        "formaction",
        "background",
        "data",
        "poster",
        "xlink:href",
        "to",
        "from",
        "values",
        "lowsrc",
    ]
)
_IN_SVG = re.compile(rb"(?i)<script[\s>]|[\s\"']on[a-z]{3,20}\s{0,9}=|javascript:")
_NO_SCRIPTS = frozenset({"application/ld+json", "application/json"})  # data that mail programs read and do not run
_NEAR = 100  # characters from the name of an attribute to its value
_TINY = re.compile(r"[01](?:px)?")
_SECRETS = (
    ("an access key of AWS", re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a private key", re.compile(r"-----BEGIN (?:[A-Z]{1,12} ){0,3}PRIVATE KEY-----")),
    ("a JSON Web Token", re.compile(r"\beyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{10,}")),
    ("a password", re.compile(r"(?i)\b(?:password|passwort|passphrase|mot de passe)[ \t]*[:=][ \t]*[^\s<>\[\]{}]{4,}")),
)
_MAY_BE_SECRET = ("akia", "asia", "private key", ".eyj", "passw", "passphrase", "mot de passe")
# Charsets in which octets of ASCII are other characters, so that markup can be hidden or made.
_HIDING = frozenset({"utf-7", "hz", "iso2022_kr", "iso2022_jp_ext", "iso2022_jp_1", "iso2022_jp_2", "iso2022_jp_3"})
_HIDING_LABELS = re.compile(r"(?i)utf-?7|unicode-1-1-utf-7|hz-gb-2312|hz|iso-2022-(?:cn|kr)(?:-ext)?")
_HIDING_WORD = re.compile(rb"(?i)=\?(?:utf-?7|unicode-1-1-utf-7|hz-gb-2312|iso-2022-(?:cn|kr)[a-z\-]*)(?:\*[^?]*)?\?")
_UU = re.compile(r"(?m)^begin [0-7]{3,4} \S[^\n]*\n[ -`]{2,90}$")
_YENC = re.compile(r"(?m)^=ybegin (?:part=[0-9]+ )?(?:total=[0-9]+ )?line=[0-9]+ ")


@rule("X007", severity="warning", looks_at="element", names=["a"], reference="CWE-451", implies=["T030", "B016"])
def link_text_mismatch(element: Element, _: Context) -> Iterator[Hit]:
    """
    The text of a link is a URL or host, and the link leads to another domain, or from https to http.

    Why it matters: it is what phishing does; filters and mail programs warn of it, a link that counts clicks included.

    Bad:
        @html
        <!doctype html>
        <html lang="en"><title>Order</title><body>
        <p>Your order has left our house this morning, and will be with you on Friday. You need not do anything
        else; see <a href="https://evil.test/x">https://www.shop.example</a></p>
        </body></html>

    Good:
        @html
        <!doctype html>
        <html lang="en"><title>Order</title><body>
        <p>Your order has left our house this morning, and will be with you on Friday. You need not do anything
        else; see <a href="https://www.shop.example/order">www.shop.example</a></p>
        </body></html>

    References: CWE-451; UTS 36 2.11
    """
    href = element.attributes.get("href")
    if not href or href.strip()[:4].lower() != "http":
        return
    shown = element.text.strip()
    if "." not in shown or len(shown) > 2000:
        return
    found = _SHOWN_URL.fullmatch(shown.rstrip(".,;:!"))
    if found is None or (found[1] is None and not _is_domain(found[2])):
        return
    host = _host(href)
    if host and not same_organisation(found[2].lower(), host):
        yield element.hit(f"the link shows {show(shown)} and leads to {show(host)}")
    elif found[1] is not None and found[1].lower() == "https://" and href.strip()[:5].lower() == "http:":
        yield element.hit(f"the link shows {show(shown)} and leads to {show(href)}, which is not encrypted")


_HREF = re.compile(r"(?i)\s*https?:/*+(?:[^/?#\\@\s]*@)?([^/?#\\@:\s]++)")
_WITHOUT_SCHEME = re.compile(
    r"\.(?:com|org|net|edu|gov|info|biz|eu|de|fr|uk|ch|at|it|es|nl|se|pl|ru|jp|cn|br|au|ca|us)\Z"
)


def _host(href: str) -> str:
    found = _HREF.match(href)
    return found[1].lower() if found is not None else ""


def _is_domain(text: str) -> bool:
    """Tell whether a text without a scheme is meant for a domain, and not for the name of a file."""
    return text.islower() and _WITHOUT_SCHEME.search(text) is not None


@rule("X008", severity="warning", looks_at="text", needs=b"@", reference="RFC 3986 7.5", implies=["B016", "B018"])
def url_credentials(text: Text, _: Context) -> Iterator[Hit]:
    """
    A URL has a user, perhaps with a password, before its host.

    Why it matters: what stands before the ``@`` is taken for the host by people; a real password is given away.

    Bad:
        Content-Type: text/plain; charset=utf-8

        Your order has left our house: https://www.bank.example@shop.example/order says where it is on its
        way, and when it will be with you. You need not do anything else.

    Good:
        Content-Type: text/plain; charset=utf-8

        Your order has left our house: https://shop.example/order/10482 says where it is on its way, and when
        it will be with you. You need not do anything else.

    References: RFC 3986 3.2.1, 7.5, 7.6
    """
    if "@" not in text.text or not _USERINFO.search(text.text):
        return
    for url in text.urls:
        if url.userinfo is not None:
            yield url.hit(f"the URL {show(url.value)} has {show(url.userinfo)} before its host")


@rule("X019", severity="warning", looks_at="text", reference="CWE-312", profiles=["strict"])
def secret_in_body(text: Text, _: Context) -> Iterator[Hit]:
    """
    A body holds a key, a token or a password.

    Why it matters: mail is kept for years, by many; whoever finds it has the key.

    Bad:
        Content-Type: text/plain; charset=utf-8

        Your password: Sommer2026

    Good:
        Content-Type: text/plain; charset=utf-8

        Choose your password on the page that you know.

    References: CWE-312; CWE-640
    """
    lower = text.text.lower()
    if not any([mark in lower for mark in _MAY_BE_SECRET]):
        return
    for what, pattern in _SECRETS:
        found = pattern.search(text.text)
        if found is not None:
            yield text.hit(f"the body holds {what}", *found.span())


@rule(
    "X021",
    marks=["html", "svg+xml"],
    severity="error",
    reference="CWE-79",
    fix="unsafe",
    implies=["T014", "T016", "T020", "T033"],
)
def active_content(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    HTML or an SVG image holds a script: a script element, an ``on...`` attribute, a ``javascript:`` URL.

    Why it matters: mail programs run none of it; they cut it out, and filters take the message for an attack.

    Bad:
        @html
        <!doctype html>
        <html lang="en"><title>Order</title><body><p onclick="alert(1)">Your order has left us.</p>
        </body></html>

    Good:
        @html
        <!doctype html>
        <html lang="en"><title>Order</title><body><p>Your order has left us.</p>
        </body></html>

    References: CWE-79; HTML 4.12.1
    """
    for text in mail.texts:
        if text.is_html:
            for element in text.document.elements:
                yield from _scripts(element)
    for entity in mail.entities:
        if entity.is_leaf and entity.part.content_type.subtype == "svg+xml" and _IN_SVG.search(entity.part.content):
            yield entity.hit("the SVG image holds a script")


def _scripts(element: Element) -> Iterator[Hit]:
    if element.name == "script":
        kind = (element.attributes.get("type") or "").strip().lower()
        if kind not in _NO_SCRIPTS:
            yield element.hit("a script element")
    for name, value in element.attributes.items():
        if name[:2] == "on" and len(name) > 4 and name.isalpha() and (value or "").strip():
            yield element.attribute_hit(name, f"the attribute {name} is a script", _without(element, name))
        elif value and ":" in value and name in _URLS:
            plain = value[:200].translate(_DROPPED).lower()
            if plain.startswith(_SCRIPTS) and (name != "src" or not plain.startswith("data:image")):
                yield element.attribute_hit(name, f"{name} {show(value)} is a script")


def _without(element: Element, name: str) -> Fix | None:
    """Give the fix that takes an attribute out."""
    source = element.html.source
    start, end = element.place(name)
    first = max(element.start, start - _NEAR)
    at = source[first:start].lower().rfind(name)
    if at < 1 or (start, end) == (element.start, element.end):
        return None
    if source[start - 1] in "\"'" and source[end : end + 1] == source[start - 1]:
        end += 1
    at += first
    return element.html.text.replacing(f"take {name} out", (at - source[at - 1].isspace(), end, ""), is_safe=False)


@rule("X022", severity="warning", looks_at="element", names=["form", "input", "button"], reference="CWE-1021")
def form_in_mail(element: Element, _: Context) -> Iterator[Hit]:
    """
    HTML holds a form, a field for a password, or a button that sends a form elsewhere.

    Why it matters: most mail programs show it dead or warn of it; asking for a password by mail is what phishing does.

    Bad:
        @html
        <!doctype html>
        <html lang="en"><title>Order</title><body>
        <form action="https://shop.example/f"><p>How was it?</p></form>
        </body></html>

    Good:
        @html
        <!doctype html>
        <html lang="en"><title>Order</title><body>
        <p>Your order has left our house this morning, and will be with you on Friday. You need not do anything
        else. How was it? <a href="https://shop.example/f">Tell us</a></p>
        </body></html>

    References: CWE-1021; HTML 4.10
    """
    if element.name == "form":
        yield element.hit("a form, which most mail programs do not send")
    elif element.name == "input" and element.value("type").lower() == "password":
        yield element.hit("a field for a password")
    if "formaction" in element.attributes:
        yield element.hit(f"a button that sends to {show(element.value('formaction'))}")


@rule(
    "X023",
    severity="info",
    looks_at="element",
    names=["img"],
    reference="RFC 8255 7",
    profiles=["strict"],
)
def tracking_pixel(element: Element, _: Context) -> Iterator[Hit]:
    """
    A remote image is one pixel, or hidden: it tells the sender when and where the message is opened.

    Why it matters: in many countries that needs consent; mail programs load it through a proxy or not at all.

    Bad:
        @html
        <!doctype html>
        <html lang="en"><title>Order</title><body><p>Your order has left our house this morning, all of it.</p>
        <p>You do not have to do anything more; it will be with you on Friday.</p>
        <img src="https://shop.example/o.gif" width="1" height="1" alt="">
        </body></html>

    Good:
        @html
        <!doctype html>
        <html lang="en"><title>Order</title><body><p>Your order has left our house this morning, all of it.</p>
        <p>You do not have to do anything more; it will be with you on Friday.</p>
        <img src="https://shop.example/logo.png" width="80" height="40" alt="Shop">
        </body></html>

    References: GDPR 6; ePrivacy Directive 5 (3)
    """
    source = element.value("src").lower()
    if not source.startswith(("http:", "https:", "//")):
        return
    width, height = element.value("width"), element.value("height")
    style = (element.attributes.get("style") or "").replace(" ", "").lower()
    is_tiny = _TINY.fullmatch(width) is not None and _TINY.fullmatch(height) is not None
    if (
        is_tiny
        or element.is_hidden
        or "display:none" in style
        or "visibility:hidden" in style
        or (_STYLED.search(style) is not None and "width:" in style and "height:" in style)
    ):
        yield element.hit(f"the image {show(source)} cannot be seen; it tells when the message is opened")


_STYLED = re.compile(
    r"(?:\A|;)(?:width:[01](?:px)?(?:;|\Z).*(?<!-)height:[01](?:px)?(?:;|\Z)|height:[01](?:px)?(?:;|\Z).*(?<!-)width:[01](?:px)?(?:;|\Z))"
)


@rule(
    "X028",
    severity="warning",
    looks_at="part",
    reference="WHATWG Encoding",
    profiles=["strict"],
    implies=["E034", "E035", "M104"],
)
def charset_smuggling(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    HTML, or an encoded word, is in a charset in which octets of ASCII stand for something else (UTF-7, HZ, ISO-2022).

    Why it matters: a filter sees harmless letters where a reader that knows the charset sees markup; browsers have
    dropped these charsets for that.

    Bad:
        Content-Type: text/html; charset=utf-7

        <!doctype html>
        <html lang="en"><title>Order</title><body><p>Your order has left us. +AGE-</p>
        </body></html>

    Good:
        @html
        <!doctype html>
        <html lang="en"><title>Order</title><body><p>Your order has left us.</p>
        </body></html>

    References: WHATWG Encoding 2; CWE-838
    """
    part = entity.part
    label = part.content_type.charset if part.content_type.essence == "text/html" else None
    if label is not None and _is_hiding(label):
        yield entity.hit(f"HTML in {show(label)}, in which ASCII can stand for markup")
    headers = part.headers.to_bytes()
    if b"=?" in headers:
        for field in entity.fields:
            found = _HIDING_WORD.search(field.raw) if b"=?" in field.raw else None
            if found is not None:
                yield field.hit(f"{field.name} has an encoded word in a charset in which ASCII can stand for markup")


@lru_cache(maxsize=64)
def _is_hiding(label: str) -> bool:
    return _HIDING_LABELS.fullmatch(label.strip()) is not None or charset.canonical(label) in _HIDING


@rule(
    "X030",
    name="mailto-attachment",
    severity="warning",
    looks_at="text",
    needs=b"ttach",
    reference="RFC 6068 4",
    implies=["T036"],
)
def mailto_attachment(text: Text, _: Context) -> Iterator[Hit]:
    """
    A ``mailto:`` link asks for a file of the person to be attached.

    Why it matters: some mail programs did so, and sent keys and password files to whoever wrote the link.

    Bad:
        Content-Type: text/plain; charset=utf-8

        If something is missing, or is not what you have ordered, then please write to us and say so, to
        mailto:max@shop.example?attach=/etc/passwd and we send what is missing.

    Good:
        Content-Type: text/plain; charset=utf-8

        If something is missing, or is not what you have ordered, then please write to us and say so, to
        mailto:max@shop.example?subject=Order and we send what is missing.

    References: RFC 6068 4, 7; Mailto: Me Your Secrets (CNS 2020)
    """
    if "ttach" not in text.text or not _ATTACH.search(text.text):
        return
    for url in text.urls:
        if _asks_for_a_file(url):
            yield url.hit(f"the link {show(url.value)} asks for a file to be attached")


def _asks_for_a_file(url: Url) -> bool:
    return url.scheme == "mailto" and _ATTACH.search(url.value) is not None


@rule(
    "X037", name="embedded-encoding", severity="info", looks_at="text", needs=b"begin ", reference="-", implies=["E001"]
)
def embedded_encoding(text: Text, _: Context) -> Iterator[Hit]:
    """
    A text holds a file in uuencode or yEnc.

    Why it matters: some mail programs make an attachment of it, others show signs; a scanner may not look into it.

    Bad:
        Content-Type: text/plain; charset=utf-8

        begin 644 more.txt
        #0V%T
        `
        end

    Good:
        Content-Type: text/plain; charset=utf-8

        begin with the first page

    References: IEEE 1003.1 uuencode; RFC 2045 6.3
    """
    source = text.text
    found = _UU.search(source) if "begin " in source else None
    found = found or (_YENC.search(source) if "=ybegin " in source else None)
    if found is not None:
        yield text.hit("a file in uuencode or yEnc stands in the text", *found.span())


@rule("X039", name="html-ends-in-tag", severity="warning", looks_at="text", marks=["html"], reference="CVE-2017-17688")
def html_ends_in_tag(text: Text, _: Context) -> Iterator[Hit]:
    """
    HTML ends inside a tag, before its closing bracket.

    Why it matters: what a mail program puts after it becomes a part of the tag; so a decrypted text was sent away as
    the address of an image (EFAIL).

    Bad:
        @html
        <!doctype html>
        <html lang="en"><title>Order</title><body><p>Your order has left our house.</p>
        </body></html><img src="https://shop.example/

    Good:
        @html
        <!doctype html>
        <html lang="en"><title>Order</title><body><p>Your order has left our house.</p>
        </body></html>

    References: CVE-2017-17688; CVE-2017-17689
    """
    if not text.is_html:
        return
    source = text.text
    at = source.rfind("<")
    if at > source.rfind(">") and (source[at + 1 : at + 2].isalpha() or source[at + 1 : at + 2] in ("/", "!")):
        yield text.hit("the HTML ends inside a tag", at, len(source.rstrip()))
