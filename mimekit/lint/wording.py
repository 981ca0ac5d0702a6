r"""
Wording: how the sentence of a finding quotes what stands in the message.

An error may end up in a log or in an answer of a server, so `errors.show` is ASCII.  A finding is read by a person, who
does not know what ``\xfc`` is; its reporters escape what their format has no place for.

    a value of a message -> how a person reads it, in quotes

May import: nothing.  Imported by: much of the package.
"""

from __future__ import annotations

__all__ = ["show"]


def show(value: str | bytes | None, limit: int = 72) -> str:
    r"""
    Quote *value* as people read it, at most *limit* characters.

    What cannot be seen (controls, marks of direction, lone surrogates) is escaped, and so are octets over 127 unless
    all of them are UTF-8.

    >>> show("b\xfccher.example") == show(b"b\xc3\xbccher.example") == "'b\xfccher.example'"
    True
    >>> show("a\x1b\u202e"), show(b"\xfcber")
    ("'a\\x1b\\u202e'", "'\\xfcber'")
    """
    if value is None:
        return "None"
    most = 4 * limit  # no need to escape what is cut anyway
    cut = value[:most]
    text = repr(cut) if isinstance(cut, str) else _octets(cut, is_cut=len(value) > most)
    return text if len(text) <= limit else text[: limit - 4] + "..." + text[-1]


def _octets(value: bytes, *, is_cut: bool) -> str:
    try:
        return repr(value.decode("utf-8"))
    except UnicodeDecodeError as error:
        if is_cut and error.end == len(value):
            return repr(value[: error.start].decode("utf-8"))  # a character that was cut
        return repr(value)[1:]
