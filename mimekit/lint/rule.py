"""
Rules: a function that looks at one kind of thing, and its entry in the table of rules.

The decorator is the table; the docstring is the page of the rule, and its examples are its tests (see `examples`).  A
rule names what it looks at, so that the engine walks a message once and calls only those that have something to see.

    function + code, name, severity, profiles -> Rule in REGISTRY

For a code that `defects.TABLE` holds, the parser finds.  Such a function is a page alone, without parameters, or it
makes the fix: it is called with the `Mail` and the `Hit`, and gives a `Fix` or ``None``.

May import: `defects`, `finding`, `ses.check`, `lint.context`.  Imported by: much of the package.
"""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, NamedTuple

from mimekit import defects
from mimekit.finding import SEVERITIES
from mimekit.lint.context import LintError
from mimekit.ses.check import TABLE as SES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeVar

    from mimekit.finding import Fix

    Function = TypeVar("Function", bound=Callable[..., Any])

__all__ = ["KINDS", "MARKED", "NAMED", "PROFILES", "REGISTRY", "SEARCHED", "Hit", "Rule", "rule"]

PROFILES = ("default", "strict", "wire", "transactional", "bulk", "ses", "signed", "production", "received")
"""The profiles there are; each adds to ``default``, but for ``received``, which takes away."""

KINDS = (
    "octets",  # Mail: the octets of the message
    "message",  # Mail: the message as a whole
    "field",  # Field: each header field, or those of some names
    "address",  # Address: each entry of an address field at the top
    "part",  # Entity: each part, the message itself first
    "text",  # Text: each text/plain and text/html body, decoded
    "html",  # Html: each text/html body, as a document
    "element",  # Element: each element of such a document, or those of some names
    "signature",  # Signed: each DKIM-Signature
    "envelope",  # Mail, when there is an envelope
    "run",  # nothing: found while linting, about the linter itself
)
"""What a rule may look at, and what it is called with, beside the context."""

NAMED = ("field", "element")
"""What has a name."""

MARKED = ("octets", "message", "envelope", "address", "part", "text", "signature")
"""What has ``marks``."""

SEARCHED = ("octets", "message", "field", "part", "text")
"""What is searched for the octets that a rule needs."""

_CODE = re.compile(r"[A-Z]{1,8}[0-9]{1,4}")
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Hit(NamedTuple):
    """What a rule yields: a sentence, the octets of the message, and perhaps how to mend it."""

    message: str
    start: int
    end: int
    path: str = ""
    fix: Fix | None = None
    severity: str | None = None
    """A lower severity than that of the rule."""


class Rule:
    """One rule: what is in the table of rules, and the function that looks."""

    __slots__ = (
        "code",
        "fix",
        "function",
        "implies",
        "looks_at",
        "marks",
        "mends",
        "name",
        "names",
        "needs",
        "page",
        "profiles",
        "reference",
        "severity",
        "supersedes",
        "url",
    )

    def __init__(  # noqa: PLR0913 - one argument for each column of the table
        self,
        code: str,
        function: Callable[..., Iterable[Hit]],
        *,
        name: str,
        severity: str,
        looks_at: str,
        names: Iterable[str],
        marks: Iterable[str],
        needs: bytes | Iterable[bytes],
        profiles: Iterable[str],
        reference: str,
        supersedes: Iterable[str],
        implies: Iterable[str],
        fix: str | None,
    ) -> None:
        self.code = code
        self.function = function
        self.name = name
        self.severity = severity
        self.looks_at = looks_at
        self.names = frozenset([one.lower() for one in names])
        self.marks = frozenset(marks)
        self.needs = (needs,) if isinstance(needs, bytes) else tuple(needs)
        self.profiles = tuple(profiles)
        self.reference = reference
        self.supersedes = frozenset(supersedes)
        self.implies = frozenset(implies)
        self.fix = fix
        self.page = inspect.cleandoc(function.__doc__ or "")
        self.mends = self.is_defect and len(inspect.signature(function).parameters) == 2  # noqa: PLR2004 - Mail and Hit
        """Whether the function makes the fix of what the parser finds."""
        self.url = f"rules/{code}.html" if function.__module__.startswith("mimekit.") else ""
        """The page of the rule, from the root of the documentation of this library; empty for a rule of a plugin."""

    @property
    def is_defect(self) -> bool:
        """Whether the parser finds it."""
        return self.code in defects.TABLE

    def __repr__(self) -> str:
        return f"<Rule {self.code} {self.name}>"


REGISTRY: dict[str, Rule] = {}
"""Every rule that was loaded, by its code."""


def rule(  # noqa: PLR0913 - one argument for each column of the table
    code: str,
    *,
    name: str | None = None,
    severity: str | None = None,
    looks_at: str = "message",
    names: Iterable[str] = (),
    marks: Iterable[str] = (),
    needs: bytes | Iterable[bytes] = (),
    profiles: Iterable[str] = ("default",),
    reference: str | None = None,
    supersedes: Iterable[str] = (),
    implies: Iterable[str] = (),
    fix: str | None = None,
) -> Callable[[Function], Function]:
    """
    Enter a function into the table of rules.

    *name* is in kebab case (default: that of the function), *severity* the worst that it finds, *looks_at* one of
    `KINDS`, *names* the fields or elements that it wants to see (default: all), *profiles* those it belongs to: one
    without ``"default"`` is off unless asked for.

    What a rule needs to find anything makes it cheap where that is absent.  *marks*: one of them must be among the
    ``marks`` of the view (`Mail`, `Entity`, `Address`, `Text`, `Signed` have them).  *needs*: one of these octets must
    stand in what is looked at: the field, the header of the part, the headers of the message, the text.

    *supersedes* are codes that find the same fault in the same octets
    less exactly and yield to it; *implies* are those that come with it.  *fix* is ``"safe"``, ``"unsafe"`` or ``None``.
    For a code of `defects.TABLE` or `ses.check.TABLE` name, severity and reference are those of the table.  Raises
    `LintError`.
    """

    def enter(function: Function) -> Function:
        known = defects.TABLE.get(code) or SES.get(code)
        if known is not None and (name, severity, reference) != (None, None, None):
            _refuse(code, "is in defects.TABLE or ses.check.TABLE, which has its name, severity and reference")
        made = Rule(
            code,
            function,
            name=known[0] if known else name or function.__name__.replace("_", "-"),
            severity=known[1] if known else severity or "",
            looks_at=looks_at,
            names=names,
            marks=marks,
            needs=needs,
            profiles=profiles,
            reference=known[2] if known else reference or "",
            supersedes=supersedes,
            implies=implies,
            fix=fix,
        )
        _check(made)
        REGISTRY[code] = made
        return function

    return enter


def _check(made: Rule) -> None:
    code = made.code
    if not _CODE.fullmatch(code):
        _refuse(code, "is no code: upper-case letters, then digits")
    if code in REGISTRY and inspect.getsourcefile(REGISTRY[code].function) != inspect.getsourcefile(made.function):
        _refuse(code, f"is taken by {REGISTRY[code].name}; give another code")
    if not _NAME.fullmatch(made.name):
        _refuse(code, f"has the name {made.name!r}; give one in kebab-case")
    if made.severity not in SEVERITIES:
        _refuse(code, f"has the severity {made.severity!r}; it is one of {', '.join(SEVERITIES)}")
    if made.looks_at not in KINDS:
        _refuse(code, f"looks at {made.looks_at!r}; it is one of {', '.join(KINDS)}")
    for what, given, kinds in (
        ("names", made.names, NAMED),
        ("marks", made.marks, MARKED),
        ("needs", made.needs, SEARCHED),
    ):
        if given and made.looks_at not in kinds:
            _refuse(code, f"has {what}, and looks at {made.looks_at!r}; what has {what} is {', '.join(kinds)}")
    if unknown := set(made.profiles) - set(PROFILES):
        _refuse(code, f"has the profile {min(unknown)!r}; there are {', '.join(PROFILES)}")
    if made.fix not in (None, "safe", "unsafe"):
        _refuse(code, f"has the fix {made.fix!r}; it is 'safe', 'unsafe' or None")


def _refuse(code: str, text: str) -> None:
    message = f"the rule {code} {text}"
    raise LintError(message)
