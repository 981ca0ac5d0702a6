"""
Makers of the examples of family H that no few lines can say: what is long, and what came before.

    name -> octets, context

May import: `lint.examples`, `lint.context`.  Imported by: `lint.rules.headers`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.lint.examples import example, maker

if TYPE_CHECKING:
    from mimekit.lint.examples import Made

__all__: list[str] = []

_WORDS = b" ".join([b"order %d" % number for number in range(10_000, 10_120)])  # 1,439 octets


@maker
def header_line_of_1400_octets(_: str) -> Made:
    """Give a message with a Comments field of one line that is too long."""
    return example(f"Comments: {_WORDS.decode()}")


@maker
def body_line_of_1400_octets(_: str) -> Made:
    """Give a message whose text is one line that is too long."""
    return example(f"Subject: Your orders\n\n{_WORDS.decode()}")


@maker
def header_of_110_kib(_: str) -> Made:
    """Give a message with 1,500 fields of 75 octets."""
    line = "this field says nothing but is as long as many of those that programs add."
    return example("\n".join([f"X-Note-{number}: {line[: 64 - len(str(number))]}" for number in range(1500)]))


@maker
def message_id_of_another(_: str) -> Made:
    """Give a message whose Message-ID another message of the run has."""
    from mimekit.lint.engine import check

    seen: set[tuple[str, ...]] = set()
    octets, context = example("Subject: Your order 10482")
    check(example("Subject: Your order 10481")[0], select="H214", context=context.changed(seen=seen))
    return octets, context.changed(seen=seen)
