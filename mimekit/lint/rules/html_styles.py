"""
Rules about styles of HTML bodies: sheets from elsewhere, colours that cannot be read, text that is hidden (family T).

    styles, looks -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.lint.looks import contrast
from mimekit.lint.rule import rule
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.html import Element, Html
    from mimekit.lint.looks import Colour
    from mimekit.lint.rule import Hit

__all__: list[str] = []

_WORDS = re.compile(r"[^\W_]")
_UNREADABLE = 1.5
_ENOUGH = 4.5
_ENOUGH_LARGE = 3.0
_LARGE = 24.0
_LARGE_BOLD = 18.66


@rule("T013", severity="warning", looks_at="html", reference="caniemail.com")
def external_css(html: Html, _: Context) -> Iterator[Hit]:
    """
    Styles come from elsewhere: a link to a style sheet, or an @import.

    Why it matters: nearly all web mail and apps take them out, so that the message is shown without any of these
    styles; the others tell the server of the sheet who reads it.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><link rel="stylesheet" href="https://shop.example/mail.css"></head>
        <body><p>Your order has left our house.</p></body></html>

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><style>@import url("https://shop.example/mail.css");</style></head>
        <body><p>Your order has left our house.</p></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><style>p { margin-top: 12px }</style></head>
        <body><p>Your order has left our house.</p></body></html>

    References: caniemail.com, html-link and css-at-import
    """
    for element in html.named.get("link", ()):
        if "stylesheet" in element.value("rel").lower().split():
            yield element.hit(f"a style sheet is linked, {show(element.value('href'), 80)}: most programs drop it")
    for sheet in html.sheets:
        if "import" in sheet.css.lower():
            for one in sheet.at_rules:
                if one.keyword == "import":
                    yield sheet.hit("a style sheet is imported: most programs drop it", one.start, one.end)


@rule("T018", severity="warning", looks_at="html", reference="WCAG 2.2 1.4.3")
def low_contrast(html: Html, _: Context) -> Iterator[Hit]:
    """
    Text has nearly the colour of what is behind it: a contrast under 1.5:1, or, as an info, under 4.5:1.

    Large text (24 px, or 18.7 px in bold) may have 3:1.  Colours that depend on more than plain selectors are not
    judged.

    Why it matters: text in the colour of its background is what filters look for, since it is how spam hides its words;
    and people with weak eyes, or in the sun, cannot read it.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body style="background-color:#ffffff">
        <p style="color:#fdfdfd">Your order has left our house.</p></body></html>

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><style>.small { color: #999 }</style></head>
        <body><p class="small">Your order has left our house.</p></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body style="background-color:#ffffff">
        <p style="color:#555555">Your order has left our house.</p></body></html>

    References: WCAG 2.2 1.4.3
    """
    if "color" not in html.source and "background" not in html.source and "color" not in html.source.lower():
        return
    looks = html.looks
    seen: set[tuple[Colour, Colour]] = set()
    for run in html.runs:
        element = run.element
        if element is None or not run.is_visible or not run.data.strip():
            continue
        look = looks[element]
        if look.colour is None or look.background is None or look.hidden_by is not None:
            continue
        pair = (look.colour, look.background)
        if pair in seen or not _WORDS.search(run.data):
            continue
        ratio = contrast(*pair)
        is_large = look.size >= (_LARGE_BOLD if look.is_bold else _LARGE)
        if ratio < (_ENOUGH_LARGE if is_large else _ENOUGH):
            seen.add(pair)
            text = f"text of the colour {_hex(pair[0])} on {_hex(pair[1])} has a contrast of {ratio:.1f}:1"
            yield element.hit(text, severity=None if ratio < _UNREADABLE else "info")


def _hex(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


@rule("T019", severity="warning", looks_at="html", profiles=["strict"], reference="Gmail", implies=["T011"])
def hidden_text(html: Html, _: Context) -> Iterator[Hit]:
    """
    Words are hidden: by display:none, visibility:hidden, opacity or a font size of nothing.

    One block before all other text, the preview that lists of messages show, is allowed, and so is what a media query
    shows.

    Why it matters: hidden words are how spam gets past filters, so these count them; and many programs show them.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><title>Your order</title></head><body><p>Your order has left our house.</p>
        <div style="font-size:0px">winter cheap best price offers</div></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><title>Your order</title></head><body>
        <p>Your order has left our house.</p></body></html>

    References: Google, Email sender guidelines
    """
    looks = html.looks
    told: set[Element] = set()
    preview: Element | None = None
    has_text = False
    for run in html.runs:
        element = run.element
        if element is None or not _WORDS.search(run.data):
            continue
        look = looks[element]
        if look.hidden_by is None:
            has_text = has_text or run.is_visible
            continue
        if not has_text and preview in (None, look.hidden_by):
            preview = look.hidden_by
        elif look.hidden_by not in told:
            told.add(look.hidden_by)
            yield look.hidden_by.hit(f"the text {show(' '.join(run.data.split()), 60)} is hidden by {look.hidden_how}")
