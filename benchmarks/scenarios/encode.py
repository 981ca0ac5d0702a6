"""
Base64 of an attachment.

1 MiB to lines of 76 columns that end with CRLF, beside one call of `binascii.b2a_base64`, which breaks no lines: the
limit of what Python can do. `base64.encodebytes` with its line ends replaced is what the standard library has. All run
in a process whose allocator keeps what is freed: to get a mebibyte from the system anew takes as long as to encode it,
and which of the calls pays for that would be chance.
"""

from __future__ import annotations

import base64 as standard
import os
from binascii import b2a_base64
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from unittest.mock import patch

from benchmarks.results import Line
from benchmarks.samples import sample
from benchmarks.scenarios import Effort
from benchmarks.timing import Time, timed
from mimekit.codecs import base64

UNIT = "\u00b5s"
KEEPING = {f"MALLOC_{name}_THRESHOLD_": str(2**25) for name in ("MMAP", "TRIM")}  # of glibc; others pass over them


def encodebytes(data: bytes) -> bytes:
    """Encode with the standard library."""
    return standard.encodebytes(data).replace(b"\n", b"\r\n")


def measure(effort: Effort) -> list[Line]:
    """Encode 1 MiB, in a process of its own."""
    with patch.dict(os.environ, KEEPING), ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        times = pool.submit(_times, effort).result()
    return [Line("1 MiB", times, "b2a_base64", 0.55, "share")]


def _times(effort: Effort) -> dict[str, Time]:
    data = (sample("pdf10k.bin") * 103)[: 2**20]
    assert base64.encode(data) == encodebytes(data)
    calls = {
        "mimekit": partial(base64.encode, data),
        "b2a_base64": partial(b2a_base64, data),
        "encodebytes": partial(encodebytes, data),
    }
    return timed(calls, seconds=2 * effort.seconds, rounds=21)
