"""
Reproducers: the messages of a comparison as files, and a pytest file that fails while its parsers disagree on them.

    Comparison, a directory -> NAME.eml for each disagreement, test_reproducers.py

May import: `errors`, `testing`.  Imported by: `testing.differential`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from mimekit.errors import MimekitError, show

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from mimekit.testing.differential import Comparison, Disagreement

__all__ = ["TESTS", "write"]

TESTS = "test_reproducers.py"
_HEAD = '''\
"""
Messages that {a} and {b} read otherwise, found by mimekit.

Each test asserts that they agree on one; it fails while they do not.
"""

from pathlib import Path

import pytest

from mimekit.testing import assert_same_reading

HERE = Path(__file__).parent
PARSERS = {parsers}
OPTIONS = {options}

MESSAGES = {{
'''
_MARK = " read otherwise, found by mimekit.\n"
_TAIL = """\
}


@pytest.mark.parametrize("name", MESSAGES)
def test_both_read_the_message_alike(name):
    assert_same_reading(*PARSERS, (HERE / name).read_bytes(), **OPTIONS)
"""


def write(comparison: Comparison, directory: str | PathLike[str]) -> list[Path]:
    """
    Write the messages and their tests; give the files, none when there is no disagreement.

    What was written there before is taken away.  Raises `MimekitError` for parsers that are
    functions: a file cannot name them.
    """
    folder = Path(directory)
    parsers = comparison.spelled
    if None in parsers:
        name = comparison.names[parsers.index(None)]
        message = f"the parser {show(name)} is a function, which no file of tests can name; give a name or a command"
        raise MimekitError(message)
    folder.mkdir(parents=True, exist_ok=True)
    tests = folder / TESTS
    _take_away(folder, tests)
    named = dict(_named(comparison.disagreements))
    if not named:
        return []
    for name, one in named.items():
        (folder / name).write_bytes(one.message)
    lines = [f"    # {', '.join(one.references)}\n    {name!r}: {one.title!a},\n" for name, one in named.items()]
    options: dict[str, object] = {"ignoring": comparison.ignoring, "timeout": comparison.timeout}
    if comparison.is_persistent:
        options["persistent"] = True
    head = _HEAD.format(
        a=ascii(comparison.names[0]), b=ascii(comparison.names[1]), parsers=ascii(parsers), options=ascii(options)
    )
    tests.write_text(head + "".join(lines) + _TAIL, encoding="utf-8")
    return [*[folder / name for name in named], tests]


def _named(disagreements: tuple[Disagreement, ...]) -> Iterator[tuple[str, Disagreement]]:
    for number, one in enumerate(disagreements, 1):
        yield f"{number:02}-{one.name}.eml", one


_WRITTEN = re.compile(r"^    '([0-9]{2,}-[a-z0-9-]+\.eml)': ", re.MULTILINE)


def _take_away(folder: Path, tests: Path) -> None:
    """Remove the file of tests, and the messages that it names; raise for one that somebody else wrote."""
    if tests.is_file():
        text = tests.read_text(encoding="utf-8", errors="replace")
        if _MARK not in text or not text.endswith(_TAIL):
            message = f"{show(str(tests))} was not written by mimekit, or was changed since; give another directory"
            raise MimekitError(message)
        for name in _WRITTEN.findall(text):
            (folder / name).unlink(missing_ok=True)
        tests.unlink()
