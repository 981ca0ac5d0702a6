"""
Mail clients: what of HTML, CSS and image formats they show.

The table is that of caniemail.com, see ``data/clients.txt``; it is read when first asked.  A feature has the name that
it has there: ``"css-gap"``, ``"html-video"``, ``"image-webp"``.

    features of an element, a declaration, a selector -> names;  name, clients -> who does not show it

May import: `errors`, `lint.errors`.  Imported by: `lint.config`, `lint.context`,
`lint.rules.html_clients`.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from mimekit.errors import show
from mimekit.lint.errors import LintError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mimekit.lint.css import AtRule, Declaration, StyleRule, Token
    from mimekit.lint.html import Element

__all__ = [
    "LARGE",
    "Support",
    "chosen",
    "of_at_rule",
    "of_declaration",
    "of_element",
    "of_selector",
    "support",
    "title",
]

LARGE = ("apple-mail", "gmail", "outlook", "yahoo")
"""The families that are asked about unless the context names others."""

# Hardly used any more, or never much: they count only when they are named.
_ASIDE = frozenset(["gmail.mobile-webmail", "outlook.windows-mail"])

_ELEMENTS = {
    **{name: f"html-{name}" for name in (
        "address", "audio", "bdi", "blockquote", "code", "del", "dialog", "div", "form", "hr", "img", "marquee",
        "meter", "p", "picture", "pre", "progress", "rp", "rt", "ruby", "select", "small", "span", "strike", "strong",
        "svg", "table", "textarea", "video",
    )},
    **dict.fromkeys(["h1", "h2", "h3", "h4", "h5", "h6"], "html-h1-h6"),
    **dict.fromkeys(["ul", "ol", "dl"], "html-lists"),
    **dict.fromkeys(
        ["article", "aside", "details", "figcaption", "figure", "footer", "header", "main", "mark", "nav", "section",
         "summary", "time"],
        "html-semantics",
    ),
    "map": "html-image-maps",
}  # fmt: skip
# Left out are those without which nobody misses anything: lang, role, aria-*, target, loading.
_ATTRIBUTES = {
    **{name: f"html-{name}" for name in (
        "align", "background", "cellpadding", "cellspacing", "dir", "height", "hidden", "popover", "required", "valign",
        "width",
    )},
    "srcset": "html-srcset",
}  # fmt: skip
_FIELDS = {
    "button": {"reset": "html-button-reset", "submit": "html-button-submit"},
    "input": {name: f"html-input-{name}" for name in ("checkbox", "hidden", "radio", "reset", "submit", "text")},
}

_PROPERTIES = {
    **{name: f"css-{name}" for name in (
        "accent-color", "align-items", "animation", "aspect-ratio", "backdrop-filter", "background",
        "background-blend-mode", "background-clip", "background-color", "background-image", "background-origin",
        "background-position", "background-repeat", "background-size", "border", "border-collapse", "border-image",
        "border-radius", "border-spacing", "box-shadow", "box-sizing", "caption-side", "clear", "clip-path",
        "color-scheme", "column-count", "cursor", "direction", "display", "empty-cells", "filter", "flex-direction",
        "flex-wrap", "float", "font", "font-kerning", "font-size", "font-stretch", "font-weight", "height",
        "hyphenate-character", "hyphenate-limit-chars", "hyphens", "inline-size", "inset", "justify-content",
        "letter-spacing", "line-height", "list-style", "list-style-image", "list-style-position", "list-style-type",
        "margin", "mask-image", "max-block-size", "max-height", "max-inline-size", "max-width", "min-block-size",
        "min-height", "min-inline-size", "min-width", "mix-blend-mode", "object-fit", "object-position", "opacity",
        "orphans", "outline", "outline-offset", "overflow", "overflow-wrap", "padding", "position", "resize",
        "shape-margin", "shape-outside", "tab-size", "table-layout", "text-align", "text-align-last",
        "text-decoration", "text-decoration-color", "text-decoration-line", "text-decoration-skip-ink",
        "text-decoration-style", "text-decoration-thickness", "text-emphasis", "text-emphasis-position", "text-indent",
        "text-justify", "text-orientation", "text-overflow", "text-shadow", "text-transform", "text-underline-offset",
        "text-underline-position", "text-wrap", "transform", "transition", "user-select", "vertical-align",
        "visibility", "white-space", "white-space-collapse", "widows", "width", "word-break", "word-spacing",
        "word-wrap", "writing-mode", "z-index",
    )},
    **dict.fromkeys(["left", "right", "top", "bottom"], "css-left-right-top-bottom"),
    **dict.fromkeys(["margin-top", "margin-right", "margin-bottom", "margin-left"], "css-margin"),
    **dict.fromkeys(["padding-top", "padding-right", "padding-bottom", "padding-left"], "css-padding"),
    **dict.fromkeys(["gap", "column-gap", "row-gap", "grid-gap"], "css-gap"),
    **dict.fromkeys(["grid-template", "grid-template-areas", "grid-template-columns", "grid-template-rows"],
                    "css-grid-template"),
    **dict.fromkeys(["margin-block-start", "margin-block-end"], "css-margin-block-start-end"),
    **dict.fromkeys(["margin-inline-start", "margin-inline-end"], "css-margin-inline-start-end"),
    **dict.fromkeys(["margin-block", "margin-inline"], "css-margin-inline-block"),
    **dict.fromkeys(["padding-block-start", "padding-block-end"], "css-padding-block-start-end"),
    **dict.fromkeys(["padding-inline-start", "padding-inline-end"], "css-padding-inline-start-end"),
    **dict.fromkeys(["padding-block", "padding-inline"], "css-padding-inline-block"),
    **dict.fromkeys(["border-block", "border-inline"], "css-border-inline-block"),
    **dict.fromkeys(["columns", "column-width", "column-rule", "column-span", "column-fill"],
                    "css-column-layout-properties"),
    **dict.fromkeys(["scroll-snap-type", "scroll-snap-align", "scroll-snap-stop"], "css-scroll-snap"),
    "block-size": "css-block-inline-size",
}  # fmt: skip
_VALUES = {
    ("display", "flex"): "css-display-flex",
    ("display", "inline-flex"): "css-display-flex",
    ("display", "grid"): "css-display-grid",
    ("display", "inline-grid"): "css-display-grid",
    ("display", "none"): "css-display-none",
}
_WORDS = {
    **dict.fromkeys(["fit-content", "min-content", "max-content"], "css-intrinsic-size"),
    **dict.fromkeys(["system-ui", "ui-serif", "ui-sans-serif", "ui-rounded", "ui-monospace"], "css-sytem-ui"),
    "initial": "css-unit-initial",
}
_FUNCTIONS = {
    **{name: f"css-function-{name}" for name in ("clamp", "light-dark", "max", "min")},
    **{f"{name}-gradient": f"css-{name}-gradient" for name in ("conic", "linear", "radial")},
    **dict.fromkeys(["lch", "oklch", "lab", "oklab"], "css-modern-color"),
    "calc": "css-unit-calc",
    "rgb": "css-rgb",
    "rgba": "css-rgba",
    "var": "css-variables",
}
_UNITS = frozenset(["ch", "cm", "em", "ex", "in", "mm", "pc", "pt", "px", "rem", "vh", "vmax", "vmin", "vw"])
_PSEUDO_ELEMENTS = frozenset(["after", "before", "first-letter", "first-line", "marker", "placeholder"])
_AT_RULES = {"font-face": "css-at-font-face", "keyframes": "css-at-keyframes", "supports": "css-at-supports"}
_MEDIA = {
    "prefers-color-scheme": "css-at-media-prefers-color-scheme",
    "prefers-reduced-motion": "css-at-media-prefers-reduced-motion",
    "device-pixel-ratio": "css-at-media-device-pixel-ratio",
    "orientation": "css-at-media-orientation",
    "hover": "css-at-media-hover",
}
_COMBINATORS = {
    ">": "css-selector-child",
    "+": "css-selector-adjacent-sibling",
    "~": "css-selector-general-sibling",
    "*": "css-selector-universal",
}


class Support(NamedTuple):
    """Who does not show a feature, and who shows it in part: names for people, empty for nobody."""

    none: str
    partly: str


class _Table(NamedTuple):
    clients: tuple[str, ...]
    names: tuple[tuple[str, str], ...]
    marks: dict[str, str]
    titles: dict[str, str]


@cache
def _table() -> _Table:
    """Read the data."""
    text = resources.files("mimekit.lint").joinpath("data", "clients.txt").read_text(encoding="utf-8")
    clients: list[str] = []
    names: list[tuple[str, str]] = []
    marks: dict[str, str] = {}
    titles: dict[str, str] = {}
    for line in text.splitlines():
        first, _, rest = line.partition(" ")
        if first == "!":
            client, _, name = rest.partition(" ")
            clients.append(client)
            family, _, platform = name.partition("/")
            names.append((family, platform))
        elif first not in ("#", ""):
            marks[first], _, titles[first] = rest.partition(" ")
    return _Table(tuple(clients), tuple(names), marks, titles)


def title(feature: str) -> str:
    """Give the name of a feature for people."""
    return _table().titles[feature]


@cache
def chosen(given: tuple[str, ...]) -> tuple[int, ...]:
    """
    Give the places in the table of families (``"gmail"``) and clients (``"outlook.windows"``).

    Raises `LintError` for one that is not in the table.
    """
    clients = _table().clients
    found: set[int] = set()
    for name in given or LARGE:
        wanted = name.strip().lower()
        places = [at for at, client in enumerate(clients) if client == wanted] or [
            at for at, client in enumerate(clients) if client.startswith(f"{wanted}.") and client not in _ASIDE
        ]
        if not places:
            families = sorted({client.partition(".")[0] for client in clients})
            close = get_close_matches(wanted, [*families, *clients], 1)
            meant = f"; did you mean {close[0]}?" if close else f"; there are {', '.join(families)}"
            message = f"there is no mail client {show(name)} in the table{meant}"
            raise LintError(message)
        found.update(places)
    return tuple(sorted(found))


@cache
def support(feature: str, given: tuple[str, ...] = ()) -> Support:
    """
    Say which of the clients do not show a feature, or only in part.

    Raises `LintError` for a client that is not in the table.

    >>> support("html-video", ("outlook.windows", "apple-mail.macos"))
    Support(none='Outlook (Windows)', partly='')
    """
    places, marks = chosen(given), _table().marks[feature]
    return Support(*[_named([at for at in places if marks[at] == mark], places) for mark in "na"])


def _named(places: list[int], asked: tuple[int, ...]) -> str:
    """Name clients: a family by its name alone, if all of it that was asked about is meant."""
    names = _table().names
    of: dict[str, list[str]] = {}
    for at in places:
        family, platform = names[at]
        of.setdefault(family, []).append(platform)
    said: list[str] = []
    for family, platforms in of.items():
        every = len([at for at in asked if names[at][0] == family])
        is_all = every == len(platforms) and every > 1
        said.append(family if is_all else f"{family} ({', '.join(platforms)})")
    return ", ".join(said)


# -- which features are used


def of_element(element: Element) -> Iterator[tuple[str, str]]:
    """Give the features of an element and its attributes: the name, and the attribute that it is about or nothing."""
    name, attributes = element.name, element.attributes
    if name in _ELEMENTS:
        yield _ELEMENTS[name], ""
    if name in _FIELDS:
        kind = element.value("type").lower() or ("submit" if name == "button" else "text")
        if kind in _FIELDS[name]:
            yield _FIELDS[name][kind], ""
    for attribute in attributes:
        if attribute in _ATTRIBUTES:
            yield _ATTRIBUTES[attribute], attribute
    if name == "a" and len(element.value("href")) > 1:
        if element.value("href")[0] == "#":
            yield "html-anchor-links", "href"
        elif element.value("href")[:7].lower() == "mailto:":
            yield "html-mailto-links", "href"


def of_declaration(one: Declaration) -> set[str]:
    """Give the features that a declaration uses: its property, and what is in its value."""
    name = one.name
    if name.startswith("--"):
        return {"css-variables"}
    if name.startswith(("mso-", "-webkit-", "-ms-", "-moz-")):
        return set()
    found = {_PROPERTIES[name]} if name in _PROPERTIES else _of_family(name)
    if one.is_important:
        found.add("css-important")
    feature = _VALUES.get((name, one.value.lower()))
    if feature is not None:
        found.add(feature)
    found.update(_of_tokens(one.tokens))
    return found


def _of_family(name: str) -> set[str]:
    """Give the feature of a property that is one of many of a kind."""
    if name.startswith(("border-inline-", "border-block-")):
        is_whole = name.count("-") == 2  # noqa: PLR2004 - border-inline-start, border-block-width
        return {"css-border-inline-block-longhand" if is_whole else "css-border-inline-block-individual"}
    if name.startswith("border-") and name.endswith("-radius"):
        return {"css-border-radius" if "start" not in name and "end" not in name else "css-border-radius-logical"}
    if name.startswith(("animation-", "transition-")):
        return {f"css-{name.partition('-')[0]}"}
    return {"css-border"} if name in ("border-top", "border-right", "border-bottom", "border-left") else set()


def _of_tokens(tokens: Iterable[Token]) -> Iterator[str]:
    waiting = list(tokens)
    while waiting:
        token = waiting.pop()
        kind = token.type
        if kind == "dimension" and token.lower_unit in _UNITS:
            yield f"css-unit-{token.lower_unit}"
        elif kind == "percentage":
            yield "css-unit-percent"
        elif kind == "ident" and token.lower_value in _WORDS:
            yield _WORDS[token.lower_value]
        elif kind == "function":
            name = token.lower_name.removeprefix("repeating-")
            if name in _FUNCTIONS:
                yield _FUNCTIONS[name]
            waiting += token.arguments


def of_at_rule(one: AtRule) -> set[str]:
    """Give the features that an at-rule uses; @import has a rule of its own (T013)."""
    if one.keyword == "media":
        asked = {feature for word, feature in _MEDIA.items() if word in one.prelude.lower()}
        return asked or {"css-at-media"}
    return {_AT_RULES[one.keyword]} if one.keyword in _AT_RULES else set()


def of_selector(one: StyleRule) -> set[str]:
    """Give the features that the selectors of a style rule use."""
    found = {"css-nesting"} if one.is_nested else set()
    before: Token | None = None
    before_that: Token | None = None
    for token in one.tokens:
        kind = token.type
        if kind == "literal" and token.value in _COMBINATORS:
            found.add(_COMBINATORS[token.value])
        elif kind == "[] block":
            found.add("css-selector-attribute")
        elif _is(before, ":"):
            found |= _of_pseudo(token, is_double=_is(before_that, ":"))
        elif _is(token, ".") and before is not None and before.type == "ident" and _is(before_that, "."):
            found.add("css-selector-chaining")
        before_that, before = before, token
    return found


def _is(token: Token | None, character: str) -> bool:
    return token is not None and token.type == "literal" and token.value == character


def _of_pseudo(token: Token, *, is_double: bool) -> set[str]:
    name = token.lower_value if token.type == "ident" else token.lower_name if token.type == "function" else ""
    kind = "pseudo-element" if is_double or name in _PSEUDO_ELEMENTS else "pseudo-class"
    feature = f"css-{kind}-{name}"
    return {feature} if feature in _table().marks else set()
