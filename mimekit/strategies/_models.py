"""
Models: what the strategies of bodies and messages draw, as plain values, and how one becomes octets.

Hypothesis shrinks what was drawn and not what was made of it, so everything that follows from other things (boundaries,
content ids, the transfer encoding that is fit) is worked out here, by functions that draw nothing.

    plain values -> Part, Message

May import: everything of the core.  Imported by: `strategies._drafts`, `strategies._reports`,
`strategies.bodies`, `strategies.damage`, `strategies.messages`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from html import escape
from itertools import count
from string import ascii_lowercase
from typing import TYPE_CHECKING, NamedTuple

from mimekit import generator
from mimekit.assemble import embedded_leaf, holds, make
from mimekit.codecs import charset as charsets
from mimekit.codecs import plain, quopri, transfer
from mimekit.headers import content, field
from mimekit.headers.address import AddressList, Group, Mailbox
from mimekit.headers.content import ContentDisposition, ContentType
from mimekit.message import Message
from mimekit.reencode import fits

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import TypeAlias

    from mimekit.part import Part

    Body: TypeAlias = "Text | Html | File | Embedded | Multipart | Made"

__all__ = [
    "Draft",
    "Embedded",
    "File",
    "Html",
    "Made",
    "Multipart",
    "Text",
    "fitting",
    "message_of",
    "part_of",
]

_WIDE = ("utf-16", "utf-16le", "utf-16be")  # charsets in which an ASCII character is not its octet


class Text(NamedTuple):
    """
    A text/plain part; without *charset* it is in ASCII and says nothing of it.

    *encoding* is a wish, ``None`` for what a careful program would choose, which does not write ``7bit``.
    """

    text: str
    charset: str | None = None
    encoding: str | None = None
    is_flowed: bool = False
    subtype: str = "plain"
    parameters: tuple[tuple[str, str], ...] = ()


class Html(NamedTuple):
    """A text/html part, and the images that it shows in a multipart/related around it (RFC 2387)."""

    blocks: tuple[str, ...]
    charset: str | None = None
    encoding: str | None = None
    is_document: bool = False
    images: tuple[bytes, ...] = ()


class File(NamedTuple):
    """An attachment: its media type, the name if it has one, and its octets."""

    octets: bytes
    content_type: str = "application/octet-stream"
    filename: str | None = "a"
    disposition: str | None = "attachment"
    encoding: str = "base64"
    strict: bool = True


class Embedded(NamedTuple):
    """A message/rfc822 part."""

    draft: Draft
    filename: str | None = None


class Multipart(NamedTuple):
    """Several parts under one."""

    subtype: str
    children: tuple[Body, ...]
    parameters: tuple[tuple[str, str], ...] = ()


class Made(NamedTuple):
    """A part of any other type whose octets are its fields and a body of ASCII text with CRLF line ends."""

    content_type: str
    octets: bytes
    parameters: tuple[tuple[str, str], ...] = ()


class Draft(NamedTuple):
    """All that a message says."""

    from_: tuple[Mailbox, ...]
    to: tuple[Mailbox | Group, ...] = ()
    body: Body = Text("")
    subject: str | None = "a"
    date: datetime = datetime(2000, 1, 1, tzinfo=UTC)
    message_id: str = "<a@a.example>"
    sender: Mailbox | None = None
    reply_to: tuple[Mailbox | Group, ...] = ()
    cc: tuple[Mailbox | Group, ...] = ()
    bcc: tuple[Mailbox, ...] = ()
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    headers: tuple[tuple[str, object], ...] = ()
    list_unsubscribe: str | None = None
    priority: str | None = None
    auto_submitted: str | None = None
    mail_from: str | None = None
    subject_words: tuple[str, ...] = ()
    from_words: tuple[str, ...] = ()
    has_mime: bool = True
    encoding: str | None = None


# -- parts


def part_of(model: Body, ids: Iterator[int] | None = None) -> Part:
    """Make the part; *ids* numbers the content ids of one message."""
    numbers = count(1) if ids is None else ids
    if isinstance(model, Text):
        return _text(model)
    if isinstance(model, Html):
        return _html(model, numbers)
    if isinstance(model, File):
        return _file(model)
    if isinstance(model, Embedded):
        return _embedded(model)
    if isinstance(model, Made):
        return make((_type_field(model.content_type, model.parameters),), (model.octets,))
    return multipart(model.subtype, [part_of(child, numbers) for child in model.children], model.parameters)


def _text(model: Text) -> Part:
    text, more = model.text, model.parameters
    if model.is_flowed:
        text, more = _stuffed(text), (*more, ("format", "flowed"))
    return text_part(text, model.subtype, model.charset, model.encoding, more)


def text_part(
    text: str,
    subtype: str,
    charset: str | None,
    encoding: str | None,
    parameters: Iterable[tuple[str, str]] = (),
) -> Part:
    """Make a text part of lines that end with LF; the last one is ended too, unless there is none."""
    if text and not text.endswith("\n"):
        text += "\n"
    octets = charsets.encode(text.replace("\n", "\r\n"), charset or "us-ascii")
    named = [("charset", charset)] if charset is not None else []
    lines = [_type_field(f"text/{subtype}", [*named, *parameters])]
    name, body = carried(octets, encoding, is_wide=charset in _WIDE)
    if (encoding, name) != (None, "7bit"):
        lines.append(_encoding_field(name))
    part = make(lines, (body,))
    part.remember(octets, name)
    return part


def _stuffed(text: str) -> str:
    """Write text as lines that a reader may not join (RFC 3676 4.1 and 4.4)."""
    lines = [line.rstrip(" ") if line != "-- " else line for line in text.split("\n")]
    return "\n".join([f" {line}" if line.startswith((" ", ">", "From ")) else line for line in lines])


def carried(octets: bytes, wish: str | None, *, is_wide: bool = False) -> tuple[str, bytes]:
    """Give the transfer encoding that was wished for, or the next one that can carry *octets*, and the body."""
    if is_wide:
        return "base64", transfer.encode("base64", octets)
    name = transfer.choose(octets, text=True, transport="8bit") if wish is None else wish
    if name == "7bit" and not octets.isascii():
        name = "8bit"
    if name in ("7bit", "8bit") and not plain.is_8bit(octets):
        name = "quoted-printable"
    body = quopri.encode(octets) if name == "quoted-printable" else transfer.encode(name, octets)
    return name, body


def _type_field(essence: str, parameters: Iterable[tuple[str, str]] = ()) -> bytes:
    maintype, _, subtype = essence.partition("/")
    return field.field("Content-Type", ContentType(maintype, subtype, tuple(parameters)).pieces())


def _encoding_field(name: str) -> bytes:
    return b"Content-Transfer-Encoding: %b\r\n" % name.encode()


_DOCUMENT = """\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="{}"><title>a</title></head>
<body>
{}
</body>
</html>
"""


def _html(model: Html, ids: Iterator[int]) -> Part:
    content_ids = [f"{next(ids)}@a.example" for _ in model.images]
    shown = [f'<p><img src="cid:{one}" alt="a"></p>' for one in content_ids]
    text = "\n".join([*model.blocks, *shown])
    if model.is_document:
        text = _DOCUMENT.format(model.charset or "us-ascii", text)
    root = text_part(text, "html", model.charset, model.encoding)
    if not model.images:
        return root
    images = [_image(octets, one) for octets, one in zip(model.images, content_ids, strict=True)]
    return multipart("related", [root, *images], [("type", "text/html")])


def paragraph(text: str) -> str:
    """Give a paragraph that says *text*."""
    return f"<p>{escape(text, quote=False)}</p>"


def _image(octets: bytes, content_id: str) -> Part:
    lines = (
        _type_field("image/png"),
        b"Content-Disposition: inline\r\n",
        b"Content-ID: <%b>\r\n" % content_id.encode(),
        _encoding_field("base64"),
    )
    return make(lines, (transfer.encode("base64", octets),))


def _file(model: File) -> Part:
    kind = ContentType.of(model.content_type)
    place = None if model.disposition is None else ContentDisposition(model.disposition)
    if model.filename is not None:
        # Encoded words in `name` are for Outlook, and are right only beside a name that is written as RFC 2231 has it.
        strict = model.strict or place is None
        kind, named = content.with_filename(kind, place or ContentDisposition("inline"), model.filename, strict=strict)
        place = None if place is None else named
    lines = [field.field("Content-Type", kind.pieces())]
    if place is not None:
        lines.append(field.field("Content-Disposition", place.pieces()))
    name, body = model.encoding, b""
    if name == "base64":
        body = transfer.encode(name, model.octets)
    elif name == "quoted-printable":
        body = quopri.encode_binary(model.octets)
        if body and not body.endswith(b"\r\n"):
            body = _softly_ended(body)
    else:
        name, body = carried(model.octets, name)
    return make([*lines, _encoding_field(name)], (body,))


_LONGEST_QUOTED = 76  # characters of a line, with its soft break                       RFC 2045 6.7 (5)


def _softly_ended(body: bytes) -> bytes:
    """End quoted-printable with a soft break: SMTP would add a hard one to the last line of a message."""
    last = body.rpartition(b"\r\n")[2]
    if len(last) == _LONGEST_QUOTED:
        at = -3 if last[-3:-2] == b"=" else -1
        body = b"%b=\r\n%b" % (body[:at], body[at:])
    return body + b"=\r\n"


def _embedded(model: Embedded) -> Part:
    root = message_of(model.draft).root
    is_ascii = fits(root.raw, "7bit")
    lines = [_type_field("message/rfc822")]
    if model.filename is not None:
        place = ContentDisposition("attachment", [("filename", model.filename)])
        lines.append(field.field("Content-Disposition", place.pieces()))
    encoding = "7bit" if is_ascii else "8bit"
    return embedded_leaf(lines, root, encoding=encoding)


def _boundaries() -> Iterator[bytes]:
    """Give boundaries of which none begins with another, and none can be in base64 or quoted-printable text."""
    yield from [b"=_%b" % letter.encode() for letter in ascii_lowercase]
    yield from (b"=_%04d" % number for number in count())


def multipart(subtype: str, parts: Sequence[Part], parameters: Iterable[tuple[str, str]] = ()) -> Part:
    """Make a multipart whose boundary is the first of ``=_a``, ``=_b``, ... that none of its parts holds."""
    boundary = next(one for one in _boundaries() if not holds(parts, one))
    pieces: list[bytes | Part] = []
    for part in parts:
        pieces += (b"\r\n--%b\r\n" % boundary, part)
    pieces[0] = b"--%b\r\n" % boundary
    pieces.append(b"\r\n--%b--\r\n" % boundary)
    lines = [_type_field(f"multipart/{subtype}", [*parameters, ("boundary", boundary.decode())])]
    encoding = "7bit"
    if any([part.transfer_encoding == "8bit" for part in parts]):
        encoding = "8bit"
        lines.append(_encoding_field(encoding))
    made = make(lines, tuple(pieces), children=tuple(parts))
    made.remember(None, encoding)
    return made


# -- messages


def message_of(draft: Draft) -> Message:
    """Build the message."""
    tree = part_of(draft.body)
    encoding = draft.encoding or ("8bit" if tree.transfer_encoding == "8bit" else "7bit")
    message = Message(
        from_=draft.from_,
        sender=draft.sender,
        reply_to=draft.reply_to or None,
        to=draft.to or None,
        cc=draft.cc or None,
        bcc=draft.bcc or None,
        subject=draft.subject,
        body=tree,
        headers=draft.headers,
        in_reply_to=draft.in_reply_to or None,
        references=draft.references or None,
        list_unsubscribe=draft.list_unsubscribe,
        priority=draft.priority,
        auto_submitted=draft.auto_submitted,
        date=draft.date,
        message_id=draft.message_id,
        mail_from=draft.mail_from,
        encoding=encoding,
    )
    if draft.subject_words and draft.subject is not None:
        message = _with(message, "Subject", _spaced(draft.subject_words))
    if draft.from_words and len(draft.from_) == 1:
        address = Mailbox("", draft.from_[0].local_part, draft.from_[0].domain).encode()
        message = _with(message, "From", [*_spaced(draft.from_words), b" <%b>" % address])
    if not draft.has_mime:
        message = _without_mime(message)
    return message


def _spaced(words: Iterable[str]) -> list[bytes]:
    pieces = [f" {word}".encode() for word in words]
    pieces[0] = pieces[0][1:]
    return pieces


def _with(message: Message, name: str, pieces: list[bytes]) -> Message:
    """Put a field that was written by hand in place of that name's."""
    return message._like(generator.edited(message.root, name, field.field(name, pieces), top=None))


def _without_mime(message: Message) -> Message:
    """Give a message as there were before MIME, if it is one that needs no more (RFC 2045 5.2)."""
    root = message.root
    said = {key for _, key in root.headers.lines() if key.startswith(b"content-")}
    is_ascii = root.content_type.essence == "text/plain" and root.transfer_encoding == "7bit" and root.content.isascii()
    if not is_ascii or said - {b"content-type", b"content-transfer-encoding"}:
        return message
    for name in ("MIME-Version", "Content-Type", "Content-Transfer-Encoding"):
        message = message.without_header(name)
    return message


def shown(octets: bytes) -> str:
    r"""
    Write octets as a call of `parse` that gives them again, a line of it for each of theirs.

    >>> print(shown(b"Subject: a\r\n\r\n"))
    parse(
        b'Subject: a\r\n'
        b'\r\n'
    )
    """
    lines = octets.split(b"\n")
    ended = [line + b"\n" for line in lines[:-1]] + lines[-1:]
    return "\n".join(["parse(", *[f"    {line!r}" for line in ended if line], ")"])


# -- sizes


def fitting(draft: Draft, max_octets: int, least: Draft) -> Draft | None:
    """Cut a draft until its message has at most *max_octets*, down to *least*; ``None`` when that has more."""
    for cut in _cuts(draft, least):
        if message_of(cut).size <= max_octets:
            return cut
    return None


def _cuts(draft: Draft, least: Draft) -> Iterator[Draft]:
    """Yield ever less of a draft; a report and an invitation are nothing any more without one of their parts."""
    yield draft
    body = draft.body
    if isinstance(least.body, Text) and least.body.subtype == "plain":
        while isinstance(body, Multipart):
            for size in range(len(body.children) - 1, 0, -1):
                yield draft._replace(body=body._replace(children=body.children[:size]))
            body = body.children[0]
            yield draft._replace(body=body)
    few = Draft(draft.from_[:1], draft.to[:1], body, draft.subject, draft.date, draft.message_id)
    few = few._replace(mail_from=draft.mail_from, auto_submitted=draft.auto_submitted, encoding=draft.encoding)
    yield few
    yield few._replace(subject="a", body=least.body)
    yield least


def everyone(draft: Draft) -> AddressList:
    """Give all recipients of a draft."""
    return AddressList([*draft.to, *draft.cc, *draft.bcc])
