"""
mimekit builds, parses, signs and checks e-mail messages (RFC 5322, MIME, DKIM), and derives their envelopes.

    from mimekit import Message, parse

The names of the core are here; the feature modules (``mimekit.ses`` and the rest) are imported on first use.
"""

from __future__ import annotations

from mimekit.clock import deterministic
from mimekit.compose import alternative, attachment, html_part, mixed, related, text_part
from mimekit.defects import Defect
from mimekit.delivery import Delivery
from mimekit.difference import EnvelopeDiff
from mimekit.envelope import Envelope
from mimekit.errors import (
    AddressError,
    BuildError,
    ContentError,
    DefectError,
    DkimError,
    EnvelopeError,
    HeaderError,
    MimekitError,
    PayloadError,
    SpecError,
    TemplateError,
)
from mimekit.headers.address import AddressList, Diagnosis, Group, Mailbox, Unparsed
from mimekit.headers.collection import Headers
from mimekit.headers.content import ContentDisposition, ContentType
from mimekit.limits import Limits
from mimekit.message import Message
from mimekit.parser import MboxMessage, parse, parse_headers, parse_mbox
from mimekit.part import Part

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimekit import auth as auth
    from mimekit import bulk as bulk
    from mimekit import dkim as dkim
    from mimekit import maildir as maildir
    from mimekit import ses as ses
    from mimekit import smtp as smtp
    from mimekit import spec as spec
    from mimekit.bulk import Template
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
    "Diagnosis",
    "DkimError",
    "Envelope",
    "EnvelopeDiff",
    "EnvelopeError",
    "Group",
    "HeaderError",
    "Headers",
    "Limits",
    "Mailbox",
    "MboxMessage",
    "Message",
    "MimekitError",
    "Part",
    "PayloadError",
    "SpecError",
    "Template",
    "TemplateError",
    "Unparsed",
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

_ON_FIRST_USE = {  # a name, and the module that is it or has it
    "Template": "bulk",
    "auth": "auth",
    "bulk": "bulk",
    "dkim": "dkim",
    "forward": "replies",
    "maildir": "maildir",
    "reply": "replies",
    "reply_all": "replies",
    "resend": "replies",
    "ses": "ses",
    "smtp": "smtp",
    "spec": "spec",
}


def __getattr__(name: str) -> object:
    """Import what the core does not need when it is first asked for."""
    home = _ON_FIRST_USE.get(name)
    if home is not None:
        from importlib import import_module

        module = import_module(f"mimekit.{home}")
        return module if home == name else getattr(module, name)
    message = f"module 'mimekit' has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return [*globals(), *_ON_FIRST_USE]
