"""
The octets of a payload: what Amazon SES refuses in them, and what nobody may read there.

SES checks the message with a parser of its own, whose rules are stricter than RFC 5322 in places (`ses.limits`).  What
it would answer with an error is an error here, with the way out.

    Delivery -> (its root part, its octets), checked

May import: the core, `ses.limits`, `ses._values`.  Imported by: `ses.payload`.
"""

from __future__ import annotations

from mimekit.addressing import address_key, path
from mimekit.codecs import plain
from mimekit.errors import EnvelopeError, PayloadError, show
from mimekit.headers.address import AddressList, Group
from mimekit.limits import WHOLE_HEADER
from mimekit.part import Part
from mimekit.ses import _values, limits

__all__ = ["check", "check_list_management", "key"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimekit.delivery import Delivery


def key(address: object) -> str | None:
    """Give what two spellings of one mailbox share, or nothing for what is no address."""
    try:
        return address_key(path(address, "an address")[0])
    except EnvelopeError:
        return None


def check(delivery: Delivery) -> tuple[Part, bytes]:
    """Read the octets, and check them; the size is known to be right."""
    data = delivery.data
    if not data.isascii():
        message = (
            "the data has octets over 127, and Amazon SES asks for 7-bit data; "
            'send one of the deliveries of msg.with_encoding("7bit")'
        )
        raise PayloadError(message)
    if b"\0" in data or plain.has_bare_line_end(data):
        message = "the data has a NUL or a bare CR or LF (RFC 5322 2.3); send a delivery that msg.deliveries() gave"
        raise PayloadError(message)
    if plain.has_long_line(data, limits.MAX_LINE):
        longest = plain.longest_line(data)
        message = (
            f"the data has a line of {longest} octets and Amazon SES takes {limits.MAX_LINE} before CRLF, so it is "
            f'{longest - limits.MAX_LINE} too long; send one of the deliveries of msg.with_encoding("7bit")'
        )
        raise PayloadError(message)
    root = Part.of_span(data, 0, len(data), limits=WHOLE_HEADER)
    _check_hidden(delivery, root)
    _check_duplicates(root)
    _check_request_headers(delivery, root)
    _check_attachments(root)
    return root, data


def _check_hidden(delivery: Delivery, root: Part) -> None:
    """Refuse data that names a hidden recipient to anybody else (RFC 5322 3.6.3)."""
    only = address_key(delivery.rcpt_to[0]) if len(delivery.rcpt_to) == 1 else None
    for name in ("Bcc", "Resent-Bcc"):
        for raw in root.headers.all_raw(name):
            for entry in AddressList.parse(raw).entries:
                for mailbox in entry.mailboxes if isinstance(entry, Group) else (entry,):
                    if only is None or key(mailbox) != only:
                        message = (
                            f"the data has a {name} field with {show(str(mailbox))}, who is not its only recipient; "
                            f"send a delivery that msg.deliveries() gave"
                        )
                        raise EnvelopeError(message)


def _check_duplicates(root: Part) -> None:
    keys = [key for _, key in root.headers.lines()]
    if len(set(keys)) == len(keys):
        return
    for name in limits.SINGLE_INSTANCE:
        count = keys.count(name.lower().encode())
        if count > 1:
            message = f"the data has {count} {name} fields and Amazon SES takes one; take out the others"
            raise PayloadError(message)


def _check_attachments(root: Part) -> None:
    """Refuse attachments by their extension, in either of the two places where a name can stand."""
    stack = [root]
    while stack:
        part = stack.pop()
        stack += part.children
        place = part.disposition
        names = [part.content_type.parameters.get("name"), part.filename, None if place is None else place.filename]
        for name in names:
            if name is None:
                continue
            extension = name.rpartition(".")[2].strip().lower()
            if extension in limits.BLOCKED_EXTENSIONS and "." in name:
                message = (
                    f"the attachment {show(name)} has the extension .{extension}, which Amazon SES refuses; "
                    f"put it into an archive or a link in its place"
                )
                raise PayloadError(message)


def _check_request_headers(delivery: Delivery, root: Part) -> None:
    """Check the fields that SES reads as part of the request."""
    for name, kind in limits.REQUEST_HEADERS.items():
        for value in root.headers.all(name):
            text = value.strip()
            if kind == "name":
                _values.name(name, text)
            elif kind == "arn":
                _values.arn(name, text)
            elif kind == "tags":
                for item in text.split(","):
                    tag, _, content = item.partition("=")
                    _values.tag(name, tag.strip(), content.strip())
            else:
                _check_list_field(name, text)
                check_list_management(delivery, root)


def _check_list_field(name: str, text: str) -> None:
    contact_list, semicolon, rest = text.partition(";")
    keyword, _, topic = rest.partition("=")
    if not contact_list.strip() or (semicolon and (keyword.strip().lower() != "topic" or not topic.strip())):
        message = f"{name} is {show(text)}; it is the name of a contact list, or that and ; topic= and a topic"
        raise PayloadError(message)


def check_list_management(delivery: Delivery, root: Part) -> None:
    """Refuse what SES cannot manage a list for: several recipients, and a message signed beforehand."""
    count = len(delivery.rcpt_to)
    if count != 1:
        message = (
            f"list management is for one recipient and the delivery has {count}, {count - 1} too many; "
            f"send each of delivery.split(1), where delivery is one of msg.deliveries()"
        )
        raise PayloadError(message)
    if "DKIM-Signature" in root.headers:
        message = (
            "list management changes the message and so breaks its DKIM signature; leave the signing to Amazon SES, or "
            "write List-Unsubscribe yourself with list_unsubscribe="
        )
        raise PayloadError(message)
