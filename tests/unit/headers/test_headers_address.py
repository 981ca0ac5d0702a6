"""Addresses (RFC 5322 3.4, 4.4; RFC 7103 7.1): reading what senders write, building what every reader understands."""

from __future__ import annotations

import copy
import pickle
import re
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import getaddresses
from typing import Any, Literal

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from mimekit.defects import TABLE, Flaw
from mimekit.errors import AddressError
from mimekit.headers import _addresslist
from mimekit.headers.address import AddressList, Group, Mailbox, Unparsed
from mimekit.limits import DEFAULT_LIMITS, Limits
from mimekit.wire.fold import fold


def read(raw: bytes, **more: Any) -> tuple[AddressList, list[str]]:  # Any: arguments of `parse`, checked there
    """Read *raw*, having checked what must hold for any octets at all; give the list and the codes of its flaws."""
    flaws: list[Flaw] = []
    found = AddressList.parse(raw, flaws, **more)
    assert AddressList.parse(raw, **more) == found, "asking for flaws changes nothing"
    for code, start, end, detail in flaws:
        assert code in TABLE
        assert 0 <= start <= end <= len(raw)
        assert detail.isprintable()
    str(found).encode()  # no surrogate
    for mailbox in found:
        assert not re.search("[\0-\x1f\x7f-\x9f\u2028\u2029]", mailbox.local_part + mailbox.domain)
    return found, [code for code, _, _, _ in flaws]


def shown(raw: bytes) -> list[str]:
    """Give the entries of *raw* as text, those that are no address with a mark."""
    return [f"! {entry}" if isinstance(entry, Unparsed) else str(entry) for entry in read(raw)[0].entries]


class TestReadingWhatTheGrammarAllows:
    @pytest.mark.parametrize(
        ("raw", "entries"),
        [
            pytest.param(b" John Doe <jdoe@machine.example>", ["John Doe <jdoe@machine.example>"], id="RFC 5322 A.1.1"),
            pytest.param(
                b" Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>",
                ["Mary Smith <mary@x.test>", "jdoe@example.org", "Who? <one@y.test>"],
                id="RFC 5322 A.1.2 To",
            ),
            pytest.param(
                b'<boss@nil.test>, "Giant; \\"Big\\" Box" <sysservices@example.net>',
                ["boss@nil.test", '"Giant; \\"Big\\" Box" <sysservices@example.net>'],
                id="RFC 5322 A.1.2 Cc",
            ),
            pytest.param(
                b" A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;",
                ["A Group: Ed Jones <c@a.test>, joe@where.test, John <jdoe@one.test>;"],
                id="RFC 5322 A.1.3 To",
            ),
            pytest.param(b" Undisclosed recipients:;", ["Undisclosed recipients:;"], id="RFC 5322 A.1.3 Cc"),
            pytest.param(
                b"(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;",
                ["Hidden recipients:;"],
                id="RFC 5322 A.5 Cc",
            ),
            pytest.param(
                b'"Joe Q. Public" <john.q.public@example.com>',
                ['"Joe Q. Public" <john.q.public@example.com>'],
                id="RFC 5322 A.6.1 quoted",
            ),
            pytest.param(
                b"Joe Q. Public <john.q.public@example.com>",
                ['"Joe Q. Public" <john.q.public@example.com>'],
                id="RFC 5322 A.6.1 obs-phrase",
            ),
            pytest.param(
                b'"x@gmail.test y"@internal.example', ['"x@gmail.test y"@internal.example'], id="quoted local part"
            ),
            pytest.param(b"j@[IPv6:2001:db8::1]", ["j@[IPv6:2001:db8::1]"], id="domain literal"),
            pytest.param(b'"" <a@b.test>', ["a@b.test"], id="empty name"),
            pytest.param(b"", [], id="nothing"),
            pytest.param(b" \r\n (nobody)", [], id="white space and a comment"),
        ],
    )
    def test_it_is_read_without_a_flaw(self, raw: bytes, entries: list[str]) -> None:
        assert shown(raw) == entries
        assert read(raw)[1] == []

    @pytest.mark.parametrize(
        ("raw", "entries"),
        [
            pytest.param(
                b"Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>",
                ["Pete <pete@silly.test>"],
                id="RFC 5322 A.5 From",
            ),
            pytest.param(
                b"A Group(Some people)\r\n     :Chris Jones <c@(Chris's host.)public.example>,\r\n"
                b"         joe@example.org,\r\n  John <jdoe@one.test> (my dear friend); (the end of the group)",
                ["A Group: Chris Jones <c@public.example>, joe@example.org, John <jdoe@one.test>;"],
                id="RFC 5322 A.5 To",
            ),
        ],
    )
    def test_comments_within_an_address_are_read_and_flagged(self, raw: bytes, entries: list[str]) -> None:
        assert shown(raw) == entries
        assert set(read(raw)[1]) == {"A017"}  # RFC 5322 3.4.1: SHOULD NOT

    def test_names_are_joined_by_one_space_and_quoted_ones_keep_theirs(self) -> None:
        assert read(b'Ada\r\n  Byron "  King" <a@b.test>')[0][0].display_name == "Ada Byron   King"

    def test_a_comment_after_an_address_is_its_name_when_it_has_none(self) -> None:
        assert read(b"ada@b.test (Ada L.) (x), Grace <g@b.test> (y), (z) c@b.test")[0].entries == (
            Mailbox("Ada L.", "ada", "b.test"),
            Mailbox("Grace", "g", "b.test"),
            Mailbox("", "c", "b.test"),
        )
        assert read(b"ada@b.test (=?utf-8?q?Zo=C3=AB?=)")[0][0].display_name == "Zo\xeb"

    @pytest.mark.parametrize("address", [b"=?utf-8?q?a=40b.test?=@evil.test", b"a@=?utf-8?q?b.test?="])
    def test_an_encoded_word_in_an_address_is_read_and_never_written(self, address: bytes) -> None:
        (mailbox,) = AddressList.parse(address)
        assert mailbox.address == address.decode()
        with pytest.raises(AddressError, match="looks like an encoded word"):
            mailbox.encode()
        with pytest.raises(AddressError, match="looks like an encoded word"):
            Mailbox("", mailbox.local_part, mailbox.domain)

    def test_encoded_words_in_names_are_decoded_after_the_structure(self) -> None:
        raw = b"=?utf-8?q?admin=40bank.test=3C?= <u@example.org>, =?utf-8?b?PGFAYi50ZXN0Pg==?= <c@d.test>"
        assert [(box.display_name, box.address) for box in read(raw)[0]] == [
            ("admin@bank.test<", "u@example.org"),
            ("<a@b.test>", "c@d.test"),
        ]

    def test_raw_octets_are_utf_8_or_the_charset_of_the_part(self) -> None:
        assert read("J\xfcrgen <j\xfcrgen@b\xfccher.test>".encode())[0][0] == Mailbox(
            "J\xfcrgen", "j\xfcrgen", "b\xfccher.test"
        )
        assert read("\u0434\u0430 <a@b.test>".encode("koi8-r"), charset="koi8-r")[0][0].display_name == "\u0434\u0430"
        assert read(b"J\xfcrgen <a@b.test>")[0][0].display_name == "J\xfcrgen"


class TestReadingWhatItForbids:
    @pytest.mark.parametrize(
        ("raw", "entries", "codes"),
        [
            # RFC 7103 7.1, section by section
            pytest.param(b"<@relay.test:a@b.test>", ["a@b.test"], ["A018"], id="7.1.1 route"),
            pytest.param(b"<,,@relay.test,,@c.test:a@b.test>", ["a@b.test"], ["A017", "A018"], id="commas in a route"),
            pytest.param(b"<<user2@example.org>>", ["user2@example.org"], ["A036"], id="7.1.2 excess brackets"),
            pytest.param(b"<another@example.net", ["another@example.net"], ["A037"], id="7.1.3 no closing bracket"),
            pytest.param(b"second@example.org>", ["second@example.org"], ["A037"], id="7.1.3 no opening bracket"),
            pytest.param(b"(Testing <fred@b.test>", ["Testing <fred@b.test>"], ["A038"], id="7.1.4 open parenthesis"),
            pytest.param(b"Testing) <sam@b.test>", ['"Testing)" <sam@b.test>'], ["A038"], id="7.1.4 closing one"),
            pytest.param(b"a@b.test,,c@d.test,", ["a@b.test", "c@d.test"], ["A031", "A031"], id="7.1.5 commas"),
            pytest.param(b",a@b.test", ["a@b.test"], ["A031"], id="7.1.5 comma first"),
            pytest.param(b'"Joe <joe@b.test>', ["Joe <joe@b.test>"], ["A039"], id="7.1.6 quote"),
            pytest.param(b"bob", ["! bob"], ["A040"], id="7.1.7 naked local part"),
            # lists
            pytest.param(b"a@b.test; c@d.test;", ["a@b.test", "c@d.test"], ["A032", "A032"], id="semicolons"),
            pytest.param(b"a@b.test c@d.test", ["a@b.test", "c@d.test"], ["A041"], id="no comma"),
            pytest.param(b'a@b.test "Bob" <c@d.test>', ["a@b.test", "Bob <c@d.test>"], ["A041"], id="no comma, name"),
            pytest.param(b"<a@b.test> <c@d.test>", ["a@b.test", "c@d.test"], ["A041"], id="CVE-2024-49040"),
            pytest.param(b"<a@b.test>c@d.test", ["a@b.test", "c@d.test"], ["A041"], id="text after the bracket"),
            pytest.param(b"<a@b.test> rest", ["a@b.test", "! rest"], ["A040"], id="a word after the bracket"),
            pytest.param(
                b"<a@b.test <c@d.test>", ["a@b.test", "c@d.test"], ["A037", "A041"], id="no bracket, no comma"
            ),
            # names
            pytest.param(b"[Foo] <a@b.test>", ['"[Foo]" <a@b.test>'], ["A022"], id="brackets in a name"),
            pytest.param(b"a@b.test <a@b.test>", ['"a@b.test" <a@b.test>'], ["A022"], id="a name that is an address"),
            pytest.param(b"x @ y <a@b.test>", ['"x @ y" <a@b.test>'], ["A022"], id="@ in a name"),
            pytest.param(b"Smith, John <j@b.test>", ["! Smith", "John <j@b.test>"], ["A040"], id="comma in a name"),
            pytest.param(
                b"J. Smith, Jr <j@b.test>", ["! J. Smith", "Jr <j@b.test>"], ["A001"], id="two words before it"
            ),
            pytest.param(b'"=?utf-8?q?x?=" <a@b.test>', ['"=?utf-8?q?x?=" <a@b.test>'], ["E053"], id="RFC 2047 5 (3)"),
            # addr-specs
            pytest.param(b"a@evil.test@good.test", ["! a@evil.test@good.test"], ["A001"], id="CVE-2019-16056"),
            pytest.param(b"u@good.test(x)evil.test", ["! u@good.test(x)evil.test"], ["A001"], id="GHSA-cc9r-2j5m-2m83"),
            pytest.param(b"a b@c.test", ["! a b@c.test"], ["A001"], id="a space in a local part"),
            pytest.param(b"Name <>", ["! Name <>"], ["A001"], id="nothing in brackets"),
            pytest.param(b"@b.test", ["! @b.test"], ["A001"], id="no local part"),
            pytest.param(b"a@", ["! a@"], ["A001"], id="no domain"),
            pytest.param(b"a..b@c.test", ['"a..b"@c.test'], ["A020"], id="two dots"),
            pytest.param(b".a@c.test", ['".a"@c.test'], ["A020"], id="dot first"),
            pytest.param(b"a.@c.test", ['"a."@c.test'], ["A020"], id="dot last"),
            pytest.param(b'"a".b@c.test', ["a.b@c.test"], ["A019"], id="obs-local-part"),
            pytest.param(b"a . b@c.test", ["a.b@c.test"], ["A019"], id="space around a dot"),
            pytest.param(b"a@c . test", ["a@c.test"], ["A017"], id="obs-domain"),
            pytest.param(b"a@c.test.", ["a@c.test"], ["A005"], id="dot after a domain"),
            pytest.param(b"a@c..test", ["a@c..test"], ["A005"], id="two dots in a domain"),
            pytest.param(b"a@c_d.test", ["a@c_d.test"], ["A005"], id="underscore"),
            pytest.param(b"a@[foo]", ["a@[foo]"], ["A009"], id="literal of nothing"),
            pytest.param(b"=?utf-8?q?a=40b?=@c.test", ["=?utf-8?q?a=40b?=@c.test"], ["E054"], id="gh-152519"),
            pytest.param(b"<@route,invalid:a@b.test>", ["! <@route,invalid:a@b.test>"], ["A001"], id="no route"),
            pytest.param(b"<a@b.test>\\,<c@d.test>", ["a@b.test", "! \\", "c@d.test"], ["A001"], id="espoofer A17"),
            pytest.param(
                b"alice@b.test)<bob@d.test>", ['"alice@b.test)" <bob@d.test>'], ["A022", "A038"], id="stray )"
            ),
            # control characters
            pytest.param(b'"a\rRSET"@b.test', ['! "a\rRSET"@b.test'], ["A045"], id="CVE-2026-30227"),
            pytest.param(b'"a\\\0b"@b.test', ['! "a\\\0b"@b.test'], ["A045"], id="obs-qp"),
            pytest.param(b"a\x01b@b.test", ["! a\x01b@b.test"], ["A045"], id="in a local part"),
            pytest.param(b"<a@b.test\0@c.test>", ["! <a@b.test\0@c.test>"], ["A001"], id="in a domain"),
            pytest.param(b"a@b.test\xc2\x85", ["! a@b.test\x85"], ["A005"], id="C1"),
            pytest.param(b"A\0 <a@b.test>", ['"A\0" <a@b.test>'], ["A045"], id="in a name"),
            # groups
            pytest.param(b"Team: a@b.test", ["Team: a@b.test;"], ["A030"], id="group without an end"),
            pytest.param(b"Team: a@b.test, ;", ["Team: a@b.test;"], ["A031"], id="comma before the end"),
            pytest.param(b"A: B: a@b.test;;", ["A: a@b.test;"], ["A001"], id="group in a group"),
            pytest.param(b":;", ['"":;'], ["A001"], id="group without a name"),
            pytest.param(b"Team:; a@b.test", ["Team:;", "a@b.test"], ["A041"], id="no comma after a group"),
            pytest.param(
                b"T: a@b.test, bob, c@d.test;", ["T: a@b.test, c@d.test;", "! bob"], ["A040"], id="in a group"
            ),
            pytest.param(b"a@b.test: c@d.test", ["! a@b.test:", "c@d.test"], ["A001"], id="an address names no group"),
            pytest.param(b"undisclosed-recipients", ["undisclosed-recipients:;"], ["A035"], id="undisclosed"),
            pytest.param(b"undisclosed-recipients;", ["undisclosed-recipients:;"], ["A035"], id="undisclosed;"),
            pytest.param(b"undisclosed-recipients:", ["undisclosed-recipients:;"], ["A035"], id="undisclosed:"),
            pytest.param(
                b"<Undisclosed-Recipient:;>", ["Undisclosed-Recipient:;"], ["A035"], id="undisclosed in brackets"
            ),
        ],
    )
    def test_it_is_read_as_far_as_it_has_one_meaning(self, raw: bytes, entries: list[str], codes: list[str]) -> None:
        assert shown(raw) == entries
        assert sorted(set(read(raw)[1])) == sorted(set(codes))
        assert len(read(raw)[1]) >= len(codes)

    def test_nobody_is_dropped_in_silence(self) -> None:
        found, _ = read(b"a@b.test, bob, T: carol, c@d.test;")
        assert found.entries == (
            Mailbox("", "a", "b.test"),
            Unparsed("bob"),
            Group("T", ["c@d.test"]),
            Unparsed("carol"),
        )
        assert [box.address for box in found] == ["a@b.test", "c@d.test"]

    def test_flaws_stand_where_the_octets_are(self) -> None:
        flaws: list[Flaw] = []
        AddressList.parse(b'x@y.test, "=?utf-8?q?x?=" =?x-no?q?y?= <a@b..c>', flaws)
        assert [(code, start, end) for code, start, end, _ in flaws] == [
            ("E053", 11, 24),
            ("E057", 26, 38),
            ("A005", 42, 46),
        ]

    def test_one_mailbox_is_read_or_nothing(self) -> None:
        assert Mailbox.parse(b"Ada <ada@b.test>") == Mailbox("Ada", "ada", "b.test")
        assert Mailbox.parse(b"Ada <ada@b.test>, b@c.test") is None
        assert Mailbox.parse(b"ada") is None


class TestLimits:
    def test_the_rest_of_too_many_addresses_is_one_text(self) -> None:
        for raw in (b"a@b.test, c@d.test, (x) e@f.test, g@h.test", b"a@b.test, c@d.test, e@f.test, g@h.test"):
            found, codes = read(raw, limits=Limits(max_addresses_per_field=2))
            assert [str(box) for box in found] == ["a@b.test", "c@d.test"]
            assert isinstance(found.entries[2], Unparsed)
            assert found.entries[2].text.endswith("e@f.test, g@h.test")
            assert codes == ["L007"]

    def test_groups_in_groups_are_read_three_deep(self) -> None:
        found, codes = read(b"a: b: c: d@e.test, f: g@h.test;;;;")
        assert found.entries[0] == Group("a", ["d@e.test"])
        assert found.entries[1] == Unparsed("f: g@h.test;;;;")
        assert set(codes) == {"A001", "L009", "A030"}

    def test_many_parentheses_are_no_recursion(self) -> None:
        found, codes = read(b"(" * 200_000 + b" a@b.test")
        assert isinstance(found.entries[0], Unparsed)
        assert "A038" in codes
        assert read(b"(" * 100_000 + b")" * 100_000 + b" <a@b.test>") == (AddressList.of("a@b.test"), ["L009"])

    @pytest.mark.parametrize(
        "unit",
        [
            "(",
            "<>",
            ";",
            '"',
            "a ",
            "\\",
            "@",
            ",",
            ".",
            "\x0c",
            "g:",
            "a@",
            "a.",
            "<",
            ">",
            "[",
            "]",
            '\\"',
            '"\\',
            "[\\[",
            "a@b ",
            "<a@b> ",
            "<a@b",
            "=?",
            "=?utf-8?q?a?= ",
            '"a" =?utf-8?q?a?= ',
            "g:;",
            "<@a,",
            "(a",
            "undisclosed-recipients;",
        ],
    )
    def test_a_long_run_of_anything_is_read_with_few_flaws(self, unit: str) -> None:
        raw = unit.encode() * (100_000 // len(unit)) + b" <x@y.test>"
        flaws: list[Flaw] = []
        AddressList.parse(raw, flaws)
        assert len(flaws) < 60

    def test_two_hundred_thousand_addresses_are_read_written_and_compared(self) -> None:
        found = AddressList.parse(", ".join([f"a{number}@e.test" for number in range(200_000)]).encode())
        assert len(found) == len(set(found)) == 200_000
        assert AddressList.parse(found.encode()) == found


FRAGMENTS = st.sampled_from(
    [
        b"a@b.test",
        b"Ada",
        b" ",
        b"\r\n ",
        b",",
        b";",
        b":",
        b"<",
        b">",
        b'"',
        b"\\",
        b"(",
        b")",
        b"[",
        b"]",
        b"@",
        b".",
        b"=?utf-8?q?x=2C?=",
        b'"q, r"',
        b"<c@d.test>",
        b"Team:",
        b"\0",
        b"\xe9",
        b"\xc2\x85",
        b"\t",
        b"_",
        b"-",
        b"undisclosed-recipients",
    ]
)
hostile = st.lists(FRAGMENTS | st.binary(max_size=2), max_size=24).map(b"".join)
likely = st.lists(
    st.sampled_from(
        [
            b"a@b.test",
            b"Ada L. <a@b.test>",
            b'"A, B" <a@b.test>',
            b"=?utf-8?q?x?= y <a@b.test>",
            b'"=?utf-8?q?x?=" <a@b.test>',
            b"a  b <c@d.test>",
            b"=?utf-8?q?x?=@d.test",
            b"a@b",
            b"<a@b.test>",
            b'""<a@b.test>',
            b"T:a@b.test",
            b"x@y.test;",
            b" ",
            b"",
            b"a@-b",
            b".a b. <a@b.test>",
            b"=?utf-8?q?x?=   =?utf-8?q?y?= <a@b.test>",
            b"a\r\n b <a@b.test>",
            b"=?x?q?y?=z <a@b.test>",
        ]
    )
).map(b",".join)


class TestAnyOctets:
    @given(hostile)
    @example(b"< Ada<")
    @settings(max_examples=200)
    def test_they_are_read(self, raw: bytes) -> None:
        read(raw)

    @given(likely | hostile)
    @example(b"=?utf-8?q?x?= <a@b.test>, (c)")
    @settings(max_examples=200)
    def test_the_short_way_and_the_long_way_agree(self, raw: bytes) -> None:
        quick: list[Flaw] = []
        slow: list[Flaw] = []
        found = _addresslist.read(raw, quick, limits=DEFAULT_LIMITS)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_addresslist, "_plain", lambda: re.compile("(?!)"))
            assert _addresslist.read(raw, slow, limits=DEFAULT_LIMITS) == found
        assert slow == quick

    @given(hostile)
    def test_what_is_read_and_can_be_written_is_read_again(self, raw: bytes) -> None:
        for mailbox in AddressList.parse(raw):
            try:
                octets = mailbox.encode(utf8=True)
            except AddressError:
                continue
            assert Mailbox.parse(octets) == mailbox

    @given(hostile)
    def test_what_an_envelope_takes_cannot_end_its_path(self, raw: bytes) -> None:
        for mailbox in AddressList.parse(raw):
            try:
                path = mailbox.smtp_path(utf8=True)
            except AddressError:
                continue
            assert not re.search("[\0-\x1f\x7f]", path)
            assert len(path.encode()) <= 254
            assert not re.search(r"[\s<>]", re.sub(r'^"(?:[^"\\]|\\.)*"', "", path))


# -- building


class TestBuilding:
    @pytest.mark.parametrize(
        ("given_value", "expected"),
        [
            pytest.param("ada@b.test", ["ada@b.test"], id="addr-spec"),
            pytest.param(" Ada L. <ada@b.test> ", ["Ada L. <ada@b.test>"], id="a dot needs no quotes"),
            pytest.param("a@b.test, Team: c@d.test, e@f.test;", ["a@b.test", "Team: c@d.test, e@f.test;"], id="list"),
            pytest.param(("Ada <King>, Countess", "a@b.test"), ["Ada <King>, Countess <a@b.test>"], id="pair"),
            pytest.param(
                ["a@b.test", ("C", "c@d.test"), Mailbox("", "e", "f.test"), Group("G", ())],
                ["a@b.test", "C <c@d.test>", "e@f.test", "G:;"],
                id="iterable",
            ),
            pytest.param(
                ("a@b.test", "c@d.test", "e@f.test"), ["a@b.test", "c@d.test", "e@f.test"], id="three strings"
            ),
            pytest.param(iter(["a@b.test"]), ["a@b.test"], id="iterator"),
            pytest.param((), [], id="nobody"),
            pytest.param(AddressList.of("a@b.test"), ["a@b.test"], id="AddressList"),
            pytest.param(
                [AddressList.of("a@b.test"), "c@d.test"], ["a@b.test", "c@d.test"], id="AddressList in a list"
            ),
            pytest.param("=?utf-8?q?x?= <a@b.test>", ["=?utf-8?q?x?= <a@b.test>"], id="no word is decoded"),
            pytest.param("Zo\xeb <zo\xeb@b\xfccher.test>", ["Zo\xeb <zo\xeb@b\xfccher.test>"], id="RFC 6532"),
            pytest.param('"a b"@c_d.test', ['"a b"@c_d.test'], id="RFC 5322 domain"),
        ],
    )
    def test_loose_input_becomes_a_list(self, given_value: object, expected: list[str]) -> None:
        made = AddressList.of(given_value)
        plain = [
            str(entry).replace('"', "") if '"' not in wanted else str(entry)
            for entry, wanted in zip(made.entries, expected, strict=True)
        ]
        assert plain == expected

    @pytest.mark.parametrize(
        "given_value",
        [
            "",
            " ",
            "ada",
            "a@b.test,",
            "a@b.test;",
            "a@b.test c@d.test",
            "a b@c.test",
            "Smith, John <j@b.test>",
            "<>",
            "<a@b.test",
            "a@b..c",
            "a@b.test.",
            "a@-b.test",
            "a@b-.test",
            "a..b@c.test",
            ".a@b.test",
            '"a".b@c.test',
            "<@r.test:a@b.test>",
            "a . b@c.test",
            "a@c . test",
            "[x] <a@b.test>",
            "x@y.test <a@b.test>",
            "a@evil.test@good.test",
            "user@good.test(x)evil.test",
            "a@[1.2.3.4",
            '"a@b.test',
            "a@b.test\r\nBcc: e@x.test",
            "a\rb@c.test",
            "a\n@c.test",
            "a@b.test\0",
            "a\x7f@b.test",
            "a\x85@b.test",
            "a\u2028@b.test",
            '"a\tb"@c.test',
            "a\ud800@b.test",
            '"a\r\nRSET"@b.test',
            "a\u760d\u760aRCPT TO:<e@x.test>@b.test",
            "Team: a@b.test",
            "=?utf-8?q?a=40b?=@c.test",
            "user@xn--example-.org",
            "user@example.org.xn--",
            "user@xn--a-.org",
            "a@\uff45\uff0etest",
            "a" * 65 + "@b.test",
            "a@" + "b" * 64 + ".test",
            "a@" + "b." * 127 + "test",
            '""@b.test',
            "undisclosed-recipients",
            ("a@b.test", "c@d.test"),
            ("Ada", "Ada <a@b.test>"),
            ("Ada", "a@b.test, c@d.test"),
            ("Ada\n", "a@b.test"),
            ("Ada\0", "a@b.test"),
            ("Ada\ud800", "a@b.test"),
            ("Ada", "a@b.test\r\n"),
            b"a@b.test",
            None,
            5,
            {"a@b.test": "Ada"},
            [None],
            [b"a@b.test"],
            [["a@b.test"]],
            [("Ada", "ada")],
            [Unparsed("x")],
            AddressList.parse(b"a@b.test, bob"),
            ["a@b.test", AddressList.parse(b"bob")],
        ],
    )
    def test_what_is_not_wholly_an_address_raises_at_once(self, given_value: object) -> None:
        with pytest.raises(AddressError) as caught:
            AddressList.of(given_value)
        assert str(caught.value).isprintable()
        assert str(caught.value).isascii()

    @pytest.mark.parametrize(
        ("given_value", "said"),
        [
            (("a@b.test", "c@d.test"), "a (display_name, address) pair whose name is itself an address"),
            ("Smith, John <j@b.test>", "RFC 7103 7.1.7"),
            ("a@b.test c@d.test", "write a comma between addresses"),
            ("[x] <a@b.test>", "put the display name in double quotes"),
            ("\xe9\xe9 a..b@c.test, x", "at index 3"),
            (None, "None is a NoneType"),
        ],
    )
    def test_the_error_says_what_and_how(self, given_value: object, said: str) -> None:
        with pytest.raises(AddressError, match=re.escape(said)):
            AddressList.of(given_value)

    @pytest.mark.parametrize("code", [*range(0x20), 0x7F])
    @pytest.mark.parametrize(
        "place", ["{}a@b.test", "a{}b@c.test", '"a{}b"@c.test', "a@b{}c.test", "a@b.test{}", "a@[1.2.3.4{}]"]
    )
    def test_no_control_character_stands_in_an_address(self, place: str, code: int) -> None:
        text = place.format(chr(code))
        if code == 0x09 and place in ("{}a@b.test", "a@b.test{}", "a@[1.2.3.4{}]"):
            assert AddressList.of(text)[0].smtp_path() in ("a@b.test", "a@[1.2.3.4]")
            return
        with pytest.raises(AddressError):
            Mailbox.of(text)
        with pytest.raises(AddressError):
            Mailbox("", text, "b.test")

    @pytest.mark.parametrize(
        "arguments",
        [
            ("A\r\nBcc: e@x.test", "a", "b.test"),
            ("", "a\r\nb", "b.test"),
            ("", "a", "b.test\r\n"),
            ("", "", "b.test"),
            ("", "a", ""),
            ("", "a", "b c"),
            ("", "a", "[1.2.3.4"),
            ("", "a", "[1.2]3.4]"),
            ("", "=?utf-8?q?x?=", "b.test"),
            (None, "a", "b.test"),
        ],
    )
    def test_a_mailbox_checks_its_parts(self, arguments: tuple[Any, Any, Any]) -> None:
        with pytest.raises(AddressError):
            Mailbox(*arguments)

    def test_one_mailbox_is_one_mailbox(self) -> None:
        assert Mailbox.of("Ada <a@b.test>") == Mailbox("Ada", "a", "b.test") == Mailbox.of(("Ada", "a@b.test"))
        box = Mailbox("Ada", "a", "b.test")
        assert Mailbox.of(box) is box
        values: tuple[object, ...] = ("a@b.test, c@d.test", "T: a@b.test;", [], Group("T", "a@b.test"))
        for several in values:
            with pytest.raises(AddressError, match="not exactly one mailbox"):
                Mailbox.of(several)

    def test_a_group_holds_mailboxes_only(self) -> None:
        assert Group("T", [("A", "a@b.test"), "c@d.test"]).mailboxes == (
            Mailbox("A", "a", "b.test"),
            Mailbox("", "c", "d.test"),
        )
        for name, members in (("", ()), ("T\n", ()), ("T", Group("U", ())), ("T", "T: a@b.test;"), (None, ())):
            with pytest.raises(AddressError):
                Group(name, members)  # type: ignore[arg-type]  # the last name is none

    def test_a_list_holds_entries_only(self) -> None:
        with pytest.raises(AddressError, match=r"AddressList\.of"):
            AddressList(["a@b.test"])  # type: ignore[list-item]  # that is the fault


class TestProfiles:
    @pytest.mark.parametrize(
        ("address", "strictest"),
        [
            ("ada@under_score.net", "message"),
            ("ada@[somewhere]", "message"),
            ("ada@[IPv6:::1]", "smtp"),
            ("ada@localhost", "smtp"),
            ('"ada lovelace"@gmail.com', "smtp"),
            ("ada@shop.test", "smtp"),
            ("ada@gmail.com", "deliverable"),
            ("zo\xeb@b\xfccher.de", "deliverable"),
        ],
    )
    def test_each_asks_for_more_than_the_one_before(self, address: str, strictest: str) -> None:
        profiles: tuple[Literal["message", "smtp", "deliverable"], ...] = ("message", "smtp", "deliverable")
        refuses = False
        for profile in profiles:
            if refuses:
                with pytest.raises(AddressError) as caught:
                    Mailbox.of(address, profile=profile)
                assert str(caught.value).isascii()
            else:
                assert Mailbox.of(address, profile=profile).address == address
            refuses = refuses or profile == strictest

    def test_an_unknown_profile_raises(self) -> None:
        with pytest.raises(AddressError, match="profile is 'strict'"):
            Mailbox.of("a@b.test", profile="strict")  # type: ignore[arg-type]  # that is the fault


class TestWriting:
    @pytest.mark.parametrize(
        ("box", "octets"),
        [
            (Mailbox("", "a", "b.test"), b"a@b.test"),
            (Mailbox("Ada Lovelace", "a", "b.test"), b"Ada Lovelace <a@b.test>"),
            (Mailbox("Lovelace, Ada", "a", "b.test"), b'"Lovelace, Ada" <a@b.test>'),
            (Mailbox('Ada "C" \\', "a", "b.test"), b'"Ada \\"C\\" \\\\" <a@b.test>'),
            (Mailbox("Ada  King", "a", "b.test"), b'"Ada  King" <a@b.test>'),
            (Mailbox("J. Doe", "a", "b.test"), b'"J. Doe" <a@b.test>'),
            (Mailbox("Zo\xeb", "a", "b\xfccher.test"), b"=?utf-8?q?Zo=C3=AB?= <a@xn--bcher-kva.test>"),
            (Mailbox("=?utf-8?q?x?=", "a", "b.test"), b"=?utf-8?b?PT91dGYtOD9xP3g/PQ==?= <a@b.test>"),
            (Mailbox("", "a b", "b.test"), b'"a b"@b.test'),
            (Mailbox("", 'a"b\\', "b.test"), b'"a\\"b\\\\"@b.test'),
            (Mailbox("", "a", "[192.0.2.1]"), b"a@[192.0.2.1]"),
        ],
    )
    def test_a_mailbox_is_written_so_that_it_reads_back(self, box: Mailbox, octets: bytes) -> None:
        assert box.encode() == octets
        assert Mailbox.parse(octets) == box
        assert Mailbox.of(str(box)) == box

    def test_utf_8_is_written_when_asked(self) -> None:
        box = Mailbox("Zo\xeb K.", "zo\xeb", "b\xfccher.test")
        assert box.encode(utf8=True) == '"Zo\xeb K." <zo\xeb@b\xfccher.test>'.encode()
        assert Mailbox("a\x85", "a", "b.test").encode(utf8=True) == b"=?utf-8?b?YcKF?= <a@b.test>"

    def test_a_domain_is_shown_as_the_envelope_has_it(self) -> None:
        assert Mailbox("", "a", "com\xadpany.test").encode(utf8=True) == b"a@company.test"
        assert Mailbox("", "a", "B\xdcCHER.test").encode(utf8=True) == "a@b\xfccher.test".encode()
        assert Mailbox("", "a", "XN--BCHER-KVA.test").encode(utf8=True) == b"a@XN--BCHER-KVA.test"

    def test_a_non_ascii_local_part_asks_for_smtputf8(self) -> None:
        box = Mailbox("", "zo\xeb", "b.test")
        for write in (box.encode, box.smtp_path, AddressList([box]).encode):
            with pytest.raises(AddressError, match='encoding="smtputf8"'):
                write()

    def test_a_long_list_is_folded_between_its_pieces(self) -> None:
        addresses = AddressList.of([("Person, " + "x" * number, f"p{number}@example.org") for number in range(40)])
        field = fold(b"To", addresses.pieces())
        assert max(map(len, field.split(b"\r\n"))) <= 78
        assert AddressList.parse(field[3:]) == addresses

    def test_a_name_without_white_space_is_cut_into_encoded_words(self) -> None:
        box = Mailbox("x" * 3000, "a", "b.test")
        assert max(map(len, fold(b"From", box.pieces()).split(b"\r\n"))) <= 78
        assert Mailbox.parse(fold(b"From", box.pieces())[5:]) == box
        long = Mailbox("y" * 3000, "a", "b.test")
        assert Mailbox.parse(fold(b"From", long.pieces(utf8=True))[5:]) == long

    def test_what_was_read_and_cannot_be_written_raises(self) -> None:
        for raw in (b"A\0 <a@b.test>", b"a@b..c", b"=?utf-8?q?a=0Ab?= <a@b.test>", b"a@[b\\c]"):
            with pytest.raises(AddressError):
                AddressList.parse(raw).encode()
        with pytest.raises(AddressError, match="'bob'"):
            AddressList.parse(b"a@b.test, bob").pieces()

    @pytest.mark.parametrize(
        ("box", "path"),
        [
            (Mailbox("Ada", "a", "B\xfccher.test"), "a@xn--bcher-kva.test"),
            (
                Mailbox("", "t@example.com> ORCPT=a@b.test", "example.com"),
                '"t@example.com> ORCPT=a@b.test"@example.com',
            ),
            (Mailbox("", 'a"> <b', "c.test"), '"a\\"> <b"@c.test'),
            (Mailbox("", "a", "[IPv6:::1]"), "a@[IPv6:::1]"),
            (Mailbox("", "a", "com\xadpany.com"), "a@company.com"),
        ],
    )
    def test_nothing_in_an_address_ends_the_path_of_an_smtp_command(self, box: Mailbox, path: str) -> None:
        assert box.smtp_path() == path

    @pytest.mark.parametrize(
        "raw",
        [b"a@[x>y]", b"a@b..c", b"a@-", b"a" * 300 + b"@b.test", b"a@" + b"b" * 64, b"a@xn--a-.org", b"a@[IPv6:x]"],
    )
    def test_what_no_command_can_carry_raises(self, raw: bytes) -> None:
        with pytest.raises(AddressError):
            AddressList.parse(raw)[0].smtp_path()


class TestValues:
    def test_domains_are_compared_by_their_a_labels(self) -> None:
        box = Mailbox("Ada", "a", "B\xfccher.test")
        same = Mailbox("Ada", "a", "XN--BCHER-KVA.test")
        assert box == same
        assert hash(box) == hash(same)
        assert box.domain == "B\xfccher.test"
        assert box.ascii_domain == "xn--bcher-kva.test"
        assert box != Mailbox("Ada", "A", "b\xfccher.test")
        assert box != Mailbox("", "a", "b\xfccher.test")

    def test_a_list_is_a_sequence_of_its_mailboxes(self) -> None:
        addresses = AddressList.of("Ada <a@b.test>, Team: c@d.test, e@f.test;, g@h.test")
        assert len(addresses) == 4
        assert addresses[-1].address == "g@h.test"
        assert [box.local_part for box in addresses] == ["a", "c", "e", "g"]
        assert Mailbox("", "e", "f.test") in addresses
        assert addresses.index(Mailbox("", "c", "d.test")) == 1
        assert addresses[1:3] == AddressList.of("c@d.test, e@f.test")
        assert [type(entry) for entry in addresses.entries] == [Mailbox, Group, Mailbox]
        assert not AddressList()
        assert AddressList().encode() == b""
        assert AddressList.joined([addresses, AddressList.of("x@y.test")]).entries[-1] == Mailbox("", "x", "y.test")

    @pytest.mark.parametrize(
        "value",
        [
            Mailbox("Ada", "a", "b.test"),
            Group("T", "a@b.test"),
            Unparsed("bob"),
            AddressList.of("Ada <a@b.test>, T: c@d.test;"),
            AddressList.parse(b"bob, <a@b..c>"),
        ],
    )
    def test_they_are_immutable_and_picklable(self, value: Mailbox | Group | Unparsed | AddressList) -> None:
        assert pickle.loads(pickle.dumps(value)) == value
        assert hash(copy.deepcopy(value)) == hash(value)
        with pytest.raises(AttributeError):
            setattr(value, "entries" if isinstance(value, AddressList) else "display_name", "x")

    def test_their_repr_is_short(self) -> None:
        many = AddressList.of([f"a{number}@b.test" for number in range(100)])
        assert repr(many).endswith("... 95 more])")
        assert repr(Group("T", "a@b.test")) == "Group('T', [Mailbox('', 'a', 'b.test')])"


# -- what is built is understood

_controls = [chr(code) for code in (*range(0x20), 0x7F)]
_words = st.sampled_from(
    [
        "Ada",
        "O'Brien",
        "J.",
        "K\xf6nig",
        "\u4e16\u754c",
        "\U0001f469\u200d\U0001f467",
        "a\u0301",
        ",",
        '"',
        "\\",
        "<a@b.test>",
        "_",
        "",
        "=?utf-8?q?x?=",
        "=?",
        "?=",
        ":",
        ";",
        "(",
        ")",
        "a@b.test",
        "\u3000",
        "\x85",
        "\u2028",
        "\xa0",
    ]
)
names = st.text(st.characters(codec="utf-8", exclude_characters=_controls), max_size=40) | st.lists(
    _words, max_size=8
).map(" ".join)
_local_parts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=20) | st.just("ada")
_domains = st.sampled_from(["example.com", "b\xfccher.test", "EXAMPLE.test", "[192.0.2.1]", "[IPv6:::1]"])


@st.composite
def boxes(draw: st.DrawFn, domains: st.SearchStrategy[str] = _domains) -> Mailbox:
    """Draw any mailbox that can be built."""
    local_part = draw(_local_parts)
    assume(not re.search(r"=\?[^?]*\?[^?]*\?[^?]*\?=", local_part))
    return Mailbox(draw(names), local_part, draw(domains))


groups = st.builds(Group, names.filter(bool), st.lists(boxes(), max_size=3))
lists = st.lists(boxes() | groups, min_size=1, max_size=4).map(AddressList)

# QUIRK: before 3.14.6 the standard library puts a space between two encoded words in a row (gh-128110), and of a run of
# white space inside one it makes a space.
_beyond_the_standard_library = re.compile(rb"\?= =\?")


class TestWhatIsBuiltIsUnderstood:
    @given(lists, st.booleans())
    @settings(max_examples=150)
    def test_by_this_library(self, addresses: AddressList, utf8: bool) -> None:
        field = fold(b"To", addresses.pieces(utf8=utf8))
        assert field.isascii() or utf8
        assert max(map(len, field.split(b"\r\n"))) <= 998
        assert read(field[3:]) == (addresses, [])
        assert AddressList.of(str(addresses)) == addresses

    @given(st.lists(boxes(), min_size=1, max_size=3))
    @example([Mailbox("K\xf6nig,  B\xe9la", "a", "b.test")])
    @example([Mailbox(f"Long name {'y' * 70} <admin@bank.test>, x", "me", "example.org")])
    @example([Mailbox(" =?utf-8?q?x?=  J. ", "a", "b.test")])
    @settings(max_examples=150)
    def test_by_the_standard_library(self, given_boxes: list[Mailbox]) -> None:
        field = fold(b"To", AddressList(given_boxes).pieces())
        message = message_from_bytes(field + b"\r\n", policy=policy.default)
        found = message["To"].addresses
        assert len(found) == len(given_boxes)
        for one, box in zip(found, given_boxes, strict=True):
            assert (one.username, one.domain) == (box.local_part, box.ascii_domain)
            if _beyond_the_standard_library.search(box.encode()) or re.search(r" [^\S ]", box.display_name):
                assert re.sub(r"\s", "", one.display_name) == re.sub(r"\s", "", box.display_name)
            else:
                assert one.display_name == box.display_name

    @given(st.lists(boxes(), min_size=1, max_size=3))
    @settings(max_examples=100)
    def test_by_email_utils(self, given_boxes: list[Mailbox]) -> None:
        field = fold(b"To", AddressList(given_boxes).pieces())
        found = getaddresses([field[4:].decode("ascii").replace("\r\n", "")])
        assert len(found) == len(given_boxes)
        for (name, address), box in zip(found, given_boxes, strict=True):
            assert Mailbox.of(address) == Mailbox("", box.local_part, box.ascii_domain)
            if "=?" not in box.encode().decode("ascii"):
                assert name == box.display_name
            elif not re.search(r"^\s| \s|\s$", box.display_name):  # decode_header strips what is beside an encoded word
                assert str(make_header(decode_header(name))) == box.display_name

    def test_a_quoted_name_is_not_parsed_again_when_it_is_folded(self) -> None:
        name = f"Long name {'y' * 70} <admin@bank.test>, x"
        field = fold(b"From", Mailbox(name, "me", "example.org").pieces())
        assert b"\r\n" in field[:-2]
        found = message_from_bytes(field + b"\r\n", policy=policy.default)["From"].addresses
        assert [(one.display_name, one.addr_spec) for one in found] == [(name, "me@example.org")]
