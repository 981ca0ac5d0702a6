"""
Every message of the corpus is verified: with no keys at all, with keys of others, with damaged ones.

Nearly none of the real keys is in the DNS any more, so what can be told of a real signature without its key is whether
its body is the one that was signed; `diagnose` says what was done where it is not.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from time import process_time
from typing import TYPE_CHECKING

import pytest

from mimekit import parse_mbox
from mimekit.dkim.diagnose import diagnose
from mimekit.dkim.verify import queries, verify
from tests.support.corpus import corpus_folder, mailboxes, message_files
from tests.support.forging import ed25519_key, record, rsa_key, seconds

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.report import ReportLine

    Resolve = Callable[[str], list[bytes]]

pytestmark = pytest.mark.usefixtures("corpus")

GOOD = record(rsa_key())
DAMAGED = [
    b"",
    b"v=DKIM1; p=",
    b"v=DKIM1; k=rsa; p=AAAA",
    b"v=DKIM1; k=ed25519; p=AAAA",
    GOOD[:-40],
    GOOD.replace(b"p=MII", b"p=MIJ"),
    GOOD + b"\0",
    b"\xff" * 300,
    b"v=DKIM1; " * 400,
]
REAL = [GOOD, record(ed25519_key())]


@cache
def items() -> tuple[tuple[str, bytes], ...]:
    """Give every file that may be a message, and every message of every mailbox."""
    folder = corpus_folder()
    found = [(str(path.relative_to(folder)), path.read_bytes()) for path in message_files()]
    for path in mailboxes():
        name = path.relative_to(folder)
        for number, message in enumerate(parse_mbox(path.read_bytes())):
            found.append((f"{name}#{number}", message.to_bytes()))
    return tuple(found)


@cache
def signed() -> tuple[tuple[str, bytes], ...]:
    return tuple([(name, raw) for name, raw in items() if re.search(rb"(?im)^dkim-signature", raw)])


@pytest.mark.parametrize(
    "resolve", [lambda _: [], lambda _: DAMAGED, lambda _: REAL], ids=["no keys", "damaged keys", "keys of others"]
)
def test_every_message_has_a_verdict(resolve: Resolve, request: pytest.FixtureRequest, report_line: ReportLine) -> None:
    """No exception, one result for each signature, the names that were looked up, and time that grows with size."""
    counts: Counter[str] = Counter()
    start = process_time()
    for name, raw in items():
        before = process_time()
        try:
            found = verify(raw, resolve=resolve, now=seconds())
            asked = queries(raw)
            hashed = [trace.hashed_octets for trace in found.trace]
        except Exception as error:
            error.add_note(name)
            raise
        assert process_time() - before < 0.5 + len(raw) * 2e-6, name
        counts.update([result.reason for result in found.results])
        assert all(octets <= 2 * len(raw) + 2 for octets in hashed), name
        assert all(ask == ask.lower() and ask.isascii() and not ask.endswith(".") for ask in asked), name
        assert not found.passed, name
    octets = sum(len(raw) for _, raw in items())
    shown = ", ".join(f"{reason} {count}" for reason, count in counts.most_common(6))
    report_line(
        f"corpus, verified with {request.node.callspec.id}: {len(items()):,} messages, {octets / 1e6:.0f} MB in "
        f"{process_time() - start:.1f} s: {shown}"
    )


def test_a_message_with_lf_has_the_verdict_of_one_with_crlf() -> None:
    for name, raw in signed():
        if b"\r" not in raw:
            one = verify(raw, resolve=lambda _: REAL, now=seconds()).results
            two = verify(raw.replace(b"\n", b"\r\n"), resolve=lambda _: REAL, now=seconds()).results
            assert [result.reason for result in one] == [result.reason for result in two], name


def test_real_bodies_are_those_that_were_signed_or_it_is_said_what_was_done(report_line: ReportLine) -> None:
    causes: Counter[str] = Counter()
    fits = total = 0
    for name, raw in signed():
        try:
            found = diagnose(raw, resolve=lambda _: REAL, now=seconds(0))
        except Exception as error:
            error.add_note(name)
            raise
        for trace in found.verification.trace:
            if trace.query and trace.signed_body_digest:
                total += 1
                fits += trace.body_digest == trace.signed_body_digest
        for cause in found.causes:
            if found.verification.results[cause.signature].reason == "body-hash" and not cause.field:
                causes[cause.code] += cause.code not in ("other-key", "header-changed")
    assert fits > total // 2
    shown = ", ".join(f"{code} {count}" for code, count in causes.most_common() if count)
    report_line(f"corpus, signatures that can be read: {total}, of which {fits} fit their body; of the others: {shown}")
