"""Patches: what is imported later is patched too, and everything is put back."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from mimekit.testing.patching import Patches


@pytest.fixture
def name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    (tmp_path / "some_mailer.py").write_text(
        "class Mailer:\n    def send(self): return 'sent'\nclass Own(Mailer): pass\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    yield "some_mailer"
    sys.modules.pop("some_mailer", None)


def patched(patches: Patches, name: str) -> None:
    def patch(module: ModuleType) -> None:
        for owner in (module.Mailer, module.Own):
            patches.wrap(owner, "send", lambda original: lambda self: f"held, not {original(self)}")

    patches.when_imported(name, patch)


@pytest.mark.parametrize("is_imported", [True, False])
def test_a_module_is_patched_now_or_later_and_put_back(name: str, *, is_imported: bool) -> None:
    finders = list(sys.meta_path)
    if is_imported:
        importlib.import_module(name)
    patches = Patches()
    patched(patches, name)
    module = importlib.import_module(name)
    assert module.Mailer().send() == "held, not sent"
    assert module.Own().send() == "held, not held, not sent"
    patches.undo()
    assert module.Mailer().send() == module.Own().send() == "sent"
    assert "send" not in vars(module.Own)
    assert sys.meta_path == finders


def test_a_module_that_is_patched_looks_as_it_does_else(name: str) -> None:
    patches = Patches()
    patched(patches, name)
    module = importlib.import_module(name)
    patches.undo()
    assert type(module.__loader__).__module__ != Patches.__module__
    assert module.__spec__ is not None
    assert module.__spec__.loader is module.__loader__


def test_two_sets_of_patches_wait_for_the_same_module(name: str) -> None:
    outer, inner = Patches(), Patches()
    patched(outer, name)
    patched(inner, name)
    module = importlib.import_module(name)
    assert module.Mailer().send() == "held, not held, not sent"
    inner.undo()
    outer.undo()
    assert module.Mailer().send() == "sent"


def test_nobody_is_patched_who_is_imported_after_the_end(name: str) -> None:
    patches = Patches()
    patched(patches, name)
    patches.undo()
    assert importlib.import_module(name).Mailer().send() == "sent"


def test_what_is_not_there_is_left_alone() -> None:
    patches = Patches()
    patches.when_imported("no_such_module_anywhere", lambda _: pytest.fail("it is not there"))
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("no_such_module_anywhere")
    patches.wrap(Path, "no_such_method", lambda original: original)
    patches.undo()
    assert not hasattr(Path, "no_such_method")
