r"""
Encoded words: text of any charset in header fields that are ASCII.

RFC 2047 writes `=?charset?encoding?text?=` where text or a word of a phrase may stand, and RFC 2231 5 adds a language.
Reading takes what senders really write: white space and folds inside, missing padding, missing ends, characters cut
in two by a word's end.  Reading never raises, and what was decoded is never looked at again.

    raw field body -> str;  str -> encoded words, or a field body in pieces that may be folded

May import: `limits`, `defects`, `wire`, `codecs.charset`.  Imported by: `codecs._parameter_writer`,
`codecs.parameters`, `dkim`, `headers`, `lint`, `message`, `strategies`.
"""

from __future__ import annotations

import re
from binascii import Error as Base64Error
from binascii import a2b_base64, a2b_qp, b2a_base64
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter

from mimekit.codecs._flaws import Ledger
from mimekit.codecs.charset import canonical, decode_damaged, decode_raw, decode_strictly
from mimekit.errors import show
from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire.fold import ENCODED_WORD_WIDTH, guard, unfold

__all__ = ["decode", "decode_phrase", "encode", "needs_encoding", "pieces"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mimekit.defects import Flaw
    from mimekit.limits import Limits

    _Found = tuple[str, bytes, int, int]

_WORD = 75  # octets of an encoded word                                              RFC 2047 2
_FRAME = len("=?utf-8?q??=")
_WHITE = b" \t\r\n"
_NO_TEXT = (b"", b" ", b"\r\n ", b"\n ", b"\r\n\t")  # what stands around most words
_SHORT = 2000  # octets of a field body that is first tried as a plain one


# ---------------------------------------------------------------------------------------------------------- reading


@cache
def _word() -> re.Pattern[bytes]:
    """
    Match an encoded word, also a damaged one: charset, encoding, text, and the final `?=` if it is there.

    The text ends before any `?=` or `=?` (the `=?=` of padding and end is no beginning), so no two attempts look at
    the same octets twice and the search is linear.
    """
    return re.compile(
        rb"=\?([!->@-~]++)\?([BbQq])\?"
        rb"([^?=]*+(?:(?:=(?!\?(?!=))|\?(?!=))[^?=]*+)*+)(\?=)?+"
    )


def decode(
    raw: bytes, flaws: list[Flaw] | None = None, *, limits: Limits = DEFAULT_LIMITS, charset: str | None = None
) -> str:
    r"""
    Read an unstructured field body: unfold it, decode its encoded words, drop white space between two of them.

    *charset* is the label by which raw 8-bit octets are read when they are not UTF-8.  Control characters that a word
    decodes to stay in the result.  *flaws* gets E050 (damage), E055 (no white space around), E056 (a character cut in
    two), E057 (unknown charset or invalid octets), X002 (control character), L008 (too many words, the rest is left).

    >>> decode(b" =?utf-8?q?Gr=C3=BC=C3=9Fe?= =?iso-8859-1*de?B?IGF1cw==?=\r\n Ulm\r\n")
    'Gr\xfc\xdfe aus Ulm'
    """
    if b"=?" in raw:
        if flaws is None and len(raw) < _SHORT and (text := _decode_plain_words(raw)) is not None:
            return text
        return _decode_words(raw, flaws, limits.max_encoded_words_per_field, charset)
    return decode_raw((unfold(raw) if b"\n" in raw else raw).strip(_WHITE), charset)


def decode_phrase(
    tokens: Sequence[tuple[str, bytes]],
    flaws: list[Flaw] | None = None,
    *,
    limits: Limits = DEFAULT_LIMITS,
    charset: str | None = None,
) -> str:
    """
    Read the words of a phrase, joined by one space: ``("atom", octets)`` and ``("quoted", unquoted octets)``.

    Encoded words count in atoms only; in a quoted string they are the characters they look like, with flaw E053
    (RFC 2047 5).  The offsets of flaws are octets within the tokens joined by one space.

    >>> decode_phrase([("atom", b"=?utf-8?q?Ada?="), ("quoted", b"King, Countess")])
    'Ada King, Countess'
    """
    out: list[str] = []
    offset = 0
    for kind, group in groupby(tokens, key=itemgetter(0)):
        # Neighbouring atoms are read as one: a Q word with raw spaces in it comes as several.
        octets = b" ".join([token[1] for token in group])
        found: list[Flaw] | None = None if flaws is None else []
        if kind == "atom":
            out.append(decode(octets, found, limits=limits, charset=charset))
        else:
            out.append(decode_raw(octets, charset))
            if found is not None and b"=?" in octets and (word := _word().search(octets)):
                found.append(("E053", *word.span(), "encoded word in a quoted string"))
        if flaws is not None and found:
            flaws += [(code, start + offset, end + offset, detail) for code, start, end, detail in found]
        offset += len(octets) + 1
    return " ".join(out)


@cache
def _plain_word() -> re.Pattern[bytes]:
    """Match a word as nearly all are: UTF-8, whole, without white space in it."""
    return re.compile(rb"=\?[Uu][Tt][Ff]-8\?([BbQq])\?([!->@-~]*+)\?=")


@lru_cache(maxsize=512)  # a name comes often, and a subject comes again in each answer
def _decode_plain_words(raw: bytes) -> str | None:
    """Read a short ASCII field body whose encoded words have nothing odd about them; ``None`` when one has."""
    gap, *found = _plain_word().split(raw)  # then the encoding of a word, its text, and the gap after it
    if not found:
        return None
    last = len(found) - 3
    try:
        out = [] if gap in _NO_TEXT else [_plain_gap(gap, before=False, after=True).lstrip(" \t\r\n")]
        for at in range(0, last + 3, 3):
            encoding, text, gap = found[at : at + 3]
            if encoding in b"Qq":
                octets = a2b_qp(text, header=True)
            elif len(text) % 4 or b"=" in text.rstrip(b"="):
                return None
            else:
                octets = a2b_base64(text)
            out.append(octets.decode())
            if gap not in _NO_TEXT:
                out.append(_plain_gap(gap, before=True, after=at < last))
        return "".join(out)
    except ValueError:  # a character that is cut in two, 8-bit octets, damaged base64, something odd in a gap
        return None


def _plain_gap(gap: bytes, *, before: bool, after: bool) -> str:
    """Read what stands between two words, or beside one; raise `ValueError` where that is odd."""
    if not gap.strip(_WHITE):
        return ""
    if b"=?" in gap or (before and gap[0] not in _WHITE) or (after and gap[-1] not in _WHITE):
        raise ValueError
    return unfold(gap if after else gap.rstrip(_WHITE)).decode("ascii")


def _decode_words(raw: bytes, flaws: list[Flaw] | None, most: int, charset: str | None) -> str:
    """Read a field body that may hold encoded words; of them *most* are decoded."""
    out: list[str] = []
    run: list[_Found] = []  # words with only white space between them
    ledger = None if flaws is None else Ledger()
    at = 0
    for word in _find(raw, most, ledger):
        start = word[2]
        gap = raw[at:start]
        if not run or gap.strip(_WHITE):
            out.append(_decode_run(run, ledger, charset))
            out.append(_plain(gap if run else gap.lstrip(_WHITE), charset))
            run.clear()
        if ledger is not None:
            _check_plain(gap, at, ledger)
        run.append(word)
        at = word[3]
    out.append(_decode_run(run, ledger, charset))
    tail = raw[at:].rstrip(_WHITE)
    out.append(_plain(tail if run else tail.lstrip(_WHITE), charset))
    if flaws is not None and ledger is not None:
        _check_plain(tail, at, ledger)
        ledger.close(flaws)
    return "".join(out)


def _find(raw: bytes, most: int, ledger: Ledger | None) -> Iterator[_Found]:
    """Find the encoded words that can be decoded: codec, octets, start, end."""
    count = 0
    for found in _word().finditer(raw):
        codec = canonical(found[1].partition(b"*")[0].decode("ascii"))
        text, end = (found[3], found.end()) if found[4] else _without_end(found)
        if codec is None or not (text or found[4]):
            if ledger is not None:
                what = ("E057", f"unknown charset {show(found[1])}") if codec is None else ("E050", "no text, no end")
                ledger.add(what[0], *found.span(), what[1])
            continue
        if count == most:
            if ledger is not None:
                ledger.add("L008", found.start(), len(raw), f"over {most} encoded words; the rest is left as it is")
            return
        count += 1
        if ledger is not None:
            _check(raw, found, end, ledger)
        yield codec, _octets(text, found[2]), found.start(), end


def _plain(octets: bytes, charset: str | None) -> str:
    return decode_raw(unfold(octets), charset)


def _without_end(found: re.Match[bytes]) -> tuple[bytes, int]:
    """Give text and end of a word whose `?=` is missing: it ends at white space, or where the field was cut."""
    text = found[3].split(None, 1)[0] if found[3].strip() and not found[3][:1].isspace() else b""
    return text.rstrip(b"?"), found.start(3) + len(text)


def _octets(text: bytes, encoding: bytes) -> bytes:
    """Undo B or Q."""
    text = unfold(text)
    if encoding in b"Qq":
        return a2b_qp(text, header=True)
    return _from_base64(text)


def _from_base64(text: bytes) -> bytes:
    """Decode base64 with its padding missing, in excess, or in the middle, and whatever else stands there ignored."""
    segments = [text]
    if b"=" in text.rstrip(b"= \t"):
        segments = text.split(b"=")
    return b"".join([_from_segment(segment) for segment in segments])


def _from_segment(segment: bytes) -> bytes:
    try:
        return a2b_base64(segment + b"==")
    except Base64Error:  # one character more than whole octets: it holds only six bits
        return a2b_base64(segment.translate(None, _NO_BASE64)[:-1])


_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NO_BASE64 = bytes(range(256)).translate(None, _BASE64)


def _decode_run(run: list[_Found], ledger: Ledger | None, charset: str | None) -> str:
    """Decode words that follow each other, those of one charset together where a character was cut in two."""
    out: list[str] = []
    for codec, group in groupby(run, key=itemgetter(0)):
        words = list(group)
        start, end = words[0][2], words[-1][3]
        texts = [decode_strictly(octets, codec) for _, octets, _, _ in words]
        code = detail = ""
        if None in texts:
            octets = b"".join([word[1] for word in words])
            text = decode_strictly(octets, codec)
            code, detail = "E056", "a character is divided between two encoded words"
            if text is None:
                text = _salvage(octets, codec, charset)
                code, detail = "E057", "octets are invalid in the charset of the encoded word"
        else:
            text = "".join([text for text in texts if text is not None])
        if ledger is not None:
            if code:
                ledger.add(code, start, end, detail)
            if not text.isprintable() and (control := _control().search(text)):
                ledger.add("X002", start, end, f"encoded word decodes to U+{ord(control[0]):04X}")
        out.append(text)
    return "".join(out)


@cache
def _control() -> re.Pattern[str]:
    return re.compile("[\x00-\x08\x0a-\x1f\x7f]")


def _salvage(octets: bytes, codec: str, charset: str | None) -> str:
    """Decode octets that are invalid in the charset that the word names."""
    if codec == "ascii":
        return decode_raw(octets, charset)
    text = decode_damaged(octets, codec)
    # One valid sequence shows that it is UTF-8, which was cut; without any it is some 8-bit set under a wrong label.
    if codec == "utf-8" and text.replace("\ufffd", "").isascii():
        return decode_raw(octets, charset)
    return text


@cache
def _nearly_a_word() -> re.Pattern[bytes]:
    return re.compile(rb"=\?(?:[!->@-~]++\?(?![BbQq]\?)|\?[BbQq]\?)")


def _check_plain(octets: bytes, offset: int, ledger: Ledger) -> None:
    """Note what between encoded words was meant to be one: no charset, no encoding or one that does not exist."""
    if b"=?" in octets:
        for found in _nearly_a_word().finditer(octets):
            ledger.add("E050", found.start() + offset, found.end() + offset, "nearly an encoded word")


def _check(raw: bytes, found: re.Match[bytes], end: int, ledger: Ledger) -> None:
    """Note what is damaged about one encoded word and its surroundings."""
    start = found.start()
    text = found[3]
    if found[4] is None:
        ledger.add("E050", start, end, "encoded word has no end")
    elif text.translate(None, _WHITE) != text:
        ledger.add("E050", start, end, "white space inside an encoded word")
    elif found[2] in b"Qq":
        if not text.isascii() or b"?" in text or _bad_escape().search(text):
            ledger.add("E050", start, end, "text of an encoded word is no Q encoding")
    elif text.translate(None, _BASE64).strip(b"=") or len(text) % 4 or b"=" in text.rstrip(b"="):
        ledger.add("E050", start, end, "text of an encoded word is no base64")
    before, after = raw[start - 1 : start] if start else b"", raw[end : end + 2]
    if before not in (b"", b" ", b"\t", b"\n", b"\r", b"("):
        ledger.add("E055", start, end, "no white space before an encoded word")
    elif after[:1] not in (b"", b" ", b"\t", b"\n", b"\r", b")") and after != b"=?":
        ledger.add("E055", start, end, "no white space after an encoded word")


@cache
def _bad_escape() -> re.Pattern[bytes]:
    return re.compile(rb"=(?![0-9A-Fa-f]{2})")


# ---------------------------------------------------------------------------------------------------------- writing


def needs_encoding(text: str) -> bool:
    """
    Tell whether *text* must be written in encoded words: non-ASCII, a control character, or `=?` in it.

    >>> needs_encoding("Ada"), needs_encoding("Zo\u00eb"), needs_encoding("=?utf-8?q?x?=")
    (False, True, True)
    """
    return not (text.isascii() and text.isprintable()) or "=?" in text


def encode(text: str, *, phrase: bool = False, first: int = 20) -> list[bytes]:
    """
    Write *text* as encoded words in UTF-8, by Q or B, whichever is shorter (Q when equal).

    Each has at most 75 octets and the first one fits a line whose first *first* columns are taken, as long as one
    character does.  No character is split, nor, where it fits, what a reader sees as one.  With *phrase* the Q words
    keep to the alphabet of RFC 2047 5 (3).  Between the words there must be white space, which readers drop.  A lone
    surrogate raises `HeaderError`.

    >>> encode("Zo\u00eb"), encode("\u4f60\u597d")
    ([b'=?utf-8?q?Zo=C3=AB?='], [b'=?utf-8?b?5L2g5aW9?='])
    """
    try:
        octets = text.encode()
    except UnicodeEncodeError:
        guard(text, "text for an encoded word")
        raise
    quoted = _quote(octets, phrase=phrase)
    room = max(min(ENCODED_WORD_WIDTH - first, _WORD), 2 * _FRAME) - _FRAME
    by_q = len(quoted) <= 4 * -(-len(octets) // 3)
    if by_q and len(quoted) <= room:
        return [b"=?utf-8?q?%b?=" % quoted]
    words: list[bytes] = []
    start = 0
    while start < len(octets) or not words:
        if by_q:
            end = _end_of_q(octets, start, room, phrase=phrase)
            words.append(b"=?utf-8?q?%b?=" % _quote(octets[start:end], phrase=phrase))
        else:
            end = _end(octets, start, start + room // 4 * 3)
            words.append(b"=?utf-8?b?%b?=" % b2a_base64(octets[start:end], newline=False))
        start = end
        room = _WORD - _FRAME
    return words


def _quote(octets: bytes, *, phrase: bool) -> bytes:
    """Write octets in Q without the frame."""
    # RFC 2047 4.2 and, for a phrase, 5 (3); the space is handled by itself.
    unsafe = _unsafe_in_phrase() if phrase else _unsafe()
    return unsafe.sub(_escape, octets).replace(b" ", b"_")


@cache
def _unsafe() -> re.Pattern[bytes]:
    return re.compile(rb"[^ !-<>@-^`-~]++")


@cache
def _unsafe_in_phrase() -> re.Pattern[bytes]:
    return re.compile(rb"[^ A-Za-z0-9!*+\-/]++")


def _escape(found: re.Match[bytes]) -> bytes:
    return b"=" + found[0].hex("=").upper().encode()


def _end_of_q(octets: bytes, start: int, room: int, *, phrase: bool) -> int:
    """Give the end of the longest run from *start* that takes at most *room* octets in Q."""
    end = min(start + room, len(octets))
    # An octet takes three octets at most, so a third of the excess is never too much to give up.
    while (excess := len(_quote(octets[start:end], phrase=phrase)) - room) > 0:
        end -= -(-excess // 3)
    return _end(octets, start, end)


def _end(octets: bytes, start: int, end: int) -> int:
    """Move *end* back to the start of a character, and before what belongs to the character before it, if that fits."""
    if end >= len(octets):
        return len(octets)
    end = _character(octets, end)
    if end <= start:  # no room for even one character: RFC 2047 5 forbids splitting it, so it is written all the same
        return _character(octets, start + 1, step=1)
    whole = end
    while whole > start and _joins(octets, whole):
        whole = _character(octets, whole - 1)
    return whole if whole > start else end


def _character(octets: bytes, at: int, *, step: int = -1) -> int:
    """Move *at* to the start of a UTF-8 character."""
    while 0 < at < len(octets) and octets[at] & 0xC0 == 0x80:  # noqa: PLR2004 a continuation octet is 10xxxxxx
        at += step
    return at


def _joins(octets: bytes, at: int) -> bool:
    """Tell whether the character at *at* is shown as one with the character before it."""
    from unicodedata import category  # a shared object that only texts of several words need

    character = octets[at : at + 4].decode(errors="ignore")[0]
    return (
        category(character)[0] == "M"
        or character in "\u200c\u200d\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
        or octets.endswith(b"\xe2\x80\x8d", 0, at)
    )


def pieces(text: str, *, utf8: bool = False, first: int = 20) -> list[bytes]:
    """
    Write *text* as an unstructured field body in pieces that may be folded apart; *first* columns are taken before it.

    ASCII stays as it is, with every run of spaces.  Words that are not ASCII, look like encoded words, hold TAB or are
    too long for a line, and white space at either end, go into encoded words.  With *utf8* only what RFC 6532 does not
    allow raw does.  Raises `HeaderError` for control characters but TAB, and for lone surrogates.

    >>> pieces("Notes by Zo\u00eb from Ulm")
    [b'Notes', b' by', b' =?utf-8?q?Zo=C3=AB?=', b' from', b' Ulm']
    """
    guard(text, "unstructured text")
    if text[:1] == " " or text[-1:] == " " or _MANY_SPACES in text:
        words = encode(text, first=first)
        return [words[0], *[b" " + word for word in words[1:]]]
    if len(text) + first <= ENCODED_WORD_WIDTH and not needs_encoding(text):
        return [text.encode()]
    out: list[bytes] = []
    used = first
    must_encode = _must_encode_in_utf8 if utf8 else _must_encode
    for encoded, group in groupby(_spaced_words().findall(text), key=must_encode):
        run = list(group)
        made = _encoded_pieces("".join(run), used, at_start=not out) if encoded else [word.encode() for word in run]
        for piece in made:
            used = used + len(piece) if used + len(piece) <= ENCODED_WORD_WIDTH or not out else len(piece)
            out.append(piece)
    return out


_LONG = 700  # octets without white space that may still stand as they are; a line has at most 998
_MANY_SPACES = " " * 61


@cache
def _spaced_words() -> re.Pattern[str]:
    return re.compile(" *+[^ ]++")


def _must_encode(word: str) -> bool:
    return needs_encoding(word) or len(word) > _LONG


def _must_encode_in_utf8(word: str) -> bool:
    if "=?" in word or len(word.encode()) > _LONG:
        return True
    return not word.isprintable() and _not_raw().search(word) is not None


@cache
def _not_raw() -> re.Pattern[str]:
    return re.compile("[\t\x80-\x9f\u2028\u2029]")


def _encoded_pieces(text: str, used: int, *, at_start: bool) -> list[bytes]:
    """Write words with their spaces as encoded words; the spaces before the first stay outside, except at the start."""
    bare = text if at_start else text.lstrip(" ")
    before = b" " * (len(text) - len(bare))
    # A short rest of a line is not worth a word of its own: `fold` will begin a new line.
    column = used + len(before) if at_start or ENCODED_WORD_WIDTH - used > _WORD // 2 else len(before)
    first, *more = encode(bare, first=column)
    return [before + first, *[b" " + word for word in more]]
