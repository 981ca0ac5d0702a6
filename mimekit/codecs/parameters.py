r"""
Parameters: what follows the value in Content-Type and Content-Disposition, as written and as meant.

RFC 2045 5.1 gives `;name=value`, RFC 2231 adds charsets and values in sections.  Senders write more: RFC 2047 words,
spaces without quotes, Windows paths, sections out of order.  All of that is read, and all of it is flagged, because
where two readers disagree a filter can be passed.

    raw field body + offset -> Parameters;  (name, value) pairs -> pieces of a field body

May import: `errors`, `defects`, `limits`, `frozen`, `wire`, and its siblings.  Imported by: `headers`, `lint`,
`strategies`.
"""

from __future__ import annotations

import re
from binascii import unhexlify
from functools import cache

from mimekit.codecs._flaws import Ledger
from mimekit.codecs._parameter_scanner import Scanner
from mimekit.codecs._parameter_writer import check, pieces
from mimekit.codecs.charset import canonical, decode_raw, decode_strictly
from mimekit.codecs.words import decode as decode_words
from mimekit.errors import show
from mimekit.frozen import Frozen, put
from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire.abnf import ATTRIBUTE_CHAR, TOKEN
from mimekit.wire.fold import unfold

__all__ = ["Parameters", "parse", "pieces"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mimekit.codecs._parameter_scanner import Written
    from mimekit.defects import Flaw
    from mimekit.limits import Limits

_WHITE = b" \t\r\n"
_FILENAMES = ("filename", "name")  # where Windows paths, spaces and encoded words are found


class Parameters(Frozen):
    """
    The parameters of one field, by lower-case name, in the order of their first appearance.

    >>> found = parse(b'text/plain; charset="utf-8"; Format=flowed', 10)
    >>> found["charset"], found.get("format"), "delsp" in found, list(found)
    ('utf-8', 'flowed', False, [('charset', 'utf-8'), ('format', 'flowed')])
    """

    __slots__ = ("_source", "pairs")

    pairs: tuple[tuple[str, str], ...]
    _source: tuple[bytes, int, int]

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        put(self, "pairs", tuple(pairs))

    @classmethod
    def of(cls, items: Mapping[str, str] | Iterable[tuple[str, str]]) -> Parameters:
        """Make parameters of a mapping or of pairs; `HeaderError` for what `pieces` could not write."""
        pairs = [(name.lower(), value) for name, value in (items.items() if hasattr(items, "items") else items)]
        check(pairs)
        return cls(pairs)

    @property
    def raw(self) -> tuple[tuple[str, bytes], ...]:
        """
        Every parameter as written, in order: its name with its stars, its value with its quotes; none when built.

        >>> parse(b"attachment; filename=a; FileName*0*=utf-8''b", 10).raw
        (('filename', b'a'), ('FileName*0*', b"utf-8''b"))
        """
        try:
            raw, pos, most = self._source
        except AttributeError:
            return ()
        written = Scanner(raw, pos, Ledger()).scan(most)
        return tuple([(decode_raw(name), raw[start:end]) for name, _, start, end in written])

    def get(self, name: str, default: str | None = None) -> str | None:
        """Give the value of *name* in any case, else *default*."""
        name = name.lower()
        for known, value in self.pairs:
            if known == name:
                return value
        return default

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)

    def __len__(self) -> int:
        return len(self.pairs)


@cache
def _plain_parameter() -> re.Pattern[bytes]:
    """Match what nearly all parameters are: no comment, backslash, control character, 8-bit octet or star."""
    value = rb"(?:(%b)(?=[ \t\r\n;]|\Z)|\"([^\"\\\x00-\x08\x0a-\x1f\x7f-\xff]*+)\")" % TOKEN
    return re.compile(rb"[ \t\r\n]*+;[ \t\r\n]*+(%b++)=%b" % (ATTRIBUTE_CHAR, value))


def parse(
    raw: bytes,
    pos: int,
    flaws: list[Flaw] | None = None,
    *,
    limits: Limits = DEFAULT_LIMITS,
    charset: str | None = None,
) -> Parameters:
    r"""
    Read the parameters in *raw* from offset *pos*, where the value before them has ended.  Never raises, linear.

    The first of two with one name wins; of several forms of one, `name*` wins over `name*0` and that over `name` (as
    RFC 6266 4.3 has it).  *charset* is the label for raw 8-bit octets.  *flaws* gets M002 (syntax), M004 (twice, or
    two forms that differ), M005 (no quotes), E061, E062 (RFC 2231), E063 (a plain file name that is no fallback of the
    extended one), E064 (RFC 2047 word), E065 (8-bit), X002 (control character), X016 (a backslash that is kept, as of a
    Windows path), L006 (too many).

    >>> parse(b"attachment; filename*1=b.txt; filename*0*=iso-8859-1''%E4", 10)["filename"]
    '\xe4b.txt'
    """
    most = limits.max_params_per_field
    found = None if b"=?" in raw else _parse_plain(raw, pos, most)
    if found is None:
        found = _parse_any(raw, pos, flaws, most, charset)
    put(found, "_source", (raw, pos, most))
    return found


def _parse_plain(raw: bytes, pos: int, most: int) -> Parameters | None:
    """Read parameters that are all plain and all different; ``None`` when something is not."""
    values: dict[str, str] = {}
    count = 0
    match = _plain_parameter().match
    while found := match(raw, pos):
        name, token, quoted = found.groups()
        values[name.decode("ascii").lower()] = (quoted if token is None else token).decode("ascii")
        count += 1
        pos = found.end()
    # One `;` may end the field: `M003` is the linter's, and no reader minds.
    if len(values) != count or count > most or raw[pos:].strip(_WHITE) not in (b"", b";"):
        return None
    return Parameters(values.items())


class _Form:
    """One parameter as written: section, whether it is percent-encoded, octets with quotes and folds undone, place."""

    __slots__ = ("end", "extended", "is_ambiguous", "octets", "quoted", "section", "start")

    def __init__(self, written: Written, section: int | None, *, extended: bool, quoted: bool, path: bool) -> None:
        _, value, self.start, self.end = written
        if b"\n" in value:
            value = unfold(value)
        self.is_ambiguous = False
        if quoted and b"\\" in value:
            unquoted = _any_pair().sub(rb"\1", value)
            # QUIRK: a path of Windows stands in quotes with single backslashes; there only `\"` and `\\` are pairs.
            value = _path_pair().sub(rb"\1", value) if path else unquoted
            self.is_ambiguous = value != unquoted
        self.octets = value
        self.section = section
        self.extended = extended
        self.quoted = quoted


@cache
def _path_pair() -> re.Pattern[bytes]:
    return re.compile(rb"\\([\"\\])")


@cache
def _any_pair() -> re.Pattern[bytes]:
    return re.compile(rb"\\([\x00-\xff])")


@cache
def _stars() -> re.Pattern[str]:
    # Nine digits are more than any field has room for, and `int` takes quadratic time over thousands.
    return re.compile(r"([^*]+)(?:\*(0*[0-9]{1,9}))?(\*)?")


def _parse_any(raw: bytes, pos: int, flaws: list[Flaw] | None, most: int, charset: str | None) -> Parameters:
    """Read parameters of any shape."""
    ledger = Ledger()
    forms: dict[str, list[_Form]] = {}
    for written in Scanner(raw, pos, ledger).scan(most):
        name = decode_raw(written[0]).lower()
        stars = _stars().fullmatch(name)
        if stars is None:
            ledger.add("E062", *written[2:], "star in the name is followed by neither a section number nor the end")
        base, digits, star = stars.groups() if stars else (name, None, None)
        if digits and digits != "0" and digits[0] == "0":
            ledger.add("E062", *written[2:], "section number has a leading zero")
        section = int(digits) if digits else None
        quoted = raw.startswith(b'"', written[2])
        form = _Form(written, section, extended=bool(star), quoted=quoted, path=base in _FILENAMES)
        if form.is_ambiguous:
            ledger.add("X016", *written[2:], f"backslash is kept in {base}, where other readers drop it")
        forms.setdefault(base, []).append(form)
    reader = _Reader(ledger, charset)
    found = Parameters([(base, reader.read(base, some)) for base, some in forms.items()])
    if flaws is not None:
        ledger.close(flaws)
    return found


class _Reader:
    """What turns the forms of one parameter into its value."""

    __slots__ = ("charset", "ledger")

    def __init__(self, ledger: Ledger, charset: str | None) -> None:
        self.ledger = ledger
        self.charset = charset

    def read(self, name: str, forms: list[_Form]) -> str:
        """Give the value of *name*: of the extended form, else of the sections, else of the plain form."""
        whole = [form for form in forms if form.extended and form.section is None]
        plain = [form for form in forms if not form.extended and form.section is None]
        sections = [form for form in forms if form.section is not None]
        for form in whole[1:] + plain[1:]:
            self.ledger.add("M004", form.start, form.end, f"parameter {show(name)} again")
        values = []
        if whole:
            values.append(self.extended(whole[:1], label=None))
        if sections:
            values.append(self.sections(sections))
            if whole:
                self.ledger.add("E062", sections[0].start, sections[0].end, "sections beside the whole value")
        if plain:
            values.append(self.plain(name, plain[0].octets, plain[0]))
            self.compare(name, values, plain[0])
        if (control := _control(values[0])) is not None:
            self.ledger.add("X002", forms[0].start, forms[0].end, f"value of {show(name)} holds U+{control:04X}")
        return values[0]

    def compare(self, name: str, values: list[str], plain: _Form) -> None:
        """Note a plain form that says something else than the others."""
        if values[0] == values[-1]:
            return
        if name not in _FILENAMES:
            self.ledger.add("M004", plain.start, plain.end, f"plain and extended form of {show(name)} differ")
        elif not _is_fallback(values[-1], values[0]):
            self.ledger.add("E063", plain.start, plain.end, f"plain {name} is no ASCII fallback of the extended one")

    def plain(self, name: str, octets: bytes, form: _Form) -> str:
        """Decode a plain value, with the encoded words that it must not have."""
        if not octets.isascii():
            self.ledger.add("E065", form.start, form.end, "8-bit octets in a parameter")
        text = decode_raw(octets, self.charset)
        # A delimiter line holds the octets of the boundary as they are (RFC 2046 5.1.1).
        if b"=?" in octets and name != "boundary":
            decoded = decode_words(octets, charset=self.charset)
            if decoded != text.strip(" \t\r\n"):
                self.ledger.add("E064", form.start, form.end, "encoded word in a parameter")
                return decoded
        return text

    def sections(self, sections: list[_Form]) -> str:
        """Join sections in the order of their numbers, whatever the order they come in (RFC 2231 3)."""
        ordered: dict[int | None, _Form] = {}
        for form in sorted(sections, key=_section):
            if form.section in ordered:
                self.ledger.add("E062", form.start, form.end, f"section {form.section} again")
            else:
                ordered[form.section] = form
        forms = list(ordered.values())
        if list(ordered) != list(range(len(forms))):
            self.ledger.add("E062", sections[0].start, sections[0].end, "section numbers do not run 0, 1, 2")
        if not any(form.extended for form in forms):
            return self.plain("", b"".join([form.octets for form in forms]), forms[0])
        label = b"" if not forms[0].extended else None
        out: list[str] = []
        run: list[_Form] = []  # a character may be divided between extended sections
        for form in forms:
            if form.extended:
                run.append(form)
                continue
            if run:
                out.append(self.extended(run, label=label))
                label = self.label(run[0]) if label is None else label
                run = []
            out.append(self.plain("boundary", form.octets, form))
        if run:
            out.append(self.extended(run, label=label))
        return "".join(out)

    def label(self, form: _Form) -> bytes:
        """Give the charset that an extended value names."""
        return form.octets.partition(b"'")[0] if form.octets.count(b"'") > 1 else b""

    def extended(self, forms: list[_Form], *, label: bytes | None) -> str:
        """Decode percent-encoded sections by *label*, or by the charset that the first one names (RFC 2231 4)."""
        start, end = min([form.start for form in forms]), max([form.end for form in forms])
        octets = forms[0].octets
        if any(form.quoted for form in forms):
            self.ledger.add("E061", start, end, "extended value in quotes")
        if label is None:
            label = self.label(forms[0])
            if octets.count(b"'") > 1:
                octets = octets.split(b"'", 2)[2]
            else:
                self.ledger.add("E061", start, end, "extended value without charset'language'")
        again = b"%b'" % label.lower()
        rest = [form.octets for form in forms[1:]]
        for index, later in enumerate(rest):
            if label and later.lower().startswith(again) and later.count(b"'") > 1:
                self.ledger.add("E061", start, end, "charset again in a later section")
                rest[index] = later.split(b"'", 2)[2]
        return self.percent(octets + b"".join(rest), label, start, end)

    def percent(self, octets: bytes, label: bytes, start: int, end: int) -> str:
        """Undo percent-encoding, then the charset."""
        if b"%" in octets:
            if _bad_percent().search(octets):
                self.ledger.add("E061", start, end, "`%` without two hexadecimal digits")
            octets = _percent().sub(_unescape, octets)
        name = decode_raw(label)
        codec = canonical(name) if label else "utf-8"
        text = None if codec is None else decode_strictly(octets, codec)
        if text is not None:
            return text
        what = f"unknown charset {show(name)}" if codec is None else f"octets are invalid in {show(name or 'utf-8')}"
        self.ledger.add("E061", start, end, what)
        return decode_raw(octets, self.charset)


def _section(form: _Form) -> int:
    return form.section or 0


def _unescape(found: re.Match[bytes]) -> bytes:
    return unhexlify(found[0].replace(b"%", b""))


@cache
def _percent() -> re.Pattern[bytes]:
    return re.compile(rb"(?:%[0-9A-Fa-f]{2})++")


@cache
def _bad_percent() -> re.Pattern[bytes]:
    return re.compile(rb"%(?![0-9A-Fa-f]{2})")


def _control(text: str) -> int | None:
    """Give the first control character of *text* but TAB, ``None`` when there is none."""
    if text.isprintable():
        return None
    return next((ord(letter) for letter in text if (letter < " " and letter != "\t") or letter == "\x7f"), None)


def _is_fallback(plain: str, full: str) -> bool:
    """Tell whether *plain* is ASCII and has every ASCII run of *full* in order, the ends in their place."""
    if full.isascii() or not plain.isascii():
        return False
    runs = _non_ascii().split(full)
    if not (plain.startswith(runs[0]) and plain.endswith(runs[-1])):
        return False
    at = len(runs[0])
    for run in runs[1:-1]:
        at = plain.find(run, at)
        if at < 0:
            return False
        at += len(run)
    return at <= len(plain) - len(runs[-1])


@cache
def _non_ascii() -> re.Pattern[str]:
    return re.compile("[^\x00-\x7f]++")
