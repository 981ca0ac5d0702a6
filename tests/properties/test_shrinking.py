"""
What `compare` reports of a parser with one fault: a message of under 300 octets, and in its words what the fault is.

Each parser here is that of the package with one mistake, as it is made again and again.  It is compared with the one
that has none, as anybody compares a parser; nothing else has a hand in what is drawn and in what comes out.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

import pytest

from mimekit import Part, parse
from mimekit.headers.address import Group
from mimekit.testing import Address, Attachment, Disagreement, Reading, compare
from mimekit.testing.adapters import ADAPTERS

READ = ADAPTERS["mimekit"]
SIZE = 300
MOST = 5000

Read = Callable[[bytes], Reading]


class Fault(NamedTuple):
    """A mistake, where it is found, and what is to be said of it."""

    name: str
    read: Read
    kind: str
    """What is drawn: the kind of mail that has what the fault is about."""
    aspect: str
    """What the parsers disagree on."""
    construct: str
    """What is in the octets in question; ``""`` when the aspect and the way to differ say it all."""
    section: str
    """The section that says who is right."""
    octets: bytes
    """A pattern of what stands in the octets in question."""


# -- how a fault is made

_HEADER_END = b"\r\n\r\n"
_ADDRESSES = ("from", "sender", "reply-to", "to", "cc")

Replacement = bytes | Callable[[re.Match[bytes]], bytes]


def fields_of(octets: bytes) -> tuple[list[bytes], bytes]:
    """Give the fields, folds and all, and what follows them."""
    header, end, body = octets.partition(_HEADER_END)
    return re.split(rb"\r\n(?![ \t])", header), end + body


def in_fields(pattern: bytes, replacement: Replacement, *names: str) -> Read:
    """Make a parser that takes what matches in those fields for something else."""

    def read(octets: bytes) -> Reading:
        fields, rest = fields_of(octets)
        changed = [
            re.sub(pattern, replacement, one)
            if one.partition(b":")[0].strip().lower().decode("latin-1") in names
            else one
            for one in fields
        ]
        return READ(b"\r\n".join(changed) + rest)

    return read


def in_texts(change: Callable[[str], str], *, encoding: str | None = None) -> Read:
    """Make one that changes the texts, if the body is encoded in that way."""

    def read(octets: bytes) -> Reading:
        reading = READ(octets)
        if encoding is not None and parse(octets).root.transfer_encoding != encoding:
            return reading
        return reading._replace(text=tuple([change(text) for text in reading.text or ()]))

    return read


def in_addresses(change: Callable[[Address], Address]) -> Read:
    """Make one that changes each mailbox."""

    def read(octets: bytes) -> Reading:
        reading = READ(octets)
        listed = (reading.addresses or {}).items()
        return reading._replace(addresses={name: tuple([change(one) for one in boxes]) for name, boxes in listed})

    return read


def in_attachments(change: Callable[[Attachment], Attachment | None]) -> Read:
    """Make one that changes attachments, or has none of them."""

    def read(octets: bytes) -> Reading:
        reading = READ(octets)
        changed = [change(one) for one in reading.attachments or ()]
        return reading._replace(attachments=tuple([one for one in changed if one is not None]))

    return read


def without_dates(pattern: bytes) -> Read:
    """Make one that cannot read some dates."""

    def read(octets: bytes) -> Reading:
        date = parse(octets).headers.raw("Date") or b""
        return READ(octets)._replace(date="") if re.search(pattern, date) else READ(octets)

    return read


# -- the faults that take more than that


def without_last_field(octets: bytes) -> Reading:
    fields, rest = fields_of(octets)
    return READ(b"\r\n".join(fields[:-1]) + rest)


def first_of_two(octets: bytes) -> Reading:
    fields, rest = fields_of(octets)
    first = {one.partition(b":")[0].strip().lower(): one for one in reversed(fields)}
    return READ(b"\r\n".join(reversed(first.values())) + rest)


def by_the_case_of_names(octets: bytes) -> Reading:
    fields, _ = fields_of(octets)
    has_subject = any([one.startswith(b"Subject") for one in fields])
    return READ(octets) if has_subject else READ(octets)._replace(subject="")


def without_bcc(octets: bytes) -> Reading:
    reading = READ(octets)
    return reading._replace(addresses=dict(reading.addresses or {}) | {"bcc": ()})


def names_in_groups_swapped(octets: bytes) -> Reading:
    message, reading = parse(octets), READ(octets)
    changed = dict(reading.addresses or {})
    for name, listed in (("to", message.to), ("cc", message.cc), ("reply-to", message.reply_to)):
        left = list(changed[name])
        swapped: list[Address] = []
        for entry in listed.entries:
            count = len(entry.mailboxes) if isinstance(entry, Group) else 1
            boxes, left = left[:count], left[count:]
            swapped += [
                one._replace(display_name=two.display_name) for one, two in zip(boxes, boxes[::-1], strict=True)
            ]
        changed[name] = swapped
    return reading._replace(addresses=changed)


def boundaries_not_counted(octets: bytes) -> Reading:
    """Take the parts of a multipart in a multipart for parts of the outer one."""

    def walked(part: Part, depth: int) -> list[tuple[int, str]]:
        found = [(depth, part.content_type.essence)]
        below = [part.embedded] if part.embedded is not None else part.children
        for child in below:
            is_inner = bool(part.children and child.children)
            found += [
                (deep - is_inner, kind) if deep > depth + 1 else (deep, kind) for deep, kind in walked(child, depth + 1)
            ]
        return found

    return READ(octets)._replace(structure=walked(parse(octets).root, 0))


def without_open_end(octets: bytes) -> Reading:
    reading = READ(octets)
    structure = tuple(reading.structure or ())
    return reading._replace(structure=structure[: -1 if structure[1:] and not octets.endswith(b"\n") else None])


def empty_is_missing(octets: bytes) -> Reading:
    has_body = bool(octets.partition(_HEADER_END)[2])
    return READ(octets) if has_body else READ(octets)._replace(structure=())


def charset_by_case(octets: bytes) -> Reading:
    charset = parse(octets).root.content_type.charset or ""
    reading = READ(octets)
    return reading if charset == charset.lower() else reading._replace(text=("?",))


def without_padding(octets: bytes) -> Reading:
    if parse(octets).root.transfer_encoding != "base64":
        return READ(octets)
    header, end, body = octets.partition(_HEADER_END)
    return READ(header + end + re.sub(rb"(?:[A-Za-z0-9+/]\s*){2,3}(?:=\s*)+\Z", b"", body))


def without_soft_breaks(octets: bytes) -> Reading:
    if parse(octets).root.transfer_encoding != "quoted-printable":
        return READ(octets)
    header, end, body = octets.partition(_HEADER_END)
    return READ(header + end + re.sub(rb"=[ \t]*\r\n", b"\r\n", body))


def without_sections(octets: bytes) -> Reading:
    return READ(re.sub(rb"(?i);\s*(?:file)?name\*[1-9][0-9]*\*?=(?:\"[^\"]*\"|[^;\r\n\"]*)", b"", octets))


def doubled(found: re.Match[bytes]) -> bytes:
    return b"\\\\" + re.sub(rb'[\\"]', rb"\\\g<0>", found[1])


FAULTS = [
    Fault("drops the last field", without_last_field, "messages", "fields", "", "RFC 5322 2.2", rb"\A[\w-]+:"),
    Fault("takes the first of two fields", first_of_two, "exotic", "fields", "the field twice", "RFC 5322 3.6", rb":"),
    Fault(
        "looks for fields by the case of their names",
        by_the_case_of_names,
        "renderings",
        "subject",
        "name of the field in another case",
        "RFC 5322 1.2.2",
        rb"\A(?!Subject)(?i:subject):",
    ),
    Fault(
        "breaks on folded addresses",
        in_fields(rb"(?s)\r\n.*", b"", *_ADDRESSES),
        "renderings",
        "from|to|cc|sender|reply-to",
        "folding",
        "RFC 5322 2.2.3",
        rb"\r\n[ \t]",
    ),
    Fault("loses a Bcc", without_bcc, "exotic", "bcc", "", "RFC 5322 3.6.3", rb"\ABcc: "),
    Fault(
        "swaps the names in a group",
        names_in_groups_swapped,
        "messages",
        "to|cc|reply-to",
        "group",
        "RFC 5322 3.4",
        rb":[^;]*:[^;]*,[^;]*;",
    ),
    Fault(
        "ends a name at a comma",
        in_addresses(lambda one: one._replace(display_name=(one.display_name or "").partition(",")[0])),
        "messages",
        "from|to|cc|sender|reply-to",
        "quoted string",
        "RFC 5322 3.2.4",
        rb'"[^"]*,[^"]*"',
    ),
    Fault(
        "keeps the backslash of a quoted pair",
        in_fields(rb'\\([\\"])(?=[^"]*" ?<)', doubled, *_ADDRESSES),
        "exotic",
        "from|to|cc|sender|reply-to",
        "quoted pair",
        "RFC 5322 3.2.1",
        rb"\\",
    ),
    Fault(
        "unquotes a local part that needs its quotes",
        in_addresses(lambda one: one._replace(address=one.address.replace('"', ""))),
        "messages",
        "from|to|cc|sender|reply-to",
        "quoted local part",
        "RFC 5322 3.4.1",
        rb'"[^"]*"@',
    ),
    Fault(
        "knows no internationalised domains",
        in_addresses(lambda one: one._replace(address=re.sub(r"xn--[^.]*", "", one.address))),
        "messages",
        "from|to|cc|sender|reply-to",
        "internationalised domain",
        "RFC 5890 2.3.2.1",
        rb"(?i)@[^>]*xn--",
    ),
    Fault(
        "drops octets beyond ASCII",
        lambda octets: READ(octets.decode("ascii", "ignore").encode()),
        "eai",
        "from|to|cc|sender|reply-to|subject",
        "UTF-8",
        "RFC 6532 3.2",
        rb"[\x80-\xff]",
    ),
    Fault(
        "reads an underscore of a Q word as itself",
        in_fields(rb"(?i)(=\?[^?\s]*\?q\?[^?\s]*?)_", rb"\1=5F", "subject"),
        "exotic",
        "subject",
        "encoded word, Q",
        "RFC 2047 4.2",
        rb"(?i)=\?[^?\s]*\?q\?[^?\s]*_",
    ),
    Fault(
        "keeps the white space between encoded words",
        in_fields(rb"\?=\s+=\?", b"?= =?us-ascii?q?_?= =?", "subject"),
        "exotic",
        "subject",
        "adjacent encoded words",
        "RFC 2047 6.2",
        rb"\?=\s+=\?",
    ),
    Fault(
        "breaks on a comment in a date",
        without_dates(rb"\("),
        "renderings",
        "date",
        "comment",
        "RFC 5322 3.2.2",
        rb"\(",
    ),
    Fault("knows no -0000", without_dates(rb"-0000"), "exotic", "date", "unknown zone", "RFC 5322 3.3", rb"-0000"),
    Fault(
        "reads years of two digits as of the last century",
        in_fields(rb"(?i)([a-z]{3}\s+)([0-4]\d)(?=\s)", rb"\g<1>19\2", "date"),
        "obsolete",
        "date",
        "year of two or three digits",
        "RFC 5322 4.3",
        rb"[A-Za-z]{3} \d\d ",
    ),
    Fault(
        "does not count nested boundaries",
        boundaries_not_counted,
        "exotic",
        "structure",
        "nested multipart",
        "RFC 2046 5.1.2",
        rb"(?s)--(.+)\r\n.*--(?!\1).+\r\n.*--\1--",
    ),
    Fault(
        "loses the last part without a line end",
        without_open_end,
        "exotic",
        "structure",
        "no line end at the end",
        "RFC 2046 5.1.1",
        rb"[^\n]\Z",
    ),
    Fault("takes an empty body for none", empty_is_missing, "messages", "structure", "empty body", "RFC 5322 3.5", b""),
    Fault(
        "compares charsets by case",
        charset_by_case,
        "exotic",
        "text",
        "charset in upper case",
        "RFC 2046 4.1.2",
        rb"",
    ),
    Fault(
        "strips empty lines at the end",
        in_texts(lambda text: re.sub(r"\n\n+\Z", "\n", text)),
        "messages",
        "text",
        "empty lines at the end",
        "RFC 5322 3.5",
        rb"\r\n\r\n\Z",
    ),
    Fault(
        "cuts long lines",
        in_texts(lambda text: re.sub(r"(?m)^(.{78}).+", r"\1", text)),
        "messages",
        "text",
        "line over 78 octets",
        "RFC 5322 2.1.1",
        rb"[^\r\n]{79}",
    ),
    Fault(
        "takes a dot off a line",
        in_texts(lambda text: re.sub(r"(?m)^\.", "", text)),
        "messages",
        "text",
        "line that begins with a dot",
        "RFC 5321 4.5.2",
        rb"(?m)^(?:\.|=2E)",
    ),
    Fault(
        "loses the end of base64 that is padded",
        without_padding,
        "exotic",
        "text|html|attachments",
        "base64",
        "RFC 2045 6.8",
        rb"=\s*\Z",
    ),
    Fault(
        "does not join soft line breaks",
        without_soft_breaks,
        "exotic",
        "text|html|attachments",
        "quoted-printable",
        "RFC 2045 6.7",
        rb"=[ \t]*\r\n",
    ),
    Fault(
        "ignores what continues a parameter",
        without_sections,
        "exotic",
        "attachments",
        "RFC 2231 continuation",
        "RFC 2231 3",
        rb"name\*1",
    ),
    Fault(
        "ends a filename at a semicolon",
        in_attachments(lambda one: one._replace(filename=(one.filename or "").partition(";")[0])),
        "exotic",
        "attachments",
        "quoted parameter",
        "RFC 2045 5.1",
        rb'name="[^"]*;',
    ),
    Fault(
        "loses attachments without a filename",
        in_attachments(lambda one: one if one.filename else None),
        "exotic",
        "attachments",
        "no filename",
        "RFC 2183 2.3",
        rb"",
    ),
]


def reported(fault: Fault) -> Disagreement:
    """Give what is reported first; there is nothing else to find but the fault."""
    found = compare(
        fault.read, "mimekit", kinds=fault.kind.split("|"), max_examples=MOST, max_disagreements=1, known=()
    )
    assert found.disagreements, f"{found.examples} messages do not show it"
    return found.disagreements[0]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_what_is_reported_of_a_fault_is_short_and_names_it(fault: Fault) -> None:
    one = reported(fault)
    shown = f"{one.title} {one.constructs} {one.references}\n{one.message.decode('latin-1')}"
    assert one.is_shrunk, shown
    assert len(one.message) < SIZE, shown
    assert one.aspect in fault.aspect.split("|"), shown
    assert not fault.construct or fault.construct in one.constructs, shown
    assert fault.section in one.references, shown
    assert re.search(fault.octets, one.message[slice(*(one.span or (0, 0)))]), shown


def test_there_are_25_faults() -> None:
    assert len({fault.name for fault in FAULTS}) >= 25
