"""
The report as one JSON value: the findings, and what was counted.

    {"findings": [...], "summary": {...}}

May import: `lint.reporters`.  Imported by: nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.finding import SEVERITIES
from mimekit.lint.reporters import plain, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.reporters import Line, Options, Totals
    from mimekit.lint.running import Checked

__all__ = ["report"]


class _Json:
    """Writes each finding on a line of its own, so that nothing is held."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._is_begun = False

    def message(self, checked: Checked) -> Iterator[Line]:
        """Give the findings of one message."""
        decoded = visible.Decoded(checked.source.octets or b"")
        for one in checked.findings:
            start = "  ," if self._is_begun else '{"findings": [\n   '
            self._is_begun = True
            yield (f"{start}{plain.dump(plain.finding(checked, one, self._options, decoded))}",)

    def end(self, totals: Totals) -> Iterator[Line]:
        """Give what was counted."""
        if not self._is_begun:
            yield ('{"findings": [',)
        counted = {
            "messages": totals.messages,
            "profile": list(totals.profile),
            "severities": {one: totals.severities[one] for one in reversed(SEVERITIES)},
            "codes": dict(sorted(totals.codes.items())),
            "mended": totals.mended,
            "known": totals.known,
        }
        yield (f' ], "summary": {plain.dump(counted)}}}',)


def report(options: Options) -> _Json:
    """Make the reporter."""
    return _Json(options)
