"""The grammar compiler: what is drawn is what a rule allows, all of it; what is no grammar is told with its line."""

from __future__ import annotations

import re
from importlib import resources
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis.errors import InvalidArgument

from mimekit.headers import dates, ids
from mimekit.headers.address import AddressList
from mimekit.headers.content import ContentDisposition, ContentType
from mimekit.strategies import from_abnf
from mimekit.strategies._grammar import GRAMMARS, grammar_of, shipped

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from mimekit.defects import Flaw

COMMON = settings(max_examples=60, database=None, suppress_health_check=list(HealthCheck))
COUNTED = settings(COMMON, max_examples=150, derandomize=True, phases=[Phase.generate])
ONCE = settings(COMMON, max_examples=2, derandomize=True, phases=[Phase.generate])
UNSEEN = settings(COMMON, max_examples=3000, derandomize=True)


# An address with a control character in it, or a tab, is not read, though the grammar allows some.
NO_CONTROLS = """
; with rfc5322
obs-NO-WS-CTL = "a"
WSP = SP
obs-qp = "\\" "a"
obs-dtext = "a"
"""
# Dates that there are: the grammar of the RFC has 99 days in a month.
EXACT_DATES = """
; with rfc5322
day-of-week = [FWS] "Sat"
date = FWS "01" FWS "Jan" FWS "2000" FWS
hour = "1" DIGIT
minute = "30"
second = "15"
time-of-day = hour ":" minute ":" second
zone = FWS ("+" / "-") "0" DIGIT "00"
"""


def drawn(strategy: SearchStrategy[bytes], how: settings = COUNTED) -> list[bytes]:
    """Draw many."""
    found: list[bytes] = []

    @how
    @given(strategy)
    def check(octets: bytes) -> None:
        found.append(octets)

    check()
    return found


def own_rules(name: str) -> list[str]:
    """Give the rules that a shipped grammar defines itself."""
    taken = [other for other in GRAMMARS if re.search(rf"(?m)^;.*with.*{other}", shipped(name))]
    others = {key for other in ("rfc5234", *taken) if other != name for key in grammar_of(shipped(other))}
    return [rule.name for key, rule in grammar_of(shipped(name)).items() if key not in others]


class TestTheShippedGrammars:
    @pytest.mark.parametrize("name", GRAMMARS)
    def test_every_rule_is_drawn_from(self, name: str) -> None:
        assert own_rules(name)
        for rule in own_rules(name):
            assert all(len(octets) < 20_000 for octets in drawn(from_abnf(rule, name, max_depth=1), ONCE)), rule

    def test_a_rule_is_found_without_the_grammar(self) -> None:
        assert find(from_abnf("boundary"), bool, settings=UNSEEN) == b"a"
        assert find(from_abnf("ENCODED-word"), bool, settings=UNSEEN).startswith(b"=?")

    def test_the_licence_is_beside_them(self) -> None:
        text = resources.files("mimekit.strategies").joinpath("grammars", "IETF-LICENSE.txt").read_text("ascii")
        assert "Revised BSD License" in text
        files = {one.name for one in resources.files("mimekit.strategies").joinpath("grammars").iterdir()}
        assert files == {*[f"{name}.abnf" for name in GRAMMARS], "IETF-LICENSE.txt"}

    def test_a_grammar_names_its_rfc(self) -> None:
        assert [name for name in GRAMMARS if f"RFC {name[3:]}" not in shipped(name).split("\n", 1)[0]] == []


class TestOurParsersTakeWhatTheGrammarsAllow:
    @COMMON
    @given(from_abnf("mailbox", NO_CONTROLS, max_depth=1))
    def test_mailbox(self, octets: bytes) -> None:
        flaws: list[Flaw] = []
        assert len(AddressList.parse(octets, flaws).mailboxes) == 1, flaws

    @COMMON
    @given(from_abnf("Mailbox", "rfc5321"))
    def test_mailbox_of_smtp(self, octets: bytes) -> None:
        [mailbox] = AddressList.parse(octets).mailboxes
        assert mailbox.local_part or b'""@' in octets

    @COMMON
    @given(from_abnf("msg-id", "rfc5322", max_depth=1))
    def test_msg_id(self, octets: bytes) -> None:
        flaws: list[Flaw] = []
        assert len(ids.parse_many(octets, flaws)) == 1, flaws

    @COMMON
    @given(from_abnf("content", "rfc2045"))
    def test_content_type(self, octets: bytes) -> None:
        assert ContentType.parse(octets.partition(b":")[2]) is not None

    @COMMON
    @given(from_abnf("disposition", "rfc2183"))
    def test_content_disposition(self, octets: bytes) -> None:
        assert ContentDisposition.parse(octets.partition(b":")[2]) is not None

    @COMMON
    @given(from_abnf("date-time", EXACT_DATES, max_depth=1))
    def test_date_time(self, octets: bytes) -> None:
        moment = dates.parse(octets)
        assert moment is not None
        assert (moment.year, moment.minute, moment.second) == (2000, 30, 15)


def one(grammar: str) -> list[bytes]:
    """Draw from the rule ``a`` of a grammar."""
    return drawn(from_abnf("a", grammar))


class TestTheLanguage:
    """RFC 5234 and RFC 7405, each thing by the octets that it allows, and by what of them is drawn."""

    @pytest.mark.parametrize(
        ("grammar", "pattern", "all_of_them"),
        [
            ('a = "b" / "c"', rb"[bcBC]", 4),
            ('a = %s"b" / %i"c"', rb"[bcC]", 3),
            ('a = %s"aBc"', rb"aBc", 1),
            ('a = "aB"', rb"(?i:ab)", 4),
            ("a = %x41.42.43", rb"ABC", 1),
            ("a = %d97-99", rb"[abc]", 3),
            ("a = %b1100001", rb"a", 1),
            ("a = %x00-FF", rb"(?s).", 60),
            ('a = 2%s"x"', rb"xx", 1),
            ('a = 1*3%s"x"', rb"x{1,3}", 3),
            ('a = *2%s"x"', rb"x{0,2}", 3),
            ('a = 2*%s"x"', rb"x{2,}", 5),
            ('a = *%s"x"', rb"x*", 5),
            ('a = [%s"x"] %s"y"', rb"x?y", 2),
            ('a = %s"x" (%s"y" / %s"z") %s"w"', rb"x[yz]w", 2),
            ('a = %s"x" %s"y" / %s"z"', rb"xy|z", 2),
            ('a = %s"x"\na =/ %s"y" / %s"z"', rb"[xyz]", 3),
            ('a = b ; a comment\n  b\nB = %s"x"', rb"xx", 1),
            ('A = <prose> / %s"x"', rb"x", 1),
            ('  a = %s"x"\n  b = %s"y"', rb"x", 1),
            ('a = [<prose>] %s"x"', rb"x", 1),
            ("a = DIGIT HEXDIG CRLF", rb"[0-9][0-9A-Fa-f]\r\n", 20),
            ('a = ""', rb"", 1),
        ],
    )
    def test_draws_what_it_allows_and_all_of_it(self, grammar: str, pattern: bytes, all_of_them: int) -> None:
        found = one(grammar)
        assert [octets for octets in found if not re.fullmatch(pattern, octets)] == []
        assert len(set(found)) >= all_of_them

    def test_a_rule_that_is_defined_anew(self) -> None:
        found = drawn(from_abnf("dot-atom-text", '; with rfc5322\natext = %s"q"'))
        assert [octets for octets in found if not re.fullmatch(rb"q+(?:\.q+)*", octets)] == []

    @pytest.mark.parametrize("depth", [0, 1, 4])
    def test_a_recursive_rule_ends(self, depth: int) -> None:
        grammar = 'a = %s"x" / "(" a ")"'
        deepest = max([octets.count(b"(") for octets in drawn(from_abnf("a", grammar, max_depth=depth))])
        assert deepest == depth

    def test_rules_that_are_recursive_by_each_other(self) -> None:
        grammar = 'a = "(" b ")"\nb = %s"x" / a a'
        found = one(grammar)
        assert all(octets.count(b"(") == octets.count(b")") >= 1 for octets in found)
        assert max(map(len, found)) >= len(b"((x)(x))")

    def test_left_recursion(self) -> None:
        assert {len(octets) for octets in one('a = a %s"x" / %s"x"')} == {1, 2, 3}


class TestShrinking:
    @pytest.mark.parametrize(
        ("rule", "shortest"),
        [
            ("addr-spec", b"a@a"),
            ("comment", b"()"),
            ("mailbox", b"a@a"),
            ("msg-id", b"<a@a>"),
            ("encoded-word", b"=?a?a?a?="),
            ("unstructured", b""),
        ],
    )
    def test_to_the_shortest(self, rule: str, shortest: bytes) -> None:
        found = find(from_abnf(rule), lambda _: True, settings=UNSEEN)
        assert len(found) <= len(shortest)

    def test_to_what_matters(self) -> None:
        assert find(from_abnf("local-part"), lambda octets: b'"' in octets, settings=UNSEEN) == b'""'
        assert find(from_abnf("comment"), lambda octets: octets.count(b"(") > 1, settings=UNSEEN) == b"(())"


class TestErrors:
    @pytest.mark.parametrize(
        ("rule", "grammar", "text"),
        [
            ("addr-spek", None, "no grammar has a rule 'addr-spek' .did you mean addr-spec"),
            ("addr-spec", "rfc5323", "no grammar 'rfc5323' .did you mean rfc"),
            ("b", 'a = "x"', "the grammar has no rule 'b'"),
            ("a", 'a = "x" bee\nbees = "y"', "line 1, rule a: there is no rule bee .did you mean bees"),
            ("a", 'a = "x"\nb = "y" $', "line 2: '\\$' is nothing that ABNF has"),
            ("a", 'a = "x" /', "line 1, rule a: the end of the rule cannot stand there"),
            ("a", 'a = ("x"', "line 1, rule a: .*'\\)' is expected"),
            ("a", 'a = "x" )', "line 1, rule a: '\\)' cannot stand there"),
            ("a", 'a = "x"\na = "y"', "line 2, rule a: it is defined a second time; =/"),
            ("a", 'a =/ "x"', "line 1, rule a: =/ adds to a rule that there is not"),
            ("a", "a = %x100", "line 1, rule a: %x100 is no octet"),
            ("a", "a = %x42-41", "line 1, rule a: %x42-41 is an empty range"),
            ("a", 'a = 3*2"x"', "line 1, rule a: 3\\*2 is no number of times"),
            ("a", "a = 2", "line 1, rule a: .*repeated is missing"),
            ("a", 'a = "x" a', "line 1, rule a: it never ends"),
            ("a", "a = b\nb = <any word>", "line 2, rule b: <any word> is prose, .*define b in terminals"),
            ("a", '= "x"', "line 1: a rule begins with its name"),
            ("a", 'a "x" = ', "line 1, rule a: = or =/ does not follow"),
            ("a", "a = " + "(" * 200 + '"x"' + ")" * 200, "line 1, rule a: groups are nested over 100 deep"),
        ],
    )
    def test_are_told_with_their_line_and_rule(self, rule: str, grammar: str | None, text: str) -> None:
        strategy = from_abnf(rule, grammar)
        with pytest.raises(InvalidArgument, match=text):
            find(strategy, bool)

    @pytest.mark.parametrize("depth", [-1, 1.5, "2"])
    def test_max_depth(self, depth: int) -> None:
        strategy = from_abnf("comment", max_depth=depth)
        with pytest.raises(InvalidArgument, match="max_depth="):
            find(strategy, bool)

    def test_a_long_chain_of_rules_is_no_recursion_error(self) -> None:
        grammar = "\n".join([f"r{number} = r{number + 1}" for number in range(300)] + ['r300 = %s"x"'])
        assert find(from_abnf("r0", grammar), lambda _: True) == b"x"
