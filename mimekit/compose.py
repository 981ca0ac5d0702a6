"""
Composing: text, HTML, inline files, attachments, a calendar object and AMP become the canonical MIME tree.

    mixed(alternative(text, amp, related(html, inline...), calendar), attachments...)

RFC 2046 5.1.3 to 5.1.4, RFC 2387 and RFC 6047 2.4; no level has a single child.  `attachment`, `text_part`,
`html_part`, `mixed`, `alternative` and `related` make the same parts by hand, for ``Message(body=...)``.

    keyword arguments -> the root Part, without the fields of the message

May import: `assemble`, `guessing`, `reencode`, `hidden`, `part`, `headers`, `codecs`.  Imported by: the façade,
`bulk`, `message`, `replies`, `spec`.
"""

from __future__ import annotations

import os
import re
from functools import cache, lru_cache

from mimekit import hidden
from mimekit.assemble import embedded_leaf, file_leaf, multipart, octets_leaf, text_leaf, text_octets
from mimekit.clock import current_rng
from mimekit.codecs import plain
from mimekit.errors import ContentError, show
from mimekit.files import File
from mimekit.guessing import media_type
from mimekit.headers import content as fields
from mimekit.headers import field, ids
from mimekit.headers.content import ContentDisposition, ContentType
from mimekit.part import Part
from mimekit.reencode import fits, for_transport, is_signed
from mimekit.wire import fold

__all__ = ["Attachable", "alternative", "attachment", "body", "html_part", "mixed", "related", "text_part"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from os import PathLike
    from typing import IO, Protocol

    from mimekit.clock import RandomBits

    class Embeddable(Protocol):
        """A message that can be attached: its root part and subject."""

        @property
        def root(self) -> Part: ...
        @property
        def subject(self) -> str | None: ...

    Attachable = PathLike[str] | tuple[str, bytes] | IO[bytes] | Part | Embeddable

_READ_AT_ONCE = 2**20  # octets of a file that are read at construction; a larger one is read while writing


# -- parts by hand


@cache
def _atom() -> re.Pattern[str]:
    return re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]++")


@cache
def _method() -> re.Pattern[str]:
    return re.compile(r"(?im)^METHOD:[ \t]*+([A-Za-z0-9-]++)[ \t]*+\r?$")


def text_part(text: str, *, encoding: str = "7bit") -> Part:
    """Make a text/plain part (RFC 2046 4.1.3) in UTF-8; *encoding* is the transport's."""
    return text_leaf(text, "plain", transport=encoding, what="text")


def html_part(html: str, *, encoding: str = "7bit") -> Part:
    """Make a text/html part (RFC 2854) in UTF-8; *encoding* is the transport's."""
    return text_leaf(html, "html", transport=encoding, what="html")


def mixed(*parts: Part, rng: RandomBits | None = None) -> Part:
    """Make a multipart/mixed (RFC 2046 5.1.3)."""
    return multipart("mixed", parts, rng=rng or current_rng())


def alternative(*parts: Part, rng: RandomBits | None = None) -> Part:
    """Make a multipart/alternative, the plainest form first (RFC 2046 5.1.4)."""
    return multipart("alternative", parts, rng=rng or current_rng())


def related(root: Part, *parts: Part, rng: RandomBits | None = None) -> Part:
    """Make a multipart/related; the first part is the root, and ``type`` says what it is (RFC 2387 3.1)."""
    kind = root.content_type.essence
    return multipart("related", (root, *parts), rng=rng or current_rng(), parameters=[("type", kind)])


def attachment(  # noqa: PLR0913 - what a part can say of itself
    content: Attachable | bytes,
    filename: str | None = None,
    *,
    content_type: str | ContentType | None = None,
    disposition: str = "attachment",
    content_id: str | None = None,
    reencode: bool | None = None,
    strict_filenames: bool = False,
) -> Part:
    """
    Make an attachment; the octets that go in come out the same.

    *content*: octets (then *filename* is needed), ``(filename, bytes)``, a path, a file object with a name, a
    `Message`, or a `Part`, which is given back as it is. The type is guessed from the name unless given: text that is
    not UTF-8 is an octet-stream then, since its charset is not known. A message that a 7-bit transport cannot carry is
    re-encoded leaf by leaf, or, when it is signed, attached as the octets of ``SUBJECT.eml``; *reencode* chooses. Its
    Bcc fields are left out. A non-ASCII name is written as RFC 2231 ``filename*`` and, for Outlook, as an RFC 2047
    ``name``; *strict_filenames* leaves the latter out.

    Raises `ContentError` for an argument that says what *content* says already.

    >>> attachment(("notes.txt", b"Here."), content_id="<notes@example.com>").content_type.essence
    'text/plain'
    """
    what = "attachment" if filename is None else f"attachment {show(filename)}"
    if isinstance(content, Part):
        given = {
            "filename": filename is not None,
            "content_type": content_type is not None,
            "disposition": disposition != "attachment",
            "content_id": content_id is not None,
            "reencode": reencode is not None,
            "strict_filenames": strict_filenames,
        }
        if unused := [name for name, is_given in given.items() if is_given]:
            message = f"{what} is a Part, which says that itself; leave out {', '.join(unused)}, or give part.content"
            raise ContentError(message)
        return content
    root = getattr(content, "root", None)
    if isinstance(root, Part):
        if content_type is not None:
            message = f"{what} is a message, whose type it says itself; leave out content_type, or give its octets"
            raise ContentError(message)
        says = (filename, disposition, content_id)
        return _message_leaf(root, _subject(content), "7bit", *says, strict=strict_filenames, reencode=reencode)
    if reencode is not None:
        message = f"{what} is no message, and only a message is re-encoded; leave out reencode"
        raise ContentError(message)
    octets, own = _pair(content, what)
    source, name = _source(octets, own if filename is None else filename, what)
    declared = _declared_type(content_type, name, source)
    lines = _fields(declared, name, disposition, content_id, strict=strict_filenames)
    return file_leaf(lines, source) if isinstance(source, File) else octets_leaf(lines, source)


def _pair(item: object, what: str) -> tuple[object, str | None]:
    """Take ``(filename, bytes)`` apart; anything else has no name of its own here."""
    if not isinstance(item, tuple):
        return item, None
    if len(item) != 2 or not isinstance(item[0], str):  # noqa: PLR2004 - a pair
        message = f"{what} is {show(item)}; a tuple is (filename, bytes)"
        raise ContentError(message)
    name, octets = item
    if isinstance(octets, str):
        message = f"{what} {show(name)} holds a str; encode it, as in (filename, text.encode())"
        raise ContentError(message)
    return octets, name


def _subject(content: object) -> str:
    return getattr(content, "subject", None) or "message"


def _source(content: object, filename: str | None, what: str) -> tuple[bytes | File, str]:
    """Give the octets or the file, and the name."""
    if isinstance(content, (bytes, bytearray, memoryview)):
        if not filename:
            message = f"{what} is bare octets; give them a name: (filename, bytes)"
            raise ContentError(message)
        return bytes(content), filename
    if isinstance(content, str):
        message = f"{what} is the str {show(content)}; give a pathlib.Path to attach a file, or (filename, bytes)"
        raise ContentError(message)
    if hasattr(content, "__fspath__"):
        location = os.fsdecode(content)
        return _file(location), filename or os.path.basename(location)  # noqa: PTH119 - no pathlib at import
    read = getattr(content, "read", None)
    if read is None:
        message = f"{what} is {show(content)}; give a Path, (filename, bytes), a file with a name, a Part or a Message"
        raise ContentError(message)
    named = filename or getattr(content, "name", None)
    named = os.fsdecode(named) if isinstance(named, bytes) else named
    if not isinstance(named, str):
        message = f"{what} is a file object without a name; give (filename, file.read())"
        raise ContentError(message)
    octets = read()
    if not isinstance(octets, bytes):
        message = f"{what} is a file opened as text; open it with mode 'rb'"
        raise ContentError(message)
    return octets, filename or os.path.basename(named)  # noqa: PTH119 - no pathlib at import


def _file(location: str) -> bytes | File:
    """Check a path and read a small file at once."""
    try:
        file = File(location)
        is_file = os.path.isfile(location)  # noqa: PTH113 - no pathlib at import
        source = b"".join(file.blocks()) if is_file and file.size <= _READ_AT_ONCE else file
    except ContentError:  # it changed while it was read
        raise
    except (OSError, ValueError) as error:  # ValueError: a NUL, or a character that no file name can hold
        reason = getattr(error, "strerror", None) or "no file can have this name"
        message = f"{show(location)} cannot be attached: {reason}"
        raise ContentError(message) from None
    if not is_file:
        message = f"{show(location)} is no regular file, so it cannot be attached"
        raise ContentError(message)
    return source


def _declared_type(given: str | ContentType | None, name: str, source: bytes | File) -> ContentType:
    """Give the media type: what was said, or what the extension says (RFC 2046 4.5.1 otherwise)."""
    if given is not None:
        return given if isinstance(given, ContentType) else ContentType.of(given)
    return _known_type(media_type(name, source))


@lru_cache(maxsize=256)
def _known_type(text: str) -> ContentType:
    return ContentType.of(text)


def _fields(
    declared: ContentType, name: str | None, disposition: str, content_id: str | None, *, strict: bool
) -> list[bytes]:
    """Give the fields of a leaf but its transfer encoding."""
    kind, place = declared, ContentDisposition.of(disposition)
    if name is not None:
        fold.guard(name, "a filename")
        kind, place = fields.with_filename(kind, place, name, strict=strict)
    lines = [field.field("Content-Type", kind.pieces()), field.field("Content-Disposition", place.pieces())]
    if content_id is not None:
        lines.append(field.field("Content-ID", ids.pieces([ids.check(content_id, "Content-ID")])))
    return lines


def _message_leaf(  # noqa: PLR0913, PLR0917 - what decides how a message is attached
    root: Part,
    subject: str,
    transport: str,
    filename: str | None = None,
    disposition: str = "attachment",
    content_id: str | None = None,
    *,
    strict: bool,
    reencode: bool | None = None,
) -> Part:
    """Make a message/rfc822 part, or an octet-stream of a signed message that the transport cannot carry."""
    shown = _without_hidden(root)
    fit = fits(shown.raw, transport) if not shown.is_built else for_transport(shown, transport) is shown
    if not fit and (reencode is False or (reencode is None and is_signed(shown))):
        name = filename or _eml_name(subject)
        lines = _fields(_known_type("application/octet-stream"), name, disposition, content_id, strict=strict)
        return octets_leaf(lines, shown.raw)
    inner = shown if fit else for_transport(shown, transport)
    raw = inner.headers.to_bytes()
    declared = _known_type("message/rfc822" if raw.isascii() else "message/global")
    encoding = "7bit" if all(octets.isascii() for octets in inner.verbatim()) and raw.isascii() else "8bit"
    lines = _fields(declared, filename, disposition, content_id, strict=strict)
    return embedded_leaf(lines, inner, encoding=encoding)


def _without_hidden(root: Part) -> Part:
    """Give a message as others may see it; where a bare CR would keep a Bcc field from being one, with CRLF ends."""
    shown = hidden.cut(root)
    if shown.is_built:
        return shown
    lines = plain.to_crlf(shown.raw)
    kept = hidden.cut_octets(lines)
    return shown if kept == lines else Part.of_span(kept, 0, len(kept), limits=root.limits)


def _eml_name(subject: str) -> str:
    kept = "".join([char if char.isprintable() and char not in '/\\:*?"<>|' else "_" for char in subject])
    return f"{kept.strip(' .')[:80] or 'message'}.eml"


# -- the canonical tree


def body(  # noqa: PLR0913 - one argument for each thing a message can show
    *,
    text: str | None,
    html: str | None,
    inline: Mapping[str, Attachable],
    attachments: Iterable[Attachable],
    calendar: str | bytes | PathLike[str] | None,
    amp: str | None,
    transport: str,
    rng: RandomBits,
    domain: str,
    strict_filenames: bool,
) -> Part:
    """Make the tree; *domain* is the right side of content ids that are made here."""
    if not hasattr(inline, "items"):
        message = f"inline is {show(inline)}; give a dict of label and file, as in {{'logo': Path('logo.png')}}"
        raise ContentError(message)
    forms: list[Part] = []
    if text is not None or (html is None and calendar is None and amp is None):
        forms.append(text_leaf(text or "", "plain", transport=transport, what="text"))
    if amp is not None:
        if text is None and html is None:
            message = "amp needs a text or html beside it for readers that do not show AMP; give one"
            raise ContentError(message)
        forms.append(text_leaf(amp, "x-amp-html", transport=transport, what="amp"))
    if html is not None:
        forms.append(_html(html, inline, transport=transport, rng=rng, domain=domain, strict=strict_filenames))
    elif inline:
        message = f"inline has {show(next(iter(inline)))} and there is no html to show it; use attachments"
        raise ContentError(message)
    attached = [
        _attached(item, transport=transport, strict=strict_filenames, place=place)
        for place, item in enumerate(_listed(attachments))
    ]
    if calendar is not None:
        form, file = _calendar(calendar, transport, strict=strict_filenames)
        forms.append(form)
        attached.append(file)
    tree = forms[0] if len(forms) == 1 else multipart("alternative", forms, rng=rng)
    return multipart("mixed", [tree, *attached], rng=rng) if attached else tree


def _listed(attachments: object) -> Iterable[object]:
    """Give what stands in the list; one attachment is no list, though it may be iterable."""
    is_pair = isinstance(attachments, tuple) and len(attachments) > 1 and isinstance(attachments[0], str)
    is_one = is_pair or isinstance(attachments, (str, bytes, bytearray, memoryview, Part))
    if is_one or not hasattr(attachments, "__iter__") or hasattr(attachments, "read"):
        message = f"attachments is {show(attachments)}; give a list: attachments=[...]"
        raise ContentError(message)
    return attachments


def _attached(item: object, *, transport: str, strict: bool, place: int) -> Part:
    """Make one attachment of what was given in the list."""
    what = f"attachments[{place}]"
    if isinstance(item, Part):
        return for_transport(item, transport)
    root = getattr(item, "root", None)
    if isinstance(root, Part):
        return _message_leaf(root, _subject(item), transport, strict=strict)
    octets, filename = _pair(item, what)
    source, name = _source(octets, filename, what)
    lines = _known_fields(media_type(name, source), name, strict=strict)
    return file_leaf(lines, source) if isinstance(source, File) else octets_leaf(lines, source)


@lru_cache(maxsize=256)
def _known_fields(declared: str, name: str, *, strict: bool) -> tuple[bytes, ...]:
    """Give the fields of an attachment; the same few types and names are attached again and again."""
    return tuple(_fields(_known_type(declared), name, "attachment", None, strict=strict))


def _html(  # noqa: PLR0913 - what its inline files need
    html: str, inline: Mapping[str, Attachable], *, transport: str, rng: RandomBits, domain: str, strict: bool
) -> Part:
    """Make the HTML part, in a multipart/related when it shows inline files by ``cid:`` (RFC 2392)."""
    if not isinstance(html, str):
        message = f"html is {show(html)}, a {type(html).__name__}; give a str"
        raise ContentError(message)
    leaf = None if inline else text_leaf(html, "html", transport=transport, what="html")
    if leaf is not None and not _cid().search(html):
        return leaf
    places = list(_references(html))
    found = {_unquote(html[start:end]) for start, end in places}
    if missing := sorted(found - set(inline)):
        message = f"html refers to cid:{show(missing[0])[1:-1]} and inline has no such key; add it to inline={{...}}"
        raise ContentError(message)
    if unused := [label for label in inline if label not in found]:
        message = f"inline has {show(unused[0])} and no cid:{show(unused[0])[1:-1]} in html shows it; use attachments"
        raise ContentError(message)
    if leaf is not None:
        return leaf
    content_ids = {label: _content_id(label, rng, domain) for label in inline}
    shown: list[str] = []
    position = 0
    for start, end in places:
        shown += (html[position:start], _quote(content_ids[_unquote(html[start:end])]))
        position = end
    shown.append(html[position:])
    parts = [text_leaf("".join(shown), "html", transport=transport, what="html")]
    for label, item in inline.items():
        parts.append(_inline_leaf(label, item, content_ids[label], transport=transport, strict=strict))
    return multipart("related", parts, rng=rng, parameters=[("type", "text/html")])


def _inline_leaf(label: str, item: object, content_id: str, *, transport: str, strict: bool) -> Part:
    """Make one inline part with its Content-ID."""
    if isinstance(item, Part):
        id_field = field.field("Content-ID", ids.pieces([f"<{content_id}>"]))
        placed = item.headers.with_field("Content-ID", id_field)
        return for_transport(Part(placed, item.pieces, children=item.children, embedded=item.embedded), transport)
    what = f"inline[{show(label)}]"
    root = getattr(item, "root", None)
    if isinstance(root, Part):
        return _message_leaf(root, _subject(item), transport, None, "inline", f"<{content_id}>", strict=strict)
    octets, filename = _pair(item, what)
    source, name = _source(octets, filename, what)
    lines = _fields(_declared_type(None, name, source), name, "inline", f"<{content_id}>", strict=strict)
    return file_leaf(lines, source) if isinstance(source, File) else octets_leaf(lines, source)


# Each pattern takes what it began, to the end of the text if need be, so that no octet is looked at again from another
# start.  A conditional comment (`<!--[if mso]>`) is passed by and what it holds is read: Outlook shows it.
@cache
def _markup() -> re.Pattern[str]:
    return re.compile(
        r"""(?is)<(?:!--(?!\[if)(?:-?+>|.*?(?:-->|\Z))"""
        r"""|([a-z][^\s/>]*+)((?:[^>=]++|=\s*+(?:"[^"]*+(?:"|\Z)|'[^']*+(?:'|\Z))?+)*+)(?:>|\Z))"""
    )


@cache
def _attribute() -> re.Pattern[str]:
    return re.compile(r"""([^\s"'>/=][^\s/>=]*+)\s*+=\s*+(?:"([^"]*+)|'([^']*+)|([^\s>]++))""")


@cache
def _cid() -> re.Pattern[str]:
    return re.compile(":(?<=[Cc][Ii][Dd]:)")  # the colon first: most text has few


@cache
def _whole_url() -> re.Pattern[str]:
    return re.compile(r"""(?i)\s*+cid:([^"'\s<>]++)""")


@cache
def _candidate() -> re.Pattern[str]:
    return re.compile(r"""(?i)(?:\A|,)\s*+cid:([^"'\s<>,]++)""")


@cache
def _css_url() -> re.Pattern[str]:
    return re.compile(r"""(?i)url\(\s*+["']?+\s*+cid:([^)"'\s<>]++)""")


_RAW_TEXT = ("style", "script", "title", "textarea")  # elements that hold no tags


def _references(html: str) -> Iterator[tuple[int, int]]:
    """Yield where the content ids of ``cid:`` URLs stand: in attributes, ``srcset`` lists and ``url(...)`` of CSS."""
    markup, position = _markup(), 0
    while found := markup.search(html, position):
        position = found.end()
        if found[1] is None:  # a comment
            continue
        if "cid:" in found[2].lower():
            yield from _in_attributes(found[2], found.start(2))
        name = found[1].lower()
        if name in _RAW_TEXT:
            closing = _closing(name).search(html, position)
            end = closing.start() if closing else len(html)
            if name == "style":
                yield from [hit.span(1) for hit in _css_url().finditer(html, position, end)]
            position = end


@cache
def _closing(name: str) -> re.Pattern[str]:
    """Match the end tag of an element in any case of ASCII; ignoring case would take a long s for an s."""
    return re.compile("</" + "".join([f"[{letter}{letter.upper()}]" for letter in name]))


def _in_attributes(text: str, offset: int) -> Iterator[tuple[int, int]]:
    """Yield the same for the attributes of one tag, which begin at *offset*."""
    for attribute in _attribute().finditer(text):
        group = attribute.lastindex or 0
        value, start = attribute[group], offset + attribute.start(group)
        name = attribute[1].lower()
        if name in ("srcset", "imagesrcset"):
            hits = list(_candidate().finditer(value))
        elif hit := _whole_url().match(value):
            hits = [hit]
        else:
            hits = list(_css_url().finditer(value))
        yield from [(start + hit.start(1), start + hit.end(1)) for hit in hits]


def _content_id(label: str, rng: RandomBits, domain: str) -> str:
    """Make a globally unique content id of a label (RFC 2045 7); phones cache images by it."""
    if "@" in label:
        return ids.check(f"<{label}>", "an inline key with @")[1:-1]
    stem = label.strip(".").replace("..", ".") if _atom().fullmatch(label) else "inline"
    return f"{stem or 'inline'}.{rng.getrandbits(64):016x}@{domain}"


def _unquote(label: str) -> str:
    """Undo percent-encoding in the path of a cid URL (RFC 2392 2)."""
    if "%" not in label:
        return label
    from urllib.parse import unquote

    return unquote(label)


def _quote(content_id: str) -> str:
    """Percent-encode a content id for a URL (RFC 2392 2)."""
    from urllib.parse import quote

    return quote(content_id, safe="@!$'*+=.-_~")


def _calendar(calendar: str | bytes | PathLike[str], transport: str, *, strict: bool) -> tuple[Part, Part]:
    """
    Make the two parts of an invitation: the form that mail programs act on, and the file for those that do not.

    RFC 6047 2.4: ``method`` repeats METHOD of the object, or no program shows its buttons.
    """
    name = "invite.ics"
    if hasattr(calendar, "__fspath__"):
        location = os.fsdecode(calendar)
        name = os.path.basename(location)  # noqa: PTH119 - no pathlib at import
        source = _file(location)
        octets = source if isinstance(source, bytes) else b"".join(source.blocks())
    elif isinstance(calendar, (bytes, bytearray, memoryview)):
        octets = bytes(calendar)
    elif isinstance(calendar, str):
        octets = text_octets(calendar, "calendar")
    else:
        message = f"calendar is {show(calendar)}; give a str or bytes that begin BEGIN:VCALENDAR, or a Path"
        raise ContentError(message)
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        message = "the calendar object is not UTF-8, which RFC 5545 3.1.4 asks for; convert it"
        raise ContentError(message) from None
    found = _method().search(text)
    if found is None or "BEGIN:VCALENDAR" not in text.upper():
        message = (
            "the calendar object has no METHOD line, so no mail program would offer to accept it (RFC 6047 2.4); "
            "add METHOD:REQUEST, or attach it as a file"
        )
        raise ContentError(message)
    method = found[1].upper()
    type_field = f"Content-Type: text/calendar; charset=utf-8; method={method}\r\n".encode()
    form = text_leaf(text, "calendar", transport=transport, what="calendar", type_field=type_field)
    lines = _fields(_known_type("application/ics"), name, "attachment", None, strict=strict)
    return form, octets_leaf(lines, text_octets(text, "calendar"))
