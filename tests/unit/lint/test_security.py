"""The rules of family X: what deceives, what is left alone, what fixes write, and what hostile input costs."""

from __future__ import annotations

import io
import time
import zipfile
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit import Message, lint
from mimekit.finding import Finding
from mimekit.lint import examples, fixing


def check(text: str, code: str = "X") -> tuple[bytes, list[Finding]]:
    octets, context = examples.example(text)
    return octets, lint.check(octets, select=[code, "L022"], context=context)


def codes(text: str) -> set[str]:
    return {one.code for one in check(text)[1]}


def word(text: str) -> str:
    return f"=?utf-8?b?{b64encode(text.encode()).decode()}?="


def attached(name: str, content: bytes = b"\n", kind: str = "application/octet-stream") -> set[str]:
    return codes(f"@make attached {name} {kind} {content.hex()}")


# -- authors


@pytest.mark.parametrize(
    "text",
    [
        "From: a@evil.test\nfrom: admin@legit.test",
        "From : admin@legit.test",
        "From: <a@evil.test> <admin@legit.test>",
        "From: admin@legit.test <a@evil.test>",
        "From: <@evil.test:admin@legit.test>",
        "From: a@evil.test;admin@legit.test",
        "From: admin legit\nSender: admin@legit.test",
        "Sender: max@shop.example <admin@legit.test>",
    ],
)
def test_an_author_that_two_readers_read_in_two_ways_is_told(text: str) -> None:
    assert "X003" in codes(text)


@pytest.mark.parametrize(
    "text",
    [
        "From: Jane Doe (at work) <jane@shop.example>",
        'From: "jane@shop.example" <jane@shop.example>',
        "From: jane@shop.example <jane@shop.example>",  # both readings are one author
        "From: a@shop.example, b@other.example\nSender: a@shop.example",  # A028 tells of it
        "Received: from : by",
        "Subject: From: max@evil.test",
    ],
)
def test_one_author_is_one(text: str) -> None:
    assert "X003" not in codes(text)


def test_an_author_under_a_folded_name_is_told_with_its_line() -> None:
    octets, found = check("@raw\nFrom\n : a@evil.test\nFrom: admin@legit.test\n\nHello", "X003")
    assert [octets[one.start : one.end] for one in found] == [b"From\r\n : a@evil.test"]


@pytest.mark.parametrize(
    ("name", "is_spoof"),
    [
        ("admin@legit.test", True),
        ("Admin (admin@mail.legit.test)", True),
        ("admin\uff20legit.test", True),  # full-width
        ("jane@news.shop.example", False),  # of the same organisation
        ("Jane @ Shop", False),
        ("@janedoe", False),
        ("Jane Doe", False),
    ],
)
def test_a_name_that_claims_another_domain_is_a_spoof(name: str, is_spoof: bool) -> None:
    assert ("X004" in codes(f"From: {word(name)} <jane@shop.example>")) is is_spoof


def test_the_name_of_a_recipient_is_the_affair_of_the_recipient() -> None:
    assert "X004" not in codes('To: "john@home.test" <john@customer.example>')


# -- what is not seen


@pytest.mark.parametrize(
    "subject",
    [
        "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # a non-joiner between Arabic letters
        "\u0915\u094d\u200d\u0937",  # a joiner after a virama
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 \u2764\ufe0f\u200d\U0001f525",
        "\U0001f469\U0001f3fd\u200d\U0001f4bb",
        "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f",  # the flag of Scotland
        "Order \u2068\u05e9\u05dc\u05d5\u05dd\u2069 paid",
        "\u05e9\u05dc\u05d5\u05dd\u200f!",
        "caf\u00e9 \u2013 \u201ctea\u201d\u2026",
    ],
)
def test_what_a_script_or_an_emoji_needs_is_no_fault(subject: str) -> None:
    assert codes(f"Subject: {word(subject)}") == set()


@pytest.mark.parametrize(
    ("subject", "severity"),
    [
        ("Pay\u200bpal", "error"),
        ("a\u200db", "error"),
        ("\u202emoc.lagel", "error"),
        ("\u2068not ended", "error"),
        ("a\U000e0061b", "error"),
        ("long\u00adword", "warning"),
        ("left\u200eright", "warning"),
        ("blank\u3164", "warning"),
    ],
)
def test_what_is_not_seen_in_a_subject_is_told(subject: str, severity: str) -> None:
    octets, found = check(f"Subject: {word(subject)}", "X005")
    assert [one.severity for one in found] == [severity]
    fix = found[0].fix
    assert fix is not None
    assert not fix.is_safe
    assert lint.check(fixing.apply(octets, [fix.edits]), select="X005") == []


@pytest.mark.parametrize(
    "name",
    ["a\u202efdp.exe", "a\u2068b\u2069.txt", "a\u200b.pdf"],
)
def test_in_a_file_name_no_isolate_is_right(name: str) -> None:
    percent = "".join([f"%{octet:02X}" for octet in name.encode()])
    assert "X005" in codes(f"Content-Disposition: inline; filename*=utf-8''{percent}")


def test_what_is_not_seen_in_an_address_or_a_link_is_told() -> None:
    assert "X005" in codes("@smtputf8\nTo: jo\\xe2\\x80\\x8bhn@customer.example")
    html = '@html\n<!doctype html>\n<html lang="en"><p><a href="https://shop.example/&#8203;x">{}</a></p></html>'
    assert "X005" in codes(html.format("order"))
    assert "X005" in codes(html.replace("&#8203;", "%E2%80%8B").format("order"))
    assert "X005" in codes(html.replace("&#8203;", "").format("or&zwnj;der"))
    assert "X005" not in codes(html.replace("&#8203;", "").format("order&nbsp;&zwnj;".replace("&zwnj;", "")))


def test_the_blanks_of_a_preheader_are_no_link() -> None:
    html = '@html\n<!doctype html>\n<html lang="en"><div>News&nbsp;&zwnj;&nbsp;&zwnj;</div><p>Hello</p></html>'
    assert "X005" not in codes(html)


@pytest.mark.parametrize(
    ("host", "code"),
    [
        ("xn--pypal-4ve.test", "X006"),
        ("p\u0430ypal.test", "X006"),
        ("xn--80ak6aa92e.com", "X034"),
    ],
)
def test_a_host_that_looks_like_another_is_told(host: str, code: str) -> None:
    body = f"See https://{host}/order now".encode().decode("latin-1")
    escaped = "".join([c if c.isascii() else f"\\x{ord(c):02x}" for c in body])
    assert code in codes(f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n{escaped}")


@pytest.mark.parametrize("host", ["xn--h1ahn.xn--p1ai", "xn--bcher-kva.example", "xn--h1ahn.com"])
def test_a_host_of_one_script_is_one(host: str) -> None:
    assert codes(f"Content-Type: text/plain; charset=utf-8\n\nSee https://{host}/order now") == set()


# -- links


@pytest.mark.parametrize(
    ("href", "shown", "is_mismatch"),
    [
        ("https://evil.test/", "https://www.bank.example/", True),
        ("https://evil.test/", "www.bank.example", True),
        ("https://evil.test/", "bank.com", True),
        ("http://www.bank.example/", "https://www.bank.example/", True),
        ("https://www.bank.example@evil.test/", "https://www.bank.example", True),
        ("https://click.bank.example/x", "https://www.bank.example/terms", False),
        ("https://evil.test/", "README.md", False),
        ("https://evil.test/", "Node.js", False),
        ("https://evil.test/", "Read more.", False),
        ("https://evil.test/", "v1.2.3", False),
        ("https://evil.test/", "jane@bank.com", False),
        ("https://shop.example/", "", False),
        ("mailto:jane@shop.example", "https://bank.example", False),
    ],
)
def test_a_link_leads_where_it_says(href: str, shown: str, is_mismatch: bool) -> None:
    html = f'@html\n<!doctype html>\n<html lang="en"><body><p>See <a href="{href}"><b>{shown}</b></a></p></body></html>'
    assert ("X007" in codes(html)) is is_mismatch


@pytest.mark.parametrize(
    ("tag", "is_active"),
    [
        ("<script>alert(1)</script>", True),
        ('<script type="application/ld+json">{"@context":"https://schema.org"}</script>', False),
        ('<a href="java&#10;script:alert(1)">x</a>', True),
        ('<a href=" JavaScript:alert(1)">x</a>', True),
        ('<img src="x" onerror=alert(1)>', True),
        ('<a href="https://shop.example/javascript:x">x</a>', False),
        ('<p title="javascript: how to">x</p>', False),
        ('<p once="x">x</p>', False),
        ('<img src="data:image/png;base64,AA==" alt="x">', False),
        ("<svg><script>alert(1)</script></svg>", True),
    ],
)
def test_what_runs_is_told(tag: str, is_active: bool) -> None:
    html = f'@html\n<!doctype html>\n<html lang="en"><body><p>Hello</p>{tag}</body></html>'
    assert ("X021" in codes(html)) is is_active


def test_a_script_in_an_image_is_told() -> None:
    svg = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
    assert "X021" in attached("a.svg", svg, "image/svg+xml")
    assert "X021" not in attached("a.svg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "image/svg+xml")


@pytest.mark.parametrize(
    ("image", "is_seen"),
    [
        ('width="600" height="400"', True),
        ('width="1" height="1"', False),
        ('width="0" height="0"', False),
        ('width="1" height="40"', True),  # a line
        ('style="display:none"', False),
        ('style="width:1px;height:1px"', False),
        ('style="max-width:1px"', True),
    ],
)
def test_an_image_that_nobody_sees_is_told(image: str, is_seen: bool) -> None:
    html = '@html\n<!doctype html>\n<html lang="en"><body><p>Hello</p><img src="{}" alt="" {}></body></html>'
    assert ("X023" in codes(html.format("https://shop.example/o.gif", image))) is not is_seen
    assert "X023" not in codes(html.format("cid:a@shop.example", image))


# -- files


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("invoice.pdf.exe", "X009"),
        ("invoice.PDF.Js", "X009"),
        ("setup.exe", "X010"),
        ("macro.docm", "X010"),
        ("link.lnk", "X010"),
        ("a/b.txt", "X011"),
        ("C:x.txt", "X011"),
        (".bashrc", "X011"),
        ("lpt1.txt", "X011"),
        ("a.txt.", "X011"),
        ("n" * 256, "X011"),
    ],
)
def test_a_bad_file_name_is_told(name: str, code: str) -> None:
    assert code in attached(name)


@pytest.mark.parametrize("name", ["invoice.pdf", "a.tar.gz", "v1.2.pdf", "report.2026.docx", "a.b.c"])
def test_a_usual_file_name_is_none(name: str) -> None:
    assert attached(name) == set()


@pytest.mark.parametrize(("name", "written"), [("..\\\\..\\\\a.txt", b"a.txt"), ("con.txt", b"_con.txt")])
def test_a_path_is_taken_out_of_both_fields(name: str, written: bytes) -> None:
    octets, found = check(f"@make attached {name} text/plain 0a", "X011")
    fix = found[0].fix
    assert fix is not None
    assert not fix.is_safe
    mended = fixing.apply(octets, [fix.edits])
    assert mended.count(b"=" + written) == 2 or mended.count(b'="' + written) == 2
    assert lint.check(mended, select="X011") == []


@pytest.mark.parametrize("content", [b"MZ\x90\x00", b"\x7fELF\x02", b"#!/bin/sh\n", b"\xcf\xfa\xed\xfe\x07"])
def test_a_program_is_known_by_its_first_octets(content: bytes) -> None:
    assert "X010" in attached("photo.jpg", content)


def test_an_archive_tells_whether_it_is_encrypted() -> None:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("folder/", "")
        archive.writestr("a.txt", "text")
    plain = made.getvalue()
    directory = plain.rindex(b"PK\x01\x02")
    encrypted = plain[: directory + 8] + b"\x01" + plain[directory + 9 :]
    assert "X025" not in attached("a.zip", plain, "application/zip")
    assert "X025" in attached("a.zip", encrypted, "application/zip")
    assert "X025" in attached(
        "a.7z", b"7z\xbc\xaf\x27\x1c\x00\x04" + b"\x00" * 40 + b"\x06\xf1\x07\x01", "application/zip"
    )
    assert "X025" in attached("a.rar", b"Rar!\x1a\x07\x00\x00\x00\x73\x80\x00\x0d\x00", "application/zip")


# -- readings


MULTIPART = "Content-Type: {}\n-Content-Transfer-Encoding\n\n--a1\nContent-Type: text/plain\n\nHello\n--a1--"


@pytest.mark.parametrize(
    ("content_type", "severity"),
    [
        ("multipart/mixed; boundary=a1; boundary=b2", "error"),
        ("multipart/mixed; boundary=b2; boundary*=utf-8''a1", "error"),
        ("multipart/mixed; boundary=(x)a1", "error"),
        ("multipart/mixed; boundary=a1 (x)", "error"),
        ('multipart/mixed; boundary="a\\\\1"', "error"),
        ('multipart/mixed; boundary="a\n 1"', "warning"),
        ("multipart/mixed; boundary*=utf-8''a1", "warning"),
        ("multipart/mixed; boundary*0=a; boundary*1=1", "warning"),
        ("multipart/mixed; boundary=a1", None),
        ('multipart/mixed; charset="(x)"; boundary="a1"', None),
        ("multipart/mixed;\n boundary=a1", None),
        ("multipart/mixed (boundary); boundary=a1", None),
    ],
)
def test_a_boundary_has_one_reading(content_type: str, severity: str | None) -> None:
    _, found = check(MULTIPART.format(content_type), "X012")
    assert [one.severity for one in found] == ([] if severity is None else [severity])


@pytest.mark.parametrize(
    ("encoding", "is_ambiguous"),
    [
        ("7bit", False),
        (" 7bit ", False),
        ("7Bit", False),
        ("base64;", True),
        ("base64, quoted-printable", True),
        ('"base64"', True),
        ("base64 (x)", True),
        ("(x) 7bit", True),
        ("nonsense", False),  # E001 alone
        ("7bit\nContent-Transfer-Encoding: 7bit", False),  # twice the same
        ("7bit\nContent-Transfer-Encoding: base64", True),
    ],
)
def test_a_transfer_encoding_has_one_reading(encoding: str, is_ambiguous: bool) -> None:
    assert ("X014" in codes(f"Content-Transfer-Encoding: {encoding}")) is is_ambiguous


@pytest.mark.parametrize(
    ("body", "is_ambiguous"),
    [
        ("R3LDvMOfZQ==", False),
        ("R3LDvMOfZQ", False),  # padding alone is missing
        ("R3LD\nvMOf\n", False),
        ("R3LDvMOfZQ==\n\n-- \n", False),  # nothing that could be decoded comes after it
        ("R3LDvMOfZQ==\nZQ==", True),
        ("R3LD*vMOfZQ==", True),
    ],
)
def test_base64_has_one_reading(body: str, is_ambiguous: bool) -> None:
    text = f"-Content-Transfer-Encoding\nContent-Transfer-Encoding: base64\n\n{body}"
    assert ("X015" in codes(text)) is is_ambiguous


# -- SMTP


@pytest.mark.parametrize(
    ("body", "is_smuggled"),
    [
        ("a\\n.\\nb", True),
        ("a\\n.\\r\nb", True),
        ("a\\r.\\rb", True),
        ("a\n.\\nb", True),
        ("a\n.\\rb", True),
        ("a\\x00.\nb", True),
        ("a\n.\nb", False),  # a line of one dot between two CRLF: what dot-stuffing is for
        ("a\n..\nb", False),
        ("a\\nb", False),
    ],
)
def test_a_dot_that_ends_the_message_for_some_is_told(body: str, is_smuggled: bool) -> None:
    octets, found = check(f"Content-Type: text/plain; charset=utf-8\n\n{body}", "X017")
    assert bool(found) is is_smuggled
    for one in found:
        if one.fix is not None:
            assert lint.check(fixing.apply(octets, [one.fix.edits]), select="X017") == []


def test_in_a_file_with_lf_line_ends_a_dot_is_a_dot_unless_it_is_on_the_wire() -> None:
    assert codes("@lf\nContent-Type: text/plain; charset=utf-8\n\na\n.\nb") == set()
    assert codes("@lf\n@wire\nContent-Type: text/plain; charset=utf-8\n\na\n.\nb") == {"X017"}


@pytest.mark.parametrize(
    ("fields", "is_told"),
    [
        ("Subject: Your order", True),
        ("Auto-Submitted: no", True),
        ("Auto-Submitted: auto-replied", False),
        ("Content-Type: multipart/report; report-type=delivery-status; boundary=a1", False),
    ],
)
def test_the_null_path_is_for_reports_and_answers(fields: str, is_told: bool) -> None:
    assert ("X029" in codes(f"@envelope <> john@customer.example\n{fields}")) is is_told


# -- sealed parts


@pytest.mark.parametrize(
    ("example", "told"),
    [
        ("@make sealed_alone signed", set()),
        ("@make sealed_alone encrypted", set()),
        ("@make sealed_beside text signed", {"X031"}),
        ("@make sealed_beside html signed", {"X024", "X031"}),
        ("@make sealed_beside html encrypted", {"X024", "X031"}),
    ],
)
def test_what_stands_beside_a_sealed_part_is_told(example: str, told: set[str]) -> None:
    assert codes(example) - {"X040"} == told


# -- leaks


@pytest.mark.parametrize(
    ("field", "severity"),
    [
        ("X-Mailer: /var/www/shop/mail.php", "warning"),
        ("X-Mailer: PHPMailer 6.8.0", "info"),
        ("User-Agent: python-requests/2.31", "info"),
        ("X-Originating-IP: [192.0.2.1]", "warning"),
        ("X-Mailer: Apple Mail (2.3654.60)", None),
        ("User-Agent: Mozilla Thunderbird", None),
        (
            "Received: from a ([198.51.100.7]) by b.shop.example; Tue, 24 Nov 2026 03:30:00 +0000",
            None,
        ),
        ("Received: from a ([IPv6:fd00::1]) by b.shop.example; Tue, 24 Nov 2026 03:30:00 +0000", "warning"),
        ("Received: from a ([172.32.0.1]) by b.shop.example; Tue, 24 Nov 2026 03:30:00 +0000", None),
    ],
)
def test_what_others_need_not_know_is_told(field: str, severity: str | None) -> None:
    _, found = check(field, "X018")
    assert [one.severity for one in found] == ([] if severity is None else [severity])


@pytest.mark.parametrize(
    ("text", "is_secret"),
    [
        ("AKIAIOSFODNN7EXAMPLE", True),
        ("-----BEGIN RSA PRIVATE KEY-----", True),
        ("Your password: hunter22", True),
        ("Passwort = Sommer2026", True),
        ("Choose a new password: <https://shop.example/p>", False),
        ("Forgot your password?", False),
        ("AKIA", False),
    ],
)
def test_a_secret_is_told(text: str, is_secret: bool) -> None:
    assert ("X019" in codes(f"Content-Type: text/plain; charset=utf-8\n\n{text}")) is is_secret


# -- what is built, and what is hostile


@given(
    st.text("abcAB .'\"\\,;<>()[]:=?_-%\u00e9\u4e2d\u0430", min_size=1, max_size=30),
    st.text("abc /<>&\n.\u00e9", max_size=40),
)
def test_what_is_built_is_no_attack(name: str, text: str) -> None:
    message = Message(
        from_="jane@shop.example",
        to=(name, "john@customer.example"),
        subject=name,
        text=text,
        attachments=[("a b-\u00e9.bin", b"\x00\x01")],
    )
    assert {one.code for one in lint.check(message, select=["X", "L022"])} <= {"X035"}  # the name may be disguised


HOSTILE = [
    b"Subject: " + b"=?utf-8?q?=00?= " * 3_000,
    b"Subject: " + b"(" * 50_000,
    b"Content-Type: multipart/mixed; " + b"boundary=" * 5_000,
    b"Content-Type: multipart/mixed; boundary=(" + b"boundary" * 5_000,
    b"Content-Type: " + b"(" * 20_000,
    b"Content-Type: text/plain" + b";x*1=a" * 5_000,
    b"Content-Disposition: attachment; filename=" + b"." * 50_000 + b"x",
    b'Content-Disposition: attachment; filename="' + b" " * 50_000 + b'.exe"',
    b'Content-Disposition: attachment; filename="' + b"a.pdf ." * 5_000 + b'"',
    b"List-Unsubscribe: " + b"<javascript:" * 5_000,
    b"From: " + b"\xe2\x80\x8b" * 20_000 + b" <a@b.test>",
    b'From: "' + b"a@b" * 20_000 + b'" <a@b.test>',
    b"X-Mailer: " + b"php" * 20_000,
    b"Received: " + b"10.1." * 20_000,
]
BODIES = [
    b"https://" * 10_000,
    b"https://" + b"@" * 50_000,
    b"begin 644 x\n" * 5_000,
    b"password: " * 10_000,
    b"eyJ" + b"a" * 50_000 + b".eyJ" * 5_000,
    b"<" * 50_000,
    b"<a href=javascript:" * 2_000,
    "\u202a\n".encode() * 20_000,
    b"\n.\n\r.\r" * 10_000,
]


@pytest.mark.parametrize("field", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_field_crashes_no_rule_and_costs_little(field: bytes) -> None:
    started = time.process_time()
    found = lint.check(b"To: a@b.example\r\n" + field + b"\r\n\r\nHello\r\n", select=["X", "L022"])
    assert time.process_time() - started < 3
    assert "L022" not in {one.code for one in found}


@pytest.mark.parametrize("subtype", [b"plain", b"html"])
@pytest.mark.parametrize("body", BODIES, ids=range(len(BODIES)))
def test_a_hostile_body_crashes_no_rule_and_costs_little(body: bytes, subtype: bytes) -> None:
    started = time.process_time()
    head = b"From: a@b.example\r\nContent-Type: text/" + subtype + b"; charset=utf-8\r\n\r\n"
    found = lint.check(head + body + b"\r\n", select=["X", "L022"])
    assert time.process_time() - started < 5
    assert "L022" not in {one.code for one in found}
