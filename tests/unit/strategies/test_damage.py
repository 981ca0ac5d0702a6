"""Damaged messages: the fault that is drawn was asked for, and what breaks shrinks to what a person reads easily."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit import Message, lint, parse
from mimekit.lint import selection
from mimekit.strategies import Broken, broken, corpora, damaged, garbage, messages
from mimekit.strategies._faults import NOT_DRAWN, faults
from mimekit.strategies._seeds import seeds

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

RULES = selection.load()
COMMON = settings(max_examples=60, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
UNSEEN = settings(COMMON, max_examples=2000, database=None, derandomize=True)
COUNTED = settings(UNSEEN, max_examples=400, derandomize=True, phases=[Phase.generate])


def counted(strategy: SearchStrategy[Any], **named: Any) -> Counter[str]:
    """Count what is drawn by the names of what it is: each is a function that tells it."""
    found: Counter[str] = Counter()

    @COUNTED
    @given(strategy)
    def count(drawn: Any) -> None:
        found.update([name for name, tells in named.items() if tells(drawn)])

    count()
    return found


class TestBroken:
    @pytest.mark.parametrize(
        ("asked", "meant"),
        [
            ("H204", {"H204"}),
            ("bare-lf", {"H001"}),
            ("E05", {code for code in faults() if code.startswith("E05")}),
            (["H204", "bare-lf", "M02"], {"H204", "H001", *[code for code in faults() if code.startswith("M02")]}),
        ],
        ids=["a code", "a name", "a prefix", "several"],
    )
    def test_codes(self, asked: Any, meant: set[str]) -> None:
        drawn: set[str] = set()

        @settings(COMMON, max_examples=150)
        @given(broken(asked))
        def check(one: Broken) -> None:
            drawn.add(one.code)

        check()
        assert drawn <= meant
        assert len(drawn) >= min(len(meant), 3)

    def test_all_of_them_without_codes(self) -> None:
        drawn: set[str] = set()

        @settings(COUNTED, max_examples=300)
        @given(broken())
        def check(one: Broken) -> None:
            drawn.add(one.code)

        check()
        assert len(drawn) > 0.4 * len(faults())

    @pytest.mark.parametrize(
        ("asked", "text"),
        [
            ("H2O4", "did you mean"),
            ("bare-lff", "did you mean bare-lf"),
            ("Q", "'Q'"),
            (["H204", "Q9"], "Q9"),
            ([], r"\[\]|\(\)"),
        ],
        ids=repr,
    )
    def test_unknown_codes_are_refused_when_drawn_from(self, asked: Any, text: str) -> None:
        strategy = broken(asked)
        with pytest.raises(InvalidArgument, match=text):
            find(strategy, bool)

    @pytest.mark.parametrize("code", NOT_DRAWN)
    def test_a_code_that_no_message_shows_says_why(self, code: str) -> None:
        with pytest.raises(InvalidArgument, match=NOT_DRAWN[code][:30]):
            find(broken(code), bool)

    @COMMON
    @given(broken("H011", messages=messages()))
    def test_in_messages_of_the_caller(self, one: Broken) -> None:
        told = lint.check(one.raw, select="H011")
        assert any([found.start <= one.end and one.start <= found.end for found in told])

    @given(broken("H011", messages=st.just(b"From: a@a.example\r\nTo: b@b.example\r\nSubject: mine\r\n\r\na\r\n")))
    @settings(max_examples=5)
    def test_in_octets_of_the_caller(self, one: Broken) -> None:
        assert b"Subject: mine\r\n" in one.raw
        assert one.raw[one.start : one.end] == b" "

    def test_a_message_that_cannot_show_it_gives_place(self) -> None:
        hidden = st.just(b"From: a@a.example\r\nMIME-Version: 1.0\r\nContent-Type: application/pkcs7-mime\r\n\r\na\r\n")
        one = find(broken("T002", messages=hidden), bool)
        assert "T002" in {found.code for found in lint.check(one.raw, profile=RULES["T002"].profiles)}

    @COMMON
    @given(broken(max_octets=400))
    def test_max_octets(self, one: Broken) -> None:
        assert len(one.raw) <= 400

    def test_max_octets_that_nothing_has(self) -> None:
        with pytest.raises(InvalidArgument, match=r"max_octets of [0-9]+ or more"):
            find(broken("S016", max_octets=1000), bool)

    @pytest.mark.parametrize("code", ["H011", "M101"])
    def test_shrinks_to_the_fault_and_what_it_needs(self, code: str) -> None:
        one = find(broken(code), lambda _: True, settings=UNSEEN)
        assert b"\r\nFrom: a@a.example" in b"\r\n" + one.raw
        assert len(one.raw) < 700

    def test_a_note_is_a_sentence(self) -> None:
        plain = st.just(b"From: a@a.example\r\nTo: b@b.example\r\nDate: Sat, 01 Jan 2000 00:00:00 +0000\r\n\r\na\r\n")
        one = find(broken("H206", messages=plain), bool, settings=UNSEEN)
        assert one.note.startswith("Date is replaced: ")

    def test_equals_one_of_the_same_octets_and_place(self) -> None:
        given_here: dict[str, Any] = {"raw": b"a", "code": "H206", "path": "", "start": 0, "end": 1, "note": "b"}
        assert Broken(**given_here, context=lint.Context()) == Broken(**given_here)
        assert Broken(**given_here | {"end": 0}) != Broken(**given_here)


class TestDamaged:
    def test_every_way(self) -> None:
        original = b"From: a@a.example\r\nTo: b@b.example\r\nSubject: a\r\n\r\nb\r\n"
        found = counted(
            damaged(st.just(original)).map(Message.to_bytes),
            a_cut=lambda octets: len(octets) < len(original) and original.startswith(octets),
            no_change=lambda octets: octets == original,
            longer=lambda octets: len(octets) > len(original),
            a_bit=lambda octets: len(octets) == len(original) != 0 and sum(map(int.__ne__, octets, original)) == 1,
            other_line_ends=lambda octets: octets.replace(b"\n", b"\r\n") == original,
            spliced=lambda octets: octets.count(b"b@b.example") > 1,
        )
        wanted = {"a_cut": 20, "longer": 40, "a_bit": 5, "other_line_ends": 1, "spliced": 5}
        assert {name for name, least in wanted.items() if found[name] < least} == set()
        assert found["no_change"] < COUNTED.max_examples / 5

    @COMMON
    @given(damaged(max_octets=300))
    def test_max_octets(self, message: Message) -> None:
        assert message.size <= 300

    @COMMON
    @given(damaged(corpora()))
    def test_is_read_as_it_is(self, message: Message) -> None:
        octets = message.to_bytes()
        assert parse(octets).to_bytes() == octets
        assert [part.content for part in message.root.walk()]

    @pytest.mark.parametrize("octets", [b"", b"\x00"], ids=repr)
    def test_shrinks_to_a_small_message(self, octets: bytes) -> None:
        plain = messages(profile="plain")
        found = find(damaged(plain), lambda message: octets in message.to_bytes(), settings=UNSEEN)
        assert found.size < 300

    @pytest.mark.parametrize("octets", [b"", b"\n", b"a"], ids=repr)
    def test_of_hardly_anything(self, octets: bytes) -> None:
        @settings(COMMON, max_examples=40)
        @given(damaged(st.just(octets)))
        def check(message: Message) -> None:
            assert message.size <= 30

        check()

    @pytest.mark.parametrize(
        ("strategy", "text"),
        [
            (damaged(max_octets=-1), "max_octets=-1 of damaged"),
            (damaged(st.just(b"abc"), max_octets=-1), "max_octets=-1 of damaged"),
            (damaged(cast("SearchStrategy[bytes]", b"abc")), "strategy=b'abc' of damaged"),
        ],
    )
    def test_a_wrong_option_raises_when_it_is_drawn_from(self, strategy: SearchStrategy[Message], text: str) -> None:
        with pytest.raises(InvalidArgument, match=text):
            find(strategy, lambda _: True)


class TestGarbage:
    def test_has_what_means_something(self) -> None:
        found = counted(
            garbage(),
            a_field=lambda octets: b": " in octets and b"\n" in octets,
            a_blank_line=lambda octets: b"\r\n\r\n" in octets,
            an_encoded_word=lambda octets: b"=?utf-8?q?" in octets,
            a_multipart=lambda octets: b"multipart/mixed; boundary=" in octets and b"--" in octets,
            any_octets=lambda octets: len({one for one in octets if one > 0x7F}) > 5,
            nothing=lambda octets: not octets,
        )
        wanted = {"a_field": 60, "a_blank_line": 30, "an_encoded_word": 20, "a_multipart": 15, "any_octets": 15}
        assert {name for name, least in wanted.items() if found[name] < least} == set()

    @COMMON
    @given(garbage(max_octets=20))
    def test_max_octets(self, octets: bytes) -> None:
        assert len(octets) <= 20

    def test_negative_max_octets(self) -> None:
        strategy = garbage(max_octets=-1)
        with pytest.raises(InvalidArgument, match="max_octets=-1"):
            find(strategy, bool)

    def test_shrinks_to_what_it_takes(self) -> None:
        assert find(garbage(), lambda _: True, settings=UNSEEN) == b""
        assert len(find(garbage(), lambda octets: b"=?utf-8?q?" in octets and b"\xff" in octets, settings=UNSEEN)) <= 11

    @COMMON
    @given(garbage())
    def test_is_read_as_it_is(self, octets: bytes) -> None:
        assert parse(octets).to_bytes() == octets


class TestCorpora:
    def test_every_seed(self) -> None:
        drawn: set[bytes] = set()

        @settings(COUNTED, max_examples=1000)
        @given(corpora())
        def check(octets: bytes) -> None:
            drawn.add(octets)

        check()
        assert len(drawn) > 0.8 * len(seeds())
        assert drawn <= set(seeds().values())

    def test_seeds_are_what_they_are_named_for(self) -> None:
        assert len(seeds()) > 30
        assert len(set(seeds().values())) == len(seeds())
        assert all(octets.endswith(b"\r\n") for octets in seeds().values())

    def test_shrinks_to_the_shortest(self) -> None:
        assert find(corpora(), lambda _: True) == min(seeds().values(), key=len)
