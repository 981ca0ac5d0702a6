"""
Addressing: one address as an envelope has it, and what a header says of sender and recipients.

RFC 5321 4.1.2 (paths) and RFC 5322 3.6.2 to 3.6.3.  Here an address of the header becomes one of the envelope, once.

    Mailbox or text -> path;  header fields -> Addressing

May import: `headers`, `codecs.domain`, `errors`, `frozen`.  Imported by: `bulk`, `delivering`, `difference`,
`envelope`, `lint`, `message`, `replies`, `ses`.
"""

from __future__ import annotations

from mimekit.codecs import domain as domains
from mimekit.errors import AddressError, EnvelopeError, show
from mimekit.frozen import Frozen, put
from mimekit.headers.address import AddressList, Mailbox

__all__ = ["Addressing", "address_key", "path"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable


def path(address: object, what: str) -> tuple[str, bool]:
    """
    Give the envelope form of an address and whether it needs SMTPUTF8 (RFC 5321 4.1.2, RFC 6531 3.3).

    The domain is in A-labels, the local part quoted where needed; raises `EnvelopeError`, which names *what*.
    """
    try:
        mailbox = address if isinstance(address, Mailbox) else Mailbox.of(address)
        return mailbox.smtp_path(utf8=True), not mailbox.local_part.isascii()
    except AddressError as error:
        message = f"{what} is {show(str(address))}, which is no address: {error}"
        raise EnvelopeError(message) from None


def address_key(address: str) -> str:
    """Give what two spellings of one mailbox share: the local part as it is, the domain case-folded."""
    local, at, domain = address.rpartition("@")
    return f"{local}{at}{domains.key(domain)}"


class Addressing(Frozen):
    """What a header says of sender and recipients: the authors, the sender, and ``(field name, addresses)``."""

    __slots__ = ("from_", "recipients", "sender")

    from_: AddressList
    sender: Mailbox | None
    recipients: tuple[tuple[str, AddressList], ...]

    def __init__(
        self, from_: AddressList, sender: Mailbox | None, recipients: Iterable[tuple[str, AddressList]]
    ) -> None:
        put(self, "from_", from_)
        put(self, "sender", sender)
        put(self, "recipients", tuple(recipients))
