"""What the header says of the recipients, against the envelope that goes with it."""

from __future__ import annotations

from typing import Literal

import pytest

from mimekit import Envelope, Message, lint, parse

AUTHOR = "jane@shop.example"
TEMPLATE = Message(from_=AUTHOR, to=["a@x.example", "b@x.example"], cc=["c@x.example"], subject="Hi", text="Hello.\n")


def told(octets: bytes, *rcpt_to: str) -> list[tuple[str, str, str]]:
    context = lint.Context(envelope=Envelope(AUTHOR, rcpt_to))
    found = lint.check(octets, select=["H120", "H121"], context=context)
    return [(one.code, one.severity, octets[one.start : one.end].decode()) for one in found]


@pytest.mark.parametrize(
    ("rcpt_to", "expected"),
    [
        pytest.param(["a@x.example", "b@X.Example", "c@x.example"], [], id="everybody"),
        pytest.param(["a@x.example", "b@x.example"], [("H120", "warning", "c@x.example")], id="a Cc forgotten"),
        pytest.param(["a@x.example"], [("H120", "info", "b@x.example")], id="one delivery for each"),
        pytest.param(["b@x.example", "c@x.example"], [("H120", "info", "a@x.example")], id="a part of them"),
        pytest.param(["d@x.example"], [("H121", "info", "")], id="a copy for somebody else"),
    ],
)
def test_who_is_shown_is_compared_with_who_is_served(rcpt_to: list[str], expected: list[tuple[str, str, str]]) -> None:
    assert told(TEMPLATE.to_bytes(), *rcpt_to) == expected


def test_the_sentence_names_some_and_counts_the_others() -> None:
    message = Message(from_=AUTHOR, to="a@x.example", cc=[f"c{n}@x.example" for n in range(6)], subject="Hi", text="x")
    context = lint.Context(envelope=Envelope(AUTHOR, ["a@x.example"]))
    (one,) = lint.check(message.to_bytes(), select="H120", context=context)
    listed = "'c0@x.example', 'c1@x.example', 'c2@x.example' and 3 more"
    assert one.message == f"Cc names {listed}, whom the envelope does not serve"


@pytest.mark.parametrize("bcc", ["omit", "separate", "empty"])
def test_deliveries_of_a_message_forget_nobody(bcc: Literal["omit", "separate", "empty"]) -> None:
    message = Message(
        from_=AUTHOR, to="a@x.example", cc="c@x.example", bcc=["boss@shop.example"], subject="Hi", text="Hello.\n"
    )
    for delivery in message.deliveries(bcc=bcc):
        assert lint.check(delivery, select="H120") == []
    (split,) = {one.severity for part in message.deliveries()[0].split(1) for one in lint.check(part, select="H120")}
    assert split == "info"


def test_a_built_message_knows_its_blind_recipients() -> None:
    message = Message(from_=AUTHOR, to="a@x.example", bcc="b@x.example", subject="Hi", text="x", mail_from=AUTHOR)
    assert lint.check(message, select=["H120", "H121"]) == []


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param("List-ID: <news.shop.example>\r\nTo: news@shop.example, a@x.example", id="a list"),
        pytest.param("To: undisclosed-recipients:;", id="nobody is named"),
        pytest.param("Resent-From: j@x.example\r\nResent-To: a@x.example\r\nTo: old@x.example", id="sent again"),
        pytest.param("To: a@x.example, John (Roe", id="a field that cannot be read"),
    ],
)
def test_what_may_differ_gives_nothing(fields: str) -> None:
    assert told(f"From: {AUTHOR}\r\n{fields}\r\n\r\nHi\r\n".encode(), "a@x.example") == []


def test_a_message_without_recipients_is_no_crash() -> None:
    assert told(b"\r\n\r\n", "a@x.example") == [("H121", "info", "")]
    assert parse(b"").to is not None
