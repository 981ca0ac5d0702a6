"""
Rules about signatures and the message they are over: hashes, keys, what is covered, alignment, ARC (family D).

RFC 6376 5.4 and 6, RFC 8617 (ARC), and DMARC, which asks that the domain in From is the one that signed.

    Mail, Signed -> hits

May import: the core, `dkim`, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from mimekit.dkim import canonical
from mimekit.dkim.keys import UnusableKey
from mimekit.dkim.record import KeyRecord
from mimekit.headers.taglist import TagList
from mimekit.lint import makers_dkim  # noqa: F401 - the examples use it
from mimekit.lint.domains import same_organisation
from mimekit.lint.rule import rule
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.signed import Signed
    from mimekit.lint.view import Field, Mail

__all__: list[str] = []

# What a key, or the look-up of one, shows; the other reasons have rules of their own.
_OF_KEY = frozenset(
    {"signature", "key-revoked", "key-syntax", "key-version", "key-type", "key-hash", "key-service", "key-identity",
     "key-unusable", "key-limit", "record-limit", "no-key", "length"}
)  # fmt: skip
_LEAST_BITS, _GOOD_BITS = 1024, 2048
_WANTED = (
    "subject", "date", "to", "cc", "reply-to", "message-id", "mime-version", "content-type", "in-reply-to",
    "references", "list-id", "list-help", "list-unsubscribe", "list-unsubscribe-post", "list-subscribe", "list-post",
    "list-owner", "list-archive",
)  # fmt: skip
_ONE_CLICK = ("list-unsubscribe", "list-unsubscribe-post")
_OVERSIGNED = ("from", "subject", "to", "date", "reply-to")
_REPLACED_BY_SES = frozenset({"date", "message-id"})
_ARC = ("arc-seal", "arc-message-signature", "arc-authentication-results")
_ARC_NAMES = ("ARC-Seal", "ARC-Message-Signature", "ARC-Authentication-Results")
_INSTANCE = re.compile(rb"[ \t\r\n]*+i[ \t\r\n]*+=[ \t\r\n]*+([0-9]{1,3})[ \t\r\n]*+;")
_MAX_INSTANCE = 50


def _is_for_ses(context: Context) -> bool:
    return bool(context.options.get("ses")) or context.ses_call is not None


@rule("D001", severity="warning", profiles=("signed",), reference="Gmail, Yahoo and Outlook sender guidelines")
def dkim_missing(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    There is no DKIM-Signature.

    Why it matters: the large providers ask everybody who sends much for a signature, and trust nothing without one.

    Bad:
        X-Campaign: autumn

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    References: Google, Email sender guidelines; RFC 6376 1
    """
    if mail.field("dkim-signature") is None:
        yield mail.absent("there is no DKIM-Signature")


@rule("D003", severity="error", looks_at="signature", reference="RFC 6376 3.7")
def dkim_body_hash(signed: Signed, _: Context) -> Iterator[Hit]:
    """
    The body is not the one whose hash bh= holds.

    Why it matters: the signature is broken whatever its key is: the body was changed after it was signed, perhaps by a
    footer, by another transfer encoding, or by other line ends.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=; b=AAAA

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    References: RFC 6376 3.7, 6.1.3
    """
    signature = signed.signature
    name = signature.c[1]
    if signature.bh is None or name not in canonical.NAMES or not signature.a.endswith("-sha256"):
        return
    digest = signed.every.body_digest(name, signature.l)
    if digest is not None and digest != signature.bh:
        yield signed.hit("the body is not the one that was signed: its hash is another one than bh=", tag="bh")


@rule("D004", severity="error", looks_at="signature", profiles=("signed",), reference="RFC 6376 6.1")
def dkim_verify(signed: Signed, _: Context) -> Iterator[Hit]:
    """
    The signature does not verify with the key that was given, or the key cannot be used for it.

    Why it matters: receivers treat the message as unsigned, and DMARC as forged.  The rule is silent when no key is
    given; what is wrong with the field or the body is told by other rules.

    Bad:
        @make dkim_signed "Your order=>Your ordre"

    Bad:
        @make dkim_signed revoked

    Good:
        @make dkim_signed

    Good:
        @make dkim_signed keyless

    References: RFC 6376 6.1.2, 6.1.3
    """
    result = signed.result
    if result is not None and result.reason in _OF_KEY:
        yield signed.hit(result.text, tag="b" if result.reason == "signature" else "s")


@rule("D007", severity="error", looks_at="signature", profiles=("signed",), reference="RFC 8301 3.2")
def dkim_short_key(signed: Signed, _: Context) -> Iterator[Hit]:
    """
    The RSA key has under 1024 bits, which no receiver accepts, or under 2048 bits (a warning).

    Why it matters: a short key can be computed from the record that everybody can read.

    Bad:
        @make dkim_signed short

    Good:
        @make dkim_signed

    References: RFC 8301 3.2
    """
    for octets in signed.records:
        record = KeyRecord.parse(octets)
        if record.k != "rsa" or not record.p:
            continue
        try:
            bits = record.public_key().bits
        except UnusableKey:
            continue
        if bits < _GOOD_BITS:
            wanted = _LEAST_BITS if bits < _LEAST_BITS else _GOOD_BITS
            severity = None if bits < _LEAST_BITS else "warning"
            yield signed.hit(f"the RSA key has {bits} bits; use {wanted} or more", None, severity, tag="s")


@rule("D010", severity="error", profiles=("bulk",), reference="RFC 9989, RFC 7489 3.1.1")
def dkim_unaligned(mail: Mail, context: Context) -> Iterator[Hit]:
    """
    No signature is of the organisation that From names.

    Why it matters: DMARC counts a signature only when d= and the domain of From belong together, and the large
    providers ask bulk senders for one that does.  An unsigned message is told by D001.  The option
    ``dkim-alignment = "strict"`` asks for the same domain.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=mailer.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type:list-id:
         list-unsubscribe:list-unsubscribe-post;
         bh=N4zG5NHTL4P9GPGN2YDUGNqHAu+geiHkDxjwpqyOf/I=; b=AAAA
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=news.shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type:list-id:
         list-unsubscribe:list-unsubscribe-post;
         bh=N4zG5NHTL4P9GPGN2YDUGNqHAu+geiHkDxjwpqyOf/I=; b=AAAA
        List-ID: News of the shop <news.shop.example>
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

        Hello John,

        the autumn catalogue is here: eighty new things for house and garden, and
        the apples of our own orchard from Monday on.

        To unsubscribe from these letters: https://shop.example/u/8f3a

    References: RFC 9989; RFC 7489 3.1.1; Google, Email sender guidelines
    """
    if mail.field("dkim-signature") is None:
        return
    domains = mail.author_domains
    strict = context.options.get("dkim-alignment") == "strict"
    every = mail.signatures.all
    if domains and not any([one.is_aligned(domains, strict=strict) for one in every]):
        found = ", ".join(dict.fromkeys([show(one.signature.d)[1:-1] for one in every[:4]]))
        yield every[0].hit(f"d= is {found}, and From is of {show(domains[0])[1:-1]}: no signature is aligned", tag="d")


@rule("D012", severity="warning", looks_at="signature", marks=["first"], reference="RFC 6376 5.4.1")
def dkim_fields_unsigned(signed: Signed, context: Context) -> Iterator[Hit]:
    """
    A field that a reader sees, or that a program acts on, is covered by no signature.

    Why it matters: anybody on the way can change it, and the signature stays good.  Amazon SES writes Date and
    Message-ID anew, so they are not asked for there.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    References: RFC 6376 5.4.1
    """
    if signed.own or not signed.names:
        return
    named, covered = signed.mail.root.named, signed.every.names
    found = [name for name in _WANTED if name in named and name not in covered]
    if "list-unsubscribe-post" in named:  # D014 tells of those two
        found = [name for name in found if name not in _ONE_CLICK]
    if _is_for_ses(context):
        found = [name for name in found if name not in _REPLACED_BY_SES]
    if found:
        names = ", ".join([named[name][0].name.strip() for name in found])
        yield signed.hit(f"no signature covers {names}", tag="h")


@rule("D013", severity="info", looks_at="signature", profiles=("strict",), reference="RFC 6376 5.4.2, 8.15")
def dkim_not_oversigned(signed: Signed, context: Context) -> Iterator[Hit]:
    """
    h= does not name a field once more than it is present, so another one can be added below the signature.

    Why it matters: a second From or Subject does not break the signature, and some mail programs show that one.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:to:subject:subject:date:date:reply-to:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:from:to:to:subject:subject:date:date:reply-to:message-id:
         mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    References: RFC 6376 5.4.2, 8.15
    """
    if not signed.names:
        return
    counts = Counter(signed.names)
    present = signed.mail.root.named
    found = [
        name
        for name in _OVERSIGNED
        # one that is present and not covered at all is told by D012 and D005
        if counts[name] <= len(present.get(name, ())) and (counts[name] or name not in present)
    ]
    if _is_for_ses(context):
        found = [name for name in found if name not in _REPLACED_BY_SES]
    if found:
        text = f"another {' or '.join(found)} can be added: h= does not name it once more than it is present"
        yield signed.hit(text, tag="h")


@rule("D014", severity="error", looks_at="field", names=["list-unsubscribe-post"], reference="RFC 8058 4")
def dkim_unsubscribe_unsigned(field: Field, _: Context) -> Iterator[Hit]:
    """
    There is a List-Unsubscribe-Post, and no signature covers it together with List-Unsubscribe.

    Why it matters: providers offer one-click unsubscription only when a signature covers both fields; else anybody
    could make them post to any address.  An unsigned message is told by D001.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type:list-unsubscribe;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type:
         list-unsubscribe:list-unsubscribe-post;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA
        List-Unsubscribe: <https://shop.example/u/8f3a>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click

    References: RFC 8058 4
    """
    mail = field.entity.mail
    if field.is_top and mail.field("dkim-signature") is not None and mail.field("list-unsubscribe-post") is field:
        wanted = frozenset(_ONE_CLICK)
        if not any([wanted <= set(one.names) for one in mail.signatures.all]):
            yield field.line_hit("no signature covers both List-Unsubscribe and List-Unsubscribe-Post")


@rule(
    "D016", name="dkim-8bit-body", severity="warning", looks_at="signature", marks=["first"], reference="RFC 6376 5.3"
)
def dkim_8bit_body(signed: Signed, _: Context) -> Iterator[Hit]:
    r"""
    The message is signed and has a body that is not 7-bit.

    Why it matters: a relay whose next host does not take 8-bit mail encodes the body anew, which breaks the signature.
    Encode it as quoted-printable or base64 before signing.  A bare LF in a signed message is told by H001.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=Y1J2nUnbMzFNC0W4dPVVjDbsb5A0CCMbnUK12oEmS8U=; b=AAAA
        Content-Transfer-Encoding: 8bit

        Gr\xC3\xBC\xC3\x9Fe, John.

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=x9mKZHsXj4DD2hZ7xTHZasz3oj8vIOJuF/BYzrpb3d0=; b=AAAA
        Content-Transfer-Encoding: quoted-printable

        Gr=C3=BC=C3=9Fe, John.

    References: RFC 6376 5.3
    """
    mail = signed.mail
    if signed.own or mail.octets.isascii():
        return
    for entity in mail.entities:
        if entity.is_leaf and entity.outside is None and not entity.part.raw_body.isascii():
            field = entity.field("content-transfer-encoding")
            text = "the message is signed and this body is not 7-bit: a relay that encodes it breaks the signature"
            yield entity.hit(text) if field is None else field.hit(text)


@rule("D020", severity="warning", looks_at="envelope", reference="RFC 9989, RFC 7208 2.4")
def envelope_unaligned(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    MAIL FROM is of another organisation than From.

    Why it matters: SPF then speaks for somebody else, and DMARC has to rely on a signature alone.  Where an aligned
    signature is there, it is an info.

    Bad:
        @envelope bounce@mailer.example john@customer.example
        X-Campaign: autumn

    Good:
        @envelope bounce@mail.shop.example john@customer.example
        X-Campaign: autumn

    References: RFC 9989; RFC 7489 3.1.2; RFC 7208 2.4
    """
    mail_from = "" if mail.envelope is None else mail.envelope.mail_from
    domain = mail_from.rpartition("@")[2]
    domains = mail.author_domains
    if not domain or not domains or any([same_organisation(domain, one) for one in domains]):
        return
    is_signed = mail.field("dkim-signature") is not None
    severity = "info" if is_signed and any([one.is_aligned(domains) for one in mail.signatures.all]) else None
    text = f"MAIL FROM is of {show(domain)[1:-1]}, and From of {show(domains[0])[1:-1]}: SPF is not aligned"
    yield next(one for one in mail.authors if one.domain).hit(text, None, severity)


@rule("D021", severity="error", profiles=("signed",), reference="RFC 9989, RFC 7489 6.6.1", implies=["A028"])
def dmarc_author_domain(mail: Mail, _: Context) -> Iterator[Hit]:
    """
    From names authors of several domains, or of none.

    Why it matters: DMARC looks for the policy of one domain; receivers refuse such a message or treat it as forged.

    Bad:
        From: Jane Doe <jane@shop.example>, Ann Poe <ann@partner.example>
        Sender: Jane Doe <jane@shop.example>
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:sender:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    Good:
        From: Jane Doe <jane@shop.example>
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    References: RFC 9989; RFC 7489 6.6.1
    """
    field = mail.field("from")
    domains = mail.author_domains
    if field is None or len(domains) == 1:
        return
    if not domains:
        yield field.hit("From names no author with a domain, so no DMARC policy is found")
    else:
        text = f"From names authors of {len(domains)} domains, {', '.join([show(one)[1:-1] for one in domains[:4]])}"
        yield field.hit(text)


@rule("D022", severity="error", looks_at="field", names=_ARC, reference="RFC 8617 4.1, 4.2", implies=["X020"])
def arc_chain(field: Field, _: Context) -> Iterator[Hit]:
    """
    The ARC sets are no chain: a number is missing or comes twice, a seal says the wrong cv=, or there are over 50.

    Why it matters: receivers take a chain with one such fault for failed as a whole, so nothing that the forwarders
    vouched for counts.

    Bad:
        ARC-Seal: i=1; a=rsa-sha256; t=1795491000; cv=pass; d=relay.example; s=s1; b=AAAA
        ARC-Message-Signature: i=1; a=rsa-sha256; c=relaxed/relaxed; d=relay.example;
         s=s1; h=from:to:subject; bh=AAAA; b=AAAA
        ARC-Authentication-Results: i=1; relay.example; dkim=pass

    Bad:
        ARC-Seal: i=2; a=rsa-sha256; t=1795491000; cv=pass; d=relay.example; s=s1; b=AAAA
        ARC-Message-Signature: i=2; a=rsa-sha256; c=relaxed/relaxed; d=relay.example;
         s=s1; h=from:to:subject; bh=AAAA; b=AAAA
        ARC-Authentication-Results: i=2; relay.example; dkim=pass

    Good:
        X-Campaign: autumn

    References: RFC 8617 4.1.1, 4.1.3, 4.2.1, 5.1.1
    """
    if not field.is_top:
        return
    mail = field.entity.mail
    sets = [mail.fields(name) for name in _ARC]
    if next(fields[0] for fields in sets if fields) is not field:
        return  # they are looked at together, once
    found = [{} if not fields else _by_instance(fields) for fields in sets]
    last = max([0, *[number for one in found for number in one]])
    if last > _MAX_INSTANCE:
        yield field.line_hit(f"the ARC chain has the set {last}; {_MAX_INSTANCE} is the limit")
        return
    for name, fields, numbers in zip(_ARC_NAMES, sets, found, strict=True):
        for number, listed in sorted(numbers.items()):
            if number == 0:
                yield listed[0].hit(f"i= of this {name} is no number from 1 to {_MAX_INSTANCE}")
            elif len(listed) > 1:
                yield listed[1].line_hit(f"the ARC set {number} has {len(listed)} {name} fields")
        missing = [number for number in range(1, last + 1) if number not in numbers]
        if missing:
            where = (fields or next(others for others in sets if others))[0]
            yield where.line_hit(f"{name} is missing from the ARC set {', '.join(map(str, missing[:8]))}")
    yield from _seals(found[0])


def _by_instance(fields: list[Field]) -> dict[int, list[Field]]:
    """Sort the fields of one name by their i=; 0 for one that has none that can be read."""
    found: dict[int, list[Field]] = {}
    for field in fields:
        if field.key == _ARC[2]:
            match = _INSTANCE.match(field.raw)
            text = "" if match is None else match[1].decode()
        else:
            text = TagList.parse(field.raw).compact("i") or ""
        number = int(text) if text.isascii() and text.isdigit() and len(text) <= 3 else 0
        found.setdefault(number, []).append(field)
    return found


def _seals(numbers: dict[int, list[Field]]) -> Iterator[Hit]:
    """Look at what each ARC-Seal says of the chain below it (RFC 8617 4.1.3)."""
    last = max(numbers, default=0)
    for number, listed in sorted(numbers.items()):
        tags = TagList.parse(listed[0].raw)
        cv = (tags.compact("cv") or "").lower()
        allowed = ("none",) if number == 1 else ("pass", "fail") if number == last else ("pass",)
        if number and cv not in allowed:
            yield listed[0].hit(f"cv= of the ARC-Seal {number} is {show(cv)}; it has to be {' or '.join(allowed)}")
        if "h" in tags:
            yield listed[0].hit(f"the ARC-Seal {number} has h=, which it must not have")
