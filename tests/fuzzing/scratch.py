"""A folder for targets that read and write files; the runner gives each process one, and takes it away afterwards."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["folder"]


@cache
def _made() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="mimekit-fuzzing-")


def folder() -> Path:
    """Give the folder, which is made when it is first asked for, and goes when the process ends by itself."""
    return Path(_made().name)
