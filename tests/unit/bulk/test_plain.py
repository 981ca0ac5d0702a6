"""The quick way takes plain rows, and leaves to the others those whose values need a closer look in their places."""

from __future__ import annotations

from typing import Any

import pytest

from mimekit import parse
from mimekit.bulk import Template
from mimekit.dkim import Signer
from tests.support.signing import DOMAIN, ed25519_key, judged, now


class Formatted(str):
    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return "\r\nX-Evil: 1"


def template(**more: Any) -> Template:
    return Template(**({"from_": "shop@example.com", "to": "{email}"} | more))


def is_plain(made: Template, **row: object) -> bool:
    """Tell whether the quick way takes a row; whether or not, what is rendered says what is built."""
    whole = {"email": "ada@example.org", **row}
    found, wanted = parse(made.render(whole).data), made.message(whole)
    assert not found.defects
    assert (found.subject, str(found.to), found.text, found.html) == (
        wanted.subject,
        str(wanted.to),
        wanted.text,
        wanted.html,
    )
    assert [part.content_type.essence for part in found.parts] == [part.content_type.essence for part in wanted.parts]
    return made._compiled.plain(whole, None) is not None


@pytest.mark.parametrize(
    ("arguments", "plain", "other"),
    [
        pytest.param({"subject": "{a}{b}"}, ("x", "utf"), ("x=", "?utf-8?q?=41?="), id="word of two values"),
        pytest.param({"subject": "={a}={b}"}, ("utf", "x"), ("?utf-8?q?=41?", "x"), id="word begun by a literal"),
        pytest.param({"subject": "{a}?utf-8?q?=41?={b}"}, ("x", "x"), ("=", "x"), id="word ended by a literal"),
        pytest.param({"to": "{a}{b} <{email}>"}, ("x", "y"), ("x=", "?utf-8?q?=41?="), id="word in a name"),
        pytest.param(
            {"to": "{a} <{email}>", "text": "{b}.\n"}, ("x", "\u00e9"), ("=?utf-8?q?=41?=", "\u00e9"), id="wide"
        ),
        pytest.param({"text": "{a}{b}\n"}, ("x", "y"), (Formatted("x"), "y"), id="a str of its own"),
        pytest.param({"text": "{a}{b}\n"}, ("x", 7), ("x", True), id="a bool"),
        pytest.param({"text": "{a}{b}{a}{b}\n"}, ("x" * 150, "y" * 150), ("x" * 300, "y" * 300), id="a long line"),
        pytest.param({"html": "<p>{a}{b}</p>\n"}, ("&" * 50, "y"), ("&" * 250, "y"), id="a long line when escaped"),
        pytest.param({"html": "<p a='{a}'>{b}</p>\n"}, ("x", "cid: x"), ("x:y", "x"), id="a scheme in a tag"),
        pytest.param({"subject": "{a} {b}"}, ("x", "y"), ("x ", "y"), id="blanks in a header"),
        pytest.param({"subject": "{a} {b}"}, ("x" * 30, "y" * 30), ("x" * 40, "y" * 40), id="a header that is folded"),
        pytest.param({"mail_from": "b+{a}-{b}@example.com"}, ("x", "y"), ("x" * 61, "y"), id="a long local part"),
    ],
)
def test_the_quick_way_takes_a_row_unless_its_values_need_a_closer_look(
    arguments: dict[str, Any], plain: tuple[object, object], other: tuple[object, object]
) -> None:
    used = {"headers": {"X-Used": "x"}, **arguments}
    made = template(**used)
    assert is_plain(made, a=plain[0], b=plain[1])
    row = {"email": "ada@example.org", "a": other[0], "b": other[1]}
    assert made._compiled.plain(row, None) is None
    if not isinstance(other[1], bool) and "mail_from" not in arguments:
        assert not is_plain(made, a=other[0], b=other[1])


@pytest.mark.parametrize(
    ("text", "plain", "risky"),
    [
        ("x\nF{a}{b}\n", ("x", ""), ("rom x", "")),
        ("x\nF{a}{b}\n", ("x", "y"), ("", "rom x")),
        ("x\nFro{a}{b}\n", ("x", "y"), ("m x", "x")),
        ("x\n{a}{b}\n", ("F.", "rom x"), ("F", "rom x")),
        ("x\n{a}om {b}\n", ("F", "x"), ("Fr", "x")),
        ("x\n--={a}{b}\n", ("x", "y"), ("_x", "y")),
        ("x\n-{a}{b}\n", ("x", "y"), ("-=", "_x")),
        ("x\n{a}{b}\n", ("--.", "_x"), ("--=", "_x")),
        ("{a}{b}\n", ("x", "."), ("", ".")),
        ("{a}{b}\n", ("x", "."), (".", "x")),
    ],
)
@pytest.mark.parametrize("part", ["text", "html"])
def test_no_line_as_7bit_begins_as_none_may(
    text: str, plain: tuple[str, str], risky: tuple[str, str], part: str
) -> None:
    made = template(**{part: text})
    for values, encodings in ((plain, (b"7bit", b"quoted-printable")), (risky, (b"quoted-printable",))):
        is_plain(made, a=values[0], b=values[1])
        header, _, body = made.render({"email": "ada@example.org", "a": values[0], "b": values[1]}).data.partition(
            b"\r\n\r\n"
        )
        assert header.rpartition(b" ")[2] in encodings
        assert not [line for line in body.split(b"\r\n") if line.startswith((b".", b"From ", b"--=_"))]
    assert made._compiled.plain({"email": "ada@example.org", "a": plain[0], "b": plain[1]}, None) is not None


@pytest.mark.parametrize(
    "value", ["", " ", " x", "x ", "x  y", "\u00e9  \u00e9", "\u00e9 ", "x  \u00e9", "x\ty", "xy", "x y"]
)
@pytest.mark.parametrize("text", ["{a}{b}.\n", " {a} {b} \n\n\n", "\t{b}  {a}\t\nz\n", "x {a}\n{b}{a} x\n \n"])
def test_blanks_in_values_are_canonicalised_as_a_verifier_does(text: str, value: str) -> None:
    made = template(
        subject="x",
        text=text,
        html=f"<p>{text}</p>\n",
        signer=Signer(DOMAIN, selector="ed", key=ed25519_key(), now=now),
    )
    for row in ({"a": value, "b": "x"}, {"a": "x", "b": value}, {"a": value, "b": value}):
        assert judged(made.render({**row, "email": "ada@example.org"}).data) == [True]
    assert made._compiled.plain({"a": "x", "b": "y", "email": "ada@example.org"}, None) is not None


@pytest.mark.parametrize(
    "row", [None, 5, "abc", [1, 2], {}, {"email": "a@b.test", "x": "y"}, {"a": "x", "email": None}]
)
def test_what_is_no_row_is_left_to_those_who_say_why(row: Any) -> None:
    assert template(text="{a}.\n")._compiled.plain(row, None) is None


def test_values_of_a_name_make_no_encoded_word_when_the_text_is_not_ascii() -> None:
    made = template(to="{a}{b} <{email}>", text="{c}.\n")
    assert is_plain(made, a="x", b="y", c="\u00e9")
    assert not is_plain(made, a="x=", b="?utf-8?q?=41?=", c="\u00e9")


@pytest.mark.parametrize("size", range(1, 48))
@pytest.mark.parametrize(
    "uris",
    [
        ["https://shop.example/u/{token}", "mailto:leave@shop.example"],
        ["https://shop.example/u/{token}", "mailto:leave+{token}@shop.example?subject=x"],
        ["https://shop.example/a/path/that/goes/on/and/on/to/the/end/of/the/line/{token}"],
    ],
)
def test_a_long_list_unsubscribe_is_folded_as_message_folds_it(uris: list[str], size: int) -> None:
    made = template(text="{name}.\n", list_unsubscribe=uris)
    row = {"email": "ada@example.org", "name": "Ada", "token": "x" * size}
    delivery = made._compiled.plain(row, "<1@shop.example>")
    assert delivery is not None
    wanted = made.message(row).headers.all_raw("List-Unsubscribe")
    assert parse(delivery.data).headers.all_raw("List-Unsubscribe") == wanted
    signed = template(
        text="{name}.\n",
        list_unsubscribe=uris,
        signer=Signer(DOMAIN, selector="ed", key=ed25519_key(), now=now, headers=["from", "list-unsubscribe"]),
    )
    assert judged(signed.render(row).data) == [True]
