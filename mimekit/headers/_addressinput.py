"""
Addresses given as strings: read by the grammar that one may write, checked, and refused with a reason.

A string that a program builds from a name and an address can mean what nobody intended; so it is wholly an address list
of RFC 5322 3.4, without the obsolete forms, or an error.  The one exception is the dot of `Ada K. <ada@example.com>`.

    text -> [(display name, local part, domain) | (group name, its mailboxes)], or AddressError

May import: `errors`, `defects`, `limits`, `wire.fold`, the private modules beside it.  Imported by: `headers.address`.
"""

from __future__ import annotations

from mimekit.defects import TABLE
from mimekit.errors import AddressError, show
from mimekit.headers import _addresscheck as rules
from mimekit.headers._addresslist import read
from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire.fold import guard

__all__ = ["WAY_OUT", "read_pair", "read_strictly"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimekit.defects import Flaw
    from mimekit.headers._addresslist import Entry, Found

WAY_OUT = "write name@example.com or Name <name@example.com>, or give a (display_name, address) pair"

_WAYS_OUT = {
    "A022": "put the display name in double quotes",
    "A031": "take the comma away, or write an address there",
    "A032": "write a comma between addresses",
    "A039": 'close the quotes, or write \\" for one that is part of the name',
    "A041": "write a comma between addresses",
}
_CHECKED_LATER = ("A005", "A009")  # RFC 5322 allows more domains than RFC 5321: `rules.check` decides
_SHORT = 62  # octets of local part and domain together that are within every limit, with a pair of quotes


def read_strictly(text: str) -> list[Entry]:
    """
    Read an address list; no entry of the result is text.

    >>> read_strictly("Ada <ada@example.com>, Team: b@example.org;")
    [('Ada', 'ada', 'example.com'), ('Team', (('', 'b', 'example.org'),))]
    """
    guard(text, "address", error=AddressError)
    flaws: list[Flaw] = []
    octets = text.encode()
    entries = read(octets, flaws, limits=DEFAULT_LIMITS, literally=True)
    for flaw in flaws:
        if flaw[0] not in _CHECKED_LATER or octets.endswith(b".", flaw[1], flaw[2]):
            raise _refusal(text, flaw)
    if not entries:
        message = f"{show(text)} holds no address; {WAY_OUT}"
        raise AddressError(message)
    for entry in entries:
        if isinstance(entry, str):  # every text has a flaw, and only flaws of `_CHECKED_LATER` come so far
            raise _refusal(text, flaws[0])
        if len(entry) == 3:  # noqa: PLR2004 a mailbox
            _check(entry, flawless=not flaws)
        else:
            for found in entry[1]:
                _check(found, flawless=not flaws)
    return entries


def _check(found: Found, *, flawless: bool) -> None:
    """Check what is read; most addresses are too short and too plain to break a rule."""
    _, local_part, domain = found
    if not (
        flawless
        and local_part
        and len(local_part) + len(domain) <= _SHORT
        and domain.isascii()
        and local_part.isascii()
        and "xn--" not in domain.lower()
        and '"' not in local_part
        and "\\" not in local_part
        and "=?" not in local_part
    ):
        rules.check(local_part, domain)


def read_pair(display_name: str, address: str) -> Found:
    """
    Check a ``(display_name, address)`` pair; the name is data, the address an addr-spec.

    >>> read_pair("Ada <King>", "ada@example.com")
    ('Ada <King>', 'ada', 'example.com')
    """
    guard(display_name, "display name", error=AddressError)
    if "@" in display_name and _is_address(display_name):
        message = (
            f"({show(display_name)}, {show(address)}) is a (display_name, address) pair whose name is itself an "
            f"address; for two addresses give a list"
        )
        raise AddressError(message)
    entry, *more = read_strictly(address)
    if more or isinstance(entry, str) or len(entry) != 3 or entry[0]:  # noqa: PLR2004 a mailbox
        message = (
            f"{show(address)} in a (display_name, address) pair is no addr-spec (RFC 5322 3.4.1); "
            f"write name@example.com without a display name"
        )
        raise AddressError(message)
    return display_name, entry[1], entry[2]


def _is_address(text: str) -> bool:
    """Tell whether *text* is an addr-spec and nothing else."""
    flaws: list[Flaw] = []
    entries = read(text.encode(), flaws, limits=DEFAULT_LIMITS, literally=True)
    return not flaws and len(entries) == 1 and len(entries[0]) == 3 and not entries[0][0]  # noqa: PLR2004 a mailbox


def _refusal(text: str, flaw: Flaw) -> AddressError:
    """Say what is wrong with *text*, which was read with *flaw* in it."""
    code, start, _, detail = flaw
    index = len(text.encode()[:start].decode(errors="ignore"))
    reference = TABLE[code][2] if code in TABLE else "RFC 5322 3.4"
    message = f"{show(text)} is no address: {detail} at index {index} ({reference}); {_WAYS_OUT.get(code, WAY_OUT)}"
    return AddressError(message)
