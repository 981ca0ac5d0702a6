"""
Rules about boundaries: what they are made of, and where else they stand (family M, M020 to M026).

RFC 2046 5.1.1, 5.1.2.

    multiparts -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING

from mimekit.finding import Fix
from mimekit.lint import makers_mime  # noqa: F401 - for the examples
from mimekit.lint.rule import rule
from mimekit.lint.rules import mime_edits as edits
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity, Mail

__all__: list[str] = []


@rule("M020")
def boundary_missing() -> None:
    """
    A multipart has no boundary parameter, or an empty one.

    Why it matters: nobody can find its parts; the message shows as its source, or as nothing.

    Bad:
        Content-Type: multipart/mixed

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
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


def _other(mail: Mail, hit: Hit) -> Fix | None:
    """Give the fix that gives another boundary to the multipart whose Content-Type a hit is in."""
    entity = edits.entity_at(mail, hit.start)
    return None if entity is None else edits.rebounded(entity)


@rule("M021", fix="safe")
def boundary_chars(mail: Mail, hit: Hit) -> Fix | None:
    """
    The boundary has a character that may not stand in one: only letters, digits, spaces and `'()+_,-./:=?` may.

    Why it matters: gateways and filters that keep to the rule do not find the parts.

    Bad:
        Content-Type: multipart/mixed; boundary="b*1"

        --b*1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b*1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b*1--

    Good:
        Content-Type: multipart/mixed; boundary="b_1"

        --b_1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b_1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b_1--

    References: RFC 2046 5.1.1
    """
    return _other(mail, hit)


@rule("M022", fix="safe")
def boundary_too_long(mail: Mail, hit: Hit) -> Fix | None:
    """
    The boundary has more than 70 characters.

    Why it matters: readers with a buffer of that size cut it, and find no parts.

    Bad:
        @make multipart_with_boundary 71

    Good:
        @make multipart_with_boundary 70

    References: RFC 2046 5.1.1
    """
    return _other(mail, hit)


@rule("M023", fix="safe")
def boundary_trailing_space(mail: Mail, hit: Hit) -> Fix | None:
    """
    The boundary ends with a space.

    Why it matters: relays add and remove blanks at line ends, and then no delimiter line matches.

    Bad:
        Content-Type: multipart/mixed; boundary="b1 "

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary="b1"

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    References: RFC 2046 5.1.1
    """
    fix, entity = _other(mail, hit), edits.entity_at(mail, hit.start)
    if fix is None or entity is None:
        return fix
    # A reader that keeps the space sees an end here, and one that does not sees content.
    boundary = re.escape(entity.part.content_type.boundary_octets or b"")
    closing = re.compile(rb"\n--%b[ \t]++--[ \t\r]*+(?:\n|\Z)" % boundary).search(
        mail.octets, entity.body_start, entity.end
    )
    if closing is None or closing.start() < fix.edits[-1][0]:
        return fix
    written = (closing.start() + 1, closing.end(), b"--%b--%b" % (fix.edits[-1][2], mail.line_end))
    return Fix("write another boundary, and its end", *fix.edits, written, is_safe=False)


@rule(
    "M024",
    severity="error",
    looks_at="part",
    marks=["parts"],
    reference="RFC 2046 5.1.1",
    supersedes=["M035", "H012", "H013"],
    fix="unsafe",
)
def boundary_in_content(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A delimiter line stands in the content of a part: what follows it is neither a header nor an empty line.

    Why it matters: the part ends there for every reader, and the rest of it becomes a part that nobody wrote.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The line
        --b1
        was typed by the customer.
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b2

        --b2
        Content-Type: text/plain; charset=utf-8

        The line
        --b1
        was typed by the customer.
        --b2
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b2--

    References: RFC 2046 5.1.1
    """
    children = entity.part.children
    if len(children) < 2 or entity.outside is not None:
        return
    octets = entity.mail.octets
    found: list[tuple[str, int, int]] = []
    for before, part in pairwise(children):
        # A part without a header begins with an empty line; and a header begins with a field.
        if part.start != part.body_start or part.start == part.end or before.children or before.embedded is not None:
            continue
        line = octets[part.start : part.start + 1]
        if line in (b"\r", b"\n") or not before.headers.to_bytes():
            continue
        start = octets.rfind(b"\n", 0, max(part.start - 1, 0)) + 1
        first = octets[part.start : octets.find(b"\n", part.start)].rstrip()
        shown = show(first, 40)[1:]
        text = f"a delimiter line is followed by {shown}: it stands in the content of part {before.number}"
        found.append((text, start, part.start))
    fix = edits.rebounded(entity, is_safe=False, leaving={start for _, start, _ in found}) if found else None
    for text, start, end in found:
        yield entity.mail.hit(text, start, end, fix)


@rule(
    "M025",
    severity="warning",
    looks_at="part",
    marks=["parts"],
    reference="RFC 2046 5.1.1",
    implies=["M030"],
    fix="safe",
)
def boundary_prefix(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    The boundary of a multipart begins with that of one that it is in, or the other way round.

    Why it matters: readers that compare only the beginning of a line take a delimiter of one for one of the other.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: multipart/alternative; boundary=b1a

        --b1a
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1a
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><body><p>Hello John</p></body></html>
        --b1a--
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: multipart/alternative; boundary=b2

        --b2
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b2
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><body><p>Hello John</p></body></html>
        --b2--
        --b1
        Content-Type: text/plain; charset=utf-8

        The terms of sale.
        --b1--

    References: RFC 2046 5.1.1, 5.1.2
    """
    if entity.parent is None or not entity.part.children:
        return
    own = entity.part.content_type.boundary_octets or b""
    above: Entity | None = entity.parent
    while above is not None:
        other = above.part.content_type.boundary_octets if above.part.children else None
        if other and other != own and (own.startswith(other) or other.startswith(own)):
            fix = edits.rebounded(entity)
            text = f"the boundary {show(own, 40)[1:]} and {show(other, 40)[1:]} of a multipart around it begin alike"
            yield entity.hit(text, fix)
            return
        above = above.parent


@rule("M026", implies=["M027", "M030"])
def boundary_reused() -> None:
    """
    A multipart has the boundary of the one that it is in.

    Why it matters: its parts become parts of the outer one, for most readers.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
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

    References: RFC 2046 5.1.2
    """
