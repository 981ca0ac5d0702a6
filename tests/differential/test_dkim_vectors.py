"""
DKIM by other people's messages: the examples of the RFCs, a set of forged verdicts, real signatures, and dkimpy.

What others signed passes here, and what others damaged does not; what is damaged here is told by both.
"""

from __future__ import annotations

import json
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import dkim as dkimpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimekit.dkim.diagnose import diagnose
from mimekit.dkim.keys import SigningKey
from mimekit.dkim.verify import queries, verify
from tests.support.forging import MESSAGE, Resolver, ed25519_key, record, rsa_key, seconds, zone

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.report import ReportLine

REAL = datetime(2022, 11, 7, 18, tzinfo=UTC)  # within the lifetime of the real messages


def resolver(folder: Path) -> Resolver:
    """Read a zone: name to records, a list inside an entry being the strings of one record."""
    entries: dict[str, Any] = json.loads((folder / "zone.json").read_text())  # Any: JSON
    known = {
        name.lower(): [("".join(one) if isinstance(one, list) else one).encode() for one in records]
        for name, records in entries.items()
    }
    return lambda name: known.get(name, [])


def expected(folder: Path) -> dict[str, tuple[str, str]]:
    return {name: (row[0], row[1]) for name, row in json.loads((folder / "expect.json").read_text()).items()}


def wrong(folder: Path) -> list[str]:
    """List the messages of a folder on which the verdict is another one."""
    found = []
    for name, (status, why) in expected(folder).items():
        raw = (folder / f"{name}.eml").read_bytes()
        verification = verify(raw, resolve=resolver(folder), now=seconds())
        statuses = [result.status for result in verification.results]
        agrees = {
            "pass": verification.passed,
            "fail": "pass" not in statuses and "none" not in statuses,
            "none": statuses == ["none"],
            "any": True,
        }
        if not agrees[status]:
            found.append(f"{name}: {why}; expected {status}, found {[str(result) for result in verification.results]}")
    return found


@pytest.mark.parametrize("suite", ["rfc", "verdicts"])
def test_every_verdict_is_the_expected_one(suite: str, vectors: Path, report_line: ReportLine) -> None:
    folder = vectors / "dkim" / suite
    assert wrong(folder) == []
    report_line(f"DKIM vectors, {suite}: {len(expected(folder))} of {len(expected(folder))} verdicts")


def test_the_forged_messages_are_refused_for_the_right_reason(vectors: Path) -> None:
    folder = vectors / "dkim" / "verdicts"
    reasons = {
        "h_without_from": "from-unsigned",
        "i_other_domain": "identity",
        "x_past": "expired",
        "key_s_other": "key-service",
        "key_revoked": "key-revoked",
        "key_no_p": "key-syntax",
        "key_v_not_first": "key-version",
        "key_ed_no_k": "key-type",
        "alg_ed_but_rsa_key": "key-type",
        "l_appended": "beyond-length",
        "l_too_long": "length",
        "dup_sig_tag": "duplicate-tag",
        "h_dup_colon": "tag-value",
        "h_received_swapped": "signature",
        "oversign_from_added": "signature",
        "from_appended": "signature",
        "value_refolded_simple": "signature",
        "v2": "version",
        "no_v": "missing-tag",
        "no_s": "missing-tag",
        "no_h": "missing-tag",
        "c_unknown": "canonicalization",
        "a_unknown": "algorithm",
        "a_upper": "algorithm",
        "bh_wrong": "body-hash",
        "dual_first_bad": "body-hash",
        "body_bare_lf_as_crlf": "body-hash",
        "unsigned": "unsigned",
    }
    for name, reason in reasons.items():
        raw = (folder / f"{name}.eml").read_bytes()
        assert verify(raw, resolve=resolver(folder), now=seconds()).results[0].reason == reason, name


def test_what_broke_a_forged_message_is_found(vectors: Path) -> None:
    folder = vectors / "dkim" / "verdicts"
    causes = {
        "h_received_swapped": [("field-order", "received")],
        "oversign_from_added": [("field-added", "From")],
        "from_appended": [("field-added", "From")],
        "value_refolded_simple": [("field-refolded", "Subject")],
        "body_bare_lf_as_crlf": [("line-ends", "")],
        "l_appended": [("beyond-length", "")],
    }
    for name, listed in causes.items():
        raw = (folder / f"{name}.eml").read_bytes()
        found = diagnose(raw, resolve=resolver(folder), now=seconds())
        assert [(cause.code, cause.field) for cause in found.causes] == listed, name


def test_the_example_of_rfc_8463_is_taken_apart(vectors: Path) -> None:
    folder = vectors / "dkim" / "rfc"
    found = verify((folder / "rfc8463_A3.eml").read_bytes(), resolve=resolver(folder))
    assert [(one.status, one.algorithm, one.domain) for one in found.results] == [
        ("pass", "ed25519-sha256", "football.example.com"),
        ("pass", "rsa-sha256", "football.example.com"),
    ]
    assert found.trace[0].header_input.startswith(b"from:Joe SixPack <joe@football.example.com>\r\nto:Suzie Q")
    assert found.trace[0].fields[5:] == (None, None, None)
    assert found.require("football.example.com").identity == "@football.example.com"


def test_real_messages_of_others_pass(vectors: Path) -> None:
    for path in sorted((vectors / "dkim" / "stalwart" / "dkim").iterdir()):
        records, _, raw = path.read_bytes().replace(b"\r\n", b"\n").partition(b"\n\n")
        known = {}
        for line in records.split(b"\n"):
            name, _, value = line.partition(b" ")
            known[name.decode().lower()] = [value]
        found = verify(raw, resolve=lambda name, known=known: known.get(name, []), now=lambda: REAL)  # type: ignore[misc]  # bound
        assert [result.status for result in found.results] == ["pass"] * len(found.results), path.name
        assert set(queries(raw)) <= set(known)


# -- dkimpy's own test messages


@pytest.fixture(scope="module")
def data(corpus: Path) -> Path:
    return corpus / "dkimpy" / "dkim" / "tests" / "data"


def keyed(data: Path, *names: str, more: tuple[bytes, ...] = ()) -> Resolver:
    """Give a resolver that knows these keys under every name."""
    records = [(data / name).read_bytes().strip() for name in names]
    return lambda _: [*records, *more]


def test_signed_messages_of_dkimpy_pass(data: Path) -> None:
    example = b"v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
    both = verify((data / "rfc6376.signed.msg").read_bytes(), resolve=keyed(data, "test.txt", more=(example,)))
    assert [(one.status, one.algorithm) for one in both.results] == [("pass", "ed25519-sha256"), ("pass", "rsa-sha256")]
    exim = (data / "ed25519test2.msg").read_bytes()
    assert verify(exim, resolve=keyed(data, "eximtest.dns")).passed
    assert verify(exim, resolve=keyed(data, "ed25519test.dns")).results[0].reason == "signature"


def test_real_messages_of_dkimpy_fit_their_body_hash(data: Path) -> None:
    """Their keys are not kept, so that is what can be told: and that nothing else is wrong with them."""
    for name in ("message.mbox", "test2.message"):
        found = verify((data / name).read_bytes(), resolve=keyed(data, "test.txt"))
        assert [result.reason for result in found.results] == ["signature"], name
        assert found.trace[0].body_digest == found.trace[0].signed_body_digest


@pytest.mark.parametrize(
    "name", ["test.message", "test_extra.message", "test_nofrom.message", "ed25519test.msg", "rfc6376.msg"]
)
def test_unsigned_messages_of_dkimpy_are_unsigned(name: str, data: Path) -> None:
    assert verify((data / name).read_bytes(), resolve=keyed(data, "test.txt")).results[0].status == "none"


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("badk.txt", "key-type"),
        ("badversion.txt", "key-version"),
        ("test_bad.txt", "key-unusable"),
        ("test_tlsrpt.txt", "key-service"),
    ],
)
def test_bad_keys_of_dkimpy_are_refused(name: str, reason: str, data: Path) -> None:
    raw = (data / "rfc6376.signed.msg").read_bytes()
    assert verify(raw, resolve=keyed(data, name)).results[1].reason in (reason, "key-syntax")


def test_a_key_record_of_dkimpy_without_k_is_rsa(data: Path) -> None:
    raw = (data / "rfc6376.signed.msg").read_bytes()
    assert verify(raw, resolve=keyed(data, "test2.txt")).results[1].status == "pass"


# -- what dkimpy signs


def signed_by_dkimpy(raw: bytes, key: SigningKey, header: str, body: str, **options: Any) -> bytes:  # Any: dkimpy's
    secret = key.to_pem() if key.algorithm == "rsa-sha256" else b64encode(bytes([1]) * 32)
    forms = (header.encode(), body.encode())
    algorithm = key.algorithm.encode()
    made: bytes = dkimpy.sign(
        raw, b"s1", b"example.com", secret, canonicalize=forms, signature_algorithm=algorithm, **options
    )
    return made + raw


def dns(key: SigningKey) -> Callable[..., bytes]:
    return lambda _name, timeout=5: record(key)  # noqa: ARG005 - dkimpy passes it


bodies = st.lists(
    st.sampled_from([b"Hello", b" ", b"\t", b"  ", b"\r\n", b"\r\n\r\n", b".", b"\xc3\xa9", b"-- ", b"x" * 80]),
    max_size=20,
).map(b"".join)
fields = st.lists(
    st.sampled_from(
        [
            b"Received: from a by b; now\r\n",
            b"Received: from b\r\n\tby c; then\r\n",
            b"Subject: Figures  for\t the\r\n  quarter\r\n",
            b"subject:x\r\n",
            b"X-Empty:\r\n",
            b"X-Odd: \t a \r\n \t b\t\r\n",
            b"Cc: a@example.com,\r\n b@example.com\r\n",
            b"X-8bit: \xc3\xa9t\xc3\xa9\r\n",
        ]
    ),
    max_size=8,
).map(b"".join)
forms = st.sampled_from(["simple", "relaxed"])


@settings(max_examples=40)
@given(fields, bodies, st.tuples(forms, forms), st.sampled_from([rsa_key(), ed25519_key()]), st.booleans())
def test_what_dkimpy_signs_passes_and_its_damage_does_not(
    block: bytes,
    body: bytes,
    c: tuple[str, str],
    key: SigningKey,
    has_length: bool,
) -> None:
    raw = block + b"From: ada@example.com\r\nDate: now\r\n\r\n" + body + b"\r\n"
    signed = signed_by_dkimpy(raw, key, *c, length=has_length)
    result = verify(signed, resolve=zone(key)).results[0]
    assert result.status == "pass", str(result)
    for old, new in ((b"ada@", b"adb@"), (b"Date: now", b"Date: then"), (b"a=", b"n=;a="), (b"s=s1", b"s=s2")):
        damaged = signed.replace(old, new, 1)
        assert not verify(damaged, resolve=zone(key, key)).passed
    assert not verify(signed[:-2] + b"!\r\n", resolve=zone(key)).passed


@pytest.mark.parametrize("key", [rsa_key(), ed25519_key()], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("header", ["simple", "relaxed"])
@pytest.mark.parametrize("form", ["simple", "relaxed"])
def test_every_octet_that_is_signed_counts_here_as_with_dkimpy(key: SigningKey, header: str, form: str) -> None:
    """One octet changed at a time: where dkimpy refuses, this refuses."""
    signed = signed_by_dkimpy(MESSAGE, key, header, form)
    assert verify(signed, resolve=zone(key), now=seconds(2_000_000_000)).passed
    for at in range(0, len(signed), 7):
        changed = signed[:at] + bytes([signed[at] ^ 1]) + signed[at + 1 :]
        ours = verify(changed, resolve=zone(key), now=seconds(2_000_000_000)).passed
        assert not ours or said_by_dkimpy(changed, key), (at, signed[at - 20 : at + 20])


def said_by_dkimpy(raw: bytes, key: SigningKey) -> bool:
    try:
        return bool(dkimpy.verify(raw, dnsfunc=dns(key)))
    except (ValueError, IndexError, KeyError):  # what it raises for hostile input
        return False


def test_names_are_looked_up_in_lower_case() -> None:
    signed = signed_by_dkimpy(MESSAGE, rsa_key(), "relaxed", "relaxed")
    assert queries(signed.replace(b"d=example.com", b"d=Example.COM")) == ["s1._domainkey.example.com"]
