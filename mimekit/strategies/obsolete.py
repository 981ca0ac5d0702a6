"""
Obsolete strategies: the dates, addresses and message ids that RFC 5322 section 4 alone allows.

Who reads mail has to take them, and nobody may write them, so they are drawn as wire text and not as values.

    nothing -> SearchStrategy[str]

May import: `headers.dates`, `strategies`.  Imported by: `strategies`.
"""

from __future__ import annotations

from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from mimekit.headers import dates as codec
from mimekit.strategies._characters import weighted
from mimekit.strategies.addresses import domains, fit_dot_atom, in_quotes, labels, local_parts, own_pairs
from mimekit.strategies.headers import dates
from mimekit.strategies.lexical import atoms, cfws, dot_atoms, phrases, quoted_strings

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

__all__ = [
    "obsolete_addr_specs",
    "obsolete_address_lists",
    "obsolete_dates",
    "obsolete_mailboxes",
    "obsolete_message_ids",
    "obsolete_phrases",
]

_ZONES = ("GMT", "UT", "EST", "EDT", "CST", "CDT", "MST", "MDT", "PST", "PDT", "Z", "A", "M", "Y")


@st.composite
def obsolete_dates(draw: DrawFn) -> str:
    """
    Draw dates that RFC 5322 4.3 alone allows, as wire text: reading takes them, nobody may write them.

    Years of two digits, zones in letters, white space and comments beside the colons; the day of the week is right.
    Shrinks to ``Sat, 01 Jan 2000 00:00:00 GMT``.  Other examples: ``01 Jan 00 00:00 +0000``,
    ``Sat, 01 Jan 2000 00 : 00:00 EST``.
    """
    return draw(_obsolete_dates())


@cache
def _obsolete_dates() -> SearchStrategy[str]:
    # Two digits are read as a year from 1950 to 2049.
    moments = dates(min_value=datetime(1950, 1, 1), max_value=datetime(2049, 12, 31, 23, 59, 59))
    forms = st.sampled_from((("zone",), ("year",), ("space",), ("zone", "year", "space")))
    return st.builds(_obsolete_date, moments, forms, st.sampled_from(_ZONES), cfws(), cfws())


def _obsolete_date(moment: datetime, forms: tuple[str, ...], zone: str, before: str, after: str) -> str:
    words = codec.encode(moment).decode().split(" ")
    if "zone" in forms:
        words[5] = zone
    if "year" in forms:
        words[3] = words[3][2:]
    if "space" in forms:
        words[4] = words[4].replace(":", f"{before}:{after}", 1)
    return " ".join(words)


@st.composite
def obsolete_addr_specs(draw: DrawFn) -> str:
    """
    Draw addr-specs that RFC 5322 4.4 alone allows, as wire text: reading takes them, nobody may write them.

    A local part of several words, with one of them quoted or with white space or comments around the dots (obs-local-
    part); a domain with white space or comments around its dots (obs-domain).  Shrinks to ``a."a a"@a.example``.  Other
    examples: ``ada .king@a.example``, ``ada@a . example``.
    """
    return draw(_obsolete_addr_specs())


@cache
def _obsolete_addr_specs() -> SearchStrategy[str]:
    atom = atoms().map(lambda one: one[:8])
    gap = cfws()
    dots = st.one_of(gap.map("{}.".format), gap.map(".{}".format), st.builds("{}.{}".format, gap, gap))
    spaced = st.builds("{}{}{}".format, atom, dots, atom)
    quoted = local_parts(kind="quoted").map(lambda one: in_quotes(one[1:-1][:16]))
    mixed = st.one_of(
        st.builds("{}.{}".format, atom, quoted),
        st.builds("{}.{}".format, quoted, atom),
        st.builds("{}{}{}".format, quoted, dots, quoted),
    )
    local_part = st.one_of(mixed, spaced)
    label = labels().map(lambda drawn: drawn.partition(".")[0])
    domain = st.builds("{}{}{}".format, label, dots, st.sampled_from(("example", "test")))
    return st.one_of(
        st.tuples(local_part, label.map("{}.example".format)).map("@".join),
        st.tuples(dot_atoms().map(fit_dot_atom), domain).map("@".join),
        st.tuples(local_part, domain).map("@".join),
    )


@st.composite
def obsolete_mailboxes(draw: DrawFn) -> str:
    """
    Draw mailboxes that RFC 5322 4.4 alone allows, as wire text: an obsolete addr-spec, a dot in the name, or a route.

    Shrinks to ``<a."a a"@a.example>``, with a route to ``<@a.example:a@a.example>``.  Other examples: ``Ada K.
    <ada@a.example>``, ``Ada <@a.example,,@b.test:ada@c.example>``.
    """
    return draw(_obsolete_mailboxes())


@cache
def _obsolete_mailboxes() -> SearchStrategy[str]:
    name = st.one_of(st.just(""), phrases().map("{} ".format))
    hop = domains(kind="ascii").map("@{}".format)
    # obs-domain-list = *(CFWS / ",") "@" domain *("," [CFWS] ["@" domain])
    separator = st.sampled_from((",", ", ", ",,", ", ,"))
    more = st.lists(st.builds("{}{}".format, separator, hop), max_size=2).map("".join)
    route = st.builds("{}{}{}:".format, st.sampled_from(("", ",", ", ")), hop, more)
    plain = own_pairs("smtp").map("@".join)
    return st.one_of(
        st.builds("{1}<{0}>".format, _obsolete_addr_specs(), name),
        st.builds("{1} <{0}>".format, plain, _obsolete_phrases()),
        st.builds("{1}<{2}{0}>".format, plain, name, route),
    )


@st.composite
def obsolete_phrases(draw: DrawFn) -> str:
    """
    Draw phrases that RFC 5322 4.1 alone allows, as wire text: with dots outside quotes, after the first word.

    Shrinks to ``a.``.  Other examples: ``Ada K. King``, ``"Ada" . (x) King``.
    """
    return draw(_obsolete_phrases())


@cache
def _obsolete_phrases() -> SearchStrategy[str]:
    atom = atoms()
    word = weighted((3, atom), (1, quoted_strings()))
    gap = st.one_of(st.just(" "), st.just(""), cfws())
    dot = st.builds("{}.".format, st.one_of(st.just(""), cfws()))
    more = st.lists(st.one_of(st.builds("{}{}".format, gap, word), dot), max_size=3).map("".join)
    return st.builds("{}{}{}".format, word, dot, more)


@st.composite
def obsolete_address_lists(draw: DrawFn) -> str:
    """
    Draw address lists that RFC 5322 4.4 alone allows, as wire text: with empty elements (obs-addr-list).

    Shrinks to ``,a@a.example``.  Other examples: ``a@a.example, , b@a.example``, ``a@a.example,``.
    """
    return draw(_obsolete_address_lists())


@cache
def _obsolete_address_lists() -> SearchStrategy[str]:
    address = own_pairs("smtp").map("@".join)
    return st.one_of(
        address.map(",{}".format),
        address.map("{},".format),
        st.builds("{},{},{}".format, address, st.sampled_from(("", " ", " (a) ", "\r\n ")), address),
        st.builds(_obsolete_group, address, atoms(), st.sampled_from((",", ", ,")), st.booleans()),
    )


def _obsolete_group(address: str, name: str, commas: str, is_empty: bool) -> str:
    return f"{name}:{commas}{'' if is_empty else address};"


@st.composite
def obsolete_message_ids(draw: DrawFn) -> str:
    """
    Draw message ids that RFC 5322 4.5.4 alone allows, as wire text with their angle brackets.

    A quoted word on the left, or white space and comments inside the brackets.  Shrinks to ``<"a"@a.example>``.  Other
    examples: ``< a@a.example>``, ``<a @ a.example>``.
    """
    return draw(_obsolete_message_ids())


@cache
def _obsolete_message_ids() -> SearchStrategy[str]:
    left, right, gap = dot_atoms(), domains(kind="ascii"), cfws()
    maybe = st.one_of(st.just(""), gap)
    quoted = st.lists(atoms(), min_size=1, max_size=2).map(lambda words: '"' + " ".join(words) + '"')
    return st.one_of(
        st.builds("<{}@{}>".format, quoted, right),
        st.builds("<{}{}@{}>".format, gap, left, right),
        st.builds("<{}{}{}@{}{}>".format, maybe, left, gap, maybe, right),
        st.builds("<{}@{}{}>".format, left, gap, right),
        st.builds("<{}@{}{}>".format, left, right, gap),
    )
