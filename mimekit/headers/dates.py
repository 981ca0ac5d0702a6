r"""
Dates: the date-time of RFC 5322 3.3, everything that 4.3 calls obsolete, and the common damage, as aware `datetime`.

What follows the grammar, the obsolete one included, is read without a flaw.  What does not, but can mean one moment
only, is read too, with H201: ISO 8601, `asctime`, dashes or dots between the parts, a missing comma or zone, names in
full, `AM` and `PM`, zones that 4.3 does not name, one date twice with a comma between.  A date that no calendar has is
`None` with H205; a text that cannot be read is `None` with H201.  A weekday that is another one than the date's is read
over: that is the linter's H204.

    raw field body -> aware datetime;  aware datetime -> field body

May import: `errors`, `defects`, `limits`, `wire.tokens`.  Imported by: `bulk`, `headers.field`, `headers.trace`,
`lint`, `message`, `replies`, `strategies`.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import cache, lru_cache

from mimekit.defects import FAR_ZONE
from mimekit.errors import HeaderError, show
from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire.tokens import end_of_comment

__all__ = ["UNKNOWN_ZONE", "encode", "parse"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from mimekit.defects import Flaw
    from mimekit.limits import Limits

    _Pattern = Callable[[], re.Pattern[bytes]]

UNKNOWN_ZONE = timezone(timedelta(0), "-0000")
"""
The zone of a date that tells the moment and not the local time: ``-0000`` (RFC 5322 3.3), and the zones that RFC 5322
4.3 reads as it.  It counts as UTC; `encode` writes it back as ``-0000``, after pickling too.
"""

_UTC = timezone.utc  # noqa: UP017 - `datetime.UTC` is the same object
_FIRST_YEAR = 1900  # RFC 5322 3.3
_PIVOT = 50  # two digits below it are of the century after 2000                     RFC 5322 4.3
_HOUR = 60  # minutes
_FARTHEST = timedelta(hours=14)  # of the zones there are; a greater one is a mistake, and tells the moment all the same
_NOON = 12
_WHITE = b" \t\r\n"
_WEEKDAYS = (b"Mon", b"Tue", b"Wed", b"Thu", b"Fri", b"Sat", b"Sun")
_MONTH_NAMES = (b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_ZONES = {  # minutes from UTC                                               RFC 5322 4.3
    b"ut": 0,
    b"gmt": 0,
    b"est": -300,
    b"edt": -240,
    b"cst": -360,
    b"cdt": -300,
    b"mst": -420,
    b"mdt": -360,
    b"pst": -480,
    b"pdt": -420,
}


@cache
def _usual() -> re.Pattern[bytes]:
    #   date-time = [ day-of-week "," ] date time [CFWS]                     RFC 5322 3.3
    # As nearly every sender writes it: no comment but that of the zone at the end, no obsolete form.
    return re.compile(
        rb"[ \t]*+(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),[ \t]++)?+([0-9]{1,2})[ \t]++"
        rb"(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[ \t]++([0-9]{4})[ \t]++"
        rb"([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?+[ \t]++([+\-][0-9]{4})(?:[ \t]++\([A-Za-z0-9 +:\-]*+\))?+"
        rb"[ \t]*+\r?\n?\Z"
    )


class _RangeError(ValueError):
    """A number that no date can have."""


def parse(raw: bytes, flaws: list[Flaw] | None = None, *, limits: Limits = DEFAULT_LIMITS) -> datetime | None:
    """
    Read a date-time; ``None`` when there is none.  Never raises, linear.

    The result is aware.  ``-0000``, military letters and zones that nobody defined give `UNKNOWN_ZONE`; a leap second
    is read as the second before it, for `datetime` has none.  Years of two and three digits are read by RFC 5322 4.3.
    *flaws* gets H201 (syntax), H205 (out of range, or a zone beyond +/-1400, which is read), L009 (comments too deep)
    and L011 (too long: nothing is read).

    >>> parse(b" Tue, 24 Nov 2026 09:05:07 +0100").isoformat()
    '2026-11-24T09:05:07+01:00'
    """
    found = _usual().match(raw)
    if found is not None and len(raw) <= limits.max_date_bytes:
        day, month, year, hour, minute, second, zone = found.groups()
        try:
            if year >= b"1900" and zone[1:] <= b"1400":
                seconds = 0 if second is None else int(second)
                if seconds == 60:  # noqa: PLR2004 - a leap second
                    seconds = 59
                tzinfo = _numeric_zone(zone)
                return datetime(int(year), _MONTHS[month], int(day), int(hour), int(minute), seconds, tzinfo=tzinfo)
        except ValueError:
            pass  # the other way finds it again, and says what it is
    return _parse_any(raw, flaws, limits)


@lru_cache(maxsize=128)
def _numeric_zone(zone: bytes) -> timezone:
    """Give the zone of ``+hhmm`` or ``-hhmm``."""
    if zone == b"-0000":
        return UNKNOWN_ZONE
    hours, minutes = int(zone[1:3]), int(zone[3:5])
    if hours >= 24 or minutes >= _HOUR:  # noqa: PLR2004 - hours
        message = f"the zone {zone.decode()} is out of range"
        raise _RangeError(message)
    offset = hours * _HOUR + minutes
    return timezone(timedelta(minutes=-offset if zone[:1] == b"-" else offset)) if offset else _UTC


# ------------------------------------------------------------------------------------------------- what is not usual


def _parse_any(raw: bytes, flaws: list[Flaw] | None, limits: Limits) -> datetime | None:
    """Read a date-time that is not as most are."""
    found: list[Flaw] = []
    value = _read(raw, found, limits)
    if flaws is not None:
        flaws += found
    return value


def _read(raw: bytes, flaws: list[Flaw], limits: Limits) -> datetime | None:
    bare = raw.strip(_WHITE)
    start = len(raw) - len(raw.lstrip(_WHITE))
    end = start + len(bare)
    if len(bare) > limits.max_date_bytes:
        detail = f"a date of {len(bare)} octets, over {limits.max_date_bytes}, is not read"
        flaws.append(("L011", start, end, detail))
        return None
    shown = show(bare.decode("latin-1"))
    whole = b" ".join(_without_comments(raw[:end], flaws, limits).split()).lower()
    line = _once(whole)
    try:
        for pattern in _forms():
            found = pattern().match(line)
            if found is None:
                continue
            value = _build(found)
            if pattern is not _grammar or line is not whole:
                flaws.append(("H201", start, end, f"{shown} is no date-time; it is read as {value.isoformat()}"))
            if abs(value.utcoffset() or timedelta()) > _FARTHEST:
                flaws.append(("H205", start, end, FAR_ZONE))
            return value
        flaws.append(("H201", start, end, f"{shown} is no date-time" if bare else "the date is empty"))
    except _RangeError as error:
        flaws.append(("H205", start, end, str(error)))
    return None


def _once(line: bytes) -> bytes:
    """Give half of a date that stands there twice, as where two fields were joined into one; else *line* itself."""
    parts = [part.strip() for part in line.split(b",")]
    middle = len(parts) // 2
    return b", ".join(parts[:middle]) if middle and parts[:middle] == parts[middle:] else line


def _without_comments(raw: bytes, flaws: list[Flaw], limits: Limits) -> bytes:
    """Put a space in the place of each comment; one without an end goes to the end."""
    out: list[bytes] = []
    at = 0
    while (start := raw.find(b"(", at)) >= 0:
        end, depth = end_of_comment(raw, start)
        if depth > limits.max_comment_depth:
            flaws.append(("L009", start, max(end, start), f"comments nested deeper than {limits.max_comment_depth}"))
        if end < 0:
            flaws.append(("H201", start, len(raw), "a comment has no end"))
            end = len(raw)
        out += (raw[at:start], b" ")
        at = end
    return b"".join(out) + raw[at:]


@cache
def _grammar() -> re.Pattern[bytes]:
    """Match date-time and obs-date-time (RFC 5322 3.3, 4.3), comments gone, white space one space, lower case."""
    return re.compile(
        rb"(?:(?:mon|tue|wed|thu|fri|sat|sun) ?, ?)?+(?P<day>[0-9]{1,2}) ?"
        rb"(?P<month>jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec) ?(?P<year>[0-9]{2,}+) "
        rb"(?P<hour>[0-9]{2}) ?: ?(?P<minute>[0-9]{2})(?: ?: ?(?P<second>[0-9]{2}))?+"
        rb"(?P<zone> [+\-][0-9]{4}| ?(?:ut|gmt|[ecmp][sd]t|[a-ik-z]))\Z"
    )


# What damage leaves standing.  In each pattern the parts are named alike, so that one routine reads them all.
_WEEKDAY = rb"(?:[a-z]{2,}+[.,]*+ ?)?+"
_MONTH = (
    rb"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|"
    rb"oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_TIME = (
    rb"(?P<hour>[0-9]{1,2}) ?[:.] ?(?P<minute>[0-9]{2})(?: ?[:.] ?(?P<second>[0-9]{2})(?:[.,][0-9]++)?+)?+"
    rb"(?: ?(?P<half>[ap]\.?m\b)\.?)?+"
)
_ZONE = (
    rb"(?: ?\"?(?P<zone>(?:gmt|utc?+)? ?[+\-] ?(?:[0-9]{1,2}:[0-9]{2}|[0-9]{1,4}+)|[a-z][a-z_/]*+)\"?"
    rb"(?: [a-z]++)?+)?+"
)


@cache
def _day_first() -> re.Pattern[bytes]:
    """Match ``24-Nov-2026 12.00``, ``Tuesday 24. November, 2026, 12:00 Uhr``."""
    date = rb"(?P<day>[0-9]{1,2})[\-. /]*+%b[\-., /]*+(?P<year>[0-9]{4}|[0-9]{2}),?:? ?" % _MONTH
    return re.compile(rb"%b%b%b%b\Z" % (_WEEKDAY, date, _TIME, _ZONE))


@cache
def _month_first() -> re.Pattern[bytes]:
    """Match ``Nov 24, 2026 12:00:00 +0100``, with a weekday before it or without."""
    head = rb"(?:[a-z]{2,}+[.,]*+ )?%b\.? ?(?P<day>[0-9]{1,2}),? (?P<year>[0-9]{4}),? (?:at )?" % _MONTH
    return re.compile(rb"%b%b%b\Z" % (head, _TIME, _ZONE))


@cache
def _year_last() -> re.Pattern[bytes]:
    """Match what `asctime` and `date` print: ``Tue Nov 24 12:00:00 CET 2026``."""
    head = rb"(?:[a-z]{2,}+[.,]*+ )?%b\.? ?(?P<day>[0-9]{1,2}),? " % _MONTH
    zone = rb"(?: (?P<zone>[+\-][0-9]{4}|[a-z]++(?:[+\-][0-9]{4})?+))?"
    return re.compile(rb"%b%b%b (?P<year>[0-9]{4})(?: (?P<zone_last>[+\-][0-9]{4}|[a-z]++))?+\Z" % (head, _TIME, zone))


@cache
def _iso() -> re.Pattern[bytes]:
    """Match ISO 8601 and RFC 3339: ``2026-11-24T12:00:00.5+01:00``."""
    head = rb"%b(?P<year>[0-9]{4})[\-./](?P<month>[0-9]{1,2})[\-./](?P<day>[0-9]{1,2})(?:t| |, ?)" % _WEEKDAY
    return re.compile(rb"%b%b(?:(?P<utc> ?z)|%b)\Z" % (head, _TIME, _ZONE))


def _forms() -> tuple[_Pattern, ...]:
    """Give what is tried, in order: the grammar first, then what damage leaves."""
    return _grammar, _day_first, _month_first, _year_last, _iso


def _build(found: re.Match[bytes]) -> datetime:
    """Make the datetime of the parts that a pattern found; raise `_RangeError`."""
    parts = found.groupdict()
    month = int(parts["month"]) if parts["month"].isdigit() else _MONTHS[parts["month"][:3].capitalize()]
    year, day = _year(parts["year"]), int(parts["day"])
    hour, minute, second = int(parts["hour"]), int(parts["minute"]), int(parts["second"] or 0)
    half = parts.get("half")
    if half is not None:
        if not 1 <= hour <= _NOON:
            message = f"the hour {hour} {half.decode()} is out of range"
            raise _RangeError(message)
        hour = hour % _NOON + (_NOON if half.startswith(b"p") else 0)
    if second == 60:  # noqa: PLR2004 - a leap second
        second = 59
    zone = _UTC if parts.get("utc") else _zone(parts["zone"] or parts.get("zone_last") or b"")
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=zone)
    except ValueError as error:
        raise _RangeError(str(error)) from None


def _year(digits: bytes) -> int:
    """Read a year: two and three digits by RFC 5322 4.3, and none before 1900 or after 9999."""
    year = int(digits[:9])
    if len(digits) == 2:  # noqa: PLR2004 - RFC 5322 4.3
        year += 2000 if year < _PIVOT else 1900
    elif len(digits) == 3:  # noqa: PLR2004 - RFC 5322 4.3
        year += 1900
    if not _FIRST_YEAR <= year <= 9999:  # noqa: PLR2004 - `datetime` has no more
        message = f"the year {digits[:20].decode()} is out of range"
        raise _RangeError(message)
    return year


def _zone(text: bytes) -> timezone:
    """Read a zone in lower case; what nobody defined is `UNKNOWN_ZONE` (RFC 5322 4.3)."""
    text = text.replace(b" ", b"")
    sign = max(text.find(b"+"), text.find(b"-"))
    if sign >= 0:
        digits = text[sign + 1 :].replace(b":", b"")
        if len(digits) < 3:  # noqa: PLR2004 - hours alone
            digits += b"00"
        return _numeric_zone(text[sign : sign + 1] + digits.rjust(4, b"0"))
    if text in _ZONES:
        minutes = _ZONES[text]
        return timezone(timedelta(minutes=minutes)) if minutes else _UTC
    return _UTC if text == b"utc" else UNKNOWN_ZONE


# ------------------------------------------------------------------------------------------------------------ writing


_MINUTE = timedelta(minutes=1)


def _is_datetime(value: object) -> bool:
    return isinstance(value, datetime)


def encode(value: datetime) -> bytes:
    """
    Write a date-time as RFC 5322 3.3 has it: in the value's own zone, without its fraction of a second.

    `UNKNOWN_ZONE` is written as ``-0000``.  Raises `HeaderError` for a naive `datetime`, a year before 1900 and an
    offset that is no whole number of minutes.

    >>> from datetime import timezone
    >>> encode(datetime(2026, 11, 24, 9, 5, 7, tzinfo=timezone.utc))
    b'Tue, 24 Nov 2026 09:05:07 +0000'
    """
    if not _is_datetime(value):
        message = f"the date is {show(value)}, a {type(value).__name__}; give a datetime with a tzinfo"
        raise HeaderError(message)
    offset = value.utcoffset()
    if offset is None:
        message = (
            f"the date {show(value.isoformat())} is naive; a date field tells its zone (RFC 5322 3.3); "
            f"add tzinfo=timezone.utc, or call .astimezone() when it is local time"
        )
        raise HeaderError(message)
    if value.year < _FIRST_YEAR:
        message = f"the date {show(value.isoformat())} is before {_FIRST_YEAR}, the first year of RFC 5322 3.3"
        raise HeaderError(message)
    minutes, rest = divmod(offset, _MINUTE)
    if rest:
        message = (
            f"the date {show(value.isoformat())} has an offset with seconds; RFC 5322 3.3 has hours and minutes; "
            f"convert it first, such as with .astimezone(timezone.utc)"
        )
        raise HeaderError(message)
    sign = b"-" if minutes < 0 or (not minutes and value.tzname() == "-0000") else b"+"
    hours, minutes = divmod(abs(minutes), _HOUR)
    return b"%b, %02d %b %04d %02d:%02d:%02d %b%02d%02d" % (
        _WEEKDAYS[value.weekday()],
        value.day,
        _MONTH_NAMES[value.month - 1],
        value.year,
        value.hour,
        value.minute,
        value.second,
        sign,
        hours,
        minutes,
    )
