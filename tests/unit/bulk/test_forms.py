"""Forms: source that is generated from literals, and what nothing in a literal can do to it."""

from __future__ import annotations

import pytest

from mimekit import parse
from mimekit.bulk import Template
from mimekit.bulk.forms import Hole, divided, octets_of, text_of
from mimekit.dkim import Signer
from tests.support.signing import DOMAIN, ed25519_key, now

LITERALS = [
    b"{", b"}", b"{{", b"}}", b"{v0}", b"{v0!r:>{v1}}", b"'", b'"', b"'''", b"\\", b"\\N{DIGIT ONE}", b"\\x41",
    b"\n\r\t",
    b"%s", b"#", b"\x00", b"\x000\x00", b"\x7f\x1b", b"x" * 5000 + b"{v0}'\\", b"",
]  # fmt: skip


@pytest.mark.parametrize("literal", LITERALS)
@pytest.mark.parametrize("beside", LITERALS)
def test_a_literal_stands_in_the_source_as_it_is(literal: bytes, beside: bytes) -> None:
    form: list[bytes | Hole] = [literal, Hole("v0"), beside, Hole("v1"), literal]
    wanted = literal + b"<{v1}>" + beside + b"'" + literal
    names = {"v0": "<{v1}>", "v1": "'", "OCTETS": b"".join}
    assert eval(text_of(form), names) == wanted  # noqa: S307 - the code that is made is what is tested - the point
    octets = {"v0": b"<{v1}>", "v1": b"'", "OCTETS": b"".join}
    assert eval(octets_of(form), octets) == wanted  # noqa: S307 - the code that is made is what is tested
    assert eval(text_of([literal]), names) == literal  # noqa: S307 - the code that is made is what is tested


def test_a_form_is_divided_after_the_empty_line() -> None:
    assert divided([b"A: ", Hole("v0"), b"\r\nB: x\r\n", b"\r\nbody", Hole("v1"), b"\r\n\r\n"]) == (
        [b"A: ", Hole("v0"), b"\r\nB: x\r\n\r\n"],
        [b"body", Hole("v1"), b"\r\n\r\n"],
    )
    assert divided([]) == ([], [])


HOSTILE = ["{v0}", "'+str(1)+'", '"""', "\\N{DIGIT ONE}", "\\", "{0.__class__}", "}}{{", "#", "%(x)s", "\\x00", "{IDS}"]


@pytest.mark.parametrize("literal", HOSTILE)
@pytest.mark.parametrize("signed", [False, True])
def test_no_literal_and_no_value_is_run(literal: str, signed: bool) -> None:
    signer = (Signer(DOMAIN, selector="ed", key=ed25519_key(), now=now),) if signed else ()
    template = Template(
        from_="shop@example.com",
        to=f"{'a' if literal.isalpha() else 'A'} {{name}} <{{email}}>",
        subject=f"x{literal}{{name}}{literal}x",
        text=f"{literal}{{name}}{literal}\n",
        html=f"<p>{literal}{{name}}{literal}</p>\n",
        headers={"X-{v0}'": f"x{literal}{{name}}x"},
        slots=("{", "}"),
        signer=signer,
    )
    row = dict.fromkeys(template.fields, "x") | {"name": literal, "email": "ada@example.org"}
    message_id = "<{v0}'@example.com>"
    made = template.render(row, message_id=message_id)
    wanted = template._message(template._values.of(row), row, message_id, template._rng)
    found = parse(made.data)
    assert (found.subject, found.text, found.html, found.message_id) == (
        wanted.subject, wanted.text, wanted.html, message_id,
    )  # fmt: skip
    assert found.headers.get("X-{v0}'") == wanted.headers.get("X-{v0}'")
