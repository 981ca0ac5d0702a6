# ruff: noqa: INP001 - a script, no package
"""
Make `docs/rules/`: a page for each rule of the linter, and the index, out of the docstrings of the rules.

    python tools/make_rule_pages.py

It runs where mimekit is installed, that is with ``.venv/bin/python`` after ``make test``.  A page shows the examples of
the docstring, and what the linter says of the bad ones.  Pages of rules that are there no more are taken away.
`tests/test_documentation.py` fails while what stands in `docs/rules/` is not what this makes.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from mimekit import lint
from mimekit.cli.terminal import escape
from mimekit.lint import examples, selection
from mimekit.lint.reporters import text, visible
from mimekit.lint.rule import PROFILES, Rule
from mimekit.lint.running import Checked
from mimekit.lint.sources import Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimekit.lint.reporters import Line

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "rules"
FAMILIES = {
    "H": "Header",
    "A": "Addresses",
    "M": "MIME structure",
    "E": "Encodings and charsets",
    "T": "Text and HTML",
    "D": "DKIM",
    "S": "Amazon SES",
    "B": "Bulk mail",
    "X": "Security",
    "L": "The linter and its limits",
}
LOOKS = {
    "octets": "the octets of the message",
    "message": "the message as a whole",
    "field": "header fields",
    "address": "the entries of address fields",
    "part": "each part",
    "text": "each text/plain and text/html body, decoded",
    "html": "each text/html body",
    "element": "elements of HTML",
    "signature": "each DKIM-Signature",
    "envelope": "the envelope, where there is one",
    "run": "what the linter itself did",
}
FIXES = {"safe": "safe", "unsafe": "unsafe", None: "none"}
MOST = 2  # findings that are shown of one example

HEAD = r"""# Rules

There are {count} rules. A rule is on when its profile is, and `default` always is.
`[*]` is a rule that can mend, `[?]` one whose fixes choose a reading or change what is said.
[How the linter works](../explanation/lint.md) explains profiles, severities and fixes. `mimekit rules` lists the rules
on a terminal, and `mimekit explain CODE` prints what a page says.

| profile | rules of its own |
|---|--:|
{profiles}
| `received` | none; it [takes some away](../explanation/lint.md#profiles) |

The pages are made from the docstrings of the rules by `tools/make_rule_pages.py`. Their examples run as tests: a bad
one gives the code of its page and nothing but what the page says may come with it, a good one gives nothing.

## How to read an example

It is laid over this message, which has no fault:

```text
{base}
```

Its header lines replace those of the same name, or join at the end; `-Name` takes a field out; what follows an empty
line is the body. `\r`, `\n`, `\t` and `\xNN` are octets. A line that begins with `@` says more:

| line | meaning |
|---|---|
| `@wire` | the message is as it goes on the wire |
| `@smtputf8` | the way to the receiver carries UTF-8 in headers |
| `@lf` | lines end in LF |
| `@raw` | the example is the whole message, laid over nothing |
| `@now` | the time |
| `@envelope` | MAIL FROM, then the recipients |
| `@html` | what follows is HTML, which stands beside a plain text of the same words |
| `@make` | a program makes the message: it needs a size, a key or a call |

"""

_CODE_SPAN = re.compile(r"``(?:[^`]|`(?!`))+``|`[^`]+`")
_ACTIVE = re.compile(r"([\\*_<>\[\]{}$#|&~^])")
_RULE = re.compile(r"\b[A-Z][0-9]{3}\b")
_RFC = re.compile(r"\bRFC ([0-9]+)\b")


def pages() -> dict[str, str]:
    """Give the text of each file in `docs/rules/`, by its name."""
    known = selection.load()
    own = {code: rule for code, rule in sorted(known.items()) if rule.function.__module__.startswith("mimekit.")}
    return {"index.md": _index(own)} | {f"{code}.md": _page(rule, own) for code, rule in own.items()}


def main() -> None:
    """Write the pages, and take away those that nothing makes any more."""
    made = pages()
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.md"):
        if path.name not in made:
            path.unlink()
    for name, page in made.items():
        (FOLDER / name).write_text(page, encoding="utf-8", newline="\n")
    sys.stdout.write(f"{len(made)} files in {FOLDER}\n")


# -- the index


def _index(rules: dict[str, Rule]) -> str:
    counts = {name: sum([name in rule.profiles for rule in rules.values()]) for name in PROFILES if name != "received"}
    lines = [
        HEAD.format(
            count=len(rules),
            profiles="\n".join([f"| `{name}` | {count} |" for name, count in counts.items()]),
            base=examples.BASE.decode().rstrip("\n"),
        )
    ]
    for letter, title in FAMILIES.items():
        family = [rule for code, rule in rules.items() if code[0] == letter]
        lines += [
            f"## {letter}: {title}",
            "",
            "| code | name | severity | fix | profiles | what |",
            "|---|---|---|---|---|---|",
        ]
        for rule in family:
            mark = {"safe": r"\[\*\]", "unsafe": r"\[?\]", None: ""}[rule.fix]
            profiles = ", ".join(rule.profiles)
            what = re.sub(
                r"(?<!\\)\|", r"\|", _prose(examples.page(rule).what.partition("\n\n")[0])
            )  # a cell of a table
            lines.append(
                f"| [{rule.code}]({rule.code}.md) | {rule.name} | {rule.severity} | {mark} | {profiles} | {what} |"
            )
        lines.append("")
    return _file(lines)


# -- the page of a rule


def _page(rule: Rule, rules: dict[str, Rule]) -> str:
    page = examples.page(rule)
    lines = [f"# {rule.code} {rule.name}", ""]
    for paragraph in page.what.split("\n\n"):
        lines += [_prose(paragraph, rules, rule), ""]
    why = _prose(page.why, rules, rule)
    lines += [f"**Why it matters:** {why}", "", *_facts(rule, rules, page), ""]
    for number, example in enumerate(page.bad):
        lines += ["## Bad" if not number else "### Another one", "", *_example(example), *_said(rule, example)]
    for number, example in enumerate(page.good):
        lines += ["## Good" if not number else "### Another one", "", *_example(example)]
    if not page.bad:
        lines += ["No message shows it: the linter finds it in itself, or in what it is told to ignore.", ""]
    lines += ["## References", ""] if page.references else []
    lines += [f"- {_reference(one)}" for one in page.references.replace("\n", " ").split("; ") if one]
    # Nothing but the index leads here: a tree of four hundred pages in the margin of each is no help.
    return _file(["---", "orphan: true", "---", "", *lines])


def _facts(rule: Rule, rules: dict[str, Rule], page: examples.Page) -> list[str]:
    looks = LOOKS[rule.looks_at]
    if rule.is_defect:
        looks = "what the parser meets while it reads: it is a [defect](../reference/defects.md) too"
    elif rule.names:
        looks = f"{looks}: {', '.join([f'`{name}`' for name in sorted(rule.names)])}"
    better = sorted([code for code, other in rules.items() if rule.code in other.supersedes])
    lines = [
        f"- Severity: {rule.severity}",
        f"- Profiles: {', '.join([f'`{name}`' for name in rule.profiles])}",
        f"- Fix: {FIXES[rule.fix]}",
    ]
    if page.bad:
        lines.append(f"- Looks at: {looks}")
    if rule.supersedes:
        lines.append(
            f"- Told in place of {_links(sorted(rule.supersedes), rules)}, where both are about the same octets"
        )
    if better:
        lines.append(f"- Not told where about the same octets there is {_links(better, rules, ' or ')}")
    if rule.implies:
        lines.append(f"- May come with {_links(sorted(rule.implies), rules)}")
    return lines


def _links(codes: list[str], rules: dict[str, Rule], between: str = ", ") -> str:
    return between.join([f"[{code}]({code}.md)" if code in rules else code for code in codes])


def _example(example: str) -> list[str]:
    return [*_fenced(example.split("\n")), *_made(example)]


def _made(example: str) -> list[str]:
    """Say what the maker of an example gives."""
    if not example.startswith("@make "):
        return []
    name = example.split()[1]
    does = (examples.MAKERS[name].__doc__ or "").strip().partition("\n\n")[0]
    return [_prose(f"`{name}` is to {does[:1].lower()}{does[1:]}"), ""]


def _said(rule: Rule, example: str) -> list[str]:
    """Show what the linter says of an example."""
    octets, context = examples.example(example)
    found = [one for one in lint.check(octets, profile=rule.profiles, context=context) if one.code == rule.code]
    checked = Checked(Source("message.eml", octets), tuple(found))
    decoded = visible.Decoded(octets)
    lines: list[str] = []
    for one in found[:MOST]:
        lines += [_flat(line) for line in (text.heading(checked, one), *text.frame(octets, one, decoded))]
        lines.append("")
    if len(found) > MOST:
        lines.append(f"... and {len(found) - MOST} more")
    return ["The linter says:", "", *_fenced("\n".join(lines).rstrip("\n").split("\n"))]


def _flat(line: Line) -> str:
    return escape("".join([piece if isinstance(piece, str) else piece[0] for piece in line])).rstrip()


def _fenced(lines: list[str]) -> list[str]:
    return ["```text", *[line.rstrip() for line in lines], "```", ""]


# -- text


def _prose(paragraph: str, rules: dict[str, Rule] | None = None, of: Rule | None = None) -> str:
    """Write a paragraph of a docstring as Markdown: in code as it stands, elsewhere nothing acts; codes are links."""
    paragraph = " ".join(paragraph.split())
    done: list[str] = []
    position = 0
    for span in _CODE_SPAN.finditer(paragraph):
        done += [_plain(paragraph[position : span.start()], rules, of), span[0]]
        position = span.end()
    done.append(_plain(paragraph[position:], rules, of))
    return "".join(done)


def _plain(said: str, rules: dict[str, Rule] | None, of: Rule | None) -> str:
    def linked(found: re.Match[str]) -> str:
        code = found[0]
        is_other = rules is not None and code in rules and of is not None and code != of.code
        return f"[{code}]({code}.md)" if is_other else code

    return _RULE.sub(linked, _ACTIVE.sub(r"\\\1", said))


def _reference(said: str) -> str:
    return _RFC.sub(r"[RFC \1](https://www.rfc-editor.org/rfc/rfc\1)", _prose(said))


def _file(lines: list[str]) -> str:
    return "\n".join(lines).rstrip("\n") + "\n"


if __name__ == "__main__":
    main()
