"""
Makers of family E: messages of the examples that need a size.

    what stands after ``@make`` -> octets, Context

May import: `codecs`, `lint.examples`, `lint.context`.  Imported by: `lint.rules.encodings`.
"""

from __future__ import annotations

from binascii import b2a_base64
from typing import TYPE_CHECKING

from mimekit.lint.context import Context
from mimekit.lint.examples import NOW, maker

if TYPE_CHECKING:
    from mimekit.lint.examples import Made

__all__ = ["base64_lines", "quoted_printable_line"]

_HEADER = b"""\
Date: Tue, 24 Nov 2026 03:30:00 +0000
From: Jane Doe <jane@shop.example>
To: John Roe <john@customer.example>
Subject: Your order 10482
Message-ID: <20261124033000.7f3a9c2e@shop.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: %b

%b
"""
_TEXT = "Hello J\u00f6rg, your order 10482 has left our house this morning.\n".encode()


def _made(encoding: bytes, body: bytes) -> Made:
    return (_HEADER % (encoding, body)).replace(b"\n", b"\r\n"), Context(now=lambda: NOW)


@maker
def base64_lines(arguments: str) -> Made:
    """Make a text in base64 with lines of so many characters."""
    width = int(arguments)
    characters = b2a_base64(_TEXT * 4, newline=False)
    lines = [characters[at : at + width] for at in range(0, len(characters), width)]
    return _made(b"base64", b"\n".join(lines))


@maker
def quoted_printable_line(arguments: str) -> Made:
    """Make a text in quoted-printable with a line of so many characters."""
    return _made(b"quoted-printable", b"J=C3=B6rg " + b"x" * (int(arguments) - 10))
