"""
An SMTP server with faults on order: aiosmtpd on loopback, which does for a transaction what a plan says.

    SMTP on a loopback port, {number of a row: faults, one for each try} -> who was taken, each time anew
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.net import HOST, free_port

__all__ = ["AFTER_THE_END", "FAULTS", "Faulty", "faulty"]

_CUT = "cut"

FAULTS: Mapping[str, tuple[str, str]] = {
    "421 to MAIL": ("mail", "421 4.3.2 closing"),
    "451 to MAIL": ("mail", "451 4.3.0 try again"),
    "550 to MAIL": ("mail", "550 5.7.1 not this sender"),
    "cut at MAIL": ("mail", _CUT),
    "421 to RCPT": ("rcpt", "421 4.3.2 closing"),
    "450 to RCPT": ("rcpt", "450 4.2.1 greylisted"),
    "550 to RCPT": ("rcpt", "550 5.1.1 no such user"),
    "cut at RCPT": ("rcpt", _CUT),
    "451 to DATA": ("data", "451 4.3.0 try again"),
    "554 to DATA": ("data", "554 5.5.1 no data"),
    "250 to DATA": ("data", "250 ok"),
    "cut at DATA": ("data", _CUT),
    "421 to the end": ("end", "421 4.3.2 closing"),
    "451 to the end": ("end", "451 4.3.0 try again"),
    "454 to the end": ("end", "454 Throttling failure: Maximum sending rate exceeded."),
    "550 to the end": ("end", "550 5.7.1 spam"),
    "cut in the data": ("in", _CUT),
    "cut before the reply": ("end", _CUT),
    "no reply": ("end", "wait"),
    "no such reply": ("end", "Hello?"),
    "half a reply": ("end", "half"),
    "cut after the reply": ("after", _CUT),
    "quota used up": ("end", "454 Throttling failure: Daily message quota exceeded."),
    "sending paused": ("end", "554 Message rejected: Sending paused for this account."),
}
"""What can be ordered: at which moment, and the answer."""

AFTER_THE_END = {"cut in the data", "cut before the reply", "no reply", "no such reply", "half a reply"}
"""Faults after which a client cannot know what became of a small message."""

_NUMBER = re.compile(r"bounces\+([0-9]+)@")


class _Smtp(SMTP):
    """The protocol, which breaks off where the plan says so."""

    event_handler: Any  # the `Faulty`, which aiosmtpd leaves untyped

    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802 - aiosmtpd's
        assert self.envelope is not None
        moment, answer = self.event_handler.fault_of(self.envelope)
        if moment == "in":
            await self.push("354 go on")
            self._abort()
        elif moment == "data" and answer == _CUT:
            self._abort()
        elif moment == "data":
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)

    def _abort(self) -> None:
        assert self.transport is not None
        self.transport.abort()  # type: ignore[attr-defined]  # of every transport that writes


class _Controller(Controller):
    def factory(self) -> SMTP:
        return _Smtp(self.handler, **self.SMTP_kwargs)


class Faulty:
    """Where the server listens, what it is to do, and whom it has taken a message for."""

    def __init__(self) -> None:
        self.host = HOST
        self.port = free_port()
        self.plan: dict[int, Sequence[str]] = {}
        self.taken: list[str] = []
        self.tries: Counter[int] = Counter()
        self.connections = 0
        self._controller = _Controller(
            self, hostname=self.host, port=self.port, decode_data=False, ready_timeout=20, data_size_limit=2**26
        )

    def fault_of(self, envelope: Envelope) -> tuple[str, str]:
        """Give the moment and the answer of the fault of this transaction."""
        faults = self.plan.get(self._number(envelope), ())
        number = self.tries[self._number(envelope)]
        return FAULTS[faults[number - 1]] if 0 < number <= len(faults) else ("", "")

    def _number(self, envelope: Envelope) -> int:
        found = _NUMBER.match(envelope.mail_from or "")
        assert found is not None, envelope.mail_from
        return int(found[1])

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's
        self,
        server: SMTP,  # noqa: ARG002 - as aiosmtpd calls it
        session: Session,
        envelope: Envelope,  # noqa: ARG002 - as aiosmtpd calls it
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        self.connections += 1
        return responses

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's
        self,
        server: SMTP,
        session: Session,  # noqa: ARG002 - as aiosmtpd calls it
        envelope: Envelope,
        address: str,
        mail_options: list[str],
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(mail_options)
        self.tries[self._number(envelope)] += 1
        return self._answer(server, envelope, "mail", "250 go on")

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self,
        server: SMTP,
        session: Session,  # noqa: ARG002 - as aiosmtpd calls it
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],  # noqa: ARG002 - as aiosmtpd calls it
    ) -> str:
        answer = self._answer(server, envelope, "rcpt", "250 go on")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002 - aiosmtpd's
        moment, answer = self.fault_of(envelope)
        if moment == "end" and answer[:1] in "45":
            return self._answer(server, envelope, "end", "")
        self.taken += envelope.rcpt_tos  # whoever breaks off now has it
        if answer == "wait":
            await asyncio.sleep(1.0)
        if answer == "half":
            assert server._writer is not None
            server._writer.write(b"250-tak")
            await server._writer.drain()
            answer = _CUT
            server.transport.close()  # type: ignore[union-attr]  # it is there
            return "250 nobody reads this"
        if moment == "after":
            await server.push("250 taken")
            server.transport.close()  # type: ignore[union-attr]  # it is there
            return "250 nobody reads this"
        return self._answer(server, envelope, "end", "250 taken") if answer != "wait" else "250 too late"

    def _answer(self, server: SMTP, envelope: Envelope, here: str, otherwise: str) -> str:
        moment, answer = self.fault_of(envelope)
        if moment != here:
            return otherwise
        if answer == _CUT:
            server.transport.abort()  # type: ignore[union-attr]  # it is there
        elif answer.startswith("421"):
            asyncio.get_running_loop().call_soon(server.transport.close)  # type: ignore[union-attr]  # likewise
        return answer

    async def handle_exception(self, error: Exception) -> str:
        """Say nothing of connections that the plan broke off."""
        assert isinstance(error, (ConnectionError, RuntimeError)), error
        return "421 broken"

    def start(self) -> None:
        """Listen."""
        self._controller.start()

    def stop(self) -> None:
        """Stop listening and end the thread."""
        self._controller.stop()


@contextmanager
def faulty() -> Iterator[Faulty]:
    """Run such a server for a block."""
    server = Faulty()
    server.start()
    try:
        yield server
    finally:
        server.stop()
