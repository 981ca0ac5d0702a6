"""
Seeds: what a target begins with, by kind.

Most are made of what the repository has: the examples of the lint rules and the published attacks are messages with one
odd thing each, and every field of theirs is a seed for the readers of values.  The folder ``seeds`` holds the rest, and
with it every input that once broke a promise: what was found stays an input of the tests.

    a kind -> octets, sorted and each once
"""

from __future__ import annotations

import json
from base64 import encodebytes
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from quopri import encodestring

from mimekit import parse_headers
from mimekit.dkim import Signer
from mimekit.lint import examples, selection
from tests.fuzzing.keys import DOMAIN, SELECTORS, key, now

__all__ = ["KINDS", "files", "seeds"]

_FOLDER = Path(__file__).parent / "seeds"
_ATTACKS = Path(__file__).parents[1] / "security" / "attacks.json"
_MOST = 4096
_SEPARATOR = b"From jane@shop.example Tue Nov 24 03:30:00 2026\n"


@cache
def seeds(kind: str) -> tuple[bytes, ...]:
    """Give the seeds of a kind: those that are made and those of its folder."""
    return tuple(sorted({octets for octets in KINDS[kind]() if len(octets) <= _MOST}.union(files(kind))))


def files(kind: str) -> tuple[bytes, ...]:
    """Give the seeds of a kind that are files."""
    folder = _FOLDER / kind
    return tuple([path.read_bytes() for path in sorted(folder.iterdir())]) if folder.is_dir() else ()


def _messages() -> Iterator[bytes]:
    for rule in selection.load().values():
        page = examples.page(rule)
        for text in (*page.bad, *page.good):
            yield examples.example(text)[0]
    for row in json.loads(_ATTACKS.read_text())["attacks"]:
        if row["codes"] and row["codes"] != ["refused"]:
            yield examples.example(row["message"])[0]


def _optioned(count: int) -> Iterator[bytes]:
    """Messages after octets that choose what is done with them."""
    for number, octets in enumerate(seeds("messages")):
        yield bytes([number % 251, *[number * 7 % 241] * (count - 1)]) + octets


def _fields() -> Iterator[bytes]:
    for octets in seeds("messages"):
        headers = parse_headers(octets)
        for name in {name.lower() for name, _ in headers}:
            yield from headers.all_raw(name)


def _bodies() -> Iterator[bytes]:
    for octets in seeds("messages"):
        body = octets.partition(b"\r\n\r\n")[2] or octets
        yield from (body, encodebytes(body), encodestring(body))
    yield b"Hello\nbegin 644 cat.txt\n#0V%T\n`\nend\nbye\n"


def _texts() -> Iterator[bytes]:
    """Give texts as they come from a caller: decoded values of fields."""
    for octets in seeds("messages"):
        for _, value in parse_headers(octets):
            yield value.encode()


def _signed() -> Iterator[bytes]:
    messages = [one for one in seeds("messages") if b"\nFrom:" in b"\n" + one and len(one) < _MOST // 2][::40]
    forms = ("relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed")
    for number, octets in enumerate(messages):
        selector = SELECTORS[number % len(SELECTORS)]
        signer = Signer(
            DOMAIN,
            selector=selector,
            key=key(selector),
            canonicalization=forms[number % len(forms)],
            copied=("from", "subject") if number % 3 else (),
            now=now,
            allow_8bit=True,
        )
        try:
            yield signer.sign(octets)
        except ValueError:  # what an example shows is what a signer refuses
            continue
    for octets in seeds("messages"):
        if b"DKIM-Signature" in octets:
            yield octets


def _mailboxes() -> Iterator[bytes]:
    messages = seeds("messages")
    for number in range(0, len(messages) - 2, 9):
        pair = [one.replace(b"\r\n", b"\n").replace(b"\nFrom ", b"\n>From ") for one in messages[number : number + 2]]
        yield b"".join([_SEPARATOR + one + b"\n" for one in pair])


def _of_folder() -> Iterator[bytes]:
    """Nothing is made; all are files."""
    return iter(())


KINDS: dict[str, Callable[[], Iterator[bytes]]] = {
    "messages": _messages,
    "optioned": lambda: _optioned(4),
    "fields": _fields,
    "bodies": _bodies,
    "texts": _texts,
    "signed": _signed,
    "mailboxes": _mailboxes,
    "arguments": _of_folder,
    "records": _of_folder,
    "rows": _of_folder,
    "specs": _of_folder,
    "templates": _of_folder,
}
