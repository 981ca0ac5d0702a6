r"""
Grammars: ABNF text as rules (RFC 5234, RFC 7405).

A grammar is text: of the caller, or one of the files in ``grammars``, which hold the ABNF of the RFCs of mail (their
licence is beside them).  A line ``; with rfc5322`` takes in the rules of another one; a rule of its own goes before
those, and ``=/`` adds to them.  The core rules (RFC 5234 B.1) are always there.

    ABNF text -> {lower-case name: Rule}

May import: nothing of ours.  Imported by: `strategies.abnf`.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from hypothesis.errors import InvalidArgument

if TYPE_CHECKING:
    from typing import TypeAlias

    Node: TypeAlias = "Text | Range | Reference | Repeat | Sequence | Choice | Prose"

__all__ = [
    "GRAMMARS",
    "Choice",
    "Prose",
    "Range",
    "Reference",
    "Repeat",
    "Rule",
    "Sequence",
    "Text",
    "grammar_of",
    "shipped",
]

GRAMMARS = (
    *("rfc5322", "rfc2045", "rfc2046", "rfc2047", "rfc2183", "rfc2231", "rfc5321", "rfc6532", "rfc2919", "rfc6376"),
    "rfc5234",
)
"""The grammars that are shipped, in the order in which a rule is looked for."""


class Text(NamedTuple):
    """Octets as they are written; *is_exact* for those of which the case counts (``%s"a"``, ``%x41.42``)."""

    octets: bytes
    is_exact: bool


class Range(NamedTuple):
    """One octet of a range."""

    first: int
    last: int


class Reference(NamedTuple):
    """The rule of a name, in lower case; *line* is where it is spoken of."""

    name: str
    line: int


class Repeat(NamedTuple):
    """An element so many times; *most* is ``None`` where there is no bound."""

    least: int
    most: int | None
    element: Node


class Sequence(NamedTuple):
    """Elements one after the other."""

    elements: tuple[Node, ...]


class Choice(NamedTuple):
    """One of several elements."""

    elements: tuple[Node, ...]


class Prose(NamedTuple):
    """What a grammar says in words."""

    text: str


class Rule(NamedTuple):
    """A rule: its name as it is written, where, and what it stands for."""

    name: str
    line: int
    element: Node


# ------------------------------------------------------------------------------------------------------------- text

_TOKEN = re.compile(
    r"""
      (?P<space>[ \t]+|;.*)
    | (?P<name>[A-Za-z][A-Za-z0-9-]*)
    | (?P<defined>=/?)
    | (?P<repeat>[0-9]+\*[0-9]*|\*[0-9]*|[0-9]+)
    | (?P<text>(?:%[siSI])?"[ !#-~]*")
    | (?P<number>%(?:[bB][01]+(?:(?:\.[01]+)+|-[01]+)?
                  |[dD][0-9]+(?:(?:\.[0-9]+)+|-[0-9]+)?
                  |[xX][0-9A-Fa-f]+(?:(?:\.[0-9A-Fa-f]+)+|-[0-9A-Fa-f]+)?))
    | (?P<prose><[ -=?-~]*>)
    | (?P<sign>[/()\[\]])
    """,
    re.VERBOSE,
)
_WITH = re.compile(r"(?m)^;[ \t]*with[ \t]+(.+)$")
_BASES = {"b": 2, "d": 10, "x": 16}
_DEEPEST = 100  # groups in groups
_MOST = 100_000  # of the numbers of a repetition


class _Token(NamedTuple):
    kind: str
    text: str
    line: int


def _tokens(text: str) -> list[list[_Token]]:
    """Divide a grammar into its rules: one goes on in lines that are indented further than the first one."""
    rules: list[list[_Token]] = []
    lines = text.expandtabs().splitlines()
    margin = min([len(line) - len(line.lstrip()) for line in lines if line.split(";")[0].strip()], default=0)
    for number, line in enumerate(lines, 1):
        found = _of_line(line, number)
        if not found:
            continue
        is_more = line[: margin + 1].isspace()
        if is_more and not rules:
            _refuse(number, "it goes on with a rule, and none has begun")
        if is_more:
            rules[-1] += found
        else:
            rules.append(found)
    return rules


def _of_line(line: str, number: int) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(line):
        match = _TOKEN.match(line, at)
        if match is None or match.lastgroup is None:
            _refuse(number, f"{line[at:].split(maxsplit=1)[0][:20]!r} is nothing that ABNF has")
        at = match.end()
        if match.lastgroup != "space":
            found.append(_Token(match.lastgroup, match[0], number))
    return found


def _refuse(line: int, text: str, rule: str = "") -> NoReturn:
    of_rule = f", rule {rule}" if rule else ""
    message = f"grammar, line {line}{of_rule}: {text} (RFC 5234 4)"
    raise InvalidArgument(message)


class _Reader:
    """Reads one rule from its tokens."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 2
        self._depth = 0
        first = tokens[0]
        self._rule = first.text if first.kind == "name" else ""
        if first.kind != "name":
            _refuse(first.line, f"a rule begins with its name, not with {first.text!r}")
        if len(tokens) < 2 or tokens[1].kind != "defined":  # noqa: PLR2004 - the name and the sign
            _refuse(first.line, "= or =/ does not follow the name", self._rule)
        self.adds = tokens[1].text == "=/"

    def read(self) -> Rule:
        """Give the rule."""
        found = self._choice()
        if self._at < len(self._tokens):
            self._fail("what comes before it is complete")
        return Rule(self._rule, self._tokens[0].line, found)

    def _fail(self, why: str) -> NoReturn:
        token = self._tokens[min(self._at, len(self._tokens) - 1)]
        here = repr(token.text) if self._at < len(self._tokens) else "the end of the rule"
        _refuse(token.line, f"{here} cannot stand there: {why}", self._rule)

    def _is_at(self, *signs: str) -> bool:
        return self._at < len(self._tokens) and self._tokens[self._at].text in signs

    def _choice(self) -> Node:
        elements = [self._sequence()]
        while self._is_at("/"):
            self._at += 1
            elements.append(self._sequence())
        return elements[0] if len(elements) == 1 else Choice(tuple(elements))

    def _sequence(self) -> Node:
        elements: list[Node] = []
        while self._at < len(self._tokens) and not self._is_at("/", ")", "]"):
            elements.append(self._repetition())
        if not elements:
            self._fail("an element is missing before it")
        return elements[0] if len(elements) == 1 else Sequence(tuple(elements))

    def _repetition(self) -> Node:
        token = self._tokens[self._at]
        if token.kind != "repeat":
            return self._element()
        self._at += 1
        first, star, last = token.text.partition("*")
        least = int(first[:9] or 0)
        most = least if not star else int(last[:9]) if last else None
        if max(least, most or 0) > _MOST or (most is not None and most < least):
            _refuse(token.line, f"{token.text} is no number of times", self._rule)
        if self._at >= len(self._tokens):
            self._fail("the element that is repeated is missing")
        return Repeat(least, most, self._element())

    def _element(self) -> Node:
        token = self._tokens[self._at]
        self._at += 1
        if token.kind == "name":
            return Reference(token.text.lower(), token.line)
        if token.kind == "text":
            _, _, text = token.text.partition('"')
            return Text(text[:-1].encode("ascii"), token.text[:2].lower() == "%s")
        if token.kind == "number":
            return self._number(token)
        if token.kind == "prose":
            return Prose(token.text[1:-1])
        if token.text in ("(", "["):
            return self._group(token)
        self._at -= 1
        return self._fail("an element is expected")

    def _group(self, token: _Token) -> Node:
        self._depth += 1
        if self._depth > _DEEPEST:
            _refuse(token.line, f"groups are nested over {_DEEPEST} deep", self._rule)
        found = self._choice()
        self._depth -= 1
        end = ")" if token.text == "(" else "]"
        if not self._is_at(end):
            self._fail(f"{end!r} is expected")
        self._at += 1
        return found if end == ")" else Repeat(0, 1, found)

    def _number(self, token: _Token) -> Node:
        base = _BASES[token.text[1].lower()]
        values = [int(digits[:20], base) for digits in re.split("[.-]", token.text[2:])]
        if max(values) > 0xFF:  # noqa: PLR2004 - the largest octet
            _refuse(token.line, f"{token.text} is no octet; characters beyond are written as their UTF-8", self._rule)
        if "-" not in token.text:
            return Text(bytes(values), is_exact=True)
        if values[0] > values[1]:
            _refuse(token.line, f"{token.text} is an empty range", self._rule)
        return Range(values[0], values[1])


@cache
def _own_rules(text: str) -> tuple[tuple[Rule, bool], ...]:
    """Give the rules of a text, and of each whether it adds to another one."""
    readers = [_Reader(tokens) for tokens in _tokens(text)]
    return tuple([(reader.read(), reader.adds) for reader in readers])


# --------------------------------------------------------------------------------------------------------- grammars


@cache
def shipped(name: str) -> str:
    """Give the text of a grammar that is shipped."""
    if name not in GRAMMARS:
        close = get_close_matches(name, GRAMMARS, 1)
        meant = f" (did you mean {close[0]}?)" if close else ""
        message = f"there is no grammar {name!r}{meant}; there are {', '.join(GRAMMARS)}, or give ABNF text of your own"
        raise InvalidArgument(message)
    return resources.files("mimekit.strategies").joinpath("grammars", f"{name}.abnf").read_text("ascii")


@cache
def grammar_of(text: str) -> dict[str, Rule]:
    """Read a grammar, with those that it takes in; raise `InvalidArgument` that names the line and the rule."""
    rules: dict[str, Rule] = {}
    is_core = text == shipped("rfc5234")
    names = re.split(r"[ \t,]+", " ".join(["" if is_core else "rfc5234", *_WITH.findall(text)]).strip())
    for name in names:
        if name:
            rules |= grammar_of(shipped(name))
    seen: set[str] = set()
    for rule, adds in _own_rules(text):
        key = rule.name.lower()
        if adds and key not in rules:
            _refuse(rule.line, "=/ adds to a rule that there is not", rule.name)
        if not adds and key in seen:
            _refuse(rule.line, "it is defined a second time; =/ adds to a rule", rule.name)
        seen.add(key)
        rules[key] = _with_more(rules[key], rule) if adds else rule
    return rules


def _with_more(rule: Rule, more: Rule) -> Rule:
    """Add the alternatives of one rule to those of another (RFC 5234 3.3)."""
    each = [one.element.elements if isinstance(one.element, Choice) else (one.element,) for one in (rule, more)]
    return rule._replace(element=Choice((*each[0], *each[1])))
