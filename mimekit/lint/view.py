"""
Views: what rules look at, each with its place in the octets of the message.

A message is walked once.  A view is made when the first rule asks for it and knows where its octets stand, so that a
rule says what is wrong and the view says where.

    octets -> Mail -> Entity (part), Field, Address, Text, ...;  view.hit(sentence) -> Hit

Inside a message that is transferred encoded the octets are those of the part that holds it.

May import: the core, `lint.rule`, `lint.context`, `lint.fieldviews`, `lint.textviews`.  Imported by: much of the
package.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from mimekit.codecs import domain as domains
from mimekit.codecs import plain
from mimekit.finding import Fix
from mimekit.headers import names
from mimekit.limits import DEFAULT_LIMITS
from mimekit.lint.fieldviews import Address, Field, of_entity
from mimekit.lint.rule import Hit
from mimekit.lint.textviews import Text
from mimekit.parser import parse

if TYPE_CHECKING:
    from mimekit.envelope import Envelope
    from mimekit.lint.context import Context
    from mimekit.lint.signed import Signatures
    from mimekit.lint.urls import Url
    from mimekit.message import Message
    from mimekit.part import Part

__all__ = ["USUAL", "Address", "Entity", "Field", "Mail", "Text"]

_CID = re.compile(":(?<=[Cc][Ii][Dd]:)")  # the colon first: most text has few

USUAL = ("date", "from", "message-id", "mime-version", "subject", "to")
"""Fields whose absence is a mark."""

_ADDRESS_NAMES = frozenset([key.decode() for key in names.ADDRESS_KEYS])
_ABSENT = tuple([(name, f"no {name}") for name in USUAL])
_USUAL_CHARSETS = (None, "utf-8", "us-ascii")


class Mail:
    """The message as a whole: its ``octets``, its ``message``, its ``entities`` (parts), the ``context``."""

    def __init__(
        self, octets: bytes, context: Context, message: Message | None = None, given: Message | None = None
    ) -> None:
        self.octets = octets
        self.context = context
        self.given = given
        """The built message that the octets were made from, if that was given: it knows its Bcc and MAIL FROM."""
        if message is None:
            message = parse(octets, limits=context.options.get("limits", DEFAULT_LIMITS))
        self.message = message
        self.known_addresses: dict[int, list[Address]] = {}
        """The entries of the address fields that were read, by the identity of the field."""
        self.entities = _entities(self, self.message.root)
        self.root = self.entities[0]

    def close(self) -> None:
        """
        Let go of all views, when nobody asks any more.

        They hold each other, so that a run over many messages would fill the memory until the interpreter looks for
        such circles; as it is, the next message takes the same memory, which is quicker too.
        """
        for entity in self.entities:
            entity.close()
        for text in vars(self).get("texts", ()):
            text.close()
        if "signatures" in vars(self):
            vars(self.signatures).clear()
        vars(self).clear()

    @property
    def envelope(self) -> Envelope | None:
        """The SMTP envelope, when there is one."""
        return self.context.envelope

    @property
    def header_end(self) -> int:
        """Where the fields of the message end."""
        return self.root.header_end

    @cached_property
    def marks(self) -> frozenset[str]:
        """
        What can be told at once, for the rules that need it.

        The lower-case names of the fields at the top, and ``no date`` and the like for those of `USUAL`; the codes of
        the parser's defects, and ``any defect``; ``several parts``; ``odd header``, if a header of a part holds octets
        over 127, ``=?`` or ``*``; ``encoded words``, if there may be some; ``odd text``, if a text is not ASCII, or may
        be otherwise once its references and A-labels are read; ``odd address``, if one at the top is odd; the subtypes
        of the parts, such as ``html``; ``wire``.
        """
        entities, named = self.entities, self.root.named
        found = {*named, *[entity.part.content_type.subtype for entity in entities]}
        if self.message.defects:
            found |= {"any defect", *[defect.code for defect in self.message.defects]}
        for name, mark in _ABSENT:
            if name not in named:
                found.add(mark)
        if len(entities) > 1:
            found.add("several parts")
        if any([entity.has_odd_header for entity in entities]):
            found.add("odd header")
            if any([entity.has_words for entity in entities]):
                found.add("encoded words")
        if any([text.is_odd for text in self.texts]):
            found.add("odd text")
        if any([address.marks for address in self.addresses]):
            found.add("odd address")
        if self.context.wire:
            found.add("wire")
        return frozenset(found)

    @cached_property
    def header(self) -> bytes:
        """The octets of the fields."""
        return self.octets[: self.header_end]

    @cached_property
    def searched(self) -> str:
        """The header fields of all parts, in which the octets that a rule needs are looked for."""
        return "".join([entity.searched for entity in self.entities])

    def field(self, name: str) -> Field | None:
        """Give the first field of that name at the top."""
        return self.root.field(name)

    def fields(self, name: str) -> list[Field]:
        """Give all fields of that name at the top."""
        return self.root.named.get(name.lower(), [])

    def absent(self, message: str, fix: Fix | None = None, severity: str | None = None) -> Hit:
        """Say that something is missing; the place is the end of the header."""
        return Hit(message, self.header_end, self.header_end, "", fix, severity)

    def hit(self, message: str, start: int, end: int, fix: Fix | None = None, severity: str | None = None) -> Hit:
        """Say what is wrong with the octets from *start* to *end* of the message."""
        return Hit(message, start, end, "", fix, severity)

    def adding(self, name: str, value: bytes, *, is_safe: bool = True) -> Fix:
        """Give the fix that adds a field at the end of the header."""
        line = b"%b: %b%b" % (name.encode("ascii"), value, self.line_end)
        if self.header_end and self.octets[self.header_end - 1 : self.header_end] != b"\n":
            line = self.line_end + line
        return Fix(f"add {name}", (self.header_end, self.header_end, line), is_safe=is_safe)

    @cached_property
    def line_end(self) -> bytes:
        """What ends its lines: CRLF, or LF where no line ends in CRLF."""
        return b"\r\n" if b"\r\n" in self.octets or b"\n" not in self.octets else b"\n"

    @cached_property
    def addresses(self) -> list[Address]:
        """The entries of the address fields at the top, in order."""
        found: list[Address] = []
        for field in self.root.fields:
            if field.key in _ADDRESS_NAMES:
                found += field.addresses
        return found

    @cached_property
    def authors(self) -> list[Address]:
        """The entries of From."""
        return [one for one in self.addresses if one.field.key == "from"]

    @cached_property
    def author_domains(self) -> list[str]:
        """The domains of From in A-labels and lower case, each once, in order."""
        return list(dict.fromkeys([domains.key(one.domain) for one in self.authors if one.domain]))

    @cached_property
    def signatures(self) -> Signatures:
        """The DKIM signatures of the message itself, and what they share."""
        from mimekit.lint.signed import Signatures

        return Signatures(self)

    @cached_property
    def ses_hits(self) -> dict[str, list[Hit]]:
        """What Amazon SES would refuse or change, by code."""
        from mimekit import ses
        from mimekit.delivery import Delivery

        context, options = self.context, self.context.options
        x = self.given or self.message if context.envelope is None else Delivery(context.envelope, self.octets)
        found: dict[str, list[Hit]] = {}
        for one in ses.check(
            x,
            call=context.ses_call,
            api=options.get("ses-api"),
            verified=options.get("ses-verified"),
            region=options.get("ses-region", "us-east-1"),
        ):
            hit = Hit(one.message, one.start, one.end, one.path, one.fix, one.severity)
            found.setdefault(one.code, []).append(hit)
        return found

    @cached_property
    def texts(self) -> list[Text]:
        """The text/plain and text/html leaves, those of attachments left out."""
        is_bare = len(self.entities) == 1 and self.root.part.disposition is None
        attached = set() if is_bare else {id(part) for part in self.message.attachments}
        return [
            Text(entity)
            for entity in self.entities
            if entity.part.content_type.essence in ("text/plain", "text/html")
            and id(entity.part) not in attached
            and entity.is_leaf
            and not entity.is_embedded
        ]

    @cached_property
    def worded(self) -> list[Field]:
        """The fields that hold ``=?``, those of parts included."""
        return [field for entity in self.entities if entity.has_words for field in entity.fields if b"=?" in field.raw]

    @cached_property
    def content_ids(self) -> dict[str, list[Entity]]:
        """The parts that have a Content-ID, by it, without its brackets; those of embedded messages are left out."""
        found: dict[str, list[Entity]] = {}
        for entity in self.entities:
            if entity.parent is not None and not entity.is_embedded and entity.field("content-id") is not None:
                found.setdefault((entity.part.content_id or "")[1:-1], []).append(entity)
        found.pop("", None)
        return found

    @cached_property
    def cids(self) -> list[tuple[str, Url]]:
        """The ``cid:`` URLs of the HTML bodies, each with the Content-ID that it names (RFC 2392)."""
        from urllib.parse import unquote

        return [
            (unquote(url.value[4:]), url)
            for text in self.texts
            if text.is_html and _CID.search(text.text) is not None
            for url in text.urls
            if url.scheme == "cid"
        ]


class Entity:
    """One part, the message itself and embedded messages included: ``part``, ``parent``, ``path``, places."""

    __slots__ = (
        "_fields",
        "_has_long_line",
        "_has_odd_header",
        "_header",
        "_named",
        "_searched",
        "depth",
        "is_embedded",
        "is_message",
        "mail",
        "outside",
        "parent",
        "part",
    )

    def __init__(self, mail: Mail, part: Part, parent: Entity | None, *, is_message: bool) -> None:
        self.mail = mail
        self.part = part
        self.parent = parent
        self.is_message = is_message
        """Whether it is a message: that which is looked at, or one inside it."""
        self.is_embedded: bool = parent is not None and (is_message or parent.is_embedded)
        """Whether it is inside another message, or is one."""
        self.depth: int = 0 if parent is None else parent.depth + 1
        self.outside = part.outside
        self._header: bytes | None = None
        self._has_odd_header: bool | None = None
        self._has_long_line: bool | None = None
        self._searched: str | None = None
        self._fields: list[Field] | None = None
        self._named: dict[str, list[Field]] | None = None

    def close(self) -> None:
        """Let go of the fields; see `Mail.close`."""
        self._fields = self._named = None

    @property
    def header(self) -> bytes:
        """The octets of its fields."""
        if self._header is None:
            self._header = self.part.headers.to_bytes()
        return self._header

    @property
    def searched(self) -> str:
        """What is searched for the octets that a rule needs: its header, each octet a character."""
        if self._searched is None:
            self._searched = self.header.decode("latin-1")
        return self._searched

    @property
    def has_long_line(self) -> bool:
        """Whether a line of its header has more octets than a line may have (RFC 5322 2.1.1)."""
        if self._has_long_line is None:
            self._has_long_line = plain.has_long_line(self.header)
        return self._has_long_line

    @property
    def has_words(self) -> bool:
        """Whether there may be encoded words in its header."""
        header = self.searched
        return "?" in header and "=?" in header

    @property
    def has_odd_header(self) -> bool:
        """Whether its header holds octets over 127, or may say something in encoded words or by RFC 2231."""
        if self._has_odd_header is None:
            header = self.searched
            self._has_odd_header = not header.isascii() or "*" in header or self.has_words
        return self._has_odd_header

    @property
    def marks(self) -> frozenset[str]:
        """
        What can be told at once, for the rules that need it.

        Its media type, and both halves of it; its transfer encoding, or ``unknown encoding``; ``parts`` (in it),
        ``message inside`` or ``leaf``; ``below``, of a part in another; ``file``, of a leaf that is no text or has a
        name or a Content-Disposition; ``charset``, of a text in another than UTF-8 and US-ASCII; ``odd header``, as in
        `Mail`.
        """
        part = self.part
        kind = part.content_type
        maintype = kind.maintype
        found = {maintype, kind.subtype, kind.essence, part.transfer_encoding or "unknown encoding"}
        if part.children:
            found.add("parts")
        elif part.embedded is not None:
            found.add("message inside")
        else:
            found.add("leaf")
            if (
                maintype not in ("text", "multipart")
                or part.disposition is not None
                or (kind.parameters and part.filename is not None)
            ):
                found.add("file")
        if kind.parameters and (kind.charset or "utf-8").lower() not in _USUAL_CHARSETS:
            found.add("charset")
        if self.parent is not None and not self.is_message:
            found.add("below")
        if self.has_odd_header:
            found.add("odd header")
        return frozenset(found)

    @property
    def path(self) -> str:
        """The IMAP number; empty for the message itself."""
        return "" if self.parent is None else self.part.number or ""

    @property
    def is_leaf(self) -> bool:
        """Whether there is no part and no message in it."""
        return not self.part.children and self.part.embedded is None

    @property
    def start(self) -> int:
        """Where it begins in the octets of the message."""
        return self.part.start if self.outside is None else self.outside[0]

    @property
    def end(self) -> int:
        """Where it ends."""
        return self.part.end if self.outside is None else self.outside[1]

    @property
    def body_start(self) -> int:
        """Where its body begins."""
        return self.part.body_start if self.outside is None else self.outside[0]

    @property
    def header_end(self) -> int:
        """Where its fields end."""
        if self.outside is not None:
            return self.outside[0]
        return min(self.part.start + len(self.part.headers.to_bytes()), self.part.end)

    @property
    def fields(self) -> list[Field]:
        """Its header fields, in order; lines that are no field are left out."""
        if self._fields is None:
            self._fields = of_entity(self)
        return self._fields

    @property
    def named(self) -> dict[str, list[Field]]:
        """Its header fields by their lower-case names."""
        if self._named is None:
            found: dict[str, list[Field]] = {}
            for field in self.fields:
                found.setdefault(field.key, []).append(field)
            self._named = found
        return self._named

    def field(self, name: str) -> Field | None:
        """Give its first field of that name."""
        found = self.named.get(name.lower())
        return found[0] if found else None

    def hit(self, message: str, fix: Fix | None = None, severity: str | None = None) -> Hit:
        """Say what is wrong with its content; the place is its Content-Type field, or its first line."""
        field = self.field("content-type")
        if field is not None:
            return field.line_hit(message, fix, severity)
        return Hit(message, self.start, self.start, self.path, fix, severity)

    def absent(self, message: str, fix: Fix | None = None, severity: str | None = None) -> Hit:
        """Say that a field is missing; the place is the end of its header."""
        return Hit(message, self.header_end, self.header_end, self.path, fix, severity)

    def body_hit(self, message: str, start: int, end: int, fix: Fix | None = None, severity: str | None = None) -> Hit:
        """Say what is wrong with octets of its body as they are transferred; *start* and *end* count from the body."""
        if self.outside is not None:
            return Hit(message, *self.outside, self.path, None, severity)
        at = self.part.body_start
        return Hit(message, at + start, at + end, self.path, fix, severity)


def _entities(mail: Mail, root: Part) -> list[Entity]:
    """Give the part and all below it, depth first, those of embedded messages included."""
    top = Entity(mail, root, None, is_message=True)
    found: list[Entity] = []
    stack = [top]
    while stack:
        entity = stack.pop()
        found.append(entity)
        part = entity.part
        inner = [Entity(mail, child, entity, is_message=False) for child in part.children]
        if part.embedded is not None:
            inner.append(Entity(mail, part.embedded, entity, is_message=True))
        stack += inner[::-1]
    return found
