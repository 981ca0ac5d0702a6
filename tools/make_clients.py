# ruff: noqa: INP001 - a script, no package
"""
Make `mimekit/lint/data/clients.txt`: which mail clients support which parts of HTML and CSS.

It reads the data of caniemail.com that the npm package caniemail carries:

    npm pack caniemail && tar xzf caniemail-*.tgz
    python tools/make_clients.py package > mimekit/lint/data/clients.txt
    cp package/LICENSE mimekit/lint/data/CANIEMAIL-LICENSE.txt
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

HEAD = """\
# What mail clients support of HTML, CSS and image formats: y (yes), n (no), a (partly), u (not known).
#
# Made by tools/make_clients.py of the npm package caniemail {version}, data of caniemail.com of {date};
# modified: the newest version of each client only, without notes.
#
# Copyright (c) Avi Goldman, Andrew Powell.  MIT licence: CANIEMAIL-LICENSE.txt beside this file.
"""
CATEGORIES = ("html", "css", "image")


def newest(versions: dict[str, str]) -> str:
    """Give the mark of the newest version: they are listed from the oldest on."""
    return list(versions.values())[-1].strip()[:1]


def main(package: Path) -> None:
    """Write the table."""
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    known = json.loads((package / "data" / "caniemail.json").read_text(encoding="utf-8"))
    features = [one for one in known["data"] if one["category"] in CATEGORIES]
    clients = sorted(
        {(family, platform) for one in features for family, platforms in one["stats"].items() for platform in platforms}
    )
    families, platforms = known["nicenames"]["family"], known["nicenames"]["platform"]
    out = [HEAD.format(version=version, date=known["last_update_date"][:10]).rstrip()]
    for family, platform in clients:
        out.append(f"! {family}.{platform} {families.get(family, family)}/{platforms.get(platform, platform)}")
    for one in sorted(features, key=lambda one: one["slug"]):
        stats = one["stats"]
        marks = [newest(stats[f][p]) if stats.get(f, {}).get(p) else "u" for f, p in clients]
        out.append(f"{one['slug']} {''.join(marks)} {one['title'].strip()}")
    sys.stdout.write("\n".join(out) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
