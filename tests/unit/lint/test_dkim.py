"""Rules of family D: signatures, what they cover, whose they are."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimekit import Envelope, Message, dkim, lint
from mimekit.errors import TemporaryLookupError
from mimekit.finding import Finding
from mimekit.lint import examples
from mimekit.lint.signed import record_of

KEY = dkim.SigningKey.load(bytes(range(32)))
NAME = "s2026._domainkey.shop.example"
RECORDS = {NAME: dkim.txt_record(KEY)}
NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
CONTEXT = lint.Context(now=lambda: NOW)
BASE, _ = examples.example("X-Campaign: autumn")


def signer(**given: object) -> dkim.Signer:
    return dkim.Signer("shop.example", selector="s2026", key=KEY, now=lambda: NOW, **given)  # type: ignore[arg-type]  # options of several types


def found(octets: bytes | Message, context: lint.Context = CONTEXT, *, select: str | list[str] = "D") -> list[Finding]:
    return lint.check(octets, select=select, context=context)


def codes(octets: bytes | Message, context: lint.Context = CONTEXT, *, select: str | list[str] = "D") -> list[str]:
    return [one.code for one in found(octets, context, select=select)]


def headed(*lines: bytes) -> bytes:
    return b"".join([line + b"\r\n" for line in lines]) + BASE


def test_what_is_signed_here_is_clean_in_every_profile() -> None:
    context = CONTEXT.changed(keys=RECORDS)
    assert codes(signer().sign(BASE), context) == []
    assert codes(signer(expires=3600).sign(BASE), context) == []


def test_what_is_signed_for_ses_is_clean_there() -> None:
    made = dkim.for_ses("shop.example", selector="s2026", key=dkim.generate_key()).sign(BASE)
    assert codes(made, CONTEXT.changed(options={"ses": True}, now=None)) == []
    assert "D012" in codes(made, CONTEXT.changed(now=None))


def test_a_signature_over_what_ses_replaces_is_told_for_ses_alone() -> None:
    made = signer().sign(BASE)
    (one,) = found(made, CONTEXT.changed(options={"ses": True}), select="D015")
    assert "date" in one.message
    assert "message-id" in one.message
    assert found(made, CONTEXT.changed(ses_call={}), select="D015") == [one]
    assert found(made, select="D015") == []


def test_the_place_is_the_value_of_the_tag() -> None:
    made = signer().sign(BASE).replace(b"order 10482 has", b"order 10483 has")
    (one,) = found(made, select="D003")
    assert made[one.start : one.end].startswith(b"bh="[3:]) and made[: one.start].endswith(b"bh=")  # noqa: PT018 - one place


@pytest.mark.parametrize("line_end", [b"\r\n", b"\n"])
def test_a_body_with_lf_line_ends_is_hashed_as_it_is_sent(line_end: bytes) -> None:
    made = signer().sign(BASE)
    assert codes(made.replace(b"\r\n", line_end), select="D003") == []


def test_a_body_may_be_longer_than_its_length_tag_and_not_shorter() -> None:
    head = b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s; h=from; b=AAAA;\r\n "
    digest = b"bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; "
    assert codes(head + digest + b"l=0\r\n" + BASE, select=["D003", "D008"]) == ["D008"]
    assert codes(head + digest + b"l=9\r\n" + BASE, select=["D003", "D008"]) == ["D003", "D008"]


def test_a_key_is_needed_to_verify() -> None:
    broken = signer().sign(BASE).replace(b"Your order", b"Your ordre")
    assert codes(broken, select="D004") == []
    assert codes(broken, CONTEXT.changed(keys={}), select="D004") == []
    assert codes(broken, CONTEXT.changed(keys=RECORDS), select="D004") == ["D004"]
    assert codes(broken, CONTEXT.changed(resolve=lambda _: [RECORDS[NAME].encode()]), select="D004") == ["D004"]


def test_a_key_that_is_not_found_is_told_and_one_that_could_not_be_looked_up_is_not() -> None:
    def fails(_: str) -> list[bytes]:
        message = "no answer"
        raise TemporaryLookupError(message)

    made = signer().sign(BASE)
    assert codes(made, CONTEXT.changed(resolve=lambda _: []), select="D004") == ["D004"]
    assert codes(made, CONTEXT.changed(resolve=fails), select="D004") == []


def test_a_key_may_be_given_in_any_of_its_forms() -> None:
    text = RECORDS[NAME]
    bare = text.partition("p=")[2]
    assert record_of(text) == record_of(text.encode()) == text.encode()
    assert record_of(bare) == text.encode()
    made = signer().sign(BASE)
    for given_key in (text, text.encode(), bare):
        assert codes(made, CONTEXT.changed(keys={NAME.upper() + ".": given_key}), select="D004") == []


def test_a_public_key_in_pem_is_a_record() -> None:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519

    public = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32))).public_key()
    pem = public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert record_of(pem) == RECORDS[NAME].encode()


def test_a_short_key_is_a_warning_from_1024_bits_on() -> None:
    octets, context = examples.MAKERS["dkim_signed"]("short")
    (one,) = found(octets, context, select="D007")
    assert one.severity == "warning"


def test_the_clock_does_not_count_for_what_was_received() -> None:
    made = signer(expires=60).sign(BASE)
    later = CONTEXT.changed(now=lambda: datetime(2027, 1, 1, tzinfo=UTC))
    assert codes(made, later, select="D009") == ["D009"]
    assert codes(made, later.changed(options={"received": True}), select="D009") == []
    earlier = CONTEXT.changed(now=lambda: datetime(2026, 11, 24, 3, 59, tzinfo=UTC))
    assert codes(made, earlier, select="D009") == []
    assert codes(made, CONTEXT.changed(now=lambda: datetime(2026, 11, 23, tzinfo=UTC)), select="D009") == ["D009"]


@pytest.mark.parametrize(
    ("domain", "options", "expected"),
    [
        ("shop.example", {}, []),
        ("news.shop.example", {}, []),
        ("news.shop.example", {"dkim-alignment": "strict"}, ["D010"]),
        ("shop.example", {"dkim-alignment": "strict"}, []),
        ("example", {}, ["D010"]),
        ("notshop.example", {}, ["D010"]),
    ],
)
def test_alignment(domain: str, options: dict[str, object], expected: list[str]) -> None:
    octets = headed(b"DKIM-Signature: v=1; d=" + domain.encode() + b"; s=s; h=from")
    assert codes(octets, CONTEXT.changed(options=options), select="D010") == expected


def test_one_aligned_signature_of_several_is_enough() -> None:
    octets = headed(b"DKIM-Signature: v=1; d=mailer.example; s=s", b"DKIM-Signature: v=1; d=shop.example; s=s")
    assert codes(octets, select="D010") == []


def test_what_one_signature_covers_no_other_has_to() -> None:
    octets = headed(
        b"DKIM-Signature: v=1; d=a.example; s=s; h=from:to:subject:date",
        b"DKIM-Signature: v=1; d=b.example; s=s; h=from:message-id:mime-version:content-type",
    )
    assert codes(octets, select="D012") == []


def test_mail_from_is_compared_by_organisation() -> None:
    def of(mail_from: str, octets: bytes = BASE) -> list[tuple[str, str]]:
        context = CONTEXT.changed(envelope=Envelope(mail_from, ["john@customer.example"]))
        return [(one.code, one.severity) for one in found(octets, context, select="D020")]

    assert of("bounce@mail.shop.example") == []
    assert of("") == []
    assert of("bounce@mailer.example") == [("D020", "warning")]
    assert of("bounce@mailer.example", signer().sign(BASE)) == [("D020", "info")]


def arc(number: int, cv: str) -> bytes:
    return (
        f"ARC-Seal: i={number}; cv={cv}; d=r.example; s=s; b=AAAA\r\n"
        f"ARC-Message-Signature: i={number}; d=r.example; s=s; h=from; bh=AAAA; b=AAAA\r\n"
        f"ARC-Authentication-Results: i={number}; r.example; dkim=pass\r\n"
    ).encode()


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        ([(1, "none")], 0),
        ([(2, "pass"), (1, "none")], 0),
        ([(2, "fail"), (1, "none")], 0),
        ([(3, "pass"), (2, "fail"), (1, "none")], 1),
        ([(1, "pass")], 1),
        ([(2, "none"), (1, "none")], 1),
        ([(2, "pass")], 3),
        ([(1, "none"), (1, "none")], 3),
        ([(0, "none")], 3),
        ([(51, "pass"), *[(number, "pass") for number in range(50, 1, -1)], (1, "none")], 1),
    ],
)
def test_arc_chains(sets: list[tuple[int, str]], expected: int) -> None:
    octets = b"".join([arc(*one) for one in sets]) + BASE
    assert codes(octets, select="D022") == ["D022"] * expected


def test_an_arc_set_without_one_of_its_fields_is_told() -> None:
    lines = arc(1, "none").split(b"\r\n")[:-1]
    for left_out in range(3):
        octets = headed(*[line for number, line in enumerate(lines) if number != left_out])
        assert codes(octets, select="D022") == ["D022"]


def test_quotes_and_parentheses_in_a_domain_are_told() -> None:
    for domain in (
        b"legit.test'a.evil.test",
        b"a.test(b",
        b'a.test"',
        b"a..test",
        b"test",
        b"-a.test",
        b"a" * 64 + b".test",
    ):
        octets = headed(b"DKIM-Signature: v=1; a=rsa-sha256; d=" + domain + b"; s=s; h=from; bh=AAAA; b=AAAA")
        assert codes(octets, select="D018") == ["D018"], domain
    assert codes(headed("DKIM-Signature: d=b\u00fccher.example; s=s".encode()), select="D018") == []


def test_many_signatures_cost_no_more_than_their_octets() -> None:
    lines = [b"DKIM-Signature: v=1; d=a%d.example; s=s; h=from; l=%d; bh=AAAA" % (n, n) for n in range(3000)]
    octets = headed(*lines) + b"x" * 100_000
    assert "L022" not in [one.code for one in found(octets, select=["D", "L022"])]


HOSTILE = st.lists(
    st.sampled_from(
        [b"v=1", b"v=2", b"a=rsa-sha256", b"a=rsa-sha1", b"d=shop.example", b"d=\xc3\xbc", b"s=s", b"s=\x00", b"h=from",
         b"h=from:to", b"h=", b"bh=AAAA", b"b=AAAA", b"i=@x", b"i=x", b"l=1", b"l=-1", b"t=1", b"x=0", b"c=simple",
         b"c=x/y", b"q=x", b"=", b"", b"i=1", b"i=99999999999", b"cv=none", b"\xff", b"z=a|b"]
    ),
    max_size=14,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([b"DKIM-Signature", b"ARC-Seal", b"ARC-Message-Signature"]), HOSTILE), max_size=4
    )
)
def test_no_tags_make_a_rule_crash(fields: list[tuple[bytes, list[bytes]]]) -> None:
    octets = headed(*[name + b": " + b"; ".join(tags) for name, tags in fields])
    context = CONTEXT.changed(keys=RECORDS, envelope=Envelope("a@b.example", ["c@d.example"]))
    for one in found(octets, context, select=["D", "L022"]):
        assert one.code != "L022"
        assert 0 <= one.start <= one.end <= len(octets)
