"""One field in a message that no rule finds fault with, and what the linter and the standard library say of it."""

from __future__ import annotations

from collections import Counter
from email import message_from_bytes, policy
from typing import TYPE_CHECKING, Any, TypeVar

from hypothesis import HealthCheck, Phase, find, given, settings

from mimekit import lint
from mimekit.lint.context import Context
from mimekit.lint.examples import BASE, NOW

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from hypothesis.strategies import SearchStrategy

__all__ = ["counted", "errors", "findings", "shrunk", "stdlib_field", "with_field"]

_T = TypeVar("_T")


def _now() -> Any:
    return NOW


def with_field(name: str, body: bytes) -> bytes:
    """Give the message with a field in place of its own of that name, or at the end of its header."""
    lines = [line for line in BASE.split(b"\n") if not line.lower().startswith(name.lower().encode() + b":")]
    lines.insert(lines.index(b""), name.encode() + b": " + body)
    return b"\r\n".join(lines)


def findings(name: str, body: bytes, *, profile: str = "default") -> dict[str, str]:
    """Give the severity of everything that is found, by code."""
    context = Context(now=_now, smtputf8=not body.isascii())
    return {one.code: one.severity for one in lint.check(with_field(name, body), profile=profile, context=context)}


def errors(name: str, body: bytes) -> set[str]:
    """Give the codes of what is an error under the default profile."""
    return {code for code, severity in findings(name, body).items() if severity == "error"}


def stdlib_field(name: str, body: bytes) -> Any:
    """Give what the standard library's newest reader makes of the field."""
    return message_from_bytes(with_field(name, body), policy=policy.default)[name]


def counted(strategy: SearchStrategy[_T], said: Callable[[_T], Iterable[str]], draws: int = 1000) -> Counter[str]:
    """Draw, and count of how many draws each thing is said, in percent of the draws."""
    counts: Counter[str] = Counter()
    total = 0

    def take(value: _T) -> None:
        nonlocal total
        total += 1
        counts.update(set(said(value)))

    run = settings(
        max_examples=draws,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    run(given(strategy)(take))()
    return Counter({name: round(100 * count / total, 1) for name, count in counts.items()})


def shrunk(strategy: SearchStrategy[_T], is_found: Callable[[_T], bool] = lambda _: True) -> _T:
    """Give the simplest value that there is, as `find` does, without the phase that explains it."""
    return find(
        strategy,
        is_found,
        settings=settings(
            max_examples=3000,
            database=None,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate, Phase.shrink],
        ),
    )
