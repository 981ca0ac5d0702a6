"""
Domains: to whom a domain belongs, by the public suffix list.

RFC 7489 3.2 calls it the organisational domain: the one label that was registered below a public suffix, and what
follows it.  `publicsuffixlist` brings the list of publicsuffix.org, the private section included, for the customers of
one host are not one organisation.  It is read when the first domain is asked for.

    domain -> organisational domain

May import: `codecs.domain`; publicsuffixlist, on first use.  Imported by: `lint.rules.bulk`, `lint.rules.bulk_content`,
`lint.rules.dkim_message`, `lint.rules.headers_ids`, `lint.rules.security`, `lint.rules.security_content`,
`lint.signed`.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import TYPE_CHECKING

from mimekit.codecs import domain as domains

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

__all__ = ["organisational", "same_organisation"]

_LONGEST = 1000  # characters of what is looked up: a domain has at most 253


@cache
def _suffixes() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList

    return PublicSuffixList()


@lru_cache(maxsize=1024)
def organisational(domain: str) -> str:
    r"""
    Give the organisational domain in A-labels and lower case; never raises.

    A public suffix, an address literal, an IPv4 address and what is no domain are their own.

    >>> organisational("news.shop.co.uk"), organisational("Mail.B\u00fccher.Example."), organisational("co.uk")
    ('shop.co.uk', 'xn--bcher-kva.example', 'co.uk')
    """
    key = domains.key(domain).removesuffix(".")
    if not key or len(key) > _LONGEST or key[-1] == "]" or key.rpartition(".")[2].isdigit():
        return key
    return _suffixes().privatesuffix(key) or key


def same_organisation(domain: str, other: str) -> bool:
    """
    Tell whether two domains belong to one organisation (RFC 7489 3.1: what relaxed alignment asks).

    >>> same_organisation("news.shop.example", "shop.example"), same_organisation("a.co.uk", "b.co.uk")
    (True, False)
    """
    return domain.lower() == other.lower() or organisational(domain) == organisational(other)
