"""The sinks that are files: what is in them, that it reads back, and that they are cut back to a position."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import ipc, parquet

from mimekit import Delivery, Message, deterministic, parse_mbox, ses
from mimekit.bulk.items import Item, Rejection
from mimekit.bulk.sinks import is_handover, journal_path, open_sink
from mimekit.bulk.sinks import parquet as parts
from mimekit.bulk.sinks.ses import SesSink
from mimekit.bulk.sinks.smtp import SmtpSink
from mimekit.errors import BulkError, PayloadError
from mimekit.maildir import Outbox

NOW = datetime(2026, 11, 24, 9, 5, 7, tzinfo=UTC)
FILES = ["out.jsonl", "jsonl:out.jsonl?ses=v1", "mbox:out", "maildir:out", "eml:out", "parquet:out", "arrow:out"]


def item(number: int, *, text: str = "Hello.\n", bcc: str | None = None, **options: Any) -> Item:
    message = Message(
        from_="sender@example.com",
        to=f"r{number}@example.test",
        bcc=bcc,
        subject=f"Number {number}",
        text=text,
        date=NOW,
        message_id=f"<{number}@example.com>",
    )
    (made,) = message.deliveries(mail_from=f"bounces+{number}@example.com")
    return Item(number, f"k{number}", {}, Delivery(made.envelope, made.data, **options), f"<{number}@example.com>")


def written(sink: Any, items: Sequence[Item], position: Any = None) -> Any:
    """Write and flush; give the position."""
    with deterministic(1, NOW):
        packed = sink.pack([sink.prepare(one) for one in items])
    sink.start(position)
    sink.write(packed)
    found = dict(sink.flush())
    sink.close()
    return found


def octets(path: Path) -> dict[str, bytes]:
    """Give everything below a directory."""
    return {str(entry.relative_to(path)): entry.read_bytes() for entry in path.rglob("*") if entry.is_file()}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


# -- all of them


@pytest.mark.parametrize("name", FILES)
def test_what_follows_the_position_is_written_again_and_stands_once(name: str, here: Path) -> None:
    first = written(open_sink(name), [item(0), item(1)])
    first = json.loads(json.dumps(first))
    written(open_sink(name), [item(2)], first)  # and nobody wrote down that it was there
    written(open_sink(name), [item(2), item(3)], first)
    found = octets(here)
    other = here / "other"
    other.mkdir()
    os.chdir(other)
    position = written(open_sink(name), [item(0), item(1)])
    written(open_sink(name), [item(2), item(3)], position)
    assert octets(other) == found
    assert len(found) > 0


@pytest.mark.parametrize("name", FILES)
def test_what_is_gone_after_the_end_is_noticed(name: str, here: Path) -> None:
    sink: Any = open_sink(name)
    position = written(sink, [item(number) for number in range(3)])
    sink.check_whole(position)
    victim = min([path for path in here.rglob("*") if path.is_file()])
    victim.unlink()
    with pytest.raises(BulkError, match="begin anew with another"):
        sink.check_whole(position)
    with pytest.raises(BulkError, match="begin anew with another"):
        open_sink(name).start(position)  # type: ignore[union-attr]  # a FileSink


@pytest.mark.parametrize("name", FILES)
def test_nobody_else_on_the_machine_may_read_what_was_written(name: str, here: Path) -> None:
    umask = os.umask(0o022)
    try:
        written(open_sink(name), [item(0)])
    finally:
        os.umask(umask)
    assert {path.stat().st_mode & 0o077 for path in here.rglob("*")} == {0}


@pytest.mark.parametrize("name", ["maildir:out", "eml:out"])
def test_a_flush_that_broke_off_does_not_hide_why(name: str, here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    sink: Any = open_sink(name)
    sink.start(None)
    sink.write(sink.pack([sink.prepare(item(number)) for number in range(3)]))
    replace = os.replace

    def full(before: str, after: str) -> None:
        if "000000001" in before:
            raise OSError(errno.ENOSPC, "No space left on device", before)
        replace(before, after)

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        sink.flush()
    sink.close()
    assert not list(here.rglob("*.part"))


@pytest.mark.parametrize("name", FILES)
def test_what_was_written_and_not_flushed_is_gone_when_the_run_begins_again(name: str, here: Path) -> None:
    sink: Any = open_sink(name)
    with deterministic(1, NOW):
        packed = sink.pack([sink.prepare(item(7))])
    sink.start(None)
    sink.write(packed)  # the end of the process: nothing is closed
    del sink
    written(open_sink(name), [item(0)])
    found = b"".join([found for place, found in octets(here).items() if "/envelopes/" not in place])
    assert b"bounces+7" not in found
    assert b"r7@example.test" not in found


@pytest.mark.parametrize("name", FILES)
def test_a_sink_that_has_something_in_it_is_not_new(name: str, here: Path) -> None:
    written(open_sink(name), [item(0)])
    again: Any = open_sink(name)
    if "maildir" in name:  # which others use too
        again.check_new()
        return
    with pytest.raises(BulkError, match="is there already"):
        again.check_new()
    assert here.is_dir()


@pytest.mark.parametrize("name", FILES)
def test_nobody_in_bcc_is_in_the_octets_of_a_message_and_nobody_is_lost(name: str, here: Path) -> None:
    written(open_sink(name), [item(0, bcc="hidden@example.test")])
    for place, found in octets(here).items():
        if place.endswith((".eml", "out")) or "new/" in place:
            assert b"hidden@" not in found
    assert any([b"hidden@example.test" in found for found in octets(here).values()])


@pytest.mark.parametrize("name", FILES)
def test_the_journal_lies_beside_the_sink(name: str) -> None:
    sink = open_sink(name)
    assert not is_handover(sink)
    assert journal_path(sink) in (Path("out.jsonl.journal"), Path("out.journal"))


# -- JSON lines


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_line_is_the_payload_and_reads_back_as_the_delivery(version: str, here: Path) -> None:
    tagged = item(0, handover={"tags": {"campaign": "may"}, "configuration_set": "news"})
    written(open_sink(f"out.jsonl?ses={version}"), [tagged, item(1, bcc="hidden@example.test")])
    lines = (here / "out.jsonl").read_bytes().splitlines()
    call = ses.send_raw_email if version == "v1" else ses.send_email
    for line, one in zip(lines, (tagged, item(1, bcc="hidden@example.test")), strict=True):
        found = ses.load_payload(line)
        assert call(found) == call(one.delivery)
        assert (found.mail_from, set(found.rcpt_to)) == (one.delivery.mail_from, set(one.delivery.rcpt_to))
        assert (found.data, found.handover) == (one.delivery.data, one.delivery.handover)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_a_message_for_more_people_than_a_call_takes_is_several_lines(version: str, here: Path) -> None:
    hidden = [f"h{number}@example.test" for number in range(60)]
    one = item(0, bcc=", ".join(hidden))
    written(open_sink(f"out.jsonl?ses={version}"), [one, item(1)])
    found = [ses.load_payload(line) for line in (here / "out.jsonl").read_bytes().splitlines()]
    assert [len(each.rcpt_to) for each in found] == [50, 11, 1]
    assert sorted([*found[0].rcpt_to, *found[1].rcpt_to]) == sorted(one.delivery.rcpt_to)
    assert found[0].data == found[1].data == one.delivery.data


def test_what_ses_would_refuse_rejects_the_row() -> None:
    sink: Any = open_sink("out.jsonl")
    with pytest.raises(PayloadError, match="REQUIRETLS"):
        sink.prepare(_with_requiretls())


def _with_requiretls() -> Item:
    from dataclasses import replace

    from mimekit import Envelope

    one = item(0)
    envelope = Envelope("sender@example.com", ["r0@example.test"], requiretls=True)
    return replace(one, delivery=Delivery(envelope, one.delivery.data))


# -- mbox


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(["From me", ">From you", ">>From", "", "x", "From: a", " From b"]), max_size=6))
def test_a_message_in_an_mbox_reads_back_with_lf(lines: list[str]) -> None:
    sink: Any = open_sink("mbox:out")
    source = item(3, text="\n".join(lines) + "\n")
    data = source.delivery.data.replace(b"quoted-printable", b"7bit")
    raw = Delivery(
        source.delivery.envelope, data[: data.index(b"\r\n\r\n") + 4] + "\r\n".join(lines).encode() + b"\r\n"
    )
    from dataclasses import replace

    with deterministic(1, NOW):
        found, _ = sink.pack([sink.prepare(replace(source, delivery=raw)), sink.prepare(item(4))])
    first, second = parse_mbox(found)
    assert first.to_bytes().rstrip(b"\n") == raw.data.replace(b"\r\n", b"\n").rstrip(b"\n")
    assert second.subject == "Number 4"
    assert first.separator == b"From bounces+3@example.com Tue Nov 24 09:05:07 2026"


# -- directories


def test_an_outbox_reads_a_maildir_back(here: Path) -> None:
    items = [item(number, bcc="hidden@example.test", handover={"tags": {"a": "b"}}) for number in range(3)]
    written(open_sink("maildir:out"), items)
    assert list(Outbox(here / "out").deliveries()) == [one.delivery for one in items]


def test_a_message_that_a_reader_moved_is_not_delivered_again(here: Path) -> None:
    position = written(open_sink("maildir:out"), [item(0)])
    (entry,) = (here / "out" / "new").iterdir()
    entry.rename(here / "out" / "cur" / f"{entry.name}:2,S")
    written(open_sink("maildir:out"), [item(0), item(1)], position)
    assert len(list((here / "out" / "new").iterdir())) == 1


def test_names_sort_by_row_and_differ_between_runs() -> None:
    from mimekit.bulk.sinks.folder import name_of

    names = [name_of(item(number)) for number in (0, 1, 12)]
    assert names == sorted(names)
    other = Item(0, "k0", {}, item(0).delivery, "<0@other.example>")
    assert name_of(other) != names[0]


# -- parts


def read(path: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for part in sorted(path.iterdir()):
        if part.suffix == ".parquet":
            found += parquet.read_table(part).to_pylist()
        else:
            with ipc.open_file(part) as reader:
                found += reader.read_all().to_pylist()
    return found


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_a_part_has_a_row_for_each_row(form: str, here: Path) -> None:
    sink: Any = open_sink(f"{form}:out")
    tagged = item(0, handover={"tags": {"a": "b"}})
    rejected = sink.prepare_rejected(Rejection(1, None, "email", "no \udc80 address", {}))
    sink.start(None)
    sink.write(sink.pack([sink.prepare(tagged), rejected]))
    sink.flush()
    sink.close()
    first, second = read(here / "out")
    assert first == {
        "key": "k0",
        "mail_from": "bounces+0@example.com",
        "rcpt_to": ["r0@example.test"],
        "data": tagged.delivery.data,
        "handover": '{"tags": {"a": "b"}}',
        "error": None,
    }
    assert (second["key"], second["data"], second["error"]) == (None, None, "no \\udc80 address")


def test_parts_are_renamed_when_they_are_whole(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "_ROWS", 3)
    monkeypatch.setattr(parts, "_GROUP", 1)
    sink: Any = open_sink("parquet:out")
    sink.start(None)
    positions = []
    for number in range(8):
        sink.write(sink.pack([sink.prepare(item(number))]))
        assert min([entry.name for entry in (here / "out").iterdir()]).startswith(".part-")
        if sink.is_due(0):
            positions.append(sink.flush())
            assert min([entry.name for entry in (here / "out").iterdir()]).startswith("part-")
    assert positions == [{"parts": 1}, {"parts": 2}]
    sink.close()
    assert [row["key"] for row in read(here / "out")] == [f"k{number}" for number in range(6)]
    again: Any = open_sink("parquet:out")
    again.start({"parts": 1})
    assert [row["key"] for row in read(here / "out")] == ["k0", "k1", "k2"]
    with pytest.raises(BulkError, match="is gone from"):
        again.start({"parts": 2})


def test_a_file_that_is_shorter_than_the_journal_says_is_an_error(here: Path) -> None:
    position = written(open_sink("out.jsonl"), [item(0)])
    (here / "out.jsonl").write_bytes(b"")
    sink: Any = open_sink("out.jsonl")
    with pytest.raises(BulkError, match="somebody else changed it"):
        sink.start(position)


# -- names of sinks


@pytest.mark.parametrize(
    ("name", "shown", "journal"),
    [
        ("smtp://mail.example.com", "<SmtpSink mail.example.com:25>", "smtp-mail.example.com-25.journal"),
        ("smtp://mail.example.com:2525?tls=starttls", "<SmtpSink mail.example.com:2525>", None),
        ("smtps://mail.example.com", "<SmtpSink mail.example.com:465>", None),
        ("smtp://[::1]:25", "<SmtpSink ::1:25>", "smtp---1-25.journal"),
        ("ses://eu-west-1", "<SesSink eu-west-1, version 2>", "ses-eu-west-1.journal"),
        ("ses://?version=1&configuration_set=news", "<SesSink default region, version 1>", "ses-default.journal"),
    ],
)
def test_a_service_is_named_by_a_url(name: str, shown: str, journal: str | None) -> None:
    sink = open_sink(name)
    assert isinstance(sink, (SmtpSink, SesSink))
    assert (repr(sink), is_handover(sink)) == (shown, True)
    if journal is not None:
        assert journal_path(sink) == Path(journal)


def test_a_password_is_read_from_a_file(here: Path) -> None:
    (here / "secret").write_text("open sesame\n")
    sink = open_sink("smtp://ada%40example.com@mail.example.com?tls=starttls&password_file=secret")
    assert isinstance(sink, SmtpSink)
    assert sink._login == ("ada@example.com", "open sesame")


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("out", "names no sink; it is one of"),
        ("maildir:", "names no sink"),
        ("maildir:.", "has no name of its own"),
        ("eml:.", "has no name of its own"),
        ("parquet:../..", "has no name of its own"),
        ("mbox:/", "has no name of its own"),
        ("ftp://example.com", "names no sink"),
        ("out.jsonl?ses=v3", "the API of Amazon SES is v1 or v2"),
        ("out.jsonl?sse=v1", "has no option 'sse'; it has ses"),
        ("mbox:out?x=1", "has no option 'x'; it has none"),
        ("smtp://", "names no server"),
        ("smtp://ada:secret@example.com", "password_file"),
        ("smtp://example.com/inbox", "has a path"),
        ("smtp://example.com:99999", "is no URL"),
        ("smtp://example.com?timeout=soon", "give seconds"),
        ("smtp://ada@example.com?password_file=missing", "cannot be read"),
        ("ses://eu-west-1?version=3", "the API of Amazon SES is 1 or 2"),
    ],
)
def test_a_name_that_is_none_is_an_error(name: str, reason: str, here: Path) -> None:
    with pytest.raises(BulkError, match=reason) as caught:
        open_sink(name)
    assert "secret" not in str(caught.value)
    assert list(here.iterdir()) == []


def test_an_object_that_is_no_sink_is_an_error() -> None:
    with pytest.raises(BulkError, match="7 is no sink"):
        open_sink(7)
