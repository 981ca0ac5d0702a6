r"""
Lexical strategies: what header fields are made of, below addresses, dates and texts.

RFC 5322 3.2 builds every structured field from these, and RFC 6532 3.2 widens them to UTF-8.  All of them draw wire
text: what stands between two octets of a field body, folds included, as a `str`.  None of it is obsolete.

    nothing -> SearchStrategy[str]

May import: `codecs`, `strategies._characters`.  Imported by: `strategies`, `strategies._drafts`,
`strategies._spelling`, `strategies.addresses`, `strategies.headers`, `strategies.obsolete`.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache, partial
from typing import TYPE_CHECKING, Literal

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit.codecs.charset import canonical
from mimekit.strategies._characters import ATEXT, CTEXT, QTEXT, alphabet_of, foreign, text, weighted

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = ["atoms", "cfws", "comments", "dot_atoms", "encoded_words", "phrases", "quoted_strings"]

_WORD = 75  # octets of an encoded word                                              RFC 2047 2
_FOLDS = (" ", "\t", "  ", "\r\n ", " \r\n ", "\r\n\t")  # FWS of RFC 5322 3.2.2
_PAIRS = ('\\"', "\\\\", "\\a", "\\ ", "\\(", "\\)", "\\@", "\\,", "\\.")  # quoted-pair, 3.2.1
_CHARSETS = (
    *("us-ascii", "utf-8", "iso-8859-1", "iso-8859-2", "iso-8859-5", "iso-8859-7", "iso-8859-8", "iso-8859-15"),
    *("windows-1251", "windows-1252", "koi8-r", "iso-2022-jp", "shift_jis", "euc-jp", "gb18030", "big5", "euc-kr"),
)


@st.composite
def atoms(draw: DrawFn, *, utf8: bool = False) -> str:
    """
    Draw atoms without white space around them: runs of letters, digits and marks that need no quotes.

    RFC 5322 3.2.3; with *utf8* also characters beyond ASCII (RFC 6532 3.2).  None looks like an encoded word.
    Shrinks to ``a``.  Other examples: ``x+y``, ``O'Neill``, ``{``.
    """
    return draw(_atoms(12, utf8=utf8))


@cache
def _atoms(most: int, *, utf8: bool) -> SearchStrategy[str]:
    ascii_only = text(ATEXT, min_size=1, max_size=most).map(_without_words)
    if not utf8:
        return ascii_only
    around = st.tuples(text(ATEXT, max_size=3).map(_without_words), foreign(max_size=6).map(_as_atext))
    return st.one_of(ascii_only, around.map("".join))


def _without_words(string: str) -> str:
    """Break what a reader would take for an encoded word (RFC 2047 5)."""
    return string.replace("=?", "=-")


def _as_atext(word: str) -> str:
    """Give *word* without ASCII, to which NFC may come."""
    return "".join([one for one in word if not one.isascii()]) or "\u00e9"


@st.composite
def dot_atoms(draw: DrawFn, *, utf8: bool = False) -> str:
    """
    Draw dot-atoms without white space around them: atoms with one dot between two of them.

    RFC 5322 3.2.3, with *utf8* RFC 6532 3.2.  Shrinks to ``a``.  Other examples: ``ada.lovelace``, ``a.-.b``.
    """
    return draw(_dot_atoms(utf8=utf8))


@cache
def _dot_atoms(*, utf8: bool) -> SearchStrategy[str]:
    if utf8:
        return st.lists(_atoms(12, utf8=True), min_size=1, max_size=4).map(".".join)
    return text(ATEXT, min_size=1, max_size=40, more=["."] * 20).map(_dotted)


def _dotted(drawn: str) -> str:
    """Put one dot between two words, and none at an end."""
    return _without_words(".".join(filter(None, drawn.split("."))) or "a")


@st.composite
def quoted_strings(draw: DrawFn, *, allow_fws: bool = False, utf8: bool = False) -> str:
    r"""
    Draw quoted strings with their quotes: any printable character, spaces, and quoted pairs.

    RFC 5322 3.2.4, with *utf8* RFC 6532 3.2.  With *allow_fws* also tabs and folds, a line end before a space or tab;
    a line never holds white space only.  Shrinks to ``""``.  Other examples: ``"King, Ada"``, ``"say \"hi\""``.
    """
    return draw(_quoted_strings(allow_fws=allow_fws, utf8=utf8))


@cache
def _quoted_strings(*, allow_fws: bool, utf8: bool) -> SearchStrategy[str]:
    spaces = [*[fold for fold in _FOLDS for _ in range(2)], "\\\t"] if allow_fws else [" "] * 8
    ascii_only = text(QTEXT, max_size=30, more=[*spaces, *_PAIRS])
    if not utf8:
        return ascii_only.map(_quoted)
    return st.tuples(ascii_only, st.lists(foreign(max_size=5), max_size=2).map(" ".join)).map("".join).map(_quoted)


def _quoted(content: str) -> str:
    return f'"{_without_words(_once_folded(content))}"'


def _once_folded(content: str) -> str:
    """Make one fold of several that follow each other: a line must not be blank (RFC 5322 3.2.2)."""
    return re.sub(r"(?:[ \t]*\r\n[ \t]+){2,}", "\r\n ", content)


@st.composite
def comments(draw: DrawFn, *, max_depth: int = 2, utf8: bool = False) -> str:
    r"""
    Draw comments with their parentheses, one in another down to *max_depth* of them, with folds and quoted pairs.

    RFC 5322 3.2.2, with *utf8* RFC 6532 3.2; raises `InvalidArgument` for a *max_depth* below 1.  Shrinks to ``()``.
    Other examples: ``(his (or her) desk)``, ``(\()``.
    """
    return draw(_comments(max_depth, utf8=utf8))


@cache
def _comments(depth: int, *, utf8: bool) -> SearchStrategy[str]:
    if depth < 1:
        message = f"max_depth={depth} of comments(); a comment is 1 deep at least"
        raise InvalidArgument(message)
    brackets = ["(", ")"] * 4 if depth > 1 else []
    pairs = _PAIRS if depth > 1 else [pair for pair in _PAIRS if pair not in ("\\(", "\\)")]
    ascii_only = text(CTEXT, max_size=30, more=[*_FOLDS, *pairs, *brackets])
    close = partial(_comment, depth=depth)
    if not utf8:
        return ascii_only.map(close)
    return st.tuples(ascii_only, st.lists(foreign(max_size=5), max_size=2).map(" ".join)).map("".join).map(close)


def _comment(content: str, *, depth: int) -> str:
    """Put *content* in parentheses, its own in pairs and no deeper than *depth*."""
    out = ["("]
    level = 1
    for found in re.finditer(r"\\.|[()]|[^\\()]+", _without_words(_once_folded(content)), re.DOTALL):
        if found[0] == "(":
            if level == depth:
                continue
            level += 1
        elif found[0] == ")":
            if level == 1:
                continue
            level -= 1
        out.append(found[0])
    return "".join(out) + ")" * level


@st.composite
def cfws(draw: DrawFn, *, utf8: bool = False) -> str:
    """
    Draw white space and comments, never nothing: what may stand between two tokens.

    RFC 5322 3.2.2.  It may begin or end with a fold, so something else must stand before and after it on the line.
    Shrinks to one space.  Other examples: a line end and a tab, `` (x) ``, ``(x)(y)``.
    """
    return draw(_cfws(utf8=utf8))


@cache
def _cfws(*, utf8: bool) -> SearchStrategy[str]:
    fws = st.sampled_from(_FOLDS)
    around = st.sampled_from(("", *_FOLDS))
    second = st.sampled_from(("", "", "", "(a)", " (a)", "\r\n (a)"))
    return st.one_of(fws, st.builds("{}{}{}{}".format, around, _comments(2, utf8=utf8), second, around))


@st.composite
def phrases(draw: DrawFn, *, utf8: bool = False) -> str:
    """
    Draw phrases, as display names are written: atoms, quoted strings, encoded words, white space and comments between.

    RFC 5322 3.2.5, RFC 2047 5 (3), with *utf8* RFC 6532 3.2.  Shrinks to ``a``.  Other examples: ``Ada "K." King``,
    ``Ada (the Countess) =?utf-8?q?King?=``.
    """
    return draw(_phrases(utf8=utf8))


@cache
def _phrases(*, utf8: bool) -> SearchStrategy[str]:
    words = weighted(
        (4, _atoms(12, utf8=utf8)),
        (2, _quoted_strings(allow_fws=True, utf8=utf8)),
        (2, _encoded_words(None, None, phrase=True)),
    )
    between = st.one_of(st.just(" "), _cfws(utf8=utf8))
    return st.tuples(words, st.lists(st.tuples(between, words), max_size=3)).map(_phrase)


def _phrase(drawn: tuple[str, list[tuple[str, str]]]) -> str:
    """Join words; an encoded word has white space beside it, whatever else stands there (RFC 2047 5 (3))."""
    before, more = drawn
    out = [before]
    for between, word in more:
        first = " " if _is_encoded(before) and between[0] == "(" else ""
        last = " " if _is_encoded(word) and between[-1] == ")" else ""
        out += (first, between, last, word)
        before = word
    return "".join(out)


def _is_encoded(word: str) -> bool:
    return word.startswith("=?")


# ---------------------------------------------------------------------------------------------------- encoded words


@st.composite
def encoded_words(
    draw: DrawFn,
    *,
    charset: str | None = None,
    encoding: Literal["q", "b"] | None = None,
    phrase: bool = False,
) -> str:
    """
    Draw encoded words in wire text: characters of any script in ASCII, at most 75 octets, none cut in two.

    RFC 2047 2 and 4, RFC 2231 5 (a language after the charset).  *charset* is a label that `codecs` knows, else one of
    17 is drawn; *encoding* ``q`` or ``b``.  With *phrase* Q words keep to the characters that a display name may have
    (RFC 2047 5 (3)).  Raises `InvalidArgument` for a charset that nobody knows.  Shrinks to ``=?us-ascii?q?a?=``.
    Other examples: ``=?iso-8859-1*de?Q?gr=FC=DF?=``, ``=?utf-8?B?4pyT?=``.
    """
    return draw(_encoded_words(charset, encoding, phrase=phrase))


@cache
def _encoded_words(charset: str | None, encoding: str | None, *, phrase: bool) -> SearchStrategy[str]:
    labels = _CHARSETS if charset is None else (charset,)
    for label in labels:
        if not alphabet_of(label):
            message = f"charset={label!r} of encoded_words() is no charset that is known"
            raise InvalidArgument(message)
    if encoding is not None and encoding not in ("q", "b"):
        message = f"encoding={encoding!r} of encoded_words(); it is 'q' or 'b'"
        raise InvalidArgument(message)
    encodings = ("q", "b", "Q", "B") if encoding is None else (encoding, encoding.upper())
    forms = st.sampled_from([f"{language}?{one}" for language in ("", "", "", "*de", "*en-GB") for one in encodings])
    each = [
        st.builds(
            partial(_encoded_word, label, phrase=phrase),
            forms,
            text(alphabet_of(label), min_size=1, max_size=24),
        )
        for label in labels
    ]
    return st.one_of(each)


def _encoded_word(label: str, form: str, content: str, *, phrase: bool) -> str:
    """Write as many of the characters as one word has room for; *form* is the language and the encoding."""
    frame = f"=?{label}{form}?"
    codec = canonical(label) or "ascii"
    word = ""
    for size in range(len(content), 0, -1):
        octets = content[:size].encode(codec)
        inner = _q(octets, phrase=phrase) if form[-1] in "qQ" else b64encode(octets).decode()
        word = f"{frame}{inner}?="
        if len(word) <= _WORD:
            break
    return word


def _q(octets: bytes, *, phrase: bool) -> str:
    """Write octets in Q (RFC 2047 4.2); a space is an underscore."""
    unsafe = rb"[^A-Za-z0-9!*+\-/ ]" if phrase else rb"[^ !-<>@-^`-~]"
    return re.sub(unsafe, lambda found: b"=%02X" % found[0][0], octets).replace(b" ", b"_").decode()
