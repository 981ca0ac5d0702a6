"""
Render a template.

Multipart/alternative of 2.3 kB with nine slots, in Subject, To, List-Unsubscribe, text and HTML, for 10,000 different
rows of which a quarter is not ASCII; every value is checked and escaped, and no row comes twice in a timed loop. Beside
it, for each recipient: `EmailMessage` built and serialised, and `Message` built, both with `str.format` and
`html.escape` for the bodies.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.newsletters import email_message, message, passes, template
from benchmarks.results import Line
from benchmarks.samples import rows
from benchmarks.scenarios import Effort
from benchmarks.timing import Time, timed

UNIT = "\u00b5s"


def measure(effort: Effort) -> list[Line]:
    """Render all rows, and those in ASCII."""
    ascii_rows = [row for row in rows() if all([value.isascii() for value in row.values()])]
    all_times, ascii_times = rendered(rows(), effort), rendered(ascii_rows, effort)
    beside = ("mimekit", "Message")
    return [
        Line("all rows", {who: time for who, time in all_times.items() if who != "Message"}, "EmailMessage", 150),
        Line("rows in ASCII", ascii_times, "EmailMessage", 250),
        Line("all rows, as a rate", {who: all_times[who] for who in beside}, "Message", 5),
    ]


def rendered(taken: Sequence[Mapping[str, str]], effort: Effort) -> dict[str, Time]:
    """Time one row; a loop of the slower ones has fewer rows, with the same share in ASCII."""
    render = template().render
    counts = {"mimekit": len(taken), "EmailMessage": int(100 * effort.seconds), "Message": int(800 * effort.seconds)}
    calls = {
        "mimekit": passes(lambda row: render(row).data, taken, counts["mimekit"]),
        "EmailMessage": passes(email_message, taken, counts["EmailMessage"]),
        "Message": passes(message, taken, counts["Message"]),
    }
    times = timed(calls, seconds=effort.seconds, rounds=9, loops=1)
    return {who: time.of(counts[who]) for who, time in times.items()}
