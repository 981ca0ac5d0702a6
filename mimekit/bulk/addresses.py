"""
Addresses with slots: which slot is a display name, which an address, which a part of one.

The structure is that of the template and no value changes it: a value in a display name is a display name whatever is
in it, a value in an address is one addr-spec or the row is refused.  Nothing in a row can add a recipient.

    an address argument with slots -> Entries;  Entries, the values of a row -> mailboxes and groups

May import: the core, `bulk.slots`.  Imported by: `bulk.arguments`, `bulk.plain`, `bulk.template`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.bulk.slots import Field, Text, check_forms, culprit
from mimekit.codecs import charset
from mimekit.errors import AddressError, TemplateError, show
from mimekit.headers.address import AddressList, Group, Mailbox

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["HARMLESS_ADDRESS", "Entries", "GroupEntry", "MailboxEntry", "written"]

HARMLESS_ADDRESS = "x@example.com"
"""Stands for an address when it is looked for which value is at fault."""

Marks = tuple[str, str]


class MailboxEntry:
    """A mailbox with slots in its name or address; where one slot is all of the address, *whole* is its field."""

    __slots__ = ("domain", "local_part", "name", "whole")

    def __init__(self, name: Text, local_part: Text, domain: Text, whole: str | None = None) -> None:
        self.name = name
        self.local_part = local_part
        self.domain = domain
        self.whole = whole

    @property
    def names(self) -> list[str]:
        """The names of its fields."""
        found = list(self.name.names)
        if self.whole is not None:
            found.append(self.whole)
        return [*found, *self.local_part.names, *self.domain.names]

    def fill(self, values: Mapping[str, str]) -> Mailbox:
        """Make the mailbox of a row."""
        try:
            return self._filled(values)
        except AddressError as error:
            harmless = dict.fromkeys(self.names, "x")
            if self.whole is not None:
                harmless[self.whole] = HARMLESS_ADDRESS
            where = culprit(self._filled, values, harmless)
            message = f"the field {show(where)}: {error}"
            raise TemplateError(message, field=where) from None

    def _filled(self, values: Mapping[str, str]) -> Mailbox:
        name = self.name.fill(values)
        if self.whole is None:
            return Mailbox(name, self.local_part.fill(values), self.domain.fill(values))
        address = _address(values[self.whole])
        return Mailbox(name, address.local_part, address.domain)


def _address(value: str) -> Mailbox:
    """Read a value as one address alone."""
    found = Mailbox.of(value)
    if found.display_name:
        message = f"{show(value)} has a display name; the slot takes an address alone"
        raise AddressError(message)
    return found


class GroupEntry:
    """A group with slots in its name or its members."""

    __slots__ = ("members", "name")

    def __init__(self, name: Text, members: tuple[Mailbox | MailboxEntry, ...]) -> None:
        self.name = name
        self.members = members

    @property
    def names(self) -> list[str]:
        """The names of its fields."""
        found = list(self.name.names)
        for member in self.members:
            found += member.names if isinstance(member, MailboxEntry) else ()
        return found

    def fill(self, values: Mapping[str, str]) -> Group:
        """Make the group of a row."""
        members = [one.fill(values) if isinstance(one, MailboxEntry) else one for one in self.members]
        return Group(self.name.fill(values), members)


class Entries:
    """The entries of one address argument, constant or with slots."""

    __slots__ = ("argument", "entries")

    def __init__(self, argument: str, value: object, marks: Marks) -> None:
        self.argument = argument
        self.entries: tuple[Mailbox | Group | MailboxEntry | GroupEntry, ...] = tuple(_of(argument, value, marks))

    @property
    def whole(self) -> list[str]:
        """The names of the fields that are an address each."""
        members = [
            member
            for entry in self.entries
            for member in (entry.members if isinstance(entry, GroupEntry) else (entry,))
        ]
        return [one.whole for one in members if isinstance(one, MailboxEntry) and one.whole is not None]

    @property
    def names(self) -> list[str]:
        """The names of the fields."""
        found: list[str] = []
        for entry in self.entries:
            found += entry.names if isinstance(entry, (MailboxEntry, GroupEntry)) else ()
        return found

    def fill(self, values: Mapping[str, str]) -> AddressList:
        """Make the list of a row."""
        return AddressList(
            [entry.fill(values) if isinstance(entry, (MailboxEntry, GroupEntry)) else entry for entry in self.entries]
        )


def _of(argument: str, value: object, marks: Marks) -> Iterator[Mailbox | Group | MailboxEntry | GroupEntry]:
    if isinstance(value, str):
        yield from _of_text(argument, value, marks)
    elif isinstance(value, tuple) and len(value) == 2 and all([isinstance(one, str) for one in value]):  # noqa: PLR2004 - a pair
        yield _of_pair(argument, value[0], value[1], marks)
    elif isinstance(value, (Mailbox, Group, AddressList)):
        yield from AddressList.of(value).readable()
    elif hasattr(value, "__iter__") and not isinstance(value, (bytes, bytearray)) and not hasattr(value, "keys"):
        for item in value:
            yield from _of(argument, item, marks)
    else:
        AddressList.of(value)  # which says what is wrong


def _of_pair(argument: str, name: str, address: str, marks: Marks) -> Mailbox | MailboxEntry:
    if not Text(name, marks).slots and not Text(address, marks).slots:
        return Mailbox.of((name, address))
    tokens = _Tokens(argument, address, marks)
    try:
        found = Mailbox.of(tokens.text)
    except AddressError as error:
        raise tokens.error(error) from None
    entry = tokens.mailbox(found)
    if isinstance(entry, Mailbox):
        return MailboxEntry(Text(name, marks), Text(entry.local_part, marks), Text(entry.domain, marks))
    return MailboxEntry(Text(name, marks), entry.local_part, entry.domain, entry.whole)


def _of_text(argument: str, text: str, marks: Marks) -> Iterator[Mailbox | Group | MailboxEntry | GroupEntry]:
    tokens = _Tokens(argument, text, marks)
    if not tokens.fields:
        yield from AddressList.of(text).readable()
        return
    try:
        entries = AddressList.of(tokens.text).readable()
    except AddressError as error:
        raise tokens.error(error) from None
    for entry in entries:
        if isinstance(entry, Mailbox):
            yield tokens.mailbox(entry)
        else:
            name = tokens.restored(entry.display_name)
            members = tuple([tokens.mailbox(member) for member in entry.mailboxes])
            slotted = name.slots or any([isinstance(member, MailboxEntry) for member in members])
            yield GroupEntry(name, members) if slotted else entry


def written(raw: bytes, marks: Marks) -> str:
    """Give an address field whose slots make it no addresses yet as text, its encoded words decoded."""
    tokens = _Tokens("the field", charset.decode_raw(raw), marks)
    return tokens.spelled(str(AddressList.parse(tokens.text.encode())))


class _Tokens:
    """Text whose slots are replaced by atoms, so that it can be read; and the way back."""

    def __init__(self, argument: str, text: str, marks: Marks) -> None:
        source = Text(text, marks)
        check_forms(source, argument, ())
        self.argument = argument
        self.marks = marks
        self.fields = source.slots
        self.stem = "mkslot"
        while self.stem in text.lower():
            self.stem += "q"
        out = [source.literals[0]]
        for number, literal in enumerate(source.literals[1:]):
            out += (self._token(number), literal)
        # An atom that is all of an angle-addr, or all of an entry, stands for an addr-spec.
        alone = rf"(?:(?<=<)|(?:\A|(?<=[,:;]))[ \t\r\n]*+)({self.stem}[0-9]++z)(?=>|[ \t\r\n]*+(?:[,;]|\Z))"
        self.text = re.sub(alone, lambda found: f"{found[0]}@{self.stem}.invalid", "".join(out))

    def _token(self, number: int) -> str:
        return f"{self.stem}{number}z"

    def _pattern(self) -> str:
        return rf"{self.stem}([0-9]++)z(?:@{self.stem}\.invalid)?+"

    def spelled(self, text: str) -> str:
        """Give text with its slots as they are written."""
        opening, closing = self.marks
        return re.sub(self._pattern(), lambda found: f"{opening}{self.fields[int(found[1])].name}{closing}", text)

    def error(self, error: AddressError) -> AddressError:
        """Give an error that says what was written, and where."""
        return AddressError(f"{self.argument}: {self.spelled(str(error))}")

    def restored(self, text: str) -> Text:
        """Give text with its slots again."""
        made = Text("")
        found = re.split(self._pattern(), text)
        made.literals = tuple(found[::2])
        made.slots = tuple([Field(self.fields[int(number)].name) for number in found[1::2]])
        return made

    def mailbox(self, found: Mailbox) -> Mailbox | MailboxEntry:
        """Give a mailbox with its slots again; one without is constant."""
        name = self.restored(found.display_name)
        local_part, domain = self.restored(found.local_part), self.restored(found.domain)
        if found.domain == f"{self.stem}.invalid":
            return MailboxEntry(name, Text(""), Text(""), local_part.slots[0].name)
        if name.slots or local_part.slots or domain.slots:
            return MailboxEntry(name, local_part, domain)
        return found
