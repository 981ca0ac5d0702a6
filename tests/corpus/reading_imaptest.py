r"""
imaptest's scripts: the commands and the answers it expects of an IMAP server, as values.

A script has a few settings, an empty line, and then commands that must succeed (`ok ...`), each followed by answers
that must come (`* ...`) or must not (`! ...`).  A literal stands between `{{{` and `}}}` on lines of their own; its
line ends are CRLF when sent, after `~` they are what they are.  `$name` is a value that is remembered.  The messages
stand in a mailbox of the same name.

    a script -> commands with their answers; a mailbox -> messages as they are appended
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["Answer", "Command", "Value", "appended", "arrivals", "commands", "fetched"]

Value = bytes | str | tuple["Value", ...]
"""A string (quoted or literal) is octets, an atom is `str`, a list is a tuple."""

_TOKEN = re.compile(
    rb"""(?x)
      (?P<open>\() | (?P<close>\))
    | "(?P<quoted>(?:[^"\\]|\\.)*)"
    | (?P<tilde>~?)\{\{\{\r?\n(?P<literal>(?s:.*?))\n\}\}\}
    | (?P<atom>(?:[^\s()"\[\]{}]|\[[^\]]*\]|\$\{\w+\})+)
    """
)
_LINE = re.compile(rb"(?:[^\n{]|\{(?!\{\{)|\{\{\{\n(?s:.*?)\n\}\}\})*")
_SEPARATOR = re.compile(rb"(?m)^From .*\n")
_ARRIVAL = re.compile(r"From \S+ +\S+ (\w+) +(\d+) ([\d:]+) (\d+)")


class Answer(NamedTuple):
    """One answer."""

    must_come: bool
    values: tuple[Value, ...]


class Command(NamedTuple):
    """One command that succeeds, and its answers."""

    words: tuple[Value, ...]
    answers: tuple[Answer, ...]


def commands(path: Path) -> list[Command]:
    """Read a script."""
    _, _, body = path.read_bytes().partition(b"\n\n")
    found: list[tuple[tuple[Value, ...], list[Answer]]] = []
    for match in _LINE.finditer(body):
        mark, _, rest = match[0].strip().partition(b" ")
        if mark == b"ok":
            found.append((_values(rest), []))
        elif mark in (b"*", b"!") and found:
            found[-1][1].append(Answer(mark == b"*", _values(rest)))
    return [Command(words, tuple(answers)) for words, answers in found]


def _values(line: bytes) -> tuple[Value, ...]:
    """Read the values of a line."""
    stack: list[list[Value]] = [[]]
    for token in _TOKEN.finditer(line):
        if token["open"]:
            stack.append([])
        elif token["close"]:
            inner = tuple(stack.pop())
            stack[-1].append(inner)
        elif token["atom"]:
            stack[-1].append(token["atom"].decode("latin-1"))
        elif token["quoted"] is not None:
            stack[-1].append(re.sub(rb"\\(.)", rb"\1", token["quoted"]))
        else:
            octets = token["literal"]
            stack[-1].append(octets if token["tilde"] else re.sub(rb"\r?\n", b"\r\n", octets))
    return tuple(stack[0])


def fetched(answer: Answer) -> Iterator[tuple[str, Value]]:
    """Yield the items of a FETCH answer, names in lower case."""
    items = answer.values[2]
    assert isinstance(items, tuple)
    for name, value in zip(items[::2], items[1::2], strict=True):
        assert isinstance(name, str)
        yield name.lower(), value


def appended(path: Path) -> list[bytes]:
    """Give the messages of a mailbox as they are appended: CRLF, the empty line before a separator included."""
    return [re.sub(rb"\r?\n", b"\r\n", octets) for octets in _SEPARATOR.split(path.read_bytes())[1:]]


def arrivals(path: Path) -> list[tuple[int, str]]:
    """Give the day and the time of day at which each message arrived; all of a mailbox are of one month."""
    lines = _SEPARATOR.findall(path.read_bytes())
    found = [_ARRIVAL.match(line.decode()) for line in lines]
    return [(int(match[2]), match[3]) for match in found if match]
