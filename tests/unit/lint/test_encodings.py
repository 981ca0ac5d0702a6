"""The rules about encodings: places, severities, silence on what is well made, fixes, hostile input."""

from __future__ import annotations

import random
from binascii import b2a_base64

import pytest

from mimekit import Message, lint, parse
from mimekit.finding import Finding
from mimekit.lint import examples, selection
from mimekit.lint.rule import Rule
from tests.support.timing import cpu_seconds

RULES = dict(sorted(selection.load().items()))
CODES = [code for code in RULES if code[0] == "E"]


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


@pytest.mark.parametrize("code", [code for code in FIXED if code != "E010"])
def test_a_fix_takes_the_finding_away_and_brings_no_error(code: str) -> None:
    for octets in bad(code):
        found = check(octets, code)
        made = apply(octets, found[0])
        before = {other.code for other in lint.check(octets) if other.severity == "error"}
        after = {other.code for other in lint.check(made) if other.severity == "error"}
        assert after <= before
        assert len(check(made, code)) < len(found)


def texts(octets: bytes) -> list[object]:
    message = parse(octets)
    fields = [value for name, value in message.headers if name in ("Subject", "From", "To")]
    return [fields, message.text, [part.filename for part in message.parts]]


# What readers see is another thing afterwards, because they saw the damage before.
SEEN = {"E010", "E030", "E033", "E038", "E073"}
SAFE = [code for code in FIXED if RULES[code].fix == "safe" and code not in SEEN]


@pytest.mark.parametrize("code", SAFE)
def test_a_safe_fix_keeps_what_is_read(code: str) -> None:
    for octets in bad(code):
        one = check(octets, code)[0]
        assert one.fix is not None
        if one.fix.is_safe:
            assert texts(apply(octets, one)) == texts(octets)


HTML = '<!doctype html><html lang="en"><head><title>Hi</title></head><body><p>{}</p></body></html>'
SUBJECTS = [
    "Your order",
    "Gr\u00fc\u00dfe",
    "=?utf-8?q?x?= is one",
    "a" * 900,
    " x ",
    "\u4f60\u597d" * 60,
    "a  b\u00e9",
]


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("encoding", ["7bit", "8bit", "smtputf8"])
def test_what_is_built_has_no_finding(subject: str, encoding: str) -> None:
    text = "Gr\u00fc\u00dfe, \u201cJ\u00f6rg\u201d\nFrom here\n.\n" + "\u4f60\u597d" * 400
    message = Message(
        from_=("J\u00f6rg, Shop", "jane@shop.test"),
        to=[("John", "john@customer.test"), ("\u4f60\u597d" * 30, "you@customer.test")],
        subject=subject,
        text=text,
        html=HTML.format(text),
        attachments=[
            ("Gr\u00fc\u00dfe.txt", b"Hello\n"),
            ("a b.bin", bytes(range(256)) * 9),
            ("x" * 300 + ".pdf", b"%PDF-"),
        ],
        rng=random.Random(1),
        encoding=encoding,
    )
    codes = [code for code in CODES if "default" in RULES[code].profiles]
    found = [str(one) for one in lint.check(message, select=codes, ignore=["E070"])]
    assert found == []


def test_the_name_for_outlook_beside_the_extended_one_is_no_fault() -> None:
    octets = laid(
        'Content-Type: text/plain; charset=utf-8; name="=?utf-8?q?=C3=A4?="\n'
        "Content-Disposition: inline; filename*=utf-8''%C3%A4"
    )
    assert check(octets, "E053", "E064") == []


def base64_body(*lines: str, ends: str = "\n") -> bytes:
    octets = laid("Content-Transfer-Encoding: base64\n\nBODY")
    return octets.replace(b"BODY\r\n", ends.join(lines).encode())


LINE = "R3LDvMOfZSBHcsO8w59lIEdyw7zDn2Ug"


@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("lines", "codes"),
    [
        ((LINE, LINE, LINE), []),
        ((LINE, LINE, LINE, ""), []),
        ((LINE, LINE, LINE[:8]), []),
        ((LINE, LINE, LINE[:8], ""), []),
        ((LINE,), []),
        ((LINE, LINE[:8], LINE), ["E014"]),
        ((LINE[:8], LINE, LINE), ["E014"]),
        ((LINE[:8], LINE), ["E014"]),
        ((LINE, "", LINE), ["E014"]),
        (("", LINE, LINE), ["E014"]),
        ((LINE, LINE, "", ""), []),
        ((LINE, LINE + LINE + LINE, LINE), ["E013"]),
        ((LINE + LINE + LINE, LINE), ["E013"]),
        ((LINE + LINE + LINE,), ["E013"]),
        ((), []),
        (("",), []),
    ],
)
def test_lines_of_base64(lines: tuple[str, ...], codes: list[str], ends: str) -> None:
    octets = base64_body(*lines, ends=ends)
    found = check(octets, "E013", "E014")
    assert [one.code for one in found] == codes
    for one in found:
        made = apply(octets, one)
        assert check(made, "E013", "E014") == []
        assert parse(made).content == parse(octets).content


def test_the_place_of_a_long_line_is_the_line() -> None:
    octets = base64_body(LINE, LINE * 3, LINE)
    [one] = check(octets, "E013")
    assert octets[one.start : one.end] == (LINE * 3).encode()


def test_a_blank_in_base64_is_taken_out_and_other_characters_are_not() -> None:
    octets = base64_body("R3LD vMOfZQo=")
    one = check(octets, "E010")[0]
    assert check(apply(octets, one), "E010") == []
    assert check(bad("E010")[0], "E010")[0].fix is None


def test_a_text_file_may_be_in_base64() -> None:
    octets = laid(
        "Content-Type: text/plain; charset=utf-8\nContent-Disposition: inline; filename=a.txt\n"
        "Content-Transfer-Encoding: base64\n\nSGVsbG8K"
    )
    assert check(octets, "E015") == []


def test_a_blank_after_the_sign_of_a_soft_break_is_found() -> None:
    octets = laid("Content-Transfer-Encoding: quoted-printable\n\nHello J=C3=B6rg =  \nx")
    [one] = check(octets, "E023")
    assert octets[one.start : one.end] == b"  "


def test_binary_may_be_wanted() -> None:
    octets = bad("E005")[0]
    assert check(octets, "E005")
    assert lint.check(octets, select=["E005"], context=lint.Context(options={"binarymime": True})) == []


def test_line_ends_of_the_message_are_kept_by_fixes() -> None:
    for code in ("E013", "E022", "E026", "E003"):
        octets = bad(code)[0].replace(b"\r\n", b"\n")
        assert b"\r" not in apply(octets, check(octets, code)[0])


def test_a_body_that_would_hold_a_delimiter_is_not_written_anew() -> None:
    octets = laid(
        "Content-Type: multipart/mixed; boundary=b1\n\n--b1\nContent-Type: text/plain\n\nOne\n--b1\n"
        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n"
        + b2a_base64(b"Hello\n--b1\nJohn\n").decode().strip()
        + "\n--b1--"
    )
    [one] = check(octets, "E015")
    assert one.fix is None


@pytest.mark.parametrize(
    ("label", "text", "codes"),
    [
        ("iso-8859-1", "J=F6rg", ["E034"]),
        ("iso-8859-1", "=93x=94", ["E034", "E037"]),
        ("windows-1252", "=93x=94", ["E034"]),
        ("us-ascii", "x", []),
        ("utf-16", "x=00", ["E035"]),
        ("koi8-r", "=F4", ["E034"]),
        ("x-none", "x", ["E031"]),
    ],
)
def test_labels_of_charsets(label: str, text: str, codes: list[str]) -> None:
    octets = laid(f"Content-Type: text/plain; charset={label}\nContent-Transfer-Encoding: quoted-printable\n\n{text}")
    found = check(octets, "E031", "E034", "E035", "E037")
    assert [one.code for one in found] == codes


def test_a_charset_can_be_allowed() -> None:
    octets = laid("Content-Type: text/plain; charset=iso-2022-jp\n\nx")
    context = lint.Context(options={"charsets": ["iso-2022-jp"]})
    assert lint.check(octets, select=["E034"], context=context) == []


@pytest.mark.parametrize(
    ("text", "is_odd"),
    [
        ("Gr\u00c3\u00bc\u00c3\u0178e", True),
        ("It\u00e2\u20ac\u2122s here", True),
        ("\u00d0\u0178\u00d1\u20ac\u00d0\u00b8\u00d0\u00b2\u00d0\u00b5\u00d1\u201a", True),
        ("Gr\u00fc\u00dfe", False),
        ("\u00abCAF\u00c9\u00bb \u00abTH\u00c9\u00bb \u00abBL\u00c9\u00bb", False),
        ("\u201eGR\u00dc\u201c, \u201eX\u00d6\u201c, \u201eY\u00c4\u201c", False),
        ("N\u00c3O \u00c9 \u00c0 VENDA", False),
        ("\u4f60\u597d", False),
    ],
)
def test_text_that_was_encoded_twice(text: str, *, is_odd: bool) -> None:
    octets = laid("Content-Transfer-Encoding: 8bit\n\nBODY").replace(b"BODY", text.encode())
    assert bool(check(octets, "E039")) is is_odd


def test_a_word_of_several_that_belong_together_is_needed() -> None:
    octets = laid("Subject: =?utf-8?q?Hello_?=\n =?utf-8?q?J=C3=B6rg?=")
    assert check(octets, "E058") == []


def test_white_space_that_has_to_stay_needs_a_word() -> None:
    assert check(laid("Subject: =?utf-8?q?_Hello?="), "E058") == []


def test_the_place_of_a_character_in_a_display_name_is_the_character() -> None:
    octets = laid("From: =?utf-8?q?J=C3=B6rg's?= <jane@shop.example>")
    [one] = check(octets, "E060")
    assert octets[one.start : one.end] == b"'"


def test_a_long_line_with_a_word_is_folded() -> None:
    octets = bad("E052")[0]
    made = apply(octets, check(octets, "E052")[0])
    assert parse(made).subject == parse(octets).subject
    assert max(map(len, made.split(b"\r\n"))) <= 76


def test_a_field_with_a_comment_is_not_written_anew() -> None:
    octets = laid("To: =?utf-8?q?John?= <john@customer.example> (home)")
    [one] = check(octets, "E058")
    assert one.fix is None


def test_a_digest_of_lines_is_over_crlf() -> None:
    octets = laid(examples.page(RULES["E072"]).good[0])
    assert check(octets, "E072") == []
    assert check(octets.replace(b"\r\n", b"\n"), "E072") == []


HOSTILE = [
    b"Subject: " + b"=?utf-8?q?a?= " * 20_000 + b"\r\n\r\n",
    b"Subject: " + b"=?" * 90_000 + b"\r\n\r\n",
    b"From: " + b"=?utf-8?q?=" * 20_000 + b"\r\n\r\n",
    b"Content-Transfer-Encoding: base64\r\n\r\n" + b"\n" * 200_000,
    b"Content-Transfer-Encoding: base64\r\n\r\n" + b"A\n" * 100_000,
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"= " * 100_000,
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b" " * 200_000 + b"x",
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=0D" * 60_000,
    b"Content-Type: text/html; charset=utf-8\r\n\r\n" + b"<meta " * 20_000,
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + b"\xc3\x83\xc2\xa9" * 30_000,
    b"Content-Disposition: inline; " + b"; filename*1*=a" * 9_000 + b"\r\n\r\n",
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


def test_an_uneven_line_after_line_ends_of_two_kinds_is_shown_where_it_is() -> None:
    raw = b"From: a@shop.example\nContent-Transfer-Encoding: base64\n\nQUJD\nQUJD\nQUJD\n\r\nQUJD"
    [found] = lint.check(raw, select="E014")
    assert (found.start, found.end) == (raw.index(b"\r\n"), raw.index(b"\r\n"))
