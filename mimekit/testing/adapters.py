"""
Adapters: mimekit, the standard library, fast-mail-parser and mail-parser, each asked the same of a message.

Each asks as the documentation of its library has it, and changes nothing of what it is told.

    octets -> Reading

``python -m mimekit.testing.adapters NAME`` prints the reading of the message on standard input; with ``--persistent``
it answers one message after the other, each given as its length in decimal digits, a line feed, and its octets.

May import: the core, `testing.readings`.  Imported by: `testing.disagreeing`, `testing.parsers`.
"""

from __future__ import annotations

import json
import logging
import re
import sys
from binascii import a2b_base64
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from mimekit.errors import show
from mimekit.parser import parse
from mimekit.testing.readings import Address, Attachment, Reading, to_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from email.message import MIMEPart
    from typing import Any  # the peers' objects, which have no types

    from mimekit.message import Message
    from mimekit.part import Part

__all__ = ["ADAPTERS", "FIELDS", "Leaves", "leaves", "main"]

FIELDS = ("from", "sender", "reply-to", "to", "cc", "bcc")
"""The fields whose addresses are compared."""


# -- mimekit


class Leaves(NamedTuple):
    """The leaves of a message, by what they are in a `Reading`."""

    text: tuple[Part, ...]
    html: tuple[Part, ...]
    attachments: tuple[Part, ...]


def leaves(message: Message) -> Leaves:
    """Sort the leaves of a message; those of the messages in it are left out."""
    text: list[Part] = []
    html: list[Part] = []
    attached: list[Part] = []
    waiting = [message.root]
    while waiting:
        part = waiting.pop()
        if part.children:
            waiting += reversed(part.children)
            continue
        disposition = part.disposition
        kind = part.content_type.essence
        is_file = bool(part.filename) or (disposition is not None and disposition.disposition == "attachment")
        {"text/plain": text, "text/html": html}.get("" if is_file else kind, attached).append(part)
    return Leaves(tuple(text), tuple(html), tuple(attached))


def _mimekit(octets: bytes) -> Reading:
    message = parse(octets)
    found = leaves(message)
    listed = {
        "from": message.from_,
        "sender": message._addresses("Sender"),
        "reply-to": message.reply_to,
        "to": message.to,
        "cc": message.cc,
        "bcc": message.bcc,
    }
    return Reading(
        structure=tuple(_walked(message)),
        fields=tuple([name for name, _ in message.headers]),
        addresses={
            name: tuple([Address(one.display_name, one.address) for one in addresses])
            for name, addresses in listed.items()
        },
        subject=message.subject or "",
        date=message.date or "",
        message_id=message.message_id or "",
        text=tuple([part.text or "" for part in found.text]),
        html=tuple([part.text or "" for part in found.html]),
        attachments=tuple([_attachment(part) for part in found.attachments]),
    )


def _attachment(part: Part) -> Attachment:
    kind = part.content_type.essence
    if part.embedded is not None:
        return Attachment(part.filename or "", kind)
    return Attachment.of(part.content, filename=part.filename or "", content_type=kind)


def _walked(message: Message) -> Iterator[tuple[int, str]]:
    waiting = [(0, message.root)]
    while waiting:
        depth, part = waiting.pop()
        yield depth, part.content_type.essence
        below = part.children if part.embedded is None else (part.embedded,)
        waiting += [(depth + 1, one) for one in reversed(below)]


# -- the standard library


def _stdlib(octets: bytes) -> Reading:
    """Ask the parser of the standard library with its modern policy."""
    from email import message_from_bytes, policy

    message = message_from_bytes(octets, policy=policy.default)
    text, html, attachments = _stdlib_leaves(message)
    date = message["date"]
    return Reading(
        structure=tuple([(depth, part.get_content_type()) for depth, part in _stdlib_walked(message)]),
        fields=tuple(message.keys()),
        addresses={
            name: tuple(
                [
                    Address(one.display_name, one.addr_spec)
                    for header in message.get_all(name, ())
                    for one in header.addresses
                ]
            )
            for name in FIELDS
        },
        subject=str(message["subject"] or ""),
        date=_moment(None if date is None else date.datetime),
        message_id=str(message["message-id"] or ""),
        text=text,
        html=html,
        attachments=attachments,
    )


def _moment(date: datetime | None) -> datetime | str:
    """Take a date without a zone for UTC, as the standard library gives those of ``-0000``."""
    if date is None:
        return ""
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)


def _stdlib_walked(message: MIMEPart) -> Iterator[tuple[int, MIMEPart]]:
    waiting = [(0, message)]
    while waiting:
        depth, part = waiting.pop()
        yield depth, part
        if part.is_multipart():
            waiting += [(depth + 1, one) for one in reversed(list(part.iter_parts()))]


def _stdlib_leaves(message: MIMEPart) -> tuple[list[str], list[str], list[Attachment]]:
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    attached: list[Attachment] = []
    waiting = [message]
    while waiting:
        part = waiting.pop()
        kind = part.get_content_type()
        if part.get_content_maintype() == "message" and part.is_multipart():
            attached.append(Attachment(part.get_filename() or "", kind))
        elif part.is_multipart():
            waiting += reversed(list(part.iter_parts()))
        elif kind in texts and not part.is_attachment() and not part.get_filename():
            texts[kind].append(part.get_content())
        else:
            content: Any = part.get_payload(decode=True)
            attached.append(Attachment.of(content or b"", filename=part.get_filename() or "", content_type=kind))
    return texts["text/plain"], texts["text/html"], attached


# -- fast-mail-parser


def _fast_mail_parser(octets: bytes) -> Reading:
    """Ask fast-mail-parser, which gives one author and no Sender."""
    from fast_mail_parser import parse_email, parse_email_tree

    mail = parse_email(octets)
    tree = parse_email_tree(octets)
    text, html, attachments = _fast_leaves(mail, tree)
    ids = [values for name, values in mail.headers.items() if name.lower() == "message-id"]
    listed = {"from": [mail.from_] if mail.from_ else [], "to": mail.to, "cc": mail.cc, "bcc": mail.bcc}
    listed["reply-to"] = mail.reply_to
    return Reading(
        structure=tuple([(depth, part.content_type) for depth, part in _fast_walked(tree)]),
        fields=tuple([name for name, values in mail.headers.items() for _ in values]),
        addresses={
            name: tuple([Address(one.display_name or "", one.address) for one in addresses])
            for name, addresses in listed.items()
        },
        subject=mail.subject,
        date=mail.date_parsed or "",
        message_id=ids[0][0] if ids else "",
        text=text,
        html=html,
        attachments=attachments,
    )


def _fast_walked(root: Any, *, into_messages: bool = True) -> Iterator[tuple[int, Any]]:  # noqa: ANN401 - see Any
    waiting = [(0, root)]
    while waiting:
        depth, part = waiting.pop()
        yield depth, part
        if into_messages or not part.is_message:
            waiting += [(depth + 1, one) for one in reversed(part.children)]


def _fast_leaves(mail: Any, tree: Any) -> tuple[list[str], list[str], list[Attachment]]:  # noqa: ANN401 - see Any
    """Take the texts from the flat view; those with a filename are attachments, and stand as such in the tree."""
    texts: dict[str, list[str]] = {"text/plain": [], "text/html": []}
    shown = {"text/plain": iter(mail.text_plain), "text/html": iter(mail.text_html)}
    attached: list[Attachment] = []
    for _, part in _fast_walked(tree, into_messages=False):
        kind = part.content_type
        is_text = kind in texts and part.disposition != "attachment"
        text = next(shown[kind], None) if is_text else None
        if part.is_message:
            attached.append(Attachment(part.filename, kind))
        elif text is not None and not part.filename:
            texts[kind].append(text)
        elif part.content is not None:
            attached.append(Attachment.of(part.content, filename=part.filename, content_type=kind))
    for kind, rest in shown.items():
        texts[kind] += rest
    return texts["text/plain"], texts["text/html"], attached


# -- mail-parser

_MADE_UP = re.compile(r"[a-z]{10}\.(?:txt|rtf)")
"""The names that mail-parser makes up for attachments that have none, each time another one."""


def _mail_parser(octets: bytes) -> Reading:
    """Ask mail-parser, which gives no structure."""
    import mailparser

    logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it logs every part that it does not know
    mail: Any = mailparser.parse_from_bytes(octets)
    return Reading(
        addresses={
            name: tuple([Address(display_name, address) for display_name, address in getattr(mail, attribute)])
            for name, attribute in (
                ("from", "from_"),
                ("reply-to", "reply_to"),
                ("to", "to"),
                ("cc", "cc"),
                ("bcc", "bcc"),
            )
        },
        subject=mail.subject,
        date=mail.date or "",
        message_id=mail.message_id,
        text=tuple(mail.text_plain),
        html=tuple(mail.text_html),
        attachments=tuple([_mail_parser_attachment(one) for one in mail.attachments]),
    )


def _mail_parser_attachment(one: Any) -> Attachment:  # noqa: ANN401 - see Any
    name, kind, payload = one["filename"], one["mail_content_type"], one["payload"]
    filename = None if _MADE_UP.fullmatch(name) else name
    if kind.startswith("message/"):
        return Attachment(filename, kind)
    content = a2b_base64(payload) if one["binary"] else payload.encode("utf-8", "surrogateescape")
    return Attachment.of(content, filename=filename, content_type=kind)


ADAPTERS: dict[str, Callable[[bytes], Reading]] = {
    "mimekit": _mimekit,
    "stdlib": _stdlib,
    "fast-mail-parser": _fast_mail_parser,
    "mail-parser": _mail_parser,
}
"""The parsers that are known by a name."""


# -- as a program


def main(arguments: Iterable[str]) -> int:
    """Read one message from standard input and print its reading, or answer one after the other."""
    names = [one for one in arguments if one != "--persistent"]
    if len(names) != 1 or names[0] not in ADAPTERS:
        sys.stderr.write(f"give one name of {', '.join(ADAPTERS)}, and not {show(' '.join(names))}\n")
        return 2
    adapter = ADAPTERS[names[0]]
    for octets in _given(is_persistent="--persistent" in arguments):
        sys.stdout.write(json.dumps(_answer(adapter, octets)) + "\n")
        sys.stdout.flush()
    return 0


def _answer(adapter: Callable[[bytes], Reading], octets: bytes) -> dict[str, Any]:
    try:
        return to_json(adapter(octets))
    except Exception as error:  # noqa: BLE001 - what a parser raises is what is asked for
        return {"error": f"{type(error).__name__}: {error}"}


def _given(*, is_persistent: bool) -> Iterator[bytes]:
    source = sys.stdin.buffer
    if not is_persistent:
        yield source.read()
        return
    while length := source.readline():
        yield source.read(int(length))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
