"""
Render with an attachment of each row's own.

The same template with a PDF of 10 kB that each row brings, none twice. Beside it, for each recipient, `Message` and
`EmailMessage` with that attachment.
"""

from __future__ import annotations

from benchmarks.newsletters import Row, email_message, message, passes, template
from benchmarks.results import Line
from benchmarks.samples import rows, sample
from benchmarks.scenarios import Effort
from benchmarks.timing import timed
from mimekit.bulk import Slot

UNIT = "\u00b5s"


def measure(effort: Effort) -> list[Line]:
    """Render rows of which each has its invoice."""
    pdf = sample("pdf10k.bin")
    taken = [{**row, "invoice": row["number"].encode() + pdf[len(row["number"]) :]} for row in rows()[:2000]]
    render = template(attachments=[Slot("invoice", filename="{number}.pdf")]).render
    counts = {"mimekit": 2000, "EmailMessage": int(100 * effort.seconds), "Message": int(500 * effort.seconds)}
    calls = {
        "mimekit": passes(lambda row: render(row).data, taken, counts["mimekit"]),
        "EmailMessage": passes(email_message, taken, counts["EmailMessage"]),
        "Message": passes(message_with_invoice, taken, counts["Message"]),
    }
    times = timed(calls, seconds=effort.seconds, loops=1)
    return [Line("10 kB a row", {who: time.of(counts[who]) for who, time in times.items()}, "EmailMessage")]


def message_with_invoice(row: Row) -> bytes:
    """Build one message with `Message`."""
    return message(row, attachments=[("{number}.pdf".format(**row), row["invoice"])])
