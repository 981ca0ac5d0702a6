"""
Show the header of a message, its MIME tree with sizes and encodings, and what is wrong with its octets.

    FILE -> tables and frames, or JSON

May import: the core, `cli`.  Imported by: `cli`.
"""

from __future__ import annotations

from mimekit.cli import describe, source
from mimekit.cli.frames import frame

__all__ = ["NOTES", "arguments", "run"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mimekit.cli.terminal import Terminal
    from mimekit.message import Message
    from mimekit.part import Part

    Row = tuple[str, str, str, str, str]

NOTES = """\
Sizes are octets: of the part as transferred, and of its content. Defects do not change the exit code. The message of a
spec is shown without the signatures that compose and send give it.
"""

_DEEPEST = 20  # levels that are indented; what is deeper stands below the last one
_TYPE_WIDTH = 60  # columns for the longest media type that still moves the sizes
_TITLES = ("part", "encoding", "octets", "content", "")
_NAME_WIDTH = 28  # columns for the longest field name that still moves the values


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb."""
    source.add_argument(parser, "FILE", "a message, or a spec (.toml)")
    parser.add_argument("--json", action="store_true", help="print header, parts and defects as JSON")


def run(given: Namespace, terminal: Terminal) -> int:
    """Do what the arguments ask for."""
    message = source.unsigned(given.file, note="not signed by its table dkim, for which show needs no key")
    if given.json:
        terminal.json(describe.message(message) | {"defects": describe.defects(message)})
        return 0
    _header(message, terminal)
    terminal.line()
    _tree(message, terminal)
    _defects(message, terminal)
    return 0


def _header(message: Message, terminal: Terminal) -> None:
    fields = list(message.headers)
    width = max([len(name) for name, _ in fields if len(name) <= _NAME_WIDTH], default=0)
    for name, value in fields:
        terminal.line((f"{name}:".ljust(width + 1), "bold"), f" {value}")


def _tree(message: Message, terminal: Terminal) -> None:
    rows = [_TITLES, *[_row(part, depth) for depth, part in describe.walk(message)]]
    widths = [min(max([len(row[column]) for row in rows]), _TYPE_WIDTH) for column in range(5)]
    for row in rows:
        kind, encoding = row[0].ljust(widths[0]), row[1].ljust(widths[1])
        left = f"{kind}  {encoding}  {row[2].rjust(widths[2])}  {row[3].rjust(widths[3])}"
        terminal.line((left, "dim" if row is _TITLES else ""), (f"  {row[4]}", "dim" if row is _TITLES else "cyan"))


def _row(part: Part, depth: int) -> Row:
    """Give the columns of one part."""
    kind = part.content_type
    declared = kind.essence + (f"; charset={kind.charset}" if kind.charset else "")
    number = f"{part.number} " if part.number else ""
    octets = describe.content_size(part)
    disposition = part.disposition
    about = ["" if disposition is None else disposition.disposition]
    about += [text for text in (part.filename, part.content_id) if text]
    return (
        f"{'  ' * min(depth, _DEEPEST)}{number}{declared}",
        part.transfer_encoding or "unknown",
        f"{part.size:,}",
        "" if octets is None else f"{octets:,}",
        " ".join([text for text in about if text]),
    )


def _defects(message: Message, terminal: Terminal) -> None:
    found = message.defects
    octets = message.to_bytes() if found else b""
    for defect in found:
        terminal.line()
        for segments in frame(octets, defect):
            terminal.line(*segments)
