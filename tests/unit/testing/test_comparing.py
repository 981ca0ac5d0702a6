"""`assert_same_message` compares what a reader sees, and says where two messages differ."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any  # arguments of Message

import pytest

from mimekit import Message, parse
from mimekit.testing import assert_same_message

NEW = {"Date", "Message-ID", "boundary"}


def made(**changed: Any) -> Message:
    given: dict[str, Any] = {
        "from_": "ada@example.com",
        "to": "grace@example.org",
        "subject": "Notes",
        "text": "Hi Grace,\n\nhere they are.\n",
        "html": "<p>Hi</p>",
        "attachments": [("a.pdf", b"%PDF-1")],
    }
    return Message(**given | changed)


def told(first: Message, second: Message, *ignoring: str) -> list[str]:
    with pytest.raises(AssertionError) as caught:
        assert_same_message(first, second, ignoring={*NEW, *ignoring})
    return str(caught.value).split("\n")[1:]


def test_the_same_arguments_give_the_same_message() -> None:
    assert_same_message(made(), made(date=datetime(2026, 1, 1, tzinfo=UTC)), ignoring=NEW)
    with pytest.raises(AssertionError, match="Message-ID"):
        assert_same_message(made(), made(), ignoring={"Date", "boundary"})


def test_folding_and_order_of_fields_do_not_count() -> None:
    first = b"From: a@shop.test\r\nSubject: one\r\n two\r\n\r\nHi\r\n"
    assert_same_message(first, b"subject: one two\r\nFrom: a@shop.test\r\n\r\nHi\r\n")


def test_transfer_encodings_can_be_ignored() -> None:
    first = b"Content-Transfer-Encoding: base64\r\n\r\nSGkK\r\n"
    assert_same_message(first, b"\r\nHi\n", ignoring="Content-Transfer-Encoding")


def test_fields_are_told_by_name() -> None:
    assert told(made(), made(subject="Note", cc="x@example.org")) == [
        "  Subject",
        "    - Notes",
        "    + Note",
        "  Cc",
        "    + x@example.org",
    ]


def test_values_in_another_order_are_told() -> None:
    first, second = b"Received: a\r\nReceived: b\r\n\r\n", b"Received: b\r\nReceived: a\r\n\r\n"
    assert told(parse(first), parse(second)) == ["  Received", "    the same values in another order"]
    assert told(parse(first), parse(b"Received: a\r\n\r\n")) == ["  Received", "    - a", "    - b", "    + a"]


def test_texts_are_told_by_their_lines_and_parts_by_their_place() -> None:
    assert told(made(), made(text="Hi Grace,\n\nhere they were.\n")) == [
        "  part 1.1",
        "    text",
        "      @@ -1,3 +1,3 @@",
        "       Hi Grace,",
        "       ",
        "      -here they are.",
        "      +here they were.",
    ]


def test_binaries_are_told_by_size_and_hash() -> None:
    lines = told(made(), made(attachments=[("a.pdf", b"%PDF-22")]))
    assert [line[:24] for line in lines] == [
        "  part 2",
        "    content",
        "      - 6 octets, SHA-25",
        "      + 7 octets, SHA-25",
    ]


def test_parts_that_only_one_has_are_told() -> None:
    lines = told(made(), made(attachments=[("a.pdf", b"%PDF-1"), ("b.png", b"\x89PNG")]))
    assert [line[:34] for line in lines] == ["  part 3", "    + image/png 'b.png', 4 octets,"]


def test_an_embedded_message_is_compared_part_by_part() -> None:
    one, two = [made(subject=subject, message_id="<1@shop.test>") for subject in ("One", "Two")]
    lines = told(made(attachments=[one]), made(attachments=[two]))
    assert lines == ["  part 2: its message", "    Subject", "      - One", "      + Two"]


def test_content_ids_and_what_refers_to_them_can_be_ignored() -> None:
    def shown(picture: bytes = b"\x89PNG") -> Message:
        return made(html='<p>Hi<img src="cid:p" alt="p"></p>', inline={"p": ("p.png", picture)})

    assert_same_message(shown(), shown(), ignoring={*NEW, "Content-ID"})
    assert any("cid:" in line for line in told(shown(), shown()))
    assert any("content" in line for line in told(shown(), shown(b"\x89PNG2"), "Content-ID"))


def test_line_ends_that_differ_are_told() -> None:
    first, second = parse(b"\r\nHi\r\n\r\n"), parse(b"\r\nHi\r\n")
    assert told(first, second)[0] == "  text"


def test_a_failure_moves_no_terminal() -> None:
    with pytest.raises(AssertionError) as caught:
        assert_same_message(b"Subject: \x1b[2J\r\nX\x07: 1\r\n\r\n\x1b", b"\r\n\xe2\x80\xae")
    assert not {"\x1b", "\x07", "\u202e"} & set(str(caught.value))
