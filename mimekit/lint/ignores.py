"""
Ignores: what is not to be told, why, and whether there was anything to leave out.

A run over many messages (a command, a test session) holds one `Ignores`; at its end it knows which ignores matched
nothing (L020), and which have no reason (L021).

    codes, prefixes, names with reasons -> Ignores;  findings -> those that are left, at the end findings of its own

May import: `finding`, `lint.rule`, `lint.selection`.  Imported by: `cli`, `lint.engine`,
`testing`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from mimekit.errors import show
from mimekit.finding import Finding
from mimekit.lint import selection
from mimekit.lint.rule import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["Ignores", "told"]

_OWN = ("L020", "L021")


class Ignores:
    """
    What a run ignores: codes, prefixes and names as in ``ignore=`` of `lint.check`, with their reasons.

    *given* is a mapping of them to reasons, or several without.  Raises `LintError` for what is none.

    >>> ignores = Ignores({"T006": "a picture by itself is what they asked for", "H204": ""})
    >>> ignores.kept([])
    []
    >>> [str(one) for one in ignores.findings()]
    ['1:1: L020 unused-ignore: the ignore H204 matched nothing', \
'1:1: L020 unused-ignore: the ignore T006 matched nothing', \
'1:1: L021 ignore-without-reason: the ignore H204 has no reason']
    """

    def __init__(self, given: Iterable[str] | Mapping[str, str] = ()) -> None:
        self.reasons: dict[str, str] = {}
        """The ignores as they are given, with their reasons, empty where there is none."""
        self.counts: dict[str, int] = {}
        """How many findings each of them matched so far."""
        self._codes: dict[str, frozenset[str]] = {}
        self.add(given)

    def add(self, given: Iterable[str] | Mapping[str, str]) -> None:
        """Add ignores, such as those of one test; what is there already keeps its reason."""
        listed = [given] if isinstance(given, str) else given
        known = dict(given) if isinstance(given, Mapping) else dict.fromkeys(listed, "")
        for text, reason in known.items():
            self._codes.setdefault(text, frozenset(selection.names_of([text])))
            self.reasons[text] = self.reasons.get(text) or reason.strip()
            self.counts.setdefault(text, 0)

    def kept(self, findings: Iterable[Finding]) -> list[Finding]:
        """Give the findings that no ignore matches, and count those that one does."""
        left: list[Finding] = []
        for finding in findings:
            matching = [text for text, codes in self._codes.items() if finding.code in codes]
            for text in matching:
                self.counts[text] += 1
            if not matching:
                left.append(finding)
        return left

    def findings(self) -> list[Finding]:
        """Give what is to say at the end of the run: L020 and L021, those that are ignored themselves left out."""
        selection.load()
        silent = frozenset().union(*self._codes.values()) if self._codes else frozenset()
        found = [
            _finding("L020", f"the ignore {show(text)[1:-1]} matched nothing")
            for text, count in sorted(self.counts.items())
            if not count and self._codes[text].isdisjoint(_OWN)
        ]
        found += [
            _finding("L021", f"the ignore {show(text)[1:-1]} has no reason")
            for text, reason in sorted(self.reasons.items())
            if not reason
        ]
        return [one for one in found if one.code not in silent]


def told(
    ignore: str | Iterable[str] | Mapping[str, str],
    every: Callable[[], list[Finding]],
    select: str | Iterable[str] | None,
    extend_select: str | Iterable[str],
) -> list[Finding]:
    """
    Give what is to say of the ignores of one check; *every* gives its findings without them.

    L020 and L021 are told where they are asked for by more than ``ALL``, and L021 of a mapping, which has reasons.
    """
    listed = [*selection.listed(select or ()), *selection.listed(extend_select)]
    wanted = selection.names_of([one for one in listed if one != "ALL"]) & set(_OWN)
    if isinstance(ignore, Mapping) and (select is None or "ALL" in listed):
        wanted.add("L021")
    if not wanted:
        return []
    ignores = Ignores(ignore)
    if "L020" in wanted:
        ignores.kept(every())
    return [one for one in ignores.findings() if one.code in wanted]


def _finding(code: str, text: str) -> Finding:
    rule = REGISTRY[code]
    return Finding(code, rule.name, rule.severity, text, reference=rule.reference, url=rule.url)
