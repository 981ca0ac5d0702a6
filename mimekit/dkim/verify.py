r"""
Verifying: one verdict for every DKIM-Signature of a message, each with a reason that stays the same.

RFC 6376 6, with what RFC 8301 (algorithms), RFC 8463 (Ed25519) and RFC 8616 (U-labels) changed.  No look-up is made but
by the function that is handed over, and nothing in a message or in a record makes this module raise.

    octets and a function from names to TXT records -> Verification

May import: the core, `dkim` but `diagnose`.  Imported by: `dkim`, `dkim.diagnose`, `lint`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from mimekit.clock import current_second
from mimekit.codecs import domain as domains
from mimekit.delivery import Delivery
from mimekit.dkim.opened import Opened, keys_of
from mimekit.dkim.record import KeyRecord
from mimekit.dkim.signature import MAX_NAMES
from mimekit.dkim.verdict import REASONS, Note, Result, Verification
from mimekit.errors import AddressError, DkimError, TemporaryLookupError, show
from mimekit.headers import names
from mimekit.message import Message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mimekit.dkim.keys import PublicKey
    from mimekit.dkim.signature import Signature
    from mimekit.dkim.verdict import Trace

__all__ = ["Policy", "octets_of", "queries", "verify"]

_LENIENT = frozenset({"short-key", "expired", "beyond-length", "several-from", "no-from"})
_HOST = re.compile(r"[a-z0-9_][a-z0-9_-]{0,62}+(?<!-)(?:\.[a-z0-9_][a-z0-9_-]{0,62}+(?<!-))*+")
_MAX_NAME = 253
_MAX_RECORDS = 16
_LINE_END = b"\r\n"
_ONCE = frozenset([name.encode() for name in names.SINGLETONS if name != "from"])
_NO_FROM = ("no-from", "the message has no From field: what is signed names no author")
_VERIFIED = ("verified", "the signature is good and covers this message")


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """
    What a verifier spends on a message, and which good signatures it does not rely on.

    *allow* names reasons of the status ``policy`` that shall pass with a warning: ``"expired"``, ``"short-key"``,
    ``"beyond-length"``, ``"several-from"``, ``"no-from"``.  Of more than *max_signatures* signatures the first ones,
    from the top, are looked at.  *clock_slack* is how many seconds a signer's clock may be ahead without a warning.
    """

    max_signatures: int = 8
    max_names: int = MAX_NAMES
    min_key_bits: int = 1024
    max_key_bits: int = 8192
    max_record_octets: int = 4096
    clock_slack: int = 300
    allow: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if unknown := frozenset(self.allow) - _LENIENT:
            message = (
                f"a policy cannot allow {show(min(unknown))}; it can allow {', '.join(sorted(_LENIENT))}, for "
                f"whatever else is wrong leaves nothing to rely on (RFC 6376 6.1)"
            )
            raise DkimError(message)


_DEFAULT = Policy()


def verify(
    x: Message | Delivery | bytes,
    *,
    resolve: Callable[[str], Iterable[bytes]],
    now: Callable[[], datetime] | None = None,
    policy: Policy = _DEFAULT,
) -> Verification:
    r"""
    Judge every DKIM-Signature of a `Message`, a `Delivery` or octets (RFC 6376 6).

    *resolve* gives the TXT records of a name, each one's strings joined: an empty list when there is none, and it
    raises `TemporaryLookupError` when asking again may help.  It is asked once for each name.  *now* gives an aware
    `datetime`, for expiry.  Nothing in the message or in a record raises.

    >>> verify(b"From: ada@example.com\r\n\r\nHello.\r\n", resolve=lambda name: []).results[0].status
    'none'
    """
    opened = Opened(octets_of(x))
    judge = _Judge(opened, resolve, _timestamp(now), policy)
    looked_at = min(opened.signatures, policy.max_signatures)
    results = [judge.result(own) for own in range(looked_at)]

    def trace() -> tuple[Trace, ...]:
        return tuple([opened.trace(result, own, judge.records) for own, result in enumerate(results)])

    return Verification([*results, *[_unread(policy)] * (opened.signatures - looked_at)], trace)


def queries(x: Message | Delivery | bytes, *, policy: Policy = _DEFAULT) -> list[str]:
    r"""
    Give the names that `verify` would look up, in order, each once; for those who ask in another way.

    >>> field = b"DKIM-Signature: v=1; a=rsa-sha256; d=Example.com; s=S1; h=from; bh=AA==; b=AA==\r\n"
    >>> queries(field + b"From: ada@example.com\r\n\r\n")
    ['s1._domainkey.example.com']
    """
    judge = _Judge(Opened(octets_of(x)), _nobody, None, policy)
    for own in range(min(judge.opened.signatures, policy.max_signatures)):
        judge.result(own)
    return list(judge.records)


class _Case:
    """What is known of one signature so far."""

    __slots__ = (
        "beyond",
        "chosen",
        "domain",
        "identity",
        "keys",
        "left",
        "own",
        "selector",
        "signature",
        "testing",
        "warnings",
    )

    def __init__(self, signature: Signature, own: int, warnings: Iterable[Note]) -> None:
        self.signature = signature
        self.own = own
        self.warnings = list(warnings)
        self.keys: list[bytes] = []
        self.chosen: list[int] = []
        self.left: dict[bytes, int] = {}
        self.beyond = 0
        self.testing = False
        self.domain = _host(signature.d) if signature.d else ""
        self.selector = _host(signature.s) if signature.s else ""
        self.identity = ""


_Trouble = tuple[str, str]
"""A code of `REASONS` and a sentence."""


class _Judge:
    """One call of `verify`: what its signatures share."""

    __slots__ = ("failures", "now", "opened", "policy", "records", "resolve")

    def __init__(
        self, opened: Opened, resolve: Callable[[str], Iterable[bytes]], now: int | None, policy: Policy
    ) -> None:
        self.opened = opened
        self.resolve = resolve
        self.now = now
        self.policy = policy
        self.records: dict[str, tuple[bytes, ...]] = {}
        self.failures: dict[str, str] = {}

    def result(self, own: int) -> Result:
        """Judge the signature on one line."""
        case = _Case(self.opened.signature(own), own, self.opened.notes)
        code, text = self._field(case) or self._terms(case) or self._crypto(case) or self._reliance(case) or _VERIFIED
        signature = case.signature
        covered: tuple[str, ...] = ()
        uncovered: tuple[str, ...] = ()
        if case.chosen:
            covered, uncovered = self.opened.coverage(case.left, own)
        return Result(
            status=REASONS[code][0],
            reason=code,
            section=REASONS[code][1],
            text=text,
            signature=signature,
            domain=case.domain,
            selector=case.selector,
            identity=case.identity,
            algorithm=signature.a,
            covered=covered,
            uncovered=uncovered,
            beyond_length=case.beyond,
            warnings=tuple(case.warnings),
            testing=case.testing,
        )

    def _lenient(self, case: _Case, code: str, text: str) -> _Trouble | None:
        """Give a reason not to rely on a signature, or a warning in its place where the policy allows it."""
        if code not in self.policy.allow:
            return code, text
        case.warnings.append(Note(code, text))
        return None

    # -- the field alone

    def _field(self, case: _Case) -> _Trouble | None:
        """Look at the field itself (RFC 6376 6.1.1)."""
        signature = case.signature
        for code, _, text in signature.problems:
            return code, text
        if not case.selector or "." not in case.domain:
            return "tag-value", f"d={show(signature.d)} and s={show(signature.s)} make no name to look up"
        if len(signature.h) > self.policy.max_names:
            return "name-limit", f"h= has {len(signature.h)} names; the limit is {self.policy.max_names}"
        case.keys = keys_of(signature.h)
        case.chosen, case.left = self.opened.select(case.keys, case.own)
        return _identity(case)

    def _terms(self, case: _Case) -> _Trouble | None:
        """Look at what the field says of itself that makes looking further useless."""
        signature = case.signature
        now = self.now
        if now is None:
            return None
        if signature.t is not None and signature.t > now + self.policy.clock_slack:
            case.warnings.append(Note("future", f"t={signature.t} is {signature.t - now} seconds in the future"))
        if signature.x is not None and now > signature.x:
            return self._lenient(case, "expired", f"x={signature.x} passed {now - signature.x} seconds ago")
        return None

    # -- the key

    def _crypto(self, case: _Case) -> _Trouble | None:
        """Find a key, and compare the message with what was signed."""
        query = f"{case.selector}._domainkey.{case.domain}"
        if len(query) > _MAX_NAME:
            return "tag-value", f"the name {show(query)} is too long for the DNS"
        if query not in self.records:
            self._ask(query)
        if query in self.failures:
            return "lookup", self.failures[query]
        keys, trouble = self._keys(case, query)
        if not keys:
            return trouble
        changed = self._body(case)
        if changed is not None:
            return changed
        name = case.signature.c[0]
        fields = self.opened.taken(case.keys, case.chosen, name)
        digest = sha256(self.opened.header_input(fields, case.own, name)).digest()
        for key in keys:
            if key.verify(digest, case.signature.b or b""):
                return None
        return "signature", "the header, or the signature itself, is not what was signed, or the key is another one"

    def _ask(self, query: str) -> None:
        """Look one name up; whatever a resolver raises is a failure of the look-up."""
        self.records[query] = ()
        try:
            answer = self.resolve(query)
            records = _answered(answer)
        except _NoAnswer as error:
            self.failures[query] = f"looking up {query} failed: {error}"
        except Exception as error:  # noqa: BLE001 - a resolver is not ours, and a message must not make it raise here
            kind = "" if isinstance(error, TemporaryLookupError) else f"{type(error).__name__}: "
            self.failures[query] = f"looking up {query} failed: {kind}{show(str(error))}"
        else:
            self.records[query] = records[:_MAX_RECORDS]

    def _keys(self, case: _Case, query: str) -> tuple[list[PublicKey], _Trouble]:
        """Give the keys that this signature may be of, and what is wrong with the first record that gives none."""
        keys: list[PublicKey] = []
        troubles: list[_Trouble] = []
        for octets in self.records[query]:
            if len(octets) > self.policy.max_record_octets:
                text = f"the record has {len(octets)} octets; the limit is {self.policy.max_record_octets}"
                troubles.append(("record-limit", text))
                continue
            record, public = _read(octets)
            if not _is_key_record(record):
                continue
            key = self._key(case, record, public)
            if isinstance(key, tuple):
                troubles.append(key)
            else:
                keys.append(key)
                case.testing |= "y" in record.t
        return keys, troubles[0] if troubles else ("no-key", f"there is no key record at {query}")

    def _key(self, case: _Case, record: KeyRecord, key: PublicKey | str) -> PublicKey | _Trouble:
        """Give the key of one record, or why it is none for this signature."""
        trouble = next(_misfits(case, record), None)
        if trouble is not None:
            return trouble
        if isinstance(key, str):
            return "key-unusable", key
        if record.k == "rsa" and key.bits > self.policy.max_key_bits:
            return "key-limit", f"the RSA key has {key.bits} bits; the limit is {self.policy.max_key_bits}"
        if record.k == "rsa" and key.bits < self.policy.min_key_bits:
            text = f"the RSA key has {key.bits} bits; under {self.policy.min_key_bits} is not to be relied on"
            return self._lenient(case, "short-key", text) or key
        return key

    # -- the message

    def _body(self, case: _Case) -> _Trouble | None:
        """Compare the body with ``bh=`` (RFC 6376 3.7)."""
        signature = case.signature
        name, length = signature.c[1], signature.l
        if length is None:
            digest = self.opened.body_digest(name)
        else:
            octets = self.opened.canonical_body(name)
            if length > len(octets):
                return "length", f"l={length} is more than the {len(octets)} octets of the canonicalised body"
            case.beyond = 0 if octets == _LINE_END else len(octets) - length  # of an empty body there is nothing more
            digest = sha256(octets[:length]).digest()
        if digest != signature.bh:
            return "body-hash", "the body is not the one that was signed"
        return None

    def _reliance(self, case: _Case) -> _Trouble | None:
        """Look at what a message may hold beside what a good signature covers."""
        trouble = None
        if case.beyond:
            text = f"{case.beyond} octets of the body are beyond l={case.signature.l} and not signed"
            trouble = self._lenient(case, "beyond-length", text)
        authors = self.opened.count(b"from")
        if authors != 1 and trouble is None:
            code, text = ("several-from", f"the message has {authors} From fields") if authors else _NO_FROM
            trouble = self._lenient(case, code, text)
        for key, fields in self.opened.relaxed.items():
            if len(fields) > 1 and key in _ONCE:
                text = f"the field {key.decode()}, which may stand once, stands {len(fields)} times"
                case.warnings.append(Note("repeated-field", text))
        if case.testing:
            case.warnings.append(Note("testing", "the key record says t=y: its domain is testing DKIM"))
        return trouble


def _unread(policy: Policy) -> Result:
    status, section = REASONS["signature-limit"]
    text = f"the message has more than {policy.max_signatures} signatures; this one was not looked at"
    return Result(status=status, reason="signature-limit", section=section, text=text)


def octets_of(x: Message | Delivery | bytes) -> bytes:
    """Give the octets that signatures are over."""
    if isinstance(x, Message):
        return x.to_bytes()
    if isinstance(x, Delivery):
        return x.data
    if isinstance(x, (bytes, bytearray, memoryview)):
        return bytes(x)
    message = f"a Message, a Delivery or bytes can be verified, not {type(x).__name__}; a signature is over octets"
    raise DkimError(message)


def _timestamp(now: Callable[[], datetime] | None) -> int:
    if now is None:
        return current_second()
    given = now()
    if not isinstance(given, datetime) or given.tzinfo is None:
        what = f"the naive {given!r}" if isinstance(given, datetime) else show(given)
        message = f"now gave {what}; give an aware datetime, such as one with tzinfo=timezone.utc"
        raise DkimError(message)
    return int(given.timestamp())


class _NoAnswer(TypeError):  # noqa: N818 - what a resolver gave
    """What no resolver may give; says what it has to do."""


def _answered(answer: object) -> tuple[bytes, ...]:
    """Give the records of an answer; raise `_NoAnswer` when it is none."""
    if answer is None:
        return ()
    if hasattr(answer, "__await__"):
        if hasattr(answer, "close"):
            answer.close()  # a coroutine that nobody waits for would warn
        message = (
            "the resolver is async and gave what has to be awaited; await the look-ups of dkim.queries() first, as "
            "AsyncDnspythonResolver.fetch does, and pass a function that answers from them"
        )
        raise _NoAnswer(message)
    records: tuple[object, ...] = (answer,)
    if isinstance(answer, Iterable):
        records = tuple(answer)
        found = tuple([record for record in records if isinstance(record, bytes)])
        if len(found) == len(records) and not isinstance(answer, (str, bytes)):
            return found
    is_text = isinstance(answer, str) or any([isinstance(record, str) for record in records])
    way_out = "give bytes, not str, a list of them: record.encode()" if is_text else "give a list of bytes"
    message = f"the resolver gave {show(answer)}, which is no list of records as bytes; {way_out}"
    raise _NoAnswer(message)


def _nobody(_: str) -> tuple[bytes, ...]:
    return ()


def _host(name: str) -> str:
    """Give a domain or a selector as it is looked up, in lower-case A-labels (RFC 8616 4); empty for what is none."""
    lower = name.lower()
    if not lower.isascii():
        try:
            lower = domains.to_ascii(name).lower()
        except AddressError:
            return ""
    return lower if len(lower) <= _MAX_NAME and _HOST.fullmatch(lower) else ""


def _identity(case: _Case) -> _Trouble | None:
    """Check that ``i=`` is in the domain of ``d=`` or below it, label by label (RFC 6376 3.5, 6.1.1)."""
    given = case.signature.i
    local_part, _, host = given.rpartition("@")
    domain = _host(host)
    if domain != case.domain and not domain.endswith(f".{case.domain}"):
        return "identity", f"i={show(given)} is not in the domain {case.domain} of d= or below it"
    case.identity = f"{local_part}@{domain}"
    return None


def _misfits(case: _Case, record: KeyRecord) -> Iterator[_Trouble]:
    """Find why a record holds no key for a signature (RFC 6376 3.6.1, 6.1.2)."""
    for code, _, text in record.problems:
        yield code, text
    if record.revoked:
        yield "key-revoked", "the key record has an empty p=: the key is revoked"
    family, _, hash_name = case.signature.a.partition("-")
    if record.k != family:
        yield "key-type", f"a={case.signature.a} and the key record's k={show(record.k)} do not go together"
    if record.h is not None and hash_name not in record.h:
        yield "key-hash", f"the key record's h= does not allow {hash_name}"
    if "*" not in record.s and "email" not in record.s:
        yield "key-service", f"the key record is for other services than email: s={show(':'.join(record.s))}"
    if "s" in record.t and case.identity.rpartition("@")[2] != case.domain:
        yield "key-identity", f"the key record's t=s demands that i= has the domain {case.domain}, not a subdomain"


@lru_cache(maxsize=256)
def _read(octets: bytes) -> tuple[KeyRecord, PublicKey | str]:
    """Read a key record and its key, or say why it has none; a verifier sees few keys, and each of them often."""
    record = KeyRecord.parse(octets)
    if record.problems or not record.p:
        return record, ""
    try:
        return record, record.public_key()
    except DkimError as error:
        return record, str(error)


def _is_key_record(record: KeyRecord) -> bool:
    """Tell a key record from other text at the same name."""
    return record.p is not None or (record.v or "").startswith("DKIM")
