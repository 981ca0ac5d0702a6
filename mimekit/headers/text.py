r"""
Text: unstructured field bodies, and the phrases of Keywords.

RFC 5322 3.6.5: Subject and Comments are unstructured, which `codecs.words` reads and writes; Keywords is a list of
phrases, where quotes and commas mean something.  An encoded word may be an atom of a phrase and no part of a quoted
string (RFC 2047 5).

    raw field body -> str, or PhraseList;  those -> pieces of a field body

May import: `errors`, `defects`, `limits`, `frozen`, `wire`, `codecs`, `headers._phrase`.  Imported by: nobody.
"""

from __future__ import annotations

from mimekit.codecs import words
from mimekit.codecs.words import decode as parse
from mimekit.codecs.words import pieces
from mimekit.errors import HeaderError, show
from mimekit.frozen import Frozen, put
from mimekit.headers import _phrase
from mimekit.limits import DEFAULT_LIMITS
from mimekit.wire.fold import guard
from mimekit.wire.tokens import Lexer, unquote

__all__ = ["PhraseList", "parse", "pieces"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mimekit.defects import Flaw
    from mimekit.limits import Limits


class PhraseList(Frozen):
    """
    The phrases of a Keywords field, decoded.

    >>> PhraseList.parse(b' engine, "notes, third draft", =?utf-8?q?Gr=C3=BC=C3=9Fe?=').phrases
    ('engine', 'notes, third draft', 'Gr\u00fc\u00dfe')
    """

    __slots__ = ("phrases",)

    phrases: tuple[str, ...]

    def __init__(self, phrases: Iterable[str]) -> None:
        """Keep *phrases*; `of` is what checks them."""
        put(self, "phrases", tuple(phrases))

    @classmethod
    def parse(
        cls,
        raw: bytes,
        flaws: list[Flaw] | None = None,
        *,
        limits: Limits = DEFAULT_LIMITS,
        charset: str | None = None,
    ) -> PhraseList:
        """
        Read a comma list of phrases; empty elements are passed over (RFC 5322 4.1).  Never raises, linear.

        *flaws* gets A038 and A039 (a parenthesis or quote without its other half), L009 (comments too deep), and what
        `codecs.words.decode_phrase` finds.
        """
        return cls(_Reader(raw, flaws, limits, charset).phrases)

    @classmethod
    def of(cls, given: str | Iterable[str] | PhraseList) -> PhraseList:
        """Make the list of one phrase or of several; nothing in a phrase is parsed.  Raises `HeaderError`."""
        if isinstance(given, PhraseList):
            return given
        phrases = [given] if isinstance(given, str) else list(given)
        for phrase in phrases:
            if not _is_phrase(phrase):
                message = f"{show(phrase)} among {show(phrases)} is no phrase (RFC 5322 3.2.5); give a str with text"
                raise HeaderError(message)
            guard(phrase, "a phrase")
        if not phrases:
            message = "a list of phrases needs one at least (RFC 5322 3.6.5); leave the field out instead"
            raise HeaderError(message)
        return cls(phrases)

    def pieces(self, *, utf8: bool = False) -> list[bytes]:
        """Write the list as pieces of a field body that may be folded apart."""
        out: list[bytes] = []
        for phrase in self.phrases:
            made = _phrase.pieces(phrase, utf8=utf8)
            if out:
                out[-1] += b","
                made[0] = b" " + made[0]
            out += made
        return out

    def encode(self, *, utf8: bool = False) -> bytes:
        """Write the field body on one line."""
        return b"".join(self.pieces(utf8=utf8))

    def __str__(self) -> str:
        """Show the phrases for people."""
        return ", ".join(self.phrases)

    def __iter__(self) -> Iterator[str]:
        """Yield each phrase."""
        return iter(self.phrases)

    def __len__(self) -> int:
        """Count the phrases."""
        return len(self.phrases)


def _is_phrase(given: object) -> bool:
    return isinstance(given, str) and given != ""


class _Reader:
    """What is read of a list of phrases."""

    __slots__ = ("charset", "flaws", "limits", "noted", "phrases")

    def __init__(self, raw: bytes, flaws: list[Flaw] | None, limits: Limits, charset: str | None) -> None:
        self.flaws = flaws
        self.limits = limits
        self.charset = charset
        self.noted: set[str] = set()
        self.phrases: list[str] = []
        lexer = Lexer(raw, self.note, depth=limits.max_comment_depth)
        found: list[tuple[str, bytes]] = []
        start = at = word = 0  # of the phrase, the token, the word that has begun
        while at < len(raw):
            kind, begin, end = lexer.token(at)
            if kind in ("fws", "comment", "quoted", ","):
                if word < begin:
                    found.append(("atom", raw[word:begin]))
                word = end
            if kind == "quoted":
                found.append((kind, unquote(raw, begin, end)))
            elif kind == ",":
                self.end(found, start, begin)
                found, start = [], end
            at = end
        if word < at:
            found.append(("atom", raw[word:at]))
        self.end(found, start, at)

    def note(self, code: str, start: int, end: int, detail: str) -> None:
        """Report the first of each thing that the lexer notes."""
        if self.flaws is not None and code not in self.noted:
            self.noted.add(code)
            self.flaws.append((code, start, end, detail))

    def end(self, found: list[tuple[str, bytes]], start: int, end: int) -> None:
        """Take the phrase that stands from *start* to *end*."""
        if not found:
            return
        flaws: list[Flaw] = []
        self.phrases.append(words.decode_phrase(found, flaws, limits=self.limits, charset=self.charset))
        for code, _, _, detail in flaws:
            self.note(code, start, end, detail)
