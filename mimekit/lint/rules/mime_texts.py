"""
Rules about single kinds of text: invitations, and lines that flow (family M, M160 and M161).

RFC 6047 2.4 (iTIP in mail), RFC 3676 (format=flowed).

    text parts -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.finding import Fix
from mimekit.lint.rule import rule
from mimekit.lint.rules import mime_edits as edits
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity, Text

__all__: list[str] = []

_METHOD = re.compile(r"(?im)^METHOD(?:;[^:\n]*+)?:[ \t]*+([A-Za-z0-9-]++)[ \t]*+$")


@rule("M160", severity="error", looks_at="part", marks=["text/calendar"], reference="RFC 6047 2.4", fix="safe")
def calendar_method_mismatch(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    The method parameter of a text/calendar is not METHOD of the object in it.

    Why it matters: mail programs offer to accept an invitation by both; without the parameter there is no button.  A
    calendar file that is attached is none.

    Bad:
        Content-Type: text/calendar; charset=utf-8

        BEGIN:VCALENDAR
        METHOD:REQUEST
        END:VCALENDAR

    Good:
        Content-Type: text/calendar; charset=utf-8; method=REQUEST

        BEGIN:VCALENDAR
        METHOD:REQUEST
        END:VCALENDAR

    References: RFC 6047 2.4
    """
    kind = entity.part.content_type
    if kind.subtype != "calendar" or kind.maintype != "text" or not entity.is_leaf:
        return
    place = entity.part.disposition
    if place is not None and place.disposition == "attachment":
        return
    field = entity.field("content-type")
    found = _METHOD.search(entity.part.text or "")
    told = kind.parameters.get("method")
    if field is None or (told or "").strip().upper() == (found[1].upper() if found else ""):
        return
    parameter = edits.parameter(field.raw, "method")
    method = found[1].upper() if found else None
    fix = None
    if method is not None and parameter is not None:
        fix = field.replacing(f"write method={method}", method.encode(), parameter.start, parameter.end)
    elif method is not None:
        fix = edits.adding_parameter(field, "method", method.encode())
    inside = f"METHOD of the object is {method}" if method else "the object has no METHOD"
    outside = f"the method parameter is {show(told, 20)}" if told else "there is no method parameter"
    yield entity.hit(f"{inside}; {outside}", fix)


_WIDTH = 78
_FLOWING = re.compile(r"(?<=[^ \n]) ++(?=\n)(?<!^-- )", re.MULTILINE)


@rule("M161", severity="info", looks_at="text", marks=["plain"], reference="RFC 3676 4", fix="safe")
def flowed_format(text: Text, _: Context) -> Iterator[Hit]:
    r"""
    Lines and the format parameter do not agree.

    Why it matters: mail programs put lines together that end with a space, if the format is flowed, and not otherwise.
    So flowed lines have at most 78 characters, delsp says nothing without format=flowed, and only the line `-- ` before
    a signature ends with a space where nothing flows.

    Bad:
        Content-Type: text/plain; charset=utf-8; delsp=yes

        Hello John

    Bad:
        Content-Type: text/plain; charset=utf-8

        Hello John,\x20
        your order is on its way.

    Good:
        Content-Type: text/plain; charset=utf-8; format=flowed

        Hello John,\x20
        your order is on its way.

    References: RFC 3676 4.1, 4.2
    """
    if text.is_html:
        return
    parameters = text.entity.part.content_type.parameters
    source = text.text
    if (parameters.get("format") or "").lower() == "flowed":
        if len(source) > _WIDTH and (found := _over(source)) is not None:
            size = found[1] - found[0]
            yield text.hit(f"a line of {size} characters in flowed text; it is at most {_WIDTH}", *found)
        return
    field = text.entity.field("content-type")
    if "delsp" in parameters and field is not None:
        place = edits.parameter(field.raw, "delsp")
        fix = None if place is None else edits.removing_parameter(field, place)
        yield text.entity.hit("delsp is there and format=flowed is not", fix)
    if " \n" in source and (odd := _FLOWING.search(source)) is not None:
        count = sum(1 for _ in _FLOWING.finditer(source))
        what = "a line ends" if count == 1 else f"{count} lines end"
        yield text.hit(f"{what} with a space, and the format is not flowed", *odd.span(), _trimmed(text.entity))


def _over(source: str) -> tuple[int, int] | None:
    """Find the first line over 78 characters."""
    if max(map(len, source.split("\n"))) <= _WIDTH:
        return None
    start = 0
    for line in source.split("\n"):
        if len(line) > _WIDTH:
            return start, start + len(line)
        start += len(line) + 1
    return None


_BLANKS = re.compile(rb"(?<=[^ \r\n]) ++(?=\r?\n)")


def _trimmed(entity: Entity) -> Fix | None:
    """Give the fix that takes the spaces at line ends away, where the octets stand as they are."""
    part = entity.part
    if entity.outside is not None or part.transfer_encoding not in ("7bit", "8bit"):
        return None
    body = part.raw_body
    made = _BLANKS.sub(_kept, body)
    # They may mean something: in a patch, or as a line break of Markdown.
    return Fix("take the spaces at line ends away", (part.body_start, part.end, made), is_safe=False)


def _kept(found: re.Match[bytes]) -> bytes:
    """Keep the space of the line `-- `."""
    start = found.start()
    before = found.string[max(0, start - 3) : start]
    return found[0] if before in (b"--", b"\n--") else b""
