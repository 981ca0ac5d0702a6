"""The receipt through boto3's two SES clients to a mock of the service, judged by what was really asked of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mimekit import Delivery, Message, spec
from mimekit import ses as payloads
from tests.servers.amazon import Amazon
from tests.support.copies import (
    SEEN,
    Reading,
    check_everybody_served_and_nobody_seen,
    check_the_receipt_is_whole,
    with_planted_bcc,
)
from tests.support.receipt import EVERYBODY, SPEC, VISIBLE

Sendable = Message | Delivery
Payload = dict[str, Any]  # keyword arguments of boto3, which is not typed
Asking = Callable[[Amazon, Sendable, Callable[[bytes], bytes]], None]


def as_it_is(data: bytes) -> bytes:
    """Plant nothing."""
    return data


def by_ses(ses: Amazon, given: Sendable, change: Callable[[bytes], bytes]) -> None:
    """Send by version 1 of the interface."""
    payload: Payload = payloads.send_raw_email(given)
    payload["RawMessage"] = {"Data": change(payload["RawMessage"]["Data"])}
    ses.ses.send_raw_email(**payload)


def by_sesv2(ses: Amazon, given: Sendable, change: Callable[[bytes], bytes]) -> None:
    """Send by version 2 of the interface."""
    payload: Payload = payloads.send_email(given)
    payload["Content"] = {"Raw": {"Data": change(payload["Content"]["Raw"]["Data"])}}
    ses.sesv2.send_email(**payload)


versions = pytest.mark.parametrize("ask", [by_ses, by_sesv2])
readings = pytest.mark.parametrize("bcc", ["omit", "separate"])


@versions
def test_the_message_itself_reaches_everybody_and_shows_nobody(ses: Amazon, ask: Asking) -> None:
    ask(ses, spec.load(SPEC), as_it_is)
    assert len(ses.requests) == 1
    assert sorted(ses.requests[0].destinations) == sorted(EVERYBODY)
    check_everybody_served_and_nobody_seen(ses.copies())
    check_the_receipt_is_whole(ses.requests[0].data)


@versions
def test_the_message_itself_with_a_planted_bcc_field_fails_that_check(ses: Amazon, ask: Asking) -> None:
    ask(ses, spec.load(SPEC), with_planted_bcc)
    with pytest.raises(AssertionError, match=SEEN):
        check_everybody_served_and_nobody_seen(ses.copies())


@versions
@readings
def test_its_deliveries_reach_everybody_and_show_nobody(ses: Amazon, ask: Asking, bcc: Reading) -> None:
    for delivery in spec.load(SPEC).deliveries(bcc=bcc):
        ask(ses, delivery, as_it_is)
    check_everybody_served_and_nobody_seen(ses.copies(), bcc=bcc)
    for request in ses.requests:
        check_the_receipt_is_whole(request.data)
        assert request.data.isascii()


@versions
@readings
def test_its_deliveries_with_a_planted_bcc_field_fail_that_check(ses: Amazon, ask: Asking, bcc: Reading) -> None:
    for delivery in spec.load(SPEC).deliveries(bcc=bcc):
        ask(ses, delivery, with_planted_bcc)
    with pytest.raises(AssertionError, match=SEEN):
        check_everybody_served_and_nobody_seen(ses.copies(), bcc=bcc)


@versions
def test_without_its_destinations_it_fails_that_check(ses: Amazon, ask: Asking) -> None:
    # The mock, as the service, would read the header then: the check must not be content with that.
    delivery = spec.load(SPEC).deliveries(rcpt_to=VISIBLE)[0]
    ask(ses, delivery, as_it_is)
    with pytest.raises(AssertionError, match="served"):
        check_everybody_served_and_nobody_seen(ses.copies())
