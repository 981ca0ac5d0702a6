"""
Rules about encoded words (family E, E050 to E060).

RFC 2047.

    fields that hold ``=?`` -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.codecs import words
from mimekit.finding import Fix
from mimekit.headers import names
from mimekit.headers.address import AddressList
from mimekit.lint.rule import rule
from mimekit.lint.rules import mime_edits as edits
from mimekit.lint.wording import show
from mimekit.wire.abnf import ENCODED_WORD

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.defects import Flaw
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Field, Mail

__all__: list[str] = []

_WORD = re.compile(ENCODED_WORD)
_LONGEST = 75
_WIDTH = 76
_MOST_HITS = 20  # of one rule in one field
_TEXTS = frozenset({"unstructured", "phrase-list"})
_MENDED = ("E055", "E056")  # what a field may have that is written anew of what was read


@rule("E050", fix="unsafe")
def encoded_word_syntax(mail: Mail, hit: Hit) -> Fix | None:
    """
    Something is nearly an encoded word: a part is missing, white space stands inside, or its text is no base64 or Q.

    Why it matters: some readers decode it and some show it as it stands.

    Bad:
        Subject: =?utf-8?q?J=C3=B6rg's order?=

    Good:
        Subject: =?utf-8?q?J=C3=B6rg's_order?=

    References: RFC 2047 2, 4
    """
    field = edits.field_at(mail, hit.start)
    if field is None or field.info.kind not in _TEXTS or not field.raw.isascii():
        return None
    return edits.rewritten(field, words.decode(field.raw), is_safe=False)


def _fields(mail: Mail) -> Iterator[Field]:
    """Yield the fields in which encoded words mean something."""
    for field in mail.worded:
        kind = field.info.kind
        if kind in _TEXTS or kind in names.ADDRESS_KINDS:
            yield field


def _anew(field: Field) -> Fix | None:
    """Give the fix that writes a field anew of what it says, where reading it finds nothing else wrong."""
    raw = field.raw
    flaws: list[Flaw] = []
    if not raw.isascii():
        return None
    if field.info.kind in _TEXTS:
        text = words.decode(raw, flaws)
        return edits.rewritten(field, text) if _is_fine(flaws) else None
    listed = AddressList.parse(raw, flaws)
    return edits.rewritten(field, listed) if _is_fine(flaws) and b"(" not in raw else None


def _is_fine(flaws: list[Flaw]) -> bool:
    return all([code in _MENDED for code, _, _, _ in flaws])


@rule("E051", marks=["encoded words"], severity="error", reference="RFC 2047 2", supersedes=["E052"], fix="safe")
def encoded_word_too_long(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    An encoded word has more than 75 characters.

    Why it matters: some readers do not decode it, and show it as it stands.

    Bad:
        Subject: =?utf-8?q?J=C3=B6rg=2C_your_order_has_left_our_house_this_morning_at_nine_o=27clock?=

    Good:
        Subject: =?utf-8?q?J=C3=B6rg=2C_your_order_has_left_our_house?=
         this morning at nine o'clock

    References: RFC 2047 2
    """
    for field in _fields(mail):
        found = [one for one in _WORD.finditer(field.raw) if one.end() - one.start() > _LONGEST]
        fix = _anew(field) if found else None
        for one in found[:_MOST_HITS]:
            text = f"an encoded word has {one.end() - one.start()} characters; it has at most {_LONGEST}"
            yield field.hit(text, *one.span(), fix)


@rule("E052", marks=["encoded words"], severity="warning", reference="RFC 2047 2", fix="safe")
def encoded_word_line_too_long(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A header line with an encoded word has more than 76 characters.

    Why it matters: the limit is there so that gateways need not fold, which some do inside the word.

    Bad:
        Subject: Your order has left our house this morning at nine =?utf-8?q?J=C3=B6rg?=

    Good:
        Subject: Your order has left our house this morning at nine
         =?utf-8?q?J=C3=B6rg?=

    References: RFC 2047 2
    """
    for field in _fields(mail):
        at = -len(field.name) - 1
        for line in (field.name.encode("latin-1") + b":" + field.raw).split(b"\n"):
            size = len(line.removesuffix(b"\r"))
            if size > _WIDTH and b"=?" in line and _WORD.search(line):
                text = f"a line with an encoded word has {size} characters; it has at most {_WIDTH}"
                yield field.hit(text, max(at, 0), at + size, _anew(field))
                break
            at += len(line) + 1


@rule("E053", fix="unsafe")
def encoded_word_in_quotes(mail: Mail, hit: Hit) -> Fix | None:
    """
    An encoded word stands in a quoted string.

    Why it matters: there it is not one; strict readers show it as it stands.

    Bad:
        From: "=?utf-8?q?J=C3=B6rg?=" <jane@shop.example>

    Good:
        From: =?utf-8?q?J=C3=B6rg?= <jane@shop.example>

    References: RFC 2047 5
    """
    octets = mail.octets
    start, end = hit.start - 1, hit.end + 1
    if octets[start : start + 1] != b'"' or octets[end - 1 : end] != b'"' or edits.field_at(mail, start) is None:
        return None
    return Fix("take the quotes away", (start, end, octets[hit.start : hit.end]), is_safe=False)


@rule("E054")
def encoded_word_misplaced() -> None:
    """
    An encoded word stands in an address, a msg-id, a date, Received, or a token of MIME.

    Why it matters: there it is not one.  Readers that decode it see another address, or another type, than filters.

    Bad:
        To: =?utf-8?q?john?=@customer.example

    Good:
        To: john@customer.example

    References: RFC 2047 5
    """


@rule("E055", fix="safe")
def encoded_word_not_separated(mail: Mail, hit: Hit) -> Fix | None:
    """
    No white space stands between an encoded word and what is beside it.

    Why it matters: strict readers do not take it for one, and show it as it stands.

    Bad:
        Subject: Order=?utf-8?q?_J=C3=B6rg?=

    Good:
        Subject: Order =?utf-8?q?J=C3=B6rg?=

    References: RFC 2047 5
    """
    field = edits.field_at(mail, hit.start)
    return None if field is None else _anew(field)


@rule("E056", fix="safe")
def encoded_word_splits_character(mail: Mail, hit: Hit) -> Fix | None:
    """
    A character is divided between two encoded words.

    Why it matters: each word is decoded by itself, so many readers show two replacement characters.

    Bad:
        Subject: =?utf-8?q?J=C3?= =?utf-8?q?=B6rg?=

    Good:
        Subject: =?utf-8?q?J=C3=B6?= =?utf-8?q?rg_=C3=84?=

    References: RFC 2047 5
    """
    field = edits.field_at(mail, hit.start)
    return None if field is None else _anew(field)


@rule("E057", supersedes=["E040"])
def encoded_word_undecodable() -> None:
    """
    The charset of an encoded word is unknown, or its octets are not valid in it.

    Why it matters: readers show it as it stands, or with replacement characters.

    Bad:
        Subject: =?utf-8?q?J=F6rg?=

    Good:
        Subject: =?utf-8?q?J=C3=B6rg?=

    References: RFC 2047 2, 3
    """


_RUN = re.compile(rb"%b(?:[ \t\r\n]++%b)*+" % (ENCODED_WORD, ENCODED_WORD))
_LONG = 600  # characters without white space, or octets, that need words all the same


def _runs(field: Field) -> Iterator[tuple[re.Match[bytes], str]]:
    """Yield each run of encoded words with what it says."""
    for found in _RUN.finditer(field.raw):
        yield found, words.decode(found[0])


@rule("E058", marks=["encoded words"], severity="info", reference="RFC 2047 5", fix="safe")
def encoded_word_needless(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    An encoded word says what could stand there as it is.

    Why it matters: filters count it as an attempt to hide the words, and people cannot read it in the source.

    Bad:
        Subject: =?utf-8?q?Your_order_10482?=

    Good:
        Subject: Your order 10482

    References: RFC 2047 5
    """
    for field in _fields(mail):
        for found, text in _runs(field):
            if _is_misplaced(field.raw, *found.span()):
                continue
            if words.needs_encoding(text) or text != text.strip() or "  " in text or len(text) > _LONG or not text:
                continue
            yield field.hit(f"{show(text, 60)} needs no encoded word", *found.span(), _anew(field))


def _is_misplaced(raw: bytes, start: int, end: int) -> bool:
    """Tell whether a word stands where it is none (E053, E054): in an address, in quotes."""
    return raw[end : end + 1] in (b"@", b'"') or raw[start - 1 : start] in (b"@", b'"')


@rule("E059", marks=["encoded words"], severity="error", reference="RFC 2047 4", fix="unsafe")
def encoded_word_double(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    What an encoded word says is an encoded word again.

    Why it matters: it is decoded once, and people read the inner one as it stands.

    Bad:
        Subject: =?utf-8?q?=3D=3Futf-8=3Fq=3FJ=3DC3=3DB6rg=3F=3D?=

    Good:
        Subject: =?utf-8?q?J=C3=B6rg?=

    References: RFC 2047 4
    """
    for field in _fields(mail):
        for found, text in _runs(field):
            if "=?" not in text or not text.isascii() or _RUN.fullmatch(text.strip().encode()) is None:
                continue
            if text.strip().encode() == found[0].strip():  # it was not decoded at all: E050, E057
                continue
            # Who writes about encoded words has others beside them; what was encoded twice was so as a whole.
            if field.info.kind in _TEXTS and (
                field.raw[found.end() :].strip() or _BEFORE.fullmatch(field.raw[: found.start()]) is None
            ):
                continue
            inner = field.raw[: found.start()] + text.strip().encode() + field.raw[found.end() :]
            fix = None
            if field.info.kind in _TEXTS and field.raw.isascii():
                fix = edits.rewritten(field, words.decode(inner), is_safe=False)
            yield field.hit(f"an encoded word says {show(text, 60)}, which is one again", *found.span(), fix)


_BEFORE = re.compile(rb"[ \t\r\n]*+(?:[A-Za-z]{2,5}+:[ \t\r\n]*+)?+")  # as in a subject that answers


_NOT_IN_PHRASE = re.compile(rb"[^A-Za-z0-9!*+\-/=_]")


@rule("E060", marks=["encoded words"], severity="error", reference="RFC 2047 5", fix="safe")
def encoded_word_q_phrase_chars(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    An encoded word in a display name has, in Q encoding, a character that must be escaped there.

    Why it matters: readers that look for addresses first take a comma or a bracket in it for the end of the name, and
    strict ones do not decode it.

    Bad:
        From: =?utf-8?q?J=C3=B6rg's_shop?= <jane@shop.example>

    Good:
        From: =?utf-8?q?J=C3=B6rg=27s_shop?= <jane@shop.example>

    References: RFC 2047 5
    """
    for field in mail.worded:
        if field.info.kind not in names.ADDRESS_KINDS and field.info.kind != "phrase-list":
            continue
        for found in _WORD.finditer(field.raw):
            odd = _NOT_IN_PHRASE.search(found[3]) if found[2] in b"Qq" else None
            if odd is None or field.raw[: found.start()].rstrip().endswith(b"("):
                continue
            at = found.start(3) + odd.start()
            text = f"{show(odd[0])[1:]} stands in an encoded word of a display name without an escape"
            yield field.hit(text, at, at + 1, _anew(field))
            break
