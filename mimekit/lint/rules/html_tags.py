"""
Rules about the tags of HTML bodies as they are written: what is open, what is closed, and where (family T).

Browsers mend what does not fit by the rules of HTML 13.2; what comes out is seldom what was meant, and mail programs,
which put a body into a page of their own after taking out some of it, mend it each in their own way.

    tags of the source -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.lint.html import VOID
from mimekit.lint.rule import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.html import Html, Tag
    from mimekit.lint.rule import Hit

__all__: list[str] = []

# Readers put these right when they cross one another (the adoption agency, HTML 13.2.6.4.7), or ignore the crossing.
_FORMATTING = frozenset([
    "a", "abbr", "b", "big", "code", "em", "font", "i", "ins", "label", "nobr", "s", "small", "span", "strike",
    "strong", "sub", "sup", "tt", "u",
])  # fmt: skip
_BLOCKS = frozenset([
    "article", "aside", "blockquote", "button", "center", "div", "dl", "fieldset", "figure", "footer", "h1", "h2",
    "h3", "h4", "h5", "h6", "header", "main", "nav", "noscript", "ol", "pre", "section", "select", "style", "title",
    "ul",
])  # fmt: skip
_TRACKED = _FORMATTING | _BLOCKS
_ROWS = frozenset(["tbody", "thead", "tfoot", "tr"])
_CELLS = frozenset(["td", "th", "caption"])
_ONCE = frozenset(["html", "head", "body"])
# What may stand in a table beside its parts; a form there is taken out without a trace.
_IN_TABLE = frozenset(["!doctype", "col", "colgroup", "form", "input", "script", "style", "template"])
_FOREIGN = frozenset(["svg", "math"])


@rule("T001", severity="warning", looks_at="html", reference="HTML 13.2", fix="unsafe")
def html_structure(html: Html, _: Context) -> Iterator[Hit]:
    """
    Tags do not fit together: one is never closed, closes nothing, crosses another, or stands outside its table.

    Why it matters: each mail program mends it in its own way; a table or link then reaches over what follows it, and
    a layout that looks right in one falls apart in another.

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><div>Your order <b>10482</b> has left our house this morning.</body></html>

    Bad:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><table><tr>Hello John<td>your order has left our house.</td></tr></table></body></html>

    Good:
        @html
        <!DOCTYPE html>
        <html lang="en"><body><div>Your order <b>10482</b> has left our house this morning.</div></body></html>

    References: HTML 13.1.2, 13.2.6
    """
    yield from _Balance(html).hits()


class _Frame:
    """What is open inside one table, one cell, or outside of them; tags do not close what is open around it."""

    __slots__ = ("blocks", "has_row", "name", "opened", "places", "section", "tag")

    def __init__(self, name: str, tag: Tag | None) -> None:
        self.name = name
        self.tag = tag
        self.opened: list[Tag | None] = []
        """What is open, outermost first; ``None`` for what was closed across others."""
        self.places: dict[str, list[int]] = {}
        self.blocks: list[int] = []
        self.has_row = False
        self.section = ""

    def open(self, tag: Tag) -> None:
        self.places.setdefault(tag.name, []).append(len(self.opened))
        if tag.name in _BLOCKS:
            self.blocks.append(len(self.opened))
        self.opened.append(tag)

    def pop_to(self, place: int) -> Iterator[Tag]:
        """Close what is open from there on, and give it."""
        while len(self.opened) > place:
            tag = self.opened.pop()
            if tag is None:
                continue
            self.places[tag.name].pop()
            if tag.name in _BLOCKS:
                self.blocks.pop()
            yield tag


class _Balance:
    """One pass over the tags, with what is open on a stack of frames."""

    def __init__(self, html: Html) -> None:
        self.html = html
        self.frames = [_Frame("", None)]
        self.seen: set[str] = set()
        self.found: list[Hit] = []

    def hits(self) -> list[Hit]:
        source, tags = self.html.source, self.html.tags
        before, foreign = 0, ""
        for tag in tags:
            if foreign:
                foreign = "" if tag.is_end and tag.name == foreign else foreign
            elif tag.name in _FOREIGN:
                foreign = "" if tag.is_end or source[tag.end - 2 : tag.end] == "/>" else tag.name
            else:
                frame = self.frames[-1]
                if frame.name == "table" and not frame.opened and source[before : tag.start].strip():
                    self._text_in_table(before, tag.start)
                if tag.is_end:
                    self._end(tag)
                elif tag.name:
                    self._start(tag)
            before = tag.end
        if self.html.left_out is not None:
            return self.found  # what is open here may be closed in what was left out
        while len(self.frames) > 1:
            self._leave(len(source))
        for tag in list(self.frames[0].pop_to(0)):
            self._unclosed(tag, len(source))
        return self.found

    # -- start tags

    def _start(self, tag: Tag) -> None:
        name, frame = tag.name, self.frames[-1]
        if name in _ONCE:
            if name in self.seen:
                self._say(tag, f"a second <{name}>: readers add its attributes to the first, or drop it")
            self.seen.add(name)
        elif name in _ROWS or name in _CELLS:
            self._start_in_table(tag)
        elif frame.name == "table" and name not in _IN_TABLE:
            self._astray(tag)
        elif name == "table":
            self.frames.append(_Frame("table", tag))
        elif name in _TRACKED and name not in VOID:
            if name == "a" and frame.places.get("a"):
                self._say(tag, "<a> inside <a>: the link before it ends here")
                frame.opened[frame.places["a"].pop()] = None
            frame.open(tag)

    def _astray(self, tag: Tag) -> None:
        """Deal with what may not stand between the rows and cells of a table."""
        if tag.name == "table":
            self._say(tag, "<table> inside a table but in no cell: the table around it ends here")
            self._leave(tag.start, is_said=True)
            self._start(tag)
            return
        self._say(tag, f"<{tag.name}> stands in a table but in no cell: it is shown before the table")
        if tag.name in _TRACKED:
            self.frames[-1].open(tag)

    def _start_in_table(self, tag: Tag) -> None:
        name = tag.name
        # The end tags of cells and rows may be left out.
        while self.frames[-1].name in _CELLS:
            self._leave(tag.start)
        frame = self.frames[-1]
        if frame.name != "table":
            self._say(tag, f"<{name}> stands outside a table: readers drop it")
            return
        if name in _CELLS:
            frame.has_row = frame.has_row or name != "caption"
            frame.section = frame.section or "tbody"
            self.frames.append(_Frame(name, tag))
        elif name == "tr":
            frame.has_row = True
            frame.section = frame.section or "tbody"
        else:
            frame.has_row = False
            frame.section = name

    def _text_in_table(self, start: int, end: int) -> None:
        source = self.html.source
        start += len(source[start:end]) - len(source[start:end].lstrip())
        end = start + len(source[start:end].rstrip())
        text = "text stands in a table but in no cell: it is shown before the table"
        self.found.append(self.html.hit(text, start, end))

    # -- end tags

    def _end(self, tag: Tag) -> None:
        name = tag.name
        if name in _ONCE or not name:
            return
        if name in _CELLS:
            if self.frames[-1].name == name:
                self._leave(tag.start)
            else:
                self._stray(tag)
        elif name in _ROWS:
            self._end_row(tag)
        elif name == "table":
            self._end_table(tag)
        elif name in _TRACKED:
            self._end_tracked(tag)

    def _end_row(self, tag: Tag) -> None:
        if self.frames[-1].name in _CELLS:
            self._leave(tag.start)
        frame = self.frames[-1]
        if frame.name != "table":
            self._stray(tag)
        elif tag.name == "tr":
            if not frame.has_row:
                self._stray(tag)
            frame.has_row = False
        else:
            if frame.section != tag.name:
                self._stray(tag)
            frame.has_row, frame.section = False, ""

    def _end_table(self, tag: Tag) -> None:
        if len(self.frames) == 1:
            self._stray(tag)
            return
        while self.frames[-1].name != "table":
            self._leave(tag.start)
        self._leave(tag.start, is_said=True)

    def _end_tracked(self, tag: Tag) -> None:
        frame = self.frames[-1]
        places = frame.places.get(tag.name)
        if not places:
            self._stray(tag)
            return
        place = places[-1]
        if tag.name in _FORMATTING:
            if frame.blocks and frame.blocks[-1] > place:
                inner = frame.opened[frame.blocks[-1]]
                name = inner.name if inner is not None else ""
                self._say(tag, f"</{tag.name}> stands inside <{name}>, which began after <{tag.name}>: they cross")
            places.pop()
            frame.opened[place] = None
            while frame.opened and frame.opened[-1] is None:
                frame.opened.pop()
            return
        for inner in list(frame.pop_to(place + 1)):
            self._unclosed(inner, tag.start)
        list(frame.pop_to(place))

    @property
    def _content_end(self) -> int:
        """Where the content ends: before the end tags of body and html."""
        html = self.html
        place = len(html.source)
        for tag in html.tags[:-4:-1]:
            if not (tag.is_end and tag.name in ("body", "html")) or html.source[tag.end : place].strip():
                break
            place = tag.start
        return place

    # -- what is said

    def _leave(self, at: int, *, is_said: bool = False) -> None:
        """Leave the innermost table or cell, in which nothing may be open any more."""
        frame = self.frames.pop()
        for tag in list(frame.pop_to(0)):
            self._unclosed(tag, at)
        if frame.name == "table" and frame.tag is not None and not is_said:
            self._unclosed(frame.tag, at)

    def _unclosed(self, tag: Tag, at: int) -> None:
        text = f"<{tag.name}> is not closed"
        if at >= len(self.html.source):
            at = self._content_end
        else:
            text += " before what is around it ends"
        fix = self.html.text.replacing(f"add </{tag.name}>", (at, at, f"</{tag.name}>"), is_safe=False)
        self.found.append(self.html.hit(text, tag.start, tag.end, fix))

    def _stray(self, tag: Tag) -> None:
        fix = self.html.text.replacing(f"take out </{tag.name}>", (tag.start, tag.end, ""), is_safe=False)
        text = f"</{tag.name}> closes nothing: there is no <{tag.name}> open here"
        self.found.append(self.html.hit(text, tag.start, tag.end, fix))

    def _say(self, tag: Tag, text: str) -> None:
        self.found.append(self.html.hit(text, tag.start, tag.end))
