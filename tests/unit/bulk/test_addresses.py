"""Addresses with slots: the structure is the template's, whatever a row says."""

from __future__ import annotations

from typing import Any

import pytest

from mimekit.bulk.addresses import Entries, written
from mimekit.errors import AddressError, HeaderError, TemplateError

MARKS = ("{", "}")
ROW = {"name": "Ada", "last": "Lovelace", "email": "ada@example.org", "local": "ada", "domain": "example.org"}


@pytest.mark.parametrize(
    ("given", "written_out"),
    [
        ("{email}", "ada@example.org"),
        ("<{email}>", "ada@example.org"),
        ("{name} <{email}>", "Ada <ada@example.org>"),
        ("Dr. {name} {last} <{email}>", '"Dr. Ada Lovelace" <ada@example.org>'),
        ('"{last}, {name}" <{email}>', '"Lovelace, Ada" <ada@example.org>'),
        ('"Hi, {name}, you" <{email}>', '"Hi, Ada, you" <ada@example.org>'),
        ("{local}@{domain}", "ada@example.org"),
        ("{local}+x@example.org", "ada+x@example.org"),
        ("x@{local}.{domain}", "x@ada.example.org"),
        ('"{name} {last}"@example.org', '"Ada Lovelace"@example.org'),
        ("a@b.test, {name} <{email}>, c@d.test", "a@b.test, Ada <ada@example.org>, c@d.test"),
        ("Team {name}: {email}, b@b.test;", "Team Ada: ada@example.org, b@b.test;"),
        (("{name}", "{email}"), "Ada <ada@example.org>"),
        (("{name}, {last}", "x@example.org"), '"Ada, Lovelace" <x@example.org>'),
        (("Ada", "{local}@example.org"), "Ada <ada@example.org>"),
        (["{email}", ("{name}", "x@b.test")], "ada@example.org, Ada <x@b.test>"),
        ("mkslot0z <{email}>", "mkslot0z <ada@example.org>"),
    ],
)
def test_a_slot_may_be_any_part_of_an_address(given: Any, written_out: str) -> None:
    assert str(Entries("to", given, MARKS).fill(ROW)) == written_out


@pytest.mark.parametrize(
    "hostile",
    [
        "a@b.test, c@d.test",
        "A <a@b.test>",
        "a@b.test>",
        "a@b.test\r\nBcc: c@d.test",
        "Group: a@b.test;",
        "",
        "a",
        "a@b.test (c)\n",
        "a@b\x00.test",
    ],
)
@pytest.mark.parametrize("given", ["{email}", "{name} <{email}>", "x@y.test, {email}"])
def test_a_value_in_an_address_is_one_address_or_is_refused(hostile: str, given: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Entries("to", given, MARKS).fill({**ROW, "email": hostile})
    assert caught.value.field == "email"


@pytest.mark.parametrize("hostile", ['" <c@d.test>, "', "a, b", "<c@d.test>", "x:", "(x)", "\\", "a@b.test", ";"])
def test_a_value_in_a_display_name_is_a_display_name(hostile: str) -> None:
    found = Entries("to", "{name} <{email}>", MARKS).fill({**ROW, "name": hostile})
    assert [(box.display_name, box.address) for box in found] == [(hostile, "ada@example.org")]


@pytest.mark.parametrize(
    ("given", "field", "value"),
    [
        ("{name} <{email}>", "name", "a\nb"),
        ("{name} {last} <{email}>", "last", "a\x00b"),
        ("{name} <{local}@{domain}>", "domain", "no domain"),
        ("{name} <{local}@{domain}>", "local", ""),
        ("{name} <{local}@{domain}>", "domain", "example.org>, <c@d.test"),
    ],
)
def test_the_error_names_the_field_that_is_at_fault(given: str, field: str, value: str) -> None:
    with pytest.raises(TemplateError) as caught:
        Entries("to", given, MARKS).fill({**ROW, field: value})
    assert caught.value.field == field


@pytest.mark.parametrize("given", ["{local}{domain}", "x{email}", "{name} {email}", "{email:raw}", ("{name}", "x")])
def test_a_place_where_no_address_can_be_is_refused_at_once(given: Any) -> None:
    with pytest.raises((HeaderError, TemplateError)) as caught:
        Entries("cc", given, MARKS)
    assert "mkslot" not in str(caught.value)


def test_an_error_shows_the_slots_and_the_argument() -> None:
    with pytest.raises(AddressError, match=r"^cc: '\{local\}\{domain\}' is no address"):
        Entries("cc", "{local}{domain}", MARKS)


def test_international_domains_become_a_labels_and_two_addresses_in_a_pair_stay_one() -> None:
    found = Entries("to", "{local}@b\u00fccher.test", MARKS).fill(ROW)
    assert found[0].ascii_domain == "xn--bcher-kva.test"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b" =?utf-8?q?M=C3=BC=2C_{name}?= <{email}>", '"M\u00fc, {name}" <{email}>'),
        (b" {name}\r\n <{email}>, a@b.test", "{name} <{email}>, a@b.test"),
        (b" a@b.test", "a@b.test"),
    ],
)
def test_a_field_with_slots_is_read_as_text(raw: bytes, text: str) -> None:
    assert written(raw, MARKS) == text
