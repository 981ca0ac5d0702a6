"""
Guided: one target under atheris, which keeps every input that reaches code that none reached before.

What ends the process, an input that hangs for good or takes all memory, libFuzzer itself leaves in the folder.

    python -m tests.fuzzing.guided TARGET FOLDER SECONDS -> what a `session` writes, FOLDER/corpus/*

``corpus`` is what is worth keeping for the next run.  Imports atheris, which only `make fuzz` installs.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from random import Random

import atheris

_APART = {"__main__", "cli", "strategies", "testing", "smtp"}
"""What no target calls."""

with atheris.instrument_imports(include=["mimekit"]):
    import mimekit

    # Also what is imported on first use: later it would not be seen.
    for _found in walk_packages(mimekit.__path__, "mimekit."):
        if _found.name.split(".")[1] not in _APART:
            with suppress(ImportError):  # of an extra that is not installed
                import_module(_found.name)
    from tests.fuzzing import target as targets
    from tests.fuzzing.mutating import DICTIONARY, mutated
    from tests.fuzzing.seeds import seeds
    from tests.fuzzing.session import Session

    targets.load()

__all__ = ["main"]

_SLOWNESS = 4.0
"""How much slower instrumented code is, about; what is found to be slow is judged again without it."""
_HANGS = 300
"""Seconds of one input after which libFuzzer ends the process."""
_MEMORY = 3000
"""MB, likewise."""
_OURS = 0.6
"""How many of the changes to an input are those of `mutating`, and not the fuzzer's own."""
_GROWS = 64
"""Octets by which one change of the fuzzer's own makes an input longer."""


def main(name: str, folder: Path, seconds: int) -> None:
    """Fuzz one target for some seconds; the figures of libFuzzer go to standard error."""
    target = targets.TARGETS[name]
    others = seeds(target.seeds)
    for where in ("corpus", "seeds"):
        (folder / where).mkdir(parents=True, exist_ok=True)
    for octets in others:
        (folder / "seeds" / sha256(octets).hexdigest()[:16]).write_bytes(octets)
    session = Session(target, folder, slowness=_SLOWNESS)

    def mutate(octets: bytes, most: int, seed: int) -> bytes:
        draw = Random(seed)
        if draw.random() < _OURS:
            return mutated(octets, draw, others, most)
        return bytes(atheris.Mutate(octets, min(len(octets) + _GROWS, most)))

    options = [
        f"-max_total_time={seconds}",
        f"-timeout={_HANGS}",
        f"-rss_limit_mb={_MEMORY}",
        f"-max_len={target.most}",
        f"-dict={DICTIONARY}",
        f"-artifact_prefix={folder}/finds/",
        "-print_final_stats=1",
        "-len_control=0",
    ]
    atheris.Setup(
        [sys.argv[0], *options, str(folder / "corpus"), str(folder / "seeds")],
        session.one_input,
        custom_mutator=mutate,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
