"""
The report as a code quality artifact of GitLab: a JSON array of issues.

An issue has a fingerprint that no other one of the report has, so the second one of a kind counts on.

May import: `lint.reporters`.  Imported by: nobody.
"""

from __future__ import annotations

from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

from mimekit.lint.reporters import plain, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.reporters import Line, Options, Totals
    from mimekit.lint.running import Checked

__all__ = ["report"]

_SEVERITIES = {"error": "major", "warning": "minor", "info": "info"}


class _GitLab:
    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._is_begun = False

    def message(self, checked: Checked) -> Iterator[Line]:
        """Give the findings of one message."""
        name = plain.file_name(checked.source.name)
        for one in checked.findings:
            mark = f"{name}\0{plain.mark(checked, one)}"
            self._counts[mark] += 1
            unique = sha256(f"{mark}\0{self._counts[mark]}".encode("utf-8", "backslashreplace")).hexdigest()[:32]
            issue = {
                "description": visible.text(f"{one.code}: {one.message}"),
                "check_name": one.name,
                "fingerprint": unique,
                "severity": _SEVERITIES[one.severity],
                "location": {"path": visible.text(name), "lines": {"begin": checked.source.first_line + one.line}},
            }
            yield (f"{',' if self._is_begun else '['}{plain.dump(issue)}",)
            self._is_begun = True

    def end(self, _: Totals) -> Iterator[Line]:
        """Close the array."""
        yield ("]" if self._is_begun else "[]",)


def report(_: Options) -> _GitLab:
    """Make the reporter."""
    return _GitLab()
