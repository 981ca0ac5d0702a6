"""
Import.

A fresh interpreter that imports the package, less one that imports nothing, beside one that imports the parts of the
standard library that do the same work.
"""

from __future__ import annotations

import os
import subprocess
import sys
from functools import partial

from benchmarks.results import Line
from benchmarks.scenarios import Effort
from benchmarks.timing import Time, timed

UNIT = "ms"
BARE = "pass"
STATEMENTS = {"mimekit": "import mimekit", "email": "import email.message, email.policy, email.parser", BARE: BARE}


def measure(effort: Effort) -> list[Line]:
    """Start the interpreters in turn."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # what is measured is importing, not compiling
    calls = {
        who: partial(subprocess.run, [sys.executable, "-c", statement], check=True, env=environment)
        for who, statement in STATEMENTS.items()
    }
    times = timed(calls, seconds=effort.seconds, rounds=max(8, int(effort.seconds * 12)), loops=1)
    bare = times.pop(BARE)
    less = {who: Time(time.least - bare.least, time.median - bare.median) for who, time in times.items()}
    return [Line("a fresh interpreter", less, "email", 1)]
