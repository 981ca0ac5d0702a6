r"""
The rules of building: what may be a local part and a domain.

RFC 5322 3.4.1 without the obsolete forms, the lengths of RFC 5321 4.5.3.1, and for the stricter profile the syntax of
RFC 5321 4.1.2.  What passes here is safe in a header field and in an SMTP command.

    local part, domain -> nothing, or AddressError

May import: `errors`, `wire.fold`, `codecs.domain`, `headers._literal`.  Imported by: `headers._addressinput`,
`headers.address`, `strategies`.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from mimekit.codecs import domain as domains
from mimekit.errors import AddressError, show
from mimekit.headers._literal import is_smtp_literal
from mimekit.wire.fold import guard_strict

__all__ = ["ascii_domain", "check", "check_length", "check_smtp", "spelled"]

_MAX_LOCAL_PART = 64  # octets, RFC 5321 4.5.3.1.1
_MAX_ADDRESS = 254  # octets: a path has 256 with its brackets (RFC 5321 4.5.3.1.3)


@cache
def _dot_atom() -> re.Pattern[str]:
    # dot-atom-text, RFC 5322 3.2.3 with UTF8-non-ascii of RFC 6532 3.2
    atext = "[A-Za-z0-9!#$%&'*+\\-/=?^_`{|}~\u00a0-\U0010ffff]++"
    return re.compile(rf"{atext}(?:\.{atext})*+")


@cache
def _smtp_domain() -> re.Pattern[str]:
    label = "[A-Za-z0-9]++(?:-++[A-Za-z0-9]++)*+"
    return re.compile(rf"{label}(?:\.{label})*+")


@cache
def _literal() -> re.Pattern[str]:
    return re.compile(r"\[[!-Z^-~]++\]")


@cache
def _encoded_word() -> re.Pattern[str]:
    return re.compile(r"=\?[^?]*+\?[^?]*+\?[^?]*+\?=")


def spelled(local_part: str) -> str:
    """
    Give a local part as an addr-spec has it: quoted where it is no dot-atom, so that nothing in it ends it.

    >>> spelled("ada.lovelace"), spelled("ada> NOTIFY=NEVER")
    ('ada.lovelace', '"ada> NOTIFY=NEVER"')
    """
    if (local_part.isalnum() and local_part.isascii()) or _dot_atom().fullmatch(local_part):
        return local_part
    return '"' + local_part.replace("\\", "\\\\").replace('"', '\\"') + '"'


def ascii_domain(domain: str) -> str:
    r"""
    Give a domain in A-labels, a domain literal as it is; raise `AddressError` for what can be neither.

    >>> ascii_domain("b\u00fccher.example"), ascii_domain("[192.0.2.1]")
    ('xn--bcher-kva.example', '[192.0.2.1]')
    """
    if domain[:1] == "[":
        if _literal().fullmatch(domain):
            return domain
        message = f"{show(domain)} is no domain literal: printable ASCII between [ and ] (RFC 5322 3.4.1)"
        raise AddressError(message)
    return _known(domain) if len(domain) < _SHORT else _checked(domain)


def _checked(domain: str) -> str:
    made = domains.to_ascii(domain)
    if not _dot_atom().fullmatch(made) or "-." in made or ".-" in made or made[0] == "-" or made[-1] == "-":
        message = (
            f"{show(domain)} is no domain: it takes labels with one dot between two of them, no hyphen at either end "
            f"(RFC 5322 3.4.1, RFC 1035 2.3.1); correct it, or write an address literal in brackets"
        )
        raise AddressError(message)
    return made


# By the spelling, octet for octet; the few domains of a run are asked for again and again.
_known = lru_cache(maxsize=1024)(_checked)
_SHORT = 256  # characters of a domain that can be one


def check(local_part: str, domain: str) -> None:
    """Raise `AddressError` for what may not stand in an address that is built."""
    if not local_part:
        message = f"the address at {show(domain)} has an empty local part; readers do not agree on what it is"
        raise AddressError(message)
    guard_strict(local_part, "local part", error=AddressError)
    refuse_encoded_word(local_part, "local part")
    refuse_encoded_word(domain, "domain")
    octets = len(spelled(local_part).encode())
    if octets > _MAX_LOCAL_PART:
        message = (
            f"local part {show(local_part)} has {octets} octets, its quotes among them; the limit is "
            f"{_MAX_LOCAL_PART} (RFC 5321 4.5.3.1.1)"
        )
        raise AddressError(message)
    check_length(local_part, ascii_domain(domain))


def refuse_encoded_word(text: str, what: str) -> None:
    """Raise `AddressError` for what a reader who decodes before it parses would take for another address."""
    if "=?" in text and _encoded_word().search(text):
        message = f"{what} {show(text)} looks like an encoded word, which may not stand there (RFC 2047 5)"
        raise AddressError(message)


def check_length(local_part: str, domain: str) -> None:
    """Raise `AddressError` when the address, with a domain in A-labels, is too long for any path."""
    octets = len(spelled(local_part).encode()) + 1 + len(domain)
    if octets > _MAX_ADDRESS:
        message = (
            f"address {show(f'{local_part}@{domain}')} has {octets} octets; the limit is {_MAX_ADDRESS} "
            f"(RFC 5321 4.5.3.1.3)"
        )
        raise AddressError(message)


def check_smtp(domain: str) -> None:
    """Raise `AddressError` for a domain that RFC 5321 4.1.2 does not let stand in an envelope."""
    made = ascii_domain(domain)
    if not (is_smtp_literal(made) if made[:1] == "[" else _smtp_domain().fullmatch(made)):
        message = (
            f"{show(domain)} is no domain for SMTP: letters, digits and inner hyphens in each label, or an IPv4 or "
            f"IPv6 address literal (RFC 5321 4.1.2)"
        )
        raise AddressError(message)
