"""
Rules about the lines of header and body: how long they are, and where fields are folded (family H, H004 to H019).

RFC 5322 2.1.1 and 2.2.3.

    parts, fields -> hits

May import: the core, `lint`.  Imported by: `lint.rules.ses`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from functools import cache
from typing import TYPE_CHECKING

from mimekit.codecs import base64, plain, quopri, words
from mimekit.errors import HeaderError
from mimekit.finding import Fix
from mimekit.headers import field as header_fields
from mimekit.headers import names
from mimekit.lint.rule import Hit, rule
from mimekit.wire.fold import MAX_LINE, WIDTH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Edit
    from mimekit.lint.context import Context
    from mimekit.lint.view import Entity, Field

__all__ = ["encoded", "long_lines", "refolded"]

_QUOTED = rb'"[^"\\]*+(?:\\[\x00-\xff][^"\\]*+)*+(?:"|\\?+\Z)'
_BLANKS = re.compile(rb"[ \t]++")
_BLANKS_OUTSIDE_QUOTES = re.compile(_QUOTED + rb"|[ \t]++")
# Where white space may be put in, by the kind of the field: after these.
_GAPS = {
    "address-list": rb",(?![ \t\r\n])",
    "mailbox-list": rb",(?![ \t\r\n])",
    "msg-id-list": rb">(?=<)",
    "uri-list": rb">,(?=<)",
    "content-type": rb";(?![ \t\r\n])",
    "content-disposition": rb";(?![ \t\r\n])",
    "tag-list": rb";(?![ \t\r\n])",
}
_ENCODED_TEXT_KINDS = frozenset({"subject", "comments", "content-description"})
_TEXT_KINDS = frozenset({"unstructured", "phrase-list"})
_TOKEN_KINDS = frozenset({"token"})
_FOLD = re.compile(rb"(?<=[^ \t\r\n<>()\",;:@])\r?\n[ \t]++(?=[^ \t\r\n<>()\",;:@])")
_SPLIT_WORD = re.compile(
    rb"=\?[!->@-~]*+(?:\r?\n[ \t]++[!->@-~]*+)*+\?[BbQq]\?[!->@-~]*+(?:\r?\n[ \t]++[!->@-~]*+)*+\?="
)
_ANY_FOLD = re.compile(rb"\r?\n[ \t]++")
_SPLIT_BOUNDARY = re.compile(rb'(?i)boundary[ \t\r\n]*+=[ \t\r\n]*+"[^"\r\n]*+(\r?\n[ \t]++)')
_OF_TOKENS = frozenset({"A001", "H201", "H210", "H216", "M001", "M002", "M005", "M114", "M120"})
_MAY_BE_SPLIT = frozenset({
    "date", "msg-id", "msg-id-list", "address-list", "mailbox-list", "mailbox", "content-type", "content-disposition",
    "token", "unstructured", "phrase-list",
})  # fmt: skip
_MOST_TRIED = 8  # folds of one field
_LONGEST_TRIED = 20_000  # octets of a field


def long_lines(octets: bytes, most: int) -> Iterator[tuple[int, int]]:
    """Yield where the lines of more than *most* octets begin and end; it jumps from line to line that is none."""
    at, end = 0, len(octets)
    while end - at > most:
        last = octets.rfind(b"\n", at, at + most + 1)
        if last >= 0:
            at = last + 1
            continue
        stop = octets.find(b"\n", at + most)
        stop = end if stop < 0 else stop
        line_end = stop - (octets[stop - 1 : stop] == b"\r")
        if line_end - at > most:
            yield at, line_end
        at = stop + 1


@rule("H004", severity="error", looks_at="part", reference="RFC 5322 2.1.1", supersedes=["H005"], fix="safe")
def header_line_over_998(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A line of the header has more than 998 octets, its line end not counted.

    Why it matters: servers refuse such a line, or break it where they like, in the middle of an address or a word.

    Bad:
        @make header_line_of_1400_octets

    Good:
        Comments: order 10000 order 10001 order 10002 order 10003 order 10004
         order 10005 order 10006

    References: RFC 5322 2.1.1
    """
    if not entity.has_long_line:
        return
    block = entity.header
    starts = [field.start - entity.part.start for field in entity.fields]
    for start, end in long_lines(block, MAX_LINE):
        place = bisect_right(starts, start) - 1
        field = entity.fields[place] if place >= 0 else None
        text = f"a line of the header has {end - start} octets; the most is {MAX_LINE}"
        if field is None or start >= starts[place] + field.end - field.start:
            at = entity.part.start
            yield Hit(text, *(entity.outside or (at + start, at + end)), entity.path)
            continue
        before = field.value_start - entity.part.start
        yield field.hit(text, max(0, start - before), end - before, refolded(field))


def refolded(field: Field) -> Fix | None:
    """Fold the lines of a field that are too long; a text without white space becomes encoded words."""
    edits = _folds(field, MAX_LINE, adding=True)
    raw, done = [], 0
    for start, end, octets in edits:
        raw += [field.raw[done : start - field.value_start], octets]
        done = end - field.value_start
    made = b"%b:%b" % (field.name.encode("latin-1"), b"".join([*raw, field.raw[done:]]))
    if edits and not plain.has_long_line(made, MAX_LINE):
        return Fix("fold the field", *edits)
    if field.key not in _ENCODED_TEXT_KINDS:
        return None
    try:
        octets = header_fields.encode(field.name, field.text).removesuffix(b"\r\n")
    except HeaderError:
        return None
    octets = octets.partition(b":")[2]
    if field.entity.mail.line_end == b"\n":
        octets = octets.replace(b"\r\n", b"\n")
    return field.replacing("write encoded words", octets)


def _folds(field: Field, limit: int, *, adding: bool) -> list[Edit]:
    """Give the line ends that make lines of at most 78 octets of those of more than *limit*, where that can be."""
    raw, line_end = field.raw, field.entity.mail.line_end
    edits: list[Edit] = []
    before = len(field.name) + 1  # octets on the first line
    start = 0
    while start < len(raw):
        end = raw.find(b"\n", start)
        end = len(raw) if end < 0 else end
        size = end - start + before - (raw[end - 1 : end] == b"\r")
        if size > limit and size > WIDTH:
            edits += _folds_of_line(field, (start, end), before, line_end, adding=adding)
        start, before = end + 1, 0
    return edits


def _folds_of_line(
    field: Field, span: tuple[int, int], before: int, line_end: bytes, *, adding: bool
) -> Iterator[Edit]:
    start, end = span
    begins = start - before
    last: tuple[int, bytes] | None = None
    points = [*_points(field.key, field.raw, start, end, adding=adding), (end, b"")]
    for at, space in points:
        if at - begins > WIDTH and last is not None:
            yield field.value_start + last[0], field.value_start + last[0], line_end + last[1]
            begins = last[0] - len(last[1])
        last = at, space


def _points(key: str, raw: bytes, start: int, end: int, *, adding: bool) -> Iterator[tuple[int, bytes]]:
    """Yield where a line of a field may be folded, and what white space has to be put in for that."""
    first = end - len(raw[start:end].lstrip(b" \t"))  # no line is white space alone
    last = start + len(raw[start:end].rstrip(b" \t\r"))
    for found in _breaks(names.info(key).kind, adding=adding).finditer(raw, start, last):
        if found[0][:1] in (b" ", b"\t"):
            if found.start() > first:
                yield found.start(), b""
        elif found[0][:1] != b'"' and found.end() < last:
            yield found.end(), b" "


@cache
def _breaks(kind: str, *, adding: bool) -> re.Pattern[bytes]:
    if kind in _TEXT_KINDS:
        return _BLANKS
    if not adding or kind not in _GAPS:
        return _BLANKS_OUTSIDE_QUOTES
    return re.compile(_BLANKS_OUTSIDE_QUOTES.pattern + rb"|" + _GAPS[kind])


@rule("H005", severity="info", looks_at="field", profiles=("strict",), reference="RFC 5322 2.1.1", fix="safe")
def header_line_over_78(field: Field, _: Context) -> Iterator[Hit]:
    """
    A line of the header has more than 78 characters and could be folded.

    Why it matters: programs that show the raw header cut or wrap such a line; RFC 5322 asks for shorter ones.

    Bad:
        Subject: Your order 10482 has left our house this morning and will be with you on Friday

    Good:
        Subject: Your order 10482 has left our house this morning and will be with
         you on Friday

    References: RFC 5322 2.1.1
    """
    if len(field.raw) + len(field.name) < WIDTH or field.info.group in ("trace", "auth") or field.info.kind == "token":
        return  # or it was written on the way, is signed as it is, or is one word
    before, start = len(field.name) + 1, 0
    while start < len(field.raw):
        end = field.raw.find(b"\n", start)
        end = len(field.raw) if end < 0 else end
        line = field.raw[start:end].rstrip(b"\r")
        if len(line) + before > WIDTH and (size := len(line.decode("utf-8", "replace")) + before) > WIDTH:
            folds = list(_folds_of_line(field, (start, end), before, field.entity.mail.line_end, adding=False))
            if folds:
                text = f"a line of {field.name} has {size} characters and can be folded"
                yield field.hit(text, start, start + len(line), Fix("fold the line", *folds))
        start, before = end + 1, 0


@rule(
    "H006",
    severity="error",
    looks_at="part",
    marks=["7bit", "8bit"],
    reference="RFC 5322 2.1.1; RFC 2045 2.7, 2.8",
    fix="safe",
)
def body_line_over_998(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A body that is transferred as it is has a line of more than 998 octets.

    Why it matters: servers refuse the message or break the line, which changes the text and breaks signatures.

    Bad:
        @make body_line_of_1400_octets

    Good:
        Subject: Your orders

        order 10000 order 10001 order 10002

    References: RFC 5322 2.1.1; RFC 2045 2.7, 2.8
    """
    if not entity.is_leaf or entity.part.transfer_encoding not in ("7bit", "8bit"):
        return
    body = entity.part.raw_body
    if not plain.has_long_line(body, MAX_LINE):
        return
    lines = list(long_lines(body, MAX_LINE))
    start, end = lines[0]
    more = f", and {len(lines) - 1} more are too long" if len(lines) > 1 else ""
    text = f"a line of the body has {end - start} octets; the most is {MAX_LINE}{more}"
    yield entity.body_hit(text, start, end, encoded(entity, body))


def encoded(entity: Entity, body: bytes) -> Fix | None:
    """Write a body in an encoding that takes lines of any length; what is signed in the message stays as it is."""
    above = entity.parent
    while above is not None:
        if above.part.content_type.essence == "multipart/signed":
            return None
        above = above.parent
    mail = entity.mail
    is_text = entity.part.content_type.maintype == "text"
    encoding, made = (b"quoted-printable", quopri.encode(body)) if is_text else (b"base64", base64.encode(body))
    if mail.line_end == b"\n":
        made = made.replace(b"\r\n", b"\n")
    at = entity.body_start
    edits: list[Edit] = [(at, at + len(body), made)]
    declared = entity.named.get("content-transfer-encoding")
    if entity.header_end == at:  # no empty line: who knows where the header ends
        return None
    if declared is None:
        line = b"Content-Transfer-Encoding: %b%b" % (encoding, mail.line_end)
        if entity.parent is None and "mime-version" not in entity.named:
            line = b"MIME-Version: 1.0%b%b" % (mail.line_end, line)
        edits.insert(0, (entity.header_end, entity.header_end, line))
    elif len(declared) == 1:
        edits.insert(0, (declared[0].value_start, declared[0].end, b" " + encoding))
    else:
        return None
    return Fix(f"encode the body as {encoding.decode()}", *edits)


@rule("H018", severity="info", looks_at="field", profiles=("strict",), reference="RFC 5322 3.2.2", fix="safe")
def trailing_whitespace_in_field(field: Field, _: Context) -> Iterator[Hit]:
    r"""
    The value of a field ends in white space.

    Why it matters: servers strip it on the way, which breaks a DKIM signature with simple canonicalisation; nobody sees
    it.

    Bad:
        X-Note: one\x20

    Good:
        X-Note: one

    References: RFC 5322 3.2.2
    """
    raw = field.raw
    if raw[-1:] not in (b" ", b"\t"):
        return
    end = len(raw.rstrip(b" \t"))
    if raw[:end].strip(b"\r\n") and raw[end - 1 : end] != b"\n":
        fix = field.replacing("take the white space out", b"", end)
        yield field.hit(f"{field.name} ends in white space", end, len(raw), fix)


@rule(
    "H019",
    severity="error",
    looks_at="field",
    names=[name for name, known in names.FIELDS.items() if known.kind in _MAY_BE_SPLIT],
    needs=b"\n",
    reference="RFC 5322 2.2.3, 3.2.2",
    supersedes=["A001", "H201", "H210", "H216", "M001", "M002", "M005", "M114", "M120", "E050", "E057"],
    implies=["E001"],
    fix="safe",
)
def fold_inside_token(field: Field, _: Context) -> Iterator[Hit]:
    r"""
    A fold stands inside something that is one piece: an address, a msg-id, a number of a date, an encoded word.

    Why it matters: the white space of the fold stays when a reader unfolds the field, so the piece falls in two: the
    address is none, the thread is lost, the word is shown in its code.

    Bad:
        Message-ID: <20261124033000.7f3a\r\n 9c2e@shop.example>

    Bad:
        Subject: =?utf-8?q?Gr=C3=BC\r\n =C3=9Fe?= aus Ulm

    Bad:
        Date: Tue, 24 Nov 20\r\n 26 03:30:00 +0000

    Bad:
        To: John Roe <john@customer.ex\r\n ample>

    Good:
        To: John Roe
         <john@customer.example>

    References: RFC 5322 2.2.3, 3.2.2; RFC 2047 2
    """
    raw = field.raw
    if b"\n" not in raw:
        return
    if b"=?" in raw:
        for word in _SPLIT_WORD.finditer(raw):
            if b"\n" in word[0]:
                joined = _ANY_FOLD.sub(b"", word[0])
                is_safe = words.decode(joined) == words.decode(word[0])
                fix = field.replacing("join the encoded word", joined, *word.span(), is_safe=is_safe)
                yield field.hit("a fold stands inside an encoded word", *word.span(), fix)
    kind = field.info.kind
    if kind in _TEXT_KINDS:
        return
    at = raw.lower().find(b"boundary") if kind == "content-type" else -1
    if at >= 0 and (found := _SPLIT_BOUNDARY.match(raw, at)) is not None:
        fix = field.replacing("unfold it", found[1].lstrip(b"\r\n"), *found.span(1))
        # A quoted string may be folded (RFC 5322 3.2.4), but readers disagree on what white space is left of it.
        yield field.hit("a fold stands inside the boundary", *found.span(1), fix, "warning")
        return
    for start, end, what in _splits(field, kind):
        # Who gets it, and which message it names, is what it seems to be and not what it says.
        is_safe = "address" not in what and "msg-id" not in what
        fix = field.replacing("take the fold out", b"", start, end, is_safe=is_safe)
        yield field.hit(f"a fold stands inside {what}", start, end, fix)


_WHATS = {"date": "a part of the date", "msg-id": "a msg-id", "msg-id-list": "a msg-id", "token": "a word"}


def _splits(field: Field, kind: str) -> Iterator[tuple[int, int, str]]:
    """Yield the folds without which something is read that is not read with them."""
    raw, key = field.raw, field.key
    if len(raw) > _LONGEST_TRIED or (kind != "token" and not _is_flawed(field)):
        return
    what = _WHATS.get(kind, "an address" if kind in names.ADDRESS_KINDS else "a word")
    flaws = _count(key, raw)
    for tried, found in enumerate(_FOLD.finditer(raw)):
        if tried == _MOST_TRIED:
            return
        start, end = found.span()
        if kind in names.ADDRESS_KINDS and not _is_in_address(raw, start):
            continue
        if kind == "token" or _count(key, raw[:start] + raw[end:]) < flaws:
            yield start, end, what


def _is_flawed(field: Field) -> bool:
    """Tell whether the parser found something in the field that a fold may be the reason of."""
    defects = field.entity.mail.message.defects
    if field.entity.outside is not None:
        return bool(defects)
    return any(defect.code in _OF_TOKENS and field.start <= defect.start <= field.end for defect in defects)


def _count(key: str, raw: bytes) -> int:
    return sum([flaw[0] in _OF_TOKENS for flaw in header_fields.check(key, raw)])


def _is_in_address(raw: bytes, at: int) -> bool:
    """Tell whether the entry has an angle bracket or an @ before that place: else it may be a name."""
    begins = max(raw.rfind(b",", 0, at), raw.rfind(b">", 0, at), raw.rfind(b";", 0, at)) + 1
    return b"<" in raw[begins:at] or b"@" in raw[begins:at]
