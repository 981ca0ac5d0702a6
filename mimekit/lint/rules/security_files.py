r"""
Rules about files that come with a message (family X): what they are called, and what they do when they are opened.

RFC 2183 2.3 and 5 warn of names that choose a path; the types are those that large providers do not deliver.

    leaves -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.codecs import transfer
from mimekit.errors import MimekitError
from mimekit.finding import Fix
from mimekit.headers import filenames
from mimekit.lint import makers_security
from mimekit.lint.rule import rule
from mimekit.lint.rules.mime_edits import rewritten
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Edit
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity

__all__: list[str] = []

_ = makers_security  # which enters the makers of the examples

# What runs when it is opened: programs, scripts, shortcuts, installers, disk images, documents with macros.
_RUNS = frozenset(
    [
        *("ade", "adp", "apk", "appx", "appxbundle", "bat", "cab", "chm", "cmd", "com", "cpl", "deb", "diagcab"),
        *("diagcfg", "dll", "dmg", "exe", "hta", "img", "inf", "ins", "iso", "isp", "jar", "jnlp", "js", "jse", "lib"),
        *("lnk", "mde", "mjs", "msc", "msi", "msix", "msixbundle", "msp", "mst", "nsh", "pif", "pkg", "ps1", "psm1"),
        *("reg", "rpm", "scf", "scr", "sct", "settingcontent-ms", "shb", "sys", "url", "vb", "vbe", "vbs", "vhd"),
        *("vhdx", "vxd", "wsc", "wsf", "wsh", "xll", "docm", "dotm", "xlsm", "xltm", "xlam", "xlsb", "pptm", "potm"),
        *("ppam", "ppsm", "sldm"),
    ]
)
_EXTENSION = re.compile(r"\.([A-Za-z0-9\-]{1,18})[. ]*+\Z")
_DOCUMENTS = (
    "pdf|docx?|xlsx?|pptx?|rtf|odt|ods|txt|csv|html?|jpe?g|png|gif|bmp|tiff?|webp|mp[34]|avi|mov|wav|zip|rar|7z|eml|ics"
)
_DOUBLE = re.compile(rf"(?i)\.(?:{_DOCUMENTS})[ _\-]*+\.([a-z0-9\-]{{1,18}})[. ]*+\Z")
_PADDED = re.compile(r"[\s\u00a0\u2000-\u200a\u3000]{4,}\.[A-Za-z0-9]{1,18}\s*\Z")
_HIDDEN = re.compile(r"(?i)\.([a-z0-9\-]{2,18})[\s\u00a0]+\.[a-z0-9]{1,18}\Z")
_PATH = re.compile(r"[/\\]|\A[A-Za-z]:|\A\.|\A~")
_RESERVED = re.compile(r"(?i)(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\.|\Z)")
_MOST = 255  # octets of one name, on most file systems

# The octets that such files begin with.
_MAGIC = (
    (b"MZ", "a program for Windows"),
    (b"\x7fELF", "a program for Linux"),
    (b"\xca\xfe\xba\xbe", "a program for macOS or Java"),
    (b"\xcf\xfa\xed\xfe", "a program for macOS"),
    (b"\xfe\xed\xfa\xcf", "a program for macOS"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "a shortcut of Windows"),
    (b"#!/", "a script"),
    (b"ITSF\x03\x00\x00\x00", "a help file that runs scripts"),
)
_ARCHIVES = (b"PK\x03\x04", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07")
_AES_7Z = b"\x06\xf1\x07\x01"
_HEAD = 64  # octets of a body that are looked at for what it is


@rule("X009", severity="error", looks_at="part", marks=["file"], reference="CWE-451", implies=["M009", "S005", "X010"])
def double_extension(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A file name ends as a document and then as a program, or has blanks that push its real end out of view.

    Why it matters: mail programs and desktops hide the last extension, so a person opens what seems a document.

    Bad:
        @make attached invoice.pdf.exe application/octet-stream 00

    Good:
        @make attached invoice.pdf application/pdf 255044462d312e370a

    References: CWE-451; MITRE ATT&CK T1036.007
    """
    name = entity.part.filename if entity.is_leaf else None
    if not name or "." not in name:
        return
    double = _DOUBLE.search(name)
    hidden = _HIDDEN.search(name)
    if double is not None and double[1].lower() in _RUNS:
        yield _hit(entity, f"the file name {show(name)} ends as a document and then as a program")
    elif _PADDED.search(name) or (hidden is not None and hidden[1].lower() in _RUNS):
        yield _hit(entity, f"the file name {show(name)} has blanks that hide its real end")


def _hit(entity: Entity, text: str, fix: Fix | None = None) -> Hit:
    """Say what is wrong with the file name of a part, where it is written."""
    for key in ("content-disposition", "content-type"):
        field = entity.field(key)
        if field is not None and b"name" in field.raw.lower():
            return field.hit(text, fix=fix)
    return entity.hit(text, fix)


@rule(
    "X010",
    severity="warning",
    looks_at="part",
    marks=["file"],
    reference="CWE-434",
    implies=["M009", "M010", "M011", "S005"],
)
def executable_attachment(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A file that comes with the message is a program, a script, a shortcut, a disk image or a document with macros.

    Why it matters: large providers do not deliver such messages, inside an archive neither; send a link instead.

    Bad:
        @make attached setup.exe application/octet-stream 4d5a9000

    Bad:
        @make attached photo.jpg image/jpeg 4d5a9000

    Good:
        @make attached invoice.pdf application/pdf 255044462d312e370a

    References: CWE-434; the blocked types of Gmail; Amazon SES, unsupported attachment types
    """
    if not entity.is_leaf:
        return
    part = entity.part
    name = part.filename
    if name is None and part.disposition is None and part.content_type.maintype in ("text", "multipart"):
        return
    found = _EXTENSION.search(name) if name else None
    if found is not None and found[1].lower() in _RUNS:
        yield _hit(entity, f"the file {show(name)} runs when it is opened; providers do not deliver it")
        return
    head = _head(entity)
    for magic, what in _MAGIC:
        if head.startswith(magic):
            yield _hit(entity, f"the file {show(name or 'without a name')} is {what}")
            return


def _head(entity: Entity) -> bytes:
    """Give the first decoded octets of a leaf."""
    part = entity.part
    octets = entity.mail.octets
    at = part.body_start
    body = octets[at : at + _HEAD] if entity.outside is None else part.raw_body[:_HEAD]
    encoding = part.transfer_encoding
    return body if encoding is None else transfer.decode(encoding, body)


@rule(
    "X011",
    severity="error",
    looks_at="part",
    marks=["file"],
    reference="RFC 2183 2.3, 5",
    fix="unsafe",
    implies=["X016"],
)
def filename_path(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A file name holds a path, is hidden or reserved, or is too long for a file.

    Why it matters: a careless reader writes it where the sender wants; a careful one shows another name.

    Bad:
        @make attached ../../etc/cron.d/job.txt text/plain 00

    Bad:
        @make attached .profile text/plain 00

    Bad:
        @make attached con.txt text/plain 00

    Good:
        @make attached job.txt text/plain 0a

    References: RFC 2183 2.3, 5; CWE-22
    """
    name = entity.part.filename if entity.is_leaf else None
    if not name or entity.part.content_type.essence == "message/external-body":  # whose name is a place (X038)
        return
    if _PATH.search(name):
        what = "holds a path, or is hidden"
    elif "\x00" in name:
        what = "holds NUL"
    elif _RESERVED.match(name):
        what = "is the name of a device on Windows"
    elif name[-1] in ". ":
        what = "ends with a dot or a space, which Windows takes away"
    elif len(name) > _MOST // 4 and len(name.encode("utf-8", "replace")) > _MOST:
        what = f"has over {_MOST} octets"
    else:
        return
    yield _hit(entity, f"the file name {show(name)} {what}", _renamed(entity, filenames.safe(name)))


def _renamed(entity: Entity, name: str) -> Fix | None:
    """Give the fix that writes another file name into both fields that may hold it."""
    edits: list[Edit] = []
    part = entity.part
    for key, parameter, value in (
        ("content-type", "name", part.content_type),
        ("content-disposition", "filename", part.disposition),
    ):
        field = entity.field(key)
        if field is None or value is None or parameter not in value.parameters:
            continue
        try:
            fix = rewritten(field, value.with_parameter(parameter, name))
        except MimekitError:
            return None
        if fix is None:
            return None
        edits += fix.edits
    return Fix(f"write the name {name}", *edits, is_safe=False) if edits else None


@rule("X025", severity="info", looks_at="part", marks=["file"], reference="CWE-434", implies=["M009", "M010"])
def encrypted_archive(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    An archive is encrypted with a password.

    Why it matters: no scanner can look into it, so many receivers hold it back or refuse it.

    Bad:
        @make attached orders.zip application/zip 504b030414000100

    Good:
        @make attached orders.zip application/zip 504b030414000000

    References: MITRE ATT&CK T1027.013
    """
    if not entity.is_leaf or entity.part.content_type.maintype in ("text", "image"):
        return
    head = _head(entity)
    if head.startswith(_ARCHIVES) and _is_encrypted(head, entity):
        yield _hit(entity, f"the archive {show(entity.part.filename or 'without a name')} is encrypted with a password")


def _is_encrypted(head: bytes, entity: Entity) -> bool:
    if head[:2] == b"PK":
        # APPNOTE 4.4.4: bit 0 of the general purpose flags, in each local header and in the directory at the end.
        if len(head) > 7 and head[6] & 1:
            return True
        content = entity.part.content
        at = content.find(b"PK\x01\x02")
        while at >= 0:
            if content[at + 8 : at + 9] and content[at + 8] & 1:
                return True
            at = content.find(b"PK\x01\x02", at + 46)
        return False
    if head[:2] == b"7z":
        return _AES_7Z in entity.part.content[-512:]
    if head[6:7] == b"\x01":  # RAR 5: the second block is of the type 4, archive encryption
        return head[12:13] == b"\x04" or head[13:14] == b"\x04"
    return len(head) > 11 and bool(head[10] & 0x80)  # RAR 4: MHD_PASSWORD of the main header
