"""
A Maildir of a run, with its envelopes: what `maildir.Outbox` reads back as deliveries.

    item -> new/NAME, envelopes/NAME.json

May import: `bulk.sinks.folder`, `errors`.  Imported by: `bulk.sinks`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from mimekit.bulk.lines import show_path
from mimekit.bulk.sinks.folder import Folder
from mimekit.errors import BulkError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

__all__ = ["MaildirSink"]

_INFO = re.compile(r"[:;!]2,")  # as in `maildir`


class MaildirSink(Folder):
    """Writes into a Maildir, a new one or one that has messages already."""

    kind = "maildir"

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self._read: frozenset[str] = frozenset()

    def places(self) -> tuple[Path, Path]:
        """Give ``tmp`` and ``new``."""
        return self.path / "tmp", self.path / "new"

    def check_new(self) -> None:
        """Raise for a directory that is no Maildir."""
        if self.path.exists() and not self.path.is_dir():
            message = f"{show_path(self.path)} is no directory, so no Maildir either"
            raise BulkError(message)
        if self.path.is_dir() and any(self.path.iterdir()) and not (self.path / "new").is_dir():
            message = f"{show_path(self.path)} has something in it and is no Maildir; give another directory"
            raise BulkError(message)

    def start(self, position: Mapping[str, Any] | None) -> None:
        """Make the directories, and see which messages a reader has moved already."""
        super().start(position)
        (self.path / "cur").mkdir(mode=0o700, exist_ok=True)
        names = [_INFO.split(entry.name)[0] for entry in (self.path / "cur").iterdir()]
        self._read = frozenset(names)

    def is_there(self, name: str) -> bool:
        """Whether a reader has moved this message from ``new`` to ``cur``."""
        return name in self._read
