"""
The terminal: everything that is printed passes here, and nothing of a message reaches it as more than visible text.

A header can hold an ESC sequence, a line end, a bidirectional override; a terminal would obey it.  `escape` writes
each as the characters of its escape.  Colour is for people: on a terminal, when `rich` is installed and ``NO_COLOR``
is not set (https://no-color.org); a pipe gets plain text.

    segments of text with the names of styles -> one line;  octets -> octets, or visible text on a terminal

May import: `errors`.  Imported by: much of the package.
"""

from __future__ import annotations

import json
import os

__all__ = ["Terminal", "escape"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TextIO

    from rich.console import Console

    Segment = str | tuple[str, str]

_KEPT = frozenset("\u00a0\u3000")  # spaces that ordinary names and subjects hold
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def escape(text: str) -> str:
    r"""
    Make text visible: controls, formats such as bidi overrides, line separators and surrogates become escapes.

    >>> escape("a\x1b[31mb\u202ec\n")
    'a\\x1b[31mb\\u202ec\\n'
    """
    if text.isprintable():
        return text
    return "".join([char if char.isprintable() or char in _KEPT else _escaped(char) for char in text])


def _escaped(char: str) -> str:
    return _SHORT.get(char) or char.encode("unicode_escape").decode("ascii")


class Terminal:
    """Where a verb prints: *stream*, a text stream over octets such as ``sys.stdout``."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._encoding = stream.encoding or "ascii"
        self._console = _console(stream)

    def line(self, *segments: Segment) -> None:
        """Print one line; a segment is text, or ``(text, style)`` with a style of `rich`, such as ``bold red``."""
        styled = [(segment, "") if isinstance(segment, str) else segment for segment in segments]
        shown = [(self._shown(text), style) for text, style in styled]
        if self._console is None:
            self._stream.write("".join([text for text, _ in shown]).rstrip(" ") + "\n")
            return
        from rich.text import Text

        self._console.print(Text.assemble(*shown), soft_wrap=True)

    def _shown(self, text: str) -> str:
        """Escape what would act, and what the stream's encoding does not have."""
        return escape(text).encode(self._encoding, "backslashreplace").decode(self._encoding)

    def json(self, value: object) -> None:
        """Print a value as JSON: ASCII only, so that it is safe to see too."""
        self._stream.write(json.dumps(value, indent=2).replace("\x7f", "\\u007f") + "\n")

    def octets(self, blocks: Iterable[bytes]) -> None:
        """Write octets as they are into a pipe or file; on a terminal show them as visible lines."""
        if self._stream.isatty():
            for row in b"".join(blocks).decode("utf-8", "backslashreplace").split("\n"):
                self.line(row.removesuffix("\r"))
            return
        self._stream.flush()
        for block in blocks:
            self._stream.buffer.write(block)
        self._stream.buffer.flush()


def _console(stream: TextIO) -> Console | None:
    """Give what prints in colour, or ``None`` where nobody would see it or wants it."""
    if not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return None
    try:
        from rich.console import Console
    except ImportError:
        return None
    return Console(file=stream, markup=False, highlight=False, emoji=False)
