"""
Makers of the examples of family T: bodies of a size, a shape or an encoding that no few lines can say.

    the arguments of ``@make`` -> octets, context

May import: `codecs`, `lint.examples`.  Imported by: `lint.rules.html_structure`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.codecs import transfer
from mimekit.lint.examples import example, maker

if TYPE_CHECKING:
    from mimekit.lint.examples import Made

__all__ = ["html_of_size", "style_of_size", "url_of_length"]

_HEAD = """\
@html
<!DOCTYPE html>
<html lang="en"><head><title>Your order</title>"""
_QUOTED = """\
Content-Type: multipart/alternative; boundary="=_1"
-Content-Transfer-Encoding

--=_1
Content-Type: text/plain; charset=us-ascii

Your order 10482 has left our house this morning. Follow it
--=_1
Content-Type: text/html; charset=us-ascii
Content-Transfer-Encoding: quoted-printable

{}
--=_1--
"""
_SENTENCE = "<p>Your order 10482 has left our house this morning.</p>\n"


@maker
def html_of_size(arguments: str) -> Made:
    """Make a message whose HTML has that many octets."""
    head = f"{_HEAD}</head><body>\n"
    tail = "</body></html>"
    size = int(arguments) - len(head.partition("\n")[2]) - len(tail) - 2
    lines, rest = divmod(size, len(_SENTENCE) + 1)
    body = _SENTENCE * lines + f"<!--{'x' * max(0, rest - 9)}-->\n"
    return example(head + body + tail)


@maker
def style_of_size(arguments: str) -> Made:
    """Make a message whose style block has that many characters."""
    one = "p{margin-top:12px}\n"
    lines, rest = divmod(int(arguments), len(one))
    style = one * lines + " " * rest
    return example(f"{_HEAD}<style>{style}</style></head><body>\n{_SENTENCE}</body></html>")


@maker
def url_of_length(arguments: str) -> Made:
    """Make a message with a link of that many characters."""
    url = "https://shop.example/"
    url += "a" * (int(arguments) - len(url))
    html = f'<!DOCTYPE html>\n<html lang="en"><body>{_SENTENCE}<p><a href="{url}">Follow it</a></p></body></html>\n'
    quoted = transfer.encode("quoted-printable", html.replace("\n", "\r\n").encode()).decode().replace("\r\n", "\n")
    return example(_QUOTED.format(quoted.rstrip()))
