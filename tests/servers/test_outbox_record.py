"""With ``mimekit_lint = record`` mail goes out as ever, and what the server took is what is linted."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Iterator

import pytest

from mimekit import Message, smtp
from mimekit.lint.config import Config
from mimekit.testing.catching import Catching
from mimekit.testing.judging import Judge
from mimekit.testing.outbox import Caught, Outbox, Sent
from tests.servers.recorder import Recorder

OCTETS = b"From: a@shop.test\r\nTo: b@shop.test\r\nSubject: Hi\r\n\r\n.\r\n..\r\nHi\r\n"


@pytest.fixture
def sent() -> Iterator[Outbox]:
    box = Outbox()

    def take(caught: Caught) -> None:
        box.append(Sent(caught, len(box) + 1, lambda: Judge(Config())))

    catching = Catching(take)
    catching.start()
    yield box
    catching.stop()


def test_what_smtplib_sends_goes_out_and_is_taken(recorder: Recorder, sent: Outbox) -> None:
    delivery = Message(from_="a@shop.test", to="c@shop.test", bcc="d@shop.test", text="Hi").deliveries()[0]
    with smtplib.SMTP(recorder.host, recorder.port) as client:
        client.sendmail("a@shop.test", ["b@shop.test"], OCTETS)
        smtp.send(client, delivery)
    assert [one.octets for one in recorder.received] == [OCTETS, delivery.data]
    assert [one.data for one in sent] == [OCTETS, delivery.data]
    assert [one.rcpt_to for one in sent] == [("b@shop.test",), ("c@shop.test", "d@shop.test")]


def test_what_a_server_refuses_is_not_taken(recorder: Recorder, sent: Outbox) -> None:
    with smtplib.SMTP(recorder.host, recorder.port) as client:
        client.ehlo()
        assert client.docmd("MAIL", "a@shop.test")[0] >= 500
        assert client.docmd("DATA")[0] >= 500
        client.rset()
        client.mail("a@shop.test")
        client.rcpt("b@shop.test")
        assert client.docmd("RCPT", "b@shop.test")[0] >= 500
        client.data(OCTETS)
    assert [one.rcpt_to for one in sent] == [("b@shop.test",)]
    assert len(recorder.received) == 1


def test_what_aiosmtplib_sends_goes_out_and_is_taken(recorder: Recorder, sent: Outbox) -> None:
    aiosmtplib = pytest.importorskip("aiosmtplib", reason="aiosmtplib is absent: catching its mail was not tested")
    delivery = Message(from_="a@shop.test", to="c@shop.test", text="Hi").deliveries()[0]

    async def send() -> None:
        async with aiosmtplib.SMTP(hostname=recorder.host, port=recorder.port, start_tls=False) as client:
            await client.sendmail("a@shop.test", ["b@shop.test"], OCTETS.replace(b"\r\n", b"\n"))
            await smtp.send(client, delivery)

    asyncio.run(send())
    assert [one.octets for one in recorder.received] == [OCTETS, delivery.data]
    assert [one.data for one in sent] == [OCTETS, delivery.data]
    assert [one.backend for one in sent] == ["aiosmtplib", "aiosmtplib"]


def test_what_boto3_sends_under_a_stub_goes_there_and_is_taken(sent: Outbox) -> None:
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed: catching its mail was not tested")
    from botocore.exceptions import ClientError
    from botocore.stub import Stubber

    client = boto3.client("ses", region_name="eu-west-1", aws_access_key_id="k", aws_secret_access_key="s")  # noqa: S106 - for the server of this test
    with Stubber(client) as stub:
        stub.add_response("send_raw_email", {"MessageId": "from the stub"})
        stub.add_client_error("send_raw_email", "MessageRejected")
        assert client.send_raw_email(RawMessage={"Data": OCTETS})["MessageId"] == "from the stub"
        with pytest.raises(ClientError):
            client.send_raw_email(RawMessage={"Data": OCTETS})
    assert (sent.only.backend, sent.only.data) == ("ses", OCTETS)
