"""A template renders what `Message` builds, whatever stands in it and in its rows (promises 3, 4 and 6)."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from mimekit import parse
from mimekit.bulk import Template
from mimekit.clock import deterministic
from mimekit.delivery import Delivery
from mimekit.dkim import Signer, for_ses, verify
from mimekit.errors import MimekitError, TemplateError
from mimekit.message import Message
from tests.support.signing import DOMAIN, NOW, ed25519_key, judged, key_record, now, rsa_key

FIELDS = ("name", "email", "number", "token", "city")

pieces = st.sampled_from(
    [f"{{{name}}}" for name in FIELDS]
    + [
        "{name:url}",
        "\n",
        "\r\n",
        ".",
        "From ",
        "--",
        "=",
        "=20",
        " ",
        "  ",
        "a",
        "word ",
        "Stra\u00dfe",
        "\u4eac",
        "{{kept}}",
        "{x",
        "}",
    ]
    + ["<b>&amp;", "x" * 80, "\n\n.\n", "\t"]
)
bodies = st.lists(pieces, min_size=1, max_size=25).map("".join)
subjects = st.lists(
    st.sampled_from(["{number}", "{name}", "Order ", "caf\u00e9 ", "=?utf-8?q?x?=", "a", " ", "x" * 60]), max_size=6
)
addressed = st.sampled_from(
    [
        "{name} <{email}>",
        "{email}",
        '"{name}, {city}" <{email}>',
        "Dr. {name} <{email}>",
        "Team {city}: {email};",
        "a@b.test, {email}",
    ]
)
texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs"])
    | st.sampled_from(list(".=<>&'\"\\,;:@-_ \t\n\r\u202e\u200d\x00\x1b")),
    max_size=40,
)
plain = st.text(st.sampled_from("abcXYZ 0123456789.-'&<"), min_size=1, max_size=30)
addresses = st.sampled_from(
    [
        "ada@example.org",
        "o'brien+x@mail.example.net",
        "ADA@Example.ORG",
        "zoë@example.org",
        "a@bücher.test",
        "x@xn--bcher-kva.test",
        "no address",
        "a@b.test, c@d.test",
        "A <a@b.test>",
        "a@b.test\r\nBcc: c@d.test",
        "",
        "x" * 70 + "@b.test",
        "a@localhost",
    ]
)
rows = st.fixed_dictionaries(
    {
        "name": plain | texts,
        "email": addresses,
        "number": st.integers(0, 9999) | plain,
        "token": plain | texts,
        "city": plain | texts,
    }
)


def normal(octets: bytes) -> bytes:
    """Leave out what is random, and the time."""
    octets = re.sub(rb"=_[0-9a-f]{32}", b"=_", octets)
    return re.sub(rb"(?m)^(Message-ID|Date): [^\r]*", rb"\1:", octets)


def built(template: Template, row: dict[str, object]) -> Message | None:
    """Give what `Message` makes of a row, ``None`` when it refuses."""
    try:
        message = template.message(row)
        assert message.deliveries()
    except MimekitError:
        return None
    return message


def rendered(template: Template, row: dict[str, object]) -> Delivery | None:
    try:
        return template.render(row)
    except TemplateError:
        return None


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(addressed, subjects, bodies, bodies, st.lists(rows, min_size=1, max_size=4), st.booleans())
@example(
    "{name} <{email}>",
    ["{number}"],
    "{name}\n{city}.",
    "<p>{name}</p>{token}",
    [dict.fromkeys(FIELDS, "ada@example.org")],
    True,  # noqa: FBT003 - what is drawn for the argument
)
def test_what_is_rendered_says_what_is_built(  # noqa: PLR0913, PLR0917 - what is drawn
    to: str,
    subject: list[str],
    text: str,
    html: str,
    drawn: list[dict[str, object]],
    hidden: bool,
) -> None:
    used = "".join([f"{{{name}}}" for name in FIELDS])
    template = Template(
        from_="Shop <shop@example.com>",
        to=to,
        bcc="audit@example.com" if hidden else None,
        subject="".join(subject),
        text=f"{text}{{number}}{text}",
        html=f"{html}<!-- {used} -->",
        list_unsubscribe="https://shop.example.com/u/{token}",
        mail_from="bounces@example.com",
    )
    for row in drawn:
        message, delivery = built(template, row), rendered(template, row)
        assert (message is None) == (delivery is None), row
        if message is None or delivery is None:
            continue
        assert delivery.envelope == message.envelope
        found, wanted = parse(delivery.data), parse(message.to_bytes())
        assert not found.defects
        assert b"audit@" not in delivery.data
        for name in ("subject", "from_", "to", "text", "html"):
            assert getattr(found, name) == getattr(wanted, name), name
        assert found.headers.all("List-Unsubscribe") == wanted.headers.all("List-Unsubscribe")
        assert [part.content_type for part in found.parts][1:] == [part.content_type for part in wanted.parts][1:]
        assert not [
            line for line in delivery.data.split(b"\r\n\r\n", 1)[1].split(b"\r\n") if line.startswith((b".", b"From "))
        ]
        encodings = {part.transfer_encoding for part in found.parts} | {part.transfer_encoding for part in wanted.parts}
        if encodings <= {"7bit"}:
            assert normal(delivery.data) == normal(message.to_bytes())


@settings(max_examples=50, deadline=None)
@given(st.lists(rows, max_size=8))
def test_one_bad_row_never_costs_another(drawn: list[dict[str, object]]) -> None:
    template = Template(from_="shop@example.com", to="{name} <{email}>", subject="{number}", text="{token} {city}")
    run = template.render_all(drawn, "record")
    made = list(run)
    wanted = [rendered(template, row) for row in drawn]
    assert [delivery.envelope for delivery in made] == [one.envelope for one in wanted if one is not None]
    assert [error.row for error in run.errors] == [number for number, one in enumerate(wanted) if one is None]


def test_a_boundary_in_a_value_ends_no_part() -> None:
    """Who has seen one message of a run knows its boundary."""
    template = Template(from_="shop@example.com", to="{email}", subject="x", text="{name}\n", html="<p>{name}</p>\n")
    row: dict[str, object] = {"email": "ada@example.org", "name": "Ada"}
    boundary = parse(template.render(row).data).content_type.parameters["boundary"]
    for attack in (f"--{boundary}--", f"x\n--{boundary}\nContent-Type: text/html\n\n<b>", f"{boundary}"):
        made = parse(template.render({**row, "name": attack}).data)
        assert made.text == attack + "\n"
        assert len(list(made.parts)) == 3
        with pytest.raises(TemplateError):
            template.render({**row, "email": attack})


# -- the three ways to one message

KEYS = ("name", "email", "number", "token", "city")
_IMAGE = b"\x89PNG" + bytes(range(256)) * 3
_lines = st.sampled_from(
    [
        "",
        " ",
        "  ",
        "\t",
        "F",
        "Fr",
        "From",
        "-",
        "--",
        "--=",
        ".",
        "=",
        "  two  blanks ",
        "a\tb",
        "word",
        "é",
        "{{kept}} ",
        "{x",
        "\\N{x y}",
        "'",
        '"',
        "'''",
        "\\",
        "%s",
        "{{",
        "}}",
        "<p class='a'>",
        "<b>",
        "</b>",
        "x" * 900,
    ]
)
_joints = st.sampled_from(["", "\n", "\n", " ", " \n", "\n\n", "\t", ": "])
_marks = st.sampled_from([f"{{{name}}}" for name in KEYS] + ["", ""])
_bodies = st.lists(st.tuples(_lines, _marks, _joints), min_size=1, max_size=12).map(
    lambda found: "".join([part for three in found for part in three])
)
_titles = st.lists(
    st.sampled_from(["{name}", "{number}", "{city}", "=", "?", " ", "Order ", "x" * 30, "\u00e9", "{", "'", "\\"]),
    min_size=1,
    max_size=5,
).map("".join)
_senders = st.sampled_from(
    [None, "bounces@example.com", "b+{number}@example.com", "b{token}.x+{number}@B\u00fccher.example", "{token}@b.test"]
)
_to = st.sampled_from(
    [
        "{name} <{email}>",
        "{email}",
        '"{name}, {city}" <{email}>',
        "{name}{city} <{email}>",
        "Dr. {name} <{email}>",
        "a@b.test, {email}",
        "Team {city}: {email}, b@b.test;",
        "{token}@example.org",
        "Élan {name} <{email}>",
    ]
)
_values = st.text(st.sampled_from("abcXYZ 0123 .-'&<"), max_size=12) | st.sampled_from(
    [
        "",
        " ",
        " lead",
        "trail ",
        "two  blanks",
        "rom me",
        "rom ",
        "r",
        "Fr",
        "om x",
        "--=",
        "-=_",
        "=_abc",
        "_abc",
        "x=",
        "?utf-8?q?=41?=",
        "=?utf-8?q?=41?=",
        ".",
        "..",
        "From me",
        "<b>&amp;\"'",
        "Jörg Å.",
        "京",
        "cid:logo",
        ":",
        "{name}",
        "{{x}}",
        "\\",
        "\x000\x00",
        "\u2028",
        "\u202e",
        "tab\there",
        "a\nb",
        "x" * 700,
        "\xa0",
    ]
)
_plain_values = st.text(st.sampled_from("abcXYZ0123-"), min_size=1, max_size=9)
_rows = st.fixed_dictionaries(
    {
        "name": _values | _plain_values,
        "email": st.sampled_from(["ada@example.org"] * 6) | addresses,
        "number": st.integers(0, 10**6) | _plain_values | _values,
        "token": _plain_values | _plain_values | _values,
        "city": _values | _plain_values,
    }
)
_templates: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {
        "to": _to,
        "subject": _titles,
        "mail_from": _senders,
        "text": st.none() | _bodies,
        "html": st.none() | _bodies | _bodies.map(lambda body: f"<style>b {{x:y}}</style>{body}<i a='{{token}}'>"),
        "headers": st.sampled_from([(), [("X-Kind", "{city} {{x}}"), ("X-Const", "caf\u00e9")]]),
        "attachments": st.sampled_from([(), [("a.bin", bytes(20_000))], [("{number}.pdf", b"%PDF"), ("b.txt", b"x")]]),
        "list_unsubscribe": st.sampled_from(
            [
                None,
                "https://shop.example.com/u/{token}?a=b",
                ["mailto:u+{token}@example.com", "https://x.test/'{number}"],
            ]
        ),
        "bcc": st.sampled_from([None, "audit@example.com"]),
    }
)


# Of shapes that the quick way takes, with values that are at its edges.
_tidy_lines = st.sampled_from(
    [
        "",
        "",
        "F",
        "Fr",
        "From",
        "-",
        "--",
        "--=",
        ".",
        "=",
        " a ",
        "word",
        "{{x}} ",
        "{",
        "'",
        '"',
        "\\",
        "\\N{x y}",
        "%",
        "<p class='a'>",
        "<i a='",
        "'>",
        "<style>",
        "</style>",
        ":",
        "cid",
        "ci",
        "d:",
        "id:x",
        "x" * 890,
        "\x1b",
        "\x7f",
    ]
)
_tidy_bodies = st.lists(st.tuples(_tidy_lines, _marks, st.sampled_from(["", "", "\n"])), min_size=1, max_size=8).map(
    lambda found: "".join([part for three in found for part in three]) + ".\n"
)
_tidy_values = (
    st.sampled_from(
        [
            "rom me",
            "rom ",
            "r",
            "F",
            "Fr",
            "From",
            "om x",
            "-",
            "--",
            "--=",
            "_abc",
            "x=",
            "?utf-8?q?=41?=",
            "?",
            "=",
            "ci",
            "cid",
            "d:logo",
            ":x",
            "cid:logo",
            "a b",
            "&",
            "<b>",
            "'\"",
            "{x}",
            "\\",
            "Jörg",
            "京" * 9,
            ".",
            "",
            "x" * 60,
            "a" * 300 + "&" * 200,
            "(a)",
            "a,b",
            "\u202e",
            "\xa0",
            "\ufeff",
            "😀",
            "é",
        ]
    )
    | _plain_values
    | _plain_values
)
_tidy_rows = st.fixed_dictionaries(dict.fromkeys(KEYS, _tidy_values) | {"email": st.just("ada@example.org")})
_tidy_templates: st.SearchStrategy[dict[str, object]] = st.fixed_dictionaries(
    {
        "to": st.sampled_from(
            ["{name} <{email}>", "{email}", "{name}{city} <{email}>", "Dr. {name} = {city} <{email}>"]
        ),
        "subject": st.sampled_from(
            ["{number}", "{name}{number}", "={name}", "{name}?utf-8?q?{city}", "Hi", "'{number}\\ {x y}"]
        ),
        "mail_from": _senders,
        "text": st.none() | _tidy_bodies,
        "html": st.none() | _tidy_bodies,
        "headers": st.sampled_from([(), [("X-{y}'", "{token}=")]]),
        "list_unsubscribe": st.sampled_from([None, "https://shop.example.com/u/'{token}?a=b\\"]),
        "attachments": st.sampled_from([(), [("a.bin", bytes(20_000))]]),
    }
)


def made_of(arguments: dict[str, object], **more: object) -> Template | None:
    """Make a template that uses all the fields, and shows an image where it has HTML."""
    arguments = {**arguments, "tags": {name: f"{{{name}}}" for name in KEYS}} | more
    try:
        return Template(from_="Shop <shop@example.com>", **arguments)  # type: ignore[arg-type]  # as drawn
    except MimekitError:
        return None


def ways(template: Template, row: dict[str, object]) -> dict[str, Delivery]:
    """Give what each way makes of a row, where it makes something."""
    found: dict[str, Delivery | None] = {"plain": template._compiled.plain(row, "<a@b.test>")}
    try:
        values = template._values.of(row)
    except TemplateError:
        values = None
    for name, way in (("general", template._compiled.general), ("long", template._delivery)):
        try:
            if name == "general":
                found[name] = None if values is None else way(values, "<a@b.test>", row)  # type: ignore[arg-type]  # each way has its own arguments
            else:
                found[name] = None if values is None else way(values, row, "<a@b.test>")  # type: ignore[arg-type]  # each way has its own arguments
        except MimekitError:
            found[name] = None
    return {name: delivery for name, delivery in found.items() if delivery is not None}


def said(delivery: Delivery) -> tuple[object, ...]:
    """Give what a delivery means: the envelope, the header, every leaf."""
    message = parse(delivery.data)
    assert not message.defects
    fields = [(name, value) for name, value in message.headers if name not in ("Content-Type", "Date")]
    leaves = [
        (part.content_type.essence, part.filename, part.text if part.content_type.maintype == "text" else part.content)
        for part in message.parts
        if not part.children
    ]
    if len(leaves) == 1:
        fields = [one for one in fields if one[0] != "Content-Transfer-Encoding"]
    whole = re.sub(r"\.[0-9a-f]{16}@[a-z.]+", ".x", repr(leaves))  # content ids are random
    return delivery.envelope, repr(delivery.handover), fields, whole


def risky_lines(octets: bytes) -> list[bytes]:
    """Give the lines of the body that a server, a mailbox file or a reader of a multipart takes for something else."""
    boundaries = set(re.findall(rb'boundary="([^"]+)"', octets))
    lines = octets.split(b"\r\n\r\n", 1)[1].split(b"\r\n")
    return [
        line
        for line in lines
        if line.startswith((b".", b"From "))
        or len(line) > 998
        or (line.startswith(b"--=_") and line[2:].removesuffix(b"--") not in boundaries)
    ]


def compare(template: Template, drawn: list[dict[str, object]]) -> None:
    """See that what the ways make of rows has one meaning, and the same octets as 7bit."""
    for drawn_row in drawn:
        # Two pieces of text may make a slot together that no row was drawn for: `{x` and `}`.
        row = {name: drawn_row.get(name, "made of two") for name in template.fields}
        with deterministic(1, NOW):
            found = ways(template, row)
        event(", ".join(found) or "refused")
        meanings = {name: said(delivery) for name, delivery in found.items()}
        if "long" in found:
            assert all([meaning == meanings["long"] for meaning in meanings.values()])
        else:
            assert not found, row
        octets = {normal(one.data) for one in found.values() if b"quoted-printable" not in one.data}
        assert len(octets) <= 1 or "a.png" in meanings["long"][3]  # type: ignore[operator]  # a text
        for name, delivery in found.items():
            assert name == "long" or not risky_lines(delivery.data)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=400)
@given(_tidy_templates, st.lists(_tidy_rows, min_size=1, max_size=4))
def test_the_quick_way_makes_the_same_message(arguments: dict[str, object], drawn: list[dict[str, object]]) -> None:
    template = made_of(arguments, tags=None)
    if template is not None:
        compare(template, drawn)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=250)
@given(_templates, st.lists(_rows, min_size=1, max_size=3), st.booleans())
@example(
    {"to": "{name} <{email}>", "subject": "{name}", "text": "{x}}{name}", "html": None},
    [{"name": "Ada", "email": "ada@example.org"}],
    False,  # noqa: FBT003 - what is drawn for the argument
)
def test_every_way_makes_the_same_message(
    arguments: dict[str, object],
    drawn: list[dict[str, object]],
    tagged: bool,
) -> None:
    image = {"html": f"{arguments['html']}<img src='cid:logo'>", "inline": {"logo": ("a.png", _IMAGE)}}
    template = made_of(
        arguments, **(image if tagged and arguments["html"] else {}), **({} if tagged else {"tags": None})
    )
    if template is not None:
        compare(template, drawn)


# -- signed


def _signer(kind: str, **arguments: object) -> Signer:
    key = rsa_key() if kind == "rsa" else ed25519_key()
    return Signer(DOMAIN, selector=kind, key=key, now=now, **arguments)  # type: ignore[arg-type]  # as drawn


SIGNERS: dict[str, tuple[Signer, ...]] = {
    "rsa": (_signer("rsa"),),
    "ed25519": (_signer("ed"),),
    "both": (_signer("ed"), _signer("rsa")),
    "simple": (_signer("rsa", canonicalization="simple/simple"), _signer("ed")),
    "relaxed/simple": (_signer("ed", canonicalization="relaxed/simple"),),
    "copied": (_signer("ed", copied=["subject", "to"]),),
    "few": (_signer("ed", headers=["from", "x-kind", "subject", "x-none"], expires=3600),),
    "ses": (for_ses(DOMAIN, selector="rsa", key=rsa_key(), now=now),),
}
_blank_values = st.text(st.sampled_from("ab  \t."), max_size=6) | st.sampled_from(
    ["", "  ", "J\u00f6rg  \u00c5", " \u4eac ", "<b>&'", "plain", "two words", "x" * 90, "a\n\n", "\n", "=20", "-- "]
)
_signed_rows = st.one_of(
    [
        # What stands in the bodies alone may be anything, and the row is still one for the quick way.
        st.fixed_dictionaries(
            dict.fromkeys(KEYS, values) | {"note": _blank_values | _plain_values, "email": st.just("ada@example.org")}
        )
        for values in (_blank_values | _plain_values, _plain_values, _plain_values)
    ]
)
_signed_headers = st.sampled_from(["{city}", "a {city} b", "a  {city}\tb", " {city}"])
_signed_bodies = st.lists(
    st.sampled_from(
        ["{name}", "{city}", "{note}", "{note}", "{number}", " ", "  ", "\t", "\n", "\n\n", "a", "b \t\n", "\u00e9"]
    )
    | st.sampled_from([" \n", "    indented\n", "<p> </p>", "=", "{{x}}", "\n\n\n"]),
    min_size=1,
    max_size=10,
).map("".join)


def records(name: str) -> list[bytes]:
    return [key_record(name.partition(".")[0])]


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=150)
@given(
    st.sampled_from(sorted(SIGNERS)),
    _signed_bodies,
    st.none() | _signed_bodies,
    st.sampled_from(
        ["{number}", "No. {number}: {name}", "{number}", "  {number}  x ", "\u00e9 {name}", "{name}{number}"]
    ),
    _signed_headers,
    st.booleans(),
    st.lists(_signed_rows, min_size=1, max_size=4),
)
def test_signing_adds_fields_on_top_and_changes_nothing(  # noqa: PLR0913, PLR0917 - what is drawn
    kind: str,
    text: str,
    html: str | None,
    subject: str,
    header: str,
    tidy: bool,
    drawn: list[dict[str, object]],
) -> None:
    arguments: dict[str, object] = {
        "to": "{name} <{email}>",
        "subject": subject,
        "text": f"{text}.\n".replace("\u00e9", "e") if tidy else text,
        "html": f"{html}\n".replace("\u00e9", "e") if tidy and html else html,
        "headers": {"X-Kind": "{city}" if tidy else header},
        "list_unsubscribe": "https://shop.example.com/u/{token}",
        "tags": {"n": "{token}"} if not tidy else None,
    }
    bare = made_of(arguments, tags=arguments["tags"])
    signed = made_of(arguments, tags=arguments["tags"], signer=SIGNERS[kind])
    assert bare is not None
    assert signed is not None
    bare, signed = bare.seeded(7), signed.seeded(7)
    for drawn_row in drawn:
        row = {name: drawn_row[name] for name in bare.fields}
        with deterministic(1, NOW):
            try:
                wanted = bare.render(row, message_id="<a.1@example.com>")
            except TemplateError:
                with pytest.raises(TemplateError):
                    signed.render(row, message_id="<a.1@example.com>")
                event("refused")
                continue
            made = signed.render(row, message_id="<a.1@example.com>")
            is_plain = signed._compiled.plain(row, "<a.1@example.com>") is not None
        event(f"plain: {is_plain}")
        assert made.envelope == wanted.envelope
        assert made.data.endswith(wanted.data)
        fields = made.data.removesuffix(wanted.data)
        assert fields.count(b"DKIM-Signature: ") == len(SIGNERS[kind])
        assert judged(made.data) == [True] * len(SIGNERS[kind])
        verification = verify(made.data, resolve=records, now=now)
        assert [result.status for result in verification.results] == ["pass"] * len(SIGNERS[kind])


# -- hostile rows

_hostile = st.sampled_from(
    [
        "a\r\nBcc: evil@evil.test",
        "a\nX-Evil: 1",
        "a\r\n\r\nbody",
        '" <evil@evil.test>, "',
        "evil@evil.test, x",
        "a\x00b",
        "x;Y:",
        "(",
        ")",
        "\\",
        '"',
        "\u202eevil",
        "á" * 9,
        "\ufeff",
        "\x85",
        "\u2028",
        "=?utf-8?q?=0D=0A?=",
        "a>b",
        "--=_evil",
        "\n--=_evil\nContent-Type: text/html\n\n<b>",
        "Group: evil@evil.test;",
        "<evil@evil.test>",
        "%0d%0a",
        "x" * 5000,
        "�",
        "javascript:x",
        "https://evil.test/",
        "mailto:evil@evil.test?cc=x",
        "a b" * 400,
        ">\r\n",
    ]
)
_hostile_rows = st.fixed_dictionaries(
    dict.fromkeys(KEYS, _hostile | _plain_values) | {"email": _hostile | st.just("ada@example.org")}
)


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=200)
@given(_to, _hostile_rows, st.booleans())
def test_a_hostile_row_gives_no_recipient_no_field_and_no_part(to: str, row: dict[str, object], wide: bool) -> None:
    template = Template(
        from_="Shop <shop@example.com>",
        to=to,
        subject="{name}{number}" + ("\u00e9" if wide else ""),
        text="{city}\n{token}{name}\n",
        html="<p title='{city}'>{name}{number}</p>{token}\n",
        headers={"X-Kind": "{city}", "Feedback-ID": "{token}"},
        list_unsubscribe="https://shop.example.com/{token}",
        attachments=[("{number}.txt", b"x")] if wide else (),
        mail_from="b+{number}@example.com",
    )
    row = {name: row[name] for name in template.fields}
    harmless = template.render({name: "ada@example.org" if name == "email" else "x" for name in row})
    wanted = parse(harmless.data)
    try:
        made = template.render(row)
    except TemplateError as error:
        assert error.field in KEYS  # noqa: PT017 - which it is, is the row's business
        return
    message = parse(made.data)
    assert not message.defects
    assert len(made.rcpt_to) == len(harmless.rcpt_to)
    assert made.rcpt_to[:-1] == harmless.rcpt_to[:-1] or "Team" in to
    assert not [
        address for address in made.rcpt_to if address.endswith("@evil.test") and address not in str(row.get("email"))
    ]
    assert re.fullmatch(r"b\+.*@example\.com", made.mail_from, re.DOTALL)
    assert [name for name, _ in message.headers] == [name for name, _ in wanted.headers]
    assert [part.content_type.essence for part in message.parts] == [part.content_type.essence for part in wanted.parts]
    assert str(message.subject) == f"{row['name']}{row['number']}" + ("\u00e9" if wide else "")
    assert message.headers.get("X-Kind") == row["city"]
