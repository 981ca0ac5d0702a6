r"""
Rules about the domains of addresses (family A): lengths, names that nobody can reach, labels in other scripts.

RFC 5321 2.3.5 and 4.5.3.1, RFC 5890 to 5893 for labels that are not ASCII, UTS 39 for what they look like.

    addresses -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from mimekit.codecs import domain as domains
from mimekit.errors import AddressError
from mimekit.lint import makers_addresses, scripts
from mimekit.lint.rule import rule
from mimekit.lint.rules.headers import came_by_smtputf8
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Fix
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Address

__all__: list[str] = []

_ = makers_addresses  # which enters the makers of the examples

_MAX_DOMAIN = 255  # octets, RFC 5321 4.5.3.1.2
_MAX_LABEL = 63

# RFC 2606, 6761, 6762, 7686, 8375, 9476, and .internal (ICANN, 2024).
_SPECIAL = re.compile(
    r"(?:\A|\.)(?:test|invalid|localhost|example|local|onion|alt|internal|home\.arpa|example\.(?:com|net|org))\Z"
)

# Large providers whose names are long enough for a slip to be told from another name.
_PROVIDERS = (
    *("gmail.com", "googlemail.com", "hotmail.com", "hotmail.co.uk", "hotmail.fr", "outlook.com", "yahoo.com"),
    *("yahoo.co.uk", "yahoo.co.jp", "icloud.com", "comcast.net", "verizon.net", "protonmail.com", "libero.it"),
    *("orange.fr", "wanadoo.fr", "t-online.de", "freenet.de", "rediffmail.com", "yandex.ru", "rambler.ru"),
    *("naver.com", "hanmail.net", "sbcglobal.net", "bellsouth.net", "btinternet.com"),
)
# Names of one edit from these that are somebody's own.
_REAL = frozenset({"mail.com", "email.com", "ymail.com", "gmail.ru", "yahoo.ca", "never.com", "maver.com"})


@rule("A003", severity="error", looks_at="address", marks=["odd"], reference="RFC 5321 4.5.3.1.2; RFC 1035 2.3.4")
def domain_too_long(address: Address, _: Context) -> Iterator[Hit]:
    """
    A domain has over 255 octets, or a label of it over 63.

    Why it matters: the name system has no room for it, so there is no such domain.

    Bad:
        To: john@a-customer-whose-name-is-so-long-that-no-label-of-any-domain-may-hold-it.example

    Good:
        To: john@a-customer-whose-name-is-long.example

    References: RFC 5321 4.5.3.1.2; RFC 1035 2.3.4
    """
    domain = address.domain
    if len(domain) > _MAX_LABEL // 4 and domain[0] != "[":
        longest = max([_octets(label) for label in domain.split(".")])
        total = _octets(domain)
        if longest > _MAX_LABEL:
            yield address.hit(f"{show(domain)} has a label of {longest} octets; the limit is {_MAX_LABEL}")
        elif total > _MAX_DOMAIN:
            yield address.hit(f"{show(domain)} has {total} octets; the limit is {_MAX_DOMAIN}")


def _octets(domain: str) -> int:
    """Give the octets of a domain or label on the wire, as far as it can be written there."""
    if domain.isascii():
        return len(domain)
    try:
        return len(domains.to_ascii(domain))
    except AddressError:
        return len(domain)


@rule("A006", severity="warning", looks_at="address", marks=["odd"], reference="RFC 5321 2.3.5")
def domain_unqualified(address: Address, _: Context) -> Iterator[Hit]:
    """
    A domain has no dot: it is the name of a host, or of a top-level domain.

    Why it matters: what it means depends on where it is read; beyond one's own network it is nothing.

    Bad:
        To: john@intranet

    Good:
        To: john@intranet.customer.example

    References: RFC 5321 2.3.5
    """
    domain = address.domain
    if domain and "." not in domain and domain[0] != "[" and not _has_other_dot(domain):
        yield address.hit(f"{show(domain)} is no fully qualified domain name")


def _has_other_dot(domain: str) -> bool:
    """Tell whether a dot that is not ASCII stands there, of which another rule speaks."""
    return not domain.isascii() and any(dot in domain for dot in "\u3002\uff0e\uff61\u2024")


@rule("A007", severity="warning", looks_at="address", marks=["odd"], reference="RFC 3696 2")
def domain_numeric_tld(address: Address, _: Context) -> Iterator[Hit]:
    """
    The last label of a domain is a number.

    Why it matters: no top-level domain is one; mostly an IP address was meant, which stands in brackets.

    Bad:
        To: john@192.0.2.1

    Good:
        To: john@customer.example

    References: RFC 3696 2; RFC 5321 4.1.3
    """
    last = address.domain.rpartition(".")[2]
    if last.isdigit():
        yield address.hit(f"the last label of {show(address.domain)} is a number, which no top-level domain is")


@rule("A008", severity="warning", looks_at="address", marks=["odd"], reference="RFC 5321 4.1.3")
def domain_literal(address: Address, _: Context) -> Iterator[Hit]:
    """
    An address has an IP address in brackets for its domain.

    Why it matters: most servers refuse such recipients, and filters such senders: they pass by the name system and
    all that it says of a domain.

    Bad:
        To: john@[192.0.2.1]

    Good:
        To: john@customer.example

    References: RFC 5321 2.3.5, 4.1.3
    """
    if address.domain[:1] == "[":
        yield address.hit(f"{show(address.domain)} is an address literal where a domain name belongs")


@rule("A010", severity="warning", looks_at="address", reference="RFC 2606; RFC 6761", profiles=["production"])
def special_use_domain(address: Address, _: Context) -> Iterator[Hit]:
    """
    An address is in a domain that is set apart for examples, tests or local networks.

    Why it matters: nobody receives mail there; such an address is left over from a test.

    Bad:
        From: Jane Doe <jane@mimekit.net>
        To: John Roe <john@customer.test>

    Good:
        From: Jane Doe <jane@mimekit.net>
        To: John Roe <john@mimekit.org>

    References: RFC 2606 2, 3; RFC 6761 6; RFC 6762 3; RFC 7686; RFC 8375; RFC 9476
    """
    if _SPECIAL.search(address.domain):
        yield address.hit(f"{show(address.domain)} is set apart for examples, tests or local networks")


@rule(
    "A012",
    severity="error",
    looks_at="address",
    marks=["odd"],
    reference="RFC 6531 3.2; RFC 5891 5",
    fix="safe",
    supersedes=["H007"],
)
def non_ascii_domain(address: Address, context: Context) -> Iterator[Hit]:
    """
    A domain is written in Unicode in a message that does not go by SMTPUTF8.

    Why it matters: without SMTPUTF8 a header is ASCII; servers refuse the message or damage the address.

    Bad:
        To: john@bücher.example

    Good:
        To: john@xn--bcher-kva.example

    References: RFC 6531 3.2, 3.3; RFC 5891 5; RFC 5890 2.3.2.1
    """
    domain = address.domain
    if domain.isascii() or context.smtputf8 or domains.key(domain).isascii() is False:
        return
    if came_by_smtputf8(address.field.entity.mail):
        return
    yield address.hit(f"{show(domain)} is not ASCII; its A-label is {show(domains.key(domain))}", _a_label(address))


def _a_label(address: Address) -> Fix | None:
    mailbox = address.mailbox
    if mailbox is None:
        return None
    octets = mailbox.domain.encode("utf-8")
    start = address.end - len(octets)
    if address.field.raw[start : address.end] != octets:
        return None
    made = domains.to_ascii(mailbox.domain)
    return address.field.replacing(f"write {made}", made.encode("ascii"), start, address.end)


@rule("A013", severity="error", looks_at="address", marks=["odd"], reference="RFC 5891 5.4")
def invalid_idn(address: Address, _: Context) -> Iterator[Hit]:
    """
    A label of a domain begins with ``xn--`` and is no A-label, or it is not ASCII and IDNA 2008 does not allow it.

    Why it matters: what it decodes to, if to anything, differs from reader to reader; it has served to smuggle markup
    and other addresses past a check.

    Bad:
        To: john@xn--0049.example

    Bad:
        To: john@xn--example-x.example

    Good:
        To: john@xn--bcher-kva.example

    References: RFC 5891 5.4; RFC 5890 2.3.2.1
    """
    domain = address.domain
    if domain.isascii():
        if "xn--" not in domain or len(domain) > _MAX_DOMAIN:
            return
        bad = next((label for label in domain.split(".") if label[:4] == "xn--" and _is_no_a_label(label)), None)
    else:
        bad = None if _has_other_dot(domain) or domains.key(domain).isascii() else domain
    if bad is not None:
        what = "is no A-label" if bad.isascii() else "is not allowed by IDNA 2008"
        yield address.hit(f"{show(bad)} {what}")


def _is_no_a_label(label: str) -> bool:
    return domains.to_unicode(label) == label


@rule("A014", severity="warning", looks_at="address", marks=["odd"], reference="UTS 39 5.2")
def mixed_script_domain(address: Address, _: Context) -> Iterator[Hit]:
    """
    A label of a domain mixes scripts that do not go together, such as Latin with Cyrillic.

    Why it matters: letters of other scripts look like Latin ones, so the domain looks like another one; receivers take
    the message for a forgery.

    Bad:
        To: john@xn--pypal-4ve.example

    Good:
        To: john@xn--bcher-kva.example

    References: UTS 39 5.2
    """
    mixed = _mixed_label(address.domain)
    if mixed is not None:
        yield address.hit(f"the label {show(mixed)} mixes {' and '.join(scripts.found(mixed))}")


def _mixed_label(domain: str) -> str | None:
    if domain.isascii() and "xn--" not in domain:
        return None
    labels = domains.to_unicode(domain).split(".")
    return next((label for label in labels if not scripts.is_highly_restrictive(label)), None)


@rule("A044", severity="info", looks_at="address", reference="-", profiles=["strict"], fix="unsafe")
def domain_typo(address: Address, _: Context) -> Iterator[Hit]:
    """
    A domain is one letter away from that of a large mail provider.

    Why it matters: it is mostly a slip of the one who typed it, and somebody else may own the wrong name.

    Bad:
        To: John Roe <john@gmial.com>

    Good:
        To: John Roe <john@gmail.com>

    References: -
    """
    domain = address.domain
    meant = _meant(domain) if 7 < len(domain) < 18 else None
    if meant is None:
        return
    start = address.end - len(domain)
    is_there = address.field.raw[start : address.end].lower() == domain.encode()
    fix = address.field.replacing(f"write {meant}", meant.encode(), start, address.end, is_safe=False)
    yield address.hit(f"{show(domain)} is one letter away from {meant}", fix if is_there else None)


@lru_cache(maxsize=1024)
def _meant(domain: str) -> str | None:
    """Give the provider that is one edit away: a letter more, less, other, or two exchanged."""
    if not domain.isascii() or domain in _REAL or domain in _PROVIDERS:
        return None
    return next((known for known in _PROVIDERS if _is_one_edit(domain, known)), None)


def _is_one_edit(text: str, other: str) -> bool:
    if abs(len(text) - len(other)) > 1:
        return False
    same = 0
    while same < min(len(text), len(other)) and text[same] == other[same]:
        same += 1
    rest, wanted = text[same:], other[same:]
    return (
        rest[1:] == wanted
        or rest == wanted[1:]
        or rest[1:] == wanted[1:]
        or (rest[:2] == wanted[1::-1] and rest[2:] == wanted[2:])
    )
