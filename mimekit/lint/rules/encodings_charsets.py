"""
Rules about charsets: labels that are missing, unknown or wrong, and text that was decoded wrongly (E030 to E040).

RFC 2046 4.1.2, RFC 2277, the WHATWG Encoding Standard.

    text parts, header text -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.codecs import charset, plain, transfer
from mimekit.codecs.labels import READ_AS
from mimekit.finding import Fix
from mimekit.lint.rule import rule
from mimekit.lint.rules import mime_edits as edits
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity, Mail, Text

__all__: list[str] = []

_NARROW = ("ascii", "utf-8")
_AS_IT_IS = ("7bit", "8bit")
_WIDE = ("utf-16", "utf-32", "utf-7")
_EBCDIC = frozenset({"cp037", "cp273", "cp424", "cp500", "cp1026", "cp1140"})


def _says_utf8(mail: Mail, hit: Hit) -> Fix | None:
    """Give the fix that declares UTF-8 where the octets are that."""
    entity = edits.entity_at(mail, hit.start)
    octets = b"" if entity is None else entity.part.decoded()
    if (
        entity is None
        or charset.decode_strictly(octets, "utf-8") is None
        or len(entity.named.get("content-type", ())) > 1
    ):
        return None
    field = entity.field("content-type")
    if field is None:
        return edits.adding_field(entity, "Content-Type", b"text/plain; charset=utf-8")
    if edits.essence(field.raw) is None:
        return None
    place = edits.parameter(field.raw, "charset")
    if place is None:
        return edits.adding_parameter(field, "charset", b"utf-8")
    return field.replacing("write utf-8", b"utf-8", place.start, place.end)


@rule("E030", fix="safe")
def charset_missing(mail: Mail, hit: Hit) -> Fix | None:
    r"""
    A text has octets over 127 and no charset.

    Why it matters: each reader guesses another one, and shows other letters.

    Bad:
        Content-Type: text/plain
        Content-Transfer-Encoding: 8bit

        Hello J\xc3\xb6rg

    Good:
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        Hello J\xc3\xb6rg

    References: RFC 2046 4.1.2; RFC 7103 7.6
    """
    return _says_utf8(mail, hit)


@rule("E031")
def charset_unknown() -> None:
    """
    The charset is one that nobody knows.

    Why it matters: each reader guesses another one, and shows other letters, or only a file.

    Bad:
        Content-Type: text/plain; charset=latin-99

    Good:
        Content-Type: text/plain; charset=utf-8

    References: RFC 2046 4.1.2; IANA character sets
    """


@rule("E032")
def charset_decode_failure() -> None:
    r"""
    The octets of a text are not valid in its charset.

    Why it matters: readers show replacement characters, or other letters than were meant.

    Bad:
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        Hello J\xf6rg

    Good:
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        Hello J\xc3\xb6rg

    References: RFC 2046 4.1.2
    """


@rule("E033", fix="safe")
def ascii_with_8bit(mail: Mail, hit: Hit) -> Fix | None:
    r"""
    The charset is us-ascii and the text has octets over 127.

    Why it matters: readers guess what they mean, or show replacement characters.

    Bad:
        Content-Type: text/plain; charset=us-ascii
        Content-Transfer-Encoding: 8bit

        Hello J\xc3\xb6rg

    Good:
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: 8bit

        Hello J\xc3\xb6rg

    References: RFC 2046 4.1.2
    """
    return _says_utf8(mail, hit)


def _codec(entity: Entity) -> str | None:
    """Name the codec of the charset that a text part declares; ``None`` for no text, no label, an unknown one."""
    kind = entity.part.content_type
    label = kind.charset if kind.maintype == "text" and entity.is_leaf else None
    return charset.canonical(label) if label else None


_META = re.compile(r"<meta\b[^>]{0,400}?\bcharset[ \t\n\f\r]*+=[ \t\n\f\r]*+[\"']?[ \t\n]*+([\w.:\-]++)", re.IGNORECASE)
_META_HEAD = 20_000  # characters of HTML in which its charset is looked for


def _in_utf8(entity: Entity, codec: str) -> Fix | None:
    """Give the fix that writes a text in UTF-8, where no letter changes and nothing in it names the old charset."""
    if entity.outside is not None:
        return None
    text = charset.decode_strictly(entity.part.decoded(), codec)
    is_html = entity.part.content_type.subtype == "html"
    if text is None or "\0" in text or (is_html and _META.search(text[:_META_HEAD])):
        return None
    return edits.recoded(entity, text.removeprefix("\ufeff"))


@rule("E034", severity="info", looks_at="part", profiles=["strict"], reference="RFC 2046 4.1.2; RFC 2277 3.1",
      fix="safe")  # fmt: skip
def legacy_charset(entity: Entity, context: Context) -> Iterator[Hit]:
    r"""
    The charset is neither us-ascii nor utf-8 (option `charsets`: others that are allowed, such as iso-2022-jp).

    Why it matters: every reader knows UTF-8, and every letter is in it.

    Bad:
        Content-Type: text/plain; charset=iso-8859-1
        Content-Transfer-Encoding: quoted-printable

        Hello J=F6rg

    Good:
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        Hello J=C3=B6rg

    References: RFC 2046 4.1.2; RFC 2277 3.1
    """
    codec = _codec(entity)
    if codec is None or codec in _NARROW or _is_incompatible(codec):
        return
    label = (entity.part.content_type.charset or "").lower()
    if label not in context.options.get("charsets", ()):
        yield _charset_hit(entity, f"the charset is {show(label, 40)}, not utf-8", _in_utf8(entity, codec))


def _charset_hit(entity: Entity, text: str, fix: Fix | None = None) -> Hit:
    field = entity.field("content-type")
    return (
        entity.hit(text, fix)
        if field is None
        else edits.parameter_hit(field, edits.parameter(field.raw, "charset"), text, fix)
    )


def _is_incompatible(codec: str) -> bool:
    return codec.startswith(_WIDE) or codec in _EBCDIC


@rule(
    "E035", severity="warning", looks_at="part", marks=["charset"], reference="RFC 2046 4.1.1; RFC 2781 A", fix="safe"
)
def charset_not_ascii_compatible(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    The charset is UTF-16, UTF-32, UTF-7 or EBCDIC, in which ASCII letters are not the octets of ASCII.

    Why it matters: line ends have to be CR and LF in a text, and filters that look for words find none: UTF-7 hides
    scripts.

    Bad:
        Content-Type: text/plain; charset=utf-7

        Hello J+APY-rg

    Good:
        Content-Type: text/plain; charset=utf-8
        Content-Transfer-Encoding: quoted-printable

        Hello J=C3=B6rg

    References: RFC 2046 4.1.1; RFC 2781 A
    """
    codec = _codec(entity)
    if codec is not None and codec not in _NARROW and _is_incompatible(codec):
        label = show(entity.part.content_type.charset, 40)
        yield _charset_hit(entity, f"the charset {label} does not keep ASCII", _in_utf8(entity, codec))


@rule("E036", severity="warning", looks_at="text", marks=["html"], reference="RFC 2854 4; HTML 4.2.5.4", fix="safe")
def html_meta_charset_conflict(text: Text, _: Context) -> Iterator[Hit]:
    """
    The HTML names another charset than Content-Type.

    Why it matters: readers believe the one or the other; a page that is saved shows other letters.

    Bad:
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><head><meta charset="iso-8859-1"></head>
        <body><p>Hello John</p></body></html>
        --b1--

    Good:
        Content-Type: multipart/alternative; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        Hello John
        --b1
        Content-Type: text/html; charset=utf-8

        <!doctype html><html lang="en"><head><meta charset="utf-8"></head>
        <body><p>Hello John</p></body></html>
        --b1--

    References: RFC 2854 4; HTML 4.2.5.4
    """
    if not text.is_html:
        return
    codec = _codec(text.entity)
    found = None if codec is None else _META.search(text.text, 0, _META_HEAD)
    if found is None or codec is None:
        return
    named = charset.canonical(found[1])
    if named is None or _read_as(named) == _read_as(codec):
        return
    if "ascii" in (named, codec) and text.text.isascii():
        return
    label = (text.entity.part.content_type.charset or "").lower()
    hit = text.hit(f"the HTML says {show(found[1], 40)[1:-1]}, Content-Type {show(label, 40)[1:-1]}", *found.span(1))
    octets = text.entity.mail.octets[hit.start : hit.end]
    if text.entity.outside is None and octets == found[1].encode() and text.entity.part.transfer_encoding in _AS_IT_IS:
        hit = hit._replace(fix=Fix(f"write {label}", (hit.start, hit.end, label.encode())))
    yield hit


def _read_as(codec: str) -> str:
    return READ_AS.get(codec, codec)


_C1 = re.compile(rb"[\x80-\x9f]")
_WINDOWS = {
    "iso8859-1": "windows-1252",
    "iso8859-2": "windows-1250",
    "iso8859-5": "windows-1251",
    "iso8859-6": "windows-1256",
    "iso8859-7": "windows-1253",
    "iso8859-8": "windows-1255",
    "iso8859-9": "windows-1254",
    "iso8859-13": "windows-1257",
    "iso8859-15": "windows-1252",
}


@rule("E037", severity="warning", looks_at="part", marks=["charset"], reference="RFC 7103 7.6", fix="safe")
def latin1_c1_octets(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    The charset is of the ISO 8859 family, and the text has octets that only a Windows charset has, such as quotes.

    Why it matters: readers that believe the label show nothing where the sender sees quotes.

    Bad:
        Content-Type: text/plain; charset=iso-8859-1
        Content-Transfer-Encoding: quoted-printable

        Hello =93J=F6rg=94

    Good:
        Content-Type: text/plain; charset=windows-1252
        Content-Transfer-Encoding: quoted-printable

        Hello =93J=F6rg=94

    References: RFC 7103 7.6
    """
    codec = _codec(entity)
    if codec is None or not codec.startswith("iso8859"):
        return
    octets = entity.part.decoded()
    found = None if octets.isascii() else _C1.search(octets)
    if found is None:
        return
    field, right = entity.field("content-type"), _WINDOWS.get(codec)
    place = None if field is None else edits.parameter(field.raw, "charset")
    fix = None
    if field is not None and place is not None and right is not None:
        # Only these two have all letters of the ISO set in the same places.
        is_safe = codec in ("iso8859-1", "iso8859-9")
        fix = field.replacing(f"write {right}", right.encode(), place.start, place.end, is_safe=is_safe)
    label = show(entity.part.content_type.charset, 40)[1:-1]
    yield _charset_hit(entity, f"octet {found[0][0]:#04x} is a control character in {label}", fix)


_BOM = b"\xef\xbb\xbf"


@rule("E038", marks=["odd header", "odd text"], severity="info", reference="RFC 3629 6", fix="safe")
def bom_in_text(mail: Mail, _: Context) -> Iterator[Hit]:
    r"""
    A text, or the value of a header field, begins with a byte order mark.

    Why it matters: it is no part of the text; some readers show a blank or three odd letters.

    Bad:
        Content-Transfer-Encoding: 8bit

        \xef\xbb\xbfHello John

    Bad:
        Subject: =?utf-8?q?=EF=BB=BFYour_order_J=C3=B6rg?=

    Good:
        Content-Transfer-Encoding: 7bit

        Hello John

    References: RFC 3629 6
    """
    for text in mail.texts:
        if text.text.startswith("\ufeff"):
            yield text.hit("the text begins with a byte order mark", 0, 1, _without_bom(text))
    header = mail.header
    if not mail.worded and _BOM not in header:
        return
    for field in mail.root.fields:
        if (_BOM in field.raw or b"=?" in field.raw) and field.text.startswith("\ufeff"):
            fix = edits.rewritten(field, field.text.lstrip("\ufeff")) if field.info.kind == "unstructured" else None
            yield field.hit(f"{field.name} begins with a byte order mark", fix=fix)


def _without_bom(text: Text) -> Fix | None:
    """Give the fix that takes the mark away, in the encoding that the text has."""
    part = text.entity.part
    octets = part.decoded()
    if not octets.startswith(_BOM) or part.transfer_encoding not in transfer.NAMES:
        return None
    lines = plain.to_crlf(octets.removeprefix(_BOM))
    encoding = part.transfer_encoding
    if encoding in ("7bit", "8bit"):
        encoding = "7bit" if lines.isascii() else "8bit"
    try:
        return edits.reencoded(text.entity, "take the byte order mark away", lines, encoding)
    except ValueError:  # lines that 8bit may not have
        return None


# -- text that was decoded wrongly before


def _misread() -> re.Pattern[str]:
    """Match what windows-1252 makes of one UTF-8 character: a first octet and the right number of others."""
    others = "".join([bytes([octet]).decode("cp1252", "ignore") or chr(octet) for octet in range(0x80, 0xC0)])
    inside = f"[{re.escape(others)}]"
    return re.compile(
        f"([\u00c2\u00c3]{inside}|[\u00e0-\u00ef]{inside}{{2}}|[\u00f0-\u00f4]{inside}{{3}})|[\u00c4-\u00df]{inside}"
    )


_MISREAD = _misread()
# The same in UTF-8 octets, roughly: there is a literal to search for, which most texts do not have.
_MISREAD_OCTETS = re.compile(rb"\xc3[\x82-\xb4](?:\xc2|\xe2|[\xc5\xc6\xcb])")
_ASCII = dict.fromkeys(range(128))


def _mojibake(text: str) -> re.Match[str] | None:
    """
    Find the first character that was UTF-8, read as windows-1252.

    There must be nothing else beside ASCII, and one that cannot well be anything else; or many, and little else.
    """
    first = _MISREAD.search(text)
    if first is None:
        return None
    found = list(_MISREAD.finditer(text))
    covered = sum([one.end() - one.start() for one in found])
    odd = len(text.translate(_ASCII))
    is_sure = any([one[1] for one in found])
    if (covered == odd and is_sure) or (len(found) > 2 and covered * 10 >= odd * 8):
        return first
    return None


def _repaired(found: re.Match[str]) -> str:
    octets = b"".join([letter.encode("cp1252", "ignore") or bytes([ord(letter) & 0xFF]) for letter in found[0]])
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return found[0]


@rule("E039", marks=["odd header", "odd text"], severity="warning", reference="RFC 2046 4.1.2", fix="unsafe")
def mojibake(mail: Mail, _: Context) -> Iterator[Hit]:
    r"""
    Text was UTF-8, was read as Latin-1, and encoded again: `Ã¶` stands where `ö` was.

    Why it matters: that is what people read.

    Bad:
        Content-Transfer-Encoding: 8bit

        Hello J\xc3\x83\xc2\xb6rg

    Good:
        Content-Transfer-Encoding: 8bit

        Hello J\xc3\xb6rg

    References: RFC 2046 4.1.2
    """
    for text in mail.texts:
        source = text.text
        octets = text.entity.part.decoded()
        if octets.isascii() or (_codec(text.entity) in (None, *_NARROW) and not _MISREAD_OCTETS.search(octets)):
            continue
        found = _mojibake(source)
        if found is not None:
            fix = edits.recoded(text.entity, _MISREAD.sub(_repaired, source), is_safe=False)
            yield text.hit(f"{show(found[0], 20)} is {show(_repaired(found), 20)}, encoded twice", *found.span(), fix)
    subject = mail.field("subject")
    if subject is not None and not subject.text.isascii() and (found := _mojibake(subject.text)) is not None:
        fix = edits.rewritten(subject, _MISREAD.sub(_repaired, subject.text), is_safe=False)
        yield subject.hit(f"{show(found[0], 20)} is {show(_repaired(found), 20)}, encoded twice", fix=fix)


@rule("E040", marks=["odd header", "odd text"], severity="warning", reference="Unicode 3.9")
def replacement_character(mail: Mail, _: Context) -> Iterator[Hit]:
    r"""
    The replacement character, U+FFFD, stands in Subject, a display name, a file name or a text.

    Why it matters: some letter was lost before the message was made.

    Bad:
        Content-Transfer-Encoding: 8bit

        Hello J\xef\xbf\xbdrg

    Good:
        Content-Transfer-Encoding: 8bit

        Hello J\xc3\xb6rg

    References: Unicode 3.9
    """
    for text in mail.texts:
        at = text.text.find("\ufffd")
        if at >= 0:
            yield text.hit(f"the text has {text.text.count(chr(0xFFFD))} times U+FFFD", at, at + 1)
    if mail.worded or not mail.header.isascii():
        yield from _replaced_in_header(mail)
    for entity in mail.entities:
        named = entity.field("content-disposition") or entity.field("content-type")
        if named is not None and "\ufffd" in (entity.part.filename or ""):
            yield named.hit("the file name has U+FFFD")


def _replaced_in_header(mail: Mail) -> Iterator[Hit]:
    subject = mail.field("subject")
    if subject is not None and "\ufffd" in subject.text:
        yield subject.hit("Subject has U+FFFD")
    for address in mail.addresses:
        if address.mailbox is not None and "\ufffd" in (address.mailbox.display_name or ""):
            yield address.hit("the display name has U+FFFD")
