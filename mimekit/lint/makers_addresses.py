"""
Makers of the examples of family A: messages with more or longer addresses than a page can show.

    arguments of ``@make name`` -> octets, context

May import: `lint.examples`.  Imported by: `lint.rules.addresses_domains`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.lint.examples import example, maker

if TYPE_CHECKING:
    from mimekit.lint.examples import Made

__all__ = ["long_address", "recipients"]


@maker
def long_address(octets: str) -> Made:
    """Give a message to an address of that many octets."""
    domain = ".".join(["d" * 60] * 3) + ".example"
    local_part = "j" * (int(octets) - len(domain) - 1)
    return example(f"To: John Roe\n <{local_part}@{domain}>")


@maker
def recipients(count: str) -> Made:
    """Give a message to that many people."""
    lines = ",\n ".join([f"john{number}@customer.example" for number in range(int(count))])
    return example(f"To: {lines}")
