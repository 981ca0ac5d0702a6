r"""
Header strategies: dates, message ids, texts, media types and dispositions, as values or as wire text.

RFC 5322 3.3 (dates), 3.6.4 (ids), 3.6.5 (texts), RFC 2045 5.1, 2183 and 2231 (content fields).  A value is what a
reader gets; every legal way to write one is `spellings`.  What RFC 5322 4 alone allows is in `obsolete`.

    nothing -> SearchStrategy[datetime | str | tuple | dict | ContentType | ContentDisposition]

May import: `headers`, `codecs`, `strategies`.  Imported by: `strategies`, `strategies._fields`,
`strategies.obsolete`.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit.headers import dates as codec
from mimekit.headers.content import ContentDisposition, ContentType
from mimekit.strategies._characters import (
    DTEXT,
    LDH,
    alphabet_of,
    foreign,
    rarely,
    text,
    visible,
    weighted,
    without_residue,
)
from mimekit.strategies.addresses import domains as _address_domains
from mimekit.strategies.lexical import dot_atoms, encoded_words

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = [
    "content_dispositions",
    "content_types",
    "dates",
    "encoded_words",
    "message_ids",
    "parameters",
    "references",
    "subjects",
    "unstructured",
]

_UTC = timezone.utc  # noqa: UP017 - `datetime.UTC` is the same object
_FIRST = datetime(1900, 1, 1)
_LAST = datetime(9999, 12, 30, 23, 59, 59)
_MINUTES = 14 * 60  # from UTC, of the zones there are


# ------------------------------------------------------------------------------------------------------------- dates


@st.composite
def dates(
    draw: DrawFn,
    *,
    min_value: datetime = _FIRST,
    max_value: datetime = _LAST,
    timezones: SearchStrategy[tzinfo] | None = None,
) -> datetime:
    """
    Draw aware datetimes that a date field can tell: whole seconds, and an offset of whole minutes from UTC.

    RFC 5322 3.3: years from 1900 to 9999, half of the dates of our days; without *timezones* UTC, offsets to 14 hours
    on either side, and the ``-0000`` of a writer that does not know the local time, `headers.dates.UNKNOWN_ZONE`.
    *min_value* and *max_value* are naive and in the zone that is drawn; raises `InvalidArgument` for others.  Shrinks
    to 2000-01-01 00:00:00 UTC.
    """
    for name, value in (("min_value", min_value), ("max_value", max_value)):
        if not isinstance(value, datetime) or value.tzinfo is not None:
            message = f"{name}={value!r} of dates(); it is a naive datetime"
            raise InvalidArgument(message)
    return draw(_dates(min_value, max_value, timezones))


@cache
def _zones() -> SearchStrategy[tzinfo]:
    hours = st.integers(-12, 14).map(lambda hours: timezone(timedelta(hours=hours)) if hours else _UTC)
    minutes = st.integers(-_MINUTES, _MINUTES).map(
        lambda minutes: timezone(timedelta(minutes=minutes)) if minutes else _UTC
    )
    return weighted((3, st.just(_UTC)), (3, hours), (2, minutes), (1, st.just(codec.UNKNOWN_ZONE)))


@lru_cache(maxsize=64)
def _dates(
    min_value: datetime, max_value: datetime, timezones: SearchStrategy[tzinfo] | None
) -> SearchStrategy[datetime]:
    zones = _zones() if timezones is None else timezones
    spans = [(max(min_value, _FIRST), min(max_value, _LAST))]
    ours = max(min_value, datetime(2000, 1, 1)), min(max_value, datetime(2037, 12, 31, 23, 59, 59))
    if ours[0] <= ours[1]:
        spans.insert(0, ours)
    moments = st.one_of([st.datetimes(*span) for span in spans])
    return st.builds(_aware, moments, zones)


def _aware(moment: datetime, zone: tzinfo) -> datetime:
    return moment.replace(microsecond=0, fold=0, tzinfo=zone)


# --------------------------------------------------------------------------------------------------------------- ids


@st.composite
def message_ids(draw: DrawFn, *, domains: SearchStrategy[str] | None = None) -> str:
    """
    Draw message ids with their angle brackets, as Message-ID and Content-ID have them.

    RFC 5322 3.6.4: a dot-atom, an @, and a dot-atom, mostly a domain, or anything in square brackets.  *domains* are
    what may stand to the right of the @, in ASCII.  Shrinks to ``<a@a.example>``.  Other examples:
    ``<20261124.7f3a@mail.example.com>``, ``<a=b@[192.0.2.1]>``.
    """
    if domains is not None:
        return draw(st.builds("<{}@{}>".format, dot_atoms().map(without_residue), domains))
    return draw(_message_ids())


@cache
def _message_ids() -> SearchStrategy[str]:
    literals = text(DTEXT, min_size=1, max_size=16).map("[{}]".format)
    others = (
        (1, _address_domains(kind="literal")),
        (1, dot_atoms().map(_without_percent)),
        (1, literals.map(_without_words)),
    )
    # The domain is drawn in any case, so that it is the simpler one.
    left = dot_atoms().map(without_residue)
    return st.builds(_message_id, left, _address_domains(kind="ascii"), weighted((8, st.just("")), *others))


def _without_percent(right: str) -> str:
    return without_residue(right.replace("%", "-"))  # `<%` and `%>` are the slot of a template


def _message_id(left: str, domain: str, other: str) -> str:
    return f"<{left}@{other or domain}>"


@st.composite
def references(
    draw: DrawFn, *, min_size: int = 1, max_size: int | None = 8, domains: SearchStrategy[str] | None = None
) -> tuple[str, ...]:
    """
    Draw the ids of a References or In-Reply-To field, each as `message_ids` has it and none twice.

    RFC 5322 3.6.4.  Shrinks to ``("<a@a.example>",)``.
    """
    ids = _message_ids() if domains is None else message_ids(domains=domains)
    return tuple(draw(st.lists(ids, min_size=min_size, max_size=max_size, unique=True)))


# ------------------------------------------------------------------------------------------------------------- texts


@st.composite
def unstructured(draw: DrawFn, *, charset: str | None = None, min_size: int = 0, max_size: int | None = None) -> str:
    r"""
    Draw the decoded values of unstructured fields, such as Subject and Comments: words of all scripts, signs, emoji.

    RFC 5322 3.2.5: any characters but controls; some hold spaces at an end or two in a row, words of over 78 and of
    over 998 octets, or a lone ``=?``.  Nothing invisible, and nothing that is an encoded word as it stands (RFC 2047
    4).  *charset* has them all; *min_size* and *max_size* count characters.  Raises `InvalidArgument` for a charset
    that nobody knows.  Shrinks to the empty text, with *min_size* 1 to ``a``.  Other examples: ``\xdf``, ``a  b``.
    """
    return draw(_unstructured(charset, min_size, max_size))


@cache
def _unstructured(charset: str | None, min_size: int, max_size: int | None) -> SearchStrategy[str]:
    alphabet = alphabet_of(charset) if charset is not None else ""
    if charset is not None and not alphabet:
        message = f"charset={charset!r} of unstructured() is no charset that is known"
        raise InvalidArgument(message)
    if max_size is not None and max_size < min_size:
        message = f"max_size={max_size} of unstructured() is less than min_size={min_size}"
        raise InvalidArgument(message)
    plain = text(LDH, min_size=1, max_size=30, more=[" "] * 10)
    own = visible() if charset is None else text(alphabet, min_size=1, max_size=20)
    signs = st.sampled_from(("-", ",", ":", '"', "<a@b.example>", "=?", "?=", "(a)", "\\", ";", "_", "=3D", "%20"))
    kinds = [(4, plain), (3, own), (1, signs)]
    if charset is None:
        kinds.append((2, foreign()))
    runs = st.lists(weighted(*kinds), min_size=min(min_size, 1), max_size=5).map(" ".join)
    shapes = st.sampled_from(("",) * 20 + ("leads", "trails", "nothing", "long", "longest"))
    return st.builds(_shaped, runs, shapes).map(lambda value: _sized(value, min_size, max_size))


def _shaped(runs: str, shape: str) -> str:
    """Take the white space off the ends, or put some there, or make it one word that no line holds."""
    value = "" if shape == "nothing" else runs.strip()
    if value and shape in ("long", "longest"):
        value = (value.replace(" ", "") * 1100)[: 100 if shape == "long" else 1100]
    value = without_residue(re.sub(r"=\?(?=[^ ]+\?)", "=-", value))
    return f" {value}" if value and shape == "leads" else f"{value} " if value and shape == "trails" else value


def _sized(value: str, least: int, most: int | None) -> str:
    value = value if most is None else value[:most]
    return value + "a" * (least - len(value))


@st.composite
def subjects(draw: DrawFn, *, max_size: int = 200) -> str:
    r"""
    Draw subjects as people write them: words with one space between, in any script, an answer's ``Re:`` before some.

    RFC 5322 3.6.5; never empty, at most *max_size* characters, else `InvalidArgument`.  Shrinks to ``a``.  Other
    examples: ``Re: a``, ``\xdf a``.
    """
    return draw(_subjects(max_size))


@cache
def _subjects(max_size: int) -> SearchStrategy[str]:
    if max_size < 1:
        message = f"max_size={max_size} of subjects(); a subject has 1 character at least"
        raise InvalidArgument(message)
    plain = text(LDH, min_size=1, max_size=30, more=[" "] * 10 + [", ", ". ", " - ", "! ", " & ", " (a) ", " 50% "])
    runs = st.lists(weighted((3, plain), (2, foreign())), min_size=1, max_size=4).map(" ".join)
    return st.builds(_subject, runs, st.sampled_from(("",) * 9 + ("Re: ", "Fwd: ")), st.just(max_size))


def _subject(runs: str, before: str, most: int) -> str:
    words = without_residue(" ".join(runs.split())) or "a"
    return f"{before}{words}"[:most].rstrip() or "a"


# ---------------------------------------------------------------------------------------------------- content fields

_ATTRIBUTE = LDH.replace("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "") + "!#$&+-.^_`{|}~"  # attribute-char of RFC 2231 7
_TYPES = (
    *("text/plain", "text/html", "application/octet-stream", "application/pdf", "image/png", "image/jpeg", "text/csv"),
    *("application/json", "application/xml", "audio/mpeg", "video/mp4", "font/woff2", "model/gltf+json"),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
_CHARSETS = ("us-ascii", "utf-8", "iso-8859-1", "windows-1252", "koi8-r", "iso-2022-jp", "gb18030")
_MEANT = frozenset({"charset", "boundary", "name", "filename", "size", "type", "start", "format", "delsp"})


@st.composite
def parameters(draw: DrawFn) -> dict[str, str]:
    r"""
    Draw parameters of a content field, by lower-case name: tokens, values that need quotes, empty, long, foreign ones.

    RFC 2045 5.1; a value that is long or beyond ASCII has to be written as RFC 2231 3 and 4 have it.  No name is one
    that means something.  Shrinks to ``{}``, one of them to ``{'a': ''}``.  Other examples: ``{'a': 'b c'}``,
    ``{'a': '\xdf'}``.
    """
    return draw(_parameters())


@cache
def _parameters() -> SearchStrategy[dict[str, str]]:
    names = text(_ATTRIBUTE, min_size=1, max_size=10).map(without_residue)
    names = names.filter(lambda name: name not in _MEANT)
    return st.dictionaries(names, _values(), max_size=3)


@cache
def _values() -> SearchStrategy[str]:
    token = text(LDH, max_size=10)
    words = st.lists(weighted((3, visible()), (1, foreign())), min_size=1, max_size=5).map(" ".join)
    long = st.lists(visible(), min_size=8, max_size=30).map("".join)
    return weighted((4, token), (4, words), (1, long)).map(_without_words)


def _without_words(value: str) -> str:
    return without_residue(value).replace("=?", "=-")


@st.composite
def content_types(draw: DrawFn) -> ContentType:
    """
    Draw media types of single parts with their parameters; `multiparts` draws what has parts.

    RFC 2045 5.1 and RFC 6838 4.2: types that are registered, and a few ``x-`` subtypes; texts with a charset, some with
    RFC 3676's ``format``, others with parameters of their own, some with a `name`.  Shrinks to ``text/plain;
    charset=us-ascii``.
    """
    return draw(_content_types())


@cache
def _content_types() -> SearchStrategy[ContentType]:
    charsets = st.sampled_from(_CHARSETS)
    extra = weighted((2, st.just({})), (1, _parameters()))
    texts = st.builds(_text_type, st.sampled_from(("plain", "html", "csv", "x-log")), charsets, extra, rarely(4))
    private = text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=8).map("application/x-{}".format)
    essences = weighted((6, st.sampled_from(_TYPES[2:])), (1, private))
    names = st.one_of(st.just(""), _filenames())
    return weighted((2, texts), (3, st.builds(_other_type, essences, extra, names)))


def _text_type(subtype: str, charset: str, extra: dict[str, str], flowed: bool) -> ContentType:
    more = {"format": "flowed"} if flowed and subtype == "plain" else {}
    return ContentType("text", subtype, {"charset": charset, **more, **extra})


def _other_type(essence: str, extra: dict[str, str], name: str) -> ContentType:
    maintype, _, subtype = essence.partition("/")
    return ContentType(maintype, subtype, {"name": name, **extra} if name and maintype != "text" else extra)


@cache
def _filenames() -> SearchStrategy[str]:
    """Draw file names that no file system and no rule minds."""
    stems = st.lists(
        weighted((3, text(LDH, min_size=1, max_size=8)), (2, foreign().filter(str.isalpha))), min_size=1, max_size=3
    )
    return st.builds("{}{}".format, stems.map(" ".join), st.sampled_from((".txt", ".pdf", ".png", "")))


@st.composite
def content_dispositions(draw: DrawFn) -> ContentDisposition:
    r"""
    Draw dispositions: ``attachment`` and ``inline``, with and without file name, with dates and a size.

    RFC 2183 2; file names beyond ASCII are written as RFC 2231 has it.  Shrinks to ``attachment``.  Other examples:
    ``inline; filename="a a.txt"``, ``attachment; filename=\xdf.pdf; size=7``.
    """
    return draw(_content_dispositions())


@cache
def _content_dispositions() -> SearchStrategy[ContentDisposition]:
    days = _dates(datetime(2000, 1, 1), datetime(2037, 1, 1), None)
    stamp = days.map(lambda date: codec.encode(date).decode())
    moments = st.fixed_dictionaries(
        {}, optional=dict.fromkeys(("creation-date", "modification-date", "read-date"), stamp)
    )
    sizes = st.fixed_dictionaries({}, optional={"size": st.integers(0, 10**9).map(str)})
    names = st.fixed_dictionaries({}, optional={"filename": _filenames()})
    more = weighted((3, st.just({})), (1, sizes), (1, moments))
    return st.builds(_disposition, st.sampled_from(("attachment", "inline")), names, more)


def _disposition(disposition: str, name: dict[str, str], more: dict[str, str]) -> ContentDisposition:
    return ContentDisposition(disposition, {**name, **more})
