r"""
Spelling: one field body written in any of the ways that the grammar has for it.

RFC 5322 3 leaves a writer much: where to fold, what white space and which comments stand between two tokens, whether a
word is quoted; RFC 2047 and 2231 add charsets, encodings and sections.  A `Line` grows token by token, and what may
stand between two of them is drawn.  Every choice begins with a coin whose False is what `encode` writes.

    (draw, a value) -> octets of a field body, folds included

May import: `codecs`, `headers`, `wire`, `strategies`.  Imported by: `strategies._parameter_spelling`,
`strategies.renderings`, `strategies.spellings`.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache, partial
from itertools import groupby
from typing import TYPE_CHECKING, TypeVar

from hypothesis import strategies as st

from mimekit.codecs import domain as domains
from mimekit.codecs import words
from mimekit.headers import _addresscheck as addresses
from mimekit.headers import _phrase, dates
from mimekit.headers.address import Group, Mailbox
from mimekit.strategies import lexical
from mimekit.wire.fold import ENCODED_WORD_WIDTH, MAX_LINE, WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = [
    "COINS",
    "Line",
    "address_list",
    "date",
    "has",
    "identifiers",
    "quoted",
    "refolded",
    "unstructured",
    "version",
]

COINS = st.booleans()
_FWS = (b" ", b"\t", b"  ", b"\r\n ", b"\r\n\t", b" \r\n  ", b" \t")
_COMMENTS = (
    *(b"(a)", b"()", b"(a (b) c)", b"(,)", b"(;)", b"(:)", b'(")', b"(@)", b"(<)", b"(>)", b"(.)", b"(=)", b"(\\))"),
    *(b"(\\()", b"(\\\\)", b"(a\r\n b)", b"(a)(b)", b"(b@b.example)", b"(<b@b.example>)", b"([)", b"( a )"),
)
_WITH_COMMENTS = (
    *[b" %b " % one for one in _COMMENTS],
    *_COMMENTS,
    *[b"\r\n %b\r\n\t" % one for one in _COMMENTS[:3]],
)
_KINDS = st.sampled_from(("plain", "plain", "plain", "fws", "nothing", "comment", "any"))
_NUMBERS = st.integers(0, len(_WITH_COMMENTS) - 1)
_BLANK_LINES = re.compile(rb"\r\n[ \t]++(?=\r\n|\Z)")
_SPACED = re.compile(rb"[ \t]*+[^ \t]++|[ \t]++")
_TEXT_PIECES = re.compile(r" *+[^ ]++")
_LONGEST_WORD = 75  # RFC 2047 2
_SPACE = 0x20
_T = TypeVar("_T")


@cache
def mostly(plain: _T, choices: tuple[_T, ...]) -> SearchStrategy[_T]:
    """Draw *plain* half of the time.  It is one choice whatever is drawn, so that nothing else moves in shrinking."""
    return st.sampled_from((plain,) * len(choices) + choices)


_CASES: SearchStrategy[Callable[[bytes], bytes]] = st.sampled_from(
    (*(bytes,) * 4, bytes.lower, bytes.upper, bytes.swapcase, bytes.capitalize)
)


class Line:
    """A field body that grows; ``utf8`` says that it may hold more than ASCII (RFC 6532)."""

    __slots__ = ("_column", "_gap", "_has_word", "_is_after_word", "_out", "_width", "draw", "utf8")

    def __init__(self, draw: DrawFn, *, name: str = "", utf8: bool = False) -> None:
        self.draw = draw
        self.utf8 = utf8
        self._out: list[bytes] = []
        self._column = len(name) + 2
        self._gap = False  # the last piece is a gap, before which the line may be broken
        self._has_word = False  # this line has an encoded word
        self._is_after_word = False
        self._width = self.mostly(WIDTH, MAX_LINE)

    def flip(self) -> bool:
        """Draw whether to leave what is plain."""
        return self.draw(COINS)

    def mostly(self, plain: _T, *choices: _T) -> _T:
        """Draw one of several spellings, the plain one half of the time."""
        drawn: _T = self.draw(mostly(plain, choices))
        return drawn

    def cased(self, octets: bytes) -> bytes:
        """Draw the case of what is read in any."""
        return self.draw(_CASES)(octets)

    def gap(self, plain: bytes = b" ", *, comments: bool = True, optional: bool = False) -> None:
        """Put what stands between two tokens: *plain*, or any white space, with comments if they may stand there."""
        # Always two choices, whatever they are: then nothing else moves when one of them is made simpler.
        kind, number = self.draw(_KINDS), self.draw(_NUMBERS)
        if optional and kind == "nothing":
            white = b""
        elif kind == "fws" or (not comments and kind in ("comment", "any")):
            white = _FWS[number % len(_FWS)]
        elif kind == "comment":
            white = _WITH_COMMENTS[number % len(_WITH_COMMENTS)]
        else:
            white = self.draw(_any_cfws()) if kind == "any" else plain
        if self._is_after_word and white[:1] == b"(":
            white = b" " + white
        self._put(white)
        self._gap = True

    def white(self, plain: bytes) -> None:
        """Put white space that is content and can only be folded before."""
        fold = b"\r\n" if self.flip() else b""
        self._put(fold + plain)
        self._gap = bool(plain)

    def token(self, octets: bytes, *, is_word: bool = False) -> None:
        """Put a token, on a line of its own if it is too long for this one; *is_word*: an encoded word."""
        # RFC 2047 5: white space stands on both sides of an encoded word.
        if (is_word or self._is_after_word) and self._last() not in (b"", b" ", b"\t"):
            self._put(b" ")
            self._gap = True
        width = ENCODED_WORD_WIDTH if is_word or self._has_word else self._width
        if self._gap and self._column + len(octets) > width and b"\n" not in self._out[-1]:
            white = self._out.pop()
            self._put(b"\r\n" + (white if white[:1] in (b" ", b"\t") else b" " + white))
        self._put(octets)
        self._gap = False
        self._has_word = self._has_word or is_word
        self._is_after_word = is_word

    def pieces(self, pieces: Iterable[bytes]) -> None:
        """Put the pieces of a plain spelling, folded before the white space that some of them begin with."""
        for piece in pieces:
            content = piece.lstrip(b" \t")
            if len(content) < len(piece):
                self.white(piece[: len(piece) - len(content)])
            if content:
                self.token(content, is_word=content.startswith(b"=?"))

    def _last(self) -> bytes:
        return next((one[-1:] for one in reversed(self._out) if one), b"")

    def _put(self, octets: bytes) -> None:
        self._out.append(octets)
        end = octets.rfind(b"\n")
        if end < 0:
            self._column += len(octets)
        else:
            self._column = len(octets) - end - 1
            self._has_word = False

    def octets(self) -> bytes:
        """Give the field body; no line of it is blank (RFC 5322 3.2.2)."""
        return _BLANK_LINES.sub(b"", b"".join(self._out))


@cache
def _any_cfws() -> SearchStrategy[bytes]:
    return lexical.cfws().map(str.encode)


# ---------------------------------------------------------------------------------------------------------- phrases


def phrase(line: Line, name: str) -> None:
    """Put a display name or the name of a group (RFC 5322 3.2.5, RFC 2047 5 (3))."""
    said = name.split(" ")
    if not line.flip() or "" in said or not _is_clean(name):
        line.pieces(_phrase.pieces(name, utf8=line.utf8))
        return
    forms = [line.mostly(*_forms(word, utf8=line.utf8)) for word in said]
    is_joined = line.flip()
    first = True
    for form, group in groupby(zip(forms, said, strict=True), key=lambda pair: pair[0]):
        run = [word for _, word in group]
        if form == "encoded" or (form == "quoted" and is_joined):
            run = [" ".join(run)]
        for word in run:
            if not first:
                line.gap()
            first = False
            if form == "encoded":
                encoded(line, word, in_phrase=True)
            elif form == "quoted":
                quoted(line, word)
            else:
                line.token(word.encode())


def _forms(word: str, *, utf8: bool) -> tuple[str, ...]:
    """Name the ways to write one word of a phrase."""
    if "=?" in word or not (word.isascii() or utf8) or not word.isprintable() or len(word) > 200:  # noqa: PLR2004 - it needs a line of its own
        return ("encoded", "encoded")
    return ("atom", "quoted", "encoded") if _phrase.text(word) == word else ("quoted", "encoded")


def _is_clean(text: str) -> bool:
    return not any([one < " " or one == "\x7f" for one in text])


_PAIRS = ("a", "e", " ", ".", "@", "ADa ")


def quoted(line: Line, text: str, *, pairs: bool = True, whole: bool = False, before: bytes = b"") -> None:
    """Put a quoted string (RFC 5322 3.2.4), some characters in pairs that need none; *whole*: without folds in it."""
    chosen = line.mostly("", *_PAIRS) if pairs else ""
    inside = "".join(["\\" + one if one in '"\\' or one in chosen else one for one in text])
    octets = before + f'"{inside}"'.encode()
    if whole or " " in chosen:
        line.token(octets)
    else:
        line.pieces(_SPACED.findall(octets))


_CHARSETS = ("utf-8", "us-ascii", "iso-8859-1", "windows-1252", "iso-8859-15", "koi8-r", "iso-2022-jp", "gb18030")
_FORMS = (*("q", "b", "Q", "B"), "all q", "lower q")  # of Q also with every octet escaped, and digits in lower case
_STYLES = tuple(
    [
        (label, language, form, room)
        for room in (_LONGEST_WORD, 40, 30)
        for form in _FORMS
        for label in _CHARSETS
        for language in ("", *(("*en", "*de-AT") if room == _LONGEST_WORD else ()))
    ]
)


def encoded(line: Line, text: str, *, in_phrase: bool = False) -> None:
    """Put encoded words that say *text*, white space that is dropped between them (RFC 2047 6.2)."""
    for number, word in enumerate(_encoded_words(line, text, in_phrase=in_phrase)):
        if number:
            line.gap(comments=False)
        line.token(word, is_word=True)


def _encoded_words(line: Line, text: str, *, in_phrase: bool) -> list[bytes]:
    # Something may follow a word of a phrase at once: `>` or a comma.
    longest = _LONGEST_WORD - 3 if in_phrase else _LONGEST_WORD
    style = line.mostly(None, *_STYLES)
    if style is None:
        return words.encode(text, phrase=in_phrase, first=ENCODED_WORD_WIDTH - longest)
    label, language, form, room = style
    label = label if has(label, text) else "utf-8"
    if form in ("b", "B"):
        write: Callable[[bytes], bytes] = b64encode
    else:
        safe = b"!*+-/" if in_phrase else b"!#$%&'()*+,-./:;<>@[\\]^`{|}~"
        write = partial(_q, safe=b"" if form == "all q" else safe, lower=form == "lower q")
    frame = b"=?%b%b?%b?" % (line.cased(label.encode()), language.encode(), form[-1:].encode())
    inner = _chunks(text, label, write, min(room, longest) - len(frame) - 2)
    return [b"%b%b?=" % (frame, one) for one in inner]


def _q(octets: bytes, safe: bytes, *, lower: bool) -> bytes:
    """Write Q (RFC 2047 4.2); with nothing *safe* every octet is escaped, with hexadecimal digits in lower case too."""
    form = b"=%02x" if lower else b"=%02X"
    stands = {*safe, *b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"} if safe else set()
    return b"".join(
        [b"_" if one == _SPACE and safe else b"%c" % one if one in stands else form % one for one in octets]
    )


def _chunks(text: str, codec: str, write: Callable[[bytes], bytes], room: int) -> list[bytes]:
    """Cut *text* between characters so that each piece, written, has room; one character has always."""
    out: list[bytes] = []
    start = 0
    while start < len(text):
        end = min(len(text), start + room)
        while end > start + 1 and len(write(text[start:end].encode(codec))) > room:
            end -= 1
        out.append(write(text[start:end].encode(codec)))
        start = end
    return out


def has(label: str, text: str) -> bool:
    """Tell whether a charset has all of *text*, and every reader decodes it to that."""
    if label == "iso-8859-1" and any(["\x80" <= one < "\xa0" for one in text]):  # WHATWG has windows-1252 there
        return False
    try:
        return text.encode(label).decode(label) == text
    except UnicodeError:
        return False


# -------------------------------------------------------------------------------------------------------- addresses


def address_list(line: Line, entries: Sequence[Mailbox | Group]) -> None:
    """Put an address list (RFC 5322 3.4)."""
    line.gap(b"")
    for number, entry in enumerate(entries):
        if number:
            line.token(b",")
            line.gap(optional=True)
        if isinstance(entry, Group):
            _group(line, entry)
        else:
            _mailbox(line, entry)


def _group(line: Line, group: Group) -> None:
    phrase(line, group.display_name)
    line.gap(b"", comments=True)
    line.token(b":")
    for number, mailbox in enumerate(group.mailboxes):
        if number:
            line.token(b",")
        line.gap(optional=True)
        _mailbox(line, mailbox)
    if not group.mailboxes:
        line.gap(b"")
    line.token(b";")
    line.gap(b"")


def _mailbox(line: Line, mailbox: Mailbox) -> None:
    """Put a mailbox and what may stand after it: a comment after a bare address would name it (RFC 8621 4.1.2.3)."""
    if not mailbox.display_name and not line.flip():
        _addr_spec(line, mailbox)
        line.gap(b"", comments=False)
        return
    if mailbox.display_name:
        phrase(line, mailbox.display_name)
        line.gap(optional=True)
    line.token(b"<")
    line.gap(b"")
    _addr_spec(line, mailbox)
    line.gap(b"")
    line.token(b">")
    line.gap(b"")


def _addr_spec(line: Line, mailbox: Mailbox) -> None:
    local_part = addresses.spelled(mailbox.local_part)
    if local_part.startswith('"') or (mailbox.local_part.isascii() and line.flip() and line.flip()):
        quoted(line, mailbox.local_part, whole=True)
    else:
        line.token(local_part.encode())
    # RFC 5322 3.4.1: white space and comments SHOULD NOT stand there, so they rarely do.
    loosely = line.flip() and line.flip()
    if loosely:
        line.gap(b"")
    line.token(b"@")
    if loosely:
        line.gap(b"")
    domain = mailbox.ascii_domain
    if line.utf8 and not mailbox.domain.isascii() and not line.flip():
        line.token(domains.to_unicode(domain).encode())
    else:
        line.token(domain.encode() if domain.startswith("[") else line.cased(domain.encode()))


# ------------------------------------------------------------------------------------------------- dates, ids, text


def date(line: Line, moment: datetime) -> None:
    """Put a date-time (RFC 5322 3.3)."""
    weekday, day, month, year, time, zone = dates.encode(moment).split(b" ")
    line.gap(b"", comments=False)
    if not line.flip():
        line.token(line.cased(weekday))
        line.gap(comments=False, optional=True)
    line.token(line.mostly(day, day.lstrip(b"0")))
    line.gap(comments=False)
    line.token(line.cased(month))
    line.gap(comments=False)
    line.token(year)
    line.gap(comments=False)
    line.token(line.mostly(time, time.removesuffix(b":00")) if time.endswith(b":00") else time)
    line.gap(comments=False)
    line.token(zone)
    line.token(line.mostly(b"", b" (UTC)", b" (a)", b" (a (b))", b" (\\))", b"\t", b"\r\n (a)", b"(a)"))


def identifiers(line: Line, ids: Sequence[str]) -> None:
    """Put msg-ids (RFC 5322 3.6.4)."""
    line.gap(b"")
    for number, one in enumerate(ids):
        if number:
            line.gap(optional=True)
        line.token(one.encode())
    line.gap(b"")


def version(line: Line) -> None:
    """Put the version of MIME (RFC 2045 4), which may have comments anywhere."""
    line.gap(b"")
    for token in (b"1", b".", b"0"):
        line.token(token)
        line.gap(b"")


def unstructured(line: Line, text: str) -> None:
    """Put unstructured text: folded before white space, words in encoded words that need none (RFC 2047 5 (1))."""
    said = _TEXT_PIECES.findall(text)
    if not _is_clean(text) or "".join(said) != text or text[:1] == " " or max(map(len, said), default=0) > 400:  # noqa: PLR2004 - likewise
        line.pieces(words.pieces(text, utf8=line.utf8))
        return
    line.gap(b"", comments=False)
    chosen = [line.flip() for _ in said]
    is_encoded = [chose or _must_encode(word, utf8=line.utf8) for chose, word in zip(chosen, said, strict=True)]
    for in_word, group in groupby(zip(is_encoded, said, strict=True), key=lambda pair: pair[0]):
        run = "".join([word for _, word in group])
        if in_word:
            content = run.lstrip(" ")
            if len(content) < len(run):
                line.white(b" " * (len(run) - len(content)))
            encoded(line, content)
        else:
            line.pieces(_SPACED.findall(run.encode()))


def _must_encode(word: str, *, utf8: bool) -> bool:
    return "=?" in word or not word.isprintable() or not (word.isascii() or utf8)


def refolded(line: Line, body: bytes) -> None:
    """Put a field body whose grammar is not known: folded before white space that it has."""
    line.pieces(_SPACED.findall(body))
