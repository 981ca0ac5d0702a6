"""
Selection: which rules are on, by profiles, and by what was selected and ignored.

    profiles, select, extend_select, ignore -> the rules, as a Plan that the engine follows

May import: `lint.rule`, `lint.rules`.  Imported by: much of the package.
"""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, NamedTuple

from mimekit.delivery import Delivery
from mimekit.errors import show
from mimekit.lint import rules
from mimekit.lint.context import LintError
from mimekit.lint.rule import KINDS, PROFILES, REGISTRY, Rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Asked", "Plan", "listed", "load", "names_of", "plan", "profiles_for"]

ALIASES: dict[str, str] = {}
"""Codes and names that a rule had before, and its code now."""

RECEIVED = frozenset({"H113", "H114", "X018", "X020", "H206"})
"""Off when a message was received: they are about what a sender writes, or about the clock of sending."""

_TOLD = ("received", "ses")  # profiles that rules see as options
_LIKE_DIGITS = str.maketrans("OIL", "011")
_MOST_KNOWN = 1000  # sets of marks that are remembered


@cache
def load() -> dict[str, Rule]:
    """Load the rules of this package, and give the table of all."""
    for module in iter_modules(rules.__path__):
        import_module(f"{rules.__name__}.{module.name}")
    return REGISTRY


class Asked(NamedTuple):
    """The rules to ask about one thing: those that are asked in any case, and those that need octets in it."""

    always: tuple[Rule, ...]
    needing: tuple[tuple[tuple[str, ...], tuple[Rule, ...]], ...]
    """What they need, each octet as one character, for to search a `str` is quicker."""


class Plan:
    """The rules that are on, by what they look at, so that the engine asks only those that have something to see."""

    def __init__(self, chosen: Iterable[Rule], profiles: Iterable[str]) -> None:
        self.rules = {rule.code: rule for rule in chosen}
        self.told = {name: True for name in _TOLD if name in profiles}
        """The options that rules see because of a profile."""
        self.defects = frozenset([code for code, rule in self.rules.items() if rule.is_defect])
        self.superseded = frozenset().union(*[rule.supersedes for rule in self.rules.values()])
        asked = [rule for rule in self.rules.values() if not rule.is_defect and rule.looks_at != "run"]
        self._kinds = {kind: [rule for rule in asked if rule.looks_at == kind] for kind in KINDS}
        self._marks = {kind: frozenset().union(*[one.marks for one in rules]) for kind, rules in self._kinds.items()}
        self._marked: dict[tuple[str, frozenset[str]], Asked] = {}
        self.fields, self.other_fields = self._named("field")
        """The rules for the fields of each name, and for those of any other name."""
        self.elements, self.other_elements = self._named("element")
        """The rules for the elements of each name, and for those of any other name."""

    def looks_at(self, kind: str) -> bool:
        """Whether a rule looks at that."""
        return bool(self._kinds[kind])

    def asked(self, kind: str, marks: frozenset[str] = frozenset()) -> Asked:
        """Give the rules for what has these marks."""
        known = marks & self._marks[kind]
        found = self._marked.get((kind, known))
        if found is None:
            if len(self._marked) >= _MOST_KNOWN:
                self._marked.clear()
            rules = [one for one in self._kinds[kind] if not one.marks or not one.marks.isdisjoint(known)]
            found = self._marked[kind, known] = _asked(rules)
        return found

    def _named(self, kind: str) -> tuple[dict[str, Asked], Asked]:
        rules = self._kinds[kind]
        names = frozenset().union(*[one.names for one in rules])
        named = {name: _asked([one for one in rules if not one.names or name in one.names]) for name in names}
        return named, _asked([one for one in rules if not one.names])


def _asked(rules: list[Rule]) -> Asked:
    """Group rules by the octets that they need, so that these are looked for once."""
    needing: dict[tuple[str, ...], list[Rule]] = {}
    for rule in rules:
        if rule.needs:
            needing.setdefault(tuple([one.decode("latin-1") for one in rule.needs]), []).append(rule)
    always = tuple([rule for rule in rules if not rule.needs])
    return Asked(always, tuple([(needs, tuple(found)) for needs, found in needing.items()]))


def profiles_for(x: object, profile: str | Iterable[str]) -> str | list[str]:
    """Give the profiles that were asked for, and for a `Delivery` that of the wire, on which it is about to go."""
    if isinstance(x, Delivery):
        return [*listed(profile), "wire"]
    return profile if isinstance(profile, str) else list(profile)


def plan(
    profile: str | Iterable[str] = "default",
    select: str | Iterable[str] | None = None,
    extend_select: str | Iterable[str] = (),
    ignore: str | Iterable[str] | Mapping[str, str] = (),
) -> Plan:
    """
    Choose the rules.  *select* replaces those of the profiles, *extend_select* adds, *ignore* wins.

    Each is a code (``"H204"``), a prefix (``"E05"``), a name (``"bare-lf"``) or ``"ALL"``, or several of them, in a
    list or with commas (``"H204,E05"``).  Raises `LintError` for what is none, with what was perhaps meant.
    """
    return _plan(
        _fixed(profile),
        None if select is None else _fixed(select),
        _fixed(extend_select),
        _fixed(ignore),
        len(load()),
    )


def _fixed(given: str | Iterable[str]) -> str | tuple[str, ...]:
    return given if isinstance(given, str) else tuple(given)


@cache
def _plan(
    profile: str | tuple[str, ...],
    select: str | tuple[str, ...] | None,
    extend_select: str | tuple[str, ...],
    ignore: str | tuple[str, ...],
    _: int,  # of rules: a plan that was made before others were loaded is none any more
) -> Plan:
    profiles = listed(profile)
    for name in profiles:
        if name not in PROFILES:
            message = f"there is no profile {show(name)}{_meant(name, PROFILES)}; there are {', '.join(PROFILES)}"
            raise LintError(message)
    on = {"default", *profiles}
    if select is None:
        codes = {code for code, rule in REGISTRY.items() if not on.isdisjoint(rule.profiles)}
        if "received" in profiles:
            codes -= RECEIVED
    else:
        codes = names_of(listed(select))
    codes |= names_of(listed(extend_select))
    codes -= names_of(listed(ignore))
    return Plan([REGISTRY[code] for code in sorted(codes)], profiles)


def names_of(given: Iterable[str]) -> set[str]:
    """Give the codes that codes, prefixes and names stand for; raise `LintError` for one that stands for none."""
    known = load()
    found: set[str] = set()
    for text in [word for one in given for word in _words(one)]:
        word = ALIASES.get(text, text)
        if word == "ALL":
            found |= known.keys()
            continue
        upper = word.upper()
        matching = {code for code in known if code.startswith(upper)} if upper[:1].isalpha() else set()
        if not matching or not (upper[-1:].isdigit() or len(upper) == 1):
            matching = {code for code, rule in known.items() if rule.name == word.lower()} or (
                matching if upper.isalpha() else set()
            )
        if not matching:
            names = [*known, *[rule.name for rule in known.values()]]
            message = f"{show(text)} is no code, prefix or name of a rule{_meant(text, names)}; see mimekit rules"
            raise LintError(message)
        found |= matching
    return found


def listed(given: str | Iterable[str]) -> list[str]:
    """Give the words of one text or several; in each they may stand with commas, as on the command line."""
    texts = [given] if isinstance(given, str) else list(given)
    return [word for text in texts for word in _words(text)]


def _words(text: str) -> list[str]:
    return [word for one in text.split(",") if (word := one.strip())] or [text]


def _meant(text: str, known: Iterable[str]) -> str:
    known = list(known)
    typed = text[:1].upper() + text[1:].upper().translate(_LIKE_DIGITS)
    close = [typed] if typed in known else []
    close = close or get_close_matches(text, known, 1) or get_close_matches(text.upper(), known, 1)
    return f" (did you mean {close[0]}?)" if close else ""
