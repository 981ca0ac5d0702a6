"""The published strategies: what they draw is valid, what it holds is measured, and every one is documented."""

from __future__ import annotations

import importlib.util
import inspect
import re
import tomllib
from bisect import bisect
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from itertools import accumulate
from math import exp
from pathlib import Path
from random import Random
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from mimekit import Message, lint, strategies
from mimekit.lint.rule import PROFILES as RULES_OF
from mimekit.strategies import key_records, messages
from mimekit.strategies.messages import PROFILES
from mimekit.testing.constructs import ASPECTS
from mimekit.testing.disagreeing import Difference, differences
from mimekit.testing.parsers import resolved

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "reference" / "strategies.md"
ALL: list[Any] = [None, *PROFILES]


def drawing(profile: object) -> settings:
    """Say how much to draw: a thousand of the mix, fewer of each profile, more when the run asks for more."""
    few = 1000 if profile is None else 200
    return settings(max_examples=max(few, settings().max_examples))


def now() -> datetime:
    return datetime(2026, 11, 25, tzinfo=UTC)


# ---------------------------------------------------------------------------------------------------------- linting

CANNOT = {
    *("B001", "B002", "D010"),  # what is asked of mail in bulk
    *("S003", "S011", "S012"),  # and by Amazon SES: one signature, no quoted local part, no local part beyond ASCII
}
"""Errors that a message of any content may have."""
SENT = [profile for profile in RULES_OF if profile != "received"]


def found(message: Message, *profile: str) -> list[lint.Finding]:
    wide = message.encoding == "smtputf8"
    context = lint.Context(now=now, smtputf8=wide, resolve=key_records)
    return lint.check(message, profile=profile, context=context)


def _of_ses(finding: lint.Finding) -> bool:
    r"""Tell whether it is that Amazon SES cannot read an author such as ``"\\"@a.example``, none of whom it takes."""
    return (finding.code, finding.message) == ("S020", "Unterminated quote")


class TestNoRuleOfTheLinter:
    @given(messages(profile="plain"))
    @drawing("plain")
    def test_minds_a_plain_message(self, message: Message) -> None:
        assert found(message, "default") == []

    @pytest.mark.parametrize("profile", ALL)
    def test_finds_an_error(self, profile: Any) -> None:
        @given(messages(profile=profile))
        @drawing(profile)
        def check(message: Message) -> None:
            for asked in (SENT, ["received"]):
                codes = {one.code for one in found(message, *asked) if one.severity == "error" and not _of_ses(one)}
                assert codes <= CANNOT, codes

        check()


# ---------------------------------------------------------------------------------------------- the standard library


class Row(NamedTuple):
    """A difference that is known."""

    aspects: list[str]
    label: str
    octets: str
    word: str
    references: list[str]
    message: str
    mended: str | None = None

    def explains(self, difference: Difference, octets: bytes) -> bool:
        return (
            difference.aspect in self.aspects
            and difference.label == self.label
            and re.search(self.octets.encode("latin-1"), octets) is not None
        )


TABLE = [
    Row(**row)
    for row in tomllib.loads((Path(__file__).parent / "stdlib_differences.toml").read_text(encoding="utf-8"))[
        "difference"
    ]
]


def compared(octets: bytes) -> list[Difference]:
    """Have both read a message, and give what they say otherwise."""
    names = ("mimekit", "stdlib")
    ours, theirs = [resolved(name, timeout=10, is_persistent=False).read(octets) for name in names]
    return differences(ours, theirs, octets, names=names, aspects=frozenset(ASPECTS))


class TestTheStandardLibrary:
    @pytest.mark.parametrize("profile", ALL)
    def test_reads_the_same_or_departs_in_a_way_that_is_known(self, profile: Any) -> None:
        @given(messages(profile=profile))
        @drawing(profile)
        def check(message: Message) -> None:
            octets = message.to_bytes()
            for one in compared(octets):
                assert any([row.explains(one, octets) for row in TABLE]), one

        check()

    @pytest.mark.parametrize("row", TABLE, ids=[f"{row.references[0]}-{row.label}" for row in TABLE])
    def test_still_departs_in_each_of_these_ways(self, row: Row) -> None:
        octets = row.message.replace("\n", "\r\n").encode()
        shown = [one for one in compared(octets) if row.explains(one, octets)]
        assert shown != [] or row.mended is not None, "take the entry out"
        assert all([re.fullmatch(r"RFC \d+ [\d.]+", one) for one in row.references])
        assert row.word.strip()


# ------------------------------------------------------------------------------------------------------ distribution


@cache
def tool() -> ModuleType:
    """Load the script that makes the page."""
    spec = importlib.util.spec_from_file_location("make_distribution", ROOT / "tools" / "make_distribution.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SAMPLES = {None: 1500, "eai": 400, "signed": 250, "report": 700, "calendar": 400}


class TestDistribution:
    @pytest.mark.parametrize("profile", SAMPLES)
    def test_is_what_the_floors_say_as_far_as_a_sample_can_tell(self, profile: Any) -> None:
        """The floors are of 10,000 messages, which are drawn where the profile of Hypothesis asks for so many."""
        wanted = max(SAMPLES[profile], settings().max_examples)
        drawn, counted = tool().sample(profile, wanted)
        assert drawn == wanted
        rare = {
            (one.name, counted[one.name])
            for one in tool().TABLE
            if one.profile == profile and counted[one.name] < tool().least(one.floor, drawn)
        }
        assert rare == set()

    @pytest.mark.parametrize(("floor", "drawn"), [(500, 10_000), (1000, 10_000), (2000, 1500), (8000, 400)])
    def test_is_asked_for_what_a_million_samples_have(self, floor: int, drawn: int) -> None:
        """Of a million samples one may have less, so of ten thousand none: here messages come in clusters of nine."""
        random = Random(floor + drawn)
        mean = floor * drawn / 10_000 / 9
        clusters = [bisect(_poisson(mean), random.random()) for _ in range(10_000)]
        least = tool().least(floor, drawn)
        assert 0 < least <= 9 * min(clusters)
        assert least < floor * drawn / 10_000

    def test_stands_on_the_page_with_its_floors(self) -> None:
        page = PAGE.read_text(encoding="utf-8")
        lines = re.findall(r"(?m)^\| ([^|]+?) \| ([^|]*?) \| ([\d,]+) \| ([\d,]+) \|$", page)
        listed = [(name, profile.strip("`") or None, int(floor.replace(",", ""))) for name, profile, _, floor in lines]
        assert listed == [(one.name, one.profile, one.floor) for one in tool().TABLE]
        assert [
            name for name, _, often, floor in lines if int(often.replace(",", "")) < int(floor.replace(",", ""))
        ] == []

    def test_counts_what_is_there(self) -> None:
        octets = (
            b'From: "a b"@a.example\r\nTo: a:;\r\nSubject: =?koi8-r*ru?q?=C1?=\r\n =?utf-8?b?w6k=?=\r\n'
            b"Date: Sat, 01 Jan 2000 00:00:00 -0000\r\n\r\n.\r\n"
        )
        from mimekit import parse

        counted = Counter(tool().constructs(parse(octets)))
        assert set(counted) >= {
            *("quoted local part", "bare address", "empty group", "encoded word in koi8-r", "encoded word, Q"),
            *("encoded word with a language", "adjacent encoded words", "folded subject", "date with -0000"),
            *("line of one dot", "text alone", "no MIME field", "7bit text", "body without a charset"),
        }
        assert "nested multipart" not in counted


@cache
def _poisson(mean: float) -> list[float]:
    """Give how likely it is that there are so many or fewer, for each number."""
    shares = [exp(-mean)]
    while len(shares) < 2 * mean + 60:
        shares.append(shares[-1] * mean / len(shares))
    return list(accumulate(shares))


# ----------------------------------------------------------------------------------------------------- documentation


def public() -> list[str]:
    return [name for name in strategies.__all__ if name[0].islower() and name != "key_records"]


OBJECTS = {
    "broken": ["codes"],
    "damaged": ["strategy"],
    "from_abnf": ["rule", "grammar"],
    "renderings": ["message"],
    "spellings": ["value"],
}


class TestEveryStrategy:
    def test_is_named_by_the_facade(self) -> None:
        assert sorted(strategies._ON_FIRST_USE) == sorted(strategies.__all__)
        assert set(strategies.__all__) <= set(dir(strategies))

    @pytest.mark.parametrize("name", public())
    def test_says_what_it_draws_and_to_what_it_shrinks(self, name: str) -> None:
        strategy = getattr(strategies, name)
        assert strategy.__name__ == name
        text = inspect.getdoc(strategy) or ""
        assert re.match(r"Draw ", text), "say first what is drawn"
        assert "RFC" in text or name in ("attachments", "garbage", "damaged", "broken", "corpora", "templates"), text
        assert re.search(r"(?i)shrinks", text) or name in ("from_abnf", "corpora"), text

    @pytest.mark.parametrize("name", public())
    def test_takes_its_options_by_name(self, name: str) -> None:
        """What it draws forms of may be given without a name, as to `st.from_regex`."""
        kinds = inspect.signature(getattr(strategies, name)).parameters.items()
        assert [one for one, kind in kinds if kind.kind is not kind.KEYWORD_ONLY] == OBJECTS.get(name, [])

    @pytest.mark.parametrize("name", public())
    def test_says_of_what_type_its_examples_are(self, name: str) -> None:
        said = str(inspect.signature(getattr(strategies, name)).return_annotation)
        # `st.composite` writes what it draws as a name that is still to be looked up.
        exact = re.sub(r"ForwardRef\('(.+)'\)", r"\1", said.removeprefix("hypothesis.strategies."))
        assert re.fullmatch(r"SearchStrategy\[\w[\w\[\], .]*\]", exact)
        assert "Any" not in exact

    @pytest.mark.parametrize("name", public())
    def test_stands_on_the_page_as_its_docstring_says(self, name: str) -> None:
        assert tool().described(getattr(strategies, name)) in PAGE.read_text(encoding="utf-8")


@given(st.data())
@settings(max_examples=30)
def test_every_profile_draws_messages(data: st.DataObject) -> None:
    drawn: SearchStrategy[Message] = messages(profile=data.draw(st.sampled_from(ALL)))
    assert isinstance(data.draw(drawn), Message)
