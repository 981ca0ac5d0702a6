"""A run that is killed at random moments and taken up again: every recipient exactly once, in every kind of sink."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from mimekit import parse_mbox, ses
from mimekit.bulk.lines import beside
from mimekit.maildir import Outbox
from tests.servers.recorder import Recorder
from tests.support.handing import listed
from tests.support.net import wait_until

ROOT = Path(__file__).resolve().parents[2]
NEWSLETTER = ROOT / "docs" / "examples" / "newsletter"
KILLS = 3
KEYS = {"PYTHONPATH": str(ROOT), "PATH": os.environ["PATH"]}


def make_rows(path: Path, many: int) -> list[str]:
    """Write a file of rows, two of them bad, and give the recipients of the others."""
    made = subprocess.run(
        [sys.executable, NEWSLETTER / "make_rows.py", str(many)], check=True, capture_output=True, text=True
    )
    lines = made.stdout.splitlines(keepends=True)
    lines[many // 2] = lines[many // 2].replace("@", " at ", 1)
    lines[-1] = lines[-1].replace(".test,", ".test,one too many,", 1)
    path.write_text("".join(lines), encoding="utf-8", newline="")
    return [line.partition(",")[0] for line in (*lines[1 : many // 2], *lines[many // 2 + 1 : -1])]


def start(folder: Path, sink: str, workers: int, *more: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mimekit", "bulk", str(NEWSLETTER / "template.toml"), "rows.csv", "-o", sink]
    return subprocess.Popen(
        [*command, "--key", "email", "--workers", str(workers), *more],
        cwd=folder,
        env=KEYS,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def size_of(path: Path) -> int:
    """Give the octets of a file, or of the files in a directory."""
    if path.is_dir():
        return sum([size_of(entry) for entry in path.iterdir()])
    try:
        return path.stat().st_size
    except FileNotFoundError:  # renamed since it was listed
        return 0


def run_and_kill(folder: Path, sink: str, path: Path, *, workers: int, whole: int) -> str:
    """Kill a run three times at random moments, then let it end; give what it said."""
    draw = random.Random()
    for _ in range(KILLS):
        process = start(folder, sink, workers)
        moment = size_of(path) * 0.7 + draw.uniform(0.0, 0.2) * whole
        while process.poll() is None and (size_of(path) < moment or not path.exists()):
            time.sleep(0.002)
        time.sleep(draw.uniform(0.0, 0.02))
        assert process.poll() is None, (process.communicate(), moment)
        group = os.getpgid(process.pid)
        process.kill()
        process.communicate()
        wait_until(partial(is_gone, group), seconds=10, what="the end of the workers")
    process = start(folder, sink, workers)
    said, wrong = process.communicate(timeout=120)
    assert (process.returncode, wrong) == (1, ""), "two rows are bad"
    return said


def is_gone(group: int) -> bool:
    """Whether no process of that group lives: workers do not outlive their parent."""
    listed = subprocess.run(["ps", "-e", "-o", "pgid=,stat="], check=True, capture_output=True, text=True)
    living = [line.split() for line in listed.stdout.splitlines()]
    return [state for found, state in living if int(found) == group and not state.startswith("Z")] == []


def of_jsonl(path: Path) -> Iterator[str]:
    with path.open("rb") as file:
        for line in file:
            yield from ses.load_payload(line).rcpt_to


def of_mbox(path: Path) -> Iterator[str]:
    envelopes = path.with_name(f"{path.name}.envelopes.jsonl").read_text().splitlines()
    for message, line in zip(parse_mbox(path.read_bytes()), envelopes, strict=True):
        record = json.loads(line)
        assert [mailbox.address for mailbox in message.to] == record["rcpt_to"] == [record["key"]]
        yield from record["rcpt_to"]


def of_maildir(path: Path) -> Iterator[str]:
    assert list((path / "tmp").iterdir()) == []
    for delivery in Outbox(path).deliveries():
        yield from delivery.rcpt_to


def of_eml(path: Path) -> Iterator[str]:
    names = {entry.stem for entry in path.glob("*.eml")}
    assert names == {entry.stem for entry in (path / "envelopes").iterdir()}
    assert {entry.stem for entry in path.iterdir() if entry.name != "envelopes"} == names
    for name in names:
        yield from json.loads((path / "envelopes" / f"{name}.json").read_text())["rcpt_to"]


def of_parquet(path: Path) -> Iterator[str]:
    from pyarrow import parquet

    for part in sorted(path.iterdir()):
        for row in parquet.read_table(part).to_pylist():
            assert (row["data"] is None) == (row["error"] is not None)
            yield from row["rcpt_to"] or ()


@pytest.mark.parametrize(
    ("sink", "read", "size"),
    [
        ("out.jsonl", of_jsonl, (100_000, 2, 2500)),
        ("mbox:out.mbox", of_mbox, (8_000, 1, 1500)),
        ("maildir:out", of_maildir, (2_000, 2, 1500)),
        ("eml:out", of_eml, (2_000, 1, 1500)),
        ("parquet:out", of_parquet, (10_000, 1, 150)),
    ],
)
def test_after_three_kills_every_recipient_is_there_exactly_once(
    sink: str, read: Callable[[Path], Iterator[str]], size: tuple[int, int, int], tmp_path: Path
) -> None:
    many, workers, octets = size  # rows, processes, octets of a message in the sink
    everybody = make_rows(tmp_path / "rows.csv", many)
    path = tmp_path / sink.rpartition(":")[2]
    said = run_and_kill(tmp_path, sink, path, workers=workers, whole=many * octets)
    assert f"{len(everybody):,} of {many:,} rows written to {sink}, 2 rejected, 0 skipped" in said
    found = Counter(read(path))
    assert [who for who in found if found[who] > 1] == []
    assert sorted(found) == sorted(everybody)
    lines = beside(path.with_name(f"{path.name}.journal"), "rejected.jsonl").read_text().splitlines()
    assert [json.loads(line)["number"] for line in lines] == [many // 2 - 1, many - 1]


def test_a_server_gets_every_row_once_but_for_those_listed_as_unsure(recorder: Recorder, tmp_path: Path) -> None:
    everybody = make_rows(tmp_path / "rows.csv", 1200)
    draw = random.Random()
    sink = f"smtp://{recorder.host}:{recorder.port}?local_hostname=sender.test"
    for _ in range(KILLS):
        process = start(tmp_path, sink, 2, "--journal", "may.journal", "--connections", "3")
        moment = len(recorder.received) + draw.randint(5, 300)
        wait_until(lambda: len(recorder.received) >= moment, seconds=60, what=f"{moment} messages")  # noqa: B023 - called in the same round
        process.kill()
        process.communicate()
        wait_until(partial(is_gone, process.pid), seconds=10, what="the end of the workers")
    assert len(recorder.received) < len(everybody), "the last kill came before the end"
    said, wrong = start(tmp_path, sink, 2, "--journal", "may.journal", "--connections", "3").communicate(timeout=120)
    assert wrong == ""
    assert "1,200 rows: 2 rejected, 0 skipped" in said
    journal = tmp_path / "may.journal"
    rejected = listed(journal, "rejected")
    assert [line["number"] for line in rejected] == [599, 1199], "they are rejected once"
    served = Counter([who for one in recorder.received for who in one.rcpt_to])
    sent = Counter([line["recipient"] for line in listed(journal, "sent")])
    unsure = Counter([line["recipient"] for line in listed(journal, "unsure")])
    assert sent + unsure == Counter(everybody), "each recipient stands in one of the two files, once"
    assert {who: served[who] for who in sent} == dict.fromkeys(sent, 1)
    assert [who for who in unsure if served[who] > 1] == []
    assert len(unsure) <= KILLS * 3


def test_a_worker_that_is_killed_ends_the_run_with_a_sentence_and_it_goes_on(tmp_path: Path) -> None:
    everybody = make_rows(tmp_path / "rows.csv", 60_000)
    process = start(tmp_path, "out.jsonl", 2)
    wait_until(lambda: size_of(tmp_path / "out.jsonl") > 0, seconds=20, what="the first octets")
    os.kill(children(process.pid)[0], signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert (process.returncode, said.count("\n")) == (2, 1)
    assert "a worker process ended by signal 9" in said
    assert start(tmp_path, "out.jsonl", 1).communicate(timeout=60)[1] == ""
    assert sorted(of_jsonl(tmp_path / "out.jsonl")) == sorted(everybody)


def test_an_interrupt_is_one_line_and_the_run_goes_on(tmp_path: Path) -> None:
    everybody = make_rows(tmp_path / "rows.csv", 60_000)
    process = start(tmp_path, "out.jsonl", 2)
    wait_until(lambda: size_of(tmp_path / "out.jsonl") > 0, seconds=20, what="the first octets")
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: the workers get it too
    assert process.communicate(timeout=60) == ("", "mimekit: interrupted\n")
    assert process.returncode == 130
    assert start(tmp_path, "out.jsonl", 1).communicate(timeout=60)[1] == ""
    assert sorted(of_jsonl(tmp_path / "out.jsonl")) == sorted(everybody)


def children(parent: int) -> list[int]:
    """Give the processes that a process started."""
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(parent)], check=True, capture_output=True, text=True)
    return [int(pid) for pid in listed.stdout.split()]
