"""
The ways a delivery goes to an SMTP server, one function each, and the same with a leak planted.

    (server, deliveries) -> nothing; what arrived is asked of the server
"""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import Callable, Sequence
from typing import Protocol

import aiosmtplib

from mimekit import Delivery, smtp
from tests.support.copies import with_planted_bcc

__all__ = ["WAYS", "Server", "Way", "by_async_send", "by_sendmail", "by_smtp_send", "planted"]

_CLIENT = "client.example.test"


class Server(Protocol):
    """Where an SMTP server listens."""

    @property
    def host(self) -> str:
        """The address."""

    @property
    def port(self) -> int:
        """The port."""


def by_sendmail(server: Server, deliveries: Sequence[Delivery]) -> None:
    """Send as a program does that knows only `smtplib`."""
    with smtplib.SMTP(server.host, server.port, local_hostname=_CLIENT) as client:
        for delivery in deliveries:
            client.sendmail(delivery.mail_from, delivery.rcpt_to, delivery.data, delivery.mail_options)


def by_smtp_send(server: Server, deliveries: Sequence[Delivery]) -> None:
    """Send by `mimekit.smtp` with a client of the standard library."""
    with smtplib.SMTP(server.host, server.port, local_hostname=_CLIENT) as client:
        for delivery in deliveries:
            assert smtp.send(client, delivery) == {}


def by_async_send(server: Server, deliveries: Sequence[Delivery]) -> None:
    """Send by `mimekit.smtp` with an asynchronous client."""

    async def send() -> None:
        async with aiosmtplib.SMTP(hostname=server.host, port=server.port, local_hostname=_CLIENT) as client:
            for delivery in deliveries:
                assert await smtp.send(client, delivery) == {}

    asyncio.run(send())


Way = Callable[[Server, Sequence[Delivery]], None]
WAYS: tuple[Way, ...] = (by_sendmail, by_smtp_send, by_async_send)


def planted(deliveries: Sequence[Delivery]) -> list[Delivery]:
    """Give the same deliveries with a Bcc field in their data."""
    return [Delivery(delivery.envelope, with_planted_bcc(delivery.data)) for delivery in deliveries]
