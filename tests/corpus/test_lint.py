"""
The linter over the corpus, as mail that was received: every error it tells is one that the RFC confirms.

`lint_verdicts.json` says for every code that is found as an error, and up to three messages each, what an independent
reading of the RFC says: a fault, or none, and then the rule was mended and must not tell it again.
"""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from mimekit import lint, parse_mbox
from tests.support.corpus import corpus_folder, mailboxes, message_files

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.report import ReportLine

pytestmark = pytest.mark.usefixtures("corpus")

VERDICTS = json.loads(Path(__file__).with_name("lint_verdicts.json").read_text(encoding="ascii"))
ENOUGH = 3  # messages that are looked at for a code
CONTEXT = lint.Context(now=lambda: datetime(2026, 11, 24, tzinfo=UTC))


def messages() -> Iterator[tuple[str, bytes]]:
    """Yield each message with its name: files, and the messages of mailboxes."""
    folder, boxes = corpus_folder(), set(mailboxes())
    for path in message_files():
        name, raw = str(path.relative_to(folder)), path.read_bytes()
        if path in boxes:
            for number, message in enumerate(parse_mbox(raw)):
                yield f"{name}#{number}", message.to_bytes()
        else:
            yield name, raw


@cache
def errors() -> tuple[dict[str, set[str]], int]:
    """Give the names of the messages by the codes of their errors, and how many messages there are."""
    found: dict[str, set[str]] = {}
    count = 0
    for name, raw in messages():
        count += 1
        for one in lint.check(raw, profile="received", context=CONTEXT):
            if one.severity == "error":
                found.setdefault(one.code, set()).add(name)
    return found, count


def test_no_rule_crashes(report_line: ReportLine) -> None:
    found, count = errors()
    assert "L022" not in found
    report_line(f"lint over the corpus: {count} messages, {len(found)} codes of errors, {len(VERDICTS)} verdicts")


def test_every_error_was_judged() -> None:
    judged = Counter(one["code"] for one in VERDICTS if one["verdict"] == "fault")
    found, _ = errors()
    assert judged == Counter({code: min(ENOUGH, len(names)) for code, names in found.items()})


def test_what_is_a_fault_is_told() -> None:
    found, _ = errors()
    missed = [one for one in VERDICTS if one["verdict"] == "fault" and one["file"] not in found.get(one["code"], set())]
    assert missed == []


def test_what_is_no_fault_is_not_told() -> None:
    found, _ = errors()
    told = [one for one in VERDICTS if one["verdict"] == "no fault" and one["file"] in found.get(one["code"], set())]
    assert told == []


def test_a_verdict_has_a_reason() -> None:
    assert all(one["reason"] and one["verdict"] in {"fault", "no fault"} for one in VERDICTS)
