"""
Lint.

All rules of the default profile over a message, beside the work that shows how much that is: to parse the small message
of 2 kB and read its subject, From, To and text, and to parse the message with an attachment of 1 MiB and decode every
leaf. The share is that work divided by linting, and what is wanted is a fifteenth and a third. The two last lines lint
twice as much at once, by the share of what half of it takes: linting is linear.
"""

from __future__ import annotations

from functools import partial

from benchmarks.readers import LEAVES, TOUCH
from benchmarks.results import Line
from benchmarks.samples import sample
from benchmarks.scenarios import Effort
from benchmarks.timing import Call, timed
from mimekit.lint import check

UNIT = "\u00b5s"
_ONCE = 100


def measure(effort: Effort) -> list[Line]:
    """Lint each sample, and what is twice as long."""
    small, newsletter, attached = [sample(name) for name in ("small.eml", "newsletter.eml", "attach1m.eml")]
    lines = []
    for what, raw, name, read, wanted in (
        ("small", small, "parse and read", TOUCH["mimekit"], 1 / 15),
        ("newsletter", newsletter, "parse and read", TOUCH["mimekit"], None),
        ("1 MiB attached", attached, "parse and decode", LEAVES["mimekit"], 1 / 3),
    ):
        check(raw)  # the first one loads the rules and what they look things up in
        calls: dict[str, Call] = {"mimekit": partial(check, raw), name: partial(read, raw)}
        lines.append(Line(what, timed(calls, seconds=effort.seconds, rounds=15), name, wanted, "share"))
    for what, once, twice in (
        ("twice the text", _long(_ONCE), _long(2 * _ONCE)),
        ("twice the fields", _wide(_ONCE), _wide(2 * _ONCE)),
    ):
        calls = {"mimekit": partial(check, twice), "half of it": partial(check, once)}
        lines.append(Line(what, timed(calls, seconds=effort.seconds), "half of it", 0.4, "share"))
    return lines


def _long(count: int) -> bytes:
    """Make a message of a long text."""
    text = b"Your order has left our house, see https://shop.example/order?number=10482 for where it is.\r\n" * 8
    return b"From: a@shop.example\r\nTo: b@shop.example\r\nSubject: Order\r\n\r\n" + text * count


def _wide(count: int) -> bytes:
    """Make a message of many recipients and fields."""
    names = b"".join([b"Reader %d <reader%d@mail%d.example>,\r\n " % (at, at, at % 7) for at in range(count)])
    fields = b"".join([b"X-Field-%d: some words of text\r\n" % at for at in range(count)])
    return b"From: a@shop.example\r\nTo: %b b@shop.example\r\n%bSubject: Order\r\n\r\nHello\r\n" % (names, fields)
