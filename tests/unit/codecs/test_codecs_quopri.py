"""Quoted-printable: RFC 2045 6.7, the pitfalls of `binascii`, and what damaged bodies give."""

from __future__ import annotations

import quopri as standard
import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mimekit.codecs import quopri
from mimekit.codecs._flaws import MOST

if TYPE_CHECKING:
    from mimekit.defects import Flaw

LINE = 76  # characters, with the sign of a soft line break

bounded = settings(max_examples=150, deadline=None)

words = st.sampled_from(
    [
        b"a",
        b" ",
        b"\t",
        b".",
        b"=",
        b"\r",
        b"\n",
        b"\r\n",
        b"From ",
        b"\xc3\xa9",
        b"\x00",
        b"x" * 36,
        b"x" * 73,
        b"." * 75,
    ]
)
texts = st.lists(words, max_size=12).map(b"".join)
damaged = st.lists(
    st.sampled_from(
        [b"=", b"==", b"=3D", b"=c3", b"=G", b"4", b" ", b"\t", b"\r", b"\n", b"\r\n", b"x", b"\xe9", b"\x7f"]
    ),
    max_size=14,
).map(b"".join)


def to_crlf(text: bytes) -> bytes:
    return text.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def writes(encoded: bytes) -> bytes:
    """Check what must hold for anything that is written."""
    assert encoded.isascii()
    assert encoded.count(b"\r\n") == encoded.count(b"\r") == encoded.count(b"\n")
    for line in encoded.split(b"\r\n"):
        assert len(line) <= LINE
        assert not line.startswith((b".", b"From "))
        assert not line.endswith((b" ", b"\t"))
    flaws: list[Flaw] = []
    decoded = quopri.decode(encoded, flaws)
    assert flaws == []
    assert standard.decodestring(encoded) == decoded
    return decoded


def by_the_line(data: bytes) -> bytes:
    """Decode by the letter of the docstring, line by line."""
    lines = [re.sub(rb"[ \t]+(\r?)$", rb"\1", line) for line in data.split(b"\n")[:-1]]
    lines.append(data.split(b"\n")[-1].rstrip(b" \t"))
    text = b"\n".join(lines)

    def read(sign: re.Match[bytes]) -> bytes:
        return bytes.fromhex(sign[1].decode()) if sign[1] else b""

    return re.sub(rb"=(?:([0-9A-Fa-f]{2})|\r?\n|\Z)", read, text)


def reads(data: bytes) -> tuple[bytes, list[Flaw]]:
    """Decode, having checked what must hold for any octets at all."""
    flaws: list[Flaw] = []
    octets = quopri.decode(data, flaws)
    assert quopri.decode(data) == octets == by_the_line(data)
    assert all(0 <= start < end <= len(data) for _, start, end, _ in flaws)
    assert [flaw[1] for flaw in flaws] == sorted(flaw[1] for flaw in flaws)
    return octets, flaws


@bounded
@given(texts)
@example(b"x" * 74 + b" \n")
@example(b"x" * 75 + b"\t\nnext")
@example(b"x" * 75 + b" ")
@example(b"x" * 74 + b"\t")
@example(b"." * 300)
@example(b"x" * 75 + b"From here" + b"." * 80)
@example((b"." * 72 + b"\xff") * 3)
def test_text_is_read_back_with_crlf_line_ends(text: bytes) -> None:
    assert writes(quopri.encode(text)) == to_crlf(text)
    assert quopri.encode(text) == quopri.encode(to_crlf(text))


@bounded
@given(texts)
@example(b"x" * 76 + b"\n")
@example(b"x" * 75 + b"\r\n" + b"x" * 76 + b"\n")
def test_binary_is_read_back_octet_for_octet(data: bytes) -> None:
    assert writes(quopri.encode_binary(data)) == data


@bounded
@given(st.binary(max_size=300))
def test_any_octets_are_read_back(data: bytes) -> None:
    assert writes(quopri.encode(data)) == to_crlf(data)
    assert writes(quopri.encode_binary(data)) == data


@bounded
@given(st.text(max_size=200))
def test_what_the_standard_library_writes_is_read_alike(text: str) -> None:
    encoded = standard.encodestring(text.replace("\r", "").encode())
    flaws: list[Flaw] = []
    assert quopri.decode(encoded, flaws) == standard.decodestring(encoded)
    assert flaws == []


def test_the_example_of_rfc_2045_section_6_7_is_one_line() -> None:
    encoded = b"Now's the time =\r\nfor all folk to come=\r\n to the aid of their country."
    assert reads(encoded) == (b"Now's the time for all folk to come to the aid of their country.", [])


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_line_ends_stay_as_they_are_on_reading(end: bytes) -> None:
    assert reads(b"a=C3=A9" + end + b"b=" + end + b"c" + end) == (b"a\xc3\xa9" + end + b"bc" + end, [])


def test_a_lone_cr_in_text_is_data() -> None:
    assert quopri.encode(b"a\rb\nc") == b"a=0Db\r\nc"


def test_a_lone_dot_and_from_at_a_line_start_are_escaped() -> None:
    assert quopri.encode(b".\n.x\nFrom me\nFrom\n>From x") == b"=2E\r\n=2Ex\r\n=46rom me\r\nFrom\r\n>From x"


@settings(max_examples=400, deadline=None)
@given(damaged)
@example(b"=\rlost?\nno")
@example(b"==41")
@example(b"a=  ")
def test_any_octets_are_decoded_as_far_as_they_can_be(data: bytes) -> None:
    reads(data)


@bounded
@given(st.binary(max_size=120))
def test_random_octets_do_not_raise(data: bytes) -> None:
    reads(data)


@pytest.mark.parametrize(
    ("data", "octets", "flaw"),
    [
        (b"a=XYb", b"a=XYb", ("E020", 1, 4)),
        (b"1+1=2", b"1+1=2", ("E020", 3, 5)),
        (b"a==3D", b"a==", ("E020", 1, 2)),
        (b"a=4", b"a=4", ("E020", 1, 3)),
        (b"a=\rb\nc", b"a=\rb\nc", ("E020", 1, 2)),
        (b"a=", b"a", ("E020", 1, 2)),
        (b"a= ", b"a", ("E020", 1, 3)),
        (b"=c3=A9", b"\xc3\xa9", ("E021", 0, 3)),
        (b"caf\xc3\xa9.", b"caf\xc3\xa9.", ("E024", 3, 5)),
        (b"a\x0cb", b"a\x0cb", ("E024", 1, 2)),
    ],
)
def test_damage_is_kept_and_shown(data: bytes, octets: bytes, flaw: tuple[str, int, int]) -> None:
    decoded, flaws = reads(data)
    assert decoded == octets
    assert [(code, start, end) for code, start, end, _ in flaws] == [flaw]


def test_blanks_at_line_ends_are_deleted_as_rfc_2045_section_6_7_3_says() -> None:
    assert reads(b"a \r\nb\t \nc= \t\r\nd=20\r\ne ") == (b"a\r\nb\ncd \r\ne", [])


def test_a_blank_before_a_lone_cr_is_not_at_a_line_end() -> None:
    assert reads(b"a \rb\r\n") == (b"a \rb\r\n", [])


def test_a_code_is_not_hidden_by_many_flaws_of_another() -> None:
    _, flaws = reads(b"=G " * 100 + b"=c3" * 100 + b"\xff\n" * 100)
    codes = [flaw[0] for flaw in flaws]
    assert codes.count("E020") == codes.count("E021") == codes.count("E024") == MOST + 1
    assert [flaw[3] for flaw in flaws if "more" in flaw[3]] == ["and 95 more"] * 3


@pytest.mark.parametrize("unit", [b"=", b" ", b"= ", b" \n", b"\r", b"=\r", b"\t\r\n", b"=c3", b"\xff", b"."])
def test_a_long_body_of_any_damage_is_read(unit: bytes) -> None:
    data = unit * (2**18 // len(unit))
    flaws: list[Flaw] = []
    assert quopri.decode(data, flaws) == by_the_line(data.rstrip(b" \t"))
    assert len(flaws) <= 3 * (MOST + 1)


@pytest.mark.parametrize("unit", [b".", b" ", b" \n", b"From ", b".\n", b"\r", b"\xff"])
def test_a_long_body_of_any_text_is_written(unit: bytes) -> None:
    data = unit * (2**18 // len(unit))
    assert writes(quopri.encode(data)) == to_crlf(data)
