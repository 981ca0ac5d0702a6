"""The interface has the types that `api` says, and what it says runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.typing import api

CLAIMS = [getattr(api, name) for name in vars(api) if name.startswith("what_") and name != "what_is_sent"]


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.__name__)
def test_what_a_type_checker_reads_runs_as_well(claim: Callable[..., None], tmp_path: Path) -> None:
    if "directory" in claim.__annotations__:
        claim(tmp_path)
    else:
        claim()
