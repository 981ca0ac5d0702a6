"""
Fixing: the edits of findings, applied until there is nothing left to mend.

A fix is a few edits on octets of the message.  Those that overlap wait for the next round, in which the message is
checked again; a round that brings an error that was not there before, or that loses a recipient, is not taken.

    Message, Delivery or octets -> Message

May import: the core, `dkim`, `lint`.  Imported by: `lint`, `lint.running`, `testing`.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

from mimekit import clock
from mimekit.codecs import domain
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

_ROUNDS = 10
_SIGNATURES = ("DKIM-Signature", "ARC-Seal", "ARC-Message-Signature")
_RECIPIENTS = ("to", "cc", "bcc")


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
    is new, such as a Message-ID.  Fixing what was fixed changes nothing.  The other arguments are those of `check`.

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
    made = _mended(octets, chosen, known, unsafe=unsafe, keeps_signed=not break_signature)
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


def _mended(octets: bytes, chosen: Plan, context: Context, *, unsafe: bool, keeps_signed: bool) -> bytes:
    """Apply fixes round by round; one whose round is not taken is left out from then on."""
    refused: set[tuple[str, str]] = set()
    for _ in range(_ROUNDS):
        found = look(octets, chosen, context, every=True)
        signed = _signed_spans(octets) if keeps_signed else []
        wanted = [
            (one, one.fix)
            for one in found
            if one.fix is not None
            and (unsafe or one.fix.is_safe)
            and (one.code, one.message) not in refused
            and not any([start <= last and first <= end for start, end, _ in one.fix.edits for first, last in signed])
        ]
        if not wanted:
            break
        made = apply(octets, [fix.edits for _, fix in wanted])
        if not _is_better(octets, made, found, chosen, context, unsafe=unsafe):
            made = _one_by_one(octets, wanted, found, chosen, context, refused, unsafe=unsafe)
        if made == octets:
            break
        octets = made
    return octets


def _one_by_one(  # noqa: PLR0913, PLR0917 - what a round knows
    octets: bytes,
    wanted: Sequence[tuple[Finding, Fix]],
    found: list[Finding],
    chosen: Plan,
    context: Context,
    refused: set[tuple[str, str]],
    *,
    unsafe: bool,
) -> bytes:
    """Take the first fix that makes the message better, and remember those that did not."""
    for finding, fix in wanted:
        made = apply(octets, [fix.edits])
        if made != octets and _is_better(octets, made, found, chosen, context, unsafe=unsafe):
            return made
        refused.add((finding.code, finding.message))
    return octets


def _is_better(  # noqa: PLR0913 - what a round knows
    before: bytes, after: bytes, found: list[Finding], chosen: Plan, context: Context, *, unsafe: bool
) -> bool:
    """Tell whether no error is new and nobody is lost."""
    errors = {one.code for one in found if one.severity == "error"}
    new = {one.code for one in look(after, chosen, context, every=True) if one.severity == "error"}
    return new <= errors and (unsafe or _served(before, context) <= _served(after, context))


def _served(octets: bytes, context: Context) -> set[tuple[str, str]]:
    """Give who is named as a recipient; with an envelope, whoever it holds is served whatever the header says."""
    message = parse(octets)
    named = {(box.local_part, domain.key(box.domain)) for name in _RECIPIENTS for box in getattr(message, name)}
    if context.envelope is not None:
        named |= {
            (local, domain.key(last)) for local, _, last in [to.rpartition("@") for to in context.envelope.rcpt_to]
        }
    return named


def apply(octets: bytes, edits: Iterable[Sequence[Edit]]) -> bytes:
    """
    Apply the edits of fixes, each fix whole or not at all: one that meets an earlier one is left out.

    >>> apply(b"abcdef", [[(0, 1, b"A")], [(0, 2, b"x")], [(4, 4, b"-")]])
    b'Abcd-ef'
    """
    taken: list[Edit] = []  # in order, and apart from each other
    for own in edits:
        if all([_is_apart(edit, taken) for edit in own]):
            for edit in own:
                taken.insert(bisect_right(taken, edit[:2], key=_place), edit)
    out: list[bytes] = []
    position = 0
    for start, end, new in taken:
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
