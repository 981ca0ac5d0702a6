"""Delimiter lines: what opens and closes a multipart, and what only begins so (RFC 2046 5.1.1)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit import parse
from mimekit.wire import scan
from mimekit.wire.scan import Delimiters


def kinds(boundary: bytes, octets: bytes) -> str:
    """Give one letter for each delimiter line: `o` opens a part, `c` closes."""
    return "".join(
        ["c" if closes else "o" for _, _, closes in Delimiters(octets, 0, len(octets)).of(boundary, 0, len(octets))]
    )


@pytest.mark.parametrize(
    ("boundary", "octets", "expected"),
    [
        (b"b", b"--b\r\nx\r\n--b--\r\n", "oc"),
        (b"b", b"--b  \t\r\nx\r\n--b-- \t\r\n", "oc"),  # transport-padding
        (b"b", b"--b\r\nx\r\n--b --\r\ny\r\n--b\r\n--b--\r\n", "ooc"),  # not the boundary's blank: text
        (b"b ", b"--b \r\nx\r\n--b --\r\n", "oc"),  # here it is, though no boundary may end in one
        (b"b ", b"--b\r\nx\r\n--b--\r\n", "oc"),  # some gateway took it away
        (b"b", b"--b\r\nx\r\n--bb\r\ny\r\n--bb--\r\nz\r\n--b--\r\n", "oc"),
        (b"b--", b"--b--\r\nx\r\n--b----\r\n", "oc"),
        (b"b", b"--b\nx\n--b--\n--b\n", "oc"),
    ],
)
def test_delimiters_of_a_boundary(boundary: bytes, octets: bytes, expected: str) -> None:
    """White space after the boundary, or after the two dashes that close, is padding; between them it is not."""
    assert kinds(boundary, octets) == expected


def test_a_blank_before_the_closing_dashes_ends_nothing() -> None:
    """A reader that ends the multipart there does not see the part that another reader shows."""
    octets = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b --\r\n\r\ny\r\n--b\r\n\r\nz\r\n--b--\r\n"
    )
    message = parse(octets)
    assert [part.raw_body for part in message.parts][1:] == [b"x\r\n--b --\r\n\r\ny", b"z"]
    assert [(defect.code, octets[defect.start : defect.end].strip()) for defect in message.defects] == [
        ("M030", b"--b --")
    ]


LINES = st.sampled_from(
    [
        "--b",
        "--b--",
        "--bb",
        "--b --",
        "--b-- x",
        "--b x",
        "--b\tx",
        "--b --x",
        "--b--\t--",
        "--b\rx y",
        "--b\x0bx y",
        "x",
        "",
        "-",
        "--",
        "---",
        "--b----",
        "--c d",
        "--c d--",
        "--c d e",
        "--c",
        "--b" + " " * 5000 + "x",
        "y" * 70000,
    ]
)


@given(
    st.lists(st.tuples(LINES, st.sampled_from(["\n", "\r\n"]))),
    st.sampled_from([b"b", b"b--", b"c d", b"bb"]),
    st.integers(0, 40),
    st.integers(0, 40),
)
def test_one_search_and_the_index_of_all_lines_agree(
    lines: list[tuple[str, str]], boundary: bytes, skipped: int, left: int
) -> None:
    """One is quick for few boundaries, the other linear for many."""
    octets = "".join([line + end for line, end in lines]).encode("latin-1")
    starts = [0, *[at + 1 for at, octet in enumerate(octets) if octet == 10]]
    start = starts[min(skipped, len(starts) - 1)]
    end = max(start, len(octets) - left)
    assert scan.delimiters(octets, boundary, start, end) == Delimiters(octets, 0, len(octets)).of(boundary, start, end)
