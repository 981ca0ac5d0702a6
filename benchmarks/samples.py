"""The sample messages and bodies that are measured: `MIMEKIT_SAMPLES`, or those beside the checkout."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

__all__ = ["sample"]


@cache
def sample(name: str) -> bytes:
    """Give the octets of a sample file; exit with a sentence when the folder is not there."""
    folder = Path(os.environ.get("MIMEKIT_SAMPLES") or Path(__file__).parents[2] / "shared" / "samples")
    path = folder / name
    if not path.is_file():
        message = f"the sample {path.name} is not in {folder}; set MIMEKIT_SAMPLES to the folder that has it"
        raise SystemExit(message)
    return path.read_bytes()
