"""
`Message`: a root part, and what its envelope needs that no header may show.

RFC 5322 3.6.  A message is built by one constructor that takes the intent, or parsed (`parser.parse`); both are
immutable and answer the same questions.  ``bcc`` and ``mail_from`` of a built message stand beside the octets: they
belong to the envelope (RFC 5321 2.3.1).

    keyword arguments -> Message -> octets, typed values, Envelope, Delivery

May import: everything of the core but `parser`, `replies`, `maildir`, `spec`.  Imported by: much of the package.
"""

from __future__ import annotations

from mimekit import assemble, bodies, compose, delivering, faults, generator, headline
from mimekit.addressing import path
from mimekit.clock import current_rng, current_time
from mimekit.codecs import plain, words
from mimekit.errors import ContentError, HeaderError, show
from mimekit.frozen import put
from mimekit.headers import dates, field, ids, names
from mimekit.headers.address import AddressList, Mailbox
from mimekit.part import Part
from mimekit.reencode import fits, fitting_field, for_transport, has_same_lines, is_signed
from mimekit.wire import scan

__all__ = ["Message"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from os import PathLike
    from typing import Any, Literal, Self

    from mimekit.addressing import Addressing
    from mimekit.clock import RandomBits
    from mimekit.compose import Attachable
    from mimekit.defects import Defect
    from mimekit.delivery import Delivery
    from mimekit.envelope import Envelope
    from mimekit.headers.collection import Headers
    from mimekit.headers.content import ContentType

    BccPolicy = Literal["omit", "separate", "empty"]

_NOBODY = AddressList()
_SHORT = 900  # octets of an id that fits a line, which `field` would find too
_MIME_VERSION = b"MIME-Version: 1.0\r\n"
_TRACE_ON_TOP = frozenset({"trace", "auth", "resent"})  # RFC 5322 3.6.6, 3.6.7; RFC 6376 5.6; RFC 8601 5


class _Slots:
    """The slots of `Message`, for filling; see `frozen`."""

    __slots__ = ("_bcc", "_cache", "_mail_from", "_root", "_transport")

    _root: Part
    _bcc: AddressList | None  # of a built message; a parsed one has its fields
    _mail_from: str | None
    _transport: str | None  # of a built message
    _cache: dict[str, Any]  # any accessor's value, under the accessor's name


class Message(_Slots):
    r"""
    One message: what `parse` gives, or what this constructor builds.

    Addresses (*from_*, *sender*, *reply_to*, *to*, *cc*, *bcc*): strings in address-list syntax, ``(display_name,
    address)`` pairs, `Mailbox`, `Group`, or iterables of those.  *text*, *html*, *amp*: `str`.  *inline*: ``{label:
    Path or (filename, bytes)}``, shown in the HTML by ``cid:label``.  *attachments*: paths, ``(filename, bytes)``,
    file objects, parts, messages.  *calendar*: an iCalendar object with a METHOD.  *body*: a tree made by hand, in
    place of all of these.  *headers*: further fields.  *mail_from*: the bounce address.  *encoding*: what the way to
    the receiver carries, ``"7bit"``, ``"8bit"`` or ``"smtputf8"``.  *date* (whole seconds) defaults to now,
    *message_id* to a random one in the domain of From.  *rng* draws boundaries and ids.

    Raises `HeaderError`, `AddressError` or `ContentError` at once, and never anything at writing but for a file that
    changed.

    >>> msg = Message(from_="Ada <ada@example.com>", to="grace@example.org", subject="Notes", text="Hello.")
    >>> msg.subject, msg.to[0].address, msg.text
    ('Notes', 'grace@example.org', 'Hello.\n')
    """

    __slots__ = ()

    def __init__(  # noqa: PLR0913 - one argument for each thing a message says
        self,
        *,
        from_: object,
        sender: object = None,
        reply_to: object = None,
        to: object = None,
        cc: object = None,
        bcc: object = None,
        subject: str | None = None,
        text: str | None = None,
        html: str | None = None,
        inline: Mapping[str, Attachable] | None = None,
        attachments: Iterable[Attachable] = (),
        calendar: str | bytes | PathLike[str] | None = None,
        amp: str | None = None,
        body: Part | None = None,
        headers: Mapping[str, object] | Iterable[tuple[str, object]] = (),
        in_reply_to: Message | str | Iterable[str] | None = None,
        references: str | Iterable[str] | None = None,
        list_unsubscribe: str | Sequence[str] | None = None,
        priority: str | None = None,
        auto_submitted: str | None = None,
        date: datetime | None = None,
        message_id: str | None = None,
        mail_from: object = None,
        encoding: str = "7bit",
        rng: RandomBits | None = None,
        strict_filenames: bool = False,
    ) -> None:
        if encoding not in assemble.TRANSPORTS:
            message = f"encoding is {show(encoding)}; it is one of {', '.join(assemble.TRANSPORTS)}"
            raise ContentError(message)
        utf8 = encoding == "smtputf8"
        rng = rng or current_rng()
        authors = headline.originators(from_, sender)
        domain = authors.mailboxes[0].ascii_domain
        lines = headline.address_fields(
            (("From", from_), ("Sender", sender), ("Reply-To", reply_to), ("To", to), ("Cc", cc)), utf8=utf8
        )
        if subject is not None:
            lines.append(headline.text_field("Subject", subject, utf8=utf8))
        lines.append(b"Date: %b\r\n" % dates.encode(current_time() if date is None else date))
        own_id = ids.make(domain, rng) if message_id is None else ids.check(message_id, "message_id")
        if len(own_id) < _SHORT and own_id.isascii():
            lines.append(b"Message-ID: %b\r\n" % own_id.encode())
        else:
            lines.append(field.field("Message-ID", ids.pieces([own_id], utf8=utf8)))
        if in_reply_to or references:
            lines += headline.threading(in_reply_to, references, utf8=utf8)
        lines += headline.marks(priority, auto_submitted, list_unsubscribe)
        if headers != ():
            lines += headline.further(headers, utf8=utf8)
        lines.append(_MIME_VERSION)
        tree = body
        if tree is None:
            tree = compose.body(
                text=text,
                html=html,
                inline=inline or {},
                attachments=attachments,
                calendar=calendar,
                amp=amp,
                transport=encoding,
                rng=rng,
                domain=domain,
                strict_filenames=strict_filenames,
            )
        else:
            if text is not None or html is not None or inline or tuple(attachments) or calendar is not None or amp:
                message = "body= is the whole tree; leave out text, html, inline, attachments, calendar and amp"
                raise ContentError(message)
            tree = for_transport(assemble.checked_body(body), encoding)
        self._fill(
            assemble.with_fields(tree, lines),
            bcc=_NOBODY if bcc is None else headline.addresses("bcc", bcc),
            mail_from=None if mail_from is None else _reverse_path(mail_from),
            transport=encoding,
        )
        if bcc is not None and not utf8:
            headline.ascii_only("bcc", self.bcc)

    def _fill(
        self, root: Part, *, bcc: AddressList | None = None, mail_from: str | None = None, transport: str | None = None
    ) -> None:
        put(self, "_root", root)
        put(self, "_bcc", bcc)
        put(self, "_mail_from", mail_from)
        put(self, "_transport", transport)
        put(self, "_cache", {})

    @classmethod
    def of(cls, part: Part) -> Self:
        """Wrap the root part of a message, such as ``part.embedded``; nothing is copied."""
        made = _Slots()
        made._root = part
        made._bcc = made._mail_from = made._transport = None
        made._cache = {}
        made.__class__ = cls
        return made  # type: ignore[return-value]  # it is one now

    def _like(self, root: Part, **changed: Any) -> Message:  # noqa: ANN401 - any of the arguments of _fill
        made = Message.__new__(Message)
        kept = {"bcc": self._bcc, "mail_from": self._mail_from, "transport": self._transport}
        made._fill(root, **(kept | changed))
        return made

    def __setattr__(self, name: str, value: object) -> None:
        message = f"Message is immutable: use with_header, with_body or build another instead of setting {name!r}"
        raise AttributeError(message)

    # -- octets

    def to_bytes(self) -> bytes:
        """Give the octets: of a parsed message those it came from, of a built one CRLF lines of at most 998 octets."""
        cache = self._cache
        if "to_bytes" not in cache:
            cache["to_bytes"] = self._root.raw
        return cache["to_bytes"]  # type: ignore[no-any-return]  # see _cache

    def __bytes__(self) -> bytes:
        return self.to_bytes()

    def iter_bytes(self) -> Iterator[bytes]:
        """Yield the octets in order, in constant memory when an attachment is a large file."""
        return self._root.chunks()

    @property
    def size(self) -> int:
        """How many octets `to_bytes` has; no file is read for it."""
        return self._root.size

    # -- header

    @property
    def root(self) -> Part:
        """The part that is the message itself."""
        return self._root

    @property
    def headers(self) -> Headers:
        """The fields of the message."""
        return self._root.headers

    def _addresses(self, name: str) -> AddressList:
        """Read all the fields of that name as one list of addresses."""
        cache = self._cache
        if name not in cache:
            headers, limits = self._root.headers, self._root.limits
            charset = headers.charset
            lists = [AddressList.parse(raw, limits=limits, charset=charset) for raw in headers.all_raw(name)]
            cache[name] = lists[0] if len(lists) == 1 else AddressList.joined(lists)
        return cache[name]  # type: ignore[no-any-return]  # see _cache

    @property
    def from_(self) -> AddressList:
        """The authors, over all From fields; see `AddressList` for what cannot be read."""
        return self._addresses("From")

    @property
    def sender(self) -> Mailbox | None:
        """Who sent it for the authors, or ``None``."""
        senders = self._addresses("Sender")
        return senders[0] if len(senders) else None

    @property
    def reply_to(self) -> AddressList:
        """Where replies are to go."""
        return self._addresses("Reply-To")

    @property
    def to(self) -> AddressList:
        """The primary recipients, over all To fields, groups flattened."""
        return self._addresses("To")

    @property
    def cc(self) -> AddressList:
        """The other recipients that everybody sees."""
        return self._addresses("Cc")

    @property
    def bcc(self) -> AddressList:
        """The recipients that nobody else sees: of a built message those given, of a parsed one its Bcc fields."""
        return self._addresses("Bcc") if self._bcc is None else self._bcc

    @property
    def mail_from(self) -> str | None:
        """The bounce address that was given, ``""`` for the null reverse-path; ``None`` when the header decides."""
        return self._mail_from

    @property
    def encoding(self) -> str | None:
        """What a built message needs of its way: ``7bit``, ``8bit`` or ``smtputf8``; ``None`` when parsed."""
        return self._transport

    @property
    def subject(self) -> str | None:
        """The subject, decoded and unfolded."""
        cache = self._cache
        if "subject" not in cache:
            headers = self._root.headers
            raw = headers.raw("Subject")
            cache["subject"] = (
                None if raw is None else words.decode(raw, limits=self._root.limits, charset=headers.charset)
            )
        return cache["subject"]  # type: ignore[no-any-return]  # see _cache

    @property
    def date(self) -> datetime | None:
        """The date, aware; a zone of ``-0000`` is kept apart (`headers.dates.UNKNOWN_ZONE`)."""
        raw = self._root.headers.raw("Date")
        return None if raw is None else dates.parse(raw, limits=self._root.limits)

    @property
    def message_id(self) -> str | None:
        """The Message-ID with its angle brackets."""
        raw = self._root.headers.raw("Message-ID")
        return None if raw is None else ids.parse_one(raw, limits=self._root.limits)

    def _ids(self, name: str) -> tuple[str, ...]:
        found: tuple[str, ...] = ()
        for raw in self._root.headers.all_raw(name):
            found += ids.parse_many(raw, limits=self._root.limits)
        return found

    @property
    def in_reply_to(self) -> tuple[str, ...]:
        """The ids of the messages this one answers."""
        return self._ids("In-Reply-To")

    @property
    def references(self) -> tuple[str, ...]:
        """The ids of the thread, oldest first."""
        return self._ids("References")

    # -- content

    @property
    def content_type(self) -> ContentType:
        """The media type of the whole message."""
        return self._root.content_type

    @property
    def content(self) -> bytes:
        """The decoded octets of the body; ``b""`` for a multipart."""
        return self._root.content

    @property
    def parts(self) -> Iterator[Part]:
        """Every part, depth first, the message itself first, with its IMAP number; embedded messages included."""
        return self._placed().walk()

    def _placed(self) -> Part:
        """Give the root with its structure known and its parts numbered."""
        cache = self._cache
        if "placed" not in cache:
            if self._root.is_built:
                root = self._root.fresh()
                root.number_parts()
                cache["placed"] = root
            else:
                cache["placed"] = self._root
        return cache["placed"]  # type: ignore[no-any-return]  # see _cache

    def _bodies(self) -> bodies.Bodies:
        cache = self._cache
        if "bodies" not in cache:
            cache["bodies"] = bodies.find(self._placed())
        return cache["bodies"]  # type: ignore[no-any-return]  # see _cache

    @property
    def text(self) -> str | None:
        """The plain text a reader sees (RFC 8621 4.1.4), LF line ends, several parts joined; ``None`` without one."""
        root = self._root
        kind = root.content_type
        if kind.maintype == "text" and kind.subtype == "plain" and root.disposition is None:  # most without parts
            return root.text
        return _joined(self._bodies().text)

    @property
    def html(self) -> str | None:
        """The HTML a reader sees, likewise."""
        return _joined(self._bodies().html)

    @property
    def attachments(self) -> tuple[Part, ...]:
        """The attachments; an embedded message is one, and is not searched."""
        return self._bodies().attachments

    @property
    def inline(self) -> tuple[Part, ...]:
        """What is shown inside the body: images by ``cid:``, and media without a disposition."""
        return self._bodies().inline

    @property
    def defects(self) -> tuple[Defect, ...]:
        """What is wrong with the octets, by place; see `defects.TABLE` for the codes."""
        cache = self._cache
        if "defects" not in cache:
            root = self._root
            if root.is_built:
                octets = self.to_bytes()
                root = Part.of_span(octets, 0, len(octets), limits=root.limits)
            cache["defects"] = faults.defects(root)
        return cache["defects"]  # type: ignore[no-any-return]  # see _cache

    # -- changed copies

    def with_header(self, name: str, value: object) -> Message:
        """
        Replace the first field of that name in place and drop the others, or append it.

        On a built message ``Bcc`` is the argument ``bcc``.  Every other octet stays.
        """
        if self._bcc is not None and field.check_name(name) == "Bcc":
            return self._like(self._root, bcc=self._blind(headline.addresses("bcc", value)))
        return self._edited(name, self._field(name, value), top=None)

    def with_added(self, name: str, value: object) -> Message:
        """Add a field beside others of that name: trace, Resent and signature fields on top, others at the end."""
        if self._bcc is not None and field.check_name(name) == "Bcc":
            more = headline.addresses("bcc", value)
            return self._like(self._root, bcc=self._blind(AddressList.joined([self._bcc, more])))
        info = names.info(name)
        return self._edited(name, self._field(name, value), top=info.group in _TRACE_ON_TOP)

    def without_header(self, name: str) -> Message:
        """Drop every field of that name; a message without one is given back as it is."""
        if self._bcc is not None and field.check_name(name) == "Bcc":
            return self._like(self._root, bcc=_NOBODY)
        return self._edited(name, b"", top=None) if name in self.headers else self

    def with_field_on_top(self, octets: bytes) -> Message:
        """Put a finished field, line end included, above all others; what it may be a signature of stays as it is."""
        return self._like(generator.with_field_on_top(self._root, octets))

    def _blind(self, addresses: AddressList) -> AddressList:
        """Check Bcc recipients as the constructor does."""
        if self._transport != "smtputf8":
            headline.ascii_only("bcc", addresses)
        return addresses

    def _field(self, name: str, value: object) -> bytes:
        """Write a field in the message's own manner: UTF-8 when it has it, its line end."""
        octets = field.encode(name, value, utf8=self._transport == "smtputf8")
        if not self._root.is_built and self._line_end() == b"\n":
            return octets.replace(b"\r\n", b"\n")
        return octets

    def _line_end(self) -> bytes:
        raw = self._root.raw
        return scan.line_end_style(raw, 0, len(raw))

    def _edited(self, name: str, octets: bytes, *, top: bool | None) -> Message:
        """Put *octets* in place of the field, on top (True) or at the end (False); ``b""`` drops it."""
        return self._like(generator.edited(self._root, name, octets, top=top))

    def with_body(  # noqa: PLR0913 - as in the constructor
        self,
        body: Part | None = None,
        *,
        text: str | None = None,
        html: str | None = None,
        inline: Mapping[str, Attachable] | None = None,
        attachments: Iterable[Attachable] = (),
        calendar: str | bytes | PathLike[str] | None = None,
        amp: str | None = None,
        rng: RandomBits | None = None,
        strict_filenames: bool = False,
    ) -> Message:
        """
        Give the same header over another body: a tree made by hand, or what the constructor's arguments make.

        A signature in the header stays, and is one over the old body: sign the result.
        """
        transport = self._transport or "7bit"
        if body is None:
            tree = compose.body(
                text=text,
                html=html,
                inline=inline or {},
                attachments=attachments,
                calendar=calendar,
                amp=amp,
                transport=transport,
                rng=rng or current_rng(),
                domain=self._author_domain() if inline else "",
                strict_filenames=strict_filenames,
            )
        else:
            tree = for_transport(assemble.checked_body(body), transport)
        headers = self.headers
        kept = [
            fitting_field(line, headers, transport)
            for line, key in headers.lines()
            if key and not key.startswith(b"content-") and key != b"mime-version"
        ]
        return self._like(assemble.with_fields(tree, [*kept, _MIME_VERSION]))

    def _author_domain(self) -> str:
        """Give the right side of content ids that are made for this message."""
        for mailbox in self.from_:
            return mailbox.ascii_domain
        message = "a content id is made in the domain of From, and the message has no author; name one by with_header"
        raise HeaderError(message)

    def with_encoding(self, encoding: str) -> Message:
        """
        Give a message that says the same for another transport: leaves, and 8-bit header fields, are re-encoded.

        Raises `ContentError` for a signed message, which would not verify any more.
        """
        if encoding not in assemble.TRANSPORTS:
            message = f"encoding is {show(encoding)}; it is one of {', '.join(assemble.TRANSPORTS)}"
            raise ContentError(message)
        root = self._root
        if not root.is_built and is_signed(root):  # signatures are over CRLF (RFC 6376 3.4, RFC 1847 2.1)
            octets = plain.to_crlf(root.raw)
            if octets == root.raw and fits(octets, encoding):
                return self
            ended = Part.of_span(octets, 0, len(octets), limits=root.limits)
            if fits(octets, encoding) and has_same_lines(root, ended):
                return Message.of(ended)
        made = for_transport(root, encoding)
        if made is not root and is_signed(root):
            message = (
                "the message is signed, and re-encoding it would break the signature; send it over a transport that "
                "carries it as it is, or take the signature off and sign again"
            )
            raise ContentError(message)
        if encoding != "smtputf8" and self._bcc is not None:
            headline.ascii_only("bcc", self._bcc)
        return self._like(made, transport=encoding if self._bcc is not None else None)

    # -- envelope

    @property
    def addressing(self) -> Addressing:
        """The fields that decide the envelope, as they are read; `envelope` raises for what cannot be sent to."""
        return delivering.addressing(self)

    @property
    def envelope(self) -> Envelope:
        """
        The envelope that the message asks for: every recipient of To, Cc and Bcc, or of the topmost Resent block.

        Raises `EnvelopeError` rather than lose anyone.
        """
        return delivering.envelope(self)

    def deliveries(
        self, bcc: BccPolicy = "omit", *, mail_from: object = None, rcpt_to: object = None
    ) -> list[Delivery]:
        """
        Give what to send, by one of the three readings of RFC 5322 3.6.3.

        ``"omit"``: one copy without a Bcc field for everybody.  ``"separate"``: that copy for To and Cc, and one for
        each Bcc recipient with a Bcc field that names nobody else.  ``"empty"``: one copy with an empty Bcc field.
        Raises `EnvelopeError`, or `ContentError` for octets that SMTP cannot carry.
        """
        return delivering.deliveries(self, bcc, mail_from=mail_from, rcpt_to=rcpt_to)

    # -- a value

    def _key(self) -> tuple[object, ...]:
        return *self._root.key(), self.bcc, self._mail_from

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return self._key() == other._key() if isinstance(other, Message) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        subject = self.subject
        shown = "without a subject" if subject is None else show(subject, 48)
        return f"<Message {shown}, {self.content_type.essence}, {self.size} octets>"

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), self._root, self._bcc, self._mail_from, self._transport)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


def _restore(
    cls: type[Message], root: Part, bcc: AddressList | None, mail_from: str | None, transport: str | None
) -> Message:
    made = cls.__new__(cls)
    made._fill(root, bcc=bcc, mail_from=mail_from, transport=transport)
    return made


def _joined(parts: tuple[Part, ...]) -> str | None:
    texts = [part.text or "" for part in parts]
    if len(texts) < 2:  # noqa: PLR2004 - nothing to join
        return texts[0] if texts else None
    return "".join(
        [text if text.endswith("\n") or at + 1 == len(texts) else text + "\n" for at, text in enumerate(texts)]
    )


def _reverse_path(mail_from: object) -> str:
    if mail_from == "":
        return ""
    return path(mail_from, "mail_from")[0]
