"""Make rows for the newsletter: ``python make_rows.py 100000 > rows.csv``; the same number gives the same rows."""

from __future__ import annotations

import csv
import random
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST = ["Ada", "Grace", "Alan", "Barbara", "Edsger", "Frances", "Jörg", "Zoë", "Łukasz", "Søren", "Ελένη", "小春"]
LAST = ["Miller", "O'Brien", "Walker", "Young", "Baker", "Scott", "Müller", "Ångström", "Nguyễn", "Παππά", "山田"]
CITIES = ["Leeds", "Boston", "Dublin", "Perth", "Cork", "München", "Łódź", "Malmö", "São Paulo", "京都"]
TITLES = ["A Year of Stars", "Salt & Stone", "The <Pocket> Atlas", 'The "Blue" Door', "Die Brücke", "Ночной поезд"]
COLUMNS = ("email", "name", "city", "title", "number", "token")


def rows(many: int) -> Iterator[tuple[str, ...]]:
    """Yield so many rows, no two alike."""
    draw = random.Random(5322)  # noqa: S311 - the same rows every time
    for number in range(many):
        name = f"{draw.choice(FIRST)} {draw.choice(LAST)}"
        email = f"reader{number}@mail{number % 97}.test"
        token = f"{draw.getrandbits(96):024x}"
        yield email, name, draw.choice(CITIES), draw.choice(TITLES), str(number), token


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="")  # type: ignore[union-attr]  # it is a file here
    writer = csv.writer(sys.stdout)
    writer.writerow(COLUMNS)
    writer.writerows(rows(int(sys.argv[1]) if len(sys.argv) > 1 else 12))
