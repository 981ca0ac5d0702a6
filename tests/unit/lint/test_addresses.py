"""The rules of family A: what they see, what they leave alone, where it stands, and what their fixes write."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit import Mailbox, Message, lint
from mimekit.finding import Finding
from mimekit.lint import examples, fixing, scripts
from mimekit.lint.context import Context


def check(text: str, code: str = "A") -> tuple[bytes, list[Finding]]:
    octets, context = examples.example(text)
    return octets, lint.check(octets, select=[code, "L022"], context=context)


def codes(text: str) -> set[str]:
    return {one.code for one in check(text)[1]} - {"A010"}


FIXED = [
    ("A005", "To: john@customer.example.", "To: john@customer.example"),
    ("A012", "To: John <john@bücher.example>", "To: John <john@xn--bcher-kva.example>"),
    ("A015", 'To: "john.roe"@customer.example', "To: john.roe@customer.example"),
    ("A015", 'To: John <"john"@customer.example>, b@c.example', "To: John <john@customer.example>, b@c.example"),
    ("A017", "To: John <john@customer. example>", "To: John <john@customer.example>"),
    ("A018", "To: <@a.example,@b.example:john@customer.example>", "To: <john@customer.example>"),
    ("A019", 'To: john . "q" . roe@customer.example', "To: john.q.roe@customer.example"),
    ("A020", "To: john..roe@customer.example", 'To: "john..roe"@customer.example'),
    ("A022", "To: John [Sales] Roe <john@customer.example>", 'To: "John [Sales] Roe" <john@customer.example>'),
    ("A022", "To: a@b.example, c@d.example <c@d.example>", 'To: a@b.example, "c@d.example" <c@d.example>'),
    ("A023", "To: John Q. Roe <john@customer.example>", 'To: "John Q. Roe" <john@customer.example>'),
    ("A024", 'To: "john@customer.example" <john@customer.example>', "To: john@customer.example"),
    ("A025", 'To: "John  Roe " <john@customer.example>', "To: John Roe <john@customer.example>"),
    ("A026", 'To: "" <john@customer.example>', "To: john@customer.example"),
    ("A027", "To: 'John Roe' <john@customer.example>", "To: John Roe <john@customer.example>"),
    ("A030", "To: Team: john@customer.example", "To: Team: john@customer.example;"),
    ("A031", "To: a@b.example,, c@d.example", "To: a@b.example, c@d.example"),
    ("A031", "To: a@b.example,", "To: a@b.example"),
    ("A032", "To: a@b.example; c@d.example", "To: a@b.example, c@d.example"),
    ("A032", "To: a@b.example, c@d.example;", "To: a@b.example, c@d.example"),
    ("A034", "To: a@b.example, c@d.example, a@B.example", "To: a@b.example, c@d.example"),
    ("A034", "To: a@b.example\nCc: a@b.example, c@d.example", "Cc: c@d.example"),
    ("A035", "To: undisclosed-recipients", "To: undisclosed-recipients:;"),
    ("A035", "To: <undisclosed-recipients:;>", "To: undisclosed-recipients:;"),
    ("A036", "To: John <<john@customer.example>>", "To: John <john@customer.example>"),
    ("A037", "To: John <john@customer.example", "To: John <john@customer.example>"),
    ("A037", "To: John <john@customer.example, c@d.example", "To: John <john@customer.example>, c@d.example"),
    ("A037", "To: john@customer.example>", "To: john@customer.example"),
    ("A038", "To: John (Sales <john@customer.example>", "To: John Sales <john@customer.example>"),
    ("A039", 'To: "John <john@customer.example>', "To: John <john@customer.example>"),
    ("A041", "To: a@b.example c@d.example", "To: a@b.example, c@d.example"),
    ("A041", "To: <a@b.example><c@d.example>", "To: <a@b.example>, <c@d.example>"),
    ("A044", "To: john@gmial.com", "To: john@gmail.com"),
]


@pytest.mark.parametrize(("code", "bad", "good"), FIXED)
def test_a_fix_writes_what_was_meant(code: str, bad: str, good: str) -> None:
    octets, context = examples.example(bad)
    found = lint.check(octets, select=code, context=context)
    fixes = [one.fix for one in found if one.fix is not None]
    assert fixes
    mended = fixing.apply(octets, [fix.edits for fix in fixes])
    assert good.encode() + b"\r\n" in mended
    assert lint.check(mended, select=code, context=context) == []


def test_a_recipient_that_stands_alone_in_its_field_goes_with_the_field() -> None:
    octets, found = check("To: a@b.example\nCc: a@b.example", "A034")
    assert found[0].fix is not None
    assert b"Cc" not in fixing.apply(octets, [found[0].fix.edits])


@pytest.mark.parametrize(
    "text",
    [
        'To: a@b.example, "Another name" <a@b.example>',  # which of the two names is meant is not known
        "To: a@b.example\nCc: Team: a@b.example;",
    ],
)
def test_a_recipient_that_stands_twice_in_different_ways_stays(text: str) -> None:
    _, found = check(text, "A034")
    assert [one.fix for one in found] == [None]


@pytest.mark.parametrize(
    ("text", "octets"),
    [
        ('From: "Doe, J." <jane@shop.example>, R. Roe <roe@shop.example>\nSender: jane@shop.example', b"R. Roe"),
        ("From: Shop: J. Doe <jane@shop.example>;", b"J. Doe"),
    ],
)
def test_the_place_of_a_name_is_the_name(text: str, octets: bytes) -> None:
    message, found = check(text, "A023")
    assert [message[one.start : one.end] for one in found] == [octets]


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('To: J. Roe <"a b"@customer.example>', 1),
        ("To: J. Roe (sales) <john@customer.example>", 1),
        ("To: (Mr. X) John <john@customer.example>", 0),
        ('To: "J. Roe" (Mr. X) <john@customer.example>', 0),
    ],
)
def test_a_dot_in_a_name_is_found_beside_quotes_and_comments(text: str, count: int) -> None:
    assert len(check(text, "A023")[1]) == count


def test_the_place_of_an_address_is_the_addr_spec() -> None:
    message, found = check("To: John Roe <john@intranet>, b@c.example", "A006")
    assert [message[one.start : one.end] for one in found] == [b"john@intranet"]


@pytest.mark.parametrize(
    "text",
    [
        'From: "Dr. J. Doe" <jane@shop.example>',
        "From: =?utf-8?q?J=2E_D=C3=B6?= <jane@shop.example>",
        "To: John Roe <john@xn--bcher-kva.example>",
        "To: john@xn--80a1acny.xn--p1ai",  # Cyrillic alone
        "To: O'Neil <o'neil@customer.example>",
        "To: john+tag@customer.example, john_roe@customer.example",
        "To: Team: john@customer.example, max@customer.example;, c@d.example",
        "To: undisclosed-recipients:;",
        'To: "Roe, John" <john@customer.example>,\n "Doe, Jane" <jane@customer.example>',
        "To: john@3com.example, john@163.example",
        "To: =?utf-8?b?5bGx55Sw5aSq6YOO?= <taro@customer.example>",
        "@smtputf8\nTo: john@bücher.example",
    ],
)
def test_what_is_right_is_left_alone(text: str) -> None:
    assert codes(text) == set()


def test_a_non_ascii_local_part_is_no_fault_on_a_way_that_carries_it() -> None:
    severities = [check(f"{way}To: jörg@customer.example", "A011")[1][0].severity for way in ("", "@smtputf8\n")]
    assert severities == ["warning", "info"]


@pytest.mark.parametrize("domain", ["mail.com", "ymail.com", "gmail.co.uk", "outlook.de", "yahoo.co.jp", "web.de"])
def test_the_domain_of_another_provider_is_no_slip(domain: str) -> None:
    assert check(f"To: john@{domain}", "A044")[1] == []


@pytest.mark.parametrize("domain", ["gmai.com", "gmaill.com", "gnail.com", "gmial.com", "hotmial.com", "yaho.com"])
def test_a_slip_in_the_domain_of_a_provider_is_seen(domain: str) -> None:
    assert [one.code for one in check(f"To: john@{domain}", "A044")[1]] == ["A044"]


def test_the_answers_of_a_mailing_list_may_go_to_the_list() -> None:
    text = "To: list@shop.example\nReply-To: list@shop.example\nList-Id: <list.shop.example>"
    assert "A042" not in codes(text)


def test_the_envelope_tells_how_many_recipients_there_are() -> None:
    rcpt_to = " ".join([f"a{number}@customer.example" for number in range(101)])
    assert "A043" in codes(f"@envelope jane@shop.example {rcpt_to}\nTo: john@customer.example")


@given(
    st.text("abcAB .'\"\\,;<>()@[]:=?_-\u00e9\u4e2d\u0430", min_size=0, max_size=30),
    st.from_regex(r"[a-z0-9]([a-z0-9.+]?[a-z0-9]){0,6}", fullmatch=True),
)
def test_what_is_built_has_no_fault_of_spelling(name: str, local_part: str) -> None:
    mailbox = Mailbox(name, local_part, "shop.example")
    message = Message(from_=mailbox, to="john@customer.example", subject="Hello", text="Hello")
    # What stays is what the name itself is: an address, in quotes, with white space.
    of_the_name = {"A024", "A025", "A026", "A027", "A010"}
    found = lint.check(message, select=["A", "L022"], context=Context())
    assert {one.code for one in found} - of_the_name == set()


HOSTILE = [
    b"To: " + b"(" * 20_000,
    b"To: " + b'"' * 20_001,
    b"To: " + b"<" * 20_000,
    b"To: " + b"a." * 20_000 + b"@b.example",
    b"To: " + b"A. B <a@b.example>, " * 3_000,
    b'To: "A. <a@b.example>, ' * 1_000,
    b"To: " + b"[" * 2_000 + b" <a@b.example>",
    b"To: " + b"a@xn--" + b"a" * 20_000,
    b"To: a@" + b"\xd0\xb0" * 20_000,
    b"To: " + b"a;" * 20_000,
    b"To: " + b", " * 20_000,
    b"To: " + b'""@b.example ' * 5_000,
    b"To: " + b"a@b.example, " * 5_000,
    b"To: " + b"g: " * 5_000,
    b"To: " + b" " * 50_000 + b"<a@b.example>",
    b"To: \xff\xfe\x00@\x80.example",
]


@pytest.mark.parametrize("field", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_field_crashes_no_rule_and_costs_little(field: bytes) -> None:
    started = time.process_time()
    found = lint.check(b"From: a@b.example\r\n" + field + b"\r\n\r\nHello\r\n", select=["A", "L022"])
    assert time.process_time() - started < 3
    assert "L022" not in {one.code for one in found}


@given(st.text('abc@.,;:<>()[]"\\ =?q\t\u00e9\u200b\u3002\uff20', max_size=60))
def test_no_field_crashes_a_rule(text: str) -> None:
    octets = b"From: a@b.example\r\nTo: " + text.encode() + b"\r\n\r\nHello\r\n"
    found = lint.check(octets, select=["A", "X", "L022"])
    assert "L022" not in {one.code for one in found}
    for one in found:
        assert 0 <= one.start <= one.end <= len(octets)
        if one.fix is not None:
            fixing.apply(octets, [one.fix.edits])


# -- scripts


@pytest.mark.parametrize(
    ("label", "goes_together"),
    [
        ("shop", True),
        ("b\u00fccher", True),
        ("\u043c\u0438\u0440", True),  # Cyrillic
        ("\u65e5\u672c\u8a9e\u30ab\u30bfhiragana\u3072\u3089", True),  # Japanese with Latin
        ("\ud55c\uad6d\u6f22", True),  # Korean
        ("p\u0430ypal", False),
        ("\u03b1\u03b2\u0433", False),
        ("\u65e5\ud55c\u3072", False),  # Han, Hangul and Hiragana belong to no one writing system
        ("1-2", True),
    ],
)
def test_scripts_go_together_as_uts_39_says(label: str, goes_together: bool) -> None:
    assert scripts.is_highly_restrictive(label) is goes_together


def test_every_character_has_a_script() -> None:
    assert scripts.of("\u0041") == {"Latin"}
    assert scripts.of("\U0010ffff") == {"Unknown"}
    assert scripts.of("\u0951") >= {"Devanagari", "Latin"}  # from Script_Extensions


def test_a_word_is_disguised_when_it_reads_as_latin() -> None:
    assert scripts.disguised_word("Hello P\u0430ypal") == "P\u0430ypal"
    assert scripts.disguised_word("\u041f\u0440\u0438\u0432\u0435\u0442 Shop") is None
    assert scripts.disguised_word("i\u0413\u043e\u0442\u043e\u0432\u043e") is None
