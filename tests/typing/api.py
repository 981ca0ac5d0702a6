"""
The types of the public interface: mypy checks that they are these, and `test_typing_api` runs it.

A line with `type: ignore` is a mistake that a type checker must find: mypy reports an ignore that ignores nothing.
"""

from __future__ import annotations

import smtplib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, assert_type

import pytest

import mimekit
from mimekit import (
    AddressError,
    AddressList,
    ContentDisposition,
    ContentType,
    Defect,
    DefectError,
    Delivery,
    Diagnosis,
    Envelope,
    EnvelopeDiff,
    Group,
    HeaderError,
    Headers,
    Limits,
    Mailbox,
    MboxMessage,
    Message,
    MimekitError,
    Part,
    Unparsed,
    alternative,
    attachment,
    deterministic,
    forward,
    html_part,
    mixed,
    parse,
    parse_headers,
    parse_mbox,
    related,
    reply,
    reply_all,
    resend,
    ses,
    smtp,
    text_part,
)

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
RAW = b"From: Ada <ada@example.com>\r\nTo: grace@example.org\r\nSubject: Notes\r\n\r\nHello.\r\n"


def built() -> Message:
    return Message(
        from_="Ada Lovelace <ada@example.com>",
        to=["Grace Hopper <grace@example.org>", ("Karen", "karen@example.net")],
        bcc=Mailbox("", "audit", "example.com"),
        subject="Notes on the Engine",
        text="Dear Grace,\n",
        html='<p>Dear Grace,</p><img src="cid:plot">',
        inline={"plot": ("plot.png", b"png")},
        attachments=[("notes.pdf", b"%PDF-1.7\n"), text_part("x"), attachment(b"a", "a.txt")],
        headers={"X-Any": "value"},
        date=NOW,
    )


def what_a_message_has() -> None:
    message = built()
    assert_type(message.to_bytes(), bytes)
    assert_type(bytes(message), bytes)
    assert_type(message.iter_bytes(), Iterator[bytes])
    assert_type(message.size, int)
    assert_type(message.root, Part)
    assert_type(message.headers, Headers)
    assert_type(message.from_, AddressList)
    assert_type(message.to, AddressList)
    assert_type(message.cc, AddressList)
    assert_type(message.bcc, AddressList)
    assert_type(message.reply_to, AddressList)
    assert_type(message.sender, Mailbox | None)
    assert_type(message.subject, str | None)
    assert_type(message.date, datetime | None)
    assert_type(message.message_id, str | None)
    assert_type(message.in_reply_to, tuple[str, ...])
    assert_type(message.references, tuple[str, ...])
    assert_type(message.text, str | None)
    assert_type(message.html, str | None)
    assert_type(message.attachments, tuple[Part, ...])
    assert_type(message.inline, tuple[Part, ...])
    assert_type(message.parts, Iterator[Part])
    assert_type(message.content_type, ContentType)
    assert_type(message.content, bytes)
    assert_type(message.defects, tuple[Defect, ...])
    assert_type(message.encoding, str | None)
    assert_type(message.mail_from, str | None)


def what_a_changed_copy_is() -> None:
    message = built()
    assert_type(message.with_header("X-Seen", "yes"), Message)
    assert_type(message.with_added("Received", "by a.example; Tue, 24 Nov 2026 12:00:00 +0000"), Message)
    assert_type(message.without_header("X-Any"), Message)
    assert_type(message.with_body(text="Hello."), Message)
    assert_type(message.with_encoding("8bit"), Message)


def what_parsing_gives() -> None:
    assert_type(parse(RAW), Message)
    assert_type(parse(bytearray(RAW), strict=True, limits=Limits(max_depth=5)), Message)
    assert_type(parse(memoryview(RAW)), Message)
    assert_type(parse_headers(RAW), Headers)
    assert_type(parse_mbox(b"From a@b.test Tue Nov 24 12:00:00 2026\n" + RAW), Iterator[MboxMessage])
    with pytest.raises(TypeError):
        parse(RAW.decode())  # type: ignore[arg-type]  # text has no octets
    with pytest.raises(TypeError):
        parse(RAW, True)  # type: ignore[call-arg]  # noqa: FBT003 - that is the fault


def what_headers_give() -> None:
    headers = parse(RAW).headers
    assert_type(headers["Subject"], str)
    assert_type(headers.get("Subject"), str | None)
    assert_type(headers.all("Subject"), tuple[str, ...])
    assert_type(headers.raw("Subject"), bytes | None)
    assert_type("Subject" in headers, bool)
    assert_type(len(headers), int)
    for name, value in headers:
        assert_type(name, str)
        assert_type(value, str)


def what_a_part_has(directory: Path) -> None:
    for part in built().parts:
        assert_type(part, Part)
        assert_type(part.number, str | None)
        assert_type(part.content_type, ContentType)
        assert_type(part.disposition, ContentDisposition | None)
        assert_type(part.filename, str | None)
        assert_type(part.content_id, str | None)
        assert_type(part.content, bytes)
        assert_type(part.text, str | None)
        assert_type(part.raw, bytes)
        assert_type(part.raw_body, bytes)
        assert_type(part.children, tuple[Part, ...])
        assert_type(part.embedded, Part | None)
        assert_type(part.headers, Headers)
    kind = part.content_type
    assert_type(kind.maintype, str)
    assert_type(kind.charset, str | None)
    assert_type(kind.params, dict[str, str])
    assert_type(built().attachments[0].save(directory), Path)


def what_trees_are_made_of() -> None:
    tree = mixed(alternative(text_part("x"), related(html_part("<p>x"), text_part("y"))), attachment(b"z", "z.txt"))
    assert_type(tree, Part)
    assert_type(Message(from_="a@example.com", body=tree), Message)


def what_addresses_are() -> None:
    mailbox = Mailbox.of("Ada <ada@example.com>", profile="deliverable")
    assert_type(mailbox, Mailbox)
    assert_type(mailbox.display_name, str)
    assert_type(mailbox.local_part, str)
    assert_type(mailbox.domain, str)
    assert_type(mailbox.address, str)
    assert_type(Mailbox.parse(b"ada@example.com"), Mailbox | None)
    assert_type(Mailbox.diagnose("ada@"), Diagnosis)
    found = AddressList.of("Team: a@example.com, b@example.com;")
    assert_type(found, AddressList)
    assert_type(found[0], Mailbox)
    assert_type(found[:1], AddressList)
    assert_type(found.entries, tuple[Mailbox | Group | Unparsed, ...])
    assert_type(found.mailboxes, tuple[Mailbox, ...])
    assert_type([one.address for one in found], list[str])
    with pytest.raises(AddressError):
        Mailbox.of("ada@example.com", profile="strict")  # type: ignore[arg-type]  # there is none of that name


def what_an_envelope_has() -> None:
    envelope = built().envelope
    assert_type(envelope, Envelope)
    assert_type(envelope.mail_from, str)
    assert_type(envelope.rcpt_to, tuple[str, ...])
    assert_type(envelope.mail_params, Mapping[str, str | None])
    assert_type(envelope.rcpt_params, Mapping[str, Mapping[str, str | None]])
    assert_type(envelope.diff(built()), EnvelopeDiff)
    assert_type(Envelope("", ["a@example.com"], ret="HDRS", notify={"a@example.com": ["FAILURE", "DELAY"]}), Envelope)


def what_is_delivered() -> None:
    deliveries = built().deliveries(bcc="separate", mail_from="bounces@example.com")
    assert_type(deliveries, list[Delivery])
    delivery = deliveries[0]
    assert_type(delivery.envelope, Envelope)
    assert_type(delivery.mail_from, str)
    assert_type(delivery.rcpt_to, tuple[str, ...])
    assert_type(delivery.data, bytes)
    assert_type(delivery.iter_data(), Iterator[bytes])
    assert_type(delivery.mail_options, list[str])
    assert_type(delivery.rcpt_options("grace@example.org"), list[str])
    assert_type(delivery.split(50), list[Delivery])
    assert_type(Delivery(delivery.envelope, b"x\r\n", handover={"tags": {"a": "b"}}), Delivery)
    with pytest.raises(ValueError, match="bcc"):
        built().deliveries(bcc="show")  # type: ignore[arg-type]  # it is omit, separate or empty


def what_is_sent(client: smtplib.SMTP) -> None:
    """Read by the type checker only: there is no server here."""
    for delivery in built().deliveries():
        assert_type(smtp.send(client, delivery), dict[str, tuple[int, bytes]])


def what_ses_takes() -> None:
    single = built().without_header("Bcc")
    # Any: what boto3 takes is typed by boto3
    assert_type(ses.send_raw_email(single, configuration_set="news", tags={"campaign": "may"}), dict[str, Any])
    assert_type(ses.send_email(single.deliveries()[0], source="ada@example.com"), dict[str, Any])


def what_answers_are() -> None:
    received = parse(RAW)
    assert_type(reply(received, from_="grace@example.org", text="Thank you!"), Message)
    assert_type(reply_all(received, from_="grace@example.org", text="Thank you!", quote=True), Message)
    assert_type(forward(received, from_="grace@example.org", to="karen@example.net"), Message)
    assert_type(resend(received, from_="grace@example.org", to="karen@example.net"), Message)


def what_errors_and_defects_are() -> None:
    with pytest.raises(DefectError) as caught:
        parse(b"Subject : x\r\n\r\n", strict=True)
    assert_type(caught.value.defect, Defect)
    defect = caught.value.defect
    for text in (defect.code, defect.name, defect.severity, defect.detail, defect.reference):
        assert_type(text, str)
    for number in (defect.start, defect.end, defect.line):
        assert_type(number, int)
    error: MimekitError = HeaderError("x")
    assert_type(isinstance(error, ValueError), bool)


def what_is_repeatable() -> None:
    assert_type(deterministic(7, NOW), AbstractContextManager[None])
    assert_type(mimekit.__version__, str)


if TYPE_CHECKING:
    # A message needs an author, and its arguments have names.
    Message(to="a@example.com")  # type: ignore[call-arg]  # wrong, and mypy must say so
    Message("a@example.com")  # type: ignore[call-arg]  # wrong, and mypy must say so
    Message(from_="a@example.com", text=b"x")  # type: ignore[arg-type]  # wrong, and mypy must say so
    Message(from_="a@example.com", subjct="x")  # type: ignore[call-arg]  # wrong, and mypy must say so
    Message(from_="a@example.com", attachments=[b"no name"])  # type: ignore[list-item]  # wrong, and mypy must say so
    built().subject = "x"  # type: ignore[misc]  # wrong, and mypy must say so
