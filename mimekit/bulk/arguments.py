"""
Arguments: what is given to a template, so that it can be read again, copied and sent to another process.

An iterator is read once, a file too; a message whose fields have slots is taken apart into arguments.

    arguments as they were given -> arguments that stay;  a message -> arguments

May import: the core, `bulk.addresses`, `bulk.slots`.  Imported by: `bulk.template`.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from mimekit import compose, headline
from mimekit.bulk.addresses import written
from mimekit.bulk.slots import Slot, Text
from mimekit.errors import TemplateError, show
from mimekit.headers import lists, names
from mimekit.headers.address import Mailbox
from mimekit.message import Message
from mimekit.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

__all__ = [
    "check_no_engine",
    "check_no_slots",
    "is_utf8",
    "kept",
    "known",
    "marks",
    "of_message",
    "read",
    "reverse_path",
]

_ADDRESS_FIELDS = (
    ("From", "from_"),
    ("Sender", "sender"),
    ("Reply-To", "reply_to"),
    ("To", "to"),
    ("Cc", "cc"),
    ("Bcc", "bcc"),
)
_OF_ENGINE = re.compile(r"\{%|\{\{-?[ \t]*+(?!amazonSES)[A-Za-z_]")  # but what Amazon SES fills itself
_NOT_SLOTTED = frozenset({"text", "html", "amp", "calendar", "defaults", "formatters", "slots", "signer", "rng"})
_FILES = ("attachments", "inline")
_NOT_KEPT = frozenset({"trace", "auth", "resent"})
_IMPORTANCES = ("high", "normal", "low")
_MOST_HELD = 2**25  # octets of a file that is read when the template is made; a larger one is read for each row


def marks(slots: object) -> tuple[str, str]:
    """Check what opens a slot and what closes it."""
    if isinstance(slots, tuple) and len(slots) == 2 and all([isinstance(one, str) and one for one in slots]):  # noqa: PLR2004 - two marks
        return slots
    message = f"slots is {show(slots)}; give what opens a slot and what closes it, such as ('<<', '>>')"
    raise TemplateError(message)


@cache
def known() -> frozenset[str]:
    """Give the names of the arguments of `Message`."""
    return frozenset(Message.__init__.__kwdefaults__ or ())


def kept(value: Any) -> Any:  # noqa: ANN401 - any argument
    """Give an argument that may be read again, and that nobody else changes."""
    if hasattr(value, "__next__") and not hasattr(value, "read"):
        return list(value)
    return value.copy() if isinstance(value, (list, dict)) else value


def read(item: object) -> object:
    """Read a file that is not huge, so that it is read once."""
    if hasattr(item, "read"):
        return compose.attachment(item)  # type: ignore[arg-type]  # which says what it has not
    name, content = item if isinstance(item, tuple) and len(item) == 2 else (None, item)  # noqa: PLR2004 - a pair
    if hasattr(content, "__fspath__"):
        path = Path(os.fsdecode(content))
        if path.is_file() and path.stat().st_size <= _MOST_HELD:
            return (name or path.name, path.read_bytes())
    return item


def _texts(what: str, value: Any) -> Iterator[str]:  # noqa: ANN401 - any argument
    """Yield the text in an argument: of a part or a file its name, of a mapping the keys too."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, (Part, Slot)):
            waiting.append(one.filename)
        elif hasattr(one, "__fspath__"):
            waiting.append(Path(os.fsdecode(one)).name)
        elif hasattr(one, "items"):
            waiting += [item for pair in one.items() for item in pair]
        elif isinstance(one, (list, tuple)):
            is_file = what in _FILES and isinstance(one, tuple) and len(one) == 2  # noqa: PLR2004 - a pair
            waiting += one[:1] if is_file else one


def check_no_slots(what: str, value: object, marks: tuple[str, str]) -> None:
    """Raise for a slot in an argument that takes none."""
    if what == "calendar" and hasattr(value, "__fspath__"):
        path = Path(os.fsdecode(value))
        value = path.read_bytes() if path.is_file() else None
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    for text in _texts(what, value):
        if found := Text(text, marks).slots:
            slot = f"{marks[0]}{found[0].name}{marks[1]}"
            message = f"{what} has the slot {show(slot)}, and takes none; where it is no slot, give slots= other marks"
            raise TemplateError(message)


def check_no_engine(given: Mapping[str, object]) -> None:
    """Raise for what looks as if an engine filled it, in arguments that it does not see."""
    for name, value in given.items():
        for text in _texts(name, value) if name not in _NOT_SLOTTED else ():
            if found := _OF_ENGINE.search(text):
                message = (
                    f"{name} has {show(found[0])}, which would go out as it stands: the engine fills text and html, "
                    f"and everything else takes slots, such as {{name}}"
                )
                raise TemplateError(message)


def is_utf8(octets: bytes) -> bool:
    """Tell whether octets are text."""
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


def reverse_path(value: object) -> object:
    """Give the address of a mailbox, or of a pair; a string as it is."""
    if isinstance(value, Mailbox):
        return value.address
    return value[1] if isinstance(value, tuple) and len(value) == 2 else value  # noqa: PLR2004 - a pair


def _check_parts(message: Message) -> None:
    """Raise for a part that no argument stands for."""
    bodies = message._bodies()
    kept = [*bodies.text, *bodies.html, *bodies.attachments, *[part for part in bodies.inline if part.content_id]]
    taken = {id(part) for part in kept}
    waiting = [message._placed()]
    while waiting:
        part = waiting.pop()
        waiting += part.children[::-1]
        if not part.children and id(part) not in taken:
            named = f", {show(part.filename)}," if part.filename else ""
            message_ = (
                f"the message has a part {part.content_type.essence}{named} that a template cannot take from it; "
                f"take the part out, or give the arguments themselves to Template()"
            )
            raise TemplateError(message_)


def of_message(message: Message, marks: tuple[str, str]) -> dict[str, Any]:
    """Give what a message says as arguments; ``None`` where it says nothing."""
    headers = message.headers
    found: dict[str, Any] = {}
    for name, argument in _ADDRESS_FIELDS:
        raw = [one for one in headers.all_raw(name) if one.strip()]
        if raw:
            found[argument] = ", ".join([written(one, marks) for one in raw])
    if message.mail_from is not None:
        found["mail_from"] = message.mail_from
    if message.bcc.entries:
        found.setdefault("bcc", str(message.bcc))
    found |= {"subject": message.subject, "text": message.text, "html": message.html}
    found["attachments"] = list(message.attachments)
    found["inline"] = {part.content_id[1:-1]: part for part in message.inline if part.content_id} or None
    _check_parts(message)
    found |= {"in_reply_to": message.in_reply_to or None, "references": message.references or None}
    found["auto_submitted"] = headers.get("Auto-Submitted")
    importance = (headers.get("Importance") or "").strip().lower()
    found["priority"] = importance if importance in _IMPORTANCES else None
    unsubscribe = lists.ListField.parse(headers.raw("List-Unsubscribe") or b"")
    found["list_unsubscribe"] = list(unsubscribe.uris) if unsubscribe is not None and unsubscribe.uris else None
    found["headers"] = [
        (name, value)
        for name, value in headers
        if name.lower() not in headline.OWNED and names.info(name).group not in _NOT_KEPT
    ]
    return found
