"""
Lines for the end of the run: what a test measured, printed after the last test, under xdist too.

    def test_everything_reads(report_line: ReportLine) -> None:
        report_line(f"corpus: {files} files, {messages} messages read")

A line travels in the `user_properties` of the test's report, which xdist carries from a worker to the terminal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

__all__ = ["PROPERTY", "Report", "ReportLine", "lines"]

PROPERTY = "mimekit report line"

ReportLine = Callable[[str], None]
"""What the fixture `report_line` gives."""


class Report(Protocol):
    """What is needed of `pytest.TestReport`."""

    @property
    def user_properties(self) -> Sequence[tuple[str, object]]:
        """Names and values that the test recorded."""


def lines(reports: Iterable[object]) -> list[str]:
    """Gather the lines of the reports, each once, sorted: the order must not depend on which worker was faster."""
    found = {
        str(value)
        for report in reports
        if getattr(report, "when", "") == "call"
        for name, value in getattr(report, "user_properties", ())
        if name == PROPERTY
    }
    return sorted(found)
