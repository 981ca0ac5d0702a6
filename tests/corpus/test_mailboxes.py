"""
Mailboxes: the messages of each mbox of the corpus, against files that hold them one by one and against `mailbox.mbox`.

The standard library takes every line that begins with `From ` for a separator; where its count differs from ours, the
table says which of the two is right.  Octets are compared where both read the same separators.
"""

from __future__ import annotations

import mailbox
import re
from typing import TYPE_CHECKING

import pytest

from mimekit import parse, parse_mbox
from tests.corpus.differences import Comparison
from tests.support.corpus import corpus_folder, mailboxes, message_files

if TYPE_CHECKING:
    from pathlib import Path

    from mimekit.parser import MboxMessage
    from tests.support.report import ReportLine

pytestmark = pytest.mark.usefixtures("corpus")

TABLE = "mailboxes.toml"


def name_of(path: Path) -> str:
    """Give the name of a mailbox in the table."""
    return str(path.relative_to(corpus_folder()))


def to_lf(octets: bytes) -> bytes:
    """Give the octets with LF line ends."""
    return octets.replace(b"\r\n", b"\n")


def summary(message: MboxMessage) -> tuple[object, ...]:
    """Give what a message says, whatever its line ends."""
    parts = [(part.number, part.content_type.essence, part.filename, to_lf(part.content)) for part in message.parts]
    return message.separator, message.subject, message.message_id, message.date, parts


def test_counts_and_octets_beside_the_standard_library(tmp_path: Path, report_line: ReportLine) -> None:
    """As many messages as `mailbox.mbox` finds, with the same octets before anything is unescaped."""
    seen = Comparison()
    messages = 0
    for path in mailboxes():
        raw = path.read_bytes()
        copy = tmp_path / "copy.mbox"
        copy.write_bytes(raw)
        box = mailbox.mbox(copy, create=False)
        theirs = [box.get_bytes(key) for key in box.keys()]  # noqa: SIM118 - iterating over a Mailbox gives messages
        box.close()
        ours = [message.escaped for message in parse_mbox(raw)]
        messages += len(ours)
        if seen.same(f"{name_of(path)} count", ours=len(ours), theirs=len(theirs)):
            for number, (one, other) in enumerate(zip(ours, theirs, strict=True)):
                # It keeps or drops the line end before a separator by the line end of this machine.
                seen.same(f"{name_of(path)}#{number}", ours=one.rstrip(b"\r\n"), theirs=other.rstrip(b"\r\n"))
    report_line(f"mailboxes: {len(mailboxes())} with {messages} messages beside mailbox.mbox; {seen.check(TABLE)}")


def test_line_ends_do_not_change_what_is_read() -> None:
    """A mailbox with CRLF holds the messages of the same mailbox with LF."""
    for path in mailboxes():
        lf = to_lf(path.read_bytes())
        if b"\nContent-Length:" in lf:
            continue  # it counts octets, so it is true of one of the two
        crlf = lf.replace(b"\n", b"\r\n")
        assert [summary(message) for message in parse_mbox(crlf)] == [summary(message) for message in parse_mbox(lf)]


def test_the_messages_of_mime4j_one_by_one() -> None:
    """`mbox.rlug-N` holds the octets of message N with its separator; the blank line at its end is the mailbox's."""
    folder = corpus_folder() / "mime4j/mbox/src/test/resources/test-1"
    files = sorted(folder.glob("mbox.rlug-*"))
    messages = list(parse_mbox((folder / "mbox.rlug").read_bytes()))
    assert len(messages) == len(files)
    for message, file in zip(messages, files, strict=True):
        alone = to_lf(file.read_bytes())
        if alone.startswith(b"From "):
            alone = alone.partition(b"\n")[2]
        assert to_lf(message.escaped).rstrip(b"\n") == alone.rstrip(b"\n")
        assert message.subject == parse(alone).subject


def test_one_mailbox_in_two_editions() -> None:
    """`INBOX` and `INBOX.unix` of laminas differ in their line ends only."""
    folder = corpus_folder() / "laminas-mail/test/_files/test.mbox"
    dos, unix = (list(parse_mbox((folder / name).read_bytes())) for name in ("INBOX", "INBOX.unix"))
    assert [summary(message) for message in dos] == [summary(message) for message in unix]
    assert dos


def test_escaped_lines_are_read_without_their_mark(report_line: ReportLine) -> None:
    """RFC 4155 leaves the escaping open; mboxrd takes one `>` away in a body, and the octets of the file are kept."""
    lines = 0
    for path in mailboxes():
        for message in parse_mbox(path.read_bytes()):
            body = parse(message.escaped).root.body_start
            unescaped, marks = re.subn(rb"(?m)^>(?=>*From )", b"", message.escaped[body:])
            assert message.to_bytes() == message.escaped[:body] + unescaped, path
            lines += marks
    report_line(f"mailboxes: {lines} escaped lines read without their mark")
    assert lines, "no mailbox of the corpus has an escaped line"


def test_a_message_alone_is_a_mailbox_of_one() -> None:
    """Octets without a line that begins with `From ` are one message without a separator."""
    alone = 0
    for path in message_files():
        raw = path.read_bytes().lstrip(b"\r\n")
        if not raw or re.search(rb"(?m)^(?:\xef\xbb\xbf|>+)?From |^(?i:Content-Length):", raw):
            continue
        (message,) = parse_mbox(raw)
        assert message.to_bytes() == message.escaped == raw, path
        assert message.separator == b"", path
        alone += 1
    assert alone > 1
