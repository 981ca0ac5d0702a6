"""
List the rules of the linter: code, severity, name, profiles, what is wrong.

    words -> a table, or JSON

May import: `lint`, `cli`.  Imported by: `cli`, `cli.explain`.
"""

from __future__ import annotations

import os
from difflib import get_close_matches

from mimekit.errors import show

__all__ = ["NOTES", "arguments", "described", "load", "run"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any  # JSON

    from mimekit.cli.terminal import Terminal
    from mimekit.lint.rule import Rule

NOTES = """\
Rules of plugins that the configuration of the current directory names are listed too.

RULE is a code, the beginning of one, a name or ALL, as for --select; without any, all rules are listed.  [*] is a rule
that can mend, [?] one whose fixes choose a reading or change what is said.
"""

_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}
_MARKS = {"safe": "[*]", "unsafe": "[?]", None: "   "}


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("rules", metavar="RULE", nargs="*", help="only these")
    parser.add_argument("--profile", metavar="NAME", help="only those of this profile")
    parser.add_argument("--severity", choices=("error", "warning", "info"), help="only those of this severity")
    parser.add_argument("--fixable", action="store_true", help="only those that can mend")
    parser.add_argument("--search", metavar="WORDS", help="only those whose name or page has these words")
    parser.add_argument("--json", action="store_true", help="print the rules as JSON")


def run(given: Namespace, terminal: Terminal) -> int:
    """Do what the arguments ask for."""
    from mimekit.lint import selection
    from mimekit.lint.context import LintError
    from mimekit.lint.rule import PROFILES

    load()
    if given.profile is not None and given.profile not in PROFILES:
        close = get_close_matches(given.profile, PROFILES, 1)
        meant = f" (did you mean {close[0]}?)" if close else ""
        message = f"there is no profile {show(given.profile)}{meant}; there are {', '.join(PROFILES)}"
        raise LintError(message)
    known = selection.load()
    codes = selection.names_of(given.rules) if given.rules else set(known)
    found = [rule for code, rule in sorted(known.items()) if code in codes and _is_meant(rule, given)]
    if given.json:
        terminal.json([described(rule) for rule in found])
        return 0
    width = max([len(rule.name) for rule in found], default=0)
    for rule in found:
        terminal.line(
            (rule.code, "bold"),
            (f" {rule.severity:7}", _STYLES[rule.severity]),
            f" {_MARKS[rule.fix]} {rule.name:{width}}  ",
            (", ".join(rule.profiles), "dim"),
        )
    terminal.line(f"{len(found):,} rule{'' if len(found) == 1 else 's'}")
    return 0


def load() -> None:
    """Load the rules: those of the library, and those of the plugins that the configuration of this directory names."""
    from mimekit.lint import config, selection

    selection.load()
    config.find(os.getcwd())  # noqa: PTH109 - no pathlib at import


def _is_meant(rule: Rule, given: Namespace) -> bool:
    if given.search is not None:
        text = f"{rule.code} {rule.name} {rule.page}".lower()
        if not all([word in text for word in given.search.lower().split()]):
            return False
    return (
        given.profile in (None, *rule.profiles)
        and given.severity in (None, rule.severity)
        and not (given.fixable and rule.fix is None)
    )


def described(rule: Rule) -> dict[str, Any]:
    """Describe a rule."""
    from mimekit.lint import examples

    page = examples.page(rule)
    return {
        "code": rule.code,
        "name": rule.name,
        "severity": rule.severity,
        "profiles": list(rule.profiles),
        "looks_at": rule.looks_at,
        "fix": rule.fix,
        "reference": rule.reference,
        "url": rule.url,
        "what": page.what,
        "why": page.why,
        "bad": list(page.bad),
        "good": list(page.good),
        "references": page.references,
        "supersedes": sorted(rule.supersedes),
        "implies": sorted(rule.implies),
    }
