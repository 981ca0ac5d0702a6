"""The engine: which rules are asked, what becomes of what they find, and what may be given to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimekit import Envelope, Message, lint, parse
from mimekit.codecs import base64
from mimekit.delivery import Delivery
from mimekit.finding import Finding
from mimekit.headers import _plain
from mimekit.headers.collection import Headers
from mimekit.lint import LintError, examples, selection
from mimekit.lint.context import Context
from mimekit.lint.rule import KINDS, MARKED, NAMED, PROFILES, REGISTRY, SEARCHED, Hit, rule
from mimekit.lint.view import Mail

BASE, CONTEXT = examples.example("X-Campaign: autumn")
SUNDAY = BASE.replace(b"Tue,", b"Sun,")
# What `ALL` says of a sound message: it is no bulk mail, is not signed, and its domains are set apart for examples.
_SHORT = 3_000  # octets of a message that is tried in several forms
_ASKED_FOR = {"A010", "B001", "B006", "B012", "D001"}
SEVERAL = SUNDAY.replace(b"To: ", b"To: Team: ;, ").replace(b"order 10482\r\n", b"{{ order }}\r\n")


Enter = Callable[..., Callable[[Callable[..., Any]], Callable[..., Any]]]


def codes(x: Message | Delivery | bytes, **options: Any) -> list[str]:
    return [one.code for one in lint.check(x, context=CONTEXT, **options)]


@pytest.fixture
def enter() -> Iterator[Enter]:
    """Give `rule`, and take out what was entered by it."""
    known = dict(REGISTRY)
    selection.load()
    known |= REGISTRY
    yield rule
    for code in REGISTRY.keys() - known.keys():
        del REGISTRY[code]
    selection._plan.cache_clear()


# -- selection


def test_a_clean_message_has_no_finding() -> None:
    assert lint.check(BASE, context=CONTEXT) == []


@pytest.mark.parametrize("text", ["H204", "h204", "H20", "H", "date-weekday-mismatch", "Date-Weekday-Mismatch", "ALL"])
def test_rules_are_selected_by_code_prefix_name_or_all(text: str) -> None:
    assert "H204" in codes(SUNDAY, select=text)
    assert "H204" not in codes(SUNDAY, ignore=text)


def test_select_replaces_the_set_of_the_profiles() -> None:
    assert codes(SUNDAY, select="H204", profile="strict") == ["H204"]
    assert codes(SUNDAY, select="M") == []


def test_extend_select_adds_to_the_set() -> None:
    assert REGISTRY["T042"].profiles == ("strict",)
    shouted = BASE.replace(b"your order 10482 has left our house this morning.", b"YOUR ORDER HAS LEFT US. " * 10)
    assert "T042" not in codes(shouted)
    assert "T042" in codes(shouted, extend_select="T042")
    assert "T042" in codes(shouted, profile="strict")


def test_ignore_wins_over_what_was_selected() -> None:
    assert codes(SUNDAY, select="H204", ignore="H2") == []
    assert codes(SUNDAY, extend_select="H204", ignore=["H204"]) == []
    assert codes(SUNDAY, ignore={"H204": "the calendar of the customer"}) == []


@pytest.mark.parametrize(
    ("text", "meant"), [("H2O4", "mean H204"), ("date-weekday-mismach", "mean date-weekday-mismatch"), ("ZZ1", "ZZ1")]
)
@pytest.mark.parametrize("where", ["select", "extend_select", "ignore"])
def test_an_unknown_code_is_an_error_that_says_what_was_perhaps_meant(text: str, meant: str, where: str) -> None:
    with pytest.raises(LintError, match=meant):
        codes(BASE, **{where: text})


def test_an_unknown_profile_is_an_error_that_says_what_there_is() -> None:
    with pytest.raises(LintError, match=r"stric.*did you mean strict.*transactional"):
        codes(BASE, profile="stric")


def test_an_unknown_mail_client_is_an_error_at_once() -> None:
    with pytest.raises(LintError, match=r"gmial.*did you mean gmail"):
        Context(clients=["gmial"])
    assert Context(clients=["gmail", "outlook.windows"]).clients == ("gmail", "outlook.windows")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_profile_adds_to_the_default_one_but_received_takes_away(profile: str) -> None:
    default, chosen = selection.plan().rules.keys(), selection.plan(profile).rules.keys()
    if profile == "received":
        assert default - chosen == selection.RECEIVED
        assert not chosen - default
    else:
        assert default <= chosen
        assert chosen - default == {
            code for code, one in REGISTRY.items() if profile in one.profiles and "default" not in one.profiles
        }


def test_several_profiles_are_taken_together() -> None:
    both = selection.plan(["bulk", "ses"]).rules.keys()
    assert both == selection.plan("bulk").rules.keys() | selection.plan("ses").rules.keys()


def test_all_is_every_rule_of_any_profile_and_what_has_no_input_is_silent() -> None:
    assert selection.plan(select="ALL").rules.keys() == REGISTRY.keys()
    assert set(codes(BASE, select="ALL")) <= _ASKED_FOR


# -- findings


def test_findings_are_sorted_by_place_and_the_same_each_time() -> None:
    found = lint.check(SEVERAL, select="ALL", context=CONTEXT)
    assert len(found) > 2
    assert found == sorted(found, key=lambda one: (one.start, one.end, one.code, one.message))
    assert found == lint.check(SEVERAL, select="ALL", context=CONTEXT)


def test_a_finding_says_where_it_is() -> None:
    (one,) = lint.check(SUNDAY, context=CONTEXT)
    assert SUNDAY[one.start : one.end] == b"Sun"
    assert (one.line, one.column, one.path) == (1, 7, "")
    assert (one.severity, one.url, one.reference) == ("error", "rules/H204.html", REGISTRY["H204"].reference)


def test_what_is_absent_is_found_at_the_end_of_the_header() -> None:
    octets = BASE.replace(b"Subject: Your order 10482\r\n", b"")
    (one,) = lint.check(octets, context=CONTEXT)
    assert (one.code, one.start, one.end) == ("H108", octets.index(b"\r\n\r\n") + 2, octets.index(b"\r\n\r\n") + 2)


def test_a_finding_in_a_part_has_its_number() -> None:
    octets, _ = examples.example(
        "@html\n<!doctype html><html lang=en><title>a</title><body><iframe></iframe></body></html>"
    )
    (one,) = [one for one in lint.check(octets, context=CONTEXT) if one.code == "T014"]
    assert one.path == "2"
    assert octets[one.start : one.end] == b"<iframe>"


@given(st.lists(st.sampled_from([b"a\r\n", b"\r\n", b"\xff", b"{{ x }} ", b"https://a@b.example/ "]), max_size=30))
@settings(max_examples=50)
def test_line_and_column_are_those_of_the_first_octet(pieces: list[bytes]) -> None:
    octets = BASE + b"".join(pieces)
    for one in lint.check(octets, select="ALL", context=CONTEXT):
        assert one.line == octets[: one.start].count(b"\n") + 1
        assert one.column == one.start - (octets.rfind(b"\n", 0, one.start) + 1) + 1


def test_a_vague_finding_yields_to_the_exact_one_about_the_same_octets() -> None:
    octets = BASE.replace(b"<john@customer.example>", b"<john@[300.1.1.1]>")
    assert "A009" in codes(octets)
    assert "A008" not in codes(octets)
    assert "A008" in codes(octets, select="A008")


def test_what_two_readers_of_a_rule_say_alike_is_told_once(enter: Enter) -> None:
    @enter("ZQ1", severity="info")
    def said_twice(mail: Mail, _: Context) -> Iterator[Hit]:
        """Say it twice."""
        yield mail.hit("once", 0, 4)
        yield mail.hit("once", 0, 4)

    assert codes(BASE) == ["ZQ1"]


# -- rules that crash, and rules of others


def test_a_rule_that_crashes_is_a_finding_and_the_others_are_asked(enter: Enter) -> None:
    @enter("ZQ1", severity="error")
    def crashing(mail: Mail, _: Context) -> Iterator[Hit]:
        """Crash."""
        yield mail.hit("before", 0, 1)
        message = "\x1b[31m no"
        raise ValueError(message)

    found = lint.check(SUNDAY, context=CONTEXT)
    assert sorted(one.code for one in found) == ["H204", "L022", "ZQ1"]
    (crash,) = [one for one in found if one.code == "L022"]
    assert crash.severity == "error"
    assert "ZQ1 (crashing) crashed: ValueError" in crash.message
    assert "\x1b" not in crash.message


def test_a_fix_that_crashes_leaves_the_finding_of_the_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    def crash(_: Mail, __: Hit) -> None:
        raise ValueError

    monkeypatch.setattr(REGISTRY["A020"], "function", crash)
    octets = BASE.replace(b"<john@", b"<john.@")
    (one,) = [one for one in lint.check(octets, context=CONTEXT) if one.code == "A020"]
    assert one.fix is None


@pytest.mark.parametrize(
    ("options", "asked"),
    [
        ({"looks_at": "field", "names": ["Subject"]}, ["subject"]),
        ({"looks_at": "field", "names": ["subject", "x-campaign"], "needs": b"autumn"}, ["x-campaign"]),
        ({"looks_at": "field", "names": ["subject"], "needs": [b"no", b"1048"]}, ["subject"]),
        ({"looks_at": "field", "needs": b"1.0"}, ["mime-version"]),
        ({"looks_at": "message", "marks": ["x-campaign"]}, ["mail"]),
        ({"looks_at": "message", "marks": ["no x-campaign", "html"]}, []),
        ({"looks_at": "message", "needs": b"=?"}, []),
        ({"looks_at": "part", "marks": ["text/plain"]}, ["part"]),
        ({"looks_at": "part", "marks": ["base64", "multipart"]}, []),
        ({"looks_at": "text", "marks": ["plain"], "needs": b"house"}, ["text"]),
        ({"looks_at": "text", "needs": b"castle"}, []),
        ({"looks_at": "address"}, ["address", "address"]),
        ({"looks_at": "address", "marks": ["odd"]}, []),
        ({"looks_at": "signature"}, []),
        ({"looks_at": "envelope"}, []),
        ({"looks_at": "html"}, []),
        ({"looks_at": "run"}, []),
    ],
)
def test_a_rule_is_asked_about_what_it_looks_at_if_what_it_needs_is_there(
    enter: Enter, options: dict[str, Any], asked: list[str]
) -> None:
    seen: list[str] = []

    @enter("ZQ1", severity="info", **options)
    def looking(view: Any, _: Context) -> None:
        """Remember."""
        kind = options["looks_at"]
        seen.append(view.key if kind == "field" else {"message": "mail"}.get(kind, kind))

    lint.check(BASE, context=CONTEXT)
    assert seen == asked


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"looks_at": "messages"}, "looks at 'messages'"),
        ({"names": ["subject"]}, "names"),
        ({"looks_at": "html", "marks": ["odd"]}, "marks"),
        ({"looks_at": "address", "needs": b"a"}, "needs"),
        ({"profiles": ["deafult"]}, "profile 'deafult'"),
        ({"severity": "fatal"}, "severity"),
        ({"fix": "maybe"}, "fix"),
        ({"name": "No Name"}, "kebab-case"),
    ],
)
def test_a_rule_that_is_entered_wrongly_is_refused(enter: Enter, options: dict[str, Any], text: str) -> None:
    with pytest.raises(LintError, match=text):
        enter("ZQ1", **{"severity": "info", "name": "a-name"} | options)(lambda _mail, _context: None)
    assert "ZQ1" not in REGISTRY


@pytest.mark.parametrize("code", ["H204", "zq1", "ZQ", "1"])
def test_a_code_that_is_taken_or_none_is_refused(enter: Enter, code: str) -> None:
    with pytest.raises(LintError, match=code):
        enter(code, name="a-name", severity="info")(lambda _mail, _context: None)


def test_what_has_marks_and_what_is_searched_are_kinds() -> None:
    assert {*MARKED, *SEARCHED, *NAMED} <= set(KINDS)


# -- what may be given


def test_octets_and_a_parsed_message_are_the_same() -> None:
    assert lint.check(SUNDAY, context=CONTEXT) == lint.check(parse(SUNDAY), context=CONTEXT)
    assert lint.check(bytearray(SUNDAY), context=CONTEXT) == lint.check(SUNDAY, context=CONTEXT)  # type: ignore[arg-type]  # what the types leave out


def test_what_is_no_message_is_refused() -> None:
    with pytest.raises(LintError, match="a str cannot be checked"):
        lint.check("Subject: Hi\n\nHi\n")  # type: ignore[arg-type]  # what the types leave out


def built(**more: Any) -> Message:
    options = {"from_": "Jane <jane@shop.example>", "to": "john@customer.example", "subject": "Your order", **more}
    return Message(**{"text": "Hello John,\nit has left us.\n", "date": datetime(2026, 11, 24, tzinfo=UTC), **options})


def test_a_built_message_is_clean() -> None:
    assert codes(built()) == []
    assert set(codes(built(), select="ALL")) <= _ASKED_FOR


def test_a_built_message_brings_its_bcc() -> None:
    hidden = built(to=None, bcc="john@customer.example")
    assert not {"H106", "S013"} & set(codes(hidden, profile="ses"))
    assert {"H106", "S013"} <= set(codes(hidden.to_bytes(), profile="ses"))


def test_a_built_message_brings_its_mail_from() -> None:
    assert "D020" in codes(built(mail_from="bounces@other.example"))
    assert codes(built(mail_from="bounces@mail.shop.example")) == []
    assert "X029" in codes(built(mail_from=""))
    assert "D020" not in codes(built(to=None, mail_from="bounces@other.example"))  # it has no recipients yet


def test_a_built_message_brings_the_transport_it_was_built_for() -> None:
    octets = built(to="j\u00f6rg@customer.example", encoding="smtputf8")
    assert "H007" not in codes(octets)
    assert "H007" in codes(octets.to_bytes())


def test_a_delivery_is_checked_with_its_envelope_and_as_it_goes_on_the_wire() -> None:
    mail_from = Envelope("bounces@other.example", ["john@customer.example"])
    found = codes(Delivery(mail_from, SUNDAY))
    assert "D020" in found
    assert "D020" not in codes(SUNDAY)


def test_an_envelope_of_the_context_counts_before_that_of_the_delivery() -> None:
    delivery = Delivery(Envelope("bounces@other.example", ["john@customer.example"]), BASE)
    context = CONTEXT.changed(envelope=Envelope("jane@shop.example", ["john@customer.example"]))
    assert lint.check(delivery, context=context) == []


@given(st.binary(max_size=300))
@settings(max_examples=100)
def test_no_octets_make_it_raise(octets: bytes) -> None:
    found: list[Finding] = lint.check(octets, select="ALL", context=CONTEXT)
    assert "L022" not in [one.code for one in found]
    assert all(0 <= one.start <= one.end <= len(octets) for one in found)


def test_an_address_that_its_name_repeats_is_found_in_its_brackets() -> None:
    octets = BASE.replace(b"John Roe <john@customer.example>", b'"john@customer.example" <john@customer.example>')
    mail = Mail(octets, CONTEXT)
    (one,) = [one for one in mail.addresses if one.field.key == "to"]
    assert one.field.raw[one.start - 1 : one.end + 1] == b"<john@customer.example>"


# -- what is not read because nothing can be wrong with it

_FIELDS = st.tuples(
    st.sampled_from(
        [
            *(b"From", b"To", b"Sender", b"Date", b"Message-ID", b"References", b"Subject", b"Content-Type"),
            *(b"Content-Disposition", b"MIME-Version", b"List-Unsubscribe", b"Return-Path", b"Received"),
        ]
    ),
    st.lists(
        st.sampled_from(
            [
                *(
                    b" ",
                    b"\r\n ",
                    b"\t",
                    b"a",
                    b"Ada",
                    b'"',
                    b"<",
                    b">",
                    b"@",
                    b".",
                    b",",
                    b";",
                    b":",
                    b"(",
                    b")",
                    b"=",
                ),
                *(b"a@b.example", b"<a@b.example>", b"text/plain", b"; charset=utf-8", b'"x y"', b"1.0", b"attachment"),
                *(
                    b"Tue, 24 Nov 2026 03:30:00 +0000",
                    b"24 Nov 2026 03:30 +0000",
                    b"<https://a.example/u>",
                    b"\xc3\xa4",
                ),
                *(
                    b"; boundary=b",
                    b'; name="a b.pdf"',
                    b'; filename="a.pdf"',
                    b"\x00",
                    b"%",
                    b"\\",
                    b"\r",
                    b"\r\n \r\n",
                ),
            ]
        ),
        max_size=6,
    ).map(b"".join),
)


@given(_FIELDS)
@settings(max_examples=500)
def test_a_plain_field_is_one_in_which_the_reader_finds_nothing(field: tuple[bytes, bytes]) -> None:
    name, value = field
    line, key = b"%b:%b" % (name, value), name.lower()
    if b"=?" not in line and _plain.is_plain(line, key):
        found: list[Any] = []
        Headers.of_lines([line], [key])._check_field(line, key, 0, found)
        assert found == []


def test_the_usual_fields_are_plain() -> None:
    for line, key in Mail(BASE, CONTEXT).root.part.headers.lines():
        assert _plain.is_plain(line, key), line


# -- long bodies


@given(st.binary(max_size=400), st.sampled_from([b"\r\n", b"\n"]), st.integers(1, 20), st.sampled_from([0, 1]))
def test_the_lines_of_base64_are_known_from_what_it_decodes_to(data: bytes, end: bytes, quads: int, ends: int) -> None:
    plain = base64.encode(data).replace(b"\r\n", b"")
    lines = [plain[at : at + 4 * quads] for at in range(0, len(plain), 4 * quads)]
    body = end.join(lines) + (end * ends if lines else b"")
    found = base64.even_lines(b"x" + body, 1, 1 + len(body), len(data))
    assert found == ((body.count(b"\n"), len(end), 4 * quads) if b"\n" in body else None) or len(lines) == 1


@given(
    st.binary(max_size=90),
    st.integers(0, 130),
    st.sampled_from([b"", b"\r", b"\n", b" ", b"-", b"=", b"\r\n", b"A", b"\xff"]),
    st.integers(0, 2),
)
@settings(max_examples=1000)
def test_base64_is_clean_exactly_where_decoding_finds_nothing(data: bytes, at: int, odd: bytes, cut: int) -> None:
    body = base64.encode(data)
    body = body[:at] + odd + body[at + cut :]
    flaws: list[Any] = []
    octets = base64.decode(body, flaws)
    size = base64.clean_size(b"x" + body + b"x", 1, 1 + len(body))
    if size is not None:
        assert (size, flaws) == (len(octets), [])
    elif not flaws:  # an empty line before the padding is not worth the effort
        assert b"=" in body
        assert body[body.index(b"=") - 1 : body.index(b"=")] in (b"\r", b"\n")


@pytest.mark.parametrize("odd", [b" ", b"=", b"-", b"\r\n\r\n"])
def test_a_large_file_has_the_defects_that_decoding_finds(odd: bytes) -> None:
    head = b"MIME-Version: 1.0\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    body = base64.encode(bytes(range(256)) * 300)
    for octets in (body, body[:1000] + odd + body[1000:], body + odd, body[:-8] + odd + body[-8:]):
        flaws: list[Any] = []
        parse(head + octets).root.decoded(flaws)
        found = {one.code for one in parse(head + octets).defects if one.code.startswith("E")}
        assert found == {code for code, _, _, _ in flaws}


@given(st.binary(min_size=60, max_size=400), st.integers(0, 500), st.sampled_from([b"\r", b"\n", b" ", b"-", b"\r\n"]))
def test_base64_with_anything_else_in_it_is_not_even(data: bytes, place: int, odd: bytes) -> None:
    body = base64.encode(data)
    at = place % (len(body) - 4)
    if body[at : at + 1] not in b"\r\n" and at % 78:
        body = body[:at] + odd + body[at:]
        assert base64.even_lines(body, 0, len(body), len(base64.decode(body))) is None


@pytest.mark.parametrize("odd", [b"\r", b"\n"])
def test_a_line_end_that_stands_alone_is_found_in_and_behind_a_long_attachment(odd: bytes) -> None:
    body = base64.encode(bytes(range(256)) * 200)
    head = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    part = b"Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    whole = head + part + body + b"--b--\r\n"
    wanted = {b"\r": "H002", b"\n": "H001"}[odd]
    assert {"H001", "H002"}.isdisjoint(codes(whole, select="H"))
    for at in (whole.index(body) + 100, whole.index(b"--b--") + 5):
        assert wanted in codes(whole[:at] + odd + whole[at:], select="H")


def test_marks_and_needs_leave_out_only_rules_that_would_find_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = [examples.example(text) for one in selection.load().values() for text in examples.page(one).bad]
    # And each of them as it arrives when something is lost: half of its header, a field, what its body ends with.
    short = [(octets, context) for octets, context in shown if isinstance(octets, bytes) and len(octets) < _SHORT]
    for octets, context in short:
        fields = octets.split(b"\r\n")
        kept = [octets[len(octets) // 3 :], b"\r\n".join(fields[::-1]), octets[: len(octets) * 4 // 5]]
        shown += [(one, context) for one in [*kept, octets.replace(b"multipart/", b"Text/"), octets.swapcase()]]

    found = [lint.check(octets, select="ALL", ignore="H214", context=context) for octets, context in shown]
    for one in REGISTRY.values():
        monkeypatch.setattr(one, "marks", frozenset())
        monkeypatch.setattr(one, "needs", ())
    selection._plan.cache_clear()
    everything = [lint.check(octets, select="ALL", ignore="H214", context=context) for octets, context in shown]
    selection._plan.cache_clear()
    assert found == everything


def test_several_rules_or_profiles_may_stand_in_one_text_with_commas() -> None:
    octets = SUNDAY.replace(b"To: ", b"To: Team: ;, ")
    both = [one.code for one in lint.check(octets, select="H204, A034,H107", context=CONTEXT)]
    assert both == [one.code for one in lint.check(octets, select=["H204", "A034", "H107"], context=CONTEXT)] != []
    assert lint.check(octets, select="ALL", ignore="H,A,B,D,M,E,T,S,X", context=CONTEXT) == []
    assert lint.check(BASE, profile="strict,bulk", context=CONTEXT) == lint.check(
        BASE, profile=["strict", "bulk"], context=CONTEXT
    )
    with pytest.raises(LintError, match="'H999'"):
        lint.check(BASE, select="H204,H999")


def own(**given: Any) -> list[str]:
    found = lint.check(SUNDAY, context=CONTEXT, **given)
    return [one.message for one in found if one.code in ("L020", "L021")]


def test_an_ignore_of_one_check_that_has_no_reason_is_told_where_reasons_are_given() -> None:
    assert own(ignore=["H204", "T006"]) == []
    assert own(ignore={"H204": "our clock is wrong", "T006": ""}) == ["the ignore T006 has no reason"]
    assert own(ignore={"H204": "", "L021": "x"}) == []
    assert own(ignore={"H204": ""}, select="H") == []
    assert own(ignore=["H204"], extend_select="L021") == ["the ignore H204 has no reason"]


def test_an_ignore_of_one_check_that_matched_nothing_is_told_where_it_is_asked_for() -> None:
    reasons = {"H204": "our clock is wrong", "T006": "a picture"}
    assert own(ignore=reasons) == []
    assert own(ignore=reasons, extend_select="unused-ignore") == ["the ignore T006 matched nothing"]
    assert own(ignore=reasons, select="L020,H") == ["the ignore T006 matched nothing"]
    assert own(ignore=reasons, select="ALL") == []


def test_of_a_code_that_is_found_often_the_first_thousand_are_listed_and_the_others_counted() -> None:
    octets = BASE.replace(b"X-Campaign: autumn\r\n", b"X-Note: one \r\n" * 1_200)
    found = lint.check(octets, select=["H018", "L023"], context=CONTEXT)
    assert [one.code for one in found] == ["H018"] * 1_000 + ["L023"]
    more = found[-1]
    assert more.message == "200 more findings of H018 (trailing-whitespace-in-field) from here on"
    assert (more.severity, octets[: more.start].count(b"X-Note")) == ("info", 1_001)
    assert len(lint.check(octets, select="H018", context=CONTEXT)) == 1_000
    few = CONTEXT.changed(options={"max-findings": 1})
    two = BASE.replace(b"X-Campaign: autumn\r\n", b"X-Note: one \r\nX-Memo: two \r\nBad Name: x\r\nX-Memo: y\r\n")
    assert [one.code for one in lint.check(two, select="H018,L023,H010", context=few)] == ["H018", "L023", "H010"]
    assert b" \r\n" not in lint.fix(octets, select="H018", context=CONTEXT).to_bytes()


@pytest.mark.parametrize(
    ("code", "fields", "shown"),
    [
        ("E001", b"Content-Transfer-Encoding: 7-bit\r\n", b"Content-Transfer-Encoding: 7-bit"),
        ("E002", b"Content-Transfer-Encoding: x-private\r\n", b"Content-Transfer-Encoding: x-private"),
        ("E031", b"Content-Type: text/plain;\r\n charset=nope\r\n", b"Content-Type: text/plain;\r\n charset=nope"),
        ("M020", b"Content-Type: multipart/mixed\r\n", b"Content-Type: multipart/mixed"),
        (
            "M034",
            b"Content-Transfer-Encoding: base64\r\nContent-Type: multipart/mixed; boundary=c\r\n",
            b"Content-Transfer-Encoding: base64",
        ),
    ],
)
def test_what_a_field_says_is_found_in_the_field(code: str, fields: bytes, shown: bytes) -> None:
    head = b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nHi\r\n--b\r\n"
    octets = head + fields + b"\r\nHello.\r\n--b--\r\n"
    found = [(octets[one.start : one.end], one.path) for one in lint.check(octets, select=code)]
    assert found == [(shown, "2")]
