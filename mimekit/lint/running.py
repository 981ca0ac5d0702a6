"""
Running: many messages are checked, in this process and then in others, and come back in order.

Another process starts with nothing, so what it needs is in `Settings`, which pickles.  What rules remember of other
messages (`Context.seen`) is gathered here: a message that shares something with an earlier one is checked once more.

    (Source, Settings) -> Checked, in the same order

May import: the core, `lint`.  Imported by: much of the package.
"""

from __future__ import annotations

from collections import deque
from concurrent.futures import ProcessPoolExecutor
from functools import cache, partial
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from mimekit.errors import TemporaryLookupError
from mimekit.finding import Finding
from mimekit.lint import fixing, selection
from mimekit.lint.config import Config, load_plugins, matches_message, matches_path, severities
from mimekit.lint.context import Context
from mimekit.lint.engine import look
from mimekit.parser import parse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future
    from datetime import datetime
    from typing import Any

    from mimekit.envelope import Envelope
    from mimekit.lint.selection import Plan
    from mimekit.lint.sources import Source

    Seen = set[tuple[str, ...]]
    Task = tuple[Source, "Settings"]

__all__ = ["Checked", "Settings", "run"]

_ALONE = 256  # messages that are sooner checked than other processes have started
_CHUNK = 32
_AHEAD = 4  # chunks for each worker that are under way: what waits in memory is bounded


class Settings(NamedTuple):
    """How a message is checked: the rules, what they may know, and what is mended."""

    config: Config = Config()
    profile: tuple[str, ...] = ("default",)
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    smtputf8: bool = False
    wire: bool = False
    envelope: Envelope | None = None
    keys: tuple[tuple[str, str], ...] = ()
    """Selectors, and the key record of each."""
    now: datetime | None = None
    fixes: str = ""
    """``safe``, ``unsafe``, or nothing: nothing is mended."""
    break_signature: bool = False

    def context(self, source: Source, seen: Seen | None) -> Context:
        """Give what the rules may know of a message."""
        options: dict[str, Any] = {name: True for name in ("received", "ses") if name in self.profile}
        return Context(
            now=None if self.now is None else partial(_same, self.now),
            smtputf8=self.smtputf8 or source.smtputf8,
            wire=self.wire,
            envelope=self.envelope or source.envelope,
            resolve=_Keys(self.keys) if self.keys else None,
            clients=self.config.clients,
            seen=seen,
            options=options | self.config.options,
        )

    def ignored(self, source: Source, matched: Iterable[str]) -> list[str]:
        """Give the codes, prefixes and names that the configuration ignores in a message."""
        given = [*self.config.ignore]
        for pattern, reasons in self.config.per_file_ignores.items():
            if matches_path(pattern, source.name, self.config.base):
                given += reasons
        for pattern in matched:
            given += self.config.per_message_ignores[pattern]
        return given


class Checked(NamedTuple):
    """What came out for one message."""

    source: Source
    """With its octets, when something was found; those of the mended message, when it was mended."""
    findings: tuple[Finding, ...] = ()
    mended: bytes | None = None
    before: tuple[bytes, int] = (b"", 0)
    """The octets before mending, and how many findings there were."""
    is_kept: bool = False
    """Whether it has a signature, and was not mended for that."""
    matched: tuple[str, ...] = ()
    """The patterns of ``per-message-ignores`` that it is meant by."""
    seen: frozenset[tuple[str, ...]] = frozenset()
    error: str = ""
    """Why it could not be read."""


class _Keys:
    """Looks key records up by their selector, whatever the domain."""

    def __init__(self, keys: Iterable[tuple[str, str]]) -> None:
        self._records = {selector.lower(): record.encode() for selector, record in keys}

    def __call__(self, name: str) -> list[bytes]:
        selector = name.partition("._domainkey.")[0].lower()
        if selector not in self._records:
            message = f"no key was given for {name}"
            raise TemporaryLookupError(message)
        return [self._records[selector]]


def _same(moment: datetime) -> datetime:
    return moment


# -- one message


def _plan(settings: Settings) -> Plan:
    _load_plugins(settings.config.plugins, settings.config.base)
    return selection.plan(settings.profile, settings.select, settings.extend_select, settings.ignore)


@cache
def _load_plugins(names: tuple[str, ...], base: str) -> None:
    if names:
        load_plugins(names, base)


@cache
def _severities(given: tuple[tuple[str, str], ...], _: int) -> dict[str, str]:
    return severities(dict(given))


def _check(source: Source, settings: Settings) -> Checked:
    """Check one message, and mend it before when that is asked for."""
    plan = _plan(settings)
    try:
        octets = source.read()
    except OSError as error:
        return Checked(source, error=error.strerror or str(error))
    matched: tuple[str, ...] = ()
    if settings.config.per_message_ignores:
        message = parse(octets)
        matched = tuple([one for one in settings.config.per_message_ignores if matches_message(one, message)])
    mended, before, is_kept = None, (b"", 0), False
    if settings.fixes:
        found = look(octets, plan, settings.context(source, None))
        made = _mended(octets, source, settings, matched) if any([one.fix for one in found]) else octets
        if made != octets:
            mended, before, octets = made, (octets, len(found)), made
        elif not settings.break_signature and parse(octets).headers.raw("DKIM-Signature") is not None:
            is_kept = any([one.fix is not None and (one.fix.is_safe or settings.fixes == "unsafe") for one in found])
    seen: Seen = set()
    findings = _look(octets, source, settings, seen)
    wanted = octets if findings or mended is not None else source.octets
    return Checked(source._replace(octets=wanted), findings, mended, before, is_kept, matched, frozenset(seen))


def _look(octets: bytes, source: Source, settings: Settings, seen: Seen) -> tuple[Finding, ...]:
    """Give the findings, with the severities that the configuration gives them."""
    findings = look(octets, _plan(settings), settings.context(source, seen))
    if not settings.config.severity:
        return tuple(findings)
    known = _severities(tuple(settings.config.severity.items()), len(selection.load()))
    return tuple([_with_severity(one, known[one.code]) if one.code in known else one for one in findings])


def _mended(octets: bytes, source: Source, settings: Settings, matched: tuple[str, ...]) -> bytes:
    made = fixing.fix(
        octets,
        unsafe=settings.fixes == "unsafe",
        break_signature=settings.break_signature,
        profile=settings.profile,
        select=settings.select,
        extend_select=settings.extend_select,
        ignore=(*settings.ignore, *settings.ignored(source, matched)),
        context=settings.context(source, None),
    )
    return made.to_bytes()


def _with_severity(finding: Finding, severity: str) -> Finding:
    return Finding(
        finding.code,
        finding.name,
        severity,
        finding.message,
        path=finding.path,
        start=finding.start,
        end=finding.end,
        line=finding.line,
        column=finding.column,
        reference=finding.reference,
        url=finding.url,
        fix=finding.fix,
    )


# -- many


def run(tasks: Iterable[Task], *, workers: int = 1) -> Iterator[Checked]:
    """Check messages, the first ones here, the others in *workers* processes when there are more than one."""
    seen: Seen = set()
    waiting = iter(tasks)
    alone = islice(waiting, _ALONE) if workers > 1 else waiting
    for source, settings in alone:
        yield _remembered(_check(source, settings), settings, seen)
    if workers > 1:
        first = next(waiting, None)
        if first is not None:
            yield from _spread(first, waiting, workers, seen)


def _remembered(checked: Checked, settings: Settings, seen: Seen) -> Checked:
    """Check a message again when it shares something with an earlier one; only then what came before matters."""
    if seen.isdisjoint(checked.seen):
        seen |= checked.seen
        return checked
    octets = checked.source.read()
    findings = _look(octets, checked.source, settings, seen)
    return checked._replace(findings=findings, source=checked.source._replace(octets=octets))


def _spread(first: Task, waiting: Iterator[Task], workers: int, seen: Seen) -> Iterator[Checked]:
    pending: deque[tuple[list[Task], Future[list[Checked]]]] = deque()
    with ProcessPoolExecutor(workers, mp_context=_processes()) as pool:
        try:
            chunk = [first, *islice(waiting, _CHUNK - 1)]
            while chunk or pending:
                if chunk:
                    pending.append((chunk, pool.submit(_check_all, chunk)))
                    chunk = list(islice(waiting, _CHUNK))
                if len(pending) >= workers * _AHEAD or not chunk:
                    own, future = pending.popleft()
                    for (source, settings), checked in zip(own, future.result(), strict=True):
                        whole = checked.source if source.octets is None else source
                        if checked.mended is not None:
                            whole = checked.source
                        yield _remembered(checked._replace(source=whole), settings, seen)
        finally:
            for _, future in pending:
                future.cancel()


def _processes() -> Any:  # noqa: ANN401 - a context of multiprocessing has a class of its own on each system
    """Give the way to start processes: a clean one each, since there may be threads here."""
    import multiprocessing

    way = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    context = multiprocessing.get_context(way)
    if way == "forkserver":
        context.set_forkserver_preload([__name__])
    return context


def _check_all(tasks: list[Task]) -> list[Checked]:
    """Check a chunk in another process; octets that are there already do not go back."""
    found = []
    for source, settings in tasks:
        checked = _check(source, settings)
        if source.octets is not None and checked.mended is None:
            checked = checked._replace(source=source._replace(octets=None))
        found.append(checked)
    return found
