"""Reading all of a message: every accessor of every part, for tests that say what holds for any of them."""

from __future__ import annotations

from collections.abc import Iterator

from mimekit import Mailbox, Message

__all__ = ["read_everything"]


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
