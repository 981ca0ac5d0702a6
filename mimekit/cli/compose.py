"""
Build the message of a spec and write it, raw or as the call of Amazon SES.

    SPEC -> octets, or JSON

May import: the core, `ses`, `cli`.  Imported by: `cli`.
"""

from __future__ import annotations

from base64 import b64encode

from mimekit.cli import describe, moment, output, source

__all__ = ["NOTES", "arguments", "run"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mimekit.cli.terminal import Terminal

NOTES = """\
Without -o, --ses and --json the raw message goes to standard output; the Bcc recipients are not in it.

--ses prints what boto3 takes as keyword arguments, octets as base64.  That is also what the AWS command line takes:
  mimekit compose SPEC.toml --ses v1 >call.json && aws ses send-raw-email --cli-input-json file://call.json
  mimekit compose SPEC.toml --ses v2 >call.json && aws sesv2 send-email --cli-input-json file://call.json
"""


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb."""
    source.add_argument(parser, "SPEC", "a message spec (TOML), or a message")
    output.add_argument(parser)
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--ses", choices=("v1", "v2"), help="print the call of Amazon SES, API v1 or v2, as JSON")
    form.add_argument("--json", action="store_true", help="print envelope, parts and octets (base64) as JSON")
    moment.add_argument(parser, "the time of building")
    parser.add_argument("--seed", help="draw boundaries and ids from this seed, to get the same octets again")


def run(given: Namespace, terminal: Terminal) -> int:
    """Do what the arguments ask for."""
    with moment.fixed(given.now, given.seed):
        message = source.read(given.file)
        path = None if given.output == "-" else given.output
        output.hidden(message, given.file, path)
        shown = output.shown(message)
        if path is not None:
            output.write(path, shown.iter_bytes())
        if given.ses is not None:
            from mimekit import ses

            call = ses.send_raw_email(message) if given.ses == "v1" else ses.send_email(message)
            terminal.json(_wire(call))
        elif given.json:
            described = describe.message(shown)
            described["envelope"] = describe.envelope(message)
            described |= {"data": b64encode(shown.to_bytes()).decode()} if path is None else {"file": path}
            terminal.json(described)
        else:
            output.tell(shown, path, terminal)
    return 0


def _wire(value: object) -> object:
    """Give a value as JSON has it, octets as base64."""
    if isinstance(value, (bytes, bytearray)):
        return b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _wire(item) for name, item in value.items()}
    return [_wire(item) for item in value] if isinstance(value, (list, tuple)) else value
