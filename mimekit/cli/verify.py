"""
Verify the DKIM signatures of a message, and say why one that fails does.

    FILE and a source of key records -> a verdict for each signature; exit code 1 when none passes

May import: the core, `dkim`, `auth`, `cli`.  Imported by: `cli`.
"""

from __future__ import annotations

from mimekit.cli import moment, source

__all__ = ["NOTES", "arguments", "run"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable
    from typing import Any  # JSON

    from mimekit import dkim
    from mimekit.cli.terminal import Terminal

_GOOD, _BAD = "bold green", "bold red"
_NOT_PASSED = 1

NOTES = """\
Exit codes: 0 a signature passes, with --domain one of that domain; 1 none does; 2 wrong use or bad input.

FILE is a message whatever it begins with, unless its name ends in .toml; then the message of that spec is built, and
not signed.

--zone reads {"name": "record", ...} in JSON, or a zone in the format of a master file, as `mimekit keygen --form zone`
prints it (needs dnspython); names that are not in it have no record.  --dns asks the name servers of the system.  A
clock is needed for expiry: --now sets it.
"""


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb."""
    source.add_argument(parser, "FILE", "a message, or a spec (.toml)")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--zone", metavar="FILE", help="take the key records from this file")
    way.add_argument("--dns", action="store_true", help="look the key records up; needs dnspython")
    parser.add_argument("--domain", help="the domain that must have signed")
    moment.add_argument(parser, "the time that decides what has expired")
    parser.add_argument("--json", action="store_true", help="print the verdicts as JSON")


def run(given: Namespace, terminal: Terminal) -> int:
    """Do what the arguments ask for."""
    from mimekit import dkim
    from mimekit.auth import resolver
    from mimekit.codecs import domain as domains

    resolve: Callable[[str], list[bytes]] = (
        resolver.DnspythonResolver() if given.dns else resolver.ZoneResolver.load(given.zone)
    )
    note = "not signed by its table dkim, for verify does not sign; write the message with compose, and verify that"
    with moment.fixed(given.now):
        diagnosis = dkim.diagnose(source.unsigned(given.file, note=note, is_received=True), resolve=resolve)
    results = diagnosis.verification.results
    wanted = None if given.domain is None else domains.key(given.domain.removesuffix("."))
    good = any([result.status == "pass" and wanted in (None, result.domain) for result in results])
    if given.json:
        described = [_described(result, diagnosis.of(number)) for number, result in enumerate(results)]
        terminal.json({"passed": good, "results": described})
        return 0 if good else _NOT_PASSED
    _table(diagnosis, terminal)
    if not good and diagnosis.verification.passed:
        terminal.line((f"no signature of {given.domain} passes", _BAD))
    return 0 if good else _NOT_PASSED


def _table(diagnosis: dkim.Diagnosis, terminal: Terminal) -> None:
    """Print a line for each signature, and below it what is to be known of it."""
    results = diagnosis.verification.results
    width = max([len(result.domain) + len(result.selector) for result in results]) + 2
    for number, result in enumerate(results):
        of = f"{result.domain} {result.selector}".ljust(width) if result.domain else ""
        style = _GOOD if result.status == "pass" else _BAD
        terminal.line((f"{result.status:9}", style), f" {of} {result.algorithm}".rstrip())
        terminal.line(f"  {result.reason}: {result.text} ({result.section})")
        for cause in diagnosis.of(number):
            if cause.text != result.text:  # what the verdict says already is no diagnosis
                terminal.line(f"  why: {cause}")
        if result.covered:
            terminal.line(f"  covered: {', '.join(result.covered)}")
        if result.uncovered:
            terminal.line(f"  not covered: {', '.join(result.uncovered)}")
        for warning in result.warnings:
            terminal.line((f"  warning: {warning}", "yellow"))


def _described(result: dkim.Result, causes: tuple[dkim.Cause, ...]) -> dict[str, Any]:
    return {
        "status": result.status,
        "reason": result.reason,
        "section": result.section,
        "text": result.text,
        "domain": result.domain,
        "selector": result.selector,
        "identity": result.identity,
        "algorithm": result.algorithm,
        "causes": [
            {"code": cause.code, "text": cause.text, "field": cause.field, "certain": cause.certain} for cause in causes
        ],
        "covered": list(result.covered),
        "uncovered": list(result.uncovered),
        "beyond_length": result.beyond_length,
        "testing": result.testing,
        "warnings": [{"code": warning.code, "text": warning.text} for warning in result.warnings],
    }
