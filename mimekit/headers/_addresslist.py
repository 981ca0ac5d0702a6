r"""
Reading address lists: which octets are a mailbox, which a group, and which cannot be read.

RFC 5322 3.4 and 4.4 say what may stand there, RFC 7103 7.1 what does.  The structure is found first, by tokens; what is
decoded afterwards (display names only) is never looked at again, so nothing in a name becomes an address.  What has
more than one reading has none here: it is kept as text and never glued together.

    raw field body -> [(display name, local part, domain) | (group name, its mailboxes) | text of no address], flaws

May import: `limits`, `defects`, `wire`, `codecs`, `headers._addrspec`.  Imported by: `headers._addressinput`,
`headers.address`.
"""

from __future__ import annotations

import re
from functools import cache

from mimekit.codecs import words
from mimekit.codecs._flaws import Ledger
from mimekit.codecs.charset import decode_raw
from mimekit.headers._addrspec import COMMENT, NOTHING, SPACE, Piece, Source, UnreadableError, addr_spec, phrase
from mimekit.wire.fold import unfold
from mimekit.wire.tokens import Lexer, comment_text

__all__ = ["Entry", "Found", "read"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimekit.defects import Flaw
    from mimekit.limits import Limits

Found = tuple[str, str, str]
"""A mailbox: display name, local part without quotes, domain."""

Entry = Found | tuple[str, tuple[Found, ...]] | str
"""A mailbox; a group, by its name and its mailboxes; or text that is no address."""

_ATEXT = r"A-Za-z0-9!#$%&'*+\-/=?^_`{|}~"
_LOCAL = rf"[{_ATEXT}]++(?:\.[{_ATEXT}]++)*+"
_DOMAIN = r"[A-Za-z0-9]++(?:-++[A-Za-z0-9]++)*+(?:\.[A-Za-z0-9]++(?:-++[A-Za-z0-9]++)*+)*+"


_SHORT = 1000  # octets of a field that is first tried as a plain one


@cache
def _plain() -> re.Pattern[str]:
    """
    Match what nearly every entry is, with its comma: ``a@b.c``, ``Name <a@b.c>``, ``"Name" <a@b.c>``, all of it ASCII.

    It takes nothing that the reader behind it would read otherwise, or find a flaw in.
    """
    return re.compile(
        rf'[ \t\r\n]*+(?:(?:"([ !#-\[\]-~]*+)"|([{_ATEXT}.]++(?: [{_ATEXT}.]++)*+))?+[ \t\r\n]*+'
        rf"<({_LOCAL})@({_DOMAIN})>|({_LOCAL})@({_DOMAIN}))[ \t\r\n]*+(?:,|\Z)"
    )


@cache
def _closing() -> re.Pattern[bytes]:
    return re.compile(rb"[ \t\r\n]*+>")


@cache
def _route_ahead() -> re.Pattern[bytes]:
    return re.compile(rb"[ \t\r\n,]*+@")


@cache
def _undisclosed() -> re.Pattern[bytes]:
    return re.compile(rb"(?i)<?undisclosed[- ]?recipients?[:;]*+>?")


def read(
    raw: bytes, flaws: list[Flaw] | None, *, limits: Limits, charset: str | None = None, literally: bool = False
) -> list[Entry]:
    r"""
    Read *raw*; never raises, in linear time.  With *literally* encoded words are the characters they look like.

    >>> from mimekit.limits import DEFAULT_LIMITS
    >>> read(b"Ada <ada@example.com>, Team: b@example.org;, c@", None, limits=DEFAULT_LIMITS)
    [('Ada', 'ada', 'example.com'), ('Team', (('', 'b', 'example.org'),)), 'c@']
    """
    if len(raw) < _SHORT and (flaws is None or literally or b"=?" not in raw):
        entries = _read_plain(raw, limits, charset, literally=literally)
        if entries is not None:
            return entries
    reader = _Reader(raw, None if flaws is None else Ledger(), limits, charset, literally=literally)
    reader.run()
    if flaws is not None and reader.ledger is not None:
        reader.ledger.close(flaws)
    return reader.entries


def _read_plain(raw: bytes, limits: Limits, charset: str | None, *, literally: bool) -> list[Entry] | None:
    """Read a short list in which every entry has the plain shape, as in most fields; ``None`` when one has not."""
    text = raw.decode("latin-1")
    match, size, most = _plain().match, len(text), limits.max_addresses_per_field
    entries: list[Entry] = []
    at = 0
    while (found := match(text, at)) is not None and len(entries) < most:
        quoted, atoms, local, domain, bare, bare_domain = found.groups()
        if bare is not None:
            name, local, domain = "", bare, bare_domain
        elif quoted is not None:
            name = quoted
        else:
            name = atoms or ""
        if "=?" in found[0] and not literally:
            if quoted is not None or "=?" in local:
                return None
            name = words.decode(name.encode("ascii"), limits=limits, charset=charset)
        entries.append((name, local, domain))
        at = found.end()
        if at == size:
            return None if text[-1] == "," else entries
    return None


class _Reader:
    """A position in the octets that only moves forward, and what was found before it."""

    __slots__ = (
        "angle",
        "at",
        "comma",
        "comment",
        "count",
        "depth",
        "entries",
        "excess",
        "filled",
        "first",
        "group",
        "has_words",
        "inside",
        "later",
        "ledger",
        "lexer",
        "limits",
        "members",
        "opened",
        "outside",
        "raw",
        "route",
        "source",
        "text",
        "unseparated",
    )

    def __init__(
        self, raw: bytes, ledger: Ledger | None, limits: Limits, charset: str | None, *, literally: bool
    ) -> None:
        self.raw = raw
        self.text = raw.decode("latin-1")
        self.at = 0
        self.ledger = ledger
        self.limits = limits
        self.has_words = b"=?" in raw and not literally  # looked for once: each search goes over all of it
        self.source = Source(raw, limits, charset, literally=literally)
        self.lexer: Lexer | None = None
        self.entries: list[Entry] = []
        self.count = 0
        self.filled = False  # there was an entry since the last separator
        self.comma = False  # the last separator was a comma
        self.unseparated = False  # an entry has ended and no separator has come
        # the group that is open
        self.depth = 0  # one is legal
        self.group = ""
        self.opened = 0
        self.members: list[Found] = []
        self.later: list[str] = []  # texts found in it come after it: it holds mailboxes only
        # the entry that is being read
        self.outside: list[Piece] = []
        self.inside: list[Piece] | None = None  # the tokens of an angle-addr
        self.angle = 0  # where it opened
        self.first = 0  # where the entry began
        self.excess = 0  # angle brackets that opened for nothing
        self.route = False  # a comma in the angle-addr is one of its route
        self.comment: tuple[int, int] | None = None  # the first one after the last token

    def note(self, code: str, start: int, end: int, detail: str) -> None:
        """Report a flaw, if anybody listens."""
        if self.ledger is not None:
            self.ledger.add(code, start, end, detail)

    def note_all(self, flaws: list[Flaw]) -> None:
        """Report flaws, if anybody listens."""
        if self.ledger is not None:
            for flaw in flaws:
                self.ledger.add(*flaw)

    # -- the list

    def run(self) -> None:
        """Read all of it."""
        size = len(self.raw)
        most = self.limits.max_addresses_per_field
        while self.at < size:
            if self.count >= most:
                self.give_up(self.at, "L007", f"over {most} addresses; the rest is not read")
            elif self.unseparated or not self.plain(most):
                self.entry()
        if self.comma and not self.filled:
            self.note("A031", size, size, "nothing after the last comma")
        if self.depth:
            undisclosed = not self.members and _undisclosed().fullmatch(self.group.encode("utf-8", "replace"))
            code = "A035" if undisclosed else "A030"
            self.note(code, self.opened, size, "group without its semicolon")
            self.close()

    def plain(self, most: int) -> bool:
        """Read entries of the plain shape as long as they come; tell whether one did."""
        match, text, at = _plain().match, self.text, self.at
        where: list[Entry] | list[Found] = self.members if self.depth else self.entries
        add = where.append
        room = most - self.count
        has_words = self.has_words
        size = len(text)
        while at < size and room and (found := match(text, at)):
            quoted, atoms, local, domain, bare, bare_domain = found.groups()
            if bare is not None:
                name, local, domain = "", bare, bare_domain
            else:
                name = atoms or quoted or ""
            if has_words and "=?" in found[0]:
                if quoted is not None or "=?" in local:
                    break
                name = self.encoded(*found.span(2))
            add((name, local, domain))
            room -= 1
            at = found.end()
        if at == self.at:
            return False
        self.at = at
        self.count = most - room
        self.filled = text[at - 1] != ","
        self.comma = not self.filled
        return True

    def encoded(self, start: int, end: int) -> str:
        """Decode a phrase of atoms that have single spaces between them."""
        found: list[Flaw] | None = None if self.ledger is None else []
        tokens = [("atom", self.raw[start:end])]
        name = words.decode_phrase(tokens, found, limits=self.limits, charset=self.source.charset)
        if found:
            self.note_all([(code, start + first, start + last, detail) for code, first, last, detail in found])
        return name

    def entry(self) -> None:
        """Read to the next separator, to the `:` that opens a group, or to the `>` of an angle-addr."""
        if self.lexer is None:
            self.lexer = Lexer(self.raw, self.note, depth=self.limits.max_comment_depth)
        self.outside = []
        self.inside = None
        self.excess = 0
        self.comment = None
        gap = NOTHING
        token, size = self.lexer.token, len(self.raw)
        while self.at < size:
            kind, start, end = token(self.at)
            self.at = end
            if kind == "fws":
                gap = gap or SPACE
            elif kind == "comment":
                gap = COMMENT
                self.comment = self.comment or (start, end)
            elif self.take((kind, start, end, gap)):
                return
            else:
                gap = NOTHING
                self.comment = None
        self.end_entry()

    def take(self, piece: Piece) -> bool:
        """Take one token; tell whether it ends the entry."""
        kind, start, end, _ = piece
        if kind == "<":
            return self.left_bracket(start, end)
        if kind == ">":
            return self.right_bracket(start, end)
        inside = self.inside
        if inside is None:
            if kind in (",", ";", ":"):
                self.separator(kind, start, end)
                return True
            self.outside.append(piece)
            return False
        if kind == "," and not inside and _route_ahead().match(self.raw, end):
            self.route = True  # obs-domain-list may begin with commas                  RFC 5322 4.4
        elif (kind == "," and not self.route) or (kind == ";" and not (inside and inside[-1][0] == ":")):
            self.separator(kind, start, end)
            return True
        else:
            if kind == ":":
                self.route = False
            elif kind == "@" and not inside:
                self.route = True
            inside.append(piece)
        return False

    def left_bracket(self, start: int, end: int) -> bool:
        """Open an angle-addr; one that is open already is either one bracket too many, or has no end."""
        if self.inside is None:
            self.first = self.outside[0][1] if self.outside else start
        elif any(piece[0] == "@" for piece in self.inside):
            self.end_entry()
            self.unseparated = True
            self.at = start
            return True
        else:
            self.note("A036", start, end, "one angle bracket too many")
            self.outside += self.inside
            self.excess += 1
        self.angle = start
        self.inside = []
        self.route = False
        return False

    def right_bracket(self, start: int, end: int) -> bool:
        """Close an angle-addr, with the brackets after it that close nothing."""
        if self.inside is None:
            self.note("A037", start, end, "angle bracket without its partner")
            if self.outside:
                self.bare(self.outside, end)
            else:
                self.keep(start, end)
        else:
            self.address_in_brackets(self.inside, end)
            self.skip_brackets()
        self.unseparated = True
        return True

    def skip_brackets(self) -> None:
        """Move over the closing brackets that belong to those opened for nothing, and any more."""
        while found := _closing().match(self.raw, self.at):
            if self.excess:
                self.excess -= 1
            else:
                self.note("A037", found.end() - 1, found.end(), "angle bracket without its partner")
            self.at = found.end()

    def separator(self, kind: str, start: int, end: int) -> None:
        """End the entry at a comma, semicolon or colon."""
        if kind == ":":
            self.open(start, end)
            return
        if kind == ";" and not self.depth and self.inside is None and self.is_undisclosed():
            self.take_undisclosed(end)
            return
        self.end_entry()
        if kind == ",":
            if not self.filled:
                self.note("A031", start, end, "nothing before a comma")
            self.filled = False
            self.comma = True
            self.unseparated = False
            return
        if self.comma and not self.filled:
            self.note("A031", start, start, "nothing after the last comma")
        self.comma = False
        if self.depth:
            self.depth -= 1
            if not self.depth:
                self.close()
                self.filled = self.unseparated = True
            return
        self.note("A032", start, end, "semicolon outside a group")
        self.filled = self.unseparated = False

    # -- groups

    def open(self, start: int, end: int) -> None:
        """Begin the group that the tokens so far name."""
        named = self.outside
        first = named[0][1] if named else start
        if self.depth:
            if self.depth >= self.limits.max_group_depth:
                self.give_up(first, "L009", f"groups are nested over {self.limits.max_group_depth} deep")
                return
            self.note("A001", first, end, "group inside a group")
        elif any(piece[0] == "@" for piece in named):
            self.keep(first, end, ("A001", first, end, "a group whose name holds an unquoted @"))
            self.filled = self.comma = self.unseparated = False
            return
        else:
            if not named:
                self.note("A001", first, end, "group without a name")
            if self.unseparated:
                self.note("A041", first, first, "no comma before a group")
            self.group = self.name(named)
            self.opened = first
            self.members = []
            self.later = []
        self.depth += 1
        self.filled = self.comma = self.unseparated = False

    def close(self) -> None:
        """End the group that is open, and all inside it."""
        self.depth = 0
        self.entries.append((self.group, tuple(self.members)))
        self.entries += self.later

    def is_undisclosed(self) -> bool:
        """Tell whether the tokens so far are `undisclosed-recipients`, which was meant for a group without anybody."""
        named = self.outside or self.inside or []
        return named != [] and _undisclosed().fullmatch(self.raw, named[0][1], named[-1][2]) is not None

    def take_undisclosed(self, end: int) -> None:
        """Take the tokens so far for the group without anybody."""
        pieces = self.outside or self.inside or []
        self.note("A035", pieces[0][1], end, "written `undisclosed-recipients:;` it is a group")
        name = [piece for piece in pieces if piece[0] not in (":", ";")]
        self.add_entry((self.name(name), ()), pieces[0][1])
        self.unseparated = True

    # -- entries

    def end_entry(self) -> None:
        """Take the tokens so far for an entry, if there are any."""
        if self.inside is not None:
            self.note("A037", self.angle, self.angle + 1, "angle bracket without its partner")
            self.address_in_brackets(self.inside, self.inside[-1][2] if self.inside else self.angle + 1)
        elif self.outside:
            self.bare(self.outside, self.outside[-1][2])

    def address_in_brackets(self, inside: list[Piece], end: int) -> None:
        """Take `[phrase] "<" addr-spec ">"`."""
        try:
            local, domain, flaws = addr_spec(self.source, inside)
        except UnreadableError as error:
            if not self.outside and self.is_undisclosed():
                self.take_undisclosed(end)
            else:
                first = self.first
                self.keep(first, end, error.flaw if error.flaw[2] else ("A001", first, end, error.flaw[3]))
            return
        if any(piece[0] == "@" for piece in self.outside):
            self.outside = self.without_addresses(self.outside)
        start = self.outside[0][1] if self.outside else self.angle
        name = self.name(self.outside)
        self.note_all(flaws)
        for first, last in ((self.angle + 1, inside[0][1]), (inside[-1][2], end - 1)):
            if first < last:
                self.note("A017", first, last, "white space or a comment inside the angle brackets")
        self.add((name, local, domain), start)

    def without_addresses(self, outside: list[Piece]) -> list[Piece]:
        """Take addresses that stand before a name, as if a comma followed; one that is all of the name is the name."""
        parts = _divided(outside)
        index = 0
        while index + 1 < len(parts):
            try:
                local, domain, flaws = addr_spec(self.source, parts[index])
            except UnreadableError:
                break
            self.note_all(flaws)
            self.add(("", local, domain), parts[index][0][1])
            self.unseparated = True
            index += 1
        return [piece for part in parts[index:] for piece in part]

    def bare(self, pieces: list[Piece], end: int) -> None:
        """Take an addr-spec without brackets, or several with white space between; anything else is no address."""
        start = pieces[0][1]
        try:
            specs = [(start, *addr_spec(self.source, pieces))]
        except UnreadableError as error:
            if self.is_undisclosed():
                self.take_undisclosed(end)
                return
            specs = self.several(pieces)
            if not specs:
                self.keep(start, end, error.flaw)
                return
        for at, local, domain, flaws in specs:
            self.note_all(flaws)
            name = self.name_in_comment() if at == specs[-1][0] and self.comment else ""
            self.add((name, local, domain), at)
            self.unseparated = True
        self.unseparated = False

    def several(self, pieces: list[Piece]) -> list[tuple[int, str, str, list[Flaw]]]:
        """Read addr-specs between which the comma is missing; nothing unless all of it is read."""
        parts = _divided(pieces)
        try:
            return [(part[0][1], *addr_spec(self.source, part)) for part in parts if len(parts) > 1]
        except UnreadableError:
            return []

    def name(self, pieces: list[Piece]) -> str:
        """Read a display name."""
        flaws: list[Flaw] = []
        name = phrase(self.source, pieces, flaws)
        self.note_all(flaws)
        return name

    def name_in_comment(self) -> str:
        """Read the comment after an addr-spec, the older way to give a name (RFC 8621 4.1.2.3)."""
        assert self.comment is not None  # noqa: S101 - the caller looked
        start, end = self.comment
        octets = comment_text(self.raw, start, end)
        if self.source.literally:
            return decode_raw(octets, self.source.charset)
        flaws: list[Flaw] = []
        name = words.decode(octets, flaws, limits=self.limits, charset=self.source.charset)
        self.note_all([(code, start, end, detail) for code, _, _, detail in flaws])
        return name

    def add(self, found: Found, start: int) -> None:
        """Add a mailbox, to the group if one is open."""
        if self.unseparated:
            self.note("A041", start, start, "no comma before an address")
        if self.depth:
            self.members.append(found)
        else:
            self.entries.append(found)
        self.count += 1
        self.filled = True
        self.unseparated = False

    def add_entry(self, entry: tuple[str, tuple[Found, ...]], start: int) -> None:
        """Add a group that has nobody; inside another group it adds nothing."""
        if self.unseparated:
            self.note("A041", start, start, "no comma before a group")
        if not self.depth:
            self.entries.append(entry)
        self.filled = True

    def keep(self, start: int, end: int, flaw: Flaw | None = None) -> None:
        """Add the octets as text that is no address."""
        if flaw is not None:
            self.note(*flaw)
        text = decode_raw(unfold(self.raw[start:end]).strip(b" \t\r\n"), self.source.charset)
        if self.depth:
            self.later.append(text)
        else:
            self.entries.append(text)
        self.count += 1
        self.filled = True
        self.unseparated = False

    def give_up(self, start: int, code: str, detail: str) -> None:
        """Keep the rest as one text."""
        self.keep(start, len(self.raw), (code, start, len(self.raw), detail))
        self.at = len(self.raw)
        self.comma = False


def _divided(pieces: list[Piece]) -> list[list[Piece]]:
    """Divide tokens where white space alone stands between two of them, unless it is beside a dot or an ``@``."""
    parts: list[list[Piece]] = [[]]
    for piece in pieces:
        last = parts[-1]
        if piece[3] == SPACE and last and piece[0] not in _JOINING and last[-1][0] not in _JOINING:
            parts.append([piece])
        else:
            last.append(piece)
    return parts


_JOINING = (".", "@", ":")
