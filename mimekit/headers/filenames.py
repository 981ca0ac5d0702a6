"""
File names: what a sender wrote, made safe to write under.

RFC 2183 2.3 warns that a name from a message must not choose a path.  `safe` gives a base name without separators,
control, bidi or reserved names; `write` puts octets under it inside one directory and nowhere else.

    (directory, name, octets) -> a file in that directory

May import: `errors`.  Imported by: `lint`, `part`, `replies`.
"""

from __future__ import annotations

import os
import re
import stat
from functools import cache

from mimekit.errors import ContentError, show

__all__ = ["default_name", "safe", "write"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_MAX_OCTETS = 255  # the limit of ext4, APFS and NTFS for one component

# Separators and the characters Windows refuses, controls, and what can make a name look like another one.

_EXTENSIONS = {
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "message/rfc822": ".eml",
    "message/global": ".eml",
    "application/pdf": ".pdf",
    "application/json": ".json",
    "application/xml": ".xml",
    "application/zip": ".zip",
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/svg+xml": ".svg",
}


@cache
def _unsafe() -> re.Pattern[str]:
    return re.compile(
        r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ud800-\udfff]'
    )


@cache
def _reserved() -> re.Pattern[str]:
    return re.compile(
        r"(?i)(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\.|\Z)"
    )


def default_name(essence: str) -> str:
    """Give a name for a part that has none, by its media type."""
    return "part" + _EXTENSIONS.get(essence, ".bin")


def safe(name: str) -> str:
    r"""
    Make *name* safe as the name of one file: at most 255 octets, no path, nothing hidden or reserved.

    >>> safe("../../etc/cron.d/x"), safe("C:\\Windows\\con.txt"), safe("")
    ('x', '_con.txt', 'part.bin')
    """
    base = re.split(r"[/\\]", name.rstrip("/\\"))[-1]
    base = _unsafe().sub("_", base).rstrip(" .").lstrip(" -.~")
    if _reserved().match(base):
        base = "_" + base
    stem, dot, extension = base.rpartition(".")
    if len(base.encode()) > _MAX_OCTETS - 8:  # room for a number
        kept = extension.encode()[:32].decode(errors="ignore") if dot else ""
        room = _MAX_OCTETS - 8 - len(kept.encode()) - 1
        base = (stem or base).encode()[:room].decode(errors="ignore") + (f".{kept}" if kept else "")
    return base or "part.bin"


def write(directory: str | Path, name: str, blocks: Iterable[bytes], *, overwrite: bool) -> Path:
    """
    Write *blocks* to a file of that name in *directory*; a taken name gets a number unless *overwrite*.

    All octets are written or no file is there; one that was overwritten is a new file, so that another name of the old
    one keeps its octets.  Raises `ContentError`, also for a link, which is not overwritten.
    """
    from pathlib import Path

    folder = Path(directory)
    if not folder.is_dir():
        message = f"{show(str(directory), 400)} is no directory; make it before saving into it"
        raise ContentError(message)
    target = folder / name
    try:
        return _replace(target, blocks) if overwrite else _add(target, blocks)
    except OSError as error:
        message = f"{show(str(target), 400)} cannot be written: {error.strerror or error}"
        raise ContentError(message) from None


def _add(target: Path, blocks: Iterable[bytes]) -> Path:
    """Write a file that is new, under a numbered name if that one is taken."""
    stem, dot, extension = target.name.rpartition(".")
    for number in range(10_000):
        numbered = f"{stem or target.name} ({number}){dot}{extension if stem else ''}"
        place = target.with_name(numbered) if number else target
        try:
            _create(place, blocks, 0o666)
        except FileExistsError:
            continue
        return place
    message = f"{show(str(target), 400)} and 9,999 numbered names beside it are taken; empty the directory"
    raise ContentError(message)


def _replace(target: Path, blocks: Iterable[bytes]) -> Path:
    """Write a file beside *target* and put it in its place, with its permissions."""
    mode = 0o666
    try:
        there = target.lstat().st_mode
    except FileNotFoundError:
        pass
    else:
        if not stat.S_ISREG(there):
            what = "a symbolic link, which may lead anywhere" if stat.S_ISLNK(there) else "no regular file"
            message = (
                f"{show(str(target), 400)} is {what}, and is not overwritten; remove it, or save under another name"
            )
            raise ContentError(message)
        mode = stat.S_IMODE(there) & mode
    made = target.with_name(f".{os.urandom(8).hex()}.part")
    _create(made, blocks, mode)
    try:
        made.replace(target)
    except OSError:
        made.unlink()
        raise
    return target


def _create(place: Path, blocks: Iterable[bytes], mode: int) -> None:
    """Write a file that is new; none is left when the octets end in the middle."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(place, flags, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            for block in blocks:
                file.write(block)
    except BaseException:
        place.unlink()
        raise
