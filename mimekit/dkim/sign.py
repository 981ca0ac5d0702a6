r"""
Signing: the final octets of a message, and a DKIM-Signature field on top of them.

RFC 6376 5.  What is signed is what leaves: a `Message`, a `Delivery` or octets come in, the same kind with the same
envelope and one field more goes out, and nothing is encoded again.  A message that some relay would have to repair is
refused, for the repair would break the signature (5.3).

    Message, Delivery or octets, and signers -> the same, signed

May import: the core, `dkim.keys`, `dkim.canonical`, `dkim.final`, `dkim.signature`, `dkim.record`.  Imported by:
`bulk`, `dkim`, `lint`, `strategies`.
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import repeat
from pathlib import Path
from typing import TYPE_CHECKING

from mimekit.clock import current_second
from mimekit.delivery import Delivery
from mimekit.dkim import canonical
from mimekit.dkim.final import Final
from mimekit.dkim.keys import SigningKey
from mimekit.dkim.record import host, record_name
from mimekit.dkim.signature import LAST_TIME, MAX_NAMES, closing, finish, opening
from mimekit.errors import DkimError, show
from mimekit.frozen import Frozen, put
from mimekit.message import Message
from mimekit.wire import abnf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import Any, NoReturn, TypeVar

    from mimekit.dkim.keys import KeyProtocol

    Signable = TypeVar("Signable", Message, Delivery, bytes)
    Fields = dict[bytes, list[bytes]]
    Plan = tuple[bytes, bytes, list[tuple[bytes, int]]]

__all__ = ["OVERSIGNED", "SIGNED", "Signer", "for_ses", "ordered", "sign"]

OVERSIGNED = ("from", "to", "cc", "subject", "reply-to", "date", "mime-version", "content-type")
"""The fields of which nobody may add another below a signature: ``h=`` names them once more than they are present."""

SIGNED = (
    *OVERSIGNED,
    "message-id",
    "content-transfer-encoding",
    *("in-reply-to", "references"),
    *("resent-date", "resent-from", "resent-sender", "resent-to", "resent-cc", "resent-message-id"),
    *("list-id", "list-help", "list-unsubscribe", "list-unsubscribe-post"),
    *("list-subscribe", "list-post", "list-owner", "list-archive"),
    "feedback-id",
)
"""The fields that are covered where they are present (RFC 6376 5.4.1, RFC 8058 4)."""

_ALGORITHMS = ("rsa-sha256", "ed25519-sha256")
_BLIND = frozenset({"bcc", "resent-bcc"})
_REPLACED_BY_SES = frozenset({"date", "message-id", "return-path", "bounces-to"})
_SES_PREFIX = "x-ses-"
_KEY = b"dkim-signature"
_MAX_FIELD_NAME = 255  # octets: more would make lines of h= that are too long
_MAX_LIST = 4095  # octets of h=, folds not counted: OpenDKIM reads no more
_MAX_LOCAL_PART = 64
# So that x= can be written whatever the clock says: the last second that a datetime has comes before it.
_LONGEST = LAST_TIME - 253_402_300_799
_KEPT_PLANS = 256
_NONE: Iterator[tuple[()]] = repeat(())


class Signer(Frozen):
    r"""
    Who signs, with which key and what: made once, used for any number of messages, from any number of threads.

    *key*: a `SigningKey`, what has the two members of `KeyProtocol`, or what `SigningKey.load` takes.  *identity* is
    ``i=``: ``"@"`` and *domain* or a subdomain of it, perhaps with a local part before it.  *headers* names the fields
    to cover: all that are present of each name, and a name stands in ``h=`` at least as often as it is given (default:
    `SIGNED`, where they are present).  *oversign* names those of which nobody may add another (default: of `OVERSIGNED`
    those that are covered).  *expires*: a `timedelta`, or seconds, after which the signature does not count.
    *canonicalization* is ``c=``.  *allow_8bit* signs 8-bit content, which a relay without 8BITMIME would have to
    encode.  *now* gives an aware `datetime`.  *timestamp* False leaves ``t=`` out, *query* is ``q=``, *copied* names
    fields that ``z=`` copies.

    Domains are written in A-labels.  Raises `DkimError` for what cannot stand in a signature.

    >>> from mimekit.dkim.keys import generate_key
    >>> signer = Signer("b\xfccher.example", selector="s2026", key=generate_key("ed25519-sha256"))
    >>> msg = Message(from_="ada@b\xfccher.example", to="grace@example.org", text="Hello.")
    >>> signer, signer.sign(msg).envelope == msg.envelope
    (<Signer s2026._domainkey.xn--bcher-kva.example, ed25519-sha256>, True)
    """

    __slots__ = (
        "_forms",
        "_has_own_names",
        "_plans",
        "_seconds",
        "_wanted",
        "allow_8bit",
        "canonicalization",
        "copied",
        "domain",
        "expires",
        "headers",
        "identity",
        "key",
        "now",
        "oversign",
        "query",
        "selector",
        "timestamp",
    )

    domain: str
    selector: str
    key: KeyProtocol
    identity: str | None
    headers: tuple[str, ...]
    oversign: tuple[str, ...]
    expires: timedelta | None
    canonicalization: str
    allow_8bit: bool
    now: Callable[[], datetime] | None
    timestamp: bool
    query: str | None
    copied: tuple[str, ...]
    _forms: tuple[str, str]
    _has_own_names: bool  # whether `headers` was given: such a name stands in h= even where there is no such field
    _seconds: int | None
    _wanted: dict[bytes, tuple[int, int]]  # name: (how many more than are present, how many at least)
    _plans: dict[tuple[int, ...], Plan]

    is_alone = False
    """Whether no other signature may stand in the message."""

    def __init__(  # noqa: PLR0913 - one argument for each thing a signature says
        self,
        domain: str,
        *,
        selector: str,
        key: KeyProtocol | Path | str | bytes,
        identity: str | None = None,
        headers: Iterable[str] | None = None,
        oversign: Iterable[str] | None = None,
        expires: timedelta | float | None = None,
        canonicalization: str = "relaxed/relaxed",
        allow_8bit: bool = False,
        now: Callable[[], datetime] | None = None,
        timestamp: bool = True,
        query: str | None = None,
        copied: Iterable[str] = (),
    ) -> None:
        put(self, "domain", _domain(domain))
        put(self, "selector", host(selector, "selector"))
        record_name(self.selector, self.domain)  # not too long
        put(self, "key", _key(key))
        put(self, "identity", None if identity is None else _identity(identity, self.domain))
        put(self, "_has_own_names", headers is not None)
        put(self, "headers", self._default_headers() if headers is None else _names(headers, "headers"))
        put(self, "oversign", self._oversigned(headers) if oversign is None else _names(oversign, "oversign"))
        self._check_names()
        put(self, "copied", _copied(copied))
        put(self, "expires", _lifetime(expires))
        put(self, "_seconds", None if self.expires is None else int(self.expires.total_seconds()))
        put(self, "_forms", _forms(canonicalization))
        put(self, "canonicalization", "/".join(self._forms))
        put(self, "allow_8bit", allow_8bit)
        put(self, "now", now)
        put(self, "timestamp", timestamp)
        if query not in (None, "dns/txt"):
            message = f'query is {show(query)}; "dns/txt" is the only method there is (RFC 6376 3.5)'
            raise DkimError(message)
        put(self, "query", query)
        asked = Counter(self.headers if self._has_own_names else ())
        more = Counter(self.oversign)
        listed = dict.fromkeys((*self.headers, *self.oversign))
        put(self, "_wanted", {name.encode(): (more[name], asked[name]) for name in listed})
        put(self, "_plans", {})

    def _default_headers(self) -> tuple[str, ...]:
        return SIGNED

    def _oversigned(self, headers: Iterable[str] | None) -> tuple[str, ...]:
        """Give what is oversigned when nothing is said."""
        return OVERSIGNED if headers is None else tuple([name for name in OVERSIGNED if name in self.headers])

    def _check_names(self) -> None:
        covered = {*self.headers, *self.oversign}
        if "from" not in covered:
            message = "headers leaves out From, which every signature covers (RFC 6376 5.4); add it"
            raise DkimError(message)
        if blind := _BLIND & covered:
            message = (
                f"{show(min(blind))} cannot be signed: the field stands in no copy, or in one only (RFC 5322 3.6.3), "
                f"so all other copies would not verify; leave it out"
            )
            raise DkimError(message)

    def sign(self, x: Signable) -> Signable:
        """
        Sign a `Message`, a `Delivery` or octets; gives the same kind, with the same envelope and one field more on top.

        A message over large files is read twice, here and when it is written, and is never held.  Raises `DkimError`
        for what cannot be signed, `ContentError` for a file that changed.
        """
        return sign(x, (self,))

    def sign_octets(self, data: bytes) -> bytes:
        """Give the DKIM-Signature field, CRLF included, to put before the octets of a message."""
        return self.field(_of_octets(data, (self,)))

    def field(self, final: Final) -> bytes:
        """Give the field for a message that has been read: choose the names, hash the header, sign the digest."""
        header, body = self._forms
        fields = final.fields(header)
        plan = self.plan(fields)
        lines = b"".join([fields[name][at] + b"\r\n" for name, at in plan[2]])
        return self.seal(plan, lines, final.digests[body], final.copies(self.copied) if self.copied else ())

    def seal(self, plan: Plan, lines: bytes, body_digest: bytes, copies: Sequence[bytes] = ()) -> bytes:
        """Give the field over *lines*, the canonical fields of a plan with their line ends, and a body's digest."""
        opened, as_hashed, _ = plan
        now = self._second()
        closed = closing(
            body_digest,
            timestamp=now if self.timestamp else None,
            expiration=None if self._seconds is None else now + self._seconds,
            copies=copies,
        )
        # RFC 6376 3.7: the signature itself comes last, without its line end.
        own = as_hashed + (closed if self._forms[0] == "simple" else closed.replace(b"\r\n ", b" "))
        return finish(opened + closed, self.key.sign(sha256(lines + own).digest()))

    def plan(self, fields: Fields) -> Plan:
        """Give what is the same for all messages that have as many fields of each name as this one."""
        counts = tuple(map(len, map(fields.get, self._wanted, _NONE)))
        plan = self._plans.get(counts)
        if plan is None:
            names: list[bytes] = []
            chosen: list[tuple[bytes, int]] = []
            for (name, (more, least)), present in zip(self._wanted.items(), counts, strict=True):
                names += [name] * max(present + more, least)
                chosen += [(name, at) for at in range(present - 1, -1, -1)]  # from the bottom up: RFC 6376 5.4.2
            if len(names) > MAX_NAMES or sum(map(len, names)) + len(names) - 1 > _MAX_LIST:
                _refuse_names(*max(zip(counts, self._wanted, strict=True)))
            opened = opening(
                algorithm=self.key.algorithm,
                canonicalization=self.canonicalization,
                domain=self.domain,
                selector=self.selector,
                identity=self.identity,
                query=self.query,
                names=names,
            )
            if len(self._plans) >= _KEPT_PLANS:
                self._plans.clear()
            plan = opened, opened if self._forms[0] == "simple" else canonical.relaxed_field(opened), chosen
            self._plans[counts] = plan
        return plan

    def _second(self) -> int:
        """Give the time as ``t=`` has it."""
        if self.now is None:
            return current_second()
        moment = self.now()
        second = int(moment.timestamp()) if isinstance(moment, datetime) and moment.tzinfo is not None else -1
        if second < 0:
            message = (
                f"now gave {moment!r}; it has to give an aware datetime, not before 1970, as "
                f"datetime.now(timezone.utc) does (RFC 6376 3.5)"
            )
            raise DkimError(message)
        return second

    def _arguments(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in Signer.__slots__ if not name.startswith("_")}
        return given if self._has_own_names else given | {"headers": None}

    def _content(self) -> tuple[Any, ...]:
        return *super()._content(), self._has_own_names

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore, (type(self), self._arguments())

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.selector}._domainkey.{self.domain}, {self.key.algorithm}>"


class _SesSigner(Signer):
    """A signer for what goes to Amazon SES."""

    __slots__ = ()

    is_alone = True

    def _default_headers(self) -> tuple[str, ...]:
        return tuple([name for name in SIGNED if name not in _REPLACED_BY_SES])

    def _oversigned(self, headers: Iterable[str] | None) -> tuple[str, ...]:
        return tuple([name for name in super()._oversigned(headers) if name not in _REPLACED_BY_SES])

    def _check_names(self) -> None:
        super()._check_names()
        for name in (*self.headers, *self.oversign):
            if name in _REPLACED_BY_SES or name.startswith(_SES_PREFIX):
                done = "takes out" if name.startswith(_SES_PREFIX) else "replaces"
                message = (
                    f"{show(name)} cannot be signed for SES, which {done} the field after signing; leave it out, or "
                    f"let SES sign after its changes (dkim.ses_byodkim)"
                )
                raise DkimError(message)
        if self.key.algorithm != "rsa-sha256":
            message = (
                f"the key is for {self.key.algorithm}; SES takes one DKIM-Signature in a message, and receivers that "
                f"do not know this algorithm would see none they can verify; use an RSA key"
            )
            raise DkimError(message)


def for_ses(  # noqa: PLR0913 - as those of `Signer`
    domain: str,
    *,
    selector: str,
    key: KeyProtocol | Path | str | bytes,
    identity: str | None = None,
    headers: Iterable[str] | None = None,
    oversign: Iterable[str] | None = None,
    expires: timedelta | float | None = None,
    canonicalization: str = "relaxed/relaxed",
    now: Callable[[], datetime] | None = None,
) -> Signer:
    """
    Give a `Signer` for messages that are handed to Amazon SES.

    SES replaces Date, Message-ID, Return-Path and Bounces-To and takes X-SES-* fields out, so none of them is covered,
    and asking for one raises `DkimError`; so do an Ed25519 key and a second signature, for SES takes one
    DKIM-Signature in a message.
    """
    return _SesSigner(
        domain,
        selector=selector,
        key=key,
        identity=identity,
        headers=headers,
        oversign=oversign,
        expires=expires,
        canonicalization=canonicalization,
        now=now,
    )


def sign(x: Signable, signers: Iterable[Signer]) -> Signable:
    """
    Sign with several signers in one pass, as with an RSA and an Ed25519 key: each body hash is made once.

    Gives the same kind as *x* with the same envelope.  RSA signatures stand on top, for there are verifiers that look
    at the first one only, otherwise those on top that come first in *signers*.  None of them covers another.
    """
    chosen = ordered(signers)
    if isinstance(x, Message):
        if x.root.is_built and x.root.has_file():
            final = _of_chunks(x.iter_bytes(), chosen)
        else:
            final = _of_octets(x.to_bytes(), chosen)
    elif isinstance(x, Delivery):
        final = _of_chunks(x.iter_data(), chosen)
    elif isinstance(x, (bytes, bytearray, memoryview)):
        octets = bytes(x)
        final = _of_octets(octets, chosen)
        return b"".join([signer.field(final) for signer in chosen]) + octets
    else:
        message = (
            f"a {type(x).__name__} cannot be signed; give a Message, a Delivery or bytes: what is signed is octets"
        )
        raise DkimError(message)
    for signer in reversed(chosen):
        x = x.with_field_on_top(signer.field(final))
    return x


def ordered(signers: Iterable[Signer]) -> list[Signer]:
    """Give signers in the order of their fields from the top; raise `DkimError` for those that do not go together."""
    found = list(signers)
    if len(found) == 1:
        return found
    if not found:
        message = "there is no signer; give one at least"
        raise DkimError(message)
    found.sort(key=lambda signer: signer.key.algorithm != "rsa-sha256")
    if any([signer.is_alone for signer in found]):
        message = (
            "a signer for SES is the only one: SES takes one DKIM-Signature in a message and refuses a second; sign "
            "with the RSA key alone"
        )
        raise DkimError(message)
    if any([signer._wanted.get(_KEY, (0, 0))[0] for signer in found]):
        _refuse_lonely()
    return found


def _of_octets(octets: bytes, signers: Sequence[Signer]) -> Final:
    return _checked(Final.of_octets(octets, _bodies(signers), allow_8bit=_allow_8bit(signers)), signers)


def _of_chunks(chunks: Iterable[bytes], signers: Sequence[Signer]) -> Final:
    return _checked(Final.of_chunks(chunks, _bodies(signers), allow_8bit=_allow_8bit(signers)), signers)


def _bodies(signers: Iterable[Signer]) -> tuple[str, ...]:
    """Give the forms of the body that are needed, each once."""
    return tuple(dict.fromkeys([signer._forms[1] for signer in signers]))


def _allow_8bit(signers: Iterable[Signer]) -> bool | None:
    """Tell whether 8-bit content is signed; ``None`` when not even on request, for SES encodes it."""
    first, *others = signers
    if first.is_alone:
        return None  # and there are no others
    return first.allow_8bit and all([signer.allow_8bit for signer in others])


def _checked(final: Final, signers: Sequence[Signer]) -> Final:
    """Raise for a header that cannot be signed."""
    found = final.fields(signers[0]._forms[0])
    authors = len(found.get(b"from", ()))
    if authors != 1:
        message = (
            f"the message has {authors or 'no'} From field{'s' if authors else ''}; a signature is over exactly one "
            f"(RFC 6376 5.4, RFC 5322 3.6); {'keep one of them' if authors else 'add it'} before signing"
        )
        raise DkimError(message)
    signed = len(found.get(_KEY, ()))
    if len(signers) > 1 and any([signer._wanted.get(_KEY, (0, 0))[1] > signed for signer in signers]):
        _refuse_lonely()
    if signed and signers[0].is_alone:
        message = (
            "the message is signed already, and SES takes one DKIM-Signature in a message; sign it once, or take the "
            "other signature out"
        )
        raise DkimError(message)
    return final


def _refuse_lonely() -> NoReturn:
    message = (
        "a signature that names DKIM-Signature in h= more often than there is one breaks when another is put beside "
        "it, as the other signer does; leave it out of oversign and headers, or sign with this one last and alone "
        "(RFC 6376 5.4)"
    )
    raise DkimError(message)


def _refuse_names(present: int, name: bytes) -> NoReturn:
    message = (
        f"h= would have over {MAX_NAMES} names or {_MAX_LIST} octets, which verifiers refuse; the message has "
        f"{present} of the field {show(name.decode('ascii'))}: take fields out before signing, or leave names out of "
        f"headers"
    )
    raise DkimError(message)


# -- arguments


def _domain(text: str) -> str:
    """Give ``d=``; a verifier looks no key up for a single label."""
    made = host(text, "domain")
    if "." not in made:
        message = (
            f"domain is {show(text)}, and d= has two labels at least: no verifier looks a key up below a top-level "
            f"domain (RFC 6376 3.5)"
        )
        raise DkimError(message)
    return made


def _key(key: KeyProtocol | Path | str | bytes) -> KeyProtocol:
    made = SigningKey.load(key) if isinstance(key, (Path, str, bytes)) else key
    algorithm = getattr(made, "algorithm", None)
    if algorithm not in _ALGORITHMS or not callable(getattr(made, "sign", None)):
        message = (
            f"key is a {type(key).__name__} with the algorithm {show(algorithm)}; give a path, a SigningKey, or an "
            f"object with sign(digest) and an algorithm of {' or '.join(_ALGORITHMS)} (dkim.KeyProtocol)"
        )
        raise DkimError(message)
    return made


def _identity(text: str, domain: str) -> str:
    """Check ``i=`` (RFC 6376 3.5): its domain is *domain* or below it, on a label boundary."""
    local, at, own = text.rpartition("@") if isinstance(text, str) else ("", "", "")
    if not at or not local.isprintable() or len(local.encode()) > _MAX_LOCAL_PART:
        message = (
            f'identity is {show(text)}; write "@{domain}", perhaps with a local part before the @, of at most '
            f"{_MAX_LOCAL_PART} octets (RFC 6376 3.5, RFC 5321 4.5.3.1.1)"
        )
        raise DkimError(message)
    own = host(own, "the domain of identity")
    if own != domain and not own.endswith(f".{domain}"):
        message = (
            f"identity is {show(text)}, which is neither of {domain} nor of a subdomain of it (RFC 6376 3.5); sign "
            f"with the domain of the identity, or leave it out"
        )
        raise DkimError(message)
    return f"{local}@{own}"


def _names(given: Iterable[str], what: str) -> tuple[str, ...]:
    """Check field names, and give them in lower case."""
    if isinstance(given, (str, bytes)):
        message = f"{what} is {show(given)}; give a list of field names, as [{show(given)}]"
        raise DkimError(message)
    listed: list[Any] = list(given) if hasattr(given, "__iter__") else [given]
    for name in listed:
        if not _is_name(name):
            message = (
                f"{what} holds {show(name)}, which cannot stand in h=: a field name is printable ASCII without colon, "
                f"of at most {_MAX_FIELD_NAME} octets, and no tag holds a semicolon (RFC 6376 3.2, 3.5)"
            )
            raise DkimError(message)
    return tuple([name.lower() for name in listed])


def _is_name(name: object) -> bool:
    if not isinstance(name, str) or not name.isascii():
        return False
    return ";" not in name and abnf.is_field_name(name.encode()) and len(name) <= _MAX_FIELD_NAME


def _copied(given: Iterable[str]) -> tuple[str, ...]:
    made = _names(given, "copied")
    for name in made:
        if "=" in name or "|" in name or name in _BLIND:
            message = f"{show(name)} cannot be copied into z=, which everybody reads (RFC 6376 3.5); leave it out"
            raise DkimError(message)
    return made


def _lifetime(expires: timedelta | float | None) -> timedelta | None:
    if expires is None:
        return None
    try:
        made = expires if isinstance(expires, timedelta) else timedelta(seconds=expires)
    except (TypeError, ValueError, OverflowError):  # a text, NaN, infinity
        made = None
    if made is None or not 1 <= made.total_seconds() <= _LONGEST:
        message = (
            f"expires is {show(expires if made is None else str(made))}; a signature holds for a second at least, and "
            f"for the days that a message may wait in a queue, and x= has 12 digits (RFC 6376 3.5)"
        )
        raise DkimError(message)
    return made


def _forms(canonicalization: str) -> tuple[str, str]:
    header, _, body = canonicalization.partition("/") if isinstance(canonicalization, str) else ("", "", "")
    body = body or "simple"  # RFC 6376 3.5
    if header not in canonical.NAMES or body not in canonical.NAMES:
        message = (
            f"canonicalization is {show(canonicalization)}; it is relaxed or simple for the header, a slash, and one "
            f"of them for the body (RFC 6376 3.5)"
        )
        raise DkimError(message)
    return header, body


def _restore(cls: type[Signer], arguments: dict[str, Any]) -> Signer:
    """Make a signer again; the arguments passed once, and what is derived from them is not pickled."""
    made = cls.__new__(cls)
    Signer.__init__(made, **arguments)
    return made
