"""Every published attack of the table is told by the code that the table gives, refused, or says why neither is so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mimekit import Envelope, EnvelopeError, MimekitError, lint
from mimekit.lint import examples, selection

PROFILES = ("default", "strict", "wire", "transactional", "bulk", "signed")
ATTACKS: list[dict[str, Any]] = json.loads((Path(__file__).parent / "attacks.json").read_text())["attacks"]
TOLD = [row for row in ATTACKS if row["codes"] and row["codes"] != ["refused"]]
REFUSED = [row for row in ATTACKS if row["codes"] == ["refused"]]


def named(row: dict[str, Any]) -> str:
    return f"{row['source'].partition(' (')[0]}: {row['attack']}"


def test_every_attack_is_there_once() -> None:
    assert len(ATTACKS) >= 135
    assert len({named(row) for row in ATTACKS}) == len(ATTACKS)


def test_every_attack_has_a_code_or_a_reason() -> None:
    for row in ATTACKS:
        assert set(row) <= {"source", "attack", "codes", "message", "why"}
        assert row["codes"] or row["why"]
        assert not row["codes"] or row["message"]


def test_every_code_of_the_table_is_a_rule() -> None:
    codes = {code for row in TOLD for code in row["codes"]}
    assert codes - set(selection.load()) == set()


@pytest.mark.parametrize("row", TOLD, ids=named)
def test_an_attack_is_told(row: dict[str, Any]) -> None:
    octets, context = examples.example(row["message"])
    codes = {one.code for one in lint.check(octets, profile=PROFILES, context=context)}
    assert set(row["codes"]) <= codes
    assert "L022" not in codes


@pytest.mark.parametrize("row", REFUSED, ids=named)
def test_an_attack_on_the_envelope_is_refused(row: dict[str, Any]) -> None:
    assert issubclass(EnvelopeError, MimekitError)
    with pytest.raises(MimekitError):
        Envelope(row["message"], ["john@customer.example"])
