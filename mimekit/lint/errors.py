"""
What the linter raises.

May import: `errors`.  Imported by: `lint.clients`, `lint.context`.
"""

from __future__ import annotations

from mimekit.errors import MimekitError

__all__ = ["LintError"]


class LintError(MimekitError):
    """The linter was asked for something it does not know: a code, a profile, an option."""
