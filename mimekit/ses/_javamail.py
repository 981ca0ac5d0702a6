"""
What JavaMail says of an address and of a content field: Amazon SES reads messages with it, and answers in its words.

The texts of its refusals are those that people have reported of SES; the rules around them are those of
`javax.mail.internet` (InternetAddress, ContentType, ContentDisposition, ParameterList), which take some things that
RFC 5322 refuses, and refuse some that it allows, such as an underscore in a domain.

    the value of a field, as characters for octets -> its addresses, or `Refusal` with the text

May import: nothing.  Imported by: `ses.check`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple, NoReturn

__all__ = ["Entry", "Refusal", "addresses", "check_disposition", "check_type", "one_address"]

_WHITE = " \t\r\n"


class Refusal(Exception):  # noqa: N818 - what SES says, not what failed here
    """The text of a refusal, and which characters it is about."""

    def __init__(self, text: str, start: int, end: int) -> None:
        super().__init__(text)
        self.text = text
        self.start = start
        self.end = end


class Entry(NamedTuple):
    """One address as it is written, without name and brackets, and where it stands."""

    address: str
    start: int
    end: int


# -- addresses


@cache
def _special() -> re.Pattern[str]:
    return re.compile(r'[()<>"\[:;,]')


@cache
def _quoted() -> re.Pattern[str]:
    return re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)


@cache
def _bracketed() -> re.Pattern[str]:
    return re.compile(r'<(?:[^>"\\]++|\\.|"[^"\\]*+(?:\\.[^"\\]*+)*+")*+', re.DOTALL)


@cache
def _literal() -> re.Pattern[str]:
    return re.compile(r"\[[^\]\\]*+(?:\\.[^\]\\]*+)*+\]", re.DOTALL)


@cache
def _in_comment() -> re.Pattern[str]:
    return re.compile(r"\\.?+|[()]", re.DOTALL)


@cache
def _ordinary() -> re.Pattern[str]:
    """Match an address that nothing can be said against."""
    label = r"[A-Za-z0-9-]++"
    return re.compile(
        rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]++(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]++)*+@{label}(?:\.{label})*+"
    )


def _end_of_comment(text: str, at: int) -> int:
    """Find the end of the comment that begins at *at*; -1 when it has none."""
    depth = 0
    for found in _in_comment().finditer(text, at):
        depth += {"(": 1, ")": -1}.get(found[0], 0)
        if depth == 0:
            return found.end()
    return -1


class _Reader:
    """The state while a list of addresses is read (`InternetAddress.parse`, strict)."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Entry] = []
        self.groups: list[tuple[int, int]] = []
        self.in_group = False
        self.clear()

    def clear(self) -> None:
        self.start = self.end = -1
        self.is_route = False

    def refuse(self, message: str, at: int) -> NoReturn:
        raise Refusal(message, min(self.start, at) if self.start >= 0 else at, max(at, self.end) + 1)

    def read(self) -> None:
        text, at = self.text, 0
        while True:
            special = _special().search(text, at)
            stop = len(text) if special is None else special.start()
            if self.start < 0:
                rest = text[at:stop].lstrip(_WHITE)
                self.start = stop - len(rest) if rest else -1
            if special is None:
                break
            at = self.special(special[0], stop)
        if self.start >= 0:
            self.finish(len(text))

    def special(self, char: str, at: int) -> int:
        """Take what a special character begins, and give where to go on."""
        if char in ")>":
            self.refuse("Missing '('" if char == ")" else "Missing '<'", at)
        if char in "(<":
            return self.comment(at) if char == "(" else self.brackets(at)
        if char in '"[':
            return self.quoted(char, at)
        self.separator(char, at)
        return at + 1

    def quoted(self, char: str, at: int) -> int:
        if char == '"' and self.start < 0:
            self.start = at
        found = (_quoted() if char == '"' else _literal()).match(self.text, at)
        if found is None:
            self.refuse("Missing '\"'" if char == '"' else "Missing ']'", at)
        return found.end()

    def separator(self, char: str, at: int) -> None:
        has_begun = self.start >= 0
        if char == ":":
            if self.in_group:
                self.refuse("Nested group", at)
            self.start = self.start if has_begun else at
            self.in_group = True
        elif char == ";" and has_begun and self.in_group:
            self.in_group = False
            self.groups.append((self.text.index(":", self.start) + 1, at))
            self.clear()
        elif char == ";" and has_begun:
            self.refuse("Illegal semicolon, not in group", at)
        elif self.in_group:
            self.is_route = False
        elif has_begun:
            self.finish(at)
        else:
            self.clear()

    def comment(self, at: int) -> int:
        if self.start >= 0 and self.end < 0:
            self.end = at
        end = _end_of_comment(self.text, at)
        if end < 0:
            self.refuse("Missing ')'", at)
        return end

    def brackets(self, at: int) -> int:
        if self.is_route:
            self.refuse("Extra route-addr", at)
        inside = _bracketed().match(self.text, at)
        end = len(self.text) if inside is None else inside.end()
        if self.text[end : end + 1] != ">":
            self.refuse("Missing '\"'" if self.text[end : end + 1] == '"' else "Missing '>'", at)
        if not self.in_group:
            self.start = at + 1
        self.is_route = True
        self.end = end
        return end + 1

    def finish(self, at: int) -> None:
        """End the address that has begun."""
        end = at if self.end < 0 else self.end
        raw = self.text[self.start : end]
        address = raw.strip(_WHITE)
        start = self.start + len(raw) - len(raw.lstrip(_WHITE))
        _check(address, start, is_route=self.is_route, is_complete=False)
        self.found.append(Entry(address, start, start + len(address)))
        self.clear()


def addresses(text: str) -> list[Entry]:
    """
    Read the value of an address field, groups opened; raise `Refusal`.

    >>> [entry.address for entry in addresses('Ada <ada@example.com>, Team: b@example.org;')]
    ['ada@example.com', 'b@example.org']
    """
    found = _listed(text)
    for entry in found:
        _check(entry.address, entry.start, is_route=True, is_complete=True)
    return found


def one_address(text: str) -> Entry:
    """Read what has to be a single address, as an argument of a call; raise `Refusal`."""
    found = _listed(text)
    if len(found) != 1:
        message = "Illegal address"
        raise Refusal(message, 0, len(text))
    _check(found[0].address, found[0].start, is_route=True, is_complete=True)
    return found[0]


def _listed(text: str) -> list[Entry]:
    reader = _Reader(text)
    reader.read()
    found = reader.found
    for start, end in reader.groups:
        members = _Reader(text[start:end])
        members.read()
        found += [Entry(address, start + first, start + last) for address, first, last in members.found]
    return sorted(found, key=_start) if reader.groups else found


def _start(entry: Entry) -> int:
    return entry.start


def _check(address: str, start: int, *, is_route: bool, is_complete: bool) -> None:
    """Check one address (`InternetAddress.checkAddress`); one that is not complete may lack its domain."""
    if _ordinary().fullmatch(address):
        return
    at = 0
    if is_route and address[:1] == "@" and ":" in address:
        at = address.index(":") + 1
    trouble = "Empty address" if not address else _local_part(address, at, is_complete=is_complete)
    if trouble:
        raise Refusal(trouble, start, start + len(address))


def _local_part(address: str, first: int, *, is_complete: bool) -> str:  # noqa: C901, PLR0911, PLR0912 - as JavaMail does
    quoted = False
    last = char = ""
    for at in range(first, len(address)):
        last, char = char, address[at]
        if char == "\\" or last == "\\":
            continue
        if char == '"':
            if quoted and is_complete and address[at + 1 : at + 2] not in ("@", ""):
                return "Quote not at end of local address"
            if not quoted and is_complete and at:
                return "Quote not at start of local address"
            quoted = not quoted
        elif quoted:
            continue
        elif char == ".":
            if at == first:
                return "Local address starts with dot"
            if last == ".":
                return "Local address contains dot-dot"
        elif char == "@":
            if at == 0:
                return "Missing local name"
            return "Local address ends with dot" if last == "." else _domain(address[at + 1 :])
        elif char <= " " or char == "\x7f":
            return "Local address contains control or whitespace"
        elif char in '()<>,;:\\"[]':
            return "Local address contains illegal character"
    if quoted:
        return "Unterminated quote"
    return "Missing final '@domain'" if is_complete else ""


def _domain(domain: str) -> str:  # noqa: C901, PLR0911 - as JavaMail does
    if not domain:
        return "Missing domain"
    if domain[0] == ".":
        return "Domain starts with dot"
    last, literal = "", False
    for at, char in enumerate(domain):
        if char == "[":
            if at:
                return "Domain literal not at start of domain"
            literal = True
        elif char == "]":
            if at != len(domain) - 1:
                return "Domain literal end not at end of domain"
            literal = False
        elif char <= " " or char == "\x7f":
            return "Domain contains control or whitespace"
        elif not literal:
            # JavaMail takes letters of any script, but SES gives it the octets one by one.
            if not (char.isascii() and char.isalnum()) and char not in "-.":
                return "Domain contains illegal character"
            if char == last == ".":
                return "Domain contains dot-dot"
        last = char
    return "Domain ends with dot" if last == "." else ""


# -- content fields


@cache
def _token() -> re.Pattern[str]:
    atom = r"[^\x00-\x20()<>@,;:\\\"\[\]/?=\x7f-\U0010ffff]++"
    return re.compile(rf'[ \t\r\n]*+(?:({atom})|"([^"\\]*+(?:\\.[^"\\]*+)*+)"|(.))', re.DOTALL)


@cache
def _plain_field() -> re.Pattern[str]:
    """Match a field that nothing can be said against, from its first parameter on."""
    atom = r"[^\x00-\x20()<>@,;:\\\"\[\]/?=\x7f-\U0010ffff]++"
    value = rf'(?:{atom}|"[^"\\]*+(?:\\.[^"\\]*+)*+")'
    white = r"[ \t\r\n]*+"
    return re.compile(rf"(?:{white};{white}{atom}{white}={white}{value})*+{white};?+{white}", re.DOTALL)


class _Tokens:
    """The tokens of a content field (`HeaderTokenizer`): ``(kind, value)``; the kind of the end is empty."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.start = 0

    def next(self) -> tuple[str, str]:
        while True:
            found = _token().match(self.text, self.at)
            if found is None:
                self.start = self.at = len(self.text)
                return "", "null"
            self.start, self.at = found.start(found.lastindex or 0), found.end()
            if found[1] is not None:
                return "atom", found[1]
            if found[2] is not None:
                return "quoted", found[2]
            if found[3] == '"':
                self.refuse("Unbalanced quoted string")
            if found[3] != "(":
                return found[3], found[3]
            self.comment(found.end() - 1)

    def comment(self, at: int) -> None:
        end = _end_of_comment(self.text, at)
        if end < 0:
            self.refuse("Unbalanced comments")
        self.at = end

    def refuse(self, message: str) -> NoReturn:
        raise Refusal(message, self.start, max(self.at, self.start))


def check_type(text: str) -> None:
    """Read a Content-Type; raise `Refusal`."""
    tokens = _Tokens(text)
    kind, value = tokens.next()
    if kind != "atom":
        tokens.refuse(f"Expected MIME type, got {value}")
    kind, value = tokens.next()
    if kind != "/":
        tokens.refuse(f"Expected '/', got {value}")
    kind, value = tokens.next()
    if kind != "atom":
        tokens.refuse(f"Expected MIME subtype, got {value}")
    _check_parameters(tokens)


def check_disposition(text: str) -> None:
    """Read a Content-Disposition; raise `Refusal`."""
    tokens = _Tokens(text)
    kind, value = tokens.next()
    if kind != "atom":
        tokens.refuse(f"Expected disposition, got {value}")
    _check_parameters(tokens)


def _check_parameters(tokens: _Tokens) -> None:
    """Read parameters (`ParameterList`)."""
    if _plain_field().fullmatch(tokens.text, tokens.at):
        return
    while True:
        kind, value = tokens.next()
        if not kind:
            return
        if kind != ";":
            tokens.refuse(f"Expected ';', got '{value}'")
        kind, value = tokens.next()
        if not kind:
            return
        if kind != "atom":
            tokens.refuse(f"Expected parameter name, got '{value}'")
        kind, value = tokens.next()
        if kind != "=":
            tokens.refuse(f"Expected '=', got '{value}'")
        kind, value = tokens.next()
        if kind not in ("atom", "quoted"):
            tokens.refuse(f"Expected parameter value, got '{value}'")
