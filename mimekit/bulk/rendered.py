"""
`Rendered`: the deliveries of many rows, one after the other, where a bad row costs no other.

    a template, rows -> deliveries, and the errors of rows that were passed over

May import: `errors`.  Imported by: `bulk.template`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mimekit.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from mimekit.bulk.template import Template
    from mimekit.delivery import Delivery

__all__ = ["Rendered"]


class Rendered:
    """The deliveries of rows, made while they are read; ``errors`` holds the errors of rows that were passed over."""

    def __init__(
        self,
        template: Template,
        rows: Iterable[Mapping[str, object]],
        on_error: str | Callable[[int, Mapping[str, object], TemplateError], object],
    ) -> None:
        self.errors: list[TemplateError] = []
        self._deliveries = self._rendered(template, rows, on_error)

    def __iter__(self) -> Iterator[Delivery]:
        return self._deliveries

    def __next__(self) -> Delivery:
        return next(self._deliveries)

    def _rendered(
        self,
        template: Template,
        rows: Iterable[Mapping[str, object]],
        on_error: str | Callable[[int, Mapping[str, object], TemplateError], object],
    ) -> Iterator[Delivery]:
        render = template.render
        for number, row in enumerate(rows):
            try:
                delivery = render(row)
            except TemplateError as error:
                error.row = number
                if not isinstance(on_error, str):
                    on_error(number, row, error)
                elif on_error == "raise":
                    raise
                else:
                    self.errors.append(error)
                continue
            yield delivery
