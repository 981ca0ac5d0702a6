r"""
Grammar strategies: whatever a rule of an ABNF grammar allows, and nothing else.

The grammars of the RFCs allow more than any strategy by hand thinks of: a comment in a date, a quoted local part of
nothing.  What is drawn follows the grammar to the letter, so it is right in syntax alone: a day may be the 99th.

    rule, ABNF (RFC 5234, 7405) -> SearchStrategy[bytes]

The cost of a rule is the number of octets of its shortest expansion; the cheapest alternative stands first, so that
what is drawn shrinks to that.  A recursive rule is expanded a bounded number of times more than it must be, so drawing
always ends.

May import: `strategies`.  Imported by: `strategies`.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from itertools import chain
from math import inf
from typing import TYPE_CHECKING

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit.strategies._characters import weighted
from mimekit.strategies._grammar import (
    GRAMMARS,
    Choice,
    Prose,
    Range,
    Reference,
    Repeat,
    Rule,
    Sequence,
    Text,
    grammar_of,
    shipped,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from hypothesis.strategies import SearchStrategy

    from mimekit.strategies._grammar import Node

__all__ = ["from_abnf"]


def from_abnf(rule: str, grammar: str | None = None, *, max_depth: int = 2) -> SearchStrategy[bytes]:
    r"""
    Draw what a rule of an ABNF grammar allows.

    *grammar* is ABNF text (RFC 5234, with the strings of RFC 7405), or the name of a grammar that is shipped:
    ``rfc5322`` (messages), ``rfc2045``, ``rfc2046`` (boundaries), ``rfc2047``, ``rfc2183``, ``rfc2231``, ``rfc5321``
    (SMTP), ``rfc6532`` (UTF-8 in headers), ``rfc2919``, ``rfc6376`` (lists of tags); without it the first of these that
    has the rule.  A line ``; with rfc2047`` in a text takes in the rules of a shipped grammar, of which the text may
    define some anew.  *max_depth*: how often a recursive rule, such as ``comment``, is expanded within itself beyond
    what it must be.  What is repeated without a bound is drawn a few times.

    Numbers above ``%xFF`` are refused, and so is what is said in prose, unless the rule can do without.  Raises
    `InvalidArgument`, with the line and the rule, for what is no ABNF, for a rule that is not defined and for one that
    never ends.  Shrinks to the shortest that there is, with an ``a`` where any letter may stand.

    >>> from hypothesis import find
    >>> find(from_abnf("addr-spec"), lambda octets: True)
    b'a@a'
    >>> find(from_abnf("local-part"), lambda octets: b'"' in octets)
    b'""'
    >>> find(from_abnf("line", 'line = 1*word CRLF\nword = %s"a" / "(" word ")"'), lambda octets: b"((" in octets)
    b'((a))\r\n'
    """
    return st.deferred(lambda: _from_abnf(rule, grammar, max_depth))


@cache
def _from_abnf(rule: str, grammar: str | None, max_depth: int) -> SearchStrategy[bytes]:
    if not isinstance(max_depth, int) or max_depth < 0:
        message = f"max_depth={max_depth!r} of from_abnf(); it is an int of 0 or more"
        raise InvalidArgument(message)
    rules = _rules_for(rule, grammar)
    return _Compiler(rules, rule.lower()).strategy(max_depth)


def _rules_for(rule: str, grammar: str | None) -> dict[str, Rule]:
    key = rule.lower()
    if grammar is not None:
        rules = grammar_of(grammar if "=" in grammar else shipped(grammar))
        if key not in rules:
            message = f"the grammar has no rule {rule!r}{_meant(key, rules)}"
            raise InvalidArgument(message)
        return rules
    for name in GRAMMARS:
        rules = grammar_of(shipped(name))
        if key in rules:
            return rules
    known = set(chain.from_iterable([grammar_of(shipped(name)) for name in GRAMMARS]))
    message = f"no grammar has a rule {rule!r}{_meant(key, known)}; those that are shipped are {', '.join(GRAMMARS)}"
    raise InvalidArgument(message)


def _meant(name: str, known: dict[str, Rule] | set[str]) -> str:
    close = get_close_matches(name, known, 1)
    return f" (did you mean {close[0]}?)" if close else ""


# ---------------------------------------------------------------------------------------------------------- octets

# What a person reads most easily comes first.
_ORDER = bytes(
    dict.fromkeys(
        b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ " + bytes([*range(0x21, 0x7F), *range(256)])
    )
)
_FAR = 20  # rules within each other, up to which draws are counted
_FEW, _MORE = 3, 12  # how often what is repeated without a bound is drawn beyond what it must be


@cache
def _octets(known: frozenset[int]) -> SearchStrategy[bytes]:
    drawn = [bytes([octet]) for octet in _ORDER if octet in known]
    return st.sampled_from(drawn) if len(drawn) > 1 else st.just(drawn[0])


@cache
def _strings(known: frozenset[int], least: int, most: int) -> SearchStrategy[bytes]:
    """Draw so many octets of a set in one choice: `st.text` over as many characters, the first one simplest."""
    order = bytes([octet for octet in _ORDER if octet in known])
    characters = st.characters(min_codepoint=_FIRST, max_codepoint=_FIRST + len(order) - 1)
    drawn = st.text(characters, min_size=least, max_size=most)
    return drawn.map(lambda string: bytes([order[ord(one) - _FIRST] for one in string]))


_FIRST = ord("0")  # what Hypothesis finds simplest; what follows it is ever less so


@cache
def _cases(octets: bytes) -> SearchStrategy[bytes]:
    """Draw a string in any case (RFC 5234 2.3), mostly as it is written."""
    letters = [at for at, octet in enumerate(octets) if bytes([octet]).isalpha()]
    if not letters:
        return st.just(octets)

    def changed(mask: int) -> bytes:
        made = bytearray(octets)
        for number, at in enumerate(letters):
            if mask >> number & 1:
                made[at] ^= 0x20
        return bytes(made)

    return weighted((3, st.just(octets)), (1, st.integers(0, 2 ** len(letters) - 1).map(changed)))


def _padded(strategy: SearchStrategy[bytes], choices: int) -> SearchStrategy[bytes]:
    """
    Draw so many things more, which mean nothing.

    Hypothesis takes for simplest what the fewest choices lead to; with these it is never what is longer.
    """
    if choices <= 0:
        return strategy
    return st.tuples(strategy, *[st.booleans()] * choices).map(lambda drawn: drawn[0])


# -------------------------------------------------------------------------------------------------------- compiler


class _Compiler:
    """
    Makes strategies of the rules that one rule leads to.

    ``heights`` is how many recursive rules stand within each other in the flattest expansion of a rule; a strategy of
    so much height to spare leaves out what needs more.  ``costs`` is the octets of the shortest expansion.
    """

    def __init__(self, rules: dict[str, Rule], start: str) -> None:
        self._rules = rules
        self._start = start
        self._leads_to = self._reachable(start)
        self._recursive = self._circles()
        self._classes: dict[str, frozenset[int] | None] = {}
        self._heights: dict[str, float] = dict.fromkeys(self._leads_to, inf)
        self._costs: dict[str, float] = dict.fromkeys(self._leads_to, inf)
        self._settle()
        self._made: dict[tuple[str, int], SearchStrategy[bytes]] = {}
        if self._heights[start] == inf:
            self._refuse()

    def strategy(self, max_depth: int) -> SearchStrategy[bytes]:
        """Give the strategy of the rule."""
        return self._of_rule(self._start, int(self._heights[self._start]) + max_depth)

    # -- what is known of the rules

    def _reachable(self, start: str) -> dict[str, set[str]]:
        """Give the rules that each rule speaks of, for all that the first one leads to."""
        found: dict[str, set[str]] = {}
        left = [start]
        while left:
            name = left.pop()
            if name in found:
                continue
            rule = self._rules[name]
            found[name] = set()
            for reference in _references(rule.element):
                if reference.name not in self._rules:
                    message = (
                        f"grammar, line {reference.line}, rule {rule.name}: there is no rule {reference.name}"
                        f"{_meant(reference.name, self._rules)}"
                    )
                    raise InvalidArgument(message)
                found[name].add(reference.name)
            left += found[name]
        return found

    def _circles(self) -> set[str]:
        """Give the rules that lead to themselves."""
        return {name for name in self._leads_to if name in self._beyond(name)}

    def _beyond(self, name: str) -> set[str]:
        found: set[str] = set()
        left = [*self._leads_to[name]]
        while left:
            one = left.pop()
            if one not in found:
                found.add(one)
                left += self._leads_to[one]
        return found

    def _settle(self) -> None:
        """Find the heights and costs: from below, until no rule gets lower."""
        is_settled = False
        while not is_settled:
            is_settled = True
            for name in self._leads_to:
                element = self._rules[name].element
                height = self._height(element) + (name in self._recursive)
                cost = self._cost(element)
                if height < self._heights[name] or cost < self._costs[name]:
                    self._heights[name] = min(height, self._heights[name])
                    self._costs[name] = min(cost, self._costs[name])
                    is_settled = False

    def _height(self, node: Node) -> float:
        match node:
            case Reference():
                return self._heights[node.name]
            case Repeat():
                return self._height(node.element) if node.least else 0
            case Sequence():
                return max(map(self._height, node.elements))
            case Choice():
                return min(map(self._height, node.elements))
            case Prose():
                return inf
        return 0

    def _cost(self, node: Node) -> float:  # noqa: PLR0911 - one for each kind of node
        match node:
            case Text():
                return len(node.octets)
            case Range():
                return 1
            case Reference():
                return self._costs[node.name]
            case Repeat():
                return node.least * self._cost(node.element) if node.least else 0
            case Sequence():
                return sum(map(self._cost, node.elements))
            case Choice():
                return min(map(self._cost, node.elements))
        return inf

    def _refuse(self) -> None:
        """Say why the rule has no end: the first that it cannot do without and that is said in prose, or itself."""
        for name in sorted(self._leads_to, key=lambda name: self._rules[name].line):
            rule = self._rules[name]
            for prose in _prose(rule.element):
                if self._heights[name] == inf:
                    message = (
                        f"grammar, line {rule.line}, rule {rule.name}: <{prose.text}> is prose, of which nothing can "
                        f"be drawn; define {rule.name} in terminals"
                    )
                    raise InvalidArgument(message)
        rule = self._rules[self._start]
        message = (
            f"grammar, line {rule.line}, rule {rule.name}: it never ends, for all it can be holds a rule in itself"
        )
        raise InvalidArgument(message)

    # -- sets of octets

    def _set_of(self, node: Node) -> frozenset[int] | None:
        """Give the octets that an element is one of, if it is always one; else ``None``."""
        match node:
            case Range():
                return frozenset(range(node.first, node.last + 1))
            case Text() if len(node.octets) == 1:
                both = node.octets if node.is_exact else node.octets.lower() + node.octets.upper()
                return frozenset(both)
            case Choice():
                sets = [self._set_of(one) for one in node.elements]
                return None if None in sets else frozenset().union(*[one for one in sets if one is not None])
            case Reference() if node.name not in self._recursive:
                if node.name not in self._classes:
                    self._classes[node.name] = self._set_of(self._rules[node.name].element)
                return self._classes[node.name]
        return None

    # -- strategies

    def _of_rule(self, name: str, height: int) -> SearchStrategy[bytes]:
        left = height - (name in self._recursive)
        key = name, left
        if key not in self._made:
            element = self._rules[name].element
            self._made[key] = st.deferred(lambda: self._of(element, left))
        return self._made[key]

    def _of(self, node: Node, height: int) -> SearchStrategy[bytes]:
        """Make the strategy of an element that has so much height to spare."""
        known = self._set_of(node)
        if known is not None:
            return _octets(known)
        match node:
            case Text():
                return st.just(node.octets) if node.is_exact else _cases(node.octets)
            case Reference():
                return self._of_rule(node.name, height)
            case Repeat():
                return self._repeated(node, height)
            case Sequence():
                return st.tuples(*[self._of(one, height) for one in node.elements]).map(b"".join)
            case Choice():
                return self._chosen(node, height)
        raise AssertionError(node)  # prose has no height

    def _repeated(self, node: Repeat, height: int) -> SearchStrategy[bytes]:
        if self._height(node.element) > height:
            return st.just(b"")
        if (node.least, node.most) == (0, 1):
            return weighted((2, st.just(b"")), (1, self._of(node.element, height)))
        known = self._set_of(node.element)
        more = _FEW if known is None else _MORE
        most = node.least + more if node.most is None else min(node.most, node.least + more)
        if known is not None:
            return _strings(known, node.least, most)
        return st.lists(self._of(node.element, height), min_size=node.least, max_size=most).map(b"".join)

    def _chosen(self, node: Choice, height: int) -> SearchStrategy[bytes]:
        """Draw one of the elements that end in time; those of one octet are one of them."""
        known = [one for one in node.elements if self._height(one) <= height]
        sets = [found for found in map(self._set_of, known) if found is not None]
        made = [
            (self._cost(one), self._draws(one), self._of(one, height)) for one in known if self._set_of(one) is None
        ]
        if sets:
            made.insert(0, (1, 1, _octets(frozenset().union(*sets))))
        made.sort(key=lambda one: one[0])
        drawn: list[SearchStrategy[bytes]] = []
        least = 0
        for _, draws, strategy in made:
            drawn.append(_padded(strategy, least - draws))
            least = max(draws, least)
        return st.one_of(drawn)

    def _draws(self, node: Node, height: int = 0) -> int:  # noqa: PLR0911 - one for each kind of node
        """Give how many choices Hypothesis makes for the shortest expansion, or nearly so."""
        known = self._set_of(node)
        if known is not None or height > _FAR:
            return int(known is None or len(known) > 1)
        match node:
            case Text():
                return int(not node.is_exact and node.octets.lower() != node.octets.upper())
            case Reference():
                return self._draws(self._rules[node.name].element, height + 1)
            case Repeat():
                if node.least == 0 or self._set_of(node.element) is not None:
                    return 1
                each = self._draws(node.element, height)
                return node.least * each if node.least == node.most else node.least * (each + 1) + 1
            case Sequence():
                return sum([self._draws(one, height) for one in node.elements])
            case Choice():
                return 1 + self._draws(min(node.elements, key=self._cost), height)
        return 0


def _references(node: Node) -> Iterator[Reference]:
    match node:
        case Reference():
            yield node
        case Repeat():
            yield from _references(node.element)
        case Sequence() | Choice():
            for one in node.elements:
                yield from _references(one)


def _prose(node: Node) -> Iterator[Prose]:
    match node:
        case Prose():
            yield node
        case Repeat():
            yield from _prose(node.element)
        case Sequence() | Choice():
            for one in node.elements:
                yield from _prose(one)
