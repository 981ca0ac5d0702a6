r"""
Charsets: octets that carry text, and the labels that say how.

RFC 2046 4.1.2 lets a part name its charset, RFC 2047 lets a word do so, and senders name whatever they like.  A label
is looked up in a table and nowhere else; text is decoded strictly or not by that charset at all, and no result ever
holds a lone surrogate.

    octets + label -> str;  str + label -> octets

May import: `errors`, `defects`, `codecs.labels`.  Imported by: `bulk`, `codecs.parameters`, `codecs.words`,
`headers`, `lint`, `part`, `strategies`.
"""

from __future__ import annotations

import re
from codecs import charmap_decode
from functools import cache, lru_cache
from itertools import accumulate

from mimekit.codecs.labels import LABELS, READ_AS
from mimekit.errors import ContentError, show

__all__ = ["canonical", "decode", "decode_damaged", "decode_raw", "decode_strictly", "encode"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from mimekit.defects import Flaw

_MAX_LABEL = 64  # the longest name in the registry has 45 characters

# Labels that are registered or customary and say that the charset is not known (RFC 1428 3).
_SAYS_NOTHING = frozenset(
    {"unknown-8bit", "x-unknown", "unknown", "default", "default_charset", "8bit", "none", "binary"}
)


@lru_cache(maxsize=256)
def canonical(label: str) -> str | None:
    """
    Name the Python codec that *label* means, ``None`` when nobody knows.

    Case, quotes, white space and trailing junk do not count; only character encodings are ever found.

    >>> canonical(" UTF8 "), canonical('"iso-8859-1";'), canonical("cp-850"), canonical("x-unknown"), canonical("rot13")
    ('utf-8', 'iso8859-1', 'cp850', None, None)
    """
    if len(label) > _MAX_LABEL:
        return None
    name = _clean(label)
    return LABELS.get(name) or _squashed().get(_squash(name))


def _clean(label: str) -> str:
    """Give *label* in lower case without quotes, blanks and what broken software puts around it."""
    # QUIRK: `_iso-2022-jp$ESC` is written by a mailer that lost its template variables.
    name = label.lower().strip(" \t\r\n\"'<>;,_")
    return name.removesuffix("$esc").partition(";")[0].rstrip(" \t\"'")


def _squash(name: str) -> str:
    return "".join([letter for letter in name if letter.isalnum()])


@cache
def _squashed() -> dict[str, str]:
    """Give the table with the punctuation of the labels left out; the first label wins."""
    table: dict[str, str] = {}
    for label, codec in LABELS.items():
        table.setdefault(_squash(label), codec)
    return table


def decode_strictly(octets: bytes, codec: str) -> str | None:
    r"""
    Decode by the superset that readers use for *codec* (a result of `canonical`), ``None`` when the octets are invalid.

    >>> decode_strictly(b"caf\xe9", "iso8859-1"), decode_strictly(b"caf\xe9", "utf-8")
    ('café', None)
    """
    if codec == "utf-8":  # the common case, without the look-ups
        try:
            return octets.decode()
        except UnicodeDecodeError:
            return None
    try:
        return _decode(octets, codec)
    except UnicodeDecodeError:
        return None


def decode_damaged(octets: bytes, codec: str) -> str:
    r"""
    Decode octets that are invalid in *codec* as well as it goes: what cannot be read is U+FFFD.

    >>> decode_damaged("\u4e2d\u6587".encode("gbk")[:-1], "gbk")
    '中�'
    """
    if codec == "utf-7":  # its decoder can make surrogates; the octets themselves are ASCII
        return decode_raw(octets)
    return octets.decode(READ_AS.get(codec, codec), "replace")


def _decode(octets: bytes, codec: str) -> str:
    """Decode or raise `UnicodeDecodeError`; the result holds no surrogate."""
    reader = READ_AS.get(codec, codec)
    if reader == "cp1252":
        return _decode_windows_1252(octets)
    if reader == "utf-16" and not octets.startswith((b"\xff\xfe", b"\xfe\xff")):
        reader = "utf-16-le"  # WHATWG: what comes without a byte order mark comes from Windows
    if reader in _LARGER:
        try:
            return octets.decode(reader)
        except UnicodeDecodeError:
            return _LARGER[reader](octets)
    text = octets.decode(reader)
    if reader == "utf-7" and (found := _surrogate().search(text)):
        # Python's decoder lets a lone surrogate through: +2AA- is U+D800.
        reason = f"U+{ord(found[0]):04X} is no character"
        raise UnicodeDecodeError(reader, octets, 0, len(octets), reason)
    return text


def _decode_windows_1252(octets: bytes) -> str:
    """Decode any octets: the five that windows-1252 leaves undefined are C1 controls, as WHATWG has it."""
    return charmap_decode(octets, "strict", _windows_1252())[0]


@cache
def _windows_1252() -> str:
    return "".join([bytes([octet]).decode("cp1252", "ignore") or chr(octet) for octet in range(256)])


@cache
def _surrogate() -> re.Pattern[str]:
    return re.compile("[\ud800-\udfff]")


def _decode_euc_jp(octets: bytes) -> str:
    """Decode EUC-JP with the characters of row 13 (circled digits, units), which Python's `euc_jp` lacks."""
    return octets.decode("euc_jis_2004")


def _decode_iso_2022_jp(octets: bytes) -> str:
    """Decode ISO-2022-JP as Windows writes it: with row 13, half-width katakana and JIS X 0212, by way of EUC-JP."""
    if not octets.isascii():
        codec, reason = "iso2022_jp", "octets over 0x7F"
        raise UnicodeDecodeError(codec, octets, 0, len(octets), reason)
    start, *rest = _shifts().split(octets)
    out = [start]
    for shift, run in zip(rest[::2], rest[1::2], strict=True):
        high = run.translate(_HIGH)
        if shift in (b"(B", b"(J"):
            out.append(run)
        elif shift == b"(I":
            out.append(_high_octet().sub(b"\x8e\\g<0>", high))
        elif shift == b"$(D":
            out.append(_high_pair().sub(b"\x8f\\g<0>", high))
        else:
            out.append(high)
    try:
        return b"".join(out).decode("euc_jis_2004")
    except UnicodeDecodeError as error:
        codec, run = "iso2022_jp", next(at for at, size in enumerate(accumulate(map(len, out))) if error.start < size)
        shifts = [found.span() for found in _shifts().finditer(octets)]
        first, last = 0 if not run else shifts[run - 1][1], len(octets) if run == len(shifts) else shifts[run][0]
        raise UnicodeDecodeError(codec, octets, first, last, error.reason) from None


_HIGH = bytes([octet | 0x80 if 0x21 <= octet <= 0x7E else octet for octet in range(256)])  # noqa: PLR2004 graphic octets


@cache
def _shifts() -> re.Pattern[bytes]:
    return re.compile(rb"\x1b(\$[@B]|\$\(D|\([BIJ])")


@cache
def _high_octet() -> re.Pattern[bytes]:
    return re.compile(rb"[\x80-\xff]")


@cache
def _high_pair() -> re.Pattern[bytes]:
    return re.compile(rb"[\x80-\xff]{2}")


_LARGER: dict[str, Callable[[bytes], str]] = {"euc_jp": _decode_euc_jp, "iso2022_jp": _decode_iso_2022_jp}
"""Codecs that have no superset in Python, with what decodes the superset."""


def decode_raw(octets: bytes, fallback: str | None = None) -> str:
    r"""
    Decode header octets whose charset nobody declared: UTF-8, then the label *fallback*, then windows-1252.

    Never raises, and the result holds no surrogate (RFC 6532 3.1 says UTF-8; older senders wrote what they had).

    >>> decode_raw("Gr\xfc\xdfe".encode()), decode_raw(b"Gr\xfc\xdfe"), decode_raw(b"\xd4\xc5\xc3", "koi8-r")
    ('Grüße', 'Grüße', 'тец')
    """
    try:
        return octets.decode()
    except UnicodeDecodeError:
        codec = canonical(fallback) if fallback else None
        text = decode_strictly(octets, codec) if codec not in (None, "ascii") else None
        return _decode_windows_1252(octets) if text is None else text


def decode(octets: bytes, label: str | None, flaws: list[Flaw] | None = None) -> str:
    r"""
    Decode a body by its charset *label*; absent, unknown or wrong labels: UTF-8, then windows-1252.

    Never raises, and the result holds no surrogate.  *flaws* gets E030 (8-bit octets and no label), E031 (unknown
    label), E032 (octets that are invalid in the charset) or E033 (8-bit octets under us-ascii).

    >>> decode(b"caf\xe9", "iso-8859-1"), decode(b"\x93caf\xe9\x94", "us-ascii")
    ('café', '“café”')
    """
    codec = canonical(label) if label and label.strip() else "ascii"
    if codec == "ascii" or codec is None:
        if flaws is not None:
            flaws += _label_flaws(octets, label, codec)
        return decode_raw(octets)
    try:
        return _decode(octets, codec)
    except UnicodeDecodeError as error:
        if flaws is not None:
            flaws.append(("E032", error.start, error.end, f"octets are not valid in {show(label)}: {error.reason}"))
        return decode_raw(octets)


def _label_flaws(octets: bytes, label: str | None, codec: str | None) -> list[Flaw]:
    """Say what is wrong with *octets* under a label that is absent, unknown or us-ascii."""
    known = codec is not None or _clean(label or "") in _SAYS_NOTHING
    if octets.isascii():
        return [] if known else [("E031", 0, 0, f"charset {show(label)} is unknown")]
    first = len(octets) - len(octets.lstrip(_ASCII))
    if codec is None:
        return [("E031", first, len(octets), f"charset {show(label)} is unknown and there are 8-bit octets")]
    if label and label.strip():
        return [("E033", first, first + 1, "8-bit octet under charset us-ascii")]
    return [("E030", first, first + 1, "8-bit octet and no charset")]


_ASCII = bytes(range(0x80))


def encode(text: str, label: str) -> bytes:
    r"""
    Encode *text* by the charset *label*, strictly: what the charset cannot hold raises `ContentError`.

    So does what the charset's readers would take for other text: Python writes the rarer Hangul of ``euc-kr`` as eight
    octets that they show as four letters, and shift codes that stand in a text as they are.

    >>> encode("caf\xe9", "iso-8859-1")
    b'caf\xe9'
    """
    codec = canonical(label)
    if codec is None:
        message = f"charset {show(label)} is not known (IANA character sets); write utf-8"
        raise ContentError(message)
    try:
        octets = text.encode(codec)
    except UnicodeEncodeError as error:
        message = (
            f"text has U+{ord(text[error.start]):04X} at index {error.start}, which charset {show(label)} cannot hold "
            f"(RFC 2046 4.1.2); write utf-8 or change the text"
        )
        raise ContentError(message) from None
    if decode_strictly(octets, codec) != text:
        message = (
            f"text in charset {show(label)} would be read as other text, for readers decode a larger charset, or it "
            f"holds a shift code of that charset; write utf-8 or change the text"
        )
        raise ContentError(message)
    return octets
