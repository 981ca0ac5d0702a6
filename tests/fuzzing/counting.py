"""
Counting: a plugin of pytest that says how many examples hypothesis drew, over all the tests of a run.

Hypothesis itself tells it for tests that are `@given` as a whole, and not for those that call a property inside.

    pytest -p tests.fuzzing.counting -> a last line `drew N examples`
"""

from __future__ import annotations

from functools import wraps

import pytest
from hypothesis.internal.conjecture.engine import ConjectureRunner

__all__ = ["pytest_configure", "pytest_terminal_summary"]

_drawn = [0]


def pytest_configure() -> None:
    """Count what each run of a property was given and did not reject."""
    run = ConjectureRunner.run

    @wraps(run)
    def counted(self: ConjectureRunner) -> None:
        try:
            run(self)
        finally:
            # Hypothesis has renamed it once.
            name = "valid_test_cases" if hasattr(self, "valid_test_cases") else "valid_examples"
            _drawn[0] += int(getattr(self, name))

    ConjectureRunner.run = counted  # type: ignore[method-assign]  # that is what a plugin of a test run may do


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many they were."""
    terminalreporter.write_line(f"drew {_drawn[0]} examples")
