"""
Scanning: where a header block ends, where its fields begin, where the delimiters of a multipart stand.

RFC 5322 2.1 to 2.2 and RFC 2046 5.1, read tolerantly (RFC 7103): LF ends a line everywhere, a lone CR never.  Nothing
here knows what a field means; every function is linear in the octets it looks at, and all searching is done by
`bytes.find` and one `re.split`.

    octets and offsets -> offsets, and the field lines of one header block

May import: nothing of ours.  Imported by: `headers.collection`, `part`, `parser`, `generator`.
"""

from __future__ import annotations

import re

__all__ = [
    "OPAQUE",
    "Block",
    "Delimiter",
    "blank_line",
    "delimiters",
    "field_lines",
    "is_field",
    "is_plain",
    "line_end_style",
    "split_fields",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

    Buffer = bytes | mmap

Block = tuple[list[bytes], list[bytes], int, int]
"""``(lines, keys, fields_end, body_start)``: field lines without their LF; the lower-case name of each (empty: none)."""

Delimiter = tuple[int, int, bool, int]
"""``(line_start, after, closes, junk)``: first octet of the delimiter line, first octet after it, whether it is the
close-delimiter, and 1 for a line that begins like a delimiter and goes on (RFC 2046 5.1.1 does not count it as one)."""

OPAQUE = b"\n"
"""The key of the one line that holds what a limit left unread; no field name can be it."""

# A fold is the LF that is followed by white space; a field ends at any other LF.  The pattern starts with a literal on
# purpose: `\r?\n` first costs four times more.
_field_break = re.compile(rb"\n(?![ \t])")
# RFC 5322 2.2: printable US-ASCII but the colon.  Octets over 127 and controls are read too (H010), blanks are not.
_odd_name = re.compile(rb"[\x00-\x20\x7f]")
_blank_line = re.compile(rb"\n\r?+\n")
# Fields and their continuations, to the end.  Octets over 127 are read in a name too (H010).
_plain_block = re.compile(rb"(?:[!-9;-~\x80-\xff]++:[^\n]*+(?:\n[ \t][^\n]*+)*+(?:\n|\Z))*+")
_BLANKS = b" \t\r\n"
_DASH_MISSES = 32  # false hits of the one-octet search before the whole needle is searched instead


def line_end_style(buffer: Buffer, start: int, end: int) -> bytes:
    """Give the line end that the first line of these octets has: CRLF, or LF; CRLF when there is none."""
    lf = buffer.find(b"\n", start, end)
    return b"\n" if lf == start or (lf > 0 and buffer[lf - 1 : lf] != b"\r") else b"\r\n"


def blank_line(buffer: Buffer, start: int, end: int) -> tuple[int, int]:
    """
    Find the first empty line: ``(its start, the octet after it)``, or ``(end, end)`` when there is none.
    """
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


def is_plain(block: bytes) -> bool:
    """Tell whether a header block is nothing but fields whose names are followed by their colon."""
    return _plain_block.fullmatch(block) is not None


def split_fields(block: bytes) -> tuple[list[bytes], list[bytes]]:
    """Split a plain block into field lines without their LF, and their lower-case names."""
    lines = _field_break.split(block)
    if not lines[-1]:
        lines.pop()  # the block ended in a line end, or is empty
    return lines, [line.partition(b":")[0].lower() for line in lines]


def field_lines(
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
    # A plain field has a colon and no blank before it.  A line without a colon is its own key, so both show in the keys.
    if _odd_name.search(b"".join(keys[: len(plain)])) or not all([b":" in line for line in plain]):
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


def delimiters(buffer: Buffer, start: int, end: int, boundary: bytes) -> Iterator[Delimiter]:
    """
    Find the delimiter lines of one multipart body (RFC 2046 5.1.1), in order.

    Everything after the close-delimiter is epilogue and not searched.  In a part whose header says base64 no line but
    a delimiter can hold a `-`: a one-octet search runs ten times faster than one for the whole needle.
    """
    needle = b"--" + boundary
    blank = (start, -1, -1)  # where the last search for an empty line began, and what it found
    position, sparse = start, False
    while True:
        at = _delimiter_at(buffer, needle, start, position, end, sparse)
        if at < 0:
            return
        tail = at + len(needle)
        closes = buffer[tail : tail + 2] == b"--"
        line_end = buffer.find(b"\n", tail, end)
        after = end if line_end < 0 else line_end + 1
        if buffer[tail + 2 * closes : after].strip(_BLANKS):
            yield at, after, False, 1
            position = after
            continue
        yield at, after, closes, 0
        if closes:
            return
        position, sparse = after, False
        if not blank[0] <= after <= blank[1]:
            blank = (after, *blank_line(buffer, after, end))
        body = after if buffer[after : after + 2].startswith((b"\n", b"\r\n")) else blank[2]
        if b"base64" in buffer[after : min(body, after + 65536)].lower():
            inside = _delimiter_at(buffer, needle, start, after, body, sparse=False)
            position, sparse = (after, False) if inside >= 0 else (max(after, body - 1), True)


def _delimiter_at(buffer: Buffer, needle: bytes, first: int, position: int, end: int, sparse: bool) -> int:
    """Find *needle* at the beginning of a line at or after *position*, or give -1."""
    misses = 0
    while True:
        if sparse and misses < _DASH_MISSES:
            at = buffer.find(b"-", position, end)
            hit = at >= 0 and buffer[at : at + len(needle)] == needle
        else:
            at = buffer.find(needle, position, end)
            hit = True
        if at < 0:
            return -1
        if hit and at + len(needle) <= end and (at == first or buffer[at - 1 : at] == b"\n"):
            return at
        misses += 1
        position = at + 1
