"""
Build the message of a spec and write it, raw or as the call of Amazon SES.

    SPEC -> octets, or JSON

May import: the core, `ses`, `cli`.  Imported by: `cli`.
"""

from __future__ import annotations

import os
from base64 import b64encode
from contextlib import nullcontext
from datetime import datetime

from mimekit import generator
from mimekit.cli import describe, source
from mimekit.clock import current_rng, current_time, deterministic
from mimekit.codecs import plain
from mimekit.errors import SpecError, show
from mimekit.message import Message

__all__ = ["NOTES", "arguments", "run"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable
    from contextlib import AbstractContextManager

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
    parser.add_argument("-o", "--output", metavar="FILE.eml", help="write the raw message to this file")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--ses", choices=("v1", "v2"), help="print the call of Amazon SES, API v1 or v2, as JSON")
    form.add_argument("--json", action="store_true", help="print envelope, parts and octets (base64) as JSON")
    parser.add_argument("--now", metavar="ISO", help="the time of building, such as 2026-11-24T12:00:00+00:00")
    parser.add_argument("--seed", help="draw boundaries and ids from this seed, to get the same octets again")


def run(given: Namespace, terminal: Terminal) -> int:
    """Do what the arguments ask for."""
    with _clock(given.now, given.seed):
        message = source.read(given.file)
        shown = _without_hidden(message)
        output = None if given.output == "-" else given.output
        if output is not None:
            _write(output, shown.iter_bytes())
        if given.ses is not None:
            from mimekit import ses

            call = ses.send_raw_email(message) if given.ses == "v1" else ses.send_email(message)
            terminal.json(_wire(call))
        elif given.json:
            described = describe.message(shown)
            described["envelope"] = describe.envelope(message)
            described |= {"data": b64encode(shown.to_bytes()).decode()} if output is None else {"file": output}
            terminal.json(described)
        elif output is not None:
            terminal.line(f"{output}: {shown.size:,} octets")
        else:
            terminal.octets(shown.iter_bytes())
    return 0


def _without_hidden(message: Message) -> Message:
    """Give the message as others may see it; one that hides nobody keeps its octets, whatever its line ends are."""
    root = generator.without_hidden(message.root)
    if root is message.root or (not root.is_built and root.raw == plain.to_crlf(message.root.raw)):
        return message
    return Message.of(root)


def _clock(now: str | None, seed: str | None) -> AbstractContextManager[None]:
    """Fix time and randomness as far as asked for."""
    if now is None and seed is None:
        return nullcontext()
    moment = current_time()
    if now is not None:
        try:
            moment = datetime.fromisoformat(now)
        except ValueError:
            moment = moment.replace(tzinfo=None)
        if moment.tzinfo is None:
            text = f"--now is {show(now)}; give a time with its offset, such as 2026-11-24T12:00:00+00:00"
            raise SpecError(text)
    if seed is None:
        return deterministic(current_rng().getrandbits(128), moment)
    return deterministic(int(seed) if seed.isascii() and seed.isdecimal() else seed, moment)


def _write(path: str, blocks: Iterable[bytes]) -> None:
    """Write a file, all of it or nothing: a message that ends in the middle looks like a message."""
    if os.path.exists(path) and not os.path.isfile(path):  # noqa: PTH110, PTH113 - a pipe, or /dev/null
        with open(path, "wb") as file:  # noqa: PTH123 - the argument stays the str it is
            file.writelines(blocks)
        return
    part = f"{path}.{os.getpid()}.part"
    file = open(part, "xb")  # noqa: PTH123, SIM115 - closed below, before it is renamed or removed
    try:
        with file:
            file.writelines(blocks)
        os.replace(part, path)  # noqa: PTH105 - the argument stays the str it is
    except BaseException:
        os.unlink(part)  # noqa: PTH108 - the argument stays the str it is
        raise


def _wire(value: object) -> object:
    """Give a value as JSON has it, octets as base64."""
    if isinstance(value, (bytes, bytearray)):
        return b64encode(value).decode()
    if isinstance(value, dict):
        return {name: _wire(item) for name, item in value.items()}
    return [_wire(item) for item in value] if isinstance(value, (list, tuple)) else value
