"""Registration: where mimekit is installed, `st.from_type` knows the types of mail, and nobody pays for it."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import tomllib
from email.message import EmailMessage
from pathlib import Path

import pytest

import mimekit

ROOT = Path(mimekit.__file__).resolve().parents[1]
METADATA = "Metadata-Version: 2.1\nName: mimekit\nVersion: 0\n"


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder in which `importlib.metadata` finds mimekit installed, with the entry points of pyproject.toml."""
    folder = tmp_path_factory.mktemp("site")
    info = folder / "mimekit-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(METADATA, encoding="utf-8")
    points = entry_points()
    (info / "entry_points.txt").write_text(
        "[hypothesis]\n" + "".join([f"{name} = {place}\n" for name, place in points.items()]), encoding="utf-8"
    )
    return folder


def entry_points() -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    found: dict[str, str] = project["entry-points"]["hypothesis"]
    return found


def run(code: str, *paths: Path, **more: str) -> str:
    """Run a program in an interpreter of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [*paths, ROOT])), **more}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_entry_point_is_a_function_that_there_is() -> None:
    module, _, name = entry_points()["mimekit"].partition(":")
    assert callable(getattr(importlib.import_module(module), name))


DRAWING = """
from email.message import EmailMessage
from hypothesis import given, settings, strategies as st
from mimekit import ContentType, Envelope, Mailbox, Message

def least(kind):
    found = []
    drawing = given(st.from_type(kind))(lambda drawn: found.append(drawn))
    settings(max_examples=1, database=None, deadline=None)(drawing)()
    return found[0]

assert isinstance(least(Message), Message)
assert isinstance(least(Mailbox), Mailbox)
assert isinstance(least(ContentType), ContentType)
assert isinstance(least(Envelope), Envelope)
print(sorted(least(EmailMessage).keys())[:2])
"""


def test_the_types_are_known_where_mimekit_is_installed(installed: Path) -> None:
    assert run(DRAWING, installed) == "['Content-Type', 'Date']\n"


def test_importing_hypothesis_imports_no_strategy(installed: Path) -> None:
    code = """
import sys, hypothesis
print(*sorted(name for name in sys.modules if name.startswith("mimekit.strategies")))
print(any(name in sys.modules for name in ("mimekit.dkim", "mimekit.lint", "mimekit.bulk", "cryptography", "idna")))
"""
    assert run(code, installed) == "mimekit.strategies mimekit.strategies._register\nFalse\n"


def test_hypothesis_can_leave_it_out(installed: Path) -> None:
    code = "import sys, hypothesis\nprint('mimekit' in sys.modules)"
    assert run(code, installed, HYPOTHESIS_NO_PLUGINS="1") == "False\n"


def test_the_facade_is_the_same_after_a_module_of_the_same_name_is_imported() -> None:
    code = """
import mimekit.strategies.messages, mimekit.strategies.spellings
from mimekit import strategies
print(strategies.messages.__name__, callable(strategies.messages), callable(strategies.spellings))
"""
    assert run(code) == "messages True True\n"


def test_a_message_of_the_standard_library_is_one() -> None:
    from mimekit.strategies._register import _email_messages
    from tests.support.shrinking import shrunk

    found = shrunk(_email_messages(EmailMessage), lambda read: read.is_multipart())
    assert type(found) is EmailMessage
    assert len(found.as_bytes()) < 300
