"""Encoded words (RFC 2047, RFC 2231 5), both ways."""

from __future__ import annotations

import email
import email.policy
import re
from binascii import b2a_base64
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mimekit.codecs import words
from mimekit.errors import HeaderError
from mimekit.limits import Limits
from mimekit.wire.fold import fold

if TYPE_CHECKING:
    from mimekit.defects import Flaw

# Text that a header may hold: no C0 control but TAB, no DEL, no surrogate.
_writable = st.characters(exclude_categories=["Cs"]).filter(lambda c: c == "\t" or not (c < " " or c == "\x7f"))
_tricky = st.sampled_from(
    [" ", "  ", "\t", "=?utf-8?q?x?=", "=?", "?=", "_", "=", "e\u0301", "\U0001f469\u200d\U0001f680", "\x85", "\x9b",
     "\u00e9", "\u6f22\u5b57", "a" * 80, "word", "(", ")", '"', "\\", ",", "\u2028", "\xa0", "\ufeff"]
)  # fmt: skip
texts = st.lists(_tricky | st.text(_writable, max_size=8), max_size=14).map("".join)


def codes(flaws: list[Flaw]) -> set[str]:
    return {flaw[0] for flaw in flaws}


def read(raw: bytes) -> tuple[str, set[str]]:
    """Decode *raw*, having checked that asking for flaws changes nothing and that flaws lie within."""
    flaws: list[Flaw] = []
    text = words.decode(raw, flaws)
    assert words.decode(raw) == text
    assert all(0 <= start <= end <= len(raw) for _, start, end, _ in flaws)
    text.encode()  # no surrogate
    return text, codes(flaws)


# RFC 2047 8, the examples as an unstructured field shows them.
@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"=?US-ASCII?Q?Keith_Moore?=", "Keith Moore"),
        (b"=?ISO-8859-1?Q?Keld_J=F8rn_Simonsen?=", "Keld J\u00f8rn Simonsen"),
        (b"=?ISO-8859-1?Q?Andr=E9?= Pirard", "Andr\u00e9 Pirard"),
        (
            (
                b"=?ISO-8859-1?B?SWYgeW91IGNhbiByZWFkIHRoaXMgeW8=?=\r\n"
                b" =?ISO-8859-2?B?dSB1bmRlcnN0YW5kIHRoZSBleGFtcGxlLg==?="
            ),
            "If you can read this you understand the example.",
        ),
        (b"=?ISO-8859-1?Q?Olle_J=E4rnefors?=", "Olle J\u00e4rnefors"),
        (b"=?ISO-8859-1?Q?Patrik_F=E4ltstr=F6m?=", "Patrik F\u00e4ltstr\u00f6m"),
        (b"(=?ISO-8859-1?Q?a?=)", "(a)"),
        (b"(=?ISO-8859-1?Q?a?= b)", "(a b)"),
        (b"(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"),
        (b"(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"),
        (b"(=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=)", "(ab)"),
        (b"(=?ISO-8859-1?Q?a_b?=)", "(a b)"),
        (b"(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"),
        (
            b"=?iso-8859-8?b?7eXs+SDv4SDp7Oj08A==?=",
            "\u05dd\u05d5\u05dc\u05e9 \u05df\u05d1 \u05d9\u05dc\u05d8\u05e4\u05e0",
        ),
    ],
)
def test_the_examples_of_rfc_2047_8_read_as_the_rfc_says(raw: bytes, text: str) -> None:
    assert read(raw) == (text, set())


def test_a_language_is_left_out_as_in_rfc_2231_5() -> None:
    assert read(b"=?US-ASCII*EN?Q?Keith_Moore?=") == ("Keith Moore", set())


@pytest.mark.parametrize(
    ("raw", "text", "found"),
    [
        pytest.param(
            b"=?utf-8?q?=C3=A9?= =?iso-8859-1?q?=E9?=\r\n\t=?koi8-r?q?=C5?=",
            "\xe9\xe9\u0435",
            set(),
            id="charsets mixed",
        ),
        pytest.param(b"=?UTF-8?Q?=c3=a9?=", "\xe9", set(), id="cases"),
        pytest.param(b"=?utf-8?B?w6k?=", "\xe9", {"E050"}, id="padding missing"),
        pytest.param(b"=?utf-8?B?w6k===?=", "\xe9", {"E050"}, id="padding in excess"),
        pytest.param(b"=?utf-8?B?YQ==Yg==?=", "ab", {"E050"}, id="padding inside"),
        pytest.param(b"=?utf-8?B?YWJjZ?=", "abc", {"E050"}, id="six bits left over"),
        pytest.param(b"=?utf-8?B?Y W*Jj?=", "abc", {"E050"}, id="junk in base64"),
        pytest.param(b"=?utf-8?B?YWJj\r\n ZGVm?=", "abcdef", {"E050"}, id="B word folded inside"),
        pytest.param(b"=?utf-8?q?two words?=", "two words", {"E050"}, id="raw space in Q"),
        pytest.param(b"=?utf-8?q?two\r\n words?=", "two words", {"E050"}, id="Q word folded inside"),
        pytest.param(b"=?utf-8?q?50=_off?=", "50= off", {"E050"}, id="bad escape"),
        pytest.param(b"=?utf-8?q?why?_so?=", "why? so", {"E050"}, id="raw question mark"),
        pytest.param(b"=?utf-8?q?caf\xc3\xa9?=", "caf\xe9", {"E050"}, id="raw 8-bit in Q"),
        pytest.param(b"=?utf-8?q?abc", "abc", {"E050"}, id="cut before its end"),
        pytest.param(b"=?utf-8?q?abc?", "abc", {"E050"}, id="cut in its end"),
        pytest.param(b"=?utf-8?q?a b", "a b", {"E050"}, id="end missing, text after it"),
        pytest.param(b"=?utf-8?q?a =?utf-8?q?b?=", "ab", {"E050"}, id="end missing, word after it"),
        pytest.param(b"a =?utf-8?q??= b", "a  b", set(), id="empty word"),
        pytest.param(b"=?utf-8?b??=", "", set(), id="only an empty word"),
        pytest.param(b"=?utf-8?q??= =?utf-8?q?b?=", "b", set(), id="empty word beside another"),
        pytest.param(b"x=?utf-8?q?a?=", "xa", {"E055"}, id="glued to text before"),
        pytest.param(b"=?utf-8?q?a?=x", "ax", {"E055"}, id="glued to text after"),
        pytest.param(b"=?utf-8?q?a?==?utf-8?q?b?=", "ab", {"E055"}, id="glued to each other"),
        pytest.param(b"=?x-nope?q?a?= =?utf-8?q?b?=", "=?x-nope?q?a?= b", {"E057"}, id="unknown charset"),
        pytest.param(b"=?utf-8?q?a?= =?x-nope?q?b?=", "a =?x-nope?q?b?=", {"E057"}, id="unknown charset after"),
        pytest.param(b"=?rot13?q?nop?=", "=?rot13?q?nop?=", {"E057"}, id="codec that is no charset"),
        pytest.param(b"=?utf-8?x?a?=", "=?utf-8?x?a?=", {"E050"}, id="unknown encoding"),
        pytest.param(b"=??q?a?=", "=??q?a?=", {"E050"}, id="no charset"),
        pytest.param(b"=?utf-8?a?=", "=?utf-8?a?=", {"E050"}, id="no encoding"),
        pytest.param(b"=?utf-8?q?", "=?utf-8?q?", {"E050"}, id="nothing but the beginning"),
        pytest.param(b"1 =? 2", "1 =? 2", set(), id="not nearly a word"),
        pytest.param(b"=?utf-8?q?=C3?= =?utf-8?q?=A9?=", "\xe9", {"E056"}, id="UTF-8 character cut in two"),
        pytest.param(
            b"=?gb2312?b?1tA=?= =?gb2312?b?zg==?=\r\n =?gb2312?b?xA==?=",
            "\u4e2d\u6587",
            {"E056"},
            id="GB character cut",
        ),
        pytest.param(
            b"=?iso-2022-jp?b?GyRCRnxLXBsoQg==?= =?iso-2022-jp?b?GyRCOGwbKEI=?=",
            "\u65e5\u672c\u8a9e",
            set(),
            id="shifts in each word",
        ),
        pytest.param(b"=?utf-8?q?caf=E9?=", "caf\xe9", {"E057"}, id="latin-1 under utf-8"),
        pytest.param(b"=?us-ascii?q?caf=C3=A9?=", "caf\xe9", {"E057"}, id="UTF-8 under us-ascii"),
        pytest.param(b"=?utf-8?q?=C3=A9t=C3=A9 =E2=80?=", "\xe9t\xe9 \ufffd", {"E050", "E057"}, id="UTF-8 cut off"),
        pytest.param(b"=?gb2312?b?1tDOxA==?= =?gb2312?b?1g==?=", "\u4e2d\u6587\ufffd", {"E057"}, id="GB cut off"),
        pytest.param(b"=?iso-8859-1?q?=80?=", "\u20ac", set(), id="windows-1252 under iso-8859-1"),
        pytest.param(b"=?utf-7?q?+AOk-?=", "\xe9", set(), id="utf-7 by its label"),
        pytest.param(b"=?utf-7?q?+2AA-?=", "+2AA-", {"E057"}, id="utf-7 surrogate"),
        pytest.param(b"=?utf-8?q?=ED=A0=80?=", "\xed\xa0\u20ac", {"E057"}, id="utf-8 surrogate"),
        pytest.param(b"=?utf-8?q?a=0D=0AB=00?=", "a\r\nB\0", {"X002"}, id="control characters"),
        pytest.param(b"caf\xe9 =?utf-8?q?=C3=A9?=", "caf\xe9 \xe9", set(), id="raw 8-bit beside a word"),
        pytest.param(b"  a  =?utf-8?q?_b_?=  \r\n", "a   b ", set(), id="spaces in and around"),
    ],
)
def test_what_senders_write_is_read(raw: bytes, text: str, found: set[str]) -> None:
    assert read(raw) == (text, found)


def test_malformed_words_stay_literal_token_by_token() -> None:
    # CVE GHSA-mvxr-6m87-mv2q: a greedy charset showed another address than was there.
    text, found = read(b"=?utf-8?q?a?=x?=?q?b=40evil.test?= <u@example.org>")
    assert text == "ax?=?q?b=40evil.test?= <u@example.org>"
    assert "b@evil.test" not in text
    assert found == {"E050", "E055"}


def test_nothing_decoded_is_decoded_again() -> None:
    assert read(b"=?utf-8?q?=3D=3Futf-8=3Fq=3Fx=3F=3D?=")[0] == "=?utf-8?q?x?="
    assert read(b"=?utf-8?q?=3D?= =?utf-8?q?=3Futf-8=3Fq=3Fx=3F=3D?=")[0] == "=?utf-8?q?x?="


def test_a_field_without_words_is_unfolded_and_stripped() -> None:
    assert read(b" Notes\r\n on  the\n\tEngine \r\n") == ("Notes on  the\tEngine", set())


def test_raw_octets_are_utf_8_else_the_given_charset_else_windows_1252() -> None:
    assert words.decode(b" Gr\xc3\xbc\xc3\x9fe") == "Gr\xfc\xdfe"
    assert words.decode(b" \xc5\xc3", charset="koi8-r") == "\u0435\u0446"
    assert words.decode(b" Gr\xfc\xdfe") == "Gr\xfc\xdfe"


def test_words_over_the_limit_stay_encoded_with_l008() -> None:
    flaws: list[Flaw] = []
    text = words.decode(b"=?utf-8?q?a?= " * 4, flaws, limits=Limits(max_encoded_words_per_field=2))
    assert text == "aa =?utf-8?q?a?= =?utf-8?q?a?="
    assert codes(flaws) == {"L008"}


def test_a_field_of_twenty_thousand_words_gives_a_bounded_number_of_flaws() -> None:
    flaws: list[Flaw] = []
    text = words.decode(b"=?utf-8?q?a?==?utf-8?q?b?= " * 10_000, flaws)
    assert text.startswith("ab" * 2500 + " =?utf-8?q?a?==?")
    assert codes(flaws) == {"E055", "L008"}
    assert len(flaws) < 20


_fragments = st.sampled_from(
    b"=?|?=|=|?|utf-8|q|b|=?utf-8?q?|=?gb2312?b?| |\r\n |\n|x|\xe9|=C3|=A9|\0|w6k|=?utf-7?q?+2AA-?=|\x1b$B".split(b"|")
)


@given(st.lists(_fragments, max_size=30).map(b"".join) | st.binary(max_size=40))
@settings(max_examples=300)
def test_reading_never_raises(raw: bytes) -> None:
    read(raw)


def test_a_phrase_decodes_atoms_and_leaves_quoted_strings() -> None:
    flaws: list[Flaw] = []
    tokens = [
        ("atom", b"Dr."),
        ("atom", b"=?utf-8?q?two"),
        ("atom", b"words?="),
        ("atom", b"=?utf-8?q?=C3=A9?="),
        ("quoted", b"=?utf-8?q?x?="),
        ("quoted", b" b, c"),
        ("atom", b"d"),
    ]
    assert words.decode_phrase(tokens, flaws) == "Dr. two words\xe9 =?utf-8?q?x?=  b, c d"
    assert codes(flaws) == {"E050", "E053"}
    joined = b" ".join([octets for _, octets in tokens])
    assert [joined[start:end] for code, start, end, _ in flaws if code == "E053"] == [b"=?utf-8?q?x?="]
    assert words.decode_phrase([]) == ""


# --------------------------------------------------------------------------------------------------------- writing

_encoded_word = re.compile(rb"=\?utf-8\?(?:q\?[!->@-~]*|b\?[A-Za-z0-9+/]*={0,2})\?=")
_phrase_word = re.compile(rb"=\?utf-8\?(?:q\?[A-Za-z0-9!*+\-/=_]*|b\?[A-Za-z0-9+/]*={0,2})\?=")


def subject_of(field: bytes) -> str:
    """Read a Subject field with the standard library."""
    return str(email.message_from_bytes(field + b"\r\n", policy=email.policy.default)["Subject"])


@given(texts, st.booleans(), st.integers(0, 120))
@settings(max_examples=150)
def test_encoded_words_are_short_whole_and_read_back(text: str, phrase: bool, first: int) -> None:
    made = words.encode(text, phrase=phrase, first=first)
    for word in made:
        assert len(word) <= 75
        assert (_phrase_word if phrase else _encoded_word).fullmatch(word)
        assert read(word)[1] <= {"X002"}  # no split character among the flaws
    assert words.decode(b"\r\n ".join(made)) == text
    if first <= 48:
        assert first + len(made[0]) <= 76


@given(texts)
@example("=?utf-8?q?x?=")
@example("   ")
@example("\x85 \x80\x9f")
@example("a  \u00e9  b")
@example("e" + "\u0301" * 200)
@settings(max_examples=200)
def test_unstructured_text_reads_back_by_ours_and_by_the_standard_library(text: str) -> None:
    field = fold(b"Subject", words.pieces(text, first=9))
    assert field.isascii()
    assert max(map(len, field.split(b"\r\n"))) <= 998
    assert not re.search(rb"(?m)^[ \t]*\r$", field[8:-2]) or not text
    assert read(field[8:]) == (text, set())
    assert subject_of(field) == text


@given(texts)
@settings(max_examples=150)
def test_utf8_text_reads_back_and_keeps_what_it_may_raw(text: str) -> None:
    field = fold(b"Subject", words.pieces(text, utf8=True, first=9))
    assert words.decode(field[8:]) == text
    assert not re.search(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", field)


def test_utf8_writes_raw_what_rfc_6532_allows() -> None:
    assert words.pieces("Gr\xfc\xdfe", utf8=True) == [b"Gr\xc3\xbc\xc3\x9fe"]
    assert words.pieces("\x85", utf8=True) == [b"=?utf-8?b?woU=?="]


def test_plain_text_is_one_piece_when_it_fits_and_pieces_at_spaces_when_not() -> None:
    assert words.pieces("Notes on the  Engine") == [b"Notes on the  Engine"]
    assert words.pieces("Notes  on the Engine", first=70) == [b"Notes", b"  on", b" the", b" Engine"]
    assert words.pieces("") == [b""]


def test_only_the_words_that_need_it_are_encoded_with_the_spaces_between_them() -> None:
    assert words.pieces("a \xe9 \xfc b") == [b"a", b" =?utf-8?b?w6kgw7w=?=", b" b"]


def test_a_run_too_long_for_a_line_goes_into_words_and_a_shorter_one_does_not() -> None:
    assert words.pieces("x " + "a" * 600) == [b"x", b" " + b"a" * 600]
    assert all(len(piece) <= 76 for piece in words.pieces("x " + "a" * 5000))


def test_many_spaces_go_into_words() -> None:
    assert all(b"  " not in piece for piece in words.pieces("a" + " " * 2000 + "b"))


@pytest.mark.parametrize("cluster", ["e\u0301", "\U0001f469\u200d\U0001f680", "\U0001f44d\U0001f3fd", "\u0915\u093f"])
def test_what_is_shown_as_one_character_is_not_divided(cluster: str) -> None:
    made = words.encode(cluster * 60)
    assert len(made) > 3
    assert all(words.decode(word).startswith(cluster[0]) for word in made)


def test_a_character_with_more_marks_than_a_word_holds_is_divided_between_characters() -> None:
    made = words.encode("e" + "\u0301" * 200)
    assert len(made) > 3
    assert all(read(word)[1] == set() for word in made)


@pytest.mark.parametrize("character", ["\r", "\n", "\0", "\x1b", "\x7f", "\ud800"])
def test_a_control_character_or_surrogate_in_text_raises(character: str) -> None:
    with pytest.raises(HeaderError, match=rf"U\+{ord(character):04X} at index 3"):
        words.pieces(f"abc{character}def")


def test_encoding_a_surrogate_raises_and_a_control_character_is_escaped() -> None:
    with pytest.raises(HeaderError, match=r"U\+DC80"):
        words.encode("a\udc80")
    assert words.encode("a\r\nb") == [b"=?utf-8?q?a=0D=0Ab?="]


@pytest.mark.parametrize(
    ("text", "needed"),
    [("Ada", False), ('a\\b "c"', False), ("", False), ("\xe9", True), ("a\tb", True), ("1 =? 2", True)],
)
def test_needs_encoding_says_what_cannot_stand_as_it_is(text: str, needed: bool) -> None:
    assert words.needs_encoding(text) is needed


def test_the_shorter_of_q_and_b_is_chosen() -> None:
    assert words.encode("caf\xe9 au lait") == [b"=?utf-8?q?caf=C3=A9_au_lait?="]
    long = "\u65e5\u672c\u8a9e"
    assert words.encode(long) == [b"=?utf-8?b?%b?=" % b2a_base64(long.encode(), newline=False)]


_FRAGMENTS = (
    *(b"=?utf-8?q?a?=", b"=?UTF-8?B?w6k=?=", b"=?utf-8?b?w6?=", b"=?utf-8?q?=E4?=", b"=?latin-1?q?=E4?=", b"x", b"=?"),
    *(b" ", b"\r\n ", b"\t", b"  ", b"\xe9", b"?=", b"=?utf-8?q?_?=", b"=?utf-8?b?QQ=QQ?=", b"=?utf-8?q??="),
)


@given(st.lists(st.sampled_from(_FRAGMENTS)).map(b"".join))
def test_the_fast_way_reads_what_the_thorough_one_reads(raw: bytes) -> None:
    assert words.decode(raw) == words.decode(raw, [])
