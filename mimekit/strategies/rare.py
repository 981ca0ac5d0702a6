r"""
Rare messages: what is legal and hardly ever met, and what only RFC 5322 section 4 allows.

Parsers are tested with what people write; these draw the rest of what the grammar has.  A message is a plain one in
which some fields or the body are replaced by something rare, so that what fails shrinks to one rarity.

    nothing -> SearchStrategy[Message]

May import: everything of the core, `strategies`.  Imported by: `strategies`.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit.parser import parse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import SearchStrategy

    from mimekit.message import Message

__all__ = ["OBSOLETE_CODES", "Obsolete", "exotic_messages", "obsolete_messages", "obsolete_models"]

_PLAIN = {
    "From": b"a@a.example",
    "To": b"a@a.example",
    "Subject": b"a",
    "Date": b"Sat, 01 Jan 2000 00:00:00 +0000",
    "Message-ID": b"<a@a.example>",
    "MIME-Version": b"1.0",
}
"""The fields of every message here, in the order in which they stand."""

_MOST = 4  # rarities of one message


def _octets(fields: dict[str, bytes], more: Sequence[bytes], rest: bytes) -> bytes:
    """Put a message together: its fields, others that have their names, the content fields with the body."""
    named = [b"%b: %b" % (name.encode(), body) for name, body in fields.items()]
    return b"\r\n".join([*named, *more, rest])


def _checked(max_octets: int | None, least: int, strategy: str) -> None:
    if max_octets is not None and max_octets < least:
        message = f"max_octets={max_octets} is too few for {strategy}(); the least have {least}"
        raise InvalidArgument(message)


# ------------------------------------------------------------------------------------------------ legal, and rare


class Rarity(NamedTuple):
    """One rare thing: what it is, the field that it replaces (or ``+``: one more, ``body``: all of it), the octets."""

    name: str
    place: str
    octets: bytes


def exotic_messages(*, max_octets: int | None = None) -> SearchStrategy[Message]:
    r"""
    Draw messages that are legal and rare, parsed; one has one to four rarities of a list of a hundred.

    Among them are lines of 998 octets, folds before everything, comments in comments, quoted pairs of everything, empty
    groups, local parts in quotes, address literals, the zone ``-0000``, a leap second, the year 9999, a hundred
    references, encoded words of one octet, of other charsets, and with a language; parameters in thirty sections and in
    any order; boundaries of one and of seventy characters, with spaces and colons, and lines that nearly are
    delimiters; parts without a header, without a body, without both; multiparts of one part, and ten deep; preamble and
    epilogue; message/rfc822 ten deep; digests with their default type; quoted-printable with a soft break after every
    octet, base64 with one character in a line; nothing at all for a body.

    None has a defect that is an error.  RFC 5322 3, 2045, 2046, 2047, 2231, 6854.  Raises `InvalidArgument` for fewer
    than 256 *max_octets*.  Shrinks to a message with one rarity, the simplest an address in angle brackets.

    >>> from hypothesis import find
    >>> find(exotic_messages(), lambda message: message.from_[0].local_part == "").headers["From"]
    '""@a.example'
    """
    return st.deferred(lambda: _exotic(max_octets))


@cache
def _exotic(max_octets: int | None) -> SearchStrategy[Message]:
    _checked(max_octets, 256, "exotic_messages")
    room = None if max_octets is None else max_octets - len(message_of([]))
    fit = [one for one in rarities() if room is None or len(one.octets) <= room]
    # One that has the place of another is left out, for a list without doubles does not shrink to one.
    drawn = st.lists(st.sampled_from(fit), min_size=1, max_size=_MOST)
    return drawn.map(lambda found: parse(message_of(list({one.place: one for one in found}.values()), room)))


def message_of(rarities: Sequence[Rarity], room: int | None = None) -> bytes:
    """Lay rarities over the plain message, as many of them as there is room for; one has room always."""
    fields, more, rest = dict(_PLAIN), [], b"Content-Type: text/plain\r\n\r\na\r\n"
    used = 0
    for one in rarities:
        used += len(one.octets)
        if room is not None and used > room and used > len(one.octets):
            break
        if one.place == "body":
            rest = one.octets
        elif one.place.startswith("+"):
            more.append(one.octets)
        elif one.octets:
            fields[one.place] = one.octets
        else:
            del fields[one.place]
    return _octets(fields, more, rest)


@cache
def rarities() -> tuple[Rarity, ...]:
    return tuple([Rarity(*one) for one in (*_addresses(), *_other_fields(), *_leaves(), *_multiparts())])


def _nested(open_: bytes, close: bytes, inside: bytes, depth: int) -> bytes:
    return open_ * depth + inside + close * depth


_ALL_ATEXT = b"!#$%&'*+-/=?^_`{|}~"
_ALL_QTEXT = bytes([one for one in range(0x20, 0x7F) if one not in b'"\\'])
_ALL_PAIRS = b"".join([b"\\%c" % one for one in range(0x20, 0x7F)])
_ALL_CTEXT = bytes([one for one in range(0x20, 0x7F) if one not in b"()\\"])


def _addresses() -> list[tuple[str, str, bytes]]:
    """Give rarities of address fields (RFC 5322 3.4)."""
    mailbox = b"a@a.example"
    return [
        ("angle brackets alone", "From", b"<a@a.example>"),
        ("a tab after the colon", "From", b"\ta@a.example"),
        ("a fold after the colon", "From", b"\r\n a@a.example"),
        ("a blank and a fold after the colon", "From", b" \r\n\ta@a.example"),
        ("a name in one atom of all characters", "From", _ALL_ATEXT.replace(b"=?", b"?=") + b" <a@a.example>"),
        ("a name of all qtext", "From", b'"%b" <a@a.example>' % _ALL_QTEXT.replace(b"=?", b"?=")),
        ("a name with a quote in its quotes", "From", b'"a \\" b" <a@a.example>'),
        ("a name of all quoted pairs", "From", b'"%b" <a@a.example>' % _ALL_PAIRS),
        ("an empty quoted name", "From", b'"" <a@a.example>'),
        ("words of both kinds", "From", b'a "b" c "d,e" =?utf-8?q?f?= <a@a.example>'),
        ("words without white space", "From", b'a"b"<a@a.example>'),
        ("a name with a fold in its quotes", "From", b'"a\r\n b" <a@a.example>'),
        ("comments everywhere", "From", b"(a) b (c) d (e) < (f) a (g) @ (h) a.example (i) > (j)"),
        ("a comment ten deep", "From", _nested(b"(", b")", b"a", 10) + b" " + mailbox),
        ("a comment of all ctext", "From", b"(%b) %b" % (_ALL_CTEXT.replace(b"=?", b"?="), mailbox)),
        ("a comment of all quoted pairs", "From", b"(%b) %b" % (_ALL_PAIRS, mailbox)),
        ("a comment with an address", "From", b"(b@b.example,) a@a.example"),
        ("a comment with folds", "From", b"(a\r\n b\r\n\tc) a@a.example"),
        ("an encoded word in a comment", "From", b"(=?utf-8?q?=C3=A9?=) <a@a.example>"),
        ("a name after an address", "From", b"a@a.example (Ada)"),
        ("a local part of all characters", "From", _ALL_ATEXT.replace(b"=?", b"?=") + b"@a.example"),
        ("a local part in quotes", "From", b'"a b"@a.example'),
        ("an empty local part", "From", b'""@a.example'),
        ("a local part of specials", "From", rb'"()<>[]:;@,.\"\\"@a.example'),
        ("a local part of 64 octets", "From", b"a" * 64 + b"@a.example"),
        ("a domain of one letter labels", "From", b"a@a.b.c.d.e.f.g.example"),
        ("a domain of 253 octets", "To", b"a@" + b".".join([b"a" * 63] * 3) + b"." + b"a" * 52 + b".example"),
        ("an address literal", "To", b"a@[192.0.2.1]"),
        ("an IPv6 literal", "To", b"a@[IPv6:2001:db8::1]"),
        ("white space in a literal", "To", b"a@[ 192.0.2.1 ]"),
        ("an A-label", "To", b"a@xn--bcher-kva.example"),
        ("an empty group", "To", b"undisclosed-recipients:;"),
        ("a group with a comment for members", "To", b"a:(nobody);"),
        ("a group of spaced members", "To", b"a b : a@a.example , B <b@b.example> ; , c@c.example"),
        ("groups beside groups", "To", b"a:;, b:c@c.example;, d:;"),
        ("a group with a quoted name", "To", b'"a,b;c:d":a@a.example;'),
        ("a hundred addresses", "To", b",\r\n ".join([b"a%d@a.example" % number for number in range(100)])),
        ("folds around every token", "To", b"a\r\n b\r\n <\r\n a@a.example\r\n >\r\n ,\r\n c@c.example"),
        ("several authors and a sender", "From", b"a@a.example, b@b.example\r\nSender: a@a.example"),
        ("groups in all fields", "To", b"a:;\r\nReply-To: b:b@b.example;\r\nCc: c:;\r\nBcc:"),
        ("a line of 998 octets", "To", b"a@a.example, " + b"a" * 967 + b" <b@b.example>"),
        ("a name that looks like an address", "To", b'"a@a.example" <a@a.example>'),
    ]


def _word(label: bytes, octets: bytes) -> bytes:
    from binascii import b2a_base64

    return b"=?%b?B?%b?=" % (label, b2a_base64(octets, newline=False))


def _other_fields() -> list[tuple[str, str, bytes]]:
    """Give rarities of all other fields."""
    many_ids = b"\r\n ".join([b"<%d@a.example>" % number for number in range(100)])
    return [
        ("no space after the colon", "+Comments", b"Comments:a"),
        ("an empty field", "+Comments", b"Comments:"),
        ("a field name of all characters", "+name", bytes(range(0x21, 0x7F)).replace(b":", b"") + b": a"),
        ("a field name of one character", "+name", b"!: a"),
        ("a field of 998 octets", "+Comments", b"Comments: " + b"a" * 988),
        ("a field of a thousand lines", "+Comments", b"Comments: a" + b"\r\n a" * 999),
        ("hidden recipients", "To", b"b@b.example\r\nBcc: c@c.example"),
        ("a field twice", "+Comments", b"Comments: a\r\nComments: b"),
        ("words as keywords", "+Keywords", b'Keywords: a, "b, c", (d) e f, =?utf-8?q?g?=\r\nKeywords: h'),
        ("no subject", "Subject", b""),
        ("a subject of 900 octets in words", "Subject", b"\r\n ".join([b"a" * 70] * 12)),
        ("a subject of colons", "Subject", b': a: b: <c@c.example>, (d) "e\\" f'),
        ("a subject that looks like a field", "Subject", b"a\r\n From: b@b.example\r\n\tTo: c@c.example"),
        ("spaces in a subject", "Subject", b"a   b\t \tc"),
        ("folds before all spaces", "Subject", b"a\r\n  b\r\n\tc\r\n d"),
        ("encoded words of one octet", "Subject", b"\r\n ".join([b"=?us-ascii?q?a?="] * 30)),
        ("an encoded word of 75 octets", "Subject", b"\r\n =?utf-8?q?" + b"a" * 63 + b"?="),
        ("an encoded word with a language", "Subject", b"=?iso-8859-1*de?Q?gr=fc=DF?="),
        ("encoded words beside text", "Subject", b"a =?utf-8?q?b?= c =?UTF-8?B?ZA==?=\r\n =?utf-8?b?ZQ==?= f"),
        ("what is no encoded word", "Subject", b"=? a ?= =?= ?=? ?utf-8?q?a? =utf-8=q=a="),
        ("an underscore and an equals sign", "Subject", b"=?utf-8?q?a=5Fb=3Dc_d=20e?= _=_"),
        *[
            (f"a word in {label}", "Subject", _word(label.encode(), text.encode(label)))
            for label, text in (
                ("iso-2022-jp", "\u65e5\u672c\u8a9e"),
                ("shift_jis", "\u65e5\u672c\u8a9e"),
                ("gb18030", "\u4e2d\u6587\U0001f389"),
                ("big5", "\u4e2d\u6587"),
                ("euc-kr", "\ud55c\uae00"),
                ("koi8-r", "\u043f\u0440\u0438\u0432\u0435\u0442"),
                ("windows-1251", "\u043f\u0440\u0438\u0432\u0435\u0442"),
                ("iso-8859-8", "\u05e9\u05dc\u05d5\u05dd"),
                ("utf-16be", "\u65e5a"),
            )
        ],
        ("the unknown zone", "Date", b"Sat, 01 Jan 2000 00:00:00 -0000"),
        ("no day of the week, no seconds", "Date", b"1 Jan 2000 00:00 +0000"),
        ("a leap second", "Date", b"Sat, 31 Dec 2016 23:59:60 +0000"),
        ("a date far back", "Date", b"Mon, 01 Jan 1900 00:00:00 +0000"),
        ("a date far ahead", "Date", b"Fri, 31 Dec 9999 23:59:59 +0000"),
        ("half an hour from UTC", "Date", b"29 Feb 2000 12:34:56 -0930"),
        ("14 hours from UTC", "Date", b"1 Jan 2000 00:00:00 +1400"),
        ("a date in lower case", "Date", b"sat, 01 jan 2000 00:00:00 +0000"),
        ("a date in folds", "Date", b"Sat,\r\n 01\r\n Jan\r\n 2000\r\n 00:00:00\r\n +0000"),
        ("a comment after the zone", "Date", b"Sat, 01 Jan 2000 00:00:00 +0000 (a (b) \\))"),
        ("an id of all characters", "Message-ID", b"<" + _ALL_ATEXT.replace(b"=?", b"?=") + b".a@a.example>"),
        ("an id with a literal", "Message-ID", b"<a@[192.0.2.1]>"),
        ("an id with another literal", "Message-ID", b"<a@[" + b"!\"#$%&'()*+,-./:;<=>?@^_`{|}~" + b"]>"),
        ("an id of 900 octets", "Message-ID", b"<" + b"a" * 880 + b"@a.example>"),
        ("comments around an id", "Message-ID", b"(a) <a@a.example> (b)"),
        ("a fold before an id", "Message-ID", b"\r\n <a@a.example>"),
        ("a hundred references", "+References", b"References: " + many_ids + b"\r\nIn-Reply-To: <99@a.example>"),
        ("references without white space", "+References", b"References: <a@a.example><b@b.example>(c)<d@d.example>"),
        ("comments in MIME-Version", "MIME-Version", b"(a) 1 (b) . (c) 0 (d)"),
        ("trace and resent blocks", "+Resent", _RESENT),
        ("names in other cases", "+cASES", b"cOMMENTS: a\r\nX-A: b\r\nx-a: c"),
        ("a field of one long word", "+X-Long", b"X-Long:\r\n " + b"a" * 990),
    ]


_RESENT = (
    b"Resent-From: b@b.example\r\nResent-Date: Sun, 02 Jan 2000 00:00:00 +0000\r\nResent-To: c@c.example\r\n"
    b"Resent-Message-ID: <r2@b.example>\r\n"
    b"Resent-From: c@c.example\r\nResent-Date: Mon, 03 Jan 2000 00:00:00 +0000\r\nResent-To: d:;, d@d.example"
)


def _typed(kind: bytes, body: bytes, *more: bytes) -> bytes:
    """Give content fields and a body."""
    return b"\r\n".join([b"Content-Type: " + kind, *more, b"", body])


def _leaves() -> list[tuple[str, str, bytes]]:
    """Give rarities of single bodies (RFC 2045, 2231)."""
    quoted, coded = b"Content-Transfer-Encoding: Quoted-Printable", b"content-transfer-encoding: BASE64"
    sections = b"".join([b";\r\n filename*%d=%c" % (number, 97 + number % 26) for number in range(30)])
    mixed = b"; filename*1=\"b c\"; filename*0*=utf-8'en'%C3%A9a; filename*2*=%e2%82%ac"
    bodies = [
        ("no body and no empty line", b"X-Last: a"),
        ("an empty body", b"\r\n"),
        ("a body without a last line end", b"\r\na"),
        ("a body of empty lines", b"\r\n\r\n\r\n\r\n"),
        ("a body that looks like a header", b"\r\nFrom: b@b.example\r\nTo: c@c.example\r\n\r\nd\r\n"),
        ("a line of 998 octets in the body", _typed(b"text/plain", b"a" * 998 + b"\r\n")),
        ("lines that are changed on the way", _typed(b"text/plain", b".\r\n..\r\nFrom a\r\n>From a\r\n-- \r\n. \r\n")),
        ("all octets that 8bit has", _typed(b"text/plain; charset=koi8-r", _EIGHT, b"Content-Transfer-Encoding: 8BIT")),
        ("a type in capitals", _typed(b"TEXT/PLAIN; CHARSET=US-ASCII", b"a\r\n")),
        ("folds in the type", _typed(b"\r\n text/plain\r\n ;\r\n charset=us-ascii\r\n ;\r\n a=b", b"a\r\n")),
        ("comments in the type", _typed(b"text/plain (a); (b;c=d) charset=us-ascii (e (f))", b"a\r\n")),
        ("values in quotes", _typed(b'text/plain; charset="us-ascii"; a="b;c=d \\"e\\" \\\\"; f=""', b"a\r\n")),
        ("forty parameters", _typed(b"text/plain" + b"".join([b"; p%d=a" % one for one in range(40)]), b"a\r\n")),
        ("an unknown type", _typed(b"x-a/x-b.c+d; e*=us-ascii''%41", b"a\r\n")),
        ("a soft break after every octet", _typed(b"text/plain", b"=\r\n".join([b"a", b"b", b"=3D", b"c"]), quoted)),
        ("every octet escaped", _typed(b"text/plain", b"=61=62=\r\n=63=0D=0A=64\r\n", quoted)),
        ("spaces and soft breaks", _typed(b"text/plain", b"a =\r\n\tb=20\r\n=09\r\n=\r\n", quoted)),
        ("lines of 76 characters", _typed(b"text/plain", (b"a" * 75 + b"=\r\n") * 3 + b"a" * 76 + b"\r\n", quoted)),
        ("one character of base64 in a line", _typed(b"text/plain", b"Y\r\nW\r\nI\r\n=\r\n", coded)),
        ("base64 without a line end", _typed(b"text/plain", b"YWI=", coded)),
        ("empty base64", _typed(b"application/octet-stream", b"", coded)),
        ("a text in iso-2022-jp", _typed(b"text/plain; charset=iso-2022-jp", b"\x1b$BF|K\\\x1b(B\r\n")),
        ("a name in two sections", _typed(b"text/plain", b"a\r\n", _TWO_SECTIONS)),
        ("a name with specials", _typed(b"text/plain", b"a\r\n", b'Content-Disposition: attachment; filename="a;b"')),
        ("a name in thirty sections", _typed(b"text/plain", b"a\r\n", b"Content-Disposition: attachment" + sections)),
        (
            "sections of both kinds in any order",
            _typed(b"text/plain", b"a\r\n", b"Content-Disposition: attachment" + mixed),
        ),
        (
            "a name in another charset",
            _typed(b"text/plain", b"a\r\n", b"Content-Disposition: inline; filename*=koi8-r''%CB"),
        ),
        ("a plain name beside a full one", _typed(b"text/plain", b"a\r\n", _BOTH_NAMES)),
        ("all the content fields", _typed(b"text/plain", b"a\r\n", _CONTENT_FIELDS)),
        ("an unknown disposition", _typed(b"text/plain", b"a\r\n", b"Content-Disposition: x-a; x-b=c")),
    ]
    return [(name, "body", octets) for name, octets in bodies]


_EIGHT = bytes(range(0x80, 0x100)) + b"\r\n"
_BOTH_NAMES = b"Content-Disposition: attachment; filename=\"a_.txt\"; filename*=utf-8''a%C3%A9.txt"
_TWO_SECTIONS = b"Content-Disposition: attachment; filename*0=a; filename*1=b"
_CONTENT_FIELDS = (
    b"Content-ID: (a) <a@a.example> (b)\r\nContent-Description: =?utf-8?q?=C3=A9?=\r\nContent-Language: en, de-AT\r\n"
    b"Content-Location: http://a.example/a;b=c\r\nContent-Disposition: INLINE\r\nContent-X-Any: a"
)
_WHOLE_BOUNDARY = b"'()+_,-./:=? 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuv"[:70]


def _multipart(
    boundary: bytes, *parts: bytes, kind: bytes = b"mixed", before: bytes = b"", after: bytes = b"\r\n"
) -> bytes:
    delimiter = b"--" + boundary
    inside = b"".join([b"%b\r\n%b\r\n" % (delimiter, part) for part in parts])
    return b'Content-Type: multipart/%b; boundary="%b"\r\n\r\n%b%b%b--%b' % (
        kind, boundary, before, inside, delimiter, after
    )  # fmt: skip


def _multiparts() -> list[tuple[str, str, bytes]]:
    """Give rarities of multiparts and embedded messages (RFC 2046 5)."""
    part = b"Content-Type: text/plain\r\n\r\na"
    deep, embedded = part, b"From: z@z.example\r\nDate: Sat, 01 Jan 2000 00:00:00 +0000\r\n\r\na"
    for level in range(10):
        deep = _multipart(b"%d-" % level, deep, after=b"")
        embedded = (
            b"From: %c@a.example\r\nDate: Sat, 01 Jan 2000 00:00:00 +0000\r\nMIME-Version: 1.0\r\n"
            b"Content-Type: message/rfc822\r\n\r\n%b" % (97 + level, embedded)
        )
    padded = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b \t \r\n"
        + part
        + b"\r\n--b\t\r\n"
        + part
        + b"\r\n--b-- \t\r\n"
    )
    digest = _multipart(
        b"b", b"\r\nFrom: b@b.example\r\nDate: Sat, 01 Jan 2000 00:00:00 +0000\r\n\r\na", kind=b"digest"
    )
    bodies = [
        ("a multipart of one part", _multipart(b"b", part)),
        ("a boundary of one character", _multipart(b"'", part, part)),
        ("a boundary of 70 characters", _multipart(b"a" * 70, part, part)),
        ("a boundary of all characters", _multipart(_WHOLE_BOUNDARY, part, part)),
        ("a boundary with spaces", _multipart(b"a b  c", part, part)),
        ("a boundary of dashes", _multipart(b"--", part, b"\r\n-\r\n- -")),
        ("a boundary that is a number", _multipart(b"0", b"\r\n--1", b"\r\n--a0\r\n---0")),
        ("lines that are nearly delimiters", _multipart(b"b", b"\r\n-b\r\n --b\r\n- -b\r\na--b\r\n--\r\n--a", part)),
        ("white space after delimiters", padded),
        ("preamble and epilogue", _multipart(b"b", part, before=b"a\r\n\r\nb\r\n", after=b"\r\nc\r\n\r\nd\r\n")),
        ("no last line end", _multipart(b"b", part, after=b"")),
        ("a part without a header", _multipart(b"b", b"\r\na", b"\r\n\r\na\r\n")),
        ("a part without a body", _multipart(b"b", b"Content-Type: text/plain\r\n", part)),
        ("parts of nothing", _multipart(b"b", b"\r\n", b"\r\n", b"\r\n")),
        ("a hundred parts", _multipart(b"b", *[b"\r\n%d" % number for number in range(100)])),
        ("a multipart in a multipart", _multipart(b"b", _multipart(b"a", part, after=b""))),
        ("multiparts ten deep", deep),
        ("messages ten deep", embedded.split(b"MIME-Version: 1.0\r\n", 1)[1]),
        ("a digest", digest),
        ("a multipart of an unknown kind", _multipart(b"b", part, part, kind=b"x-a")),
        ("parallel parts", _multipart(b"b", part, b"Content-Type: image/gif\r\n\r\nGIF89a", kind=b"parallel")),
        ("a boundary in sections", _multipart(b"bc", part).replace(b'boundary="bc"', b'boundary*0="b"; boundary*1=c')),
        ("a piece of a message", _typed(b'message/partial; number=1; total=2; id="a@a.example"', part)),
        (
            "a body elsewhere",
            _typed(b'message/external-body; access-type=URL;\r\n URL="http://a.example/a"', part + b"\r\n"),
        ),
        ("a part with fields of its own", _multipart(b"b", b"Subject: b\r\nX-A: c\r\nReceived: d\r\n\r\na", part)),
    ]
    return [(name, "body", octets) for name, octets in bodies]


# --------------------------------------------------------------------------------------------------------- obsolete


class Obsolete(NamedTuple):
    """A field that only RFC 5322 4 allows: the plain body that says the same, its octets, the codes that may tell."""

    name: str
    plain: bytes
    octets: bytes
    codes: tuple[str, ...]


OBSOLETE_CODES = frozenset(
    ("A017", "A018", "A019", "A023", "A031", "H011", "H014", "H024", "H202", "H203", "H216")
)  # fmt: skip
"""The codes of lint rules that tell of obsolete syntax: each message of `obsolete_messages` is flagged by one."""

_ATOMS = st.sampled_from((b"a", b"ada", b"b", b"x+y", b"o'neill", b"1"))
_ANY_CFWS = (
    b" ",
    b"\t",
    b"  ",
    b" (a) ",
    b"(a)",
    b" (a (b)) ",
    b"(\\))",
    b" (@) ",
    b" (.) ",
    b"\r\n ",
    b"\r\n (a)\r\n ",
)
_CFWS = st.sampled_from(_ANY_CFWS)
_DOMAINS = st.sampled_from(((b"a", b"example"), (b"mail", b"a", b"example"), (b"example", b"com")))
_NAMES = st.sampled_from((b"", b"Ada ", b'"King, Ada" '))
_ZONES = st.sampled_from(
    (
        *((b"GMT", 0), (b"UT", 0), (b"gmt", 0), (b"EST", -300), (b"CDT", -300), (b"EDT", -240), (b"CST", -360)),
        *((b"MDT", -360), (b"MST", -420), (b"PDT", -420), (b"PST", -480), (b"Z", None), (b"A", None), (b"y", None)),
    )
)
"""Letters, and minutes from UTC; ``None``: nobody knows, so it is -0000 (RFC 5322 4.3)."""


def obsolete_messages(*, max_octets: int | None = None) -> SearchStrategy[Message]:
    """
    Draw messages with one to three fields that only RFC 5322 section 4 allows, parsed: read them, and never write them.

    Source routes (4.4), words and white space around the dots of an address, dots in a name (4.1), empty elements of a
    list, years of two digits and zones of letters (4.3), white space and comments in times and ids (4.5.4), phrases
    among references, white space before a colon (4.5), lines of white space in a fold (4.2).  Readers must take all of
    it for what was meant, and the linter tells each by a code of `OBSOLETE_CODES`: A017, A018, A019, A023, A031, H011,
    H014, H024, H202, H203, H216.

    Raises `InvalidArgument` for fewer than 512 *max_octets*.  Shrinks to ``Subject : a``.

    >>> from hypothesis import find
    >>> find(obsolete_messages(), lambda message: b"GMT" in message.to_bytes()).headers["Date"]
    'Sat, 01 Jan 2000 00:00:00 GMT'
    """
    return st.deferred(lambda: _obsolete_messages(max_octets))


@cache
def _obsolete_messages(max_octets: int | None) -> SearchStrategy[Message]:
    _checked(max_octets, 512, "obsolete_messages")
    return obsolete_models().map(lambda found: parse(obsolete_octets(found)))


@cache
def obsolete_models() -> SearchStrategy[list[Obsolete]]:
    """Draw the obsolete fields of a message, of each name one."""
    each = st.one_of(
        _obsolete_date(), _obsolete_id(), _obsolete_addresses("From"), _obsolete_addresses("To"), _obsolete_line()
    )
    return st.lists(each, min_size=1, max_size=3).map(lambda found: list({one.name: one for one in found}.values()))


def obsolete_octets(fields: Sequence[Obsolete], *, plainly: bool = False) -> bytes:
    """Put the message together, with what is obsolete or *plainly* with what it means."""
    made = dict(_PLAIN)
    more: list[bytes] = []
    for one in fields:
        body = one.plain if plainly else one.octets
        if one.name in made and not one.octets.startswith(b":"):
            made[one.name] = body
        else:
            made.pop(one.name, None)
            more.append(one.name.encode() + (b": " + body if plainly or not body.startswith(b":") else body[1:]))
    return _octets(made, more, b"Content-Type: text/plain\r\n\r\na\r\n")


@st.composite
def _obsolete_date(draw: st.DrawFn) -> Obsolete:
    """Draw an obs-date-time (RFC 5322 4.3)."""
    letters, minutes = draw(_ZONES)
    moment = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, 10**9)))
    local = moment.astimezone(timezone(timedelta(minutes=minutes or 0)))
    weekday, day, year, clock, zone = local.strftime("%a,|%d %b|%Y|%H:%M:%S|%z").encode().split(b"|")
    zone = b"-0000" if minutes is None else zone
    plain = b" ".join((weekday, day, year, clock, zone))
    forms = draw(st.sampled_from((("zone",), ("year",), ("time",), ("zone", "year", "time"))))
    codes: list[str] = []
    if "zone" in forms:
        zone = letters
        codes.append("H202")
    if "year" in forms:
        year = year[2:]
        codes.append("H203")
    if "time" in forms:
        gap = draw(_CFWS)
        clock = draw(st.sampled_from((gap + b":", b":" + gap))).join(clock.split(b":"))
        codes.append("H024")
    octets = b" ".join((weekday, day, year, clock, zone))
    return Obsolete("Date", plain, octets, tuple(codes))


@st.composite
def _obsolete_id(draw: st.DrawFn) -> Obsolete:
    """Draw ids with white space and comments inside, and phrases between them (RFC 5322 4.5.4)."""
    left, right = draw(_ATOMS), b".".join(draw(_DOMAINS))
    gap = draw(_CFWS)
    plain = b"<%b@%b>" % (left, right)
    inside = draw(st.sampled_from((b"<%b%b@%b>" % (left, gap, right), b"<%b@%b%b>" % (left, gap, right))))
    if draw(st.booleans()):
        phrase = draw(st.sampled_from((b"Your message of Monday ", b"a ", b'"a" ', b"a b ")))
        return Obsolete("In-Reply-To", plain, phrase + plain, ("H216",))
    return Obsolete("Message-ID", plain, inside, ("H024",))


@st.composite
def _obsolete_addresses(draw: st.DrawFn, name: str) -> Obsolete:
    """Draw one obsolete address (RFC 5322 4.4), or a list with empty elements."""
    first, second, labels = draw(_ATOMS), draw(_ATOMS), draw(_DOMAINS)
    domain = b".".join(labels)
    plain_name = draw(_NAMES)
    form = draw(st.sampled_from(("route", "local part", "domain", "name", "list")))
    spec = b"%b.%b@%b" % (first, second, domain)
    plain = b"%b<%b>" % (plain_name, spec)
    gap = draw(_CFWS)
    if form == "route":
        route = draw(st.sampled_from((b"@b.example:", b"@b.example,@c.example:", b",@b.example, ,@c.example :")))
        return Obsolete(name, plain, b"%b<%b%b>" % (plain_name, route, spec), ("A018",))
    if form == "local part":
        dotted = draw(st.sampled_from((b'%b."%b"', b'"%b".%b', b"%b." + gap + b"%b", b"%b" + gap + b".%b")))
        return Obsolete(name, plain, b"%b<%b@%b>" % (plain_name, dotted % (first, second), domain), ("A019",))
    if form == "domain":
        spaced = draw(st.sampled_from((gap + b".", b"." + gap))).join(labels)
        return Obsolete(name, plain, b"%b<%b.%b@%b>" % (plain_name, first, second, spaced), ("A017",))
    if form == "name":
        initials = draw(st.sampled_from((b"Ada K.", b"A.", b"A. King", b"Dr. A. B. King")))
        return Obsolete(name, b'"%b" <%b>' % (initials, spec), b"%b <%b>" % (initials, spec), ("A023",))
    empty = draw(st.sampled_from((b",%b", b"%b,", b", ,%b", b"%b,,b@b.example", b"%b, (a) ,b@b.example")))
    both = plain + b", b@b.example" if empty.endswith(b"example") else plain
    if name == "From" and both != plain:
        return Obsolete("To", both, empty % plain, ("A031",))
    return Obsolete(name, both, empty % plain, ("A031",))


@st.composite
def _obsolete_line(draw: st.DrawFn) -> Obsolete:
    """Draw white space before a colon (RFC 5322 4.5), and lines of white space in a fold (4.2)."""
    if draw(st.booleans()):
        fold = draw(st.sampled_from((b"\r\n \r\n ", b"\r\n\t\r\n ", b"\r\n \r\n \r\n ")))
        return Obsolete("To", b"a@a.example, b@b.example", b"a@a.example," + fold + b"b@b.example", ("H014",))
    white = draw(st.sampled_from((b" ", b"\t", b"  ")))
    return Obsolete("Subject", b"a", b":" + white + b": a", ("H011",))
