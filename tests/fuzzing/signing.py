"""
Signing: any octets are verified, and what is signed verifies, here and under dkimpy.

Nothing in a message or in a key record raises; a message that cannot be signed is refused with a sentence.  Promise 7
of the design.
"""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import patch

import dkim as dkimpy

from mimekit import Message, MimekitError, dkim, parse
from mimekit.dkim import KeyRecord, Policy, Signer
from tests.fuzzing.keys import DOMAIN, key, now, resolve
from tests.fuzzing.target import refused, target

_FORMS = [f"{header}/{body}" for header in ("relaxed", "simple") for body in ("relaxed", "simple")]
_POLICY = Policy(max_signatures=2, allow=frozenset({"expired", "beyond-length", "several-from", "no-from"}))


@target("signed", passes=24)
def verifying(octets: bytes) -> None:
    """Verify, say why not, and look at each result."""
    found = dkim.verify(octets, resolve=resolve, now=now)
    assert dkim.verify(octets, resolve=resolve, now=now).results == found.results
    for result in found.results:
        assert result.reason in dkim.REASONS
        assert dkim.REASONS[result.reason][0] == result.status or result.status == "pass"
        str(result).encode()
        for note in result.warnings:
            str(note).encode()
    for trace in found.trace:
        repr(trace)
    try:
        found.require(domain=DOMAIN)
    except MimekitError as error:
        refused(error)
        assert not any(result.status == "pass" and result.domain == DOMAIN for result in found.results)
    names = dkim.queries(octets)
    assert len(set(names)) == len(names)
    dkim.verify(octets, resolve=resolve, now=now, policy=_POLICY)
    for cause in dkim.diagnose(octets, resolve=resolve, now=now).causes:
        str(cause).encode()
    assert parse(octets).to_bytes() == octets


@target("signed", passes=24)
def key_records(octets: bytes) -> None:
    """Verify a good signature by a key record of any octets."""

    def answer(name: str) -> list[bytes]:
        del name
        return octets.split(b"\xff")

    for signed in _good():
        for result in dkim.verify(signed, resolve=answer, now=now).results:
            assert result.status != "pass" or b"p=" in octets
        dkim.diagnose(signed, resolve=answer, now=now)
    for one in octets.split(b"\xff"):
        record = KeyRecord.parse(one)
        record.lint()
        for selector in ("ed", "rsa"):
            dkim.matches(key(selector), record)


_MADE: list[bytes] = []


def _good() -> list[bytes]:
    if not _MADE:
        for selector in ("ed", "rsa"):
            signer = Signer(DOMAIN, selector=selector, key=key(selector), now=now)
            _MADE.append(signer.sign(b"From: ada@example.com\r\nSubject: Notes\r\n\r\nHello.\r\n"))
    return _MADE


@target("optioned", passes=40)
def signing(octets: bytes) -> None:
    """Sign in every manner; what is signed verifies, and is what it was below the new field."""
    (way, options, _, _), raw = [*octets[:4], 0, 0, 0, 0][:4], octets[4:]
    selector = ("ed", "rsa")[way % 2]
    signer = Signer(
        DOMAIN,
        selector=selector,
        key=key(selector),
        canonicalization=_FORMS[way // 2 % 4],
        copied=("from", "subject") if options & 1 else (),
        expires=86400 if options & 2 else None,
        headers=["from", "subject", "x-a"] if options & 4 else None,
        oversign=() if options & 8 else None,
        now=now,
        allow_8bit=bool(options & 16),
    )
    try:
        signed = signer.sign(raw)
    except MimekitError as error:
        refused(error)
        return
    assert signed.endswith(raw)
    field = signed[: len(signed) - len(raw)]
    assert all(len(line) <= 78 or b" " not in line.strip() for line in field.split(b"\r\n")), field
    own = dkim.verify(signed, resolve=resolve, now=now).results[0]
    assert own.status == "pass", str(own)
    assert _judged(signed), "dkimpy says no"
    message = signer.sign(parse(raw))
    assert isinstance(message, Message)
    assert message.to_bytes() == signed


def _judged(signed: bytes) -> bool:
    """Let dkimpy verify the topmost signature; it shares no line with mimekit."""
    moment = SimpleNamespace(time=now().timestamp)
    with patch.object(dkimpy, "time", moment):
        return bool(dkimpy.DKIM(signed).verify(dnsfunc=_record))


def _record(name: bytes, timeout: int = 5) -> bytes | None:
    del timeout
    return next(iter(resolve(name.decode("latin-1").rstrip("."))), None)
