"""
Apache James mime4j: its event trees and decoded contents, compared with what we read of the same messages.

Beside each message the peer keeps the tree of its parser (octets as they stand), the tree with decoded bodies (each in
a file of its own) and what its writer makes of the message.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

import pytest

from mimekit import parse
from tests.corpus.differences import Comparison
from tests.corpus.reading_mime4j import of_part, of_xml, walk
from tests.support.corpus import every_file

if TYPE_CHECKING:
    from pathlib import Path

    from mimekit import Part
    from tests.support.report import ReportLine

pytestmark = pytest.mark.usefixtures("corpus")

TABLE = "differences_mime4j.toml"


@cache
def messages() -> tuple[Path, ...]:
    """List the messages that have an event tree beside them; there must be some."""
    found = [path for path in every_file("mime4j") if path.suffix == ".msg" and path.with_suffix(".xml").exists()]
    assert found, "the corpus is there, but no event tree in its folder mime4j"
    return tuple(found)


def root(path: Path) -> Part:
    """Read a message."""
    return parse(path.read_bytes()).root


def test_the_events_of_the_peers_parser(report_line: ReportLine) -> None:
    """Entities, field names in order, fields, preambles, epilogues and bodies, to the octet."""
    seen = Comparison()
    for path in messages():
        theirs, ours = of_xml(path.with_suffix(".xml").read_bytes()), of_part(root(path))
        for entity, what in dict.fromkeys([*theirs, *ours]):
            where = f"events {path.stem} {entity} {what}"
            seen.same(where, ours=ours.get((entity, what)), theirs=theirs.get((entity, what)))
    report_line(f"mime4j, event trees: {len(messages())} messages; {seen.check(TABLE, 'events ')}")


def test_the_decoded_bodies(report_line: ReportLine) -> None:
    """Whether a leaf is text, and its octets without the transfer encoding."""
    seen = Comparison()
    for path in messages():
        parts = dict(walk(root(path)))
        for (entity, what), name in of_xml(path.with_name(f"{path.stem}_decoded.xml").read_bytes()).items():
            if what in ("text-body", "binary-body"):
                where, part = f"decoded {path.stem} {entity}", parts.get(entity)
                is_text = part is not None and part.content_type.maintype == "text"
                seen.same(f"{where} is text", ours=is_text, theirs=what == "text-body")
                theirs = path.with_name(name.decode()).read_bytes()
                seen.same(f"{where} content", ours=None if part is None else part.content, theirs=theirs)
    report_line(f"mime4j, decoded bodies: {len(messages())} messages; {seen.check(TABLE, 'decoded ')}")


def test_what_the_peer_wrote_says_the_same(report_line: ReportLine) -> None:
    """We read of its writer's output what we read of the message: entities, fields, text around parts, contents."""
    seen = Comparison()
    for path in messages():
        before, after = said(root(path)), said(root(path.with_suffix(".out")))
        for entity, what in dict.fromkeys([*before, *after]):
            where = f"written {path.stem} {entity} {what}"
            seen.same(where, ours=before.get((entity, what)), theirs=after.get((entity, what)))
    report_line(f"mime4j, written by it: {len(messages())} messages; {seen.check(TABLE, 'written ')}")


def said(part: Part) -> dict[tuple[str, str], bytes]:
    """Give the event tree with decoded bodies; line ends and folds do not count, for a writer may choose them."""
    tree = of_part(part)
    for number, entity in walk(part):
        if (number, "body") in tree:
            tree[number, "body"] = entity.content
    return {place: re.sub(rb"\r?\n", b"\n", octets) for place, octets in tree.items()}
