"""The servers as fixtures; each starts once for the tests of a worker and is empty for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.amazon import Amazon, amazon
from tests.servers.postfix import Postfix, running, why_not
from tests.servers.recorder import Recorder, recording
from tests.support.receipt import SENDING_DOMAIN


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """Give a recording SMTP server that offers SMTPUTF8."""
    with recording() as server:
        yield server


@pytest.fixture
def plain_recorder() -> Iterator[Recorder]:
    """Give a recording SMTP server that does not offer SMTPUTF8."""
    with recording(smtputf8=False) as server:
        yield server


@pytest.fixture(scope="session")
def _amazon() -> Iterator[Amazon]:
    with amazon() as server:
        server.verify(SENDING_DOMAIN)
        yield server


@pytest.fixture
def ses(_amazon: Amazon) -> Amazon:
    """Give a mock of SES that accepts mail from the receipt's domain and has sent nothing."""
    _amazon.forget()
    return _amazon


@pytest.fixture(scope="session")
def _postfix() -> Iterator[Postfix]:
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    with running() as server:
        yield server


@pytest.fixture
def postfix(_postfix: Postfix) -> Postfix:
    """Give a real Postfix with an empty mailbox, or leave the test out."""
    _postfix.empty()
    return _postfix
