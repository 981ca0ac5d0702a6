"""Maildirs read and written, and the outbox that records envelopes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mimekit import ContentError, DefectError, Delivery, Envelope, EnvelopeError, Message, deterministic
from mimekit.maildir import Entry, Maildir, Outbox

RAW = b"From: a@example.com\r\nTo: b@example.org\r\nSubject: Notes\r\n\r\nHello.\r\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a Maildir with one new and one seen message."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / "box" / name).mkdir(parents=True)
    (tmp_path / "box/new/1000.M1P1.host").write_bytes(RAW)
    (tmp_path / "box/cur/0999.M1P1.host:2,RSS").write_bytes(RAW.replace(b"Notes", b"Older"))
    return tmp_path / "box"


class TestReading:
    def test_messages_come_in_order_with_key_and_flags(self, folder: Path) -> None:
        found = list(Maildir(folder))
        assert [(entry.key, entry.flags, entry.folder) for entry in found] == [
            ("0999.M1P1.host", "RS", "cur"),
            ("1000.M1P1.host", "", "new"),
        ]
        assert [entry.parse().subject for entry in found] == ["Older", "Notes"]
        assert len(Maildir(folder)) == 2

    @pytest.mark.parametrize("mapped", [True, False])
    def test_a_message_is_read_as_it_is(self, folder: Path, mapped: bool) -> None:
        entry = Maildir(folder)["1000.M1P1.host"]
        assert entry.octets() == entry.parse(mapped=mapped).to_bytes() == RAW

    @pytest.mark.parametrize("mapped", [True, False])
    def test_an_empty_file_is_an_empty_message(self, folder: Path, mapped: bool) -> None:
        (folder / "new/2000").write_bytes(b"")
        assert Maildir(folder)["2000"].parse(mapped=mapped).to_bytes() == b""

    def test_strict_raises_for_a_defect(self, folder: Path) -> None:
        (folder / "new/2000").write_bytes(b"Subject : x\r\n\r\n")
        with pytest.raises(DefectError):
            Maildir(folder)["2000"].parse(strict=True)

    def test_what_is_no_regular_file_is_left_out_and_named(self, folder: Path) -> None:
        (folder / "new/sub").mkdir()
        (folder / "cur/link").symlink_to("/etc/passwd")
        os.mkfifo(folder / "new/pipe")
        (folder / "new/.hidden").write_bytes(RAW)
        box = Maildir(folder)
        assert len(box) == 2
        assert [(item.name, item.reason) for item in box.skipped] == [
            ("cur/link", "a symbolic link, which may lead anywhere"),
            ("new/pipe", "no regular file"),
            ("new/sub", "a directory"),
        ]

    @pytest.mark.parametrize(
        ("name", "key", "flags"),
        [
            ("plain", "plain", ""),
            ("a:2,", "a", ""),
            ("a:2,DFST", "a", "DFST"),
            ("a:2,SSa1?", "a", "Sa"),
            ("a;2,S", "a", "S"),
            ("a!2,S", "a", "S"),
            ("a:1,experimental", "a:1,experimental", ""),
            ("a:b:2,S", "a:b", "S"),
            ("\u00fc:2,S", "\u00fc", "S"),
        ],
    )
    def test_odd_names_have_a_reading(self, name: str, key: str, flags: str) -> None:
        entry = Entry(Path("box/cur") / name)
        assert (entry.key, entry.flags) == (key, flags)

    @given(st.binary(min_size=1, max_size=40).filter(lambda name: b"/" not in name and b"\0" not in name))
    def test_no_name_gives_a_lone_surrogate(self, name: bytes) -> None:
        entry = Entry(Path("box/new") / os.fsdecode(name))
        (entry.key + entry.flags).encode()

    def test_a_file_whose_name_is_not_utf8_is_read(self, folder: Path) -> None:
        with open(os.fsencode(folder) + b"/new/\xff", "wb") as file:  # noqa: PTH123 - a name that is no str
            file.write(RAW)
        assert Maildir(folder)["\\xff"].octets() == RAW

    def test_a_message_that_a_reader_moved_is_found_by_its_key(self, folder: Path) -> None:
        entry = Maildir(folder)["1000.M1P1.host"]
        entry.path.rename(folder / "cur/1000.M1P1.host:2,S")
        assert entry.octets() == RAW
        (folder / "cur/1000.M1P1.host:2,S").unlink()
        with pytest.raises(ContentError, match="is gone"):
            entry.octets()

    def test_a_file_that_became_a_link_is_not_followed(self, folder: Path) -> None:
        entry = Maildir(folder)["1000.M1P1.host"]
        entry.path.unlink()
        entry.path.symlink_to("/etc/passwd")
        with pytest.raises(ContentError):
            entry.octets()

    def test_a_key_that_is_not_there_is_a_key_error(self, folder: Path) -> None:
        with pytest.raises(KeyError):
            Maildir(folder)["nothing"]

    def test_another_directory_is_no_maildir(self, tmp_path: Path) -> None:
        with pytest.raises(ContentError, match="is no Maildir: it has no directory new or cur"):
            Maildir(tmp_path)
        assert list(Maildir(tmp_path, create=True)) == []

    def test_a_file_in_the_way_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "box").write_bytes(b"")
        with pytest.raises(ContentError, match="no Maildir can be made"):
            Maildir(tmp_path / "box", create=True)


class TestWriting:
    @pytest.mark.parametrize("fsync", [True, False])
    def test_a_message_appears_in_new_and_nothing_stays_in_tmp(self, tmp_path: Path, fsync: bool) -> None:
        box = Maildir(tmp_path, create=True)
        message = Message(from_="a@example.com", to="b@example.org", text="x")
        entry = box.add(message, fsync=fsync)
        assert entry.path.parent == tmp_path / "new"
        assert entry.octets() == message.to_bytes()
        assert list(box) == [entry]
        assert list((tmp_path / "tmp").iterdir()) == []
        assert entry.path.stat().st_mode & 0o777 == 0o600

    def test_with_flags_it_appears_in_cur(self, tmp_path: Path) -> None:
        entry = Maildir(tmp_path, create=True).add([b"Subject: x\r\n", b"\r\n"], flags="SR")
        assert entry.path.parent.name == "cur"
        assert entry.path.name.endswith(":2,RS")
        assert entry.octets() == b"Subject: x\r\n\r\n"

    def test_a_flag_is_a_letter(self, tmp_path: Path) -> None:
        with pytest.raises(ContentError, match="a flag is one ASCII letter"):
            Maildir(tmp_path, create=True).add(RAW, flags="S/../x")

    def test_names_do_not_repeat_and_are_in_order(self, tmp_path: Path) -> None:
        box = Maildir(tmp_path, create=True)
        keys = []
        for _ in range(12):
            with deterministic(7, datetime(2026, 11, 24, tzinfo=UTC)):
                keys.append(box.add(RAW, fsync=False).key)
        assert keys == sorted(set(keys)) == [entry.key for entry in box]

    def test_what_fails_in_the_middle_leaves_nothing(self, tmp_path: Path) -> None:
        def blocks() -> Iterator[bytes]:
            yield b"Subject: x\r\n"
            message = "the file changed"
            raise ContentError(message)

        box = Maildir(tmp_path, create=True)
        with pytest.raises(ContentError, match="the file changed"):
            box.add(blocks())
        assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def whole_envelope() -> Envelope:
    """Give an envelope with every parameter."""
    return Envelope(
        "bounce@example.com",
        ["b@example.org", "j\u00f6rg@example.org", '"a b"@example.net'],
        size=1234,
        body="8BITMIME",
        ret="HDRS",
        envid="order+10482=x",
        requiretls=True,
        mt_priority=-3,
        notify={"b@example.org": "SUCCESS,FAILURE"},
        orcpt={"b@example.org": "rfc822;b+x=y@example.org"},
    )


def recorded(**changed: object) -> bytes:
    """Give the record of a small envelope with some of it changed."""
    record = {"mail_from": "a@x.test", "rcpt_to": ["b@x.test"], "mail_params": {}, "rcpt_params": {}, "handover": {}}
    return json.dumps(record | changed).encode()


class TestOutbox:
    def test_many_deliveries_are_listed_once(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        outbox = Outbox(tmp_path)
        for number in range(5):
            outbox.deliver(Delivery(Envelope("", f"b{number}@example.org"), RAW), fsync=False)
        listed: list[Path] = []
        scandir = os.scandir

        def counted(path: Path) -> Any:
            listed.append(path)
            return scandir(path)

        monkeypatch.setattr(os, "scandir", counted)
        assert len(list(outbox.deliveries())) == 5
        assert len(listed) == 2  # new and cur

    def test_deliveries_come_back_equal(self, tmp_path: Path) -> None:
        message = Message(
            from_="a@example.com", to="b@example.org", cc="c@example.org", bcc="d@example.org, e@example.org", text="x"
        )
        given_in = [*message.deliveries("separate"), *message.deliveries("empty"), *message.deliveries()]
        outbox = Outbox(tmp_path / "out")
        for delivery in given_in:
            outbox.deliver(delivery)
        assert list(outbox.deliveries()) == list(Outbox(tmp_path / "out").deliveries()) == given_in

    def test_every_parameter_comes_back(self, tmp_path: Path) -> None:
        handover = {"tags": {"campaign": "may"}, "configuration_set": "news", "tenant": None, "weights": [1, 2.5, True]}
        delivery = Delivery(whole_envelope(), RAW, handover=handover)
        outbox = Outbox(tmp_path)
        entry = outbox.deliver(delivery)
        assert outbox.delivery(entry.key) == delivery

    def test_the_null_reverse_path_comes_back(self, tmp_path: Path) -> None:
        delivery = Delivery(Envelope("", "b@example.org"), RAW)
        Outbox(tmp_path).deliver(delivery)
        assert list(Outbox(tmp_path).deliveries()) == [delivery]

    def test_nothing_of_the_envelope_is_in_the_octets(self, tmp_path: Path) -> None:
        message = Message(from_="a@example.com", to="b@example.org", bcc="hidden@example.net", text="x")
        outbox = Outbox(tmp_path)
        (delivery,) = message.deliveries()
        entry = outbox.deliver(delivery)
        assert entry.octets() == delivery.data
        assert b"hidden" not in entry.octets()
        record = json.loads((tmp_path / "envelopes" / f"{entry.key}.json").read_bytes())
        assert record["rcpt_to"] == ["b@example.org", "hidden@example.net"]

    def test_a_large_file_is_written_block_by_block(self, tmp_path: Path) -> None:
        large = tmp_path / "large.bin"
        large.write_bytes(bytes(range(256)) * 8192)
        message = Message(from_="a@example.com", to="b@example.org", text="x", attachments=[large])
        (delivery,) = message.deliveries()
        assert Outbox(tmp_path / "out").deliver(delivery).octets() == delivery.data

    def test_a_mail_program_may_set_flags(self, tmp_path: Path) -> None:
        outbox = Outbox(tmp_path)
        entry = outbox.deliver(Delivery(Envelope("a@example.com", "b@example.org"), RAW))
        entry.path.rename(tmp_path / "cur" / f"{entry.key}:2,S")
        assert [delivery.rcpt_to for delivery in outbox.deliveries()] == [("b@example.org",)]

    @pytest.mark.parametrize("value", [("a", "b"), object(), {1: "x"}, b"x", {"a"}])
    def test_what_json_would_change_is_refused(self, tmp_path: Path, value: object) -> None:
        delivery = Delivery(Envelope("a@example.com", "b@example.org"), RAW, handover={"tags": value})
        with pytest.raises(EnvelopeError, match="an outbox cannot record"):
            Outbox(tmp_path).deliver(delivery)
        assert list(Outbox(tmp_path)) == []

    @pytest.mark.parametrize(
        "record",
        [
            b"",
            b"[]",
            b"{}",
            b"[" * 100_000,
            recorded(mail_from="a@x.test\r\nRCPT TO:<c@x.test>"),
            recorded(rcpt_to=["b@x.test> NOTIFY=NEVER"]),
            recorded(rcpt_to=[]),
            recorded(mail_params={"X-EVIL": "1"}),
            recorded(mail_params={"SIZE": "one"}),
            recorded(mail_params={"RET": "FULL\r\nDATA"}),
            recorded(mail_params=[]),
            recorded(rcpt_params=3),
            recorded(rcpt_params={"b@x.test": {"NOTIFY": "NEVER\r\nDATA"}}),
            recorded(rcpt_params={"c@x.test": {"NOTIFY": "NEVER"}}),
            recorded(handover=3),
        ],
    )
    def test_a_record_is_checked_when_it_is_read(self, tmp_path: Path, record: bytes) -> None:
        outbox = Outbox(tmp_path)
        entry = outbox.deliver(Delivery(Envelope("a@example.com", "b@example.org"), RAW))
        (tmp_path / "envelopes" / f"{entry.key}.json").write_bytes(record)
        with pytest.raises(EnvelopeError, match="is not what an outbox writes"):
            list(outbox.deliveries())

    def test_a_message_without_an_envelope_raises(self, tmp_path: Path) -> None:
        outbox = Outbox(tmp_path)
        outbox.add(RAW)
        with pytest.raises(EnvelopeError, match="cannot be read: No such file"):
            list(outbox.deliveries())

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
    @given(st.binary(max_size=200), st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.booleans())))
    def test_any_octets_and_handover_come_back(self, tmp_path: Path, data: bytes, handover: dict[str, object]) -> None:
        outbox = Outbox(tmp_path)
        delivery = Delivery(Envelope("a@example.com", "b@example.org"), data, handover=handover)
        assert outbox.delivery(outbox.deliver(delivery, fsync=False).key) == delivery
