"""
Send the message of a spec: into an outbox, to an SMTP server, or through Amazon SES.

    SPEC -> where the copy of each recipient went; exit code 1 when one was refused

May import: the core, `smtp`, `ses`, `cli`.  Imported by: `cli`.
"""

from __future__ import annotations

import re
from contextlib import suppress
from typing import NamedTuple

from mimekit.cli import source
from mimekit.errors import MimekitError, SpecError, show

__all__ = ["NOTES", "arguments", "run"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Mapping

    from mimekit.cli.terminal import Terminal
    from mimekit.delivery import Delivery

    Outcome = dict[str, "_Answer"]

NOTES = """\
The outbox is a Maildir: each copy stands in DIR/new as it would be sent, its envelope in DIR/envelopes.
--bcc says what Bcc recipients get (RFC 5322 3.6.3): omit, the same copy as everybody; separate, a copy of their own
with a Bcc field that names nobody else; empty, one copy for all with an empty Bcc field.
"""

_SERVER = re.compile(r"(?:\[([0-9A-Fa-f:.]++)\]|([^\[\]:\s]++))(?::([0-9]{1,5}))?")
_SECONDS = 60


class _Answer(NamedTuple):
    """What became of the copy of one recipient."""

    shown: str
    """What is said of it to a person."""
    where: str
    """The file, or who was asked to take it."""
    code: int | None = None
    text: str | None = None
    """Why it was not taken: the server's words after *code*, or ours; ``None`` when it was."""

    @property
    def served(self) -> bool:
        """Whether it was taken."""
        return self.text is None


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb."""
    source.add_argument(parser, "SPEC", "a message spec (TOML), or a message")
    way = parser.add_mutually_exclusive_group()
    way.add_argument("--outbox", metavar="DIR", default="outbox", help="write into this outbox (default: outbox)")
    way.add_argument("--smtp", metavar="HOST[:PORT]", help="hand over to this SMTP server; port 25 unless given")
    way.add_argument("--ses", action="store_true", help="hand over to Amazon SES, API v2; needs boto3")
    parser.add_argument("--bcc", choices=("omit", "separate", "empty"), default="omit", help="(default: omit)")
    parser.add_argument("--json", action="store_true", help="print the outcome for each recipient as JSON")


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
    rows = [(copy, *row) for copy, outcome in enumerate(outcomes, 1) for row in outcome.items()]
    refused = sum([not answer.served for _, _, answer in rows])
    if given.json:
        terminal.json(_described(deliveries, rows, fields))
        return 1 if refused else 0
    width = max([len(address) for _, address, _ in rows])
    terminal.line((f"MAIL FROM <{deliveries[0].mail_from}>", "bold"))
    for _, address, answer in rows:
        left = f"  {address.ljust(width)}  {fields.get(address, '').ljust(4)}  "
        terminal.line(left, (answer.shown, "" if answer.served else "bold red"))
    served = len(rows) - refused
    terminal.line(f"{_count(served, 'recipient')} in {_count(len(deliveries), 'copy', 'copies')}, {refused} refused")
    return 1 if refused else 0


def _described(
    deliveries: list[Delivery], rows: list[tuple[int, str, _Answer]], fields: dict[str, str]
) -> dict[str, object]:
    """Describe the outcome; *copy* counts the copies from 1."""
    served = sum([answer.served for _, _, answer in rows])
    return {
        "mail_from": deliveries[0].mail_from,
        "copies": len(deliveries),
        "served": served,
        "refused": len(rows) - served,
        "recipients": [
            {
                "address": address,
                "fields": fields[address].split(", ") if fields.get(address) else [],
                "served": answer.served,
                "copy": copy,
                "where": answer.where,
                "code": answer.code,
                "text": answer.text,
            }
            for copy, address, answer in rows
        ],
    }


def _count(number: int, one: str, more: str | None = None) -> str:
    return f"{number} {one if number == 1 else more or f'{one}s'}"


def _to_outbox(path: str) -> Callable[[Delivery], Outcome]:
    from mimekit.maildir import Outbox

    outbox = Outbox(path)

    def hand_over(delivery: Delivery) -> Outcome:
        entry = outbox.deliver(delivery)
        return dict.fromkeys(delivery.rcpt_to, _Answer(str(entry.path), str(entry.path)))

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
        try:
            client = smtplib.SMTP(host, port, timeout=_SECONDS)
            try:
                answers = smtp.send(client, delivery)
            finally:
                with suppress(smtplib.SMTPException, OSError):  # what is said after the transaction changes nothing
                    client.quit()
                client.close()
        except smtplib.SMTPRecipientsRefused as error:
            answers = error.recipients
        except smtplib.SMTPResponseException as error:
            answers = dict.fromkeys(delivery.rcpt_to, (error.smtp_code, error.smtp_error))
        except (MimekitError, smtplib.SMTPException, OSError) as error:
            reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
            return dict.fromkeys(delivery.rcpt_to, _Answer(f"not sent to {server}: {reason}", server, text=reason))
        outcome = dict.fromkeys(delivery.rcpt_to, _Answer(f"accepted by {server}", server))
        return outcome | {address: _refusal(server, *answers[address]) for address in answers}

    return hand_over


def _refusal(server: str, code: int, text: bytes | str) -> _Answer:
    """Give what a reply of a server says."""
    reason = text.decode("utf-8", "backslashreplace") if isinstance(text, bytes) else text
    return _Answer(f"refused by {server}: {code} {reason}", server, code, reason)


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
            return dict.fromkeys(delivery.rcpt_to, _Answer(f"refused by SES: {error}", "SES", text=str(error)))
        taken = answer["MessageId"]
        return dict.fromkeys(delivery.rcpt_to, _Answer(f"accepted by SES as {taken}", f"SES {taken}"))

    return hand_over
