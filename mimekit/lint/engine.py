"""
The engine: walks a message once, asks the rules, and puts their findings in order.

    Message, Delivery or octets + rules -> [Finding]

Findings of one place are told once: a rule that says exactly what is wrong supersedes one that says it vaguely.  A rule
that crashes is a finding (L022).  Everything is a pure function of the octets and the context.

May import: the core, `lint`.  Imported by: `lint`, `lint.fixing`, `lint.makers_headers`, `lint.running`, `testing`.
"""

from __future__ import annotations

from bisect import bisect_right
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from mimekit.delivery import Delivery
from mimekit.errors import EnvelopeError, show
from mimekit.finding import SEVERITIES, Finding
from mimekit.lint import selection
from mimekit.lint.context import Context, LintError
from mimekit.lint.rule import REGISTRY, Hit
from mimekit.lint.signed import signatures
from mimekit.lint.view import Mail
from mimekit.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any, TypeAlias

    from mimekit.envelope import Envelope
    from mimekit.finding import Fix
    from mimekit.lint.html import Html
    from mimekit.lint.rule import Rule
    from mimekit.lint.selection import Asked, Plan
    from mimekit.lint.view import Entity

    Hits: TypeAlias = list[tuple[Rule, Hit]]
    Question: TypeAlias = tuple[Asked, Any]  # rules, and what they look at

__all__ = ["check", "look"]

_BARE_LF = "H001"
_OF_FIELD = {
    **dict.fromkeys(("E001", "E002", "M034"), "content-transfer-encoding"),
    **dict.fromkeys(("E031", "L013", "M020"), "content-type"),
}
"""What the parser finds at the start of a body, and the field that is at fault."""
_CRASHED = "L022"
_LEFT_OUT = "L023"
_MOST = 1000  # findings of one code in a message, unless the option max-findings says otherwise


def check(  # noqa: PLR0913 - as many as the command line has
    x: Message | Delivery | bytes,
    *,
    profile: str | Iterable[str] = "default",
    select: str | Iterable[str] | None = None,
    extend_select: str | Iterable[str] = (),
    ignore: str | Iterable[str] | Mapping[str, str] = (),
    context: Context | None = None,
) -> list[Finding]:
    r"""
    Say what is wrong with a message, sorted by place.

    A `Delivery` is checked with its envelope and as it goes on the wire, which is profile ``wire``; a built `Message`
    with the transport it was built for, its Bcc and its MAIL FROM; octets as they stand.  See `selection.plan` for
    *profile*, *select*, *extend_select* and *ignore*, `Context` for what the rules may know.  Never raises for any
    octets.

    A mapping as *ignore* gives reasons, and an empty one is L021.  An ignore may be there for other messages than this
    one, so L020 (it matched nothing) is told where *select* or *extend_select* names it, and of a list L021 likewise.

    >>> [str(one) for one in check(b"From: a@shop.test\r\nTo: b@shop.test\r\nDate: Mon, 24 Nov 2026 03:30:00 +0000\r\n"
    ...                            b"Message-ID: <1.7f3a9c2e@shop.test>\r\nSubject: Hi\r\n\r\nHi\r\n", select="H204")]
    ['3:7: H204 date-weekday-mismatch: 24 Nov 2026 is a Tuesday']
    """
    chosen = selection.plan(selection.profiles_for(x, profile), select, extend_select, ignore)
    known = context or Context()
    found = look(x, chosen, known)
    if not ignore:
        return found
    from mimekit.lint.ignores import told

    every = partial(look, x, selection.plan(selection.profiles_for(x, profile), select, extend_select), known)
    return sorted([*told(ignore, every, select, extend_select), *found], key=lambda one: (one.start, one.end, one.code))


def look(x: Message | Delivery | bytes, chosen: Plan, context: Context, *, every: bool = False) -> list[Finding]:
    """Check a message by the rules of a plan; see `check`.  *every*: of a code that is found often, all findings."""
    octets, context, message, given = _input(x, context)
    if chosen.told:
        context = context.changed(options={**chosen.told, **context.options})
    mail = Mail(octets, context, message, given)
    hits = [*_of_parser(mail, chosen), *_of_rules(mail, chosen)]
    most = len(hits) if every else context.options.get("max-findings", _MOST)
    found = _findings(mail, chosen, hits, most) if hits else []
    mail.close()
    return found


def _input(x: Message | Delivery | bytes, context: Context) -> tuple[bytes, Context, Message | None, Message | None]:
    """Give the octets, what is known beside them, the message if it was parsed from them, or was built."""
    if isinstance(x, Delivery):
        smtputf8 = context.smtputf8 or x.envelope.needs_smtputf8 or "SMTPUTF8" in x.mail_options
        changed = context.changed(wire=True, envelope=context.envelope or x.envelope, smtputf8=smtputf8)
        return x.data, changed, None, None
    if isinstance(x, Message):
        octets = x.to_bytes()
        if not x.root.is_built:
            return octets, context, x, None
        smtputf8 = context.smtputf8 or x.encoding == "smtputf8"
        return octets, context.changed(smtputf8=smtputf8, envelope=context.envelope or _own_envelope(x)), None, x
    if isinstance(x, (bytes, bytearray, memoryview)):
        return bytes(x), context, None, None
    message = f"a {type(x).__name__} cannot be checked; give a Message, a Delivery or bytes"
    raise LintError(message)


def _own_envelope(built: Message) -> Envelope | None:
    """Give the envelope of a built message that says its MAIL FROM, if it has recipients yet."""
    if built.mail_from is None:
        return None
    try:
        return built.envelope
    except EnvelopeError:
        return None


def _of_parser(mail: Mail, chosen: Plan) -> Iterator[tuple[Rule, Hit]]:
    """Give each defect of the parser as the finding of the same code."""
    for defect in mail.message.defects:
        if defect.code in chosen.defects:
            rule = chosen.rules[defect.code]
            hit = Hit(defect.detail or defect.name, defect.start, defect.end, "", None, defect.severity)
            if rule.mends:
                hit = hit._replace(fix=_mended(rule, mail, hit))
            yield rule, _at_field(mail, hit, _OF_FIELD[rule.code]) if rule.code in _OF_FIELD else hit
    if mail.context.wire and _BARE_LF in chosen.defects and b"\r\n" not in mail.octets and b"\n" in mail.octets:
        # To the parser a file of a system where all lines end in LF; on the wire no line has ended yet.
        rule, at = chosen.rules[_BARE_LF], mail.octets.index(b"\n")
        hit = Hit("every line ends in LF; on the wire it is CRLF", at, at + 1)
        yield rule, hit._replace(fix=_mended(rule, mail, hit))


def _at_field(mail: Mail, hit: Hit, name: str) -> Hit:
    """Give a hit at the start of a body the place of the field that says so."""
    for entity in mail.entities:
        if hit.start == hit.end == entity.part.body_start and entity.outside is None:
            field = entity.field(name)
            if field is not None:
                return hit._replace(start=field.start, end=field.end)
    return hit


def _mended(rule: Rule, mail: Mail, hit: Hit) -> Fix | None:
    """Ask a rule for the fix of what the parser found; one that crashes gives none."""
    try:
        found: Fix | None = rule.function(mail, hit)  # type: ignore[assignment]  # see `Rule.mends`
    except Exception:  # noqa: BLE001 - what was found counts, with a fix or without
        return None
    return found


def _of_rules(mail: Mail, chosen: Plan) -> Hits:
    """Ask the rules about all that there is to look at."""
    hits: Hits = []
    context = mail.context
    for asked, view in _questions(mail, chosen):
        rules = asked.always
        if asked.needing:
            rules = _with_needing(rules, asked, view.searched)
        for rule in rules:
            try:
                found = rule.function(view, context)
                if found is not None:
                    for hit in found:
                        hits.append((rule, hit))  # what came before a crash is kept
            except Exception as error:  # noqa: BLE001 - whatever a rule does, the others are asked
                text = f"the rule {rule.code} ({rule.name}) crashed: {type(error).__name__}: {show(str(error), 200)}"
                if _CRASHED in REGISTRY:
                    hits.append((REGISTRY[_CRASHED], Hit(text, 0, 0)))
    return hits


def _with_needing(rules: tuple[Rule, ...], asked: Asked, searched: str) -> tuple[Rule, ...]:
    """Add the rules of which some octets that they need are there."""
    for needs, needing in asked.needing:
        for octets in needs:
            if octets in searched:
                rules += needing
                break
    return rules


# What of a message the rules of each kind look at, and ask for by its marks.
_VIEWS: tuple[tuple[str, Callable[[Mail], Iterable[Any]]], ...] = (
    ("octets", lambda mail: (mail,)),
    ("message", lambda mail: (mail,)),
    ("envelope", lambda mail: () if mail.envelope is None else (mail,)),
    ("address", lambda mail: mail.addresses),
    ("part", lambda mail: mail.entities),
    ("signature", lambda mail: () if mail.field("dkim-signature") is None else signatures(mail)),
    ("text", lambda mail: mail.texts),
)


def _questions(mail: Mail, chosen: Plan) -> Iterable[Question]:
    """Walk the message once; give each thing that rules look at with the rules to ask about it."""
    return chain(_of_kinds(mail, chosen), _of_fields(mail, chosen), _of_documents(mail, chosen))


def _of_kinds(mail: Mail, chosen: Plan) -> Iterator[Question]:
    for kind, views in _VIEWS:
        if chosen.looks_at(kind):
            for view in views(mail):
                yield chosen.asked(kind, view.marks), view


def _of_fields(mail: Mail, chosen: Plan) -> Iterator[Question]:
    if not chosen.looks_at("field"):
        return
    named, other = chosen.fields, chosen.other_fields
    is_other_asked = other.always or other.needing
    for entity in mail.entities:
        for field in entity.fields:
            if is_other_asked or field.key in named:
                yield named.get(field.key, other), field


def _of_documents(mail: Mail, chosen: Plan) -> Iterator[Question]:
    if chosen.looks_at("html") or chosen.looks_at("element"):
        for text in mail.texts:
            if text.is_html:
                yield from _of_html(text.document, chosen)


def _of_html(document: Html, chosen: Plan) -> Iterator[Question]:
    yield chosen.asked("html"), document
    named, other = chosen.elements, chosen.other_elements
    for element in document.elements:
        asked = named.get(element.name, other)
        if asked.always:
            yield asked, element


# -- findings


def _findings(mail: Mail, chosen: Plan, hits: Hits, most: int) -> list[Finding]:
    """Put hits in order, with the line, the column and the part that each is in; the line ends are counted once."""
    kept = _not_superseded(hits) if chosen.superseded else hits
    kept = sorted(kept, key=lambda pair: (pair[1].start, pair[1].end, pair[0].code, pair[1].message))
    if len(kept) > most:
        kept = _first(kept, chosen, most)
    octets, paths = mail.octets, _Paths(mail)
    line, line_start, counted = 1, 0, 0
    found: list[Finding] = []
    before: tuple[Rule, Hit] | None = None
    for rule, hit in kept:
        if before == (rule, hit):
            continue
        before = rule, hit
        if hit.start > counted:
            ends = octets.count(b"\n", counted, hit.start)
            if ends:
                line += ends
                line_start = octets.rfind(b"\n", counted, hit.start) + 1
            counted = hit.start
        found.append(
            Finding(
                rule.code,
                rule.name,
                rule.severity if hit.severity is None else _lesser(rule.severity, hit.severity),
                hit.message,
                path=hit.path or paths.at(hit.start),
                start=hit.start,
                end=hit.end,
                line=line,
                column=hit.start - line_start + 1,
                reference=rule.reference,
                url=rule.url,
                fix=hit.fix,
            )
        )
    return found


def _first(kept: Hits, chosen: Plan, most: int) -> Hits:
    """Keep the first *most* hits of each rule; where the next one would be, say how many there are (L023)."""
    counts: dict[str, int] = {}
    following: dict[str, tuple[int, Rule, Hit]] = {}
    listed: Hits = []
    before: tuple[Rule, Hit] | None = None
    for rule, hit in kept:
        if before == (rule, hit):
            continue
        before = rule, hit
        count = counts[rule.code] = counts.get(rule.code, 0) + 1
        if count <= most:
            listed.append((rule, hit))
        elif count == most + 1:
            following[rule.code] = len(listed), rule, hit
    for at, rule, hit in reversed(following.values()):
        if _LEFT_OUT in chosen.rules:
            more = counts[rule.code] - most
            text = f"{more:,} more finding{'s' if more > 1 else ''} of {rule.code} ({rule.name}) from here on"
            listed.insert(at, (chosen.rules[_LEFT_OUT], Hit(text, hit.start, hit.end, hit.path)))
    return listed


def _lesser(of_rule: str, of_hit: str) -> str:
    return min(of_rule, of_hit, key=SEVERITIES.index)


def _not_superseded(hits: Hits) -> Hits:
    """Leave out what another rule says better about the same octets."""
    better: dict[str, list[tuple[int, int]]] = {}
    for rule, hit in hits:
        for code in rule.supersedes:
            better.setdefault(code, []).append((hit.start, hit.end))
    if not better:
        return hits
    spans = {code: _Spans(found) for code, found in better.items()}
    return [
        (rule, hit) for rule, hit in hits if rule.code not in spans or not spans[rule.code].meet(hit.start, hit.end)
    ]


class _Spans:
    """Spans of octets, and whether another one meets any of them."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []  # the furthest end of all up to there
        for start, end in sorted(spans):
            self._starts.append(start)
            self._ends.append(max(end, self._ends[-1]) if self._ends else end)

    def meet(self, start: int, end: int) -> bool:
        """Tell whether one of them has an octet from *start* to *end*, or touches it."""
        at = bisect_right(self._starts, end)
        return at > 0 and self._ends[at - 1] >= start


class _Paths:
    """The numbers of the parts, by where they stand; what is asked for comes in order."""

    def __init__(self, mail: Mail) -> None:
        self._entities = [one for one in mail.entities if one.outside is None]
        self._at = 0
        self._open: list[Entity] = []

    def at(self, start: int) -> str:
        """Give the number of the innermost part that the octet *start* is in."""
        entities = self._entities
        if len(entities) == 1:
            return ""
        while self._at < len(entities) and entities[self._at].start <= start:
            self._open.append(entities[self._at])
            self._at += 1
        while self._open and start >= max(self._open[-1].end, self._open[-1].start + 1):
            self._open.pop()
        return self._open[-1].path if self._open else ""
