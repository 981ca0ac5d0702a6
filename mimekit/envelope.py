"""
The envelope: MAIL FROM, RCPT TO and their ESMTP parameters; what a header only talks about.

RFC 5321 2.3.1 separates the two: a relay reads the envelope, a person the header.  `Envelope` is derived from a header
by the rules of RFC 5322 3.6.2, 3.6.3 and 3.6.6, or given.  Parameters are data, formatted here, never concatenated
strings.

    what a header says of sender and recipients -> Envelope

May import: `addressing`, `difference`, `headers`, `errors`, `frozen`.  Imported by: much of the package.
"""

from __future__ import annotations

from types import MappingProxyType

from mimekit.addressing import address_key, path
from mimekit.difference import EnvelopeDiff
from mimekit.errors import EnvelopeError, show
from mimekit.frozen import Frozen, put
from mimekit.headers.address import AddressList, Group, Mailbox

__all__ = ["Envelope", "checked"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import Any

    from mimekit.addressing import Addressing
    from mimekit.difference import Addressed

_BODIES = ("7BIT", "8BITMIME", "BINARYMIME")
_RETURNS = ("FULL", "HDRS")
_NOTIFICATIONS = ("SUCCESS", "FAILURE", "DELAY")
_NOTHING: Mapping[str, Any] = MappingProxyType({})


class _Slots:
    """The slots of `Envelope`, for filling; see `frozen`."""

    __slots__ = ("_is_utf8", "_mail_items", "_rcpt_items", "mail_from", "rcpt_to")

    mail_from: str
    rcpt_to: tuple[str, ...]
    _is_utf8: bool  # whether the octets need SMTPUTF8, whoever the recipients are
    _mail_items: tuple[tuple[str, str | None], ...]
    _rcpt_items: tuple[tuple[str, tuple[tuple[str, str | None], ...]], ...]


class Envelope(_Slots, Frozen):
    """
    MAIL FROM, RCPT TO and the ESMTP parameters of one transaction (RFC 5321 3.3).

    *mail_from* ``""`` is the null reverse-path.  *rcpt_to* is de-duplicated by address, the domain case-folded, order
    kept.  *size* in octets after CRLF (RFC 1870); *body* ``7BIT``, ``8BITMIME`` or ``BINARYMIME`` (RFC 6152, 3030);
    *ret* ``FULL`` or ``HDRS``, *envid*, *notify* and *orcpt* of RFC 3461, the last two for all recipients or by
    address; *requiretls* RFC 8689; *mt_priority* -9 to 9 (RFC 6710).  Raises `EnvelopeError`.

    >>> Envelope("a@example.com", ["b@example.org", "b@EXAMPLE.org"]).rcpt_to
    ('b@example.org',)
    """

    __slots__ = ()

    def __init__(  # noqa: PLR0913 - one argument for each ESMTP parameter
        self,
        mail_from: object,
        rcpt_to: object,
        *,
        size: int | None = None,
        body: str | None = None,
        smtputf8: bool = False,
        ret: str | None = None,
        envid: str | None = None,
        requiretls: bool = False,
        mt_priority: int | None = None,
        notify: str | Iterable[str] | Mapping[str, str | Iterable[str]] | None = None,
        orcpt: str | Mapping[str, str] | None = None,
    ) -> None:
        reverse, utf8 = ("", False) if mail_from == "" else path(mail_from, "mail_from")
        recipients, more = _recipients(rcpt_to)
        put(self, "mail_from", reverse)
        put(self, "rcpt_to", recipients)
        put(self, "_is_utf8", smtputf8)
        given: list[tuple[str, str | None]] = []
        if size is not None:
            given.append(("SIZE", str(_whole("size", size, 0, 2**63))))
        if body is not None:
            given.append(("BODY", _one_of("body", body, _BODIES)))
        if smtputf8 or utf8 or more:
            given.append(("SMTPUTF8", None))
        if ret is not None:
            given.append(("RET", _one_of("ret", ret, _RETURNS)))
        if envid is not None:
            given.append(("ENVID", _xtext("envid", envid, 100)))
        if requiretls:
            given.append(("REQUIRETLS", None))
        if mt_priority is not None:
            given.append(("MT-PRIORITY", str(_whole("mt_priority", mt_priority, -9, 9))))
        put(self, "_mail_items", tuple(given))
        put(self, "_rcpt_items", _rcpt_parameters(recipients, notify, orcpt))

    @classmethod
    def of_header(
        cls,
        addressing: Addressing,
        *,
        mail_from: object = None,
        rcpt_to: object = None,
        body: str | None = None,
        smtputf8: bool = False,
    ) -> Envelope:
        """
        Derive an envelope: MAIL FROM is *mail_from*, else Sender, else the one From; recipients are all the fields'.

        Raises `EnvelopeError` for an entry that is no address, for a sender that is not clear, and when nobody is left
        to send to.
        """
        if rcpt_to is None:
            rcpt_to = [
                mailbox
                for name, addresses in addressing.recipients
                for mailbox in _readable(name, addresses, "rcpt_to")
            ]
            if not rcpt_to:
                message = "the message has no recipient in To, Cc or Bcc; add one, or pass rcpt_to="
                raise EnvelopeError(message)
        if mail_from is None:
            mail_from = addressing.sender if addressing.sender is not None else _only(addressing.from_)
        return cls(mail_from, rcpt_to, body=body, smtputf8=smtputf8)

    def with_recipients(self, rcpt_to: Iterable[str]) -> Envelope:
        """Give the same envelope for some of its recipients, which are spelled as in ``rcpt_to``."""
        kept = tuple(rcpt_to)
        wanted = set(kept)
        if strangers := wanted.difference(self.rcpt_to):
            message = f"{show(min(strangers))} is no recipient of this envelope; make another Envelope for it"
            raise EnvelopeError(message)
        return self._among(kept)

    def _among(self, kept: tuple[str, ...]) -> Envelope:
        """Give the same envelope for some of its own recipients; SMTPUTF8 only where one of them needs it."""
        rcpt_items, mail_items = self._rcpt_items, self._mail_items
        if rcpt_items:
            wanted = set(kept)
            rcpt_items = tuple([item for item in rcpt_items if item[0] in wanted])
        if self.needs_smtputf8 and not self._is_utf8 and all([one.isascii() for one in (self.mail_from, *kept)]):
            mail_items = tuple([item for item in mail_items if item[0] != "SMTPUTF8"])
        return self._with(rcpt_to=kept, _rcpt_items=rcpt_items, _mail_items=mail_items)

    def batches(self, most: int) -> list[Envelope]:
        """Give envelopes of at most *most* recipients each, in order."""
        _whole("the batch size", most, 1, 2**31)
        return [self._among(self.rcpt_to[at : at + most]) for at in range(0, len(self.rcpt_to), most)]

    def _with(self, **changed: object) -> Envelope:
        made = type(self).__new__(type(self))
        for name in _Slots.__slots__:
            put(made, name, changed.get(name, getattr(self, name)))
        return made

    def _content(self) -> tuple[Any, ...]:
        return self.mail_from, self.rcpt_to, self._mail_items, self._rcpt_items

    def __reduce__(self) -> tuple[Any, ...]:
        return _restore_envelope, (*self._content(), self._is_utf8)

    def __repr__(self) -> str:
        shown = f", ... {len(self.rcpt_to) - 3} more" if len(self.rcpt_to) > 3 else ""  # noqa: PLR2004 - a short repr
        parameters = "".join([f" {text}" for text in self.mail_options])
        return f"<Envelope from <{self.mail_from}> to {', '.join(self.rcpt_to[:3])}{shown}{parameters}>"

    @property
    def mail_params(self) -> Mapping[str, str | None]:
        """The ESMTP parameters of MAIL FROM, by keyword; ``None`` for one without a value."""
        return MappingProxyType(dict(self._mail_items))

    @property
    def rcpt_params(self) -> Mapping[str, Mapping[str, str | None]]:
        """The ESMTP parameters of RCPT TO, by address and keyword; every recipient is there."""
        listed = {address: MappingProxyType(dict(items)) for address, items in self._rcpt_items}
        return MappingProxyType({address: listed.get(address, _NOTHING) for address in self.rcpt_to})

    @property
    def mail_options(self) -> tuple[str, ...]:
        """The ESMTP parameters of MAIL FROM as `smtplib` takes them, without SIZE, which it adds by itself."""
        return _options([item for item in self._mail_items if item[0] != "SIZE"])

    def rcpt_options(self, address: str) -> tuple[str, ...]:
        """Give the ESMTP parameters of one recipient as `smtplib` takes them."""
        return _options(dict(self._rcpt_items).get(address, ()))

    @property
    def needs_smtputf8(self) -> bool:
        """Whether the transaction needs SMTPUTF8 (RFC 6531)."""
        return any(name == "SMTPUTF8" for name, _ in self._mail_items)

    def diff(self, message: Addressed) -> EnvelopeDiff:
        """Say how this envelope and the header of *message* differ."""
        return EnvelopeDiff(self, message)


def checked(mail_from: str, rcpt_to: tuple[str, ...], mail_items: tuple[tuple[str, str | None], ...]) -> Envelope:
    """Make an envelope of paths and parameters that were checked before, none of them needing SMTPUTF8."""
    made = _Slots()
    made.mail_from = mail_from
    made.rcpt_to = rcpt_to
    made._mail_items = mail_items
    made._rcpt_items = ()
    made._is_utf8 = False
    made.__class__ = Envelope
    return made  # type: ignore[return-value]  # it is one now


def _restore_envelope(*content: object) -> Envelope:
    made = Envelope.__new__(Envelope)
    for name, value in zip(("mail_from", "rcpt_to", "_mail_items", "_rcpt_items", "_is_utf8"), content, strict=True):
        put(made, name, value)
    return made


def _options(items: Iterable[tuple[str, str | None]]) -> tuple[str, ...]:
    return tuple([name if value is None else f"{name}={value}" for name, value in items])


def _recipients(rcpt_to: object) -> tuple[tuple[str, ...], bool]:
    """Check and de-duplicate recipients; tell whether one needs SMTPUTF8."""
    if isinstance(rcpt_to, (str, Mailbox, Group, AddressList)):
        listed: Iterable[object] = _readable("rcpt_to", AddressList.of(rcpt_to), "rcpt_to")
    else:
        try:
            listed = iter(rcpt_to)  # type: ignore[call-overload]  # what is not iterable is the error below
        except TypeError:
            message = f"rcpt_to is {show(rcpt_to)}; give an address or several"
            raise EnvelopeError(message) from None
    unique: dict[str, str] = {}
    utf8 = False
    for item in listed:
        spelled, needs = path(item, "a recipient")
        utf8 |= needs
        unique.setdefault(address_key(spelled), spelled)
    if not unique:
        message = "the envelope has no recipient; pass one address at least in rcpt_to"
        raise EnvelopeError(message)
    return tuple(unique.values()), utf8


def _readable(name: str, addresses: AddressList, way_out: str) -> Iterator[Mailbox]:
    """Yield the mailboxes of a field, or raise for an entry that is none: nobody is dropped in silence."""
    for entry in addresses.entries:
        if isinstance(entry, Mailbox):
            yield entry
        elif isinstance(entry, Group):
            yield from entry.mailboxes
        else:
            message = f"{show(str(entry))} in {name} cannot be read as an address; correct it, or pass {way_out}="
            raise EnvelopeError(message)


def _only(from_: AddressList) -> Mailbox:
    """Give the one author; two authors need a Sender (RFC 5322 3.6.2)."""
    mailboxes = list(_readable("From", from_, "mail_from"))
    if len(mailboxes) != 1:
        found = f"{len(mailboxes)} mailboxes" if mailboxes else "no mailbox"
        message = f"From gives {found} and there is no Sender, so MAIL FROM is not clear; pass mail_from="
        raise EnvelopeError(message)
    return mailboxes[0]


def _whole(what: str, value: object, least: int, most: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        message = f"{what} is {show(value)}; give an int from {least} to {most}"
        raise EnvelopeError(message)
    return value


def _one_of(what: str, value: object, allowed: tuple[str, ...]) -> str:
    found = value.upper() if isinstance(value, str) else ""
    if found not in allowed:
        message = f"{what} is {show(value)}; it is one of {', '.join(allowed)}"
        raise EnvelopeError(message)
    return found


def _xtext(what: str, value: object, most: int) -> str:
    """Encode a value as xtext (RFC 3461 4): printable ASCII, `+` and `=` and all else as ``+HH``."""
    if not isinstance(value, str) or not value or not value.isascii() or not value.isprintable():
        message = f"{what} is {show(value)}; it takes printable ASCII (RFC 3461 4)"
        raise EnvelopeError(message)
    encoded = "".join([char if "!" <= char <= "~" and char not in "+=" else f"+{ord(char):02X}" for char in value])
    if len(encoded) > most:
        message = f"{what} has {len(encoded)} characters as xtext; the limit is {most} (RFC 3461 4)"
        raise EnvelopeError(message)
    return encoded


def _notify(value: str | Iterable[str]) -> str:
    """Format NOTIFY (RFC 3461 4.1): NEVER alone, or some of SUCCESS, FAILURE and DELAY."""
    given = value.split(",") if isinstance(value, str) else value
    listed = [str(item).strip().upper() for item in given] if hasattr(given, "__iter__") else []
    if listed == ["NEVER"]:
        return "NEVER"
    if not listed or len(set(listed)) != len(listed) or any(item not in _NOTIFICATIONS for item in listed):
        message = f"notify is {show(value)}; it is NEVER alone, or some of {', '.join(_NOTIFICATIONS)} (RFC 3461 4.1)"
        raise EnvelopeError(message)
    return ",".join(listed)


def _orcpt(value: str) -> str:
    """Format ORCPT (RFC 3461 4.2): an address type and the address in xtext."""
    if not isinstance(value, str):
        message = f"orcpt is {show(value)}; it is an address type and an address, as rfc822;ada@example.com"
        raise EnvelopeError(message)
    kind, colon, address = value.partition(";")
    if not colon:
        kind, address = "rfc822", value
    if not kind.isascii() or not kind.replace("-", "").isalnum():
        message = f"orcpt has the address type {show(kind)}; it is a token such as rfc822 (RFC 3461 4.2)"
        raise EnvelopeError(message)
    return f"{kind};{_xtext('orcpt', address, 500 - len(kind) - 1)}"


def _rcpt_parameters(
    recipients: tuple[str, ...],
    notify: str | Iterable[str] | Mapping[str, str | Iterable[str]] | None,
    orcpt: str | Mapping[str, str] | None,
) -> tuple[tuple[str, tuple[tuple[str, str | None], ...]], ...]:
    """Give the parameters of each recipient that has some."""
    found: dict[str, list[tuple[str, str | None]]] = {}
    writers: tuple[tuple[str, object, Callable[[Any], str]], ...]
    writers = (("NOTIFY", notify, _notify), ("ORCPT", orcpt, _orcpt))
    for name, value, write in writers:
        if value is None:
            continue
        if not hasattr(value, "items"):
            written = write(value)
            for address in recipients:
                found.setdefault(address, []).append((name, written))
            continue
        by_key = {address_key(address): address for address in recipients}
        for given, own in value.items():
            spelled = by_key.get(address_key(path(given, f"a key of {name.lower()}")[0]))
            if spelled is None:
                message = f"{name.lower()} names {show(given)}, who is no recipient of this envelope"
                raise EnvelopeError(message)
            found.setdefault(spelled, []).append((name, write(own)))
    return tuple([(address, tuple(found[address])) for address in recipients if address in found])
