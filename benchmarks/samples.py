"""The sample messages, bodies and rows that are measured: `MIMEKIT_SAMPLES`, or those beside the checkout."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

__all__ = ["many_rows", "rows", "sample"]


@cache
def sample(name: str) -> bytes:
    """Give the octets of a sample file; exit with a sentence when the folder is not there."""
    folder = Path(os.environ.get("MIMEKIT_SAMPLES") or Path(__file__).resolve().parents[2] / "shared" / "samples")
    path = folder / name
    if not path.is_file():
        message = f"the sample {path.name} is not in {folder}; set MIMEKIT_SAMPLES to the folder that has it"
        raise SystemExit(message)
    return path.read_bytes()


@cache
def rows() -> tuple[dict[str, str], ...]:
    """Give the 10,000 rows for the template, each different, every fourth with characters outside ASCII."""
    return tuple([json.loads(line) for line in sample("template/rows.jsonl").splitlines()])


def many_rows(count: int) -> Iterator[dict[str, str]]:
    """Give *count* rows, each different: those of the sample with other numbers and addresses."""
    known = rows()
    for number in range(count):
        yield {
            **known[number % len(known)],
            "number": f"2026-{number:07}",
            "email": f"customer{number}@mail{number % 97}.example.net",
        }
