"""
Descriptions: a message, its parts, its defects and its envelope as plain data, for JSON and for the tables.

    Message -> dicts, lists, strings and numbers

May import: the core.  Imported by: `cli.compose`, `cli.envelope`, `cli.show`.
"""

from __future__ import annotations

from mimekit.files import File

__all__ = ["content_size", "defects", "envelope", "message", "walk"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any  # JSON

    from mimekit.message import Message
    from mimekit.part import Part


def message(of: Message) -> dict[str, Any]:
    """Describe the header and the parts."""
    date = of.date
    return {
        "size": of.size,
        "subject": of.subject,
        "message_id": of.message_id,
        "date": None if date is None else date.isoformat(),
        "headers": [[name, value] for name, value in of.headers],
        "parts": [_part(part, depth) for depth, part in walk(of)],
    }


def walk(of: Message) -> Iterator[tuple[int, Part]]:
    """Yield every part with its depth, as `Message.parts` does, with a stack: the depth is the sender's choice."""
    stack = [(0, next(of.parts))]
    while stack:
        depth, part = stack.pop()
        yield depth, part
        below = part.children if part.embedded is None else (part.embedded,)
        stack += [(depth + 1, child) for child in reversed(below)]


def _part(part: Part, depth: int) -> dict[str, Any]:
    disposition = part.disposition
    return {
        "number": part.number,
        "depth": depth,
        "content_type": part.content_type.essence,
        "charset": part.content_type.charset,
        "transfer_encoding": part.transfer_encoding,
        "size": part.size,
        "content_size": content_size(part),
        "filename": part.filename,
        "disposition": None if disposition is None else disposition.disposition,
        "content_id": part.content_id,
    }


def content_size(part: Part) -> int | None:
    """Count the decoded octets of a leaf, without reading a file; ``None`` for what has parts."""
    if part.children or part.embedded is not None:
        return None
    pieces = part.pieces if part.is_built else ()
    if len(pieces) == 1 and isinstance(pieces[0], File):
        return pieces[0].size
    return len(part.content)


def defects(of: Message) -> list[dict[str, Any]]:
    """Describe what is wrong with the octets."""
    return [
        {
            "code": defect.code,
            "name": defect.name,
            "severity": defect.severity,
            "start": defect.start,
            "end": defect.end,
            "line": defect.line,
            "detail": defect.detail,
            "reference": defect.reference,
        }
        for defect in of.defects
    ]


def envelope(of: Message) -> dict[str, Any]:
    """Describe the envelope beside what the header shows; raise `EnvelopeError` when it is not clear."""
    found = of.envelope
    diff = found.diff(of)
    return {
        "mail_from": found.mail_from,
        "mail_from_is": diff.mail_from_is,
        "mail_options": list(found.mail_options),
        "rcpt_to": list(found.rcpt_to),
        "recipients": [
            {"address": address, "fields": fields.split(", ") if fields else [], "served": served}
            for address, fields, served in diff.rows
        ],
        "hidden": list(diff.hidden),
        "not_sent": list(diff.not_sent),
    }
