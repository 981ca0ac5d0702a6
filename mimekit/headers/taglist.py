"""
Tag lists: ``v=1; a=rsa-sha256; d=example.com``, the form that RFC 6376 3.2 gives DKIM and that others took from it.

A signature is over octets, so a value is kept as it stands, the white space and folds inside it included; only what
stands around it is no part of it.  What a tag means is for the features that read it.

    raw field body or DNS record -> TagList -> pieces of a field body

May import: `errors`, `defects`, `limits`, `frozen`, `wire`.  Imported by: `dkim`, `lint`.
"""

from __future__ import annotations

import re
from functools import cache

from mimekit.errors import HeaderError, show
from mimekit.frozen import Frozen, put
from mimekit.limits import DEFAULT_LIMITS

__all__ = ["TagList"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mimekit.defects import Flaw
    from mimekit.limits import Limits

_WHITE = b" \t\r\n"


@cache
def _spec() -> re.Pattern[bytes]:
    #   tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]            RFC 6376 3.2
    #   tag-name = ALPHA *(ALPHA / DIGIT / "_")
    #   tag-value = [ tval *( 1*(WSP / FWS) tval ) ],  tval = 1*VALCHAR
    value = rb"[!-:<-~]++(?:[ \t\r\n]++[!-:<-~]++)*+"
    return re.compile(rb"[ \t\r\n]*+([A-Za-z][A-Za-z0-9_]*+)[ \t\r\n]*+=[ \t\r\n]*+((?:%b)?+)[ \t\r\n]*+" % value)


class TagList(Frozen):
    r"""
    The tags of a list in their order, names as they are spelled (case counts), values as octets.

    ``tags[name]`` is the value of the first tag of that name and raises `KeyError` when there is none.

    >>> tags = TagList.parse(b" v=1; d=example.com;\r\n h=from:to :\r\n subject;")
    >>> tags["d"], tags["h"], tags.compact("h"), tags.is_valid
    (b'example.com', b'from:to :\r\n subject', 'from:to:subject', True)
    """

    __slots__ = ("malformed", "tags")

    tags: tuple[tuple[str, bytes], ...]
    malformed: tuple[bytes, ...]
    """What stands between semicolons and is no ``name=value``, as octets."""

    def __init__(self, tags: Iterable[tuple[str, bytes]], malformed: Iterable[bytes] = ()) -> None:
        """Keep what was read or checked; `of` is what checks."""
        put(self, "tags", tuple(tags))
        put(self, "malformed", tuple(malformed))

    @classmethod
    def parse(
        cls,
        raw: bytes,
        flaws: list[Flaw] | None = None,  # noqa: ARG003 - every value has it; what is wrong is for the feature to say
        *,
        limits: Limits = DEFAULT_LIMITS,  # noqa: ARG003 - likewise: nothing here nests or is decoded
        charset: str | None = None,  # noqa: ARG003 - likewise
    ) -> TagList:
        """Read a tag list; one semicolon may end it.  Never raises, linear; see `is_valid` and `malformed`."""
        tags: list[tuple[str, bytes]] = []
        malformed: list[bytes] = []
        specs = raw.split(b";")
        if len(specs) > 1 and not specs[-1].strip(_WHITE):
            specs.pop()
        matched = _spec().fullmatch
        for spec in specs:
            found = matched(spec)
            if found is None:
                malformed.append(spec)
            else:
                tags.append((found[1].decode("ascii"), found[2]))
        return cls(tags, malformed)

    @classmethod
    def of(cls, given: Mapping[str, str | bytes] | Iterable[tuple[str, str | bytes]] | TagList) -> TagList:
        """
        Make a tag list of names and values; raise `HeaderError` for what is none, and for a name that comes twice.

        >>> TagList.of({"v": "1", "d": "example.com"}).encode()
        b'v=1; d=example.com'
        """
        if isinstance(given, TagList):
            return given
        pairs: Iterable[tuple[str, str | bytes]] = given.items() if hasattr(given, "items") else given
        made = cls([(name, _octets(value)) for name, value in pairs])
        for name, value in made.tags:
            spec = _octets(name) + b"=" + value
            found = _spec().fullmatch(spec)
            if found is None or found[2] != value or b"\n" in value or b"\r" in value:
                message = (
                    f"{show(spec.decode('latin-1'))} is no tag of a tag list: a name of letters, digits and _, a value "
                    f"in printable ASCII without semicolon or white space at its ends (RFC 6376 3.2)"
                )
                raise HeaderError(message)
        if made.duplicates:
            message = f"the tag {show(made.duplicates[0])} is given twice; a tag list has each once (RFC 6376 3.2)"
            raise HeaderError(message)
        if not made.tags:
            message = "a tag list needs one tag at least (RFC 6376 3.2)"
            raise HeaderError(message)
        return made

    @property
    def duplicates(self) -> tuple[str, ...]:
        """The names that come more than once, in the order of their second appearance."""
        seen: set[str] = set()
        again: dict[str, None] = {}
        for name, _ in self.tags:
            if name in seen:
                again[name] = None
            seen.add(name)
        return tuple(again)

    @property
    def is_valid(self) -> bool:
        """Tell whether all of it is ``name=value`` and no name comes twice (RFC 6376 3.2: or none of it counts)."""
        return not self.malformed and not self.duplicates

    def get(self, name: str, default: bytes | None = None) -> bytes | None:
        """Give the value of the first tag of that name, as octets, else *default*."""
        for known, value in self.tags:
            if known == name:
                return value
        return default

    def compact(self, name: str) -> str | None:
        """Give the value without any white space in it, as base64 and lists of names are read; ``None`` when absent."""
        value = self.get(name)
        return None if value is None else value.translate(None, _WHITE).decode("utf-8", "replace")

    def __getitem__(self, name: str) -> bytes:
        """Give the value of the first tag of that name, as octets."""
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        """Tell whether a tag has that name."""
        return any(known == name for known, _ in self.tags)

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        """Yield each name and value, in order."""
        return iter(self.tags)

    def __len__(self) -> int:
        """Count the tags."""
        return len(self.tags)

    def pieces(self, *, utf8: bool = False) -> list[bytes]:  # noqa: ARG002 - every value has it; a tag list is ASCII
        """
        Write the list as pieces that may be folded apart: between tags, and at the white space inside values.

        A fold in a value that was read becomes the white space it stands for.
        """
        out: list[bytes] = []
        for name, value in self.tags:
            line = b" ".join(value.split()) if b"\n" in value or b"\r" in value else value
            first, *rest = _words().findall(line) or [b""]
            if out:
                out[-1] += b";"
            out.append(b"%b%b=%b" % (b" " if out else b"", name.encode(), first))
            out += rest
        return out

    def encode(self, *, utf8: bool = False) -> bytes:
        """Write the field body on one line."""
        return b"".join(self.pieces(utf8=utf8))

    def __str__(self) -> str:
        """Show the tags on one line."""
        return self.encode().decode("utf-8", "replace")


def _octets(text: str | bytes) -> bytes:
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text


@cache
def _words() -> re.Pattern[bytes]:
    return re.compile(rb"[ \t]*+[^ \t]++")
