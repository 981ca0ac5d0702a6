"""``mimekit bulk``: what it prints, what it leaves, and its exit codes."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from mimekit import parse, ses
from mimekit.bulk import Progress, running
from mimekit.cli import bulk, main, progress
from mimekit.dkim import generate_key
from mimekit.maildir import Outbox

SPEC = """
from = "Shop <shop@example.com>"
to = "{name} <{email}>"
subject = "Receipt {number}"
text = "Dear {name}, receipt {number} is paid."
"""
ROWS = "email,name,number\nada@example.org,Ada,1\nzoe@example.org,Zo\u00eb,2\nmax@example.org,Max,3\n"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to a directory with a template and rows."""
    (tmp_path / "mail.toml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "rows.csv").write_text(ROWS, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0, wrong: str = "") -> str:
    found = main(["bulk", "mail.toml", "rows.csv", "-o", *arguments])
    captured = capsys.readouterr()
    assert (found, captured.err) == (code, wrong)
    return captured.out


def test_the_messages_are_in_the_sink_and_the_counts_are_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = run(capsys, "out.jsonl", "--key", "email", "--run-id", "may", "--now", "2026-11-24T12:00:00+00:00")
    assert out == "3 of 3 rows written to out.jsonl, 0 rejected, 0 skipped\nrun may\n"
    first = parse(ses.load_payload((here / "out.jsonl").read_bytes().splitlines()[0]).data)
    assert (str(first.to), first.subject) == ("Ada <ada@example.org>", "Receipt 1")
    assert first.date is not None
    assert first.date.isoformat() == "2026-11-24T12:00:00+00:00"


def test_two_workers_and_a_maildir(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "maildir:out", "--workers", "2")
    assert [one.rcpt_to for one in Outbox(here / "out").deliveries()] == [
        ("ada@example.org",),
        ("zoe@example.org",),
        ("max@example.org",),
    ]


def test_a_rejected_row_is_told_and_the_exit_code_is_1(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (here / "rows.csv").open("a") as file:
        file.write("\x1b[31m no address,Eve,4\n")
    out = run(capsys, "out.jsonl", code=1)
    assert out.startswith("rejected row 3, key '3': ")
    assert "\x1b" not in out
    assert "3 of 4 rows written to out.jsonl, 1 rejected, 0 skipped" in out
    (line,) = (here / "out.jsonl.rejected.jsonl").read_text().splitlines()
    assert json.loads(line)["field"] == "email"


def test_a_dry_run_writes_nothing(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sorted(here.iterdir())
    out = run(capsys, "smtp://mail.example.com", "--dry-run", "--limit", "2")
    assert out == "2 of 2 rows would be written, 0 rejected, 0 skipped\n"
    assert sorted(here.iterdir()) == before


def test_addresses_are_skipped(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "skip.txt").write_text("ADA@example.org\n")
    out = run(capsys, "out.jsonl", "--skip", "skip.txt", "--sample", "3")
    assert out.startswith("2 of 3 rows written to out.jsonl, 0 rejected, 1 skipped\n")


def test_the_outcome_is_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(run(capsys, "out.jsonl", "--json", "--run-id", "may"))
    assert found == {
        "run_id": "may",
        "rows": 3,
        "written": 3,
        "rejected": 0,
        "skipped": 0,
        "settled": 0,
        "warnings": [],
        "handed": None,
    }
    assert here.is_dir()


def test_a_profile_of_the_linter_is_asked_first(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "3 of 3 rows written" in run(capsys, "out.jsonl", "--lint", "default")
    assert main(["bulk", "mail.toml", "rows.csv", "-o", "more.jsonl", "--lint", "bulk"]) == 2
    assert "row 0, key '0': the linter finds" in capsys.readouterr().err
    assert not (here / "more.jsonl").exists()


def test_a_template_signs_when_it_says_so(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "key.pem").write_bytes(generate_key("ed25519-sha256").to_pem())
    (here / "key.pem").chmod(0o600)
    (here / "mail.toml").write_text(f'{SPEC}\n[dkim]\ndomain = "example.com"\nselector = "s"\nkey = "key.pem"\n')
    run(capsys, "eml:out", "--workers", "2")
    assert [entry.read_bytes()[:15] for entry in (here / "out").glob("*.eml")] == [b"DKIM-Signature:"] * 3


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["out"], "'out' names no sink"),
        (["out.jsonl", "--workers", "0"], "argument --workers: invalid whole number from 1 value: '0'"),
        (["out.jsonl", "--limit", "x"], "argument --limit: invalid whole number from 1 value: 'x'"),
        (["out.jsonl", "--key", "id"], "the rows have no column 'id'"),
        (["out.jsonl", "--now", "yesterday"], "--now is 'yesterday'"),
        (["out.jsonl", "--skip", "missing.txt"], "'missing.txt' cannot be read: No such file"),
        (["smtp://", "--rate", "0"], "names no server"),
        (["smtp://127.0.0.1:9", "--rate", "0"], "rate is 0.0"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(
    arguments: list[str], reason: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["bulk", "mail.toml", "rows.csv", "-o", *arguments]) == 2
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err.startswith("mimekit: ")
    assert found.err.count("\n") == 1
    assert reason in found.err
    assert not (here / "out.jsonl").exists()


def test_another_run_is_an_error(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(capsys, "out.jsonl")
    (here / "mail.toml").write_text(SPEC.replace("Receipt", "Bill"))
    assert main(["bulk", "mail.toml", "rows.csv", "-o", "out.jsonl"]) == 2
    assert "it differs in the template" in capsys.readouterr().err


class TestProgress:
    def test_a_line_tells_the_rate_and_what_is_left(
        self, here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(progress, "_SECONDS", 0.0)
        monkeypatch.setattr(running, "_CHUNK", 1)
        assert main(["bulk", "mail.toml", "rows.csv", "-o", "out.jsonl"]) == 0
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 3
        assert re.fullmatch(r"mimekit: 3 rows, \d+/s, 0 rejected.*", lines[-1])
        assert here.is_dir()

    def test_it_is_said_every_ten_seconds_only(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        now = [100.0]
        monkeypatch.setattr("mimekit.cli.progress.time.monotonic", lambda: now[0])
        with bulk._told() as tell:
            for second in range(60):
                now[0] = 100.0 + second
                tell(Progress(rows=1000 * second, written=0, rejected=7, skipped=0, fraction=second / 120))
        said = capsys.readouterr().err.splitlines()
        assert said[0] == "mimekit: 10,000 rows, 1,000/s, 7 rejected, 8%, 0:01:50 left"
        assert len(said) == 5

    def test_a_terminal_gets_a_bar(self, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        import io

        class Screen(io.StringIO):
            encoding = "utf-8"

            def isatty(self) -> bool:
                return True

        screen = Screen()
        monkeypatch.setattr(progress, "TICK", 0.0)
        monkeypatch.setattr("sys.stderr", screen)
        monkeypatch.setenv("TERM", "xterm")
        with bulk._told() as tell:
            tell(Progress(rows=5, written=5, rejected=0, skipped=0, fraction=0.5))
            tell(Progress(rows=9, written=9, rejected=0, skipped=0, fraction=0.9))
        assert "9 rows" in screen.getvalue()
        assert "90%" in screen.getvalue()
        assert here.is_dir()
