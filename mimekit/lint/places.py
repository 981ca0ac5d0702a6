"""
Places: from what was read of a header field back to the octets it came from.

    raw octets of an address field, an entry read from it -> (start, end)

May import: the core.  Imported by: `lint.fieldviews`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.headers.address import Mailbox

if TYPE_CHECKING:
    from mimekit.headers.address import Unparsed

__all__ = ["of_address"]

_FAR = 4096  # octets of one entry in which its address is looked for


def of_address(raw: bytes, entry: Mailbox | Unparsed, position: int) -> tuple[int, int]:
    """Find an entry of an address field from *position* on: its addr-spec, or its text; the whole rest if it is not."""
    if isinstance(entry, Mailbox):
        octets = entry.address.encode("utf-8", "replace")
        if "@" in entry.display_name:  # which may be the address again
            found = _find(raw, b"<" + octets, position)
            if found is not None:
                return found[0] + 1, found[1]
        found = _find(raw, octets, position)
        if found is None:
            found = _find(raw, f"{entry.local_part}@{entry.domain}".encode("utf-8", "replace"), position)
    else:
        found = _find(raw, str(entry).encode("utf-8", "replace"), position)
    if found is not None:
        return found
    end = raw.find(b",", position)
    end = len(raw.rstrip(b" \t\r\n")) if end < 0 else end
    start = position + len(raw[position:end]) - len(raw[position:end].lstrip(b" \t\r\n,"))
    return min(start, end), end


def _find(raw: bytes, octets: bytes, position: int) -> tuple[int, int] | None:
    at = raw.find(octets, position, position + len(octets) + _FAR) if octets else -1
    return None if at < 0 else (at, at + len(octets))
