"""Reading all of a message: every accessor of every part, for tests that say what holds for any of them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mimekit import Mailbox, Message, parse

__all__ = ["has_odd_line", "read_everything", "reads"]


def reads(text: str) -> Message:
    """Parse *text* with CRLF line ends, having checked what must hold for any octets at all."""
    raw = text.encode().replace(b"\n", b"\r\n")
    message = parse(raw)
    assert message.to_bytes() == raw
    assert parse(memoryview(raw)) == message
    assert parse(text.encode()).text == message.text  # LF ends a line as CRLF does
    for cut in range(len(raw)):
        assert parse(raw[:cut]).to_bytes() == raw[:cut]
        read_everything(parse(raw[:cut]))
    return message


def has_odd_line(raw: bytes) -> bool:
    """
    Tell whether a header has a line that is neither a field nor a fold, by LF or with a lone CR as a line end too.

    Read anew, without the parser: only such a line may make an edit or a delivery of a parsed message impossible.
    """
    for octets in (raw, re.sub(rb"\r(?!\n)", b"\r\n", raw)):
        for number, line in enumerate(octets.split(b"\n")):
            text = line.removesuffix(b"\r")
            if not text:
                break
            if not re.match(rb"[!-9;-~]+[ \t]*:|[ \t]" if number else rb"[!-9;-~]+[ \t]*:", text):
                return True
    return False


def read_everything(message: Message) -> list[str]:
    """Call every accessor of *message* and of all its parts; give every `str` that came out."""
    return list(_strings(message))


def _strings(message: Message) -> Iterator[str]:
    yield from [str(message.subject or ""), message.text or "", message.html or "", repr(message)]
    for addresses in (message.from_, message.to, message.cc, message.bcc, message.reply_to):
        yield str(addresses)
        for entry in addresses.entries:
            yield str(entry)
        for mailbox in addresses:
            yield from _mailbox(mailbox)
    if message.sender is not None:
        yield from _mailbox(message.sender)
    yield str(message.date)
    yield str(message.message_id)
    yield from message.in_reply_to
    yield from message.references
    yield repr(message.headers)
    for name, value in message.headers:
        yield name
        yield value
        message.headers.raw(name)
    for part in message.parts:
        yield repr(part)
        yield str(part.number)
        yield str(part.content_type)
        yield str(part.disposition)
        yield str(part.filename)
        yield str(part.content_id)
        yield str(part.transfer_encoding)
        yield part.text or ""
        assert isinstance(part.content, bytes)
        assert part.raw.endswith(part.raw_body)
        for name, value in part.headers:
            yield name
            yield value
    for part in (*message.attachments, *message.inline):
        yield str(part.filename)
    for defect in message.defects:
        yield str(defect)
        assert 0 <= defect.start <= defect.end <= len(message.to_bytes()) + 1
        assert defect.line >= 1
    yield str(message.content_type)
    assert isinstance(message.content, bytes)


def _mailbox(mailbox: Mailbox) -> Iterator[str]:
    yield from (mailbox.display_name, mailbox.local_part, mailbox.domain, mailbox.address, str(mailbox), repr(mailbox))
