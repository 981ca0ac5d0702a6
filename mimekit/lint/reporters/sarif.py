"""
The report as SARIF 2.1.0, which GitHub code scanning and editors read.

Columns are octets; a file is declared as ISO-8859-1, in which octets and characters are one.  Octets and fixes are
given where those of the message are those of the file.

May import: `lint.reporters`.  Imported by: nobody.
"""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING

from mimekit.lint import examples, selection
from mimekit.lint.reporters import plain, visible

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any  # JSON

    from mimekit.finding import Finding
    from mimekit.lint.reporters import Line, Options, Totals
    from mimekit.lint.rule import Rule
    from mimekit.lint.running import Checked

__all__ = ["SCHEMA", "report"]

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "info": "note"}


class _Sarif:
    """Holds the results: the rules they name are listed before them."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._results: list[str] = []
        self._rules: dict[str, int] = {}

    def message(self, checked: Checked) -> Iterator[Line]:
        """Keep the results of one message."""
        for one in checked.findings:
            self._results.append(plain.dump(self._result(checked, one)))
        yield from ()

    def _result(self, checked: Checked, one: Finding) -> dict[str, Any]:
        location: dict[str, Any] = {
            "physicalLocation": {
                "artifactLocation": {"uri": plain.uri(checked.source.name, self._options.base)},
                "region": self._region(checked, one),
            }
        }
        if one.path:
            location["logicalLocations"] = [{"fullyQualifiedName": f"part {one.path}", "kind": "element"}]
        result = {
            "ruleId": one.code,
            "ruleIndex": self._rules.setdefault(one.code, len(self._rules)),
            "level": _LEVELS[one.severity],
            "message": {"text": visible.text(one.message)},
            "locations": [location],
            "partialFingerprints": {"mimekitFinding/v1": plain.mark(checked, one)},
        }
        offset = checked.source.offset
        if one.fix is not None and offset is not None:
            change = {
                "artifactLocation": {"uri": plain.uri(checked.source.name, self._options.base)},
                "replacements": [
                    {
                        "deletedRegion": {"byteOffset": offset + start, "byteLength": end - start},
                        "insertedContent": {"binary": b64encode(new).decode()},
                    }
                    for start, end, new in one.fix.edits
                ],
            }
            result["fixes"] = [{"description": {"text": visible.text(one.fix.text)}, "artifactChanges": [change]}]
        return result

    def _region(self, checked: Checked, one: Finding) -> dict[str, Any]:
        source = checked.source
        octets = source.octets or b""
        meant = octets[one.start : one.end]
        line_ends = meant.count(b"\n")
        line = source.first_line + one.line
        end_column = len(meant) - meant.rfind(b"\n") if line_ends else one.column + len(meant)
        region: dict[str, Any] = {
            "startLine": line,
            "startColumn": one.column,
            "endLine": line + line_ends,
            "endColumn": end_column,
        }
        if source.offset is not None:
            region |= {"byteOffset": source.offset + one.start, "byteLength": one.end - one.start}
        if self._options.source and octets:
            region["snippet"] = {"text": visible.excerpt(octets, one).whole}
        return region

    def end(self, _: Totals) -> Iterator[Line]:
        """Give the document."""
        known = selection.load()
        driver = {
            "name": "mimekit",
            "version": self._options.version,
            "rules": [_described(known[code], self._options) for code in self._rules],
        }
        yield (f'{{"$schema": {plain.dump(SCHEMA)}, "version": "2.1.0", "runs": [{{',)
        yield (f'"tool": {{"driver": {plain.dump(driver)}}},',)
        yield ('"columnKind": "unicodeCodePoints", "defaultEncoding": "ISO-8859-1",',)
        yield ('"results": [',)
        for number, result in enumerate(self._results):
            yield (f"{',' if number else ''}{result}",)
        yield ("]}]}",)


def _described(rule: Rule, options: Options) -> dict[str, Any]:
    page = examples.page(rule)
    described: dict[str, Any] = {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": page.what or rule.name},
        "fullDescription": {"text": page.why or page.what or rule.name},
        "help": {"text": rule.page or rule.name, "markdown": _markdown(rule, page)},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"tags": list(rule.profiles)},
    }
    url = options.page(rule.url)
    if "://" in url:
        described["helpUri"] = url
    return described


def _markdown(rule: Rule, page: examples.Page) -> str:
    """Write the page of a rule, which a reader of the report has at hand then without a network."""
    lines = [f"# {rule.code} {rule.name}", "", _prose(page.what), ""]
    lines += [f"**Why it matters:** {_prose(page.why)}", ""] if page.why else []
    for title, texts in (("Bad", page.bad), ("Good", page.good)):
        for text in texts:
            lines += [f"## {title}", "", *[f"    {line}".rstrip() for line in text.split("\n")], ""]
    lines += [f"References: {_prose(page.references)}"] if page.references else []
    return "\n".join(lines).rstrip("\n") + "\n"


def _prose(text: str) -> str:
    """Escape what Markdown or HTML would take for more than text, outside of code spans."""
    pieces = re.split(r"(``[^`]++``|`[^`]++`)", text)
    return "".join([one if one[:1] == "`" else re.sub(r"([\\*_<>\[\]&])", r"\\\1", one) for one in pieces])


def report(options: Options) -> _Sarif:
    """Make the reporter."""
    return _Sarif(options)
