"""Files that are read while writing."""

from __future__ import annotations

import os
import pickle
from pathlib import Path
from time import sleep

import pytest

from mimekit.errors import ContentError
from mimekit.files import File


def test_a_relative_path_is_the_file_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.bin").write_bytes(b"octets")
    monkeypatch.chdir(tmp_path)
    file = File("a.bin")
    monkeypatch.chdir("/")
    assert b"".join(file.blocks()) == b"octets"
    assert file == File(str(tmp_path / "a.bin")) == pickle.loads(pickle.dumps(file))


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"octets")
    file = File(str(tmp_path / "a.bin"))
    (tmp_path / "a.bin").unlink()
    with pytest.raises(ContentError, match=r"a\.bin' cannot be read: No such file or directory"):
        list(file.blocks())


def test_a_file_that_became_a_directory_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"octets")
    file = File(str(tmp_path / "a.bin"))
    (tmp_path / "a.bin").unlink()
    (tmp_path / "a.bin").mkdir()
    with pytest.raises(ContentError, match=r"a\.bin' cannot be read"):
        list(file.encoded())


def test_a_file_that_changed_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.bin").write_bytes(b"octets")
    file = File(str(tmp_path / "a.bin"))
    (tmp_path / "a.bin").write_bytes(b"other octets")
    with pytest.raises(ContentError, match="changed after the message was built"):
        list(file.blocks())


@pytest.mark.parametrize("is_replaced", [False, True])
def test_a_file_that_was_written_over_with_its_size_and_time_is_named(tmp_path: Path, *, is_replaced: bool) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"octets")
    file = File(str(path))
    status = path.stat()
    sleep(0.02)  # some file systems count time in ticks
    other = tmp_path / "b.bin" if is_replaced else path
    other.write_bytes(b"others")
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)
    with pytest.raises(ContentError, match="changed after the message was built"):
        list(file.blocks())
