"""What a baseline knows a finding by, and what is told of more and of fewer than it holds."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from mimekit.finding import Finding
from mimekit.lint.baseline import Baseline, fingerprint
from mimekit.lint.context import LintError

RAW = b"Date: Mon, 24 Nov 2026\r\nSubject: Hi\r\nTo: a\r\n"


def finding(start: int, end: int, *, code: str = "H204", path: str = "") -> Finding:
    return Finding(code, "x", "error", "said", path=path, start=start, end=end, line=RAW.count(b"\n", 0, start) + 1)


def saved(path: Path, *found: Finding) -> Baseline:
    made = Baseline(str(path))
    made.new("a.eml", RAW, found)
    made.write("create")
    return loaded(path)


def loaded(path: Path) -> Baseline:
    made = Baseline(str(path))
    made.load()
    return made


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path / "base.json"


class TestFingerprint:
    def test_a_moved_line_keeps_it(self) -> None:
        moved = b"X-New: 1\r\n" + RAW
        assert fingerprint(RAW, finding(6, 9)) == fingerprint(moved, finding(16, 19))

    def test_folding_case_and_what_changes_in_every_run_keep_it(self) -> None:
        first, second = b"Date:  Mon, 24\r\n Nov 7f3a", b"date: mon, 1\tnov 00b1"
        assert fingerprint(first, finding(0, len(first))) == fingerprint(second, finding(0, len(second)))

    @pytest.mark.parametrize("other", [finding(10, 13), finding(6, 9, code="H202"), finding(6, 9, path="1")])
    def test_another_place_code_or_part_does_not(self, other: Finding) -> None:
        raw = RAW.replace(b"24 ", b"Tue ")
        assert fingerprint(raw, finding(6, 9)) != fingerprint(raw, other)


class TestBaseline:
    def test_what_is_known_is_not_new(self, here: Path) -> None:
        base = saved(here, finding(6, 9))
        assert base.new("a.eml", RAW, [finding(6, 9)]) == []
        assert base.gone == 0

    def test_one_more_than_was_recorded_is_new(self, here: Path) -> None:
        base = saved(here, finding(6, 9))
        assert base.new("a.eml", RAW, [finding(6, 9), finding(6, 9), finding(24, 31)]) == [
            finding(6, 9),
            finding(24, 31),
        ]

    def test_another_file_knows_nothing_of_it(self, here: Path) -> None:
        base = saved(here, finding(6, 9))
        assert base.new("b.eml", RAW, [finding(6, 9)]) == [finding(6, 9)]
        assert base.gone == 0, "the first file was not looked at"

    def test_fewer_than_recorded_can_be_pruned(self, here: Path) -> None:
        base = saved(here, finding(6, 9), finding(6, 9), finding(24, 31))
        assert base.new("a.eml", RAW, [finding(6, 9)]) == []
        assert base.gone == 2
        assert base.write("prune") == 1
        assert loaded(here).new("a.eml", RAW, [finding(6, 9), finding(6, 9)]) == [finding(6, 9)]

    def test_pruning_records_nothing_new(self, here: Path) -> None:
        base = saved(here, finding(6, 9))
        base.new("a.eml", RAW, [finding(6, 9), finding(24, 31)])
        assert base.write("prune") == 1

    def test_an_update_records_what_there_is_now_of_the_files_looked_at(self, here: Path) -> None:
        base = saved(here, finding(6, 9))
        base.new("b.eml", RAW, [finding(24, 31)])
        assert base.write("update") == 2
        again = loaded(here)
        again.new("a.eml", RAW, [])
        assert again.write("update") == 1

    def test_paths_are_below_the_file(self, here: Path) -> None:
        base = Baseline(str(here))
        base.new(str(here.parent / "deep" / "a.eml"), RAW, [finding(6, 9)])
        base.write("create")
        assert list(json.loads(here.read_text())["findings"]) == ["deep/a.eml"]

    def test_the_file_does_not_depend_on_the_order(self, here: Path) -> None:
        first, second = Baseline(str(here)), Baseline(str(here))
        for base, names in ((first, "ab"), (second, "ba")):
            for name in names:
                base.new(name, RAW, [finding(6, 9), finding(24, 31)])
        first.write("update")
        text = here.read_text()
        second.write("update")
        assert here.read_text() == text

    def test_create_writes_over_nothing(self, here: Path) -> None:
        saved(here, finding(6, 9))
        with pytest.raises(LintError, match="is there already"):
            Baseline(str(here)).write("create")

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "[]",
            "{}",
            '{"version": 2, "findings": {}}',
            '{"version": 1, "findings": {"a": {"b": 3}}}',
            '{"version": 1, "findings": {"a": {"b": {"code": "H204", "count": 1e999}}}}',
            "[" * 9999,
        ],
    )
    def test_what_is_no_baseline_is_one_sentence(self, here: Path, text: str) -> None:
        here.write_text(text)
        with pytest.raises(LintError, match="create it again") as caught:
            loaded(here)
        assert "Error" not in str(caught.value)

    def test_a_count_below_none_hides_nothing(self, here: Path) -> None:
        saved(here, finding(6, 9))
        here.write_text(here.read_text().replace('"count": 1', '"count": -1'))
        assert len(loaded(here).new("a.eml", RAW, [finding(6, 9)] * 2)) == 2

    def test_none_is_one_sentence(self, here: Path) -> None:
        with pytest.raises(LintError, match="cannot be read: No such file"):
            loaded(here)
