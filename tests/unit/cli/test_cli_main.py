"""The command line as a whole: exit codes, one line for an error, pipes, sources."""

from __future__ import annotations

import os
import subprocess
import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest

from mimekit.cli import main, show

RAW = b"From: a@x.test\r\nTo: b@x.test\r\nSubject: Hi\r\n\r\nHello.\r\n"
SPEC = b'# a spec\n\nfrom = "a@x.test"\nto = "b@x.test"\nsubject = "Hi"\ntext = "Hello."\n'


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run a verb; give its exit code and what it printed."""
    code = main(arguments)
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def stdin(monkeypatch: pytest.MonkeyPatch, octets: bytes) -> None:
    """Put octets on standard input."""
    monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(octets), encoding="utf-8"))


class TestUse:
    def test_help_names_the_verbs(self, capsys: pytest.CaptureFixture[str]) -> None:
        code, out, _ = run(capsys, "--help")
        assert code == 0
        assert all(verb in out for verb in ("compose", "show", "envelope", "send"))

    @pytest.mark.parametrize("verb", ["compose", "show", "envelope", "send"])
    def test_each_verb_has_help(self, capsys: pytest.CaptureFixture[str], verb: str) -> None:
        code, out, err = run(capsys, verb, "--help")
        assert (code, err) == (0, "")
        assert out.startswith(f"usage: mimekit {verb}")

    @pytest.mark.parametrize(
        ("arguments", "sentence"),
        [
            ((), "the following arguments are required: VERB (see mimekit --help)"),
            (("shwo",), "invalid choice: 'shwo'"),
            (("show",), "the following arguments are required: FILE (see mimekit show --help)"),
            (("show", "a", "b"), "unrecognized arguments: b"),
            (("send", "a", "--bcc", "lost"), "argument --bcc: invalid choice: 'lost'"),
            (("send", "a", "--ses", "--smtp", "x:1"), "not allowed with argument"),
            (("compose", "a", "--ses", "v3"), "argument --ses: invalid choice: 'v3'"),
            (("show", "nothing.eml"), "nothing.eml: No such file or directory"),
            (("compose", "nothing.toml"), "nothing.toml: No such file or directory"),
            (("show", "."), ".: Is a directory"),
            (("show", "a\x1b[2J"), "a\\x1b[2J: No such file"),
            (("show", "a\0b"), "embedded null byte"),
        ],
    )
    def test_wrong_use_is_one_line_and_2(
        self, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
    ) -> None:
        code, out, err = run(capsys, *arguments)
        assert (code, out) == (2, "")
        assert err.startswith("mimekit: ")
        assert sentence in err
        assert err.count("\n") == 1

    def test_a_fault_of_ours_shows_no_traceback(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(*_: object) -> int:
            raise ZeroDivisionError

        monkeypatch.setattr(show, "run", broken)
        code, out, err = run(capsys, "show", "x")
        assert (code, out, err) == (2, "", "mimekit: internal error, please report it: ZeroDivisionError: \n")

    def test_an_interrupt_is_one_line(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def interrupted(*_: object) -> int:
            raise KeyboardInterrupt

        monkeypatch.setattr(show, "run", interrupted)
        assert run(capsys, "show", "x") == (130, "", "mimekit: interrupted\n")

    def test_a_reader_that_went_away_is_no_error_message(self, tmp_path: Path) -> None:
        (tmp_path / "m.eml").write_bytes(b"".join([b"X-Field: value\r\n"] * 9_000) + b"\r\n")
        read, write = os.pipe()
        os.close(read)
        command = [sys.executable, "-c", "import sys; from mimekit.cli import main; sys.exit(main())", "show", "m.eml"]
        root = Path(__file__).parents[3]
        with os.fdopen(write, "wb") as pipe:
            done = subprocess.run(
                command,
                stdout=pipe,
                stderr=subprocess.PIPE,
                cwd=tmp_path,
                env={**os.environ, "PYTHONPATH": str(root)},
                check=False,
            )
        assert (done.returncode, done.stderr) == (1, b"")


class TestSources:
    @pytest.mark.parametrize("verb", ["compose", "show", "envelope", "send"])
    @pytest.mark.parametrize(("name", "octets"), [("x.eml", RAW), ("x.toml", SPEC), ("spec", SPEC), ("message", RAW)])
    def test_each_verb_takes_a_spec_and_a_message(  # noqa: PLR0913, PLR0917 - fixtures and what comes from the tables
        self,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        verb: str,
        name: str,
        octets: bytes,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path(name).write_bytes(octets)
        code, out, err = run(capsys, verb, name)
        assert (code, err) == (0, "")
        assert "b@x.test" in out

    @pytest.mark.parametrize("verb", ["compose", "show", "envelope", "send"])
    @pytest.mark.parametrize("octets", [RAW, SPEC, b"[headers]\nX-A = 'b@x.test'\n" + SPEC[:0], b"\xef\xbb\xbf" + SPEC])
    def test_each_reads_standard_input(
        self,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
        tmp_path: Path,
        verb: str,
        octets: bytes,
    ) -> None:
        monkeypatch.chdir(tmp_path)
        stdin(monkeypatch, octets)
        code, out, err = run(capsys, verb, "-")
        if octets.startswith(b"[headers]"):
            assert (code, out) == (2, "")
            assert err.startswith("mimekit: standard input: there is no key from")
        else:
            assert (code, err) == (0, "")
            assert "b@x.test" in out

    def test_a_spec_on_standard_input_finds_files_below_here(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.chdir(tmp_path)
        Path("text.txt").write_text("Out of a file.")
        stdin(monkeypatch, b'from = "a@x.test"\ntext_file = "text.txt"\n')
        code, out, _ = run(capsys, "compose", "-")
        assert code == 0
        assert "Out of a file." in out

    def test_a_spec_with_files_is_relative_to_itself(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        (tmp_path / "text.txt").write_text("Out of a file.")
        (tmp_path / "mail.toml").write_text('from = "a@x.test"\ntext_file = "text.txt"\n')
        code, out, _ = run(capsys, "compose", str(tmp_path / "mail.toml"))
        assert code == 0
        assert "Out of a file." in out

    def test_a_mistake_in_a_spec_is_named(self, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
        (tmp_path / "mail.toml").write_text('from = "a@x.test"\nsubjct = "x"\n')
        code, _, err = run(capsys, "compose", str(tmp_path / "mail.toml"))
        assert (code, err) == (2, "mimekit: mail.toml: subjct is 'x'; no key of a spec; did you mean subject?\n")

    def test_a_signature_that_cannot_be_made_stops_the_verb(
        self, capsys: pytest.CaptureFixture[str], tmp_path: Path
    ) -> None:
        (tmp_path / "mail.toml").write_text('from = "a@x.test"\n[dkim]\nselector = "s"\n')
        code, out, err = run(capsys, "compose", str(tmp_path / "mail.toml"))
        assert (code, out) == (2, "")
        assert err == "mimekit: mail.toml: dkim has no domain; a signature needs domain, selector and key (a file)\n"
