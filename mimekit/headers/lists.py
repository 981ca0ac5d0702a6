r"""
Mailing lists: the URIs of List-Unsubscribe and its siblings, the id of a list, and one-click unsubscription.

RFC 2369 gives a comma list of `<URI>` with comments, or `NO` in List-Post; RFC 2919 a phrase and `<label.namespace>`;
RFC 8058 a second field by which a mail client may post to the https URI without asking.  The URIs are data: they are
read as they stand and never followed, and what is written is a plain http, https or mailto URI.

    raw field body -> ListField, ListId;  URIs -> the fields of a list message

May import: `errors`, `defects`, `limits`, `frozen`, `wire`, `codecs`, `headers._phrase`.  Imported by: `bulk`,
`headers.field`, `headline`, `lint`.
"""

from __future__ import annotations

import re
from functools import cache

from mimekit.codecs import words
from mimekit.codecs.charset import decode_raw
from mimekit.errors import HeaderError, show
from mimekit.frozen import Frozen, put
from mimekit.headers import _phrase
from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire.abnf import is_dot_atom
from mimekit.wire.fold import guard
from mimekit.wire.tokens import Lexer, comment_text, skip_cfws, unquote

__all__ = ["ONE_CLICK", "ListField", "ListId", "is_one_click", "unsubscribe_fields"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from mimekit.defects import Flaw
    from mimekit.limits import Limits

ONE_CLICK = b"List-Unsubscribe=One-Click"
"""The one value that List-Unsubscribe-Post has (RFC 8058 3.1)."""

_WHITE = b" \t\r\n"
_MAX_LIST_ID = 255  # octets                                                  RFC 2919 2


class ListField(Frozen):
    """
    The URIs of a List-* field in the order of the sender's preference, each with its comment, or ``NO``.

    >>> field = ListField.parse(b" <mailto:list@host.example?subject=help> (Instructions), <https://host.example/>")
    >>> field.uris, field.comments
    (('mailto:list@host.example?subject=help', 'https://host.example/'), ('Instructions', ''))
    """

    __slots__ = ("comments", "is_no", "uris")

    uris: tuple[str, ...]
    comments: tuple[str, ...]
    """As many as there are URIs, empty where there is none; one when the field says ``NO``."""
    is_no: bool

    def __init__(self, uris: Sequence[str], comments: Sequence[str], *, is_no: bool = False) -> None:
        """Keep what was read or checked; `of` is what checks."""
        put(self, "uris", tuple(uris))
        put(self, "comments", tuple(comments))
        put(self, "is_no", is_no)

    @classmethod
    def parse(
        cls,
        raw: bytes,
        flaws: list[Flaw] | None = None,
        *,
        limits: Limits = DEFAULT_LIMITS,
        charset: str | None = None,
    ) -> ListField:
        """
        Read a List-* field.  Never raises, linear; white space inside the brackets is no part of a URI (RFC 2369 2).

        URIs without brackets are read where they stand alone.  *flaws* gets H228 (syntax) and L009.
        """
        reader = _UriReader(raw, limits, charset)
        if flaws is not None:
            flaws += reader.flaws
        return cls(reader.uris, reader.comments, is_no=reader.is_no)

    @classmethod
    def of(cls, given: str | Sequence[str] | ListField, *, comments: Sequence[str] = ()) -> ListField:
        """
        Make the field of one URI or several, without brackets, or of ``"NO"``; raise `HeaderError`.

        A URI is http, https or mailto, in printable ASCII, percent-encoded where it needs to be; it is written as it
        is.  *comments* are for people, one for each URI from the first on, and are read back as they are given.

        >>> str(ListField.of("https://example.com/u/8f3a"))
        '<https://example.com/u/8f3a>'
        """
        if isinstance(given, ListField):
            return given
        uris = [given] if isinstance(given, str) else list(given)
        is_no = uris == ["NO"]
        if not uris or len(comments) > len(uris):
            message = f"{len(comments)} comments for {len(uris)} URIs; give one URI at least and no comment without one"
            raise HeaderError(message)
        for comment in comments:
            guard(comment, "a comment of a List-* field")
        shown = [*comments, *[""] * (len(uris) - len(comments))]
        return cls([] if is_no else [_checked(uri) for uri in uris], shown, is_no=is_no)

    def pieces(self, *, utf8: bool = False) -> list[bytes]:
        """Write the field as pieces that may be folded apart: between URIs, and between the words of a comment."""
        out: list[bytes] = []
        bodies = [b"NO"] if self.is_no else [_bracketed(uri, utf8=utf8) for uri in self.uris]
        for body, comment in zip(bodies, self.comments, strict=True):
            if out:
                out[-1] += b","
            out.append(b" " + body if out else body)
            if comment:
                out += [b" " + word for word in _comment_words(comment, utf8=utf8)]
        return out

    def encode(self, *, utf8: bool = False) -> bytes:
        """Write the field body on one line."""
        return b"".join(self.pieces(utf8=utf8))

    def __str__(self) -> str:
        """Show the URIs in their brackets, with their comments."""
        bodies = ["NO"] if self.is_no else [f"<{uri}>" for uri in self.uris]
        pairs = zip(bodies, self.comments, strict=True)
        return ", ".join([f"{body} ({comment})" if comment else body for body, comment in pairs])


class _UriReader:
    """What is read of a List-* field, element by element."""

    __slots__ = ("_bare", "_charset", "_limits", "_raw", "_said", "_uri", "comments", "flaws", "is_no", "uris")

    def __init__(self, raw: bytes, limits: Limits, charset: str | None) -> None:
        self.uris: list[str] = []
        self.comments: list[str] = []
        self.flaws: list[Flaw] = []
        self.is_no = False
        self._raw = raw
        self._limits = limits
        self._charset = charset
        self._uri: bytes | None = None  # of the element that has begun
        self._said: list[str] = []  # its comments
        self._bare = -1  # where a word without brackets begins
        at = self._scan()
        self._end_word(at)
        self._end_element(at)
        if not self.uris and not self.is_no:
            self._fault(0, len(raw), "no URI")

    def _scan(self) -> int:
        raw = self._raw
        lexer = Lexer(raw, self._note, depth=self._limits.max_comment_depth)
        at = 0
        while at < len(raw):
            kind, start, end = lexer.token(at)
            if kind in ("fws", "comment", "<", ","):
                self._end_word(start)
            if kind == "<":
                end = self._take_uri(start)
            elif kind == "comment":
                # Before decoding: what an encoded word says is no white space of the field.
                octets = _one_space(comment_text(raw, start, end))
                self._said.append(words.decode(octets, limits=self._limits, charset=self._charset))
            elif kind == ",":
                self._end_element(start)
            elif kind != "fws" and self._bare < 0:
                self._bare = start
            at = end
        return at

    def _take_uri(self, start: int) -> int:
        """Take the URI whose bracket stands at *start*; give the offset after it."""
        if self._uri is not None:
            self._fault(start, start + 1, "no comma between two URIs")
            self._end_element(start)
        end = self._raw.find(b">", start)
        if end < 0:
            self._fault(start, len(self._raw), "no end of a URI")
            end = len(self._raw)
        self._uri = self._raw[start + 1 : end].translate(None, _WHITE)
        if not self._uri or not self._uri.isascii() or b"<" in self._uri:
            self._fault(start, end, "no URI in the angle brackets")
        return min(end + 1, len(self._raw))

    def _end_word(self, end: int) -> None:
        """End a word without brackets: ``NO``, a URI that lacks them, or nothing that can be read."""
        if self._bare < 0:
            return
        word, start, self._bare = self._raw[self._bare : end], self._bare, -1
        if word.upper() == b"NO" and not self.uris and self._uri is None:
            self.is_no = True
            return
        self._fault(start, end, "a word outside of the angle brackets")
        if self._uri is None and _scheme().match(word):
            self._uri = word

    def _end_element(self, end: int) -> None:
        """End the element that a comma or the end of the field closes."""
        comment = " ".join([said for said in self._said if said])
        if self._uri:
            self.uris.append(decode_raw(self._uri, self._charset))
            self.comments.append(comment)
            if self.is_no:
                self._fault(0, end, "NO beside a URI")
                self.is_no, self.comments = False, self.comments[-1:]
        elif self.is_no and not self.uris:
            self.comments = [" ".join([said for said in (*self.comments, comment) if said])]
        else:
            self._fault(max(0, end - 1), end, "an empty element")
        self._uri = None
        self._said.clear()

    def _fault(self, start: int, end: int, detail: str) -> None:
        """Note the first fault; the others follow from it more often than not."""
        if not any(flaw[0] == "H228" for flaw in self.flaws):
            self.flaws.append(("H228", start, end, detail))

    def _note(self, code: str, start: int, end: int, detail: str) -> None:
        if code != "L009":
            self._fault(start, end, detail)
        elif not any(flaw[0] == code for flaw in self.flaws):
            self.flaws.append((code, start, end, detail))


def _one_space(octets: bytes) -> bytes:
    """Put one space in the place of each run of white space, nothing at the ends."""
    return _white_space().sub(b" ", octets).strip(b" ")


@cache
def _white_space() -> re.Pattern[bytes]:
    return re.compile(rb"[ \t\r\n]++")


@cache
def _scheme() -> re.Pattern[bytes]:
    #   scheme = ALPHA *( ALPHA / DIGIT / "+" / "-" / "." )                  RFC 3986 3.1
    return re.compile(rb"[A-Za-z][A-Za-z0-9+.\-]*+:[!-~]")


@cache
def _writable() -> re.Pattern[str]:
    return re.compile(r"(?:https?://[!-;=?-~]++|mailto:[!-;=?-~]++)", re.IGNORECASE)


def _checked(uri: object) -> str:
    """Check a URI that is to be written, and give it."""
    if not isinstance(uri, str):
        message = f"a list URI is given as {show(uri)}, a {type(uri).__name__}; give a str"
        raise HeaderError(message)
    guard(uri, "a list URI")
    if not uri.isascii():
        message = (
            f"the list URI {show(uri)} is not ASCII; percent-encode its path and query and write its domain in "
            f"A-labels (RFC 3986 2.1, RFC 3987 3.1)"
        )
        raise HeaderError(message)
    if not _writable().fullmatch(uri):
        message = (
            f"{show(uri)} is no https:, http: or mailto: URI without white space and angle brackets (RFC 2369 2, "
            f"RFC 8058 3.1); give such a URI, percent-encoded, without the brackets"
        )
        raise HeaderError(message)
    return uri


def _bracketed(value: str, *, utf8: bool) -> bytes:
    """Write a URI or id in angle brackets; one that was read may hold what only UTF-8 headers can (RFC 6532 3.2)."""
    if not utf8 and not value.isascii():
        message = (
            f"{show(value)} is not ASCII and has no place for encoded words (RFC 2047 5); percent-encode it, or build "
            f"the message with encoding='smtputf8'"
        )
        raise HeaderError(message)
    return b"<%b>" % value.encode()


def _comment_words(comment: str, *, utf8: bool) -> list[bytes]:
    """Write a comment as words; in encoded ones the alphabet of a phrase has no parentheses (RFC 2047 5 (2))."""
    is_text = not words.needs_encoding(comment) or (utf8 and comment.isprintable() and "=?" not in comment)
    if not is_text or _one_space(comment.encode()) != comment.encode():
        made = words.encode(comment, phrase=True)
    else:
        made = _specials().sub(rb"\\\g<0>", comment.encode()).split(b" ")
        if max(map(len, made)) > _LONG:
            made = words.encode(comment, phrase=True)
    made[0] = b"(" + made[0]
    made[-1] += b")"
    return made


_LONG = 700  # octets without white space that may still stand as they are; a line has at most 998


@cache
def _specials() -> re.Pattern[bytes]:
    return re.compile(rb"[()\\]")


# ------------------------------------------------------------------------------------------------- unsubscription


def is_one_click(raw: bytes) -> bool:
    """
    Tell whether the body of a List-Unsubscribe-Post field is the one that RFC 8058 3.1 allows.

    >>> is_one_click(b" List-Unsubscribe=One-Click"), is_one_click(b" yes")
    (True, False)
    """
    return raw.strip(_WHITE) == ONE_CLICK


def unsubscribe_fields(uris: str | Sequence[str]) -> list[tuple[str, list[bytes]]]:
    """
    Give the names and the pieces of the fields by which a reader can leave a list.

    List-Unsubscribe always; List-Unsubscribe-Post when one of the URIs is https, where a mail client may then post
    (RFC 8058 3.1).  Raises `HeaderError` as `ListField.of`.

    >>> [name for name, _ in unsubscribe_fields(["https://example.com/u/8f3a", "mailto:u@example.com"])]
    ['List-Unsubscribe', 'List-Unsubscribe-Post']
    """
    field = ListField.of(uris)
    if field.is_no:
        message = "NO is a value of List-Post alone (RFC 2369 3.4); give an https or mailto URI to unsubscribe by"
        raise HeaderError(message)
    fields = [("List-Unsubscribe", field.pieces())]
    if any(uri[:6].lower() == "https:" for uri in field.uris):
        fields.append(("List-Unsubscribe-Post", [ONE_CLICK]))
    return fields


# ---------------------------------------------------------------------------------------------------------- list id


class ListId(Frozen):
    """
    The id of a list, which is compared without case, and what the list is called.

    >>> found = ListId.parse(b' "The Notes" <notes.lists.example.com>')
    >>> found.list_id, found.description
    ('notes.lists.example.com', 'The Notes')
    """

    __slots__ = ("description", "list_id")

    list_id: str
    description: str

    def __init__(self, list_id: str, description: str = "") -> None:
        """Keep what was read or checked; `of` is what checks."""
        put(self, "list_id", list_id)
        put(self, "description", description)

    @classmethod
    def parse(
        cls,
        raw: bytes,
        flaws: list[Flaw] | None = None,
        *,
        limits: Limits = DEFAULT_LIMITS,
        charset: str | None = None,
    ) -> ListId | None:
        """
        Read a List-Id; ``None`` when there is none in it.  Never raises, linear.

        An id without brackets is read where it stands alone.  *flaws* gets H229 (syntax, or over 255 octets), L009, and
        what `codecs.words.decode_phrase` finds in the description.
        """
        noted: list[Flaw] = []

        def note(code: str, start: int, end: int, detail: str) -> None:
            code = code if code == "L009" else "H229"
            if not any(flaw[0] == code for flaw in noted):
                noted.append((code, start, end, detail))

        phrase, found, damaged = _split(raw, Lexer(raw, note, depth=limits.max_comment_depth))
        if found is None and len(phrase) == 1 and b"." in phrase[0][1]:
            found, phrase = phrase[0][1], []
        if not found:
            note("H229", 0, len(raw), "no list id")
        elif not is_dot_atom(found) or b"." not in found or len(found) > _MAX_LIST_ID:
            note("H229", 0, len(raw), f"{show(decode_raw(found))} is no label.namespace of at most 255 octets")
        elif damaged:
            note("H229", 0, len(raw), "not in the form <label.namespace>")
        start = len(noted)
        description = words.decode_phrase(phrase, noted, limits=limits, charset=charset)
        if flaws is not None:
            flaws += noted[:start] + [(code, 0, len(raw), detail) for code, _, _, detail in noted[start:]]
        return cls(decode_raw(found, charset), description) if found else None

    @classmethod
    def of(cls, given: str | ListId, description: str = "") -> ListId:
        """
        Make the id of a list, such as ``notes.lists.example.com``, and its description; raise `HeaderError`.

        >>> ListId.of("notes.lists.example.com", "The Notes").encode()
        b'The Notes <notes.lists.example.com>'
        """
        if isinstance(given, ListId):
            return given
        if not _is_list_id(given):
            message = (
                f"{show(given)} is no list id; RFC 2919 2 has label.namespace in ASCII, without angle brackets and of "
                f"at most {_MAX_LIST_ID} octets, such as notes.lists.example.com"
            )
            raise HeaderError(message)
        guard(description, "the description of a list")
        return cls(given, description)

    def pieces(self, *, utf8: bool = False) -> list[bytes]:
        """Write the field as pieces that may be folded apart."""
        written = _bracketed(self.list_id, utf8=utf8)
        if not self.description:
            return [written]
        return [*_phrase.pieces(self.description, utf8=utf8), b" " + written]

    def encode(self, *, utf8: bool = False) -> bytes:
        """Write the field body on one line."""
        return b"".join(self.pieces(utf8=utf8))

    def __str__(self) -> str:
        """Show the description and the id in its brackets."""
        return f"{self.description} <{self.list_id}>" if self.description else f"<{self.list_id}>"


def _is_list_id(given: object) -> bool:
    if not isinstance(given, str) or not given.isascii() or not given.isprintable():
        return False
    return is_dot_atom(given.encode()) and "." in given and len(given) <= _MAX_LIST_ID


def _split(raw: bytes, lexer: Lexer) -> tuple[list[tuple[str, bytes]], bytes | None, bool]:
    """Split a List-Id into its phrase and what is in its innermost angle brackets, and tell whether it is damaged."""
    phrase: list[tuple[str, bytes]] = []
    inside: list[bytes] | None = None
    closed = damaged = False
    word = at = 0  # where the word that has begun begins
    while at < len(raw) and not closed:
        kind, start, end = lexer.token(at)
        if inside is None:
            if kind in ("fws", "comment", "quoted", "<"):
                if word < start:
                    phrase.append(("atom", raw[word:start]))
                word = end
            if kind == "quoted":
                phrase.append((kind, unquote(raw, start, end)))
        if kind == "<":
            damaged |= inside is not None
            inside = []
        elif kind == ">" and inside is not None:
            closed = True
        elif inside is not None:
            damaged |= kind in ("fws", "comment")
            inside.append(b"" if kind in ("fws", "comment") else raw[start:end])
        at = end
    if inside is None and word < at:
        phrase.append(("atom", raw[word:at]))
    damaged |= not closed or skip_cfws(raw, at) < len(raw)
    return phrase, None if inside is None else b"".join(inside), damaged
