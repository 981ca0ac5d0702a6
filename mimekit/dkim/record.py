"""
Key records: the TXT record with which a domain publishes a key, read, checked and written.

RFC 6376 3.6.1 and 3.6.2, RFC 8463 4 (Ed25519).  A record is DNS data that anybody can publish: reading one never
raises, and what is wrong with it is kept beside what could be read.

    octets of a TXT record -> KeyRecord -> PublicKey
    key -> the value of a TXT record -> a line of a zone file, a change of Route 53; key -> what SES takes for BYODKIM

May import: the core, `dkim.keys`, `dkim.signature`.  Imported by: `cli`, `dkim`, `dkim.diagnose`, `dkim.sign`,
`dkim.verify`, `lint`, `strategies`.
"""

from __future__ import annotations

import re
from binascii import a2b_base64, b2a_base64
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from mimekit.codecs import domain as domains
from mimekit.dkim.keys import RSA, PublicKey, SigningKey, UnusableKey, holds_private_key
from mimekit.dkim.signature import Problem
from mimekit.errors import AddressError, DkimError, show
from mimekit.headers.taglist import TagList

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from mimekit.dkim.keys import KeyProtocol

__all__ = ["KeyRecord", "host", "matches", "record_name", "route53", "ses_byodkim", "txt_record", "zone_file"]

_VERSION = "DKIM1"
_TYPES = ("rsa", "ed25519")  # RFC 8463 4.1
_HASHES = ("sha256", "sha1")
_SERVICES = frozenset({"*", "email"})
_FLAGS = ("y", "s")
_TAGS = ("v", "h", "k", "n", "p", "s", "t")  # RFC 6376 3.6.1
_LEAST_BITS, _GOOD_BITS, _MOST_BITS = 1024, 2048, 4096  # RFC 8301 3.2
_SES_BITS = 2048
_STRING = 255  # RFC 1035 3.3: octets of one character-string
_TTL = 300  # seconds; the next key of a rotation is seen that fast
_TEST = sha256(b"").digest()

#   sub-domain = Let-dig [Ldh-str]                        RFC 5321 4.1.2, for d= and s= by RFC 6376 2.9 and 3.1
_label = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?+"
_host_name = re.compile(rf"{_label}(?:\.{_label})*+")
_ses_selector = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?+")
_base64 = re.compile(r"[A-Za-z0-9+/]*+={0,2}")
_hex_octet = re.compile(rb"=([0-9A-F]{2})")
_quoting = re.compile(rb"[\"\\]")
_special = re.compile(rb"[^ -~]|[\"\\]")


# -- reading


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRecord:
    """
    One key record (RFC 6376 3.6.1): its tags as they stand, and what they mean, defaults filled in.

    ``v`` is ``None`` where the tag is absent, ``h`` likewise: any hash then.  ``p`` is the decoded key, empty for one
    that is revoked, ``None`` when it is absent or no base64.  ``problems`` are those that make the record no key record
    (RFC 6376 6.1.2); `lint` finds what else its owner wants to know.
    """

    tags: TagList
    v: str | None
    k: str
    p: bytes | None
    h: tuple[str, ...] | None
    s: tuple[str, ...]
    t: tuple[str, ...]
    n: str
    problems: tuple[Problem, ...]

    @classmethod
    def parse(cls, octets: bytes | str) -> KeyRecord:
        """
        Read the value of a TXT record, its strings joined.  Never raises; see ``problems``.

        >>> record = KeyRecord.parse(b"v=DKIM1; k=ed25519; t=y:s; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=")
        >>> record.k, record.t, record.h, record.problems, record.public_key()
        ('ed25519', ('y', 's'), None, (), <PublicKey ed25519, 256 bits>)
        """
        if isinstance(octets, str):
            octets = octets.encode("utf-8", "surrogatepass")
        tags = TagList.parse(octets)
        p = _key_octets(tags)
        listed = _listed(tags, "h")
        return cls(
            tags=tags,
            v=tags.compact("v"),
            k=_text(tags, "k", "rsa"),
            p=p,
            h=listed,
            s=("*",) if "s" not in tags else _listed(tags, "s") or (),
            t=_listed(tags, "t") or (),
            n=_notes(tags.get("n") or b""),
            problems=tuple(_problems(tags, p)),
        )

    @property
    def revoked(self) -> bool:
        """Whether ``p=`` is empty: there was a key, and nothing signed with it counts any more."""
        return self.p == b""

    def public_key(self) -> PublicKey:
        """Give the key; raise `dkim.keys.UnusableKey` when there is none, or none of the type that ``k=`` says."""
        if not self.p:
            message = f"the key record has {'no key in p=' if self.p is None else 'an empty p=: the key is revoked'}"
            raise UnusableKey(message)
        return PublicKey.from_record(self.k, self.p)

    def lint(self) -> list[Problem]:
        """
        Give all that the owner of the record should know, what makes it no key record first.

        The reasons: those of a verdict (``key-syntax``, ``key-version``, ``key-revoked``, ``key-type``,
        ``key-unusable``, ``key-hash``, ``key-service``), and ``key-private``, ``key-quoting``, ``key-strength``,
        ``key-encoding``, ``key-testing``, ``key-tag``.

        >>> [finding.reason for finding in KeyRecord.parse("v=DKIM1; t=y; p=").lint()]
        ['key-testing', 'key-revoked']
        """
        return [*self.problems, *_advice(self), *_about_key(self)]


def _problem(reason: str, section: str, text: str) -> Problem:
    return Problem(reason, f"RFC {section}", text)


def _text(tags: TagList, name: str, default: str) -> str:
    value = tags.compact(name)
    return default if value is None else value


def _listed(tags: TagList, name: str) -> tuple[str, ...] | None:
    """Read a list whose items are divided by colons."""
    value = tags.compact(name)
    return None if value is None else tuple([item for item in value.split(":") if item])


def _key_octets(tags: TagList) -> bytes | None:
    text = tags.compact("p")
    if text is None:
        return None
    # Not `strict_mode`, which takes other octets in other versions of Python.
    return a2b_base64(text) if len(text) % 4 == 0 and _base64.fullmatch(text) else None


def _notes(value: bytes) -> str:
    """Read the quoted-printable of ``n=``, for people."""
    octets = _hex_octet.sub(lambda found: bytes.fromhex(found[1].decode("ascii")), value)
    return octets.decode("utf-8", "replace")


def _problems(tags: TagList, p: bytes | None) -> Iterator[Problem]:
    """Find what makes it no key record (RFC 6376 3.2, 3.6.1)."""
    if tags.malformed:
        yield _problem("key-syntax", "6376 3.2", f"{show(tags.malformed[0])} is no name=value")
    for name in tags.duplicates:
        yield _problem("key-syntax", "6376 3.2", f"{name}= comes twice, and a tag list has each tag once")
    v = tags.compact("v")
    if v is not None and v != _VERSION:
        yield _problem("key-version", "6376 3.6.1", f"v= is {show(v)}; a key record is {_VERSION}")
    elif v is not None and tags.tags[0][0] != "v":
        yield _problem("key-version", "6376 3.6.1", "v= is not the first tag, as it must be where it is present")
    if "p" not in tags:
        yield _problem("key-syntax", "6376 3.6.1", "p= is missing")
    elif p is None:
        yield _problem("key-syntax", "6376 3.6.1", f"p= is {show(tags['p'])}, which is no base64")


# -- checking


def _advice(record: KeyRecord) -> Iterator[Problem]:
    """Look at the tags beside the key."""
    tags = record.tags
    if any([_quoting.search(value) for name, value in tags if name != "n"] + [*map(_quoting.search, tags.malformed)]):
        text = "quotation marks or backslashes stand in the value; the quoting of a zone file is no part of a record"
        yield _problem("key-quoting", "1035 5.1", text)
    if record.v is None:
        yield _problem("key-version", "6376 3.6.1", f"v= is missing; v={_VERSION} as the first tag is recommended")
    for name, _ in tags:
        if name not in _TAGS:
            meant = f"; {name.lower()}= is written small" if name.lower() in _TAGS else ""
            yield _problem("key-tag", "6376 3.6.1", f"{name}= is no tag of a key record and is ignored{meant}")
    if not _SERVICES & {*record.s}:
        yield _problem("key-service", "6376 3.6.1", "s= has neither * nor email, so the key is not for mail")
    yield from _about_hashes(record.h)
    for flag in record.t:
        if flag == "y":
            text = "t=y says that the domain is testing DKIM; take it out once messages pass"
            yield _problem("key-testing", "6376 3.6.1", text)
        elif flag not in _FLAGS:
            yield _problem("key-tag", "6376 3.6.1", f"the flag {show(flag)} of t= is not known and is ignored")


def _about_hashes(h: tuple[str, ...] | None) -> Iterator[Problem]:
    if h is None:
        return
    if "sha256" not in h:
        yield _problem("key-hash", "8301 3.1", "h= does not allow sha256, so no signature of this key can be verified")
    if "sha1" in h:
        yield _problem("key-hash", "8301 3.1", "h= allows sha1, which verifiers refuse; leave h= out")
    for name in h:
        if name not in _HASHES:
            yield _problem("key-hash", "6376 3.6.1", f"the hash {show(name)} of h= is not known and is ignored")


def _about_key(record: KeyRecord) -> Iterator[Problem]:
    """Look at the key."""
    if record.k not in _TYPES:
        yield _problem("key-type", "8463 4.1", f"k= is {show(record.k)}; verifiers know rsa and ed25519")
    if record.revoked:
        yield _problem("key-revoked", "6376 3.6.1", "p= is empty: the key is revoked")
    elif record.p is not None and holds_private_key(record.p):
        text = "p= holds a private key, and everyone can read it: make a new one, and publish its public half"
        yield _problem("key-private", "6376 3.6.1", text)
    elif record.p is not None and record.k in _TYPES:
        try:
            yield from _about_public_key(record.public_key(), record.p)
        except UnusableKey as error:
            yield _problem("key-unusable", "6376 6.1.2", str(error))


def _about_public_key(key: PublicKey, p: bytes) -> Iterator[Problem]:
    if key.algorithm_family != "rsa":
        return
    if key.public_octets != p:
        text = "p= is a PKCS#1 RSAPublicKey; write SubjectPublicKeyInfo, which every verifier reads"
        yield _problem("key-encoding", "6376 3.6.1", text)
    if key.bits < _LEAST_BITS:
        text = f"the RSA key has {key.bits} bits; verifiers refuse fewer than {_LEAST_BITS}"
        yield _problem("key-strength", "8301 3.2", text)
    elif key.bits < _GOOD_BITS:
        yield _problem("key-strength", "8301 3.2", f"the RSA key has {key.bits} bits; {_GOOD_BITS} is recommended")
    elif key.bits > _MOST_BITS:
        text = f"the RSA key has {key.bits} bits; verifiers need not take more than {_MOST_BITS}"
        yield _problem("key-strength", "8301 3.2", text)


def matches(key: KeyProtocol | PublicKey, record: KeyRecord | str | bytes) -> bool:
    """
    Tell whether what *key* signs can be verified with *record*: its key is the other half, and it is not revoked.

    A key that is neither a `SigningKey` nor a `PublicKey`, of a KMS for example, signs once to find out.
    """
    if not isinstance(record, KeyRecord):
        record = KeyRecord.parse(record)
    try:
        public = record.public_key()
    except UnusableKey:
        return False
    if record.problems:
        return False
    if isinstance(key, PublicKey):
        return key == public
    if isinstance(key, SigningKey):
        return key.public_key == public
    return key.algorithm.partition("-")[0] == public.algorithm_family and public.verify(_TEST, key.sign(_TEST))


# -- writing


def txt_record(
    key: SigningKey | PublicKey, *, testing: bool = False, strict: bool = False, revoked: bool = False
) -> str:
    """
    Write the bare value of the TXT record of *key*, for the name that `record_name` gives.

    *testing* is ``t=y``, *strict* is ``t=s`` (``i=`` may not be of a subdomain), *revoked* leaves ``p=`` empty.

    >>> from mimekit.dkim.keys import SigningKey
    >>> txt_record(SigningKey.load(bytes(32)))
    'v=DKIM1; k=ed25519; p=O2onvM62pC1io6jQKm8Nc2UyFXcd4kOmOsBIoYtZ2ik='
    """
    public = key if isinstance(key, PublicKey) else getattr(key, "public_key", None)
    if not isinstance(public, PublicKey):
        message = (
            f"a {type(key).__name__} does not give out its public half; make it of what a KMS gives out, by "
            f"dkim.PublicKey.from_record"
        )
        raise DkimError(message)
    flags = ":".join([flag for flag, is_set in zip(_FLAGS, (testing, strict), strict=True) if is_set])
    p = "" if revoked else b2a_base64(public.public_octets, newline=False).decode("ascii")
    return f"v={_VERSION}; k={public.algorithm_family}; {f't={flags}; ' if flags else ''}p={p}"


def record_name(selector: str, domain: str) -> str:
    r"""
    Give the name of a key record in lower-case A-labels, without a final dot (RFC 6376 3.6.2.1).

    >>> record_name("s2026", "B\xfccher.example")
    's2026._domainkey.xn--bcher-kva.example'
    """
    name = f"{host(selector, 'selector')}._domainkey.{host(domain, 'domain')}"
    if len(name) > domains.MAX_DOMAIN:
        message = (
            f"the name of the key record, {show(name)}, has {len(name)} octets; the limit is {domains.MAX_DOMAIN} "
            f"(RFC 1035 3.1); take a shorter selector"
        )
        raise DkimError(message)
    return name


def zone_file(selector: str, domain: str, value: str) -> str:
    """
    Write a record as a line of a zone file, in strings of at most 255 octets (RFC 1035 3.3, 5.1).

    >>> print(zone_file("s2026", "example.com", "v=DKIM1; p="), end="")
    s2026._domainkey.example.com. IN TXT "v=DKIM1; p="
    """
    strings = _strings(value, "\\{:03d}".format)
    data = strings[0] if len(strings) == 1 else "(\n  " + "\n  ".join(strings) + " )"
    return f"{record_name(selector, domain)}. IN TXT {data}\n"


def route53(selector: str, domain: str, value: str) -> dict[str, Any]:  # what boto3 takes has values of many types
    """
    Give the ``ChangeBatch`` of ``change_resource_record_sets`` that makes the record, or replaces it.

    >>> route53("s2026", "example.com", "v=DKIM1; p=")["Changes"][0]["ResourceRecordSet"]["ResourceRecords"]
    [{'Value': '"v=DKIM1; p="'}]
    """
    # Route 53 escapes in octal where RFC 1035 5.1 has decimal.
    records = [{"Value": " ".join(_strings(value, "\\{:03o}".format))}]
    name = record_name(selector, domain) + "."
    change = {
        "Action": "UPSERT",
        "ResourceRecordSet": {"Name": name, "Type": "TXT", "TTL": _TTL, "ResourceRecords": records},
    }
    return {"Changes": [change]}


def ses_byodkim(key: SigningKey, selector: str) -> dict[str, str]:
    """
    Give the ``SigningAttributes`` of ``put_email_identity_dkim_signing_attributes`` of Amazon SES (API v2).

    They hold the **private** key, with which SES signs then: keep them as secret as the key.  SES takes RSA keys of
    1024 to 2048 bits, and a selector of one label; anything else raises `DkimError`.
    """
    if not isinstance(key, SigningKey):
        message = (
            f"SES signs with the private key itself, and {type(key).__name__} does not give it out; make a key with "
            f"dkim.generate_key()"
        )
        raise DkimError(message)
    if key.algorithm != RSA or key.bits > _SES_BITS:
        found = f"an RSA key of {key.bits} bits" if key.algorithm == RSA else f"a key for {key.algorithm}"
        message = (
            f"SES takes RSA keys of {_LEAST_BITS} to {_SES_BITS} bits for BYODKIM, and this is {found}; make one with "
            f"dkim.generate_key()"
        )
        raise DkimError(message)
    if not _ses_selector.fullmatch(selector):
        message = f"the selector {show(selector)} is none for SES: one label of letters, digits and inner hyphens"
        raise DkimError(message)
    private = b"".join(key.to_pem().splitlines()[1:-1]).decode("ascii")
    return {"DomainSigningSelector": selector, "DomainSigningPrivateKey": private}


def _strings(value: str, escape: Callable[[int], str]) -> list[str]:
    """Divide a value into quoted character-strings."""
    octets = value.encode()

    def escaped(found: re.Match[bytes]) -> bytes:
        return b"\\" + found[0] if _quoting.match(found[0]) else escape(found[0][0]).encode()

    cuts = [octets[at : at + _STRING] for at in range(0, len(octets), _STRING)] or [b""]
    return [f'"{_special.sub(escaped, cut).decode("ascii")}"' for cut in cuts]


def host(text: str, what: str) -> str:
    """Give a domain or a selector in A-labels and lower case; raise `DkimError`, which calls it *what*."""
    if not isinstance(text, str):
        message = f"{what} is {show(text)}; give a str"
        raise DkimError(message)
    try:
        made = domains.to_ascii(text).lower()
    except AddressError as error:
        message = f"{what} cannot be written into a signature or the name of its key record: {error}"
        raise DkimError(message) from None
    if _host_name.fullmatch(made) is None:
        message = (
            f"{what} is {show(text)}; it is made of labels of letters, digits and inner hyphens, divided by dots, "
            f"without a final one (RFC 6376 3.1, 3.5)"
        )
        raise DkimError(message)
    return made
