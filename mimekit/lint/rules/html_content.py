"""
Rules about what an HTML body holds: images and what stands for them, links, tables of the layout (family T).

    elements -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING

from mimekit.lint.rule import rule
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.html import Element, Html
    from mimekit.lint.rule import Hit

__all__: list[str] = []

FEW_WORDS = 20
"""Fewer visible words than that beside an image are said to be no text."""

# An image of at most 200 x 100 is a logo, an icon or a spacer, and not the message.
_LOGO = 20_000
_NUMBER = re.compile(r"\s*+([0-9]{1,6})\s*+(?:px)?\s*+\Z")
_SEEN = re.compile(r"[^\s\u00a0\u00ad\u034f\u200b-\u200f\u2060\ufeff]")
_LOOKED_AT = 200
_NOTHING = re.compile(r"(?i)javascript:[\s;]*+(?:void[ ]?+(?:0|\(0?\))[\s;]*+)?+")
_LAYOUT_ATTRIBUTES = frozenset(["cellpadding", "cellspacing", "align", "bgcolor", "background"])
_NAMING = frozenset(["svg", "object", "input", "button"])
_DATA_PARTS = frozenset(["th", "caption", "thead", "tfoot", "colgroup"])


@rule("T006", severity="warning", looks_at="element", names=["img"], reference="WCAG 2.2 1.1.1")
def img_without_alt(element: Element, _: Context) -> Iterator[Hit]:
    """
    An image has no alt attribute.  One that says nothing has ``alt=""``.

    Why it matters: many programs show no images until asked, and some people see none: they get the name of the file
    instead, or nothing.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house.</p>
        <img src="https://shop.example/box.png" width="80" height="80"></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house.</p>
        <img src="https://shop.example/box.png" width="80" height="80" alt="a parcel"></body></html>

    References: WCAG 2.2 1.1.1; HTML 4.8.4.4
    """
    if "alt" not in element.attributes and not element.is_hidden:
        yield element.hit(f"the image {show(element.value('src'), 80)} has no alt")


@rule("T007", severity="info", looks_at="element", names=["img"], profiles=["strict"], reference="Outlook for Windows")
def img_without_size(element: Element, _: Context) -> Iterator[Hit]:
    """
    An image has no width attribute.

    Why it matters: Outlook for Windows does not follow the width of styles and shows the image in the size of its file;
    others move the text about while it loads.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><title>Your order</title></head><body>
        <p>Hello John, your order 10482 has left our house this morning; expect it on Friday, between nine and twelve
        o'clock, at Mill Lane 7.</p>
        <img src="https://shop.example/box.png" alt="a parcel"></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><title>Your order</title></head><body>
        <p>Hello John, your order 10482 has left our house this morning.</p>
        <img src="https://shop.example/box.png" alt="a parcel" width="80"></body></html>

    References: HTML 4.8.17
    """
    if not element.value("width") and not element.is_hidden:
        yield element.hit(f"the image {show(element.value('src'), 80)} has no width")


@rule(
    "T008", severity="info", looks_at="element", names=["table"], profiles=["strict"], reference="WCAG 2.2 1.3.1",
    fix="unsafe",
)  # fmt: skip
def layout_table_role(element: Element, _: Context) -> Iterator[Hit]:
    """
    A table that makes the layout has no role="presentation".

    A table without header cells and caption, with spacing attributes or an image or another table in it, is taken for
    one.

    Why it matters: a screen reader announces rows and columns of each of the nested tables that hold the message.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><title>Your order</title></head><body>
        <table cellpadding="0"><tr><td>Your order has left our house.</td></tr></table></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><title>Your order</title></head><body>
        <table cellpadding="0" role="presentation"><tr><td>Your order has left our house.</td></tr></table>
        </body></html>

    References: WCAG 2.2 1.3.1; WAI-ARIA 1.2, presentation
    """
    attributes = element.attributes
    if "role" in attributes or "summary" in attributes or element.is_hidden:
        return
    is_layout = not _LAYOUT_ATTRIBUTES.isdisjoint(attributes) or attributes.get("border") == "0"
    # The parts of a table that stands in it are counted as its own: one with header cells in it is left alone.
    for inner in element.inner:
        if inner.name in _DATA_PARTS:
            return
        is_layout = is_layout or inner.name in ("table", "img")
        if is_layout and inner.name == "table":
            break
    if is_layout:
        at = element.start + len("<table")
        fix = element.html.text.replacing("add the role", (at, at, ' role="presentation"'), is_safe=False)
        yield element.hit('a table of the layout has no role="presentation"', fix)


@rule("T016", severity="warning", looks_at="element", names=["a", "area"], reference="HTML 4.6.1")
def empty_link(element: Element, _: Context) -> Iterator[Hit]:
    """
    A link leads nowhere: its href is empty, ``#`` or ``javascript:void(0)``.

    Why it matters: it was meant to be filled in.  In web mail a click on it opens the inbox once more, or nothing.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house: <a href="#">follow it</a></p></body></html>

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house: <a href="">follow it</a></p></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house: <a href="https://shop.example/10482">follow it</a></p>
        </body></html>

    References: HTML 4.6.1
    """
    if "href" not in element.attributes:
        return
    href = element.value("href")
    if href in ("", "#") or _NOTHING.fullmatch(href):
        yield element.attribute_hit("href", f"the link has the href {show(href)}, which leads nowhere")


@rule("T017", severity="warning", looks_at="html", reference="SpamAssassin HTML_IMAGE_ONLY")
def image_only_html(html: Html, _: Context) -> Iterator[Hit]:
    """
    There are images and fewer than 20 words that can be seen.  Images of at most 200 x 100 are not counted.

    Why it matters: filters cannot read what an image says and count such a message as spam; many people see an empty
    one, since images are shown only when asked for.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><img src="https://shop.example/offer.png" alt="offer" width="600" height="900">
        <p>See our offers</p></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><img src="https://shop.example/offer.png" alt="offer" width="600" height="300">
        <p>Garden chairs are cheaper until Friday: oak for 49 instead of 69, beech for 39 instead of 55. Delivery costs
        nothing, as always, from 100 upwards.</p></body></html>

    References: SpamAssassin HTML_IMAGE_ONLY; Microsoft and Google sender guidelines
    """
    images = [one for one in html.images if not one.is_hidden and not _is_small(one)]
    if images:
        count = len(html.words)
        if count < FEW_WORDS:
            yield images[0].hit(f"images ({len(images)}) and hardly any text: {count} of at least {FEW_WORDS} words")


def _is_small(element: Element) -> bool:
    found = [_NUMBER.match(element.value(name)) for name in ("width", "height")]
    sides = [int(one[1]) for one in found if one is not None]
    return bool(sides) and sides[0] * sides[-1] <= _LOGO


@rule("T037", severity="warning", looks_at="element", names=["a"], reference="WCAG 2.2 2.4.4")
def link_without_text(element: Element, _: Context) -> Iterator[Hit]:
    """
    A link has nothing that names it: no text, no image with alt, no aria-label.

    Why it matters: a screen reader says "link" and no more, and a person sees nothing to click.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house.</p>
        <a href="https://shop.example/10482"><img src="https://shop.example/box.png" alt="" width="80" height="80"></a>
        </body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house.</p>
        <a href="https://shop.example/10482"><img src="https://shop.example/box.png" alt="follow it" width="80"
        height="80"></a></body></html>

    References: WCAG 2.2 2.4.4, 4.1.2
    """
    if "href" not in element.attributes or element.is_hidden or _has_name(element):
        return
    # Links that stand in one another are looked into only so far, for what many hold is read as often.
    if any([run.is_visible and _SEEN.search(run.data) for run in islice(element.runs, _LOOKED_AT)]):
        return
    for number, inner in enumerate(element.inner):
        # An image without alt is what T006 finds; what a drawing or a field says is not known here.
        is_image = inner.name == "img" and inner.attributes.get("alt") != ""
        if is_image or inner.name in _NAMING or number >= _LOOKED_AT or _has_name(inner):
            return
    yield element.hit(f"the link to {show(element.value('href'), 80)} has no text")


def _has_name(element: Element) -> bool:
    return any([element.value(name) for name in ("aria-label", "aria-labelledby", "title")])
