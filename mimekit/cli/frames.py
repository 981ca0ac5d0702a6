r"""
Frames: a defect as a person sees it, with a caret under the octets it means.

    H011 error space-before-colon  (RFC 5322 4.5)
      at octet 412, line 9
         9 | Subject : Hello
           |        ^ white space before the colon of Subject

The line is shown octet by octet, what is not printable ASCII as ``\xNN``, so that columns are octets one can count.

    (octets of the message, Defect) -> lines of styled text

May import: `defects`.  Imported by: `cli.show`.
"""

from __future__ import annotations

__all__ = ["frame"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.cli.terminal import Segment
    from mimekit.defects import Defect

_BEFORE, _AFTER = 40, 72  # octets of a long line that are shown before and from the place that is meant
_SHOWN = {octet: f"\\x{octet:02x}" for octet in range(256)} | {octet: chr(octet) for octet in range(0x20, 0x7F)}
_SHOWN |= {
    0x09: "\\t",
    0x0A: "\\n",
    0x0D: "\\r",
}
_STYLES = {"error": "bold red", "warning": "bold yellow"}


def frame(octets: bytes, defect: Defect) -> Iterator[tuple[Segment, ...]]:
    """Yield the lines of one frame; each is a tuple of segments."""
    style = _STYLES.get(defect.severity, "bold")
    yield (f"{defect.code} {defect.severity}", style), f" {defect.name}  ({defect.reference})"
    yield (f"  at octet {defect.start:,}, line {defect.line:,}",)
    first, last = _line(octets, defect.start)
    start, end = max(first, defect.start - _BEFORE), min(last, defect.start + _AFTER)
    before = _visible(octets[start : defect.start])
    meant = _visible(octets[defect.start : min(defect.end, end)])
    cut, more = "..." if start > first else "", "..." if end < last else ""
    after = _visible(octets[max(min(defect.end, end), defect.start) : end])
    number = f"{defect.line}".rjust(6)
    yield (f"{number} | {cut}{before}{meant}{after}{more}",)
    carets = "^" * (len(meant) or 1)
    yield f"{' ' * len(number)} | {' ' * len(cut + before)}", (carets, style), f" {defect.detail or defect.name}"


def _line(octets: bytes, place: int) -> tuple[int, int]:
    """Give the start and end of the line at *place*; its line end is left away unless it is what is meant."""
    first = octets.rfind(b"\n", 0, place) + 1
    last = octets.find(b"\n", place)
    last = len(octets) if last < 0 else last
    if place >= last - 1:
        return first, min(last + 1, len(octets))
    return first, last - octets.endswith(b"\r", first, last)


def _visible(octets: bytes) -> str:
    return "".join([_SHOWN[octet] for octet in octets])
