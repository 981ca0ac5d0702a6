r"""
Examples: the *Bad* and *Good* of a rule's page, as messages.

An example is laid over one message that no rule finds fault with: its header lines replace those of the same name or
join at the end, ``-Name`` takes one out, and text after an empty line is the body.  ``\r``, ``\n``, ``\t``, ``\\`` and
``\xNN`` are octets.  A line ``@name arguments`` before all of that is a directive:

    @wire, @smtputf8       what `Context` has
    @lf                    line ends are LF
    @raw                   the example is a whole message; nothing is laid over
    @now 2026-12-01T00:00:00+00:00
    @envelope a@b.test c@d.test        MAIL FROM, then the recipients
    @html                  all that follows is HTML; it is laid in beside a plain text of the same words
    @make name             a message that a maker gives (see `MAKERS`), for what needs a size or a key

    the docstring of a rule -> Page;  an example -> the input of `check`

May import: the core, `lint.rule`.  Imported by: much of the package.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import partial
from textwrap import wrap
from typing import TYPE_CHECKING, NamedTuple

from mimekit.envelope import Envelope
from mimekit.lint.context import Context, LintError

if TYPE_CHECKING:
    from collections.abc import Callable

    from mimekit.lint.rule import Rule

    Made = tuple[bytes, Context]

__all__ = ["BASE", "MAKERS", "NOW", "Page", "example", "maker", "page"]

NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
"""The clock of the examples."""

BASE = b"""\
Date: Tue, 24 Nov 2026 03:30:00 +0000
From: Jane Doe <jane@shop.example>
To: John Roe <john@customer.example>
Subject: Your order 10482
Message-ID: <20261124033000.7f3a9c2e@shop.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 7bit

Hello John,

your order 10482 has left our house this morning.

Jane
"""
"""The message that examples are laid over, its line ends as LF."""

MAKERS: dict[str, Callable[[str], Made]] = {}
"""What makes an input that no few lines can say, by name; it is called with the arguments of ``@make name``."""

_HEADINGS = ("Why it matters", "Bad", "Good", "References")
_HEADING = re.compile(rf"(?m)^({'|'.join(_HEADINGS)}):[ ]*")
_MARKUP = re.compile(r"(?is)<(style|script|title)\b.*?</\1>|<[^>]*>")
_ESCAPE = re.compile(rb"\\(?:x([0-9A-Fa-f]{2})|(.))", re.DOTALL)
_OCTETS = {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"\\": b"\\"}


class Page(NamedTuple):
    """A rule's page: what is wrong, why it matters, examples, references."""

    what: str
    why: str
    bad: tuple[str, ...]
    good: tuple[str, ...]
    references: str


def maker(function: Callable[[str], Made]) -> Callable[[str], Made]:
    """Enter a function into `MAKERS` under its name."""
    MAKERS[function.__name__] = function
    return function


def page(rule: Rule) -> Page:
    """Divide the docstring of a rule; several *Bad* or *Good* stand under headings of their own."""
    what, *found = _HEADING.split(rule.page)
    parts: dict[str, list[str]] = {name: [] for name in _HEADINGS}
    for name, text in zip(found[::2], found[1::2], strict=True):
        parts[name].append(_dedented(text))
    why, references = " ".join(parts["Why it matters"]), " ".join(parts["References"])
    return Page(what.strip(), why, tuple(parts["Bad"]), tuple(parts["Good"]), references or rule.reference)


def _dedented(text: str) -> str:
    """Take four spaces off each line, and empty lines off the ends."""
    lines = [line.removeprefix("    ") for line in text.split("\n")]
    while lines and not lines[0].strip():
        del lines[0]
    while lines and not lines[-1].strip():
        del lines[-1]
    return "\n".join(lines)


def example(text: str, base: bytes = BASE) -> Made:
    """
    Make of an example what `check` takes: octets, and the context.

    *base* is what it is laid over, a message; its line ends become those of the example.
    """
    context = Context(now=lambda: NOW)
    directives, lines = _directives(text)
    line_end, is_raw = b"\r\n", False
    for name, arguments in directives:
        if name == "make":
            which, _, rest = arguments.partition(" ")
            return MAKERS[which](rest)
        if name == "lf":
            line_end = b"\n"
        elif name == "raw":
            is_raw = True
        elif name == "html":
            lines = _beside_plain_text(lines)
        elif name in ("wire", "smtputf8"):
            context = context.changed(**{name: True})
        elif name == "now":
            moment = datetime.fromisoformat(arguments)
            context = context.changed(now=partial(_same, moment))
        elif name == "envelope":
            mail_from, *rcpt_to = arguments.split()
            context = context.changed(envelope=Envelope("" if mail_from == "<>" else mail_from, rcpt_to))
        else:
            message = f"@{name} is no directive of an example"
            raise LintError(message)
    octets = [_octets(line) for line in (lines if is_raw else _laid(lines, base))]
    return line_end.join([*octets, b""]), context


def _beside_plain_text(lines: list[str]) -> list[str]:
    """Lay HTML into a multipart/alternative, after a plain text of the same words."""
    words = _MARKUP.sub(" ", "\n".join(lines)).split() or ["Hello", "John"]
    delimiter = "--=_1"
    return [
        'Content-Type: multipart/alternative; boundary="=_1"',
        "-Content-Transfer-Encoding",
        "",
        delimiter,
        "Content-Type: text/plain; charset=us-ascii",
        "",
        *wrap(" ".join(words), 72),
        delimiter,
        "Content-Type: text/html; charset=us-ascii",
        "",
        *lines,
        f"{delimiter}--",
    ]


def _same(moment: datetime) -> datetime:
    return moment


def _directives(text: str) -> tuple[list[tuple[str, str]], list[str]]:
    lines = text.split("\n") if text else []
    found: list[tuple[str, str]] = []
    while lines and lines[0].startswith("@"):
        name, _, arguments = lines.pop(0)[1:].partition(" ")
        found.append((name, arguments))
    return found, lines


def _laid(lines: list[str], base: bytes) -> list[str]:
    """Lay an example over the base message: its fields replace or join, its body replaces."""
    escaped = base.replace(b"\r\n", b"\n").replace(b"\\", rb"\\").decode("ascii", "backslashreplace")
    below = escaped.removesuffix("\n").split("\n")
    at = below.index("")
    fields: list[tuple[str, list[str]]] = []
    for line in below[:at]:
        if line.startswith((" ", "\t")):
            fields[-1][1].append(line)
        else:
            fields.append((_name(line), [line]))
    body = below[at + 1 :]
    if "" in lines:
        end = lines.index("")
        lines, body = lines[:end], lines[end + 1 :]
    replaced: set[str] = set()
    place = len(fields)
    for line in lines:
        if line.startswith((" ", "\t", "\\t")):
            fields[place][1].append(line)
            continue
        if line.startswith("-"):
            fields = [pair for pair in fields if pair[0] != line[1:].lower()]
            continue
        name = _name(line)
        places = [number for number, (known, _) in enumerate(fields) if known == name]
        if places and name not in replaced:
            place = places[0]
            fields = [pair for number, pair in enumerate(fields) if pair[0] != name or number == place]
            fields[place] = (name, [line])
        else:
            fields.append((name, [line]))
            place = len(fields) - 1
        replaced.add(name)
    return [*[line for _, own in fields for line in own], "", *body]


def _name(line: str) -> str:
    return line.partition(":")[0].strip().lower()


def _octets(line: str) -> bytes:
    """Read the escapes of a line."""
    return _ESCAPE.sub(_octet, line.encode())


def _octet(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[1].decode()) if found[1] else _OCTETS.get(found[2], found[0])
