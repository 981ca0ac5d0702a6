"""Past one machine with Spark: what its page says, on a Spark that the test starts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyarrow import parquet

from mimekit import bulk
from tests.support.clusters import run_section, spark_session, why_no_spark

pytestmark = [
    pytest.mark.skipif(why_no_spark() is not None, reason=why_no_spark() or ""),
    pytest.mark.filterwarnings("ignore", "error:::mimekit"),  # Spark has its own
]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    with spark_session():
        yield tmp_path


def test_what_the_page_says_of_spark_is_so_and_the_messages_are_those_of_one_machine(here: Path) -> None:
    run_section("Spark")
    template = bulk.Template.load("template.toml")
    table = parquet.read_table(here / "rows.parquet").to_batches()[0]
    written = parquet.read_table(here / "from-spark").to_pylist()
    found = {row["key"]: row for row in written}
    assert len(found) == len(written) == 12
    date = next(line for line in written[0]["data"].splitlines() if line.startswith(b"Date: "))
    assert date == b"Date: Tue, 24 Nov 2026 09:00:00 +0000"
    now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    expected = template.render_batch(table, key="email", run_id="may", now=now).to_pylist()
    assert found == {row["key"]: row for row in expected}
