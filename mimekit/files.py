"""
Files that are read while writing: what an attachment over 1 MiB is until the message goes out.

Its size is known beforehand, so that `Message.size` and SIZE (RFC 1870) need no second reading; a file that is not what
it was any more raises instead of breaking that promise.

    path -> size, octets in blocks, base64 lines in blocks

May import: `codecs`, `errors`, `frozen`.  Imported by: `assemble`, `cli`, `compose`, `guessing`,
`part`.
"""

from __future__ import annotations

import os

from mimekit.codecs import base64
from mimekit.errors import ContentError, show
from mimekit.frozen import Frozen, put

__all__ = ["File"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_PATH = 1000  # characters of a path that an error shows: its end is the name
_FILE_BLOCK = 57 * 4096  # octets read at once: whole base64 lines


class File(Frozen):
    """
    A file that is read while writing, always as base64; its size and times are those at construction.

    ``path`` is absolute, whatever was given.  A file that changed or went between construction and writing raises
    `ContentError`: its size is promised beforehand.  The time of the last change of any kind and the number of the file
    tell what was written over with the same size and time.
    """

    __slots__ = ("ctime_ns", "inode", "mtime_ns", "path", "size")

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    inode: int

    def __init__(self, path: str) -> None:
        status = os.stat(path)
        put(self, "path", os.path.abspath(path))
        put(self, "size", status.st_size)
        put(self, "mtime_ns", status.st_mtime_ns)
        put(self, "ctime_ns", status.st_ctime_ns)
        put(self, "inode", status.st_ino)

    @property
    def encoded_size(self) -> int:
        """Octets that `encoded` yields in all."""
        return base64.encoded_length(self.size)

    def blocks(self) -> Iterator[bytes]:
        """Yield the octets of the file in blocks; raise `ContentError` when it is not the file it was."""
        try:
            file = open(self.path, "rb")  # noqa: SIM115 - closed below
        except OSError as error:
            message = (
                f"{show(self.path, _PATH)} cannot be read: {error.strerror}; it was there when the message was built"
            )
            raise ContentError(message) from None
        with file:
            self._check(os.fstat(file.fileno()))
            left = self.size
            while left:
                block = file.read(min(_FILE_BLOCK, left))
                left -= len(block)
                if not block:
                    break
                yield block
            if left or file.read(1):
                self._changed()
            self._check(os.fstat(file.fileno()))

    def encoded(self) -> Iterator[bytes]:
        """Yield the base64 lines of the file (RFC 2045 6.8), in constant memory."""
        encoder = base64.Encoder()
        for block in self.blocks():
            yield encoder.update(block)
        yield encoder.finish()

    def _check(self, status: os.stat_result) -> None:
        known = self.size, self.mtime_ns, self.ctime_ns, self.inode
        if (status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino) != known:
            self._changed()

    def _changed(self) -> None:
        message = (
            f"{show(self.path, _PATH)} changed after the message was built: it had {self.size} octets; "
            f"build the message again, or attach a copy that nobody writes to"
        )
        raise ContentError(message)
