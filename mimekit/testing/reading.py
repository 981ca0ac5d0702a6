"""
Reading: whatever a test holds for a message, as a `Message` or as octets.

A `Message`, a `Delivery`, a `Sent`, octets, a message of the standard library, or one of Django or Flask-Mail.

    object -> Message;  object -> octets

May import: the core.  Imported by: `testing.comparing`, `testing.differential`,
`testing.frameworks`, `testing.judging`, `testing.matching`, `testing.outbox`, `testing.snapshot`.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from mimekit.delivery import Delivery
from mimekit.errors import MimekitError, show
from mimekit.message import Message
from mimekit.parser import parse

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import Message as PlainMessage

    from mimekit.envelope import Envelope

__all__ = ["delivery_of", "envelope_of", "flat", "message_of", "octets_of", "readable", "shown"]


def message_of(x: object) -> Message:
    """Give the message; a built one as it is."""
    if isinstance(x, Message):
        return x
    return parse(octets_of(x)[0])


def octets_of(x: object) -> tuple[bytes, bool]:
    """Give the octets, and whether the message was built for SMTPUTF8."""
    if isinstance(x, Message):
        return x.to_bytes(), x.root.is_built and x.encoding == "smtputf8"
    delivery = delivery_of(x)
    if delivery is not None:
        return delivery.data, delivery.envelope.needs_smtputf8
    if isinstance(x, (bytes, bytearray, memoryview)):
        return bytes(x), False
    made = x
    if callable(getattr(x, "message", None)):  # of Django
        made = x.message()  # type: ignore[attr-defined]  # it was asked for
    if hasattr(made, "walk") and hasattr(made, "get_payload"):
        return flat(made), False  # type: ignore[arg-type]  # of the standard library
    as_bytes = getattr(x, "as_bytes", None)
    if callable(as_bytes):  # of Flask-Mail
        return bytes(as_bytes()), False
    text = f"{show(x)} is no message; give a Message, a Delivery, octets, or one of the mails of mail_outbox"
    raise TypeError(text)


def flat(message: PlainMessage) -> bytes:
    """Write a message of the standard library as it goes out: CRLF line ends, no Bcc."""
    from copy import copy
    from email.generator import BytesGenerator

    shown = copy(message)
    del shown["Bcc"]
    del shown["Resent-Bcc"]
    out = io.BytesIO()
    BytesGenerator(out, mangle_from_=False).flatten(shown, linesep="\r\n")
    return out.getvalue()


def delivery_of(x: object) -> Delivery | None:
    """Give the delivery that it is, or that a mail of the outbox has."""
    found = x if isinstance(x, Delivery) else getattr(x, "delivery", None)
    return found if isinstance(found, Delivery) else None


def envelope_of(x: object) -> Envelope:
    """Give the envelope that goes with it."""
    delivery = delivery_of(x)
    return message_of(x).envelope if delivery is None else delivery.envelope


def shown(given: str) -> str:
    """Make text visible, so that no octet of a message moves a terminal."""
    from mimekit.lint.reporters import visible

    return visible.text(given)


def readable(x: object) -> str:
    """Name a message in one line: who it is for, and its subject."""
    message = message_of(x)
    try:
        recipients: Iterable[str] = [mailbox.address for boxes in (message.to, message.cc) for mailbox in boxes]
        subject = message.subject
    except MimekitError:  # a header that was cut at a limit
        recipients, subject = [], None
    listed = list(recipients)
    to = f"a message to {', '.join(listed[:3])}" if listed else "a message to nobody"
    more = f" and {len(listed) - 3} more" if len(listed) > 3 else ""  # noqa: PLR2004 - a short line
    return shown(f"{to}{more}" + (f", {subject!r}" if subject is not None else ", without a subject"))
