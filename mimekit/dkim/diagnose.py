r"""
Diagnosis: why a signature broke, and what was done to the message.

Nobody keeps what they signed, so the change is found by undoing what relays, lists and programs are known to do until
the hash fits; with the message as it was signed, or with the copies in ``z=`` (RFC 6376 3.5), it is found by comparing.
What is found by a hash is certain.  The work is bounded and nothing in a message raises.

    octets, a function from names to TXT records, perhaps the original -> Diagnosis

May import: the core, `dkim`.  Imported by: `dkim`.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from mimekit.codecs import quopri, transfer
from mimekit.dkim import body_repairs, canonical, header_repairs
from mimekit.dkim.header_repairs import readable
from mimekit.dkim.opened import KEY, Opened, keys_of
from mimekit.dkim.record import KeyRecord
from mimekit.dkim.verify import Policy, octets_of, verify
from mimekit.errors import DkimError
from mimekit.headers import names as registry
from mimekit.headers.content import ContentType

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from mimekit.delivery import Delivery
    from mimekit.dkim.keys import PublicKey
    from mimekit.dkim.signature import Signature
    from mimekit.dkim.verdict import Result, Trace, Verification
    from mimekit.message import Message

__all__ = ["Cause", "Diagnosis", "diagnose"]

_DEFAULT = Policy()
_BODY_BUDGET = 64_000_000  # octets hashed for one signature
_HEADER_BUDGET = 200_000_000  # likewise, for its header
_HASH_TRIES = 40_000  # guesses at the header that cost a hash each
_KEY_TRIES = 400  # guesses that cost a verification each
_MOST_CAUSES = 20
_SES = "amazonses.com"
_REPLACED_BY_SES = (b"date", b"message-id")
_MOST_OTHERS = 20  # fields of one name that are tried in the place of another


@dataclass(frozen=True, slots=True, kw_only=True)
class Cause:
    """
    One thing that was done, or that is wrong.

    ``code`` stays the same from release to release; ``signature`` is the number of the result it explains, from 0.
    ``certain`` tells what was proved, by a hash that fits or by a comparison, from what is only left as possible.
    """

    code: str
    text: str
    signature: int
    field: str = ""
    certain: bool = True

    def __str__(self) -> str:
        return self.text if self.certain else f"{self.text} (not proved)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """What `diagnose` found: the verification, and for each signature that does not pass, why."""

    verification: Verification
    causes: tuple[Cause, ...]

    def of(self, signature: int) -> tuple[Cause, ...]:
        """Give the causes of one result of ``verification.results``."""
        return tuple([cause for cause in self.causes if cause.signature == signature])

    @property
    def lines(self) -> tuple[str, ...]:
        """One sentence for each cause; where there are several signatures it says which one is meant, from 1."""
        if len(self.verification.results) == 1:
            return tuple([str(cause) for cause in self.causes])
        return tuple([f"signature {cause.signature + 1}: {cause}" for cause in self.causes])

    def __str__(self) -> str:
        lines = []
        for number, result in enumerate(self.verification.results):
            lines.append(str(result))
            lines += [f"    {cause}" for cause in self.of(number)]
        return "\n".join(lines)


def diagnose(
    x: Message | Delivery | bytes,
    *,
    resolve: Callable[[str], Iterable[bytes]],
    original: Message | Delivery | bytes | None = None,
    now: Callable[[], datetime] | None = None,
    policy: Policy = _DEFAULT,
) -> Diagnosis:
    """
    Say why the signatures of a message do not pass; *original* is the message as it was signed, if somebody has it.

    The other arguments are those of `verify`.
    """
    octets = octets_of(x)
    verification = verify(octets, resolve=resolve, now=now, policy=policy)
    opened = Opened(octets)
    before = None if original is None else Opened(octets_of(original))
    causes: list[Cause] = []
    for number, (result, trace) in enumerate(zip(verification.results, verification.trace, strict=False)):
        if result.status == "pass" or result.signature is None:
            continue
        case = _Case(number, result, trace, opened, before)
        causes += case.causes()[:_MOST_CAUSES]
    return Diagnosis(verification=verification, causes=tuple(causes))


class _Case:
    """One signature that does not pass."""

    def __init__(self, number: int, result: Result, trace: Trace, opened: Opened, before: Opened | None) -> None:
        assert result.signature is not None  # noqa: S101 - the caller left out the others
        self.number = number
        self.result = result
        self.trace = trace
        self.opened = opened
        self.before = before
        self.signature: Signature = result.signature
        self.own = trace.own
        self.keys_signed = keys_of(result.signature.h)

    def cause(self, code: str, text: str, field: str = "", *, certain: bool = True) -> Cause:
        return Cause(code=code, text=text, signature=self.number, field=field, certain=certain)

    def causes(self) -> list[Cause]:
        """Explain the verdict: what else than ``fail`` says it in its own words, a failure is looked into."""
        if self.result.reason == "beyond-length":
            return [self.beyond()]
        if self.result.status != "fail":
            return [self.cause(self.result.reason, self.result.text)]
        found: list[Cause] = []
        if self.trace.body_digest != self.trace.signed_body_digest:
            found += self.body()
        return found + self.header(is_body_changed=bool(found))

    # -- the body

    def beyond(self) -> Cause:
        """Show what ``l=`` leaves out; only the original tells whether it was added."""
        name, length = self.signature.c[1], self.signature.l
        octets = canonical.body(self.opened.body, name)
        rest = octets[length:]
        if self.before is not None:
            old = canonical.body(self.before.body, name)
            if octets != old and octets.startswith(old):
                added = octets[len(old) :]
                text = f"{len(added)} octets were added after what l= covers: {readable(added)}"
                return self.cause("footer-added", text)
        text = (
            f"{len(rest)} octets after the {length} that l= covers are not signed, whoever wrote them: {readable(rest)}"
        )
        return self.cause("beyond-length", text)

    def body(self) -> list[Cause]:
        """Find what was done to the body."""
        signature = self.signature
        if self.before is not None:
            compared = self.compared_body(self.before)
            if compared is not None:
                return [compared]
        target = body_repairs.Target(signature.bh or b"", signature.c[1], signature.l)
        budget = body_repairs.Budget(_BODY_BUDGET)
        found = body_repairs.find(
            self.opened.octets, self.opened.body_start, target, budget, boundaries=self.boundaries()
        )
        if found is not None:
            return [self.cause(found.code, found.text)]
        text = "the body was changed in a way that is not known here"
        return [self.cause("body-changed", text, certain=False)]

    def boundaries(self) -> list[bytes]:
        """Give the boundaries that the header names, and those of the copies in ``z=``."""
        fields = [*self.copies().get(b"content-type", ()), *self.opened.relaxed.get(b"content-type", ())]
        found = []
        for field in dict.fromkeys(fields[:_MOST_OTHERS]):
            value = ContentType.parse(field.partition(b":")[2])
            boundary = None if value is None else value.parameters.get("boundary")
            if boundary:
                found.append(boundary.encode("utf-8"))
        return found

    def compared_body(self, before: Opened) -> Cause | None:
        """Compare the body with the one that was signed."""
        name = self.signature.c[1]
        old, new = canonical.body(before.body, name), canonical.body(self.opened.body, name)
        if old == new:
            return None
        if sha256(old if self.signature.l is None else old[: self.signature.l]).digest() != self.signature.bh:
            text = "the original that was given is not the message that was signed: its body does not fit bh= either"
            return self.cause("wrong-original", text)
        if new.startswith(old):
            added = new[len(old) :]
            return self.cause("footer-added", f"text was added at the end of the body: {readable(added)}")
        target = body_repairs.Target(self.signature.bh or b"", name, self.signature.l)
        known = body_repairs.find(
            self.opened.octets,
            self.opened.body_start,
            target,
            body_repairs.Budget(_BODY_BUDGET // 4),
            boundaries=[*_delimiters(before.body), *self.boundaries()],
        )
        if known is not None:
            return self.cause(known.code, known.text)
        for code, text, form in _FORMS:
            if form(old) == form(new):
                return self.cause(code, text)
        return self.cause("body-changed", _difference(old, new))

    # -- the header

    def header(self, *, is_body_changed: bool) -> list[Cause]:
        """Find what was done to the fields that the signature covers."""
        check = _Check(self.signature.b or b"", self.keys())
        if check.fits(self.trace.header_input):
            return []
        if check.is_other_key:
            text = (
                f"b= is no signature by the key at {self.trace.query}: the key was replaced, the message was signed "
                f"with another one, or b= was damaged"
            )
            return [self.cause("other-key", text)]
        compared = [] if self.before is None else self.compared_fields(self.before)
        found = compared or self.compared_copies(check) or self.searched(check)
        if found:
            return found
        if not check.digests and is_body_changed:
            text = "whether fields were changed too cannot be told: this algorithm does not reveal what it signed"
            return [self.cause("header-changed", text, certain=False)]
        return [*self.suspects(), self.some_field(is_proved=bool(check.digests))]

    def suspects(self) -> list[Cause]:
        """Name the fields that are likely to be what was changed; nothing proves it."""
        found = []
        for key, times in Counter(self.keys_signed).items():
            if times > 1 and key != KEY and not self.opened.count(key):
                shown = registry.info(key.decode("latin-1")).name
                text = f"the field {shown} may have been taken away: h= names it {times} times, and there is none"
                found.append(self.cause("field-removed", text, shown, certain=False))
        if self.signature.d.lower() != _SES and self.is_from_ses():
            for key in _REPLACED_BY_SES:
                if key in self.keys_signed:
                    shown = registry.info(key.decode("latin-1")).name
                    text = (
                        f"{shown}: Amazon SES, through which the message went, replaces it after signing; sign with "
                        f"dkim.for_ses, which does not cover it, or let SES sign"
                    )
                    found.append(self.cause("field-changed", text, shown, certain=False))
        return found

    def is_from_ses(self) -> bool:
        fields = self.opened.relaxed
        ids = fields.get(b"message-id", ())
        return any([key.startswith(b"x-ses-") for key in fields]) or any([b"amazonses.com>" in one for one in ids])

    def some_field(self, *, is_proved: bool) -> Cause:
        """Say plainly that it is one of the covered fields."""
        names = dict.fromkeys(self.signature.h)
        here = [name for name in names if self.opened.count(name.lower().encode())]
        absent = [name for name in names if name not in here]
        text = f"one of the fields that are covered ({', '.join(here)}), or the signature's own field, was changed"
        if absent:
            text += (
                f"; or one that h= names was taken away: {', '.join(absent)}, of which there "
                f"{'are' if len(absent) > 1 else 'is'} none"
            )
        return self.cause("header-changed", text, certain=is_proved)

    def searched(self, check: _Check) -> list[Cause]:
        """Undo what is usually done to fields until the signature fits."""
        bare = self.opened.bare(self.own, "simple")
        found = header_repairs.find(
            self.covered(), bare, self.signature.c[0], check.ask, beside=self.opened.fields(), pairs=check.is_cheap
        )
        return [self.cause(one.code, one.text, one.field) for one in found]

    def keys(self) -> list[tuple[KeyRecord, PublicKey]]:
        found = []
        for octets in self.trace.records:
            record = KeyRecord.parse(octets)
            try:
                if not record.problems and record.k == self.signature.a.partition("-")[0]:
                    found.append((record, record.public_key()))
            except DkimError:
                continue
        return found

    def covered(self) -> list[header_repairs.Covered]:
        """Give each name of ``h=`` with its line as it stands."""
        lines = self.opened.fields()
        found = []
        for key, at in zip(self.keys_signed, self.opened.select(self.keys_signed, self.own)[0], strict=True):
            line = lines[key][at] if at >= 0 else None
            others = [other for place, other in enumerate(lines.get(key, ())) if place != at]
            if key == KEY:
                others.remove(lines[KEY][self.own])
            found.append(header_repairs.Covered(key, line, tuple(others[-_MOST_OTHERS:]) if at >= 0 else ()))
        return found

    def copies(self) -> dict[bytes, list[bytes]]:
        """Give the fields that were copied into ``z=``, by name."""
        found: dict[bytes, list[bytes]] = {}
        for copy in self.signature.z:
            name, colon, _ = copy.partition(b":")
            if colon:
                found.setdefault(name.strip(b" \t").lower(), []).append(copy)
        return found

    def compared_copies(self, check: _Check) -> list[Cause]:
        """Compare the fields with their copies in ``z=``; they prove something when the hash fits with them."""
        copies = self.copies()
        fields: list[bytes | None] = list(self.trace.fields)
        found: list[Cause] = []
        taken: dict[bytes, int] = {}
        for place, name in enumerate(self.signature.h):
            key = name.lower().encode()
            stack = copies.get(key, [])
            number = taken.get(key, 0)
            taken[key] = number + 1
            if number < len(stack):
                copy = stack[-1 - number]
                then = canonical.relaxed_field(copy)
                now = fields[place]
                if now is None or canonical.relaxed_field(now) != then:
                    found.append(self.changed(name, then, now))
                    fields[place] = then if self.signature.c[0] == "relaxed" else copy
        if not found:
            return []
        proved = check.fits(self.opened.header_input(fields, self.own, self.signature.c[0]))
        if proved:
            return found
        return [self.cause(one.code, f"{one.text}, by the copy in z=", one.field, certain=False) for one in found]

    def changed(self, name: str, then: bytes | None, now: bytes | None) -> Cause:
        shown = registry.info(name).name
        if now is None:
            return self.cause("field-removed", f"the field {shown} was taken away; it was {_value(then)}", shown)
        if then is None:
            return self.cause("field-added", f"a field {shown} was added: {_value(now)}", shown)
        return self.cause("field-changed", f"the field {shown} was changed from {_value(then)} to {_value(now)}", shown)

    def compared_fields(self, before: Opened) -> list[Cause]:
        """Compare the covered fields with those of the message as it was signed."""
        form = self.signature.c[0]
        places = before.select(self.keys_signed, before.place_of(self.signature))[0]
        old = before.taken(self.keys_signed, places, form)
        found = []
        for name, then, now in zip(self.signature.h, old, self.trace.fields, strict=True):
            if then == now:
                continue
            if then is not None and now is not None and _flat(then) == _flat(now):
                shown = registry.info(name).name
                text = (
                    f"white space, folding or the case of the name was changed in {shown}; simple does not tolerate it"
                )
                found.append(self.cause("white-space", text, shown))
            else:
                found.append(self.changed(name, then, now))
        return found


class _Check:
    """Tells whether octets are what was signed: by the digest in an RSA signature, else by trying."""

    def __init__(self, signature: bytes, keys: Sequence[tuple[KeyRecord, PublicKey]]) -> None:
        self.signature = signature
        self.keys = [key for _, key in keys]
        self.digests: set[bytes] = set()
        numbers = [header_repairs.modulus(record.p or b"") for record, _ in keys if record.k == "rsa"]
        for pair in numbers:
            digest = None if pair is None else header_repairs.digest_info(signature, *pair)
            if digest is not None:
                self.digests.add(digest)
        self.is_cheap = bool(numbers) and len(numbers) == len(keys)
        self.is_other_key = self.is_cheap and not self.digests
        self.left = _HASH_TRIES if self.is_cheap else _KEY_TRIES
        self.octets = _HEADER_BUDGET

    def fits(self, octets: bytes) -> bool:
        digest = sha256(octets).digest()
        if self.is_cheap:
            return digest in self.digests
        return any([key.verify(digest, self.signature) for key in self.keys])

    def ask(self, octets: bytes) -> bool | None:
        """Tell it while there are tries and octets left."""
        self.left -= 1
        self.octets -= len(octets)
        return None if self.left < 0 or self.octets < 0 else self.fits(octets)


# -- forms in which two bodies are the same


def _without_line_ends(body: bytes) -> bytes:
    return body.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _without_trailing_blanks(body: bytes) -> bytes:
    return b"\n".join([line.rstrip(b" \t\r") for line in body.split(b"\n")]).rstrip(b"\n")


def _without_white_space(body: bytes) -> bytes:
    return body.translate(None, b" \t\r\n")


def _without_boundaries(body: bytes) -> bytes:
    numbers: dict[bytes, bytes] = {}
    out = []
    for line in body.split(b"\r\n"):
        if line.startswith(b"--") and len(line) > 2:  # noqa: PLR2004 - more than dashes
            key = line[2:].rstrip(b"- ")
            line = numbers.setdefault(key, b"%d" % len(numbers))  # noqa: PLW2901 - the line under another name
        out.append(line)
    return b"\r\n".join(out)


def _decoded(body: bytes) -> bytes:
    """Decode what looks like quoted-printable or base64, and leave the fields of parts out that say so."""
    body = re.sub(rb"(?im)^content-transfer-encoding:[^\r\n]*+\r?+\n", b"", body)
    base64 = transfer.decode("base64", body) if re.fullmatch(rb"[A-Za-z0-9+/=\s]++", body) else body
    return _without_trailing_blanks(quopri.decode(base64))


_FORMS: tuple[tuple[str, str, Callable[[bytes], bytes]], ...] = (
    ("line-ends", "the line ends of the body were changed", _without_line_ends),
    (
        "trailing-blanks",
        "blanks at the ends of lines, or empty lines at the end, were changed",
        _without_trailing_blanks,
    ),
    ("re-wrapped", "the lines of the body were wrapped anew, or its white space was changed", _without_white_space),
    ("boundary", "the boundaries between the parts were changed", _without_boundaries),
    ("re-encoded", "the body was re-encoded", _decoded),
)


def _delimiters(body: bytes) -> list[bytes]:
    return list(dict.fromkeys(re.findall(rb"(?m)^--([^\r\n]{1,70}?)(?:--)?\r?$", body)))[:8]


def _difference(old: bytes, new: bytes) -> str:
    """Say where two bodies part."""
    before, after = old.split(b"\r\n"), new.split(b"\r\n")
    number = next((at for at, (one, two) in enumerate(zip(before, after, strict=False)) if one != two), None)
    if number is None:
        number = min(len(before), len(after))
    one, two = [lines[number] if number < len(lines) else b"" for lines in (before, after)]
    return f"the body was changed from line {number + 1} on: it was {readable(one)} and is {readable(two)}"


def _value(field: bytes | None) -> str:
    return readable((field or b"").partition(b":")[2])


def _flat(field: bytes) -> bytes:
    return canonical.relaxed_field(field).translate(None, b" \t")
