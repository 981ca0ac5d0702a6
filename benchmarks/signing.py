"""
Signing and verifying: what DKIM takes beside the bare primitive of `cryptography`, and beside dkimpy.

    a message whose octets are there -> signed octets -> a verdict
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from base64 import b64encode
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha256
from pathlib import Path
from time import perf_counter

import dkim as dkimpy
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa, utils

from benchmarks.timing import Row, best_of, table
from mimekit import Message
from mimekit.dkim import Signer, SigningKey, canonical, generate_key, sign, txt_record, verify

__all__ = ["run"]

NAMES = (
    *("From", "To", "Cc", "Subject", "Date", "Message-ID", "Reply-To", "References", "MIME-Version", "Content-Type"),
    *("Content-Transfer-Encoding", "List-Unsubscribe", "List-Unsubscribe-Post"),
)
DIGEST = sha256(b"a digest").digest()
SIZE = 2**30
PROGRAM = """
import sys
from pathlib import Path
def peak():
    "Give the most memory this process has had, in KiB; ru_maxrss would count its parent's."
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
from mimekit import Message
from mimekit.dkim import Signer, generate_key
signer = Signer("example.com", selector="s", key=generate_key("ed25519-sha256"))
signer.sign(b"From: a@example.com\\r\\n\\r\\nx\\r\\n")
before = peak()
message = Message(from_="a@example.com", to="b@example.org", text="x", attachments=[Path(sys.argv[1])])
signed = signer.sign(message)
written = sum([len(block) for block in signed.iter_bytes()])
assert written == signed.size
print(written, (peak() - before) // 1024)
"""


def message() -> Message:
    """Give a message of 3 kB with the 13 fields that are signed, its octets made already."""
    made = Message(
        from_="Ada Lovelace <ada@example.com>",
        to="Grace Hopper <grace@example.org>",
        cc="karen@example.net",
        reply_to="notes@example.com",
        subject="Notes on the Engine: third draft",
        references="<20261124.1@example.org>",
        list_unsubscribe="https://example.com/u/8f3a",
        text="The notes on the Engine are in their third draft, with figures.\n" * 35,
    )
    made.to_bytes()
    return made


def bare(key: SigningKey) -> Callable[[], bytes]:
    """Give the primitive: a signature of a digest, everything around it made before."""
    private = serialization.load_pem_private_key(key.to_pem(), None)
    if isinstance(private, rsa.RSAPrivateKey):
        return partial(private.sign, DIGEST, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
    assert isinstance(private, ed25519.Ed25519PrivateKey)
    return partial(private.sign, DIGEST)


def signers() -> tuple[Signer, Signer]:
    """Give one signer for each algorithm, of the same 13 names."""
    arguments = {"headers": NAMES, "oversign": ()}
    return (
        Signer("example.com", selector="rsa", key=generate_key("rsa-sha256"), **arguments),  # type: ignore[arg-type]  # arguments of several types
        Signer("example.com", selector="ed", key=generate_key("ed25519-sha256"), **arguments),  # type: ignore[arg-type]  # arguments of several types
    )


def signatures(*, seconds: float) -> None:
    """Print signing a small message beside the primitive, and what a second signature costs."""
    by_rsa, by_ed = signers()
    # The second one is Ed25519 too: beside RSA what it costs would drown in how much the primitive varies.
    second_signer = signers()[1]
    msg = message()
    octets = msg.to_bytes()
    assert isinstance(by_rsa.key, SigningKey)
    assert isinstance(by_ed.key, SigningKey)
    bare_rsa, bare_ed, ours_rsa, ours_ed, both, fields = best_of(
        [
            bare(by_rsa.key),
            bare(by_ed.key),
            lambda: by_rsa.sign(msg).to_bytes(),
            lambda: by_ed.sign(msg).to_bytes(),
            lambda: sign(msg, [by_ed, second_signer]).to_bytes(),
            lambda: by_ed.sign(octets),
        ],
        seconds=3 * seconds,
        rounds=15,
    )
    pem = by_rsa.key.to_pem()
    seed = b64encode(serialization.load_pem_private_key(by_ed.key.to_pem(), None).private_bytes_raw())  # type: ignore[union-attr]  # an Ed25519 key
    names = [name.encode() for name in NAMES]
    relaxed = (b"relaxed", b"relaxed")
    theirs_rsa, theirs_ed = best_of(
        [
            lambda: dkimpy.sign(octets, b"rsa", b"example.com", pem, canonicalize=relaxed, include_headers=names),
            lambda: dkimpy.sign(
                octets, b"ed", b"example.com", seed, canonicalize=relaxed, include_headers=names,
                signature_algorithm=b"ed25519-sha256",
            ),
        ],
        seconds=seconds,
    )  # fmt: skip
    rows: list[Row] = [
        _signature_row("RSA-2048", ours_rsa, bare_rsa, theirs_rsa, "80 %"),
        _signature_row("Ed25519", ours_ed, bare_ed, theirs_ed, "35 %"),
        _signature_row("Ed25519, from bytes", fields, bare_ed, theirs_ed, ""),
    ]
    columns = ("message", "mimekit us", "bare us", "of bare", "wanted", "dkimpy us", "ratio")
    table(f"Sign {len(octets)} octets, {len(NAMES)} names in h=", columns, rows)
    first, second = ours_ed - bare_ed, both - ours_ed - bare_ed
    table(
        "What a signature costs beside the primitive",
        ("first us", "second us", "ratio", "wanted"),
        [(f"{first * 1e6:.1f}", f"{second * 1e6:.1f}", f"{second / first:.0%}", "<= 60 %")],
    )


def _signature_row(name: str, ours: float, primitive: float, theirs: float, wanted: str) -> Row:
    figures = (f"{ours * 1e6:.1f}", f"{primitive * 1e6:.1f}", f"{primitive / ours:.0%}")
    return (name, *figures, wanted, f"{theirs * 1e6:.0f}", f"{theirs / ours:.1f}x")


def bare_verification(key: SigningKey) -> Callable[[], None]:
    """Give the primitive: the verification of a signature of a digest, everything around it made before."""
    signature = key.sign(DIGEST)
    public = serialization.load_pem_private_key(key.to_pem(), None).public_key()
    if isinstance(public, rsa.RSAPublicKey):
        return partial(public.verify, signature, DIGEST, padding.PKCS1v15(), utils.Prehashed(hashes.SHA256()))
    assert isinstance(public, ed25519.Ed25519PublicKey)
    return partial(public.verify, signature, DIGEST)


def verifications(*, seconds: float) -> None:
    """Print verifying what was signed, the key record at hand, beside the primitive and dkimpy."""
    msg = message()
    rows: list[Row] = []
    for name, signer, wanted in zip(("RSA-2048", "Ed25519"), signers(), ("4x dkimpy", "45 % of bare"), strict=True):
        assert isinstance(signer.key, SigningKey)
        signed = signer.sign(msg)
        octets = signed.to_bytes()
        records = [txt_record(signer.key).encode()]
        assert verify(signed, resolve=lambda _: records).passed  # noqa: B023 - called here
        ours, primitive, theirs = best_of(
            [
                lambda: verify(signed, resolve=lambda _: records),  # noqa: B023 - called before the next one is made
                bare_verification(signer.key),
                lambda: dkimpy.verify(octets, dnsfunc=lambda *_, **__: records[0]),  # noqa: B023 - likewise
            ],
            seconds=seconds,
            rounds=15,
        )
        rows.append(_signature_row(name, ours, primitive, theirs, wanted))
    columns = ("verdict", "mimekit us", "bare us", "of bare", "wanted", "dkimpy us", "ratio")
    table(f"Verify {len(msg.to_bytes())} octets, signed", columns, rows)


def canonicalisation(*, seconds: float) -> None:
    """Print the relaxed body of large texts beside dkimpy's."""
    line = (
        b"Some words  of text,\tand more of them: prices   12.50 \r\n"
        + b"plain words, and nothing to take away\r\n" * 3
    )
    mixed = line * (10 * 2**20 // len(line))
    small, large = b" " * 40_000, b" " * 2**20
    theirs = dkimpy.canonicalization.Relaxed.canonicalize_body
    assert canonical.body(mixed, "relaxed") == theirs(mixed)
    ours_mixed, theirs_mixed = best_of(
        [partial(canonical.body, mixed, "relaxed"), partial(theirs, mixed)], seconds=2 * seconds, rounds=3
    )
    quick, quick_large = best_of(
        [partial(canonical.body, small, "relaxed"), partial(canonical.body, large, "relaxed")], seconds=seconds / 2
    )
    started = perf_counter()
    theirs(small + b"x\r\n")  # once: it takes seconds
    slow = perf_counter() - started
    growth = quick_large / quick / (len(large) / len(small))
    gain = f"{theirs_mixed / ours_mixed:.1f}x"
    rows = [
        ("10 MB of mixed text", f"{ours_mixed * 1e3:.1f}", f"{theirs_mixed * 1e3:.0f}", gain, "10x"),
        ("40 kB of spaces", f"{quick * 1e3:.2f}", f"{slow * 1e3:.0f}", f"{slow / quick:.0f}x", "100x"),
        ("1 MB of spaces", f"{quick_large * 1e3:.2f}", "", f"{growth:.1f}x a space", "linear"),
    ]
    table("Relaxed body", ("octets", "mimekit ms", "dkimpy ms", "ratio", "wanted"), rows)


def threads(*, seconds: float) -> None:
    """Print what two threads sign beside one, and what the machine's own primitive gains."""
    by_rsa, _ = signers()
    msg = message()
    assert isinstance(by_rsa.key, SigningKey)
    calls: dict[str, Callable[[], bytes]] = {
        "mimekit RSA-2048": lambda: by_rsa.sign(msg).to_bytes(),
        "bare RSA-2048": bare(by_rsa.key),
    }
    # Both in turn, for who else works on the machine takes the second core away from either.
    gains = [
        {name: _in_threads(call, 2, seconds / 3) / _in_threads(call, 1, seconds / 3) for name, call in calls.items()}
        for _ in range(5)
    ]
    rows = [(name, f"{max([gain[name] for gain in gains]):.2f}x", "1.7x") for name in calls]
    table("Two threads", ("signing", "of one thread", "wanted"), rows)


def _in_threads(call: Callable[[], object], count: int, seconds: float) -> float:
    """Count the calls a second of that many threads."""

    def work() -> int:
        done = 0
        until = perf_counter() + seconds
        while perf_counter() < until:
            call()
            done += 1
        return done

    with ThreadPoolExecutor(count) as pool:
        return sum([future.result() for future in [pool.submit(work) for _ in range(count)]]) / seconds


def streaming() -> None:
    """Print the peak of signing and writing a message over a file of 1 GiB."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.bin"
        with path.open("wb") as file:
            file.truncate(SIZE)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(path)], check=True, capture_output=True, text=True, env=environment
        )
    written, peak = done.stdout.split()
    table(
        "Sign a 1 GiB attachment", ("octets written", "= .size", "peak MiB", "wanted"), [(written, "yes", peak, "< 40")]
    )


def run(*, seconds: float) -> None:
    """Print the tables."""
    signatures(seconds=seconds)
    verifications(seconds=seconds)
    canonicalisation(seconds=seconds)
    threads(seconds=seconds)
    streaming()
