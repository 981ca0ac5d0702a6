"""
The chart: the ratios of a run as bars, on a logarithmic scale; a stroke where something is wanted.

    Results -> SVG
"""

from __future__ import annotations

from html import escape
from math import log10

from benchmarks.results import Line, Results

__all__ = ["draw"]

_WIDTH, _LEFT, _RIGHT, _STEP, _TOP = 900, 330, 190, 18, 34
_DECADES = 3
_MET, _MISSED, _WANTED = "#2b6cb0", "#c05621", "#1a202c"
_STYLE = "text{font:12px sans-serif;fill:#1a202c}.head{font-weight:bold}.axis{fill:#4a5568}line{stroke:#cbd5e0}"


def draw(results: Results) -> str:
    """Draw a bar for each line that has a ratio: how many times another, and then what share of a limit."""
    times: list[tuple[str, Line]] = []
    shares: list[tuple[str, Line]] = []
    for section in results.sections:
        for line in section.lines:
            if line.ratio is not None:
                (shares if line.kind == "share" else times).append((f"{section.name}: {line.what}", line))
    parts, height = _panel("times as fast as", times, 0)
    more, height = _panel("share of the limit", shares, height)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}">\n'
        f"<title>Ratios of {escape(results.date)}, {escape(results.python)}</title>\n<style>{_STYLE}</style>\n"
        f'<rect width="{_WIDTH}" height="{height}" fill="#fff"/>\n' + "".join(parts + more) + "</svg>\n"
    )


def _panel(title: str, lines: list[tuple[str, Line]], top: int) -> tuple[list[str], int]:
    """Draw one axis with its bars; give them, and where they end."""
    if not lines:
        return [], top
    share = lines[0][1].kind == "share"
    bottom = top + _TOP + _STEP * len(lines)
    parts = [_text(8, top + 16, title, "head")]
    for mark in (0.25, 0.5, 0.75, 1.0) if share else (1, 3, 10, 30, 100, 300, 1000):
        x = _place(mark, share=share)
        parts.append(f'<line x1="{x}" y1="{top + 22}" x2="{x}" y2="{bottom}"/>\n')
        parts.append(_text(x - 8, top + 16, f"{mark:.0%}" if share else f"{mark}x", "axis"))
    for number, (name, line) in enumerate(lines):
        parts += _bar(name, line, top + _TOP + _STEP * number)
    return parts, bottom + 12


def _bar(name: str, line: Line, y: int) -> list[str]:
    assert line.ratio is not None
    share = line.kind == "share"
    colour = _MISSED if line.is_met is False else _MET
    start, end = _LEFT, _place(line.ratio, share=share)
    wanted = start if line.wanted is None else _place(line.wanted, share=share)
    parts = [
        _text(8, y + 11, name, "name"),
        f'<rect x="{min(start, end)}" y="{y}" width="{max(1, abs(end - start))}" height="12" fill="{colour}"/>\n',
        _text(max(wanted, end) + 6, y + 11, f"{line.shown} {line.against}", "name"),
    ]
    if line.wanted is not None:
        parts.append(f'<rect x="{wanted - 1}" y="{y - 2}" width="2" height="16" fill="{_WANTED}"/>\n')
    return parts


def _place(ratio: float, *, share: bool) -> int:
    """
    Give the column of a ratio: at the left edge 0 %, or 1x.

    What is slower goes to the left of it; what is beyond the scale ends with it.
    """
    room = _WIDTH - _LEFT - _RIGHT
    if share:
        return _LEFT + round(room * min(ratio, 1.2) / 1.2)
    return _LEFT + round(room * max(-0.2, min(log10(ratio), _DECADES) / _DECADES))


def _text(x: int, y: int, text: str, style: str) -> str:
    return f'<text x="{x}" y="{y}" class="{style}">{escape(text)}</text>\n'
