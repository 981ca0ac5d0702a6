"""
Testing mail with pytest: lint what is sent, catch it, compare it.

A pytest plugin (entry point ``pytest11``), with the fixtures ``lint_mail``, ``mail_outbox`` and ``mail_snapshot``, and
assertions that can be used without it:

    from mimekit.testing import assert_message, assert_same_message, contains

`compare` has two parsers read what `mimekit.strategies` draws, and tells what they disagree on.

Until one of them is used nothing is imported but pytest, the standard library and the core.

May import: everything but `cli`.  Imported by: nobody.
"""

from __future__ import annotations

from mimekit.testing.amazon import OutboxError
from mimekit.testing.comparing import assert_same_message
from mimekit.testing.differential import (
    Comparison,
    Disagreement,
    InterruptedComparison,
    assert_same_reading,
    compare,
)
from mimekit.testing.fixtures import lint_mail, mail_outbox, mail_snapshot
from mimekit.testing.matching import assert_message, contains, lacks, matches
from mimekit.testing.outbox import Outbox, Sent
from mimekit.testing.plugin import (
    pytest_addoption,
    pytest_assertrepr_compare,
    pytest_configure,
    pytest_runtest_call,
    pytest_runtest_setup,
    pytest_runtest_teardown,
)
from mimekit.testing.readings import Address, Attachment, Reading

__all__ = [
    "Address",
    "Attachment",
    "Comparison",
    "Disagreement",
    "InterruptedComparison",
    "Outbox",
    "OutboxError",
    "Reading",
    "Sent",
    "assert_message",
    "assert_same_message",
    "assert_same_reading",
    "compare",
    "contains",
    "lacks",
    "lint_mail",
    "mail_outbox",
    "mail_snapshot",
    "matches",
    "pytest_addoption",
    "pytest_assertrepr_compare",
    "pytest_configure",
    "pytest_runtest_call",
    "pytest_runtest_setup",
    "pytest_runtest_teardown",
]
