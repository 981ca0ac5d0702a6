"""
Text bodies as rules look at them: decoded, and where each character comes from.

    Entity -> Text -> characters, document, urls;  text.hit(sentence, first, last) -> Hit

May import: the core, `lint.rule`, `lint.html`, `lint.urls`, `lint.textplaces`.  Imported by: `lint.view`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from mimekit.finding import Fix
from mimekit.lint import urls
from mimekit.lint.html import Html
from mimekit.lint.rule import Hit
from mimekit.lint.textplaces import TextPlaces

if TYPE_CHECKING:
    from mimekit.lint.urls import Url
    from mimekit.lint.view import Entity

__all__ = ["Text"]


class Text:
    """A text/plain or text/html body: its decoded ``text`` with LF line ends, and where each character comes from."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.subtype: str = entity.part.content_type.subtype
        self.text: str = entity.part.text or ""

    def close(self) -> None:
        """Let go of what was read; see `Mail.close`."""
        if "document" in vars(self):
            vars(self.document).clear()
        vars(self).clear()

    @property
    def is_html(self) -> bool:
        """Whether it is HTML."""
        return self.subtype == "html"

    @property
    def searched(self) -> str:
        """What is searched for the octets that a rule needs."""
        return self.text

    @property
    def is_odd(self) -> bool:
        """Whether it is not ASCII, or may be otherwise once its references, escapes and A-labels are read."""
        text = self.text
        return not text.isascii() or "&" in text or "%" in text or "xn--" in text

    @property
    def marks(self) -> frozenset[str]:
        """What can be told at once: ``plain`` or ``html``, the transfer encoding, and ``odd text`` as in `Mail`."""
        known = (self.subtype, self.entity.part.transfer_encoding or "unknown encoding")
        return frozenset((*known, "odd text") if self.is_odd else known)

    @cached_property
    def document(self) -> Html:
        """The HTML as a document."""
        return Html(self)

    @cached_property
    def places(self) -> TextPlaces:
        """Where its characters stand in the octets of the body."""
        return TextPlaces(self.entity.part, self.text)

    @cached_property
    def urls(self) -> list[Url]:
        """The URLs in it, those of HTML attributes and styles included."""
        return self.document.urls if self.is_html else urls.of_plain(self)

    def hit(self, message: str, start: int, end: int, fix: Fix | None = None, severity: str | None = None) -> Hit:
        """Say what is wrong with the characters from *start* to *end*; the place is that of the octets they are."""
        entity = self.entity
        if entity.outside is not None:
            return Hit(message, *entity.outside, entity.path, fix, severity)
        first, last = self.places.span(start, end)
        at = entity.part.body_start
        return Hit(message, at + first, at + last, entity.path, fix, severity)

    def replacing(
        self, text: str, *replaced: tuple[int, int, str], is_safe: bool = True, is_whole: bool = False
    ) -> Fix | None:
        """
        Give the fix that puts other characters in place of some: ``(start, end, characters)``, in order.

        A base64 body is written anew, and only with *is_whole*: for a rule with one finding in a text at most.
        ``None`` where the octets cannot carry the characters.
        """
        if self.entity.outside is not None:
            return None
        edits = self.places.edits(replaced, is_whole=is_whole)
        at = self.entity.part.body_start
        if edits is None:
            return None
        return Fix(text, *[(at + start, at + end, octets) for start, end, octets in edits], is_safe=is_safe)

    def whole(self, message: str, fix: Fix | None = None, severity: str | None = None) -> Hit:
        """Say what is wrong with all of it; the place is its first line."""
        body = self.entity.part.raw_body
        end = body.find(b"\n")
        end = len(body) if end < 0 else end
        return self.entity.body_hit(message, 0, len(body[:end].rstrip(b"\r")), fix, severity)
