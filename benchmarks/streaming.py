"""Streaming: a message over a file of 1 GiB, written block by block; its peak memory and its size beforehand."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import table

__all__ = ["run"]

SIZE = 2**30
PROGRAM = """
import sys
from pathlib import Path
def peak():
    "Give the most memory this process has had, in KiB; ru_maxrss would count its parent's."
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0])
before = peak()
from mimekit import Message
message = Message(from_="a@example.com", to="b@example.org", text="x", attachments=[Path(sys.argv[1])])
promised, written = message.size, 0
for block in message.iter_bytes():
    written += len(block)
after = peak()
assert promised == written, (promised, written)
print(written, (after - before) // 1024)
"""


def run(*, seconds: float) -> None:
    """Print the peak above the interpreter's own memory; *seconds* is not used: the file is what it is."""
    del seconds
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.bin"
        with path.open("wb") as file:
            file.truncate(SIZE)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(path)], check=True, capture_output=True, text=True, env=environment
        )
    written, peak = done.stdout.split()
    table(
        "Stream a 1 GiB attachment",
        ("octets written", "= .size", "peak MiB", "wanted"),
        [(written, "yes", peak, "< 40")],
    )
