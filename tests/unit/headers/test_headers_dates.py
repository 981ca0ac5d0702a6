"""Date-times: RFC 5322 3.3 and 4.3, and the common damage."""

from __future__ import annotations

import pickle
from copy import deepcopy
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.errors import HeaderError
from mimekit.headers import dates
from mimekit.limits import Limits

if TYPE_CHECKING:
    from mimekit.defects import Flaw

UTC = timezone.utc  # noqa: UP017 - shorter than the other name in a table


def read(raw: bytes) -> tuple[datetime | None, list[str]]:
    """Parse *raw*, having checked what must hold for any octets; give the value and the codes."""
    flaws: list[Flaw] = []
    value = dates.parse(raw, flaws)
    assert dates.parse(raw) == value
    assert all(0 <= start <= end <= len(raw) for _, start, end, _ in flaws)
    assert value is not None or flaws
    assert value is None or value.tzinfo is not None
    for cut in range(min(len(raw), 60)):
        dates.parse(raw[:cut], [])
    return value, [code for code, _, _, _ in flaws]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


GRAMMAR = [
    ("RFC 5322 A.1.1", b" Fri, 21 Nov 1997 09:55:06 -0600", "1997-11-21T09:55:06-06:00"),
    ("RFC 5322 A.1.2", b" Tue, 1 Jul 2003 10:52:37 +0200", "2003-07-01T10:52:37+02:00"),
    ("RFC 5322 A.1.3", b" Thu, 13 Feb 1969 23:32:54 -0330", "1969-02-13T23:32:54-03:30"),
    (
        "RFC 5322 A.5",
        (
            b" Thu,\r\n      13\r\n        Feb\r\n          1969\r\n      23:32\r\n"
            b"               -0330 (Newfoundland Time)"
        ),
        "1969-02-13T23:32:00-03:30",
    ),
    ("RFC 5322 A.6.2", b" 21 Nov 97 09:55:06 GMT", "1997-11-21T09:55:06+00:00"),
    ("RFC 5322 A.6.3", b" Fri, 21 Nov 1997 09(comment):   55  :  06 -0600", "1997-11-21T09:55:06-06:00"),
    ("no seconds", b"1 Jan 2026 00:00 +0000", "2026-01-01T00:00:00+00:00"),
    ("any case", b"tUE, 24 nOV 2026 09:05:07 est", "2026-11-24T09:05:07-05:00"),
    ("nested comments", b"Tue(a(b)c), (\\)) 24 Nov(x)2026 09:05:07 (()) +0100 (CET (x))", "2026-11-24T09:05:07+01:00"),
    ("leap second", b"Wed, 31 Dec 2008 23:59:60 +0000", "2008-12-31T23:59:59+00:00"),
    ("wrong weekday", b"Mon, 24 Nov 2026 09:05:07 +0100", "2026-11-24T09:05:07+01:00"),
    ("year of two digits, 4.3", b"24 Nov 49 00:00 +0000", "2049-11-24T00:00:00+00:00"),
    ("year of two digits, 4.3", b"24 Nov 50 00:00 +0000", "1950-11-24T00:00:00+00:00"),
    ("year of three digits, 4.3", b"24 Nov 126 00:00 +0000", "2026-11-24T00:00:00+00:00"),
    ("no space between letters and digits", b"24Nov2026 09:05:07GMT", "2026-11-24T09:05:07+00:00"),
    ("a time zone comment alone", b"24 Nov 2026 09:05:07 (PST) -0800", "2026-11-24T09:05:07-08:00"),
]


@pytest.mark.parametrize(("raw", "expected"), [row[1:] for row in GRAMMAR], ids=[row[0] for row in GRAMMAR])
def test_what_the_grammar_has_is_read_without_a_flaw(raw: bytes, expected: str) -> None:
    value, codes = read(raw)
    assert value is not None
    assert codes == []
    assert value.isoformat() == expected


ZONES = [("UT", 0), ("GMT", 0), ("EST", -5), ("EDT", -4), ("CST", -6), ("CDT", -5)]
ZONES += [("MST", -7), ("MDT", -6), ("PST", -8), ("PDT", -7)]


@pytest.mark.parametrize(("zone", "hours"), ZONES, ids=[zone for zone, _ in ZONES])
def test_the_zones_of_rfc_5322_4_3_have_their_offset(zone: str, hours: int) -> None:
    value, codes = read(f"24 Nov 2026 09:05:07 {zone}".encode())
    assert value is not None
    assert codes == []
    assert value.utcoffset() == timedelta(hours=hours)
    assert dates.encode(value).endswith(b"%+03d00" % hours)


@pytest.mark.parametrize("zone", "ABCDEFGHIKLMNOPQRSTUVWXYZ")
def test_a_military_zone_tells_the_moment_and_no_local_time(zone: str) -> None:
    """RFC 5322 4.3: they SHOULD all be considered equivalent to -0000."""
    for spelled in (zone, zone.lower()):
        value, codes = read(f"24 Nov 2026 09:05:07 {spelled}".encode())
        assert value is not None
        assert codes == []
        assert value.tzinfo is dates.UNKNOWN_ZONE


def test_minus_zero_is_kept_apart_from_plus_zero_and_written_back() -> None:
    unknown, known = read(b"24 Nov 2026 09:05:07 -0000")[0], read(b"24 Nov 2026 09:05:07 +0000")[0]
    assert unknown is not None
    assert known is not None
    assert unknown == known
    assert unknown.tzinfo is dates.UNKNOWN_ZONE
    assert known.tzinfo is not dates.UNKNOWN_ZONE
    for value in (unknown, pickle.loads(pickle.dumps(unknown)), deepcopy(unknown)):
        assert dates.encode(value) == b"Tue, 24 Nov 2026 09:05:07 -0000"
    assert dates.encode(known) == b"Tue, 24 Nov 2026 09:05:07 +0000"


DAMAGED = [
    (b"Tue Nov 24 09:05:07 2026", "2026-11-24T09:05:07+00:00"),
    (b"Tue Nov 24 09:05:07 CET 2026", "2026-11-24T09:05:07+00:00"),
    (b"Tue Nov  4 09:05:07 -0800 2026", "2026-11-04T09:05:07-08:00"),
    (b"Nov 24, 2026 09:05:07 +0100", "2026-11-24T09:05:07+01:00"),
    (b"2026-11-24T09:05:07Z", "2026-11-24T09:05:07+00:00"),
    (b"2026-11-24 09:05:07.123+01:00", "2026-11-24T09:05:07+01:00"),
    (b"Tue, 24-Nov-2026 09:05:07 GMT", "2026-11-24T09:05:07+00:00"),
    (b"Tue, 24-Nov-26 09:05:07 GMT", "2026-11-24T09:05:07+00:00"),
    (b"Tue, 24. Nov. 2026 09.05.07 +0100", "2026-11-24T09:05:07+01:00"),
    (b"Tue 24 Nov 2026 09:05:07 +0100", "2026-11-24T09:05:07+01:00"),
    (b"Tuesday, 24 November 2026 9:05:07 PM -0500", "2026-11-24T21:05:07-05:00"),
    (b"Tue, 24 Nov 2026 12:05:07 am -0500", "2026-11-24T00:05:07-05:00"),
    (b"Tue, 4 Sept 2026 9:05 -0700 (MST)", "2026-09-04T09:05:00-07:00"),
    (b"Tue, 24 Nov 2026 09:05:07+0100", "2026-11-24T09:05:07+01:00"),
    (b"Tue, 24 Nov 2026 09:05:07 +01:00", "2026-11-24T09:05:07+01:00"),
    (b"Tue, 24 Nov 2026 09:05:07 +100", "2026-11-24T09:05:07+01:00"),
    (b"Tue, 24 Nov 2026 09:05:07 -5", "2026-11-24T09:05:07-05:00"),
    (b"Tue, 24 Nov 2026 09:05:07 GMT+0200", "2026-11-24T09:05:07+02:00"),
    (b"Tue, 24 Nov 2026 09:05:07 +0100 CET", "2026-11-24T09:05:07+01:00"),
    (b"Tue, 24 Nov 2026 09:05:07 +0100 (CET", "2026-11-24T09:05:07+01:00"),
    (b'Tue, 24 Nov 2026 09:05:07 "GMT"', "2026-11-24T09:05:07+00:00"),
    (b"Tue, 24 Nov 2026 09:05:07 UTC", "2026-11-24T09:05:07+00:00"),
    (b"Tue, 24 Nov 2026 09:05:07 J", "2026-11-24T09:05:07+00:00"),
    (b"Tue, 24 Nov 2026 09:05:07", "2026-11-24T09:05:07+00:00"),
    (b"Tue, 24 Nov 2026 09:05:07 +0100, Tue, 24 Nov 2026 09:05:07 +0100", "2026-11-24T09:05:07+01:00"),
    (b"24 Nov 2026 09:05:07 GMT,24 nov 2026 09:05:07 gmt (GMT)", "2026-11-24T09:05:07+00:00"),
]


@pytest.mark.parametrize(("raw", "expected"), DAMAGED, ids=[raw.decode() for raw, _ in DAMAGED])
def test_damage_with_one_meaning_is_read_and_flagged(raw: bytes, expected: str) -> None:
    value, codes = read(raw)
    assert value is not None
    assert set(codes) == {"H201"}
    assert value.isoformat() == expected


@pytest.mark.parametrize("zone", ["CET", "AEST", "J", ""])
def test_a_zone_that_nobody_defined_is_unknown(zone: str) -> None:
    value, _ = read(f"24 Nov 2026 09:05:07 {zone}".encode())
    assert value is not None
    assert value.tzinfo is dates.UNKNOWN_ZONE


@pytest.mark.parametrize(
    "raw",
    [
        b"Tue, 31 Nov 2026 09:05:07 +0100",
        b"Sun, 29 Feb 2026 09:05:07 +0100",
        b"Tue, 0 Nov 2026 09:05:07 +0100",
        b"Tue, 24 Nov 2026 24:05:07 +0100",
        b"Tue, 24 Nov 2026 09:60:07 +0100",
        b"Tue, 24 Nov 2026 09:05:61 +0100",
        b"Tue, 24 Nov 2026 09:05:07 +0160",
        b"Tue, 24 Nov 2026 09:05:07 +2400",
        b"Tue, 24 Nov 2026 13:05:07 PM +0100",
        b"1 Jan 1899 00:00:00 +0000",
        b"1 Jan 0001 00:00:00 +0000",
        b"1 Jan 10000 00:00:00 +0000",
        b"1 Jan " + b"9" * 100 + b" 00:00:00 +0000",
        b"2026-13-24T09:05:07Z",
    ],
)
def test_what_no_calendar_has_is_out_of_range(raw: bytes) -> None:
    assert read(raw) == (None, ["H205"])


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b" \r\n ",
        b"yesterday",
        b"24 Nov 2026",
        b"2026-11-24",
        b"09:05:07 +0100",
        b"24 Foo 2026 09:05:07 +0100",
        b"11/10/2026 09:05:07 +0100",
        b"1732438707",
        b"24 Nov 2026 09:05:07 +0100 and more words",
        b"24 Nov 2 09:05:07 +0100",
        b"24 Nov 2026 09:05:07 +0100, 25 Nov 2026 09:05:07 +0100",
        b"24 Nov 2026 09:05:07 +0100, 24 Nov 2026 09:05:07 +0100, 24 Nov 2026 09:05:07 +0100",
        b"yesterday, yesterday",
        b",",
        b"=?utf-8?q?24_Nov_2026_09:05:07_+0100?=",
        b"\xff\x00" * 10,
    ],
)
def test_what_cannot_be_read_is_none(raw: bytes) -> None:
    assert read(raw) == (None, ["H201"])


@pytest.mark.parametrize("raw", [b"Tue, 24 Nov 2026 09:05:07 +1430", b"24 nov 2026 09:05:07 -2359 (somewhere)"])
def test_a_zone_that_is_nowhere_tells_the_moment_and_is_flagged(raw: bytes) -> None:
    value, codes = read(raw)
    assert value is not None
    assert value.date().isoformat() == "2026-11-24"
    assert codes == ["H205"]
    assert read(raw.replace(b"1430", b"1400").replace(b"2359", b"1400"))[1] == []


def test_a_long_date_is_not_read() -> None:
    """CVE-2026-39820 (Go), RustSec (time): comments in dates."""
    for comment in (b"(" + b"\\a" * 100_000 + b")", b"(" * 100_000):
        assert read(b"Mon, 1 Jan 2024 00:00:00 +0000 " + comment) == (None, ["L011"])
    raw = b"Mon, 1 Jan 2024 00:00:00 +0000 (" + b"x" * 300 + b")"
    assert dates.parse(raw) is None
    assert dates.parse(raw, limits=Limits(max_date_bytes=400)) == at("2024-01-01T00:00:00+00:00")
    assert dates.parse(b"1 Jan 2024 00:00:00 +0000", limits=Limits(max_date_bytes=10)) is None


def test_comments_that_nest_too_deep_are_flagged_and_read_over() -> None:
    value, codes = read(b"Mon, 1 Jan 2024 00:00:00 " + b"(" * 17 + b")" * 17 + b" +0000")
    assert value == at("2024-01-01T00:00:00+00:00")
    assert codes == ["L009"]


@given(st.binary(max_size=60) | st.text(' (),:+-.0123456789ADJMNOSTaebcnopruvyz\\"', max_size=60).map(str.encode))
def test_reading_never_raises(raw: bytes) -> None:
    read(raw)


moments = st.datetimes(
    min_value=datetime(1900, 1, 1),
    timezones=st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)


@given(moments)
def test_what_is_written_is_read_back_equal_by_us_and_by_the_standard_library(moment: datetime) -> None:
    octets = dates.encode(moment)
    expected = moment.replace(microsecond=0)
    value, codes = read(octets)
    far = abs(moment.utcoffset() or timedelta()) > timedelta(hours=14)
    assert (value, codes) == (expected, ["H205"] if far else [])
    assert value is not None
    assert value.utcoffset() == moment.utcoffset()
    try:
        theirs = parsedate_to_datetime(octets.decode())
    except OverflowError:
        return  # it computes in UTC, where the year can be 0 or 10000
    assert theirs.replace(tzinfo=theirs.tzinfo or UTC) == expected


@given(moments)
def test_the_obsolete_grammar_reads_what_the_usual_pattern_reads(moment: datetime) -> None:
    octets = dates.encode(moment)
    assert dates.parse(b"(x)" + octets) == dates.parse(octets)


def test_writing_follows_rfc_5322_3_3() -> None:
    moment = datetime(2026, 11, 4, 9, 5, 7, 999_999, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
    assert dates.encode(moment) == b"Wed, 04 Nov 2026 09:05:07 -0330"


@pytest.mark.parametrize(
    ("value", "says"),
    [
        (datetime(2026, 11, 24), "tzinfo"),
        (datetime(1899, 12, 31, tzinfo=UTC), "1900"),
        (datetime(2026, 1, 1, tzinfo=timezone(timedelta(seconds=90))), "offset"),
        ("Tue, 24 Nov 2026 09:05:07 +0100", "str"),
        (None, "NoneType"),
    ],
)
def test_what_cannot_be_written_raises_and_says_so(value: datetime, says: str) -> None:
    with pytest.raises(HeaderError, match=says):
        dates.encode(value)
