"""
Editing: a message that was parsed is changed, delivered, answered, or re-encoded, or that is refused.

Promises 1, 6 and 9 of the design: every other octet stays, nobody is lost, nobody is shown, and what leaves is fit for
SMTP.  The first octets of an input choose what is done; the rest is the message.
"""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from random import Random
from typing import Any

from mimekit import (
    AddressList,
    BuildError,
    Delivery,
    Headers,
    Mailbox,
    Message,
    MimekitError,
    Unparsed,
    forward,
    parse,
    reply,
    reply_all,
    resend,
)
from mimekit.addressing import address_key
from mimekit.limits import WHOLE_HEADER
from tests.fuzzing.keys import now
from tests.fuzzing.target import refused, target
from tests.fuzzing.values import text_of
from tests.support.reading import has_odd_line, read_everything

__all__ = ["check_wire"]

_LINE = 998
_NAMES = (
    *("Subject", "X-Edited", "To", "Cc", "Bcc", "Content-Type", "Content-Transfer-Encoding", "Date", "Received"),
    *("References", "List-Unsubscribe", "Keywords", "Resent-Bcc", "Comments"),
)
_VALUES: tuple[object, ...] = (
    *("plain", "", " ", "Gr\u00fc\u00dfe", "x" * 1200, "a@b.test, c@d.test", "text/plain", "<a@b.test>", "base64"),
    *(now(), "=?utf-8?q?x?=", "a\r\nBcc: x@y.test", "multipart/mixed; boundary=q", "\ud800"),
)
_BCC: tuple[Any, ...] = ("omit", "separate", "empty")


def check_wire(data: bytes) -> None:
    """Assert what holds for everything that leaves."""
    assert data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n")
    assert b"\0" not in data
    assert max(map(len, data.split(b"\r\n"))) <= _LINE


def _options(octets: bytes, count: int) -> tuple[list[int], bytes]:
    """Divide an input into numbers and the message."""
    return [*octets[:count], *[0] * (count - len(octets[:count]))], octets[count:]


def _fields(octets: bytes) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Give the lines of a header with their keys, and all that stands after them."""
    headers, _, body = Headers.scan(octets, 0, len(octets), WHOLE_HEADER)
    return [(key, line.rstrip(b"\r")) for line, key in headers.lines()], octets[body:]


@target("optioned", passes=10)
def editing_header(octets: bytes) -> None:
    """One field is put in, replaced, or taken out; all the others and the body are what they were."""
    (way, name_at, value_at, _), raw = _options(octets, 4)
    message = parse(raw)
    name, value = _NAMES[name_at % len(_NAMES)], _VALUES[value_at % len(_VALUES)]
    if value_at > 200:
        value = text_of(raw[:value_at])
    try:
        if way % 3 == 0:
            edited = message.with_header(name, value)
        elif way % 3 == 1:
            edited = message.with_added(name, value)
        else:
            edited = message.without_header(name)
    except MimekitError as error:
        refused(error)
        return
    assert message.to_bytes() == raw
    data = edited.to_bytes()
    assert data.endswith(raw[_header_size(raw) :])
    key = name.lower().encode()
    before, after = [[one for one in _fields(some)[0] if one[0] not in (key, b"")] for some in (raw, data)]
    assert before == after or has_odd_line(raw), (before, after)
    count = sum([found == key for found, _ in _fields(data)[0]])
    was = sum([found == key for found, _ in _fields(raw)[0]])
    assert count == (1, was + 1, 0)[way % 3]
    if way % 3 == 0 and isinstance(value, str) and name in ("Subject", "X-Edited", "Comments"):
        assert edited.headers[name] == value
    read_everything(edited)


def _header_size(raw: bytes) -> int:
    return Headers.scan(raw, 0, len(raw), WHOLE_HEADER)[2]


@target("optioned", passes=12)
def delivering(octets: bytes) -> None:
    """Every recipient is in an envelope, no hidden one in what another gets, and what leaves is fit for SMTP."""
    (way, given, _, _), raw = _options(octets, 4)
    message = parse(raw)
    arguments: dict[str, Any] = {"mail_from": "a@example.com"} if given & 1 else {}
    if given & 2:
        arguments["rcpt_to"] = ["x@example.com"]
    try:
        deliveries = message.deliveries(_BCC[way % 3], **arguments)
    except MimekitError as error:
        refused(error)
        return
    served = [address for delivery in deliveries for address in delivery.rcpt_to]
    assert len(served) == len(set(served))
    if not given & 2:
        _check_nobody_is_lost(message, served)
    for delivery in deliveries:
        _check_delivery(delivery)


def _check_nobody_is_lost(message: Message, served: list[str]) -> None:
    names = ("Resent-To", "Resent-Cc", "Resent-Bcc")
    lists = [message.to, message.cc, message.bcc]
    if any([key.startswith(b"resent-") for _, key in message.headers.lines()]):
        # Only the topmost block counts; that the reader sees one at all is another test.
        lists = [AddressList.parse(raw) for name in names for raw in message.headers.all_raw(name)[:1]]
        if len(re.findall(rb"(?im)^resent-(?:date|from|sender|message-id)[ \t]*:", message.to_bytes())) > 1:
            return
    keys = {address_key(address) for address in served}
    for one in lists:
        for mailbox in one:
            assert {address_key(mailbox.smtp_path(utf8=utf8)) for utf8 in _ways_of(mailbox)} & keys, mailbox


def _ways_of(mailbox: Mailbox) -> tuple[bool, ...]:
    return (False, True) if mailbox.local_part.isascii() else (True,)


def _check_delivery(delivery: Delivery) -> None:
    data = delivery.data
    check_wire(data)
    assert b"".join(delivery.iter_data()) == data
    assert delivery.size == len(data)
    assert ("BODY=8BITMIME" in delivery.mail_options) == (not data.isascii())
    served = {address_key(address) for address in delivery.rcpt_to}
    ours = parse(data, limits=WHOLE_HEADER)
    for name in ("Bcc", "Resent-Bcc"):
        for raw in ours.headers.all_raw(name):
            shown = AddressList.parse(raw)
            assert not shown or len(served) == 1
            assert {address_key(one.smtp_path(utf8=True)) for one in shown} <= served
        theirs = message_from_bytes(data, policy=policy.compat32).get_all(name, [])
        assert len(theirs) <= 1 + len(ours.headers.all_raw(name))
        for value in theirs:
            assert not str(value).strip() or len(served) == 1, (name, value)


@target("optioned", passes=24)
def encoding_again(octets: bytes) -> None:
    """Make a message fit for another transport, or give it another body; it says the same."""
    (way, _, _, _), raw = _options(octets, 4)
    message = parse(raw)
    if way % 4 == 3:
        _check_body(message)
        return
    transport = ("7bit", "8bit", "smtputf8")[way % 4]
    try:
        made = message.with_encoding(transport)
    except BuildError as error:
        refused(error)
        return
    data = made.to_bytes()
    if data == raw:
        return
    check_wire(data)
    assert transport != "7bit" or data.isascii()
    again = parse(data)
    assert [part.content_type.essence for part in again.parts] == [part.content_type.essence for part in message.parts]
    for new, old in zip(again.parts, message.parts, strict=True):
        if old.embedded is None and not old.children and old.content_type.maintype not in ("multipart", "message"):
            if old.content_type.maintype == "text":
                assert new.text in (old.text, (old.text or "").replace("\r", "\n")), (new.raw, old.raw)
            else:
                assert new.content == old.content or b"\n" in old.content
    assert again.with_encoding(transport).to_bytes() == data
    read_everything(made)


def _check_body(message: Message) -> None:
    text = "Gr\u00fc\u00dfe\n.\nFrom here\n"
    try:
        made = message.with_body(text=text, html="<p>x</p>", attachments=[("a.bin", b"\0\r")], rng=Random(1))
    except BuildError as error:
        refused(error)
        return
    again = parse(made.to_bytes())
    check_wire(made.to_bytes())
    assert again.text == text
    assert again.html == "<p>x</p>\n"
    assert [part.content for part in again.attachments] == [b"\0\r"]
    for name in ("from_", "to", "cc"):
        assert _entries(getattr(again, name)) == _entries(getattr(message, name)), name
    subject = message.subject
    # A field with control characters is written anew with spaces for them.
    assert again.subject == subject or not (subject or "").isprintable(), (again.subject, subject)


def _entries(addresses: AddressList) -> list[object]:
    """Give what a list holds; of what is no address, the words, for a lone CR in it becomes a line end."""
    return [str(one).split() if isinstance(one, Unparsed) else one for one in addresses.entries]


@target("optioned", passes=24)
def answering(octets: bytes) -> None:
    """Reply, forward or resend: no hidden recipient is shown, and the message is one that can be built."""
    (way, given, _, _), raw = _options(octets, 4)
    message = parse(raw)
    more: dict[str, Any] = {"date": now(), "rng": Random(1)}
    try:
        if way % 4 == 0:
            made = reply(message, from_="me@example.com", text="x", quote=bool(given & 1), **more)
        elif way % 4 == 1:
            made = reply_all(message, from_="me@example.com", text="x", quote=bool(given & 1), **more)
        elif way % 4 == 2:
            made = forward(message, from_="me@example.com", to="x@example.org", attached=bool(given & 1), **more)
        else:
            made = resend(message, from_="me@example.com", to="x@example.org", **more)
    except MimekitError as error:
        refused(error)
        return
    data = made.to_bytes()
    if way % 4 != 3:
        check_wire(data)
        assert parse(data).from_[0].address == "me@example.com"
        assert not parse(data).bcc
        for part in parse(data).parts:
            assert "Bcc" not in part.headers or part.headers.raw("Bcc") == b"" or way % 4 != 2 or not given & 1
    else:
        assert data.endswith(raw) or has_odd_line(raw)  # a line on top that is no field stays there
    read_everything(parse(data))
