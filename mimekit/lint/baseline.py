"""
The baseline: findings that a project knows of and lives with for now, so that only new ones count.

A finding is known by its file, code, part and the octets it is about, not by its line, so a message may change around
it; each kind is counted, and one more than was recorded is new.  Words with a digit count as one and the same: dates,
identifiers and boundaries are different in every run.

    findings <-> {"welcome.eml": {FINGERPRINT: {"code": "T006", "count": 2}}} in JSON

May import: the core.  Imported by: `cli`, `lint.reporters.plain`.
"""

from __future__ import annotations

import json
import os
import re
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from mimekit.errors import show
from mimekit.lint.context import LintError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any  # JSON

    from mimekit.finding import Finding

__all__ = ["Baseline", "fingerprint"]

_VERSION = 1
_WORD = re.compile(rb"[0-9a-z]++")
_DIGIT = re.compile(rb"[0-9]")


def fingerprint(octets: bytes, finding: Finding) -> str:
    """Give what a finding is known by: its code, part and octets, as 32 hexadecimal digits."""
    meant = b" ".join(octets[finding.start : finding.end].lower().split())
    meant = _WORD.sub(lambda word: b"0" if _DIGIT.search(word[0]) else word[0], meant)
    return sha256(b"%b\0%b\0%b" % (finding.code.encode(), finding.path.encode(), meant)).hexdigest()[:32]


class Baseline:
    """
    The findings that are known, by file; paths are below the directory that the baseline lies in.

    `new` takes from what is recorded, and notes what there is now; `write` records that.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._known: dict[str, dict[str, dict[str, Any]]] = {}
        self._left: dict[tuple[str, str], int] = {}
        self._found: dict[str, dict[str, dict[str, Any]]] = {}

    def check_new(self) -> None:
        """Raise `LintError` when the file is there already."""
        if Path(self.path).exists():
            message = f"the baseline {show(self.path)} is there already; --baseline-write update changes it"
            raise LintError(message)

    def load(self) -> None:
        """Read the file; raise `LintError` when it is no baseline."""
        name = self.path if self.path.isprintable() else show(self.path)
        try:
            found = json.loads(Path(self.path).read_bytes())
            if found["version"] != _VERSION:
                message = f"{name} is a baseline of version {show(found['version'])}; create it again"
                raise LintError(message)
            self._known = {
                str(file): {
                    str(mark): {"code": str(one["code"]), "count": int(one["count"])} for mark, one in marks.items()
                }
                for file, marks in found["findings"].items()
            }
        except OSError as error:
            message = f"the baseline {name} cannot be read: {error.strerror}; make it with --baseline-write create"
            raise LintError(message) from None
        except (ArithmeticError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            if isinstance(error, LintError):
                raise
            why = f": {show(str(error))}" if isinstance(error, json.JSONDecodeError) else ""
            message = f"{name} is no baseline{why}; create it again"
            raise LintError(message) from None
        self._left = {(file, mark): one["count"] for file, marks in self._known.items() for mark, one in marks.items()}

    def new(self, name: str, octets: bytes, findings: Iterable[Finding]) -> list[Finding]:
        """Give the findings that are not known, and take note of all."""
        file = self._file(name)
        seen = self._found.setdefault(file, {})
        kept: list[Finding] = []
        for finding in findings:
            mark = fingerprint(octets, finding)
            seen.setdefault(mark, {"code": finding.code, "count": 0})["count"] += 1
            left = self._left.get((file, mark), 0)
            if left > 0:
                self._left[file, mark] = left - 1
            else:
                kept.append(finding)
        return kept

    @property
    def gone(self) -> int:
        """How many findings are recorded of the files that were looked at, and are there no more."""
        return sum([left for (file, _), left in self._left.items() if file in self._found])

    def write(self, mode: str) -> int:
        """
        Write the file, and give the number of findings in it.

        *mode* ``create`` makes a new one, and raises `LintError` where there is one; ``update`` records what there is
        now in the files that were looked at; ``prune`` only takes out what is there no more.
        """
        made = dict(self._known)
        for file, marks in self._found.items():
            kept = marks
            if mode == "prune":
                known = self._known.get(file, {})
                kept = {
                    mark: {"code": one["code"], "count": min(one["count"], marks[mark]["count"])}
                    for mark, one in known.items()
                    if mark in marks
                }
            made[file] = kept
        made = {file: dict(sorted(marks.items(), key=_by_code)) for file, marks in sorted(made.items()) if marks}
        text = json.dumps({"version": _VERSION, "findings": made}, indent=1) + "\n"
        if mode == "create":
            self.check_new()
        Path(self.path).write_text(text, encoding="ascii", newline="\n")
        return sum([one["count"] for marks in made.values() for one in marks.values()])

    def _file(self, name: str) -> str:
        if name == "-":
            return name
        below = os.path.relpath(name, Path(self.path).parent).replace(os.sep, "/")
        return below.encode("utf-8", "backslashreplace").decode()


def _by_code(item: tuple[str, dict[str, Any]]) -> tuple[str, str]:
    return item[1]["code"], item[0]
