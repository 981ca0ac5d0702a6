"""
The report as one page for people who would rather look: findings beside the raw source and the MIME tree.

The page stands alone.  Everything of a message is text, escaped; a policy (CSP) lets nothing load, and runs no script
but the one here, which it names by its digest, so what is in a message could not act even if it were markup.

May import: `lint.reporters`, `lint.view`.  Imported by: nobody.
"""

from __future__ import annotations

from base64 import b64encode
from bisect import bisect_right
from hashlib import sha256
from heapq import heappop, heappush
from html import escape
from typing import TYPE_CHECKING

from mimekit.finding import SEVERITIES
from mimekit.lint.context import Context
from mimekit.lint.reporters import plain, visible
from mimekit.lint.view import Mail

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.finding import Finding
    from mimekit.lint.reporters import Line, Options, Totals
    from mimekit.lint.running import Checked
    from mimekit.lint.view import Entity

__all__ = ["report"]

_WHOLE = 2_000  # lines of a message that are all shown; of a longer one those around findings
_AROUND = 3
_LONGEST = 2_000  # octets of a line that are shown
_DEEPEST = 20  # levels of the tree that are indented
_PARTS = 1_000

_STYLE = """
:root { color-scheme: light dark; --error: #c0262d; --warning: #9a6700; --info: #0969da; --line: #8884; }
* { box-sizing: border-box; }
body { margin: 0; font: 15px/1.45 system-ui, sans-serif; }
header, section { padding: 1rem 1.5rem; }
section { border-top: 1px solid var(--line); }
h1 { font-size: 1.4rem; margin: 0 0 .5rem; } h2 { font-size: 1.1rem; margin: 0 0 .75rem; overflow-wrap: anywhere; }
h3 { font-size: .8rem; margin: 0 0 .4rem; text-transform: uppercase; letter-spacing: .05em; opacity: .7; }
.error { --c: var(--error); } .warning { --c: var(--warning); } .info { --c: var(--info); }
.badge { color: #fff; background: var(--c); border-radius: .3rem; padding: 0 .4rem; font-size: .8rem; }
.both { display: grid; grid-template-columns: minmax(18rem, 2fr) minmax(0, 3fr); gap: 1.5rem; align-items: start; }
@media (max-width: 60rem) { .both { grid-template-columns: minmax(0, 1fr); } }
ol, ul { list-style: none; margin: 0 0 1rem; padding: 0; }
.finding { border-left: 4px solid var(--c); padding: .3rem .7rem; margin-bottom: .5rem; background: #8881; }
.finding a { font-weight: 600; } .finding p { margin: .2rem 0 0; overflow-wrap: anywhere; } a { color: inherit; }
.small { font-size: .85rem; opacity: .8; }
.tree li { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.source { display: block; overflow: auto; max-height: 80vh; border: 1px solid var(--line); margin: 0; }
.source > span { display: block; font: 13px/1.5 ui-monospace, monospace; white-space: pre; padding-right: 1rem; }
.source > span::before { content: attr(data-n); display: inline-block; width: 4.5rem; padding-right: .75rem;
  text-align: right; opacity: .5; }
.source .gap { opacity: .5; }
mark { color: inherit; background: color-mix(in srgb, var(--c) 30%, transparent); border-bottom: 2px solid var(--c); }
mark:empty::after { content: "\\2038"; color: var(--c); font-weight: 700; }
:target, a:target + mark, a:target + a + mark { outline: 3px solid var(--c, var(--info)); }
label { margin-right: 1rem; } [hidden] { display: none; }
""" + "\n".join([f".d{depth} {{ padding-left: {depth * 1.25}rem; }}" for depth in range(_DEEPEST + 1)])

_SCRIPT = """
for (const box of document.querySelectorAll("input[data-level]"))
  box.addEventListener("change", () => {
    for (const one of document.querySelectorAll(".finding." + box.dataset.level)) one.hidden = !box.checked;
  });
document.getElementById("filter").hidden = false;
"""


def _digest(text: str) -> str:
    return f"'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


_POLICY = (
    f"default-src 'none'; style-src {_digest(_STYLE)}; script-src {_digest(_SCRIPT)}; "
    "base-uri 'none'; form-action 'none'"
)


class _Html:
    """Holds the sections of messages with findings, and the names of the others."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._sections: list[str] = []
        self._clean: list[str] = []

    def message(self, checked: Checked) -> Iterator[Line]:
        """Keep what is to be shown of one message."""
        name = _shown(plain.file_name(checked.source.label))
        if checked.findings:
            self._sections.append(_ascii(_section(checked, name, len(self._sections), self._options)))
        else:
            self._clean.append(_ascii(f"<li>{name}</li>"))
        yield from ()

    def end(self, totals: Totals) -> Iterator[Line]:
        """Give the page."""
        counts = [_counted(totals.severities[one], one) for one in reversed(SEVERITIES) if totals.severities[one]]
        said = ", ".join(counts) or "Nothing"
        boxes = "".join(
            [f'<label><input type="checkbox" data-level="{one}" checked> {one}</label>' for one in reversed(SEVERITIES)]
        )
        yield ('<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">',)
        yield (f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">',)
        yield ('<meta name="viewport" content="width=device-width"><meta name="referrer" content="no-referrer">',)
        yield (f"<title>mimekit lint: {said}</title><style>{_STYLE}</style></head><body><header>",)
        yield (f"<h1>{said} in {totals.with_findings:,} of {_counted(totals.messages, 'message')}</h1>",)
        yield (f'<p class="small">Profile: {escape(", ".join(totals.profile))}. mimekit {self._options.version}</p>',)
        yield (f'<p id="filter" hidden>{boxes}</p></header><main>',)
        for section in self._sections:
            yield (section,)
        if self._clean:
            clean = _counted(len(self._clean), "message")
            yield (f"<section><details><summary>{clean} without findings</summary><ul>",)
            for name in self._clean:
                yield (name,)
            yield ("</ul></details></section>",)
        yield (f"</main><script>{_SCRIPT}</script></body></html>",)


def report(options: Options) -> _Html:
    """Make the reporter."""
    return _Html(options)


def _ascii(markup: str) -> str:
    return markup.encode("ascii", "xmlcharrefreplace").decode("ascii")


def _shown(text: str) -> str:
    return escape(visible.text(text))


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 or what == 'info' else 's'}"


def _section(checked: Checked, name: str, number: int, options: Options) -> str:
    octets = checked.source.octets or b""
    findings = "".join([_finding(one, f"m{number}f{place}", checked) for place, one in enumerate(checked.findings)])
    left = f"<div><h3>Findings</h3><ol>{findings}</ol></div>"
    right = ""
    if octets and options.source:
        tree = "".join([_part(entity) for entity in Mail(octets, Context()).entities[:_PARTS]])
        source = _source(octets, checked, f"m{number}")
        right = (
            f'<div><h3>Parts</h3><ul class="tree">{tree}</ul><h3>Source</h3><code class="source">{source}</code></div>'
        )
    return f'<section id="m{number}"><h2>{name}</h2><div class="both">{left}{right}</div></section>'


def _finding(one: Finding, anchor: str, checked: Checked) -> str:
    where = f"line {checked.source.first_line + one.line}, column {one.column}"
    where += f", part {_shown(one.path)}" if one.path else ""
    mend = ""
    if one.fix is not None:
        mend = f'<p class="small">{"Fix" if one.fix.is_safe else "Unsafe fix"}: {_shown(one.fix.text)}</p>'
    reference = f" - {_shown(one.reference)}" if one.reference else ""
    return (
        f'<li class="finding {one.severity}"><span class="badge">{one.severity}</span> '
        f'<a href="#{anchor}">{one.code} {_shown(one.name)}</a><p>{_shown(one.message)}</p>'
        f'<p class="small">{where}{reference}</p>{mend}</li>'
    )


def _part(entity: Entity) -> str:
    part = entity.part
    said = [part.content_type.essence]
    if part.content_type.charset:
        said.append(f"charset={part.content_type.charset}")
    said += [one for one in (part.transfer_encoding, part.filename) if one]
    number = f"{entity.path} " if entity.path else ""
    depth = min(entity.depth, _DEEPEST)
    size = _counted(part.size, "octet")
    return f'<li class="d{depth}">{_shown(f"{number}{chr(32).join(said)}")} ({size})</li>'


# -- source


def _source(octets: bytes, checked: Checked, section: str) -> str:
    """Give the lines, the octets of findings marked; of a long message those around findings."""
    starts = [0]
    at = octets.find(b"\n")
    while at >= 0:
        starts.append(at + 1)
        at = octets.find(b"\n", at + 1)
    if starts[-1] == len(octets) and len(starts) > 1:
        starts.pop()
    wanted = _wanted(checked.findings, starts)
    pieces = _Pieces(octets, checked.findings, section)
    shown: list[str] = []
    last = -1
    for number in wanted:
        if number > last + 1:
            shown.append(_gap(number - last - 1))
        end = starts[number + 1] if number + 1 < len(starts) else len(octets)
        line = pieces.line(starts[number], end)
        shown.append(f'<span data-n="{checked.source.first_line + number + 1}">{line}</span>')
        last = number
    if last + 1 < len(starts):
        shown.append(_gap(len(starts) - last - 1))
    return "".join(shown)


def _gap(lines: int) -> str:
    said = _counted(lines, "line")
    return f'<span class="gap" data-n="">... {said}</span>'


def _wanted(findings: tuple[Finding, ...], starts: list[int]) -> list[int]:
    if len(starts) <= _WHOLE:
        return list(range(len(starts)))
    wanted: set[int] = set()
    for one in findings:
        line = bisect_right(starts, one.start) - 1
        wanted.update(range(max(0, line - _AROUND), min(len(starts), line + _AROUND + 1)))
    return sorted(wanted)[:_WHOLE]


class _Pieces:
    """Writes lines as markup, in order: a piece between two borders of findings is in a mark, or in none."""

    def __init__(self, octets: bytes, findings: tuple[Finding, ...], section: str) -> None:
        self._octets = octets
        self._begins = [(one.start, f"{section}f{place}", one) for place, one in enumerate(findings)]
        self._next = 0
        self._open: list[tuple[int, int]] = []  # a heap of ends, with the severity of each
        self._counts = [0] * len(SEVERITIES)
        self._borders = sorted({place for one in findings for place in (one.start, one.end)})

    def line(self, start: int, end: int) -> str:
        """Write one line."""
        shown_end = min(end, start + _LONGEST)
        # Findings in lines that were left out, or far back in a long one, still need their anchor.
        made = [self._begin(start)] if self._next < len(self._begins) and self._begins[self._next][0] < start else []
        cut = bisect_right(self._borders, start)
        place = start
        while place < shown_end:
            stop = self._borders[cut] if cut < len(self._borders) else shown_end
            stop = min(stop, shown_end)
            made.append(self._begin(place + 1))
            made.append(self._piece(place, stop))
            place, cut = stop, cut + 1
        if shown_end < end:
            made.append("...")
        if end == len(self._octets):
            made.append(self._begin(end + 1))
        return "".join(made)

    def _begin(self, before: int) -> str:
        """Open what begins before a place, and give its anchors; one without octets is a mark by itself."""
        made: list[str] = []
        while self._next < len(self._begins) and self._begins[self._next][0] < before:
            _, anchor, one = self._begins[self._next]
            self._next += 1
            if one.end > one.start:
                severity = SEVERITIES.index(one.severity)
                self._counts[severity] += 1
                heappush(self._open, (one.end, severity))
                made.append(f'<a id="{anchor}"></a>')
            else:
                made.append(f'<mark id="{anchor}" class="{one.severity}"></mark>')
        return "".join(made)

    def _piece(self, start: int, end: int) -> str:
        while self._open and self._open[0][0] <= start:
            self._counts[heappop(self._open)[1]] -= 1
        worst = [severity for severity, count in zip(SEVERITIES, self._counts, strict=True) if count]
        octets = self._octets[start:end]
        if not worst:
            return escape(visible.octets(octets.rstrip(b"\r\n"), pictures=True))
        return f'<mark class="{worst[-1]}">{escape(visible.octets(octets, pictures=True))}</mark>'
