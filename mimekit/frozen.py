"""
The base of every value: content equality, hash, repr, pickling and refusal of assignment, from `__slots__`.

Frozen dataclasses would do the same for 10 ms more at import (`dataclasses` imports `inspect`) and three times the
cost per object.  A subclass names its content in `__slots__`; a slot that begins with an underscore is a cache: it is
neither compared nor shown nor pickled, and may be unset.

    subclass with __slots__ -> a value

Where many objects are made (parts, headers, mailboxes) the slots stand in a base without these rules; an object is
filled as one of that base and becomes the value by assigning `__class__`, at a fifth of the cost of `put` per slot.

May import: nothing.  Imported by: much of the package.
"""

from __future__ import annotations

__all__ = ["Frozen", "put"]

put = object.__setattr__
"""Set a slot of a value under construction: ``put(self, "domain", domain)``."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Self  # a slot holds whatever its class declares


_content_slots: dict[type, tuple[str, ...]] = {}


def content_slots(cls: type) -> tuple[str, ...]:
    """Name the slots of *cls* and its bases that are content, base first."""
    known = _content_slots.get(cls)
    if known is not None:
        return known
    found: list[str] = []
    for base in reversed(cls.__mro__):
        slots = base.__dict__.get("__slots__", ())
        found += [name for name in ((slots,) if isinstance(slots, str) else slots) if not name.startswith("_")]
    _content_slots[cls] = tuple(found)
    return _content_slots[cls]


class Frozen:
    """A value: equal by content, hashable, picklable, not assignable."""

    __slots__ = ()

    def __setattr__(self, name: str, value: object) -> None:
        message = f"{type(self).__name__} is immutable: make a changed copy instead of setting {name!r}"
        raise AttributeError(message)

    def __delattr__(self, name: str) -> None:
        message = f"{type(self).__name__} is immutable: {name!r} cannot be deleted"
        raise AttributeError(message)

    def _content(self) -> tuple[Any, ...]:
        """Give what equality, hash and pickling look at; values of the content slots unless a class says otherwise."""
        return tuple([getattr(self, name) for name in content_slots(type(self))])

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if type(other) is not type(self):
            return NotImplemented
        return self._content() == other._content()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._content()))

    def __repr__(self) -> str:
        shown = ", ".join([f"{name}={getattr(self, name)!r}" for name in content_slots(type(self))])
        return f"{type(self).__name__}({shown})"

    def __reduce__(self) -> tuple[Any, ...]:
        cls = type(self)
        return _restore, (cls, tuple([getattr(self, name) for name in content_slots(cls)]))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


def _restore(cls: type[Frozen], values: tuple[Any, ...]) -> Frozen:
    """Make an instance from its content slots, without its constructor's checks (they passed once)."""
    instance = cls.__new__(cls)
    for name, value in zip(content_slots(cls), values, strict=True):
        put(instance, name, value)
    return instance
