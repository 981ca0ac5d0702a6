# ruff: noqa: INP001 - a script, no package
"""
Make `mimekit/lint/data/scripts.txt` of the Unicode character database.

It reads Scripts.txt, ScriptExtensions.txt and PropertyValueAliases.txt, which Debian's package unicode-data puts into
/usr/share/unicode (``apt-get install unicode-data``), and joins ranges that stand side by side:

    python tools/make_scripts.py /usr/share/unicode > mimekit/lint/data/scripts.txt
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

HEAD = """\
# Which scripts each character belongs to: first and last code point, then the scripts (Script_Extensions, or Script).
#
# Made by tools/make_scripts.py of {source};
# modified: joined into ranges, names in full.
# Characters that are not here have the script Unknown.
#
# Copyright (c) 1991-2022 Unicode, Inc. All rights reserved.
# Distributed under the Terms of Use in https://www.unicode.org/copyright.html
# Permission and licence: UNICODE-LICENSE.txt beside this file.
"""
LINE = re.compile(r"([0-9A-F]+)(?:\.\.([0-9A-F]+))?\s*;\s*([^#]+?)\s*#")


def ranges(path: Path) -> list[tuple[int, int, str]]:
    """Read the lines of a file of the database: first, last, value."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        match = LINE.match(line)
        if match:
            found.append((int(match[1], 16), int(match[2] or match[1], 16), match[3]))
    return found


def names(path: Path) -> dict[str, str]:
    """Give the names of scripts in full by their four letters."""
    lines = [line.split("#")[0].split(";") for line in path.read_text(encoding="utf-8").splitlines()]
    return {line[1].strip(): line[2].strip() for line in lines if line[0].strip() == "sc"}


def main(folder: Path) -> None:
    """Write the table."""
    full = names(folder / "PropertyValueAliases.txt")
    of: dict[int, str] = {}
    for first, last, value in ranges(folder / "Scripts.txt"):
        of.update(dict.fromkeys(range(first, last + 1), value))
    for first, last, value in ranges(folder / "ScriptExtensions.txt"):
        extended = ",".join(sorted(full[short] for short in value.split()))
        of.update(dict.fromkeys(range(first, last + 1), extended))
    source = (folder / "Scripts.txt").read_text(encoding="utf-8").partition("\n")[0].strip("# ")
    sys.stdout.write(HEAD.format(source=f"{source} and ScriptExtensions.txt of the same version"))
    points = sorted(of)
    start = points[0]
    for point, after in zip(points, [*points[1:], -1], strict=True):
        if after != point + 1 or of[after] != of[start]:
            sys.stdout.write(f"{start:X} {point:X} {of[start]}\n")
            start = after


if __name__ == "__main__":
    main(Path(sys.argv[1]))
