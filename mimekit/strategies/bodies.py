r"""
Body strategies: texts, HTML, attachments, multiparts, and the wire forms of one body.

RFC 2045 to 2049, 2183, 2231, 2387 and 3676.  A part is drawn as plain values and made of them (`_models`), so that it
shrinks; what a careful sender avoids and a reader has to know (lines of 998 octets, ``From `` at the start of a line,
names that need RFC 2231) is drawn as often as what is usual.

    nothing -> SearchStrategy[str | Part | Encoded]

May import: `part`, `codecs`, `strategies`.  Imported by: `strategies`, `strategies._drafts`,
`strategies.renderings`.
"""

from __future__ import annotations

import re
from base64 import b64encode
from functools import cache, partial
from itertools import cycle
from typing import TYPE_CHECKING, Literal, NamedTuple

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit.codecs import charset as charsets
from mimekit.codecs import plain
from mimekit.strategies import _fields, _models
from mimekit.strategies._characters import alphabet_of, cut, foreign, text, weighted, without_residue
from mimekit.strategies._models import Draft, Embedded, File, Html, Multipart, Text, part_of

if TYPE_CHECKING:
    from datetime import datetime

    from hypothesis.strategies import DrawFn, SearchStrategy

    from mimekit.headers.address import Mailbox
    from mimekit.part import Part
    from mimekit.strategies._models import Body

__all__ = [
    "CHARSETS",
    "Encoded",
    "attachments",
    "html_parts",
    "multiparts",
    "text_parts",
    "texts",
    "transfer_encoded",
]

CHARSETS = (
    *("us-ascii", "utf-8", "iso-8859-1", "windows-1252", "iso-8859-2", "iso-8859-5", "iso-8859-7", "iso-8859-8"),
    *("iso-8859-15", "windows-1251", "koi8-r", "iso-2022-jp", "shift_jis", "euc-jp", "gb18030", "big5", "euc-kr"),
)
"""The charsets that are drawn, the simplest first."""

ENCODINGS = ("7bit", "8bit", "quoted-printable", "base64")
_ANY_ENCODING = (*ENCODINGS, "binary")
_LONGEST_RAW = 998  # octets of a line of 7bit and 8bit, RFC 2045 2.7 and 2.8
_LONGEST_LINE = 76  # of base64 and quoted-printable, RFC 2045 6.7 (5) and 6.8


# ------------------------------------------------------------------------------------------------------------ texts

_ASCII_LINES = (
    *("a", "", "Dear Ada,", "the tea is ready.", "-- ", "> a", ">From a", "a ", "a\t", "\ta", "  a  b  "),
    *("From here on", "From a", ".", "From a", "..", ".", "From here on", ".", ".a", "From: a@a.example", "Subject: a"),
    *(".", "From a", "a: b", "--a", "--", "--=_a", ".", "From here on", "---"),
    *("=", "=3D", "a=", "=\t", "=?utf-8?q?a?=", "a\\", '"a"', "(a)", "a & b; c", "100%", "begin 644 a.txt", "\x0c"),
    *("a" * 76, "a" * 77, "a b " * 20, "a" * 78, "a" * 79, "a" * 997, "a" * 998, "a" * 999, "a" * 2000, "." * 80),
)
_WIDE_LINES = (
    *("\u00e9", "gr\u00fc\u00dfe", "na\u00efve caf\u00e9", "\u20ac 5", "\u201ca\u201d", "a\u00a0b", "\u2026"),
    *("\u65e5\u672c\u8a9e", "\u041f\u0440\u0438\u0432\u0435\u0442", "\u05e9\u05dc\u05d5\u05dd", "\U0001f389"),
    *("\u00e9" * 40, "\u65e5\u672c" * 30, "a" * 75 + "\u00e9", "a\u2028b", "a\u0085b", "a\x0bb"),
)


def texts(*, charset: str | None = None, max_lines: int = 6) -> SearchStrategy[str]:
    r"""
    Draw the text of a body: at most *max_lines* lines that end with LF, a single one without it.

    Lines that something may trip over are as likely as others: ``.``, ``From here on``, ``=3D``, ``--a``, white space
    at the end, 998 octets and more, form feeds, U+2028.  With *charset* all characters are in it, and it is one that
    `codecs` knows, else `InvalidArgument`.  Without it any script is drawn.  RFC 5322 2.3, RFC 2046 4.1.1.  Shrinks to
    ``""``.  Other examples: ``"a"``, ``"Dear Ada,\n\nthe tea is ready.\n"``.
    """
    return st.deferred(lambda: _texts(charset, max_lines))


@cache
def _texts(charset: str | None, max_lines: int, min_lines: int = 0) -> SearchStrategy[str]:
    if charset is None:
        fixed: tuple[str, ...] = (*_ASCII_LINES, *_WIDE_LINES)
        words = weighted((2, text(alphabet_of("us-ascii"), max_size=40)), (1, foreign(max_size=12)))
    else:
        alphabet = alphabet_of(charset)
        if not alphabet:
            message = f"charset={charset!r} of texts() is no charset that is known"
            raise InvalidArgument(message)
        fixed = tuple([line for line in (*_ASCII_LINES, *_WIDE_LINES) if _is_in(line, charset)])
        wide = "".join([one for one in alphabet if not one.isascii()])
        words = text(alphabet, max_size=40)
        if wide:
            words = weighted((1, words), (1, st.text(wide, min_size=1, max_size=12)))
    lines = st.lists(weighted((2, st.sampled_from(fixed)), (1, words)), min_size=min_lines, max_size=max_lines)
    return lines.map(_joined)


def _is_in(line: str, label: str) -> bool:
    codec = charsets.canonical(label) or "ascii"
    if "\x85" in line and codec != "utf-8":  # a control character that half of all readers take for an ellipsis
        return False
    try:
        return charsets.decode_strictly(line.encode(codec), codec) == line
    except UnicodeEncodeError:
        return False


def _joined(lines: list[str]) -> str:
    """Join lines; the last one is ended when there are several, so that both are drawn."""
    return "\n".join(lines) + ("\n" if len(lines) > 1 else "")


# ------------------------------------------------------------------------------------------------------------ parts


def text_parts(
    *,
    charset: str | None = None,
    encoding: Literal["7bit", "8bit", "quoted-printable", "base64"] | None = None,
) -> SearchStrategy[Part]:
    """
    Draw text/plain parts in any of 17 charsets and each transfer encoding that can carry the text.

    RFC 2046 4.1, RFC 3676 (some are ``format=flowed``).  With *charset* all are in it; *encoding* is a wish, and the
    next one that can carry the text is taken.  Shrinks to an empty part that names neither charset nor encoding.

    >>> from hypothesis import find
    >>> part = find(text_parts(charset="koi8-r"), lambda part: not part.content.isascii())
    >>> part.content_type.charset, part.transfer_encoding == "7bit"
    ('koi8-r', False)
    """
    return parts(st.deferred(lambda: text_models(charset, encoding)))


@st.composite
def parts(draw: DrawFn, models: SearchStrategy[Body]) -> Part:
    """Make parts of models; the octets are shown beside a failing example."""
    part = part_of(draw(models))
    note(_models.shown(part.raw))
    return part


@cache
def text_models(
    charset: str | None = None, encoding: str | None = None, max_lines: int = 5, *, is_careful: bool = False
) -> SearchStrategy[Text]:
    """Draw the models of text parts; a careful sender says something, and leaves nothing to chance."""
    _checked("encoding", encoding, ENCODINGS, "text_parts")
    styles = st.sampled_from([one for one in _STYLES if encoding is None or one[0] == encoding])
    labels = _labels() if charset is None else st.just(charset)

    @st.composite
    def drawn(draw: DrawFn) -> Text:
        label = draw(labels)
        lines = _texts(label or "us-ascii", max_lines, int(is_careful))
        return Text(_careful(draw(lines)), label) if is_careful else Text(draw(lines), label, *draw(styles))

    return drawn()


# A transfer encoding, ``None`` for the one that is fit, and whether the format is flowed.
_STYLES: tuple[tuple[str | None, bool], ...] = (
    *[(one, False) for one in (None, *ENCODINGS) * 2],
    *[(one, True) for one in ENCODINGS],
)


def _careful(said: str) -> str:
    """Give a text that is not blank and no markup, without spaces at ends of lines, which might flow (RFC 3676 4.2)."""
    if "<" in said and ">" in said:
        said = said.replace("<", "(")
    if not said.isascii():
        said = _MISREAD.sub("a", said)
    lines = [line if line == "-- " else line.rstrip(" ") for line in without_residue(said).split("\n")]
    lines = [line for line in lines if not line.startswith("begin ")]  # uuencode
    return "\n".join(lines) if any([line.strip() for line in lines]) else "a"


# What UTF-8 looks like that was read as windows-1252.
_MISREAD = re.compile("[\u00c2-\u00f4](?=[\u0080-\u00bf\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122])")


def utf8_models(max_lines: int) -> SearchStrategy[Text]:
    """Draw the models of text parts in UTF-8, encoded as a careful program does."""
    return _texts("utf-8", max_lines).map(lambda said: Text(said, "utf-8"))


@cache
def _labels() -> SearchStrategy[str | None]:
    # Half of all mail is in the first two.
    return st.sampled_from((None, *CHARSETS, None, *(("us-ascii", "utf-8") * 8)))


def _checked(option: str, value: str | None, allowed: tuple[str, ...], strategy: str) -> None:
    if value is not None and value not in allowed:
        message = f"{option}={value!r} of {strategy}(); it is {', '.join(map(repr, allowed))} or None"
        raise InvalidArgument(message)


_BLOCKS = (
    *("<p>a</p>", "<p>Dear Ada,</p>", "<h1>a</h1>", "<p>a &amp; b &lt;c&gt; &#8364; &nbsp;</p>", "<p>a<br>b</p>"),
    *('<p><a href="https://a.example/?a=1&amp;b=2">a</a></p>', "<ul><li>a</li><li>b</li></ul>", "<!-- a -->"),
    '<table role="presentation"><tr><td style="color: #000">a</td></tr></table>',
    '<p><img src="https://a.example/a.png" alt="a" width="1" height="1"></p>',
    *(
        "<blockquote><p>a</p></blockquote>",
        "<p>a = 3D</p>",
        "<pre>\n a\n\n b\n</pre>",
        "<hr>",
        "<p>" + "a " * 500 + "</p>",
    ),
)


def html_parts(
    *,
    charset: str | None = None,
    encoding: Literal["7bit", "8bit", "quoted-printable", "base64"] | None = None,
) -> SearchStrategy[Part]:
    """
    Draw text/html parts: fragments and whole documents of paragraphs, lists, tables, links and images.

    RFC 2854.  *charset* and *encoding* are those of `text_parts`; a document names its charset in a meta element.
    Nothing in it is active, and no URL is relative.  Shrinks to ``<p>a</p>``.
    """
    return parts(st.deferred(lambda: html_models(charset, encoding)))


@cache
def html_models(
    charset: str | None = None, encoding: str | None = None, *, has_images: bool = False
) -> SearchStrategy[Html]:
    """Draw the models of HTML parts, with images or without."""
    _checked("encoding", encoding, ENCODINGS, "html_parts")
    if charset is not None and not alphabet_of(charset):
        message = f"charset={charset!r} of html_parts() is no charset that is known"
        raise InvalidArgument(message)
    wishes = st.sampled_from((None, *ENCODINGS)) if encoding is None else st.just(encoding)
    images = st.lists(st.binary(max_size=8).map(_png), min_size=1, max_size=2).map(tuple)

    @st.composite
    def drawn(draw: DrawFn) -> Html:
        label = draw(_labels()) if charset is None else charset
        blocks = draw(_blocks(label or "us-ascii"))
        return Html(blocks, label, draw(wishes), draw(st.booleans()), draw(images) if has_images else ())

    return drawn()


@cache
def _blocks(charset: str) -> SearchStrategy[tuple[str, ...]]:
    alphabet = alphabet_of(charset)
    words = text(alphabet, min_size=1, max_size=20).map(_models.paragraph)
    return st.lists(weighted((2, st.sampled_from(_BLOCKS)), (1, words)), min_size=1, max_size=4).map(tuple)


def _png(octets: bytes) -> bytes:
    """Give octets that begin as a PNG image does."""
    return b"\x89PNG\r\n\x1a\n" + octets


# ------------------------------------------------------------------------------------------------------ attachments

_KINDS = (  # extension, media type, how its octets begin
    ("", "application/octet-stream", b""),
    (".txt", "text/plain; charset=utf-8", b""),
    (".pdf", "application/pdf", b"%PDF-1.7\n"),
    (".png", "image/png", b"\x89PNG\r\n\x1a\n"),
    (".gif", "image/gif", b"GIF89a"),
    (".jpg", "image/jpeg", b"\xff\xd8\xff"),
    (".zip", "application/zip", b"PK\x03\x04"),
    (".csv", "text/csv; charset=utf-8", b"a,b\r\n"),
    (".json", "application/json", b"{}"),
    (".vcf", "text/vcard; charset=utf-8", b"BEGIN:VCARD\r\nVERSION:4.0\r\nFN:a\r\nEND:VCARD\r\n"),
    (".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", b"PK\x03\x04"),
    (".mp3", "audio/mpeg", b"ID3"),
    (".mp4", "video/mp4", b"\0\0\0\x18ftypmp42"),
)
_STEMS = (
    *("a", "a b", "notes", "a.b", "a-b_c", "a;b", "a,b", "a=b", "a'b", 'a"b', "(a)", "a&b", "a%20b", "a@b", "a#b"),
    *("[a]", "a$b", "a!b", "=?a?=", "=?utf-8?q?a?=", "utf-8''a", "A" * 30, "a" * 100, "a b " * 30 + "a"),
    *("\u00e9", "\u00dcbung 1", "na\u00efve", "\u65e5\u672c\u8a9e", "\u0434\u043e\u043a", "\U0001f389", "\u00e9" * 60),
    *("\u65e5\u672c" * 30, "a\u0301", "\u201ca\u201d"),
)
_OCTETS = (b"", b"a", b"\0", b"\r\n", b"\n", b"\r", b"a\nb", b"\xff\xfe", b"=", b".\r\n", b"From a\r\n", b"a" * 57)
_MORE_OCTETS = (b"a" * 58, b"a" * 1000, bytes(range(256)), b"\r\n--=_a--\r\n", b"%", b"\x1a", b"a\r\n" * 40)


def attachments() -> SearchStrategy[Part]:
    """
    Draw attachments: any octets, of one of 13 media types, or a message; with a name that is awkward, plain, or none.

    RFC 2183 and 2231: names have spaces, quotes, semicolons, any script, or are long enough for continuations; some
    have an RFC 2047 word for ``name`` in Content-Type beside them, as Outlook wants.  Dispositions are ``attachment``,
    sometimes ``inline`` or none.  Octets are in base64, sometimes quoted-printable.  A text type holds no text that
    would not be UTF-8.  Shrinks to one without octets and the name ``a``.

    >>> from hypothesis import find
    >>> find(attachments(), lambda part: (part.filename or "").endswith(".pdf")).filename
    'a.pdf'
    """
    return parts(attachment_models())


@cache
def attachment_models() -> SearchStrategy[Body]:
    """Draw the models of attachments."""
    return weighted((4, file_models()), (1, embedded_models()))


@cache
def file_models() -> SearchStrategy[File]:
    """Draw the models of files."""
    octets = st.one_of(st.sampled_from((*_OCTETS, *_MORE_OCTETS)), st.binary(max_size=60))
    stems: SearchStrategy[str | None] = weighted((7, st.sampled_from((*_STEMS, *[None] * 6))), (3, _stems()))
    places = st.sampled_from(("attachment",) * 6 + ("inline", "inline", None))
    encodings = st.sampled_from(("base64",) * 6 + ("quoted-printable",))
    return st.builds(_file, st.sampled_from(_KINDS), stems, octets, places, encodings, st.booleans())


@cache
def _stems() -> SearchStrategy[str]:
    printable = "".join([one for one in alphabet_of("us-ascii") if one not in '/\\:*?"<>|. '])
    return weighted((1, text(printable, min_size=1, max_size=12)), (1, foreign(max_size=10))).map(_usable)


_DEVICES = ("con", "prn", "aux", "nul", "com", "lpt")


def _usable(stem: str) -> str:
    """Give the same, if it is no home directory (``~``) and no device of Windows."""
    return "a" if stem.startswith("~") or stem[:3].lower() in _DEVICES else stem


def _file(  # noqa: PLR0913, PLR0917 - what is drawn for a file
    kind: tuple[str, str, bytes],
    stem: str | None,
    octets: bytes,
    disposition: str | None,
    encoding: str,
    strict: bool,
) -> File:
    extension, content_type, start = kind
    if content_type.startswith("text/"):
        octets = octets.decode("ascii", "ignore").encode().replace(b"\0", b"")
    name = None if stem is None else f"{stem}{extension}"
    return File(start + octets, content_type, name, disposition, encoding, strict)


@cache
def note_models() -> SearchStrategy[Draft]:
    """Draw drafts with little in them, for messages that are parts of others."""
    return st.builds(
        _note,
        _fields.few_mailboxes(1),
        _fields.few_mailboxes(1),
        utf8_models(2),
        _fields.subjects(),
        _fields.dates(),
        _fields.ids(),
    )


def _note(  # noqa: PLR0913, PLR0917 - what a note says
    from_: tuple[Mailbox, ...], to: tuple[Mailbox, ...], body: Text, subject: str, date: datetime, message_id: str
) -> Draft:
    return Draft(from_, to, body, subject, date, message_id)


@cache
def embedded_models() -> SearchStrategy[Embedded]:
    """Draw the models of messages that are parts of others."""
    names = st.sampled_from((None, "a.eml", "Fwd a.eml", "\u00e9.eml"))
    return st.builds(Embedded, note_models(), names)


# ------------------------------------------------------------------------------------------------------- multiparts


def multiparts(*, max_depth: int = 3) -> SearchStrategy[Part]:
    """
    Draw multiparts with at most *max_depth* levels of them: mixed, alternative, related, parallel.

    RFC 2046 5.1, RFC 2387: alternatives are plain text and then HTML or more, a related part is HTML and images that it
    shows by ``cid:``.  Leaves are those of `text_parts`, `html_parts` and `attachments`.  The boundary follows from the
    content: it is the first of ``=_a``, ``=_b``, ... that stands in no part.  Raises `InvalidArgument` for a
    *max_depth* below 1.  Shrinks to a multipart/mixed of one empty text.
    """
    return parts(st.deferred(lambda: multipart_models(max_depth)))


@cache
def multipart_models(max_depth: int = 3) -> SearchStrategy[Body]:
    """Draw the models of multiparts; one with images is an `Html`."""
    if max_depth < 1:
        message = f"max_depth={max_depth} of multiparts(); a multipart is 1 deep at least"
        raise InvalidArgument(message)
    leaves: tuple[tuple[int, SearchStrategy[Body]], ...]
    leaves = ((3, text_models(max_lines=3)), (2, file_models()), (1, embedded_models()), (1, html_models()))
    children = weighted(*leaves) if max_depth == 1 else weighted(*leaves, (5, multipart_models(max_depth - 1)))
    mixed = st.builds(
        _mixed, st.lists(children, min_size=1, max_size=4), st.sampled_from(("mixed",) * 9 + ("parallel",))
    )
    return weighted((3, mixed), (1, alternative_models(max_depth)), (1, html_models(has_images=True)))


def _mixed(children: list[Body], subtype: str) -> Multipart:
    return Multipart(subtype, tuple(children))


@cache
def alternative_models(max_depth: int = 2) -> SearchStrategy[Body]:
    """Draw the models of plain text beside HTML."""
    richest: SearchStrategy[Body] = html_models()
    if max_depth > 1:
        richest = weighted((4, richest), (1, multipart_models(max_depth - 1)))
    return st.builds(_alternative, text_models(max_lines=3), richest)


def _alternative(simple: Text, richest: Body) -> Multipart:
    return Multipart("alternative", (simple, richest))


# ------------------------------------------------------------------------------------------------ transfer encodings


class Encoded(NamedTuple):
    """One body on the wire: the name of its transfer encoding, its octets, and what they mean."""

    encoding: str
    octets: bytes
    decoded: bytes


def transfer_encoded(
    *,
    octets: SearchStrategy[bytes] | bytes | None = None,
    encoding: Literal["7bit", "8bit", "quoted-printable", "base64", "binary"] | None = None,
) -> SearchStrategy[Encoded]:
    r"""
    Draw legal wire forms of a body: ``Encoded(encoding, octets, decoded)``, where decoding gives ``decoded`` back.

    RFC 2045 6: base64 in lines of any lengths up to 76, with or without a line end after the last; quoted-printable
    with soft breaks anywhere, needless escapes, spaces and tabs as they are or escaped.  *octets* are those to encode,
    or a strategy for them; without it any are drawn.  *encoding* is one of RFC 2045 6.1; without it those are drawn
    that can carry the octets, ``binary`` never.  Raises `InvalidArgument` for octets that *encoding* cannot carry.

    Shrinks to ``Encoded('7bit', b'', b'')``.  Another example: ``Encoded('quoted-printable', b'a=\r\nb=20', b'ab ')``.
    """
    if isinstance(octets, bytes):
        return st.deferred(lambda: _wire_forms(octets, encoding))
    if octets is not None and not isinstance(octets, st.SearchStrategy):
        message = f"octets={octets!r} of transfer_encoded(); they are bytes, or a strategy of bytes"
        return st.deferred(partial(_refused, message))
    drawn = _bodies() if octets is None else octets
    if octets is None and encoding in ("7bit", "8bit"):
        drawn = texts(charset="us-ascii" if encoding == "7bit" else None, max_lines=3).map(_short_lines)
    return drawn.flatmap(lambda found: _wire_forms(found, encoding))


def _refused(message: str) -> SearchStrategy[Encoded]:
    raise InvalidArgument(message)


@cache
def _bodies() -> SearchStrategy[bytes]:
    fixed = st.sampled_from((*_OCTETS, *_MORE_OCTETS, b"a \r\n\tb", "gr\u00fc\u00dfe\r\n".encode()))
    return st.one_of(st.binary(max_size=80), fixed, texts(max_lines=3).map(_crlf))


def _crlf(said: str) -> bytes:
    return said.encode().replace(b"\n", b"\r\n")


def _short_lines(said: str) -> bytes:
    lines = _crlf(said).split(b"\r\n")
    return b"\r\n".join([cut(line.decode(), _LONGEST_RAW).encode() for line in lines])


def _wire_forms(octets: bytes, encoding: str | None) -> SearchStrategy[Encoded]:
    _checked("encoding", encoding, _ANY_ENCODING, "transfer_encoded")
    fit = [name for name in ENCODINGS if _carries(name, octets)]
    if encoding == "binary":
        fit = ["binary"]
    elif encoding is not None:
        if encoding not in fit:
            message = (
                f"{encoding} cannot carry the octets of transfer_encoded(): some are above 127 or NUL, a CR or LF "
                f"stands alone, or a line has more than 998 (RFC 2045 2.7 and 2.8)"
            )
            raise InvalidArgument(message)
        fit = [encoding]
    forms: dict[str, SearchStrategy[bytes]] = {"quoted-printable": _quoted_printable(octets), "base64": _base64(octets)}
    return st.one_of(
        [st.builds(Encoded, st.just(name), forms.get(name, st.just(octets)), st.just(octets)) for name in fit]
    )


def _carries(name: str, octets: bytes) -> bool:
    if name in ("quoted-printable", "base64"):
        return True
    return plain.is_8bit(octets) and (name == "8bit" or octets.isascii())


def _base64(octets: bytes) -> SearchStrategy[bytes]:
    widths = st.lists(st.integers(1, _LONGEST_LINE).map(lambda less: _LONGEST_LINE + 1 - less), min_size=1, max_size=4)
    return st.builds(_base64_lines, st.just(b64encode(octets)), widths, st.sampled_from((b"\r\n", b"", b"\r\n\r\n")))


def _base64_lines(encoded: bytes, widths: list[int], end: bytes) -> bytes:
    lines, at, turns = [], 0, cycle(widths)
    while at < len(encoded):
        width = next(turns)
        lines.append(encoded[at : at + width])
        at += width
    return b"\r\n".join(lines) + (end if lines else b"")


def _quoted_printable(octets: bytes) -> SearchStrategy[bytes]:
    widths = st.lists(st.integers(1, 74).map(lambda less: 75 - less), min_size=1, max_size=4)
    escaped = st.lists(st.sampled_from(b"ae\t .F-=\r\n"), unique=True, max_size=4).map(bytes)
    return st.builds(_quoted_lines, st.just(octets), widths, escaped)


def _quoted_lines(octets: bytes, widths: list[int], escaped: bytes) -> bytes:
    """
    Write quoted-printable (RFC 2045 6.7): a soft break after each of *widths* columns in turn, *escaped* octets so.

    A hard line end is escaped when *escaped* has its CR or LF, which only binary content is.
    """
    raw_ends = not {0x0D, 0x0A} & {*escaped}
    lines = octets.split(b"\r\n") if raw_ends else [octets]
    turns = cycle(widths)
    return b"\r\n".join([_quoted_line(line, turns, escaped) for line in lines])


_MAY_STAND = bytes(range(0x20, 0x7F)).replace(b"=", b"\t")


def _quoted_line(line: bytes, turns: cycle[int], escaped: bytes) -> bytes:
    out: list[bytes] = []
    used, width = 0, next(turns)
    for at, octet in enumerate(line):
        stands = octet in _MAY_STAND and octet not in escaped
        if octet in b"\t " and at == len(line) - 1:  # rule (3): no white space at the end of a line
            stands = False
        token = bytes([octet]) if stands else b"=%02X" % octet
        if used and used + len(token) > max(width, 3):
            out.append(b"=\r\n")
            used, width = 0, next(turns)
        out.append(token)
        used += len(token)
    return b"".join(out)
