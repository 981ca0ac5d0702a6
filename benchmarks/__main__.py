"""
Run the benchmarks: all, or those that are named.

A whole run writes benchmarks/results/<date>.json, the tables that README.md and docs/explanation/performance.md show of
it, and the chart.  A quick one, or one of named parts, only prints; `--output` keeps it as a file.
"""

from __future__ import annotations

import argparse
import platform
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from benchmarks import results, scaling, signing, tables
from benchmarks.results import Results, Section
from benchmarks.scenarios import (
    Effort,
    Scenario,
    build,
    corpus,
    encode,
    imports,
    lint,
    memory,
    parse,
    round_trip,
    sign,
    template,
    template_attached,
    template_signed,
    verify,
    workers,
)
from benchmarks.timing import table

SCENARIOS: dict[str, Scenario] = {
    "build": build,
    "parse": parse,
    "corpus": corpus,
    "round-trip": round_trip,
    "base64": encode,
    "template": template,
    "template-attached": template_attached,
    "template-signed": template_signed,
    "sign": sign,
    "verify": verify,
    "lint": lint,
    "workers": workers,
    "import": imports,
    "memory": memory,
}
# These print tables of their own, and leave nothing in the results.
PRINTED = {"scaling": scaling.run, "signing": signing.run}
FULL, QUICK = Effort(seconds=2.0, part=1.0), Effort(seconds=0.15, part=0.05)


def section(name: str, effort: Effort) -> Section:
    """Measure one scenario and print what it found."""
    scenario = SCENARIOS[name]
    title, _, about = (scenario.__doc__ or name).strip().partition(".\n")
    found = Section(name, title, about.strip(), scenario.UNIT, tuple(scenario.measure(effort)))
    if found.lines:
        head, rows = tables.cells(found)
        table(title, head, [tuple(row) for row in rows])
    else:
        print(f"{title}: left out, what it needs is not there")
    return found


def main() -> None:
    """Do what the arguments say."""
    summary = (__doc__ or "").partition("\n\n")[0].strip()
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=summary)
    names = [*SCENARIOS, *PRINTED]
    parser.add_argument("names", nargs="*", choices=[*names, []], metavar="NAME", help=f"of {', '.join(names)}")
    parser.add_argument("--quick", action="store_true", help="rough figures, in less than a minute")
    parser.add_argument("--seconds", type=float, help="how long to measure each line (default: 2)")
    parser.add_argument("--output", type=Path, help="write the results to this file")
    arguments = parser.parse_args()
    effort = QUICK if arguments.quick else FULL
    if arguments.seconds:
        effort = effort._replace(seconds=arguments.seconds)
    started = perf_counter()
    is_whole = not arguments.names and not arguments.quick
    chosen = arguments.names or (SCENARIOS if arguments.quick else names)
    measured = tuple([section(name, effort) for name in chosen if name in SCENARIOS])
    for name in chosen:
        if name in PRINTED:
            PRINTED[name](seconds=min(effort.seconds, 0.5))
    today = datetime.now(UTC).date().isoformat()
    python = f"{platform.python_implementation()} {platform.python_version()}"
    found = Results(today, results.machine(), python, results.versions(), measured)
    if arguments.output:
        results.write(found, arguments.output)
    if is_whole:
        path = results.FOLDER / f"{today}.json"
        results.write(found, path)
        tables.update(results.read(path))
        print(f"written: {path}, and what shows it")
    print(f"{python}, {found.machine}, {perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
