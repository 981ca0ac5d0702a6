"""
The outbox: what a test has sent, as messages with their envelopes and their findings.

    Caught -> Sent, in the order of sending

May import: the core, `testing`.  Imported by: `testing`, `testing.amazon`, `testing.catching`, `testing.fixtures`,
`testing.frameworks`, `testing.judging`, `testing.watching`.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any  # the arguments of a call of Amazon SES

    from mimekit.delivery import Delivery
    from mimekit.envelope import Envelope
    from mimekit.finding import Finding
    from mimekit.message import Message
    from mimekit.testing.dialogue import Mailing
    from mimekit.testing.judging import Judge

__all__ = ["Caught", "Findings", "Outbox", "Sent"]

_WITH_VALUE = {"BODY": "body", "RET": "ret"}
_WITHOUT_VALUE = {"SMTPUTF8": "smtputf8", "REQUIRETLS": "requiretls"}


class Caught(NamedTuple):
    """One message on its way out."""

    backend: str
    mailing: Mailing
    call: Mapping[str, Any] | None = None
    """The arguments of the call of Amazon SES."""
    is_complete: bool = True
    """Whether the octets are the message, and not what is known of one that a service writes from a template."""


class Findings(list["Finding"]):
    """Findings with the octets they are about, so that a failed comparison can show them with frames."""

    def __init__(self, findings: Iterable[Finding], octets: bytes) -> None:
        super().__init__(findings)
        self.octets = octets


class Sent:
    """
    One message that was sent: ``message``, ``envelope``, ``backend``, ``findings``.

    ``backend`` is what it was caught in: ``smtplib``, ``aiosmtplib``, ``django``, ``flask-mail``, ``fastapi-mail``,
    ``ses`` or ``sesv2``.  ``data`` are its octets as they went out, ``mail_options`` what MAIL FROM was said with, and
    ``call`` the arguments of the call of Amazon SES.
    """

    def __init__(self, caught: Caught, number: int, judge: Callable[[], Judge]) -> None:
        self._caught = caught
        self._judge = judge
        self.number = number
        """Which one of the test it is, from 1."""

    @property
    def backend(self) -> str:
        """What it was caught in."""
        return self._caught.backend

    @property
    def label(self) -> str:
        """How it is named in reports: ``mail 1 (smtplib)``."""
        return f"mail {self.number} ({self.backend})"

    @property
    def data(self) -> bytes:
        """The octets that went out, not dot-stuffed."""
        return self._caught.mailing.octets

    @property
    def mail_options(self) -> tuple[str, ...]:
        """The parameters of MAIL FROM as they were said."""
        return self._caught.mailing.mail_options

    @property
    def call(self) -> Mapping[str, Any] | None:
        """The arguments of the call of Amazon SES."""
        return self._caught.call

    @cached_property
    def message(self) -> Message:
        """The message."""
        from mimekit.parser import parse

        return parse(self.data)

    @cached_property
    def envelope(self) -> Envelope:
        """The envelope, also one that no server would have taken: then its paths are as they were said."""
        from mimekit import envelope
        from mimekit.errors import MimekitError

        mailing = self._caught.mailing
        given: dict[str, Any] = {}
        for option in mailing.mail_options:
            name, _, value = option.upper().partition("=")
            if name in _WITH_VALUE:
                given[_WITH_VALUE[name]] = value
            elif name in _WITHOUT_VALUE:
                given[_WITHOUT_VALUE[name]] = True
        try:
            return envelope.Envelope(mailing.mail_from, mailing.rcpt_to, **given)
        except MimekitError:
            return envelope.checked(mailing.mail_from, mailing.rcpt_to, ())

    @property
    def mail_from(self) -> str:
        """The reverse-path."""
        return self.envelope.mail_from

    @property
    def rcpt_to(self) -> tuple[str, ...]:
        """The recipients of the envelope, those of Bcc among them."""
        return self.envelope.rcpt_to

    @cached_property
    def delivery(self) -> Delivery:
        """Envelope and octets."""
        from mimekit.delivery import Delivery

        return Delivery(self.envelope, self.data)

    @property
    def is_complete(self) -> bool:
        """Whether ``data`` is the message, and not what is known of one that Amazon SES writes from a template."""
        return self._caught.is_complete

    @cached_property
    def findings(self) -> list[Finding]:
        """What is wrong with it, by the configuration and the markers of the test; see `lint.check`."""
        if not self.is_complete:
            return []
        return self._judge().findings(self)

    def __repr__(self) -> str:
        from mimekit.testing.reading import readable

        return f"<Sent by {self.backend}: {readable(self.data)}>"


class Outbox(list[Sent]):
    """What was sent, in order; it is filled while the test runs, and can be cleared."""

    @property
    def only(self) -> Sent:
        """The one message that was sent; an assertion that fails when there are none or several."""
        __tracebackhide__ = True
        if len(self) != 1:
            shown = "".join([f"\n  {one!r}" for one in self])
            message = f"expected one mail, {len(self) or 'none'} {'was' if not self else 'were'} sent{shown}"
            raise AssertionError(message)
        return self[0]

    def to(self, address: str) -> list[Sent]:
        """Give the mails with that recipient in their envelope."""
        from mimekit.codecs import domain

        local, _, last = address.rpartition("@")
        key = (local, domain.key(last))
        return [
            one
            for one in self
            if any([(to.rpartition("@")[0], domain.key(to.rpartition("@")[2])) == key for to in one.rcpt_to])
        ]
