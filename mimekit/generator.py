"""
Generating: the octets of a message for the wire, and edits that touch one field.

RFC 5321 4.5.2 and 4.1.1.4: what is handed to SMTP has CRLF line ends, no bare CR or LF, no line over 998 octets and no
NUL; RFC 5322 3.6.3: no Bcc field that somebody else would see.  A message that was built has all that by construction;
one that was parsed is checked here, and nothing but its line ends and its Bcc fields is changed.

    root part -> octets, or a source of octets, for a `Delivery`

May import: `hidden`, `part`, `headers`, `codecs`, `wire`.  Imported by: `cli`, `delivering`, `message`, `replies`,
`strategies`.
"""

from __future__ import annotations

from mimekit import hidden
from mimekit.codecs import plain
from mimekit.errors import ContentError
from mimekit.frozen import Frozen, put
from mimekit.headers.address import AddressList
from mimekit.part import Part
from mimekit.wire import scan

__all__ = [
    "RESENT",
    "Stream",
    "body_parameter",
    "edited",
    "has_utf8_header",
    "on_top",
    "resent_block",
    "splice",
    "wire",
    "with_field_on_top",
    "without_hidden",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.headers.collection import Headers

RESENT = ("Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Bcc")
"""The address fields of a Resent block (RFC 5322 3.6.6)."""

_RECIPIENT_KEYS = (b"resent-to", b"resent-cc", b"resent-bcc")


class Stream(Frozen):
    """Octets that are made while they are read: a prefix and a built part; equal and picklable by those."""

    __slots__ = ("prefix", "root")

    prefix: bytes
    root: Part

    def __init__(self, prefix: bytes, root: Part) -> None:
        put(self, "prefix", prefix)
        put(self, "root", root)

    @property
    def size(self) -> int:
        """How many octets there are; no file is read for it."""
        return len(self.prefix) + self.root.size

    def __iter__(self) -> Iterator[bytes]:
        if self.prefix:
            yield self.prefix
        yield from self.root.chunks()


def wire(root: Part) -> bytes | Stream:
    """
    Give the octets to send: without Bcc and Resent-Bcc fields, CRLF line ends.

    Raises `ContentError` for NUL and for lines over 998 octets, which SMTP does not carry.
    """
    shown = without_hidden(root)
    if shown.is_built:
        return Stream(b"", shown) if shown.has_file() else shown.raw
    octets = shown.raw
    if b"\0" in octets:
        message = (
            f"the message holds a NUL at octet {octets.index(0)}, which SMTP does not carry (RFC 5321 2.3.8); "
            f'send msg.with_encoding("7bit")'
        )
        raise ContentError(message)
    if plain.has_long_line(octets):
        message = (
            f"the message has a line of {plain.longest_line(octets)} octets; the limit is 998 (RFC 5322 2.1.1); "
            f'send msg.with_encoding("7bit")'
        )
        raise ContentError(message)
    return octets


def without_hidden(root: Part) -> Part:
    """
    Give the message without its Bcc and Resent-Bcc fields; a parsed one gets CRLF line ends with that.

    Twice, for a lone CR hides what follows it from the first reading, and is a line end to the receiver.
    """
    if root.is_built:
        return hidden.cut(root)
    octets = hidden.cut_octets(plain.to_crlf(hidden.cut_octets(root.raw)))
    return root if octets == root.raw else Part.of_span(octets, 0, len(octets), limits=root.limits)


def on_top(field: bytes, source: bytes | Stream) -> bytes | Stream:
    """Put a field before the octets of a message; a signature below it stays what it is."""
    if isinstance(source, bytes):
        return field + source
    return Stream(field + source.prefix, source.root)


def body_parameter(root: Part) -> str | None:
    """Give the BODY parameter that the content needs (RFC 6152): ``8BITMIME``, or ``None``."""
    if root.is_built:
        is_7bit = root.headers.to_bytes().isascii() and all(octets.isascii() for octets in root.verbatim())
    else:
        is_7bit = root.raw.isascii()
    return None if is_7bit else "8BITMIME"


def has_utf8_header(root: Part) -> bool:
    """Tell whether a header of the message holds UTF-8 (RFC 6532); other 8-bit octets are no reason for SMTPUTF8."""
    if not root.is_built and root.raw.isascii():
        return False
    stack = [root]
    while stack:
        part = stack.pop()
        octets = part.headers.to_bytes()
        if not octets.isascii():
            try:
                octets.decode()
            except UnicodeDecodeError:
                return False
            return True
        stack += part.children
    return False


def resent_block(headers: Headers) -> dict[str, list[AddressList]]:
    """
    Read the address fields of the topmost Resent block (RFC 5322 3.6.6); empty when there is none.

    Blocks are put on top of each other: a field of another kind, or a second Resent-Date, -From, -Sender or
    -Message-ID, begins the next.  A second Resent-To loses nobody: it counts too.
    """
    block: dict[str, list[AddressList]] = {}
    seen: set[bytes] = set()
    canonical = {name.lower().encode(): name for name in RESENT}
    for line, key in headers.lines():
        if not key.startswith(b"resent-"):
            if seen:
                break
            continue
        if key in seen and key not in _RECIPIENT_KEYS:
            break
        seen.add(key)
        if key in canonical:
            read = AddressList.parse(line.partition(b":")[2], charset=headers.charset)
            block.setdefault(canonical[key], []).append(read)
    return block


def with_field_on_top(root: Part, octets: bytes) -> Part:
    """Put a finished field above all others; every octet below it stays."""
    if root.is_built:
        return _with_headers(root, root.headers.with_added(octets, top=True))
    whole = octets + root.raw
    return Part.of_span(whole, 0, len(whole), limits=root.limits)


def edited(root: Part, name: str, octets: bytes, *, top: bool | None) -> Part:
    """Put *octets* in place of the field, on top (True) or at the end (False); ``b""`` drops it."""
    if root.is_built and name.lower() not in ("content-type", "content-transfer-encoding"):
        headers = root.headers
        if not octets:
            return _with_headers(root, headers.without(name))
        changed = headers.with_field(name, octets) if top is None else headers.with_added(octets, top=top)
        return _with_headers(root, changed)
    spliced = splice(root, name, octets, top=top)
    return Part.of_span(spliced, 0, len(spliced), limits=root.limits)


def _with_headers(root: Part, headers: Headers) -> Part:
    return Part(headers, root.pieces, children=root.children, embedded=root.embedded)


def splice(root: Part, name: str, octets: bytes, *, top: bool | None) -> bytes:
    """
    Give the octets of *root* with a field put in place of those of that name; every other octet stays.

    *octets* is the whole field with its line end; ``b""`` drops the fields.  *top* None replaces the first of them, or
    appends when there is none; True and False add a field on top or after the last one.
    """
    raw = root.raw
    key = name.lower().encode("utf-8", "surrogatepass")
    spans: list[tuple[int, int]] = []
    offset = first = 0
    for line, found in root.headers.lines():
        if top is None and found == key:
            spans.append((offset, min(offset + len(line) + 1, len(raw))))
        if not found and first == offset:
            first = offset + len(line) + 1  # a line that is no field stays on top: it would continue ours
        offset += len(line) + 1
    end = min(offset, len(raw))
    if not spans:
        at = first if top else end
        ended = raw[:at] if at == 0 or raw[at - 1 : at] == b"\n" else raw[:at] + scan.line_end_style(raw, 0, len(raw))
        return ended + octets + raw[at:]
    pieces = [raw[: spans[0][0]], octets]
    position = spans[0][1]
    for start, stop in spans[1:]:
        pieces.append(raw[position:start])
        position = stop
    pieces.append(raw[position:])
    made = b"".join(pieces)
    if b"" in [found for _, found in root.headers.lines()]:
        hidden.same_reading(raw, made, (key,), name)
    return made
