"""
Saying: what a message says to a person, whatever way it is written.

White space, tags and the form of a composed character say nothing.

    a message -> a value that is equal for messages that say the same
"""

from __future__ import annotations

import re
import unicodedata

from mimekit import Message
from mimekit.codecs import domain

__all__ = ["said"]

_ADDRESSES = ("from_", "to", "cc", "bcc", "reply_to")


def said(message: Message, *, ends_of_lines: bool = True) -> tuple[object, ...]:
    """
    Give what a message says to a person: white space, tags and the form of a composed character say nothing.

    Without *ends_of_lines* it makes no difference how a line ends in an attachment that is not encoded.
    """
    found = message.attachments
    return (
        _words(message.subject),
        {(one.local_part, domain.key(one.domain)) for name in _ADDRESSES for one in getattr(message, name)},
        _words(message.text),
        _words(re.sub(r"<[^>]*(?:>|\Z)", " ", message.html or "")),
        [(one.filename, _content(one.content, ends_of_lines=ends_of_lines)) for one in found if one.embedded is None],
        [said(Message.of(one.embedded), ends_of_lines=ends_of_lines) for one in found if one.embedded is not None],
    )


def _content(octets: bytes, *, ends_of_lines: bool) -> bytes:
    return octets if ends_of_lines else octets.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _words(text: str | None) -> list[str]:
    return unicodedata.normalize("NFC", text or "").replace("\ufeff", "").split()
