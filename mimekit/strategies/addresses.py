r"""
Address strategies: local parts, domains, addr-specs, mailboxes, groups and lists of them.

RFC 5321 4.1.2 says what stands in an envelope, RFC 5322 3.4 what stands in a header, RFC 6531 and 6532 what either may
be in UTF-8.  Everything is within the limits of RFC 5321 4.5.3.1, and nothing is obsolete; `strategies.obsolete` has
that.  Domains are reserved ones and arbitrary ones: send nothing to them.

    nothing -> SearchStrategy[str | Mailbox | Group | AddressList]

May import: `headers.address`, `codecs.domain`, `strategies.lexical`.  Imported by: `strategies`,
`strategies._fields`, `strategies.headers`, `strategies.obsolete`.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache, partial
from string import digits
from typing import TYPE_CHECKING, Literal

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit.codecs import domain as codec
from mimekit.errors import AddressError
from mimekit.headers._addresscheck import spelled
from mimekit.headers.address import AddressList, Group, Mailbox
from mimekit.strategies._characters import (
    ATEXT,
    LDH,
    QTEXT,
    SCRIPTS,
    cut,
    foreign,
    rarely,
    text,
    visible,
    weighted,
    without_residue,
)
from mimekit.strategies.lexical import cfws, comments, dot_atoms

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    Profile = Literal["smtp", "message", "eai"]

__all__ = [
    "addr_specs",
    "address_lists",
    "display_names",
    "domains",
    "groups",
    "local_parts",
    "mailboxes",
]

_MAX_LOCAL_PART = 64  # octets, RFC 5321 4.5.3.1.1
_MAX_LABEL = 63  # octets, RFC 1035 3.1
_MAX_DOMAIN = 253  # octets: 255 with the root and the length of the first label (RFC 1035 3.1, RFC 5321 4.5.3.1.2)
_MAX_ADDRESS = 254  # octets: a path has 256 with its brackets (RFC 5321 4.5.3.1.3)
_PAIRS = ('\\"', "\\\\", "\\a", "\\ ", "\\@", "\\.")  # quoted-pairSMTP, RFC 5321 4.1.2
_PROFILES = ("smtp", "message", "eai")


# ------------------------------------------------------------------------------------------------------ local parts


@st.composite
def local_parts(draw: DrawFn, *, kind: Literal["dot_atom", "quoted", "eai"] | None = None) -> str:
    r"""
    Draw local parts as they are written, of at most 64 octets.

    RFC 5321 4.1.2 and 5322 3.4.1: ``dot_atom`` has words with single dots between them; ``quoted`` a quoted string,
    with quoted pairs in some, which is never empty; ``eai`` either of them with characters beyond ASCII (RFC 6531
    3.3).  Without *kind* the first two.  Raises `InvalidArgument` for another kind.  Shrinks to ``a``, for ``quoted``
    to ``"a a"``.  Other examples: ``ada.lovelace``, ``o'neill+x``, ``"ada\@home"``.
    """
    return draw(_local_parts(kind))


@cache
def _local_parts(kind: str | None) -> SearchStrategy[str]:
    if kind == "dot_atom":
        return st.builds(_dot_atom, dot_atoms(), rarely(20))
    if kind == "quoted":
        content = text(QTEXT, min_size=1, max_size=20, more=[*_PAIRS, *_PAIRS, *[" "] * 6])
        return st.builds(_quoted_local_part, content, rarely(5))
    if kind == "eai":
        words = dot_atoms(utf8=True).map(_undisguised).map(_with_more)
        return st.builds(_wide_local_part, words, rarely(4))
    if kind is not None:
        message = f"kind={kind!r} of local_parts(); it is 'dot_atom', 'quoted', 'eai' or None"
        raise InvalidArgument(message)
    return weighted((4, _local_parts("dot_atom")), (1, _local_parts("quoted")))


def _quoted_local_part(content: str, needless: bool) -> str:
    """Put *content* in quotes; unless *needless*, there is something in it that needs them."""
    quoted = in_quotes(content)
    return quoted if needless or spelled(_value(quoted))[0] == '"' else in_quotes(f"{content} a")


def in_quotes(content: str) -> str:
    """Put as much of *content* as fits between quotes; a quoted pair is not cut in two."""
    content = cut(re.sub(r"=(\\?)\?", r"=\1-", content), _MAX_LOCAL_PART - 2)
    backslashes = len(content) - len(content.rstrip("\\"))
    return f'"{content[:-1] if backslashes % 2 else content}"'


def _value(local_part: str) -> str:
    """Give a local part without its quotes."""
    return re.sub(r"\\(.)", r"\1", local_part[1:-1]) if local_part[0] == '"' else local_part


def fit_dot_atom(dot_atom: str) -> str:
    return cut(dot_atom, _MAX_LOCAL_PART).rstrip(".")


def _undisguised(word: str) -> str:
    """Put a letter in place of what some programs turn into a mark that divides addresses (UTS 36 2.1)."""
    if word.isascii():
        return word
    return "".join([one if one.isascii() or _DIVIDING.isdisjoint(_nfkc(one)) else "\u00e9" for one in word])


_DIVIDING = frozenset('@.,;:<>()[]"\\/ ')
_nfkc = lru_cache(maxsize=4096)(partial(unicodedata.normalize, "NFKC"))


def _with_more(dot_atom: str) -> str:
    """Give the same, if it is not ASCII, else with a letter that is not."""
    return dot_atom if not dot_atom.isascii() else f"{dot_atom[:50]}\u00e9"


def _wide_local_part(words: str, quoted: bool) -> str:
    """Give the words with dots between them, or in quotes with spaces."""
    return in_quotes(words.replace(".", " ", 1) if "." in words else f"a {words}") if quoted else fit_dot_atom(words)


def _dot_atom(dot_atom: str, longest: bool) -> str:
    """Give what fits, or as much as there may be."""
    return _longest_local_part(dot_atom) if longest else without_residue(fit_dot_atom(dot_atom))


def _longest_local_part(local_part: str) -> str:
    return (_alphanumeric(local_part) * _MAX_LOCAL_PART)[:_MAX_LOCAL_PART]


def _alphanumeric(string: str) -> str:
    """Give up to four letters and digits of *string*, to repeat them."""
    return "".join([one for one in string if one in LDH][:4]) or "a"


# ---------------------------------------------------------------------------------------------------------- domains

_RESERVED = ("example", "example.com", "example.org", "example.net", "test")  # RFC 2606 2 and 3
_USUAL = ("com", "org", "net", "de", "co.uk", "museum", "xn--p1ai", "a" * _MAX_LABEL, "zz", "Com")


@st.composite
def domains(draw: DrawFn, *, kind: Literal["ascii", "idn", "literal"] | None = None) -> str:
    """
    Draw domains of addresses: ``ascii`` names, ``idn`` names with U-labels, ``literal`` IP addresses in brackets.

    RFC 5321 4.1.2 and 4.1.3, RFC 5890 2.3.2.1: labels of letters, digits and inner hyphens of at most 63 octets, in all
    253, never a number as the last one; A-labels among the ``ascii`` ones; IPv4 and each form of IPv6.  Without *kind*
    ``ascii`` and ``literal``, which need no SMTPUTF8.  Raises `InvalidArgument` for another kind.

    Shrinks to ``a.example``, ``\u00df.example``, ``[192.0.2.0]``.  Names under ``example`` and ``test`` are nobody's
    (RFC 2606); the others may be somebody's: send nothing there.
    """
    return draw(_domains(kind))


@cache
def _domains(kind: str | None) -> SearchStrategy[str]:
    if kind not in (None, "ascii", "idn", "literal"):
        message = f"kind={kind!r} of domains(); it is 'ascii', 'idn', 'literal' or None"
        raise InvalidArgument(message)
    if kind == "literal":
        return _literals()
    if kind == "idn":
        return st.builds(_idn, st.one_of(st.just(""), _u_labels(), labels()), _u_labels(), _suffixes())
    # The name is drawn in any case, so that it is the simpler one: what takes fewer draws is simpler for Hypothesis.
    other = weighted((7, st.just("")), (1, _u_labels().map(codec.to_ascii)), (0 if kind else 2, _literals()))
    return st.builds(_name, labels(), _suffixes(), other, rarely(20))


def _idn(before: str, u_label: str, suffix: str) -> str:
    return _domain([*before.split("."), u_label, suffix] if before else [u_label, suffix])


def _name(labels: str, suffix: str, other: str, longest: bool) -> str:
    """Give a domain of the labels, one of them an A-label, or a literal, or a domain of 253 octets."""
    if other[:1] == "[":
        return other
    if longest:
        return _longest_domain(labels, suffix)
    return _domain([*labels.split("."), *([other] if other else []), suffix])


@cache
def labels() -> SearchStrategy[str]:
    """Draw labels with dots between them."""
    return text(LDH, min_size=1, max_size=30, more=["."] * 8 + ["-"] * 5 + ["~"]).map(_as_labels)


def _as_labels(drawn: str) -> str:
    """Take out empty labels, hyphens at an end and those of A-labels (RFC 5890 2.3.1); fill up what has a tilde."""
    found = []
    for drawn_label in drawn.split("."):
        label = drawn_label.replace("~", "").strip("-")
        if label[2:4] == "--":
            label = label.replace("-", "")
        if "~" in drawn_label:
            label = (label.replace("-", "") * _MAX_LABEL)[:_MAX_LABEL]
        found.append(label)
    return ".".join(filter(None, found)) or "a"


@cache
def _u_labels() -> SearchStrategy[str]:
    words = [st.text(letters, min_size=1, max_size=8) for letters in SCRIPTS.values()]
    with_ascii = st.builds("{}{}".format, text("abcdefghijklmnopqrstuvwxyz", min_size=1, max_size=5), words[0])
    return st.one_of(*words, with_ascii).filter(_is_label)


def _is_label(label: str) -> bool:
    try:
        return codec.to_unicode(codec.to_ascii(label)) == label
    except AddressError:
        return False


@cache
def _suffixes() -> SearchStrategy[str]:
    return st.sampled_from((*_RESERVED, *_RESERVED, *_RESERVED, *_USUAL))


def _domain(labels: list[str]) -> str:
    if any(_is_rtl(one) for one in labels):
        # RFC 5893 2: beside a label that is written from the right none begins with a digit.
        labels = [f"a{one[:62]}" if one[0] in digits else one for one in labels]
    return _fit_domain(".".join(labels), _MAX_DOMAIN)


@lru_cache(maxsize=1024)
def _is_rtl(label: str) -> bool:
    return any(unicodedata.bidirectional(one) in ("R", "AL") for one in codec.to_unicode(label))


def _fit_domain(domain: str, most: int) -> str:
    """Give *domain* without as many of its first labels as are too much, in either form."""
    while max(len(".".join(map(codec.to_ascii, domain.split(".")))), len(domain.encode())) > most:
        domain = domain.partition(".")[2]
    return domain


def _longest_domain(start: str, suffix: str, most: int = _MAX_DOMAIN) -> str:
    """Give a domain of exactly *most* octets."""
    rest = most - len(suffix) - 1
    start = _alphanumeric(start)
    labels = []
    while rest > 0:
        size = min(_MAX_LABEL, rest if rest != _MAX_LABEL + 1 else _MAX_LABEL - 1)
        labels.append((start * size)[:size])
        rest -= size + 1
    return ".".join([*labels, suffix])


@cache
def _literals() -> SearchStrategy[str]:
    ipv4 = st.one_of(st.ip_addresses(network="192.0.2.0/24"), st.ip_addresses(v=4)).map(str)
    ipv6 = st.one_of(st.ip_addresses(network="2001:db8::/32"), st.ip_addresses(v=6))
    written = st.one_of(
        ipv6.map(str),
        ipv6.map(lambda one: one.exploded),
        ipv6.map(lambda one: str(one).upper()),
        ipv4.map(lambda one: f"::ffff:{one}"),
    )
    return st.one_of(ipv4.map("[{}]".format), written.map("[IPv6:{}]".format))


# -------------------------------------------------------------------------------------------------------- addr-specs


@st.composite
def addr_specs(
    draw: DrawFn,
    *,
    profile: Profile = "smtp",
    local_parts: SearchStrategy[str] | None = None,
    domains: SearchStrategy[str] | None = None,
) -> str:
    """
    Draw addresses without a name, of at most 254 octets.

    ``smtp``: a Mailbox of RFC 5321 4.1.2, all of it ASCII.  ``message``: an addr-spec of RFC 5322 3.4.1, so also with
    white space, folds and comments around the @ and comments before and after.  ``eai``: also with characters beyond
    ASCII in local part and domain (RFC 6531 3.3).  *local_parts* and *domains* are drawn from in place of what belongs
    to the profile.  Raises `InvalidArgument` for another profile.

    Shrinks to ``a@a.example``.  Other examples: ``"a a"@[192.0.2.0]``, ``ada (home) @ xn--bcher-kva.example``.
    """
    return draw(_addr_specs(profile, local_parts, domains))


@lru_cache(maxsize=64)
def _addr_specs(
    profile: str, local_parts: SearchStrategy[str] | None, domains: SearchStrategy[str] | None
) -> SearchStrategy[str]:
    bare = _pairs(profile, local_parts, domains).map("@".join)
    if profile != "message":
        return bare
    gap = weighted((1, st.just("")), (1, cfws()))
    spaced = st.builds(
        "{0}{1[0]}{2}@{3}{1[1]}{4}".format,
        st.one_of(st.just(""), comments()),
        _pairs(profile, local_parts, domains),
        gap,
        gap,
        st.one_of(st.just(""), comments().map(" {}".format)),
    )
    return weighted((3, bare), (1, spaced))


def _pairs(
    profile: str, local_parts: SearchStrategy[str] | None, domains: SearchStrategy[str] | None
) -> SearchStrategy[tuple[str, str]]:
    """Draw a local part as it is written, and a domain."""
    if local_parts is None and domains is None:
        return own_pairs(profile)
    own_pairs(profile)
    wide = profile == "eai"
    locals_ = local_parts if local_parts is not None else st.one_of(_local_parts(None), *([_local_parts("eai")] * wide))
    names = domains if domains is not None else st.one_of(_domains(None), *([_domains("idn")] * wide))
    return st.tuples(locals_, names).map(_fit)


@cache
def own_pairs(profile: str) -> SearchStrategy[tuple[str, str]]:
    if profile not in _PROFILES:
        message = f"profile={profile!r} of addresses; it is {', '.join(map(repr, _PROFILES))}"
        raise InvalidArgument(message)
    plain = st.builds(_pair, _local_parts(None), _domains(None), rarely(15))
    if profile == "eai":
        wide = st.tuples(_local_parts("eai"), weighted((1, _domains("ascii")), (2, _domains("idn")))).map(_fit)
        idn = st.tuples(_local_parts(None), _domains("idn")).map(_fit)
        return st.builds(_wider, plain, weighted((2, st.none()), (3, wide), (2, idn)))
    return plain


def _wider(plain: tuple[str, str], wide: tuple[str, str] | None) -> tuple[str, str]:
    return plain if wide is None else wide


def _pair(local_part: str, domain: str, longest: bool) -> tuple[str, str]:
    """Give a pair that fits, or one of exactly 254 octets with a local part of 64."""
    if longest and domain[:1] != "[":
        suffix = domain.rpartition(".")[2]
        most = _MAX_ADDRESS - 1 - _MAX_LOCAL_PART
        return _longest_local_part(local_part), _longest_domain(domain.partition(".")[0], suffix, most)
    return _fit((local_part, domain))


def _fit(pair: tuple[str, str]) -> tuple[str, str]:
    """Give a pair without as many of the first labels as are too much for an address."""
    local_part, domain = pair
    most = _MAX_ADDRESS - 1 - len(local_part.encode())
    return local_part, domain if domain[:1] == "[" else _fit_domain(domain, most)


# --------------------------------------------------------------------------------------------- mailboxes and lists


@st.composite
def display_names(draw: DrawFn, *, ascii_only: bool = False) -> str:
    r"""
    Draw display names as people read them: some stand as they are, some need quotes, some encoded words.

    RFC 5322 3.4 and 3.2.5: a name is data and may hold commas, quotes, brackets, dots, what looks like an address; no
    control character and nothing invisible.  With *ascii_only* none needs encoded words.  Shrinks to ``a``.  Other
    examples: ``King, Ada``, ``ßa``, ``"b" <c>``.
    """
    return draw(_display_names(ascii_only=ascii_only))


@cache
def _display_names(*, ascii_only: bool) -> SearchStrategy[str]:
    plain = text(ATEXT, min_size=1, max_size=24, more=[" "] * 10)
    special = text(QTEXT, min_size=1, max_size=24, more=[*[" "] * 10, *_SPECIALS])
    if ascii_only:
        return weighted((2, plain), (1, special)).map(_named)
    words = st.lists(weighted((2, foreign()), (1, plain), (1, visible())), min_size=1, max_size=3).map(" ".join)
    return weighted((3, plain), (2, special), (3, words)).map(_named)


_SPECIALS = ('"', "\\", ", ", ". ", "<a@b.example>", "(a)", "K.", "a:b;")


def _named(drawn: str) -> str:
    """Give a name with one space between words, that looks like no encoded word (RFC 2047 4) and no slot."""
    return without_residue(" ".join(drawn.split()).replace("=?", "=-")) or "a"


@st.composite
def mailboxes(
    draw: DrawFn,
    *,
    profile: Profile = "smtp",
    display_names: SearchStrategy[str] | None = None,
    local_parts: SearchStrategy[str] | None = None,
    domains: SearchStrategy[str] | None = None,
) -> Mailbox:
    """
    Draw mailboxes, half of them with a display name; `addr_specs` and `display_names` say what they are made of.

    RFC 5322 3.4.  A `Mailbox` has a local part without quotes, and no comments, so ``message`` draws as ``smtp`` does.
    *display_names* is drawn from for all of them.  Shrinks to ``Mailbox('', 'a', 'a.example')``.  Other examples:
    ``Mailbox('King, a', 'a a', '[192.0.2.0]')``, ``Mailbox('\u00df', 'a', 'xn--zca.example')``.
    """
    return draw(_mailboxes(profile, display_names, local_parts, domains))


@lru_cache(maxsize=64)
def _mailboxes(
    profile: str,
    names: SearchStrategy[str] | None,
    local_parts: SearchStrategy[str] | None,
    domains: SearchStrategy[str] | None,
) -> SearchStrategy[Mailbox]:
    if names is None and local_parts is None and domains is None:
        return _own_mailboxes(profile)
    drawn = names if names is not None else st.one_of(st.just(""), _display_names(ascii_only=False))
    return st.builds(_mailbox, drawn, _pairs(profile, local_parts, domains))


@cache
def _own_mailboxes(profile: str) -> SearchStrategy[Mailbox]:
    return st.builds(_mailbox, st.one_of(st.just(""), _display_names(ascii_only=False)), own_pairs(profile))


def _mailbox(name: str, pair: tuple[str, str]) -> Mailbox:
    return Mailbox(name, _value(pair[0]), pair[1])


@st.composite
def groups(
    draw: DrawFn,
    *,
    profile: Profile = "smtp",
    min_size: int = 0,
    max_size: int | None = 4,
    mailboxes: SearchStrategy[Mailbox] | None = None,
) -> Group:
    """
    Draw groups: a name that is not empty, and *min_size* to *max_size* mailboxes, of *profile* or from *mailboxes*.

    RFC 5322 3.4; a group may be empty, and none holds a group.  Shrinks to ``a:;``.
    """
    return draw(_groups(profile, min_size, max_size, mailboxes))


@lru_cache(maxsize=64)
def _groups(
    profile: str, min_size: int, max_size: int | None, mailboxes: SearchStrategy[Mailbox] | None
) -> SearchStrategy[Group]:
    members = _own_mailboxes(profile) if mailboxes is None else mailboxes
    return st.builds(Group, _display_names(ascii_only=False), st.lists(members, min_size=min_size, max_size=max_size))


@st.composite
def address_lists(  # noqa: PLR0913 - each narrows something else
    draw: DrawFn,
    *,
    profile: Profile = "smtp",
    min_size: int = 1,
    max_size: int | None = 5,
    allow_groups: bool = True,
    mailboxes: SearchStrategy[Mailbox] | None = None,
) -> AddressList:
    """
    Draw address lists, as To holds them: *min_size* to *max_size* mailboxes and groups; with groups they may be nobody.

    RFC 5322 3.4.  The mailboxes are of *profile* or from *mailboxes*; one may come twice.  An address field has one
    entry at least, so a *min_size* of 0 is for lists that stand in no field.  Shrinks to the list of ``a@a.example``.
    """
    return draw(_address_lists(profile, min_size, max_size, mailboxes, allow_groups=allow_groups))


@lru_cache(maxsize=64)
def _address_lists(
    profile: str,
    min_size: int,
    max_size: int | None,
    mailboxes: SearchStrategy[Mailbox] | None,
    *,
    allow_groups: bool,
) -> SearchStrategy[AddressList]:
    members = _own_mailboxes(profile) if mailboxes is None else mailboxes
    listed = st.lists(members, min_size=min_size, max_size=max_size)
    if not allow_groups:
        return listed.map(AddressList)
    # Groups are laid over a flat list: what is in none of them can then be taken away when a failure shrinks.
    group = st.tuples(_display_names(ascii_only=False), st.integers(0, 3), st.integers(0, 3))
    groups = weighted((2, st.just([])), (1, st.lists(group, min_size=1, max_size=2)))
    return st.builds(partial(_grouped, min_size=min_size), listed, groups)


def _grouped(mailboxes: list[Mailbox], groups: list[tuple[str, int, int]], *, min_size: int) -> AddressList:
    """Make a group of some mailboxes for each name, place and number; an empty one stands in the place of one."""
    entries: list[Mailbox | Group] = [*mailboxes]
    for name, place, number in groups if entries else ():
        start = place % len(entries)
        end = start + max(1, min(number, len(entries) - min_size + 1))
        taken = [entry for entry in entries[start:end] if isinstance(entry, Mailbox)]
        if len(taken) == len(entries[start:end]):
            entries[start:end] = [Group(name, taken if number else ())]
    return AddressList(entries)
