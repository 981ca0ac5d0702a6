r"""
Addresses: mailboxes, groups and lists of them; who wrote a message and who gets it.

RFC 5322 3.4.  One type stands in header and envelope, so that both name the same person.  Reading takes what senders
write (RFC 5322 4.4, RFC 7103 7.1) and shows what cannot be read as `Unparsed`; building refuses at once.  A display
name is data and is never parsed; a domain is kept as it is given and compared by its A-labels.

    raw field body -> AddressList;  strings, pairs, values -> AddressList;  AddressList -> field body

May import: `errors`, `limits`, `frozen`, `wire`, `codecs`, `headers.diagnose`, the private modules beside it.  Imported
by: much of the package.  The only import of `email_validator`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from mimekit.codecs import domain as domains
from mimekit.errors import AddressError, show
from mimekit.frozen import Frozen, put
from mimekit.headers import _addresscheck as rules
from mimekit.headers import _phrase
from mimekit.headers._addressinput import WAY_OUT, read_pair, read_strictly
from mimekit.headers._addresslist import read
from mimekit.headers.diagnose import Diagnosis, diagnose
from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire.fold import guard

__all__ = ["AddressList", "Diagnosis", "Group", "Mailbox", "Unparsed"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal, overload

    from mimekit.defects import Flaw
    from mimekit.headers._addresslist import Entry, Found
    from mimekit.limits import Limits

    Profile = Literal["message", "smtp", "deliverable"]

_PROFILES = ("message", "smtp", "deliverable")
_SHORT = 200  # octets of a field body that is likely to come again: few people write most of what one reads


class _MailboxSlots:
    """The slots of `Mailbox`, for filling; see `frozen`."""

    __slots__ = ("display_name", "domain", "local_part")

    display_name: str
    local_part: str
    domain: str


class Mailbox(_MailboxSlots, Frozen):
    r"""
    One address: a display name (empty when absent), a local part without its quotes, and a domain.

    All three are data.  Raises `AddressError` for what cannot stand in a message: a control character, a local part of
    over 64 octets, a domain that is neither a dot-atom nor a domain literal, an address of over 254 octets.  Two
    mailboxes are equal when name and local part are and the domain is one, whatever its case and labels.

    >>> ada = Mailbox("King, Ada", "ada", "b\u00fccher.example")
    >>> ada.address, ada.encode()
    ('ada@bücher.example', b'"King, Ada" <ada@xn--bcher-kva.example>')
    """

    __slots__ = ()

    def __init__(self, display_name: str, local_part: str, domain: str) -> None:
        given: tuple[object, ...] = (display_name, local_part, domain)
        for value in given:
            if not isinstance(value, str):
                message = f"{show(value)} in a Mailbox is a {type(value).__name__}; its three arguments are str"
                raise AddressError(message)
        guard(display_name, "display name", error=AddressError)
        rules.check(local_part, domain)
        put(self, "display_name", display_name)
        put(self, "local_part", local_part)
        put(self, "domain", domain)

    @classmethod
    def of(cls, x: object, *, profile: Profile = "message") -> Mailbox:
        r"""
        Make a mailbox of a string in address syntax, a ``(display_name, address)`` pair, or a `Mailbox`.

        Profiles: ``message`` is RFC 5322 3.4 without the obsolete forms, in the lengths of RFC 5321; ``smtp`` also asks
        for a domain of RFC 5321 4.1.2; ``deliverable`` also for the opinion of `email_validator`, which refuses quoted
        local parts, domain literals and domains that nobody can reach (no look-up is made).  In a string encoded words
        are the characters they look like, and a dot in a name needs no quotes.  Raises `AddressError`.

        >>> Mailbox.of("Ada K. <ada@example.com>").display_name, Mailbox.of(("<b>", "b@example.com")).display_name
        ('Ada K.', '<b>')
        """
        if profile not in _PROFILES:
            message = f"profile is {show(profile)}; it is one of {', '.join(_PROFILES)}"
            raise AddressError(message)
        entries = _entries_of(x)
        if len(entries) != 1 or not isinstance(entries[0], Mailbox):
            message = f"{show(x)} is not exactly one mailbox (RFC 5322 3.4); {WAY_OUT}"
            raise AddressError(message)
        mailbox = entries[0]
        if profile != "message":
            rules.check_smtp(mailbox.domain)
        if profile == "deliverable":
            _check_deliverable(mailbox)
        return mailbox

    @classmethod
    def parse(
        cls,
        raw: bytes,
        flaws: list[Flaw] | None = None,
        *,
        limits: Limits = DEFAULT_LIMITS,
        charset: str | None = None,
    ) -> Mailbox | None:
        r"""
        Read *raw* as one mailbox, ``None`` when it is something else; never raises.  See `AddressList.parse`.

        >>> Mailbox.parse(b" Ada <ada@example.com>\r\n")
        Mailbox('Ada', 'ada', 'example.com')
        """
        entries = AddressList.parse(raw, flaws, limits=limits, charset=charset).entries
        return entries[0] if len(entries) == 1 and isinstance(entries[0], Mailbox) else None

    @staticmethod
    def diagnose(text: str) -> Diagnosis:
        """
        Say what is wrong with any text as an address, by category; see `Diagnosis`.  Never raises, looks nothing up.

        >>> Mailbox.diagnose("ada@example..com")
        Diagnosis('consecutivedots', 'err')
        """
        return diagnose(text)

    @property
    def address(self) -> str:
        """The addr-spec, its local part quoted where it must be and the domain as it was given (RFC 5322 3.4.1)."""
        return f"{rules.spelled(self.local_part)}@{self.domain}"

    @property
    def ascii_domain(self) -> str:
        """The domain in A-labels, a domain literal as it is; raises `AddressError` for a domain read that is none."""
        return rules.ascii_domain(self.domain)

    def smtp_path(self, *, utf8: bool = False) -> str:
        """
        Give the address as an SMTP command takes it between `<` and `>` (RFC 5321 4.1.2): the domain in A-labels.

        The local part is quoted where needed, so that nothing in it ends the path.  With *utf8* it may be non-ASCII
        (RFC 6531).  Raises `AddressError` for what no command can carry.

        >>> Mailbox("", "ada> NOTIFY=NEVER", "example.com").smtp_path()
        '"ada> NOTIFY=NEVER"@example.com'
        """
        local_part = self._spelled(utf8=utf8)
        domain = self.ascii_domain
        if domain[:1] == "[":
            rules.check_smtp(domain)
        rules.check_length(self.local_part, domain)
        return f"{local_part}@{domain}"

    def _spelled(self, *, utf8: bool) -> str:
        """Give the local part quoted where needed, having checked that the address may be written."""
        if not utf8 and not self.local_part.isascii():
            message = (
                f"local part {show(self.local_part)} is not ASCII, which only SMTPUTF8 carries (RFC 6531 3.3); "
                f'build the message with encoding="smtputf8", or use another address'
            )
            raise AddressError(message)
        rules.refuse_encoded_word(self.local_part, "local part")
        rules.refuse_encoded_word(self.domain, "domain")
        return rules.spelled(self.local_part)

    def pieces(self, *, utf8: bool = False, first: int = _phrase.FIRST) -> list[bytes]:
        """
        Give the mailbox as octets that may be folded apart; every piece but the first begins with a space.

        *first* columns of the first line are taken.  With *utf8* names, local parts and U-labels are UTF-8 (RFC 6532);
        without it a non-ASCII local part raises `AddressError`, as does a control character in a name that was read, or
        an encoded word that was read in the place of a local part or domain.
        """
        local_part = self._spelled(utf8=utf8)
        domain = self.ascii_domain
        if utf8 and not self.domain.isascii():
            # What is shown is what the envelope sends to: the domain as it is mapped, not as it was typed.
            domain = domains.to_unicode(domain)
        address = f"{local_part}@{domain}".encode()
        if not self.display_name:
            return [address]
        return [*_phrase.pieces(self.display_name, utf8=utf8, first=first), b" <%b>" % address]

    def encode(self, *, utf8: bool = False) -> bytes:
        """Give the mailbox as it stands in a field body (RFC 5322 3.4); see `pieces`."""
        return b"".join(self.pieces(utf8=utf8))

    def _content(self) -> tuple[str, str, str]:
        return self.display_name, self.local_part, domains.key(self.domain)

    def __str__(self) -> str:
        return f"{_phrase.text(self.display_name)} <{self.address}>" if self.display_name else self.address

    def __repr__(self) -> str:
        return f"Mailbox({self.display_name!r}, {self.local_part!r}, {self.domain!r})"


class Group(Frozen):
    """
    A named list of mailboxes (RFC 5322 3.4); it may be empty, as `undisclosed-recipients:;` is.

    *mailboxes* is anything that `AddressList.of` takes, without groups; nothing or ``()`` for nobody.

    >>> str(Group("Team", ["ada@example.com", ("Grace", "grace@example.org")]))
    'Team: ada@example.com, Grace <grace@example.org>;'
    """

    __slots__ = ("display_name", "mailboxes")

    display_name: str
    mailboxes: tuple[Mailbox, ...]

    def __init__(self, display_name: str, mailboxes: object = ()) -> None:
        given: object = display_name
        if not isinstance(given, str) or not given:
            message = f"the name of a group is {show(display_name)}; it is a str that is not empty (RFC 5322 3.4)"
            raise AddressError(message)
        guard(display_name, "name of a group", error=AddressError)
        entries = _entries_of(mailboxes)
        if any(isinstance(entry, Group) for entry in entries):
            message = f"group {show(display_name)} holds a group; a group holds mailboxes only (RFC 5322 3.4)"
            raise AddressError(message)
        put(self, "display_name", display_name)
        put(self, "mailboxes", entries)

    def pieces(self, *, utf8: bool = False, first: int = _phrase.FIRST) -> list[bytes]:
        """Give the group as octets that may be folded apart; see `Mailbox.pieces`."""
        out = _phrase.pieces(self.display_name, utf8=utf8, first=first)
        if out[-1].endswith(b"?="):  # white space is between an encoded word and a special, RFC 2047 5 (3)
            out.append(b" :")
        else:
            out[-1] += b":"
        _extend(out, self.mailboxes, utf8=utf8)
        out[-1] += b";"
        return out

    def encode(self, *, utf8: bool = False) -> bytes:
        """Give the group as it stands in a field body (RFC 5322 3.4)."""
        return b"".join(self.pieces(utf8=utf8))

    def __str__(self) -> str:
        members = ", ".join([str(mailbox) for mailbox in self.mailboxes])
        return f"{_phrase.text(self.display_name)}: {members};" if members else f"{_phrase.text(self.display_name)}:;"

    def __repr__(self) -> str:
        return f"Group({self.display_name!r}, {_listed(self.mailboxes)})"


class Unparsed(Frozen):
    """What stands in an address field and is no address: the *text* as it is written, unfolded."""

    __slots__ = ("text",)

    text: str

    def __init__(self, text: str) -> None:
        put(self, "text", text)

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"Unparsed({self.text!r})"


class _AddressListSlots:
    """The slots of `AddressList`, for filling; see `frozen`."""

    __slots__ = ("_mailboxes", "entries")

    entries: tuple[Mailbox | Group | Unparsed, ...]
    _mailboxes: tuple[Mailbox, ...]


class AddressList(_AddressListSlots, Frozen, Sequence["Mailbox"]):
    """
    An immutable sequence of `Mailbox`, the groups flattened; empty and false when nobody is in it.

    ``entries`` holds what is written, in order: `Mailbox`, `Group` and `Unparsed`.  Text that cannot be read inside a
    group stands after it.  A slice is an `AddressList` of the mailboxes.

    >>> addresses = AddressList.of("Ada <ada@example.com>, Team: b@example.org, c@example.org;")
    >>> len(addresses), addresses[0].display_name, str(addresses[1:])
    (3, 'Ada', 'b@example.org, c@example.org')
    """

    __slots__ = ()

    def __init__(self, entries: Iterable[Mailbox | Group | Unparsed] = ()) -> None:
        listed = tuple(entries)
        given: tuple[object, ...] = listed
        for entry in given:
            if not isinstance(entry, (Mailbox, Group, Unparsed)):
                message = f"{show(entry)} is no entry of an AddressList; AddressList.of takes strings and pairs"
                raise AddressError(message)
        put(self, "entries", listed)

    @classmethod
    def of(cls, x: object) -> AddressList:
        """
        Make a list of a string in address-list syntax, a pair, a `Mailbox`, a `Group`, or an iterable of those.

        A tuple of two strings is always a ``(display_name, address)`` pair, and its name is never parsed.  Strings are
        read by RFC 5322 3.4 without the obsolete forms; their encoded words are the characters they look like.  Raises
        `AddressError` for anything that is not wholly an address.

        >>> [box.address for box in AddressList.of(["Ada <ada@example.com>", ("Grace", "grace@example.org")])]
        ['ada@example.com', 'grace@example.org']
        """
        if isinstance(x, AddressList):
            x.readable()
            return x
        return _list(_entries_of(x))

    @classmethod
    def joined(cls, lists: Iterable[AddressList]) -> AddressList:
        """Make one list of several, as of the fields of one name."""
        given = list(lists)
        return given[0] if len(given) == 1 else _list(tuple([entry for one in given for entry in one.entries]))

    @classmethod
    def parse(
        cls,
        raw: bytes,
        flaws: list[Flaw] | None = None,
        *,
        limits: Limits = DEFAULT_LIMITS,
        charset: str | None = None,
    ) -> AddressList:
        """
        Read a field body, folded or not; never raises, in linear time.

        *charset* is the label by which raw 8-bit octets are read when they are not UTF-8.  *flaws* gets the A-codes of
        `defects`, those of the encoded words in names, and L007 and L009.  A comment after an address without a display
        name is taken for it (RFC 8621 4.1.2.3).  What has no reading, or two, is `Unparsed`.

        >>> AddressList.parse(b"ada@example.com, Smith, John <john@example.org>").entries[1]
        Unparsed('Smith')
        """
        if flaws is None and len(raw) < _SHORT and limits is DEFAULT_LIMITS:
            return _known(raw, charset)
        return cls._of_entries(read(raw, flaws, limits=limits, charset=charset))

    @classmethod
    def _of_entries(cls, found: list[Entry]) -> AddressList:
        made = _AddressListSlots()
        entries: list[Mailbox | Group | Unparsed] = []
        for entry in found:
            if not isinstance(entry, tuple) or len(entry) != 3:  # noqa: PLR2004 no mailbox
                made.entries = tuple([_value(entry) for entry in found])
                break
            entries.append(_mailbox(entry))
        else:
            made.entries = tuple(entries)
            made._mailboxes = made.entries  # type: ignore[assignment]  # they are all mailboxes
        made.__class__ = AddressList
        return made  # type: ignore[return-value]  # it is one now

    @property
    def mailboxes(self) -> tuple[Mailbox, ...]:
        """The mailboxes, groups flattened."""
        try:
            return self._mailboxes
        except AttributeError:
            found: list[Mailbox] = []
            for entry in self.entries:
                if type(entry) is Mailbox:
                    found.append(entry)
                elif isinstance(entry, Group):
                    found += entry.mailboxes
            put(self, "_mailboxes", tuple(found))
            return self._mailboxes

    def readable(self) -> tuple[Mailbox | Group, ...]:
        """Give the entries when all of them were read; raise `AddressError` rather than lose one."""
        found: list[Mailbox | Group] = []
        for entry in self.entries:
            if isinstance(entry, Unparsed):
                message = f"{show(entry.text)} in a list is no address (RFC 5322 3.4); correct it or leave it out"
                raise AddressError(message)
            found.append(entry)
        return tuple(found)

    def pieces(self, *, utf8: bool = False) -> list[bytes]:
        """Give the list as octets that may be folded apart; raises `AddressError` for an `Unparsed` entry."""
        out: list[bytes] = []
        _extend(out, self.readable(), utf8=utf8)
        return out or [b""]

    def encode(self, *, utf8: bool = False) -> bytes:
        """Give the list as it stands in a field body (RFC 5322 3.4); see `pieces`."""
        return b"".join(self.pieces(utf8=utf8))

    if TYPE_CHECKING:

        @overload
        def __getitem__(self, index: int) -> Mailbox: ...
        @overload
        def __getitem__(self, index: slice) -> AddressList: ...

    def __getitem__(self, index: int | slice) -> Mailbox | AddressList:
        if isinstance(index, slice):
            return _list(self.mailboxes[index])
        return self.mailboxes[index]

    def __len__(self) -> int:
        return len(self.mailboxes)

    def __iter__(self) -> Iterator[Mailbox]:
        return iter(self.mailboxes)

    def __str__(self) -> str:
        return ", ".join([str(entry) for entry in self.entries])

    def __repr__(self) -> str:
        return f"AddressList({_listed(self.entries)})"


_SHOWN = 5


def _listed(entries: Sequence[object]) -> str:
    """Show a few entries."""
    shown = [repr(entry) for entry in entries[:_SHOWN]]
    return f"[{', '.join(shown + [f'... {len(entries) - _SHOWN} more'] * (len(entries) > _SHOWN))}]"


def _extend(out: list[bytes], entries: Iterable[Mailbox | Group], *, utf8: bool) -> None:
    """Add the pieces of *entries*, with commas between them."""
    separate = False
    for entry in entries:
        if separate:
            out[-1] += b","
        made = entry.pieces(utf8=utf8, first=1 if out else _phrase.FIRST)
        if out:
            made[0] = b" " + made[0]
        out += made
        separate = True


# -- from what was read


def _list(entries: tuple[Mailbox | Group | Unparsed, ...]) -> AddressList:
    made = AddressList.__new__(AddressList)
    put(made, "entries", entries)
    return made


@lru_cache(maxsize=1024)
def _known(raw: bytes, charset: str | None) -> AddressList:
    return AddressList._of_entries(read(raw, None, limits=DEFAULT_LIMITS, charset=charset))


def _mailbox(found: Found) -> Mailbox:
    made = _MailboxSlots()
    made.display_name, made.local_part, made.domain = found
    made.__class__ = Mailbox
    return made  # type: ignore[return-value]  # it is one now


def _value(entry: Entry) -> Mailbox | Group | Unparsed:
    if isinstance(entry, str):
        return Unparsed(entry)
    if len(entry) == 3:  # noqa: PLR2004 a mailbox
        return _mailbox(entry)
    made = Group.__new__(Group)
    put(made, "display_name", entry[0])
    put(made, "mailboxes", tuple([_mailbox(found) for found in entry[1]]))
    return made


# -- from loose input


def _entries_of(x: object) -> tuple[Mailbox | Group, ...]:
    """Give the entries of anything that `AddressList.of` takes."""
    if isinstance(x, (str, Mailbox, Group, AddressList)) or _is_pair(x):
        return _entries_of_one(x)
    if isinstance(x, (bytes, bytearray)) or hasattr(x, "keys") or not isinstance(x, Iterable):
        raise _no_address(x)
    return tuple([entry for item in x for entry in _entries_of_one(item)])


def _entries_of_one(x: object) -> tuple[Mailbox | Group, ...]:
    """Give the entries of one string, pair, mailbox, group or list."""
    if isinstance(x, str):
        return tuple([entry for entry in map(_value, read_strictly(x)) if not isinstance(entry, Unparsed)])
    if isinstance(x, (Mailbox, Group)):
        return (x,)
    if isinstance(x, AddressList):
        return x.readable()
    if isinstance(x, tuple) and _is_pair(x):
        return (_mailbox(read_pair(*x)),)
    raise _no_address(x)


def _is_pair(x: object) -> bool:
    return isinstance(x, tuple) and len(x) == 2 and isinstance(x[0], str) and isinstance(x[1], str)  # noqa: PLR2004 a pair


def _no_address(x: object) -> AddressError:
    return AddressError(f"{show(x)} is a {type(x).__name__}, which gives no address; {WAY_OUT}")


def _check_deliverable(mailbox: Mailbox) -> None:
    """Ask `email_validator`, which knows domains that are set apart and what large providers refuse."""
    from email_validator import EmailNotValidError, validate_email

    try:
        validate_email(mailbox.address, check_deliverability=False)
    except EmailNotValidError as error:
        reason = str(error).encode("ascii", "backslashreplace").decode().rstrip(".")
        message = f"{show(mailbox.address)} is not deliverable: {reason}; profile={show('smtp')} asks for less"
        raise AddressError(message) from None
