"""
Rules about URLs in text bodies: whether they can be followed at all, and where they lead (family T).

    URLs of attributes, styles and plain text -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote_to_bytes

from mimekit.headers.address import Mailbox
from mimekit.lint.rule import rule
from mimekit.lint.rules.texts import has_residue
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator
    from ipaddress import IPv4Address, IPv6Address

    from mimekit.finding import Fix
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.urls import Url
    from mimekit.lint.view import Text

__all__: list[str] = []

LONGEST = 2_048
"""Characters of a URL that every program takes."""

SHORTENERS = frozenset([
    "adf.ly", "bit.do", "bit.ly", "bl.ink", "buff.ly", "clck.ru", "cutt.ly", "cutt.us", "dlvr.it", "goo.gl", "is.gd",
    "j.mp", "kutt.it", "lc.chat", "mcaf.ee", "n9.cl", "ow.ly", "qr.ae", "rb.gy", "rebrand.ly", "s.id", "short.gy",
    "short.io", "shorte.st", "shorturl.at", "soo.gd", "t.co", "t.ly", "t2m.io", "tiny.cc", "tiny.one", "tinyurl.com",
    "tr.im", "trib.al", "u.to", "urlz.fr", "v.gd", "vk.cc", "x.co", "yourls.org",
])  # fmt: skip
"""Services that anybody may hide any address behind."""

_WEB = frozenset(["http", "https", "ftp"])
# RFC 6761, RFC 6762, RFC 8375, RFC 9476, ICANN's .internal
_LOCAL = (".localhost", ".local", ".test", ".internal", ".invalid", ".home.arpa", ".lan", ".alt")
_LOCATIONS = ("content-location", "content-base")
_ABSOLUTE = re.compile(rb"(?i)[ \t\r\n\"<]*+[a-z][a-z0-9+.\-]*+:")
# RFC 3986 2.2, 2.3, and the per cent sign
_BAD = re.compile(r"[^A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]")
_BAD_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_KEPT = "-._~:/?#[]@!$&'()*+,;=%"
_NUMBERED = re.compile(r"(?:0x[0-9a-f]*+|[0-9]++)(?:\.(?:0x[0-9a-f]*+|[0-9]++)){0,3}\.?")
_DOTTED = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")


# -- URLs that lead nowhere


@rule("T015", severity="error", looks_at="text", marks=["html"], reference="RFC 3986 5")
def relative_url(text: Text, _: Context) -> Iterator[Hit]:
    """
    A link or image has a URL without a scheme.

    Why it matters: a message has no address of its own that it could be relative to: the link is dead, the image is
    missing.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house: <a href="/orders/10482">follow it</a></p></body></html>

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house: <a href="www.shop.example">follow it</a></p>
        </body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p id="top">Your order has left our house:
        <a href="https://shop.example/orders/10482">follow it</a>, <a href="#top">back</a></p></body></html>

    References: RFC 3986 4.2, 5.1; RFC 2557 5
    """
    if not text.is_html:
        return
    found = [
        url
        for url in text.urls
        if not url.scheme and url.value and url.value[0] != "#" and url.attribute not in ("cite", "action")
    ]
    if not found or _has_base(text):
        return
    for url in found:
        if has_residue(url.value) or url.value in _NO_VALUES:
            continue
        why = "has no scheme and no base to be relative to"
        if url.value.startswith("//"):
            why = "has no scheme, and a message has none of its own"
        elif url.value[:4].lower() == "www.":
            why = "has no scheme: write https:// before it"
        yield url.hit(f"the {url.attribute or 'url()'} {show(url.value, 80)} {why}")


# What a template writes for a value that is not there: T021 finds it.
_NO_VALUES = frozenset(["None", "null", "undefined", "NaN", "[object Object]"])


def _has_base(text: Text) -> bool:
    """Whether there is a base: RFC 2557 lets header fields say one, and HTML an element."""
    if any([element.value("href") for element in text.document.named.get("base", ())]):
        return True
    for entity in text.entity.mail.entities:
        for name in _LOCATIONS:
            for field in entity.named.get(name, ()):
                if entity is not text.entity or _ABSOLUTE.match(field.raw):
                    return True
    return False


@rule("T020", severity="warning", looks_at="text", marks=["html"], reference="caniemail.com")
def data_uri(text: Text, _: Context) -> Iterator[Hit]:
    """
    An image or another resource stands in the HTML itself, as a data: URL.

    Why it matters: Gmail, Outlook and others do not show it, and filters count it, as attackers hide pages in it.  A
    part of the message with a Content-ID is shown everywhere.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house.</p>
        <img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" alt="" width="1" height="1"></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house.</p>
        <img src="https://shop.example/box.png" alt="" width="80" height="80"></body></html>

    References: RFC 2397; caniemail.com, image-base64
    """
    if text.is_html and "data:" in text.text.lower():
        for url in text.urls:
            if url.scheme == "data" and not url.is_link:
                yield url.hit(f"a data: URL of {len(url.value):,} characters: most programs do not show it")


@rule("T033", severity="error", looks_at="text", marks=["html"], reference="RFC 3986 2, 3", fix="safe")
def url_syntax(text: Text, _: Context) -> Iterator[Hit]:
    """
    A web URL is not written by the rules: no host, a port that is none, or, a warning, characters to be escaped.

    Why it matters: the mail program, the service that rewrites links for protection and the browser each mend it in
    another way, and the link breaks on the way.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house: <a href="https:///orders/10482">follow it</a></p>
        </body></html>

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house: <a href="https://shop.example/my orders">follow it</a>
        </p></body></html>

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Only today: <a href="https://shop.example/?q=10%">see it</a></p></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house: <a href="https://shop.example/my%20orders">follow it</a>
        </p></body></html>

    References: RFC 3986 2.1, 2.2, 3.2
    """
    if not text.is_html:
        return
    for url in text.urls:
        if url.scheme not in _WEB or has_residue(url.value):
            continue
        value = url.value
        if not url.host:
            yield url.hit(f"the URL {show(value, 80)} has no host")
        elif url.port is not None and not _is_port(url.port):
            yield url.hit(f"the URL {show(value, 80)} has the port {show(url.port, 20)}, which is none")
        elif (found := _BAD.search(value)) is not None:
            what = f"the URL {show(value, 80)} has {_named(found[0])}, which has to be escaped"
            yield url.hit(what, _escaping(url), "warning")
        elif _BAD_PERCENT.search(value):
            yield url.hit(f"the URL {show(value, 80)} has a % that begins no escape", severity="warning")


def _is_port(port: str) -> bool:
    return not port or (port.isascii() and port.isdigit() and len(port) <= 5 and int(port) <= 65_535)


def _named(character: str) -> str:
    if character in "\n\r":
        return "a line end"
    return "white space" if character in " \t" else f"the character {show(character)}"


def _escaping(url: Url) -> Fix | None:
    """Escape as browsers do (WHATWG URL 4.4): line ends and tabs go, what is no URL character is UTF-8 in per cents."""
    start, end = url.start, url.end
    if url.text.text[start:end].strip(" \t\n\f\r") != url.value or not url.host.isascii() or _BAD.search(url.host):
        return None
    charset = (url.text.entity.part.content_type.charset or "us-ascii").lower()
    if not url.value.isascii() and charset not in ("utf-8", "utf8"):
        return None
    value = quote(url.value.translate({9: None, 10: None, 13: None}), safe=_KEPT)
    return url.text.replacing("escape it", (start, end, value))


@rule("T034", severity="info", looks_at="text", reference="RFC 9110 4.1")
def url_too_long(text: Text, _: Context) -> Iterator[Hit]:
    """
    A web URL has more than 2,048 characters.

    Why it matters: programs, proxies and link scanners cut off longer ones, and the link breaks.

    Bad:
        @make url_of_length 2049

    Good:
        @make url_of_length 2048

    References: RFC 9110 4.1
    """
    if len(text.text) > LONGEST:
        for url in text.urls:
            if len(url.value) > LONGEST and url.scheme in _WEB:
                yield url.hit(f"a URL of {len(url.value):,} characters; not all programs take more than {LONGEST:,}")


@rule("T036", severity="error", looks_at="text", marks=["html"], reference="RFC 6068 2", fix="safe")
def mailto_syntax(text: Text, _: Context) -> Iterator[Hit]:
    """
    A mailto: link is not written by the rules: no address, a field without a value, characters that have to be escaped.

    Why it matters: mail programs open an empty message, or cut off subject and text at the character.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Questions? <a href="mailto:help@shop.example?subject=My order">Write to us</a></p>
        </body></html>

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Questions? <a href="mailto:help.shop.example">Write to us</a></p></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Questions? <a href="mailto:help@shop.example?subject=My%20order">Write to us</a></p>
        </body></html>

    References: RFC 6068 2, 5
    """
    if not text.is_html or "mailto:" not in text.text.lower():
        return
    for url in text.urls:
        if url.scheme == "mailto" and url.is_link and not has_residue(url.value):
            wrong, fix = _wrong_mailto(url)
            if wrong:
                yield url.hit(f"the link {show(url.value, 80)} {wrong}", fix)


def _wrong_mailto(url: Url) -> tuple[str, Fix | None]:
    """Say what is wrong with a mailto: URL; nothing if it is right."""
    addresses, mark, fields = url.value[len("mailto:") :].partition("?")
    if addresses.startswith("//"):
        return "has // before the address", None
    for one in addresses.split(",") if addresses else ():
        address = unquote_to_bytes(one).decode("utf-8", "replace")
        if not _is_address(address):
            return f"has {show(address, 60)} for an address", None
    for one in fields.split("&") if mark else ():
        name, equals, _ = one.partition("=")
        if not equals or not name:
            return f"has {show(one, 40)} where a field and its value are expected", None
    found = _BAD.search(url.value)
    if found is not None:
        return f"has {_named(found[0])}, which has to be escaped", _escaping_mailto(url)
    if _BAD_PERCENT.search(url.value):
        return "has a % that begins no escape", None
    return "", None


def _is_address(text: str) -> bool:
    found = Mailbox.parse(text.encode())
    return found is not None and found.address == text.strip() and bool(found.domain)


def _escaping_mailto(url: Url) -> Fix | None:
    if url.text.text[url.start : url.end].strip(" \t\n\f\r") != url.value:
        return None
    return url.text.replacing("escape it", (url.start, url.end, quote(url.value, safe=_KEPT)))


# -- where URLs lead


@rule("T030", severity="warning", looks_at="text", reference="RFC 9110 4.2.2", fix="unsafe")
def http_link(text: Text, _: Context) -> Iterator[Hit]:
    """
    A link or image of the HTML has the scheme http.

    Why it matters: anybody on the way can read and change what comes back; Gmail and others count it, and programs
    that show images over https only leave a gap.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house: <a href="http://shop.example/10482">follow it</a></p>
        </body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house: <a href="https://shop.example/10482">follow it</a></p>
        </body></html>

    References: RFC 9110 4.2.2, 17.1
    """
    if text.is_html and "http:" in text.text.lower():
        for url in text.urls:
            if url.scheme == "http":
                fix = None
                if url.text.text[url.start : url.start + 5].lower() == "http:":
                    at = url.start + 4
                    fix = text.replacing("write https", (at, at, "s"), is_safe=False)
                yield url.hit(f"the {url.attribute or 'url()'} {show(url.value, 80)} is not encrypted", fix)


@rule("T031", severity="error", looks_at="text", profiles=["production"], reference="RFC 6761; RFC 1918")
def local_url(text: Text, _: Context) -> Iterator[Hit]:
    """
    A URL leads to this machine or a private network.

    That is a file, localhost, a private or link-local address, a name without a dot, or one under .local, .test,
    .internal and the like.

    Why it matters: it was left over from development; nobody outside can open it, and it tells how things are named
    inside.

    Bad:
        From: Jane Doe <jane@mimekit.net>
        To: John Roe <john@mimekit.org>
        Message-ID: <20261124033000.7f3a9c2e@mimekit.net>

        Hello John,

        your order 10482 has left our house this morning. It should be with you on
        Friday, between nine and twelve o'clock. You may follow it: https://localhost:8000/10482

    Bad:
        From: Jane Doe <jane@mimekit.net>
        To: John Roe <john@mimekit.org>
        Message-ID: <20261124033000.7f3a9c2e@mimekit.net>

        Hello John,

        your order 10482 has left our house this morning. It should be with you on
        Friday, between nine and twelve o'clock. You may follow it: https://shop.internal/10482

    Good:
        From: Jane Doe <jane@mimekit.net>
        To: John Roe <john@mimekit.org>
        Message-ID: <20261124033000.7f3a9c2e@mimekit.net>

        Hello John,

        your order 10482 has left our house this morning. It should be with you on
        Friday, between nine and twelve o'clock. You may follow it: https://shop.example/10482

    References: RFC 6761 6; RFC 6762 3; RFC 1918 3; RFC 4193 3
    """
    for url in text.urls:
        if url.scheme == "file":
            yield url.hit(f"the URL {show(url.value, 80)} is that of a file on the machine of whoever opens it")
        elif url.scheme in _WEB and url.host and _is_local(url.host):
            yield url.hit(
                f"the URL {show(url.value, 80)} leads to {show(url.host, 60)}, which cannot be reached from outside"
            )


def _is_local(host: str) -> bool:
    name = host.rstrip(".")
    if host[:1] == "[" or _NUMBERED.fullmatch(host):
        address = _address(host)
        return address is not None and (address.is_private or address.is_loopback or address.is_link_local)
    return "." not in name or f".{name}".endswith(_LOCAL)


def _address(host: str) -> IPv4Address | IPv6Address | None:
    """Read an address as browsers do, decimal and hexadecimal ones too (WHATWG URL 3.5)."""
    from ipaddress import ip_address

    try:
        if host[:1] == "[":
            return ip_address(host[1:-1].partition("%")[0])
        parts = host.rstrip(".").split(".")
        numbers = [_number(part) for part in parts]
        *most, last = numbers
        value = last + sum([number << (8 * (3 - place)) for place, number in enumerate(most)])
        return ip_address(value)
    except ValueError:
        return None


def _number(text: str) -> int:
    if text.startswith("0x"):
        return int(text[2:] or "0", 16)
    return int(text[:40], 8 if text[:1] == "0" and len(text) > 1 else 10)


@rule("T032", severity="warning", looks_at="text", reference="SpamAssassin NORMAL_HTTP_TO_IP")
def ip_url(text: Text, _: Context) -> Iterator[Hit]:
    """
    The host of a URL is an IP address and no name.

    Why it matters: hardly anybody but attackers links to addresses, so filters count it.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house: <a href="https://192.0.2.17/10482">follow it</a></p>
        </body></html>

    Bad:
        Subject: Your order

        Hello John,

        your order 10482 has left our house this morning. It should be with you on
        Friday, between nine and twelve o'clock. You may follow it: https://[2001:db8::17]/10482

    Good:
        Subject: Your order

        Hello John,

        your order 10482 has left our house this morning. It should be with you on
        Friday, between nine and twelve o'clock. You may follow it: https://shop.example/10482

    References: RFC 3986 3.2.2; SpamAssassin NORMAL_HTTP_TO_IP; rspamd HTTP_TO_IP
    """
    if "://" not in text.text:
        return
    for url in text.urls:
        host = url.host
        if url.scheme in _WEB and host and (host[0] == "[" or (host[-1] in _HEX_DIGITS and _NUMBERED.fullmatch(host))):
            yield url.hit(f"the URL {show(url.value, 80)} leads to an IP address, {show(host, 60)}")


_HEX_DIGITS = frozenset("0123456789abcdefx.")


@rule("T035", severity="info", looks_at="text", profiles=["bulk"], reference="SpamAssassin 25_url_shortener")
def url_shortener(text: Text, _: Context) -> Iterator[Hit]:
    """
    A URL is one of a shortener that anybody may use.

    Why it matters: spam hides behind these, so block lists have many of them; and people cannot see where they get to.
    Links of the own domain are trusted more.

    Bad:
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        your order 10482 has left our house this morning. It should be with you on
        Friday, between nine and twelve o'clock. You may follow it: https://bit.ly/3xYz

        To unsubscribe from these letters: https://shop.example/u/8f3a

    Good:
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        your order 10482 has left our house this morning. It should be with you on
        Friday, between nine and twelve o'clock. You may follow it: https://shop.example/10482

        To unsubscribe from these letters: https://shop.example/u/8f3a

    References: SpamAssassin 25_url_shortener
    """
    if "://" not in text.text:
        return
    for url in text.urls:
        host = url.host.removeprefix("www.").rstrip(".")
        if host in SHORTENERS:
            yield url.hit(f"the URL {show(url.value, 80)} hides where it leads")
