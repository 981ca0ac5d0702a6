"""
Makers of signed messages, for the examples of rules that look at keys (see `examples.MAKERS`).

    arguments of ``@make`` -> octets, Context

May import: the core, `dkim`, `lint.examples`.  Imported by: `lint.rules.dkim_message`.
"""

from __future__ import annotations

import shlex
import warnings
from functools import cache
from typing import TYPE_CHECKING

from mimekit.dkim.keys import SigningKey, generate_key
from mimekit.dkim.record import txt_record
from mimekit.dkim.sign import Signer
from mimekit.lint import examples

if TYPE_CHECKING:
    from mimekit.lint.examples import Made

__all__: list[str] = []

_NAME = "s2026._domainkey.shop.example"


@cache
def _short_key() -> SigningKey:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is short is what the example shows
        return generate_key(bits=1024)


@examples.maker
def dkim_signed(arguments: str) -> Made:
    """
    Sign the base message for shop.example, and give the key record too.

    ``short`` signs with an RSA key of 1024 bits, ``revoked`` revokes it, ``keyless`` keeps the record back;
    ``OLD=>NEW`` puts octets in place of others once it is signed.
    """
    given = shlex.split(arguments)
    octets, context = examples.example("X-Campaign: autumn")
    key = _short_key() if "short" in given else SigningKey.load(bytes(range(32)))
    made = Signer("shop.example", selector="s2026", key=key, now=context.now).sign(octets)
    for edit in given:
        old, arrow, new = edit.partition("=>")
        if arrow:
            made = made.replace(old.encode(), new.encode())
    records = {} if "keyless" in given else {_NAME: txt_record(key, revoked="revoked" in given)}
    return made, context.changed(keys=records)
