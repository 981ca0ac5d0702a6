"""
Keys: the name that each row has in a run, and the sets that tell whether a name or an address was there before.

A run of ten million rows cannot hold their keys, nor a list of those who asked to be left alone; it holds 64 bits of
each.  Two keys that share them by chance make a row that is rejected as a repeated one, in a run of ten million with a
probability of one in 370,000; two addresses, likewise.

    the value of the key column -> key;  key -> digest -> seen before or not;  a file of addresses -> suppression

May import: `addressing`, `errors`.  Imported by: `bulk.cluster`, `bulk.naming`, `bulk.work`.
"""

from __future__ import annotations

import re
from array import array
from hashlib import blake2b
from typing import TYPE_CHECKING

from mimekit.addressing import path as address_path
from mimekit.bulk.lines import show_path
from mimekit.errors import BulkError, MimekitError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["DigestSet", "Suppression", "digest_of", "text_of"]

_TABLES = 64
_FIRST = 8  # places of a table in the beginning
_FULL = 0.6  # of the places: from there on looking takes longer and longer
_ATOM, _LABEL = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]++", r"[a-z0-9]++"
_ORDINARY = re.compile(rf"(?=[^@]{{1,64}}@.{{1,250}}\Z){_ATOM}(?:\.{_ATOM})*+@(?:{_LABEL}\.)*+[a-z]++", re.IGNORECASE)
_LONGEST = 1 << 20


def text_of(value: object) -> str | None:
    """
    Give the key that a value of the key column is: text, or a whole number as text; ``None`` for what is none.

    >>> text_of("C-7"), text_of(41), text_of(""), text_of(4.5)
    ('C-7', '41', None, None)
    """
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() <= 128:  # noqa: PLR2004 - a UUID
        return str(value)
    return None


def digest_of(text: str) -> int:
    """Give 64 bits that stand for a text; never 0."""
    octets = text.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(octets, digest_size=8).digest(), "little") or 1


class DigestSet:
    """
    A set of digests at 13 to 27 octets each, which grows a 64th at a time: tables with open addressing.

    >>> seen = DigestSet()
    >>> seen.add(digest_of("a")), seen.add(digest_of("a")), digest_of("a") in seen
    (True, False, True)
    """

    def __init__(self) -> None:
        self._tables = [array("Q", bytes(8 * _FIRST)) for _ in range(_TABLES)]
        self._room = [int(_FIRST * _FULL)] * _TABLES

    def add(self, digest: int) -> bool:
        """Add a digest; ``False`` when it was there before."""
        number = digest % _TABLES
        table = self._tables[number]
        mask = len(table) - 1
        place = (digest >> 6) & mask
        while found := table[place]:
            if found == digest:
                return False
            place = (place + 1) & mask
        table[place] = digest
        self._room[number] -= 1
        if not self._room[number]:
            self._grow(number)
        return True

    def __contains__(self, digest: int) -> bool:
        table = self._tables[digest % _TABLES]
        mask = len(table) - 1
        place = (digest >> 6) & mask
        while found := table[place]:
            if found == digest:
                return True
            place = (place + 1) & mask
        return False

    def _grow(self, number: int) -> None:
        old = self._tables[number]
        many = 2 * len(old)
        table = array("Q", bytes(8 * many))
        mask = many - 1
        for digest in old:
            if digest:
                place = (digest >> 6) & mask
                while table[place]:
                    place = (place + 1) & mask
                table[place] = digest
        self._tables[number] = table
        self._room[number] = int(many * _FULL) - int(len(old) * _FULL)


class Suppression:
    """
    Who is to get nothing: the addresses of a file, one a line.

    They are compared without regard to case, local part and domain: whoever asked to be left alone as ``Ada@`` is not
    written to as ``ada@``, though RFC 5321 2.4 would let those be two people.  A line that is no address is an error,
    for it may be somebody who asked.
    """

    def __init__(self, path: Path) -> None:
        self._digests = DigestSet()
        try:
            with path.open(encoding="utf-8-sig", errors="surrogateescape", newline=None) as file:
                for number, line in enumerate(iter(lambda: file.readline(_LONGEST), ""), 1):
                    if text := line.strip():
                        self._add(text, path, number)
        except OSError as error:
            message = f"the addresses to skip, {show_path(path)}, cannot be read: {error.strerror}"
            raise BulkError(message) from None

    def _add(self, text: str, path: Path, number: int) -> None:
        if not _ORDINARY.fullmatch(text):
            try:
                text = address_path(text, "the line")[0]
            except MimekitError as error:
                message = f"line {number} of {show_path(path)}, a file of addresses to skip: {error}"
                raise BulkError(message) from None
        self._digests.add(_digest_of_address(text))

    def left(self, recipients: tuple[str, ...]) -> Iterator[str]:
        """Yield those recipients who may get something."""
        return (one for one in recipients if _digest_of_address(one) not in self._digests)


def _digest_of_address(address: str) -> int:
    return digest_of(address.casefold())
