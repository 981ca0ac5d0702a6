"""The SMTP sink against servers that break off at every moment: nobody lost, nobody twice but those who are unsure."""

from __future__ import annotations

import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mimekit import Delivery, Envelope
from mimekit.bulk.handover import Handed, Retries, hand_over_all
from mimekit.bulk.items import Item
from mimekit.bulk.sinks.smtp import SmtpSink
from mimekit.errors import BulkError
from tests.servers.faulty import AFTER_THE_END, FAULTS, Faulty, faulty
from tests.servers.postfix import Postfix
from tests.servers.recorder import Recorder
from tests.support.handing import AT_ONCE, address, check_nobody_lost_and_nobody_twice, item, items, listed
from tests.support.net import HOST, free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]

REJECTING = {"550 to MAIL", "550 to RCPT", "554 to DATA", "550 to the end"}
STOPPING = {"quota used up", "sending paused"}
TRIED_AGAIN = set(FAULTS) - REJECTING - STOPPING - AFTER_THE_END - {"cut after the reply"}


@pytest.fixture
def server() -> Iterator[Faulty]:
    with faulty() as running:
        yield running


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "may.journal"


def sink(server: Faulty | Recorder | Postfix) -> SmtpSink:
    return SmtpSink(server.host, server.port, local_hostname="sender.test", final_timeout=0.3)


def run(server: Faulty | Recorder, journal: Path, many: int, **options: object) -> Handed:
    given = {"retries": AT_ONCE, **options}
    return hand_over_all(items(many), sink(server), journal_path=journal, **given)  # type: ignore[arg-type]  # as a test names them


def everybody(many: int) -> list[str]:
    return [address(number) for number in range(many)]


# -- without faults


def test_messages_arrive_over_one_connection_with_the_reply_listed(server: Faulty, journal: Path) -> None:
    assert run(server, journal, 12) == Handed(sent=12)
    assert server.connections == 1
    assert listed(journal, "sent")[3]["reply"] == "250 taken"
    check_nobody_lost_and_nobody_twice(journal, everybody(12), server.taken)


def test_the_octets_arrive_as_they_are(recorder: Recorder, journal: Path) -> None:
    rows = [item(0, text=".\n..\nend\n"), item(1)]
    hand_over_all(rows, sink(recorder), journal_path=journal)
    assert [one.octets for one in recorder.received] == [row.delivery.data for row in rows]
    assert [one.mail_from for one in recorder.received] == [row.delivery.mail_from for row in rows]


def test_messages_arrive_at_postfix_over_several_connections(postfix: Postfix, journal: Path) -> None:
    handed = hand_over_all(items(30), sink_of_postfix(postfix), journal_path=journal, connections=3)
    assert handed == Handed(sent=30)
    served = [copy.recipient for copy in postfix.copies(30)]
    assert "queued as" in listed(journal, "sent")[0]["reply"]
    check_nobody_lost_and_nobody_twice(journal, everybody(30), served)


def sink_of_postfix(postfix: Postfix) -> SmtpSink:
    return SmtpSink(postfix.host, postfix.port, local_hostname="sender.test")


def test_postfix_refuses_one_recipient_and_the_others_are_served(postfix: Postfix, journal: Path) -> None:
    row = item(0, "nobody@elsewhere.invalid", "second@example.test")
    handed = hand_over_all([row], sink_of_postfix(postfix), journal_path=journal, retries=AT_ONCE)
    served = [copy.recipient for copy in postfix.copies(2)]
    assert sorted(served) == sorted(["r0000@example.test", "second@example.test"])
    assert handed.sent + handed.rejected == 3
    assert handed.sent >= 2


# -- one fault


@pytest.mark.parametrize("fault", sorted(TRIED_AGAIN))
def test_what_was_not_taken_for_now_is_tried_again(server: Faulty, journal: Path, fault: str) -> None:
    server.plan = {2: [fault], 5: [fault, fault]}
    assert run(server, journal, 8) == Handed(sent=8)
    assert server.tries[2] == 2
    assert server.tries[5] == 3
    check_nobody_lost_and_nobody_twice(journal, everybody(8), server.taken)


@pytest.mark.parametrize("fault", sorted(REJECTING))
def test_what_is_refused_for_good_is_rejected_and_the_others_go_on(server: Faulty, journal: Path, fault: str) -> None:
    server.plan = {0: [fault], 5: [fault]}
    assert run(server, journal, 8) == Handed(sent=6, rejected=2)
    assert [server.tries[number] for number in (0, 5)] == [1, 1]
    assert [line["reason"] for line in listed(journal, "rejected")] == [FAULTS[fault][1]] * 2
    assert server.connections == 1
    check_nobody_lost_and_nobody_twice(journal, everybody(8), server.taken)


@pytest.mark.parametrize("fault", sorted(AFTER_THE_END))
def test_what_has_no_reply_after_its_end_is_unsure_and_not_tried_again(
    server: Faulty, journal: Path, fault: str
) -> None:
    server.plan = {2: [fault], 5: [fault]}
    assert run(server, journal, 8) == Handed(sent=6, unsure=2)
    assert [server.tries[number] for number in (2, 5)] == [1, 1]
    assert [line["key"] for line in listed(journal, "unsure")] == ["k2", "k5"]
    check_nobody_lost_and_nobody_twice(journal, everybody(8), server.taken)
    assert run(server, journal, 8) == Handed(settled=6, unsure=2)


def test_a_connection_cut_after_the_reply_is_replaced_and_nobody_is_served_twice(server: Faulty, journal: Path) -> None:
    server.plan = {2: ["cut after the reply"], 5: ["cut after the reply"]}
    assert run(server, journal, 8) == Handed(sent=8)
    assert server.connections == 3
    check_nobody_lost_and_nobody_twice(journal, everybody(8), server.taken)


def test_a_connection_cut_in_a_long_message_is_known_to_have_taken_nothing(server: Faulty, journal: Path) -> None:
    long = item(0, text="x" * 70 + "\n" + ("y" * 70 + "\n") * 200_000)  # more than any buffer on the way
    server.plan = {0: ["cut in the data", "cut in the data"]}
    handed = hand_over_all([long], sink_of_patience(server), journal_path=journal, retries=AT_ONCE)
    assert handed == Handed(sent=1)
    assert server.tries[0] == 3
    check_nobody_lost_and_nobody_twice(journal, everybody(1), server.taken)


def sink_of_patience(server: Faulty) -> SmtpSink:
    return SmtpSink(server.host, server.port, local_hostname="sender.test")


@pytest.mark.parametrize("fault", sorted(STOPPING))
def test_a_used_up_quota_or_paused_sending_stops_the_run_which_can_go_on(
    server: Faulty, journal: Path, fault: str
) -> None:
    server.plan = {4: [fault]}
    handed = run(server, journal, 9)
    assert handed == Handed(sent=4, later=1, stopped=FAULTS[fault][1])
    assert run(server, journal, 9) == Handed(sent=5, settled=4)
    check_nobody_lost_and_nobody_twice(journal, everybody(9), server.taken)


def test_a_refused_recipient_is_told_from_the_others_when_the_reply_is_lost(journal: Path) -> None:
    class OneRefused(Faulty):
        async def handle_RCPT(self, server, session, envelope, address, rcpt_options):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, N802 - as aiosmtpd calls it
            if address.startswith("unknown"):
                return "550 5.1.1 no such user"
            return await super().handle_RCPT(server, session, envelope, address, rcpt_options)

    other = OneRefused()
    other.start()
    other.plan = {0: ["cut before the reply"]}
    try:
        row = item(0, "unknown@example.test")
        handed = hand_over_all([row], sink(other), journal_path=journal, retries=AT_ONCE)
    finally:
        other.stop()
    assert handed == Handed(rejected=1, unsure=1)
    check_nobody_lost_and_nobody_twice(journal, row.delivery.rcpt_to, other.taken)


# -- the server as a whole


def test_a_server_that_is_not_there_stops_the_run_which_can_go_on(journal: Path) -> None:
    away = SmtpSink(HOST, free_port(), timeout=2)
    few = Retries(attempts=3, first=0.001, longest=0.002)
    handed = hand_over_all(items(5), away, journal_path=journal, connections=2, retries=few)
    assert handed.sent == handed.rejected == handed.unsure == 0
    assert handed.stopped is not None
    assert handed.stopped.startswith("nothing was taken in 3 attempts")
    with faulty() as server:
        assert run(server, journal, 5) == Handed(sent=5)
        check_nobody_lost_and_nobody_twice(journal, everybody(5), server.taken)


def test_a_server_that_comes_back_is_waited_for(journal: Path) -> None:
    server = Faulty()
    later = threading.Timer(0.4, server.start)
    later.start()
    try:
        waits = Retries(attempts=16, first=0.05, longest=0.2)
        assert run(server, journal, 5, retries=waits) == Handed(sent=5)
    finally:
        later.join()
        server.stop()


def test_a_connection_that_was_idle_too_long_is_replaced(server: Faulty, journal: Path) -> None:
    server._controller.SMTP_kwargs["timeout"] = 0.2

    def rows() -> Iterator[Item]:
        yield item(0)
        wait_until(lambda: len(server.taken) == 1, seconds=5, what="the first message")
        time.sleep(0.5)
        yield item(1)

    handed = hand_over_all(rows(), sink(server), journal_path=journal, retries=Retries(first=60.0))
    assert handed == Handed(sent=2)
    check_nobody_lost_and_nobody_twice(journal, everybody(2), server.taken)


class Scripted:
    """A server that says these lines whatever it is told, one for each line it gets after the first."""

    def __init__(self, *lines: bytes) -> None:
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._lines = lines
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rb") as heard:
            for line in self._lines:
                connection.sendall(line)
                heard.readline()

    def close(self) -> None:
        self._thread.join(5)
        self._listener.close()


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        ([b"554 5.7.1 you are blocked\r\n"], "554 5.7.1 you are blocked"),
        ([b"220 hi\r\n", b"250 hi\r\n", b"530 5.7.0 Authentication required\r\n", b"250 ok\r\n"], "530 5.7.0"),
        (
            [b"220 hi\r\n", b"250 hi\r\n", b"550 5.4.5 Daily user sending quota exceeded.\r\n", b"250 ok\r\n"],
            "550 5.4.5",
        ),
    ],
    ids=["554 as a greeting", "530 to MAIL", "quota"],
)
def test_a_server_that_lets_nobody_in_stops_the_run_and_rejects_no_row(
    journal: Path, lines: list[bytes], said: str
) -> None:
    server = Scripted(*lines)
    handed = hand_over_all(items(3), SmtpSink(HOST, server.port), journal_path=journal, retries=AT_ONCE)
    server.close()
    assert handed.stopped is not None
    assert said in handed.stopped
    assert (handed.sent, handed.rejected, handed.unsure) == (0, 0, 0)


def test_a_server_without_starttls_stops_the_run(server: Faulty, journal: Path) -> None:
    wanting = SmtpSink(server.host, server.port, tls="starttls", local_hostname="sender.test")
    handed = hand_over_all(items(3), wanting, journal_path=journal, retries=AT_ONCE)
    assert handed.stopped is not None
    assert "STARTTLS" in handed.stopped
    assert server.taken == []


def test_a_password_that_the_server_does_not_want_stops_the_run(server: Faulty, journal: Path) -> None:
    knowing = SmtpSink(server.host, server.port, username="a", password="b", local_hostname="sender.test")  # noqa: S106 - for the server of this test
    handed = hand_over_all(items(3), knowing, journal_path=journal, retries=AT_ONCE)
    assert handed.stopped is not None
    assert server.taken == []


def test_what_the_server_does_not_offer_rejects_the_row_alone(plain_recorder: Recorder, journal: Path) -> None:
    envelope = Envelope("a@xn--bcher-kva.test", ["j\u00f6rg@example.test"], smtputf8=True)
    utf8 = Item(0, "k0", {}, Delivery(envelope, "Subject: \u00fc\r\n\r\n".encode()), "<a@b>")
    handed = hand_over_all([utf8, item(1)], sink(plain_recorder), journal_path=journal, retries=AT_ONCE)
    assert handed == Handed(sent=1, rejected=1)
    assert "SMTPUTF8" in listed(journal, "rejected")[0]["reason"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tls": "maybe"}, "starttls"),
        ({"username": "a"}, "give both"),
        ({"username": "a", "password": "b"}, "in the clear"),
    ],
)
def test_a_sink_that_cannot_be_right_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(BulkError, match=said):
        SmtpSink("mail.example.com", **given)  # type: ignore[arg-type]  # as a caller without types


# -- everything at once


@pytest.mark.parametrize("seed", range(4))
def test_any_faults_in_any_order_lose_nobody_and_serve_nobody_twice(server: Faulty, journal: Path, seed: int) -> None:
    rng = random.Random(seed)
    many = 120
    names = sorted(set(FAULTS) - {"no reply"})
    server.plan = {number: rng.choices(names, k=rng.randint(1, 3)) for number in range(many) if rng.random() < 0.5}
    for _ in range(200):
        handed = run(server, journal, many, connections=3)
        assert handed.later == 0 or handed.stopped is not None
        if handed.stopped is None:
            break
    else:
        pytest.fail("the run never came to its end")
    check_nobody_lost_and_nobody_twice(journal, everybody(many), server.taken)
    for line in listed(journal, "unsure"):
        assert set(server.plan[int(line["key"][1:])]) & AFTER_THE_END


# -- kill -9


@pytest.mark.skipif(
    not hasattr(signal, "SIGKILL"), reason="this system has no kill -9: taking a killed run up again was not tried"
)
@pytest.mark.parametrize("connections", [1, 4])
def test_a_run_killed_three_times_serves_everybody_but_for_one_unsure_a_connection(
    server: Faulty, journal: Path, connections: int
) -> None:
    many, kills = 1500, 3
    rng = random.Random(connections)
    command = [
        sys.executable,
        "-m",
        "tests.servers.sender",
        str(journal),
        str(server.port),
        str(many),
        str(connections),
    ]
    for _ in range(kills):
        moment = len(server.taken) + rng.randint(20, 400)
        process = subprocess.Popen(command, cwd=ROOT)
        try:
            wait_until(lambda: len(server.taken) >= moment, seconds=60, what=f"{moment} messages")  # noqa: B023 - called in the same round
            time.sleep(rng.random() / 100)
        finally:
            process.kill()
            process.wait()
    assert len(server.taken) < many, "the last kill came before the end"
    subprocess.run(command, cwd=ROOT, check=True, timeout=120)
    check_nobody_lost_and_nobody_twice(journal, everybody(many), server.taken)
    assert len(listed(journal, "unsure")) <= kills * connections
