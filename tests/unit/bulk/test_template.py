"""`Template`: a message with slots, compiled once and rendered for each row."""

from __future__ import annotations

import io
import multiprocessing
import pickle
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mimekit import Message, parse
from mimekit.bulk import Slot, Template
from mimekit.clock import deterministic
from mimekit.dkim import Signer, for_ses
from mimekit.errors import MimekitError, SpecError, TemplateError
from tests.support.signing import DOMAIN, ed25519_key, judged, now, rsa_key
from tests.support.timing import is_linear

ROW: dict[str, object] = {"name": "Ada", "email": "ada@example.org"}
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)


def template(**more: Any) -> Template:
    arguments = {"from_": "Shop <shop@example.com>", "to": "{name} <{email}>", "text": "Dear {name},\n"} | more
    return Template(**{name: value for name, value in arguments.items() if value is not None})


@pytest.fixture
def key_files(tmp_path: Path) -> dict[str, Path]:
    """Give the keys as files, so that what signs with them can be pickled."""
    paths = {"rsa": tmp_path / "rsa.pem", "ed": tmp_path / "ed.pem"}
    for name, key in (("rsa", rsa_key()), ("ed", ed25519_key())):
        paths[name].write_bytes(key.to_pem())
        paths[name].chmod(0o600)
    return paths


def read(made: Template, **more: object) -> Message:
    """Render a row and parse what came out, which is sound, and equal to what is built."""
    row = {**ROW, **more}
    delivery = made.render(row, message_id="<a@b.test>")
    found = parse(delivery.data)
    assert not found.defects
    assert delivery.envelope == made._delivery(made._values.of(row), row, None).envelope
    wanted = made.message(row)
    assert [(part.content_type.essence, part.filename, part.content) for part in found.parts if not part.children] == [
        (part.content_type.essence, part.filename, part.content) for part in wanted.parts if not part.children
    ]
    skipped = ("Date", "Message-ID", "Content-Type", "Content-Transfer-Encoding")
    assert [one for one in found.headers if one[0] not in skipped] == [
        one for one in wanted.headers if one[0] not in skipped
    ]
    return found


# -- where slots may stand


def test_slots_stand_in_every_address_field() -> None:
    found = read(
        template(
            from_="{name} <{local}@example.com>",
            sender="{local}@example.com",
            reply_to="Support {name} <support+{local}@example.com>",
            to="{name} <{email}>",
            cc="{local}@{domain}",
            bcc=[("{name}", "archive+{local}@example.com")],
        ),
        local="x7",
        domain="example.net",
    )
    assert str(found.from_) == "Ada <x7@example.com>"
    assert found.sender is not None
    assert found.sender.address == "x7@example.com"
    assert str(found.reply_to) == "Support Ada <support+x7@example.com>"
    assert str(found.cc) == "x7@example.net"
    assert "Bcc" not in found.headers


def test_the_blind_recipient_is_in_the_envelope_alone() -> None:
    made = template(cc="c@example.com", bcc="audit+{name}@example.com").render(ROW)
    assert made.rcpt_to == ("ada@example.org", "c@example.com", "audit+Ada@example.com")
    assert b"audit" not in made.data


def test_slots_stand_in_the_subject_any_header_text_and_html() -> None:
    found = read(
        template(
            subject="{name}: \u2116 {number}",
            headers=[("X-Order", "{number}"), ("X-Order", "{{number}} {name}"), ("Feedback-ID", "a:{number}")],
            html="<style>p {color: red}</style><p title='{name}'>{name:raw} {name:url}</p>{{amazonSESUnsubscribeUrl}}",
        ),
        name="<\u00c5> & 'x'",
        number=Decimal("1.50"),
    )
    assert found.subject == "<\u00c5> & 'x': \u2116 1.50"
    assert list(found.headers.all("X-Order")) == ["1.50", "{{number}} <\u00c5> & 'x'"]
    assert found.html == (
        "<style>p {color: red}</style><p title='&lt;\u00c5&gt; &amp; &#x27;x&#x27;'><\u00c5> & 'x' "
        "%3C%C3%85%3E%20%26%20%27x%27</p>{{amazonSESUnsubscribeUrl}}\n"
    )


@pytest.mark.parametrize(
    ("uri", "value", "written"),
    [
        ("https://x.test/u/{token}", "a b/\u00e9?<", "https://x.test/u/a%20b%2F%C3%A9%3F%3C"),
        ("https://x.test/u/{token:raw}", "a/b", "https://x.test/u/a/b"),
        ("mailto:u+{token}@x.test?subject=stop", "a@b", "mailto:u+a%40b@x.test?subject=stop"),
        ("{token}", "https://x.test/u?a=b", "https://x.test/u?a=b"),
        ("{token}", "mailto:u@x.test", "mailto:u@x.test"),
    ],
)
def test_a_slot_in_the_unsubscribe_uri_is_encoded_and_one_that_is_all_of_it_is_a_uri(
    uri: str, value: str, written: str
) -> None:
    found = read(template(list_unsubscribe=uri), token=value)
    assert found.headers["List-Unsubscribe"] == f"<{written}>"
    assert ("List-Unsubscribe-Post" in found.headers) == written.startswith("https")


@pytest.mark.parametrize(
    "value",
    ["javascript:alert(1)", "ftp://x.test", "x", "", "https://x.test/>, <https://y.test", "https://x.test/\r\nA: b"],
)
def test_a_value_that_is_no_web_or_mail_uri_is_refused(value: str) -> None:
    with pytest.raises(TemplateError) as caught:
        template(list_unsubscribe=["{token}", "https://x.test/"]).render({**ROW, "token": value})
    assert caught.value.field == "token"


def test_the_message_id_may_have_slots_or_be_given_with_the_row() -> None:
    made = template(message_id="<{number}.x@example.com>")
    assert parse(made.render({**ROW, "number": 7}).data).message_id == "<7.x@example.com>"
    assert parse(made.render({**ROW, "number": 7}, message_id="<y@z.test>").data).message_id == "<y@z.test>"
    first, second = [parse(template().render(ROW).data).message_id or "" for _ in range(2)]
    assert first != second
    assert first.endswith("@example.com>")
    for bad in ("a b", "", ">\r\nX: y", "<", "\u00e9", "a@b"):
        with pytest.raises(TemplateError) as caught:
            made.render({**ROW, "number": bad})
        assert caught.value.field == "number"


@pytest.mark.parametrize("bad", ["<a@b>\r\nBcc: x@y.test", "<a@b.test> x", "<a@b\u00e9.test>", "", "<a@b.test\n>"])
def test_a_message_id_that_is_none_is_refused(bad: str) -> None:
    with pytest.raises(TemplateError):
        template().render(ROW, message_id=bad)


def test_the_envelope_and_the_handover_have_slots() -> None:
    made = template(
        mail_from="bounce+{name}-{number}@example.com",
        envid="run-{number}",
        ret="{ret}",
        notify=["FAILURE", "{when}"],
        orcpt="rfc822;{email}",
        tags={"campaign": "may", "number": "{number}"},
        configuration_set="set-{number}",
        tenant="t{number}",
    )
    delivery = made.render({**ROW, "number": 7, "ret": "HDRS", "when": "DELAY"})
    assert delivery.mail_from == "bounce+Ada-7@example.com"
    assert delivery.envelope.mail_params == {"RET": "HDRS", "ENVID": "run-7"}
    assert delivery.envelope.rcpt_params["ada@example.org"]["ORCPT"] == "rfc822;ada@example.org"
    assert set((delivery.envelope.rcpt_params["ada@example.org"]["NOTIFY"] or "").split(",")) == {"FAILURE", "DELAY"}
    assert dict(delivery.handover["tags"]) == {"campaign": "may", "number": "7"}
    assert (delivery.handover["configuration_set"], delivery.handover["tenant"]) == ("set-7", "t7")
    assert made.fields == ("name", "email", "number", "ret", "when")


@pytest.mark.parametrize("field", ["\r\nRCPT TO:<evil@x.test>", " ", "\u00e9\n", "a@b@c"])
def test_a_hostile_value_in_the_envelope_is_refused_and_named(field: str) -> None:
    with pytest.raises(TemplateError) as caught:
        template(mail_from="b+{n}@example.com\u0020".strip()).render({**ROW, "n": field + "\x00"})
    assert caught.value.field == "n"
    with pytest.raises(TemplateError) as caught:
        template(envid="a{n}").render({**ROW, "n": field + "\x00"})
    assert caught.value.field == "n"


@pytest.mark.parametrize("way", [{}, {"engine": "jinja2", "text": "{{ name }}"}])
def test_each_row_may_bring_attachments_as_octets_or_a_path(tmp_path: Path, way: dict[str, Any]) -> None:
    file = tmp_path / "invoice.pdf"
    file.write_bytes(b"%PDF-file")
    slot = Slot("invoice", filename="{number}.pdf")
    found = read(template(attachments=[slot, ("a.txt", b"x")], **way), number=7, invoice=b"%PDF-1")
    assert [(part.filename, part.content) for part in found.attachments] == [("7.pdf", b"%PDF-1"), ("a.txt", b"x")]
    found = read(template(attachments=[slot], **way), number=7, invoice=file)
    assert [(part.filename, part.content) for part in found.attachments] == [("7.pdf", b"%PDF-file")]
    found = read(template(attachments=[Slot("invoice", content_type="text/x-a")], **way), invoice=file)
    assert [(part.filename, part.content_type.essence) for part in found.attachments] == [("invoice.pdf", "text/x-a")]


def test_a_large_file_of_a_row_is_read_while_it_is_written(tmp_path: Path) -> None:
    file = tmp_path / "large.bin"
    file.write_bytes(bytes(3 * 2**20))
    delivery = template(attachments=[Slot("file")]).render({**ROW, "file": file})
    assert len(list(delivery.iter_data())) > 1
    assert parse(delivery.data).attachments[0].content == file.read_bytes()


@pytest.mark.parametrize("content", ["/etc/passwd", None, 5, ["x"], Path("/nowhere/x.pdf"), Path("/")])
def test_an_attachment_of_a_row_is_octets_or_a_path_to_a_file(content: object) -> None:
    with pytest.raises(TemplateError) as caught:
        template(attachments=[Slot("file", filename="a.pdf")]).render({**ROW, "file": content})
    assert caught.value.field == "file"


def test_octets_need_a_filename_and_a_hostile_one_is_refused() -> None:
    with pytest.raises(TemplateError, match="filename") as caught:
        template(attachments=[Slot("file")]).render({**ROW, "file": b"x"})
    assert caught.value.field == "file"
    for made in (template(attachments=[Slot("file", filename="{n}")]), template(attachments=[("{n}", b"x")])):
        for bad in ("a\r\nX-Evil: 1", "a\x00b", "\x7f"):
            row = {name: {"file": b"x", "n": bad}.get(name, ROW.get(name)) for name in made.fields}
            with pytest.raises(TemplateError):
                made.render(row)


def test_the_name_of_an_attachment_may_have_slots(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("x")
    made = template(
        attachments=[("Re\u00e7u {number}.pdf", b"%PDF"), ("{name}.txt", "\u00e9".encode()), ("{name}.x", file)]
    )
    found = read(made, number="\u2116 7")
    assert [(part.filename, part.content) for part in found.attachments] == [
        ("Re\u00e7u \u2116 7.pdf", b"%PDF"),
        ("Ada.txt", "\u00e9".encode()),
        ("Ada.x", b"x"),
    ]


def test_constant_files_are_read_and_encoded_once(tmp_path: Path) -> None:
    file = tmp_path / "terms.pdf"
    file.write_bytes(b"%PDF" + bytes(2**21))
    opened = io.BytesIO(b"content")
    opened.name = "opened.bin"
    made = template(attachments=[file, opened], html="<img src='cid:a'>{name}\n", inline={"a": ("a.png", b"png")})
    file.unlink()
    for one in (made, made.seeded(1), pickle.loads(pickle.dumps(made))):
        found = parse(one.render(ROW).data)
        assert [part.size > 2**21 for part in found.attachments] == [True, False]
        assert found.attachments[1].content == b"content"
        assert one._compiled.plain(ROW, None) is not None


def test_inline_files_are_shown_wherever_the_reference_comes_from() -> None:
    inline = {"logo": ("a.png", b"png"), "other": ("b.png", b"x")}
    html = "<img src='cid:other'><img src='{src}'><img src=\"cid:{label}\">"
    found = parse(template(html=html, inline=inline).render({**ROW, "src": "cid:logo", "label": "logo"}).data)
    assert sorted(part.content for part in found.inline) == [b"png", b"x"]
    assert (found.html or "").count("logo.") == 2
    found = parse(
        template(html="<img src='cid:other'><img src='{src}'>", inline={"other": ("b.png", b"x")})
        .render({**ROW, "src": "cid:other"})
        .data
    )
    assert (found.html or "").count("other.") == 2
    with pytest.raises(TemplateError) as caught:
        template(html=html, inline=inline).render({**ROW, "src": "cid:nothing", "label": "logo"})
    assert caught.value.field == "src"


def test_the_marks_of_slots_can_be_changed_everywhere() -> None:
    made = template(
        to="<<name>> <<<email>>>",
        text="{name} <<name>>",
        html="<p>{x}<<name>></p>",
        subject="<<name>>",
        slots=("<<", ">>"),
    )
    found = parse(made.render(ROW).data)
    assert (str(found.to), found.text, found.html, found.subject) == (
        "Ada <ada@example.org>", "{name} Ada\n", "<p>{x}Ada</p>\n", "Ada",
    )  # fmt: skip
    for bad in (("", ">"), ("<",), "<>", None, ("<", 1)):
        with pytest.raises(TemplateError, match="slots"):
            Template(from_="a@b.test", slots=bad)  # type: ignore[arg-type]  # the point


# -- what is refused at once


@pytest.mark.parametrize(
    "bad",
    [
        {"from_": []},
        {"from_": "Group:;"},
        {"from_": "a@b.test, c@d.test"},
        {"to": "{a}{b}"},
        {"to": "no address"},
        {"subject": 5},
        {"subject": "a\nb"},
        {"subject": "{name:url}"},
        {"headers": {"X-A": "{name:raw}"}},
        {"headers": {"To": "{email}"}},
        {"headers": {"Bad Name": "{name}"}},
        {"headers": {"X-A\r\nBcc: evil@x.test\r\nX": "{name}"}},
        {"text": "{name:raw}"},
        {"text": "a\x00{name}"},
        {"text": "a\ud800{name}"},
        {"html": "a\x00{name}"},
        {"html": "<img src='cid:x'>"},
        {"list_unsubscribe": 5},
        {"list_unsubscribe": "ftp://x.test"},
        {"message_id": "no id"},
        {"mail_from": "no address"},
        {"mail_from": 5},
        {"envid": "a b\n"},
        {"ret": "x"},
        {"notify": "x"},
        {"tags": "x"},
        {"defaults": {"unknown": "x"}},
        {"defaults": 3},
        {"formatters": {"unknown": str}},
        {"attachments": [("{name:url}.txt", b"x")]},
        {"attachments": [("{name}.txt", "x")]},
        {"attachments": [Slot("a", filename="{name:raw}")]},
        {"attachments": [5]},
        {"attachments": [Path("/nowhere")]},
        {"priority": "x"},
    ],
    ids=str,
)
def test_what_no_row_could_mend_is_refused_at_once(bad: dict[str, Any]) -> None:
    with pytest.raises(MimekitError):
        template(**bad)


def test_an_unknown_argument_is_refused() -> None:
    with pytest.raises(TypeError, match="'txt'"):
        template(txt="x")


# -- rows


def test_the_fields_are_what_a_row_needs_in_the_order_of_their_slots() -> None:
    made = template(subject="{b} {name}", attachments=[Slot("z"), Slot("y", filename="{c}")], tags={"a": "{d}"})
    assert made.fields == ("name", "email", "b", "c", "d", "y", "z")
    assert template(to="a@b.test", text="x").fields == ()
    assert parse(template(to="a@b.test", text="x").render({}).data).text == "x\n"


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"name": "Ada"}, "email"),
        ({**ROW, "other": "x"}, "other"),
        ({**ROW, "name": None}, "name"),
        ({**ROW, "name": 1.5}, "name"),
        ({**ROW, "name": False}, "name"),
        ({**ROW, "name": 10**5000}, "name"),
        ({**ROW, "name": "\ud800"}, "name"),
        ({**ROW, "name": "a\nb"}, "name"),
        ({**ROW, "email": "x"}, "email"),
        ({**ROW, "email": "ada@example.org, b@c.test"}, "email"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_row_that_makes_no_message_names_row_and_field(row: dict[str, object], field: str) -> None:
    for made in (template(), template(list_unsubscribe="https://x.test/{name}"), template(html="<p>{name:url}</p>")):
        run = made.render_all([ROW, row, ROW], "record")
        assert len(list(run)) == 2
        assert [(error.row, error.field) for error in run.errors] == [(1, field)]
        assert row is not ROW


def test_the_same_value_is_refused_or_taken_by_each_place_for_itself() -> None:
    made = template(subject="{subject}", headers={"X-A": "{header}"})
    for field in ("subject", "header"):
        with pytest.raises(TemplateError) as caught:
            made.render({**ROW, "subject": "x", "header": "x", field: "a\nb"})
        assert caught.value.field == field


def test_errors_are_raised_recorded_or_handed_over() -> None:
    rows: list[Any] = [ROW, None, 5, {}, ROW]
    made = template()
    with pytest.raises(TemplateError) as caught:
        list(made.render_all(rows))
    assert caught.value.row == 1
    run = made.render_all(iter(rows), on_error="record")
    assert [delivery.rcpt_to for delivery in run] == [("ada@example.org",)] * 2
    assert [error.row for error in run.errors] == [1, 2, 3]
    seen: list[tuple[int, object]] = []
    run = made.render_all(rows, on_error=lambda number, row, _: seen.append((number, row)))
    assert len(list(run)) == 2
    assert seen == [(1, None), (2, 5), (3, {})]
    assert run.errors == []
    with pytest.raises(TemplateError, match="on_error"):
        made.render_all(rows, on_error="ignore")


def test_rows_are_taken_one_at_a_time() -> None:
    taken: list[int] = []

    def rows() -> Any:
        for number in range(3):
            taken.append(number)
            yield ROW

    run = template().render_all(rows())
    assert taken == []
    next(run)
    assert taken == [0]


def test_an_address_international_by_its_domain_is_sent_and_by_its_local_part_refused_where_it_is_shown() -> None:
    made = template(to="{email}", bcc="{hidden}")
    found = made.render({"name": "x", "email": "a@b\u00fccher.test", "hidden": "b@c.test"})
    assert found.rcpt_to[0] == "a@xn--bcher-kva.test"
    for field in ("email", "hidden"):
        with pytest.raises(TemplateError) as caught:
            made.render({"name": "x", "email": "a@b.test", "hidden": "b@c.test", field: "zo\u00eb@c.test"})
        assert caught.value.field == field


def test_the_domain_of_the_bounce_address_is_written_in_a_labels() -> None:
    assert template(mail_from="b+{name}@B\u00fccher.example").render(ROW).mail_from == "b+Ada@xn--bcher-kva.example"
    assert template(mail_from=("Bounces", "b@x.test")).render(ROW).mail_from == "b@x.test"
    assert template(mail_from="").render(ROW).mail_from == ""


@pytest.mark.parametrize(
    ("subject", "row"),
    [
        ("{name}{b}", ("x=", "?utf-8?q?=41?=")),
        ("={name}{b}", ("?utf-8?q?=41?=", "")),
        ("{name}?utf-8?q?=41?={b}", ("=", "")),
    ],
)
@pytest.mark.parametrize("third", ["x", "\u00e9"])
def test_literals_and_values_never_make_an_encoded_word_together(
    subject: str, row: tuple[str, str], third: str
) -> None:
    made = template(subject=subject, to=f'"{subject}" <{{email}}>', text="{c}\n")
    found = read(made, name=row[0], b=row[1], c=third)
    wanted = subject.replace("{name}", row[0]).replace("{b}", row[1])
    assert found.subject == wanted
    assert found.to[0].display_name == wanted


@pytest.mark.parametrize(("text", "value"), [("a{n}\n", "\r"), ("a\r{n}b", "\n"), ("a\r\n{n}\n", "b\r\nc\rd")])
def test_a_cr_and_an_lf_that_meet_at_a_slot_are_two_line_ends(text: str, value: str) -> None:
    template = Template(from_="a@example.com", to="b@example.org", text=text, html=text, date=NOW)
    row = {"n": value}
    lines = "".join([piece.replace("\r\n", "\n").replace("\r", "\n") for piece in (*text.split("{n}"), value)])
    for made in (template.message(row), parse(template.render(row).data)):
        assert made.text is not None
        assert made.html is not None
        assert made.text.count("\n") == lines.count("\n") + (not text.endswith("\n"))
        assert made.html.count("\n") == made.text.count("\n")


def test_thousands_of_slots_in_one_field_are_rendered() -> None:
    text = "A:{n}b:{n}" * 5_000
    template = Template(from_="a@example.com", to="{n} <{email}>", subject=text, text="x", date=NOW)
    made = parse(template.render({"n": "ab", "email": "b@example.org"}).data)
    assert made.subject == text.format(n="ab")


def test_a_boundary_that_was_guessed_is_a_line_of_text() -> None:
    made = template(text="x\n--={name}{b}\n{b}{name}\n-{c}\n", html="<p>{name}</p>")
    row: dict[str, object] = {**ROW, "b": "b", "c": "c"}
    boundary = parse(made.render(row).data).content_type.parameters["boundary"]
    for name, b, c in (
        (boundary[1:], "", f"-{boundary}"),
        (boundary[2:], "_", "-=_"),
        (f"{boundary[1:]}--", "--=", "c"),
    ):
        found = parse(made.render({**row, "name": name, "b": b, "c": c}).data)
        assert len(list(found.parts)) == 3
        assert found.text == f"x\n--={name}{b}\n{b}{name}\n-{c}\n"


def test_an_enumeration_or_marked_text_is_its_text() -> None:
    class Marked(str):
        __slots__ = ()

        def __format__(self, spec: str) -> str:
            return "\r\nX-Evil: 1"

        def replace(self, *_: object) -> str:
            return self

    found = read(template(subject="{name}", html="<p>{name}</p>"), name=Marked("<b>"))
    assert (found.subject, found.text, found.html) == ("<b>", "Dear <b>,\n", "<p>&lt;b&gt;</p>\n")


# -- copies


def test_seeded_copies_render_the_same_octets_whatever_way_a_row_goes() -> None:
    made = template(html="<p>{name}</p><i title='{b}'>", attachments=[("a.bin", b"x")])
    first, second, other = made.seeded(7), made.seeded(7), made.seeded(8)
    for name in ("Ada", "J\u00f6rg", "a=_b", "cid:x", "x\t" * 400):
        row = {**ROW, "name": name, "b": name.replace("cid:x", "cid: x")}
        with deterministic(1, NOW):
            made_of = [one.render(row, message_id="<a@b.test>").data for one in (first, second, other)]
        assert made_of[0] == made_of[1]
        assert made_of[0] != made_of[2]


def test_a_row_that_goes_the_long_way_has_the_same_octets_for_the_same_message_id() -> None:
    made = template(html="<img src='cid:a'><img src='{b}'>", inline={"a": ("a.png", b"x")})
    with deterministic(1, NOW):
        octets = {made.seeded(7).render({**ROW, "b": "cid:a"}, message_id="<a@b.test>").data for _ in range(2)}
    assert len(octets) == 1


def test_a_template_is_a_value_and_can_be_pickled(key_files: dict[str, Path]) -> None:
    def with_slot(name: str) -> Template:
        return template(attachments=[Slot("file", filename=name)])

    assert template() == template()
    assert hash(template()) == hash(template())
    assert template() != template(subject="x")
    assert with_slot("a") == with_slot("a")
    assert with_slot("a") != with_slot("b")
    assert template(attachments=[("a", b"x")]) != template(attachments=[("a", b"y")])
    assert template() != "x"
    signer = Signer(DOMAIN, selector="ed", key=key_files["ed"])
    made = template(html="{name}", headers={"X": "{name}"}, signer=[signer], mail_from="b+{name}@example.com")
    again = pickle.loads(pickle.dumps(made))
    with deterministic(1, NOW):
        assert again.render(ROW, message_id="<a@b.test>") == made.render(ROW, message_id="<a@b.test>")
    assert repr(made) == "<Template of 2 fields: name, email>"


def test_arguments_that_can_be_read_only_once_are_kept_and_changes_of_others_are_not_seen() -> None:
    headers = [("X-A", "{name}")]
    made = template(attachments=(item for item in [("a", b"x")]), to=iter(["{name} <{email}>"]), headers=headers)
    headers.append(("X-B", "x"))
    for one in (made, made.seeded(1), pickle.loads(pickle.dumps(made))):
        found = read(one)
        assert len(found.attachments) == 1
        assert found.headers["X-A"] == "Ada"
        assert "X-B" not in found.headers


def test_threads_render_at_once_and_no_id_is_given_twice() -> None:
    made = template(html="<p>{name}</p>", signer=Signer(DOMAIN, selector="ed", key=ed25519_key()))

    def render(number: int) -> tuple[str | None, str]:
        name = ["Ada", "J\u00f6rg", "a\tb"][number % 3] + str(number)
        row = {"name": name.replace("\t", " "), "email": "ada@example.org"}
        found = parse(made.render(row).data)
        assert found.text == f"Dear {row['name']},\n"
        return found.message_id, row["name"]

    with ThreadPoolExecutor(8) as pool:
        ids = [msg_id for msg_id, _ in pool.map(render, range(600))]
    assert len(set(ids)) == 600


def test_a_fixed_time_in_one_thread_is_not_seen_in_another() -> None:
    made = template()

    def dates(fixed: bool) -> set[bool]:
        found = set()
        for _ in range(300):
            if fixed:
                with deterministic(1, NOW.replace(year=1999)):
                    octets = made.render(ROW).data
            else:
                octets = made.render(ROW).data
            found.add(b" 1999 " in octets)
        return found

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(dates, [True, False] * 4)) == [{True}, {False}] * 4


def _ids(made: Template, queue: Any) -> None:
    queue.put([parse(made.render(ROW).data).message_id for _ in range(3)])


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_after_a_fork_each_process_has_ids_of_its_own() -> None:
    made = template()
    made.render(ROW)
    context = multiprocessing.get_context("fork")
    queue = context.SimpleQueue()
    processes = [context.Process(target=_ids, args=(made, queue)) for _ in range(2)]
    for process in processes:
        process.start()
    found = [msg_id for _ in processes for msg_id in queue.get()]
    for process in processes:
        process.join()
    found += [parse(made.render(ROW).data).message_id for _ in range(3)]
    assert len(set(found)) == 9


# -- signed


@pytest.mark.parametrize(
    ("kinds", "more"),
    [
        (["rsa"], {}),
        (["ed", "rsa"], {}),
        (["ed"], {"headers": ["from"]}),
        (["rsa"], {"canonicalization": "simple/simple"}),
    ],
    ids=["rsa", "both", "of what no row changes", "simple"],
)
def test_what_is_signed_verifies_whatever_the_literals_are(
    kinds: list[str], more: dict[str, Any], key_files: dict[str, Path]
) -> None:
    signers = [Signer(DOMAIN, selector=kind, key=key_files[kind], **more) for kind in kinds]
    made = template(
        from_='"} {{ }\' \\\\ \\"" <shop@example.com>',
        subject="x} {name} }",
        html="<p>}{name}</p>\n\n",
        signer=iter(signers),
    )
    for one in (made, pickle.loads(pickle.dumps(made))):
        for name in ("Ada", "J\u00f6rg", " a ", "a  b"):
            row = {**ROW, "name": name}
            assert judged(one.render(row).data) == [True] * len(kinds)
        assert one._compiled.plain(ROW, None) is not None


def test_a_signer_for_ses_is_alone() -> None:
    signer = for_ses(DOMAIN, selector="rsa", key=rsa_key(), now=now)
    assert judged(template(signer=signer).render(ROW).data) == [True]
    with pytest.raises(MimekitError):
        template(signer=[signer, signer])


def test_a_message_that_cannot_be_signed_rejects_the_row() -> None:
    made = template(signer=Signer(DOMAIN, selector="ed", key=ed25519_key(), now=lambda: datetime(2026, 1, 1)))
    for name in ("Ada", "J\u00f6rg", "a  b"):
        with pytest.raises(TemplateError) as caught:
            made.render({**ROW, "name": name})
        assert caught.value.field is None


# -- made of other things


def test_a_template_is_made_of_a_message_whose_fields_have_slots() -> None:
    source = parse(
        b"Received: by x\r\nDKIM-Signature: v=1\r\nReturn-Path: <x@y.test>\r\nDate: Wed, 25 Nov 2026 12:00:00 +0000\r\n"
        b"From: =?utf-8?q?Caf=C3=A9=2C_{shop}?= <shop@example.com>\r\n"
        b"To: {name}\r\n <{email}>, a@b.test\r\nCc: {cc}\r\n"
        b"Bcc: audit@example.com\r\nSubject: =?utf-8?q?Caf=C3=A9_{name}?=\r\nMessage-ID: <a@b.test>\r\n"
        b"X-Order: {order}\r\n"
        b"List-Unsubscribe: <https://x.test/{token}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
        b"Auto-Submitted: auto-generated\r\nImportance: High\r\nX-Priority: 1\r\nIn-Reply-To: <p@q.test>\r\n"
        b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>{name}</p>\r\n"
    )
    made = Template.from_message(source, mail_from="b+{token}@example.com")
    row = {"shop": "A, B", "name": "Ada", "email": "ada@example.org", "cc": "c@d.test", "order": 7, "token": "x"}
    delivery = made.render(row)
    found = parse(delivery.data)
    assert str(found.from_) == '"Caf\u00e9, A, B" <shop@example.com>'
    assert delivery.rcpt_to == ("ada@example.org", "a@b.test", "c@d.test", "audit@example.com")
    assert (found.subject, found.html, found.headers["X-Order"]) == ("Caf\u00e9 Ada", "<p>Ada</p>\n", "7")
    assert found.headers["List-Unsubscribe"] == "<https://x.test/x>"
    assert (found.headers["Auto-Submitted"], found.headers["Importance"]) == ("auto-generated", "high")
    assert found.in_reply_to == ("<p@q.test>",)
    assert found.message_id != "<a@b.test>"
    assert delivery.mail_from == "b+x@example.com"
    assert not [name for name in ("Received", "DKIM-Signature", "Return-Path", "Bcc") if name in found.headers]


def test_a_built_message_becomes_a_template_with_its_files() -> None:
    built = Message(
        from_="shop@example.com",
        to="{user}@example.org",
        bcc="audit+{user}@example.com",
        subject="x {user}",
        text="t {user}",
        html="<img src='cid:logo'>{user}",
        inline={"logo": ("a.png", b"png")},
        attachments=[("{user}.pdf", b"%PDF"), ("b.txt", b"x")],
        mail_from="b+{user}@example.com",
    )
    made = Template.from_message(built)
    assert made.fields == ("user",)
    delivery = made.render({"user": "ada"})
    found = parse(delivery.data)
    assert delivery.rcpt_to == ("ada@example.org", "audit+ada@example.com")
    assert [(part.filename, part.content) for part in found.attachments] == [("ada.pdf", b"%PDF"), ("b.txt", b"x")]
    assert [part.content for part in found.inline] == [b"png"]
    assert delivery.mail_from == "b+ada@example.com"


def spec(text: str) -> io.BytesIO:
    return io.BytesIO(text.encode())


def test_a_template_is_loaded_from_a_spec() -> None:
    made = Template.load(
        spec(
            'from = "Shop <shop@example.com>"\n'
            'to = ["{name} <{email}>", {name = "{name}", address = "x+{id}@x.test"}]\n'
            'mail_from = {name = "B", address = "b+{id}@example.com"}\nsubject = "Hi {name}"\ntext = "{city} {{x}}"\n'
            '[headers]\nX-Id = "{id}"\n'
            '[template]\nenvid = "e{id}"\nnotify = ["FAILURE"]\ntenant = "t"\n'
            '[template.tags]\nid = "{id}"\n[template.defaults]\ncity = "Rome"\n'
        ),
        bcc="a@b.test",
    )
    delivery = made.render({**ROW, "id": 7})
    assert delivery.rcpt_to == ("ada@example.org", "x+7@x.test", "a@b.test")
    assert (delivery.mail_from, delivery.envelope.mail_params["ENVID"]) == ("b+7@example.com", "e7")
    assert parse(delivery.data).text == "Rome {{x}}\n"
    assert dict(delivery.handover["tags"]) == {"id": "7"}
    made = Template.load(spec('from="a@b.test"\nto="<<email>>"\ntext="{x}"\n[template]\nslots=["<<", ">>"]\n'))
    assert made.fields == ("email",)


@pytest.mark.parametrize(
    "table",
    ["unknown = 1", "tags = 1", "defaults = 1", 'slots = "x"', "engine = 5", "notify = 5", "envid = 5", "tenant = 5",
     "configuration_set = []", "tags = {a = 1}", "ret = 1", "orcpt = 1"],
)  # fmt: skip
def test_a_spec_that_says_what_is_none_is_refused_in_a_sentence(table: str) -> None:
    with pytest.raises(MimekitError):
        Template.load(spec(f'from="a@b.test"\nto="{{email}}"\n[template]\n{table}\n'))


def test_a_spec_without_an_author_is_refused() -> None:
    with pytest.raises(SpecError):
        Template.load(spec('to="{email}"\n'))


# -- time


@pytest.mark.parametrize("value", ["x", "\u00e9", "x ", "=", "&", "\t", "{", "=?"])
def test_a_value_of_a_megabyte_takes_linear_time(value: str) -> None:
    made = template(
        to="{email}", subject="{s}", text="{name}\n", html="<p title='{name}'>{name:url}</p>", headers={"X": "{s}"}
    )

    def work(size: int) -> None:
        with suppress(TemplateError):
            made.render({**ROW, "s": value * (size // 10), "name": value * size})

    assert is_linear(work, 50_000 // len(value), 500_000 // len(value))


# -- what would go out wrong, and is refused


@pytest.mark.parametrize("name", ["Resent-To", "resent-from", "Resent-Date"])
@pytest.mark.parametrize("value", ["z@example.org", "{email}"])
def test_a_template_makes_no_resent_message(name: str, value: str) -> None:
    with pytest.raises(TemplateError, match="a message that is resent goes to others than its To says"):
        template(headers=[(name, value)])


def test_an_id_that_is_the_same_for_all_is_refused() -> None:
    with pytest.raises(TemplateError, match=r"message_id is '<a@x.test>' for every row"):
        template(message_id="<a@x.test>")


@pytest.mark.parametrize("value", ["", " ", "<>"])
@pytest.mark.parametrize("more", [{}, {"encoding": "7bit"}])
def test_a_row_cannot_send_bounces_to_nobody(value: str, more: dict[str, Any]) -> None:
    made = template(mail_from="{back}", **more)
    with pytest.raises(TemplateError, match="the field 'back' is empty, and mail_from is made of it") as caught:
        made.render({**ROW, "back": value})
    assert caught.value.field == "back"
    assert template(mail_from="").render(ROW).mail_from == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("amp", "<!doctype html><html amp4email><body>{name}</body></html>"),
        ("calendar", "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:{name}\r\nEND:VCALENDAR\r\n"),
        ("calendar", b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:{name}\r\nEND:VCALENDAR\r\n"),
        ("references", ["<{name}@x.test>"]),
        ("notify", {"{name}": "NEVER"}),
        ("orcpt", {"ada@example.org": "rfc822;{name}"}),
        ("in_reply_to", "<{name}@x.test>"),
        ("inline", {"logo": ("{name}.png", b"octets")}),
        ("inline", {"{name}": ("logo.png", b"octets")}),
    ],
)
def test_a_slot_where_nothing_fills_it_is_refused(name: str, value: object) -> None:
    with pytest.raises(TemplateError, match=f"{name} has the slot '{{name}}', and takes none"):
        template(**{name: value})


def test_octets_of_an_inline_file_are_no_slots() -> None:
    made = template(html='<img src="cid:logo">', inline={"logo": ("logo.png", b"\x89PNG{name}")})
    assert made.render(ROW).rcpt_to == ("ada@example.org",)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("subject", "Hello {{ name }}"),
        ("subject", "{% if name %}Hello{% endif %}"),
        ("to", '"{{name}}" <{email}>'),
        ("headers", {"X-Name": "{{name}}"}),
        ("attachments", [("{{name}}.txt", b"octets")]),
        ("list_unsubscribe", "https://x.test/{{ token }}"),
    ],
)
def test_what_an_engine_does_not_see_is_refused_outside_of_the_bodies(name: str, value: object) -> None:
    with pytest.raises(TemplateError, match=f"{name} has '.*', which would go out as it stands"):
        template(**{"text": "Dear {{ name }},\n", "engine": "jinja2", name: value})


def test_what_amazon_ses_fills_stands_beside_an_engine() -> None:
    made = template(text="{{ name }}\n", engine="jinja2", headers={"X-Unsubscribe": "{{amazonSESUnsubscribeUrl}}"})
    assert b"{{amazonSESUnsubscribeUrl}}" in made.render(ROW).data


@pytest.mark.parametrize(
    ("header", "named"),
    [
        ("Content-Type: text/calendar; method=REQUEST", "text/calendar"),
        ("Content-Type: text/x-amp-html", "text/x-amp-html"),
        ("Content-Type: text/enriched", "text/enriched"),
        ('Content-Type: image/png\r\nContent-Disposition: inline; filename="logo.png"', "image/png, 'logo.png',"),
    ],
)
def test_a_part_that_a_template_cannot_take_is_named(header: str, named: str) -> None:
    octets = (
        "From: shop@example.com\r\nTo: ada@example.org\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHello.\r\n'
        f"--b\r\n{header}\r\n\r\nmore\r\n--b--\r\n"
    )
    with pytest.raises(TemplateError, match=f"the message has a part {named}"):
        Template.from_message(parse(octets.encode()))


def test_a_spec_that_says_how_to_sign_is_not_loaded_unsigned() -> None:
    source = b'from = "a@example.com"\nto = "{email}"\n[dkim]\ndomain = "example.com"\n'
    with pytest.raises(SpecError, match=r"the table dkim says how the messages are signed.*signer=\(\)"):
        Template.load(io.BytesIO(source))
    assert Template.load(io.BytesIO(source), signer=()).fields == ("email",)


@pytest.mark.parametrize(
    ("value", "shown"), [(Decimal("1E+5"), "100000"), (Decimal("9.50"), "9.50"), (Decimal("0E-7"), "0.0000000")]
)
def test_a_number_is_written_in_digits(value: Decimal, shown: str) -> None:
    assert template(text="{total}").render({**ROW, "total": value}).data.endswith(f"{shown}\r\n".encode())


@pytest.mark.parametrize("value", ["NaN", "Infinity", "1E+5000", "1E-5000"])
def test_a_number_that_has_no_digits_is_refused(value: str) -> None:
    with pytest.raises(TemplateError, match="the field 'total' is"):
        template(text="{total}").render({**ROW, "total": Decimal(value)})


def test_octets_that_are_not_utf_8_are_called_that() -> None:
    with pytest.raises(TemplateError, match=r"the field 'name' is .*; it is not UTF-8"):
        template().render({**ROW, "name": "J\udcf6rg"})


def test_a_row_of_a_database_is_rendered() -> None:
    with sqlite3.connect(":memory:") as base:
        base.row_factory = sqlite3.Row
        row = base.execute("SELECT 'ada@example.org' AS email, 'J\u00f6rg' AS name").fetchone()
    base.close()
    assert template(defaults={"name": "reader"}).render(row).rcpt_to == ("ada@example.org",)
