"""
Base64 of an attachment.

1 MiB to lines of 76 columns that end with CRLF, beside one call of `binascii.b2a_base64`, which breaks no lines: the
limit of what Python can do. `base64.encodebytes` with its line ends replaced is what the standard library has.
"""

from __future__ import annotations

import base64 as standard
from binascii import b2a_base64
from functools import partial

from benchmarks.results import Line
from benchmarks.samples import sample
from benchmarks.scenarios import Effort
from benchmarks.timing import timed
from mimekit.codecs import base64

UNIT = "\u00b5s"


def encodebytes(data: bytes) -> bytes:
    """Encode with the standard library."""
    return standard.encodebytes(data).replace(b"\n", b"\r\n")


def measure(effort: Effort) -> list[Line]:
    """Encode 1 MiB."""
    data = (sample("pdf10k.bin") * 103)[: 2**20]
    assert base64.encode(data) == encodebytes(data)
    calls = {
        "mimekit": partial(base64.encode, data),
        "b2a_base64": partial(b2a_base64, data),
        "encodebytes": partial(encodebytes, data),
    }
    return [Line("1 MiB", timed(calls, seconds=2 * effort.seconds, rounds=21), "b2a_base64", 0.55, "share")]
