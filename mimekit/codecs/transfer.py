"""
Transfer encodings by name: which codec a name means, and which encoding is the cheapest that is safe.

RFC 2045 6.  Names are read tolerantly (``"base64"``, ``quoted-printable;``, ``8bits`` are met in mail), with a flaw;
an unknown one leaves the octets as they are (RFC 2049 2 (2)).

    a name and octets -> octets

May import: `errors`, `defects`, the other codecs.  Imported by: `assemble`, `dkim`, `faults`, `lint`, `part`,
`reencode`, `strategies`, `testing`.
"""

from __future__ import annotations

import re
from functools import cache

from mimekit.codecs import base64, plain, quopri, uu
from mimekit.errors import ContentError, show

__all__ = [
    "CODECS",
    "NAMES",
    "TRANSPORTS",
    "canonical",
    "choose",
    "decode",
    "encode",
    "has_risky_line",
    "judged",
    "shorter",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from mimekit.defects import Flaw

NAMES = ("7bit", "8bit", "binary", "quoted-printable", "base64")
"""The encodings of RFC 2045 6.1, which are those that can be written."""

TRANSPORTS = ("7bit", "8bit", "smtputf8")
"""What the way to the recipient takes: RFC 5321, RFC 6152 (8BITMIME), RFC 6531 (SMTPUTF8)."""

CODECS: dict[str, Callable[[bytes, list[Flaw] | None], bytes]] = {
    "7bit": plain.decode,
    "8bit": lambda data, flaws: plain.decode(data, flaws, name="8bit"),
    "binary": lambda data, flaws: plain.decode(data, flaws, name="binary"),
    "quoted-printable": quopri.decode,
    "base64": base64.decode,
    "uuencode": uu.decode,
}
"""The decoder of each name that `canonical` gives."""

_OTHER_NAMES = {
    "7-bit": "7bit",
    "7bits": "7bit",
    "8-bit": "8bit",
    "8bits": "8bit",
    "quoted printable": "quoted-printable",
    "quotedprintable": "quoted-printable",
    "uue": "uuencode",
    "x-uue": "uuencode",
    "x-uuencode": "uuencode",
}
_NONSTANDARD = ("uuencode", "uue", "yenc", "binhex", "binhex40", "mac-binhex40", "gzip64")  # and every `x-` name

_MAY_STAND = bytes(range(32, 127)).replace(b"=", b"\t\r\n")  # raw in quoted-printable


def canonical(name: str) -> str | None:
    r"""
    Give the name of the codec that *name* means, or ``None``: any case, blanks, quotes, a comment or ``;`` after it.

    >>> canonical("Base64 "), canonical('"8bits"'), canonical("x-uue"), canonical("x-base85")
    ('base64', '8bit', 'uuencode', None)
    """
    wanted = name.lower()
    if wanted not in CODECS:
        wanted = wanted.partition(";")[0].partition("(")[0].strip(' \t\r\n"')
        wanted = _OTHER_NAMES.get(wanted, wanted)
    return wanted if wanted in CODECS else None


def decode(name: str | None, data: bytes, flaws: list[Flaw] | None = None) -> bytes:
    r"""
    Decode *data* by the Content-Transfer-Encoding *name*; ``None`` (no such field) is 7bit, RFC 2045 6.1.

    An unknown name leaves *data* as it is (E001, or E002 for one of the private encodings).

    >>> decode("BASE64", b"TWFu\r\n")
    b'Man'
    """
    known = judged(name, flaws)
    return data if known is None else CODECS[known](data, flaws)


def judged(name: str | None, flaws: list[Flaw] | None) -> str | None:
    """
    Give what `canonical` makes of *name*, ``7bit`` where there is none.

    *flaws* get a name that RFC 2045 6.1 does not have, at the start of the body it belongs to.
    """
    known = "7bit" if name is None else canonical(name)
    if name is not None and flaws is not None:
        _judge_name(name, known, flaws)
    return known


def _judge_name(name: str, known: str | None, flaws: list[Flaw]) -> None:
    plain_name = name.strip(" \t\r\n").lower()
    if plain_name in NAMES:
        return
    before, _, comment = plain_name.partition("(")  # a comment may stand beside the name (RFC 2045 6.1, RFC 822 3.4.3)
    if before.rstrip(" \t\r\n") in NAMES and comment.find(")") == len(comment) - 1 >= 0:
        return
    code = "E002" if plain_name.startswith("x-") or plain_name in _NONSTANDARD else "E001"
    reading = "the body is left as it is" if known is None else f"read as {known}"
    flaws.append((code, 0, 0, f"transfer encoding {show(name)}, {reading}"))


def choose(body: bytes, *, text: bool, transport: str) -> str:
    r"""
    Name the cheapest encoding that is safe for *body* (with CRLF line ends when it is *text*) over *transport*.

    Text goes as ``7bit``, or ``8bit`` where the transport takes it, unless a line is longer than 998 octets, a CR, LF
    or NUL is out of place, or a line is one that others change: ``From `` (mailbox files) or a single dot (SMTP).
    Then it is the shorter of ``quoted-printable`` and ``base64``.  What is not text is always ``base64``.

    Raises `ContentError` for a transport that is not in `TRANSPORTS`.

    >>> choose(b"Hello\r\n", text=True, transport="7bit")
    '7bit'
    >>> choose(b"From here\r\n", text=True, transport="7bit")
    'quoted-printable'
    """
    if transport not in TRANSPORTS:
        message = f"transport is {show(transport)}; it is one of {', '.join(TRANSPORTS)}"
        raise ContentError(message)
    if not text:
        return "base64"
    is_ascii = body.isascii()
    if (is_ascii or transport != "7bit") and plain.is_8bit(body) and not has_risky_line(body):
        return "7bit" if is_ascii else "8bit"
    return shorter(body)


def shorter(body: bytes) -> str:
    """Name the one of ``quoted-printable`` and ``base64`` that is shorter for *body*, the first when they are equal."""
    return "quoted-printable" if _is_shorter_quoted(body) else "base64"


def has_risky_line(body: bytes) -> bool:
    """Tell whether a line begins with ``From `` (RFC 4155) or is a single dot (RFC 5321 4.5.2)."""
    return body.startswith((b"From ", b".\r\n", b".\n")) or body == b"." or _risky_line().search(body) is not None


@cache
def _risky_line() -> re.Pattern[bytes]:
    return re.compile(rb"\n(?:From |\.(?:\r?\n|\Z))")


def _is_shorter_quoted(body: bytes) -> bool:
    """Tell whether quoted-printable is at most as long as base64; both are tried only when counting leaves it open."""
    limit = base64.encoded_length(len(body))
    least = len(body) + 2 * len(body.translate(None, _MAY_STAND))
    if least > limit:
        return False
    # At most: in 72 octets a soft line break and one more where a line begins with a dot, two escapes more in a line.
    most = least + least // 7 + 5 * max(body.count(b"\n"), body.count(b"\r")) + 16
    return most <= limit or len(encode("quoted-printable", body)) <= limit


def encode(name: str, body: bytes) -> bytes:
    r"""
    Encode *body* so that `decode` gives it back octet for octet.

    Quoted-printable keeps the lines of a body whose line ends are all CRLF; in any other, CR and LF are encoded.

    Raises `ContentError` for a name that cannot be written, and when *body* is not what ``7bit`` or ``8bit`` says.

    >>> encode("quoted-printable", b"1 + 1 = 2\r\n")
    b'1 + 1 =3D 2\r\n'
    """
    if name == "base64":
        return base64.encode(body)
    if name == "quoted-printable":
        return quopri.encode_binary(body) if plain.has_bare_line_end(body) else quopri.encode(body)
    if name not in NAMES:
        message = f"transfer encoding {show(name)} cannot be written; use one of {', '.join(NAMES)} (RFC 2045 6.1)"
        raise ContentError(message)
    if (name == "7bit" and not plain.is_7bit(body)) or (name == "8bit" and not plain.is_8bit(body)):
        message = (
            f"the body of {len(body)} octets is not {name} data: it has {_obstacle(name, body)} (RFC 2045 2.7, 2.8); "
            "use quoted-printable or base64"
        )
        raise ContentError(message)
    return body


def _obstacle(name: str, body: bytes) -> str:
    """Say what keeps *body* from being 7bit or 8bit data."""
    if name == "7bit" and not body.isascii():
        return "octets over 127"
    if b"\0" in body:
        return "a NUL"
    if plain.has_bare_line_end(body):
        return "a CR or LF that is not part of CRLF"
    return f"a line of {plain.longest_line(body)} octets"
