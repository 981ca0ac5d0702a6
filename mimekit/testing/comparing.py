"""
Comparing two messages as a reader sees them: fields by name, parts by their place, text by its lines.

    two messages -> lines that say what is different

May import: the core, `testing`.  Imported by: `testing`, `testing.plugin`, `testing.snapshot`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.testing.matching import changed, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mimekit.message import Message
    from mimekit.part import Part

__all__ = ["assert_same_message", "difference"]

_BOUNDARY = "boundary"
_CID = re.compile(r"cid:[^\s\"'<>)]++", re.IGNORECASE)


def assert_same_message(first: object, second: object, *, ignoring: Iterable[str] = ()) -> None:
    """
    Assert that two messages say the same: the same fields, parts and contents, however they are folded or encoded.

    *ignoring* holds names of fields, ``"boundary"`` for those of multiparts, and ``"Content-ID"`` for that and for the
    ``cid:`` that refer to it.  The order of fields of different names does not count.  Messages are what
    `assert_message` takes.

    Raises `AssertionError`; ``-`` stands before what the first one says, ``+`` before what the second one says.

    >>> from mimekit import Message
    >>> first, second = [Message(from_="ada@example.com", to="grace@example.org", subject=subject, text="Hi!")
    ...                  for subject in ("Notes", "Note")]
    >>> assert_same_message(first, second, ignoring={"Date", "Message-ID", "Subject"})
    >>> assert_same_message(first, second, ignoring={"Date", "Message-ID"})
    Traceback (most recent call last):
        ...
    AssertionError: the messages differ (- first, + second)
      Subject
        - Notes
        + Note
    """
    __tracebackhide__ = True
    from mimekit.testing.reading import message_of

    found = list(difference(message_of(first), message_of(second), ignoring))
    if found:
        raise AssertionError("\n".join(["the messages differ (- first, + second)", *[f"  {line}" for line in found]]))


def difference(first: Message, second: Message, ignoring: Iterable[str] = ()) -> Iterator[str]:
    """Yield lines that say what is different; none when nothing is."""
    ignored = frozenset([name.lower() for name in ([ignoring] if isinstance(ignoring, str) else ignoring)])
    one, other = _Told(first, ignored), _Told(second, ignored)
    for place in dict.fromkeys([*one.parts, *other.parts]):
        mine, theirs = one.parts.get(place), other.parts.get(place)
        where = f"part {place}" if place else ""
        if mine is None or theirs is None:
            sign, there = ("+", theirs) if mine is None else ("-", mine)
            yield where
            yield f"  {sign} {_told(there)}"
            continue
        lines = [*_of_fields(one.fields(mine), other.fields(theirs)), *_of_content(one, mine, other, theirs)]
        if lines and where:
            yield where
            lines = [f"  {line}" for line in lines]
        yield from lines


def _told(part: Part | None) -> str:
    from mimekit.testing.reading import shown

    if part is None:
        return ""
    name = f" {part.filename!r}" if part.filename else ""
    return shown(f"{part.content_type.essence}{name}, {fingerprint(part.content)}")


class _Told:
    """What a message says, by place."""

    def __init__(self, message: Message, ignored: frozenset[str]) -> None:
        self._ignored = ignored
        self.parts: dict[str, Part] = {}
        self._ids: dict[str, str] = {}
        for place, part in _walk(message):
            self.parts[place] = part
            if part.content_id is not None:
                self._ids[part.content_id.strip("<>")] = f"part {place}"

    def fields(self, part: Part) -> dict[str, list[str]]:
        """Give the values of each field, by the lower-case name; that first says how the name is written."""
        found: dict[str, list[str]] = {}
        for name, value in part.headers:
            key = name.lower()
            if key not in self._ignored:
                found.setdefault(key, [name]).append(value)
        if _BOUNDARY in self._ignored and part.is_multipart and len(found.get("content-type", ())) == 2:  # noqa: PLR2004 - its name, and one value
            kind = part.content_type
            others = [f'{name}="{value}"' for name, value in kind.params.items() if name.lower() != _BOUNDARY]
            found["content-type"][1] = "; ".join([kind.essence, *others])
        return found

    def text(self, part: Part) -> str | None:
        """Give the text of a part, the ``cid:`` in it replaced when they do not count."""
        text = part.text
        if text is None or "content-id" not in self._ignored:
            return text
        return _CID.sub(lambda found: f"cid:{self._ids.get(found[0][4:], found[0][4:])}", text)


def _walk(message: Message) -> Iterator[tuple[str, Part]]:
    """Yield the parts with their places; the parts of an embedded message are below the part it is in."""
    waiting = [("", message.root)]
    while waiting:
        place, part = waiting.pop()
        yield place, part
        below = [(f"{place}.{number}".lstrip("."), child) for number, child in enumerate(part.children, 1)]
        if part.embedded is not None:
            below.append((f"{place or 1}: its message", part.embedded))
        waiting += reversed(below)


def _of_fields(mine: dict[str, list[str]], theirs: dict[str, list[str]]) -> Iterator[str]:
    from mimekit.testing.reading import shown

    for key in dict.fromkeys([*mine, *theirs]):
        name = (mine.get(key) or theirs[key])[0]
        first, second = mine.get(key, [""])[1:], theirs.get(key, [""])[1:]
        if first != second:
            yield shown(name)
            yield from [f"  - {shown(value)}" for value in first if value not in second or len(first) != len(second)]
            yield from [f"  + {shown(value)}" for value in second if value not in first or len(first) != len(second)]
            if sorted(first) == sorted(second):
                yield "  the same values in another order"


def _of_content(one: _Told, mine: Part, other: _Told, theirs: Part) -> Iterator[str]:
    if (mine.is_multipart and theirs.is_multipart) or (mine.embedded is not None and theirs.embedded is not None):
        return
    first, second = one.text(mine), other.text(theirs)
    if first is None or second is None:
        if mine.content != theirs.content:
            yield "content"
            yield f"  - {fingerprint(mine.content)}"
            yield f"  + {fingerprint(theirs.content)}"
        return
    if first != second:
        yield "text"
        lines = [f"  {line}" for line in changed(first, second)]
        yield from lines or ["  the lines are the same, and their ends are not"]
