r"""
What can be seen of a message: text and octets that no terminal, log or browser obeys, and the place of a finding.

Octets are shown one by one: printable ASCII as it is, controls as their picture (U+2400 to U+2421) or escape, all
others as ``\xE9``, so that what looks alike does not look alike here, and a caret stands below what it means.

    octets, Finding -> Excerpt;  text -> printable text

May import: the core, `finding`, `lint.view`.  Imported by: much of the package.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, NamedTuple

from mimekit.codecs import transfer
from mimekit.lint.context import Context
from mimekit.lint.view import Mail

if TYPE_CHECKING:
    from mimekit.finding import Finding
    from mimekit.lint.view import Entity

__all__ = ["Decoded", "Excerpt", "Place", "excerpt", "octets", "text"]

_KEPT = frozenset("\u00a0\u3000")  # spaces that ordinary names and subjects hold
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}
_BEFORE, _AFTER = 60, 100  # octets of a long line that are shown before and from the place that is meant
_PLACES = 50  # decoded places of one message: each is found by decoding what stands before it

_ESCAPES = [f"\\x{octet:02X}" for octet in range(256)]
_ESCAPES[0x20:0x7F] = [chr(octet) for octet in range(0x20, 0x7F)]
for _char, _escape in _SHORT.items():
    _ESCAPES[ord(_char)] = _escape
_PICTURES = [*[chr(0x2400 + octet) for octet in range(0x20)], *_ESCAPES[0x20:0x7F], "\u2421", *_ESCAPES[0x80:]]


def text(given: str) -> str:
    r"""
    Make text visible: what is not printable becomes its escape.

    >>> text("a\x1b[31mb\u202ec\n")
    'a\\x1b[31mb\\u202ec\\n'
    """
    if given.isprintable():
        return given
    return "".join([char if char.isprintable() or char in _KEPT else _escaped(char) for char in given])


def _escaped(char: str) -> str:
    return _SHORT.get(char) or char.encode("unicode_escape").decode("ascii")


def octets(given: bytes, *, pictures: bool = False) -> str:
    r"""
    Make octets visible.

    >>> octets(b"caf\xc3\xa9\r\n"), octets(b"a\0", pictures=True) == "a\u2400"
    ('caf\\xC3\\xA9\\r\\n', True)
    """
    table = _PICTURES if pictures else _ESCAPES
    return "".join([table[octet] for octet in given])


class Excerpt(NamedTuple):
    """The line of a finding, made visible: what stands before the octets that are meant, these, and what follows."""

    line: int
    before: str
    meant: str
    after: str
    previous: str | None
    """The line before it; ``None`` where there is none."""

    @property
    def whole(self) -> str:
        """The line as it is shown."""
        return self.before + self.meant + self.after


def excerpt(given: bytes, finding: Finding, *, pictures: bool = False) -> Excerpt:
    """Give the line that a finding begins in, a long one only around it."""
    place = finding.start
    first = place - finding.column + 1
    limit = min(len(given), place + _AFTER)
    line_end = given.find(b"\n", place, limit)
    last = limit if line_end < 0 else line_end
    if line_end > first and given[line_end - 1 : line_end] == b"\r":
        last -= 1
    if last <= place < finding.end:  # the line end is what is meant
        last = min(finding.end, line_end + 1)
    end = max(min(finding.end, last), place)
    start = max(first, place - _BEFORE)
    return Excerpt(
        finding.line,
        ("..." if start > first else "") + octets(given[start:place], pictures=pictures),
        octets(given[place:end], pictures=pictures),
        octets(given[end:last], pictures=pictures) + ("..." if line_end < 0 and limit < len(given) else ""),
        _previous(given, first - 1, pictures=pictures) if first > 0 else None,
    )


def _previous(given: bytes, end: int, *, pictures: bool) -> str:
    """Give the line whose LF is at *end*."""
    bound = max(0, end - _AFTER)
    start = given.rfind(b"\n", bound, end) + 1
    is_cut = not start and bound > 0
    shown = octets(given[start or bound : end].removesuffix(b"\r"), pictures=pictures)
    return ("..." if is_cut else "") + shown


class Place(NamedTuple):
    """A place in the decoded text of a part: line and column (in octets) from 1, and the line, made visible."""

    line: int
    column: int
    before: str
    after: str


class Decoded:
    """Finds findings in the decoded text of the base64 and quoted-printable parts of a message."""

    def __init__(self, given: bytes) -> None:
        self._given = given
        self._entities: list[Entity] | None = None
        self._starts: list[int] = []
        self._left = _PLACES

    def place(self, finding: Finding, *, pictures: bool = False) -> Place | None:
        """Give where a finding is in the decoded text, or ``None`` where that says nothing more."""
        entity = self._entity(finding.start) if self._left > 0 else None
        if entity is None:
            return None
        part = entity.part
        if (
            part.transfer_encoding not in ("base64", "quoted-printable")
            or not entity.is_leaf
            or part.content_type.maintype != "text"
            or not part.body_start <= finding.start < finding.end <= part.end
            or (finding.start, finding.end) == (part.body_start, part.end)
        ):
            return None
        self._left -= 1
        before = transfer.decode(part.transfer_encoding, self._given[part.body_start : finding.start])
        whole = part.decoded()
        first = before.rfind(b"\n") + 1
        last = whole.find(b"\n", len(before), len(before) + _AFTER)
        last = len(before) + _AFTER if last < 0 else last
        shown = octets(before[max(first, len(before) - _BEFORE) :], pictures=pictures)
        rest = octets(whole[len(before) : last].removesuffix(b"\r"), pictures=pictures)
        return Place(before.count(b"\n") + 1, len(before) - first + 1, shown, rest)

    def _entity(self, start: int) -> Entity | None:
        """Give the innermost part at a place, those inside encoded messages left out."""
        if self._entities is None:
            found = [one for one in Mail(self._given, Context()).entities if one.outside is None]
            self._entities = sorted(found, key=lambda one: one.start)
            self._starts = [one.start for one in self._entities]
        at = bisect_right(self._starts, start) - 1
        return self._entities[at] if at >= 0 else None
