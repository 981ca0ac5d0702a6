"""
A call of Amazon SES, or what stands for one: the octets, who gets them, what is said beside them.

Captured calls may hold anything, so everything is looked at before it is taken.

    arguments of send_raw_email or send_email, Delivery, Message, octets -> Call

May import: the core.  Imported by: `ses.check`.
"""

from __future__ import annotations

import binascii
from collections.abc import Mapping, Sequence
from typing import Any

from mimekit.delivery import Delivery
from mimekit.errors import EnvelopeError, show
from mimekit.message import Message

__all__ = ["Call"]

_LISTS = ("ToAddresses", "CcAddresses", "BccAddresses")


class Call:
    """What SES is given.  ``data`` is ``None`` for content that SES writes itself (Simple, Template)."""

    def __init__(self) -> None:
        self.data: bytes | None = None
        self.message: Message | None = None
        self.api = "smtp"
        """``"v1"``, ``"v2"`` or ``"smtp"``."""
        self.rcpt_to: list[str] | None = None
        """The recipients beside the message; ``None`` where SES reads them from it."""
        self.is_envelope = False
        """Whether they are of an envelope, and so well-formed."""
        self.source: str | None = None
        """MAIL FROM, Source or FromEmailAddress."""
        self.replaces_from = False
        self.others: list[str] = []
        """Addresses of further arguments."""
        self.tags: list[tuple[Any, Any]] = []  # as they came
        self.configuration_set: object = None
        self.tenant: object = None
        self.headers: list[tuple[Any, Any]] = []  # of content that SES writes, as they came
        self.manages_list = False
        self.is_written = False
        """Whether SES writes the message itself."""

    @classmethod
    def of(cls, x: Message | Delivery | bytes | Mapping[str, Any], call: Mapping[str, Any] | None = None) -> Call:
        """Read what `ses.check` takes; the arguments of *call* go before what *x* says."""
        made = cls()
        if isinstance(x, Mapping):
            made._of_arguments(x)
        elif isinstance(x, Delivery):
            made.data, made.source = x.data, x.mail_from
            made.rcpt_to, made.is_envelope = list(x.rcpt_to), True
            handover = x.handover
            made.tags = list((handover.get("tags") or {}).items())
            made.configuration_set, made.tenant = handover.get("configuration_set"), handover.get("tenant")
        elif isinstance(x, Message):
            made._of_message(x)
        elif isinstance(x, (bytes, bytearray, memoryview)):
            made.data = bytes(x)
        else:
            message = (
                f"{show(x)} is nothing for Amazon SES; give a Message, a Delivery, bytes or the arguments of a call"
            )
            raise TypeError(message)
        if call is not None:
            data, read = made.data, made.message
            made._of_arguments(call)
            made.data, made.message = (None, None) if made.is_written else (data, read)
        return made

    def _of_message(self, message: Message) -> None:
        self.data = message.to_bytes()
        if not message.root.is_built:
            self.message = message
            return
        try:
            envelope = message.envelope
        except EnvelopeError:
            return
        self.source, self.rcpt_to, self.is_envelope = envelope.mail_from, list(envelope.rcpt_to), True

    def _of_arguments(self, given: Mapping[str, Any]) -> None:
        is_v1 = "RawMessage" in given or "Message" in given or "Destinations" in given or "Source" in given
        self.api = "v1" if is_v1 else "v2"
        content = given.get("RawMessage") if is_v1 else _mapping(given.get("Content")).get("Raw")
        self.data = _octets(_mapping(content).get("Data"))
        self.message, self.is_envelope = None, False
        self.source = _text(given.get("Source" if is_v1 else "FromEmailAddress"))
        self.replaces_from = not is_v1 and self.source is not None
        listed = _texts(given.get("Destinations"))
        for name in _LISTS:
            listed += _texts(_mapping(given.get("Destination")).get(name))
        self.rcpt_to = listed or None
        self.others = [*_texts(given.get("ReplyToAddresses")), *_texts([given.get("FeedbackForwardingEmailAddress")])]
        self.tags = _pairs(given.get("Tags" if is_v1 else "EmailTags"))
        self.configuration_set, self.tenant = given.get("ConfigurationSetName"), given.get("TenantName")
        self.manages_list = "ListManagementOptions" in given
        self.is_written = "Message" in given
        if not is_v1:
            contents = _mapping(given.get("Content"))
            self.is_written = not contents.keys().isdisjoint(("Simple", "Template"))
            for name in ("Simple", "Template"):
                self.headers += _pairs(_mapping(contents.get(name)).get("Headers"))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _texts(value: object) -> list[str]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return []
    return [one for one in value if isinstance(one, str)]


def _pairs(value: object) -> list[tuple[Any, Any]]:
    if isinstance(value, str) or not isinstance(value, Sequence):
        return []
    return [(one.get("Name"), one.get("Value")) for one in value if isinstance(one, Mapping)]


def _octets(value: object) -> bytes | None:
    """Give the octets of Data: as they are, or out of the base64 that a line of JSON has."""
    if isinstance(value, (bytes, bytearray, memoryview)):
        return bytes(value)
    if not isinstance(value, str):
        return None
    try:
        return binascii.a2b_base64(value, strict_mode=True)
    except ValueError:
        return value.encode("utf-8", "replace")
