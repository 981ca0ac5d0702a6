"""
Mail goes to the mailbox that is written, and to no other: what addresses were read wrongly, elsewhere.

The ids of tests name published advisories, with the row of the catalogue (`catalogue.toml`).
"""

from __future__ import annotations

import pytest

from mimekit import AddressList, EnvelopeError, Group, HeaderError, Mailbox, Message, parse
from mimekit.addressing import path
from mimekit.errors import AddressError
from mimekit.headers.address import Unparsed
from tests.support.reading import read_everything


def received(value: str, name: str = "To") -> Message:
    """Parse a message that has this address field, having read all of it."""
    message = parse(f"{name}: {value}\r\nX-After: kept\r\n\r\nx".encode())
    read_everything(message)
    assert message.headers["X-After"] == "kept"
    return message


def codes(message: Message) -> set[str]:
    return {defect.code for defect in message.defects}


REFUSED = [
    pytest.param("a@evil.test@good.test", "A001", id="CVE-2019-16056 (51)"),
    pytest.param("a@evil.test@good.test@third.test", "A001", id="CVE-2019-16056 two more (51)"),
    pytest.param("Ann <a@evil.test@good.test>", "A001", id="CVE-2019-16056 in angles (51)"),
    pytest.param("user@good-corp.com(x)evil.com", "A001", id="GHSA-cc9r-2j5m-2m83 (54)"),
    pytest.param("user@good-corp.com (x) evil.com", "A001", id="GHSA-cc9r-2j5m-2m83 with spaces (54)"),
    pytest.param("user@good-corp.com evil.com", "A001", id="GHSA-cc9r-2j5m-2m83 space alone (54)"),
    pytest.param("<user@good-corp.com(x)evil.com>", "A001", id="GHSA-cc9r-2j5m-2m83 in angles (54)"),
]


@pytest.mark.parametrize(("text", "code"), REFUSED)
def test_what_could_be_two_addresses_is_none(text: str, code: str) -> None:
    for argument in ("from_", "sender", "reply_to", "to", "cc", "bcc"):
        with pytest.raises(HeaderError):
            Message(**({"from_": "a@example.com", "text": "x"} | {argument: text}))  # type: ignore[arg-type]  # arguments of several types
    with pytest.raises(EnvelopeError):
        path(text, "mail_from")
    message = received(text)
    assert len(message.to) == 0
    assert [type(entry) for entry in message.to.entries] == [Unparsed]
    assert str(message.to.entries[0]) == text
    assert code in codes(message)
    with pytest.raises(EnvelopeError):
        message.deliveries(mail_from="a@example.com")


def test_nothing_in_a_quoted_string_is_an_address_cve_2025_13033_53() -> None:
    text = '"x@gmail.test y"@internal.example'
    assert received(text).to == AddressList.of(text)
    built = Message(from_="a@example.com", to=text, text="x")
    for message in (built, parse(built.to_bytes())):
        (mailbox,) = message.to
        assert (mailbox.local_part, mailbox.domain) == ("x@gmail.test y", "internal.example")
        assert message.envelope.rcpt_to == (text,)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("user@com\u00adpany.com", id="GHSA-wmmp-3585-3rmp (55)"),
        pytest.param("user@com\u200bpany.com", id="GHSA-wmmp-3585-3rmp zero width (55)"),
        pytest.param("user@\uff43\uff4fmpany.com", id="GHSA-wmmp-3585-3rmp full width (55)"),
        pytest.param("user@COMPANY.com", id="GHSA-wmmp-3585-3rmp case (55)"),
    ],
)
def test_header_and_envelope_name_one_domain(text: str) -> None:
    message = Message(from_="a@example.com", to=text, text="x")
    assert message.envelope.rcpt_to[0].lower() == "user@company.com"
    shown = parse(message.to_bytes())
    assert shown.to[0].address.lower() == "user@company.com"
    assert shown.envelope.rcpt_to == message.envelope.rcpt_to
    assert Mailbox.of(text) == Mailbox.of("user@company.com")
    assert Message(from_="a@example.com", to=[text, "user@company.com"], text="x").envelope.rcpt_to == (
        message.envelope.rcpt_to
    )


MALFORMED_LABELS = [
    pytest.param("user@xn--example-.org", id="CVE-2024-12224 (61)"),
    pytest.param("user@example.org.xn--", id="CVE-2024-12224 empty (61)"),
    pytest.param("user@xn--a-.org", id="CVE-2026-46644 (62)"),
    pytest.param("user@xn--0049.test", id="atom splitting (62)"),
    pytest.param("user@xn--\u00e9.test", id="U-label behind xn-- (62)"),
    pytest.param("user@xn--Bcher-kva-.test", id="extra hyphen (62)"),
]


@pytest.mark.parametrize("text", MALFORMED_LABELS)
def test_a_label_that_does_not_round_trip_is_refused(text: str) -> None:
    for argument in ("from_", "to", "bcc"):
        with pytest.raises(HeaderError):
            Message(**({"from_": "a@example.com", "text": "x"} | {argument: text}))  # type: ignore[arg-type]  # arguments of several types
    with pytest.raises(EnvelopeError):
        path(text, "a recipient")
    message = received(text)
    assert all(ord(char) > 0x20 for mailbox in message.to for char in mailbox.address)
    with pytest.raises(EnvelopeError):
        message.deliveries(mail_from="a@example.com")


ENCODED = [
    pytest.param("=?utf-8?q?a?=x?=?q?b=40evil.test?= <u@example.org>", "u@example.org", id="GHSA-mvxr-6m87-mv2q (57)"),
    pytest.param("=?utf-8?q?admin=40bank.test=3C?= <u@example.org>", "u@example.org", id="address fabrication (58)"),
    pytest.param(
        "=?utf-8?b?PGFkbWluQGxlZ2l0LnRlc3Q+LA==?= <u@example.org>", "u@example.org", id="address fabrication, B (58)"
    ),
    pytest.param("=?utf-8?q?a=40b=2C_c?= <u@example.org>", "u@example.org", id="address fabrication, comma (58)"),
    pytest.param("(=?utf-8?q?=29_e=40x.test=2C?=) u@example.org", "u@example.org", id="in a comment (58)"),
    pytest.param('"=?utf-8?q?=22_=3Ce=40x.test=3E?=" <u@example.org>', "u@example.org", id="in quotes (58)"),
    pytest.param("=?utf-8?q?a=40b?=c@host.test", "=?utf-8?q?a=40b?=c@host.test", id="gh-152519 (59)"),
    pytest.param(
        "=?utf-8?b?YWRtaW5AbGVnaXQudGVzdA==?==?utf-8?Q?=00?=@evil.test",
        "=?utf-8?b?YWRtaW5AbGVnaXQudGVzdA==?==?utf-8?Q?=00?=@evil.test",
        id="Mailsploit (59)",
    ),
]


@pytest.mark.parametrize(("text", "address"), ENCODED)
def test_an_encoded_word_changes_a_name_and_nothing_else(text: str, address: str) -> None:
    message = received(text)
    assert [mailbox.address for mailbox in message.to] == [address]
    assert all(isinstance(entry, Mailbox) for entry in message.to.entries)


@pytest.mark.parametrize(("text", "address"), ENCODED[:4])
def test_a_name_that_looks_encoded_is_these_very_characters_58(text: str, address: str) -> None:
    name = text.partition(" <")[0]
    message = Message(from_="a@example.com", to=(name, address), text="x")
    assert [(one.display_name, one.address) for one in parse(message.to_bytes()).to] == [(name, address)]


@pytest.mark.parametrize("text", [case.values[0] for case in ENCODED[-2:]])
def test_an_encoded_word_in_an_address_is_refused_and_never_decoded_gh_152519_59(text: object) -> None:
    with pytest.raises(AddressError):
        Message(from_="a@example.com", to=str(text), text="x")
    assert "E054" in codes(received(str(text)))


def test_malformed_encoded_words_stay_literal_ghsa_mvxr_6m87_mv2q_57() -> None:
    message = received("=?utf-8?q?a?=x?=?q?b=40evil.test?= <u@example.org>")
    assert message.to[0].display_name == "ax?=?q?b=40evil.test?="
    assert {"E050", "E055"} <= codes(message)


FROM_FIELDS = [
    pytest.param("<ceo@bank.test> <e@evil.test>", "A041", id="CVE-2024-49040 (63)"),
    pytest.param("<a@evil.test>admin@legit.test", "A041", id="text after the angles (63)"),
    pytest.param("<@evil.test,@x.test:admin@legit.test>", "A018", id="source route (63)"),
    pytest.param("<admin@legit.test>\\,<a@evil.test>", "A001", id="quoted-pair outside quotes (63)"),
    pytest.param("=?utf-8?b?PGFkbWluQGxlZ2l0LnRlc3Q+?=,<a@evil.test>", "A040", id="encoded mailbox (63)"),
    pytest.param("alice@example.org)<bob@evil.test>", "A038", id="parenthesis (63)"),
    pytest.param("admin@legit.test <a@evil.test>", "A022", id="address as a name (63)"),
    pytest.param("<<admin@legit.test><a@evil.test>>", None, id="nested angles (63)"),
    pytest.param("<admin@legit.test\x00@evil.test>", None, id="NUL (63)"),
    pytest.param("admin@legit.test\x81", None, id="C1 control (63)"),
]


@pytest.mark.parametrize(("text", "code"), FROM_FIELDS)
def test_an_ambiguous_author_is_a_defect_and_sends_nothing_by_itself(text: str, code: str | None) -> None:
    message = received(text, "From")
    assert message.defects
    assert code is None or code in codes(message)
    with pytest.raises(HeaderError):
        Message(from_=text, to="b@example.com", text="x")


def test_two_authors_are_seen_and_ask_for_a_sender_63() -> None:
    for text in ("admin@legit.test,<a@evil.test>", "<ceo@bank.test> <e@evil.test>"):
        message = received(text, "From")
        assert len(message.from_) == 2
        with pytest.raises(EnvelopeError):
            message.with_header("To", "b@example.com").deliveries()


def test_a_group_as_author_is_seen_as_one_cve_2024_49040_63() -> None:
    (entry,) = received('"admin@legit.test":<a@evil.test>;', "From").from_.entries
    assert entry == Group("admin@legit.test", [Mailbox("", "a", "evil.test")])


def test_two_from_fields_are_both_read_and_a_defect_63() -> None:
    message = parse(b"From: a@evil.test\r\nFrom: admin@legit.test\r\nTo: b@example.com\r\n\r\nx")
    assert [mailbox.address for mailbox in message.from_] == ["a@evil.test", "admin@legit.test"]
    assert "H104" in codes(message)
    with pytest.raises(EnvelopeError):
        message.deliveries()


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("undisclosed:;, A: b@c.test, :; , ;", id="CVE-2019-19722 (65)"),
        *[
            pytest.param(text, id=f"{text!r} (65)")
            for text in ("A:", "A:;", "A:B:c@d.test;;", ":;", ":", ";", "A: b@c.test", "A:<;", 'A:"', "A:(;", "a:,,,;")
        ],
    ],
)
def test_groups_of_any_shape_are_read(text: str) -> None:
    message = received(text)
    addresses = {mailbox.address for mailbox in message.to}
    assert addresses <= {"b@c.test", "c@d.test"}
    assert ("b@c.test" in text) == ("b@c.test" in addresses)


def test_the_mailbox_inside_every_group_is_found_65() -> None:
    message = received("undisclosed:;, A: b@c.test, :; , ;")
    assert message.to.entries[:2] == (Group("undisclosed"), Group("A", [Mailbox("", "b", "c.test")]))


def test_a_run_of_semicolons_is_no_address_cve_2021_3181_66() -> None:
    message = received(";" * 200_000)
    assert message.to.entries == ()
    assert "A032" in codes(message)
    assert len(message.defects) <= 100
    with pytest.raises(AddressError) as caught:
        AddressList.of(";" * 200_000)
    assert len(str(caught.value)) < 400


def test_a_run_of_angles_is_no_address_cve_2002_1337_67() -> None:
    message = received("<>" * 50_000)
    assert len(message.to) == 0
    assert "A001" in codes(message)
    assert len(message.defects) <= 100


def test_a_leading_hyphen_is_data_cve_2026_45068_42() -> None:
    # Where a transport hands addresses to a program, that is its business; what we say is exact.
    for text in ("-froot@example.org", "-Cfile@example.org"):
        message = Message(from_="a@example.com", to=text, text="x")
        assert message.envelope.rcpt_to == (text,)
        assert parse(message.to_bytes()).to[0].address == text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a\x00@example.org", id="NUL"),
        pytest.param("admin@legit.test\r\n@evil.test", id="CRLF"),
        pytest.param("a@example.org\uff20evil.test", id="full-width at"),
        pytest.param("a@example.org\uff0eevil.test\u2028", id="line separator"),
        pytest.param("user@company\u3002com", id="ideographic full stop"),
        pytest.param("a@exam\u202eple.org", id="bidi override in a domain"),
    ],
)
def test_a_control_or_second_at_in_an_address_is_refused_b2_a6(text: str) -> None:
    for make in (Mailbox.of, AddressList.of):
        with pytest.raises(AddressError):
            make(text)


def test_the_display_name_cannot_push_in_a_second_mailbox_gh_80222_5() -> None:
    name = "Long name {} <admin@bank.test>, x".format("y" * 70)
    text = f'"{name}" <me@example.org>'
    for given in (text, (name, "me@example.org")):
        message = Message(from_="a@example.com", to=given, text="x")
        assert [(one.display_name, one.address) for one in parse(message.to_bytes()).to] == [(name, "me@example.org")]
