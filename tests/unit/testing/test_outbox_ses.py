"""Calls of Amazon SES that send are caught, checked and answered; nothing else of SES reaches the network."""

from __future__ import annotations

import io
from typing import Any  # clients of boto3 have no types

import pytest

from mimekit import Message, ses
from mimekit.testing import Outbox, OutboxError, assert_message

boto3 = pytest.importorskip("boto3", reason="boto3 is not installed: its mail was not caught")

RAW = b"From: a@shop.test\nTo: b@shop.test\nBcc: c@shop.test\nSubject: Hi\n\nHi\n"


@pytest.fixture(scope="module")
def v1() -> Any:
    return client("ses")


@pytest.fixture(scope="module")
def v2() -> Any:
    return client("sesv2")


def client(name: str) -> Any:
    return boto3.client(name, region_name="eu-west-1", aws_access_key_id="k", aws_secret_access_key="s")  # noqa: S106 - nobody's


def test_raw_messages_of_the_first_version_are_caught(outbox: Outbox, v1: Any) -> None:
    answer = v1.send_raw_email(RawMessage={"Data": RAW})
    assert answer["MessageId"] == "outbox-000001"
    sent = outbox.only
    assert (sent.backend, sent.data, sent.call) == ("ses", RAW, {"RawMessage": {"Data": RAW}})
    assert (sent.mail_from, sent.rcpt_to) == ("a@shop.test", ("b@shop.test", "c@shop.test"))


def test_what_the_call_says_goes_before_the_header(outbox: Outbox, v1: Any) -> None:
    v1.send_raw_email(Source="Shop <bounce@shop.test>", Destinations=["D <d@shop.test>"], RawMessage={"Data": RAW})
    assert (outbox.only.mail_from, outbox.only.rcpt_to) == ("bounce@shop.test", ("d@shop.test",))


def test_raw_messages_of_the_second_version_are_caught(outbox: Outbox, v2: Any) -> None:
    delivery = Message(from_="a@shop.test", to="b@shop.test", bcc="c@shop.test", subject="Hi", text="Hi").deliveries()[
        0
    ]
    v2.send_email(**ses.send_email(delivery))
    assert (outbox.only.backend, outbox.only.data) == ("sesv2", delivery.data)
    assert outbox.only.rcpt_to == ("b@shop.test", "c@shop.test")


def test_a_file_that_is_sent_is_read_once(outbox: Outbox, v1: Any, v2: Any) -> None:
    v1.send_raw_email(RawMessage={"Data": io.BytesIO(RAW)})
    v2.send_email(Content={"Raw": {"Data": io.BytesIO(RAW)}})
    assert [one.data for one in outbox] == [RAW, RAW]


def test_a_message_that_ses_makes_is_made_here(outbox: Outbox, v1: Any, v2: Any) -> None:
    body = {"Text": {"Data": "Hi"}, "Html": {"Data": "<p>Hi</p>"}}
    to = {"ToAddresses": ["Ada <ada@shop.test>"], "BccAddresses": ["c@shop.test"]}
    v1.send_email(Source="a@shop.test", Destination=to, Message={"Subject": {"Data": "Hi"}, "Body": body})
    v2.send_email(
        FromEmailAddress="a@shop.test",
        Destination=to,
        Content={"Simple": {"Subject": {"Data": "Hi"}, "Body": body, "Headers": [{"Name": "X-C", "Value": "1"}]}},
    )
    for sent in outbox:
        assert_message(
            sent,
            subject="Hi",
            to="Ada <ada@shop.test>",
            text="Hi",
            html="<p>Hi</p>",
            rcpt_to=["ada@shop.test", "c@shop.test"],
        )
    assert outbox[1].message.headers["X-C"] == "1"


def test_of_a_template_only_the_addresses_are_known(outbox: Outbox, v1: Any, v2: Any) -> None:
    to = {"ToAddresses": ["b@shop.test"]}
    v1.send_templated_email(Source="a@shop.test", Destination=to, Template="t", TemplateData="{}")
    bulk = v1.send_bulk_templated_email(
        Source="a@shop.test", Template="t", DefaultTemplateData="{}", Destinations=[{"Destination": to}] * 2
    )
    many = v2.send_bulk_email(
        FromEmailAddress="a@shop.test",
        DefaultContent={"Template": {"TemplateName": "t", "TemplateData": "{}"}},
        BulkEmailEntries=[{"Destination": to}] * 3,
    )
    assert len(bulk["Status"]) == 2
    assert len({one["MessageId"] for one in many["BulkEmailEntryResults"]}) == 3
    assert len(outbox) == 6
    assert all(not one.is_complete and one.findings == [] and one.rcpt_to == ("b@shop.test",) for one in outbox)


def test_parameters_are_checked_as_botocore_does(outbox: Outbox, v1: Any) -> None:
    from botocore.exceptions import ParamValidationError

    with pytest.raises(ParamValidationError, match="RawMessage"):
        v1.send_raw_email(Source="a@shop.test")
    assert outbox == []


def test_addresses_that_are_none_are_told_as_findings(outbox: Outbox, v1: Any) -> None:
    v1.send_email(
        Source="a@shop.test",
        Destination={"ToAddresses": ["no address"]},
        Message={"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "Hi"}}},
    )
    assert [one for one in outbox.only.findings if one.code.startswith("S") and one.severity == "error"]


def test_findings_are_those_of_ses_and_not_of_smtp(outbox: Outbox, v1: Any) -> None:
    v1.send_raw_email(RawMessage={"Data": RAW.replace(b"Subject: Hi\n", b"Subject: Hi\nSubject: Ho\n")})
    codes = {one.code for one in outbox.only.findings}
    assert "S003" in codes
    assert "H110" not in codes, "SES takes Bcc out"


def test_other_calls_are_answered_by_stubs_or_not_at_all(outbox: Outbox, v1: Any) -> None:
    from botocore.stub import Stubber

    with pytest.raises(OutboxError, match="opens no connection"):
        v1.get_send_quota()
    with Stubber(v1) as stub:
        stub.add_response("get_send_quota", {"Max24HourSend": 1.0})
        assert v1.get_send_quota()["Max24HourSend"] == 1.0
    assert outbox == []
