"""
Bodies: a text part with slots, as 7bit and as quoted-printable; the row decides which.

As quoted-printable every literal is encoded once.  A value stands between soft line breaks (RFC 2045 6.7 (5)), so that
it never makes a line of the literal beside it too long, and only the value is encoded for a row.

    literals, slots, how a value is written -> Leaf -> the octets of the part, header and body

May import: the core, `bulk.slots`.  Imported by: `bulk.compiled`, `bulk.plain`.
"""

from __future__ import annotations

import re
from binascii import b2a_qp
from types import MappingProxyType
from typing import TYPE_CHECKING

from mimekit.codecs import plain, quopri
from mimekit.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mimekit.bulk.slots import Field

__all__ = ["Leaf", "quoted_value", "risky_line"]

_NOTHING: Mapping[str, object] = MappingProxyType({})
_WIDTH = 75  # octets of a line of quoted-printable before the sign of a soft line break
_SOFT = b"=\r\n"
# A line that SMTP servers, mailbox files or readers of a multipart take for something else.
risky_line = re.compile(r"(?:\A|\n)(?:\.|From |--=_)")
_AS_IT_IS = re.compile(r"(?!\.|From )[!-<>-~](?:[ -<>-~]{0,68}[!-<>-~])?")


class Leaf:
    """One text/* part of a template."""

    __slots__ = ("_references", "header", "is_ascii", "is_html", "is_open", "literals", "quoted", "slots", "write")

    def __init__(
        self, header: bytes, literals: tuple[str, ...], slots: tuple[Field, ...], write: Callable[[str, str], str]
    ) -> None:
        self.header = header
        self.is_html = b"/html;" in header
        *rest, last = [literal.replace("\r\n", "\n").replace("\r", "\n") for literal in literals]
        self.is_open = not last  # a value ends the text, and may end it with a line end
        self.literals = (*rest, last if last.endswith("\n") else f"{last}\n")
        self.slots = slots
        self.write = write
        whole = "\0".join(self.literals)  # so that no two literals make a line that is risky only together
        self._references = whole.lower().count("cid:")
        self.is_ascii = whole.isascii() and not risky_line.search(whole) and not plain.has_long_line(whole.encode())
        self.quoted = [_quoted_literal(literal, first=not at) for at, literal in enumerate(self.literals)]

    def value(self, slot: Field, given: str) -> str:
        """Give a value as it stands in this text, its line ends as LF."""
        value = self.write(given, slot.form)
        if "\0" in value:
            message = f"a value holds a NUL at character {value.index(chr(0))}; no mail text may (RFC 5322 4.1)"
            raise TemplateError(message, field=slot.name if slot.name.isidentifier() else None)
        return value.replace("\r\n", "\n").replace("\r", "\n") if "\r" in value else value

    def octets(self, values: Mapping[str, str], _: Mapping[str, object] = _NOTHING) -> bytes | None:
        """Give the part of a row; ``None`` where a value may refer to an inline file (RFC 2392)."""
        made = {slot: self.value(slot, values[slot.name]) for slot in dict.fromkeys(self.slots)}
        out = [self.literals[0]]
        for slot, literal in zip(self.slots, self.literals[1:], strict=True):
            out += (made[slot], literal)
        text = "".join(out)
        if self.is_open and (text == "\n" or text.endswith("\n\n")):
            out[-1] = ""  # the text has its last line end, or is empty
            text = text[:-1]
        if self.is_html and text.lower().count("cid:") != self._references:
            return None
        if self.is_ascii and text.isascii() and not risky_line.search(text):
            octets = text.encode("ascii")
            if not plain.has_long_line(octets):
                body = octets.replace(b"\n", b"\r\n")
                return b"%bContent-Transfer-Encoding: 7bit\r\n\r\n%b" % (self.header, body)
        encoded = {slot: quoted_value(value) for slot, value in made.items()}
        chunks = [self.quoted[0]]
        for slot, chunk in zip(self.slots, self.quoted[1:], strict=True):
            chunks += (encoded[slot], chunk)
        if not out[-1]:
            chunks[-1] = b""
        return b"%bContent-Transfer-Encoding: quoted-printable\r\n\r\n%b" % (self.header, b"".join(chunks))


def _quoted_literal(literal: str, *, first: bool) -> bytes:
    """Encode a literal; where a slot is before it or after it on its line, a soft line break is there."""
    encoded = quopri.encode(literal.encode())
    if encoded.endswith(b"=20") and not encoded.endswith(b"From=20"):
        encoded = encoded[:-3] + b" "  # it does not end the line
    encoded = _opened(encoded)
    if encoded and not encoded.endswith(b"\n"):
        encoded += _SOFT
    return encoded if first or literal.startswith("\n") else _SOFT + encoded


def quoted_value(value: str) -> bytes:
    """Encode a value that begins a line and is followed by a soft line break."""
    if _AS_IT_IS.fullmatch(value):
        return value.encode("ascii")
    encoded = b2a_qp(value.encode())
    if len(encoded) <= _WIDTH and b"\n" not in encoded and not encoded.startswith((b".", b"From ")):
        return encoded
    return _opened(quopri.encode(value.encode()))


def _opened(encoded: bytes) -> bytes:
    """See that the sign of a soft line break fits on the last line."""
    start = encoded.rfind(b"\n") + 1
    while len(encoded) - start > _WIDTH:
        cut = start + _WIDTH - 3
        sign = encoded.rfind(b"=", cut - 2, cut)
        cut = sign if sign >= 0 else cut
        rest = encoded[cut:]
        if rest.startswith((b".", b"From ")):
            rest = b"=%02X%b" % (rest[0], rest[1:])
        encoded = encoded[:cut] + _SOFT + rest
        start = cut + len(_SOFT)
    return encoded
