"""File names of a sender, and octets written under them."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from mimekit.errors import ContentError
from mimekit.headers import filenames


def torn() -> Iterator[bytes]:
    """Give some octets and then fail."""
    yield b"half"
    message = "it changed"
    raise ContentError(message)


def names(folder: Path) -> list[str]:
    """List a directory, hidden files too."""
    return sorted(path.name for path in folder.iterdir())


def test_overwriting_replaces_the_octets(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"before, and longer")
    assert filenames.write(tmp_path, "x.txt", [b"af", b"ter"], overwrite=True) == tmp_path / "x.txt"
    assert (names(tmp_path), (tmp_path / "x.txt").read_bytes()) == (["x.txt"], b"after")


def test_overwriting_writes_a_name_that_is_free(tmp_path: Path) -> None:
    filenames.write(tmp_path, "x.txt", [b"new"], overwrite=True)
    assert (names(tmp_path), (tmp_path / "x.txt").read_bytes()) == (["x.txt"], b"new")


def test_another_name_of_the_same_file_keeps_its_octets(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (tmp_path / "precious").write_bytes(b"kept")
    (folder / "x.txt").hardlink_to(tmp_path / "precious")
    filenames.write(folder, "x.txt", [b"new"], overwrite=True)
    assert ((tmp_path / "precious").read_bytes(), (folder / "x.txt").read_bytes()) == (b"kept", b"new")


def test_a_private_file_stays_private(tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_bytes(b"secret")
    (tmp_path / "x.txt").chmod(0o600)
    filenames.write(tmp_path, "x.txt", [b"new"], overwrite=True)
    assert stat.S_IMODE((tmp_path / "x.txt").stat().st_mode) == 0o600


@pytest.mark.parametrize("there", [None, b"before"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_octets_that_end_in_the_middle_leave_nothing(tmp_path: Path, there: bytes | None, *, overwrite: bool) -> None:
    if there is not None:
        (tmp_path / "x.txt").write_bytes(there)
    with pytest.raises(ContentError, match="it changed"):
        filenames.write(tmp_path, "x.txt", torn(), overwrite=overwrite)
    assert names(tmp_path) == ([] if there is None else ["x.txt"])
    assert there is None or (tmp_path / "x.txt").read_bytes() == there


@pytest.mark.parametrize("target", ["there", "nowhere"])
def test_a_link_is_not_overwritten(tmp_path: Path, target: str) -> None:
    (tmp_path / "there").write_bytes(b"kept")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "x.txt").symlink_to(tmp_path / target)
    with pytest.raises(ContentError, match=r"x\.txt' is a symbolic link"):
        filenames.write(folder, "x.txt", [b"new"], overwrite=True)
    assert (names(folder), (tmp_path / "there").read_bytes()) == (["x.txt"], b"kept")


def test_a_directory_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "x.txt").mkdir()
    with pytest.raises(ContentError, match=r"x\.txt' is no regular file"):
        filenames.write(tmp_path, "x.txt", [b"new"], overwrite=True)
    assert names(tmp_path) == ["x.txt"]


def test_a_directory_that_takes_no_files_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    for overwrite in (False, True):
        with pytest.raises(ContentError, match=r"x\.txt' cannot be written: Permission denied"):
            filenames.write(tmp_path, "x.txt", [b"new"], overwrite=overwrite)


def test_a_taken_name_gets_a_number(tmp_path: Path) -> None:
    written = [filenames.write(tmp_path, "x.tar", [b"%d" % number], overwrite=False).name for number in range(3)]
    assert written == ["x.tar", "x (1).tar", "x (2).tar"]
