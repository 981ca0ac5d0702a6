"""
Every target as a plain test: its seeds, and inputs made of them, the same in every run.

So the targets are whole wherever the tests run, with or without a fuzzer; what `make fuzz` found lies among the seeds.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from tests.fuzzing import __main__ as runner
from tests.fuzzing import replay, unguided
from tests.fuzzing import seeds as kinds
from tests.fuzzing.mutating import mutated, tokens
from tests.fuzzing.session import Session
from tests.fuzzing.shrinking import shrunk
from tests.fuzzing.target import MODULES, TARGETS, Target, load
from tests.fuzzing.watching import Watch, bound, stretched

FOLDER = Path(__file__).parent
WORK = 16_000
"""Passes over inputs that a target does here."""
FEWEST = 40
_TWO = """
from hypothesis import given, settings, strategies as st

@given(st.integers())
@settings(max_examples=30)
def test_one(number):
    pass

def test_two():
    @given(st.integers())
    @settings(max_examples=40)
    def check(number):
        pass
    check()
"""
PLAIN = Target("plain", lambda _: None, "messages", 4, 200, 60_000)


def run(target: Target, inputs: list[bytes]) -> None:
    watch = Watch(target)
    for octets in inputs:
        find = watch.judge(octets)
        assert find is None, f"{find.text}\n{octets!r}"


@pytest.mark.parametrize("target", load().values(), ids=load())
def test_a_target_holds_for_its_seeds_and_for_what_is_made_of_them(target: Target) -> None:
    few = max(WORK // target.passes // 4, FEWEST)
    made = kinds.seeds(target.seeds)
    chosen = [*kinds.files(target.seeds), *made[:: max(1, len(made) // few)]]
    run(target, [b"", *chosen, *islice(unguided.inputs(target, Random(target.name)), 3 * few)])


@pytest.mark.parametrize("target", load().values(), ids=load())
def test_a_target_takes_no_time_that_is_not_linear(target: Target) -> None:
    made = kinds.seeds(target.seeds)
    run(target, [stretched(octets, target.stretched // 4) for octets in made[:: max(1, len(made) // 4)]])


def test_every_module_has_targets_and_every_kind_of_seeds_is_used() -> None:
    assert {target.run.__module__.rpartition(".")[2] for target in TARGETS.values()} == set(MODULES)
    assert {target.seeds for target in TARGETS.values()} == set(kinds.KINDS)
    assert {path.name for path in (FOLDER / "seeds").iterdir()} <= set(kinds.KINDS)
    for kind in kinds.KINDS:
        assert kinds.seeds(kind), kind


class TestWatching:
    def test_what_raises_is_a_find_named_by_its_place(self) -> None:
        def broken(octets: bytes) -> None:
            assert octets != b"x", "it is x"

        find = Watch(PLAIN._replace(run=broken)).judge(b"x")
        assert find is not None
        assert find.key.startswith("AssertionError test_targets:")
        assert "it is x" in find.text
        assert Watch(PLAIN._replace(run=broken)).judge(b"y") is None

    def test_what_takes_too_long_is_a_find(self) -> None:
        def slow(octets: bytes) -> None:
            for _ in range(len(octets) ** 2):
                pass

        slow_target = PLAIN._replace(run=slow, passes=1)
        find = Watch(slow_target).judge(bytes(6000))
        assert find is not None
        assert find.key == "slow plain"
        assert Watch(slow_target).judge(bytes(50)) is None

    def test_a_stretched_input_shows_what_is_slow_on_long_ones_only(self) -> None:
        def slow(octets: bytes) -> None:
            for _ in range(octets.count(b"(") ** 2 // 10):
                pass

        watch = Watch(PLAIN._replace(run=slow, passes=1, stretched=40_000))
        assert watch.judge(b"(") is None
        find = watch(b"(")
        assert find is not None
        assert find.octets == b"(" * len(find.octets)

    def test_a_second_for_100_kb_is_allowed_for_each_pass(self) -> None:
        assert bound(PLAIN._replace(passes=1), 100_000) == pytest.approx(1.05)

    @pytest.mark.parametrize("octets", [b"a", b"a: b\nc: d\n", bytes(range(256))])
    def test_stretching_repeats_a_piece_and_is_the_same_every_time(self, octets: bytes) -> None:
        made = stretched(octets, 5000)
        assert made == stretched(octets, 5000)
        assert 4000 < len(made) <= 5000 + len(octets)
        assert set(made) == set(octets)


class TestMutating:
    def test_what_is_made_depends_on_the_source_of_randomness_alone(self) -> None:
        others = kinds.seeds("messages")
        first, again = [[mutated(others[0], Random(number), others, 4096) for number in range(200)] for _ in range(2)]
        assert first == again
        assert len(set(first)) > 150
        assert max(map(len, first)) <= 4096

    def test_an_empty_input_and_a_short_bound_are_no_trouble(self) -> None:
        for number in range(500):
            assert len(mutated(b"", Random(number), (b"",), 7)) <= 7

    def test_the_dictionary_is_read_as_libfuzzer_reads_it(self) -> None:
        assert {b"\r\n", b"Bcc:", b'\\"', b"=?utf-8?q?a?=", b"\x1b$B"} <= set(tokens())
        assert len(tokens()) > 200


class TestRunning:
    def test_a_session_writes_its_figures_and_each_find_once(self, tmp_path: Path) -> None:
        def broken(octets: bytes) -> None:
            assert b"x" not in octets

        session = Session(PLAIN._replace(run=broken), tmp_path)
        for octets in (b"a", b"long x", b"x", b"xx"):
            session.one_input(octets)
        session.report()
        figures = json.loads((tmp_path / "report.json").read_text())
        assert figures["executions"] == 4
        assert len(figures["finds"]) == 1
        found = [path for path in (tmp_path / "finds").iterdir() if path.suffix != ".txt"]
        assert [path.read_bytes() for path in found] == [b"x"]

    def test_the_table_has_a_row_for_each_target_and_a_sum(self) -> None:
        rows = [
            runner.Row("one", 5, 1000, (12, 34), (0.5, 300), ()),
            runner.Row("two", 5, 20, None, (0.25, 7), ("finds/x",)),
        ]
        head, one, two, both = [re.split("  +", line) for line in runner.table(rows).splitlines()]
        assert head == ["target", "seconds", "executions", "exec/s", "edges", "features", "slowest input", "finds"]
        assert one == ["one", "5", "1,000", "200", "12", "34", "0.500 s, 300 octets", "0"]
        assert two == ["two", "5", "20", "4", "-", "-", "0.250 s, 7 octets", "1"]
        assert both == ["2 targets", "10", "1,020", "102", "-", "-", "0.500 s, 300 octets", "1"]

    def test_the_command_runs_a_target_says_what_it_did_and_leaves_nothing_else(self, tmp_path: Path) -> None:
        folder, scratch = tmp_path / "folder", tmp_path / "scratch"
        scratch.mkdir()
        command = [sys.executable, "-m", "tests.fuzzing", "row-files", "--no-draw", "--seconds=1"]
        done = subprocess.run(
            [*command, "--folder", str(folder)],
            cwd=FOLDER.parents[1],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "TMPDIR": str(scratch)},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        assert "1 targets" in done.stdout
        assert "no find, " in done.stdout
        assert json.loads((folder / "row-files" / "report.json").read_text())["executions"] > 10
        assert list(scratch.iterdir()) == []

    def test_examples_are_counted_in_properties_that_a_test_calls_too(self, tmp_path: Path) -> None:
        (tmp_path / "test_two.py").write_text(_TWO)
        plugins = ("-p", "no:cacheprovider", "-p", "tests.fuzzing.counting")
        command = [sys.executable, "-m", "pytest", "-q", *plugins, "--rootdir", str(tmp_path), "-c", "/dev/null"]
        done = subprocess.run(
            [*command, str(tmp_path)], cwd=FOLDER.parents[1], capture_output=True, text=True, check=False
        )
        assert "drew 70 examples" in done.stdout, done.stdout + done.stderr

    def test_an_unknown_target_is_an_error_that_names_the_known_ones(self, capsys: pytest.CaptureFixture[str]) -> None:
        with pytest.raises(SystemExit):
            runner.main(["nope"])
        assert "no target is named nope; there are address-input, " in capsys.readouterr().err

    def test_a_find_is_confirmed_without_the_fuzzer_and_left_out_otherwise(self, tmp_path: Path) -> None:
        (tmp_path / "harmless").write_bytes(b"Tue, 24 Nov 2026 12:00:00 +0000")
        assert runner._confirmed("date", [tmp_path / "harmless"]) == ()

    def test_the_slowest_input_is_measured_without_the_fuzzer(self, tmp_path: Path) -> None:
        (tmp_path / "slowest").write_bytes(b"Tue, 24 Nov 2026 12:00:00 +0000")
        measured = runner._measured("date", tmp_path / "slowest")
        assert measured is not None
        assert measured[0] < 1
        assert measured[1] == 31


class TestReplaying:
    @pytest.fixture(autouse=True)
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(octets: bytes) -> None:
            assert b"x" not in octets.partition(b":")[2], "an x"

        monkeypatch.setitem(TARGETS, "broken", PLAIN._replace(name="broken", run=broken))

    def test_a_find_is_made_short_and_told(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "find").write_bytes(b"Subject: a b c x d e f\r\n\r\nHello\r\n")
        assert replay.main(["broken", str(tmp_path / "find"), "--shrink"]) == 1
        assert (tmp_path / "find").read_bytes() == b":x"
        said = capsys.readouterr().out
        assert "AssertionError: an x" in said
        assert "2 octets: b':x'" in said

    def test_what_holds_is_left_as_it_is(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (tmp_path / "find").write_bytes(b"x: a")
        assert replay.main(["broken", str(tmp_path / "find"), "--shrink"]) == 0
        assert (tmp_path / "find").read_bytes() == b"x: a"
        assert "nothing is wrong; 0.0" in capsys.readouterr().out

    def test_what_is_left_is_made_plain(self) -> None:
        assert shrunk(b"\r\n(z)\r\n", lambda octets: octets[2:3] == b"(") == b"aa("

    def test_shrinking_ends_when_its_time_is_up(self) -> None:
        assert shrunk(b"abc" * 9, lambda _: True, seconds=0) == b"abc" * 9
