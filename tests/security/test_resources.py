"""
Any input is read within limits, without recursion, and every octet is kept: resource exhaustion.

What is said here is what comes out and which limit stopped it; how long it takes is measured in `benchmarks/`.
The ids of tests name published advisories, with the row of the catalogue (`catalogue.toml`).
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import pytest

from mimekit import (
    AddressError,
    AddressList,
    ContentError,
    DefectError,
    Envelope,
    Limits,
    Mailbox,
    Message,
    MimekitError,
    Part,
    attachment,
    mixed,
    parse,
    text_part,
)
from mimekit.codecs import domain as domains
from mimekit.codecs import words
from mimekit.headers import dates
from mimekit.headers.content import ContentType
from mimekit.headers.trace import Received
from mimekit.wire.fold import fold
from tests.support.positions import build, check_sentence


def codes(message: Message) -> set[str]:
    return {defect.code for defect in message.defects}


def read(raw: bytes, **bounds: int) -> Message:
    """Parse, read what a program reads, and check that every octet is kept and that the parts are a tree."""
    message = parse(raw, limits=Limits(**bounds))
    found = (message.subject, message.from_, message.to, message.date, message.message_id, message.content_type)
    assert len(found) == 6
    assert message.to_bytes() == raw
    assert len(message.defects) <= 100
    check_tree(message)
    return message


def check_tree(message: Message) -> None:
    """Check that each part stands in one place, inside its parent and after the one before it."""
    seen: set[int] = set()
    stack = [message.root]
    while stack:
        part = stack.pop()
        assert id(part) not in seen
        seen.add(id(part))
        at = part.body_start
        for child in part.children:
            assert at <= child.start <= child.end <= part.end
            at = child.end
            stack.append(child)
        if part.embedded is not None:
            stack.append(part.embedded)
    numbers = [part.number for part in message.parts if part.number is not None]
    assert len(numbers) == len(set(numbers))


@contextmanager
def little_memory(most: int) -> Iterator[None]:
    """Check that at most so many octets are allocated inside."""
    tracemalloc.start()
    try:
        yield
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < most


# -- addresses


def test_a_list_of_200_000_recipients_is_read_whole_ghsa_2x7j_588g_ccc2_69() -> None:
    text = ", ".join(f"a{number}@e.test" for number in range(200_000))
    message = read(b"From: a@example.com\r\nTo: " + text.encode() + b"\r\n\r\nx")
    assert not message.defects
    assert len(message.to) == 200_000
    assert len(message.envelope.rcpt_to) == 200_000
    twice = AddressList.joined([message.to, message.to])
    assert Envelope("a@example.com", twice).rcpt_to == message.envelope.rcpt_to
    built = Message(from_="a@example.com", to=message.to, text="x").to_bytes()
    assert parse(built).to == message.to


LONG_NAMES = [
    pytest.param("a " * 30_000 + "<x@y.test>", id="gh-136063 (74)"),
    pytest.param("a " * 100_000 + "<x@y.test>", id="CVE-2026-42499 (81)"),
    pytest.param('"a" ' * 30_000 + "<x@y.test>", id="gh-136063 quotes (74)"),
    pytest.param("a." * 30_000 + " <x@y.test>", id="gh-136063 dots (74)"),
    pytest.param("(a) " * 30_000 + "<x@y.test>", id="gh-136063 comments (74)"),
    pytest.param("\\a" * 30_000 + " <x@y.test>", id="gh-136063 quoted-pairs (74)"),
]


@pytest.mark.parametrize("text", LONG_NAMES)
def test_a_long_phrase_belongs_to_its_mailbox(text: str) -> None:
    message = read(f"To: {text}\r\n\r\nx".encode(), max_field_bytes=2**30)
    assert [mailbox.address for mailbox in message.to] == ["x@y.test"]


def test_encoded_words_without_number_stop_at_the_limit_gh_136063_74() -> None:
    message = read(b"To: " + b"=?utf-8?q?a?= " * 30_000 + b"<x@y.test>\r\n\r\nx")
    assert "L008" in codes(message)
    assert [mailbox.address for mailbox in message.to] == ["x@y.test"]


COMMENTS = [
    pytest.param("(" * 200_000, id="CVE-2023-36632 (71)"),
    pytest.param("(" * 100_000 + ")" * 100_000 + " <t@example.com>", id="email-parser 10 (94)"),
]


@pytest.mark.parametrize("name", ["From", "To", "Date", "Message-ID", "Content-Type", "List-ID", "MIME-Version"])
@pytest.mark.parametrize("text", COMMENTS)
def test_nested_comments_are_counted_in_every_field(name: str, text: str) -> None:
    message = read(f"{name}: {text}\r\nSubject: kept\r\n\r\nx".encode(), max_field_bytes=2**30)
    assert message.subject == "kept"
    assert message.defects


def test_a_million_parentheses_are_no_address_cve_2023_36632_71() -> None:
    message = read(b"From: " + b"(" * 1_000_000 + b"\r\n\r\nx", max_field_bytes=2**30)
    assert len(message.from_) == 0
    assert "A038" in codes(message)


@pytest.mark.parametrize("text", COMMENTS)
def test_nested_comments_are_counted_in_received(text: str) -> None:
    flaws: list[tuple[str, int, int, str]] = []
    Received.parse(text.encode(), flaws)
    assert flaws


@pytest.mark.parametrize("text", COMMENTS)
def test_nested_comments_are_refused_in_an_address(text: str) -> None:
    with pytest.raises(AddressError) as caught:
        Mailbox.of(text)
    assert len(str(caught.value)) < 400


def test_form_feeds_are_no_grammar_cve_2015_7686_90() -> None:
    for count in (30, 100_000):
        with pytest.raises(AddressError):
            Mailbox.of("\f" * count + "a@b.test")
        message = read(b"To: " + b"\f" * count + b"a@b.test\r\n\r\nx")
        assert "H009" in codes(message)
        assert "a@b.test" in str(message.to.entries[0])


LONG_DOMAINS = [
    pytest.param("xn--" + "a" * 100_000 + ".test", id="CVE-2022-45061 (78)"),
    pytest.param("\u0e1b\u0300" * 40_000 + ".", id="CVE-2024-3651 (79)"),
    pytest.param("\u0e1b\u0300" * 40_000 + ".test", id="CVE-2024-3651 and a label (79)"),
    pytest.param("a" * 64 + ".test", id="a label of 64 (78)"),
    pytest.param(".".join(["a" * 63] * 4), id="255 octets (78)"),
]


@pytest.mark.parametrize("text", LONG_DOMAINS)
def test_a_long_domain_is_refused_before_any_idna(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import idna

    def never(*_: object, **__: object) -> None:
        pytest.fail("idna was asked")

    for name in ("encode", "decode", "alabel", "ulabel", "uts46_remap", "check_label"):
        monkeypatch.setattr(idna, name, never)
    with pytest.raises(AddressError):
        domains.to_ascii(text)
    with pytest.raises(AddressError):
        Mailbox("", "a", text)
    assert isinstance(domains.to_unicode(text), str)
    assert isinstance(domains.key(text), str)
    assert read(f"To: a@{text}\r\n\r\nx".encode()).to.entries


def test_serialising_what_was_parsed_gives_it_back_chatmail_77() -> None:
    raw = ("From: a@b.test\nTo: " + "\xff\xfe, " * 200 + "\n\nx").encode("latin-1")
    message = read(raw)
    assert {"A040", "H008"} <= codes(message)
    assert len(message.to) == 0
    assert len(message.to.entries) == 200


# -- fields


@pytest.mark.parametrize("width", [1, 2, 10, 20, 75, 78, 998])
def test_folding_ends_for_every_width_psf_2018_8_73(width: int) -> None:
    text = "\u00e9" * 2000
    for given in (words.pieces(text, first=9), [b"x" * 500, b" " + b"y" * 500, b" z" * 200]):
        octets = fold(b"Subject", given, width=width)
        assert octets.replace(b"\r\n", b"") == b"Subject: " + b"".join(given)
        assert all(len(line) <= 998 for line in octets.split(b"\r\n"))
        assert all(line.strip() for line in octets.split(b"\r\n")[:-1])
    assert parse(build(subject=text).to_bytes()).subject == text


def test_semicolons_in_content_type_are_passed_over_gh_87075_75() -> None:
    raw = b"Content-Type: text/plain" + b";" * 20_000 + b"\n\n"
    message = read(raw)
    assert message.content_type.essence == "text/plain"
    assert "M002" in codes(message)


PARAMETERS = [
    pytest.param("text/plain" + ";" * 50_000 + " " * 50_000, "text/plain", id="CVE-2022-30122 (101)"),
    pytest.param("a/b; =; ;=x", "a/b", id="GMime 3.2 (102)"),
    pytest.param("a/b; x*99999999999999999999=1", "a/b", id="kmime clusterfuzz (111)"),
    pytest.param("a/b; x*00=1; x*-1=2; x*1.5=3; x*=4; x**=5; x*0**=6", "a/b", id="kmime numbers (111)"),
    pytest.param('a/b; x="' + "\\" * 99_999, "a/b", id="backslashes"),
    pytest.param("a/b; x*=utf-8''" + "%" * 100_000, "a/b", id="percent signs"),
    pytest.param("a/b" + "; x=1" * 20_000, "a/b", id="one parameter again and again"),
]


@pytest.mark.parametrize(("text", "essence"), PARAMETERS)
def test_parameters_of_any_shape_are_read_and_flagged(text: str, essence: str) -> None:
    message = read(f"Content-Type: {text}\n\n".encode())
    assert message.content_type.essence == essence
    assert message.defects


def test_parameters_stop_at_128_cve_2026_27859_87() -> None:
    raw = b"Content-Type: a/b" + b"".join([b"; x*%d*=a" % number for number in range(20_000)])
    message = read(raw + b"\n\n")
    assert "L006" in codes(message)
    assert len(message.content_type.params["x"]) == 128


def test_a_comment_in_a_date_is_linear_and_limited_cve_2026_39820_82() -> None:
    raw = b"Date: Mon, 1 Jan 2024 00:00:00 +0000 (" + b"\\a" * 100_000 + b")\nSubject: kept\n\n"
    assert codes(read(raw)) == {"L011"}
    message = read(raw, max_date_bytes=2**20)
    assert message.date is not None
    assert message.date.isoformat() == "2024-01-01T00:00:00+00:00"
    assert message.subject == "kept"


def test_nested_comments_in_a_date_are_counted_rustsec_time_83() -> None:
    raw = b"Mon, 1 Jan 2024 " + b"(" * 100_000
    assert codes(read(b"Date: " + raw + b"\n\n")) == {"L011"}
    flaws: list[tuple[str, int, int, str]] = []
    assert dates.parse(raw, flaws, limits=Limits(max_date_bytes=2**20)) is None
    assert flaws


def test_numbers_of_a_date_are_range_checked_kmime_111() -> None:
    message = read(b"Date: 99999999999 Jan 99999999999 99:99:99 +999999\n\n")
    assert message.date is None
    assert codes(message) & {"H201", "H205"}


def test_a_header_of_60_megabytes_is_cut_cve_2024_23185_85() -> None:
    raw = b"Subject: " + b"x" * 60_000_000 + b"\r\n\r\n"
    message = read(raw)
    assert len(message.subject or "") <= 2**20
    assert "L005" in codes(message)
    with pytest.raises(DefectError):
        parse(raw, strict=True)


def test_a_million_header_fields_are_cut_cve_2024_23184_85() -> None:
    message = read(b"a: b\r\n" * 1_000_000 + b"\r\nbody")
    assert "L004" in codes(message)
    assert len(list(message.headers)) == 10_000
    assert message.content == b"body"


# -- structure


def test_multiparts_stop_at_100_levels_cve_2020_12100_86() -> None:
    raw = b"".join(
        [b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (level, level) for level in range(10_000)]
    )
    message = read(raw)
    parts = list(message.parts)
    assert len(parts) == 101
    assert "L002" in codes(message)
    assert parts[-1].raw.endswith(raw[-1000:])
    with pytest.raises(DefectError):
        parse(raw, strict=True)


def test_embedded_messages_stop_at_100_levels_cve_2020_12100_86() -> None:
    message = read(b"Content-Type: message/rfc822\n\n" * 100_000 + b"end")
    assert "L002" in codes(message)
    assert len(list(message.parts)) <= 101


MANY_PARTS = [
    pytest.param(b"Content-Type: multipart/mixed; boundary=a\n\n", b"--a\nx:y\n\n", 200_000, id="CVE-2024-4140 (89)"),
    pytest.param(b"Content-Type: multipart/mixed; boundary=a\n\n", b"--a\n", 1_000_000, id="npm-20180625 (93)"),
    pytest.param(
        b"Content-Type: multipart/mixed; boundary=a\r\n\r\n",
        b"--a\r\nx:\r\n\r\n\r\n",
        100_000,
        id="CVE-2022-41725 (95)",
    ),
]


@pytest.mark.parametrize(("start", "one", "count"), MANY_PARTS)
def test_parts_stop_at_10_000(start: bytes, one: bytes, count: int) -> None:
    message = read(start + one * count)
    assert len(list(message.parts)) == 10_000
    assert "L003" in codes(message)


@pytest.mark.parametrize(("start", "one", "count"), MANY_PARTS)
def test_a_part_costs_under_2_000_octets(start: bytes, one: bytes, count: int) -> None:
    raw = start + one * (count // 100)
    message = parse(raw)
    with little_memory(2_000 * (count // 100 + 10) + 2**18):
        assert len(list(message.parts)) == min(10_000, count // 100 + 1)


def test_delimiters_without_a_multipart_are_text_npm_20180625_93() -> None:
    message = read(b"--a\n" * 1_000_000)
    assert len(list(message.parts)) == 1
    assert "H015" in codes(message)


def test_an_embedded_message_without_end_is_a_tree_cve_2026_26312_91() -> None:
    message = read(
        b"Content-Type: message/rfc822\n\nContent-Type: multipart/mixed; boundary=x\n\n--x\n"
        b"Content-Type: message/rfc822\n\n--x\n"
    )
    kinds = [part.content_type.essence for part in message.parts]
    assert kinds[:3] == ["message/rfc822", "multipart/mixed", "message/rfc822"]
    assert len(kinds) == 5


@pytest.mark.parametrize(
    ("raw", "code", "most"),
    [
        pytest.param(b"junk\n" * 10_000_000, "M027", 2**20, id="CVE-2025-61770 (98)"),
        # What may be a header is copied, and copied once more as the one line that is not looked into.
        pytest.param(b"--a\r\n" + b"x" * 50_000_000, "M028", 110_000_000, id="CVE-2023-45290 (97)"),
        pytest.param(b"--a\r\n" + b"a: b\r\n" * 5_000_000, "L004", 110_000_000, id="CVE-2025-61772 (99)"),
    ],
)
def test_the_structure_is_ranges_of_the_input(raw: bytes, code: str, most: int) -> None:
    raw = b"Content-Type: multipart/mixed; boundary=a\r\n\r\n" + raw
    with little_memory(most):
        message = parse(raw)
        assert len(list(message.parts)) <= 2
        assert message.to_bytes() is raw
    assert code in codes(message)


def test_a_part_with_a_header_without_end_is_cut_cve_2025_61772_99() -> None:
    message = read(b"Content-Type: multipart/mixed; boundary=z\r\n\r\n--z\r\n" + b"a: b\r\n" * 5_000_000)
    assert len(list(message.root.children[0].headers)) == 10_000


def test_a_message_over_the_limit_is_one_opaque_part_mime4j_103() -> None:
    raw = b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a--\n"
    message = read(raw, max_message_bytes=20)
    assert len(list(message.parts)) == 1
    assert "L001" in codes(message)


def test_a_million_octets_without_line_end_are_kept_mime4j_103() -> None:
    assert read(b"x" * 1_000_000).content == b"x" * 1_000_000
    assert read(b"Subject: a\n\n" + b"x" * 1_000_000).text == "x" * 1_000_000


def test_an_empty_boundary_has_no_parts_cve_2019_15961_109() -> None:
    message = read(b'Content-Type: multipart/mixed; boundary=""\n\n--\n' * 1000)
    assert len(list(message.parts)) == 1
    assert "M020" in codes(message)


def test_a_deep_message_is_taken_to_7_bit_without_recursion_cve_2006_1173_110() -> None:
    depth = 20_000
    head = b"".join(
        [b"Content-Type: multipart/mixed; boundary=b%dx\r\n\r\n--b%dx\r\n" % (at, at) for at in range(depth)]
    )
    raw = b"From: a@example.com\r\nTo: b@example.com\r\n" + head + b"\r\n\xff\r\n"
    for limits in (Limits(), Limits(max_depth=300, max_parts=1000)):
        with pytest.raises(ContentError):  # what is past the limit cannot be encoded, and nothing is sent cut
            parse(raw, limits=limits).with_encoding("7bit")


def test_the_leaf_of_a_deep_message_is_taken_to_7_bit_cve_2006_1173_110() -> None:
    part: Part = text_part("gr\u00fcn", encoding="8bit")
    rng = Random(1)
    for _ in range(90):
        part = mixed(part, rng=rng)
    octets = build(body=part).to_bytes()
    assert octets.isascii()
    assert [found.text for found in parse(octets).parts][-1] == "gr\u00fcn\n"


def test_base64_in_base64_stops_at_three_levels() -> None:
    raw = b"Subject: deepest\r\n\r\nx"
    for _ in range(6):
        (leaf,) = parse(build(attachments=[("x", raw)]).to_bytes()).attachments
        raw = b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: base64\r\n\r\n" + leaf.raw_body
    message = read(raw)
    assert "L012" in codes(message)
    assert len(list(message.parts)) == 4


# -- text


TEXTS = [
    pytest.param(" " * 200_000 + "x", id="CVE-2024-47889 (106)"),
    pytest.param("<" * 200_000, id="CVE-2022-4891 (105)"),
    pytest.param("<ul>" * 100_000, id="CVE-2024-45626 (107)"),
    pytest.param("data:" + ";" * 100_000, id="GHSA-9h6g-pr28-7cqp (70)"),
    pytest.param("=\n" * 50_000, id="soft breaks"),
    pytest.param("\n" * 200_000, id="empty lines"),
    pytest.param("cid:" * 50_000, id="cid without an attribute"),
    pytest.param("url(" * 50_000 + " cid :", id="url without a cid"),
]


@pytest.mark.parametrize("text", TEXTS)
def test_a_long_text_comes_out_as_it_went_in(text: str) -> None:
    message = parse(build(text=text, html=text).to_bytes())
    whole = text if text.endswith("\n") else text + "\n"
    assert message.text == whole
    assert message.html == whole
    assert not message.defects
    subject = text.replace("\n", "")[:200_000]
    assert parse(build(subject=subject).to_bytes()).subject == subject


# -- every limit

SMALL: dict[str, tuple[int, str, bytes]] = {
    "max_message_bytes": (10, "L001", b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a--\n"),
    "max_depth": (
        1,
        "L002",
        b"Content-Type: multipart/mixed; boundary=a\n\n--a\nContent-Type: message/rfc822\n\n\n--a--\n",
    ),
    "max_parts": (2, "L003", b"Content-Type: multipart/mixed; boundary=a\n\n--a\n\nx\n--a\n\ny\n--a--\n"),
    "max_header_fields": (1, "L004", b"A: b\nC: d\n\nx"),
    "max_header_block_bytes": (10, "L005", b"A: b\nC: dddddddddd\n\nx"),
    "max_field_bytes": (10, "L005", b"A: bbbbbbbbbbbbbbbbbbbb\n\nx"),
    "max_field_name": (3, "L014", b"Abcd: b\n\nx"),
    "max_params_per_field": (1, "L006", b"Content-Type: a/b; x=1; y=2\n\nx"),
    "max_boundary": (1, "L013", b"Content-Type: multipart/mixed; boundary=ab\n\n--ab\n\nx\n--ab--\n"),
    "max_addresses_per_field": (1, "L007", b"To: a@b.test, c@d.test\n\nx"),
    "max_comment_depth": (1, "L009", b"To: ((x)) a@b.test\n\nx"),
    "max_encoded_words_per_field": (1, "L008", b"Subject: =?utf-8?q?a?= x =?utf-8?q?b?=\n\nx"),
    "max_msg_ids": (1, "L010", b"References: <a@b> <c@d>\n\nx"),
    "max_date_bytes": (5, "L011", b"Date: Tue, 24 Nov 2026 12:00:00 +0000\n\nx"),
    "max_encoded_depth": (
        0,
        "L012",
        b"Content-Type: message/global\nContent-Transfer-Encoding: base64\n\nQTogYgoKeA==\n",
    ),
    "max_decoded_bytes": (
        3,
        "L012",
        b"Content-Type: message/global\nContent-Transfer-Encoding: base64\n\nQTogYgoKeA==\n",
    ),
}


@pytest.mark.parametrize("name", SMALL)
def test_a_limit_that_is_passed_is_a_defect_and_keeps_every_octet(name: str) -> None:
    bound, code, raw = SMALL[name]
    assert code in codes(read(raw, **{name: bound}))
    assert code not in codes(read(raw))
    with pytest.raises(DefectError):
        parse(raw, strict=True, limits=Limits(**{name: bound}))


def test_every_limit_is_tried_here() -> None:
    others = {"max_group_depth", "max_defects"}  # these have no code of their own
    assert set(SMALL) | others == set(Limits.__slots__)


def test_nested_groups_past_the_limit_are_unread() -> None:
    message = read(b"To: a:b:c:d:e@f.test;;;;\n\nx", max_group_depth=2)
    assert message.defects
    assert message.to_bytes().endswith(b"x")


def test_defects_are_counted_out_but_every_code_is_there() -> None:
    raw = b"To: " + b",," * 1000 + b"\nDate: x\n\nx"
    message = parse(raw, limits=Limits(max_defects=5))
    assert len(message.defects) == 5
    assert {"A031", "H201"} <= codes(message)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda count: Mailbox("x" * count, "a", "b.test"), id="a name"),
        pytest.param(lambda count: build(subject="=?" * count), id="a subject"),
        pytest.param(lambda count: build(attachments=[('"' * count, b"")]), id="a filename"),
        pytest.param(lambda count: ContentType("a", "b", [("x", "\\" * count)]).encode(), id="a parameter"),
        pytest.param(lambda count: attachment(b"", "\u00e9" * count), id="an encoded filename"),
    ],
)
def test_a_huge_value_is_written_or_refused(make: Callable[[int], Any]) -> None:
    for count in (1_000, 100_000):
        try:
            make(count)
        except MimekitError as error:
            check_sentence(error)
