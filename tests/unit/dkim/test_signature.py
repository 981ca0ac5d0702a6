"""The DKIM-Signature field: reading without failing, and writing in a final form."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.dkim.canonical import relaxed_field
from mimekit.dkim.signature import Signature, closing, finish, opening, quoted, without_b

GOOD = "v=1; a=rsa-sha256; c=relaxed/simple; d=example.com; s=x; h=From : To; bh=AAAA; b=AAAA"


def reads(text: str | bytes) -> Signature:
    """Parse a field body, having checked that no cut of it raises."""
    raw = text if isinstance(text, bytes) else text.encode()
    for cut in range(len(raw)):
        Signature.parse(raw[:cut])
    return Signature.parse(raw)


def reasons(text: str | bytes) -> list[str]:
    return [problem.reason for problem in reads(text).problems]


def with_tag(tag: str) -> str:
    """Give the good field with one tag put in place of its own, or added."""
    name = tag.partition("=")[0]
    kept = [one for one in GOOD.split("; ") if not one.startswith(f"{name}=")]
    return "; ".join([*kept, tag])


def test_every_tag_is_read() -> None:
    signature = reads(
        "v=1; a=ed25519-sha256; c=relaxed; d=example.com; s=a.b; t=1795500000; x=1795600000; l=12; q=x:dns/txt; "
        "i=j=40d=3B@sub.example.com; h=From\r\n : To:; z=From:a=20b|To:=7C; bh=AA\r\n AA; b=AQ\r\n ID"
    )
    assert (signature.v, signature.a, signature.d, signature.s) == ("1", "ed25519-sha256", "example.com", "a.b")
    assert (signature.c, signature.t, signature.x, signature.l) == (("relaxed", "simple"), 1795500000, 1795600000, 12)
    assert (signature.q, signature.i) == (("x", "dns/txt"), "j@d;@sub.example.com")
    assert (signature.bh, signature.b) == (bytes(3), b"\x01\x02\x03")
    assert signature.z == (b"From:a b", b"To:|")
    assert [problem.reason for problem in signature.problems] == ["tag-value"]  # h= ends in a colon
    assert signature.h == ("From", "To")


def test_what_is_absent_has_its_default() -> None:
    signature = reads(with_tag("c=simple").replace("; c=simple", ""))
    assert (signature.c, signature.q, signature.i) == (("simple", "simple"), ("dns/txt",), "@example.com")
    assert (signature.t, signature.x, signature.l, signature.z) == (None, None, None, ())
    assert signature.problems == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (with_tag("x"), "tag-list"),
        (GOOD + ";;", "tag-list"),
        (GOOD + "; d=example.org", "duplicate-tag"),
        (with_tag("v=2"), "version"),
        (with_tag("V=1"), None),
        (with_tag("a=rsa-md5"), "algorithm"),
        (with_tag("a=rsa-sha1"), "rsa-sha1"),
        (with_tag("c=nofws/simple"), "canonicalization"),
        (with_tag("c=RELAXED"), "canonicalization"),
        (with_tag("q=http"), "query-method"),
        (with_tag("h=to"), "from-unsigned"),
        (with_tag("h=from::to"), "tag-value"),
        (with_tag("b="), "tag-value"),
        (with_tag("b=AAA"), "tag-value"),
        (with_tag("bh=A!AA"), "tag-value"),
        (with_tag("d="), "tag-value"),
        (with_tag("t=1e5"), "tag-value"),
        (with_tag("t=" + "1" * 13), "tag-value"),
        (with_tag("l=-1"), "tag-value"),
        (with_tag("l=" + "1" * 77), "tag-value"),
        (with_tag("t=10; x=10"), "times"),
        (with_tag("t=10; x=11"), None),
        (with_tag("i=example.com"), "identity"),
        (with_tag("i=@example.org"), "identity"),
        (with_tag("i=@evil-example.com"), "identity"),
        (with_tag("i=@SUB.Example.com"), None),
    ],
)
def test_what_is_wrong_is_named(text: str, reason: str | None) -> None:
    assert reasons(text) == ([] if reason is None else [reason])


@pytest.mark.parametrize("name", ["v", "a", "b", "bh", "d", "h", "s"])
def test_a_required_tag_that_is_absent_is_missing(name: str) -> None:
    text = "; ".join([tag for tag in GOOD.split("; ") if not tag.startswith(f"{name}=")])
    assert reasons(text)[0] == "missing-tag"


@given(
    st.binary()
    | st.lists(st.sampled_from([*GOOD.encode().split(b" "), b";", b"=", b"\xc3\xa9", b"\xff"])).map(b"".join)
)
def test_no_octets_make_reading_raise(raw: bytes) -> None:
    reads(raw)


def test_pitfall_26_an_internationalised_field_has_utf8_in_domain_selector_and_identity() -> None:
    signature = reads(with_tag("d=b\u00fccher.example; i=\u00fc@b\u00fccher.example").replace("d=example.com; ", ""))
    assert (signature.d, signature.i, signature.problems) == ("b\u00fccher.example", "\u00fc@b\u00fccher.example", ())
    assert reasons(with_tag("a=\u00fc")) == ["tag-value", "tag-value"]
    assert "tag-list" in reasons(b"v=1; d=b\xfccher.example")


# -- b= deleted


@pytest.mark.parametrize(
    ("line", "bare"),
    [
        (b"DKIM-Signature: v=1; b=AB\r\n CD; bh=b=; t=1", b"DKIM-Signature: v=1; b=; bh=b=; t=1"),
        (b"DKIM-Signature:b=AB", b"DKIM-Signature:b="),
        (b"X: bh=AB; s=b=C; b\r\n = \tA ;d=e", b"X: bh=AB; s=b=C; b\r\n =;d=e"),
        (b"X: v=1; b=A=\r\n\t", b"X: v=1; b="),
        (b"X: v=1; B=A; xb=A", b"X: v=1; B=A; xb=A"),
        (b"X: z=a:b=1|c; b=A", b"X: z=a:b=1|c; b="),
    ],
)
def test_pitfall_05_the_value_of_b_alone_is_deleted(line: bytes, bare: bytes) -> None:
    assert without_b(line) == bare


# -- writing


names = st.lists(st.text("abcdefgh-XYZ", min_size=1, max_size=40).map(str.encode), min_size=1, max_size=40)
copies = st.lists(st.binary(max_size=200).map(b"Subject: ".__add__), max_size=3)


@given(names, copies, st.integers(0, 10**11), st.sampled_from([None, "a;b|c@example.com", "@sub.example.com"]))
def test_pitfall_06_and_07_a_field_is_folded_before_it_is_hashed_and_never_again(
    listed: list[bytes], copied: list[bytes], time: int, identity: str | None
) -> None:
    opened = opening(
        algorithm="rsa-sha256", canonicalization="relaxed/relaxed", domain="example.com", selector="s" * 63,
        identity=identity, query="dns/txt", names=listed,
    )  # fmt: skip
    digest = sha256(b"x").digest()
    closed = closing(digest, timestamp=time, expiration=time + 9, copies=copied)
    field = finish(opened + closed, bytes(range(256)))
    assert without_b(field[:-2]) == opened + closed
    assert relaxed_field(opened + closed) == relaxed_field(opened) + closed.replace(b"\r\n ", b" ")
    lines = field.split(b"\r\n")
    assert lines.pop() == b""
    assert max(map(len, lines)) <= 78
    assert all([line[:1] == b" " and line.strip() for line in lines[1:]])
    assert b"\r\n b=" in field
    signature = Signature.parse(field.partition(b":")[2][:-2])
    assert signature.h == tuple([name.decode() for name in listed])
    assert (signature.bh, signature.b) == (digest, bytes(range(256)))
    assert (signature.t, signature.x, signature.z) == (time, time + 9, tuple(copied))
    assert {problem.reason for problem in signature.problems} <= {"from-unsigned"}
    for tag in ("d", "s", "bh"):
        assert b" " not in signature.tags[tag]


@given(st.binary())
def test_quoted_octets_are_safe_in_any_tag(octets: bytes) -> None:
    made = quoted(octets)
    assert made.isascii()
    assert not {*made} & {*b"; \t\r\n|"}
    assert Signature.parse(b"z=" + made).z == (octets,)
