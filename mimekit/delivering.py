"""
Delivering: the envelope that a message asks for, and what to send with it.

RFC 5322 3.6.3 reads Bcc in three ways, 3.6.6 lets a Resent block speak for sender and recipients.  Nobody is lost and
nobody is shown: what cannot be read, or was cut at a limit, raises.

    a message -> Envelope;  a message and a reading of Bcc -> deliveries

May import: `addressing`, `delivery`, `envelope`, `generator`, `headers`.  Imported by: `message`.
"""

from __future__ import annotations

from mimekit import generator
from mimekit.addressing import Addressing, address_key, path
from mimekit.delivery import Delivery
from mimekit.envelope import Envelope
from mimekit.errors import EnvelopeError, show
from mimekit.headers import field
from mimekit.headers.address import AddressList

__all__ = ["addressing", "deliveries", "envelope"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from mimekit.headers.address import Mailbox
    from mimekit.part import Part

    class Sendable(Protocol):
        """What is needed of a message."""

        @property
        def root(self) -> Part: ...
        @property
        def from_(self) -> AddressList: ...
        @property
        def sender(self) -> Mailbox | None: ...
        @property
        def to(self) -> AddressList: ...
        @property
        def cc(self) -> AddressList: ...
        @property
        def bcc(self) -> AddressList: ...
        @property
        def mail_from(self) -> str | None: ...
        @property
        def encoding(self) -> str | None: ...


_READINGS = ("omit", "separate", "empty")


def addressing(message: Sendable) -> Addressing:
    """Give what decides the envelope: the topmost Resent block where there is one, the message's own fields else."""
    resent = generator.resent_block(message.root.headers)
    if not resent:
        fields = [("To", message.to), ("Cc", message.cc), ("Bcc", message.bcc)]
        return Addressing(message.from_, message.sender, fields)
    lists = {name: AddressList.joined(resent.get(name, [])) for name in generator.RESENT}
    fields = [(name, lists[name]) for name in ("Resent-To", "Resent-Cc", "Resent-Bcc")]
    if message.encoding is not None:  # of a built message bcc= is no field, and always counts
        fields.append(("Bcc", message.bcc))
    senders = lists["Resent-Sender"]
    return Addressing(lists["Resent-From"], senders[0] if len(senders) else None, fields)


def envelope(message: Sendable, *, mail_from: object = None, rcpt_to: object = None) -> Envelope:
    """Derive the envelope of *message*; the two arguments replace what the header says."""
    root = message.root
    said = addressing(message)
    if mail_from is None:
        mail_from = message.mail_from
    if rcpt_to is None:
        _refuse_cut(root, [name for name, _ in said.recipients])
        if said.recipients[0][0] == "To":
            _refuse_junk(root)
    if mail_from is None:
        _refuse_cut(root, ["Resent-From", "Resent-Sender", "From", "Sender"])
        _refuse_unclear(root, "Resent-Sender" if said.recipients[0][0] == "Resent-To" else "Sender")
    sent = generator.without_hidden(root)
    return Envelope.of_header(
        said,
        mail_from=mail_from,
        rcpt_to=rcpt_to,
        body=generator.body_parameter(sent),
        smtputf8=generator.has_utf8_header(sent),
    )


def _refuse_cut(root: Part, names: list[str]) -> None:
    for name in names:
        if root.headers.is_cut(name):
            message = f"the header is cut at a limit, so an address in {name} may be lost; raise Limits, or pass it"
            raise EnvelopeError(message)


def _refuse_junk(root: Part) -> None:
    """Raise for a line that is no field and may have held recipients, such as a continuation without its blank."""
    for line, key in root.headers.lines():
        if not key and b"@" in line and not line.startswith((b"From ", b">From ")):
            text = f"the header line {show(line)} is no field, and its addresses may be recipients; pass rcpt_to="
            raise EnvelopeError(text)


def _refuse_unclear(root: Part, name: str) -> None:
    """Raise for a Sender that is not one mailbox: From would be somebody else."""
    for raw in root.headers.all_raw(name):
        addresses = AddressList.parse(raw, charset=root.headers.charset)
        if len(addresses.entries) != 1 or len(addresses) != 1:
            text = f"{name} is {show(str(addresses))}, which is not one mailbox (RFC 5322 3.6.2); pass mail_from="
            raise EnvelopeError(text)


def deliveries(message: Sendable, bcc: str, *, mail_from: object, rcpt_to: object) -> list[Delivery]:
    """Give what to send; *bcc* is one of the three readings of RFC 5322 3.6.3."""
    if bcc not in _READINGS:
        text = f'bcc is {show(bcc)}; it is "omit", "separate" or "empty" (RFC 5322 3.6.3)'
        raise EnvelopeError(text)
    whole = envelope(message, mail_from=mail_from, rcpt_to=rcpt_to)
    source = generator.wire(message.root)
    hidden = {} if bcc == "omit" else _hidden(message, whole)
    if not hidden:
        return [Delivery(whole, source)]
    name = "Resent-Bcc" if generator.resent_block(message.root.headers) else "Bcc"
    if bcc == "empty":
        return [Delivery(whole, generator.on_top(name.encode() + b": \r\n", source))]
    shown = [address for address in whole.rcpt_to if address not in hidden]
    made = [Delivery(whole.with_recipients(shown), source)] if shown else []
    for address, mailbox in hidden.items():
        utf8 = not mailbox.local_part.isascii()  # then the copy needs SMTPUTF8 for its recipient anyway
        own = field.encode(name, AddressList.of([mailbox]), utf8=utf8)
        made.append(Delivery(whole.with_recipients([address]), generator.on_top(own, source)))
    return made


def _hidden(message: Sendable, whole: Envelope) -> dict[str, Mailbox]:
    """Give the recipients of the envelope that only a blind field names, with their mailboxes."""
    served = {address_key(address): address for address in whole.rcpt_to}
    recipients = addressing(message).recipients
    shown = {_key(mailbox) for name, mailboxes in recipients if not name.endswith("Bcc") for mailbox in mailboxes}
    found: dict[str, Mailbox] = {}
    for name, mailboxes in recipients:
        for mailbox in mailboxes if name.endswith("Bcc") else ():
            key = _key(mailbox)
            if key in served and key not in shown:
                found.setdefault(served[key], mailbox)
    return found


def _key(mailbox: Mailbox) -> str:
    return address_key(path(mailbox, "a recipient")[0])
