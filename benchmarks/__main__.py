"""Run the benchmarks: all, or those that are named."""

from __future__ import annotations

import argparse
import platform

from benchmarks import building, importing, parsing, scaling, streaming

SECTIONS = {
    "parsing": parsing.run,
    "building": building.run,
    "importing": importing.run,
    "streaming": streaming.run,
    "scaling": scaling.run,
}

parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
parser.add_argument("sections", nargs="*", choices=[*SECTIONS, []], help="all of them when none is named")
parser.add_argument("--seconds", type=float, default=2.0, help="how long to measure each row (default: 2)")
arguments = parser.parse_args()
print(f"{platform.python_implementation()} {platform.python_version()} on {platform.machine()}\n")
for section in arguments.sections or SECTIONS:
    SECTIONS[section](seconds=arguments.seconds)
