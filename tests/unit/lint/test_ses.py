"""Rules of family S: what `ses.check` finds is what the linter says; see also tests/unit/ses/test_check.py."""

from __future__ import annotations

from typing import Any

import pytest

from mimekit import Envelope, Message, lint, ses
from mimekit.finding import Finding
from mimekit.lint import examples


def found(text: str, **given: Any) -> list[Finding]:
    octets, context = examples.example(text)
    return lint.check(octets, select=["S", "L022"], context=context.changed(**given))


def test_the_rules_of_ses_belong_to_its_profile_alone() -> None:
    octets, context = examples.example("Comments: one\nComments: two")
    assert [one.code for one in lint.check(octets, profile="ses", context=context)] == ["S003"]
    assert lint.check(octets, context=context) == []


def test_a_finding_is_that_of_ses_check() -> None:
    octets, _ = examples.example("Comments: one\nComments: two")
    assert found("Comments: one\nComments: two") == ses.check(octets)


def test_what_two_rules_find_is_told_once() -> None:
    octets, context = examples.example("Subject: one\nSubject: two")
    assert [one.code for one in lint.check(octets, profile="ses", context=context)] == ["S003"]


def test_a_second_recipient_of_list_management_is_told() -> None:
    text = "X-SES-LIST-MANAGEMENT-OPTIONS: readers"
    assert found(text) == []
    envelope = Envelope("jane@shop.example", ["a@customer.example", "b@customer.example"])
    assert [one.code for one in found(text, envelope=envelope)] == ["S023"]


def test_the_call_is_checked_with_the_message() -> None:
    call = {"Source": "jane@shop.example", "Destinations": ["john@localhost"], "RawMessage": {"Data": b"ignored"}}
    assert [(one.code, one.message) for one in found("X-Note: x", ses_call=call)] == [("S011", "Invalid email address")]
    tags = {"Content": {"Raw": {"Data": b""}}, "EmailTags": [{"Name": "a b", "Value": "c"}]}
    assert [one.code for one in found("X-Note: x", ses_call=tags)] == ["S014"]


def test_options_name_the_api_and_the_identities() -> None:
    assert [one.code for one in found("X-Note: x", options={"ses-verified": ["a.example"]})] == ["S022"]
    assert found("X-Note: x", options={"ses-verified": ["shop.example"], "ses-region": "eu-west-1"}) == []


@pytest.mark.parametrize("encoding", ["7bit", "8bit"])
def test_what_is_built_here_is_clean(encoding: str) -> None:
    message = Message(
        from_="J\u00fcrgen <j@b\u00fccher.example>",
        to=["Gr\u00fcn <ben@customer.example>", "Team: c@d.example;"],
        reply_to='"Doe, Jane" <jane@shop.example>',
        subject="Gr\u00fc\u00dfe aus K\u00f6ln",
        text="Hello.\n",
        attachments=[("bericht.pdf", b"%PDF-1.7")],
        encoding=encoding,
    )
    assert lint.check(message, select="S") == []


def test_an_empty_bcc_field_is_legal_so_of_amazon_ses_it_is_no_error() -> None:
    message = Message(
        from_="ada@shop.example", to="ben@customer.example", bcc="eve@shop.example", subject="Hi", text="Hello.\n"
    )
    (delivery,) = message.deliveries(bcc="empty")
    (one,) = lint.check(delivery, profile="ses", select="S011")
    assert (one.severity, delivery.data[one.start : one.end].strip()) == ("warning", b"Bcc:")
    to = delivery.data.replace(b"Bcc: \r\n", b"").replace(b"To: ben@customer.example", b"To: ")
    assert [one.severity for one in lint.check(to, profile="ses", select="S011")] == ["error"]
