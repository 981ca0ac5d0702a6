"""`mimekit lint`: what is looked at, what is told, the exit codes, mending, baselines, several processes."""

from __future__ import annotations

import json
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from mimekit import Message, dkim, lint, parse
from mimekit.cli import lint as verb
from mimekit.cli import main
from mimekit.lint import examples
from mimekit.maildir import Maildir

CLEAN = examples.BASE.replace(b"\n", b"\r\n")
RAW = CLEAN.replace(b"Tue, 24 Nov", b"Mon, 24 Nov")
NOW = ("--now", "2026-11-24T04:00:00+00:00")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to a directory with a message that has one fault, an error, and one without."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.eml").write_bytes(RAW)
    (tmp_path / "clean.eml").write_bytes(CLEAN.replace(b"7f3a9c2e", b"00000000"))
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """Run the verb; give what it printed, and insist on the exit code and on silence on standard error."""
    found = main(["lint", *arguments, *NOW])
    captured = capsys.readouterr()
    assert (found, captured.err) == (code, "")
    return captured.out


def both(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> tuple[str, str]:
    found = main(["lint", *arguments, *NOW])
    captured = capsys.readouterr()
    assert found == code, captured.err
    return captured.out, captured.err


def codes(out: str) -> list[str]:
    return [json.loads(line)["code"] for line in out.splitlines()]


class TestReports:
    def test_a_finding_is_shown_with_its_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        out = run(capsys, "bad.eml", code=1)
        assert out.startswith(
            "bad.eml:1:7: error H204 [*] date-weekday-mismatch: 24 Nov 2026 is a Tuesday\n  |\n1 | Date:"
        )
        assert out.endswith("Profile: default.\n[*] 1 can be mended with --fix.\n")

    def test_nothing_found_is_0(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "clean.eml") == "Nothing found in 1 message. Profile: default.\n"

    def test_no_source_shows_no_octets(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert "03:30:00" not in run(capsys, "bad.eml", "--no-source", code=1)

    def test_several_reports_at_once(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        files = ("json=a.json", "sarif=a.sarif", "junit=a.xml", "gitlab=a.gitlab", "github=a.github", "text=a.txt")
        out = run(capsys, ".", *[part for one in files for part in ("--output", one)], "--output", "jsonl", code=1)
        assert codes(out) == ["H204"]
        assert len(json.loads((here / "a.json").read_text())["findings"]) == 1
        assert len(json.loads((here / "a.sarif").read_text())["runs"][0]["results"]) == 1
        assert len(list(ET.parse(here / "a.xml").iter("testcase"))) == 2  # noqa: S314 - made by us
        assert (here / "a.github").read_text().startswith("::error file=bad.eml,line=1,")
        assert (here / "a.txt").read_text().startswith("bad.eml:1:7: error H204")

    def test_a_page_and_the_text(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert "bad.eml:1:7" in run(capsys, "bad.eml", "--html", "report.html", code=1)
        assert (here / "report.html").read_text().startswith("<!DOCTYPE html>")

    def test_statistics_count_the_rules(self, capsys: pytest.CaptureFixture[str]) -> None:
        out = run(capsys, "bad.eml", "bad.eml", "--statistics", code=1)
        assert out.endswith("\n2  H204  date-weekday-mismatch\n")
        assert "bad.eml" not in out

    def test_a_terminal_is_not_obeyed(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "esc\x1b[2J.eml").write_bytes(RAW.replace(b"John Roe", b"\x1b[2J[red]"))
        out = run(capsys, "esc\x1b[2J.eml", code=1)
        assert "\x1b" not in out
        assert "esc\\x1b[2J.eml:1:7" in out


class TestRules:
    @pytest.mark.parametrize("word", ["H204", "H2", "date-weekday-mismatch", "E0,H204", "ALL"])
    def test_select_takes_codes_prefixes_and_names(self, capsys: pytest.CaptureFixture[str], word: str) -> None:
        assert "H204" in codes(run(capsys, "bad.eml", "--select", word, "--output", "jsonl", code=1))

    def test_select_replaces_and_ignore_wins(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "bad.eml", "--select", "E0", "--output", "jsonl") == ""
        assert run(capsys, "bad.eml", "--ignore", "H204", "--output", "jsonl") == ""
        run(capsys, "bad.eml", "--select", "E0", "--extend-select", "H204", "--output", "jsonl", code=1)

    def test_profiles_are_named_in_the_summary(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert "Profile: wire." in run(capsys, "clean.eml", "--profile", "wire")

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (("--select", "H2O4"), "'H2O4' is no code, prefix or name of a rule (did you mean"),
            (("--ignore", "date-weekday-mismach"), "(did you mean date-weekday-mismatch?)"),
            (("--profile", "bluk"), "there is no profile 'bluk' (did you mean bulk?)"),
            (("--output", "sarf"), "--output is 'sarf' (did you mean sarif?)"),
            (("--output", "json", "--output", "text"), "more than one report without a file"),
            (("--fail-level", "fatal"), "invalid choice: 'fatal'"),
            (("--envelope-from", "a@x.test"), "give both"),
            (("--dkim-key", "s1"), "give SELECTOR=FILE"),
            (("--dkim-key", "s1=none.pem"), "none.pem: No such file"),
            (("--baseline", "none.json"), "make it with --baseline-write create"),
            (("--baseline-write", "create"), "needs --baseline FILE"),
            (("--workers", "0"), "--workers is 0"),
            (("--now", "yesterday"), "--now is 'yesterday'"),
        ],
    )
    def test_wrong_use_is_one_line_and_2(
        self, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
    ) -> None:
        code = main(["lint", "bad.eml", *arguments])
        captured = capsys.readouterr()
        assert (code, captured.out, captured.err.count("\n")) == (2, "", 1)
        assert captured.err.startswith("mimekit: ")
        assert said in captured.err


class TestExitCodes:
    def test_the_fail_level_decides(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "mimekit.toml").write_text('severity = { H204 = "info" }')
        assert "info H204" in run(capsys, "bad.eml")
        run(capsys, "bad.eml", "--fail-level", "info", code=1)

    def test_exit_zero_is_0(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert "H204" in run(capsys, "bad.eml", "--exit-zero")

    def test_what_cannot_be_read_is_told_and_2_at_the_end(self, capsys: pytest.CaptureFixture[str]) -> None:
        out, err = both(capsys, "none.eml", "bad.eml", "--exit-zero", code=2)
        assert err == "mimekit: none.eml: No such file or directory\n"
        assert "bad.eml:1:7" in out

    def test_a_directory_without_messages_is_said(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "empty").mkdir()
        assert "no message was found in empty" in both(capsys, "empty")[1]


class TestInput:
    def test_a_mailbox_has_a_message_for_each(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        plain = RAW.replace(b"\r\n", b"\n")
        other = plain.replace(b"7f3a9c2e", b"00000001")
        head = b"From jane@shop.example Tue Nov 24 03:30:00 2026\n"
        (here / "box.mbox").write_bytes(head + plain + b"\n" + head + other)
        found = [json.loads(line) for line in run(capsys, "box.mbox", "--output", "jsonl", code=1).splitlines()]
        line = (here / "box.mbox").read_bytes().count(b"\n", 0, len(head + plain) + 1) + 2
        assert [(one["number"], one["line"], one["column"]) for one in found] == [(1, 2, 7), (2, line, 7)]

    def test_a_message_id_of_an_earlier_message_is_found(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "copy.eml").write_bytes(CLEAN.replace(b"this morning", b"this evening"))
        assert codes(run(capsys, "bad.eml", "copy.eml", "--select", "H214", "--output", "jsonl", code=1)) == ["H214"]

    def test_standard_input(self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(RAW), encoding="utf-8"))
        assert run(capsys, "-", code=1).startswith("-:1:7: error H204")

    def test_a_spec_is_judged_with_its_envelope(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "mail.toml").write_text(
            'from = "Ada <ada@shop.example>"\nto = "grace@customer.example"\nbcc = "h@customer.example"\n'
            'subject = "Notes"\ntext = "Hello."\n'
        )
        run(capsys, "mail.toml", "--fail-level", "error")

    def test_a_maildir(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        Maildir(here / "box", create=True).add(RAW)
        assert codes(run(capsys, "box", "--output", "jsonl", code=1)) == ["H204"]

    def test_an_envelope_is_given(self, capsys: pytest.CaptureFixture[str]) -> None:
        to = ("--rcpt", "john@customer.example")
        assert "X029" in codes(run(capsys, "clean.eml", "--envelope-from", "", *to, "--output", "jsonl", code=1))
        run(capsys, "clean.eml", "--envelope-from", "jane@shop.example", *to)

    def test_the_wire_is_given(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "bcc.eml").write_bytes(CLEAN.replace(b"Subject:", b"Bcc: hidden@customer.example\r\nSubject:"))
        assert codes(run(capsys, "bcc.eml", "--wire", "--profile", "wire", "--output", "jsonl", code=1)) == ["H110"]

    @pytest.mark.parametrize("form", ["private", "record"])
    def test_a_key_verifies_signatures(self, here: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
        key = dkim.generate_key("ed25519-sha256")
        signed = dkim.sign(parse(CLEAN), [dkim.Signer("shop.example", selector="s1", key=key)]).to_bytes()
        (here / "signed.eml").write_bytes(signed)
        (here / "broken.eml").write_bytes(signed.replace(b"this morning", b"this evening"))
        (here / "key").write_bytes(key.to_pem() if form == "private" else dkim.txt_record(key).encode())
        arguments = ("--select", "D", "--dkim-key", "s1=key", "--output", "jsonl")
        good = codes(both(capsys, "signed.eml", *arguments, "--exit-zero")[0])
        bad = codes(both(capsys, "broken.eml", *arguments, "--exit-zero")[0])
        assert set(bad) - set(good)


class TestConfiguration:
    def test_the_nearest_file_counts_for_each_message(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "pyproject.toml").write_text('[tool.mimekit.lint]\nselect = ["E0"]\n')
        (here / "deep").mkdir()
        (here / "deep/bad.eml").write_bytes(RAW)
        (here / "deep/mimekit.toml").write_text('extend-select = ["H204"]')
        out = run(capsys, "bad.eml", "deep/bad.eml", "--output", "jsonl", code=1)
        assert [json.loads(line)["file"] for line in out.splitlines()] == ["deep/bad.eml"]

    def test_ignores_for_files_and_messages(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "mimekit.toml").write_text('[per-file-ignores]\n"b*.eml" = { H204 = "old" }\n')
        run(capsys, "bad.eml")
        (here / "mimekit.toml").write_text('[per-message-ignores]\n"From: *@shop.example" = { H204 = "theirs" }\n')
        run(capsys, "bad.eml")

    def test_an_ignore_without_use_or_reason_is_told(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "mimekit.toml").write_text(
            'ignore = ["H204"]\n[per-file-ignores]\n"clean*" = { E0 = "old" }\n"other*" = { E0 = "not in question" }\n'
        )
        out = run(capsys, "bad.eml", "clean.eml", "--output", "jsonl", code=1)
        told = [(one["file"], one["code"], one["message"]) for one in map(json.loads, out.splitlines())]
        assert told == [
            ("mimekit.toml", "L021", "ignore: the ignore H204 has no reason"),
            ("mimekit.toml", "L020", "per-file-ignores: clean*: the ignore E0 matched nothing"),
        ]
        run(capsys, "bad.eml", "clean.eml", "--ignore", "L020")
        run(capsys, "clean.eml", "--select", "E0")

    def test_a_wrong_file_is_one_line_and_2(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "mimekit.toml").write_text("selct = 'H2'")
        _, err = both(capsys, "bad.eml", code=2)
        assert "did you mean select?" in err
        assert err.count("\n") == 1


class TestMending:
    def test_fix_writes_the_file_and_keeps_its_mode(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "bad.eml").chmod(0o640)
        assert run(capsys, "bad.eml", "--fix") == "Mended 1. Nothing found in 1 message. Profile: default.\n"
        assert (here / "bad.eml").read_bytes() == CLEAN
        assert (here / "bad.eml").stat().st_mode & 0o777 == 0o640
        assert sorted([one.name for one in here.iterdir()]) == ["bad.eml", "clean.eml"]

    def test_a_link_stays_one(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "link.eml").symlink_to("bad.eml")
        run(capsys, "link.eml", "--fix")
        assert (here / "link.eml").is_symlink()
        assert (here / "bad.eml").read_bytes() == CLEAN

    def test_what_is_ignored_is_not_mended(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "mimekit.toml").write_text('[per-file-ignores]\n"bad.eml" = { H204 = "a test of dates" }\n')
        run(capsys, "bad.eml", "--fix")
        assert (here / "bad.eml").read_bytes() == RAW

    def test_diff_writes_nothing_and_can_be_applied(
        self, here: Path, capsysbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        assert main(["lint", "bad.eml", "clean.eml", "--diff", *NOW]) == 1
        diff, said = capsysbinary.readouterr()
        assert b"--fix would mend 1. Nothing else found in 2 messages." in said
        assert (here / "bad.eml").read_bytes() == RAW
        assert b"-Date: Mon, 24 Nov 2026 03:30:00 +0000\r\n+Date: Tue, 24 Nov 2026" in diff
        patch = subprocess.run(["patch", "--binary", "bad.eml"], input=diff, check=False, capture_output=True)
        assert patch.returncode == 0, patch.stderr
        assert (here / "bad.eml").read_bytes() == CLEAN
        assert main(["lint", "clean.eml", "--diff", *NOW]) == 0

    def test_the_message_of_standard_input_is_written_out(
        self, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(RAW), encoding="utf-8"))
        assert main(["lint", "-", "--fix", *NOW]) == 0
        captured = capsysbinary.readouterr()
        assert captured.out == CLEAN
        assert captured.err.startswith(b"Mended 1.")

    def test_a_signed_message_is_left(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        key = dkim.generate_key("ed25519-sha256")
        signed = dkim.sign(parse(RAW), [dkim.Signer("shop.example", selector="s1", key=key)]).to_bytes()
        (here / "signed.eml").write_bytes(signed)
        arguments = ("signed.eml", "--fix", "--select", "H204")
        assert "1 signed and not mended" in run(capsys, *arguments, code=1)
        assert (here / "signed.eml").read_bytes() == signed
        run(capsys, *arguments, "--break-signature")
        assert (here / "signed.eml").read_bytes() != signed

    def test_unsafe_fixes_are_asked_for(self, here: Path) -> None:
        raw = RAW.replace(b"text/plain", b"text/html").partition(b"\r\n\r\n")[0] + b"\r\n\r\n<p>Hello</p>\r\n"
        safe = lint.fix(raw).to_bytes()
        unsafe = lint.fix(raw, unsafe=True).to_bytes()
        assert safe != unsafe, "an example that only an unsafe fix mends"
        (here / "two.eml").write_bytes(raw)
        main(["lint", "two.eml", "--fix", *NOW])
        assert (here / "two.eml").read_bytes() == safe
        main(["lint", "two.eml", "--fix", "--unsafe-fixes", *NOW])
        assert (here / "two.eml").read_bytes() == unsafe

    def test_a_mailbox_is_left_and_that_is_said(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        octets = b"From jane@shop.example Tue Nov 24 03:30:00 2026\n" + RAW.replace(b"\r\n", b"\n")
        (here / "box.mbox").write_bytes(octets)
        _, err = both(capsys, "box.mbox", "--fix", code=1)
        assert "box.mbox is not mended: a mailbox is not changed in place" in err
        assert (here / "box.mbox").read_bytes() == octets


class TestBaseline:
    def test_what_is_known_is_not_told_until_there_is_more(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out, err = both(capsys, ".", "--baseline", "base.json", "--baseline-write", "create")
        assert "base.json holds 1 findings" in err
        assert "1 known to the baseline" in out
        assert "1 known to the baseline and not shown." in run(capsys, ".", "--baseline", "base.json")
        (here / "new.eml").write_bytes(RAW.replace(b"7f3a9c2e", b"00000001"))
        assert "new.eml:1:7" in run(capsys, ".", "--baseline", "base.json", code=1)

    def test_what_is_gone_is_said_and_pruned(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        both(capsys, ".", "--baseline", "base.json", "--baseline-write", "create")
        (here / "bad.eml").write_bytes(CLEAN)
        assert "1 of the baseline are there no more" in run(capsys, ".", "--baseline", "base.json")
        both(capsys, ".", "--baseline", "base.json", "--baseline-write", "prune")
        assert json.loads((here / "base.json").read_text())["findings"] == {}

    def test_an_update_takes_what_is_new(self, capsys: pytest.CaptureFixture[str]) -> None:
        both(capsys, "clean.eml", "--baseline", "base.json", "--baseline-write", "create")
        both(capsys, ".", "--baseline", "base.json", "--baseline-write", "update")
        run(capsys, ".", "--baseline", "base.json")

    def test_create_writes_over_nothing(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "base.json").write_text("mine")
        _, err = both(capsys, ".", "--baseline", "base.json", "--baseline-write", "create", code=2)
        assert "is there already" in err
        assert (here / "base.json").read_text() == "mine"


class TestWorkers:
    def test_several_processes_find_what_one_does(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        """Some share a Message-ID with one that another process has, which only the first process knows."""
        (here / "many").mkdir()
        for number in range(330):
            shared = 300 if number in (310, 320) else number
            raw = Message(
                from_="a@shop.example",
                to=f"u{number}@customer.example",
                subject=f"Order {number}",
                text="Hello.",
                message_id=f"<{shared}.7f3a9c2e@shop.example>",
            ).to_bytes()
            (here / f"many/{number:03}.eml").write_bytes(raw if number % 10 else raw.replace(b"\r\n", b"\n", 1))
        (here / "many/box.mbox").write_bytes(b"From a@x.test Tue Nov 24 03:30:00 2026\n" + RAW.replace(b"\r\n", b"\n"))
        arguments = ("many", "--select", "H0,H204,H214", "--output", "jsonl", "--exit-zero")
        one = run(capsys, *arguments, "--workers", "1")
        assert {"H214", "H204", "H001"} <= set(codes(one))
        assert run(capsys, *arguments, "--workers", "2") == one


class TestProgress:
    def test_a_long_run_on_a_terminal_has_a_bar(self, monkeypatch: pytest.MonkeyPatch) -> None:
        class Tty(TextIOWrapper):
            def isatty(self) -> bool:
                return True

        buffer = BytesIO()
        monkeypatch.setattr(sys, "stderr", Tty(buffer, encoding="utf-8"))
        monkeypatch.setenv("TERM", "xterm")
        monkeypatch.setattr(verb, "_SECONDS", 0.0)
        monkeypatch.setattr(verb, "_TICK", 0.0)
        bar = verb._Bar()
        bar.tell(1234, 5)
        bar.hide()
        sys.stderr.flush()
        assert b"1,234 messages" in buffer.getvalue()

    def test_elsewhere_there_is_none(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(capsys, "clean.eml").count("\n") == 1


def test_the_hook_of_pre_commit_names_a_verb_there_is() -> None:
    text = (Path(__file__).parents[3] / ".pre-commit-hooks.yaml").read_text()
    entries = [line.partition(":")[2].split() for line in text.splitlines() if line.strip().startswith("entry:")]
    assert [entry[0] for entry in entries] == ["mimekit"] * 2
    for entry in entries:
        assert main([*entry[1:], "clean.eml", *NOW]) == 0
