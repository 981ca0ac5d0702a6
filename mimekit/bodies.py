"""
Bodies: which parts a reader sees as text, as HTML, inline, and as attachments.

RFC 8621 4.1.4 gives the algorithm that JMAP servers use: it walks the multiparts and sorts every leaf into a text
body, an HTML body or an attachment.  An embedded message is one attachment and is not searched.

    the root part of a message -> Bodies(text, html, inline, attachments)

Two refinements: another text form of the body (text/calendar, text/x-amp-html in a multipart/alternative) is no
attachment, and what stands in a multipart/related beside its root is `inline` unless it says attachment.

May import: `frozen`.  Imported by: `message`, `reply`.
"""

from __future__ import annotations

from mimekit.frozen import Frozen, put

__all__ = ["Bodies", "find"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from mimekit.part import Part

_MEDIA = ("image", "audio", "video")  # what a reader can show inside the body


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
    stack = [_Frame((root,), "mixed", text, html, inside=False)]
    while stack:
        frame = stack[-1]
        if frame.place == len(frame.parts):
            stack.pop()
            if frame.kind == "alternative":
                _fill_missing(frame)
            continue
        part = frame.parts[frame.place]
        frame.place += 1
        if part.children:
            kind = part.content_type.subtype
            inside = frame.in_alternative or kind == "alternative"
            stack.append(_Frame(part.children, kind, frame.text, frame.html, inside=inside))
        elif _is_inline(part, frame):
            _add_body(part, frame, media)
        elif _is_related(part, frame):
            media.append(part)
        elif not _is_other_form(part, frame):
            attached.append(part)
    plain = [part for part in text if part.content_type.essence == "text/plain"]
    rich = [part for part in html if part.content_type.essence == "text/html"]
    return Bodies(plain, rich, media, attached)


def _is_attachment(part: Part) -> bool:
    disposition = part.disposition
    return disposition is not None and disposition.disposition == "attachment"


def _is_inline(part: Part, frame: _Frame) -> bool:
    """Tell whether the part belongs to the body; in a multipart/related only the first can."""
    kind = part.content_type
    is_media = kind.maintype in _MEDIA
    if _is_attachment(part) or not (is_media or kind.essence in ("text/plain", "text/html")):
        return False
    return frame.place == 1 or (frame.kind != "related" and (is_media or not part.filename))


def _is_related(part: Part, frame: _Frame) -> bool:
    return frame.kind == "related" and not _is_attachment(part) and part.embedded is None


def _is_other_form(part: Part, frame: _Frame) -> bool:
    return frame.kind == "alternative" and part.content_type.maintype == "text" and not _is_attachment(part)


def _add_body(part: Part, frame: _Frame, media: list[Part]) -> None:
    """Add one body part to the forms it serves."""
    essence = part.content_type.essence
    if part.content_type.maintype in _MEDIA:
        media.append(part)
        return
    if frame.kind == "alternative":
        into = frame.text if essence == "text/plain" else frame.html
        if into is not None:
            into.append(part)
        return
    if frame.in_alternative:
        if essence == "text/plain":
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
