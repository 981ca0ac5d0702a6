"""Folding, unfolding and the guard (RFC 5322 2.1.1, 2.2.3)."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mimekit.errors import AddressError, HeaderError
from mimekit.wire.fold import fold, guard, guard_strict, unfold

_words = st.text(st.sampled_from("abc=?"), min_size=1, max_size=30).map(str.encode)
_spaces = st.sampled_from([b" ", b"\t", b"  "])
_later = st.builds(bytes.__add__, _spaces, _words) | _spaces
bodies = st.builds(lambda first, rest: [first, *rest], _words | st.just(b""), st.lists(_later, max_size=20))


@given(bodies, st.integers(1, 120))
@example([b"", b" ", b" "], 1)
@example([b"a" * 40, b" " * 40, b" b"], 20)
def test_folding_and_unfolding_give_the_body_back(pieces: list[bytes], width: int) -> None:
    field = fold(b"Subject", pieces, width=width)
    assert field.startswith(b"Subject: ")
    assert field.endswith(b"\r\n")
    assert unfold(field[9:]) == b"".join(pieces)
    lines = field[:-2].split(b"\r\n")
    assert all(line.strip() for line in lines)  # RFC 5322 3.2.2: no line of white space alone
    assert all(line[0] in b" \t" for line in lines[1:])
    assert lines[0] != b"Subject: " or len(lines) == 1  # never a fold right after the name


@given(bodies)
def test_a_line_passes_the_width_only_where_nothing_can_be_folded(pieces: list[bytes]) -> None:
    limit = 76 if b"=?" in b"".join(pieces) else 78
    for line in fold(b"Subject", pieces).split(b"\r\n"):
        inner = [found.end() for found in re.finditer(rb"[^ \t:](?=[ \t]+[^ \t])", line)]
        assert len(line.rstrip()) <= limit or not inner or min(inner) > limit or len(line.strip()) < len(line)


def test_a_fold_stands_before_the_piece_that_would_pass_the_width() -> None:
    assert fold(b"Subject", [b"a" * 60, b" bbbbbbbb"]) == b"Subject: " + b"a" * 60 + b" bbbbbbbb\r\n"
    assert fold(b"Subject", [b"a" * 60, b" bbbbbbbbb"]) == b"Subject: " + b"a" * 60 + b"\r\n bbbbbbbbb\r\n"


def test_a_line_with_an_encoded_word_has_at_most_76_columns() -> None:
    # RFC 2047 2
    pieces = [b"a" * 50, b" =?utf-8?q??=", b" bbbbb"]
    assert fold(b"Subject", pieces) == b"Subject: " + b"a" * 50 + b" =?utf-8?q??=\r\n bbbbb\r\n"


def test_an_empty_body_and_a_long_first_piece_stay_beside_the_name() -> None:
    assert fold(b"Subject", [b""]) == b"Subject: \r\n"
    assert fold(b"Subject", []) == b"Subject: \r\n"
    assert fold(b"Subject", [b"a" * 500, b" b"]) == b"Subject: " + b"a" * 500 + b"\r\n b\r\n"
    assert fold(b"X", [b"", b" " + b"a" * 100]) == b"X:  " + b"a" * 100 + b"\r\n"


def test_a_line_over_998_octets_raises_and_one_of_998_does_not() -> None:
    assert max(map(len, fold(b"Subject", [b"a" * 989]).split(b"\r\n"))) == 998
    with pytest.raises(HeaderError, match=r"'Subject' has a line of 999 octets .* the limit is 998 \(RFC 5322 2.1.1\)"):
        fold(b"Subject", [b"a" * 990])
    with pytest.raises(HeaderError, match="1000 octets"):
        fold(b"Subject", [b"a", b" " + b"b" * 999])
    with pytest.raises(HeaderError, match="999 octets"):
        fold(b"Subject", [b"a" * 990], width=5000)


@pytest.mark.parametrize("bad", [b"a\nb", b"a\rb", b"a\r\n b", b"a\0b", b"\n"])
def test_a_line_end_or_nul_in_a_piece_raises(bad: bytes) -> None:
    with pytest.raises(HeaderError, match="'Subject' has CR, LF or NUL in its body"):
        fold(b"Subject", [b"x", b" " + bad])


@pytest.mark.parametrize("name", [b"", b"Sub ject", b"Subject:", b"Subject\r\nX", b"S\xc3\xa9", b"S\0"])
def test_what_is_no_field_name_raises(name: bytes) -> None:
    with pytest.raises(HeaderError, match="is no field name"):
        fold(name, [b"x"])


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        (b"", b""),
        (b" a", b" a"),
        (b" a\r\n", b" a"),
        (b" a\n", b" a"),
        (b" a\r\n b\r\n\tc\r\n", b" a b\tc"),
        (b" a\n b\n\tc\n", b" a b\tc"),
        (b" a\r\n \r\n b", b" a  b"),
        (b" a\rb", b" a\rb"),
        (b"a\nb\r\n", b"a\nb"),
        (b"\r\n", b""),
        (b"\r\n a\r\n", b" a"),
        (b"a\r\n\r\n", b"a\r\n"),
    ],
)
def test_unfolding_takes_line_ends_and_leaves_white_space(raw: bytes, body: bytes) -> None:
    assert unfold(raw) == body


@given(st.binary(max_size=40) | st.lists(st.sampled_from([b"\r", b"\n", b" ", b"\t", b"a"]), max_size=20).map(b"".join))
def test_unfolding_loses_nothing_but_line_ends(raw: bytes) -> None:
    assert unfold(raw).translate(None, b"\r\n") == raw.translate(None, b"\r\n")


FORBIDDEN = [chr(code) for code in [*range(9), *range(10, 32), 127, 0xD800, 0xDFFF]]
STRICTLY = [*FORBIDDEN, "\t", *map(chr, range(0x80, 0xA0)), "\u2028", "\u2029"]


@pytest.mark.parametrize("character", FORBIDDEN, ids=ascii)
def test_the_guard_refuses(character: str) -> None:
    with pytest.raises(HeaderError, match=rf"^subject holds U\+{ord(character):04X} at index 2 of "):
        guard(f"ab{character}c", "subject")


@pytest.mark.parametrize("character", STRICTLY, ids=ascii)
def test_the_strict_guard_refuses(character: str) -> None:
    with pytest.raises(AddressError, match=rf"^address holds U\+{ord(character):04X} at index 0 of "):
        guard_strict(character, "address", error=AddressError)


@given(st.text(max_size=20))
def test_the_guards_take_everything_else(text: str) -> None:
    clean = "".join([c for c in text if c not in FORBIDDEN and not 0xD800 <= ord(c) <= 0xDFFF])
    guard(clean, "subject")
    guard_strict("".join([c for c in clean if c not in STRICTLY]), "address")


def test_a_refusal_is_printable() -> None:
    with pytest.raises(HeaderError) as caught:
        guard("a\x1b[31m\r\nBcc: x", "subject")
    assert str(caught.value).isascii()
    assert str(caught.value).isprintable()
