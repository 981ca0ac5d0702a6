"""What a message says, apart from how it is spelled: for tests of spellings that have to say the same."""

from __future__ import annotations

from typing import Any  # values of all kinds, compared and nothing else

from mimekit import AddressList, Part
from mimekit.headers import content, dates, field, ids, names

__all__ = ["meaning"]

_READ_BY_PARTS = ("content-type", "content-disposition", "content-transfer-encoding")


def meaning(part: Part) -> dict[str, Any]:
    """Give all values of a part and of those in it; of what has many spellings, what is read of it."""
    headers, disposition = part.headers, part.disposition
    fields = [
        (name, _value(name, raw, headers.charset))
        for name in sorted({name.lower() for name, _ in headers} - {*_READ_BY_PARTS})
        for raw in headers.all_raw(name)
    ]
    parameters = dict(part.content_type.params)
    if part.children:
        del parameters["boundary"]
    return {
        "number": part.number,
        "fields": fields,
        "type": part.content_type.essence,
        "parameters": parameters,
        "disposition": disposition and (disposition.disposition, disposition.params),
        "filename": part.filename,
        "text": part.text,
        "content": None if part.children or part.embedded else part.content,
        "embedded": part.embedded and meaning(part.embedded),
        "children": [meaning(child) for child in part.children],
    }


def _value(name: str, raw: bytes, charset: str | None) -> object:
    kind = names.info(name).kind
    if kind in names.ADDRESS_KINDS:
        return AddressList.parse(raw, charset=charset).entries
    if kind == "date":
        date = dates.parse(raw)
        return date and (date, date.tzname())
    if kind in ("msg-id", "msg-id-list"):
        return ids.parse_many(raw)
    if kind == "mime-version":
        return content.mime_version(raw)
    return field.decode(name, raw, charset=charset)
