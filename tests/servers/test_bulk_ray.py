"""Past one machine with Ray: the messages that one machine makes, on a cluster of two workers that the test starts."""

from __future__ import annotations

import errno
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import feather, parquet

from mimekit import Delivery, ses
from mimekit.bulk import Summary, Template, cluster, run
from mimekit.dkim import Signer, SigningKey, generate_key
from mimekit.errors import BulkError, PayloadError
from tests.support.clusters import ray_cluster, run_section, why_no_ray

pytestmark = [
    pytest.mark.skipif(why_no_ray() is not None, reason=why_no_ray() or ""),
    pytest.mark.xdist_group("ray"),  # one cluster
    pytest.mark.filterwarnings("ignore", "error:::mimekit"),  # Ray has its own, others in each version
]

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TEMPLATE = Template(
    from_="Shop <shop@example.com>",
    to="{name} <{email}>",
    subject="Receipt {number}",
    text="Dear {name},\n\nreceipt {number} is paid.\n",
    html="<p>Dear {name}, receipt {number} is paid.</p>",
    mail_from="bounces+{number}@example.com",
)
OPTIONS: dict[str, Any] = {"key": "email", "run_id": "may", "now": NOW, "workers": 2}


@pytest.fixture(scope="module")
def _cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with ray_cluster(tmp_path_factory.mktemp("ray")):
        yield


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, _cluster: None) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def row(number: int, **changed: object) -> dict[str, object]:
    return {"email": f"r{number}@example.test", "name": f"Read\u00e9r {number}", "number": str(number), **changed}


def some_rows(many: int) -> list[dict[str, object]]:
    """Make rows of which one has no address, one no key, and one the key of a row that is in another block."""
    made = [row(number) for number in range(many)]
    made[many // 3]["email"] = "no address"
    made[many // 2]["email"] = None
    made[-1] = row(1, name="Somebody else")
    return made


def write_rows(path: str, rows: list[dict[str, object]]) -> str:
    if path.endswith(".jsonl"):
        Path(path).write_text("".join([json.dumps(one) + "\n" for one in rows]), encoding="utf-8")
    elif path.endswith(".parquet"):
        parquet.write_table(pa.Table.from_pylist(rows), path)
    else:
        feather.write_feather(pa.Table.from_pylist(rows), path)
    return path


def messages(folder: str) -> list[tuple[object, ...]]:
    """Read all parts of a directory, or a file of JSON lines, as a set that counts."""
    found: list[tuple[object, ...]] = []
    for path in [Path(folder)] if Path(folder).is_file() else Path(folder).glob("part-*"):
        if path.suffix == ".jsonl":
            made = [ses.load_payload(line) for line in path.read_bytes().splitlines()]
            found += [(one.mail_from, one.rcpt_to, one.data) for one in made]
        else:
            table = parquet.read_table(path) if path.suffix == ".parquet" else feather.read_table(path)
            found += [(one["key"], tuple(one["rcpt_to"] or ()), one["data"], one["error"]) for one in table.to_pylist()]
    return sorted(found, key=repr)


def rejected(sink: str) -> list[dict[str, Any]]:
    lines = Path(f"{sink}.rejected.jsonl").read_text(encoding="utf-8").splitlines()
    return sorted([json.loads(line) for line in lines], key=lambda one: one["number"])


def counts(summary: Summary) -> tuple[int, int, int, int]:
    return summary.rows, summary.written, summary.rejected, summary.skipped


@pytest.mark.parametrize(
    ("many", "source", "local", "sink"),
    [
        (100_000, "rows.jsonl", "one.jsonl", "jsonl:many"),
        (3000, "rows.parquet", "parquet:one", "parquet:many"),
        (3000, "rows.arrow", "arrow:one", "arrow:many"),
    ],
)
def test_a_cluster_makes_the_messages_that_one_machine_makes(
    many: int, source: str, local: str, sink: str, here: Path
) -> None:
    folder = local.rpartition(":")[2]
    write_rows(source, some_rows(many))
    expected = run(TEMPLATE, source, local, **OPTIONS)
    summary = run(TEMPLATE, source, sink, engine="ray", **OPTIONS)
    assert counts(summary) == counts(expected) == (many, many - 3, 3, 0)
    assert len(messages("many")) >= many - 3
    assert messages("many") == messages(folder)
    assert rejected("many") == rejected(folder)
    assert rejected("many")[-1]["reason"] == "the key 'r1@example.test' is that of an earlier row"
    assert len(list((here / "many").glob("part-*"))) > 2, "several blocks"
    assert json.loads((here / "many" / cluster.MARKER).read_bytes())["written"] == many - 3
    assert {(path.stat().st_mode & 0o777) for path in (here / "many").iterdir()} == {0o600}


def test_the_files_of_a_directory_are_one_source(here: Path) -> None:
    rows = some_rows(600)
    (here / "rows").mkdir()
    write_rows("rows/b.jsonl", rows[250:])
    write_rows("rows/a.parquet", rows[:250])
    write_rows("rows/_notes.jsonl", [{"what": "is passed over"}])
    write_rows("all.jsonl", rows)
    run(TEMPLATE, "all.jsonl", "one.jsonl", **OPTIONS)
    run(TEMPLATE, "rows", "jsonl:many", engine="ray", **OPTIONS)
    assert messages("many") == messages("one.jsonl")
    assert rejected("many") == rejected("one.jsonl")


@pytest.mark.parametrize("options", [{"limit": 301}, {"sample": 40}, {"limit": 300, "sample": 40}])
def test_the_same_rows_are_taken(options: dict[str, Any], here: Path) -> None:
    write_rows("rows.jsonl", some_rows(600))
    expected = run(TEMPLATE, "rows.jsonl", "one.jsonl", **OPTIONS, **options)
    found = run(TEMPLATE, "rows.jsonl", "jsonl:many", engine="ray", **OPTIONS, **options)
    assert counts(found) == counts(expected)
    assert messages("many") == messages("one.jsonl")
    with pytest.raises(BulkError, match="differs in limit"):
        run(TEMPLATE, "rows.jsonl", "jsonl:many", engine="ray", **OPTIONS, **{**options, "limit": 7})
    assert here.is_dir()


def test_who_is_to_be_skipped_is(here: Path) -> None:
    write_rows("rows.jsonl", [row(number) for number in range(300)])
    (here / "skip.txt").write_text("R7@example.test\n")
    by_file = run(TEMPLATE, "rows.jsonl", "jsonl:file", engine="ray", skip="skip.txt", **OPTIONS)
    assert counts(by_file) == (300, 299, 0, 1)
    chosen = {"7", "9"}
    told: list[int] = []
    by_function = run(
        TEMPLATE,
        "rows.jsonl",
        "jsonl:function",
        engine="ray",
        skip=lambda one: one["number"] in chosen,
        progress=lambda one: told.append(one.rows),
        **OPTIONS,
    )
    assert counts(by_function) == (300, 298, 0, 2)
    assert told == sorted(told)
    assert told[-1] == 300


def test_a_dry_run_writes_nothing(here: Path) -> None:
    write_rows("rows.jsonl", some_rows(30))
    summary = run(TEMPLATE, "rows.jsonl", "parquet:many", engine="ray", dry_run=True, **OPTIONS)
    assert counts(summary) == (30, 27, 3, 0)
    assert [path.name for path in here.iterdir()] == ["rows.jsonl"]


def test_no_rows_make_a_whole_directory_without_parts(here: Path) -> None:
    write_rows("rows.jsonl", [])
    assert counts(run(TEMPLATE, "rows.jsonl", "parquet:many", engine="ray", **OPTIONS)) == (0, 0, 0, 0)
    assert [path.name for path in (here / "many").iterdir()] == [cluster.MARKER]


def test_all_rows_of_a_block_may_be_bad(here: Path) -> None:
    write_rows("rows.jsonl", [row(number, name="\r\nBcc: evil@example.net") for number in range(20)])
    assert counts(run(TEMPLATE, "rows.jsonl", "jsonl:many", engine="ray", **OPTIONS)) == (20, 0, 20, 0)
    assert [path.name for path in (here / "many").iterdir()] == [cluster.MARKER]


# -- going on


def test_a_run_that_broke_off_begins_again_and_one_that_is_whole_does_nothing(here: Path) -> None:
    write_rows("rows.jsonl", some_rows(600))
    options = {**OPTIONS, "run_id": None, "now": None}

    def crash(_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(TEMPLATE, "rows.jsonl", "jsonl:many", engine="ray", progress=crash, **options)
    assert not (here / "many" / cluster.MARKER).exists()
    left = next((here / "many").glob("part-*"))
    stale = here / "many" / "part-000000000333.jsonl"
    stale.write_bytes(left.read_bytes())
    (here / "many" / ".part-000000000000.jsonl.0123").write_bytes(b"half")

    def watch(_: object) -> None:
        assert not stale.exists()
        (here / "many" / "part-000000000444.jsonl").write_bytes(b"of a task that was given up")

    summary = run(TEMPLATE, "rows.jsonl", "jsonl:many", engine="ray", progress=watch, **options)
    now = datetime.fromisoformat(json.loads(Path("many.journal").read_text().splitlines()[0])["run"]["now"])
    run(TEMPLATE, "rows.jsonl", "one.jsonl", **{**options, "run_id": summary.run_id, "now": now})
    assert messages("many") == messages("one.jsonl")
    assert [path.name for path in (here / "many").iterdir() if path.name.startswith(".")] == []
    before = {path: path.stat().st_mtime_ns for path in (here / "many").iterdir()}
    assert counts(run(TEMPLATE, "rows.jsonl", "jsonl:many", engine="ray", **options)) == counts(summary)
    assert before == {path: path.stat().st_mtime_ns for path in (here / "many").iterdir()}


def test_what_is_there_already_is_not_overwritten(here: Path) -> None:
    write_rows("rows.jsonl", some_rows(9))
    (here / "many").mkdir()
    (here / "many" / "part-000000000000.jsonl").write_text("somebody's")
    with pytest.raises(BulkError, match="is there already"):
        run(TEMPLATE, "rows.jsonl", "jsonl:many", engine="ray", **OPTIONS)
    assert [path.name for path in here.iterdir() if path.suffix == ".journal"] == []
    run(TEMPLATE, "rows.jsonl", "jsonl:other", engine="ray", **OPTIONS)
    with pytest.raises(BulkError, match=r"differs in engine \('ray' then, None now\)"):
        run(TEMPLATE, "rows.jsonl", "jsonl:other", **{**OPTIONS, "workers": 1})


def test_a_marker_that_cannot_be_written_is_an_error_and_no_end(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rows("rows.jsonl", some_rows(30))
    with monkeypatch.context() as patch:

        def full(_path: Path, _octets: bytes) -> None:
            raise OSError(errno.ENOSPC, "No space left on device")

        patch.setattr(cluster, "_put", full)
        with pytest.raises(BulkError, match=r"No space left on device; mend that"):
            run(TEMPLATE, "rows.jsonl", "jsonl:many", engine="ray", **OPTIONS)
    assert counts(run(TEMPLATE, "rows.jsonl", "jsonl:many", engine="ray", **OPTIONS)) == (30, 27, 3, 0)
    assert (here / "many" / cluster.MARKER).exists()


def test_rows_that_change_while_they_are_read_are_an_error(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_rows("rows.jsonl", some_rows(30))
    survey = cluster._Run._survey

    def changed(self: cluster._Run) -> Any:
        found = survey(self)
        write_rows("rows.jsonl", some_rows(29))
        return found

    monkeypatch.setattr(cluster._Run, "_survey", changed)
    with pytest.raises(BulkError, match="there were 30 rows, and 29 when they were read again"):
        run(TEMPLATE, "rows.jsonl", "jsonl:many", engine="ray", **OPTIONS)
    assert not (here / "many" / cluster.MARKER).exists()


# -- keys


class Vault:
    """A key of one's own, which travels as a function that makes it."""

    algorithm = "ed25519-sha256"

    def __init__(self, path: str) -> None:
        self.path = path
        self.key = SigningKey.load(path)

    def sign(self, digest: bytes) -> bytes:
        return self.key.sign(digest)

    def __reduce__(self) -> tuple[Any, ...]:
        return Vault, (self.path,)


@pytest.mark.parametrize("kind", ["path", "factory"])
def test_a_key_travels_as_its_path_or_factory_and_its_secret_does_not(
    kind: str, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = generate_key("ed25519-sha256").to_pem()
    (here / "key.pem").write_bytes(pem)
    (here / "key.pem").chmod(0o600)
    key: Any = SigningKey.load("key.pem") if kind == "path" else Vault(str(here / "key.pem"))
    template = Template(
        from_="a@example.com",
        to="{email}",
        text="{name} {number}",
        signer=Signer("example.com", selector="s", key=key),
    )
    sent: list[bytes] = []
    blocks = cluster._Run._blocks

    def watched(self: cluster._Run, *arguments: Any) -> Any:
        sent.append(self.work)
        return blocks(self, *arguments)

    monkeypatch.setattr(cluster._Run, "_blocks", watched)
    write_rows("rows.jsonl", [row(number) for number in range(40)])
    run(template, "rows.jsonl", "one.jsonl", **{**OPTIONS, "workers": 1})
    run(template, "rows.jsonl", "jsonl:many", engine="ray", **OPTIONS)
    assert messages("many") == messages("one.jsonl")
    assert b"DKIM-Signature: " in ses.load_payload((here / "one.jsonl").read_bytes().splitlines()[0]).data
    secret = SigningKey.load(pem)._private.private_bytes_raw()  # type: ignore[union-attr]  # it is of Ed25519
    assert str(here / "key.pem").encode() in sent[0]
    assert secret not in sent[0]
    assert pem.splitlines()[1] not in sent[0]


def test_a_key_that_was_made_in_memory_is_an_error_before_anything_is_read(here: Path) -> None:
    signer = Signer("example.com", selector="s", key=generate_key("ed25519-sha256"))
    template = Template(from_="a@example.com", to="{email}", text="{name} {number}", signer=signer)
    write_rows("rows.jsonl", [row(1)])
    with pytest.raises(BulkError, match=r"cannot be handed to another machine.*cannot be pickled"):
        run(template, "rows.jsonl", "jsonl:many", engine="ray", **OPTIONS)
    assert not (here / "many").exists()


# -- what is no run


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"key": None}, "needs key="),
        ({"sink": "maildir:out"}, "writes part files"),
        ({"sink": "mbox:out"}, "writes part files"),
        ({"sink": "smtp://mail.example.test"}, "the sink is a service"),
        ({"rows": [row(1)]}, "reads files"),
        ({"rows": "empty"}, "has no files of rows"),
        ({"rows": "missing.jsonl"}, "cannot be read"),
        ({"key": "city"}, "no column 'city'"),
    ],
)
def test_what_a_cluster_cannot_do_is_an_error_at_once(changed: dict[str, Any], reason: str, here: Path) -> None:
    (here / "empty").mkdir()
    write_rows("rows.parquet", [row(1)])
    given = {"rows": "rows.parquet", "sink": "jsonl:many", "key": "email", **changed}
    with pytest.raises(BulkError, match=reason):
        run(TEMPLATE, given["rows"], given["sink"], key=given["key"], engine="ray")
    assert sorted([path.name for path in here.iterdir()]) == ["empty", "rows.parquet"]


def test_a_lint_that_finds_something_stops_the_run(here: Path) -> None:
    write_rows("rows.jsonl", [row(number) for number in range(30)])

    def refuse(_: Delivery) -> None:
        message = "no one-click unsubscription"
        raise PayloadError(message)

    with pytest.raises(BulkError, match=r"row 0, key .r0@example\.test.: no one-click unsubscription"):
        run(TEMPLATE, "rows.jsonl", "jsonl:many", engine="ray", lint=refuse, **OPTIONS)
    assert not (here / "many" / cluster.MARKER).exists()


def test_a_failure_on_the_cluster_says_what_it_was(here: Path) -> None:
    write_rows("rows.jsonl", [row(1)])

    def divide(_: Mapping[str, object]) -> object:
        return 1 // 0

    with pytest.raises(BulkError, match="a worker failed: ZeroDivisionError"):
        run(TEMPLATE, "rows.jsonl", "jsonl:many", engine="ray", skip=divide, **OPTIONS)
    parquet.write_table(pa.Table.from_pylist([row(number) for number in range(5000)]), "rows.parquet")
    octets = bytearray(Path("rows.parquet").read_bytes())
    octets[200:4000] = bytes(3800)
    Path("rows.parquet").write_bytes(octets)
    with pytest.raises(BulkError, match=r"the rows cannot be read from .*rows\.parquet"):
        run(TEMPLATE, "rows.parquet", "jsonl:other", engine="ray", **OPTIONS)
    assert here.is_dir()


def test_what_the_page_says_of_ray_is_so(here: Path) -> None:
    run_section("Ray")
    assert (here / "ready" / cluster.MARKER).exists()
    assert (here / "calls" / cluster.MARKER).exists()
