"""Trace fields: RFC 5321 4.4."""

from __future__ import annotations

import pickle
from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.errors import HeaderError
from mimekit.headers.address import Mailbox
from mimekit.headers.dates import UNKNOWN_ZONE
from mimekit.headers.trace import Received, ReturnPath
from mimekit.wire.fold import fold

if TYPE_CHECKING:
    from mimekit.defects import Flaw

NEW_YEAR = datetime(2026, 1, 1, tzinfo=timezone.utc)  # noqa: UP017 - as everywhere in these tests


def read(raw: bytes) -> tuple[Received, list[str]]:
    """Parse *raw*, having checked what must hold for any octets; give the value and the codes."""
    flaws: list[Flaw] = []
    value = Received.parse(raw, flaws)
    assert Received.parse(raw) == value
    assert all(0 <= start <= end <= len(raw) for _, start, end, _ in flaws)
    assert value.date is not None or flaws
    for cut in range(min(len(raw), 60)):
        Received.parse(raw[:cut], [])
    return value, [code for code, _, _, _ in flaws]


@pytest.mark.parametrize(
    ("raw", "clauses"),
    [
        pytest.param(
            b" from x.y.test\r\n  by example.net\r\n  via TCP\r\n  with ESMTP\r\n  id ABC12345\r\n"
            b"  for <mary@example.net>;  1 Jan 2026 00:00:00 +0000",
            (
                ("from", "x.y.test"),
                ("by", "example.net"),
                ("via", "TCP"),
                ("with", "ESMTP"),
                ("id", "ABC12345"),
                ("for", "<mary@example.net>"),
            ),
            id="RFC 5322 A.4",
        ),
        pytest.param(
            b"from a (HELO b; by c) (192.0.2.1)\tby d (8.1/8.2)  with LMTP; 1 Jan 2026 00:00:00 +0000 (UTC; by clock)",
            (("from", "a (HELO b; by c) (192.0.2.1)"), ("by", "d (8.1/8.2)"), ("with", "LMTP")),
            id="comments are kept and hide what is in them",
        ),
        pytest.param(
            b"(qmail 1 invoked by uid 0); 1 Jan 2026 00:00:00 +0000", (("", "(qmail 1 invoked by uid 0)"),), id="qmail"
        ),
        pytest.param(
            b'from "a;b by c" (x)by d; 1 Jan 2026 00:00:00 +0000',
            (("from", '"a;b by c" (x)'), ("by", "d")),
            id="quotes",
        ),
        pytest.param(
            b"FROM by.example.by By with.id; 1 Jan 2026 00:00:00 +0000",
            (("from", "by.example.by"), ("by", "with.id")),
            id="keywords in any case, alone",
        ),
        pytest.param(
            b"from a; b by c; 1 Jan 2026 00:00:00 +0000",
            (("from", "a; b"), ("by", "c")),
            id="the last semicolon counts",
        ),
        pytest.param(b"from by a id; 1 Jan 2026 00:00:00 +0000", (("from", ""), ("by", "a"), ("id", "")), id="empty"),
        pytest.param(b"; 1 Jan 2026 00:00:00 +0000", (), id="no clauses"),
    ],
)
def test_a_hop_is_read_without_a_flaw(raw: bytes, clauses: tuple[tuple[str, str], ...]) -> None:
    assert read(raw) == (Received(clauses, NEW_YEAR), [])


@pytest.mark.parametrize(
    ("raw", "clauses", "codes"),
    [
        pytest.param(b"from a by b", (("from", "a"), ("by", "b")), ["H201"], id="no time"),
        pytest.param(b"from a by b; yesterday", (("from", "a"), ("by", "b")), ["H201"], id="no time that can be read"),
        pytest.param(b"by b; 31 Feb 2026 00:00:00 +0000", (("by", "b"),), ["H205"], id="no such day"),
        pytest.param(b"by b; " + b"x" * 300, (("by", "b"),), ["L011"], id="a long time"),
        pytest.param(b"", (), ["H201"], id="nothing"),
        pytest.param(b"(from a by b", (("", "(from a"), ("by", "b")), ["H201"], id="no end of a comment"),
    ],
)
def test_a_damaged_hop_is_read_and_flagged(raw: bytes, clauses: tuple[tuple[str, str], ...], codes: list[str]) -> None:
    value, found = read(raw)
    assert (value.clauses, value.date, found) == (clauses, None, codes)


def test_flaws_of_the_time_say_where_it_stands() -> None:
    flaws: list[Flaw] = []
    raw = b" by b; yesterday "
    Received.parse(raw, flaws)
    assert [raw[start:end] for _, start, end, _ in flaws] == [b"yesterday"]


def test_comments_nested_too_deep_are_flagged() -> None:
    assert read(b"by b " + b"(" * 17 + b")" * 17 + b"; 1 Jan 2026 00:00:00 +0000")[1] == ["L009"]


def test_an_unknown_zone_stays_unknown() -> None:
    value, _ = read(b"by b; 1 Jan 2026 00:00:00 -0000")
    assert value.date is not None
    assert value.date.tzinfo is UNKNOWN_ZONE
    assert value.encode() == b"by b; Thu, 01 Jan 2026 00:00:00 -0000"


def test_raw_octets_are_read_in_the_fallback_charset() -> None:
    assert Received.parse(b"by \xd4\xc5\xc3;", charset="koi8-r").get("by") == "\u0442\u0435\u0446"


@given(st.binary(max_size=60) | st.text('fromby ;()"\\<>@1:\r\n', max_size=60).map(str.encode))
def test_reading_never_raises(raw: bytes) -> None:
    read(raw)
    flaws: list[Flaw] = []
    path = ReturnPath.parse(raw, flaws)
    assert ReturnPath.parse(raw) == path
    assert path is not None or flaws


words = st.text("ab.<>@1-", min_size=1, max_size=12) | st.sampled_from(["[192.0.2.1]", '"a; by"'])
comments = st.text("ab ;by", max_size=12).map("({})".format)
values = st.lists(words | comments, min_size=1, max_size=4).map(" ".join)
moments = st.datetimes(min_value=datetime(1900, 1, 1), timezones=st.just(timezone(timedelta(hours=1))))


@given(st.lists(st.tuples(st.sampled_from(["from", "by", "with", "id", "for"]), values), min_size=1), moments)
def test_what_is_written_is_read_back_equal(clauses: list[tuple[str, str]], moment: datetime) -> None:
    try:
        value = Received.of(clauses, moment)
    except HeaderError:  # a word happened to be a keyword
        assert any(word == "by" for _, text in clauses for word in text.split())
        return
    assert read(value.encode()) == (value, [])
    assert read(fold(b"Received", value.pieces()).partition(b":")[2]) == (value, [])


@pytest.mark.parametrize(
    "clauses",
    [
        {},
        {"by": ""},
        {"by": " "},
        {"": "a"},
        {"to": "a"},
        {"By": "a"},
        {"by": "a;b"},
        {"by": "a by b"},
        {"by": "a (b"},
        {"by": "a) b"},
        {"by": "[a", "for": "b]"},
        {"by": 'a "b'},
        {"by": "a\r\nBcc: b"},
        {"by": "\ud800"},
        {"\ud800": "a"},
    ],
)
def test_what_would_be_read_as_something_else_raises(clauses: dict[str, str]) -> None:
    with pytest.raises(HeaderError, match="Received"):
        Received.of(clauses, NEW_YEAR)


def test_a_hop_needs_a_time_with_a_zone() -> None:
    with pytest.raises(HeaderError, match="tzinfo"):
        Received.of({"by": "a"}, datetime(2026, 1, 1))


def test_a_hop_that_is_not_ascii_needs_utf8() -> None:
    value = Received.of({"by": "b\u00fccher.example"}, NEW_YEAR)
    assert Received.parse(value.encode(utf8=True)) == value
    with pytest.raises(HeaderError, match="smtputf8"):
        value.encode()


@pytest.mark.parametrize("char", ["\u00a0", "\x85", "\u2028", "\u3000"])
def test_white_space_of_unicode_is_a_character_like_others(char: str) -> None:
    value = Received.of({"by": f"a \t (x{char}y)"}, NEW_YEAR)
    assert value.get("by") == f"a (x{char}y)"
    assert Received.parse(value.encode(utf8=True)) == value


def test_a_hop_is_a_value() -> None:
    value = Received.of({"by": "a  (x)", "with": "ESMTP"}, NEW_YEAR.replace(microsecond=7))
    assert pickle.loads(pickle.dumps(value)) == value
    assert (value.get("by"), value.get("from"), value.date) == ("a (x)", None, NEW_YEAR)
    assert str(value) == "by a (x) with ESMTP; Thu, 01 Jan 2026 00:00:00 +0000"


# -------------------------------------------------------------------------------------------------------- Return-Path


def read_path(raw: bytes) -> tuple[ReturnPath | None, list[str]]:
    """Parse *raw* with and without flaws; give the value and the codes."""
    flaws: list[Flaw] = []
    value = ReturnPath.parse(raw, flaws)
    assert ReturnPath.parse(raw) == value
    return value, [code for code, _, _, _ in flaws]


@pytest.mark.parametrize(
    ("raw", "address"),
    [
        pytest.param(b" <ada@example.com>", "ada@example.com", id="RFC 5322 3.6.7"),
        pytest.param(b" <>", "", id="RFC 5321 4.5.5"),
        pytest.param(b"(x) < > (y)", "", id="CFWS in the null path"),
        pytest.param(b'<"a b"@example.com>', '"a b"@example.com', id="quoted local part"),
        pytest.param(b"<a@[192.0.2.1]>", "a@[192.0.2.1]", id="address literal"),
        pytest.param(b"ada@example.com", "ada@example.com", id="no brackets"),
    ],
)
def test_a_path_is_read(raw: bytes, address: str) -> None:
    value, codes = read_path(raw)
    assert value is not None
    assert (value.address, codes) == (address, [])


@pytest.mark.parametrize("raw", [b"Ada <ada@example.com>", b"<ada@example.com>, <b@example.com>"])
def test_more_than_a_path_is_read_and_flagged(raw: bytes) -> None:
    value, codes = read_path(raw)
    assert value == ReturnPath.of("ada@example.com")
    assert "A001" in codes


@pytest.mark.parametrize("raw", [b"", b"nobody", b"Team: a@example.com;", b"<> x"])
def test_what_is_no_path_is_none(raw: bytes) -> None:
    value, codes = read_path(raw)
    assert value is None
    assert "A001" in codes


def test_a_route_is_dropped() -> None:
    """RFC 5321 4.1.1.3."""
    value, codes = read_path(b"<@a.example,@b.example:c@d.example>")
    assert value == ReturnPath.of("c@d.example")
    assert codes == ["A018"]


@pytest.mark.parametrize("given_path", ["", "<>", None])
def test_the_null_path_is_written(given_path: str | None) -> None:
    assert ReturnPath.of(given_path).encode() == b"<>"
    assert ReturnPath.of(given_path).mailbox is None


@pytest.mark.parametrize(
    ("given_path", "octets"),
    [
        ("ada@example.com", b"<ada@example.com>"),
        ("Ada <ada@example.com>", b"<ada@example.com>"),
        ("ada@b\u00fccher.example", b"<ada@xn--bcher-kva.example>"),
        (Mailbox("", "a> b", "example.com"), b'<"a> b"@example.com>'),
    ],
)
def test_a_path_is_written_and_read_back_equal(given_path: str | Mailbox, octets: bytes) -> None:
    value = ReturnPath.of(given_path)
    assert value.encode() == octets
    assert read_path(octets) == (value, [])
    assert ReturnPath.of(value) is value


@pytest.mark.parametrize("given_path", ["ada", "a@b.example\r\nBcc: c@d.example", "a@b.example, c@d.example", "a@b c"])
def test_what_is_no_path_raises(given_path: str) -> None:
    with pytest.raises(HeaderError):
        ReturnPath.of(given_path)


def test_a_path_is_a_value() -> None:
    value = ReturnPath.of("ada@example.com")
    assert pickle.loads(pickle.dumps(value)) == value
    assert (str(value), str(ReturnPath.of(None))) == ("<ada@example.com>", "<>")
