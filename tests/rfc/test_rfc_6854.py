"""RFC 6854: groups in From and Sender."""

from __future__ import annotations

import pytest

from mimekit import EnvelopeError, Group, Mailbox
from tests.support.reading import reads


@pytest.mark.parametrize(
    "text", [pytest.param("From: Nightly Monitor Robot:;\nTo: a@example.com\n\nx\n", id="4, first")]
)
def test_an_author_may_be_nobody_that_can_be_answered(text: str) -> None:
    message = reads(text)
    assert message.from_.entries == (Group("Nightly Monitor Robot", []),)
    assert not message.from_
    assert message.defects == ()
    with pytest.raises(EnvelopeError, match="mail_from"):
        _ = message.envelope
    assert message.deliveries(mail_from="")[0].rcpt_to == ("a@example.com",)


@pytest.mark.parametrize(
    "from_",
    [
        pytest.param("ben@example.com,carol@example.com", id="4, second"),
        pytest.param("Managing Partners:ben@example.com,carol@example.com;", id="4, third"),
    ],
)
def test_authors_are_the_same_in_a_group(from_: str) -> None:
    message = reads(f"From: {from_}\nSender: dave@example.com\nTo: a@example.com\n\nx\n")
    assert list(message.from_) == [Mailbox("", "ben", "example.com"), Mailbox("", "carol", "example.com")]
    assert message.envelope.mail_from == "dave@example.com"
    assert message.defects == ()
