"""
URLs of a text: what they point to, where they stand.

Links and images of HTML, `url()` of its styles, and what a reader of plain text would make a link of.

    text, element, attribute -> [Url];  Url -> scheme, host, port

May import: `errors`.  Imported by: `lint.html`, `lint.rules.bulk_content`, `lint.rules.html_clients`,
`lint.rules.html_urls`, `lint.rules.security_content`, `lint.rules.security_unicode`, `lint.textviews`, `lint.view`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mimekit.finding import Fix
    from mimekit.lint.html import Element
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Text

__all__ = ["Url", "of_css", "of_plain", "of_srcset"]

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+(?=:)")
_AUTHORITY = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*+://([^/?#]*+)")
# Browsers take these out of a URL before they read it (WHATWG URL 4.4), so `java\nscript:` is a scheme.
_DROPPED = str.maketrans("", "", "\t\n\r")
_PLAIN = re.compile(r"((?:https?|ftp)://|mailto:)[^\s<>\"\\^`{|}\x00-\x1f]++", re.IGNORECASE)
_TRAILING = ".,;:!?'*_~"
_PAIRS = {")": "(", "]": "[", "}": "{"}
_CSS = re.compile(
    r"(?i)url\([ \t\n]*+(?:\"([^\"\n]*+)\"|'([^'\n]*+)'|([^\"')\n][^)\n]*+))"
    r"|@import[ \t\n]++(?:\"([^\"\n]*+)\"|'([^'\n]*+)')"
)
_COMMENT = re.compile(r"/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/)?")
_SRCSET = re.compile(r"[\s,]*+([^\s,](?:[^\s,]|,(?!\s|\Z))*+)(?:\s++[^,]*+)?")


class Url:
    """One URL: ``value`` as it is meant (character references read), ``start`` and ``end`` in the source."""

    __slots__ = ("_authority", "_scheme", "attribute", "element", "end", "is_css", "start", "text", "value")

    def __init__(  # noqa: PLR0913, PLR0917 - made in a few places, for each URL
        self,
        text: Text,
        value: str,
        start: int,
        end: int,
        element: Element | None = None,
        attribute: str = "",
        *,
        is_css: bool = False,
    ) -> None:
        self.text = text
        self.value = value
        self.start = start
        self.end = end
        self.element = element
        """The element whose attribute it is; ``None`` in a plain text."""
        self.attribute = attribute
        """The name of the attribute; empty in a style sheet and in a plain text."""
        self.is_css = is_css
        """Whether it stands in a ``url()`` or ``@import`` of a style."""
        self._scheme: str | None = None
        self._authority: tuple[str | None, str, str | None] | None = None

    @property
    def scheme(self) -> str:
        """The scheme in lower case, as browsers see it; empty for a relative reference."""
        if self._scheme is None:
            found = _SCHEME.match(self.value) or _SCHEME.match(self.value.translate(_DROPPED).lstrip("\x00 "))
            self._scheme = found[0].lower() if found is not None else ""
        return self._scheme

    @property
    def is_link(self) -> bool:
        """Whether a person follows it: the href of ``a`` or ``area``, or a URL of plain text."""
        return self.element is None if not self.attribute else self.attribute == "href" and not self.is_css

    @property
    def userinfo(self) -> str | None:
        """What stands before the ``@`` of the authority; ``None`` without one."""
        return self._parts()[0]

    @property
    def host(self) -> str:
        """The host in lower case, without port; brackets kept; empty where there is none."""
        return self._parts()[1]

    @property
    def port(self) -> str | None:
        """The characters after the colon of the host; ``None`` without one."""
        return self._parts()[2]

    def _parts(self) -> tuple[str | None, str, str | None]:
        if self._authority is None:
            found = _AUTHORITY.match(self.value)
            self._authority = (None, "", None) if found is None else _split(found[1])
        return self._authority

    def hit(self, message: str, fix: Fix | None = None, severity: str | None = None) -> Hit:
        """Say what is wrong with it."""
        return self.text.hit(message, self.start, self.end, fix, severity)


def _split(authority: str) -> tuple[str | None, str, str | None]:
    """Divide an authority into userinfo, host and port (RFC 3986 3.2)."""
    before, at, rest = authority.rpartition("@")
    close = rest.rfind("]")
    colon = rest.find(":", close + 1)
    host, port = (rest, None) if colon < 0 else (rest[:colon], rest[colon + 1 :])
    return before if at else None, host.lower(), port


def of_plain(text: Text) -> list[Url]:
    """Find what mail programs make links of in plain text, without the punctuation that ends a sentence."""
    source = text.text
    if ":" not in source:
        return []
    found: list[Url] = []
    for match in _PLAIN.finditer(source):
        start, end = match.span()
        while end > start:
            last = source[end - 1]
            opening = _PAIRS.get(last)
            if last not in _TRAILING and (opening is None or source.count(opening, start, end) > 0):
                break
            end -= 1
        if end > match.end(1):
            found.append(Url(text, source[start:end], start, end))
    return found


def of_css(css: str) -> list[tuple[str, int, int]]:
    """Find the URLs of a style or a style sheet: ``(value, start, end)``."""
    if "url(" not in css and "import" not in css.lower() and "url(" not in css.lower():
        return []
    if "/*" in css:
        css = _COMMENT.sub(_blanked, css)
    found: list[tuple[str, int, int]] = []
    for match in _CSS.finditer(css):
        group = match.lastindex
        if group is not None:
            start, end = match.span(group)
            value = match[group].rstrip(" \t\n")
            found.append((value, start, min(end, start + len(value))))
    return found


def _blanked(found: re.Match[str]) -> str:
    return " " * len(found[0])


def of_srcset(value: str) -> list[tuple[str, int, int]]:
    """Find the URLs of a ``srcset``: ``(value, start, end)``."""
    return [(found[1], *found.span(1)) for found in _SRCSET.finditer(value)]
