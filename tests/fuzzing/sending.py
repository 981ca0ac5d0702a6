"""
Sending: what Amazon SES gets of a message, and what it would say to it.

A payload names every recipient and shows no hidden one; whatever cannot be sent is refused before the call.
"""

from __future__ import annotations

import json

from mimekit import AddressList, MimekitError, parse, ses
from mimekit.addressing import address_key
from tests.fuzzing.target import refused, target

__all__ = ["LOCAL_PART"]

LOCAL_PART = 64
"""Octets (RFC 5321 4.5.3.1.1): a message that was parsed goes to a longer one too, and no caller may write it."""


@target("messages", passes=12)
def ses_check(octets: bytes) -> None:
    """Ask what SES would answer to any octets."""
    found = ses.check(octets)
    assert ses.check(octets) == found
    assert [one for one in found if not 0 <= one.start <= one.end <= len(octets)] == []
    for one in found:
        str(one).encode()
    for api in ("v1", "v2", "smtp"):
        ses.check(parse(octets), api=api, verified=["example.com", "shop.example"])


@target("messages", passes=24)
def ses_payload(octets: bytes) -> None:
    """Make the payloads of a message, and read the delivery back from each."""
    message = parse(octets)
    for make in (ses.send_raw_email, ses.send_email):
        try:
            payload = make(message)
        except MimekitError as error:
            refused(error)
            continue
        data = payload.get("RawMessage", payload.get("Content", {}).get("Raw"))["Data"]
        if "Destinations" in payload:
            to, hidden = payload["Destinations"], []
        else:
            lists = payload["Destination"]
            to = [one for name in ("ToAddresses", "CcAddresses", "BccAddresses") for one in lists.get(name, [])]
            hidden = lists.get("BccAddresses", [])
        assert to
        shown = {
            address_key(one.address) for raw in parse(data).headers.all_raw("Bcc") for one in AddressList.parse(raw)
        }
        assert not shown or len(to) == 1
        if any(len(one.rpartition("@")[0].encode()) > LOCAL_PART for one in (*to, message.envelope.mail_from)):
            continue
        back = ses.load_payload(payload)
        assert back.data == data
        assert sorted(back.rcpt_to) == sorted(to)
        assert len(hidden) <= len(to)
        ses.check(payload)


@target("records", passes=8)
def payload_lines(octets: bytes) -> None:
    """Read a payload as a line of JSON, which anybody may have written."""
    try:
        ses.load_payload(octets)
    except MimekitError as error:
        refused(error)
    try:
        given = json.loads(octets)
    except (ValueError, RecursionError):
        return
    if isinstance(given, dict):
        ses.check(given)
