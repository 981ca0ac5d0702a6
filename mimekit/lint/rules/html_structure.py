"""
Rules about an HTML body as a document: doctype, language, title, size, elements that mail programs refuse (family T).

    document -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.lint import makers_texts  # noqa: F401 - its makers are for the examples
from mimekit.lint.rule import rule
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Fix
    from mimekit.lint.context import Context
    from mimekit.lint.html import Element, Html
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Text

__all__: list[str] = []

CLIP_SIZE = 102_400
"""Octets of HTML from which Gmail shows only a part."""

STYLE_SIZE = 8_192
"""Characters of one style block from which Gmail drops it."""

# Of one kind: where there are more, nobody mends them one by one.
_MENDED = 50
# HTML 13.2.6.4.1: the public identifiers of old documents that are in use in mail.
_QUIRKS = ("-//w3c//dtd html 3", "-//w3c//dtd html 4.0 ", "-//ietf//dtd html", "-//microsoft//", "-//netscape")
_TRANSITIONAL = ("-//w3c//dtd html 4.01 transitional//", "-//w3c//dtd html 4.01 frameset//")
_CONDITIONAL = re.compile(r"(?i)<!(--)?\[if\b([^\]<>]*+)\]>(<!)?|<!\[endif\](--)?>")
_BEGINNING = re.compile(r"\ufeff?\s*+(?:<\?[^>]*+>\s*+)?(?:<!doctype[^>]*+>\s*+)?", re.IGNORECASE)


@rule("T002", severity="info", looks_at="html", reference="HTML 13.1.1", fix="unsafe")
def html_doctype(html: Html, _: Context) -> Iterator[Hit]:
    """
    The HTML has no doctype, or one of those that put browsers into quirks mode.

    Why it matters: in quirks mode web mail and apps measure boxes, tables and fonts as browsers did in 1998, and what
    was tested in one looks different in another.

    Bad:
        @html
        <html lang="en"><body><p>Your order has left our house.</p></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house.</p></body></html>

    References: HTML 13.1.1, 13.2.6.4.1
    """
    if not html.runs and not html.elements:
        return
    doctype = html.doctype
    if doctype is None:
        at = 1 if html.source.startswith("\ufeff") else 0
        fix = html.text.replacing("add <!DOCTYPE html>", (at, at, "<!DOCTYPE html>\n"), is_safe=False, is_whole=True)
        yield html.whole("there is no <!DOCTYPE html>: browsers show it in quirks mode", fix)
        return
    public = doctype.public_id.lower()
    if (
        doctype.name != "html"
        or public.startswith(_QUIRKS)
        or (not doctype.system_id and public.startswith(_TRANSITIONAL))
    ):
        what = show(doctype.public_id or doctype.name)
        fix = html.text.replacing(
            "write <!DOCTYPE html>", (doctype.start, doctype.end, "<!DOCTYPE html>"), is_safe=False, is_whole=True
        )
        yield html.hit(f"the doctype {what} puts browsers into quirks mode", doctype.start, doctype.end, fix)


@rule("T003", severity="info", looks_at="element", names=["html"], reference="WCAG 2.2 3.1.1")
def html_lang(element: Element, _: Context) -> Iterator[Hit]:
    """
    The html element has no lang attribute.

    Why it matters: a screen reader does not know in which language to speak, and programs translate, hyphenate and
    check what they take for another language.

    Bad:
        @html
        <!DOCTYPE html>
        <html><body><p>Your order has left our house.</p></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house.</p></body></html>

    References: WCAG 2.2 3.1.1; HTML 3.2.6.2
    """
    if not element.value("lang"):
        has_xml = bool(element.value("xml:lang"))
        yield element.hit("<html> has no lang" + (", only xml:lang, which HTML does not read" if has_xml else ""))


@rule("T004", severity="info", looks_at="html", profiles=["strict"], reference="WCAG 2.2 2.4.2")
def html_title(html: Html, _: Context) -> Iterator[Hit]:
    """
    The HTML has no title, or an empty one.

    Why it matters: screen readers, and the page that "view in browser" or printing shows, name the document by it.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house.</p></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><title>Your order</title></head>
        <body><p>Your order has left our house.</p></body></html>

    References: WCAG 2.2 2.4.2; HTML 4.2.2
    """
    if not html.runs or html.title:
        return
    found = html.named.get("title")
    if found:
        yield found[0].hit("the title is empty")
    else:
        yield html.whole("there is no <title>")


@rule(
    "T005", severity="info", looks_at="html", profiles=["strict"], reference="HTML 13.1", fix="safe", implies=["T003"]
)
def html_no_html_tag(html: Html, _: Context) -> Iterator[Hit]:
    """
    A text/html body has no html tag.

    Why it matters: filters count it as a mark of mass mail that was put together carelessly, and there is no place for
    the language.  Readers add the tag.

    Bad:
        @html
        <!DOCTYPE html>
        <title>Your order</title><p>Your order has left our house.</p>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><title>Your order</title><p>Your order has left our house.</p></html>

    References: HTML 13.1.2.4
    """
    if "html" in html.named or not (html.runs or html.elements):
        return
    found = _BEGINNING.match(html.source)
    at = found.end() if found is not None else 0
    last = len(html.source.rstrip())
    fix = html.text.replacing(
        "add <html>", (at, at, "<html>"), (max(at, last), max(at, last), "</html>"), is_whole=True
    )
    yield html.whole("there is no <html> tag", fix)


@rule("T009", severity="warning", looks_at="text", marks=["html"], reference="Gmail")
def html_over_clip_size(text: Text, _: Context) -> Iterator[Hit]:
    """
    The HTML has more than 102,400 octets.

    Why it matters: Gmail shows about the first 102 KB, then a link "view entire message": the link to unsubscribe and
    the image that counts opens are cut off.

    Bad:
        @make html_of_size 102500

    Good:
        @make html_of_size 102000

    References: Gmail; caniemail.com
    """
    if text.is_html and len(text.entity.part.raw_body) > CLIP_SIZE:
        size = len(text.entity.part.decoded())
        if size > CLIP_SIZE:
            yield text.whole(f"the HTML has {size:,} octets; Gmail cuts it off after about {CLIP_SIZE:,}")


_REFUSED = ["iframe", "object", "embed", "applet", "frame", "frameset", "meta", "base"]


@rule("T014", severity="error", looks_at="element", names=_REFUSED, reference="HTML 4.8", fix="unsafe")
def forbidden_element(element: Element, _: Context) -> Iterator[Hit]:
    """
    An element that mail programs take out: iframe, object, embed, applet, frame, a meta refresh, a base with href.

    Why it matters: nobody sees what it holds, and many filters refuse or quarantine mail that embeds or redirects.
    Without the base, relative links lead nowhere (a warning).

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Our film of the week:</p>
        <iframe src="https://shop.example/film" title="film"></iframe></body></html>

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><meta http-equiv="refresh" content="0;url=https://shop.example/"></head>
        <body><p>One moment, please.</p></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"></head>
        <body><p>Our film of the week: <a href="https://shop.example/film">see it</a></p></body></html>

    References: HTML 4.8.5, 4.2.3; caniemail.com
    """
    name, what, severity = element.name, f"<{element.name}>", None
    if name == "meta":
        if element.value("http-equiv").lower() != "refresh":
            return
        what = "a meta refresh"
    elif name == "base":
        if "href" not in element.attributes:
            return
        what, severity = "<base href>", "warning"
    yield element.hit(f"{what} is taken out by mail programs", _without(element), severity)


def _without(element: Element) -> Fix | None:
    """Give the fix that takes an element out, with what is in it."""
    html, end = element.html, element.end
    if len(html.named[element.name]) > _MENDED:
        return None
    if element.name not in ("meta", "base", "embed", "frame"):
        close = re.compile(rf"(?i)</{element.name}[ \t\n\f\r]*+>").search(html.source, end)
        if close is None or f"<{element.name}" in html.source[end : close.start()].lower():
            return None
        end = close.end()
    return html.text.replacing(f"take out <{element.name}>", (element.start, end, ""), is_safe=False)


@rule("T038", severity="warning", looks_at="html", reference="Outlook for Windows")
def conditional_comment(html: Html, _: Context) -> Iterator[Hit]:
    """
    A conditional comment for Outlook is not closed, or closes nothing.

    Why it matters: Outlook hides or shows everything up to the next end, and other programs print the marks as text or
    swallow the rest of the message as a comment.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><!--[if mso]><p>For Outlook</p>-->
        <p>Your order has left our house.</p></body></html>

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house.</p><!--<![endif]--></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><!--[if mso]><p>For Outlook</p><![endif]-->
        <!--[if !mso]><!--><p>Your order has left our house.</p><!--<![endif]--></body></html>

    References: Microsoft, About conditional comments
    """
    source = html.source
    if "[if" not in source and "[endif" not in source and "[" not in source:
        return
    opened: tuple[int, int, bool] | None = None
    for found in _CONDITIONAL.finditer(source):
        start, end = found.span()
        if found[2] is None:
            if opened is None:
                yield html.hit(f"{found[0]} closes no conditional comment", start, end)
            elif opened[2] and source.find("-->", opened[1], start) >= 0:
                yield html.hit("a conditional comment ends at --> before its <![endif]-->", opened[0], opened[1])
            opened = None
            continue
        if opened is not None:
            yield html.hit("a conditional comment is not closed before the next one begins", opened[0], opened[1])
        # `<!--[if !mso]><!-->` shows its content to all others: the comment ends at once.
        is_hiding = found[1] is not None and found[3] is None and not source.startswith("-->", end)
        opened = (start, end, is_hiding)
    if opened is not None:
        yield html.hit("a conditional comment is not closed by <![endif]-->", opened[0], opened[1])


@rule("T039", severity="info", looks_at="element", names=["style"], reference="caniemail.com")
def style_block_too_large(element: Element, _: Context) -> Iterator[Hit]:
    """
    One style block has more than 8,192 characters.

    Why it matters: Gmail drops a block of that size as a whole.  Several smaller ones are kept.

    Bad:
        @make style_of_size 8300

    Good:
        @make style_of_size 8100

    References: caniemail.com, html-style
    """
    size = len(element.content)
    if size > STYLE_SIZE:
        yield element.hit(f"the style block has {size:,} characters; Gmail drops one of more than {STYLE_SIZE:,}")


@rule("T040", severity="info", looks_at="html", reference="HTML 13.1", fix="unsafe")
def content_after_html(html: Html, _: Context) -> Iterator[Hit]:
    """
    Text that is shown stands after the end tag of html.

    Why it matters: it is what list programs and relays leave behind when they append a footer; readers show it in
    different places or not at all.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house.</p></body></html>
        <p>Sent by the list shop-news</p>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><p>Your order has left our house.</p>
        <p>Sent by the list shop-news</p></body></html>

    References: HTML 13.1.2, 13.2.6.4.20
    """
    source = html.source
    at = source.lower().rfind("</html") if "html" in html.named else -1
    if at < 0 or not source[at:].partition(">")[2].strip():
        return
    tag = next((tag for tag in html.tags if tag.is_end and tag.name == "html"), None)
    if tag is None:
        return
    late = next((run for run in html.runs if run.start >= tag.end and run.is_visible and run.data.strip()), None)
    if late is None:
        return
    start, end = html.place(late, 0, len(late.data))
    last = len(source.rstrip())
    fix = html.text.replacing(
        "move </html> to the end", (tag.start, tag.end, ""), (last, last, "</html>"), is_safe=False, is_whole=True
    )
    text = show(" ".join(late.data.split()), 60)
    yield html.hit(
        f"the text {text} stands after </html>",
        start + len(source[start:end]) - len(source[start:end].lstrip()),
        end,
        fix,
    )
