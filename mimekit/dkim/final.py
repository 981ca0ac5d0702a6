"""
Final octets: a message as a signature sees it, read once and refused when some relay would have to repair it.

RFC 6376 5.3: what is not in its final form before it is signed is put into it later, by somebody else, and then the
signature does not fit any more.  So line ends, line lengths, 8-bit octets and the end of the last line are looked at
here, whether the octets are there or come in pieces; and in the header what verifiers do not read alike.

    octets, whole or in pieces -> the fields, canonicalised, and the digest of the body

May import: `errors`, `codecs`, `wire`, `dkim.canonical`.  Imported by: `dkim.sign`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.codecs import plain
from mimekit.dkim import canonical
from mimekit.errors import DkimError, show
from mimekit.wire import scan

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import NoReturn

    Fields = dict[bytes, list[bytes]]

__all__ = ["Final"]

_SHOWN = 40
_CONTROLS = bytes([code for code in range(0x20) if code not in b"\t\r\n"])
_high = re.compile(rb"[\x80-\xff]")
_control = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_obsolete = re.compile(rb"(?m)^([!-9;-~\x80-\xff]++)[ \t]++:")


class Final:
    """What a signature needs of a message: its header block, and the digest of its body in each form."""

    __slots__ = ("_fields", "_header", "digests")

    digests: dict[str, bytes]

    def __init__(self, header: bytes, digests: dict[str, bytes]) -> None:
        if len(header.translate(None, _CONTROLS)) != len(header):
            _refuse_control(header)
        self._header = header
        self._fields: dict[str, Fields] = {}
        self.digests = digests

    @classmethod
    def of_octets(cls, octets: bytes, bodies: Iterable[str], *, allow_8bit: bool | None = False) -> Final:
        """
        Read a message that is there, its body in the forms *bodies*; raise `DkimError` for what cannot be signed.

        *allow_8bit* ``None`` is False, and cannot be asked for.
        """
        _check(octets, allow_8bit=allow_8bit)
        if octets and octets[-2:] != b"\r\n":
            _refuse_open_end(octets)
        at = -2 if octets[:2] == b"\r\n" else octets.find(b"\r\n\r\n")
        header, body = (octets, b"") if at == -1 else (octets[: at + 2], octets[at + 4 :])
        return cls(header, {name: canonical.body_digest(body, name) for name in bodies})

    @classmethod
    def of_chunks(cls, chunks: Iterable[bytes], bodies: Iterable[str], *, allow_8bit: bool | None = False) -> Final:
        """Read a message that comes in pieces, and hold no more of it than its header."""
        hashers = {name: canonical.BodyHasher(name) for name in bodies}
        header: list[bytes] = []
        in_header = True
        for lines in _whole_lines(chunks, allow_8bit=allow_8bit):
            body = lines
            if in_header:
                at = -2 if lines[:2] == b"\r\n" else lines.find(b"\r\n\r\n")
                if at == -1:
                    header.append(lines)
                    continue
                in_header = False
                header.append(lines[: at + 2])
                body = lines[at + 4 :]
            for hasher in hashers.values():
                hasher.update(body)
        return cls(b"".join(header), {name: hasher.digest() for name, hasher in hashers.items()})

    def fields(self, name: str) -> Fields:
        """Give the canonicalised fields, by their names."""
        found = self._fields.get(name)
        if found is None:
            found = canonical.fields(self._header, name, has_crlf=True)
            if found is None:
                self._refuse_junk()
            if not all(map(bytes.isascii, found)):
                _refuse_name(next(key for key in found if not key.isascii()))
            self._fields[name] = found
        return found

    def copies(self, names: Iterable[str]) -> list[bytes]:
        """Give the fields of these names as they stand, without their final line ends."""
        fields = self.fields("simple")
        return [line for name in names for line in fields.get(name.encode(), ())]

    def _refuse_junk(self) -> NoReturn:
        obsolete = _obsolete.search(self._header)
        if obsolete is not None:
            name = obsolete[1].decode("latin-1")
            found = (
                f"the field {show(name)} has a blank before its colon, with which some verifiers refuse the whole "
                f"message (RFC 5322 4.5.8)"
            )
            _refuse("field", found, f'write "{show(name)[1:-1]}:" without it before signing')
        junk = next((line for line in scan.split_fields(self._header)[0] if not scan.is_field(line)), b"")
        found = (
            f"the header has a line that is no field, {show(junk)}, which relays read in different ways (RFC 5322 2.2)"
        )
        _refuse("field", found, "take it out before signing")


def _refuse(kind: str, found: str, way_out: str) -> NoReturn:
    message = f"{found}; {way_out}"
    raise DkimError(message, found=found, kind=kind)


def _refuse_name(key: bytes) -> NoReturn:
    found = f"the field {show(key)} has no name in ASCII, with which some verifiers refuse the message (RFC 5322 2.2)"
    _refuse("field", found, "take it out before signing: a field name is ASCII, also where UTF-8 is allowed")


def _refuse_control(header: bytes) -> NoReturn:
    found = _control.search(header)
    at = found.start() if found else 0
    line = next((line for line in scan.split_fields(header)[0] if _control.search(line)), b"")
    name = line.partition(b":")[0]
    where = f"the field {show(name.decode('latin-1'))}" if scan.is_field(line) else "the header"
    text = (
        f"{where} holds the control character {header[at]:#04x} at octet {at}, over which verifiers disagree "
        f"(RFC 5322 2.2)"
    )
    _refuse("field", text, "take it out before signing")


def _whole_lines(chunks: Iterable[bytes], *, allow_8bit: bool | None) -> Iterator[bytes]:
    """Yield the octets again, cut after line ends and checked."""
    rest = b""
    offset = 0
    for chunk in chunks:
        octets = rest + chunk if rest else chunk
        end = octets.rfind(b"\r\n") + 2
        if end > 1:
            lines = octets[:end]
            _check(lines, allow_8bit=allow_8bit, offset=offset)
            yield lines
            offset += end
            rest = octets[end:]
        else:
            rest = octets
        if len(rest) > plain.LINE_LIMIT + 1:
            _check(rest, allow_8bit=allow_8bit, offset=offset)
    if rest:
        _check(rest, allow_8bit=allow_8bit, offset=offset)
        _refuse_open_end(rest)


def _check(octets: bytes, *, allow_8bit: bool | None, offset: int = 0) -> None:
    """Raise for what a relay may or must change (RFC 6376 5.3); *offset* is where the octets stand in the message."""
    pairs = octets.count(b"\r\n")
    if octets.count(b"\n") != pairs or octets.count(b"\r") != pairs:
        _refuse_line_end(octets, offset)
    if not allow_8bit and not octets.isascii():
        _refuse_8bit(octets, offset, allow_8bit=allow_8bit)
    if plain.has_long_line(octets):
        _refuse_long_line(octets, offset)


def _refuse_line_end(octets: bytes, offset: int) -> None:
    masked = octets.replace(b"\r\n", b"  ")
    at = min([place for place in (masked.find(b"\r"), masked.find(b"\n")) if place >= 0])
    if masked[at:] == b"\r":
        return  # the other half may still come
    name = "CR" if masked[at : at + 1] == b"\r" else "LF"
    text = (
        f"the message has a bare {name} at octet {offset + at}, which relays turn into CRLF and so break the signature "
        f"(RFC 6376 5.3, RFC 5321 2.3.8)"
    )
    _refuse("line-end", text, 'write CRLF line ends, as msg.with_encoding("7bit") does')


def _refuse_8bit(octets: bytes, offset: int, *, allow_8bit: bool | None) -> None:
    found = _high.search(octets)
    at = found.start() if found else 0
    other = "" if allow_8bit is None else ", or pass allow_8bit=True when no such relay is on the way"
    text = (
        f"the message holds the octet {octets[at]:#04x} at octet {offset + at}, and a relay without 8BITMIME has to "
        f"encode it, which breaks the signature (RFC 6376 5.3)"
    )
    _refuse("8bit", text, f'sign msg.with_encoding("7bit"){other}')


def _refuse_long_line(octets: bytes, offset: int) -> None:
    lines = octets.split(b"\n")
    number = next(at for at, line in enumerate(lines) if len(line) - line.endswith(b"\r") > plain.LINE_LIMIT)
    at = offset + sum([len(line) + 1 for line in lines[:number]])
    text = (
        f"the message has a line of over {plain.LINE_LIMIT} octets at octet {at}, which relays break, and the "
        f"signature with it (RFC 5322 2.1.1)"
    )
    _refuse("long-line", text, 'sign msg.with_encoding("7bit"), or fold the field')


def _refuse_open_end(octets: bytes) -> None:
    line = octets.rpartition(b"\n")[2]
    text = (
        f"the message ends in {show(line[-_SHOWN:])}, without CRLF, which SMTP will add and verifiers read in "
        f"different ways (RFC 5321 4.1.1.4)"
    )
    _refuse("open-end", text, "end the last line with CRLF")
