"""
Rules about the forms of a text: plain, HTML, and others (family M, M101 to M107).

RFC 2046 5.1.4.

    multiparts, HTML bodies -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.lint.rule import rule
from mimekit.lint.rules import mime_edits as edits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity, Mail
    from mimekit.part import Part

__all__: list[str] = []


def _shown(part: Part) -> str:
    """Give the type that a form of the text is shown as: of a multipart/related that of its root."""
    for _ in range(10):
        if part.content_type.subtype != "related" or not part.children:
            break
        part = edits.root_of(part)
    return part.content_type.essence


def _attached(part: Part) -> bool:
    place = part.disposition
    return place is not None and place.disposition == "attachment"


@rule(
    "M101", severity="error", looks_at="part", marks=["multipart/alternative"], reference="RFC 2046 5.1.4", fix="unsafe"
)
def alternative_order(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    In a multipart/alternative a richer form stands before the plain text.

    Why it matters: mail programs show the last form that they can, and so show the plain text.

    Bad:
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><body><p>Hello John</p></body></html>
        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1--

    Good:
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><body><p>Hello John</p></body></html>
        --b1--

    References: RFC 2046 5.1.4
    """
    if not edits.is_multipart(entity, "alternative"):
        return
    kinds = [_shown(child) for child in entity.part.children]
    if "text/plain" not in kinds[1:]:
        return
    others = [number for number, kind in enumerate(kinds) if kind != "text/plain"]
    plain = [number for number, kind in enumerate(kinds) if kind == "text/plain"]
    if others and others[0] < plain[-1]:
        fix = edits.reordered(entity, plain + others, "put the plain text first")
        yield entity.hit(f"{kinds[others[0]]} stands before text/plain, which most readers show then", fix)


@rule("M102", severity="warning", looks_at="part", marks=["multipart/alternative"], reference="RFC 2046 5.1.4")
def alternative_without_text(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A multipart/alternative has HTML and no plain text.

    Why it matters: the plain text is for those who cannot, or do not want to, show HTML; filters miss it as well.

    Bad:
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/x-amp-html; charset=utf-8

        <!doctype html><html amp4email lang="en"><body><p>Hello John</p></body></html>
        --b1
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><body><p>Hello John</p></body></html>
        --b1--

    Good:
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><body><p>Hello John</p></body></html>
        --b1--

    References: RFC 2046 5.1.4
    """
    if not edits.is_multipart(entity, "alternative") or entity.is_embedded:
        return
    kinds = _leaves(entity.part)
    if "text/html" in kinds and "text/plain" not in kinds:
        yield entity.hit("multipart/alternative has HTML and no text/plain")


def _leaves(part: Part) -> set[str]:
    """Give the types of the leaves below a multipart, those of attached messages and attachments left out."""
    found: set[str] = set()
    stack = list(part.children)
    while stack:
        inner = stack.pop()
        stack += inner.children
        if not _attached(inner):
            found.add(inner.content_type.essence)
    return found


@rule("M103", severity="info", looks_at="part", profiles=["strict"], reference="RFC 2046 5.1.4")
def alternative_without_html(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A multipart/alternative has no HTML.

    Why it matters: a second form that is no HTML is shown by few mail programs; filters count it as odd.

    Bad:
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/enriched; charset=utf-8

        <bold>Hello John</bold>
        --b1--

    Good:
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><head><title>Your order</title></head>
        <body><p>Hello John</p></body></html>
        --b1--

    References: RFC 2046 5.1.4
    """
    if edits.is_multipart(entity, "alternative"):
        kinds = _leaves(entity.part)
        if kinds.isdisjoint(("text/html", "text/calendar")):
            yield entity.hit("multipart/alternative has no text/html")


@rule("M104", marks=["html"], severity="warning", reference="RFC 2046 5.1.4")
def html_only(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    The text is HTML alone; there is no plain text anywhere.

    Why it matters: some people and programs read no HTML, and filters count a message without plain text as bulk.

    Bad:
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><body><p>Hello John</p></body></html>

    Good:
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><body><p>Hello John</p></body></html>
        --b1--

    References: RFC 2046 5.1.4
    """
    first: Entity | None = None
    for text in mail.texts:
        if not text.is_html:
            return
        first = first or text.entity
    if first is None:
        return
    above = first.parent
    while above is not None:
        if edits.is_multipart(above, "alternative"):  # M102
            return
        above = above.parent
    yield first.hit("the text is HTML alone, without a plain text beside it")


@rule("M105", severity="warning", looks_at="part", marks=["below"], reference="RFC 2046 5.1.4")
def attachment_in_alternative(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    An attachment stands in a multipart/alternative as if it were a form of the text.

    Why it matters: mail programs show one form and hide the others, so that nobody sees the attachment.

    Bad:
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><body><p>Hello John</p></body></html>
        --b1
        Content-Type: application/pdf; name=terms.pdf
        Content-Disposition: attachment; filename=terms.pdf
        Content-Transfer-Encoding: base64

        JVBERi0xLjcK
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: application/pdf; name=terms.pdf
        Content-Disposition: attachment; filename=terms.pdf
        Content-Transfer-Encoding: base64

        JVBERi0xLjcK
        --b1--

    References: RFC 2046 5.1.4
    """
    above = entity.parent
    if above is None or entity.is_message or not edits.is_multipart(above, "alternative"):
        return
    kind = entity.part.content_type
    if _attached(entity.part):
        yield entity.hit(f"{kind.essence} is an attachment, and stands in multipart/alternative")
    elif kind.maintype not in ("text", "multipart") and kind.essence != "message/external-body":
        yield entity.hit(f"{kind.essence} stands in multipart/alternative, where it is hidden")


_URLS = re.compile(r"https?://\S++")
_WORDS = re.compile(r"[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]|[^\W_]+")
_FEW = 12  # words of which nothing can be said
_LONG = 10_000  # characters that are compared


def _words(texts: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for text in texts:
        found.update(_WORDS.findall(_URLS.sub(" ", text[:_LONG]).lower()))
    return found


@rule("M106", severity="info", looks_at="part", marks=["multipart/alternative"], reference="RFC 2046 5.1.4")
def alternatives_differ(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    The plain text and the HTML of one multipart/alternative have fewer than 30 % of their words in common.

    Why it matters: both are to say the same; filters take two different texts for a way round them.

    Bad:
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Please switch to a mail program that can show HTML, or read this
        message in your browser under the address that follows below.
        --b1
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><body><p>Hello John, your order 10482 has
        left our house; expect the parcel Thursday between nine and twelve
        o'clock at Mill Lane 7. Jane</p></body></html>
        --b1--

    Good:
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John, your order 10482 has left our house; expect the parcel
        Thursday between nine and twelve o'clock at Mill Lane 7. Jane
        --b1
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><body><p>Hello John, your order 10482 has
        left our house; expect the parcel Thursday between nine and twelve
        o'clock at Mill Lane 7. Jane</p></body></html>
        --b1--

    References: RFC 2046 5.1.4
    """
    if not edits.is_multipart(entity, "alternative") or entity.is_embedded:
        return
    below = [text for text in entity.mail.texts if edits.stands_in(text.entity, entity)]
    plain = _words([text.text for text in below if not text.is_html])
    if len(plain) < _FEW:
        return
    rich = _words([text.document.visible_text for text in below if text.is_html])
    least = min(len(plain), len(rich))
    share = len(plain & rich) * 100 // least if least >= _FEW else 100
    if share < 30:
        yield entity.hit(f"plain text and HTML have {share} % of their words in common")


@rule("M107", severity="warning", looks_at="part", marks=["multipart/alternative"], reference="RFC 2046 5.1.4")
def alternative_duplicate_type(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    Two forms in a multipart/alternative have the same type, and the same language.

    Why it matters: mail programs show one of them, and there is no reason to take the one or the other.

    Bad:
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        Your order is on its way
        --b1--

    Good:
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><body><p>Hello John</p></body></html>
        --b1--

    References: RFC 2046 5.1.4
    """
    if not edits.is_multipart(entity, "alternative"):
        return
    seen: set[tuple[str, str]] = set()
    for child in entity.part.children:
        kind = child.content_type
        # RFC 2046 5.1.4: several external bodies are several places of one content.
        if kind.maintype == "multipart" or kind.essence == "message/external-body":
            continue
        one = kind.essence, (child.headers.get("Content-Language") or "").lower()
        if one in seen:
            yield entity.hit(f"multipart/alternative has {kind.essence} twice")
            return
        seen.add(one)
