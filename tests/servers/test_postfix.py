"""The receipt to a real Postfix that drops nothing, read back from the Maildir it delivered into."""

from __future__ import annotations

import pytest

from mimekit import Message, spec
from tests.servers.postfix import Postfix
from tests.servers.sending import WAYS, Way, by_smtp_send, planted
from tests.support.copies import SEEN, Reading, check_everybody_served_and_nobody_seen, check_the_receipt_is_whole
from tests.support.receipt import EVERYBODY, SPEC

# One Postfix is enough: the tests of this file go to one worker.
pytestmark = pytest.mark.xdist_group("postfix")

readings = pytest.mark.parametrize("bcc", ["omit", "separate", "empty"])
ways = pytest.mark.parametrize("send", WAYS)


class TestTheReceipt:
    @ways
    @readings
    def test_reaches_everybody_and_shows_nobody(self, postfix: Postfix, send: Way, bcc: Reading) -> None:
        send(postfix, spec.load(SPEC).deliveries(bcc=bcc))
        copies = postfix.copies(len(EVERYBODY))
        check_everybody_served_and_nobody_seen(copies, bcc=bcc)
        for copy in copies:
            check_the_receipt_is_whole(copy.octets)

    @ways
    @readings
    def test_with_a_planted_bcc_field_fails_that_check(self, postfix: Postfix, send: Way, bcc: Reading) -> None:
        send(postfix, planted(spec.load(SPEC).deliveries(bcc=bcc)))
        copies = postfix.copies(len(EVERYBODY))
        with pytest.raises(AssertionError, match=SEEN):
            check_everybody_served_and_nobody_seen(copies, bcc=bcc)


class TestTheOctets:
    def test_lines_of_dots_arrive_as_they_were(self, postfix: Postfix) -> None:
        text = ".\n..\n.leading\n\n.\nend\n"
        by_smtp_send(postfix, Message(from_="a@example.test", to="b@example.test", text=text).deliveries())
        (copy,) = postfix.copies(1)
        assert parse_text(copy.octets) == text

    def test_what_looks_like_a_second_message_stays_text(self, postfix: Postfix) -> None:
        text = "a\n.\nMAIL FROM:<evil@example.test>\nRCPT TO:<victim@example.test>\nDATA\nSubject: smuggled\n\nx\n.\n"
        by_smtp_send(postfix, Message(from_="a@example.test", to="b@example.test", text=text).deliveries())
        (copy,) = postfix.copies(1)
        assert parse_text(copy.octets) == text

    def test_a_utf8_mailbox_and_its_raw_header_arrive(self, postfix: Postfix) -> None:
        message = Message(
            from_="a@example.test",
            to="J\u00f6rg <j\u00f6rg@b\u00fccher.test>",
            subject="H\u00f6r zu",
            text="x",
            encoding="smtputf8",
        )
        by_smtp_send(postfix, message.deliveries())
        (copy,) = postfix.copies(1)
        assert copy.recipient == "j\u00f6rg@xn--bcher-kva.test"
        assert "Subject: H\u00f6r zu\n".encode() in copy.octets


def parse_text(octets: bytes) -> str:
    """Read the text with the standard library."""
    from email import message_from_bytes, policy
    from email.message import EmailMessage

    message = message_from_bytes(octets, policy=policy.default)
    assert isinstance(message, EmailMessage)
    return str(message.get_content())
