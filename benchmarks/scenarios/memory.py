"""
Memory.

The most memory that a process has, above what the interpreter has before it imports the package: a message with a file
of 1 GiB attached, written block by block; and a bulk run of a million rows, not signed, into a sink that counts. Each
in a process of its own.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.results import Line
from benchmarks.scenarios import Effort
from benchmarks.timing import Time

UNIT = "MiB"

PEAK = """
import resource, sys
from pathlib import Path
def peak():
    "Give the most memory this process has had, in KiB; ru_maxrss counts its parent's too, so it comes second."
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().partition("VmHWM:")[2].split()[0])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)
before = peak()
"""
STREAM = """
from mimekit import Message
message = Message(from_="a@example.com", to="b@example.org", text="x", attachments=[Path(sys.argv[1])])
promised, written = message.size, 0
for block in message.iter_bytes():
    written += len(block)
assert promised == written, (promised, written)
"""


RUN = """
from benchmarks.counting import CountingSink
from benchmarks.newsletters import template
from benchmarks.samples import many_rows
from mimekit.bulk import run
count, early = int(sys.argv[1]), []
def watched():
    for number, row in enumerate(many_rows(count)):
        if number == count // 10:
            early.append((peak() - before) / 1024)
        yield row
sink = CountingSink()
run(template(), watched(), sink, workers=1)
assert sink.octets > 2000 * count
print(*early)
"""


def measure(effort: Effort) -> list[Line]:
    """Run each program and read the peak that it prints."""
    size = int(effort.part * 2**30)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.bin"
        with path.open("wb") as file:
            file.truncate(size)
        (stream,) = peaks_of(STREAM, str(path))
    count = int(effort.part * 1_000_000)
    early, late = peaks_of(RUN, str(count))
    return [
        Line(f"stream an attachment of {size // 2**20:,} MiB", {"mimekit": stream}, "", 40, "under"),
        Line(f"a bulk run of {count:,} rows", {"mimekit": late}, "", 150, "under"),
        Line("the same, after a tenth of the rows", {"mimekit": early}),
    ]


def peaks_of(program: str, *arguments: str) -> list[Time]:
    """Run *program* in an interpreter of its own; give what it prints, and last its peak above a bare one, in MiB."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([path for path in sys.path if path])}
    code = f"{PEAK}{program}\nprint((peak() - before) / 1024)\n"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], check=True, capture_output=True, text=True, env=environment
    )
    return [Time(float(peak), float(peak)) for peak in done.stdout.split()]
