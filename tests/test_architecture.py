"""
The shape of the package: which module may import which, what an import of `mimekit` may cost, what may be named.

The table stands here once, and every module of the package must have a place in it.  Imports are read from the source,
those inside functions too; only what stands under ``if TYPE_CHECKING:`` does not happen at run time and does not count.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "mimekit"

# From the lowest to the highest.  A row may import any row above it in this list, and nothing else: the modules of one
# row are blind to each other.  A name is a module or a package; inside a package everything is allowed but a cycle.
TABLE: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("0 foundations", ("errors", "frozen", "clock")),
    ("0 foundations", ("defects", "limits", "finding")),
    ("1 octets to offsets", ("wire",)),
    ("2 octets to octets and text", ("codecs",)),
    ("3 values", ("headers",)),
    ("4 entities", ("files",)),  # what a part reads while it is written
    ("4 entities", ("guessing",)),  # which media type it has
    ("4 entities", ("structure",)),  # finds the parts of a part, which is handed over
    ("4 entities", ("part",)),
    ("5 making", ("hidden",)),  # Bcc cut out
    ("5 making", ("assemble",)),  # one built part
    ("5 making", ("reencode",)),  # the same for another transport
    ("5 making", ("addressing",)),  # who sends and who receives
    ("5 making", ("difference",)),
    ("5 making", ("compose", "generator", "envelope")),
    ("5 making", ("delivery",)),
    ("5 making", ("bodies", "delivering", "faults", "headline")),  # what `message` is made of
    ("6 messages", ("message",)),
    ("6 messages", ("parser",)),
    ("6 messages", ("record",)),  # an envelope as JSON
    ("6 messages", ("replies", "maildir", "spec")),
    ("7 features", ("dkim",)),
    ("7 features", ("auth",)),
    ("7 features", ("ses",)),
    ("7 features", ("smtp",)),
    ("7 features", ("lint",)),
    ("7 features", ("bulk",)),
    ("7 features", ("feedback",)),
    ("8 consumers", ("strategies",)),
    ("8 consumers", ("interop",)),
    ("8 consumers", ("testing",)),
    ("8 consumers", ("cli",)),
    ("8 consumers", ("__main__",)),
)
ROW = {name: row for row, (_, names) in enumerate(TABLE) for name in names}
LEVEL = {name: int(title.split()[0]) for title, names in TABLE for name in names}
FEATURES, CONSUMERS = 7, 8

# Who may import what is neither ours nor the standard library's.
OTHERS = {
    "idna": {"codecs/domain.py"},
    "fast_mail_parser": {"testing/adapters.py"},
    "mailparser": {"testing/adapters.py"},
    "email_validator": {"headers/address.py", "headers/diagnose.py"},
    "cryptography": {"dkim/keys.py", "ses/sns.py"},
    "aiosmtplib": {"smtp.py"},
    "boto3": {"bulk/*", "cli/*"},
    "botocore": {"bulk/*", "cli/*"},
    "dns": {"auth/resolver.py"},
    "jinja2": {"bulk/engine.py"},
    "justhtml": {"lint/html.py"},
    "publicsuffixlist": {"lint/domains.py"},
    "pyarrow": {"bulk/*"},
    "ray": {"bulk/cluster.py"},
    "rich": {"cli/*"},
    "tinycss2": {"lint/css.py", "lint/looks.py"},
    "hypothesis": {"strategies/*", "testing/differential.py"},
    "pytest": {"testing/*"},
    "django": {"interop/*"},
}
# The core opens no socket and does not lean on the parser that it replaces.
FORBIDDEN_IN_THE_CORE = {"asyncio", "dataclasses", "email", "inspect", "logging", "smtplib", "socket", "ssl", "typing"}
NOT_AT_IMPORT = {
    *("asyncio", "cryptography", "dataclasses", "email", "email_validator", "idna", "inspect", "logging"),
    *("smtplib", "socket", "ssl", "typing"),
}

LONGEST = 600
DATA = {"defects.py", "headers/names.py", "codecs/labels.py", "ses/limits.py"}

MODULES = sorted(PACKAGE.rglob("*.py"))
TEXTS = sorted(path for path in PACKAGE.rglob("*") if path.is_file() and path.suffix != ".pyc")


def place(path: Path) -> str:
    """Name a file as the package sees it: ``headers/names.py``."""
    return path.relative_to(PACKAGE).as_posix()


def dotted(path: Path) -> str:
    """Name the module of a file without ``mimekit.``; the façade is the empty name."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


KNOWN = {dotted(path) for path in MODULES}
CORE = [path for path in MODULES if LEVEL.get(dotted(path).partition(".")[0], FEATURES) < FEATURES]


def imports(source: str) -> Iterator[str]:
    """Yield the full names of what a source text imports at run time, in functions too."""
    waiting: list[ast.AST] = [ast.parse(source)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import hides where it leads"
            yield from [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            waiting += node.orelse
        else:
            waiting += ast.iter_child_nodes(node)


def own(name: str) -> str | None:
    """Give the module of the package that an imported name comes from; the façade is the empty name."""
    head, _, rest = name.partition(".")
    if head != "mimekit":
        return None
    while rest and rest not in KNOWN:
        rest = rest.rpartition(".")[0]
    return rest


def wrong_edges(module: str, source: str) -> list[str]:
    """Say which imports of a module lead where the table allows none."""
    here = module.partition(".")[0]
    found = []
    for name in imports(source):
        target = own(name)
        if target is None:
            continue
        if target == "":
            # Nobody but the command line needs the façade, for the version that it shows.
            if here and not (LEVEL[here] == CONSUMERS and name in ("mimekit.__version__", "mimekit")):
                found.append(f"{module} imports {name} through the façade")
            continue
        there = target.partition(".")[0]
        if here in ("", there):
            continue
        sideways = "feedback" in (here, there) and LEVEL[here] == LEVEL[there] == FEATURES
        if ROW[there] >= ROW[here] or sideways:
            found.append(f"{module} (level {LEVEL[here]}) imports {target} (level {LEVEL[there]})")
    return found


# -- the table


def test_every_module_has_a_place_in_the_table() -> None:
    unknown = sorted({name.partition(".")[0] for name in KNOWN if name} - set(ROW))
    assert unknown == [], f"{unknown}: give each a row in TABLE"


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_a_module_imports_only_what_stands_below_it(path: Path) -> None:
    assert wrong_edges(dotted(path), path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("wire.scan", "from mimekit.codecs import base64"),  # upward
        ("wire.scan", "def f():\n    from mimekit.codecs.base64 import decode"),  # deferred
        ("generator", "from mimekit import envelope"),  # between siblings
        ("errors", "from mimekit.frozen import Frozen"),
        ("ses.payload", "from mimekit import smtp"),  # against the order of the features
        ("smtp", "from mimekit.feedback import dsn"),
        ("feedback.dsn", "import mimekit.dkim"),
        ("message", "import mimekit.cli.main"),
        ("part", "from mimekit import Message"),  # through the façade
        ("strategies.messages", "from mimekit import parse"),
        ("part", "if TYPE_CHECKING:\n    pass\nelse:\n    from mimekit.message import Message"),
    ],
)
def test_a_wrong_import_is_noticed(module: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    planned = {"feedback.dsn", "dkim", "cli.main", "ses.payload", "smtp"}
    monkeypatch.setattr(sys.modules[__name__], "KNOWN", KNOWN | planned)
    assert len(wrong_edges(module, line)) == 1


@pytest.mark.parametrize(
    ("module", "line"),
    [
        ("part", "if TYPE_CHECKING:\n    from mimekit.message import Message"),
        ("codecs.words", "from mimekit.codecs import charset"),
        ("lint.run", "from mimekit.ses import payload"),
        ("bulk.run", "from mimekit import smtp"),
        ("cli.show", "from mimekit import __version__"),
        ("parser", "import re"),
    ],
)
def test_a_right_import_is_not_blamed(module: str, line: str) -> None:
    assert wrong_edges(module, line) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    graph = {
        dotted(path): {target for name in imports(path.read_text(encoding="utf-8")) if (target := own(name))}
        - {dotted(path)}
        for path in MODULES
    }
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


# -- what is not ours


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_a_foreign_package_is_imported_where_it_may_be(path: Path) -> None:
    for name in imports(path.read_text(encoding="utf-8")):
        head = name.partition(".")[0]
        if head != "mimekit" and head not in sys.stdlib_module_names:
            allowed = OTHERS.get(head, set())
            assert {place(path), f"{place(path).partition('/')[0]}/*"} & allowed, f"{name} in {place(path)}"


@pytest.mark.parametrize("foreign", ["idna", "email_validator"])
def test_a_dependency_of_the_core_is_imported_in_one_place(foreign: str) -> None:
    users = [path for path in MODULES if foreign in {name.partition(".")[0] for name in imports(path.read_text())}]
    assert len(users) == 1


@pytest.mark.parametrize("path", CORE, ids=place)
def test_the_core_does_without(path: Path) -> None:
    used = {name.partition(".")[0] for name in imports(path.read_text(encoding="utf-8"))}
    assert used & FORBIDDEN_IN_THE_CORE == set()


def loaded_by(statement: str) -> set[str]:
    """Give the names of the modules that a statement loads in a fresh interpreter."""
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); before = set(sys.modules)\n"
        f"{statement}\n"
        "print(*sorted(set(sys.modules) - before), sep='\\n')"
    )
    ran = subprocess.run([sys.executable, "-I", "-c", program], check=True, capture_output=True, text=True)
    return set(ran.stdout.split())


def test_importing_the_library_loads_nothing_dear() -> None:
    loaded = loaded_by("import mimekit")
    assert "mimekit.message" in loaded
    assert loaded & NOT_AT_IMPORT == set()


def test_what_is_dear_would_be_noticed() -> None:
    assert loaded_by("import email.message") & NOT_AT_IMPORT


def test_a_feature_is_loaded_when_it_is_asked_for() -> None:
    assert "mimekit.ses" not in loaded_by("import mimekit")
    assert "mimekit.ses" in loaded_by("from mimekit import ses")


# -- the text


@pytest.mark.parametrize("path", TEXTS, ids=place)
def test_no_file_names_a_place_of_one_machine(path: Path) -> None:
    assert re.findall(r"(?<![\w.*])/(?:work|root|home|tmp|Users|opt)/\S*", path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", [path for path in MODULES if place(path) not in DATA], ids=place)
def test_a_module_has_one_subject(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").count("\n")
    assert lines <= LONGEST, "what is its second subject?"


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_a_module_says_what_it_is(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring
    assert docstring.splitlines()[0].endswith((".", "?")), "the first line is a sentence"


# -- who imports a module, as its docstring says

_IMPORTED_BY = re.compile(r"Imported\s+by:\s+((?:.|\n)*?)\.(?=\s|\Z)")
_MANY = 8  # names; more are told as "much of the package"


def importers() -> dict[str, set[str]]:
    """Give for each module those that import it."""
    known = {f"mimekit.{dotted(path)}".rstrip("."): path for path in MODULES}
    found: dict[str, set[str]] = {name: set() for name in known}
    for name, path in known.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module is not None:
                wanted = [f"{node.module}.{alias.name}" for alias in node.names]
                wanted = [one if one in known else node.module for one in wanted]
            else:
                wanted = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for one in wanted:
                if one in found and one != name:
                    found[one].add(name)
    return found


IMPORTERS = importers()


def shown(path: Path) -> str:
    """Write who imports a module: modules of its own package, the names of other packages, the façade."""
    name = dotted(path)
    own = name.partition(".")[0] if path.parent != PACKAGE else ""
    found = set()
    for importer in IMPORTERS[f"mimekit.{name}".rstrip(".")]:
        other = importer.removeprefix("mimekit").lstrip(".")
        package = other.partition(".")[0]
        is_package = (PACKAGE / package).is_dir()
        found.add("the façade" if not other else package if is_package and package != own else other)
    if len(found - {"the façade"}) > _MANY:
        return "much of the package"
    names = ["the façade"] if "the façade" in found else []
    return ", ".join([*names, *[f"`{one}`" for one in sorted(found - {"the façade"})]]) or "nobody"


@pytest.mark.parametrize("path", MODULES, ids=place)
def test_a_module_says_who_imports_it(path: Path) -> None:
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    told = _IMPORTED_BY.search(docstring)
    if told is not None:
        assert " ".join(told[1].split()) == shown(path)
