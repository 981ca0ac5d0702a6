"""How damage of the header that the parser finds is mended, where not, and what is safe about it."""

from __future__ import annotations

import pytest

from mimekit import lint, parse
from mimekit.lint import fixing
from mimekit.lint.examples import BASE
from tests.support.timing import is_linear

HEAD, _, BODY = BASE.replace(b"\n", b"\r\n").partition(b"\r\n\r\n")


def mail(*lines: bytes, body: bytes = BODY) -> bytes:
    """Lay lines on top of the base message; those of a name that they have are left out of it."""
    names = {line.partition(b":")[0].strip().lower() for line in lines}
    kept = [line for line in HEAD.split(b"\r\n") if line.partition(b":")[0].lower() not in names]
    return b"\r\n".join([*lines, *kept]) + b"\r\n\r\n" + body


def fixes(octets: bytes, code: str) -> list[lint.Fix]:
    return [one.fix for one in lint.check(octets, select=code) if one.fix is not None]


def mended(octets: bytes, code: str) -> bytes:
    made = lint.fix(octets, select=code, unsafe=True).to_bytes()
    assert lint.check(made, select=code) == []
    return made


# -- line ends


def test_every_bare_lf_becomes_crlf_by_one_fix() -> None:
    octets = mail(b"X-A: 1\nX-B: 2", body=b"one\ntwo\r\nthree\n")
    assert [one.is_safe for one in fixes(octets, "H001")] == [True]
    assert mended(octets, "H001") == octets.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


def test_line_ends_of_what_is_no_text_are_not_safe_to_change() -> None:
    octets = mail(b"Content-Type: application/octet-stream", body=b"a\nb\r\n")
    assert [one.is_safe for one in fixes(octets, "H001")] == [False]
    assert lint.fix(octets, select="H001").to_bytes() == octets


def test_a_signed_part_is_not_safe_to_change() -> None:
    body = (
        b"--b\r\nContent-Type: text/plain\r\n\r\na\nb\r\n"
        b"--b\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--b--\r\n"
    )
    octets = mail(b'Content-Type: multipart/signed; boundary=b; protocol="application/pgp-signature"', body=body)
    assert [one.is_safe for one in fixes(octets, "H001")] == [False]


@pytest.mark.parametrize(
    ("damaged", "made"),
    [
        (b"a\r\r\nb\r\n", b"a\r\nb\r\n"),
        (b"a\r\r\r\nb\r\n", b"a\r\nb\r\n"),
        (b"a\rb\r\n", b"a\r\nb\r\n"),
        (b"a\r\rb\r\n", b"a\r\nb\r\n"),
        (b"a\r", b"a\r\n"),
    ],
)
def test_a_bare_cr_of_a_body_ends_a_line_once(damaged: bytes, made: bytes) -> None:
    assert parse(mended(mail(body=damaged), "H002")).root.raw_body == made


@pytest.mark.parametrize(
    ("value", "is_safe"),
    [
        (b"one\r two", True),
        (b"one\r\ttwo", True),
        (b"one\rtwo", False),
        (b"one\rBcc: c@d.example", False),
        (b"one\r", False),
    ],
)
def test_a_bare_cr_of_a_field_becomes_a_space(value: bytes, is_safe: bool) -> None:
    octets = mail(b"Subject: " + value)
    assert [one.is_safe for one in fixes(octets, "H002")] == [is_safe]  # some readers end the line there
    assert (parse(mended(octets, "H002")).subject or "").split() == value.decode().split()


def test_a_bare_cr_that_would_make_a_delimiter_is_not_safe_to_mend() -> None:
    body = b"--b\r\nContent-Type: text/plain\r\n\r\none\r--b\r\n\r\ntwo\r\n--b--\r\n"
    octets = mail(b"Content-Type: multipart/mixed; boundary=b", body=body)
    assert [one.is_safe for one in fixes(octets, "H002")] == [False]


def test_many_line_ends_are_mended_in_linear_time() -> None:
    assert is_linear(lambda count: mended(mail(body=b"a\n" * count + b"\r\n"), "H001"), 2_000, 16_000)
    assert is_linear(lambda count: mended(mail(body=b"a\rb\r\n" * count), "H002"), 2_000, 16_000)


# -- octets


def test_nul_octets_are_taken_out_of_fields_and_text_and_stay_in_binary_parts() -> None:
    body = (
        b"--b\r\nContent-Type: text/plain\r\n\r\na\0b\r\n"
        b"--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: binary\r\n\r\na\0b\r\n--b--\r\n"
    )
    octets = mail(b"Subject: one\0two\0", b"Content-Type: multipart/mixed; boundary=b", body=body)
    made = mended(octets, "H003")
    assert parse(made).subject == "onetwo"
    assert made.count(b"\0") == 1
    assert b"binary\r\n\r\na\0b" in made
    assert not any(one.is_safe for one in fixes(octets, "H003"))


def test_control_characters_become_a_space_in_text_and_nothing_elsewhere() -> None:
    octets = mail(b"Subject: one\x07\x08two", b"To: jo\x07hn@customer.example")
    made = parse(mended(octets, "H009"))
    assert made.subject == "one two"
    assert [one.address for one in made.to] == ["john@customer.example"]


def test_octets_that_are_not_utf_8_are_written_as_they_are_read() -> None:
    octets = mail(b"Subject: Gr\xfc\xdfe", b"To: J\xf6rg <john@customer.example>")
    made = mended(octets, "H008")
    assert made.isascii()
    assert parse(made).subject == "Gr\u00fc\u00dfe"
    assert [one.display_name for one in parse(made).to] == ["J\u00f6rg"]


# -- lines


def test_the_white_space_of_blank_folds_is_kept() -> None:
    octets = mail(b"Subject: one\r\n \r\n\t\r\n two")
    assert [one.is_safe for one in fixes(octets, "H014")] == [True]
    made = mended(octets, "H014")
    assert parse(made).subject == parse(octets).subject
    assert b"one\r\n \t two\r\n" in made


def test_a_blank_fold_at_the_end_of_a_field_goes() -> None:
    octets = mail(b"Subject: one\r\n \r\n  ")
    assert mended(octets, "H014") == mail(b"Subject: one")


@pytest.mark.parametrize("line", [b"From jane Tue Nov 24 03:30:00 2026", b">From jane Tue Nov 24 03:30:00 2026"])
def test_the_line_of_an_mbox_goes(line: bytes) -> None:
    octets = line + b"\r\n" + mail()
    assert [one.is_safe for one in fixes(octets, "H016")] == [True]
    assert mended(octets, "H016") == mail()


def test_a_leading_continuation_goes_with_all_its_lines() -> None:
    assert mended(b" one\r\n two\r\n" + mail(), "H013") == mail()


def test_an_empty_line_ends_the_header() -> None:
    octets = HEAD + b"\r\nHello John\r\n"
    assert mended(octets, "H015") == HEAD + b"\r\n\r\nHello John\r\n"


def test_white_space_before_a_colon_goes() -> None:
    assert mended(mail(b"X-Note \t: one"), "H011") == mail(b"X-Note: one")


def test_inside_an_encoded_message_nothing_is_mended() -> None:
    inner = b"X-Note : one\r\nFrom: a@shop.example\r\n\r\nHello\r\n"
    octets = mail(
        b"Content-Type: message/rfc822",
        b"Content-Transfer-Encoding: quoted-printable",
        body=inner.replace(b"=", b"=3D"),
    )
    assert lint.check(octets, select="H011") != []
    assert fixes(octets, "H011") == []


# -- fields that stand twice


def test_recipients_of_a_second_field_are_put_to_the_first() -> None:
    octets = mail(b"To: a@customer.example,", b"Subject: one", b"TO:  b@customer.example", b"to: c@customer.example")
    made = parse(mended(octets, "H104"))
    assert [one.address for one in made.to] == ["a@customer.example", "b@customer.example", "c@customer.example"]


def test_of_two_subjects_the_first_stays() -> None:
    assert mended(mail(b"Subject: one", b"Subject: two"), "H104") == mail(b"Subject: one")


def test_an_empty_first_field_gives_way() -> None:
    assert mended(mail(b"Subject: ", b"Subject: two"), "H104") == mail(b"Subject: two")


def test_a_mime_field_of_a_part_that_stands_twice_goes() -> None:
    body = b"--b\r\nContent-Type: text/plain\r\nContent-Type: text/html\r\n\r\nHello\r\n--b--\r\n"
    octets = mail(b"Content-Type: multipart/mixed; boundary=b", body=body)
    assert mended(octets, "H105") == octets.replace(b"Content-Type: text/html\r\n", b"")


# -- values


@pytest.mark.parametrize("value", [b"2.0", b"1.0b", b"", b"(produced by) 1.1"])
def test_the_mime_version_is_one(value: bytes) -> None:
    octets = mail(b"MIME-Version: " + value)
    assert [one.is_safe for one in fixes(octets, "H117")] == [True]
    assert mended(octets, "H117") == mail(b"MIME-Version: 1.0")


def test_an_id_gets_its_brackets() -> None:
    octets = mail(b"Message-ID: 1.7f3a@shop.example")
    assert mended(octets, "H210") == mail(b"Message-ID: <1.7f3a@shop.example>")


@pytest.mark.parametrize("comment", ["(a)", "(a (b) c)", r"(a \) b)", "((a)(b))"])
def test_a_comment_in_an_id_goes_with_all_that_is_in_it(comment: str) -> None:
    octets = mail(f"Message-ID: <1.7f3a@{comment}shop.example>".encode())
    assert mended(octets, "H024") == mail(b"Message-ID: <1.7f3a@shop.example>")


def test_an_id_that_is_none_is_left_alone() -> None:
    octets = mail(b"Message-ID: <a..b@shop.example>")
    assert fixes(octets, "H210") == []


def test_words_between_ids_go_and_a_field_without_any_too() -> None:
    octets = mail(b"References: <1@shop.example>, my mail <2@shop.example>")
    assert mended(octets, "H216") == mail(b"References: <1@shop.example> <2@shop.example>")
    assert mended(mail(b"In-Reply-To: your mail of Monday"), "H216") == mail()


def test_a_uri_gets_its_brackets_and_one_of_another_scheme_stays() -> None:
    octets = mail(b"List-Help: https://shop.example/help")
    assert mended(octets, "H228") == mail(b"List-Help: <https://shop.example/help>")
    assert fixes(mail(b"List-Help: javascript:alert(1)"), "H228") == []


# -- edits


def test_a_fix_is_taken_whole_or_not_at_all() -> None:
    assert fixing.apply(b"abcdef", [[(0, 1, b"A")], [(3, 4, b"D"), (0, 2, b"x")], [(4, 5, b"E")]]) == b"AbcdEf"
