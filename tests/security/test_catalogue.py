"""Every published advisory of the catalogue is accounted for, by a test that exists or by a reason."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
CATALOGUE: list[dict[str, Any]] = tomllib.loads((HERE / "catalogue.toml").read_text())["advisory"]

# The numbers of the catalogue run from 1 to 131; the others were taken out as doubles of one of these.
NUMBERS = [
    *(1, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15, 17, 18, 19, 21, 22, 23, 25, 26, 27, 29, 30, 31, 33, 34, 35, 37, 38, 39),
    *(41, 42, 43, 45, 46, 47, 49, 50, 51, 53, 54, 55, 57, 58, 59, 61, 62, 63, 65, 66, 67, 69, 70, 71, 73, 74, 75, 77),
    *(78, 79, 81, 82, 83, 85, 86, 87, 89, 90, 91, 93, 94, 95, 97, 98, 99, 101, 102, 103, 105, 106, 107, 109, 110, 111),
    *(113, 114, 115, 117, 118, 119, 121, 122, 123, 125, 126, 127, 129, 130, 131),
]


@pytest.fixture(scope="module")
def collected() -> set[str]:
    """Give the ids of all tests beside this file, with and without their parameters."""
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-p",
        "no:cacheprovider",
        "--no-header",
        str(HERE),
    ]
    run = subprocess.run(command, cwd=HERE.parents[1], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-2000:] + run.stderr[-2000:]
    found = re.findall(r"(?m)^tests/security/(\S+\.py::.+)$", run.stdout)
    return {*found, *[test.partition("[")[0] for test in found]}


def test_every_advisory_is_there_once() -> None:
    assert len(NUMBERS) == 99
    assert [row["n"] for row in CATALOGUE] == NUMBERS
    assert len({row["id"] for row in CATALOGUE}) == len(CATALOGUE)


def test_every_advisory_has_a_test_or_a_reason() -> None:
    for row in CATALOGUE:
        assert set(row) <= {"n", "id", "library", "tests", "why"}
        assert row.get("tests") or row.get("why"), row
        assert row.get("why", "a.").endswith(".")


def test_every_named_test_exists(collected: set[str]) -> None:
    missing = [test for row in CATALOGUE for test in row.get("tests", ()) if test not in collected]
    assert not missing


def test_every_named_test_bears_the_number() -> None:
    for row in CATALOGUE:
        bears = re.compile(rf"(?:\(|_){row['n']}(?:\)|_|\[|\Z)")
        for test in row.get("tests", ()):
            assert bears.search(test), (row["n"], test)


def test_every_number_in_a_test_id_is_of_the_catalogue(collected: set[str]) -> None:
    claimed = {int(number) for test in collected for number in re.findall(r" \((\d+)\)[]\-]", test)}
    assert claimed <= set(NUMBERS)
