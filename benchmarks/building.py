"""Building: the constructor to octets, beside `EmailMessage.as_bytes` of the standard library."""

from __future__ import annotations

from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from functools import partial
from typing import Any

from benchmarks.samples import sample
from benchmarks.timing import Row, best_of, table
from mimekit import Message

__all__ = ["run"]

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
FROM, TO = ("Example Store", "news@example.com"), ("Jane Roe", "jane@example.org")
SUBJECT = "Your order 10482 has shipped \u2014 na\u00efve caf\u00e9"


def ours(arguments: dict[str, Any]) -> bytes:
    """Build with mimekit."""
    return Message(from_=FROM, to=TO, subject=SUBJECT, date=NOW, **arguments).to_bytes()


def theirs(arguments: dict[str, Any]) -> bytes:
    """Build the same with the standard library."""
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"] = f"{FROM[0]} <{FROM[1]}>", f"{TO[0]} <{TO[1]}>"
    message["Subject"] = SUBJECT
    message["Date"] = format_datetime(NOW)
    message["Message-ID"] = make_msgid(domain="example.com")
    message.set_content(arguments["text"])
    if "html" in arguments:
        message.add_alternative(arguments["html"], subtype="html")
    for name, octets in arguments.get("attachments", ()):
        message.add_attachment(octets, maintype="application", subtype="pdf", filename=name)
    return message.as_bytes()


def cases() -> list[tuple[str, float, dict[str, Any]]]:
    """Give what is built, and the ratio that is wanted."""
    text, html = sample("body.txt").decode(), sample("body.html").decode()
    html = html.replace("cid:logo@example.com", "https://example.com/logo.png")  # nothing is inline here
    pdf = sample("pdf10k.bin")
    large = (pdf * (2**20 // len(pdf) + 1))[: 2**20]
    both = {"text": text, "html": html}
    return [
        ("text", 40.0, {"text": text}),
        ("text + html", 30.0, both),
        ("+ 10 kB PDF", 30.0, {**both, "attachments": [("a.pdf", pdf)]}),
        ("+ 1 MiB attachment", 13.0, {**both, "attachments": [("a.pdf", large)]}),
    ]


def run(*, seconds: float) -> None:
    """Print the table."""
    rows: list[Row] = []
    for name, wanted, arguments in cases():
        mine, other = best_of(
            [partial(ours, arguments), partial(theirs, arguments)],
            seconds=seconds,
        )
        rows.append((name, f"{mine * 1e6:.1f}", f"{other * 1e6:.0f}", f"{other / mine:.1f}x", f"{wanted:g}x"))
    table("Build to octets", ("message", "mimekit us", "EmailMessage us", "ratio", "wanted"), rows)
