"""
Drafts: what is drawn for a message of each profile, as plain values.

What needs no draw follows from the others in `_models`; what a later draw needs of an earlier one (the alternatives of
a body, recipients that come once) is kept so that the order of draws is the same for all bodies, and shrinking can go
from one to another.

    nothing -> SearchStrategy[Draft]

May import: `codecs`, `strategies`.  Imported by: `strategies.messages`.
"""

from __future__ import annotations

from datetime import MAXYEAR, UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import quote

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit.codecs import words
from mimekit.headers.address import Mailbox
from mimekit.strategies import _fields as fields
from mimekit.strategies import _reports, bodies
from mimekit.strategies._characters import weighted, without_residue
from mimekit.strategies._models import Draft, Text
from mimekit.strategies.lexical import encoded_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn, SearchStrategy

    from mimekit.headers.address import Group
    from mimekit.strategies._models import Body

__all__ = ["PROFILES", "Profile", "drafts", "least"]

Profile = Literal["plain", "mime", "eai", "signed", "report", "calendar"]
PROFILES = get_args(Profile)
"""What can be drawn, the simplest first."""


@st.composite
def _plain(draw: DrawFn) -> Draft:
    from_, seen = draw(fields.mailboxes()), set[str]()
    to = _others(draw(fields.few_mailboxes(3)), seen)
    receivers = {*seen}
    more: dict[str, Any] = {}
    for extra in draw(st.lists(_plain_extras(), max_size=4)):
        more |= extra
    for name in ("cc", "bcc"):
        more[name] = _others(more.get(name, ()), seen)
    for name, others in (("reply_to", receivers), ("sender", {from_.address.lower()})):
        box = Mailbox("", more.pop(name, from_.local_part), from_.domain)
        if box != from_ and box.address.lower() not in others:
            more[name] = (box,) if name == "reply_to" else box
    return Draft(
        (from_,), to, draw(_plain_texts()), draw(fields.subjects()), draw(fields.dates()), draw(fields.ids()), **more
    )


@cache
def _plain_extras() -> SearchStrategy[dict[str, Any]]:
    """Draw one of the things that a message has besides, as arguments of `Draft`; addresses as their local parts."""
    names = st.sampled_from(fields.LOCAL_PARTS)
    made: dict[str, SearchStrategy[Any]] = {
        "bcc": fields.few_mailboxes(2),
        "cc": fields.few_mailboxes(2),
        "reply_to": names,
        "sender": names,
        "has_mime": st.just(False),  # noqa: FBT003 - a value
    }
    return weighted((1, fields.threads()), *[(1, _named(name, drawn)) for name, drawn in made.items()])


@cache
def _one_in(number: int) -> SearchStrategy[bool]:
    """Draw true one time in *number*; false is the simpler one."""
    return st.integers(0, number - 1).map(lambda drawn: drawn == number - 1)


def _others(drawn: tuple[Mailbox, ...], seen: set[str]) -> tuple[Mailbox, ...]:
    """Give those who are not in *seen*, and put them there."""
    found = []
    for box in drawn:
        if box.address.lower() not in seen:
            seen.add(box.address.lower())
            found.append(box)
    return tuple(found)


@cache
def _plain_texts() -> SearchStrategy[Text]:
    return bodies.text_models(max_lines=4, is_careful=True)


_FIELDS = (
    ("Comments", "a"),
    ("Keywords", "a, b"),
    ("Organization", "a"),
    ("List-Id", "<list.a.example>"),
    ("List-Post", "<mailto:list@a.example>"),
    ("List-Help", "<mailto:list@a.example?subject=help>"),
    ("List-Archive", "<https://a.example/list>"),
    ("Precedence", "list"),
    ("User-Agent", "a/1.0"),
    ("X-Mailer", "a"),
    ("X-A", ""),
    ("X-A", "a" * 200),
    ("X-A", "gr\u00fc\u00dfe"),
    ("Content-Language", "en"),
    ("Expires", "Sat, 01 Jan 2000 00:00:00 +0000"),
)


@st.composite
def _mime(draw: DrawFn, *, is_mix: bool = False) -> Draft:
    """Draw a draft of any shape; the body last, so that another kind of body fits the same header when it shrinks."""
    from_: tuple[Mailbox, ...] = (draw(fields.authors()),)
    to = draw(fields.recipients())
    more: dict[str, Any] = {}
    for extra in draw(st.lists(_mime_extras(), max_size=4)):
        more |= extra
    if more.pop("authors", None) is not None:
        # Of one domain, as DMARC wants it (RFC 7489 6.6.1); several authors need a Sender (RFC 5322 3.6.2).
        local_part = draw(st.sampled_from(fields.LOCAL_PARTS))
        from_ += (Mailbox(draw(st.sampled_from(fields.NAMES)), local_part, from_[0].domain),)
        more.setdefault("sender", draw(fields.mailboxes()))
    draft = Draft(
        from_, to, Text(""), draw(fields.subjects()), draw(fields.any_dates()), draw(fields.any_ids()), **more
    )
    if not is_mix:
        return draft._replace(body=draw(_mime_bodies()))
    kind = draw(_kinds())
    if kind < _INVITATION:
        return draft._replace(body=draw(_plain_texts() if kind < _MIME else _mime_bodies()))
    return draft._replace(body=draw(_invitations(from_[0], to, draft.date, is_alone=True)))


_MIME, _INVITATION = 2, 9  # of ten bodies: from where on there is more than a plain text


@cache
def _kinds() -> SearchStrategy[int]:
    return st.integers(0, 9)


@cache
def _mime_extras() -> SearchStrategy[dict[str, Any]]:
    """Draw one of the things that a message has besides, as arguments of `Draft`."""
    more = st.lists(st.sampled_from(_FIELDS), min_size=1, max_size=3, unique_by=_name).map(tuple)
    made: dict[str, SearchStrategy[Any]] = {
        "bcc": fields.few_mailboxes(3),
        "cc": fields.recipients(),
        "subject_words": st.lists(encoded_words(), min_size=1, max_size=3).map(_calm),
        "reply_to": fields.recipients(),
        "from_words": st.lists(encoded_words(phrase=True), min_size=1, max_size=2).map(_calm),
        "headers": more,
        "sender": fields.mailboxes(),
        "list_unsubscribe": st.sampled_from(("https://a.example/u?a=1", "mailto:u@a.example")),
        "priority": st.sampled_from(("high", "low", "normal")),
        "auto_submitted": st.sampled_from(("auto-generated", "auto-replied", "no")),
        "authors": st.just(2),
        "has_mime": st.just(False),  # noqa: FBT003 - a value
    }
    return weighted((1, fields.threads()), *[(1, _named(name, drawn)) for name, drawn in made.items()])


def _named(name: str, drawn: SearchStrategy[Any]) -> SearchStrategy[dict[str, Any]]:
    return drawn.map(lambda value: {name: value})


def _calm(drawn: list[str]) -> tuple[str, ...]:
    """Give encoded words, but others for those that say what nobody would: a template's mark, an encoded word."""
    said = words.decode(" ".join(drawn).encode())
    is_calm = "=?" not in said and without_residue(said) == said and said.strip() == said and said.split()
    return tuple(drawn) if is_calm else ("=?us-ascii?q?a?=",)


def _name(pair: tuple[str, object]) -> str:
    return pair[0]


@cache
def _mime_bodies() -> SearchStrategy[Body]:
    return weighted(
        (2, bodies.text_models()),
        (1, bodies.attachment_models()),
        (1, bodies.html_models()),
        (4, bodies.multipart_models(3)),
        (2, bodies.multipart_models(2)),
        (2, bodies.multipart_models(1)),
        (2, bodies.alternative_models(1)),
    )


@st.composite
def _eai(draw: DrawFn) -> Draft:
    wide = draw(fields.wide_mailboxes())
    other = draw(weighted((2, fields.mailboxes()), (1, fields.all_mailboxes("eai"))))
    from_, to = (other, wide) if draw(st.booleans()) else (wide, other)
    more: dict[str, Any] = {}
    for extra in draw(st.lists(_eai_extras(), max_size=3)):
        more |= extra
    body = draw(weighted((3, bodies.utf8_models(3)), (1, bodies.multipart_models(2))))
    return Draft(
        (from_,),
        (to,),
        body,
        draw(fields.subjects()),
        draw(fields.dates()),
        draw(fields.ids()),
        encoding="smtputf8",
        **more,
    )


@cache
def _eai_extras() -> SearchStrategy[dict[str, Any]]:
    blind = fields.wide_mailboxes().map(lambda box: (box,))
    seen = fields.all_mailboxes("eai").map(lambda box: (box,))
    return weighted((1, fields.threads()), (1, _named("bcc", blind)), (1, _named("cc", seen)))


# -- reports and invitations


@st.composite
def _report(draw: DrawFn) -> Draft:
    date = draw(fields.dates())
    returned = draw(bodies.note_models())
    said = "\n".join(
        draw(st.lists(st.sampled_from(("a", "Your message was not delivered.", "", "x" * 80)), max_size=3))
    )
    make = draw(st.sampled_from((_status, _notification, _abuse)))
    body = draw(make(said, returned, date))
    return Draft(
        (draw(fields.mailboxes()),),
        draw(fields.few_mailboxes(1)),
        body,
        draw(st.sampled_from(("a", "Undelivered mail", "Read: a"))),
        date,
        draw(fields.ids()),
        in_reply_to=(returned.message_id,),
        auto_submitted="auto-replied",
        mail_from="",
    )


def _status(said: str, returned: Draft, date: datetime) -> SearchStrategy[Body]:
    address = fields.mailboxes().map(lambda box: f"{box.local_part}@{box.ascii_domain}")
    failed = st.builds(
        _reports.Failure,
        address,
        st.sampled_from(("failed", "delayed", "relayed", "expanded")),
        st.sampled_from(("5.0.0", "5.1.1", "5.7.26", "5.2.2")),
        st.sampled_from((None, "550 5.1.1 no such user", "552 5.2.2 mailbox full (a; b)")),
        st.sampled_from((None, "b.example")),
    ).map(_agreeing)
    failures = st.lists(failed, min_size=1, max_size=3).map(tuple)
    return st.builds(
        lambda found, whole: _reports.delivery_status(said, found, returned, date, whole=whole), failures, st.booleans()
    )


def _agreeing(failure: _reports.Failure) -> _reports.Failure:
    """Let the class of the status be that of the action (RFC 3464 2.3.4)."""
    first = {"failed": "5", "delayed": "4"}.get(failure.action, "2")
    if first == "5":
        return failure
    return failure._replace(status=f"{first}.0.0", diagnostic=None)


def _notification(said: str, returned: Draft, date: datetime) -> SearchStrategy[Body]:
    del date
    modes = st.sampled_from(("manual-action/MDN-sent-manually", "automatic-action/MDN-sent-automatically"))
    did = st.sampled_from(("displayed", "deleted", "processed"))
    address = returned.to[0]
    return st.builds(lambda mode, done: _reports.disposition(said, _spelled(address), mode, done, returned), modes, did)


def _abuse(said: str, returned: Draft, date: datetime) -> SearchStrategy[Body]:
    kinds = st.sampled_from(("abuse", "fraud", "not-spam", "other"))
    sources = st.sampled_from(("192.0.2.1", "2001:db8::1"))
    address = _spelled(returned.to[0])
    return st.builds(lambda kind, source: _reports.abuse(said, kind, address, source, returned, date), kinds, sources)


def _spelled(box: Mailbox | Group) -> str:
    return f"{box.local_part}@{box.ascii_domain}" if isinstance(box, Mailbox) else "a@a.example"


def _mailto(box: Mailbox | Group) -> str:
    """Give a mailto URI (RFC 6068 2); a group is nobody who can be invited."""
    address = f"{box.address.rpartition('@')[0]}@{box.ascii_domain}" if isinstance(box, Mailbox) else "a@a.example"
    return "mailto:" + quote(address, safe="@!$'*+-._~")


_BEGINNING = datetime(2000, 1, 1, tzinfo=UTC)
_NOBODY = Mailbox("", "a", "a.example")


@cache
def least(profile: str | None) -> Draft:
    """Give the smallest draft of a profile."""
    draft = Draft((_NOBODY,), (_NOBODY,), Text("a"))
    if profile == "eai":
        return draft._replace(from_=(Mailbox("", "a\u00e9", "a.example"),), encoding="smtputf8")
    if profile == "report":
        body = _reports.disposition("", "a@a.example", "manual-action/MDN-sent-manually", "displayed", draft)
        return draft._replace(body=body, mail_from="", auto_submitted="auto-replied", in_reply_to=(draft.message_id,))
    if profile == "calendar":
        organizer = _mailto(_NOBODY)
        event = _reports.Event("REQUEST", "a", _BEGINNING, 1, "a", organizer, (organizer,), _BEGINNING)
        return draft._replace(body=_reports.invitation(event, None, None, attached=False))
    return draft


@st.composite
def _calendar(draw: DrawFn) -> Draft:
    from_, to = draw(fields.mailboxes()), draw(fields.few_mailboxes(3))
    draft = Draft((from_,), to, Text(""), draw(fields.subjects()), draw(fields.dates()), draw(fields.ids()))
    return draft._replace(body=draw(_invitations(from_, to, draft.date)))


@st.composite
def _invitations(
    draw: DrawFn, from_: Mailbox, to: tuple[Mailbox | Group, ...], date: datetime, *, is_alone: bool = False
) -> Body:
    if date.year == MAXYEAR:
        date = date.replace(year=2000)
    event = _reports.Event(
        method=draw(st.sampled_from(("REQUEST", "CANCEL", "REPLY", "PUBLISH", "COUNTER"))),
        uid=draw(st.sampled_from(("a", "a@a.example", "x" * 100))),
        start=(date + timedelta(days=draw(st.integers(1, 60)))).astimezone(UTC),
        hours=draw(st.integers(1, 9)),
        summary=draw(st.sampled_from(fields.SUBJECTS)),
        organizer=_mailto(from_),
        attendees=tuple([_mailto(box) for box in to]),
        stamp=date.astimezone(UTC),
        sequence=draw(st.integers(0, 3)),
        location=draw(st.sampled_from(("", "a", "Room 1, B; C", "gr\u00fc\u00dfe " * 20))),
        description=draw(st.sampled_from(("", "a\nb", "a" * 200, "\u65e5\u672c" * 40, "a\\b"))),
        is_busy=draw(st.booleans()),
        partstat=draw(st.sampled_from(("NEEDS-ACTION", "ACCEPTED", "DECLINED", "TENTATIVE"))),
        is_all_day=draw(st.booleans()),
    )
    said = draw(st.one_of(st.none(), _plain_texts()))
    wish = draw(st.sampled_from((None, "base64", "quoted-printable", "8bit")))
    return _reports.invitation(event, said, wish, attached=not is_alone and draw(_one_in(3)))


@cache
def drafts(profile: str | None) -> SearchStrategy[Draft]:
    """Draw drafts of a profile, or a mix."""
    made: dict[str, Callable[[], SearchStrategy[Draft]]] = {
        "plain": _plain,
        "mime": _mime,
        "eai": _eai,
        "report": _report,
        "calendar": _calendar,
    }
    if profile is None:
        return _mime(is_mix=True)
    if profile == "signed":
        return weighted((1, _plain()), (1, _mime())).map(_signable)
    if profile not in made:
        message = f"profile={profile!r} of messages(); it is {', '.join(map(repr, PROFILES))} or None"
        raise InvalidArgument(message)
    return made[profile]()


def _signable(draft: Draft) -> Draft:
    """Give a draft that has one author in a domain, and needs no 8BITMIME."""
    author = draft.from_[0]
    if author.domain.startswith("["):
        author = Mailbox(author.display_name, author.local_part, "a.example")
    # Before 1970 nothing can be signed (RFC 6376 3.5), and later than now nothing should have been.
    date = draft.date if 1970 <= draft.date.year <= 2023 else draft.date.replace(year=2000, month=1, day=1)  # noqa: PLR2004 - years
    return draft._replace(from_=(author,), encoding="7bit", date=date)
