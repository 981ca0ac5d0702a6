r"""
Seeds: a few dozen messages that were written by hand, each for one thing that readers of mail stumble over.

They are for what chance hardly finds, and for programs that want files to begin with.  All were written for this
package.  In ``data/seeds.txt`` a line ``== name`` begins a message; its lines end in CRLF, and ``\r``, ``\n``, ``\t``,
``\\`` and ``\xNN`` are octets.

    data/seeds.txt -> SearchStrategy[bytes]

May import: nothing of ours.  Imported by: `strategies.damage`.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from hypothesis import strategies as st

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["corpora", "seeds"]

_HEAD = "== "
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_OCTETS = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"\\": b"\\"}


@cache
def seeds() -> dict[str, bytes]:
    """Give the seeds by their names, the simplest first."""
    text = resources.files("mimekit.strategies").joinpath("data", "seeds.txt").read_text("ascii")
    _, *chapters = re.split(rf"(?m)^{_HEAD}(.+)\n", text)
    return dict(zip(chapters[::2], map(_message, chapters[1::2]), strict=True))


def _message(text: str) -> bytes:
    """Read a message; the empty line before the next name is none of its own."""
    lines = text.removesuffix("\n").removesuffix("\n").split("\n")
    return b"".join([_ESCAPE.sub(_octet, line.encode("ascii")) + b"\r\n" for line in lines])


def _octet(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[1].decode()) if found[1] else _OCTETS[found[2]]


def corpora() -> SearchStrategy[bytes]:
    """
    Draw one of a few dozen messages that were written by hand, valid and broken, for what chance hardly finds.

    Among them are obsolete syntax, nested and damaged multiparts, every transfer encoding, charsets of East Asia,
    RFC 2231 in sections, reports, invitations, signatures, and spellings that readers disagree about.  Shrinks to the
    shortest one.

    >>> from hypothesis import find
    >>> find(corpora(), lambda octets: b"message/delivery-status" in octets)[:5]
    b'From:'
    """
    return st.deferred(lambda: st.sampled_from(sorted(seeds().values(), key=len)))
