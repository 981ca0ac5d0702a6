"""Every rule has a page, and what its page shows is so: *Bad* gives the code, *Good* gives nothing, a fix mends."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest

from mimekit import lint
from mimekit.finding import Finding
from mimekit.lint import examples, selection
from mimekit.lint.rule import Rule

RULES = dict(sorted(selection.load().items()))
# Nothing in a message shows them: the linter itself finds them, and has tests of its own.
NOT_SHOWN = {"L020", "L021", "L022", "L023"}

# Codes of the catalogue that have no rule, each with the reason.
LEFT_OUT: dict[str, str] = {}
# Where name, severity or profiles are not those of the catalogue: the code, what it is here, the reason.
DEPARTURES: dict[str, tuple[str, str, tuple[str, ...], str]] = {}
# The marks of the catalogue that are no profile.
PROFILES = {
    "yes": "default",
    "no": "strict",
    "caniemail": "strict",
    "ses-simple": "ses",
    "key given": "signed",
    "session": "default",
    "envelope": "default",
}
# Fixes that are not what the catalogue says, each with the reason.
OTHER_FIXES: dict[str, tuple[str | None, str]] = {
    "D016": (None, "it is mended by signing anew, after another encoding"),
    "E053": ("unsafe", "readers that decode it show another name afterwards"),
    "E054": (None, "nobody knows what was meant there"),
    "H110": ("unsafe", "and safe with an envelope that holds every address"),
    "M024": ("unsafe", "which lines are delimiters is for the sender to say"),
    "M026": (None, "which lines belong to which multipart is for the sender to say"),
    "M031": ("unsafe", "the text may be a part whose delimiter is lost"),
    "M033": ("unsafe", "a file that is not in base64 gets a line end; safe where it does not"),
    "M102": (None, "a plain text has to be written"),
    "M104": (None, "a plain text has to be written"),
    "M105": (None, "it may be meant as a form of the text"),
    "M116": (None, "where it is to be shown is unknown"),
    "T002": ("unsafe", "the document is laid out in another mode"),
    "T008": ("unsafe", "a table may be one of data"),
    "T025": (None, "where a line may be broken is for the sender to say"),
    "X011": ("unsafe", "the file gets another name"),
}
# What a profile asks for, and the base message does not have: it is no bulk mail, and its domains are for examples.
NEEDED = {
    "transactional": {"B012"},
    "bulk": {"B001", "B006"},
    "signed": {"D001"},
    "production": {"A010"},
}
# Rules that can mend something, but not what their page shows.
NOT_MENDED: dict[str, str] = {}


def found(rule: Rule, example: str) -> list[Finding]:
    octets, context = examples.example(example)
    return lint.check(octets, profile=rule.profiles, context=context)


SHOWN = [
    pytest.param(rule, text, id=f"{code}-{number}")
    for code, rule in RULES.items()
    for number, text in enumerate(examples.page(rule).bad)
]
CLEAN = [
    pytest.param(rule, text, id=f"{code}-{number}")
    for code, rule in RULES.items()
    for number, text in enumerate(examples.page(rule).good)
]


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_a_rule_has_a_page(rule: Rule) -> None:
    page = examples.page(rule)
    assert page.what.endswith("."), "the first paragraph says what is wrong"
    assert page.why, "why it matters"
    assert page.references or rule.code[0] == "L"
    assert rule.code in NOT_SHOWN or (page.bad and page.good), "a Bad and a Good example"


@pytest.mark.parametrize(("rule", "example"), SHOWN)
def test_a_bad_example_gives_its_code_and_what_it_implies(rule: Rule, example: str) -> None:
    codes = {one.code for one in found(rule, example)}
    assert rule.code in codes
    assert codes - {rule.code} <= rule.implies


@pytest.mark.parametrize(("rule", "example"), CLEAN)
def test_a_good_example_gives_nothing(rule: Rule, example: str) -> None:
    assert [str(one) for one in found(rule, example)] == []


@pytest.mark.parametrize(("rule", "example"), SHOWN)
def test_a_finding_has_a_place_in_the_message(rule: Rule, example: str) -> None:
    octets, _ = examples.example(example)
    for one in found(rule, example):
        assert 0 <= one.start <= one.end <= len(octets)
        assert octets[: one.start].count(b"\n") + 1 == one.line
        assert one.severity in ("info", "warning", "error")


@pytest.mark.parametrize(
    "profile", ["default", "strict", "wire", "transactional", "bulk", "ses", "signed", "production", "received"]
)
def test_the_base_of_the_examples_is_clean(profile: str) -> None:
    octets, context = examples.example("")
    told = {one.code for one in lint.check(octets, profile=profile, context=context)}
    assert told == NEEDED.get(profile, set())


def test_the_base_of_the_examples_is_clean_under_all_rules() -> None:
    octets, context = examples.example("")
    told = {one.code for one in lint.check(octets, select="ALL", context=context)}
    assert told == set().union(*NEEDED.values())


# -- the catalogue


def catalogue(facts: Path) -> dict[str, dict[str, str]]:
    listed = json.loads((facts / "lint_rules.json").read_text(encoding="utf-8"))
    return {one["code"]: one for one in listed}


def test_every_code_of_the_catalogue_has_a_rule_or_a_reason(facts: Path) -> None:
    known = catalogue(facts)
    assert known.keys() - RULES.keys() == LEFT_OUT.keys()


def test_a_rule_has_the_name_severity_and_profile_of_the_catalogue(facts: Path) -> None:
    other = {}
    for code, listed in catalogue(facts).items():
        if code not in RULES:
            continue
        rule = RULES[code]
        profile = PROFILES.get(listed["default"], listed["default"])
        if (listed["name"], listed["severity"], (profile,)) != (rule.name, rule.severity, rule.profiles):
            other[code] = (rule.name, rule.severity, rule.profiles)
    assert other == {code: told[:3] for code, told in DEPARTURES.items()}


def test_a_rule_has_the_fix_of_the_catalogue(facts: Path) -> None:
    other = {}
    for code, listed in catalogue(facts).items():
        wanted = next((kind for kind in ("unsafe", "safe") if listed["fix"].startswith(kind)), None)
        if code in RULES and RULES[code].fix != wanted:
            other[code] = RULES[code].fix
    assert other == {code: fix for code, (fix, _) in OTHER_FIXES.items()}


def test_names_are_unique() -> None:
    assert len({rule.name for rule in RULES.values()}) == len(RULES)


def test_a_code_that_is_superseded_or_implied_exists() -> None:
    for rule in RULES.values():
        assert RULES.keys() >= rule.supersedes | rule.implies, rule.code
        assert rule.code[0] != "X" or not rule.supersedes, "what is dangerous hides nothing"


# -- fixes


FIXABLE = {code: rule for code, rule in RULES.items() if rule.fix is not None and code not in NOT_SHOWN}


def findings_with_fix(rule: Rule, octets: bytes, context: lint.Context) -> list[Finding]:
    told = lint.check(octets, profile=rule.profiles, context=context)
    return [one for one in told if one.code == rule.code and one.fix is not None]


@pytest.mark.parametrize("rule", FIXABLE.values(), ids=FIXABLE)
def test_what_has_a_fix_is_mended(rule: Rule) -> None:
    mended = 0
    kinds = set()
    for text in examples.page(rule).bad:
        octets, context = examples.example(text)
        told = findings_with_fix(rule, octets, context)
        if not told:
            continue
        unsafe = any(not one.fix.is_safe for one in told if one.fix)
        fix = partial(lint.fix, unsafe=unsafe, context=context, profile=rule.profiles, break_signature=True)
        made = fix(octets)
        after = lint.check(made, profile=rule.profiles, context=context)
        assert rule.code not in {one.code for one in after}
        assert fix(made) == made, "idempotent"
        kinds |= {one.fix.is_safe for one in told if one.fix}
        mended += 1
    assert bool(mended) != (rule.code in NOT_MENDED)
    assert (rule.fix == "safe") == (True in kinds), "what is declared safe is so for one example"


@pytest.mark.parametrize("rule", [one for one in RULES.values() if one.fix is None], ids=lambda one: one.code)
def test_what_has_no_fix_offers_none(rule: Rule) -> None:
    for text in examples.page(rule).bad:
        octets, context = examples.example(text)
        assert findings_with_fix(rule, octets, context) == []


def test_an_example_is_laid_over_any_message() -> None:
    base = 'Subject: a \u00fc "\\n"\r\nTo: b@example.org\r\n\r\nGr\u00fc\u00dfe \\x41\r\n'.encode()
    assert examples.example("To: c@example.org", base)[0] == base.replace(b"b@", b"c@")
