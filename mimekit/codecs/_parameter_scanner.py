r"""
The lexical part of parameters: where a name, a value, a comment begins and ends, in whatever senders write.

RFC 2045 5.1 allows tokens and quoted strings; values without quotes go to the next semicolon, with the spaces in them.

    raw field body + offset -> (name, value without its quotes, span of the value as written) and flaws

May import: `defects`, `wire.abnf`, `codecs._flaws`.  Imported by: `codecs.parameters`, `lint`.
"""

from __future__ import annotations

import re
from functools import cache

from mimekit.defects import BESIDE_EQUALS
from mimekit.wire.abnf import QUOTED_STRING, TOKEN, is_token

__all__ = ["Scanner", "Written"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.codecs._flaws import Ledger

_WHITE = b" \t\r\n"

Written = tuple[bytes, bytes, int, int]
"""A parameter as written: its name with its stars, its value without its quotes, the span of the value with them."""


class Scanner:
    """A position in a parameter list that only moves forward."""

    __slots__ = ("at", "comments", "ledger", "raw")

    def __init__(self, raw: bytes, at: int, ledger: Ledger) -> None:
        self.raw = raw
        self.at = at
        self.ledger = ledger
        self.comments = b"(" in raw

    def scan(self, most: int) -> Iterator[Written]:
        """Give each parameter as written, *most* of them."""
        count = 0
        while True:
            separated = self.skip_separators()
            start = self.at
            if start >= len(self.raw):
                return
            if count == most:
                self.ledger.add("L006", start, len(self.raw), f"more than {most} parameters; the rest is not read")
                return
            name = self.take_name()
            if not name:
                self.skip_junk(start)
                continue
            count += 1
            if not separated:
                self.ledger.add("M002", start, start, "no semicolon before a parameter")
            first = self.at
            value, end = self.take_quoted() if self.raw.startswith(b'"', first) else self.take_unquoted()
            yield name, value, first, end

    def skip_separators(self) -> bool:
        """Move over white space, comments and semicolons; tell whether there was a semicolon."""
        count = 0
        start = self.at
        while True:
            self.skip_space()
            run = _semicolons().match(self.raw, self.at)
            if run is None:
                break
            count += run[0].count(b";")
            self.at = run.end()
        # `text/plain;` and a last `;` are the linter's M003; two in a row are more than a slip.
        if count > 1:
            self.ledger.add("M002", start, self.at, "empty parameter")
        return count > 0

    def skip_space(self) -> bool:
        """Move over white space and comments; tell whether there was any."""
        start = self.at
        while True:
            self.at = _space().match(self.raw, self.at).end()  # type: ignore[union-attr]  # it matches nothing as well
            if not self.comments or not self.raw.startswith(b"(", self.at):
                return self.at > start
            end = _end_of_comment(self.raw, self.at)
            if end < 0:
                # No `(` that comes later is taken for a comment, or each would be searched to the end of the field.
                self.comments = False
                return self.at > start
            self.at = end

    def take_name(self) -> bytes:
        """Move over a name and its `=`; nothing when there is none."""
        found = _name().match(self.raw, self.at)
        if found is None:
            return b""
        name = found[0]
        self.at = found.end()
        spaced = self.skip_space()
        if not self.raw.startswith(b"=", self.at):
            return b""
        self.at += 1
        if self.skip_space() or spaced:
            self.ledger.add("M002", found.start(), self.at, BESIDE_EQUALS)
        if not is_token(name):
            self.ledger.add("M002", *found.span(), "parameter name is no token")
        return name

    def skip_junk(self, start: int) -> None:
        """Move to the next semicolon, or to what looks like the next parameter."""
        end = self.raw.find(b";", max(self.at, start))
        self.at = len(self.raw) if end < 0 else end
        self.ledger.add("M002", start, self.at, "no parameter")

    def take_quoted(self) -> tuple[bytes, int]:
        """Take a quoted value; what follows it up to the next semicolon is junk, unless it is the next parameter."""
        start = self.at
        found = _quoted().match(self.raw, start)
        if found is None:
            end = self.raw.find(b";", start)
            self.at = end = len(self.raw) if end < 0 else end
            self.ledger.add("M002", start, end, "quoted value has no end")
            return self.raw[start + 1 : end].strip(_WHITE), end
        self.at = end = found.end()
        self.skip_space()
        rest = self.at
        if rest < len(self.raw) and self.raw[rest : rest + 1] != b";" and not _looks_like_next().match(self.raw, rest):
            self.skip_junk(rest)
        return self.raw[start + 1 : end - 1], end

    def take_commented(self) -> tuple[bytes, int] | None:
        """Take a token with nothing but comments up to the next semicolon, whatever stands in them (RFC 2045 5.1)."""
        start = self.at
        found = _token().match(self.raw, start)
        if found is None:
            return None
        self.at = found.end()
        self.skip_space()
        if self.raw[self.at : self.at + 1] in (b"", b";"):
            return found[0], found.end()
        self.at, self.comments = start, True
        return None

    def take_unquoted(self) -> tuple[bytes, int]:
        """Take a value without quotes: to the next semicolon, without the comment at its end, spaces and all."""
        start = self.at
        if self.comments and (token := self.take_commented()) is not None:
            return token
        stop = self.raw.find(b";", start)
        stop = len(self.raw) if stop < 0 else stop
        if not self.raw.startswith(b"=?", start) and (following := _spaced_next().search(self.raw, start, stop)):
            stop = following.start()
        self.at = stop
        value = self.raw[start:stop].rstrip(_WHITE)
        if self.comments and value.endswith(b")"):
            value = _without_comment(value)
        end = start + len(value)
        if not value:
            self.ledger.add("M002", start, end, "parameter has no value")
        elif not is_token(value):
            self.ledger.add("M005", start, end, "value needs quotes")
        return value, end


@cache
def _space() -> re.Pattern[bytes]:
    return re.compile(rb"[ \t\r\n]*+")


@cache
def _semicolons() -> re.Pattern[bytes]:
    return re.compile(rb";[; \t\r\n]*+")


@cache
def _name() -> re.Pattern[bytes]:
    return re.compile(rb"[^ \t\r\n;=()\"]++")


@cache
def _token() -> re.Pattern[bytes]:
    return re.compile(TOKEN)


@cache
def _quoted() -> re.Pattern[bytes]:
    return re.compile(QUOTED_STRING)


@cache
def _looks_like_next() -> re.Pattern[bytes]:
    return re.compile(rb"[A-Za-z][A-Za-z0-9\-]*+(?:\*[0-9]*+)?+\*?+=")


@cache
def _spaced_next() -> re.Pattern[bytes]:
    return re.compile(rb"[ \t\r\n](?=[A-Za-z][A-Za-z0-9\-]*+(?:\*[0-9]*+)?+\*?+=[^=])")


@cache
def _parenthesis() -> re.Pattern[bytes]:
    return re.compile(rb"[()]|\\[\x00-\xff]")


def _end_of_comment(raw: bytes, start: int) -> int:
    """Give the offset after the comment that begins at *start*, -1 when it has no end."""
    depth = 0
    for found in _parenthesis().finditer(raw, start):
        if found[0] == b"(":
            depth += 1
        elif found[0] == b")":
            depth -= 1
            if not depth:
                return found.end()
    return -1


def _without_comment(value: bytes) -> bytes:
    """Take away the comments at the end of a value: `utf-8 (Plain text)`."""
    depth = end = 0
    keep = len(value)
    for found in _parenthesis().finditer(value):
        if found[0] == b"(":
            if not depth and value[end : found.start()].strip(_WHITE):
                keep = found.start()
            depth += 1
        elif found[0] == b")" and depth:
            depth -= 1
            end = found.end()
    return value[:keep].rstrip(_WHITE) if end == len(value) and not depth else value
