"""
Names, tags and ARNs of Amazon SES: the alphabet and the length of each.

botocore checks only that a value is there and has the right type, so a tag of 300 characters gets as far as SES.  The
same rules hold for an argument of a call and for the field of the message that stands for it.

    object -> the same, checked

May import: `errors`, `ses.limits`.  Imported by: `ses._data`, `ses.check`, `ses.payload`, `ses.series`.
"""

from __future__ import annotations

import re

from mimekit.errors import PayloadError, show
from mimekit.ses import limits

__all__ = ["arn", "name", "tag", "tags", "visible"]

_word = re.compile(r"[A-Za-z0-9_-]++")
_visible = re.compile(r"[!-~]++")
_arn = re.compile(r"arn:[!-~]++")


def tags(given: object) -> list[dict[str, str]] | None:
    """Write message tags, a mapping of names to values, as boto3 takes them."""
    if given is None:
        return None
    if not hasattr(given, "items"):
        message = f"tags is {show(given)}; give a mapping of names to values"
        raise PayloadError(message)
    return [tag("tags", label, value) for label, value in given.items()] or None


def tag(what: str, label: object, value: object) -> dict[str, str]:
    """Check one message tag and write it as boto3 takes it."""
    return {
        "Name": _limited(f"a name in {what}", label, limits.TAG_MAX),
        "Value": _limited(f"the value of {show(label)} in {what}", value, limits.TAG_MAX),
    }


def name(what: str, value: object) -> str | None:
    """Check the name of a configuration set or a tenant."""
    return None if value is None else _limited(what, value, limits.NAME_MAX)


def arn(what: str, value: object) -> str | None:
    """Check an Amazon Resource Name: only how it begins, for partitions and resources differ."""
    return _matched(what, value, _arn, "an Amazon Resource Name, which begins with arn:")


def visible(what: str, value: object) -> str | None:
    """Check an id of which only the alphabet is known."""
    return _matched(what, value, _visible, "visible ASCII characters")


def _limited(what: str, value: object, most: int) -> str:
    """Check a name of at most *most* letters, digits, ``_`` and ``-``."""
    if not isinstance(value, str) or not _word.fullmatch(value):
        message = f"{what} is {show(value)}; Amazon SES takes a str of 1 to {most} ASCII letters, digits, _ and -"
        raise PayloadError(message)
    if len(value) > most:
        message = f"{what} has {len(value)} characters; Amazon SES takes {most}, so it is {len(value) - most} too long"
        raise PayloadError(message)
    return value


def _matched(what: str, value: object, pattern: re.Pattern[str], expected: str) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not pattern.fullmatch(value):
        message = f"{what} is {show(value)}; give {expected}"
        raise PayloadError(message)
    return value
