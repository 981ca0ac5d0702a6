"""Transfer encodings by name, and the cheapest that is safe."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mimekit.codecs import plain, quopri, transfer
from mimekit.errors import ContentError

if TYPE_CHECKING:
    from mimekit.defects import Flaw

bounded = settings(max_examples=250, deadline=None)
lines = st.sampled_from(
    [
        b"text",
        b"From ",
        b".",
        b" ",
        b"\xc3\xa9",
        b"\xff" * 9,
        b"\r\n",
        b"\r\n",
        b"\r",
        b"\n",
        b"\0",
        b"x" * 500,
        b"." * 40,
    ]
)
bodies = st.builds(lambda parts, times: b"".join(parts) * times, st.lists(lines, max_size=9), st.integers(1, 3))


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("base64", "base64"),
        ("Base64 ", "base64"),
        ('"base64"', "base64"),
        ("base64 (x)", "base64"),
        ("BASE64;", "base64"),
        ("quoted-printable; charset=utf-8", "quoted-printable"),
        ("Quoted Printable", "quoted-printable"),
        ("7-bit", "7bit"),
        ("8bits", "8bit"),
        ("binary", "binary"),
        ("x-uuencode", "uuencode"),
        ("X-UUE", "uuencode"),
        ("uuencode", "uuencode"),
        ("", None),
        ("64junk", None),
        ("x-gzip64", None),
        ("7bit,base64", None),
        ("base\u212a64", None),
    ],
)
def test_a_name_is_read_as_it_is_meant(name: str, known: str | None) -> None:
    assert transfer.canonical(name) == known


@pytest.mark.parametrize(
    ("name", "data", "octets", "codes"),
    [
        (None, b"plain", b"plain", []),
        (None, b"\xff", b"\xff", ["E003"]),
        ("7BIT", b"plain", b"plain", []),
        ("7bit", b"\xff", b"\xff", ["E003"]),
        ("8bit", b"\xff", b"\xff", []),
        ("Binary", b"\xff", b"\xff", []),
        (" base64\t", b"TWFu", b"Man", []),
        ("base64;", b"TWFu", b"Man", ["E001"]),
        ("8bits", b"\xff", b"\xff", ["E001"]),
        ("64junk", b"TWFu", b"TWFu", ["E001"]),
        ("x-yenc", b"TWFu", b"TWFu", ["E002"]),
        ("binhex", b"TWFu", b"TWFu", ["E002"]),
        ("x-uue", b"begin 644 x\n#0V%T\n`\nend\n", b"Cat", ["E002"]),
        ("quoted-printable", b"=4D", b"M", []),
    ],
)
def test_a_body_is_decoded_by_its_name(name: str | None, data: bytes, octets: bytes, codes: list[str]) -> None:
    flaws: list[Flaw] = []
    assert transfer.decode(name, data, flaws) == octets
    assert transfer.decode(name, data) == octets
    assert [flaw[0] for flaw in flaws] == codes


def test_a_strange_name_is_quoted_safely() -> None:
    flaws: list[Flaw] = []
    name = "\x1b[31m" + "x" * 200
    transfer.decode(name, b"", flaws)
    assert flaws[0][3].isascii()
    assert flaws[0][3].isprintable()
    assert len(flaws[0][3]) < len(name)


@pytest.mark.parametrize("name", sorted(transfer.CODECS))
def test_every_codec_reads_any_octets(name: str) -> None:
    assert transfer.canonical(name) == name
    for octet in range(256):
        transfer.decode(name, bytes([octet]) * 3, [])


@pytest.mark.parametrize(
    ("body", "over_7bit", "over_8bit"),
    [
        (b"", "7bit", "7bit"),
        (b"text\r\n", "7bit", "7bit"),
        (b"caf\xc3\xa9\r\n", "quoted-printable", "8bit"),
        ("\u0436".encode() * 50, "base64", "8bit"),
        (b"x" * 998 + b"\r\n", "7bit", "7bit"),
        (b"x" * 999 + b"\r\n", "quoted-printable", "quoted-printable"),
        (b"From me\r\n", "quoted-printable", "quoted-printable"),
        (b"Hi\r\nFrom me\xc3\r\n", "quoted-printable", "quoted-printable"),
        (b"From\r\n>From me\r\n", "7bit", "7bit"),
        (b"a long enough line\r\n.\r\n", "quoted-printable", "quoted-printable"),
        (b"a long enough line\r\n.", "quoted-printable", "quoted-printable"),
        (b".", "quoted-printable", "quoted-printable"),
        (b".\r\n", "quoted-printable", "quoted-printable"),
        (b".hidden\r\n..\r\n", "7bit", "7bit"),
        (b"a bare\nline end", "quoted-printable", "quoted-printable"),
        (b"a bare\rline end", "quoted-printable", "quoted-printable"),
        (b"a NUL \0 in it", "quoted-printable", "quoted-printable"),
    ],
)
def test_text_goes_by_the_cheapest_safe_encoding(body: bytes, over_7bit: str, over_8bit: str) -> None:
    assert transfer.choose(body, text=True, transport="7bit") == over_7bit
    assert transfer.choose(body, text=True, transport="8bit") == over_8bit
    assert transfer.choose(body, text=True, transport="smtputf8") == over_8bit


@pytest.mark.parametrize("transport", transfer.TRANSPORTS)
def test_what_is_not_text_goes_as_base64(transport: str) -> None:
    assert transfer.choose(b"text\r\n", text=False, transport=transport) == "base64"


@bounded
@given(bodies, st.sampled_from(transfer.TRANSPORTS))
@example(b".\r\n" * 500, "7bit")
@example((b"x" * 5 + b"\xff") * 1000, "7bit")
@example(b"\n\n\n", "7bit")
@example((b"." * 73 + b"\xff") * 9, "7bit")
def test_the_chosen_encoding_is_safe_and_the_shortest(body: bytes, transport: str) -> None:
    name = transfer.choose(body, text=True, transport=transport)
    encoded = transfer.encode(name, body)
    flaws: list[Flaw] = []
    assert transfer.decode(name, encoded, flaws) == body
    assert flaws == []
    assert plain.is_8bit(encoded)
    assert encoded.isascii() or (name == "8bit" and transport != "7bit")
    assert not any(line.startswith(b"From ") or line == b"." for line in encoded.split(b"\r\n"))
    if name in ("quoted-printable", "base64"):
        lengths = {other: len(transfer.encode(other, body)) for other in ("quoted-printable", "base64")}
        assert len(encoded) == min(lengths.values())


@bounded
@given(st.binary(max_size=200))
def test_octets_come_out_as_they_went_in(body: bytes) -> None:
    for name in ("binary", "quoted-printable", "base64"):
        assert transfer.decode(name, transfer.encode(name, body)) == body


def test_crlf_text_in_quoted_printable_keeps_its_lines() -> None:
    assert transfer.encode("quoted-printable", b"a=\r\nb\r\n") == b"a=3D\r\nb\r\n"
    assert transfer.encode("quoted-printable", b"a=\nb\n") == quopri.encode_binary(b"a=\nb\n") == b"a=3D=0Ab=0A"


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("7bit", b"\xff", "octets over 127"),
        ("7bit", b"a\0", "a NUL"),
        ("8bit", b"a\nb", "not part of CRLF"),
        ("8bit", b"\xff" * 999, "a line of 999 octets"),
    ],
)
def test_a_body_that_its_encoding_cannot_carry_is_refused(name: str, body: bytes, reason: str) -> None:
    with pytest.raises(ContentError, match=reason):
        transfer.encode(name, body)


@pytest.mark.parametrize("name", ["uuencode", "Base64", "x-none", "7bit\r\nBcc: x"])
def test_only_the_names_of_rfc_2045_are_written(name: str) -> None:
    with pytest.raises(ContentError, match="cannot be written") as caught:
        transfer.encode(name, b"")
    assert str(caught.value).isprintable()


def test_an_unknown_transport_is_refused() -> None:
    with pytest.raises(ContentError, match="transport is 'binarymime'"):
        transfer.choose(b"", text=True, transport="binarymime")
