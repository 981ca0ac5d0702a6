"""
Values: each reader of a field body, alone.

A reader never raises, says the same with and without a list of flaws, and points into what it was given.  What it read
is written again or refused; what was written is read as the same value, without a flaw, and is a field that can go out.
"""

from __future__ import annotations

import pickle
from collections.abc import Callable
from datetime import datetime
from typing import Any

from mimekit import AddressList, ContentDisposition, ContentType, Limits, Mailbox, MimekitError
from mimekit.codecs import words
from mimekit.defects import Flaw
from mimekit.dkim.record import KeyRecord
from mimekit.dkim.signature import Signature
from mimekit.headers import content, dates, field, ids
from mimekit.headers.diagnose import diagnose
from mimekit.headers.lists import ListField, ListId
from mimekit.headers.names import FIELDS
from mimekit.headers.taglist import TagList
from mimekit.headers.text import PhraseList
from mimekit.headers.trace import Received, ReturnPath
from mimekit.limits import DEFAULT_LIMITS
from tests.fuzzing.target import refused, target
from tests.support.reading import has_odd_line

__all__ = ["SAID", "check_field", "text_of"]

_CHARSETS = (None, "iso-2022-jp", "koi8-r", "utf-16", "x-unknown")
_NARROW = Limits(
    max_params_per_field=2,
    max_addresses_per_field=2,
    max_comment_depth=1,
    max_encoded_words_per_field=2,
    max_msg_ids=2,
    max_date_bytes=40,
)
_LINE = 998
_NOTHING: set[str] = set()
SAID = {"A005", "A009"}  # a dot-atom or literal that SMTP has no use for can be written (RFC 5322 3.4.1), and is told
_RAW = {"E065"}  # UTF-8 in a parameter, which RFC 6532 allows where it was asked for
_NAMES = tuple([info.name for info in FIELDS.values()] + ["X-Any"])


def text_of(octets: bytes) -> str:
    """Make text of octets, as a caller's text may be: any characters, lone surrogates too."""
    return octets.decode("utf-8", "surrogateescape")


def _read(octets: bytes, parse: Callable[..., Any]) -> Any:
    """Read a value in every manner, and give it."""
    flaws: list[Flaw] = []
    value = parse(octets, flaws)
    assert parse(octets) == value, "it depends on whether flaws are asked for"
    outside = [flaw for flaw in flaws if not 0 <= flaw[1] <= flaw[2] <= len(octets)]
    assert not outside, outside
    again: list[Flaw] = []
    parse(octets, again)
    assert again == flaws
    str(value).encode()  # no lone surrogate
    repr(value).encode()
    assert pickle.loads(pickle.dumps(value)) == value
    hash(value)
    for charset in _CHARSETS[len(octets) % 2 :: 2]:
        str(parse(octets, [], limits=_NARROW, charset=charset)).encode()
    return value


def check_field(octets: bytes) -> None:
    """Assert that octets are one field that can be sent."""
    assert octets.endswith(b"\r\n")
    assert octets.count(b"\r") == octets.count(b"\n") == octets.count(b"\r\n")
    assert not has_odd_line(octets), octets
    lines = octets[:-2].split(b"\r\n")
    assert all(len(line) <= _LINE for line in lines)
    assert all(line[:1] in (b" ", b"\t") and line.strip() for line in lines[1:]), octets
    assert b"\0" not in octets


def _codes(octets: bytes, parse: Callable[..., Any]) -> set[str]:
    flaws: list[Flaw] = []
    parse(octets, flaws)
    return {flaw[0] for flaw in flaws}


def _rewritten(name: str, value: Any, parse: Callable[..., Any], known: set[str] = _NOTHING) -> None:
    """Write a value that was read, in both manners, and read it again; *known* are the flaws it may keep."""
    for utf8 in (False, True):
        allowed = known | SAID | (_RAW if utf8 else _NOTHING)
        try:
            written = field.encode(name, value, utf8=utf8)
        except MimekitError as error:
            refused(error)
            continue
        assert utf8 or written.isascii()
        check_field(written)
        flaws: list[Flaw] = []
        again = parse(written.partition(b":")[2], flaws)
        assert again == value, (written, again, value)
        assert {flaw[0] for flaw in flaws} <= allowed, (written, flaws)


@target("fields", passes=16)
def addresses(octets: bytes) -> None:
    """Address lists, whole and entry by entry."""
    found = _read(octets, AddressList.parse)
    _read(octets, Mailbox.parse)
    _read(octets, ReturnPath.parse)
    assert list(found) == [one for entry in found.entries for one in getattr(entry, "mailboxes", [entry])
                           if isinstance(one, Mailbox)]  # fmt: skip
    known = _codes(octets, AddressList.parse)
    _rewritten("To", found, AddressList.parse, known)
    for mailbox in found[:8]:
        _rewritten("Sender", mailbox, Mailbox.parse, known)
        diagnose(mailbox.address)
        try:
            assert Mailbox.of(mailbox.address).address == mailbox.address
            assert Mailbox.of((mailbox.display_name, mailbox.address)) == mailbox
        except MimekitError as error:
            refused(error)


@target("fields", passes=12)
def address_input(octets: bytes) -> None:
    """Write what a caller gives as an address; every reader understands it, or it is refused."""
    text = text_of(octets)
    diagnosis = diagnose(text)
    assert diagnose(text) == diagnosis
    try:
        given = AddressList.of(text)
    except MimekitError as error:
        refused(error)
        return
    text.encode()
    _rewritten("To", given, AddressList.parse)
    assert AddressList.of(str(given)) == given, str(given)


@target("fields")
def date(octets: bytes) -> None:
    """Dates."""

    def parse(
        raw: bytes, flaws: list[Flaw] | None = None, *, limits: Limits = DEFAULT_LIMITS, charset: Any = None
    ) -> Any:
        del charset
        return dates.parse(raw, flaws, limits=limits)

    found = _read(octets, parse)
    if found is not None:
        assert isinstance(found, datetime)
        assert found.tzinfo is not None
        _rewritten("Date", found, parse, _codes(octets, parse))


@target("fields", passes=8)
def message_ids(octets: bytes) -> None:
    """Message ids, one and several."""

    def one(
        raw: bytes, flaws: list[Flaw] | None = None, *, limits: Limits = DEFAULT_LIMITS, charset: str | None = None
    ) -> Any:
        del charset
        return ids.parse_one(raw, flaws, limits=limits)

    def many(
        raw: bytes, flaws: list[Flaw] | None = None, *, limits: Limits = DEFAULT_LIMITS, charset: str | None = None
    ) -> Any:
        del charset
        return ids.parse_many(raw, flaws, limits=limits)

    single, several = _read(octets, one), _read(octets, many)
    if single is not None:
        _rewritten("Message-ID", single, one)
    if several:
        for utf8 in (False, True):
            try:
                written = field.encode("References", several, utf8=utf8)
            except MimekitError:
                continue
            check_field(written)
            assert many(written.partition(b":")[2]) == several


@target("fields", passes=16)
def content_type(octets: bytes) -> None:
    """Content-Type with its parameters."""
    found = _read(octets, ContentType.parse)
    if found is None:
        return
    found.boundary_octets  # noqa: B018 - it must not raise
    found.parameters.raw  # noqa: B018 - likewise
    _rebuilt("Content-Type", found, lambda: ContentType(found.maintype, found.subtype, found.parameters))


@target("fields", passes=16)
def content_disposition(octets: bytes) -> None:
    """Content-Disposition with its parameters, the file name among them."""
    found = _read(octets, ContentDisposition.parse)
    if found is None:
        return
    content.filename_flaws(octets, octets)
    content.effective_filename(ContentType.parse(octets), found)
    _rebuilt("Content-Disposition", found, lambda: ContentDisposition(found.disposition, found.parameters))


def _rebuilt(name: str, found: Any, build: Callable[[], Any]) -> None:
    """Write what the constructor takes of a value that was read; it is the same value."""
    try:
        built = build()
    except MimekitError as error:
        refused(error)
        return
    assert built.params == found.params
    _rewritten(name, built, type(built).parse)
    with_one = built.with_parameter("x-added", "value; of \u00fc")
    _rewritten(name, with_one, type(built).parse)


@target("fields", passes=12)
def text_fields(octets: bytes) -> None:
    """Unstructured text and phrases, with their encoded words."""
    text = _read(octets, words.decode)
    _rewritten("Subject", text, words.decode)
    phrases = _read(octets, PhraseList.parse)
    assert list(phrases) == list(phrases.phrases)
    if phrases.phrases:
        _of_input(PhraseList.of, phrases.phrases, "Keywords")


@target("texts", passes=12)
def text_input(octets: bytes) -> None:
    """Write what a caller gives as text; it is read as the same, or refused."""
    text = text_of(octets)
    _rewritten("Subject", text, words.decode)
    _rewritten("X-Any", text, words.decode)
    _of_input(PhraseList.of, [text], "Keywords")
    for phrase in (False, True):
        try:
            made = words.encode(text, phrase=phrase)
        except MimekitError:
            continue
        assert all(len(word) <= 75 or len(words.decode(word)) == 1 for word in made)
        assert words.decode(b" ".join(made)) == text


def _of_input(of: Callable[[Any], Any], given: Any, name: str, known: set[str] = _NOTHING) -> None:
    """Make a value of loose input; it is refused, or reads back."""
    try:
        value = of(given)
    except MimekitError as error:
        refused(error)
        return
    _rewritten(name, value, type(value).parse, known)


@target("fields", passes=16)
def trace_fields(octets: bytes) -> None:
    """Received and Return-Path."""
    hop = _read(octets, Received.parse)
    moment = hop.date
    if moment is not None:
        _of_input(lambda pairs: Received.of(pairs, moment), hop.clauses, "Received", _codes(octets, Received.parse))
    path = _read(octets, ReturnPath.parse)
    if path is not None:
        _of_input(ReturnPath.of, path.mailbox, "Return-Path", _codes(octets, ReturnPath.parse))


@target("fields", passes=16)
def list_fields(octets: bytes) -> None:
    """List-* fields."""
    found = _read(octets, ListField.parse)
    assert found.is_no or len(found.uris) == len(found.comments)
    if found.uris:
        _of_input(lambda uris: ListField.of(uris, comments=found.comments), found.uris, "List-Unsubscribe")
    list_id = _read(octets, ListId.parse)
    if list_id is not None:
        _of_input(lambda one: ListId.of(one.list_id, one.description), list_id, "List-Id")


@target("fields", passes=12)
def tag_lists(octets: bytes) -> None:
    """Tag lists: DKIM signatures and key records."""
    found = _read(octets, TagList.parse)
    Signature.parse(octets)
    record = KeyRecord.parse(octets)
    assert KeyRecord.parse(octets) == record
    record.lint()
    try:
        record.public_key()
    except MimekitError as error:
        refused(error)
    try:
        made = TagList.of(dict(found.tags))
    except MimekitError as error:
        refused(error)
        return
    try:
        written = field.encode("X-Tags", made)
    except MimekitError as error:  # a value that cannot be folded
        refused(error)
        return
    check_field(written)
    again = TagList.parse(written.partition(b":")[2])
    assert again.is_valid
    assert [name for name, _ in again] == [name for name, _ in made]
    assert all(again.compact(name) == made.compact(name) for name, _ in made)


@target("fields", passes=30)
def any_field(octets: bytes) -> None:
    """Read and check a field by its name, which the first octet chooses."""
    name = _NAMES[octets[0] % len(_NAMES)] if octets else _NAMES[0]
    raw = octets[1:]
    flaws = field.check(name.lower(), raw)
    assert all(0 <= start <= end <= len(raw) for _, start, end, _ in flaws), flaws
    assert field.check(name.lower(), raw) == flaws
    text = field.decode(name, raw)
    text.encode()
    try:
        written = field.encode(name, text)
    except MimekitError as error:
        refused(error)
        return
    check_field(written)
    assert written.lower().startswith(name.lower().encode() + b":")
