"""
The header of an entity: where it ends, and what it says of the body.

RFC 2045 3 calls these the MIME header fields.  Most parts of most messages have one of a few headers, so what is read
of a small one is remembered, for every part that has the same octets.

    octets of a part -> Headers, where its body begins; Headers -> media type, disposition, name of the encoding

May import: `headers`, `codecs`, `wire`, `limits`.  Imported by: `faults`, `part`.
"""

from __future__ import annotations

from functools import lru_cache

from mimekit.codecs import charset
from mimekit.headers import content
from mimekit.headers.collection import Headers
from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire import fold, scan

__all__ = ["content_type", "disposition", "encoding_name", "scan_header"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mmap import mmap

    from mimekit.headers.content import ContentDisposition, ContentType
    from mimekit.limits import Limits

_SMALL = 200  # octets of a header that other parts are likely to have too
_SHORT = 120  # octets of a field body that is worth remembering


def scan_header(buffer: bytes | mmap, start: int, end: int, limits: Limits) -> tuple[Headers, int, int]:
    """Read the header at *start*: ``(headers, where the fields end, where the body begins)``."""
    found = scan.plain_block(buffer, start, end)
    if found is not None:
        block, body_start = found[1], found.end()
        fields_end = start + len(block)
        if len(block) < _SMALL and limits is DEFAULT_LIMITS:
            return _small(block), fields_end, body_start
        headers = Headers.within(block, limits)
        if headers is not None:
            return _in_own_charset(headers, limits), fields_end, body_start
    headers, fields_end, body_start = Headers.scan_lines(buffer, start, end, limits)
    return _in_own_charset(headers, limits), fields_end, body_start


@lru_cache(maxsize=512)
def _small(block: bytes) -> Headers:
    return _in_own_charset(Headers.of_block(block), DEFAULT_LIMITS)


def _in_own_charset(headers: Headers, limits: Limits) -> Headers:
    """Read raw 8-bit octets by the charset that the header declares for the body, where they are not UTF-8."""
    if headers.is_ascii:
        return headers
    raw = headers.raw("Content-Type")
    declared = None if raw is None else content.ContentType.parse(raw, limits=limits)
    return headers.in_charset(declared.charset) if declared is not None and declared.charset else headers


def content_type(headers: Headers, limits: Limits) -> ContentType | None:
    """Read the media type (RFC 2045 5); text/plain when the field is unreadable, ``None`` when it is absent."""
    raw = headers.raw("Content-Type")
    if raw is None:
        return None
    if len(raw) < _SHORT and limits is DEFAULT_LIMITS and raw.isascii():
        return _known_type(raw)
    return content.ContentType.parse(raw, limits=limits, charset=headers.charset) or content.default_type("text/plain")


def disposition(headers: Headers, limits: Limits) -> ContentDisposition | None:
    """Read the Content-Disposition (RFC 2183)."""
    raw = headers.raw("Content-Disposition")
    if raw is None:
        return None
    if len(raw) < _SHORT and limits is DEFAULT_LIMITS and raw.isascii():
        return _known_disposition(raw)
    return content.ContentDisposition.parse(raw, limits=limits, charset=headers.charset)


def encoding_name(headers: Headers) -> str | None:
    """Give the value of Content-Transfer-Encoding (RFC 2045 6) as it is written, unfolded."""
    raw = headers.raw("Content-Transfer-Encoding")
    return None if raw is None else _encoding_name(raw[:_SHORT])


# The same few values stand in nearly every message; a value is immutable, so it can be shared.
@lru_cache(maxsize=512)
def _known_type(raw: bytes) -> ContentType:
    return content.ContentType.parse(raw) or content.default_type("text/plain")


@lru_cache(maxsize=512)
def _known_disposition(raw: bytes) -> ContentDisposition | None:
    return content.ContentDisposition.parse(raw)


@lru_cache(maxsize=64)
def _encoding_name(raw: bytes) -> str:
    return charset.decode_raw(fold.unfold(raw).strip(b" \t\r\n"))
