"""Which messages paths stand for, and where each begins in its file."""

from __future__ import annotations

import sys
from io import BytesIO, TextIOWrapper
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit import Message
from mimekit.cli import source
from mimekit.lint.context import LintError
from mimekit.lint.sources import Source, _messages, find
from mimekit.maildir import Maildir

RAW = b"From: a@x.test\r\nTo: b@x.test\r\nSubject: Hi\r\n\r\nHello.\r\n"
MBOX = (
    b"From a@x.test Mon Nov 23 10:00:00 2026\nSubject: one\n\n>From here\nthere\n\n"
    b"From a@x.test Mon Nov 23 10:00:00 2026\nSubject: two\n\nHello\n"
)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*paths: str) -> list[Source]:
    return list(find(paths, load=source.read, is_spec=source.is_spec))


class TestFiles:
    def test_a_named_file_is_a_message_whatever_its_name(self, here: Path) -> None:
        (here / "mail.bin").write_bytes(RAW)
        (one,) = found("mail.bin")
        assert (one.name, one.kind, one.read(), one.first_line, one.offset) == ("mail.bin", "file", RAW, 0, 0)

    def test_what_is_not_there_is_an_error(self, here: Path) -> None:
        with pytest.raises(FileNotFoundError):
            found(str(here / "none.eml"))

    def test_a_spec_is_built_with_its_envelope(self, here: Path) -> None:
        (here / "mail.toml").write_text('from = "a@x.test"\nto = "b@x.test"\nbcc = "c@x.test"\ntext = "Hi"\n')
        (one,) = found("mail.toml")
        assert one.kind == "spec"
        assert one.envelope is not None
        assert one.envelope.rcpt_to == ("b@x.test", "c@x.test")
        assert b"c@x.test" not in one.read()

    def test_a_spec_without_recipients_has_no_envelope(self, here: Path) -> None:
        (here / "mail.toml").write_text('from = "a@x.test"\ntext = "Hi"\n')
        assert found("mail.toml")[0].envelope is None

    def test_an_international_spec_goes_by_smtputf8(self, here: Path) -> None:
        (here / "mail.toml").write_text('from = "a@x.test"\nto = "\u00e9@x.test"\ntext = "Hi"\nencoding = "smtputf8"\n')
        assert found("mail.toml")[0].smtputf8


class TestDirectories:
    def test_messages_mailboxes_and_maildirs_are_found_in_order(self, here: Path) -> None:
        for name in ("b.eml", "a.EML", "notes.txt", ".hidden.eml", "deep/c.eml", ".git/d.eml", "pyproject.toml"):
            (here / name).parent.mkdir(exist_ok=True)
            (here / name).write_bytes(RAW)
        (here / "box.mbox").write_bytes(MBOX)
        entry = Maildir(here / "maildir", create=True).add(RAW)
        assert [one.label for one in found(".")] == [
            "a.EML",
            "b.eml",
            "box.mbox#1",
            "box.mbox#2",
            "deep/c.eml",
            str(entry.path.relative_to(here)),
        ]

    def test_a_message_in_a_maildir_is_found_once(self, here: Path) -> None:
        made = Maildir(here / "maildir", create=True)
        entry = made.add(RAW)
        entry.path.rename(entry.path.with_suffix(".eml"))
        assert [one.kind for one in found("maildir")] == ["maildir"]

    def test_a_hidden_maildir_is_found(self, here: Path) -> None:
        Maildir(here / "mail", create=True)
        Maildir(here / "mail" / ".Sent", create=True).add(RAW)
        assert [one.kind for one in found("mail")] == ["maildir"]

    def test_a_link_to_itself_ends(self, here: Path) -> None:
        (here / "a.eml").write_bytes(RAW)
        (here / "loop").symlink_to(here)
        assert [one.name for one in found(".")] == ["a.eml"]


class TestMailboxes:
    def test_lines_and_octets_count_from_the_begin_of_the_file(self, here: Path) -> None:
        (here / "box").write_bytes(MBOX)
        one, two = found("box")
        assert (one.number, one.first_line, one.offset) == (1, 1, None), "it was unescaped, so octets are not the same"
        assert one.read() == b"Subject: one\n\nFrom here\nthere\n"
        assert (two.number, two.first_line, two.offset) == (2, 7, MBOX.index(b"Subject: two"))

    def test_an_eml_that_begins_as_one_is_a_message(self, here: Path) -> None:
        (here / "a.eml").write_bytes(MBOX)
        assert [one.kind for one in found("a.eml")] == ["file"]

    def test_an_empty_mbox_has_none(self, here: Path) -> None:
        (here / "a.mbox").write_bytes(b"")
        assert found(".") == []

    @given(st.lists(st.sampled_from([b"a: b\n", b"\n", b"\r\n", b"From x@y 1:11\n", b">From x\n", b"x"]), max_size=12))
    def test_a_message_stands_where_it_is_said_to(self, pieces: list[bytes]) -> None:
        octets = b"From a@b 10:00\n" + b"".join(pieces)
        for one in _messages("box", octets):
            if one.offset is not None:
                assert octets[one.offset :].startswith(one.read())
                assert octets.count(b"\n", 0, one.offset) == one.first_line


class TestStandardInput:
    def read(self, monkeypatch: pytest.MonkeyPatch, octets: bytes) -> list[Source]:
        monkeypatch.setattr(sys, "stdin", TextIOWrapper(BytesIO(octets), encoding="utf-8"))
        return found("-")

    def test_it_holds_a_message(self, monkeypatch: pytest.MonkeyPatch) -> None:
        (one,) = self.read(monkeypatch, RAW)
        assert (one.name, one.kind, one.read(), one.directory) == ("-", "stdin", RAW, "")

    def test_it_holds_an_mbox(self, monkeypatch: pytest.MonkeyPatch) -> None:
        assert [one.label for one in self.read(monkeypatch, MBOX)] == ["-#1", "-#2"]

    def test_a_spec_has_to_be_a_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with pytest.raises(LintError, match="give its path"):
            self.read(monkeypatch, b'from = "a@x.test"\n')


def test_a_spec_is_what_compose_writes(here: Path) -> None:
    (here / "mail.toml").write_text('from = "a@x.test"\nto = "b@x.test"\ntext = "Hi"\n')
    raw = found("mail.toml")[0].read()
    assert (
        raw.split(b"\r\n\r\n")[1]
        == Message(from_="a@x.test", to="b@x.test", text="Hi").to_bytes().split(b"\r\n\r\n")[1]
    )
