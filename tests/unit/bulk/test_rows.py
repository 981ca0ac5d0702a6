"""Reading rows: every format gives the same, bad lines are told, nothing is held."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import feather, ipc, parquet

from mimekit.bulk import rows
from mimekit.bulk.rows import BadRow, digest, read
from mimekit.errors import BulkError

ROWS = [{"email": "ada@example.org", "name": 'Ada, "A"\nL.'}, {"email": "zoe@example.org", "name": "Zo\u00eb"}]


def listed(source: object) -> list[object]:
    reader = read(source)  # type: ignore[arg-type]  # as a test gives it
    try:
        return list(reader)
    finally:
        reader.close()


def file(tmp_path: Path, name: str, octets: bytes | str) -> Path:
    path = tmp_path / name
    path.write_bytes(octets.encode() if isinstance(octets, str) else octets)
    return path


# -- all formats


def as_csv(path: Path) -> Path:
    return file(path, "r.csv", 'email,name\r\nada@example.org,"Ada, ""A""\nL."\r\nzoe@example.org,Zo\u00eb\r\n')


def as_jsonl(path: Path) -> Path:
    return file(path, "r.jsonl", "".join([json.dumps(row) + "\n" for row in ROWS]))


def as_parquet(path: Path) -> Path:
    parquet.write_table(pa.Table.from_pylist(ROWS), path / "r.parquet", row_group_size=1)
    return path / "r.parquet"


def as_feather(path: Path) -> Path:
    feather.write_feather(pa.Table.from_pylist(ROWS), str(path / "r.feather"))
    return path / "r.feather"


def as_stream(path: Path) -> Path:
    table = pa.Table.from_pylist(ROWS)
    with ipc.new_stream(path / "r.arrow", table.schema) as writer:
        writer.write_table(table)
    return path / "r.arrow"


@pytest.mark.parametrize("write", [as_csv, as_jsonl, as_parquet, as_feather, as_stream])
def test_every_format_gives_the_same_rows(write: object, tmp_path: Path) -> None:
    assert listed(write(tmp_path)) == ROWS  # type: ignore[operator]  # one of the functions above


def test_an_iterable_is_read_as_it_is() -> None:
    given_rows = iter([{"a": Decimal(1)}, "no row"])
    assert listed(given_rows) == [{"a": Decimal(1)}, "no row"]


def test_rows_are_read_one_after_the_other() -> None:
    taken = []

    def endless() -> Iterator[dict[str, object]]:
        while True:
            taken.append(1)
            yield {}

    next(iter(read(endless())))
    assert len(taken) == 1


def test_the_columns_are_known_where_the_format_says_them(tmp_path: Path) -> None:
    for write in (as_csv, as_parquet, as_feather):
        reader = read(write(tmp_path))
        assert reader.columns == ("email", "name")
        reader.close()


@pytest.mark.parametrize("write", [as_csv, as_jsonl, as_parquet, as_feather])
def test_the_fraction_grows_to_one(write: object, tmp_path: Path) -> None:
    reader = read(write(tmp_path))  # type: ignore[operator]  # one of the functions above
    fractions = [reader.fraction for _ in reader]
    assert fractions[-1] == 1.0
    reader.close()


def test_batches_of_an_arrow_file_are_cut_into_small_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_BATCH", 2)
    many = [{"n": number} for number in range(7)]
    feather.write_feather(pa.Table.from_pylist(many), str(tmp_path / "r.feather"))
    assert listed(tmp_path / "r.feather") == many


# -- CSV


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("1,2,3", "line 2: it has 3 columns, and the first line names 2"),
        ("1", "line 2: it has 1 columns, and the first line names 2"),
        ('"1"x,2', "line 2: "),
        (f"1,{'x' * 200_000}", "line 2: field larger than field limit"),
    ],
)
def test_a_bad_line_of_csv_costs_no_other(line: str, reason: str, tmp_path: Path) -> None:
    bad, good = listed(file(tmp_path, "r.csv", f"a,b\n{line}\n3,4\n"))
    assert isinstance(bad, BadRow)
    assert bad.reason.startswith(reason)
    assert line.startswith(bad.text[:4])
    assert good == {"a": "3", "b": "4"}


def test_each_line_behind_a_quotation_mark_that_nobody_closes_is_a_bad_row(tmp_path: Path) -> None:
    found = listed(file(tmp_path, "r.csv", 'a,b\n1,"2\n3,4\n5,6\n'))
    assert found == [BadRow(text, "lines 2 to 4: unexpected end of data") for text in ('1,"2', "3,4", "5,6")]


def test_thousands_behind_an_open_quotation_mark_are_all_named(tmp_path: Path) -> None:
    lines = [f"r{number}@example.test,Reader {number}" for number in range(9000)]
    lines[3] = 'r3@example.test,"Reader 3'
    found = listed(file(tmp_path, "r.csv", "email,name\n" + "\n".join(lines) + "\n"))
    assert len(found) == 9000
    seen = [one.text if isinstance(one, BadRow) else ",".join(one.values()) for one in found]  # type: ignore[attr-defined]  # a dict
    assert seen == lines


@pytest.mark.parametrize(
    "lines",
    [
        ("email,name", 'ada@x.test,"Ada', "bob@x.test,Bob", 'eve@x.test,Eve"'),
        ("email,name", 'ada@x.test,"Ada', 'bob@x.test,Bob"'),
        ("name,email", '"Ada,ada@x.test', "Bob,bob@x.test", 'Eve",eve@x.test'),
    ],
)
def test_a_quotation_mark_that_is_closed_rows_later_shows_nobody_to_another(
    lines: tuple[str, ...], tmp_path: Path
) -> None:
    found = listed(file(tmp_path, "r.csv", "\r\n".join([*lines, "zoe@x.test,zoe@x.test"])))
    *bad, good = found
    assert [one.text for one in bad if isinstance(one, BadRow)] == [*lines[1:]]
    assert isinstance(bad[0], BadRow)
    assert bad[0].reason.startswith(f"lines 2 to {len(lines)}: they are one row, and one of them would be a row")
    assert good == dict.fromkeys(("email", "name"), "zoe@x.test")


def test_a_value_of_several_lines_with_commas_is_one_value(tmp_path: Path) -> None:
    text = "Dear Ada,\nhere, there, bob@x.test,\nyours"
    found = listed(file(tmp_path, "r.csv", f'email,note\nada@x.test,"{text}"\n'))
    assert found == [{"email": "ada@x.test", "note": text}]


def test_semicolons_between_columns_are_named(tmp_path: Path) -> None:
    with pytest.raises(BulkError, match="'name;email': columns are divided by commas here, not by ';'"):
        read(file(tmp_path, "r.csv", "name;email\nAda;ada@x.test\n"))


def test_empty_lines_and_a_byte_order_mark_are_passed_over(tmp_path: Path) -> None:
    assert listed(file(tmp_path, "r.csv", b"\xef\xbb\xbfa\r\n\r\n1\r\n\r\n")) == [{"a": "1"}]


@pytest.mark.parametrize(
    ("octets", "reason"), [("", "names no columns"), ("a,b,a\n", "names 'a' twice"), ('"a"b\n', "no line of CSV")]
)
def test_a_first_line_that_names_no_columns_is_an_error(octets: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(BulkError, match=reason):
        read(file(tmp_path, "r.csv", octets))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.text(max_size=6), min_size=2, max_size=2), max_size=5))
def test_what_csv_writes_is_read_back(tmp_path_factory: pytest.TempPathFactory, values: list[list[str]]) -> None:
    import csv

    path = tmp_path_factory.mktemp("rows") / "r.csv"
    with path.open("w", encoding="utf-8", errors="surrogateescape", newline="") as out:
        writable = [[cell.encode("utf-8", "replace").decode() for cell in line] for line in values]
        csv.writer(out, quoting=csv.QUOTE_ALL).writerows([["a", "b"], *writable])
    assert listed(path) == [{"a": first, "b": second} for first, second in writable]


# -- JSON lines


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "line 1 is no JSON: "),
        (b"[1]", "line 1 is no JSON object, but an array"),
        (b"null", "line 1 is no JSON object, but null"),
        (b'{"a": "\xff"}', "line 1 is no JSON: it is not UTF-8"),
        (b'{"a": 1, "a": 2}', "line 1 is no JSON: it names 'a' twice"),
        (b"[" * 100_000, "line 1 is no JSON: it is nested too deeply"),
        (b'{"a": ' + b"9" * 5000 + b"}", "line 1 is no JSON: "),
    ],
)
def test_a_bad_line_of_json_costs_no_other(line: bytes, reason: str, tmp_path: Path) -> None:
    bad, good = listed(file(tmp_path, "r.jsonl", line + b'\n\n{"a": 1}'))
    assert isinstance(bad, BadRow)
    assert bad.reason.startswith(reason)
    assert len(bad.text) <= 4096
    assert good == {"a": 1}


def test_a_line_that_has_no_end_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "_LONGEST", 100)
    bad, good = listed(file(tmp_path, "r.jsonl", b'{"a": "' + b"x" * 1000 + b'"}\n{"a": 2}\n'))
    assert isinstance(bad, BadRow)
    assert bad.reason == "line 1 has more than 100 octets"
    assert good == {"a": 2}


# -- what cannot be read


@pytest.mark.parametrize("name", ["r.parquet", "r.arrow"])
def test_a_file_that_is_not_what_its_name_says_is_an_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(BulkError, match="cannot be read"):
        read(file(tmp_path, name, "something else"))


@pytest.mark.parametrize("name", ["r.parquet", "r.arrow"])
def test_two_columns_of_one_name_are_an_error(name: str, tmp_path: Path) -> None:
    table = pa.table([pa.array(["ada@x.test"]), pa.array(["zoe@x.test"])], names=["email", "email"])
    if name == "r.parquet":
        parquet.write_table(table, tmp_path / name)
    else:
        feather.write_feather(table, str(tmp_path / name))
    with pytest.raises(BulkError, match="it has the column 'email' twice"):
        read(tmp_path / name)


def test_a_row_of_a_database_is_a_mapping() -> None:
    with sqlite3.connect(":memory:") as base:
        base.row_factory = sqlite3.Row
        found = listed(base.execute("SELECT 'ada@x.test' AS email, 7 AS number"))
        assert found == [{"email": "ada@x.test", "number": 7}]
        (bad,) = listed(base.execute("SELECT 'ada@x.test' AS email, 'zoe@x.test' AS email"))
    base.close()
    assert isinstance(bad, BadRow)
    assert bad.reason == "the row has 'email' twice"


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("rows.xlsx", "a suffix that is known is one of .csv"),
        ("missing.csv", "No such file"),
        (7, "give a path or an iterable"),
        (b"a,b", "give a path or an iterable"),
    ],
)
def test_a_source_that_is_none_is_an_error(source: object, reason: str) -> None:
    with pytest.raises(BulkError, match=reason):
        read(source)  # type: ignore[arg-type]  # that is the point


def test_the_digest_is_that_of_the_octets_and_not_of_the_place(tmp_path: Path) -> None:
    one, same, other = (
        file(tmp_path, name, octets) for name, octets in (("a.csv", "a\n1\n"), ("b.csv", "a\n1\n"), ("c.csv", "a\n2\n"))
    )
    assert digest(one) == digest(same) != digest(other)
    assert digest([{"a": 1}]) is None
