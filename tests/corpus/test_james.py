"""
Apache James: the documents that its index makes of messages, compared with what we read of the same messages.

A document holds what is a function of the message (header fields, addresses, subject, date, bodies, attachments) and
what the server adds (flags, identifiers, sizes), which is not looked at; `mediaType` of the document is written by hand
in the peer's tests and is not looked at either.  Where the peer's test leaves something out by an option (no headers,
no attachments), that is in the name of the document.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from mimekit import AddressList, Message, Part, parse
from tests.corpus.differences import Comparison
from tests.support.corpus import every_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.report import ReportLine

pytestmark = pytest.mark.usefixtures("corpus")

TABLE = "james.toml"
LEFT_OUT = ("NoHeaders", "WithoutAttachments", "WithoutAttachmentTextContent", "WithoutAttachment")
ADDRESS_FIELDS = frozenset({"from", "sender", "reply-to", "to", "cc", "bcc"})
Document = dict[str, Any]  # Any: JSON


@cache
def documents() -> tuple[Path, ...]:
    """List the documents, each beside its message."""
    return tuple([path for path in every_file("james-project") if path.suffix == ".json"])


def message_of(path: Path) -> Message:
    """Read the message that a document was made of."""
    stem = path.stem
    for option in LEFT_OUT:
        stem = stem.removesuffix(option)
    return parse(path.with_name(f"{stem}.eml").read_bytes())


def words(value: str) -> str:
    """Give a value with each run of white space as one space: the peer unfolds in its own way (RFC 5322 2.2.3)."""
    return " ".join(value.split())


def lines(text: str | None) -> str | None:
    """Give a text with LF line ends."""
    return None if text is None else text.replace("\r\n", "\n")


def meant(name: str, value: str) -> object:
    """Give what a field says: of a field of addresses, however they are quoted, those."""
    return addresses(AddressList.parse(value.encode())) if name in ADDRESS_FIELDS else value


def addresses(found: AddressList) -> list[tuple[str | None, str]]:
    """Give names and addresses as the peer says them."""
    return [(mailbox.display_name or None, mailbox.address) for mailbox in found]


def attached(part: Part) -> tuple[str, str, str | None, str | None]:
    """Give what the peer says of an attachment."""
    kind = part.content_type
    disposition = part.disposition
    return kind.maintype, kind.subtype, part.filename, None if disposition is None else disposition.disposition


def compare(seen: Comparison, place: str, document: Document, message: Message) -> None:
    """Compare all that is a function of the message."""
    if document["headers"]:
        theirs = [(field["name"], words(field["value"])) for field in document["headers"]]
        ours = [(name.lower(), words(value)) for name, value in message.headers]
        seen.same(f"{place} header names", ours=[name for name, _ in ours], theirs=[name for name, _ in theirs])
        for at, ((name, one), (_, other)) in enumerate(zip(ours, theirs, strict=False)):
            seen.same(f"{place} header {at} {name}", ours=meant(name, one), theirs=meant(name, other))
    for name, found in (("from", message.from_), ("to", message.to), ("cc", message.cc), ("bcc", message.bcc)):
        listed = [(entry["name"], entry["address"]) for entry in document[name]]
        seen.same(f"{place} {name}", ours=addresses(found), theirs=listed)
    tags = re.findall(r"\[([^]]*)\]", message.subject or "")
    base = words(re.sub(r"\[[^]]*\]", "", message.subject or ""))
    seen.same(f"{place} subject", ours={base, *tags}, theirs={words(text) for text in document["subject"]})
    seen.same(f"{place} sentDate", ours=message.date, theirs=datetime.fromisoformat(document["sentDate"]))
    seen.same(f"{place} mimeMessageID", ours=message.message_id, theirs=document["mimeMessageID"])
    seen.same(f"{place} textBody", ours=lines(message.text), theirs=lines(document["textBody"]))
    seen.same(f"{place} htmlBody", ours=lines(message.html), theirs=lines(document["htmlBody"]))
    if document["attachments"] or not any(option in place for option in LEFT_OUT):
        their_parts = [
            (entry["mediaType"], entry["subtype"], entry["fileName"], entry["contentDisposition"])
            for entry in document["attachments"]
        ]
        ours_listed = [attached(part) for part in message.attachments]
        seen.same(f"{place} attachments", ours=sorted(ours_listed, key=repr), theirs=sorted(their_parts, key=repr))
        extensions = [entry["fileExtension"] or "" for entry in document["attachments"]]
        seen.same(f"{place} extensions", ours=sorted(map(extension, ours_listed)), theirs=sorted(extensions))
        seen.same(f"{place} hasAttachment", ours=bool(ours_listed), theirs=document["hasAttachment"])


def extension(attachment: tuple[str, str, str | None, str | None]) -> str:
    """Give what stands after the last dot of the name."""
    _, dot, after = (attachment[2] or "").rpartition(".")
    return after if dot else ""


def test_documents_of_the_index(report_line: ReportLine) -> None:
    """Every document beside its message."""
    seen = Comparison()
    for path in documents():
        document = json.loads(path.read_text(encoding="utf-8"))
        compare(seen, path.stem, document, message_of(path))
    assert len(documents()) > 1
    report_line(f"James: {len(documents())} documents; {seen.check(TABLE)}")
