"""
Base64: octets as lines of 76 characters, and back from whatever arrived.

RFC 2045 6.8 and RFC 4648.  Writing is blocked so that the 76-octet lines of a block stay in the cache: about 1.7 times
one bare `binascii.b2a_base64`.  Reading costs one `binascii.a2b_base64` when the padding, if any, is at the end;
other data goes through a slower, linear path that loses nothing which can be decoded.

    octets -> base64 lines ended by CRLF -> octets

May import: `defects`, `codecs._flaws`.  Imported by: `codecs.transfer`, `faults`, `files`, `lint`,
`part`.
"""

from __future__ import annotations

import re
from binascii import Error, a2b_base64, b2a_base64
from functools import cache
from io import BytesIO
from struct import Struct

from mimekit.codecs._flaws import Ledger, marks

__all__ = ["Encoder", "clean_size", "decode", "decode_span", "encode", "encoded_length", "even_lines"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from mmap import mmap

    from mimekit.defects import Flaw

_LINE = 57  # octets that make the 76 characters of a line (RFC 2045 6.8)
_WIDTH = 76
_BLOCK_LINES = 480  # 240 to 720 are about equally good; 64 is a tenth slower, 2400 leaves the cache
_BLOCK = _LINE * _BLOCK_LINES

_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_PERMITTED = _ALPHABET + b"=\r\n"
_NOT_ALPHABET = bytes(set(range(256)) - set(_ALPHABET))
_ALPHABET_AS_A = bytes(b"A"[0] if octet in _ALPHABET else octet if octet in b"=" else b" "[0] for octet in range(256))
_JUNK_AS_MARK = marks(_PERMITTED)

_PIECE = 2**15  # octets that are looked at at once, so that what is made of them stays in the cache
_PAD_ROOM = 4  # octets of a pad character or two and a line end
_PADDING = (b"", b"", b"==", b"=")  # by the characters of the last group; one alone makes no octet
_UNUSED_BITS = (0, 0, 0b1111, 0b11)


@cache
def _cut(lines: int) -> Callable[[bytes], tuple[bytes, ...]]:
    """Give the function that cuts the first *lines* lines of 76 octets; there are at most `_BLOCK_LINES` of them."""
    return Struct("76s" * lines).unpack_from


def encode(data: bytes) -> bytes:
    r"""
    Encode *data* as lines of at most 76 characters, each ended by CRLF (RFC 2045 6.8).

    >>> encode(b"Man")
    b'TWFu\r\n'
    """
    if len(data) > _BLOCK:
        return _encode_blocks(data)
    encoded = b2a_base64(data, newline=False)
    lines, rest = divmod(len(encoded), _WIDTH)
    pieces = _cut(lines)(encoded)
    return b"\r\n".join((*pieces, encoded[-rest:], b"") if rest else (*pieces, b""))


def _encode_blocks(data: bytes) -> bytes:
    """Encode block by block into a buffer of the final size, which is given away as it is and not copied."""
    join, cut, view = b"\r\n".join, _cut(_BLOCK_LINES), memoryview(data)
    whole = len(data) - len(data) % _BLOCK
    buffer = BytesIO()
    write = buffer.write
    buffer.seek(encoded_length(len(data)) - 1)
    write(b"\n")
    buffer.seek(0)
    for start in range(0, whole, _BLOCK):
        write(join(cut(b2a_base64(view[start : start + _BLOCK], newline=False))))
        write(b"\r\n")
    write(encode(data[whole:]))
    return buffer.getvalue()


def encoded_length(n: int) -> int:
    """
    Tell how many octets `encode` makes of *n* octets.

    >>> encoded_length(57), encoded_length(58)
    (78, 84)
    """
    characters = (n + 2) // 3 * 4
    return characters + 2 * ((characters + _WIDTH - 1) // _WIDTH)


class Encoder:
    r"""
    Encodes a stream in constant memory: the pieces together are what `encode` gives for the whole, however it is cut.

    >>> encoder = Encoder()
    >>> encoder.update(b"Ma") + encoder.update(b"n") + encoder.finish()
    b'TWFu\r\n'
    """

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        """Start with nothing pending."""
        self._pending = b""

    def update(self, chunk: bytes) -> bytes:
        """Take *chunk* and give the lines that are complete."""
        data = self._pending + chunk if self._pending else chunk
        whole = len(data) - len(data) % _LINE
        self._pending = data[whole:]
        return encode(data[:whole])

    def finish(self) -> bytes:
        """Give the last, shorter line, or ``b""``; the encoder is as new."""
        rest, self._pending = self._pending, b""
        return encode(rest)


def decode(data: bytes, flaws: list[Flaw] | None = None) -> bytes:
    """
    Decode all that can be decoded; *flaws* get what is wrong (E010, E011, E012, E016).

    Octets outside the alphabet are skipped.  A pad character ends a run of groups, and what follows it is decoded as
    another run (readers disagree about it, so nothing may be hidden there).  Missing padding is supplied; a character
    left over, too few bits for an octet, is dropped.

    >>> flaws = []
    >>> decode(b"QUI=Q0Q=", flaws)
    b'ABCD'
    >>> flaws
    [('E012', 4, 7, 'base64 data after a pad character')]
    """
    return decode_span(data, 0, len(data), flaws)


def decode_span(data: bytes | mmap, start: int, end: int, flaws: list[Flaw] | None = None) -> bytes:
    """Decode what stands from *start* to *end*, as `decode` does, without a copy of it; flaws count from *start*."""
    pad = data.find(b"=", start, end)
    tail = data[pad:end] if pad >= 0 else b""
    if not tail.strip(b"= \t\r\n"):
        try:
            with memoryview(data) as view:
                octets = a2b_base64(view[start:end])
        except Error:  # a last group that is not complete
            return _salvaged(data[start:end], flaws)
        if flaws is None or _is_clean(data, start, end, octets, tail):
            return octets
    return _salvaged(data[start:end], flaws)


def clean_size(data: bytes | mmap, start: int, end: int) -> int | None:
    r"""
    Say how many octets a span decodes to if nothing is wrong with it, without decoding it, in half the time.

    ``None`` where `decode_span` may find a flaw, or give another number of octets than its characters stand for.

    >>> clean_size(b"QUJD\r\nRw==\r\n", 0, 12), clean_size(b"QUJD\r\nRx==\r\n", 0, 12), clean_size(b"QU JD", 0, 5)
    (4, None, None)
    """
    pad = data.find(b"=", start, end)
    last = end if pad < 0 else pad
    pieces = [data[at : min(at + _PIECE, last)].translate(None, _ALPHABET) for at in range(start, last, _PIECE)]
    others = b"".join(pieces)
    whole, left = divmod(last - start - len(others), 4)
    if left == 1 or others.translate(None, b"\r\n") or data[last:end].translate(None, b"\r\n") != _PADDING[left]:
        return None
    if left and (data[last - 1] in b"\r\n" or _unused(data[last - 1 : last], left)):
        return None
    return 3 * whole + (0, 0, 1, 2)[left]


def even_lines(data: bytes | mmap, start: int, end: int, size: int) -> tuple[int, int, int] | None:
    r"""
    Say how the lines of a body stand if all but the last are equally long: how many end, in how many octets, the width.

    The body is *data* from *start* to *end*, and decodes to *size* octets.  ``None`` if its lines are of several
    lengths, or if there is anything in it but the alphabet, padding and the ends of these lines: the octets that were
    made account for all the others.  No pass over the octets is needed for that, only one over the line ends.

    >>> even_lines(b"QUJD\r\nREVG\r\nRw==\r\n", 0, 18, 7), even_lines(b"QUJD\r\nREV G\r\n", 0, 13, 6)
    ((3, 2, 4), None)
    """
    first = data.find(b"\n", start, end)
    if first <= start:
        return None
    step = first + 1 - start
    ends = data[first:end:step]
    count, octets = len(ends), 1
    if data[first - 1 : first] == b"\r":
        octets = 2
        if data[first - 1 : end : step][:count].count(b"\r") != count:
            return None
    width = step - octets
    last = data[first + (count - 1) * step + 1 : end]
    if last[-1:] == b"\n":
        if not last.endswith(data[first + 1 - octets : first + 1]):  # it ends otherwise than the others
            return None
        last = last[:-octets]
        count += 1
    pads = data[max(start, end - _PAD_ROOM) : end].count(b"=")
    characters = size // 3 * 4 + (0, 2, 3)[size % 3] + pads
    if ends.count(b"\n") != len(ends) or width < 1 or len(last) > width or (not last and count > len(ends)):
        return None
    return (count, octets, width) if end - start - count * octets == characters else None


def _is_clean(data: bytes | mmap, start: int, end: int, octets: bytes, tail: bytes) -> bool:
    """Tell whether there is no flaw in a span, whose alphabet characters all stand before *tail*, the padding."""
    pads = -len(octets) % 3
    if tail.translate(None, b"\r\n") != b"=" * pads:
        return False
    if even_lines(data, start, end, len(octets)) is None and data[start:end].translate(None, _PERMITTED):
        return False
    return not pads or not _unused(data[start : end - len(tail)].rstrip(b"\r\n"), 4 - pads)


def _unused(characters: bytes, left: int) -> int:
    """Give the bits that the last of *characters* has beyond its octet, in a group of *left* characters."""
    return _ALPHABET.index(characters[-1]) & _UNUSED_BITS[left]


def _salvaged(data: bytes, flaws: list[Flaw] | None) -> bytes:
    """Decode run by run: from an alphabet character to the next pad character."""
    kinds = data.translate(_ALPHABET_AS_A)
    ledger = Ledger()
    octets = bytearray()
    if flaws is not None:
        _judge_order(ledger, kinds)
    for run in re.finditer(rb"A([^=]*+)[^A]*+", kinds):
        start, end = run.start(), run.end(1)
        characters = data[start:end].translate(None, _NOT_ALPHABET)
        left = len(characters) & 3
        octets += a2b_base64(characters[:-1] if left == 1 else characters + _PADDING[left])
        if flaws is not None:
            _judge_end(ledger, kinds, (start, end, run.end()), left, _unused(characters, left))
    if flaws is not None:
        ledger.add_runs("E010", data.translate(_JUNK_AS_MARK), "octets outside the base64 alphabet")
        ledger.close(flaws)
    return bytes(octets)


def _judge_end(ledger: Ledger, kinds: bytes, span: tuple[int, int, int], left: int, unused: int) -> None:
    """Report a run whose last group has *left* characters: where it starts, its first pad, where the next starts."""
    start, end, after = span
    pads, wanted = kinds.count(b"=", end, after), len(_PADDING[left])
    if pads == wanted and left != 1 and not unused:
        return
    last = kinds.rfind(b"A", start, end)
    if left == 1:
        ledger.add("E011", last, last + 1, "a left-over character, too few bits for an octet, is dropped")
    elif pads != wanted:
        last_pad = kinds.rfind(b"=", end, after)
        ledger.add("E011", last, max(last, last_pad) + 1, f"{pads} pad characters where {wanted} belong")
    if unused:
        ledger.add("E016", last, last + 1, "unused bits of the last character are not zero")


def _judge_order(ledger: Ledger, kinds: bytes) -> None:
    """Report padding before any data, and data after padding."""
    pad, first = kinds.find(b"="), kinds.find(b"A")
    if pad < 0:
        return
    if pad < first or first < 0:
        last_pad = kinds.rfind(b"=", 0, first if first >= 0 else None)
        ledger.add("E011", pad, last_pad + 1, "padding before any data")
    again = kinds.find(b"A", pad)
    if again >= 0:
        ledger.add("E012", again, kinds.rfind(b"A") + 1, "base64 data after a pad character")
