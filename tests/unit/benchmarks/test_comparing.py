"""What is timed is the same work: the libraries build and read the same."""

from __future__ import annotations

import pytest

from benchmarks.builders import BUILDERS, Case
from benchmarks.newsletters import passes
from benchmarks.readers import CHANGE, HEADERS, LEAVES, TOUCH, TREE, WRITE_BACK
from benchmarks.scenarios.build import check
from benchmarks.timing import best_of, timed
from mimekit import parse

RAW = (
    b"From: Ada <ada@example.com>\nTo: grace@example.org, karen@example.net\nSubject: =?utf-8?q?caf=C3=A9?=\n"
    b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\ntext\n"
    b"--b\nContent-Type: image/png\n"
    b"Content-Transfer-Encoding: base64\n\niVBORw==\n--b--\n"
)
FORWARDED = b"From: a@example.com\r\nTo: b@example.com\r\nSubject: s\r\n\r\ntext\r\n"
CASES = {
    "text": Case("A text.\n"),
    "html": Case("caf\u00e9\n", "<p>caf\u00e9</p>\n"),
    "logo": Case("text\n", '<p><img src="cid:logo@example.com"></p>\n', logo=b"\x89PNG\r\n\x1a\n"),
    "pdf": Case("text\n", "<p>text</p>\n", pdf=b"%PDF-1.7\n" + bytes(100)),
    "people": Case("text\n", to=(("Ada", "ada@example.com"), ("Grace", "grace@example.org"))),
    "forwarded": Case("text\n", forwarded=FORWARDED),
}
STANDARD = ("mimekit", "EmailMessage", "compat32")


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_the_builders_build_the_case(case: Case) -> None:
    for name in STANDARD:
        check(BUILDERS[name](case), case)


def test_a_message_that_is_not_the_case_is_found() -> None:
    with pytest.raises(AssertionError):
        check(BUILDERS["mimekit"](Case("another text\n")), Case("text\n"))


def test_the_readers_read_the_same() -> None:
    read = ("caf\u00e9", ["ada@example.com"], ["grace@example.org", "karen@example.net"], "text")
    for name in ("mimekit", "policy.default", "compat32"):
        assert TOUCH[name](RAW) == read, name
        assert TREE[name](RAW) == ["multipart/mixed", "text/plain", "image/png"], name
        assert LEAVES[name](RAW) == [b"text", b"\x89PNG"], name
        headers, changed = HEADERS[name](RAW), CHANGE[name](RAW)
        assert isinstance(headers, list)
        assert [field for field, _ in headers] == ["From", "To", "Subject", "MIME-Version", "Content-Type"]
        assert isinstance(changed, bytes)
        assert parse(changed).subject == "Another subject"
    assert WRITE_BACK["mimekit"](RAW) == RAW


def test_the_candidates_take_turns() -> None:
    turns: list[str] = []
    times = timed({"a": lambda: turns.append("a"), "b": lambda: turns.append("b")}, seconds=0, rounds=3, loops=1)
    assert turns == ["a", "b"] * 3
    assert all([0 < time.least <= time.median for time in times.values()])


def test_a_call_is_repeated_for_its_share_of_the_time() -> None:
    calls = [0]

    def count() -> None:
        calls[0] += 1

    best_of([count], seconds=0.02, rounds=2)
    assert calls[0] > 100


def test_no_row_comes_twice_in_a_pass_and_the_next_pass_goes_on() -> None:
    seen: list[object] = []
    one_pass = passes(lambda row: seen.append(row["number"]), [{"number": number} for number in range(5)], 2)
    one_pass()
    one_pass()
    assert seen == [0, 1, 2, 3]
