"""Family L: the limits of the parser as findings, and what a run says of its ignores."""

from __future__ import annotations

import pytest

from mimekit import Limits, lint, parse
from mimekit.lint import LintError, examples
from mimekit.lint.ignores import Ignores

BASE, CONTEXT = examples.example("X-Campaign: autumn")
SUNDAY = BASE.replace(b"Tue,", b"Sun,")


def test_a_limit_is_a_finding_at_its_place() -> None:
    message = parse(
        b"To: a@b.example, c@d.example, e@f.example\r\n\r\nHi\r\n", limits=Limits(max_addresses_per_field=2)
    )
    (one,) = lint.check(message, select="L")
    assert (one.code, one.severity, one.line) == ("L007", "warning", 1)


def test_the_limits_can_be_chosen() -> None:
    context = CONTEXT.changed(options={"limits": Limits(max_header_fields=3)})
    assert [one.code for one in lint.check(BASE, select="L", context=context)] == ["L004"]


def test_what_is_ignored_is_left_out_and_counted() -> None:
    ignores = Ignores({"H204": "the calendar of the customer"})
    findings = lint.check(SUNDAY, context=CONTEXT)
    assert [one.code for one in findings] == ["H204"]
    assert ignores.kept(findings) == []
    assert ignores.counts == {"H204": 1}
    assert ignores.findings() == []


@pytest.mark.parametrize("text", ["H204", "H20", "date-weekday-mismatch", "H"])
def test_codes_prefixes_and_names_can_be_ignored(text: str) -> None:
    assert Ignores([text]).kept(lint.check(SUNDAY, context=CONTEXT)) == []


def test_an_ignore_that_matched_nothing_is_told_once_the_run_is_over() -> None:
    ignores = Ignores({"H204": "why", "E0": "why", "T006": "why"})
    ignores.kept(lint.check(SUNDAY, context=CONTEXT))
    ignores.kept(lint.check(BASE, context=CONTEXT))
    assert [(one.code, one.severity, one.message) for one in ignores.findings()] == [
        ("L020", "warning", "the ignore E0 matched nothing"),
        ("L020", "warning", "the ignore T006 matched nothing"),
    ]


def test_an_ignore_without_a_reason_is_told() -> None:
    ignores = Ignores({"H204": " "})
    ignores.kept(lint.check(SUNDAY, context=CONTEXT))
    (one,) = ignores.findings()
    assert (one.code, one.severity, one.message) == ("L021", "info", "the ignore H204 has no reason")


def test_a_reason_that_is_given_later_counts() -> None:
    ignores = Ignores(["H204"])
    ignores.add({"H204": "the calendar of the customer"})
    ignores.add("H204")
    assert ignores.reasons == {"H204": "the calendar of the customer"}


def test_findings_about_ignores_can_be_ignored() -> None:
    assert Ignores(["H204", "L020", "L021"]).findings() == []
    assert [one.code for one in Ignores(["H204", "L021"]).findings()] == ["L020"]


def test_what_is_no_rule_is_refused_with_a_suggestion() -> None:
    with pytest.raises(LintError, match="did you mean date-weekday-mismatch"):
        Ignores(["date-weekday-mismatsch"])
