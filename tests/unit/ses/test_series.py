"""A series makes the payloads that the calls make, and refuses what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimekit import Delivery, Envelope, Message, ses
from mimekit.errors import MimekitError

CALLS = {1: ses.send_raw_email, 2: ses.send_email}


def outcome(call: Any, delivery: Delivery) -> object:
    try:
        return call(delivery)
    except MimekitError as error:
        return type(error), str(error)


def check(deliveries: list[Delivery]) -> None:
    """Compare, for both versions, with an ordinary message before, so that its make is known."""
    (ordinary,) = message().deliveries()
    for version, call in CALLS.items():
        series = ses.Series(version)
        for delivery in (ordinary, *deliveries, *deliveries, ordinary):
            assert outcome(series.payload, delivery) == outcome(call, delivery)


def message(**changed: Any) -> Message:
    given_values = {"from_": "Shop <shop@example.com>", "to": "Ada <ada@example.org>", "subject": "a", "text": "b"}
    return Message(**{**given_values, **changed})


@pytest.mark.parametrize(
    "changed",
    [
        {"to": "grace@example.org"},
        {"to": ["grace@example.org", "ada@example.org"]},
        {"to": "Ada@EXAMPLE.org"},
        {"to": '"grace@example.net, <ada@example.org>" <ada@example.org>'},
        {"cc": "grace@example.org"},
        {"bcc": "hidden@example.org"},
        {"to": None, "bcc": "hidden@example.org"},
        {"from_": ["shop@example.com", "other@example.com"], "sender": "shop@example.com"},
        {"from_": "other@example.com"},
        {"text": "\u00e9" * 2000},
        {"text": "x" * 2000},
        {"headers": {"X-SES-CONFIGURATION-SET": "not a name"}},
        {"headers": {"X-SES-MESSAGE-TAGS": "a=b"}},
        {"headers": [("Precedence", "bulk"), ("Precedence", "list")]},
        {"attachments": [("a.pdf", b"1")]},
        {"attachments": [("a.exe", b"1")]},
        {"attachments": [("a.pdf", b"1"), ("b.EXE", b"1")]},
        {"mail_from": "bounces@example.com"},
        {"mail_from": ""},
    ],
)
def test_a_message_of_another_make_is_judged_by_itself(changed: dict[str, Any]) -> None:
    made = message(**changed).deliveries()
    check(made)
    check([Delivery(one.envelope, one.data, handover={"tags": {"a": "b"}, "tenant": "shop"}) for one in made])


@pytest.mark.parametrize(
    "handover", [{"tags": {"a": "b"}}, {"tags": {"a b": "c"}}, {"configuration_set": "x" * 99}, {"tenant": "shop"}]
)
def test_what_the_service_should_know_is_checked_in_each(handover: dict[str, Any]) -> None:
    (made,) = message().deliveries()
    check([Delivery(made.envelope, made.data, handover=handover)])


OCTETS = [
    lambda data: data.replace(b"\r\n\r\nb", b"\r\n\r\n\0"),
    lambda data: data.replace(b"\r\n\r\nb", b"\r\n\r\n\xff"),
    lambda data: data.replace(b"\r\n\r\nb", b"\r\n\r\nb\nc"),
    lambda data: data + b"x" * 2000 + b"\r\n",
    lambda data: b"Bcc: hidden@example.org\r\n" + data,
    lambda data: b"To: hidden@example.org\r\n" + data,
    lambda data: data.replace(b"To: Ada", b"To: hidden@example.org,\r\n Ada"),
    lambda data: data.replace(b"To:", b"tO :"),
    lambda data: data.replace(b"Content-Type: text/plain", b'content-type: text/plain; name="a.exe"'),
    lambda data: data + b'--x\r\nCONTENT-TYPE: a/b; name="a.exe"\r\n\r\n',
    lambda data: data.replace(b"\r\n\r\n", b"\r\n", 1),
    lambda data: data[:0],
]


@pytest.mark.parametrize("change", OCTETS)
@pytest.mark.parametrize("rcpt_to", [["ada@example.org"], ["ada@example.org", "x@example.org"], ["x@example.org"]])
def test_octets_that_were_changed_are_judged_as_they_are(change: Any, rcpt_to: list[str]) -> None:
    (made,) = message().deliveries()
    envelopes = [Envelope("shop@example.com", rcpt_to), Envelope("shop@example.com", rcpt_to, requiretls=True)]
    check([Delivery(envelope, change(made.data)) for envelope in envelopes])


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_any_mixture_gives_what_the_calls_give(data: st.DataObject) -> None:
    changes = st.fixed_dictionaries(
        {},
        optional={
            "to": st.sampled_from(["a@example.org", "B <b@example.org>", "\u00c9 <c@example.org>"]),
            "subject": st.sampled_from(["x", "\u00e9" * 40, "To: x@example.org"]),
            "html": st.just("<p>x</p>"),
            "mail_from": st.sampled_from(["b+1@example.com", "shop@example.com"]),
            "attachments": st.sampled_from([[("a.txt", b"1")], [("a.bat", b"1")]]),
            "headers": st.sampled_from([{"X-A": "1"}, {"X-SES-TENANT": "a"}]),
        },
    )
    made = [message(**changed).deliveries()[0] for changed in data.draw(st.lists(changes, max_size=5))]
    check(made)
