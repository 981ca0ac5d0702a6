"""`mimekit explain`: the page of a rule."""

from __future__ import annotations

import json

import pytest

from mimekit.cli import main
from mimekit.lint import selection


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["explain", *arguments]) == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    return captured.out


def test_a_page_has_all_its_parts(capsys: pytest.CaptureFixture[str]) -> None:
    page = run(capsys, "H204")
    assert page.startswith("H204 date-weekday-mismatch (error)\nProfiles: default\n\n")
    heads = ["Why it matters:", "Bad:", "    Date: Mon, 24 Nov", "Good:", "    Date: Tue, 24 Nov", "References:"]
    assert [page.index(head) for head in heads] == sorted([page.index(head) for head in heads])


@pytest.mark.parametrize("word", ["h204", "date-weekday-mismatch"])
def test_a_name_does_as_well(capsys: pytest.CaptureFixture[str], word: str) -> None:
    assert run(capsys, word) == run(capsys, "H204")


def test_every_rule_can_be_explained(capsys: pytest.CaptureFixture[str]) -> None:
    pages = run(capsys, "ALL")
    for code, rule in selection.load().items():
        assert f"{code} {rule.name} ({rule.severity})\n" in pages


def test_json_of_one_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert json.loads(run(capsys, "H204", "--json"))["code"] == "H204"
    assert [one["code"] for one in json.loads(run(capsys, "H204", "H202", "--json"))] == ["H202", "H204"]


def test_what_is_unknown_is_one_line_with_what_was_meant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "date-weekday-mismach"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.endswith("(did you mean date-weekday-mismatch?); see mimekit rules\n")
    assert captured.err.count("\n") == 1
