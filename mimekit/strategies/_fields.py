"""
Fields: what messages say in their headers: names, addresses, subjects, dates and ids.

Mail that is sent has few of the shapes that addresses, dates and texts can have, so these are pools of the usual and
the awkward, and what is in no pool is drawn more rarely; `addresses` and `headers` draw everything that is valid.

    nothing -> SearchStrategy of values

May import: `headers.address`, `strategies`.  Imported by: `strategies._drafts`, `strategies.bodies`,
`strategies.damage`, `strategies.messages`.
"""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import TYPE_CHECKING, Literal

from hypothesis import strategies as st

from mimekit.headers.address import Group, Mailbox
from mimekit.strategies import addresses, headers
from mimekit.strategies._characters import LDH, foreign, text, weighted, without_residue

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = [
    "LOCAL_PARTS",
    "NAMES",
    "SUBJECTS",
    "all_mailboxes",
    "any_dates",
    "any_ids",
    "authors",
    "dates",
    "few_mailboxes",
    "ids",
    "mailboxes",
    "recipients",
    "subjects",
    "threads",
    "wide_mailboxes",
]

LOCAL_PARTS = (
    *("a", "ada", "b", "c", "ada.lovelace", "a.b.c", "ada+b", "o'neill", "a_b", "a-b", "1", "-a", "A", "postmaster"),
    *("!#$%&*/=?^`{|}~", "a" * 64, "list-owner", "bounces+a=b.example"),
)
DOMAINS = (
    *("a.example", "example.com", "example.org", "b.example", "mail.a.example", "A.EXAMPLE", "xn--bcher-kva.example"),
    *("a-b.example", "1a.example", "a.b.c.d.example", f"{'a' * 63}.example", "a.test"),
)
NAMES = (
    *("", "a", "Ada", "Ada Lovelace", "King, Ada", "Ada K. King", "O'Neill", "Ada (home)", "a b c", "Sales & Co."),
    *("a" * 70, "Ada " * 30 + "King", "\u00dcnal", "Jos\u00e9 N\u00fa\u00f1ez", "\u5c71\u7530 \u592a\u90ce"),
    *("\u0418\u0432\u0430\u043d", "\u03a9", "\u00e9" * 40, "Ada; King", "[Ada]", "a: b", "a/b", "a=b", "Dr. Ada"),
)
SUBJECTS = (
    *("a", "Tea at four", "a: b", "[a] b", "a, b", '"a"', "(a)", "a  b", "100%", "=", "=?", "a@b", "Fw a", "a" * 60),
    *("a" * 78, "a" * 150, "word " * 30 + "end", "gr\u00fc\u00dfe", "na\u00efve caf\u00e9", "\u65e5\u672c\u8a9e"),
    *("\u041f\u0440\u0438\u0432\u0435\u0442", "\u20ac 5", "\U0001f389", "\u05e9\u05dc\u05d5\u05dd", "\u00e9" * 60),
    *("a \u00e9 b \u00e9 c", "\u00e9a\u00e9", "\u65e5\u672c" * 20, "tea \U0001f375 at four", "a;b", "a\\b", "a_b"),
)
_OFFSETS = (0, 60, -300, 330, 345, -210, 840, -720, -480, 120)  # minutes
_SECONDS = 24 * 365 * 86400  # of 24 years, to the end of 2023


@cache
def dates() -> SearchStrategy[datetime]:
    """Draw a time between 2000 and 2023, which no reader finds odd; see `dates` for all."""
    return st.builds(_date, st.integers(0, _SECONDS), st.sampled_from(_OFFSETS))


def _date(seconds: int, minutes: int) -> datetime:
    zone = timezone(timedelta(minutes=minutes)) if minutes else UTC
    return (datetime(2000, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)).astimezone(zone)


@cache
def any_dates() -> SearchStrategy[datetime]:
    return weighted((5, dates()), (1, headers.dates()))


@cache
def any_ids() -> SearchStrategy[str]:
    return weighted((5, ids()), (1, headers.message_ids()))


@cache
def ids() -> SearchStrategy[str]:
    """Draw a message id that is unlike any other; see `message_ids` for all."""
    left = st.one_of(st.sampled_from(("a", "a.b", "20000101.a", "a+b$c", "a" * 60)), text(LDH, min_size=1, max_size=8))
    return st.builds("<{}@{}>".format, left, st.sampled_from(DOMAINS[:5]))


@cache
def mailboxes() -> SearchStrategy[Mailbox]:
    """Draw a mailbox that no rule of the linter minds; see `mailboxes` for all."""
    local_parts = st.one_of(st.sampled_from(LOCAL_PARTS), text(LDH, min_size=1, max_size=8))
    words = ((1, text(LDH, min_size=1, max_size=8)), (1, _letters()))
    names = weighted((3, st.just("")), (4, st.sampled_from(NAMES)), *words)
    return st.builds(Mailbox, names, local_parts, st.sampled_from(DOMAINS))


@cache
def _letters() -> SearchStrategy[str]:
    return foreign(max_size=6).map(lambda word: "".join([one for one in word if one.isalpha()]) or "a")


@cache
def subjects() -> SearchStrategy[str]:
    words = weighted((2, text(LDH, min_size=1, max_size=10)), (1, _letters()))
    return weighted((2, st.sampled_from(SUBJECTS)), (1, st.lists(words, min_size=1, max_size=4).map(" ".join)))


@cache
def threads() -> SearchStrategy[dict[str, tuple[str, ...]]]:
    chains = st.lists(ids(), min_size=1, max_size=4, unique=True)
    return chains.map(lambda chain: {"in_reply_to": (chain[-1],), "references": tuple(chain)})


@cache
def all_mailboxes(profile: Literal["smtp", "eai"]) -> SearchStrategy[Mailbox]:
    """Draw any mailbox that is valid, but those that nobody would send from in earnest."""
    return addresses.mailboxes(profile=profile).map(_undisguised)


@cache
def authors() -> SearchStrategy[Mailbox]:
    return weighted((4, mailboxes()), (1, all_mailboxes("smtp")))


@cache
def recipients() -> SearchStrategy[tuple[Mailbox | Group, ...]]:
    few = st.sampled_from(("a", "Team", "undisclosed-recipients", "A, B", "\u00c9quipe"))
    names = weighted((2, few), (1, subjects()))
    members = st.lists(mailboxes(), max_size=2)
    group = st.builds(Group, names, members)
    entries: SearchStrategy[Mailbox | Group] = weighted((7, mailboxes()), (2, all_mailboxes("smtp")), (1, group))
    return st.lists(entries, min_size=1, max_size=3).map(tuple)


@cache
def few_mailboxes(most: int) -> SearchStrategy[tuple[Mailbox, ...]]:
    return st.lists(mailboxes(), min_size=1, max_size=most).map(tuple)


@cache
def wide_mailboxes() -> SearchStrategy[Mailbox]:
    domains = st.one_of(st.just("a.example"), addresses.domains(kind="idn"))
    return addresses.mailboxes(local_parts=addresses.local_parts(kind="eai"), domains=domains).map(_undisguised)


def _undisguised(box: Mailbox) -> Mailbox:
    """Give a mailbox that no program takes for a template, and of which no letter is read as a special of ASCII."""
    name, local_part = without_residue(box.display_name), without_residue(box.local_part)
    if not local_part.isascii():
        local_part = "".join(map(_plain_letter, local_part))
    return box if (name, local_part) == (box.display_name, box.local_part) else Mailbox(name, local_part, box.domain)


def _plain_letter(one: str) -> str:
    is_plain = one.isascii() or all(
        [char.isalnum() or not char.isascii() for char in unicodedata.normalize("NFKC", one)]
    )
    return one if is_plain else "\u00df"
