"""
Nothing that is built holds a line or a part that the caller did not ask for: header injection.

The ids of tests name published advisories, or the row of the catalogue (`catalogue.toml`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes, policy
from random import Random

import pytest

from mimekit import (
    Envelope,
    Group,
    HeaderError,
    Mailbox,
    Message,
    MimekitError,
    Part,
    forward,
    parse,
    reply,
    reply_all,
    ses,
)
from tests.support.positions import NOW, POSITIONS, Position, build

CONTROLS = [
    *[chr(code) for code in range(0x20)],
    *[chr(code) for code in range(0x7F, 0xA0)],
    "\u2028",
    "\u2029",
    "\ud800",
    "\udc0a",
    "\udfff",
    "\u760d",  # its low octet is CR
    "\u760a",  # its low octet is LF
    "\u560d\u560a",  # likewise
]

# Octets that no header may hold: the controls but the line ends, which are looked at apart.
_RAW = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_NAMES = {"from", "to", "sender", "reply-to", "cc"}


def _headers(octets: bytes) -> Iterator[bytes]:
    """Yield the header block of every part that our parser finds."""
    for part in parse(octets).parts:
        yield part.headers.to_bytes()


def _shape(octets: bytes) -> list[tuple[str, ...]]:
    """Give the names of the fields of every part, as the standard library reads them."""
    read = message_from_bytes(octets, policy=policy.compat32)
    shape = []
    for part in read.walk():
        assert not part.defects
        shape.append(tuple([part.get_content_type().split("/")[0], *part.keys()]))
    return shape


def _own_shape(octets: bytes) -> list[tuple[str, ...]]:
    """Give the same as our parser reads it."""
    return [(part.content_type.maintype, *[name for name, _ in part.headers]) for part in parse(octets).parts]


def check_built(octets: bytes) -> None:
    """Check that no header of a message that was built holds a raw control or a line that is no field."""
    assert re.search(rb"\r(?!\n)|(?<!\r)\n|\0", octets) is None
    for block in _headers(octets):
        text = block.decode("utf-8")
        found = _RAW.search(text)
        assert found is None, (found, text)
        assert re.fullmatch(r"(?:[!-9;-~]+: ?(?:[^\r\n]*)\r\n(?:[ \t][^\r\n]*[^ \t\r\n][^\r\n]*\r\n)*)*", text), text
    assert _own_shape(octets) == _shape(octets)


def outcome(position: Position, text: str) -> Message | None:
    """Build with *text* in that place; ``None`` when it is refused at once, with a sentence that is safe to print."""
    try:
        message = position.build(text)
    except MimekitError as error:
        assert str(error).isprintable()
        assert str(error).isascii()
        return None
    octets = message.to_bytes()
    check_built(octets)
    assert b"".join(message.iter_bytes()) == octets
    return message


@pytest.mark.parametrize("position", POSITIONS, ids=lambda position: position.name)
def test_no_control_character_reaches_the_output_raw(position: Position) -> None:
    for control in CONTROLS:
        for text in (control, f"x{control}y", f"x{control}", f"{control}y", f"x{control} y", f"x{control}X-Inj: 1"):
            message = outcome(position, text)
            if message is not None and position.read is not None:
                read = position.read(parse(message.to_bytes()))
                assert read == text


@pytest.mark.parametrize("position", POSITIONS, ids=lambda position: position.name)
def test_no_value_adds_a_field_or_a_part(position: Position) -> None:
    attacks = [
        f"x{end}{more}"
        for end in ("\r\n", "\n", "\r", "\r\n ", "\r\n\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u760d\u760a")
        for more in ("Bcc: e@x.test", "X-Injected: 1", "--b\r\n", "")
    ]
    usual = {tuple(sorted({name.lower() for _, *names in _shape(build().to_bytes()) for name in names}))}
    for text in attacks:
        message = outcome(position, text)
        if message is None:
            continue
        for _, *names in _shape(message.to_bytes()):
            assert "X-Injected" not in names
            assert "Bcc" not in names
        assert usual
