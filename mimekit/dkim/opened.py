"""
A message as its signatures see it: fields by name, a body, and what is canonicalised, each thing done once.

RFC 6376 3.4, 3.7, 5.4.2.  Several signatures of one message cover nearly the same fields and the same body.

    octets -> the fields that ``h=`` names, the octets that are hashed, a trace of them

May import: `dkim.canonical`, `dkim.signature`, `dkim.verdict`.  Imported by: `dkim.diagnose`, `dkim.verify`.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

from mimekit.dkim import canonical
from mimekit.dkim.signature import Signature, without_b
from mimekit.dkim.verdict import Note, Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from mimekit.dkim.verdict import Result

    Fields = dict[bytes, list[bytes]]
    """The fields of each lower-case name, from the top."""

__all__ = ["KEY", "Opened", "keys_of"]

KEY = b"dkim-signature"
_LF = Note("lf", "the message has no CRLF at all; it was verified with LF read as CRLF")
_LF_IN_HEADER = Note("lf", "lines of the header end in LF alone; it was verified with LF read as CRLF")
_LONE_CR = Note("lone-cr", "the header has a lone CR, at which some programs begin another field, that is not signed")
_JUNK = Note("junk-line", "the header has a line that is no field, which some programs read as one, or as its end")


def keys_of(names: Iterable[str]) -> list[bytes]:
    """Give the names of ``h=`` as the keys of fields."""
    joined = "\n".join(names).lower().encode()
    return joined.split(b"\n") if joined else []


class Opened:
    """A message with its header taken apart, and its body."""

    __slots__ = ("_bodies", "_digests", "_fields", "_has_junk", "body", "body_start", "notes", "octets", "relaxed")

    relaxed: Fields
    """Every field under *relaxed*; also where the fields are counted."""

    def __init__(self, octets: bytes) -> None:
        self.notes: tuple[Note, ...] = ()
        if b"\r\n" not in octets and b"\n" in octets:
            octets = octets.replace(b"\n", b"\r\n")
            self.notes = (_LF,)
        self.octets = octets
        self._fields: Fields | None = None
        found = None
        end = octets.find(b"\r\n\r\n")
        if end > 0:
            found = canonical.fields(octets[: end + 2], "relaxed")
        if found is None:
            self.relaxed = {
                key: [canonical.relaxed_field(line) for line in lines] for key, lines in self.fields().items()
            }
            self.notes += tuple(self._oddities())
        else:
            self.relaxed = found
            self.body_start = end + 4
        self.body = octets[self.body_start :]
        self._bodies: dict[str, bytes] = {}
        self._digests: dict[str, bytes] = {}

    def fields(self) -> Fields:
        """Give every field as it stands, without its final line end."""
        if self._fields is None:
            lines, keys, self.body_start = canonical.split_message(self.octets)
            self._has_junk = b"" in keys
            found: Fields = {}
            for line, key in zip(lines, keys, strict=True):
                if key in found:
                    found[key].append(line)
                elif key:
                    found[key] = [line]
            self._fields = found
        return self._fields

    def _oddities(self) -> Iterator[Note]:
        """Find what programs do not read alike in a header that is none of the usual ones."""
        header = self.octets[: self.body_start]
        pairs = header.count(b"\r\n")
        if header.count(b"\n") != pairs:
            yield _LF_IN_HEADER
        if header.count(b"\r") != pairs:
            yield _LONE_CR
        if self._has_junk:
            yield _JUNK

    def form(self, name: str) -> Fields:
        """Give every field in one canonicalisation."""
        return self.relaxed if name == "relaxed" else self.fields()

    def count(self, key: bytes) -> int:
        """Tell how many fields have that name."""
        return len(self.relaxed.get(key, ()))

    @property
    def signatures(self) -> int:
        """How many DKIM-Signature fields there are."""
        return self.count(KEY)

    def signature(self, own: int) -> Signature:
        """Read one DKIM-Signature, numbered from the top."""
        return Signature.parse(self.relaxed[KEY][own].partition(b":")[2])

    def select(self, keys: Iterable[bytes], own: int) -> tuple[list[int], dict[bytes, int]]:
        """
        Give for each name of ``h=`` the number of the field of that name, -1 where there is none left.

        Fields of one name are taken from the bottom up (RFC 6376 5.4.2); the signature itself is none of them (3.5).
        Beside them is how many fields of each of the names were left.
        """
        fields = self.relaxed
        left: dict[bytes, int] = {}
        found = []
        for key in keys:
            at = left.get(key)
            if at is None:
                at = len(fields.get(key, ()))
            at -= 1
            if at == own and key == KEY:
                at -= 1
            if at < 0:
                left[key] = 0
                found.append(-1)
            else:
                left[key] = at
                found.append(at)
        return found, left

    def coverage(self, left: Mapping[bytes, int], own: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Give the names of the fields that are covered, and of those that are not; the signature itself is neither."""
        covered = []
        uncovered = []
        names = b"\n".join(self.relaxed).decode("latin-1").split("\n")
        for name, key in zip(names, self.relaxed, strict=True):
            rest = left.get(key)
            if key == KEY:  # leaving out the signature itself
                count = len(self.relaxed[KEY])
                rest = count if rest is None else rest
                rest -= own < rest
                if rest:
                    uncovered.append(name)
                if rest < count - 1:
                    covered.append(name)
            elif rest is None:
                uncovered.append(name)
            else:
                covered.append(name)
                if rest:
                    uncovered.append(name)
        return tuple(covered), tuple(uncovered)

    def taken(self, keys: Iterable[bytes], chosen: Iterable[int], name: str) -> list[bytes | None]:
        """Give the canonicalised field for each name of ``h=``, ``None`` where there is none left."""
        fields = self.form(name)
        return [fields[key][at] if at >= 0 else None for key, at in zip(keys, chosen, strict=True)]

    def bare(self, own: int, name: str) -> bytes:
        """Give a signature's own field, canonicalised, with an empty ``b=``."""
        return without_b(self.form(name)[KEY][own])

    def header_input(self, fields: Iterable[bytes | None], own: int, name: str) -> bytes:
        """Give the octets that are hashed (RFC 6376 3.7): the fields, then the signature's own one without ``b=``."""
        lines = [field for field in fields if field is not None]
        lines.append(self.bare(own, name))
        return b"\r\n".join(lines)

    def place_of(self, signature: Signature) -> int:
        """Find a signature by its ``b=``; -1 when this message does not have it."""
        for own in range(self.signatures):
            if self.signature(own).b == signature.b:
                return own
        return -1

    def canonical_body(self, name: str) -> bytes:
        """Give the whole canonicalised body."""
        made = self._bodies.get(name)
        if made is None:
            made = self._bodies[name] = canonical.body(self.body, name)
        return made

    def body_digest(self, name: str) -> bytes:
        """Give the digest of the whole canonicalised body; a large one is not held."""
        made = self._digests.get(name)
        if made is None:
            made = self._digests[name] = canonical.body_digest(self.body, name)
        return made

    def trace(self, result: Result, own: int, records: Mapping[str, tuple[bytes, ...]]) -> Trace:
        """Look at one signature again, whatever its verdict was, and keep everything."""
        signature = result.signature or self.signature(own)
        header, body = signature.c
        keys = keys_of(signature.h)
        fields: Sequence[bytes | None] = ()
        octets = canonical_body = b""
        if header in canonical.NAMES and body in canonical.NAMES:
            fields = self.taken(keys, self.select(keys, own)[0], header)
            octets = self.header_input(fields, own, header)
            canonical_body = self.canonical_body(body)
        hashed = canonical_body[: signature.l]
        query = f"{result.selector}._domainkey.{result.domain}"
        return Trace(
            result=result,
            own=own,
            query=query if query in records else "",
            records=records.get(query, ()),
            names=signature.h,
            fields=tuple(fields),
            header_input=octets,
            header_digest=sha256(octets).digest(),
            body_octets=len(self.body),
            canonical_octets=len(canonical_body),
            hashed_octets=len(hashed),
            body_digest=sha256(hashed).digest(),
            signed_body_digest=signature.bh or b"",
        )
