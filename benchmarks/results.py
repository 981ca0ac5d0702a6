"""
Results: what a run of the benchmarks found, as values and as a JSON file.

    sections of lines of figures <-> benchmarks/results/<date>.json
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, NamedTuple

import mimekit
from benchmarks.timing import Time

__all__ = ["FOLDER", "OURS", "Line", "Results", "Section", "machine", "newest", "read", "versions", "write"]

FOLDER = Path(__file__).parent / "results"
OURS = "mimekit"
PACKAGES = (
    *("cryptography", "Django", "emails", "redmail"),
    *("fast-mail-parser", "mail-parser", "dkimpy"),
)


class Line(NamedTuple):
    """One thing that was measured, and what it is compared with."""

    what: str
    figures: Mapping[str, Time]
    """By who did it; seconds, or MiB of memory.  Who cannot do it, or is not installed, is not there."""
    against: str = ""
    """Whose figure is divided by ours; nothing where ours stands alone."""
    wanted: float | None = None
    kind: str = "times"
    """How the ratio is written and what is wanted of it: at least so many ``times``, at least a ``share`` of a limit;
    or the figure itself is to stay ``under`` what is wanted."""
    unit: str = ""
    """Of this line, where it is not that of the section."""

    @property
    def ratio(self) -> float | None:
        """The figure of the other divided by ours, or nothing where there is no other."""
        if self.against not in self.figures:
            return None
        return self.figures[self.against].least / self.figures[OURS].least

    @property
    def shown(self) -> str:
        """The ratio as people read it."""
        if self.ratio is None:
            return ""
        if self.kind == "share":
            return f"{self.ratio:.0%}"
        return f"{self.ratio:.1f}x" if self.ratio < 100 else f"{self.ratio:,.0f}x"

    @property
    def is_met(self) -> bool | None:
        """Whether what is wanted was reached, or nothing where nothing is wanted or nothing was found."""
        if self.wanted is None:
            return None
        if self.kind == "under":
            return self.figures[OURS].least < self.wanted
        return None if self.ratio is None else self.ratio >= self.wanted


class Section(NamedTuple):
    """The lines of one scenario."""

    name: str
    title: str
    about: str
    unit: str
    lines: tuple[Line, ...]


class Results(NamedTuple):
    """One run: when and where, with which versions, and what it found."""

    date: str
    machine: str
    python: str
    versions: Mapping[str, str]
    sections: tuple[Section, ...]


def machine() -> str:
    """Name the processor and how many of it this process may use."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return f"{model}, {cores} cores, {platform.system()}"


def versions() -> dict[str, str]:
    """Give the versions of the packages that are compared, of those that are installed."""
    found = {OURS: mimekit.__version__}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def newest(folder: Path = FOLDER) -> Path | None:
    """Give the results file of the latest date."""
    return max(folder.glob("*.json"), default=None)


def write(results: Results, path: Path) -> None:
    """Write a results file."""
    data = results._asdict() | {"sections": [_section_data(section) for section in results.sections]}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(data, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _section_data(section: Section) -> dict[str, object]:
    lines = []
    for line in section.lines:
        figures = {who: [_rounded(figure) for figure in time] for who, time in line.figures.items()}
        ratio = None if line.ratio is None else _rounded(line.ratio)
        lines.append(line._asdict() | {"figures": figures, "ratio": ratio})
    return section._asdict() | {"lines": lines}


def _rounded(figure: float) -> float:
    """Give four digits of a figure; the rest is noise."""
    return float(f"{figure:.4g}")


def read(path: Path) -> Results:
    """Read a results file."""
    data = json.loads(path.read_text(encoding="utf-8"))
    return Results(**{**data, "sections": tuple([_section(section) for section in data["sections"]])})


def _section(data: Mapping[str, Any]) -> Section:  # Any: of JSON
    return Section(**{**data, "lines": tuple(_lines(data["lines"]))})


def _lines(data: Iterable[Mapping[str, Any]]) -> Iterable[Line]:
    for line in data:
        known = {name: value for name, value in line.items() if name != "ratio"}  # it is there for other readers
        yield Line(**{**known, "figures": {who: Time(*figures) for who, figures in line["figures"].items()}})
