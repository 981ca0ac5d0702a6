"""
Rules about Content-Type and its parameters, and about media types (family M, M001 to M011, M039).

RFC 2045 5.1, RFC 6838, and what readers make of types that do not fit what they name.

    Content-Type fields -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.defects import BESIDE_EQUALS
from mimekit.finding import Fix
from mimekit.headers.content import ContentDisposition, ContentType
from mimekit.lint.rule import rule
from mimekit.lint.rules import mime_edits as edits
from mimekit.lint.rules import mime_media as media
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.defects import Flaw
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity, Field, Mail

__all__: list[str] = []

_FIELDS = ("content-type", "content-disposition")


@rule("M001")
def content_type_syntax() -> None:
    """
    Content-Type does not begin with a type, a slash and a subtype.

    Why it matters: readers take what they cannot read for plain text, or for an attachment, each in its own way.

    Bad:
        Content-Type: text; charset=utf-8

    Good:
        Content-Type: text/plain; charset=utf-8

    References: RFC 2045 5.1, 5.2
    """


@rule("M002", fix="unsafe")
def parameter_syntax(mail: Mail, hit: Hit) -> Fix | None:
    """
    A parameter is not written as `;name=value`: no `=`, no `;` before it, other text, or a quote that does not end.

    Why it matters: readers go on at different places, so that one finds a boundary or a file name that another does
    not.  White space beside the `=`, which most take, is a warning.

    Bad:
        Content-Type: text/plain; charset

    Bad:
        Content-Type: text/plain; charset="utf-8

    Bad:
        Content-Type: text/plain; charset = utf-8

    Good:
        Content-Type: text/plain; charset=utf-8

    References: RFC 2045 5.1
    """
    if not hit.message.startswith(BESIDE_EQUALS) or b"(" in mail.octets[hit.start : hit.end]:
        return None
    name = mail.octets[hit.start : hit.end].partition(b"=")[0].strip(b" \t\r\n")
    return Fix("take the white space away", (hit.start, hit.end, name + b"="), is_safe=False)


@rule(
    "M003",
    severity="warning",
    looks_at="field",
    names=["content-type", "content-disposition", "content-language", "content-location", "content-description"],
    needs=b";",
    reference="RFC 2045 5.1",
    fix="safe",
)
def trailing_semicolon(field: Field, _: Context) -> Iterator[Hit]:
    """
    A Content-* field ends with a semicolon.

    Why it matters: a parameter has to follow it; some readers refuse the whole field.

    Bad:
        Content-Type: text/plain; charset=utf-8;

    Good:
        Content-Type: text/plain; charset=utf-8

    References: RFC 2045 5.1
    """
    kept = field.raw.rstrip(b" \t\r\n")
    if not kept.endswith(b";") or (field.key == "content-description" and b"=" not in kept):
        return
    end = len(kept)
    before = kept[:-1].rstrip(b" \t\r\n")
    if before.endswith(b";") or kept.count(b'"') % 2:  # which M002 says
        return
    fix = field.replacing("take the semicolon out", b"", len(before), end)
    yield field.hit(f"{field.name} ends with a semicolon", end - 1, end, fix)


@rule("M004", fix="unsafe")
def duplicate_parameter(mail: Mail, hit: Hit) -> Fix | None:
    """
    A parameter stands twice in one field, or its plain and its extended form differ.

    Why it matters: one reader takes the first, another the last; a filter and a mail program then see different parts.

    Bad:
        Content-Type: text/plain; charset=utf-8; charset=us-ascii

    Good:
        Content-Type: text/plain; charset=utf-8

    References: RFC 2045 5.1; RFC 2231 3
    """
    field = edits.field_at(mail, hit.start)
    if field is None or not hit.message.endswith("again"):
        return None
    start = field.raw.rfind(b";", 0, hit.start - field.value_start)
    if start < 0:
        return None
    end = hit.end - field.value_start
    return field.replacing("take the second one out", b"", start, end, is_safe=False)


@rule("M005", fix="safe")
def unquoted_tspecials(mail: Mail, hit: Hit) -> Fix | None:
    r"""
    A parameter value with a space, an 8-bit octet or one of `()<>@,;:\"/[]?=` in it stands without quotes.

    Why it matters: readers end the value at different places.

    Bad:
        Content-Type: text/plain; charset=utf-8; name=my file.txt

    Good:
        Content-Type: text/plain; charset=utf-8; name="my file.txt"

    References: RFC 2045 5.1
    """
    value = mail.octets[hit.start : hit.end]
    if not value.isascii() or b"\n" in value or edits.field_at(mail, hit.start) is None:
        return None
    return Fix("put quotes around it", (hit.start, hit.end, edits.quoted(value)))


_QUOTED_OR_PARENTHESIS = re.compile(rb'"[^"\\]*+(?:\\[\x00-\xff][^"\\]*+)*+"|[()]|\\[\x00-\xff]')
_TOKEN_AROUND = (b"", b" ", b"\t", b"\r", b"\n", b";", b"/", b"=", b'"')


def _comments(raw: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the comments of a field stand; those without an end are none."""
    depth = start = 0
    for found in _QUOTED_OR_PARENTHESIS.finditer(raw):
        if found[0] == b"(":
            if not depth:
                start = found.start()
            depth += 1
        elif found[0] == b")" and depth:
            depth -= 1
            if not depth:
                yield start, found.end()


@rule(
    "M006",
    severity="warning",
    looks_at="field",
    names=[*_FIELDS, "content-transfer-encoding"],
    needs=b"(",
    reference="RFC 2045 5.1",
    fix="safe",
)
def comment_in_content_field(field: Field, _: Context) -> Iterator[Hit]:
    """
    A comment stands in Content-Type, Content-Disposition or Content-Transfer-Encoding.

    Why it matters: it is legal, and many readers do not know that: they take it for part of the value, so that two of
    them see different parts.

    Bad:
        Content-Type: text/plain; charset=utf-8 (plain text)

    Good:
        Content-Type: text/plain; charset=utf-8

    References: RFC 2045 5.1; RFC 5322 3.2.2
    """
    raw = field.raw
    if b"(" not in raw:
        return
    flaws: list[Flaw] = []
    if field.key == "content-type":
        ContentType.parse(raw, flaws)
    elif field.key == "content-disposition":
        ContentDisposition.parse(raw, flaws)
    for start, end in _comments(raw):
        # A parenthesis of a value without quotes is no comment: M005 and the others say that.
        if any([first < end and start < last and code in ("M001", "M002", "M005") for code, first, last, _ in flaws]):
            continue
        between = raw[start - 1 : start] not in _TOKEN_AROUND and raw[end : end + 1] not in _TOKEN_AROUND
        fix = field.replacing("take the comment out", b" " if between else b"", _trimmed(raw, start, end), end)
        yield field.hit(f"{field.name} has the comment {show(raw[start:end], 40)[1:]}", start, end, fix)


def _trimmed(raw: bytes, start: int, end: int) -> int:
    """Take the blanks before a comment with it, where more of them or the end of a value follows."""
    kept = len(raw[:start].rstrip(b" \t\r\n"))
    return kept if kept and raw[end : end + 1] in (b"", b";", b" ", b"\r", b"\n") else start


@rule("M007", severity="warning", looks_at="field", names=["content-type"], reference="RFC 6838 4.2")
def unknown_top_level_type(field: Field, _: Context) -> Iterator[Hit]:
    """
    The type before the slash is none that is registered, and does not begin with `x-`.

    Why it matters: readers cannot show such a part, and some filters take it for an attack.

    Bad:
        Content-Type: texts/plain; charset=utf-8

    Good:
        Content-Type: text/plain; charset=utf-8

    References: RFC 6838 4.2; RFC 2045 5.1
    """
    if field.entity.part.content_type.maintype in media.TOP_LEVEL:
        return
    place = edits.essence(field.raw)
    if place is None:
        return
    kind = field.raw[slice(*place)].decode().lower()
    maintype = kind.partition("/")[0]
    if maintype in media.TOP_LEVEL or maintype.startswith("x-") or kind in media.MISSPELLED:
        return
    yield field.hit(f"{show(maintype)} is no registered type of media", place[0], place[0] + len(maintype))


@rule("M008", severity="warning", looks_at="field", names=["content-type"], reference="IANA media types", fix="safe")
def misspelled_media_type(field: Field, _: Context) -> Iterator[Hit]:
    """
    The media type is a wrong name of a registered one.

    Why it matters: readers that know only the registered name offer the part as a file of an unknown kind.

    Bad:
        Content-Type: text/txt; charset=utf-8

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The report is attached.
        --b1
        Content-Type: application/x-pdf
        Content-Disposition: attachment; filename=report.pdf
        Content-Transfer-Encoding: base64

        JVBERi0xLjcK
        --b1--

    Good:
        Content-Type: text/plain; charset=utf-8

    References: RFC 6838 4.2; IANA media types
    """
    kind = field.entity.part.content_type.essence
    right = media.MISSPELLED.get(kind)
    place = None if right is None else edits.essence(field.raw)
    if right is not None and place is not None:
        # What becomes text, a multipart or a message is shown in another way afterwards.
        is_safe = right.partition("/")[0] in ("image", "audio", "application")
        fix = edits.retyped(field, right, is_safe=is_safe)
        yield field.hit(f"the registered name of {kind} is {right}", *place, fix)


def _declared(entity: Entity) -> tuple[Field, tuple[int, int], str] | None:
    """Give the Content-Type of a leaf, where its type stands, and the type it means."""
    field = entity.field("content-type")
    place = None if field is None or not entity.is_leaf else edits.essence(field.raw)
    if field is None or place is None:
        return None
    kind = field.raw[slice(*place)].decode().lower()
    return field, place, media.MISSPELLED.get(kind, kind)


@rule("M009", severity="warning", looks_at="part", marks=["file"], reference="RFC 2183 2.3", fix="unsafe")
def extension_type_mismatch(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    The extension of the file name and the media type belong to different formats.

    Why it matters: mail programs open a file by one of the two; which, differs.  Filters take it for a disguise.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The report is attached.
        --b1
        Content-Type: image/png
        Content-Disposition: attachment; filename=report.pdf
        Content-Transfer-Encoding: base64

        AAAA
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The report is attached.
        --b1
        Content-Type: application/pdf
        Content-Disposition: attachment; filename=report.pdf
        Content-Transfer-Encoding: base64

        AAAA
        --b1--

    References: RFC 2183 2.3
    """
    filename = entity.part.filename
    declared = None if filename is None else _declared(entity)
    if declared is None:
        return
    field, place, kind = declared
    name = media.extension(filename)
    kinds = media.EXTENSIONS.get(name)
    if kinds is None or kind in kinds or kind not in media.KNOWN:
        return
    found = media.from_octets(media.head(entity))
    fix = edits.retyped(field, kinds[0], is_safe=False) if found is None or found in kinds else None
    yield field.hit(f"{show(filename, 40)} is declared as {kind}; the extension is that of {kinds[0]}", *place, fix)


@rule(
    "M010",
    severity="warning",
    looks_at="part",
    marks=["base64", "8bit", "binary", "unknown encoding"],
    reference="RFC 2046 4.5.1",
    supersedes=["M009"],
    fix="unsafe",
)
def content_type_mismatch(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    The first octets are those of another format than the media type says.

    Why it matters: a reader that believes the type shows nothing or rubbish; filters take it for a disguise.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The report is attached.
        --b1
        Content-Type: image/png
        Content-Disposition: attachment; filename=report.png
        Content-Transfer-Encoding: base64

        JVBERi0xLjcK
        --b1--

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The report is attached.
        --b1
        Content-Type: image/png
        Content-Disposition: attachment; filename=report.pdf
        Content-Transfer-Encoding: base64

        JVBERi0xLjcK
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The report is attached.
        --b1
        Content-Type: application/pdf
        Content-Disposition: attachment; filename=report.pdf
        Content-Transfer-Encoding: base64

        JVBERi0xLjcK
        --b1--

    References: RFC 2046 4.5.1
    """
    if entity.part.transfer_encoding in ("7bit", "quoted-printable"):  # which none of these formats goes in
        return
    declared = _declared(entity)
    if declared is None:
        return
    field, place, kind = declared
    maintype = kind.partition("/")[0]
    if kind in media.GENERIC or (maintype == "application" and kind not in media.KNOWN) or maintype == "message":
        return
    found = media.from_octets(media.head(entity))
    if found is None or found == kind or (found == "application/zip" and kind in media.ZIPPED):
        return
    if maintype in ("image", "audio", "video", "text", "font", "application", "model"):
        kinds = media.EXTENSIONS.get(media.extension(entity.part.filename or ""))
        fix = edits.retyped(field, found, is_safe=False) if kinds is None or found in kinds else None
        yield field.hit(f"it is declared as {kind}; its first octets are those of {found}", *place, fix)


@rule("M011", severity="info", looks_at="part", marks=["application"], reference="RFC 2046 4.5.1", fix="safe")
def generic_type(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    The media type is application/octet-stream, while the file name or the first octets tell which it is.

    Why it matters: mail programs on telephones open a file by its type, and offer to save this one.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The report is attached.
        --b1
        Content-Type: application/octet-stream
        Content-Disposition: attachment; filename=report.pdf
        Content-Transfer-Encoding: base64

        JVBERi0xLjcK
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The report is attached.
        --b1
        Content-Type: application/pdf
        Content-Disposition: attachment; filename=report.pdf
        Content-Transfer-Encoding: base64

        JVBERi0xLjcK
        --b1--

    References: RFC 2046 4.5.1; RFC 2183 2.3
    """
    if entity.part.content_type.maintype != "application":
        return
    declared = _declared(entity)
    if declared is None or declared[2] not in media.GENERIC or _is_encrypted(entity):
        return
    field, place, kind = declared
    name = media.extension(entity.part.filename)
    told = media.EXTENSIONS.get(name, (None,))[0]
    found = media.from_octets(media.head(entity))
    if told is not None and told.startswith("message/"):  # it may be encoded so, and not as a message (RFC 2046 5.2.1)
        return
    if told is None and found in (None, "application/zip", media.EXECUTABLE):
        return
    exact = told or found
    charset = _charset(entity) if exact is not None and exact.startswith("text/") else ""
    if charset is None:
        return  # a text whose charset nobody knows is best sent as octets (RFC 2046 4.1.4)
    agrees = told is None or found is None or told == found or (found == "application/zip" and told in media.ZIPPED)
    fix = edits.retyped(field, f"{exact}{charset}") if agrees and exact is not None else None
    yield field.hit(f"{kind} says less than is known: it is {exact}", *place, fix)


def _charset(entity: Entity) -> str | None:
    """Give the parameter that says the charset of a text, nothing if it needs none; ``None`` if it is unknown."""
    octets = entity.part.content
    if octets.isascii() or "charset" in entity.part.content_type.parameters:
        return ""
    try:
        octets.decode()
    except UnicodeDecodeError:
        return None
    return "; charset=utf-8"


def _is_encrypted(entity: Entity) -> bool:
    """Tell whether a multipart around a part asks for this type (RFC 3156 4, RFC 8551 3.4)."""
    return entity.parent is not None and entity.parent.part.content_type.subtype in ("encrypted", "signed")


@rule(
    "M039",
    severity="warning",
    looks_at="field",
    names=["content-type"],
    needs=[b"oundary", b"OUNDARY"],
    reference="RFC 2046 5.1.1",
    fix="safe",
)
def boundary_on_leaf(field: Field, _: Context) -> Iterator[Hit]:
    """
    A type that is no multipart has a boundary parameter.

    Why it matters: some filters then look for parts in it, and others do not.

    Bad:
        Content-Type: text/plain; charset=utf-8; boundary=b1

    Good:
        Content-Type: text/plain; charset=utf-8

    References: RFC 2046 5.1.1
    """
    raw = field.raw
    if b"oundary" not in raw and b"OUNDARY" not in raw:
        return
    place = edits.essence(raw)
    if place is None or raw[slice(*place)].lower().startswith(b"multipart/"):
        return
    kind = raw[slice(*place)].decode().lower()
    if media.MISSPELLED.get(kind, kind).startswith("multipart/"):
        return
    found = edits.parameter(raw, "boundary")
    if found is not None:
        fix = edits.removing_parameter(field, found)
        yield field.hit(f"{kind} has a boundary", found.name_start, found.end, fix)
