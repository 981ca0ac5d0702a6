"""
Rules about msg-ids and threads (family H, H210 to H218).

RFC 5322 3.6.4: an id is unique for ever, and an answer names what it answers.

    identification fields -> hits

May import: the core, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING

from mimekit.errors import AddressError
from mimekit.headers import ids
from mimekit.lint import domains
from mimekit.lint.rule import rule
from mimekit.lint.rules import headers_edits as edits
from mimekit.lint.rules.headers_counts import author
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.defects import Flaw
    from mimekit.finding import Fix
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Field, Mail

__all__: list[str] = []

_OWN = ["message-id", "resent-message-id"]
_LOCAL = (".local", ".localhost", ".localdomain", ".internal", ".ip6.arpa", ".in-addr.arpa")
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}")
_SHORT = 8  # characters
_LONGEST = 1000  # octets of a field that is remembered
_LONG = 900  # octets: an id and the name of its field have to fit a line
_COUNTER = 16  # digits: more of them are a time with some chance in it, or a number of a machine's own
_REPLY = re.compile(r"(?i)re(?:\[[0-9]{1,4}\]|\^[0-9]{1,4})?\s?:")


def _sides(field: Field) -> tuple[str, str]:
    """Give what stands left and right of the @ of an id; nothing where there is none."""
    if not field.is_top:
        return "", ""
    return _parted(field.raw) if len(field.raw) <= _LONGEST else _parted.__wrapped__(field.raw)


@lru_cache(maxsize=64)  # several rules ask
def _parted(raw: bytes) -> tuple[str, str]:
    left, at, right = (ids.parse_one(raw) or "").strip("<>").rpartition("@")
    return (left, right.lower()) if at else ("", "")


def _is_address(right: str) -> bool:
    return right[:1] == "[" or _IPV4.fullmatch(right) is not None


def _is_unqualified(right: str) -> bool:
    return "." not in right or right.endswith(_LOCAL)


def _at_author(field: Field, right: str) -> Fix | None:
    """Put the domain of From in place of the right side."""
    box = author(field.entity.mail)
    octets = right.encode("utf-8", "replace")
    at = field.raw.lower().rfind(octets)
    if box is None or _is_address(box.domain) or _is_unqualified(box.domain) or at < 0:
        return None
    try:
        domain = box.ascii_domain
    except AddressError:
        return None
    return field.replacing(f"write {domain}", domain.encode("ascii"), at, at + len(octets), is_safe=False)


def _right_hit(field: Field, right: str, text: str) -> Hit:
    octets = right.encode("utf-8", "replace")
    at = field.raw.lower().rfind(octets)
    return field.hit(text, max(at, 0), at + len(octets) if at >= 0 else None, _at_author(field, right))


@rule("H210", fix="unsafe")
def message_id_syntax(mail: Mail, hit: Hit) -> Fix | None:
    """
    Message-ID is not exactly one id: ``<left@right>`` of letters, digits, some signs and single dots.

    Why it matters: readers cut such an id in different ways, so answers do not find the message; filters count it as a
    sign of spam.

    Bad:
        Message-ID: 20261124033000.7f3a9c2e@shop.example

    Bad:
        Message-ID: <20261124033000..7f3a9c2e@shop.example>

    Good:
        Message-ID: <20261124033000.7f3a9c2e@shop.example>

    References: RFC 5322 3.6.4
    """
    return edits.written_one_id(mail, hit)


@rule("H211", severity="warning", looks_at="field", names=_OWN, reference="RFC 5322 3.6.4", fix="unsafe")
def message_id_unqualified(field: Field, _: Context) -> Iterator[Hit]:
    """
    The right side of a Message-ID is no full domain name, but the name of a machine, or of a local network.

    Why it matters: only a name that one owner has in all the world makes the id unique; the others tell of an inner
    network, and filters count them as a sign of spam.

    Bad:
        Message-ID: <20261124033000.7f3a9c2e@localhost>

    Bad:
        Message-ID: <20261124033000.7f3a9c2e@web-1.internal>

    Good:
        Message-ID: <20261124033000.7f3a9c2e@shop.example>

    References: RFC 5322 3.6.4
    """
    right = _sides(field)[1]
    if right and _is_unqualified(right) and not _is_address(right):
        yield _right_hit(field, right, f"{show(right)} in {field.name} is no full domain name")


@rule("H212", severity="warning", looks_at="field", names=_OWN, reference="RFC 5322 3.6.4", fix="unsafe")
def message_id_ip(field: Field, _: Context) -> Iterator[Hit]:
    """
    The right side of a Message-ID is an IP address.

    Why it matters: addresses change their owner, and those of inner networks have many; filters count such an id as a
    sign of spam.

    Bad:
        Message-ID: <20261124033000.7f3a9c2e@192.0.2.10>

    Bad:
        Message-ID: <20261124033000.7f3a9c2e@[192.0.2.10]>

    Good:
        Message-ID: <20261124033000.7f3a9c2e@shop.example>

    References: RFC 5322 3.6.4
    """
    right = _sides(field)[1]
    if right and _is_address(right):
        yield _right_hit(field, right, f"{show(right)} in {field.name} is an IP address")


@rule(
    "H213",
    severity="info",
    looks_at="field",
    names=["message-id"],
    profiles=("strict",),
    reference="RFC 5322 3.6.4",
    fix="unsafe",
)
def message_id_foreign_domain(field: Field, _: Context) -> Iterator[Hit]:
    """
    The right side of a Message-ID belongs to another organisation than the address in From.

    Why it matters: it is legal, and usual where a service sends; some filters look at it when the rest is in doubt.

    Bad:
        Message-ID: <20261124033000.7f3a9c2e@mailer.example>

    Good:
        Message-ID: <20261124033000.7f3a9c2e@mail.shop.example>

    References: RFC 5322 3.6.4
    """
    right = _sides(field)[1]
    box = author(field.entity.mail) if right and not _is_address(right) and not _is_unqualified(right) else None
    if box is not None and not domains.same_organisation(right, box.domain):
        text = f"{show(right)} in Message-ID belongs to another organisation than {show(box.domain)} in From"
        yield _right_hit(field, right, text)


@rule("H214", severity="error", reference="RFC 5322 3.6.4")
def message_id_reused(mail: Mail, context: Context) -> Iterator[Hit]:
    """
    Another message of this run has the same Message-ID.

    Why it matters: servers and clients take the second for a copy of the first and do not show it.

    Bad:
        @make message_id_of_another

    Good:
        Message-ID: <20261124033000.7f3a9c2e@shop.example>

    References: RFC 5322 3.6.4
    """
    field = None if context.seen is None else mail.field("message-id")
    msg_id = None if field is None else ids.parse_one(field.raw)
    if context.seen is None or field is None or msg_id is None:
        return
    one, this = ("H214", msg_id), ("H214", msg_id, _digest(mail))
    if one in context.seen and this not in context.seen:
        yield field.hit(f"another message has the Message-ID {show(msg_id)}")
    context.seen.update((one, this))


def _digest(mail: Mail) -> str:
    """Tell messages apart by all that is the same in two copies of one: no blind recipients, trace, signatures."""
    known = sha256()
    for field in mail.root.fields:
        if field.key not in ("bcc", "resent-bcc") and field.info.group not in ("trace", "auth"):
            known.update(b"%b:%b\n" % (field.key.encode("latin-1"), field.raw))
    known.update(mail.octets[mail.root.body_start :])
    return known.hexdigest()


@rule(
    "H215",
    severity="info",
    looks_at="field",
    names=["message-id"],
    profiles=("strict",),
    reference="RFC 5322 3.6.4",
)
def message_id_short(field: Field, _: Context) -> Iterator[Hit]:
    """
    The left side of a Message-ID has fewer than eight characters, or is a plain number.

    Why it matters: a counter begins anew, on another machine or after an accident, and then two messages have one id.

    Bad:
        Message-ID: <4711@shop.example>

    Good:
        Message-ID: <20261124033000.7f3a9c2e@shop.example>

    References: RFC 5322 3.6.4
    """
    left, right = _sides(field)
    if right and (len(left) < _SHORT or (len(left) < _COUNTER and left.isdigit())):
        at = field.raw.find(b"<") + 1
        yield field.hit(f"{show(left)} is hardly unique", at, max(at, field.raw.rfind(b"@")))


@rule("H216", fix="unsafe")
def references_syntax(mail: Mail, hit: Hit) -> Fix | None:
    """
    In-Reply-To or References is not a list of ids in angle brackets.

    Why it matters: readers find some of the ids or none, and the thread falls apart.

    Bad:
        In-Reply-To: your message of Monday <1.8a2f@customer.example>
        References: <1.8a2f@customer.example>

    Bad:
        References: <1.8a2f@customer.example>, <2.6c1d@shop.example>

    Good:
        References: <1.8a2f@customer.example> <2.6c1d@shop.example>

    References: RFC 5322 3.6.4, 4.5.4
    """
    return edits.written_ids(mail, hit)


@rule("H217", severity="info", looks_at="field", names=["in-reply-to"], reference="RFC 5322 3.6.4", fix="safe")
def references_missing_parent(field: Field, _: Context) -> Iterator[Hit]:
    """
    The message that is answered is not the last one in References.

    Why it matters: most readers build threads from References alone, and show the answer in another place.

    Bad:
        In-Reply-To: <2.6c1d@customer.example>
        References: <1.8a2f@shop.example>

    Bad:
        In-Reply-To: <2.6c1d@customer.example>

    Good:
        In-Reply-To: <2.6c1d@customer.example>
        References: <1.8a2f@shop.example> <2.6c1d@customer.example>

    References: RFC 5322 3.6.4
    """
    answered = ids.parse_many(field.raw) if field.is_top else ()
    if len(answered) != 1:
        return
    parent = answered[0]
    listed = field.entity.field("references")
    known = () if listed is None else ids.parse_many(listed.raw)
    if known[-1:] != answered:
        text = f"{show(parent)} is not the last id of References" if listed else "there is no References field"
        yield field.hit(text, fix=_with_parent(field.entity.mail, listed, known, parent))


def _with_parent(mail: Mail, listed: Field | None, known: tuple[str, ...], parent: str) -> Fix | None:
    """Put the parent at the end of References, unless it stands there among others."""
    flaws: list[Flaw] = []
    ids.parse_one(parent.encode(), flaws)
    if flaws or parent in known or not parent.isascii() or len(parent) > _LONG or (listed is not None and not known):
        return None
    if listed is None:
        return mail.adding("References", parent.encode("ascii"))
    end = len(listed.raw.rstrip(b" \t\r\n"))
    return listed.replacing("put it there", mail.line_end + b" " + parent.encode("ascii"), end, end)


@rule("H218", severity="info", looks_at="field", names=["subject"], reference="RFC 5322 3.6.5")
def reply_prefix_without_thread(field: Field, _: Context) -> Iterator[Hit]:
    """
    The subject begins with ``Re:``, and no field names the message that is answered.

    Why it matters: the answer stands alone, for readers build threads from ids; a first message that looks like an
    answer is a trick of spammers.

    Bad:
        Subject: Re: Your order 10482

    Good:
        Subject: Re: Your order 10482
        In-Reply-To: <2.6c1d@customer.example>
        References: <2.6c1d@customer.example>

    References: RFC 5322 3.6.5
    """
    raw = field.raw.lstrip(b" \t\r\n")
    if raw[:2].lower() not in (b"re", b"=?") or not field.is_top or (found := _REPLY.match(field.text)) is None:
        return
    named = field.entity.named
    if "in-reply-to" not in named and "references" not in named:
        yield field.hit(f"the subject begins with {show(found[0])}, and neither In-Reply-To nor References is there")
