"""Slots: what is one, which values may go there, and how they are written."""

from __future__ import annotations

import enum
from decimal import Decimal

import pytest

from mimekit.bulk.slots import Field, Slot, Text, Values, culprit, parse
from mimekit.errors import HeaderError, TemplateError
from tests.support.timing import is_linear


@pytest.mark.parametrize(
    ("source", "slots"),
    [
        pytest.param("{name}", [Field("name")], id="a name"),
        pytest.param("{name:raw}{name:url}", [Field("name", "raw"), Field("name", "url")], id="forms"),
        pytest.param("b {color: red} { x } {1} {} {a-b} {a:b}", [], id="CSS and code"),
        pytest.param("a{b{name}c}", [Field("name")], id="inside other braces"),
        pytest.param("{{amazonSESUnsubscribeUrl}} {name}", [Field("name")], id="doubled"),
        pytest.param("{{a {name} b}}", [], id="inside doubled ones"),
        pytest.param("{{ {name}", [Field("name")], id="doubled and never closed"),
        pytest.param("{n\u00e4me}", [], id="an identifier is ASCII"),
    ],
)
def test_a_slot_is_an_identifier_in_braces_and_all_else_stands(source: str, slots: list[Field]) -> None:
    literals, found = parse(source)
    assert list(found) == slots
    forms = [f"{{{slot.name}{':' if slot.form else ''}{slot.form}}}" for slot in found]
    assert "".join([text for pair in zip(literals, [*forms, ""], strict=True) for text in pair]) == source


@pytest.mark.parametrize("marks", [("<<", ">>"), ("[", "]"), ("%", "%"), ("\\(", ")")])
def test_the_marks_of_a_slot_can_be_chosen(marks: tuple[str, str]) -> None:
    text = Text(f"a {marks[0]}name{marks[1]} {{name}}", marks)
    assert text.fill({"name": "x"}) == "a x {name}"


def test_a_value_may_hold_what_looks_like_a_slot() -> None:
    assert Text("{a} {b}").fill({"a": "{b}", "b": "{a}"}) == "{b} {a}"


def values(**more: object) -> Values:
    return Values(["n"], [], more.get("defaults", {}), more.get("formatters", {}))  # type: ignore[arg-type]  # of a test


class Colour(str, enum.Enum):  # noqa: UP042 - which formats itself as its name
    RED = "red"


class Loud(str):
    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return "loud"

    def __str__(self) -> str:
        return "loud"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x", "x"),
        ("", ""),
        (7, "7"),
        (-(10**30), "-1" + "0" * 30),
        (Decimal("1.50"), "1.50"),
        (Colour.RED, "red"),
        (Loud("quiet"), "quiet"),
    ],
)
def test_text_whole_numbers_and_decimals_are_values(value: object, text: str) -> None:
    made = values().of({"n": value})["n"]
    assert made == text
    assert type(made) is str


@pytest.mark.parametrize(
    "value", [None, 1.5, True, b"x", [], object(), pytest.param(10**5000, id="huge"), "\ud800", "a\udfff"]
)
def test_any_other_value_is_refused_and_the_field_named(value: object) -> None:
    with pytest.raises(TemplateError) as caught:
        values().of({"n": value})
    assert caught.value.field == "n"


@pytest.mark.parametrize("row", [None, 5, "n", ["n"], object()])
def test_a_row_is_a_mapping(row: object) -> None:
    with pytest.raises(TemplateError, match="mapping"):
        values().of(row)  # type: ignore[arg-type]  # the point


@pytest.mark.parametrize(("row", "field"), [({}, "n"), ({"n": "x", "m": "y"}, "m"), ({"n": "x", 5: "y"}, "5")])
def test_a_missing_and_an_unknown_field_are_refused(row: dict[str, object], field: str) -> None:
    with pytest.raises(TemplateError) as caught:
        values().of(row)
    assert caught.value.field == field


def test_a_default_stands_for_what_is_missing_and_for_null() -> None:
    found = values(defaults={"n": 7})
    assert [found.of(row)["n"] for row in ({}, {"n": None}, {"n": ""}, {"n": "x"})] == ["7", "7", "", "x"]


def test_a_formatter_makes_text_of_anything_and_its_failure_is_the_rows() -> None:
    found = values(formatters={"n": lambda value: f"{value:.2f}"})
    assert found.of({"n": 1.5})["n"] == "1.50"
    with pytest.raises(TemplateError, match="formatter") as caught:
        found.of({"n": "x"})
    assert caught.value.field == "n"
    with pytest.raises(TemplateError, match="float"):
        values(formatters={"n": lambda value: value}).of({"n": 1.5})


@pytest.mark.parametrize("argument", ["defaults", "formatters"])
@pytest.mark.parametrize("given", [{"m": 1}, 3, "n"])
def test_defaults_and_formatters_are_mappings_of_names_that_are_used(argument: str, given: object) -> None:
    with pytest.raises(TemplateError, match=argument):
        values(**{argument: given})


def test_a_slot_for_attachments_has_the_name_of_a_field_and_is_a_value() -> None:
    assert Slot("a", filename="x") == Slot("a", filename="x")
    assert len({Slot("a", filename="x"), Slot("a", filename="x"), Slot("a"), Slot("a", content_type="a/b")}) == 3
    for name in ("", "a b", "1", "{a}", None):
        with pytest.raises(TemplateError, match="name of a field"):
            Slot(name)  # type: ignore[arg-type]  # the point


def test_the_culprit_is_the_field_whose_value_is_at_fault() -> None:
    def make(tried: dict[str, str]) -> None:
        if "!" in "".join(tried.values()):
            message = "!"
            raise HeaderError(message)

    harmless = dict.fromkeys("abc", "x")
    assert culprit(make, {"a": "1", "b": "!", "c": "3"}, harmless) == "b"  # type: ignore[arg-type]  # a dict is one
    assert culprit(make, {"a": "!", "b": "!", "c": "3"}, harmless) == "b"  # type: ignore[arg-type]  # any mapping will do
    assert culprit(make, {"a": "1", "b": "2", "c": "3", "d": "!"}, harmless) is None  # type: ignore[arg-type]  # any mapping will do


def test_reading_a_template_is_linear_when_its_marks_are_never_closed() -> None:
    for marks in ("{{", "{", "{a"):
        assert is_linear(lambda size, marks=marks: parse(marks * size), 20_000, 200_000)  # type: ignore[misc]  # a default binds it
