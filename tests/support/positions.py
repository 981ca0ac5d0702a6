"""Every place where a caller's text can go into what is built: how it gets there, and how it is read back."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import quote

from mimekit import (
    AddressList,
    ContentDisposition,
    ContentType,
    Group,
    Mailbox,
    Message,
    MimekitError,
    Part,
    attachment,
    html_part,
    mixed,
    related,
    text_part,
)
from mimekit.headers.lists import ListField, ListId
from mimekit.headers.taglist import TagList
from mimekit.headers.text import PhraseList
from mimekit.headers.trace import Received, ReturnPath

__all__ = ["ADDRESS_SHAPES", "ID_SHAPES", "NOW", "POSITIONS", "Position", "build", "check_sentence"]

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)

Build = Callable[[str], Message]
Read = Callable[[Message], object]


class Position(NamedTuple):
    """One place: *build* puts a text there; *read* gives it back, ``None`` where what is read is another value."""

    name: str
    build: Build
    read: Read | None


def build(**arguments: Any) -> Message:
    """Build a message with a fixed clock and random source; what is needed and not given is added."""
    given: dict[str, Any] = {"from_": "a@example.com", "to": "b@example.com", "date": NOW, "rng": Random(5)}
    given |= arguments
    if "body" not in given:
        given.setdefault("text", "x")
    return Message(**given)


def check_sentence(error: MimekitError) -> None:
    """Check that an error is safe to print: ASCII without controls, and not long."""
    sentence = str(error)
    assert sentence.isprintable()
    assert sentence.isascii()
    assert len(sentence) < 600


def _header(name: str) -> Build:
    return lambda text: build(headers={name: text})


def _first(message: Message) -> Part:
    return message.attachments[0]


def _leaf(part: Part) -> Message:
    return build(body=mixed(text_part("x"), part, rng=Random(6)))


class _Named(io.BytesIO):
    """A file object with a name."""

    def __init__(self, name: str) -> None:
        super().__init__(b"data")
        self.name = name


def _display_names() -> list[Position]:
    found = []
    for argument in ("from_", "sender", "reply_to", "to", "cc"):

        def one(text: str, argument: str = argument) -> Message:
            return build(**{argument: (text, "c@example.com")})

        def read(message: Message, argument: str = argument) -> object:
            value = getattr(message, argument)
            return (value if isinstance(value, Mailbox) else value[0]).display_name

        found += [
            Position(f"{argument}: name of a pair", one, read),
            Position(
                f"{argument}: name in a string",
                lambda text, argument=argument: build(**{argument: f"{text} <c@example.com>"}),  # type: ignore[misc]  # mypy infers no type for such a lambda
                None,
            ),
            Position(
                f"{argument}: quoted name in a string",
                lambda text, argument=argument: build(**{argument: f'"{text}" <c@example.com>'}),  # type: ignore[misc]  # mypy infers no type for such a lambda
                None,
            ),
            Position(
                f"{argument}: Mailbox name",
                lambda text, argument=argument: build(**{argument: Mailbox(text, "c", "example.com")}),  # type: ignore[misc]  # mypy infers no type for such a lambda
                read,
            ),
        ]
    return found


ADDRESS_SHAPES: dict[str, Callable[[str], str]] = {
    "whole": lambda text: text,
    "local part": lambda text: f"{text}@example.com",
    "quoted local part": lambda text: f'"{text}"@example.com',
    "quoted-pair": lambda text: f'"x\\{text}"@example.com',
    "domain": lambda text: f"a@{text}",
    "label": lambda text: f"a@x{text}y.example.com",
    "after the domain": lambda text: f"a@example.com{text}",
    "literal": lambda text: f"a@[{text}]",
    "in angles": lambda text: f"<{text}@example.com>",
    "after the angles": lambda text: f"<a@example.com>{text}",
    "comment": lambda text: f"a@example.com ({text})",
    "group": lambda text: f"{text}: c@example.com;",
    "in a list": lambda text: f"c@example.com, {text}@example.com",
}
"""How an address in a string can hold a text."""


def _addresses() -> list[Position]:
    found = []
    for argument in ("from_", "sender", "reply_to", "to", "cc", "bcc", "mail_from"):
        for shape, make in ADDRESS_SHAPES.items():

            def one(text: str, argument: str = argument, make: Callable[[str], str] = make) -> Message:
                return build(encoding="smtputf8", **{argument: make(text)})

            found.append(Position(f"{argument}: {shape}", one, None))
    for argument in ("to", "bcc", "mail_from"):
        found += [
            Position(
                f"{argument}: Mailbox local part",
                lambda text, argument=argument: build(  # type: ignore[misc]  # mypy infers no type for such a lambda
                    encoding="smtputf8", **{argument: Mailbox("", text, "example.com")}
                ),
                None,
            ),
            Position(
                f"{argument}: Mailbox domain",
                lambda text, argument=argument: build(**{argument: Mailbox("", "a", text)}),  # type: ignore[misc]  # mypy infers no type for such a lambda
                None,
            ),
        ]
    return found


def _groups() -> list[Position]:
    return [
        Position(
            "to: Group name",
            lambda text: build(to=Group(text, [Mailbox("", "c", "example.com")])),
            lambda message: message.to.entries[0].display_name,  # type: ignore[union-attr]  # a group, as given
        ),
        Position(
            "to: AddressList",
            lambda text: build(to=AddressList([Mailbox(text, "c", "example.com"), Mailbox("", "d", "example.com")])),
            lambda message: message.to[0].display_name,
        ),
    ]


_KIND_FIELDS = (
    "X-Any",  # unstructured, unknown
    "Comments",
    "Keywords",
    "Resent-Date",
    "Resent-From",
    "Resent-Sender",
    "Resent-To",
    "Resent-Message-ID",
    "Supersedes",
    "Received",
    "Content-Language",
    "Content-Location",
    "Authentication-Results",
    "Sensitivity",
    "List-Help",
    "Archived-At",
    "List-ID",
    "DKIM-Signature",
    "Delivered-To",
    "Errors-To",
    "Disposition-Notification-To",
)


ID_SHAPES: dict[str, Callable[[str], str]] = {
    "whole": lambda text: text,
    "left": lambda text: f"<{text}@example.com>",
    "right": lambda text: f"<a@{text}>",
    "after": lambda text: f"<a@example.com>{text}",
}
"""How a message identifier can hold a text."""


def _fields() -> list[Position]:
    found = [
        Position("subject", lambda text: build(subject=text), lambda message: message.subject),
        Position(
            "subject, smtputf8", lambda text: build(subject=text, encoding="smtputf8"), lambda message: message.subject
        ),
        Position("headers: name", lambda text: build(headers={f"X-{text}": "y"}), None),
        Position("headers: whole name", lambda text: build(headers=[(text, "y")]), None),
        Position("with_header: name", lambda text: build().with_header(f"X-{text}", "y"), None),
        Position(
            "with_header: value", lambda text: build().with_header("X-A", text), lambda message: message.headers["X-A"]
        ),
        Position(
            "with_added: value", lambda text: build().with_added("X-A", text), lambda message: message.headers["X-A"]
        ),
        Position("with_added: trace value", lambda text: build().with_added("Received", text), None),
    ]
    found += [
        Position(
            f"headers: {name}",
            _header(name),
            (lambda message: message.headers["X-Any"]) if name == "X-Any" else None,
        )
        for name in _KIND_FIELDS
    ]
    for argument in ("message_id", "in_reply_to", "references"):
        for shape, make in ID_SHAPES.items():

            def one(text: str, argument: str = argument, make: Callable[[str], str] = make) -> Message:
                return build(**{argument: make(text)})

            found.append(Position(f"{argument}: {shape}", one, None))
    found += [
        Position("references: one of several", lambda text: build(references=["<a@b>", f"<{text}@c>"]), None),
        Position("list_unsubscribe: path", lambda text: build(list_unsubscribe=f"https://u.test/{text}"), None),
        Position("list_unsubscribe: mailto", lambda text: build(list_unsubscribe=[f"mailto:u@u.test?{text}"]), None),
        Position("list_unsubscribe: whole", lambda text: build(list_unsubscribe=text), None),
        Position("priority", lambda text: build(priority=text), None),
        Position("auto_submitted", lambda text: build(auto_submitted=text), None),
        Position("auto_submitted: parameter", lambda text: build(auto_submitted=f"auto-replied; a={text}"), None),
        Position("encoding", lambda text: build(encoding=text), None),
        Position(
            "List-Help: URI", lambda text: build(headers={"List-Help": ListField.of(f"mailto:a@b.test?x={text}")}), None
        ),
        Position(
            "List-Help: comment",
            lambda text: build(headers={"List-Help": ListField.of("https://u.test/", comments=[f"[{text}]"])}),
            lambda message: ListField.parse(message.headers.raw("List-Help") or b"").comments[0][1:-1],
        ),
        Position("List-ID: id", lambda text: build(headers={"List-ID": ListId.of(f"{text}.example.com")}), None),
        Position(
            "List-ID: description",
            lambda text: build(headers={"List-ID": ListId.of("l.example.com", text)}),
            lambda message: ListId.parse(message.headers.raw("List-ID") or b"").description,  # type: ignore[union-attr]  # it is there
        ),
        Position(
            "Keywords: phrase",
            lambda text: build(headers={"Keywords": PhraseList.of([text, "b"])}),
            lambda message: PhraseList.parse(message.headers.raw("Keywords") or b"").phrases[0],
        ),
        Position("tag list: name", lambda text: build(headers={"DKIM-Signature": TagList.of({text: "1"})}), None),
        Position("tag list: value", lambda text: build(headers={"DKIM-Signature": TagList.of({"v": text})}), None),
        Position("Received: clause", lambda text: build().with_added("Received", Received.of({"by": text}, NOW)), None),
        Position("Received: keyword", lambda text: build().with_added("Received", Received.of({text: "x"}, NOW)), None),
        Position("Return-Path", lambda text: build().with_added("Return-Path", ReturnPath.of(f"{text}@b.test")), None),
    ]
    return found


def _mime() -> list[Position]:
    def filename(message: Message) -> object:
        return _first(message).filename

    def parameter(message: Message) -> object:
        return _first(message).content_type.params["x"]

    calendar = "BEGIN:VCALENDAR\r\nMETHOD:{}\r\nEND:VCALENDAR\r\n"
    return [
        Position("filename", lambda text: build(attachments=[(text, b"data")]), filename),
        Position("filename with extension", lambda text: build(attachments=[(f"{text}.txt", b"data")]), None),
        Position(
            "filename, strict",
            lambda text: build(attachments=[(text, b"data")], strict_filenames=True),
            filename,
        ),
        Position(
            "filename, smtputf8", lambda text: build(attachments=[(text, b"data")], encoding="smtputf8"), filename
        ),
        Position("filename of attachment()", lambda text: _leaf(attachment(b"data", text)), filename),
        Position("filename of a file object", lambda text: build(attachments=[_Named(text)]), filename),
        Position("filename of a path", _path, filename),
        Position(
            "filename of an inline file",
            lambda text: build(html='<img src="cid:p">', inline={"p": (text, b"data")}),
            lambda message: message.inline[0].filename,
        ),
        Position(
            "filename of a message",
            lambda text: _leaf(attachment(build(), text)),
            filename,
        ),
        Position("subject of an attached message", _attached_with_subject, None),
        Position(
            "inline: label",
            lambda text: build(html=f'<img src="cid:{text}">', inline={text: ("p.png", b"data")}),
            None,
        ),
        Position(
            "inline: label, percent-encoded",
            lambda text: build(html=f'<img src="cid:{_percent(text)}">', inline={text: ("p.png", b"data")}),
            None,
        ),
        Position(
            "inline: content id",
            lambda text: build(
                html=f'<img src="cid:{_percent(text)}@x.test">', inline={f"{text}@x.test": ("p.png", b"data")}
            ),
            None,
        ),
        Position("content_id", lambda text: _leaf(attachment(b"data", "x", content_id=f"<{text}@x.test>")), None),
        Position("content_id: right", lambda text: _leaf(attachment(b"data", "x", content_id=f"<a@{text}>")), None),
        Position("disposition", lambda text: _leaf(attachment(b"data", "x", disposition=text)), None),
        Position(
            "disposition: parameter",
            lambda text: _leaf(attachment(b"data", "x", disposition=f'inline; x="{text}"')),
            None,
        ),
        Position("content type: whole", lambda text: _leaf(attachment(b"data", "x", content_type=text)), None),
        Position("content type: subtype", lambda text: _leaf(attachment(b"data", "x", content_type=f"a/{text}")), None),
        Position(
            "content type: after", lambda text: _leaf(attachment(b"data", "x", content_type=f"text/plain{text}")), None
        ),
        Position(
            "ContentType: type",
            lambda text: _leaf(attachment(b"data", "x", content_type=ContentType(text, "b"))),
            None,
        ),
        Position(
            "ContentType: subtype",
            lambda text: _leaf(attachment(b"data", "x", content_type=ContentType("a", text))),
            None,
        ),
        Position(
            "parameter: name",
            lambda text: _leaf(
                attachment(b"data", "x", content_type=ContentType("a", "b").with_parameter(f"x{text}", "1"))
            ),
            None,
        ),
        Position(
            "parameter: value",
            lambda text: _leaf(attachment(b"data", "x", content_type=ContentType("a", "b", [("x", text)]))),
            parameter,
        ),
        Position(
            "parameter: value in a string",
            lambda text: _leaf(attachment(b"data", "x", content_type=f'a/b; x="{text}"')),
            None,
        ),
        Position(
            "Content-Disposition: value",
            lambda text: _leaf(_with(text_part("x"), ContentDisposition("attachment", [("x", text)]))),
            lambda message: _first(message).disposition.params["x"],  # type: ignore[union-attr]  # it was given one
        ),
        Position(
            "with_header: Content-Type of a leaf",
            lambda text: build().with_header("X-Type", ContentType("a", "b", [("x", text)])),
            None,
        ),
        Position("calendar: method", lambda text: build(calendar=calendar.format(text)), None),
        Position("calendar: method and more", lambda text: build(calendar=calendar.format(f"REQUEST{text}")), None),
        Position(
            "related: part type",
            lambda text: build(body=related(html_part("x"), attachment(b"d", f"{text}.png"), rng=Random(6))),
            None,
        ),
    ]


def _with(part: Part, place: ContentDisposition) -> Part:
    line = b"Content-Disposition: " + place.encode() + b"\r\n"
    return Part(part.headers.with_field("Content-Disposition", line), part.pieces)


def _attached_with_subject(text: str) -> Message:
    """Attach a signed message that a 7-bit transport cannot carry: it gets a name of its subject."""
    inner = build(subject=text, text="gr\u00fcn", encoding="8bit", headers={"DKIM-Signature": "v=1; b=x"})
    return _leaf(attachment(inner))


def _percent(text: str) -> str:
    try:
        return quote(text)
    except UnicodeEncodeError:
        return text


def _path(text: str) -> Message:
    """Attach a file of that name; where no file can have it, the path of none."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / text
        with suppress(OSError, ValueError):
            path.write_bytes(b"data")
        return build(attachments=[path])


POSITIONS = [*_fields(), *_display_names(), *_addresses(), *_groups(), *_mime()]
