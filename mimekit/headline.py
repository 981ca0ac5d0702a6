"""
The header of a built message: each argument of the constructor becomes the octets of its fields.

RFC 5322 3.6.  Every field goes through `headers.field`, which knows by the registry how its value is written; there is
no second way for octets into a header.

    arguments -> field octets, in the order they stand

May import: `headers`, `wire`, `errors`.  Imported by: `bulk`, `message`, `ses`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from mimekit.errors import HeaderError, show
from mimekit.headers import field, lists
from mimekit.headers.address import AddressList

__all__ = [
    "OWNED",
    "address_fields",
    "addresses",
    "ascii_only",
    "further",
    "marks",
    "originators",
    "text_field",
    "threading",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from typing import Protocol, TypeGuard

    from mimekit.headers.address import Mailbox

    class Parent(Protocol):
        """What a reply needs of the message it answers."""

        @property
        def message_id(self) -> str | None: ...
        @property
        def in_reply_to(self) -> tuple[str, ...]: ...
        @property
        def references(self) -> tuple[str, ...]: ...


# A field that a constructor argument writes, and that argument: `headers=` may not write it again.
OWNED = {
    "from": "from_",
    "sender": "sender",
    "reply-to": "reply_to",
    "to": "to",
    "cc": "cc",
    "bcc": "bcc",
    "subject": "subject",
    "date": "date",
    "message-id": "message_id",
    "in-reply-to": "in_reply_to",
    "references": "references",
    "auto-submitted": "auto_submitted",
    "list-unsubscribe": "list_unsubscribe",
    "list-unsubscribe-post": "list_unsubscribe",
    "x-priority": "priority",
    "importance": "priority",
    "mime-version": "body",
    "content-type": "body",
    "content-transfer-encoding": "encoding",
    "content-disposition": "body",
    "content-id": "body",
    "return-path": "mail_from",
}
_PRIORITIES = {
    "high": (b"X-Priority: 1 (Highest)\r\n", b"Importance: high\r\n"),
    "normal": (b"X-Priority: 3 (Normal)\r\n", b"Importance: normal\r\n"),
    "low": (b"X-Priority: 5 (Lowest)\r\n", b"Importance: low\r\n"),
}
_LONGEST_ID = 900  # octets of an id that fits a line beside its field name
_SHORT = 200  # characters of a value that is worth remembering


@cache
def _submitted() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9-]++(?:;[ \t\x21-\x7e]*+)?")


def originators(from_: object, sender: object) -> AddressList:
    """Check who wrote it: one author at least, and a sender when there are more (RFC 5322 3.6.2)."""
    authors = addresses("from_", from_)
    count = len(authors.mailboxes)
    if not count:
        message = "from_ has no mailbox; a message has an author (RFC 5322 3.6.2)"
        raise HeaderError(message)
    if count > 1 and sender is None:
        message = f"from_ has {count} mailboxes, so sender= must name who sent it (RFC 5322 3.6.2)"
        raise HeaderError(message)
    return authors


def address_fields(given: Iterable[tuple[str, object]], *, utf8: bool) -> list[bytes]:
    """Write the address fields that were given; one without an address is left out."""
    lines = []
    for name, value in given:
        if value is None:
            continue
        argument = value[0] if type(value) is list and len(value) == 1 else value
        try:
            if _is_text(argument):
                lines.append(_known_field(name, argument, utf8=utf8))
                continue
        except HeaderError:  # the sentence that names the argument is made below
            pass
        listed = addresses(OWNED[name.lower()], argument)
        if listed.entries:
            lines.append(field.encode(name, listed, utf8=utf8))
    return lines


def _is_text(value: object) -> TypeGuard[str | tuple[str, str]]:
    """Tell whether addresses are given as text that is worth remembering: a short string, or a pair of two."""
    if type(value) is tuple and len(value) == 2:  # noqa: PLR2004 - a pair
        name, address = value
        return type(name) is str and type(address) is str and len(name) + len(address) < _SHORT
    return type(value) is str and len(value) < _SHORT


def addresses(argument: str, value: object) -> AddressList:
    """Read an address argument; the error names the argument."""
    try:
        if _is_text(value):
            return _known_addresses(value)
        return value if isinstance(value, AddressList) else AddressList.of(value)
    except HeaderError as error:
        message = f"{argument}: {error}"
        raise type(error)(message) from None


# By the text that was given, octet for octet: two lists that are equal may be spelled in two ways.
@lru_cache(maxsize=256)
def _known_addresses(value: str | tuple[str, str]) -> AddressList:
    """Read addresses that were written as text: the authors of a run of messages are the same."""
    return AddressList.of(value)


@lru_cache(maxsize=256)
def _known_field(name: str, value: str | tuple[str, str], *, utf8: bool) -> bytes:
    """Write an address field of such a text; ``b""`` for none."""
    listed = _known_addresses(value)
    return field.encode(name, listed, utf8=utf8) if listed.entries else b""


def text_field(name: str, value: str, *, utf8: bool) -> bytes:
    """Write a field of text; the same subjects and marks stand in many messages."""
    if isinstance(value, str) and len(value) < _SHORT:
        return _known_text_field(name, value, utf8=utf8)
    return field.encode(name, value, utf8=utf8)


@lru_cache(maxsize=256)
def _known_text_field(name: str, value: str, *, utf8: bool) -> bytes:
    return field.encode(name, value, utf8=utf8)


def ascii_only(argument: str, mailboxes: Iterable[Mailbox]) -> None:
    """Refuse local parts that only SMTPUTF8 carries (RFC 6531 3.3)."""
    for mailbox in mailboxes:
        if not mailbox.local_part.isascii():
            message = (
                f'{argument} has {show(mailbox.address)}; a non-ASCII local part needs encoding="smtputf8" (RFC 6531)'
            )
            raise HeaderError(message)


def threading(
    in_reply_to: Parent | str | Iterable[str] | None, references: str | Iterable[str] | None, *, utf8: bool
) -> list[bytes]:
    """Write In-Reply-To and References (RFC 5322 3.6.4)."""
    lines = []
    if hasattr(in_reply_to, "message_id"):
        parent: Parent = in_reply_to  # type: ignore[assignment]  # the attribute tells
        if parent.message_id is not None:
            if references is None:
                known = parent.references or (parent.in_reply_to if len(parent.in_reply_to) == 1 else ())
                chain = [one for one in known if one != parent.message_id] + [parent.message_id]
                references = [one for one in chain if _is_writable(one, utf8=utf8)]
            in_reply_to = parent.message_id if _is_writable(parent.message_id, utf8=utf8) else None
        else:
            in_reply_to = None
    elif in_reply_to and references is None:  # RFC 5322 3.6.4: at least the parent's own id
        references = in_reply_to
    if in_reply_to:
        lines.append(field.encode("In-Reply-To", in_reply_to, utf8=utf8))
    if references:
        lines.append(field.encode("References", references, utf8=utf8))
    return lines


def _is_writable(msg_id: str, *, utf8: bool) -> bool:
    """Tell whether an id that was read can be written: it is never folded or encoded (RFC 2047 5, RFC 6532 3.3)."""
    return len(msg_id) < _LONGEST_ID and (utf8 or msg_id.isascii())


def marks(
    priority: str | None, auto_submitted: str | None, list_unsubscribe: str | Sequence[str] | None
) -> list[bytes]:
    """Write what a message says of itself to programs."""
    lines: list[bytes] = []
    if auto_submitted is not None:
        if not isinstance(auto_submitted, str) or not _submitted().fullmatch(auto_submitted):
            message = f"auto_submitted is {show(auto_submitted)}; it is a keyword such as auto-generated (RFC 3834 5)"
            raise HeaderError(message)
        lines.append(field.encode("Auto-Submitted", auto_submitted))
    if priority is not None:
        if priority not in _PRIORITIES:
            message = f"priority is {show(priority)}; it is one of {', '.join(_PRIORITIES)}"
            raise HeaderError(message)
        lines += _PRIORITIES[priority]
    if list_unsubscribe is not None:
        lines += [field.field(name, pieces) for name, pieces in lists.unsubscribe_fields(list_unsubscribe)]
    return lines


def further(headers: Mapping[str, object] | Iterable[tuple[str, object]], *, utf8: bool) -> list[bytes]:
    """Write the fields that no argument owns."""
    pairs = headers.items() if hasattr(headers, "items") else headers
    if isinstance(pairs, (str, bytes)) or not hasattr(pairs, "__iter__"):
        message = f"headers is {show(headers)}; give a mapping, or (name, value) pairs"
        raise HeaderError(message)
    lines = []
    for name, value in pairs:
        owner = OWNED.get(name.lower()) if isinstance(name, str) else None
        if owner is not None:
            message = f"headers has {show(name)}, which the argument {owner}= writes; use that"
            raise HeaderError(message)
        lines.append(
            text_field(name, value, utf8=utf8) if isinstance(value, str) else field.encode(name, value, utf8=utf8)
        )
    return lines
