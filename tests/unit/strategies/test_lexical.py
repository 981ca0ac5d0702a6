"""The pieces of header fields are what RFC 5322 3.2 says, none of it obsolete, and shrink to a letter or less."""

from __future__ import annotations

import re
from email.header import decode_header

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit.codecs import words
from mimekit.defects import Flaw
from mimekit.headers.address import AddressList, Mailbox
from mimekit.strategies.lexical import atoms, cfws, comments, dot_atoms, encoded_words, phrases, quoted_strings
from tests.support.judged import counted, errors, shrunk

WIDE = "\x80-\U0010ffff"
ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]"
FWS = r"(?:(?:[ \t]*\r\n)?[ \t]+)"
QUOTED = re.compile(rf'"(?:{FWS}?(?:[!#-\[\]-~]|\\[ -~\t]))*{FWS}?"')
WIDE_QUOTED = re.compile(rf'"(?:{FWS}?(?:[!#-\[\]-~{WIDE}]|\\[ -~\t]))*{FWS}?"')


def depth_of(comment: str) -> int:
    """Read a comment by RFC 5322 3.2.2 and say how deep it nests; raise for anything else."""
    depth = deepest = 0
    for found in re.finditer(rf"{FWS}|\\[ -~\t]|[!-'*-\[\]-~]|[()]|(.)", comment, re.DOTALL):
        assert found[1] is None, comment
        depth += (found[0] == "(") - (found[0] == ")")
        deepest = max(deepest, depth)
        assert depth > 0 or found.end() == len(comment), comment
    assert depth == 0
    return deepest


@given(atoms(), dot_atoms())
def test_an_atom_is_a_run_of_atext_and_a_dot_atom_has_single_dots(atom: str, dot_atom: str) -> None:
    assert re.fullmatch(rf"{ATEXT}+", atom)
    assert re.fullmatch(rf"{ATEXT}+(?:\.{ATEXT}+)*", dot_atom)


@given(atoms(utf8=True), dot_atoms(utf8=True))
def test_with_utf8_an_atom_may_have_characters_beyond_ascii(atom: str, dot_atom: str) -> None:
    wide = rf"(?:{ATEXT}|[{WIDE}])+"
    assert re.fullmatch(wide, atom)
    assert re.fullmatch(rf"{wide}(?:\.{wide})*", dot_atom)


def test_the_whole_alphabet_of_atext_is_drawn() -> None:
    drawn = counted(atoms(), set, 2000)
    assert set(drawn) == {chr(code) for code in range(128) if re.match(ATEXT, chr(code))}


@given(quoted_strings())
def test_a_quoted_string_is_one_of_rfc_5322_without_folds(quoted: str) -> None:
    assert QUOTED.fullmatch(quoted)
    assert not {"\r", "\n", "\t"} & set(quoted)


@given(quoted_strings(allow_fws=True), quoted_strings(allow_fws=True, utf8=True))
def test_a_quoted_string_may_hold_folds_and_utf8(quoted: str, wide: str) -> None:
    assert QUOTED.fullmatch(quoted)
    assert WIDE_QUOTED.fullmatch(wide)


@given(st.integers(1, 4).flatmap(lambda depth: st.tuples(st.just(depth), comments(max_depth=depth))))
def test_a_comment_is_balanced_and_nests_no_deeper_than_asked(drawn: tuple[int, str]) -> None:
    assert depth_of(drawn[1]) <= drawn[0]


@given(cfws())
def test_white_space_and_comments_part_two_tokens(gap: str) -> None:
    assert gap
    raw = f"a{gap}b <a@a.example>".encode()
    flaws: list[Flaw] = []
    mailbox = Mailbox.parse(raw, flaws)
    assert mailbox is not None
    assert (mailbox.display_name, flaws) == ("a b", [])
    assert not re.search(r"\n[ \t]*\r?\n", gap)  # no blank line, which would end the header


@given(phrases())
def test_a_phrase_is_read_as_a_name_without_a_flaw(phrase: str) -> None:
    raw = f"{phrase} <a@a.example>".encode()
    flaws: list[Flaw] = []
    assert len(AddressList.parse(raw, flaws)) == 1
    assert (flaws, errors("To", raw)) == ([], set())


@given(encoded_words())
def test_an_encoded_word_is_read_alike_by_us_and_by_the_standard_library(word: str) -> None:
    flaws: list[Flaw] = []
    text = words.decode(word.encode(), flaws)
    assert not flaws
    assert len(word) <= 75
    # The standard library's oldest reader has no RFC 2231 5: it takes the language for a part of the charset.
    octets, charset = decode_header(re.sub(r"^(=\?[^?*]+)\*[A-Za-z-]+\?", r"\1?", word))[0]
    assert isinstance(octets, bytes)
    assert charset is not None
    assert octets.decode(charset) == text


@pytest.mark.parametrize("charset", ["iso-8859-1", "iso-2022-jp", "koi8-u", "windows-1255", "utf-8"])
@pytest.mark.parametrize("encoding", ["q", "b"])
def test_charset_and_encoding_of_a_word_can_be_asked_for(charset: str, encoding: str) -> None:
    word = shrunk(
        encoded_words(charset=charset, encoding=encoding),  # type: ignore[arg-type]  # the parameters are str
        lambda one: len(words.decode(one.encode())) > 2,
    )
    assert word.lower().startswith((f"=?{charset}?{encoding}?", f"=?{charset}*"))


@pytest.mark.parametrize(
    ("strategy", "minimum"),
    [
        (atoms(), "a"),
        (atoms(utf8=True), "a"),
        (dot_atoms(), "a"),
        (quoted_strings(), '""'),
        (quoted_strings(allow_fws=True), '""'),
        (comments(), "()"),
        (cfws(), " "),
        (phrases(), "a"),
        (encoded_words(), "=?us-ascii?q?a?="),
        (encoded_words(charset="utf-8", encoding="b"), "=?utf-8?b?YQ==?="),
    ],
    ids=repr,
)
def test_a_strategy_shrinks_to_what_its_page_says(strategy: st.SearchStrategy[str], minimum: str) -> None:
    assert shrunk(strategy) == minimum


def test_a_failure_shrinks_to_the_piece_that_matters() -> None:
    assert shrunk(dot_atoms(), lambda one: one.count(".") == 2) == "a.a.a"
    assert shrunk(quoted_strings(allow_fws=True), lambda one: "\n" in one) == '"\r\n "'
    assert shrunk(quoted_strings(), lambda one: "\\" in one) == '"\\""'
    assert shrunk(comments(), lambda one: one.count("(") == 2) == "(())"
    assert shrunk(atoms(utf8=True), lambda one: not one.isascii()) == "\u00df"
    assert shrunk(phrases(), lambda one: "=?" in one) == "=?us-ascii?q?a?="
    assert shrunk(encoded_words(), lambda one: "*de?" in one) == "=?us-ascii*de?q?a?="


@pytest.mark.parametrize(
    "strategy",
    [comments(max_depth=0), encoded_words(charset="x-none"), encoded_words(encoding="x")],  # type: ignore[arg-type]  # one of them wrong on purpose
    ids=repr,
)
def test_a_wrong_option_raises_when_it_is_drawn_from(strategy: st.SearchStrategy[str]) -> None:
    with pytest.raises(InvalidArgument):
        shrunk(strategy)


def what_is_in(phrase: str) -> set[str]:
    marks = {"quoted": '"', "comment": "(", "encoded word": "=?", "fold": "\n", "quoted pair": "\\"}
    return {name for name, mark in marks.items() if mark in phrase}


def test_each_construct_of_a_phrase_is_drawn_often_enough() -> None:
    shares = counted(phrases(), what_is_in, 600)
    floors = {"quoted": 25, "comment": 10, "encoded word": 25, "fold": 15, "quoted pair": 10}
    assert {name: shares[name] for name in floors if shares[name] < floors[name]} == {}


def test_every_charset_and_both_encodings_of_words_are_drawn() -> None:
    shares = counted(encoded_words(), lambda word: word.lower().split("?")[1:3], 1000)
    charsets = {name.partition("*")[0] for name in shares} - {"q", "b"}
    assert len(charsets) == 17
    assert min(shares["q"], shares["b"]) > 25
