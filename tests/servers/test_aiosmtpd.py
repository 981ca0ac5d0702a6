"""The receipt to aiosmtpd, which keeps every transaction as it came."""

from __future__ import annotations

import pytest

from mimekit import EnvelopeError, Message, spec
from tests.servers.recorder import Recorder
from tests.servers.sending import WAYS, Way, by_sendmail, by_smtp_send, planted
from tests.support.copies import SEEN, Reading, check_everybody_served_and_nobody_seen, check_the_receipt_is_whole
from tests.support.receipt import EVERYBODY, HIDDEN, MAIL_FROM, SPEC, VISIBLE

readings = pytest.mark.parametrize("bcc", ["omit", "separate", "empty"])
ways = pytest.mark.parametrize("send", WAYS)


class TestTheReceipt:
    @ways
    @readings
    def test_reaches_everybody_and_shows_nobody(self, recorder: Recorder, send: Way, bcc: Reading) -> None:
        send(recorder, spec.load(SPEC).deliveries(bcc=bcc))
        check_everybody_served_and_nobody_seen(recorder.copies(), bcc=bcc)
        for one in recorder.received:
            assert one.mail_from == MAIL_FROM
            check_the_receipt_is_whole(one.octets)

    @ways
    @readings
    def test_with_a_planted_bcc_field_fails_that_check(self, recorder: Recorder, send: Way, bcc: Reading) -> None:
        send(recorder, planted(spec.load(SPEC).deliveries(bcc=bcc)))
        with pytest.raises(AssertionError, match=SEEN):
            check_everybody_served_and_nobody_seen(recorder.copies(), bcc=bcc)

    def test_without_a_recipient_fails_that_check(self, recorder: Recorder) -> None:
        by_smtp_send(recorder, spec.load(SPEC).deliveries(rcpt_to=EVERYBODY[:-1]))
        with pytest.raises(AssertionError, match="served"):
            check_everybody_served_and_nobody_seen(recorder.copies())

    @ways
    def test_goes_in_as_many_transactions_as_there_are_deliveries(self, recorder: Recorder, send: Way) -> None:
        deliveries = spec.load(SPEC).deliveries(bcc="separate")
        send(recorder, deliveries)
        assert [one.rcpt_to for one in recorder.received] == [VISIBLE, *[(address,) for address in HIDDEN]]

    @ways
    def test_arrives_octet_for_octet(self, recorder: Recorder, send: Way) -> None:
        deliveries = spec.load(SPEC).deliveries()
        send(recorder, deliveries)
        assert [one.octets for one in recorder.received] == [delivery.data for delivery in deliveries]


class TestTheOptions:
    @ways
    def test_8_bit_content_is_announced(self, recorder: Recorder, send: Way) -> None:
        message = Message(**spec.arguments(SPEC), encoding="8bit")
        assert not message.to_bytes().isascii()
        send(recorder, message.deliveries())
        assert "BODY=8BITMIME" in recorder.received[0].mail_options
        check_everybody_served_and_nobody_seen(recorder.copies())
        check_the_receipt_is_whole(recorder.received[0].octets)

    @pytest.mark.parametrize("send", WAYS[1:])  # smtplib.sendmail encodes such an envelope only as ASCII
    def test_a_utf8_mailbox_goes_to_a_server_that_takes_it(self, recorder: Recorder, send: Way) -> None:
        send(recorder, to_joerg().deliveries())
        assert recorder.received[0].rcpt_to == ("j\u00f6rg@example.test",)
        assert "SMTPUTF8" in recorder.received[0].mail_options

    @pytest.mark.parametrize("send", WAYS[1:])
    def test_a_utf8_mailbox_is_refused_before_a_server_that_does_not(self, plain_recorder: Recorder, send: Way) -> None:
        with pytest.raises(EnvelopeError, match="SMTPUTF8"):
            send(plain_recorder, to_joerg().deliveries())
        assert plain_recorder.received == []

    def test_an_ascii_receipt_needs_no_option_at_all(self, plain_recorder: Recorder) -> None:
        by_sendmail(plain_recorder, spec.load(SPEC).deliveries())
        options = plain_recorder.received[0].mail_options
        assert [option for option in options if not option.startswith("SIZE=")] in ([], ["BODY=7BIT"])
        assert plain_recorder.received[0].octets.isascii()


def to_joerg() -> Message:
    """Give a message to a mailbox whose local part is not ASCII."""
    return Message(
        from_="orders@example.test", to="j\u00f6rg@example.test", subject="H\u00f6r zu", text="x", encoding="smtputf8"
    )
