"""
Replying: the message that answers, forwards or resends another one.

RFC 5322 3.6.2 says whom a reply goes to, 3.6.4 how it is threaded, 3.6.5 what its subject begins with, and 3.6.6 how a
message is given on untouched under a block of Resent fields.  What is taken over from the other message was written
by somebody else: it is text, made fit for one line, and never markup, a path or a recipient that was hidden.

    (message, keyword arguments of Message) -> Message

May import: `message`, `compose`, `generator`, `reencode`, `part`, `addressing`, `headers`, `wire`.  Imported by: the
façade.
"""

from __future__ import annotations

import re

from mimekit import generator
from mimekit.addressing import address_key
from mimekit.clock import current_rng, current_time
from mimekit.compose import attachment
from mimekit.errors import AddressError, BuildError, HeaderError, show
from mimekit.headers import dates, field, filenames, ids
from mimekit.headers.address import AddressList, Group, Mailbox
from mimekit.message import Message
from mimekit.part import Part
from mimekit.reencode import for_transport
from mimekit.wire import scan

__all__ = ["forward", "reply", "reply_all", "resend"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime
    from os import PathLike
    from typing import TypedDict, Unpack

    from mimekit.clock import RandomBits
    from mimekit.compose import Attachable

    class Arguments(TypedDict, total=False):
        """The arguments of `Message` that these functions hand over as they are."""

        sender: object
        reply_to: object
        to: object
        cc: object
        bcc: object
        subject: str
        inline: Mapping[str, Attachable]
        calendar: str | bytes | PathLike[str]
        amp: str
        body: Part
        headers: Mapping[str, object] | Iterable[tuple[str, object]]
        references: str | Iterable[str]
        list_unsubscribe: str | Sequence[str]
        priority: str
        auto_submitted: str
        date: datetime
        message_id: str
        mail_from: object
        encoding: str
        rng: RandomBits
        strict_filenames: bool


# RFC 5322 3.6.5 knows "Re: " alone; these are what mail programs of other languages write, with or without a count.
_COUNT_AND_COLON = r"(?:\[[0-9]++\]|\([0-9]++\)|\^[0-9]++)?\s*+[:\uff1a]"
_REPLY = re.compile(
    r"(?i)\s*+(?:re|aw|sv|vs|antw|odp|res|rif|ynt|"
    r"\u56de\u590d|\u7b54\u590d|\u56de\u8986|\u7b54\u8986|\u8fd4\u4fe1|\ud68c\uc2e0|\ub2f5\uc7a5)" + _COUNT_AND_COLON
)
_FORWARD = re.compile(
    r"(?i)\s*+(?:fwd|fw|wg|tr|vb|vl|doorst|enc|rv|ilt|\u8f6c\u53d1|\u8f49\u5bc4|\u8ee2\u9001|\uc804\ub2ec)"
    + _COUNT_AND_COLON
)
_BLANK = re.compile(r"[\x00-\x20\x7f-\x9f\u2028\u2029]++")
_BODY_END = re.compile(r"(?i)</body\s*+>\s*+(?:</html\s*+>\s*+)?\Z")
_FORWARDED = "---------- Forwarded message ----------"


def reply(  # noqa: PLR0913 - what a reply says of itself
    message: Message,
    *,
    from_: object,
    text: str | None = None,
    html: str | None = None,
    attachments: Iterable[Attachable] = (),
    quote: bool = False,
    **arguments: Unpack[Arguments],
) -> Message:
    """
    Answer *message*: to its Reply-To, else its From, in its thread, under ``Re:`` and its subject.

    The other arguments are those of `Message`; ``to`` and ``subject`` replace what is derived.  *quote* adds the plain
    text of *message* under a line that says who wrote it and when, each line after ``> ``; HTML is not converted, so a
    message without plain text is not quoted.  Raises `AddressError` when *message* names nobody to answer.

    A program that answers by itself passes ``auto_submitted="auto-replied"`` and ``mail_from=""``, and does not answer
    a message with the null reverse-path, from a mailing list, or with an Auto-Submitted other than ``no``
    (RFC 3834 2).  That is the caller's decision; nothing is refused here.

    >>> asked = Message(from_="Ada <ada@example.com>", to="grace@example.org", subject="Notes", text="Ready?")
    >>> answer = reply(asked, from_="grace@example.org", text="Yes.")
    >>> answer.subject, answer.to[0].address, answer.in_reply_to == (asked.message_id,)
    ('Re: Notes', 'ada@example.com', True)
    """
    if "to" not in arguments:
        arguments["to"] = [_writable(mailbox) for mailbox in _answered(message)]
    if "subject" not in arguments:
        arguments["subject"] = _subject("Re:", _REPLY, message)
    if quote:
        text, html = _with_quote(text, html, message)
    return Message(from_=from_, text=text, html=html, attachments=attachments, in_reply_to=message, **arguments)


def reply_all(  # noqa: PLR0913 - what a reply says of itself
    message: Message,
    *,
    from_: object,
    own: object = (),
    text: str | None = None,
    html: str | None = None,
    attachments: Iterable[Attachable] = (),
    quote: bool = False,
    **arguments: Unpack[Arguments],
) -> Message:
    """
    Answer *message* to everybody who sees it: as `reply`, with its To beside the answered and its Cc in Cc.

    The addresses of *from_* and *own* are left out, and nobody stands there twice (domains compare without case).
    Bcc is never read.  When nobody but oneself is left, the answered stay.

    >>> asked = Message(from_="ada@example.com", to="grace@example.org, karen@example.net", text="Ready?")
    >>> [mailbox.address for mailbox in reply_all(asked, from_="grace@EXAMPLE.org", text="Yes.").to]
    ['ada@example.com', 'karen@example.net']
    """
    mine = {address_key(mailbox.address) for given in (from_, own) for mailbox in AddressList.of(given)}
    answered = _answered(message)
    to = _distinct([*answered, *_readable("To", message.to)], mine)
    cc = _distinct(_readable("Cc", message.cc), mine)
    if not to and not cc:
        to = _distinct(answered, set())
    if not to:
        to, cc = cc, []
    if "to" not in arguments:
        arguments["to"] = [_writable(mailbox) for mailbox in to]
    if "cc" not in arguments and cc:
        arguments["cc"] = [_writable(mailbox) for mailbox in cc]
    return reply(message, from_=from_, text=text, html=html, attachments=attachments, quote=quote, **arguments)


def forward(  # noqa: PLR0913 - what a forwarded message says of itself
    message: Message,
    *,
    from_: object,
    text: str | None = None,
    html: str | None = None,
    attachments: Iterable[Attachable] = (),
    attached: bool = True,
    **arguments: Unpack[Arguments],
) -> Message:
    """
    Give *message* on inside a new one, under ``Fwd:`` and its subject, with a comment in *text*.

    It goes as a message/rfc822 attachment, as it would be sent: its octets with CRLF line ends, without the Bcc and
    Resent-Bcc fields, which are nobody else's business.  Where the transport does not carry it and it is signed, or
    cannot be re-encoded, it goes as a file ``SUBJECT.eml`` of its octets.  ``attached=False`` writes its plain text
    below the comment and attaches its files; a message without plain text is attached all the same.  The other
    arguments are those of `Message`.

    >>> notes = Message(from_="ada@example.com", to="grace@example.org", subject="Notes", text="Here.")
    >>> passed = forward(notes, from_="grace@example.org", to="karen@example.net", text="See below.")
    >>> passed.subject, [part.content_type.essence for part in passed.attachments]
    ('Fwd: Notes', ['message/rfc822'])
    """
    if "subject" not in arguments:
        arguments["subject"] = _subject("Fwd:", _FORWARD, message)
    plain = message.text
    if attached or plain is None:
        whole = _attachable(message, arguments.get("encoding", "7bit"))
        return Message(from_=from_, text=text, html=html, attachments=[whole, *attachments], **arguments)
    block = "\n".join([_FORWARDED, *[f"{name}: {value}" for name, value in _shown_header(message)]])
    original = f"{block}\n\n{_lines_of(plain)}"
    if html is not None:
        html = _into_html(html, f'<div style="white-space: pre-wrap">{_escaped(original)}</div>')
    transport = arguments.get("encoding", "7bit")
    theirs = [_taken_over(part, transport) for part in (*message.inline, *message.attachments)]
    return Message(
        from_=from_, text=_below(text, original), html=html, attachments=[*attachments, *theirs], **arguments
    )


def _attachable(message: Message, transport: str) -> Message | Part:
    """Give what to attach of a message: itself, or a file of its octets when no form of it fits the transport."""
    root = generator.without_hidden(message.root)
    try:
        for_transport(root, transport)
    except BuildError:
        return attachment(Message.of(root), reencode=False)
    return Message.of(root)


def _taken_over(part: Part, transport: str) -> Part:
    """Give a part for another message: itself, or a file of its content when no form of it fits the transport."""
    copy = part.fresh()
    try:
        for_transport(copy, transport)
    except BuildError:
        name = filenames.safe(part.filename or filenames.default_name(part.content_type.essence))
        return attachment(part.content, name, content_type="application/octet-stream")
    return copy


def resend(  # noqa: PLR0913 - one argument for each Resent field
    message: Message,
    *,
    from_: object,
    to: object = None,
    cc: object = None,
    bcc: object = None,
    sender: object = None,
    date: datetime | None = None,
    message_id: str | None = None,
    rng: RandomBits | None = None,
) -> Message:
    """
    Give *message* on as it is under a block of Resent fields (RFC 5322 3.6.6); a signature in it stays valid.

    The envelope of what is returned comes from that block alone.  *bcc* stands in it as Resent-Bcc, so that `.envelope`
    finds it; no delivery shows that field.  Raises `HeaderError` without a recipient.

    >>> notes = Message(from_="ada@example.com", to="grace@example.org", text="Here.")
    >>> again = resend(notes, from_="grace@example.org", to="karen@example.net", bcc="audit@example.org")
    >>> again.envelope.mail_from, again.envelope.rcpt_to, again.to[0].address
    ('grace@example.org', ('karen@example.net', 'audit@example.org'), 'grace@example.org')
    """
    root = message.root
    utf8 = generator.has_utf8_header(root) or message.encoding == "smtputf8"
    authors = AddressList.of(from_)
    given = [("Resent-From", authors)]
    given += [
        (name, AddressList.of(value))
        for name, value in (("Resent-Sender", sender), ("Resent-To", to), ("Resent-Cc", cc), ("Resent-Bcc", bcc))
        if value is not None
    ]
    if len(authors) > 1 and sender is None:
        message_text = f"from_ has {len(authors)} mailboxes, so sender= must name who resends it (RFC 5322 3.6.6)"
        raise HeaderError(message_text)
    if not any(len(addresses) for name, addresses in given if name not in ("Resent-From", "Resent-Sender")):
        message_text = "to, cc and bcc name nobody to resend the message to; give one address at least"
        raise HeaderError(message_text)
    lines = [field.encode("Resent-Date", current_time().replace(microsecond=0) if date is None else date)]
    lines += [field.encode(name, addresses, utf8=utf8) for name, addresses in given if addresses.entries]
    own_id = ids.make(authors[0].ascii_domain, rng or current_rng()) if message_id is None else message_id
    lines.append(field.encode("Resent-Message-ID", own_id))
    return Message.of(_below_block(lines, root))


def _below_block(lines: list[bytes], root: Part) -> Part:
    """Put a Resent block on top of a message whose octets stay."""
    written = {line.partition(b":")[0].lower() for line in lines}
    top = next((key for _, key in root.headers.lines() if key), b"")
    if top.startswith(b"resent-") and top not in written:
        # An earlier block that begins with a name which this one lacks would be read as a part of this one, and its
        # recipients served again: only a repeated name or a field of another kind tells two blocks apart.
        lines = [*lines, b"X-Resent-Again: yes\r\n"]
    if root.is_built:
        headers = root.headers
        for line in reversed(lines):
            headers = headers.with_added(line, top=True)
        return Part(headers, root.pieces, children=root.children, embedded=root.embedded)
    raw = root.raw
    block = b"".join(lines)
    if scan.line_end_style(raw, 0, len(raw)) == b"\n":
        block = block.replace(b"\r\n", b"\n")
    octets = generator.splice(root, "Resent-Date", block, top=True)
    return Part.of_span(octets, 0, len(octets), limits=root.limits)


# -- whom a reply goes to


def _answered(message: Message) -> list[Mailbox]:
    """Give whom a reply goes to (RFC 5322 3.6.2): Reply-To where it names somebody, else From."""
    for name, addresses in (("Reply-To", message.reply_to), ("From", message.from_)):
        mailboxes = _readable(name, addresses)
        if mailboxes:
            return mailboxes
    error = "the message has no address in Reply-To or From to answer; pass to="
    raise AddressError(error)


def _readable(name: str, addresses: AddressList) -> list[Mailbox]:
    """Give the mailboxes of a field, groups flattened; an entry that is no address raises: nobody is dropped."""
    found: list[Mailbox] = []
    for entry in addresses.entries:
        if isinstance(entry, Mailbox):
            found.append(entry)
        elif isinstance(entry, Group):
            found += entry.mailboxes
        else:
            error = f"{show(str(entry))} in {name} of the message cannot be read as an address; pass to= (and cc=)"
            raise AddressError(error)
    return found


def _distinct(mailboxes: Iterable[Mailbox], seen: set[str]) -> list[Mailbox]:
    """Give those whose address is not in *seen*, and add them to it."""
    found: list[Mailbox] = []
    for mailbox in mailboxes:
        key = address_key(mailbox.address)
        if key not in seen:
            seen.add(key)
            found.append(mailbox)
    return found


def _writable(mailbox: Mailbox) -> Mailbox:
    """Give the mailbox, without the control characters that encoded words may have brought into its name."""
    name = mailbox.display_name
    return mailbox if name.isprintable() else Mailbox(_one_line(name), mailbox.local_part, mailbox.domain)


# -- text that somebody else wrote


def _one_line(text: str) -> str:
    """Make text fit for one line: runs of white space, controls and line separators become one space."""
    return _BLANK.sub(" ", text).strip(" ")


def _lines_of(text: str) -> str:
    """Give text with LF line ends and without NUL, which no message text may hold."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


def _subject(prefix: str, known: re.Pattern[str], message: Message) -> str:
    """Give the subject of *message* after one *prefix*, whatever of its kind stood there before."""
    subject = message.subject or ""
    position = 0
    while hit := known.match(subject, position):
        position = hit.end()
    return f"{prefix} {_one_line(subject[position:])}".rstrip(" ")


def _with_quote(text: str | None, html: str | None, message: Message) -> tuple[str | None, str | None]:
    """Add the plain text of *message* to both forms of an answer."""
    plain = message.text
    if plain is None:
        return text, html
    lines = _lines_of(plain).removesuffix("\n").split("\n")
    # RFC 3676 4.5: the signs of one depth stand together; a space keeps the text from looking like one
    quoted = [f">{line}" if line.startswith(">") or not line else f"> {line}" for line in lines]
    attribution = _attribution(message)
    if html is not None:
        mark = '<blockquote type="cite" style="white-space: pre-wrap">'
        html = _into_html(html, f"<p>{_escaped(attribution)}</p>{mark}{_escaped(chr(10).join(lines))}</blockquote>")
        if text is None:
            return None, html
    return _below(text, "\n".join([attribution, *quoted, ""])), html


def _below(text: str | None, more: str) -> str:
    """Put *more* below a comment, after an empty line."""
    return f"{_lines_of(text).rstrip(chr(10))}\n\n{more}" if text else more


def _attribution(message: Message) -> str:
    """Say who wrote a message and when."""
    date = message.date
    when = "" if date is None else f"On {dates.encode(date).decode().strip()}, "
    return f"{when}{_one_line(str(message.from_)) or 'somebody'} wrote:"


def _shown_header(message: Message) -> list[tuple[str, str]]:
    """Give the fields that a forwarded text begins with."""
    shown = [(name, message.headers.get(name)) for name in ("From", "Date", "Subject", "To", "Cc")]
    return [(name, _one_line(value)) for name, value in shown if value]


def _into_html(html: str, more: str) -> str:
    """Put markup at the end of the body of an HTML document."""
    end = _BODY_END.search(html)
    return html + more if end is None else html[: end.start()] + more + html[end.start() :]


def _escaped(text: str) -> str:
    """Make text harmless inside HTML; without a colon, ``cid:`` in it refers to no inline file either."""
    from html import escape

    return escape(text).replace(":", "&#58;")
