r"""
Message strategies: whole messages, and what is sent with them: envelopes, deliveries, templates.

RFC 5322, 6532 (``eai``), 6376 (``signed``), 6522 (``report``) and 6047 (``calendar``).  All of them are valid: a parser
that cannot read one, or reads it otherwise, is wrong or has a reason that can be told.  A message is drawn as plain
values and built of them (`_models`), so that what fails shrinks to ``From``, ``To``, ``Subject`` and an empty text.

    nothing -> SearchStrategy[Message | Envelope | Delivery | Templated]

May import: everything of the core, `dkim`, `bulk`, `strategies`.  Imported by: `strategies`, `strategies._register`,
`strategies.damage`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from hypothesis import note
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit.envelope import Envelope
from mimekit.headers.address import Mailbox
from mimekit.strategies import _fields as fields
from mimekit.strategies import _models
from mimekit.strategies._characters import LDH, text, weighted
from mimekit.strategies._drafts import PROFILES, drafts, least
from mimekit.strategies._models import message_of

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from mimekit.bulk.template import Template
    from mimekit.delivery import Delivery
    from mimekit.dkim.keys import SigningKey
    from mimekit.message import BccPolicy, Message
    from mimekit.strategies._drafts import Profile
    from mimekit.strategies._models import Draft

__all__ = ["PROFILES", "Templated", "deliveries", "envelopes", "key_records", "messages", "templates"]

# --------------------------------------------------------------------------------------------------------- messages


def messages(*, profile: Profile | None = None, max_octets: int | None = None) -> SearchStrategy[Message]:
    """
    Draw valid messages, as `Message` builds them; ``message.to_bytes()`` gives the octets.

    ``plain``: one text/plain part in any of 17 charsets, which no rule of the linter minds.  ``mime``: HTML,
    attachments, nested multiparts, groups, quoted local parts, address literals, encoded words in any charset, embedded
    messages, list fields.  ``eai``: UTF-8 in addresses and header (RFC 6532), for SMTPUTF8.  ``signed``: plain or mime
    with one or two DKIM signatures of the domain of From; `key_records` has the public keys.  ``report``: delivery
    status, disposition and abuse reports (RFC 3464, 8098, 5965).  ``calendar``: invitations (RFC 6047).  Without
    *profile* plain, mime and calendar are mixed.

    ``bcc`` stands beside the octets and is in no field of them.  None has more than *max_octets* octets; raises
    `InvalidArgument` for another profile, or when nothing of it is so small.  docs/reference/strategies.md says how
    often what is drawn.  Shrinks to one line from ``a@a.example`` to itself.

    A test that fails for every message with a Cc reports this one:

        From: a@a.example
        To: a@a.example
        Cc: a@a.example
        Subject: a
        Date: Sat, 01 Jan 2000 00:00:00 +0000
        Message-ID: <a@a.example>
        MIME-Version: 1.0
        Content-Type: text/plain

        a
    """
    return st.deferred(lambda: _messages(profile, max_octets))


@cache
def _messages(profile: str | None, max_octets: int | None) -> SearchStrategy[Message]:
    if profile == "signed":
        left = None if max_octets is None else max_octets - _MAX_SIGNATURES
        return _signed_messages(_fitting(drafts(profile), profile, left))
    return _plain_messages(_fitting(drafts(profile), profile, max_octets))


@st.composite
def _plain_messages(draw: DrawFn, drawn: SearchStrategy[Draft]) -> Message:
    return _noted(message_of(draw(drawn)))


def _noted(message: Message) -> Message:
    """Give the same; its octets are shown beside a failing example, for its representation is too short to see why."""
    note(_models.shown(message.to_bytes()))
    return message


def _fitting(drawn: SearchStrategy[Draft], profile: str | None, max_octets: int | None) -> SearchStrategy[Draft]:
    if max_octets is None:
        return drawn

    def fit(draft: Draft) -> Draft:
        found = _models.fitting(draft, max_octets, least(profile))
        if found is None:
            size = message_of(least(profile)).size + (_MAX_SIGNATURES if profile == "signed" else 0)
            message = f"no message of profile={profile!r} is so small; give messages() a max_octets of {size} or more"
            raise InvalidArgument(message)
        return found

    return drawn.map(fit)


# -- signatures

_MAX_SIGNATURES = 1400  # octets of two signatures


@cache
def _key(selector: str) -> SigningKey:
    """Give one of the two keys that sign what is drawn.  They are public: nothing else may trust them."""
    from importlib import resources

    from mimekit.dkim.keys import SigningKey

    if selector == "ed25519":
        return SigningKey.load(bytes(range(32)))
    pem = resources.files("mimekit.strategies").joinpath("data", "rsa.pem").read_bytes()
    return SigningKey.load(pem, validate=False)


def key_records(name: str) -> list[bytes]:
    """
    Give the TXT records of a DNS name, as ``messages(profile="signed")`` is to be verified with.

    The selectors ``rsa`` and ``ed25519`` have a key in every domain, all other names nothing (RFC 6376 3.6.2.2).  It is
    what `dkim.verify` takes for ``resolve``.

    >>> from hypothesis import find
    >>> from mimekit.dkim import verify
    >>> verify(find(messages(profile="signed"), lambda message: True), resolve=key_records).passed
    True
    """
    from mimekit.dkim.record import txt_record

    selector, _, domain = name.lower().rstrip(".").partition("._domainkey.")
    return [txt_record(_key(selector)).encode()] if domain and selector in ("rsa", "ed25519") else []


@cache
def _signatures() -> SearchStrategy[list[tuple[str, str]]]:
    forms = st.sampled_from(("relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed"))
    return st.lists(st.tuples(st.sampled_from(("rsa", "ed25519")), forms), min_size=1, max_size=2, unique_by=_selector)


def _selector(signature: tuple[str, str]) -> str:
    return signature[0]


@st.composite
def _signed_messages(draw: DrawFn, drawn: SearchStrategy[Draft]) -> Message:
    from mimekit.dkim.sign import Signer, sign

    draft = draw(drawn)
    domain = draft.from_[0].ascii_domain
    signers = [
        Signer(domain, selector=selector, key=_key(selector), canonicalization=form, now=lambda: draft.date)
        for selector, form in draw(_signatures())
    ]
    return _noted(sign(message_of(draft), signers))


# ------------------------------------------------------------------------------------------- what is sent with them


def envelopes() -> SearchStrategy[Envelope]:
    """
    Draw envelopes: MAIL FROM, also the null reverse-path, 1 to 4 recipients, and ESMTP parameters.

    RFC 5321 3.3, RFC 1870 (SIZE), 6152 (BODY), 3461 (RET, ENVID, NOTIFY, ORCPT), 8689, 6710; those with an address
    beyond ASCII ask for SMTPUTF8 (RFC 6531).  Shrinks to one from nobody to ``a@a.example``.
    """
    return _envelopes()


@cache
def _envelopes() -> SearchStrategy[Envelope]:
    plain = fields.mailboxes().map(lambda box: box.smtp_path())
    wide = fields.all_mailboxes("eai").map(lambda box: box.smtp_path(utf8=True))
    path = weighted((3, plain), (1, fields.all_mailboxes("smtp").map(lambda box: box.smtp_path())), (1, wide))
    notify = st.sampled_from((None, "NEVER", ("FAILURE",), ("SUCCESS", "FAILURE", "DELAY")))
    return st.builds(
        Envelope,
        st.one_of(st.just(""), path),
        st.lists(path, min_size=1, max_size=4),
        size=st.sampled_from((None, 0, 1000, 2**40)),
        body=st.sampled_from((None, "7BIT", "8BITMIME", "BINARYMIME")),
        ret=st.sampled_from((None, "FULL", "HDRS")),
        envid=st.sampled_from((None, "a", "a+b=c d")),
        requiretls=st.sampled_from((False, False, False, True)),
        mt_priority=st.sampled_from((None, 0, -9, 9)),
        notify=notify,
        orcpt=st.sampled_from((None, "rfc822;a@a.example", "rfc822;a+b@a.example")),
    )


def deliveries(*, bcc: BccPolicy | None = None, max_octets: int | None = None) -> SearchStrategy[Delivery]:
    """
    Draw deliveries: an envelope, and the octets that leave with it.

    They are of `messages` without a profile, each with a recipient at least.  *bcc* is one of the readings of RFC 5322
    3.6.3: ``omit``, ``separate`` or ``empty``; without it any of them.  None is of a message of more than *max_octets*.
    Shrinks to one from ``a@a.example`` to itself.
    """
    return st.deferred(lambda: _deliveries(bcc, max_octets))


@cache
def _deliveries(bcc: BccPolicy | None, max_octets: int | None) -> SearchStrategy[Delivery]:
    readings: tuple[BccPolicy, ...] = ("omit", "separate", "empty")
    if bcc is not None and bcc not in readings:
        message = f"bcc={bcc!r} of deliveries(); it is {', '.join(map(repr, readings))} or None"
        raise InvalidArgument(message)
    chosen = st.sampled_from(readings) if bcc is None else st.just(bcc)
    drawn = _fitting(drafts(None).map(_addressed), None, max_octets)
    return _chosen_deliveries(drawn, chosen)


@st.composite
def _chosen_deliveries(draw: DrawFn, drawn: SearchStrategy[Draft], readings: SearchStrategy[BccPolicy]) -> Delivery:
    draft, bcc = draw(drawn), draw(readings)
    found = message_of(draft).deliveries(bcc)
    delivery = found[draw(st.integers(0, 3)) % len(found)]
    note(_models.shown(delivery.data))
    return delivery


def _addressed(draft: Draft) -> Draft:
    """Give a draft that somebody receives."""
    if _models.everyone(draft):
        return draft
    return draft._replace(to=(*draft.to, Mailbox("", "a", "a.example")))


class Templated(NamedTuple):
    """A template and rows that fit it: ``template.render(row)`` gives a delivery for each."""

    template: Template
    rows: list[dict[str, Any]]  # a value of a row is what the formatter of its slot takes


def templates() -> SearchStrategy[Templated]:
    """
    Draw templates with rows that fit them: slots in names, addresses, subject, text, HTML and a header field.

    Values are names with quotes and commas, markup, text of any script, numbers.  No row lacks a field.  Shrinks to a
    template with a text of nothing and no rows.

    >>> from hypothesis import find
    >>> drawn = find(templates(), lambda drawn: drawn.rows)
    >>> drawn.template.render(drawn.rows[0]).rcpt_to
    ('a@a.example',)
    """
    return _templates()


@cache
def _templates() -> SearchStrategy[Templated]:
    said = st.sampled_from(
        ("", "Dear {name},\n\nyour number is {number}.\n", "{value}\n", "{{ {name} }}\n.\nFrom {name}\n")
    )
    html = st.sampled_from(
        (None, "<p>{name}: {value}</p>", '<p><a href="https://a.example/?v={value}">{number}</a></p>')
    )
    values = st.one_of(
        st.sampled_from(("a", "", "<b>", '"a"', "a & b", "{name}", "a b/c?d", "\u00e9", "\u65e5\u672c", "=?")),
        text(LDH, max_size=8),
    )
    rows = st.fixed_dictionaries(
        {
            "name": st.one_of(st.sampled_from(fields.NAMES[1:]), text(LDH, min_size=1, max_size=8)),
            "email": fields.mailboxes().map(lambda box: box.address),
            "number": st.integers(0, 10**6),
            "value": values,
        }
    )
    template = st.builds(
        _template,
        from_=fields.mailboxes(),
        to=st.sampled_from(("{email}", "{name} <{email}>")),
        subject=st.sampled_from(("a", "Receipt {number}", "{value}", "For {name}: {value}")),
        text=said,
        html=html,
        more=st.sampled_from(({}, {"X-Number": "{number}"}, {"X-Value": "{value} a"})),
    )
    return st.builds(_templated, template, st.lists(rows, max_size=3))


def _templated(template: Template, rows: list[dict[str, Any]]) -> Templated:
    """Keep of the rows what the template uses; it refuses others."""
    return Templated(template, [{name: row[name] for name in template.fields} for row in rows])


def _template(  # noqa: PLR0913 - what differs between templates
    *, from_: Mailbox, to: str, subject: str, text: str, html: str | None, more: dict[str, str]
) -> Template:
    from mimekit.bulk.template import Template

    return Template(
        from_=from_,
        to=to,
        subject=subject,
        text=text,
        html=html,
        headers=more,
        date=datetime(2000, 1, 1, tzinfo=UTC),
        message_id="<{number}@a.example>",
    )
