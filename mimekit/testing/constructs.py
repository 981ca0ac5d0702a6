r"""
Constructs: what stands in a field or a part that parsers are known to read differently, and the section that decides.

    octets of a field, a part -> names of constructs;  an aspect, constructs -> sections of RFCs

The names are for people, and tell one disagreement from another: two that differ in the same way, where the octets of
the one hold all that those of the other hold, are taken for one.

May import: the core.  Imported by: `cli`, `testing.differential`, `testing.disagreeing`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.headers import names
from mimekit.headers.address import AddressList

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mimekit.part import Part

__all__ = [
    "ADDRESS_FIELDS",
    "ASPECTS",
    "CARRIERS",
    "of_fields",
    "of_names",
    "of_parameters",
    "of_part",
    "of_structure",
    "references",
]

ADDRESS_FIELDS = ("from", "sender", "reply-to", "to", "cc", "bcc")

ASPECTS = {
    "crash": "",
    "structure": "RFC 2046 5.1",
    "fields": "RFC 5322 2.2",
    "from": "RFC 5322 3.6.2",
    "sender": "RFC 5322 3.6.2",
    "reply-to": "RFC 5322 3.6.2",
    "to": "RFC 5322 3.6.3",
    "cc": "RFC 5322 3.6.3",
    "bcc": "RFC 5322 3.6.3",
    "subject": "RFC 5322 3.6.5",
    "date": "RFC 5322 3.3",
    "message-id": "RFC 5322 3.6.4",
    "text": "RFC 2046 4.1",
    "html": "RFC 2046 4.1",
    "attachments": "RFC 2183 2",
}
"""Everything that is compared, and the section that says what it is; a crash and a hang are one aspect."""

_DECIDING = {
    # construct: the section that says how it is read
    "folding": "RFC 5322 2.2.3",
    "a field of white space alone": "RFC 5322 4.2",
    "encoded word, B": "RFC 2047 4.1",
    "encoded word, Q": "RFC 2047 4.2",
    "adjacent encoded words": "RFC 2047 6.2",
    "encoded word beside text": "RFC 2047 5",
    "encoded word in another charset": "RFC 2047 3",
    "encoded word with a language": "RFC 2231 5",
    "encoded word in a quoted string": "RFC 2047 5",
    "encoded word in a comment": "RFC 2047 5",
    "like an encoded word": "RFC 2047 2",
    "comment": "RFC 5322 3.2.2",
    "nested comment": "RFC 5322 3.2.2",
    "quoted string": "RFC 5322 3.2.4",
    "quoted pair": "RFC 5322 3.2.1",
    "quoted local part": "RFC 5322 3.4.1",
    "several mailboxes": "RFC 5322 3.4",
    "group": "RFC 5322 3.4",
    "empty group": "RFC 5322 3.4",
    "domain literal": "RFC 5322 3.4.1",
    "internationalised domain": "RFC 5890 2.3.2.1",
    "UTF-8": "RFC 6532 3.2",
    "octets that are not UTF-8": "RFC 5322 2.2",
    "route": "RFC 5322 4.4",
    "empty list element": "RFC 5322 4.4",
    "dot in a phrase": "RFC 5322 4.1",
    "white space in an address": "RFC 5322 4.4",
    "the field twice": "RFC 5322 3.6",
    "white space before the colon": "RFC 5322 4.5",
    "name of the field in another case": "RFC 5322 1.2.2",
    "white space in an id": "RFC 5322 4.5.4",
    "quoted string in an id": "RFC 5322 4.5.4",
    "tab": "RFC 5322 2.2.2",
    "a run of white space": "RFC 5322 2.2.3",
    "unknown zone": "RFC 5322 3.3",
    "obsolete zone": "RFC 5322 4.3",
    "year of two or three digits": "RFC 5322 4.3",
    "no weekday": "RFC 5322 3.3",
    "no seconds": "RFC 5322 3.3",
    "white space in a time": "RFC 5322 4.3",
    "leap second": "RFC 5322 3.3",
    "control character": "RFC 5322 4.1",
    "RFC 2231 charset": "RFC 2231 4",
    "RFC 2231 continuation": "RFC 2231 3",
    "plain and extended parameter": "RFC 2231 4",
    "encoded word in a parameter": "RFC 2047 5",
    "quoted parameter": "RFC 2045 5.1",
    "base64": "RFC 2045 6.8",
    "quoted-printable": "RFC 2045 6.7",
    "uuencode": "RFC 2045 6.3",
    "another transfer encoding": "RFC 2045 6.4",
    "8bit body": "RFC 2045 6.2",
    "another charset": "RFC 2046 4.1.2",
    "charset in upper case": "RFC 2046 4.1.2",
    "other line ends": "RFC 2046 4.1.1",
    "lone CR or LF": "RFC 5322 2.3",
    "NUL": "RFC 5322 4.1",
    "trailing white space": "RFC 2045 6.7",
    "line over 78 octets": "RFC 5322 2.1.1",
    "line over 998 octets": "RFC 5322 2.1.1",
    "line that begins with a dot": "RFC 5321 4.5.2",
    "empty lines at the end": "RFC 5322 3.5",
    "no line end at the end": "RFC 2046 5.1.1",
    "empty body": "RFC 5322 3.5",
    "multipart": "RFC 2046 5.1.1",
    "nested multipart": "RFC 2046 5.1.2",
    "multipart/digest": "RFC 2046 5.1.5",
    "embedded message": "RFC 2046 5.2.1",
    "message that is no RFC 822 one": "RFC 2046 5.2",
    "report of groups of fields": "RFC 3464 2.1",
    "comment in the Content-Type": "RFC 2045 5.1",
    "part without a header": "RFC 2046 5.1",
    "preamble": "RFC 2046 5.1.1",
    "epilogue": "RFC 2046 5.1.1",
    "white space after a delimiter": "RFC 2046 5.1.1",
    "quoted boundary": "RFC 2046 5.1.1",
    "one boundary begins as another": "RFC 2046 5.1.2",
    "no close-delimiter": "RFC 2046 5.1.1",
    "no Content-Type": "RFC 2045 5.2",
    "no filename": "RFC 2183 2.3",
    "disposition inline": "RFC 2183 2.1",
}
CARRIERS = frozenset(
    {
        *("encoded word, B", "encoded word, Q", "encoded word in a parameter", "RFC 2231 charset", "UTF-8"),
        *("quoted string", "quoted parameter", "base64", "quoted-printable", "8bit body"),
    }
)
"""Ways to carry a value; what is done to the value afterwards does not depend on them."""
_COMMON = frozenset({"multipart", "quoted boundary", "empty body", "part without a header", "no Content-Type"})
"""What stands in most messages of its kind, so that it decides last."""
_MOST = 6  # sections that are told


def references(aspect: str, constructs: Iterable[str]) -> tuple[str, ...]:
    """Give the sections that decide, those of the constructs first, what is rare before what is common."""
    found = [_DECIDING[one] for one in sorted(constructs, key=_COMMON.__contains__) if one in _DECIDING]
    sections = list(dict.fromkeys(found))[: _MOST - 1]
    return tuple(dict.fromkeys([one for one in [*sections, ASPECTS[aspect]] if one]))


_WORD = re.compile(rb"=\?([^?\s*]++)(\*[^?\s]*+)?\?([bBqQ])\?[^?\s]*+\?=")
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_COMMENT = re.compile(rb"\((?:[^()\\]|\\.)*+[()]", re.DOTALL)
_LITERAL = re.compile(rb"\[[^\]]*+\]")
_USUAL_CHARSETS = frozenset({b"utf-8", b"us-ascii"})

_Patterns = tuple[tuple[str, re.Pattern[bytes]], ...]


def _patterns(table: dict[str, bytes]) -> _Patterns:
    return tuple([(name, re.compile(pattern, re.MULTILINE)) for name, pattern in table.items()])


_IN_FIELDS = _patterns(
    {
        "adjacent encoded words": rb"\?=\s++=\?",
        "a field of white space alone": rb"\n[ \t]++\r?$",
        "folding": rb"\n[ \t]*+[^ \t\r\n]",
        "tab": rb"\t",
        "a run of white space": rb"[^ \t\r\n][ \t]{2,}+[^ \t\r\n]",
        "control character": rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]",
    }
)
_IN_ADDRESSES = _patterns({"encoded word in a quoted string": rb'"[^"]*=\?[^"]*\?=[^"]*"', "quoted pair": rb"\\"})
_BESIDE_QUOTES = _patterns({"quoted local part": rb'""@', "quoted string": rb'""(?!@)'})  # strings are emptied
_IN_COMMENTS = _patterns(
    {"comment": rb"\(", "nested comment": rb"\([^)]*\(", "encoded word in a comment": rb"\([^)]*=\?[^)]*\?=[^)]*\)"}
)
_BESIDE_COMMENTS = _patterns(  # and encoded words are one letter
    {
        "empty group": rb":\s*;",
        "group": rb"[^:\s]\s*;",
        "domain literal": rb"\[\]",
        "route": rb"<\s*@",
        "empty list element": rb"(?:\A|[,:])\s*,|,\s*(?:;|\Z)",
        "internationalised domain": rb"(?i:[@.]xn--)|@[^>,;\s]*[\x80-\xff]",
        "white space in an address": rb"\s@|@\s|<\s|\s>|\s\.[^<\s]*@|\.\s+[^<\s]*@",
        "dot in a phrase": rb"\.[^@<>,;:]*<",
    }
)
_IN_DATES = _patterns(
    {
        "unknown zone": rb"-0000",
        "obsolete zone": rb"(?i)\b(?:UT|GMT|[ECMP][SD]T|[A-IK-Z])\s*\Z",
        "year of two or three digits": rb"[A-Za-z]{3}\s+\d{2,3}\s",
        "no weekday": rb"\A[^,]*+\Z",
        "no seconds": rb"\A[^:]*+:[^:]*+\Z",
        "leap second": rb":60",
        "white space in a time": rb"\s:|:\s",
    }
)
_IN_IDS = _patterns({"white space in an id": rb"<\s|[^\s>]\s+[^\s]*>|\s>", "quoted string in an id": rb'"'})
_IN_BODIES = _patterns(
    {
        "NUL": rb"\x00",
        "other line ends": rb"[\x0b\x0c\x1c-\x1e]|\xc2\x85|\xe2\x80[\xa8\xa9]",
        "lone CR or LF": rb"\r(?!\n)|(?<!\r)\n",
        "trailing white space": rb"[ \t]\r?$",
        "no line end at the end": rb"[^\r\n]\Z",
        "empty lines at the end": rb"(?:\n|\A)\r?\n\Z",
        "line that begins with a dot": rb"^\.",
        "line over 78 octets": rb"[^\r\n]{79}",
        "line over 998 octets": rb"[^\r\n]{999}",
        "empty body": rb"\A\Z",
    }
)


def _named(patterns: _Patterns, octets: bytes) -> list[str]:
    return [name for name, pattern in patterns if pattern.search(octets)]


def of_fields(name: str, bodies: Iterable[bytes]) -> tuple[str, ...]:
    """Name what is in the fields of that name, given as they stand after the colon."""
    listed = list(bodies)
    found: list[str] = []
    for raw in listed:
        found += _of_body(raw)
        if name in ADDRESS_FIELDS:
            found += _of_addresses(raw)
        elif name == "date":
            found += [*_named(_IN_COMMENTS, raw), *_named(_IN_DATES, _COMMENT.sub(b" ", raw).strip())]
        elif name == "message-id":
            found += [*_named(_IN_COMMENTS, _QUOTED.sub(b"", raw)), *_named(_IN_IDS, _COMMENT.sub(b"", raw).strip())]
        elif _WORD.search(raw) and _WORD.sub(b"", raw).strip():
            found.append("encoded word beside text")
    if len(listed) > 1:
        found.append("the field twice")
    if name == "from" and len(AddressList.joined([AddressList.parse(raw) for raw in listed])) > 1:
        found.append("several mailboxes")
    return tuple(dict.fromkeys(found))


def of_names(lines: Iterable[bytes]) -> tuple[str, ...]:
    """Name what is in the lines of fields that one parser does not know."""
    found: list[str] = []
    seen: set[str] = set()
    for line in lines:
        before = line.partition(b":")[0]
        name = before.rstrip(b" \t").decode("ascii", "replace")
        if len(name) < len(before):
            found.append("white space before the colon")
        if name != names.info(name).name:
            found.append("name of the field in another case")
        if name.lower() in seen:
            found.append("the field twice")
        seen.add(name.lower())
    return tuple(dict.fromkeys(found))


def _of_body(raw: bytes) -> list[str]:
    """Name what any field may hold."""
    found: list[str] = []
    for charset, language, encoding in _WORD.findall(raw):
        found.append(f"encoded word, {encoding.decode().upper()}")
        if charset.lower() not in _USUAL_CHARSETS:
            found.append("encoded word in another charset")
        if language:
            found.append("encoded word with a language")
    if b"=?" in _WORD.sub(b"", raw):
        found.append("like an encoded word")
    if not raw.isascii():
        found.append("UTF-8" if _is_utf8(raw) else "octets that are not UTF-8")
    return found + _named(_IN_FIELDS, raw.rstrip(b"\r\n"))


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _of_addresses(raw: bytes) -> list[str]:
    bare = _QUOTED.sub(b'""', raw)
    found = [*_named(_IN_ADDRESSES, raw), *_named(_BESIDE_QUOTES, bare), *_named(_IN_COMMENTS, bare)]
    while (less := _COMMENT.sub(b"", bare)) != bare:
        bare = less
    return found + _named(_BESIDE_COMMENTS, _LITERAL.sub(b"[]", _WORD.sub(b"w", bare)).strip())


def of_parameters(part: Part) -> tuple[str, ...]:
    """Name what is in the parameters that hold the filename of a part."""
    found: list[str] = []
    disposition = part.disposition
    given = (() if disposition is None else disposition.parameters.raw) + part.content_type.parameters.raw
    for name, raw in given:
        if name.lower().partition("*")[0] in ("filename", "name"):
            found += _of_parameter(name, raw)
    for field in ("Content-Disposition", "Content-Type"):
        for raw in part.headers.all_raw(field):
            found += _named(_IN_COMMENTS, _QUOTED.sub(b'""', raw))
    written = {name.lower().partition("*")[1] for name, _ in given if name.lower().startswith("filename")}
    if len(written) > 1:
        found.append("plain and extended parameter")
    if not part.filename:
        found.append("no filename")
    if disposition is not None and disposition.disposition == "inline":
        found.append("disposition inline")
    return tuple(dict.fromkeys(found))


def _of_parameter(name: str, raw: bytes) -> list[str]:
    _, star, section = name.partition("*")
    found = ["encoded word in a parameter" if one.startswith("encoded word,") else one for one in _of_body(raw)]
    if section[:1].isdigit():
        found.append("RFC 2231 continuation")
    if star and not section[-1:].isdigit():
        found.append("RFC 2231 charset")
    if b"\\" in raw:
        found.append("quoted pair")
    if raw[:1] == b'"':
        found.append("quoted parameter")
    return found


def of_part(part: Part, *, in_multipart: bool) -> tuple[str, ...]:
    """Name what is in the body of a leaf."""
    found: list[str] = []
    encoding = part.transfer_encoding
    if encoding in ("base64", "quoted-printable", "uuencode"):
        found.append(encoding)
    elif encoding is None:
        found.append("another transfer encoding")
    raw, content = part.raw_body, part.content
    if not raw.isascii():
        found.append("8bit body")
    label = part.content_type.charset
    if label is not None and label.lower().encode() not in _USUAL_CHARSETS:
        found.append("another charset")
    elif label is not None and label != label.lower():
        found.append("charset in upper case")
    found += _named(_IN_BODIES, content)
    if in_multipart:
        found.append("multipart")
    return tuple(found)


def of_structure(root: Part) -> tuple[str, ...]:
    """Name what is in the structure of a message."""
    found: list[str] = []
    for part in root.walk():
        kind = part.content_type
        found += ["comment in the Content-Type" for raw in part.headers.all_raw("Content-Type") if _has_comment(raw)]
        if kind.maintype == "multipart":
            field = part.headers.raw("Content-Type") or b""
            found += _of_multipart(part, field, is_nested="multipart" in found)
        if part.embedded is not None:
            found.append("embedded message")
        elif kind.maintype == "message":
            found.append("report of groups of fields" if kind.subtype in _REPORTS else "message that is no RFC 822 one")
    if not (root.children or root.raw_body):
        found.append("empty body")
    elif not root.raw_body.endswith(b"\n"):
        found.append("no line end at the end")
    return tuple(dict.fromkeys(found))


_REPORTS = frozenset({"delivery-status", "disposition-notification", "feedback-report"})


def _has_comment(raw: bytes) -> bool:
    return b"(" in _QUOTED.sub(b"", raw)


def _of_multipart(part: Part, field: bytes, *, is_nested: bool) -> list[str]:
    found = ["nested multipart" if is_nested else "multipart"]
    if part.content_type.subtype == "digest":
        found.append("multipart/digest")
    if re.search(rb'boundary="', field):
        found.append("quoted boundary")
    boundary = part.content_type.boundary_octets or b""
    if boundary:
        found += _named(_around(boundary), part.raw_body)
        if b"--%b--" % boundary not in part.raw_body:
            found.append("no close-delimiter")
    for child in part.children:
        inner = child.content_type.boundary_octets
        if inner and boundary and (inner.startswith(boundary) or boundary.startswith(inner)):
            found.append("one boundary begins as another")
        if "Content-Type" not in child.headers:
            found.append("no Content-Type" if len(child.headers) else "part without a header")
        if not child.raw_body:
            found.append("empty body")
    return found


def _around(boundary: bytes) -> _Patterns:
    """Give the patterns for what stands around the delimiters of a multipart."""
    octets = re.escape(boundary)
    return _patterns(
        {
            "preamble": rb"\A\s*+(?!--%b)\S" % octets,
            "epilogue": rb"^--%b--[ \t]*+\r?\n\s*+\S" % octets,
            "white space after a delimiter": rb"^--%b(?:--)?[ \t]++\r?$" % octets,
        }
    )
