"""
The fixtures of the pytest plugin.

    a test -> lint_mail, mail_outbox, mail_snapshot

May import: `testing`.  Imported by: `testing`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from mimekit.testing.watching import Watched, watched

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mimekit.finding import Finding
    from mimekit.lint.context import Context
    from mimekit.testing.outbox import Outbox
    from mimekit.testing.snapshot import MailSnapshot

__all__ = ["LintMail", "lint_mail", "mail_outbox", "mail_snapshot"]


class LintMail:
    """What the fixture ``lint_mail`` gives: a function that fails the test for what is wrong with a message."""

    def __init__(self, own: Watched) -> None:
        self._own = own

    def __call__(  # noqa: PLR0913 - as many as `lint.check` has
        self,
        message: object,
        *,
        profile: str | Iterable[str] | None = None,
        select: str | Iterable[str] | None = None,
        extend_select: str | Iterable[str] = (),
        ignore: Iterable[str] | Mapping[str, str] = (),
        fail_level: str | None = None,
        context: Context | None = None,
    ) -> list[Finding]:
        """
        Lint a message: fail for findings at or over the fail level, give those below it.

        *message*: a `Message`, a `Delivery` (then with its envelope), a mail of ``mail_outbox``, octets, or a message
        of the standard library, of Django or of Flask-Mail.  *profile*, *select* and *fail_level* go before what the
        marker and the configuration say, *extend_select* and *ignore* add to it; *ignore* maps codes to reasons.
        """
        __tracebackhide__ = True
        from mimekit.testing.judging import framed

        own = self._own.judge
        given = {"profile": profile, "select": select, "fail_level": fail_level, "context": context}
        judge = own.narrowed(extend_select=extend_select, ignore=ignore, **given)
        found = judge.findings(message)
        kept = own.ignores.kept(found)
        self._own.remember(judge.ignores)
        failing = judge.failing(kept)
        if failing:
            pytest.fail(framed(message, failing, found.octets))
        return kept


@pytest.fixture
def lint_mail(request: pytest.FixtureRequest) -> LintMail:
    """Lint a message: ``lint_mail(message, profile="bulk", ignore={"B002": "one click is not for receipts"})``."""
    return LintMail(watched(request.node))


@pytest.fixture
def mail_outbox(request: pytest.FixtureRequest) -> Iterator[Outbox]:
    """
    Hold what the test sends, and open no connection.

    Caught are smtplib, aiosmtplib, Django's locmem back end, Flask-Mail, fastapi-mail, and boto3's ses and sesv2.
    """
    own = watched(request.node)
    yield own.hold()
    own.release()


@pytest.fixture
def mail_snapshot(request: pytest.FixtureRequest) -> MailSnapshot:
    """Compare a message with the golden file of the test; ``--mail-snapshot-update`` writes it."""
    from mimekit.testing.snapshot import MailSnapshot

    is_updating = bool(request.config.getoption("--mail-snapshot-update"))
    return MailSnapshot(request.path, request.node.name, is_updating=is_updating)
