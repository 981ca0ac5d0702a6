"""The journal: what it keeps, that another run is noticed, and what a crash leaves of it."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mimekit.bulk import Template
from mimekit.bulk.journal import Journal, Plan, template_digest
from mimekit.bulk.lines import Growing, Lines
from mimekit.dkim import Signer, generate_key
from mimekit.errors import BulkError

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
PLAN = Plan("t", {"key": "email", "sink": "mbox", "skip": None}, {"size": 7, "sha256": "x"})


def opened(path: Path, plan: Plan = PLAN, *, run_id: str | None = None, now: datetime | None = None) -> Journal:
    return Journal(path, plan, run_id=run_id, now=now, is_new=lambda: None)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "out.journal"


def test_the_run_id_and_the_time_of_the_first_start_are_kept(path: Path) -> None:
    first = opened(path)
    first.close()
    again = opened(path)
    again.close()
    assert (again.run_id, again.now) == (first.run_id, first.now)
    assert len(first.run_id) == 32
    assert first.now.tzinfo is not None


def test_the_last_checkpoint_is_found_and_a_torn_line_is_none(path: Path) -> None:
    journal = opened(path)
    journal.write({"rows": 1, "sink": {}})
    journal.write({"rows": 2, "sink": {}})
    journal.close()
    with path.open("ab") as file:
        file.write(b'{"rows": 3, "sink": {')
    again = opened(path)
    again.write({"rows": 4, "sink": {}})
    again.close()
    assert again.checkpoint == {"rows": 2, "sink": {}}
    assert [json.loads(line).get("rows") for line in path.read_text().splitlines()] == [None, 1, 2, 4]


def test_at_every_octet_that_a_journal_can_end_it_is_opened_again(path: Path) -> None:
    journal = opened(path, run_id="may", now=NOW)
    journal.write({"rows": 1, "sink": {}})
    journal.close()
    octets = path.read_bytes()
    header = octets.index(b"\n") + 1
    for length in range(len(octets)):
        path.write_bytes(octets[:length])
        again = opened(path, run_id="may", now=NOW)
        again.close()
        assert again.checkpoint is None
        assert path.read_bytes() == octets[:header]


@pytest.mark.parametrize(
    ("plan", "options", "what"),
    [
        (Plan("u", PLAN.options, PLAN.rows), {}, "the template"),
        (Plan("t", {**PLAN.options, "key": "id"}, PLAN.rows), {}, r"key \('email' then, 'id' now\)"),
        (Plan("t", {**PLAN.options, "sample": 5}, PLAN.rows), {}, r"sample \(None then, 5 now\)"),
        (Plan("t", PLAN.options, None), {}, "the rows"),
        (PLAN, {"run_id": "june"}, r"run_id \('may' then, 'june' now\)"),
        (PLAN, {"now": NOW.replace(hour=10)}, "now"),
        (Plan("u", PLAN.options, None), {}, "the template and the rows"),
    ],
)
def test_a_journal_of_another_run_is_an_error_that_names_what_differs(
    plan: Plan, options: dict[str, Any], what: str, path: Path
) -> None:
    opened(path, run_id="may", now=NOW).close()
    before = path.read_bytes()
    with pytest.raises(BulkError, match=rf"it differs in {what}.*; give .* move this file"):
        opened(path, plan, **options)
    assert path.read_bytes() == before


def test_what_is_no_journal_is_an_error(path: Path) -> None:
    lines = (b'{"intent": "k", "to": [], "message_id": ""}\n', b'{"run": 7}\n', b"Dear Ada,\n", b"a,b\n1,2")
    for octets in lines:
        path.write_bytes(octets)
        with pytest.raises(BulkError, match="is no journal of a bulk run"):
            opened(path)
        assert path.read_bytes() == octets


def test_a_journal_that_is_in_use_is_an_error(path: Path) -> None:
    journal = opened(path)
    program = (
        "import sys; from pathlib import Path; from mimekit.bulk.journal import Journal, Plan\n"
        "Journal(Path(sys.argv[1]), Plan('t', {}, None), run_id=None, now=None, is_new=lambda: None)"
    )
    found = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, check=False)
    assert "is in use by another run" in found.stderr
    journal.close()


def test_a_sink_that_is_not_new_leaves_no_journal(path: Path) -> None:
    def refuse() -> None:
        message = "something is there"
        raise BulkError(message)

    with pytest.raises(BulkError, match="something is there"):
        Journal(path, PLAN, run_id=None, now=None, is_new=refuse)
    assert not path.exists()


def test_a_directory_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BulkError, match=r"cannot be written: No such file"):
        opened(tmp_path / "missing" / "out.journal")


@pytest.mark.parametrize("options", [{"now": datetime(2026, 1, 1)}, {"run_id": ""}, {"run_id": "a\n"}])
def test_a_naive_time_or_an_id_that_cannot_be_seen_is_an_error(options: dict[str, Any], path: Path) -> None:
    with pytest.raises(BulkError, match=r"give an aware datetime|give visible text"):
        opened(path, **options)


# -- digests of templates


def template(**changed: Any) -> Template:
    return Template(**{"from_": "a@example.com", "to": "{email}", "text": "Hello {name}.", **changed})


def key_file(folder: Path, name: str) -> Path:
    path = folder / name
    if not path.exists():
        path.write_bytes(generate_key("ed25519-sha256").to_pem())
        path.chmod(0o600)
    return path


def test_the_digest_is_the_same_in_every_process(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"octets")
    key_file(tmp_path, "key.pem")
    program = (
        "from pathlib import Path\nfrom mimekit.bulk import Template\n"
        "from mimekit.bulk.journal import template_digest\n"
        "from mimekit.dkim import Signer\n"
        "signer = Signer('example.com', selector='s', key='key.pem')\n"
        "print(template_digest(Template(from_='a@example.com', to='{email}', text='{name}', signer=signer,"
        " headers={'X-A': 'b'}, attachments=[Path('a.bin')], formatters={'name': str.upper}, defaults={'name': 'A'})))"
    )
    found = {
        subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, cwd=tmp_path, env=env).stdout
        for env in ({"PYTHONHASHSEED": "1", **_path()}, {"PYTHONHASHSEED": "2", **_path()})
    }
    assert len(found) == 1


def _path() -> dict[str, str]:
    return {"PYTHONPATH": str(Path(__file__).resolve().parents[3])}


def test_the_digest_changes_with_whatever_changes_the_messages(tmp_path: Path) -> None:
    signers = [Signer("example.com", selector="s", key=key_file(tmp_path, name)) for name in ("a.pem", "b.pem")]
    variants = [
        template(),
        template(text="Hello, {name}."),
        template(subject="Hello"),
        template(mail_from="b+{name}@example.com"),
        template(headers={"X-A": "1"}),
        template(headers={"X-A": "2"}),
        template(attachments=[("a.bin", b"1")]),
        template(attachments=[("a.bin", b"2")]),
        template(defaults={"name": "Ada"}),
        template(formatters={"name": str.upper}),
        template(formatters={"name": str.lower}),
        template(formatters={"name": lambda value: f"{value}"}),
        template(formatters={"name": lambda value: f"{value}!"}),
        template(signer=signers[0]),
        template(signer=signers[1]),
        template(tags={"a": "b"}),
    ]
    found = [template_digest(one) for one in variants]
    assert len(set(found)) == len(found)


def test_a_key_counts_by_its_public_half_wherever_it_lies(tmp_path: Path) -> None:
    one = key_file(tmp_path, "a.pem")
    (tmp_path / "copy.pem").write_bytes(one.read_bytes())
    (tmp_path / "copy.pem").chmod(0o600)
    digests = [
        template_digest(template(signer=Signer("example.com", selector="s", key=key)))
        for key in (one, tmp_path / "copy.pem", one.read_bytes())
    ]
    assert len(set(digests)) == 1


# -- files that grow


def test_a_file_is_cut_back_and_made_with_its_first_octet(tmp_path: Path) -> None:
    path = tmp_path / "a"
    file = Growing(path)
    assert not path.exists()
    file.write(b"12345")
    assert file.sync() == 5
    file.write(b"lost")
    file.close()
    file = Growing(path, 5)
    file.write(b"6")
    assert file.sync() == 6
    file.close()
    assert path.read_bytes() == b"123456"
    assert Growing(path).length == 0
    assert not path.exists()


def test_lines_that_were_added_are_whole(tmp_path: Path) -> None:
    lines = Lines(tmp_path / "a.jsonl")
    lines.add([{"a": "\udc80\u2028"}, {}])
    assert list(lines.records()) == [{"a": "\udc80\u2028"}, {}]
    lines.close()
