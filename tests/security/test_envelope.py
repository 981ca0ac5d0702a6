"""
What goes beside a message is data: nothing in an envelope becomes a command, a parameter or another recipient.

`test_smtp_smuggling.py` looks at the commands that are written; here are the values they are made of.  The ids of
tests name published advisories, with the row of the catalogue (`catalogue.toml`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit import AddressList, Delivery, Envelope, EnvelopeError, Group, Mailbox, Message, MimekitError, parse, ses
from mimekit.addressing import path
from tests.support.positions import build, check_sentence

DATA = b"From: a@example.org\r\n\r\nHello.\r\n"
CONTROLS = [
    *[chr(code) for code in range(0x20)],
    *[chr(code) for code in range(0x7F, 0xA0)],
    "\u2028",
    "\u2029",
    "\ud800",
    "\udc0a",
    "\u760d",
    "\u760a",
]
_PARAMETER = re.compile(r"[A-Z][A-Z0-9-]*(?:=[!-<>-~]+)?")  # RFC 5321 4.1.2 esmtp-param
# RFC 5321 4.1.2 Mailbox with RFC 6531, except that a domain may be any dot-atom: what matters here is where it ends.
_ATEXT = r"[^\x00-\x20\x7f-\x9f\u2028\u2029\"<>()\[\],;:\\@.]"
_QTEXT = r"[^\"\\\x00-\x1f\x7f-\x9f\u2028\u2029]"
_PATH = re.compile(
    rf"(?:{_ATEXT}+(?:\.{_ATEXT}+)*|\"(?:{_QTEXT}|\\[ -~])*\")"
    r"@(?:[!#-'*+/-9=?A-Z^-~-]+(?:\.[!#-'*+/-9=?A-Z^-~-]+)*|\[[!-Z^-~]+\])"
)


def check(envelope: Envelope) -> None:
    """Check every string of an envelope: a path is a path, a parameter one parameter."""
    assert envelope.mail_from == "" or _PATH.fullmatch(envelope.mail_from)
    for address in envelope.rcpt_to:
        assert _PATH.fullmatch(address)
        for option in envelope.rcpt_options(address):
            assert _PARAMETER.fullmatch(option)
    for option in envelope.mail_options:
        assert _PARAMETER.fullmatch(option)
    for name, value in envelope.mail_params.items():
        assert _PARAMETER.fullmatch(name if value is None else f"{name}={value}")


class Place(NamedTuple):
    """A place in an envelope where a caller's text can go."""

    name: str
    build: Callable[[str], Envelope]


def _envelope(**arguments: Any) -> Envelope:
    return Envelope(
        arguments.pop("mail_from", "a@example.com"), arguments.pop("rcpt_to", ["b@example.com"]), **arguments
    )


_ONE = "b@example.com"
PLACES = [
    *[
        Place(f"{argument}: {shape}", lambda text, argument=argument, make=make: _envelope(**{argument: make(text)}))  # type: ignore[misc]  # mypy infers no type for such a lambda
        for argument in ("mail_from", "rcpt_to")
        for shape, make in {
            "whole": lambda text: text,
            "local part": lambda text: f"{text}@example.com",
            "quoted": lambda text: f'"{text}"@example.com',
            "quoted-pair": lambda text: f'"\\{text}"@example.com',
            "domain": lambda text: f"a@{text}.com",
            "literal": lambda text: f"a@[{text}]",
            "IPv6 literal": lambda text: f"a@[IPv6:::1{text}]",
            "after": lambda text: f"a@example.com{text}",
            "angles": lambda text: f"<a@example.com>{text}",
            "name": lambda text: f"{text} <a@example.com>",
            "pair": lambda text: (text, "a@example.com"),
            "Mailbox": lambda text: Mailbox("", text, "example.com"),
        }.items()
    ],
    Place("rcpt_to: list", lambda text: _envelope(rcpt_to=[_ONE, f"{text}@example.com"])),
    Place("rcpt_to: group", lambda text: _envelope(rcpt_to=f"{text}: a@example.com;")),
    Place("rcpt_to: Group", lambda text: _envelope(rcpt_to=Group(text, [Mailbox("", "a", "example.com")]))),
    Place("rcpt_to: AddressList", lambda text: _envelope(rcpt_to=AddressList([Mailbox(text, "a", "example.com")]))),
    Place("size", lambda text: _envelope(size=text)),
    Place("body", lambda text: _envelope(body=text)),
    Place("body: after", lambda text: _envelope(body=f"8BITMIME{text}")),
    Place("ret", lambda text: _envelope(ret=text)),
    Place("ret: after", lambda text: _envelope(ret=f"FULL{text}")),
    Place("envid", lambda text: _envelope(envid=text)),
    Place("envid: inside", lambda text: _envelope(envid=f"a{text}b")),
    Place("mt_priority", lambda text: _envelope(mt_priority=text)),
    Place("notify", lambda text: _envelope(notify=text)),
    Place("notify: after", lambda text: _envelope(notify=f"NEVER{text}")),
    Place("notify: item", lambda text: _envelope(notify=["SUCCESS", f"FAILURE{text}"])),
    Place("notify: by address", lambda text: _envelope(notify={_ONE: text})),
    Place("notify: address", lambda text: _envelope(notify={f"{_ONE}{text}": "NEVER"})),
    Place("orcpt", lambda text: _envelope(orcpt=text)),
    Place("orcpt: type", lambda text: _envelope(orcpt=f"{text};a@b.test")),
    Place("orcpt: address", lambda text: _envelope(orcpt=f"rfc822;{text}")),
    Place("orcpt: by address", lambda text: _envelope(orcpt={_ONE: f"rfc822;a{text}@b.test"})),
    Place("orcpt: utf-8 address", lambda text: _envelope(smtputf8=True, orcpt=f"utf-8;{text}")),
    Place("mail_from of a message", lambda text: build(mail_from=f"{text}@example.com", encoding="smtputf8").envelope),
    Place("bcc of a message", lambda text: build(bcc=f'"{text}"@example.com', encoding="smtputf8").envelope),
    Place(
        "deliveries(mail_from=)",
        lambda text: build().deliveries(mail_from=f"a@example.com{text}")[0].envelope,
    ),
    Place("deliveries(rcpt_to=)", lambda text: build().deliveries(rcpt_to=[f"{text}@example.com"])[0].envelope),
    Place("of a parsed To", lambda text: _received("To", text).envelope),
    Place("of a parsed Bcc", lambda text: _received("Bcc", text).envelope),
    Place("of a parsed Sender", lambda text: _received("Sender", text).envelope),
]


def _received(name: str, text: str) -> Message:
    field = f"{name}: {text}@example.com".encode("utf-8", "surrogatepass")
    return parse(b"From: a@example.com\r\nCc: c@example.com\r\n" + field + b"\r\n\r\nx")


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_no_control_character_stands_in_an_envelope(place: Place) -> None:
    for control in CONTROLS:
        for text in (control, f"x{control}y", f"x{control}", f"{control}y", f"x{control} RCPT TO:<e@x.test>"):
            try:
                envelope = place.build(text)
            except MimekitError as error:
                check_sentence(error)
            else:
                check(envelope)


ATTACKS = [
    pytest.param('"a\r\nRCPT TO:<e@x.test>"@example.org', id="CVE-2026-45067 (13)"),
    pytest.param("b@example.org\r\nRCPT TO:<e@x.test>", id="CVE-2018-1294 (18)"),
    pytest.param("a@example.org\r\nBcc: e@x.test", id="CVE-2026-48019 (21)"),
    pytest.param("a\rb@example.org", id="CVE-2026-23829 (22)"),
    pytest.param("a\u760d\u760aRCPT TO:<e@x.test>@example.org", id="CVE-2025-7962 (29)"),
    pytest.param('"a\r\nRSET"@example.org', id="CVE-2026-30227 (30)"),
    pytest.param("100\r\nRCPT TO:<e@x.test>", id="GHSA-c7w3-x93f-qmm8 (31)"),
    pytest.param('"t@example.com> ORCPT=a@b.test"@example.com', id="CVE-2025-59937 (33)"),
    pytest.param("FROM:<a@b>\r\nX", id="gh-87290 (35)"),
    pytest.param("a\r\nA2 DELETE x", id="CVE-2025-15366 (37)"),
    pytest.param('"a\\" -oQ/tmp -X/tmp/x.php b"@example.org', id="CVE-2016-10033 (38)"),
    pytest.param('"a\\" -X/tmp/p b"@example.org', id="CVE-2016-10074 (39)"),
    pytest.param("-Cfile@example.org", id="CVE-2020-28247 (41)"),
    pytest.param("-froot@example.org", id="CVE-2026-45068 (42)"),
    pytest.param("-bi@example.com (-d0-x)", id="CVE-2020-7769 (43)"),
    pytest.param("a@example.org> SIZE=1", id="parameter behind the path"),
    pytest.param("a@example.org>", id="angle behind the path"),
    pytest.param("a b@example.org", id="space"),
    pytest.param("a@example.org\n", id="line end at the end"),
    pytest.param("SUCCESS,FAILURE ORCPT=x", id="parameter behind a value"),
    pytest.param("a=b", id="equals sign"),
    pytest.param("a+0D+0Ab", id="xtext"),
]


@pytest.mark.parametrize("text", ATTACKS)
def test_an_attack_is_refused_or_is_data_in_every_place(text: str) -> None:
    for place in PLACES:
        try:
            envelope = place.build(text)
        except MimekitError:
            continue
        check(envelope)
        assert "e@x.test" not in envelope.rcpt_to
        assert len(envelope.rcpt_to) <= 3
        assert set(envelope.mail_params) <= {"ENVID", "SMTPUTF8", "BODY", "RET"}
        assert all(set(items) <= {"NOTIFY", "ORCPT"} for items in envelope.rcpt_params.values())


@pytest.mark.parametrize(
    "text", [case for case in ATTACKS if "\r" in str(case.values[0]) or "\n" in str(case.values[0])]
)
def test_a_line_end_is_refused_in_every_place(text: str) -> None:
    for place in PLACES:
        if place.name.startswith("of a parsed"):
            continue  # there the line end is one of the header, and ends the field
        with pytest.raises(MimekitError):
            place.build(text)


LOCAL_PARTS = [
    pytest.param('a" -oQ/tmp -X/tmp/x.php b', id="CVE-2016-10033 (38)"),
    pytest.param('a" -X/tmp/p b', id="CVE-2016-10074 (39)"),
    pytest.param("t@example.com> ORCPT=a@b.test", id="CVE-2025-59937 (33)"),
    pytest.param("a\\", id="backslash at the end"),
    pytest.param('"', id="quote"),
    pytest.param(">", id="angle"),
    pytest.param(" ", id="space"),
]


@pytest.mark.parametrize("local_part", LOCAL_PARTS)
def test_a_quoted_local_part_is_quoted_again(local_part: str) -> None:
    mailbox = Mailbox("", local_part, "example.org")
    spelled = path(mailbox, "a recipient")[0]
    assert _PATH.fullmatch(spelled)
    assert Mailbox.of(spelled) == mailbox
    message = build(to=mailbox)
    assert parse(message.to_bytes()).to[0] == mailbox
    assert message.envelope.rcpt_to == (spelled,)


@given(st.text(max_size=20), st.sampled_from(PLACES))
def test_any_text_is_refused_or_is_data(text: str, place: Place) -> None:
    try:
        envelope = place.build(text)
    except MimekitError as error:
        check_sentence(error)
    else:
        check(envelope)


@given(st.text(st.sampled_from('ab@<>"\\ \t\r\n\0+=,;:()[]-.\u00e9\u760d'), max_size=16), st.sampled_from(PLACES))
def test_any_text_of_specials_is_refused_or_is_data(text: str, place: Place) -> None:
    test_any_text_is_refused_or_is_data.hypothesis.inner_test(text, place)  # type: ignore[attr-defined]  # Hypothesis puts it there


@pytest.mark.parametrize("value", [True, 1.5, b"1", "1", -1, 2**70, [1], None.__class__])
def test_a_size_is_a_whole_number_ghsa_c7w3_x93f_qmm8_31(value: object) -> None:
    with pytest.raises(EnvelopeError):
        _envelope(size=value)


@pytest.mark.parametrize(
    "value", [b"a@example.com", 1, ["a@example.com", "b@example.com"], {"address": "a@example.com"}, object()]
)
def test_what_is_no_address_is_refused_as_mail_from(value: object) -> None:
    with pytest.raises(MimekitError):
        _envelope(mail_from=value)


def test_header_and_envelope_are_fed_by_one_type_cve_2026_45067_13() -> None:
    text = '"a\r\nRCPT TO:<e@x.test>"@example.org'
    for make in (Mailbox.of, AddressList.of, lambda value: Mailbox("", value, "example.org")):
        with pytest.raises(MimekitError):
            make(text)
    for argument in ("from_", "sender", "reply_to", "to", "cc", "bcc", "mail_from"):
        with pytest.raises(MimekitError):
            build(**{argument: text})


@pytest.mark.parametrize("text", ["a@example.org\r\nBcc: e@x.test", "a\rb@example.org"])
def test_what_diagnose_calls_valid_is_one_line_cve_2026_48019_21(text: str) -> None:
    from mimekit.headers.address import Diagnosis

    diagnosis = Mailbox.diagnose(text)
    assert isinstance(diagnosis, Diagnosis)
    assert diagnosis != Mailbox.diagnose("a@example.org")
    assert diagnosis.category != Mailbox.diagnose("a@example.org").category


@pytest.mark.parametrize("code", range(0x100))
def test_every_octet_in_an_address_is_refused_or_one_line_cve_2026_23829_22(code: int) -> None:
    char = chr(code)
    for text in (f"a{char}b@example.org", f"a@ex{char}ample.org", f"a@example.org{char}", f"{char}a@example.org"):
        try:
            mailbox = Mailbox.of(text)
        except MimekitError:
            continue
        assert len(mailbox.encode(utf8=True).splitlines()) == 1
        assert len(str(mailbox).splitlines()) == 1
        check(_envelope(rcpt_to=[mailbox]))


def test_services_get_the_checked_envelope_37() -> None:
    delivery = build(bcc="c@example.com").deliveries()[0]
    for payload in (ses.send_raw_email(delivery), ses.send_email(delivery)):
        assert not re.search(
            r"[\x00-\x1f]", repr({key: value for key, value in payload.items() if "Content" not in key})
        )


def test_a_handover_is_read_only_and_no_header() -> None:
    delivery = Delivery(_envelope(), DATA, handover={"tags": {"a": "b\r\nX-Inj: 1"}})
    assert delivery.data == DATA
    with pytest.raises(TypeError):
        delivery.handover["tags"] = {}  # type: ignore[index]  # wrong on purpose
