"""
Fields of a template that a row fills, each written as `Message` writes it.

    the values of a row, and its address lists -> octets of a field

May import: the core, `bulk.slots`.  Imported by: `bulk.compiled`, `bulk.plain`, `bulk.template`.
"""

from __future__ import annotations

import os
from itertools import count
from time import time
from typing import TYPE_CHECKING
from weakref import WeakSet

from mimekit.bulk.slots import uri_form
from mimekit.clock import current_time, fixed_time
from mimekit.headers import dates, field, ids, lists

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mimekit.bulk.slots import Text
    from mimekit.clock import RandomBits
    from mimekit.headers.address import AddressList

    Lists = Mapping[str, AddressList]

__all__ = ["AddressField", "DateField", "GivenIdField", "IdField", "TextField", "UnsubscribeField", "uri_of"]

_MOST_DOMAINS = 1000  # of authors, whose ids are counted apart


class AddressField:
    """An address field with slots."""

    def __init__(self, name: str, argument: str) -> None:
        self.name = name
        self.argument = argument

    def __call__(self, _: Mapping[str, str], listed: Lists) -> bytes:
        """Give the octets of the field."""
        return field.encode(self.name, listed[self.argument])


class TextField:
    """A field of text with slots."""

    def __init__(self, name: str, text: Text) -> None:
        self.name = field.check_name(name)
        self.text = text

    def __call__(self, values: Mapping[str, str], _: Lists) -> bytes:
        """Give the octets of the field."""
        return field.encode(self.name, self.text.fill(values))


class DateField:
    """The time of rendering, written once a second."""

    def __init__(self) -> None:
        self._written: tuple[object, str] = (None, "")

    def text(self) -> str:
        """Give the date as text."""
        fixed = fixed_time()
        moment: object = int(time()) if fixed is None else fixed
        written = self._written  # once: another thread may be in another second
        if written[0] is not moment and (fixed is not None or written[0] != moment):
            self._written = written = moment, dates.encode(current_time()).decode()
        return written[1]

    def __call__(self, _: Mapping[str, str], __: Lists) -> bytes:
        """Give the octets of the field."""
        return f"Date: {self.text()}\r\n".encode("ascii")


class IdField:
    """A Message-ID of its own for each rendering, in the domain of the author."""

    def __init__(self, rng: RandomBits) -> None:
        self._rng = rng
        self._fresh: dict[str, Ids] = {}

    def of(self, domain: str) -> Ids:
        """Give the ids of a domain."""
        found = self._fresh.get(domain)
        if found is None:
            if len(self._fresh) > _MOST_DOMAINS:
                self._fresh.clear()
            found = self._fresh[domain] = Ids(self._rng, domain)
        return found

    def __call__(self, _: Mapping[str, str], listed: Lists) -> bytes:
        """Give the octets of the field."""
        return f"Message-ID: {self.of(listed['from_'][0].ascii_domain)()}\r\n".encode("ascii")


class GivenIdField:
    """A Message-ID with slots."""

    def __init__(self, text: Text) -> None:
        self.text = text

    def __call__(self, values: Mapping[str, str], _: Lists) -> bytes:
        """Give the octets of the field."""
        return self.octets(self.text.fill(values))

    @staticmethod
    def octets(message_id: str) -> bytes:
        """Write the field of a checked id."""
        return field.field("Message-ID", ids.pieces([ids.check(message_id, "message_id")]))


class UnsubscribeField:
    """List-Unsubscribe with slots, and List-Unsubscribe-Post where it belongs."""

    def __init__(self, texts: Sequence[Text]) -> None:
        self.texts = texts

    def __call__(self, values: Mapping[str, str], _: Lists) -> bytes:
        """Give the octets of the field."""
        uris = [uri_of(text, values) for text in self.texts]
        return b"".join([field.field(name, pieces) for name, pieces in lists.unsubscribe_fields(uris)])


def uri_of(text: Text, values: Mapping[str, str]) -> str:
    """Give a URI: a slot that is all of it is a URI of its own, any other is percent-encoded."""
    if text.is_one_slot:
        return values[text.slots[0].name]
    return text.fill(values, uri_form)


class Ids:
    """Message-IDs that are unique: random for each process, and a count."""

    __slots__ = ("__weakref__", "_rng", "count", "domain", "prefix")

    def __init__(self, rng: RandomBits, domain: str) -> None:
        self._rng = rng
        self.domain = domain
        self.count = count()
        self.prefix = f"{rng.getrandbits(96):024x}"
        _IDS.add(self)

    def renew(self) -> None:
        """Draw what a process that was forked has for itself; the state of *rng* has been copied with it."""
        self.prefix = f"{self._rng.getrandbits(96):024x}.{os.getpid():x}"

    def __call__(self) -> str:
        """Give the next one, with its angle brackets."""
        return f"<{self.prefix}.{next(self.count):x}@{self.domain}>"


_IDS: WeakSet[Ids] = WeakSet()


def _renew_all() -> None:
    for one in list(_IDS):
        one.renew()


if hasattr(os, "register_at_fork"):  # where processes are forked
    os.register_at_fork(after_in_child=_renew_all)
