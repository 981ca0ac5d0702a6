"""The identity encodings: RFC 2045 2.7 to 2.9."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mimekit.codecs import plain

if TYPE_CHECKING:
    from mimekit.defects import Flaw

bounded = settings(max_examples=200, deadline=None)
texts = st.lists(st.sampled_from([b"a", b"bcd", b"\r", b"\n", b"\r\n", b"\xff", b"\0"])).map(b"".join)


def line_lengths(data: bytes) -> list[int]:
    return [len(line) for line in re.split(rb"\r?\n", data)]


@bounded
@given(texts)
def test_octets_pass_unchanged(data: bytes) -> None:
    for name in ("7bit", "8bit", "binary"):
        flaws: list[Flaw] = []
        assert plain.decode(data, flaws, name=name) is data
        assert bool(flaws) == (name == "7bit" and b"\xff" in data)
        assert all(data[start:end].strip(b"\xff") == b"" and start < end for _, start, end, _ in flaws)


def test_8bit_octets_in_a_7bit_body_are_one_flaw() -> None:
    flaws: list[Flaw] = []
    plain.decode(b"a\xc3\xa9\nb\xc3", flaws)
    assert flaws == [("E003", 1, 3, "3 octets over 127 in a 7bit body")]


@bounded
@given(texts)
def test_the_longest_line_is_counted_without_its_line_end(data: bytes) -> None:
    assert plain.longest_line(data) == max(line_lengths(data))


@bounded
@given(texts, st.integers(0, 9))
@example(b"abc\r\n", 3)
@example(b"abc\n", 3)
@example(b"abc\r", 3)
@example(b"ab\rc\r\nabc", 3)
def test_a_long_line_is_found(data: bytes, limit: int) -> None:
    assert plain.has_long_line(data, limit) == (max(line_lengths(data)) > limit)


@bounded
@given(texts)
def test_a_bare_line_end_is_found_and_mended(data: bytes) -> None:
    assert plain.has_bare_line_end(data) == bool(re.search(rb"\r(?!\n)|(?<!\r)\n", data))
    mended = plain.to_crlf(data)
    assert mended == re.sub(rb"\r\n|\r|\n", b"\r\n", data)
    assert not plain.has_bare_line_end(mended)


@pytest.mark.parametrize(
    ("data", "is_7bit", "is_8bit"),
    [
        (b"", True, True),
        (b"text\r\n", True, True),
        (b"\xc3\xa9\r\n", False, True),
        (b"a\0b", False, False),
        (b"a\nb", False, False),
        (b"a\rb", False, False),
        (b"x" * 998 + b"\r\n", True, True),
        (b"x" * 999, False, False),
        (b"\r\n" + b"x" * 999 + b"\r\n", False, False),
    ],
    ids=range(9),
)
def test_7bit_and_8bit_data_are_those_of_rfc_2045_section_2(data: bytes, is_7bit: object, is_8bit: object) -> None:
    assert plain.is_7bit(data) is is_7bit
    assert plain.is_8bit(data) is is_8bit
