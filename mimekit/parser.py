"""
Parsing: octets become a `Message`, and never fail to.

`parse` finds nothing yet; it hands the buffer over.  ``strict=True`` looks at everything and raises for the first
defect.  An mbox (RFC 4155) is split at its separator lines, or by Content-Length where its lines agree with it.

    bytes, bytearray, memoryview, mmap -> Message

May import: `message`, `part`, `headers`, `wire`.  Imported by: the façade, `cli`, `dkim`, `lint`, `maildir`, `ses`,
`strategies`, `testing`.
"""

from __future__ import annotations

import re
from functools import cache

from mimekit.errors import DefectError
from mimekit.frozen import put
from mimekit.limits import DEFAULT_LIMITS
from mimekit.message import Message
from mimekit.part import Part
from mimekit.wire import scan

__all__ = ["MboxMessage", "parse", "parse_headers", "parse_mbox"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from mmap import mmap

    from mimekit.headers.collection import Headers
    from mimekit.limits import Limits

    Octets = bytes | bytearray | memoryview | mmap
    Buffer = bytes | mmap

# RFC 4155: "From ", an address, a date.  Only the time of day is common to all the dates that are found there;
# Netscape and its heirs write a dash for the address, and some tools then leave the date out.

_BOM = b"\xef\xbb\xbf"


@cache
def _munged() -> re.Pattern[bytes]:
    return re.compile(rb"(?m)^>(>*From )")


@cache
def _length() -> re.Pattern[bytes]:
    return re.compile(rb"(?i)(?:\A|\n)Content-Length:[ \t]*+([0-9]{1,18})[ \t]*+\r?(?:\n|\Z)")


@cache
def _separator() -> re.Pattern[bytes]:
    return re.compile(rb"From (?:-[ \t\r]*+\Z|[^\n]*?[0-9]:[0-5][0-9])")


def _buffer(data: Octets) -> Buffer:
    """Give what the offsets are in; `bytearray` and `memoryview` are copied once, an `mmap` is kept."""
    if isinstance(data, bytes):
        return data
    if isinstance(data, (bytearray, memoryview)):
        return bytes(data)
    if isinstance(data, str):
        message = (
            "parse takes octets, not str: a message is bytes, and its parts have their own charsets; "
            "open the file with mode 'rb', or encode the text you made"
        )
        raise TypeError(message)
    if hasattr(data, "find") and hasattr(data, "madvise"):
        return data
    message = f"parse takes bytes, bytearray, memoryview or mmap, not {type(data).__name__}"
    raise TypeError(message)


def parse(data: Octets, *, strict: bool = False, limits: Limits = DEFAULT_LIMITS) -> Message:
    r"""
    Parse one message (RFC 5322, MIME); never raises, whatever the octets, unless *strict*.

    ``parse(data).to_bytes() == data``.  With *strict* the first defect, a passed limit included, is a `DefectError`.

    >>> parse(b"Subject: Hi\r\n\r\nHello\r\n").text
    'Hello\n'
    """
    buffer = _buffer(data)
    message = Message.of(Part.of_span(buffer, 0, len(buffer), limits=limits))
    if strict and message.defects:
        raise DefectError(message.defects[0])
    return message


def parse_headers(data: Octets, *, limits: Limits = DEFAULT_LIMITS) -> Headers:
    r"""
    Parse the header block at the start of *data*; the body is not looked at.

    >>> parse_headers(b"Subject: Hi\r\n\r\nHello\r\n")["subject"]
    'Hi'
    """
    buffer = _buffer(data)
    return Part.of_span(buffer, 0, len(buffer), limits=limits).headers


class MboxMessage(Message):
    """
    One message of an mbox file: read over its unescaped octets, the escaped ones kept.

    ``separator`` is its ``From `` line without the line end; ``escaped`` the octets as they stand in the file.
    """

    __slots__ = ("escaped", "separator")

    escaped: bytes
    separator: bytes

    @classmethod
    def of_mbox(cls, part: Part, separator: bytes, escaped: bytes) -> MboxMessage:
        """Wrap the root part of a message and what the mailbox file says of it."""
        made = cls.__new__(cls)
        made._fill(part)
        put(made, "separator", separator)
        put(made, "escaped", escaped)
        return made

    def __reduce__(self) -> tuple[object, ...]:
        return MboxMessage.of_mbox, (self.root, self.separator, self.escaped)


def parse_mbox(data: Octets, *, limits: Limits = DEFAULT_LIMITS) -> Iterator[MboxMessage]:
    """
    Yield the messages of an mbox file (RFC 4155), in order; never raises.

    A separator is a line that begins with ``From `` and holds a time of day (or is ``From -``), or follows an empty
    line and holds an ``@``; a byte order mark before the first is passed over.  A Content-Length is believed when a
    separator or the end of the file follows.  ``>From `` lines of a body lose one ``>`` (mboxrd); the octets of the
    file stay in ``escaped``.
    """
    buffer = _buffer(data)
    end = len(buffer)
    position = len(_BOM) if buffer[0 : len(_BOM) + 5] == _BOM + b"From " else 0
    while position < end and buffer[position : position + 1] in (b"\r", b"\n"):
        position += 1
    while position < end:
        separator = b""
        if buffer[position : position + 5] == b"From ":
            line_end = buffer.find(b"\n", position)
            line_end = end if line_end < 0 else line_end + 1
            separator = buffer[position:line_end].rstrip(b"\r\n")
            position = line_end
        stop, following = _message_end(buffer, position, end)
        escaped = buffer[position:stop]
        yield _mbox_message(escaped, separator, limits)
        position = following


def _mbox_message(escaped: bytes, separator: bytes, limits: Limits) -> MboxMessage:
    octets = escaped
    if b"\n>" in escaped:
        _, body = scan.blank_line(escaped, 0, len(escaped))
        octets = escaped[:body] + _munged().sub(rb"\1", escaped[body:])
    return MboxMessage.of_mbox(Part.of_span(octets, 0, len(octets), limits=limits), separator, escaped)


def _message_end(buffer: Buffer, start: int, end: int) -> tuple[int, int]:
    """Give where the message at *start* ends, and where the next separator begins."""
    following = buffer.find(b"\nFrom ", start, end)  # a header ends before it: no need to look further
    blank, body = scan.blank_line(buffer, start, end if following < 0 else following + 1)
    length = _length().search(buffer[start:blank])
    if length is not None and body + int(length[1]) <= end:
        stop = after = body + int(length[1])
        while after < end and buffer[after : after + 1] in (b"\r", b"\n"):
            after += 1
        if after == end or (after > stop and buffer[after : after + 5] == b"From "):
            return stop, after
    at = buffer.find(b"From ", start, end)
    while at >= 0:
        before = buffer[max(start, at - 3) : at]
        if at == start or before.endswith(b"\n"):
            line_end = buffer.find(b"\n", at, end)
            line = buffer[at : end if line_end < 0 else line_end]
            after_blank = at == start or before.endswith((b"\n\n", b"\n\r\n"))
            if _separator().match(line) or (after_blank and b"@" in line):
                # the empty line before a separator belongs to the mailbox, not to the message
                blank_octets = 0 if not after_blank or at == start else 2 if before.endswith(b"\r\n") else 1
                return at - blank_octets, at
        at = buffer.find(b"From ", at + 5, end)
    return end, end
