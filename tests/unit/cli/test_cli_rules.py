"""`mimekit rules`: all rules, or those that are meant."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mimekit.cli import main
from mimekit.lint import selection
from mimekit.lint.rule import REGISTRY


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    found = main(["rules", *arguments])
    captured = capsys.readouterr()
    assert (found, captured.err) == (code, "")
    return captured.out


def listed(out: str) -> list[str]:
    return [line.split()[0] for line in out.splitlines()[:-1]]


def test_all_are_listed_and_counted(capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys)
    assert listed(out) == sorted(selection.load())
    assert out.endswith(f"\n{len(selection.load())} rules\n")


def test_a_line_says_code_severity_fix_name_and_profiles(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "H204") == "H204 error   [*] date-weekday-mismatch  default\n1 rule\n"


def test_filters_meet(capsys: pytest.CaptureFixture[str]) -> None:
    known = selection.load()
    assert set(listed(run(capsys, "H2"))) == {code for code in known if code.startswith("H2")}
    assert {known[code].severity for code in listed(run(capsys, "--severity", "info"))} == {"info"}
    assert all("bulk" in known[code].profiles for code in listed(run(capsys, "--profile", "bulk")))
    assert all(known[code].fix for code in listed(run(capsys, "--fixable")))
    assert listed(run(capsys, "--search", "Weekday mismatch")) == ["H204"]


def test_json_has_the_pages(capsys: pytest.CaptureFixture[str]) -> None:
    (one,) = json.loads(run(capsys, "H204", "--json"))
    assert (one["code"], one["name"], one["severity"], one["fix"]) == ("H204", "date-weekday-mismatch", "error", "safe")
    assert one["bad"] == ["Date: Mon, 24 Nov 2026 03:30:00 +0000"]


@pytest.mark.parametrize(
    ("arguments", "said"), [(("H2O4",), "did you mean"), (("--profile", "bluk"), "did you mean bulk?")]
)
def test_what_is_unknown_is_one_line(capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str) -> None:
    assert main(["rules", *arguments]) == 2
    captured = capsys.readouterr()
    assert (captured.out, captured.err.count("\n")) == ("", 1)
    assert said in captured.err


PLUGIN = '''
from mimekit.lint import rule

@rule("{code}", severity="info", name="of-the-shop-{name}")
def checks(mail, context):
    """
    The shop wants it otherwise.

    Why it matters: it is the shop's own rule.
    """
'''


@pytest.mark.usefixtures("kept_rules")
def test_rules_of_the_plugins_of_the_configuration_are_listed_and_explained(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "of_the_shop_rules.py").write_text(PLUGIN.format(code="SHOP77", name="here"), encoding="utf-8")
    (tmp_path / "mimekit.toml").write_text('plugins = ["of_the_shop_rules"]\n', encoding="utf-8")
    (tmp_path / "mail").mkdir()
    monkeypatch.chdir(tmp_path / "mail")
    assert run(capsys, "SHOP77") == "SHOP77 info        of-the-shop-here  default\n1 rule\n"
    assert main(["explain", "of-the-shop-here"]) == 0
    assert "The shop wants it otherwise." in capsys.readouterr().out


def test_a_configuration_that_cannot_be_read_is_said(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mimekit.toml").write_text('plugins = ["no_such_rules"]\n', encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    assert main(["rules"]) == 2
    assert "no_such_rules" in capsys.readouterr().err


@pytest.fixture
def kept_rules() -> Iterator[None]:
    before = dict(REGISTRY)
    yield
    REGISTRY.clear()
    REGISTRY.update(before)
