"""
Rules about what the mail clients that a message is meant for do not show: elements, styles, image formats (family T).

    features of a document, clients of the context -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mimekit.lint import clients
from mimekit.lint.rule import rule

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mimekit.lint.context import Context
    from mimekit.lint.css import AtRule, Declaration, Sheet, StyleRule
    from mimekit.lint.html import Element, Html
    from mimekit.lint.rule import Hit
    from mimekit.lint.urls import Url
    from mimekit.lint.view import Entity, Text

__all__: list[str] = []

_IMAGES = {
    "apng": "apng", "avif": "avif", "bmp": "bmp", "gif": "gif", "heic": "heif", "heif": "heif", "ico": "ico",
    "jpeg": "jpg", "jpg": "jpg", "mp4": "mp4", "png": "png", "svg": "svg", "tif": "tiff", "tiff": "tiff",
    "webp": "webp",
}  # fmt: skip
_TYPES = {
    "svg+xml": "svg", "x-icon": "ico", "vnd.microsoft.icon": "ico", "vnd.mozilla.apng": "apng", "x-ms-bmp": "bmp",
}  # fmt: skip
_EXTENSION = re.compile(r"\.([A-Za-z0-9]{3,5})(?:[?#]|\Z)")
_DATA = re.compile(r"(?i)data:image/([a-z0-9.+\-]{1,40})")


@rule("T010", severity="warning", looks_at="html", profiles=["strict"], reference="caniemail.com")
def html_unsupported(html: Html, context: Context) -> Iterator[Hit]:
    """
    An element or attribute is not supported by a client that the message is meant for.

    The clients are those of the context, by default Apple Mail, Gmail, Outlook and Yahoo.  Each feature is told once.

    Why it matters: the client takes it out, with or without what is in it, or shows it as something else.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><title>Your order</title></head><body><p>Your order has left our house:</p>
        <video src="https://shop.example/film.mp4">see it</video></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><title>Your order</title></head><body><p>Your order has left our house:
        <a href="https://shop.example/film">see it</a></p></body></html>

    References: caniemail.com
    """
    told: set[str] = set()
    for element in html.elements:
        for feature, attribute in clients.of_element(element):
            if feature in told:
                continue
            told.add(feature)
            without = clients.support(feature, context.clients).none
            if without:
                text = _said(feature, f"is not supported by {without}")
                yield element.attribute_hit(attribute, text) if attribute else element.hit(text)


def _said(feature: str, what: str) -> str:
    return f"{clients.title(feature)} {what} (caniemail.com: {feature})"


@rule("T011", severity="warning", looks_at="html", profiles=["strict"], reference="caniemail.com")
def css_unsupported(html: Html, context: Context) -> Iterator[Hit]:
    """
    A property, value, selector or at-rule of a style is not supported by a client that the message is meant for.

    Where it is supported in part, the finding is an info.  The clients are those of the context, by default Apple Mail,
    Gmail, Outlook and Yahoo.  Each feature is told once.

    Why it matters: the client passes over it, and sometimes over the whole style.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><title>Your order</title></head><body>
        <p style="display:grid">Your order has left our house.</p></body></html>

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><title>Your order</title><style>p:not(.x) { color: #333333 }</style></head><body>
        <p>Your order has left our house.</p></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><title>Your order</title></head><body>
        <p style="color:#333333">Your order has left our house.</p></body></html>

    References: caniemail.com
    """
    told: set[str] = set()
    for features, holder, one in _styled(html):
        for feature in sorted(features - told):
            told.add(feature)
            found = clients.support(feature, context.clients)
            if found.none:
                yield html.hit(_said(feature, f"is not supported by {found.none}"), *holder.place_of(one))
            elif found.partly:
                text = _said(feature, f"is supported in part by {found.partly}")
                yield html.hit(text, *holder.place_of(one), severity="info")


def _styled(html: Html) -> Iterator[tuple[set[str], Sheet | Element, AtRule | StyleRule | Declaration]]:
    """Give the features that styles use, what holds the style, and the part of it that uses them."""
    for sheet in html.sheets:
        for at_rule in sheet.at_rules:
            yield clients.of_at_rule(at_rule), sheet, at_rule
        for style_rule in sheet.rules:
            yield clients.of_selector(style_rule), sheet, style_rule
            for declaration in style_rule.declarations:
                yield clients.of_declaration(declaration), sheet, declaration
    for element in html.elements:
        if "style" in element.attributes:
            for declaration in element.style:
                yield clients.of_declaration(declaration), element, declaration


@rule("T012", severity="warning", looks_at="text", profiles=["strict"], reference="caniemail.com")
def image_format_unsupported(text: Text, context: Context) -> Iterator[Hit]:
    """
    An image has a format that a client that the message is meant for does not show.

    Why it matters: the client shows an empty frame.  JPEG, PNG and GIF are shown by all.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><title>Your order</title></head><body><p>Your order has left our house.</p>
        <img src="https://shop.example/box.webp" alt="a parcel" width="80" height="80"></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><title>Your order</title></head><body><p>Your order has left our house.</p>
        <img src="https://shop.example/box.png" alt="a parcel" width="80" height="80"></body></html>

    References: caniemail.com
    """
    if not text.is_html:
        return
    parts = text.entity.mail.content_ids if "cid:" in text.text.lower() else {}
    for url in text.urls:
        if url.attribute not in ("src", "srcset", "background", "poster") and not url.is_css:
            continue
        kind = _format(url, parts)
        without = clients.support(f"image-{kind}", context.clients).none if kind else ""
        if without and url.element is not None and url.element.name in ("img", "source", "td", "th", "table", "body"):
            yield url.hit(_said(f"image-{kind}", f"is not shown by {without}"))


def _format(url: Url, parts: Mapping[str, list[Entity]]) -> str:
    """Say of what format an image is, by its part, its type or its name; nothing if that is not known."""
    value = url.value
    if url.scheme == "cid":
        named = [one.part.content_type for one in parts.get(unquote(value[4:]), ())[-1:]]
        subtype = named[0].subtype if named and named[0].maintype == "image" else ""
        return _IMAGES.get(_TYPES.get(subtype, subtype), "")
    found = _DATA.match(value) if url.scheme == "data" else _EXTENSION.search(value, max(0, len(value) - 300))
    if found is None:
        return ""
    name = found[1].lower()
    return _IMAGES.get(_TYPES.get(name, name), "")
