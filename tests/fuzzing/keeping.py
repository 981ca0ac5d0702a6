"""Keeping: mailboxes that are read, and the outbox that gives back what it was given."""

from __future__ import annotations

import re
from email import policy
from email.parser import BytesParser

from mimekit import MimekitError, maildir, parse, parse_mbox
from mimekit.parser import MboxMessage
from tests.fuzzing import scratch
from tests.fuzzing.sending import LOCAL_PART
from tests.fuzzing.target import refused, target
from tests.support.reading import read_everything


@target("mailboxes", passes=10)
def mailboxes(octets: bytes) -> None:
    """Read an mbox: no octet is in two messages or in none, but for separators and the empty lines around them."""
    found = list(parse_mbox(octets))
    assert list(parse_mbox(octets)) == found
    rest = octets.removeprefix(b"\xef\xbb\xbf") if octets.startswith(b"\xef\xbb\xbfFrom ") else octets
    for message in found:
        _check_message(message)
        rest = rest.lstrip(b"\r\n")
        assert rest.startswith(message.separator)
        rest = rest[len(message.separator) :]
        start = rest.find(message.escaped)
        assert start >= 0
        assert not rest[:start].strip(b"\r\n"), rest[:start]
        rest = rest[start + len(message.escaped) :]
    assert not rest.strip(b"\r\n"), rest


def _check_message(message: MboxMessage) -> None:
    raw = message.to_bytes()
    assert raw == message.escaped or re.search(rb"\n>+From ", message.escaped)
    assert parse(raw).to_bytes() == raw
    read_everything(message)
    BytesParser(policy=policy.compat32).parsebytes(raw)


@target("optioned", passes=10)
def folders(octets: bytes) -> None:
    """Keep a message in a Maildir and in an outbox: what goes in comes out, with the same envelope."""
    raw = octets[4:]
    box = maildir.Maildir(scratch.folder() / "box", create=True)
    entry = box.add(raw, flags="SR"[: octets[0] % 3 if octets else 0], fsync=False)
    try:
        assert entry.octets() == raw
        assert entry.parse().to_bytes() == raw
        assert entry.parse(mapped=True).to_bytes() == raw
        assert box[entry.key].octets() == raw
    finally:
        entry.path.unlink()
    try:
        deliveries = parse(raw).deliveries("separate")
    except MimekitError as error:
        refused(error)
        return
    outbox = maildir.Outbox(scratch.folder() / "outbox")
    for delivery in deliveries[:3]:
        if any(len(one.rpartition("@")[0].encode()) > LOCAL_PART for one in (*delivery.rcpt_to, delivery.mail_from)):
            continue
        kept = outbox.deliver(delivery, fsync=False)
        try:
            assert outbox.delivery(kept.key) == delivery
        finally:
            kept.path.unlink()
            outbox._envelope_path(kept.key).unlink()


@target("records", passes=8)
def records(octets: bytes) -> None:
    """Read the file of an envelope, which anybody may have written."""
    outbox = maildir.Outbox(scratch.folder() / "written")
    entry = outbox.add(b"From: a@example.com\r\n\r\nHi\r\n", fsync=False)
    try:
        outbox._envelope_path(entry.key).write_bytes(octets)
        delivery = outbox.delivery(entry.key)
        assert delivery.rcpt_to
        for word in (delivery.mail_from, *delivery.rcpt_to, *delivery.mail_options):
            assert word.isprintable() or not word.isascii()
            assert "\n" not in word
    except MimekitError as error:
        refused(error)
    finally:
        entry.path.unlink()
        outbox._envelope_path(entry.key).unlink(missing_ok=True)
