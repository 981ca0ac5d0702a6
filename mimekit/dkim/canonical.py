r"""
Canonicalisation: what a relay may change about a message without breaking its signature.

RFC 6376 3.4 knows two forms of a header and of a body.  *simple* tolerates next to nothing; *relaxed* tolerates the
case of field names, folding, runs of white space and blanks at the ends of lines.  White space is SP and HTAB here, and
nothing else; a line ends in CRLF, and a lone CR or LF is content.  Everything is done by searching, splitting and
replacing buffers: linear, whatever the octets.

    field line -> canonical field
    body octets, whole or in pieces -> canonical body, or its SHA-256 digest

May import: `errors`, `limits`, `wire`.  Imported by: much of the package.
"""

from __future__ import annotations

import re
from hashlib import sha256
from itertools import repeat
from typing import TYPE_CHECKING

from mimekit.errors import DkimError, show
from mimekit.limits import WHOLE_HEADER
from mimekit.wire import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "NAMES",
    "BodyHasher",
    "body",
    "body_digest",
    "fields",
    "relaxed_field",
    "split_message",
]

NAMES = ("relaxed", "simple")
"""The canonicalisations there are (RFC 6376 3.4)."""

_PIECE = 2**16  # octets that are canonicalised at once, so that they stay in the cache of the processor
_WHOLE = 2**17  # octets up to which a body is canonicalised in one go
_BLANK = b" \t"
_SPACES = repeat(b" ")
_DENSE = 16  # octets between two double blanks from which on it pays to look at each
_empty_lines = re.compile(rb"(?:\n\r)*+")  # of the reversed end of a body
# RFC 5322 2.2: a field name is printable US-ASCII but the colon.  Octets over 127 are let through: they are refused,
# or allowed, as 8-bit content.
_NO_NAME = bytes([*range(0x21), 0x7F])


# -- header


def relaxed_field(line: bytes) -> bytes:
    r"""
    Give a field as *relaxed* has it (RFC 6376 3.4.2), without its final CRLF.

    Every line end in *line* is a fold, of CRLF or of a bare LF.  (*simple* leaves a field as it is: 3.4.1.)

    >>> relaxed_field(b"SUBJect : \tAbC\r\n\t of  it ")
    b'subject:AbC of it'
    """
    name, colon, value = line.partition(b":")
    if b"\n" in value:
        value = value.replace(b"\r\n", b"").replace(b"\n", b"")
    return name.rstrip(_BLANK).lower() + colon + _squeezed(value).strip(b" ")


def fields(block: bytes, name: str, *, has_crlf: bool = False) -> dict[bytes, list[bytes]] | None:
    r"""
    Canonicalise a whole header block: the fields of each lower-case name, from the top, without their final CRLF.

    *block* ends in CRLF.  ``None`` when one of its lines is no field, has a blank before its colon (obsolete), or has a
    bare CR or LF; *has_crlf* says that it is known to have none.

    >>> fields(b"From: ada@example.com\r\nSubject: Notes  on\r\n the Engine\r\n", "relaxed")
    {b'from': [b'from:ada@example.com'], b'subject': [b'subject:Notes on the Engine']}
    """
    if name == "simple":
        return _simple_fields(block)
    found: dict[bytes, list[bytes]] = {}
    text = b" ".join(block.replace(b"\t", b" ").split(b"\r\n "))
    lines = _relaxed_lines(text).split(b"\r\n")
    if not (has_crlf or _is_one_manner(lines)):
        return None
    lines.pop()
    for line in lines:
        key, colon, value = line.partition(b":")
        if not colon:
            return None
        key = key.lower()
        field = key + colon + value.lstrip(b" ")
        if key in found:
            found[key].append(field)
        else:
            found[key] = [field]
    return found if _are_names(found) else None


def _simple_fields(block: bytes) -> dict[bytes, list[bytes]] | None:
    if not _is_one_manner(block.split(b"\r\n")):
        return None
    lines, keys = scan.split_fields(block)
    found: dict[bytes, list[bytes]] = {}
    for line, key in zip(lines, keys, strict=True):
        found.setdefault(key, []).append(line[:-1])
    return found if _are_names(found) and all([b":" in line for line in lines]) else None


def _is_one_manner(lines: list[bytes]) -> bool:
    """Tell whether lines that were divided at CRLF have no other line end in them."""
    text = b"".join(lines)
    return b"\n" not in text and b"\r" not in text


def _are_names(found: dict[bytes, list[bytes]]) -> bool:
    joined = b"".join(found)
    return b"" not in found and len(joined.translate(None, _NO_NAME)) == len(joined)


def split_message(octets: bytes) -> tuple[list[bytes], list[bytes], int]:
    """
    Split a message: its field lines without their line ends, the lower-case name of each, and where the body begins.

    A name is empty for a line that is no field.  Reads tolerantly, as the parser does, and knows no limit.
    """
    lines, keys, _, body_start = scan.field_lines(
        octets,
        0,
        len(octets),
        max_fields=WHOLE_HEADER.max_header_fields,
        max_octets=WHOLE_HEADER.max_header_block_bytes,
    )
    return [line[:-1] if line[-1:] == b"\r" else line for line in lines], keys, body_start


# -- body


def _squeezed(octets: bytes) -> bytes:
    """Turn each run of white space into one SP (RFC 6376 3.4.2, 3.4.4); white space is SP and HTAB."""
    if b"\t" in octets:
        octets = octets.replace(b"\t", b" ")
    while True:
        parts = octets.split(b"  ")  # searches once, where `replace` counts first and then searches again
        if len(parts) == 1:
            return octets
        if len(parts) * _DENSE > len(octets):
            break
        octets = b" ".join(parts)
        if b"" not in parts and not any(map(bytes.startswith, parts, _SPACES)):
            return octets  # no run had more than two
    while b"  " in octets:  # as many passes as the longest run has bits, so no run makes it slow
        octets = octets.replace(b"  ", b" ")
    return octets


def _relaxed_lines(octets: bytes) -> bytes:
    """Squeeze the lines of a body, and drop the blank before a line end."""
    if b" " not in octets and b"\t" not in octets:  # base64: to look for one octet is ten times faster than for two
        return octets
    parts = _squeezed(octets).split(b" \r\n")
    return parts[0] if len(parts) == 1 else b"\r\n".join(parts)


def _pieces(octets: bytes) -> Iterator[bytes]:
    """Cut a body after line ends; a line that is longer than a piece is one piece."""
    start, size = 0, len(octets)
    while start < size:
        end = octets.rfind(b"\r\n", start, start + _PIECE) + 2 if size - start > _PIECE else size
        if end < 2:  # noqa: PLR2004 - not found
            end = octets.find(b"\r\n", start + _PIECE - 1) + 2
            end = size if end < 2 else end  # noqa: PLR2004 - likewise
        yield octets[start:end]
        start = end


def _without_empty_lines(octets: bytes) -> bytes:
    """Take every CRLF off the end.  What `bytes.rstrip` takes too much, lone CR and LF, is content."""
    if octets[-2:] != b"\r\n":
        return octets
    if octets[-3:-2] not in (b"", b"\r", b"\n"):
        return octets[:-2]  # one line end, as most pieces have, found without a copy
    text = len(octets.rstrip(b"\r\n"))
    ends = _empty_lines.match(octets[: text - 1 if text else None : -1])
    return octets[: len(octets) - (ends.end() if ends else 0)]


def body(octets: bytes, name: str) -> bytes:
    r"""
    Canonicalise a whole body; *name* is ``"simple"`` (RFC 6376 3.4.3) or ``"relaxed"`` (3.4.4).

    >>> body(b" C \r\nD \t E\r\n\r\n\r\n", "relaxed"), body(b" C \r\nD \t E\r\n\r\n\r\n", "simple")
    (b' C\r\nD E\r\n', b' C \r\nD \t E\r\n')
    >>> body(b"", "relaxed"), body(b"", "simple")
    (b'', b'\r\n')
    """
    if name == "relaxed":
        short = len(octets) <= _WHOLE
        octets = _relaxed_lines(octets) if short else b"".join(map(_relaxed_lines, _pieces(octets)))
        if octets[-1:] == b" ":
            octets = octets[:-1]
    octets = _without_empty_lines(octets)
    return octets + b"\r\n" if octets or name == "simple" else b""


def body_digest(octets: bytes, name: str) -> bytes:
    """Give the SHA-256 digest of the canonicalised body; a large one is canonicalised piece by piece."""
    if len(octets) <= _WHOLE:
        return sha256(body(octets, name)).digest()
    hasher = BodyHasher(name)
    for start in range(0, len(octets), _PIECE):
        hasher.update(octets[start : start + _PIECE])
    return hasher.digest()


class BodyHasher:
    r"""
    The digest of a canonicalised body that arrives in pieces, however it is cut, in constant memory.

    *length* is the ``l=`` of a signature: only so many canonical octets are hashed.

    >>> hasher = BodyHasher("relaxed")
    >>> for piece in (b"Hello \t", b" Grace. \r", b"\n\r\n"):
    ...     hasher.update(piece)
    >>> hasher.digest() == sha256(b"Hello Grace.\r\n").digest(), hasher.octets
    (True, 14)
    """

    __slots__ = ("_blank", "_cr", "_empty", "_hash", "_left", "_relaxed", "_written")

    def __init__(self, name: str, *, length: int | None = None) -> None:
        if name not in NAMES:
            message = f"{show(name)} is no canonicalisation; there are relaxed and simple (RFC 6376 3.4)"
            raise DkimError(message)
        self._relaxed = name == "relaxed"
        self._hash = sha256()
        self._left = length
        self._written = 0
        # What came last and means nothing until something follows: line ends, then a blank, then half a line end.
        self._empty = 0
        self._blank = False
        self._cr = False

    def update(self, chunk: bytes | bytearray | memoryview) -> None:
        """Take the next octets of the body."""
        if not isinstance(chunk, bytes):  # such as a memoryview of what was read
            chunk = bytes(chunk)
        if self._cr:
            chunk = b"\r" + chunk
        if self._blank:
            chunk = b" " + chunk
        self._cr = chunk[-1:] == b"\r"
        if self._cr:
            chunk = chunk[:-1]
        if self._relaxed:
            chunk = _relaxed_lines(chunk)
            self._blank = chunk[-1:] == b" "
            if self._blank:
                chunk = chunk[:-1]
        text = _without_empty_lines(chunk)
        ends = (len(chunk) - len(text)) // 2
        if text:
            self._line_ends()
            self._write(text)
            self._empty = ends
        else:
            self._empty += ends

    def update_solid(self, octets: memoryview) -> None:
        """Take octets that stand in the canonical body as they are: there is no blank, and no line end at their end."""
        if self._cr or self._blank:
            self.update(octets)
        elif octets:
            self._line_ends()
            self._write(octets)

    def _line_ends(self) -> None:
        """Hash the line ends that turned out not to be the last ones."""
        while self._empty:
            count = min(self._empty, _PIECE)
            self._write(b"\r\n" * count)
            self._empty -= count

    def _write(self, octets: bytes | memoryview) -> None:
        self._written += len(octets)
        if self._left is not None:
            octets = octets[: self._left]
            self._left -= len(octets)
        self._hash.update(octets)

    def _end(self) -> bytes:
        """Give what the canonical body ends with, were this its end."""
        if self._cr:  # a lone one is content
            return b"\r\n" * self._empty + (b" \r\r\n" if self._blank else b"\r\r\n")
        return b"\r\n" if self._written or not self._relaxed else b""

    @property
    def octets(self) -> int:
        """How many octets the canonical body has, were this its end; ``l=`` does not cut it."""
        if self._cr:
            return self._written + 2 * self._empty + (4 if self._blank else 3)
        return self._written + (2 if self._written or not self._relaxed else 0)

    def digest(self) -> bytes:
        """Give the SHA-256 digest, were this the end of the body."""
        ended = self._hash.copy()
        ended.update(self._end()[: self._left])
        return ended.digest()
