"""`ses.check`: what SES would answer is predicted, in its words; what it takes is not refused."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimekit import Delivery, Envelope, Message, lint, parse, ses
from mimekit.finding import Finding
from mimekit.ses import _javamail
from tests.support import corpus

HEAD = b"From: ada@shop.example\r\nTo: ben@customer.example\r\n"
BODY = b"\r\nHello.\r\n"
TO_BEN: dict[str, Any] = {"Source": "ada@shop.example", "Destinations": ["ben@customer.example"]}


def answers(x: Message | Delivery | bytes | dict[str, Any], **given: Any) -> list[str]:
    """Give the texts of the errors."""
    return [one.message for one in ses.check(x, **given) if one.severity == "error"]


def headed(*lines: bytes) -> bytes:
    return HEAD + b"".join([line + b"\r\n" for line in lines]) + BODY


def to(address: str) -> bytes:
    return b"From: ada@shop.example\r\nTo: " + address.encode() + b"\r\n" + BODY


def raw(data: bytes, **arguments: Any) -> dict[str, Any]:
    return TO_BEN | {"RawMessage": {"Data": data}} | arguments


def sent_to(*addresses: str) -> dict[str, Any]:
    return raw(HEAD + BODY, Destinations=list(addresses))


MULTIPART = b"Content-Type: multipart/mixed; boundary=b1"
IN_THE_HEADER = b"UEsDBBQAAAAIAGFsaWNlIGFuZCBib2I\r\n" * 4000

# Every refusal that was seen in public, and an input of the kind that was reported with it.
SEEN: list[tuple[str, bytes | dict[str, Any]]] = [
    ("Duplicate header 'List-Unsubscribe'.", headed(b"List-Unsubscribe: <a:b>", b"List-Unsubscribe: <a:c>")),
    ("Duplicate header 'Delivered-To'.", headed(b"Delivered-To: a@b.example", b"Delivered-To: c@d.example")),
    (
        "Duplicate header 'Content-Type'.",
        HEAD + MULTIPART + b"\r\n--b1\r\nContent-Type: text/plain\r\n\r\nHi\r\n--b1--\r\n",
    ),
    ("Duplicate header 'Content-Type'.", headed(b"X-Note: a\rContent-Type: text/plain", b"Content-Type: text/plain")),
    ("Duplicate header 'MIME-Version'.", headed(b"MIME-Version: 1.0", b"MIME-Version: 1.0")),
    ("Duplicate header 'DKIM-Signature'.", headed(b"DKIM-Signature: v=1", b"DKIM-Signature: v=1")),
    ("Empty header names are illegal.", headed(b": nothing")),
    (
        "Illegal header '<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http'.",
        HEAD + b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Transitional//EN" "http://www.w3.org/TR">\r\n<html>\r\n',
    ),
    ("Illegal content.", HEAD + b"\r\nHello\x00\r\n"),
    ("Header section too long.", HEAD + b"Content-Type: application/zip\r\n" + IN_THE_HEADER),
    ("Missing required header 'From'.", b"To: ben@customer.example\r\n" + BODY),
    ("Missing start boundary", headed(MULTIPART)),
    ("Expected '/', got ;", headed(b"Content-Type: text; charset=utf-8")),
    ("Expected '=', got 'null'", headed(b"Content-Type: text/plain; charset")),
    ("Expected disposition, got =", headed(b"Content-Disposition: =?utf-8?Q?attachment?=")),
    ("Illegal address", sent_to("Karen, Chan <k@d.example>")),
    ("Local address contains control or whitespace", to('"Karen, Chan" <karen @d.example>')),
    ("Local address contains illegal character", sent_to("To: recipient@example.com")),
    ("Missing local name", to("@example.com")),
    ("Missing final '@domain'", to("Karen, Chan <k@d.example>")),
    ("Extra route-addr", to("Ada <a@d.example> <b@d.example>")),
    ("Missing '\"'", to('=?utf-8?Q?"Test=20Test?= <a@d.example>')),
    ("Domain contains illegal character", to("a@b\u00fccher.example")),
    ("Domain contains control or whitespace", to("a@exam ple.com")),
    ("Invalid email address", to("ben@localhost")),
    ("Recipient count exceeds 50.", to(", ".join([f"r{number}@d.example" for number in range(51)]))),
    ("552 5.3.4 Message is too long.", HEAD + b"\r\n" + (b"a" * 76 + b"\r\n") * 540_000),
    ("smtp; 552 message line is too long", HEAD + b"\r\n" + b"QUJD" * 300 + b"\r\n"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "x"), SEEN, ids=[text[:40] for text, _ in SEEN])
def test_a_refusal_that_was_seen_is_predicted_with_its_text_and_nothing_else(
    text: str, x: bytes | dict[str, Any]
) -> None:
    assert answers(x) == [text]


def test_senders_that_are_not_verified_are_named() -> None:
    text = "Email address is not verified. The following identities failed the check in region EU-WEST-1: "
    data = headed(b"Sender: max@other.example")
    assert answers(data, verified=["shop.example"], region="eu-west-1") == [text + "max@other.example"]
    assert answers(data, verified=["ada@shop.example", "other.example"]) == []
    assert answers(data) == []


def test_every_case_of_the_collection_is_predicted() -> None:
    path = corpus.need_facts() / "ses_rejections.json"
    cases = json.loads(path.read_text(encoding="utf-8"))["cases"]
    known = [text for _, x in SEEN for text in answers(x)]
    known += answers(HEAD + BODY, verified=["x.example"], region="REGION")
    for case in cases:
        if case.get("accepted"):
            continue
        text = case["message"].replace("identity1, identity2", "ada@shop.example")
        assert [one for one in known if one.rstrip(".") == text.rstrip(".")], case
    assert len(cases) > len(SEEN)


def test_a_local_part_that_is_not_ascii_is_no_refusal() -> None:
    for x in (to("\u00fc@example.com"), sent_to("\u00fc@example.com")):
        (one,) = ses.check(x)
        assert (one.code, one.severity) == ("S012", "warning")


@pytest.mark.parametrize(
    ("address", "text"),
    [
        ("ada@b_c.example", "Domain contains illegal character"),
        (".ada@d.example", "Local address starts with dot"),
        ("ada.@d.example", "Local address ends with dot"),
        ("a..b@d.example", "Local address contains dot-dot"),
        ("ada@.d.example", "Domain starts with dot"),
        ("ada@d..example", "Domain contains dot-dot"),
        ("ada@d.example.", "Domain ends with dot"),
        ("ada@", "Missing domain"),
        ("<>", "Empty address"),
        ("Ada <ada@d.example", "Missing '>'"),
        ("ada@d.example>", "Missing '<'"),
        ("Ada (x <ada@d.example>", "Missing ')'"),
        ("Ada) <ada@d.example>", "Missing '('"),
        ("ada@[192.0.2.1", "Missing ']'"),
        ("ada@d.example; ben@d.example", "Illegal semicolon, not in group"),
        ("a: b: ada@d.example;", "Nested group"),
        ('x"ada"@d.example', "Quote not at start of local address"),
        ('"ada"x@d.example', "Quote not at end of local address"),
        ("ada@x[192.0.2.1]", "Domain literal not at start of domain"),
    ],
)
def test_an_address_is_refused_as_javamail_does(address: str, text: str) -> None:
    assert answers(to(address)) == [text]


@pytest.mark.parametrize(
    "address",
    [
        "Ada Lovelace <ada@d.example>",
        '"King, Ada" <ada@d.example>',
        '"ada l"@d.example',
        "Team: ada@d.example, Ben <ben@d.example>;, max@d.example",
        "ada@d.example (at home (or not)), ben@d.example",
        "=?utf-8?Q?J=C3=BCrgen?= <j@d.example>",
        "<@a.example,@b.example:ada@d.example>",
        "ada@d.example,\r\n ben@d.example",
    ],
)
def test_an_address_that_javamail_takes_is_not_refused(address: str) -> None:
    assert answers(to(address)) == []


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?Q?x?=", "Expected MIME type, got ="),
        ("text/", "Expected MIME subtype, got null"),
        ("text/plain; =x", "Expected parameter name, got '='"),
        ("text/plain; name=my file.pdf", "Expected ';', got 'file.pdf'"),
        ("text/plain; name=", "Expected parameter value, got 'null'"),
        ('text/plain; name="a', "Unbalanced quoted string"),
        ("text/plain (a", "Unbalanced comments"),
    ],
)
def test_a_content_type_is_refused_as_javamail_does(value: str, text: str) -> None:
    assert answers(headed(b"Content-Type: " + value.encode())) == [text]


@pytest.mark.parametrize("value", ["text/plain;", "text/plain (x); charset=utf-8 ;", 'a/b; x="y;z"; q=1'])
def test_a_content_type_that_javamail_takes_is_not_refused(value: str) -> None:
    assert answers(headed(b"Content-Type: " + value.encode())) == []


def test_the_size_counts_by_the_api() -> None:
    data = HEAD + b"\r\n" + (b"a" * 76 + b"\r\n") * 140_000
    assert answers(raw(data)) == [f"Message length is more than 10485760 bytes long: '{len(data)}'."]
    assert answers(data) == answers(data, api="v2") == []


def test_a_message_and_its_deliveries_are_checked_with_their_envelope() -> None:
    recipients = [f"r{number}@customer.example" for number in range(60)]
    message = Message(from_="ada@shop.example", to="ben@customer.example", bcc=recipients, text="Hello.\n")
    assert answers(message) == ["Recipient count exceeds 50."]
    (delivery,) = message.deliveries()
    assert answers(delivery) == ["Recipient count exceeds 50."]
    assert [answers(one) for one in delivery.split(50)] == [[], []]


def test_a_message_for_hidden_recipients_alone_is_clean() -> None:
    assert ses.check(Message(from_="ada@shop.example", bcc="ben@customer.example", text="Hello.\n")) == []


@pytest.mark.parametrize("make", [ses.send_raw_email, ses.send_email])
def test_the_payloads_that_are_made_here_are_clean(make: Any) -> None:
    message = Message(
        from_="Ada <ada@shop.example>",
        to="Gr\u00fcn <ben@b\u00fccher.example>",
        cc=["Team: c@d.example, e@f.example;"],
        bcc="x@hidden.example",
        subject="Gr\u00fc\u00dfe",
        text="Gr\u00fc\u00dfe.\n",
        html="<p>Gr\u00fc\u00dfe.</p>",
        attachments=[("bericht \u00fc.pdf", b"%PDF-1.7")],
    )
    assert ses.check(make(message, tags={"campaign": "may"}, configuration_set="news")) == []


def test_the_headers_of_simple_content_are_checked() -> None:
    headers = [
        {"Name": "X Note", "Value": "one"},
        {"Name": "X-Note", "Value": "gr\u00fcn"},
        {"Name": "Subject", "Value": "one"},
        {"Name": "X-Long", "Value": "a" * 996},
        {"Name": "n" * 127, "Value": "one"},
        *[{"Name": f"X-{number}", "Value": "one"} for number in range(11)],
    ]
    call = {"Destination": {"ToAddresses": ["ben@customer.example"]}, "Content": {"Simple": {"Headers": headers}}}
    assert [one.code for one in ses.check(call)] == ["S006", "S006", "S007", "S007", "S009", "S024"]


@pytest.mark.parametrize("junk", [None, 1, "x", [], [1], {"Data": 1}, [{"Name": 1}], {"ToAddresses": "x"}])
def test_a_call_may_hold_anything(junk: object) -> None:
    for name in ("Source", "Destinations", "RawMessage", "Destination", "Content", "Tags", "EmailTags", "TenantName"):
        ses.check({name: junk})
        ses.check(HEAD + BODY, call={name: junk})
    ses.check({"Content": {"Simple": junk, "Raw": junk}})


def test_request_fields_are_checked() -> None:
    def codes(*lines: bytes) -> list[tuple[str, str]]:
        return [(one.code, one.severity) for one in ses.check(headed(*lines))]

    assert codes(b"X-SES-MESSAGE-TAGS: a=b, c=d", b"X-SES-CONFIGURATION-SET: news", b"X-SES-TENANT: t_1") == []
    assert codes(b"X-SES-MESSAGE-TAGS: a=b c") == [("S014", "error")]
    assert codes(b"X-SES-CONFIGURATION-SET: " + b"n" * 65) == [("S014", "error")]
    assert codes(b"X-SES-SOURCE-ARN: shop.example") == [("S014", "error")]
    assert codes(b"X-SES-TENANT: a", b"X-SES-TENANT: b") == [("S014", "warning")]
    assert codes(b"X-SES-LIST-MANAGEMENT-OPTIONS: list; topic=") == [("S014", "error")]
    assert codes(b"X-SES-LIST-MANAGEMENT-OPTIONS: list", b"DKIM-Signature: v=1") == [("S023", "error")]


def test_an_empty_line_above_from_ends_the_header() -> None:
    data = b"X-SES-SOURCE-ARN: arn:aws:ses:eu-west-1:1:identity/shop.example\r\n\r\n" + HEAD + BODY
    assert "Missing required header 'From'." in answers(data)


def test_the_source_of_v2_stands_for_from() -> None:
    call = {
        "FromEmailAddress": "ada@shop.example",
        "Destination": {"ToAddresses": ["ben@customer.example"]},
        "Content": {"Raw": {"Data": b"Subject: Hello\r\n" + BODY}},
    }
    assert answers(call) == []


def test_file_names_are_looked_at_in_both_places() -> None:
    for field in (b"Content-Type: application/x; name=a.EXE", b"Content-Disposition: attachment; filename=a.b.exe"):
        (one,) = ses.check(headed(field))
        assert one.code == "S005"
    assert ses.check(headed(b"Content-Type: application/x; name=exe")) == []


def applied(data: bytes, finding: Finding) -> bytes:
    assert finding.fix is not None
    for start, end, octets in sorted(finding.fix.edits, reverse=True):
        data = data[:start] + octets + data[end:]
    return data


@pytest.mark.parametrize(
    "data",
    [
        to("Ben <ben@b\u00fccher.example>, max@d.example"),
        headed(b"Comments: one", b"Comments: two", b"Comments: three"),
        HEAD
        + b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\xc3\xbc\xc3\x9fe.\r\n",
    ],
)
def test_a_fix_leaves_nothing_to_find(data: bytes) -> None:
    (one,) = ses.check(data)
    fixed = applied(data, one)
    assert ses.check(fixed) == []
    assert parse(fixed).text == parse(data).text


def test_findings_have_their_places() -> None:
    data = headed(b"Comments: one", b"Comments: two")
    (one,) = ses.check(data)
    assert data[one.start : one.end] == b"Comments: two"
    assert (one.line, one.column, one.name, one.url) == (4, 1, "ses-singleton", "rules/S003.html")
    (one,) = ses.check(to("Karen <karen @d.example>"))
    assert to("Karen <karen @d.example>")[one.start : one.end] == b"karen @d.example"


def test_the_linter_passes_on_what_is_found() -> None:
    data = headed(b"Comments: one", b"Comments: two")
    (one,) = lint.check(data, select="S")
    assert one == ses.check(data)[0]
    context = lint.Context(envelope=Envelope("ada@shop.example", [f"r{number}@d.example" for number in range(51)]))
    assert [one.code for one in lint.check(HEAD + BODY, select="S", context=context)] == ["S002"]


def test_nothing_in_a_text_is_unprintable() -> None:
    (one,) = [one for one in ses.check(headed(b"X\x1b[31m\x07: red")) if one.code == "S015"]
    assert one.message == "Illegal header 'X\\x1b[31m\\x07'."


HOSTILE = st.lists(
    st.sampled_from(
        [b"From", b"To", b"Content-Type", b": ", b":", b"\r\n", b"\r", b"\n", b" ", b'"', b"<", b">", b"(", b")", b"[",
         b"]", b"\\", b"@", b",", b";", b"=", b"/", b"a", b"d.example", b"\x00", b"\xc3\xbc", b"--b1", b"a/b"]
    ),
    max_size=40,
).map(b"".join)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(HOSTILE)
def test_no_octets_make_it_raise(data: bytes) -> None:
    for one in ses.check(data, verified=["d.example"]):
        assert 0 <= one.start <= one.end <= len(data)
        assert one.message.isprintable()
    assert "L022" not in [one.code for one in lint.check(data, profile="ses")]


@pytest.mark.parametrize("piece", ['"', "<", "(", ")", "[", ",", ":", ";", "\\", '"\\', "<>", "a ", "((", "\u00fc"])
def test_reading_addresses_is_linear(piece: str) -> None:
    with suppress(_javamail.Refusal):
        _javamail.addresses(piece * 200_000)
    with suppress(_javamail.Refusal):
        _javamail.check_type("a/b; " + piece * 200_000)


def test_every_code_has_its_page() -> None:
    from mimekit.lint import selection
    from mimekit.ses.check import TABLE

    rules = selection.load()
    assert {code for code in rules if re.fullmatch(r"S\d{3}", code)} == set(TABLE)
