"""
Rules about multiparts: delimiters, what stands outside the parts, depth and number (family M, M027 to M038).

RFC 2046 5.1.

    multiparts -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.finding import Fix
from mimekit.lint import makers_mime  # noqa: F401 - for the examples
from mimekit.lint.rule import rule
from mimekit.lint.rules import mime_edits as edits
from mimekit.lint.wording import show
from mimekit.wire import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity, Mail

__all__: list[str] = []

_DEEPEST = 20
_MOST_LEAVES = 500
_MOST_HITS = 20  # of one rule in one part


@rule("M027")
def no_opening_delimiter() -> None:
    """
    The declared boundary does not stand in the body.

    Why it matters: there are no parts to show; the message shows as its source, or as nothing.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b2
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b2--

    Good:
        Content-Type: multipart/mixed; boundary=b2

        --b2
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b2
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b2--

    References: RFC 2046 5.1.1
    """


@rule("M028", fix="safe")
def missing_close_delimiter(mail: Mail, hit: Hit) -> Fix | None:
    """
    The last delimiter, with two dashes after the boundary, is missing.

    Why it matters: it is the sign that the message was not cut; some readers drop the last part without it.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    References: RFC 2046 5.1.1
    """
    octets, ends = mail.octets, mail.line_end
    closing = b""
    for entity in mail.entities[::-1]:  # the inner ones first
        boundary = entity.part.content_type.boundary_octets if entity.part.children else None
        if not boundary or entity.outside is not None or entity.end != hit.start:
            continue
        found = scan.delimiters(octets, boundary, entity.body_start, entity.end)
        if found and not found[-1][2]:
            closing += ends + b"--" + boundary + b"--"
    if hit.start == len(octets):
        closing += ends
    return Fix("close the multipart", (hit.start, hit.start, closing)) if closing.strip() else None


@rule("M029")
def empty_multipart() -> None:
    """
    A multipart has no part.

    Why it matters: it shows nothing, and some readers refuse it.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    References: RFC 2046 5.1.1
    """


@rule("M030")
def delimiter_junk() -> None:
    """
    A line begins with two dashes and the boundary, and goes on with other text.

    Why it matters: some readers take it for a delimiter and some do not.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1 terms
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    References: RFC 2046 5.1.1
    """


@rule("M031", fix="unsafe")
def preamble_text(mail: Mail, hit: Hit) -> Fix | None:
    """
    Text before the first delimiter looks like a part.

    Why it matters: most mail programs never show it, some do: a place to hide things from filters.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        Content-Type: text/plain; charset=utf-8

        Hello Jane
        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    References: RFC 2046 5.1.1
    """
    if edits.entity_at(mail, hit.start) is None:
        return None
    start = hit.start + mail.octets.startswith(b"\n", hit.start)  # the line end before it stays
    return Fix("take the text out", (start, hit.end, b""), is_safe=False)


@rule("M032", fix="unsafe")
def epilogue_text(mail: Mail, hit: Hit) -> Fix | None:
    """
    A delimiter stands after the one that closes the multipart.

    Why it matters: most mail programs never show what follows, some do: a place to hide things from filters.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--
        --b1
        Content-Type: text/plain; charset=utf-8

        Hello Jane
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    References: RFC 2046 5.1.1
    """
    if edits.entity_at(mail, hit.start) is None:
        return None
    return Fix("take out what follows", (hit.start, hit.end, b""), is_safe=False)


@rule("M033", severity="info", looks_at="part", marks=["parts"], reference="RFC 2046 5.1.3", fix="unsafe")
def single_child_multipart(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A multipart/mixed or multipart/alternative has one part only.

    Why it matters: the part could stand there itself; filters count such messages as made by bulk programs.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1--

    Good:
        Content-Type: text/plain; charset=utf-8

        Hello John

    References: RFC 2046 5.1.3, 5.1.4
    """
    if len(entity.part.children) == 1 and entity.part.content_type.subtype in ("mixed", "alternative"):
        yield entity.hit(f"{entity.part.content_type.essence} has one part only", edits.unwrapped(entity))


@rule("M034", fix="unsafe")
def encoded_composite(mail: Mail, hit: Hit) -> Fix | None:
    """
    A multipart, or a message inside the message, is transferred in base64 or quoted-printable.

    Why it matters: only what is in it may be encoded.  Most readers look for the parts in the octets as they stand,
    and find none.

    Bad:
        Content-Type: multipart/mixed; boundary=b1
        Content-Transfer-Encoding: quoted-printable

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1
        Content-Transfer-Encoding: 7bit

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    References: RFC 2045 6.4; RFC 2046 5.2.1
    """
    entity = edits.entity_at(mail, hit.start)
    while entity is not None and entity.body_start != hit.start:
        entity = entity.parent
    field = None if entity is None or not entity.part.children else entity.field("content-transfer-encoding")
    if field is None or entity is None:
        return None
    name = b"7bit" if mail.octets[entity.body_start : entity.end].isascii() else b"8bit"
    return field.replacing(f"write {name.decode()}", b" " + name, is_safe=False)


@rule("M035", fix="unsafe")
def part_missing_blank_line(mail: Mail, hit: Hit) -> Fix | None:
    """
    No empty line ends the header of a part.

    Why it matters: readers do not agree where the content begins; some lose its first lines.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8
        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    References: RFC 2046 5.1; RFC 7103 7.2
    """
    if edits.entity_at(mail, hit.start) is None:
        return None
    return Fix("put an empty line there", (hit.start, hit.start, mail.line_end), is_safe=False)


@rule(
    "M036",
    severity="info",
    looks_at="part",
    marks=["below"],
    reference="RFC 2046 5.1",
    supersedes=["A001", "H201", "H202", "H203", "H205", "H210", "H216"],
    fix="safe",
)
def non_content_field_in_part(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A part has a header field other than Content-* and X-*.

    Why it matters: it means nothing there, and readers are to pass it over; in some it replaces that of the message.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8
        Subject: Your order

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    References: RFC 2046 5.1; RFC 9788
    """
    if entity.parent is None or entity.is_message:
        return
    odd = [field for field in entity.fields if not field.key.startswith(("content-", "x-"))]
    if not odd or _protects(entity):
        return
    for field in odd[:_MOST_HITS]:
        if field.key != "mime-version":  # H118
            fix = None if entity.outside is not None else field.removing(f"take {show(field.name, 40)[1:-1]} out")
            yield field.line_hit(f"{show(field.name, 40)[1:-1]} means nothing in the header of a part", fix)


def _protects(entity: Entity) -> bool:
    """Tell whether the header of a part is the protected one of the message (RFC 9788; earlier drafts)."""
    parameters = entity.part.content_type.parameters
    return "hp" in parameters or "protected-headers" in parameters


@rule("M037", marks=["several parts"], severity="warning", reference="RFC 2046 5.1")
def nesting_too_deep(mail: Mail, context: Context) -> Iterator[Hit]:
    """
    Parts are nested more than 20 deep (option `max-nesting`).

    Why it matters: servers and filters stop looking at some depth, or refuse the message.

    Bad:
        @make nested_multiparts 21

    Good:
        @make nested_multiparts 20

    References: RFC 2046 5.1
    """
    if len(mail.entities) <= 2:
        return
    most = _number(context, "max-nesting", _DEEPEST)
    deepest = max([entity.depth for entity in mail.entities])
    if deepest > most:
        first = next(entity for entity in mail.entities if entity.depth > most)
        yield first.hit(f"parts are nested {deepest} deep; some readers stop at {most}")


@rule("M038", severity="warning", reference="RFC 2046 5.1")
def too_many_parts(mail: Mail, context: Context) -> Iterator[Hit]:
    """
    The message has more than 500 parts that hold no others (option `max-parts`).

    Why it matters: servers and filters stop looking at some number, or refuse the message.

    Bad:
        @make many_parts 501

    Good:
        @make many_parts 500

    References: RFC 2046 5.1
    """
    most = _number(context, "max-parts", _MOST_LEAVES)
    if len(mail.entities) <= most:
        return
    leaves = [entity for entity in mail.entities if entity.is_leaf]
    if len(leaves) > most:
        yield leaves[most].hit(f"there are {len(leaves)} parts; some readers stop at {most}")


def _number(context: Context, name: str, default: int) -> int:
    given = context.options.get(name)
    return given if isinstance(given, int) else default
