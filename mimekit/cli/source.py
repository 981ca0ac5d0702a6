"""
Sources: the file that a verb was given, as a message.

A verb that takes a spec takes a message too.  The suffix decides, ``.toml`` or another one; ``-`` and a file without a
suffix are looked at: the first line of a spec is a comment, a table or ``key =``, that of a message is ``Name:``.  A
verb that judges what others sent does not look: its input is no spec unless the name of the file says so.

    a path or ``-`` -> Message

May import: the core.  Imported by: `cli.compose`, `cli.envelope`, `cli.lint`, `cli.send`, `cli.show`, `cli.sign`,
`cli.verify`.
"""

from __future__ import annotations

import os
import re
import sys
from io import BytesIO

from mimekit import spec
from mimekit.cli import output, signing
from mimekit.parser import parse

__all__ = ["add_argument", "is_spec", "read", "unsigned"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser

    from mimekit.message import Message

_SPEC = re.compile(rb"\A(?:\xef\xbb\xbf)?(?:[ \t\r\n]++|#[^\n]*+)*+(?:\[|[A-Za-z0-9_-]++[ \t]*+=)")


class _Named(BytesIO):
    """Octets with the name of the file they came from."""

    name: str


def add_argument(parser: ArgumentParser, name: str, what: str) -> None:
    """Add the argument that `read` reads."""
    parser.add_argument("file", metavar=name, help=f"{what}; - is standard input")


def read(path: str) -> Message:
    """Read the message, or build that of the spec, signed when the spec has a table ``dkim``."""
    found = _read(path)
    if not isinstance(found, spec.Spec):
        return found
    return signing.sign(found.build(), signing.signers(found.signing, base=found.base, name=found.name))


def unsigned(path: str, *, note: str = "", is_received: bool = False) -> Message:
    """
    Read the message, or build that of the spec and do not sign it: no key is read.

    *note* is said when the spec has a table ``dkim``.  What *is_received* is a spec only by the suffix of its name.
    """
    found = _read(path, is_received=is_received)
    if not isinstance(found, spec.Spec):
        return found
    if found.signing and note:
        output.note(f"{found.name}: {note}")
    return found.build()


def _read(path: str, *, is_received: bool = False) -> Message | spec.Spec:
    octets = _octets(path)
    if not is_spec(path, octets, is_received=is_received):
        return parse(octets)
    file = _Named(octets)
    file.name = "standard input" if path == "-" else os.path.basename(path)  # noqa: PTH119 - the argument stays the str it is
    return spec.read(file, base=os.path.dirname(path) or ".")  # noqa: PTH120 - the argument stays the str it is


def is_spec(path: str, octets: bytes, *, is_received: bool = False) -> bool:
    """Tell whether a file is a spec, by its path and its first octets; what *is_received* by its suffix alone."""
    suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122 - a str stays a str
    return suffix == ".toml" or (not suffix and not is_received and _SPEC.match(octets) is not None)


def _octets(path: str) -> bytes:
    if path == "-":
        return sys.stdin.buffer.read()
    with open(path, "rb") as file:  # noqa: PTH123 - the argument stays the str it is
        return file.read()
