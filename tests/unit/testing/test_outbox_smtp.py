"""What goes out through smtplib and aiosmtplib is caught as it would have gone out, and goes nowhere."""

from __future__ import annotations

import asyncio
import smtplib
from email.message import EmailMessage

import pytest

from mimekit import Delivery, Message, smtp
from mimekit.testing import Outbox, assert_message

PLAIN = b"From: a@shop.test\r\nTo: b@shop.test\r\nSubject: Hi\r\n\r\nHi\r\n"


def message(**more: object) -> EmailMessage:
    made = EmailMessage()
    for name, value in {"From": "a@shop.test", "To": "b@shop.test", "Subject": "Hi", **more}.items():
        made[name] = value
    made.set_content("Hi\n.\n..dots\n")
    return made


# -- smtplib


def test_a_message_of_smtplib_is_caught_with_its_envelope(outbox: Outbox) -> None:
    with smtplib.SMTP("mail.invalid", 587) as client:
        assert client.sendmail("bounce@shop.test", ["b@shop.test", "c@shop.test"], PLAIN) == {}
    sent = outbox.only
    assert (sent.backend, sent.mail_from, sent.rcpt_to) == (
        "smtplib",
        "bounce@shop.test",
        ("b@shop.test", "c@shop.test"),
    )
    assert sent.data == PLAIN
    assert sent.message.subject == "Hi"
    assert sent.delivery == Delivery(sent.envelope, PLAIN)
    assert sent.mail_options == (f"size={len(PLAIN)}",)


def test_the_octets_are_those_of_the_wire(outbox: Outbox) -> None:
    with smtplib.SMTP("mail.invalid") as client:
        client.send_message(message(Bcc="hidden@shop.test"))
    sent = outbox.only
    assert b"\r\nHi\r\n.\r\n..dots\r\n" in sent.data
    assert b"hidden" not in sent.data
    assert sent.rcpt_to == ("b@shop.test", "hidden@shop.test")


@pytest.mark.parametrize("content", [b"", b".", b".\r\n", b"..\r\n.a\r\n", b"a\nb\r\n", b"a\rb\r\n"])
def test_dots_and_bare_line_ends_come_through(outbox: Outbox, content: bytes) -> None:
    with smtplib.SMTP("mail.invalid") as client:
        client.sendmail("a@shop.test", "b@shop.test", content)
    assert outbox.only.data == (content if content.endswith(b"\r\n") else content + b"\r\n")


def test_tls_and_logins_are_believed(outbox: Outbox) -> None:
    with smtplib.SMTP("mail.invalid", 587) as client:
        client.starttls()
        assert client.login("ada", "secret")[0] == 235
        client.sendmail("a@shop.test", "b@shop.test", PLAIN)
        with pytest.raises(smtplib.SMTPNotSupportedError, match="STARTTLS"):
            client.starttls()
    assert len(outbox) == 1


@pytest.mark.parametrize("initial", [True, False])
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_each_way_to_log_in_is_believed(outbox: Outbox, mechanism: str, *, initial: bool) -> None:
    with smtplib.SMTP("mail.invalid") as client:
        client.user, client.password = "ada", "secret"
        ways = {"PLAIN": client.auth_plain, "LOGIN": client.auth_login}
        assert client.auth(mechanism, ways[mechanism], initial_response_ok=initial)[0] == 235
        client.sendmail("a@shop.test", "b@shop.test", PLAIN)
    assert len(outbox) == 1


def test_smtps_and_lmtp_are_caught(outbox: Outbox) -> None:
    with smtplib.SMTP_SSL("mail.invalid") as client:
        assert not client.has_extn("starttls")
        client.sendmail("a@shop.test", "b@shop.test", PLAIN)
    delivery = Message(from_="a@shop.test", to=["b@shop.test", "c@shop.test"], text="Hi").deliveries()[0]
    with smtplib.LMTP("/run/lmtp.sock") as client:
        assert smtp.send(client, delivery) == {}
    assert [len(one.rcpt_to) for one in outbox] == [1, 2]


def test_a_client_of_ones_own_is_caught_too(outbox: Outbox) -> None:
    class Client(smtplib.SMTP):
        def sendmail(self, *args: object, **kwargs: object) -> dict[str, tuple[int, bytes]]:
            pytest.fail(f"commands by hand need no sendmail: {args} {kwargs}")

    with Client("mail.invalid") as client:
        client.ehlo()
        client.mail("a@shop.test")
        assert client.docmd("DATA")[0] == 503
        client.rcpt("b@shop.test")
        client.data(PLAIN)
    assert outbox.only.rcpt_to == ("b@shop.test",)


def test_a_message_in_utf8_needs_smtputf8_in_its_envelope(outbox: Outbox) -> None:
    built = Message(from_="a@shop.test", to="j\u00f6rg@shop.test", text="Hi", encoding="smtputf8")
    delivery = built.deliveries()[0]
    with smtplib.SMTP("mail.invalid") as client:
        smtp.send(client, delivery)
    assert outbox.only.data == delivery.data
    assert outbox.only.envelope.needs_smtputf8
    assert outbox.only.rcpt_to == ("j\u00f6rg@shop.test",)


def test_addresses_that_are_none_are_kept_as_they_were_said(outbox: Outbox) -> None:
    with smtplib.SMTP("mail.invalid") as client:
        client.docmd("MAIL", "FROM:<>")
        client.docmd("RCPT", 'TO:<"a>b"@shop.test>')
        client.docmd("RCPT", "TO:<nobody>")
        client.data(PLAIN)
    assert (outbox.only.mail_from, outbox.only.rcpt_to) == ("", ('"a>b"@shop.test', "nobody"))
    assert isinstance(outbox.only.findings, list)


def test_several_messages_of_one_connection_are_several(outbox: Outbox) -> None:
    with smtplib.SMTP("mail.invalid") as client:
        for number in range(3):
            client.sendmail("a@shop.test", f"b{number}@shop.test", PLAIN)
        client.mail("a@shop.test")
        client.rset()
    assert [one.rcpt_to for one in outbox] == [("b0@shop.test",), ("b1@shop.test",), ("b2@shop.test",)]
    assert outbox.to("b1@SHOP.test") == [outbox[1]]
    with pytest.raises(AssertionError, match="expected one mail, 3 were sent"):
        _ = outbox.only


def test_findings_are_judged_as_on_the_wire(outbox: Outbox) -> None:
    with smtplib.SMTP("mail.invalid") as client:
        client.sendmail("a@shop.test", "b@shop.test", PLAIN.replace(b"Hi\r\n", b"Hi\n", 1) + b"Date: x\n")
        client.sendmail("a@shop.test", "stranger@shop.test", b"Bcc: c@shop.test\r\n" + PLAIN)
    assert {"bare-lf"} <= {one.name for one in outbox[0].findings}
    assert "bcc-in-message" in {one.name for one in outbox[1].findings}


# -- aiosmtplib


def test_a_message_of_aiosmtplib_is_caught(outbox: Outbox) -> None:
    aiosmtplib = pytest.importorskip("aiosmtplib", reason="aiosmtplib is not installed: its mail was not caught")
    asyncio.run(aiosmtplib.send(message(Bcc="hidden@shop.test"), hostname="mail.invalid", port=587))
    sent = outbox.only
    assert (sent.backend, sent.mail_from, sent.rcpt_to) == (
        "aiosmtplib",
        "a@shop.test",
        ("b@shop.test", "hidden@shop.test"),
    )
    assert b"\r\nHi\r\n.\r\n..dots\r\n" in sent.data
    assert_message(sent, subject="Hi", text="Hi\n.\n..dots", bcc=None)


@pytest.mark.parametrize("options", [{"start_tls": True}, {"use_tls": True}, {"socket_path": "/run/smtp.sock"}])
def test_each_kind_of_connection_of_aiosmtplib_is_caught(outbox: Outbox, options: dict[str, object]) -> None:
    aiosmtplib = pytest.importorskip("aiosmtplib", reason="aiosmtplib is not installed: its mail was not caught")

    async def send() -> None:
        place = {"hostname": None} if "socket_path" in options else {"hostname": "mail.invalid"}
        login = {} if "socket_path" in options else {"username": "ada", "password": "secret"}
        async with aiosmtplib.SMTP(**place, **login, **options) as client:
            await client.sendmail("a@shop.test", ["b@shop.test"], PLAIN)
            await smtp.send(client, Message(from_="a@shop.test", to="c@shop.test", text="Hi").deliveries()[0])

    asyncio.run(send())
    assert [one.rcpt_to for one in outbox] == [("b@shop.test",), ("c@shop.test",)]
    assert outbox[0].data == PLAIN


def test_clients_at_the_same_time_do_not_mix(outbox: Outbox) -> None:
    aiosmtplib = pytest.importorskip("aiosmtplib", reason="aiosmtplib is not installed: its mail was not caught")

    async def one(number: int) -> None:
        async with aiosmtplib.SMTP(hostname="mail.invalid", start_tls=False) as client:
            await client.sendmail("a@shop.test", [f"b{number}@shop.test"], PLAIN.replace(b"Hi", b"%d" % number))

    async def every() -> None:
        await asyncio.gather(*[one(number) for number in range(5)])

    asyncio.run(every())
    assert sorted([(sent.rcpt_to[0], sent.message.subject) for sent in outbox]) == [
        (f"b{number}@shop.test", str(number)) for number in range(5)
    ]
