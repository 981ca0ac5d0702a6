"""
Send the message of a spec: into an outbox, to an SMTP server, or through Amazon SES.

    SPEC -> where the copy of each recipient went; exit code 1 when one was refused

May import: the core, `smtp`, `ses`, `cli`.  Imported by: `cli`.
"""

from __future__ import annotations

import re

from mimekit.cli import source
from mimekit.errors import MimekitError, SpecError, show

__all__ = ["NOTES", "arguments", "run"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Mapping

    from mimekit.cli.terminal import Terminal
    from mimekit.delivery import Delivery

    # For each recipient whether the copy was taken, and what to say of it.
    Outcome = dict[str, tuple[bool, str]]

NOTES = """\
The outbox is a Maildir: each copy stands in DIR/new as it would be sent, its envelope in DIR/envelopes.
--bcc says what Bcc recipients get (RFC 5322 3.6.3): omit, the same copy as everybody; separate, a copy of their own
with a Bcc field that names nobody else; empty, one copy for all with an empty Bcc field.
"""

_SERVER = re.compile(r"(?:\[([0-9A-Fa-f:.]++)\]|([^\[\]:\s]++))(?::([0-9]{1,5}))?")
_SECONDS = 60


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb."""
    source.add_argument(parser, "SPEC", "a message spec (TOML), or a message")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--outbox", metavar="DIR", default="outbox", help="write into this outbox (default: outbox)")
    way.add_argument("--smtp", metavar="HOST:PORT", help="hand over to this SMTP server")
    way.add_argument("--ses", action="store_true", help="hand over to Amazon SES, API v2; needs boto3")
    parser.add_argument("--bcc", choices=("omit", "separate", "empty"), default="omit", help="(default: omit)")


def run(given: Namespace, terminal: Terminal) -> int:
    """Do what the arguments ask for."""
    message = source.read(given.file)
    deliveries = message.deliveries(given.bcc)
    fields = {address: shown for address, shown, _ in message.envelope.diff(message).rows}
    if given.smtp is not None:
        hand_over = _to_smtp(given.smtp)
    elif given.ses:
        hand_over = _to_ses(deliveries)
    else:
        hand_over = _to_outbox(given.outbox)
    outcomes = [hand_over(delivery) for delivery in deliveries]
    rows = [(address, taken, what) for outcome in outcomes for address, (taken, what) in outcome.items()]
    width = max([len(address) for address, _, _ in rows])
    terminal.line((f"MAIL FROM <{deliveries[0].mail_from}>", "bold"))
    for address, taken, what in rows:
        left = f"  {address.ljust(width)}  {fields.get(address, '').ljust(4)}  "
        terminal.line(left, (what, "" if taken else "bold red"))
    refused = sum([not taken for _, taken, _ in rows])
    served = len(rows) - refused
    terminal.line(f"{_count(served, 'recipient')} in {_count(len(deliveries), 'copy', 'copies')}, {refused} refused")
    return 1 if refused else 0


def _count(number: int, one: str, more: str | None = None) -> str:
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def _to_outbox(path: str) -> Callable[[Delivery], Outcome]:
    from mimekit.maildir import Outbox

    outbox = Outbox(path)

    def hand_over(delivery: Delivery) -> Outcome:
        entry = outbox.deliver(delivery)
        return {address: (True, str(entry.path)) for address in delivery.rcpt_to}

    return hand_over


def _to_smtp(server: str) -> Callable[[Delivery], Outcome]:
    """Give what hands a delivery to an SMTP server, each over a connection of its own: one may break."""
    import smtplib

    from mimekit import smtp

    found = _SERVER.fullmatch(server)
    port = int(found[3] or 25) if found else 0
    if found is None or not 0 < port < 2**16:
        message = f"--smtp is {show(server)}; give HOST:PORT, such as localhost:2525 or [::1]:25"
        raise SpecError(message)
    host = found[1] or found[2]

    def hand_over(delivery: Delivery) -> Outcome:
        answers: Mapping[str, tuple[int, bytes | str]] = {}
        failed = None
        try:
            with smtplib.SMTP(host, port, timeout=_SECONDS) as client:
                answers = smtp.send(client, delivery)
        except smtplib.SMTPRecipientsRefused as error:
            answers = error.recipients
        except smtplib.SMTPResponseException as error:
            answers = dict.fromkeys(delivery.rcpt_to, (error.smtp_code, error.smtp_error))
        except (MimekitError, smtplib.SMTPException, OSError) as error:
            failed = getattr(error, "strerror", None) or str(error) or type(error).__name__
        outcome = dict.fromkeys(delivery.rcpt_to, (True, f"accepted by {server}"))
        if failed is not None:
            return dict.fromkeys(delivery.rcpt_to, (False, f"not sent to {server}: {failed}"))
        return outcome | {address: (False, f"refused by {server}: {_reply(*answers[address])}") for address in answers}

    return hand_over


def _reply(code: int, text: bytes | str) -> str:
    """Give the reply of a server as text."""
    return f"{code} {text.decode('utf-8', 'backslashreplace') if isinstance(text, bytes) else text}"


def _to_ses(deliveries: list[Delivery]) -> Callable[[Delivery], Outcome]:
    """Give what hands a delivery to Amazon SES; every limit is checked before the first call."""
    from mimekit import ses

    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError
    except ImportError:
        message = "--ses needs boto3, which is not installed; install mimekit[ses]"
        raise SpecError(message) from None
    calls = {id(delivery): ses.send_email(delivery) for delivery in deliveries}
    try:
        client = boto3.client("sesv2")
    except BotoCoreError as error:
        message = f"Amazon SES cannot be called: {error}"
        raise SpecError(message) from None

    def hand_over(delivery: Delivery) -> Outcome:
        try:
            answer = client.send_email(**calls[id(delivery)])
        except (BotoCoreError, ClientError) as error:
            return dict.fromkeys(delivery.rcpt_to, (False, f"refused by SES: {error}"))
        return dict.fromkeys(delivery.rcpt_to, (True, f"accepted by SES as {answer['MessageId']}"))

    return hand_over
