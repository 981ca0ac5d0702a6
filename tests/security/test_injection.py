"""
Nothing that is built holds a line or a part that the caller did not ask for: header injection.

The ids of tests name published advisories, or the row of the catalogue (`catalogue.toml`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from email import message_from_bytes, policy
from random import Random
from typing import Any
from urllib.parse import quote, unquote

import pytest

from mimekit import (
    AddressList,
    Group,
    HeaderError,
    Mailbox,
    Message,
    MimekitError,
    Part,
    forward,
    parse,
    reply,
    reply_all,
    ses,
)
from tests.support.positions import ADDRESS_SHAPES, ID_SHAPES, NOW, POSITIONS, Position, build, check_sentence

CONTROLS = [
    *[chr(code) for code in range(0x20)],
    *[chr(code) for code in range(0x7F, 0xA0)],
    "\u2028",
    "\u2029",
    "\ud800",
    "\udc0a",
    "\udfff",
    "\u760d",  # its low octet is CR
    "\u760a",  # its low octet is LF
    "\u560d\u560a",  # likewise
]

# Octets that no header may hold: the controls but the line ends, which are looked at apart.
_RAW = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029]")
_NAMES = {"from", "to", "sender", "reply-to", "cc"}


def _headers(octets: bytes) -> Iterator[bytes]:
    """Yield the header block of every part that our parser finds."""
    for part in parse(octets).parts:
        yield part.headers.to_bytes()


def _shape(octets: bytes) -> list[tuple[str, ...]]:
    """Give the names of the fields of every part, as the standard library reads them."""
    read = message_from_bytes(octets, policy=policy.compat32)
    shape = []
    for part in read.walk():
        assert not part.defects
        shape.append((part.get_content_maintype(), *part.keys()))
    return shape


def _own_shape(octets: bytes) -> list[tuple[str, ...]]:
    """Give the same as our parser reads it."""
    return [(part.content_type.maintype, *[name for name, _ in part.headers]) for part in parse(octets).parts]


def check_built(octets: bytes) -> None:
    """Check that no header of a message that was built holds a raw control or a line that is no field."""
    assert re.search(rb"\r(?!\n)|(?<!\r)\n|\0", octets) is None
    for block in _headers(octets):
        text = block.decode("utf-8")
        found = _RAW.search(text)
        assert found is None, (found, text)
        assert re.fullmatch(r"(?:[!-9;-~]+: ?(?:[^\r\n]*)\r\n(?:[ \t][^\r\n]*[^ \t\r\n][^\r\n]*\r\n)*)*", text), text
    assert _own_shape(octets) == _shape(octets)


def outcome(position: Position, text: str) -> Message | None:
    """Build with *text* in that place; ``None`` when it is refused at once, with a sentence that is safe to print."""
    try:
        message = position.build(text)
    except MimekitError as error:
        check_sentence(error)
        return None
    octets = message.to_bytes()
    check_built(octets)
    assert b"".join(message.iter_bytes()) == octets
    return message


@pytest.mark.parametrize("position", POSITIONS, ids=lambda position: position.name)
def test_no_control_character_reaches_the_output_raw(position: Position) -> None:
    for control in CONTROLS:
        for text in (control, f"x{control}y", f"x{control}", f"{control}y", f"x{control} y", f"x{control}X-Inj: 1"):
            message = outcome(position, text)
            if message is None or position.read is None:
                continue
            assert position.read(parse(message.to_bytes())) == text


@pytest.mark.parametrize("char", ["\t", "\x85", "\u2028", "\u2029", "\u00a0", "\u3000"])
def test_white_space_in_a_comment_of_a_list_is_read_back(char: str) -> None:
    (position,) = [one for one in POSITIONS if one.name == "List-Help: comment"]
    assert position.read is not None
    for text in (f"x{char}y", char, f" {char}  x "):
        assert position.read(parse(position.build(text).to_bytes())) == text


HARMLESS = ["x", "\u760d", "\u760a", "\u00e9", "a.b", "x y", "\u4e16\u754c"]


@pytest.mark.parametrize("shape", ADDRESS_SHAPES)
@pytest.mark.parametrize("argument", ["from_", "sender", "reply_to", "to", "cc", "bcc"])
def test_an_address_is_read_back_as_it_was_given(argument: str, shape: str) -> None:
    for control in (*CONTROLS, *HARMLESS):
        for text in (ADDRESS_SHAPES[shape](control), ADDRESS_SHAPES[shape](f"x{control}y")):
            try:
                given = AddressList.of(text)
                message = build(encoding="smtputf8", **{argument: text})
            except MimekitError:
                continue
            read = message if argument == "bcc" else parse(message.to_bytes())
            found = getattr(read, argument)
            assert ([found] if isinstance(found, Mailbox) else list(found)) == list(given)


@pytest.mark.parametrize("shape", ID_SHAPES)
def test_an_id_is_read_back_as_it_was_given(shape: str) -> None:
    for control in (*CONTROLS, *HARMLESS):
        text = ID_SHAPES[shape](f"x{control}y")
        wanted = text if text.startswith("<") else f"<{text}>"
        for encoding in ("7bit", "smtputf8"):
            with suppress(MimekitError):
                assert parse(build(message_id=text, encoding=encoding).to_bytes()).message_id == wanted
            for argument in ("in_reply_to", "references"):
                try:
                    message = build(encoding=encoding, **{argument: [text]})
                except MimekitError:
                    continue
                if len(text.split()) == 1:  # see test_a_line_end_between_ids_is_refused_mimetext_81_23
                    assert getattr(parse(message.to_bytes()), argument) == (wanted,)


def test_an_inline_file_is_found_under_the_id_that_the_html_names() -> None:
    for control in (*CONTROLS, *HARMLESS, '"', "<", "&", "%41", "'", ")"):
        for label in (control, f"x{control}y", f"x{control}y@z.test"):
            with suppress(UnicodeEncodeError):
                try:
                    message = build(html=f'<img src="cid:{quote(label)}">', inline={label: ("p.png", b"data")})
                except MimekitError:
                    continue
                read = parse(message.to_bytes())
                named = re.fullmatch('<img src="cid:([!-~]+)">\n', read.html or "")
                assert named is not None
                assert read.inline[0].content_id == f"<{unquote(named[1])}>"
                assert read.inline[0].content == b"data"


def _counts(octets: bytes) -> list[int]:
    return [len(fields) for fields in _shape(octets)]


ATTACKS = [
    f"x{end}{more}"
    for end in ("\r\n", "\n", "\r", "\r\n ", "\r\n\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028", "\u760d\u760a")
    for more in ("Bcc: e@x.test", "X-Injected: 1", "--b\r\n", "")
]

# The inputs of published advisories, as they stand in the catalogue: the value where there is a name beside it.
VERBATIM = [
    pytest.param("hi\nBcc: evil@attacker.test", id="CVE-2024-6923 (1)"),
    pytest.param("a\r\nX-Injected: 1", id="CVE-2026-1299 (2)"),
    pytest.param("Ann\r\nBcc: e@x.test", id="PSF-2019-16 (3)"),
    pytest.param("BEFORE\x1cX-Inj: 1", id="gh-117313 (6)"),
    pytest.param("comment\r\nX-Inj: 1", id="GHSA-268h-hp4c-crq3 (9)"),
    pytest.param("a\r\nX-Inj: 1.txt", id="nodemailer 1840 (10)"),
    pytest.param('a"; boundary="x\\', id="nodemailer 1837 (11)"),
    pytest.param('"a\r\nRCPT TO:<e@x.test>"@example.org', id="CVE-2026-45067 (13)"),
    pytest.param("x\r\nX-Inj", id="CVE-2026-45070 (14)"),
    pytest.param("X-A\r\nX-Injected", id="symfony 65844 (15)"),
    pytest.param("x\r\nBcc: e@x.test", id="CVE-2017-9801 (17)"),
    pytest.param("b@example.org\r\nRCPT TO:<e@x.test>", id="CVE-2018-1294 (18)"),
    pytest.param("X: a\r\nB: c", id="CVE-2015-3154 (19)"),
    pytest.param("a@example.org\r\nBcc: e@x.test", id="CVE-2026-48019 (21)"),
    pytest.param("a\rb@example.org", id="CVE-2026-23829 (22)"),
    pytest.param("<a@b>\r\nBcc: e@x.test", id="MIMEText 81 (23)"),
    pytest.param("a\nend\n#", id="PSF-2019-15 (25)"),
    pytest.param("a@example.org;\r\n spf=pass", id="mail-auth (26)"),
    pytest.param("X-A\x1b[2J\n fake log line", id="CVE-2026-42507 (27)"),
    pytest.param("a\u760d\u760aRCPT TO:<e@x.test>@example.org", id="CVE-2025-7962 (29)"),
    pytest.param('"a\r\nRSET"@example.org', id="CVE-2026-30227 (30)"),
    pytest.param("Long name " + "y" * 70 + " <admin@bank.test>, x", id="gh-80222 (5)"),
]


@pytest.mark.parametrize("text", VERBATIM)
def test_the_input_of_an_advisory_adds_nothing_anywhere(text: str) -> None:
    for position in POSITIONS:
        message = outcome(position, text)
        if message is None:
            continue
        for _, *fields in _shape(message.to_bytes()):
            assert not {"X-Injected", "X-Inj", "Bcc", "RCPT TO", "B", "spf=pass"} & set(fields)
        assert "e@x.test" not in [mailbox.address for mailbox in (*message.to, *message.cc, *message.bcc)]
        if position.read is not None:
            assert position.read(parse(message.to_bytes())) == text


@pytest.mark.parametrize("position", POSITIONS, ids=lambda position: position.name)
def test_no_value_adds_a_field_or_a_part(position: Position) -> None:
    harmless = outcome(position, "x.y")
    for text in ATTACKS:
        message = outcome(position, text)
        if message is None:
            continue
        octets = message.to_bytes()
        for _, *fields in _shape(octets):
            assert not {"X-Injected", "Bcc"} & set(fields)
        if harmless is not None:
            assert _counts(octets) == _counts(harmless.to_bytes())


# -- one by one


def test_a_line_end_in_any_value_is_refused_cve_2024_6923_1() -> None:
    for name in ("Subject", "X-Any", "Comments", "Received", "List-Help", "DKIM-Signature", "Content-Language"):
        for value in ("hi\nBcc: evil@attacker.test", "hi\r\n folded", "hi\r", "hi\n"):
            with pytest.raises(HeaderError):
                build().with_header(name, value)
            with pytest.raises(HeaderError):
                build(**({"subject": value} if name == "Subject" else {"headers": {name: value}}))


def test_every_way_out_gives_the_same_checked_octets_cve_2026_1299_2() -> None:
    message = build(subject="x", headers={"X-Lit": "a\u2028b\x85c"}, bcc="c@example.com")
    octets = message.to_bytes()
    check_built(octets)
    assert bytes(message) == b"".join(message.iter_bytes()) == octets
    (delivery,) = message.deliveries()
    assert delivery.data == b"".join(delivery.iter_data()) == octets
    assert ses.send_raw_email(message)["RawMessage"]["Data"] == octets
    assert ses.send_email(message)["Content"]["Raw"]["Data"] == octets


def test_octets_that_were_forged_are_stopped_at_the_last_check_cve_2026_1299_2() -> None:
    from mimekit.wire.fold import fold

    for body in (b"a\r\nX-Injected: 1", b"a\nb", b"a\rb", b"a\0b"):
        with pytest.raises(HeaderError):
            fold(b"X-Lit", [body])
        with pytest.raises(HeaderError):
            fold(b"X-" + body, [b"a"])


@pytest.mark.parametrize(
    "given", [("Ann\r\nBcc: e@x.test", "ann", "example.com"), ("Ann", "ann\0", "example.com"), ("Ann", "ann", "x\r\n")]
)
def test_no_component_of_an_address_holds_a_line_end_psf_2019_16_3(given: tuple[str, str, str]) -> None:
    with pytest.raises(HeaderError):
        Mailbox(*given)
    with pytest.raises(HeaderError):
        Group(given[0] + "\n", [])


LINE_SEPARATORS = ["\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("char", LINE_SEPARATORS)
def test_what_python_takes_for_a_line_end_is_none_gh_117313_6(char: str) -> None:
    raw = f"Subject: BEFORE{char}X-Inj: 1\r\n\r\nb".encode()
    message = parse(raw)
    assert [name for name, _ in message.headers] == ["Subject"]
    assert message.subject == f"BEFORE{char}X-Inj: 1"
    assert message.to_bytes() == raw
    edited = message.with_header("X-A", "y")
    assert [name for name, _ in parse(edited.to_bytes()).headers] == ["Subject", "X-A"]
    for text in (message.subject, "y" * 70 + f" BEFORE{char}X-Inj: 1 " + "z" * 70):
        try:
            built = build(subject=text)
        except HeaderError:
            assert ord(char) < 0x20
        else:
            check_built(built.to_bytes())
            assert parse(built.to_bytes()).subject == text


ENCODED_CONTROLS = [
    pytest.param(b"From: =?utf-8?q?a=0D=0ABcc:_e=40x.test?= <u@example.org>\n\nb", id="encoded CRLF (7)"),
    pytest.param(b"From: =?utf-8?b?YQ0KQmNjOiBlQHgudGVzdA==?= <u@example.org>\n\nb", id="encoded CRLF, B (7)"),
    pytest.param(b"From: =?utf-8?q?a=00?= =?utf-8?q?=1B[2J?= <u@example.org>\n\nb", id="encoded NUL and ESC (7)"),
    pytest.param(b"From: =?utf-16be?b?AA0ACgBC?= <u@example.org>\n\nb", id="encoded CRLF, UTF-16 (7)"),
    pytest.param(b"From: =?utf-7?q?+AA0ACg-Bcc:?= <u@example.org>\n\nb", id="encoded CRLF, UTF-7 (7)"),
    pytest.param(b"From: u@example.org\nSubject: =?utf-8?q?a=0D=0ABcc:_e=40x.test?=\n\nb", id="subject (7)"),
    pytest.param(b"From: u@example.org\nReply-To: =?utf-8?q?=0A=0A?= <r@example.org>\n\nb", id="Reply-To (7)"),
    pytest.param(b"From: u@example.org\nMessage-ID: <a\x0bb@c>\nReferences: <\x1b@d> <e\xff@f>\n\nb", id="ids (7)"),
    pytest.param(b"From: u@example.org\nSubject: a\xc2\x85\xe2\x80\xa8b\n\nb", id="raw separators (7)"),
    pytest.param(
        b"From: u@example.org\nContent-Disposition: attachment; filename*=utf-8''a%0D%0AX-Inj:%201\n\nb",
        id="filename (7)",
    ),
    pytest.param(b'From: u@example.org\nContent-Type: a/b; name="=?utf-8?q?a=0D=0AX-Inj:_1?="\n\nb', id="name (7)"),
]


def _answers(message: Message) -> list[Callable[[], Message]]:
    """Give what can be built of a message that somebody else wrote."""
    mine: dict[str, Any] = {"from_": "me@example.com", "text": "x", "date": NOW, "rng": Random(4)}
    return [
        lambda: reply(message, **mine),
        lambda: reply_all(message, **mine),
        lambda: forward(message, to="c@example.com", **mine),
        lambda: forward(message, to="c@example.com", attached=False, **mine),
        lambda: Message(to=message.from_, **mine),
        lambda: Message(to=message.reply_to or "c@example.com", subject=f"Re: {message.subject}", **mine),
        lambda: Message(to="c@example.com", in_reply_to=message, **mine),
        lambda: message.with_header("To", message.from_),
        lambda: message.with_added("Resent-To", message.from_),
        lambda: build(attachments=[(message.root.filename or "x", b"data")]),
        lambda: build(attachments=[message]),
    ]


@pytest.mark.parametrize("raw", ENCODED_CONTROLS)
def test_an_encoded_line_end_is_read_flagged_and_never_written(raw: bytes) -> None:
    message = parse(raw)
    assert message.to_bytes() == raw
    assert message.from_[0].address == "u@example.org"
    assert message.defects or b"\xe2\x80\xa8" in raw
    for answer in _answers(message):
        try:
            built = answer()
        except MimekitError as error:
            check_sentence(error)
            continue
        for part in parse(built.to_bytes()).parts:
            assert not {"X-Inj", "Bcc"} & {name for name, _ in part.headers}
        read = message_from_bytes(built.to_bytes(), policy=policy.compat32)
        assert "Bcc" not in read
        assert "X-Inj" not in read


@pytest.mark.parametrize("raw", ENCODED_CONTROLS[:3])
def test_an_answer_to_an_encoded_line_end_is_possible_7(raw: bytes) -> None:
    answer = reply(parse(raw), from_="me@example.com", text="x")
    check_built(answer.to_bytes())
    assert answer.to[0].address == "u@example.org"


@pytest.mark.parametrize(
    "arguments",
    [
        {"list_unsubscribe": "https://u.test/x\r\nX-Inj: 1"},
        {"list_unsubscribe": ["https://u.test/x", "mailto:a@b.test> \r\nX-Inj: 1"]},
        {"message_id": "<a@b>\r\nX-Inj: 1"},
        {"references": ["<a@b>", "<c@d\r\nX-Inj:>"]},
        {"auto_submitted": "auto-replied\r\nX-Inj: 1"},
        {"priority": "high\r\nX-Inj: 1"},
    ],
)
def test_a_field_made_by_a_helper_has_no_way_around_the_check_ghsa_268h_hp4c_crq3_9(arguments: dict[str, str]) -> None:
    with pytest.raises(MimekitError):
        build(**arguments)


_NEWLINES = ["\r\n", "\n", "\r", "\x0b", "\x0c", "\x1c", "\x1f", "\x85", "\u2028"]


@pytest.mark.parametrize("end", _NEWLINES)
@pytest.mark.parametrize("argument", ["in_reply_to", "references"])
def test_a_line_end_between_ids_is_refused_mimetext_81_23(argument: str, end: str) -> None:
    with pytest.raises(HeaderError):
        build(**{argument: f"<a@b>{end}Bcc: e@x.test"})


@pytest.mark.parametrize("char", ["\t", "\r\n", "\n", "\r", "\0", "\x1b", "\x7f"])
def test_no_control_is_put_into_a_quoted_string_nodemailer_1840_10(char: str) -> None:
    name = f"a{char}X-Inj: 1.txt"
    try:
        message = build(attachments=[(name, b"data")])
    except HeaderError:
        return
    check_built(message.to_bytes())
    assert b"\t" not in message.to_bytes()
    assert parse(message.to_bytes()).attachments[0].filename == name


@pytest.mark.parametrize("name", ['a"; boundary="x\\', "\\", '"', '\\"', '"\\', '\\\\"";x=y', "a\\", 'C:\\"x"'])
def test_backslashes_and_quotes_come_back_and_add_no_parameter_nodemailer_1837_11(name: str) -> None:
    octets = build(attachments=[(name, b"data")]).to_bytes()
    part = parse(octets).attachments[0]
    assert part.filename == name
    assert set(part.content_type.params) <= {"name"}
    found = [one for one in message_from_bytes(octets, policy=policy.default).walk() if one.get_filename()]
    assert [one.get_filename() for one in found] == [name]


@pytest.mark.parametrize("name", ["x\r\nX-Inj", "x y", "x=", "x;y", "", "x*", "x'", "x%41", "\u00e9", "x(", '"x"'])
def test_the_name_of_a_parameter_is_a_token_cve_2026_45070_14(name: str) -> None:
    from mimekit import ContentDisposition, ContentType

    with pytest.raises(HeaderError):
        ContentType("a", "b").with_parameter(name, "1")
    with pytest.raises(HeaderError):
        ContentDisposition("attachment", [(name, "1")]).encode()


@pytest.mark.parametrize(
    "name", ["X-A\r\nX-Injected", "X A", "X:A", "", "X-\u00e9", "X\x00", "X\x7f", " X", "X ", "X\t", "\u760d\u760a"]
)
def test_a_field_name_is_printable_ascii_without_colon_symfony_65844_15(name: str) -> None:
    makers: list[Callable[[], Message]] = [
        lambda: build(headers={name: "y"}),
        lambda: build().with_header(name, "y"),
        lambda: build().with_added(name, "y"),
        lambda: parse(b"A: b\r\n\r\nc").with_header(name, "y"),
    ]
    for make in makers:
        with pytest.raises(HeaderError):
            make()


def test_a_subject_of_two_lines_is_refused_cve_2017_9801_17() -> None:
    with pytest.raises(HeaderError, match=r"(?i)subject"):
        build(subject="x\r\nBcc: e@x.test")


@pytest.mark.parametrize("name", ["In-Reply-To", "X-Unknown", "Thread-Topic", "x"])
def test_an_unknown_field_is_treated_as_a_known_one_mimetext_81_23(name: str) -> None:
    with pytest.raises(HeaderError):
        build(headers={name: "<a@b>\r\nBcc: e@x.test"})
    if name != "In-Reply-To":
        octets = build(headers={name: "gr\u00fcn =?utf-8?q?x?="}).to_bytes()
        assert octets.isascii()
        assert parse(octets).headers[name] == "gr\u00fcn =?utf-8?q?x?="


def test_the_name_in_a_uuencoded_body_is_no_data_psf_2019_15_25() -> None:
    raw = b"Content-Type: a/b\nContent-Transfer-Encoding: x-uuencode\n\nbegin 644 a\nend\n#0V%T\n`\nend\n"
    part = parse(raw).root
    assert part.filename is None
    assert b"end" not in part.content


@pytest.mark.parametrize(
    "value", ["mx.test; spf=pass smtp.mailfrom=a@example.org;\r\n spf=pass", "mx.test;\n dkim=pass"]
)
def test_a_result_of_authentication_is_one_line_mail_auth_26(value: str) -> None:
    with pytest.raises(HeaderError):
        build().with_added("Authentication-Results", value)
    with pytest.raises(HeaderError):
        parse(b"A: b\r\n\r\nc").with_added("Authentication-Results", value)


ECHOED = [
    pytest.param(b"X-A\x1b[2J\n fake log line\n\nb", id="CVE-2026-42507 (27)"),
    pytest.param(b"From: \x1b[2J\x07 <a@b@c>\r\nTo: \xff\x1b]0;x\x07\r\n\r\nb", id="CVE-2026-42507 addresses (27)"),
    pytest.param(b"Content-Type: \x1b[2J/\x1b; x\x1b=\x1b\r\n\r\nb", id="CVE-2026-42507 content type (27)"),
    pytest.param(b"Content-Transfer-Encoding: \x1b[2J\r\n\r\nb", id="CVE-2026-42507 encoding (27)"),
    pytest.param(b"Date: \x1b[2J\r\nMessage-ID: \x1b[2J\r\nMIME-Version: \x1b\r\n\r\nb", id="CVE-2026-42507 date (27)"),
    pytest.param(b'Content-Type: multipart/mixed; boundary="\x1b[2J"\r\n\r\nb', id="CVE-2026-42507 boundary (27)"),
    pytest.param(b"\x1b[2J: x\r\n\r\nb", id="CVE-2026-42507 field name (27)"),
    pytest.param(b"Content-Type: text/plain; charset=\xc2\x9b2J\r\n\r\n\xff", id="CVE-2026-42507 charset (27)"),
]


@pytest.mark.parametrize("raw", ECHOED)
def test_a_defect_and_an_error_are_safe_to_print(raw: bytes) -> None:
    message = parse(raw)
    assert message.defects
    for defect in message.defects:
        assert str(defect).isprintable()
        assert len(str(defect)) < 400
    with pytest.raises(MimekitError) as caught:
        parse(raw, strict=True)
    assert str(caught.value).isprintable()
    assert repr(message).isprintable()
    assert all(repr(part).isprintable() for part in message.parts)


@pytest.mark.parametrize("text", ["X-A\x1b[2J\n fake log line", "\u202e\u2066x", "\x9b2J", "x" * 100_000, "\ud800"])
def test_an_error_of_building_quotes_safely_and_briefly_cve_2026_42507_27(text: str) -> None:
    for position in POSITIONS:
        try:
            position.build(text)
        except MimekitError as error:
            check_sentence(error)


@pytest.mark.parametrize(
    "text", ["a\u760d\u760aRCPT TO:<e@x.test>@example.org", "\u560d\u560aX-Inj: 1", "\u010d\u010a"]
)
def test_text_becomes_octets_by_strict_codecs_only_cve_2025_7962_29(text: str) -> None:
    for encoding in ("7bit", "8bit", "smtputf8"):
        message = build(subject=text, text=text, headers={"X-A": text}, attachments=[(text, b"")], encoding=encoding)
        check_built(message.to_bytes())
        read = parse(message.to_bytes())
        assert read.subject == read.headers["X-A"] == read.attachments[0].filename == text
        assert read.text == text + "\n"


def test_a_boundary_never_stands_in_a_part() -> None:
    class Known(Random):
        def getrandbits(self, bits: int, /) -> int:
            return next(self.drawn) & ((1 << bits) - 1)

        drawn: Iterator[int]

    for text in ("--=_" + "0" * 31 + "1", "x\n--=_" + "0" * 31 + "1--\nContent-Type: text/html\n\n<b>"):
        rng = Known()
        rng.drawn = iter(range(1, 100))
        message = Message(from_="a@b.test", text=text, html="x", message_id="<a@b.test>", date=NOW, rng=rng)
        assert [part.content_type.essence for part in parse(message.to_bytes()).parts] == [
            "multipart/alternative",
            "text/plain",
            "text/html",
        ]
        assert parse(message.to_bytes()).text == text + "\n"
    inner: Part = build(text="--=_" + "0" * 31 + "1").root
    assert inner.raw
