"""
Bodies: which parts a reader sees as text, as HTML, inline, and as attachments.

RFC 8621 4.1.4 gives the algorithm that JMAP servers use: it walks the multiparts and sorts every leaf into a text
body, an HTML body or an attachment.  An embedded message is one attachment and is not searched.

    the root part of a message -> Bodies(text, html, inline, attachments)

Two refinements: another text form of the body (text/calendar, text/x-amp-html in a multipart/alternative) is no
attachment, and what stands in a multipart/related beside its root is `inline` unless it says attachment.

May import: `frozen`.  Imported by: `message`.
"""

from __future__ import annotations

from mimekit.frozen import Frozen

__all__ = ["Bodies", "find"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.part import Part

_MEDIA = ("image", "audio", "video")  # what a reader can show inside the body
_TEXTS = ("plain", "html")


class _BodiesSlots:
    """The slots of `Bodies`, for filling; see `frozen`."""

    __slots__ = ("attachments", "html", "inline", "text")

    text: tuple[Part, ...]
    html: tuple[Part, ...]
    inline: tuple[Part, ...]
    attachments: tuple[Part, ...]


class Bodies(_BodiesSlots, Frozen):
    """The leaves of a message, sorted; each a tuple of parts in order."""

    __slots__ = ()


def find(root: Part) -> Bodies:
    """Sort the leaves of *root* (RFC 8621 4.1.4), with a stack, for the depth is the sender's choice."""
    text: list[Part] = []
    html: list[Part] = []
    media: list[Part] = []
    attached: list[Part] = []
    # The multipart that is walked: what is left of it, its kind, whether it is in an alternative; how many bodies stood
    # before it, -1 when that form is not wanted any more.
    parts, kind, inside, texts, htmls = iter((root,)), "mixed", False, 0, 0
    stack: list[tuple[Iterator[Part], str, bool, int, int]] = []
    is_first = True
    while True:
        for part in parts:
            if children := part.children:
                stack.append((parts, kind, inside, texts, htmls))
                parts, kind, is_first = iter(children), part.content_type.subtype, True
                inside = inside or kind == "alternative"
                texts, htmls = -1 if texts < 0 else len(text), -1 if htmls < 0 else len(html)
                break
            form = _form(part, kind, media, attached, is_first=is_first)
            if form is not None:
                if inside and kind != "alternative":  # it stands in one form, and is no body of the other
                    texts, htmls = (texts, -1) if form == "plain" else (-1, htmls)
                if texts >= 0 and (form == "plain" or kind != "alternative"):
                    text.append(part)
                if htmls >= 0 and (form == "html" or kind != "alternative"):
                    html.append(part)
            is_first = False
        else:
            if kind == "alternative" and texts >= 0 and htmls >= 0:
                _fill_missing(text, html, texts, htmls)
            if not stack:
                break
            parts, kind, inside, texts, htmls = stack.pop()
            is_first = False
    made = _BodiesSlots()
    made.text = tuple([part for part in text if part.content_type.subtype == "plain"])
    made.html = tuple([part for part in html if part.content_type.subtype == "html"])
    made.inline = tuple(media)
    made.attachments = tuple(attached)
    made.__class__ = Bodies
    return made  # type: ignore[return-value]  # it is one now


def _form(part: Part, kind: str, media: list[Part], attached: list[Part], *, is_first: bool) -> str | None:
    """Give the form of a body, or put the leaf where it belongs; in a multipart/related only the first can be one."""
    declared, disposition = part.content_type, part.disposition
    maintype, subtype = declared.maintype, declared.subtype
    if disposition is not None and disposition.disposition == "attachment":
        attached.append(part)
    elif maintype in _MEDIA:
        media.append(part)
    elif maintype == "text" and subtype in _TEXTS and (is_first or (kind != "related" and not part.filename)):
        return subtype
    elif kind == "related" and part.embedded is None:
        media.append(part)
    elif kind != "alternative" or maintype != "text":
        attached.append(part)
    return None


def _fill_missing(text: list[Part], html: list[Part], texts: int, htmls: int) -> None:
    """After an alternative that has only one of the two forms: it serves as both."""
    if len(text) == texts and len(html) != htmls:
        text += html[htmls:]
    elif len(html) == htmls and len(text) != texts:
        html += text[texts:]
