"""
Replay: inputs run once more, without a fuzzer: what is wrong with each, or how long it took.

    python -m tests.fuzzing.replay TARGET FILE... [--shrink]

With ``--shrink`` a file that breaks a promise is made as short as it can be.  The exit status is 1 when there is one.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from tests.fuzzing.shrinking import shrunk
from tests.fuzzing.target import Target, load
from tests.fuzzing.watching import Find, Watch

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run files of one target, and give the exit status."""
    targets = load()
    asked = argparse.ArgumentParser(prog="python -m tests.fuzzing.replay", description=__doc__.split("\n\n")[0])
    asked.add_argument("target", choices=sorted(targets), metavar="TARGET")
    asked.add_argument("files", nargs="+", type=Path, metavar="FILE")
    asked.add_argument("--shrink", action="store_true", help="make a file shorter that breaks a promise")
    given = asked.parse_args(arguments)
    status = 0
    for path in given.files:
        watch = Watch(targets[given.target])
        octets = path.read_bytes()
        find = watch.judge(octets)
        if find is None:
            print(f"{path}: nothing is wrong; {watch.slowest[0]:.3f} s for {len(octets)} octets")
            continue
        status = 1
        if given.shrink and not find.is_slow:
            find = _shorter(find, watch.target)
            path.write_bytes(find.octets)
        print(f"{path}: {find.text.rstrip()}\n{len(find.octets)} octets: {find.octets[:2000]!r}")
    return status


def _shorter(find: Find, target: Target) -> Find:
    """Shrink a find to one in the same place."""
    watch = Watch(target)

    def does(octets: bytes) -> bool:
        other = watch.judge(octets)
        return other is not None and other.key == find.key

    return watch.judge(shrunk(find.octets, does)) or find


if __name__ == "__main__":
    sys.exit(main())
