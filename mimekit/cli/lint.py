"""
Say what is wrong with messages, where, why, and how to mend it.

    files, directories, mailboxes, specs -> reports; exit code 1 when something reaches the fail level

May import: everything.  Imported by: `cli`.
"""

from __future__ import annotations

import os
import sys
import time
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, NamedTuple

from mimekit import __version__, clock
from mimekit.cli import moment, output, source
from mimekit.cli.terminal import Terminal, escape
from mimekit.errors import MimekitError, show

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterable, Iterator
    from typing import NoReturn, TextIO

    from rich.progress import Progress

    from mimekit.envelope import Envelope
    from mimekit.finding import Finding
    from mimekit.lint.baseline import Baseline
    from mimekit.lint.config import Config
    from mimekit.lint.ignores import Ignores
    from mimekit.lint.reporters import Reporter, Totals
    from mimekit.lint.running import Checked, Settings
    from mimekit.lint.sources import Source

__all__ = ["NOTES", "arguments", "run"]

_FOUND, _WRONG = 1, 2
_LEVELS = ("error", "warning", "info")
_BASELINE_MODES = ("create", "update", "prune")
_SECONDS, _TICK = 1.0, 0.1  # until a run is long, and between two looks

NOTES = """\
Exit codes: 0 nothing at or over the fail level; 1 something; 2 wrong use, or a file that cannot be read.

A PATH is a message, an mbox, a compose spec (.toml), a Maildir, or a directory, in which *.eml, *.mbox and Maildirs are
found; - is standard input.  A rule is meant by its code, the beginning of one, or its name, several with commas;
mimekit rules lists them, mimekit explain tells about one.

FORMAT is text, concise, json, jsonl, sarif, github, gitlab, junit or html; --output can be given several times, all but
one of them with a file: --output text --output sarif=lint.sarif.

[tool.mimekit.lint] in the nearest pyproject.toml, or mimekit.toml, holds what a project always wants: profile, select,
extend-select, ignore, severity, fail-level, clients, options, per-file-ignores, per-message-ignores, plugins, docs-url.
"""


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument(
        "paths", metavar="PATH", nargs="+", help="a message, mailbox, directory or spec; - is standard input"
    )
    rules = parser.add_argument_group("rules")
    rules.add_argument(
        "--profile", action="append", metavar="NAME", help="the profiles, in place of the configured ones"
    )
    rules.add_argument("--select", action="append", metavar="RULES", help="only these rules; ALL is every one")
    rules.add_argument("--extend-select", action="append", metavar="RULES", help="these rules too")
    rules.add_argument("--ignore", action="append", metavar="RULES", help="not these rules")
    told = parser.add_argument_group("reports")
    told.add_argument("--output", action="append", metavar="FORMAT[=FILE]", help="write a report (default: text)")
    told.add_argument("--html", metavar="FILE", help="write a page to look at; the same as --output html=FILE")
    told.add_argument("--no-source", action="store_true", help="show no octets of the messages")
    told.add_argument("--statistics", action="store_true", help="print how often each rule found something, not what")
    told.add_argument("--fail-level", choices=_LEVELS, help="what gives exit code 1 (default: warning)")
    told.add_argument("--exit-zero", action="store_true", help="give exit code 0 whatever was found")
    way = parser.add_argument_group("what is known of the messages")
    way.add_argument("--wire", action="store_true", help="the octets are those that go on the wire")
    way.add_argument(
        "--smtputf8", action="store_true", help="the way to the receiver carries UTF-8 in headers (RFC 6531)"
    )
    way.add_argument(
        "--envelope-from", metavar="ADDRESS", help='MAIL FROM of the envelope; "" is the null reverse-path'
    )
    way.add_argument("--rcpt", action="append", metavar="ADDRESS", help="a recipient of the envelope")
    way.add_argument(
        "--dkim-key",
        action="append",
        metavar="SELECTOR=FILE",
        help="verify with this public key or key record; adds the profile signed",
    )
    moment.add_argument(parser, "the time that dates and signatures are judged by")
    mend = parser.add_argument_group("mending")
    mend.add_argument("--fix", action="store_true", help="mend the files, as every reader sees the same afterwards")
    mend.add_argument(
        "--unsafe-fixes", action="store_true", help="apply fixes too that choose a reading or change what is said"
    )
    mend.add_argument("--break-signature", action="store_true", help="mend signed messages too")
    mend.add_argument("--diff", action="store_true", help="print what --fix would change, and write nothing")
    base = parser.add_argument_group("baseline")
    base.add_argument("--baseline", metavar="FILE", help="do not tell what this file knows of")
    base.add_argument(
        "--baseline-write", choices=_BASELINE_MODES, help="make the baseline, bring it up to date, or prune it"
    )
    parser.add_argument(
        "--workers", type=int, metavar="N", help="check in so many processes (default: one for each core)"
    )


def run(given: Namespace, terminal: Terminal) -> int:
    """Do what the arguments ask for."""
    outputs = _outputs(given)
    if given.baseline_write is not None and given.baseline is None:
        _refuse("--baseline-write", "needs --baseline FILE")
    if given.workers is not None and given.workers < 1:
        _refuse("--workers", f"is {given.workers}; give 1 or more")
    with ExitStack() as stack:
        stack.enter_context(moment.fixed(given.now))
        return _Run(given, terminal, outputs, stack).run()


def _refuse(option: str, text: str) -> NoReturn:
    message = f"{option} {text}"
    raise MimekitError(message)


class _Output(NamedTuple):
    """One report: its format, and the file; ``None`` is standard output."""

    format: str
    file: str | None


def _outputs(given: Namespace) -> list[_Output]:
    from mimekit.lint.reporters import FORMATS

    found: list[_Output] = []
    for text in given.output or ():
        name, _, file = text.partition("=")
        if name not in FORMATS:
            from difflib import get_close_matches

            close = get_close_matches(name, FORMATS, 1)
            meant = f" (did you mean {close[0]}?)" if close else ""
            _refuse("--output", f"is {show(text)}{meant}; there are {', '.join(FORMATS)}")
        found.append(_Output(name, file or None))
    if given.html is not None:
        found.append(_Output("html", given.html))
    if all([one.file for one in found]):
        found.insert(0, _Output("text", None))
    if len([one for one in found if one.file is None]) > 1:
        _refuse("--output", "names more than one report without a file; give each but one FORMAT=FILE")
    return found


def _listed(given: Iterable[str] | None) -> tuple[str, ...]:
    return tuple([one.strip() for text in given or () for one in text.split(",") if one.strip()])


class _Run:
    """One run over all that was given."""

    def __init__(self, given: Namespace, terminal: Terminal, outputs: list[_Output], stack: ExitStack) -> None:
        self._given = given
        self._terminal = terminal
        self._configured: dict[str, Config] = {}
        self._settings: dict[str, Settings] = {}
        self._tables: dict[tuple[str, str, str], Ignores] = {}
        self._envelope = _envelope(given)
        self._keys = _keys(given.dkim_key)
        self._fixes = "" if not (given.fix or given.diff) else "unsafe" if given.unsafe_fixes else "safe"
        # The configuration of the directory the command runs in decides for the run as a whole.
        self._first = self._settings_for("")
        self._fail_level: str = given.fail_level or self._first.config.fail_level
        self._baseline = self._read_baseline()
        self._totals = self._new_totals()
        self._reports = [self._report(one, stack) for one in outputs]
        self._bar = _Bar()
        self._noted: set[str] = set()
        self._is_wrong = False
        self._is_changed = False

    # -- settings

    def _settings_for(self, directory: str) -> Settings:
        from mimekit.lint import config, selection
        from mimekit.lint.running import Settings

        known = self._settings.get(directory)
        if known is not None:
            return known
        found = config.find(directory)
        known = self._settings.get(found.path) if found.path else None
        if known is None:
            given = self._given
            profile = _listed(given.profile) or found.profile or ("default",)
            if self._keys and "signed" not in profile:
                profile = (*profile, "signed")
            known = Settings(
                found,
                profile,
                found.select if given.select is None else _listed(given.select),
                (*(() if given.select is not None else found.extend_select), *_listed(given.extend_select)),
                _listed(given.ignore),
                smtputf8=given.smtputf8,
                wire=given.wire,
                envelope=self._envelope,
                keys=self._keys,
                now=None if given.now is None else clock.fixed_time(),
                fixes=self._fixes,
                break_signature=given.break_signature,
            )
            selection.plan(known.profile, known.select, known.extend_select, known.ignore)  # unknown codes show here
            if found.path:
                self._settings[found.path] = known
        self._settings[directory] = known
        return known

    def _new_totals(self) -> Totals:
        from mimekit.lint.reporters import Totals

        return Totals(self._first.profile)

    def _read_baseline(self) -> Baseline | None:
        from mimekit.lint.baseline import Baseline

        if self._given.baseline is None:
            return None
        found = Baseline(self._given.baseline)
        if self._given.baseline_write == "create":
            found.check_new()
        else:
            found.load()
        return found

    # -- reports

    def _report(self, one: _Output, stack: ExitStack) -> _Report:
        from mimekit.lint.reporters import FOR_PEOPLE, Options, make

        terminal = self._terminal
        stream: TextIO = sys.stdout
        if one.file is not None:
            stream = stack.enter_context(_written(one.file))
            terminal = Terminal(stream)
        elif self._given.diff or (self._given.fix and "-" in self._given.paths):
            stream = sys.stderr  # the other one takes the message, or what would change
            terminal = Terminal(stream)
        options = Options(
            source=not self._given.no_source,
            fail_level=self._fail_level,
            unsafe=self._given.unsafe_fixes,
            pictures=(stream.encoding or "").lower().replace("-", "") == "utf8",
            version=__version__,
            docs=self._first.config.docs_url,
        )
        is_silent = self._given.statistics and one.file is None and one.format in FOR_PEOPLE
        to = None if one.format in FOR_PEOPLE else stream
        return _Report(make(one.format, options), terminal, to, is_silent=is_silent)

    # -- the run

    def run(self) -> int:
        """Check everything, and give the exit code."""
        from mimekit.lint import running

        workers = self._given.workers or os.cpu_count() or 1
        try:
            for checked in running.run(self._tasks(), workers=workers):
                self._take(checked)
                self._bar.tell(self._totals.messages, self._totals.codes.total())
        finally:
            self._bar.hide()
        self._end()
        if self._is_wrong:
            return _WRONG
        if self._given.exit_zero:
            return 0
        if self._given.diff:
            return _FOUND if self._is_changed else 0
        return _FOUND if self._totals.reaches(self._fail_level) else 0

    def _tasks(self) -> Iterator[tuple[Source, Settings]]:
        from mimekit.lint import sources

        for path in self._given.paths:
            try:
                for one in sources.find([path], load=source.read, is_spec=source.is_spec):
                    yield one, self._allowed(one)
            except OSError as error:
                self._wrong(f"{error.filename or path}: {error.strerror or error}")

    def _allowed(self, one: Source) -> Settings:
        """Give the settings for a message; what is not written back is not mended either."""
        settings = self._settings_for(one.directory)
        if settings.fixes and one.kind in _NOT_MENDED:
            return settings._replace(fixes="")
        return settings

    def _wrong(self, text: str) -> None:
        self._is_wrong = True
        self._bar.hide()
        _say(text)

    def _take(self, checked: Checked) -> None:
        """Take in what was found in one message."""
        if checked.error:
            self._wrong(f"{checked.source.name}: {checked.error}")
            return
        if self._fixes:
            self._write(checked)
        findings = self._kept(checked)
        if self._baseline is not None:
            octets = checked.source.octets or b""
            new = self._baseline.new(checked.source.name, octets, findings)
            if self._given.baseline_write in ("create", "update"):
                new = []  # from now on it knows them
            self._totals.known += len(findings) - len(new)
            findings = new
        self._tell(checked._replace(findings=tuple(findings)))

    def _tell(self, checked: Checked, *, is_message: bool = True) -> None:
        self._totals.add(checked.findings)
        self._totals.messages -= not is_message
        self._totals.with_findings -= not is_message and bool(checked.findings)
        if checked.findings:
            self._bar.hide()
        for report in self._reports:
            report.message(checked)

    def _kept(self, checked: Checked) -> list[Finding]:
        """Leave out what the configuration ignores, and count it."""
        config = self._settings_for(checked.source.directory).config
        findings = list(checked.findings)
        if not config.path:
            return findings
        for table, pattern, reasons in _tables(checked, config):
            key = (config.path, table, pattern)
            if key not in self._tables:
                from mimekit.lint.ignores import Ignores

                self._tables[key] = Ignores(reasons)
            findings = self._tables[key].kept(findings)
        return findings

    def _write(self, checked: Checked) -> None:
        """Write a mended message back, or show what would change."""
        octets = checked.mended
        one = checked.source
        self._totals.kept += checked.is_kept
        mended = 0 if octets is None else max(0, checked.before[1] - len(checked.findings))
        if self._given.diff and one.kind not in _NOT_MENDED:
            if octets is not None:
                self._is_changed = True
                self._totals.to_mend += mended
                self._terminal.octets(_diff(one.name, checked.before[0], octets))
            return
        if one.kind in _NOT_MENDED:
            if one.name not in self._noted and any([finding.fix for finding in checked.findings]):
                self._noted.add(one.name)
                output.note(f"{one.name} is not mended: {_NOT_MENDED[one.kind]}")
            return
        if one.kind == "stdin":
            self._terminal.octets([one.read() if octets is None else octets])
        elif octets is not None:
            _rewrite(one.name, octets)
        self._totals.mended += mended

    # -- the end

    def _end(self) -> None:
        for checked in self._of_ignores():
            self._tell(checked, is_message=False)
        if self._baseline is not None:
            if self._given.baseline_write is not None and not self._is_wrong:
                count = self._baseline.write(self._given.baseline_write)
                output.note(f"{self._given.baseline} holds {count:,} findings")
            else:
                self._totals.gone = self._baseline.gone
        if not self._totals.messages and not self._is_wrong:
            output.note(f"no message was found in {', '.join(self._given.paths)}")
        for report in self._reports:
            report.end(self._totals)
        if self._given.statistics:
            self._statistics()

    def _of_ignores(self) -> Iterator[Checked]:
        """Give what is to say of the ignores of each file; of a selection nobody knows what it leaves unused."""
        from mimekit.lint.running import Checked
        from mimekit.lint.selection import plan
        from mimekit.lint.sources import Source

        if self._given.select is not None:
            return
        by_file: dict[str, list[Finding]] = {}
        for (path, table, pattern), ignores in sorted(self._tables.items()):
            settings = self._settings[path]
            on = plan(settings.profile, settings.select, settings.extend_select, settings.ignore).rules
            where = f"{table}: {pattern}" if pattern else table
            found = [one for one in ignores.findings() if one.code in on]
            by_file.setdefault(path, []).extend([_with_message(one, f"{where}: {one.message}") for one in found])
        for path, findings in by_file.items():
            if findings:
                yield Checked(Source(os.path.relpath(path), None, "config"), tuple(findings))

    def _statistics(self) -> None:
        from mimekit.lint.rule import REGISTRY

        if any([report.plain is sys.stdout for report in self._reports]):
            return
        ordered = sorted(self._totals.codes.items(), key=lambda item: (-item[1], item[0]))
        width = len(f"{ordered[0][1]:,}") if ordered else 0
        for code, count in ordered:
            self._terminal.line(f"{count:>{width},}  ", (code, "bold"), f"  {REGISTRY[code].name}")


class _Report:
    """A reporter, and where its lines go."""

    def __init__(self, reporter: Reporter, terminal: Terminal, plain: TextIO | None, *, is_silent: bool) -> None:
        self.reporter = reporter
        self.terminal = terminal
        self.plain = plain
        """Where lines go as they are: those of a format for programs."""
        self.is_silent = is_silent

    def message(self, checked: Checked) -> None:
        """Report one message."""
        if not self.is_silent:
            for line in self.reporter.message(checked):
                self._print(line)

    def end(self, totals: Totals) -> None:
        """Report the end."""
        for line in self.reporter.end(totals):
            self._print(line)

    def _print(self, line: tuple[str | tuple[str, str], ...]) -> None:
        if self.plain is None:
            self.terminal.line(*line)
        else:
            self.plain.write("".join([one if isinstance(one, str) else one[0] for one in line]) + "\n")


_NOT_MENDED = {
    "mbox": "a mailbox is not changed in place; split it, mend the messages",
    "maildir": "a mailbox is not changed in place; name the file of the message",
    "spec": "change the spec",
}


def _tables(checked: Checked, config: Config) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Give the ignores that are in question for a message: their table, their pattern, themselves."""
    from mimekit.lint.config import matches_path

    if config.ignore:
        yield "ignore", "", config.ignore
    for pattern, reasons in config.per_file_ignores.items():
        if matches_path(pattern, checked.source.name, config.base):
            yield "per-file-ignores", pattern, reasons
    for pattern in checked.matched:
        yield "per-message-ignores", pattern, config.per_message_ignores[pattern]


def _with_message(finding: Finding, message: str) -> Finding:
    from mimekit.finding import Finding

    return Finding(finding.code, finding.name, finding.severity, message, reference=finding.reference, url=finding.url)


def _say(text: str) -> None:
    encoding = sys.stderr.encoding or "ascii"
    sys.stderr.write(f"mimekit: {escape(text)}\n".encode(encoding, "backslashreplace").decode(encoding))


# -- what the arguments say


def _envelope(given: Namespace) -> Envelope | None:
    from mimekit.envelope import Envelope

    if given.envelope_from is None and not given.rcpt:
        return None
    if given.envelope_from is None or not given.rcpt:
        _refuse("--envelope-from and --rcpt", "make an envelope together; give both")
    return Envelope(given.envelope_from, given.rcpt)


def _keys(given: Iterable[str] | None) -> tuple[tuple[str, str], ...]:
    """Read the keys: a key record, a public key, or a private one, of which the public half is taken."""
    found: list[tuple[str, str]] = []
    for text in given or ():
        selector, equals, path = text.partition("=")
        if not selector or not equals or not path:
            _refuse("--dkim-key", f"is {show(text)}; give SELECTOR=FILE")
        with open(path, "rb") as file:  # noqa: PTH123 - the argument stays the str it is
            octets = file.read()
        if b"PRIVATE KEY" in octets:
            from mimekit import dkim

            record = dkim.txt_record(dkim.SigningKey.load(octets))
        else:
            from mimekit.lint.signed import record_of

            record = record_of(octets.strip()).decode("ascii", "replace")
        found.append((selector, record))
    return tuple(found)


# -- files


@contextmanager
def _written(path: str) -> Iterator[TextIO]:
    """Open a report file; text is UTF-8 with LF line ends."""
    with open(path, "w", encoding="utf-8", newline="\n") as file:  # noqa: PTH123 - the argument stays the str it is
        yield file


def _rewrite(path: str, octets: bytes) -> None:
    """Put octets in place of those of a file, which keeps its mode; a link is followed."""
    real = os.path.realpath(path)
    mode = os.stat(real).st_mode  # noqa: PTH116 - the argument stays the str it is
    output.write(real, [octets])
    os.chmod(real, mode & 0o7777)  # noqa: PTH101 - the argument stays the str it is


def _diff(name: str, before: bytes, after: bytes) -> Iterator[bytes]:
    """Give a unified diff, which `patch` takes."""
    from difflib import diff_bytes, unified_diff

    label = escape(name).encode("utf-8", "backslashreplace")
    lines = diff_bytes(unified_diff, _lines(before), _lines(after), label, label)
    for line in lines:
        yield line if line.endswith(b"\n") else line + b"\n\\ No newline at end of file\n"


def _lines(octets: bytes) -> list[bytes]:
    """Divide at LF alone."""
    *lines, last = octets.split(b"\n")
    return [*[line + b"\n" for line in lines], *([last] if last else [])]


# -- progress


class _Bar:
    """What shows on a terminal how far a long run is; elsewhere nothing."""

    def __init__(self) -> None:
        self._bar = _bar()
        self._task = None if self._bar is None else self._bar.add_task("", total=None)
        self._begun = time.monotonic()
        self._is_shown = False
        self._next = self._begun + _SECONDS

    def tell(self, messages: int, findings: int) -> None:
        """Say how far it is."""
        now = time.monotonic()
        if self._bar is None or self._task is None or now < self._next:
            return
        self._next = now + _TICK
        if not self._is_shown:
            self._is_shown = True
            self._bar.start()
        rate = messages / max(now - self._begun, 1e-6)
        self._bar.update(self._task, description=f"{messages:,} messages, {rate:,.0f}/s, {findings:,} findings")

    def hide(self) -> None:
        """Make room for lines; it comes again when there were none for a while."""
        if self._is_shown and self._bar is not None:
            self._is_shown = False
            self._bar.stop()
            self._next = time.monotonic() + _SECONDS


def _bar() -> Progress | None:
    if not sys.stderr.isatty():
        return None
    try:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    except ImportError:
        return None
    columns = (BarColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
