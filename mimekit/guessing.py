"""
Guessing: which media type a file has, by the extension of its name, and its charset, by its octets.

RFC 2046 4.1.2 and 4.1.4: text without a charset is US-ASCII, and text that cannot be read as such is octets.

    a file name, octets or a file -> a media type, with the charset of text

May import: `files`.  Imported by: `compose`.
"""

from __future__ import annotations

import os
from functools import lru_cache

__all__ = ["media_type"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimekit.files import File

_OFFICE = "application/vnd.openxmlformats-officedocument"
# What is sent often, and not in the table of every Python from 3.11 on.
_MORE_TYPES = {
    ".ics": "text/calendar",
    ".eml": "message/rfc822",
    ".md": "text/markdown",
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".odt": "application/vnd.oasis.opendocument.text",
    ".ods": "application/vnd.oasis.opendocument.spreadsheet",
    ".gz": "application/gzip",
    ".7z": "application/x-7z-compressed",
    ".webp": "image/webp",
    ".avif": "image/avif",
}


@lru_cache(maxsize=1)
def _types() -> dict[str, str]:
    """Give the table of media types by extension; the standard library's own, not the machine's."""
    from mimetypes import MimeTypes

    return MimeTypes().types_map[True] | _MORE_TYPES


def media_type(name: str, source: bytes | File) -> str:
    r"""
    Give the media type that the extension of *name* says, and the charset of text that is UTF-8.

    Text of another charset is of one that nobody said: without a charset it would be US-ASCII (RFC 2046 4.1.2), and
    what cannot be read as text is an octet-stream (4.1.4).  XML says its charset itself (RFC 7303 3).

    >>> media_type("notes.txt", b"Gr\xc3\xbcn"), media_type("notes.txt", b"Gr\xfcn")
    ('text/plain; charset=utf-8', 'application/octet-stream')
    """
    guessed = _by_name(name)
    if not guessed.startswith("text/"):
        return guessed
    if _is_utf8(source):
        return f"{guessed}; charset=utf-8"
    return "application/xml" if guessed == "text/xml" else "application/octet-stream"


def _is_utf8(source: bytes | File) -> bool:
    try:
        if isinstance(source, bytes):
            source.decode()
            return True
        from codecs import getincrementaldecoder

        decoder = getincrementaldecoder("utf-8")()
        for block in source.blocks():
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(maxsize=256)
def _by_name(name: str) -> str:
    extension = os.path.splitext(name)[1].lower()  # noqa: PTH122 - no pathlib at import
    guessed = _types().get(extension, "application/octet-stream")
    # An attachment is octets in base64, which these types forbid (RFC 2045 6.4).
    return "application/octet-stream" if guessed.startswith(("message/", "multipart/")) else guessed
