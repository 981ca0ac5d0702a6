r"""
The report as workflow commands of GitHub Actions, which become annotations of a pull request.

A command is ``::error file=a.eml,line=4,col=7,title=H204 name::text``.  In a value ``%``, CR and LF are ``%25``,
``%0D`` and ``%0A``, in a property also ``:`` and ``,`` (``%3A``, ``%2C``).

May import: `lint.reporters`.  Imported by: nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.lint.reporters import plain, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.lint.reporters import Line, Options, Totals
    from mimekit.lint.running import Checked

__all__ = ["report"]

_LEVELS = {"error": "error", "warning": "warning", "info": "notice"}
_DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


class _GitHub:
    def message(self, checked: Checked) -> Iterator[Line]:
        """Give the findings of one message."""
        for one in checked.findings:
            properties = {
                "file": plain.file_name(checked.source.name),
                "line": str(checked.source.first_line + one.line),
                "col": str(one.column),
                "title": f"{one.code} {one.name}",
            }
            listed = ",".join([f"{name}={_ascii(value).translate(_PROPERTY)}" for name, value in properties.items()])
            part = f" (part {one.path})" if one.path else ""
            said = _ascii(f"{one.message}{part}{f' - {one.reference}' if one.reference else ''}")
            yield (f"::{_LEVELS[one.severity]} {listed}::{said.translate(_DATA)}",)

    def end(self, _: Totals) -> Iterator[Line]:
        """Give nothing more."""
        yield from ()


def _ascii(text: str) -> str:
    """Make text visible, and what is not ASCII an escape: a log may be in any encoding."""
    return visible.text(text).encode("ascii", "backslashreplace").decode("ascii")


def report(_: Options) -> _GitHub:
    """Make the reporter."""
    return _GitHub()
