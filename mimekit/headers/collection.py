"""
`Headers`: the fields of one header block, in order, duplicates kept, octets kept, values read when asked.

RFC 5322 2.2: a header is a sequence of fields.  What is stored is the list of field lines as they stand on the wire;
there is no object per field.  A lookup is by name without case, as the RFC has it.

    header octets -> Headers -> str, octets, typed values          (parsed)
    (name, value) pairs -> Headers -> header octets                (built)

May import: `headers.field`, `headers.names`, `wire`.  Imported by: much of the package.
"""

from __future__ import annotations

from functools import lru_cache

from mimekit.errors import show
from mimekit.frozen import put
from mimekit.headers import _plain, field, names
from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire import scan

__all__ = ["Headers"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from mmap import mmap

    from mimekit.defects import Flaw
    from mimekit.limits import Limits

_ABSENT = -1
_NO_FIELD = (b"", scan.OPAQUE)
_FOLDING = b" \t"
_CR = 0x0D
_SHOWN = 8


class _Slots:
    """The slots of `Headers`, for filling; see `frozen`."""

    __slots__ = ("_block", "_charset", "_first", "_keys", "_limits", "_lines", "_lower", "known")

    # Either the block is plain (`wire.scan.plain_block`) and all else is found when asked, or its lines are given.
    _block: bytes | None
    _lower: bytes | None  # of a plain block: LF and the block in lower case, in which a field is found by its name
    _lines: tuple[bytes, ...]  # each with its CR, if any, and without its LF
    _keys: tuple[bytes, ...]  # lower-case field names; empty for a line that is no field, OPAQUE for what is not read
    _first: dict[bytes, int]
    _charset: str | None
    _limits: Limits
    known: dict[str, object]  # what `part` read of these fields, under its own names


class Headers(_Slots):
    """
    The fields of one header block: an immutable sequence of ``(name, value)``.

    ``headers[name]`` is the text of the first field of that name, whatever the case of the name; it raises `KeyError`
    when there is none, where ``get`` gives ``None``.  ``all`` gives the text of every field of a name, ``raw`` and
    ``all_raw`` the octets after the colon, folds included, without the final line end.

    >>> headers = Headers([("Subject", "Hello"), ("X-Seen", "1"), ("X-Seen", "2")])
    >>> headers["subject"], headers.all("X-Seen"), headers.get("Date")
    ('Hello', ('1', '2'), None)
    """

    __slots__ = ()

    def __init__(self, fields: Mapping[str, object] | Iterable[tuple[str, object]] = (), *, utf8: bool = False) -> None:
        pairs = fields.items() if hasattr(fields, "items") else fields
        put(self, "_block", b"".join([field.encode(name, value, utf8=utf8) for name, value in pairs]))
        put(self, "_lower", None)
        put(self, "_limits", DEFAULT_LIMITS)
        put(self, "_charset", None)
        put(self, "known", {})

    @classmethod
    def of_block(cls, block: bytes, *, limits: Limits = DEFAULT_LIMITS, charset: str | None = None) -> Headers:
        """Wrap a plain block (see `wire.scan.plain_block`) that is within the limits."""
        made = _Slots()
        made._block = block
        made._lower = None
        made._limits = limits
        made._charset = charset
        made.known = {}
        made.__class__ = Headers
        return made  # type: ignore[return-value]  # it is one now

    @classmethod
    def of_lines(
        cls,
        lines: Iterable[bytes],
        keys: Iterable[bytes],
        *,
        limits: Limits = DEFAULT_LIMITS,
        charset: str | None = None,
    ) -> Headers:
        """Wrap field lines (without their LF) and their keys, as `wire.scan.field_lines` gives them."""
        made = _Slots()
        made._block = made._lower = None
        made._lines = tuple(lines)
        made._keys = tuple(keys)
        made._limits = limits
        made._charset = charset
        made.known = {}
        made.__class__ = Headers
        return made  # type: ignore[return-value]  # it is one now

    @classmethod
    def scan(
        cls, buffer: bytes | mmap, start: int, end: int, limits: Limits = DEFAULT_LIMITS
    ) -> tuple[Headers, int, int]:
        """Read the header block at *start*: ``(headers, where the fields end, where the body begins)``."""
        found = scan.plain_block(buffer, start, end)
        made = None if found is None else cls.within(found[1], limits)
        if found is not None and made is not None:
            return made, found.end(1), found.end()
        return cls.scan_lines(buffer, start, end, limits)

    @classmethod
    def within(cls, block: bytes, limits: Limits) -> Headers | None:
        """Wrap a plain block if it is within the limits."""
        octets = len(block)
        if octets <= limits.max_header_block_bytes and (
            octets < 2 * limits.max_header_fields or block.count(b"\n") <= limits.max_header_fields
        ):
            return cls.of_block(block, limits=limits)
        return None

    @classmethod
    def scan_lines(cls, buffer: bytes | mmap, start: int, end: int, limits: Limits) -> tuple[Headers, int, int]:
        """Read a header block that is not plain, or not within the limits; see `scan`."""
        lines, keys, fields_end, body_start = scan.field_lines(
            buffer,
            start,
            end,
            max_fields=limits.max_header_fields,
            max_octets=limits.max_header_block_bytes,
            uncounted=names.ADDRESS_KEYS,
        )
        return cls.of_lines(lines, keys, limits=limits), fields_end, body_start

    @classmethod
    def parse(cls, octets: bytes, *, limits: Limits = DEFAULT_LIMITS) -> Headers:
        """Read a header block; what follows an empty line is not looked at.  Never raises."""
        return cls.scan(octets, 0, len(octets), limits)[0]

    @property
    def is_ascii(self) -> bool:
        """Whether the block holds ASCII octets only."""
        return self._block.isascii() if self._block is not None else b"".join(self._lines).isascii()

    def in_charset(self, charset: str) -> Headers:
        """Give the same fields, their raw 8-bit octets read in *charset* where they are not UTF-8."""
        if self._block is not None:
            return Headers.of_block(self._block, limits=self._limits, charset=charset)
        return Headers.of_lines(self._lines, self._keys, limits=self._limits, charset=charset)

    def __setattr__(self, name: str, value: object) -> None:
        message = f"Headers is immutable: use with_field, with_added or without, not {name} ="
        raise AttributeError(message)

    # -- lookups

    def _split(self) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
        """Give the lines and their keys."""
        try:
            return self._lines, self._keys
        except AttributeError:
            lines, keys = scan.split_fields(self._block or b"")
            put(self, "_keys", tuple(keys))
            put(self, "_lines", tuple(lines))
            return self._lines, self._keys

    def _find(self, name: str, after: int = 0) -> tuple[int, bytes | None]:
        """Find the next field of that name: where to look on, and its body, or ``None``."""
        block = self._block
        if block is None:
            return self._find_line(name, after)
        lower = self._lower
        if lower is None:
            lower = b"\n" + block.lower()
            put(self, "_lower", lower)
        needle = _needle(name)
        at = lower.find(needle, after)
        if at < 0:
            return at, None
        start = at + len(needle) - 1
        end = block.find(b"\n", start)
        size = len(block)
        while 0 <= end < size - 1 and block[end + 1] in _FOLDING:
            end = block.find(b"\n", end + 1)
        if end < 0:
            end = size
        elif block[end - 1] == _CR and end > start:
            end -= 1
        if end - start > self._limits.max_field_bytes:
            return at + 1, self._cut(block[start:end], needle[1:-1])
        return at + 1, block[start:end]

    def _find_line(self, name: str, after: int) -> tuple[int, bytes | None]:
        """Find the next field of that name in a block that is not plain."""
        lines, keys = self._lines, self._keys
        key = _needle(name)[1:-1]
        if not after:
            try:
                first = self._first
            except AttributeError:
                first = dict(zip(reversed(keys), range(len(keys) - 1, -1, -1), strict=True))
                for none in _NO_FIELD:
                    first.pop(none, None)
                put(self, "_first", first)
            index = first.get(key, _ABSENT)
        else:
            index = next((at for at in range(after, len(keys)) if keys[at] == key), _ABSENT)
        return (index, None) if index < 0 else (index + 1, self._cut(lines[index].partition(b":")[2], key))

    def _cut(self, body: bytes, key: bytes) -> bytes:
        """Leave out the CR of the final line end, and what is over the limit of octets."""
        if body[-1:] == b"\r":
            body = body[:-1]
        if len(body) > self._limits.max_field_bytes and key not in names.ADDRESS_KEYS:
            return body[: self._limits.max_field_bytes]
        return body

    def _text(self, name: str, body: bytes) -> str:
        return field.decode(name, body, limits=self._limits, charset=self._charset)

    def __getitem__(self, name: str) -> str:
        body = self._find(name)[1]
        if body is None:
            raise KeyError(name)
        return self._text(name, body)

    def get(self, name: str, default: str | None = None) -> str | None:
        """Give the text of the first field of that name, or *default*."""
        body = self._find(name)[1]
        return default if body is None else self._text(name, body)

    def all(self, name: str) -> tuple[str, ...]:
        """Give the text of every field of that name, in order."""
        return tuple([self._text(name, body) for body in self.all_raw(name)])

    def raw(self, name: str) -> bytes | None:
        """Give the octets of the first field of that name after its colon, folds included; ``None`` when absent."""
        return self._find(name)[1]

    def all_raw(self, name: str) -> tuple[bytes, ...]:
        """Give the octets of every field of that name after its colon, folds included, in order."""
        after, body = self._find(name)
        if body is None:
            return ()
        if self._lower is not None and self._lower.find(_needle(name), after) < 0:  # one, as nearly always
            return (body,)
        found: list[bytes] = []
        while body is not None:
            found.append(body)
            after, body = self._find(name, after)
        return tuple(found)

    def offset(self, name: str) -> int:
        """Give where the octets of `raw` begin, counted from the first octet of the block."""
        lines, keys = self._split()
        index = keys.index(_needle(name)[1:-1])
        return sum([len(line) + 1 for line in lines[:index]]) + lines[index].index(b":") + 1

    def is_cut(self, name: str) -> bool:
        """Tell whether fields of that name may be missing or cut because a limit was passed."""
        lines, keys = self._split()
        if keys[-1:] == (scan.OPAQUE,):
            return True
        key, bound = _needle(name)[1:-1], self._limits.max_field_bytes
        return key not in names.ADDRESS_KEYS and any(
            len(line) > bound and found == key for line, found in zip(lines, keys, strict=True)
        )

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self._find(name)[1] is not None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        for line, key in self.lines():
            if key not in _NO_FIELD:
                name, _, body = line.partition(b":")
                yield _name(name), self._text(key.decode("latin-1"), self._cut(body, key))

    def __len__(self) -> int:
        return sum([key not in _NO_FIELD for key in self._split()[1]])

    @property
    def charset(self) -> str | None:
        """The charset that raw 8-bit octets are read in when they are not UTF-8: the one of the part."""
        return self._charset

    # -- octets

    def lines(self) -> Iterator[tuple[bytes, bytes]]:
        """
        Yield each line, folds included, without its LF, and its key: the lower-case name.

        The key is empty for a line that is no field, and `wire.scan.OPAQUE` for what a limit left unread.
        """
        return zip(*self._split(), strict=True)

    def to_bytes(self) -> bytes:
        """Give the octets of the block, without the empty line after it."""
        if self._block is not None:
            return self._block if self._block[-1:] in (b"\n", b"") else self._block + b"\n"
        return b"".join([line + b"\n" for line in self._lines])

    def __bytes__(self) -> bytes:
        return self.to_bytes()

    # -- changed copies

    def with_field(self, name: str, octets: bytes) -> Headers:
        """Replace the first field of that name in place and drop the others, or append; *octets* is the whole field."""
        lines, keys = self._split()
        key = _needle(name)[1:-1]
        if key not in keys:
            return self.with_added(octets, top=False)
        first = keys.index(key)
        kept = [octets[:-1] if at == first else line for at, line in enumerate(lines) if at == first or keys[at] != key]
        return self._like(kept, [found for at, found in enumerate(keys) if at == first or found != key])

    def with_added(self, octets: bytes, *, top: bool) -> Headers:
        """Add a field on top or at the end; *octets* is the whole field with its line end."""
        if top and self._block is not None:
            return Headers.of_block(octets + self._block, limits=self._limits, charset=self._charset)
        lines, keys = self._split()
        line, key = octets[:-1], octets.partition(b":")[0].lower()
        return self._like([line, *lines], [key, *keys]) if top else self._like([*lines, line], [*keys, key])

    def without(self, name: str) -> Headers:
        """Drop every field of that name."""
        key = _needle(name)[1:-1]
        kept = [(line, found) for line, found in self.lines() if found != key]
        return self._like([line for line, _ in kept], [found for _, found in kept])

    def _like(self, lines: list[bytes], keys: list[bytes]) -> Headers:
        return Headers.of_lines(lines, keys, limits=self._limits, charset=self._charset)

    # -- what is wrong

    def flaws(self) -> list[Flaw]:
        """Give what is wrong with the block and with each field; offsets count from its first octet."""
        found: list[Flaw] = []
        seen: dict[bytes, int] = {}
        offset = 0
        block = self.to_bytes()
        may_be_plain, has_words = self._limits is DEFAULT_LIMITS, b"?" in block and b"=?" in block
        for index, (line, key) in enumerate(self.lines()):
            if key not in _NO_FIELD:
                # A field in which nothing can be wrong, as most are, is not read.
                if (
                    not may_be_plain
                    or len(line) > _plain.LONGEST
                    or (has_words and b"=?" in line)
                    or _plain.matcher(key)(line, len(key)) is None
                ):
                    self._check_field(line, key, offset, found)
                if key not in seen:
                    seen[key] = 1
                elif seen[key] == 1:  # the second one is reported
                    seen[key] = 2
                    found += _duplicate(key, offset, offset + len(line))
            elif key:
                code = "L004" if index >= self._limits.max_header_fields else "L005"
                found.append((code, offset, offset + len(line), "the rest of this header is not read"))
            else:
                found.append(_no_field(line, offset, index))
            offset += len(line) + 1
        return found

    def _check_field(self, line: bytes, key: bytes, offset: int, found: list[Flaw]) -> None:
        name, _, body = line.partition(b":")
        shown = key.decode("latin-1")
        if len(name) > self._limits.max_field_name:
            found.append(("L014", offset, offset + len(name), f"a field name of {len(name)} octets"))
            shown = shown[:40] + "..."
        if name[-1:] in (b" ", b"\t"):
            bare = name.rstrip(b" \t")
            detail = f"white space before the colon of {show(_name(bare), 40)[1:-1]}"
            found.append(("H011", offset + len(bare), offset + len(name), detail))
        if not key.isascii():
            found.append(("H010", offset, offset + len(name), f"the field name {show(name, 40)} is not ASCII"))
        start = offset + len(name) + 1
        read = self._cut(body, key)
        if len(read) < len(body) - 1:
            detail = f"{show(_name(name), 40)[1:-1]} is cut at {len(read)} octets"
            found.append(("L005", start + len(read), offset + len(line), detail))
        for code, first, last, detail in field.check(shown, read, limits=self._limits, charset=self._charset):
            found.append((code, start + first, start + last, detail))

    # -- a value

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Headers):
            return NotImplemented
        return self.to_bytes() == other.to_bytes()

    def __hash__(self) -> int:
        return hash(self.to_bytes())

    def __repr__(self) -> str:
        shown = [show(_name(line.partition(b":")[0]), 40)[1:-1] for line, key in self.lines() if key not in _NO_FIELD]
        more = ", ..." if len(shown) > _SHOWN else ""
        return f"<Headers: {len(shown)} fields: {', '.join(shown[:_SHOWN])}{more}>"

    def __reduce__(self) -> tuple[object, ...]:
        if self._block is not None:
            return _restore, (self._block, (), (), self._limits, self._charset)
        return _restore, (None, self._lines, self._keys, self._limits, self._charset)


def _restore(
    block: bytes | None, lines: tuple[bytes, ...], keys: tuple[bytes, ...], limits: Limits, charset: str | None
) -> Headers:
    if block is not None:
        return Headers.of_block(block, limits=limits, charset=charset)
    return Headers.of_lines(lines, keys, limits=limits, charset=charset)


@lru_cache(maxsize=512)
def _needle(name: str) -> bytes:
    """Give what a field of that name looks like at the start of its line, in lower case; no field for no name."""
    key = name.lower().encode("utf-8", "surrogatepass")
    return b"\n%b:" % key if key and b":" not in key and b"\n" not in key else b"\n\n\n:"


def _name(octets: bytes) -> str:
    """Give a field name as it is spelled there."""
    return octets.rstrip(b" \t").decode("utf-8", "replace")


def _duplicate(key: bytes, start: int, end: int) -> list[Flaw]:
    """Flag the second field of a name that may stand once (RFC 5322 3.6, RFC 2045 3)."""
    info = names.FIELDS.get(key.decode("latin-1"))
    if info is None or info.max_count != 1 or info.group in ("list", "auth", "other"):
        return []
    code = "H105" if info.group == "mime" else "H104"
    return [(code, start, end, f"{info.name} stands more than once; readers disagree on which one counts")]


def _no_field(line: bytes, offset: int, index: int) -> Flaw:
    end = offset + len(line)
    if line.startswith((b"From ", b">From ")):
        return "H016", offset, end, "an mbox separator line in the header"
    if index == 0 and line[:1] in (b" ", b"\t"):
        return "H013", offset, end, "the header begins with a continuation line"
    if line[:1] == b":":
        return "H010", offset, offset + 1, "a field without a name"
    if wrong := scan.misnamed(line):
        return "H010", offset, offset + wrong, f"{show(line[:wrong], 40)} is no name of a field"
    return "H012", offset, end, f"{show(line.rstrip(), 40)} is no field"
