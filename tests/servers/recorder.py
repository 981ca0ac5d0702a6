"""
A recording SMTP server: aiosmtpd on loopback, which keeps every transaction as it came.

    SMTP on a loopback port -> Received(mail_from, rcpt_to, octets, mail_options, rcpt_options)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.copies import Copy
from tests.support.net import HOST, free_port

__all__ = ["Received", "Recorder", "recording"]


class Received(NamedTuple):
    """One SMTP transaction."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    octets: bytes
    """The content, dot-stuffing undone."""
    mail_options: tuple[str, ...]
    rcpt_options: tuple[str, ...]


class Recorder:
    """Where a recording server listens, and what it has got."""

    def __init__(self, *, smtputf8: bool) -> None:
        self.host = HOST
        self.port = free_port()
        self.received: list[Received] = []
        self._controller = Controller(
            self, hostname=self.host, port=self.port, enable_SMTPUTF8=smtputf8, decode_data=False, ready_timeout=20
        )

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002 - aiosmtpd's
        """Keep what came, and accept it."""
        assert isinstance(envelope.content, bytes)
        self.received.append(
            Received(
                envelope.mail_from or "",
                tuple(envelope.rcpt_tos),
                envelope.content,
                tuple(envelope.mail_options),
                tuple(envelope.rcpt_options),
            )
        )
        return "250 recorded"

    def copies(self) -> list[Copy]:
        """Give what each recipient would have in the mailbox."""
        return [Copy(recipient, one.octets) for one in self.received for recipient in one.rcpt_to]

    def start(self) -> None:
        """Listen."""
        self._controller.start()

    def stop(self) -> None:
        """Stop listening and end the thread."""
        self._controller.stop()


@contextmanager
def recording(*, smtputf8: bool = True) -> Iterator[Recorder]:
    """Run a recording server for a block."""
    recorder = Recorder(smtputf8=smtputf8)
    recorder.start()
    try:
        yield recorder
    finally:
        recorder.stop()
