"""
Fixing: the edits of findings, applied until there is nothing left to mend.

A fix is a few edits on octets of the message.  Those that overlap wait for the next round, in which the message is
checked again; a fix that brings an error that was not there before, or leaves its own finding where it was, is not
taken, nor is a safe one after which the message says something else: two fixes that are safe may do harm together.

    Message, Delivery or octets -> Message

May import: the core, `dkim`, `lint`.  Imported by: `lint`, `lint.running`, `testing`.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING
from unicodedata import normalize

from mimekit import clock
from mimekit.codecs import domain, plain
from mimekit.codecs._flaws import keeping
from mimekit.delivery import Delivery
from mimekit.lint import selection
from mimekit.lint.context import Context
from mimekit.lint.engine import look
from mimekit.message import Message
from mimekit.parser import parse
from mimekit.part import Part

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from mimekit.clock import RandomBits
    from mimekit.finding import Edit, Finding, Fix
    from mimekit.lint.selection import Plan

__all__ = ["apply", "fix"]

_ROUNDS = 10, 200
"""How many there are at most: of a long message and of a short one.  What one fix brings to light another mends."""
_LOOKED_AT = 1_000_000
"""Octets that all the rounds look at, where they are more than the fewest."""
_KEPT = 1_000
"""Flaws of one code that the parser tells of in each round; it tells of a few where nobody mends them."""
_SIGNATURES = ("DKIM-Signature", "ARC-Seal", "ARC-Message-Signature")
_RECIPIENTS = ("to", "cc", "bcc")
_AUTHORS = ("from_", "reply_to")
_TAG = re.compile(r"<[^>]*+(?:>|\Z)")


def fix(  # noqa: PLR0913 - as many as `check` has, and what may be done
    x: Message | Delivery | bytes,
    *,
    unsafe: bool = False,
    break_signature: bool = False,
    profile: str | Iterable[str] = "default",
    select: str | Iterable[str] | None = None,
    extend_select: str | Iterable[str] = (),
    ignore: str | Iterable[str] | Mapping[str, str] = (),
    context: Context | None = None,
    rng: RandomBits | None = None,
) -> Message:
    r"""
    Mend what can be mended, and give the message.

    Safe fixes keep what every reader sees, lose nobody and promise nothing; *unsafe* takes the others too, which choose
    one reading or change what is said.  Unless *break_signature*, nothing that is signed is edited: a message with a
    DKIM signature or an ARC set is given back as it is, and so stay the signed part of a multipart/signed (RFC 1847)
    and a message inside the message that is signed itself.  Envelope and Bcc of a built message stay.  *rng* draws what
    is new, such as a Message-ID.  Fixing what was fixed changes nothing, but where thousands of flaws were more than
    one call mends.  The other arguments are those of `check`.

    >>> raw = (b"From: a@shop.test\r\nTo: b@shop.test\r\nDate: Mon, 24 Nov 2026 03:30:00 +0000\r\n"
    ...        b"Message-ID: <1.7f3a9c2e@shop.test>\r\nSubject: Hi\r\n\r\nHi\r\n")
    >>> fix(raw, select="H204").headers["Date"]
    'Tue, 24 Nov 2026 03:30:00 +0000'
    """
    message = _message(x)
    if not break_signature and _is_signed(message.root):
        return message
    chosen = selection.plan(selection.profiles_for(x, profile), select, extend_select, ignore)
    known = context or Context()
    if isinstance(x, Delivery):
        known = known.changed(wire=True, envelope=known.envelope or x.envelope)
    elif isinstance(x, Message):
        known = known.changed(smtputf8=known.smtputf8 or x.encoding == "smtputf8")
    drawn = clock.current_rng() if rng is None else rng
    known = known.changed(seed=known.seed or drawn.getrandbits(128).to_bytes(16, "big"))
    octets = message.to_bytes()
    with keeping(_KEPT):
        made = _Mending(chosen, known, unsafe=unsafe, keeps_signed=not break_signature).mended(octets)
    if made == octets:
        return message
    return message._like(Part.of_span(made, 0, len(made), limits=message.root.limits))


def _message(x: Message | Delivery | bytes) -> Message:
    if isinstance(x, Message):
        return x
    return parse(x.data if isinstance(x, Delivery) else bytes(x))


def _is_signed(root: Part) -> bool:
    """Tell whether a message is signed as a whole, by DKIM or on the way by ARC (RFC 8617)."""
    return any([root.headers.raw(name) is not None for name in _SIGNATURES])


def _signed_spans(octets: bytes) -> list[tuple[int, int]]:
    """Find the octets that a signature inside the message is over."""
    found: list[tuple[int, int]] = []
    for part in parse(octets).root.walk():
        signed = part.children[:1] if part.content_type.essence == "multipart/signed" else ()
        if part.embedded is not None and _is_signed(part.embedded):
            signed = (part,)
        found += [one.outside or (one.start, one.end) for one in signed]
    return found


class _Mending:
    """What the rounds know, and which fixes are left out of them."""

    def __init__(self, chosen: Plan, context: Context, *, unsafe: bool, keeps_signed: bool) -> None:
        self.chosen = chosen
        self.context = context
        self.unsafe = unsafe
        self.keeps_signed = keeps_signed
        self.refused: set[tuple[str, str]] = set()

    def mended(self, octets: bytes) -> bytes:
        """Apply fixes round by round; one that does no good is left out until the others made a difference."""
        is_stale = False  # whether some were refused for octets that are no more
        fewest, most = _ROUNDS
        for _ in range(min(max(fewest, _LOOKED_AT // (len(octets) + 1)), most)):
            found = look(octets, self.chosen, self.context, every=True)
            made = self.taken(octets, found)
            if made != octets:
                octets, is_stale = made, bool(self.refused)
            elif is_stale:
                is_stale = False
                self.refused.clear()
            else:
                break
        return octets

    def wanted(self, octets: bytes, found: list[Finding]) -> list[tuple[Finding, Fix]]:
        """Give the fixes that may be taken."""
        signed = _signed_spans(octets) if self.keeps_signed else []
        return [
            (one, one.fix)
            for one in found
            if one.fix is not None
            and (self.unsafe or one.fix.is_safe)
            and (one.code, one.message) not in self.refused
            and not any([start <= last and first <= end for start, end, _ in one.fix.edits for first, last in signed])
        ]

    def taken(self, octets: bytes, found: list[Finding]) -> bytes:
        """Apply the fixes that together make a message better; those that do not are searched for by halving."""
        made = octets
        taken: list[Sequence[Edit]] = []
        groups = [self.wanted(octets, found)]
        while groups:
            group = groups.pop()
            edits = [*taken, *[fix.edits for _, fix in group]]
            apart = _apart(octets, edits)
            tried = _spliced(octets, apart)
            if tried == made:  # they meet others, and wait for the next round
                continue
            if self.is_better(octets, found, tried, apart, group):
                made, taken = tried, edits
            elif len(group) == 1:
                self.refused.add((group[0][0].code, group[0][0].message))
            else:
                half = len(group) // 2
                groups += (group[half:], group[:half])
        return made

    def is_better(
        self, before: bytes, found: list[Finding], after: bytes, edits: list[Edit], group: list[tuple[Finding, Fix]]
    ) -> bool:
        """
        Tell whether no error is new, and no finding stays where its fix was taken.

        Unless fixes may be unsafe, the message must say the same, and no recipient may be lost or come in.
        """
        left = look(after, self.chosen, self.context, every=True)
        errors = {one.code for one in found if one.severity == "error"}
        if not {one.code for one in left if one.severity == "error"} <= errors or _is_left(left, edits, group):
            return False
        if self.unsafe:
            return True
        was, made = parse(before), parse(after)
        return (
            _said(made) == _said(was)
            and _named(made, _RECIPIENTS) <= _named(was, _RECIPIENTS)
            and _served(was, self.context) <= _served(made, self.context)
        )


def _is_left(left: list[Finding], edits: list[Edit], group: list[tuple[Finding, Fix]]) -> bool:
    """Tell whether a finding is still where it was although its fix was taken, so that it would be taken for ever."""
    places = {(one.code, one.message, one.start) for one in left}
    taken = set(edits)
    starts = [start for start, _, _ in edits]
    shifts = [0, *accumulate([len(new) - (end - start) for start, end, new in edits])]
    for one, fix in group:
        at = bisect_left(starts, one.start)
        after = bisect_right(starts, one.start)
        if any([start <= one.start < end and not new for start, end, new in edits[max(at - 1, 0) : after]]):
            continue  # what it was found in is gone
        moved = {one.start + shifts[at], one.start + shifts[after]}  # before and after what is put in just there
        if any([(one.code, one.message, place) in places for place in moved]) and taken.issuperset(fix.edits):
            return True
    return False


def _said(message: Message) -> tuple[object, ...]:
    """Give what a message says to a person: white space, tags and the form of a composed character say nothing."""
    found = message.attachments
    return (
        _words(message.subject),
        _named(message, _AUTHORS),
        _words(message.text),
        _words(_TAG.sub(" ", message.html or "")),
        [(one.filename, plain.to_crlf(one.content)) for one in found if one.embedded is None],
        [_said(Message.of(one.embedded)) for one in found if one.embedded is not None],
    )


def _words(text: str | None) -> list[str]:
    return normalize("NFC", text or "").replace("\ufeff", "").split()


def _named(message: Message, names: Iterable[str]) -> set[tuple[str, str]]:
    """Give who is named in some fields."""
    return {(box.local_part, domain.key(box.domain)) for name in names for box in getattr(message, name)}


def _served(message: Message, context: Context) -> set[tuple[str, str]]:
    """Give who is named as a recipient; with an envelope, whoever it holds is served whatever the header says."""
    named = _named(message, _RECIPIENTS)
    if context.envelope is not None:
        named |= {
            (local, domain.key(last)) for local, _, last in [to.rpartition("@") for to in context.envelope.rcpt_to]
        }
    return named


def apply(octets: bytes, edits: Iterable[Sequence[Edit]]) -> bytes:
    """
    Apply the edits of fixes, each fix whole or not at all: one that meets an earlier one is left out.

    So is one that adds to a last line without its end, when another does: each would bring that end.

    >>> apply(b"abcdef", [[(0, 1, b"A")], [(0, 2, b"x")], [(4, 4, b"-")]])
    b'Abcd-ef'
    """
    return _spliced(octets, _apart(octets, edits))


def _apart(octets: bytes, edits: Iterable[Sequence[Edit]]) -> list[Edit]:
    """Give the edits that can be applied together, by place; see `apply`."""
    taken: list[Edit] = []
    open_end = -1 if octets.endswith(b"\n") else len(octets)
    for own in edits:
        is_second = bool(taken) and taken[-1][1] == open_end and any([end == open_end for _, end, _ in own])
        if not is_second and all([_is_apart(edit, taken) for edit in own]):
            for edit in own:
                taken.insert(bisect_right(taken, edit[:2], key=_place), edit)
    return taken


def _spliced(octets: bytes, edits: list[Edit]) -> bytes:
    out: list[bytes] = []
    position = 0
    for start, end, new in edits:
        out += (octets[position:start], new)
        position = end
    out.append(octets[position:])
    return b"".join(out)


def _place(edit: Edit) -> tuple[int, int]:
    return edit[:2]


def _is_apart(edit: Edit, taken: Sequence[Edit]) -> bool:
    """Tell whether an edit meets none of those; two insertions at one place stand one after the other."""
    start, end, _ = edit
    before = bisect_left(taken, (end, 0), key=_place)  # the last that begins before the end is the one that ends last
    return before == 0 or taken[before - 1][1] <= start
