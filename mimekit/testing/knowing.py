"""
Knowing: the differences between the known parsers and the standards that were looked into, with the standard's word.

They are data, ``known_differences.toml``; a comparison shows them apart from what is new.

    names of parsers -> rows of the table

May import: nothing.  Imported by: `testing.differential`.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mimekit.testing.disagreeing import Difference

__all__ = ["Known", "rows", "table"]


class Known(NamedTuple):
    """One difference that is known: where *parser* departs from *other*."""

    parser: str
    label: str
    """A pattern, as of `fnmatch`, for `Difference.label`."""
    constructs: tuple[str, ...]
    word: str
    """What the standard says, and who follows it."""
    references: tuple[str, ...]
    message: bytes
    """A message that shows it."""

    def explains(self, difference: Difference) -> bool:
        """Tell whether *difference* is likely to be this one."""
        return fnmatchcase(difference.label, self.label) and set(self.constructs) <= set(difference.constructs)


@cache
def rows() -> tuple[Known, ...]:
    """Give the whole table; ``{parser}`` and ``{other}`` in a label stand for the names of the two."""
    import tomllib

    text = resources.files("mimekit.testing").joinpath("known_differences.toml").read_text(encoding="utf-8")
    return tuple(
        [
            Known(
                row["parser"],
                row["label"],
                tuple(row["constructs"]),
                row["word"],
                tuple(row["references"]),
                row["message"].lstrip("\n").replace("\n", "\r\n").encode(),
            )
            for row in tomllib.loads(text)["difference"]
        ]
    )


def table(names: tuple[str, str]) -> Iterator[Known]:
    """Give the rows for two parsers, with their names in place."""
    for row in rows():
        for parser, other in (names, names[::-1]):
            if row.parser == parser:
                yield row._replace(label=row.label.format(parser=parser, other=other))
