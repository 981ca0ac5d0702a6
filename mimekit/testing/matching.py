"""
Matching: what a test expects of a message, and a failure that says what is different.

    message, expectations -> nothing, or an AssertionError with a line for each thing that is not as expected

May import: the core, `testing`.  Imported by: `testing`, `testing.comparing`, `testing.snapshot`.
"""

from __future__ import annotations

import re
from collections import Counter
from difflib import unified_diff
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from mimekit.headers.address import Mailbox
    from mimekit.part import Part

__all__ = ["Matcher", "assert_message", "changed", "contains", "fingerprint", "lacks", "matches"]

_LINES = 12  # of a text, that a failure shows
_UNSAID = object()


class Matcher:
    """Something that is equal to the texts (or octets) it accepts; `but` says why it does not accept one."""

    __hash__ = None  # type: ignore[assignment]  # it is equal to many things

    def __init__(self, form: str, but: Callable[[str | bytes], str]) -> None:
        self._form = form
        self._but = but

    def but(self, actual: object) -> str:
        """Say why this is not accepted; empty when it is."""
        if not isinstance(actual, (str, bytes)):
            return f"is {'absent' if actual is None else repr(actual)}"
        return self._but(actual)

    def __eq__(self, other: object) -> bool:
        return not self.but(other)

    def __repr__(self) -> str:
        return self._form


def contains(*pieces: str | bytes) -> Matcher:
    """
    Accept what holds all the pieces.

    >>> "please confirm your address" == contains("confirm", "address")
    True
    """

    def but(actual: str | bytes) -> str:
        absent = [repr(piece) for piece in pieces if not _is_in(piece, actual)]
        return f"lacks {', '.join(absent)}" if absent else ""

    return Matcher(f"contains({', '.join([repr(one) for one in pieces])})", but)


def lacks(*pieces: str | bytes) -> Matcher:
    """
    Accept what holds none of the pieces.

    >>> "Dear {name}" == lacks("{", "}")
    False
    """

    def but(actual: str | bytes) -> str:
        there = [repr(piece) for piece in pieces if _is_in(piece, actual)]
        return f"holds {', '.join(there)}" if there else ""

    return Matcher(f"lacks({', '.join([repr(one) for one in pieces])})", but)


def matches(pattern: str | re.Pattern[str]) -> Matcher:
    r"""
    Accept what a regular expression finds something in.

    >>> "Order 4711 has left" == matches(r"Order \d+")
    True
    """
    compiled = re.compile(pattern)

    def but(actual: str | bytes) -> str:
        text = actual if isinstance(actual, str) else actual.decode("utf-8", "replace")
        return "" if compiled.search(text) else f"does not match {compiled.pattern!r}"

    return Matcher(f"matches({compiled.pattern!r})", but)


def _is_in(piece: str | bytes, actual: str | bytes) -> bool:
    if isinstance(piece, str):
        return piece in (actual if isinstance(actual, str) else actual.decode("utf-8", "replace"))
    return piece in (actual if isinstance(actual, bytes) else actual.encode("utf-8", "replace"))


# -- the assertion


def assert_message(  # noqa: PLR0913 - one for each thing a message says
    message: object,
    *,
    subject: object = _UNSAID,
    from_: object = _UNSAID,
    sender: object = _UNSAID,
    to: object = _UNSAID,
    cc: object = _UNSAID,
    bcc: object = _UNSAID,
    reply_to: object = _UNSAID,
    text: object = _UNSAID,
    html: object = _UNSAID,
    attachments: object = _UNSAID,
    inline: object = _UNSAID,
    headers: Mapping[str, object] | None = None,
    mail_from: object = _UNSAID,
    rcpt_to: object = _UNSAID,
) -> None:
    """
    Assert what a message says; what is not named may be anything.

    *message*: a `Message`, a mail of ``mail_outbox``, a `Delivery`, octets, or a message of the standard library, of
    Django or of Flask-Mail.  A text is compared as a whole, line ends at its end left out, with a `str`, with
    `contains`, `lacks`, `matches`, or with anything that is equal to it; ``None``: there is none.  Addresses are one or
    several, in any order, with a name (``"Ada <ada@example.com>"``) or without, when the name may be anything.
    *attachments*: names of files, in any order, or a mapping of names to their contents (octets, text, a matcher, or
    ``...`` for any).  *headers*: names, and the value of the first field.  *mail_from* and *rcpt_to* are of the
    envelope; *bcc* of the message, which does not go out.

    Raises `AssertionError` with all that is not as expected.

    >>> from mimekit import Message
    >>> welcome = Message(from_="shop@example.com", to="Ada <ada@example.org>", subject="Welcome", text="Hi Ada!")
    >>> assert_message(welcome, subject="Welcome", to="ada@example.org", text=contains("Ada"), attachments=[])
    >>> assert_message(welcome, to=["ada@example.org", "grace@example.org"])
    Traceback (most recent call last):
        ...
    AssertionError: a message to ada@example.org, 'Welcome'
      to lacks grace@example.org
    """
    __tracebackhide__ = True
    from mimekit.testing.reading import envelope_of, message_of, readable

    found = message_of(message)
    one = None if found.sender is None else [found.sender]
    boxes = {"from": (from_, found.from_), "sender": (sender, one or ()), "to": (to, found.to), "cc": (cc, found.cc)}
    boxes |= {"bcc": (bcc, found.bcc), "reply_to": (reply_to, found.reply_to)}
    texts = {"subject": (subject, found.subject), "text": (text, found.text), "html": (html, found.html)}
    texts |= {name: (value, found.headers.get(name)) for name, value in (headers or {}).items()}
    files = {"attachments": (attachments, found.attachments), "inline": (inline, found.inline)}
    wrong = [
        *[line for name, pair in boxes.items() for line in _of_addresses(name, *pair)],
        *[line for name, pair in texts.items() for line in _of_text(name, *pair)],
        *[line for name, pair in files.items() for line in _of_files(name, *pair)],
        *([] if mail_from is _UNSAID else _of_text("mail_from", mail_from, envelope_of(message).mail_from)),
        *([] if rcpt_to is _UNSAID else _of_paths(rcpt_to, envelope_of(message).rcpt_to)),
    ]
    if wrong:
        raise AssertionError("\n".join([readable(found), *[f"  {line}" for line in wrong]]))


def _of_text(name: str, expected: object, actual: str | None) -> Iterator[str]:
    from mimekit.testing.reading import shown

    if expected is _UNSAID:
        return
    name = shown(name)
    if isinstance(expected, str) and actual is not None:
        if expected.rstrip("\n") == actual.rstrip("\n"):
            return
        if "\n" in expected.rstrip("\n") or "\n" in actual.rstrip("\n"):
            yield f"{name} is not as expected (- expected, + is):"
            yield from [f"  {line}" for line in changed(expected, actual)]
            return
    elif expected is None or actual is None or isinstance(expected, Matcher):
        if expected == actual:
            return
        if isinstance(expected, Matcher) and actual is not None:
            yield f"{name} {shown(expected.but(actual))}:"
            yield from [f"  | {line}" for line in _excerpt(actual)]
            return
    elif expected == actual:
        return
    yield f"{name} is {_quoted(actual)}, expected {_quoted(expected)}"


def _quoted(given: object) -> str:
    from mimekit.testing.reading import shown

    if given is None:
        return "absent"
    return shown(repr(given))


def _excerpt(text: str | bytes) -> list[str]:
    from mimekit.testing.reading import shown

    lines = text.splitlines() if isinstance(text, str) else text.decode("utf-8", "replace").splitlines()
    more = [f"... {len(lines) - _LINES} more lines"] if len(lines) > _LINES else []
    return [*[shown(line) for line in lines[:_LINES]], *more]


def changed(first: str, second: str) -> Iterator[str]:
    """Yield the lines of a unified diff, without its heading."""
    from mimekit.testing.reading import shown

    for number, line in enumerate(unified_diff(first.splitlines(), second.splitlines(), lineterm="", n=2)):
        if number > 1:
            yield shown(line)


# -- addresses


def _of_addresses(name: str, expected: object, actual: Iterable[Mailbox]) -> Iterator[str]:
    """Compare, in any order; an expected address without a name accepts any."""
    from mimekit.testing.reading import shown

    if expected is _UNSAID:
        return
    left = list(actual)
    absent: list[str] = []
    for one in _listed(expected):
        at = next((index for index, box in enumerate(left) if _is_meant(one, box)), None)
        if at is None:
            absent.append(repr(one) if isinstance(one, Matcher) else str(one))
        else:
            del left[at]
    yield from _lines(name, [shown(one) for one in absent], [shown(str(box)) for box in left])


def _lines(name: str, absent: list[str], left: list[str]) -> Iterator[str]:
    if absent:
        yield f"{name} lacks {', '.join(absent)}" + (f"; it has {', '.join(left)} instead" if left else "")
    elif left:
        yield f"{name} has {', '.join(left)} besides"


def _listed(expected: object) -> list[object]:
    if expected is None:
        return []
    if isinstance(expected, (list, tuple, set, frozenset)) and not hasattr(expected, "address"):
        return list(expected)
    return [expected]


def _is_meant(expected: object, box: Mailbox) -> bool:
    if isinstance(expected, Matcher):
        return expected == str(box)
    from mimekit.codecs import domain
    from mimekit.headers.address import Mailbox

    try:
        wanted = Mailbox.of(expected)
    except ValueError:
        return str(expected) == box.address  # what no address is, as a name may hold it
    is_named = not isinstance(expected, str) or "<" in expected
    return (
        (wanted.local_part, domain.key(wanted.domain)) == (box.local_part, domain.key(box.domain))
        and (not is_named or wanted.display_name == box.display_name)
    )  # fmt: skip


def _of_paths(expected: object, actual: Iterable[str]) -> Iterator[str]:
    from mimekit.testing.reading import shown

    wanted = Counter([str(one) for one in _listed(expected)])
    found = Counter(actual)
    yield from _lines(
        "rcpt_to",
        [shown(one) for one in (wanted - found).elements()],
        [shown(one) for one in (found - wanted).elements()],
    )


# -- files


def _of_files(name: str, expected: object, parts: Sequence[Part]) -> Iterator[str]:
    if expected is _UNSAID:
        return
    from collections.abc import Mapping as AnyMapping

    from mimekit.testing.reading import shown

    listed = list(expected) if isinstance(expected, AnyMapping) else _listed(expected)
    names = [part.filename or "" for part in parts]
    left = list(parts)
    absent: list[object] = []
    for one in listed:
        at = next((index for index, part in enumerate(left) if one == (part.filename or "")), None)
        if at is None:
            absent.append(one)
        else:
            del left[at]
    yield from _lines(
        name,
        [shown(one if isinstance(one, str) else repr(one)) for one in absent],
        [shown(part.filename or f"a nameless {part.content_type.essence}") for part in left],
    )
    if isinstance(expected, AnyMapping):
        for one, content in expected.items():
            if content is not ... and one in names:
                yield from _of_content(f"{name} {shown(str(one))}", content, parts[names.index(one)])


def _of_content(name: str, expected: object, part: Part) -> Iterator[str]:
    octets = part.content
    if isinstance(expected, (str, Matcher)):
        text = part.text
        yield from _of_text(name, expected, octets.decode("utf-8", "replace") if text is None else text)
    elif expected != octets:
        what = fingerprint(bytes(expected)) if isinstance(expected, (bytes, bytearray)) else repr(expected)
        yield f"{name} is {fingerprint(octets)}, expected {what}"


def fingerprint(octets: bytes) -> str:
    """Give size and hash of octets that nobody can read."""
    from hashlib import sha256

    return f"{len(octets):,} octets, SHA-256 {sha256(octets).hexdigest()[:16]}"
