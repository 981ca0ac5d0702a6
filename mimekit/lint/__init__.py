"""
Linting: what is wrong with a message, where, by which rule, and how to mend it.

    Message, Delivery or octets -> [Finding];  findings with fixes -> Message

May import: the core, `dkim`, `auth`, `ses`.  Imported by: `bulk`, `strategies`, `testing`.
"""

from mimekit.finding import Edit, Finding, Fix
from mimekit.lint.context import Context, LintError
from mimekit.lint.engine import check
from mimekit.lint.fixing import fix
from mimekit.lint.rule import Hit, rule

__all__ = ["Context", "Edit", "Finding", "Fix", "Hit", "LintError", "check", "fix", "rule"]
