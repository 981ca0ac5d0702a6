"""
Keys and a clock that never change: what is signed is the same in every run, so an input that was found can be replayed.

    a selector -> the key, and the record that publishes it
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from mimekit.dkim import SigningKey, txt_record

__all__ = ["DOMAIN", "SELECTORS", "key", "now", "resolve"]

DOMAIN = "example.com"
SELECTORS = ("ed", "rsa")
_NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
_ED25519 = b"nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="  # RFC 8463 A.2
_RSA = Path(__file__).parent / "rsa.pem"  # made for these tests; it is no secret


@cache
def key(selector: str) -> SigningKey:
    """Give the private key of a selector."""
    return SigningKey.load(_ED25519 if selector == "ed" else _RSA, validate=False)


def now() -> datetime:
    """Give the time at which everything is signed and verified."""
    return _NOW


@cache
def _records() -> dict[str, list[bytes]]:
    return {f"{selector}._domainkey.{DOMAIN}": [txt_record(key(selector)).encode()] for selector in SELECTORS}


def resolve(name: str) -> list[bytes]:
    """Look a key record up."""
    return _records().get(name, [])
