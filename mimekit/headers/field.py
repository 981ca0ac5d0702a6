"""
One header field: its octets by the kind that the registry gives its name.

`names` says what kind of value a field holds; this module is the one place that turns the kind into a reader, a writer
and a check, so that typed access, building and defects cannot disagree.

    (name, value) -> field octets, folded          encode
    (name, raw octets after the colon) -> str      decode
    (name, raw octets after the colon) -> flaws    check

May import: the value families of `headers`, `wire`, `codecs`.  Imported by: much of the package.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache

from mimekit.codecs import charset as charsets
from mimekit.codecs import words
from mimekit.errors import HeaderError, show
from mimekit.headers import content, dates, ids, lists, names
from mimekit.headers.address import AddressList, Group, Mailbox
from mimekit.headers.trace import ReturnPath
from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire import abnf, fold, tokens

__all__ = ["check", "decode", "encode", "field"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from mimekit.defects import Flaw
    from mimekit.limits import Limits

_ADDRESS_KINDS = frozenset({"address-list", "mailbox-list", "mailbox"})
_TEXT_KINDS = frozenset({"unstructured", "phrase-list"})
# An encoded word has no place where their value begins, only in comments after it (RFC 2047 5).
_WORDLESS_KINDS = frozenset({"date", "content-type", "content-disposition", "mime-version", "token"})


@cache
def _blank_fold() -> re.Pattern[bytes]:
    return re.compile(rb"\n[ \t]*+\r?+(?:\n|\Z)")


@cache
def _blanks() -> re.Pattern[str]:
    return re.compile("[ \t]++")


@cache
def _encoded_word() -> re.Pattern[bytes]:
    return re.compile(abnf.ENCODED_WORD)


@cache
def _controls() -> re.Pattern[bytes]:
    return re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def field(name: str, pieces: Iterable[bytes]) -> bytes:
    """Make the octets of one field from a checked name and the pieces of its body, CRLF at the end (RFC 5322 2.2.3)."""
    return fold.fold(name.encode("ascii"), pieces)


def check_name(name: str) -> str:
    """Check a field name (RFC 5322 2.2: printable US-ASCII but the colon) and give its canonical spelling."""
    if not isinstance(name, str) or not name.isascii() or not abnf.is_field_name(name.encode("ascii")):
        message = (
            f"{show(name)} is no field name: it takes one or more printable ASCII characters "
            f"but the colon and no white space (RFC 5322 2.2)"
        )
        raise HeaderError(message)
    if len(name) > DEFAULT_LIMITS.max_field_name:
        message = (
            f"the field name {show(name)} has {len(name)} characters, and readers take {DEFAULT_LIMITS.max_field_name} "
            f"at most; give a shorter one"
        )
        raise HeaderError(message)
    info = names.FIELDS.get(name.lower())
    return name if info is None else info.name


def encode(name: str, value: object, *, utf8: bool = False) -> bytes:
    """
    Write one field; the kind of its name decides how *value* is read and encoded.

    *value* is a `str`, or what the kind is made of: a `datetime`, an address in any of its forms, msg-ids, or a value
    that has ``pieces(utf8=)``.  Raises `HeaderError`.
    """
    canonical = check_name(name)
    return field(canonical, _pieces(canonical, value, utf8=utf8))


def _pieces(name: str, value: object, *, utf8: bool) -> Sequence[bytes]:
    """Give the foldable pieces of *value* for the field *name*."""
    kind = names.info(name).kind
    writer: Callable[..., Sequence[bytes]] | None = getattr(value, "pieces", None)
    if kind in _ADDRESS_KINDS:
        return _address_pieces(name, kind, value, utf8=utf8)
    if writer is not None:
        return writer(utf8=utf8)
    if isinstance(value, datetime):
        return [dates.encode(value)]
    if kind in ("msg-id", "msg-id-list"):
        listed = [value] if isinstance(value, str) else list(_iterable(name, value))
        if not all([isinstance(item, str) for item in listed]) or not any([str(item).strip() for item in listed]):
            message = f"the value of {name} is {show(value)}; give a msg-id, as <left@right>, or several"
            raise HeaderError(message)
        for item in listed:
            fold.guard(str(item), f"an id of {name}")
        several = kind == "msg-id-list"
        split = [one for item in listed for one in (_blanks().split(str(item).strip(" \t")) if several else [item])]
        return ids.pieces(ids.check_all(map(str, split), name), utf8=utf8)
    if not isinstance(value, str):
        message = f"the value of {name} is {show(value)}, a {type(value).__name__}; give a str"
        raise HeaderError(message)
    fold.guard(value, f"the value of {name}")
    if kind in _TEXT_KINDS:
        return words.pieces(value, utf8=utf8, first=len(name) + 2)
    if not value.isascii() and not utf8:
        message = (
            f"the value of {name} is {show(value)}; a {kind} field holds ASCII only, "
            f"for it has no place for encoded words (RFC 2047 5)"
        )
        raise HeaderError(message)
    return _ascii_pieces(value)


def _ascii_pieces(value: str) -> list[bytes]:
    """Split a structured value before its runs of white space, outside of which it may not be folded."""
    octets = value.strip(" \t").encode()
    return re.findall(rb"[ \t]*+[^ \t]++", octets) or [b""]


def _iterable(name: str, value: object) -> Iterable[object]:
    try:
        return iter(value)  # type: ignore[call-overload,no-any-return]  # what is not iterable is the error below
    except TypeError:
        message = f"the value of {name} is {show(value)}; give a msg-id or several"
        raise HeaderError(message) from None


def _address_pieces(name: str, kind: str, value: object, *, utf8: bool) -> Sequence[bytes]:
    """Give the pieces of an address field, having checked how many mailboxes it may hold."""
    addresses = value if isinstance(value, AddressList) else AddressList.of(value)
    if kind == "mailbox" and (len(addresses) != 1 or not isinstance(addresses.entries[0], Mailbox)):
        message = f"{name} takes exactly one mailbox; {show(str(addresses))} gives {len(addresses)} (RFC 5322 3.6.2)"
        raise HeaderError(message)
    if not addresses.entries and name != "Bcc":
        message = f"{name} has no address; leave the field out instead (RFC 5322 3.6.3)"
        raise HeaderError(message)
    for entry in addresses.entries:
        if not isinstance(entry, (Mailbox, Group)):
            message = f"{show(str(entry))} in {name} is no address (RFC 5322 3.4); correct it or leave it out"
            raise HeaderError(message)
    return addresses.pieces(utf8=utf8)


def decode(name: str, raw: bytes, *, limits: Limits = DEFAULT_LIMITS, charset: str | None = None) -> str:
    """
    Read the body of one field as text for people; never raises.

    Encoded words are decoded where RFC 2047 5 allows them: in unstructured text and in display names.  Every other
    field is given as it stands, unfolded.
    """
    kind = names.info(name).kind
    if kind in _TEXT_KINDS:
        return words.decode(raw, limits=limits, charset=charset)
    if kind in _ADDRESS_KINDS:
        return str(AddressList.parse(raw, limits=limits, charset=charset))
    return charsets.decode_raw(fold.unfold(raw).strip(b" \t\r\n"), charset)


def check(name: str, raw: bytes, *, limits: Limits = DEFAULT_LIMITS, charset: str | None = None) -> list[Flaw]:
    """Give what is wrong with the body of one field: its octets, and its value by the kind of its name."""
    flaws: list[Flaw] = []
    shown = name if name.isascii() and name.isprintable() else show(name)
    if _controls().search(raw):
        for hit in list(_controls().finditer(raw))[:20]:
            nul = hit[0] == b"\0"
            detail = f"NUL in {shown}" if nul else f"control character {hit[0][0]:#04x} in {shown}"
            flaws.append(("H003" if nul else "H009", hit.start(), hit.end(), detail))
    if not raw.isascii():
        try:
            raw.decode()
        except UnicodeDecodeError as error:
            flaws.append(("H008", error.start, error.end, f"octets of {shown} are not UTF-8"))
    blank = _blank_fold().search(raw)
    if blank:
        flaws.append(("H014", blank.start() + 1, blank.end(), f"a continuation line of {shown} holds white space only"))
    if name == "content-id":
        ids.parse_one(raw, flaws, limits=limits, code="M114")
        return flaws
    kind = names.info(name).kind
    reader = _CHECKS.get(kind)
    if reader is not None:
        reader(raw, flaws, limits, charset)
    word = _misplaced(kind, raw) if b"=?" in raw else None
    if word is not None:
        flaws.append(("E054", *word.span(), f"encoded word in {name}; it is not decoded"))
    return flaws


def _misplaced(kind: str, raw: bytes) -> re.Match[bytes] | None:
    """Find an encoded word where RFC 2047 5 has none; addresses and msg-ids are seen to by their readers."""
    if kind == "received":  # not in its comments either
        return _encoded_word().search(raw)
    return _encoded_word().match(raw, tokens.skip_cfws(raw, 0)) if kind in _WORDLESS_KINDS else None


def _check_text(raw: bytes, flaws: list[Flaw], limits: Limits, charset: str | None) -> None:
    words.decode(raw, flaws, limits=limits, charset=charset)


def _check_addresses(raw: bytes, flaws: list[Flaw], limits: Limits, charset: str | None) -> None:
    AddressList.parse(raw, flaws, limits=limits, charset=charset)


def _check_mailbox(raw: bytes, flaws: list[Flaw], limits: Limits, charset: str | None) -> None:
    addresses = AddressList.parse(raw, flaws, limits=limits, charset=charset)
    if len(addresses) > 1 or (addresses.entries and isinstance(addresses.entries[0], Group)):
        flaws.append(("A033", 0, len(raw), f"{len(addresses)} mailboxes where one is allowed"))


def _check_date(raw: bytes, flaws: list[Flaw], limits: Limits, charset: str | None) -> None:
    dates.parse(raw, flaws, limits=limits)


def _check_id(raw: bytes, flaws: list[Flaw], limits: Limits, charset: str | None) -> None:
    ids.parse_one(raw, flaws, limits=limits)


def _check_ids(raw: bytes, flaws: list[Flaw], limits: Limits, charset: str | None) -> None:
    ids.parse_many(raw, flaws, limits=limits)


def _check_content_type(raw: bytes, flaws: list[Flaw], limits: Limits, charset: str | None) -> None:
    content.ContentType.parse(raw, flaws, limits=limits, charset=charset)


def _check_disposition(raw: bytes, flaws: list[Flaw], limits: Limits, charset: str | None) -> None:
    content.ContentDisposition.parse(raw, flaws, limits=limits, charset=charset)


def _check_path(raw: bytes, flaws: list[Flaw], limits: Limits, charset: str | None) -> None:
    ReturnPath.parse(raw, flaws, limits=limits, charset=charset)


def _check_uris(raw: bytes, flaws: list[Flaw], limits: Limits, charset: str | None) -> None:
    lists.ListField.parse(raw, flaws, limits=limits, charset=charset)


def _check_list_id(raw: bytes, flaws: list[Flaw], limits: Limits, charset: str | None) -> None:
    lists.ListId.parse(raw, flaws, limits=limits, charset=charset)


def _check_version(raw: bytes, flaws: list[Flaw], limits: Limits, charset: str | None) -> None:
    content.mime_version(raw, flaws, limits=limits)


_CHECKS: dict[str, Callable[[bytes, list[Flaw], Limits, str | None], None]] = {
    "unstructured": _check_text,
    "phrase-list": _check_text,
    "address-list": _check_addresses,
    "mailbox-list": _check_addresses,
    "mailbox": _check_mailbox,
    "date": _check_date,
    "msg-id": _check_id,
    "msg-id-list": _check_ids,
    "content-type": _check_content_type,
    "content-disposition": _check_disposition,
    "path": _check_path,
    "uri-list": _check_uris,
    "list-id": _check_list_id,
    "mime-version": _check_version,
}
