"""The rules of family H: places, severities, silence, fixes, and input that is meant to harm."""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mimekit import Message, lint, parse
from mimekit.envelope import Envelope
from mimekit.finding import Finding
from mimekit.headers.address import Group
from mimekit.lint import domains, examples, selection
from mimekit.lint.context import Context
from tests.support.timing import is_linear

NOW = examples.NOW
CODES = sorted([code for code in selection.load() if code.startswith("H")])
PROFILES = ["strict", "wire", "bulk", "signed", "transactional", "production"]


def check(text: str, select: str | list[str], **changed: object) -> tuple[bytes, list[Finding]]:
    octets, context = examples.example(text)
    return octets, lint.check(octets, select=select, context=context.changed(**changed))


def only(text: str, code: str, **changed: object) -> tuple[bytes, Finding]:
    octets, found = check(text, code, **changed)
    assert [one.code for one in found] == [code]
    return octets, found[0]


def silent(text: str, code: str | list[str], **changed: object) -> None:
    assert [str(one) for one in check(text, code, **changed)[1]] == []


def fixed(octets: bytes, found: list[Finding]) -> bytes:
    """Apply the fixes of findings that do not overlap."""
    edits = sorted([edit for one in found if one.fix is not None for edit in one.fix.edits])
    out, done = [], 0
    for start, end, put_in in edits:
        assert start >= done
        out += [octets[done:start], put_in]
        done = end
    return b"".join([*out, octets[done:]])


# Bad examples of every rule that is found here and not by the parser.
SHOWN = [
    pytest.param(rule.code, text, id=f"{rule.code}-{number}")
    for rule in selection.load().values()
    if rule.code in CODES and not rule.is_defect
    for number, text in enumerate(examples.page(rule).bad)
]


@pytest.mark.parametrize(("code", "text"), SHOWN)
def test_a_fix_takes_the_finding_away_and_brings_no_other(code: str, text: str) -> None:
    octets, context = examples.example(text)
    before = lint.check(octets, profile=PROFILES, context=context)
    own = [one for one in before if one.code == code]
    mended = [one for one in own if one.fix is not None]
    if selection.load()[code].fix is None:
        assert not mended
    if not mended:
        return
    after = lint.check(fixed(octets, mended), profile=PROFILES, context=context)
    assert len([one for one in after if one.code == code]) == len(own) - len(mended)
    assert {one.code for one in after} <= {one.code for one in before}


@pytest.mark.parametrize(("code", "text"), SHOWN)
def test_a_fix_of_a_message_with_local_line_ends_has_them_too(code: str, text: str) -> None:
    octets, context = examples.example(text)
    local = octets.replace(b"\r\n", b"\n")
    found = [one for one in lint.check(local, select=code, context=context) if one.fix is not None]
    assert b"\r\n" not in fixed(local, found)


# The rules whose catalogue entry promises a fix have one in an example at least.
@pytest.mark.parametrize("code", [code for code in CODES if not selection.load()[code].is_defect])
def test_a_rule_with_a_fix_shows_one(code: str) -> None:
    rule = selection.load()[code]
    made = []
    for text in examples.page(rule).bad:
        octets, context = examples.example(text)
        made += [one.fix for one in lint.check(octets, select=code, context=context) if one.fix is not None]
    assert bool(made) == (rule.fix is not None)
    if rule.fix == "unsafe" and code != "H110":
        assert not any(one.is_safe for one in made)


# -- octets and lines


def test_a_line_of_998_octets_is_allowed_with_either_line_end() -> None:
    for line_end in (b"\r\n", b"\n"):
        for size, codes in ((998, []), (999, ["H004"])):
            line = b"X-Note: " + b"a" * (size - 8)
            octets = line + line_end + b"Subject: x" + line_end * 2 + b"Hello" + line_end
            assert [one.code for one in lint.check(octets, select="H004")] == codes


def test_every_long_line_of_a_header_is_found_where_it_stands() -> None:
    octets = b"X-A: " + b"a" * 1000 + b"\r\nX-B: b\r\n " + b"b" * 1200 + b"\r\nX-C: c\r\n\r\n"
    first, second = lint.check(octets, select="H004")
    assert (first.line, first.end - first.start) == (1, 1001)
    assert octets[second.start : second.end] == b" " + b"b" * 1200


def test_a_long_line_is_folded_into_short_ones_and_says_the_same() -> None:
    addresses = ",".join([f"user{number}@customer.example" for number in range(60)])
    octets, finding = only(f"To: {addresses}", "H004")
    mended = fixed(octets, [finding])
    assert max(map(len, mended.split(b"\r\n"))) <= 78
    assert [box.address for box in parse(mended).to] == addresses.split(",")


def test_a_subject_without_white_space_becomes_encoded_words() -> None:
    octets, finding = only("Subject: " + "x" * 1200, "H004")
    mended = fixed(octets, [finding])
    assert lint.check(mended, select="H004") == []
    assert parse(mended).subject == "x" * 1200


def test_a_long_line_that_cannot_be_folded_has_no_fix() -> None:
    assert only("X-Note: " + "x" * 1200, "H004")[1].fix is None


def test_quoted_strings_are_not_folded() -> None:
    silent('To: "' + "a b " * 25 + '"@customer.example', "H005")
    only("Subject: " + "a b " * 25, "H005")


def test_what_is_folded_for_78_columns_unfolds_to_the_same() -> None:
    octets, found = check("Comments: " + "some words " * 30, "H005")
    mended = fixed(octets, found)
    assert lint.check(mended, select="H005") == []
    assert parse(mended).headers["comments"] == parse(octets).headers["comments"]


def test_a_line_is_measured_in_characters() -> None:
    silent("@smtputf8\nSubject: " + "\u00e4 " * 34, "H005")


def test_a_long_body_line_is_encoded_and_decodes_to_the_same() -> None:
    octets, context = examples.example("@make body_line_of_1400_octets")
    (finding,) = lint.check(octets, select="H006", context=context)
    mended = fixed(octets, [finding])
    assert parse(mended).text == parse(octets).text
    assert b"Content-Transfer-Encoding: quoted-printable\r\n" in mended


def test_a_long_body_line_is_found_in_a_part_and_left_in_a_signed_one() -> None:
    for subtype, is_mended in (("mixed", True), ("signed", False)):
        body = f"Content-Type: multipart/{subtype}; boundary=n\n\n--n\n\n" + "x" * 1000 + "\n--n\n\nb\n--n--"
        octets, finding = only(body, "H006")
        assert finding.path == "1"
        assert octets[finding.start : finding.end] == b"x" * 1000
        assert (finding.fix is not None) == is_mended
        if is_mended:
            mended = parse(fixed(octets, [finding]))
            assert [part.text for part in mended.parts if part.text] == ["x" * 1000, "b"]


def test_encoded_bodies_may_have_any_lines() -> None:
    silent("Content-Transfer-Encoding: base64\n\n" + "QUJD" * 400, "H006")


def test_raw_octets_are_found_once_for_each_field() -> None:
    octets, found = check("Subject: Gr\\xc3\\xbc\\xc3\\x9fe\nX-Note: \\xc3\\xa9", "H007")
    assert [octets[one.start : one.end].decode() for one in found] == ["\u00fc\u00df", "\u00e9"]
    mended = fixed(octets, found)
    assert mended.isascii()
    assert parse(mended).subject == "Gr\u00fc\u00dfe"


def test_octets_that_are_no_utf8_are_found_exactly() -> None:
    _, found = check("Subject: Gr\\xfc\\xdfe", ["H007", "H008"])
    assert [one.code for one in found] == ["H008"]


def test_utf8_is_allowed_with_smtputf8() -> None:
    silent("@smtputf8\nSubject: Gr\\xc3\\xbc\\xc3\\x9fe", "H007")


def test_utf8_is_allowed_inside_message_global() -> None:
    inner = "--n\nContent-Type: message/global\n\nSubject: \\xc3\\xa9\n\nx\n--n--"
    silent(f"Content-Type: multipart/mixed; boundary=n\n\n{inner}", "H007")
    only("Content-Type: multipart/mixed; boundary=n\n\n" + inner.replace("global", "rfc822"), "H007")


def test_a_built_message_says_itself_that_it_needs_utf8_headers() -> None:
    message = Message(from_="a@shop.example", to="b@shop.example", subject="\u00e9", text="x", encoding="smtputf8")
    assert lint.check(message, select="H007") == []


def test_a_message_that_is_encoded_in_another_has_findings_and_no_fixes() -> None:
    inner = b"Subject: Gr\xc3\xbc\xc3\x9fe \r\nDate: Mon, 24 Nov 2026 03:30:00 GMT\r\nX-A:" + b"a " * 600 + b"\r\n\r\nx"
    part = f"--n\nContent-Type: message/global\nContent-Transfer-Encoding: base64\n\n{b64encode(inner).decode()}\n--n--"
    octets, found = check(
        f"Content-Type: multipart/mixed; boundary=n\n\n{part}", ["H004", "H005", "H017", "H018", "H20"]
    )
    assert {one.code for one in found} >= {"H004", "H017", "H018", "H202", "H204"}
    for one in found:
        assert one.fix is None
        assert octets[one.start : one.end].startswith(b"Content-Type: message/global")


def test_the_size_of_the_header_is_an_option() -> None:
    silent("X-Note: one", "H020")
    only("X-Note: one", "H020", options={"max-header-bytes": 100})


# -- fields


def test_a_name_is_shown_where_it_is_misspelled() -> None:
    octets, finding = only("content-TYPE: text/plain", "H021")
    assert octets[finding.start : finding.end] == b"content-TYPE"
    assert b"\r\nContent-Type: text/plain\r\n" in fixed(octets, [finding])


def test_spellings_of_rfcs_and_of_amazon_are_no_fault() -> None:
    for field in ("List-Id: <a.shop.example>", "X-SES-Configuration-Set: a", "x-note: a"):
        silent(field, "H021")


def test_fields_can_be_allowed() -> None:
    only("Repy-To: a@shop.example", "H022")
    silent("Repy-To: a@shop.example", "H022", options={"allowed-fields": ["repy-to"]})
    for field in ("X-Anything: a", "Feedback-ID: a:b:c:shopid", "User-Agent: x", "List-Unsubscribe-Post: a"):
        silent(field, "H022")


def test_white_space_at_the_end_of_the_last_line_only() -> None:
    octets, finding = only("X-Note: one \\t", "H018")
    assert octets[finding.start : finding.end] == b" \t"
    silent("Bcc: \\x20", "H018")
    silent("X-Note: one \\r\\n two", "H018")
    silent("X-Note: one\\r\\n \\x20", "H018")  # that is H014


@pytest.mark.parametrize(
    ("field", "piece"),
    [
        ("Message-ID: <ab\\r\\n cd@shop.example>", b"\r\n "),
        ("References: <a.b@shop.example> <c\\r\\n\\td@shop.example>", b"\r\n\t"),
        ("Date: Tue, 2\\r\\n 4 Nov 2026 03:30:00 +0000", b"\r\n "),
        ("To: <jo\\r\\n hn@customer.example>", b"\r\n "),
        ("To: john@custo\\r\\n mer.example", b"\r\n "),
        ("Content-Type: text/pl\\r\\n ain", b"\r\n "),
        ("Content-Type: text/plain; char\\r\\n set=utf-8", b"\r\n "),
        ("Importance: hi\\r\\n gh", b"\r\n "),
        ("Subject: =?utf-8?q?a\\r\\n b?= c", b"=?utf-8?q?a\r\n b?="),
        ("Subject: =?utf-\\r\\n 8?q?a?= c", b"=?utf-\r\n 8?q?a?="),
    ],
)
def test_a_fold_is_found_inside_a_token(field: str, piece: bytes) -> None:
    octets, finding = only(field, "H019")
    assert octets[finding.start : finding.end] == piece
    mended = fixed(octets, [finding])
    assert len(mended) < len(octets)
    assert lint.check(mended, select="H019") == []


@pytest.mark.parametrize(
    "field",
    [
        "Message-ID:\\r\\n <a.b@shop.example>",
        "Date: Tue, 24 Nov 2026\\r\\n 03:30:00 +0000",
        "To: John\\r\\n john@customer.example",  # brackets are missing: nobody knows that a fold is too much
        "To: jo\\r\\n hn@customer.example",
        "To: John\\r\\n Roe <john@customer.example>,\\r\\n b@customer.example",
        "Content-Type: text/plain;\\r\\n charset=utf-8",
        "Subject: =?utf-8?q?a?=\\r\\n =?utf-8?q?b?=",
        "Subject: one\\r\\n two",
    ],
)
def test_a_fold_between_tokens_is_none_inside_one(field: str) -> None:
    silent(field, "H019")


def test_the_split_token_is_told_in_place_of_what_it_causes() -> None:
    for field in ("Message-ID: <ab\\r\\n cd@shop.example>", "To: <jo\\r\\n hn@customer.example>"):
        octets, context = examples.example(field)
        assert [one.code for one in lint.check(octets, context=context)] == ["H019"]


def test_a_folded_boundary_is_legal_and_no_good() -> None:
    finding = only('Content-Type: multipart/mixed; boundary="a\\r\\n b"\n\n--a b\n\nx\n--a b--', "H019")[1]
    assert finding.severity == "warning"


def test_what_changes_who_gets_it_is_no_safe_fix() -> None:
    for field, is_safe in (
        ("To: <jo\\r\\n hn@customer.example>", False),
        ("Date: 2\\r\\n 4 Nov 2026 03:30 +0000", True),
    ):
        fix = only(field, "H019")[1].fix
        assert fix is not None
        assert fix.is_safe == is_safe


@pytest.mark.parametrize(
    "field",
    [
        "Message-ID: <a.b-1234567@(x)shop.example>",
        "Message-ID: <a . b-1234567@shop.example>",
        "References: <a.b@shop.example> <c.d @shop.example>",
        "Date: Tue, 24 Nov 2026 (x) 03:30:00 +0000",
        "Date: Tue , 24 Nov 2026 03:30:00 +0000",
        "Date: Tue, 24Nov2026 03:30:00 +0000",
    ],
)
def test_obsolete_white_space_is_found_and_nothing_beside_it(field: str) -> None:
    octets, found = check(field, ["H0", "H2"])
    assert [one.code for one in found] == ["H024"]
    mended = fixed(octets, found)
    assert lint.check(mended, select=["H0", "H2"], ignore=["H206", "H207"]) == []
    assert parse(mended).date == parse(octets).date
    assert parse(mended).message_id == parse(octets).message_id


@pytest.mark.parametrize(
    "field",
    [
        "Message-ID: (x) <a.b@shop.example> (y)",
        "References: <a.b@shop.example>\\r\\n\\t(x) <c.d@shop.example>",
        "Date:\\r\\n Tue,\\r\\n 24  Nov 2026 03:30 +0000 (a (b) c)",
        "Date: tue, 24 nov 2026 03:30:00 +0000",
    ],
)
def test_white_space_and_comments_where_they_may_be(field: str) -> None:
    silent(field, "H024")


# -- counts


def test_what_is_added_stands_at_the_end_of_the_header() -> None:
    for name, code in (("Date", "H101"), ("Message-ID", "H103"), ("To", "H106"), ("MIME-Version", "H116")):
        octets, finding = only(f"-{name}", code)
        assert finding.span == (octets.index(b"\r\n\r\n") + 2,) * 2
        assert parse(fixed(octets, [finding])).headers.get(name) is not None


@pytest.mark.parametrize("octets", [b"Subject: a", b"Subject: a\n", b"Subject: a\r\n", b"", b"\r\n", b"\n\nx", b"x"])
def test_what_is_added_to_a_fragment_is_read(octets: bytes) -> None:
    found = lint.check(octets, select="H106")
    assert [one.start <= len(octets) for one in found] == [True]
    mended = parse(fixed(octets, found))
    assert mended.headers["to"] == "undisclosed-recipients:;"
    assert mended.subject == parse(octets).subject


def test_a_long_line_is_encoded_in_a_message_without_mime() -> None:
    octets = b"Subject: a\r\n\r\n" + b"x" * 1000 + b"\r\n"
    mended = fixed(octets, lint.check(octets, select="H006"))
    assert lint.check(mended, select=["H006", "H116"]) == []
    assert parse(mended).text == parse(octets).text


def test_a_message_id_is_made_of_the_message_whatever_the_moment() -> None:
    octets, finding = only("-Message-ID", "H103")
    again = only("-Message-ID", "H103")[1]
    later = only("-Message-ID", "H103", now=lambda: NOW + timedelta(hours=1))[1]
    assert finding == again == later
    made = parse(fixed(octets, [finding])).message_id
    assert made is not None
    assert made.endswith("@shop.example>")


def test_a_message_id_is_not_made_without_a_domain_for_it() -> None:
    for author in ("-From", "From: jane", "From: jane@localhost", "From: jane@[192.0.2.1]"):
        assert only(f"-Message-ID\n{author}", "H103")[1].fix is None


def test_address_fields_that_name_nobody() -> None:
    for field in ("Cc:", "Cc: ()", "Sender:", "Reply-To: \\r\\n (x)", "Resent-To:"):
        only(field, "H107")
    for field in ("Cc: undisclosed-recipients:;", "Bcc:", "Cc: junk", "Resent-Bcc:"):
        silent(field, "H107")


def test_an_empty_to_says_that_nobody_is_named() -> None:
    octets, finding = only("To:", "H107")
    assert b"\r\nTo: undisclosed-recipients:;\r\n" in fixed(octets, [finding])
    octets, finding = only("Cc:", "H107")
    assert b"Cc" not in fixed(octets, [finding])


def test_a_blind_recipient_is_found_on_the_wire_only() -> None:
    silent("Bcc: boss@shop.example", "H110")
    only("@wire\nBcc: boss@shop.example", "H110")
    only("@wire\nBcc: b\\xc3\\xb6ss", "H110")
    silent("@wire\nBcc:", "H110")


@pytest.mark.parametrize(
    ("recipients", "is_safe"),
    [(["john@customer.example", "boss@SHOP.example"], True), (["john@customer.example"], False)],
)
def test_a_blind_recipient_is_taken_out_safely_when_the_envelope_has_it(recipients: list[str], is_safe: bool) -> None:
    envelope = Envelope("jane@shop.example", recipients)
    octets, finding = only("@wire\nBcc: boss@shop.example", "H110", envelope=envelope)
    assert finding.fix is not None
    assert finding.fix.is_safe == is_safe
    assert b"boss" not in fixed(octets, [finding])


def test_nobody_is_named_when_all_recipients_were_blind() -> None:
    octets, finding = only("@wire\n-To\nBcc: boss@shop.example", "H110")
    mended = fixed(octets, [finding])
    assert parse(mended).headers["To"] == "undisclosed-recipients:;"
    assert lint.check(mended, select=["H106", "H107", "H110"]) == []


def test_the_copies_of_blind_recipients_show_each_to_himself_alone() -> None:
    message = Message(from_="a@shop.example", to="b@shop.example", bcc=["c@x.example", "d@x.example"], text="x")
    for delivery in message.deliveries(bcc="separate"):
        assert lint.check(delivery, profile="wire", select="H110") == []


def test_several_authors_need_a_sender() -> None:
    two = "From: Jane Doe <jane@shop.example>, Jim <jim@shop.example>"
    only(two, "H111")
    only("From: Shop: jane@shop.example, jim@shop.example;", "H111")
    silent(f"{two}\nSender: jim@shop.example", "H111")
    silent('From: "Doe, Jane" <jane@shop.example>', "H111")


def test_a_sender_is_redundant_whatever_its_name() -> None:
    only("Sender: The Shop <jane@SHOP.example>", "H112")
    silent("Sender: Jane@shop.example", "H112")
    silent("From: a@shop.example, b@shop.example\nSender: a@shop.example", "H112")


def test_a_field_of_the_way_is_told_once_for_each_name() -> None:
    octets, finding = only("Received: from a by b; Tue, 24 Nov 2026 03:30:00 +0000\nX-A: a\nReceived: from c", "H114")
    assert "2 fields" in finding.message
    assert b"Received" not in fixed(octets, [finding])


def test_what_was_received_may_have_fields_of_the_way() -> None:
    octets, context = examples.example(
        "Received: from a by b; Tue, 24 Nov 2026 03:30:00 +0000\nReturn-Path: <a@b.example>"
    )
    found = lint.check(octets, profile="received", context=context)
    assert {"H113", "H114"}.isdisjoint(one.code for one in found)


BLOCK = "Resent-Date: Tue, 24 Nov 2026 03:40:00 +0000\nResent-From: John <john@customer.example>"


def test_blocks_of_resent_fields() -> None:
    silent(BLOCK, "H115")
    silent(f"{BLOCK}\n{BLOCK}", "H115")
    only(BLOCK.partition("\n")[2], "H115")
    only(BLOCK.partition("\n")[0], "H115")
    only(f"{BLOCK}\n{BLOCK.partition(chr(10))[0]}", "H115")
    two = BLOCK.replace("John <john", "a@customer.example, John <john")
    only(two, "H115")
    silent(f"{two}\nResent-Sender: john@customer.example", "H115")


def test_fields_of_x400_need_no_mime_version() -> None:
    silent("-MIME-Version\n-Content-Type\n-Content-Transfer-Encoding\nContent-Identifier: a", "H116")
    only("-MIME-Version\n-Content-Type\n-Content-Transfer-Encoding\nContent-Odd: a", "H116")


def test_an_embedded_message_has_a_mime_version_of_its_own() -> None:
    inner = "--n\nContent-Type: message/rfc822\n\nMIME-Version: 1.0\nSubject: a\n\nx\n--n--"
    silent(f"Content-Type: multipart/mixed; boundary=n\n\n{inner}", "H118")


# -- dates


@pytest.mark.parametrize(
    ("zone", "right", "is_safe"),
    [
        ("GMT", b"+0000", True),
        ("UT", b"+0000", True),
        ("est", b"-0500", True),
        ("PDT (summer)", b"-0700", True),
        ("PDT ((the) \\\\) summer)", b"-0700", True),
        ("A", b"-0000", False),
    ],
)
def test_a_zone_in_letters_is_written_as_a_number(zone: str, right: bytes, is_safe: bool) -> None:
    octets, finding = only(f"Date: Tue, 24 Nov 2026 03:30:00 {zone}", "H202")
    assert octets[finding.start : finding.end].decode() == zone.split(maxsplit=1)[0]
    assert finding.fix is not None
    assert (finding.fix.edits[0][2], finding.fix.is_safe) == (right, is_safe)
    assert parse(fixed(octets, [finding])).date == parse(octets).date


def test_a_zone_that_rfc_5322_does_not_name_makes_the_date_none() -> None:
    assert [one.code for one in check("Date: Tue, 24 Nov 2026 03:30:00 CET", "H2")[1]] == ["H201"]


@pytest.mark.parametrize(("year", "right"), [("26", b"2026"), ("97", b"1997"), ("126", b"2026"), ("49", b"2049")])
def test_a_short_year_is_written_in_full(year: str, right: bytes) -> None:
    octets, finding = only(f"Date: 24 Nov {year} 03:30:00 +0000", "H203")
    assert octets[finding.start : finding.end].decode() == year
    assert right in fixed(octets, [finding])


def test_one_date_may_have_several_faults() -> None:
    octets, found = check("Date: Mon, 24 Nov 26 03:30:00 GMT", "H2")
    assert [one.code for one in found] == ["H204", "H203", "H202"]
    assert b"Date: Tue, 24 Nov 2026 03:30:00 +0000\r\n" in fixed(octets, found)


def test_the_name_of_a_day_is_read_without_case() -> None:
    silent("Date: tue, 24 Nov 2026 03:30:00 +0000", "H204")
    assert "24 Nov 2026 is a Tuesday" in only("Date: SUN, 24 Nov 2026 03:30:00 +0000", "H204")[1].message


def test_the_clock_decides_what_is_to_come_and_what_is_past() -> None:
    late = "Date: Tue, 24 Nov 2026 06:00:01 +0000"
    assert "2 h 0 min" in only(late, "H206")[1].message
    silent(late, "H206", now=lambda: NOW + timedelta(seconds=1))
    silent(late, "H206", options={"date-in-future-hours": 3})
    silent("Date: Tue, 24 Nov 2026 07:00:00 +0200", "H206")
    silent("Date: Mon, 23 Nov 2026 04:00:00 +0000", "H207")
    assert "1 d 0 h" in only("Date: Mon, 23 Nov 2026 03:59:00 +0000", "H207")[1].message
    only("Date: Tue, 24 Nov 2026 02:00:00 +0000", "H207", options={"date-in-past-hours": 1})
    silent(f"Date: Sun, 1 Nov 2026 04:00:00 +0000\n{BLOCK}", "H207")


def test_a_date_is_mended_to_the_clock_only_when_asked() -> None:
    octets, finding = only("Date: Wed, 25 Nov 2026 03:30:00 +0000", "H206")
    assert finding.fix is not None
    assert not finding.fix.is_safe
    assert parse(fixed(octets, [finding])).date == NOW


def test_the_date_of_an_embedded_message_is_not_compared_with_the_clock() -> None:
    inner = "--n\nContent-Type: message/rfc822\n\nDate: Tue, 24 Nov 2099 03:30:00 +0000\n\nx\n--n--"
    silent(f"Content-Type: multipart/mixed; boundary=n\n\n{inner}", ["H206", "H207"])


# -- ids


def test_the_right_side_of_an_id_is_shown() -> None:
    octets, finding = only("Message-ID: <20261124033000.7f3a9c2e@web1>", "H211")
    assert octets[finding.start : finding.end] == b"web1"
    assert b"<20261124033000.7f3a9c2e@shop.example>" in fixed(octets, [finding])


def test_one_fault_of_the_right_side_is_told_once() -> None:
    for right, code in (
        ("localhost", "H211"),
        ("x.localdomain", "H211"),
        ("4.0.0.1.ip6.arpa", "H211"),
        ("192.0.2.1", "H212"),
        ("[IPv6:2001:db8::1]", "H212"),
        ("other.example", "H213"),
    ):
        codes = [one.code for one in check(f"Message-ID: <20261124033000.7f3a9c2e@{right}>", ["H21"])[1]]
        assert codes == [code]


def test_a_host_below_the_domain_of_the_author_is_no_stranger() -> None:
    silent("Message-ID: <20261124033000.7f3a9c2e@mx.news.SHOP.example>", "H213")
    silent("From: jane@shop.co.uk\nMessage-ID: <20261124033000.7f3a9c2e@mx.shop.co.uk>", "H213")
    only("From: jane@shop.co.uk\nMessage-ID: <20261124033000.7f3a9c2e@mx.other.co.uk>", "H213")


def test_organisational_domains() -> None:
    assert domains.organisational("a.b.shop.example") == "shop.example"
    assert domains.organisational("Shop.Example.") == "shop.example"
    for own in ("co.uk", "example", "", "192.0.2.1", "[192.0.2.1]"):
        assert domains.organisational(own) == own
    assert domains.same_organisation("b\u00fccher.example", "mail.XN--BCHER-KVA.example")


def test_an_id_of_another_message_of_the_run() -> None:
    seen: set[tuple[str, ...]] = set()
    silent("Subject: a", "H214", seen=seen)
    silent("Subject: a", "H214", seen=seen)  # the same message
    silent("Subject: a\nBcc: b@shop.example\nReceived: from a", "H214", seen=seen)  # a copy of it
    only("Subject: b", "H214", seen=seen)
    only("Subject: a\n\nother text", "H214", seen=seen)
    silent("Subject: b", "H214")


def test_short_ids_and_counters() -> None:
    for left in ("1234567", "000000000012"):
        only(f"Message-ID: <{left}@shop.example>", "H215")
    for left in ("1234567a", "20261124033000123456"):
        silent(f"Message-ID: <{left}@shop.example>", "H215")


def test_the_parent_is_put_at_the_end_of_references() -> None:
    octets, finding = only("In-Reply-To: <2.b@x.example>\nReferences: <1.a@x.example>", "H217")
    mended = parse(fixed(octets, [finding]))
    assert mended.references == ("<1.a@x.example>", "<2.b@x.example>")
    assert mended.defects == ()
    octets, finding = only("In-Reply-To: <2.b@x.example>", "H217")
    assert parse(fixed(octets, [finding])).references == ("<2.b@x.example>",)


def test_a_parent_that_stands_among_others_is_not_repeated() -> None:
    finding = only("In-Reply-To: <1.a@x.example>\nReferences: <1.a@x.example> <2.b@x.example>", "H217")[1]
    assert finding.fix is None


def test_two_parents_are_no_fault() -> None:
    silent("In-Reply-To: <1.a@x.example> <2.b@x.example>", "H217")


def test_only_answers_need_what_they_answer() -> None:
    for subject in ("RE: a", "re[2]: a", "=?utf-8?q?Re=3A_a?="):
        only(f"Subject: {subject}", "H218")
    for subject in ("Fwd: a", "Reading: a", "Regarding your order", "a Re: b"):
        silent(f"Subject: {subject}", "H218")


# -- subjects and templates


def test_the_length_of_a_subject_is_that_of_its_text() -> None:
    silent("Subject: " + " ".join(["=?utf-8?q?=C3=A9?="] * 100), "H219")
    only("Subject: " + "a" * 201, "H219")
    silent("Subject: " + "a" * 200, "H219")


def test_capitals_of_every_script_shout() -> None:
    only("Subject: =?utf-8?b?0JLQkNCoINCX0JDQmtCQ0Jcg0J7QotCf0KDQkNCS0JvQldCd?=", "H220")
    for subject in ("Subject: ORDER 10482", "Subject: Your ORDER HAS LEFT", "Subject: 1234567890 12345"):
        silent(subject, "H220")


def test_marks_that_shout() -> None:
    for subject in ("Really??", "No!?", "Is it so?!", "=?utf-8?q?a!!?="):
        only(f"Subject: {subject}", "H221")
    for subject in ("Really?", "A?! b", "=?utf-8?q?a?= =?utf-8?q?b?="):
        silent(f"Subject: {subject}", "H221")


@pytest.mark.parametrize(
    "value",
    ["{{name}}", "a {% if x %} b", "${name}", "%(name)s", "<%= name %>", "*|FNAME|*", "[[name]]", "None", "NaN",
     "[object Object]", "=?utf-8?b?e3tuYW1lfX0=?="],
)  # fmt: skip
def test_what_a_template_left_behind(value: str) -> None:
    only(f"Subject: {value}", "H222")


@pytest.mark.parametrize(
    "value", ["None of these", "{a}", "50 %(off)", "a | b *|", "[list] a", "nullable", "$ {", "none"]
)
def test_what_only_looks_like_a_placeholder(value: str) -> None:
    silent(f"Subject: {value}", "H222")


def test_placeholders_in_names_and_parts() -> None:
    octets, finding = only('To: "undefined" <john@customer.example>, a@customer.example', "H222")
    assert octets[finding.start : finding.end] == b"john@customer.example"
    disposition = "Content-Disposition: attachment; filename={{file}}.txt"
    only(f"Content-Type: multipart/mixed; boundary=n\n\n--n\n{disposition}\n\nx\n--n--", "H222")
    silent("X-Auto-Response-Suppress: None", "H222")
    assert only("X-Campaign: None", "H222")[1].severity == "warning"


# -- values


def test_values_that_programs_act_on() -> None:
    for field in ("Auto-Submitted: AUTO-REPLIED; owner-email=a@x.example", "Auto-Submitted: no (really)"):
        silent(field, "H223")
    silent("Auto-Submitted: x-own", "H223")
    only("Auto-Submitted: auto generated", "H223")
    only("Auto-Submitted:", "H223")
    silent("Precedence: LIST", "H224")
    for field in ("X-Priority: 3", "X-Priority: 3 (Normal)", "Importance: High", "Priority: Non-Urgent"):
        silent(field, "H225")
    for field in ("X-Priority: 6", "X-Priority: high", "Importance: urgent", "Priority: bulk"):
        only(field, "H225")


def test_a_word_of_another_priority_field_is_what_was_meant() -> None:
    octets, finding = only("X-Priority: High", "H225")
    assert b"\r\nX-Priority: 1\r\n" in fixed(octets, [finding])


@pytest.mark.parametrize(
    "tags",
    ["de", "de-DE", "en, fr (Quebec)", "zh-Hant-TW", "sl-rozaj-biske-1994", "de-1996", "es-419", "en-a-bbb-x-a",
     "x-own", "i-klingon", "zh-min-nan", "sr-Latn", "zh-yue-Hant-HK"],
)  # fmt: skip
def test_language_tags(tags: str) -> None:
    silent(f"Content-Language: {tags}", "H226")


@pytest.mark.parametrize("tags", ["de_DE", "german language", "", "de,", "de-", "e", "en-a", "de-DE-", "123"])
def test_what_is_no_language_tag(tags: str) -> None:
    only(f"Content-Language: {tags}", "H226")


def test_a_receipt_may_go_to_the_author_or_the_envelope_sender() -> None:
    field = "Disposition-Notification-To: Bounces <b@shop.example>"
    only(field, "H227")
    silent(field, "H227", envelope=Envelope("b@SHOP.example", ["john@customer.example"]))
    silent("Return-Receipt-To: jane@Shop.Example", "H227")


def test_a_list_field_is_told_where_it_stands_again() -> None:
    octets, finding = only("List-Help: <mailto:a@x.example>\nlist-help: <mailto:b@x.example>", "H230")
    assert octets[finding.start : finding.end] == b"list-help: <mailto:b@x.example>"
    assert len(check("List-Help: <mailto:a@x.example>\n" * 3, "H230")[1]) == 2
    silent("Archived-At: <https://x.example/1>\nArchived-At: <https://x.example/2>", "H230")


# -- the whole


@pytest.mark.parametrize("encoding", ["7bit", "8bit", "smtputf8"])
def test_what_the_library_builds_is_clean(encoding: str) -> None:
    long = "a name that is so long that it has to be folded, at last, for it does not fit a line"
    message = Message(
        from_=(long, "jane@shop.example"),
        sender="office@shop.example",
        to=[("Gr\u00fc\u00dfe " * 9, f"user{number}@customer.example") for number in range(20)],
        cc=Group("The Team", [(long, "team@customer.example")]),
        reply_to="orders@shop.example",
        subject="Gr\u00fc\u00dfe aus Ulm, " + long,
        text="x" * 2000,
        headers=[("Comments", long * 3), ("Keywords", long), ("List-ID", "<orders.shop.example>")],
        in_reply_to="<1.a@customer.example>",
        list_unsubscribe=["https://shop.example/u/" + "8" * 200, "mailto:u@shop.example"],
        priority="high",
        auto_submitted="auto-generated",
        date=datetime(2026, 11, 24, 5, 0, tzinfo=timezone(timedelta(hours=1))),
        encoding=encoding,
    )
    found = lint.check(message, profile=PROFILES, context=Context(now=lambda: NOW))
    assert [str(one) for one in found if one.code.startswith("H")] == []


ODD = st.sampled_from([
    b" ", b"\t", b"\r\n", b"\n", b"\r", b":", b"<", b">", b"@", b",", b";", b'"', b"(", b")", b"\\", b"=?", b"?=",
    b"q?", b"{{", b"}}", b"None", b"\0", b"\x80", b"\xc3\xa9", b"a", b"1", b".", b"GMT", b"24 Nov 26 ", b"boundary=",
    b"-",
])  # fmt: skip
NAMES = [
    b"Date", b"From", b"To", b"Bcc", b"Subject", b"Message-ID", b"References", b"In-Reply-To", b"Content-Type", b"X-A",
    b"Importance", b"Auto-Submitted", b"Content-Language", b"List-Help", b"Resent-From", b"Sender", b"Received",
]  # fmt: skip
FIELDS = st.lists(st.tuples(st.sampled_from(NAMES), st.lists(ODD, max_size=12).map(b"".join)), max_size=5)


@settings(max_examples=150, deadline=None)
@given(FIELDS)
def test_no_octets_make_a_rule_crash(fields: list[tuple[bytes, bytes]]) -> None:
    octets = b"".join([b"%b: %b\r\n" % pair for pair in fields]) + b"\r\nx\r\n"
    context = Context(now=lambda: NOW, wire=True, envelope=Envelope("a@x.example", ["b@x.example"]), seen=set())
    for one in lint.check(octets, select=[*CODES, "L022"], context=context):
        assert one.code != "L022", one.message
        assert 0 <= one.start <= one.end <= len(octets)
        if one.fix is not None:
            assert lint.check(fixed(octets, [one]), select="L022", context=context) == []


HARMFUL = [
    b"Subject: " + b"=?a" * 30_000,
    b"Subject: " + b"=?a?q?a\n " * 10_000,
    b"Subject: " + b"{{" * 40_000,
    b"Subject: " + b"<%" * 40_000,
    b"To: " + b'"\\"' * 30_000,
    b"To: " + b"a@b.example, " * 8_000,
    b"To: " + b"<a\n b@c.example>,\n " * 4_000,
    b"Date: " + b"(" * 60_000,
    b"Date: " + b" " * 60_000 + b"26 03:30",
    b"Message-ID: <" + b" ( " * 30_000 + b">",
    b"Message-ID: <" + b"() " * 30_000 + b"x@y>",
    b"References: " + b"<a @b.example> " * 6_000,
    b"Content-Type: text/plain; boundary" + b' = "a\n ' * 10_000,
    b"Content-Language: " + b"a-" * 40_000,
    b"Content-Language: " + b"aa-aaa-" * 12_000,
    b"X-Note: " + b"a " * 60_000,
    b"\r\n".join([b"Resent-To: a@b.example"] * 4_000),
    b"\r\n".join([b"List-Help: <a>"] * 6_000),
    b"\r\n".join([b"Received: a"] * 8_000),
    b"\r\n".join([b"X-A: " + b"a" * 1000] * 100),
]  # fmt: skip


@pytest.mark.parametrize("header", HARMFUL, ids=[f"{octets[:24]!r}" for octets in HARMFUL])
def test_harmful_input_takes_linear_time(header: bytes) -> None:
    mine = [code for code in CODES if not selection.load()[code].is_defect]
    context = Context(now=lambda: datetime(2026, 1, 1, tzinfo=UTC), wire=True, seen=set())

    def work(size: int) -> None:
        found = lint.check(header[:size] + b"\r\n\r\n", select=[*mine, "L022"], context=context)
        assert "L022" not in {one.code for one in found}

    assert is_linear(work, len(header) // 8, len(header))


@pytest.mark.parametrize(
    ("subject", "severity"),
    [
        ("Dear None, your order", "warning"),
        ("Order #undefined has left", "warning"),
        ("Order [object Object] has left", "error"),
        ("[[draft]] The plan", "warning"),
        ("{{ name }}, your order", "error"),
        ("None of us is as smart as all of us", None),
        ("Hello Nonesuch", None),
        ("null and void: Hi None the less", None),
        ("What is NaN?", None),
    ],
)
def test_a_word_for_nothing_within_a_subject_is_found_where_it_is_all_that_was_said(
    subject: str, severity: str | None
) -> None:
    octets, context = examples.example(f"Subject: {subject}")
    found = [one.severity for one in lint.check(octets, select="H222", context=context)]
    assert found == ([] if severity is None else [severity])


def test_an_empty_to_beside_a_cc_is_taken_out() -> None:
    octets, context = examples.example("To:\nCc: Ann Poe <ann@partner.example>")
    made = lint.fix(octets, select="H107", context=context)
    assert "To" not in made.headers
    assert made.cc[0].address == "ann@partner.example"
    octets, context = examples.example("To:\nCc: (nobody)")
    assert lint.fix(octets, select="H107", context=context).headers["To"] == "undisclosed-recipients:;"


def test_lines_that_all_end_in_lf_are_a_fault_on_the_wire_only() -> None:
    octets, context = examples.example("@lf\nSubject: Hello")
    assert lint.check(octets, select="H001", context=context) == []
    wire = context.changed(wire=True)
    (one,) = lint.check(octets, select="H001", context=wire)
    assert octets[: one.end].count(b"\n") == 1
    assert lint.fix(octets, select="H001", context=wire).to_bytes() == octets.replace(b"\n", b"\r\n")
