"""Rare messages are legal, obsolete ones mean what they were made of, and both shrink to one rarity."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis.errors import InvalidArgument

from mimekit import Message, lint, parse
from mimekit.lint.context import Context
from mimekit.strategies import rare
from mimekit.strategies.rare import exotic_messages, obsolete_messages
from tests.support.meaning import meaning

COMMON = settings(suppress_health_check=[HealthCheck.too_slow])
WIRE = Context(wire=True)
RARITIES = {one.name: rare.message_of([one]) for one in rare.rarities()}
# What the linter calls an error and the standards do not: limits of mailbox providers.
OF_PROVIDERS = {"B013"}


class TestExotic:
    @pytest.mark.parametrize("name", RARITIES)
    def test_a_rarity_is_legal(self, name: str) -> None:
        message = parse(RARITIES[name])
        assert [str(one) for one in message.defects if one.severity == "error"] == []
        found = {one.code for one in lint.check(message, context=WIRE) if one.severity == "error"}
        assert found <= OF_PROVIDERS

    def test_no_rarity_is_there_twice(self) -> None:
        assert len(set(RARITIES.values())) == len(RARITIES) == len(rare.rarities()) > 100

    @pytest.mark.parametrize("name", RARITIES)
    def test_lines_are_fit_for_the_wire(self, name: str) -> None:
        octets = RARITIES[name]
        assert octets.count(b"\n") == octets.count(b"\r") == octets.count(b"\r\n")
        assert max(map(len, octets.split(b"\r\n"))) <= 998
        header = octets.partition(b"\r\n\r\n")[0]
        assert header.isascii()

    def test_what_is_said_of_some(self) -> None:
        message = {name: parse(octets) for name, octets in RARITIES.items()}
        assert message["comments everywhere"].from_[0].display_name == "b d"
        assert message["a local part in quotes"].from_[0].local_part == "a b"
        assert message["an empty group"].to.entries[0].display_name == "undisclosed-recipients"  # type: ignore[union-attr]  # it is a group
        assert len(message["a hundred addresses"].to) == 100
        assert len(message["a hundred references"].references) == 100
        assert message["no subject"].subject is None
        assert message["an encoded word with a language"].subject == "gr\u00fc\u00df"
        assert message["the unknown zone"].date == datetime(2000, 1, 1, tzinfo=UTC)
        assert message["a name in thirty sections"].root.filename == "abcdefghijklmnopqrstuvwxyzabcd"
        assert message["sections of both kinds in any order"].root.filename == "\u00e9ab c\u20ac"
        assert message["a soft break after every octet"].content == b"ab=c"
        assert message["one character of base64 in a line"].content == b"ab"
        assert len(list(message["multiparts ten deep"].parts)) == 11
        assert len(list(message["messages ten deep"].parts)) == 11
        assert [part.content_type.essence for part in message["a digest"].root.children] == ["message/rfc822"]
        assert [part.content for part in message["parts of nothing"].root.children] == [b"", b"", b""]
        assert len(message["a boundary of all characters"].root.children) == 2

    @settings(COMMON, max_examples=100)
    @given(exotic_messages())
    def test_together_they_are_legal(self, message: Message) -> None:
        assert [str(one) for one in message.defects if one.severity == "error"] == []

    def test_hidden_recipients_are_not_beside_groups_in_all_fields(self) -> None:
        both = [one.place for one in rare.rarities() if b"Bcc:" in one.octets]
        assert len(both) > 1
        assert set(both) == {"To"}

    def test_every_rarity_is_drawn(self) -> None:
        found: list[bytes] = []

        @settings(COMMON, max_examples=1200, database=None, derandomize=True, phases=[Phase.generate])
        @given(exotic_messages())
        def count(message: Message) -> None:
            found.append(message.to_bytes())

        count()
        never = [one.name for one in rare.rarities() if one.octets and not any(one.octets in raw for raw in found)]
        assert len(never) <= 10

    def test_shrinks_to_one(self) -> None:
        found = find(exotic_messages(), lambda message: b"--b" in message.to_bytes())
        assert found.to_bytes() in RARITIES.values()

    @settings(COMMON, max_examples=50)
    @given(exotic_messages(max_octets=400))
    def test_max_octets(self, message: Message) -> None:
        assert message.size <= 400

    def test_too_few_octets(self) -> None:
        too_few = exotic_messages(max_octets=100)
        with pytest.raises(InvalidArgument):
            find(too_few, bool)


class TestObsolete:
    @settings(COMMON, max_examples=200)
    @given(rare.obsolete_models())
    def test_means_what_it_was_made_of_and_is_flagged(self, fields: list[rare.Obsolete]) -> None:
        message, plain = parse(rare.obsolete_octets(fields)), parse(rare.obsolete_octets(fields, plainly=True))
        assert plain.defects == ()
        assert meaning(message.root) == meaning(plain.root)
        codes = {one.code for one in lint.check(message, context=WIRE)}
        expected = {code for one in fields for code in one.codes}
        assert expected <= codes
        assert expected <= rare.OBSOLETE_CODES
        errors = {one.code for one in lint.check(message, context=WIRE) if one.severity == "error"}
        # An author with a route, or in an odd list, is one on whom readers disagree.
        assert errors <= rare.OBSOLETE_CODES | {"X003"}

    @settings(COMMON, max_examples=50)
    @given(obsolete_messages())
    def test_written_anew_nothing_is_obsolete(self, message: Message) -> None:
        again = message
        for name in ("From", "To"):
            again = again.with_header(name, getattr(message, "from_" if name == "From" else "to"))
        again = again.with_header("Date", message.date).with_header("Subject", message.subject or "a")
        again = again.with_header("Message-ID", message.message_id)
        if message.in_reply_to:
            again = again.with_header("In-Reply-To", message.in_reply_to)
        assert {one.code for one in lint.check(again, context=WIRE)} & rare.OBSOLETE_CODES == set()

    def test_every_code_is_drawn(self) -> None:
        found: Counter[str] = Counter()

        @settings(COMMON, max_examples=300, database=None, derandomize=True, phases=[Phase.generate])
        @given(rare.obsolete_models())
        def count(fields: list[rare.Obsolete]) -> None:
            found.update({code for one in fields for code in one.codes})

        count()
        assert found.keys() == rare.OBSOLETE_CODES
        assert min(found.values()) >= 5

    def test_shrinks_to_one(self) -> None:
        assert b"\r\nSubject : a\r\n" in find(obsolete_messages(), bool).to_bytes()
        found = find(obsolete_messages(), lambda message: b"GMT" in message.to_bytes())
        assert found.headers.raw("Date") == b" Sat, 01 Jan 2000 00:00:00 GMT"
        assert found.from_ == found.to
        assert found.to_bytes().count(b"\r\n") == 9

    @settings(COMMON, max_examples=50)
    @given(obsolete_messages(max_octets=512))
    def test_max_octets(self, message: Message) -> None:
        assert message.size <= 512

    def test_too_few_octets(self) -> None:
        too_few = obsolete_messages(max_octets=100)
        with pytest.raises(InvalidArgument):
            find(too_few, bool)
