"""
Verify DKIM.

From the octets of a signed message of 3 kB to a verdict, the record of the key at hand, beside dkimpy and beside one
verification of a ready digest by `cryptography`.
"""

from __future__ import annotations

from functools import partial

import dkim as dkimpy

from benchmarks.results import Line
from benchmarks.scenarios import Effort
from benchmarks.scenarios.sign import key_of
from benchmarks.signing import bare_verification, message, signers
from benchmarks.timing import Call, timed
from mimekit.dkim import txt_record, verify

UNIT = "\u00b5s"


def measure(effort: Effort) -> list[Line]:
    """Verify by each algorithm."""
    msg = message()
    by_rsa, by_ed = signers()
    lines = []
    for name, signer, against, wanted, kind in (
        ("RSA-2048", by_rsa, "dkimpy", 4, "times"),
        ("Ed25519", by_ed, "cryptography", 0.45, "share"),
    ):
        octets = signer.sign(msg).to_bytes()
        record = txt_record(key_of(signer)).encode()
        calls: dict[str, Call] = {
            "mimekit": partial(passes, octets, record),
            "cryptography": bare_verification(key_of(signer)),
            "dkimpy": partial(passes_dkimpy, octets, record),
        }
        assert passes(octets, record)
        assert passes_dkimpy(octets, record)
        lines.append(Line(name, timed(calls, seconds=2 * effort.seconds, rounds=15), against, wanted, kind))
    return lines


def passes(octets: bytes, record: bytes) -> bool:
    """Say whether the signature is good."""
    return verify(octets, resolve=lambda _name: [record]).passed


def passes_dkimpy(octets: bytes, record: bytes) -> bool:
    """Ask dkimpy."""
    return bool(dkimpy.verify(octets, dnsfunc=lambda _name, **_options: record))
