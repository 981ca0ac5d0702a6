"""
Messages that are broken on purpose: the linter finds each fault where it was made, and no other error.

A rule that no message is drawn for is in `NOT_DRAWN` with the reason, so that a new one needs an example or a reason.
"""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import HealthCheck, given, settings

from mimekit import lint, parse
from mimekit.finding import Finding
from mimekit.lint import examples, selection
from mimekit.strategies import Broken, broken
from mimekit.strategies._fault_places import path_of
from mimekit.strategies._faults import NOT_DRAWN, Laid, Scene, faults

RULES = selection.load()
EACH = [one for own in faults().values() for one in own]
# What a profile asks for and the valid messages do not have: a bulk mail of theirs would be broken by taking it out.
ABSENT = {"A010", "B001", "B006", "B012", "D001"}
VALID = {
    "the base of the examples": examples.BASE.replace(b"\n", b"\r\n"),
    "a short one": (
        b"From: jane@shop.example\r\nTo: roe@customer.example\r\nDate: Tue, 24 Nov 2026 02:00:00 +0000\r\n"
        b"Subject: Invoice 7\r\nMessage-ID: <20261124020000.91af03bb@shop.example>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        b"Good morning,\r\n\r\nhere is invoice 7, with thanks.\r\n"
    ),
    "a folded one": (
        b"Date: Tue, 24 Nov 2026 03:30:00 +0000\r\n"
        b'From: "Doe, Jane" <jane@shop.example>\r\nTo: John Roe <john@customer.example>,\r\n'
        b" Ann Lee <ann@customer.example>\r\n"
        b"Subject: Your order 10482 has left our house this morning and will be\r\n with you on Friday\r\n"
        b"Message-ID: <20261124033000.7f3a9c2e@shop.example>\r\nMIME-Version: 1.0\r\n"
        b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        b"Hello John,\r\n\r\nsee C:\\orders\\n for all of it.\r\n"
    ),
}
PLACED = 0.5
"""The most of a message that a place may be, but for the faults in `ANYWHERE`."""
ANYWHERE = {  # faults of all of a message, of a body, or of a field that is most of what there is
    *("B013", "B014", "B015", "B019", "D004", "D007", "E001", "E015", "E025", "E031", "H001-1", "H004", "H006"),
    *("L001", "L005", "L012", "L013", "S004", "S006", "S007", "S009", "S016", "S024", "T009", "T039", "X026-1"),
}
_LONG, _DRAWN, _MANY = 5_000, 1_000, 100_000
# A thousand in each run; one that asks for thousands of every property has the linter see as many as it has to.
COMMON = settings(
    max_examples=_MANY if settings().max_examples > _LONG else _DRAWN,
    suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow],
)


def found(code: str, laid: Laid | Broken) -> list[Finding]:
    told = lint.check(laid.octets if isinstance(laid, Laid) else laid.raw, profile=RULES[code].profiles, select=code,
                      context=laid.context)  # fmt: skip
    return [one for one in told if one.code == code]


def is_there(one: Finding, path: str, start: int, end: int) -> bool:
    """Tell whether a finding is at a place; one in an embedded message is in the part that holds it."""
    return one.path.removesuffix("/message") == path and one.start <= end and start <= one.end


@cache
def brought(code: str) -> frozenset[str]:
    """Give the codes that come with one, or are for the same fault, and those that come with these."""
    known: set[str] = set()
    left = {code}
    while left:
        known |= left
        left = {two for one in left if one in RULES for two in RULES[one].implies | RULES[one].supersedes} - known
    return frozenset(known)


class TestTheTable:
    def test_a_rule_has_a_fault_or_a_reason(self) -> None:
        assert RULES.keys() - faults().keys() == NOT_DRAWN.keys()

    def test_a_reason_is_a_sentence(self) -> None:
        assert [code for code, why in NOT_DRAWN.items() if len(why.split()) < 5] == []

    def test_only_what_can_be_nowhere_else_is_anywhere(self) -> None:
        wide = set()
        scene = Scene.of(parse(VALID["a short one"]))
        for fault in EACH:
            laid = fault(scene)
            if laid.end - laid.start > PLACED * len(laid.octets):
                wide.add(f"{fault.rule.code}-{fault.number}")
        assert [one for one in wide if not {one, one.partition("-")[0]} & ANYWHERE] == []


@pytest.mark.parametrize("name", VALID)
def test_the_valid_messages_are_valid(name: str) -> None:
    _, context = examples.example("")
    assert [str(one) for one in lint.check(VALID[name], profile="strict", context=context)] == []


@pytest.mark.parametrize("code", faults())
def test_a_rule_finds_its_faults_where_they_are(code: str) -> None:
    for fault in faults()[code]:
        for octets in VALID.values():
            plain = lint.check(octets, profile=RULES[code].profiles, context=examples.example("")[1])
            assert (code in {one.code for one in plain}) == (code in ABSENT)
            laid = fault(Scene.of(parse(octets)))
            path = path_of(laid.octets, (laid.start, laid.end))
            there = [is_there(one, path, laid.start, laid.end) for one in found(code, laid)]
            assert any(there), (laid, path, found(code, laid))


@COMMON
@given(broken())
def test_what_is_broken_is_found_there_and_no_other_error(drawn: Broken) -> None:
    there = [is_there(one, drawn.path, drawn.start, drawn.end) for one in found(drawn.code, drawn)]
    assert any(there), (drawn, found(drawn.code, drawn))
    told = lint.check(drawn.raw, context=drawn.context)
    assert {one.code for one in told if one.severity == "error"} <= brought(drawn.code)


def test_a_place_is_not_where_another_fault_is() -> None:
    """The check of this file can fail: a fault of one field is not found at that of another."""
    scene = Scene.of(parse(VALID["a short one"]))
    one, other = faults()["H011"][0](scene), faults()["H206"][0](scene)
    assert not any([is_there(found_one, "", one.start, one.end) for found_one in found("H206", other)])
