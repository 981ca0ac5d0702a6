"""
Header values are valid by every judge, and shrink to something short.

The judges beside our own readers and linter are the standard library's.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit.codecs import words
from mimekit.defects import Flaw
from mimekit.headers import dates as date_field
from mimekit.headers import ids
from mimekit.headers.content import ContentDisposition, ContentType
from mimekit.strategies.headers import (
    content_dispositions,
    content_types,
    dates,
    encoded_words,
    message_ids,
    parameters,
    references,
    subjects,
    unstructured,
)
from mimekit.wire.fold import fold
from tests.support.judged import counted, errors, findings, shrunk, stdlib_field

UTC = timezone.utc  # noqa: UP017 - `datetime.UTC` is the same object
LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


def body(name: str, pieces: list[bytes]) -> bytes:
    """Fold a field and give what stands after its name."""
    return fold(name.encode(), pieces)[len(name) + 2 : -2]


# -- valid


@given(dates())
def test_a_date_is_written_and_read_back_by_us_and_by_the_standard_library(date: datetime) -> None:
    raw = date_field.encode(date)
    flaws: list[Flaw] = []
    read = date_field.parse(raw, flaws)
    assert read is not None
    assert (read, read.utcoffset(), read.tzname() == "-0000", flaws) == (
        date,
        date.utcoffset(),
        date.tzname() == "-0000",
        [],
    )
    assert errors("Date", raw) == set()
    theirs = parsedate_to_datetime(raw.decode())
    assert theirs.replace(tzinfo=theirs.tzinfo or UTC) == date  # -0000 gives a naive datetime there


@given(dates(min_value=datetime(2020, 1, 1), max_value=datetime(2020, 1, 31), timezones=st.just(UTC)))
def test_dates_keep_to_the_bounds_and_zones_that_are_asked_for(date: datetime) -> None:
    assert datetime(2020, 1, 1, tzinfo=UTC) <= date <= datetime(2020, 1, 31, tzinfo=UTC)
    assert date.tzinfo is UTC


@given(message_ids())
def test_a_message_id_may_be_written_and_is_read_alike_by_the_standard_library(msg_id: str) -> None:
    flaws: list[Flaw] = []
    assert ids.check(msg_id, "Message-ID") == msg_id
    assert (ids.parse_one(msg_id.encode(), flaws), flaws) == (msg_id, [])
    assert errors("Message-ID", msg_id.encode()) == set()
    field = stdlib_field("Message-ID", msg_id.encode())
    assert (str(field), field.defects) == (msg_id, ())


@given(references())
def test_references_are_written_and_read_back(listed: tuple[str, ...]) -> None:
    raw = body("References", ids.pieces(listed))
    flaws: list[Flaw] = []
    assert (ids.parse_many(raw, flaws), flaws) == (listed, [])
    assert len(set(listed)) == len(listed)
    assert errors("References", raw) == set()


def test_ids_stand_at_the_domains_that_are_given() -> None:
    assert shrunk(message_ids(domains=st.just("b.example"))) == "<a@b.example>"
    assert shrunk(references(min_size=2, domains=st.sampled_from(("b.example", "c.example")))) == (
        "<a@b.example>",
        "<b@b.example>",
    )


@given(unstructured(), subjects())
def test_a_text_is_written_and_read_back_by_us_and_by_the_standard_library(text: str, subject: str) -> None:
    for name, value in (("Comments", text), ("Subject", subject)):
        raw = body(name, words.pieces(value))
        flaws: list[Flaw] = []
        assert (words.decode(raw, flaws), flaws) == (value, [])
        assert errors(name, raw) == set()
        assert stdlib_field(name, raw) == value


@given(subjects())
def test_a_subject_has_nothing_that_a_rule_minds(subject: str) -> None:
    assert 1 <= len(subject) <= 200
    # An answer names what it answers, which is not in the subject.
    assert set(findings("Subject", body("Subject", words.pieces(subject)))) <= {"H218"}


@pytest.mark.parametrize("charset", ["us-ascii", "iso-8859-1", "koi8-r", "iso-2022-jp", "windows-1252"])
def test_a_text_is_in_the_charset_that_is_asked_for(charset: str) -> None:
    @given(unstructured(charset=charset, min_size=1, max_size=20))
    def judge(text: str) -> None:
        text.encode(charset)
        assert 1 <= len(text) <= 20

    judge()


@given(content_types())
def test_a_media_type_is_written_and_read_back(kind: ContentType) -> None:
    raw = body("Content-Type", kind.pieces())
    flaws: list[Flaw] = []
    assert (ContentType.parse(raw, flaws), flaws) == (kind, [])
    assert errors("Content-Type", raw) == set()
    field = stdlib_field("Content-Type", raw)
    assert dict(field.params) == kind.params
    # Outlook wants encoded words in the name, which is what the defect is about.
    assert field.defects == () or b'name="=?utf-8?' in raw


@given(content_dispositions())
def test_a_disposition_is_written_and_read_back(place: ContentDisposition) -> None:
    raw = body("Content-Disposition", place.pieces())
    flaws: list[Flaw] = []
    assert (ContentDisposition.parse(raw, flaws), flaws) == (place, [])
    assert errors("Content-Disposition", raw) == set()
    field = stdlib_field("Content-Disposition", raw)
    assert (dict(field.params), field.defects) == (place.params, ())


@given(parameters())
def test_parameters_are_written_and_read_back(drawn: dict[str, str]) -> None:
    kind = ContentType("application", "x-a", drawn)
    raw = body("Content-Type", kind.pieces())
    flaws: list[Flaw] = []
    assert (ContentType.parse(raw, flaws), flaws) == (kind, [])
    assert errors("Content-Type", raw) == set()
    field = stdlib_field("Content-Type", raw)
    assert (dict(field.params), field.defects) == (drawn, ())


# -- what a failure shrinks to


@pytest.mark.parametrize(
    ("strategy", "minimum"),
    [
        (dates(), datetime(2000, 1, 1, tzinfo=UTC)),
        (message_ids(), "<a@a.example>"),
        (references(), ("<a@a.example>",)),
        (unstructured(), ""),
        (unstructured(min_size=1), "a"),
        (unstructured(charset="koi8-r", min_size=1), "a"),
        (subjects(), "a"),
        (encoded_words(), "=?us-ascii?q?a?="),
        (parameters(), {}),
        (content_types(), ContentType("text", "plain", {"charset": "us-ascii"})),
        (content_dispositions(), ContentDisposition("attachment")),
    ],
    ids=repr,
)
def test_a_strategy_shrinks_to_what_its_page_says(strategy: st.SearchStrategy[object], minimum: object) -> None:
    assert shrunk(strategy) == minimum


def test_a_failure_shrinks_to_the_part_that_matters() -> None:
    assert shrunk(dates(), lambda date: date < LONG_AGO).year == 1969
    west = shrunk(dates(), lambda date: (date.utcoffset() or timedelta()) < timedelta())
    assert (west.replace(tzinfo=None), west.utcoffset()) == (datetime(2000, 1, 1), timedelta(hours=-1))
    assert shrunk(dates(), lambda date: date.tzname() == "-0000").isoformat() == "2000-01-01T00:00:00+00:00"
    assert shrunk(message_ids(), lambda msg_id: msg_id[-2] == "]") in ("<a@[192.0.2.0]>", "<a@[a]>")
    assert shrunk(unstructured(), lambda text: not text.isascii()) == "\u00df"
    assert shrunk(subjects(), lambda subject: subject.startswith("Re: ")) == "Re: a"
    assert shrunk(parameters(), lambda drawn: len(drawn) == 1) == {"a": ""}
    assert shrunk(parameters(), lambda drawn: not "".join(drawn.values()).isascii()) == {"a": "\u00df"}
    assert str(shrunk(content_dispositions(), lambda place: bool(place.filename))) == "attachment; filename=a.txt"
    assert str(shrunk(content_types(), lambda kind: kind.maintype == "image")) == "image/png"


@pytest.mark.parametrize(
    "strategy",
    [
        unstructured(charset="x-none"),
        unstructured(min_size=3, max_size=2),
        dates(min_value=datetime(2001, 1, 1), max_value=datetime(2000, 1, 1)),
        dates(min_value=datetime(2001, 1, 1, tzinfo=UTC)),
        dates(max_value=cast("datetime", "2001-01-01")),
        subjects(max_size=0),
        references(min_size=3, max_size=2),
    ],
    ids=repr,
)
def test_a_wrong_option_raises_when_it_is_drawn_from(strategy: st.SearchStrategy[object]) -> None:
    with pytest.raises(InvalidArgument):
        shrunk(strategy)


# -- how often each thing is drawn


def what_is_in_a_date(date: datetime) -> list[str]:
    offset = date.utcoffset() or timedelta()
    found = {
        "UTC": date.tzinfo is UTC,
        "-0000": date.tzname() == "-0000",
        "east": offset > timedelta(),
        "west": offset < timedelta(),
        "no whole hour": bool(offset % timedelta(hours=1)),
        "our days": 2000 <= date.year < 2038,
        "before 1970": date.year < 1970,
        "after 2038": date.year > 2038,
    }
    return [name for name, is_so in found.items() if is_so]


def what_is_in_a_text(text: str) -> list[str]:
    found = {
        "empty": not text,
        "beyond ASCII": not text.isascii(),
        "white space at an end": text != text.strip(),
        "two spaces": "  " in text.strip(),
        "over 78": any(len(word) > 78 for word in text.split()),
        "over 998": len(text) > 998,
        "=?": "=?" in text,
    }
    return [name for name, is_so in found.items() if is_so]


def what_is_in_parameters(drawn: dict[str, str]) -> list[str]:
    found = {
        "none": not drawn,
        "several": len(drawn) > 1,
        "empty": "" in drawn.values(),
        "beyond ASCII": any(not value.isascii() for value in drawn.values()),
        "in sections": any(len(value.encode()) > 80 for value in drawn.values()),
        "quotes": any('"' in value for value in drawn.values()),
    }
    return [name for name, is_so in found.items() if is_so]


def test_each_construct_of_a_value_is_drawn_often_enough() -> None:
    """In percent of the draws; about half of what is seen."""
    floors = {
        "UTC": 15,
        "-0000": 4,
        "east": 15,
        "west": 8,
        "no whole hour": 8,
        "our days": 25,
        "before 1970": 0.5,
        "after 2038": 20,
    }
    shares = counted(dates(), what_is_in_a_date, 700)
    assert {name: shares[name] for name, floor in floors.items() if shares[name] < floor} == {}
    shares = counted(unstructured(), what_is_in_a_text, 1000)
    floors = {
        "empty": 2,
        "beyond ASCII": 25,
        "white space at an end": 3,
        "two spaces": 4,
        "over 78": 2,
        "over 998": 0.4,
        "=?": 1,
    }
    assert {name: shares[name] for name, floor in floors.items() if shares[name] < floor} == {}
    shares = counted(parameters(), what_is_in_parameters, 400)
    floors = {"several": 25, "empty": 5, "beyond ASCII": 30, "in sections": 4, "quotes": 4}
    assert {name: shares[name] for name, floor in floors.items() if shares[name] < floor} == {}


def test_names_of_files_and_charsets_of_texts_are_drawn_often_enough() -> None:
    shares = counted(content_types(), lambda kind: [kind.maintype, *kind.params], 400)
    floors = {"text": 20, "charset": 15, "name": 15, "application": 15, "image": 4}
    assert {name: shares[name] for name, floor in floors.items() if shares[name] < floor} == {}
    shares = counted(content_dispositions(), lambda place: [place.disposition, *place.params], 400)
    floors = {"attachment": 20, "inline": 20, "filename": 25, "size": 4, "creation-date": 4}
    assert {name: shares[name] for name, floor in floors.items() if shares[name] < floor} == {}


def test_literals_and_a_labels_are_drawn_in_ids() -> None:
    shares = counted(message_ids(), lambda msg_id: ["literal"] * (msg_id[-2] == "]") + ["A"] * ("xn--" in msg_id), 600)
    assert shares["literal"] > 1
    assert shares["A"] > 1
