"""Message identifiers: RFC 5322 3.6.4, 4.5.4, and what senders write."""

from __future__ import annotations

from email import message_from_bytes, policy
from random import Random
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.errors import HeaderError
from mimekit.headers import field, ids
from mimekit.limits import DEFAULT_LIMITS, Limits
from mimekit.wire.fold import fold

if TYPE_CHECKING:
    from mimekit.defects import Flaw


def one(raw: bytes) -> tuple[str | None, list[str]]:
    """Read one id, having checked what must hold for any octets; give it and the codes."""
    flaws: list[Flaw] = []
    value = ids.parse_one(raw, flaws)
    assert ids.parse_one(raw) == value
    assert all(0 <= start <= end <= len(raw) for _, start, end, _ in flaws)
    assert value is not None or flaws
    assert value is None or (value[0], value[-1]) == ("<", ">")
    for cut in range(min(len(raw), 60)):
        ids.parse_one(raw[:cut], [])
    return value, [code for code, _, _, _ in flaws]


def many(raw: bytes) -> tuple[tuple[str, ...], list[str]]:
    """Read a list of ids, having checked what must hold for any octets; give them and the codes."""
    flaws: list[Flaw] = []
    values = ids.parse_many(raw, flaws)
    assert ids.parse_many(raw) == values
    assert all(0 <= start <= end <= len(raw) for _, start, end, _ in flaws)
    assert values or flaws
    for cut in range(min(len(raw), 60)):
        ids.parse_many(raw[:cut], [])
    return values, [code for code, _, _, _ in flaws]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(b" <1234@local.machine.example>", "<1234@local.machine.example>", id="RFC 5322 A.1.1"),
        pytest.param(b" <testabcd.1234@silly.example>\r\n", "<testabcd.1234@silly.example>", id="RFC 5322 A.1.2"),
        pytest.param(b"\r\n <a@[192.0.2.1]>", "<a@[192.0.2.1]>", id="no-fold-literal"),
        pytest.param(b" (x) <a@b> (y (z))", "<a@b>", id="CFWS around"),
        pytest.param("<\u00e4@b>".encode(), "<\u00e4@b>", id="RFC 6532"),
        pytest.param(b"<a!#$%&'*+-/=?^_`{|}~@b>", "<a!#$%&'*+-/=?^_`{|}~@b>", id="atext"),
    ],
)
def test_a_msg_id_is_read_without_a_flaw(raw: bytes, expected: str) -> None:
    assert one(raw) == (expected, [])
    assert many(raw) == ((expected,), [])


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(
            b" <1234   @   local(blah)  .machine .example>", "<1234@local.machine.example>", id="RFC 5322 A.6.3"
        ),
        pytest.param(b'<"a b>c"@d>', '<"a b>c"@d>', id="quoted left side"),
        pytest.param(b'<"a\r\n b"@d>', '<"a b"@d>', id="folded quoted left side"),
        pytest.param(b"a@b", "<a@b>", id="no brackets"),
        pytest.param(b"image1", "<image1>", id="no brackets and no @"),
        pytest.param(b"<image1>", "<image1>", id="no @"),
        pytest.param(b"<[abc@def]>", "<[abc@def]>", id="Exchange"),
        pytest.param(b"<a@b@c>", "<a@b@c>", id="two @"),
        pytest.param(b"<<a@b>>", "<a@b>", id="doubled brackets"),
        pytest.param(b"<a@b", "<a@b>", id="no end"),
        pytest.param(b"<a@b> <c@d>", "<a@b>", id="two of them"),
        pytest.param(b"sent as <a@b>", "<a@b>", id="words beside it"),
        pytest.param(b"id a@b", "<a@b>", id="words beside a bare one"),
        pytest.param(b"<> <a@b>", "<a@b>", id="an empty one first"),
        pytest.param(b"<a..b@c>", "<a..b@c>", id="two dots"),
        pytest.param(b"<a:b;c@d>", "<a:b;c@d>", id="specials"),
    ],
)
def test_a_damaged_msg_id_is_read_and_flagged(raw: bytes, expected: str) -> None:
    assert one(raw) == (expected, ["H210"])


@pytest.mark.parametrize("raw", [b"", b"  ", b"<>", b"two words", b"(a@b)", b"<", b">", b"a@b c@d"])
def test_what_holds_no_id_is_none(raw: bytes) -> None:
    assert one(raw) == (None, ["H210"])


def test_an_encoded_word_is_never_decoded_into_an_id() -> None:
    """Neither is the id made of it, nor does it hide the ids beside it."""
    assert one(b" =?utf-8?q?=3Ca=40b=3E?=") == (None, ["E054", "H210"])
    assert many(b" =?utf-8?q?=3Ca=40b=3E?= <c@d>") == (("<c@d>",), ["E054", "H216"])
    assert one(b"<=?utf-8?q?a?=@b>") == ("<=?utf-8?q?a?=@b>", [])  # atext, every octet of it


def test_raw_octets_are_read_in_the_fallback_charset() -> None:
    assert ids.parse_one(b"<\xd4\xc5\xc3@b>", charset="koi8-r") == "<\u0442\u0435\u0446@b>"


def test_the_code_of_a_content_id_can_be_asked_for() -> None:
    flaws: list[Flaw] = []
    assert ids.parse_one(b" image1", flaws, code="M114") == "<image1>"
    assert [flaw[:3] for flaw in flaws] == [("M114", 1, 7)]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(
            b" <1234@local.machine.example> <3456@example.net>",
            ("<1234@local.machine.example>", "<3456@example.net>"),
            id="RFC 5322 A.2",
        ),
        pytest.param(b"\r\n <a@b>\r\n\t<c@d>\r\n", ("<a@b>", "<c@d>"), id="folded"),
        pytest.param(b"<a@b><c@d>", ("<a@b>", "<c@d>"), id="run together"),
        pytest.param(b"<a@b>(x)<c@d>", ("<a@b>", "<c@d>"), id="comment between"),
        pytest.param(b"<a@[b>c]> <d@e>", ("<a@[b>c]>", "<d@e>"), id="bracket in a literal"),
    ],
)
def test_a_list_of_msg_ids_is_read_without_a_flaw(raw: bytes, expected: tuple[str, ...]) -> None:
    assert many(raw) == (expected, [])


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        pytest.param(b'Your message of "x <y@z>" from joe <a@b>', ("<a@b>",), id="RFC 5322 4.5.4 phrase"),
        pytest.param(b"<a@b>, <c@d>", ("<a@b>", "<c@d>"), id="commas"),
        pytest.param(b"a@b c@d", ("<a@b>", "<c@d>"), id="no brackets"),
        pytest.param(b"a@b,c@d", ("<a@b>", "<c@d>"), id="no brackets and commas"),
        pytest.param(b"<a@b> c@d", ("<a@b>",), id="an address beside"),
        pytest.param(b"message from joe@x of today", (), id="a phrase with an address alone"),
        pytest.param(b"<a @ b>\r\n <c@d>", ("<a@b>", "<c@d>"), id="white space inside"),
        pytest.param(b"<a@b <c@d>", ("<a@b>", "<c@d>"), id="one without its end"),
        pytest.param(b"", (), id="nothing"),
    ],
)
def test_a_damaged_list_is_read_and_flagged(raw: bytes, expected: tuple[str, ...]) -> None:
    assert many(raw) == (expected, ["H216"])


def test_a_list_is_bounded() -> None:
    flaws: list[Flaw] = []
    limits = Limits(max_msg_ids=2)
    assert ids.parse_many(b" <a@b> <c@d> <e@f>", flaws, limits=limits) == ("<a@b>", "<c@d>")
    assert [flaw[:3] for flaw in flaws] == [("L010", 13, 18)]
    flaws.clear()
    assert ids.parse_many(b" <a@b>, <c@d>, <e@f>", flaws, limits=limits) == ("<a@b>", "<c@d>")
    assert ("L010", 15, 20) in [flaw[:3] for flaw in flaws]
    assert len(ids.parse_many(b"<a@b>" * 2000)) == 1000
    assert len(ids.parse_many(b"a@b " * 2000)) == 1000


def test_comments_nested_too_deep_are_flagged() -> None:
    assert many(b"(" * 17 + b")" * 17 + b"<a@b>") == (("<a@b>",), ["L009"])


@given(st.binary(max_size=60) | st.text('<>@. ,()"\\[]a=?\r\n', max_size=60).map(str.encode))
def test_reading_never_raises(raw: bytes) -> None:
    one(raw)
    many(raw)


atoms = st.text("abcXYZ019!#$%&'*+-/=?^_`{|}~", min_size=1, max_size=8)
dot_atoms = st.lists(atoms, min_size=1, max_size=3).map(".".join)
msg_ids = st.builds("<{}@{}>".format, dot_atoms, dot_atoms | st.just("[192.0.2.1]"))


@given(st.lists(msg_ids, min_size=1, max_size=12))
def test_what_is_written_is_read_back_equal_by_us_and_by_the_standard_library(given_ids: list[str]) -> None:
    field = fold(b"References", ids.pieces([ids.check(msg_id, "References") for msg_id in given_ids]))
    assert many(field.partition(b":")[2][:-2]) == (tuple(given_ids), [])
    theirs = message_from_bytes(field + b"\r\n", policy=policy.default)["References"]
    assert str(theirs).split() == given_ids


# ------------------------------------------------------------------------------------------------------------ writing


def test_an_id_of_ones_own_gets_its_brackets() -> None:
    assert ids.check("1234@example.com", "Message-ID") == "<1234@example.com>"
    assert ids.check("<1234@example.com>", "message_id") == "<1234@example.com>"


@pytest.mark.parametrize(
    "msg_id",
    ["", "<>", "a", "<a>", "a b@c", "a@b c", "<a@b> <c@d>", "a@b@c", "<a@b>>", '"a"@b', "a..b@c", "a@b.", "<a(b)@c>"],
)
def test_an_id_of_ones_own_must_follow_rfc_5322_3_6_4(msg_id: str) -> None:
    with pytest.raises(HeaderError, match=r"RFC 5322 3\.6\.4"):
        ids.check(msg_id, "Message-ID")


@pytest.mark.parametrize("msg_id", ["<[a@b]>", "<a@b@c>", "<a>", "<a..b@c>", "<a:b@c>"])
def test_a_reference_takes_what_was_read_elsewhere(msg_id: str) -> None:
    assert ids.check(msg_id, "References") == msg_id
    assert ids.check(msg_id, "In-Reply-To") == msg_id
    assert ids.parse_many(b"".join(ids.pieces([msg_id, msg_id]))) == (msg_id, msg_id)


@pytest.mark.parametrize("msg_id", ["<a b>", "<a><b>", "<a(b)@c>", "<>", ""])
def test_a_reference_that_no_reader_takes_for_one_raises(msg_id: str) -> None:
    with pytest.raises(HeaderError, match="References"):
        ids.check(msg_id, "References")


def test_ids_of_which_a_comment_would_be_made_together_raise() -> None:
    assert [ids.check(one, "References") for one in ("<(>", "<)>")] == ["<(>", "<)>"]
    with pytest.raises(HeaderError, match="a comment begins in one and ends in another"):
        field.encode("References", ["<(>", "<)>"])
    assert field.encode("References", ["<)>", "<1@b.test>"]) == b"References: <)> <1@b.test>\r\n"
    many = [f"<[{number}@b.test]>" for number in range(DEFAULT_LIMITS.max_msg_ids + 1)]
    assert field.encode("References", many).count(b"<") == len(many)


@pytest.mark.parametrize("character", ["\r", "\n", "\0", "\t", "\x7f", "\x85", "\u2028", "\ud800"])
@pytest.mark.parametrize("where", ["Message-ID", "References"])
def test_a_control_character_in_an_id_raises(where: str, character: str) -> None:
    with pytest.raises(HeaderError, match=where):
        ids.check(f"<a{character}@b>", where)


def test_an_id_that_is_no_str_raises() -> None:
    with pytest.raises(HeaderError, match="bytes"):
        ids.check(b"<a@b>", "Message-ID")  # type: ignore[arg-type]  # that is the fault


def test_an_id_too_long_for_a_line_raises_and_one_that_fits_is_written() -> None:
    """An id cannot be folded, and an encoded word in it would end the thread."""
    longest = f"<{'a' * 982}@b>"
    assert len(fold(b"Message-ID", ids.pieces([ids.check(longest, "Message-ID")]))) == 998 + len(b"\r\n")
    with pytest.raises(HeaderError, match="998"):
        ids.check(f"<{'a' * 983}@b>", "Message-ID")


def test_an_id_that_is_not_ascii_needs_utf8() -> None:
    """RFC 6532 3.3."""
    msg_id = ids.check("<\u00e4@b>", "References")
    assert ids.pieces([msg_id], utf8=True) == ["<\u00e4@b>".encode()]
    with pytest.raises(HeaderError, match="smtputf8"):
        ids.pieces([msg_id])


def seeded(seed: int) -> Random:
    return Random(seed)


def test_a_made_id_is_random_short_and_valid() -> None:
    made = ids.make("example.com", seeded(7))
    assert made == ids.make("example.com", seeded(7)) == ids.check(made, "Message-ID")
    assert made != ids.make("example.com", seeded(8))
    left, _, right = made[1:-1].partition("@")
    assert len(left) == 32
    assert left.isalnum()
    assert right == "example.com"
    assert ids.make("[192.0.2.1]", seeded(7)).endswith("@[192.0.2.1]>")


def test_a_made_id_holds_all_128_bits() -> None:
    class Bits:
        def __init__(self, value: int) -> None:
            self.value = value

        def getrandbits(self, k: int, /) -> int:
            assert k == 128
            return self.value

    made = {ids.make("a", Bits(1 << bit)) for bit in range(128)}
    assert len(made) == 128


@pytest.mark.parametrize("domain", ["", "a b", "a..b", "b\u00fccher.example", "a>b", "a\r\nb", "[a\x01]", "\ud800"])
def test_an_id_cannot_be_made_at_what_is_no_domain(domain: str) -> None:
    with pytest.raises(HeaderError, match="msg-id"):
        ids.make(domain, seeded(7))
