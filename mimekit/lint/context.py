"""
`Context`: what a rule may know beside the message.

    clock, transport, envelope, keys -> Context

May import: the core.  Imported by: much of the package.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from mimekit.clock import current_moment
from mimekit.errors import show
from mimekit.frozen import Frozen, put
from mimekit.lint.errors import LintError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from mimekit.envelope import Envelope

__all__ = ["Context", "LintError"]


class Context(Frozen):
    """
    What the rules may know beside the message; an input that is absent silences the rules that need it.

    *now*: a function that gives an aware `datetime` (default: the clock).  *smtputf8*: the way to the receiver carries
    UTF-8 in headers (RFC 6531).  *wire*: the octets are those that go on the wire, so Bcc and local line ends are
    faults.  *envelope*: the SMTP envelope.  *keys*: public keys or TXT records of DKIM by their name
    (``"s1._domainkey.example.com"``).  *resolve*: looks them up (see `dkim.verify`).  *clients*: mail clients that HTML
    is for, names of families as in *caniemail*.  *seen*: a set that lives as long as a run, in which rules remember
    what they have seen in other messages.  *ses_call*: the arguments of the call of Amazon SES.  *seed*: octets of
    which, with those of the message, a fix makes what is new, such as a Message-ID.  *options*: settings of single
    rules by name, such as ``{"max-header-bytes": 65536}``.

    Raises `LintError` for a client that nothing is known of.
    """

    __slots__ = (  # noqa: RUF023 - in the order of the arguments
        "now",
        "smtputf8",
        "wire",
        "envelope",
        "keys",
        "resolve",
        "clients",
        "seen",
        "ses_call",
        "seed",
        "options",
    )

    now: Callable[[], datetime]
    smtputf8: bool
    wire: bool
    envelope: Envelope | None
    keys: Mapping[str, bytes | str] | None
    resolve: Callable[[str], list[bytes]] | None
    clients: tuple[str, ...]
    seen: set[tuple[str, ...]] | None
    ses_call: Mapping[str, Any] | None
    seed: bytes
    options: Mapping[str, Any]

    def __init__(  # noqa: PLR0913 - one argument for each thing a rule may know
        self,
        *,
        now: Callable[[], datetime] | None = None,
        smtputf8: bool = False,
        wire: bool = False,
        envelope: Envelope | None = None,
        keys: Mapping[str, bytes | str] | None = None,
        resolve: Callable[[str], list[bytes]] | None = None,
        clients: Iterable[str] = (),
        seen: set[tuple[str, ...]] | None = None,
        ses_call: Mapping[str, Any] | None = None,
        seed: bytes = b"",
        options: Mapping[str, Any] | None = None,
    ) -> None:
        put(self, "now", now or current_moment)
        put(self, "smtputf8", smtputf8)
        put(self, "wire", wire)
        put(self, "envelope", envelope)
        put(self, "keys", keys)
        put(self, "resolve", resolve)
        put(self, "clients", _known(tuple(clients)) if clients else ())
        put(self, "seen", seen)
        put(self, "ses_call", ses_call)
        put(self, "seed", seed)
        put(self, "options", dict(options or {}))

    def moment(self) -> datetime:
        """Give the time, in UTC."""
        made = self.now()
        if made.tzinfo is None:
            message = f"now gave {show(made.isoformat())}, which is naive; it has to give an aware datetime"
            raise LintError(message)
        return made if made.tzinfo is UTC else made.astimezone(UTC)

    def changed(self, **values: Any) -> Context:  # noqa: ANN401 - the arguments of the constructor
        """Give a copy in which some things are different."""
        return Context(**{name: getattr(self, name) for name in Context.__slots__} | values)


def _known(given: tuple[str, ...]) -> tuple[str, ...]:
    from mimekit.lint import clients

    clients.chosen(given)
    return given
