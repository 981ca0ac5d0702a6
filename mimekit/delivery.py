"""
Deliveries: an envelope and the exact octets for it, the one thing that leaves the library.

RFC 5321 3.3: a transaction is MAIL FROM, RCPT TO and the data.  The octets may be made while they are read, so that a
message over a large file is never held whole.

    (Envelope, octets or a source of them) -> Delivery

May import: `envelope`, `errors`, `frozen`.  Imported by: much of the package.
"""

from __future__ import annotations

from types import MappingProxyType

from mimekit.errors import EnvelopeError
from mimekit.frozen import Frozen, put

__all__ = ["Delivery", "checked"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, Protocol

    from mimekit.envelope import Envelope

    Items = tuple[tuple[str, Any], ...]  # of a mapping: what a service wants to know may be anything

    class Source(Protocol):
        """Octets that are made while they are read."""

        @property
        def size(self) -> int: ...
        def __iter__(self) -> Iterator[bytes]: ...


class _OnTop(Frozen):
    """Octets before a source of more."""

    __slots__ = ("octets", "source")

    octets: bytes
    source: Source

    def __init__(self, octets: bytes, source: Source) -> None:
        put(self, "octets", octets)
        put(self, "source", source)

    @property
    def size(self) -> int:
        return len(self.octets) + self.source.size

    def __iter__(self) -> Iterator[bytes]:
        yield self.octets
        yield from self.source


_NOTHING: Mapping[str, Any] = MappingProxyType({})


class _Slots:
    """The slots of `Delivery`, for filling; see `frozen`."""

    __slots__ = ("_handover", "_source", "envelope")

    envelope: Envelope
    _source: bytes | Source
    _handover: Items


class Delivery(_Slots, Frozen):
    """
    An envelope and the exact octets to send with it (RFC 5321 3.3): the one thing that leaves the library.

    ``data`` has CRLF line ends and is ready for DATA before dot-stuffing; ``iter_data`` gives the same in blocks
    without holding it.  ``handover`` is for the service that takes it (tags, configuration_set, tenant).
    """

    __slots__ = ()

    def __init__(self, envelope: Envelope, data: bytes | Source, *, handover: Mapping[str, object] = _NOTHING) -> None:
        if isinstance(data, str):
            message = "the data of a delivery is octets, not str; give msg.to_bytes(), or use msg.deliveries()"
            raise EnvelopeError(message)
        put(self, "envelope", envelope)
        put(self, "_source", bytes(data) if isinstance(data, (bytearray, memoryview)) else data)
        put(self, "_handover", _frozen(handover))

    @property
    def mail_from(self) -> str:
        """The reverse-path, without angle brackets; ``""`` is the null one."""
        return self.envelope.mail_from

    @property
    def rcpt_to(self) -> tuple[str, ...]:
        """The recipients, A-labels in domains."""
        return self.envelope.rcpt_to

    @property
    def data(self) -> bytes:
        """The octets to send, CRLF line ends, not dot-stuffed."""
        return self._source if isinstance(self._source, bytes) else b"".join(self._source)

    def iter_data(self) -> Iterator[bytes]:
        """Yield the octets to send, block by block."""
        if isinstance(self._source, bytes):
            yield self._source
        else:
            yield from self._source

    @property
    def size(self) -> int:
        """How many octets ``data`` has, without reading a file."""
        return len(self._source) if isinstance(self._source, bytes) else self._source.size

    @property
    def mail_options(self) -> list[str]:
        """The ESMTP parameters of MAIL FROM for `smtplib`, without SIZE, which it adds by itself."""
        return list(self.envelope.mail_options)

    def rcpt_options(self, address: str) -> list[str]:
        """Give the ESMTP parameters of one recipient for `smtplib`."""
        return list(self.envelope.rcpt_options(address))

    @property
    def handover(self) -> Mapping[str, Any]:
        """What the service that takes the delivery should know; read-only."""
        return _thawed(self._handover)

    def split(self, most: int) -> list[Delivery]:
        """Give deliveries of the same octets with at most *most* recipients each, in order."""
        return [checked(envelope, self._source, self._handover) for envelope in self.envelope.batches(most)]

    def with_field_on_top(self, octets: bytes) -> Delivery:
        """Put a finished field, line end included, above the others; every octet below it stays."""
        source = octets + self._source if isinstance(self._source, bytes) else _OnTop(octets, self._source)
        return checked(self.envelope, source, self._handover)

    def _content(self) -> tuple[Any, ...]:
        return self.envelope, self._source, self._handover

    def __repr__(self) -> str:
        return f"<Delivery from <{self.mail_from}> to {len(self.rcpt_to)} recipients, {self.size} octets>"

    def __reduce__(self) -> tuple[Any, ...]:
        return checked, (self.envelope, self._source, self._handover)


def checked(envelope: Envelope, source: bytes | Source, handover: Items) -> Delivery:
    """Make a delivery of what was checked before; *handover* is what a `Delivery` keeps of its argument."""
    made = _Slots()
    made.envelope = envelope
    made._source = source
    made._handover = handover
    made.__class__ = Delivery
    return made  # type: ignore[return-value]  # it is one now


class _Items(tuple[tuple[str, "Any"], ...]):
    """A mapping as sorted items: hashable, and equal whatever the order was."""

    __slots__ = ()


def _frozen(handover: Mapping[str, Any]) -> Items:
    """Give a mapping as items, mappings in it alike."""
    listed = sorted(handover.items())
    return _Items([(name, _frozen(value) if hasattr(value, "items") else value) for name, value in listed])


def _thawed(items: Items) -> Mapping[str, Any]:
    """Give the mapping of such items, read-only to the bottom."""
    return MappingProxyType({name: _thawed(value) if type(value) is _Items else value for name, value in items})
