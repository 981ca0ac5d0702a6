"""The pytest plugin in runs of its own: what fails, what is told, and what is left alone."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from mimekit.lint import selection
from mimekit.testing import judging, snapshot  # noqa: F401 - a run in this process finds them imported, and leaves them

ROOT = Path(__file__).resolve().parents[3]
ALREADY = "ignore:Module already imported:pytest.PytestAssertRewriteWarning"  # by this very process
PLUGIN = ("-pmimekit.testing", "-Werror", f"-W{ALREADY}", "--strict-markers", "-pno:cacheprovider")

CLEAN = """
from mimekit import Message, lint, parse

message = Message(from_="ada@example.com", to="grace@example.org", subject="Notes",
                  text="Hi Grace,\\n\\nhere they are.\\n")
octets = message.to_bytes()
wrong = octets.replace(b"\\r\\nSubject", b"\\r\\nDate: Mon, 24 Nov 2026 03:30:00 +0000\\r\\nSubject")
"""

SENDS = """
import smtplib
import pytest
from mimekit.testing import assert_message, contains

def send(octets, to="grace@example.org"):
    with smtplib.SMTP("127.0.0.1", PORT) as client:
        client.sendmail("ada@example.com", [to], octets)
"""

selection.load()


@pytest.fixture
def run(pytester: pytest.Pytester) -> Run:
    return Run(pytester)


class Run:
    """Runs pytest with the plugin on one module of tests."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self.pytester = pytester

    def __call__(self, body: str, *args: str, port: int = 9) -> pytest.RunResult:
        self.pytester.makepyfile(CLEAN + SENDS.replace("PORT", str(port)) + body)
        return self.pytester.runpytest_inprocess(*PLUGIN, *args)


# -- lint_mail


def test_a_clean_message_passes(run: Run) -> None:
    result = run("def test_it(lint_mail):\n    assert lint_mail(message) == lint_mail(octets) == []\n")
    result.assert_outcomes(passed=1)
    assert "mimekit" not in "".join(result.outlines[-2:])


def test_a_finding_fails_the_test_with_a_frame(run: Run) -> None:
    result = run("def test_it(lint_mail):\n    lint_mail(wrong)\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E * in a message to grace@example.org, 'Notes'"])
    result.stdout.fnmatch_lines(["E * | Date: Mon, 24 Nov 2026 03:30:00 +0000", "E * | *^^^ RFC 5322 3.3"])
    result.stdout.fnmatch_lines([">       lint_mail(wrong)", "*test_a_finding_fails*.py:*: Failed"])


@pytest.mark.parametrize(
    "arguments",
    ['ignore={"H2": "made so", "H104": "made so"}', 'select="X"', 'fail_level="error", ignore={"H104": "made so"}'],
)
def test_what_is_ignored_or_not_selected_does_not_fail(run: Run, arguments: str) -> None:
    once = "wrong.replace(b'Mon, 24 Nov', b'Tue, 24 Nov')" if "fail_level" in arguments else "wrong"
    result = run(f"def test_it(lint_mail):\n    lint_mail({once}, {arguments})\n")
    result.assert_outcomes(passed=1)


def test_the_fail_level_of_the_configuration_counts(run: Run) -> None:
    body = "def test_it(lint_mail):\n    assert lint_mail(wrong, select='H204'{})\n"
    run.pytester.makefile(".toml", mimekit='severity = {H204 = "warning"}\n')
    run(body.format("")).assert_outcomes(failed=1)
    run.pytester.makefile(".toml", mimekit='severity = {H204 = "warning"}\nfail-level = "error"\n')
    run(body.format("")).assert_outcomes(passed=1)
    run(body.format(", fail_level='info'")).assert_outcomes(failed=1)


def test_severities_and_ignores_of_the_configuration_count(run: Run) -> None:
    run.pytester.makefile(
        ".toml",
        mimekit='[severity]\nH2 = "info"\nH104 = "info"\n[per-message-ignores]\n"From: *@other.example" = ["H"]\n',
    )
    run("def test_it(lint_mail):\n    assert lint_mail(wrong)\n").assert_outcomes(passed=1)
    other = "wrong.replace(b'ada@example.com', b'ada@other.example')"
    run(f"def test_it(lint_mail):\n    assert not lint_mail({other})\n").assert_outcomes(passed=1)


def test_a_delivery_is_judged_with_its_envelope(run: Run) -> None:
    result = run(
        "from mimekit import Delivery, Envelope\n"
        "def test_it(lint_mail):\n"
        "    envelope = Envelope('ada@example.com', 'grace@example.org')\n"
        "    lint_mail(Delivery(envelope, b'Bcc: x@example.org\\r\\n' + octets), profile='wire')\n"
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*bcc-in-message*"])


@pytest.mark.parametrize(
    ("call", "told"),
    [
        ("lint_mail(42)", "*TypeError: 42 is no message; give*"),
        ("lint_mail(octets, select='Q999')", "*LintError: 'Q999' is no code*"),
        ("lint_mail(octets, fail_level='fatal')", "*fail_level is 'fatal'; it is one of info, warning, error*"),
    ],
)
def test_a_wrong_use_is_told(run: Run, call: str, told: str) -> None:
    result = run(f"def test_it(lint_mail):\n    {call}\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([told])


def test_nothing_of_a_message_moves_the_terminal(run: Run) -> None:
    result = run(
        "def test_it(lint_mail):\n"
        "    lint_mail(b'Subject: \\x1b[31m\\xe2\\x80\\xae\\r\\nX: \\x1b]0;a\\x07\\r\\n\\r\\n')\n"
    )
    result.assert_outcomes(failed=1)
    text = "\n".join(result.outlines)
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_messages_of_the_standard_library_are_taken(run: Run) -> None:
    result = run(
        "from email.message import EmailMessage\n"
        "def test_it(lint_mail):\n"
        "    made = EmailMessage()\n"
        "    made['From'], made['To'], made['Bcc'] = 'a@example.com', 'b@example.org', 'c@example.org'\n"
        "    made.set_content('Hi')\n"
        "    lint_mail(made, select='H110', profile='wire')\n"
        "    lint_mail(made)\n"
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([">       lint_mail(made)"])


# -- ignores


def test_ignores_that_matched_nothing_or_have_no_reason_are_told(run: Run) -> None:
    result = run(
        "@pytest.mark.mimekit(ignore={'X': 'never'})\n"
        "@pytest.mark.parametrize('one', [octets, wrong])\n"
        "def test_it(lint_mail, one):\n"
        "    lint_mail(one, ignore=['H2', 'H104'])\n"
        "def test_fails(lint_mail):\n"
        "    lint_mail(octets, ignore=['T'])\n"
        "    assert False\n"
    )
    result.assert_outcomes(passed=2, failed=1)
    told = [line.replace(run.pytester._name, "M") for line in result.outlines if line.startswith("mimekit: L")]
    assert told == [
        "mimekit: L021 ignore-without-reason: the ignore T of lint_mail in M.py::test_fails has no reason",
        "mimekit: L021 ignore-without-reason: the ignore H104 of lint_mail in M.py::test_it has no reason",
        "mimekit: L021 ignore-without-reason: the ignore H2 of lint_mail in M.py::test_it has no reason",
        "mimekit: L020 unused-ignore: the ignore X of the marker of M.py::test_it matched nothing",
    ]


# -- mail_outbox, record, fail


def test_the_outbox_holds_and_fails_for_nothing(run: Run) -> None:
    result = run(
        "def test_it(mail_outbox):\n"
        "    send(wrong)\n"
        "    assert_message(mail_outbox.only, subject='Notes', text=contains('here'), rcpt_to='grace@example.org')\n"
        "    assert mail_outbox.only.findings\n"
        "def test_next():\n"
        "    with pytest.raises(OSError):\n"
        "        send(octets)\n"
    )
    result.assert_outcomes(passed=2)


def test_findings_of_the_outbox_are_those_of_the_marker(run: Run) -> None:
    result = run(
        "@pytest.mark.mimekit(ignore={'H': 'made so'})\n"
        "class TestIt:\n"
        "    def test_it(self, mail_outbox):\n"
        "        send(wrong)\n"
        "        assert mail_outbox[0].findings == []\n"
        "    @pytest.mark.mimekit(select='H204')\n"
        "    def test_other(self, mail_outbox):\n"
        "        send(wrong)\n"
        "        assert mail_outbox[0].findings == []\n"
        "@pytest.mark.mimekit(select='H204')\n"
        "def test_fails(mail_outbox):\n"
        "    send(wrong)\n"
        "    assert mail_outbox[0].findings == []\n"
    )
    result.assert_outcomes(passed=2, failed=1)
    result.stdout.fnmatch_lines(["E*the findings are not as expected", "E*H204*", "E*^^^ RFC 5322 3.3"])


def test_fail_fails_for_what_was_sent_and_record_tells_it(run: Run) -> None:
    body = (
        "def test_wrong(mail_outbox):\n    send(wrong)\n    send(wrong)\n"
        "def test_clean(mail_outbox):\n    send(octets)\n"
        "@pytest.mark.mimekit(ignore={'H': 'made so'})\ndef test_ignored(mail_outbox):\n    send(wrong)\n"
        "@pytest.mark.mimekit(lint='off')\ndef test_off(mail_outbox):\n    send(wrong)\n"
    )
    run(body).assert_outcomes(passed=4)
    recorded = run(body, "-omimekit_lint=record")
    recorded.assert_outcomes(passed=4)
    recorded.stdout.fnmatch_lines(["mimekit: 4 messages sent in 3 tests, * error* (* x2*"])
    failed = run(body, "-omimekit_lint=fail")
    failed.assert_outcomes(passed=3, failed=1)
    failed.stdout.fnmatch_lines(
        ["*mail 1 (smtplib):*", "*mail 2 (smtplib):*", "mimekit: 4 messages sent in 3 tests, *"]
    )


def test_an_id_that_two_mails_of_a_test_share_is_told_and_two_copies_are_not(run: Run) -> None:
    result = run(
        "def test_it(mail_outbox):\n"
        "    for one in (octets, octets, octets.replace(b'Notes', b'Other notes')):\n"
        "        send(one)\n"
        "    found = [[finding.name for finding in mail.findings] for mail in mail_outbox]\n"
        "    assert found[:2] == [[], []]\n"
        "    assert len(found[2]) == 1 and 'id' in found[2][0]\n"
    )
    result.assert_outcomes(passed=1)


def test_what_fixtures_send_is_judged_too(run: Run) -> None:
    result = run(
        "@pytest.fixture\ndef before(mail_outbox):\n    send(wrong)\n    yield\n"
        "@pytest.fixture\ndef after(mail_outbox):\n    yield\n    send(wrong)\n"
        "def test_before(before):\n    pass\n"
        "def test_after(after):\n    pass\n",
        "-omimekit_lint=fail",
    )
    result.assert_outcomes(passed=1, failed=1, errors=1)


def test_a_test_that_fails_anyway_shows_what_was_found(run: Run) -> None:
    result = run("def test_it(mail_outbox):\n    send(wrong)\n    assert 0\n", "-omimekit_lint=record")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*mimekit call*", "*in a message to grace@example.org*", "*H204*"])


def test_with_xdist_the_summary_is_one(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("xdist", reason="pytest-xdist is not installed: the plugin was not tried under it")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    run.pytester.makepyfile(
        CLEAN
        + SENDS.replace("PORT", "9")
        + "@pytest.mark.parametrize('n', range(6))\ndef test_it(mail_outbox, n):\n    send(wrong)\n"
        + "def test_ignores(lint_mail):\n    lint_mail(octets, ignore={'T': 'never'})\n"
    )
    result = run.pytester.runpytest_subprocess(*PLUGIN, "-n2", "-omimekit_lint=record")
    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines(
        ["mimekit: 6 messages sent in 6 tests, * error* (* x6*", "*L020 unused-ignore: the ignore T*"]
    )


def test_what_the_report_carries_is_text(run: Run) -> None:
    run("def test_it(mail_outbox):\n    send(octets)\n", "-omimekit_lint=record", "--junitxml=junit.xml")
    from xml.etree import ElementTree as ET

    found = ET.parse(run.pytester.path / "junit.xml").find(".//property[@name='mimekit_lint']")  # noqa: S314 - our own
    assert found is not None
    assert json.loads(found.attrib["value"]) == {"sent": 1, "findings": [], "ignores": []}


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("lint='maybe'", "*lint='maybe'; it is one of off, record, fail*"),
        ("ignored=['H']", "*the marker mimekit takes *, and not 'ignored'*"),
        ("'H204'", "*the marker mimekit takes *, and not 'H204'*"),
    ],
)
def test_a_wrong_marker_is_told(run: Run, marker: str, told: str) -> None:
    result = run(f"@pytest.mark.mimekit({marker})\ndef test_it():\n    pass\n")
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines([told])


@pytest.mark.parametrize(
    ("marker", "told"),
    [
        ("profile='nope'", "the mail of this test cannot be linted: there is no profile 'nope'*"),
        ("select=['H999']", "the mail of this test cannot be linted: 'H999' is no code*"),
        ("fail_level='worst'", "the mail of this test cannot be linted: fail_level is 'worst'*"),
    ],
)
@pytest.mark.parametrize("mode", ["record", "fail"])
def test_rules_that_are_none_are_told_in_one_sentence(run: Run, marker: str, told: str, mode: str) -> None:
    body = f"@pytest.mark.mimekit({marker})\ndef test_it(mail_outbox):\n    send(octets)\n"
    result = run(body, f"-omimekit_lint={mode}")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([told])
    result.stdout.no_fnmatch_line("*Traceback*")


def test_rules_that_are_none_hide_no_failure(run: Run) -> None:
    body = "@pytest.mark.mimekit(profile='nope')\ndef test_it(mail_outbox):\n    send(octets)\n    assert 1 == 2\n"
    result = run(body, "-omimekit_lint=fail")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["E * assert 1 == 2"])


def test_a_wrong_mode_is_told(run: Run) -> None:
    result = run("", "-omimekit_lint=maybe")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*mimekit_lint is 'maybe'; it is one of off, record, fail"])


# -- comparisons


def test_two_messages_that_differ_are_told_apart(run: Run) -> None:
    result = run("def test_it():\n    assert parse(octets) == parse(octets.replace(b'Notes', b'Note'))\n")
    result.stdout.fnmatch_lines(["E*the messages differ (- left, + right)", "E*Subject", "E*- Notes", "E*+ Note"])


# -- golden files


def test_a_golden_file_is_written_when_asked_for(run: Run) -> None:
    body = (
        "def test_it(mail_snapshot, text='{}'):\n"
        "    mail_snapshot(message.with_body(text=text))\n"
        "    mail_snapshot(octets)\n"
    )
    missing = run(body.format("Hi!"))
    missing.assert_outcomes(failed=1)
    missing.stdout.fnmatch_lines(["*there is no golden file test_it.eml in *--mail-snapshot-update writes it*"])
    run(body.format("Hi!"), "--mail-snapshot-update").assert_outcomes(passed=1)
    names = sorted([path.name for path in run.pytester.path.rglob("*.eml")])
    assert names == ["test_it.2.eml", "test_it.eml"]
    run(body.format("Hi!")).assert_outcomes(passed=1)
    differing = run(body.format("Ho!"))
    differing.assert_outcomes(failed=1)
    differing.stdout.fnmatch_lines(["E*the message is not as in *test_it.eml*", "E*text", "E*-Hi!", "E*+Ho!"])


# -- what it costs


def test_the_plugin_loads_nothing_but_pytest_and_the_core_until_it_is_used() -> None:
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import pytest, mimekit; before = set(sys.modules)\n"
        "import mimekit.testing\n"
        "print(*sorted(set(sys.modules) - before))"
    )
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    loaded = set(ran.stdout.split())
    assert "mimekit.testing.plugin" in loaded
    foreign = {name.partition(".")[0] for name in loaded} - sys.stdlib_module_names
    assert foreign == {"mimekit"}
    assert {name for name in loaded if name.startswith("mimekit.") and not name.startswith("mimekit.testing")} == set()


def test_the_entry_point_is_the_plugin() -> None:
    table = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert table["entry-points"]["pytest11"] == {"mimekit.testing": "mimekit.testing"}
