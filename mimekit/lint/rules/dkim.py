"""
Rules about one DKIM-Signature: its tags, and what they promise (family D).

RFC 6376 3.5, with what RFC 8301 took out of use.  What is wrong with a field is found by `dkim.signature`, where
signing and verifying have it from.

    Signed -> hits

May import: the core, `dkim`, `lint`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.codecs import domain as domains
from mimekit.errors import AddressError
from mimekit.lint.rule import rule
from mimekit.lint.wording import show

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.context import Context
    from mimekit.lint.rule import Hit
    from mimekit.lint.signed import Signed

__all__: list[str] = []

_SYNTAX = frozenset({"tag-list", "duplicate-tag", "missing-tag", "version", "tag-value"})
_UNKNOWN = frozenset({"algorithm", "canonicalization", "query-method"})  # verifiers pass such a signature over
_OF_REASON = {"version": "v", "algorithm": "a", "canonicalization": "c", "query-method": "q"}
_TAG_FIRST = re.compile(r"([a-z]+)=")
_CLOCK_SLACK = 300  # seconds that clocks may differ
#   sub-domain = Let-dig [Ldh-str], and the underscore that names of the DNS may have
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,62})?(?<!-)(?:\.[A-Za-z0-9_][A-Za-z0-9_-]{0,62}(?<!-))*+")
_MAX_NAME = 253
_VOLATILE = frozenset({"return-path", "received", "comments", "keywords", "bcc", "resent-bcc"})
_REPLACED_BY_SES = frozenset({"date", "message-id", "bounces-to"})


@rule(
    "D002", name="dkim-syntax", severity="error", looks_at="signature", marks=["problem"], reference="RFC 6376 3.2, 3.5"
)
def dkim_syntax(signed: Signed, _: Context) -> Iterator[Hit]:
    """
    A DKIM-Signature has no tag list that can be read, has a tag twice, lacks one that must be there, or is not v=1.

    Why it matters: a verifier does not look any further: the message counts as unsigned.  A tag whose value is not
    known, such as an algorithm of the future, has the same effect and is a warning.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; s=s2027; b=AAAA

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=

    Bad:
        DKIM-Signature: v=2; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    References: RFC 6376 3.2, 3.5, 6.1.1
    """
    for problem in signed.signature.problems:
        if problem.reason in _SYNTAX or problem.reason in _UNKNOWN:
            first = _TAG_FIRST.match(problem.text) if problem.reason == "tag-value" else None
            tag = _OF_REASON.get(problem.reason) if first is None else first[1]
            yield signed.hit(problem.text, None, "warning" if problem.reason in _UNKNOWN else None, tag=tag)


@rule(
    "D005",
    name="dkim-from-unsigned",
    severity="error",
    looks_at="signature",
    marks=["problem"],
    reference="RFC 6376 5.4",
)
def dkim_from_unsigned(signed: Signed, _: Context) -> Iterator[Hit]:
    """
    The signature does not cover From.

    Why it matters: who is said to have written the message is the one thing a signature has to cover; verifiers take
    one that does not for invalid.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    References: RFC 6376 5.4, 6.1.1
    """
    if any([problem.reason == "from-unsigned" for problem in signed.signature.problems]):
        yield signed.hit("h= does not name From", tag="h")


@rule("D006", name="dkim-sha1", severity="error", looks_at="signature", marks=["problem"], reference="RFC 8301 3.1")
def dkim_sha1(signed: Signed, _: Context) -> Iterator[Hit]:
    """
    The signature is made with rsa-sha1.

    Why it matters: SHA-1 is broken, so such a signature proves nothing, and receivers no longer look at it.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha1; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=+h/A+SaNtx7tmH+gfLD/fEuNFV4=; b=AAAA

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    References: RFC 8301 3.1
    """
    if any([problem.reason == "rsa-sha1" for problem in signed.signature.problems]):
        yield signed.hit("a= is rsa-sha1, which proves nothing any more", tag="a")


@rule(
    "D008", name="dkim-length-tag", severity="warning", looks_at="signature", marks=["l"], reference="RFC 6376 3.5, 8.2"
)
def dkim_length_tag(signed: Signed, _: Context) -> Iterator[Hit]:
    """
    The signature covers only the first octets of the body, as many as l= says.

    Why it matters: anybody can put text below, or a part that mail programs show in place of the one that was signed,
    and the signature stays good.  Some receivers take l= for a reason to distrust it.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         l=0; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    References: RFC 6376 3.5, 8.2
    """
    length = signed.signature.l
    if length is not None:
        yield signed.hit(f"l={length} leaves what comes after that many octets of the body unsigned", tag="l")


@rule("D009", name="dkim-times", severity="error", looks_at="signature", marks=["t", "x"], reference="RFC 6376 3.5")
def dkim_times(signed: Signed, context: Context) -> Iterator[Hit]:
    """
    The signature expired, expires before it was made, or was made in the future.

    Why it matters: receivers refuse a signature that is not valid now.  For a message that was received long ago only
    the two times are compared.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         t=1764000000; x=1763999999;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         t=1764000000; x=1764003600;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         t=1795491000; x=1796700600;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    References: RFC 6376 3.5
    """
    signature = signed.signature
    if signature.t is None and signature.x is None:
        return
    if signature.t is not None and signature.x is not None and signature.x <= signature.t:
        yield signed.hit(f"x={signature.x} is not later than t={signature.t}", tag="x")
    elif not context.options.get("received"):
        now = int(context.moment().timestamp())
        if signature.x is not None and now > signature.x:
            yield signed.hit(f"x={signature.x} passed {now - signature.x} seconds ago", tag="x")
        if signature.t is not None and signature.t > now + _CLOCK_SLACK:
            yield signed.hit(f"t={signature.t} is {signature.t - now} seconds in the future", tag="t")


@rule("D011", name="dkim-simple-headers", severity="info", looks_at="signature", reference="RFC 6376 3.4")
def dkim_simple_headers(signed: Signed, _: Context) -> Iterator[Hit]:
    """
    The header is signed octet by octet: c= is simple for it, or absent.

    Why it matters: a relay that folds a line in another way, or writes a name in other case, breaks the signature,
    which relaxed would not mind.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=simple/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    References: RFC 6376 3.4.1
    """
    signature = signed.signature
    if signature.c[0] == "simple" and "h" in signature.tags:
        text = "c= is absent, which is simple/simple" if "c" not in signature.tags else "c= is simple for the header"
        yield signed.hit(f"{text}: folding a line anew breaks the signature", tag="c")


@rule("D015", name="dkim-volatile-signed", severity="warning", looks_at="signature", reference="RFC 6376 5.4.1")
def dkim_volatile_signed(signed: Signed, context: Context) -> Iterator[Hit]:
    """
    The signature covers a field that changes, comes or goes on the way.

    Why it matters: a relay that adds its Received, takes Bcc out or marks spam breaks the signature, and there is no
    telling that from forgery.  Amazon SES takes its own X-SES fields out, and writes Date and Message-ID anew.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type:received;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    References: RFC 6376 5.4.1; Amazon SES Developer Guide, manual DKIM authentication
    """
    is_ses = bool(context.options.get("ses")) or context.ses_call is not None
    found = [
        name
        for name in dict.fromkeys(signed.names)
        if name in _VOLATILE or name.startswith(("x-spam-", "x-ses-")) or (is_ses and name in _REPLACED_BY_SES)
    ]
    if found:
        how = "that Amazon SES or a relay changes" if is_ses else "that change or go on the way"
        yield signed.hit(f"h= names {', '.join(found[:8])}, {how}", tag="h")


@rule("D017", name="dkim-identity", severity="error", looks_at="signature", marks=["problem"], reference="RFC 6376 3.5")
def dkim_identity(signed: Signed, _: Context) -> Iterator[Hit]:
    """
    The identity i= is not of the domain d=, nor of one below it.

    Why it matters: a domain can speak for itself and its subdomains only; verifiers take the signature for invalid.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         i=jane@customer.example;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         i=jane@news.shop.example;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    References: RFC 6376 3.5, 6.1.1
    """
    for problem in signed.signature.problems:
        if problem.reason == "identity":
            yield signed.hit(problem.text, tag="i")


@rule("D018", name="dkim-selector-syntax", severity="error", looks_at="signature", reference="RFC 6376 3.1")
def dkim_selector_syntax(signed: Signed, _: Context) -> Iterator[Hit]:
    """
    The selector s= or the domain d= is no name of the DNS: a label of over 63 octets, a character that none has.

    Why it matters: no key can be looked up.  Quotation marks and parentheses in d= are there to change what a receiver
    writes into Authentication-Results.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026!;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example(x; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026.mail;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA

    References: RFC 6376 3.1, 3.5; RFC 1035 2.3.1
    """
    signature = signed.signature
    if signature.s and not _is_host(signature.s):
        yield signed.hit(f"the selector {show(signature.s)} is no name of the DNS", tag="s")
    if signature.d and not (_is_host(signature.d) and "." in signature.d):
        yield signed.hit(f"the domain {show(signature.d)} of d= is no domain name", tag="d")


def _is_host(name: str) -> bool:
    if not name.isascii():
        try:
            name = domains.to_ascii(name)
        except AddressError:
            return False
    return len(name) <= _MAX_NAME and _HOST.fullmatch(name) is not None


@rule(
    "D023",
    name="dkim-duplicate-signature",
    severity="info",
    looks_at="signature",
    marks=["again"],
    reference="RFC 6376 4",
)
def dkim_duplicate_signature(signed: Signed, _: Context) -> Iterator[Hit]:
    """
    Another signature above has the same d= and s=.

    Why it matters: it proves nothing that the first does not, costs receivers a verification, and is often the trace
    of a message that was signed twice by mistake.

    Bad:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=BBBB

    Good:
        DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=shop.example; s=s2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=AAAA
        DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=shop.example; s=e2026;
         h=from:to:subject:date:message-id:mime-version:content-type;
         bh=tp18ol4RYXHp8ufwdA+iclEYNX6hnhMRqNSMxrpZPqE=; b=BBBB

    References: RFC 6376 4.2
    """
    signature = signed.signature
    if signed.own and signature.d and signature.s:
        first = signed.every.first_of[signature.d.lower(), signature.s.lower()]
        if first != signed.own:
            text = f"signature number {first + 1} from the top has the same d={signature.d} and s={signature.s}"
            yield signed.hit(text)
