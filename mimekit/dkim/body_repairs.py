r"""
What is done to a body on its way: each change that people meet, undone, until one fits the hash that was signed.

``bh=`` says what the body hashed to (RFC 6376 3.5), so a guess at the change is a guess that can be checked.  The order
is from the frequent and cheap to the rare and dear, and the work is bounded in octets hashed.

    the octets that came and a digest -> the change, in words

May import: the core, `dkim.canonical`, `dkim.header_repairs`.  Imported by: `dkim.diagnose`.
"""

from __future__ import annotations

import re
from binascii import b2a_base64, b2a_qp
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from mimekit.codecs import plain, quopri, transfer
from mimekit.dkim import canonical
from mimekit.dkim.header_repairs import readable
from mimekit.parser import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from mimekit.part import Part

__all__ = ["BodyRepair", "Budget", "Target", "find"]

_OTHER = {"simple": "relaxed", "relaxed": "simple"}
_MOST_LINES = 200_000  # of a body whose beginnings are tried
_MOST_BLOCK = 40  # lines that are taken out at once
_MOST_PARTS = 64
_MOST_TAGS = 20
_LONG = 900  # octets of a line that was broken for its length
_PER_TRY = 300  # what one try costs beside its octets, in octets
_SAME = 8  # what a guess that was made already costs is its octets divided by this
_WIDTHS = (76, 72, 64, 60, 998)
_EMPTY = (sha256(b"").digest(), sha256(b"\r\n").digest())


class BodyRepair(NamedTuple):
    """A change that was undone: a code that stays the same, and a sentence that says what was done."""

    code: str
    text: str


class Budget:
    """How many octets may still be hashed."""

    __slots__ = ("left",)

    def __init__(self, octets: int) -> None:
        self.left = octets

    def take(self, octets: int) -> bool:
        """Pay for one try; tell whether there was enough for it."""
        self.left -= octets + _PER_TRY
        return self.left >= 0


class Target(NamedTuple):
    """What a body must become: the digest, the canonicalisation and the ``l=`` under which it was taken."""

    digest: bytes
    name: str
    length: int | None = None

    def fits(self, body: bytes) -> bool:
        """Tell whether a body is the one that was signed."""
        octets = canonical.body(body, self.name)
        return sha256(octets if self.length is None else octets[: self.length]).digest() == self.digest


def find(
    octets: bytes, body_start: int, target: Target, budget: Budget, *, boundaries: Iterable[bytes] = ()
) -> BodyRepair | None:
    """
    Find what was done to the body of a message; ``None`` when nothing that is known here, or the budget, was enough.

    *boundaries* are those that the message may have had when it was signed.
    """
    body = octets[body_start:]
    tried: list[tuple[BodyRepair, bytes]] = []
    seen = {body}
    for repair, candidate in _candidates(octets, body_start, tuple(boundaries)):
        is_new = candidate not in seen
        if not budget.take(len(candidate) if is_new else len(candidate) // _SAME):
            return None
        if not is_new:
            continue
        seen.add(candidate)
        if target.fits(candidate):
            return repair
        tried.append((repair, candidate))
    found = _without_change(body, target, budget) or _text_added(body, target, budget)
    if found is not None:
        return found
    for repair, candidate in tried:  # two things were done
        if budget.left < 0:
            break
        added = _beginning(candidate, target, budget)
        if added is not None:
            return BodyRepair(repair.code, f"{repair.text}; and {added.text}")
    return None


# -- the body is as it was, and something else is wrong


def _without_change(body: bytes, target: Target, budget: Budget) -> BodyRepair | None:
    if target.length is not None and budget.take(len(body)) and target._replace(length=None).fits(body):
        return BodyRepair("length", f"the whole body fits, and l={target.length} does not: l= was counted wrongly")
    other = _OTHER.get(target.name, "simple")
    if budget.take(len(body)) and target._replace(name=other).fits(body):
        text = f"the body fits {other} canonicalization, and c= says {target.name}: the signer used another one"
        return BodyRepair("other-canonicalization", text)
    if target.digest in _EMPTY and target.length != 0:
        return BodyRepair(
            "empty-body", "bh= is the hash of an empty body: the signer signed none, or all was added later"
        )
    if budget.take(len(body)) and sha256(body).digest() == target.digest:
        return BodyRepair(
            "other-canonicalization", "the body fits as it is, canonicalized in no way: a fault of the signer"
        )
    return None


# -- the whole body was changed in one manner


def _candidates(octets: bytes, body_start: int, boundaries: tuple[bytes, ...]) -> Iterator[tuple[BodyRepair, bytes]]:
    body = octets[body_start:]
    yield from _line_ends(body)
    yield from _blanks(body)
    yield from _dots_and_mailboxes(body)
    yield from _joined_lines(body)
    yield from _boundaries(body, boundaries)
    yield from _recoded(octets, body_start)
    yield from _parts(octets, body_start)
    yield from _tags(body)


def _line_ends(body: bytes) -> Iterator[tuple[BodyRepair, bytes]]:
    if plain.has_bare_line_end(body):
        yield BodyRepair("line-ends", "lone CR or LF stand where CRLF was signed"), plain.to_crlf(body)
    text = "CRLF stands where lone LF was signed: the signer did not hash the message that was sent"
    yield BodyRepair("line-ends", text), body.replace(b"\r\n", b"\n")
    yield BodyRepair("line-ends", "each CR was doubled"), body.replace(b"\r\r\n", b"\r\n")
    text = "each line end was doubled: empty lines stand between the lines"
    yield BodyRepair("line-ends", text), body.replace(b"\r\n\r\n", b"\r\n")
    text = "an empty line after the header was taken away"
    yield BodyRepair("blank-lines", text), b"\r\n" + body
    yield BodyRepair("blank-lines", "empty lines were put before the body"), body.lstrip(b"\r\n")
    text = "empty lines were taken out"
    yield BodyRepair("blank-lines", text), body.replace(b"\r\n", b"\r\n\r\n")


def _blanks(body: bytes) -> Iterator[tuple[BodyRepair, bytes]]:
    text = "blanks were added at the ends of lines"
    yield BodyRepair("trailing-blanks", text), re.sub(rb"(?<![ \t])[ \t]++(?=\r\n|\Z)", b"", body)
    text = "the blank after the two dashes over the signature text was taken away"
    yield BodyRepair("trailing-blanks", text), re.sub(rb"(?m)^--\r$", b"-- \r", body)
    text = "blanks at the ends of lines were taken away (format=flowed has them)"
    yield BodyRepair("trailing-blanks", text), re.sub(rb"(?m)([^\s-])\r\n(?=[^\s>])", rb"\1 \r\n", body)
    yield BodyRepair("white-space", "tabs became blanks, or blanks tabs"), re.sub(rb"(?m)^(?: {8})+", _tabs, body)


def _tabs(found: re.Match[bytes]) -> bytes:
    return b"\t" * (len(found[0]) // 8)


def _dots_and_mailboxes(body: bytes) -> Iterator[tuple[BodyRepair, bytes]]:
    text = "lines that begin with a dot have two: dot-stuffing of SMTP was not undone (RFC 5321 4.5.2)"
    yield BodyRepair("dot-stuffing", text), re.sub(rb"(?m)^\.\.", b".", body)
    text = "a dot at the beginning of lines was lost: dot-stuffing of SMTP was not done (RFC 5321 4.5.2)"
    yield BodyRepair("dot-stuffing", text), re.sub(rb"(?m)^\.", b"..", body)
    text = "a > was put before lines that begin with 'From ': a mailbox file, or a relay, did it"
    yield BodyRepair("from-mangled", text), re.sub(rb"(?m)^>(>*+From )", rb"\1", body)


def _joined_lines(body: bytes) -> Iterator[tuple[BodyRepair, bytes]]:
    text = "lines of over 990 octets were broken (RFC 5322 2.1.1 has 998 for the limit)"
    for before, after in ((b"", b" "), (b"", b"\t"), (b"", b""), (b"!", b" "), (b"!", b"")):
        yield BodyRepair("re-wrapped", text), _rejoined(body, before, after)
    yield BodyRepair("re-wrapped", text), re.sub(rb"!\r\n ?+", b"", body)
    flowed = re.sub(rb"(?m) \r\n(?=[^\r\n])", b" ", body)
    yield BodyRepair("re-wrapped", "lines were wrapped in the manner of format=flowed"), flowed
    for text, joint in (("paragraphs were wrapped into lines", b" "), ("lines were broken without a blank", b"")):
        yield BodyRepair("re-wrapped", text), re.sub(rb"(?<=[^\r\n])\r\n(?=[^\r\n])", joint, body)
    for width in _WIDTHS:  # base64 without parts
        text = f"the base64 lines were broken anew; they had {width} octets"
        yield BodyRepair("re-wrapped", text), _rewrapped(body, width)


def _rejoined(body: bytes, before: bytes, after: bytes) -> bytes:
    """Join a long line and the next where the first ends with *before* and the next begins with *after*."""
    out: list[bytes] = []
    was_long = False
    for line in body.split(b"\r\n"):
        if was_long and line and line.startswith(after):
            if before:
                out[-1] = out[-1][: -len(before)]
            out.append(line[len(after) :])
        else:
            out.append(b"\r\n" + line)
        was_long = len(line) >= _LONG and line.endswith(before)
    return b"".join(out)[2:]


def _rewrapped(body: bytes, width: int) -> bytes:
    """Break every run of base64 lines anew."""

    def lines(found: re.Match[bytes]) -> bytes:
        run = found[0].translate(None, b"\r\n")
        return b"".join([run[at : at + width] + b"\r\n" for at in range(0, len(run), width)])

    return re.sub(rb"(?m)(?:^[A-Za-z0-9+/]{20,}+={0,2}+\r\n)+(?:^[A-Za-z0-9+/]++={0,2}+\r\n)?+", lines, body)


# -- parts


def _boundaries(body: bytes, boundaries: tuple[bytes, ...]) -> Iterator[tuple[BodyRepair, bytes]]:
    used: dict[bytes, int] = {}
    for found in re.finditer(rb"(?m)^--(\S[^\r\n]{0,199}+)", body):
        boundary = found[1].rstrip(b" \t").removesuffix(b"--")
        used[boundary] = used.get(boundary, 0) + 1
    for now in sorted(used, key=lambda text: -used[text])[:4]:
        for before in boundaries:
            if before and before != now:
                text = f"the boundary of the parts was changed from {readable(before)} to {readable(now)}"
                yield BodyRepair("boundary", text), body.replace(b"--" + now, b"--" + before)


def _leaves(octets: bytes) -> list[Part]:
    found = []
    for part in parse(octets).parts:
        if not part.is_multipart and part.embedded is None:
            found.append(part)
            if len(found) == _MOST_PARTS:
                break
    return found


def _recoded(octets: bytes, body_start: int) -> Iterator[tuple[BodyRepair, bytes]]:
    """Undo a change of transfer encoding, in all leaves at once."""
    leaves = _leaves(octets)
    changes: list[tuple[str, str, Callable[[bytes], bytes]]] = [
        ("quoted-printable", "8bit", quopri.decode),
        ("base64", "8bit", lambda data: transfer.decode("base64", data)),
        ("base64", "quoted-printable", lambda data: quopri.encode(transfer.decode("base64", data))),
        ("quoted-printable", "base64", lambda data: _base64(quopri.decode(data))),
        ("8bit", "quoted-printable", quopri.encode),
        ("8bit", "quoted-printable", _quoted),
        ("8bit", "base64", _base64),
    ]
    for now, before, change in changes:
        chosen = [part for part in leaves if _encoding(part) == now]
        for label in (before, None):
            if chosen:
                text = f"the body was re-encoded from {before} to {now}"
                yield BodyRepair("re-encoded", text), _spliced(octets, body_start, chosen, (change, label))


def _encoding(part: Part) -> str:
    name = transfer.canonical(part.transfer_encoding or "7bit") or ""
    return "8bit" if name in ("7bit", "binary") else name


def _base64(data: bytes) -> bytes:
    return b"".join([b2a_base64(data[at : at + 57], newline=False) + b"\r\n" for at in range(0, len(data), 57)])


def _quoted(data: bytes) -> bytes:
    """Encode as most libraries do, which leave a dot and ``From`` at the beginning of a line as they are."""
    return b2a_qp(data, quotetabs=False, istext=True)


def _spliced(
    octets: bytes, body_start: int, parts: list[Part], change: tuple[Callable[[bytes], bytes], str | None]
) -> bytes:
    """Put other contents in place of parts, with their Content-Transfer-Encoding; *label* ``None`` leaves that out."""
    recode, label = change
    out: list[bytes] = []
    at = body_start
    field = b"" if label is None else b"Content-Transfer-Encoding: " + label.encode() + b"\r\n"
    for part in parts:
        if part.start > body_start:  # the header of the message itself is no matter of the body
            out.append(octets[at : part.start])
            header = octets[part.start : part.body_start]
            out.append(re.sub(rb"(?im)^content-transfer-encoding:[^\r\n]*+\r?+\n", field, header))
        else:
            out.append(octets[at : part.body_start])
        out.append(recode(octets[part.body_start : part.end]))
        at = part.end
    out.append(octets[at:])
    return b"".join(out)


def _parts(octets: bytes, body_start: int) -> Iterator[tuple[BodyRepair, bytes]]:
    """Take parts out, and take one part for the whole."""
    starts = [found.start() for found in re.finditer(rb"(?m)^--[^ \t\r\n][^\r\n]{0,200}\r?$", octets[body_start:])][
        :_MOST_PARTS
    ]
    body = octets[body_start:]
    for part in _leaves(octets)[:_MOST_PARTS]:
        if part.start > body_start:
            text = "the message was put into a new multipart, beside a part that was added"
            yield BodyRepair("part-added", text), octets[part.body_start : part.end] + b"\r\n"
    for count in range(1, len(starts)):
        for start, end in zip(starts, starts[count:], strict=False):
            text = "a part was added" if count == 1 else f"{count} parts were added"
            yield BodyRepair("part-added", text), body[:start] + body[end:]


def _tags(body: bytes) -> Iterator[tuple[BodyRepair, bytes]]:
    for found in list(re.finditer(rb"(?i)<img\b[^<>]{1,2000}>\s*+", body))[-_MOST_TAGS:]:
        text = f"an image was added to the HTML: {readable(found[0])}"
        yield BodyRepair("text-added", text), body[: found.start()] + body[found.end() :]
        stripped = body[: found.start()] + body[found.start() + len(found[0].rstrip()) :]
        yield BodyRepair("text-added", text), stripped


# -- lines were added


def _text_added(body: bytes, target: Target, budget: Budget) -> BodyRepair | None:
    return _beginning(body, target, budget) or _middle(body, target, budget)


def _split(body: bytes, target: Target) -> list[bytes]:
    octets = canonical.body(body, target.name)
    return [line + b"\n" for line in octets.split(b"\n")[:-1]]


def _beginning(body: bytes, target: Target, budget: Budget) -> BodyRepair | None:
    """Try every beginning of the body: what follows it was added."""
    lines = _split(body, target)
    if len(lines) > _MOST_LINES or not budget.take(sum([len(line) + 100 for line in lines])):
        return None
    state = sha256()
    octets = 0
    for number, line in enumerate(lines, 1):
        state.update(line)
        octets += len(line)
        if line != b"\r\n" and state.copy().digest() == target.digest:
            rest = next((text for text in lines[number:] if text.strip()), b"").strip()
            text = (
                f"text was added at the end: the first {number} lines ({octets} octets) are as they were signed, and "
                f"{len(lines) - number} lines follow, from {readable(rest)}"
            )
            return BodyRepair("footer-added", text)
    return None


def _middle(body: bytes, target: Target, budget: Budget) -> BodyRepair | None:
    """Take blocks of lines out: at the beginning, beside the delimiters of parts, then anywhere."""
    lines = _split(body, target)
    if len(lines) > _MOST_LINES or target.length is not None:
        return None
    joined = b"".join(lines)
    offsets = [0]
    for line in lines:
        offsets.append(offsets[-1] + len(line))
    for start, end in _blocks(lines):
        rest = joined[offsets[end] :]
        if not budget.take(offsets[start] + len(rest)):
            return None
        state = sha256(joined[: offsets[start]])
        state.update(rest)
        if state.digest() == target.digest:
            shown = next((line for line in lines[start:end] if line.strip()), b"").strip()
            text = f"lines {start + 1} to {end} of the body were added: {readable(shown)}"
            return BodyRepair("text-added", text)
    return None


def _blocks(lines: list[bytes]) -> Iterator[tuple[int, int]]:
    """Yield blocks of lines, the likely ones first."""
    count = len(lines)
    delimiters = [at for at, line in enumerate(lines) if line.startswith(b"--")][:_MOST_PARTS]
    openings = [0]
    for at in delimiters:
        blank = next((number for number in range(at, min(at + 20, count)) if lines[number] == b"\r\n"), None)
        if blank is not None:
            openings.append(blank + 1)
    for size in range(1, _MOST_BLOCK + 1):
        for start in openings:
            if start + size <= count:
                yield start, start + size
        for end in delimiters:
            if end >= size:
                yield end - size, end
    for size in range(1, _MOST_BLOCK + 1):
        for start in range(count - size + 1):
            yield start, start + size
