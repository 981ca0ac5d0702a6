"""
Judging: the rules that count for a test, out of the configuration, its markers, and what it says itself.

    Sent, Message, Delivery, octets -> Findings;  findings -> text with frames

May import: the core, `lint`.  Imported by: `testing.fixtures`, `testing.outbox`, `testing.plugin`, `testing.watching`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.delivery import Delivery
from mimekit.errors import show
from mimekit.finding import SEVERITIES, Finding
from mimekit.lint import config as configuration
from mimekit.lint import reporters, running, selection
from mimekit.lint.context import Context, LintError
from mimekit.lint.engine import look
from mimekit.lint.ignores import Ignores
from mimekit.lint.reporters import visible
from mimekit.lint.sources import Source
from mimekit.testing.outbox import Findings, Sent
from mimekit.testing.reading import octets_of, readable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from mimekit.lint.config import Config

    Reasons = Mapping[str, str] | Iterable[str]

__all__ = ["Judge", "framed", "told"]

_MOST = 20  # findings that one failure shows with frames


class Judge:
    """
    The rules for one test.  *given* are the keyword arguments of markers, those of the nearest one first.

    `Judge.narrowed` gives another one for a single call.
    """

    def __init__(self, config: Config, given: Iterable[Mapping[str, object]] = ()) -> None:
        self.config = config
        self.fail_level = config.fail_level
        self.profile: tuple[str, ...] = config.profile or ("default",)
        self.select = config.select
        self.extend_select = config.extend_select
        self.context = Context(clients=config.clients, options=config.options)
        self.ignores = Ignores()
        self.seen: set[tuple[str, ...]] = set()
        """What rules remember of other mails of the test."""
        for one in reversed(list(given)):
            self._take(**one)  # type: ignore[arg-type]  # `_take` says what they are

    def _take(  # noqa: PLR0913 - one for each thing that a marker says
        self,
        *,
        profile: str | Iterable[str] | None = None,
        select: str | Iterable[str] | None = None,
        extend_select: str | Iterable[str] = (),
        ignore: Reasons = (),
        fail_level: str | None = None,
        context: Context | None = None,
    ) -> None:
        if profile is not None:
            self.profile = _listed(profile)
        if select is not None:
            self.select = _listed(select)
        self.extend_select += _listed(extend_select)
        self.ignores.add(ignore)
        if fail_level is not None:
            self.fail_level = _level(fail_level)
        if context is not None:
            self.context = context.changed(
                clients=context.clients or self.context.clients,
                options={**self.context.options, **context.options},
            )

    def narrowed(self, **given: object) -> Judge:
        """Give the judge for one call, which has ignores of its own beside those of the test."""
        made = Judge(self.config)
        made.profile, made.select, made.extend_select = self.profile, self.select, self.extend_select
        made.fail_level, made.context, made.seen = self.fail_level, self.context, self.seen
        made._take(**given)  # type: ignore[arg-type]  # as above
        return made

    def findings(self, x: object) -> Findings:
        """Say what is wrong with a message, the ignores of the test left out and counted."""
        given, octets, context, profile = self._input(x)
        plan = selection.plan(profile, self.select, self.extend_select)
        found = look(given, plan, context)
        if self.config.severity:
            known = configuration.severities(self.config.severity)
            found = [running._with_severity(one, known[one.code]) if one.code in known else one for one in found]
        found = self._configured(octets).kept(found)
        return Findings(self.ignores.kept(found), octets)

    def _input(self, x: object) -> tuple[Delivery | bytes, bytes, Context, tuple[str, ...]]:
        context, profile = self.context, self.profile
        given: Delivery | bytes
        if isinstance(x, Sent):
            octets = x.data
            given = x.delivery
            context = context.changed(seen=self.seen)
            if (
                x.call is not None
            ):  # SES takes Bcc out and writes line ends anew, so it is not yet what goes on the wire
                given = octets
                context = context.changed(envelope=x.envelope, ses_call=x.call)
                profile = (*profile, "ses")
            else:
                profile = (*profile, "wire")
        elif isinstance(x, Delivery):
            octets, given = x.data, x
        else:
            octets, smtputf8 = octets_of(x)
            given = octets
            context = context.changed(smtputf8=context.smtputf8 or smtputf8)
        options = {name: True for name in ("received", "ses") if name in profile}
        return given, octets, context.changed(options={**options, **context.options}), profile

    def _configured(self, octets: bytes) -> Ignores:
        config = self.config
        ignores = Ignores(config.ignore)
        if config.per_message_ignores:
            from mimekit.parser import parse

            message = parse(octets)
            for pattern, reasons in config.per_message_ignores.items():
                if configuration.matches_message(pattern, message):
                    ignores.add(reasons)
        return ignores

    def failing(self, findings: Iterable[Finding]) -> list[Finding]:
        """Give the findings that reach the fail level."""
        least = SEVERITIES.index(self.fail_level)
        return [one for one in findings if SEVERITIES.index(one.severity) >= least]


def _listed(given: str | Iterable[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _level(given: str) -> str:
    if given not in SEVERITIES:
        message = f"fail_level is {show(given)}; it is one of {', '.join(SEVERITIES)}"
        raise LintError(message)
    return given


def told(findings: Iterable[Finding]) -> str:
    """Count findings: ``2 errors, 1 warning``."""
    listed = [one.severity for one in findings]
    counts = [(one, listed.count(one)) for one in reversed(SEVERITIES) if one in listed]
    return ", ".join([f"{number} {one}{'' if one == 'info' or number == 1 else 's'}" for one, number in counts])


def framed(x: object, findings: Iterable[Finding], octets: bytes) -> str:
    """Show findings of a message, each with the line it is in; nothing in it can move a terminal."""
    listed = list(findings)
    reporter = reporters.make("text", reporters.Options(pictures=False))
    name = x.label if isinstance(x, Sent) else "message"
    checked = running.Checked(Source(name, octets), tuple(listed[:_MOST]))
    lines = [
        visible.text("".join([one if isinstance(one, str) else one[0] for one in line]))
        for line in reporter.message(checked)
    ]
    if len(listed) > _MOST:
        lines.append(f"... and {len(listed) - _MOST} more")
    return "\n".join([f"{told(listed)} in {readable(octets)}", "", *lines]).rstrip("\n")
