"""
Signatures as rules look at them: each DKIM-Signature field of a message with its tags, and what they share.

Several signatures are over nearly the same octets, so the message is taken apart once, and verified once.

    Mail -> Signed, one for each DKIM-Signature

May import: `dkim`, `faults`, `lint.rule`.  Imported by: `cli`, `lint.engine`, `lint.rules.dkim`,
`lint.rules.dkim_message`, `lint.view`.
"""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from functools import cache, cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from mimekit.dkim import canonical
from mimekit.faults import even_lines
from mimekit.lint.domains import same_organisation

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.dkim.signature import Signature
    from mimekit.dkim.verdict import Result, Trace, Verification
    from mimekit.finding import Fix
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Field, Mail

__all__ = ["Signatures", "Signed", "signatures"]

_MAX_LENGTHS = 16  # different values of l= that a body is hashed for
_PIECE = 2**16  # octets that are hashed at once
_SPKI_ED25519 = bytes.fromhex("302a300506032b6570032100")  # RFC 8410 4: what stands before the 32 octets
_ED25519 = 32


@cache
def _tag(name: str, before: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"%b[ \t\r\n]*+%b[ \t\r\n]*+=[ \t\r\n]*+([^;]*+)" % (before, re.escape(name.encode())))


class Signatures:
    """The signatures of one message, from the top, and what they share."""

    def __init__(self, mail: Mail) -> None:
        self.mail = mail
        self.all = [Signed(self, field, own) for own, field in enumerate(mail.fields("dkim-signature"))]
        self._digests: dict[tuple[str, int | None], bytes] = {}

    @property
    def body(self) -> bytes:
        """
        The body as it is hashed; where there is no CRLF at all, LF is read as one, as `dkim.verify` does.

        It may be large, so it is not kept: its digests are.
        """
        octets = self.mail.octets
        body = octets[self.mail.root.body_start :]
        return body if b"\r\n" in octets else body.replace(b"\n", b"\r\n")

    @cached_property
    def names(self) -> frozenset[str]:
        """The lower-case names that ``h=`` of any of them holds."""
        return frozenset([name for one in self.all for name in one.names])

    @cached_property
    def first_of(self) -> dict[tuple[str, str], int]:
        """The number of the first signature of each ``d=`` and ``s=``."""
        found: dict[tuple[str, str], int] = {}
        for one in self.all:
            found.setdefault((one.signature.d.lower(), one.signature.s.lower()), one.own)
        return found

    def body_digest(self, name: str, length: int | None) -> bytes | None:
        """Give the digest of the body in one canonicalisation, or of its beginning; ``None`` when that is too much."""
        known = self._digests.get((name, length))
        if known is None:
            if length is None:
                known = self._whole_digest(name)
            elif len(self._digests) < _MAX_LENGTHS:
                known = sha256(canonical.body(self.body, name)[:length]).digest()
            else:
                return None
            self._digests[name, length] = known
        return known

    def _whole_digest(self, name: str) -> bytes:
        octets, start = self.mail.octets, self.mail.root.body_start
        if len(octets) - start <= _PIECE or b"\r\n" not in octets:
            return canonical.body_digest(self.body, name)
        hasher = canonical.BodyHasher(name)  # no copy of all is made
        with memoryview(octets) as view:
            for first, last in [*self._solid(), (len(octets), len(octets))]:
                for at in range(start, first, _PIECE):
                    hasher.update(octets[at : min(at + _PIECE, first)])
                hasher.update_solid(view[first:last])
                start = last
        return hasher.digest()

    def _solid(self) -> Iterator[tuple[int, int]]:
        """Give the long spans in which there are base64 and the ends of its lines, and nothing else."""
        for entity in self.mail.entities:
            part = entity.part
            known = even_lines(part) if entity.outside is None and part.end - part.body_start > _PIECE else None
            if known is not None and known[0] > 1:
                count, line_end, width = known
                yield part.body_start, part.body_start + (count - 1) * (width + line_end) - line_end

    @cached_property
    def verification(self) -> Verification | None:
        """The verdicts, when there are keys or a resolver."""
        context = self.mail.context
        if context.keys is None and context.resolve is None:
            return None
        from mimekit.dkim.verify import verify

        return verify(self.mail.octets, resolve=_Resolver(context), now=context.now)

    @cached_property
    def traces(self) -> tuple[Trace, ...]:
        """How each of the signatures that were looked at was verified."""
        return () if self.verification is None else self.verification.trace


class Signed:
    """One DKIM-Signature: its ``field``, the ``mail`` it stands in, its tags, and its number from the top."""

    def __init__(self, every: Signatures, field: Field, own: int) -> None:
        self.every = every
        self.mail = every.mail
        self.field = field
        self.own = own

    @cached_property
    def signature(self) -> Signature:
        """The tags, as far as they can be read."""
        from mimekit.dkim.signature import Signature

        return Signature.parse(self.field.raw)

    @property
    def marks(self) -> frozenset[str]:
        """
        What can be told at once, for the rules that need it.

        The names of its tags; ``problem``, if it cannot be verified as it is; ``first`` from the top, or ``again``.
        """
        signature = self.signature
        found = {*[name for name, _ in signature.tags.tags], "again" if self.own else "first"}
        if signature.problems:
            found.add("problem")
        return frozenset(found)

    @cached_property
    def names(self) -> list[str]:
        """What ``h=`` names, in lower case."""
        return [name.lower() for name in self.signature.h]

    @property
    def result(self) -> Result | None:
        """The verdict on it, when there are keys or a resolver."""
        found = self.every.verification
        return found.results[self.own] if found is not None and self.own < len(found.results) else None

    @property
    def records(self) -> tuple[bytes, ...]:
        """The key records that were found for it."""
        traces = self.every.traces
        return traces[self.own].records if self.own < len(traces) else ()

    def is_aligned(self, domains: list[str], *, strict: bool = False) -> bool:
        """Tell whether ``d=`` is one of these domains, or of the same organisation (RFC 7489 3.1.1)."""
        domain = self.signature.d.lower()
        if strict:
            return domain in domains
        return bool(domain) and any([same_organisation(domain, one) for one in domains])

    def place(self, name: str) -> tuple[int, int] | None:
        """Say where the value of a tag stands in the field body."""
        raw = self.field.raw
        found = _tag(name, b"").match(raw) or _tag(name, b";").search(raw)  # a search for one octet first is quick
        if found is None:
            return None
        return found.start(1), found.start(1) + len(found[1].rstrip(b" \t\r\n"))

    def hit(self, message: str, fix: Fix | None = None, severity: str | None = None, *, tag: str | None = None) -> Hit:
        """Say what is wrong with it; the place is the value of a tag, or the whole field."""
        place = None if tag is None else self.place(tag)
        if place is None:
            return self.field.line_hit(message, fix, severity)
        return self.field.hit(message, *place, fix, severity)


def signatures(mail: Mail) -> list[Signed]:
    """Give the signatures of the message itself, from the top; they are made once."""
    return mail.signatures.all


# -- keys


class _Resolver:
    """Looks key records up in what the context has: keys by name first, then its resolver."""

    def __init__(self, context: Context) -> None:
        self._keys = {name.lower().removesuffix("."): value for name, value in (context.keys or {}).items()}
        self._resolve = context.resolve

    def __call__(self, name: str) -> list[bytes]:
        if name in self._keys:
            return [record_of(self._keys[name])]
        if self._resolve is None:
            from mimekit.errors import TemporaryLookupError

            message = f"no key was given for {name}"
            raise TemporaryLookupError(message)
        return self._resolve(name)


def record_of(given: bytes | str) -> bytes:
    """Give the key record of a TXT value, which it is already, of a public key in PEM, or of the base64 of one."""
    octets = given.encode() if isinstance(given, str) else bytes(given)
    if b"-----BEGIN" in octets:
        octets = b"".join(octets.split(b"-----")[2].split())
    elif b"=" in octets.rstrip(b"= \r\n"):
        return octets
    try:
        key = a2b_base64(octets)
    except ValueError:
        return octets
    key = key.removeprefix(_SPKI_ED25519)
    kind = b"ed25519" if len(key) == _ED25519 else b"rsa"
    return b"v=DKIM1; k=%b; p=%b" % (kind, b2a_base64(key, newline=False))
