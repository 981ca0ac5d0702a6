"""
Styles and style sheets of HTML bodies: rules, selectors, declarations and at-rules, each with its place.

`tinycss2` reads them by the grammar of CSS Syntax 3; what it cannot read is left out, as mail programs do.

    style attribute -> [Declaration];  style element -> Sheet -> StyleRule, AtRule

May import: tinycss2, when there is a style.  Imported by: `lint.clients`, `lint.html`, `lint.looks`,
`lint.rules.html_clients`.
"""

from __future__ import annotations

import re
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from mimekit.finding import Fix
    from mimekit.lint.rule import Hit
    from mimekit.lint.view import Text

    # tinycss2 ships no types: a token of it.
    Token = Any

__all__ = ["AtRule", "Declaration", "Sheet", "StyleRule", "Token", "declarations"]

# CSS Syntax 3.3
_LINE_END = re.compile(r"\r\n|[\n\r\f]")
_KEPT = 400
_NESTING = 50


class Declaration(NamedTuple):
    """One declaration: property in lower case, value as written, its tokens, where it stands."""

    name: str
    value: str
    start: int
    end: int
    is_important: bool
    tokens: tuple[Token, ...]


class StyleRule(NamedTuple):
    """One style rule: selector as written, its tokens, declarations, the at-rules around it, where it begins."""

    selector: str
    tokens: tuple[Token, ...]
    declarations: tuple[Declaration, ...]
    inside: tuple[str, ...]
    """The at-rules around it, outermost first, such as ``"@media (max-width: 600px)"``."""
    is_nested: bool
    """Whether it stands inside another style rule (CSS Nesting)."""
    start: int
    end: int


class AtRule(NamedTuple):
    """One at-rule: keyword in lower case without ``@``, prelude as written, declarations in it, where it begins."""

    keyword: str
    prelude: str
    declarations: tuple[Declaration, ...]
    start: int
    end: int


def declarations(css: str) -> tuple[Declaration, ...]:
    """Read the declarations of a style attribute; their places count from its first character."""
    # Newsletters say the same style hundreds of times.
    return _remembered(css) if len(css) <= _KEPT else _declarations(css)


def _declarations(css: str) -> tuple[Declaration, ...]:
    from tinycss2 import parse_component_value_list

    lines = _Lines(css)
    return tuple([made for made, _, _ in _items(parse_component_value_list(css), lines, len(css)) if made is not None])


_remembered = lru_cache(maxsize=1024)(_declarations)


class Sheet:
    """A style sheet: ``css`` is its text, which begins at ``offset`` of the source of the HTML."""

    def __init__(self, css: str, offset: int, text: Text) -> None:
        self.css = css
        self.offset = offset
        self.text = text

    @property
    def rules(self) -> list[StyleRule]:
        """All style rules, those inside at-rules included."""
        return self._read[0]

    @property
    def at_rules(self) -> list[AtRule]:
        """All at-rules, those inside at-rules included."""
        return self._read[1]

    def hit(self, message: str, start: int, end: int, fix: Fix | None = None, severity: str | None = None) -> Hit:
        """Say what is wrong with its characters from *start* to *end*."""
        return self.text.hit(message, self.offset + start, self.offset + end, fix, severity)

    def place_of(self, part: StyleRule | AtRule | Declaration) -> tuple[int, int]:
        """Say where a rule or declaration of it stands in the source of the HTML."""
        return self.offset + part.start, self.offset + part.end

    @cached_property
    def _read(self) -> tuple[list[StyleRule], list[AtRule]]:
        from tinycss2 import parse_stylesheet

        rules: list[StyleRule] = []
        at_rules: list[AtRule] = []
        # Old pages hide their styles from old browsers: CSS ignores these marks at the top (CSS Syntax 5.4.1).
        self._rules(parse_stylesheet(self.css, skip_comments=True, skip_whitespace=True), (), rules, at_rules)
        return rules, at_rules

    def _rules(
        self, found: list[Token], inside: tuple[str, ...], rules: list[StyleRule], at_rules: list[AtRule]
    ) -> None:
        """Take rules apart; those inside others wait on a stack."""
        from tinycss2 import parse_rule_list

        lines, css = _Lines(self.css), self.css
        stack: list[tuple[Token, tuple[str, ...]]] = [(one, inside) for one in found[::-1]]
        while stack:
            one, around = stack.pop()
            if one.type not in ("qualified-rule", "at-rule"):
                continue
            start = lines.offset(one)
            end = _end_of_prelude(css, start)
            if one.type == "qualified-rule":
                own, nested = self._content(one.content, lines)
                selector = css[start:end].strip()
                rules.append(
                    StyleRule(
                        selector,
                        tuple(one.prelude),
                        own,
                        around,
                        is_nested=False,
                        start=start,
                        end=start + len(selector),
                    )
                )
                rules += [rule._replace(inside=around) for rule in nested]
                continue
            prelude = css[start + 1 + len(one.at_keyword) : end].strip()
            made = AtRule(one.lower_at_keyword, prelude, (), start, start + len(css[start:end].rstrip()))
            if one.content is not None and one.lower_at_keyword in (
                "media",
                "supports",
                "document",
                "layer",
                "container",
            ):
                if len(around) < _NESTING:
                    names = (*around, f"@{one.lower_at_keyword} {prelude}")
                    listed = parse_rule_list(one.content, skip_comments=True, skip_whitespace=True)
                    stack += [(inner, names) for inner in listed[::-1]]
            elif one.content is not None:
                made = made._replace(declarations=self._content(one.content, lines)[0])
            at_rules.append(made)

    def _content(self, tokens: list[Token], lines: _Lines) -> tuple[tuple[Declaration, ...], list[StyleRule]]:
        """Divide the block of a rule into declarations and the rules nested in it, one level deep."""
        own: list[Declaration] = []
        nested: list[StyleRule] = []
        for declaration, prelude, block in _items(tokens, lines, None):
            if declaration is not None:
                own.append(declaration)
            elif prelude and block is not None:
                start = lines.offset(prelude[0])
                end = _end_of_prelude(self.css, start)
                inner = [made for made, _, _ in _items(block.content, lines, None) if made is not None]
                selector = self.css[start:end].strip()
                nested.append(
                    StyleRule(
                        selector,
                        tuple(prelude),
                        tuple(inner),
                        (),
                        is_nested=True,
                        start=start,
                        end=start + len(selector),
                    )
                )
        return tuple(own), nested


def _end_of_prelude(css: str, start: int) -> int:
    """Find the brace or semicolon that ends the prelude of a rule."""
    brace, semicolon = css.find("{", start), css.find(";", start)
    ends = [at for at in (brace, semicolon) if at >= 0]
    return min(ends) if ends else len(css)


class _Lines:
    """From the line and column that tinycss2 tells to an offset."""

    __slots__ = ("css", "starts")

    def __init__(self, css: str) -> None:
        self.css = css
        self.starts = [0, *[found.end() for found in _LINE_END.finditer(css)]]

    def offset(self, token: Token) -> int:
        line: int = min(token.source_line, len(self.starts))
        column: int = token.source_column
        return min(self.starts[line - 1] + column - 1, len(self.css))


def _items(
    tokens: list[Token], lines: _Lines, end: int | None
) -> Iterator[tuple[Declaration | None, list[Token], Token | None]]:
    """Divide tokens at semicolons: a declaration, or a prelude and the block after it."""
    item: list[Token] = []
    for token in tokens:
        if token.type == "literal" and token.value == ";":
            yield _declaration(item, lines, lines.offset(token)), item, None
            item = []
        elif token.type == "{} block" and not (len(item) > 1 and _is_custom(item)):
            yield None, [one for one in item if one.type not in ("whitespace", "comment")], token
            item = []
        else:
            item.append(token)
    if item:
        last = end if end is not None else _end_of_item(lines, item)
        yield _declaration(item, lines, last), item, None


def _is_custom(item: list[Token]) -> bool:
    return any(token.type == "ident" and token.value.startswith("--") for token in item[:3])


def _end_of_item(lines: _Lines, item: list[Token]) -> int:
    """Find the brace that ends the last declaration of a block."""
    last = next((token for token in item[::-1] if token.type not in ("whitespace", "comment")), item[-1])
    at = lines.css.find("}", lines.offset(last))
    return at if at >= 0 else len(lines.css)


def _declaration(item: list[Token], lines: _Lines, end: int) -> Declaration | None:
    """Make a declaration of ``name : value``; ``None`` for what is none."""
    kept = [token for token in item if token.type not in ("whitespace", "comment")]
    if len(kept) < 2 or kept[0].type != "ident" or kept[1].type != "literal" or kept[1].value != ":":  # noqa: PLR2004 - a name and a colon
        return None
    start, colon = lines.offset(kept[0]), lines.offset(kept[1])
    value = lines.css[colon + 1 : end].strip()
    tokens = kept[2:]
    is_important = (
        len(tokens) > 1
        and tokens[-1].type == "ident"
        and tokens[-1].lower_value == "important"
        and tokens[-2].type == "literal"
        and tokens[-2].value == "!"
    )
    if is_important:
        tokens = tokens[:-2]
        value = value[: value.rfind("!")].rstrip()
    last = start + len(lines.css[start:end].rstrip())
    return Declaration(kept[0].value.lower(), value, start, last, is_important, tuple(tokens))
