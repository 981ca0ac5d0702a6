"""
A session: one target run for some time, its finds and figures written down as it goes.

A find does not end the run: it is written once for each place that is to be mended, and the fuzzer goes on.

    inputs, one by one -> FOLDER/finds/*     octets of finds, and what is wrong beside them as .txt
                          FOLDER/slowest     the input that took longest
                          FOLDER/report.json the figures
"""

from __future__ import annotations

import json
from pathlib import Path
from time import monotonic
from typing import TypedDict

from tests.fuzzing.target import Target
from tests.fuzzing.watching import Find, Watch

__all__ = ["Figures", "Session"]

_REPORTED = 2
"""Seconds between two reports."""


class Figures(TypedDict):
    """What a session says of itself."""

    executions: int
    seconds: float
    slowest_seconds: float
    slowest_octets: int
    finds: list[str]


class Session:
    """One run of a target; *slowness* is that of `Watch`."""

    def __init__(self, target: Target, folder: Path, *, slowness: float = 1) -> None:
        (folder / "finds").mkdir(parents=True, exist_ok=True)
        self.watch = Watch(target, slowness=slowness)
        self.finds: dict[str, Find] = {}
        self.folder = folder
        self.started = self._reported = monotonic()
        self.report()

    def one_input(self, octets: bytes) -> None:
        """Run one input."""
        find = self.watch(octets)
        known = None if find is None else self.finds.get(find.key)
        if find is not None and (known is None or len(find.octets) < len(known.octets)):
            if known is not None:
                (self.folder / "finds" / known.file_name).unlink()
                (self.folder / "finds" / f"{known.file_name}.txt").unlink()
            self.finds[find.key] = find
            (self.folder / "finds" / find.file_name).write_bytes(find.octets)
            (self.folder / "finds" / f"{find.file_name}.txt").write_text(find.text, "utf-8", "backslashreplace")
            self.report()
        elif monotonic() - self._reported > _REPORTED:
            self.report()

    def report(self) -> None:
        """Write the figures: libFuzzer ends the process without a word to Python, so it happens as the run goes."""
        self._reported = monotonic()
        seconds, octets = self.watch.slowest
        (self.folder / "slowest").write_bytes(octets)
        figures = Figures(
            executions=self.watch.executions,
            seconds=round(self._reported - self.started, 1),
            slowest_seconds=round(seconds, 4),
            slowest_octets=len(octets),
            finds=sorted(self.finds),
        )
        (self.folder / "report.json").write_text(json.dumps(figures))
