"""
Findings as plain data, which the formats for programs are made of.

    Checked, Finding -> dicts, lists, strings and numbers

May import: `lint.reporters`.  Imported by: `lint.reporters.github`, `lint.reporters.gitlab`, `lint.reporters.html`,
`lint.reporters.json`, `lint.reporters.jsonl`, `lint.reporters.junit`, `lint.reporters.sarif`.
"""

from __future__ import annotations

import json
import os
from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes

from mimekit.lint.baseline import fingerprint
from mimekit.lint.reporters import visible

if TYPE_CHECKING:
    from typing import Any  # JSON

    from mimekit.finding import Finding
    from mimekit.lint.reporters import Options
    from mimekit.lint.running import Checked

__all__ = ["dump", "file_name", "finding", "mark", "uri"]


def dump(value: object, indent: int | None = None) -> str:
    """Write JSON in printable ASCII."""
    return json.dumps(value, indent=indent).replace("\x7f", "\\u007f")


def finding(checked: Checked, one: Finding, options: Options, decoded: visible.Decoded) -> dict[str, Any]:
    """Describe a finding; ``line`` is that of the file, ``start`` and ``end`` are octets of the message."""
    source = checked.source
    described: dict[str, Any] = {
        "file": file_name(source.name),
        "number": source.number or None,
        "code": one.code,
        "name": one.name,
        "severity": one.severity,
        "message": one.message,
        "path": one.path,
        "line": source.first_line + one.line,
        "column": one.column,
        "start": one.start,
        "end": one.end,
        "reference": one.reference,
        "url": options.page(one.url),
        "fingerprint": mark(checked, one),
        "fix": None,
    }
    if one.fix is not None:
        edits = [{"start": start, "end": end, "octets": b64encode(new).decode()} for start, end, new in one.fix.edits]
        described["fix"] = {"text": one.fix.text, "safe": one.fix.is_safe, "edits": edits}
    if options.source and source.octets:
        place = decoded.place(one)
        described["source"] = visible.excerpt(source.octets, one).whole
        described["decoded"] = None if place is None else {"line": place.line, "column": place.column}
    return described


def mark(checked: Checked, one: Finding) -> str:
    """Give the fingerprint."""
    return fingerprint(checked.source.octets or b"", one)


def file_name(name: str) -> str:
    """Give the name of a file as UTF-8 has it."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def uri(name: str, base: str = "") -> str:
    """Give the name of a file as a URI: relative to the directory of the run, absolute outside of it."""
    if name == "-":
        return "stdin"
    path = Path(os.path.normpath(Path(name).absolute()))
    here = Path(os.path.normpath(Path(base).absolute()))
    if path.is_relative_to(here):
        return quote_from_bytes(os.fsencode(path.relative_to(here).as_posix()))
    return path.as_uri()
