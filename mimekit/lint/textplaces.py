"""
Places and edits of a decoded text: from its characters to the octets that carry them, and back.

A rule looks at characters; findings and fixes are about octets, which a charset and a transfer encoding stand between.
The tables are made once for a text, so that many findings in it cost no more than one walk.

    part, its text, (first, last) character -> (start, end) octet of its body
    part, its text, characters to replace -> edits of its body

May import: the core.  Imported by: `lint.textviews`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from functools import cached_property
from typing import TYPE_CHECKING

from mimekit.codecs import charset, transfer

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mimekit.finding import Edit
    from mimekit.part import Part

__all__ = ["TextPlaces"]

_QUOTED = re.compile(rb"[^=]++|=[0-9A-Fa-f]{2}|=[ \t]*+\r?\n|=")
# A sign that begins neither an escape nor a soft line break.
_ODD = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*+\r?\n)")
_BASE64 = re.compile(rb"[A-Za-z0-9+/=]++")
_UNQUOTED = re.compile(rb"[^\t\n -<>-~]")
_AS_IT_IS = (None, "7bit", "8bit", "binary")
_FALLBACK = "cp1252"
_READ_AS = {"iso8859-1": "cp1252", "ascii": "utf-8"}
_STEP = 2048
_WIDTH = 70
_LAST_COLUMN = 75


class TextPlaces:
    """Where each character of a part's text stands in its body as it is transferred."""

    def __init__(self, part: Part, text: str) -> None:
        self.part = part
        self.text = text
        self.body: bytes = part.raw_body
        label = part.content_type.charset
        codec = charset.canonical(label) if label else "ascii"
        self._declared = codec or "ascii"
        self.line_end = b"\n" if b"\n" in self.body and b"\r\n" not in self.body else b"\r\n"

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Give the octets of the body that carry the characters from *start* to *end*; all if that is not known."""
        counted = self._counted
        if counted is None:
            return 0, len(self.body)
        first, last = [self._in_body(self._octets(place, counted[1])) for place in (start, end)]
        return first, max(first, last)

    def edits(self, replaced: Iterable[tuple[int, int, str]], *, is_whole: bool = False) -> list[Edit] | None:
        """
        Give the edits of the body that put other characters in place of some: ``(start, end, characters)`` in order.

        A base64 body can only be written anew, which is done if *is_whole*.  ``None`` where it cannot be done.
        """
        encoding = self.part.transfer_encoding
        listed = list(replaced)
        if self._counted is None:
            return None
        if encoding in _AS_IT_IS:
            return self._edits_as_it_is(listed)
        if encoding == "quoted-printable":
            return self._edits_quoted(listed)
        if encoding == "base64" and is_whole:
            return self._edits_whole(listed)
        return None

    # -- places

    @cached_property
    def _counted(self) -> tuple[str, list[int]] | None:
        """
        Find the charset by which the text was read: its codec, how many octets come before each 2048th character.

        ISO 8859-1 is read as windows-1252, what calls itself ASCII as UTF-8, and whatever does not fit its label as
        windows-1252 (see `codecs.charset`).  The list is empty where each character is one octet.
        """
        wanted = len(self.part.decoded()) - len(self._returns)
        codec = _READ_AS.get(self._declared, self._declared)
        if len(self.text) == wanted and (self.text.isascii() or codec == _FALLBACK):
            return codec, []
        steps = self._steps(codec)
        if steps[-1] == wanted:
            return codec, steps
        return (_FALLBACK, []) if len(self.text) == wanted else None

    def _steps(self, codec: str) -> list[int]:
        found, total = [0], 0
        for at in range(0, len(self.text), _STEP):
            total += len(self.text[at : at + _STEP].encode(codec, "replace"))
            found.append(total)
        return found

    @cached_property
    def _returns(self) -> list[int]:
        """Where the octets have CRLF, counted as if they had LF."""
        octets = self.part.decoded()
        found: list[int] = []
        at = octets.find(b"\r\n")
        while at >= 0:
            found.append(at - len(found))
            at = octets.find(b"\r\n", at + 2)
        return found

    def _octets(self, place: int, steps: list[int]) -> int:
        """Say how many octets of the decoded body come before a character."""
        count = place
        if steps and self._counted is not None:
            step = place // _STEP
            count = steps[step] + len(self.text[step * _STEP : place].encode(self._counted[0], "replace"))
        return count + bisect_left(self._returns, count)

    def _in_body(self, wanted: int) -> int:
        """Find where an octet of the decoded body is written."""
        encoding, body = self.part.transfer_encoding, self.body
        if encoding in _AS_IT_IS:
            return min(wanted, len(body))
        if encoding == "quoted-printable":
            made, starts = self._quoted
            at = bisect_right(made, wanted) - 1
            return _in_line(body, starts[at], wanted - made[at])
        if encoding == "base64":
            made, starts = self._based
            left = wanted * 4 // 3
            at = bisect_right(made, left) - 1
            return len(body) if at < 0 else min(starts[at] + left - made[at], len(body))
        return 0

    @cached_property
    def _quoted(self) -> tuple[list[int], list[int]]:
        """Of each line of a quoted-printable body: how many octets were made before it, where it begins."""
        counts: list[int] = []
        starts: list[int] = []
        made = start = 0
        is_odd = _ODD.search(self.body) is not None
        for line in self.body.split(b"\n"):
            counts.append(made)
            starts.append(start)
            start += len(line) + 1
            if is_odd:
                made += sum([_size(piece) for piece in _QUOTED.findall(line + b"\n")])
                continue
            count = line.count(b"=")
            content = line.rstrip(b" \t\r") if count else b""
            is_soft = content[-1:] == b"="
            made += len(content) + 1 - 2 * count if is_soft else len(line) + 1 - 2 * count
        return counts, starts

    @cached_property
    def _based(self) -> tuple[list[int], list[int]]:
        """Of each line of a base64 body: how many characters came before it, where it begins."""
        counts: list[int] = []
        starts: list[int] = []
        made = 0
        for found in _BASE64.finditer(self.body):
            counts.append(made)
            starts.append(found.start())
            made += found.end() - found.start()
        return counts, starts

    # -- edits

    def _encoded(self, text: str) -> bytes | None:
        if self._counted is None:
            return None
        try:
            return text.encode(self._counted[0]).replace(b"\n", self.line_end)
        except UnicodeEncodeError:
            return None

    def _edits_as_it_is(self, replaced: list[tuple[int, int, str]]) -> list[Edit] | None:
        made: list[Edit] = []
        is_seven_bit = self.part.transfer_encoding in (None, "7bit")
        for start, end, text in replaced:
            octets = self._encoded(text)
            if octets is None or (is_seven_bit and not octets.isascii()):
                return None
            made.append((*self.span(start, end), octets))
        return made

    def _edits_quoted(self, replaced: list[tuple[int, int, str]]) -> list[Edit] | None:
        """Put the new octets on lines of their own between soft line breaks: no line gets longer."""
        body, soft = self.body, b"=" + self.line_end
        made: list[Edit] = []
        for start, end, text in replaced:
            octets = self._encoded(text)
            first, last = self.span(start, end)
            column = first - (body.rfind(b"\n", 0, first) + 1)
            if octets is None or column > _LAST_COLUMN:
                return None
            if octets:
                before = soft if column else b""
                after = b"" if octets.endswith(b"\n") or body[last : last + 1] in (b"\r", b"\n", b"") else soft
                octets = before + _quoted(octets, soft) + after
            elif body[first - 1 : first] in (b" ", b"\t") and body[last : last + 1] in (b"\r", b"\n", b""):
                if column > _WIDTH:
                    return None
                first, octets = first - 1, b"=%02X" % body[first - 1]  # a blank at the end of a line would be lost
            made.append((first, last, octets))
        return made

    def _edits_whole(self, replaced: list[tuple[int, int, str]]) -> list[Edit] | None:
        pieces: list[str] = []
        at = 0
        for start, end, text in replaced:
            pieces += [self.text[at:start], text]
            at = end
        pieces.append(self.text[at:])
        octets = self._encoded("".join(pieces))
        if octets is None:
            return None
        encoded = transfer.encode("base64", octets).replace(b"\r\n", self.line_end)
        if not self.body.endswith(b"\n"):
            encoded = encoded.rstrip(b"\r\n")
        return [(0, len(self.body), encoded)]


def _size(piece: bytes) -> int:
    """Say how many octets a piece of a quoted-printable line makes."""
    if piece[:1] != b"=":
        return len(piece)
    return 0 if piece[-1:] == b"\n" else 1


def _in_line(body: bytes, start: int, wanted: int) -> int:
    """Find where an octet of a line, or of those after it that soft line breaks join to it, is written."""
    made = 0
    for found in _QUOTED.finditer(body, start):
        piece = found[0]
        size = _size(piece)
        if size and made + size > wanted:
            return found.start() + (wanted - made if piece[:1] != b"=" else 0)
        made += size
    return len(body)


def _quoted(octets: bytes, soft: bytes) -> bytes:
    """Write octets as quoted-printable, line ends kept."""
    lines = octets.split(b"\n")
    made: list[bytes] = []
    for line in lines:
        is_ended = line.endswith(b"\r")
        plain = line[:-1] if is_ended else line
        quoted = _UNQUOTED.sub(lambda found: b"=%02X" % found[0][0], plain)
        if quoted[-1:] in (b" ", b"\t"):
            quoted = quoted[:-1] + b"=%02X" % quoted[-1]
        pieces: list[bytes] = []
        while len(quoted) > _WIDTH:
            # Not inside an escape.
            sign = quoted.rfind(b"=", _WIDTH - 2, _WIDTH)
            cut = _WIDTH if sign < 0 else sign
            pieces.append(quoted[:cut])
            quoted = quoted[cut:]
        made.append(soft.join([*pieces, quoted]) + (b"\r" if is_ended else b""))
    return b"\n".join(made)
