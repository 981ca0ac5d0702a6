"""Base64: RFC 2045 6.8, RFC 4648, and what damaged bodies give."""

from __future__ import annotations

import binascii
from base64 import encodebytes
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mimekit.codecs import base64
from mimekit.codecs._flaws import MOST

if TYPE_CHECKING:
    from mimekit.defects import Flaw

OCTET = 8  # bits
LINE = 76  # characters
ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

bounded = settings(max_examples=150, deadline=None)
messy = st.lists(st.sampled_from([b"QUJD", b"Q", b"Qf", b"zz", b"/", b"=", b"==", b"\r\n", b"\n", b" ", b"!\xff"])).map(
    b"".join
)


def codes(flaws: list[Flaw]) -> list[str]:
    return [flaw[0] for flaw in flaws]


def reads(data: bytes) -> tuple[bytes, list[Flaw]]:
    """Decode, having checked what must hold for any octets at all."""
    flaws: list[Flaw] = []
    octets = base64.decode(data, flaws)
    assert base64.decode(data) == octets == by_the_octet(data)
    canonical = binascii.b2a_base64(octets, newline=False) == data.translate(None, b"\r\n")
    assert canonical == (not flaws)
    assert all(0 <= start < end <= len(data) for _, start, end, _ in flaws)
    assert [flaw[1] for flaw in flaws] == sorted(flaw[1] for flaw in flaws)
    assert all(codes(flaws).count(code) <= MOST + 1 for code in codes(flaws))
    return octets, flaws


def by_the_octet(data: bytes) -> bytes:
    """Decode by the letter of the docstring: bits gathered one character at a time."""
    out, bits, count = bytearray(), 0, 0
    for octet in data:
        if octet in ALPHABET:
            bits, count = bits << 6 | ALPHABET.index(octet), count + 6
            if count >= OCTET:
                count -= OCTET
                out.append(bits >> count)
                bits &= (1 << count) - 1
        elif octet == ord("="):
            bits = count = 0
    return bytes(out)


@pytest.mark.parametrize(
    ("octets", "encoded"),
    [
        (b"", b""),
        (b"f", b"Zg=="),
        (b"fo", b"Zm8="),
        (b"foo", b"Zm9v"),
        (b"foob", b"Zm9vYg=="),
        (b"fooba", b"Zm9vYmE="),
        (b"foobar", b"Zm9vYmFy"),
    ],
    ids=lambda value: f"rfc4648-10-{value.decode()}",
)
def test_the_vectors_of_rfc_4648_hold_both_ways(octets: bytes, encoded: bytes) -> None:
    assert base64.encode(octets) == encoded + b"\r\n" * bool(encoded)
    assert reads(encoded) == (octets, [])


@pytest.mark.parametrize("size", [0, 1, 56, 57, 58, 114, 6839, 6840, 6841, 6897, 13_680, 100_003])
def test_lines_are_those_of_the_standard_library_with_crlf(size: int) -> None:
    data = (bytes(range(256)) * (size // 256 + 1))[:size]
    encoded = base64.encode(data)
    assert encoded == encodebytes(data).replace(b"\n", b"\r\n")
    assert len(encoded) == base64.encoded_length(size)
    assert reads(encoded) == (data, [])


@bounded
@given(st.binary(max_size=400), st.lists(st.integers(0, 400), max_size=6), st.integers(0, 40))
def test_an_encoder_gives_the_octets_of_encode_however_the_data_is_cut(
    data: bytes, cuts: list[int], repeat: int
) -> None:
    data *= repeat
    encoder = base64.Encoder()
    places = [0, *sorted(cuts), len(data)]
    pieces = [encoder.update(data[start:end]) for start, end in pairwise(places)]
    assert b"".join([*pieces, encoder.finish()]) == base64.encode(data)
    assert encoder.finish() == b""


def test_an_encoder_keeps_less_than_a_line() -> None:
    encoder = base64.Encoder()
    given_back = sum(len(encoder.update(b"x" * 1000)) for _ in range(100))
    assert base64.encoded_length(100_000) - given_back == len(encoder.finish()) <= LINE + 2


@bounded
@given(st.binary(max_size=300))
def test_what_is_encoded_is_decoded_without_a_flaw(data: bytes) -> None:
    encoded = base64.encode(data)
    assert reads(encoded) == (data, [])
    assert reads(encoded.replace(b"\r\n", b"\n")) == (data, [])
    assert all(len(line) <= LINE for line in encoded.split(b"\r\n"))


@settings(max_examples=400, deadline=None)
@given(messy)
@example(b"=QUJD")
@example(b"QUJDQ=\r\n=QQ=")
@example(b"=" + b"QUJD=" * 9)
@example(b" = = ")
def test_any_octets_are_decoded_as_far_as_they_can_be(data: bytes) -> None:
    reads(data)


@bounded
@given(st.binary(max_size=120))
def test_random_octets_do_not_raise(data: bytes) -> None:
    reads(data)


def test_data_after_padding_is_decoded_too() -> None:
    octets, flaws = reads(b"UEsDBBQAAAAIAA==\nemVkIGZpbGUgY29udGVudA==")
    assert octets == b"PK\x03\x04\x14\x00\x00\x00\x08\x00" + b"zed file content"
    assert flaws == [("E012", 17, 39, "base64 data after a pad character")]


def test_octets_outside_the_alphabet_are_skipped_and_shown_run_by_run() -> None:
    octets, flaws = reads(b"VE!!9Q \r\n-U0VDUkVU\r\n")
    assert octets == b"TOPSECRET"
    assert [(code, start, end) for code, start, end, _ in flaws] == [("E010", 2, 4), ("E010", 6, 7), ("E010", 9, 10)]


def test_blanks_at_line_ends_are_a_flaw_but_lose_nothing() -> None:
    octets, flaws = reads(b"QUJD \r\nREVG\t\r\n")
    assert (octets, codes(flaws)) == (b"ABCDEF", ["E010", "E010"])


@pytest.mark.parametrize(
    ("data", "octets", "span"),
    [
        (b"QUI", b"AB", (2, 3)),
        (b"QQ", b"A", (1, 2)),
        (b"QQ=\r\n", b"A", (1, 3)),
        (b"QQ===", b"A", (1, 5)),
        (b"QUJD=", b"ABC", (3, 5)),
        (b"QUJDR\r\n", b"ABC", (4, 5)),
        (b"QUJDR===\r\n", b"ABC", (4, 5)),
        (b"=", b"", (0, 1)),
    ],
)
def test_wrong_padding_is_put_right(data: bytes, octets: bytes, span: tuple[int, int]) -> None:
    decoded, flaws = reads(data)
    assert decoded == octets
    assert [(code, start, end) for code, start, end, _ in flaws] == [("E011", *span)]


def test_padding_over_a_line_end_is_no_flaw() -> None:
    assert reads(b"QQ=\r\n=\r\n") == (b"A", [])


@pytest.mark.parametrize(("data", "octets"), [(b"QR==\r\n", b"A"), (b"QY==", b"A"), (b"QUJ=", b"AB"), (b"QUK=", b"AB")])
def test_unused_bits_of_the_last_group_are_shown(data: bytes, octets: bytes) -> None:
    last = data.index(b"=") - 1
    assert reads(data) == (octets, [("E016", last, last + 1, "unused bits of the last character are not zero")])


def test_a_code_is_not_hidden_by_many_flaws_of_another() -> None:
    octets, flaws = reads(b"Q.U.J.D." * 1000 + b"QR==" * 50 + b"R===" * 50)
    assert octets == b"ABC" * 1000 + b"A" * 50
    assert codes(flaws).count("E010") == codes(flaws).count("E011") == codes(flaws).count("E016") == MOST + 1
    assert [flaw[3] for flaw in flaws if "more" in flaw[3]] == ["and 3995 more", "and 45 more", "and 45 more"]
    assert codes(flaws).count("E012") == 1


@pytest.mark.parametrize("unit", [b"Q", b"=", b"Q=", b"Q.", b"\r\n", b" ", b"\xff", b"QQ=="])
def test_a_long_body_of_any_damage_is_read(unit: bytes) -> None:
    data = unit * (2**18 // len(unit))
    flaws: list[Flaw] = []
    octets = base64.decode(data, flaws)
    expected = {b"Q": b"A\x04\x10" * 2**16, b"QQ==": b"A" * 2**16, b"Q.": b"A\x04\x10" * 2**15}
    assert octets == expected.get(unit, b"")
    assert len(flaws) <= 4 * (MOST + 1)


@pytest.mark.parametrize(
    ("data", "octets", "at"),
    [
        (b" QUJD\r\nREVG\n", b"ABCDEF", 0),
        (b"QUJD \r\nREVG\n", b"ABCDEF", 4),
        (b"QUJDRw \r\n==\n", b"ABCG", 6),
        (b"QUJDR\r\nw ==\n", b"ABCG", 8),
    ],
)
def test_a_last_line_that_ends_otherwise_than_the_others_hides_no_octet(data: bytes, octets: bytes, at: int) -> None:
    assert reads(data) == (octets, [("E010", at, at + 1, "octets outside the base64 alphabet")])


@given(
    st.lists(st.sampled_from([b"Q", b"QQ", b"QUJD", b"=", b"==", b"\r\n", b"\n", b"\r", b" ", b"\xff"]), max_size=12)
)
def test_lines_are_even_only_where_nothing_but_them_stands(pieces: list[bytes]) -> None:
    data = b"".join(pieces)
    octets, _ = reads(data)
    found = base64.even_lines(data, 0, len(data), len(octets))
    if found is not None and found[0] > 1:
        count, line_end, width = found
        end = b"\r\n"[-line_end:]
        *lines, _ = data[: (count - 1) * (width + line_end)].split(end)
        assert {len(line) for line in lines} == {width}
        assert not b"".join(lines).translate(None, ALPHABET)
