"""
Render a message for each row of a file, and write them all or hand them over.

    SPEC, ROWS -> messages in a sink; exit code 1 when a row was rejected, or a recipient not served

May import: the core, `bulk`, `cli`; rich for the bar.  Imported by: `cli`.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from datetime import timedelta

from mimekit import bulk, spec
from mimekit.cli import moment, progress, signing
from mimekit.errors import show

__all__ = ["NOTES", "arguments", "run"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterator

    from mimekit.bulk import Progress, Summary
    from mimekit.cli.terminal import Terminal

    Tell = Callable[[Progress], object]

NOTES = """\
SPEC is a message spec (TOML) whose strings have slots: {name} stands for the field name of a row.  ROWS is a file
.csv, .jsonl, .parquet or .arrow.  SINK is one of FILE.jsonl (calls of Amazon SES; FILE.jsonl?ses=v1), mbox:FILE,
maildir:DIR, eml:DIR, parquet:DIR, arrow:DIR, smtp://HOST, ses://REGION.

With --engine ray ROWS may be a directory, SINK is one of parquet:DIR, arrow:DIR, jsonl:DIR, --key is needed, and a run
that broke off begins again; RAY_ADDRESS names the cluster.

SINK.journal holds how far the run is: after any end the same command goes on.  Rows that make no message are in
SINK.rejected.jsonl.  For smtp:// and ses:// SINK.sent.jsonl joins keys to Message-IDs and replies, and
SINK.unsure.jsonl lists who may have got a message or not; they are asked again with --resend-unsure alone.
"""


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("spec", metavar="SPEC", help="a message spec (TOML) with slots")
    parser.add_argument("rows", metavar="ROWS", help="a file of rows: .csv, .jsonl, .parquet, .arrow")
    parser.add_argument("-o", "--output", metavar="SINK", required=True, help="where the messages go")
    parser.add_argument("--key", metavar="COLUMN", help="the column that names a row (default: its number)")
    parser.add_argument("--run-id", metavar="ID", help="what Message-IDs are made from (default: random)")
    moment.add_argument(parser, "the time of the messages and signatures (default: that of the first start)")
    parser.add_argument("--workers", type=_whole, default=1, metavar="N", help="processes (default: 1)")
    parser.add_argument(
        "--engine", choices=("local", "ray"), default="local", help="ray: over a Ray cluster, into part files"
    )
    parser.add_argument("--skip", metavar="FILE", help="addresses that get nothing, one a line")
    parser.add_argument("--lint", metavar="PROFILE", help="check the first message, and one in a thousand")
    parser.add_argument("--limit", type=_whole, metavar="N", help="take only the first rows")
    parser.add_argument("--sample", type=_whole, metavar="N", help="take only so many rows, at random")
    parser.add_argument("--dry-run", action="store_true", help="render everything and write nothing")
    parser.add_argument("--journal", metavar="FILE", help="the journal (default: SINK.journal)")
    parser.add_argument("--connections", type=_whole, default=1, metavar="N", help="to the server (default: 1)")
    parser.add_argument("--rate", type=float, metavar="N", help="at most so many recipients a second")
    parser.add_argument("--resend-unsure", action="store_true", help="ask those again who are unsure")
    parser.add_argument("--json", action="store_true", help="print the outcome as JSON")


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


_whole.__name__ = "whole number from 1"  # as argparse names it


def run(given: Namespace, terminal: Terminal) -> int:
    """Do what the arguments ask for."""
    now = moment.read(given.now)
    template = _template(given.spec)
    with _told() as tell:
        summary = bulk.run(
            template,
            given.rows,
            given.output,
            key=given.key,
            run_id=given.run_id,
            now=now,
            workers=given.workers,
            engine=given.engine,
            skip=given.skip,
            lint=given.lint,
            limit=given.limit,
            sample=given.sample,
            dry_run=given.dry_run,
            progress=tell,
            journal=given.journal,
            connections=given.connections,
            rate=given.rate,
            resend_unsure=given.resend_unsure,
        )
    if given.json:
        terminal.json(_described(summary))
    else:
        _report(summary, given.output, terminal, is_dry=given.dry_run)
    return 0 if summary.is_clean else 1


def _template(path: str) -> bulk.Template:
    """Load a template, with the signers that its spec names."""
    found = spec.read(path, template=True)
    return bulk.Template.load(path, signer=signing.signers(found.signing, base=found.base, name=found.name))


def _report(summary: Summary, output: str, terminal: Terminal, *, is_dry: bool) -> None:
    for one in summary.rejections:
        where = f"row {one.number}" if one.key is None else f"row {one.number}, key {show(one.key)}"
        terminal.line("rejected ", (where, "bold red"), f": {one.reason}")
    for text in summary.warnings:
        terminal.line(("warning ", "yellow"), text)
    handed = summary.handed
    if handed is None:
        done = "would be written" if is_dry else f"written to {output}"
        terminal.line(f"{summary.written:,} of {summary.rows:,} rows {done}, {_left_out(summary)}")
    else:
        terminal.line(f"{summary.rows:,} rows: {_left_out(summary)}, {summary.settled:,} done in earlier runs")
        terminal.line(
            f"{handed.sent:,} recipients sent, {handed.rejected:,} rejected, {handed.unsure:,} unsure, "
            f"{handed.later:,} to be tried again"
        )
        if handed.stopped is not None:
            terminal.line(("stopped: ", "bold red"), handed.stopped)
    if not is_dry:
        terminal.line(f"run {summary.run_id}")


def _left_out(summary: Summary) -> str:
    return f"{summary.rejected:,} rejected, {summary.skipped:,} skipped"


def _described(summary: Summary) -> dict[str, object]:
    handed = summary.handed
    return {
        "run_id": summary.run_id,
        "rows": summary.rows,
        "written": summary.written,
        "rejected": summary.rejected,
        "skipped": summary.skipped,
        "settled": summary.settled,
        "warnings": list(summary.warnings),
        "handed": None
        if handed is None
        else {
            "sent": handed.sent,
            "rejected": handed.rejected,
            "unsure": handed.unsure,
            "later": handed.later,
            "settled": handed.settled,
            "stopped": handed.stopped,
        },
    }


# -- progress


@contextmanager
def _told() -> Iterator[Tell]:
    """Give what shows how far a run is."""
    rate = _Rate()
    with progress.shown(rate.said, lambda now: now.fraction, rate.left) as show:

        def tell(now: Progress) -> None:
            rate.begin(now)
            show(now)

        yield tell


class _Rate:
    """How fast a run is, and what is left; from the first time that it says how far it is."""

    def __init__(self) -> None:
        self._begun = 0.0
        self._first: Progress | None = None

    def begin(self, now: Progress) -> None:
        """Take the first time."""
        if self._first is None:
            self._first = now
            self._begun = time.monotonic()

    def said(self, now: Progress) -> str:
        """Say how far it is; the rate is that of this part of the run."""
        first = self._first or now
        count, before, what = now.rows, first.rows, "rows"
        if now.handed is not None:
            count, before, what = now.handed.sent, 0, "sent"
        rate = (count - before) / max(time.monotonic() - self._begun, progress.TICK)
        errors = now.rejected + (0 if now.handed is None else now.handed.rejected)
        return f"{count:,} {what}, {rate:,.0f}/s, {errors:,} rejected"

    def left(self, now: Progress) -> str:
        """Say how much is left, where that can be told."""
        first = self._first or now
        if now.fraction is None or first.fraction is None or now.fraction <= first.fraction:
            return ""
        seconds = (time.monotonic() - self._begun) * (1 - now.fraction) / (now.fraction - first.fraction)
        return f", {now.fraction:.0%}, {timedelta(seconds=round(seconds))} left"
