"""
The report for people: each finding with the line it is in, a caret below what is meant, and how to mend it.

    welcome.eml:4:7: error H204 [*] date-weekday-mismatch: 24 Nov 2026 is a Tuesday
      |
    3 | To: Jane Doe <jane@customer.example>
    4 | Date: Mon, 24 Nov 2026 03:30:00 +0000
      |       ^^^ RFC 5322 3.3
      = fix: write Tue

May import: `lint.reporters`.  Imported by: `lint.reporters.concise`, `lint.reporters.junit`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.lint.reporters import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Finding
    from mimekit.lint.reporters import Line, Options, Totals
    from mimekit.lint.running import Checked

__all__ = ["STYLES", "frame", "heading", "report", "summary"]

STYLES = {"error": "bold red", "warning": "bold yellow", "info": "bold blue"}
_FAINT = "blue"


class _Text:
    """Reports findings with frames."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def message(self, checked: Checked) -> Iterator[Line]:
        """Give the findings of one message."""
        if not checked.findings:
            return
        octets = checked.source.octets or b""
        decoded = visible.Decoded(octets)
        for finding in checked.findings:
            yield heading(checked, finding, unsafe=self._options.unsafe)
            if self._options.source and octets:
                yield from frame(octets, finding, decoded, checked.source.first_line, pictures=self._options.pictures)
            elif finding.fix is not None:
                yield (f"  = {_fix(finding)}",)
            yield ("",)

    def end(self, totals: Totals) -> Iterator[Line]:
        """Give the summary."""
        yield from summary(totals, unsafe=self._options.unsafe)


def report(options: Options) -> _Text:
    """Make the reporter."""
    return _Text(options)


def heading(checked: Checked, finding: Finding, *, unsafe: bool = False) -> Line:
    """Give the line that says what is wrong, and where."""
    mark = ""
    if finding.fix is not None and (unsafe or finding.fix.is_safe):
        mark = "[*] "
    part = f" (part {finding.path})" if finding.path else ""
    line = checked.source.first_line + finding.line
    return (
        (checked.source.name, "bold"),
        f":{line}:{finding.column}: ",
        (f"{finding.severity} {finding.code}", STYLES[finding.severity]),
        f" {mark}{finding.name}: {finding.message}{part}",
    )


def frame(
    octets: bytes, finding: Finding, decoded: visible.Decoded, first_line: int = 0, *, pictures: bool = True
) -> Iterator[Line]:
    """Give the lines of the frame; *first_line* lines stand before the message."""
    shown = visible.excerpt(octets, finding, pictures=pictures)
    line = first_line + finding.line
    width = len(str(line))
    bar = f"{' ' * width} | "
    yield ((bar.rstrip(" "), _FAINT),)
    if shown.previous:
        yield (f"{line - 1:>{width}} | ", _FAINT), shown.previous
    yield (f"{line} | ", _FAINT), shown.whole
    said = f" {finding.reference}" if finding.reference else ""
    carets = ("^" * (len(shown.meant) or 1), STYLES[finding.severity])
    yield (bar, _FAINT), " " * len(shown.before), carets, said
    place = decoded.place(finding, pictures=pictures)
    if place is not None:
        where = f"{finding.path or 'text'}:decoded {place.line}:{place.column}"
        yield (f"{' ' * width} = ", _FAINT), f"{where} | {place.before}", (place.after, STYLES[finding.severity])
    if finding.fix is not None:
        yield (f"{' ' * width} = ", _FAINT), _fix(finding)


def _fix(finding: Finding) -> str:
    if finding.fix is None:
        return ""
    return f"{'fix' if finding.fix.is_safe else 'unsafe fix'}: {finding.fix.text}"


def summary(totals: Totals, *, unsafe: bool = False) -> Iterator[Line]:
    """Give the last lines: how much of what, and what can be done about it."""
    about = f"Profile: {', '.join(totals.profile)}."
    found = [
        (f"{totals.severities[one]:,} {one}{'' if one == 'info' or totals.severities[one] == 1 else 's'}", STYLES[one])
        for one in ("error", "warning", "info")
        if totals.severities[one]
    ]
    of = f"{totals.messages:,} message{'' if totals.messages == 1 else 's'}"
    mended = f"Mended {totals.mended:,}. " if totals.mended else ""
    if totals.to_mend:
        mended = f"--fix would mend {totals.to_mend:,}. "
    if found:
        pieces: list[str | tuple[str, str]] = [f"{mended}Found "]
        for number, one in enumerate(found):
            pieces += [", " if number else "", one]
        pieces.append(f" in {totals.with_findings:,} of {of}. {about}")
        yield tuple(pieces)
        mendable = totals.safe + (totals.unsafe if unsafe else 0)
        if mendable:
            yield (f"[*] {mendable:,} can be mended with --fix{' --unsafe-fixes' if unsafe else ''}.",)
        if totals.unsafe and not unsafe:
            yield (f"{totals.unsafe:,} more with --unsafe-fixes, which choose one reading or change what is said.",)
    else:
        nothing = "Nothing else found" if totals.to_mend else "Nothing found"
        yield mended, (nothing, "bold green"), f" in {of}. {about}"
    if totals.kept:
        yield (f"{totals.kept:,} signed and not mended: --break-signature mends, and breaks the signature.",)
    if totals.known:
        yield (f"{totals.known:,} known to the baseline and not shown.",)
    if totals.gone:
        yield (f"{totals.gone:,} of the baseline are there no more: --baseline-write prune takes them out.",)
