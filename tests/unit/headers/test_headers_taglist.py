"""Tag lists: RFC 6376 3.2."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.errors import HeaderError
from mimekit.headers.taglist import TagList
from mimekit.wire.fold import fold

# RFC 6376 3.5, the example of a signature field
EXAMPLE = (
    b" v=1; a=rsa-sha256; d=example.net; s=brisbane;\r\n"
    b"   c=simple; q=dns/txt; i=@eng.example.net;\r\n"
    b"   t=1117574938; x=1118006938;\r\n"
    b"   h=from:to:subject:date;\r\n"
    b"   z=From:foo@eng.example.net|To:joe@example.com|\r\n"
    b"     Subject:demo=20run|Date:July=205,=202005=203:44:08=20PM=20-0700;\r\n"
    b"   bh=MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=;\r\n"
    b"   b=dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZ\r\n"
    b"            VoG4ZHRNiYzR"
)


def read(raw: bytes) -> TagList:
    """Parse *raw*, having checked what must hold for any octets."""
    value = TagList.parse(raw)
    assert all(octets in raw for _, octets in value.tags)
    assert all(octets in raw for octets in value.malformed)
    for cut in range(min(len(raw), 60)):
        TagList.parse(raw[:cut])
    return value


def test_the_example_of_rfc_6376_3_5_is_read_in_order_and_to_the_octet() -> None:
    tags = read(EXAMPLE)
    assert tags.is_valid
    assert [name for name, _ in tags] == ["v", "a", "d", "s", "c", "q", "i", "t", "x", "h", "z", "bh", "b"]
    assert tags["b"] == b"dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZ\r\n            VoG4ZHRNiYzR"
    assert tags.compact("b") == "dzdVyOfAKCdLXdJOc9G2q8LoXSlEniSbav+yuU4zGeeruD00lszZVoG4ZHRNiYzR"
    assert tags["h"] == b"from:to:subject:date"


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(b"a=b", [("a", b"b")], id="one"),
        pytest.param(b"a=b;", [("a", b"b")], id="a semicolon at the end"),
        pytest.param(b"\r\n\ta = b ;\r\n c\r\n =\r\n d\r\n ", [("a", b"b"), ("c", b"d")], id="FWS everywhere"),
        pytest.param(b"a=;b= ", [("a", b""), ("b", b"")], id="empty values"),
        pytest.param(b"p=a=b==", [("p", b"a=b==")], id="equals signs in a value"),
        pytest.param(b"n=a  b\tc", [("n", b"a  b\tc")], id="white space in a value"),
        pytest.param(b"a_1=b; A=c", [("a_1", b"b"), ("A", b"c")], id="case counts"),
    ],
)
def test_a_tag_list_is_read(raw: bytes, expected: list[tuple[str, bytes]]) -> None:
    tags = read(raw)
    assert tags.is_valid
    assert list(tags) == expected


@pytest.mark.parametrize(
    ("raw", "malformed"),
    [
        pytest.param(b"", (b"",), id="nothing"),
        pytest.param(b"a", (b"a",), id="no equals sign"),
        pytest.param(b"a=b;;c=d", (b"",), id="two semicolons"),
        pytest.param(b"a=b;;", (b"",), id="two semicolons at the end"),
        pytest.param(b"1a=b", (b"1a=b",), id="a name that begins with a digit"),
        pytest.param(b"a-b=c", (b"a-b=c",), id="a hyphen in a name"),
        pytest.param(b"a b=c", (b"a b=c",), id="a space in a name"),
        pytest.param(b"a=\xe4; b=c", (b"a=\xe4",), id="8 bits"),
        pytest.param(b"a=\x00; b=c", (b"a=\x00",), id="NUL"),
    ],
)
def test_what_is_no_tag_makes_the_list_invalid_and_stays_readable(raw: bytes, malformed: tuple[bytes, ...]) -> None:
    tags = read(raw)
    assert not tags.is_valid
    assert tags.malformed == malformed


def test_a_name_that_comes_twice_makes_the_list_invalid_and_the_first_counts() -> None:
    tags = read(b"a=1; b=2; a=3; b=4; a=5")
    assert (tags.is_valid, tags.malformed, tags.duplicates) == (False, (), ("a", "b"))
    assert tags["a"] == b"1"
    assert len(tags) == 5


def test_a_lookup_of_what_is_not_there_tells_so() -> None:
    tags = read(b"a=1")
    assert ("a" in tags, "b" in tags, tags.get("b"), tags.get("b", b"x"), tags.compact("b")) == (
        True,
        False,
        None,
        b"x",
        None,
    )
    with pytest.raises(KeyError):
        tags["b"]


@given(st.binary(max_size=60) | st.text("ab1_=; \t\r\n", max_size=60).map(str.encode))
def test_reading_never_raises(raw: bytes) -> None:
    tags = read(raw)
    assert tags.is_valid == (not tags.malformed and not tags.duplicates)


names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,8}", fullmatch=True)
values = st.lists(st.text("ab+/=:!~<", min_size=1, max_size=30), max_size=5).map(" ".join)


@given(st.dictionaries(names, values, min_size=1, max_size=6))
def test_what_is_written_is_read_back_equal(given_tags: dict[str, str]) -> None:
    value = TagList.of(given_tags)
    assert read(value.encode()) == value
    folded = fold(b"DKIM-Signature", value.pieces(), width=40)
    assert {name: octets.split() for name, octets in read(folded.partition(b":")[2])} == {
        name: octets.split() for name, octets in value
    }


def test_a_list_that_was_read_is_written_with_its_folds_undone() -> None:
    assert TagList.parse(b" a=b\r\n c ;\r\n d=e").pieces() == [b"a=b", b" c;", b" d=e"]


def test_values_may_be_octets() -> None:
    assert TagList.of([("b", b"abc def"), ("d", "x")]).encode() == b"b=abc def; d=x"


@pytest.mark.parametrize(
    "given_tags",
    [
        {},
        {"a": "b;c"},
        {"a": " b"},
        {"a": "b "},
        {"a": "b\r\n c"},
        {"a": "b\r\nBcc: x"},
        {"a": "\u00e4"},
        {"a": "\ud800"},
        {"a": "\x00"},
        {"": "b"},
        {"a b": "c"},
        {"1": "b"},
        {"\u00e4": "b"},
        [("a", "1"), ("a", "2")],
    ],
)
def test_what_is_no_tag_list_raises(given_tags: dict[str, str]) -> None:
    with pytest.raises(HeaderError, match=r"RFC 6376 3\.2"):
        TagList.of(given_tags)


def test_a_list_is_a_value() -> None:
    value = TagList.of({"a": "b"})
    assert pickle.loads(pickle.dumps(value)) == value == TagList.of(value)
    assert hash(value) == hash(TagList.parse(b" a = b ;"))
    assert str(value) == "a=b"
