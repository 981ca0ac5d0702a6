"""
Looks: in which colours and sizes the text of an HTML body is shown, as far as that can be known without a browser.

Attributes, style attributes and the plain selectors of style sheets (`td`, `.note`, `#top`, `td.note`) are followed
down the tree; where anything else has a say (a child selector, an image behind the text, a variable) the answer is
"unknown", so that no rule says what may not be so.

    Html -> {Element: Look}

May import: `lint.html`, `lint.css`; tinycss2.  Imported by: `lint.html`, `lint.rules.html_styles`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mimekit.lint.css import Declaration, Sheet
    from mimekit.lint.html import Element, Html

__all__ = ["Colour", "Look", "contrast", "looks"]

Colour = tuple[int, int, int]

_COMPOUND = re.compile(r"([A-Za-z][A-Za-z0-9\-]*+|\*)?+((?:[.#][A-Za-z0-9_\-]++)*+)")
_PART = re.compile(r"[.#]?[A-Za-z0-9_\-]++")
_LAST_COMPOUND = re.compile(r"[^ \t\n\f\r>+~]++\Z")
_PASSING = re.compile(r"(?i):(?:hover|active|focus|visited|focus-within|focus-visible)\b")
_SIZE = re.compile(r"([0-9]++(?:\.[0-9]++)?+|\.[0-9]++)(px|pt|em|rem|%)?+", re.IGNORECASE)
_HEX = re.compile(r"(?:[0-9A-Fa-f]{3}){1,2}")
_COLOURS = frozenset(["color", "background-color", "background", "background-image", "opacity", "position"])
_HIDING = frozenset(["display", "visibility", "font-size", "font", "opacity", "max-height", "mso-hide"])
_HIDDEN = frozenset([("display", "none"), ("visibility", "hidden"), ("mso-hide", "all")])
_RELEVANT = _COLOURS | _HIDING | {"font-weight", "-webkit-text-fill-color"}
_ATTRIBUTES = ("style", "class", "id", "bgcolor", "background", "color", "text")
_HEADINGS = {"h1": 32.0, "h2": 24.0, "h3": 18.72, "h4": 16.0, "h5": 13.28, "h6": 10.72}
_BOLD = frozenset([*_HEADINGS, "b", "strong", "th"])
_EVERYTHING = "*"
# Rules about one class or tag: of more than that none is followed.
_MOST = 200


class Look(NamedTuple):
    """How the text of one element is shown; a colour that is not known is ``None``."""

    colour: Colour | None = (0, 0, 0)
    background: Colour | None = (255, 255, 255)
    size: float = 16.0
    """In px."""
    is_bold: bool = False
    hidden_by: Element | None = None
    """The outermost element whose style hides it: nothing of it is seen."""
    hidden_how: str = ""
    """How, such as ``"display:none"``."""


def contrast(one: Colour, other: Colour) -> float:
    """
    Give the contrast ratio of two colours, from 1 to 21 (WCAG 2.2, definition of contrast ratio).

    >>> contrast((0, 0, 0), (255, 255, 255)), round(contrast((0x77, 0x77, 0x77), (255, 255, 255)), 2)
    (21.0, 4.48)
    """
    first, second = sorted((_luminance(one), _luminance(other)))
    return (second + 0.05) / (first + 0.05)


def _luminance(colour: Colour) -> float:
    red, green, blue = [
        part / 255 / 12.92 if part <= 10 else ((part / 255 + 0.055) / 1.055) ** 2.4  # noqa: PLR2004 - WCAG's numbers
        for part in colour
    ]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@lru_cache(maxsize=512)
def _colour(text: str) -> Colour | None:
    """Read a colour; ``None`` for what is none, or lets shine through what is behind it."""
    from tinycss2.color3 import parse_color

    found = parse_color(text)
    if found is None or isinstance(found, str) or found.alpha < 1:
        return None
    return round(found.red * 255), round(found.green * 255), round(found.blue * 255)


def looks(html: Html) -> dict[Element, Look]:
    """Find the look of every element."""
    sheets = _Sheets(html.sheets)
    found: dict[Element, Look] = {}
    # The cells of a newsletter are alike: what was worked out for one holds for the next in the same surroundings.
    known: dict[tuple[object, ...], Look] = {}
    root = Look()
    is_any = _EVERYTHING in sheets.keys
    for element in html.elements:
        around = found.get(element.parent, root) if element.parent is not None else root
        attributes = element.attributes
        if not (attributes or is_any or element.name in _BOLD or element.name in sheets.keys):
            found[element] = around
            continue
        key = (id(around), element.name, *[attributes.get(name) for name in _ATTRIBUTES], "href" in attributes)
        look = known.get(key)
        if look is None:
            look = _look(element, around, sheets)
            if look.hidden_by is not element:
                known[key] = look
        found[element] = look
    return found


class _Sheets:
    """The rules of the style sheets that say something about colours and sizes, by what they select."""

    def __init__(self, sheets: Iterable[Sheet]) -> None:
        self.plain: dict[str, list[tuple[frozenset[str], tuple[int, int], tuple[Declaration, ...]]]] = {}
        self.unknown: set[str] = set()
        """Tags, classes and ids of which a selector that is not followed says something."""
        self.switched: set[str] = set()
        """Classes and ids that a media query shows or hides."""
        self.keys: set[str] = set()
        """All tags, classes and ids that a selector names."""
        order = 0
        for sheet in sheets:
            for rule in sheet.rules:
                said = tuple([one for one in rule.declarations if one.name in _RELEVANT])
                if not said:
                    continue
                order += 1
                for selector in rule.selector.split(","):
                    self._add(selector.strip(), said, order, is_conditional=bool(rule.inside) or rule.is_nested)
        self.keys = {*self.unknown, *self.switched, *self.plain}

    def _add(self, selector: str, said: tuple[Declaration, ...], order: int, *, is_conditional: bool) -> None:
        last = _LAST_COMPOUND.search(selector)
        parts = _PART.findall(last[0].partition(":")[0].partition("[")[0]) if last is not None else []
        if is_conditional:
            self.switched.update(parts)
            return
        compound = _COMPOUND.fullmatch(selector)
        if compound is None or not selector:
            if not _PASSING.search(selector):
                self.unknown.update(parts or [_EVERYTHING])
            return
        keys = frozenset([part.lower() if part[0] not in ".#" else part for part in _PART.findall(selector)])
        weight = sum([{"#": 100, ".": 10}.get(key[0], 1) for key in keys])
        anchor = max(keys, key=len, default=_EVERYTHING)
        listed = self.plain.setdefault(anchor, [])
        if len(listed) < _MOST:
            listed.append((keys, (weight, order), said))
        else:
            self.unknown.add(anchor)

    def of(self, keys: set[str]) -> list[Declaration]:
        """Give what the rules say about an element that has these keys, the strongest last."""
        matching = [
            (one.is_important, rank, one)
            for key in (*keys, _EVERYTHING)
            for wanted, rank, said in self.plain.get(key, ())
            if wanted <= keys
            for one in said
        ]
        matching.sort(key=lambda item: item[:2])
        return [one for _, _, one in matching]


def _keys(element: Element) -> set[str]:
    """Give what selectors may know an element by."""
    found = {element.name}
    attributes = element.attributes
    if "class" in attributes:
        found.update([f".{name}" for name in element.value("class").split()])
    if "id" in attributes:
        found.add(f"#{element.value('id')}")
    return found


def _look(element: Element, around: Look, sheets: _Sheets) -> Look:
    style = element.style if "style" in element.attributes else ()
    keys = _keys(element) if sheets.plain or sheets.unknown or sheets.switched else set()
    said = [*sheets.of(keys), *style] if sheets.plain else style
    if sheets.plain and said:
        said = [*[one for one in said if not one.is_important], *[one for one in said if one.is_important]]
    look = _by_attributes(element, around)
    if said:
        look = _by_declarations(element, look, around, said, is_switched=bool(keys & sheets.switched))
    if sheets.unknown and (keys & sheets.unknown or _EVERYTHING in sheets.unknown):
        look = look._replace(colour=None, background=None)
    return look


def _by_attributes(element: Element, look: Look) -> Look:
    """Follow what the element's name and its attributes of old say."""
    name, attributes = element.name, element.attributes
    if name in _BOLD:
        look = look._replace(is_bold=True, size=_HEADINGS.get(name, look.size))
    if not attributes:
        return look
    if name in ("a", "area") and "href" in attributes:
        # Each program has its own colour for links.
        look = look._replace(colour=None)
    if "bgcolor" in attributes:
        look = look._replace(background=_old_colour(element.value("bgcolor")))
    if "background" in attributes:
        look = look._replace(background=None)
    if name == "body" and "text" in attributes:
        look = look._replace(colour=_old_colour(element.value("text")))
    if name == "font" and "color" in attributes:
        look = look._replace(colour=_old_colour(element.value("color")))
    return look


def _old_colour(text: str) -> Colour | None:
    return _colour(f"#{text}" if _HEX.fullmatch(text) else text)


def _by_declarations(
    element: Element, look: Look, around: Look, said: Iterable[Declaration], *, is_switched: bool
) -> Look:
    """Follow what styles say, the strongest last."""
    how: dict[str, str] = {}
    for one in said:
        name, value = one.name, one.value.lower()
        if name in _RELEVANT and value != "inherit":
            look = _by_declaration(one, value, look, around)
            if name in _HIDING:
                how[name] = _hides(name, value)
    if look.size <= 1 and ("font-size" in how or "font" in how):
        how["font-size"] = f"a font size of {look.size:g}px"
    elif look.size > 1 and around.hidden_how.startswith("a font size"):
        look = look._replace(hidden_by=None, hidden_how="")
    hidden = next((text for text in how.values() if text), "")
    if hidden and look.hidden_by is None and not is_switched:
        look = look._replace(hidden_by=element, hidden_how=hidden)
    return look


def _by_declaration(one: Declaration, value: str, look: Look, around: Look) -> Look:
    """Follow one declaration that has to do with colour or size."""
    name = one.name
    if name == "color":
        look = look._replace(colour=around.colour if value == "currentcolor" else _colour(value))
    elif name.startswith("background"):
        look = look._replace(background=_background(one, look.background))
    elif name == "font-weight":
        is_heavy = value.isdigit() and int(value[:4]) >= 700  # noqa: PLR2004 - CSS Fonts 4, 2.2.1
        look = look._replace(is_bold=is_heavy or value in ("bold", "bolder"))
    elif name in ("font-size", "font"):
        look = look._replace(size=_size(value, around.size))
    elif name == "-webkit-text-fill-color" or (name == "opacity" and value not in ("1", "1.0", "100%")):
        look = look._replace(colour=None)
    elif name == "position" and value in ("absolute", "fixed"):
        look = look._replace(background=None)
    return look


def _background(one: Declaration, before: Colour | None) -> Colour | None:
    """Give the colour that a background declaration leaves behind the text."""
    value = one.value.lower()
    if value in ("none", "transparent", "initial", "unset", "0"):
        return before
    if one.name == "background-image" or "(" in value.replace("rgb(", "").replace("hsl(", ""):
        return None
    for token in one.tokens:
        if token.type in ("ident", "hash", "function") and (found := _colour(token.serialize())) is not None:
            return found
    return None if one.name == "background-color" else before


def _size(value: str, around: float) -> float:
    """Give a font size in px."""
    found = _SIZE.search(value)
    if found is None:
        return around
    number, unit = min(float(found[1][:9]), 10_000.0), (found[2] or "").lower()
    if unit in ("em", "%"):
        return around * number / (100 if unit == "%" else 1)
    if unit in ("pt", "rem"):
        return number * (16 if unit == "rem" else 4 / 3)
    return number if unit == "px" or number == 0 else around


def _hides(name: str, value: str) -> str:
    """Say how a declaration hides the text, or nothing."""
    is_hiding = (name, value) in _HIDDEN or (name in ("opacity", "max-height") and value in ("0", "0px", "0.0", "0%"))
    return f"{name}:{value}" if is_hiding else ""
