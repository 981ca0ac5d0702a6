"""
Slots: the places of a template that a row fills, and the values that may go there.

A slot is ``{name}``, ``{name:raw}`` or ``{name:url}``.  Every other brace (of CSS, of code) and anything in doubled
braces stands as it is written, so that text which another program fills later passes through.

    text -> literals and slots;  a row -> the text of each field that a template needs

May import: `errors`.  Imported by: much of the package.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from mimekit.errors import MimekitError, TemplateError, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from mimekit.part import Part

__all__ = [
    "NO_TEXT",
    "Field",
    "Named",
    "Slot",
    "Text",
    "Values",
    "check_forms",
    "culprit",
    "escape",
    "html_form",
    "is_text",
    "parse",
    "plain_form",
    "uri_form",
]

_MOST_DIGITS = 1000
_NAME = r"[A-Za-z_][A-Za-z0-9_]*+"


class Field(NamedTuple):
    """A slot in text: the name of the field that fills it, and how: ``""``, ``"raw"`` or ``"url"``."""

    name: str
    form: str = ""


class Slot:
    """
    An attachment that each row brings: octets, or a path, in its field *name*.

    *filename* is what the receiver sees, with slots; it is needed for octets.  *content_type* is guessed from it unless
    given.
    """

    __slots__ = ("content_type", "filename", "name")

    def __init__(self, name: str, *, filename: str | None = None, content_type: str | None = None) -> None:
        if not isinstance(name, str) or not re.fullmatch(_NAME, name):
            message = f"{show(name)} is no name of a field; it is letters, digits and _, no digit first"
            raise TemplateError(message)
        self.name = name
        self.filename = filename
        self.content_type = content_type

    def _content(self) -> tuple[str, str | None, str | None]:
        return self.name, self.filename, self.content_type

    def __eq__(self, other: object) -> bool:
        return self._content() == other._content() if isinstance(other, Slot) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._content())

    def __repr__(self) -> str:
        return f"Slot({self.name!r})"


def escape(value: str) -> str:
    """Write text so that HTML shows it, in an attribute too."""
    value = value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return value.replace('"', "&quot;").replace("'", "&#x27;")


class Named(NamedTuple):
    """
    An attachment that is the same for all rows, under a name with slots.

    *part* is encoded once; *sample* are a few octets of which the same type is guessed.
    """

    name: Text
    part: Part
    sample: bytes
    content_type: str | None


class Text:
    """
    Text with slots: literals and slots in turn, a literal first and last.

    >>> text = Text("Dear {name}, {{keep}} {x")
    >>> text.literals, text.slots, text.fill({"name": "Ada"})
    (('Dear ', ', {{keep}} {x'), (Field(name='name', form=''),), 'Dear Ada, {{keep}} {x')
    """

    __slots__ = ("literals", "slots", "source")

    source: str
    literals: tuple[str, ...]
    slots: tuple[Field, ...]

    def __init__(self, source: str, marks: tuple[str, str] = ("{", "}")) -> None:
        self.source = source
        self.literals, self.slots = parse(source, marks)

    @classmethod
    def of_slot(cls, name: str, form: str = "") -> Text:
        """Give a text that is one slot alone."""
        made = cls("")
        made.literals, made.slots = ("", ""), (Field(name, form),)
        return made

    def fill(self, values: Mapping[str, str], write: Callable[[str, str], str] | None = None) -> str:
        """Put the values in; *write* gives a value its form, by default as text."""
        return "".join(self._pieces(values, write or plain_form))

    def fill_lines(self, values: Mapping[str, str], write: Callable[[str, str], str]) -> str:
        """Put the values into a text whose lines end with LF: a CR of one piece and an LF of the next are two ends."""
        return "".join([piece.replace("\r\n", "\n").replace("\r", "\n") for piece in self._pieces(values, write)])

    def _pieces(self, values: Mapping[str, str], write: Callable[[str, str], str]) -> list[str]:
        out = [self.literals[0]]
        for slot, literal in zip(self.slots, self.literals[1:], strict=True):
            out += (write(values[slot.name], slot.form), literal)
        return out

    @property
    def is_one_slot(self) -> bool:
        """Whether a slot is all of it."""
        return self.literals == ("", "")

    def _content(self) -> tuple[object, ...]:
        return self.source, self.literals, self.slots

    def __eq__(self, other: object) -> bool:
        return self._content() == other._content() if isinstance(other, Text) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._content())

    @property
    def names(self) -> Iterable[str]:
        """The names of the fields."""
        return [slot.name for slot in self.slots]


def plain_form(value: str, form: str) -> str:
    """Give a value as it stands in text."""
    return quote(value, safe="") if form == "url" else value


def html_form(value: str, form: str) -> str:
    """Give a value as it stands in HTML."""
    return value if form == "raw" else quote(value, safe="") if form == "url" else escape(value)


def uri_form(value: str, form: str) -> str:
    """Give a value as it stands inside a URI."""
    return value if form == "raw" else quote(value, safe="")


def parse(source: str, marks: tuple[str, str] = ("{", "}")) -> tuple[tuple[str, ...], tuple[Field, ...]]:
    """Divide text into literals and slots."""
    literals: list[str] = []
    slots: list[Field] = []
    pattern, closing = _pattern(*marks), marks[1] * 2
    taken = position = 0
    is_closed = True
    while found := pattern.search(source, position):
        position = found.end()
        if found[1] is not None:
            literals.append(source[taken : found.start()])
            slots.append(Field(found[1], found[2] or ""))
            taken = position
        elif is_closed:  # doubled marks, and what is between them
            end = source.find(closing, position)
            is_closed = end >= 0
            position = end + len(closing) if is_closed else position
    literals.append(source[taken:])
    return tuple(literals), tuple(slots)


@lru_cache(maxsize=16)
def _pattern(opening: str, closing: str) -> re.Pattern[str]:
    opened, closed = re.escape(opening), re.escape(closing)
    return re.compile(rf"{opened}{opened}|{opened}({_NAME})(?::(raw|url))?{closed}")


class Values:
    """
    What a template takes of a row: the names it needs, defaults for what is missing, and functions that format.

    A value is a `str`, an `int` or a `Decimal`; what a formatter takes is its own business, and it gives a `str`.
    """

    __slots__ = ("defaults", "formatters", "needed", "others")

    def __init__(
        self,
        needed: Iterable[str],
        others: Iterable[str],
        defaults: Mapping[str, object],
        formatters: Mapping[str, Callable[[object], str]],
    ) -> None:
        for what, mapping in (("defaults", defaults), ("formatters", formatters)):
            if not hasattr(mapping, "items"):
                message = f"{what} is {show(mapping)}; give a mapping of the names of fields"
                raise TemplateError(message)
        self.needed = tuple(dict.fromkeys(needed))
        self.others = frozenset(others).difference(self.needed)  # attachments, and what an engine takes
        self.defaults = dict(defaults)
        self.formatters = dict(formatters)
        known = {*self.needed, *self.others}
        for what, given in (("defaults", self.defaults), ("formatters", self.formatters)):
            for name in given:
                if name not in known:
                    message = f"{what} has {show(name)}, a field that no slot of the template names"
                    raise TemplateError(message)

    def all_of(self, row: Mapping[str, object]) -> dict[str, object]:
        """Give every value of a row, with the defaults, formatted where there is a formatter; for an engine."""
        present = {name: value for name, value in row.items() if value is not None}
        values: dict[str, object] = {**self.defaults, **present}
        return {
            name: self._formatted(name, value) if name in self.formatters else value for name, value in values.items()
        }

    def of(self, row: Mapping[str, object]) -> dict[str, str]:
        """Give the text of each field that is needed; raise `TemplateError`, which names the field."""
        if not hasattr(row, "keys"):
            message = f"a row is a mapping of fields, not {show(row)}"
            raise TemplateError(message)
        known = self.others.union(self.needed)
        for name in row:
            if name not in known:
                message = f"the row has the field {show(name)}, which the template does not use"
                raise TemplateError(message, field=str(name))
        return {name: self._text(name, row) for name in self.needed}

    def _text(self, name: str, row: Mapping[str, object]) -> str:
        value = row.get(name)
        if value is None:
            if name in self.defaults:
                value = self.defaults[name]
            elif name not in row:
                message = f"the row has no field {show(name)}; add it, or give defaults={{{name!r}: ...}}"
                raise TemplateError(message, field=name)
        if name in self.formatters:
            value = self._formatted(name, value)
        if isinstance(value, bool) or not isinstance(value, (str, int, Decimal)):
            message = (
                f"the field {show(name)} is {show(value)}, a {type(value).__name__}; a text slot takes str, int or "
                f"Decimal; convert it, or give formatters={{{name!r}: ...}}"
            )
            raise TemplateError(message, field=name)
        return self._shown(name, value)

    @staticmethod
    def _shown(name: str, value: str | int | Decimal) -> str:
        """Write a value; of a class of its own, such as an enumeration, what it is and not how it formats itself."""
        try:
            text = str.__str__(value) if isinstance(value, str) else _digits(name, value)
        except ValueError as error:  # an int of more digits than Python writes
            message = f"the field {show(name)} cannot be written: {error}"
            raise TemplateError(message, field=name) from None
        if not text.isascii() and not is_text(text):
            message = f"the field {show(name)} is {show(text)}; {NO_TEXT}"
            raise TemplateError(message, field=name)
        return text

    def _formatted(self, name: str, value: object) -> str:
        try:
            made = self.formatters[name](value)
        except Exception as error:
            kind = type(value).__name__
            message = f"the formatter of {show(name)} failed on its {kind}: {type(error).__name__}: {show(str(error))}"
            raise TemplateError(message, field=name) from error
        return made


NO_TEXT = "it is not UTF-8, or holds half a character (a lone surrogate); save the rows as UTF-8"


def is_text(text: str) -> bool:
    r"""
    Tell whether a string is Unicode text, which octets that are not UTF-8 do not become.

    >>> is_text("J\u00f6rg"), is_text("J\udcf6rg")
    (True, False)
    """
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _digits(name: str, value: int | Decimal) -> str:
    """Write a number in digits, as a person does."""
    if isinstance(value, Decimal):
        if not value.is_finite():
            message = f"the field {show(name)} is {value}, which is no amount"
            raise TemplateError(message, field=name)
        if abs(value.adjusted()) > _MOST_DIGITS:
            message = f"the field {show(name)} is {value}, which has too many digits to be written"
            raise TemplateError(message, field=name)
        return format(value, "f")
    return str(value)


def culprit(
    make: Callable[[Mapping[str, str]], object], values: Mapping[str, str], harmless: Mapping[str, str]
) -> str | None:
    """
    Name the field whose value keeps *make* from working; ``None`` when it is none of them.

    One after the other is replaced by its *harmless* value until the error is gone.
    """
    tried = dict(values)
    for name, value in harmless.items():
        tried[name] = value
        try:
            make(tried)
        except MimekitError:
            continue
        return name
    return None


def check_forms(text: Text, what: str, allowed: tuple[str, ...]) -> None:
    """Refuse a form that has no meaning in this place."""
    for slot in text.slots:
        if slot.form and slot.form not in allowed:
            message = f"{what} has the slot {{{slot.name}:{slot.form}}}; here a slot has no form: {{{slot.name}}}"
            raise TemplateError(message)
