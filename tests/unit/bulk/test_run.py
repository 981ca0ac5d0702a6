"""Runs: every row once, whatever the row and whatever the end; the same octets whoever renders them."""

from __future__ import annotations

import errno
import json
import multiprocessing
import re
import sqlite3
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimekit import Delivery, parse, ses
from mimekit.bulk import Progress, Summary, Template, run, running
from mimekit.bulk.handover import Handed, Outcome
from mimekit.bulk.items import Item, message_id_of
from mimekit.bulk.ledger import Answer
from mimekit.bulk.sinks import open_sink
from mimekit.bulk.sinks.jsonl import JsonLinesSink
from mimekit.dkim import Signer, SigningKey, generate_key
from mimekit.errors import BulkError, MimekitError, PayloadError

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TEMPLATE = Template(
    from_="Shop <shop@example.com>",
    to="{name} <{email}>",
    subject="Receipt {number}",
    text="Dear {name},\n\nreceipt {number} is paid.\n",
    html="<p>Dear {name}, receipt {number} is paid.</p>",
    list_unsubscribe="https://shop.example/u/{number}",
    mail_from="bounces+{number}@example.com",
)


def row(number: int, **changed: object) -> dict[str, object]:
    return {"email": f"r{number}@example.test", "name": f"Reader {number}", "number": str(number), **changed}


def rows(many: int) -> list[dict[str, object]]:
    return [row(number) for number in range(many)]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(running, "_CHUNK", 4)
    return tmp_path


def deliveries(path: str = "out.jsonl") -> list[Delivery]:
    return [ses.load_payload(line) for line in Path(path).read_bytes().splitlines()]


def recipients(path: str = "out.jsonl") -> list[str]:
    return [recipient for delivery in deliveries(path) for recipient in delivery.rcpt_to]


def rejected(path: str = "out.jsonl") -> list[dict[str, Any]]:
    found = Path(f"{path}.rejected.jsonl")
    return [json.loads(line) for line in found.read_text(encoding="utf-8").splitlines()] if found.exists() else []


# -- the ordinary run


def test_every_row_becomes_a_message_in_order(here: Path) -> None:
    summary = run(TEMPLATE, rows(10), "out.jsonl", key="email", run_id="may", now=NOW)
    assert summary == Summary("may", rows=10, written=10)
    assert summary.is_clean
    assert recipients() == [f"r{number}@example.test" for number in range(10)]
    message = parse(deliveries()[3].data)
    assert message.message_id == message_id_of("may", "r3@example.test", "example.com")
    assert message.date == NOW
    assert sorted([entry.name for entry in here.iterdir()]) == ["out.jsonl", "out.jsonl.journal"]


def test_the_message_is_that_of_the_template(here: Path) -> None:
    run(TEMPLATE, rows(2), "out.jsonl", now=NOW)
    found, expected = parse(deliveries()[1].data), TEMPLATE.message(row(1))
    assert (found.subject, found.text, found.html, found.to) == (
        expected.subject,
        expected.text,
        expected.html,
        expected.to,
    )
    assert deliveries()[1].mail_from == "bounces+1@example.com"
    assert here.is_dir()


def test_no_two_runs_have_the_same_ids_unless_they_are_told_to(here: Path) -> None:
    for name, options in (("a", {}), ("b", {}), ("c", {"run_id": "x"}), ("d", {"run_id": "x"})):
        run(TEMPLATE, rows(2), f"{name}.jsonl", now=NOW, **options)  # type: ignore[arg-type]  # as listed
    found = {name: (here / f"{name}.jsonl").read_bytes() for name in "abcd"}
    assert found["a"] != found["b"] != found["c"] == found["d"]


@pytest.mark.parametrize("shape", ["plain", "signed", "attachment", "own id", "sender"])
def test_workers_give_the_same_octets(shape: str, here: Path) -> None:
    options: dict[str, Any] = {"from_": "shop@example.com", "to": "{email}", "text": "{name} {number}\u00e9"}
    if shape == "signed":
        (here / "key.pem").write_bytes(generate_key().to_pem())
        (here / "key.pem").chmod(0o600)
        options["signer"] = Signer("example.com", selector="s", key=SigningKey.load(here / "key.pem"))
    elif shape == "attachment":
        options["attachments"] = [("{number}.txt", b"octets")]
    elif shape == "own id":
        options["message_id"] = "<{number}@example.com>"
    elif shape == "sender":
        options["from_"] = "shop@s{number}.example"
    template = Template(**options)
    for name, workers in (("one", 1), ("two", 2)):
        summary = run(template, rows(21), f"{name}.jsonl", run_id="may", now=NOW, workers=workers)
        assert summary.written == 21
    assert (here / "one.jsonl").read_bytes() == (here / "two.jsonl").read_bytes()
    assert multiprocessing.active_children() == []


def test_workers_can_be_spawned(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = multiprocessing.get_context("spawn")
    monkeypatch.setattr(multiprocessing, "get_context", lambda: context)
    assert run(TEMPLATE, rows(9), "out.jsonl", workers=2).written == 9
    assert recipients() == [f"r{number}@example.test" for number in range(9)]
    assert here.is_dir()


def test_rows_are_read_as_they_are_needed(here: Path) -> None:
    taken = []

    def source() -> Iterator[dict[str, object]]:
        for number in range(400):
            taken.append(number)
            yield row(number)

    ahead: list[int] = []
    run(TEMPLATE, source(), "out.jsonl", workers=2, progress=lambda one: ahead.append(len(taken) - one.rows))
    assert len(ahead) == 100
    assert max(ahead) <= 4 * 8
    assert here.is_dir()


def test_progress_is_told_with_the_share_that_is_known(here: Path) -> None:
    told: list[Progress] = []
    run(TEMPLATE, rows(8), "out.jsonl", progress=told.append)
    assert [(one.rows, one.written, one.fraction) for one in told] == [(4, 4, 0.5), (8, 8, 1.0)]
    assert here.is_dir()


# -- keys


def test_a_repeated_or_missing_key_is_a_rejected_row(here: Path) -> None:
    given_rows = [row(0, id=7), row(1, id="7"), row(2, id=None), row(3), row(4, id=""), row(5, id=1.5), row(6, id=8)]
    summary = run(TEMPLATE, given_rows, "out.jsonl", key="id")
    assert (summary.written, summary.rejected, summary.is_clean) == (2, 5, False)
    assert recipients() == ["r0@example.test", "r6@example.test"]
    assert [(line["number"], line["key"], line["field"]) for line in rejected()] == [
        (1, "7", "id"),
        (2, None, "id"),
        (3, None, "id"),
        (4, None, "id"),
        (5, None, "id"),
    ]
    assert rejected()[0]["reason"] == "the key '7' is that of an earlier row"
    assert rejected()[0]["row"] == {"email": "r1@example.test", "name": "Reader 1", "number": "1", "id": "7"}
    assert [one.number for one in summary.rejections] == [1, 2, 3, 4, 5]
    assert here.is_dir()


def test_a_key_is_unique_over_a_run_that_was_taken_up_again(here: Path) -> None:
    run(TEMPLATE, rows(6), "out.jsonl", key="email", limit=4)
    summary = run(TEMPLATE, [*rows(4), row(2), row(5)], "out.jsonl", key="email")
    assert (summary.written, summary.rejected) == (5, 1)
    assert [line["number"] for line in rejected()] == [4]
    assert here.is_dir()


def test_columns_that_would_have_every_row_rejected_are_an_error_at_once(here: Path) -> None:
    (here / "rows.csv").write_text("email,name,number,city\n")
    with pytest.raises(BulkError, match="the column 'city', which the template does not use"):
        run(TEMPLATE, "rows.csv", "out.jsonl")
    with pytest.raises(BulkError, match="no column 'id', which is to be the key"):
        run(TEMPLATE, "rows.csv", "out.jsonl", key="id")
    assert run(TEMPLATE, "rows.csv", "out.jsonl", key="city").rows == 0


# -- rows that are left out


def test_what_a_predicate_says_is_skipped(here: Path) -> None:
    summary = run(TEMPLATE, rows(6), "out.jsonl", skip=lambda one: one["number"] in ("1", "4"))
    assert (summary.rows, summary.written, summary.skipped) == (6, 4, 2)
    assert recipients() == [f"r{number}@example.test" for number in (0, 2, 3, 5)]
    assert here.is_dir()


@pytest.mark.parametrize("workers", [1, 2])
def test_who_stands_in_the_file_gets_nothing_and_the_others_of_the_row_do(workers: int, here: Path) -> None:
    template = Template(from_="a@example.com", to="{email}", bcc="{name} <{copy}>", text="{number}")
    (here / "skip.txt").write_text("R1@EXAMPLE.test\nboth@example.test\n")
    given_rows = [row(number, copy=f"copy{number}@example.test") for number in range(3)]
    given_rows.append(row(3, email="both@example.test", copy="Both@example.test"))
    summary = run(template, given_rows, "out.jsonl", skip="skip.txt", workers=workers)
    assert (summary.written, summary.skipped) == (3, 1)
    assert [delivery.rcpt_to for delivery in deliveries()] == [
        ("r0@example.test", "copy0@example.test"),
        ("copy1@example.test",),
        ("r2@example.test", "copy2@example.test"),
    ]


def test_another_file_of_addresses_is_another_run(here: Path) -> None:
    (here / "skip.txt").write_text("r1@example.test\n")
    run(TEMPLATE, rows(2), "out.jsonl", skip="skip.txt")
    (here / "skip.txt").write_text("r0@example.test\n")
    with pytest.raises(BulkError, match="differs in skip"):
        run(TEMPLATE, rows(2), "out.jsonl", skip="skip.txt")


def test_a_limit_takes_the_first_rows_and_a_higher_one_goes_on(here: Path) -> None:
    assert run(TEMPLATE, rows(9), "out.jsonl", limit=5).rows == 5
    assert run(TEMPLATE, rows(9), "out.jsonl", limit=5).rows == 5
    assert run(TEMPLATE, rows(9), "out.jsonl").rows == 9
    assert recipients() == [f"r{number}@example.test" for number in range(9)]
    assert here.is_dir()


def test_a_sample_is_drawn_from_all_rows_and_drawn_again_alike(here: Path) -> None:
    summaries = [run(TEMPLATE, rows(1000), f"{name}.jsonl", run_id="may", now=NOW, sample=20) for name in "ab"]
    assert summaries[0] == summaries[1]
    assert (here / "a.jsonl").read_bytes() == (here / "b.jsonl").read_bytes()
    numbers = [int(re.sub(r"\D", "", who)) for who in recipients("a.jsonl")]
    assert numbers == sorted(set(numbers))
    assert len(numbers) == 20
    assert max(numbers) > 500 > min(numbers)


def test_a_dry_run_says_what_would_be_and_writes_nothing(here: Path) -> None:
    for sink in ("out.jsonl", "maildir:out", "smtp://mail.example.test"):
        summary = run(TEMPLATE, [*rows(5), row(5, email="no address")], sink, dry_run=True)
        assert (summary.rows, summary.written, summary.rejected) == (6, 5, 1)
        assert summary.rejections[0].field == "email"
    assert list(here.iterdir()) == []


# -- lint


def test_the_first_message_is_looked_at_and_what_is_wrong_stops_the_run(here: Path) -> None:
    looked_at: list[Delivery] = []
    run(TEMPLATE, rows(1005), "a.jsonl", lint=looked_at.append)
    assert [one.rcpt_to[0] for one in looked_at] == ["r0@example.test", "r1000@example.test"]

    def refuse(_: Delivery) -> None:
        message = "no one-click unsubscription"
        raise PayloadError(message)

    with pytest.raises(BulkError, match="row 0, key '0': no one-click unsubscription"):
        run(TEMPLATE, rows(9), "b.jsonl", lint=refuse)
    assert not (here / "b.jsonl").exists()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_profile_stops_the_run_before_anything_is_written(here: Path, workers: int) -> None:
    template = Template(from_="shop@example.com", to="{name} <{email}>", subject="News {number}", text="Hello\n")
    with pytest.raises(BulkError, match=r"row \d, key '\d': the linter finds .*B001 list-unsubscribe-missing"):
        run(template, rows(9), "a.jsonl", lint="bulk", workers=workers)
    assert not (here / "a.jsonl").exists()


@pytest.mark.usefixtures("here")
def test_warnings_are_told_and_stop_nothing() -> None:
    summary = run(TEMPLATE, rows(1005), "a.jsonl", lint={"profile": "bulk", "ignore": ["B001"]})
    assert summary.written == 1005
    assert [text.split()[0] for text in summary.warnings] == ["B006"]


@pytest.mark.usefixtures("here")
def test_the_first_message_is_looked_at_though_the_first_row_makes_none() -> None:
    looked_at: list[Delivery] = []
    bad = [{**row, "email": "nobody"} if number == 0 else row for number, row in enumerate(rows(5))]
    summary = run(TEMPLATE, bad, "a.jsonl", lint=looked_at.append)
    assert summary.rejected == 1
    assert [one.rcpt_to[0] for one in looked_at] == ["r1@example.test"]


@pytest.mark.parametrize("given", ["bulky", {"profiles": "bulk"}, {"select": "H9999"}])
def test_a_profile_or_an_argument_that_is_none_is_refused_at_once(here: Path, given: object) -> None:
    with pytest.raises(MimekitError, match=r"bulky|profiles|H9999"):
        run(TEMPLATE, rows(1), "a.jsonl", lint=given)  # type: ignore[arg-type]  # wrong on purpose
    assert list(here.iterdir()) == []


# -- going on


class CrashError(Exception):
    """The end of the process, as far as a test can have one."""


class Crashing(JsonLinesSink):
    """Ends the process at the n-th of the moments at which it may end."""

    moments = 0

    def _moment(self) -> None:
        Crashing.moments -= 1
        if Crashing.moments == 0:
            raise CrashError

    def write(self, packed: bytes) -> None:
        self._moment()
        super().write(packed[: len(packed) // 2])
        self._moment()
        super().write(packed[len(packed) // 2 :])
        self._moment()

    def is_due(self, seconds: float) -> bool:  # noqa: ARG002 - it always is
        return True

    def flush(self) -> Any:
        self._moment()
        found = super().flush()
        self._moment()
        return found


def some_rows() -> list[Any]:
    return [*rows(7), row(7, email="no address"), row(3), "no row", *[row(number) for number in range(8, 14)]]


def test_at_whatever_moment_a_run_ends_the_same_call_gives_the_same_files(here: Path) -> None:
    options: dict[str, Any] = {"key": "email", "run_id": "may", "now": NOW}
    expected = run(TEMPLATE, some_rows(), "whole.jsonl", **options)
    assert (expected.rows, expected.written, expected.rejected) == (16, 13, 3)
    for moment in range(1, 23):
        sink = f"{moment}.jsonl"
        Crashing.moments = moment
        with pytest.raises(CrashError):
            run(TEMPLATE, some_rows(), Crashing(here / sink), **options)
        Crashing.moments = moment // 3 + 1  # and once more, unless too little is left
        with suppress(CrashError):
            run(TEMPLATE, some_rows(), Crashing(here / sink), **options)
        summary = run(TEMPLATE, some_rows(), sink, **options)
        assert (summary.rows, summary.written, summary.rejected) == (16, 13, 3)
        assert (here / sink).read_bytes() == (here / "whole.jsonl").read_bytes()
        assert rejected(sink) == rejected("whole.jsonl")


def test_a_run_that_is_at_its_end_does_nothing(here: Path) -> None:
    (here / "rows.jsonl").write_text("".join([json.dumps(one) + "\n" for one in rows(9)]))
    first = run(TEMPLATE, "rows.jsonl", "out.jsonl")
    before = (here / "out.jsonl").stat().st_mtime_ns, (here / "out.jsonl.journal").read_bytes()
    assert run(TEMPLATE, "rows.jsonl", "out.jsonl") == first
    assert before == ((here / "out.jsonl").stat().st_mtime_ns, (here / "out.jsonl.journal").read_bytes())


def test_other_rows_are_noticed_where_they_can_be(here: Path) -> None:
    (here / "rows.jsonl").write_text(json.dumps(row(1)) + "\n")
    run(TEMPLATE, "rows.jsonl", "a.jsonl")
    (here / "rows.jsonl").write_text(json.dumps(row(2)) + "\n")
    with pytest.raises(BulkError, match="it differs in the rows"):
        run(TEMPLATE, "rows.jsonl", "a.jsonl")
    run(TEMPLATE, rows(9), "b.jsonl", key="email", limit=6)
    for others in ([row(100), *rows(9)], rows(3), [*rows(5), row(5, name="Ren\u00e9e"), *rows(9)[6:]]):
        with pytest.raises(BulkError, match="the first 6 rows are not those of the run"):
            run(TEMPLATE, others, "b.jsonl", key="email")


@pytest.mark.parametrize("end", [5, 10])
def test_rows_of_an_iterable_that_come_in_another_order_are_noticed(end: int, here: Path) -> None:
    run(TEMPLATE, iter(rows(10)), "out.jsonl", limit=end)
    before = (here / "out.jsonl").read_bytes()
    with pytest.raises(BulkError, match=r"not those of the run .* the same values, in the same order"):
        run(TEMPLATE, iter(rows(10)[::-1]), "out.jsonl")
    assert (here / "out.jsonl").read_bytes() == before
    assert run(TEMPLATE, iter(rows(10)), "out.jsonl").written == 10
    assert recipients() == [f"r{number}@example.test" for number in range(10)]


def test_rows_that_break_off_are_gone_on_with_wherever_chunks_were_cut(here: Path) -> None:
    for limit in (1, 3, 6, 7, 11):
        assert run(TEMPLATE, iter(rows(14)), "out.jsonl", limit=limit).rows == limit
    assert run(TEMPLATE, iter(rows(14)), "out.jsonl").written == 14
    assert recipients() == [f"r{number}@example.test" for number in range(14)]
    assert here.is_dir()


def test_rows_of_any_values_have_a_digest(here: Path) -> None:
    odd: list[Any] = [{**row(0), "number": Decimal("1.5")}, {7: object(), "b": b"x"}, [object()], None, "\udcf6"]
    odd.append(row(1))
    odd[1]["me"] = odd[1]
    for limit in (4, 6):
        assert run(TEMPLATE, odd, "out.jsonl", limit=limit).rows == limit
    assert run(TEMPLATE, odd, "out.jsonl").written == 2
    assert here.is_dir()


@pytest.mark.parametrize("change", ["deleted", "overwritten", "longer"])
def test_a_run_that_is_at_its_end_sees_that_its_sink_is_not_there(change: str, here: Path) -> None:
    (here / "rows.jsonl").write_text("".join([json.dumps(one) + "\n" for one in rows(9)]))
    run(TEMPLATE, "rows.jsonl", "out.jsonl")
    if change == "deleted":
        (here / "out.jsonl").unlink()
    else:
        (here / "out.jsonl").write_bytes(b"x\n" if change == "overwritten" else (here / "out.jsonl").read_bytes() * 2)
    with pytest.raises(BulkError, match=r"'out\.jsonl' has .* octets and its journal knows of .* begin anew"):
        run(TEMPLATE, "rows.jsonl", "out.jsonl")


def test_a_lower_limit_than_what_is_done_is_called_that(here: Path) -> None:
    run(TEMPLATE, rows(9), "out.jsonl", limit=6)
    with pytest.raises(BulkError, match=r"limit is 3, and .* says that 6 rows are done"):
        run(TEMPLATE, rows(9), "out.jsonl", limit=3)
    assert here.is_dir()


def test_a_full_disk_names_the_file_and_what_to_do(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(JsonLinesSink, "write", full)
        with pytest.raises(
            BulkError, match=r"'out\.jsonl', .* No space left on device; mend that and give the same call"
        ):
            run(TEMPLATE, rows(9), "out.jsonl")
    assert run(TEMPLATE, rows(9), "out.jsonl").written == 9
    assert here.is_dir()


@pytest.mark.parametrize("sink", ["out.jsonl", "maildir:out", "mbox:out", "eml:out", "parquet:out", "arrow:out"])
@pytest.mark.parametrize("value", [b"j\xf6rg@example.test", '"j\\udcf6rg@example.test"'])
def test_a_key_that_is_not_utf_8_costs_its_row_alone(value: bytes | str, sink: str, here: Path) -> None:
    good = rows(2)
    if isinstance(value, bytes):
        source = "rows.csv"
        lines = [",".join([str(one) for one in each.values()]).encode() for each in good]
        (here / source).write_bytes(b"\n".join([b"email,name,number", lines[0], value + b",J,3", lines[1]]))
    else:
        source = "rows.jsonl"
        bad = f'{{"email": {value}, "name": "J", "number": "3"}}'
        (here / source).write_text("\n".join([json.dumps(good[0]), bad, json.dumps(good[1])]))
    summary = run(TEMPLATE, source, sink, key="email")
    assert (summary.written, summary.rejected) == (2, 1)
    assert "is not UTF-8" in summary.rejections[0].reason


def test_rows_of_a_database_are_taken(here: Path) -> None:
    base = sqlite3.connect(":memory:")
    base.row_factory = sqlite3.Row
    base.execute("CREATE TABLE readers (email, name, number)")
    base.executemany("INSERT INTO readers VALUES (:email, :name, :number)", rows(5))
    found = run(TEMPLATE, base.execute("SELECT * FROM readers"), "out.jsonl", key="email")
    base.close()
    assert (found.written, found.rejected) == (5, 0)
    assert here.is_dir()


def test_a_time_that_is_not_given_is_that_of_the_first_start(here: Path) -> None:
    run(TEMPLATE, rows(9), "out.jsonl", limit=4)
    run(TEMPLATE, rows(9), "out.jsonl")
    assert len({parse(delivery.data).date for delivery in deliveries()}) == 1
    assert here.is_dir()


# -- what concerns the run


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"engine": "spark"}, "engine is 'spark'; it is one of local"),
        ({"workers": 0}, "workers is 0"),
        ({"limit": -1}, "limit is -1"),
        ({"sample": True}, "sample is True"),
        ({"connections": 0}, "connections is 0"),
        ({"skip": "missing.txt"}, r"missing\.txt.* cannot be read"),
        ({"run_id": 5}, "run_id is 5, a int; give a str"),
        ({"now": datetime.now}, r"now is .*; give a datetime"),
        ({"now": datetime(2026, 1, 1)}, "aware"),
    ],
)
def test_what_is_no_run_is_an_error_before_anything_is_written(
    options: dict[str, Any], reason: str, here: Path
) -> None:
    with pytest.raises(BulkError, match=reason):
        run(TEMPLATE, rows(1), "out.jsonl", **options)
    assert list(here.iterdir()) == []


def test_what_is_no_template_is_an_error(here: Path) -> None:
    with pytest.raises(BulkError, match=r"template is 'mail.toml', a str; give a Template"):
        run("mail.toml", rows(1), "out.jsonl")  # type: ignore[arg-type]  # that is the point
    assert list(here.iterdir()) == []


def test_a_column_that_a_template_language_does_not_use_is_an_error_at_once(here: Path) -> None:
    template = Template(from_="a@example.com", to="{email}", text="{{ name }}\n", engine="jinja2")
    (here / "rows.csv").write_text("email,name,more\nada@example.org,Ada,x\n")
    with pytest.raises(BulkError, match="the column 'more', which the template does not use"):
        run(template, "rows.csv", "out.jsonl")


def test_a_key_that_cannot_be_pickled_is_an_error_that_names_the_way_out(here: Path) -> None:
    signer = Signer("example.com", selector="s", key=generate_key("ed25519-sha256"))
    template = Template(from_="a@example.com", to="{email}", text="{name} {number}", signer=signer)
    assert run(template, rows(2), "out.jsonl").written == 2
    with pytest.raises(BulkError, match=r"cannot be pickled.*workers=1"):
        run(template, rows(2), "two.jsonl", workers=2)
    assert here.is_dir()


def test_a_failure_of_a_worker_names_its_rows(here: Path) -> None:
    with pytest.raises(BulkError, match=r"a worker failed on rows \d to \d: ZeroDivisionError"):
        run(TEMPLATE, rows(9), _Broken(here / "out.jsonl"), workers=2)
    with pytest.raises(ZeroDivisionError):
        run(TEMPLATE, rows(9), _Broken(here / "two.jsonl"))
    assert multiprocessing.active_children() == []


class _Broken(JsonLinesSink):
    def prepare(self, item: Item) -> bytes:  # noqa: ARG002 - it fails before
        raise ZeroDivisionError


# -- handing over


class Service:
    """A service that takes everything but what it is told to refuse."""

    most = 50
    kind = "service"

    def __init__(self, *, stop_at: int | None = None) -> None:
        self.taken: list[str] = []
        self.stop_at = stop_at

    def connect(self) -> Service:
        return self

    def close(self) -> None:
        """Do nothing."""

    def hand_over(self, item: Item) -> Outcome:
        if len(self.taken) == self.stop_at:
            return Outcome(dict.fromkeys(item.delivery.rcpt_to, Answer("later", "used up")), stop="used up")
        self.taken += item.delivery.rcpt_to
        return Outcome(dict.fromkeys(item.delivery.rcpt_to, Answer("sent", "250 taken")))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_service_gets_every_row_once_over_two_calls(workers: int, here: Path) -> None:
    service = Service(stop_at=5)
    given_rows = [*rows(9), row(9, email="no address")]
    options: dict[str, Any] = {"key": "email", "journal": "may.journal", "workers": workers, "run_id": "may"}
    first = run(TEMPLATE, given_rows, service, **options)
    assert first.handed is not None
    assert (first.handed.sent, first.handed.stopped, first.is_clean) == (5, "used up", False)
    service.stop_at = None
    second = run(TEMPLATE, given_rows, service, **options)
    assert second.handed == Handed(sent=4)
    assert (second.rows, second.settled, second.written, second.rejected) == (10, 5, 4, 1)
    assert sorted(service.taken) == sorted([f"r{number}@example.test" for number in range(9)])
    sent = [json.loads(line) for line in (here / "may.sent.jsonl").read_text().splitlines()]
    assert sent[0]["message_id"] == message_id_of("may", sent[0]["key"], "example.com")
    assert len((here / "may.rejected.jsonl").read_text().splitlines()) == 1
    third = run(TEMPLATE, given_rows, service, **options)
    assert (third.settled, third.handed) == (9, Handed())
    assert len((here / "may.rejected.jsonl").read_text().splitlines()) == 1
    with pytest.raises(BulkError, match="differs in key"):
        run(TEMPLATE, given_rows, service, **{**options, "key": "number"})


def test_a_service_of_ones_own_needs_a_journal(here: Path) -> None:
    with pytest.raises(BulkError, match="needs journal="):
        run(TEMPLATE, rows(1), Service(), key="email")
    assert list(here.iterdir()) == []


def test_rows_of_an_iterable_need_a_key_where_nothing_can_be_taken_back(here: Path) -> None:
    with pytest.raises(BulkError, match=r"may come in another order .* give key="):
        run(TEMPLATE, rows(2), Service(), journal="may.journal")
    assert list(here.iterdir()) == []
    (here / "rows.jsonl").write_text(json.dumps(row(1)) + "\n")
    assert run(TEMPLATE, "rows.jsonl", Service(), journal="may.journal").handed == Handed(sent=1)


def test_who_unsubscribed_meanwhile_is_left_alone_when_a_run_is_taken_up(here: Path) -> None:
    (here / "skip.txt").write_text("r1@example.test\n")
    service = Service(stop_at=3)
    options: dict[str, Any] = {"key": "email", "journal": "may.journal", "skip": "skip.txt"}
    run(TEMPLATE, rows(9), service, **options)
    (here / "skip.txt").write_text("r1@example.test\nr7@example.test\n")
    service.stop_at = None
    assert run(TEMPLATE, rows(9), service, **options).skipped == 2
    assert service.taken == [f"r{number}@example.test" for number in (0, 2, 3, 4, 5, 6, 8)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ses://eu-west-1?configuration_set=news", "ses://eu-west-1?configuration_set=test"),
        ("ses://eu-west-1", "ses://eu-west-1?tenant=shop"),
        ("ses://eu-west-1", "ses://us-east-1"),
        ("ses://eu-west-1", "smtp://mail.example.com"),
        ("smtp://mail.example.com", "smtp://other.example.com"),
    ],
)
def test_a_run_is_not_taken_up_with_another_service(first: str, second: str, here: Path) -> None:
    plans = []
    for name in (first, second):
        found: Any = open_sink(name)
        plans.append(found.kind)
    assert plans[0] != plans[1]
    service = Service()
    service.kind = plans[0]
    options: dict[str, Any] = {"key": "email", "journal": "may.journal"}
    run(TEMPLATE, rows(2), service, **options)
    with pytest.raises(BulkError, match="differs in sink"):
        run(TEMPLATE, rows(2), second, **options)
    assert here.is_dir()


# -- hostile rows

HOSTILE = [
    "\r\nBcc: evil@example.net",
    "\nX-Evil: 1",
    "a\0b",
    "\x1b[31m",
    "\u202eevil\u202c",
    "e\u0301\u0323" * 5,
    "\u2028Bcc: evil@example.net",
    "x" * 100_000,
    "=?utf-8?q?=0D=0ABcc:_evil@example.net?=",
    "evil@example.net, other",
    "<evil@example.net>",
    '"',
    "\\",
    "(",
    "\udc80",
    "--=_0123456789abcdef",
    ".\r\n",
    "From evil",
    7,
    10**5000,
    Decimal("1.5"),
    1.5,
    None,
    True,
    b"bytes",
    ["evil@example.net"],
    {"a": 1},
]
values = st.sampled_from(HOSTILE) | st.text(max_size=30)
ADDRESSES = ["evil@example.net\r\n", "a@b@c", "a,b@example.net", "@", "ada@ex\u00e4mple.test", '"a b"@example.net']


@settings(max_examples=80, deadline=None)
@given(st.lists(st.tuples(values, values, st.sampled_from(ADDRESSES) | values), max_size=6))
def test_a_hostile_row_is_rejected_or_right_and_costs_no_other(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[tuple[object, object, object]]
) -> None:
    folder = tmp_path_factory.mktemp("hostile")
    hostile = [{**row(number), "name": name, "number": text} for number, (name, text, _) in enumerate(drawn)]
    hostile += [row(100 + number, email=address) for number, (_, _, address) in enumerate(drawn)]
    given_rows = [one for number, bad in enumerate(hostile) for one in (bad, row(1000 + number))]
    summary = run(TEMPLATE, given_rows, folder / "out.jsonl", run_id="may", now=NOW)
    assert summary.written + summary.rejected == len(given_rows)
    lines = Path(folder / "out.jsonl").read_bytes().splitlines() if summary.written else []
    refused = {line["number"]: line for line in rejected(str(folder / "out.jsonl"))}
    assert all([line["reason"] for line in refused.values()])
    assert set(refused) <= set(range(0, len(given_rows), 2)), "no good row is rejected"
    made = iter([ses.load_payload(line) for line in lines])
    for number, one in enumerate(given_rows):
        if number not in refused:
            check(next(made), one)


ORDINARY = [name for name, _ in parse(TEMPLATE.render(row(1)).data).headers]


def check(delivery: Delivery, one: dict[str, object]) -> None:
    """Check that the message is for its recipient, says what the row says, and has the fields of any other."""
    message = parse(delivery.data)
    assert [name for name, _ in message.headers] == ORDINARY
    (recipient,) = delivery.rcpt_to
    assert recipient == message.to[0].smtp_path()
    assert len(message.to) == 1
    assert "evil@" not in recipient or "evil@" in str(one["email"])
    number = str(one["number"])
    assert message.subject == f"Receipt {number}"
    expected = TEMPLATE.message(one)
    assert (message.text, message.html) == (expected.text, expected.html)
    assert len(message.root.children) == 2
    assert delivery.data.count(b"\n") == delivery.data.count(b"\r\n")


def test_a_row_that_knows_the_run_id_cannot_end_a_part(here: Path) -> None:
    run(TEMPLATE, [row(0, name="\u00e9")], "a.jsonl", run_id="may", now=NOW)
    run(TEMPLATE, [row(0)], "b.jsonl", run_id="may", now=NOW)
    template = Template(from_="a@example.com", to="{email}", text="{name}", html="<p>{number}</p>")
    run(template, [row(0)], "c.jsonl", run_id="may", now=NOW)
    for name, used in (("a", TEMPLATE), ("b", TEMPLATE), ("c", template)):
        boundary = re.search(rb'boundary="([^"]+)"', deliveries(f"{name}.jsonl")[0].data)
        assert boundary is not None
        for form in ("\n--{}\n\nevil\n", "\n--{}--\n", "--{}\n", "--{}"):
            bad = {**row(0), "name": "x", "number": form.format(boundary[1].decode())}
            sink = f"{name}{len(form)}.jsonl"
            summary = run(used, [bad], sink, run_id="may", now=NOW)
            if summary.written:
                message = parse(deliveries(sink)[0].data)
                assert len(message.root.children) == 2
                assert (message.text, message.html) == (used.message(bad).text, used.message(bad).html)
    assert here.is_dir()
