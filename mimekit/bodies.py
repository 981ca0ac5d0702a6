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

from mimekit.frozen import Frozen, put

__all__ = ["Bodies", "find"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from mimekit.part import Part

_MEDIA = ("image", "audio", "video")  # what a reader can show inside the body
_TEXTS = ("plain", "html")


class Bodies(Frozen):
    """The leaves of a message, sorted; each a tuple of parts in order."""

    __slots__ = ("attachments", "html", "inline", "text")

    text: tuple[Part, ...]
    html: tuple[Part, ...]
    inline: tuple[Part, ...]
    attachments: tuple[Part, ...]

    def __init__(
        self, text: Iterable[Part], html: Iterable[Part], inline: Iterable[Part], attachments: Iterable[Part]
    ) -> None:
        put(self, "text", tuple(text))
        put(self, "html", tuple(html))
        put(self, "inline", tuple(inline))
        put(self, "attachments", tuple(attachments))


class _Frame:
    """One multipart on the way down; `text` or `html` turns None where that form is not wanted any more."""

    __slots__ = ("before", "html", "in_alternative", "kind", "parts", "place", "text")

    def __init__(
        self, parts: tuple[Part, ...], kind: str, text: list[Part] | None, html: list[Part] | None, *, inside: bool
    ) -> None:
        self.parts = parts
        self.kind = kind
        self.in_alternative = inside
        self.text = text
        self.html = html
        self.place = 0
        self.before = (-1 if text is None else len(text), -1 if html is None else len(html))


def find(root: Part) -> Bodies:
    """Sort the leaves of *root* (RFC 8621 4.1.4), with a stack, for the depth is the sender's choice."""
    text: list[Part] = []
    html: list[Part] = []
    media: list[Part] = []
    attached: list[Part] = []
    frame = _Frame((root,), "mixed", text, html, inside=False)
    stack = [frame]
    while True:
        if frame.place == len(frame.parts):
            stack.pop()
            if frame.kind == "alternative":
                _fill_missing(frame)
            if not stack:
                break
            frame = stack[-1]
            continue
        part = frame.parts[frame.place]
        frame.place += 1
        if children := part.children:
            kind = part.content_type.subtype
            inside = frame.in_alternative or kind == "alternative"
            frame = _Frame(children, kind, frame.text, frame.html, inside=inside)
            stack.append(frame)
        else:
            _sort(part, frame, media, attached)
    plain = [part for part in text if part.content_type.subtype == "plain"]
    rich = [part for part in html if part.content_type.subtype == "html"]
    return Bodies(plain, rich, media, attached)


def _sort(part: Part, frame: _Frame, media: list[Part], attached: list[Part]) -> None:
    """Put one leaf where it belongs; in a multipart/related only the first can be a body."""
    declared, disposition = part.content_type, part.disposition
    maintype, subtype = declared.maintype, declared.subtype
    if disposition is not None and disposition.disposition == "attachment":
        attached.append(part)
    elif maintype in _MEDIA:
        media.append(part)
    elif (
        maintype == "text"
        and subtype in _TEXTS
        and (frame.place == 1 or (frame.kind != "related" and not part.filename))
    ):
        _add_body(part, subtype, frame)
    elif frame.kind == "related" and part.embedded is None:
        media.append(part)
    elif frame.kind != "alternative" or maintype != "text":
        attached.append(part)


def _add_body(part: Part, subtype: str, frame: _Frame) -> None:
    """Add one body part to the forms it serves."""
    if frame.kind == "alternative":
        into = frame.text if subtype == "plain" else frame.html
        if into is not None:
            into.append(part)
        return
    if frame.in_alternative:
        if subtype == "plain":
            frame.html = None
        else:
            frame.text = None
    for into in (frame.text, frame.html):
        if into is not None:
            into.append(part)


def _fill_missing(frame: _Frame) -> None:
    """After an alternative that has only one of the two forms: it serves as both."""
    text, html = frame.text, frame.html
    if text is None or html is None:
        return
    texts, htmls = frame.before
    if len(text) == texts and len(html) != htmls:
        text += html[htmls:]
    elif len(html) == htmls and len(text) != texts:
        html += text[texts:]
