r"""
Faults: the *Bad* examples of the lint rules, each as a way to break any message.

What is wrong with a message is said once, by the examples of the rules (see `lint.examples`).  A fault lays one of them
over a message that it is given, and the people of the example become those of the message.  What would be large is
shown by a smaller bound in the context, and what is signed is signed again.

    a valid message + an example -> octets with one fault, where it is, and the `Context` that shows it

May import: the core, `dkim`, `lint`, `strategies`.  Imported by: `strategies.damage`.
"""

from __future__ import annotations

import re
import warnings
from base64 import b64encode
from functools import cache
from hashlib import sha1
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

from mimekit.dkim import canonical
from mimekit.dkim.keys import SigningKey
from mimekit.dkim.record import txt_record
from mimekit.dkim.sign import Signer
from mimekit.headers.address import Mailbox
from mimekit.limits import Limits
from mimekit.lint import examples, selection
from mimekit.lint.context import Context
from mimekit.parser import parse
from mimekit.strategies._fault_places import difference, html_of, kind_of, least_difference, place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import TypeAlias

    from mimekit.lint.rule import Rule
    from mimekit.message import Message

    Span: TypeAlias = tuple[int, int]
    Change: TypeAlias = "tuple[bytes, Span, Context, str]"

__all__ = ["NOT_DRAWN", "Fault", "Laid", "Scene", "faults"]

NOT_DRAWN = {
    "H214": "the fault is in two messages: the other one was seen before in the run",
    "L020": "the fault is in the run, not in a message",
    "L021": "the fault is in the run, not in a message",
    "L022": "the fault is in a rule, not in a message",
    "L023": "the fault is in the report: it lists no more findings of a rule",
    "S001": "the fault is a size: over 10 MB, and no option makes the bound smaller",
}
"""Rules of which no message is drawn, each with the reason."""


class Laid(NamedTuple):
    """A message with a fault, the octets that make it, a sentence that tells it, and what shows it."""

    octets: bytes
    start: int
    end: int
    note: str
    context: Context | None


# ------------------------------------------------------------------------------------------------------- the message


class Scene(NamedTuple):
    """A valid message, and who is in it, for the examples to speak of."""

    octets: bytes
    author: Mailbox
    recipient: Mailbox
    text: str
    """Stands for the body where an example says nothing of it; ASCII."""

    @classmethod
    def of(cls, message: Message) -> Scene:
        """Take the people of a message, if they can stand in an example, and its text, if that is plain."""
        author, recipient = _person(message.from_, _JANE), _person(message.to, _JOHN)
        if author.domain.split(".")[-2:] == recipient.domain.split(".")[-2:]:  # examples are about two organisations
            recipient = _JOHN
        text = message.text if message.content_type.essence == "text/plain" else None
        is_plain = text is not None and _PLAIN.fullmatch(text)
        return cls(message.to_bytes(), author, recipient, text if text and is_plain else "a\n")


_JANE = Mailbox("Jane Doe", "jane", "shop.example")  # the author of the examples
_JOHN = Mailbox("John Roe", "john", "customer.example")  # and who they are to
_LOCAL_PART = re.compile(r"[A-Za-z0-9_+-]{1,20}(?:\.[A-Za-z0-9_+-]{1,20})?")
_DOMAIN = re.compile(r"[a-z0-9]{1,20}(?:\.[a-z]{2,20}){1,2}")
_NAME = re.compile(r"[A-Za-z]{1,20}(?: [A-Za-z]{1,20}){0,2}")
_PLAIN = re.compile(r"(?:[ -~]{0,76}\n){1,50}")


def _person(found: Iterable[Mailbox], default: Mailbox) -> Mailbox:
    """Give the first mailbox, if it is so plain that it can stand anywhere in an example."""
    first = next(iter(found), default)
    if not _LOCAL_PART.fullmatch(first.local_part) or not _DOMAIN.fullmatch(first.domain):
        return default
    name = first.display_name if _NAME.fullmatch(first.display_name) else default.display_name
    return Mailbox(name, first.local_part, first.domain)


_PEOPLE = re.compile(r"(?i:\b(?:(jane)@)?shop\.example\b|\b(?:(john)@)?customer\.example\b)|\bJane Doe\b|\bJohn Roe\b")


def _with_people(text: str, scene: Scene) -> str:
    """Let an example speak of the people of the scene; domains in other capitals keep some."""

    def person(found: re.Match[str]) -> str:
        word = found[0]
        if word == "Jane Doe":
            return scene.author.display_name
        if word == "John Roe":
            return scene.recipient.display_name
        who, local = (scene.author, found[1]) if "shop" in word.lower() else (scene.recipient, found[2])
        domain = who.domain if word == word.lower() else who.domain.capitalize()
        return f"{who.local_part}@{domain}" if local else domain

    return _PEOPLE.sub(person, text)


_RECIPIENTS = ("to", "cc", "bcc", "resent-to", "resent-cc", "resent-bcc")
_MARKS_OF_PROGRAMS = ("auto-submitted", "precedence", "list-id", "list-unsubscribe", "list-unsubscribe-post")
_ABSENT = {  # fields that the fault of a rule is the absence of, where its example does not take them out
    "B001": ("list-unsubscribe", "list-unsubscribe-post"),
    "B002": ("list-unsubscribe-post",),
    "B003": ("dkim-signature",),
    "B004": ("dkim-signature",),
    "B007": ("list-id",),
    "B008": ("dkim-signature",),
    "B011": ("reply-to",),
    "B012": _MARKS_OF_PROGRAMS,
    "D001": ("dkim-signature",),
    "H106": _RECIPIENTS,
    "H111": ("sender",),
    "H115": ("resent-date", "resent-from", "resent-sender"),
    "H217": ("references",),
    "H218": ("in-reply-to", "references"),
    "S013": _RECIPIENTS,
    "X029": _MARKS_OF_PROGRAMS,
}
_MIME = b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n"


def _base(code: str, text: str, scene: Scene) -> bytes:
    """Give the message that an example is laid over: one of a text alone, if it is about MIME or the body."""
    lines = text.split("\n")
    is_simple = text.startswith("@html") or "" in lines or any([_ABOUT_MIME.match(line) for line in lines])
    is_simple = is_simple or code in _ENDS_HEADER
    absent = _ABSENT.get(code, ())
    if not is_simple and not absent:
        return scene.octets
    header: list[bytes] = []
    root = parse(scene.octets).root
    for line, key in root.headers.lines():
        name = key.decode("latin-1")
        is_mime = name.startswith("content-") or name in ("mime-version", "dkim-signature")
        if name not in absent and not (is_simple and is_mime):
            header.append(line.removesuffix(b"\r") + b"\r\n")
    if not is_simple:
        return b"".join([*header, b"\r\n", root.raw_body])
    return b"".join([*header, _MIME, b"\r\n", scene.text.replace("\n", "\r\n").encode("ascii")])


_ENDS_HEADER = ("H015", "S015")  # what follows, MIME fields perhaps, is read as text
_ABOUT_MIME = re.compile(r"(?i)-?(?:content-|mime-version\b)")

# ------------------------------------------------------------------------------------------------------- the examples

_LEAF = "Content-Type: text/plain; charset=utf-8\n\nHello\n"
_NO_ENCODING = "-Content-Transfer-Encoding\n\n"


def _multipart(boundary: str, *parts: str) -> str:
    """Give a multipart/mixed of a message, as an example writes it; *boundary* is read in what is laid, too."""
    divided = "".join([f"--{boundary}\n{part}" for part in parts])
    return f"Content-Type: multipart/mixed; boundary={boundary}\n{_NO_ENCODING}{divided}--{boundary}--"


def _nested(boundary: str, *parts: str) -> str:
    return _multipart(boundary, *parts).replace(_NO_ENCODING, "\n") + "\n"


class _Bounded(NamedTuple):
    """An example in place of the rule's own, which is large, and the bound that it is over."""

    text: str
    limit: str = ""  # of `Limits`
    option: str = ""  # of the context
    most: int = 0


_DEEP = _multipart("a", _LEAF, _nested("b", _LEAF, _nested("c", _LEAF, _LEAF)))
_MANY = _multipart("a", _LEAF, _LEAF, _LEAF)
_WORDS = "\n".join([f" {'one ' * 14}one"] * 36)
_SMALL = {
    "B013": _Bounded(f"Subject:{_WORDS[:1100]}"),
    "B014": _Bounded("X-Note: one", option="max-message-bytes", most=100),
    "H020": _Bounded("X-Note: one", option="max-header-bytes", most=80),
    "L001": _Bounded("X-Note: one", limit="max_message_bytes", most=100),
    "L002": _Bounded(_DEEP, limit="max_depth", most=1),
    "L003": _Bounded(_MANY, limit="max_parts", most=3),
    "L005": _Bounded(f"X-Note:{_WORDS}", limit="max_field_bytes", most=2000),
    "L006": _Bounded("Content-Type: text/plain; charset=utf-8; x-a=1; x-b=1", limit="max_params_per_field", most=2),
    "L008": _Bounded("X-Note: =?utf-8?Q?=C3=BC?= =?utf-8?Q?=C3=BC?=", limit="max_encoded_words_per_field", most=1),
    "L010": _Bounded("References: <1@shop.example> <2@shop.example> <3@shop.example>", limit="max_msg_ids", most=2),
    "L013": _Bounded(_multipart("b" * 31, _LEAF, _LEAF), limit="max_boundary", most=30),
    "L014": _Bounded(f"X-{'n' * 40}: one", limit="max_field_name", most=40),
    "M037": _Bounded(_DEEP, option="max-nesting", most=1),
    "M038": _Bounded(_MANY, option="max-parts", most=2),
}
_FIRST = {  # what stands before the first field
    "H013": " X-Note: one",
    "H016": "From jane@shop.example Tue Nov 24 03:30:00 2026",
}
_CLOCK = frozenset({"D009", "H206", "H207"})  # the others find the same at any time
_NOTHING = Context()


class Fault:
    """One way to break a message: ``rule`` is the one that finds it."""

    __slots__ = ("_good", "_text", "number", "rule")

    def __init__(self, rule: Rule, number: int, text: str, good: tuple[str, ...]) -> None:
        self.rule = rule
        self.number = number
        self._text = text
        self._good = good

    def __call__(self, scene: Scene) -> Laid:
        r"""
        Break a message.

        >>> laid = faults()["H011"][0](Scene.of(parse(b"From: a@b.example\r\n\r\nHi\r\n")))
        >>> laid.octets[laid.start : laid.end]
        b' '
        >>> laid.note
        'X-Note is added: there is white space between the name of a field and its colon'
        """
        octets, span, context, done = self._broken(scene)
        if self._text.startswith("@html"):
            span = html_of(octets, span)
        start, end = place(self.rule.code, self.number, octets, span)
        if self.rule.code not in _CLOCK:
            context = context.changed(now=None)
        what = examples.page(self.rule).what
        return Laid(octets, start, end, f"{done}: {_clause(what)}", None if context == _NOTHING else context)

    def _broken(self, scene: Scene) -> Change:
        code = self.rule.code
        if code in _FIRST:
            first = _with_people(_FIRST[code], scene).encode() + b"\r\n"
            return first + scene.octets, (0, len(first)), _NOTHING, "a line is put before the first field"
        if code in _SIGNED:
            return _SIGNED[code](self.number, scene)
        if code == "L004":
            return _over_fields(scene)
        if _is_whole(self._text):
            octets, context = _dressed(self._text, scene)
            valid = [_dressed(text, scene)[0] for text in ("", *self._good)]
            return octets, least_difference(octets, valid), context, "the message is made for it"
        base, octets, context = self._laid(self._text, scene)
        valid = [base]
        if kind_of(code, self.number) != "laid":
            valid += [self._laid(good, scene)[1] for good in self._good if not _is_whole(good)]
        return octets, least_difference(octets, valid), _bounded(code, context), _told(self._text, base)

    @property
    def keeps_body(self) -> bool:
        """Whether an example changes only the header of the message that it is laid over."""
        return not _is_whole(self._text) and not self._text.startswith("@html") and "" not in self._text.split("\n")

    def _laid(self, text: str, scene: Scene) -> tuple[bytes, bytes, Context]:
        """Lay an example over the scene; gives what was under it, too."""
        base = _base(self.rule.code, text, scene)
        spoken = _with_people(text, scene)
        if "bh=" in text:
            spoken = _with_digests(spoken, text, base)
        return base, *examples.example(spoken, base)

    def __repr__(self) -> str:
        return f"<Fault {self.rule.code}-{self.number}>"


def _is_whole(text: str) -> bool:
    """Tell whether an example is a message of its own."""
    return text.startswith(("@make ", "@raw"))


@cache
def faults() -> dict[str, tuple[Fault, ...]]:
    """Give the faults of every rule that a message of its own can be drawn for, by its code."""
    found: dict[str, tuple[Fault, ...]] = {}
    for code, rule in sorted(selection.load().items()):
        page = examples.page(rule)
        bad = (_SMALL[code].text,) if code in _SMALL else page.bad
        if bad and code not in NOT_DRAWN:
            good = () if code in _SMALL else page.good
            found[code] = tuple([Fault(rule, number, text, good) for number, text in enumerate(bad)])
    return found


def _bounded(code: str, context: Context) -> Context:
    """Put the bound that an example is over into the context."""
    bound = _SMALL.get(code)
    if bound is None or not bound.most:
        return context
    options = {"limits": Limits(**{bound.limit: bound.most})} if bound.limit else {bound.option: bound.most}
    return context.changed(options=options)


def _over_fields(scene: Scene) -> Change:
    """Add a field to as many as a header may have."""
    octets, context = examples.example("X-Note: one", scene.octets)
    header = parse(octets).root.headers
    limits = Limits(max_header_fields=len(list(header.lines())) - 1)
    context = context.changed(options={"limits": limits})
    return octets, difference(octets, scene.octets), context, "X-Note is added"


# -- what a maker made

_IDENTITY = {line.partition(b":")[0].lower(): line for line in examples.BASE.split(b"\n")[:5]}


def _dressed(text: str, scene: Scene) -> tuple[bytes, Context]:
    """Make the message of an example, and put the fields of the scene in place of those that all examples have."""
    octets, context = _made(text)
    header, end, body = octets.partition(b"\r\n\r\n")
    own = {key: line.removesuffix(b"\r") for line, key in parse(scene.octets).root.headers.lines()}
    lines = [own.get(name, line) if _IDENTITY.get(name) == line else line for name, line in _named(header)]
    return b"\r\n".join(lines) + end + body, context


@cache
def _made(text: str) -> tuple[bytes, Context]:
    """Make the message of an example: some are large, and all are the same each time."""
    return examples.example(text)


def _named(header: bytes) -> list[tuple[bytes, bytes]]:
    return [(line.partition(b":")[0].lower(), line) for line in header.split(b"\r\n")]


# -- signatures

_SELECTOR = "s2026"


def _with_digests(spoken: str, text: str, base: bytes) -> str:
    """Put the digests of the body into the signatures of an example, where they were those of its own body."""
    of_example = _digests(_made(text)[0])
    for old, new in zip(of_example, _digests(examples.example(spoken, base)[0]), strict=True):
        spoken = spoken.replace(old, new)
    return spoken


def _digests(octets: bytes) -> tuple[str, str]:
    body = octets.partition(b"\r\n\r\n")[2]
    digests = (canonical.body_digest(body, "relaxed"), sha1(canonical.body(body, "relaxed")).digest())  # noqa: S324 - the fault is this algorithm
    return b64encode(digests[0]).decode(), b64encode(digests[1]).decode()


def _signed(scene: Scene, key: SigningKey) -> tuple[bytes, int]:
    """Sign the message for the domain of its author; the signature stands above, and ends where the second one says."""
    octets = _base("D001", "", scene)  # without the signatures that it has
    signer = Signer(scene.author.domain, selector=_SELECTOR, key=key, now=lambda: examples.NOW, allow_8bit=True)
    made = signer.sign(octets)
    return made, len(made) - len(octets)


def _keys(scene: Scene, record: str) -> Context:
    return Context(now=lambda: examples.NOW, keys={f"{_SELECTOR}._domainkey.{scene.author.domain}": record})


def _not_verified(number: int, scene: Scene) -> Change:
    """Change the subject once it is signed, or revoke the key."""
    key = SigningKey.load(bytes(range(32)))
    octets, end = _signed(scene, key)
    if number:
        return (
            octets,
            (0, end),
            _keys(scene, txt_record(key, revoked=True)),
            "the message is signed, and the key revoked",
        )
    changed = re.sub(rb"(?im)^subject:", b"\\g<0> a", octets, count=1)
    if changed == octets:
        changed = octets.replace(b"\r\n\r\n", b"\r\nSubject: a\r\n\r\n", 1)
    return changed, (0, end), _keys(scene, txt_record(key)), "Subject is changed once the message is signed"


def _short_key(_: int, scene: Scene) -> Change:
    octets, end = _signed(scene, _key_of_1024_bits())
    record = txt_record(_key_of_1024_bits())
    return octets, (0, end), _keys(scene, record), "the message is signed with a key of 1024 bits"


@cache
def _key_of_1024_bits() -> SigningKey:
    pem = resources.files("mimekit.strategies").joinpath("data", "short.pem").read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it is short is what the fault shows
        return SigningKey.load(pem, validate=False)


_SIGNED: dict[str, Callable[[int, Scene], Change]] = {"D004": _not_verified, "D007": _short_key}

# ---------------------------------------------------------------------------------------------------- what is told


def _told(text: str, base: bytes) -> str:
    """Say what an example does to a message."""
    lines = [line for line in text.split("\n") if not line.startswith("@")] if not text.startswith("@html") else [""]
    header = lines[: lines.index("")] if "" in lines else lines
    present = {name.decode("latin-1") for name, _ in _named(base.partition(b"\r\n\r\n")[0])}
    told: dict[str, str] = {}
    for line in header:
        name, colon, _ = line.partition(":")
        if line.startswith("-"):
            told[line[1:]] = "taken out"
        elif colon and not line.startswith((" ", "\\t")):
            name = name.strip()
            told.setdefault(name, "replaced" if name.lower() in present else "added")
    if "" in lines:
        told["the body"] = "replaced"
    return ", ".join([f"{name} is {done}" for name, done in told.items()]) or "a line is put into the header"


_LOWERED = frozenset(  # what begins a sentence and is no name
    (
        *("A", "All", "An", "Another", "At", "In", "Less", "More", "No", "Nobody", "Nothing", "One", "Over", "Several"),
        *("Some", "The", "There", "What", "Words"),
    )
)


def _clause(what: str) -> str:
    """Write the first sentence of a page as a part of another one."""
    sentence = re.split(r"(?<=\w[.])\s+(?=[A-Z])|\n\n", what, maxsplit=1)[0].replace("\n", " ").removesuffix(".")
    first, space, rest = sentence.partition(" ")
    return f"{first.lower() if first in _LOWERED else first}{space}{rest}"
