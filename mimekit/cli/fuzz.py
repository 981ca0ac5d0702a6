"""
Draw messages, have two parsers read them, and show what they disagree on.

    the name of a parser, or a command -> disagreements, each with a shrunk message; exit code 1 when there are some

May import: everything.  Imported by: `cli`.
"""

from __future__ import annotations

import json
from base64 import b64encode
from importlib.util import find_spec
from pathlib import Path

from mimekit.cli import progress
from mimekit.errors import MimekitError, show

__all__ = ["NOTES", "arguments", "run"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Callable, Iterable
    from contextlib import AbstractContextManager
    from typing import Any  # JSON

    from mimekit.cli.terminal import Segment, Terminal
    from mimekit.testing.differential import Comparison, Disagreement, Progress

    Tell = Callable[[Progress], object]

NOTES = """\
Exit codes: 0 no disagreement that is not known; 1 disagreements; 2 wrong use, or a parser that cannot be started.

PARSER is stdlib, fast-mail-parser, mail-parser or mimekit, or a command: any program that reads one message on standard
input and prints what it says as JSON.  With --persistent it is started once, reads each message as its length in
decimal digits, a line feed, and its octets, and answers with one line.

KIND is messages, renderings, exotic, obsolete (these four unless others are named), eai, signed, report, damaged or
garbage.  An ASPECT is structure, fields, from, sender, reply-to, to, cc, bcc, subject, date, message-id, text, html,
attachments or crash; a hang is a crash.  Both take several with commas.

-o writes each message to DIR/NAME.eml, and DIR/test_reproducers.py, whose tests fail while the parsers disagree.
"""

_DEFAULT_SECONDS = 60.0
_LINES, _WIDTH = 40, 160  # of a message that is shown
_BEFORE = 40  # characters of a long value before the first that differs


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("--against", metavar="PARSER", required=True, help="the other parser: a name, or a command")
    parser.add_argument("--parser", metavar="PARSER", default="mimekit", help="the one parser (default: mimekit)")
    parser.add_argument("--persistent", action="store_true", help="start a command once, not for each message")
    parser.add_argument("--seconds", type=_positive, metavar="N", help="how long (default: 60, without --examples)")
    parser.add_argument("--examples", type=_whole, metavar="N", help="how many messages")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="draw other messages (default: 0)")
    parser.add_argument("--kind", action="append", metavar="KIND", help="what is drawn")
    parser.add_argument("--select", action="append", metavar="ASPECT", help="compare only these aspects")
    parser.add_argument("--ignore", action="append", metavar="ASPECT", help="do not compare these aspects")
    parser.add_argument(
        "--timeout", type=_positive, default=5.0, metavar="N", help="seconds until a parser hangs (default: 5)"
    )
    parser.add_argument("-o", "--output", metavar="DIR", help="write the messages, and tests that fail for them")
    parser.add_argument("--known", action="store_true", help="show the messages of what is known already, too")
    parser.add_argument("--json", action="store_true", help="print the disagreements as JSON")


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError
    return number


def _whole(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


_positive.__name__ = "number over 0"  # as argparse names them
_whole.__name__ = "whole number from 1"


def run(given: Namespace, terminal: Terminal) -> int:
    """Do what the arguments ask for."""
    if missing := [name for name in ("hypothesis", "pytest") if find_spec(name) is None]:
        message = f"fuzz needs {missing[0]}; pip install mimekit[testing]"
        raise MimekitError(message)
    from mimekit.testing import differential

    if given.output is not None:  # rather now than when all is found and nothing can be written
        Path(given.output).mkdir(parents=True, exist_ok=True)
    seconds = given.seconds or (None if given.examples else _DEFAULT_SECONDS)
    is_interrupted = False
    try:
        with _told() as tell:
            found = differential.compare(
                given.parser,
                given.against,
                kinds=_listed(given.kind) or differential.VALID,
                max_examples=given.examples,
                seconds=seconds,
                ignoring=_ignored(given),
                timeout=given.timeout,
                persistent=given.persistent,
                seed=given.seed,
                progress=tell,
            )
    except differential.InterruptedComparison as interrupt:
        found, is_interrupted = interrupt.comparison, True
    files = found.write(given.output) if given.output is not None else []
    if given.json:
        terminal.json(_described(found, files))
    else:
        _report(found, files, terminal, shows_known=given.known)
    if is_interrupted:
        raise KeyboardInterrupt
    return 1 if found.disagreements else 0


def _listed(given: Iterable[str] | None) -> tuple[str, ...]:
    return tuple([one.strip() for text in given or () for one in text.split(",") if one.strip()])


def _ignored(given: Namespace) -> set[str]:
    from mimekit.testing.constructs import ASPECTS

    selected, ignored = _listed(given.select), _listed(given.ignore)
    if unknown := [one for one in (*selected, *ignored) if one not in ASPECTS]:
        message = f"there is no aspect {show(unknown[0])}; there are {', '.join(ASPECTS)}"
        raise MimekitError(message)
    return set(ignored) | (set(ASPECTS) - set(selected) if selected else set())


# -- the report


def _report(found: Comparison, files: list[Path], terminal: Terminal, *, shows_known: bool) -> None:
    for number, one in enumerate(found.disagreements, 1):
        name = files[number - 1].name if files else ""
        _one(one, found.names, terminal, title=f"{number}", file=name)
        terminal.line()
    for one in found.known:
        if one.known is None:
            continue
        _heading(one, "known", terminal)
        terminal.line(f"  {one.known.word}")
        terminal.line(f"  in {one.seen:,} of the messages")
        if shows_known:
            _values(one, found.names, terminal)
            _message(one, terminal)
        terminal.line()
    what = f"{found.examples:,} messages in {found.seconds:,.1f} s"
    count = len(found.disagreements)
    terminal.line(
        f"{what}: {found.names[0]} and {found.names[1]} ",
        ("disagree in", "bold red") if count else ("do not disagree", "bold green"),
        f" {count:,} way{'' if count == 1 else 's'}" if count else "",
        f"; {len(found.known):,} known" if found.known else "",
    )
    if files:
        terminal.line(f"{files[-1]}: {count:,} test{'' if count == 1 else 's'}")


def _heading(one: Disagreement, title: str, terminal: Terminal) -> None:
    references = ", ".join(one.references)
    terminal.line((f"{title}. ", "bold"), (one.title, "bold red"), f"  {references}".rstrip())


def _one(one: Disagreement, names: tuple[str, str], terminal: Terminal, *, title: str, file: str) -> None:
    _heading(one, title, terminal)
    _values(one, names, terminal)
    where = "" if one.span is None else f"octets {one.span[0]:,} to {one.span[1]:,}"
    told = [where, ", ".join(one.constructs), f"in {one.seen:,} of the messages", file]
    told.append("" if one.is_shrunk else "not shrunk to the end")
    terminal.line(f"  {'; '.join([text for text in told if text])}")
    _message(one, terminal)


def _values(one: Disagreement, names: tuple[str, str], terminal: Terminal) -> None:
    width = max([len(name) for name in names])
    first, second = [json.dumps(value) for value in (one.a, one.b)]
    at = next((place for place, pair in enumerate(zip(first, second, strict=False)) if pair[0] != pair[1]), 0)
    for name, value in zip(names, (first, second), strict=True):
        terminal.line(f"  {name:{width}}  ", (_cut(value, at), "cyan"))


def _cut(text: str, at: int) -> str:
    """Give so much of a long text as is needed to see what stands at *at*."""
    if len(text) <= _WIDTH:
        return text
    start = max(0, at - _BEFORE)
    end = start + _WIDTH
    return f"{'...' if start else ''}{text[start:end]}{'...' if end < len(text) else ''}"


def _message(one: Disagreement, terminal: Terminal) -> None:
    """Show the message line by line, those in question marked."""
    lines = one.message.split(b"\n")
    if not lines[-1]:
        lines.pop()
    begun, ended = one.span or (0, 0)
    start = 0
    for number, line in enumerate(lines):
        if number == _LINES:
            terminal.line(f"    | ... {len(lines) - number:,} more lines")
            return
        is_meant = start < ended and start + len(line) + 1 > begun
        text = line.removesuffix(b"\r").decode("utf-8", "backslashreplace")
        segments: list[Segment] = [("  > | " if is_meant else "    | ", "bold" if is_meant else "dim")]
        segments.append((f"{text[:_WIDTH]}{'...' if len(text) > _WIDTH else ''}", "bold" if is_meant else ""))
        terminal.line(*segments)
        start += len(line) + 1


def _described(found: Comparison, files: list[Path]) -> dict[str, Any]:
    named: list[str | None] = [file.name for file in files[:-1]]
    named += [None] * (len(found.disagreements) - len(named))
    return {
        "parsers": list(found.names),
        "examples": found.examples,
        "seconds": round(found.seconds, 3),
        "seed": found.seed,
        "disagreements": [_as_json(one) | {"file": name} for one, name in zip(found.disagreements, named, strict=True)],
        "known": [_as_json(one) | {"word": one.known.word if one.known else ""} for one in found.known],
    }


def _as_json(one: Disagreement) -> dict[str, Any]:
    return {
        "aspect": one.aspect,
        "title": one.title,
        "readings": [one.a, one.b],
        "references": list(one.references),
        "constructs": list(one.constructs),
        "octets": None if one.span is None else list(one.span),
        "seen": one.seen,
        "is_shrunk": one.is_shrunk,
        "message": b64encode(one.message).decode("ascii"),
    }


# -- progress


def _told() -> AbstractContextManager[Tell]:
    """Give what shows how far it is."""
    return progress.shown(_said, lambda now: now.fraction, lambda _: "")


def _said(now: Progress) -> str:
    rate = now.examples / max(now.seconds, progress.TICK)
    doing = ", shrinking" if now.is_shrinking else ""
    known = f", {now.known:,} known" if now.known else ""
    return f"{now.examples:,} messages, {rate:,.0f}/s, {now.disagreements:,} disagreements{known}{doing}"
