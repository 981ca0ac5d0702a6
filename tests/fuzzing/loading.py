"""
Loading: specs, templates and rows, read from octets that anybody may have written.

What cannot be read is refused with a sentence; what is rendered is what `Message` builds of the same values.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from io import BytesIO
from random import Random

from mimekit import MimekitError, Template, parse, spec
from mimekit.bulk import rows
from mimekit.bulk.rows import BadRow
from tests.fuzzing import scratch
from tests.fuzzing.editing import check_wire
from tests.fuzzing.keys import now
from tests.fuzzing.target import refused, target
from tests.fuzzing.values import text_of

_ROWS = 100
_VALUES = ("name", "email", "number", "link")


@target("specs", passes=12)
def specs(octets: bytes) -> None:
    """Read a spec, as a message and as a template."""
    for template in (False, True):
        try:
            read = spec.read(BytesIO(octets), base=scratch.folder(), template=template)
        except MimekitError as error:
            refused(error)
            continue
        repr(read)
        if template:
            continue
        try:
            made = read.build()
        except MimekitError as error:
            refused(error)
            continue
        check_wire(made.to_bytes())
    try:
        made_of = Template.load(BytesIO(octets), signer=())
        delivery = made_of.render(dict.fromkeys(made_of.fields, "a@example.com"))
    except MimekitError as error:
        refused(error)
        return
    check_wire(delivery.data)


@target("templates", passes=30)
def templates(octets: bytes) -> None:
    """Make a template of texts, divided by 0xFF, and render a row of values: rendering is building."""
    texts = list(map(text_of, octets.split(b"\xff")))
    subject, text, html, to, *values = [*texts, "", "", "", ""][: max(8, len(texts))]
    try:
        template = Template(
            from_="Shop <shop@example.com>",
            to=to or "{name} <{email}>",
            subject=subject,
            text=text,
            html=html or None,
            date=now(),
            rng=Random(1),
        )
    except MimekitError as error:
        refused(error)
        return
    row = dict(zip(_VALUES, values, strict=False))
    row = {name: row.get(name) or "x@example.org" for name in template.fields}
    try:
        meant = template.message(row).deliveries()[0]
    except MimekitError as error:
        refused(error)
        with suppress(MimekitError):
            template.render(row, message_id="<1@example.com>")
            message = "a row is rendered that makes no message"
            raise AssertionError(message) from error
        return
    delivery = template.render(row, message_id="<1@example.com>")
    check_wire(delivery.data)
    made, built = parse(delivery.data), parse(meant.data)
    assert (made.from_, made.to, made.cc) == (built.from_, built.to, built.cc)
    assert (made.subject, made.text, made.html) == (built.subject, built.text, built.html)
    assert [name for name, _ in made.headers] == [name for name, _ in built.headers]
    assert delivery.envelope == meant.envelope


@target("rows", passes=12)
def row_files(octets: bytes) -> None:
    """Read rows of a CSV and of a JSON lines file: each is a mapping, or a bad row that says why."""
    for suffix in (".csv", ".jsonl"):
        path = scratch.folder() / f"rows{suffix}"
        path.write_bytes(octets)
        try:
            reader = rows.read(path)
        except MimekitError as error:
            refused(error)
            continue
        try:
            for row in reader:
                if isinstance(row, BadRow):
                    row.reason.encode()
                    row.text.encode("utf-8", "surrogateescape")  # so that a rejected row can be kept as it was
                else:
                    assert isinstance(row, Mapping)
                    assert all(isinstance(name, str) for name in row)
            assert reader.fraction is None or 0 <= reader.fraction <= 1
        except MimekitError as error:
            refused(error)
        finally:
            reader.close()
