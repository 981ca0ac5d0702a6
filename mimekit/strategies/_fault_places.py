r"""
Fault places: which octets of a message that an example was laid over are at fault.

Mostly these are what no valid example has.  An example that differs in more has a mark: words of it, and the fault is
where they stand.  What is absent is missed at the end of the header, or at what it belongs to.

    octets, the octets that were changed -> the octets of the fault; the number of the part that they are in

May import: the core.  Imported by: `strategies._faults`, `strategies.damage`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.parser import parse

if TYPE_CHECKING:
    from typing import TypeAlias

    Span: TypeAlias = tuple[int, int]

__all__ = ["difference", "html_of", "kind_of", "least_difference", "path_of", "place"]

_MARKS = {  # a pattern, of which a group may be the fault
    "B018-0": rb"https://[^\r]*",
    "B022-0": rb"Content-Type: text/csv; charset=utf-8; name=copy\.csv",
    "D022-0": rb"ARC-Seal: i=1[^\r]*",
    "D022-1": rb"ARC-Seal: i=2[^\r]*",
    "E003-0": rb"[\x80-\xFF]+",
    "E030-0": rb"[\x80-\xFF]+",
    "E033-0": rb"[\x80-\xFF]+",
    "L002-0": rb"Content-Type: multipart/mixed; boundary=b\r\n\r\n",
    "L003-0": rb"(?s)\r\n--a\r\n.*\r\n(--a\r\nContent-Type: [^\r]*)",
    "L024-0": rb"</html>",
    "M008-1": rb"application/x-pdf",
    "M024-0": rb"--b1\r\nwas typed",
    "M026-0": rb"(?s)--b1\r\n(Content-Type: multipart/.*?\r\n\r\n)",
    "M034-0": rb"(?i)Content-Transfer-Encoding: (?:base64|quoted-printable)(?s:.*?\r\n\r\n)",
    "M037-0": rb"--b\r\n(Content-Type: [^\r]*)",
    "M038-0": rb"(?s)\r\n--a\r\n.*\r\n--a\r\n(Content-Type: [^\r]*)",
    "M105-0": rb"Content-Type: application/pdf[^\r]*",
    "M112-0": rb"cid:map@[a-z.]*",
    "M113-0": rb"Content-Type: image/png; name=plan\.png",
    "M116-0": rb"Content-Type: image/png[^\r]*",
    "M126-0": rb"Content-Type: image/png",
    "M131-0": rb"Content-Type: message/rfc822",
    "M141-0": rb"Final-Recipient:[^\r]*",
    "M142-0": rb"Content-Type: message/disposition-notification",
    "M143-0": rb"Content-Type: message/feedback-report",
    "T004-0": rb"<!DOCTYPE html>",
    "T009-0": rb"(?s)<!DOCTYPE html>.*</html>",
    "T032-0": rb"https://192[0-9.]*",
    "T038-0": rb"<!--\[if mso\]>",
    "T038-1": rb"<!\[endif\]-->",
    "X024-0": rb"Content-Type: text/html[^\r]*",
    "X031-0": rb"(?s)Content-Type: multipart/signed.*?\r\n\r\n",
}
_KINDS = {
    # at the end of the header
    **dict.fromkeys(
        (
            *("B001", "B007", "B012", "D001", "H101", "H102-0", "H103", "H106", "H108", "H116"),
            *("S013", "S017", "S022", "X029"),
        ),
        "absent",
    ),
    # at a field
    **dict.fromkeys(("A028", "B011", "D020", "D021"), "from"),
    **dict.fromkeys(("B015", "L007"), "to"),
    "B002": "list-unsubscribe",
    "D014": "list-unsubscribe-post",
    "D016": "content-transfer-encoding",
    "H120-0": "cc",
    "S023": "x-ses-list-management-options",
    **dict.fromkeys(("M101", "M102", "M103", "M106", "M107", "M111", "M152"), "content-type"),
    **dict.fromkeys(("S010", "S018", "S019", "X028", "X038", "X040"), "content-type"),
    # at another word of the same field
    **dict.fromkeys(("A037", "E062", "H222-3", "X004", "X005", "X035", "X036"), "field"),
    # somewhere in what was laid over the message
    **dict.fromkeys(("H217", "H218"), "laid"),
    **dict.fromkeys(("B006", "B017", "T026", "T027", "T041"), "body"),
    # at the part, or its body
    **dict.fromkeys(("B019", "E001", "E015", "E025", "E031", "M124", "T005", "T037", "T039", "X025"), "part"),
    "M028": "end",
    # at the message
    **dict.fromkeys(("B014", "L001", "S006", "S007", "S009", "S016", "S024"), "message"),
}
"""Where the rule has its finding, if not where the example was changed: by the code, or one example of it."""


def kind_of(code: str, number: int) -> str:
    """Name where the fault of an example is: ``""`` for what was changed, a field, or what `_KINDS` has."""
    key = f"{code}-{number}"
    return "mark" if key in _MARKS else _KINDS.get(key) or _KINDS.get(code, "")


def place(code: str, number: int, octets: bytes, span: Span) -> Span:
    """Give the octets that a rule has its finding among, where *span* is what was changed."""
    kind = kind_of(code, number)
    if kind == "mark":
        found = re.search(_MARKS[f"{code}-{number}"], octets)
        return span if found is None else found.span(found.lastindex or 0)
    if kind in ("", "laid"):
        return span
    root = parse(octets).root
    if kind == "part":
        around = [part for part in root.walk() if part.start <= span[0] and span[1] <= part.end]
        return around[-1].start, around[-1].end
    of_all = {"message": (0, root.end), "end": (root.end, root.end), "body": (root.body_start, root.end)}
    return of_all.get(kind) or _of_field(kind, octets, span)


def _of_field(kind: str, octets: bytes, span: Span) -> Span:
    """Give the field of a name, or the one that was changed, or else the end of the header."""
    root = parse(octets).root
    start = end = 0
    for line, key in root.headers.lines():
        start, end = end, end + len(line) + 1
        if key == kind.encode() or (kind == "field" and start <= span[0] < end):
            return start, end
    return end, end


def path_of(octets: bytes, span: Span) -> str:
    """Give the number of the innermost part that the whole fault is in, perhaps with the line end after it."""
    found = ""
    root = parse(octets).root
    if span[0] == len(octets):
        return found
    for part in root.walk():
        is_around = part.start <= span[0] and span[1] <= part.end + 2
        if part is not root and part.outside is None and part.number and is_around:
            found = part.number
    return found


def html_of(octets: bytes, span: Span) -> Span:
    """Give what of a fault is in the HTML that was laid in beside a plain text of the same words."""
    part = parse(octets).root.children[-1]
    return max(span[0], part.body_start), min(span[1], part.end)


def least_difference(octets: bytes, others: list[bytes]) -> Span:
    """Give where a message differs from the one of *others* that it differs least from."""
    found = [difference(octets, other) for other in others if other != octets]
    return min(found, key=lambda span: span[1] - span[0]) if found else (0, len(octets))


def difference(octets: bytes, other: bytes) -> Span:
    """Give the octets that another message has not; where it has more, the line in which these would be."""
    start = _common(octets, other)
    end = len(octets) - _common(octets[start:][::-1], other[start:][::-1])
    if start < end:
        return start, end
    start = octets.rfind(b"\n", 0, start) + 1
    return start, octets.find(b"\n", start) + 1 or len(octets)


def _common(one: bytes, other: bytes) -> int:
    """Give how many octets two strings begin with together."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low
