"""
Catching mail on its way out, whichever way that is.

A `Catching` is in place for one test.  While it *holds*, what is sent is taken and goes nowhere: no connection is
opened, and a server in this process answers.  Else it is taken and goes where it would have gone.

    a test that sends -> Caught, one for each message

May import: `testing`.  Imported by: `testing.amazon`, `testing.clients`, `testing.frameworks`, `testing.watching`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.testing.outbox import Caught
from mimekit.testing.patching import Patches

if TYPE_CHECKING:
    from collections.abc import Callable

    from mimekit.testing.dialogue import Mailing

    Take = Callable[[Caught], None]

__all__ = ["Catching"]


class Catching:
    """
    What is in place to catch mail: patches of every way out that is known.

    *take* is called with each message, in the thread that sends it.
    """

    def __init__(self, take: Take) -> None:
        self.take = take
        self._patches = Patches()
        self.holds = False
        """Whether what is taken goes no further."""

    def start(self) -> None:
        """Put the patches in place; modules that nobody has imported yet are patched when somebody does."""
        from mimekit.testing import amazon, clients, frameworks

        for ways in (clients, frameworks, amazon):
            ways.patch(self._patches, self)

    def stop(self) -> None:
        """Put everything back."""
        self._patches.undo()

    def taker(self, backend: str) -> Callable[[Mailing], None]:
        """Give what takes a transaction."""

        def take(mailing: Mailing) -> None:
            self.take(Caught(backend, mailing))

        return take
