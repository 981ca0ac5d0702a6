"""
The documentation runs: every code block of README.md and of docs/ is a test.

The blocks of a page run in order, in one namespace and in a directory of the page's own.  What a fence means:

    python    run; with ``>>>`` as a doctest, else as a script
    text      after a python block: what it must have printed; ``...`` stands for anything
    console   ``$ mimekit ...`` runs through `mimekit.cli.main`, and the lines below a command are what it must print;
              ``$ python SCRIPT ... > FILE`` runs a script of the documentation
    toml      a spec, read by `mimekit.spec`; as mimekit.toml or pyproject.toml the configuration of the linter

The pages of `docs/rules` are made of docstrings, whose examples run with the tests of the rules; here is only asked
whether they are what would be made today.

A comment before a block is an instruction: ``<!-- file: NAME -->`` writes it to a file (a module is run when it is
imported), ``<!-- exit: 2 -->`` is the exit code of its command, ``<!-- not run: REASON -->`` leaves it out.
``<!-- needs: NAME ... -->`` names files that the page finds in its directory.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import doctest
import importlib.util
import io
import re
import shlex
import shutil
import smtplib
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

import mimekit
from mimekit import Message, bulk, cli, dkim, lint, maildir, ses, smtp, spec
from mimekit.auth import resolver
from mimekit.cli import signing
from mimekit.defects import TABLE
from mimekit.dkim.verify import _LENIENT
from mimekit.limits import DEFAULT_LIMITS
from mimekit.lint import config, selection
from mimekit.lint.reporters import FORMATS
from mimekit.lint.rule import PROFILES, REGISTRY
from tests.servers.recorder import Recorder, recording

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
RULES = DOCS / "rules"
MADE = {"_build", RULES.name}
PAGES = [ROOT / "README.md", *sorted(path for path in DOCS.rglob("*.md") if MADE.isdisjoint(path.parts))]
EXAMPLES = (DOCS / "examples" / "receipt", DOCS / "examples" / "newsletter")
REFERENCE = DOCS / "reference"
OPTIONS = doctest.ELLIPSIS

_FENCE = re.compile(r"(?ms)^(?:<!-- ([a-z ]+): ([^\n]*?) -->\n)?```([^\n]*)\n(.*?)^```[ \t]*$")
_NEEDS = re.compile(r"<!-- needs: ([^\n]*?) -->")
_PROGRESS = re.compile(r"^mimekit: [0-9,]++ rows, .*+\n", re.MULTILINE)  # a run of over 10 s says how far it is
_COMMAND = re.compile(r"(?m)^\$ ([^\n]*)\n")
_NOTES = ("file", "exit", "not run")
LINT_CONFIGURATION = ("mimekit.toml", "pyproject.toml")


class Block(NamedTuple):
    """One fenced block of a page."""

    line: int
    language: str
    code: str
    note: str
    """The instruction before it, one of `_NOTES`, or nothing."""
    value: str


def blocks(page: str) -> list[Block]:
    """Find the fenced blocks of a page; directives of the documentation builder, ``{name}``, are none."""
    found = []
    for match in _FENCE.finditer(page):
        note, value, language, code = match.groups(default="")
        if not language.startswith("{"):
            found.append(Block(page.count("\n", 0, match.start(4)), language.strip(), code, note, value))
    return found


class Page:
    """A page that is being run: its namespace, what was printed last, where it is."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.globals: dict[str, object] = {"__name__": "__main__"}
        self.printed: str | None = None

    def where(self, block: Block) -> str:
        return f"{self.name}, line {block.line}"

    def run(self, block: Block) -> None:
        """Do with one block what its language says."""
        if block.note == "not run":
            assert len(block.value.split()) > 1, f"{self.where(block)}: say why it is not run"
            return
        if block.note == "file":
            Path(block.value).write_text(block.code, encoding="utf-8")
        if block.language == "python":
            if block.note != "file":
                self.python(block)
        elif block.language == "text":
            if block.note != "file":
                assert self.printed is not None, f"{self.where(block)}: nothing was printed before it"
                same(block.code, self.printed, self.where(block))
        elif block.language == "console":
            self.console(block)
        elif block.language == "toml":
            if block.value in LINT_CONFIGURATION:
                assert config.read(str(Path(block.value).absolute())) is not None, (
                    f"{self.where(block)}: nothing is configured"
                )
            else:
                assert isinstance(spec.load(io.BytesIO(block.code.encode()), base="."), Message)
        else:
            pytest.fail(f"{self.where(block)}: the language {block.language!r} is not one that is run")

    def python(self, block: Block) -> None:
        if ">>> " in block.code:
            self.doctest(block)
            return
        output = io.StringIO()
        code = compile("\n" * block.line + block.code, self.name, "exec")
        with contextlib.redirect_stdout(output):
            exec(code, self.globals)  # noqa: S102 - to run it is the purpose
        self.printed = output.getvalue()

    def doctest(self, block: Block) -> None:
        test = doctest.DocTestParser().get_doctest(block.code, self.globals, self.name, self.name, block.line)
        report = io.StringIO()
        result = doctest.DocTestRunner(optionflags=OPTIONS).run(test, out=report.write, clear_globs=False)
        self.globals.update(test.globs)
        self.printed = None
        assert not result.failed, report.getvalue()

    def console(self, block: Block) -> None:
        code = int(block.value) if block.note == "exit" else 0
        pieces = _COMMAND.split(block.code)
        assert not pieces[0], f"{self.where(block)}: the first line is no command"
        for command, expected in zip(pieces[1::2], pieces[2::2], strict=True):
            words = shlex.split(command, comments=True)
            if words[:1] == ["python"] and words[-2] == ">":
                with open(words[-1], "wb") as file:  # noqa: PTH123 - as the shell does
                    subprocess.run([sys.executable, *words[1:-2]], stdout=file, check=True, timeout=60)
                continue
            assert words[0] == "mimekit", f"{self.where(block)}: {words[0]} is not what can be run here"
            printed, found = called(words[1:])
            assert found == code, f"{self.where(block)}: exit code {found}: {printed}"
            if expected.strip():
                same(expected, printed, self.where(block))


def called(words: list[str]) -> tuple[str, int]:
    """Call the command line; give all that it printed and its exit code."""
    octets = io.BytesIO()
    output = io.TextIOWrapper(octets, encoding="utf-8", newline="", write_through=True)
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        code = cli.main(words)
    output.flush()
    return _PROGRESS.sub("", octets.getvalue().decode().replace("\r\n", "\n")), code


def same(expected: str, printed: str, where: str) -> None:
    """Compare, with ``...`` for anything and without white space or CR at the ends of lines."""
    wanted, found = (re.sub(r"[ \t\r]+\n", "\n", text).strip("\n") + "\n" for text in (expected, printed))
    checker = doctest.OutputChecker()
    if not checker.check_output(wanted, found, OPTIONS):
        difference = checker.output_difference(doctest.Example("", wanted), found, OPTIONS | doctest.REPORT_NDIFF)
        pytest.fail(f"{where}\n{difference}")


FILES = {
    "plot.png": b"\x89PNG\r\n\x1a\n a plot",
    "notes.pdf": b"%PDF-1.7\n notes\n",
    "invite.ics": (
        b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//example//EN\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\n"
        b"UID:17@example.com\r\nDTSTAMP:20261124T120000Z\r\nDTSTART:20261201T090000Z\r\nSUMMARY:The Engine\r\n"
        b"END:VEVENT\r\nEND:VCALENDAR\r\n"
    ),
    "large.bin": bytes(3 * 2**20),
    "archive.mbox": (
        b"From ada@example.com Tue Nov 24 12:00:00 2026\nFrom: ada@example.com\nSubject: One\n\nHello.\n"
        b">From here on it is quoted.\n\nFrom grace@example.org Tue Nov 24 12:05:00 2026\n"
        b"From: grace@example.org\nSubject: Two\n\nHello back.\n"
    ),
    "received.eml": (
        b"From: Ada Lovelace <ada@example.com>\r\nTo: Grace Hopper <grace@example.org>, karen@example.net\r\n"
        b"Subject: Notes on the Engine\r\nDate: Tue, 24 Nov 2026 12:00:00 +0100\r\nMessage-ID: <1@example.com>\r\n"
        b"Received: from a.example by b.example; Tue, 24 Nov 2026 12:00:01 +0100\r\n\r\nDear Grace,\r\nSee below.\r\n"
    ),
    "damaged.eml": (
        b"From: Ada <ada@example.com>\r\nSubject : Hello\r\nDate: yesterday\r\nContent-Type: text/plain\r\n"
        b"Content-Transfer-Encoding: base64\r\n\r\nSGVs*bG8=\r\n"
    ),
}


def prepare(page: str) -> None:
    """Put the files that the page names into the current directory."""
    for names in _NEEDS.findall(page):
        for name in names.split():
            if name in FILES:
                Path(name).write_bytes(FILES[name])
            elif name == "mail":
                box = maildir.Maildir("mail", create=True)
                box.add(FILES["received.eml"], fsync=False)
            else:
                shutil.copy(next(folder / name for folder in EXAMPLES if (folder / name).exists()), name)


@pytest.fixture(scope="module")
def server() -> Iterator[Recorder]:
    """Run an SMTP server, in place of every one that a page names."""
    with recording() as recorder:
        yield recorder


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_block_of_a_page_does_what_the_page_says(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Recorder
) -> None:
    def connected(_client: smtplib.SMTP, _host: str, _port: int, timeout: float) -> socket.socket:
        return socket.create_connection((server.host, server.port), timeout)

    monkeypatch.setattr(smtplib.SMTP, "_get_socket", connected)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("PYTHONPATH", str(ROOT))  # for an interpreter that a page starts
    page = path.read_text(encoding="utf-8")
    prepare(page)
    if path.parent == ROOT:
        Path("docs").symlink_to(DOCS)  # a command that is given in a clone
    running = Page(path.relative_to(ROOT).as_posix())
    with own_rules():
        for block in blocks(page):
            assert not block.note or block.note in _NOTES, f"{running.where(block)}: {block.note!r} means nothing"
            running.run(block)


@contextlib.contextmanager
def own_rules() -> Iterator[None]:
    """Forget afterwards the rules and modules that a page brings with it."""
    rules, modules = set(selection.load()), set(sys.modules)
    selection._plan.cache_clear()
    try:
        yield
    finally:
        for code in set(REGISTRY) - rules:
            del REGISTRY[code]
        for name in set(sys.modules) - modules:
            if Path(getattr(sys.modules[name], "__file__", None) or "/").parent == Path.cwd():
                del sys.modules[name]
        selection._plan.cache_clear()


def test_every_fence_is_found_and_closed() -> None:
    """A block that the pattern does not find would be a block that nobody runs."""
    for path in PAGES:
        page = path.read_text(encoding="utf-8")
        fences = len(re.findall(r"(?m)^[ \t]*(?:```|~~~)", page))
        assert fences == 2 * len(_FENCE.findall(page)), path


WRONG = {
    "a doctest": Block(1, "python", ">>> 1 + 1\n3\n", "", ""),
    "a script": Block(1, "python", "assert 1 + 1 == 3\n", "", ""),
    "an output": Block(1, "text", "three\n", "", ""),
    "what a command prints": Block(1, "console", "$ mimekit --version\nmimekit 0\n", "", ""),
    "an exit code": Block(1, "console", "$ mimekit show missing.eml\n", "", ""),
    "another command": Block(1, "console", "$ make demo\n", "", ""),
    "a spec": Block(1, "toml", 'form = "ada@example.com"\n', "", ""),
    "a language": Block(1, "ruby", "1 + 1\n", "", ""),
    "no reason": Block(1, "python", "1 + 1\n", "not run", ""),
}


@pytest.mark.parametrize("block", WRONG.values(), ids=WRONG)
def test_a_block_that_says_something_wrong_is_found(block: Block) -> None:
    page = Page("a page")
    page.run(Block(1, "python", "print(1 + 1)\n", "", ""))
    with pytest.raises((AssertionError, pytest.fail.Exception, mimekit.SpecError)):
        page.run(block)


# -- tables that repeat what the code knows


def rows(page: str) -> dict[str, list[str]]:
    """Give the rows of the tables of a page, by their first cell without its backticks."""
    found = {}
    for line in page.splitlines():
        if line.startswith("| `"):
            cells = [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
            found[cells[0].strip("`")] = cells[1:]
    return found


def reference(name: str) -> dict[str, list[str]]:
    return rows((REFERENCE / name).read_text(encoding="utf-8"))


def test_the_table_of_defects_is_that_of_the_code() -> None:
    assert reference("defects.md") == {code: [f"`{name}`", *more] for code, (name, *more) in TABLE.items()}


def test_the_pages_of_the_rules_are_those_of_the_docstrings() -> None:
    """Every rule has its page, where `Rule.url` says; ``python tools/make_rule_pages.py`` makes them."""
    made = made_pages()
    there = {path.name: path.read_text(encoding="utf-8") for path in RULES.iterdir()}
    assert [name for name in made.keys() | there.keys() if made.get(name) != there.get(name)] == []
    assert {Path(rule.url).with_suffix(".md").name for rule in selection.load().values()} <= there.keys()


def test_the_index_of_the_rules_names_each_once() -> None:
    index = (RULES / "index.md").read_text(encoding="utf-8")
    listed = re.findall(r"(?m)^\| \[([A-Z][0-9]{3})\]\(\1\.md\) \| ([a-z0-9-]+) \| ([a-z]+) ", index)
    known = selection.load()
    assert sorted(listed) == [(code, rule.name, rule.severity) for code, rule in sorted(known.items())]


def made_pages() -> dict[str, str]:
    """Make the pages of the rules."""
    found = importlib.util.spec_from_file_location("make_rule_pages", ROOT / "tools" / "make_rule_pages.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    pages: dict[str, str] = module.pages()
    return pages


def test_the_tables_of_the_linter_are_those_of_the_code() -> None:
    page = (REFERENCE / "lint.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"(?ms)^## ([^\n]+)\n(.*?)(?=^## |\Z)", page))
    assert list(rows(sections["Profiles"])) == list(PROFILES)
    assert list(rows(sections["Configuration"])) == list(config._READERS)
    assert list(rows(sections["Output"])) == list(FORMATS)
    assert list(rows(sections["Context"])) == list(lint.Context.__slots__)
    assert rows(sections["Options"]).keys() == options_of_rules()


def test_the_departures_of_the_linter_name_rules_that_there_are() -> None:
    page = (DOCS / "explanation" / "lint.md").read_text(encoding="utf-8")
    named = re.findall(r"\b[A-Z][0-9]{3}\b", page)
    assert len(named) > 100
    assert set(named) <= selection.load().keys()
    listed = [code for line in re.findall(r"(?m)^\| (`[A-Z]\d[^|]*)", page) for code in re.findall(r"`(\w+)`", line)]
    assert listed == sorted(set(listed))


def options_of_rules() -> set[str]:
    """Give the names of the options that rules ask for, but for those that profiles set."""
    found: set[str] = set()
    for folder in ("lint", "lint/rules"):
        for _, tree in sources(folder):
            for node in ast.walk(tree):
                called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
                if called.endswith("options.get") or called in ("_option", "_number"):
                    found |= texts_of(node)
    return found - {"received", "ses"}


def texts_of(call: ast.AST) -> set[str]:
    """Give the texts that are arguments of a call, but for the default of a look-up."""
    assert isinstance(call, ast.Call)
    named = call.args[:1] if isinstance(call.func, ast.Attribute) else call.args[1:2]
    return {one.value for one in named if isinstance(one, ast.Constant) and isinstance(one.value, str)}


def test_the_table_of_limits_is_that_of_the_code() -> None:
    bounds = {name: f"{getattr(DEFAULT_LIMITS, name):,}" for name in type(DEFAULT_LIMITS).__slots__}
    assert {name: cells[0] for name, cells in reference("limits.md").items()} == bounds


def test_the_table_of_spec_keys_is_that_of_the_code() -> None:
    page, _, table = (REFERENCE / "spec.md").read_text(encoding="utf-8").partition("\n## The table dkim\n")
    keys = {key: f"`{argument}`" for key, (argument, _) in spec._KEYS.items()} | {"dkim": "none"}
    assert {key: cells[0] for key, cells in rows(page).items()} == keys
    assert list(rows(table)) == list(signing._KNOWN)
    assert [key for key, (_, value) in rows(table).items() if ", needed" in value] == list(signing._REQUIRED)


def test_the_table_of_verdicts_is_that_of_the_code() -> None:
    page = (REFERENCE / "verdicts.md").read_text(encoding="utf-8")
    reasons, _, warnings = page.partition("\n## Warnings\n")
    assert {code: tuple(cells[:2]) for code, cells in rows(reasons).items()} == dkim.REASONS
    assert list(rows(reasons)) == list(dkim.REASONS)
    assert all(cells[2] for cells in rows(reasons).values())
    noted = {code for _, tree in sources("dkim") for code in first_arguments(tree, {"Note"})}
    assert rows(warnings).keys() == noted | _LENIENT


def test_the_table_of_causes_has_every_code_and_no_other() -> None:
    page = (DOCS / "how-to" / "dkim-diagnose.md").read_text(encoding="utf-8")
    table = page.partition("\n## What it knows\n")[2].partition("\n## ")[0]
    found = {code for line in re.findall(r"(?m)^\| (`[^|]*)", table) for code in re.findall(r"`([a-z-]+)`", line)}
    trees = [tree for name, tree in sources("dkim") if name in ("diagnose", "body_repairs", "header_repairs")]
    said = {code for tree in trees for code in first_arguments(tree, {"cause", "BodyRepair", "HeaderRepair"})}
    texts = {node.value for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert said <= found <= texts


def sources(folder: str) -> list[tuple[str, ast.Module]]:
    """Give the modules of a folder of the package, by name."""
    paths = sorted((ROOT / "mimekit" / folder).glob("*.py"))
    return [(path.stem, ast.parse(path.read_text(encoding="utf-8"))) for path in paths]


def first_arguments(tree: ast.Module, functions: set[str]) -> set[str]:
    """Give the texts that stand as the first argument of a call of one of *functions*."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in functions and isinstance(node.args[0].value, str):
                found.add(node.args[0].value)
    return found


def test_the_tables_of_the_command_line_are_its_help() -> None:
    """Each verb has its table, with every argument and its help, in the order of ``--help``."""
    page = (REFERENCE / "command-line.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"(?ms)^## mimekit (\S+)\n(.*?)(?=^## |\Z)", page))
    parser = cli._parser()
    (verbs,) = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    assert list(sections) == list(verbs.choices)
    for verb, one in verbs.choices.items():
        expected = {spelled(action): [action.help or ""] for action in one._actions if action.dest != "help"}
        assert rows(sections[verb]) == expected, verb


def spelled(action: argparse.Action) -> str:
    """Spell an argument as a person types it."""
    value = action.metavar if isinstance(action.metavar, str) else action.dest.upper()
    if action.choices is not None:
        value = "|".join(action.choices)
    if action.nargs == 0:  # a switch
        value = ""
    return " ".join([", ".join(action.option_strings), value]).strip()


def test_the_map_in_the_readme_names_every_module_and_folder() -> None:
    page = PAGES[0].read_text(encoding="utf-8").partition("## Map")[2].partition("\n## ")[0]
    named = {name.rstrip("/") for name in re.findall(r"`(?:mimekit/)?([a-z_]+(?:\.py|/))`", page)}
    there = {path.name for path in (ROOT / "mimekit").iterdir()} - {"__init__.py", "__pycache__", "py.typed"}
    assert there <= named
    assert {name for name in named if name.endswith(".py")} <= there


def test_every_public_name_is_in_the_reference() -> None:
    pages = "".join(path.read_text(encoding="utf-8") for path in REFERENCE.glob("*.md"))
    documented = set(re.findall(r"(?m)^\.\. auto\w+:: (\S+)", pages))
    names = {f"mimekit.{name}" for name in mimekit.__all__ if name != "__version__"}
    for module in (bulk, dkim, lint, maildir, resolver, ses, smtp, spec):
        own = [name for name in module.__all__ if getattr(module, name) is not getattr(mimekit, name, None)]
        names |= {f"{module.__name__}.{name}" for name in own}
    assert names == documented & names
    assert all(importlib.util.find_spec(name.rpartition(".")[0]) for name in documented)
