"""
Tables: what README.md and docs/explanation/performance.md show of a results file, between two markers.

`python -m benchmarks.tables` writes them, and the chart, from the newest file; `make bench` does so when it is done.

    Results -> Markdown; page, block -> page
"""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import fill

from benchmarks import chart
from benchmarks.results import OURS, Line, Results, Section, newest, read
from benchmarks.timing import Time

__all__ = ["cells", "for_performance", "for_readme", "pages", "put", "update"]

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
PERFORMANCE = ROOT / "docs" / "explanation" / "performance.md"
CHART = PERFORMANCE.with_suffix(".svg")
_BLOCK = re.compile(r"(?s)(<!-- table of benchmarks: begin -->\n).*?(<!-- table of benchmarks: end -->)")
_SCALES = {"\u00b5s": 1e6, "ms": 1e3, "MiB": 1.0, "x": 1.0}


def amount(figure: float, unit: str) -> str:
    """Write a figure in *unit*, three digits of it or all before the point."""
    scaled = figure * _SCALES[unit]
    places = 2 if scaled < 1 else 1 if scaled < 100 else 0
    return f"{scaled:,.{places}f}"


def _both(time: Time, line: Line, unit: str) -> str:
    least, middle = [f"{amount(figure, line.unit or unit)}{line.unit}" for figure in time]
    return least if least == middle else f"{least} ({middle})"


def _wanted(line: Line, unit: str) -> str:
    if line.wanted is None:
        return ""
    missed = "" if line.is_met in (None, True) else ", missed"
    if line.kind == "under":
        return f"under {line.wanted:g} {unit}{missed}"
    return (f">= {line.wanted:.0%}" if line.kind == "share" else f">= {line.wanted:g}x") + missed


def cells(section: Section) -> tuple[list[str], list[list[str]]]:
    """Give the head and the rows of a section's table; only the columns that have something."""
    who = list(dict.fromkeys([name for line in section.lines for name in line.figures]))
    head = ["", *[f"{name}, {section.unit}" for name in who], "ratio to", "ratio", "wanted"]
    rows = [
        [
            line.what,
            *[_both(line.figures[name], line, section.unit) if name in line.figures else "" for name in who],
            line.against if line.ratio is not None else "",
            line.shown,
            _wanted(line, section.unit),
        ]
        for line in section.lines
    ]
    kept = [place for place in range(len(head)) if not place or any(row[place] for row in rows)]
    return [head[place] for place in kept], [[row[place] for place in kept] for row in rows]


def _markdown(head: list[str], rows: list[list[str]]) -> str:
    rule = ["---", *["--:"] * (len(head) - 1)]
    return "".join([f"| {' | '.join(row)} |\n" for row in [head, rule, *rows]])


def _where(results: Results) -> str:
    versions = ", ".join([f"{name} {number}" for name, number in results.versions.items()])
    text = f"Measured on {results.date}: {results.python}, {results.machine}; {versions}."
    return fill(text, 120, break_on_hyphens=False)


def for_performance(results: Results) -> str:
    """Write the block of performance.md: every section with its text and its table."""
    parts = [f"{_where(results)}\n\n![The ratios as bars]({CHART.name})\n"]
    for section in results.sections:
        if not section.lines:
            continue
        head, rows = cells(section)
        about = f"{section.about}\n\n" if section.about else ""
        parts.append(f"### {section.title}\n\n{about}{_markdown(head, rows)}")
    return "\n".join(parts)


def for_readme(results: Results) -> str:
    """Write the block of README.md: the lines of which something is wanted."""
    rows = []
    for section in results.sections:
        for line in section.lines:
            if line.wanted is not None:
                other, unit = line.figures.get(line.against), line.unit or section.unit
                rows.append(
                    [
                        f"{section.title[:1].lower()}{section.title[1:]}: {line.what}",
                        f"{amount(line.figures[OURS].least, unit)} {unit}",
                        f"{amount(other.least, unit)} {unit}" if other else "",
                        line.against if other else "",
                        line.shown,
                        _wanted(line, section.unit),
                    ]
                )
    text = (
        "The ratio is what to look at; times depend on the machine. `make bench` measures this and\n"
        f"[more](docs/explanation/performance.md).\n{_where(results)}\n\n"
    )
    return text + _markdown(["what", OURS, "the other", "which is", "ratio", "wanted"], rows)


def put(page: str, block: str) -> str:
    """Put *block* between the markers of *page*."""
    changed, count = _BLOCK.subn(lambda match: f"{match[1]}{block}{match[2]}", page)
    if count != 1:
        message = f"the page has {count} pairs of the markers of the table of benchmarks; it needs one"
        raise ValueError(message)
    return changed


def pages(results: Results) -> dict[Path, str]:
    """Give every file that shows *results*, as it should be."""
    return {
        README: put(README.read_text(encoding="utf-8"), for_readme(results)),
        PERFORMANCE: put(PERFORMANCE.read_text(encoding="utf-8"), for_performance(results)),
        CHART: chart.draw(results),
    }


def update(results: Results) -> None:
    """Write every file that shows *results*."""
    for path, text in pages(results).items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    latest = newest()
    if latest is None:
        message = "there are no results; `make bench` makes them"
        raise SystemExit(message)
    update(read(latest))
