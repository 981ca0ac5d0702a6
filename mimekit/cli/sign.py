"""
Sign a message with DKIM (RFC 6376) and write it.

    FILE and a key -> octets with a DKIM-Signature field on top

May import: the core, `dkim`, `cli`.  Imported by: `cli`.
"""

from __future__ import annotations

from mimekit.cli import moment, output, signing, source
from mimekit.codecs import plain
from mimekit.errors import SpecError
from mimekit.parser import parse

__all__ = ["NOTES", "arguments", "run"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mimekit.cli.terminal import Terminal
    from mimekit.message import Message

NOTES = """\
What is signed are the octets that are written: hand them over as they are.  --key and --selector can come several
times, an RSA and an Ed25519 key for one domain; RSA signatures stand on top of the others.  A password opens those of
several keys that are encrypted.

A key file is PEM, DER, OpenSSH, or the seed of an Ed25519 key; `mimekit keygen` makes one.  Bcc recipients are not in
what is written, and a file is not written over with what lacks them.  Line ends of LF are written as CRLF.
"""


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb."""
    source.add_argument(parser, "FILE", "a message, or a spec (.toml)")
    parser.add_argument("--domain", required=True, help="the signing domain, d=")
    parser.add_argument("--selector", required=True, action="append", help="the selector of the key, s=")
    parser.add_argument("--key", required=True, action="append", metavar="FILE", help="the private key")
    parser.add_argument("--password-file", metavar="FILE", help="holds the password of an encrypted key")
    parser.add_argument("--identity", help="the agent or user that it is signed for, i=")
    parser.add_argument("--ses", action="store_true", help="leave out what Amazon SES replaces (Date, Message-ID, ...)")
    moment.add_argument(parser, "the time of signing, t=")
    output.add_argument(parser)


def run(given: Namespace, terminal: Terminal) -> int:
    """Do what the arguments ask for."""
    if len(given.key) != len(given.selector):
        message = f"{len(given.key)} of --key and {len(given.selector)} of --selector; give one selector for each key"
        raise SpecError(message)
    tables: list[dict[str, object]] = []
    for key, selector in zip(given.key, given.selector, strict=True):
        table: dict[str, object] = {"domain": given.domain, "selector": selector, "key": key, "ses": given.ses}
        table |= {"password_file": given.password_file} if given.password_file else {}
        table |= {"identity": given.identity} if given.identity else {}
        tables.append(table)
    signers = signing.by_one_password(tables) if given.password_file else signing.signers(tables)
    path = None if given.output == "-" else given.output
    with moment.fixed(given.now):
        unsigned = _with_crlf(source.read(given.file))
        hidden = output.hidden(unsigned, given.file, path)
        signed = output.shown(signing.sign(unsigned, signers))
    if hidden:
        output.note(f"{hidden} not in what was signed; whoever sends it has to name them")
    if path is not None:
        output.write(path, signed.iter_bytes())
    output.tell(signed, path, terminal)
    return 0


def _with_crlf(message: Message) -> Message:
    """Give the line ends of SMTP to a file that has none of them; one that has both is not touched."""
    octets = b"" if message.root.is_built else message.root.raw
    if b"\r" in octets or b"\n" not in octets:
        return message
    output.note("the message has line ends of LF; they are written as CRLF, as SMTP has them (RFC 5321 2.3.8)")
    return parse(plain.to_crlf(octets))
