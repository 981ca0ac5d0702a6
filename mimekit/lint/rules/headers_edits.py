"""
Mends: what the fixes of header damage that the parser finds are made of (family H).

A reader that is tolerant reads through such damage; a mend writes what it read.  It is safe only where the message is
read as the same before and after; each gives ``None`` where the octets do not let it be done well.

    Mail, Hit -> Fix

May import: the core, `lint`.  Imported by: `lint.rules.headers`, `lint.rules.headers_counts`, `lint.rules.headers_ids`,
`lint.rules.headers_values`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.errors import HeaderError
from mimekit.finding import Fix
from mimekit.headers import field as fields
from mimekit.headers import ids
from mimekit.headers.lists import ListField
from mimekit.lint.rules.mime_edits import entity_at, field_at, rewritten
from mimekit.parser import parse
from mimekit.reencode import fitting_field, is_signed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Edit
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Field, Mail
    from mimekit.part import Part

__all__ = [
    "ends_crlf",
    "no_duplicate",
    "no_line",
    "without_bare_cr",
    "without_blank_folds",
    "without_controls",
    "without_nul",
    "written_anew",
    "written_ids",
    "written_one_id",
    "written_uris",
]

_BARE_LF = re.compile(rb"(?<!\r)\n")
_BARE_CR = re.compile(rb"\r(?!\n)")
_NUL = re.compile(rb"\0++")
_CONTROL = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]++")
_BLANK_LINE = re.compile(rb"(\r?\n[ \t]++)(?:\r?\n([ \t]++)|\r?\Z)")
_NO_TEXT = ("base64", "uuencode")  # their line ends are none of the content
_NAMED_AGAIN = frozenset({"to", "cc", "bcc"})
_TEXT_KINDS = frozenset({"unstructured", "phrase-list"})


# -- octets of the whole message


def ends_crlf(mail: Mail) -> Fix:
    """Give the fix that makes CRLF of every LF without CR."""
    return _checked(mail, "end the lines in CRLF", [(*one.span(), b"\r\n") for one in _BARE_LF.finditer(mail.octets)])


def without_bare_cr(mail: Mail) -> Fix:
    """
    Give the fix that makes a line end of every CR without LF, a space in a field, nothing before a line end.

    Readers that end a line at a CR see another field behind one in a field, or the end of the header: no fix is safe.
    """
    octets, is_read_alike = mail.octets, True
    headers = _Spans([(one.start, one.header_end) for one in mail.entities if one.outside is None])
    edits: list[Edit] = []
    for found in _BARE_CR.finditer(octets):
        at = found.start()
        following, is_in_header = octets[at + 1 : at + 2], headers.hold(at)
        if is_in_header and following not in (b" ", b"\t"):
            is_read_alike = False
        if following == b"\r":  # a run of them is one
            edits.append((at, at + 1, b""))
        else:
            edits.append((at, at + 1, b" " if is_in_header else b"\r\n"))
    return _checked(mail, "take the CR out, or end the line there", edits, is_safe=is_read_alike)


def without_nul(mail: Mail, hit: Hit) -> Fix | None:
    """Give the fix that takes the NUL octets out: those of the field of the hit, or those of bodies."""
    field = field_at(mail, hit.start)
    if field is not None:
        spans = [(field.start, field.end)]
    else:
        if entity_at(mail, hit.start) is None:
            return None
        kept = [(one.start, one.body_start) for one in mail.entities if one.outside is None]
        kept += [
            (one.body_start, one.end)
            for one in mail.entities
            if one.outside is None and one.is_leaf and one.part.transfer_encoding == "binary"
        ]
        spans = list(_between(sorted(kept), len(mail.octets)))
    edits = [(*found.span(), b"") for start, end in spans for found in _NUL.finditer(mail.octets, start, end)]
    return Fix("take the NUL out", *edits, is_safe=False) if edits else None


def _between(spans: list[tuple[int, int]], size: int) -> Iterator[tuple[int, int]]:
    """Yield what the spans leave out."""
    at = 0
    for start, end in spans:
        if start > at:
            yield at, start
        at = max(at, end)
    if size > at:
        yield at, size


class _Spans:
    """Spans in order, asked for places in order."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._spans = sorted(spans)[::-1]

    def hold(self, at: int) -> bool:
        """Tell whether one of them holds that place."""
        while self._spans and self._spans[-1][1] <= at:
            self._spans.pop()
        return bool(self._spans) and self._spans[-1][0] <= at


def _checked(mail: Mail, text: str, edits: list[Edit], *, is_safe: bool = True) -> Fix:
    """Give the fix; at most it is safe where the message has the same parts after it, and they the same content."""
    out: list[bytes] = []
    at = 0
    for start, end, new in edits:
        out += (mail.octets[at:start], new)
        at = end
    out.append(mail.octets[at:])
    root = mail.message.root
    after = parse(b"".join(out), limits=root.limits).root
    return Fix(text, *edits, is_safe=is_safe and not is_signed(root) and _said(root) == _said(after))


def _said(root: Part) -> list[tuple[object, ...]]:
    """Give what the parts are and say; the line ends of a text are as good as others, and white space in a field."""
    found: list[tuple[object, ...]] = []
    for part in root.walk():
        content: bytes = b""
        if not part.children and part.embedded is None:
            content = part.decoded()
            if part.content_type.maintype == "text":
                content = b"\n".join(content.splitlines())
        shown = [(key, *line.split()) for line, key in part.headers.lines()]
        found.append((part.number, part.content_type.essence, content, *shown))
    return found


# -- lines and fields


def no_line(mail: Mail, hit: Hit, text: str, *, is_safe: bool = True) -> Fix | None:
    """Give the fix that takes a line of the header out, with its continuations."""
    if entity_at(mail, hit.start) is None:
        return None
    end = hit.end + (mail.octets[hit.end : hit.end + 1] == b"\n")
    return Fix(text, (hit.start, end, b""), is_safe=is_safe)


def without_blank_folds(mail: Mail, hit: Hit) -> Fix | None:
    """Give the fix that joins the white space of lines that hold nothing else to the line after them."""
    field = field_at(mail, hit.start)
    if field is None:
        return None
    made, left = field.raw, 1
    while left:  # a run of such lines: each round halves it
        made, left = _BLANK_LINE.subn(_joined, made)
    return field.replacing("take the blank line out", made)


def _joined(found: re.Match[bytes]) -> bytes:
    return found[1] + found[2] if found[2] is not None else b""


def without_controls(mail: Mail, hit: Hit) -> Fix | None:
    """Give the fix that takes the control characters of a field out; in a text a space stands in their place."""
    field = field_at(mail, hit.start)
    if field is None:
        return None
    made = _CONTROL.sub(b" " if field.info.kind in _TEXT_KINDS else b"", field.raw)
    return field.replacing("take the control characters out", made, is_safe=False) if made != field.raw else None


def written_anew(mail: Mail, hit: Hit) -> Fix | None:
    """Give the fix that writes a field that has octets above 127 in encoded words, as it is read."""
    field = field_at(mail, hit.start)
    if field is None:
        return None
    try:
        headers = field.entity.part.headers
        line = fitting_field(field.name.encode("latin-1") + b":" + field.raw, headers, "7bit")
    except (HeaderError, UnicodeEncodeError):
        return None
    octets = line.removesuffix(b"\r\n").partition(b":")[2].replace(b"\r\n", mail.line_end)
    return field.replacing("write encoded words", octets, is_safe=False)


def no_duplicate(mail: Mail, hit: Hit) -> Fix | None:
    """Give the fix that leaves the first field of a name; the recipients of the others are put to it."""
    again = field_at(mail, hit.start)
    first = None if again is None else again.entity.field(again.key)
    if again is None or first is None or first.start >= again.start:
        return None
    if not first.unfolded:
        return first.removing(f"take the empty {first.name} out", is_safe=False)
    others = [one for one in again.entity.fields if one.key == again.key and one.start > first.start]
    which = "second" if len(others) == 1 else f"other {len(others)}"
    taking = [edit for one in others for edit in one.removing("", is_safe=False).edits]
    named = {one.unfolded: one for one in others if one.unfolded not in ("", first.unfolded)}
    if again.key not in _NAMED_AGAIN or not named:
        return Fix(f"take the {which} {again.name} out", *taking, is_safe=False)
    end = first.value_start + len(first.raw.rstrip(b" \t\r\n,"))
    more = [b"," + mail.line_end + b" " + one.raw.strip(b" \t\r\n,") for one in named.values()]
    return Fix(f"put the {which} {first.name} to the first", (end, first.end, b"".join(more)), *taking, is_safe=False)


# -- values


def written_one_id(mail: Mail, hit: Hit) -> Fix | None:
    """Give the fix that writes the one id of a field in the form of RFC 5322 3.6.4, where it has one in another."""
    field = field_at(mail, hit.start)
    found = None if field is None else ids.parse_one(field.raw)
    if field is None or found is None or not _is_id(field, found):
        return None
    return rewritten(field, found, text="write the id in angle brackets", is_safe=False)


def written_ids(mail: Mail, hit: Hit) -> Fix | None:
    """Give the fix that writes the ids that can be read in a field, or takes one without any out."""
    field = field_at(mail, hit.start)
    if field is None:
        return None
    found = [one for one in ids.parse_many(field.raw) if _is_id(field, one)]
    if not found:
        return field.removing(f"take {field.name} out", is_safe=False)
    return rewritten(field, found, text="write the ids alone", is_safe=False)


def _is_id(field: Field, msg_id: str) -> bool:
    try:
        fields.encode(field.key, msg_id)
    except ValueError:
        return False
    return not _ids_flaws(msg_id)


def _ids_flaws(msg_id: str) -> bool:
    """Tell whether an id, with its brackets, is none of RFC 5322."""
    flaws: list[tuple[str, int, int, str]] = []
    ids.parse_one(msg_id.encode("utf-8", "replace"), flaws)
    return bool(flaws)


def written_uris(mail: Mail, hit: Hit) -> Fix | None:
    """Give the fix that writes the URIs of a List-* field in angle brackets, those that can be read."""
    field = field_at(mail, hit.start)
    if field is None:
        return None
    read = ListField.parse(field.raw)
    try:
        value = read if read.is_no else ListField.of(read.uris, comments=read.comments)
    except HeaderError:
        return None
    return rewritten(field, value, text="write the URIs in angle brackets", is_safe=False)
