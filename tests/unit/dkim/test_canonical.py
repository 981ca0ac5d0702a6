"""Canonicalisation: RFC 6376 3.4, whole and in pieces."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit.dkim import canonical
from mimekit.dkim.canonical import BodyHasher
from mimekit.errors import DkimError
from tests.support.timing import is_linear

LUMPS = [b"a", b" ", b"\t", b"\r\n", b"\r", b"\n", b"\r\n\r\n", b"bc", b"\x0b", b"\xc3\xa9", b"  \t "]
bodies = st.lists(st.sampled_from(LUMPS), max_size=30).map(b"".join)
forms = st.sampled_from(canonical.NAMES)


def slowly(octets: bytes, name: str) -> bytes:
    """Canonicalise a body as RFC 6376 3.4.3 and 3.4.4 say it, line by line."""
    lines = octets.split(b"\r\n")
    if name == "relaxed":
        lines = [re.sub(rb" \Z", b"", re.sub(rb"[ \t]+", b" ", line)) for line in lines]
    while lines and not lines[-1]:
        lines.pop()
    if not lines:
        return b"" if name == "relaxed" else b"\r\n"
    return b"\r\n".join([*lines, b""])


# -- fields


@pytest.mark.parametrize(
    ("line", "canonicalised"),
    [
        pytest.param(b"A: X", b"a:X", id="RFC 6376 3.4.5"),
        pytest.param(b"B : Y\t\r\n\tZ  ", b"b:Y Z", id="RFC 6376 3.4.5"),
        (b"SUBject \t:\t AbC", b"subject:AbC"),
        (b"X:a:b : c", b"x:a:b : c"),
        (b"X:", b"x:"),
        (b"X: \r\n \r\n\t", b"x:"),
        (b"X: a\n b", b"x:a b"),
        (b"X: \xc3\x89\x0b", b"x:\xc3\x89\x0b"),  # VT is no white space, and only ASCII has a case
    ],
)
def test_relaxed_lowers_the_name_unfolds_and_reduces_white_space(line: bytes, canonicalised: bytes) -> None:
    assert canonical.relaxed_field(line) == canonicalised


field_lines = st.tuples(
    st.sampled_from([b"From", b"to", b"X-a", b"x-A", b"SUBJECT"]),
    st.lists(st.sampled_from([b"a", b" ", b"\t", b"\r\n ", b"\r\n\t", b":", b"\xc3\xa9", b"\0"])).map(b"".join),
).map(b":".join)


@given(st.lists(field_lines, max_size=8))
def test_a_block_is_canonicalised_as_its_fields_are(lines: list[bytes]) -> None:
    block = b"".join([line + b"\r\n" for line in lines])
    relaxed: dict[bytes, list[bytes]] = {}
    simple: dict[bytes, list[bytes]] = {}
    for line in lines:
        key = line.partition(b":")[0].lower()
        relaxed.setdefault(key, []).append(canonical.relaxed_field(line))
        simple.setdefault(key, []).append(line)
    assert canonical.fields(block, "relaxed") == relaxed
    assert canonical.fields(block, "simple") == simple
    read, keys, start = canonical.split_message(block + b"\r\nbody")
    assert (read, start) == (lines, len(block) + 2)
    assert keys == [line.partition(b":")[0].lower() for line in lines]


@pytest.mark.parametrize("form", canonical.NAMES)
@pytest.mark.parametrize(
    "block",
    [
        b"From: a\r\njunk\r\n",
        b" x: y\r\nFrom: a\r\n",
        b": y\r\n",
        b"From: a\r\nfrom\r\n",
        b"From\r\n : a\r\n",
        b"a b: c\r\n",
        b"From: a\r\nSubject : b\r\n",  # RFC 5322 4.5.8
        b"From\t: a\r\n",
    ],
)
def test_a_block_with_a_line_that_is_no_plain_field_is_not_canonicalised(block: bytes, form: str) -> None:
    assert canonical.fields(block, form) is None


# -- bodies


@pytest.mark.parametrize(
    ("form", "canonicalised"),
    [
        pytest.param("relaxed", b" C\r\nD E\r\n", id="RFC 6376 3.4.5 relaxed"),
        pytest.param("simple", b" C \r\nD \t E\r\n", id="RFC 6376 3.4.5 simple"),
    ],
)
def test_the_example_of_the_rfc(form: str, canonicalised: bytes) -> None:
    assert canonical.body(b" C \r\nD \t E\r\n\r\n\r\n", form) == canonicalised


@given(bodies, forms)
def test_a_body_is_what_the_rfc_says_line_by_line(octets: bytes, form: str) -> None:
    assert canonical.body(octets, form) == slowly(octets, form)


@given(bodies, forms, st.data(), st.sampled_from([None, 0, 1, 5, 1000]))
def test_any_chunking_gives_the_digest_of_one_shot(
    octets: bytes, form: str, data: st.DataObject, length: int | None
) -> None:
    hasher = BodyHasher(form, length=length)
    at = 0
    while at < len(octets):
        size = data.draw(st.integers(0, 4))
        piece = octets[at : at + size]
        if piece[-1:] not in (b"\r", b"\n") and b" " not in piece and b"\t" not in piece:
            hasher.update_solid(memoryview(piece))
        else:
            hasher.update(piece)
        hasher.digest()  # asking changes nothing
        at += size
    whole = slowly(octets, form)
    assert hasher.octets == len(whole)
    assert hasher.digest() == sha256(whole[:length]).digest()


@pytest.mark.parametrize("form", canonical.NAMES)
def test_a_large_body_is_hashed_piece_by_piece_to_the_same_digest(form: str) -> None:
    octets = b"a  b\t\r\n" * 60_000 + b"\r\n" * 60_000
    assert canonical.body_digest(octets, form) == sha256(slowly(octets, form)).digest()


@pytest.mark.parametrize("lump", [b" ", b"\t ", b"\r\n", b" \r\n", b"\r", b"a ", b"\r\r\n"])
@pytest.mark.parametrize("form", canonical.NAMES)
def test_time_is_linear_in_a_run_of_anything(lump: bytes, form: str) -> None:
    assert is_linear(lambda size: canonical.body(lump * (size // len(lump)), form), 2**17, 2**20)


def test_a_canonicalisation_that_is_none_is_refused() -> None:
    with pytest.raises(DkimError, match="'nofws' is no canonicalisation"):
        BodyHasher("nofws")


# -- what signers and verifiers get wrong


@pytest.mark.parametrize(
    ("octets", "form", "canonicalised"),
    [
        (b"", "simple", b"\r\n"),
        (b"\r\n\r\n", "simple", b"\r\n"),
        (b"", "relaxed", b""),
        (b" \t\r\n\r\n", "relaxed", b""),
        (b"a\r\n\r\n\r\n", "relaxed", b"a\r\n"),
        (b"a\r\n \r\n\t\r\n", "relaxed", b"a\r\n"),
        (b"a\r\n \r\n", "simple", b"a\r\n \r\n"),
    ],
)
def test_pitfall_02_all_empty_lines_at_the_end_go_and_one_crlf_stays(
    octets: bytes, form: str, canonicalised: bytes
) -> None:
    assert canonical.body(octets, form) == canonicalised


@pytest.mark.parametrize(
    ("form", "digest"),
    [
        ("simple", "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="),
        ("relaxed", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
    ],
    ids=["RFC 6376 3.4.3", "RFC 6376 3.4.4"],
)
def test_pitfall_02_the_digests_of_an_empty_body_are_those_of_the_rfc(form: str, digest: str) -> None:
    from base64 import b64encode

    assert b64encode(canonical.body_digest(b"", form)).decode() == digest


@pytest.mark.parametrize("form", canonical.NAMES)
def test_pitfall_03_a_body_without_a_final_crlf_gets_one(form: str) -> None:
    assert canonical.body(b"a\r\nb", form) == b"a\r\nb\r\n"


@pytest.mark.parametrize("octets", [b"a\r\r\n", b"a\n\r\n", b"a\r", b"a\n", b"a\x0b\r\n", b"a\x0c\r\n", b"\n", b"\r"])
@pytest.mark.parametrize("form", canonical.NAMES)
def test_pitfall_04_lone_line_ends_and_vertical_tabs_are_content(octets: bytes, form: str) -> None:
    kept = octets if octets.endswith(b"\r\n") else octets + b"\r\n"
    assert canonical.body(octets, form) == kept


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
@pytest.mark.parametrize("name", canonical.NAMES)
def test_pieces_may_be_any_kind_of_octets(kind: Any, name: str) -> None:
    hasher = canonical.BodyHasher(name)
    for piece in (b"a \r", b"\n b \t", b"\r\nc", b"", b"\r\n"):
        hasher.update(kind(piece))
    assert hasher.digest() == sha256(canonical.body(b"a \r\n b \t\r\nc\r\n", name)).digest()
