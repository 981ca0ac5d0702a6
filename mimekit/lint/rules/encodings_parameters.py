"""
Rules about encoded parameters, UTF-8 in headers, digests and normal forms (family E, E061 to E073).

RFC 2231, RFC 6531, RFC 6532, RFC 1864, RFC 5198.

    fields, parts -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

from binascii import b2a_base64
from typing import TYPE_CHECKING

from mimekit.codecs import plain
from mimekit.headers import names
from mimekit.lint.rule import rule
from mimekit.lint.rules import mime_edits as edits
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Fix
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Entity, Field, Mail

__all__: list[str] = []


@rule("E061", fix="safe", implies=["X016"])
def rfc2231_value_syntax(mail: Mail, hit: Hit) -> Fix | None:
    """
    An extended parameter, such as `filename*`, is not written as charset, language and percent-encoded octets.

    Why it matters: readers show it as it stands, or another name.

    Bad:
        Content-Disposition: inline; filename*=Gr%C3%BC%C3%9Fe.txt

    Good:
        Content-Disposition: inline; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt

    References: RFC 2231 4
    """
    return edits.parameters_anew(mail, hit)


@rule("E062", fix="unsafe", implies=["X016"])
def rfc2231_continuation(mail: Mail, hit: Hit) -> Fix | None:
    """
    The sections of a parameter are not numbered 0, 1, 2 and so on, or stand beside the whole parameter.

    Why it matters: readers put together different names.

    Bad:
        Content-Disposition: inline; filename*0=notes; filename*2=.txt

    Good:
        Content-Disposition: inline; filename*0=notes; filename*1=.txt

    References: RFC 2231 3
    """
    return edits.parameters_anew(mail, hit, is_safe=False)


@rule("E063", fix="unsafe", implies=["X016"])
def rfc2231_plain_differs(mail: Mail, hit: Hit) -> Fix | None:
    """
    A file name is given in plain and in extended form, and the plain one is no ASCII form of the other.

    Why it matters: readers show one of them, filters look at the other: a way to hide what a file is.

    Bad:
        Content-Disposition: inline; filename=notes.txt; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt

    Good:
        Content-Disposition: inline; filename=Gruesse.txt; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt

    References: RFC 2231 4; RFC 6266 4.3
    """
    return edits.parameters_anew(mail, hit, is_safe=False)


@rule("E064", fix="safe", implies=["X016"])
def encoded_word_in_parameter(mail: Mail, hit: Hit) -> Fix | None:
    """
    A parameter is written in encoded words.

    Why it matters: they are not allowed there; strict readers show them as they stand.  The name of a Content-Type in
    that form, beside a Content-Disposition with the same name, is what Outlook needs and is no fault here.

    Bad:
        Content-Disposition: inline; filename="=?utf-8?q?Gr=C3=BC=C3=9Fe.txt?="

    Good:
        Content-Disposition: inline; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt

    References: RFC 2047 5; RFC 2231 4
    """
    return edits.parameters_anew(mail, hit)


@rule("E065", fix="safe", supersedes=["H007"], implies=["X016"])
def raw_8bit_parameter(mail: Mail, hit: Hit) -> Fix | None:
    r"""
    A parameter has octets over 127.

    Why it matters: headers are ASCII; relays refuse or change them.

    Bad:
        Content-Disposition: inline; filename="Gr\xc3\xbc\xc3\x9fe.txt"

    Good:
        Content-Disposition: inline; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt

    References: RFC 2045 5.1; RFC 2231 4
    """
    return edits.parameters_anew(mail, hit)


# -- UTF-8 in headers


@rule("E070", marks=["odd header"], severity="info", reference="RFC 6531 3.4")
def smtputf8_required(mail: Mail, context: Context) -> Iterator[Hit]:
    r"""
    The message needs SMTPUTF8 on its way, and this field is the first that makes it so.

    Why it matters: a server that does not offer it gives the message back.  This is told only where SMTPUTF8 is wanted;
    elsewhere octets over 127 in a header are a fault.

    Bad:
        @smtputf8
        Subject: Gr\xc3\xbc\xc3\x9fe

    Good:
        @smtputf8
        Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=

    References: RFC 6531 3.4
    """
    if not context.smtputf8:
        return
    for entity in mail.entities:
        if entity.is_embedded or entity.part.headers.is_ascii:
            continue
        for field in entity.fields:
            if not field.raw.isascii():
                yield field.hit(f"the message needs SMTPUTF8: {field.name} is in UTF-8")
                return


@rule(
    "E071",
    severity="warning",
    looks_at="part",
    marks=["message inside"],
    reference="RFC 6532 3.7",
    implies=["H007"],
    fix="safe",
)
def rfc822_with_utf8_headers(entity: Entity, _: Context) -> Iterator[Hit]:
    r"""
    A message with UTF-8 in its header is attached as message/rfc822; its type is message/global.

    Why it matters: readers that take the type at its word show odd letters.

    Bad:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The message is attached.
        --b1
        Content-Type: message/rfc822
        Content-Transfer-Encoding: 8bit

        Date: Mon, 23 Nov 2026 12:00:00 +0000
        From: John Roe <john@customer.example>
        To: Jane Doe <jane@shop.example>
        Subject: Gr\xc3\xbc\xc3\x9fe
        Message-ID: <20261123120000.1b2c3d4e@customer.example>

        Where is it?
        --b1--

    Good:
        Content-Type: multipart/mixed; boundary=b1

        --b1
        Content-Type: text/plain; charset=utf-8

        The message is attached.
        --b1
        Content-Type: message/global
        Content-Transfer-Encoding: 8bit

        Date: Mon, 23 Nov 2026 12:00:00 +0000
        From: John Roe <john@customer.example>
        To: Jane Doe <jane@shop.example>
        Subject: Gr\xc3\xbc\xc3\x9fe
        Message-ID: <20261123120000.1b2c3d4e@customer.example>

        Where is it?
        --b1--

    References: RFC 6532 3.7
    """
    embedded = entity.part.embedded
    if embedded is None or entity.part.content_type.essence != "message/rfc822" or embedded.headers.is_ascii:
        return
    field = entity.field("content-type")
    try:
        embedded.headers.to_bytes().decode()
    except UnicodeDecodeError:  # H008
        return
    fix = None if field is None else edits.retyped(field, "message/global")
    yield entity.hit("the header of the message inside is in UTF-8; its type is message/global", fix)


@rule("E072", severity="warning", looks_at="field", names=["content-md5"], reference="RFC 1864", fix="safe")
def content_md5_mismatch(field: Field, _: Context) -> Iterator[Hit]:
    """
    Content-MD5 is not the digest of the content.

    Why it matters: a reader that checks it takes the part for damaged.

    Bad:
        Content-MD5: Q2hlY2sgSW50ZWdyaXR5IQ==

        Hello John

    Good:
        Content-MD5: jqDAsgEIfLitZWAesOkRQg==

        Hello John

    References: RFC 1864
    """
    entity = field.entity
    if not entity.is_leaf:
        return
    from hashlib import md5

    octets = entity.part.decoded()
    # RFC 1864 3: over the canonical form, in which the lines of a text end in CRLF.
    forms = [plain.to_crlf(octets), octets] if entity.part.content_type.maintype == "text" else [octets]
    digests = [b2a_base64(md5(form, usedforsecurity=False).digest(), newline=False) for form in forms]
    value = field.raw.strip(b" \t\r\n")
    if value not in digests:
        right = digests[0]
        fix = field.replacing(f"write {right.decode()}", b" " + right)
        yield field.hit(f"Content-MD5 of the content is {right.decode()}", fix=fix)


# -- normal forms


@rule("E073", marks=["odd header"], severity="info", reference="RFC 6532 3.1; RFC 5198 3", fix="safe")
def not_nfc(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    Header text, or a file name, is not in Unicode's composed form (NFC).

    Why it matters: it looks the same and compares different: searches, threads and addresses do not match.

    Bad:
        Subject: =?utf-8?q?Jo=CC=88rg?=

    Good:
        Subject: =?utf-8?q?J=C3=B6rg?=

    References: RFC 6532 3.1; RFC 5198 3
    """
    for entity in mail.entities:
        headers = entity.part.headers.to_bytes()
        if b"=?" not in headers and b"*" not in headers and headers.isascii():
            continue
        for field in entity.fields:
            if b"=?" in field.raw or not field.raw.isascii():
                yield from _composed(field)
        name = entity.part.filename
        if name is not None and not _is_nfc(name):
            named = entity.field("content-disposition") or entity.field("content-type")
            if named is not None:
                yield named.hit(f"the file name {show(name, 40)} is not in NFC")


def _is_nfc(text: str) -> bool:
    if text.isascii():
        return True
    from unicodedata import is_normalized

    return is_normalized("NFC", text)


def _composed(field: Field) -> Iterator[Hit]:
    """Look at the text of one field: unstructured text and display names."""
    kind = field.info.kind
    if kind in names.ADDRESS_KINDS:
        for address in field.addresses:
            if address.mailbox is not None and not _is_nfc(address.mailbox.display_name or ""):
                yield address.hit("the display name is not in NFC")
    elif kind in ("unstructured", "phrase-list") and not _is_nfc(field.text):
        from unicodedata import normalize

        fix = edits.rewritten(field, normalize("NFC", field.text)) if field.raw.isascii() else None
        yield field.hit(f"{field.name} is not in NFC", fix=fix)
