"""How Sphinx builds the documentation; `make docs` runs it with every warning an error."""

from __future__ import annotations

import re
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "mimekit"
author = "mimekit contributors"
release = metadata.version("mimekit")

extensions = ["myst_parser", "sphinx.ext.autodoc"]
myst_enable_extensions = ["deflist"]
myst_heading_anchors = 3
exclude_patterns = ["_build", "examples"]

default_role = "code"  # a name in single backticks, as the docstrings have it
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
maximum_signature_line_length = 88
# Names of annotations: aliases and protocols that exist for the type checker only, and the standard library, whose own
# documentation is not fetched while building.
nitpick_ignore_regex = [
    ("py:class", "|".join(names))
    for names in (
        ("Arguments", "AsyncSMTP", "Attachable", "BccPolicy", "Embeddable", "Flaw", "Octets", "Piece", "Profile"),
        ("RandomBits", "Addressed", "Enveloped", "Reply", "SMTP", "Source", "_Items", "Buffer", "Unpack.*"),
        ("Addressing", "Signable", "Status", "Strings", "_Private", "_Public", r"mimekit\.headers\.taglist\.TagList"),
        ("ParserLike", "Drawn", "AbstractContextManager", "PathLike", "Path", "datetime", "timedelta"),
        ("Function", "HandoverSink", "Ledger", "Lint", "Rows", "Signatures", "Sink", "Skip", "Tls", "Url", "Verdict"),
        (r"(?:collections\.abc|datetime|os|pathlib|ssl)\..+",),
    )
]
# The linter and the readings of `testing.compare` have an Address each, which annotations name shortly.
suppress_warnings = ["ref.python"]

html_theme = "furo"
html_title = f"mimekit {release}"
html_copy_source = False


_BLANK_AT_END = re.compile(r"(?<![^\s(])(``[^`\n]*[^`\s]) ``(?!\w)")


def _tidied(_app: Sphinx, _what: str, _name: str, _of: object, _options: object, lines: list[str]) -> None:
    """Take the space at the end of a literal away, such as that of an mbox separator: the markup has none there."""
    lines[:] = [_BLANK_AT_END.sub(r"\1``", line) for line in lines]


def setup(app: Sphinx) -> None:
    """Register what is done to docstrings."""
    app.connect("autodoc-process-docstring", _tidied)
