"""Verdicts: every status with its reason, what a result tells, what a caller may decide, what nobody can break."""

from __future__ import annotations

import pickle
import re
from base64 import b64encode
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mimekit import Delivery, Envelope, Message, parse
from mimekit.dkim import canonical, diagnose
from mimekit.dkim.keys import SigningKey
from mimekit.dkim.verdict import REASONS, Result
from mimekit.dkim.verify import Policy, queries, verify
from mimekit.errors import DkimError, TemporaryLookupError, VerificationError
from tests.support.forging import (
    DOMAIN,
    MESSAGE,
    NOW,
    canonical_body,
    ed25519_key,
    forge,
    record,
    relaxed_field,
    rsa_key,
    seconds,
    split,
    zone,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from mimekit.dkim.verdict import Verification

SPF = b"v=spf1 -all"
OCTETS = len(canonical_body(split(MESSAGE)[1], "relaxed"))


def judged(raw: bytes, *keys: SigningKey | bytes, policy: Policy | None = None, now: int = NOW) -> Verification:
    """Verify, having checked what must hold for any message at all."""
    found = verify(raw, resolve=zone(*(keys or (rsa_key(),))), now=seconds(now), policy=policy or Policy())
    for result in found.results:
        assert (result.status, result.section) == REASONS[result.reason]
        assert result.text.isprintable()
        assert result.text.isascii()
        assert str(result)
        if result.status == "pass":
            assert result.signature is not None
            assert "from" in result.covered
    assert found.passed == any(result.status == "pass" for result in found.results)
    assert len(found.trace) == sum(result.signature is not None for result in found.results)
    return found


def verdict(raw: bytes, *keys: SigningKey | bytes, policy: Policy | None = None, now: int = NOW) -> tuple[str, str]:
    result = judged(raw, *keys, policy=policy, now=now).results[0]
    return result.status, result.reason


def texts(result: Result) -> list[str]:
    return [note.code for note in result.warnings]


# -- good signatures


@pytest.mark.parametrize("key", [rsa_key(), ed25519_key()], ids=["rsa", "ed25519"])
@pytest.mark.parametrize("c", [f"{header}/{body}" for header, body in product(("simple", "relaxed"), repeat=2)])
def test_a_good_signature_passes(key: SigningKey, c: str) -> None:
    assert verdict(forge(key=key, c=c), key) == ("pass", "verified")


@pytest.mark.parametrize(
    "tags",
    [
        {"c": None},
        {"c": "relaxed"},
        {"c": "simple"},
        {"q": "dns/txt"},
        {"q": "foo/bar:dns/txt"},
        {"q": "dns/txt : x"},
        {"t": None},
        {"x": str(NOW + 60)},
        {"x": str(NOW)},
        {"t": None, "x": str(NOW + 1)},
        {"i": "@example.com"},
        {"i": "ada@EXAMPLE.com"},
        {"i": "@sub.example.com"},
        {"i": "@a.b.c.example.com"},
        {"i": "a=3Bb@example.com"},
        {"i": "a=40b@example.com"},
        {"d": "EXAMPLE.com"},
        {"s": "S1"},
        {"h": "FROM:To:sUbJeCt"},
        {"h": "from : to :\r\n\tsubject"},
        {"h": "from:from:to:to:subject:subject:cc:x-nothing"},
        {"h": "from:received:received:received"},
        {"z": "From:Ada=20<ada@example.com>|Subject:x=3Dy"},
        {"n": "an unknown tag", "zz": ""},
        {"l": str(OCTETS)},
        {"l": f"000{OCTETS}"},
        {"b": "\r\n\t {}  "},
    ],
    ids=repr,
)
def test_what_the_rfc_allows_passes(tags: dict[str, str | None]) -> None:
    assert verdict(forge(**tags)) == ("pass", "verified")  # type: ignore[arg-type]  # tags are text


def test_white_space_may_stand_round_every_tag() -> None:
    assert verdict(forge(glue=" \t;\r\n  ", end=" ")) == ("pass", "verified")
    assert verdict(forge(c="simple/simple", glue=" ;\r\n\t", end=" ")) == ("pass", "verified")


def test_a_semicolon_may_end_the_list_and_b_may_stand_anywhere() -> None:
    assert verdict(forge(end=";")) == ("pass", "verified")
    assert verdict(forge(end="; zz=tail")) == ("pass", "verified")
    assert verdict(forge(end=";\r\n bx=b=")) == ("pass", "verified")


def test_the_name_of_the_field_has_any_case_and_blanks_before_its_colon() -> None:
    for name in (b"DKIM-SIGNATURE", b"dkim-signature", b"Dkim-Signature \t"):
        assert verdict(forge(name=name)) == ("pass", "verified")
        assert verdict(forge(name=name, c="simple/simple")) == ("pass", "verified")


# -- broken signatures: fail


@pytest.mark.parametrize("key", [rsa_key(), ed25519_key()], ids=["rsa", "ed25519"])
@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        (b"Ada Lovelace", b"Ada Lovelacf", "signature"),
        (b"Hello", b"Hallo", "body-hash"),
        (b"Subject:", b"Subject: re:", "signature"),
        (b"t=%d" % (NOW - 60), b"t=%d" % (NOW - 61), "signature"),
        (b"MIME-Version: 1.0\r\n", b"", "signature"),
        (b"\r\n\r\nHello", b"\r\n\r\n\r\nHello", "body-hash"),
    ],
)
def test_a_change_breaks_the_signature(key: SigningKey, old: bytes, new: bytes, reason: str) -> None:
    raw = forge(key=key)
    assert old in raw
    assert verdict(raw.replace(old, new), key) == ("fail", reason)


@pytest.mark.parametrize("bh", [b64encode(bytes(32)).decode(), b64encode(bytes(20)).decode(), "AA=="])
def test_a_body_hash_of_anything_else_fails(bh: str) -> None:
    assert verdict(forge(bh=bh)) == ("fail", "body-hash")


@pytest.mark.parametrize("key", [rsa_key(), ed25519_key()], ids=["rsa", "ed25519"])
def test_octets_that_are_no_signature_fail(key: SigningKey) -> None:
    for octets in (b"\0", bytes(64), bytes(256), b"\xff" * 256, bytes(255), b"\xff" * 64, b"x" * 100_000):
        assert verdict(forge(key=key, b=b64encode(octets).decode()), key) == ("fail", "signature")


def test_another_key_fails() -> None:
    assert verdict(forge(), rsa_key(number=1)) == ("fail", "signature")
    assert verdict(forge(key=ed25519_key()), ed25519_key(1)) == ("fail", "signature")


def test_a_swap_of_repeated_fields_fails() -> None:
    raw = forge(h="from:received:received")
    first, second = re.findall(rb"(?m)^Received: [^\n]+\n", raw)
    assert verdict(raw) == ("pass", "verified")
    assert verdict(raw.replace(first + second, second + first)) == ("fail", "signature")


# -- what this verifier does not understand: neutral


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({"v": "2"}, "version"),
        ({"v": "0"}, "version"),
        ({"v": "1.0"}, "version"),
        ({"v": "01"}, "version"),
        ({"v": "DKIM1"}, "version"),
        ({"a": "rsa-md5"}, "algorithm"),
        ({"a": "rsa-sha512"}, "algorithm"),
        ({"a": "RSA-SHA256"}, "algorithm"),
        ({"a": "rsa"}, "algorithm"),
        ({"a": "ed25519"}, "algorithm"),
        ({"a": "rsa-sha256-"}, "algorithm"),
        ({"c": "nofws/nofws"}, "canonicalization"),
        ({"c": "relaxed/nofws"}, "canonicalization"),
        ({"c": "relaxed/"}, "canonicalization"),
        ({"c": "/relaxed"}, "canonicalization"),
        ({"c": "relaxed/relaxed/relaxed"}, "canonicalization"),
        ({"c": "RELAXED/relaxed"}, "canonicalization"),
        ({"q": "dns"}, "query-method"),
        ({"q": "http/get"}, "query-method"),
        ({"q": "dns/txtx:x"}, "query-method"),
    ],
    ids=repr,
)
def test_what_is_not_understood_is_neutral(tags: dict[str, str], reason: str) -> None:
    assert verdict(forge(**tags)) == ("neutral", reason)  # type: ignore[arg-type]  # tags are text


# -- what is not to be relied on: policy


def test_rsa_sha1_is_not_to_be_relied_on() -> None:
    assert verdict(forge(a="rsa-sha1")) == ("policy", "rsa-sha1")


@pytest.mark.parametrize("x", [NOW - 1, NOW - 59, NOW - 10_000])
def test_an_expired_signature_is_policy(x: int) -> None:
    raw = forge(t=str(x - 1), x=str(x))
    assert verdict(raw) == ("policy", "expired")
    assert verdict(raw, now=x) == ("pass", "verified")


def test_octets_beyond_l_are_policy_and_counted() -> None:
    raw = forge(l=str(OCTETS)) + b"EVIL\r\n"
    result = judged(raw).results[0]
    assert (result.status, result.reason, result.beyond_length) == ("policy", "beyond-length", 10)
    assert verdict(forge(l="0")) == ("policy", "beyond-length")
    assert verdict(forge(l=str(OCTETS - 1))) == ("policy", "beyond-length")


def test_empty_lines_beyond_l_are_no_octets() -> None:
    assert verdict(forge(l=str(OCTETS)) + b"\r\n\r\n") == ("pass", "verified")


def test_l_of_nothing_is_good_for_an_empty_body_only() -> None:
    header = MESSAGE[: MESSAGE.index(b"\r\n\r\n") + 4]
    assert verdict(forge(header, l="0")) == ("pass", "verified")
    # Under simple an empty body is one line end, which is nothing that anybody could have added.
    found = judged(forge(header, l="0", c="relaxed/simple")).results[0]
    assert (found.status, found.reason, found.beyond_length) == ("pass", "verified", 0)
    assert verdict(forge(header, l="0", c="relaxed/simple") + b"EVIL\r\n") == ("policy", "beyond-length")
    assert verdict(forge(header, l="2", c="relaxed/simple")) == ("pass", "verified")


def test_two_from_fields_are_policy_though_the_signature_is_good() -> None:
    raw = b"From: Evil <evil@example.org>\r\n" + forge()
    assert verdict(raw) == ("policy", "several-from")
    assert verdict(b"FROM : Evil <evil@example.org>\r\n" + forge()) == ("policy", "several-from")
    assert verdict(forge().replace(b"\r\nTo:", b"\r\nfrom:evil@example.org\r\nTo:")) == ("fail", "signature")


def test_a_message_without_an_author_is_policy() -> None:
    raw = MESSAGE.replace(b"From:", b"X-From:")
    assert verdict(forge(raw)) == ("policy", "no-from")


@pytest.mark.filterwarnings("ignore:the RSA key")
def test_a_key_under_1024_bits_is_policy(short_key: bytes) -> None:
    assert verdict(forge(), short_key) == ("policy", "short-key")
    assert verdict(forge(key=rsa_key(1024)), rsa_key(1024)) == ("pass", "verified")


@pytest.fixture(scope="module")
def short_key() -> bytes:
    """Give a record with a key of 768 bits; only its size is looked at."""
    n = (1 << 767) + 0x10001
    return record(rsa_key(), p=b64encode(rsa_spki(n)).decode())


def rsa_spki(n: int, e: int = 65537) -> bytes:
    """Write an RSA public key as SubjectPublicKeyInfo."""

    def element(tag: int, octets: bytes) -> bytes:
        size = len(octets)
        length = bytes([size]) if size < 128 else b"\x82" + size.to_bytes(2, "big")
        return bytes([tag]) + length + octets

    def integer(value: int) -> bytes:
        return element(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))

    key = element(0x30, integer(n) + integer(e))
    algorithm = bytes.fromhex("300d06092a864886f70d0101010500")
    return element(0x30, algorithm + element(3, b"\0" + key))


@pytest.mark.filterwarnings("ignore:the RSA key")
def test_a_key_over_the_limit_is_policy() -> None:
    huge = record(rsa_key(), p=b64encode(rsa_spki((1 << 9000) + 0x10001)).decode())
    assert verdict(forge(), huge) == ("policy", "key-limit")
    assert verdict(forge(), policy=Policy(max_key_bits=2047)) == ("policy", "key-limit")


# -- what is wrong: permerror


@pytest.mark.parametrize("tag", ["v", "a", "d", "s", "h", "bh"])
def test_a_required_tag_that_is_missing_is_an_error(tag: str) -> None:
    raw = forge(**{tag: None})  # type: ignore[arg-type]  # tags are text
    assert verdict(raw) == ("permerror", "missing-tag")


def test_a_signature_without_b_is_an_error() -> None:
    raw = re.sub(rb"; b=[^\r]+", b"", forge())
    assert verdict(raw) == ("permerror", "missing-tag")


@pytest.mark.parametrize("tag", ["v", "a", "b", "bh", "d", "h", "s", "c", "l", "q", "t", "x", "i", "A"])
def test_the_case_of_a_tag_counts(tag: str) -> None:
    """A tag of another case is an unknown one, and what it should have said is missing or has its default."""
    raw = forge(**{tag.upper(): "1"})  # type: ignore[arg-type]  # tags are text
    assert verdict(raw) == ("pass", "verified")
    if tag in ("v", "a", "b", "bh", "d", "h", "s"):
        wrong = re.sub(rb"([ ;]) ?" + tag.encode() + b"=", rb"\1 " + tag.upper().encode() + b"=", forge(), count=1)
        assert verdict(wrong) == ("permerror", "missing-tag")


@pytest.mark.parametrize("tag", ["v", "a", "c", "d", "s", "t", "h", "bh", "zz"])
def test_a_tag_that_comes_twice_is_an_error(tag: str) -> None:
    raw = forge(zz="1")
    found = re.search(rb"[ ;]" + tag.encode() + rb"=([^;\r]+);", raw)
    assert found
    assert verdict(raw.replace(b"; b=", b"; %b=%b; b=" % (tag.encode(), found[1]))) == ("permerror", "duplicate-tag")
    assert verdict(raw.replace(b"; b=", b"; b=AAAA; b=")) == ("permerror", "duplicate-tag")


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw.replace(b"v=1;", b"v=1;;"),
        lambda raw: raw.replace(b"v=1;", b"v=1; nothing;"),
        lambda raw: raw.replace(b"v=1;", b"v=1; =1;"),
        lambda raw: raw.replace(b"v=1;", b"v=1; 9x=1;"),
        lambda raw: raw.replace(b"v=1;", b"v=1; a-b=1;"),
        lambda raw: raw.replace(b"v=1;", b"v=1, "),
        lambda raw: raw.replace(b" v=1;", b" ; v=1;"),
        lambda raw: raw.replace(b"v=1;", b"v=1; x\0=1;"),
        lambda raw: raw.replace(b"v=1;", b"v=1; n=\x01;"),
        lambda raw: raw.replace(b"v=1;", b"v=1; n=\xff;"),
        lambda raw: raw.replace(b" v=1;", b" (comment) v=1;"),
    ],
)
def test_what_is_no_tag_list_is_an_error(damage: Callable[[bytes], bytes]) -> None:
    assert verdict(damage(forge()))[0] in ("permerror", "neutral")
    assert not judged(damage(forge())).passed


@pytest.mark.parametrize("value", ["", " ", "=", "===", "A", "AA", "AAA", "AA=A", "A===", "*AAA", "AA==AA==", "AAAA%"])
@pytest.mark.parametrize("tag", ["b", "bh"])
def test_garbage_in_base64_is_an_error(tag: str, value: str) -> None:
    raw = forge(bh=value) if tag == "bh" else re.sub(rb"; b=[^\r]+", b"; b=" + value.encode(), forge())
    assert verdict(raw) == ("permerror", "tag-value")


@pytest.mark.parametrize("value", ["", "-1", "+5", "1.5", "0x10", "1_0", "\u0661", "1e3", "9" * 77, "x", "9" * 5000])
@pytest.mark.parametrize("tag", ["t", "x", "l"])
def test_a_number_that_is_none_is_an_error(tag: str, value: str) -> None:
    assert verdict(forge(**{tag: value})) == ("permerror", "tag-value")  # type: ignore[arg-type]  # tags are text


def test_white_space_inside_a_value_that_has_none_is_an_error() -> None:
    for tag, value in (
        ("t", "17 95"),
        ("x", f"{NOW + 5} 0"),
        ("l", "1 0"),
        ("a", "rsa- sha256"),
        ("c", "relaxed /relaxed"),
    ):
        assert verdict(forge(**{tag: value})) == ("permerror", "tag-value")  # type: ignore[arg-type]  # tags are text


def test_more_octets_than_the_body_has_are_an_error() -> None:
    for length in (str(OCTETS + 1), "99999", "9" * 76):
        assert verdict(forge(l=length)) == ("permerror", "length")


def test_an_expiry_that_is_not_after_the_signing_is_an_error() -> None:
    for x in (NOW - 60, NOW - 61, 0):
        assert verdict(forge(x=str(x))) == ("permerror", "times")


@pytest.mark.parametrize(
    ("h", "reason"),
    [
        ("to:subject", "from-unsigned"),
        ("x-from:to", "from-unsigned"),
        ("fromm", "from-unsigned"),
        ("", "tag-value"),
        ("from::to", "tag-value"),
        ("from:to:", "tag-value"),
        (":from", "tag-value"),
        (":", "tag-value"),
        ("from to", "tag-value"),
        ("fr om:to", "tag-value"),
        ("from,to", "from-unsigned"),
        ("from:t\u00f6", "tag-value"),
    ],
)
def test_a_list_of_names_that_is_none_or_leaves_from_out_is_an_error(h: str, reason: str) -> None:
    assert verdict(forge(h=h, signs="from")) == ("permerror", reason)


@pytest.mark.parametrize(
    "i",
    [
        "@other.example",
        "@xexample.com",
        "@evilexample.com",
        "@example.com.evil.org",
        "@com",
        "@.example.com",
        "@a..example.com",
        "@example.com.",
        "@example.co",
        "example.com",
        "ada",
        "",
        "@",
        "ada@",
        "@example.com@other.example",
        "ada=40example.com",
        "ada@example.com=2Eorg",
        "@-x.example.com",
        "@exa mple.org",
    ],
)
def test_an_identity_outside_the_domain_is_an_error(i: str) -> None:
    expected = ("pass", "verified") if i == "ada=40example.com" else ("permerror", "identity")
    assert verdict(forge(i=i)) == expected


@pytest.mark.parametrize(
    ("d", "s"),
    [
        ("", "s1"),
        ("example.com", ""),
        ("example.com.", "s1"),
        (".example.com", "s1"),
        ("example..com", "s1"),
        ("com", "s1"),
        ("exam ple.com", "s1"),
        ("exam\r\n ple.com", "s1"),
        ("example.com", "s 1"),
        ("example.com", "s1."),
        ("example.com", "-s1"),
        ("example.com", "s/1"),
        ("example.com", "s1@x"),
        ("[192.0.2.1]", "s1"),
        ("example.com", "x" * 64),
        (".".join(["a" * 60] * 5), "s1"),
        (".".join(["a" * 60] * 4), "s1." + "b" * 20),
    ],
)
def test_a_domain_or_selector_that_cannot_be_looked_up_is_an_error(d: str, s: str) -> None:
    raw = forge(d=d, s=s)
    assert verdict(raw) == ("permerror", "tag-value")
    assert queries(raw) == []


# -- the key record


@pytest.mark.parametrize(
    ("octets", "status", "reason"),
    [
        (b"", "permerror", "no-key"),
        (SPF, "permerror", "no-key"),
        (b"\0\xff garbage", "permerror", "no-key"),
        (b"v=DKIM1; k=rsa; p=", "permerror", "key-revoked"),
        (b"v=DKIM1; p=;", "permerror", "key-revoked"),
        (b"p=", "permerror", "key-revoked"),
        (b"v=DKIM1; k=rsa", "permerror", "key-syntax"),
        (b"v=DKIM1; k=rsa; p=*", "permerror", "key-syntax"),
        (b"v=DKIM1; k=rsa; p=AAAA; p=AAAA", "permerror", "key-syntax"),
        (b"v=DKIM1; k=rsa; nothing; p=AAAA", "permerror", "key-syntax"),
        (b"v=DKIM1; k=rsa; p=AAAA", "permerror", "key-unusable"),
        (b"v=DKIM1; p=" + b64encode(ed25519_key().public_octets), "permerror", "key-unusable"),
        (record(rsa_key(), v="DKIM2"), "permerror", "key-version"),
        (record(rsa_key(), v="dkim1"), "permerror", "key-version"),
        (record(rsa_key(), v=""), "permerror", "key-version"),
        (record(rsa_key(), v=None, more="v=DKIM1"), "permerror", "key-version"),
        (record(rsa_key(), k="ed25519"), "permerror", "key-type"),
        (record(rsa_key(), k="dsa"), "permerror", "key-type"),
        (record(rsa_key(), k="RSA"), "permerror", "key-type"),
        (record(rsa_key(), more="h=sha1"), "permerror", "key-hash"),
        (record(rsa_key(), more="h="), "permerror", "key-hash"),
        (record(rsa_key(), more="h=sha512:SHA256"), "permerror", "key-hash"),
        (record(rsa_key(), more="s=chat"), "permerror", "key-service"),
        (record(rsa_key(), more="s=tlsrpt"), "permerror", "key-service"),
        (record(rsa_key(), more="s=emails"), "permerror", "key-service"),
        (record(rsa_key()), "pass", "verified"),
        (record(rsa_key(), v=None), "pass", "verified"),
        (record(rsa_key()) + b";", "pass", "verified"),
        (record(rsa_key(), more="h=sha1:sha256"), "pass", "verified"),
        (record(rsa_key(), more="h=sha1 : sha256"), "pass", "verified"),
        (record(rsa_key(), more="s=*"), "pass", "verified"),
        (record(rsa_key(), more="s=chat:email"), "pass", "verified"),
        (record(rsa_key(), more="t=y:s"), "pass", "verified"),
        (record(rsa_key(), more="t=nothing:known"), "pass", "verified"),
        (record(rsa_key(), more="g=*; n=for =3B people; zz=1"), "pass", "verified"),
        (record(rsa_key()).replace(b"p=", b"p=\r\n "), "pass", "verified"),
    ],
)
def test_a_key_record_counts_or_says_why_not(octets: bytes, status: str, reason: str) -> None:
    assert verdict(forge(), octets) == (status, reason)


def test_no_record_at_all_is_an_error() -> None:
    nothing: list[bytes] = []
    assert verify(forge(), resolve=lambda _: nothing).results[0].reason == "no-key"


@pytest.mark.parametrize(
    ("octets", "reason"),
    [
        (record(ed25519_key(), k="rsa"), "key-type"),
        (b"v=DKIM1; p=" + b64encode(ed25519_key().public_octets), "key-type"),
        (record(rsa_key()), "key-type"),
        (record(ed25519_key(), p=b64encode(bytes(31)).decode()), "key-unusable"),
        (record(ed25519_key(), p=b64encode(bytes(33)).decode()), "key-unusable"),
        (
            record(ed25519_key(), p=b64encode(bytes.fromhex("302a300506032b6570032100") + bytes(32)).decode()),
            "key-unusable",
        ),
        (record(ed25519_key(), more="h=sha1"), "key-hash"),
    ],
)
def test_an_ed25519_key_is_32_octets_and_says_its_type(octets: bytes, reason: str) -> None:
    assert verdict(forge(key=ed25519_key()), octets) == ("permerror", reason)


def test_a_strict_key_takes_no_subdomain() -> None:
    strict = record(rsa_key(), more="t=s")
    assert verdict(forge(), strict) == ("pass", "verified")
    assert verdict(forge(i="ada@Example.com"), strict) == ("pass", "verified")
    assert verdict(forge(i="@sub.example.com"), strict) == ("permerror", "key-identity")
    assert verdict(forge(i="@sub.example.com"), record(rsa_key(), more="t=y: s")) == ("permerror", "key-identity")


def test_a_testing_key_changes_no_status() -> None:
    testing = record(rsa_key(), more="t=y")
    good, bad = judged(forge(), testing).results[0], judged(forge().replace(b"Hello", b"Hallo"), testing).results[0]
    assert (good.status, good.testing, texts(good)) == ("pass", True, ["testing"])
    assert (bad.status, bad.testing) == ("fail", True)


def test_of_several_records_each_key_record_is_tried() -> None:
    def answers(*records: bytes) -> Callable[[str], list[bytes]]:
        return lambda _: list(records)

    good, other, revoked = record(rsa_key()), record(rsa_key(number=1)), b"v=DKIM1; p="
    for records in ((SPF, good), (good, SPF), (other, good), (revoked, good), (b"v=DKIM2; p=AAAA", good), (b"", good)):
        assert verify(forge(), resolve=answers(*records), now=seconds()).passed
    assert verify(forge(), resolve=answers(SPF, other), now=seconds()).results[0].reason == "signature"
    assert verify(forge(), resolve=answers(SPF, revoked), now=seconds()).results[0].reason == "key-revoked"
    assert verify(forge(), resolve=answers(SPF, b"text"), now=seconds()).results[0].reason == "no-key"


def test_a_record_that_is_too_long_is_not_read() -> None:
    octets = record(rsa_key(), more="n=" + "x" * 5000)
    assert verdict(forge(), octets) == ("policy", "record-limit")
    assert verdict(forge(), octets, policy=Policy(max_record_octets=10_000)) == ("pass", "verified")


# -- looking up


def test_trouble_with_a_look_up_is_temporary() -> None:
    def fails(_: str) -> list[bytes]:
        message = "no answer in 5 s"
        raise TemporaryLookupError(message)

    result = verify(forge(), resolve=fails).results[0]
    assert (result.status, result.reason) == ("temperror", "lookup")
    assert "no answer in 5 s" in result.text


@pytest.mark.parametrize(
    "error", [OSError("gone"), KeyError("x"), RuntimeError("\x1b[31m\r\nred"), ZeroDivisionError()]
)
def test_whatever_a_resolver_raises_is_a_failed_look_up_with_its_reason(error: Exception) -> None:
    def fails(_: str) -> list[bytes]:
        raise error

    result = verify(forge(), resolve=fails).results[0]
    assert (result.status, result.reason) == ("temperror", "lookup")
    assert type(error).__name__ in result.text
    assert result.text.isprintable()


@pytest.mark.parametrize("answer", [b"v=DKIM1; p=", ["text"], [1], 7, [None]])
def test_an_answer_that_is_no_list_of_octets_is_a_failed_look_up(answer: object) -> None:
    result = verify(forge(), resolve=lambda _: answer).results[0]  # type: ignore[arg-type,return-value]  # the point
    assert (result.status, result.reason) == ("temperror", "lookup")


def test_a_mapping_that_does_not_know_the_name_has_no_record() -> None:
    known = {f"s1._domainkey.{DOMAIN}": [record(rsa_key())]}
    assert verify(forge(), resolve=known.get, now=seconds()).passed  # type: ignore[arg-type]  # None for none
    assert verify(forge(s="s9"), resolve=known.get).results[0].reason == "no-key"  # type: ignore[arg-type]  # likewise


def test_what_stops_the_program_is_not_swallowed() -> None:
    def stops(_: str) -> list[bytes]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verify(forge(), resolve=stops)


def test_each_name_is_looked_up_once_in_lower_case_a_labels() -> None:
    asked: list[str] = []

    def resolve(name: str) -> list[bytes]:
        asked.append(name)
        return [record(rsa_key())]

    raw = forge(forge(forge(d="EXAMPLE.Com", s="S1")), d="b\u00fccher.Example", s="S\u00e9l")
    results = verify(raw, resolve=resolve, now=seconds()).results
    assert asked == ["xn--sl-bja._domainkey.xn--bcher-kva.example", "s1._domainkey.example.com"]
    assert queries(raw) == asked
    assert [result.status for result in results] == ["pass"] * 3
    assert results[0].domain == "xn--bcher-kva.example"


def test_nothing_is_looked_up_for_a_field_that_cannot_pass() -> None:
    for raw in (forge(v="2"), forge(a="rsa-sha1"), forge(h="to"), forge(i="@example.org"), MESSAGE):
        assert queries(raw) == []


# -- what a result tells


def test_a_result_says_who_signed_what() -> None:
    raw = forge(h="from:to:subject:subject:received", i="Ada=20L@Sub.Example.COM")
    result = judged(raw).results[0]
    assert result.signature is not None
    assert (result.domain, result.selector, result.algorithm) == ("example.com", "s1", "rsa-sha256")
    assert result.identity == "Ada L@sub.example.com"
    assert result.covered == ("received", "from", "to", "subject")
    assert result.uncovered == ("received", "date", "message-id", "mime-version", "content-type")
    assert judged(forge()).results[0].identity == "@example.com"


def test_another_signature_is_a_field_like_others_and_the_own_one_is_none() -> None:
    first = forge()
    second = forge(first, h="from:dkim-signature", s="s1")
    result, inner = judged(second).results
    assert (result.status, inner.status) == ("pass", "pass")
    assert "dkim-signature" in result.covered
    assert "dkim-signature" not in result.uncovered
    assert "dkim-signature" in inner.uncovered
    assert judged(second.replace(b"t=%d" % (NOW - 60), b"t=%d" % (NOW - 61), 1)).results[1].status == "pass"
    both = forge(forge(first, h="from:dkim-signature:dkim-signature:dkim-signature"), h="from")
    assert [one.status for one in judged(both).results] == ["pass", "fail", "pass"]  # nobody was to add one


def test_fields_that_came_twice_are_warned_of() -> None:
    result = judged(b"Subject: other\r\n" + forge()).results[0]
    assert (result.status, texts(result)) == ("pass", ["repeated-field"])
    assert "subject" in result.covered
    assert "subject" in result.uncovered
    assert verdict(b"Subject: other\r\n" + forge(h="from:subject:subject")) == ("fail", "signature")


def test_a_signature_from_the_future_passes_with_a_warning() -> None:
    assert texts(judged(forge(t=str(NOW + 86_400))).results[0]) == ["future"]
    assert texts(judged(forge(t=str(NOW + 60))).results[0]) == []
    assert texts(judged(forge(t=str(NOW + 60)), policy=Policy(clock_slack=0)).results[0]) == ["future"]


def test_lf_is_read_as_crlf_where_there_is_no_crlf_with_a_warning() -> None:
    raw = forge().replace(b"\r\n", b"\n")
    result = judged(raw).results[0]
    assert (result.status, texts(result)) == ("pass", ["lf"])
    assert verdict(forge(c="simple/simple").replace(b"\r\n", b"\n")) == ("pass", "verified")
    assert texts(judged(forge()).results[0]) == []


def test_an_unsigned_message_has_one_result_that_says_so() -> None:
    for raw in (MESSAGE, b"", b"\r\n", b"\n\nbody", b"no header at all", b"DKIM-Signature", b"\0" * 50):
        found = judged(raw)
        assert [(result.status, result.reason, result.signature) for result in found.results] == [
            ("none", "unsigned", None)
        ]
        assert not found.passed
        assert found.trace == ()


# -- several signatures


def test_a_good_signature_is_not_masked_by_bad_ones() -> None:
    bad = [
        forge(b"X: y\r\n\r\n").partition(b"\r\nX: y")[0] + b"\r\n",
        b"DKIM-Signature: garbage\r\n",
        b"DKIM-Signature:\r\n",
        b"DKIM-Signature: v=1; a=rsa-sha3; d=example.com; s=s1; h=from; bh=AA==; b=AA==\r\n",
        b"DKIM-Signature: v=2\r\n",
    ]
    for field in bad:
        for raw in (field + forge(), forge(field + MESSAGE)):
            found = judged(raw)
            assert sorted(result.status for result in found.results)[1:] == ["pass"] or found.passed
            assert len(found.results) == 2


def test_two_algorithms_are_judged_each_by_its_key() -> None:
    raw = forge(forge(key=ed25519_key(), s="s2"), rsa_key())
    found = judged(raw, rsa_key(), ed25519_key())
    assert [(result.status, result.algorithm) for result in found.results] == [
        ("pass", "rsa-sha256"),
        ("pass", "ed25519-sha256"),
    ]
    broken = judged(raw.replace(b"Hello", b"Hallo"), rsa_key(), ed25519_key())
    assert [result.reason for result in broken.results] == ["body-hash"] * 2


def test_signatures_over_the_limit_are_not_looked_at() -> None:
    raw = forge()
    for _ in range(9):
        raw = forge(raw)
    found = judged(raw)
    assert [result.reason for result in found.results] == ["verified"] * 8 + ["signature-limit"] * 2
    assert len(judged(raw, policy=Policy(max_signatures=20)).results) == 10
    assert judged(raw, policy=Policy(max_signatures=20)).results[9].status == "pass"
    assert queries(raw, policy=Policy(max_signatures=0)) == []


def test_names_over_the_limit_are_policy() -> None:
    assert verdict(forge(h="from" + ":x" * 511)) == ("pass", "verified")
    assert verdict(forge(h="from" + ":x" * 512)) == ("policy", "name-limit")
    assert verdict(forge(h="from:to"), policy=Policy(max_names=1)) == ("policy", "name-limit")


# -- what the caller decides


def test_what_a_policy_allows_passes_with_a_warning(short_key: bytes) -> None:
    cases = {
        "expired": forge(t=str(NOW - 9), x=str(NOW - 5)),
        "beyond-length": forge(l="10"),
        "several-from": b"From: x@example.org\r\n" + forge(),
        "no-from": forge(MESSAGE.replace(b"From:", b"X-From:")),
    }
    for reason, raw in cases.items():
        assert verdict(raw) == ("policy", reason)
        result = judged_freely(raw, reason)
        assert (result.status, texts(result)) == ("pass", [reason])
    assert verdict(forge(), short_key, policy=Policy(allow=frozenset({"short-key"}))) == ("fail", "signature")


def judged_freely(raw: bytes, *reasons: str) -> Result:
    return verify(raw, resolve=zone(rsa_key()), now=seconds(), policy=Policy(allow=frozenset(reasons))).results[0]


def test_what_is_allowed_stands_beside_what_is_not() -> None:
    raw = b"From: x@example.org\r\n" + forge(l="10")
    assert judged_freely(raw, "beyond-length").reason == "several-from"
    assert judged_freely(raw, "several-from").reason == "beyond-length"
    assert texts(judged_freely(raw, "several-from", "beyond-length")) == ["beyond-length", "several-from"]


@pytest.mark.parametrize("reason", ["rsa-sha1", "signature", "body-hash", "no-key", "nonsense"])
def test_a_policy_allows_nothing_that_proves_nothing(reason: str) -> None:
    with pytest.raises(DkimError, match="a policy cannot allow"):
        Policy(allow=frozenset({reason}))


def test_require_gives_a_passing_signature_of_that_domain() -> None:
    found = judged(forge(forge(d="b\u00fccher.example"), d=DOMAIN))
    assert found.require().domain == DOMAIN
    assert found.require(domain="EXAMPLE.com") is found.results[0]
    with pytest.raises(VerificationError, match=r"no signature of 'b.*' passes: pass example\.com"):
        found.require(domain="b\u00fccher.example")
    assert found.require("example.com.") is found.results[0]
    for other in ("com", "sub.example.com", "xexample.com", "", ".", "example.com.."):
        with pytest.raises(VerificationError, match="no signature of"):
            found.require(domain=other)
    with pytest.raises(VerificationError, match="no signature passes: none: the message has no DKIM-Signature"):
        judged(MESSAGE).require()


def test_a_verification_has_no_truth_value() -> None:
    with pytest.raises(TypeError, match=r"use \.passed or \.require\(domain=\.\.\.\)"):
        bool(judged(forge()))


def test_a_message_a_delivery_and_octets_are_verified_alike() -> None:
    raw = forge()
    delivery = Delivery(Envelope("ada@example.com", ["grace@example.org"]), raw)
    for x in (raw, bytearray(raw), memoryview(raw), parse(raw), delivery):
        assert verify(x, resolve=zone(rsa_key()), now=seconds()).passed  # type: ignore[arg-type]  # any buffer
    built = Message(from_="ada@example.com", to="grace@example.org", text="Hello.")
    assert verify(built, resolve=zone()).results[0].reason == "unsigned"
    with pytest.raises(DkimError, match="not str"):
        verify(raw.decode(), resolve=zone())  # type: ignore[arg-type]  # the point


def test_now_is_aware() -> None:
    for moment in (5, None):
        with pytest.raises(DkimError, match=f"now gave {moment}; give an aware datetime"):
            verify(forge(), resolve=zone(), now=lambda: moment)  # type: ignore[arg-type, return-value]  # noqa: B023 - called in the same round
    with pytest.raises(DkimError, match="naive"):
        verify(forge(), resolve=zone(), now=lambda: datetime(2026, 11, 24))
    assert verify(forge(), resolve=zone(rsa_key()), now=lambda: datetime(2030, 1, 1, tzinfo=UTC)).passed


def test_verdicts_are_values_and_are_shown() -> None:
    first, second = judged(forge()), judged(forge())
    assert first.results == second.results
    assert hash(first.results[0]) == hash(second.results[0])
    assert repr(first) == (
        "<Verification pass example.com: the signature is good and covers this message (RFC 6376 6.1.3)>"
    )
    note = judged(forge(t=str(NOW + 1000))).results[0].warnings[0]
    assert str(note) == f"future: t={NOW + 1000} is 1000 seconds in the future"


def test_a_verification_and_a_diagnosis_cross_to_another_process() -> None:
    raw = forge(forge(forge(key=ed25519_key(), s="s2")).replace(b"Hello", b"Hallo"), v="2")
    keys = zone(rsa_key(), ed25519_key())
    found = verify(raw, resolve=keys, now=seconds())
    again = pickle.loads(pickle.dumps(found))
    assert (again.results, again.trace, again.passed) == (found.results, found.trace, found.passed)
    assert repr(again) == repr(found)
    assert len(pickle.dumps(again)) < len(pickle.dumps(raw)) + 20_000
    diagnosis = diagnose(raw, resolve=keys, now=seconds())
    other = pickle.loads(pickle.dumps(diagnosis))
    assert (str(other), other.causes) == (str(diagnosis), diagnosis.causes)


def test_the_tags_of_an_international_signature_are_shown() -> None:
    result = judged(forge(d="b\u00fccher.example")).results[0]
    assert result.signature is not None
    assert "d=b\u00fccher.example; " in str(result.signature.tags)
    assert result.signature.tags.compact("d") == "b\u00fccher.example"


def test_an_ed25519_key_of_small_order_verifies_nothing() -> None:
    identity = record(ed25519_key(), p=b64encode(b"\x01" + bytes(31)).decode())
    zeros = b64encode(b"\x01" + bytes(63)).decode()
    assert verdict(forge(key=ed25519_key(), b=zeros), identity) == ("permerror", "key-unusable")


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (["v=DKIM1; p="], "give bytes, not str, a list of them"),
        ("v=DKIM1; p=", "give bytes, not str, a list of them"),
        ("", "give bytes, not str, a list of them"),
        (b"v=DKIM1; p=", "give a list of bytes"),
        (5, "give a list of bytes"),
    ],
)
def test_a_resolver_that_gives_something_else_is_told_what_to_give(answer: object, sentence: str) -> None:
    result = verify(forge(), resolve=lambda _: answer, now=seconds()).results[0]  # type: ignore[arg-type, return-value]  # wrong on purpose
    assert (result.status, result.reason) == ("temperror", "lookup")
    assert sentence in result.text


def test_an_async_resolver_is_told_to_look_up_first() -> None:
    async def resolve(name: str) -> list[bytes]:
        return zone(rsa_key())(name)

    result = verify(forge(), resolve=resolve, now=seconds()).results[0]  # type: ignore[arg-type]  # the mistake
    assert (result.status, result.reason) == ("temperror", "lookup")
    assert "the resolver is async" in result.text


# -- what programs do not read alike


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda raw: b"X: y\rFrom: evil@e.test\r\n" + raw, "lone-cr"),
        (lambda raw: raw.replace(b"DKIM-Signature:", b"X: y\r\r\nDKIM-Signature:", 1), "lone-cr"),
        (lambda raw: b"From\r\n : evil@e.test\r\n" + raw, "junk-line"),
        (lambda raw: b"no field\r\n" + raw, "junk-line"),
        (lambda raw: raw.replace(b"\r\nFrom:", b"\r\nFrom evil\r\nFrom:"), "junk-line"),
        (lambda raw: raw.replace(b"\r\nReceived", b"\nReceived", 1), "lf"),
        (lambda raw: raw.partition(b"\r\n\r\n")[0].replace(b"\r\n", b"\n") + b"\n\n" + split(raw)[1], "lf"),
    ],
)
@pytest.mark.parametrize("h", [None, "from:from:to:subject:date"])
def test_a_header_that_programs_read_in_different_ways_is_warned_of(
    change: Callable[[bytes], bytes], code: str, h: str | None
) -> None:
    raw = forge(h=h) if h else forge()
    result = judged(change(raw)).results[0]
    assert (result.status, texts(result)) == ("pass", [code])
    assert texts(judged(raw).results[0]) == []
    assert texts(judged(b"Subject : obsolete, and read alike\r\n" + raw).results[0]) == ["repeated-field"]


# -- the trace


@pytest.mark.parametrize("c", ["relaxed/relaxed", "simple/simple", "relaxed/simple"])
def test_a_trace_holds_what_was_hashed(c: str) -> None:
    raw = forge(c=c, h="from:subject:cc:subject")
    trace = judged(raw).trace[0]
    fields, body = split(MESSAGE)
    form = relaxed_field if c.startswith("relaxed") else bytes
    assert trace.names == ("from", "subject", "cc", "subject")
    assert trace.fields == (form(fields[2]), form(fields[4]), None, None)
    assert trace.header_input.endswith(b" b=")
    assert trace.header_input.startswith(form(fields[2]) + b"\r\n")
    assert trace.body_octets == len(body)
    assert trace.canonical_octets == trace.hashed_octets == len(canonical_body(body, c.partition("/")[2]))
    assert trace.body_digest == trace.signed_body_digest
    assert (trace.query, trace.records) == ("s1._domainkey.example.com", (record(rsa_key()),))
    assert trace.result.status == "pass"


def test_a_trace_has_no_field_where_h_names_none() -> None:
    trace = judged(forge(h=None)).trace[0]
    assert (trace.names, trace.fields) == ((), ())


def test_a_selector_with_an_underscore_is_looked_up() -> None:
    """RFC 6376 3.1 has none of that kind, so nobody signs with one here; but there are such names in the DNS."""
    known = {"a_b._domainkey.example.com": [record(rsa_key())]}
    assert verify(forge(s="a_b"), resolve=lambda name: known.get(name, []), now=seconds()).passed


def test_a_trace_is_there_for_what_does_not_pass() -> None:
    found = judged(forge(forge(forge(l="5").replace(b"Hello", b"Hallo"), c="x/y"), v="2"))
    neutral, unknown, broken = found.trace
    assert neutral.names == unknown.names
    assert (unknown.fields, unknown.header_input, unknown.canonical_octets) == ((), b"", 0)
    assert (broken.hashed_octets, broken.body_digest == broken.signed_body_digest) == (5, False)
    assert found.trace is found.trace


# -- nothing raises


@given(st.binary(max_size=200), st.integers(0, 1200), st.integers(0, 20))
@example(b"\0", 20, 0)
@example(b"\xff\xfe", 40, 4)
@example(b"\r\n\r\n", 300, 2)
@example(b"=" * 200, 15, 100)
def test_a_damaged_message_raises_nothing(octets: bytes, at: int, size: int) -> None:
    raw = forge(forge(key=ed25519_key(), s="s2", i="@x.example.com", x=str(NOW + 9), l="10", z="From:x"))
    judged(raw[:at] + octets + raw[at + size :], rsa_key(), ed25519_key())


@given(
    st.lists(
        st.sampled_from(
            [
                b"DKIM-Signature:",
                b"From:",
                b"v=1;",
                b"b=",
                b";",
                b"\r\n",
                b"\n",
                b"\r",
                b" ",
                b"h=from",
                b"\0",
                b"\xc3\xa9",
                b"=",
            ]
        ),
        max_size=40,
    ).map(b"".join)
)
def test_anything_that_looks_like_a_signature_raises_nothing(raw: bytes) -> None:
    judged(raw)


@given(
    st.binary(max_size=300)
    | st.lists(
        st.sampled_from([b"v=DKIM1", b"k=rsa", b"k=ed25519", b"p=", b"p=AAAA", b";", b"t=s", b"h=", b"\xff", b"s=*"]),
        max_size=9,
    ).map(b";".join)
)
def test_a_hostile_record_raises_nothing(octets: bytes) -> None:
    assert not judged(forge(), octets).passed


@given(st.binary(min_size=0, max_size=80), st.integers(0, 290))
def test_a_hostile_key_raises_nothing(octets: bytes, at: int) -> None:
    der = rsa_key().public_octets
    changed = der[:at] + octets + der[at + len(octets) :]
    found = judged(forge(), record(rsa_key(), p=b64encode(changed).decode()))
    assert found.passed == (changed == der) or found.results[0].status in ("pass", "permerror", "policy", "fail")


@given(st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n", b"\r", b"\n", b"\x0b"]), max_size=30).map(b"".join))
def test_a_body_is_judged_by_the_letter_of_the_rfc(body: bytes) -> None:
    """The reference canonicalises line by line; a body that is signed by it passes."""
    header = MESSAGE[: MESSAGE.index(b"\r\n\r\n") + 4]
    for c in ("relaxed/relaxed", "relaxed/simple"):
        assert canonical.body(body, c.partition("/")[2]) == canonical_body(body, c.partition("/")[2])
        assert verdict(forge(header + body, ed25519_key(), c=c), ed25519_key()) == ("pass", "verified")


# -- what a relay may do


def relays(raw: bytes) -> Iterable[bytes]:
    """Yield what relays make of a message without meaning any change."""
    yield b"Received: from d by e; now\r\nReturn-Path: <ada@example.com>\r\n" + raw
    yield raw.replace(b"Subject: ", b"SUBJECT:")
    yield raw.replace(b"Subject: ", b"Subject:  \t ")
    yield raw.replace(b"for\t the\r\n  quarter", b"for the\r\n\tquarter")
    yield raw.replace(b"for\t the\r\n  quarter", b"for the quarter")
    yield raw.replace(b"Hello  Grace", b"Hello \t Grace")
    yield raw.replace(b"Ada\r\n\r\n\r\n", b"Ada  \t\r\n\r\n\r\n\r\n\r\n")
    yield raw.replace(b"Ada\r\n\r\n\r\n", b"Ada\r\n")


@pytest.mark.parametrize("key", [rsa_key(), ed25519_key()], ids=["rsa", "ed25519"])
def test_relaxed_survives_what_relays_do(key: SigningKey) -> None:
    raw = forge(key=key)
    changed = list(relays(raw))
    assert len(set(changed)) == len(changed)
    for one in changed:
        assert verdict(one, key) == ("pass", "verified")
