r"""
Spellings: one value, or one message, written in the many ways that the RFCs allow.

A parser that reads two spellings of one thing otherwise is wrong, and needs no oracle to be caught: compare what it
says of two of them, or of one and of the value.

    a value -> SearchStrategy[bytes];  a message -> SearchStrategy[Message]

May import: `headers`, `strategies`.  Imported by: `strategies`.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit.codecs import words
from mimekit.errors import HeaderError, MimekitError
from mimekit.headers import dates, ids
from mimekit.headers.address import AddressList, Group, Mailbox
from mimekit.headers.content import ContentDisposition, ContentType
from mimekit.strategies import _spelling
from mimekit.strategies._parameter_spelling import content_disposition, content_type
from mimekit.strategies._spelling import COINS, Line
from mimekit.strategies.renderings import renderings
from mimekit.wire import fold

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from hypothesis.strategies import DrawFn, SearchStrategy

    Value = Mailbox | Group | AddressList | ContentType | ContentDisposition | datetime | tuple[str, ...] | str

__all__ = ["renderings", "spellings"]


def spellings(value: Value, *, utf8: bool = False) -> SearchStrategy[bytes]:
    r"""
    Draw legal field bodies that say *value*: what may stand after ``Name: ``, folds included, up to the last line end.

    A `Mailbox`, a `Group` or an `AddressList` (RFC 5322 3.4), a `datetime` (3.3), msg-ids as a tuple of `str` (3.6.4),
    a `ContentType` or a `ContentDisposition` (RFC 2045 5.1, 2183, 2231), or a `str`: unstructured text (3.6.5).
    Drawn are folds, white space and comments (3.2.2), quotes and quoted pairs that need not be, encoded words of eight
    charsets (RFC 2047), parameters in sections and in another order, the case of what is read in any.  With *utf8* some
    are in UTF-8 (RFC 6532), as a local part that is not ASCII has to be.  None is obsolete.

    Raises `InvalidArgument` when drawn from for another type and for a value that cannot be written.  Shrinks to the
    plain spelling, that of ``value.encode()`` in folded lines.

    >>> from hypothesis import find
    >>> find(spellings(Mailbox("", "a", "a.example")), lambda body: b"<" in body)
    b'<a@a.example>'
    """
    return st.deferred(lambda: _spellings(value, utf8=utf8))


def _spellings(value: object, *, utf8: bool) -> SearchStrategy[bytes]:
    try:
        plain, write = _writer(value, utf8=utf8)
    except MimekitError as error:
        message = f"spellings() of {value!r}: {error}"
        raise InvalidArgument(message) from None

    # A field name that is as long as that of most fields stands before the first line.
    folded = fold.fold(b"Subject", plain)[len("Subject: ") : -2] if b"".join(plain) else b""

    @st.composite
    def drawn(draw: DrawFn) -> bytes:
        if not draw(COINS):
            return folded
        line = Line(draw, name="Subject", utf8=utf8)
        write(line)
        return line.octets()

    return drawn()


def _writer(value: object, *, utf8: bool) -> tuple[Sequence[bytes], Callable[[Line], None]]:
    """Give the plain spelling in pieces, and what puts any other into a line."""
    if isinstance(value, (Mailbox, Group)):
        value = AddressList([value])
    if isinstance(value, AddressList):
        entries = [one for one in value.entries if isinstance(one, (Mailbox, Group))]
        if len(entries) < len(value.entries) or not entries:
            message = "it has an entry that is no address, or none at all"
            raise HeaderError(message)
        return value.pieces(utf8=utf8), lambda line: _spelling.address_list(line, entries)
    if isinstance(value, ContentType):
        kind = value
        return kind.pieces(utf8=utf8), lambda line: content_type(line, kind)
    if isinstance(value, ContentDisposition):
        place = value
        return place.pieces(utf8=utf8), lambda line: content_disposition(line, place)
    if isinstance(value, datetime):
        moment = value
        return [dates.encode(moment)], lambda line: _spelling.date(line, moment)
    if isinstance(value, (tuple, list)) and value:
        listed = [ids.check(one, "References") for one in value]
        return ids.pieces(listed, utf8=utf8), lambda line: _spelling.identifiers(line, listed)
    if isinstance(value, str):
        text = value
        fold.guard(text, "text")
        return words.pieces(text, utf8=utf8), lambda line: _spelling.unstructured(line, text)
    message = "it is none of the types that have a spelling"
    raise HeaderError(message)
