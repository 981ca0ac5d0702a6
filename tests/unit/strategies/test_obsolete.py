"""Obsolete forms are read for what they mean, flagged as obsolete and as nothing worse, and written anew without."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.defects import Flaw
from mimekit.errors import AddressError
from mimekit.headers import dates as date_field
from mimekit.headers import ids
from mimekit.headers.address import AddressList, Mailbox, Unparsed
from mimekit.strategies.obsolete import (
    obsolete_addr_specs,
    obsolete_address_lists,
    obsolete_dates,
    obsolete_mailboxes,
    obsolete_message_ids,
    obsolete_phrases,
)
from mimekit.wire.fold import fold
from tests.support.judged import findings, shrunk


@pytest.mark.parametrize(
    ("strategy", "codes"),
    [
        (obsolete_addr_specs(), {"A017", "A019"}),
        (obsolete_mailboxes(), {"A017", "A018", "A019", "A023"}),
        (obsolete_phrases().map("{} <a@a.example>".format), {"A023"}),
        (obsolete_address_lists(), {"A031"}),
    ],
    ids=["addr_specs", "mailboxes", "phrases", "address_lists"],
)
def test_an_obsolete_form_is_read_and_flagged_as_that_and_nothing_worse(
    strategy: st.SearchStrategy[str], codes: set[str]
) -> None:
    @given(strategy)
    def judge(text: str) -> None:
        found = findings("To", text.encode())
        assert not any(isinstance(one, Unparsed) for one in AddressList.parse(text.encode()).entries)
        assert codes & set(found)
        assert {code for code, severity in found.items() if severity == "error"} <= codes

    judge()


@given(obsolete_addr_specs())
def test_an_obsolete_address_may_not_be_written(text: str) -> None:
    with pytest.raises(AddressError):
        AddressList.of(text.replace("\r\n", ""))


@given(obsolete_mailboxes())
def test_an_obsolete_mailbox_is_written_anew_without_an_obsolete_form(text: str) -> None:
    mailbox = Mailbox.parse(text.encode())
    assert mailbox is not None
    assert not {"A017", "A018", "A019", "A023"} & set(findings("To", fold(b"To", mailbox.pieces())[len("To: ") : -2]))


def test_a_route_may_begin_with_commas() -> None:
    raw = b"Ada <, ,@a.example,,@b.test:ada@c.example>, bob@c.example"
    flaws: list[tuple[str, int, int, str]] = []
    found = AddressList.parse(raw, flaws)
    assert [str(one) for one in found.entries] == ["Ada <ada@c.example>", "bob@c.example"]
    assert [code for code, *_ in flaws] == ["A017", "A018"]  # white space in the brackets, and the route
    assert str(AddressList.parse(b"Ada <, bob@c.example").entries[0]) == "Ada <"


@given(obsolete_dates())
def test_an_obsolete_date_is_read_and_flagged_as_that_and_nothing_worse(text: str) -> None:
    flaws: list[Flaw] = []
    read = date_field.parse(text.encode(), flaws)
    assert read is not None
    assert not flaws
    found = findings("Date", text.encode())
    assert {"H202", "H203", "H024"} & set(found)
    assert {code for code, severity in found.items() if severity == "error"} <= {"H203", "H024"}
    assert not {"H202", "H203", "H024"} & set(findings("Date", date_field.encode(read)))


@given(obsolete_message_ids())
def test_an_obsolete_message_id_is_read_and_flagged_as_that_and_nothing_worse(text: str) -> None:
    read = ids.parse_one(text.encode())
    assert read is not None
    assert not re.search(r"[ \t\r\n]", re.sub(r'"[^"]*"', "", read))
    found = findings("Message-ID", text.encode())
    assert {"H024", "H210"} & set(found)
    assert {code for code, severity in found.items() if severity == "error"} <= {"H024", "H210"}


@pytest.mark.parametrize(
    ("strategy", "minimum"),
    [
        (obsolete_addr_specs(), 'a."a a"@a.example'),
        (obsolete_mailboxes(), '<a."a a"@a.example>'),
        (obsolete_phrases(), "a."),
        (obsolete_address_lists(), ",a@a.example"),
        (obsolete_dates(), "Sat, 01 Jan 2000 00:00:00 GMT"),
        (obsolete_message_ids(), '<"a"@a.example>'),
    ],
    ids=repr,
)
def test_a_strategy_shrinks_to_what_its_page_says(strategy: st.SearchStrategy[str], minimum: str) -> None:
    assert shrunk(strategy) == minimum


def test_a_mailbox_with_a_route_shrinks_to_one_of_one_hop() -> None:
    route = shrunk(obsolete_mailboxes(), lambda one: "@" in one.partition(":")[0] and ":" in one and '"' not in one)
    assert route == "<@a.example:a@a.example>"
