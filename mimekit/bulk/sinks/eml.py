"""
A directory of .eml files, with a directory of their envelopes in it.

    item -> NAME.eml, envelopes/NAME.json

May import: `bulk.sinks.folder`, `errors`.  Imported by: `bulk.cluster`, `bulk.sinks`, `bulk.sinks.parquet`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.bulk.lines import show_path
from mimekit.bulk.sinks.folder import Folder
from mimekit.errors import BulkError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["EmlSink", "check_no_directory"]


def check_no_directory(path: Path) -> None:
    """Raise for a directory that has something in it."""
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        message = (
            f"{show_path(path)} is there already, without a journal that would tell what is in it; "
            f"give another directory, or move it away"
        )
        raise BulkError(message)


class EmlSink(Folder):
    """Writes into a new directory."""

    kind = "eml"
    suffix = ".eml"
    kept = (("", ".eml"), ("envelopes", ".json"))

    def places(self) -> tuple[Path, Path]:
        """Give the directory, twice: names that begin with a dot are no messages."""
        return self.path, self.path

    def check_new(self) -> None:
        """Raise for a directory that has something in it."""
        check_no_directory(self.path)
