r"""
Domains: U-labels for people, A-labels for the wire, and one routine between them.

RFC 5890 lets a label be written in Unicode and requires ASCII wherever software has not agreed on more.  Two routines
that disagree would send mail to a domain that nobody validated, so header, envelope and comparison all ask here: UTS 46
mapping (non-transitional), then IDNA 2008, with the length limits of RFC 1035 3.1 checked before either is run.

    domain -> the same in A-labels, in U-labels, or as a key for comparison

May import: `errors`, `wire.fold`.  Imported by: `addressing`, `cli`, `difference`, `dkim`, `headers`, `lint`,
`strategies`, `testing`.  The only import of `idna`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from mimekit.errors import AddressError, show
from mimekit.wire.fold import guard_strict

__all__ = ["MAX_DOMAIN", "MAX_LABEL", "key", "same", "to_ascii", "to_unicode"]

MAX_DOMAIN = 253
"""Octets of a domain in A-labels (RFC 1035 3.1, RFC 5321 4.5.3.1.2)."""

MAX_LABEL = 63
"""Octets of one label (RFC 1035 3.1)."""

_ACE = "xn--"


def to_ascii(domain: str) -> str:
    r"""
    Give *domain* in A-labels; ASCII labels stay as they are, case included.

    Raises `AddressError` for white space, control characters and specials, for full-width dots and @, for what IDNA
    2008 does not allow, for an A-label that does not decode to a U-label and back, and for a domain of over 253 octets
    or a label of over 63.  Whether an ASCII domain is syntax for mail (underscores, empty labels) is not judged here.

    >>> to_ascii("B\xfccher.example"), to_ascii("Example.COM")
    ('xn--bcher-kva.example', 'Example.COM')
    """
    if domain.isascii():
        if not domain.replace("-", "").replace(".", "").isalnum():
            _refuse_specials(domain)
        if len(domain) > MAX_LABEL:  # a shorter one is within both limits
            _check_lengths(domain)
        if _ACE in domain.lower():
            _check_a_labels(domain)
        return domain
    _refuse_specials(domain)
    _check_lengths(domain)
    return _encode(domain)


def to_unicode(domain: str) -> str:
    r"""
    Give *domain* in U-labels, for people.  Never raises: an A-label that is none, or does not round-trip, stays.

    >>> to_unicode("xn--bcher-kva.example"), to_unicode("xn--example-.org")
    ('b\xfccher.example', 'xn--example-.org')
    """
    if _ACE not in domain.lower() or len(domain) > MAX_DOMAIN:
        return domain
    return ".".join([_u_label(label) or label for label in domain.split(".")])


def key(domain: str) -> str:
    r"""
    Give what is equal for equal domains: A-labels in lower case.  Never raises: what is no domain is its own key.

    >>> key("B\xdcCHER.example") == key("xn--bcher-kva.EXAMPLE")
    True
    """
    if domain.isascii():
        return domain.lower()
    try:
        return to_ascii(domain).lower()
    except AddressError:
        return domain.casefold()


def same(domain: str, other: str) -> bool:
    r"""
    Tell whether two domains are one, whatever their case and the form of their labels.

    >>> same("b\xfccher.example", "XN--BCHER-KVA.example")
    True
    """
    return domain == other or key(domain) == key(other)


def _refuse_specials(domain: str) -> None:
    """Raise for what can stand in no domain, before anything is mapped to something else."""
    guard_strict(domain, "domain", error=AddressError)
    if found := _specials().search(domain):
        message = (
            f"domain {show(domain)} holds U+{ord(found[0]):04X}, which cannot stand in a domain "
            f"(RFC 5322 3.4.1, RFC 5890 2.3.2.3); write a plain dot between labels and nothing else"
        )
        raise AddressError(message)


@cache
def _specials() -> re.Pattern[str]:
    # UTS 46 would turn U+3002, U+FF0E and U+FF61 into dots, NFKC U+FF20 and U+FE6B into @: what is shown to a person
    # would not be what is sent to.
    return re.compile(r"""[\s()<>\[\]:;@\\,"\u3002\uff0e\uff61\uff20\ufe6b]""")


def _check_lengths(domain: str) -> None:
    """Raise for a domain or label that is too long; in characters, of which an A-label never has fewer octets."""
    # Before any IDNA work, which is not linear (CVE-2022-45061, CVE-2024-3651).
    if len(domain) > MAX_DOMAIN:
        message = (
            f"domain {show(domain)} has {len(domain)} characters; the limit is {MAX_DOMAIN} octets (RFC 5321 4.5.3.1.2)"
        )
        raise AddressError(message)
    longest = max(domain.split("."), key=len)
    if len(longest) > MAX_LABEL:
        message = (
            f"label {show(longest)} of domain {show(domain)} has {len(longest)} characters; the limit is {MAX_LABEL} "
            f"octets (RFC 1035 3.1)"
        )
        raise AddressError(message)


def _check_a_labels(domain: str) -> None:
    """Raise for a label with the A-label prefix that is not what its U-label encodes to."""
    for label in domain.split("."):
        if label[:4].lower() == _ACE and _u_label(label) is None:
            message = (
                f"label {show(label)} of domain {show(domain)} is no A-label: it does not decode to a U-label and back "
                f"(RFC 5890 2.3.2.1); write the domain in Unicode or correct the label"
            )
            raise AddressError(message)


@lru_cache(maxsize=1024)
def _encode(domain: str) -> str:
    """Encode a domain that is within the limits of length."""
    labels = [label if label.isascii() else _a_label(label, domain) for label in domain.split(".")]
    made = ".".join(labels)
    _check_lengths(made)
    _check_a_labels(made)
    return made


def _a_label(label: str, domain: str) -> str:
    """Map one non-ASCII label by UTS 46 and encode it by IDNA 2008."""
    from idna import IDNAError, alabel, uts46_remap

    try:
        mapped = uts46_remap(label, std3_rules=True)
        if not mapped or "." in mapped:
            reason = "it is nothing, or two labels, once mapped"
        elif mapped.isascii() and not (mapped.replace("-", "").isalnum() and mapped.strip("-") == mapped):
            reason = f"it is mapped to {show(mapped)}"
        else:
            return mapped if mapped.isascii() else alabel(mapped).decode("ascii")
    except (IDNAError, UnicodeError) as error:
        reason = str(error).encode("ascii", "backslashreplace").decode()
    message = (
        f"label {show(label)} of domain {show(domain)} is not allowed by IDNA 2008 (RFC 5891 4.2): {reason}; correct "
        f"the domain or write its A-label"
    )
    raise AddressError(message)


@lru_cache(maxsize=1024)
def _u_label(label: str) -> str | None:
    """Decode an A-label, ``None`` for what is none; a label without the prefix is none either."""
    if label[:4].lower() != _ACE or len(label) > MAX_LABEL or not label.isascii():
        return None
    from idna import IDNAError, alabel, ulabel

    try:
        decoded = ulabel(label)
        # Two spellings of one domain must not both pass (CVE-2024-12224).
        return decoded if not decoded.isascii() and alabel(decoded).decode("ascii") == label.lower() else None
    except (IDNAError, UnicodeError):
        return None
