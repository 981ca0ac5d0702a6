"""
SEARCH, SORT and THREAD, answered of what we read (RFC 3501 6.4.4, RFC 5256, RFC 5957).

Addresses, subjects, dates, texts and sizes; in a thread only subjects and dates.

    messages and the words of a command -> the numbers of the messages
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, NamedTuple

from mimekit import Group, Mailbox

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mimekit import AddressList, Message
    from tests.corpus.reading_imaptest import Value

__all__ = ["Stored", "can_search", "ordered_subject", "search", "sort"]


class Stored(NamedTuple):
    """A message in a mailbox: its number, when it arrived, and what we read."""

    number: int
    arrival: tuple[int, str]
    message: Message


KEYS = {"all": 0, "subject": 1, "text": 1, "body": 1, "from": 1, "to": 1, "cc": 1, "bcc": 1, "header": 2}
KEYS |= {"sentbefore": 1, "senton": 1, "sentsince": 1, "smaller": 1, "larger": 1, "not": 0, "or": 0}
_SET = re.compile(r"[\d*][\d:,*]*")


def can_search(words: Sequence[Value]) -> bool:
    """Tell whether every word that looks like a search key is one whose answer follows from the messages."""
    place = 0
    while place < len(words):
        word = words[place]
        if not isinstance(word, str) or (word.lower() not in KEYS and not _SET.fullmatch(word)):
            return False
        place += 1 + KEYS.get(word.lower(), 0)
    return True


def search(stored: Sequence[Stored], words: Sequence[Value]) -> list[int]:
    """Give the numbers of the messages for which every key holds."""
    left = list(words)
    found = list(stored)
    while left:
        kept = _key(left, stored)
        found = [one for one in found if one.number in kept]
    return [one.number for one in found]


def _key(left: list[Value], stored: Sequence[Stored]) -> set[int]:
    """Take one key off *left*; give the messages for which it holds."""
    everything = {one.number for one in stored}
    name = _text(left.pop(0)).lower()
    if name == "all":
        return everything
    if name == "not":
        return everything - _key(left, stored)
    if name == "or":
        return _key(left, stored) | _key(left, stored)
    if name not in KEYS:
        return _set(name, len(stored))
    arguments = [_text(left.pop(0)) for _ in range(KEYS[name])]
    return {one.number for one in stored if _holds(name, arguments, one.message)}


def _text(value: Value) -> str:
    assert not isinstance(value, tuple)
    return value.decode() if isinstance(value, bytes) else value


def _set(text: str, last: int) -> set[int]:
    """Read a sequence set."""
    found: set[int] = set()
    for piece in text.split(","):
        ends = sorted(last if end == "*" else int(end) for end in piece.split(":"))
        found |= set(range(ends[0], ends[-1] + 1))
    return found


def _holds(name: str, arguments: list[str], message: Message) -> bool:
    wanted = arguments[-1].lower()
    if name in ("from", "to", "cc", "bcc"):
        lists = {"from": message.from_, "to": message.to, "cc": message.cc, "bcc": message.bcc}
        return wanted in _shown(lists[name]).lower()
    if name == "header":
        return any(wanted in value.lower() for value in message.headers.all(arguments[0]))
    if name == "subject":
        return message.subject is not None and wanted in message.subject.lower()
    if name in ("text", "body"):
        texts = [part.text or "" for part in message.parts]
        if name == "text":
            texts += [f"{field}: {value}" for part in message.parts for field, value in part.headers]
        return any(wanted in text.lower() for text in texts)
    if name in ("smaller", "larger"):
        return message.size < int(wanted) if name == "smaller" else message.size > int(wanted)
    return _sent(name, datetime.strptime(wanted, "%d-%b-%Y").replace(tzinfo=UTC).date(), message)


def _sent(name: str, day: date, message: Message) -> bool:
    """Compare the date that the sender wrote, disregarding its time and zone."""
    if message.date is None:
        return False
    sent = message.date.date()
    return {"sentbefore": sent < day, "senton": sent == day, "sentsince": sent >= day}[name]


def _shown(addresses: AddressList) -> str:
    """Give every name and address, group names included."""
    groups = [entry.display_name for entry in addresses.entries if isinstance(entry, Group)]
    return "\n".join([*groups, *[f"{mailbox.display_name} <{mailbox.address}>" for mailbox in addresses]])


# -- SORT


def sort(stored: Sequence[Stored], keys: Sequence[str]) -> list[int]:
    """Order by keys, each perhaps after `reverse`; what is equal stays in the order of arrival in the mailbox."""
    found = list(stored)
    for key, is_reverse in reversed(_directions(keys)):
        found.sort(key=ORDERS[key], reverse=is_reverse)
    return [one.number for one in found]


def _directions(keys: Sequence[str]) -> list[tuple[str, bool]]:
    """Pair each key with whether it is reversed."""
    return [
        (key, place > 0 and keys[place - 1].lower() == "reverse")
        for place, key in enumerate([key.lower() for key in keys])
        if key != "reverse"
    ]


def _sent_at(one: Stored) -> tuple[int, str]:
    """Give the day and time of the Date field, or those of the arrival; all of a mailbox are of one month and zone."""
    sent = one.message.date
    return one.arrival if sent is None else (sent.day, f"{sent:%H:%M:%S}")


def casemap(text: str) -> str:
    """Map letters as the collation i;ascii-casemap does: to upper case, so that `_` follows `z` (RFC 4790 9.2)."""
    return text.upper()


def _first(addresses: AddressList, *, display: bool) -> str:
    """
    Give the local part of the first address (RFC 5256 3); for *display* its name, or the address (RFC 5957 3).

    The first address of a group stands for the group and has its name (RFC 3501 7.4.2).
    """
    if not addresses.entries:
        return ""
    first = addresses.entries[0]
    if isinstance(first, Group):
        return casemap(first.display_name)
    if not isinstance(first, Mailbox):
        return casemap(first.text)
    return casemap((first.display_name or first.address) if display else first.local_part)


def base_subject(subject: str) -> str:
    """Give what is left of a subject without `Re:`, `Fwd:`, `(fwd)` and `[list]` (RFC 5256 2.1), in lower case."""
    text = " ".join(subject.split()).lower()
    while True:
        before = text
        while text.endswith("(fwd)"):
            text = text[: -len("(fwd)")].rstrip()
        leader = re.match(r"(?:\[[^\[\]]*\] ?)*(?:re|fwd?) ?(?:\[[^\[\]]*\] ?)?: ?", text)
        if leader:
            text = text[leader.end() :]
        blob = re.match(r"\[[^\[\]]*\] ?(?=.)", text)
        if blob:
            text = text[blob.end() :]
        forwarded = re.fullmatch(r"\[fwd:(.*)\]", text)
        if forwarded:
            text = forwarded[1].strip()
        if text == before:
            return text


ORDERS: dict[str, Callable[[Stored], tuple[int, str] | str | int]] = {
    "arrival": lambda one: one.arrival,
    "date": _sent_at,
    "size": lambda one: one.message.size,
    "subject": lambda one: casemap(base_subject(one.message.subject or "")),
    "from": lambda one: _first(one.message.from_, display=False),
    "to": lambda one: _first(one.message.to, display=False),
    "cc": lambda one: _first(one.message.cc, display=False),
    "displayfrom": lambda one: _first(one.message.from_, display=True),
    "displayto": lambda one: _first(one.message.to, display=True),
}


# -- THREAD


def ordered_subject(stored: Sequence[Stored]) -> tuple[Value, ...]:
    """Give the threads by subject and date: the first message, and all others as its children (RFC 5256 3)."""
    threads: dict[str, list[Stored]] = {}
    for one in sorted(stored, key=_sent_at):
        threads.setdefault(base_subject(one.message.subject or ""), []).append(one)
    return tuple([_thread([str(one.number) for one in thread]) for thread in threads.values()])


def _thread(numbers: list[str]) -> Value:
    first, *others = numbers
    return (first, *others) if len(others) < 2 else (first, *[(other,) for other in others])
