"""Importing: a fresh interpreter that imports the package, beside one that imports the standard library's parts."""

from __future__ import annotations

import os
import subprocess
import sys
from time import perf_counter

from benchmarks.timing import table

__all__ = ["run"]

STATEMENTS = ("pass", "import mimekit", "import email.message, email.policy, email.parser")


def run(*, seconds: float) -> None:
    """Print the shortest of many starts; *seconds* is about how long to measure."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is measured is importing, not compiling
    shortest = dict.fromkeys(STATEMENTS, float("inf"))
    for _ in range(max(8, int(seconds * 12))):
        for statement in STATEMENTS:
            start = perf_counter()
            subprocess.run([sys.executable, "-c", statement], check=True, env=environment)
            shortest[statement] = min(shortest[statement], perf_counter() - start)
    bare = shortest.pop("pass")
    rows = [(name, f"{(time - bare) * 1e3:.1f}") for name, time in shortest.items()]
    table("Import, a fresh interpreter less a bare one", ("statement", "ms"), rows)
