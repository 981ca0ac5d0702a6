r"""
Content fields: the media type, the disposition, the MIME version, and the one file name that two fields tell.

RFC 2045 5.1 and RFC 2183 give `value *(";" parameter)`; `codecs.parameters` reads and writes the parameters, this
module the values before them.  A Content-Type that cannot be read counts as absent (RFC 2045 5.2): `parse` gives
``None`` and the caller takes `default_type`.

    raw field body -> ContentType, ContentDisposition, (1, 0);  those -> pieces of a field body

May import: `errors`, `defects`, `limits`, `frozen`, `wire`, `codecs.parameters`.  Imported by: much of the package.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from mimekit.codecs import parameters as params
from mimekit.codecs.parameters import Parameters
from mimekit.codecs.words import decode as decode_words
from mimekit.errors import HeaderError, show
from mimekit.frozen import Frozen, put
from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire.abnf import ENCODED_WORD, QUOTED_STRING, TOKEN, is_token
from mimekit.wire.fold import guard
from mimekit.wire.tokens import skip_cfws, unquote

__all__ = [
    "ContentDisposition",
    "ContentType",
    "default_type",
    "effective_filename",
    "filename_flaws",
    "mime_version",
    "with_filename",
]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Literal, TypeVar

    from mimekit.defects import Flaw
    from mimekit.limits import Limits

    _Items = Mapping[str, str] | Iterable[tuple[str, str]]
    _Value = TypeVar("_Value")

_WHITE = b" \t\r\n"
_MOST_BOUNDARY = 70  # RFC 2046 5.1.1
_RAW = "E065"  # 8-bit octets, which is how a `str` that is not ASCII arrives at `parse`

_NONE = Parameters()


@cache
def _plain_type() -> re.Pattern[bytes]:
    #   content := "Content-Type" ":" type "/" subtype *(";" parameter)      RFC 2045 5.1
    return re.compile(rb"[ \t\r\n]*+(%b)/(%b)(?=[ \t\r\n]*+(?:;|\Z))" % (TOKEN, TOKEN))


@cache
def _plain_disposition() -> re.Pattern[bytes]:
    #   disposition := "Content-Disposition" ":" disposition-type *(";" disposition-parm)    RFC 2183 2
    return re.compile(rb"[ \t\r\n]*+(%b)(?=[ \t\r\n]*+(?:;|\Z))" % TOKEN)


class ContentType(Frozen):
    """
    A media type: type and subtype in lower case, and parameters.

    >>> kind = ContentType.parse(b' Text/HTML; charset="utf-8" (Plain)')
    >>> kind.essence, kind.charset, kind.boundary, kind.params
    ('text/html', 'utf-8', None, {'charset': 'utf-8'})
    """

    __slots__ = ("_strict", "maintype", "parameters", "subtype")

    maintype: str
    subtype: str
    parameters: Parameters
    _strict: bool  # how a `name` that is not ASCII is written: RFC 2231 as the standard has it

    def __init__(self, maintype: str, subtype: str, parameters: _Items = ()) -> None:
        """Make a media type; `HeaderError` for what is no token, and for a boundary that RFC 2046 does not allow."""
        for part in (maintype, subtype):
            if not _is_token(part):
                message = (
                    f"{show(part)} of the media type {show(f'{maintype}/{subtype}')} is no token (RFC 2045 5.1); use "
                    f"ASCII letters, digits, - + . and _"
                )
                raise HeaderError(message)
        found = Parameters.of(parameters)
        boundary = found.get("boundary")
        if boundary is not None:
            _check_boundary(boundary)
        put(self, "maintype", maintype.lower())
        put(self, "subtype", subtype.lower())
        put(self, "parameters", found)

    @classmethod
    def parse(
        cls,
        raw: bytes,
        flaws: list[Flaw] | None = None,
        *,
        limits: Limits = DEFAULT_LIMITS,
        charset: str | None = None,
    ) -> ContentType | None:
        """
        Read a Content-Type; ``None`` when there is no ``type/subtype`` (M001).  Never raises, linear.

        *flaws* gets M001, M021 to M023 (the boundary of a multipart), and what `codecs.parameters.parse` finds.  A
        `name` in well-formed encoded words is no E064 here: whether it is one depends on the Content-Disposition
        beside it, see `filename_flaws`.
        """
        read = _read_type(raw, flaws, limits)
        if read is None:
            if flaws is not None:
                flaws.append(("M001", 0, len(raw), f"{show(_shown(raw))} is no media type"))
            return None
        maintype, subtype, end = read
        if end == len(raw):
            return _type(maintype, subtype, _NONE)
        if flaws is None:
            return _type(maintype, subtype, params.parse(raw, end, limits=limits, charset=charset))
        noted: list[Flaw] = []
        made = _type(maintype, subtype, params.parse(raw, end, noted, limits=limits, charset=charset))
        flaws += [flaw for flaw in noted if flaw[0] != "E064" or not _is_name_in_words(raw, flaw)]
        if maintype == "multipart":
            _boundary_flaws(made.boundary, len(raw), flaws)
        return made

    @classmethod
    def of(cls, given: str | ContentType) -> ContentType:
        """
        Make a media type of its text, such as ``text/plain; charset=utf-8``; raise `HeaderError` for any fault in it.

        >>> ContentType.of("text/plain; charset=utf-8") == ContentType("text", "plain", {"charset": "utf-8"})
        True
        """
        if isinstance(given, ContentType):
            return given
        flaws: list[Flaw] = []
        read = cls.parse(_octets(given, "a media type"), flaws)
        read = _faultless(read, flaws, given, "type/subtype; name=value (RFC 2045 5.1)")
        return cls(read.maintype, read.subtype, read.parameters)

    @property
    def essence(self) -> str:
        """Type and subtype, such as ``text/plain``."""
        return f"{self.maintype}/{self.subtype}"

    @property
    def charset(self) -> str | None:
        """The label that the parameter of that name gives, or ``None``."""
        return self.parameters.get("charset")

    @property
    def boundary(self) -> str | None:
        """The parameter of that name, or ``None``."""
        return self.parameters.get("boundary")

    @property
    def boundary_octets(self) -> bytes | None:
        """
        The boundary as it stands in delimiter lines: its octets, without the white space at its end that they may lack.

        RFC 2046 5.1.1: a boundary does not end with a space, for that is where gateways add and remove some.
        """
        boundary = self.parameters.get("boundary")
        if boundary is None:
            return None
        if boundary.isascii():
            return boundary.encode("ascii").rstrip(b" \t")
        for name, value in self.parameters.raw:
            if name.lower() == "boundary":
                octets = unquote(value, 0, len(value)) if value.startswith(b'"') else value
                return octets.rstrip(b" \t")
        return boundary.encode().rstrip(b" \t")

    @property
    def params(self) -> dict[str, str]:
        """The parameters as a new `dict`, by lower-case name."""
        return dict(self.parameters.pairs)

    def with_parameter(self, name: str, value: str) -> ContentType:
        """Give a copy with the parameter *name* replaced in place, or added; raise `HeaderError` as the constructor."""
        return type(self)(self.maintype, self.subtype, _replaced(self.parameters, name, value))

    def pieces(self, *, utf8: bool = False) -> list[bytes]:
        """
        Write the type as pieces of a field body that may be folded apart.

        A `name` that is not ASCII goes into encoded words in quotes, which is what Outlook reads, unless
        `with_filename` was told to be strict; any other parameter follows RFC 2231.
        """
        style: Literal["rfc2231", "compat"] = "rfc2231" if getattr(self, "_strict", False) else "compat"
        return _joined(self.essence, params.pieces(self.parameters, utf8=utf8, style=style))

    def encode(self, *, utf8: bool = False) -> bytes:
        """Write the field body on one line."""
        return b"".join(self.pieces(utf8=utf8))

    def __str__(self) -> str:
        """Show the type and its parameters, decoded; `of` reads it back."""
        return self.essence + _text(self.parameters)


def _type(maintype: str, subtype: str, parameters: Parameters) -> ContentType:
    """Make a media type of what was read, without the checks of the constructor."""
    made = ContentType.__new__(ContentType)
    put(made, "maintype", maintype)
    put(made, "subtype", subtype)
    put(made, "parameters", parameters)
    return made


def _read_type(raw: bytes, flaws: list[Flaw] | None, limits: Limits) -> tuple[str, str, int] | None:
    """Read ``type/subtype``: the type, the subtype, the offset after them."""
    found = _plain_type().match(raw)
    if found is not None:
        return found[1].decode("ascii").lower(), found[2].decode("ascii").lower(), found.end()
    noted: list[Flaw] | None = None if flaws is None else []
    first = _token().match(raw, skip_cfws(raw, 0, noted, limits))
    slash = len(raw) if first is None else skip_cfws(raw, first.end(), noted, limits)
    second = _token().match(raw, skip_cfws(raw, slash + 1, noted, limits)) if raw.startswith(b"/", slash) else None
    if first is None or second is None:
        return None
    end = skip_cfws(raw, second.end(), noted, limits)
    if end == second.end() and raw[end : end + 1] not in (b"", b";"):
        return None
    if flaws is not None and noted:
        flaws += [_renamed(flaw, "M001") for flaw in noted]
    return first[0].decode("ascii").lower(), second[0].decode("ascii").lower(), end


def _renamed(flaw: Flaw, code: str) -> Flaw:
    """Give a flaw of the lexer the code of the field it is in, unless it is a passed limit."""
    return flaw if flaw[0] == "L009" else (code, *flaw[1:])


@cache
def _token() -> re.Pattern[bytes]:
    return re.compile(TOKEN)


@lru_cache(maxsize=8)
def default_type(essence: str) -> ContentType:
    """
    Give the type of a part that declares none: ``text/plain`` (RFC 2045 5.2), in a digest ``message/rfc822``.

    It has no charset, although RFC 2045 5.2 says US-ASCII: who declares nothing is not taken at that word.

    >>> default_type("message/rfc822").essence
    'message/rfc822'
    """
    maintype, _, subtype = essence.partition("/")
    return ContentType(maintype, subtype)


# ------------------------------------------------------------------------------------------------------- the boundary

#   boundary := 0*69<bchars> bcharsnospace                                   RFC 2046 5.1.1
_BCHARS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'()+_,-./:=? "


def _not_bchars(boundary: str) -> str:
    """Give the characters of *boundary* that may not stand in one."""
    return boundary if boundary.isspace() else boundary.translate(dict.fromkeys(map(ord, _BCHARS)))


def _boundary_flaws(boundary: str | None, size: int, flaws: list[Flaw]) -> None:
    """Note what is wrong with the boundary of a multipart; that there is none is seen where it is searched."""
    if not boundary:
        return
    if odd := _not_bchars(boundary):
        flaws.append(("M021", 0, size, f"the boundary holds {show(odd[0])}"))
    if len(boundary) > _MOST_BOUNDARY:
        flaws.append(("M022", 0, size, f"a boundary of {len(boundary)} characters"))
    if boundary[-1] in " \t":
        flaws.append(("M023", 0, size, "the boundary ends with white space"))


def _check_boundary(boundary: str) -> None:
    """Raise for a boundary that RFC 2046 5.1.1 does not allow."""
    odd = _not_bchars(boundary)
    if odd or not 1 <= len(boundary) <= _MOST_BOUNDARY or boundary.endswith(" "):
        what = f"holds {show(odd[0])}" if odd else "ends with a space" if boundary[-1:] == " " else "has no fit length"
        message = (
            f"the boundary {show(boundary)} {what}; RFC 2046 5.1.1 allows 1 to {_MOST_BOUNDARY} letters, digits, "
            f"spaces and '()+_,-./:=? without a space at the end; leave it out to get one"
        )
        raise HeaderError(message)


class ContentDisposition(Frozen):
    """
    How a part is to be shown: ``inline``, ``attachment`` or another token, in lower case, and parameters.

    >>> place = ContentDisposition.parse(b" attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt")
    >>> place.disposition, place.filename
    ('attachment', 'Gr\u00fc\u00dfe.txt')
    """

    __slots__ = ("disposition", "parameters")

    disposition: str
    parameters: Parameters

    def __init__(self, disposition: str, parameters: _Items = ()) -> None:
        """Make a disposition; `HeaderError` for what is no token, and for a parameter that cannot be written."""
        if not _is_token(disposition):
            message = f"the disposition {show(disposition)} is no token (RFC 2183 2); use inline or attachment"
            raise HeaderError(message)
        put(self, "disposition", disposition.lower())
        put(self, "parameters", Parameters.of(parameters))

    @classmethod
    def parse(
        cls,
        raw: bytes,
        flaws: list[Flaw] | None = None,
        *,
        limits: Limits = DEFAULT_LIMITS,
        charset: str | None = None,
    ) -> ContentDisposition | None:
        """
        Read a Content-Disposition; ``None`` when nothing in it can be read.  Never raises, linear.

        Where only the disposition cannot be read, it is ``attachment``, as an unknown one counts (RFC 2183 2.8).
        *flaws* gets M120 and what `codecs.parameters.parse` finds.
        """
        found = _plain_disposition().match(raw)
        if found is not None:
            disposition, end = found[1].decode("ascii").lower(), found.end()
        else:
            disposition, end = _read_disposition(raw, flaws, limits)
        parameters = _NONE if end == len(raw) else params.parse(raw, end, flaws, limits=limits, charset=charset)
        if not disposition:
            if not parameters:
                return None
            disposition = "attachment"
        made = cls.__new__(cls)
        put(made, "disposition", disposition)
        put(made, "parameters", parameters)
        return made

    @classmethod
    def of(cls, given: str | ContentDisposition) -> ContentDisposition:
        """
        Make a disposition of its text, such as ``attachment; filename=notes.pdf``; raise `HeaderError` for any fault.

        >>> ContentDisposition.of("inline") == ContentDisposition("inline")
        True
        """
        if isinstance(given, ContentDisposition):
            return given
        flaws: list[Flaw] = []
        read = cls.parse(_octets(given, "a disposition"), flaws)
        read = _faultless(read, flaws, given, "disposition; name=value (RFC 2183 2)")
        return cls(read.disposition, read.parameters)

    @property
    def filename(self) -> str | None:
        """The parameter of that name, as the sender wrote it, or ``None``."""
        return self.parameters.get("filename")

    @property
    def params(self) -> dict[str, str]:
        """The parameters as a new `dict`, by lower-case name."""
        return dict(self.parameters.pairs)

    def with_parameter(self, name: str, value: str) -> ContentDisposition:
        """Give a copy with the parameter *name* replaced in place, or added; raise `HeaderError` as the constructor."""
        return type(self)(self.disposition, _replaced(self.parameters, name, value))

    def pieces(self, *, utf8: bool = False) -> list[bytes]:
        """Write the disposition as pieces of a field body that may be folded apart, parameters by RFC 2231."""
        return _joined(self.disposition, params.pieces(self.parameters, utf8=utf8))

    def encode(self, *, utf8: bool = False) -> bytes:
        """Write the field body on one line."""
        return b"".join(self.pieces(utf8=utf8))

    def __str__(self) -> str:
        """Show the disposition and its parameters, decoded; `of` reads it back."""
        return self.disposition + _text(self.parameters)


@cache
def _quoted() -> re.Pattern[bytes]:
    return re.compile(QUOTED_STRING)


@cache
def _parameter_first() -> re.Pattern[bytes]:
    return re.compile(TOKEN + rb"[ \t\r\n]*+=")


def _read_disposition(raw: bytes, flaws: list[Flaw] | None, limits: Limits) -> tuple[str, int]:
    """Read a disposition that is not plain: what it is, or nothing, and the offset after it."""
    noted: list[Flaw] | None = None if flaws is None else []
    start = skip_cfws(raw, 0, noted, limits)
    found = None if _parameter_first().match(raw, start) else _token().match(raw, start)
    quoted = _quoted().match(raw, start)
    inside = raw[start + 1 : quoted.end() - 1].strip(_WHITE) if quoted is not None else b""
    if found is not None:
        disposition, end = found[0].decode("ascii").lower(), found.end()
    elif quoted is not None and is_token(inside):
        disposition, end = inside.decode("ascii").lower(), quoted.end()
    else:
        disposition, end = "", start
    after = skip_cfws(raw, end, noted, limits)
    if flaws is not None and noted is not None:
        flaws += [_renamed(flaw, "M120") for flaw in noted]
        if found is None or (after == end and raw[end : end + 1] not in (b"", b";")):
            flaws.append(("M120", 0, len(raw), f"{show(_shown(raw))} does not begin with a disposition"))
    return disposition, after


# -------------------------------------------------------------------------------------------------------- MIME version


def mime_version(
    raw: bytes, flaws: list[Flaw] | None = None, *, limits: Limits = DEFAULT_LIMITS
) -> tuple[int, int] | None:
    """
    Read a MIME-Version, comments and white space anywhere; ``None`` when it is none.  Never raises, linear.

    *flaws* gets H117 for whatever is not ``1.0`` (RFC 2045 4), L009 for comments too deep.

    >>> mime_version(b" 1.0 (produced by MetaSend Vx.x)"), mime_version(b" 1.(produced by MetaSend Vx.x)0")
    ((1, 0), (1, 0))
    """
    octets = raw.strip(_WHITE)
    if octets == b"1.0":
        return 1, 0
    noted: list[Flaw] = []
    out = []
    at = skip_cfws(raw, 0, noted, limits)
    while at < len(raw):
        found = _unspaced().match(raw, at)
        if found is None:  # a parenthesis that closes nothing
            break
        out.append(found[0])
        at = skip_cfws(raw, found.end(), noted, limits)
    digits = _version().fullmatch(b"".join(out)) if at >= len(raw) else None
    version = None if digits is None else (int(digits[1]), int(digits[2]))
    if flaws is not None:
        flaws += [flaw for flaw in noted if flaw[0] == "L009"][:1]
        if version != (1, 0) or any(flaw[0] != "L009" for flaw in noted):
            flaws.append(("H117", 0, len(raw), f"{show(_shown(raw))} is not 1.0"))
    return version


@cache
def _unspaced() -> re.Pattern[bytes]:
    return re.compile(rb"[^ \t\r\n()]++")


@cache
def _version() -> re.Pattern[bytes]:
    return re.compile(rb"([0-9]{1,9})\.([0-9]{1,9})")


def with_filename(
    kind: ContentType, place: ContentDisposition, filename: str, *, strict: bool = False
) -> tuple[ContentType, ContentDisposition]:
    r"""
    Give copies of both fields that tell *filename*: as `filename` of *place* and as `name` of *kind*.

    A name that is not ASCII is written as RFC 2231 `filename*` in the Content-Disposition and, for Outlook, as encoded
    words in the `name` of the Content-Type; with *strict* as RFC 2231 there too.  Raises `HeaderError` for a control
    character in it and for an empty one.

    >>> kind, place = with_filename(ContentType("text", "plain"), ContentDisposition("attachment"), "\xe4.txt")
    >>> kind.encode(), place.encode()
    (b'text/plain; name="=?utf-8?b?w6QudHh0?="', b"attachment; filename*=utf-8''%C3%A4.txt")
    """
    if not filename:
        message = "a filename is empty; give one character at least, or no filename"
        raise HeaderError(message)
    named = kind.with_parameter("name", filename)
    # QUIRK: Outlook shows ATT0001.dat unless it finds encoded words in the name, which RFC 2047 5 forbids.
    put(named, "_strict", strict)
    return named, place.with_parameter("filename", filename)


def effective_filename(kind: ContentType | None, place: ContentDisposition | None) -> str | None:
    """
    Give the name that readers show: `filename` of the Content-Disposition, else `name` of the Content-Type.

    Each in its extended form before its plain one (RFC 6266 4.3); a field that could not be read is ``None`` here, and
    an empty name is none.

    >>> effective_filename(ContentType("image", "png", {"name": "plot.png"}), None)
    'plot.png'
    """
    name = None if place is None else place.parameters.get("filename")
    return name or (None if kind is None else kind.parameters.get("name")) or None


def filename_flaws(type_raw: bytes, disposition_raw: bytes | None) -> list[Flaw]:
    """
    Give E064 for a Content-Type `name` in encoded words, unless the Content-Disposition beside it tells the same name.

    That pair is what `with_filename` writes and what Outlook needs.  Offsets are in *type_raw*.

    >>> filename_flaws(b' a/b; name="=?utf-8?q?=C3=A4?="', b" inline; filename*=utf-8''%C3%A4")
    []
    """
    if b"=?" not in type_raw:
        return []
    kind = ContentType.parse(type_raw)
    place = None if disposition_raw is None else ContentDisposition.parse(disposition_raw)
    if kind is None or (place is not None and place.filename == kind.parameters.get("name")):
        return []
    flaws: list[Flaw] = []
    params.parse(type_raw, type_raw.find(b";"), flaws)
    return [flaw for flaw in flaws if flaw[0] == "E064" and _is_name_in_words(type_raw, flaw)]


@cache
def _before_name() -> re.Pattern[bytes]:
    return re.compile(rb"(?:\A|[; \t\r\n)])name[ \t\r\n]*+=[ \t\r\n]*+\Z", re.IGNORECASE)


@cache
def _words() -> re.Pattern[bytes]:
    return re.compile(rb'"(?:%b[ \t\r\n]*+)++"' % ENCODED_WORD)


def _is_name_in_words(raw: bytes, flaw: Flaw) -> bool:
    """Tell whether a flaw is about a `name` whose value is well-formed encoded words in quotes and nothing else."""
    _, start, end, _ = flaw
    return bool(
        _before_name().search(raw[max(0, start - 40) : start])
        and _words().fullmatch(raw, start, end)
        and decode_words(raw[start + 1 : end - 1])
    )


def _is_token(given: object) -> bool:
    return isinstance(given, str) and given.isascii() and is_token(given.encode())


def _shown(raw: bytes) -> str:
    return raw.strip(_WHITE)[:80].decode("latin-1")


def _octets(given: object, what: str) -> bytes:
    """Give the octets of loose input, having refused what cannot stand in a field."""
    if not isinstance(given, str):
        message = f"{what} is given as {show(given)}, a {type(given).__name__}; give a str"
        raise HeaderError(message)
    guard(given, what)
    return given.encode()


def _faultless(read: _Value | None, flaws: list[Flaw], given: str, form: str) -> _Value:
    """Give what the reader made of loose input; raise for the first fault that it found."""
    fault = next((flaw for flaw in flaws if flaw[0] != _RAW), None)
    if read is None or fault is not None:
        detail = fault[3] if fault else "it is empty"
        message = f"{show(given)} cannot be read as {form}: {detail}; correct it, and quote values with specials"
        raise HeaderError(message)
    return read


def _replaced(parameters: Parameters, name: str, value: str) -> list[tuple[str, str]]:
    """Give the parameters with one of them replaced or added."""
    key = name.lower()
    pairs = [(known, value if known == key else old) for known, old in parameters.pairs]
    return pairs if key in parameters else [*pairs, (key, value)]


def _joined(value: str, written: list[bytes]) -> list[bytes]:
    """Put the value before its parameters."""
    return [value.encode() + b";", *written] if written else [value.encode()]


def _text(parameters: Parameters) -> str:
    """Show parameters for people: decoded, in quotes where they need them."""
    return "".join([f"; {name}={_shown_value(value)}" for name, value in parameters.pairs])


def _shown_value(value: str) -> str:
    if value.isascii() and is_token(value.encode()):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
