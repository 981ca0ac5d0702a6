"""What is signed is not edited, what can be read in two ways is not decided, and whoever is hidden is found."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest

from mimekit import Delivery, Envelope, Message, lint, parse
from mimekit.lint import examples

SIGNED = """\
Content-Type: multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=b1

--b1
{part}

Hello John.
--b1
Content-Type: application/pkcs7-signature; name=smime.p7s
Content-Transfer-Encoding: base64

TWFu
--b1--"""
EMBEDDED = """\
Content-Type: multipart/mixed; boundary=b1

--b1
Content-Type: text/plain; charset=utf-8

Hello John.
--b1
Content-Type: message/rfc822

{signature}
Date: Mon, 24 Nov 2026 03:30:00 +0000
From: a@shop.example
To: b@shop.example
Subject: Hello

Hello.
--b1--"""
DKIM = "DKIM-Signature: v=1; a=rsa-sha256; d=shop.example; s=a; h=from; bh=TWFu; b=TWFu"
ARC = "ARC-Seal: i=1; a=rsa-sha256; cv=none; d=shop.example; s=a; b=TWFu"


def octets(text: str) -> bytes:
    return examples.example(text)[0]


@pytest.mark.parametrize("part", ["Content-Type: text/plain; charset=utf-8;", "MIME-Version: 1.0"])
def test_the_signed_part_of_a_multipart_is_not_edited(part: str) -> None:
    raw = octets(SIGNED.format(part=part))
    inside = raw.partition(b"--b1\r\n")[2].partition(b"--b1")[0]
    assert inside in lint.fix(raw).to_bytes()
    assert inside in lint.fix(raw, unsafe=True).to_bytes()
    assert inside not in lint.fix(raw, break_signature=True).to_bytes()


@pytest.mark.parametrize("signature", [DKIM, ARC])
def test_a_message_inside_that_is_signed_is_not_edited(signature: str) -> None:
    raw = octets(EMBEDDED.format(signature=signature))
    assert b"Mon, 24 Nov" in lint.fix(raw).to_bytes()
    assert b"Tue, 24 Nov 2026 03:30:00 +0000\r\nFrom: a@" in lint.fix(raw, break_signature=True).to_bytes()


@pytest.mark.parametrize("signature", [DKIM, ARC])
def test_a_message_that_is_signed_is_given_back(signature: str) -> None:
    raw = octets(f"Date: Mon, 24 Nov 2026 03:30:00 +0000\n{signature}")
    assert lint.fix(raw).to_bytes() == raw
    assert lint.fix(raw, break_signature=True).to_bytes() != raw


@pytest.mark.parametrize("body", ["aGVsbA==aGVs", "aGVs*bG8K"])
def test_base64_that_is_read_in_two_ways_is_not_written_in_one(body: str) -> None:
    raw = octets(f"Content-Transfer-Encoding: base64\n\n{body}")
    assert any(one.code == "E015" for one in lint.check(raw))
    assert b"Content-Transfer-Encoding: base64" in lint.fix(raw).to_bytes()


def test_a_safe_fix_keeps_the_spaces_at_line_ends() -> None:
    raw = octets("Content-Type: text/plain; charset=utf-8\n\n+foo\\x20\\x20\nbar")
    assert any(one.code == "M161" for one in lint.check(raw))
    assert lint.fix(raw).text == parse(raw).text
    assert lint.fix(raw, unsafe=True).text == "+foo\nbar\n"


def test_a_safe_fix_adds_no_line_end_to_a_file() -> None:
    raw = octets(
        "Content-Type: multipart/mixed; boundary=b1\n\n--b1\nContent-Type: text/csv; charset=utf-8\n"
        "Content-Disposition: attachment; filename=a.csv\n\na,b\n--b1--"
    )
    assert any(one.code == "M033" for one in lint.check(raw))
    assert [part.content for part in lint.fix(raw).attachments] == [b"a,b"]


def test_a_bcc_field_in_a_delivery_is_found_by_default() -> None:
    message = Message(from_="a@shop.example", to="b@shop.example", subject="Hello", text="Hello.")
    data = message.to_bytes().replace(b"Subject:", b"Bcc: q@shop.example\r\nSubject:")
    delivery = Delivery(Envelope("a@shop.example", ["b@shop.example", "q@shop.example"]), data)
    assert [one.code for one in lint.check(delivery)] == ["H110"]
    assert lint.check(delivery, ignore=["H110"]) == []
    assert b"q@shop.example" not in lint.fix(delivery).to_bytes()


def test_a_header_that_stops_in_the_middle_of_a_line_gets_its_fields_one_after_the_other() -> None:
    made = lint.fix(b"From: a@shop.example", ignore=["A010"])
    assert [name for name, _ in made.headers] == ["From", "Date", "Message-ID", "To"]
    assert made.text == ""


def test_two_safe_fixes_that_do_harm_together_are_taken_one_after_the_other() -> None:
    raw = octets('Content-Type: multipart/mixed; boundary="a1 "\n\n--a1 \nContent-Type: text/plain\n\nHello')
    assert {"M023", "M028"} <= {one.code for one in lint.check(raw) if one.fix is not None and one.fix.is_safe}
    assert lint.fix(raw).text == parse(raw).text


def test_a_safe_fix_makes_no_address_of_what_was_none() -> None:
    raw = octets("From: <e@shop.example r h")
    assert not parse(raw).from_
    assert not lint.fix(raw).from_


def test_a_fix_that_leaves_its_finding_is_not_taken_again_and_again() -> None:
    raw = b'Content-Type: text/html; charset=utf-8\r\n\r\n<a href="'
    assert lint.fix(raw, unsafe=True).to_bytes().count(b"</a>") <= 1


def test_of_many_fields_of_one_name_one_is_left_and_nobody_is_lost() -> None:
    addresses = [f"u{number}@shop.example" for number in range(300)]
    raw = octets("\n".join([f"To: {one}" for one in [*addresses, "", addresses[7]]]))
    made = lint.fix(raw, unsafe=True)
    assert [name for name, _ in made.headers].count("To") == 1
    assert [one.address for one in made.to] == addresses
    assert lint.fix(made, unsafe=True).to_bytes() == made.to_bytes()


def test_a_list_of_many_addresses_is_mended_to_its_end() -> None:
    addresses = [f"u{number}@shop.example" for number in range(1500)]
    raw = octets(f"To: {';'.join(addresses)}")
    assert [one.address for one in lint.fix(raw).to] == addresses
    assert lint.check(lint.fix(raw), select="A032") == []


def test_a_fix_that_only_helps_after_others_is_taken_after_them() -> None:
    raw = octets('Content-Type: multipart/alternative; boundary="=_1"\n\n--=_1\nContent-Type: text/pla<a></a>\n--=_1--')
    once = lint.fix(raw, unsafe=True)
    assert lint.fix(once, unsafe=True).to_bytes() == once.to_bytes()


def test_what_is_new_in_a_fix_is_drawn_and_a_check_is_the_same_each_time() -> None:
    octets, context = examples.example("-Message-ID")
    one, other = [lint.check(octets, select="H103", context=context) for _ in range(2)]
    assert one == other
    later = context.changed(now=lambda: datetime(2027, 1, 1, tzinfo=UTC))
    assert lint.check(octets, select="H103", context=later) == one
    ids = [lint.fix(octets, rng=random.Random(seed), context=context).message_id for seed in (1, 1, 2)]
    assert ids[0] == ids[1] != ids[2]
    assert lint.fix(octets, context=context).message_id != lint.fix(octets, context=context).message_id
