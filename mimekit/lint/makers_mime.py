"""
Makers of family M: messages of the examples that need a size or a depth.

    what stands after ``@make`` -> octets, Context

May import: `lint.examples`, `lint.context`.  Imported by: `lint.rules.mime_boundaries`, `lint.rules.mime_structure`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.lint.context import Context
from mimekit.lint.examples import NOW, maker

if TYPE_CHECKING:
    from mimekit.lint.examples import Made

__all__ = ["html_with_image", "many_parts", "multipart_with_boundary", "nested_multiparts"]

_HEADER = b"""\
Date: Tue, 24 Nov 2026 03:30:00 +0000
From: Jane Doe <jane@shop.example>
To: John Roe <john@customer.example>
Subject: Your order 10482
Message-ID: <20261124033000.7f3a9c2e@shop.example>
MIME-Version: 1.0
"""
_LEAF = b"Content-Type: text/plain; charset=utf-8\n\nHello John\n"


def _made(body: bytes) -> Made:
    return (_HEADER + body).replace(b"\n", b"\r\n"), Context(now=lambda: NOW)


def _multipart(boundary: bytes, *parts: bytes) -> bytes:
    """Give a multipart/mixed, header and body."""
    dashed = b"".join([b"--%b\n%b" % (boundary, part) for part in parts])
    return b'Content-Type: multipart/mixed; boundary="%b"\n\n%b--%b--\n' % (boundary, dashed, boundary)


@maker
def multipart_with_boundary(arguments: str) -> Made:
    """Make a multipart whose boundary has so many characters."""
    return _made(_multipart(b"b" * int(arguments), _LEAF, _LEAF))


@maker
def nested_multiparts(arguments: str) -> Made:
    """Make a leaf in so many multiparts."""
    part = _LEAF
    for level in range(int(arguments)):
        part = _multipart(b"=_%03d" % level, _LEAF, part)
    return _made(part)


@maker
def many_parts(arguments: str) -> Made:
    """Make a multipart of so many leaves."""
    return _made(_multipart(b"=_1", *[_LEAF] * int(arguments)))


_TEXT = b"""\
Hello John, your order 10482 has left our house; expect the parcel
Thursday between nine and twelve o'clock at Mill Lane 7. Yours, Jane Doe
"""


@maker
def html_with_image(arguments: str) -> Made:
    """Make an HTML text that shows a picture; ``another`` adds one that it does not show, ``mixed`` puts it outside."""
    picture = (
        b"Content-Type: image/png; name=map.png\n"
        b"Content-Disposition: inline; filename=map.png\nContent-ID: <map@shop.example>\n"
        b"Content-Transfer-Encoding: base64\n\niVBORw0KGgo=\n"
    )
    html = (
        b"Content-Type: text/html; charset=utf-8\n\n"
        b'<!doctype html><html lang="en"><head><title>Your order</title></head>\n<body><p>'
    )
    html += _TEXT + b'</p>\n<img src="cid:map@shop.example" alt="Map" width="10" height="10"></body></html>\n'
    parts = [html, picture]
    if arguments == "another":
        parts.append(picture.replace(b"map", b"plan"))
    if arguments == "mixed":
        shown = _multipart(b"=_2", b"Content-Type: text/plain; charset=utf-8\n\n" + _TEXT, html)
        return _made(_multipart(b"=_1", shown.replace(b"/mixed", b"/alternative"), picture))
    related = _multipart(b"=_2", *parts).replace(b"/mixed;", b'/related; type="text/html";')
    text = b"Content-Type: text/plain; charset=utf-8\n\n" + _TEXT
    return _made(_multipart(b"=_1", text, related).replace(b"/mixed", b"/alternative"))
