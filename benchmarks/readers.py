"""
Readers: one message, read by each library as far as is asked, in the way its own documentation has it.

    octets -> what was read

Each table has a function for each library that can.  fast-mail-parser is native code; of its modes the cheapest that
does what is asked stands there.  mail-parser builds on `compat32`, always reads everything, and gives no tree.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from functools import cache
from importlib.util import find_spec
from typing import Any

from mimekit import parse, parse_headers

__all__ = ["CHANGE", "HEADERS", "LEAVES", "TOUCH", "TREE", "WRITE_BACK", "Reader"]

Reader = Callable[[bytes], object]


def _touch(raw: bytes) -> object:
    message = parse(raw)
    return message.subject, [box.address for box in message.from_], [box.address for box in message.to], message.text


def _touch_default(raw: bytes) -> object:
    message = message_from_bytes(raw, policy=policy.default)
    body = message.get_body(("plain",))
    senders, receivers = [message[name] for name in ("from", "to")]
    return (
        message["subject"],
        [box.addr_spec for box in senders.addresses] if senders else [],
        [box.addr_spec for box in receivers.addresses] if receivers else [],
        body.get_content() if body else None,
    )


def _touch_compat32(raw: bytes) -> object:
    message = message_from_bytes(raw)
    text = None
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            octets = part.get_payload(decode=True)
            assert isinstance(octets, bytes)
            text = octets.decode(part.get_content_charset("utf-8"), "replace")
            break
    return (
        str(make_header(decode_header(message.get("Subject", "")))),
        [address for _, address in getaddresses(message.get_all("From", []))],
        [address for _, address in getaddresses(message.get_all("To", []))],
        text,
    )


def _touch_fast(raw: bytes) -> object:
    from fast_mail_parser import parse_email

    message = parse_email(raw, mode="lazy")
    return message.subject, message.headers.get("From"), message.headers.get("To"), message.text_plain


@cache
def _mail_parser() -> Any:  # Any: mail-parser has no types
    import mailparser

    logging.getLogger("mailparser").setLevel(logging.CRITICAL)  # it logs every part that it does not know
    return mailparser.parse_from_bytes


def _touch_mail_parser(raw: bytes) -> object:
    message = _mail_parser()(raw)
    return message.subject, message.from_, message.to, message.text_plain


def _leaves_mail_parser(raw: bytes) -> object:
    message = _mail_parser()(raw)
    return message.text_plain, message.text_html, [one["payload"] for one in message.attachments]


def _leaves(raw: bytes) -> object:
    return [part.content for part in parse(raw).parts if not part.children]


def _leaves_default(raw: bytes) -> object:
    message = message_from_bytes(raw, policy=policy.default)
    return [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()]


def _leaves_compat32(raw: bytes) -> object:
    return [part.get_payload(decode=True) for part in message_from_bytes(raw).walk() if not part.is_multipart()]


def _leaves_fast(raw: bytes) -> object:
    from fast_mail_parser import parse_email

    message = parse_email(raw)
    return message.text_plain, message.text_html, [one.content for one in message.attachments]


def _tree_fast(raw: bytes) -> object:
    from fast_mail_parser import parse_email_tree, walk

    return [part.content_type for part in walk(parse_email_tree(raw, mode="metadata"))]


def _changed(raw: bytes) -> object:
    return parse(raw).with_header("Subject", "Another subject").to_bytes()


def _changed_default(raw: bytes) -> object:
    message = message_from_bytes(raw, policy=policy.default)
    message.replace_header("Subject", "Another subject")
    return message.as_bytes()


def _changed_compat32(raw: bytes) -> object:
    message = message_from_bytes(raw)
    message.replace_header("Subject", "Another subject")
    return message.as_bytes()


def _headers_fast(raw: bytes) -> object:
    from fast_mail_parser import parse_email

    return list(parse_email(raw, mode="metadata").headers.items())


_headers_default = BytesHeaderParser(policy=policy.default)
_headers_compat32 = BytesHeaderParser(policy=policy.compat32)

TOUCH: dict[str, Reader] = {
    "mimekit": _touch,
    "policy.default": _touch_default,
    "compat32": _touch_compat32,
}
HEADERS: dict[str, Reader] = {
    "mimekit": lambda raw: list(parse_headers(raw)),
    "policy.default": lambda raw: _headers_default.parsebytes(raw).items(),
    "compat32": lambda raw: _headers_compat32.parsebytes(raw).items(),
}
TREE: dict[str, Reader] = {
    "mimekit": lambda raw: [part.content_type.essence for part in parse(raw).parts],
    "policy.default": lambda raw: [
        part.get_content_type() for part in message_from_bytes(raw, policy=policy.default).walk()
    ],
    "compat32": lambda raw: [part.get_content_type() for part in message_from_bytes(raw).walk()],
}
LEAVES: dict[str, Reader] = {
    "mimekit": _leaves,
    "policy.default": _leaves_default,
    "compat32": _leaves_compat32,
}
WRITE_BACK: Mapping[str, Reader] = {
    "mimekit": lambda raw: parse(raw).to_bytes(),
    "policy.default": lambda raw: message_from_bytes(raw, policy=policy.default).as_bytes(),
    "compat32": lambda raw: message_from_bytes(raw).as_bytes(),
}
CHANGE: Mapping[str, Reader] = {
    "mimekit": _changed,
    "policy.default": _changed_default,
    "compat32": _changed_compat32,
}
if find_spec("fast_mail_parser"):
    TOUCH["fast-mail-parser"] = _touch_fast
    HEADERS["fast-mail-parser"] = _headers_fast
    TREE["fast-mail-parser"] = _tree_fast
    LEAVES["fast-mail-parser"] = _leaves_fast
if find_spec("mailparser"):
    TOUCH["mail-parser"] = _touch_mail_parser
    LEAVES["mail-parser"] = _leaves_mail_parser
