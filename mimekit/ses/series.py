"""
Series: payloads of many messages of one make, each checked, what they share only once.

A bulk run makes a million payloads of one template.  What `ses.payload` checks of the octets depends for the most part
on the names of the fields and on the parts, and those are the same in every message; so the answer is kept for each
make of message.  Everything that can differ is looked at in each one, and what is not ordinary goes the whole way: a
series gives the payload that `send_email` or `send_raw_email` gives, or raises what they raise.

    Delivery -> the keyword arguments of one call

May import: the core, `ses`.  Imported by: `ses`.
"""

from __future__ import annotations

import re

from mimekit.addressing import address_key
from mimekit.codecs import plain
from mimekit.ses import _values, limits
from mimekit.ses.payload import authors_of, send_email, send_raw_email

__all__ = ["Series"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from mimekit.delivery import Delivery

_KEPT = 64  # makes of message that are remembered
# Each begins with a literal on purpose: an alternation first, or no regard to case, costs ten times as much.
_FIELDS = re.compile(rb"\n([!-9;-~]++): ?([^\n]*+(?:\n[ \t][^\n]*+)*+)")
_PARTS = re.compile(rb"\nContent-[^\n]*+(?:\n[ \t][^\n]*+)*+")
_ORDINARY = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]++@[a-z0-9.-]++")
_NO_SERIES = frozenset([b"bcc", b"resent-bcc", *[name.lower().encode() for name in limits.REQUEST_HEADERS]])


class Series:
    """
    Makes the payloads of a series for API *version* 1 (``send_raw_email``) or 2 (``send_email``).

    >>> from mimekit import Message, ses
    >>> (delivery,) = Message(from_="a@example.com", to="b@example.org", text="Hello.").deliveries()
    >>> Series(2).payload(delivery) == ses.send_email(delivery)
    True
    """

    def __init__(self, version: int) -> None:
        self._whole = send_raw_email if version == 1 else send_email
        self._version = version
        self._most = limits.MAX_OCTETS_V1 if version == 1 else limits.MAX_OCTETS_V2
        self._known: dict[tuple[object, ...], str | None] = {}

    def payload(self, delivery: Delivery) -> dict[str, Any]:
        """Give the payload; raises what `send_email` raises."""
        data = delivery.data
        recipients = delivery.rcpt_to
        end = data.find(b"\r\n\r\n")
        if (
            end < 0
            or len(recipients) != 1
            or not data.isascii()
            or len(data) > self._most
            or not _ORDINARY.fullmatch(delivery.mail_from)
            or not _ORDINARY.fullmatch(recipients[0])
            or delivery.envelope._mail_items  # what SES cannot have
        ):
            return self._whole(delivery)
        listed = _FIELDS.findall(b"\n" + data[: end + 2])
        fields, parts = dict(listed), tuple(_PARTS.findall(data))
        if not _shows(fields.get(b"To", b""), recipients[0]) or len(parts) != data.lower().count(b"\ncontent-"):
            return self._whole(delivery)
        make = (tuple([name for name, _ in listed]), fields.get(b"From"), parts)
        if make not in self._known:
            return self._first(make, delivery)
        if b"\0" in data or plain.has_bare_line_end(data) or plain.has_long_line(data, limits.MAX_LINE):
            return self._whole(delivery)
        return self._next(delivery, data, self._known[make])

    def _first(self, make: tuple[Any, ...], delivery: Delivery) -> dict[str, Any]:
        """Make the payload the whole way, and remember that this make of message passes."""
        made = self._whole(delivery)
        names = {name.lower() for name in make[0]}
        authors = list(authors_of(delivery.data))
        if len(authors) == 1 and names.isdisjoint(_NO_SERIES):
            if len(self._known) >= _KEPT:
                self._known.clear()
            self._known[make] = authors[0]
        return made

    def _next(self, delivery: Delivery, data: bytes, author: str | None) -> dict[str, Any]:
        """Make the payload of a message whose make is known."""
        handover = delivery._handover and delivery.handover
        tags = _values.tags(handover.get("tags")) if handover else None
        configuration_set = _values.name("configuration_set", handover.get("configuration_set")) if handover else None
        if self._version == 1:
            if handover and handover.get("tenant") is not None:
                return self._whole(delivery)  # which raises
            made: dict[str, Any] = {
                "Source": delivery.mail_from,
                "Destinations": [delivery.rcpt_to[0]],
                "RawMessage": {"Data": data},
            }
            if tags:
                made["Tags"] = tags
        else:
            made = {"Destination": {"ToAddresses": [delivery.rcpt_to[0]]}}
            if address_key(delivery.mail_from) != author:
                made["FeedbackForwardingEmailAddress"] = delivery.mail_from
            made["Content"] = {"Raw": {"Data": data}}
            if tags:
                made["EmailTags"] = tags
        if configuration_set is not None:
            made["ConfigurationSetName"] = configuration_set
        if handover and self._version != 1 and (tenant := _values.name("tenant", handover.get("tenant"))) is not None:
            made["TenantName"] = tenant
        return made


def _shows(to: bytes, recipient: str) -> bool:
    """Whether a To field is of this one mailbox, as far as that is plain to see."""
    to = to.removesuffix(b"\r")
    address = recipient.encode("ascii")
    return to == address or (to.count(b"@") == 1 and to.endswith(b"<" + address + b">") and b"," not in to)
