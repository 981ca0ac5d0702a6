"""Unstructured text, and the phrases of Keywords."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.codecs import words
from mimekit.errors import HeaderError
from mimekit.headers import text
from mimekit.headers.text import PhraseList
from mimekit.wire.fold import fold

if TYPE_CHECKING:
    from mimekit.defects import Flaw


def read(raw: bytes) -> tuple[tuple[str, ...], list[str]]:
    """Parse *raw*, having checked what must hold for any octets; give the phrases and the codes."""
    flaws: list[Flaw] = []
    value = PhraseList.parse(raw, flaws)
    assert PhraseList.parse(raw) == value
    assert all(0 <= start <= end <= len(raw) for _, start, end, _ in flaws)
    return value.phrases, [code for code, _, _, _ in flaws]


def test_unstructured_text_is_what_the_codec_of_encoded_words_makes_of_it() -> None:
    assert text.parse is words.decode
    assert text.pieces is words.pieces


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(b" engine", ("engine",), id="one atom"),
        pytest.param(b" analytical engine, notes", ("analytical engine", "notes"), id="phrases of atoms"),
        pytest.param(b'"a, b", c', ("a, b", "c"), id="a comma in quotes"),
        pytest.param(b'"a \\"b\\"\r\n c"', ('a "b" c',), id="quoted pairs and folds"),
        pytest.param(b"(x) a (y, z) b", ("a b",), id="comments"),
        pytest.param(b"a,, b,", ("a", "b"), id="RFC 5322 4.1 empty elements"),
        pytest.param(b"J. Doe, v1.2", ("J. Doe", "v1.2"), id="RFC 5322 4.1 obs-phrase"),
        pytest.param(b"=?utf-8?q?Gr=C3=BC=C3=9Fe?= =?utf-8?q?_an?=, x", ("Gr\u00fc\u00dfe an", "x"), id="RFC 2047"),
        pytest.param(b"", (), id="nothing"),
    ],
)
def test_phrases_are_read_without_a_flaw(raw: bytes, expected: tuple[str, ...]) -> None:
    assert read(raw) == (expected, [])


@pytest.mark.parametrize(
    ("raw", "expected", "codes"),
    [
        pytest.param(b'a, "b', ("a", '"b'), ["A039"], id="no end of quotes"),
        pytest.param(b"a, (b", ("a", "(b"), ["A038"], id="no end of a comment"),
        pytest.param(b"a" + b"(" * 17 + b")" * 17, ("a",), ["L009"], id="comments too deep"),
        pytest.param(b'"=?utf-8?q?a?="', ("=?utf-8?q?a?=",), ["E053"], id="an encoded word in quotes"),
        pytest.param(b"=?x-none?q?a?=", ("=?x-none?q?a?=",), ["E057"], id="an unknown charset"),
    ],
)
def test_damaged_phrases_are_read_and_flagged(raw: bytes, expected: tuple[str, ...], codes: list[str]) -> None:
    assert read(raw) == (expected, codes)


def test_raw_octets_are_read_in_the_fallback_charset() -> None:
    assert PhraseList.parse(b"\xd4\xc5\xc3", charset="koi8-r").phrases == ("\u0442\u0435\u0446",)


@given(st.binary(max_size=60) | st.text('ab ,."\\()=?<>\r\n', max_size=60).map(str.encode))
def test_reading_never_raises(raw: bytes) -> None:
    read(raw)


phrases = st.text(
    st.characters(codec="utf-8", exclude_characters=[chr(code) for code in range(0x20) if code != 9] + ["\x7f"]),
    min_size=1,
    max_size=30,
)


@given(st.lists(phrases, min_size=1, max_size=4), st.booleans())
def test_what_is_written_is_read_back_equal(given_phrases: list[str], utf8: bool) -> None:
    value = PhraseList.of(given_phrases)
    octets = value.encode(utf8=utf8)
    assert utf8 or octets.isascii()
    assert PhraseList.parse(octets) == value
    assert PhraseList.parse(fold(b"Keywords", value.pieces(utf8=utf8)).partition(b":")[2]) == value


def test_nothing_in_a_phrase_is_parsed() -> None:
    value = PhraseList.of("a, b")
    assert value.phrases == ("a, b",)
    assert value.encode() == b'"a, b"'


@pytest.mark.parametrize("given_phrases", [[], "", [""], ["a\r\nBcc: b"], ["\ud800"], [1]])
def test_what_is_no_list_of_phrases_raises(given_phrases: list[str]) -> None:
    with pytest.raises(HeaderError, match="phrase"):
        PhraseList.of(given_phrases)


def test_a_list_is_a_value() -> None:
    value = PhraseList.of(["a", "b"])
    assert pickle.loads(pickle.dumps(value)) == value == PhraseList.of(value)
    assert (list(value), len(value), str(value)) == (["a", "b"], 2, "a, b")
