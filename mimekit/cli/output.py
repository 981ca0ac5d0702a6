"""
Output: where a verb writes a raw message, and that nobody is in it who must not be seen.

    Message -> a file, or standard output

May import: the core, `cli.terminal`.  Imported by: `cli.compose`, `cli.lint`, `cli.sign`, `cli.signing`, `cli.source`.
"""

from __future__ import annotations

import os
import sys

from mimekit import generator
from mimekit.cli.terminal import escape
from mimekit.codecs import plain
from mimekit.errors import SpecError, show
from mimekit.headers.address import AddressList
from mimekit.message import Message

__all__ = ["add_argument", "hidden", "note", "shown", "tell", "write"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser
    from collections.abc import Iterable

    from mimekit.cli.terminal import Terminal


def add_argument(parser: ArgumentParser) -> None:
    """Add the argument for the file."""
    parser.add_argument("-o", "--output", metavar="FILE.eml", help="write the raw message to this file")


def hidden(message: Message, source: str, path: str | None) -> str:
    """
    Count, in words, the recipients that `shown` leaves out of a message read from *source* and written to *path*.

    Empty where there are none.  Raises `SpecError` when that is the same file: they stand nowhere else.
    """
    number = _hidden(message)
    count = f"{number} Bcc recipient{'' if number == 1 else 's'}" if number else ""
    if count and path is not None and source != "-" and os.path.exists(path) and os.path.samefile(source, path):  # noqa: PTH110, PTH121 - the arguments stay the str they are
        text = (
            f"{show(path)} would be written over and lose {count}, for what others see does not name them; give "
            f"another file to -o"
        )
        raise SpecError(text)
    return count


def _hidden(message: Message) -> int:
    if message.root.is_built:
        return len(message.bcc.mailboxes)
    count = 0
    for name in ("Bcc", "Resent-Bcc"):
        for raw in message.headers.all_raw(name):
            found = AddressList.parse(raw)
            count += len(found.mailboxes) if found and found.mailboxes else bool(raw.strip())
    return count


def shown(message: Message) -> Message:
    """Give the message as others may see it; one that hides nobody keeps its octets, whatever its line ends are."""
    root = generator.without_hidden(message.root)
    if root is message.root or (not root.is_built and root.raw == plain.to_crlf(message.root.raw)):
        return message
    return Message.of(root)


def tell(message: Message, path: str | None, terminal: Terminal) -> None:
    """Write the octets to standard output, or say where they were written."""
    if path is None:
        terminal.octets(message.iter_bytes())
    else:
        terminal.line(f"{path}: {message.size:,} octets")


def note(text: str) -> None:
    """Say on standard error what is to be known and stops nothing."""
    encoding = sys.stderr.encoding or "ascii"
    sys.stderr.write(f"mimekit: note: {escape(text)}\n".encode(encoding, "backslashreplace").decode(encoding))


def write(path: str, blocks: Iterable[bytes]) -> None:
    """Write a file, all of it or nothing: a message that ends in the middle looks like a message."""
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113 - a pipe, or /dev/null
        with open(path, "wb") as file:  # noqa: PTH123 - the argument stays the str it is
            file.writelines(blocks)
        return
    part = f"{path}.{os.getpid()}.part"
    try:
        file = open(part, "xb")  # noqa: PTH123, SIM115 - closed below, before it is renamed or removed
    except OSError as error:
        error.filename = path  # what was asked for
        raise
    try:
        with file:
            file.writelines(blocks)
        os.replace(part, path)  # noqa: PTH105 - the argument stays the str it is
    except BaseException:
        os.unlink(part)  # noqa: PTH108 - the argument stays the str it is
        raise
