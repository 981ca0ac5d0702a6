"""
The runner of `make fuzz`: the properties over many drawn messages, and every target, each in a process of its own.

    python -m tests.fuzzing [TARGET...] [--seconds N] [--jobs N] [--no-draw] [--folder FOLDER]

Prints a row for each target, and all of them as a table.  Inputs that break a promise stay in FOLDER/TARGET/finds, each
as short as it can be, with what is wrong beside it; what only was slow under the fuzzer is run once more without it.
The exit status is 1 when there is one.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import NamedTuple

from tests.fuzzing.target import load

__all__ = ["Row", "main", "table"]

_SECONDS = 85
"""Of a target: all of them are fuzzed for an hour, beside which the drawn messages take the second core."""
_DRAWN = ("test_strategies", "test_broken", "test_spellings", "test_promises")
"""Modules of ``tests/properties``, run under the profile ``fuzz``."""
_WANTED = 100_000
"""Examples that the properties of each draw, at least."""
_LATE = 600
"""Seconds that a process may take longer than it was told: an input may hang for five minutes."""
_LOG = "log"
_REACHED = re.compile(r" cov: (\d+) ft: (\d+) ")
_RUNS = re.compile(r"stat::number_of_executed_units: (\d+)")
_DREW = re.compile(r"drew (\d+) examples")
_TOOK = re.compile(r"; ([0-9.]+) s for (\d+) octets")
_HEAD = ("target", "seconds", "executions", "exec/s", "edges", "features", "slowest input", "finds")


class Row(NamedTuple):
    """The figures of one target."""

    name: str
    seconds: float
    executions: int
    reached: tuple[int, int] | None
    """Branches of mimekit that its inputs reach, and how often each, told apart; ``None`` without atheris."""
    slowest: tuple[float, int]
    """Seconds and octets, without the fuzzer."""
    finds: tuple[str, ...]
    """Files that break a promise."""

    def cells(self) -> tuple[str, ...]:
        """Give the row of the table."""
        edges, features = ("-", "-") if self.reached is None else map(str, self.reached)
        rate = f"{self.executions / self.seconds:,.0f}" if self.seconds else "-"
        slow = f"{self.slowest[0]:.3f} s, {self.slowest[1]} octets"
        counts = f"{self.seconds:,.0f}", f"{self.executions:,}", rate
        return self.name, *counts, edges, features, slow, str(len(self.finds))


def table(rows: list[Row]) -> str:
    """Give the table of all targets, and their sum."""
    total = Row(
        f"{len(rows)} targets",
        sum([row.seconds for row in rows]),
        sum([row.executions for row in rows]),
        None,
        max([row.slowest for row in rows], default=(0.0, 0)),
        tuple([one for row in rows for one in row.finds]),
    )
    lines = [_HEAD, *[row.cells() for row in rows], total.cells()]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(["  ".join([cell.ljust(width) for cell, width in zip(line, widths, strict=True)]).rstrip()
                      for line in lines])  # fmt: skip


def _draw(folder: Path) -> bool:
    """Run the properties over drawn messages; tell whether all hold, for as many examples as are wanted."""
    folder.mkdir(parents=True, exist_ok=True)
    return all([_drawn(name, folder / f"{name}.log") for name in _DRAWN])


def _drawn(name: str, log: Path) -> bool:
    started = monotonic()
    plugins = ("-p", "no:cacheprovider", "-p", "tests.fuzzing.counting")
    module = f"tests/properties/{name}.py"
    command = [sys.executable, "-m", "pytest", "-q", *plugins, "--hypothesis-profile=fuzz", module]
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    log.write_text(done.stdout + done.stderr)
    count = sum([int(drew) for drew in _DREW.findall(done.stdout)])
    said = "every property holds"
    if done.returncode:
        said = f"a property fails, see {log}"
    elif count < _WANTED:
        said = f"less than {_WANTED:,}: raise max_examples of the profile fuzz in tests/conftest.py"
    print(f"{name}: {count:,} examples, {monotonic() - started:.0f} s, {said}", flush=True)
    return not done.returncode and count >= _WANTED


def _fuzz(name: str, folder: Path, seconds: int) -> Row:
    """Fuzz one target in a process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in (folder / "finds").glob("*"):
        old.unlink()
    way = "guided" if find_spec("atheris") else "unguided"
    command = [sys.executable, "-m", f"tests.fuzzing.{way}", name, str(folder), str(seconds)]
    log, report = folder / _LOG, folder / "report.json"
    report.unlink(missing_ok=True)
    # libFuzzer ends a process without a word to Python, which could not take its folder away.
    with TemporaryDirectory(prefix="mimekit-fuzzing-") as scratch, log.open("wb") as file:
        try:
            done = subprocess.run(command, check=False, stdout=file, stderr=file, timeout=seconds + _LATE,
                                  env={**os.environ, "TMPDIR": scratch})  # fmt: skip
            status = done.returncode
        except subprocess.TimeoutExpired:
            file.write(b"the process did not end\n")
            status = 1
    finds = _confirmed(name, sorted((folder / "finds").glob("*")))
    if not report.exists():
        return Row(name, 0, 0, None, (0.0, 0), (*finds, str(log)))
    said, figures = log.read_text("utf-8", "replace"), json.loads(report.read_text())
    reached, runs = _REACHED.findall(said), _RUNS.findall(said)
    return Row(
        name,
        figures["seconds"],
        int(runs[-1]) if runs else figures["executions"],
        (int(reached[-1][0]), int(reached[-1][1])) if reached else None,
        _measured(name, folder / "slowest") or (figures["slowest_seconds"], figures["slowest_octets"]),
        finds or (() if not status else (str(log),)),
    )


def _replay(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tests.fuzzing.replay", *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=_LATE)


def _measured(name: str, file: Path) -> tuple[float, int] | None:
    """Measure an input without the fuzzer, of which every line takes several times as long."""
    with suppress(subprocess.TimeoutExpired):
        for seconds, octets in _TOOK.findall(_replay(name, str(file)).stdout):
            return float(seconds), int(octets)
    return None


def _confirmed(name: str, files: list[Path]) -> tuple[str, ...]:
    """Give the finds that are ones without the fuzzer too, made short, and those that ended its process."""
    kept = []
    for file in files:
        if file.suffix == ".txt":
            continue
        try:
            done = _replay(name, str(file), "--shrink")
        except subprocess.TimeoutExpired:
            kept.append(str(file))
            continue
        if done.returncode:
            file.with_name(f"{file.name}.txt").write_text(done.stdout + done.stderr)
            kept.append(str(file))
    return tuple(kept)


def main(arguments: list[str] | None = None) -> int:
    """Run what was asked for, print the table, and give the exit status."""
    names = sorted(load())
    asked = argparse.ArgumentParser(prog="python -m tests.fuzzing", description=__doc__.split("\n\n")[0])
    asked.add_argument("targets", nargs="*", metavar="TARGET", help=f"one of {', '.join(names)}; all by default")
    asked.add_argument("--seconds", type=int, default=_SECONDS, help="of each target (default: %(default)s)")
    asked.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets at once (default: all cores)")
    asked.add_argument("--no-draw", action="store_true", help="leave the properties over drawn messages out")
    asked.add_argument(
        "--folder", type=Path, default=Path("build/fuzz"), help="where all is kept (default: %(default)s)"
    )
    given = asked.parse_args(arguments)
    if unknown := set(given.targets) - set(names):
        asked.error(f"no target is named {min(unknown)}; there are {', '.join(names)}")
    started = monotonic()
    if not find_spec("atheris"):
        print("atheris is not installed: inputs are changed at random, and what code they reach is not known")
    with ThreadPoolExecutor(given.jobs) as pool:
        drawing = None if given.no_draw else pool.submit(_draw, given.folder)
        rows = []
        for row in pool.map(lambda name: _fuzz(name, given.folder / name, given.seconds), given.targets or names):
            rows.append(row)
            print("  ".join(row.cells()), flush=True)
    holds = drawing is None or drawing.result()
    finds = [(row.name, find) for row in rows for find in row.finds]
    print(f"\n{table(rows)}\n")
    for name, find in finds:
        if find.endswith(_LOG):
            print(f"{name}: the process ended too early; see {find}")
        else:
            print(f"{name}: see {find}.txt; replay it by\n  python -m tests.fuzzing.replay {name} {find}")
    said = f"{len(finds)} finds" if finds else "no find"
    print(f"{said}, {monotonic() - started:.0f} s in all" + ("" if holds else "; a property over drawn messages fails"))
    return 1 if finds or not holds else 0


if __name__ == "__main__":
    sys.exit(main())
