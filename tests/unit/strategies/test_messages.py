"""Messages: each profile is what it says, fits where it is to fit, and shrinks to what a person reads at a glance."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from typing import Any

import dkim as dkimpy
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit import Delivery, Envelope, Group, Message, parse
from mimekit.dkim import verify
from mimekit.strategies import Templated, deliveries, envelopes, key_records, messages, templates
from mimekit.strategies.messages import PROFILES
from tests.support.shrinking import shrunk, simplest

FEW = settings(max_examples=30)
ALL: list[Any] = [None, *PROFILES]
LEAST = (
    b"From: a@a.example\r\n"
    b"To: a@a.example\r\n"
    b"Subject: a\r\n"
    b"Date: Sat, 01 Jan 2000 00:00:00 +0000\r\n"
    b"Message-ID: <a@a.example>\r\n"
    b"MIME-Version: 1.0\r\n"
    b"Content-Type: text/plain\r\n"
    b"\r\n"
)


class TestEveryProfile:
    @given(st.data())
    @pytest.mark.parametrize("profile", ALL)
    @settings(max_examples=25)
    def test_is_valid_and_hides_its_bcc(self, profile: Any, data: st.DataObject) -> None:
        message = data.draw(messages(profile=profile))
        octets = message.to_bytes()
        assert parse(octets).defects == ()
        assert octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n")
        assert max(map(len, octets.split(b"\r\n"))) <= 998
        assert "Bcc" not in message.headers
        assert message.mail_from in (None, "")

    @pytest.mark.parametrize(
        ("profile", "most"),
        [
            (None, 300),
            ("plain", 300),
            ("mime", 300),
            ("eai", 300),
            ("signed", 1700),
            ("report", 800),
            ("calendar", 500),
        ],
    )
    def test_has_no_more_octets_than_asked_for(self, profile: Any, most: int) -> None:
        @given(messages(profile=profile, max_octets=most))
        @settings(max_examples=25)
        def fits(message: Message) -> None:
            assert message.size <= most
            if profile == "report":
                assert message.content_type.essence == "multipart/report"
            if profile == "calendar":
                assert b"BEGIN:VCALENDAR" in b"".join([part.content for part in message.parts])

        fits()

    @pytest.mark.parametrize("profile", ALL)
    def test_has_a_smallest_message_that_is_named_by_the_error(self, profile: Any) -> None:
        refused = messages(profile=profile, max_octets=60)
        with pytest.raises(InvalidArgument, match=r"max_octets of [0-9]+ or more") as caught:
            simplest(refused)
        least = int(str(caught.value).split()[-3])
        assert simplest(messages(profile=profile, max_octets=least)).size <= least

    def test_is_one_that_there_is(self) -> None:
        refused = messages(profile="fancy")  # type: ignore[arg-type]  # what a caller without types may pass
        with pytest.raises(InvalidArgument, match="'plain', 'mime', 'eai', 'signed', 'report', 'calendar' or None"):
            simplest(refused)


class TestShrinking:
    @pytest.mark.parametrize("profile", [None, "plain"])
    def test_goes_to_one_line_of_text(self, profile: Any) -> None:
        assert shrunk(messages(profile=profile)).to_bytes() in (LEAST, LEAST + b"a\r\n")

    @pytest.mark.parametrize(
        ("profile", "most"), [("mime", 170), ("eai", 200), ("signed", 900), ("report", 800), ("calendar", 500)]
    )
    def test_goes_to_the_least_of_its_profile(self, profile: Any, most: int) -> None:
        assert shrunk(messages(profile=profile)).size <= most

    @pytest.mark.parametrize(
        ("fails", "most"),
        [
            (lambda message: message.bcc, 170),
            (lambda message: message.cc, 200),
            (lambda message: message.references, 240),
            (lambda message: any([isinstance(one, Group) for one in message.to.entries]), 200),
            (lambda message: message.root.children, 260),
            (lambda message: any([part.children for part in message.root.children]), 400),
            (lambda message: message.attachments, 300),
            (lambda message: not (message.subject or "a").isascii(), 200),
            (lambda message: message.html, 300),
        ],
        ids=["bcc", "cc", "references", "group", "multipart", "nested", "attachment", "subject", "html"],
    )
    def test_leaves_what_matters_and_nothing_else(self, fails: Any, most: int) -> None:
        found = shrunk(messages(), fails)
        assert found.size <= most, found.to_bytes()
        assert found.to_bytes().startswith(LEAST[:19]), found.to_bytes()

    def test_finds_again_what_was_planted(self) -> None:
        """A parser that loses the last line of a text without a line end after it."""

        def fails(message: Message) -> bool:
            read = message_from_bytes(message.to_bytes(), policy=policy.default)
            text = read.get_body(("plain",))
            return text is not None and len(text.get_content().splitlines()) > 2

        assert shrunk(messages(), fails).size <= 200


class TestAFailingExample:
    def test_is_shown_with_its_octets(self) -> None:
        @given(messages())
        @settings(database=None, phases=[Phase.generate, Phase.shrink], derandomize=True)
        def fails(message: Message) -> None:
            assert not message.bcc

        with pytest.raises(AssertionError) as caught:
            fails()
        shown = "\n".join(caught.value.__notes__)
        assert "message=<Message 'a', text/plain, " in shown
        assert "    b'From: a@a.example\\r\\n'\n    b'To: a@a.example\\r\\n'\n" in shown
        pasted = re.search(r"(?s)parse\(.*?\n\)", shown)
        assert pasted is not None
        assert eval(pasted[0], {"parse": parse}).subject == "a"  # noqa: S307 - it is what a person would paste


class TestPlain:
    @given(messages(profile="plain"))
    @FEW
    def test_is_one_text_and_nothing_else(self, message: Message) -> None:
        assert message.content_type.essence == "text/plain"
        assert (message.text or "").strip()
        assert not message.attachments
        assert len(message.from_) == 1
        everyone = [box.address.lower() for box in (*message.to, *message.cc, *message.bcc)]
        assert len(set(everyone)) == len(everyone)


class TestEai:
    @given(messages(profile="eai"))
    @FEW
    def test_needs_smtputf8(self, message: Message) -> None:
        assert not message.headers.to_bytes().isascii()
        assert message.envelope.needs_smtputf8
        for box in (*message.from_, *message.to):
            assert box.address.encode() in message.headers.to_bytes() or not box.domain.isascii()


class TestSigned:
    @given(messages(profile="signed"))
    @settings(max_examples=25)
    def test_verifies_with_mimekit_and_with_dkimpy(self, message: Message) -> None:
        octets = message.to_bytes()
        results = verify(octets, resolve=key_records).results
        assert [one.status for one in results] == ["pass"] * len(message.headers.all("DKIM-Signature"))
        for at in range(len(results)):
            assert dkimpy.DKIM(octets).verify(idx=at, dnsfunc=_txt_record)

    def test_has_keys_for_two_selectors_of_every_domain(self) -> None:
        assert key_records("rsa._domainkey.A.example.")[0].startswith(b"v=DKIM1; k=rsa; p=MII")
        assert key_records("ed25519._domainkey.b.example")[0].startswith(b"v=DKIM1; k=ed25519; p=")
        assert key_records("other._domainkey.a.example") == key_records("a.example") == []


def _txt_record(name: bytes, timeout: int = 5) -> bytes:
    del timeout
    return key_records(name.decode())[0]


class TestReport:
    @given(messages(profile="report"))
    @FEW
    def test_is_one_that_the_standard_library_takes_apart(self, message: Message) -> None:
        read = message_from_bytes(message.to_bytes(), policy=policy.default)
        text, status, returned = read.iter_parts()
        assert read.get_content_type() == "multipart/report"
        assert status.get_content_type() == f"message/{read['Content-Type'].params['report-type']}"
        assert text.get_content_type() == "text/plain"
        assert returned.get_content_type() in ("message/rfc822", "text/rfc822-headers")
        assert message.mail_from == ""
        assert message.headers["Auto-Submitted"] == "auto-replied"
        assert message.in_reply_to


class TestCalendar:
    @given(messages(profile="calendar"))
    @FEW
    def test_offers_what_the_object_says(self, message: Message) -> None:
        forms = [part for part in message.parts if part.content_type.essence == "text/calendar"]
        assert len(forms) == 1
        method = forms[0].content_type.params["method"]
        assert f"\r\nMETHOD:{method}\r\n".encode() in forms[0].content
        assert max(map(len, forms[0].content.split(b"\r\n"))) <= 75
        for folded in forms[0].content.split(b"\r\n"):
            folded.decode()  # no character is cut in two
        for file in message.attachments:
            assert file is forms[0] or file.content == forms[0].content or file.raw == forms[0].raw


class TestDeliveries:
    @given(deliveries())
    @FEW
    def test_go_to_somebody(self, delivery: Delivery) -> None:
        assert delivery.rcpt_to
        assert parse(delivery.data).defects == ()

    @given(deliveries(bcc="separate"))
    @FEW
    def test_show_nobody_in_bcc_but_the_one_they_go_to(self, delivery: Delivery) -> None:
        shown = parse(delivery.data).bcc
        assert len(shown) in (0, 1)
        assert {box.smtp_path() for box in shown} <= set(delivery.rcpt_to)

    def test_are_of_each_reading(self) -> None:
        assert shrunk(deliveries(bcc="empty"), lambda one: one.data.startswith(b"Bcc: \r\n"), max_examples=100).rcpt_to
        refused = deliveries(bcc="none")  # type: ignore[arg-type]  # what a caller without types may pass
        with pytest.raises(InvalidArgument, match="'omit', 'separate', 'empty' or None"):
            simplest(refused)

    def test_shrink_to_the_least_message(self) -> None:
        found = shrunk(deliveries())
        assert (found.mail_from, found.rcpt_to) == ("a@a.example", ("a@a.example",))
        assert found.data.startswith(LEAST)


class TestEnvelopes:
    @given(envelopes())
    @FEW
    def test_can_be_given_to_a_server(self, envelope: Envelope) -> None:
        for path in (envelope.mail_from, *envelope.rcpt_to):
            assert not re.search(r"[\r\n\0]", path)
            assert path.isascii() or envelope.needs_smtputf8
        assert Envelope(envelope.mail_from, envelope.rcpt_to).rcpt_to == envelope.rcpt_to

    def test_shrink_to_nobody_writing_to_one(self) -> None:
        assert shrunk(envelopes()) == Envelope("", ["a@a.example"])
        found = shrunk(envelopes(), lambda one: one.needs_smtputf8)
        assert len(found.rcpt_to) <= 2
        assert shrunk(envelopes(), lambda one: one.rcpt_options(one.rcpt_to[0])).mail_options == ()


class TestTemplates:
    @given(templates())
    @FEW
    def test_have_rows_that_fit(self, drawn: Templated) -> None:
        for row in drawn.rows:
            delivery = drawn.template.render(row)
            assert len(delivery.rcpt_to) == 1
            assert parse(delivery.data).defects == ()
            assert drawn.template.render(row) == delivery  # neither clock nor chance

    def test_shrink_to_one_plain_row(self) -> None:
        found = shrunk(templates(), lambda drawn: drawn.rows)
        assert found.rows == [{"email": "a@a.example", "number": 0}]
        assert (
            shrunk(templates(), lambda drawn: "value" in drawn.template.fields and drawn.rows).rows[0]["value"] == "a"
        )
        assert shrunk(templates()).rows == []
