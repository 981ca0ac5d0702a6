r"""
What is done to header fields on their way: each change that people meet, undone, until one fits the signature.

An RSA signature tells the digest that was signed to whoever has the public key (RFC 8017 8.2.2: the verifier computes
it), so a guess costs one hash; an Ed25519 signature can only be tried.  The work is bounded in tries.

    the fields that came and a way to check a guess -> the change, in words

May import: the core, `dkim.canonical`.  Imported by: `dkim.body_repairs`, `dkim.diagnose`.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from mimekit.codecs import words
from mimekit.dkim import canonical
from mimekit.errors import show
from mimekit.headers import names as registry

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    Check = Callable[[bytes], bool | None]
    """Tells whether these octets are what was signed; ``None`` when no more may be asked."""

__all__ = ["Covered", "HeaderRepair", "digest_info", "find", "modulus", "readable"]

_ENCODINGS = (b"7bit", b"8bit", b"quoted-printable", b"base64", b"binary")
_MOST_FOLDS = 60  # places in a field where a fold is tried
_MOST_FIELD = 8_192  # octets of a field that is worked on
_WIDTH = 78  # RFC 5322 2.1.1
_ABSENT: dict[bytes, tuple[bytes, ...]] = {
    b"content-transfer-encoding": _ENCODINGS,
    b"mime-version": (b"1.0",),
    b"content-type": (
        b"text/plain",
        b"text/plain; charset=utf-8",
        b'text/plain; charset="utf-8"',
        b"text/plain; charset=us-ascii",
        b'text/plain; charset="us-ascii"',
        b"text/html; charset=utf-8",
        b'text/html; charset="utf-8"',
    ),
    b"bcc": (b"",),
    b"precedence": (b"bulk", b"list"),
}
_NOTHING: Mapping[bytes, Sequence[bytes]] = MappingProxyType({})
_MOST_KEPT = 3  # fields of one name that are looked at for what another one was
# Where those who rewrite a field keep what it was.
_KEPT: dict[bytes, tuple[bytes, ...]] = {
    b"from": (b"x-original-from", b"original-from", b"x-google-original-from", b"author", b"reply-to", b"cc"),
    b"reply-to": (b"x-original-reply-to",),
    b"sender": (b"x-original-sender", b"original-sender"),
    b"subject": (b"x-original-subject", b"original-subject", b"thread-topic"),
    b"date": (b"x-original-date", b"original-date"),
    b"message-id": (
        *(b"x-original-message-id", b"original-message-id"),
        *(b"x-microsoft-original-message-id", b"x-google-original-message-id"),
    ),
    b"to": (b"x-original-to", b"original-to", b"delivered-to", b"envelope-to"),
}
_MOST_TAGS = 20
_TAG_ORDERS = tuple(
    tuple(order.encode().split())
    for order in (
        "v a c d s q i h t x l z bh b",
        "v a c d s t x i q l z h bh b",
        "v a c d i q s t x l z h bh b",
        "v a q c s d t x i l z h bh b",
        "v a q c d s h i t x l z bh b",
        "v a c d s t x i q l z bh h b",
    )
)
_SHA256_INFO = bytes.fromhex("3031300d060960864801650304020105000420")  # RFC 8017 9.2, note 1
_PREFIX = re.compile(
    rb"(?i)[ \t]*+(?:\[[^\]\r\n]{1,80}\]|\*{2,}[^*\r\n]{1,60}\*{2,}|\([^)\r\n]{1,40}\)|[A-Z]{2,10}:|\{[^}\r\n]{1,60}\})"
)


class Covered(NamedTuple):
    """One name of ``h=``, the line that was taken for it (``None``: there was none), and the others of that name."""

    name: bytes
    line: bytes | None
    others: tuple[bytes, ...] = ()


class HeaderRepair(NamedTuple):
    """A change that was undone: a code that stays the same, the field, and a sentence that says what was done."""

    code: str
    field: str
    text: str


class _Change(NamedTuple):
    repair: HeaderRepair
    at: int
    line: bytes | None


def find(  # noqa: PLR0913 - a search and its bounds
    covered: Sequence[Covered],
    signature: bytes,
    canonicalization: str,
    check: Check,
    *,
    beside: Mapping[bytes, Sequence[bytes]] = _NOTHING,
    pairs: bool = True,
) -> tuple[HeaderRepair, ...]:
    """
    Find what was done to the fields of ``h=``, or to the signature's own field, *signature*, its ``b=`` emptied.

    *beside* has all fields of the message by name, for who rewrites one may keep what it was in another.  With *pairs*
    two changes at once are tried too.  Empty when nothing that is known here fits.
    """
    search = _Search(covered, signature, canonicalization, check, beside)
    try:
        one = search.whole() or search.single() or search.rearranged()
        return (one,) if one is not None else search.double() if pairs else ()
    except _Spent:
        return ()


class _Spent(Exception):  # noqa: N818 - no error: the work is bounded
    """No more may be asked."""


class _Search:
    """One search: the fields canonicalised once, and the changes that were thought of."""

    def __init__(
        self,
        covered: Sequence[Covered],
        signature: bytes,
        canonicalization: str,
        check: Check,
        beside: Mapping[bytes, Sequence[bytes]],
    ) -> None:
        self.covered = covered
        self.beside = beside
        self.signature = signature
        self.name = canonicalization
        self.check = check
        self.made = [self.canonical(one.line) for one in covered]
        self.own = self.canonical(signature) or b""
        self.changes: list[_Change] = []

    def canonical(self, line: bytes | None) -> bytes | None:
        if line is None:
            return None
        return canonical.relaxed_field(line) if self.name == "relaxed" else line

    def fits(self, fields: Sequence[bytes | None], own: bytes | None = None) -> bool:
        octets = b"\r\n".join([field for field in fields if field is not None] + [self.own if own is None else own])
        answer = self.check(octets)
        if answer is None:
            raise _Spent
        return answer

    # -- one manner for all fields

    def whole(self) -> HeaderRepair | None:
        lines = [one.line for one in self.covered]
        other = [None if line is None else canonical.relaxed_field(line) for line in lines]
        own = canonical.relaxed_field(self.signature)
        if self.name == "relaxed":
            other, own = lines, self.signature
        said = "simple" if self.name == "relaxed" else "relaxed"
        text = f"the header fits {said} canonicalization, and c= says {self.name}: the signer used another one"
        if self.fits(other, own):
            return HeaderRepair("other-canonicalization", "", text)
        if self.fits(self.made, self.own + b"\r\n"):
            text = "the signer hashed a line end after the signature's own field (RFC 6376 3.7)"
            return HeaderRepair("signature-field", "DKIM-Signature", text)
        return self.reordered() or self.manner()

    def reordered(self) -> HeaderRepair | None:
        """Take fields of one name from the top down, as some signers do."""
        stacks: dict[bytes, list[bytes]] = {}
        for one in self.covered:
            if one.line is not None:
                stacks.setdefault(one.name, []).append(one.line)
        if all([len(stack) < 2 for stack in stacks.values()]):  # noqa: PLR2004 - nothing to reorder
            return None
        turned = {name: stack[::-1] for name, stack in stacks.items()}
        taken = [None if one.line is None else self.canonical(turned[one.name].pop(0)) for one in self.covered]
        if self.fits(taken):
            repeated = ", ".join([name.decode("latin-1") for name, stack in stacks.items() if len(stack) > 1])
            text = f"fields of one name ({repeated}) are in another order than when they were signed"
            return HeaderRepair("field-order", repeated, text)
        return None

    def manner(self) -> HeaderRepair | None:
        """Under *simple*, undo what is usually done to every field at once."""
        if self.name == "relaxed":
            return None
        lines = [one.line for one in self.covered]
        for code, text, change in _MANNERS:
            changed = [None if line is None else change(line) for line in lines]
            own = change(self.own)
            if own != self.own and self.fits(lines, own):
                return HeaderRepair("signature-field", "DKIM-Signature", f"the signature's own field: {text}")
            for its in dict.fromkeys((self.own, own)):
                if changed != lines and self.fits(changed, its):
                    return HeaderRepair(code, "", f"{text}, and simple canonicalization does not tolerate it")
        return None

    # -- one field

    def single(self) -> HeaderRepair | None:
        for at, one in enumerate(self.covered):
            for change in self.thoughts(at, one):
                made = self.canonical(change.line)
                if made == self.made[at]:
                    continue
                if self.fits([*self.made[:at], made, *self.made[at + 1 :]]):
                    return change.repair
                self.changes.append(change._replace(line=made))
        return None

    def rearranged(self) -> HeaderRepair | None:
        """Put the tags of the signature's own field into the order of a signer, or one of them into another place."""
        name, colon, value = self.own.partition(b":")
        tags = [tag.strip(b" ") for tag in value.split(b";")]
        if self.name != "relaxed" or len(tags) > _MOST_TAGS:
            return None
        ends = [b";", b""] if tags[-1] == b"" else [b"", b";"]
        tags = [tag for tag in tags if tag]
        divider = b"; " if b"; " in value else b";"
        tried = {tuple(tags)}
        for order in _orders(tags):
            if order in tried:
                continue
            tried.add(order)
            for end in ends:
                if self.fits(self.made, name + colon + divider.join(order) + end):
                    text = "the tags of the signature's own field stand in another order than when it was signed"
                    return HeaderRepair("signature-field", "DKIM-Signature", text)
        return None

    def double(self) -> tuple[HeaderRepair, ...]:
        for number, one in enumerate(self.changes):
            for two in self.changes[number + 1 :]:
                if two.at != one.at:
                    fields = list(self.made)
                    fields[one.at], fields[two.at] = one.line, two.line
                    if self.fits(fields):
                        return one.repair, two.repair
        return ()

    def thoughts(self, at: int, one: Covered) -> Iterator[_Change]:
        """Yield what may have been done to one field."""
        shown = registry.info(one.name.decode("latin-1")).name
        spelled = shown.encode("latin-1")
        for source, value in self.kept(one):
            if one.line is None:
                text = f"the field {shown} was taken away; it was {readable(value)}, as in {source}"
                yield _Change(HeaderRepair("field-removed", shown, text), at, b"%b: %b" % (spelled, value))
            else:
                text = f"{shown}: it was written anew, and was {readable(value)}, as in {source}"
                yield _Change(HeaderRepair("field-changed", shown, text), at, b"%b: %b" % (spelled, value))
        if one.line is None:
            for value in _ABSENT.get(one.name, ()):
                text = f"the field {shown} was taken away; it was {show(value.decode())}"
                yield _Change(HeaderRepair("field-removed", shown, text), at, b"%b: %b" % (spelled, value))
            return
        yield _Change(HeaderRepair("field-added", shown, f"a field {shown} was added"), at, None)
        for other in one.others:
            text = f"another field {shown} was signed; this one was added, or their order changed"
            yield _Change(HeaderRepair("field-added", shown, text), at, other)
        if len(one.line) > _MOST_FIELD:
            return
        for code, text, line in _edits(one.name, one.line):
            yield _Change(HeaderRepair(code, shown, f"{shown}: {text}"), at, line)

    def kept(self, one: Covered) -> Iterator[tuple[str, bytes]]:
        """Yield where another field has what this one may have been, and that value."""
        for key in _KEPT.get(one.name, ()):
            for line in self.beside.get(key, ())[:_MOST_KEPT]:
                source = registry.info(key.decode("latin-1")).name
                value = line.partition(b":")[2].strip(b" \t")
                if len(value) > _MOST_FIELD:
                    continue
                yield source, value
                if one.name == b"from":
                    for author in _authors(one.line or b"", value):
                        yield source, author
                elif one.name == b"to" and b"<" not in value:
                    yield source, b"<%b>" % value


def _orders(tags: list[bytes]) -> Iterator[tuple[bytes, ...]]:
    """Yield the tags in other orders: those of known signers, by name, and with one tag in another place."""
    by_name = {tag.partition(b"=")[0].strip(b" "): tag for tag in tags}
    if len(by_name) != len(tags):
        return
    for order in _TAG_ORDERS:
        # What a signer adds of its own stands before the hashes.
        known = [*order[:-2], *[name for name in by_name if name not in order], *order[-2:]]
        yield tuple([by_name[name] for name in known if name in by_name])
    yield tuple([by_name[name] for name in sorted(by_name)])
    for at, tag in enumerate(tags):
        others = tags[:at] + tags[at + 1 :]
        for place in range(len(tags)):
            yield (*others[:place], tag, *others[place:])


def _authors(line: bytes, value: bytes) -> Iterator[bytes]:
    """Yield a From that a list rewrote: the name that stands in it yet, with the address of another field."""
    found = re.search(rb"<([^<>]*+)>", value)
    address = found[1] if found else value
    name, via, _ = _unfolded(line.partition(b":")[2]).partition(b" via ")
    name = name.strip(b" \t\"'")
    if via and name and b"@" in address:
        yield b"%b <%b>" % (name, address)
        yield b'"%b" <%b>' % (name, address)
        yield address


# -- what is done to one field


def _edits(name: bytes, line: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Yield ``(code, what was done, the field before it)``."""
    spelled, _, value = line.partition(b":")
    for code, text, change in _MANNERS:
        yield code, text, change(line)
    for at in [found.start() for found in re.finditer(rb"(?<![ \t\r\n])[ \t]++(?![\r\n])", value)][1:_MOST_FOLDS]:
        yield "field-refolded", "its folds were taken away or moved", spelled + b":" + value[:at] + b"\r\n" + value[at:]
    for form in dict.fromkeys((value, _unfolded(value))):
        for code, text, before in _values(name, form):
            yield code, text, spelled + b":" + before
            if before[:1] not in (b" ", b""):
                yield code, text, spelled + b": " + before


def _values(name: bytes, value: bytes) -> Iterator[tuple[str, str, bytes]]:
    yield "field-refolded", "a line was broken where there was no white space", re.sub(rb"\r?\n[ \t]", b"", value)
    if name in _KNOWN:
        yield from _KNOWN[name](value)
    if b"@" in value:
        yield from _addresses(value)
    if b"," in value:
        yield "white-space", "the blanks after commas were changed", re.sub(rb",(?=[^ \t\r])", b", ", value)
        yield "white-space", "the blanks after commas were changed", re.sub(rb",[ \t]+", b",", value)
    if not value.isascii() or b"=?" in value:
        yield from _encoded(name, value)


def _encodings(_: bytes) -> Iterator[tuple[str, str, bytes]]:
    for encoding in _ENCODINGS:
        yield "field-changed", f"it was {encoding.decode()}; the body was re-encoded", b" " + encoding


def _dates(value: bytes) -> Iterator[tuple[str, str, bytes]]:
    for now, before in ((b"GMT", b"+0000"), (b"+0000", b"GMT"), (b"+0000", b"-0000"), (b"-0000", b"+0000")):
        yield "field-changed", "the zone was written anew", value.replace(now, before)
    yield "field-changed", "the comment was taken away", value.rstrip() + b" (UTC)"


def _addresses(value: bytes) -> Iterator[tuple[str, str, bytes]]:
    if b"<" in value:
        yield "field-changed", "quotes were put round names", re.sub(rb'"([^"\\]*+)"(?=[ \t]*+<)', rb"\1", value)
        quoted = re.sub(rb'((?:\A|,)[ \t\r\n]*+)([^",<]++)(?=<)', _in_quotes, value)
        yield "field-changed", "quotes round names were taken away", quoted
    else:
        yield "field-changed", "angle brackets were taken away", b" <" + value.strip(b" \t") + b">"
    bare = re.fullmatch(rb"[ \t]*+<([^<>]*+)>[ \t]*+", value)
    if bare is not None:
        yield "field-changed", "angle brackets were put round it", b" " + bare[1]


def readable(octets: bytes) -> str:
    """Show octets of a message to people: as text, quoted, cut, without anything that a terminal obeys."""
    return show(octets.decode("utf-8", "replace").strip())


def _in_quotes(found: re.Match[bytes]) -> bytes:
    name = found[2].rstrip(b" \t")
    return b'%b"%b" ' % (found[1], name) if name else found[0]


def _subjects(value: bytes) -> Iterator[tuple[str, str, bytes]]:
    rest = value
    for _ in range(3):
        found = _PREFIX.match(rest)
        if found is None:
            return
        rest = rest[found.end() :]
        text = f"text was put before it: {readable(value[: len(value) - len(rest)])}"
        yield "field-changed", text, b" " + rest.lstrip(b" \t")


def _parameters(value: bytes) -> Iterator[tuple[str, str, bytes]]:
    text = "quotes round a parameter were added or taken away"
    yield "field-changed", text, re.sub(rb'="([^"\\]*+)"', rb"=\1", value)
    yield "field-changed", text, re.sub(rb'=([^";\s]++)', rb'="\1"', value)
    for part in set(re.findall(rb'(?i)charset="?([^";\s]+)', value)):
        for before in (part.lower(), part.upper()):
            yield "field-changed", "the case of the charset was changed", value.replace(part, before)
        for before in (b"us-ascii", b"utf-8", b"iso-8859-1", b"windows-1252"):
            yield "field-changed", f"the charset was {before.decode()}", value.replace(part, before)
    found = re.search(rb"(?i);[ \t]*+charset=", value)
    if found is not None:
        yield "field-changed", "a charset was added", value[: found.start()]
    yield "field-changed", "a semicolon at its end was taken away or added", value.rstrip(b" \t;")
    yield "field-changed", "a semicolon at its end was taken away or added", value + b";"


def _encoded(name: bytes, value: bytes) -> Iterator[tuple[str, str, bytes]]:
    """Write text with encoded words in other ways."""
    text = words.decode(value)
    said = "it was encoded anew (RFC 2047)"
    yield "field-changed", said, b" " + text.strip().encode("utf-8")
    with_name = 2 + len(name)
    yield "field-changed", said, b" " + b" ".join(words.encode(text.strip(), first=with_name))
    yield "field-changed", said, value.replace(b"?B?", b"?b?").replace(b"?Q?", b"?q?")
    yield "field-changed", said, value.replace(b"?b?", b"?B?").replace(b"?q?", b"?Q?")
    yield "field-changed", said, re.sub(rb"=\?[^?]{1,40}\?", lambda found: found[0].lower(), value)
    yield "field-changed", said, re.sub(rb"=\?[^?]{1,40}\?", lambda found: found[0].upper(), value)
    yield "white-space", "blanks between encoded words were changed", re.sub(rb"\?=[ \t]+=\?", b"?= =?", value)


_KNOWN: dict[bytes, Callable[[bytes], Iterator[tuple[str, str, bytes]]]] = {
    b"subject": _subjects,
    b"content-type": _parameters,
    b"content-transfer-encoding": _encodings,
    b"date": _dates,
}


def _unfolded(line: bytes) -> bytes:
    return re.sub(rb"\r?\n(?=[ \t])", b"", line)


def _spelled(line: bytes) -> bytes:
    name, colon, value = line.partition(b":")
    return registry.info(name.strip().decode("latin-1").lower()).name.encode("latin-1") + colon + value


def _refolded(line: bytes) -> bytes:
    """Fold at the last blank before column 78, as most programs do."""
    text = _unfolded(line)
    lines: list[bytes] = []
    start = 0
    while len(text) - start > _WIDTH:
        at = text.rfind(b" ", start + 1, start + _WIDTH + 1)
        if at == -1 or not text[start:at].strip():
            break
        lines.append(text[start:at])
        start = at
    return b"\r\n".join([*lines, text[start:]])


def _renamed(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    def changed(line: bytes) -> bytes:
        name, colon, value = line.partition(b":")
        return change(name) + colon + value

    return changed


def _after_colon(blanks: bytes) -> Callable[[bytes], bytes]:
    return lambda line: re.sub(rb":[ \t]*+", b":" + blanks, line, count=1)


_MANNERS: tuple[tuple[str, str, Callable[[bytes], bytes]], ...] = (
    ("field-refolded", "it was folded", _unfolded),
    ("field-refolded", "its folds were taken away or moved", _refolded),
    ("field-refolded", "its folds begin with another blank", lambda line: line.replace(b"\r\n\t", b"\r\n ")),
    ("field-refolded", "its folds begin with another blank", lambda line: line.replace(b"\r\n ", b"\r\n\t")),
    ("field-refolded", "it was folded", lambda line: line.replace(b"\r\n\t", b" ")),
    ("white-space", "a blank stands before the colon", _renamed(lambda name: name.rstrip(b" \t"))),
    ("name-case", "the case of the name was changed", _renamed(bytes.lower)),
    ("name-case", "the case of the name was changed", _renamed(bytes.title)),
    ("name-case", "the case of the name was changed", _renamed(bytes.upper)),
    ("name-case", "the case of the name was changed", _spelled),
    ("white-space", "blanks at the end were added", lambda line: line.rstrip(b" \t")),
    ("white-space", "a blank at the end was taken away", lambda line: line + b" "),
    ("white-space", "the blank after the colon was changed", _after_colon(b"")),
    ("white-space", "the blank after the colon was changed", _after_colon(b" ")),
    ("white-space", "the blank after the colon was changed", _after_colon(b"\t")),
    ("white-space", "the blank after the colon was changed", _after_colon(b"  ")),
)


# -- what an RSA signature says


def modulus(octets: bytes) -> tuple[int, int] | None:
    """Read the modulus and exponent of an RSA public key: SubjectPublicKeyInfo or RSAPublicKey, in DER."""
    sequence = _element(octets, 0x30)
    if sequence is None:
        return None
    first = _element(sequence[0], 0x30)
    if first is not None:  # AlgorithmIdentifier: the key is in the BIT STRING after it
        bits = _element(first[1], 0x03)
        sequence = _element(bits[0][1:], 0x30) if bits is not None else None
        if sequence is None:
            return None
    n = _element(sequence[0], 0x02)
    e = _element(n[1], 0x02) if n is not None else None
    if n is None or e is None:
        return None
    return int.from_bytes(n[0], "big"), int.from_bytes(e[0], "big")


def _element(octets: bytes, tag: int) -> tuple[bytes, bytes] | None:
    """Read one DER element of that tag: its contents and what follows."""
    if len(octets) < 2 or octets[0] != tag:  # noqa: PLR2004 - tag and length
        return None
    length, at = octets[1], 2
    if length > 0x7F:  # noqa: PLR2004 - the long form
        count = length & 0x7F
        if not 1 <= count <= 4 or len(octets) < 2 + count:  # noqa: PLR2004 - no key is longer
            return None
        length, at = int.from_bytes(octets[2 : 2 + count], "big"), 2 + count
    if len(octets) < at + length:
        return None
    return octets[at : at + length], octets[at + length :]


def digest_info(signature: bytes, n: int, e: int) -> bytes | None:
    """
    Give the SHA-256 digest that an RSA signature holds, by EMSA-PKCS1-v1_5 (RFC 8017 9.2).

    ``None`` when there is none in it: the signature was made by another key, or damaged.
    """
    size = (n.bit_length() + 7) // 8
    value = int.from_bytes(signature, "big")
    if len(signature) != size or value >= n or e.bit_length() > 64:  # noqa: PLR2004 - the work is bounded
        return None
    encoded = pow(value, e, n).to_bytes(size, "big")
    head, _, tail = encoded.partition(b"\x00" + _SHA256_INFO)
    filled = head[:2] == b"\x00\x01" and head[2:] == b"\xff" * (len(head) - 2)
    return tail if filled and len(tail) == 32 else None  # noqa: PLR2004 - SHA-256
