"""
Configuration: the table ``[tool.mimekit.lint]`` of pyproject.toml, or mimekit.toml, which is that table alone.

The file that is nearest to a message counts, and no other one; in one directory mimekit.toml goes before
pyproject.toml, and a pyproject.toml without the table is passed over.

    TOML -> Config

May import: the core, `lint.selection`.  Imported by: `cli`, `lint.running`, `testing`.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from difflib import get_close_matches
from fnmatch import translate
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from mimekit.errors import show
from mimekit.finding import SEVERITIES
from mimekit.lint import rules, selection
from mimekit.lint.context import LintError
from mimekit.lint.rule import PROFILES, REGISTRY

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, NoReturn  # a value of TOML is of any type until its key says which

    from mimekit.message import Message

    Reasons = dict[str, str]

__all__ = ["Config", "find", "load_plugins", "matches_message", "matches_path", "read", "severities"]

_NAMES = ("mimekit.toml", "pyproject.toml")
_FAMILIES = frozenset("HAMETDSBXL")


class Config(NamedTuple):
    """What a file says, checked; ``ignore`` and those for files and messages give each code its reason, or ``""``."""

    path: str = ""
    """The file; empty when there is none."""
    profile: tuple[str, ...] = ()
    select: tuple[str, ...] | None = None
    extend_select: tuple[str, ...] = ()
    ignore: Reasons = {}  # noqa: RUF012 - nobody changes it
    severity: dict[str, str] = {}  # noqa: RUF012 - nobody changes it
    fail_level: str = "warning"
    clients: tuple[str, ...] = ()
    options: dict[str, Any] = {}  # noqa: RUF012 - nobody changes it
    per_file_ignores: dict[str, Reasons] = {}  # noqa: RUF012 - nobody changes it
    per_message_ignores: dict[str, Reasons] = {}  # noqa: RUF012 - nobody changes it
    plugins: tuple[str, ...] = ()
    docs_url: str = ""
    """Where the documentation of this library can be read."""

    @property
    def base(self) -> str:
        """The directory that paths in it are below."""
        return str(Path(self.path).parent) if self.path else ""


# -- where


def find(directory: str) -> Config:
    """Give the configuration that counts in a directory; an empty one when there is none above it either."""
    for folder in (Path(directory).absolute(), *Path(directory).absolute().parents):
        for name in _NAMES:
            path = folder / name
            if path.is_file():
                found = read(str(path))
                if found is not None:
                    return found
    return Config()


def read(path: str) -> Config | None:
    """Read a file; ``None`` for a pyproject.toml that says nothing.  Raises `LintError`."""
    name = _shown(path)
    try:
        table: Any = tomllib.loads(Path(path).read_bytes().decode("utf-8-sig"))
    except OSError as error:
        message = f"{name} cannot be read: {error.strerror}"
        raise LintError(message) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, RecursionError) as error:
        message = f"{name} is no TOML: {_shown(str(error))}"
        raise LintError(message) from None
    place = name
    if Path(path).name == "pyproject.toml":
        place = f"{name}: tool.mimekit.lint"
        for key in ("tool", "mimekit", "lint"):
            table = table.get(key) if isinstance(table, dict) else None
        if table is None:
            return None
        if not isinstance(table, dict):
            message = f"{place} is {show(table)}; expected a table"
            raise LintError(message)
    return _Reader(path, place).config(table)


def _shown(text: str) -> str:
    return text if text.isprintable() else show(text, 200)


# -- reading


class _Reader:
    """Reads one table; *place* is how its errors begin."""

    def __init__(self, path: str, place: str) -> None:
        self.path = path
        self.place = place
        self.has_plugins = False

    def refuse(self, key: str, value: object, expected: str) -> NoReturn:
        """Raise the error for a value that is not what is *expected*."""
        message = f"{self.place}: {_shown(key)} is {show(value)}; {expected}"
        raise LintError(message)

    def config(self, table: Mapping[str, Any]) -> Config:
        """Read the table: plugins first, since the others may name their rules."""
        given: dict[str, Any] = {"path": self.path}
        for key in sorted(table, key=lambda key: key != "plugins"):
            if key not in _READERS:
                close = get_close_matches(key.replace("_", "-"), _READERS, 1)
                meant = f"did you mean {close[0]}?" if close else f"known are {', '.join(_READERS)}"
                self.refuse(key, table[key], f"no key of the linter; {meant}")
            given[key.replace("-", "_")] = _READERS[key](self, key, table[key])
        return Config(**given)

    def strings(self, key: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401 - of TOML
        """Read a string, or a list of them."""
        items = [value] if isinstance(value, str) else value
        if not isinstance(items, list) or not all([isinstance(item, str) for item in items]):
            self.refuse(key, value, "expected a string or a list of strings")
        return tuple(items)

    def profiles(self, key: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401 - of TOML
        """Read names of profiles."""
        names = tuple(selection.listed(self.strings(key, value)))
        for name in names:
            if name not in PROFILES:
                close = get_close_matches(name, PROFILES, 1)
                meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(PROFILES)}"
                self.refuse(key, name, f"no profile; {meant}")
        return names

    def codes(self, key: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401 - of TOML
        """Read codes, prefixes and names of rules."""
        names = self.strings(key, value)
        self.known(key, names)
        return names

    def clients(self, key: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401 - of TOML
        """Read names of mail clients."""
        from mimekit.lint import clients

        names = self.strings(key, value)
        try:
            clients.chosen(names)
        except LintError as error:
            message = f"{self.place}: {key}: {error}"
            raise LintError(message) from None
        return names

    def known(self, key: str, names: Iterable[str]) -> None:
        """Refuse what stands for no rule."""
        try:
            selection.names_of(names)
        except LintError as error:
            message = f"{self.place}: {_shown(key)}: {error}"
            raise LintError(message) from None

    def reasons(self, key: str, value: Any) -> Reasons:  # noqa: ANN401 - of TOML
        """Read codes, as a list or as a table that gives each its reason."""
        if not isinstance(value, dict):
            return dict.fromkeys(self.codes(key, value), "")
        self.known(key, value)
        for code, reason in value.items():
            if not isinstance(reason, str):
                self.refuse(f"{key}.{code}", reason, "expected the reason, as a string")
        return dict(value)

    def reasons_by(self, key: str, value: Any) -> dict[str, Reasons]:  # noqa: ANN401 - of TOML
        """Read a table of patterns."""
        table = self.table(key, value)
        for pattern in table:
            if key == "per-message-ignores" and ":" not in pattern:
                self.refuse(key, pattern, 'expected a field and a pattern, such as "From: *@partner.example"')
        return {pattern: self.reasons(f"{key}.{_shown(pattern)}", given) for pattern, given in table.items()}

    def severity(self, key: str, value: Any) -> dict[str, str]:  # noqa: ANN401 - of TOML
        """Read a table of codes and the severity that each shall have."""
        table = self.table(key, value)
        self.known(key, table)
        for code, level in table.items():
            self.level(f"{key}.{_shown(code)}", level)
        return dict(table)

    def options(self, key: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - of TOML
        """Read a table of options; with plugins there may be others than ours, for rules of theirs."""
        found: dict[str, Any] = {}
        for name, given in self.table(key, value).items():
            place, kind = f"{key}.{_shown(name)}", _OPTIONS.get(name)
            if kind is None and not self.has_plugins:
                close = get_close_matches(name, _OPTIONS, 1)
                meant = f"did you mean {close[0]}?" if close else f"there are {', '.join(_OPTIONS)}"
                self.refuse(place, given, f"no option of a rule; {meant}")
            found[name] = self._option(place, given, kind)
        return found

    def _option(self, place: str, given: Any, kind: str | tuple[str, ...] | None) -> Any:  # noqa: ANN401 - of TOML
        if kind == "strings":
            return self.strings(place, given)
        if kind == "number" and (type(given) is not int or given < 0):
            self.refuse(place, given, "expected a whole number, 0 or more")
        if kind == "hours" and (type(given) not in (int, float) or not 0 <= given <= _MOST_HOURS):
            self.refuse(place, given, f"expected hours, from 0 to {_MOST_HOURS}")
        if kind == "switch" and type(given) is not bool:
            self.refuse(place, given, "expected true or false")
        if kind == "name" and not isinstance(given, str):
            self.refuse(place, given, "expected a string")
        if isinstance(kind, tuple) and given not in kind:
            self.refuse(place, given, f"expected one of {', '.join(kind)}")
        return given

    def url(self, key: str, value: Any) -> str:  # noqa: ANN401 - of TOML
        """Read the address of a web page."""
        if not isinstance(value, str) or not re.fullmatch(r"https?://[!#-;=?-Z_a-z~\[\]%]++", value):
            self.refuse(key, value, 'expected the address of a web page, such as "https://docs.example/mimekit/"')
        return value

    def level(self, key: str, value: Any) -> str:  # noqa: ANN401 - of TOML
        """Read a severity."""
        if value not in SEVERITIES:
            self.refuse(key, value, f"expected one of {', '.join(SEVERITIES)}")
        return str(value)

    def table(self, key: str, value: Any) -> dict[str, Any]:  # noqa: ANN401 - of TOML
        """Read a table."""
        if not isinstance(value, dict):
            self.refuse(key, value, "expected a table")
        return value

    def plugins(self, key: str, value: Any) -> tuple[str, ...]:  # noqa: ANN401 - of TOML
        """Read names of modules, and import them."""
        names = self.strings(key, value)
        folder = str(Path(self.path).parent)
        # A file beside the messages is perhaps as little to be trusted as they are.
        if names and not Path.cwd().is_relative_to(folder):
            self.refuse(key, value, "plugins are Python: they are loaded only where this file is above, not below")
        load_plugins(names, folder)
        self.has_plugins = bool(names)
        return names


_MOST_HOURS = 1_000_000
_OPTIONS: dict[str, str | tuple[str, ...]] = {
    "allowed-fields": "strings",
    "binarymime": "switch",
    "charsets": "strings",
    "date-in-future-hours": "hours",
    "date-in-past-hours": "hours",
    "dkim-alignment": ("strict", "relaxed"),
    "link-domains": "strings",
    "max-findings": "number",
    "max-header-bytes": "number",
    "max-html-tags": "number",
    "max-message-bytes": "number",
    "max-nesting": "number",
    "max-parts": "number",
    "ses-api": ("v1", "v2", "smtp"),
    "ses-region": "name",
    "ses-verified": "strings",
    "spam-words": "strings",
    "unsubscribe-words": "strings",
}
"""What the options of our rules are; `docs/reference/lint.md` says what for."""

_READERS = {
    "profile": _Reader.profiles,
    "select": _Reader.codes,
    "extend-select": _Reader.codes,
    "ignore": _Reader.reasons,
    "severity": _Reader.severity,
    "fail-level": _Reader.level,
    "clients": _Reader.clients,
    "options": _Reader.options,
    "per-file-ignores": _Reader.reasons_by,
    "per-message-ignores": _Reader.reasons_by,
    "plugins": _Reader.plugins,
    "docs-url": _Reader.url,
}


def load_plugins(names: Iterable[str], folder: str) -> None:
    """
    Import modules that hold a project's own rules, from *folder* too.

    Raises `LintError` for one that cannot be imported, and for a rule with a code of our families.
    """
    selection.load()
    for name in names:
        sys.path.insert(0, folder)
        try:
            import_module(name)
        except LintError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever the code of a project does
            message = f"the plugin {show(name)} cannot be imported: {type(error).__name__}: {_shown(str(error))}"
            raise LintError(message) from None
        finally:
            sys.path.remove(folder)
    for code, rule in REGISTRY.items():
        family = code.rstrip("0123456789")
        if family in _FAMILIES and not rule.function.__module__.startswith(f"{rules.__name__}."):
            message = f"the rule {code} of {rule.function.__module__} has a letter of ours; take two letters or more"
            raise LintError(message)


# -- what it applies to


def severities(given: Mapping[str, str]) -> dict[str, str]:
    """Give each code its severity; a longer prefix, a code or a name goes before a shorter one."""
    found: dict[str, str] = {}
    for _, word, codes in sorted([(-len(codes := selection.names_of([word])), word, codes) for word in given]):
        found |= dict.fromkeys(codes, given[word])
    return found


def matches_path(pattern: str, path: str, base: str) -> bool:
    """
    Tell whether a path is meant by a pattern: ``*`` stays in a directory, ``**`` does not; one without ``/`` is a name.

    >>> matches_path("tests/**.eml", "/p/tests/old/a.eml", "/p"), matches_path("*.eml", "/p/tests/a.eml", "/p")
    (True, True)
    """
    below = os.path.relpath(path, base or None).replace(os.sep, "/")
    if "/" not in pattern:
        below = below.rpartition("/")[2]
    return _path_pattern(pattern.removeprefix("./")).fullmatch(below) is not None


@cache
def _path_pattern(pattern: str) -> re.Pattern[str]:
    steps = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    pieces = re.split(r"(\*\*/|\*\*|\*|\?)", pattern)
    return re.compile("".join([steps.get(piece) or re.escape(piece) for piece in pieces]), re.DOTALL)


def matches_message(pattern: str, message: Message) -> bool:
    """
    Tell whether a field of a message is as a pattern says: ``From: *@partner.example``, upper or lower case.

    Of an address field each address counts too.
    """
    name, _, wanted = pattern.partition(":")
    compiled = _value_pattern(wanted.strip().lower())
    name = name.strip()
    values = [*message.headers.all(name)]
    boxes = getattr(message, {"from": "from_"}.get(name.lower(), name.lower().replace("-", "_")), None)
    if name.lower() in _ADDRESSES:
        values += [box.address for box in (boxes or ())]
    return any([compiled.match(value.lower()) for value in values])


_ADDRESSES = ("from", "to", "cc", "bcc", "reply-to")


@cache
def _value_pattern(wanted: str) -> re.Pattern[str]:
    return re.compile(translate(wanted))
