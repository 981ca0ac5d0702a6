"""
Rules about text bodies as lines and as a whole: blank parts, long lines, lines that others change, capitals (family T).

    text -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.codecs import transfer
from mimekit.finding import Fix
from mimekit.lint.rule import rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity, Mail, Text

__all__: list[str] = []

LONGEST_LINE = 78
"""Characters of a line, RFC 5322 2.1.1."""

_LONG = re.compile(r"(?m)^(?=.{79}).*$")
_FROM = re.compile(rb"(?m)^From ")
_DOT = re.compile(rb"(?m)^\.\r?$")
_AS_IT_IS = (None, "7bit", "8bit", "binary")
_BLANK_SHARE = 0.8
_BLANK_LINES = 10
_LETTERS = 100
_CAPITAL = re.compile(r"[A-Z\u00c0-\u00d6\u00d8-\u00de\u0391-\u03a9\u0410-\u042f]++")
_SMALL = re.compile(r"[a-z\u00df-\u00f6\u00f8-\u00ff\u03b1-\u03c9\u0430-\u044f]++")
_SEEN = re.compile(r"[^\s\u00a0\u00ad\u200b-\u200d\u2060\ufeff]")


@rule("T024", marks=["several parts"], severity="warning", reference="RFC 2046 5.1.4", fix="unsafe")
def plain_part_blank(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    The plain text beside the HTML is blank, while the HTML has words.

    Why it matters: watches, screen readers, list archives and people who read plain text get an empty message, and
    filters take two different texts for a way round them.

    Bad:
        Content-Type: multipart/alternative; boundary="=_1"
        -Content-Transfer-Encoding

        --=_1
        Content-Type: text/plain; charset=us-ascii


        --=_1
        Content-Type: text/html; charset=us-ascii

        <!DOCTYPE html>
        <html lang="en"><body><p>Your order 10482 has left our house this morning.</p></body></html>
        --=_1--

    Good:
        Content-Type: multipart/alternative; boundary="=_1"
        -Content-Transfer-Encoding

        --=_1
        Content-Type: text/plain; charset=us-ascii

        Your order 10482 has left our house this morning.
        --=_1
        Content-Type: text/html; charset=us-ascii

        <!DOCTYPE html>
        <html lang="en"><body><p>Your order 10482 has left our house this morning.</p></body></html>
        --=_1--

    References: RFC 2046 5.1.4
    """
    texts = mail.texts
    if len(texts) < 2:
        return
    for text in texts:
        if text.is_html or _SEEN.search(text.text):
            continue
        other = _beside(text, texts)
        if other is not None and other.document.words:
            yield text.whole("the plain text is blank, and the HTML beside it is not", _filling(text, other))


def _beside(text: Text, texts: list[Text]) -> Text | None:
    """Find the HTML that a plain text is the alternative to."""
    above = text.entity.parent
    if above is None or above.part.content_type.essence != "multipart/alternative":
        return None
    for other in texts:
        entity: Entity | None = other.entity
        while other.is_html and entity is not None:
            if entity is above:
                return other
            entity = entity.parent
    return None


def _filling(text: Text, other: Text) -> Fix | None:
    words = other.document.visible_text + "\n"
    return text.replacing("put the words of the HTML in it", (0, len(text.text), words), is_safe=False, is_whole=True)


@rule("T025", severity="info", looks_at="text", profiles=["strict"], reference="RFC 5322 2.1.1")
def plain_line_over_78(text: Text, _: Context) -> Iterator[Hit]:
    """
    A line of plain text that could be broken has more than 78 characters.

    Text that is format=flowed has a rule of its own (M161).

    Why it matters: programs that keep lines as they are, as they should, make the reader scroll, or break them in ugly
    places.

    Bad:
        Subject: Your order

        Hello John, your order 10482 has left our house this morning; expect it on Friday between nine and twelve.

    Good:
        Subject: Your order

        Hello John, your order 10482 has left our house this morning; expect it
        on Friday between nine and twelve.

    References: RFC 5322 2.1.1; RFC 3676 4
    """
    if text.is_html or text.entity.part.content_type.params.get("format", "").lower() == "flowed":
        return
    for found in _LONG.finditer(text.text):
        line = found[0]
        if " " in line[:LONGEST_LINE].lstrip():
            size = len(line)
            yield text.hit(f"a line has {size} characters, over {LONGEST_LINE}", *found.span())
            return


@rule("T026", severity="info", looks_at="text", profiles=["strict"], reference="RFC 4155", fix="safe")
def from_line_in_body(text: Text, _: Context) -> Iterator[Hit]:
    """
    A line of a text that is transferred as it is begins with ``From ``.

    Why it matters: programs that keep messages in mbox files write ``>From `` instead; a signature over the text is
    then wrong.  As quoted-printable it passes.

    Bad:
        Subject: Your order

        Your order has left our house.
        From now on it takes three days.

    Good:
        Content-Transfer-Encoding: quoted-printable

        Your order has left our house.
        =46rom now on it takes three days.

    References: RFC 4155 Appendix A; RFC 3156 5
    """
    yield from _lines_at_risk(text, _FROM, b"From ", "a line begins with From, which mbox files change to >From")


@rule("T027", severity="info", looks_at="text", profiles=["strict"], reference="RFC 5321 4.5.2", fix="safe")
def lone_dot_line(text: Text, _: Context) -> Iterator[Hit]:
    """
    A line of a text that is transferred as it is holds one dot and nothing else.

    Why it matters: in SMTP such a line ends the message unless the sender doubles the dot; where a program forgets it,
    the rest is lost.  As quoted-printable it passes.

    Bad:
        Subject: Your order

        Your order has left our house
        .

    Good:
        Content-Transfer-Encoding: quoted-printable

        Your order has left our house
        =2E

    References: RFC 5321 4.5.2
    """
    yield from _lines_at_risk(text, _DOT, b".", "a line of one dot, which is what ends a message in SMTP")


def _lines_at_risk(text: Text, pattern: re.Pattern[bytes], mark: bytes, message: str) -> Iterator[Hit]:
    entity = text.entity
    part = entity.part
    if part.transfer_encoding not in _AS_IT_IS or mark not in part.raw_body:
        return
    places = [found.span() for found in pattern.finditer(part.raw_body)]
    fix = _as_quoted_printable(entity) if places else None
    for place in places:
        yield entity.body_hit(message, *place, fix)


def _as_quoted_printable(entity: Entity) -> Fix | None:
    """Give the fix that transfers a part as quoted-printable: nothing changes for the reader."""
    mail, part = entity.mail, entity.part
    named = entity.named.get("content-transfer-encoding", [])
    if entity.outside is not None or len(named) > 1 or mail.field("mime-version") is None:
        return None
    body = part.raw_body
    line_end = b"\r\n" if b"\r\n" in mail.octets else b"\n"
    if body.count(b"\n") != body.count(line_end) or b"\r" in body.replace(b"\r\n", b""):
        return None
    encoded = transfer.encode("quoted-printable", body.replace(line_end, b"\r\n")).replace(b"\r\n", line_end)
    start = part.body_start
    edits = [(start, start + len(body), encoded)]
    if named:
        field = named[0]
        edits.insert(0, (field.value_start, field.end, b" quoted-printable"))
    else:
        line = b"Content-Transfer-Encoding: quoted-printable" + line_end
        edits.insert(0, (entity.header_end, entity.header_end, line))
    return Fix("transfer the text as quoted-printable", *edits)


@rule("T041", severity="info", looks_at="text", profiles=["strict"], reference="SpamAssassin BLANK_LINES_80_90")
def mostly_blank_lines(text: Text, _: Context) -> Iterator[Hit]:
    r"""
    More than 80 % of the lines of a plain text are blank.

    Why it matters: it is how spam pushes a footer out of sight, and what a bad conversion from HTML leaves.

    Bad:
        Subject: Your order

        Hello John,\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\nyour order has left our house.

    Good:
        Subject: Your order

        Hello John,

        your order has left our house.

    References: SpamAssassin BLANK_LINES_80_90
    """
    if text.is_html:
        return
    lines = text.text.strip("\n").split("\n")
    if len(lines) > _BLANK_LINES:
        blank = len(lines) - len([line for line in lines if line and not line.isspace()])
        if blank > _BLANK_SHARE * len(lines) and blank < len(lines):
            yield text.whole(f"{blank} of {len(lines)} lines are blank")


@rule("T042", severity="info", looks_at="text", profiles=["strict"], reference="SpamAssassin UPPERCASE_50_75")
def shouting_body(text: Text, _: Context) -> Iterator[Hit]:
    """
    More than half of the letters of a text are capitals, of 100 letters or more.

    Why it matters: it is hard to read, reads as shouting, and filters count it.

    Bad:
        Subject: Your order

        YOUR ORDER HAS LEFT OUR HOUSE THIS MORNING AND WILL BE WITH YOU ON FRIDAY.
        PLEASE TELL US WHETHER YOU WILL BE AT HOME BETWEEN NINE AND TWELVE.

    Good:
        Subject: Your order

        Your order has left our house this morning and will be with you on Friday.
        Please tell us whether you will be at home between nine and twelve.

    References: SpamAssassin UPPERCASE_50_75
    """
    if len(text.text) < _LETTERS:
        return
    seen = text.document.visible_text if text.is_html else text.text
    # What has no case, such as Chinese, counts as neither.
    capitals = len(seen) - len(_CAPITAL.sub("", seen))
    small = len(seen) - len(_SMALL.sub("", seen))
    if capitals > small and capitals + small >= _LETTERS:
        yield text.whole(f"{100 * capitals // (capitals + small)} % of the letters are capitals")
