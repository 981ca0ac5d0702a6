"""The table of defects against the catalogue of the linter, with which it shares its codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mimekit import Defect, parse
from mimekit.defects import _LESSER, BESIDE_EQUALS, TABLE


@pytest.fixture(scope="module")
def catalogue(facts: Path) -> dict[str, dict[str, Any]]:  # Any: JSON
    rules = json.loads((facts / "lint_rules.json").read_text(encoding="utf-8"))
    return {rule["code"]: rule for rule in rules}


def test_names_and_severities_are_those_of_the_catalogue(catalogue: dict[str, dict[str, Any]]) -> None:
    known = {code: row[:2] for code, row in TABLE.items() if code in catalogue}
    assert known == {code: (catalogue[code]["name"], catalogue[code]["severity"]) for code in known}
    assert len(known) > 80


def test_what_the_catalogue_does_not_have_are_limits(catalogue: dict[str, dict[str, Any]]) -> None:
    assert {code[0] for code in TABLE if code not in catalogue} <= {"L"}


def test_the_lesser_forms_are_those_of_the_catalogue(catalogue: dict[str, dict[str, Any]]) -> None:
    for code, (_, severity) in _LESSER.items():
        assert severity == "warning"
        assert catalogue[code]["severity"] == "error"
        assert "warn" in catalogue[code]["what"]


@pytest.mark.parametrize(
    ("raw", "code", "severity"),
    [
        pytest.param(b"Content-Type: text/plain; charset= utf-8\n\n", "M002", "warning", id="white space beside ="),
        pytest.param(b"Content-Type: text/plain charset=utf-8\n\n", "M002", "error", id="no semicolon"),
        pytest.param(b"Date: 24 Nov 2026 09:05:07 +1401\n\n", "H205", "warning", id="zone too far"),
        pytest.param(b"Date: 31 Nov 2026 09:05:07 +0100\n\n", "H205", "error", id="day of no month"),
    ],
)
def test_a_defect_is_as_severe_as_its_form(raw: bytes, code: str, severity: str) -> None:
    assert [(defect.code, defect.severity) for defect in parse(raw).defects] == [(code, severity)]


def test_what_follows_a_detail_changes_no_severity() -> None:
    assert Defect("M002", 0, 1, 1, f"{BESIDE_EQUALS} (inside an encoded message)").severity == "warning"


@pytest.mark.parametrize(
    ("before", "after", "codes"),
    [
        (b"", b"", []),
        (b"\r\n \t\r\n", b"\r\n\r\n", []),
        (b"This is a message in MIME format.\r\n", b"", ["M031"]),
        (b"", b"-- \r\nA footer of a list\r\n", ["M032"]),
    ],
)
def test_text_outside_the_parts_is_told(before: bytes, after: bytes, codes: list[str]) -> None:
    raw = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n%b--b\r\n\r\nx\r\n--b--\r\n%b"
    assert [defect.code for defect in parse(raw % (before, after)).defects] == codes
