"""The verb that has two parsers read what is drawn: what it prints, writes and returns."""

from __future__ import annotations

import base64
import json
import shlex
import shutil
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from mimekit import parse
from mimekit.cli import fuzz, main, progress
from mimekit.cli.terminal import escape
from mimekit.testing import differential

ROOT = Path(__file__).resolve().parents[3]

SHOUTING = """
import json, sys
sys.path.insert(0, {root!r})
from mimekit import parse
while length := sys.stdin.buffer.readline():
    message = parse(sys.stdin.buffer.read(int(length)))
    print(json.dumps({{"subject": {subject}, "message_id": message.message_id}}), flush=True)
"""


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Run the verb; give its exit code and what it printed."""
    code = main(["fuzz", *arguments])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


@pytest.fixture
def faulty(tmp_path: Path) -> str:
    """Give the command of a parser with one fault."""
    return command(tmp_path, "(message.subject or '').upper()")


def command(tmp_path: Path, subject: str) -> str:
    path = tmp_path / "parser.py"
    path.write_text(SHOUTING.format(root=str(ROOT), subject=subject), encoding="utf-8")
    return shlex.join([sys.executable, str(path)])


PLAIN = ("--kind", "messages", "--examples", "30", "--persistent")


def test_disagreements_are_shown_with_their_message_and_section(
    capsys: pytest.CaptureFixture[str], faulty: str
) -> None:
    code, out, err = run(capsys, "--against", faulty, *PLAIN)
    assert (code, err) == (1, "")
    heading, first, second, where, *message = out.split("\n")
    assert heading == "1. subject: case  RFC 5322 3.6.5"
    name = Path(sys.executable).name
    assert first.split()[0] == "mimekit"
    assert second.split()[0] == name
    assert json.loads(first.partition('"')[1] + first.partition('"')[2]).upper() == json.loads(second.split("  ")[-1])
    assert where.startswith("  octets ")
    assert " of the messages" in where
    marked = [line for line in message if line.startswith("  > | ")]
    assert len(marked) == 1
    assert marked[0].startswith("  > | Subject: ")
    assert [line for line in message if line.startswith("    | From: ")]
    assert f" mimekit and {name} disagree in 1 way" in message[-2]
    assert message[-2].startswith("30 messages in ")


def test_agreement_is_0(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(capsys, "--against", "mimekit", "--kind", "messages", "--examples", "10")
    assert (code, err) == (0, "")
    assert out.startswith("10 messages in ")
    assert out.endswith("mimekit (1) and mimekit (2) do not disagree\n")


def test_json_holds_the_message_and_what_each_says(
    capsys: pytest.CaptureFixture[str], faulty: str, tmp_path: Path
) -> None:
    code, out, _ = run(capsys, "--against", faulty, *PLAIN, "--json", "-o", str(tmp_path / "found"))
    found = json.loads(out)
    assert code == 1
    assert (found["examples"], found["seed"], found["known"]) == (30, 0, [])
    (one,) = found["disagreements"]
    octets = base64.b64decode(one["message"])
    assert one["title"] == "subject: case"
    assert one["readings"] == [parse(octets).subject, (parse(octets).subject or "").upper()]
    assert octets[slice(*one["octets"])].startswith(b"Subject: ")
    assert one["file"] == "01-subject-case.eml"
    assert (tmp_path / "found" / one["file"]).read_bytes() == octets


def test_reproducers_are_written_and_their_tests_fail(
    capsys: pytest.CaptureFixture[str], faulty: str, tmp_path: Path
) -> None:
    directory = tmp_path / "found"
    code, out, _ = run(capsys, "--against", faulty, *PLAIN, "-o", str(directory))
    assert code == 1
    assert out.endswith(f"{directory / 'test_reproducers.py'}: 1 test\n")
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", "/dev/null", str(directory)]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
    assert ran.returncode == 1, ran.stdout + ran.stderr
    assert "01-subject-case.eml" in ran.stdout


def test_what_was_found_before_an_interrupt_is_shown_and_written(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, faulty: str, tmp_path: Path
) -> None:
    def interrupt(now: differential.Progress) -> None:
        if now.disagreements:
            signal.raise_signal(signal.SIGINT)

    monkeypatch.setattr(fuzz, "_told", lambda: nullcontext(interrupt))
    directory = tmp_path / "found"
    words = ("--against", faulty, "--kind", "messages", "--seconds", "60", "--persistent", "-o", str(directory))
    code, out, err = run(capsys, *words)
    assert (code, err) == (130, "mimekit: interrupted\n")
    assert out.startswith("1. subject: case")
    assert sorted(path.name for path in directory.iterdir()) == ["01-subject-case.eml", "test_reproducers.py"]


def test_tests_that_somebody_else_wrote_stay(capsys: pytest.CaptureFixture[str], faulty: str, tmp_path: Path) -> None:
    path = tmp_path / "found" / "test_reproducers.py"
    path.parent.mkdir()
    path.write_text("def test_mine():\n    pass\n", encoding="utf-8")
    code, _, err = run(capsys, "--against", faulty, *PLAIN, "-o", str(path.parent))
    assert code == 2
    assert "was not written by mimekit" in err
    assert path.read_text(encoding="utf-8").startswith("def test_mine")


def test_a_directory_that_cannot_be_is_told_before_anything_is_drawn(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delattr(differential, "compare")
    path = tmp_path / "found"
    path.touch()
    assert run(capsys, "--against", "stdlib", "-o", str(path)) == (2, "", f"mimekit: {path}: File exists\n")


def test_only_what_is_selected_is_compared(capsys: pytest.CaptureFixture[str], faulty: str) -> None:
    for arguments in (["--ignore", "subject"], ["--select", "text,message-id"], ["--select", "html", "--select", "to"]):
        code, out, _ = run(capsys, "--against", faulty, *PLAIN, *arguments)
        assert (code, out.count("\n")) == (0, 1), arguments


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "the following arguments are required: --against"),
        (("--against", "no-such-parser"), "'no-such-parser' is no parser; give one of mimekit, stdlib"),
        (("--against", "stdlib", "--kind", "mesages"), "there is no kind 'mesages'; there are messages, renderings"),
        (("--against", "stdlib", "--select", "subjekt"), "there is no aspect 'subjekt'; there are crash, structure"),
        (("--against", "stdlib", "--seconds", "0"), "argument --seconds: invalid number over 0 value: '0'"),
        (("--against", "stdlib", "--examples", "0"), "argument --examples: invalid whole number from 1 value: '0'"),
        (("--against", "a\x1b[2J"), "'a\\x1b[2J' is no parser"),
        (("--against", "parser 'a"), '"parser \'a" is no command: no closing quotation'),
    ],
)
def test_wrong_use_is_one_line_and_2(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], sentence: str
) -> None:
    code, out, err = run(capsys, *arguments)
    assert (code, out) == (2, "")
    assert sentence in err
    assert err.count("\n") == 1


def test_it_says_what_is_not_installed(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz, "find_spec", lambda name: None if name == "hypothesis" else object())
    assert run(capsys, "--against", "stdlib") == (
        2,
        "",
        "mimekit: fuzz needs hypothesis; pip install mimekit[testing]\n",
    )


def test_nothing_of_a_message_or_of_a_parser_acts_on_the_terminal(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    shown = command(tmp_path, r"'\x1b[2J\u202e' + (message.subject or '')")
    code, out, _ = run(capsys, "--against", shown, "--kind", "messages,exotic", "--examples", "40", "--persistent")
    assert code == 1
    assert r"\u001b[2J\u202e" in out
    assert escape(out.replace("\n", "")) == out.replace("\n", "")


def test_progress_is_a_line_on_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, faulty: str
) -> None:
    monkeypatch.setattr(progress, "_SECONDS", 0.0)
    _, _, err = run(capsys, "--against", faulty, *PLAIN)
    lines = err.splitlines()
    assert lines[0].startswith("mimekit: ")
    assert any(line.endswith(" messages, shrinking") or ", shrinking" in line for line in lines)
    assert " 1 disagreements" in lines[-1]


def test_a_long_message_and_a_long_value_are_cut(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    long = command(tmp_path, "'x' * 1000 + (message.subject or '')")
    _, out, _ = run(capsys, "--against", long, *PLAIN)
    assert max(len(line) for line in out.splitlines()) < 250
    assert "..." in out


def test_what_is_known_is_shown_apart_and_is_no_failure(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, faulty: str
) -> None:
    from mimekit.testing import knowing

    row = knowing.Known("", "subject: case", (), "No case.", ("RFC 1",), b"")
    monkeypatch.setattr(knowing, "table", lambda _: [row])
    code, out, _ = run(capsys, "--against", faulty, *PLAIN)
    assert code == 0
    assert out.startswith("known. subject: case  RFC 1\n  No case.\n  in ")
    assert "do not disagree; 1 known" in out
    assert "Subject: " not in out
    _, out, _ = run(capsys, "--against", faulty, *PLAIN, "--known")
    assert "  > | Subject: " in out


def test_it_takes_a_minute_unless_it_is_told_otherwise(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[object, object]] = []

    def compare(*_: object, max_examples: object, seconds: object, **_more: object) -> differential.Comparison:
        asked.append((max_examples, seconds))
        return differential.Comparison(("a", "b"), (), (), 0, 0.0, 0, ("a", "b"), (), 1.0, is_persistent=False)

    monkeypatch.setattr(differential, "compare", compare)
    for arguments in ([], ["--examples", "5"], ["--examples", "5", "--seconds", "2"]):
        assert run(capsys, "--against", "stdlib", *arguments)[0] == 0
    assert asked == [(None, 60.0), (5, None), (5, 2.0)]


PERL = r"""
use strict; use warnings;
use Digest::SHA qw(sha256_hex);
binmode STDIN; binmode STDOUT;
local $/; my $octets = <STDIN>;
my ($header, $body) = split /\r\n\r\n/, $octets, 2;
$header =~ s/\r\n[ \t]/ /g;
my ($id) = $header =~ /^Message-ID:\s*(.*?)\s*$/mi;
sub quoted { my $text = shift; $text =~ s/([\\"])/\\$1/g; return qq("$text"); }
print '{"message_id": ', quoted($id // ""), '}', "\n";
"""

NODE = r"""
const octets = require("fs").readFileSync(0).toString("latin1");
const header = octets.split("\r\n\r\n", 1)[0].replace(/\r\n[ \t]/g, " ");
const found = /^Message-ID:[ \t]*(.*?)[ \t]*$/im.exec(header);
console.log(JSON.stringify({message_id: found ? found[1] : ""}));
"""


@pytest.mark.parametrize(("program", "name", "source"), [("perl", "parser.pl", PERL), ("node", "parser.js", NODE)])
def test_a_program_may_be_written_in_any_language(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, program: str, name: str, source: str
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed: a parser in that language was not tried")
    path = tmp_path / name
    path.write_text(source, encoding="utf-8")
    given = f"{program} {path}"
    code, out, err = run(capsys, "--against", given, "--kind", "messages", "--examples", "15", "--timeout", "20")
    assert (code, err) == (0, ""), out
    assert f"mimekit and {program} do not disagree" in out
    path.write_text(source.replace("essage-ID", "essage-XY"), encoding="utf-8")  # and a fault of it is found
    code, out, _ = run(capsys, "--against", given, "--kind", "messages", "--examples", "3", "--timeout", "20")
    assert code == 1
    assert f"1. message-id: {program} has none  RFC 5322 3.6.4" in out
