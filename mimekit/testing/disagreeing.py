"""
Disagreeing: in what two readings of one message differ, in which way, and the octets that it is about.

Only what both say is compared, and of each field or list only the first difference is told.  What follows from a
difference is none: where one knows a field that the other does not, nothing else is compared; where the structures
differ, no leaves.

    two readings or failures, the octets -> Differences

May import: the core, `testing.adapters`, `testing.constructs`, `testing.parsers`, `testing.readings`.  Imported by:
`testing.differential`, `testing.knowing`.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from mimekit.codecs import domain as domains
from mimekit.parser import parse
from mimekit.testing import constructs
from mimekit.testing.adapters import leaves
from mimekit.testing.parsers import Failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any  # a value of an aspect, as JSON has it

    from mimekit.message import Message
    from mimekit.part import Part
    from mimekit.testing.readings import Address, Attachment, Reading

    Outcome = Reading | Failure

__all__ = ["Difference", "differences", "title"]

_ADDRESSES = "addresses"
_HOUR, _DAY = timedelta(minutes=15), timedelta(days=1)


class Difference(NamedTuple):
    """One thing that two parsers say otherwise of a message."""

    aspect: str
    """One of `constructs.ASPECTS`."""
    label: str
    """In which way, the same for all fields that hold addresses."""
    a: Any
    b: Any
    constructs: tuple[str, ...]
    """What is in the octets in question; see `constructs`."""
    span: tuple[int, int] | None
    """The octets in question."""

    def explains(self, other: Difference) -> bool:
        """
        Tell whether *other* is likely to have the same cause: they differ in one way, and it holds the same constructs.

        Where the value is what they differ in, it does not matter what carries it.
        """
        if self.label != other.label:
            return False
        mine, theirs = set(self.constructs), set(other.constructs)
        if self.label.rpartition(": ")[2] in _OF_VALUES:
            carried = mine - constructs.CARRIERS
            return carried <= theirs if carried else mine <= theirs or not theirs - constructs.CARRIERS
        return mine <= theirs


def title(aspect: str, label: str) -> str:
    """
    Say in one line where two readings differ, and in which way.

    >>> title("to", "addresses, name: white space"), title("date", "date: another zone")
    ('to, name: white space', 'date: another zone')
    """
    subject, _, rest = label.partition(": ")
    _, comma, detail = subject.partition(", ")
    return label if aspect == "crash" else f"{aspect}{comma}{detail}: {rest}"


class _Found(NamedTuple):
    """A difference, before the message was looked at; *number* is that of the leaf among those of its kind."""

    aspect: str
    label: str
    a: Any
    b: Any
    number: int = 0


def differences(
    a: Outcome, b: Outcome, octets: bytes, *, names: tuple[str, str], aspects: frozenset[str]
) -> list[Difference]:
    """Compare, and look at the message where there is a difference; *names* are those of the parsers."""
    if isinstance(a, Failure) or isinstance(b, Failure):
        return list(_of_failures(a, b, names)) if "crash" in aspects else []
    found = list(_Comparing(a, b, names, aspects).found())
    if not found:
        return []
    looked = _Looked(octets)
    return [Difference(*one[:4], *looked.at(one)) for one in found]


def _of_failures(a: Outcome, b: Outcome, names: tuple[str, str]) -> Iterator[Difference]:
    for one, name in ((a, names[0]), (b, names[1])):
        if isinstance(one, Failure):
            first, second = [other.detail if isinstance(other, Failure) else "gave a reading" for other in (a, b)]
            yield Difference("crash", f"{name} {_VERBS[one.kind]}: {one.what}", first, second, (), None)


_VERBS = {"crash": "fails", "hang": "hangs"}


class _Comparing:
    """Two readings that are compared."""

    def __init__(self, a: Reading, b: Reading, names: tuple[str, str], aspects: frozenset[str]) -> None:
        self._a = a
        self._b = b
        self._names = names
        self._aspects = aspects

    def found(self) -> Iterator[_Found]:
        """Yield the differences, in the order of the aspects."""
        a, b = self._a, self._b
        fields = structures = None
        if a.fields is not None and b.fields is not None:
            fields = self._of_fields(a.fields, b.fields)
        if fields is not None:
            if "fields" in self._aspects:
                yield fields
            return
        if a.structure is not None and b.structure is not None:
            structures = self._of_structure(_parts(a.structure), _parts(b.structure))
        if structures is not None and "structure" in self._aspects:
            yield structures
        yield from self._of_header()
        if structures is None:
            yield from self._of_leaves()

    def _of_header(self) -> Iterator[_Found]:
        a, b = self._a, self._b
        for name in constructs.ADDRESS_FIELDS:
            if name in self._aspects:
                first, second = [None if one.addresses is None else one.addresses.get(name) for one in (a, b)]
                if first is not None and second is not None:
                    yield from self._of_addresses(name, list(first), list(second))
        if a.subject is not None and b.subject is not None and a.subject != b.subject and "subject" in self._aspects:
            yield _Found("subject", f"subject: {self._kind(a.subject, b.subject)}", a.subject, b.subject)
        if a.date is not None and b.date is not None and "date" in self._aspects:
            yield from self._of_date(_moment(a.date), _moment(b.date))
        if a.message_id is not None and b.message_id is not None and "message-id" in self._aspects:
            first_id, second_id = _bare_id(a.message_id), _bare_id(b.message_id)
            if first_id != second_id:
                label = f"message-id: {self._kind(first_id, second_id)}"
                yield _Found("message-id", label, a.message_id, b.message_id)

    def _of_leaves(self) -> Iterator[_Found]:
        a, b = self._a, self._b
        for aspect, first, second in (("text", a.text, b.text), ("html", a.html, b.html)):
            if first is not None and second is not None and aspect in self._aspects:
                yield from self._of_texts(aspect, _texts(first), _texts(second))
        if a.attachments is not None and b.attachments is not None and "attachments" in self._aspects:
            yield from self._of_attachments(list(a.attachments), list(b.attachments))

    # -- one aspect

    def _of_structure(self, first: list[tuple[int, str]], second: list[tuple[int, str]]) -> _Found | None:
        if first == second:
            return None
        if len(first) != len(second):
            label = self._fewer(len(first), len(second))
        elif [depth for depth, _ in first] != [depth for depth, _ in second]:
            label = "the parts are nested otherwise"
        else:
            label = "another media type"
        return _Found("structure", f"structure: {label}", [list(one) for one in first], [list(one) for one in second])

    def _of_fields(self, a: Iterable[str], b: Iterable[str]) -> _Found | None:
        first, second = [Counter([name.strip().lower() for name in names]) for names in (a, b)]
        if first == second:
            return None
        more, less = first - second, second - first
        label = self._fewer(first.total(), second.total()) if not (more and less) else "other names"
        return _Found("fields", f"fields: {label}", sorted(more.elements()), sorted(less.elements()))

    def _of_addresses(self, name: str, first: list[Address], second: list[Address]) -> Iterator[_Found]:
        label = _ADDRESSES
        if len(first) != len(second):
            label = f"{_ADDRESSES}: {self._fewer(len(first), len(second))}"
        else:
            for one, other in zip(first, second, strict=True):
                if _bare_address(one.address) != _bare_address(other.address):
                    label = f"{_ADDRESSES}, address: {self._kind(one.address, other.address)}"
                    break
                names = (one.display_name, other.display_name)
                if names[0] is not None and names[1] is not None and names[0] != names[1]:
                    label = f"{_ADDRESSES}, name: {self._kind(names[0], names[1])}"
                    break
            else:
                return
        yield _Found(name, label, [list(one) for one in first], [list(one) for one in second])

    def _of_date(self, first: datetime | str, second: datetime | str) -> Iterator[_Found]:
        if first == second:
            return
        shown = [one if isinstance(one, str) else one.isoformat() for one in (first, second)]
        if isinstance(first, str) or isinstance(second, str):
            label = self._kind(*shown)
        elif abs(first - second) < _DAY and not abs(first - second) % _HOUR:
            label = "another zone"
        elif shown[0][4:] == shown[1][4:]:
            label = "another year"
        else:
            label = "another moment"
        yield _Found("date", f"date: {label}", shown[0], shown[1])

    def _of_texts(self, aspect: str, first: list[str], second: list[str]) -> Iterator[_Found]:
        if len(first) != len(second):
            yield _Found(aspect, f"{aspect}: {self._fewer(len(first), len(second))}", first, second)
            return
        for number, (one, other) in enumerate(zip(first, second, strict=True)):
            if one != other:
                yield _Found(aspect, f"body: {self._kind(one, other, is_body=True)}", one, other, number)
                return

    def _of_attachments(self, first: list[Attachment], second: list[Attachment]) -> Iterator[_Found]:
        listed = [[_shown(one) for one in attachments] for attachments in (first, second)]
        if len(first) != len(second):
            yield _Found("attachments", f"attachments: {self._fewer(len(first), len(second))}", listed[0], listed[1])
            return
        for number, (one, other) in enumerate(zip(first, second, strict=True)):
            label = self._between(one, other)
            if label:
                yield _Found("attachments", f"attachments{label}", listed[0][number], listed[1][number], number)
                return

    def _between(self, one: Attachment, other: Attachment) -> str:
        if one.content_type is not None and other.content_type is not None:
            kinds = one.content_type.lower(), other.content_type.lower()
            if kinds[0] != kinds[1]:
                return ": media type"
        if one.filename is not None and other.filename is not None and one.filename != other.filename:
            return f", filename: {self._kind(one.filename, other.filename)}"
        for first, second in ((one.size, other.size), (one.sha256, other.sha256)):
            if first is not None and second is not None and first != second:
                return ": octets"
        return ""

    # -- in which way

    def _fewer(self, first: int, second: int) -> str:
        name = self._names[first > second]
        return f"{name} has {'fewer' if min(first, second) else 'none'}"

    def _kind(self, first: str, second: str, *, is_body: bool = False) -> str:
        """Say in which way two texts differ."""
        if not first or not second:
            return f"{self._names[bool(first)]} has none"
        for name, same in (_OF_BODIES if is_body else _OF_VALUES).items():
            if same(first) == same(second):
                return name
        for name, text, other in ((self._names[0], first, second), (self._names[1], second, first)):
            for what, is_so in _LOSSES.items():
                if is_so(text) and not is_so(other):
                    return f"{name} {what}"
        shorter, longer = sorted((first, second), key=len)
        if longer.startswith(shorter) or longer.endswith(shorter):
            return f"{self._names[shorter != first]} has only a part"
        return "another text" if first.isascii() and second.isascii() else "another text, not ASCII"


def _lines_stripped(text: str) -> str:
    return "\n".join([line.rstrip(" \t") for line in text.split("\n")])


def _without_white(text: str) -> str:
    return "".join(text.split())


def _without_controls(text: str) -> str:
    return "".join([char for char in text if char >= " " and char != "\x7f"])


def _has_replaced(text: str) -> bool:
    return "\ufffd" in text or any("\ud800" <= char <= "\udfff" for char in text)


_LOSSES: dict[str, Callable[[str], bool]] = {
    "leaves encoded words": lambda text: "=?" in text,
    "loses characters": _has_replaced,
}
# In which way: by what two texts are the same after.
_OF_VALUES: dict[str, Callable[[str], str]] = {
    "white space around it": str.strip,
    "white space": _without_white,
    "control characters": lambda text: _without_controls(_without_white(text)),
    "case": str.casefold,
    "quotes and backslashes": lambda text: text.replace('"', "").replace("\\", ""),
    "normalisation": lambda text: unicodedata.normalize("NFKC", text),
}
_OF_BODIES: dict[str, Callable[[str], str]] = {
    "line ends at the end": lambda text: text.rstrip("\r\n"),
    "white space at the ends of lines": lambda text: _lines_stripped(text.rstrip("\r\n")),
    **_OF_VALUES,
}


# -- what is compared


def _parts(structure: Iterable[tuple[int, str]]) -> list[tuple[int, str]]:
    return [(depth, kind.lower()) for depth, kind in structure]


def _texts(given: Iterable[str]) -> list[str]:
    return [text.replace("\r\n", "\n") for text in given if text]


def _bare_id(text: str) -> str:
    return text.strip().removeprefix("<").removesuffix(">")


def _bare_address(text: str) -> tuple[str, str]:
    """Give the local part without quotes and backslashes that it does not need, and the domain in A-labels."""
    local_part, _, domain = text.rpartition("@")
    if _QUOTED.fullmatch(local_part):
        inside = _PAIR.sub(r"\1", local_part[1:-1])
        local_part = inside if _DOT_ATOM.fullmatch(inside) else f'"{inside}"'
    return local_part, domains.key(domain)


_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_PAIR = re.compile(r"\\(.)", re.DOTALL)
_DOT_ATOM = re.compile(r"[^\s()<>\[\]:;@\\,.\"]++(?:\.[^\s()<>\[\]:;@\\,.\"]++)*+")  # RFC 5322 3.2.3, RFC 6532 3.2


def _moment(date: datetime | str) -> datetime | str:
    if isinstance(date, str):
        try:
            found = datetime.fromisoformat(date)
        except ValueError:
            return date
    else:
        found = date
    return (found if found.tzinfo is not None else found.replace(tzinfo=UTC)).astimezone(UTC)


def _shown(attachment: Attachment) -> list[Any]:
    filename, kind, size, sha256 = attachment
    return [filename, kind, size, None if sha256 is None else sha256[:12]]


# -- the octets in question


class _Looked:
    """A message that two parsers read otherwise, as the one that knows where things stand reads it."""

    def __init__(self, octets: bytes) -> None:
        self._message: Message = parse(octets)
        self._octets = octets

    def at(self, found: _Found) -> tuple[tuple[str, ...], tuple[int, int] | None]:
        """Name what is in the octets in question, and say where they are."""
        message = self._message
        if found.aspect == "structure":
            return constructs.of_structure(message.root), self._body(message.root)
        if found.aspect == "fields":
            names = [*found.a, *found.b]
            return constructs.of_names(self._lines(names)), self._field(names[0])
        if found.aspect in ("text", "html", "attachments"):
            return self._at_leaf(found)
        named = constructs.of_fields(found.aspect, self._bodies(found.aspect))
        return (*constructs.of_names(self._lines([found.aspect])), *named), self._field(found.aspect)

    def _at_leaf(self, found: _Found) -> tuple[tuple[str, ...], tuple[int, int] | None]:
        listed = leaves(self._message)._asdict()[found.aspect]
        if found.aspect != "attachments":
            listed = [part for part in listed if part.content]
        if "has fewer" in found.label or "has none" in found.label or found.number >= len(listed):
            lines = [line for line, _ in self._message.headers.lines()]
            root = self._message.root
            whole = [] if root.children else [*constructs.of_part(root, in_multipart=False)]
            whole += [*constructs.of_names(lines), *constructs.of_structure(root)]
            if found.aspect == "attachments" and not all([part.filename for part in listed]):
                whole.insert(0, "no filename")
            return tuple(dict.fromkeys(whole)), self._body(root)
        part: Part = listed[found.number]
        if "filename" in found.label:
            return constructs.of_parameters(part), (part.start, part.body_start) if part.outside is None else None
        named = constructs.of_part(part, in_multipart=part is not self._message.root)
        return named, self._body(part)

    def _body(self, part: Part) -> tuple[int, int] | None:
        if part.outside is not None:
            return part.outside
        return (part.body_start, part.end) if part.body_start < part.end else None

    def _lines(self, names: Iterable[str]) -> list[bytes]:
        keys = [name.encode("ascii", "replace") for name in names]
        return [line for line, key in self._message.headers.lines() if key in keys]

    def _bodies(self, name: str) -> tuple[bytes, ...]:
        return self._message.headers.all_raw(name)

    def _field(self, name: str) -> tuple[int, int] | None:
        """Give where the first field of that name stands."""
        at = 0
        for line, key in self._message.headers.lines():
            if key == name.encode("ascii", "replace"):
                return at, at + len(line) + 1
            at += len(line) + 1
        return None
