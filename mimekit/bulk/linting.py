"""
Linting of a run: the first message and some of the others are checked before anybody gets one.

A fault of a template is in all of its messages, so few of them show it; an error ends the run, a warning is told.

    a profile, the arguments of `lint.check`, or a function -> a function of a delivery -> warnings, or `BulkError`

May import: `errors`, `finding`, `lint`.  Imported by: `bulk.running`, `bulk.work`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from mimekit.errors import BulkError, MimekitError, show
from mimekit.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from mimekit.bulk.items import Item
    from mimekit.delivery import Delivery

    Check = Callable[[Delivery], object]
    Lint = str | Mapping[str, Any] | Check  # Any: the arguments of `lint.check`

__all__ = ["check_of", "warnings_of"]

_SHOWN = 3
_CHOOSING = ("profile", "select", "extend_select", "ignore")


def check_of(given: Lint | None) -> Check | None:
    """Give the function that checks a delivery; raise for what names no profile, no argument and no rule."""
    if given is None or callable(given):
        return given
    from mimekit import lint
    from mimekit.lint import selection

    arguments = {"profile": given} if isinstance(given, str) else dict(given)
    if unknown := sorted(arguments.keys() - {*_CHOOSING, "context"}):
        message = f"lint has {show(unknown[0])}; it takes {', '.join(_CHOOSING)} and context, as lint.check does"
        raise BulkError(message)
    selection.plan(**{name: arguments[name] for name in _CHOOSING if name in arguments})  # raises for unknown names
    return partial(lint.check, **arguments)


def warnings_of(check: Check, item: Item) -> list[str]:
    """Check the delivery of an item and give its warnings; raise `BulkError` for errors, and what the check raises."""
    where = f"row {item.number}, key {show(item.key)}"
    try:
        found = check(item.delivery)
    except MimekitError as error:
        message = f"{where}: {error}"
        raise BulkError(message) from error
    findings = [one for one in found if isinstance(one, Finding)] if isinstance(found, (list, tuple)) else []
    errors = [one for one in findings if one.severity == "error"]
    if errors:
        shown = "; ".join([str(one) for one in errors[:_SHOWN]])
        more = f"; and {len(errors) - _SHOWN} more" if len(errors) > _SHOWN else ""
        message = f"{where}: the linter finds {shown}{more}; mend the template, or ignore the code by lint="
        raise BulkError(message)
    return [f"{one.code} {one.name}: {one.message}" for one in findings if one.severity == "warning"]
