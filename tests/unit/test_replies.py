"""Replies, forwards and resends: whom they go to, how they are threaded, what they take over."""

from __future__ import annotations

import ast
import inspect
import re
from datetime import UTC, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit import (
    AddressError,
    ContentError,
    HeaderError,
    Mailbox,
    Message,
    MimekitError,
    Part,
    parse,
    replies,
    text_part,
)
from mimekit.replies import forward, reply, reply_all, resend
from tests.support.drawn import mail_octets
from tests.support.reading import has_odd_line

NOW = datetime(1997, 11, 24, 14, 22, 1, tzinfo=UTC)
HELLO = b"""\
From: John Doe <jdoe@machine.example>\r
To: Mary Smith <mary@example.net>\r
Subject: Saying Hello\r
Date: Fri, 21 Nov 1997 09:55:06 -0600\r
Message-ID: <1234@local.machine.example>\r
\r
This is a message just to say hello.\r
So, "Hello".\r
"""
ANSWERED = b"""\
From: Mary Smith <mary@example.net>\r
To: John Doe <jdoe@machine.example>\r
Reply-To: "Mary Smith: Personal Account" <smith@home.example>\r
Subject: Re: Saying Hello\r
Date: Fri, 21 Nov 1997 10:01:10 -0600\r
Message-ID: <3456@example.net>\r
In-Reply-To: <1234@local.machine.example>\r
References: <1234@local.machine.example>\r
\r
This is a reply to your hello.\r
"""


def mail(fields: str, body: str = "Hello.\n") -> Message:
    """Parse a message of these fields."""
    return parse(f"{fields.strip()}\n\n{body}".replace("\n", "\r\n").encode())


def addresses(mailboxes: Any) -> list[str]:
    """Give the addresses of a list of mailboxes."""
    return [mailbox.address for mailbox in mailboxes]


class TestReply:
    @pytest.mark.parametrize("asked", [pytest.param(HELLO, id="RFC 5322 A.2")])
    def test_it_answers_the_author(self, asked: bytes) -> None:
        made = reply(parse(asked), from_="Mary Smith <mary@example.net>", text="This is a reply to your hello.")
        assert str(made.to) == "John Doe <jdoe@machine.example>"
        assert made.subject == "Re: Saying Hello"
        assert made.in_reply_to == made.references == ("<1234@local.machine.example>",)
        assert made.text == "This is a reply to your hello.\n"

    @pytest.mark.parametrize("asked", [pytest.param(ANSWERED, id="RFC 5322 A.2")])
    def test_it_goes_to_reply_to_and_names_the_whole_thread(self, asked: bytes) -> None:
        made = reply(parse(asked), from_="John Doe <jdoe@machine.example>", text="Again.")
        assert str(made.to) == '"Mary Smith: Personal Account" <smith@home.example>'
        assert made.subject == "Re: Saying Hello"
        assert made.in_reply_to == ("<3456@example.net>",)
        assert made.references == ("<1234@local.machine.example>", "<3456@example.net>")

    @pytest.mark.parametrize(
        ("fields", "references"),
        [
            pytest.param("In-Reply-To: <a@x>", ("<a@x>", "<p@x>"), id="RFC 5322 3.6.4: one In-Reply-To stands in"),
            pytest.param("In-Reply-To: <a@x> <b@x>", ("<p@x>",), id="RFC 5322 3.6.4: several do not"),
            pytest.param("References: <r@x>\nIn-Reply-To: <a@x>", ("<r@x>", "<p@x>"), id="RFC 5322 3.6.4: References"),
        ],
    )
    def test_references_follow_the_parent(self, fields: str, references: tuple[str, ...]) -> None:
        parent = mail(f"From: a@x.test\nMessage-ID: <p@x>\n{fields}")
        assert reply(parent, from_="b@x.test", text="").references == references

    def test_a_parent_without_an_id_starts_no_thread(self) -> None:
        made = reply(mail("From: a@x.test"), from_="b@x.test", text="")
        assert made.in_reply_to == made.references == ()

    def test_an_empty_reply_to_is_none(self) -> None:
        assert addresses(reply(mail("From: a@x.test\nReply-To: nobody:;"), from_="b@x.test").to) == ["a@x.test"]

    def test_an_unreadable_reply_to_raises_instead_of_answering_somebody_else(self) -> None:
        with pytest.raises(AddressError, match="Reply-To of the message cannot be read"):
            reply(mail("From: a@x.test\nReply-To: see below <"), from_="b@x.test")

    def test_nobody_to_answer_raises_and_to_is_the_way_out(self) -> None:
        with pytest.raises(AddressError, match="pass to="):
            reply(mail("Subject: x"), from_="b@x.test")
        assert addresses(reply(mail("Subject: x"), from_="b@x.test", to="c@x.test").to) == ["c@x.test"]

    def test_arguments_of_message_are_handed_over(self) -> None:
        made = reply(
            parse(HELLO),
            from_="robot@x.test",
            text="Out of office.",
            auto_submitted="auto-replied",
            mail_from="",
            subject="Away",
            date=NOW,
            rng=Random(1),
        )
        assert made.headers["Auto-Submitted"] == "auto-replied"
        assert (made.envelope.mail_from, made.subject, made.date) == ("", "Away", NOW)

    @pytest.mark.parametrize(
        ("subject", "expected"),
        [
            ("Notes", "Re: Notes"),
            ("Re: Notes", "Re: Notes"),
            ("RE: re: Notes", "Re: Notes"),
            ("Re[2]: Notes", "Re: Notes"),
            ("Re(3) : Notes", "Re: Notes"),
            ("Re^2: Notes", "Re: Notes"),
            ("AW: Notes", "Re: Notes"),
            ("SV: VS: Antw: Notes", "Re: Notes"),
            ("\u56de\u590d\uff1aNotes", "Re: Notes"),
            ("Fwd: Notes", "Re: Fwd: Notes"),
            ("Regarding: Notes", "Re: Regarding: Notes"),
            ("Re Notes", "Re: Re Notes"),
            ("", "Re:"),
        ],
    )
    def test_re_stands_once(self, subject: str, expected: str) -> None:
        parent = Message(from_="a@x.test", subject=subject, text="")
        assert reply(parent, from_="b@x.test").subject == expected

    def test_a_subject_with_controls_in_its_encoded_words_stays_one_line(self) -> None:
        parent = mail("From: =?utf-8?q?A=0D=0ABcc=3A_x?= <a@x.test>\nSubject: =?utf-8?q?x=0D=0ABcc=3A_z=40x=2Etest?=")
        made = reply(parent, from_="b@x.test")
        assert made.subject == "Re: x Bcc: z@x.test"
        assert made.to[0] == Mailbox("A Bcc: x", "a", "x.test")
        assert "Bcc" not in made.headers


class TestQuoting:
    def test_the_text_is_quoted_below_who_wrote_it_and_when(self) -> None:
        made = reply(parse(HELLO), from_="mary@example.net", text="Hello!", quote=True)
        assert made.text == (
            "Hello!\n\n"
            "On Fri, 21 Nov 1997 09:55:06 -0600, John Doe <jdoe@machine.example> wrote:\n"
            "> This is a message just to say hello.\n"
            '> So, "Hello".\n'
        )

    def test_signs_of_one_depth_stand_together(self) -> None:
        parent = mail("From: a@x.test", "> once\n>> twice\n\nlast\r alone")
        made = reply(parent, from_="b@x.test", quote=True)
        assert made.text == "a@x.test wrote:\n>> once\n>>> twice\n>\n> last\n>  alone\n"

    def test_html_gets_the_text_as_text(self) -> None:
        parent = mail("From: a@x.test", '<script>x</script> & src="cid:logo"\n')
        made = reply(parent, from_="b@x.test", text="T", html="<body><p>H</p></body></html>\n", quote=True)
        assert made.html == (
            "<body><p>H</p><p>a@x.test wrote&#58;</p>"
            '<blockquote type="cite" style="white-space: pre-wrap">'
            "&lt;script&gt;x&lt;/script&gt; &amp; src=&quot;cid&#58;logo&quot;</blockquote></body></html>\n"
        )
        assert made.text is not None
        assert made.text.startswith("T\n\na@x.test wrote:\n> <script>")

    def test_html_alone_stays_alone(self) -> None:
        made = reply(mail("From: a@x.test"), from_="b@x.test", html="<p>H</p>", quote=True)
        assert made.text is None
        assert made.html is not None
        assert made.html.startswith("<p>H</p><p>a@x.test wrote")

    def test_a_message_without_plain_text_is_not_quoted(self) -> None:
        parent = mail("From: a@x.test\nContent-Type: text/html", "<p>x</p>")
        assert reply(parent, from_="b@x.test", text="T", quote=True).text == "T\n"

    def test_nul_in_the_original_is_no_reason_not_to_answer(self) -> None:
        made = reply(mail("From: a@x.test", "a\0b"), from_="b@x.test", quote=True)
        assert made.text == "a@x.test wrote:\n> a\ufffdb\n"


class TestArguments:
    def test_every_argument_of_a_message_may_be_given(self) -> None:
        part = text_part("Yes.")
        made = reply(
            mail("From: a@x.test", "x"),
            from_="b@x.test",
            body=part,
            references=["<1@x.test>"],
            list_unsubscribe="https://x.test/u",
        )
        assert made.text == "Yes.\n"
        assert made.references == ("<1@x.test>",)
        assert made.headers["List-Unsubscribe"] == "<https://x.test/u>"

    def test_the_types_know_them_all(self) -> None:
        tree = ast.parse(inspect.getsource(replies))
        (known,) = [node for node in ast.walk(tree) if isinstance(node, ast.ClassDef) and node.name == "Arguments"]
        typed = {
            node.target.id
            for node in known.body
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        }
        own = {"self", "from_", "text", "html", "attachments", "in_reply_to"}
        assert typed == set(inspect.signature(Message).parameters) - own


class TestReplyAll:
    def test_everybody_but_oneself_gets_it_once(self) -> None:
        parent = mail(
            "From: Ada <ada@x.test>\nTo: me@x.test, Grace <grace@x.test>, ada@X.TEST\n"
            "Cc: karen@x.test, GRACE@x.test, grace@x.TEST, Other@y.test"
        )
        made = reply_all(parent, from_="Me <me@X.test>", own="other@y.test, Other@Y.test", text="")
        assert addresses(made.to) == ["ada@x.test", "grace@x.test"]
        assert addresses(made.cc) == ["karen@x.test", "GRACE@x.test"]  # a local part is compared as it is written

    def test_groups_are_flattened(self) -> None:
        parent = mail("From: a@x.test\nTo: Team: b@x.test, c@x.test;\nCc: undisclosed-recipients:;")
        made = reply_all(parent, from_="c@x.test", text="")
        assert addresses(made.to) == ["a@x.test", "b@x.test"]
        assert "Cc" not in made.headers

    def test_bcc_is_never_read(self) -> None:
        parent = mail("From: a@x.test\nTo: b@x.test\nBcc: hidden@x.test")
        made = reply_all(parent, from_="b@x.test", text="")
        assert made.envelope.rcpt_to == ("a@x.test",)
        built = Message(from_="a@x.test", to="b@x.test", bcc="hidden@x.test", text="")
        assert reply_all(built, from_="b@x.test", text="").envelope.rcpt_to == ("a@x.test",)

    def test_a_note_to_oneself_is_answered_to_oneself(self) -> None:
        assert addresses(reply_all(mail("From: a@x.test\nTo: a@x.test"), from_="a@x.test").to) == ["a@x.test"]

    def test_who_only_has_cc_left_is_addressed(self) -> None:
        made = reply_all(mail("From: a@x.test\nCc: b@x.test"), from_="a@x.test")
        assert (addresses(made.to), addresses(made.cc)) == (["b@x.test"], [])

    def test_an_entry_that_cannot_be_read_raises(self) -> None:
        with pytest.raises(AddressError, match="in Cc of the message cannot be read"):
            reply_all(mail("From: a@x.test\nCc: b@x.test, c@ @x <"), from_="b@x.test")


class TestForward:
    def test_the_original_is_attached_octet_for_octet(self) -> None:
        made = forward(parse(HELLO), from_="mary@example.net", to="jane@other.example", text="Look.")
        assert made.subject == "Fwd: Saying Hello"
        (inside,) = made.attachments
        assert inside.content_type.essence == "message/rfc822"
        assert inside.embedded is not None
        assert inside.embedded.raw == HELLO
        assert made.text == "Look.\n"
        assert made.in_reply_to == made.references == ()

    def test_a_signed_message_in_a_file_of_this_machine_stays_a_message(self) -> None:
        signed = b"DKIM-Signature: v=1; d=x.test\r\nBcc: hidden@x.test\r\n" + HELLO
        (inside,) = forward(parse(signed.replace(b"\r\n", b"\n")), from_="b@x.test", to="c@x.test").attachments
        assert inside.embedded is not None
        assert inside.embedded.raw == b"DKIM-Signature: v=1; d=x.test\r\n" + HELLO

    @pytest.mark.parametrize("subject", ["Fwd: Notes", "FW: fwd: Notes", "WG: Notes", "\u8f6c\u53d1: Notes"])
    def test_fwd_stands_once(self, subject: str) -> None:
        made = forward(Message(from_="a@x.test", subject=subject, text=""), from_="b@x.test", to="c@x.test")
        assert made.subject == "Fwd: Notes"

    def test_hidden_recipients_of_the_original_stay_hidden(self) -> None:
        parent = mail("Resent-Bcc: one@x.test\nFrom: a@x.test\nBcc: two@x.test,\n three@x.test\nSubject: x")
        octets = forward(parent, from_="b@x.test", to="c@x.test").to_bytes()
        for hidden in (b"one@", b"two@", b"three@", b"Bcc"):
            assert hidden not in octets

    def test_it_can_go_as_text_with_its_files(self) -> None:
        parent = Message(
            from_="Ada <ada@x.test>",
            to="b@x.test",
            cc="c@x.test",
            bcc="d@x.test",
            subject="Notes",
            text="Here they are.",
            html='<p>Here</p><img src="cid:plot">',
            inline={"plot": ("plot.png", b"\x89PNG")},
            attachments=[("notes.pdf", b"%PDF")],
            date=NOW,
        )
        made = forward(parse(parent.to_bytes()), from_="b@x.test", to="e@x.test", text="See.", attached=False)
        assert made.text == (
            "See.\n\n---------- Forwarded message ----------\nFrom: Ada <ada@x.test>\n"
            "Date: Mon, 24 Nov 1997 14:22:01 +0000\nSubject: Notes\nTo: b@x.test\nCc: c@x.test\n\nHere they are.\n"
        )
        files = [part for part in made.parts if part.filename]
        assert [(part.filename, part.content) for part in files] == [("plot.png", b"\x89PNG"), ("notes.pdf", b"%PDF")]

    def test_files_that_the_transport_does_not_carry_are_encoded_again(self) -> None:
        parent = parse(
            b"From: a@x.test\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n"
            b"--b\nContent-Type: application/x-y\nContent-Disposition: attachment\n\nfile\xe9\n--b--\n"
        )
        made = forward(parent, from_="b@x.test", to="c@x.test", attached=False)
        assert made.to_bytes().isascii()
        assert [part.content for part in made.attachments] == [b"file\xe9"]

    def test_a_file_that_cannot_be_written_anew_goes_as_octets(self) -> None:
        inner = "To: j\u00f6@x.test\n\nx\n".encode()
        parent = parse(
            b"From: a@x.test\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nhi\n"
            b"--b\nContent-Type: message/rfc822\n\n" + inner + b"\n--b--\n"
        )
        (file,) = forward(parent, from_="b@x.test", to="c@x.test", attached=False).attachments
        assert (file.filename, file.content_type.essence) == ("part.eml", "application/octet-stream")
        assert file.content == inner

    def test_what_cannot_be_written_anew_goes_as_a_file(self) -> None:
        parent = parse(b"From: a@x.test\r\nTo: j\xc3\xb6@x.test\r\nBcc: hidden@x.test\r\nSubject: Notes\r\n\r\nx\r\n")
        (file,) = forward(parent, from_="b@x.test", to="c@x.test").attachments
        assert (file.filename, file.content_type.essence) == ("Notes.eml", "application/octet-stream")
        assert file.content == parent.to_bytes().replace(b"Bcc: hidden@x.test\r\n", b"")
        whole = forward(parent, from_="b@x.test", to="c@x.test", encoding="smtputf8")
        assert [part.content_type.essence for part in whole.attachments] == ["message/global"]

    def test_as_text_it_is_text_in_html_too(self) -> None:
        made = forward(
            mail("From: a@x.test", "<b>"), from_="b@x.test", to="c@x.test", html="<p>See</p>", attached=False
        )
        assert made.html is not None
        assert made.html.endswith("From&#58; a@x.test\n\n&lt;b&gt;</div>\n")

    def test_what_has_no_plain_text_is_attached_all_the_same(self) -> None:
        parent = mail("From: a@x.test\nContent-Type: text/html", "<p>x</p>")
        made = forward(parent, from_="b@x.test", to="c@x.test", attached=False)
        assert [part.content_type.essence for part in made.attachments] == ["message/rfc822"]


class TestResend:
    @pytest.mark.parametrize("original", [pytest.param(HELLO, id="RFC 5322 A.3")])
    def test_the_block_stands_on_top_of_the_untouched_original(self, original: bytes) -> None:
        made = resend(
            parse(original),
            from_="Mary Smith <mary@example.net>",
            to="Jane Brown <j-brown@other.example>",
            date=NOW,
            message_id="<78910@example.net>",
        )
        block = (
            b"Resent-Date: Mon, 24 Nov 1997 14:22:01 +0000\r\n"
            b"Resent-From: Mary Smith <mary@example.net>\r\n"
            b"Resent-To: Jane Brown <j-brown@other.example>\r\n"
            b"Resent-Message-ID: <78910@example.net>\r\n"
        )
        assert made.to_bytes() == block + original
        assert made.envelope.mail_from == "mary@example.net"
        assert made.envelope.rcpt_to == ("j-brown@other.example",)

    @pytest.mark.parametrize("original", [HELLO, HELLO.replace(b"\r\n", b"\n")])
    def test_a_hidden_recipient_is_served_and_in_no_delivery(self, original: bytes) -> None:
        made = resend(parse(original), from_="a@x.test", cc="b@x.test", bcc="hidden@x.test", rng=Random(2), date=NOW)
        assert made.envelope.rcpt_to == ("b@x.test", "hidden@x.test")
        (delivery,) = made.deliveries()
        assert b"hidden" not in delivery.data
        assert b"Resent-Cc: b@x.test\r\n" in delivery.data
        assert delivery.data.endswith(HELLO)

    def test_line_ends_are_those_of_the_original(self) -> None:
        made = resend(parse(HELLO.replace(b"\r\n", b"\n")), from_="a@x.test", to="b@x.test")
        assert b"\r" not in made.to_bytes()

    def test_a_built_message_is_resent_without_its_own_recipients(self) -> None:
        built = Message(from_="a@x.test", to="b@x.test", bcc="c@x.test", mail_from="bounce@x.test", text="x")
        made = resend(built, from_="d@x.test", to="e@x.test")
        assert (made.envelope.mail_from, made.envelope.rcpt_to) == ("d@x.test", ("e@x.test",))
        assert made.to_bytes().endswith(built.to_bytes())

    def test_only_the_last_block_counts(self) -> None:
        once = resend(parse(HELLO), from_="a@x.test", to="b@x.test", cc="c@x.test", bcc="d@x.test")
        twice = resend(once, from_="e@x.test", to="f@x.test")
        assert (twice.envelope.mail_from, twice.envelope.rcpt_to) == ("e@x.test", ("f@x.test",))
        assert twice.to_bytes().endswith(once.to_bytes())

    @pytest.mark.parametrize("first", ["Resent-Cc: old@x.test", "Resent-Sender: old@x.test", "Resent-Bcc: old@x.test"])
    def test_an_older_block_that_begins_otherwise_is_not_served_again(self, first: str) -> None:
        older = parse(f"{first}\r\nResent-From: z@x.test\r\nResent-Date: x\r\n".encode() + HELLO)
        made = resend(older, from_="e@x.test", to="f@x.test")
        assert (made.envelope.mail_from, made.envelope.rcpt_to) == ("e@x.test", ("f@x.test",))

    def test_a_leading_continuation_line_does_not_join_the_block(self) -> None:
        made = resend(parse(b" , victim@x.test\r\n" + HELLO), from_="e@x.test", to="f@x.test")
        assert made.envelope.rcpt_to == ("f@x.test",)

    def test_several_resenders_need_a_sender(self) -> None:
        with pytest.raises(HeaderError, match="sender="):
            resend(parse(HELLO), from_="a@x.test, b@x.test", to="c@x.test")
        made = resend(parse(HELLO), from_="a@x.test, b@x.test", sender="b@x.test", to="c@x.test")
        assert made.envelope.mail_from == "b@x.test"

    def test_nobody_to_resend_to_raises(self) -> None:
        with pytest.raises(HeaderError, match="nobody to resend the message to"):
            resend(parse(HELLO), from_="a@x.test", to="team:;")


_HIDDEN = {"bcc", "resent-bcc"}
_FIELDS = {
    *("from", "sender", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references", "mime-version"),
    *("content-type", "content-transfer-encoding"),
}


def _others(part: Part) -> list[str]:
    """Give the names of the fields that a copy for another transport keeps: all but Bcc and those of MIME."""
    names = [name.lower() for name, _ in part.headers]
    return [name for name in names if name not in {*_HIDDEN, "mime-version", "content-transfer-encoding"}]


class TestAnyMessage:
    @given(mail_octets, st.booleans())
    def test_an_answer_has_no_field_that_the_asker_chose(self, raw: bytes, quote: bool) -> None:
        message = parse(b"From: a@x.test\r\n" + raw)
        for answer in (reply, reply_all):
            try:
                made = answer(message, from_="b@x.test", text="x", html="<p>", quote=quote)
            except MimekitError:
                continue
            assert {name.lower() for name, _ in parse(made.to_bytes()).headers} <= _FIELDS
            assert made.envelope.mail_from == "b@x.test"

    @given(mail_octets, st.booleans())
    def test_a_forwarded_message_is_there_without_its_bcc(self, raw: bytes, attached: bool) -> None:
        message = parse(raw)
        try:
            made = forward(message, from_="b@x.test", to="c@x.test", attached=attached)
        except HeaderError:  # without its Bcc the rest would read otherwise, which it only can with such a line
            assert has_odd_line(raw)
            return
        assert made.envelope.rcpt_to == ("c@x.test",)
        assert {name.lower() for name, _ in parse(made.to_bytes()).headers} <= _FIELDS
        if attached:  # a message inside of that one is content, which its sender showed already
            (whole,) = made.attachments
            inner = whole.embedded or parse(whole.content).root  # as a message, or as a file of its octets
            assert not _HIDDEN & {name.lower() for name, _ in inner.headers}
            if not has_odd_line(raw) and not re.search(rb"\r(?!\n)", raw):
                assert _others(inner) == _others(message.root)

    @given(mail_octets, mail_octets)
    def test_a_resent_message_goes_to_the_new_recipients_alone(self, before: bytes, raw: bytes) -> None:
        made = resend(parse(before + raw), from_="b@x.test", to="c@x.test", bcc="unseen@y.test")
        assert len(made.to_bytes()) > len(before + raw)
        try:
            found = made.envelope
        except HeaderError:  # without its Bcc the rest would read otherwise, which it only can with such a line
            assert has_odd_line(before + raw)
            return
        assert found.mail_from == "b@x.test"
        assert found.rcpt_to == ("c@x.test", "unseen@y.test")
        try:
            (delivery,) = made.deliveries()
        except ContentError:  # octets that SMTP does not carry
            return
        assert b"unseen@y.test" not in delivery.data
