"""
Media types: their misspellings, the file extensions that go with them, and the first octets of their formats.

What rules know of the registry of media types (RFC 6838), and of formats that say what they are (magic octets).

    essence, extension, first octets -> essence

May import: `codecs`.  Imported by: `lint.rules.mime`, `lint.rules.mime_dispositions`.
"""

from __future__ import annotations

from binascii import Error, a2b_base64, a2b_qp
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mimekit.lint.view import Entity

__all__ = [
    "EXECUTABLE",
    "EXTENSIONS",
    "GENERIC",
    "KNOWN",
    "MISSPELLED",
    "TOP_LEVEL",
    "ZIPPED",
    "extension",
    "from_octets",
    "head",
]

TOP_LEVEL = frozenset(
    ["application", "audio", "example", "font", "haptics", "image", "message", "model", "multipart", "text", "video"]
)
"""The registered top-level types (RFC 6838 4.2, RFC 8081, RFC 9695)."""

GENERIC = frozenset({"application/octet-stream", "application/binary", "application/unknown", "application/x-unknown"})
"""Types that say only that these are octets."""

MISSPELLED: dict[str, str] = dict(
    line.split()
    for line in """
image/jpg image/jpeg
image/jpe image/jpeg
image/jfif image/jpeg
image/pjpg image/jpeg
image/pjpeg image/jpeg
image/x-jpeg image/jpeg
image/x-jpg image/jpeg
image/x-png image/png
image/x-citrix-png image/png
image/x-citrix-jpeg image/jpeg
image/x-gif image/gif
image/tif image/tiff
image/x-tiff image/tiff
image/svg image/svg+xml
image/svg-xml image/svg+xml
image/x-webp image/webp
application/x-pdf application/pdf
application/acrobat application/pdf
application/vnd.pdf application/pdf
application/pdf-file application/pdf
image/pdf application/pdf
text/pdf application/pdf
application/octetstream application/octet-stream
application/octet application/octet-stream
application/octet_stream application/octet-stream
application/octect-stream application/octet-stream
application/octec-stream application/octet-stream
application/octed-stream application/octet-stream
application/octest-stream application/octet-stream
application/octet-steam application/octet-stream
application/octets-stream application/octet-stream
application/octat-stream application/octet-stream
application/otect-stream application/octet-stream
application/ocetet-stream application/octet-stream
applicaton/octet-stream application/octet-stream
appication/octet-stream application/octet-stream
applicaiton/octet-stream application/octet-stream
application/excel application/vnd.ms-excel
application/msexcel application/vnd.ms-excel
application/ms-excel application/vnd.ms-excel
application/x-msexcel application/vnd.ms-excel
application/x-excel application/vnd.ms-excel
application/xls application/vnd.ms-excel
application/powerpoint application/vnd.ms-powerpoint
application/mspowerpoint application/vnd.ms-powerpoint
application/ms-powerpoint application/vnd.ms-powerpoint
application/word application/msword
application/ms-word application/msword
application/x-msword application/msword
application/doc application/msword
application/x-zip application/zip
application/x-zip-compressed application/zip
application/zip-compressed application/zip
application/x-gzip application/gzip
application/x-json application/json
application/x-rtf application/rtf
application/x-javascript text/javascript
application/javascript text/javascript
audio/mp3 audio/mpeg
audio/x-mp3 audio/mpeg
audio/x-mpeg audio/mpeg
text/htm text/html
text/x-html text/html
text/hmtl text/html
text/txt text/plain
text/text text/plain
text/plan text/plain
text/plane text/plain
text/x-vcard text/vcard
text/x-csv text/csv
text/comma-separated-values text/csv
text/ics text/calendar
text/x-calendar text/calendar
multipart/alternate multipart/alternative
multipart/alternatives multipart/alternative
multipart/alternativ multipart/alternative
multipart/alterative multipart/alternative
multipart/altenative multipart/alternative
multipart/mix multipart/mixed
multipart/mixd multipart/mixed
multipart/relate multipart/related
multipart/releated multipart/related
multipart/realted multipart/related
message/rfc-822 message/rfc822
message/rfc882 message/rfc822
message/rfc2822 message/rfc822
message/rfc5322 message/rfc822
""".strip().splitlines()
)
"""Wrong names of media types that programs are known to write, and the registered ones."""

_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"

# For each extension the type to write, then others that are written for the same format.
_EXTENSIONS = f"""
pdf   application/pdf
png   image/png
jpg   image/jpeg
jpeg  image/jpeg
gif   image/gif
webp  image/webp
bmp   image/bmp image/x-ms-bmp image/x-bmp
tif   image/tiff
tiff  image/tiff
svg   image/svg+xml text/xml application/xml text/plain
zip   application/zip multipart/x-zip
gz    application/gzip application/x-tar
docx  {_OOXML}.wordprocessingml.document
xlsx  {_OOXML}.spreadsheetml.sheet
pptx  {_OOXML}.presentationml.presentation
odt   {_ODF}.text application/x-vnd.oasis.opendocument.text
ods   {_ODF}.spreadsheet application/x-vnd.oasis.opendocument.spreadsheet
odp   {_ODF}.presentation
doc   application/msword application/vnd.ms-word application/rtf
xls   application/vnd.ms-excel text/csv text/html text/tab-separated-values
ppt   application/vnd.ms-powerpoint
rtf   application/rtf text/rtf text/richtext application/msword text/plain
html  text/html application/xhtml+xml text/plain
htm   text/html application/xhtml+xml text/plain
csv   text/csv application/csv application/vnd.ms-excel text/plain
ics   text/calendar application/ics text/plain
vcf   text/vcard text/directory text/plain
xml   application/xml text/xml text/plain
json  application/json text/json text/plain
mp3   audio/mpeg
wav   audio/wav audio/x-wav audio/wave audio/vnd.wave
mp4   video/mp4 audio/mp4 application/mp4
mov   video/quicktime
eml   message/rfc822 message/global text/plain
""".strip()

EXTENSIONS: dict[str, tuple[str, ...]] = {
    name: tuple(types) for name, *types in map(str.split, _EXTENSIONS.splitlines())
}
"""Extension in lower case to the types that its format has, the registered one first."""

KNOWN = frozenset([kind for kinds in EXTENSIONS.values() for kind in kinds])
"""Types whose format is known here."""

ZIPPED = frozenset(["application/zip", *[kind for name in ("docx", "xlsx", "pptx", "odt", "ods", "odp")
                                         for kind in EXTENSIONS[name]], "multipart/x-zip"])  # fmt: skip
"""Types whose format is a ZIP archive inside."""

_MAGIC = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
)
EXECUTABLE = "application/vnd.microsoft.portable-executable"
_HEAD = 96  # octets that tell any of these formats


def extension(filename: str | None) -> str:
    """Give the extension of a file name in lower case, without its dot; empty when there is none."""
    stem, dot, last = (filename or "").rpartition(".")
    return last.strip().lower() if dot and stem else ""


def from_octets(octets: bytes) -> str | None:
    """
    Name the format that the first octets of a body tell; ``None`` when they tell none of those known here.

    >>> from_octets(b"%PDF-1.7"), from_octets(b"Hello")
    ('application/pdf', None)
    """
    for magic, kind in _MAGIC:
        if octets.startswith(magic):
            return kind
    if octets[:4] == b"RIFF" and octets[8:12] == b"WEBP":
        return "image/webp"
    # Two letters alone may begin a text; a program has zeros in its first lines.
    return EXECUTABLE if octets[:2] == b"MZ" and b"\0" in octets else None


def head(entity: Entity) -> bytes:
    """Decode the first octets of a leaf's body, however long it is."""
    part = entity.part
    size = 2 * _HEAD
    if entity.outside is None:
        start = part.body_start
        raw = entity.mail.octets[start : min(start + size, part.end)]
    else:
        raw = part.raw_body[:size]
    encoding = part.transfer_encoding
    if encoding == "base64":
        characters = raw.translate(None, b" \t\r\n")
        try:
            return a2b_base64(characters[: len(characters) - len(characters) % 4])
        except Error:
            return b""
    return a2b_qp(raw) if encoding == "quoted-printable" else raw
