"""The ten promises of the design, each as a property over drawn input."""

from __future__ import annotations

import copy
import pickle
import re
from datetime import UTC, datetime
from email import message_from_bytes, policy
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit import (
    AddressList,
    ContentError,
    DefectError,
    EnvelopeError,
    HeaderError,
    Mailbox,
    Message,
    MimekitError,
    parse,
)
from tests.support.drawn import header_texts, mail_octets, message_arguments
from tests.support.reading import has_odd_line, read_everything

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def built(arguments: dict[str, Any], **more: Any) -> Message:
    """Build with a fixed clock and random source."""
    return Message(**arguments, date=NOW, rng=Random(5), **more)


def unspaced(text: str) -> str:
    """
    Give a text without white space, for what the standard library's structured parser does to it.

    It makes one space of every run of Unicode white space, and puts one between two encoded words (gh-128110).
    """
    return "".join(text.split())


def shown_alike(theirs: list[str], ours: list[str], written: bytes) -> None:
    """Assert that the standard library reads the same texts, in all but the white space that it is known to change."""
    assert [unspaced(text) for text in theirs] == [unspaced(text) for text in ours]
    if not re.search(rb"\?=\s+=\?", written) and all(text == " ".join(text.split()) for text in ours):
        assert theirs == ours


def text_of(given_text: str | None) -> str | None:
    """Give a body text as a reader gets it: LF line ends, the last line ended."""
    if given_text is None:
        return None
    plain = given_text.replace("\r\n", "\n").replace("\r", "\n")
    return plain if not plain or plain.endswith("\n") else plain + "\n"


class TestPromise1BytesAreKept:
    @given(mail_octets)
    def test_any_octets_are_written_back(self, raw: bytes) -> None:
        message = parse(raw)
        assert message.to_bytes() == raw
        assert b"".join(message.iter_bytes()) == raw
        assert message.size == len(raw)
        assert parse(memoryview(raw)) == message
        assert parse(bytearray(raw)).to_bytes() == raw

    @given(mail_octets, header_texts)
    def test_editing_one_field_leaves_every_other_octet_alone(self, raw: bytes, value: str) -> None:
        message = parse(raw)
        edited = message.with_header("X-Edited", value)
        if "X-Edited" in message.headers:
            return
        try:
            again = edited.without_header("X-Edited")
        except HeaderError:  # the rest would read otherwise, which it only can with such a line
            assert has_odd_line(raw)
            return
        ends = (raw, raw + b"\r\n", raw + b"\n")  # a header that stops in the middle of a line gets its line end
        assert again.to_bytes() in ends or again.to_bytes().replace(b"\r\n", b"\n") == raw.replace(b"\r\n", b"\n")
        assert message.to_bytes() == raw


class TestPromise2ReadingNeverRaises:
    @given(mail_octets)
    def test_every_accessor_of_every_part_reads(self, raw: bytes) -> None:
        read_everything(parse(raw))

    @given(mail_octets)
    def test_defects_are_a_function_of_the_octets(self, raw: bytes) -> None:
        touched = parse(raw)
        read_everything(touched)
        assert touched.defects == parse(raw).defects
        if touched.defects:
            with pytest.raises(DefectError) as caught:
                parse(raw, strict=True)
            assert caught.value.defect == touched.defects[0]
        else:
            assert parse(raw, strict=True) == touched


class TestPromise3BuildingRaisesAtOnce:
    @given(st.text(max_size=30), st.sampled_from(["subject", "message_id", "from_", "to", "bcc", "mail_from", "X-Any"]))
    def test_no_argument_adds_a_field_or_a_part(self, value: str, argument: str) -> None:
        arguments: dict[str, Any] = {"from_": "a@example.com", "to": "b@example.com", "text": "x"}
        if argument == "X-Any":
            arguments["headers"] = {"X-Any": value}
        else:
            arguments[argument] = value
        plain = {"from_": "a@example.com", "to": "b@example.com", "text": "x"}
        expected = {name for name, _ in built(plain).headers} | {"Subject", "X-Any"}
        refused = ""
        try:
            message = built(arguments)
        except MimekitError as error:
            refused = str(error)
        if refused:
            assert refused.isprintable()
            return
        read = message_from_bytes(message.to_bytes(), policy=policy.compat32)
        assert set(read.keys()) <= expected
        assert not read.is_multipart()
        assert not read.defects


class TestPromise4WhatIsBuiltIsUnderstood:
    @given(message_arguments())
    def test_ours_reads_what_was_given(self, arguments: dict[str, Any]) -> None:
        message = built(arguments)
        for read in (message, parse(message.to_bytes())):
            assert read.from_ == AddressList.of([arguments["from_"]])
            assert read.to == AddressList.of(arguments["to"])
            assert read.cc == AddressList.of(arguments["cc"])
            assert read.subject == arguments["subject"]
            assert read.date == NOW
            expected = arguments["text"]
            if expected is None and arguments["html"] is None:
                expected = ""
            assert read.text == text_of(expected)
            assert read.html == text_of(arguments["html"])
            assert [(part.filename, part.content) for part in read.attachments] == arguments["attachments"]
        assert parse(message.to_bytes()).defects == ()

    @given(message_arguments())
    def test_the_standard_library_reads_what_was_given(self, arguments: dict[str, Any]) -> None:
        arguments["encoding"] = "7bit"
        message = built(arguments)
        read = message_from_bytes(message.to_bytes(), policy=policy.default)
        raw = message.headers.raw
        shown_alike([read["From"].addresses[0].display_name], [arguments["from_"][0]], raw("From") or b"")
        for name in ("to", "cc"):
            found = () if read[name] is None else read[name].addresses
            shown_alike([one.display_name for one in found], [shown for shown, _ in arguments[name]], raw(name) or b"")
            given_boxes = [Mailbox.of(address) for _, address in arguments[name]]
            assert [(one.username, one.domain) for one in found] == [
                (box.local_part, box.ascii_domain) for box in given_boxes
            ]
        assert (None if read["Subject"] is None else str(read["Subject"])) == arguments["subject"]
        assert read["Date"].datetime == NOW
        attached = [part for part in read.walk() if part.get_content_disposition() == "attachment"]
        shown_alike(
            [str(part.get_filename()) for part in attached], [name for name, _ in arguments["attachments"]], b""
        )
        assert [part.get_payload(decode=True) for part in attached] == [data for _, data in arguments["attachments"]]
        bodies = {
            part.get_content_type(): bytes(part.get_payload(decode=True)).decode()
            for part in read.walk()
            if part.get_content_disposition() is None and not part.is_multipart()
        }
        for kind, given_text in (("text/plain", arguments["text"]), ("text/html", arguments["html"])):
            if given_text is not None:
                assert bodies[kind].replace("\r\n", "\n") == text_of(given_text)


class TestPromise5AttachmentsKeepTheirOctets:
    @given(st.binary(max_size=3000), st.sampled_from(["a.txt", "a.pdf", "a.csv", "a.html", "a.eml", "a"]))
    def test_octets_come_out_the_same(self, octets: bytes, name: str) -> None:
        message = built({"from_": "a@example.com", "text": "x", "attachments": [(name, octets)]})
        assert parse(message.to_bytes()).attachments[0].content == octets
        read = message_from_bytes(message.to_bytes(), policy=policy.default)
        assert [part.get_payload(decode=True) for part in read.iter_attachments()] == [octets]


class TestPromise6BccIsServedAndUnseen:
    @given(message_arguments(), st.sampled_from(["omit", "separate", "empty"]))
    def test_every_recipient_is_in_an_envelope_and_no_bcc_in_anothers_copy(
        self, arguments: dict[str, Any], bcc: Any
    ) -> None:
        message = built(arguments)
        everyone = [*message.to, *message.cc, *message.bcc]
        if not everyone:
            with pytest.raises(EnvelopeError):
                message.deliveries(bcc)
            return
        deliveries = message.deliveries(bcc)
        served = [address for delivery in deliveries for address in delivery.rcpt_to]
        assert len(served) == len(set(served))
        assert {address.rpartition("@")[0] for address in served} >= {
            box.smtp_path(utf8=True).rpartition("@")[0] for box in everyone
        }
        for delivery in deliveries:
            shown = parse(delivery.data).bcc
            assert {box.smtp_path(utf8=True) for box in shown} <= set(delivery.rcpt_to)
            assert not shown or len(delivery.rcpt_to) == 1


class TestPromise8NoLoneSurrogate:
    @given(mail_octets)
    def test_every_str_can_be_encoded(self, raw: bytes) -> None:
        for text in read_everything(parse(raw)):
            text.encode("utf-8")


class TestPromise9WhatLeavesIsFitForSmtp:
    @given(message_arguments())
    def test_built_messages_are(self, arguments: dict[str, Any]) -> None:
        message = built(arguments)
        data = message.to_bytes()
        check_wire(data)
        if arguments["encoding"] == "7bit":
            assert data.isascii()
        for delivery in message.deliveries(rcpt_to=["x@example.com"]):
            check_wire(delivery.data)

    @given(mail_octets)
    def test_deliveries_of_parsed_messages_are(self, raw: bytes) -> None:
        message = parse(raw)
        try:
            deliveries = message.deliveries(mail_from="a@example.com", rcpt_to=["x@example.com"])
        except ContentError:  # octets that SMTP does not carry
            assert b"\0" in raw or max(map(len, raw.splitlines())) > 998
            return
        except HeaderError:  # without its Bcc the rest would read otherwise, which it only can with such a line
            assert has_odd_line(raw)
            assert re.search(rb"(?i)(?:^|[\r\n])(?:resent-)?bcc", raw)
            return
        for delivery in deliveries:
            check_wire(delivery.data)
            assert ("BODY=8BITMIME" in delivery.mail_options) == (not delivery.data.isascii())
            assert not parse(delivery.data).bcc

    @given(mail_octets)
    def test_reencoding_makes_them_7bit(self, raw: bytes) -> None:
        message = parse(raw)
        try:
            fit = message.with_encoding("7bit")
        except MimekitError:
            return
        if fit is message:
            return
        data = fit.to_bytes()
        if data != raw:
            check_wire(data)
            assert data.isascii()


def check_wire(data: bytes) -> None:
    """Assert what holds for everything that leaves."""
    assert data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n")
    assert b"\0" not in data
    assert max(map(len, data.split(b"\r\n"))) <= 998


class TestPromise10SameArgumentsSameOctets:
    @given(message_arguments())
    def test_the_same_random_source_gives_the_same_octets(self, arguments: dict[str, Any]) -> None:
        assert built(arguments).to_bytes() == built(arguments).to_bytes()
        assert built(arguments) == built(arguments)


class TestValues:
    @given(message_arguments())
    def test_built_messages_are_values(self, arguments: dict[str, Any]) -> None:
        message = built(arguments)
        again = pickle.loads(pickle.dumps(message))
        assert again == message
        assert hash(again) == hash(message)
        assert again.deliveries(rcpt_to=["x@example.com"]) == message.deliveries(rcpt_to=["x@example.com"])
        assert copy.deepcopy(message) is message

    @given(mail_octets)
    def test_parsed_messages_are_values(self, raw: bytes) -> None:
        message = parse(raw)
        again = pickle.loads(pickle.dumps(message))
        assert again == message
        assert hash(again) == hash(message)
        assert again.headers == message.headers
        assert [part.number for part in again.parts] == [part.number for part in message.parts]
