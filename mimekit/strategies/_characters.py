r"""
Characters: the alphabets of mail, drawn so that a counter-example is one that a person reads.

Hypothesis shrinks a character to `0`; mail that is made of zeros looks like nothing, so the first letter here is `a`.
Characters beyond ASCII come from one script at a time, as people write them, and none is invisible or combines with
what stands before it: those are faults of their own, which `broken` draws.

    alphabet -> SearchStrategy[str]

May import: `codecs.charset`.  Imported by: much of the package.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from string import ascii_letters, digits
from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

from mimekit.codecs.charset import canonical, decode_strictly

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import SearchStrategy

__all__ = [
    "ATEXT",
    "CTEXT",
    "DTEXT",
    "LDH",
    "QTEXT",
    "SCRIPTS",
    "alphabet_of",
    "cut",
    "foreign",
    "rarely",
    "text",
    "visible",
    "weighted",
    "without_residue",
]

_T = TypeVar("_T")

_PRINTABLE = "".join([chr(code) for code in range(0x21, 0x7F)])

ATEXT = ascii_letters + digits + "!#$%&'*+-/=?^_`{|}~"
"""atext of RFC 5322 3.2.3."""

QTEXT = _PRINTABLE.replace('"', "").replace("\\", "")
"""qtext of RFC 5322 3.2.4."""

CTEXT = _PRINTABLE.replace("(", "").replace(")", "").replace("\\", "")
"""ctext of RFC 5322 3.2.2."""

DTEXT = _PRINTABLE.replace("[", "").replace("]", "").replace("\\", "")
"""dtext of RFC 5322 3.4.1."""

LDH = ascii_letters + digits
"""Let-dig of RFC 5321 4.1.2."""

_SPANS = {  # letters that stand alone, by script
    "Latin": ((0xDF, 0xF6), (0xF8, 0x131), (0x134, 0x13E), (0x141, 0x148), (0x14A, 0x17E)),
    "Greek": ((0x3B1, 0x3CE),),
    "Cyrillic": ((0x430, 0x45F),),
    "Hebrew": ((0x5D0, 0x5EA),),
    "Arabic": ((0x621, 0x63A), (0x641, 0x64A)),
    "Devanagari": ((0x905, 0x90C), (0x915, 0x928)),
    "Thai": ((0xE01, 0xE2E),),
    "Han": ((0x4E00, 0x4E3F), (0x65E5, 0x65E5), (0x672C, 0x672C)),
    "Kana": ((0x3042, 0x3042), (0x304B, 0x3062), (0x30AB, 0x30C2)),
    "Hangul": ((0xAC00, 0xAC3F),),
}


def _letters(spans: tuple[tuple[int, int], ...]) -> str:
    found = [chr(code) for first, last in spans for code in range(first, last + 1)]
    return "".join([letter for letter in found if letter == unicodedata.normalize("NFC", letter).lower()])


SCRIPTS = {name: _letters(spans) for name, spans in _SPANS.items()}
"""Small letters of a script, each in NFC and none of them a mark."""

_SIGNS = (
    "\u00a1\u00a7\u00a9\u00ab\u00b0\u00bb\u00bf\u2013\u2014\u2018\u2019\u201c\u201d\u2026\u20ac\u2713"
    "\U0001f389\U0001f600"
)

# What Hypothesis has for simple becomes what people have for simple, and the other way round.
_SWAPPED = str.maketrans(
    digits + "ABCDEFGHIJKLMNOPabcdefghijklmnopqrstuvwxyz", "abcdefghijklmnopqrstuvwxyz" + digits + "ABCDEFGHIJKLMNOP"
)
_SWAPPED_SMALL = str.maketrans(digits + "abcdefghij", "abcdefghij" + digits)
_PRIVATE = 0x10_0000  # the first code of a plane that no alphabet has characters of


def text(
    alphabet: str, *, min_size: int = 0, max_size: int | None = None, more: Sequence[str] = ()
) -> SearchStrategy[str]:
    """
    Draw text of *alphabet* in one go, and of the strings *more* as often as each stands there; it shrinks to `a`.

    *alphabet* has digits and letters of one or of both cases, or no digits.  One draw of a text that is divided and
    mended afterwards is many times quicker than a list of draws, and shrinks better.
    """
    known = set(alphabet)
    table: dict[int, str | int] = {}
    if set(digits) <= known:
        table |= _SWAPPED if known >= set(ascii_letters) else _SWAPPED_SMALL
    private = [chr(_PRIVATE + number) for number in range(len(more))]
    table |= {ord(one): string for one, string in zip(private, more, strict=True)}
    drawn = st.text(alphabet + "".join(private), min_size=min_size, max_size=max_size)

    def readable(one: str) -> str:
        return one.translate(table)

    return drawn.map(readable) if table else drawn


def _joined(parts: list[str]) -> str:
    return unicodedata.normalize("NFC", "".join(parts))


@cache
def foreign(*, max_size: int = 8) -> SearchStrategy[str]:
    """Draw one word beyond ASCII: letters of one script, signs, or any characters that are seen, in NFC."""
    words = [st.text(letters, min_size=1, max_size=max_size) for letters in SCRIPTS.values()]
    seen = st.characters(categories=("L", "Nd", "Po", "So"), min_codepoint=0xA1, exclude_characters=_UNSEEN)
    return st.one_of(
        *words, st.text(_SIGNS, min_size=1, max_size=2), st.lists(seen, min_size=1, max_size=max_size).map(_joined)
    )


# Letters that are not seen (UTS 39), and those that NFC takes apart into a mark.
_UNSEEN = "\u115f\u1160\u3164\uffa0\ufffc\ufffd"


@cache
def visible(*, max_size: int = 12) -> SearchStrategy[str]:
    """Draw one word of printable characters, most of it ASCII; no white space."""
    mixed = st.builds("{}{}".format, text(LDH, min_size=1, max_size=4), foreign(max_size=4))
    return weighted((4, text(_PRINTABLE, min_size=1, max_size=max_size)), (1, foreign(max_size=max_size)), (1, mixed))


_MARKED = "".join(
    [_PRINTABLE, " ", _SIGNS, *SCRIPTS.values(), bytes(range(0xA1, 0x100)).decode("latin-1").replace("\u00ad", "")]
)


@cache
def alphabet_of(charset: str) -> str:
    """Give characters that *charset* has, and that its readers read back; empty for one that nobody knows."""
    codec = canonical(charset)
    return "" if codec is None else "".join([one for one in dict.fromkeys(_MARKED) if _is_in(one, codec)])


def _is_in(character: str, codec: str) -> bool:
    try:
        return decode_strictly(character.encode(codec), codec) == character
    except UnicodeEncodeError:
        return False


_RESIDUE = ("{{", "{%", "${", "%(", "<%", "*|", "[[")


def without_residue(string: str) -> str:
    """Break what looks like the slot of a template that nobody filled in: a fault of its own."""
    for mark in _RESIDUE:
        if mark in string:
            string = string.replace(mark, f"{mark[0]}-")
    return string


def cut(string: str, most: int) -> str:
    """Give as much of *string* as *most* octets of UTF-8 hold."""
    octets = string.encode()
    return string if len(octets) <= most else octets[:most].decode(errors="ignore")


def weighted(*choices: tuple[int, SearchStrategy[_T]]) -> SearchStrategy[_T]:
    """Draw from one of several strategies, each as often as its number says; the first is the simplest."""
    strategies = [strategy for weight, strategy in choices for _ in range(weight)]

    def choose(index: int) -> SearchStrategy[_T]:  # by name: the list would be all of the representation
        return strategies[index]

    return st.integers(0, len(strategies) - 1).flatmap(choose)


def rarely(times: int) -> SearchStrategy[bool]:
    """Draw true once in so many *times*."""
    return st.integers(1, times).map(times.__eq__)
