"""Other spellings of messages, rare, obsolete and damaged ones: they say the same, are legal, are told, or are kept."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mimekit import Message, lint, parse
from mimekit.lint.context import Context
from mimekit.strategies import damaged, exotic_messages, garbage, messages, obsolete_messages, renderings
from mimekit.strategies.rare import OBSOLETE_CODES
from tests.support.meaning import meaning
from tests.support.reading import read_everything

WIRE = Context(wire=True)
OF_PROVIDERS = {"B013"}
"""What the linter calls an error and the standards do not: limits of mailbox providers."""
ON_WHOM_READERS_DISAGREE = {"X003"}
"""An author with a route, or in an odd list."""
EACH = 4
"""Renderings of one message."""


def drawing(few: int) -> settings:
    """Say how much to draw: a thousand of each, and 100,000 in all when the run asks for thousands."""
    many = settings().max_examples > 5_000  # the profile `fuzz`
    slow = [HealthCheck.data_too_large, HealthCheck.too_slow]
    return settings(max_examples=35_000 if many else few, suppress_health_check=slow)


def errors(message: Message) -> set[str]:
    return {found.code for found in lint.check(message, context=WIRE) if found.severity == "error"}


@drawing(250)
@given(messages(), st.data())
def test_every_rendering_says_the_same_and_has_no_error(message: Message, data: st.DataObject) -> None:
    said = meaning(parse(message.to_bytes()).root)
    before = errors(message)
    every = renderings(message)
    for _ in range(EACH):
        rendering = data.draw(every)
        assert meaning(rendering.root) == said
        assert errors(rendering) <= before


@drawing(1000)
@given(exotic_messages())
def test_what_is_rare_is_legal(message: Message) -> None:
    assert [str(one) for one in message.defects if one.severity == "error"] == []
    assert errors(message) <= OF_PROVIDERS


@drawing(1000)
@given(obsolete_messages())
def test_what_is_obsolete_is_read_and_told(message: Message) -> None:
    assert message.from_.mailboxes
    found = lint.check(message, context=WIRE)
    assert {one.code for one in found} & OBSOLETE_CODES
    assert {one.code for one in found if one.severity == "error"} <= OBSOLETE_CODES | ON_WHOM_READERS_DISAGREE


@drawing(1000)
@given(st.one_of(damaged().map(Message.to_bytes), garbage()))
def test_what_is_damaged_or_no_mail_at_all_is_kept_and_raises_nothing(octets: bytes) -> None:
    message = parse(octets)
    assert message.to_bytes() == octets
    for text in read_everything(message):
        text.encode()  # no lone surrogate
    assert [one.message for one in lint.check(octets, select="ALL", context=WIRE) if one.code == "L022"] == []
