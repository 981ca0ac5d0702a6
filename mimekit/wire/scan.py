"""
Scanning: where a header block ends, where its fields begin, where the delimiters of a multipart stand.

RFC 5322 2.1 to 2.2 and RFC 2046 5.1, read tolerantly (RFC 7103): LF ends a line everywhere, a lone CR never.  Nothing
here knows what a field means; every function is linear in the octets it looks at, and all searching is done by
`bytes.find` and one `re.split`.

    octets and offsets -> offsets, and the field lines of one header block

May import: nothing of ours.  Imported by: much of the package.
"""

from __future__ import annotations

import re
from bisect import bisect_left

__all__ = [
    "LONGEST_NAME",
    "OPAQUE",
    "Block",
    "Delimiter",
    "Delimiters",
    "blank_line",
    "delimiters",
    "field_lines",
    "is_field",
    "line_end_style",
    "misnamed",
    "plain_block",
    "split_fields",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mmap import mmap

    Buffer = bytes | mmap

Block = tuple[list[bytes], list[bytes], int, int]
"""``(lines, keys, fields_end, body_start)``: field lines without their LF; the lower-case name of each, empty: none."""

Delimiter = tuple[int, int, bool]
"""``(line_start, after, closes)``: first octet of the delimiter line, first octet after it, and whether it is the
close-delimiter."""

OPAQUE = b"\n"
"""The key of the one line that holds what a limit left unread; no field name can be it."""

# A fold is the LF that is followed by white space; a field ends at any other LF.  The pattern starts with a literal on
# purpose: `\r?\n` first costs four times more.
_field_break = re.compile(rb"\n(?![ \t])")
# RFC 5322 2.2: printable US-ASCII but the colon.  Octets over 127 and controls are read too (H010), blanks are not.
_odd_name = re.compile(rb"[\x00-\x20\x7f]")
_blank_line = re.compile(rb"\n\r?+\n")
# Fields and their continuations, then the empty line or the end.  Octets over 127 are read in a name too (H010).
_plain_block = re.compile(rb"((?:[!-9;-~\x80-\xff]++:[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z))*+)(?:\r?+\n|\Z)")
_control = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_dashed_line = re.compile(rb"\n--[^\n]*+")
_BLANKS = b" \t\r\n"
_GOES_ON = (b" ", b"\t", b"\r", b"\v", b"\f")
LONGEST_NAME = 128  # octets of a line that are looked at for a name
_MOST_WORDS = 3
_WINDOW = 32_768  # octets searched at once for the beginning of a delimiter
_LONGEST = 4096  # octets of a line that can be a delimiter: twice the longest boundary that is read


def line_end_style(buffer: Buffer, start: int, end: int) -> bytes:
    """Give the line end that the first line of these octets has: CRLF, or LF; CRLF when there is none."""
    lf = buffer.find(b"\n", start, end)
    return b"\n" if lf == start or (lf > 0 and buffer[lf - 1 : lf] != b"\r") else b"\r\n"


def blank_line(buffer: Buffer, start: int, end: int) -> tuple[int, int]:
    """Find the first empty line: ``(its start, the octet after it)``, or ``(end, end)`` when there is none."""
    head = buffer[start : min(start + 2, end)]
    if head[:1] == b"\n":
        return start, start + 1
    if head == b"\r\n":
        return start, start + 2
    found = _blank_line.search(buffer, start, end)
    return (found.start() + 1, found.end()) if found else (end, end)


def is_field(line: bytes) -> bool:
    """Tell whether a line can be read as a field: a name without blanks, perhaps blanks (obsolete), a colon."""
    name, colon, _ = line.partition(b":")
    name = name.rstrip(b" \t")
    return bool(colon) and _odd_name.search(name) is None and line[:1] not in (b" ", b"\t")


def misnamed(line: bytes) -> int:
    """
    Give how many octets of a line that is no field were meant for the name of one; 0 for a line of another kind.

    Two or three words of letters, digits and hyphens, a colon and a blank: ``Bad Name: x``; or a name with a control
    character in it.
    """
    name, colon, _ = line[:LONGEST_NAME].partition(b"\n")[0].partition(b":")
    name = name.rstrip(b" \t")
    words = name.split(b" ")
    is_name = len(words) <= _MOST_WORDS and all([word.replace(b"-", b"").isalnum() for word in words])
    has_control = bool(_control.search(name)) and b" " not in name
    return len(name) if colon and (is_name or has_control) and line[:1] not in _GOES_ON else 0


plain_block = _plain_block.match
"""
Match a header block that is nothing but fields whose names are followed by their colon, and the empty line.

``plain_block(buffer, start, end)`` gives a match whose first group is the block and whose end is where the body
begins, or ``None``: then `field_lines` reads it.
"""


def split_fields(block: bytes) -> tuple[list[bytes], list[bytes]]:
    """Split a plain block into field lines without their LF, and their lower-case names."""
    lines = _field_break.split(block)
    if not lines[-1]:
        lines.pop()  # the block ended in a line end, or is empty
    return lines, [line.partition(b":")[0].lower() for line in lines]


def field_lines(  # noqa: PLR0913 - a span and its limits
    buffer: Buffer,
    start: int,
    end: int,
    *,
    max_fields: int = 10_000,
    max_octets: int = 2**20,
    uncounted: frozenset[bytes] = frozenset(),
) -> Block:
    """
    Read the header block that begins at *start*: its field lines and where the body begins.

    A line that is no field is passed over (H012) when a run of fields that reaches the empty line follows it;
    otherwise the empty line is taken to be missing (H015) and the body begins there: RFC 7103 7.2 knows both cases
    and lets what follows decide.  At most *max_fields* fields and *max_octets* octets of them are read, not counting
    fields whose key is in *uncounted*; the rest of the block is one last line whose key is `OPAQUE`.
    """
    fields_end, body_start = blank_line(buffer, start, end)
    if fields_end == start:
        return [], [], start, body_start
    lines = _field_break.split(buffer[start:fields_end], max_fields)
    if not lines[-1] and len(lines) > 1:
        lines.pop()  # the block ended in a line end
    cut = len(lines) > max_fields
    keys = [line.partition(b":")[0].lower() for line in lines]
    if fields_end - start > max_octets:
        cut |= _cut(lines, keys, max_octets, uncounted)
    plain = lines[:-1] if cut else lines
    # A plain field has a colon and no blank before it.  A line without a colon is its own key: both show in the keys.
    if _odd_name.search(b"".join(keys[: len(plain)])) or any(b":" not in line for line in plain):
        return _odd_block(lines, keys, start, (fields_end, body_start), count=len(plain))
    if cut:
        keys[-1] = OPAQUE
    return lines, keys, fields_end, body_start


def _cut(lines: list[bytes], keys: list[bytes], max_octets: int, uncounted: frozenset[bytes]) -> bool:
    """Join the lines past *max_octets* into one opaque line; tell whether there were any."""
    octets = 0
    for number, line in enumerate(lines):
        if keys[number] not in uncounted:
            octets += len(line) + 1
            if octets > max_octets and number:
                lines[number:] = [b"\n".join(lines[number:])]
                keys[number:] = [b""]
                return True
    return False


def _odd_block(lines: list[bytes], keys: list[bytes], start: int, ends: tuple[int, int], *, count: int) -> Block:
    """Read a block in which one of the first *count* lines is no plain field."""
    run = count  # first line of the run of fields that reaches the end of the block
    while run and is_field(lines[run - 1]):
        run -= 1
    offset = start
    for number, line in enumerate(lines):
        if number >= count:
            keys[number] = OPAQUE
        elif is_field(line):
            keys[number] = line.partition(b":")[0].rstrip(b" \t").lower()
        elif run < count or (number == 0 and line.startswith((b"From ", b">From ", b" ", b"\t"))):
            keys[number] = b""
        else:
            return lines[:number], keys[:number], offset, offset
        offset += len(line) + 1
    return lines, keys, *ends


def delimiters(buffer: Buffer, boundary: bytes, start: int, end: int) -> list[Delimiter]:
    """
    Find the delimiter lines of one boundary between *start* and *end*, up to its close-delimiter (RFC 2046 5.1.1).

    The same as `Delimiters.of`, without an index of all the lines: quicker while few boundaries are looked for.
    """
    needle = b"\n--" + boundary
    width, size = len(needle), len(buffer)
    found: list[Delimiter] = []
    position = start - 1
    if position < 0:
        position = 0
        if end and buffer[: width - 1] == needle[1:] and _add_delimiter(buffer, boundary, 0, size, found):
            return found
    while position < end:
        dash = buffer.find(b"-", position, end)  # what has none, such as base64, is passed over ten times faster
        if dash < 0:
            break
        if dash - position > _WINDOW:
            position = dash - 1
        window = min(position + _WINDOW, end)
        bound = window + width - 1  # a line that begins before `window` may go on after it
        hit = buffer.find(needle, position, bound)
        while 0 <= hit < window - 1:
            after = hit + width
            tail = buffer[after : after + 4]
            if tail[:2] == b"\r\n":
                found.append((hit + 1, after + 2, False))
            elif tail == b"--\r\n":
                found.append((hit + 1, after + 4, True))
                return found
            elif _add_delimiter(buffer, boundary, hit + 1, size, found):
                return found
            hit = buffer.find(needle, after, bound)
        position = window if window == end else window - 1
    return found


def _add_delimiter(buffer: Buffer, boundary: bytes, at: int, size: int, found: list[Delimiter]) -> bool:
    """Add the line at *at*, which begins as a delimiter does, if it is one; tell whether it closes."""
    line_end = buffer.find(b"\n", at, size)
    after = size if line_end < 0 else line_end + 1
    rest = buffer[at + 2 + len(boundary) : min(after, at + _LONGEST)].rstrip(_BLANKS)
    if not rest:
        found.append((at, after, False))
        return False
    closes = rest[:2] == b"--"
    if closes:
        rest = rest[2:]
    if rest and not (rest[:1] in _GOES_ON and (b" " in rest or b"\t" in rest)):
        return False  # another boundary, of which this one is the beginning
    if rest and (rest.split() == [b"--"] or len(boundary.split()) > 1):
        return False
    found.append((at, after, closes))
    return closes


class Delimiters:
    """
    The lines of a buffer that begin with ``--``, by what follows: every delimiter of every multipart in it.

    RFC 2046 5.1.1.  A line that goes on after white space counts too, with a flaw (see `alike`); one that goes on at
    once, or with two dashes, does not, for one boundary may be the beginning of another.  One pass serves all the
    levels of nesting, so that finding them is linear however deep they are.
    """

    __slots__ = ("_found", "_starts", "_texts")

    def __init__(self, buffer: Buffer, start: int, end: int) -> None:
        found: dict[bytes, list[Delimiter]] = {}
        starts: list[int] = []  # of all of them, and their texts, for what only looks like a delimiter
        texts: list[bytes] = []
        for at, line_end in _dashed_lines(buffer, start, end):
            text = buffer[at + 2 : line_end if line_end - at < _LONGEST else at + _LONGEST].rstrip(_BLANKS)
            if not text:  # no boundary is empty
                continue
            after = line_end + 1 if line_end < end else end
            starts.append(at)
            texts.append(text)
            readings = [text]
            if b" " in text or b"\t" in text:
                first, *rest = text.split(None, 1)
                if rest and rest != [b"--"]:  # RFC 2046 5.1.1, note to implementors: the line may go on
                    readings.append(first)
            for reading in readings:
                if reading in found:
                    found[reading].append((at, after, False))
                else:
                    found[reading] = [(at, after, False)]
                if reading[-2:] == b"--":
                    found.setdefault(reading[:-2], []).append((at, after, True))
        self._found = found
        self._starts = starts
        self._texts = texts

    def of(self, boundary: bytes, start: int, end: int) -> list[Delimiter]:
        """Give the delimiter lines of a boundary between *start* and *end*, up to its close-delimiter."""
        # No boundary ends in white space; where one does, an opening line may have lost it as padding.
        plain = boundary.rstrip(_BLANKS)
        found = self._found.get(plain)
        if plain != boundary:
            found = sorted([*(found or ()), *self._found.get(boundary, ())])
        if not found:
            return []
        kept = found[bisect_left(found, (start,)) : bisect_left(found, (end,))]
        for place, (_, _, closes) in enumerate(kept):
            if closes:
                return kept[: place + 1]
        return kept

    def count(self, start: int, end: int) -> int:
        """Tell how many lines between *start* and *end* `alike` would look at."""
        return bisect_left(self._starts, end) - bisect_left(self._starts, start)

    def alike(self, boundary: bytes, start: int, end: int) -> list[int]:
        """Give where lines begin like a delimiter and go on: readers do not agree on whether they are one."""
        wanted = boundary.rstrip(_BLANKS)
        exact = (wanted, wanted + b"--")
        first, last = bisect_left(self._starts, start), bisect_left(self._starts, end)
        return [
            self._starts[first + place]
            for place, text in enumerate(self._texts[first:last])
            if text.startswith(wanted) and text not in exact
        ]


def _dashed_lines(buffer: Buffer, start: int, end: int) -> list[tuple[int, int]]:
    """
    Find the lines that begin with ``--``: where each begins, and its LF or the end.

    Text is searched for LF and two dashes, a window at a time; what has no dash at all, such as base64, is passed over
    by a search for one octet, which is ten times faster.
    """
    lines: list[tuple[int, int]] = []
    if buffer[start : start + 2] == b"--":
        lines.append((start, _line_end(buffer, start, end)))
    position = start
    while position < end:
        dash = buffer.find(b"-", position, end)
        if dash < 0:
            break
        if dash - position > _WINDOW:
            position = dash - 1
        window = min(position + _WINDOW, end)
        for found in _dashed_line.finditer(buffer, position, window):
            at, stop = found.span()
            lines.append((at + 1, stop if stop < window else _line_end(buffer, stop, end)))
        position = window if window == end else window - 2
    return lines


def _line_end(buffer: Buffer, position: int, end: int) -> int:
    line_end = buffer.find(b"\n", position, end)
    return end if line_end < 0 else line_end
