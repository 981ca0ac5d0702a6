"""How Sphinx builds the documentation; `make docs` runs it with every warning an error."""

from __future__ import annotations

from importlib import metadata

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

html_theme = "furo"
html_title = f"mimekit {release}"
html_copy_source = False
