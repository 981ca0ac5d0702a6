"""
The report as JSON lines: one finding each.

May import: `lint.reporters`.  Imported by: nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.lint.reporters import plain, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.reporters import Line, Options, Totals
    from mimekit.lint.running import Checked

__all__ = ["report"]


class _JsonLines:
    def __init__(self, options: Options) -> None:
        self._options = options

    def message(self, checked: Checked) -> Iterator[Line]:
        """Give the findings of one message."""
        decoded = visible.Decoded(checked.source.octets or b"")
        for one in checked.findings:
            yield (plain.dump(plain.finding(checked, one, self._options, decoded)),)

    def end(self, _: Totals) -> Iterator[Line]:
        """Give nothing more."""
        yield from ()


def report(options: Options) -> _JsonLines:
    """Make the reporter."""
    return _JsonLines(options)
