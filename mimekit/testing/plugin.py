"""
The hooks of the pytest plugin: its options, what is done around each test, and the summary.

    pytest -> tests that are watched, and a summary

May import: `testing`.  Imported by: `testing`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from mimekit.testing.watching import MODES, PROPERTY, Tally, Watched, watched

if TYPE_CHECKING:
    from collections.abc import Generator

__all__ = [
    "pytest_addoption",
    "pytest_assertrepr_compare",
    "pytest_configure",
    "pytest_runtest_call",
    "pytest_runtest_setup",
    "pytest_runtest_teardown",
]

_MARKER = """\
mimekit(*, profile, select, extend_select, ignore, fail_level, context, lint): how the mail of a test is linted; \
ignore={code: reason}, and lint="off", "record" or "fail" in place of the ini option mimekit_lint."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    parser.addini(
        PROPERTY,
        "lint what tests send: off, record (a summary at the end), fail (the test fails); mail goes out either way",
        default=MODES[0],
    )
    group = parser.getgroup("mimekit")
    group.addoption(
        "--mail-snapshot-update",
        action="store_true",
        default=False,
        help="write the golden files of mail_snapshot instead of comparing with them",
    )


class _Summary:
    """Takes what the tests said, those of other processes too, and prints it at the end."""

    def __init__(self) -> None:
        self._tally = Tally()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._tally.add(report)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for line in self._tally.lines():
            terminalreporter.write_line(line)


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker, and refuse a mode that is none."""
    config.addinivalue_line("markers", _MARKER)
    mode = config.getini(PROPERTY)
    if mode not in MODES:
        message = f"{PROPERTY} is {mode!r}; it is one of {', '.join(MODES)}"
        raise pytest.UsageError(message)
    config.pluginmanager.register(_Summary(), "mimekit-summary")


# -- around each test


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None, object, object]:
    """Begin to watch before fixtures are made: they send too."""
    watched(item, anew=True).start()
    return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Judge what was sent, and fail the test for it."""
    try:
        done = yield
    except BaseException:
        _failure(watched(item), "call")  # what it sent is told beside why it failed
        raise
    _fail(_failure(watched(item), "call"))
    return done


@pytest.hookimpl(wrapper=True, trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None, object, object]:
    """Judge what fixtures sent at their end, stop watching, and say what the summary needs."""
    own = watched(item)
    try:
        done = yield
    finally:
        own.stop()
        text = _failure(own, "teardown")
        said = own.property()
        if said is not None:
            item.user_properties.append((PROPERTY, said))
    _fail(text)
    return done


def _failure(own: Watched, when: str) -> str:
    """Give what a test fails for: what was found, or that its rules are none."""
    try:
        return own.failure(when)
    except Exception as error:
        from mimekit.lint import LintError

        if not isinstance(error, LintError):
            raise
        return f"the mail of this test cannot be linted: {error}"


def _fail(text: str) -> None:
    if text:
        pytest.fail(text, pytrace=False)


# -- reports


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Say what is different in two messages, and show findings with frames."""
    del config
    if op != "==":
        return None
    outbox = sys.modules.get("mimekit.testing.outbox")
    findings = [one for one in (left, right) if outbox is not None and isinstance(one, outbox.Findings)]
    if findings:
        from mimekit.testing.judging import framed

        return ["the findings are not as expected", *framed(None, findings[0], findings[0].octets).split("\n")]
    from mimekit.message import Message

    if isinstance(left, Message) and isinstance(right, Message):
        from mimekit.testing.comparing import difference

        lines = list(difference(left, right)) or ["they say the same in other octets"]
        return ["the messages differ (- left, + right)", *lines]
    return None
