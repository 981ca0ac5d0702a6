r"""
Spelling parameters: one value as a token, a quoted string, percent-encoded, or in sections.

RFC 2045 5.1 and RFC 2231.  The order of parameters means nothing, their names are read in any case, and so are type,
subtype and disposition.

    (draw, a media type or a disposition) -> octets of a field body, folds included

May import: `codecs`, `headers`, `strategies`.  Imported by: `strategies.renderings`, `strategies.spellings`.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from mimekit.codecs import parameters as params
from mimekit.strategies._spelling import has, quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from mimekit.headers.content import ContentDisposition, ContentType
    from mimekit.strategies._spelling import Line

__all__ = ["content_disposition", "content_type"]

_TOKEN = re.compile(r"[A-Za-z0-9!#$&+\-.^_`{|}~]++")  # of these none means anything in RFC 2231
_NO_PAIRS = ("boundary", "filename", "name")  # where readers disagree on a backslash
_CHARSETS = ("utf-8", "us-ascii", "iso-8859-1", "windows-1252", "koi8-r", "gb18030")
_LANGUAGES = ("en", "de-AT")
_MOST_SECTIONS = 40
_LONGEST = 700  # characters of a value in quotes; a line has at most 998
_SIZES = st.lists(st.integers(1, 8).map(lambda less: 9 - less), min_size=1, max_size=3)


def content_type(line: Line, kind: ContentType) -> None:
    """Put a media type (RFC 2045 5.1); no comment where a reader takes it for a part of the type or the boundary."""
    line.gap(b"", comments=False)
    line.token(line.cased(kind.essence.encode()))
    _parameters(line, list(kind.parameters), comments=kind.maintype != "multipart")


def content_disposition(line: Line, place: ContentDisposition) -> None:
    """Put a disposition (RFC 2183 2)."""
    line.gap(b"", comments=False)
    line.token(line.cased(place.disposition.encode()))
    _parameters(line, list(place.parameters), comments=True)


def _parameters(line: Line, pairs: Sequence[tuple[str, str]], *, comments: bool) -> None:
    if len(pairs) > 1 and line.flip():
        pairs = line.draw(st.permutations(pairs))
    is_first = True
    for name, value in pairs:
        for write in _written(line, name, value):
            line.gap(b"", comments=comments and not is_first)
            line.token(b";")
            line.gap(comments=comments, optional=True)
            write()
            is_first = False
    if pairs:
        line.gap(b"", comments=comments)


def _written(line: Line, name: str, value: str) -> list[Callable[[], None]]:
    """Give what puts one parameter, or each of its sections."""
    is_raw = value.isprintable() and "=?" not in value and (value.isascii() or line.utf8) and len(value) < _LONGEST
    forms = (
        *(("token",) if is_raw and _TOKEN.fullmatch(value) else ()),
        *(("quoted",) if is_raw else ()),
        *(("extended",) if 0 < len(value.encode()) < _LONGEST // 3 else ()),
        *(("sections",) if 1 < len(value) < _LONGEST else ()),
    )
    form = line.mostly("plain", *forms)
    cased = line.cased(name.encode())
    if form == "token":
        return [partial(line.token, b"%b=%b" % (cased, value.encode()))]
    if form == "quoted":
        return [partial(_quoted, line, cased, name, value)]
    if form == "extended":
        start, percent = _encoding(line, value)
        return [partial(line.token, b"%b*=%b%b" % (cased, start, percent(value)))]
    if form == "sections":
        return _sections(line, cased, value, is_raw=is_raw and value.isascii())
    plain = params.pieces([(name, value)], utf8=line.utf8)
    return [partial(line.token, piece.strip(b" ").removesuffix(b";")) for piece in plain]


def _quoted(line: Line, cased: bytes, name: str, value: str) -> None:
    quoted(line, value, pairs=name not in _NO_PAIRS, whole=name == "boundary", before=cased + b"=")


def _encoding(line: Line, value: str) -> tuple[bytes, Callable[[str], bytes]]:
    """Draw how a value is percent-encoded: what it begins with, and the function that does it (RFC 2231 4)."""
    label = line.mostly(*_CHARSETS)
    label = label if has(label, value) else "utf-8"
    language = line.mostly("", *_LANGUAGES)
    start = b"%b'%b'" % (line.cased(label.encode()), language.encode())
    return start, partial(_percent, label=label, everything=line.flip(), lower=line.flip())


def _percent(value: str, *, label: str, everything: bool, lower: bool) -> bytes:
    form = b"%%%02x" if lower else b"%%%02X"
    octets = value.encode(label)
    return b"".join([b"%c" % one if not everything and _TOKEN.fullmatch(chr(one)) else form % one for one in octets])


def _sections(line: Line, cased: bytes, value: str, *, is_raw: bool) -> list[Callable[[], None]]:
    """Give what puts each section (RFC 2231 3), in any order."""
    sizes = [max(size, len(value) // _MOST_SECTIONS + 1) for size in line.draw(_SIZES)]
    texts: list[str] = []
    at = 0
    while at < len(value):
        size = sizes[len(texts) % len(sizes)]
        texts.append(value[at : at + size])
        at += size
    start = percent = None
    if not is_raw or line.flip():
        start, percent = _encoding(line, value)
    out: list[Callable[[], None]] = []
    for number, text in enumerate(texts):
        name = b"%b*%d" % (cased, number)
        is_plain = text.isascii() and text.isprintable()
        if start is None or percent is None or (number and is_plain and line.flip()):
            out.append(partial(quoted, line, text, pairs=False, whole=True, before=name + b"="))
        else:
            out.append(partial(line.token, b"%b*=%b%b" % (name, b"" if number else start, percent(text))))
    return line.draw(st.permutations(out)) if line.flip() else out
