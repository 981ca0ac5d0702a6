"""
No value becomes an SMTP command, and no octets become an end of data: SMTP injection and smuggling.

Advisories are named by their ids; the numbers after them are those of the catalogue of advisories.
"""

from __future__ import annotations

import itertools
import re
from typing import Any, cast

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mimekit import Delivery, Envelope, Mailbox, Message, parse, smtp
from mimekit.codecs import plain
from mimekit.errors import ContentError, EnvelopeError, HeaderError, MimekitError
from mimekit.frozen import put

DATA = b"From: a@example.org\r\n\r\nHello.\r\n"
INJECTED = "e@x.test"

# What some server or other has taken for a line end.
_LINE_END = rb"(?:\r\n|\r|\n)"
_END_OF_DATA = re.compile(_LINE_END + rb"\." + _LINE_END)


class Wire:
    """Stands where `smtplib.SMTP` stands, accepts everything and keeps what is said."""

    def __init__(self, *offered: str) -> None:
        self.said: list[bytes] = []
        self._offered = offered

    def ehlo_or_helo_if_needed(self) -> None:
        """Be greeted."""

    def has_extn(self, name: str) -> bool:
        """Offer what is asked of this stand-in."""
        return name in self._offered

    def send(self, octets: bytes) -> None:
        """Keep what is said."""
        self.said.append(octets)

    def getreply(self) -> tuple[int, bytes]:
        """Accept everything."""
        return (354 if self.said[-1] == b"DATA\r\n" else 250), b"OK"

    def rset(self) -> None:
        """Be reset."""

    def close(self) -> None:
        """Be closed."""


def said(delivery: Delivery, *offered: str) -> list[bytes]:
    """Give what a client would write for a delivery."""
    wire = Wire(*offered)
    smtp.send(cast("Any", wire), delivery)
    return wire.said


def server_reads(wire: bytes) -> bytes:
    """Read DATA as RFC 5321 4.5.2 has it: up to the line of one dot, with nothing after it; undo the stuffing."""
    lines = wire.split(b"\r\n")
    end = lines.index(b".")
    assert lines[end + 1 :] == [b""], "something follows the end of the data"
    return b"".join([line.removeprefix(b".") + b"\r\n" for line in lines[:end]])


def check_stuffed(octets: bytes, wire: bytes) -> None:
    """Check that a server reads these octets back, and that no server at all sees an end before the end."""
    assert server_reads(wire) == (octets if octets.endswith(b"\r\n") or not octets else octets + b"\r\n")
    ends = list(_END_OF_DATA.finditer(b"\r\n" + wire))
    assert len(ends) == 1
    assert ends[0].end() == len(wire) + 2
    assert (b"\r\n" + wire).count(b"\r\n.\r\n") == 1


def line_by_line(octets: bytes) -> bytes:
    """Stuff dots as RFC 5321 4.5.2 says it, one line after the other, and end the data."""
    lines = octets.removesuffix(b"\r\n").split(b"\r\n") if octets else []
    return b"".join([b"." * line.startswith(b".") + line + b"\r\n" for line in lines]) + b".\r\n"


def is_safe(octets: bytes) -> bool:
    return re.search(rb"\r(?!\n)|(?<!\r)\n", octets) is None


# -- smuggling


@pytest.mark.parametrize("length", range(8))
def test_every_mix_of_cr_lf_and_dot_is_stuffed_or_refused_vu302671_46(length: int) -> None:
    for mix in itertools.product((b"\r", b"\n", b"."), repeat=length):
        octets = b"".join(mix)
        if is_safe(octets):
            wire = b"".join(smtp.stuffed([octets]))
            check_stuffed(octets, wire)
            assert wire == line_by_line(octets)
        else:
            with pytest.raises(ContentError):
                list(smtp.stuffed([octets]))


@pytest.mark.parametrize("length", range(6))
def test_every_mix_is_safe_once_its_line_ends_are_crlf_cve_2023_51764_45(length: int) -> None:
    for mix in itertools.product((b"\r", b"\n", b"\r\n", b".", b"a"), repeat=length):
        octets = plain.to_crlf(b"b" + b"".join(mix))
        check_stuffed(octets, b"".join(smtp.stuffed([octets])))


mixes = st.lists(st.sampled_from([b"\r\n", b".", b"a", b"\r\n.\r\n", b"\r\n.", b"\xff"]), max_size=12).map(b"".join)


@given(mixes, st.lists(st.integers(0, 40), max_size=6))
@example(b"a\r\n\r\n.\r\nMAIL FROM:<e@x.test>\r\n", [3, 5, 6])
def test_stuffing_is_the_same_for_all_cuts_into_blocks_cve_2021_38189_34(octets: bytes, cuts: list[int]) -> None:
    at = sorted({0, len(octets), *[cut for cut in cuts if cut < len(octets)]})
    blocks = [octets[start:end] for start, end in itertools.pairwise(at)]
    wire = b"".join(smtp.stuffed(blocks))
    assert wire == line_by_line(octets)
    check_stuffed(octets, wire)


def test_every_single_cut_of_a_dotted_message_gives_the_same_cve_2021_38189_34() -> None:
    octets = b".\r\n..\r\n\r\n.\r\nMAIL FROM:<e@x.test>\r\n.x\r\n."
    wire = line_by_line(octets)
    check_stuffed(octets, wire)
    assert b"".join(smtp.stuffed([octets[at : at + 1] for at in range(len(octets))])) == wire
    for cut in range(len(octets) + 1):
        assert b"".join(smtp.stuffed([octets[:cut], octets[cut:]])) == wire


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"a"]), max_size=8), st.integers(0, 8))
def test_a_bare_line_end_is_seen_across_blocks(pieces: list[bytes], cut: int) -> None:
    blocks = [b"".join(pieces[:cut]), b"".join(pieces[cut:])]
    octets = b"".join(blocks)
    try:
        wire = b"".join(smtp.stuffed(blocks))
    except ContentError:
        assert not is_safe(octets)
    else:
        check_stuffed(octets, wire)


def test_a_line_without_end_is_refused_before_it_is_held() -> None:
    blocks = itertools.repeat(b"x" * 100, 1000)
    with pytest.raises(ContentError, match="998"):
        next(smtp.stuffed(blocks))
    assert len(list(blocks)) > 980


SMUGGLED = [
    pytest.param(b"b\n.\r\nMAIL FROM:<e@x.test>\r\n", id="CVE-2023-51764 (45)"),
    pytest.param(b"x\r\n.\nMAIL FROM:<e@x>\r\n", id="CVE-2024-27305 (47)"),
    pytest.param(b"a\n.\r\n", id="go-smtp PR 246 (49)"),
    *[
        pytest.param(b"a" + before + b"." + after + b"b\r\n", id=f"VU#302671 {before!r} {after!r} (46)")
        for before in (b"\n", b"\r", b"\r\n")
        for after in (b"\n", b"\r", b"\r\n")
    ],
]


@pytest.mark.parametrize("body", SMUGGLED)
def test_a_parsed_message_smuggles_nothing(body: bytes) -> None:
    received = parse(b"From: a@example.org\r\nTo: b@example.org\r\n\r\n" + body)
    (delivery,) = received.deliveries()
    assert is_safe(delivery.data)
    wire = said(delivery)[3:]
    check_stuffed(delivery.data, b"".join(wire))


@pytest.mark.parametrize("body", SMUGGLED)
def test_a_text_smuggles_nothing(body: bytes) -> None:
    (delivery,) = Message(from_="a@example.org", to="b@example.org", text=body.decode()).deliveries()
    check_stuffed(delivery.data, b"".join(said(delivery)[3:]))


@pytest.mark.parametrize("body", SMUGGLED)
def test_an_attachment_smuggles_nothing(body: bytes) -> None:
    msg = Message(from_="a@example.org", to="b@example.org", text="x", attachments=[("x.txt", body)])
    (delivery,) = msg.deliveries()
    check_stuffed(delivery.data, b"".join(said(delivery)[3:]))
    assert parse(server_reads(b"".join(said(delivery)[3:]))).attachments[0].content == body


@pytest.mark.parametrize("body", [case for case in SMUGGLED if not is_safe(cast("bytes", case.values[0]))])
def test_a_delivery_made_by_hand_is_refused_before_any_command(body: bytes) -> None:
    wire = Wire()
    with pytest.raises(ContentError, match="bare CR or LF"):
        smtp.send(cast("Any", wire), Delivery(Envelope("a@example.org", "b@example.org"), DATA + body))
    assert wire.said == []


# -- commands

_PATH = rb'<(?:[^<>"\\\s\x00-\x1f]*|"(?:[^"\\\r\n\x00]|\\[^\r\n\x00])*"@[^<>"\\\s]+)>'
_COMMANDS = (
    re.compile(rb"MAIL FROM:" + _PATH + rb"((?: [A-Z0-9-]+(?:=[!-~]+)?)*)\r\n"),
    re.compile(rb"RCPT TO:" + _PATH + rb"((?: [A-Z0-9-]+(?:=[!-~]+)?)*)\r\n"),
    re.compile(rb"DATA()\r\n"),
)


def options(delivery: Delivery, *offered: str) -> list[list[bytes]]:
    """Check that one delivery to one recipient says MAIL, RCPT and DATA, one line each; give their options."""
    heard = said(delivery, *offered)
    assert len(heard) == 4
    found = []
    for octets, pattern in zip(heard, _COMMANDS, strict=False):
        match = pattern.fullmatch(octets)
        assert match is not None, octets
        found.append(match[1].split())
    return found


BAD_SENDERS = [
    pytest.param(f"b@example.org\r\nRCPT TO:<{INJECTED}>", id="CVE-2018-1294 (18)"),
    pytest.param(f"a@example.org\r\nBcc: {INJECTED}", id="CVE-2026-48019 (21)"),
    pytest.param('"a\r\nRSET"@example.org', id="CVE-2026-30227 (30)"),
    pytest.param('"a\nRSET"@example.org', id="CVE-2026-30227 LF (30)"),
    pytest.param('"a\\\rRSET"@example.org', id="CVE-2026-30227 quoted CR (30)"),
    pytest.param('"a\0"@example.org', id="CVE-2026-30227 NUL (30)"),
    pytest.param(f"a@example.org> ORCPT={INJECTED}", id="CVE-2025-59937 unquoted (33)"),
    pytest.param(f"a@example.org>\nRCPT TO:<{INJECTED}", id="LF after the path"),
    pytest.param("a@example.org\u2028DATA", id="line separator"),
    pytest.param("a@exam\nple.org", id="LF in the domain"),
]


@pytest.mark.parametrize("address", BAD_SENDERS)
def test_an_address_with_a_line_end_is_refused_before_any_transport(address: str) -> None:
    with pytest.raises(EnvelopeError):
        Envelope(address, ["b@example.org"])
    with pytest.raises(EnvelopeError):
        Envelope("a@example.org", [address])
    with pytest.raises(MimekitError):
        Message(from_="a@example.org", to="b@example.org", text="x", mail_from=address)
    with pytest.raises(EnvelopeError):
        Message(from_="a@example.org", to="b@example.org", text="x").deliveries(mail_from=address)
    with pytest.raises(EnvelopeError):
        Message(from_="a@example.org", to="b@example.org", text="x").deliveries(rcpt_to=[address])


@given(st.text(st.sampled_from('ab"\\<>@. \r\n\t\0,;:()[]\u00fc\u760d\u760a\u2028'), max_size=16))
@example(f"a@example.org\r\nBcc: {INJECTED}")
def test_whatever_is_accepted_as_an_address_is_one_line_cve_2026_48019_21(text: str) -> None:
    for candidate in (text, f"{text}@example.org", f'"{text}"@example.org', f"<{text}>"):
        try:
            mailbox = Mailbox.of(candidate)
            envelope = Envelope(mailbox, [mailbox])
        except (HeaderError, EnvelopeError):
            continue
        assert len(mailbox.encode(utf8=True).splitlines()) == 1
        assert options(Delivery(envelope, DATA), "smtputf8") == [[b"SMTPUTF8"] * envelope.needs_smtputf8, [], []]


@pytest.mark.parametrize("address", [f"a\u760d\u760aRCPT TO:<{INJECTED}>@example.org", "a\u760d\u760ab@example.org"])
def test_no_character_is_narrowed_to_a_line_end_cve_2025_7962_29(address: str) -> None:
    try:
        envelope = Envelope(address, ["b@example.org"])
    except EnvelopeError:
        return
    heard = said(Delivery(envelope, DATA), "smtputf8")
    assert heard[0] == f"MAIL FROM:<{address}> SMTPUTF8\r\n".encode()
    assert len(heard) == 4


@pytest.mark.parametrize(
    "parameters",
    [
        {"size": f"100\r\nRCPT TO:<{INJECTED}>"},
        {"size": "100"},
        {"body": "8BITMIME\r\nDATA"},
        {"ret": "FULL X=1"},
        {"envid": "a\r\nDATA"},
        {"notify": "NEVER\r\nDATA"},
        {"notify": ["SUCCESS", "FAILURE ORCPT=x"]},
        {"orcpt": "rfc822 X;a@b.test"},
        {"orcpt": "rfc822;a@b.test\r\nDATA"},
        {"mt_priority": "3\r\nDATA"},
    ],
    ids=str,
)
def test_a_parameter_is_typed_and_no_command_ghsa_c7w3_x93f_qmm8_31(parameters: dict[str, Any]) -> None:
    with pytest.raises(EnvelopeError):
        Envelope("a@example.org", ["b@example.org"], **parameters)


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=20))
@example("a b=+c> X")
def test_a_value_with_spaces_is_one_parameter(value: str) -> None:
    envelope = Envelope("a@example.org", ["b@example.org"], envid=value, orcpt=f"rfc822;{value}")
    mail, rcpt, _ = options(Delivery(envelope, DATA), "dsn")
    assert [option.partition(b"=")[0] for option in mail + rcpt] == [b"ENVID", b"ORCPT"]


def test_a_quoted_local_part_smuggles_no_parameter_cve_2025_59937_33() -> None:
    address = '"t@example.com> ORCPT=a@b.test"@example.com'
    envelope = Envelope(address, [address])
    assert options(Delivery(envelope, DATA), "dsn") == [[], [], []]
    assert said(Delivery(envelope, DATA))[1] == f"RCPT TO:<{address}>\r\n".encode()


@pytest.mark.parametrize("address", ["a@example.org\r\nX", "a@example.org\nX", "a@example.org\rX", "a\0@example.org"])
def test_the_command_writer_does_not_rely_on_the_envelope_gh_87290_35(address: str) -> None:
    for slot, value in (("mail_from", address), ("rcpt_to", (address,))):
        envelope = Envelope("a@example.org", ["b@example.org"])
        put(envelope, slot, value)
        wire = Wire()
        with pytest.raises(EnvelopeError):
            smtp.send(cast("Any", wire), Delivery(envelope, DATA))
        assert wire.said == []
