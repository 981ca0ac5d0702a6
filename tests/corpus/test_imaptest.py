"""
imaptest: what its scripts expect of an IMAP server, compared with what a server would answer of what we read.

FETCH (ENVELOPE, BODY, sections, decoded sections), the structures that come with a URL, and of SEARCH, SORT and THREAD
what follows from the messages alone.  Flags, sets of numbers and what a server changes are not looked at, nor is
THREAD=REFERENCES, an algorithm of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import cycle, islice
from typing import TYPE_CHECKING

import pytest

from mimekit import Message, parse, parse_mbox
from tests.corpus import answering_imap as imap
from tests.corpus.differences import Comparison
from tests.corpus.reading_imaptest import Answer, Command, Value, appended, arrivals, commands, fetched
from tests.corpus.searching_imap import Stored, can_search, ordered_subject, search, sort
from tests.support.corpus import every_file

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.report import ReportLine

pytestmark = pytest.mark.usefixtures("corpus")

TABLE = "differences_imaptest.toml"
SEARCHES = ("nil", "search-addresses", "search-body", "search-date", "search-header", "search-size")


def scripts(beginning: str) -> list[Path]:
    """List the scripts whose name begins so and that have a mailbox of their own; there must be some."""
    found = [
        path.with_suffix("")
        for path in every_file("imaptest/src/tests")
        if path.suffix == ".mbox" and path.name.startswith(beginning) and path.with_suffix("").exists()
    ]
    assert found, f"the corpus is there, but no script {beginning}* in its folder imaptest"
    return found


def stored(path: Path) -> list[Stored]:
    """Read the messages of the mailbox of a script."""
    mailbox = path.with_suffix(".mbox")
    found = zip(arrivals(mailbox), appended(mailbox), strict=True)
    return [Stored(number, arrival, parse(octets)) for number, (arrival, octets) in enumerate(found, 1)]


# -- FETCH


def test_what_is_fetched(report_line: ReportLine) -> None:
    """Envelopes, structures, sections, parts of sections, decoded sections and their sizes."""
    seen = Comparison()
    count = 0
    for path in scripts("fetch"):
        messages = [one.message for one in stored(path)]
        count += len(messages)
        for place, command in enumerate(commands(path), 1):
            for answer in command.answers:
                if len(answer.values) > 1 and str(answer.values[1]).lower() == "fetch":
                    compare(seen, f"fetch {path.name} {place}", command, answer, messages)
    report_line(f"imaptest, FETCH: {count} messages; {seen.check(TABLE, 'fetch ')}")


def compare(seen: Comparison, where: str, command: Command, answer: Answer, messages: list[Message]) -> None:
    """Compare the items of one answer; one that must not come must differ."""
    number = str(answer.values[0])
    message = messages[int(number) - 1]
    for name, theirs in fetched(answer):
        if name in ("flags", "uid") or str(theirs).startswith("$"):
            continue
        if name == "envelope":
            ours = imap.envelope(message)
            assert isinstance(theirs, tuple)
            assert isinstance(ours, tuple)
            for field, one, other in zip(ENVELOPE, ours, theirs, strict=True):
                seen.same(f"{where} {number} {field}", ours=one, theirs=other)
            continue
        ours = item(message, name, command)
        if answer.must_come:
            seen.same(f"{where} {number} {name}", ours=ours, theirs=lower(theirs) if name == "body" else theirs)
        else:
            seen.same(f"{where} {number} {name} is not that", ours=ours != theirs, theirs=True)


ENVELOPE = ("date", "subject", "from", "sender", "reply-to", "to", "cc", "bcc", "in-reply-to", "message-id")


def item(message: Message, name: str, command: Command) -> Value:
    """Answer one item as the command asked for it."""
    kind, section, origin, _ = imap.section_of_length(name)
    if kind == "body" and not section:
        return lower(imap.body(message.root))
    asked = [imap.section_of_length(word) for word in asked_for(command.words[2:])]
    octets = next((end for _, of, first, end in asked if of == section and first == origin), None)
    inside = section[1:-1] if section else kind.removeprefix("rfc822").removeprefix(".")
    if kind.startswith("binary"):
        found = imap.decoded(message, inside)
        if kind == "binary.size":
            return str(len(found))
    else:
        found = imap.section(message, inside)
    return found if isinstance(found, str) or octets is None else found[origin : origin + octets]


def asked_for(words: tuple[Value, ...]) -> Iterator[str]:
    """Yield the items that a FETCH command asks for."""
    for word in words:
        if isinstance(word, tuple):
            yield from asked_for(word)
        elif isinstance(word, str):
            yield word


def lower(value: Value) -> Value:
    """Give every string of a structure in lower case: types, encodings and parameter names have no case."""
    if isinstance(value, tuple):
        return tuple([lower(inner) for inner in value])
    return value.lower() if isinstance(value, bytes) else value


# -- URLFETCH


def test_what_comes_with_a_url(report_line: ReportLine) -> None:
    """Decoded sections by number, and their structures before and after decoding (RFC 5524)."""
    seen = Comparison()
    count = 0
    for path in scripts("urlauth-binary"):
        script = commands(path)
        copies = sum(command.words[0] == "append" for command in script)
        messages = list(islice(cycle([one.message for one in stored(path)]), copies))
        urls: dict[Value, tuple[Message, str]] = {}
        for place, command in enumerate(script, 1):
            words = command.words
            for answer in command.answers:
                if words[0] == "GENURLAUTH":
                    match = re.search(r"uid=\$uid(\d+)/;section=([\d.]+)", str(words[1]))
                    assert match
                    urls[answer.values[1]] = messages[int(match[1]) - 1], match[2]
                    count += 1
                elif words[0] == "URLFETCH":
                    compare_url(seen, f"url {path.name} {place}", answer, urls[answer.values[1]])
    report_line(f"imaptest, URLFETCH: {count} parts; {seen.check(TABLE, 'url ')}")


def compare_url(seen: Comparison, where: str, answer: Answer, at: tuple[Message, str]) -> None:
    """Compare what comes with one URL."""
    message, number = at
    found = {str(pair[0]).lower(): pair[1] for pair in answer.values[2:] if isinstance(pair, tuple)}
    for kind, theirs in found.items():
        if kind == "binary":
            ours = imap.decoded(message, number)
        else:
            ours = imap.body(imap.part_at(message, number), extended=True, converted="binary" in found)
        seen.same(f"{where} {kind}", ours=ours, theirs=theirs)


# -- SEARCH, SORT, THREAD


def test_what_is_found(report_line: ReportLine) -> None:
    """Searches for addresses, subjects, fields, texts, dates and sizes."""
    seen = Comparison()
    count = 0
    for path in [path for name in SEARCHES for path in scripts(name)]:
        messages = stored(path)
        count += len(messages)
        sizes: dict[Value, Value] = {}
        for place, command in enumerate(commands(path), 1):
            keys = [sizes.get(word, word) for word in command.words[1:]]
            for answer in command.answers:
                if command.words[0] == "search" and can_search(keys):
                    theirs = [int(str(number)) for number in answer.values[1:]]
                    seen.same(f"search {path.name} {place}", ours=search(messages, keys), theirs=theirs)
                elif answer.values[1] == "fetch" and "rfc822.size" in command.words:
                    number = int(str(answer.values[0]))
                    sizes |= {name: str(messages[number - 1].message.size) for _, name in fetched(answer)}
    report_line(f"imaptest, SEARCH: {count} messages; {seen.check(TABLE, 'search ')}")


def test_in_which_order(report_line: ReportLine) -> None:
    """Sorts by addresses, display names, base subjects, dates, sizes; threads by subject."""
    seen = Comparison()
    count = 0
    for path in [*scripts("sort-"), *scripts("thread-orderedsubject")]:
        messages = stored(path)
        count += len(messages)
        for place, command in enumerate(commands(path), 1):
            for answer in command.answers:
                where, theirs = f"order {path.name} {place}", answer.values[1:]
                if str(answer.values[0]).lower() == "thread":
                    seen.same(where, ours=ordered_subject(messages), theirs=theirs)
                elif answer.values[0] == "sort":
                    assert isinstance(command.words[1], tuple)
                    ours = sort(messages, [str(key) for key in command.words[1]])
                    seen.same(where, ours=ours, theirs=[int(str(number)) for number in theirs])
    report_line(f"imaptest, SORT and THREAD: {count} messages; {seen.check(TABLE, 'order ')}")


# -- mailboxes


def test_mailboxes_split_as_the_peer_splits_them(report_line: ReportLine) -> None:
    """The same messages; the empty line before a separator, which the peer appends with them, is the mailbox's."""
    seen = Comparison()
    for path in every_file("imaptest"):
        if path.suffix == ".mbox":
            theirs = [re.sub(rb"\r\n", b"\n", octets) for octets in appended(path)]
            ours = [message.to_bytes() for message in parse_mbox(path.read_bytes())]
            trimmed = [octets[: -1 if octets.endswith(b"\n\n") else None] for octets in theirs[:-1]] + theirs[-1:]
            seen.same(f"mailbox {path.name}", ours=ours, theirs=trimmed)
    report_line(f"imaptest, mailboxes: {seen.check(TABLE, 'mailbox ')}")
