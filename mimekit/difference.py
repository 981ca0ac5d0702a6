"""
How an envelope and a header differ: who is hidden, who is shown and not sent to, whose name the bounces go to.

RFC 5321 2.3.1 keeps the two apart; this is the table that shows them side by side.

    (Envelope, what a header says of sender and recipients) -> EnvelopeDiff

May import: `addressing`, `headers`, `codecs.domain`, `errors`, `frozen`.  Imported by: the façade, `envelope`.
"""

from __future__ import annotations

from mimekit.addressing import address_key, path
from mimekit.codecs import domain as domains
from mimekit.errors import show
from mimekit.frozen import Frozen, put
from mimekit.headers.address import Unparsed

__all__ = ["EnvelopeDiff"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from mimekit.addressing import Addressing

    class Enveloped(Protocol):
        """An envelope."""

        @property
        def mail_from(self) -> str: ...
        @property
        def rcpt_to(self) -> tuple[str, ...]: ...

    class Addressed(Protocol):
        """A message, which says who decides its envelope."""

        @property
        def addressing(self) -> Addressing: ...


_BLIND = {"Bcc", "Resent-Bcc"}


class EnvelopeDiff(Frozen):
    """
    How an envelope and a header differ, as data; ``str()`` is a readable table.

    ``hidden``: in the envelope and not in To or Cc.  ``not_sent``: shown in To, Cc or Bcc and not in the envelope.
    ``unread``: entries of these fields that are no address.  Of a Resent block, its fields count instead.
    ``mail_from_is``: ``null``, ``from``, ``sender``, ``from-domain``, ``sender-domain`` or ``other``.
    """

    __slots__ = ("hidden", "mail_from", "mail_from_is", "not_sent", "rows", "unread")

    hidden: tuple[str, ...]
    not_sent: tuple[str, ...]
    unread: tuple[str, ...]
    mail_from: str
    mail_from_is: str
    rows: tuple[tuple[str, str, bool], ...]  # (address, fields that show it, in the envelope)

    def __init__(self, envelope: Enveloped, message: Addressed) -> None:
        addressing = message.addressing
        shown: dict[str, tuple[str, list[str]]] = {}
        unread: list[str] = []
        for name, addresses in addressing.recipients:
            unread += [entry.text for entry in addresses.entries if isinstance(entry, Unparsed)]
            for mailbox in addresses:
                spelled = path(mailbox, name)[0]
                fields = shown.setdefault(address_key(spelled), (spelled, []))[1]
                if name not in fields:
                    fields.append(name)
        served = {address_key(address): address for address in envelope.rcpt_to}
        visible = {key for key, (_, fields) in shown.items() if not set(fields) <= _BLIND}
        rows = [(spelled, ", ".join(fields), key in served) for key, (spelled, fields) in shown.items()]
        rows += [(spelled, "", True) for key, spelled in served.items() if key not in shown]
        put(self, "hidden", tuple([spelled for key, spelled in served.items() if key not in visible]))
        put(self, "not_sent", tuple([spelled for key, (spelled, _) in shown.items() if key not in served]))
        put(self, "unread", tuple(unread))
        put(self, "mail_from", envelope.mail_from)
        put(self, "mail_from_is", _relation(envelope.mail_from, addressing))
        put(self, "rows", tuple(rows))

    def __bool__(self) -> bool:
        return bool(self.hidden or self.not_sent or self.unread)

    def __str__(self) -> str:
        lines = [f"MAIL FROM <{self.mail_from}> ({_RELATIONS[self.mail_from_is]})"]
        width = max([len(address) for address, _, _ in self.rows], default=0)
        for address, fields, sent in self.rows:
            state = "served" if sent else "NOT SENT TO"
            if sent and (not fields or set(fields.split(", ")) <= _BLIND):
                state = "served, hidden"
            lines.append(f"  {address:<{width}}  {fields or '-':<8}  {state}")
        lines += [f"  {show(text)}  cannot be read as an address" for text in self.unread]
        return "\n".join(lines)


_RELATIONS = {
    "null": "the null reverse-path: no bounces",
    "from": "same as From",
    "sender": "same as Sender",
    "from-domain": "same domain as From",
    "sender-domain": "same domain as Sender",
    "other": "another domain than From",
}


def _relation(mail_from: str, addressing: Addressing) -> str:
    if not mail_from:
        return "null"
    domain = domains.key(mail_from.rpartition("@")[2])
    authors = [path(mailbox, "From")[0] for mailbox in addressing.from_]
    senders = [path(addressing.sender, "Sender")[0]] if addressing.sender is not None else []
    for name, known in (("from", authors), ("sender", senders)):
        if address_key(mail_from) in [address_key(address) for address in known]:
            return name
    for name, known in (("from-domain", authors), ("sender-domain", senders)):
        if domain in [domains.key(address.rpartition("@")[2]) for address in known]:
            return name
    return "other"
