"""
Differential testing: two parsers read the messages that are drawn, and what they disagree on is told.

Where two parsers read one message otherwise, one of them is wrong or the standard leaves it open; which, says the
section that stands beside each disagreement.  Hypothesis draws, and shrinks each message to the least that shows its
disagreement.

    two parsers, strategies -> Comparison, of Disagreements

It looks for one disagreement, shrinks it, leaves out from then on whatever shows it too, and looks for the next.

May import: the core, `strategies`, `testing`; hypothesis only when it is called.  Imported by: `cli`, `testing`,
`testing.reproducers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from mimekit.errors import MimekitError, show
from mimekit.testing.pace import PATIENCE, Pace, Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from os import PathLike
    from pathlib import Path
    from typing import Any  # a value of an aspect, as JSON has it

    from hypothesis.strategies import SearchStrategy

    from mimekit.message import Message
    from mimekit.testing.disagreeing import Difference
    from mimekit.testing.knowing import Known
    from mimekit.testing.parsers import Failure, Parser, ParserLike
    from mimekit.testing.readings import Reading

    Drawn = SearchStrategy[Message] | SearchStrategy[bytes] | SearchStrategy[Message | bytes]

__all__ = [
    "KINDS",
    "VALID",
    "Comparison",
    "Disagreement",
    "InterruptedComparison",
    "Progress",
    "assert_same_reading",
    "compare",
]

_PROFILES = ("eai", "signed", "report")
KINDS = ("messages", "renderings", "exotic", "obsolete", *_PROFILES, "damaged", "garbage")
"""What can be drawn: names of the strategies, and profiles of `strategies.messages`."""
_STRATEGIES = {"exotic": "exotic_messages", "obsolete": "obsolete_messages"}
VALID = KINDS[:4]
"""What is drawn unless it is said what: legal messages of every kind that any parser has to read."""

_TIMEOUT = 5.0
_GLANCE = 300  # octets that a person reads at a glance


class Disagreement(NamedTuple):
    """What two parsers say otherwise, on the smallest message that was found for it."""

    aspect: str
    """
    ``structure``, ``fields``, ``from``, ``sender``, ``reply-to``, ``to``, ``cc``, ``bcc``, ``subject``, ``date``,
    ``message-id``, ``text``, ``html``, ``attachments``; or ``crash``, for a parser that gives no reading.
    """
    label: str
    """In which way they differ."""
    a: Any
    """What the first one says."""
    b: Any
    """What the second one says."""
    message: bytes
    """The message, shrunk."""
    span: tuple[int, int] | None
    """The octets in question, where that can be told."""
    constructs: tuple[str, ...]
    """What is in those octets that parsers read differently."""
    references: tuple[str, ...]
    """The sections that decide."""
    reading_a: Reading | Failure
    reading_b: Reading | Failure
    seen: int
    """How many of the messages showed it."""
    is_shrunk: bool
    """False when the time was up."""
    known: Known | None
    """What is known of it already, with the word of the standard."""

    @property
    def title(self) -> str:
        """Say in one line where and in which way: ``to, name: white space``."""
        from mimekit.testing.disagreeing import title

        return title(self.aspect, self.label)

    @property
    def name(self) -> str:
        """A name for files: ``to-name-white-space``."""
        return "-".join("".join([char if char.isalnum() else " " for char in self.title]).lower().split())


class Comparison(NamedTuple):
    """What came out."""

    names: tuple[str, str]
    """Those of the parsers."""
    disagreements: tuple[Disagreement, ...]
    """What is new, in the order in which it was found."""
    known: tuple[Disagreement, ...]
    """What is known already, and not shrunk."""
    examples: int
    """Messages that were compared, those of shrinking left out."""
    seconds: float
    seed: int
    spelled: tuple[str | None, str | None]
    """The parsers as `compare` takes them in another process; ``None`` for a function."""
    ignoring: tuple[str, ...]
    timeout: float
    is_persistent: bool

    def write(self, directory: str | PathLike[str]) -> list[Path]:
        """
        Write the message of each disagreement as ``.eml``, and ``test_reproducers.py``; give the files.

        Each of its tests fails while the parsers disagree.  Raises `MimekitError` when a parser is a function.
        """
        from mimekit.testing import reproducers

        return reproducers.write(self, directory)


class InterruptedComparison(KeyboardInterrupt):
    """Somebody ended a comparison with Ctrl-C; ``comparison`` is what it had found."""

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.comparison = comparison


def compare(  # noqa: PLR0913 - a search has this many knobs
    parser_a: ParserLike,
    parser_b: ParserLike,
    *,
    messages: Drawn | None = None,
    kinds: Iterable[str] = VALID,
    max_examples: int | None = None,
    max_disagreements: int | None = None,
    seconds: float | None = None,
    max_octets: int | None = None,
    ignoring: Iterable[str] = (),
    timeout: float = _TIMEOUT,
    persistent: bool = False,
    known: Iterable[Known] | None = None,
    seed: int = 0,
    progress: Callable[[Progress], object] | None = None,
) -> Comparison:
    """
    Draw messages, have two parsers read them, and give what they disagree on, each with a shrunk message.

    A parser is a function of octets that gives a `Reading`; a name: ``"mimekit"``, ``"stdlib"``,
    ``"fast-mail-parser"``, ``"mail-parser"``; or a command, which reads a message on standard input and prints a
    reading as JSON.  With *persistent* a command is started once, and is given each message as its length in decimal
    digits, a line feed, and its octets; it answers with one line.

    *messages* is a strategy of `Message` or octets, in place of the *kinds* of `mimekit.strategies`: ``messages``,
    ``renderings``, ``exotic``, ``obsolete``; the profiles ``eai``, ``signed`` and ``report``; and what nothing gives a
    meaning, ``damaged`` and ``garbage``.  It ends after *max_examples* (default: 1,000, or as many as fit into
    *seconds*), after *seconds*, or with the last of *max_disagreements* that are new.
    *ignoring* holds aspects (`Disagreement.aspect`) that are not compared.  *timeout*, in seconds, makes a parser that
    gives nothing one that hangs.  *known* replaces the table of known differences; ``()`` for none.

    Raises `MimekitError` for a parser, a kind or an aspect that there is not, and at Ctrl-C `InterruptedComparison`.
    """
    from mimekit.testing.parsers import resolved

    ignored = frozenset([ignoring] if isinstance(ignoring, str) else ignoring)
    aspects = _aspects(ignored)
    if max_examples is None and seconds is None:
        max_examples = 1000
    listed = _kinds(kinds)
    parsers = [resolved(one, timeout=timeout, is_persistent=persistent) for one in (parser_a, parser_b)]
    strategy = _strategy(listed, max_octets) if messages is None else messages
    is_long = max_octets is None or max_octets >= _GLANCE
    short = _strategy(listed, _GLANCE - 1) if messages is None and is_long else None
    search = _Search(parsers[0], parsers[1], aspects, known, Pace(max_examples, seconds, progress))
    search.most = max_disagreements
    is_interrupted = False
    try:
        search.run(strategy, short, seed)
    except KeyboardInterrupt:
        is_interrupted = True
    finally:
        for parser in parsers:
            parser.close()
    known_ones, found = search.outcome()
    comparison = Comparison(
        names=_names(parsers[0], parsers[1]),
        disagreements=found,
        known=known_ones,
        examples=search.clock.examples,
        seconds=search.clock.elapsed(),
        seed=seed,
        spelled=(parsers[0].spelled, parsers[1].spelled),
        ignoring=tuple(sorted(ignored)),
        timeout=timeout,
        is_persistent=persistent,
    )
    if is_interrupted:
        raise InterruptedComparison(comparison)
    return comparison


def assert_same_reading(  # noqa: PLR0913 - as `compare`
    parser_a: ParserLike,
    parser_b: ParserLike,
    message: object,
    *,
    ignoring: Iterable[str] = (),
    timeout: float = _TIMEOUT,
    persistent: bool = False,
) -> None:
    """
    Assert that two parsers read one message alike; see `compare` for what a parser is.

    *message* is octets, or what `assert_message` takes.  Raises `AssertionError` with what differs.
    """
    __tracebackhide__ = True
    from mimekit.testing.disagreeing import differences
    from mimekit.testing.parsers import resolved
    from mimekit.testing.reading import octets_of

    octets = octets_of(message)[0]
    aspects = _aspects(ignoring)
    parsers = [resolved(one, timeout=timeout, is_persistent=persistent) for one in (parser_a, parser_b)]
    try:
        readings = [parser.read(octets) for parser in parsers]
    finally:
        for parser in parsers:
            parser.close()
    names = _names(parsers[0], parsers[1])
    found = differences(readings[0], readings[1], octets, names=names, aspects=aspects)
    if found:
        raise AssertionError("\n".join(_told(found, names)))


def _told(found: list[Difference], names: tuple[str, str]) -> Iterable[str]:
    from mimekit.testing.constructs import references
    from mimekit.testing.disagreeing import title

    yield f"{names[0]} and {names[1]} read the message otherwise"
    width = max([len(name) for name in names])
    for one in found:
        yield f"  {title(one.aspect, one.label)} ({', '.join(references(one.aspect, one.constructs)) or 'no section'})"
        yield f"    {names[0]:{width}}  {one.a!a}"
        yield f"    {names[1]:{width}}  {one.b!a}"


def _names(a: Parser, b: Parser) -> tuple[str, str]:
    return (a.name, b.name) if a.name != b.name else (f"{a.name} (1)", f"{b.name} (2)")


def _aspects(ignoring: Iterable[str]) -> frozenset[str]:
    from mimekit.testing.constructs import ASPECTS

    ignored = frozenset([ignoring] if isinstance(ignoring, str) else ignoring)
    if unknown := sorted(ignored - set(ASPECTS)):
        message = f"there is no aspect {show(unknown[0])}; there are {', '.join(ASPECTS)}"
        raise MimekitError(message)
    return frozenset(ASPECTS) - ignored


def _kinds(kinds: Iterable[str]) -> tuple[str, ...]:
    listed = (kinds,) if isinstance(kinds, str) else tuple(kinds)
    if unknown := [one for one in listed if one not in KINDS]:
        message = f"there is no kind {show(unknown[0])}; there are {', '.join(KINDS)}"
        raise MimekitError(message)
    if not listed:
        message = f"there is no kind to draw; give some of {', '.join(KINDS)}"
        raise MimekitError(message)
    return listed


def _strategy(kinds: tuple[str, ...], max_octets: int | None) -> Drawn:
    from hypothesis import strategies as st

    from mimekit import strategies

    made: list[SearchStrategy[Any]] = []  # of messages or octets
    for kind in kinds:
        if kind == "renderings":
            drawn = strategies.messages(max_octets=max_octets)
            made.append(drawn.flatmap(lambda message: strategies.renderings(message, max_octets=max_octets)))
        else:
            options = {"profile": kind} if kind in _PROFILES else {}
            name = "messages" if kind in _PROFILES else _STRATEGIES.get(kind, kind)
            made.append(getattr(strategies, name)(max_octets=max_octets, **options))
    return st.one_of(made)


def _one_of(strategy: Drawn) -> Drawn:
    """Give the same strategy with a short `repr`: Hypothesis warns of the long ones."""
    from hypothesis import strategies as st

    @st.composite
    def drawn(draw: st.DrawFn) -> Message | bytes:
        return draw(strategy)

    return drawn()


# -- the search


class _FoundError(Exception):
    """The message shows the disagreement that is looked for; raised for Hypothesis, which shrinks it."""


class _EnoughError(BaseException):
    """The time is up, or shrinking brings nothing more."""


class _Case(NamedTuple):
    """A message with its readings, and what is different."""

    octets: bytes
    readings: tuple[Reading | Failure, Reading | Failure]
    difference: Difference


class _Kept:
    """A disagreement in the making."""

    def __init__(self, case: _Case, known: Known | None = None) -> None:
        self.case = case
        self.known = known
        self.seen = 0 if known is not None else 1
        self.is_shrunk = False

    def explains(self, difference: Difference) -> bool:
        """Tell whether *difference* is likely to be the same one."""
        return self.case.difference.explains(difference)

    def is_simpler_than(self, other: _Kept) -> bool:
        """Tell whether it explains *other*, and is not explained by it."""
        return self.explains(other.case.difference) and not other.explains(self.case.difference)

    def take(self, case: _Case) -> None:
        """Keep a message that is no longer; of those of one length the last one, which Hypothesis finds simpler."""
        if len(case.octets) <= len(self.case.octets):
            self.case = case

    def disagreement(self) -> Disagreement:
        """Give what it has become."""
        from mimekit.testing.constructs import references

        octets, readings, difference = self.case
        sections = references(difference.aspect, difference.constructs)
        return Disagreement(
            aspect=difference.aspect,
            label=difference.label,
            a=difference.a,
            b=difference.b,
            message=octets,
            span=difference.span,
            constructs=difference.constructs,
            references=sections if self.known is None else self.known.references,
            reading_a=readings[0],
            reading_b=readings[1],
            seen=self.seen,
            is_shrunk=self.is_shrunk,
            known=self.known,
        )


class _Search:
    """What was found so far, and what is looked for."""

    def __init__(
        self, a: Parser, b: Parser, aspects: frozenset[str], known: Iterable[Known] | None, clock: Pace
    ) -> None:
        from mimekit.testing import knowing

        self._parsers = (a, b)
        self._names = _names(a, b)
        self._aspects = aspects
        self._table = tuple(knowing.table(self._names) if known is None else known)
        self._found: list[_Kept] = []
        self._known: dict[Known, _Kept] = {}
        self._wanted: _Kept | None = None
        self._mistake: BaseException | None = None
        self.clock = clock
        self.most: int | None = None
        """So many disagreements are enough."""

    # -- the rounds

    def run(self, strategy: Drawn, short: Drawn | None, seed: int) -> None:
        """Look for one disagreement after the other; for one in a long message again, in *short* ones and in all."""
        number = 0
        while not self.clock.is_over() and (self.most is None or len(self._found) < self.most):
            before = self.clock.examples
            self._wanted = None
            self._round(strategy, f"{seed}-{number}")
            if self._wanted is not None:
                for kind, again in (("short", strategy if short is None else short), ("again", strategy)):
                    if len(self._wanted.case.octets) >= _GLANCE and not self.clock.is_out_of_time():
                        self.clock.begin_shrinking()
                        self._round(again, f"{seed}-{number}-{kind}")
                self._found.append(self._wanted)
            elif self.clock.examples == before:  # nothing can be drawn any more
                break
            number += 1
        self._tell()

    def _round(self, strategy: Drawn, seed: str) -> None:
        import hypothesis
        from hypothesis import errors

        @hypothesis.seed(seed)
        @hypothesis.settings(
            max_examples=PATIENCE if self._wanted is not None else self.clock.left(),
            database=None,
            deadline=None,
            derandomize=False,
            phases=(hypothesis.Phase.generate, hypothesis.Phase.shrink),
            report_multiple_bugs=False,
            suppress_health_check=list(hypothesis.HealthCheck),
            verbosity=hypothesis.Verbosity.quiet,
        )
        @hypothesis.given(_one_of(strategy))
        def look(drawn: Message | bytes) -> None:
            self._look(drawn if isinstance(drawn, bytes) else drawn.to_bytes())

        is_shrunk = self._wanted is not None and self._wanted.is_shrunk
        try:
            look()
        except _FoundError:
            is_shrunk = True
        except _EnoughError:
            is_shrunk = is_shrunk or self.clock.is_shrunk()
        except errors.InvalidArgument:
            if self._wanted is None:
                raise  # else nothing of these kinds is so short
        except errors.Flaky:  # a parser that does not always say the same; the message is kept that showed it
            pass
        if self._mistake is not None:
            raise self._mistake
        if self._wanted is not None:
            self._wanted.is_shrunk = is_shrunk

    # -- one message

    def _look(self, octets: bytes) -> None:
        """Compare; raise for Hypothesis when the message shows what is wanted: in one place, for it looks at that."""
        try:
            is_found = self._shows_what_is_wanted(octets)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - of the caller, or ours
            # Hypothesis would look for the simplest message that shows it, and be told that the time is up.
            self._mistake = error
            raise _EnoughError from None
        if is_found:
            raise _FoundError

    def _shows_what_is_wanted(self, octets: bytes) -> bool:
        clock = self.clock
        if self._wanted is not None:
            if clock.is_enough():
                raise _EnoughError
            return self._shrink(self._wanted, self._cases(octets))
        if clock.is_over():
            raise _EnoughError
        clock.examples += 1
        if not clock.examples % 10:
            self._tell()
        for case in self._cases(octets):
            if self._is_new(case):
                self._wanted = _Kept(case)
                clock.begin_shrinking()
                self._tell()
                return True
        return False

    def _shrink(self, wanted: _Kept, cases: list[_Case]) -> bool:
        for case in cases:
            if case.difference.label == wanted.case.difference.label and not self._explained(case.difference):
                wanted.take(case)
                self.clock.was_simpler()
                return True
        return False

    def _cases(self, octets: bytes) -> list[_Case]:
        from mimekit.testing.disagreeing import differences

        a, b = [parser.read(octets) for parser in self._parsers]
        found = differences(a, b, octets, names=self._names, aspects=self._aspects)
        return [_Case(octets, (a, b), one) for one in found]

    def _explained(self, difference: Difference) -> bool:
        known = [one.explains(difference) for one in self._table]
        return any(known) or any([one.explains(difference) for one in self._found])

    def _is_new(self, case: _Case) -> bool:
        """Count a disagreement that is known or was found; tell whether it is neither."""
        for kept in self._found:
            if kept.explains(case.difference):
                kept.seen += 1
                if kept.case.difference.constructs == case.difference.constructs:
                    kept.take(case)
                return False
        for row in self._table:
            if row.explains(case.difference):
                kept = self._known.setdefault(row, _Kept(case, row))
                kept.seen += 1
                kept.take(case)
                return False
        return True

    def _tell(self) -> None:
        self.clock.tell(len(self._found), len(self._known), is_shrinking=self._wanted is not None)

    # -- what came out

    def outcome(self) -> tuple[tuple[Disagreement, ...], tuple[Disagreement, ...]]:
        """Give what is known, and what is new."""
        if self._wanted is not None and self._wanted not in self._found:  # it was interrupted
            self._found.append(self._wanted)
        for kept in list(self._found):  # one that has less in it may have been found after it
            better = [one for one in self._found if one is not kept and one.is_simpler_than(kept)]
            if better:
                better[0].seen += kept.seen
                self._found.remove(kept)
        known, found = [
            tuple([kept.disagreement() for kept in listed]) for listed in (self._known.values(), self._found)
        ]
        return known, found
