"""
Send the message of a spec: into an outbox, to an SMTP server, or through Amazon SES.

    SPEC -> where the copy of each recipient went; exit code 1 when one was refused

May import: the core, `ses`, `bulk`, `cli`.  Imported by: `cli`.
"""

from __future__ import annotations

import re
from contextlib import closing
from typing import NamedTuple

from mimekit.cli import source
from mimekit.errors import SpecError, show

__all__ = ["NOTES", "arguments", "run"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mimekit.bulk.handover import HandoverSink
    from mimekit.bulk.ledger import Answer
    from mimekit.cli.terminal import Terminal
    from mimekit.delivery import Delivery

    Outcome = dict[str, "_Answer"]

NOTES = """\
The outbox is a Maildir: each copy stands in DIR/new as it would be sent, its envelope in DIR/envelopes.
--bcc says what Bcc recipients get (RFC 5322 3.6.3): omit, the same copy as everybody; separate, a copy of their own
with a Bcc field that names nobody else; empty, one copy for all with an empty Bcc field.
"""

_SERVER = re.compile(r"(?:\[([0-9A-Fa-f:.]++)\]|([^\[\]:\s]++))(?::([0-9]{1,5}))?")
_REPLY = re.compile(r"([2-5][0-9]{2}) (.*)", re.DOTALL)
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
        outcomes = _by(_smtp(given.smtp), given.smtp, deliveries)
    elif given.ses:
        outcomes = _by(_ses(deliveries), "SES", deliveries)
    else:
        outcomes = _to_outbox(given.outbox, deliveries)
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


def _to_outbox(path: str, deliveries: list[Delivery]) -> list[Outcome]:
    from mimekit.maildir import Outbox

    outbox = Outbox(path)
    places = [str(outbox.deliver(delivery).path) for delivery in deliveries]
    return [
        dict.fromkeys(delivery.rcpt_to, _Answer(place, place))
        for delivery, place in zip(deliveries, places, strict=True)
    ]


def _smtp(server: str) -> HandoverSink:
    """Give the sink for an SMTP server."""
    from mimekit.bulk.sinks.smtp import SmtpSink

    found = _SERVER.fullmatch(server)
    port = int(found[3] or 25) if found else 0
    if found is None or not 0 < port < 2**16:
        message = f"--smtp is {show(server)}; give HOST:PORT, such as localhost:2525 or [::1]:25"
        raise SpecError(message)
    return SmtpSink(found[1] or found[2], port, timeout=_SECONDS, final_timeout=_SECONDS)


def _ses(deliveries: list[Delivery]) -> HandoverSink:
    """Give the sink for Amazon SES; every limit is checked before the first call."""
    from mimekit import ses
    from mimekit.bulk.sinks.ses import SesSink

    for delivery in deliveries:
        ses.send_email(delivery)
    return SesSink(timeout=_SECONDS)


def _by(sink: HandoverSink, where: str, deliveries: list[Delivery]) -> list[Outcome]:
    """Hand over each delivery once: a person looks on, so nothing is tried again here."""
    from mimekit.bulk.items import Item

    with closing(sink.connect()) as connection:
        told = [connection.hand_over(Item(0, "", {}, delivery, "")) for delivery in deliveries]
    return [
        {address: _said(where, outcome.answers[address]) for address in delivery.rcpt_to}
        for delivery, outcome in zip(deliveries, told, strict=True)
    ]


def _said(where: str, answer: Answer) -> _Answer:
    """Give what the answer for a recipient says."""
    if answer.verdict == "sent":
        name = answer.ses_message_id
        return _Answer(f"accepted by {where}{f' as {name}' if name else ''}", f"{where} {name}" if name else where)
    if answer.verdict == "unsure":
        return _Answer(f"perhaps taken by {where}: {answer.text}", where, text=answer.text)
    reply = _REPLY.fullmatch(answer.text)
    code, text = (int(reply[1]), reply[2]) if reply else (None, answer.text)
    is_refused = answer.verdict == "rejected" or reply
    return _Answer(f"{f'refused by {where}' if is_refused else 'not sent'}: {answer.text}", where, code, text)
