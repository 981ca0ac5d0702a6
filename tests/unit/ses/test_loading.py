"""Payloads read back as deliveries."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import pytest

from mimekit import Delivery, Message, ses
from mimekit.errors import PayloadError

MSG = Message(
    from_="Shop <shop@example.com>",
    to="ada@example.org",
    cc="grace@example.net",
    bcc="hidden@example.org",
    subject="Receipt",
    text="Paid.",
)
HANDOVER = {"tags": {"campaign": "may"}, "configuration_set": "news"}


def made(mail_from: str) -> Delivery:
    (delivery,) = MSG.deliveries(mail_from=mail_from)
    return Delivery(delivery.envelope, delivery.data, handover=HANDOVER)


def line(payload: dict[str, Any]) -> bytes:
    return json.dumps(payload, default=lambda octets: b64encode(octets).decode()).encode()


@pytest.mark.parametrize("mail_from", ["shop@example.com", "bounces+7@example.com"])
@pytest.mark.parametrize("call", [ses.send_raw_email, ses.send_email])
def test_a_payload_and_its_line_read_back_as_the_delivery(call: Any, mail_from: str) -> None:
    delivery = made(mail_from)
    payload = call(delivery)
    for source in (payload, line(payload), line(payload).decode()):
        assert ses.load_payload(source) == delivery


@pytest.mark.parametrize("sender", [None, "office@example.com"])
def test_a_message_whose_recipients_are_all_in_bcc_reads_back(sender: str | None) -> None:
    message = Message(from_="shop@example.com", sender=sender, bcc="hidden@example.org", text="Paid.")
    (delivery,) = message.deliveries(mail_from="shop@example.com" if sender is None else sender)
    payload = ses.send_email(delivery)
    payload.pop("FromEmailAddress", None)
    assert ses.load_payload(line(payload)) == delivery


def test_a_tenant_is_in_v2_alone() -> None:
    delivery = Delivery(MSG.deliveries()[0].envelope, MSG.deliveries()[0].data, handover={"tenant": "shop"})
    assert ses.load_payload(line(ses.send_email(delivery))) == delivery


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{", "is no line of JSON"),
        ("[" * 100_000, "is no line of JSON"),
        ("[]", "is no payload; give"),
        ("{}", "is no payload of send_raw_email or send_email: KeyError .*Content"),
        ('{"RawMessage": {"Data": "?"}, "Source": "a@b.test", "Destinations": ["c@d.test"]}', "Data is no base64"),
        ('{"RawMessage": {"Data": 7}, "Source": "a@b.test", "Destinations": ["c@d.test"]}', "TypeError"),
        ('{"RawMessage": {"Data": ""}, "Source": "a@b.test", "Destinations": []}', "no payload of"),
        ('{"RawMessage": {"Data": ""}, "Source": "a@b.test", "Destinations": ["c@d.test\\r\\nDATA"]}', "no payload of"),
        ('{"Content": {"Raw": {"Data": ""}}, "Destination": {"ToAddresses": ["c@d.test"]}}', "no payload of"),
        (7, "is no payload; give"),
    ],
)
def test_what_is_no_payload_is_an_error(source: Any, reason: str) -> None:
    with pytest.raises(PayloadError, match=reason.replace("?", r"\?")):
        ses.load_payload(source)
