"""Fields of mailing lists: RFC 2369, RFC 2919, RFC 8058."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.errors import HeaderError
from mimekit.headers.lists import ONE_CLICK, ListField, ListId, is_one_click, unsubscribe_fields
from mimekit.wire.fold import fold

if TYPE_CHECKING:
    from mimekit.defects import Flaw


def read(raw: bytes) -> tuple[ListField, list[str]]:
    """Parse *raw*, having checked what must hold for any octets; give the value and the codes."""
    flaws: list[Flaw] = []
    value = ListField.parse(raw, flaws)
    assert ListField.parse(raw) == value
    assert all(0 <= start <= end <= len(raw) for _, start, end, _ in flaws)
    assert len(value.comments) == (1 if value.is_no else len(value.uris))
    assert not (value.is_no and value.uris)
    assert value.uris or value.is_no or flaws
    return value, [code for code, _, _, _ in flaws]


@pytest.mark.parametrize(
    ("raw", "uris", "comments"),
    [
        pytest.param(
            b" <mailto:list@host.com?subject=help> (List Instructions)",
            ("mailto:list@host.com?subject=help",),
            ("List Instructions",),
            id="RFC 2369 3.1, first",
        ),
        pytest.param(
            b" <ftp://ftp.host.com/list.txt> (FTP),\r\n    <mailto:list@host.com?subject=help>",
            ("ftp://ftp.host.com/list.txt", "mailto:list@host.com?subject=help"),
            ("FTP", ""),
            id="RFC 2369 3.1, last",
        ),
        pytest.param(
            b" (Use this command to get off the list)\r\n     <mailto:list-manager@host.com?body=unsubscribe%20list>",
            ("mailto:list-manager@host.com?body=unsubscribe%20list",),
            ("Use this command to get off the list",),
            id="RFC 2369 3.2",
        ),
        pytest.param(
            b" <mailto:listmom@host.com> (Contact Person for Help)",
            ("mailto:listmom@host.com",),
            ("Contact Person for Help",),
            id="RFC 2369 3.5",
        ),
        pytest.param(b"<http://x/\r\n y>", ("http://x/y",), ("",), id="RFC 2369 2, white space inside"),
        pytest.param(b"<http://x/(a),b>", ("http://x/(a),b",), ("",), id="parentheses and commas inside"),
        pytest.param(b"(a (b)) <m:x> (\\) c)", ("m:x",), ("a (b) ) c",), id="comments on both sides"),
        pytest.param(b"<m:x> (=?utf-8?q?Gr=C3=BC=C3=9Fe?=)", ("m:x",), ("Gr\u00fc\u00dfe",), id="RFC 2047 5 (2)"),
    ],
)
def test_a_list_of_uris_is_read_without_a_flaw(raw: bytes, uris: tuple[str, ...], comments: tuple[str, ...]) -> None:
    assert read(raw) == (ListField(uris, comments), [])


@pytest.mark.parametrize("raw", [b" NO (posting not allowed on this list)", b"(posting not allowed on this list) no"])
def test_no_is_read(raw: bytes) -> None:
    """RFC 2369 3.4."""
    assert read(raw) == (ListField([], ["posting not allowed on this list"], is_no=True), [])


@pytest.mark.parametrize(
    ("raw", "uris"),
    [
        pytest.param(b"https://x.example/u?a=b&c", ("https://x.example/u?a=b&c",), id="no brackets"),
        pytest.param(b"mailto:a@b.example, https://x.example", ("mailto:a@b.example", "https://x.example"), id="two"),
        pytest.param(b"<m:a> <m:b>", ("m:a", "m:b"), id="no comma"),
        pytest.param(b"<m:a>,, <m:b>", ("m:a", "m:b"), id="two commas"),
        pytest.param(b"<m:a", ("m:a",), id="no end"),
        pytest.param(b"<m:a>, (x", ("m:a",), id="no end of a comment"),
        pytest.param(b"see <m:a>", ("m:a",), id="a word"),
        pytest.param(b"NO, <m:a>", ("m:a",), id="NO and a URI"),
        pytest.param(b"<>", (), id="nothing in the brackets"),
        pytest.param(b"", (), id="nothing"),
        pytest.param(b"=?utf-8?q?=3Cm:a=3E?=", (), id="an encoded word, which is not decoded"),
        pytest.param("<https://b\u00fccher.example>".encode(), ("https://b\u00fccher.example",), id="an IRI"),
    ],
)
def test_a_damaged_list_is_read_and_flagged(raw: bytes, uris: tuple[str, ...]) -> None:
    value, codes = read(raw)
    assert (value.uris, codes) == (uris, ["H228"])


def test_comments_nested_too_deep_are_flagged() -> None:
    assert read(b"<m:a> " + b"(" * 17 + b")" * 17)[1] == ["L009"]


@given(st.binary(max_size=60) | st.text('<>:a, ()"\\NO=?\r\n', max_size=60).map(str.encode))
def test_reading_never_raises(raw: bytes) -> None:
    read(raw)
    flaws: list[Flaw] = []
    value = ListId.parse(raw, flaws)
    assert value is not None or flaws
    assert all(0 <= start <= end <= len(raw) for _, start, end, _ in flaws)


uris = st.builds(
    "{}{}".format,
    st.sampled_from(["https://", "http://", "mailto:", "HTTPS://"]),
    st.text([chr(code) for code in range(0x21, 0x7F) if chr(code) not in "<>"], min_size=1, max_size=40),
)
white_space = st.sampled_from(" \t\x85\u2028\u2029")
remarks = st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]) | white_space, max_size=30)


@given(st.lists(st.tuples(uris, remarks), min_size=1, max_size=4), st.booleans())
def test_what_is_written_is_read_back_equal(pairs: list[tuple[str, str]], utf8: bool) -> None:
    value = ListField.of([uri for uri, _ in pairs], comments=[remark for _, remark in pairs])
    assert value.uris == tuple([uri for uri, _ in pairs])
    assert read(value.encode(utf8=utf8)) == (value, [])
    assert read(fold(b"List-Unsubscribe", value.pieces(utf8=utf8)).partition(b":")[2]) == (value, [])


def test_a_uri_is_written_as_it_is_and_never_folded() -> None:
    uri = f"https://example.com/{'a' * 300}%20b,(c)"
    octets = fold(b"List-Unsubscribe", ListField.of([uri, "mailto:u@example.com"]).pieces())
    assert octets == f"List-Unsubscribe: <{uri}>,\r\n <mailto:u@example.com>\r\n".encode()


def test_no_is_written() -> None:
    value = ListField.of("NO", comments=["no posting"])
    assert value.encode() == b"NO (no posting)"
    assert read(value.encode()) == (value, [])


@pytest.mark.parametrize(
    ("uri", "says"),
    [
        ("javascript:alert(1)", "https"),
        ("ftp://example.com/", "https"),
        ("example.com/u", "https"),
        ("https://", "https"),
        ("mailto:", "https"),
        ("", "https"),
        ("<https://example.com/>", "brackets"),
        ("https://example.com/>,<https://evil.example/", "brackets"),
        ("https://example.com/a b", "white space"),
        ("https://example.com/\u00e4", "percent-encode"),
        ("https://example.com/\r\nBcc: eve@example.com", "U\\+000D"),
        ("https://example.com/\t", "white space"),
        ("https://example.com/\x00", "U\\+0000"),
        ("https://example.com/\ud800", "U\\+D800"),
    ],
)
def test_what_is_no_uri_to_unsubscribe_by_raises(uri: str, says: str) -> None:
    with pytest.raises(HeaderError, match=says):
        unsubscribe_fields(uri)
    with pytest.raises(HeaderError, match=says):
        unsubscribe_fields(["https://example.com/", uri])


def test_a_control_character_in_a_comment_raises() -> None:
    """GHSA-268h-hp4c-crq3 (nodemailer)."""
    with pytest.raises(HeaderError, match="comment"):
        ListField.of("https://u.example/x", comments=["comment\r\nX-Inj: 1"])


@pytest.mark.parametrize("given_uris", [[], [1], "NO"])
def test_there_must_be_a_uri_to_unsubscribe_by(given_uris: list[str]) -> None:
    with pytest.raises(HeaderError, match="give"):
        unsubscribe_fields(given_uris)


def test_there_must_be_a_uri_for_each_comment() -> None:
    with pytest.raises(HeaderError, match="2 comments for 1"):
        ListField.of("https://example.com/", comments=["a", "b"])


def test_an_iri_that_was_read_needs_utf8_to_be_written() -> None:
    value = ListField.parse("<https://b\u00fccher.example>".encode())
    assert value.encode(utf8=True) == "<https://b\u00fccher.example>".encode()
    with pytest.raises(HeaderError, match="percent-encode"):
        value.encode()


def test_one_click_comes_with_an_https_uri() -> None:
    """RFC 8058 3.1."""
    assert unsubscribe_fields(["mailto:u@example.com", "https://example.com/u/8f3a"]) == [
        ("List-Unsubscribe", [b"<mailto:u@example.com>,", b" <https://example.com/u/8f3a>"]),
        ("List-Unsubscribe-Post", [b"List-Unsubscribe=One-Click"]),
    ]
    assert [name for name, _ in unsubscribe_fields("HTTPS://example.com/u")][1:] == ["List-Unsubscribe-Post"]


@pytest.mark.parametrize("uri", ["http://example.com/u", "mailto:u@example.com?subject=https:"])
def test_one_click_does_not_come_without_one(uri: str) -> None:
    assert [name for name, _ in unsubscribe_fields(uri)] == ["List-Unsubscribe"]


def test_the_value_of_one_click_is_exact() -> None:
    assert is_one_click(ONE_CLICK)
    assert is_one_click(b"\r\n List-Unsubscribe=One-Click\r\n")
    for raw in (b"", b"list-unsubscribe=one-click", b"List-Unsubscribe = One-Click", b"List-Unsubscribe=One-Click;"):
        assert not is_one_click(raw)


def test_a_field_is_a_value() -> None:
    value = ListField.of(["https://a.example", "mailto:b@c.example"], comments=["x"])
    assert pickle.loads(pickle.dumps(value)) == value == ListField.of(value)
    assert str(value) == "<https://a.example> (x), <mailto:b@c.example>"
    assert str(ListField.of("NO")) == "NO"


# ------------------------------------------------------------------------------------------------------------ List-Id


def read_id(raw: bytes) -> tuple[ListId | None, list[str]]:
    """Parse *raw* with and without flaws; give the value and the codes."""
    flaws: list[Flaw] = []
    value = ListId.parse(raw, flaws)
    assert ListId.parse(raw) == value
    assert all(0 <= start <= end <= len(raw) for _, start, end, _ in flaws)
    return value, [code for code, _, _, _ in flaws]


@pytest.mark.parametrize(
    ("raw", "list_id", "description"),
    [
        pytest.param(
            b" List Header Mailing List <list-header.nisto.com>",
            "list-header.nisto.com",
            "List Header Mailing List",
            id="RFC 2919 3, first",
        ),
        pytest.param(
            b" <commonspace-users.list-id.within.com>", "commonspace-users.list-id.within.com", "", id="RFC 2919 3"
        ),
        pytest.param(
            b' "Lena\'s Personal Joke List"\r\n'
            b"            <lenas-jokes.da39efc25c530ad145d41b86f7420c3b.021999.localhost>",
            "lenas-jokes.da39efc25c530ad145d41b86f7420c3b.021999.localhost",
            "Lena's Personal Joke List",
            id="RFC 2919 3, quoted",
        ),
        pytest.param(b"A. B (x) <a.b> (y)", "a.b", "A. B", id="comments"),
        pytest.param(b"=?utf-8?q?Gr=C3=BC=C3=9Fe?= <a.b>", "a.b", "Gr\u00fc\u00dfe", id="RFC 2047"),
    ],
)
def test_a_list_id_is_read_without_a_flaw(raw: bytes, list_id: str, description: str) -> None:
    assert read_id(raw) == (ListId(list_id, description), [])


@pytest.mark.parametrize(
    ("raw", "list_id"),
    [
        pytest.param(b"a.b", "a.b", id="no brackets"),
        pytest.param(b"x <a>", "a", id="no namespace"),
        pytest.param(b"<x list <a.b>>", "a.b", id="brackets in brackets"),
        pytest.param(b"x <a . b>", "a.b", id="white space inside"),
        pytest.param(b"x <a.b", "a.b", id="no end"),
        pytest.param(b"x <a.b> y", "a.b", id="more behind"),
        pytest.param(b"x <http://a.b>", "http://a.b", id="a URI"),
        pytest.param(b"<" + b"a." * 128 + b"b>", "a." * 128 + "b", id="257 octets"),
    ],
)
def test_a_damaged_list_id_is_read_and_flagged(raw: bytes, list_id: str) -> None:
    value, codes = read_id(raw)
    assert value is not None
    assert (value.list_id, codes) == (list_id, ["H229"])


@pytest.mark.parametrize("raw", [b"", b"two words", b"word", b"x <>", b"(a.b)"])
def test_what_holds_no_list_id_is_none(raw: bytes) -> None:
    assert read_id(raw) == (None, ["H229"])


def test_an_encoded_word_in_quotes_is_not_decoded() -> None:
    assert read_id(b'"=?utf-8?q?a?=" <a.b>') == (ListId("a.b", "=?utf-8?q?a?="), ["E053"])


labels = st.from_regex(r"[a-z0-9](?:[a-z0-9-]{0,8}[a-z0-9])?", fullmatch=True)
descriptions = st.text(
    st.characters(codec="utf-8", exclude_characters=[chr(code) for code in range(0x20)] + ["\x7f"]), max_size=40
)


@given(st.lists(labels, min_size=2, max_size=4).map(".".join), descriptions, st.booleans())
def test_a_list_id_that_is_written_is_read_back_equal(
    list_id: str,
    description: str,
    utf8: bool,
) -> None:
    value = ListId.of(list_id, description)
    assert read_id(value.encode(utf8=utf8)) == (value, [])
    assert read_id(fold(b"List-ID", value.pieces(utf8=utf8)).partition(b":")[2]) == (value, [])


@pytest.mark.parametrize(
    "list_id", ["", "a", "a..b", "<a.b>", "a .b", "a.b\r\nX: y", "\u00e4.b", "a." * 128 + "b", None]
)
def test_what_is_no_list_id_raises(list_id: str) -> None:
    with pytest.raises(HeaderError, match="RFC 2919 2"):
        ListId.of(list_id)


def test_a_control_character_in_a_description_raises() -> None:
    with pytest.raises(HeaderError, match="description"):
        ListId.of("a.b", "x\r\nBcc: eve@example.com")


def test_a_list_id_is_a_value() -> None:
    value = ListId.of("a.b", "X, Y")
    assert pickle.loads(pickle.dumps(value)) == value == ListId.of(value)
    assert (str(value), str(ListId.of("a.b"))) == ("X, Y <a.b>", "<a.b>")
