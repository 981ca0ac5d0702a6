"""Engines: Jinja2 renders the bodies, in its sandbox, and everything else is compiled."""

from __future__ import annotations

import pickle
import sys
from typing import Any

import pytest

from mimekit import parse
from mimekit.bulk import Slot, Template
from mimekit.errors import TemplateError

pytest.importorskip("jinja2", reason="Jinja2 is not installed: engine='jinja2' was not tested")


def template(**more: Any) -> Template:
    arguments = {"from_": "shop@example.com", "to": "{name} <{email}>", "engine": "jinja2"} | more
    return Template(**arguments)


ROW = {"name": "Ada", "email": "ada@example.org"}


def test_bodies_have_conditions_and_loops_and_all_else_has_slots() -> None:
    made = template(
        subject="For {name}",
        text="Dear {{ name }},{% for item in items %}\n- {{ item.title }}: {{ '%.2f'|format(item.price) }}{% endfor %}",
        html="<p>{% if name %}{{ name }}{% endif %}</p>{name} {name:raw}",
    )
    assert made.fields == ("name", "email", "items")
    found = parse(made.render({**ROW, "items": [{"title": "A", "price": 1.5}, {"title": "B", "price": 2}]}).data)
    assert found.subject == "For Ada"
    assert found.text == "Dear Ada,\n- A: 1.50\n- B: 2.00\n"
    assert found.html == "<p>Ada</p>{name} {name:raw}\n"


def test_everything_but_the_bodies_is_compiled() -> None:
    made = template(text="{{ name }}", html="<b>{{ name }}</b>", attachments=[("a.bin", b"x" * 999)])
    values = made._values.of(ROW)
    general = made._compiled.general(values, "<a@b.test>", ROW)
    assert general is not None
    assert parse(general.data).html == "<b>Ada</b>\n"
    long = made._delivery(values, ROW, "<a@b.test>")
    assert [part.content for part in parse(general.data).parts] == [part.content for part in parse(long.data).parts]


def test_values_are_escaped_in_html_alone() -> None:
    found = parse(template(text="{{ name }}", html="{{ name }} {{ name|safe }}").render({**ROW, "name": "<b>"}).data)
    assert found.text == "<b>\n"
    assert found.html == "&lt;b&gt; <b>\n"


@pytest.mark.parametrize(
    "body",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ name.__class__ }}",
        "{{ items.append(1) }}",
        "{% for i in range(10**9) %}{% endfor %}",
        "{{ cycler.__init__.__globals__ }}",
        "{{ 1 / 0 }}",
        "{{ missing }}",
        "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}",
        "{% include 'x' %}",
    ],
)
def test_what_the_sandbox_refuses_rejects_the_row(body: str) -> None:
    with pytest.raises(TemplateError, match=r"^text"):
        template(text=body, defaults={"items": []} if "items" in body else None).render(ROW)


def test_a_missing_null_or_unknown_field_rejects_the_row_and_a_default_helps() -> None:
    made = template(text="{{ city }}")
    for row in (ROW, {**ROW, "city": None}, {**ROW, "city": "x", "other": 1}):
        with pytest.raises(TemplateError):
            made.render(row)
    assert parse(template(text="{{ city }}", defaults={"city": "Rome"}).render(ROW).data).text == "Rome\n"


def test_formatters_work_in_bodies() -> None:
    made = template(text="{{ price }}", formatters={"price": lambda value: f"{value:.2f}"})
    assert parse(made.render({**ROW, "price": 1.5}).data).text == "1.50\n"


def test_a_body_is_text_however_it_ends_and_whatever_is_in_it() -> None:
    made = template(text="{{ name }}")
    for name, text in (("", ""), ("a\n", "a\n"), ("\u00e9", "\u00e9\n"), (".\nFrom x\n--=_x", ".\nFrom x\n--=_x\n")):
        found = parse(made.render({**ROW, "name": "x"} | {"name": name}).data) if "\n" not in name else None
        assert found is None or found.text == text
    made = template(to="{email}", text="{{ body }}")
    for body, text in (("a\n", "a\n"), (".\nFrom x\n--=_x", ".\nFrom x\n--=_x\n"), ("a\r\n\r\n", "a\n\n")):
        assert parse(made.render({"email": "a@b.test", "body": body}).data).text == text
    with pytest.raises(TemplateError, match="NUL") as caught:
        made.render({"email": "a@b.test", "body": "\x00"})
    assert caught.value.field is None


def test_inline_files_are_found_in_what_was_rendered() -> None:
    made = template(html='<img src="cid:{{ label }}">', inline={"logo": ("a.png", b"x")})
    found = parse(made.render({**ROW, "label": "logo"}).data)
    assert [part.content for part in found.inline] == [b"x"]
    with pytest.raises(TemplateError):
        made.render({**ROW, "label": "other"})


def test_an_engine_and_attachments_of_the_row_go_together() -> None:
    made = template(text="{{ name }}", attachments=[Slot("file", filename="{name}.pdf")])
    found = parse(made.render({**ROW, "file": b"%PDF"}).data)
    assert [(part.filename, part.content) for part in found.attachments] == [("Ada.pdf", b"%PDF")]


def test_what_is_no_template_or_no_engine_is_refused_at_once() -> None:
    with pytest.raises(TemplateError, match="line 2"):
        template(text="a\n{% if %}")
    with pytest.raises(TemplateError, match="jinja2 is the one"):
        template(text="a", engine="mako")


def test_without_jinja2_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jinja2", None)
    with pytest.raises(TemplateError, match=r"mimekit\[bulk\]"):
        template(text="a")


def test_a_template_with_an_engine_can_be_pickled() -> None:
    made = template(text="{% if name %}{{ name }}{% endif %}")
    again = pickle.loads(pickle.dumps(made))
    assert again == made
    assert parse(again.render(ROW).data).text == "Ada\n"
