"""
Limits: the bounds that make parsing total, in time linear in the input.

A limit that is passed is a defect of family `L`; what lies beyond is kept as opaque octets and written back
unchanged.  One object is shared by a message and everything nested in it.

    keyword arguments -> Limits

May import: `frozen`.  Imported by: much of the package.
"""

from __future__ import annotations

from mimekit.frozen import Frozen, put

__all__ = ["DEFAULT_LIMITS", "WHOLE_HEADER", "Limits"]

_DEFAULTS = {
    "max_message_bytes": 64 * 2**20,  # above every provider's cap; over it the body is one opaque part
    "max_depth": 100,  # multipart and message/*, encoded or not: Dovecot and Postfix agree on 100
    "max_parts": 10_000,  # Dovecot, rspamd
    "max_header_fields": 10_000,  # in one header block
    "max_header_block_bytes": 2**20,  # address fields do not count: they have their own bound
    "max_field_bytes": 256 * 2**10,  # likewise
    "max_field_name": 256,
    "max_params_per_field": 128,  # Dovecot after CVE-2026-27859
    "max_boundary": 2_048,  # Postfix; over 70 is a defect of its own (RFC 2046 5.1.1)
    "max_addresses_per_field": 1_000_000,
    "max_group_depth": 3,  # one is legal; deeper ones are a defect, past three unread
    "max_comment_depth": 16,
    "max_encoded_words_per_field": 5_000,
    "max_msg_ids": 1_000,
    "max_date_bytes": 200,
    "max_encoded_depth": 3,  # messages inside base64 inside base64: each level is decoded, so it is bounded
    "max_decoded_bytes": 256 * 2**20,  # octets of encoded embedded messages that are opened, in all
    "max_defects": 100,  # kept in `Message.defects`; the first of each code is always among them
}


class Limits(Frozen):
    """
    Bounds of parsing: octets, counts and depths; every one can be overridden by keyword.

    >>> Limits(max_depth=5).max_depth
    5
    """

    __slots__ = tuple(_DEFAULTS)

    max_message_bytes: int
    max_depth: int
    max_parts: int
    max_header_fields: int
    max_header_block_bytes: int
    max_field_bytes: int
    max_field_name: int
    max_params_per_field: int
    max_boundary: int
    max_addresses_per_field: int
    max_group_depth: int
    max_comment_depth: int
    max_encoded_words_per_field: int
    max_msg_ids: int
    max_date_bytes: int
    max_encoded_depth: int
    max_decoded_bytes: int
    max_defects: int

    def __init__(self, **bounds: int) -> None:
        for name in bounds:
            if name not in _DEFAULTS:
                message = f"Limits has no bound named {name!r}; it has {', '.join(_DEFAULTS)}"
                raise TypeError(message)
        for name, default in _DEFAULTS.items():
            value = bounds.get(name, default)
            if not isinstance(value, int) or value < 0:
                message = f"{name} is {value!r}; a bound is an int of 0 or more"
                raise TypeError(message)
            put(self, name, value)


DEFAULT_LIMITS = Limits()

WHOLE_HEADER = Limits(max_header_fields=2**62, max_header_block_bytes=2**62)
"""For headers on the way out, where a Bcc field must not hide behind a limit."""
