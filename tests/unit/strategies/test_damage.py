"""Every rule fires on a valid message that was broken in its one way."""

from __future__ import annotations

import pytest

from mimekit import lint
from mimekit.lint import examples, selection
from mimekit.lint.context import LintError
from mimekit.strategies import damage

RULES = selection.load()
# Rules without a mutator, each with the reason.
_SIZE = "the fault is a size, and the message is made for it"
_LIMIT = "the fault is a number of things, and the message is made for it"
_KEY = "the fault is in a signature, its key record or a sealed part, and the message is signed for it"
_FILE = "the fault is in the octets of a file, which a maker builds"
_CALL = "the fault is in the call of Amazon SES, or in what belongs to it"
_RUN = "the fault is in the run, not in one message"
NOT_MUTATED: dict[str, str] = {
    "A004": _SIZE,
    "A043": _LIMIT,
    "B013": _SIZE,
    "B014": _SIZE,
    "B015": _RUN,
    "B019": _SIZE,
    "D004": _KEY,
    "D007": _KEY,
    "E013": _SIZE,
    "E022": _SIZE,
    "H004": _SIZE,
    "H006": _SIZE,
    "H020": _SIZE,
    "H214": _RUN,
    "L001": _SIZE,
    "L002": _LIMIT,
    "L003": _LIMIT,
    "L004": _LIMIT,
    "L005": _LIMIT,
    "L006": _LIMIT,
    "L007": _LIMIT,
    "L008": _LIMIT,
    "L009": _LIMIT,
    "L010": _LIMIT,
    "L011": _LIMIT,
    "L012": _LIMIT,
    "L013": _LIMIT,
    "L014": _LIMIT,
    "L020": _RUN,
    "L021": _RUN,
    "L022": _RUN,
    "L023": _RUN,
    "M022": _SIZE,
    "M037": _LIMIT,
    "M038": _LIMIT,
    "M113": _FILE,
    "M116": _FILE,
    "S001": _SIZE,
    "S002": _SIZE,
    "S004": _SIZE,
    "S006": _LIMIT,
    "S007": _CALL,
    "S009": _CALL,
    "S016": _SIZE,
    "S022": _CALL,
    "S024": _LIMIT,
    "T009": _SIZE,
    "T034": _SIZE,
    "T039": _LIMIT,
    "X009": _FILE,
    "X010": _FILE,
    "X011": _FILE,
    "X024": _KEY,
    "X025": _FILE,
    "X026": _LIMIT,
    "X031": _KEY,
    "X040": _KEY,
}
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
EACH = [one for own in damage.mutators().values() for one in own]


def test_a_rule_has_a_mutator_or_a_reason() -> None:
    assert RULES.keys() - damage.mutators().keys() == NOT_MUTATED.keys()


@pytest.mark.parametrize("name", VALID)
def test_the_valid_messages_are_valid(name: str) -> None:
    _, context = examples.example("")
    told = lint.check(VALID[name], profile="strict", context=context)
    assert [str(one) for one in told] == []


@pytest.mark.parametrize("mutator", EACH, ids=repr)
def test_a_rule_finds_what_its_mutator_did(mutator: damage.Mutator) -> None:
    rule = mutator.rule
    for octets in VALID.values():
        broken, context = mutator(octets)
        plain = lint.check(octets, profile=rule.profiles, context=examples.example("")[1])
        assert (rule.code in {one.code for one in plain}) == (rule.code in ABSENT)
        assert rule.code in {one.code for one in lint.check(broken, profile=rule.profiles, context=context)}


def test_an_unknown_code_has_no_mutator() -> None:
    with pytest.raises(LintError, match="no mutator"):
        damage.damaged("Z999")
