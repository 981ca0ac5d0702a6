"""The SES sink against a service that refuses, falls over and breaks off: nobody lost, nobody twice but the unsure."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ses.models import ses_backends

from mimekit import Delivery, Envelope, Message
from mimekit.bulk.handover import Handed, Retries, hand_over_all
from mimekit.bulk.items import Item
from mimekit.bulk.sinks.ses import SesSink
from mimekit.errors import BulkError
from tests.servers.amazon import Amazon
from tests.servers.faulty_amazon import FAULTS, FaultyAmazon, Refusal, faulty_amazon
from tests.support.handing import AT_ONCE, address, check_nobody_lost_and_nobody_twice, item, items, listed
from tests.support.net import HOST, free_port

TRIED_AGAIN = ["throttled", "unavailable"]
REJECTING = ["bad", "rejected"]
STOPPING = ["paused by its text", "quota used up", "sending paused", "token expired"]
UNSURE = sorted(set(FAULTS) - {*TRIED_AGAIN, *REJECTING, *STOPPING})

versions = pytest.mark.parametrize("version", [1, 2])


@pytest.fixture
def server(ses: Amazon) -> Iterator[FaultyAmazon]:
    with faulty_amazon(ses._url) as running:
        yield running


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    # What would have boto3 call again by itself.
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "5")
    monkeypatch.setenv("AWS_RETRY_MODE", "standard")


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "may.journal"


def sink(server: FaultyAmazon, version: int, timeout: float = 20) -> SesSink:
    return SesSink("us-east-1", version=version, endpoint_url=server.url, timeout=timeout)


def run(server: FaultyAmazon, version: int, journal: Path, many: int, **options: object) -> Handed:
    # Long, for a busy machine is no fault; short where the server says nothing.
    waits_in_vain = any("no answer" in faults for faults in server.plan.values())
    given = {"retries": AT_ONCE, **options}
    target = sink(server, version, 0.5 if waits_in_vain else 20)
    return hand_over_all(items(many), target, journal_path=journal, **given)  # type: ignore[arg-type]  # as a test names them


def everybody(many: int) -> list[str]:
    return [address(number) for number in range(many)]


# -- without faults


@versions
def test_messages_are_taken_over_one_connection_with_the_ids_listed(
    server: FaultyAmazon, journal: Path, version: int
) -> None:
    assert run(server, version, journal, 6) == Handed(sent=6)
    assert server.connections == 1
    stored = ses_backends[DEFAULT_ACCOUNT_ID]["us-east-1"].sent_messages
    assert [line["ses_message_id"] for line in listed(journal, "sent")] == [message.id for message in stored]
    assert [message.raw_data.encode() for message in stored] == [row.delivery.data for row in items(6)]
    check_nobody_lost_and_nobody_twice(journal, everybody(6), server.taken)


@versions
def test_several_connections_take_everybody_once(server: FaultyAmazon, journal: Path, version: int) -> None:
    assert run(server, version, journal, 40, connections=4) == Handed(sent=40)
    assert server.connections == 4
    check_nobody_lost_and_nobody_twice(journal, everybody(40), server.taken)


@versions
def test_a_row_of_more_recipients_than_a_call_takes_goes_in_several(
    server: FaultyAmazon, journal: Path, version: int
) -> None:
    hidden = Message(from_="sender@xn--bcher-kva.test", bcc=everybody(120), text="x")  # moto counts the header too
    row = replace(item(0), delivery=hidden.deliveries()[0])
    assert hand_over_all([row], sink(server, version), journal_path=journal, retries=AT_ONCE) == Handed(sent=120)
    assert server.tries.total() == 3
    check_nobody_lost_and_nobody_twice(journal, everybody(120), server.taken)


def test_arguments_of_the_call_are_those_of_the_sink(ses: Amazon, journal: Path) -> None:
    own = SesSink(version=2, client=ses.sesv2, configuration_set="newsletter", tags={"campaign": "may"})
    hand_over_all(items(2), own, journal_path=journal)
    assert [request.parameters["ConfigurationSetName"] for request in ses.requests] == ["newsletter"] * 2
    assert ses.requests[0].parameters["EmailTags"] == [{"Name": "campaign", "Value": "may"}]
    hand_over_all(items(3), own, journal_path=journal)  # the client of the caller is still of use
    assert len(ses.requests) == 3


# -- one fault


@versions
@pytest.mark.parametrize("fault", TRIED_AGAIN)
def test_what_was_not_taken_for_now_is_tried_again(
    server: FaultyAmazon, journal: Path, version: int, fault: str
) -> None:
    server.plan = {2: [fault], 4: [fault, fault]}
    assert run(server, version, journal, 6) == Handed(sent=6)
    assert [server.tries[number] for number in (2, 4)] == [2, 3]
    check_nobody_lost_and_nobody_twice(journal, everybody(6), server.taken)


@versions
@pytest.mark.parametrize("fault", REJECTING)
def test_what_is_refused_is_rejected_and_the_others_go_on(
    server: FaultyAmazon, journal: Path, version: int, fault: str
) -> None:
    server.plan = {0: [fault], 4: [fault]}
    assert run(server, version, journal, 6) == Handed(sent=4, rejected=2)
    refusal = FAULTS[fault]
    assert isinstance(refusal, Refusal)
    assert listed(journal, "rejected")[0]["reason"] == f"{(refusal.v1, refusal.v2)[version - 1][1]}: {refusal.text}"
    check_nobody_lost_and_nobody_twice(journal, everybody(6), server.taken)


@versions
@pytest.mark.parametrize("fault", STOPPING)
def test_what_holds_for_every_message_stops_the_run_which_can_go_on(
    server: FaultyAmazon, journal: Path, version: int, fault: str
) -> None:
    server.plan = {3: [fault]}
    handed = run(server, version, journal, 6)
    assert (handed.sent, handed.rejected, handed.unsure, handed.later) == (3, 0, 0, 1)
    refusal = FAULTS[fault]
    assert isinstance(refusal, Refusal)
    assert handed.stopped is not None
    assert handed.stopped.endswith(refusal.text)
    assert run(server, version, journal, 6) == Handed(sent=3, settled=3)
    check_nobody_lost_and_nobody_twice(journal, everybody(6), server.taken)


@versions
@pytest.mark.parametrize("fault", UNSURE)
def test_what_has_no_answer_is_unsure_and_called_once_whatever_boto3_would_do(
    server: FaultyAmazon, journal: Path, version: int, fault: str
) -> None:
    server.plan = {1: [fault], 4: [fault]}
    assert run(server, version, journal, 6) == Handed(sent=4, unsure=2)
    if fault == "no answer":
        time.sleep(0.6)  # the proxy lets go of the call
    assert [server.tries[number] for number in (1, 4)] == [1, 1]
    assert [line["key"] for line in listed(journal, "unsure")] == ["k1", "k4"]
    check_nobody_lost_and_nobody_twice(journal, everybody(6), server.taken)
    assert run(server, version, journal, 6) == Handed(settled=4, unsure=2)


@versions
def test_a_limit_of_the_service_rejects_the_row_without_a_call(
    server: FaultyAmazon, journal: Path, version: int
) -> None:
    data = b"From: a@xn--bcher-kva.test\r\n\r\n\xfc\r\n"
    row = Item(0, "k0", {}, Delivery(Envelope("a@xn--bcher-kva.test", [address(0)]), data), "<a@b>")
    handed = hand_over_all([row, item(1)], sink(server, version), journal_path=journal, retries=AT_ONCE)
    assert handed == Handed(sent=1, rejected=1)
    assert server.tries[0] == 0
    assert "7-bit" in listed(journal, "rejected")[0]["reason"]


# -- the service as a whole


def test_a_service_that_cannot_be_reached_stops_the_run_which_can_go_on(server: FaultyAmazon, journal: Path) -> None:
    away = SesSink("us-east-1", endpoint_url=f"http://{HOST}:{free_port()}")
    few = Retries(attempts=3, first=0.001, longest=0.002)
    handed = hand_over_all(items(5), away, journal_path=journal, connections=2, retries=few)
    assert (handed.sent, handed.rejected, handed.unsure) == (0, 0, 0)
    assert handed.stopped is not None
    assert handed.stopped.startswith("nothing was taken in 3 attempts")
    assert run(server, 2, journal, 5) == Handed(sent=5)
    check_nobody_lost_and_nobody_twice(journal, everybody(5), server.taken)


def test_a_service_that_falls_over_again_and_again_stops_the_run(server: FaultyAmazon, journal: Path) -> None:
    server.plan = {number: ["failed"] for number in range(50)}
    handed = run(server, 2, journal, 50, connections=2)
    assert handed.stopped is not None
    assert handed.unsure <= 2 * 2
    assert server.tries.total() == handed.unsure


def test_a_run_without_credentials_stops_before_the_first_call(
    server: FaultyAmazon, journal: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    handed = run(server, 2, journal, 5)
    assert handed.stopped == "Unable to locate credentials"
    assert (handed.rejected, handed.unsure) == (0, 0)
    assert server.tries.total() == 0


def test_a_run_without_a_region_does_not_begin(journal: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(BulkError, match="region"):
        hand_over_all(items(2), SesSink(), journal_path=journal)


@pytest.mark.parametrize("retries", [None, {"mode": "standard"}, {"total_max_attempts": 3}])
def test_a_client_that_retries_by_itself_is_refused(retries: dict[str, object] | None) -> None:
    client = boto3.client("sesv2", region_name="us-east-1", config=Config(retries=retries))
    with pytest.raises(BulkError, match="the client retries by itself"):
        SesSink(client=client)


def test_a_client_whose_retries_are_off_is_taken(ses: Amazon) -> None:
    assert SesSink(client=ses.sesv2).version == 2


@pytest.mark.parametrize(
    ("given", "said"), [({"version": 3}, "1 or 2"), ({"source_arm": "x"}, "send_email has no argument 'source_arm'")]
)
def test_a_sink_that_cannot_be_right_is_refused(given: dict[str, object], said: str) -> None:
    with pytest.raises(BulkError, match=said):
        SesSink(**given)  # type: ignore[arg-type]  # as a caller without types


# -- everything at once


@versions
@pytest.mark.parametrize("seed", range(2))
def test_any_faults_in_any_order_lose_nobody_and_serve_nobody_twice(
    server: FaultyAmazon, journal: Path, version: int, seed: int
) -> None:
    rng = random.Random(seed)
    many = 60
    names = sorted(set(FAULTS) - {"no answer"})
    server.plan = {number: rng.choices(names, k=rng.randint(1, 3)) for number in range(many) if rng.random() < 0.5}
    for _ in range(100):
        if run(server, version, journal, many, connections=3).stopped is None:
            break
    else:
        pytest.fail("the run never came to its end")
    check_nobody_lost_and_nobody_twice(journal, everybody(many), server.taken)
    for line in listed(journal, "unsure"):
        assert set(server.plan[int(line["key"][1:])]) & set(UNSURE)
