"""
Sign with DKIM.

From a message of 3 kB whose octets exist to signed octets, 13 names in `h=`. The limit is one signature of a ready
digest by `cryptography`; the peer is dkimpy, which is given the key as it takes it.
"""

from __future__ import annotations

from base64 import b64encode
from functools import partial

import dkim as dkimpy
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from benchmarks.results import Line
from benchmarks.scenarios import Effort
from benchmarks.signing import NAMES, bare, message, signers
from benchmarks.timing import Call, timed
from mimekit import Message
from mimekit.dkim import Signer, SigningKey

UNIT = "\u00b5s"


def measure(effort: Effort) -> list[Line]:
    """Sign by each algorithm."""
    msg = message()
    octets = msg.to_bytes()
    lines = []
    for name, signer, wanted in zip(("RSA-2048", "Ed25519"), signers(), (0.8, 0.35), strict=True):
        calls: dict[str, Call] = {
            "mimekit": partial(signed, signer, msg),
            "cryptography": bare(key_of(signer)),
            "dkimpy": by_dkimpy(octets, signer),
        }
        lines.append(Line(name, timed(calls, seconds=2 * effort.seconds, rounds=15), "cryptography", wanted, "share"))
    return lines


def signed(signer: Signer, msg: Message) -> bytes:
    """Sign and give the octets."""
    return signer.sign(msg).to_bytes()


def key_of(signer: Signer) -> SigningKey:
    """Give the key of a signer that was made with one."""
    assert isinstance(signer.key, SigningKey)
    return signer.key


def by_dkimpy(octets: bytes, signer: Signer) -> Call:
    """Give the same signature as a call of dkimpy."""
    pem = key_of(signer).to_pem()
    private = serialization.load_pem_private_key(pem, None)
    is_ed = isinstance(private, ed25519.Ed25519PrivateKey)
    key = b64encode(private.private_bytes_raw()) if isinstance(private, ed25519.Ed25519PrivateKey) else pem
    return partial(
        dkimpy.sign,
        octets,
        b"selector",
        b"example.com",
        key,
        canonicalize=(b"relaxed", b"relaxed"),
        include_headers=[name.encode() for name in NAMES],
        signature_algorithm=b"ed25519-sha256" if is_ed else b"rsa-sha256",
    )
