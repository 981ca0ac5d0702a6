"""
Patching: attributes of classes put back afterwards, also of modules that are imported later than the patch is made.

What sends mail is imported by the code under test or by nobody; importing Django or botocore only to find out that
nobody uses it would cost more than the tests.

    (name of a module, what to do with it) -> done now, or as soon as it is imported

May import: the standard library.  Imported by: `testing.amazon`, `testing.catching`, `testing.clients`,
`testing.frameworks`.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any  # what is patched is of any type

    Action = Callable[[ModuleType], None]

__all__ = ["Patches"]


class Patches:
    """A set of patches, undone together, the last one first."""

    def __init__(self) -> None:
        self._undone: list[tuple[object, str, Any, bool]] = []
        self._ends: list[Callable[[], object]] = []
        self._actions: dict[str, Action] = {}
        self._finder: _Finder | None = None

    def wrap(self, owner: Any, name: str, made: Callable[[Any], Any]) -> None:  # noqa: ANN401 - a class of any package
        """Put ``made(original)`` in place of an attribute; one that is not there is left alone."""
        original = getattr(owner, name, None)
        if original is None:
            return
        self._undone.append((owner, name, original, name in vars(owner)))
        setattr(owner, name, made(original))

    def at_end(self, action: Callable[[], object]) -> None:
        """Have something done when the patches are undone."""
        self._ends.append(action)

    def when_imported(self, name: str, action: Action) -> None:
        """Do something with a module: now, or when it is imported."""
        module = sys.modules.get(name)
        spec = getattr(module, "__spec__", None)
        if module is not None and not getattr(spec, "_initializing", False):
            action(module)
            return
        self._actions[name] = action
        if self._finder is None:
            self._finder = _Finder(self._actions)
            sys.meta_path.insert(0, self._finder)

    def undo(self) -> None:
        """Put everything back."""
        if self._finder is not None:
            sys.meta_path.remove(self._finder)
            self._finder = None
        self._actions.clear()
        while self._ends:
            self._ends.pop()()
        while self._undone:
            owner, name, original, was_own = self._undone.pop()
            if was_own:
                setattr(owner, name, original)
            else:
                delattr(owner, name)


class _Finder:
    """Finds what is waited for through the other finders, and has its loader say when it is there."""

    def __init__(self, actions: dict[str, Action]) -> None:
        self._actions = actions
        self._asking: set[str] = set()
        """What the other finders are asked for: one of them may be of this kind, and ask back."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in self._actions or name in self._asking:
            return None
        self._asking.add(name)
        try:
            return self._found(name, path, target)
        finally:
            self._asking.discard(name)

    def _found(self, name: str, path: Sequence[str] | None, target: ModuleType | None) -> ModuleSpec | None:
        for finder in sys.meta_path:
            find = None if finder is self else getattr(finder, "find_spec", None)
            spec: ModuleSpec | None = None if find is None else find(name, path, target)
            if spec is not None:
                if spec.loader is not None:
                    spec.loader = _Loader(spec.loader, self._actions)  # type: ignore[assignment]  # it acts as one
                return spec
        return None


class _Loader:
    """A loader that tells; it leaves no trace in the module."""

    def __init__(self, loader: Any, actions: dict[str, Action]) -> None:  # noqa: ANN401 - loaders have many types
        self._loader = loader
        self._actions = actions

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as its loader has it
        return getattr(self._loader, name)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        made: ModuleType | None = self._loader.create_module(spec)
        return made

    def exec_module(self, module: ModuleType) -> None:
        spec = module.__spec__
        if spec is not None:
            spec.loader = self._loader
        module.__loader__ = self._loader
        self._loader.exec_module(module)
        action = self._actions.pop(module.__name__, None)
        if action is not None:
            action(module)
