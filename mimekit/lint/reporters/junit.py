"""
The report as JUnit XML: a test case for each message, failed by what is at or over the fail level.

What is below it stands in system-out.  The file is ASCII; what XML 1.0 cannot hold is made visible.

May import: `lint.reporters`.  Imported by: nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from mimekit.finding import SEVERITIES
from mimekit.lint.reporters import plain, text, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Finding
    from mimekit.lint.reporters import Line, Options, Totals
    from mimekit.lint.running import Checked

__all__ = ["report"]


class _JUnit:
    """Holds the test cases: the element around them says how many there are."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._failing = SEVERITIES[SEVERITIES.index(options.fail_level) :]
        self._cases: list[str] = []
        self._failures = 0

    def message(self, checked: Checked) -> Iterator[Line]:
        """Keep the test case of one message."""
        bad = [one for one in checked.findings if one.severity in self._failing]
        rest = [one for one in checked.findings if one.severity not in self._failing]
        self._failures += bool(bad)
        name = quoteattr(visible.text(plain.file_name(checked.source.label)))
        lines = [f"<testcase classname={quoteattr('mimekit.lint')} name={name}>"]
        if bad:
            said = quoteattr(visible.text(f"{bad[0].code} {bad[0].name}: {bad[0].message}"))
            kinds = quoteattr(" ".join(sorted({one.code for one in bad})))
            lines.append(f"<failure type={kinds} message={said}>{escape(self._told(checked, bad))}</failure>")
        if rest:
            lines.append(f"<system-out>{escape(self._told(checked, rest))}</system-out>")
        self._cases.append(_ascii("\n".join([*lines, "</testcase>"])))
        yield from ()

    def _told(self, checked: Checked, findings: list[Finding]) -> str:
        octets = checked.source.octets or b""
        decoded = visible.Decoded(octets)
        lines: list[Line] = []
        for one in findings:
            lines.append(text.heading(checked, one))
            if self._options.source and octets:
                lines += text.frame(octets, one, decoded, checked.source.first_line)
        return "\n".join([visible.text("".join([_words(segment) for segment in line])).rstrip(" ") for line in lines])

    def end(self, _: Totals) -> Iterator[Line]:
        """Give the document."""
        counts = f'tests="{len(self._cases)}" failures="{self._failures}" errors="0"'
        yield ('<?xml version="1.0" encoding="US-ASCII"?>',)
        yield (f'<testsuites name="mimekit lint" {counts}>',)
        yield (f'<testsuite name="mimekit lint" {counts}>',)
        for case in self._cases:
            yield (case,)
        yield ("</testsuite>",)
        yield ("</testsuites>",)


def _words(segment: str | tuple[str, str]) -> str:
    return segment if isinstance(segment, str) else segment[0]


def _ascii(markup: str) -> str:
    return markup.encode("ascii", "xmlcharrefreplace").decode("ascii")


def report(options: Options) -> _JUnit:
    """Make the reporter."""
    return _JUnit(options)
