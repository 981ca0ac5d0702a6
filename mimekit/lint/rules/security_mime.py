r"""
Rules about parts that readers take apart in different ways, so that one sees what another does not (family X).

Inbox Invasion (CCS 2024) and draft-chen-email-mime-ambiguity-defense show how scanners are passed by such messages;
EFAIL and "Johnny, you are fired!" what stands beside a signed or encrypted part.

    parts, their Content-* fields -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from binascii import Error as BinasciiError
from binascii import a2b_base64
from typing import TYPE_CHECKING

from mimekit.codecs import transfer
from mimekit.lint import makers_security
from mimekit.lint.rule import rule
from mimekit.lint.rules.mime_edits import parameters, rewritten
from mimekit.lint.wording import show
from mimekit.wire.abnf import TOKEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Fix
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.rules.mime_edits import Parameter
    from mimekit.lint.view import Entity, Field, Mail

__all__: list[str] = []

_ = makers_security  # which enters the makers of the examples

_DRAFT = "draft-chen-email-mime-ambiguity-defense"
_BOUNDARY = re.compile(rb"boundary", re.IGNORECASE)
_COMMENTED = re.compile(rb"[^;\"(]*+\(")
_TYPE = re.compile(rb"[ \t\r\n]*+%b/%b[ \t\r\n]*+(?:\([^()]*+\)[ \t\r\n]*+)?(?:;|\Z)" % (TOKEN, TOKEN))
_ENCODING = re.compile(rb"[ \t\r\n]*+%b[ \t\r\n]*+\Z" % TOKEN)
_KNOWN = re.compile(rb"7bit|8bit|binary|quoted-printable|base64", re.IGNORECASE)
_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]")
_WHITE = b" \t\r\n"
_SEALED = frozenset({"multipart/encrypted", "multipart/signed"})
_PKCS7 = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_PARTS, _COMMENTS, _PARAMETERS, _WORDS, _SECTIONS = 100, 50, 100, 1000, 100
_PROTECTED = re.compile(rb"[;\s](?:hp|protected-headers)[ \t]*=", re.IGNORECASE)


@rule(
    "X012",
    severity="error",
    looks_at="field",
    names=["content-type"],
    reference=_DRAFT,
    fix="unsafe",
    implies=["M002", "M004", "M005", "M006", "M021", "M027", "H019", "E062", "M020", "M028", "M023", "E061"],
)
def ambiguous_boundary(field: Field, _: Context) -> Iterator[Hit]:
    r"""
    The boundary of a multipart can be read in more than one way: twice, in two forms, with a comment or a backslash.

    Why it matters: a scanner that takes another boundary sees other parts, or none; a dangerous file passes it.

    Bad:
        Content-Type: multipart/mixed; boundary=a1; boundary=b2

        --a1
        Content-Type: text/plain; charset=utf-8

        Hello
        --a1
        Content-Type: text/plain; charset=utf-8
        Content-Disposition: attachment; filename=more.txt

        more
        --a1--

    Good:
        Content-Type: multipart/mixed; boundary=a1

        --a1
        Content-Type: text/plain; charset=utf-8

        Hello
        --a1
        Content-Type: text/plain; charset=utf-8
        Content-Disposition: attachment; filename=more.txt

        more
        --a1--

    References: draft-chen-email-mime-ambiguity-defense; Inbox Invasion (CCS 2024)
    """
    raw = field.raw
    if not _BOUNDARY.search(raw) or field.entity.part.content_type.maintype != "multipart":
        return
    if not any([mark in raw for mark in _SUSPECT]) and len(_BOUNDARY.findall(raw)) == 1:
        return
    forms = [one for one in parameters(raw) if one.name.partition("*")[0] == "boundary"]
    if not forms:
        return
    what = _ambiguity(raw, forms)
    if not what and forms[0].name == "boundary":
        return
    fix = rewritten(field, field.entity.part.content_type, text="write the boundary that was read", is_safe=False)
    # A quoted string may be folded (RFC 5322 3.2.4), and so may a boundary; only some readers keep the line end.
    severity = None if what and what != _FOLDED else "warning"
    text = f"the boundary {what or 'is in a form of RFC 2231, which some readers do not know'}"
    yield field.hit(text, forms[0].name_start, forms[-1].end, fix, severity)


_WORD = re.compile(rb"=\?[!->@-~]++\?[BbQq]\?")
_FOLDED = "is folded inside"
_SUSPECT = (b"*", b"(", b"\\", b"=?", b"\n")


def _ambiguity(raw: bytes, forms: list[Parameter]) -> str:
    """Say why readers disagree on a boundary; nothing when they do not, but for its form."""
    names = [one.name for one in forms]
    if len(set(names)) < len(names):
        return "stands twice"
    if len(names) > 1 and ("boundary" in names or "boundary*" in names):
        return "stands in two forms"
    value = raw[forms[0].start : forms[0].end]
    if b"\\" in value:
        return "has a backslash, which some readers keep and others drop"
    if b"\n" in value:
        return _FOLDED
    if b"=?" in value and _WORD.search(value) is not None:
        return "looks like an encoded word, which some readers decode"
    return "has a comment beside it" if b"(" in raw and _COMMENTED.match(raw, forms[0].name_start) else ""


@rule(
    "X013",
    severity="error",
    looks_at="part",
    reference=_DRAFT,
    fix="unsafe",
    implies=["E054", "H105", "M001", "M006", "M007", "E030", "M020"],
)
def ambiguous_type(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    The media type can be read in more than one way: two fields, or a comment, quotes or an encoded word in it.

    Why it matters: what is text for the scanner is a program, or a multipart, for the person who opens it.

    Bad:
        Content-Type: text/plain; charset=utf-8
        Content-Type: text/html; charset=utf-8

    Bad:
        Content-Type: "text/plain"; charset=utf-8

    Good:
        Content-Type: text/plain; charset=utf-8

    References: draft-chen-email-mime-ambiguity-defense; RFC 2045 5.1
    """
    found = entity.named.get("content-type")
    if found is None:
        return
    first = found[0]
    fix: Fix | None
    for field in found[1:]:
        if field.raw.strip(_WHITE) != first.raw.strip(_WHITE):
            fix = field.removing("take the second one out", is_safe=False)
            yield field.line_hit(f"Content-Type stands again, and says {show(field.text)}", fix)
    if _TYPE.match(first.raw) is None:
        head = first.raw.partition(b";")[0].strip(_WHITE)
        if b"/" in head and any([mark in head for mark in (b'"', b"(", b"=?", b" ", b"\t")]):
            fix = rewritten(first, entity.part.content_type, text="write the type that was read", is_safe=False)
            known = entity.part.content_type.essence
            yield first.hit(f"the media type {show(head)} is {known} for some readers and none for others", fix=fix)


@rule(
    "X014",
    severity="error",
    looks_at="part",
    reference=_DRAFT,
    fix="unsafe",
    implies=["E001", "E054", "H105", "M006"],
)
def ambiguous_cte(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    The transfer encoding can be read in more than one way: two fields, a list, junk, a comment, quotes.

    Why it matters: a scanner that decodes it otherwise looks at other octets than the person who opens the part.

    Bad:
        Content-Transfer-Encoding: 7bit
        Content-Transfer-Encoding: quoted-printable

    Bad:
        Content-Transfer-Encoding: "7bit"

    Good:
        Content-Transfer-Encoding: 7bit

    References: draft-chen-email-mime-ambiguity-defense; RFC 2045 6.1
    """
    found = entity.named.get("content-transfer-encoding")
    if found is None:
        return
    first = found[0]
    fix: Fix | None
    for field in found[1:]:
        if field.raw.strip(_WHITE).lower() != first.raw.strip(_WHITE).lower():
            fix = field.removing("take the second one out", is_safe=False)
            yield field.line_hit(f"Content-Transfer-Encoding stands again, and says {show(field.text)}", fix)
    if _ENCODING.match(first.raw) is None:
        known = entity.part.transfer_encoding
        if known is not None or _KNOWN.search(first.raw):
            fix = first.replacing(f"write {known}", b" " + known.encode(), is_safe=False) if known else None
            yield first.hit(f"the encoding {show(first.text)} is known to some readers and not to others", fix=fix)


@rule(
    "X015", marks=["E010", "E011", "E012"], severity="error", reference=_DRAFT, implies=["E010", "E011", "E012", "E014"]
)
def ambiguous_base64(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A base64 body has characters that strict decoders stop at and others skip, and data behind them.

    Why it matters: a scanner that stops early has not seen the end of the file; the person who opens it has.

    Bad:
        Content-Transfer-Encoding: base64

        R3LDvMOfZQ==
        IHlvdXIgb3JkZXI=

    Good:
        Content-Transfer-Encoding: base64

        R3LDvMOfZSwgeW91ciBvcmRlcgo=

    References: draft-chen-email-mime-ambiguity-defense; RFC 2045 6.8; RFC 4648 3.3
    """
    defects = [one for one in mail.message.defects if one.code in ("E010", "E011", "E012")]
    if not defects:
        return
    for entity in mail.entities:
        if not entity.is_leaf or entity.part.transfer_encoding != "base64":
            continue
        first = next((one for one in defects if entity.start <= one.start <= entity.end), None)
        if first is not None and _has_two_readings(entity.part.raw_body):
            text = "strict decoders and those that skip what is not base64 give different octets"
            yield mail.hit(text, first.start, first.end)


def _has_two_readings(body: bytes) -> bool:
    """Tell whether what stands after the first character that is not base64 is base64 as well."""
    octets = body.translate(None, _WHITE)
    stop = _NOT_BASE64.search(octets)
    if stop is None:
        return False
    return _decoded(octets[: stop.start()]) != transfer.decode("base64", body)


def _decoded(octets: bytes) -> bytes:
    try:
        return a2b_base64(octets + b"=" * (-len(octets) % 4))
    except BinasciiError:
        return b""


@rule("X016", fix="unsafe", implies=["M004", "X011", "E063"])
def ambiguous_filename(mail: Mail, hit: Hit) -> Fix | None:
    r"""
    A file name can be read in more than one way.

    Why it matters: a scanner that reads another name lets a program pass for a document.

    Bad:
        Content-Disposition: inline; filename="a\\b.txt"

    Good:
        Content-Disposition: inline; filename="b.txt"

    References: RFC 5322 3.2.4; RFC 2231 4; RFC 6266 4.3
    """
    for entity in mail.entities:
        for key, value in (
            ("content-disposition", entity.part.disposition),
            ("content-type", entity.part.content_type),
        ):
            field = entity.field(key)
            if field is not None and field.start <= hit.start < field.end and entity.outside is None:
                return rewritten(field, value, text="write the name that was read", is_safe=False)
    return None


@rule(
    "X024",
    severity="warning",
    marks=["signed", "encrypted", "pkcs7-mime", "x-pkcs7-mime"],
    reference="CVE-2017-17688",
    implies=["X031"],
)
def html_in_unsigned_sibling(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    HTML that is neither signed nor encrypted stands beside a part that is.

    Why it matters: mail programs show both as one message; the HTML may send what was decrypted elsewhere (EFAIL), or
    say what nobody signed.

    Bad:
        @make sealed_beside html encrypted

    Good:
        @make sealed_alone encrypted

    References: CVE-2017-17688; CVE-2017-17689; RFC 9787 6
    """
    kinds = [(entity, entity.part.content_type.essence) for entity in mail.entities if not entity.is_message]
    sealed: dict[Entity | None, str] = {}
    for entity, kind in kinds:
        if _is_sealed(kind):
            sealed.setdefault(entity.parent, kind)
    for entity, kind in kinds:
        beside = sealed.get(entity.parent)
        if kind != "text/html" or beside is None or entity.parent is None:
            continue
        if entity.parent.part.content_type.subtype not in ("signed", "encrypted"):
            yield entity.hit(f"this HTML stands beside {beside}, and is no part of it")


def _is_sealed(essence: str) -> bool:
    return essence in _SEALED or essence in _PKCS7


@rule(
    "X031",
    name="signed-part-below-top",
    severity="warning",
    looks_at="part",
    marks=["multipart/encrypted", "multipart/signed", "application/pkcs7-mime", "application/x-pkcs7-mime"],
    reference="RFC 9787 4.4",
)
def signed_part_below_top(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    A signed or encrypted part is not the whole body of its message: it stands below a multipart.

    Why it matters: people take the mark of the signature for the whole message; what is added around it is taken for
    signed too, and what is decrypted can be drawn out by what stands beside it.

    Bad:
        @make sealed_beside text signed

    Good:
        @make sealed_alone signed

    References: RFC 9787 4.4; Johnny, you are fired! (USENIX Security 2019); CVE-2017-17688
    """
    part = entity.part
    essence = part.content_type.essence
    if essence not in _SEALED and essence not in _PKCS7:
        return
    above = entity.parent
    if above is None or entity.is_message or above.part.content_type.essence == "multipart/signed":
        return
    if above.part.content_type.subtype != "encrypted":
        yield entity.hit(f"{essence} is not the whole body: it stands in {above.part.content_type.essence}")


@rule("X040", name="unprotected-headers", severity="info", reference="RFC 9788 2", profiles=["strict"])
def unprotected_headers(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    The message is signed, and the signature does not cover its header: no protected header fields are inside.

    Why it matters: another subject and another author can be put above a text that was signed (CVE-2024-49393).

    Bad:
        @make sealed_alone signed

    Good:
        @make sealed_alone signed hp

    References: RFC 9788 2; CVE-2024-49393
    """
    children = mail.message.root.children
    if children and mail.message.root.content_type.essence == "multipart/signed":
        declared = children[0].headers.raw("content-type")
        if declared is None or not _PROTECTED.search(declared):
            yield mail.root.hit("the signature covers no header fields")


@rule(
    "X026",
    severity="warning",
    reference="CWE-674",
    implies=["L006", "L008", "L009", "E058", "A038", "H020", "M002", "M006"],
)
def deep_nesting_dos(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    A field has so many comments, parameters, encoded words or sections that it was made to keep readers busy.

    Why it matters: there are readers that take minutes for such a field, or crash (CWE-674); filters refuse it.

    Bad:
        @make busy_field comments 60

    Bad:
        @make busy_field parameters 101

    Good:
        @make busy_field comments 3

    References: CWE-674; CVE-2024-23184
    """
    for entity in mail.entities:
        if entity.outside is not None:
            continue
        header = entity.searched
        size = len(header)
        if (
            (size > 2 * _COMMENTS and header.count("(") > _COMMENTS)
            or (size > 2 * _PARAMETERS and header.count(";") > _PARAMETERS)
            or (size > 5 * _SECTIONS and header.count("*") > _SECTIONS)
            or (size > 5 * _WORDS and header.count("=?") > _WORDS)
        ):
            for field in entity.fields:
                what = _too_much(field.raw)
                if what:
                    yield field.line_hit(f"{field.name} has {what}")


def _too_much(raw: bytes) -> str:
    if raw.count(b"(") > _COMMENTS and (depth := _depth(raw)) > _COMMENTS:
        return f"comments {depth} deep"
    if raw.count(b";") > _PARAMETERS:
        return f"{raw.count(b';')} parameters"
    if raw.count(b"=?") > 2 * _WORDS:
        return f"over {_WORDS} encoded words"
    if len(_SECTION.findall(raw)) > _SECTIONS:
        return f"over {_SECTIONS} sections of parameters"
    return ""


_PARENTHESES = re.compile(rb"[()]")
_SECTION = re.compile(rb"\*[0-9]++\*?=")


def _depth(raw: bytes) -> int:
    """Give how deep parentheses nest."""
    depth = deepest = 0
    for found in _PARENTHESES.finditer(raw):
        depth = max(0, depth + (1 if found[0] == b"(" else -1))
        deepest = max(deepest, depth)
    return deepest


@rule(
    "X027",
    severity="warning",
    looks_at="part",
    marks=["message/partial"],
    reference="RFC 2046 5.2.2",
    implies=["M125", "M102", "M132"],
)
def fragmented_message(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    The message is a piece of another one (message/partial).

    Why it matters: a scanner sees pieces only, so anything passes it; hardly a mail program puts them together, and
    many servers refuse them.

    Bad:
        Content-Type: message/partial; id="a1@shop.example"; number=1; total=2

    Good:
        Content-Type: text/plain; charset=utf-8

    References: RFC 2046 5.2.2, 5.2.2.2
    """
    if entity.part.content_type.essence == "message/partial":
        yield entity.hit("message/partial: what it is a piece of cannot be looked at")


@rule(
    "X038",
    name="external-body",
    severity="warning",
    looks_at="part",
    marks=["message/external-body"],
    reference="RFC 2046 5.2.3",
    implies=["M125", "M133"],
)
def external_body(entity: Entity, _: Context) -> Iterator[Hit]:
    """
    The content of a part is not in the message: message/external-body says from where a reader should fetch it.

    Why it matters: no scanner has seen what the person gets, which may change afterwards; few mail programs fetch it.

    Bad:
        Content-Type: message/external-body; access-type=URL;
         URL="https://shop.example/terms.pdf"

        Content-Type: application/pdf
        Content-ID: <terms@shop.example>

    Good:
        Content-Type: text/plain; charset=utf-8

    References: RFC 2046 5.2.3; RFC 2017
    """
    if entity.part.content_type.essence == "message/external-body":
        yield entity.hit("message/external-body: the content is somewhere else, and cannot be looked at")
