"""Re-encoding for a transport: the same parts, the same content, and nothing of the content becomes a delimiter."""

from __future__ import annotations

import pytest

from mimekit import ContentError, Message, parse
from mimekit.reencode import fits

SIGNED = (
    b"DKIM-Signature: v=1; a=rsa-sha256; d=x.test; s=s; h=from; bh=AA==; b=AA==\n"
    b"From: a@x.test\nTo: b@x.test\nSubject: s\n\nbody%b\n"
)


def test_a_delimiter_in_quoted_printable_stays_encoded() -> None:
    raw = (
        b"Content-Type: multipart/mixed; boundary=OUT\r\n\r\n--OUT\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n=2D-OUT\r\n\r\n--OUT\r\n"
        b"Content-Transfer-Encoding: 8bit\r\n\r\n\xc3\xa9\r\n--OUT--\r\n"
    )
    made = parse(raw).with_encoding("7bit")
    again = parse(made.to_bytes())
    assert [part.content for part in again.parts] == [part.content for part in parse(raw).parts]
    assert fits(made.to_bytes(), "7bit")


def test_a_delimiter_in_an_encoded_message_is_refused() -> None:
    from binascii import b2a_base64

    inner = b2a_base64(b"Subject: s\r\n\r\n--OUT\r\n\r\nsmuggled\r\n")
    raw = (
        b"Content-Type: multipart/mixed; boundary=OUT\r\n\r\n--OUT\r\nContent-Type: message/rfc822\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\n" + inner + b"\r\n--OUT\r\n\r\n\xc3\xa9\r\n--OUT--\r\n"
    )
    with pytest.raises(ContentError, match="would change which parts"):
        parse(raw).with_encoding("7bit")


def test_a_signed_message_keeps_its_octets_but_for_line_ends() -> None:
    message = parse(SIGNED % b"")
    assert message.with_encoding("7bit").to_bytes() == (SIGNED % b"").replace(b"\n", b"\r\n")


def test_a_signed_message_that_does_not_fit_is_refused() -> None:
    with pytest.raises(ContentError, match="is signed"):
        parse(SIGNED % b"\xc3\xa9").with_encoding("7bit")


def test_a_signed_message_in_which_a_line_end_would_make_another_part_is_refused() -> None:
    body = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r--b\r\n\r\nhidden\r\n--b--\r\n"
    raw = b"DKIM-Signature: v=1; d=x.test\r\n" + body
    with pytest.raises(ContentError, match="is signed"):
        parse(raw).with_encoding("7bit")


def test_a_signed_message_in_which_a_line_end_would_end_the_header_earlier_is_refused() -> None:
    raw = b"DKIM-Signature: v=1; d=x.test\r\n\r\r\nHi\r\n"
    assert parse(raw).text == "\r\nHi\n"
    with pytest.raises(ContentError, match="is signed"):
        parse(raw).with_encoding("7bit")
    kept = parse(b"DKIM-Signature: v=1; d=x.test\r\n\r\nHi\r\r\n").with_encoding("7bit")
    assert kept.text == "Hi\n\n"


def test_a_lone_cr_on_a_delimiter_line_makes_nothing_of_what_follows_it() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\rno field\r\nHi\r\n--b--\r\n"
    message = parse(raw)
    made = parse(message.with_encoding("7bit").to_bytes())
    assert [part.text for part in made.parts] == [part.text for part in message.parts]
    assert [part.number for part in made.parts] == [part.number for part in message.parts]


def test_what_fits_is_given_back_as_it_is() -> None:
    message = Message(from_="a@x.test", text="Hello\n")
    assert message.with_encoding("7bit") == message
    octets = message.to_bytes()
    assert parse(octets).with_encoding("7bit").to_bytes() == octets
