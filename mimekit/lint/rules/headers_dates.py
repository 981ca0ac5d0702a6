"""
Rules about dates (family H, H201 to H208).

RFC 5322 3.3 and 4.3.

    date fields -> hits

May import: the core, `lint`.  Imported by: `lint.rules.headers_fields`.
"""

from __future__ import annotations

import re
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

from mimekit.headers import dates, names
from mimekit.lint.rule import rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mimekit.defects import Flaw
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Field

__all__ = ["is_usual"]

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DATES = sorted([name for name, known in names.FIELDS.items() if known.kind == "date"])
# Comments in comments are seen two deep, which keeps the search linear.
_IN_COMMENT = rb"(?:[^()\\]|\\[\x00-\xff])"
_CFWS = rb"(?:[ \t\r\n]++|(?<!\\)\((?:%b|\(%b*+\))*+\))" % (_IN_COMMENT, _IN_COMMENT)
_DAY = re.compile(rb"(?i)[ \t\r\n]*+(mon|tue|wed|thu|fri|sat|sun)[ \t\r\n]*+,")
# The zone of RFC 5322 4.3 in letters, at the end; the year, before a time.
_LETTERS = re.compile(rb"(?i)[0-9 \t\r\n)](ut|gmt|[ecmp][sd]t|[a-ik-z])" + _CFWS + rb"*+\Z")
_SHORT_YEAR = re.compile(rb"(?i)(?<=[a-z \t\n)])([0-9]{2,3})(?=%b++[0-9]{2}%b*+:)" % (_CFWS, _CFWS))
_UNKNOWN_ZONE = re.compile(rb"-0000" + _CFWS + rb"*+\Z")
_USUAL = re.compile(
    rb" (Mon|Tue|Wed|Thu|Fri|Sat|Sun), [0-9]{1,2} (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) [0-9]{4}"
    rb" [0-9]{2}:[0-9]{2}:[0-9]{2} [+\-][0-9]{4}"
)
_LONGEST = 200  # octets: no more are read


@lru_cache(maxsize=64)
def _known(raw: bytes) -> datetime | None:
    return dates.parse(raw)


def _value(raw: bytes) -> datetime | None:
    """Read a date; the same one is asked for by several rules, and stands in many messages of a run."""
    return _known(raw) if len(raw) <= _LONGEST else None


@lru_cache(maxsize=64)
def _is_usual(raw: bytes) -> bool:
    found = _USUAL.fullmatch(raw)
    value = None if found is None else dates.parse(raw)
    return found is not None and value is not None and _DAYS[value.weekday()] == found[1].decode()


def is_usual(raw: bytes) -> bool:
    """Tell whether a date is as nearly all are: nothing obsolete, and the right day of the week."""
    return len(raw) <= _LONGEST and _is_usual(raw)


def _read(raw: bytes) -> datetime | None:
    """Read a date that follows the grammar, the obsolete one included."""
    flaws: list[Flaw] = []
    value = dates.parse(raw, flaws)
    return None if flaws else value


@rule("H201")
def date_syntax() -> None:
    """
    The date does not follow the grammar, not even the obsolete one.

    Why it matters: each reader makes something else of it, or none; filters count it as a sign of spam.

    Bad:
        Date: Tue, 24 November 2026 03:30:00 +0000

    Bad:
        Date: 2026-11-24T03:30:00Z

    Good:
        Date: Tue, 24 Nov 2026 03:30:00 +0000

    References: RFC 5322 3.3, 4.3
    """


@rule("H202", severity="warning", looks_at="field", names=_DATES, reference="RFC 5322 4.3", fix="safe")
def date_obsolete_zone(field: Field, _: Context) -> Iterator[Hit]:
    """
    The zone of a date is written in letters, such as ``GMT`` or ``EST``.

    Why it matters: nobody may write it any more; readers know few of these zones, and those of one letter were defined
    the wrong way round.

    Bad:
        Date: Tue, 24 Nov 2026 03:30:00 GMT

    Good:
        Date: Tue, 24 Nov 2026 03:30:00 +0000

    References: RFC 5322 4.3
    """
    raw = field.raw
    if is_usual(raw):
        return
    found = _LETTERS.search(raw, max(0, len(raw) - _LONGEST))
    value = None if found is None else _read(raw)
    if found is None or value is None:
        return
    zone = found[1].decode().upper()
    right = dates.encode(value).rpartition(b" ")[2]
    # RFC 5322 4.3: of one letter nobody knows what was meant, but for Z.
    fix = field.replacing(f"write {right.decode()}", right, *found.span(1), is_safe=len(zone) > 1 or zone == "Z")
    yield field.hit(f"the zone {zone} is obsolete; it is written {right.decode()}", *found.span(1), fix)


@rule("H203", severity="error", looks_at="field", names=_DATES, reference="RFC 5322 4.3", fix="safe")
def date_short_year(field: Field, _: Context) -> Iterator[Hit]:
    """
    The year of a date has two or three digits.

    Why it matters: nobody may write it any more, and readers do not agree on the century.

    Bad:
        Date: Tue, 24 Nov 26 03:30:00 +0000

    Good:
        Date: Tue, 24 Nov 2026 03:30:00 +0000

    References: RFC 5322 4.3
    """
    if is_usual(field.raw):
        return
    found = _SHORT_YEAR.search(field.raw, 0, _LONGEST)
    value = None if found is None else _read(field.raw)
    if found is not None and value is not None:
        fix = field.replacing(f"write {value.year}", b"%d" % value.year, *found.span(1))
        text = f"the year {found[1].decode()} has {len(found[1])} digits; it is read as {value.year}"
        yield field.hit(text, *found.span(1), fix)


@rule("H204", severity="error", looks_at="field", names=_DATES, reference="RFC 5322 3.3", fix="safe")
def date_weekday_mismatch(field: Field, _: Context) -> Iterator[Hit]:
    """
    The day of the week is not that of the date.

    Why it matters: strict readers take the whole date for invalid, and filters for a sign of a forged message.

    Bad:
        Date: Mon, 24 Nov 2026 03:30:00 +0000

    Good:
        Date: Tue, 24 Nov 2026 03:30:00 +0000

    References: RFC 5322 3.3
    """
    if is_usual(field.raw):
        return
    day = _DAY.match(field.raw)
    value = dates.parse(field.raw) if day is not None else None
    if day is None or value is None or _DAYS[value.weekday()].lower() == day[1].decode().lower():
        return
    right = _DAYS[value.weekday()]
    fix = field.replacing(f"write {right}", right.encode(), *day.span(1))
    text = f"{dates.encode(value)[5:16].decode()} is a {_DAY_NAMES[value.weekday()]}"
    yield field.hit(text, *day.span(1), fix)


@rule("H205")
def date_range() -> None:
    """
    The date has a number that no date can have: a day, an hour, a minute, a zone.

    Why it matters: readers show no date, or another one, and filters count it as a sign of spam.

    Bad:
        Date: 31 Nov 2026 03:30:00 +0000

    Bad:
        Date: Tue, 24 Nov 2026 24:30:00 +0000

    Good:
        Date: Tue, 24 Nov 2026 03:30:00 +0000

    References: RFC 5322 3.3
    """


@rule("H206", severity="warning", looks_at="field", names=["date"], reference="RFC 5322 3.6.1", fix="unsafe")
def date_in_future(field: Field, context: Context) -> Iterator[Hit]:
    """
    The date is more than two hours ahead of the clock (option ``date-in-future-hours``).

    Why it matters: it is to say when the message was finished; filters count one that is to come as a sign of spam, and
    it stays on top of the recipient's list.

    Bad:
        Date: Wed, 25 Nov 2026 03:30:00 +0000

    Good:
        Date: Tue, 24 Nov 2026 05:30:00 +0000

    References: RFC 5322 3.6.1
    """
    value = _value(field.raw) if field.is_top else None
    if value is None:
        return
    now = context.moment()
    ahead = value - now
    if ahead > timedelta(hours=context.options.get("date-in-future-hours", 2)):
        yield field.hit(
            f"the date is {_shown(ahead)} ahead of the clock", fix=field.replacing(*_now(now), is_safe=False)
        )


@rule(
    "H207",
    severity="info",
    looks_at="field",
    names=["date"],
    profiles=("strict",),
    reference="RFC 5322 3.6.1",
    fix="unsafe",
)
def date_in_past(field: Field, context: Context) -> Iterator[Hit]:
    """
    The date is more than 24 hours behind the clock (option ``date-in-past-hours``).

    Why it matters: a new message with an old date is sorted where nobody looks, and filters count it as a sign of spam.

    Bad:
        Date: Sun, 22 Nov 2026 03:30:00 +0000

    Good:
        Date: Tue, 24 Nov 2026 03:30:00 +0000

    References: RFC 5322 3.6.1
    """
    if not field.is_top or field.entity.field("resent-date") is not None:
        return
    value = _value(field.raw)
    if value is None:
        return
    now = context.moment()
    behind = now - value
    if behind > timedelta(hours=context.options.get("date-in-past-hours", 24)):
        yield field.hit(
            f"the date is {_shown(behind)} behind the clock", fix=field.replacing(*_now(now), is_safe=False)
        )


def _now(now: datetime) -> tuple[str, bytes]:
    return "write the time of the clock", b" " + dates.encode(now)


def _shown(span: timedelta) -> str:
    """Tell a span of time in its two greatest units."""
    minutes = int(span.total_seconds()) // 60
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if days else f"{hours} h {minutes} min"


@rule(
    "H208",
    severity="info",
    looks_at="field",
    names=_DATES,
    profiles=("strict",),
    reference="RFC 5322 3.3",
    fix="safe",
)
def date_unknown_zone(field: Field, _: Context) -> Iterator[Hit]:
    """
    The zone of a date is ``-0000``: the moment is known, and the sender's local time is not.

    Why it matters: it is legal, and a reader cannot tell what time of day it was for the sender; often it is only the
    default of a library, and ``+0000`` was meant.

    Bad:
        Date: Tue, 24 Nov 2026 03:30:00 -0000

    Good:
        Date: Tue, 24 Nov 2026 03:30:00 +0000

    References: RFC 5322 3.3
    """
    found = _UNKNOWN_ZONE.search(field.raw, max(0, len(field.raw) - _LONGEST))
    if found is not None:
        span = found.start(), found.start() + 5
        yield field.hit("the zone -0000 tells no local time", *span, field.replacing("write +0000", b"+0000", *span))
