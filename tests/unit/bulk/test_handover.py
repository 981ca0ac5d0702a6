"""Handing over: intents and outcomes, tries and stops, and the end of a run at every moment."""

from __future__ import annotations

import json
import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from typing import Literal

import pytest

from mimekit.bulk import handover
from mimekit.bulk.handover import Handed, Outcome, Retries, hand_over_all
from mimekit.bulk.items import Item
from mimekit.bulk.ledger import Answer, History, Ledger
from mimekit.bulk.lines import beside
from mimekit.errors import BulkError
from tests.support.handing import AT_ONCE, address, check_nobody_lost_and_nobody_twice, item, items, listed

Script = Callable[[Item, int], Outcome | Exception | None]
Verdict = Literal["sent", "rejected", "later", "unsure"]


class CutError(Exception):
    """The end of the process, as far as a test can have one."""


class Server:
    """A sink that knows who was served, and does what a script says for a delivery and the number of its try."""

    def __init__(self, script: Script | None = None, *, most: int = 50) -> None:
        self.most = most
        self.served: list[str] = []
        self.tries: Counter[str] = Counter()
        self.times: list[float] = []
        self.connected = self.closed = self.most_at_once = 0
        self._at_once = 0
        self._script = script
        self._lock = threading.Lock()

    def connect(self) -> Server:
        with self._lock:
            self.connected += 1
        return self

    def close(self) -> None:
        with self._lock:
            self.closed += 1

    def hand_over(self, item: Item) -> Outcome:
        recipients = item.delivery.rcpt_to
        with self._lock:
            self._at_once += 1
            self.most_at_once = max(self.most_at_once, self._at_once)
            self.tries[item.key] += 1
            number = self.tries[item.key]
            self.times.append(time.monotonic())
        try:
            outcome = self._script(item, number) if self._script is not None else None
            if isinstance(outcome, Exception):
                raise outcome
            if outcome is None:
                outcome = said("sent", *recipients, text="250 taken")
            with self._lock:
                self.served += [who for who, answer in outcome.answers.items() if answer.verdict == "sent"]
            return outcome
        finally:
            with self._lock:
                self._at_once -= 1


def said(verdict: Verdict, *recipients: str, text: str = "said so") -> Outcome:
    """Give the same answer for all."""
    return Outcome(dict.fromkeys(recipients, Answer(verdict, text)))


def everybody(many: int) -> list[str]:
    return [address(number) for number in range(many)]


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "may.journal"


def run(server: Server, journal: Path, many: int = 5, **options: object) -> Handed:
    given = {"retries": AT_ONCE, **options}
    return hand_over_all(items(many), server, journal_path=journal, **given)  # type: ignore[arg-type]  # as a test names them


# -- what is written down


def test_everybody_is_sent_once_and_listed(journal: Path) -> None:
    server = Server()
    assert run(server, journal, 5) == Handed(sent=5)
    check_nobody_lost_and_nobody_twice(journal, everybody(5), server.served)
    assert listed(journal, "sent")[0] == {
        "key": "k0",
        "recipient": "r0000@example.test",
        "message_id": "<0.run@xn--bcher-kva.test>",
        "reply": "250 taken",
    }


def test_the_message_id_of_the_service_stands_in_place_of_a_reply(journal: Path) -> None:
    server = Server(lambda one, _: Outcome({who: Answer("sent", "", "0100-a") for who in one.delivery.rcpt_to}))
    run(server, journal, 1)
    (line,) = listed(journal, "sent")
    assert line["ses_message_id"] == "0100-a"
    assert "reply" not in line


def test_the_intent_is_on_the_disk_before_the_hand_over(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[bytes] = []
    really = os.fsync

    def fsync(descriptor: int) -> None:
        really(descriptor)
        synced.append(journal.read_bytes())

    monkeypatch.setattr(os, "fsync", fsync)

    def script(one: Item, _: int) -> None:
        assert f'"intent": "{one.key}"'.encode() in synced[-1]

    assert run(Server(script), journal, 4).sent == 4


def test_a_rejected_row_is_listed_with_its_reason_and_not_tried_again(journal: Path) -> None:
    server = Server(
        lambda one, _: said("rejected", *one.delivery.rcpt_to, text="550 no such user") if one.number == 2 else None
    )
    assert run(server, journal, 4) == Handed(sent=3, rejected=1)
    (line,) = listed(journal, "rejected")
    assert line["number"] == 2
    assert line["key"] == "k2"
    assert line["reason"] == "550 no such user"
    assert line["row"] == {"email": "r0002@example.test"}
    assert server.tries["k2"] == 1
    check_nobody_lost_and_nobody_twice(journal, everybody(4), server.served)


def test_a_finished_run_taken_up_again_sends_nothing(journal: Path) -> None:
    run(Server(), journal, 5)
    again = Server()
    assert run(again, journal, 5) == Handed(settled=5)
    assert again.served == []


def test_new_rows_of_a_run_taken_up_again_are_sent(journal: Path) -> None:
    first, second = Server(), Server()
    run(first, journal, 3)
    assert run(second, journal, 5) == Handed(sent=2, settled=3)
    check_nobody_lost_and_nobody_twice(journal, everybody(5), first.served + second.served)


def test_a_history_tells_which_rows_need_no_rendering(journal: Path) -> None:
    assert "k0" not in History.read(journal)
    run(Server(lambda one, _: said("unsure", *one.delivery.rcpt_to) if one.number == 1 else None), journal, 3)
    history = History.read(journal)
    assert ["k0" in history, "k1" in history, "k2" in history, "k3" in history] == [True, False, True, False]


def test_lines_of_others_in_the_journal_are_left_alone(journal: Path) -> None:
    journal.write_text('{"template": "abc", "run_id": "may"}\n')
    assert run(Server(), journal, 2).sent == 2
    assert journal.read_text().startswith('{"template": "abc", "run_id": "may"}\n')
    assert run(Server(), journal, 2) == Handed(settled=2)


# -- several recipients


def test_recipients_of_one_row_have_answers_of_their_own(journal: Path) -> None:
    def script(one: Item, number: int) -> Outcome:
        answers = {who: Answer("sent", "250 ok") for who in one.delivery.rcpt_to}
        if number == 1:
            answers["b@example.test"] = Answer("later", "450 busy")
            answers["c@example.test"] = Answer("rejected", "550 unknown")
        return Outcome(answers)

    server = Server(script)
    row = item(0, "b@example.test", "c@example.test")
    assert hand_over_all([row], server, journal_path=journal, retries=AT_ONCE) == Handed(sent=2, rejected=1)
    assert server.tries["k0"] == 2
    check_nobody_lost_and_nobody_twice(journal, row.delivery.rcpt_to, server.served)
    assert "k0" in History.read(journal)


def test_a_try_again_is_for_those_alone_who_were_not_served(journal: Path) -> None:
    asked: list[tuple[str, ...]] = []

    def script(one: Item, number: int) -> Outcome | None:
        asked.append(one.delivery.rcpt_to)
        answers = {who: Answer("sent", "250 ok") for who in one.delivery.rcpt_to}
        return Outcome(answers | {"b@example.test": Answer("later", "450 busy")}) if number == 1 else None

    row = item(0, "b@example.test")
    hand_over_all([row], Server(script), journal_path=journal, retries=AT_ONCE)
    assert asked == [("r0000@example.test", "b@example.test"), ("b@example.test",)]


def test_a_row_of_many_recipients_goes_in_several_hand_overs(journal: Path) -> None:
    others = [f"o{number}@example.test" for number in range(11)]
    server = Server(most=5)
    row = item(0, *others)
    assert hand_over_all([row], server, journal_path=journal).sent == 12
    assert server.tries["k0"] == 3
    check_nobody_lost_and_nobody_twice(journal, row.delivery.rcpt_to, server.served)


def test_a_row_cut_between_its_hand_overs_goes_on_with_the_rest(journal: Path) -> None:
    row = item(0, *[f"o{number}@example.test" for number in range(11)])
    first = Server(lambda _, number: CutError() if number == 3 else None, most=5)
    with pytest.raises(CutError):
        hand_over_all([row], first, journal_path=journal)
    second = Server(most=5)
    handed = hand_over_all([row], second, journal_path=journal)
    assert handed == Handed(unsure=2, settled=10)
    check_nobody_lost_and_nobody_twice(journal, row.delivery.rcpt_to, first.served + second.served)


def test_a_recipient_without_an_answer_is_unsure(journal: Path) -> None:
    server = Server(lambda one, _: Outcome({}) if one.number == 1 else None)
    assert run(server, journal, 3) == Handed(sent=2, unsure=1)
    assert [line["recipient"] for line in listed(journal, "unsure")] == ["r0001@example.test"]


# -- tries


def test_what_was_not_taken_is_tried_until_it_is(journal: Path) -> None:
    server = Server(lambda one, number: said("later", *one.delivery.rcpt_to) if number < 4 else None)
    assert run(server, journal, 5, connections=2) == Handed(sent=5)
    assert set(server.tries.values()) == {4}
    check_nobody_lost_and_nobody_twice(journal, everybody(5), server.served)


def test_one_that_is_never_taken_does_not_hold_up_the_others_and_is_tried_in_the_next_run(journal: Path) -> None:
    first = Server(lambda one, _: said("later", *one.delivery.rcpt_to) if one.number == 0 else None)
    assert run(first, journal, 5) == Handed(sent=4, later=1)
    assert first.tries["k0"] == AT_ONCE.attempts
    second = Server()
    assert run(second, journal, 5) == Handed(sent=1, settled=4)
    check_nobody_lost_and_nobody_twice(journal, everybody(5), first.served + second.served)


def test_a_connection_that_broke_is_replaced_at_once(journal: Path) -> None:
    def script(one: Item, number: int) -> Outcome | None:
        answers = {who: Answer("later", "421 enough") for who in one.delivery.rcpt_to}
        return Outcome(answers, "connection") if number == 1 and one.number == 3 else None

    slow = Retries(attempts=3, first=60.0, longest=60.0)
    began = time.monotonic()
    assert run(Server(script), journal, 5, retries=slow).sent == 5
    assert time.monotonic() - began < 10


def test_a_service_that_is_gone_stops_the_run_which_can_go_on(journal: Path) -> None:
    gone = Server(
        lambda one, _: (
            Outcome({who: Answer("later", "nobody listens") for who in one.delivery.rcpt_to}, "service")
            if one.number >= 2
            else None
        )
    )
    handed = run(gone, journal, 30, connections=3, retries=Retries(attempts=5, first=0.001, longest=0.01))
    assert handed.sent == 2
    assert handed.stopped == "nothing was taken in 5 attempts: nobody listens"
    assert gone.tries.total() < 30, "not every row was tried in vain"
    back = Server()
    assert run(back, journal, 30).sent == 28
    check_nobody_lost_and_nobody_twice(journal, everybody(30), gone.served + back.served)


def test_throttling_holds_all_connections_and_passes(journal: Path) -> None:
    def script(one: Item, number: int) -> Outcome | None:
        answers = {who: Answer("later", "slow down") for who in one.delivery.rcpt_to}
        return Outcome(answers, "service") if number == 1 and one.number % 3 == 0 else None

    server = Server(script)
    assert run(server, journal, 30, connections=4) == Handed(sent=30)
    check_nobody_lost_and_nobody_twice(journal, everybody(30), server.served)


def test_a_used_up_quota_stops_the_run_which_can_go_on(journal: Path) -> None:
    def script(one: Item, _: int) -> Outcome | None:
        answers = {who: Answer("later", "quota") for who in one.delivery.rcpt_to}
        return Outcome(answers, stop="Daily message quota exceeded") if one.number >= 7 else None

    first, second = Server(script), Server()
    handed = run(first, journal, 20, connections=2)
    assert handed.sent == 7
    assert handed.stopped == "Daily message quota exceeded"
    assert handed.rejected == handed.unsure == 0
    assert 1 <= handed.later <= 2
    assert run(second, journal, 20, connections=2) == Handed(sent=13, settled=7)
    check_nobody_lost_and_nobody_twice(journal, everybody(20), first.served + second.served)


def test_answers_that_stay_away_stop_the_run(journal: Path) -> None:
    mute = Server(lambda one, _: said("unsure", *one.delivery.rcpt_to, text="timed out"))
    handed = run(mute, journal, 50, connections=3)
    assert handed.stopped is not None
    assert "without an answer: timed out" in handed.stopped
    assert handed.unsure <= 2 * 3
    back = Server()
    assert run(back, journal, 50).sent == 50 - handed.unsure


# -- unsure ones


def test_an_unsure_one_is_listed_and_not_sent_again(journal: Path) -> None:
    first = Server(lambda one, _: said("unsure", *one.delivery.rcpt_to, text="timed out") if one.number == 1 else None)
    assert run(first, journal, 3) == Handed(sent=2, unsure=1)
    (line,) = listed(journal, "unsure")
    assert line == {
        "key": "k1",
        "recipient": "r0001@example.test",
        "message_id": "<1.run@xn--bcher-kva.test>",
        "reason": "timed out",
    }
    again = Server()
    assert run(again, journal, 3) == Handed(unsure=1, settled=2)
    assert again.served == []


def test_an_unsure_one_is_sent_again_on_request_and_then_listed_no_more(journal: Path) -> None:
    run(Server(lambda one, _: said("unsure", *one.delivery.rcpt_to) if one.number == 1 else None), journal, 3)
    again = Server()
    assert run(again, journal, 3, resend_unsure=True) == Handed(sent=1, settled=2)
    assert again.served == ["r0001@example.test"]
    assert not beside(journal, "unsure.jsonl").exists()
    assert run(Server(), journal, 3) == Handed(settled=3)


# -- the end of a run at every moment


@pytest.mark.parametrize("is_late", [False, True], ids=["before the hand-over", "after it"])
def test_a_run_cut_at_any_octet_of_its_journal_loses_nobody_and_serves_nobody_twice(
    tmp_path: Path, *, is_late: bool
) -> None:
    whole = tmp_path / "whole.journal"
    done: list[tuple[int, str]] = []  # how long the journal was when somebody was served

    def reject_two(one: Item, _: int) -> Outcome | None:
        return said("rejected", *one.delivery.rcpt_to) if one.number == 2 else None

    def script(one: Item, number: int) -> Outcome | None:
        if one.number == 1 and number == 1:
            return said("later", *one.delivery.rcpt_to)
        if one.number != 2:
            done.append((whole.stat().st_size, one.delivery.rcpt_to[0]))
        return reject_two(one, number)

    run(Server(script), whole, 4)
    octets, lines = whole.read_bytes(), beside(whole, "sent.jsonl").read_bytes().splitlines(keepends=True)
    assert len(done) == len(lines) == 3
    for length in range(len(octets) + 1):
        journal = tmp_path / f"cut{length}.journal"
        journal.write_bytes(octets[:length])
        served = [who for size, who in done if size < length or (is_late and size == length)]
        # The line for people is written after that of the journal: it is whole, torn or missing.
        listed_before = octets[: octets.rfind(b"\n", 0, length) + 1].count(b'["sent"')
        if listed_before:
            last = lines[listed_before - 1]
            kept = [*lines[: listed_before - 1], last[: (len(last), len(last) // 2, 0)[length % 3]]]
            beside(journal, "sent.jsonl").write_bytes(b"".join(kept))
        server = Server(reject_two)
        assert run(server, journal, 4).unsure <= 1
        check_nobody_lost_and_nobody_twice(journal, everybody(4), served + server.served)


def test_a_run_cut_in_any_connection_at_once_leaves_one_unsure_for_each(journal: Path) -> None:
    def script(one: Item, _: int) -> CutError | None:
        return CutError() if one.number >= 10 else None

    first, second = Server(script), Server()
    with pytest.raises(CutError):
        run(first, journal, 40, connections=4)
    handed = run(second, journal, 40)
    assert handed.unsure <= 4
    check_nobody_lost_and_nobody_twice(journal, everybody(40), first.served + second.served)


def test_a_reply_that_could_not_be_written_down_leaves_its_recipient_unsure(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = Ledger.outcome

    def outcome(ledger: Ledger, one: Item, answers: dict[str, Answer]) -> None:
        if one.number == 2:
            raise OSError(28, "No space left on device")
        really(ledger, one, answers)

    first, second = Server(), Server()
    with monkeypatch.context() as patched:
        patched.setattr(Ledger, "outcome", outcome)
        with pytest.raises(OSError, match="No space"):
            run(first, journal, 5)
    assert run(second, journal, 5).unsure == 1
    assert [line["key"] for line in listed(journal, "unsure")] == ["k2"]
    check_nobody_lost_and_nobody_twice(journal, everybody(5), first.served + second.served)


def test_half_a_line_that_a_full_disk_left_has_nothing_written_behind_it(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really = os.write
    full = Event()

    def write(descriptor: int, octets: bytes) -> int:
        if b'"outcome": "k1"' in bytes(octets):
            full.set()
            return really(descriptor, bytes(octets)[:10])
        if full.is_set():
            raise OSError(28, "No space left on device")
        return really(descriptor, octets)

    first, second = Server(), Server()
    with monkeypatch.context() as patched:
        patched.setattr(os, "write", write)
        with pytest.raises((OSError, BulkError)):
            run(first, journal, 9, connections=3)
    handed = run(second, journal, 9)
    assert handed.unsure >= 1
    check_nobody_lost_and_nobody_twice(journal, everybody(9), first.served + second.served)


def test_a_line_of_the_sent_ones_that_outlived_the_journal_is_believed(journal: Path) -> None:
    first, second = Server(), Server()
    run(first, journal, 3)
    octets = journal.read_bytes()
    journal.write_bytes(octets[: octets.rfind(b'{"outcome"')])  # the machine kept the later line only
    assert run(second, journal, 3) == Handed(settled=3)
    check_nobody_lost_and_nobody_twice(journal, everybody(3), first.served + second.served)


def test_files_for_people_that_are_gone_are_written_again(journal: Path) -> None:
    server = Server(lambda one, _: said("rejected", *one.delivery.rcpt_to) if one.number == 1 else None)
    run(server, journal, 3)
    for name in ("sent.jsonl", "rejected.jsonl"):
        beside(journal, name).unlink()
    run(Server(), journal, 3)
    check_nobody_lost_and_nobody_twice(journal, everybody(3), server.served)


def test_a_missing_journal_beside_a_list_of_served_ones_is_an_error(journal: Path) -> None:
    run(Server(), journal, 2)
    journal.unlink()
    again = Server()
    with pytest.raises(BulkError, match="names recipients who were served"):
        run(again, journal, 2)
    assert again.served == []


def test_a_journal_that_somebody_else_wrote_into_is_an_error(journal: Path) -> None:
    run(Server(), journal, 2)
    octets = journal.read_bytes()
    journal.write_bytes(octets.replace(b'{"outcome": "k0"', b'{"outcome" "k0"'))
    with pytest.raises(BulkError, match=r"line 2 of .* no JSON object"):
        run(Server(), journal, 2)


def test_a_run_that_is_still_going_keeps_a_second_one_out(journal: Path) -> None:
    import subprocess
    import sys

    pytest.importorskip("fcntl", reason="this system has no fcntl: a lock of another process was not tried")
    code = (
        "import sys; from pathlib import Path; from mimekit.bulk.ledger import Ledger\n"
        "try: Ledger(Path(sys.argv[1]))\n"
        "except ValueError as error: print(error)"
    )
    ledger = Ledger(journal)
    ran = subprocess.run(
        [sys.executable, "-c", code, str(journal)],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[3],
    )
    ledger.close()
    assert "is in use by another run" in ran.stdout


# -- threads


def test_connections_are_used_at_once_and_used_again(journal: Path) -> None:
    together = threading.Barrier(4, timeout=10)

    def script(one: Item, _: int) -> None:
        if one.number < 4:
            together.wait()  # nobody gets past before four are here

    server = Server(script)
    assert run(server, journal, 20, connections=4).sent == 20
    assert server.most_at_once == 4
    assert server.connected == server.closed == 4


def test_rows_are_read_in_the_thread_of_the_caller_and_not_far_ahead(journal: Path) -> None:
    threads: set[int] = set()
    read = 0
    gap = 0
    server = Server()

    def rows() -> Iterator[Item]:
        nonlocal read, gap
        for number in range(100):
            threads.add(threading.get_ident())
            read += 1
            gap = max(gap, read - len(server.served))
            yield item(number)

    assert hand_over_all(rows(), server, journal_path=journal, connections=2).sent == 100
    assert threads == {threading.get_ident()}
    assert gap <= 2 * 2 + 2 + 2


def test_rows_that_wait_for_another_try_are_bounded_in_number(journal: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover, "_WAITING", 5)
    read = 0

    def rows() -> Iterator[Item]:
        nonlocal read
        for one in items(100):
            read += 1
            yield one

    busy = Server(lambda one, _: said("later", *one.delivery.rcpt_to))
    seen: list[int] = []

    def progress(_: Handed) -> None:
        seen.append(read)

    retries = Retries(attempts=3, first=0.05, longest=0.05)
    handed = hand_over_all(rows(), busy, journal_path=journal, retries=retries, progress=progress)
    assert handed.later == 100
    assert seen[4] <= 5 + 2 + 1


def test_an_error_of_the_rows_ends_the_run_after_what_is_under_way(journal: Path) -> None:
    def rows() -> Iterator[Item]:
        yield from items(5)
        message = "the file of rows is gone"
        raise OSError(message)

    first, second = Server(lambda *_: time.sleep(0.01)), Server()
    with pytest.raises(OSError, match="the file of rows is gone"):
        hand_over_all(rows(), first, journal_path=journal, connections=2)
    assert first.closed == 2
    assert run(second, journal, 5).unsure == 0
    check_nobody_lost_and_nobody_twice(journal, everybody(5), first.served + second.served)


def test_an_interrupt_waits_for_what_is_under_way_and_leaves_nobody_unsure(journal: Path) -> None:
    def rows() -> Iterator[Item]:
        yield from items(6)
        raise KeyboardInterrupt

    first, second = Server(lambda *_: time.sleep(0.02)), Server()
    with pytest.raises(KeyboardInterrupt):
        hand_over_all(rows(), first, journal_path=journal, connections=3)
    handed = run(second, journal, 10)
    assert handed.unsure == 0
    check_nobody_lost_and_nobody_twice(journal, everybody(10), first.served + second.served)


def test_a_sink_that_cannot_connect_raises_in_the_callers_thread(journal: Path) -> None:
    class Closed(Server):
        def connect(self) -> Server:
            message = "no such region"
            raise BulkError(message)

    with pytest.raises(BulkError, match="no such region"):
        run(Closed(), journal, 5, connections=2)


def test_progress_gets_counts_that_grow(journal: Path) -> None:
    seen: list[Handed] = []
    run(Server(), journal, 5, progress=seen.append)
    assert [handed.sent for handed in seen] == [1, 2, 3, 4, 5]
    assert {handed.unsure for handed in seen} == {0}


@pytest.mark.parametrize(("given", "said_so"), [({"connections": 0}, "at least one"), ({"rate": 0}, "more than 0")])
def test_what_makes_no_run_is_refused(journal: Path, given: dict[str, object], said_so: str) -> None:
    with pytest.raises(BulkError, match=said_so):
        run(Server(), journal, 1, **given)
    assert not journal.exists()


# -- the rate


def test_the_rate_holds_over_all_connections(journal: Path) -> None:
    server = Server()
    assert run(server, journal, 21, connections=4, rate=100).sent == 21
    assert server.times[-1] - server.times[0] >= 20 / 100 - 0.005


def test_the_rate_counts_recipients(journal: Path) -> None:
    rows = [item(number, "b@example.test", "c@example.test") for number in range(6)]
    server = Server()
    hand_over_all(rows, server, journal_path=journal, rate=100)
    assert server.times[-1] - server.times[0] >= 5 * 3 / 100 - 0.005


class Clock:
    """A clock that goes on only while somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.stopped = False

    def __call__(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        self.now += seconds
        return self.stopped

    def is_set(self) -> bool:
        return self.stopped


def gate(rate: float | None, retries: Retries) -> tuple[handover._Gate, Clock]:
    clock = Clock()
    made = handover._Gate(rate, retries, stopped=clock, clock=clock, jitter=lambda: 1.0)  # type: ignore[arg-type]  # an Event as far as needed
    return made, clock


def test_a_turn_at_the_gate_comes_as_the_rate_allows() -> None:
    made, clock = gate(10, Retries())
    turns = []
    for recipients in (1, 1, 5, 1):
        assert made.passes(recipients)
        turns.append(round(clock.now - 1000, 6))
    assert turns == [0, 0.1, 0.2, 0.7]


def test_nobody_passes_the_gate_while_the_service_is_left_alone_and_waits_grow_until_it_answers() -> None:
    made, clock = gate(None, Retries(first=1.0, longest=5.0))
    waits = []
    for _ in range(4):
        made.hold()
        began = clock.now
        assert made.passes(1)
        waits.append(clock.now - began)
    assert waits == [1, 2, 4, 5]
    made.calm()
    assert made.hold() == 1
    assert made.hold() == 1, "it is one trouble, whoever notices it too"


def test_nobody_passes_the_gate_of_a_stopped_run() -> None:
    made, clock = gate(1, Retries())
    assert made.passes(1)
    clock.stopped = True
    assert not made.passes(1)


def test_waits_are_shortened_by_up_to_a_half() -> None:
    retries = Retries(first=1.0, longest=60.0)
    assert [retries.wait(3, jitter) for jitter in (0.0, 0.5, 1.0)] == [2.0, 3.0, 4.0]
    assert retries.wait(10_000, 1.0) == 60.0


# -- odd keys and rows


@pytest.mark.parametrize("key", ["", "\u00fc", 'a"b\\', "line\nend", "\udc80", "x" * 5000])
def test_any_key_is_found_again(journal: Path, key: str) -> None:
    made = item(0)
    row = Item(number=0, key=key, row={"v": b"\xff", "w": 1.5}, delivery=made.delivery, message_id=made.message_id)
    server = Server(lambda one, _: said("rejected", *one.delivery.rcpt_to))
    assert hand_over_all([row], server, journal_path=journal).rejected == 1
    assert hand_over_all([row], Server(), journal_path=journal).settled == 1
    assert [line["key"] for line in listed(journal, "rejected")] == [key]
    for line in journal.read_text().splitlines():
        json.loads(line)
