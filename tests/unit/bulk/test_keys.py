"""Names of rows, the set that finds one again, and who is to get nothing."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.bulk.keys import DigestSet, Suppression, digest_of, text_of
from mimekit.errors import BulkError


@pytest.mark.parametrize(
    ("value", "key"),
    [("a", "a"), (41, "41"), (-1, "-1"), ("", None), (None, None), (True, None), (1.0, None), (b"a", None)],
)
def test_a_key_is_text_or_a_whole_number(value: object, key: str | None) -> None:
    assert text_of(value) == key


def test_a_number_of_thousands_of_digits_is_no_key() -> None:
    assert text_of(10**5000) is None


@given(st.lists(st.integers(1, 2**64 - 1) | st.integers(1, 50)))
def test_a_set_of_digests_is_a_set(digests: list[int]) -> None:
    found, known = DigestSet(), set()
    for digest in digests:
        assert found.add(digest) == (digest not in known)
        known.add(digest)
        assert digest in found
    for digest in range(1, 60):
        assert (digest in found) == (digest in known)


def test_a_set_of_digests_stays_small_and_right_while_it_grows() -> None:
    draw = random.Random(1)
    digests = [draw.getrandbits(64) | 1 for _ in range(100_000)]
    found = DigestSet()
    assert all([found.add(digest) for digest in digests])
    assert not any([found.add(digest) for digest in digests])
    assert all([digest in found for digest in digests])
    assert sum([8 * len(table) for table in found._tables]) < 30 * len(digests)


def test_a_digest_stands_for_any_text_and_is_never_zero() -> None:
    assert digest_of("\udc80") != digest_of("") != 0


# -- suppression


@pytest.fixture
def skip(tmp_path: Path) -> Suppression:
    path = tmp_path / "skip.txt"
    lines = ["Ada@Example.org", "", "  zoe@b\u00fccher.example ", '"odd one"@example.net']
    path.write_text("\r\n".join(lines), encoding="utf-8")
    return Suppression(path)


@pytest.mark.parametrize(
    "address", ["ada@example.org", "ADA@EXAMPLE.ORG", "zoe@xn--bcher-kva.example", '"odd one"@example.net']
)
def test_who_is_listed_gets_nothing_whatever_the_case(skip: Suppression, address: str) -> None:
    assert list(skip.left((address, "other@example.org"))) == ["other@example.org"]


@pytest.mark.parametrize(
    "line",
    [
        *("no address", "a@b@c", "Ada <ada@example.org>, b@c.test", "# a comment"),
        *("ada@x.test.", "ada@x..test", "a..b@x.test", "ada@-x.test"),
    ],
)
def test_a_line_that_is_no_address_is_an_error(line: str, tmp_path: Path) -> None:
    (tmp_path / "skip.txt").write_text(f"ada@example.org\n{line}\n")
    with pytest.raises(BulkError, match=r"line 2 of .*skip\.txt"):
        Suppression(tmp_path / "skip.txt")


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(BulkError, match="cannot be read: No such file"):
        Suppression(tmp_path / "skip.txt")
