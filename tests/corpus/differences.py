"""
Tables of differences: where a peer expects something else than we read, and why that is not an error of ours.

A table is TOML beside the test.  Each section is a reason: its sentence, citing the RFC, and the places it explains.

    [default-type]
    why = "A Content-Type that cannot be read is text/plain (RFC 2045 5.2); the peer says application/octet-stream."
    where = ["jwz#28 1 type"]

    places and two values each -> how many were compared; AssertionError for a difference that no reason explains, and
    for an explanation that explains nothing any more
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

__all__ = ["Comparison", "explanations"]


class Comparison:
    """What was compared in one test, and what differed."""

    def __init__(self) -> None:
        """Begin with nothing compared."""
        self.compared = 0
        self.found: dict[str, str] = {}

    def same(self, where: str, *, ours: object, theirs: object) -> bool:
        """Compare two values at a place; give whether they are equal."""
        self.compared += 1
        if ours == theirs:
            return True
        assert where not in self.found, f"two comparisons have one name: {where}"
        self.found[where] = f"{where}: we read {ours!r:.300}, the peer {theirs!r:.300}"
        return False

    def check(self, table: str, prefix: str = "") -> str:
        """Hold the differences against the places of a table that begin with *prefix*; give the figures as text."""
        explained = {where: why for where, why in explanations(table).items() if where.startswith(prefix)}
        unexplained = [text for where, text in self.found.items() if where not in explained]
        gone = sorted(explained.keys() - self.found.keys())
        listing = "\n".join(unexplained)
        assert not unexplained, f"{len(unexplained)} differences without a reason in {table}:\n{listing}"
        assert not gone, f"these do not differ any more; take them out of {table}: {gone}"
        reasons = len(set(explained.values()))
        return f"{self.compared:,} values compared, {len(self.found):,} differ, explained by {reasons} reasons"


def explanations(table: str) -> dict[str, str]:
    """Read a table: each place with its reason."""
    sections = tomllib.loads((Path(__file__).parent / table).read_text(encoding="utf-8"))
    explained: dict[str, str] = {}
    for reason, section in sections.items():
        assert re.search("RFC|edition", section["why"]), f"{table}: {reason} cites no RFC"
        assert section["where"], f"{table}: {reason} explains nothing"
        for where in section["where"]:
            assert where not in explained, f"{table}: {where} is explained twice"
            explained[where] = reason
    return explained
