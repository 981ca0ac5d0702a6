"""
Structure: the parts of a message, found within the limits, with an explicit stack.

RFC 2046 5.1 (multipart) and 5.2.1 (message/rfc822).  Recursion would make Python's own limit the parser's; a stack
makes it `Limits.max_depth`, and what lies beyond is an opaque part with a defect.

    a part whose structure is not known -> the same part, its children, the message in it, their numbers and flaws

May import: `wire.scan`, `limits`.  Imported by: `faults`, `part`.
"""

from __future__ import annotations

import re
from functools import cache

from mimekit.errors import show
from mimekit.wire import scan

__all__ = ["Index", "grow", "is_leaf", "judge"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

    from mimekit.defects import Flaw
    from mimekit.headers.content import ContentType
    from mimekit.limits import Limits
    from mimekit.part import Part

    Buffer = bytes | mmap
    Found = tuple[tuple[Part, ...], Part | None]

EMBEDDED = frozenset({"message/rfc822", "message/global", "message/news"})
"""Media types whose body is a message (RFC 2046 5.2.1, RFC 6532 3.7)."""

HOLDERS = ("multipart", "message")
"""Types of what may hold parts or a message."""

UNENCODED = (None, "7bit", "8bit", "binary")
"""Transfer encodings that leave the octets as they are; ``None`` is an unknown one."""


_WHITE = b" \t\r\n"
_SEARCHES = 4  # times the octets of a buffer that are searched before an index is made
_LONG = 256  # octets of a boundary that no sender makes
_MOST_LINES = 1_000_000  # lines that are looked at for M030, over all levels of nesting


@cache
def _like_a_part() -> re.Pattern[bytes]:
    return re.compile(rb"(?i)(?:\A|\n)content-[a-z-]++:")


class _Budget:
    """What is left of the limits that count over a whole message."""

    __slots__ = ("index", "octets", "parts", "searched")

    def __init__(self, limits: Limits) -> None:
        self.parts = limits.max_parts - 1
        self.octets = limits.max_decoded_bytes
        self.searched = 0  # octets that were searched for a delimiter
        self.index: Index | None = None

    def delimiters(self, buffer: Buffer, boundary: bytes, start: int, end: int) -> list[scan.Delimiter]:
        """
        Find the delimiters of one boundary.

        Looking for one is quicker than an index of all the lines that might be one; the index is made when so many
        levels are nested that it pays, and keeps the whole linear.
        """
        self.searched += end - start
        if self.searched > _SEARCHES * len(buffer) or len(boundary) > _LONG or boundary[-1:].isspace():
            self.index = self.index or Index()
            return self.index.of(buffer).of(boundary, start, end)
        return scan.delimiters(buffer, boundary, start, end)


class Index:
    """The lines that may be delimiters, in each buffer of one message; looked for once."""

    __slots__ = ("_lines", "left")

    def __init__(self) -> None:
        self.left = _MOST_LINES
        self._lines: dict[int, scan.Delimiters] = {}

    def of(self, buffer: Buffer) -> scan.Delimiters:
        """Give the lines of a buffer, which must outlive this."""
        found = self._lines.get(id(buffer))
        if found is None:
            found = self._lines[id(buffer)] = scan.Delimiters(buffer, 0, len(buffer))
        return found


def grow(root: Part, number: str = "", *, is_root: bool = True) -> tuple[Part, ...]:
    """
    Find every part below *root*, with a stack and within the limits, and number it.

    All of it at once, so that what a limit leaves out does not depend on what was asked first.  The parts of a built
    *root* are given as copies, for the same part may stand in two messages under two numbers.
    """
    budget = _Budget(root._limits)
    settled: list[tuple[Part, Found, str | None, list[Flaw]]] = []
    # part, depth, levels of encoding, number (of a message root: what its parts' numbers begin with), is message root
    stack: list[tuple[Part, int, int, str, bool]] = [(root, 1, 0, number, is_root)]
    while stack:
        part, depth, encoded, name, is_root = stack.pop()
        flaws: list[Flaw] = []
        base = name if is_root else f"{name}."
        is_parsed = part._pieces is None
        if is_parsed:
            children, embedded = found = _look_into(part, depth, encoded, base, budget, flaws)
        else:
            children = tuple([child.fresh() for child in part.children])
            embedded = part._embedded and part._embedded.fresh()
            found = children, embedded
        own = name if not is_root else None if children else f"{name}1"
        settled.append((part, found, own, flaws))
        if embedded is not None:
            encoded += is_parsed and embedded._buffer is not part._buffer
            stack.append((embedded, depth + 1, encoded, f"{own}.", True))
        # Of parsed parts, those that hold no others are settled (`Part.of_spans`).
        inner = [
            (child, depth + 1, encoded, f"{base}{at}", False)
            for at, child in enumerate(children, 1)
            if child._children is None or not is_parsed
        ]
        stack += inner[::-1]
    for part, (children, embedded), own, flaws in reversed(settled):
        part._settle(children, embedded, own, flaws)
    return children  # those of the root, which is settled last


def is_leaf(kind: ContentType) -> bool:
    """Tell whether a part of this type holds neither parts nor a message."""
    maintype = kind.maintype
    return maintype != "multipart" and (maintype != "message" or kind.essence not in EMBEDDED)


def _look_into(  # noqa: PLR0913, PLR0917 - where the part stands, and what is told of it
    part: Part, depth: int, encoded: int, base: str, budget: _Budget, flaws: list[Flaw]
) -> Found:
    """Find the parts of one parsed part, whose numbers begin with *base*, or the message in it."""
    limits = part._limits
    kind = part.content_type
    body = part._body_at()
    if depth == 1 and part._end - part._start > limits.max_message_bytes:
        flaws.append(("L001", body, body, f"{part._end - part._start} octets: the body is not looked into"))
    elif is_leaf(kind):
        pass
    elif depth > limits.max_depth:
        flaws.append(("L002", body, body, f"nesting is deeper than {limits.max_depth}: this is not looked into"))
    elif kind.maintype == "multipart":
        return _multipart(part, kind, base, budget, flaws), None
    elif budget.parts < 1:
        flaws.append(("L003", body, body, f"more than {limits.max_parts} parts: this message is not looked into"))
    else:
        return (), _message_in(part, encoded, budget, flaws)
    return (), None


def _multipart(part: Part, kind: ContentType, base: str, budget: _Budget, flaws: list[Flaw]) -> tuple[Part, ...]:
    """Find the parts between the delimiters (RFC 2046 5.1.1)."""
    buffer, start, end = part._buffer, part._body_start, part._end
    boundary = kind.boundary_octets
    if not boundary:
        flaws.append(("M020", start, start, f"{kind.essence} without a boundary is one opaque part"))
        return ()
    if len(boundary) > part._limits.max_boundary:
        flaws.append(("L013", start, start, f"a boundary of {len(boundary)} octets is not searched"))
        return ()
    found = budget.delimiters(buffer, boundary, start, end)
    if not found:
        flaws.append(("M027", start, start, f"the boundary {show(boundary, 40)} never occurs"))
        return ()
    spans = _spans(buffer, found, end)
    if not spans:
        flaws.append(("M029", start, end, f"{kind.essence} without a part"))
    if len(spans) > budget.parts:
        rest = spans[budget.parts][0]
        flaws.append(("L003", rest, end, f"more than {part._limits.max_parts} parts: the rest is not looked into"))
        del spans[budget.parts :]
    budget.parts -= len(spans)
    part._cache["delimiters"] = found[0], found[-1]
    default = "message/rfc822" if kind.subtype == "digest" else "text/plain"
    return part.of_spans(part, spans, default=default, base=base)


def judge(part: Part, index: Index) -> list[Flaw]:
    """
    Say what is wrong with the structure at *part*: what `grow` found, and what readers of a multipart disagree on.

    *index* is the same for all the parts of a message, which come in order: it bounds the work.
    """
    kind = part.content_type
    flaws = [*_encoded(part, kind), *part._structure]
    ends: tuple[scan.Delimiter, scan.Delimiter] | None = part._cache.get("delimiters")
    if ends is None:
        return flaws
    first, (_, after, closes) = ends
    buffer, start, end = part._buffer, part._body_at(), part._end
    boundary = kind.boundary_octets or b""
    lines = index.of(buffer)
    index.left -= lines.count(start, end)
    if buffer[start : first[0]].strip(_WHITE):
        like = _like_a_part().search(buffer, max(start - 1, 0), first[0])
        text = "text before the first delimiter" + (
            ", which no reader of MIME shows"
            if like is None
            else " looks like a part: some readers show it, most do not"
        )
        flaws.append(("M031", start if like is None else like.start(), first[0], text))
    for at in lines.alike(boundary, start, end)[: part._limits.max_defects] if index.left >= 0 else ():
        line_end = buffer.find(b"\n", at, end)
        flaws.append(("M030", at, end if line_end < 0 else line_end, "this line begins like a delimiter and goes on"))
    if not closes:
        flaws.append(("M028", end, end, f"the close-delimiter of {show(boundary, 40)} is missing"))
    elif beyond := lines.of(boundary, after, end):
        text = "a delimiter after the close-delimiter: what follows is read by some readers"
        flaws.append(("M032", beyond[0][0], end, text))
    elif buffer[after:end].strip(_WHITE):
        flaws.append(("M032", after, end, "text after the close-delimiter, which most readers do not show"))
    for child in part.children:
        if child.content_type.maintype == "multipart" and child.content_type.boundary_octets == boundary:
            flaws.append(("M026", child._start, child._start, "this part has the boundary of the multipart it is in"))
        if child._start < child._body_at() == child._end and buffer[child._end - 1 : child._end] != b"\n":
            flaws.append(("M035", child._end, child._end, "the header runs into the delimiter, without an empty line"))
    return flaws


def _encoded(part: Part, kind: ContentType) -> Iterator[Flaw]:
    """Flag a multipart that is encoded, unless a limit kept it from being looked into."""
    if kind.maintype == "multipart" and part.transfer_encoding not in UNENCODED:
        at = part._body_at()
        if not any(code in ("L001", "L002") for code, *_ in part._structure):
            yield "M034", at, at, f"{kind.essence} cannot be encoded; it is read as it stands"


def _spans(buffer: Buffer, found: list[scan.Delimiter], end: int) -> list[tuple[int, int]]:
    """Give where the parts between delimiter lines begin and end; the last is open when nothing closes it."""
    spans: list[tuple[int, int]] = []
    start = found[0][1]
    for line, after, _ in found[1:]:
        is_usual = line - start > 1 and buffer[line - 2 : line] == b"\r\n"
        spans.append((start, line - 2 if is_usual else _before_line_end(buffer, start, line)))
        start = after
    if not found[-1][2]:
        spans.append((start, end))
    return spans


def _before_line_end(buffer: Buffer, start: int, end: int) -> int:
    """Give *end* without the line end before it, which belongs to the delimiter (RFC 2046 5.1.1)."""
    if end > start and buffer[end - 1 : end] == b"\n":
        end -= 1
        if end > start and buffer[end - 1 : end] == b"\r":
            end -= 1
    return end


def _message_in(part: Part, encoded: int, budget: _Budget, flaws: list[Flaw]) -> Part | None:
    """Find the message inside a message/rfc822 part; an encoded one is decoded into a buffer of its own."""
    start, limits = part._body_at(), part._limits
    if part.transfer_encoding in UNENCODED:
        budget.parts -= 1
        return type(part).of_span(part._buffer, start, part._end, limits=limits, outside=part._outside)
    if part.content_type.essence == "message/rfc822":
        flaws.append(("M034", start, start, "message/rfc822 cannot be encoded (RFC 2046 5.2.1); it is decoded"))
    octets = part.decoded()
    if encoded >= limits.max_encoded_depth or len(octets) > budget.octets:
        flaws.append(("L012", start, start, "encoded messages are nested too deep: this one is not looked into"))
        return None
    budget.parts -= 1
    budget.octets -= len(octets)
    outside = part._outside or (part._start, part._end)
    return type(part).of_span(octets, 0, len(octets), limits=limits, outside=outside)
