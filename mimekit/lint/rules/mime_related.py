"""
Rules about multipart/related, Content-ID and what HTML shows by cid: (family M, M110 to M116).

RFC 2387, RFC 2392, RFC 2045 7.

    multiparts, HTML bodies -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.headers import ids
from mimekit.lint.rule import rule
from mimekit.lint.rules import mime_edits as edits
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.defects import Flaw
    from mimekit.finding import Fix
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity, Field, Mail

__all__: list[str] = []

_MOST_HITS = 20  # of one rule in one message
_MOST_SEARCHED = 200  # parts whose name is looked for in all of the HTML, which keeps that linear


@rule("M110", severity="warning", looks_at="part", marks=["multipart/related"], reference="RFC 2387 3.1", fix="safe")
def related_type_missing(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A multipart/related has no type parameter, which is to name the type of its root.

    Why it matters: the parameter is required; some servers choose by it what to show in a list.

    Bad:
        Content-Type: multipart/related; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: image/png
        Content-ID: <a1@shop.example>
        Content-Transfer-Encoding: base64

        AAAA
        --b1--

    Good:
        Content-Type: multipart/related; boundary=b1; type="text/plain"

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: image/png
        Content-ID: <a1@shop.example>
        Content-Transfer-Encoding: base64

        AAAA
        --b1--

    References: RFC 2387 3.1
    """
    if not edits.is_multipart(entity, "related") or entity.part.content_type.parameters.get("type"):
        return
    field = entity.field("content-type")
    if field is None or edits.parameter(field.raw, "type") is not None:
        return
    kind = edits.root_of(entity.part).content_type.essence
    yield entity.hit("multipart/related has no type parameter", edits.adding_parameter(field, "type", kind.encode()))


@rule(
    "M111", severity="error", looks_at="part", marks=["multipart/related"], reference="RFC 2387 3.1, 3.2", fix="unsafe"
)
def related_start_unresolved(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    In a multipart/related the start parameter names no part, or the root has another type than the type parameter says.

    Why it matters: a reader does not know which part to show.

    Bad:
        Content-Type: multipart/related; boundary=b1; type="text/plain"; start="<r1@shop.example>"

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: image/png
        Content-ID: <a1@shop.example>
        Content-Transfer-Encoding: base64

        AAAA
        --b1--

    Bad:
        Content-Type: multipart/related; boundary=b1; type="text/html"

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: image/png
        Content-ID: <a1@shop.example>
        Content-Transfer-Encoding: base64

        AAAA
        --b1--

    Good:
        Content-Type: multipart/related; boundary=b1; type="text/plain"; start="<r1@shop.example>"

        --b1
        Content-Type: text/plain; charset=utf-8
        Content-ID: <r1@shop.example>

        Hello John
        --b1
        Content-Type: image/png
        Content-ID: <a1@shop.example>
        Content-Transfer-Encoding: base64

        AAAA
        --b1--

    References: RFC 2387 3.1, 3.2
    """
    if not edits.is_multipart(entity, "related"):
        return
    field, parameters = entity.field("content-type"), entity.part.content_type.parameters
    start, kind = parameters.get("start"), parameters.get("type")
    if field is None:
        return
    root = edits.root_of(entity.part)
    if start and root.content_id != start.strip():
        place = edits.parameter(field.raw, "start")
        fix = None if place is None else edits.removing_parameter(field, place, is_safe=False)
        text = f"start names {show(start, 60)}, which is the Content-ID of none of its parts"
        yield edits.parameter_hit(field, place, text, fix)
    elif kind and kind.partition(";")[0].strip().lower() != root.content_type.essence:
        place = edits.parameter(field.raw, "type")
        right = root.content_type.essence
        if place is None or place.name != "type":
            return
        fix = field.replacing(f"write {right}", b'"%b"' % right.encode(), place.start, place.end, is_safe=False)
        yield field.hit(f"type is {show(kind, 40)}; its root is {right}", place.name_start, place.end, fix)


@rule("M112", marks=["html"], severity="error", reference="RFC 2392 2")
def cid_unresolved(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    HTML refers to a part by cid: and no part has that Content-ID.

    Why it matters: the reader sees a broken picture.

    Bad:
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John, your order 10482 has left our house; expect the parcel
        Thursday between nine and twelve o'clock at Mill Lane 7. Yours, Jane Doe
        --b1
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><body><p>Hello John, your order 10482 has
        left our house; expect the parcel Thursday between nine and twelve
        o'clock at Mill Lane 7. Yours, Jane Doe</p>
        <img src="cid:map@shop.example" alt="Map" width="10" height="10"></body></html>
        --b1--

    Good:
        @make html_with_image

    References: RFC 2392 2
    """
    if not mail.cids:
        return
    known = mail.content_ids
    for content_id, url in mail.cids[:_MOST_HITS]:
        if content_id not in known:
            yield url.hit(f"no part has the Content-ID <{show(content_id, 60)[1:-1]}>")


@rule("M113", severity="info", looks_at="part", marks=["multipart/related"], reference="RFC 2387")
def cid_unreferenced(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A part stands in multipart/related with HTML, and the HTML does not refer to it.

    Why it matters: some mail programs hide such a part, others list it as an attachment.

    Bad:
        @make html_with_image another

    Good:
        @make html_with_image

    References: RFC 2387; RFC 2392 2; RFC 2557
    """
    if not edits.is_multipart(entity, "related") or entity.is_embedded:
        return
    below = [text for text in entity.mail.texts if text.is_html and edits.stands_in(text.entity, entity)]
    root = edits.root_of(entity.part)
    if not below:
        return
    sources = [text.text for text in below]
    used = {content_id for content_id, _ in entity.mail.cids}
    searched = 0
    for child in entity.mail.entities:
        part = child.part
        if child.parent is not entity or part is root or part.children:
            continue
        content_id, location = (part.content_id or "")[1:-1], part.headers.get("Content-Location")
        if content_id in used:
            continue
        searched += 1
        if searched > _MOST_SEARCHED:
            return
        if _is_named(sources, content_id, location):
            continue
        what = f"the Content-ID {show(content_id, 60)[1:-1]}" if content_id else "neither Content-ID nor a location"
        yield child.hit(f"nothing in the HTML refers to this part, which has {what}")


def _is_named(sources: list[str], content_id: str, location: str | None) -> bool:
    """Tell whether a source names a part anywhere: what Outlook reads stands in comments."""
    wanted = [name for name in (f"cid:{content_id}" if content_id else "", (location or "").strip()) if name]
    return any([name in source for source in sources for name in wanted])


@rule("M114", fix="safe")
def content_id_syntax(mail: Mail, hit: Hit) -> Fix | None:
    """
    Content-ID is not one `<left@right>`.

    Why it matters: readers compare it octet by octet with what HTML refers to, and find no picture.

    Bad:
        Content-ID: body1@shop.example

    Good:
        Content-ID: <body1@shop.example>

    References: RFC 2045 7; RFC 5322 3.6.4
    """
    field = edits.field_at(mail, hit.start)
    value = None if field is None else field.unfolded
    if field is None or not value or b"<" in value or b">" in value:
        return None
    flaws: list[Flaw] = []
    made = ids.parse_one(b"<%b>" % value, flaws, code="M114")
    if made is None or flaws:
        return None
    return field.replacing("put angle brackets around it", b" <%b>" % value)


@rule("M115", marks=["several parts"], severity="error", reference="RFC 2045 7", fix="unsafe")
def content_id_duplicate(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    Two parts have the same Content-ID.

    Why it matters: it names one part in the world.  Mail programs show the same picture twice.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8
        Content-ID: <p1@shop.example>

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8
        Content-ID: <p1@shop.example>

        The terms of sale.
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8
        Content-ID: <p1@shop.example>

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8
        Content-ID: <p2@shop.example>

        The terms of sale.
        --b1--

    References: RFC 2045 7; RFC 2046 5.1.4
    """
    if len(mail.entities) < 3:
        return
    for content_id, entities in mail.content_ids.items():
        first = entities[0].parent
        # RFC 2046 5.1.4: forms of one alternative that say exactly the same have one Content-ID.
        if len(entities) < 2 or (
            first is not None
            and edits.is_multipart(first, "alternative")
            and all([entity.parent is first for entity in entities])
        ):
            continue
        for number, entity in enumerate(entities[1:], 2):
            field = entity.field("content-id")
            if field is not None:
                text = f"part {entities[0].path} has the Content-ID <{show(content_id, 60)[1:-1]}> already"
                yield field.hit(text, fix=_renamed(field, content_id, number, mail))


def _renamed(field: Field, content_id: str, number: int, mail: Mail) -> Fix | None:
    """Give a part an id of its own: what the HTML shows by the old one is the first of that id from now on."""
    left, at, right = content_id.rpartition("@")
    made = f"{left}.{number}{at}{right}"
    if not at or not made.isascii() or made in mail.content_ids or field.entity.outside is not None:
        return None
    return field.replacing("give it another Content-ID", b" <%b>" % made.encode(), is_safe=False)


@rule("M116", marks=["html"], severity="info", reference="RFC 2387")
def inline_image_in_mixed(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A part that the HTML shows by cid: stands outside multipart/related.

    Why it matters: some mail programs do not find it there, and list it as an attachment.

    Bad:
        @make html_with_image mixed

    Good:
        @make html_with_image

    References: RFC 2387
    """
    if not mail.cids:
        return
    for content_id in dict.fromkeys([content_id for content_id, _ in mail.cids]):
        for entity in mail.content_ids.get(content_id, ()):
            above = entity.parent
            while above is not None and not edits.is_multipart(above, "related"):
                above = above.parent
            if above is None:
                yield entity.hit(f"the HTML shows part {entity.path} by cid, and it stands outside multipart/related")
