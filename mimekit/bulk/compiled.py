"""
The compiled form of a template: octets that stay, and between them what a row makes.

The header is made as `Message` makes it, field by field; a field without slots is octets from then on.  The tree of the
body is built once; a part without slots is octets, one with slots is a `Leaf`.

    Template -> Compiled;  Compiled, the values of a row -> Delivery

May import: the core, `bulk`.  Imported by: `bulk.plain`, `bulk.template`.
"""

from __future__ import annotations

import re
from random import Random
from typing import TYPE_CHECKING

from mimekit import compose, headline
from mimekit.addressing import Addressing
from mimekit.bulk import plain
from mimekit.bulk.bodies import Leaf, risky_line
from mimekit.bulk.fields import AddressField, DateField, GivenIdField, IdField, TextField, UnsubscribeField
from mimekit.bulk.slots import Named, Slot, Text, html_form, plain_form
from mimekit.delivery import Delivery
from mimekit.envelope import Envelope
from mimekit.headers import dates, field
from mimekit.headers.address import AddressList
from mimekit.part import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import TypeAlias

    from mimekit.bulk.fields import Lists
    from mimekit.bulk.template import Template

    Maker = AddressField | DateField | GivenIdField | IdField | TextField | UnsubscribeField
    Piece: TypeAlias = "bytes | Maker | Leaf | _Attached"

__all__ = ["Compiled"]

_FIELDS = (("From", "from_"), ("Sender", "sender"), ("Reply-To", "reply_to"), ("To", "to"), ("Cc", "cc"))
_UNCOMPILED = frozenset({"body", "encoding"})


class Compiled:
    """
    What a template was compiled to; ``general`` and ``plain`` give ``None`` for what has to go the long way.

    ``pieces`` are octets, makers of fields, and leaves, in the order in which they stand.
    """

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.template: Template | None = None
        self.plain: Callable[[Mapping[str, object], str | None], Delivery | None] = _never

    @classmethod
    def of(cls, template: Template) -> Compiled:
        """Compile a template; one with a shape that is not compiled gets a form that makes nothing."""
        made = cls()
        if not _UNCOMPILED.isdisjoint(template._others):
            return made
        tree = _tree(template)
        if tree is None:
            return made
        made.pieces = [*_header(template), *tree]
        made.pieces = _merged(made.pieces)
        made.template = template
        made.plain = plain.function(template, made) or _never
        return made

    def general(
        self, values: Mapping[str, str], message_id: str | None = None, row: Mapping[str, object] | None = None
    ) -> Delivery | None:
        """
        Give the delivery of a row whose values are text; ``None`` where only `Message` knows how.

        *row* is needed by an engine, and for attachments that it brings.
        """
        template = self.template
        if template is None:
            return None
        if template._engine is not None:
            made = template._engine.render(template._values.all_of(row or {}))
            values = {**values, **{_body_name(part): body for part, body in made.items()}}
        listed = self.addresses(template, values)
        out: list[bytes] = []
        for piece in self.pieces:
            octets: bytes | None
            if isinstance(piece, bytes):
                octets = piece
            elif isinstance(piece, (Leaf, _Attached)):
                octets = piece.octets(values, row or {})
            elif message_id is not None and isinstance(piece, (IdField, GivenIdField)):
                octets = GivenIdField.octets(message_id)
            else:
                octets = piece(values, listed)
            if octets is None or not octets.isascii():
                return None
            out.append(octets)
        data = b"".join(out)
        return Delivery(self.envelope(values, listed), data, handover=template._handed(values))

    @staticmethod
    def addresses(template: Template, values: Mapping[str, str]) -> Lists:
        """Give the address lists of a row, checked as `Message` checks them."""
        listed = {name: entries.fill(values) for name, entries in template._addresses.items()}
        if "sender" in listed or template._addresses["from_"].names:
            headline.originators(listed["from_"], listed.get("sender"))
        if "bcc" in listed:
            headline.ascii_only("bcc", listed["bcc"])
        return listed

    def envelope(self, values: Mapping[str, str], listed: Lists) -> Envelope:
        """Give the envelope of a row."""
        template = self.template
        if template is None:  # `general` has asked
            raise TypeError
        nobody = AddressList()
        sender = listed.get("sender")
        said = Addressing(
            listed["from_"],
            sender[0] if sender else None,
            [(name, listed.get(key, nobody)) for name, key in (("To", "to"), ("Cc", "cc"), ("Bcc", "bcc"))],
        )
        envelope = Envelope.of_header(said, mail_from=template._reverse_path(values))
        return template._with_parameters(envelope, values)


class _Attached:
    """An attachment that a row brings, or names."""

    def __init__(self, template: Template, item: Slot | Named) -> None:
        self.template = template
        self.item = item

    def octets(self, values: Mapping[str, str], row: Mapping[str, object]) -> bytes | None:
        """Give the part, header and body; ``None`` for a file that is read while it is written."""
        part = self.template._attached(self.item, values, row)
        if not isinstance(part, Part) or not all([isinstance(piece, bytes) for piece in part.pieces]):
            return None
        return b"".join([part.headers.to_bytes(), b"\r\n", *part.pieces])  # type: ignore[list-item]  # they are


def _never(row: Mapping[str, object], message_id: str | None) -> None:
    """Make nothing."""


def _merged(pieces: Iterable[Piece]) -> list[Piece]:
    """Join octets that follow each other."""
    out: list[Piece] = []
    for piece in pieces:
        if isinstance(piece, bytes) and out and isinstance(out[-1], bytes):
            out[-1] += piece
        else:
            out.append(piece)
    return out


# -- the header


def _header(template: Template) -> list[Piece]:
    """Give the fields in the order in which `Message` writes them."""
    others = template._others
    out: list[Piece] = []
    for name, argument in _FIELDS:
        entries = template._addresses.get(argument)
        if entries is not None:
            out.append(AddressField(name, argument) if entries.names else _constant(name, entries.fill({})))
    if "subject" in template._texts:
        out.append(_text("Subject", template._texts["subject"]))
    date, own_id = others.get("date"), template._texts.get("message_id")
    out.append(DateField() if date is None else b"Date: %b\r\n" % dates.encode(date))
    out.append(IdField(template._rng) if own_id is None else GivenIdField(own_id))
    out += headline.threading(others.get("in_reply_to"), others.get("references"), utf8=False)
    out += headline.marks(others.get("priority"), others.get("auto_submitted"), None)
    if template._unsubscribe:
        unsubscribe = UnsubscribeField(template._unsubscribe)
        out.append(unsubscribe if any([text.slots for text in template._unsubscribe]) else unsubscribe({}, {}))
    for name, value in template._headers:
        if isinstance(value, Text):
            headline.further([(name, "x")], utf8=False)  # which refuses a name that an argument owns
            out.append(TextField(name, value))
        else:
            out += headline.further([(name, value)], utf8=False)
    out.append(b"MIME-Version: 1.0\r\n")
    return out


def _text(name: str, text: Text) -> bytes | Maker:
    return TextField(name, text) if text.slots else headline.text_field(name, text.literals[0], utf8=False)


def _constant(name: str, listed: AddressList) -> bytes:
    return field.encode(name, listed) if listed.entries else b""


# -- the tree


def _tree(template: Template) -> list[Piece] | None:
    """Build the body once, with marks for the slots, and give it with leaves; ``None`` for one with a file."""
    texts, others = _bodies(template), template._others
    rng = Random(template._seed)  # noqa: S311 - what is drawn need only be hard to meet by chance
    stem = f"mkslot{rng.getrandbits(64):016x}"
    html = texts.get("html")
    if html is not None and (
        any(map(_is_reference, html.literals[:-1])) or (template._engine is not None and others.get("inline"))
    ):
        return None  # `compose` has to see which files it shows
    brought = {
        f"{stem}{number}.bin": item
        for number, item in enumerate(template._attachments)
        if isinstance(item, (Slot, Named))
    }
    places = iter(brought)
    tree = compose.body(
        text=_marked(texts["text"], stem) if "text" in texts else None,
        html=None if html is None else _marked(html, stem),
        inline=others.get("inline") or {},
        attachments=[
            (next(places), b"") if isinstance(item, (Slot, Named)) else item  # type: ignore[misc]  # compose says what is none
            for item in template._attachments
        ],
        calendar=others.get("calendar"),
        amp=others.get("amp"),
        transport="7bit",
        rng=rng,
        domain="localhost.invalid" if template._addresses["from_"].names else _domain(template),
        strict_filenames=others.get("strict_filenames", False),
    )
    out: list[Piece] = []
    stack: list[object] = [tree]
    while stack:
        piece = stack.pop()
        if isinstance(piece, bytes):
            out.append(piece)
        elif not isinstance(piece, Part) or not piece.is_built:
            return None
        elif not piece.children and piece.content_type.maintype == "text" and stem in (piece.text or ""):
            out.append(_leaf(piece, texts, stem))
        elif _is_risky(piece):
            out.append(_leaf(piece, {}, stem).octets({}) or b"")
        elif not piece.children and piece.filename in brought:
            out.append(_Attached(template, brought[piece.filename]))
        else:
            out.append(piece.headers.to_bytes() + b"\r\n")
            stack += piece.pieces[::-1]
    return out


def _is_risky(part: Part) -> bool:
    """Tell whether a text has lines that `Message` lets pass, and a template does not."""
    return (
        part.content_type.essence in ("text/plain", "text/html")
        and part.disposition is None
        and part.transfer_encoding == "7bit"
        and risky_line.search(part.text or "") is not None
    )


_is_reference = re.compile(r"(?i)cid:[^\"'\s<>]*\Z").search


def _bodies(template: Template) -> Mapping[str, Text]:
    """Give the texts, those that an engine makes as one slot each."""
    if template._engine is None:
        return template._texts
    return {part: Text.of_slot(_body_name(part), "raw") for part in template._engine.parts}


def _body_name(part: str) -> str:
    """Give the name of a slot that no row fills."""
    return f"{part} of the engine"


def _domain(template: Template) -> str:
    return template._addresses["from_"].fill({})[0].ascii_domain


def _marked(text: Text, stem: str) -> str:
    out = [text.literals[0]]
    for number, literal in enumerate(text.literals[1:]):
        out += (f"{stem}{number}z", literal)
    return "".join(out)


def _leaf(part: Part, texts: Mapping[str, Text], stem: str) -> Leaf:
    """Give a part with marks as a leaf with slots; `compose` may have changed what is between them (``cid:``)."""
    subtype = part.content_type.subtype
    header = b"Content-Type: text/%b; charset=utf-8\r\n" % subtype.encode()
    if not texts:
        return Leaf(header, (part.text or "",), (), plain_form)
    if subtype == "plain":
        source = texts["text"]
        return Leaf(header, source.literals, source.slots, plain_form)
    found = re.split(rf"{stem}([0-9]++)z", part.text or "")
    slots = tuple([texts["html"].slots[int(number)] for number in found[1::2]])
    *literals, last = found[::2]
    if not texts["html"].literals[-1]:
        last = ""  # the line end was added, and a value may bring one
    return Leaf(header, (*literals, last), slots, html_form)
