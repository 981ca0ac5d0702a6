r"""
Rules about display names (family A): what stands unquoted in one, and what a reader sees of it.

RFC 5322 3.2.5 and 4.1 say what a phrase is.  A name is data: a fix writes the same name, or one without what nobody
wants to see, by the routine that writes all names.

    addresses -> hits

May import: the core, `lint`.  Imported by: `lint.rules.security_unicode`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from mimekit.errors import AddressError
from mimekit.headers.address import Mailbox
from mimekit.lint.rule import rule
from mimekit.lint.wording import show
from mimekit.wire.tokens import Lexer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Fix
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Address

__all__ = ["renamed"]

_SPACED = re.compile(r"\A\s|\s\Z|\s\s")
_SPACES = re.compile(r"\s+")
_QUOTES = {'"': '"', "'": "'", "\u201c": "\u201d", "\u201e": "\u201c", "\u00ab": "\u00bb", "\u2018": "\u2019"}
_QUOTED = rb'"(?:[^"\\]|\\.)*+"'
_WORD = re.compile(rb'=\?[^ \t\r\n"]*?\?=(?=[ \t\r\n]|\Z)')


@cache
def _entry() -> re.Pattern[bytes]:
    """Match an entry with a name, from the end of the one before it: perhaps the name of a group, name, address."""
    word = rb'(?:%b|[^ \t\r\n()<>\[\]:;@\\,"]++)' % _QUOTED
    phrase = rb"%b(?:[ \t\r\n]*+%b)*+" % (word, word)
    return re.compile(
        rb"[ \t\r\n,;>]*+(?:%b[ \t\r\n]*+:[ \t\r\n]*+)?(%b)[ \t\r\n]*+<[ \t\r\n]*+((?:[^<>\"]|%b)*+)[ \t\r\n]*+>"
        % (phrase, phrase, _QUOTED),
        re.DOTALL,
    )


def _name_span(address: Address) -> tuple[int, int, int] | None:
    """Say where the display name of an address stands in its field: start, end, the end of the angle bracket."""
    found = _entry().match(address.field.raw, address.before)
    return None if found is None else (*found.span(1), found.end())


def _hit(address: Address, text: str, fix: Fix | None = None) -> Hit:
    span = _name_span(address)
    return address.hit(text, fix) if span is None else address.field.hit(text, *span[:2], fix)


def renamed(address: Address, name: str, text: str, *, is_safe: bool = True) -> Fix | None:
    """Give the fix that puts another name in place of the one that is written."""
    span, mailbox = _name_span(address), address.mailbox
    if span is None or mailbox is None:
        return None
    raw, (start, end, after) = address.field.raw, span
    if not name:
        spec = raw[end:after].strip(b" \t\r\n<>")
        return address.field.replacing(text, spec, start, after, is_safe=is_safe)
    try:
        written = Mailbox(name, "a", "a.example").encode(utf8=not raw.isascii()).removesuffix(b" <a@a.example>")
    except AddressError:
        return None
    return address.field.replacing(text, written, start, end, is_safe=is_safe) if len(written) < 60 else None


@rule("A023", severity="warning", looks_at="address", marks=["odd"], reference="RFC 5322 4.1", fix="safe")
def unquoted_dot_in_name(address: Address, _: Context) -> Iterator[Hit]:
    """
    A display name has a dot outside quotes.

    Why it matters: only the obsolete grammar allows it; strict readers stop there, and see no address.

    Bad:
        From: Jane R. Doe <jane@shop.example>

    Good:
        From: "Jane R. Doe" <jane@shop.example>

    References: RFC 5322 3.2.5, 4.1
    """
    mailbox = address.mailbox
    if mailbox is None or "." not in mailbox.display_name:
        return
    span = _name_span(address)
    if span is None:  # a comment is beside the name, which a fix would lose
        name = _outside(address.field.raw[address.before : address.end]).rpartition(b":")[2]
        if b"." in name and b"@" not in name:
            yield address.hit(f"name {show(mailbox.display_name)} has a dot outside quotes")
        return
    if b"." not in _outside(address.field.raw[span[0] : span[1]]):
        return
    fix = renamed(address, mailbox.display_name, "put the name in quotes")
    yield address.field.hit(f"name {show(mailbox.display_name)} has a dot outside quotes", *span[:2], fix)


def _outside(octets: bytes) -> bytes:
    """Give what stands outside quotes, encoded words and comments, up to an angle bracket."""
    octets = _WORD.sub(b"", octets)
    lexer = Lexer(octets)
    out = []
    at = 0
    while at < len(octets):
        kind, start, at = lexer.token(at)
        if kind == "<":
            break
        if kind not in ("quoted", "comment"):
            out.append(octets[start:at])
    return b"".join(out)


@rule("A024", severity="info", looks_at="address", marks=["odd"], reference="-", fix="safe")
def name_equals_address(address: Address, _: Context) -> Iterator[Hit]:
    """
    A display name is the address itself.

    Why it matters: it tells nothing more, and filters count a name that is an address against the message.

    Bad:
        To: "john@customer.example" <john@customer.example>

    Good:
        To: john@customer.example

    References: -
    """
    mailbox = address.mailbox
    if mailbox is None or "@" not in mailbox.display_name:
        return
    if mailbox.display_name.strip(" '\"").casefold() == f"{mailbox.local_part}@{mailbox.domain}".casefold():
        fix = renamed(address, "", "leave out the name")
        yield _hit(address, f"name {show(mailbox.display_name)} is the address", fix)


@rule("A025", severity="info", looks_at="address", marks=["odd"], reference="-", fix="safe")
def name_whitespace(address: Address, _: Context) -> Iterator[Hit]:
    """
    A display name begins or ends with white space, or has two in a row.

    Why it matters: it is mostly left over from a template with an empty field, and it looks so.

    Bad:
        To: "John  Roe" <john@customer.example>

    Good:
        To: John Roe <john@customer.example>

    References: -
    """
    mailbox = address.mailbox
    if mailbox is None or not mailbox.display_name or mailbox.display_name == " ".join(mailbox.display_name.split()):
        return
    if not _SPACED.search(mailbox.display_name):
        return
    name = _SPACES.sub(" ", mailbox.display_name).strip()
    if name:
        fix = renamed(address, name, "take out the white space")
        yield _hit(address, f"name {show(mailbox.display_name)} has white space at an end, or twice in a row", fix)


@rule("A026", severity="info", looks_at="address", marks=["odd"], reference="-", fix="safe")
def blank_name(address: Address, _: Context) -> Iterator[Hit]:
    """
    A display name is written, and there is nothing in it.

    Why it matters: some mail programs show an empty place for the sender; filters know it from spam.

    Bad:
        To: "" <john@customer.example>

    Good:
        To: john@customer.example

    References: -
    """
    mailbox = address.mailbox
    if mailbox is not None and not mailbox.display_name.strip():
        span = _name_span(address) if b"<" in address.field.raw[1:] else None
        if span is not None:
            fix = renamed(address, "", "leave out the name")
            yield address.field.hit("the display name is empty", *span[:2], fix)


@rule("A027", severity="info", looks_at="address", marks=["odd"], reference="-", fix="safe")
def quote_char_in_name(address: Address, _: Context) -> Iterator[Hit]:
    r"""
    A display name, as it is read, stands in quotes that are part of it.

    Why it matters: the name was quoted twice, and people see the quotes.

    Bad:
        To: "\\"John Roe\\"" <john@customer.example>

    Bad:
        To: 'John Roe' <john@customer.example>

    Good:
        To: "John Roe" <john@customer.example>

    References: -
    """
    mailbox = address.mailbox
    name = mailbox.display_name if mailbox is not None else ""
    if len(name) > 2 and _QUOTES.get(name[0]) == name[-1] and not {name[0], "@"} & set(name[1:-1]):
        inner = name[1:-1].strip()
        fix = renamed(address, inner, "leave out the quotes") if inner else None
        yield _hit(address, f"name {show(name)} has quotes around it that people see", fix)
