"""
MimeKit, the .NET library: its part trees, offsets, line counts, summaries and bodies, compared with ours.

Of its mailboxes `jwz` and `content-length` only the expectations are in the corpus; copies of many of their messages
are among the files of MailKit, written anew by it.  Such a copy may have a line end more at its end or after a
close-delimiter: the edition that has the length the peer measured is compared to the octet, of the others only the
tree.  Offsets are counted from the end of the message's header, for the copies have other headers.
"""

from __future__ import annotations

import html
import json
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from mimekit import AddressList, Message, Part, parse, parse_mbox
from mimekit.codecs import base64, quopri, uu
from mimekit.headers import dates
from tests.corpus.differences import Comparison, explanations
from tests.support.corpus import corpus_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.report import ReportLine

pytestmark = pytest.mark.usefixtures("corpus")

TABLE = "mimekit_net.toml"
PHANTOM = "message/external-body"
LINE_ENDS = {"unix": b"\n", "dos": b"\r\n"}
Node = dict[str, Any]  # Any: the peer's JSON
_CLOSED = re.compile(rb"(?m)^(--.*--\n)\n(?=--)")


def data() -> Path:
    """Give the folder of the peer's test data."""
    return corpus_folder() / "mimekit/UnitTests/TestData"


def with_line_ends(raw: bytes, style: str) -> bytes:
    """Give the octets with the line ends of that style."""
    return raw.replace(b"\r\n", b"\n").replace(b"\n", LINE_ENDS[style])


def expected(mailbox: str, style: str) -> list[Node]:
    """Read what the peer found in a mailbox: one tree a message."""
    text = (data() / f"mbox/{mailbox}.{style}-offsets.json").read_text(encoding="utf-8-sig")
    found: list[Node] = json.loads(text)
    return found


def nodes(root: Node) -> list[Node]:
    """List the nodes of a tree depth first, those of embedded messages included, phantom bodies not."""
    found: list[Node] = []
    stack = [root]
    while stack:
        node = stack.pop()
        found.append(node)
        stack += reversed(node.get("children", ()))
        if "message" in node and node["mimeType"].lower() != PHANTOM:
            stack.append(node["message"]["body"])
    return found


def phantoms(root: Node) -> int:
    """Count the phantom bodies (RFC 2046 5.2.3) that the peer reads as messages."""
    return sum("message" in node and node["mimeType"].lower() == PHANTOM for node in nodes(root))


class Summary(NamedTuple):
    """What the peer's summary says of one message."""

    fields: dict[str, str]
    types: list[tuple[int, str]]


def summaries(mailbox: str) -> list[Summary]:
    """Read a summary: of each message From, To, Subject, Date, and its tree by indentation."""
    text = (data() / f"mbox/{mailbox}-summary.txt").read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    found = []
    for block in re.split(r"(?m)^From .*\n", text)[1:]:
        fields: dict[str, str] = {}
        types: list[tuple[int, str]] = []
        for line in block.split("\n"):
            name, _, value = line.strip().partition(": ")
            if name == "Content-Type":
                types.append(((len(line) - len(line.lstrip())) // 3, value.lower()))
            elif name:
                fields[name] = value
        found.append(Summary(fields, types))
    return found


@cache
def copies() -> dict[str, bytes]:
    """Give the copies of the messages of `jwz`, by their place in it."""
    folder = corpus_folder() / "mailkit/UnitTests/Net/Imap/Resources/common"
    return {path.name.split(".")[1]: path.read_bytes() for path in sorted(folder.glob("message.*.msg"))}


def editions(raw: bytes) -> Iterator[bytes]:
    """Give a copy, and what it may have been before it was written anew."""
    lines = raw.replace(b"\r\n", b"\n")
    joined = _CLOSED.sub(rb"\1", lines)
    for edition in (lines, joined):
        yield edition
        yield edition.removesuffix(b"\n")


def octets_at(raw: bytes, entry: Node, style: str) -> tuple[bytes, bool]:
    """Give the edition that has the length the peer measured, and whether there is one."""
    for edition in editions(raw):
        octets = with_line_ends(edition, style)
        root = parse(octets).root
        if root.end - root.body_start == entry["endOffset"] - entry["headersEndOffset"]:
            return octets, True
    return with_line_ends(raw, style), False


def compare_tree(seen: Comparison, place: str, root: Node, message: Message) -> list[tuple[str, Node, Part]]:
    """Compare how many parts there are and of which types; pair them."""
    theirs, ours = nodes(root), list(message.parts)
    seen.same(f"{place} parts", ours=len(ours), theirs=len(theirs))
    seen.same(f"{place} phantom bodies", ours=0, theirs=phantoms(root))
    pairs = [(f"{place} {at}", node, part) for at, (node, part) in enumerate(zip(theirs, ours, strict=False))]
    for name, node, part in pairs:
        seen.same(f"{name} type", ours=part.content_type.essence, theirs=node["mimeType"].lower())
    return pairs


def compare_offsets(seen: Comparison, pairs: list[tuple[str, Node, Part]], entry: Node, octets: bytes) -> None:
    """Compare where each part begins, where its body begins, where it ends, how large it is, and its lines."""
    zero = entry["headersEndOffset"] - pairs[0][2].body_start
    for at, (name, node, part) in enumerate(pairs):
        seen.same(f"{name} body", ours=part.body_start, theirs=node["headersEndOffset"] - zero)
        seen.same(f"{name} end", ours=part.end, theirs=node["endOffset"] - zero)
        seen.same(f"{name} octets", ours=len(part.raw_body), theirs=node["octets"])
        seen.same(f"{name} lines", ours=count_lines(part.raw_body), theirs=node["lines"])
        if at:
            seen.same(f"{name} begin", ours=part.start, theirs=node["beginOffset"] - zero)
        if at > 1:  # lines from the first part on: the header of a copy may have more of them
            ours = octets.count(b"\n", pairs[1][2].start, part.start)
            seen.same(f"{name} line", ours=ours, theirs=node["lineNumber"] - pairs[1][1]["lineNumber"])


def count_lines(octets: bytes) -> int:
    """Count lines as the peer does: one without a line end at the end is one."""
    return octets.count(b"\n") + (octets[-1:] not in (b"", b"\n"))


# -- mailboxes of which there are copies


def subjects() -> dict[str, str]:
    """Give the place in `jwz` by subject, where a subject stands there once and there is a copy."""
    found = [summary.fields.get("Subject", "") for summary in summaries("jwz")]
    return {subject: str(at) for at, subject in enumerate(found) if found.count(subject) == 1 and str(at) in copies()}


def pairs_of(mailbox: str) -> list[tuple[int, bytes]]:
    """Give the messages of a mailbox of which there is a copy: place and octets."""
    if mailbox == "jwz":
        return [(int(number), raw) for number, raw in copies().items()]
    places = subjects()
    found = [(at, places.get(summary.fields.get("Subject", ""))) for at, summary in enumerate(summaries(mailbox))]
    return [(at, copies()[number]) for at, number in found if number is not None]


@pytest.mark.parametrize("style", LINE_ENDS)
@pytest.mark.parametrize("mailbox", ["jwz", "content-length"])
def test_trees_and_offsets_of_copied_messages(mailbox: str, style: str, report_line: ReportLine) -> None:
    """Copies that have the peer's length are compared to the octet, the others by their trees."""
    seen = Comparison()
    exact = 0
    entries = expected(mailbox, style)
    for number, raw in pairs_of(mailbox):
        entry = entries[number]
        octets, is_exact = octets_at(raw, entry, style)
        pairs = compare_tree(seen, f"{mailbox}.{style}#{number}", entry["body"], parse(octets))
        exact += is_exact
        if is_exact and len(nodes(entry["body"])) == len(pairs):
            compare_offsets(seen, pairs, entry, octets)
    assert exact
    figures = seen.check(TABLE, f"{mailbox}.{style}#")
    report_line(f"MimeKit.NET {mailbox} ({style}): {len(pairs_of(mailbox))} trees, {exact} to the octet; {figures}")


def depths(message: Message) -> list[tuple[int, str]]:
    """Give every part with how deep it stands."""
    found: list[tuple[int, str]] = []
    stack = [(0, message.root)]
    while stack:
        depth, part = stack.pop()
        found.append((depth, part.content_type.essence))
        stack += [(depth + 1, child) for child in reversed(part.children)]
        if part.embedded is not None:
            stack.append((depth + 1, part.embedded))
    return found


def compare_summary(seen: Comparison, place: str, summary: Summary, message: Message) -> None:
    """Compare addresses, subject and date as the peer decoded and wrote them."""
    for name, ours in (("From", message.from_), ("To", message.to)):
        theirs = AddressList.parse(summary.fields.get(name, "").encode())
        seen.same(f"{place} {name}", ours=addresses(ours), theirs=addresses(theirs))
    subject = " ".join((message.subject or "").split())
    seen.same(f"{place} Subject", ours=subject, theirs=" ".join(summary.fields.get("Subject", "").split()))
    if "Date" in summary.fields:
        seen.same(f"{place} Date", ours=message.date, theirs=dates.parse(summary.fields["Date"].encode()))
    tree = list(summary.types)
    for at in range(len(tree) - 1, 0, -1):
        if tree[at - 1][1] == PHANTOM and tree[at][0] > tree[at - 1][0]:
            del tree[at]  # the phantom body: the comparison of trees counts them
    seen.same(f"{place} tree", ours=depths(message), theirs=tree)


def addresses(found: AddressList) -> list[tuple[str, str]]:
    """Give names and addresses."""
    return [(mailbox.display_name, mailbox.address) for mailbox in found]


@pytest.mark.parametrize("mailbox", ["jwz", "content-length"])
def test_summaries_of_copied_messages(mailbox: str, report_line: ReportLine) -> None:
    """From, To, Subject, Date and the tree by its indentation."""
    seen = Comparison()
    found = summaries(mailbox)
    for number, raw in pairs_of(mailbox):
        compare_summary(seen, f"{mailbox}-summary#{number}", found[number], parse(raw))
    report_line(f"MimeKit.NET {mailbox} summary: {seen.check(TABLE, f'{mailbox}-summary#')}")


def flat(text: str) -> str:
    """Give the letters of a text: no white space, no quotation marks, no quote marks at the beginning of lines."""
    return "".join(re.sub(r"(?m)^[> ]+|\"", "", text).split())


def test_rendered_bodies_of_copied_messages(report_line: ReportLine) -> None:
    """What the peer rendered as HTML has the letters of one of the texts that we read; links and quotes are its own."""
    seen = Comparison()
    for number, raw in pairs_of("jwz"):
        rendered = (data() / f"mbox/jwz.body.{number}.html").read_text(encoding="utf-8-sig")
        body = rendered.removeprefix("<html><body>").removesuffix("</body></html>")
        if not body:
            continue
        plain = re.sub(r'<a href="[^"]*">|</a>|</?blockquote[^>]*>', "", body).replace("<br/>", "\n")
        theirs = flat(html.unescape(plain))
        texts = [flat(part.text or "") for part in parse(raw).parts if part.text]
        ours = theirs if theirs in texts else max(texts, default="", key=lambda text: text[:20] == theirs[:20])
        seen.same(f"jwz.body#{number}", ours=ours, theirs=theirs)
    assert seen.compared
    report_line(f"MimeKit.NET jwz bodies: {seen.check(TABLE, 'jwz.body#')}")


def test_the_one_message_that_came_with_its_own_octets() -> None:
    """The benchmark's message is the first of `jwz`."""
    raw = (corpus_folder() / "mimekit/Benchmarks/TestData/messages/startrek.eml").read_bytes()
    entry = expected("jwz", "unix")[0]
    octets, is_exact = octets_at(raw, entry, "unix")
    assert is_exact
    assert len(list(parse(octets).parts)) == len(nodes(entry["body"]))


# -- mailboxes that are there


@pytest.mark.parametrize("style", LINE_ENDS)
def test_a_whole_mailbox(style: str, report_line: ReportLine) -> None:
    """Where each message stands in the file, where its separator, and its tree with offsets in the file."""
    seen = Comparison()
    raw = with_line_ends((data() / "mbox/issue1189.mbox.txt").read_bytes(), style)
    entries = expected("issue1189", style)
    messages = list(parse_mbox(raw))
    found = summaries("issue1189")
    assert len(messages) == len(entries) == len(found)
    position = 0
    for number, (message, entry, summary) in enumerate(zip(messages, entries, found, strict=True)):
        place = f"issue1189.{style}#{number}"
        separator = raw.index(message.separator, position)
        start = raw.index(message.escaped, separator)
        position = start + len(message.escaped)
        seen.same(f"{place} separator", ours=separator, theirs=entry["mboxMarkerOffset"])
        seen.same(f"{place} begin", ours=start, theirs=entry["beginOffset"])
        seen.same(f"{place} end", ours=position, theirs=entry["endOffset"])
        seen.same(f"{place} line", ours=raw.count(b"\n", 0, start) + 1, theirs=entry["lineNumber"])
        pairs = compare_tree(seen, place, entry["body"], message)
        compare_offsets(seen, pairs, entry, message.to_bytes())
        compare_summary(seen, place, summary, message)
    figures = seen.check(TABLE, f"issue1189.{style}#")
    report_line(f"MimeKit.NET issue1189 ({style}): {len(messages)} messages; {figures}")


def test_nested_multiparts_say_themselves_where_they_stand() -> None:
    """Each message of the mailbox draws its own tree in its innermost text."""
    seen = Comparison()
    messages = list(parse_mbox((data() / "mbox/simple.mbox.txt").read_bytes()))
    assert len(messages) == 3
    for number, message in enumerate(messages):
        drawn = re.findall(rb"(?m)^ *((?:multipart/mixed|text/plain)(?=; boundary|  ))", message.to_bytes())
        theirs = list(enumerate(name.decode() for name in drawn))
        assert theirs
        seen.same(f"simple#{number} tree", ours=depths(message), theirs=theirs)
    seen.check(TABLE, "simple#")


def test_a_line_that_begins_with_from_is_no_separator() -> None:
    """The file says: two messages, and both go on after the line."""
    messages = list(parse_mbox((data() / "mbox/unmunged.mbox.txt").read_bytes()))
    subjects_read = [message.subject or "" for message in messages]
    assert [subject.endswith("with an unmunged From line") for subject in subjects_read] == [True, True]
    texts = [message.text or "" for message in messages]
    assert "From Russia with love" in texts[0]
    assert texts[0].rstrip().endswith("What does Thunderbird do?")
    assert texts[1].rstrip().endswith("What did Thunderbird do this time?")


# -- single messages


TEXT, HTML = "This is the text body.", "<html>This is an <b>html</b> body.</html>"
BODIES = [(TEXT, None), (None, HTML), (TEXT, HTML), (None, HTML), *[(TEXT, HTML)] * 3, (TEXT, None), (None, HTML)]


def test_the_bodies_that_a_reader_sees() -> None:
    """The nine messages say in their own text what is the body and what is not."""
    seen = Comparison()
    for number, (text, rich) in enumerate(BODIES, 1):
        message = parse((data() / f"messages/body.{number}.txt").read_bytes())
        seen.same(f"body#{number} text", ours=message.text, theirs=text)
        seen.same(f"body#{number} html", ours=message.html, theirs=rich)
        names = sorted(re.findall(rb'filename="([^"]+)"', message.to_bytes()))
        ours = sorted((part.filename or "").encode() for part in (*message.attachments, *message.inline))
        seen.same(f"body#{number} files", ours=ours, theirs=names)
    seen.check(TABLE, "body#")


ANONYMIZED = {
    "delivery-status": "txt",
    "disposition-notification": "txt",
    "simple-embedded-message": "eml",
    "simple-multipart": "eml",
}


@pytest.mark.parametrize("name", ANONYMIZED)
def test_an_anonymized_message_has_the_same_parts(name: str) -> None:
    """The peer replaces letters and keeps every boundary, every field name and every length."""
    folder = data() / "messages"
    original = parse((folder / f"{name}.{ANONYMIZED[name]}").read_bytes())
    anonymized = parse((folder / f"{name}.anonymized.eml").read_bytes())
    assert original != anonymized or original.to_bytes() == anonymized.to_bytes()
    assert spans(original) == spans(anonymized)


def spans(message: Message) -> list[tuple[object, ...]]:
    """Give where every part stands."""
    return [(part.number, part.content_type.essence, part.start, part.body_start, part.end) for part in message.parts]


def test_part_numbers_of_rfc_2060() -> None:
    """The example of RFC 2060 6.4.5, whose texts and subjects name their part numbers."""
    message = parse((data() / "messages/rfc2060.txt").read_bytes())
    says = re.compile(r"This part specifier should be: ([0-9.]+)")
    compared = 0
    for part in message.parts:
        if part.embedded is not None:
            named = says.search(part.embedded.headers["Subject"] or "")
        else:
            named = says.search(part.content.decode()) if not part.children else None
        if named:
            assert part.number == named[1]
            compared += 1
    assert compared == len(says.findall(message.to_bytes().decode()))


@pytest.mark.parametrize(("name", "count"), [("message-partial", 3), ("rfc2046", 2)])
def test_the_bodies_of_message_partial_joined_are_the_message(name: str, count: int) -> None:
    """RFC 2046 5.2.2.1: the pieces, joined, hold what the whole message holds."""
    folder = data() / "partial"
    pieces = [parse((folder / f"{name}.{number}.eml").read_bytes()) for number in range(count)]
    assert {piece.content_type.essence for piece in pieces} == {"message/partial"}
    joined = parse(b"".join(piece.root.raw_body for piece in pieces))
    whole = parse((folder / f"{name}.eml").read_bytes())
    assert [said(part) for part in joined.parts] == [said(part) for part in whole.parts]


def said(part: Part) -> tuple[object, ...]:
    """Give type, name and content."""
    return part.content_type.essence, part.filename, part.content


def test_every_place_in_the_table_is_looked_at() -> None:
    """A place that no comparison of this file could find would stay in the table for ever."""
    boxes = [f"{name}.{style}#" for name in ("jwz", "content-length", "issue1189") for style in LINE_ENDS]
    looked_at = (*boxes, "jwz-summary#", "content-length-summary#", "jwz.body#", "simple#", "body#")
    assert [place for place in explanations(TABLE) if not place.startswith(looked_at)] == []


# -- codecs


def encoders(name: str) -> bytes:
    """Read one file of the peer's codec data."""
    return Path(data() / "encoders" / name).read_bytes()


def test_base64_decodes_to_the_photo() -> None:
    """`photo.b64`, 76 columns."""
    assert base64.decode(encoders("photo.b64")) == encoders("photo.jpg")


@pytest.mark.parametrize("name", ["photo.uu", "photo.uu-states"])
def test_uuencode_decodes_to_the_photo(name: str) -> None:
    """The second one has lines before `begin` that begin to look like it."""
    assert uu.decode(encoders(name)) == encoders("photo.jpg")


def test_quoted_printable_decodes_to_the_text() -> None:
    """`wikipedia.qp`, with soft line breaks inside characters."""
    assert quopri.decode(encoders("wikipedia.qp")) == encoders("wikipedia.txt")


def test_what_is_encoded_decodes_to_the_same() -> None:
    """The photo and the text, through our own encoders."""
    assert base64.decode(base64.encode(encoders("photo.jpg"))) == encoders("photo.jpg")
    assert quopri.decode(quopri.encode_binary(encoders("photo.jpg"))) == encoders("photo.jpg")
    lines = encoders("wikipedia.txt")
    assert quopri.decode(quopri.encode(lines)) == lines.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
