"""
Byte-exact: every file of the corpus, and every message of every mailbox in it, is kept to the octet.

The standard library's figures stand beside ours and come from the same run: how many are written back as they were,
for how many a second pass changes nothing, and how many raise.
"""

from __future__ import annotations

import codecs
import re
from collections import Counter
from email import message_from_bytes, policy
from functools import cache
from typing import TYPE_CHECKING

import pytest

from mimekit import Message, MimekitError, Part, parse, parse_mbox
from mimekit.codecs import plain
from mimekit.codecs.plain import to_crlf
from tests.support.corpus import corpus_folder, every_file, mailboxes
from tests.support.reading import read_everything

if TYPE_CHECKING:
    from tests.support.report import ReportLine

pytestmark = pytest.mark.usefixtures("corpus")

LINE = 998  # RFC 5322 2.1.1, without the line end
ADDED = "X-Corpus-Edit"
SETTINGS: dict[str, policy.Policy] = {
    "policy.default": policy.default,
    "policy.default, nothing refolded": policy.default.clone(max_line_length=None, refold_source="none"),
    "policy.SMTP, nothing refolded": policy.SMTP.clone(max_line_length=None, refold_source="none"),
    "compat32": policy.compat32,
    "compat32, no line length": policy.compat32.clone(max_line_length=None),
}


@cache
def items() -> tuple[tuple[str, bytes], ...]:
    """Give every file as one message, and every message of every mailbox, each with a name."""
    folder = corpus_folder()
    found = [(str(path.relative_to(folder)), path.read_bytes()) for path in every_file()]
    for path in mailboxes():
        name = path.relative_to(folder)
        for number, message in enumerate(parse_mbox(path.read_bytes())):
            found.append((f"{name}#{number}", message.to_bytes()))
    return tuple(found)


# -- kept to the octet


def test_every_file_and_every_message_of_a_mailbox_is_written_back(report_line: ReportLine) -> None:
    """`parse(raw).to_bytes() == raw`, for whatever is in a file: expectations, keys and pictures too."""
    wrong = [name for name, raw in items() if parse(raw).to_bytes() != raw]
    files = len(every_file())
    octets = sum(len(raw) for _, raw in items()[:files])
    report_line(
        f"corpus, written back as they were: mimekit {len(items()) - len(wrong):,} of {len(items()):,} "
        f"({files:,} files, {len(items()) - files:,} messages in {len(mailboxes())} mailboxes, {octets / 1e6:.1f} MB)"
    )
    assert not wrong


def test_a_mailbox_is_its_separators_and_its_messages() -> None:
    """Separator lines and escaped octets are, with the blank lines between them, the octets of the file."""
    for path in mailboxes():
        raw = path.read_bytes().removeprefix(codecs.BOM_UTF8)
        position = 0
        for message in parse_mbox(raw):
            at = raw.find(message.separator, position)
            assert not raw[position:at].strip(b"\r\n"), path
            after = at + len(message.separator)
            start = raw.find(message.escaped, after)
            assert not raw[after:start].strip(b"\r\n"), path
            position = start + len(message.escaped)
        assert not raw[position:].strip(b"\r\n"), path


def test_reading_never_raises() -> None:
    """Every accessor of every part of every message; no string holds a lone surrogate."""
    for name, raw in items():
        message = parse(raw)
        try:
            for text in read_everything(message):
                text.encode("utf-8")
        except Exception as error:
            error.add_note(name)
            raise
        assert message.to_bytes() == raw, name


def test_reading_again_is_a_fixed_point() -> None:
    """The same parts, numbers and defects, whatever was asked for first."""
    for name, raw in items():
        first = parse(raw)
        parts = outline(first)
        second = parse(first.to_bytes())
        assert second.defects == first.defects, name
        assert outline(second) == parts, name
        assert second == first, name


def outline(message: Message) -> list[tuple[object, ...]]:
    """Describe every part: number, type, place, name."""
    return [
        (part.number, part.content_type.essence, part.start, part.body_start, part.end, part.filename)
        for part in message.parts
    ]


# -- changed in one place


def test_one_field_put_in_and_taken_out_leaves_the_rest_alone() -> None:
    """Where the header had not ended its last line, that line end is the one octet more."""
    for name, raw in items():
        message = parse(raw)
        edited = message.with_header(ADDED, "here")
        octets = edited.to_bytes()
        match = re.search(rb"(?m)^X-Corpus-Edit: here(\r?\n)", octets)
        assert match, name
        before, after = octets[: match.start()], octets[match.end() :]
        ended = before.removesuffix(match[1])
        assert raw in (before + after, ended + after), name
        assert edited.headers[ADDED] == "here", name
        assert edited.without_header(ADDED).to_bytes() == before + after, name


# -- handed over


def test_deliveries_are_fit_or_refused_with_a_reason(report_line: ReportLine) -> None:
    """No recipient is lost in silence, and nothing leaves that SMTP cannot carry (RFC 5321 2.3.8, 4.5.3.1.6)."""
    reasons: Counter[str] = Counter()
    for name, raw in items():
        try:
            deliveries = parse(raw).deliveries()
        except MimekitError as error:
            reasons[reason(error)] += 1
            continue
        assert deliveries, name
        for delivery in deliveries:
            assert delivery.rcpt_to, name
            assert delivery.data == bytes(delivery.data), name
            assert unfit(delivery.data, is_7bit=False) is None, name
            headers = parse(delivery.data).headers
            assert "Bcc" not in headers, name
            assert "Resent-Bcc" not in headers, name
    refused = reasons.total()
    report_line(f"corpus, deliveries: {len(items()) - refused:,} fit, {refused:,} refused ({counted(reasons)})")
    assert refused < len(items())


def test_reencoded_for_7bit_it_says_the_same_or_is_refused_with_a_reason(report_line: ReportLine) -> None:
    """CRLF, at most 998 octets a line, ASCII, no NUL; every leaf decodes to the same content."""
    reasons: Counter[str] = Counter()
    for name, raw in items():
        message = parse(raw)
        try:
            made = message.with_encoding("7bit")
        except MimekitError as error:
            reasons[reason(error)] += 1
            continue
        octets = made.to_bytes()
        assert unfit(octets, is_7bit=True) is None, name
        again = parse(octets)
        # A signed message gets CRLF line ends in all of it and nothing else (RFC 6376 3.4).
        as_sent = parse(to_crlf(raw)) if octets == to_crlf(raw) else message
        assert leaves(again) == leaves(as_sent), name
    refused = reasons.total()
    report_line(f"corpus, with_encoding 7bit: {len(items()) - refused:,} fit, {refused:,} refused ({counted(reasons)})")
    assert refused < len(items())


def reason(error: MimekitError) -> str:
    """Give the kind of an error that says why in a sentence and cites no octet of the message raw."""
    said_why = str(error)
    assert len(said_why.split()) > 5, said_why
    assert said_why.isprintable(), said_why
    return type(error).__name__


def counted(reasons: Counter[str]) -> str:
    """Write the counts."""
    return ", ".join(f"{name} {count:,}" for name, count in sorted(reasons.items()))


def leaves(message: Message) -> list[tuple[object, ...]]:
    """Give what every leaf says: octets, of a text its lines."""
    return [
        (part.number, part.content_type.essence, part.filename, said(part))
        for part in message.parts
        if not part.children and part.embedded is None
    ]


def said(part: Part) -> object:
    """Give the content of a leaf; where it is lines, their ends do not count (RFC 2046 4.1.1, 5.1.1, 5.2.1)."""
    if part.content_type.maintype == "text":
        return (part.text or "").replace("\r", "\n")
    if part.content_type.maintype in ("multipart", "message"):
        return part.content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return part.content


def unfit(octets: bytes, *, is_7bit: bool) -> str | None:
    """Say what of these octets SMTP does not carry, or ``None``."""
    if b"\0" in octets:
        return "NUL"
    if plain.has_bare_line_end(octets) or octets.count(b"\n") != octets.count(b"\r\n"):
        return "a bare line end"
    if any(len(line) > LINE for line in octets.split(b"\r\n")):
        return "a long line"
    return "8-bit octets" if is_7bit and not octets.isascii() else None


# -- beside the standard library


@pytest.mark.parametrize("setting", SETTINGS)
def test_the_standard_library_beside_it(setting: str, report_line: ReportLine) -> None:
    """Its figures, from the same run over the same octets; a setting that were byte-exact would be news."""
    counts: Counter[str] = Counter()
    used = SETTINGS[setting]
    for _, raw in items():
        try:
            first = message_from_bytes(raw, policy=used).as_bytes()
            counts["same"] += first == raw
            counts["fixed"] += message_from_bytes(first, policy=used).as_bytes() == first
        except Exception:  # noqa: BLE001 - whatever it raises is what is counted
            counts["raised"] += 1
    report_line(
        f"corpus, written back as they were: standard library ({setting}) {counts['same']:,} of {len(items()):,}; "
        f"second pass a fixed point {counts['fixed']:,}; raised {counts['raised']:,}"
    )
    assert counts["same"] < len(items())
