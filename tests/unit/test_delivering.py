"""Who gets a message and who is seen in it, for the messages that independent readers broke it with."""

from __future__ import annotations

import random

import pytest

from mimekit import ContentError, EnvelopeError, HeaderError, Message, parse, ses

HEAD = b"From: a@b.test\r\nTo: d@e.test\r\n"


def sent(message: Message) -> list[tuple[tuple[str, ...], bool]]:
    """Give the recipients of each delivery, and whether its octets name eve."""
    return [(delivery.rcpt_to, b"eve" in delivery.data) for delivery in message.deliveries()]


@pytest.mark.parametrize("field", [b"Bcc : eve@s.test", b"Bcc\t: eve@s.test", b"BCC: eve@s.test"])
def test_a_blind_field_is_served_and_unseen_however_it_is_spelled_and_edited(field: bytes) -> None:
    message = parse(HEAD + field + b"\r\n\r\n\xc3\xa9\r\n")
    everyone = [(("d@e.test", "eve@s.test"), False)]
    assert sent(message) == everyone
    assert sent(message.with_encoding("7bit")) == everyone
    assert sent(message.with_body(text="new")) == everyone
    assert sent(message.with_header("X-Seen", "1")) == everyone


def test_an_obsolete_spelling_loses_nobody_on_the_way_to_ses() -> None:
    message = parse(b"From: a@b.test\r\nTo : d@e.test\r\nCc: c@c.test\r\n\r\n\xc3\xa9\r\n")
    assert ses.send_email(message)["Destination"] == {"ToAddresses": ["d@e.test"], "CcAddresses": ["c@c.test"]}


def test_a_bare_cr_in_a_field_makes_no_recipient() -> None:
    message = parse(HEAD + b"Subject: a\r\n b\rBcc: eve@v.test\r\n\r\n\xc3\xa9\r\n")
    assert message.envelope.rcpt_to == ("d@e.test",)
    assert ses.send_email(message)["Destination"] == {"ToAddresses": ["d@e.test"]}
    assert message.with_encoding("7bit").envelope.rcpt_to == ("d@e.test",)


def test_an_edit_that_would_turn_fields_into_text_is_refused() -> None:
    message = parse(HEAD + b"bad line\r\nBcc: eve@s.test\r\nbad two\r\nX-Spam: y\r\n\r\nhi\r\n")
    assert sent(message) == [(("d@e.test", "eve@s.test"), False)]
    with pytest.raises(HeaderError, match="reads otherwise"):
        message.without_header("X-Spam")


def test_raw_octets_are_read_in_the_charset_of_the_part_when_written_anew() -> None:
    head = b"From: a@b.test\r\nTo: b@a\xcdb.test\r\nSubject: \xcf\xf0\r\n"
    message = parse(head + b"Content-Type: text/plain; charset=windows-1251\r\n\r\n\xe9")
    again = message.with_encoding("7bit")
    assert again.subject == message.subject == "\u041f\u0440"
    assert again.envelope.rcpt_to == message.envelope.rcpt_to


def test_a_body_made_by_hand_brings_no_field_of_a_message() -> None:
    with pytest.raises(ContentError, match="has the header line"):
        Message(from_="a@b.test", to="d@e.test", body=parse(b"To: eve@e.test\r\n\r\nhi").root)


def test_two_messages_of_one_seed_can_be_nested() -> None:
    inner = Message(from_="a@b.test", text="x", attachments=[("a.txt", b"a")], rng=random.Random(1))
    outer = Message(from_="a@b.test", text="y", attachments=[inner, ("c.bin", b"c")], rng=random.Random(1))
    assert [part.number for part in parse(outer.to_bytes()).parts] == [part.number for part in outer.parts]


def test_a_second_resent_to_is_served_too() -> None:
    message = parse(b"From: a@b.test\r\nResent-From: x@y.test\r\nResent-To: d@e.test\r\nResent-To: z@z.test\r\n\r\nx")
    assert message.envelope.rcpt_to == ("d@e.test", "z@z.test")
    assert not message.envelope.diff(message)


@pytest.mark.parametrize("line", [b"To: d@e.test,\r\nz@z.test\r\nSubject: s", b"To: d@e.test\r\nSender: junk"])
def test_what_may_lose_somebody_raises(line: bytes) -> None:
    with pytest.raises(EnvelopeError):
        _ = parse(b"From: a@b.test\r\n" + line + b"\r\n\r\nx").envelope


def test_a_copy_needs_smtputf8_only_for_its_own_recipients() -> None:
    message = Message(from_="a@b.test", to="d@e.test", bcc="\u00e9@b.test", text="x", encoding="smtputf8")
    shown, blind = message.deliveries("separate")
    assert shown.mail_options == []
    assert blind.mail_options == ["SMTPUTF8"]


def test_eight_bit_octets_anywhere_are_declared() -> None:
    raw = HEAD + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n\xc3\xa9\r\n--b\r\n\r\nx\0\r\n--b--\r\n"
    (delivery,) = parse(raw).with_encoding("8bit").deliveries()
    assert not delivery.data.isascii()
    assert delivery.mail_options == ["BODY=8BITMIME"]
