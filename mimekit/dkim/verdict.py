"""
Verdicts: what is said of a message's signatures, in words that stay the same.

RFC 6376 6 says what a verifier does and leaves most of the words to it; the words here are those of RFC 8601 2.7.1.  A
signature that is wrong is ``permerror``, one that does not fit its message ``fail``, one that this library does not
understand ``neutral``, one that is good and still not to be relied on ``policy``.

    a reason and what was found out -> Result, Verification

May import: `errors`, `codecs.domain`, `dkim.signature`.  Imported by: `dkim`, `dkim.diagnose`, `dkim.opened`,
`dkim.verify`, `lint`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal, NamedTuple

from mimekit.codecs import domain as domains
from mimekit.errors import VerificationError, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    from mimekit.dkim.signature import Signature

__all__ = ["REASONS", "Note", "Result", "Status", "Trace", "Verification", "unsigned"]

_SHOWN = 4  # results in one line

Status = Literal["pass", "fail", "neutral", "policy", "permerror", "temperror", "none"]
"""What RFC 8601 2.7.1 calls a result."""

REASONS: Mapping[str, tuple[Status, str]] = MappingProxyType(
    {
        "verified": ("pass", "RFC 6376 6.1.3"),
        "unsigned": ("none", "RFC 8601 2.7.1"),
        # what was signed is not what is here
        "body-hash": ("fail", "RFC 6376 6.1.3"),
        "signature": ("fail", "RFC 6376 6.1.3"),
        # what this verifier does not understand
        "version": ("neutral", "RFC 6376 3.5"),
        "algorithm": ("neutral", "RFC 6376 3.5"),
        "canonicalization": ("neutral", "RFC 6376 3.5"),
        "query-method": ("neutral", "RFC 6376 3.5"),
        # what a good signature is not to be relied on for
        "rsa-sha1": ("policy", "RFC 8301 3.1"),
        "short-key": ("policy", "RFC 8301 3.2"),
        "expired": ("policy", "RFC 6376 3.5"),
        "beyond-length": ("policy", "RFC 6376 8.2"),
        "several-from": ("policy", "RFC 6376 8.15"),
        "no-from": ("policy", "RFC 5322 3.6"),
        "signature-limit": ("policy", "RFC 6376 6.1"),
        "name-limit": ("policy", "RFC 6376 6.1"),
        "key-limit": ("policy", "RFC 8301 3.2"),
        "record-limit": ("policy", "RFC 6376 6.1"),
        # a field that is wrong
        "tag-list": ("permerror", "RFC 6376 3.2"),
        "duplicate-tag": ("permerror", "RFC 6376 3.2"),
        "missing-tag": ("permerror", "RFC 6376 6.1.1"),
        "tag-value": ("permerror", "RFC 6376 3.5"),
        "from-unsigned": ("permerror", "RFC 6376 6.1.1"),
        "identity": ("permerror", "RFC 6376 6.1.1"),
        "times": ("permerror", "RFC 6376 3.5"),
        "length": ("permerror", "RFC 6376 3.5"),
        # a key record that is wrong, or is none
        "no-key": ("permerror", "RFC 6376 6.1.2"),
        "key-revoked": ("permerror", "RFC 6376 3.6.1"),
        "key-syntax": ("permerror", "RFC 6376 3.6.1"),
        "key-version": ("permerror", "RFC 6376 3.6.1"),
        "key-type": ("permerror", "RFC 6376 6.1.2"),
        "key-hash": ("permerror", "RFC 6376 6.1.2"),
        "key-service": ("permerror", "RFC 6376 3.6.1"),
        "key-identity": ("permerror", "RFC 6376 3.6.1"),
        "key-unusable": ("permerror", "RFC 6376 6.1.2"),
        "lookup": ("temperror", "RFC 6376 6.1.2"),
    }
)
"""Every reason code, with the status it means and the section it rests on."""


class Note(NamedTuple):
    """Something to know of a result that does not change it: a code that stays the same, and a sentence."""

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """
    The verdict on one signature.

    ``domain``, ``selector`` and ``identity`` are in A-labels and lower case where case does not count, and empty when
    the field has none that can be read.  ``covered`` and ``uncovered`` are the names of the fields of the message that
    the signature covers and does not, in the order of the message; a name of which it covers only some fields is in
    both.  ``beyond_length`` counts the octets of the canonicalised body that an ``l=`` leaves out.
    """

    status: Status
    reason: str
    """A code of `REASONS`."""
    section: str
    """Where the rule stands, such as ``RFC 6376 6.1.1``."""
    text: str
    """One sentence for people."""
    signature: Signature | None = None
    domain: str = ""
    selector: str = ""
    identity: str = ""
    algorithm: str = ""
    covered: tuple[str, ...] = ()
    uncovered: tuple[str, ...] = ()
    beyond_length: int = 0
    warnings: tuple[Note, ...] = ()
    testing: bool = False
    """Whether the key record says ``t=y``; that changes no status (RFC 6376 3.6.1)."""

    def __str__(self) -> str:
        of = f" {self.domain}" if self.domain else ""
        return f"{self.status}{of}: {self.text} ({self.section})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """
    How one signature was looked at: every octet that was hashed, and every hash.

    ``fields`` has one item for each name of ``h=``: the canonicalised field that was taken for it, ``None`` when there
    was none left (RFC 6376 5.4.2).
    """

    result: Result
    own: int
    """Which of the DKIM-Signature fields it is, from 0 at the top."""
    query: str
    """The name that was looked up, empty when none was."""
    records: tuple[bytes, ...]
    names: tuple[str, ...]
    fields: tuple[bytes | None, ...]
    header_input: bytes
    header_digest: bytes
    body_octets: int
    """Octets of the body as it came."""
    canonical_octets: int
    hashed_octets: int
    body_digest: bytes
    """The digest of the body that is here."""
    signed_body_digest: bytes
    """The digest in ``bh=``."""


class Verification:
    """
    What `verify` found: one `Result` for each signature, from the top; one of status ``none`` for an unsigned message.

    It has no truth value, for there is no one question it answers: ask ``passed``, or ``require`` a domain.
    """

    __slots__ = ("_trace", "_tracer", "results")

    results: tuple[Result, ...]

    def __init__(self, results: Iterable[Result], tracer: Callable[[], tuple[Trace, ...]] = tuple) -> None:
        self.results = tuple(results) or (unsigned(),)
        self._tracer = tracer
        self._trace: tuple[Trace, ...] | None = None

    @property
    def passed(self) -> bool:
        """Whether any signature passes, whoever signed."""
        return any([result.status == "pass" for result in self.results])

    def require(self, domain: str | None = None) -> Result:
        """
        Give a signature that passes, of exactly that ``d=`` when *domain* is given; else raise `VerificationError`.

        Case and the form of labels do not count; a subdomain is another domain.
        """
        wanted = None if domain is None else domains.key(domain.removesuffix("."))
        for result in self.results:
            if result.status == "pass" and wanted in (None, result.domain):
                return result
        of = "" if domain is None else f" of {show(domain)}"
        found = "; ".join([str(result) for result in self.results[:_SHOWN]])
        message = f"no signature{of} passes: {found}"
        raise VerificationError(message)

    @property
    def trace(self) -> tuple[Trace, ...]:
        """What was hashed for each signature that was looked at, in the order of ``results``."""
        if self._trace is None:
            self._trace = self._tracer()
        return self._trace

    def __reduce__(self) -> tuple[Any, ...]:
        return _restored, (self.results, self.trace)

    def __bool__(self) -> bool:
        message = "a Verification is neither true nor false; use .passed or .require(domain=...)"
        raise TypeError(message)

    def __repr__(self) -> str:
        return f"<Verification {', '.join([str(result) for result in self.results[:_SHOWN]])}>"


def _restored(results: tuple[Result, ...], trace: tuple[Trace, ...]) -> Verification:
    """Make a verification again, of another process perhaps: without the message, and with what was hashed."""
    return Verification(results, partial(tuple, trace))


def unsigned() -> Result:
    """Give the one result of a message that has no signature."""
    status, section = REASONS["unsigned"]
    return Result(status=status, reason="unsigned", section=section, text="the message has no DKIM-Signature")
