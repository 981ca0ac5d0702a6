"""
Watching one test: what it sends, what is wrong with that, and what it ignores.

    a test -> Watched;  at its end -> a line for the report, which travels between processes

May import: `testing`.  Imported by: `testing.fixtures`, `testing.plugin`.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

import pytest

from mimekit.testing.catching import Catching
from mimekit.testing.outbox import Outbox, Sent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.ignores import Ignores
    from mimekit.testing.judging import Judge
    from mimekit.testing.outbox import Caught

__all__ = ["MODES", "PROPERTY", "Tally", "Watched", "watched"]

MODES = ("off", "record", "fail")
PROPERTY = "mimekit_lint"
"""The name of what a test says in `pytest.TestReport.user_properties`."""

_MARKER = "mimekit"
_ARGUMENTS = frozenset({"profile", "select", "extend_select", "ignore", "fail_level", "context", "lint"})
_KEY = pytest.StashKey["Watched"]()
_SEVERITIES = ("error", "warning", "info")
_CODES = 5  # that the summary names for each severity


def watched(item: pytest.Item, *, anew: bool = False) -> Watched:
    """Give what watches a test; *anew*: another one, when the test is run again."""
    if anew or _KEY not in item.stash:
        item.stash[_KEY] = Watched(item)
    return item.stash[_KEY]


class Watched:
    """One test."""

    def __init__(self, item: pytest.Item) -> None:
        self._item = item
        self._given = [dict(marker.kwargs) for marker in item.iter_markers(_MARKER)]
        """The arguments of the markers, those of the nearest one first."""
        self._judge: Judge | None = None
        self._catching: Catching | None = None
        self._outbox: Outbox | None = None
        self._told = 0  # of the mails: how many are judged already
        self._sent: list[Sent] = []
        self._ignores: list[tuple[str, Ignores]] = []
        self._findings: list[tuple[str, str]] = []

    def _check(self) -> None:
        """Fail for a marker that is none, and that counts no more then."""
        wrong = ""
        for marker in self._item.iter_markers(_MARKER):
            unknown = [*marker.args, *sorted(set(marker.kwargs) - _ARGUMENTS)]
            mode = marker.kwargs.get("lint", MODES[0])
            if unknown:
                what = ", ".join([repr(one) for one in unknown])
                wrong = f"the marker mimekit takes {', '.join(sorted(_ARGUMENTS))}, and not {what}"
            elif mode not in MODES:
                wrong = f"the marker mimekit has lint={mode!r}; it is one of {', '.join(MODES)}"
        if wrong:
            self._given = []
            pytest.fail(wrong, pytrace=False)

    @property
    def mode(self) -> str:
        """Whether mail is linted: ``off``, ``record`` or ``fail``; the nearest marker goes before the ini option."""
        for given in self._given:
            if "lint" in given:
                return str(given["lint"])
        return str(self._item.config.getini(PROPERTY))

    @property
    def judge(self) -> Judge:
        """The rules for the test."""
        if self._judge is None:
            from mimekit.lint import config
            from mimekit.testing.judging import Judge

            found = config.find(str(self._item.config.rootpath))
            given = [{key: value for key, value in one.items() if key != "lint"} for one in self._given]
            self._judge = Judge(found, given)
            if self._judge.ignores.reasons:
                self._ignores.append(("the marker of", self._judge.ignores))
        return self._judge

    def remember(self, ignores: Ignores) -> None:
        """Have the ignores of a call of ``lint_mail`` looked at in the end."""
        if ignores.reasons:
            self._ignores.append(("lint_mail in", ignores))

    # -- catching

    def start(self) -> None:
        """Begin to catch, when the test is linted."""
        self._check()
        if self.mode != "off":
            self._caught()

    def hold(self) -> Outbox:
        """Hold what is sent from now on, and give where it is kept."""
        if self._outbox is None:
            self._outbox = Outbox()
        self._caught().holds = True
        return self._outbox

    def release(self) -> None:
        """Let mail go out again."""
        if self._catching is not None:
            self._catching.holds = False
        self._outbox = None
        if self.mode == "off":
            self.stop()

    def stop(self) -> None:
        """Catch no more."""
        if self._catching is not None:
            self._catching.stop()
            self._catching = None

    def _caught(self) -> Catching:
        if self._catching is None:
            self._catching = Catching(self._take)
            self._catching.start()
        return self._catching

    def _take(self, caught: Caught) -> None:
        sent = Sent(caught, len(self._sent) + 1, lambda: self.judge)
        self._sent.append(sent)
        if self._outbox is not None:
            self._outbox.append(sent)

    # -- judging

    def failure(self, when: str) -> str:
        """Judge what was sent since the last time, and give what the test fails for; empty when it does not."""
        mode = self.mode
        new, self._told = self._sent[self._told :], len(self._sent)
        if mode == "off" or not new:
            return ""
        from mimekit.testing.judging import framed

        texts: list[str] = []
        for sent in new:
            found = sent.findings
            self._findings += [(one.severity, one.code) for one in found]
            if found:
                self._item.add_report_section(when, "mimekit", framed(sent, found, sent.data) + "\n")
            failing = self.judge.failing(found)
            if failing:
                texts.append(framed(sent, failing, sent.data))
        return "\n\n".join(texts) if mode == "fail" else ""

    def property(self) -> str | None:
        """Give what the summary needs to know, as text; nothing when there is nothing to say."""
        sent = len(self._sent) if self.mode != "off" else 0
        ignores = [
            [f"{where} {_place(self._item)}", text, ignored.reasons[text], ignored.counts[text]]
            for where, ignored in self._ignores
            for text in ignored.reasons
        ]
        if not sent and not ignores:
            return None
        return json.dumps({"sent": sent, "findings": self._findings, "ignores": ignores})


def _place(item: pytest.Item) -> str:
    """Name a test, all of its parameters together: an ignore may be for one of them."""
    return item.nodeid.partition("[")[0]


class _Ignore(NamedTuple):
    """An ignore of a test: where it stands, and what it ignores."""

    where: str
    text: str


class Tally:
    """What the tests of a run said, those of other processes among them."""

    def __init__(self) -> None:
        self._sent = 0
        self._tests = 0
        self._findings: Counter[tuple[str, str]] = Counter()
        self._reasons: dict[_Ignore, str] = {}
        self._counts: Counter[_Ignore] = Counter()
        self._incomplete: set[str] = set()

    def add(self, report: pytest.TestReport) -> None:
        """Take what a test said."""
        if report.failed or report.skipped:
            self._incomplete.add(report.nodeid.partition("[")[0])
        if report.when != "teardown":
            return
        said = [str(value) for name, value in report.user_properties if name == PROPERTY]
        if said:  # the last one, of a test that was run again
            self._take(json.loads(said[-1]))

    def _take(self, said: dict[str, list[list[str]]]) -> None:
        sent = int(said["sent"])  # type: ignore[call-overload]  # the one number in it
        self._sent += sent
        self._tests += bool(sent)
        self._findings.update([(severity, code) for severity, code in said["findings"]])
        for where, text, reason, count in said["ignores"]:
            one = _Ignore(where, text)
            self._reasons[one] = self._reasons.get(one) or reason
            self._counts[one] += int(count)

    def lines(self) -> Iterator[str]:
        """Give the summary."""
        if self._sent:
            found = [text for one in _SEVERITIES if (text := self._of_severity(one))]
            yield (
                f"mimekit: {_counted(self._sent, 'message')} sent in {_counted(self._tests, 'test')}, "
                f"{', '.join(found) or 'nothing found'}"
            )
        for one, reason in sorted(self._reasons.items()):
            if not self._counts[one] and one.where.rpartition(" ")[2] not in self._incomplete:
                yield f"mimekit: L020 unused-ignore: the ignore {one.text} of {one.where} matched nothing"
            if not reason:
                yield f"mimekit: L021 ignore-without-reason: the ignore {one.text} of {one.where} has no reason"

    def _of_severity(self, severity: str) -> str:
        codes = Counter({code: count for (one, code), count in self._findings.items() if one == severity})
        if not codes:
            return ""
        ordered = sorted(codes.items(), key=lambda item: (-item[1], item[0]))
        named = [f"{code} x{count}" if count > 1 else code for code, count in ordered[:_CODES]]
        more = ["..."] if len(ordered) > _CODES else []
        return f"{_counted(codes.total(), severity)} ({', '.join([*named, *more])})"


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 or what == 'info' else 's'}"
