"""
Show what the envelope of a message would be beside what its header shows.

    FILE -> a table, or JSON

May import: the core, `cli`.  Imported by: `cli`.
"""

from __future__ import annotations

from mimekit.cli import describe, source

__all__ = ["NOTES", "arguments", "run"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mimekit.cli.terminal import Terminal

NOTES = "Hidden recipients are served and stand in no To or Cc field. An address that cannot be read is an error."


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb."""
    source.add_argument(parser, "FILE", "a message, or a spec (.toml)")
    parser.add_argument("--json", action="store_true", help="print the envelope as JSON")


def run(given: Namespace, terminal: Terminal) -> int:
    """Do what the arguments ask for."""
    message = source.unsigned(given.file)  # a signature changes no envelope
    if given.json:
        terminal.json(describe.envelope(message))
        return 0
    envelope = message.envelope
    diff = envelope.diff(message)
    first, *rows = str(diff).split("\n")
    terminal.line((first, "bold"), *[f" {option}" for option in envelope.mail_options])
    for row, (_, _, served) in zip(rows, diff.rows, strict=True):
        terminal.line((row, "" if served else "bold red"))
    return 0
