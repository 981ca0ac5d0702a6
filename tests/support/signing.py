"""
Signing: keys for tests, and dkimpy as the judge of what mimekit signed.

dkimpy shares no code with mimekit: it parses, canonicalises and computes by itself.  The key records it asks for are
made here from the public halves, not by mimekit.  It judges at the time of signing, whatever day it is.

    signed octets -> what dkimpy says of each signature, from the top
"""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import UTC, datetime
from functools import cache
from types import SimpleNamespace
from unittest.mock import patch

import dkim as dkimpy

from mimekit.dkim import SigningKey, generate_key

__all__ = ["DOMAIN", "NOW", "ed25519_key", "judged", "key_record", "now", "rsa_key"]

DOMAIN = "example.com"
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def now() -> datetime:
    """Give the time at which everything is signed."""
    return NOW


@cache
def rsa_key() -> SigningKey:
    """Give the RSA key of the test run; its selector is ``rsa``."""
    return generate_key("rsa-sha256")


@cache
def ed25519_key() -> SigningKey:
    """Give the Ed25519 key of the test run; its selector is ``ed``."""
    return generate_key("ed25519-sha256")


def key_record(selector: str) -> bytes:
    """Give the key record of a selector, made without mimekit."""
    if selector == "rsa":
        return b"v=DKIM1; k=rsa; p=" + b64encode(rsa_key().public_octets)
    return b"v=DKIM1; k=ed25519; p=" + b64encode(ed25519_key().public_octets)


def _record(name: bytes, timeout: int = 5) -> bytes | None:
    del timeout
    selector, _, domain = name.decode("latin-1").rstrip(".").partition("._domainkey.")
    return key_record(selector) if domain == DOMAIN and selector in ("rsa", "ed") else None


def judged(signed: bytes) -> list[bool]:
    """Let dkimpy verify every signature of a message, from the top."""
    count = sum([name.lower() == b"dkim-signature" for name, _ in dkimpy.DKIM(signed).headers])
    return [_verified(signed, at) for at in range(count)]


def _verified(signed: bytes, at: int) -> bool:
    judge = dkimpy.DKIM(signed)
    fields = [value for name, value in judge.headers if name.lower() == b"dkim-signature"]
    found = re.search(rb";\s*t=([0-9]{1,12});", fields[at])
    second = int(found[1]) if found else NOW.timestamp()
    try:
        with patch.object(dkimpy, "time", SimpleNamespace(time=lambda: second)):
            return bool(judge.verify(idx=at, dnsfunc=_record))
    except (dkimpy.DKIMException, ValueError):  # the latter: of a value that is no base64
        return False
