"""Tokens of structured field bodies (RFC 5322 3.2, 4.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.limits import Limits
from mimekit.wire.tokens import Lexer, Token, comment_text, end_of_comment, skip_cfws, unquote

if TYPE_CHECKING:
    from mimekit.defects import Flaw

hostile = st.lists(
    st.sampled_from(
        [b"(", b")", b'"', b"\\", b"[", b"]", b"<", b">", b",", b"a", b" ", b"\r\n ", b"\0", b"\xff", b"@", b"."]
    )
    | st.binary(max_size=3),
    max_size=30,
).map(b"".join)


def tokens(raw: bytes, flaws: list[Flaw] | None = None) -> list[Token]:
    """Give every token of *raw*, having checked that they cover all of it without a gap."""

    def note(code: str, start: int, end: int, detail: str) -> None:
        if flaws is not None:
            flaws.append((code, start, end, detail))

    lexer = Lexer(raw, note)
    found: list[Token] = []
    at = 0
    while at < len(raw):
        token = lexer.token(at)
        assert token[1] == at < token[2] <= len(raw)
        found.append(token)
        at = token[2]
    return found


def kinds(raw: bytes) -> list[str]:
    return [kind for kind, _, _ in tokens(raw)]


def codes(raw: bytes) -> list[str]:
    flaws: list[Flaw] = []
    tokens(raw, flaws)
    return [code for code, _, _, _ in flaws]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(b"Pete (A nice \\) chap)", ["atom", "fws", "comment"], id="RFC 5322 A.5"),
        pytest.param(
            b'"Giant; \\"Big\\" Box" <s@ab.c>',
            ["quoted", "fws", "<", "atom", "@", "atom", ".", "atom", ">"],
            id="RFC 5322 A.1.2",
        ),
        pytest.param(
            b"A Group(Some people)\r\n     :Chris",
            ["atom", "fws", "atom", "comment", "fws", ":", "atom"],
            id="RFC 5322 A.5, folded",
        ),
        pytest.param(b"j@[192.0.2.1]", ["atom", "@", "literal"], id="domain literal"),
        pytest.param(b"a;b,", ["atom", ";", "atom", ","], id="specials"),
        pytest.param("J\u00fcrgen".encode(), ["atom"], id="RFC 6532 3.2"),
        pytest.param(b"\x00\x01 \\ ]", ["junk", "fws", "junk", "fws", "junk"], id="junk"),
        pytest.param(b'""', ["quoted"], id="empty quoted string"),
        pytest.param(b"[a[b]", ["junk", "atom", "literal"], id="a literal ends at the first bracket"),
    ],
)
def test_octets_are_divided_into_tokens(raw: bytes, expected: list[str]) -> None:
    assert kinds(raw) == expected


def test_a_quote_without_its_partner_and_every_later_one_is_junk() -> None:
    assert kinds(b'a "b c') == ["atom", "fws", "junk", "atom", "fws", "atom"]
    assert kinds(b'"a\\" \\"b') == ["junk", "atom", "junk", "junk", "fws", "junk", "junk", "atom"]
    assert codes(b'"a\\" \\"b') == ["A039"]


def test_a_parenthesis_without_its_partner_is_junk() -> None:
    assert kinds(b"(a (b) c") == ["junk", "atom", "fws", "junk", "atom", "junk", "fws", "atom"]
    assert codes(b"(a") == ["A038"]
    assert codes(b"a) b)") == ["A038", "A038"]


def test_comments_nest_by_a_counter_and_deep_ones_are_noted() -> None:
    raw = b"(" * 100_000 + b")" * 100_000
    assert end_of_comment(raw, 0) == (200_000, 100_000)
    assert codes(raw) == ["L009"]
    assert codes(b"(" * 16 + b")" * 16) == []
    assert tokens(b"(" * 200_000)[0] == ("junk", 0, 1)


@pytest.mark.parametrize(
    ("raw", "end"),
    [(b"", 0), (b"a", 0), (b" \t\r\n a", 5), (b"(a)(b) c", 7), (b"(a (b) \\) c)d", 12), (b" (never closed", 14)],
)
def test_white_space_and_comments_are_skipped(raw: bytes, end: int) -> None:
    assert skip_cfws(raw, 0) == end


def test_skipping_notes_a_comment_without_an_end_and_a_deep_one() -> None:
    flaws: list[Flaw] = []
    skip_cfws(b" (a", 0, flaws)
    skip_cfws(b"((a))", 0, flaws, Limits(max_comment_depth=1))
    assert [flaw[:3] for flaw in flaws] == [("A038", 1, 3), ("L009", 0, 5)]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(b'"Joe Q. Public"', b"Joe Q. Public", id="plain"),
        pytest.param(b'"\\"Quoted\\" \\\\ \\a"', b'"Quoted" \\ a', id="quoted pairs"),
        pytest.param(b'"a\r\n b"', b"a b", id="fold"),
        pytest.param(b'"  "', b"  ", id="white space stays"),
    ],
)
def test_a_quoted_string_says_what_is_between_its_quotes(raw: bytes, expected: bytes) -> None:
    assert unquote(raw, 0, len(raw)) == expected


def test_a_comment_says_what_is_between_its_parentheses() -> None:
    raw = b"x ( a (b)\r\n \\) ) y"
    assert comment_text(raw, 2, end_of_comment(raw, 2)[0]) == b"a (b) )"


@given(hostile)
def test_every_octet_is_in_one_token(raw: bytes) -> None:
    flaws: list[Flaw] = []
    found = tokens(raw, flaws)
    assert b"".join([raw[start:end] for _, start, end in found]) == raw
    assert all(0 <= start <= end <= len(raw) for _, start, end, _ in flaws)
    assert skip_cfws(raw, 0) <= len(raw)
