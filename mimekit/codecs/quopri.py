"""
Quoted-printable: text that stays readable in lines of at most 76 characters, and back from whatever arrived.

RFC 2045 6.7.  `binascii` does the work in C; this module goes round its pitfalls.  Writing: a lone CR passes through
it, a blank before a line end or an encoded LF can push a line over 76 characters, and lines may begin with a dot or
with ``From ``, which SMTP clients and mailbox files change.  Reading: it drops one sign of ``==``, drops what stands
between ``=CR`` and the next LF, and keeps the blanks at line ends.

    octets -> quoted-printable lines -> octets

Blanks at the end of an encoded line are deleted, as RFC 2045 6.7 (3) demands of every reader, also those after the
sign of a soft line break and at the end of the body.  A writer that meant them had to encode them, so what a damaged
text loses here is what its other readers lose as well; the octets as they came stay with the part.

May import: `defects`, `codecs._flaws`.  Imported by: `assemble`, `bulk`, `codecs.transfer`, `dkim`, `lint`, `ses`,
`strategies`.
"""

from __future__ import annotations

import re
from binascii import a2b_qp, b2a_qp
from functools import cache

from mimekit.codecs._flaws import Ledger, marks

__all__ = ["decode", "encode", "encode_binary"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimekit.defects import Flaw

_WIDTH = 76  # with the sign of a soft line break, without the line end
_RISKY_STARTS = (b".", b"From ")
# A risky start; an encoded LF after a soft line break or an encoded blank before a line end: that line may be too long.
_NEEDS_MENDING = rb"\n(?:\.|From |=0A|(?<==20\n)|(?<==09\n))"
_RISKY_LINE = rb"\n(?:\.|From |(?<=[ \t]\r\n))"  # or one that ends in a blank
_LONE_CR = rb"\r(?!\n)"
# 75 characters of a line that goes on for two at least, or one or two less, not to end inside an escape; the rest.
# `.` is any octet here, for a line has no LF: a run of it costs nothing then.
_PIECE_OF_LINE = rb"(?s).{74}[^=](?<!=.)(?=..)|.{73}[^=](?<!=.)(?=...)|.{73}(?=....)|.++"

# Where `a2b_qp` reads otherwise than this module: a blank before a line end (LF preceded by neither "X CR" nor "X",
# with X no blank), a doubled sign, a sign before a lone CR.
_BLANK_AT_END = rb"\n(?<![^ \t]\r\n)(?<![^ \t\r]\n)"
_MISREAD_SIGN = rb"=(?:=|\r(?!\n))"

_AS_IT_IS = bytes(range(32, 127)) + b"\t\n"  # and the sign, which is escaped before the others
_FEW = 12  # different octets that are replaced one after the other

_ALLOWED = bytes(range(32, 127)) + b"\t\r\n"
_RAW_AS_MARK = marks(_ALLOWED)

# A sign that begins neither `=XX` nor a soft line break: two digits, not both upper case; blanks that end a line or the
# body; or anything else.
_ODD_SIGN = rb"=(?![0-9A-F]{2}|\r?\n)(?:([0-9A-Fa-f]{2})|([ \t]*+(?:\r?\n|\Z))|[!-<>-~]{0,2})"


@cache
def _pattern(source: bytes) -> re.Pattern[bytes]:
    """Compile one of the patterns above, when it is first used."""
    return re.compile(source)


def encode(text_octets: bytes) -> bytes:
    r"""
    Encode text whose line ends are CRLF or LF; they become CRLF, a lone CR is data.

    No line begins with ``.`` or ``From ``, none ends in a blank, none is longer than 76 characters.

    >>> encode(b"caf\xc3\xa9 \n.\nFrom here")
    b'caf=C3=A9=20\r\n=2E\r\n=46rom here'
    """
    if b"\r" not in text_octets:
        encoded = _encode_plain(text_octets)
        return _finished(b2a_qp(text_octets)) if encoded is None else encoded
    if not _pattern(_LONE_CR).search(text_octets):
        return _finished(b2a_qp(text_octets.translate(None, b"\r")))  # three times quicker than to replace CRLF
    lines = text_octets.replace(b"\r\n", b"\n").split(b"\n")
    return _finished(b"\n".join([b2a_qp(line, istext=False) for line in lines]))


def _encode_plain(text: bytes) -> bytes | None:
    """
    Encode text as most is, in half the time that `binascii` takes: with LF line ends and few different odd octets.

    ``None`` for any other, and where a line would end in a blank or begin so that others would change it.
    """
    odd = set(text.translate(None, _AS_IT_IS))
    if len(odd) > _FEW:
        return None
    escaped = text.replace(b"=", b"=3D")
    for octet in odd:
        escaped = escaped.replace(b"%c" % octet, b"=%02X" % octet)
    if escaped[-1:] in (b" ", b"\t"):
        return None
    pieces = _pattern(_PIECE_OF_LINE).findall
    lines = [b"=\r\n".join(pieces(line)) if len(line) > _WIDTH else line for line in escaped.split(b"\n")]
    encoded = b"\r\n".join(lines)
    return None if encoded.startswith(_RISKY_STARTS) or _pattern(_RISKY_LINE).search(encoded) else encoded


def encode_binary(data: bytes) -> bytes:
    r"""
    Encode octets: every CR and LF is encoded, every line end written is a soft one.

    >>> encode_binary(b"a\nb\r\n")
    b'a=0Ab=0D=0A'
    """
    return _finished(b2a_qp(data, istext=False).replace(b"\r\n", b"\n"))


def _finished(encoded: bytes) -> bytes:
    """Put right the lines that are too long or begin so that others would change them, and end all by CRLF."""
    if encoded.startswith(_RISKY_STARTS) or _pattern(_NEEDS_MENDING).search(encoded):
        lines = encoded.split(b"\n")
        lines = [_mended(line) if len(line) > _WIDTH or line.startswith(_RISKY_STARTS) else line for line in lines]
        encoded = b"\n".join(lines)
    return encoded.replace(b"\n", b"\r\n")


def _mended(line: bytes) -> bytes:
    """Escape a risky first character and break a line that is a few characters too long, not inside an escape."""
    if line.startswith(_RISKY_STARTS):
        line = b"=%02X" % line[0] + line[1:]
    if len(line) <= _WIDTH:
        return line
    cut = _WIDTH - 1
    sign = line.rfind(b"=", cut - 2, cut)
    if sign >= 0:
        cut = sign
    return line[:cut] + b"=\n" + _mended(line[cut:])


def decode(data: bytes, flaws: list[Flaw] | None = None) -> bytes:
    r"""
    Decode *data*; line ends stay as they are; *flaws* get what is wrong (E020, E021, E024).

    A sign that begins neither an escape nor a soft line break is kept as it stands, and so is what follows it; one at
    the very end is a soft line break.  Hexadecimal digits in lower case and raw octets of 8 bits are read as meant.

    >>> decode(b"a=3d b=\r\nc =XY")
    b'a= bc =XY'
    """
    if flaws is not None:
        _examine(data, flaws)
    if data[-1:] in (b" ", b"\t") or _pattern(_BLANK_AT_END).search(data):
        # From the last octet to the first, a run of blanks follows its line end: one linear pass with a literal first.
        data = re.sub(rb"(\n\r?+)[ \t]++", rb"\1", data.rstrip(b" \t")[::-1])[::-1]
    if _pattern(_MISREAD_SIGN).search(data):
        data = re.sub(rb"=(?==|\r(?!\n))", b"=3D", data)
    return a2b_qp(data)


def _examine(data: bytes, flaws: list[Flaw]) -> None:
    """Report bad escapes, lower-case digits and raw octets."""
    ledger = Ledger()
    for sign in _pattern(_ODD_SIGN).finditer(data):
        start, end = sign.span()
        if sign[1]:
            ledger.add("E021", start, end, "lower-case digit in an escape")
        elif sign[2] is None:
            ledger.add("E020", start, end, "sign that begins neither an escape nor a soft line break")
        elif end == len(data) and data[-1:] != b"\n":
            ledger.add("E020", start, end, "sign at the end of the body")
    if data.translate(None, _ALLOWED):
        ledger.add_runs("E024", data.translate(_RAW_AS_MARK), "raw octets that had to be escaped")
    ledger.close(flaws)
