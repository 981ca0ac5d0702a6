"""
Header fields as rules look at them, and the entries of address fields, each with its place in the octets.

    Entity -> [Field];  Field -> [Address];  view.hit(sentence) -> Hit

May import: the core, `lint.rule`, `lint.places`.  Imported by: `lint.view`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from mimekit.finding import Fix
from mimekit.headers import field as fields
from mimekit.headers import names
from mimekit.headers.address import AddressList, Group, Mailbox, Unparsed
from mimekit.lint import places
from mimekit.lint.rule import Hit

if TYPE_CHECKING:
    from mimekit.lint.view import Entity

__all__ = ["Address", "Field", "of_entity"]

_FOLD = re.compile(rb"\r?\n(?=[ \t])")
# A name of words, and an address that no rule about addresses has anything to say of: ``name<address``.
_PLAIN_ADDRESS = re.compile(
    r"(?:[A-Za-z0-9][A-Za-z0-9'&_-]*+(?: (?=[A-Za-z0-9])|(?=<)))*+<"
    r"[A-Za-z0-9+=_-]++(?:\.[A-Za-z0-9+=_-]++)*+@(?:[A-Za-z0-9-]++\.)++[A-Za-z]++"
)
_LONGEST_PLAIN = 62
_ODD_ADDRESS = frozenset({"odd"})
_NO_MARKS: frozenset[str] = frozenset()
_LONGEST_KNOWN = 64


class Field:
    """One header field: ``name`` as written, ``key`` in lower case, ``raw`` octets after the colon, places."""

    __slots__ = ("_text", "entity", "key", "name", "raw", "start", "value_start")

    def __init__(  # noqa: PLR0913, PLR0917 - made in one place, for each field
        self, entity: Entity, name: str, key: str, raw: bytes, start: int, value_start: int
    ) -> None:
        self.entity = entity
        self.name = name
        self.key = key
        self.raw = raw
        self.start = start
        """Where its line begins in the octets of the message."""
        self.value_start = value_start
        """Where `raw` begins."""

    @property
    def end(self) -> int:
        """Where it ends, the final line end left out."""
        return self.value_start + len(self.raw)

    @property
    def searched(self) -> str:
        """What is searched for the octets that a rule needs: each octet is a character."""
        return self.raw.decode("latin-1")

    @property
    def info(self) -> names.FieldInfo:
        """What the registry knows of the name."""
        return names.info(self.key)

    @property
    def is_top(self) -> bool:
        """Whether it is a field of the message itself."""
        return self.entity.parent is None

    @property
    def text(self) -> str:
        """Its value, decoded and unfolded."""
        try:
            return self._text
        except AttributeError:
            part = self.entity.part
            self._text: str = fields.decode(self.key, self.raw, limits=part.limits, charset=part.headers.charset)
            return self._text

    @property
    def unfolded(self) -> bytes:
        """Its octets without the line ends of its folds, and without white space at the ends."""
        return _FOLD.sub(b"", self.raw).strip(b" \t\r\n")

    @property
    def addresses(self) -> list[Address]:
        """The entries of an address field, groups opened."""
        known = self.entity.mail.known_addresses
        found = known.get(id(self))
        if found is None:
            found = known[id(self)] = _addresses(self)
        return found

    def hit(
        self, message: str, start: int = 0, end: int | None = None, fix: Fix | None = None, severity: str | None = None
    ) -> Hit:
        """Say what is wrong with octets of `raw`, by default all of it but white space at its ends."""
        if end is None:
            start, end = len(self.raw) - len(self.raw.lstrip(b" \t\r\n")), len(self.raw.rstrip(b" \t\r\n"))
            end = max(start, end)
        if self.entity.outside is not None:
            return Hit(message, *self.entity.outside, self.entity.path, None, severity)
        return Hit(message, self.value_start + start, self.value_start + end, self.entity.path, fix, severity)

    def line_hit(self, message: str, fix: Fix | None = None, severity: str | None = None) -> Hit:
        """Say what is wrong with the field as a whole, its name included."""
        if self.entity.outside is not None:
            return Hit(message, *self.entity.outside, self.entity.path, None, severity)
        return Hit(message, self.start, self.end, self.entity.path, fix, severity)

    def replacing(
        self, text: str, octets: bytes, start: int = 0, end: int | None = None, *, is_safe: bool = True
    ) -> Fix:
        """Give the fix that puts *octets* in place of some of `raw`."""
        last = len(self.raw) if end is None else end
        return Fix(text, (self.value_start + start, self.value_start + last, octets), is_safe=is_safe)

    def removing(self, text: str, *, is_safe: bool = True) -> Fix:
        """Give the fix that takes the field out, with its line end."""
        octets = self.entity.mail.octets
        end = self.end
        if octets[end : end + 2] == b"\r\n":
            end += 2
        elif octets[end : end + 1] == b"\n":
            end += 1
        return Fix(text, (self.start, end, b""), is_safe=is_safe)


class Address:
    """One entry of an address field: ``entry`` is a `Mailbox`, or an `Unparsed`; *group* is the group it stands in."""

    __slots__ = ("before", "end", "entry", "field", "group", "marks", "start")

    def __init__(  # noqa: PLR0913, PLR0917 - made in one place, for each entry
        self,
        field: Field,
        entry: Mailbox | Unparsed,
        start: int,
        end: int,
        group: Group | None,
        before: int,
        marks: frozenset[str],
    ) -> None:
        self.field = field
        self.entry = entry
        self.start = start
        """Where its address stands in ``field.raw``."""
        self.end = end
        self.group = group
        self.before = before
        """Where the entry before it ended: its display name stands between there and ``start``."""
        self.marks = marks
        """``odd``, unless it is a name of ASCII words and an address of a few ASCII letters, digits and dots."""

    @property
    def mailbox(self) -> Mailbox | None:
        """The mailbox, or ``None`` for what cannot be read."""
        return self.entry if isinstance(self.entry, Mailbox) else None

    @property
    def domain(self) -> str:
        """Its domain as it is written, in lower case; empty for what cannot be read."""
        return self.entry.domain.lower() if isinstance(self.entry, Mailbox) else ""

    def hit(self, message: str, fix: Fix | None = None, severity: str | None = None) -> Hit:
        """Say what is wrong with it."""
        return self.field.hit(message, self.start, self.end, fix, severity)


def of_entity(entity: Entity) -> list[Field]:
    """Divide a header into its fields, each with its place."""
    part = entity.part
    offset = part.start
    found: list[Field] = []
    for line, key in part.headers.lines():
        colon = len(key)  # unless there are blanks before it
        if key and (line[colon : colon + 1] == b":" or (colon := line.find(b":")) >= 0):
            octets = line[:colon]
            name, lower = _names(octets) if colon < _LONGEST_KNOWN else _names.__wrapped__(octets)
            raw = line[colon + 1 : -1] if line[-1:] == b"\r" else line[colon + 1 :]
            found.append(Field(entity, name, lower, raw, offset, offset + colon + 1))
        offset += len(line) + 1
    return found


@lru_cache(maxsize=1024)
def _names(octets: bytes) -> tuple[str, str]:
    name = octets.decode("latin-1")
    return name, name.rstrip(" \t").lower()


def _addresses(field: Field) -> list[Address]:
    """Read an address field, and find where each entry stands in it."""
    raw = field.raw
    has_brackets, has_quoted = b"<" in raw, b'"@' in raw
    found: list[Address] = []
    position = 0
    for entry in AddressList.parse(raw, charset=field.entity.part.headers.charset).entries:
        group = entry if isinstance(entry, Group) else None
        members: tuple[Mailbox | Unparsed, ...] = entry.mailboxes if isinstance(entry, Group) else (entry,)
        for member in members:
            start, end = places.of_address(raw, member, position)
            is_plain = not has_quoted and _is_plain(member, has_brackets=has_brackets)
            found.append(Address(field, member, start, end, group, position, _NO_MARKS if is_plain else _ODD_ADDRESS))
            position = end
    return found


def _is_plain(entry: Mailbox | Unparsed, *, has_brackets: bool) -> bool:
    if not isinstance(entry, Mailbox):
        return False
    name, local, domain = entry.display_name, entry.local_part, entry.domain
    return (
        len(name) <= _LONGEST_PLAIN
        and len(local) <= _LONGEST_PLAIN
        and len(domain) <= _LONGEST_PLAIN
        and (name != "" or not has_brackets)
        and _PLAIN_ADDRESS.fullmatch(f"{name}<{local}@{domain}") is not None
        and "xn--" not in domain.lower()
    )
