"""
Address literals: what may stand between the brackets of `user@[192.0.2.1]`.

RFC 5321 4.1.3 gives the forms.  Of the tags that a literal may begin with IANA lists one,
`IPv6`, so everything else is a domain literal of RFC 5322 3.4.1 that no SMTP server knows.

    text between the brackets -> a diagnosis code

May import: nothing.  Imported by: `headers._addresscheck`, `headers._addrspec`, `headers.diagnose`.
"""

from __future__ import annotations

import re
from functools import cache

__all__ = ["diagnose_literal", "is_smtp_literal"]

_GROUPS = 8


@cache
def _ipv4() -> re.Pattern[str]:
    octet = r"(?:25[0-5]|2[0-4][0-9]|[01]?[0-9]{1,2})"  # Snum: 1*3DIGIT from 0 to 255
    return re.compile(rf"(?<![0-9A-Za-z_]){octet}(?:\.{octet}){{3}}\Z")


@cache
def _hexadecimal() -> re.Pattern[str]:
    return re.compile("[0-9A-Fa-f]{0,4}")


def is_smtp_literal(domain: str) -> bool:
    """
    Tell whether *domain*, with its brackets, is an address literal that RFC 5321 4.1.3 lets stand in an envelope.

    >>> is_smtp_literal("[192.0.2.1]"), is_smtp_literal("[IPv6:2001:db8::1]"), is_smtp_literal("[somewhere]")
    (True, True, False)
    """
    return diagnose_literal(domain[1:-1]) in ("addressliteral", "ipv6deprecated")


def diagnose_literal(content: str) -> str:
    """
    Say what the text between the brackets is, by a code of `headers.diagnose`.

    >>> diagnose_literal("192.0.2.1"), diagnose_literal("IPv6:1:2"), diagnose_literal("somewhere")
    ('addressliteral', 'ipv6-grpcount', 'domainliteral')
    """
    ipv4 = _ipv4().search(content[-16:])
    if ipv4 is not None and len(ipv4[0]) == len(content):
        return "addressliteral"
    if content[:5].lower() != "ipv6:":
        return "domainliteral"
    # An IPv4 address at the end stands for the last two groups.
    address = content[5:] if ipv4 is None else content[5 : -len(ipv4[0])] + "0:0"
    return _diagnose_ipv6(address)


def _diagnose_ipv6(address: str) -> str:
    """Check the groups of an IPv6 address (RFC 4291 2.2)."""
    if address[:1] == ":" != address[1:2]:
        return "ipv6-colonstrt"
    if address[-1:] == ":" != address[-2:-1]:
        return "ipv6-colonend"
    groups = address.split(":")
    elided = address.find("::")
    # `::` at either end is two empty groups where elsewhere it is one.
    most = _GROUPS + (elided == 0 or elided == len(address) - 2)
    single = elided >= 0 and elided == address.rfind("::")
    faults = {
        "ipv6-maxgrps": single and len(groups) > most,
        "ipv6-badchar": not all(_hexadecimal().fullmatch(group) for group in groups),
        "ipv6-2x2xcolon": elided >= 0 and not single,
        "ipv6-grpcount": elided < 0 and len(groups) != _GROUPS,
        # RFC 5321 4.1.3: `::` stands for two groups at least; RFC 4291 allows one.
        "ipv6deprecated": single and len(groups) == most,
    }
    return next((code for code, is_so in faults.items() if is_so), "addressliteral")
