r"""
Writing phrases: a display name as octets that every reader takes for that very name.

RFC 5322 3.2.5 makes a phrase of atoms and quoted strings, RFC 2047 5 (3) lets encoded words stand for atoms.  A name
is data: whatever is in it, quotes, commas, brackets, what looks like an encoded word, is written so that it stays so.

    name -> pieces that may be folded apart, or text that reads back as the name

May import: `wire`, `codecs.words`.  Imported by: `headers.address`, `headers.lists`, `headers.text`, `lint`,
`strategies`.
"""

from __future__ import annotations

import re
from functools import cache
from itertools import groupby

from mimekit.codecs import words
from mimekit.errors import AddressError
from mimekit.wire.fold import guard

__all__ = ["FIRST", "pieces", "quoted", "text"]

FIRST = 20
"""Columns that the field name may take on the first line: the longest address field is `Resent-Reply-To`."""

_LONG = 700  # octets without white space that may still stand as they are; a line has at most 998
_LINE = 70  # columns of a quoted string that is never folded inside


@cache
def _atoms() -> re.Pattern[str]:
    # atext and UTF8-non-ascii (RFC 5322 3.2.3, RFC 6532 3.2) without white space of any kind and C1 controls
    word = r'[^\s\x00-\x20\x7f-\xa0()<>\[\]:;@\\,."]++'
    return re.compile(f"{word}(?: {word})*+")


@cache
def _not_raw() -> re.Pattern[str]:
    return re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


@cache
def _spaced_words() -> re.Pattern[str]:
    return re.compile(" *+[^ ]++| ++")


@cache
def _two_spaces() -> re.Pattern[str]:
    return re.compile(r" \s")


def quoted(name: str) -> str:
    r"""
    Give *name* as a quoted string (RFC 5322 3.2.4).

    >>> quoted('Ada "Countess" King')
    '"Ada \\"Countess\\" King"'
    """
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def text(name: str) -> str:
    r"""
    Give *name* as it stands in address-list syntax for people: as it is where that reads back, else quoted.

    >>> text("Ada Lovelace"), text("King, Ada"), text("Zo\u00eb")
    ('Ada Lovelace', '"King, Ada"', 'Zo\xeb')
    """
    return name if "=?" not in name and _atoms().fullmatch(name) else quoted(name)


def pieces(name: str, *, utf8: bool = False, first: int = FIRST) -> list[bytes]:
    """
    Write *name*: every piece but the first begins with a space; *first* columns of the first line are taken.

    Atoms where that is enough, a quoted string where the name is ASCII, else encoded words, or UTF-8 with *utf8* (RFC
    6532).  Raises `AddressError` for a control character other than TAB, and for a lone surrogate.

    >>> pieces("Ada Lovelace"), pieces("King, Ada"), pieces("Zo\u00eb")
    ([b'Ada', b' Lovelace'], [b'"King, Ada"'], [b'=?utf-8?q?Zo=C3=AB?='])
    """
    guard(name, "display name", error=AddressError)
    if _stands(name, utf8=utf8):
        return _plain(name)
    if not _two_spaces().search(name):
        whole = words.encode(name, phrase=True, first=first)
        if len(whole) == 1:
            return whole
    return _mixed(name, utf8=utf8, first=first)


def _stands(text: str, *, utf8: bool) -> bool:
    """Tell whether *text* needs no encoded words."""
    if "=?" in text or (len(text) > _LONG and max(map(len, text.split(" "))) > _LONG // (4 if utf8 else 1)):
        return False
    if text.isascii():
        return text.isprintable()
    return utf8 and not _not_raw().search(text)


def _plain(text: str) -> list[bytes]:
    """Write atoms or a quoted string."""
    if _atoms().fullmatch(text):
        if " " not in text:
            return [text.encode()]
        head, *rest = text.split(" ")
        return [head.encode(), *[b" " + word.encode() for word in rest]]
    made = quoted(text)
    if len(made) <= _LINE:
        return [made.encode()]
    return [word.encode() for word in _spaced_words().findall(made)]


def _mixed(name: str, *, utf8: bool, first: int) -> list[bytes]:
    """
    Write words that need it as encoded words, the others as they are.

    QUIRK: the standard library before 3.14.6 adds a space between two encoded words of a phrase (RFC 2047 6.2 drops the
    one that is there) and makes one space of several inside an encoded word; with an atom or a quoted string between,
    empty if need be, it reads what is meant.
    """
    out: list[bytes] = []
    for stands, group in groupby(name.split(" "), key=lambda word: _stands(word, utf8=utf8)):
        run = list(group)
        made = _plain(" ".join(run)) if stands else _encoded(run, 1 if out else first)
        if out:
            made[0] = b" " + made[0]
        out += made
    return out


def _encoded(run: list[str], first: int) -> list[bytes]:
    """Write words with one space between as encoded words that end with a word where they can."""
    out: list[bytes] = []
    current = run[0]
    for word in run[1:]:
        longer = f"{current} {word}"
        if len(words.encode(longer, phrase=True, first=1 if out else first)) == 1:
            current = longer
        else:
            out += words.encode(current + " ", phrase=True, first=1 if out else first)
            current = word
    out += words.encode(current, phrase=True, first=1 if out else first)
    return [out[0], *[b" " + word for word in out[1:]]]
