"""
Payloads: the keyword arguments of one call of boto3 for one delivery.

Amazon SES API v1 SendRawEmail and v2 SendEmail with raw content.  SES reads recipients from the header when a call
names none, and most builders have taken Bcc out by then: so the destinations are always explicit and the data shows no
hidden recipient.  Whatever SES would answer with an error because of a documented limit raises here, before the call.

    Message or Delivery -> {"Destinations": [...], "RawMessage": {"Data": octets}, ...}

May import: the core, `ses`.  Imported by: `ses`, `ses.series`.
"""

from __future__ import annotations

from mimekit.addressing import address_key
from mimekit.delivery import Delivery
from mimekit.errors import ContentError, PayloadError, show
from mimekit.headers.address import AddressList, Mailbox
from mimekit.limits import WHOLE_HEADER
from mimekit.message import Message
from mimekit.part import Part
from mimekit.ses import _data, _values, limits

__all__ = ["authors_of", "send_email", "send_raw_email"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any  # the values of a call are strings, lists and mappings, as boto3 has them

    from mimekit.envelope import Envelope


def send_raw_email(  # noqa: PLR0913 - one argument for each of the call
    x: Message | Delivery,
    *,
    source: object = None,
    source_arn: str | None = None,
    from_arn: str | None = None,
    return_path_arn: str | None = None,
    configuration_set: str | None = None,
    tags: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """
    Give the keyword arguments of boto3's ``ses`` client for ``send_raw_email``.

    *x*: a message, all of whose recipients go into one call, or one of its deliveries.  *source* defaults to MAIL FROM
    and takes the bounces.  *configuration_set* and *tags* default to those in ``Delivery.handover``.  Raises
    `PayloadError` for a limit of SES, `EnvelopeError` for data that shows a hidden recipient, and what
    `Message.deliveries` and `Message.with_encoding` raise.

    >>> from mimekit import Message
    >>> msg = Message(from_="a@example.com", to="b@example.org", bcc="c@example.net", text="Hello.")
    >>> call = send_raw_email(msg, tags={"campaign": "may"})
    >>> call["Source"], call["Destinations"], call["Tags"]
    ('a@example.com', ['b@example.org', 'c@example.net'], [{'Name': 'campaign', 'Value': 'may'}])
    >>> b"c@example.net" in call["RawMessage"]["Data"]
    False
    """
    delivery = _ready(x, limits.MAX_OCTETS_V1, "send_raw_email")
    if delivery.handover.get("tenant") is not None:
        message = (
            f"the delivery is for the tenant {show(delivery.handover['tenant'])} and send_raw_email has none; "
            f"use send_email"
        )
        raise PayloadError(message)
    _, data = _data.check(delivery)
    return _given(
        Source=delivery.mail_from if source is None else _source(source)[1],
        Destinations=list(delivery.rcpt_to),
        RawMessage={"Data": data},
        SourceArn=_values.arn("source_arn", source_arn),
        FromArn=_values.arn("from_arn", from_arn),
        ReturnPathArn=_values.arn("return_path_arn", return_path_arn),
        Tags=_values.tags(_or_handover("tags", tags, delivery)),
        ConfigurationSetName=_name("configuration_set", configuration_set, delivery),
    )


def send_email(  # noqa: PLR0913 - one argument for each of the call
    x: Message | Delivery,
    *,
    source: object = None,
    source_arn: str | None = None,
    feedback_arn: str | None = None,
    configuration_set: str | None = None,
    tags: Mapping[str, str] | None = None,
    list_management: str | tuple[str, str] | None = None,
    endpoint_id: str | None = None,
    tenant: str | None = None,
) -> dict[str, Any]:
    """
    Give the keyword arguments of boto3's ``sesv2`` client for ``send_email``.

    *x* as in `send_raw_email`.  A recipient stands under To or Cc when that field of the data shows it, else under
    Bcc.  *source* becomes FromEmailAddress, by which SES replaces the From field: leave it out for a signed message.  A
    MAIL FROM that is not the From address goes to FeedbackForwardingEmailAddress.  *list_management*: the name of a
    contact list, or that and a topic, for one recipient.  *configuration_set*, *tags* and *tenant* default to those in
    ``Delivery.handover``.  Raises as `send_raw_email` does.

    >>> from mimekit import Message
    >>> msg = Message(from_="a@example.com", to="b@example.org", bcc="c@example.net", text="Hello.")
    >>> send_email(msg)["Destination"]
    {'ToAddresses': ['b@example.org'], 'BccAddresses': ['c@example.net']}
    """
    delivery = _ready(x, limits.MAX_OCTETS_V2, "send_email")
    root, data = _data.check(delivery)
    sent_by, shown_as = (None, None) if source is None else _source(source)
    if list_management is not None:
        _data.check_list_management(delivery, root)
    return _given(
        FromEmailAddress=shown_as,
        FromEmailAddressIdentityArn=_values.arn("source_arn", source_arn),
        Destination=_destination(delivery, root),
        FeedbackForwardingEmailAddress=_feedback(delivery, root, sent_by),
        FeedbackForwardingEmailAddressIdentityArn=_values.arn("feedback_arn", feedback_arn),
        Content={"Raw": {"Data": data}},
        EmailTags=_values.tags(_or_handover("tags", tags, delivery)),
        ConfigurationSetName=_name("configuration_set", configuration_set, delivery),
        EndpointId=_values.visible("endpoint_id", endpoint_id),
        TenantName=_name("tenant", tenant, delivery),
        ListManagementOptions=_list_options(list_management),
    )


def _given(**arguments: object) -> dict[str, Any]:
    """Leave out what is not given: boto3 takes no ``None``."""
    return {name: value for name, value in arguments.items() if value is not None}


def _or_handover(name: str, argument: object, delivery: Delivery) -> object:
    return delivery.handover.get(name) if argument is None else argument


def _name(name: str, argument: object, delivery: Delivery) -> str | None:
    return _values.name(name, _or_handover(name, argument, delivery))


# -- the delivery


def _ready(x: object, most: int, call: str) -> Delivery:
    """Give the delivery to send, 7-bit when it is made here, having checked what needs no octets."""
    if not isinstance(x, (Message, Delivery)):
        message = f"{show(x)} cannot be sent; give a Message or a Delivery"
        raise TypeError(message)
    _check_envelope(x.envelope)
    delivery = x if isinstance(x, Delivery) else _seven_bit(x)
    if delivery.size > most:
        other = "; send_email takes four times as many" if most < limits.MAX_OCTETS_V2 else ""
        message = (
            f"the message has {delivery.size} octets and Amazon SES takes {most} by {call}, so it is "
            f"{delivery.size - most} too long{other}; leave an attachment out or put a link in its place"
        )
        raise PayloadError(message)
    return delivery


def _seven_bit(message: Message) -> Delivery:
    """Give the one delivery of a message for everybody, re-encoded when its octets need more than 7 bits."""
    try:
        (delivery,) = message.deliveries()
    except ContentError:  # NUL or a line over 998 octets, which encoding mends
        return message.with_encoding("7bit").deliveries()[0]
    if "BODY" in delivery.envelope.mail_params:  # 8BITMIME: there is nothing else that a message asks for
        return message.with_encoding("7bit").deliveries()[0]
    return delivery


def _check_envelope(envelope: Envelope) -> None:
    if not envelope.mail_from:
        message = "MAIL FROM is the null reverse-path, which Amazon SES does not have; pass mail_from= to deliveries()"
        raise PayloadError(message)
    for address in (envelope.mail_from, *envelope.rcpt_to):
        if not address.isascii():
            raise PayloadError(_not_ascii(address))
    if "REQUIRETLS" in envelope.mail_params:
        message = (
            "the envelope asks for REQUIRETLS (RFC 8689), which a call of Amazon SES cannot; require TLS in the "
            "configuration set and leave it out of the envelope"
        )
        raise PayloadError(message)
    count = len(envelope.rcpt_to)
    if count > limits.MAX_RECIPIENTS:
        message = (
            f"the delivery has {count} recipients and Amazon SES takes {limits.MAX_RECIPIENTS} a message, so there are "
            f"{count - limits.MAX_RECIPIENTS} too many; send each of delivery.split({limits.MAX_RECIPIENTS}), "
            f"where delivery is one of msg.deliveries()"
        )
        raise PayloadError(message)


def _not_ascii(address: str) -> str:
    return (
        f"{show(address)} has a local part that is not ASCII, and Amazon SES has no SMTPUTF8 (RFC 6531); "
        f"use an ASCII address of that mailbox"
    )


# -- the arguments


def _keys(root: Part, name: str) -> Iterator[str | None]:
    for raw in root.headers.all_raw(name):
        for mailbox in AddressList.parse(raw):
            yield _data.key(mailbox)


def authors_of(data: bytes) -> Iterator[str | None]:
    """Yield the keys of the addresses in From."""
    return _keys(Part.of_span(data, 0, len(data), limits=WHOLE_HEADER), "From")


def _source(source: object) -> tuple[str | None, str]:
    """Give the key of an address, and how it is written with its display name."""
    mailbox = source if isinstance(source, Mailbox) else Mailbox.of(source)
    if not mailbox.local_part.isascii():
        raise PayloadError(_not_ascii(mailbox.address))
    return _data.key(mailbox), mailbox.encode().decode("ascii")


def _destination(delivery: Delivery, root: Part) -> dict[str, list[str]]:
    """Put each recipient into one of the three lists, by the field of the data that shows it."""
    to, cc = set(_keys(root, "To")), set(_keys(root, "Cc"))
    lists: dict[str, list[str]] = {"ToAddresses": [], "CcAddresses": [], "BccAddresses": []}
    for address in delivery.rcpt_to:
        key = address_key(address)
        lists["ToAddresses" if key in to else "CcAddresses" if key in cc else "BccAddresses"].append(address)
    return {name: listed for name, listed in lists.items() if listed}


def _feedback(delivery: Delivery, root: Part, sent_by: str | None) -> str | None:
    """Give MAIL FROM where SES would send bounces elsewhere: to the From address."""
    authors = list(_keys(root, "From")) if sent_by is None else [sent_by]
    return None if authors == [address_key(delivery.mail_from)] else delivery.mail_from


def _list_options(list_management: object) -> dict[str, str] | None:
    if list_management is None:
        return None
    given = list_management if isinstance(list_management, tuple) else (list_management,)
    names = ("ContactListName", "TopicName")
    if not 0 < len(given) <= len(names) or not all(
        isinstance(item, str) and item.isascii() and item.isprintable() and item.strip() for item in given
    ):
        message = f"list_management is {show(list_management)}; give the name of a contact list, or (list, topic)"
        raise PayloadError(message)
    return dict(zip(names, given, strict=False))
