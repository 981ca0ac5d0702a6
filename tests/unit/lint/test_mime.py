"""The rules about MIME structure: places, severities, silence on what is well made, fixes, hostile input."""

from __future__ import annotations

import random
from typing import Any

import pytest

from mimekit import Message, lint, parse
from mimekit.finding import Finding
from mimekit.lint import examples, selection
from mimekit.lint.rule import Rule
from tests.support.timing import cpu_seconds

RULES = dict(sorted(selection.load().items()))
CODES = [code for code in RULES if code[0] == "M"]
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


def check(octets: bytes, *codes: str) -> list[Finding]:
    return lint.check(octets, select=codes or CODES)


def laid(text: str) -> bytes:
    return examples.example(text)[0]


def apply(octets: bytes, finding: Finding) -> bytes:
    assert finding.fix is not None
    for start, end, made in sorted(finding.fix.edits, reverse=True):
        octets = octets[:start] + made + octets[end:]
    return octets


def bad(code: str) -> list[bytes]:
    """Give the bad examples of a rule."""
    return [laid(text) for text in examples.page(RULES[code]).bad]


FIXED = [code for code in CODES if RULES[code].fix]


@pytest.mark.parametrize("code", FIXED)
def test_a_fix_takes_the_finding_away_and_brings_no_error(code: str) -> None:
    mended = 0
    for octets in bad(code):
        found = [one for one in check(octets, code) if one.code == code]
        for one in found[:1]:
            if one.fix is None:
                continue
            made = apply(octets, one)
            mended += 1
            before = {other.code for other in lint.check(octets) if other.severity == "error"}
            after = {other.code for other in lint.check(made) if other.severity == "error"}
            assert after <= before
            assert len(check(made, code)) < len(found)
    assert mended, "one bad example at least shows the fix"


SAFE = [code for code in FIXED if RULES[code].fix == "safe"]


@pytest.mark.parametrize("code", SAFE)
def test_a_safe_fix_keeps_what_the_leaves_say(code: str) -> None:
    for octets in bad(code):
        for one in check(octets, code)[:1]:
            if one.fix is not None and one.fix.is_safe:
                made = apply(octets, one)
                before, after = [
                    [part.content for part in parse(raw).parts if not part.children] for raw in (octets, made)
                ]
                assert before == after


HTML = '<!doctype html><html lang="en"><head><title>Hi</title></head><body><p>Hello John</p>{}</body></html>'


def made(**parts: Any) -> Message:
    rng = random.Random(7)
    return Message(from_="Jane <jane@shop.test>", to="john@customer.test", subject="Your order", rng=rng, **parts)


IMAGE = '<img src="cid:map" alt="Map" width="9" height="9">'
INNER = made(text="The first message.")
BUILT = [
    made(text="Hello John"),
    made(text="Hello J\u00f6rg", html=HTML.format("")),
    made(text="Hello John", html=HTML.format(IMAGE), inline={"map": ("map.png", PNG)}),
    made(
        text="Hello John", attachments=[("a.png", PNG), ("Gr\u00fc\u00dfe.txt", b"x"), made(text="The first message.")]
    ),
    made(text="Hello John", calendar="BEGIN:VCALENDAR\nMETHOD:REQUEST\nEND:VCALENDAR\n"),
    made(text="Hello John", attachments=[("notes.csv", b"a,b\n"), ("data.bin", bytes(range(256)))]),
    made(text="Hello J\u00f6rg", encoding="8bit"),
    made(text="Gr\u00fc\u00dfe", encoding="smtputf8", attachments=[("\u00e4.pdf", b"%PDF-1.7\n")]),
]


@pytest.mark.parametrize("message", BUILT, ids=range(len(BUILT)))
def test_what_is_built_has_no_finding(message: Message) -> None:
    assert [str(one) for one in lint.check(message, select=[code for code in CODES if code != "M106"])] == []


MIXED = """\
Content-Type: multipart/mixed; boundary=b1

--b1
Content-Type: text/plain; charset=utf-8

Hello John
--b1
{}

{}
--b1--"""


def test_a_comment_is_none_in_a_quoted_value() -> None:
    octets = laid('Content-Type: text/plain; charset=utf-8; name="a (1).txt"')
    assert check(octets, "M006") == []


def test_a_parenthesis_of_a_value_without_quotes_is_said_once() -> None:
    octets = laid("Content-Type: text/plain; charset=utf-8; name=a(1).txt")
    assert [one.code for one in check(octets)] == ["M005"]


def test_the_place_of_a_trailing_semicolon_is_the_semicolon() -> None:
    octets = laid("Content-Type: text/plain; charset=utf-8;")
    [one] = check(octets, "M003")
    assert octets[one.start : one.end] == b";"


def test_a_value_gets_its_quotes_and_keeps_its_octets() -> None:
    octets = laid("Content-Type: text/plain; charset=utf-8; name=my file.txt")
    [one] = check(octets, "M005")
    assert b'name="my file.txt"' in apply(octets, one)


@pytest.mark.parametrize(
    ("declared", "name", "content", "codes"),
    [
        ("application/pdf", "a.pdf", b"%PDF-1.7", []),
        ("application/octet-stream", "a.pdf", b"%PDF-1.7", ["M011"]),
        ("application/octet-stream", "a.bin", b"\1\2\3", []),
        ("application/octet-stream", "setup.exe", b"MZ\x90\0\3", []),
        ("application/octet-stream", "a.pdf", PNG, ["M011"]),
        ("image/png", "a.pdf", b"%PDF-1.7", ["M010"]),
        ("image/png", "a.pdf", b"xx", ["M009"]),
        ("application/vnd.ms-excel", "a.csv", b"a;b", []),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "a.docx", b"PK\3\4\0\0", []),
        ("application/msword", "a.doc", b"PK\3\4\0\0", ["M010"]),
        ("application/x-our-own", "a.own", b"PK\3\4\0\0", []),
        ("image/jpg", "a.jpg", b"\xff\xd8\xff\xe0", ["M008"]),
        ("text/plain", "a.txt", b"MZ is how it begins", []),
    ],
)
def test_types_names_and_first_octets_are_compared(declared: str, name: str, content: bytes, codes: list[str]) -> None:
    from binascii import b2a_base64

    header = f"Content-Type: {declared}\nContent-Disposition: attachment; filename={name}\n"
    octets = laid(MIXED.format(header + "Content-Transfer-Encoding: base64", b2a_base64(content).decode().strip()))
    found = check(octets, "M008", "M009", "M010", "M011")
    assert [one.code for one in found] == codes
    assert all(octets[one.start : one.end] == declared.encode() for one in found)


def test_a_generic_type_whose_name_and_octets_differ_is_not_mended() -> None:
    header = "Content-Type: application/octet-stream\nContent-Disposition: attachment; filename=a.pdf\n"
    octets = laid(MIXED.format(header + "Content-Transfer-Encoding: base64", "iVBORw0KGgo="))
    [one] = check(octets, "M011")
    assert one.fix is None


def test_nested_unclosed_multiparts_are_closed_in_order() -> None:
    octets = laid(
        "Content-Type: multipart/mixed; boundary=b1\n\n--b1\nContent-Type: multipart/alternative; boundary=c2\n\n"
        "--c2\nContent-Type: text/plain\n\nHello\n--c2\nContent-Type: text/html\n\n<p>Hello</p>"
    )
    found = check(octets, "M028")
    made = apply(octets, found[0])
    assert made.endswith(b"\r\n--c2--\r\n--b1--\r\n")
    assert check(made, "M028") == []


def test_another_boundary_is_written_everywhere() -> None:
    octets = bad("M025")[0]
    [one] = check(octets, "M025")
    made = apply(octets, one)
    assert [part.text for part in parse(made).parts] == [part.text for part in parse(octets).parts]
    assert b"--b1a" not in made


def test_a_single_part_takes_the_place_of_its_multipart() -> None:
    octets = bad("M033")[0]
    made = apply(octets, check(octets, "M033")[0])
    message = parse(made)
    assert message.content_type.essence == "text/plain"
    assert message.text == parse(octets).text or message.text == "Hello John\n"


def test_protected_header_fields_are_meant() -> None:
    octets = laid(MIXED.format('Content-Type: text/plain; hp="clear"\nSubject: Your order', "The terms."))
    assert check(octets, "M036") == []


def test_what_means_nothing_in_a_part_is_not_read_as_what_it_is_in_a_message() -> None:
    fields = "Date: soon\nTo: <<\nReferences: none\nMessage-ID: none"
    octets = laid(MIXED.format(f"Content-Type: text/plain\n{fields}", "The terms."))
    assert check(octets, "M036", "H201", "A001", "H216", "H210") == check(octets, "M036")
    octets = laid(MIXED.format(f'Content-Type: text/plain; hp="clear"\n{fields}', "The terms."))
    assert {one.code for one in check(octets, "H201", "A001", "H216", "H210")} == {"H201", "A001", "H216", "H210"}


def test_depth_and_number_can_be_set() -> None:
    octets = laid(MIXED.format("Content-Type: text/plain", "The terms."))
    context = lint.Context(options={"max-parts": 1, "max-nesting": 0})
    assert {one.code for one in lint.check(octets, select=["M037", "M038"], context=context)} == {"M037", "M038"}


def test_the_place_of_an_unresolved_cid_is_the_url() -> None:
    [one] = check(bad("M112")[0], "M112")
    assert bad("M112")[0][one.start : one.end] == b"cid:map@shop.example"


def test_forms_of_one_alternative_may_share_a_content_id() -> None:
    octets = laid(
        "Content-Type: multipart/alternative; boundary=b1\n\n--b1\nContent-Type: text/plain\n"
        "Content-ID: <a@b.example>\n\nHello\n--b1\nContent-Type: text/enriched\nContent-ID: <a@b.example>\n\nHello\n"
        "--b1--"
    )
    assert check(octets, "M115") == []


@pytest.mark.parametrize(
    ("subject", "kind", "codes"),
    [
        ("Report domain: shop.example Submitter: mail.example Report-ID: 7", "application/zip", []),
        ("Report Domain: shop.example Submitter: mail.example Report-ID: <7@mail.example>", "application/gzip", []),
        ("Report Domain: shop.example Submitter: mail.example Report-ID: 7", "application/pdf", ["M125"]),
        ("Your order", "application/zip", ["M125"]),
    ],
)
def test_a_report_of_dmarc_may_be_a_file_alone(subject: str, kind: str, codes: list[str]) -> None:
    octets = laid(f"Subject: {subject}\nContent-Type: {kind}\nContent-Transfer-Encoding: base64\n\nAAAA")
    assert [one.code for one in check(octets, "M125")] == codes


def test_an_attached_message_needs_no_name_and_a_report_is_not_judged() -> None:
    inner = "From: a@shop.example\n\nHello"
    octets = laid(MIXED.format("Content-Type: message/rfc822\nContent-Disposition: attachment", inner))
    assert check(octets, "M122") == []
    [one] = check(octets, "M131")
    assert (one.path, one.severity) == ("2/message", "warning")
    report = octets.replace(b"multipart/mixed", b"multipart/report; report-type=x")
    assert check(report, "M131") == []


@pytest.mark.parametrize(
    ("status", "is_right"), [("5.1.1", True), ("5.1.1 (no such user)", True), ("5.1", False), ("7.1.1", False)]
)
def test_a_status_is_three_numbers_and_perhaps_a_comment(status: str, *, is_right: bool) -> None:
    good = examples.page(RULES["M141"]).good[0].replace("2.0.0", status)
    found = check(laid(good), "M141")
    assert (found == []) is is_right


def test_every_recipient_of_a_report_is_looked_at_and_its_place_is_the_block() -> None:
    good = examples.page(RULES["M141"]).good[0]
    more = "    \n\nFinal-Recipient: rfc822; jim@customer.example\nAction: bounced\nStatus: 5.1.1\n--b1--"
    octets = laid(good.replace("\n--b1--", "\n\n" + more.strip(" \n")))
    [one] = check(octets, "M141")
    assert octets[one.start : one.end] == b"Final-Recipient: rfc822; jim@customer.example"


def test_a_calendar_file_is_no_invitation() -> None:
    octets = bad("M160")[0].replace(b"MIME-Version", b"Content-Disposition: attachment; filename=a.ics\r\nMIME-Version")
    assert check(octets, "M160") == []


def test_the_signature_line_is_no_flowed_line() -> None:
    assert check(laid("Content-Type: text/plain; charset=utf-8\n\nHello\n\n-- \nJane"), "M161") == []
    octets = laid("Content-Type: text/plain; charset=utf-8\n\nHello \n\n-- \nJane")
    [one] = check(octets, "M161")
    assert apply(octets, one).endswith(b"Hello\r\n\r\n-- \r\nJane\r\n")


def test_a_flowed_line_is_at_most_78_characters() -> None:
    octets = laid("Content-Type: text/plain; charset=utf-8; format=flowed\n\nHello\n" + "x" * 79)
    [one] = check(octets, "M161")
    assert octets[one.start : one.end] == b"x" * 79


def test_an_encoded_embedded_message_is_found_at_the_part_that_holds_it() -> None:
    from binascii import b2a_base64

    inner = b"From: a@b.example\r\nContent-Type: text/plain; charset=utf-8;\r\n\r\nHello\r\n"
    encoded = b2a_base64(inner).decode().strip()
    octets = laid(MIXED.format("Content-Type: message/global\nContent-Transfer-Encoding: base64", encoded))
    for one in check(octets):
        assert 0 <= one.start <= one.end <= len(octets)
        assert all(end <= len(octets) for fix in [one.fix] if fix for _, end, _ in fix.edits)


HOSTILE = [
    b"Content-Type: " + b"(" * 60_000 + b"\r\n\r\n",
    b"Content-Type: text/plain; " + b"a=b; " * 20_000 + b"\r\n\r\n",
    b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\n" * 8_000,
    b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + b"--a\r\nx\r\n" * 8_000,
    b"Content-Type: message/delivery-status\r\n\r\n" + b"a: b\r\n\r\n" * 20_000,
    b"Content-Type: message/delivery-status\r\n\r\n" + b"\r\n \t" * 40_000,
    b"Content-Type: text/plain\r\n\r\n" + b" \r\n" * 60_000,
    b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"-- " * 60_000,
    b'Content-Type: multipart/signed; boundary=a; protocol="application/pgp-signature"\r\n\r\n--a\r\n\r\n'
    + b" " * 99_999,
    b"Content-Type: text/html\r\n\r\n" + b"<img src=cid:x>" * 2_000,
    b"Content-Type: message/rfc822\r\n\r\n" * 300,
]


@pytest.mark.parametrize("octets", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_input_crashes_no_rule_and_takes_no_long_time(octets: bytes) -> None:
    def work() -> None:
        assert "L022" not in {one.code for one in lint.check(octets, select=[*CODES, "L022"])}

    assert cpu_seconds(work) < 4


@pytest.mark.parametrize("rule", [RULES[code] for code in CODES], ids=CODES)
def test_damage_of_any_kind_crashes_no_rule(rule: Rule) -> None:
    rng = random.Random(rule.code)
    for octets in bad(rule.code):
        for _ in range(4):
            at = rng.randrange(len(octets))
            damaged = octets[:at] + rng.randbytes(3) + octets[at + rng.randrange(9) :]
            for cut in (damaged, octets[:at]):
                assert "L022" not in {one.code for one in lint.check(cut, select=[*CODES, "L022"])}


def test_a_boundary_that_ends_with_a_space_is_mended_with_the_end_that_only_some_readers_see() -> None:
    octets, context = examples.example(
        'Content-Type: multipart/mixed; boundary="b1 "\n\n--b1 \n\nHello John\n--b1 \n\nThe terms.\n--b1 --'
    )
    (one,) = lint.check(octets, select="M023", context=context)
    assert one.fix is not None
    assert not one.fix.is_safe
    made = lint.fix(octets, select="M023", unsafe=True, context=context)
    assert [part.content for part in made.root.children] == [b"Hello John", b"The terms."]
    assert b"--b1" not in made.to_bytes()


def test_a_name_beside_a_parameter_that_cannot_be_written_has_no_fix() -> None:
    raw = (
        b"From: a@shop.example\r\nMIME-Version: 1.0\r\nContent-Type: application/pdf; name*0+=x; name=one.pdf\r\n"
        b"Content-Disposition: attachment; filename=two.pdf\r\n\r\n%PDF\r\n"
    )
    assert [(one.code, one.fix) for one in lint.check(raw, select="M123,L022")] == [("M123", None)]


def test_of_very_many_parts_only_the_first_are_looked_for_in_the_html() -> None:
    image = "--b\nContent-Type: image/png\nContent-ID: <{}@shop.example>\n\nx\n"
    head = "From: a@shop.example\nMIME-Version: 1.0\nContent-Type: multipart/related; boundary=b\n\n"
    text = "--b\nContent-Type: text/html\n\n<img src='cid:7@shop.example'>\n"
    raw = (head + text + "".join(map(image.format, range(300))) + "--b--\n").encode()
    found = lint.check(raw, select="M113")
    assert len(found) == 200
    assert not any("<7@" in one.message for one in found)
