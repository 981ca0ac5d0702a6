"""Codings: what encodes and decodes octets, each against its inverse and, where defined, the standard library."""

from __future__ import annotations

import binascii
import quopri as standard
import re
from typing import Literal

from mimekit import AddressError, ContentError, MimekitError
from mimekit.codecs import base64, charset, domain, parameters, plain, quopri, transfer, uu
from mimekit.codecs.labels import LABELS
from mimekit.defects import Flaw
from tests.fuzzing.target import refused, target
from tests.fuzzing.values import text_of

_LINE = 76
_BLANKS = re.compile(rb"[ \t](?:\r?\n|\Z)")
_LABELS = sorted(LABELS)


def _decode(name: str, octets: bytes) -> tuple[bytes, list[Flaw]]:
    flaws: list[Flaw] = []
    decoded = transfer.decode(name, octets, flaws)
    assert transfer.decode(name, octets) == decoded, "it depends on whether flaws are asked for"
    assert all(0 <= start <= end <= len(octets) for _, start, end, _ in flaws), flaws
    return decoded, flaws


@target("bodies", passes=8)
def base64_coding(octets: bytes) -> None:
    """Base64, both ways; `binascii` decodes the same where it has no fault to find."""
    decoded, flaws = _decode("base64", octets)
    try:
        strict = binascii.a2b_base64(octets.translate(None, b"\r\n"), strict_mode=True)
    except binascii.Error:
        pass
    else:
        assert decoded == strict
    if not flaws:
        assert decoded == binascii.a2b_base64(octets)
    encoded = base64.encode(octets)
    assert encoded.replace(b"\r\n", b"") == binascii.b2a_base64(octets, newline=False)
    assert len(encoded) == base64.encoded_length(len(octets))
    assert _decode("base64", encoded) == (octets, [])
    made = base64.Encoder()
    step = 1 + len(octets) % 97
    chunks = [made.update(octets[at : at + step]) for at in range(0, len(octets), step)]
    assert b"".join(chunks) + made.finish() == encoded


@target("bodies", passes=12)
def quoted_printable(octets: bytes) -> None:
    """Quoted-printable, both ways; the standard library reads what is written."""
    decoded, flaws = _decode("quoted-printable", octets)
    # RFC 2045 6.7 (3): blanks at the end of a line are no data; the standard library keeps them.
    if not flaws and b"\r" not in octets.replace(b"\r\n", b"") and not _BLANKS.search(octets):
        assert decoded == standard.decodestring(octets)
    for encoded, meant in ((quopri.encode(octets), _crlf(octets)), (quopri.encode_binary(octets), octets)):
        assert encoded.isascii()
        assert encoded.count(b"\r") == encoded.count(b"\n") == encoded.count(b"\r\n")
        for line in encoded.split(b"\r\n"):
            assert len(line) <= _LINE
            assert not line.startswith((b".", b"From "))
            assert not line.endswith((b" ", b"\t"))
        assert _decode("quoted-printable", encoded) == (meant, [])
        assert standard.decodestring(encoded) == meant


def _crlf(octets: bytes) -> bytes:
    return octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@target("bodies", passes=8)
def uuencode(octets: bytes) -> None:
    """Uuencode, read only; what the standard library writes is read."""
    flaws: list[Flaw] = []
    decoded = uu.decode(octets, flaws)
    assert uu.decode(octets) == decoded
    assert all(0 <= start <= end <= len(octets) for _, start, end, _ in flaws)
    lines = [binascii.b2a_uu(octets[at : at + 45], backtick=True) for at in range(0, len(octets), 45)]
    block = b"begin 644 a\n" + b"".join(lines) + b"`\nend\n"
    assert uu.decode(block) == octets
    assert uu.decode(b"text\n" + block.replace(b"\n", b"\r\n") + b"text\n") == octets


@target("bodies", passes=16)
def transfer_encodings(octets: bytes) -> None:
    """Choose an encoding, and use every encoding by its name."""
    kind = octets[:1]
    assert plain.to_lf(octets) == octets.replace(b"\r\n", b"\n")
    crlf = plain.to_crlf(octets)
    assert crlf.count(b"\r") == crlf.count(b"\n") == crlf.count(b"\r\n")
    assert plain.to_crlf(crlf) == crlf
    assert not plain.has_bare_line_end(crlf)
    assert plain.has_bare_line_end(octets) == (octets != crlf)
    longest = plain.longest_line(octets)
    assert longest == max(map(len, octets.replace(b"\r\n", b"\n").split(b"\n")))
    assert plain.has_long_line(octets) == (longest > 998)
    for transport in ("7bit", "8bit", "smtputf8"):
        for is_text in (False, True):
            body = crlf if is_text else octets
            name = transfer.choose(body, text=is_text, transport=transport)
            encoded = transfer.encode(name, body)
            assert transfer.decode(name, encoded) == body, (name, kind)
            assert transport != "7bit" or encoded.isascii()
            assert not plain.has_long_line(encoded)
            assert not plain.has_bare_line_end(encoded)
            assert b"\0" not in encoded
    for name in ("7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "x-none", " Base64 "):
        flaws: list[Flaw] = []
        assert transfer.decode(name, octets, flaws) == transfer.decode(name, octets)


@target("bodies", passes=8)
def charsets(octets: bytes) -> None:
    """Body text in a charset that the first two octets choose, or that is named by what stands before a zero."""
    label = _LABELS[int.from_bytes(octets[:2], "big") % len(_LABELS)]
    body = octets[2:]
    if b"\0" in body[:40]:
        name, _, body = body.partition(b"\0")
        label = name.decode("latin-1")
    codec = charset.canonical(label)
    flaws: list[Flaw] = []
    text = charset.decode(body, label, flaws)
    text.encode()
    assert charset.decode(body, label) == text
    assert all(0 <= start <= end <= len(body) for _, start, end, _ in flaws), flaws
    charset.decode_raw(body, label).encode()
    if codec is None:
        return
    charset.decode_damaged(body, codec).encode()
    strict = charset.decode_strictly(body, codec)
    assert (strict is None) == any(flaw[0] in ("E032", "E033") for flaw in flaws) or codec == "ascii"
    try:
        encoded = charset.encode(text, label)
    except ContentError as error:
        refused(error)
        return
    assert charset.decode(encoded, label) == text, label


@target("texts", passes=8)
def domains(octets: bytes) -> None:
    """Domains, in both forms of their labels."""
    text = text_of(octets)
    shown = domain.to_unicode(text)
    key = domain.key(text)
    assert domain.key(text) == key
    assert domain.same(text, text)
    try:
        ascii_form = domain.to_ascii(text)
    except AddressError as error:
        refused(error)
        return
    assert ascii_form.isascii()
    assert domain.to_ascii(ascii_form) == ascii_form
    assert domain.key(ascii_form) == key
    assert domain.same(text, ascii_form)
    again = domain.to_unicode(ascii_form)
    assert domain.same(again, ascii_form), (shown, again)


@target("texts", passes=8)
def parameter_input(octets: bytes) -> None:
    """Write what a caller gives as parameters, a name and a value in turn; it is read back, or refused."""
    texts = text_of(octets).split("\n")
    items = dict(zip(texts[::2], texts[1::2], strict=False))
    styles: tuple[Literal["rfc2231", "compat"], ...] = ("rfc2231", "compat")
    for style in styles:
        for utf8 in (False, True):
            try:
                made = parameters.Parameters.of(items)
                written = b"a;" + b"".join(parameters.pieces(made, utf8=utf8, style=style))
            except MimekitError as error:
                refused(error)
                return
            flaws: list[Flaw] = []
            read = parameters.parse(written, 1, flaws)
            assert dict(read) == dict(made), (written, read)
