"""What the tests of the pytest plugin share: an outbox without a plugin, and a network that is shut."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from mimekit.lint.config import Config
from mimekit.testing.catching import Catching
from mimekit.testing.judging import Judge
from mimekit.testing.outbox import Caught, Outbox, Sent


@pytest.fixture
def shut(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every connection fail the test."""

    def connect(_: socket.socket, address: object) -> None:
        pytest.fail(f"a connection to {address} was opened")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)


@pytest.fixture
def outbox(shut: None) -> Iterator[Outbox]:  # noqa: ARG001 - the network is shut first
    """Hold what is sent, as the fixture ``mail_outbox`` does."""
    box = Outbox()

    def take(caught: Caught) -> None:
        box.append(Sent(caught, len(box) + 1, lambda: Judge(Config())))

    catching = Catching(take)
    catching.holds = True
    catching.start()
    yield box
    catching.stop()
