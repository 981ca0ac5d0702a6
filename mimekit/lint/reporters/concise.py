"""
The report of one line for each finding.

    welcome.eml:4:7: error H204 [*] date-weekday-mismatch: 24 Nov 2026 is a Tuesday

May import: `lint.reporters`.  Imported by: nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.lint.reporters import text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.reporters import Line, Options, Totals
    from mimekit.lint.running import Checked

__all__ = ["report"]


class _Concise:
    """Reports findings, a line each."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def message(self, checked: Checked) -> Iterator[Line]:
        """Give the findings of one message."""
        for finding in checked.findings:
            yield text.heading(checked, finding, unsafe=self._options.unsafe)

    def end(self, totals: Totals) -> Iterator[Line]:
        """Give the summary."""
        yield from text.summary(totals, unsafe=self._options.unsafe)


def report(options: Options) -> _Concise:
    """Make the reporter."""
    return _Concise(options)
