"""Batches: one message for each row, whatever the row, and the octets that a run gives."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from mimekit.bulk import Template, run
from mimekit.bulk.sinks.parquet import schema
from mimekit.dkim import Signer, SigningKey, generate_key
from mimekit.errors import BulkError

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TEMPLATE = Template(
    from_="Shop <shop@example.com>",
    to="{name} <{email}>",
    subject="Receipt {number}",
    text="Dear {name},\n\nreceipt {number} is paid.\n",
    html="<p>Dear {name}, receipt {number} is paid.</p>",
    mail_from="bounces+{number}@example.com",
    tags={"receipt": "{number}"},
    notify="NEVER",
)
OPTIONS: dict[str, Any] = {"run_id": "may", "now": NOW}


def rows(many: int) -> list[dict[str, object]]:
    return [
        {"id": f"C-{number}", "email": f"r{number}@example.test", "name": f"Read\u00e9r {number}", "number": number}
        for number in range(many)
    ]


def batch(given: list[dict[str, object]]) -> Any:
    return pa.RecordBatch.from_pylist(given)


def test_every_row_has_its_row_with_what_the_parquet_sink_of_a_run_writes(tmp_path: Path) -> None:
    given = rows(9)
    given[4]["email"] = "no address"
    given[6]["id"] = None
    run(TEMPLATE, given, f"parquet:{tmp_path / 'out'}", key="id", **OPTIONS)
    expected = parquet.read_table(tmp_path / "out" / "part-000000.parquet")
    found = TEMPLATE.render_batch(batch(given), key="id", **OPTIONS)
    assert isinstance(found, pa.RecordBatch)
    assert found.schema == schema()
    assert found.to_pylist() == expected.to_pylist()
    assert [row["data"] is None for row in found.to_pylist()] == [number in (4, 6) for number in range(9)]
    assert "no address" in found["error"][4].as_py()
    assert found["handover"][0].as_py() is not None


def test_how_rows_are_cut_into_batches_and_who_renders_them_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "key.pem").write_bytes(generate_key().to_pem())
    (tmp_path / "key.pem").chmod(0o600)
    signer = Signer("example.com", selector="s", key=SigningKey.load(tmp_path / "key.pem"))
    template = Template(from_="a@example.com", to="{email}", text="{name} {number}", signer=signer)
    whole = template.render_batch(batch(rows(6)), key="id", **OPTIONS).to_pylist()
    other = pickle.loads(pickle.dumps(template))
    parts = [batch(rows(6)).slice(start, 2) for start in (4, 0, 2)]
    found = [row for part in parts for row in other.render_batch(part, key="id", **OPTIONS).to_pylist()]
    assert sorted(found, key=lambda row: row["key"]) == whole
    assert b"DKIM-Signature: " in whole[0]["data"]


def test_a_table_is_rendered_too_and_nothing_gives_nothing() -> None:
    table = pa.Table.from_batches([batch(rows(2)), batch(rows(3))])
    assert TEMPLATE.render_batch(table, key="id", **OPTIONS).num_rows == 5
    nothing = TEMPLATE.render_batch(batch(rows(1)).slice(0, 0), key="id", **OPTIONS)
    assert (nothing.num_rows, nothing.schema) == (0, schema())


def test_a_key_may_be_a_field_of_the_template() -> None:
    template = Template(from_="a@example.com", to="{email}", text="hello")
    found = template.render_batch(batch([{"email": "x@example.test"}]), key="email", **OPTIONS)
    assert found["key"].to_pylist() == ["x@example.test"]


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"key": "missing"}, "no column 'missing', which is to be the key"),
        ({"run_id": None}, "run_id is None"),
        ({"run_id": ""}, "run_id is ''"),
        ({"now": datetime(2026, 1, 1)}, "aware"),
    ],
)
def test_what_concerns_all_rows_is_an_error(options: dict[str, Any], reason: str) -> None:
    with pytest.raises(BulkError, match=reason):
        TEMPLATE.render_batch(batch(rows(1)), **{"key": "id", **OPTIONS, **options})


def test_a_column_that_nobody_uses_is_an_error_as_in_a_run() -> None:
    with pytest.raises(BulkError, match="the column 'city', which the template does not use"):
        TEMPLATE.render_batch(batch([{**rows(1)[0], "city": "Cork"}]), key="id", **OPTIONS)
    with pytest.raises(BulkError, match="give a RecordBatch"):
        TEMPLATE.render_batch(rows(1), key="id", **OPTIONS)
