"""
mimekit builds, parses, signs and checks e-mail messages (RFC 5322, MIME, DKIM).

    from mimekit import Message, parse

The names of the core are here; the feature modules (``mimekit.ses`` and the rest) are imported on first use.
"""

from __future__ import annotations

from mimekit.clock import deterministic
from mimekit.compose import alternative, attachment, html_part, mixed, related, text_part
from mimekit.defects import Defect
from mimekit.envelope import Delivery, Envelope
from mimekit.errors import (
    AddressError,
    BuildError,
    ContentError,
    DefectError,
    EnvelopeError,
    HeaderError,
    MimekitError,
    PayloadError,
    SpecError,
)
from mimekit.headers.address import AddressList, Group, Mailbox
from mimekit.headers.collection import Headers
from mimekit.headers.content import ContentDisposition, ContentType
from mimekit.limits import Limits
from mimekit.message import Message
from mimekit.parser import parse, parse_headers, parse_mbox
from mimekit.part import Part
from mimekit.replies import forward, reply, reply_all, resend

__version__ = "0.1.0"

__all__ = [
    "AddressError",
    "AddressList",
    "BuildError",
    "ContentDisposition",
    "ContentError",
    "ContentType",
    "Defect",
    "DefectError",
    "Delivery",
    "Envelope",
    "EnvelopeError",
    "Group",
    "HeaderError",
    "Headers",
    "Limits",
    "Mailbox",
    "Message",
    "MimekitError",
    "Part",
    "PayloadError",
    "SpecError",
    "__version__",
    "alternative",
    "attachment",
    "deterministic",
    "forward",
    "html_part",
    "mixed",
    "parse",
    "parse_headers",
    "parse_mbox",
    "related",
    "reply",
    "reply_all",
    "resend",
    "text_part",
]

_ON_FIRST_USE = ("maildir", "ses", "smtp", "spec")


def __getattr__(name: str) -> object:
    """Import a feature module when it is first asked for."""
    if name in _ON_FIRST_USE:
        from importlib import import_module

        return import_module(f"mimekit.{name}")
    message = f"module 'mimekit' has no attribute {name!r}"
    raise AttributeError(message)
