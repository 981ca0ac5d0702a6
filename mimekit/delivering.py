"""
Delivering: the envelope that a message asks for, and what to send with it.

RFC 5322 3.6.3 reads Bcc in three ways, 3.6.6 lets a Resent block speak for sender and recipients.  Nobody is lost and
nobody is shown: what cannot be read, or was cut at a limit, raises.

    a message -> Envelope;  a message and a reading of Bcc -> deliveries

May import: `envelope`, `generator`, `headers`.  Imported by: `message`.
"""

from __future__ import annotations

from mimekit import generator
from mimekit.envelope import Delivery, Envelope, address_key, path
from mimekit.errors import EnvelopeError, show
from mimekit.headers import field
from mimekit.headers.address import AddressList

__all__ = ["deliveries", "envelope"]

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


def envelope(message: Sendable, *, mail_from: object = None, rcpt_to: object = None) -> Envelope:
    """Derive the envelope of *message*; the two arguments replace what the header says."""
    root = message.root
    if mail_from is None:
        mail_from = message.mail_from
    resent = generator.resent_block(root.headers)
    if resent:
        fields = {name: AddressList.joined(resent.get(name, [])) for name in generator.RESENT}
        recipients = [(name, fields[name]) for name in ("Resent-To", "Resent-Cc", "Resent-Bcc")]
        recipients += [("Bcc", message.bcc)] if message.encoding is not None else []
        from_, senders = fields["Resent-From"], fields["Resent-Sender"]
        sender = senders[0] if len(senders) else None
    else:
        recipients = [("To", message.to), ("Cc", message.cc), ("Bcc", message.bcc)]
        from_, sender = message.from_, message.sender
    _refuse_cut(root, [name for name, _ in recipients] if rcpt_to is None else [])
    if mail_from is None:
        _refuse_cut(root, ["Resent-From", "Resent-Sender"] if resent else ["From", "Sender"])
    sent = generator.without_hidden(root)
    return Envelope.of_header(
        from_=from_,
        sender=sender,
        recipients=recipients,
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
    if bcc == "empty":
        return [Delivery(whole, generator.on_top(b"Bcc: \r\n", source))]
    shown = [address for address in whole.rcpt_to if address not in hidden]
    made = [Delivery(whole.with_recipients(shown), source)] if shown else []
    for address, mailbox in hidden.items():
        name = "Resent-Bcc" if generator.resent_block(message.root.headers) else "Bcc"
        own = field.encode(name, AddressList.of([mailbox]), utf8=message.encoding == "smtputf8")
        made.append(Delivery(whole.with_recipients([address]), generator.on_top(own, source)))
    return made


def _hidden(message: Sendable, whole: Envelope) -> dict[str, Mailbox]:
    """Give the recipients of the envelope that only Bcc names, with their mailboxes."""
    resent = generator.resent_block(message.root.headers)
    blind, visible = message.bcc, (*message.to, *message.cc)
    if resent:
        own = [] if message.encoding is None else [blind]
        blind = AddressList.joined([*resent.get("Resent-Bcc", []), *own])
        visible = (*AddressList.joined([*resent.get("Resent-To", []), *resent.get("Resent-Cc", [])]),)
    served = {address_key(address): address for address in whole.rcpt_to}
    shown = {address_key(path(mailbox, "a recipient")[0]) for mailbox in visible}
    found: dict[str, Mailbox] = {}
    for mailbox in blind:
        key = address_key(path(mailbox, "a recipient")[0])
        if key in served and key not in shown:
            found.setdefault(served[key], mailbox)
    return found
