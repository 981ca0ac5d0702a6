"""Uuencode: whole blocks, several of them, and what damage gives."""

from __future__ import annotations

import binascii
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimekit.codecs import uu
from mimekit.codecs._flaws import MOST

if TYPE_CHECKING:
    from mimekit.defects import Flaw

bounded = settings(max_examples=150, deadline=None)


def block(data: bytes, *, name: bytes = b" cat.txt", backtick: bool = True, end: bytes = b"\n") -> bytes:
    """Write a block with the standard library, as the first writers did or with a grave accent for zero."""
    lines = [binascii.b2a_uu(data[place : place + 45], backtick=backtick) for place in range(0, len(data), 45)]
    lines.append(b"`\n" if backtick else b" \n")
    return b"".join([b"begin 644" + name + b"\n", *lines, b"end\n"]).replace(b"\n", end)


def reads(data: bytes) -> tuple[bytes, list[Flaw]]:
    """Decode, having checked what must hold for any octets at all."""
    flaws: list[Flaw] = []
    octets = uu.decode(data, flaws)
    assert uu.decode(data) == octets
    assert all(code == "E002" and 0 <= start <= end <= len(data) for code, start, end, _ in flaws)
    assert len(flaws) <= MOST + 1
    return octets, flaws


@bounded
@given(st.binary(max_size=200), st.booleans(), st.sampled_from([b"\n", b"\r\n"]), st.sampled_from([b"", b" ", b" a b"]))
def test_what_the_standard_library_writes_is_read_without_a_flaw(
    data: bytes,
    backtick: bool,
    end: bytes,
    name: bytes,
) -> None:
    assert reads(block(data, name=name, backtick=backtick, end=end)) == (data, [])


@bounded
@given(st.binary(max_size=200))
def test_blanks_lost_at_line_ends_are_supplied(data: bytes) -> None:
    stripped = b"\n".join(line.rstrip() for line in block(data, backtick=False).split(b"\n"))
    assert reads(stripped)[0] == data


def test_several_blocks_are_joined_and_the_text_around_them_is_shown() -> None:
    body = b"Two files:\n" + block(b"first") + b"\n" + block(b"second") + b"-- \nme\n"
    octets, flaws = reads(body)
    assert octets == b"firstsecond"
    assert [(body[start:end], detail) for _, start, end, detail in flaws] == [
        (b"Two files:\n", "text outside the uuencoded blocks is left out"),
        (b"-- \nme\n", "text outside the uuencoded blocks is left out"),
    ]


def test_a_block_ends_where_the_next_begins() -> None:
    octets, flaws = reads(block(b"first").replace(b"`\nend\n", b"") + block(b"second"))
    assert octets == b"firstsecond"
    assert [flaw[3] for flaw in flaws] == ["uuencoded block without an end line"]


def test_a_block_that_is_cut_off_gives_what_it_has() -> None:
    octets, flaws = reads(b"begin 644 x\n#0V%T\n")
    assert (octets, [flaw[3] for flaw in flaws]) == (b"Cat", ["uuencoded block without an end line"])


def test_a_line_of_length_zero_ends_a_block_without_an_end_line() -> None:
    octets, flaws = reads(b"begin 644 x\n#0V%T\n`\nHELLO\n")
    assert (octets, [flaw[1:3] for flaw in flaws]) == (b"Cat", [(20, 26)])


def test_lines_of_other_octets_are_skipped() -> None:
    octets, flaws = reads(b"begin 644 x\n#0V%T\nforwarded by me\n\n#0V%T\n`\nend\n")
    assert (octets, [flaw[1:3] for flaw in flaws]) == (b"CatCat", [(18, 34)])


@pytest.mark.parametrize("line", [b"#0V%TX", b"#0V%T~~~"])
def test_what_follows_the_characters_of_a_line_is_ignored(line: bytes) -> None:
    assert reads(b"begin 644 x\n" + line + b"\n`\nend\n") == (b"Cat", [])


def test_a_last_group_that_is_not_filled_is_read() -> None:
    assert reads(b"begin 644 x\n!0P\n`\nend\n") == (b"C", [])


@pytest.mark.parametrize(("line", "data"), [(b"$0V%T", b"Cat\0"), (b"#0V%", b"Ca@")])
def test_a_line_too_short_for_its_length_is_shown(line: bytes, data: bytes) -> None:
    octets, flaws = reads(b"begin 644 x\n" + line + b"\n`\nend\n")
    assert (octets, [flaw[3] for flaw in flaws]) == (data, ["uuencoded line shorter than it says"])


@pytest.mark.parametrize("body", [b"", b"no block here\n", b"say begin 644 x\n#0V%T\n", b"begin at noon\n"])
def test_a_body_without_a_block_stays_as_it_is(body: bytes) -> None:
    octets, flaws = reads(body)
    assert (octets, [flaw[3] for flaw in flaws]) == (body, ["uuencoded body without a begin line"])


@bounded
@given(
    st.lists(
        st.sampled_from(
            [b"begin 644 x\n", b"begin 644", b"#0V%T\n", b"M", b"end\n", b"`\n", b"\r\n", b" ", b"~", b"x\n"]
        )
    ).map(b"".join)
)
def test_any_lines_are_read(data: bytes) -> None:
    reads(data)


@pytest.mark.parametrize(
    ("unit", "octets"),
    [
        (b"begin 644 ", b""),
        (b"begin 644\n", b""),
        (b"M", b"\xb6\xdb\x6d" * 15),
        (b"\n", b""),
        (b"end\n", b""),
        (b"~\n", b""),
        (b"#0V%T\n", b"Cat" * 43_690),
    ],
)
def test_a_long_body_of_any_damage_is_read(unit: bytes, octets: bytes) -> None:
    decoded, flaws = reads(b"begin 644 x\n" + unit * (2**18 // len(unit)))
    assert decoded == octets
    assert flaws
