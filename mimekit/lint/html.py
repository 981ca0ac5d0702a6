"""
HTML bodies as documents: elements, attributes, visible text, styles and URLs, each with its place in the source.

`justhtml` reads HTML as browsers do (WHATWG) and knows where each element stands; `tinycss2` reads style sheets.  A
document is read once, when a rule asks, and walked once: whatever the walk can tell is a property here.

    Text of a text/html part -> Html -> Element, Run (of text), Comment, Sheet, Url

May import: `lint.rule`, `lint.css`, `lint.looks`, `lint.urls`; justhtml, when a document is read.  Imported by: much of
the package.
"""

from __future__ import annotations

import re
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from mimekit.lint import css, urls
from mimekit.lint.looks import looks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from mimekit.finding import Fix
    from mimekit.lint.looks import Look
    from mimekit.lint.rule import Hit
    from mimekit.lint.urls import Url
    from mimekit.lint.view import Text

__all__ = ["BLOCKS", "VOID", "Comment", "Doctype", "Element", "Html", "Run", "Tag"]

VOID = frozenset([
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
])  # fmt: skip
"""Elements without content and end tag (HTML 13.1.2)."""

BLOCKS = frozenset([
    "address", "article", "aside", "blockquote", "body", "br", "caption", "center", "dd", "details", "dialog", "dir",
    "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6",
    "header", "hgroup", "hr", "html", "legend", "li", "main", "menu", "nav", "ol", "option", "p", "pre", "search",
    "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "ul",
])  # fmt: skip
"""Elements before and after which a line of text ends."""

_UNSEEN = frozenset([
    "head", "title", "style", "script", "template", "noframes", "iframe", "object", "audio", "video", "textarea",
    "datalist",
])  # fmt: skip
_HIDES = re.compile(r"(?i)(?:\A|;)\s*+(?:display\s*+:\s*+none|visibility\s*+:\s*+(?:hidden|collapse))\b")
_WORD = re.compile(r"[^\W_]+(?:['\u2019.\-][^\W_]+)*+")
_SPACE = re.compile(r"[ \t\n\f\r]++")
# One start tag, and one attribute in it (HTML 13.2.5.6 to 13.2.5.40): a quote counts only after the equals sign.
_START = re.compile(
    r"</?+[^ \t\n\f\r/>]++(?:[ \t\n\f\r/]++|(?:=[^ \t\n\f\r/>=]*+|[^ \t\n\f\r/>=]++)"
    r"(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:\"[^\"]*+\"?|'[^']*+'?|[^ \t\n\f\r>]*+))?+)*+>?"
)
_NAME = re.compile(r"<[^ \t\n\f\r/>]++")
_ATTRIBUTE = re.compile(
    r"[ \t\n\f\r/]*+(=[^ \t\n\f\r/>=]*+|[^ \t\n\f\r/>=]++)"
    r"(?:[ \t\n\f\r]*+=[ \t\n\f\r]*+(?:\"([^\"]*+)\"?|'([^']*+)'?|([^ \t\n\f\r>]*+)))?+"
)
_TAG = re.compile(r"<(?:!--|(/?)([A-Za-z][^ \t\n\f\r/>]*+)|[!?/])")
_RAW = frozenset(["style", "script", "title", "textarea", "xmp", "iframe", "noembed", "noframes"])
_DOCTYPE = re.compile(r"(?i)<!doctype[^>]*+>?")
_NOTHING = re.compile(r"\ufeff?+(?:[ \t\n\f\r]++|<!--(?:[^-]++|-(?!->))*+-->)*+")
_COMMENT_END = re.compile(r"--!?>")
_ODD = re.compile(r"(?i)<(?:!(?!--|doctype)|\?|/(?![a-z])|/[a-z][^ \t\n\f\r>]*+[ \t\n\f\r]++[^ \t\n\f\r>])")
_NO_TAG = re.compile("<(?![a-zA-Z/!?])")
_SIGN = re.compile("<(?=[a-zA-Z/!?])")
_MOST_SIGNS = 20_000  # of "<": with more of them, those that begin no tag are left out
_MOST_TAGS = 20_000  # unless the option max-html-tags says otherwise; ten times as many as large newsletters have
_URL_ATTRIBUTES = (
    "href", "src", "background", "action", "formaction", "srcset", "poster", "data", "cite", "longdesc", "xlink:href",
)  # fmt: skip
_URL_ATTRIBUTE_SET = frozenset((*_URL_ATTRIBUTES, "style"))


class Comment(NamedTuple):
    """One comment: its ``data``, and where it stands, ``<!--`` and ``-->`` included."""

    data: str
    start: int
    end: int


class Doctype(NamedTuple):
    """The doctype: name in lower case, public and system identifiers, and where it stands."""

    name: str
    public_id: str
    system_id: str
    start: int
    end: int


class Tag(NamedTuple):
    """One tag of the source: name in lower case (``!doctype``; empty for a comment), and where it stands."""

    name: str
    is_end: bool
    start: int
    end: int


class Run:
    """One run of text: its ``data`` (character references read), where it begins, the element that it stands in."""

    __slots__ = ("begins_line", "data", "element", "end", "is_visible", "plain", "start")

    def __init__(self, data: str, start: int, element: Element | None, *, is_visible: bool, begins_line: bool) -> None:
        self.data = data
        self.start = start
        self.element = element
        self.is_visible = is_visible
        """Whether a person sees it, as far as attributes and the element's own style tell."""
        self.begins_line = begins_line
        """Whether a block began or ended before it."""
        self.end = start
        self.plain = -1
        """How many characters stand in the source as they are here, from the first on; -1 until somebody asks."""


class Element:
    """One element that stands in the source: ``name`` in lower case, ``attributes``, where its start tag stands."""

    __slots__ = (
        "_end",
        "_pieces",
        "_places",
        "_style",
        "attributes",
        "html",
        "is_hidden",
        "name",
        "node",
        "parent",
        "start",
    )

    def __init__(  # noqa: PLR0913, PLR0917 - made in one place, for each element
        self,
        html: Html,
        node: object,
        name: str,
        attributes: dict[str, str | None],
        start: int,
        parent: Element | None = None,
    ) -> None:
        self.html = html
        self.node = node
        self.name = name
        self.attributes = attributes
        self.start = start
        self._end = -1
        self.parent = parent
        """The element around it that stands in the source."""
        self.is_hidden = False
        """Whether it, or one around it, is not shown, as far as attributes and their own styles tell."""
        self._pieces: list[tuple[int, int, int, int]] = []
        # of its content, which stands together unless it was misnested: the runs, and the elements
        self._places: dict[str, tuple[int, int]] | None = None
        self._style: tuple[css.Declaration, ...] | None = None

    @property
    def end(self) -> int:
        """Where its start tag ends."""
        if self._end < 0:
            found = _START.match(self.html.source, self.start)
            self._end = found.end() if found is not None else self.start
        return self._end

    def value(self, name: str) -> str:
        """Give the value of an attribute without white space at its ends; empty for an absent one."""
        return (self.attributes.get(name) or "").strip(" \t\n\f\r")

    @property
    def runs(self) -> Iterator[Run]:
        """The runs of text inside it, at any depth."""
        every = self.html.runs
        for first, last, _, _ in self._pieces:
            yield from every[first:last]

    @property
    def inner(self) -> Iterator[Element]:
        """The elements inside it, at any depth."""
        every = self.html.elements
        for _, _, first, last in self._pieces:
            yield from every[first:last]

    @property
    def content(self) -> str:
        """All text inside it, seen or not, as it is in the source."""
        return "".join([run.data for run in self.runs])

    @property
    def text(self) -> str:
        """The text inside it that a person sees, white space collapsed."""
        return _joined(self.runs)

    @property
    def around(self) -> Iterator[Element]:
        """The elements around it, innermost first."""
        element = self.parent
        while element is not None:
            yield element
            element = element.parent

    def place(self, attribute: str) -> tuple[int, int]:
        """Say where the value of an attribute stands, quotes left out; its name without a value; else the start tag."""
        if self._places is None:
            self._places = _attribute_places(self.html.source, self.start, self.end)
        return self._places.get(attribute, (self.start, self.end))

    @property
    def style(self) -> tuple[css.Declaration, ...]:
        """The declarations of its style attribute; their places count from its value."""
        if self._style is None:
            value = self.attributes.get("style")
            self._style = css.declarations(value) if value else ()
        return self._style

    def hit(self, message: str, fix: Fix | None = None, severity: str | None = None) -> Hit:
        """Say what is wrong with it; the place is its start tag."""
        return self.html.text.hit(message, self.start, self.end, fix, severity)

    def attribute_hit(self, attribute: str, message: str, fix: Fix | None = None, severity: str | None = None) -> Hit:
        """Say what is wrong with the value of an attribute; the place is that of the value."""
        return self.html.text.hit(message, *self.place(attribute), fix, severity)

    def place_of(self, declaration: css.Declaration | css.StyleRule | css.AtRule) -> tuple[int, int]:
        """Say where a declaration of its style attribute stands; all of the attribute, if references are in it."""
        start, end = self.place("style")
        if self.html.source[start:end] == self.attributes.get("style"):
            return start + declaration.start, start + declaration.end
        return start, end

    def __repr__(self) -> str:
        return f"<Element {self.name} at {self.start}>"


class Html:
    """
    A text/html body: ``text`` is the view of it, ``source`` its characters.

    To read a tag takes far longer than to write one, and deep trees take more memory than they are worth: after
    `most_tags` of them the source is cut, and what follows is ``left_out``, of which rule L024 tells.
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        self.most_tags: int = text.entity.mail.context.options.get("max-html-tags", _MOST_TAGS)
        self.left_out: int | None = _place_of_tag(text.text, self.most_tags)
        """Where the source was cut, if it was."""
        self.source: str = text.text[: self.left_out]

    # -- what the walk finds

    @cached_property
    def elements(self) -> list[Element]:
        """The elements that have a start tag in the source, in the order of the tree."""
        return self._walked.elements

    @cached_property
    def runs(self) -> list[Run]:
        """The runs of text, in the order of the tree; those of styles and scripts included."""
        return self._walked.runs

    @cached_property
    def comments(self) -> list[Comment]:
        """The comments, conditional ones and what browsers take for one included."""
        source = self.source
        return [_comment(source, tag) for tag in self.tags if not tag.name]

    @property
    def doctype(self) -> Doctype | None:
        """The doctype, if there is one."""
        return self._walked.doctype

    @cached_property
    def _walked(self) -> _Walk:
        return _Walk(self)

    @cached_property
    def tags(self) -> list[Tag]:
        """The tags as they are written, comments and declarations among them; what they make is in `elements`."""
        return _tags(self.source)

    # -- what follows from it

    @cached_property
    def named(self) -> dict[str, list[Element]]:
        """The elements by name."""
        found: dict[str, list[Element]] = {}
        for element in self.elements:
            found.setdefault(element.name, []).append(element)
        return found

    @cached_property
    def links(self) -> list[Element]:
        """The ``a`` and ``area`` elements that have an href."""
        return [one for one in self.elements if one.name in ("a", "area") and "href" in one.attributes]

    @cached_property
    def images(self) -> list[Element]:
        """The ``img`` elements."""
        return self.named.get("img", [])

    @cached_property
    def title(self) -> str | None:
        """The title, white space collapsed; ``None`` without such an element."""
        found = self.named.get("title")
        return None if not found else _SPACE.sub(" ", found[0].content).strip()

    @cached_property
    def visible_text(self) -> str:
        """What a person sees: blocks on lines of their own, white space collapsed."""
        return _joined(self.runs)

    @cached_property
    def words(self) -> list[str]:
        """The words that a person sees."""
        return _WORD.findall(self.visible_text)

    @cached_property
    def sheets(self) -> list[css.Sheet]:
        """The style sheets of its ``style`` elements."""
        return [css.Sheet(one.content, one.end, self.text) for one in self.named.get("style", ())]

    @cached_property
    def urls(self) -> list[Url]:
        """The URLs of attributes, style attributes and style sheets; those of comments are left out."""
        found: list[Url] = []
        for element in self.elements:
            if not _URL_ATTRIBUTE_SET.isdisjoint(element.attributes):
                found += _urls_of(element)
        for sheet in self.sheets:
            at = sheet.offset
            found += [
                urls.Url(self.text, url, at + start, at + end, None, is_css=True)
                for url, start, end in urls.of_css(sheet.css)
            ]
        return found

    @cached_property
    def looks(self) -> dict[Element, Look]:
        """In which colours and sizes the text of each element is shown."""
        return looks(self)

    def hit(self, message: str, start: int, end: int, fix: Fix | None = None, severity: str | None = None) -> Hit:
        """Say what is wrong with the characters of the source from *start* to *end*."""
        return self.text.hit(message, start, end, fix, severity)

    def place(self, run: Run, start: int, end: int) -> tuple[int, int]:
        """Say where characters of a run stand; all of it, where character references are written before them."""
        source, at = self.source, run.start
        if run.plain < 0:
            reference = source.find("&", at, at + len(run.data))
            plain = len(run.data) if reference < 0 else reference - at
            run.plain = plain if source.startswith(run.data[:plain], at) else 0
            close = source.find("<", at + 1)
            run.end = close if close >= 0 else len(source)
        return (at + start, at + end) if end <= run.plain else (at, run.end)

    def whole(self, message: str, fix: Fix | None = None, severity: str | None = None) -> Hit:
        """Say what is wrong with all of it; the place is its first line."""
        return self.text.whole(message, fix, severity)


class _Walk:
    """One walk over the tree of a document."""

    def __init__(self, html: Html) -> None:
        from justhtml import JustHTML

        self.html = html
        self.elements: list[Element] = []
        self.runs: list[Run] = []
        self.doctype: Doctype | None = None
        source = html.source
        if source.startswith("\ufeff"):
            source = f" {source[1:]}"  # justhtml would leave it out, and count from there
        if _is_odd(source):
            source = _blanked(source, html.tags)
        if source.count("<") > _MOST_SIGNS:
            source = _NO_TAG.sub(" ", source)  # justhtml takes quadratic time for signs that are text
        # No mail program runs scripts, so what `noscript` holds is shown.
        tree = JustHTML(source, sanitize=False, track_node_locations=True, scripting_enabled=False)
        self._walk(tree.root)

    def _walk(self, root: Any) -> None:
        runs, elements = self.runs, self.elements
        # An element that was misnested stands in the tree several times: once for each piece of its content.
        known: dict[int, Element] = {}
        inside: list[Element | None] = [None]
        begun: list[tuple[int, int]] = []
        begins_line = True
        stack: list[Any] = [root]
        while stack:
            node = stack.pop()
            if node is None:
                element = inside.pop()
                first_run, first_element = begun.pop()
                if element is not None:
                    element._pieces.append((first_run, len(runs), first_element, len(elements)))
                    begins_line = begins_line or element.name in BLOCKS
                continue
            name = node.name
            if name == "#text":
                parent = inside[-1]
                is_visible = parent is None or not parent.is_hidden
                runs.append(
                    Run(
                        node.data or "", node.origin_offset or 0, parent, is_visible=is_visible, begins_line=begins_line
                    )
                )
                begins_line = begins_line and not is_visible
                continue
            at = node.origin_offset
            if name == "!doctype":
                self._doctype(node)
            elif at is not None and name[:1] != "#":
                element = known.get(at)
                if element is None:
                    element = known[at] = self._element(node, name.lower(), at, inside[-1])
                begins_line = begins_line or element.name in BLOCKS
                inside.append(element)
                begun.append((len(runs), len(elements)))
                stack.append(None)
            if name == "template" and getattr(node, "template_content", None) is not None:
                stack.append(node.template_content)
            if node.children:
                stack += node.children[::-1]

    def _element(self, node: Any, name: str, at: int, parent: Element | None) -> Element:
        attributes: dict[str, str | None] = node.attrs or {}
        element = Element(self.html, node, name, attributes, at, parent)
        style = attributes.get("style")
        element.is_hidden = (
            (parent is not None and parent.is_hidden)
            or name in _UNSEEN
            or "hidden" in attributes
            or (style is not None and _HIDES.search(style) is not None)
        )
        self.elements.append(element)
        return element

    def _doctype(self, node: Any) -> None:
        found = _DOCTYPE.search(self.html.source)
        place = found.span() if found else (0, 0)
        made = node.data
        self.doctype = Doctype((made.name or "").lower(), made.public_id or "", made.system_id or "", *place)


def _joined(runs: Any) -> str:
    """Put what can be seen together: a line for each block, white space collapsed."""
    pieces: list[str] = []
    for run in runs:
        if run.is_visible:
            if run.begins_line:
                pieces.append("\0")
            pieces.append(run.data)
    lines = [_SPACE.sub(" ", line).strip() for line in "".join(pieces).split("\0")]
    return "\n".join([line for line in lines if line])


def _tags(source: str) -> list[Tag]:
    """Divide the source at its tags (HTML 13.2.5); what stands in styles, scripts and comments is none."""
    found: list[Tag] = []
    match = _TAG.search(source)
    while match is not None:
        start, name = match.start(), (match[2] or "").lower()
        if name:
            tag = _START.match(source, start)
            end = tag.end() if tag is not None else match.end()
        elif source.startswith("<!--", start):
            close = _COMMENT_END.search(source, start + 2)
            end = len(source) if close is None else close.end()
        else:
            end = source.find(">", start + 2) + 1 or len(source)
        is_doctype = not name and _DOCTYPE.match(source, start) is not None
        found.append(Tag("!doctype" if is_doctype else name, match[1] == "/", start, end))
        if name in _RAW and not match[1]:
            end = _raw_end(source, name, end)
        match = _TAG.search(source, end)
    return found


def _comment(source: str, tag: Tag) -> Comment:
    text = source[tag.start : tag.end]
    if text.startswith("<!--"):
        data = text[4:].removesuffix("-->").removesuffix("--!>")
    else:
        data = text[1:].removeprefix("!").removesuffix(">")
    return Comment(data, tag.start, tag.end)


def _place_of_tag(source: str, number: int) -> int | None:
    """Find where the tag of that number begins, from 0 on; ``None`` if there are not so many."""
    if source.count("<") <= number:
        return None
    found = next(islice(_SIGN.finditer(source), number, None), None)
    return None if found is None else found.start()


def _is_odd(source: str) -> bool:
    """Whether there is markup that justhtml, when it keeps places, takes for text; browsers take it for comments."""
    return (
        _ODD.search(source) is not None
        or source.rfind("<") > source.rfind(">")
        or source.rfind("<!--") > source.rfind("-->")
        or len(_DOCTYPE.findall(source)) != (1 if _DOCTYPE.match(source, _first(source)) else 0)
    )


def _first(source: str) -> int:
    """Find the first character that is no white space and in no comment."""
    found = _NOTHING.match(source)
    return found.end() if found is not None else 0


def _blanked(source: str, tags: list[Tag]) -> str:
    """Put blanks in place of such markup, so that all else keeps its place."""
    pieces: list[str] = []
    at, has_begun = 0, False
    for tag in tags:
        first, last = tag.start, tag.end
        is_comment = source.startswith("<!--", first)
        is_whole = source.endswith(("-->", "--!>") if is_comment else ">", first, last)
        if tag.name == "!doctype":
            before = "" if has_begun else "".join([*pieces, source[at:first]])
            is_whole = is_whole and not has_begun and _first(before) == len(before)
        has_begun = has_begun or bool(tag.name)
        if tag.is_end and is_whole:
            first, last = first + len("</") + len(tag.name), last - 1
        elif is_whole and (tag.name or is_comment):
            continue
        pieces += [source[at:first], " " * (last - first)]
        at = last
    return "".join([*pieces, source[at:]])


def _raw_end(source: str, name: str, at: int) -> int:
    """Find the end tag of an element whose content is no markup; the end of the source without one."""
    found = re.compile(rf"(?i)</{name}(?=[ \t\n\f\r/>])").search(source, at)
    return len(source) if found is None else found.start()


def _attribute_places(source: str, start: int, end: int) -> dict[str, tuple[int, int]]:
    """Find the values of the attributes of a start tag."""
    found: dict[str, tuple[int, int]] = {}
    name = _NAME.match(source, start)
    at = name.end() if name is not None else end
    while at < end:
        one = _ATTRIBUTE.match(source, at, end)
        if one is None or one.end() == at:
            break
        found.setdefault(one[1].lower(), one.span(one.lastindex or 1))
        at = one.end()
    return found


def _urls_of(element: Element) -> Iterator[Url]:
    """Give the URLs of an element's attributes."""
    text, source = element.html.text, element.html.source
    for name in _URL_ATTRIBUTES:
        value = element.attributes.get(name)
        if value is None or (name == "data" and element.name != "object"):
            continue
        start, end = element.place(name)
        if name == "srcset":
            is_plain = source[start:end] == value
            for url, first, last in urls.of_srcset(value):
                place = (start + first, start + last) if is_plain else (start, end)
                yield urls.Url(text, url, *place, element, name)
            continue
        yield urls.Url(text, value.strip(" \t\n\f\r"), start, end, element, name)
    style = element.attributes.get("style")
    if style and "(" in style:
        found = urls.of_css(style)
        start, end = element.place("style") if found else (0, 0)
        is_plain = source[start:end] == style
        for url, first, last in found:
            place = (start + first, start + last) if is_plain else (start, end)
            yield urls.Url(text, url, *place, element, "style", is_css=True)
