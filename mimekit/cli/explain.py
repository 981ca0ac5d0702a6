"""
Explain a rule of the linter: what is wrong, why it matters, examples, where it is written.

    CODE or NAME -> the page of the rule, or JSON

May import: `lint`, `cli`.  Imported by: `cli`.
"""

from __future__ import annotations

from mimekit.cli import rules

__all__ = ["NOTES", "arguments", "run"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from mimekit.cli.terminal import Terminal
    from mimekit.lint.rule import Rule

NOTES = """\
The examples are laid over a message that has no fault: a line -Name takes a field out, a line @word says how it is
sent, and text after an empty line is the body.  mimekit rules lists the rules.
"""

_STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}
_FIXES = {
    "safe": "Every reader sees the same after --fix.",
    "unsafe": "--fix --unsafe-fixes chooses a reading, or changes what is said.",
    None: "",
}


def arguments(parser: ArgumentParser) -> None:
    """Add the arguments of the verb."""
    parser.add_argument("rules", metavar="RULE", nargs="+", help="a code or a name, or the beginning of codes")
    parser.add_argument("--json", action="store_true", help="print the page as JSON; of several rules a list")


def run(given: Namespace, terminal: Terminal) -> int:
    """Do what the arguments ask for."""
    from mimekit.lint import selection

    rules.load()
    known = selection.load()
    found = [known[code] for code in sorted(selection.names_of(given.rules))]
    if given.json:
        described = [rules.described(rule) for rule in found]
        terminal.json(described[0] if len(described) == 1 else described)
        return 0
    for number, rule in enumerate(found):
        if number:
            terminal.line()
        _page(rule, terminal)
    return 0


def _page(rule: Rule, terminal: Terminal) -> None:
    from mimekit.lint import examples

    page = examples.page(rule)
    terminal.line((f"{rule.code} {rule.name}", "bold"), " (", (rule.severity, _STYLES[rule.severity]), ")")
    terminal.line((f"Profiles: {', '.join(rule.profiles)}", "dim"))
    _paragraphs("", page.what, terminal)
    _paragraphs("Why it matters", page.why, terminal)
    _examples("Bad", page.bad, terminal)
    _examples("Good", page.good, terminal)
    _paragraphs("Fix", _FIXES[rule.fix], terminal)
    _paragraphs("References", page.references, terminal)


def _paragraphs(title: str, text: str, terminal: Terminal) -> None:
    if not text:
        return
    terminal.line()
    if title:
        terminal.line((f"{title}:", "bold"))
    for line in text.split("\n"):
        terminal.line(f"  {line.strip()}" if title else line.strip())


def _examples(title: str, texts: tuple[str, ...], terminal: Terminal) -> None:
    for text in texts:
        terminal.line()
        terminal.line((f"{title}:", "bold"))
        for line in text.split("\n"):
            terminal.line(f"    {line}")
