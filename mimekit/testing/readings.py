"""
Readings: what a parser says of one message, in a form that no parser has to itself.

Any aspect may be absent: a parser that says nothing of a thing is not compared there.  The JSON form is for programs in
other languages; ``docs/reference/reading.md`` describes it.

    values, JSON -> Reading -> values, JSON

May import: nothing.  Imported by: `testing`, `testing.adapters`, `testing.differential`, `testing.disagreeing`,
`testing.parsers`.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any  # JSON

__all__ = ["Address", "Attachment", "Reading", "ReadingError", "RefusedError", "from_json", "to_json"]


class ReadingError(ValueError):
    """What a program printed is no reading."""


class RefusedError(ReadingError):
    """The parser says that it gives no reading of the message, and why."""


class Address(NamedTuple):
    """One mailbox: its name, ``""`` for none and ``None`` when the parser does not say, and its addr-spec."""

    display_name: str | None
    address: str


class Attachment(NamedTuple):
    """One attachment; what is ``None`` the parser does not say."""

    filename: str | None = None
    content_type: str | None = None
    size: int | None = None
    """Octets of the decoded content."""
    sha256: str | None = None
    """Of the decoded content, in lower-case hexadecimal digits."""

    @classmethod
    def of(cls, octets: bytes, *, filename: str | None = None, content_type: str | None = None) -> Attachment:
        r"""
        Make one of the decoded content.

        >>> Attachment.of(b"\0\1", filename="a.bin").size
        2
        """
        return cls(filename, content_type, len(octets), hashlib.sha256(octets).hexdigest())


class Reading(NamedTuple):
    """
    What a parser says of a message; ``None`` is "does not say", and an empty value is "there is none".

    >>> Reading(subject="Notes", addresses={"to": [Address("Grace", "grace@example.org")]}).subject
    'Notes'
    """

    structure: Iterable[tuple[int, str]] | None = None
    """
    The parts, depth first, the message itself first: how deep each is (the message: 0), and its media type.

    What is in an embedded message is one deeper than the part that it is in.
    """
    fields: Iterable[str] | None = None
    """The names of the fields of the message, as often as they occur; neither order nor case counts."""
    addresses: Mapping[str, Iterable[Address]] | None = None
    """
    The mailboxes by the name of the field: ``from``, ``sender``, ``reply-to``, ``to``, ``cc``, ``bcc``.

    Groups are flattened.  A field that is not in the message is an empty list, one that is no key is not said.
    """
    subject: str | None = None
    """Decoded and unfolded."""
    date: datetime | str | None = None
    """Aware, or in ISO 8601 form; ``""`` when there is none that can be read.  The moment counts, and not the zone."""
    message_id: str | None = None
    """With its angle brackets or without."""
    text: Iterable[str] | None = None
    """The texts of type text/plain that are no attachments, decoded, in order; empty ones do not count."""
    html: Iterable[str] | None = None
    """Those of type text/html."""
    attachments: Iterable[Attachment] | None = None
    """
    Every other leaf, and those with a filename or the disposition ``attachment``, in order.

    An embedded message is one attachment, whose octets do not count; its parts are neither texts nor attachments here.
    """


def to_json(reading: Reading) -> dict[str, Any]:
    """Give the JSON form; what is not said is left out."""
    made: dict[str, Any] = {}
    for name, value in reading._asdict().items():
        if value is None:
            continue
        if name == "addresses":
            made[name] = {field: [list(one) for one in listed] for field, listed in value.items()}
        elif name == "attachments":
            made[name] = [_described(one) for one in value]
        elif name == "structure":
            made[name] = [list(one) for one in value]
        elif name == "date":
            made[name] = value if isinstance(value, str) else value.astimezone(UTC).isoformat()
        else:
            made[name] = value if isinstance(value, str) else list(value)
    return made


def _described(attachment: Attachment) -> dict[str, Any]:
    named = zip(_ATTACHMENT, attachment, strict=True)
    return {key: value for key, value in named if value is not None}


_ATTACHMENT = ("filename", "type", "size", "sha256")


def from_json(octets: bytes | str) -> Reading:
    """
    Read the JSON form; unknown keys do not count, for a later version may have more.

    Raises `RefusedError` when the object has the key ``error``, and `ReadingError` for what is no reading.

    >>> from_json('{"subject": "Notes", "text": null}').subject
    'Notes'
    """
    try:
        given = json.loads(octets)
    except (ValueError, RecursionError) as error:
        message = f"this is no JSON: {error}"
        raise ReadingError(message) from None
    if not isinstance(given, dict):
        message = f"this is {_kind(given)}; a reading is an object"
        raise ReadingError(message)
    if given.get("error") is not None:
        raise RefusedError(str(given["error"]))
    found: dict[str, Any] = {}
    for name, value in given.items():
        if value is not None and name in _READERS:
            found[name] = _READERS[name](value, name)
    return Reading(**found)


def _kind(value: object) -> str:
    names = {dict: "an object", list: "an array", str: "a string", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")


def _wrong(name: str, value: object, wanted: str) -> ReadingError:
    message = f"{name} is {_kind(value)}; it is {wanted}"
    return ReadingError(message)


def _string(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise _wrong(name, value, "a string")
    return value


def _list(value: object, name: str, wanted: str) -> list[object]:
    if not isinstance(value, list):
        raise _wrong(name, value, wanted)
    return value


def _strings(value: object, name: str) -> tuple[str, ...]:
    return tuple([_string(one, f"an item of {name}") for one in _list(value, name, "an array of strings")])


def _structure(value: object, name: str) -> tuple[tuple[int, str], ...]:
    found: list[tuple[int, str]] = []
    for one in _list(value, name, "an array of pairs of a depth and a media type"):
        if not (isinstance(one, list) and [type(item) for item in one] == [int, str]):
            item = f"an item of {name}"
            raise _wrong(item, one, "a pair of a depth and a media type")
        found.append((one[0], one[1]))
    return tuple(found)


def _addresses(value: object, name: str) -> dict[str, tuple[Address, ...]]:
    if not isinstance(value, dict):
        raise _wrong(name, value, "an object of arrays by the names of fields")
    found: dict[str, tuple[Address, ...]] = {}
    for field, listed in value.items():
        if listed is None:
            continue
        pairs = _list(listed, f"{name}.{field}", "an array of pairs of a name and an address")
        found[field.lower()] = tuple([_address(one, f"an item of {name}.{field}") for one in pairs])
    return found


def _address(value: object, name: str) -> Address:
    if not isinstance(value, list) or len(value) != len(Address._fields):
        raise _wrong(name, value, "a pair of a name and an address")
    display_name, address = value
    if display_name is not None:
        display_name = _string(display_name, f"the name in {name}")
    return Address(display_name, _string(address, f"the address in {name}"))


def _attachments(value: object, name: str) -> tuple[Attachment, ...]:
    return tuple([_attachment(one, f"an item of {name}") for one in _list(value, name, "an array of objects")])


def _attachment(value: object, name: str) -> Attachment:
    if not isinstance(value, dict):
        raise _wrong(name, value, "an object")
    size = value.get("size")
    if size is not None and type(size) is not int:
        key = f"size of {name}"
        raise _wrong(key, size, "a whole number")
    told: dict[str, str | None] = {}
    for key in ("filename", "type", "sha256"):
        told[key] = None if value.get(key) is None else _string(value[key], f"{key} of {name}")
    return Attachment(told["filename"], told["type"], size, told["sha256"])


_READERS: dict[str, Callable[[object, str], Any]] = {  # Any: the value of the aspect
    "structure": _structure,
    "fields": _strings,
    "addresses": _addresses,
    "subject": _string,
    "date": _string,
    "message_id": _string,
    "text": _strings,
    "html": _strings,
    "attachments": _attachments,
}
