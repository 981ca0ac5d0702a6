"""
Resolvers: from a domain name to the TXT records that stand there.

`dkim.verify` makes no look-up of its own; it calls what it is given, a function from a name (`str` in A-labels, no
final dot) to a list of records, each with its character-strings joined (RFC 7208 3.3, RFC 6376 3.6.2.2).  No record is
an empty list; a look-up that may succeed later raises `TemporaryLookupError`.

    name -> [octets of a TXT record]

`ZoneResolver` answers from data; `DnspythonResolver` asks servers; `AsyncDnspythonResolver` asks for several names at
once and gives a function that answers from what it found.  The last two need dnspython (extra ``dns``).

May import: `errors`.  Imported by: `auth`, `cli`.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from mimekit.errors import DkimError, TemporaryLookupError, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import dns.asyncresolver
    import dns.resolver

    Strings = str | bytes | Sequence[str | bytes]
    """One record: its text, or its character-strings."""

    _Resolver = TypeVar("_Resolver", dns.resolver.Resolver, dns.asyncresolver.Resolver)

__all__ = ["AsyncDnspythonResolver", "DnspythonResolver", "ZoneResolver"]


_BOM = b"\xef\xbb\xbf"
_NO_ORIGIN = "no-origin.invalid"
_authority = re.compile(r"(?mi)^([^\s;$()\"]++)[ \t]++(?:[0-9a-z]++[ \t]++){0,2}?SOA[ \t]")
_origin = re.compile(r"(?mi)^\$ORIGIN[ \t]++([^\s;]++)")


def _key(name: str) -> str:
    """Give a name as it is compared: lower case, without a final dot (RFC 4343)."""
    return name.rstrip(".").lower()


class ZoneResolver:
    """
    Answers from records in memory; names that are not there have none.

    *zone* maps a name to a record, or to a list of records; a record is its text, or (inside a list) a list of its
    character-strings.

    >>> resolve = ZoneResolver({"s1._domainkey.example.com": "v=DKIM1; p=", "b.example": [["v=DKIM1; ", "p="]]})
    >>> resolve("s1._domainkey.Example.com"), resolve("b.example"), resolve("c.example")
    ([b'v=DKIM1; p='], [b'v=DKIM1; p='], [])
    """

    def __init__(self, zone: Mapping[str, str | bytes | Sequence[Strings]]) -> None:
        if not hasattr(zone, "items"):
            message = f"a zone is a mapping of names and TXT records, not {show(zone)}"
            raise DkimError(message)
        self._records: dict[str, list[bytes]] = {}
        for name, given in zone.items():
            if not isinstance(name, str):
                message = f"{show(name)} in a zone is no domain name; give a str"
                raise DkimError(message)
            listed: Sequence[Strings] = [given] if isinstance(given, (str, bytes)) else given
            if not isinstance(listed, (list, tuple)):
                message = f"the TXT records of {show(name)} are {show(given)}; give one text, or a list of records"
                raise DkimError(message)
            self._records.setdefault(_key(name), []).extend([_joined(record, name) for record in listed])

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, origin: str | None = None) -> ZoneResolver:
        """
        Read a zone from a file: JSON (see the class), or the master-file format of RFC 1035 5.

        *origin* is the domain that relative names of a master file are below, unless the file says ``$ORIGIN`` or has
        an SOA record with an absolute name.  Raises `DkimError` for a file that is neither, and for a relative name
        that is below nothing; `OSError` for one that cannot be read.
        """
        octets = Path(path).read_bytes()
        shown = show(os.fspath(path))
        try:
            text = octets.removeprefix(_BOM).decode()
        except UnicodeDecodeError as error:
            message = f"{shown} is no zone: octet {error.start} is no UTF-8; give JSON or a master file (RFC 1035 5)"
            raise DkimError(message) from None
        if text.lstrip()[:1] == "{":
            try:
                return cls(json.loads(text))
            except (json.JSONDecodeError, RecursionError) as error:
                message = f"{shown} is no zone in JSON: {error}"
                raise DkimError(message) from None
        return cls(_master_file(text, origin, shown))

    def __call__(self, name: str) -> list[bytes]:
        """Give the TXT records of *name*."""
        return list(self._records.get(_key(name), ()))

    def __repr__(self) -> str:
        return f"<ZoneResolver: {len(self._records)} names>"


def _joined(record: Strings, name: str) -> bytes:
    strings: Sequence[str | bytes] = [record] if isinstance(record, (str, bytes)) else record
    if not isinstance(strings, (list, tuple)) or not all([isinstance(string, (str, bytes)) for string in strings]):
        message = f"a TXT record of {show(name)} is {show(record)}; give its text, or a list of its strings"
        raise DkimError(message)
    return b"".join([string.encode() if isinstance(string, str) else string for string in strings])


def _master_file(text: str, origin: str | None, shown: str) -> dict[str, list[Sequence[str | bytes]]]:
    """Read the TXT records of a master file."""
    _need_dnspython("a zone in the format of a master file")
    import dns.exception
    import dns.zone

    # A file with an SOA record is one zone; any other is a list of records of any domain.  Where nothing says what
    # relative names are below, they are put below a name that no file has, to be found there.
    whole = _zone_name(text, origin)
    above = "" if whole else f"$ORIGIN {_absolute(origin or _NO_ORIGIN)}\n"
    if not re.search(r"(?m)^\$TTL\b", text):
        above += "$TTL 3600\n"
    try:
        zone = dns.zone.from_text(above + text, origin=whole or ".", relativize=False, check_origin=False)
    except (dns.exception.DNSException, ValueError) as error:
        # Its lines are counted from the top of what was read.
        line = re.compile(r"<string>:([0-9]++)(?=:)")
        said = line.sub(lambda found: f"line {int(found[1]) - above.count(chr(10))}", str(error))
        message = f"{shown} is no zone: {said}; give JSON or a master file (RFC 1035 5)"
        raise DkimError(message) from None
    found: dict[str, list[Sequence[str | bytes]]] = {}
    for owner in zone:
        name = owner.to_text(omit_final_dot=True)
        if name.endswith(_NO_ORIGIN):
            relative = name.removesuffix(_NO_ORIGIN).removesuffix(".") or "@"
            message = (
                f"{shown} has the relative name {show(relative)} and does not say of which domain; put a line such as "
                f"$ORIGIN example.com. on top of it, or end the name with a dot (RFC 1035 5.1)"
            )
            raise DkimError(message)
    for owner, records in zone.iterate_rdatasets("TXT"):
        name = owner.to_text(omit_final_dot=True)
        found.setdefault(name, []).extend([list(record.strings) for record in records])
    return found


def _absolute(name: str, origin: str = "") -> str:
    """Give an absolute name; a relative one is below *origin*, where there is one."""
    if origin and name == "@":
        return origin
    return name if name.endswith(".") else f"{name}.{origin}"


def _zone_name(text: str, origin: str | None) -> str | None:
    """Give the name of the SOA record of a master file, which is that of its zone; ``None`` where there is none."""
    authority = _authority.search(text)
    if authority is None:
        return None
    base = _absolute(origin or _NO_ORIGIN)
    for found in _origin.finditer(text, 0, authority.start()):
        base = _absolute(found[1], base)
    return _absolute(authority[1], base)


def _need_dnspython(what: str) -> None:
    try:
        import dns
    except ImportError:
        message = f"{what} needs dnspython: pip install 'mimekit[dns]'"
        raise DkimError(message) from None
    del dns


class DnspythonResolver:
    """
    Asks name servers, with a time-out and a cache that honours the time to live of each answer.

    *timeout* is how many seconds one look-up may take over all its tries.  *nameservers* are IP addresses, by default
    those of the system.  The cache keeps *cache_size* answers; 0 keeps none.  Thread-safe.
    """

    def __init__(
        self,
        *,
        timeout: float = 5.0,
        nameservers: Iterable[str] | None = None,
        port: int = 53,
        cache_size: int = 10_000,
    ) -> None:
        _need_dnspython("DnspythonResolver")
        import dns.resolver

        with _configuring():
            resolver = dns.resolver.Resolver(configure=nameservers is None)
        self._resolver = _configured(resolver, timeout, nameservers, port, cache_size)

    def __call__(self, name: str) -> list[bytes]:
        """Give the TXT records of *name*; raise `TemporaryLookupError` where asking again may help."""
        import dns.exception

        try:
            answer = self._resolver.resolve(name, "TXT", search=False)
        except dns.exception.DNSException as error:
            return _no_records(name, error)
        return _records(answer)


class AsyncDnspythonResolver:
    """
    Asks name servers without blocking the event loop; the arguments are those of `DnspythonResolver`.

    Verifying itself waits for nothing, so the names are looked up before it::

        resolve = await resolver.fetch(dkim.queries(message))
        dkim.verify(message, resolve=resolve)
    """

    def __init__(
        self,
        *,
        timeout: float = 5.0,
        nameservers: Iterable[str] | None = None,
        port: int = 53,
        cache_size: int = 10_000,
    ) -> None:
        _need_dnspython("AsyncDnspythonResolver")
        import dns.asyncresolver

        with _configuring():
            resolver = dns.asyncresolver.Resolver(configure=nameservers is None)
        self._resolver = _configured(resolver, timeout, nameservers, port, cache_size)

    async def lookup(self, name: str) -> list[bytes]:
        """Give the TXT records of *name*; raise `TemporaryLookupError` where asking again may help."""
        import dns.exception

        try:
            answer = await self._resolver.resolve(name, "TXT", search=False)
        except dns.exception.DNSException as error:
            return _no_records(name, error)
        return _records(answer)

    async def fetch(self, names: Iterable[str]) -> Callable[[str], list[bytes]]:
        """Look up all of *names* at once; give the function that answers from what was found."""
        wanted = list(dict.fromkeys([_key(name) for name in names]))
        answers = await asyncio.gather(*[self.lookup(name) for name in wanted], return_exceptions=True)
        found: dict[str, list[bytes] | TemporaryLookupError] = {}
        for name, answer in zip(wanted, answers, strict=True):
            if isinstance(answer, BaseException) and not isinstance(answer, TemporaryLookupError):
                raise answer
            found[name] = answer

        def resolve(name: str) -> list[bytes]:
            answer = found.get(_key(name))
            if answer is None:
                message = f"{show(name)} was not among the names that were looked up"
                raise TemporaryLookupError(message)
            if isinstance(answer, TemporaryLookupError):
                raise TemporaryLookupError(*answer.args)
            return list(answer)

        return resolve


@contextmanager
def _configuring() -> Iterator[None]:
    """Say in one sentence that the system names no name servers."""
    import dns.resolver

    try:
        yield
    except dns.resolver.NoResolverConfiguration:
        message = (
            "this system names no name server (/etc/resolv.conf is missing or has none); pass nameservers= with their "
            "IP addresses, or take the records from a zone"
        )
        raise DkimError(message) from None


def _configured(
    resolver: _Resolver, timeout: float, nameservers: Iterable[str] | None, port: int, cache_size: int
) -> _Resolver:
    import dns.resolver

    if nameservers is not None:
        listed = [nameservers] if isinstance(nameservers, str) else list(nameservers)
        try:
            resolver.nameservers = listed
        except ValueError:
            message = f"nameservers are {show(listed)}; give IP addresses, such as 192.0.2.53"
            raise DkimError(message) from None
    resolver.port = port
    resolver.lifetime = timeout
    resolver.timeout = min(2.0, timeout)  # of one try, so that a second server is asked in time
    resolver.cache = dns.resolver.LRUCache(cache_size) if cache_size else None
    return resolver


def _records(answer: dns.resolver.Answer) -> list[bytes]:
    """Join the strings of each record; one that is not TXT (a CNAME on the way) is not in the answer."""
    return [b"".join(record.strings) for record in answer]


def _no_records(name: str, error: Exception) -> list[bytes]:
    """Tell a name without records from a look-up that failed (RFC 6376 6.1.2, RFC 2308)."""
    import dns.exception
    import dns.name
    import dns.resolver

    if isinstance(error, (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)):
        return []
    if isinstance(error, (dns.name.LabelTooLong, dns.name.NameTooLong, dns.name.EmptyLabel, dns.name.BadEscape)):
        return []  # what is no name has no records
    what = "timed out" if isinstance(error, dns.exception.Timeout) else f"failed: {type(error).__name__}"
    message = f"the look-up of the TXT records of {show(name)} {what}; ask again later"
    raise TemporaryLookupError(message) from error
