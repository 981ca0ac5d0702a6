r"""
Damage strategies: messages that are broken in one way that has a name, in ways that have none, and octets at random.

A test of a parser or a filter that only sees valid mail says little: most of the mail there is breaks some rule.
`broken` breaks one, says which and where, and `lint.check` finds it there; `damaged` does what bad lines and bad
programs do; `garbage` is no mail at all.

    nothing -> SearchStrategy[Broken | Message | bytes]

May import: the core, `lint`, `strategies`.  Imported by: `strategies`.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit.frozen import Frozen, put
from mimekit.headers.address import Mailbox
from mimekit.lint import check, selection
from mimekit.lint.context import LintError
from mimekit.parser import parse
from mimekit.strategies import _fields as fields
from mimekit.strategies import _models
from mimekit.strategies._characters import LDH, text
from mimekit.strategies._fault_places import path_of
from mimekit.strategies._faults import NOT_DRAWN, Scene, faults
from mimekit.strategies._seeds import corpora
from mimekit.strategies.messages import messages as valid_messages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hypothesis.strategies import DrawFn, SearchStrategy

    from mimekit.lint.context import Context
    from mimekit.message import Message
    from mimekit.strategies._faults import Fault, Laid

__all__ = ["Broken", "broken", "corpora", "damaged", "garbage"]

# ---------------------------------------------------------------------------------------------- broken in one named way


class Broken(Frozen):
    """
    A message with one fault: its octets ``raw``, the ``code`` of the lint rule that finds it, and where it is.

    ``path`` is the IMAP number of the part that holds the fault (empty: the message itself), ``start`` to ``end`` its
    octets, as in a `Finding`: what the rule finds has one of them, or touches them.  ``note`` is one sentence: what was
    done, and what is wrong with it.  ``context`` is the `lint.Context` that the rule needs, or ``None``.
    """

    __slots__ = ("raw", "code", "path", "start", "end", "note", "context")  # noqa: RUF023 - in the order of the arguments

    raw: bytes
    code: str
    path: str
    start: int
    end: int
    note: str
    context: Context | None

    def __init__(  # noqa: PLR0913, PLR0917 - one argument for each thing that is said of a fault
        self, raw: bytes, code: str, path: str, start: int, end: int, note: str, context: Context | None = None
    ) -> None:
        put(self, "raw", raw)
        put(self, "code", code)
        put(self, "path", path)
        put(self, "start", start)
        put(self, "end", end)
        put(self, "note", note)
        put(self, "context", context)

    def _content(self) -> tuple[object, ...]:
        """Give all but the context: it holds a clock, and two clocks are never equal."""
        return self.raw, self.code, self.path, self.start, self.end, self.note


def broken(
    codes: str | Iterable[str] | None = None,
    *,
    messages: SearchStrategy[Message | bytes] | None = None,
    max_octets: int | None = None,
) -> SearchStrategy[Broken]:
    r"""
    Draw valid messages that were broken in one way that a rule of the linter is about.

    *codes* says which rules, as ``select`` of `lint.check` does: codes (``"H204"``), prefixes (``"E05"``), names
    (``"bare-lf"``), one or several; without it all but the few that no message can show.  *messages* are valid ones to
    break, as `Message` or octets; without it they have drawn people, subjects, dates and texts.  One that cannot show
    the fault, for instance because all of it is in base64, gives place to a small one.  None has more than *max_octets*
    octets; without it the few faults that are a size have up to 200,000.  Raises `InvalidArgument` for codes that there
    are not, and when nothing is so small.

    There is no other error in it, save what the fault brings with it (``implies`` and ``supersedes`` of `lint.rule`).
    Shrinks to the first of the codes in a message from ``a@a.example`` to ``b@b.example``.

    >>> from hypothesis import find
    >>> found = find(broken("space-before-colon"), lambda drawn: True)
    >>> found.raw[found.start : found.end], found.note
    (b' ', 'X-Note is added: there is white space between the name of a field and its colon')
    >>> [(one.code, one.start) for one in check(found.raw, select="H011")] == [("H011", found.start)]
    True
    """
    listed = None if codes is None else (codes,) if isinstance(codes, str) else tuple(codes)
    return st.deferred(lambda: _broken(_chosen(listed, max_octets), messages, max_octets))


@st.composite
def _broken(
    draw: DrawFn,
    chosen: dict[str, tuple[Fault, ...]],
    messages: SearchStrategy[Message | bytes] | None,
    max_octets: int | None,
) -> Broken:
    code = draw(st.sampled_from(list(chosen)))
    fault = draw(st.sampled_from(chosen[code]))
    [message] = draw(_alone(_plain_messages() if messages is None else messages))
    laid = fault(Scene.of(parse(message) if isinstance(message, bytes) else message))
    is_over = max_octets is not None and len(laid.octets) > max_octets
    if is_over or (messages is not None and not _is_shown(code, laid)):
        laid = fault(_least())
    note(_models.shown(laid.octets))
    path = path_of(laid.octets, (laid.start, laid.end))
    return Broken(laid.octets, code, path, laid.start, laid.end, laid.note, laid.context)


def _alone(messages: SearchStrategy[Message | bytes]) -> SearchStrategy[list[Message | bytes]]:
    """
    Draw one of *messages* as the only one of a collection that has nothing twice.

    Of five draws in six Hypothesis makes a variant of another one: it copies a piece over a like one, and leaves the
    code as it is.  In such a collection there are no like pieces, and so all codes are drawn sooner.
    """
    return st.lists(messages, min_size=1, max_size=1, unique_by=id)


def _is_shown(code: str, laid: Laid) -> bool:
    """Tell whether the rule finds the fault where it is; a message of the user may hide it."""
    profiles = faults()[code][0].rule.profiles
    found = check(laid.octets, profile=profiles, select=code, context=laid.context)
    return any([one.code == code and one.start <= laid.end and laid.start <= one.end for one in found])


@cache
def _chosen(codes: tuple[str, ...] | None, max_octets: int | None) -> dict[str, tuple[Fault, ...]]:
    known = faults()
    if codes is None:
        wanted = set(known)
    else:
        try:
            wanted = selection.names_of(codes)
        except LintError as error:
            message = f"codes of broken(): {error}"
            raise InvalidArgument(message) from None
    if not wanted & known.keys():
        why = NOT_DRAWN.get(min(wanted, default=""), "there are none")
        message = f"codes={codes!r} of broken() have no message of their own: {why}"
        raise InvalidArgument(message)
    chosen = {code: own for code, own in known.items() if code in wanted}
    if max_octets is None:
        return chosen
    chosen = {code: tuple([one for one in own if _size(one) <= max_octets]) for code, own in chosen.items()}
    chosen = {code: own for code, own in chosen.items() if own}
    if not chosen:
        least = min([_size(one) for code in wanted & known.keys() for one in known[code]])
        message = f"nothing that broken() draws is so small; give it a max_octets of {least} or more"
        raise InvalidArgument(message)
    return chosen


@cache
def _size(fault: Fault) -> int:
    """Give the octets of the smallest message with a fault."""
    return len(fault(_least()).octets)


# -- what is broken


@cache
def _least() -> Scene:
    people = {"author": ("", "a", "a"), "other": ("", "b", "b")}
    return Scene.of(_models.message_of(_draft(**people, extras=(), subject="a", date=_DATE, left="a", lines=[])))


_DATE = datetime(2000, 1, 1, tzinfo=UTC)


@cache
def _plain_messages() -> SearchStrategy[Message]:
    """Draw messages of one text between two people of different domains, who can both stand in an example."""
    label, word = text(LDH.lower(), min_size=1, max_size=8), text(LDH, min_size=1, max_size=8)
    local_part = st.lists(word, min_size=1, max_size=2).map(".".join)
    name = st.one_of(st.just(""), st.lists(_letters(), min_size=1, max_size=2).map(" ".join))
    person = st.tuples(name, local_part, label)
    extras = st.lists(st.sampled_from(("Cc", "Keywords", "X-A", "Organization")), max_size=2, unique=True).map(tuple)
    lines = st.lists(st.lists(word, max_size=6).map(" ".join), max_size=3)
    drawn = st.builds(
        _draft,
        author=person,
        other=person,
        extras=extras,
        subject=fields.subjects(),
        date=fields.dates(),
        left=word,
        lines=lines,
    )
    return drawn.map(_models.message_of)


@cache
def _letters() -> SearchStrategy[str]:
    # Without an n, for nan, None and Null would be faults of their own.
    return st.text("abcdefghijklmopqrstuvwxyzABCDEFGHIJKLMOPQRSTUVWXYZ", min_size=1, max_size=8)


def _draft(  # noqa: PLR0913 - what differs between messages
    *,
    author: tuple[str, str, str],
    other: tuple[str, str, str],
    extras: tuple[str, ...],
    subject: str,
    date: datetime,
    left: str,
    lines: list[str],
) -> _models.Draft:
    """Plan a message; the domain of who gets it is another one than that of who sends it."""
    label = other[2] if other[2] != author[2] else "b" if author[2] != "b" else "a"
    domain, theirs = f"{author[2]}.example", f"{label}.example"
    return _models.Draft(
        (Mailbox(author[0], author[1], domain),),
        (Mailbox(other[0], other[1], theirs),),
        _models.Text("\n".join(lines) or "a"),
        subject,
        date,
        message_id=f"<{left}@{domain}>",
        cc=(Mailbox("", "copy", theirs),) if "Cc" in extras else (),
        headers=tuple([(name, "a") for name in extras if name != "Cc"]),
    )


# ------------------------------------------------------------------------------------------ broken in ways of no name


def damaged(
    strategy: SearchStrategy[Message | bytes] | None = None, *, max_octets: int | None = None
) -> SearchStrategy[Message]:
    """
    Draw messages that were damaged on their way: cut off, spliced with another one, bits flipped, lines lost.

    *strategy* draws what is damaged, as `Message` or octets; without it `messages`.  One to three things are done to
    each: its end is lost, up to four bits are flipped, a chunk is there twice or not at all, line ends become others,
    or are lost; sometimes the rest of another message follows.  What a reader sees in them nobody can say; only that it
    must not crash, nor take long.  None has more than *max_octets* octets; raises `InvalidArgument` when that is below
    0, or too few for `messages`.  Shrinks to as much of a message as it takes, with one thing done to it.
    """
    return st.deferred(lambda: _checked_damaged(strategy, max_octets))


def _checked_damaged(
    strategy: SearchStrategy[Message | bytes] | None, max_octets: int | None
) -> SearchStrategy[Message]:
    if max_octets is not None and max_octets < 0:
        message = f"max_octets={max_octets} of damaged(); it is 0 or more"
        raise InvalidArgument(message)
    if strategy is not None and not isinstance(strategy, st.SearchStrategy):
        message = f"strategy={strategy!r} of damaged(); it is a strategy of messages or octets"
        raise InvalidArgument(message)
    return _damaged(strategy, max_octets)


@cache
def _sources(max_octets: int | None) -> SearchStrategy[Message]:
    return valid_messages(max_octets=max_octets)


@st.composite
def _damaged(draw: DrawFn, strategy: SearchStrategy[Message | bytes] | None, max_octets: int | None) -> Message:
    source = _sources(max_octets) if strategy is None else strategy
    octets = _octets(draw(source))
    for hurt in draw(st.lists(_hurts(), min_size=1, max_size=3)):
        octets = hurt(octets)
    if draw(_SELDOM):
        other = _octets(draw(source))
        octets = octets[: _at(octets, draw(_POINTS))] + other[_at(other, draw(_POINTS)) :]
    octets = octets if max_octets is None else octets[:max_octets]
    note(_models.shown(octets))
    return parse(octets)


_SELDOM = st.sampled_from((False,) * 5 + (True,))
_LINE_ENDS = (b"\n", b"\r", b"", b"\r\r\n", b"\n\r", b"\r\n\r\n", b" \r\n", b"\x00\r\n", b"\xe2\x80\xa8")
# A line and an octet of it: it stays where it is when other lines get shorter, and no message is too small to have it.
_POINTS = st.tuples(st.integers(0, 99), st.integers(0, 99))


def _at(octets: bytes, point: tuple[int, int]) -> int:
    """Give the place of a point; one past the last line, or past the end of one, begins again."""
    starts = [0, *[found.end() for found in re.finditer(rb"\n", octets)], len(octets)]
    line = point[0] % (len(starts) - 1)
    return starts[line] + point[1] % max(starts[line + 1] - starts[line], 1)


def _octets(drawn: Message | bytes) -> bytes:
    return drawn if isinstance(drawn, bytes) else drawn.to_bytes()


@cache
def _hurts() -> SearchStrategy[Callable[[bytes], bytes]]:
    """Draw what is done to a message; each is drawn without looking at it."""
    chunks = st.tuples(_POINTS, st.integers(1, 300))
    bits = st.lists(st.tuples(_POINTS, st.integers(0, 7)), min_size=1, max_size=4)
    ends = st.tuples(st.sampled_from(_LINE_ENDS), _POINTS | st.none())
    return st.one_of(
        _POINTS.map(lambda point: lambda octets: octets[: _at(octets, point)]),
        chunks.map(lambda chunk: partial(_repeated, *chunk, times=0)),
        bits.map(lambda each: partial(_flipped, each)),
        ends.map(lambda end: partial(_with_line_ends, *end)),
        st.tuples(chunks, st.integers(2, 4)).map(lambda drawn: partial(_repeated, *drawn[0], times=drawn[1])),
    )


def _repeated(point: tuple[int, int], size: int, octets: bytes, *, times: int) -> bytes:
    start = _at(octets, point)
    return octets[:start] + octets[start : start + size] * times + octets[start + size :]


def _flipped(bits: list[tuple[tuple[int, int], int]], octets: bytes) -> bytes:
    changed = bytearray(octets)
    for point, bit in bits if octets else ():
        changed[min(_at(octets, point), len(octets) - 1)] ^= 1 << bit
    return bytes(changed)


def _with_line_ends(line_end: bytes, point: tuple[int, int] | None, octets: bytes) -> bytes:
    """Change all line ends, or the first one after an octet."""
    if point is None:
        return octets.replace(b"\r\n", line_end)
    at = _at(octets, point)
    return octets[:at] + octets[at:].replace(b"\r\n", line_end, 1)


# -------------------------------------------------------------------------------------------------- octets at random

# What has a meaning somewhere in a message stands here more often than what is only text; the first is the simplest.
_ALPHABET = (
    b"a" * 16
    + b"\r\n" * 24
    + b":;,.<>@()\"\\=?-_/*'%[]{} \t" * 4
    + b"bcdefQB0123456789AZ" * 3
    + b"\x00\x7f\x80\xc3\xa9\xff"
)
_FOLDED = bytes([_ALPHABET[number % len(_ALPHABET)] for number in range(256)])
_TOKENS = (
    *(b"a", b"\r\n", b": ", b"\r\n\r\n", b"\n", b"From: ", b"To: ", b"Subject: ", b"Date: ", b"<a@a.example>", b"a@a"),
    *(b"\r\nContent-Type: ", b"multipart/mixed; boundary=", b"text/plain", b"message/rfc822", b"\r\n--", b"--", b"b"),
    *(b"\r\nContent-Transfer-Encoding: ", b"base64", b"quoted-printable", b"=", b"=?utf-8?q?", b"=?utf-8?b?", b"?="),
    *(
        b";\r\n ",
        b"filename*0*=",
        b"utf-8''",
        b"%",
        b'"',
        b"\\",
        b"(",
        b")",
        b",",
        b";",
        b" ",
        b"\t",
        b".",
        b"\r\n.\r\n",
    ),
    *(b"\x00", b"\xff", b"\xc3\xa9", b"YQ==", b"=\r\n", b"=0D=0A", b"\r", b"[", b"]", b":;", b"<", b">", b"Received: "),
    *(b"DKIM-Signature: v=1; a=rsa-sha256; ", b"bh=", b"begin 644 a\r\n", b"Sat, 01 Jan 2000 00:00:00 +0000"),
)


def garbage(*, max_octets: int | None = None) -> SearchStrategy[bytes]:
    r"""
    Draw octets that are no message: words and signs of mail in any order, and octets at random.

    Random octets hardly ever have a colon where it matters, so most of these are folded into an alphabet in which every
    sign of the grammar stands often, or are put together of words such as ``\\r\\n--`` and ``=?utf-8?q?``.  At most 600
    words, or *max_octets* octets.  Shrinks to nothing.
    """
    return st.deferred(lambda: _garbage(max_octets))


_SOME = 30


@cache
def _garbage(max_octets: int | None) -> SearchStrategy[bytes]:
    if max_octets is not None and max_octets < 0:
        message = f"max_octets={max_octets} of garbage(); it is 0 or more"
        raise InvalidArgument(message)
    most = 600 if max_octets is None else max_octets
    words = st.sampled_from(_TOKENS)
    drawn = st.one_of(
        st.lists(words, max_size=most).map(b"".join),
        st.binary(max_size=most).map(lambda octets: octets.translate(_FOLDED)),
        st.binary(max_size=most),
        # Hypothesis draws lists of a few elements, unless they must have some.
        st.lists(words, min_size=min(_SOME, most), max_size=most).map(b"".join),
        st.binary(min_size=min(4 * _SOME, most), max_size=most).map(lambda octets: octets.translate(_FOLDED)),
        st.binary(min_size=min(4 * _SOME, most), max_size=most),
    )
    return drawn if max_octets is None else drawn.map(lambda octets: octets[:max_octets])
