"""
Mutating: how one input that looks like mail becomes another that still does.

A fuzzer that flips bits stays in front of the first boundary.  These steps know lines, fields, tokens and parts: they
put in, take out, repeat and exchange those, fold octets into the few that mail is made of, and wrap a message up as a
part of another.

    octets, a source of randomness, other octets -> octets
"""

from __future__ import annotations

import re
from base64 import encodebytes
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from quopri import encodestring
from random import Random

__all__ = ["DICTIONARY", "mutated", "tokens"]

DICTIONARY = Path(__file__).parent / "mail.dict"
_ENTRY = re.compile(r'^"((?:[^"\\]|\\.)*)"$', re.MULTILINE)
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))")
_ALPHABET = b" \t\r\n:;,=?\"()<>@.\\-_%*'/[]aAbB01\xc3\xa9\xff\0"
"""The octets that mail is read by, one of each kind."""
_STEPS = (1, 1, 1, 2, 2, 4)


@cache
def tokens() -> tuple[bytes, ...]:
    """Read the dictionary that the fuzzer has too."""
    found = _ENTRY.findall(DICTIONARY.read_text("ascii"))
    return tuple([_ESCAPE.sub(_octet, one.encode("ascii")) for one in found])


def _octet(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[1].decode("ascii")) if found[1] else found[2]


def mutated(octets: bytes, draw: Random, others: Sequence[bytes], most: int) -> bytes:
    """Change some octets by one step or a few; *others* are inputs to take pieces of, *most* is the greatest length."""
    for _ in range(draw.choice(_STEPS)):
        octets = draw.choice(_WAYS)(octets, draw, others)
    return octets[:most]


def _span(octets: bytes, draw: Random, most: int = 60) -> tuple[int, int]:
    start = draw.randint(0, len(octets))
    return start, min(len(octets), start + draw.randint(0, most))


def _lines(octets: bytes) -> list[bytes]:
    return octets.splitlines(keepends=True) or [b""]


def _token(octets: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    start, end = _span(octets, draw, draw.choice((0, 0, 8)))
    return octets[:start] + draw.choice(tokens()) + octets[end:]


def _line_token(octets: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    lines = _lines(octets)
    lines.insert(draw.randint(0, len(lines)), draw.choice(tokens()) + draw.choice((b"\r\n", b"\n", b"")))
    return b"".join(lines)


def _fold(octets: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    start, end = _span(octets, draw)
    return octets[:start] + bytes([_ALPHABET[one % len(_ALPHABET)] for one in octets[start:end]]) + octets[end:]


def _noise(octets: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    start, end = _span(octets, draw, 6)
    return octets[:start] + bytes(draw.choices(_ALPHABET, k=draw.randint(0, 6))) + octets[end:]


def _cut(octets: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    start, end = _span(octets, draw, draw.choice((4, 60, 400)))
    return octets[:start] + octets[end:]


def _repeat(octets: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    start, end = _span(octets, draw)
    return octets[:end] + octets[start:end] * draw.choice((1, 2, 9, 60)) + octets[end:]


def _splice(octets: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    other = draw.choice(others)
    return octets[: draw.randint(0, len(octets))] + other[draw.randint(0, len(other)) :]


def _borrow(octets: bytes, draw: Random, others: Sequence[bytes]) -> bytes:
    other = _lines(draw.choice(others))
    start = draw.randrange(len(other))
    lines = _lines(octets)
    at = draw.randint(0, len(lines))
    lines[at:at] = other[start : start + draw.choice((1, 1, 2, 6))]
    return b"".join(lines)


def _exchange(octets: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    lines = _lines(octets)
    one, other = draw.randrange(len(lines)), draw.randrange(len(lines))
    lines[one], lines[other] = lines[other], lines[one]
    return b"".join(lines)


def _drop_line(octets: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    lines = _lines(octets)
    del lines[draw.randrange(len(lines))]
    return b"".join(lines)


def _twice(octets: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    lines = _lines(octets)
    lines.insert(draw.randint(0, len(lines)), draw.choice(lines))
    return b"".join(lines)


def _line_ends(octets: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    start, end = _span(octets, draw, draw.choice((20, 10_000)))
    bare = octets[start:end].replace(b"\r\n", b"\n")
    return octets[:start] + bare.replace(b"\n", draw.choice((b"\n", b"\r\n", b"\r", b"\n\r"))) + octets[end:]


def _wrap(octets: bytes, draw: Random, _: Sequence[bytes]) -> bytes:
    """Make a part of all there is: of a multipart, or a message in a message, encoded or not."""
    coding, inner = draw.choice(
        (
            (b"7bit", octets),
            (b"8bit", octets),
            (b"base64", encodebytes(octets)),
            (b"quoted-printable", encodestring(octets)),
        )
    )
    kind = draw.choice((b"message/rfc822", b"text/plain", b"text/html; charset=utf-8", b"application/octet-stream"))
    part = b"Content-Type: %b\r\nContent-Transfer-Encoding: %b\r\n\r\n%b" % (kind, coding, inner)
    if draw.random() < 0.5:
        return part
    name = draw.choice((b"mixed", b"alternative", b"signed", b"report"))
    return b"Content-Type: multipart/%b; boundary=b\r\n\r\n--b\r\n%b\r\n--b--\r\n" % (name, part)


_WAYS: tuple[Callable[[bytes, Random, Sequence[bytes]], bytes], ...] = (
    *(_token, _token, _line_token, _fold, _noise, _noise, _cut, _repeat, _splice, _borrow, _borrow),
    *(_exchange, _drop_line, _twice, _line_ends, _wrap),
)
