"""`assert_message` says all that is not as expected, in lines that a person can read."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from mimekit import Delivery, Envelope, Message
from mimekit.testing import assert_message, contains, lacks, matches

MESSAGE = Message(
    from_="Shop <shop@example.com>",
    to=["Ada <ada@example.org>", "grace@example.org"],
    reply_to="help@example.com",
    subject="Your order",
    text="Dear Ada,\n\nplease confirm.\n",
    html="<p>Dear Ada</p>",
    attachments=[("order.pdf", b"%PDF-1"), ("lines.csv", b"a,b\r\n")],
    bcc="audit@example.com",
)


def failure(**expected: object) -> list[str]:
    """Give the lines of the failure, without the first one."""
    with pytest.raises(AssertionError) as caught:
        assert_message(MESSAGE, **expected)  # type: ignore[arg-type]  # whatever a test expects
    first, *rest = str(caught.value).split("\n")
    assert first == "a message to ada@example.org, grace@example.org, 'Your order'"
    return [line.removeprefix("  ") for line in rest]


def test_what_is_as_expected_passes() -> None:
    assert_message(
        MESSAGE,
        subject="Your order",
        from_="shop@example.com",
        sender=None,
        to=["grace@EXAMPLE.org", "Ada <ada@example.org>"],
        cc=[],
        bcc="audit@example.com",
        reply_to="help@example.com",
        text="Dear Ada,\n\nplease confirm.",
        html=contains("Ada"),
        attachments={"order.pdf": b"%PDF-1", "lines.csv": contains("a,b")},
        inline=None,
        headers={"MIME-Version": "1.0", "X-None": None, "Date": matches(r"^\w{3}, ")},
        mail_from="shop@example.com",
        rcpt_to=["audit@example.com", "ada@example.org", "grace@example.org"],
    )


@pytest.mark.parametrize(
    ("expected", "lines"),
    [
        ({"subject": "My order"}, ["subject is 'Your order', expected 'My order'"]),
        ({"subject": None}, ["subject is 'Your order', expected absent"]),
        ({"headers": {"X-None": "1"}}, ["X-None is absent, expected '1'"]),
        ({"headers": {"X-None": contains("1")}}, ["X-None is absent, expected contains('1')"]),
        ({"to": "ada@example.org"}, ["to has grace@example.org besides"]),
        ({"cc": "ada@example.org"}, ["cc lacks ada@example.org"]),
        (
            {"from_": "Store <shop@example.com>"},
            ["from lacks Store <shop@example.com>; it has Shop <shop@example.com> instead"],
        ),
        ({"attachments": []}, ["attachments has order.pdf, lines.csv besides"]),
        (
            {"attachments": ["order.pdf", "other.csv"]},
            ["attachments lacks other.csv; it has lines.csv instead"],
        ),
        (
            {"text": contains("confirm", "deny")},
            ["text lacks 'deny':", "| Dear Ada,", "| ", "| please confirm."],
        ),
        ({"html": lacks("Ada", "Bob")}, ["html holds 'Ada':", "| <p>Dear Ada</p>"]),
        ({"html": matches("B.b")}, ["html does not match 'B.b':", "| <p>Dear Ada</p>"]),
        (
            {"text": "Dear Ada,\n\nplease deny."},
            ["text is not as expected (- expected, + is):", "@@ -1,3 +1,3 @@", " Dear Ada,", " ", "-please deny.",
             "+please confirm."],
        ),
        ({"rcpt_to": ["ada@example.org"]}, ["rcpt_to has grace@example.org, audit@example.com besides"]),
        ({"mail_from": ""}, ["mail_from is 'shop@example.com', expected ''"]),
    ],
)  # fmt: skip
def test_what_is_not_is_told(expected: dict[str, object], lines: list[str]) -> None:
    assert [line.removeprefix("  ") for line in failure(**expected)] == lines


def test_content_of_attachments_is_told_by_size_and_hash() -> None:
    (line,) = failure(attachments={"order.pdf": b"%PDF-2", "lines.csv": ...})
    assert line.startswith("attachments order.pdf is 6 octets, SHA-256 ")
    assert failure(attachments={"order.pdf": ..., "lines.csv": "c"})[0].startswith("attachments lines.csv is")


def test_everything_that_is_wrong_is_told_at_once() -> None:
    assert [line.split()[0] for line in failure(subject="x", to=[], attachments=[])] == ["to", "subject", "attachments"]


def test_a_name_that_appears_twice_counts_twice() -> None:
    twice = Message(from_="a@shop.test", to="b@shop.test", text="", attachments=[("a.txt", b"1"), ("a.txt", b"2")])
    assert_message(twice, attachments=["a.txt", "a.txt"])
    with pytest.raises(AssertionError, match=r"attachments has a\.txt besides"):
        assert_message(twice, attachments=["a.txt"])


def test_whatever_is_equal_to_a_text_is_accepted() -> None:
    from unittest.mock import ANY

    assert_message(MESSAGE, subject=ANY, text=ANY, headers={"Date": ANY})


def test_deliveries_have_the_envelope_that_they_have() -> None:
    delivery = Delivery(Envelope("bounce@example.com", "b@example.org"), MESSAGE.to_bytes())
    assert_message(delivery, mail_from="bounce@example.com", rcpt_to="b@example.org", bcc=None)


def test_messages_of_the_standard_library_and_octets_are_taken() -> None:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@shop.test", "b@shop.test", "Gr\u00fc\u00dfe"
    made.set_content("Hi\n")
    assert_message(made, subject="Gr\u00fc\u00dfe", text="Hi")
    assert_message(made.as_bytes(), subject="Gr\u00fc\u00dfe", text="Hi")
    with pytest.raises(TypeError, match="42 is no message"):
        assert_message(42)


def test_a_failure_moves_no_terminal() -> None:
    hostile = b"To: \x1b[31m@shop.test\r\nSubject: \x1b]0;x\x07\xe2\x80\xae\r\n\r\n\x1b[2J\r\n"
    with pytest.raises(AssertionError) as caught:
        assert_message(hostile, subject="x", text=contains("y"), to="b@shop.test", attachments=["\x1b"])
    assert not {"\x1b", "\x07", "\u202e"} & set(str(caught.value))
