"""
Rules about Content-Disposition, file names, and where attachments stand (family M, M120 to M127).

RFC 2183, and what mail programs show of a part.

    parts -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.errors import HeaderError
from mimekit.lint.rule import rule
from mimekit.lint.rules import mime_edits as edits
from mimekit.lint.rules.mime_media import TOP_LEVEL
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Fix
    from mimekit.headers.content import ContentType
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity, Field, Mail, Text

__all__: list[str] = []

# RFC 2183 9, and those that SIP and others registered since.
_DISPOSITIONS = frozenset(
    [
        "inline",
        "attachment",
        "form-data",
        "signal",
        "alert",
        "icon",
        "render",
        "recipient-list-history",
        "session",
        "aib",
        "early-session",
        "recipient-list",
        "notification",
        "by-reference",
        "info-package",
        "recording-session",
    ]
)


@rule("M120", supersedes=["M002"])
def disposition_syntax() -> None:
    """
    Content-Disposition does not begin with a word such as `inline` or `attachment`.

    Why it matters: readers that cannot read it show an attachment inside the text, or lose its name.

    Bad:
        Content-Disposition: ; filename=notes.txt

    Good:
        Content-Disposition: inline; filename=notes.txt

    References: RFC 2183 2
    """


@rule("M121", severity="warning", looks_at="field", names=["content-disposition"], reference="RFC 2183 2.8")
def disposition_unknown(field: Field, _: Context) -> Iterator[Hit]:
    """
    The disposition is none that is registered.

    Why it matters: readers are to take it for an attachment; some show the part inside the text.

    Bad:
        Content-Disposition: attached; filename=notes.txt

    Good:
        Content-Disposition: inline; filename=notes.txt

    References: RFC 2183 2.8
    """
    found = _WORD.match(field.raw)
    if found is None:
        return
    word = found[1].decode().lower()
    if word not in _DISPOSITIONS and not word.startswith("x-"):
        yield field.hit(f"{show(word)} is no registered disposition", *found.span(1))


_WORD = re.compile(rb"[ \t\r\n]*+([A-Za-z0-9!#$%&'*+\-.^_`{|}~]++)(?=[ \t\r\n]*+(?:;|\Z))")


@rule("M122", severity="warning", looks_at="field", names=["content-disposition"], reference="RFC 2183 2.3")
def attachment_without_filename(field: Field, _: Context) -> Iterator[Hit]:
    """
    An attachment has no file name.

    Why it matters: mail programs make one up, such as ATT00001.bin, which no person can open.  A message that is
    attached needs none: its subject serves.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The plan is attached.
        --b1
        Content-Type: image/png
        Content-Disposition: attachment
        Content-Transfer-Encoding: base64

        AAAA
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The plan is attached.
        --b1
        Content-Type: image/png
        Content-Disposition: attachment; filename=plan.png
        Content-Transfer-Encoding: base64

        AAAA
        --b1--

    References: RFC 2183 2.3
    """
    part = field.entity.part
    place = part.disposition
    if place is None or place.disposition != "attachment" or part.filename or b"ttachment" not in field.raw:
        return
    if part.content_type.maintype not in ("message", "multipart"):
        yield field.hit("an attachment has no file name")


@rule("M123", severity="warning", looks_at="field", names=["content-disposition"], reference="RFC 2183 2.3",
      fix="unsafe")  # fmt: skip
def filename_differs(field: Field, _: Context) -> Iterator[Hit]:
    """
    Content-Disposition and Content-Type give one file two names.

    Why it matters: mail programs show one of them, filters look at the other: a way to hide what a file is.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The plan is attached.
        --b1
        Content-Type: image/png; name=plan.png
        Content-Disposition: attachment; filename=map.png
        Content-Transfer-Encoding: base64

        AAAA
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The plan is attached.
        --b1
        Content-Type: image/png; name=plan.png
        Content-Disposition: attachment; filename=plan.png
        Content-Transfer-Encoding: base64

        AAAA
        --b1--

    References: RFC 2183 2.3
    """
    part = field.entity.part
    place = part.disposition
    filename = None if place is None else place.filename
    if filename is None:
        return
    name = part.content_type.parameters.get("name")
    if name is None or name == filename:
        return
    found = edits.parameter(field.raw, "filename")
    start, end = (0, None) if found is None else (found.name_start, found.end)
    declared = field.entity.field("content-type")
    fix = None
    if declared is not None and filename and filename.isprintable():
        fix = _renamed(declared, part.content_type, filename)
    yield field.hit(f"the file name is {show(filename, 40)} here and {show(name, 40)} in Content-Type", start, end, fix)


def _renamed(field: Field, value: ContentType, name: str) -> Fix | None:
    """Give the fix that writes another name into Content-Type, unless it has parameters that cannot be written."""
    try:
        renamed = value.with_parameter("name", name)
    except HeaderError:
        return None
    return edits.rewritten(field, renamed, text="write one name", is_safe=False)


_MEDIA = ("image", "audio", "video")
# What needs no disposition: the parts of these have a role that the multipart gives them.
_WITH_ROLES = frozenset({"related", "report", "signed", "encrypted", "alternative", "form-data", "appledouble"})
_SEALED = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime", "application/pgp-encrypted"})


@rule("M124", severity="info", looks_at="part", marks=["file"], reference="RFC 2183", fix="safe")
def binary_without_disposition(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A part that is no text does not say whether it is shown inside the text or attached.

    Why it matters: each mail program decides for itself.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The plan is attached.
        --b1
        Content-Type: image/png; name=plan.png
        Content-Transfer-Encoding: base64

        AAAA
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The plan is attached.
        --b1
        Content-Type: image/png; name=plan.png
        Content-Disposition: attachment; filename=plan.png
        Content-Transfer-Encoding: base64

        AAAA
        --b1--

    References: RFC 2183 2
    """
    kind = entity.part.content_type
    maintype = kind.maintype
    if maintype in ("text", "multipart", "message") or maintype not in TOP_LEVEL or kind.essence in _SEALED:
        return
    if entity.field("content-disposition") is not None or _has_role(entity):
        return
    value = b"inline" if maintype in _MEDIA else b"attachment"
    fix = edits.adding_field(entity, "Content-Disposition", value)
    yield entity.hit(f"{kind.essence} has no Content-Disposition", fix)


def _has_role(entity: Entity) -> bool:
    above = None if entity.is_message else entity.parent
    return above is not None and above.part.content_type.subtype in _WITH_ROLES


_REPORTED_AS = frozenset({"application/gzip", "application/x-gzip", "application/zip", "application/x-zip-compressed"})
_VISIBLE = re.compile(r"[^\s\u00a0\u200b-\u200f\ufeff]")
_PICTURES = frozenset({"img", "video", "audio", "svg", "table", "object", "picture"})


def _is_blank(text: Text) -> bool:
    """Tell whether a body shows nothing."""
    if _VISIBLE.search(text.text) is None:
        return True
    if not text.is_html:
        return False
    document = text.document
    return _VISIBLE.search(document.visible_text) is None and _PICTURES.isdisjoint(document.named)


@rule("M125", severity="warning", reference="RFC 2046 4.1")
def no_text_body(mail: Mail, _: Context) -> Iterator[Hit]:
    r"""
    There is no text that a person could read, or all text is blank.

    Why it matters: filters take a message of nothing, or of attachments alone, for spam.  Aggregate reports of DMARC,
    which programs read, may be such.

    Bad:
        Content-Type: image/png
        Content-Transfer-Encoding: base64
        Content-Disposition: inline; filename=plan.png

        AAAA

    Bad:
        Content-Type: text/plain

        \x20

    Good:
        Content-Type: text/plain; charset=utf-8

        Hello John

    References: RFC 2046 4.1
    """
    if mail.texts:
        if _VISIBLE.search(mail.texts[0].text[:200]) is not None and not mail.texts[0].is_html:
            return
        if not all([_is_blank(text) for text in mail.texts]):
            return
        what = "all text is blank"
    else:
        what = "there is no text to read"
    for entity in mail.entities:
        kind = entity.part.content_type
        if kind.maintype == "text" and (kind.subtype not in ("plain", "html") or _is_odd(entity)):
            return
        if kind.maintype not in TOP_LEVEL:
            return
        # What is sealed or cut up cannot be told; nor a multipart whose parts were not found.
        if kind.essence in _SEALED or kind.subtype in ("encrypted", "partial", "external-body"):
            return
        if kind.maintype == "multipart" and not entity.part.children:
            return
    if not _is_aggregate_report(mail):
        yield mail.root.hit(what) if mail.root.field("content-type") else mail.absent(what)


def _is_aggregate_report(mail: Mail) -> bool:
    """Tell whether a message is one of DMARC's reports to programs, which may be its file alone (RFC 7489 7.2.1.1)."""
    subject = mail.field("subject")
    if subject is None or not subject.raw.lstrip().lower().startswith(b"report domain:"):
        return False
    return any([entity.part.content_type.essence in _REPORTED_AS for entity in mail.entities])


def _is_odd(entity: Entity) -> bool:
    """Tell whether the disposition cannot be read, so that the part counts as attached."""
    field = entity.field("content-disposition")
    return field is not None and _WORD.match(field.raw) is None


def _is_attached(entity: Entity) -> bool:
    place = entity.part.disposition
    return place is not None and place.disposition == "attachment"


@rule("M126", marks=["several parts"], severity="info", reference="RFC 2046 5.1.3", fix="unsafe")
def attachment_before_body(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    The first part is an attachment and the text comes after it.

    Why it matters: some mail programs then show the text as a second attachment.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: image/png
        Content-Disposition: attachment; filename=plan.png
        Content-Transfer-Encoding: base64

        AAAA
        --b1
        Content-Type: text/plain; charset=utf-8

        The plan is attached.
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The plan is attached.
        --b1
        Content-Type: image/png
        Content-Disposition: attachment; filename=plan.png
        Content-Transfer-Encoding: base64

        AAAA
        --b1--

    References: RFC 2046 5.1.3
    """
    if len(mail.entities) < 3 or not mail.texts:
        return
    first = next((entity for entity in mail.entities if not entity.part.children), None)
    if first is None or first is mail.texts[0].entity or not _is_attached(first):
        return
    above, body = first.parent, mail.texts[0].entity
    fix = None
    if above is not None:
        while body.parent is not None and body.parent is not above:
            body = body.parent
        places = [number for number, part in enumerate(above.part.children) if part is body.part]
        if places:
            order = [places[0], *[number for number in range(len(above.part.children)) if number != places[0]]]
            fix = edits.reordered(above, order, "put the text first")
    yield first.hit(f"an attachment stands before the text, which is part {mail.texts[0].entity.path}", fix)


@rule("M127", severity="info", looks_at="field", names=["content-disposition"], profiles=["strict"],
      reference="RFC 2183 2.7", fix="safe")  # fmt: skip
def disposition_size(field: Field, _: Context) -> Iterator[Hit]:
    """
    The size parameter is not the size of the content.

    Why it matters: mail programs show it before they fetch the part, and some stop there.

    Bad:
        Content-Disposition: inline; filename=notes.txt; size=7

        Hello John

    Good:
        Content-Disposition: inline; filename=notes.txt; size=12

        Hello John

    References: RFC 2183 2.7
    """
    place = edits.parameter(field.raw, "size") if b"ize" in field.raw or b"IZE" in field.raw else None
    if place is None or not place.value.isdigit() or len(place.value) > 18 or not field.entity.is_leaf:
        return
    part = field.entity.part
    octets = part.decoded()
    size = len(octets)
    sizes = {size}
    if part.content_type.maintype == "text":
        sizes |= {size - octets.count(b"\r\n"), size + octets.count(b"\n")}
    if int(place.value) not in sizes:
        fix = field.replacing(f"write {size}", b"%d" % size, place.start, place.end)
        text = f"size is {place.value.decode()}; the content has {size} octets"
        yield field.hit(text, place.name_start, place.end, fix)
