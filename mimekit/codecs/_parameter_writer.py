r"""
The writing of parameters: a token, a quoted string, RFC 2231 with its sections, or encoded words for old readers.

    (name, value) pairs -> pieces of a field body

May import: `errors`, `limits`, `wire`, `codecs.words`.  Imported by: `codecs.parameters`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from mimekit.codecs.words import encode as encode_words
from mimekit.errors import HeaderError, show
from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire.abnf import ATTRIBUTE_CHAR
from mimekit.wire.fold import ENCODED_WORD_WIDTH, guard

__all__ = ["check", "pieces"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Literal

_MOST_SECTIONS = 100  # `Limits.max_params_per_field` is 128, and there are other parameters
_LONG = 900  # octets of a piece when 76 columns are not to be kept; a line has at most 998


def pieces(
    items: Iterable[tuple[str, str]],
    *,
    utf8: bool = False,
    style: Literal["rfc2231", "rfc2047", "compat"] = "rfc2231",
) -> list[bytes]:
    r"""
    Write parameters as pieces of a field body: each begins with a space, all but the last end with a semicolon.

    A value is a token, a quoted-string when it is printable ASCII, and else RFC 2231, in sections where 76 columns are
    not enough.  *style* says how a value that is not ASCII is written: ``"rfc2231"``; ``"rfc2047"``, encoded words in
    quotes; ``"compat"``, those for `name` only.  With *utf8* it stays as it is, in quotes (RFC 6532 3.2).  Raises
    `HeaderError` for a name that is no attribute, a name that comes twice, and a control character in a value.

    >>> pieces([("charset", "utf-8"), ("name", "a b.txt")])
    [b' charset=utf-8;', b' name="a b.txt"']
    >>> pieces([("filename", "Gr\xfc\xdfe.txt")])
    [b" filename*=utf-8''Gr%C3%BC%C3%9Fe.txt"]
    """
    pairs = list(items)
    check(pairs)
    out: list[bytes] = []
    count = 0
    for name, value in pairs:
        # QUIRK: Outlook shows ATT0001.dat unless it finds the name in encoded words in Content-Type.
        words = style == "rfc2047" or (style == "compat" and name.lower() == "name")
        made = _write(name.encode("ascii"), value, utf8=utf8, words=words)
        count += len(made) if made[0].partition(b"=")[0].endswith(b"*") else 1
        out += made
    if count > DEFAULT_LIMITS.max_params_per_field:
        message = (
            f"the field would have {count} parameters, sections of long ones among them, and readers take "
            f"{DEFAULT_LIMITS.max_params_per_field}; leave some out, or shorten them"
        )
        raise HeaderError(message)
    if out:
        out[-1] = out[-1][:-1]
    return out


@cache
def _attribute() -> re.Pattern[str]:
    return re.compile(ATTRIBUTE_CHAR.decode("ascii") + "++")


def check(pairs: list[tuple[str, str]]) -> None:
    """Raise for what cannot be written."""
    seen = set()
    for name, value in pairs:
        if not _attribute().fullmatch(name):
            message = f"{show(name)} is no parameter name (RFC 2231 7); use letters, digits and !#$&+-.^_`{{|}}~"
            raise HeaderError(message)
        if name.lower() in seen:
            message = f"parameter {show(name)} is given twice; a field has each once (RFC 2045 5.1)"
            raise HeaderError(message)
        seen.add(name.lower())
        guard(value, f"parameter {show(name)}")


def _write(name: bytes, value: str, *, utf8: bool, words: bool) -> list[bytes]:
    """Write one parameter, each piece with its space before and the last with its semicolon."""
    lookalike = "=?" in value
    if value.isascii() and value.isprintable() and not lookalike:
        # Tokens with one of *'% are quoted: they mean something in RFC 2231, and readers trip over a bare apostrophe.
        bare = _attribute().fullmatch(value)
        piece = b" %b=%b;" % (name, value.encode("ascii") if bare else _quote(value.encode("ascii")))
        filename = name.lower() in (b"filename", b"name")
        if len(piece) <= (ENCODED_WORD_WIDTH if filename and not words else _LONG):
            return [piece]
    elif utf8 and not lookalike and not _not_raw().search(value):
        piece = b" %b=%b;" % (name, _quote(value.encode()))
        if len(piece) <= ENCODED_WORD_WIDTH:
            return [piece]
    elif words and not lookalike:
        first, *more = encode_words(value, phrase=True, first=len(name) + 4)
        return [b' %b="%b%b' % (name, first, b"" if more else b'";'), *_closed([b" " + word for word in more])]
    return _extended(name, value.encode())


def _closed(pieces: list[bytes]) -> list[bytes]:
    return [*pieces[:-1], pieces[-1] + b'";'] if pieces else []


def _quote(octets: bytes) -> bytes:
    return b'"%b"' % octets.replace(b"\\", b"\\\\").replace(b'"', b'\\"')


@cache
def _not_raw() -> re.Pattern[str]:
    return re.compile("[\t\x80-\x9f\u2028\u2029]")


def _extended(name: bytes, octets: bytes) -> list[bytes]:
    """Write a value in RFC 2231, in sections when a line of 76 columns does not hold it."""
    units = [_percent_encode(character) for character in octets.decode()]
    whole = b" %b*=utf-8''%b;" % (name, b"".join(units))
    if len(whole) <= ENCODED_WORD_WIDTH:
        return [whole]
    for width in (ENCODED_WORD_WIDTH, _LONG):
        sections = _sections(units, width - len(b" *99*=;") - len(name))
        if len(sections) <= _MOST_SECTIONS:
            return [b" %b*%d*=%b;" % (name, number, section) for number, section in enumerate(sections)]
    message = (
        f"parameter {show(name.decode())} has {len(octets)} octets, more than {_MOST_SECTIONS} sections hold "
        f"(RFC 2231 3); shorten it"
    )
    raise HeaderError(message)


@lru_cache(maxsize=1024)
def _percent_encode(character: str) -> bytes:
    octets = character.encode()
    return octets if _attribute().fullmatch(character) else b"%" + octets.hex("%").upper().encode()


def _sections(units: list[bytes], room: int) -> list[bytes]:
    """Put encoded characters into sections of *room* octets, at least one into each."""
    sections: list[bytes] = []
    taken = [b"utf-8''"]
    used = len(taken[0])
    for unit in units:
        if used + len(unit) > room and used:
            sections.append(b"".join(taken))
            taken, used = [], 0
        taken.append(unit)
        used += len(unit)
    sections.append(b"".join(taken))
    return sections
