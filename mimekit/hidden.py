"""
Hidden fields: Bcc and Resent-Bcc, cut out of what others will see.

RFC 5322 3.6.3: a blind recipient is in the envelope, and in no header that somebody else gets.

    a message -> the same without these fields, every other octet as it was

May import: `part`, `limits`, `errors`.  Imported by: `compose`, `generator`.
"""

from __future__ import annotations

from mimekit.errors import HeaderError
from mimekit.limits import WHOLE_HEADER
from mimekit.part import Part

__all__ = ["cut", "cut_octets", "same_reading"]

_NAMES = ("Bcc", "Resent-Bcc")
_KEYS = (b"bcc", b"resent-bcc")


def cut(root: Part) -> Part:
    """Give the message without its hidden fields; *root* itself when it has none."""
    if not root.is_built:
        octets = cut_octets(root.raw)
        return root if octets == root.raw else Part.of_span(octets, 0, len(octets), limits=root.limits)
    headers = root.headers
    for name in _NAMES:
        headers = headers.without(name) if name in headers else headers
    if headers is root.headers:
        return root
    return Part(headers, root.pieces, children=root.children, embedded=root.embedded)


def cut_octets(octets: bytes) -> bytes:
    """Cut the hidden fields out, all at once: without one of them the rest of the header may read otherwise."""
    kept: list[bytes] = []
    start = offset = 0
    for line, key in Part.of_span(octets, 0, len(octets), limits=WHOLE_HEADER).headers.lines():
        end = offset + len(line) + 1
        if key in _KEYS:
            kept.append(octets[start:offset])
            start = end
        offset = end
    if not kept:
        return octets
    made = b"".join(kept) + octets[start:]
    same_reading(octets, made, _KEYS, "Bcc")
    return made


def same_reading(before: bytes, after: bytes, changed: tuple[bytes, ...], name: str) -> None:
    """
    Raise `HeaderError` when the other fields of a header read otherwise after an edit.

    Only a header with lines that are no fields can: what follows decides whether such a line ends it (RFC 7103 7.2).
    A Bcc field that turns into text would be shown to everybody.
    """
    old, new = [
        [key for _, key in Part.of_span(octets, 0, len(octets), limits=WHOLE_HEADER).headers.lines() if key]
        for octets in (before, after)
    ]
    if [key for key in old if key not in changed] != [key for key in new if key not in changed]:
        message = (
            f"without its {name} field the rest of this header reads otherwise, for it has a line that is no field; "
            f'build a clean one first: msg.with_encoding("8bit") drops such lines'
        )
        raise HeaderError(message)
