"""
Rules about what text bodies say: what a template left over, placeholders, markup out of place (family T).

    text -> hits

May import: the core, `lint`.  Imported by: `lint.rules.html_urls`.
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
    from mimekit.lint.view import Text

__all__ = ["has_residue"]

# Jinja, Django, Liquid, Handlebars; ERB, JSP; Mako, JavaScript; Python; Mailchimp; merge fields.
_RESIDUE = re.compile(
    r"\{\{(?!\s*+amazonSES[A-Za-z]++\s*+\}\})[^{}\n]{1,80}+\}\}|\{%-?\s*+[a-z][^{}\n]{0,80}?%\}"
    r"|\$\{[A-Za-z_][^{}\n]{0,80}+\}|%\([A-Za-z_][A-Za-z0-9_.]{0,60}+\)[sdif]|<%[=\-]?[^<>\n]{1,80}?%>"
    r"|\*\|[A-Z][A-Z0-9_:]{0,60}+\|\*|\[\[[A-Za-z_][A-Za-z0-9_.\- ]{0,60}+\]\]"
)
_LATER = re.compile(r"\{\{\s*+amazonSES[A-Za-z]++\s*+\}\}")
_MARKS = ("{{", "{%", "${", "%(", "<%", "&lt;%", "*|", "[[")
_NO_VALUE = re.compile(
    r"\[object Object\]|\b(?:Dear|Hello|Hi|Hey)[ \t]++(?:None|null|undefined|NaN)\b(?=[ \t]*+[,!.\n]|\Z)"
)
_NO_VALUES = frozenset(["None", "null", "undefined", "NaN", "[object Object]"])
_SIGNS = (b"{", b"[", b"%", b"*|", b"None", b"null", b"undefined", b"NaN")  # without one of them there is none of these
_FILLED_ATTRIBUTES = ("href", "src", "alt", "title", "content", "value", "action", "aria-label", "background", "style")
_SHOWN_AS_IT_IS = frozenset(["pre", "code", "samp", "kbd", "tt", "style", "script", "template", "xmp", "textarea"])
_PLACEHOLDER = re.compile(r"(?i:\blorem[ \t\n]++ipsum\b)|\b(?:TODO|FIXME|XXX)\b|(?i:\btest[ \t]++test\b)")
_TAG = re.compile(r"(?i)<(/?)(?:a|b|i|p|div|span|td|tr|table|strong|em|font|h[1-6]|ul|ol|li|img|br)\b[^<>\n]{0,200}>")
# Lines that quote, that are a patch, or that show code
_QUOTING = (">", "+", "-", "|", "    ", "\t")
_PLACEHOLDERS = ("TODO", "FIXME", "XXX")
_FILLERS = ("ipsum", "test")
# Where a mark is spoken of and not left over: in quotes, on a line that quotes, in a text about templates.
_QUOTES = frozenset("`'\"\u2018\u201c\u00ab")
_ABOUT = re.compile(r"(?i)\b(?:template|placeholder|merge (?:tag|field)|jinja|liquid|handlebars|mustache|wiki)")
_DOCUMENT = re.compile(r"(?i)\A\s*+(?:<!doctype[ \t\n]++html|<html[\s>])|</(?:html|body)>\s*+\Z")
_SEVERAL = 3
_LOOKED_AT = 50


def has_residue(text: str) -> bool:
    """Whether a text holds what is to be replaced, by a template or by Amazon SES."""
    has_mark = any([mark in text for mark in _MARKS])
    return has_mark and (_RESIDUE.search(text) is not None or _LATER.search(text) is not None)


@rule("T021", severity="warning", looks_at="text", needs=_SIGNS, reference="SpamAssassin PERCENT_RANDOM")
def template_residue_in_body(text: Text, _: Context) -> Iterator[Hit]:
    """
    The text holds what a template was to replace, or the None of a value that was not there.

    Marks are ``{{ name }}``, ``{% if %}``, ``${name}``, ``%(name)s``, ``<%= %>``, ``*|NAME|*`` and ``[[name]]``.  The
    one that Amazon SES replaces, ``{{amazonSESUnsubscribeUrl}}``, may stand, and so may all in pre and code.  One in
    quotes, on a quoted line or in a text that speaks of templates is an info, and so is ``[[name]]``.

    Why it matters: the reader sees it, and filters know the marks of mail programs for spam.

    Bad:
        Subject: Your order

        Hello {{ customer.name }}, your order has left our house.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Hello John, <a href="https://shop.example/*|ID|*">your order</a> has left.</p>
        </body></html>

    Bad:
        Subject: Your order

        Hello None, your order has left our house.

    Good:
        Subject: Your order

        Hello John, your order has left our house.

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house.</p>
        <a href="{{amazonSESUnsubscribeUrl}}">unsubscribe</a></body></html>

    References: SpamAssassin PERCENT_RANDOM
    """
    source = text.text
    # One character is found faster than two; most texts have none of these.
    may_have = "{" in source or "[" in source or "%" in source or "*|" in source
    has_mark = may_have and any([mark in source for mark in _MARKS])
    if not has_mark and not any([word in source for word in _NO_VALUES]):
        return
    if text.is_html:
        yield from _residue_in_html(text.document, has_mark=has_mark)
        return
    for pattern in (_RESIDUE, _NO_VALUE) if has_mark else (_NO_VALUE,):
        for found in pattern.finditer(source):
            severity = _severity(found, source) if pattern is _RESIDUE else None
            yield text.hit(_left_over(found[0]), *found.span(), severity=severity)


def _left_over(text: str) -> str:
    return f"{show(text, 60)} is left over from a template"


def _severity(found: re.Match[str], source: str) -> str | None:
    """Give an info for a mark that may be meant as it stands."""
    at = found.start()
    line = source[max(source.rfind("\n", 0, at) + 1, at - 1000) : at]
    is_meant = (
        found[0].startswith("[[")
        or (at > 0 and source[at - 1] in _QUOTES)
        or line.startswith(">")
        or _ABOUT.search(source, max(0, at - 1000), found.end() + 1000) is not None
    )
    return "info" if is_meant else None


def _residue_in_html(html: Html, *, has_mark: bool) -> Iterator[Hit]:
    shown: set[Element | None] = set()
    for element in html.elements:
        if element.name in _SHOWN_AS_IT_IS or (element.parent is not None and element.parent in shown):
            shown.add(element)
        elif element.attributes:
            yield from _residue_in_attributes(element, has_mark=has_mark)
    for run in html.runs:
        if run.element not in shown:
            for pattern in (_RESIDUE, _NO_VALUE) if has_mark else (_NO_VALUE,):
                for found in pattern.finditer(run.data):
                    severity = _severity(found, run.data) if pattern is _RESIDUE else None
                    yield html.hit(_left_over(found[0]), *html.place(run, *found.span()), severity=severity)


def _residue_in_attributes(element: Element, *, has_mark: bool) -> Iterator[Hit]:
    for name in _FILLED_ATTRIBUTES:
        value = element.attributes.get(name)
        if not value:
            continue
        if value.strip() in _NO_VALUES:
            yield element.attribute_hit(name, _left_over(f"{name}={value.strip()}"))
        elif has_mark and (found := _RESIDUE.search(value)) is not None:
            yield element.attribute_hit(name, _left_over(found[0]))


@rule("T022", severity="warning", looks_at="text", profiles=["strict"], reference="editorial")
def placeholder_text(text: Text, _: Context) -> Iterator[Hit]:
    """
    The text holds what writers put in until the real words come: lorem ipsum, TODO, FIXME, XXX, "test test".

    Why it matters: the message goes out before it is finished.

    Bad:
        Subject: Your order

        Hello John, TODO: say when it comes.

    Good:
        Subject: Your order

        Hello John, it comes on Friday.

    References: Cicero, De finibus bonorum et malorum 1.10.32
    """
    source = text.text
    if not any([word in source for word in _PLACEHOLDERS]) and not any([word in source.lower() for word in _FILLERS]):
        return
    if not text.is_html:
        for found in _PLACEHOLDER.finditer(source):
            yield text.hit(f"{show(found[0])} is a placeholder", *found.span())
        return
    for run in text.document.runs:
        if run.is_visible:
            for found in _PLACEHOLDER.finditer(run.data):
                yield text.hit(f"{show(found[0])} is a placeholder", *text.document.place(run, *found.span()))


@rule("T023", severity="warning", looks_at="text", marks=["plain"], needs=b"<", reference="RFC 2046 4.1.3")
def html_in_plain_part(text: Text, _: Context) -> Iterator[Hit]:
    """
    A text/plain part holds HTML: a whole document, or several tags.

    Why it matters: the reader sees the tags.  Either the type is wrong, or the HTML was to be turned into text.

    Bad:
        Subject: Your order

        <p>Hello <b>John</b>,</p> <p>your order has left our house.</p>

    Good:
        Subject: Your order

        Hello John, your order has left our house.

    References: RFC 2046 4.1.3
    """
    source = text.text
    if text.is_html or "<" not in source or ">" not in source:
        return
    found = _DOCUMENT.search(source) or _first_tag(source)
    if found is not None:
        at = source.find("<", found.start())
        end = source.find(">", at) + 1
        yield text.hit(f"the plain text holds HTML, such as {show(source[at:end], 40)}", at, end or len(source))


def _first_tag(source: str) -> re.Match[str] | None:
    """Give the first tag, if there are several and one of them closes an element."""
    first: re.Match[str] | None = None
    count, has_end = 0, False
    for found in islice(_TAG.finditer(source), _LOOKED_AT):
        if source.startswith(_QUOTING, source.rfind("\n", 0, found.start()) + 1):
            continue
        first = first or found
        count += 1
        has_end = has_end or bool(found[1])
        if count >= _SEVERAL and has_end:
            return first
    return None
