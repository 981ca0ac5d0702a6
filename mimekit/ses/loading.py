"""
Loading: a payload that was written down, as the delivery it was made of.

A line of JSON has the octets of the message in base64, as they go over AWS's wire and as the AWS command line takes
them by ``--cli-input-json``; a payload for boto3 has them as they are.  What SES has no place for (RFC 3461, BODY) is
not in a payload, and so does not come back.

    a line of JSON, or the keyword arguments of a call -> Delivery

May import: the core, `errors`.  Imported by: `ses`.
"""

from __future__ import annotations

import binascii
import json

from mimekit import headline
from mimekit.delivery import Delivery
from mimekit.envelope import Envelope
from mimekit.errors import MimekitError, PayloadError, show
from mimekit.limits import WHOLE_HEADER
from mimekit.message import Message
from mimekit.part import Part

__all__ = ["load_payload"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any  # what JSON gives, until it is looked at

_LISTS = ("ToAddresses", "CcAddresses", "BccAddresses")
_NAMES = (("ConfigurationSetName", "configuration_set"), ("TenantName", "tenant"))


def load_payload(x: str | bytes | Mapping[str, Any]) -> Delivery:
    """
    Give the delivery of a payload of `send_raw_email` or `send_email`, or of the line of JSON that it was written as.

    MAIL FROM of a v2 payload is where bounces go: FeedbackForwardingEmailAddress, else the address of From.  Raises
    `PayloadError`.

    >>> from mimekit import Message, ses
    >>> msg = Message(from_="a@example.com", to="b@example.org", text="Hello.")
    >>> ses.load_payload(ses.send_email(msg, tags={"campaign": "may"})).rcpt_to
    ('b@example.org',)
    """
    payload = _object(x)
    try:
        if "RawMessage" in payload:
            data = _octets(payload["RawMessage"]["Data"])
            mail_from, rcpt_to = payload["Source"], list(payload["Destinations"])
            tags = payload.get("Tags")
        else:
            data = _octets(payload["Content"]["Raw"]["Data"])
            rcpt_to = [address for name in _LISTS for address in payload["Destination"].get(name, ())]
            mail_from = payload.get("FeedbackForwardingEmailAddress")
            if mail_from is None:
                mail_from = payload.get("FromEmailAddress") or _author(data)
            tags = payload.get("EmailTags")
        handover: dict[str, object] = {name: payload[key] for key, name in _NAMES if key in payload}
        if tags:
            handover["tags"] = {tag["Name"]: tag["Value"] for tag in tags}
        return Delivery(Envelope(mail_from, rcpt_to), data, handover=handover)
    except (KeyError, TypeError, AttributeError, MimekitError) as error:
        reason = str(error) if isinstance(error, MimekitError) else f"{type(error).__name__} {show(str(error))}"
        message = f"{show(x)} is no payload of send_raw_email or send_email: {reason}"
        raise PayloadError(message) from None


def _object(x: object) -> Mapping[str, Any]:
    if isinstance(x, (str, bytes)):
        try:
            x = json.loads(x)
        except (ValueError, RecursionError) as error:
            message = f"{show(x)} is no line of JSON: {error}"
            raise PayloadError(message) from None
    if not hasattr(x, "keys"):
        message = f"{show(x)} is no payload; give the object that send_raw_email or send_email made, or its line"
        raise PayloadError(message)
    return x  # type: ignore[return-value]  # it is a mapping


def _octets(data: object) -> bytes:
    if isinstance(data, (bytes, bytearray)):
        return bytes(data)
    try:
        return binascii.a2b_base64(data, strict_mode=True)  # type: ignore[arg-type]  # it raises for what is no str
    except ValueError as error:
        message = f"Data is no base64: {error}"
        raise PayloadError(message) from None


def _author(data: bytes) -> object:
    """Give the address of From, which takes the bounces where nothing else is said."""
    message = Message.of(Part.of_span(data, 0, len(data), limits=WHOLE_HEADER))
    authors = headline.originators(message.from_, message.sender)
    return (message.sender or authors[0]).address  # not of its envelope: all recipients may be in Bcc
