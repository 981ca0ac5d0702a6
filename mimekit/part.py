"""
`Part`: one MIME entity, headers and content, over a span of a buffer or over values.

RFC 2045 2.4 calls it an entity.  A parsed part is a span ``(buffer, start, end)``: its fields, its children and its
decoded content are found when asked.  A built part is a header block and *pieces*: octets that are encoded already,
files that are read while writing, and other parts.  Both answer the same questions.

    (buffer, start, end)   -> Part -> headers, children, octets, text     (parsed)
    (headers, pieces)      -> Part -> octets                              (built)

`Part` does not know `Message`: the message inside a message/rfc822 part is its ``embedded`` part.

May import: `headers`, `codecs`, `wire`, `limits`.  Imported by: much of the package.
"""

from __future__ import annotations

from mimekit import structure
from mimekit.codecs import base64, charset, plain, transfer
from mimekit.errors import show
from mimekit.files import File
from mimekit.frozen import put
from mimekit.headers import content as fields
from mimekit.headers import entity, filenames, ids
from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire import scan

__all__ = ["File", "Part"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from mmap import mmap
    from pathlib import Path
    from typing import Any, Self, TypeAlias

    from mimekit.defects import Flaw
    from mimekit.headers.collection import Headers
    from mimekit.headers.content import ContentDisposition, ContentType
    from mimekit.limits import Limits

    Buffer = bytes | mmap
    Piece: TypeAlias = "bytes | File | Part"

# Labels that most text has, of charsets in which CR and LF are one octet each and nothing else is.
_NARROW = frozenset(
    {"utf-8", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252", "iso-8859-2", "koi8-r", "gb2312"}
)

_LARGE = 2**16  # octets of a body that is not copied to be decoded


class _Slots:
    """The slots of `Part`, for filling; see `frozen`."""

    __slots__ = (
        "_body_start",
        "_buffer",
        "_cache",
        "_children",
        "_default",
        "_embedded",
        "_end",
        "_headers",
        "_limits",
        "_number",
        "_outside",
        "_pieces",
        "_start",
        "_structure",
    )

    _buffer: Buffer
    _start: int
    _body_start: int
    _end: int
    _pieces: tuple[Piece, ...] | None  # of a built part; None over a span
    _headers: Headers | None  # None until the fields were looked for
    _limits: Limits
    _default: str  # media type where Content-Type is absent
    _children: tuple[Part, ...] | None  # None until the structure was looked for
    _embedded: Part | None
    _number: str | None
    _outside: tuple[int, int] | None  # of a part in a decoded buffer: the octets that hold it in the outer message
    _structure: Sequence[Flaw]  # what was found wrong with the structure on the way; offsets in the buffer
    _cache: dict[str, Any]  # any accessor's value, under the accessor's name


class Part(_Slots):
    """
    One MIME entity (RFC 2045 2.4): a message, or a part of a multipart.

    Immutable; equal by octets; hashable; picklable.  Reading never raises, except that a `File` may be gone.
    """

    __slots__ = ()

    def __init__(
        self,
        headers: Headers,
        pieces: tuple[Piece, ...],
        *,
        children: tuple[Part, ...] = (),
        embedded: Part | None = None,
    ) -> None:
        put(self, "__class__", _Slots)  # for filling; see `frozen`
        self._headers = headers
        self._pieces = pieces
        self._children = children
        self._embedded = embedded
        self._limits = DEFAULT_LIMITS
        self._default = "text/plain"
        self._number = self._outside = None
        self._structure = ()
        self._cache = {}
        self.__class__ = Part

    @classmethod
    def of_span(  # noqa: PLR0913 - a span is its buffer and two offsets, the rest has defaults
        cls,
        buffer: Buffer,
        start: int,
        end: int,
        *,
        limits: Limits = DEFAULT_LIMITS,
        default: str = "text/plain",
        outside: tuple[int, int] | None = None,
    ) -> Part:
        """Make the part that stands at *start* to *end* of *buffer*; nothing is looked at yet."""
        made = _Slots()
        made._buffer = buffer
        made._start = start
        made._end = end
        made._pieces = made._headers = made._children = made._embedded = made._number = None
        made._structure = ()
        made._limits = limits
        made._default = default
        made._outside = outside
        made._cache = {}
        made.__class__ = Part
        return made  # type: ignore[return-value]  # it is one now

    @classmethod
    def of_spans(cls, whole: Part, spans: list[tuple[int, int]], *, default: str, base: str) -> tuple[Part, ...]:
        """
        Make the parts at *spans* of a multipart, their headers read and their numbers, which begin with *base*, known.

        The structure of those that hold no others is settled with that.
        """
        buffer, limits, outside = whole._buffer, whole._limits, whole._outside
        scan_header, holders = entity.scan_header, structure.HOLDERS
        parts: list[Part] = []
        for at, (start, end) in enumerate(spans, 1):
            made = _Slots()
            made._buffer = buffer
            made._start = start
            made._end = end
            made._pieces = made._children = made._embedded = None
            made._number = f"{base}{at}"
            made._structure = ()
            made._limits = limits
            made._default = default
            made._outside = outside
            made._headers, fields_end, body_start = scan_header(buffer, start, end, limits)
            made._body_start = body_start
            made._cache = {} if fields_end < body_start or body_start >= end else _missing_blank_line(start, body_start)
            made.__class__ = Part
            part: Part = made  # type: ignore[assignment]  # it is one now
            kind = part.content_type
            if kind.maintype not in holders or structure.is_leaf(kind):
                put(part, "_children", ())
            parts.append(part)
        return tuple(parts)

    def __setattr__(self, name: str, value: object) -> None:
        message = f"Part is immutable: build another instead of setting {name!r}"
        raise AttributeError(message)

    # -- header

    def _scan(self) -> Headers:
        """Find the fields and where the body begins."""
        start = self._start
        headers, fields_end, body_start = entity.scan_header(self._buffer, start, self._end, self._limits)
        if fields_end == body_start and body_start < self._end:
            self._cache.update(_missing_blank_line(start, body_start))
        put(self, "_body_start", body_start)
        put(self, "_headers", headers)  # last: another thread takes it for a sign that the rest is there
        return headers

    @property
    def headers(self) -> Headers:
        """The fields of this part."""
        headers = self._headers
        return self._scan() if headers is None else headers

    @property
    def content_type(self) -> ContentType:
        """The media type; the default of RFC 2045 5.2 (in a digest: RFC 2046 5.1.5) when absent or unreadable."""
        headers = self._headers
        if headers is None:
            headers = self._scan()
        known = headers.known
        if "content_type" not in known:
            known["content_type"] = entity.content_type(headers, self._limits)
        return known["content_type"] or fields.default_type(self._default)  # type: ignore[return-value]  # see known

    @property
    def disposition(self) -> ContentDisposition | None:
        """The Content-Disposition (RFC 2183), or ``None``."""
        headers = self._headers
        if headers is None:
            headers = self._scan()
        known = headers.known
        if "disposition" not in known:
            known["disposition"] = entity.disposition(headers, self._limits)
        return known["disposition"]  # type: ignore[return-value]  # see known

    @property
    def filename(self) -> str | None:
        """The file name as the sender wrote it, from Content-Disposition or Content-Type; not safe as a path."""
        return fields.effective_filename(self.content_type, self.disposition)

    @property
    def content_id(self) -> str | None:
        """The Content-ID with its angle brackets (RFC 2045 7), or ``None``."""
        raw = self.headers.raw("Content-ID")
        return None if raw is None else ids.parse_one(raw, limits=self._limits)

    @property
    def transfer_encoding(self) -> str | None:
        """The transfer encoding in its canonical spelling; ``None`` when it is unknown, ``7bit`` when absent."""
        headers = self._headers
        if headers is None:
            headers = self._scan()
        known = headers.known
        if "transfer_encoding" not in known:
            name = entity.encoding_name(headers)
            known["transfer_encoding"] = "7bit" if name is None else transfer.canonical(name)
        return known["transfer_encoding"]  # type: ignore[return-value]  # see known

    def remember(self, octets: bytes | None, encoding: str) -> None:
        """Keep the decoded content, if it is there, and the encoding of a part that was just built from them."""
        if octets is not None:
            self._cache["decoded"] = octets
        self.headers.known["transfer_encoding"] = encoding

    def remember_from(self, part: Part) -> None:
        """Keep what *part*, of the same content, remembers."""
        if "decoded" in part._cache:
            self._cache["decoded"] = part._cache["decoded"]

    # -- structure

    @property
    def number(self) -> str | None:
        """
        The IMAP part number (RFC 9051 6.4.5) in the outermost message.

        ``None`` for a multipart that is the root of a message, and for a part that stands in no message.
        """
        _ = self.children  # which finds the whole structure
        return self._number

    @property
    def children(self) -> tuple[Part, ...]:
        """The parts of a multipart; empty for every other part and for a multipart without a delimiter."""
        children = self._children
        return structure.grow(self) if children is None else children

    @property
    def embedded(self) -> Part | None:
        """The message inside a message/rfc822 or message/global part, or ``None``."""
        _ = self.children  # which finds the whole structure
        return self._embedded

    @property
    def is_multipart(self) -> bool:
        """Whether this part has parts; a multipart type without a single delimiter has none."""
        return bool(self.children)

    def _settle(
        self, children: tuple[Part, ...], embedded: Part | None, number: str | None, flaws: Sequence[Flaw]
    ) -> None:
        """Take what `structure` found."""
        if flaws:
            put(self, "_structure", flaws)
        if embedded is not None:
            put(self, "_embedded", embedded)
        put(self, "_number", number)
        put(self, "_children", children)  # last: another thread takes it for a sign that the rest is there

    def walk(self) -> Iterator[Part]:
        """Yield this part and every part below it, depth first, those of embedded messages included."""
        stack = [self]
        while stack:
            part = stack.pop()
            yield part
            stack += reversed(part.children)
            if part._embedded is not None:
                stack.append(part._embedded)

    def structure_flaws(self, index: structure.Index) -> list[Flaw]:
        """Say what is wrong with the structure at this part, by offsets in its buffer; see `structure.judge`."""
        _ = self.children  # which finds the whole structure
        missing = self._cache.get("missing_blank_line")
        found = structure.judge(self, index)
        if missing is None:
            return found
        at = missing[1]
        meant = scan.misnamed(bytes(self._buffer[at : min(at + scan.LONGEST_NAME, self._end)]))
        named = [("H010", at, at + meant, "this is no name of a field, so the header ends here")] if meant else []
        return [*found, missing, *named]

    @property
    def limits(self) -> Limits:
        """The limits this part is read within."""
        return self._limits

    @property
    def start(self) -> int:
        """The offset of its first octet in the buffer it was parsed from; 0 for a built part."""
        return 0 if self._pieces is not None else self._start

    @property
    def body_start(self) -> int:
        """The offset of the first octet of its body, likewise."""
        return len(self.headers.to_bytes()) + 2 if self._pieces is not None else self._body_at()

    @property
    def end(self) -> int:
        """The offset after its last octet, likewise."""
        return self.size if self._pieces is not None else self._end

    @property
    def outside(self) -> tuple[int, int] | None:
        """For a part in a decoded buffer: the octets of the outer message that hold that buffer, encoded."""
        return self._outside

    @property
    def is_built(self) -> bool:
        """Whether this part was built from values, not parsed."""
        return self._pieces is not None

    @property
    def pieces(self) -> tuple[Piece, ...]:
        """What the body of a built part is made of; for a parsed one its octets."""
        return (self.raw_body,) if self._pieces is None else self._pieces

    def verbatim(self) -> Iterator[bytes]:
        """Yield the octets of this part that stand as they are, neither base64 nor quoted-printable."""
        stack = [self]
        while stack:
            part = stack.pop()
            if part._pieces is None:
                yield part.raw
            elif part.children or part._embedded is not None:
                for piece in part._pieces:
                    if isinstance(piece, Part):
                        stack.append(piece)
                        yield piece.headers.to_bytes()
                    elif isinstance(piece, bytes):
                        yield piece
            elif part.transfer_encoding in ("7bit", "8bit", "binary"):
                yield part.raw_body

    def number_parts(self) -> None:
        """Give numbers to the parts below this root of a built message that nobody else holds yet."""
        structure.grow(self)

    def has_file(self) -> bool:
        """Tell whether some of the octets are in a file that is read while writing."""
        return any(isinstance(piece, File) for piece in _plan((self,)))

    # -- octets

    @property
    def raw(self) -> bytes:
        """The octets of this part, header and body (RFC 1847 signs these)."""
        pieces = self._pieces
        if pieces is None:
            return self._buffer[self._start : self._end]
        if len(pieces) == 1 and type(pieces[0]) is bytes:
            return b"%b\r\n%b" % (self.headers.to_bytes(), pieces[0])
        return b"".join(_collected(self))

    @property
    def raw_body(self) -> bytes:
        """The octets of the body as they are transferred, before any decoding."""
        if self._pieces is None:
            start = self._body_at()
            return self._buffer[start : self._end]
        return b"".join(_flatten(self._pieces))

    def _body_at(self) -> int:
        if self._headers is None:
            self._scan()
        return self._body_start

    @property
    def content(self) -> bytes:
        """The decoded octets of the body; ``b""`` for a multipart that has parts."""
        return self.decoded() if not self.children else b""

    def decoded(self, flaws: list[Flaw] | None = None) -> bytes:
        """Decode the transfer encoding of the body; *flaws* get what is wrong, by offsets in the body."""
        cache = self._cache
        if flaws is None and "decoded" in cache:
            return cache["decoded"]  # type: ignore[no-any-return]  # see _cache
        pieces = self._pieces
        if pieces is not None and len(pieces) == 1 and isinstance(pieces[0], File):
            return b"".join(pieces[0].blocks())
        if flaws is None:
            encoding = self.transfer_encoding
        else:
            encoding = transfer.judged(entity.encoding_name(self.headers), flaws)
        if encoding == "base64" and pieces is None and self._end - self._body_at() > _LARGE:  # without a copy of it
            octets = base64.decode_span(self._buffer, self._body_start, self._end, flaws)
        else:
            octets = self.raw_body
            if encoding is not None:
                octets = transfer.CODECS[encoding](octets, flaws)
        cache["decoded_size"] = len(octets)
        if pieces is not None or self.content_type.maintype == "text":
            cache["decoded"] = octets
        return octets

    @property
    def decoded_size(self) -> int:
        """How many octets `decoded` gives; it is remembered where the octets are not."""
        size = self._cache.get("decoded_size")
        return len(self.decoded()) if size is None else size

    @property
    def text(self) -> str | None:
        """The decoded text of a text/* part, lines ended by LF (RFC 8621 4.1.4); ``None`` for every other part."""
        cache = self._cache
        if "text" not in cache:
            cache["text"] = None if self.content_type.maintype != "text" else self.decoded_text()
        return cache["text"]  # type: ignore[no-any-return]  # see _cache

    def decoded_text(self, flaws: list[Flaw] | None = None) -> str:
        """Decode the body by the declared charset; *flaws* get what is wrong, by offsets in the decoded octets."""
        octets, label = self.decoded(), self.content_type.charset
        if flaws is None and (label is None or label.lower() in _NARROW):
            return charset.decode(plain.to_lf(octets), label)  # five times faster than in the str
        text = charset.decode(octets, label, flaws)
        return text.replace("\r\n", "\n") if "\r" in text else text

    def chunks(self) -> Iterator[bytes]:
        """Yield the octets of this part in order, a file block by block."""
        if self._pieces is None:
            yield self._buffer[self._start : self._end]
        else:
            yield from _flatten((self,))

    @property
    def size(self) -> int:
        """How many octets `chunks` yields, without reading a file."""
        if self._pieces is None:
            return self._end - self._start
        total = 0
        for piece in _plan((self,)):
            total += piece.encoded_size if isinstance(piece, File) else len(piece)
        return total

    # -- files

    def save(self, directory: str | Path, *, name: str | None = None, overwrite: bool = False) -> Path:
        """
        Write the decoded content into *directory* and give the path.

        The name (the part's own unless given) is made safe: no separators, ``..``, control or reserved names, at most
        255 octets; a name that is taken gets a number unless *overwrite* is set.  Nothing outside *directory* is
        written, not through a link either.  An embedded message is saved as its octets.
        """
        wanted = name or self.filename or filenames.default_name(self.content_type.essence)
        return filenames.write(directory, filenames.safe(wanted), self._content_blocks(), overwrite=overwrite)

    def _content_blocks(self) -> Iterator[bytes]:
        pieces = self._pieces
        if pieces is not None and len(pieces) == 1 and isinstance(pieces[0], File):
            yield from pieces[0].blocks()
        else:
            yield self.decoded()

    # -- a value

    def key(self) -> tuple[object, ...]:
        """Give what equality of parts looks at: runs of octets, and files between them."""
        if self._pieces is None:
            return (self._buffer[self._start : self._end],)
        runs: list[object] = []
        run: list[bytes] = []
        for piece in _plan((self,)):
            if isinstance(piece, File):
                runs += [b"".join(run), piece]
                run = []
            else:
                run.append(piece)
        return (*runs, b"".join(run))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        return self.key() == other.key() if isinstance(other, Part) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.key())

    def __repr__(self) -> str:
        name = self.filename
        shown = f" {show(name, 40)}" if name else ""
        return f"<Part {self.number or 'root'}: {self.content_type.essence}{shown}, {self.size} octets>"

    def __reduce__(self) -> tuple[object, ...]:
        if self._pieces is None:
            return _restore_span, (self.raw, self._limits, self._default, self._outside, self.number)
        return _restore_built, (self.headers, self._pieces, self.children, self._embedded, self._number)

    def fresh(self) -> Part:
        """Give a copy that has no number yet, for another place or another message."""
        if self._pieces is not None:
            return Part(self.headers, self._pieces, children=self.children, embedded=self._embedded)
        return Part.of_span(
            self._buffer, self._start, self._end, limits=self._limits, default=self._default, outside=self._outside
        )

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


def _missing_blank_line(start: int, at: int) -> dict[str, object]:
    """Give what a part whose header ends so keeps in its cache."""
    return {"missing_blank_line": ("M035" if start else "H015", at, at, "the header ends without an empty line")}


def _restore_span(
    octets: bytes, limits: Limits, default: str, outside: tuple[int, int] | None, number: str | None
) -> Part:
    made = Part.of_span(octets, 0, len(octets), limits=limits, default=default, outside=outside)
    if number is None or number != made.number:
        structure.grow(made, number or "", is_root=number is None)
    return made


def _restore_built(
    headers: Headers, pieces: tuple[Piece, ...], children: tuple[Part, ...], embedded: Part | None, number: str | None
) -> Part:
    made = Part(headers, pieces, children=children, embedded=embedded)
    put(made, "_number", number)
    return made


def _plan(pieces: tuple[Piece, ...]) -> Iterator[bytes | File]:
    """Yield octets and files in order; parts inside parts are opened with a stack, not by recursion."""
    stack: list[Iterator[Piece]] = [iter(pieces)]
    while stack:
        piece = next(stack[-1], None)
        if piece is None:
            stack.pop()
        elif not isinstance(piece, Part):
            yield piece
        elif piece._pieces is None:
            yield piece._buffer[piece._start : piece._end]
        else:
            yield piece.headers.to_bytes() + b"\r\n"
            stack.append(iter(piece._pieces))


def _collected(part: Part) -> list[bytes]:
    """Give the octets of a built part in order, as `_flatten` yields them; a list is faster for what is in memory."""
    found: list[bytes] = []
    add = found.append
    stack: list[Piece] = [part]
    while stack:
        piece = stack.pop()
        if type(piece) is bytes:
            add(piece)
        elif not isinstance(piece, Part):
            found += (piece,) if isinstance(piece, bytes) else piece.encoded()
        elif piece._pieces is None:
            add(piece._buffer[piece._start : piece._end])
        else:
            add(piece.headers.to_bytes())
            add(b"\r\n")
            stack += piece._pieces[::-1]
    return found


def _flatten(pieces: tuple[Piece, ...]) -> Iterator[bytes]:
    """Yield the octets of *pieces* in order."""
    for piece in _plan(pieces):
        if isinstance(piece, File):
            yield from piece.encoded()
        else:
            yield piece
