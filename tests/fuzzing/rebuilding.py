"""
Rebuilding: what was read of a message is handed to the constructor, which takes it, or refuses it with a sentence.

Promise 4 of the design: what is built of it says to a reader what was handed over.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from email import message_from_bytes, policy
from random import Random
from typing import Any

from mimekit import Message, MimekitError, parse
from tests.fuzzing.editing import check_wire
from tests.fuzzing.keys import now
from tests.fuzzing.target import refused, target
from tests.fuzzing.values import SAID
from tests.support.reading import read_everything

__all__ = ["check_built", "meant"]

_OWN = {"from", "sender", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references"}
_OF_FILES = {"E030"}  # a text file whose charset nobody knows
_OWN |= {"mime-version", "content-type", "content-transfer-encoding", "content-disposition"}


def meant(text: str | None) -> str | None:
    """Give a body text as a reader gets it: LF line ends, the last line ended."""
    if text is None:
        return None
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    return plain if not plain or plain.endswith("\n") else plain + "\n"


@target("messages", passes=20)
def rebuilding(octets: bytes) -> None:
    """Build a message of everything that another one says."""
    read = parse(octets)
    arguments: dict[str, Any] = {
        "from_": read.from_,
        "sender": read.sender,
        "reply_to": read.reply_to or None,
        "to": read.to or None,
        "cc": read.cc or None,
        "bcc": read.bcc or None,
        "subject": read.subject,
        "text": read.text,
        "html": read.html,
        "attachments": [(part.filename or "a", part.content) for part in read.attachments],
        "in_reply_to": read.in_reply_to or None,
        "references": read.references or None,
        "message_id": read.message_id,
        "date": read.date or now(),
        "encoding": ("7bit", "8bit", "smtputf8")[len(octets) % 3],
    }
    others = [(name, value) for name, value in read.headers if name.lower() not in _OWN | {"bcc"}]
    arguments["headers"] = others[: len(octets) % 7]
    try:
        built = Message(**arguments, rng=Random(1))
    except MimekitError as error:
        refused(error)
        return
    # An id or a date that is odd is written as it was read.
    check_built(built, arguments, known={defect.code for defect in read.defects})


def check_built(built: Message, arguments: dict[str, Any], *, known: AbstractSet[str] = frozenset()) -> None:
    """
    Assert that a message says what it was built of, to our reader and, in its outline, to the standard library's.

    It has no defect but those of codes that were *known* of what it was built of.
    """
    data = built.to_bytes()
    check_wire(data)
    assert arguments.get("encoding", "7bit") != "7bit" or data.isascii()
    assert b"".join(built.iter_bytes()) == data
    assert built.size == len(data)
    again = parse(data)
    unsaid = [defect for defect in again.defects if defect.code not in SAID | _OF_FILES | known]
    assert not unsaid, (unsaid, data)
    text = meant(arguments.get("text"))
    if text is None and arguments.get("html") is None:
        text = ""
    for one in (built, again):
        for name in ("from_", "reply_to", "to", "cc"):
            if arguments.get(name) is not None:
                assert getattr(one, name) == arguments[name], (name, data)
        if arguments.get("sender") is not None:
            assert one.sender == arguments["sender"]
        assert one.subject == arguments.get("subject")
        assert one.text == text, (one.text, text)
        assert one.html == meant(arguments.get("html"))
        found = [(part.filename, part.content) for part in one.attachments]
        assert found == list(arguments.get("attachments", [])), found
    assert not again.bcc
    theirs = message_from_bytes(data, policy=policy.compat32)
    assert [name.lower() for name, _ in theirs.items()] == [name.lower() for name, _ in again.headers]
    assert not theirs.defects
    kinds = [part.get_content_type() for part in theirs.walk()]
    assert kinds == [part.content_type.essence for part in again.parts] or "message/rfc822" in kinds
    read_everything(built)
