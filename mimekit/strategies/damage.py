r"""
Damage: a valid message, broken in one way that one lint rule is about.

What is wrong with a message is said once, by the *Bad* examples of the rules; a mutator lays one of them over a message
that it is given.  So a test of a filter, a parser or a rule has a message for each fault, and all the rest of it is the
test's own.

    a valid message in ASCII -> the same with one fault, and the `Context` that shows it

May import: `lint`.  Imported by: nobody.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from mimekit.errors import show
from mimekit.lint import examples, selection
from mimekit.lint.context import LintError

if TYPE_CHECKING:
    from mimekit.lint.context import Context
    from mimekit.lint.rule import Rule

__all__ = ["WHOLE", "Mutator", "damaged", "mutators"]

_FIRST = {  # what stands before the first field
    "H013": b" X-Note: one\r\n",
    "H016": b"From jane@shop.example Tue Nov 24 03:30:00 2026\r\n",
}
WHOLE = ("make", "raw")
"""The directives of examples that are whole messages: nothing is laid over another one."""


class Mutator:
    """One way to break a message: ``rule`` is the one that finds it, ``keeps_body`` whether only the header changes."""

    __slots__ = ("_text", "keeps_body", "number", "rule")

    def __init__(self, rule: Rule, number: int, text: str) -> None:
        self.rule = rule
        self.number = number
        self._text = text
        self.keeps_body = "" not in text.split("\n") and not text.startswith("@html")

    def __call__(self, octets: bytes) -> tuple[bytes, Context]:
        r"""
        Break a message: ASCII, with CRLF line ends, its body neither encoded nor in parts.

        >>> octets, context = damaged("H011")(b"From: a@b.example\r\n\r\nHi\r\n")
        >>> octets
        b'From: a@b.example\r\nX-Note : one\r\n\r\nHi\r\n'
        """
        first = _FIRST.get(self.rule.code)
        if first is not None:
            same, context = examples.example("", octets)
            return first + same, context
        return examples.example(self._text, octets)

    def __repr__(self) -> str:
        return f"<Mutator {self.rule.code}-{self.number}>"


@cache
def mutators() -> dict[str, tuple[Mutator, ...]]:
    """Give the mutators of every rule that has some, by its code; the others need a size, a key or another message."""
    found: dict[str, tuple[Mutator, ...]] = {}
    for code, rule in sorted(selection.load().items()):
        texts = [text for text in examples.page(rule).bad if code in _FIRST or not _is_whole(text)]
        if texts:
            found[code] = tuple([Mutator(rule, number, text) for number, text in enumerate(texts)])
    return found


def damaged(code: str, number: int = 0) -> Mutator:
    """Give a mutator by the code of its rule; raise `LintError` when the rule has none."""
    known = mutators().get(code, ())
    if number >= len(known):
        message = f"there is no mutator {number} for {show(code)}; see damage.mutators()"
        raise LintError(message)
    return known[number]


def _is_whole(text: str) -> bool:
    first = text.partition("\n")[0]
    return first.startswith("@") and first[1:].partition(" ")[0] in WHOLE
