"""
Faults: every defect of a message, gathered from its octets, its structure, its fields and its bodies.

A defect is a pure function of the octets: the whole message is looked at, whatever was read before.  RFC 7103 says
which damage is common; the codes are those of `defects.TABLE`.

    the root part of a parsed message -> Defect objects with offsets and lines of the outer message

May import: `defects`, `codecs`, `headers`, `structure`, `part`.  Imported by: `lint`, `message`.
"""

from __future__ import annotations

import re
from functools import cache

from mimekit.codecs import base64, transfer
from mimekit.codecs._flaws import kept
from mimekit.defects import Defect
from mimekit.headers import content, entity
from mimekit.structure import Index

__all__ = ["defects", "even_lines"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimekit.defects import Flaw
    from mimekit.part import Part


_USUAL = ("utf-8", "us-ascii", "iso-8859-1")
_LONG = 16_384  # octets of a body from which on it pays to ask how its line ends stand
_LARGE = 65_536  # octets of a body that is not decoded only to be judged
_PER_PART = 30  # flaws of one part that are worth keeping; the first of each code always is


@cache
def _bare_cr() -> re.Pattern[bytes]:
    return re.compile(rb"\r(?!\n)")


@cache
def _bare_lf() -> re.Pattern[bytes]:
    return re.compile(rb"(?<!\r)\n")


def defects(root: Part) -> tuple[Defect, ...]:
    """
    Give the defects of the message whose root is *root*, by place and code.

    At most ``max_defects`` are kept, the first of each code always among them.
    """
    found: list[Flaw] = []
    octets = root.raw
    index = Index()
    for part in root.walk():
        own = _of_part(part, index)
        outside = part.outside
        if outside is not None:  # offsets in a decoded buffer mean nothing outside: name the octets that hold it
            own = [(code, *outside, f"{detail} (inside an encoded message)") for code, _, _, detail in own]
        found += own
    _line_ends(root, octets, found)
    _nul(root, octets, found)
    found.sort(key=lambda flaw: (flaw[1], flaw[0], flaw[2]))
    return tuple(_numbered(octets, _bounded(found, kept(root.limits.max_defects))))


def _line_ends(root: Part, octets: bytes, found: list[Flaw]) -> None:
    """Find bare LF (only where CRLF occurs too) and bare CR in the whole message."""
    crlf = lf = cr = at = 0
    for start, end, count, width in _known_line_ends(root, octets):
        crlf += octets.count(b"\r\n", at, start) + (count if width > 1 else 0)
        lf += octets.count(b"\n", at, start) + count
        cr += octets.count(b"\r", at, start) + (count if width > 1 else 0)
        at = end
    crlf, lf, cr = crlf + octets.count(b"\r\n", at), lf + octets.count(b"\n", at), cr + octets.count(b"\r", at)
    if lf > crlf > 0:
        hit = _bare_lf().search(octets)
        if hit:
            found.append(("H001", hit.start(), hit.end(), f"{lf - crlf} LF without CR among {crlf} CRLF"))
    if cr > crlf:
        hit = _bare_cr().search(octets)
        if hit:
            found.append(("H002", hit.start(), hit.end(), f"{cr - crlf} CR without LF"))


def _known_line_ends(root: Part, octets: bytes) -> list[tuple[int, int, int, int]]:
    """Give the long bodies whose line ends need not be looked for: where each stands, how many, of how many octets."""
    found: list[tuple[int, int, int, int]] = []
    for part in root.walk() if len(octets) > _LONG else ():
        known = even_lines(part) if part.outside is None and part.end - part.body_start > _LONG else None
        if known is not None:
            found.append((part.body_start, part.end, *known[:2]))
    return found


def _nul(root: Part, octets: bytes, found: list[Flaw]) -> None:
    """Find the first NUL outside binary parts and headers, whose own checks see it (RFC 2045 2.9)."""
    at = octets.find(b"\0")
    if at < 0:
        return
    passed = [(part.body_start, part.end) for part in root.walk() if part.outside is None and _may_hold_nul(part)]
    passed += [(part.start, part.body_start) for part in root.walk() if part.outside is None]
    for start, end in sorted(passed):
        if start <= at < end:
            at = octets.find(b"\0", end)
    if at >= 0:
        found.append(("H003", at, at + 1, "NUL outside a binary part"))


def _may_hold_nul(part: Part) -> bool:
    return not part.children and part.embedded is None and part.transfer_encoding == "binary"


def _of_part(part: Part, index: Index) -> list[Flaw]:
    """Give the flaws of one part: header, structure, transfer encoding, charset."""
    start = part.start
    found = [(code, start + first, start + last, detail) for code, first, last, detail in part.headers.flaws()]
    found += part.structure_flaws(index)
    found += _filename(part)
    if part.children or part.embedded is not None:
        return found
    body = part.body_start
    found += [(code, body + first, body + last, detail) for code, first, last, detail in _encoding(part)]
    if part.content_type.maintype == "text" and not _is_plain(part.decoded(), part.content_type.charset):
        reading: list[Flaw] = []
        octets = part.decoded()
        part.decoded_text(reading)
        as_is = len(octets) == part.end - body
        for code, first, last, detail in reading:
            span = (body + first, body + last) if as_is else (body, part.end)
            found.append((code, *span, detail))
    return _bounded(found, kept(_PER_PART))


def _encoding(part: Part) -> list[Flaw]:
    """Give the flaws of the transfer encoding; a large file in base64 is not decoded for that unless there are some."""
    found: list[Flaw] = []
    if part.end - part.body_start > _LARGE and part.content_type.maintype != "text":
        if transfer.judged(entity.encoding_name(part.headers), found) == "base64":
            size = base64.clean_size(part._buffer, part.body_start, part.end)
            if size is not None:
                part._cache["decoded_size"] = size
                return found
        found.clear()
    part.decoded(found)
    return found


def even_lines(part: Part) -> tuple[int, int, int] | None:
    """Say how the lines of a body in base64 stand that has nothing else in it; see `base64.even_lines`."""
    cache = part._cache
    if "even_lines" not in cache:
        is_base64 = not part.children and part.transfer_encoding == "base64"
        span = part._buffer, part.body_start, part.end
        cache["even_lines"] = base64.even_lines(*span, part.decoded_size) if is_base64 else None
    return cache["even_lines"]  # type: ignore[no-any-return]  # see `Part._cache`


def _is_plain(octets: bytes, label: str | None) -> bool:
    """Tell whether there is nothing to find in a text: it is ASCII, and its charset one that ASCII is in."""
    return octets.isascii() and (label is None or label.lower() in _USUAL)


def _filename(part: Part) -> list[Flaw]:
    """Give the flaw of a Content-Type name in encoded words that no Content-Disposition beside it explains."""
    headers = part.headers
    if b"?" not in headers.to_bytes():  # to look for one octet is quicker than for two
        return []
    declared = headers.raw("Content-Type")
    if declared is None or b"=?" not in declared:
        return []
    offset = part.start + headers.offset("Content-Type")
    flaws = content.filename_flaws(declared, headers.raw("Content-Disposition"))
    return [(code, offset + first, offset + last, detail) for code, first, last, detail in flaws]


def _bounded(found: list[Flaw], most: int) -> list[Flaw]:
    """Keep at most *most* flaws, the first of each code among them."""
    if len(found) <= most:
        return found
    seen: set[str] = set()
    firsts: list[int] = []
    others: list[int] = []
    for place, flaw in enumerate(found):
        (others if flaw[0] in seen else firsts).append(place)
        seen.add(flaw[0])
    kept = sorted(firsts + others[: max(0, most - len(firsts))])
    return [found[place] for place in kept]


def _numbered(octets: bytes, found: list[Flaw]) -> list[Defect]:
    """Give each flaw its line; the line ends are counted once."""
    made = []
    line, counted = 1, 0
    for code, start, end, detail in found:
        line += octets.count(b"\n", counted, start)
        counted = max(counted, start)
        made.append(Defect(code, start, end, line, detail))
    return made
