"""What holds for every test: the hypothesis profiles, the corpus, and lines printed at the end of the run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import corpus as files
from tests.support import report

# The machine decides how fast drawing is, not the code under test: no deadline, and slow drawing is no failure.
_COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", _COMMON, max_examples=60)
settings.register_profile("ci", _COMMON, max_examples=100, derandomize=True, print_blob=True)
settings.register_profile("soak", _COMMON, max_examples=5_000)
settings.register_profile("fuzz", _COMMON, max_examples=7_000)  # `make fuzz` wants 100,000 in each module
# pytest's option --hypothesis-profile is applied after this and wins.
settings.load_profile("ci" if os.environ.get("CI") else "default")


@pytest.fixture(scope="session")
def corpus() -> Path:
    """Give the folder of real messages, or leave the test out."""
    return files.need_corpus()


@pytest.fixture(scope="session")
def vectors() -> Path:
    """Give the folder of test vectors, or leave the test out."""
    return files.need_vectors()


@pytest.fixture(scope="session")
def facts() -> Path:
    """Give the folder of the catalogues that the code follows, or leave the test out."""
    return files.need_facts()


@pytest.fixture
def report_line(request: pytest.FixtureRequest) -> report.ReportLine:
    """Give a function that has a line printed at the end of the run."""

    def add(line: str) -> None:
        request.node.user_properties.append((report.PROPERTY, line))

    return add


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the lines that tests handed to `report_line`."""
    found = report.lines(test for tests in terminalreporter.stats.values() for test in tests)
    if found:
        terminalreporter.section("measured")
        for line in found:
            terminalreporter.write_line(line)
