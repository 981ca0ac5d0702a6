"""
`Finding`: one thing that is wrong with a message, where, by which rule, and how to mend it.

What `lint.check` and `ses.check` report.  Places are octets of the message as it is written (`Message.to_bytes`), so
that a person can be shown the line, and a program can change it.

    code, place, sentence, fix -> Finding

May import: `frozen`.  Imported by: `bulk`, `cli`, `lint`, `ses`, `testing`.
"""

from __future__ import annotations

from mimekit.frozen import Frozen, put

__all__ = ["SEVERITIES", "Edit", "Finding", "Fix"]

SEVERITIES = ("info", "warning", "error")
"""From the least to the worst."""

Edit = tuple[int, int, bytes]
"""``(start, end, octets)``: what is to stand in place of the octets of the message from *start* to *end*."""


class Fix(Frozen):
    """
    How to mend a finding: a sentence that says what is done, and the edits, which do not overlap.

    A fix is *safe* when every reader sees the same afterwards, nobody is lost and nothing is promised.
    """

    __slots__ = ("edits", "is_safe", "text")

    text: str
    edits: tuple[Edit, ...]
    is_safe: bool

    def __init__(self, text: str, *edits: Edit, is_safe: bool = True) -> None:
        put(self, "text", text)
        put(self, "edits", edits)
        put(self, "is_safe", is_safe)


class _FindingSlots:
    """The slots of `Finding`, for filling; see `frozen`."""

    __slots__ = (  # noqa: RUF023 - in the order of the arguments
        "code",
        "name",
        "severity",
        "message",
        "path",
        "start",
        "end",
        "line",
        "column",
        "reference",
        "url",
        "fix",
    )

    code: str
    name: str
    severity: str
    message: str
    path: str
    start: int
    end: int
    line: int
    column: int
    reference: str
    url: str
    fix: Fix | None


class Finding(_FindingSlots, Frozen):
    """
    One finding: ``code`` and kebab-case ``name``, ``severity`` (``"error"``, ``"warning"``, ``"info"``), a sentence.

    ``path`` is the IMAP number of the part it is in, empty for the message itself.  Octets ``start`` to ``end`` count
    from the first one of the message, ``line`` and ``column`` (in octets) from 1; what is absent is found at the end of
    the header.  ``reference`` is the section that is broken, ``url`` the page of the rule, ``fix`` how to mend it.
    """

    __slots__ = ()

    def __init__(  # noqa: PLR0913 - one argument for each thing a finding says
        self,
        code: str,
        name: str,
        severity: str,
        message: str,
        *,
        path: str = "",
        start: int = 0,
        end: int = 0,
        line: int = 1,
        column: int = 1,
        reference: str = "",
        url: str = "",
        fix: Fix | None = None,
    ) -> None:
        put(self, "__class__", _FindingSlots)  # for filling; see `frozen`
        self.code = code
        self.name = name
        self.severity = severity
        self.message = message
        self.path = path
        self.start = start
        self.end = end
        self.line = line
        self.column = column
        self.reference = reference
        self.url = url
        self.fix = fix
        self.__class__ = Finding

    @property
    def span(self) -> tuple[int, int]:
        """The octets: ``(start, end)``."""
        return self.start, self.end

    def __str__(self) -> str:
        return f"{self.line}:{self.column}: {self.code} {self.name}: {self.message}"
