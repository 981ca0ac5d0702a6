"""
Reporters: the findings of a run in the formats that people and programs read.

A reporter is told each message as it is checked, and the end; what it gives are lines of styled segments.  Those for
people (``text``, ``concise``) are made visible where they are printed; all others are safe as they are: ASCII, and
escaped by the rules of their format.

    Checked, Totals -> lines

May import: `lint`.  Imported by: much of the package.
"""

from __future__ import annotations

from collections import Counter
from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol

from mimekit.finding import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Finding
    from mimekit.lint.running import Checked

    Segment = str | tuple[str, str]
    Line = tuple[Segment, ...]

__all__ = ["FORMATS", "FOR_PEOPLE", "Options", "Reporter", "Totals", "make"]

FORMATS = ("text", "concise", "json", "jsonl", "sarif", "github", "gitlab", "junit", "html")
FOR_PEOPLE = ("text", "concise")


class Options(NamedTuple):
    """What a reporter is asked for."""

    source: bool = True
    """Whether octets of the messages may be shown."""
    fail_level: str = "warning"
    unsafe: bool = False
    """Whether unsafe fixes are applied too."""
    pictures: bool = True
    """Whether U+2400 to U+2421 can be printed."""
    version: str = "0"
    """Of this library."""
    base: str = ""
    """The directory that file names are below, for programs; the current one by default."""
    docs: str = ""
    """Where the documentation of this library can be read, with the pages of its rules; empty where that is nowhere."""

    def page(self, url: str) -> str:
        """Give the address of the page of a rule; as it is, relative, where nobody said where the documentation is."""
        return f"{self.docs.rstrip('/')}/{url}" if self.docs and url else url


class Totals:
    """What was counted in a run."""

    def __init__(self, profile: tuple[str, ...] = ("default",)) -> None:
        self.profile = profile
        self.messages = 0
        self.with_findings = 0
        self.severities: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.safe = 0
        """Findings with a safe fix."""
        self.unsafe = 0
        self.mended = 0
        """Findings that were mended."""
        self.to_mend = 0
        """Findings that would be mended, were anything written."""
        self.kept = 0
        """Messages that have a signature and were not mended for that."""
        self.known = 0
        """Findings that the baseline holds."""
        self.gone = 0
        """Findings that the baseline holds, and that are there no more."""

    def add(self, findings: tuple[Finding, ...]) -> None:
        """Count what was found in one message."""
        self.messages += 1
        self.with_findings += bool(findings)
        for one in findings:
            self.severities[one.severity] += 1
            self.codes[one.code] += 1
            if one.fix is not None:
                self.safe += one.fix.is_safe
                self.unsafe += not one.fix.is_safe

    def reaches(self, level: str) -> bool:
        """Whether something was found that is as bad as *level*, or worse."""
        return any([self.severities[one] for one in SEVERITIES[SEVERITIES.index(level) :]])


class Reporter(Protocol):
    """Gives the lines of a report."""

    def message(self, checked: Checked) -> Iterator[Line]:
        """Report one message, also one that nothing was found in."""

    def end(self, totals: Totals) -> Iterator[Line]:
        """Report the end."""


def make(name: str, options: Options) -> Reporter:
    """Give the reporter for one of `FORMATS`."""
    made: Reporter = import_module(f"{__name__}.{name}").report(options)
    return made
