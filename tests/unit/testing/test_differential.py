"""Two parsers that read one message: what is compared, what is found, and what a parser may do to a message."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from mimekit import Message, MimekitError, parse
from mimekit.strategies import messages
from mimekit.testing import Address, Attachment, Reading, assert_same_reading, compare, constructs, disagreeing, knowing
from mimekit.testing.adapters import ADAPTERS
from mimekit.testing.differential import Progress
from mimekit.testing.parsers import Failure, Parser, resolved
from mimekit.testing.readings import ReadingError, RefusedError, from_json, to_json

ROOT = Path(__file__).resolve().parents[3]
MIMEKIT = ADAPTERS["mimekit"]
NAMES = ("one", "other")
EVERYTHING = frozenset(constructs.ASPECTS)

Read = Callable[[bytes], Reading]


def message(*fields: str, body: str = "Hi.\r\n") -> bytes:
    """Write a message with some fields beside those that it must have."""
    return "\r\n".join(["From: ada@example.com", "Date: Sat, 01 Jan 2000 00:00:00 +0000", *fields, "", body]).encode()


def labels(a: Reading | Failure, b: Reading | Failure, octets: bytes = b"From: a@a.example\r\n\r\n") -> list[str]:
    found = disagreeing.differences(a, b, octets, names=NAMES, aspects=EVERYTHING)
    return [disagreeing.title(one.aspect, one.label) for one in found]


def to(*mailboxes: tuple[str | None, str]) -> Reading:
    return Reading(addresses={"to": [Address(*one) for one in mailboxes]})


# -- two readings


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        pytest.param(Reading(), MIMEKIT(message()), [], id="what one does not say is not compared"),
        pytest.param(Reading(subject="a"), Reading(subject="a"), [], id="the same"),
        pytest.param(Reading(subject="a"), Reading(subject=""), ["subject: other has none"], id="none"),
        pytest.param(Reading(subject="a b"), Reading(subject="ab"), ["subject: white space"], id="white space"),
        pytest.param(Reading(subject=" a"), Reading(subject="a"), ["subject: white space around it"], id="around"),
        pytest.param(Reading(subject="A"), Reading(subject="a"), ["subject: case"], id="case"),
        pytest.param(
            Reading(subject="=?utf-8?q?a?="),
            Reading(subject="a"),
            ["subject: one leaves encoded words"],
            id="encoded words",
        ),
        pytest.param(
            Reading(subject="\xe9a"), Reading(subject="\ufffda"), ["subject: other loses characters"], id="characters"
        ),
        pytest.param(Reading(subject="ab"), Reading(subject="abc"), ["subject: one has only a part"], id="a part"),
        pytest.param(Reading(subject="a\u0301"), Reading(subject="\xe1"), ["subject: normalisation"], id="NFC"),
        pytest.param(Reading(subject='"a"'), Reading(subject="a"), ["subject: quotes and backslashes"], id="quotes"),
        pytest.param(Reading(subject="a"), Reading(subject="b"), ["subject: another text"], id="another"),
        pytest.param(to(("", "a@a.example")), to(), ["to: other has none"], id="no address"),
        pytest.param(
            to(("", "a@a.example"), ("", "b@a.example")), to(("", "a@a.example")), ["to: other has fewer"], id="fewer"
        ),
        pytest.param(
            to(("A", "a@a.example")), to(("a", "a@a.example")), ["to, name: case"], id="the name of an address"
        ),
        pytest.param(to(("A", "a@a.example")), to((None, "a@a.example")), [], id="a name that is not said"),
        pytest.param(to(("", '"a"@A.example')), to(("", "a@a.example")), [], id="quotes that need not be, case"),
        pytest.param(
            to(("", '"a b"@a.example')), to(("", "a b@a.example")), ["to, address: quotes and backslashes"], id="quotes"
        ),
        pytest.param(to(("", '"a \\b"@a.example')), to(("", '"a b"@a.example')), [], id="a backslash of no need"),
        pytest.param(to(("", "a@b\xfccher.example")), to(("", "a@xn--bcher-kva.example")), [], id="labels of a domain"),
        pytest.param(to(("", "A@a.example")), to(("", "a@a.example")), ["to, address: case"], id="a local part"),
        pytest.param(
            Reading(addresses={"to": []}), Reading(addresses={"cc": []}), [], id="a field that one does not say"
        ),
        pytest.param(Reading(message_id="<a@b>"), Reading(message_id="a@b"), [], id="brackets"),
        pytest.param(
            Reading(date="2000-01-01T01:00:00+01:00"), Reading(date="2000-01-01T00:00:00Z"), [], id="one moment"
        ),
        pytest.param(
            Reading(date="2000-01-01T01:00:00Z"),
            Reading(date="2000-01-01T00:00:00Z"),
            ["date: another zone"],
            id="another zone",
        ),
        pytest.param(
            Reading(date="2000-01-01T00:00:00Z"),
            Reading(date="1900-01-01T00:00:00Z"),
            ["date: another year"],
            id="another year",
        ),
        pytest.param(
            Reading(date="2000-01-01T00:00:01Z"),
            Reading(date="2000-01-01T00:00:00Z"),
            ["date: another moment"],
            id="another moment",
        ),
        pytest.param(Reading(date=""), Reading(date="2000-01-01"), ["date: one has none"], id="no date"),
        pytest.param(Reading(text=["a\r\n", ""]), Reading(text=["a\n"]), [], id="line ends, empty texts"),
        pytest.param(
            Reading(text=["a\n"]), Reading(text=["a"]), ["text: line ends at the end"], id="the end of a text"
        ),
        pytest.param(
            Reading(text=["a \nb"]),
            Reading(text=["a\nb"]),
            ["text: white space at the ends of lines"],
            id="ends of lines",
        ),
        pytest.param(Reading(html=["a", "b"]), Reading(html=["a"]), ["html: other has fewer"], id="texts"),
        pytest.param(
            Reading(structure=[(0, "multipart/mixed"), (1, "text/plain")], text=["a"]),
            Reading(structure=[(0, "MULTIPART/mixed")], text=["b"]),
            ["structure: other has fewer"],
            id="what follows from the structure is no news",
        ),
        pytest.param(
            Reading(structure=[(0, "a/b"), (1, "c/d")]),
            Reading(structure=[(0, "a/b"), (2, "c/d")]),
            ["structure: the parts are nested otherwise"],
            id="nesting",
        ),
        pytest.param(
            Reading(structure=[(0, "a/b")]),
            Reading(structure=[(0, "a/c")]),
            ["structure: another media type"],
            id="media type",
        ),
        pytest.param(Reading(fields=["To", "From"]), Reading(fields=["from", "to"]), [], id="fields in no order"),
        pytest.param(
            Reading(fields=["to", "to"]), Reading(fields=["to"]), ["fields: other has fewer"], id="a field twice"
        ),
        pytest.param(
            Reading(attachments=[Attachment.of(b"a", filename="x", content_type="a/b")]),
            Reading(attachments=[Attachment("x", "A/b")]),
            [],
            id="an attachment of which less is said",
        ),
        pytest.param(
            Reading(attachments=[Attachment.of(b"a", filename="x")]),
            Reading(attachments=[Attachment.of(b"b", filename="x")]),
            ["attachments: octets"],
            id="octets",
        ),
        pytest.param(
            Reading(attachments=[Attachment("x.pdf")]),
            Reading(attachments=[Attachment("")]),
            ["attachments, filename: other has none"],
            id="filename",
        ),
        pytest.param(
            Reading(attachments=[Attachment(content_type="a/b")]),
            Reading(attachments=[Attachment(content_type="a/c")]),
            ["attachments: media type"],
            id="the media type of an attachment",
        ),
    ],
)
def test_what_is_different_is_said_and_in_which_way(a: Reading, b: Reading, expected: list[str]) -> None:
    assert labels(a, b) == expected


@pytest.mark.parametrize("name", ["mimekit", "stdlib", "fast-mail-parser", "mail-parser"])
def test_the_parsers_that_are_known_by_a_name_agree_on_plain_mail(name: str) -> None:
    octets = Message(
        from_="Ada Lovelace <ada@example.com>",
        to=["Grace Hopper <grace@example.org>", "karen@example.net"],
        cc="b@example.com",
        subject="Notes on the Engine",
        text="Dear Grace,\n",
        html="<p>Dear Grace,\n",
        attachments=[("n\xf6tes.bin", bytes(range(256)))],
    ).to_bytes()
    modules = {"fast-mail-parser": "fast_mail_parser", "mail-parser": "mailparser"}
    if name in modules:
        pytest.importorskip(modules[name], reason=f"{name} is not installed: it was not compared")
    assert_same_reading("mimekit", name, octets)


def test_the_octets_in_question_and_the_sections_that_decide_are_told() -> None:
    octets = message("Subject: =?utf-8?q?a?= =?utf-8?q?b?=", "To: ada (a (b)) <ada@example.org>")
    found = disagreeing.differences(
        MIMEKIT(octets),
        MIMEKIT(octets)._replace(subject="a b", addresses={"to": []}),
        octets,
        names=NAMES,
        aspects=EVERYTHING,
    )
    told = {one.aspect: (octets[slice(*(one.span or ()))], one.constructs) for one in found}
    assert told == {
        "to": (b"To: ada (a (b)) <ada@example.org>\r\n", ("comment", "nested comment")),
        "subject": (
            b"Subject: =?utf-8?q?a?= =?utf-8?q?b?=\r\n",
            ("encoded word, Q", "adjacent encoded words"),
        ),
    }
    assert constructs.references("subject", told["subject"][1]) == (
        "RFC 2047 4.2",
        "RFC 2047 6.2",
        "RFC 5322 3.6.5",
    )


ONE_PART = (
    "MIME-Version: 1.0",
    "Content-Type: multipart/mixed; boundary=b",
)
PARTS = (
    "--b\r\nContent-Type: text/plain\r\n\r\none\r\n"
    "--b\r\nContent-Type: text/plain\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\ntwo=20\r\n"
    "--b\r\nContent-Disposition: attachment; filename*0*=utf-8''a; filename*1=b\r\n\r\nthree\r\n--b--\r\n"
)


@pytest.mark.parametrize(
    ("changed", "octets", "named"),
    [
        pytest.param({"text": ["one", "two"]}, b"two=20", {"quoted-printable", "multipart"}, id="the second text"),
        pytest.param({"text": ["one"]}, PARTS.encode(), {"multipart"}, id="a text is missing: the whole body"),
        pytest.param(
            {"attachments": [Attachment("c")]},
            b"Content-Disposition: attachment; filename*0*=utf-8''a; filename*1=b\r\n\r\n",
            {"RFC 2231 continuation", "RFC 2231 charset"},
            id="the header of the part for its filename",
        ),
        pytest.param({"attachments": [Attachment.of(b"3", filename="ab")]}, b"three", {"multipart"}, id="the content"),
    ],
)
def test_of_a_leaf_the_octets_of_the_leaf_are_told(changed: dict[str, Any], octets: bytes, named: set[str]) -> None:
    given = message(*ONE_PART, body=PARTS)
    reading = MIMEKIT(given)
    (found,) = disagreeing.differences(reading, reading._replace(**changed), given, names=NAMES, aspects=EVERYTHING)
    assert given[slice(*(found.span or ()))] == octets
    assert named <= set(found.constructs)


def of_field(raw: str) -> set[str]:
    return set(constructs.of_fields("to", [raw.encode()]))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("ada@example.com", set()),
        ("A <a@b.example>", set()),
        ('"A, B" <a@b.example>', {"quoted string"}),
        ('"a b"@b.example', {"quoted local part"}),
        ('"a\\"" <a@b.example>', {"quoted string", "quoted pair"}),
        ("a@b.example (x)", {"comment"}),
        ("a@b.example (x(y))", {"comment", "nested comment"}),
        ('"(" <a@b.example>', {"quoted string"}),
        ("g: a@b.example;", {"group"}),
        ("g:;", {"empty group"}),
        ("g: ;, h: a@b.example;", {"empty group", "group"}),
        ("a@[192.0.2.1]", {"domain literal"}),
        ("a@[IPv6:::1]", {"domain literal"}),
        ("<@a.example:b@c.example>", {"route"}),
        ("a@b.example, , c@d.example", {"empty list element"}),
        ("a@xn--bcher-kva.example", {"internationalised domain"}),
        ("a@b\xfccher.example", {"internationalised domain", "UTF-8"}),
        ("a . b @ c.example", {"white space in an address"}),
        ("J. Q. <a@b.example>", {"dot in a phrase"}),
        ("a@b.example,\r\n c@d.example", {"folding"}),
        ("=?iso-8859-1?q?a?= <a@b.example>", {"encoded word, Q", "encoded word in another charset"}),
        ('"=?utf-8?q?a?=" <a@b.example>', {"encoded word, Q", "encoded word in a quoted string", "quoted string"}),
        ("=?utf-8*en?b?YQ==?= <a@b.example>", {"encoded word, B", "encoded word with a language"}),
        ("=?utf-8?x?a?= <a@b.example>", {"like an encoded word"}),
    ],
)
def test_what_is_in_a_field_of_addresses_is_named(raw: str, expected: set[str]) -> None:
    assert of_field(raw) == expected


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("Sat, 01 Jan 2000 00:00:00 +0000", set()),
        ("Sat, 01 Jan 2000 00:00:00 -0000", {"unknown zone"}),
        ("01 Jan 2000 00:00 +0000", {"no weekday", "no seconds"}),
        ("Sat, 01 Jan 00 00:00:00 GMT", {"year of two or three digits", "obsolete zone"}),
        ("Sat, 01 Jan 2000 00:00:60 +0000 (x (y))", {"leap second", "comment", "nested comment"}),
        ("Sat, 01 Jan 2000 00 : 00 : 00 +0000", {"white space in a time"}),
    ],
)
def test_what_is_in_a_date_is_named(raw: str, expected: set[str]) -> None:
    assert set(constructs.of_fields("date", [raw.encode()])) == expected


def in_parts(body: str, boundary: str = "b") -> set[str]:
    raw = message("MIME-Version: 1.0", f"Content-Type: multipart/mixed; boundary={boundary}", body=body)
    return set(constructs.of_structure(parse(raw).root))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("--b\r\nA: b\r\n\r\na\r\n--b--\r\n", {"no Content-Type"}),
        ("--b\r\n\r\na\r\n--b--\r\n", {"part without a header"}),
        ("x\r\n--b\r\n\r\na\r\n--b--\r\n", {"part without a header", "preamble"}),
        ("\r\n--b\r\n\r\na\r\n--b--\r\nx", {"part without a header", "epilogue", "no line end at the end"}),
        ("--b\r\n\r\na\r\n--b \r\n\r\na\r\n--b--\r\n", {"part without a header", "white space after a delimiter"}),
        ("--b\r\n\r\na\r\n", {"part without a header", "no close-delimiter"}),
        ("--b\r\n\r\n\r\n--b--\r\n", {"part without a header", "empty body"}),
        (
            "--b\r\nContent-Type: multipart/digest; boundary=bc\r\n\r\n--bc\r\n\r\nA: b\r\n\r\n--bc--\r\n--b--\r\n",
            {
                "nested multipart",
                "multipart/digest",
                "one boundary begins as another",
                "part without a header",
                "embedded message",
            },
        ),
    ],
)
def test_what_is_in_a_structure_is_named(body: str, expected: set[str]) -> None:
    assert in_parts(body) == expected | {"multipart"}


def test_each_construct_that_is_named_has_a_section_and_each_section_a_construct() -> None:
    source = Path(constructs.__file__).read_text(encoding="utf-8")
    for name in constructs._DECIDING:
        assert source.count(f'"{name}"') + source.count(f'"{name.partition(", ")[0]}, ') > 1, f"nothing is named {name}"
    for aspect in constructs.ASPECTS:
        assert constructs.references(aspect, ["comment"])[0] == "RFC 5322 3.2.2"


# -- readings as JSON


def test_a_reading_is_the_same_after_json() -> None:
    given = message(*ONE_PART, "To: Ada <ada@example.org>", body=PARTS)
    reading = MIMEKIT(given)
    again = from_json(json.dumps(to_json(reading)))
    assert labels(reading, again, given) == []
    assert set(to_json(reading)) == set(Reading._fields)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "this is no JSON"),
        ("[" * 100_000, "this is no JSON"),
        ("[]", "this is an array; a reading is an object"),
        ('{"subject": 1}', "subject is a number; it is a string"),
        ('{"text": "a"}', "text is a string; it is an array of strings"),
        ('{"text": [null]}', "an item of text is null; it is a string"),
        ('{"structure": [["a/b", 0]]}', "an item of structure is an array; it is a pair of a depth and a media type"),
        ('{"addresses": []}', "addresses is an array; it is an object of arrays by the names of fields"),
        ('{"addresses": {"to": {}}}', "addresses.to is an object; it is an array of pairs"),
        ('{"addresses": {"to": ["a"]}}', "an item of addresses.to is a string; it is a pair"),
        ('{"addresses": {"to": [["a", 1]]}}', "the address in an item of addresses.to is a number"),
        ('{"attachments": [1]}', "an item of attachments is a number; it is an object"),
        ('{"attachments": [{"size": true}]}', "size of an item of attachments is a truth value"),
    ],
)
def test_what_is_no_reading_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(ReadingError, match=f"^{sentence}") as caught:
        from_json(text)
    assert "\n" not in str(caught.value)


def test_null_unknown_keys_and_an_error_are_understood() -> None:
    assert from_json('{"subject": null, "later": 1, "addresses": {"to": null}}') == Reading(addresses={})
    with pytest.raises(RefusedError, match=r"^too deep$"):
        from_json('{"error": "too deep"}')


# -- the search


def altered(change: Callable[[Reading], Reading]) -> Read:
    """Make a parser with a fault."""
    return lambda octets: change(MIMEKIT(octets))


def without_last_recipient(reading: Reading) -> Reading:
    addresses = {name: tuple(listed) for name, listed in (reading.addresses or {}).items()}
    return reading._replace(addresses=addresses | {"to": addresses["to"][:-1] or addresses["to"]})


def with_small_subject(reading: Reading) -> Reading:
    assert reading.subject is not None
    return reading._replace(subject=reading.subject.lower())


PLAIN = messages(profile="plain")


def test_parsers_that_agree_are_given_all_the_messages() -> None:
    found = compare("mimekit", MIMEKIT, messages=PLAIN, max_examples=50)
    assert (found.disagreements, found.known, found.examples) == ((), (), 50)


def test_each_fault_is_found_once_and_shrunk() -> None:
    faulty = altered(lambda reading: without_last_recipient(with_small_subject(reading)))
    found = compare("mimekit", faulty, messages=PLAIN, max_examples=150)
    by_title = {one.title: one for one in found.disagreements}
    assert set(by_title) == {"to: altered.<locals>.<lambda> has fewer", "subject: case"}
    assert all(one.is_shrunk for one in found.disagreements)
    last, subject = by_title["to: altered.<locals>.<lambda> has fewer"], by_title["subject: case"]
    assert len(parse(last.message).to) == 2
    assert len(last.message) < 300
    assert len(subject.message) < 300
    assert subject.message[slice(*(subject.span or ()))] == f"Subject: {subject.a}\r\n".encode()
    assert subject.b == subject.a.lower() != subject.a
    assert subject.seen > 1
    assert isinstance(subject.reading_b, Reading)
    assert subject.reading_b.subject == subject.b
    assert subject.name == "subject-case"


def test_one_way_to_differ_has_several_disagreements_when_the_octets_have_nothing_in_common() -> None:
    def read(octets: bytes) -> Reading:
        found = MIMEKIT(octets)
        has_fault = b"Subject: =?" in octets or b"Subject: x" in octets
        return found._replace(subject="never") if has_fault else found

    drawn = st.sampled_from(["a", "=?utf-8?q?b?=", "=?utf-8?q?c?=", "x", "y"]).map(
        lambda text: message(f"Subject: {text}")
    )
    found = compare("mimekit", read, messages=drawn, max_examples=50)
    assert [set(one.constructs) for one in found.disagreements] in ([set()], [{"encoded word, Q"}, set()], [set()])
    # What has nothing special in it explains all the others.
    assert found.disagreements[-1].message == message("Subject: x")


def test_the_same_seed_finds_the_same() -> None:
    first, second = [
        compare("mimekit", altered(with_small_subject), messages=PLAIN, max_examples=40, seed=7) for _ in range(2)
    ]
    assert [one.message for one in first.disagreements] == [one.message for one in second.disagreements]
    assert first.disagreements[0].message


def test_so_many_disagreements_are_enough() -> None:
    faulty = altered(lambda reading: without_last_recipient(with_small_subject(reading)))
    found = compare("mimekit", faulty, messages=PLAIN, max_examples=150, max_disagreements=1)
    assert len(found.disagreements) == 1
    assert found.examples < 150


def test_one_in_a_long_message_is_looked_for_in_short_ones() -> None:
    def read(octets: bytes) -> Reading:
        found = MIMEKIT(octets)
        return found._replace(structure=()) if b"Content-Type: multipart/mixed" in octets else found

    found = compare("mimekit", read, kinds="exotic", max_examples=300, max_disagreements=1)
    assert [len(one.message) < 300 for one in found.disagreements] == [True]


def test_profiles_are_kinds() -> None:
    found = compare("mimekit", lambda octets: MIMEKIT(octets.decode("ascii").encode()), kinds="eai", max_examples=20)
    assert "crash" in {one.aspect for one in found.disagreements}


def test_what_is_ignored_is_not_compared() -> None:
    faulty = altered(with_small_subject)
    assert not compare("mimekit", faulty, messages=PLAIN, max_examples=40, ignoring={"subject"}).disagreements
    assert_same_reading("mimekit", faulty, message("Subject: A"), ignoring="subject")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"ignoring": ["subjekt"]}, "there is no aspect 'subjekt'; there are crash, structure"),
        ({"kinds": ["messags"]}, "there is no kind 'messags'; there are messages, renderings"),
        ({"kinds": []}, "there is no kind to draw"),
        ({"parser_b": "no-such-program --x"}, "'no-such-program' is no parser; give one of mimekit, stdlib"),
        ({"parser_b": []}, "'' is no parser"),
        ({"parser_b": "parser 'a b"}, '"parser \'a b" is no command: no closing quotation'),
        ({"parser_b": 5}, "5 is no command"),
        ({"timeout": 0}, "the timeout is 0; it is a number of seconds above 0"),
    ],
)
def test_what_there_is_not_is_one_sentence(arguments: dict[str, Any], sentence: str) -> None:
    given: dict[str, Any] = {"parser_a": "mimekit", "parser_b": "stdlib", "max_examples": 1}
    with pytest.raises(MimekitError, match=f"^{sentence}"):
        compare(**(given | arguments))


def test_it_ends_when_the_time_is_up_and_tells_how_far_it_is() -> None:
    told: list[Progress] = []
    found = compare("mimekit", "mimekit", messages=PLAIN, seconds=0.5, progress=told.append)
    assert 0.5 <= found.seconds < 5
    assert found.examples > 0
    assert [one.fraction for one in told] == sorted([one.fraction for one in told])
    assert told[-1].examples == found.examples
    assert found.names == ("mimekit (1)", "mimekit (2)")


def test_the_time_ends_shrinking_too() -> None:
    found = compare("mimekit", altered(with_small_subject), messages=PLAIN, seconds=0.3)
    assert found.seconds < 5


def test_a_parser_that_says_something_else_each_time_is_found() -> None:
    said: Iterator[int] = iter(range(10**6))

    def read(octets: bytes) -> Reading:
        return MIMEKIT(octets)._replace(subject=str(next(said)))

    found = compare("mimekit", read, messages=PLAIN, max_examples=5)
    assert {one.aspect for one in found.disagreements} == {"subject"}


def test_messages_may_be_octets() -> None:
    found = compare("mimekit", altered(with_small_subject), messages=st.just(message("Subject: A")), max_examples=3)
    assert [one.message for one in found.disagreements] == [message("Subject: A")]


def test_a_function_that_gives_no_reading_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(MimekitError, match=r"gave 'a'; give a mimekit\.testing\.Reading"):
        compare("mimekit", lambda _: "a", messages=PLAIN, max_examples=1)  # type: ignore[arg-type, return-value]  # wrong on purpose


# -- what becomes of a message


@pytest.mark.parametrize("max_examples", [1, 30])
def test_what_cannot_be_compared_is_no_agreement(max_examples: int) -> None:
    def wrong(octets: bytes) -> Reading:
        return Reading(subject=5 if octets else None)  # type: ignore[arg-type]  # wrong on purpose

    def dying(octets: bytes) -> Reading:
        raise MemoryError if octets else AssertionError

    with pytest.raises(TypeError):
        compare(wrong, "mimekit", messages=PLAIN, max_examples=max_examples)
    with pytest.raises(MemoryError):
        compare(dying, "mimekit", messages=PLAIN, max_examples=max_examples)


def crashing(octets: bytes) -> Reading:
    if b"a" in octets:
        return _deeper()
    raise KeyError(octets)


def _deeper() -> Reading:
    text = "it holds\nan a"
    raise ValueError(text)


def test_crashes_are_told_apart_by_their_type_and_place() -> None:
    found = compare("mimekit", crashing, messages=st.sampled_from([b"b", b"a", b"aa"]), max_examples=9)
    assert {one.title for one in found.disagreements} == {
        "crashing fails: KeyError in crashing",
        "crashing fails: ValueError in _deeper",
    }
    (held,) = [one for one in found.disagreements if "_deeper" in one.label]
    assert (held.message, held.a, held.b) == (b"a", "gave a reading", "raised ValueError: it holds an a")
    assert isinstance(held.reading_b, Failure)


class _PanicError(BaseException):
    """What native code raises."""


def test_what_is_no_exception_is_a_crash_too_but_an_interrupt_is_not() -> None:
    def read(error: BaseException) -> Read:
        def parser(_: bytes) -> Reading:
            raise error

        return parser

    outcome = resolved(read(_PanicError()), timeout=1).read(b"")
    assert isinstance(outcome, Failure)
    assert outcome.what == "_PanicError in parser"
    with pytest.raises(KeyboardInterrupt):
        resolved(read(KeyboardInterrupt()), timeout=1).read(b"")


needs_timer = pytest.mark.skipif(
    not hasattr(os, "fork"), reason="this system has no timer that interrupts: a function that hangs was not tried"
)


@needs_timer
def test_a_function_that_does_not_come_back_hangs() -> None:
    def read(octets: bytes) -> Reading:
        while b"a" in octets:
            try:
                _deeper()
            except Exception:  # noqa: BLE001, S112 - it hides whatever it meets
                continue
        return MIMEKIT(octets)

    found = compare("mimekit", read, messages=st.sampled_from([b"b", b"aa"]), max_examples=4, timeout=0.05)
    (one,) = found.disagreements
    assert (one.aspect, one.message) == ("crash", b"aa")
    assert one.b == "gave no reading within 0.05 s"


def program(tmp_path: Path, source: str) -> list[str]:
    """Write a program in Python; give its command."""
    path = tmp_path / "parser.py"
    path.write_text(textwrap.dedent(source), encoding="utf-8")
    return [sys.executable, str(path)]


def outcome(parser: Parser, octets: bytes) -> Reading | Failure:
    try:
        return parser.read(octets)
    finally:
        parser.close()


def test_a_program_reads_a_message_and_prints_json(tmp_path: Path) -> None:
    words = program(tmp_path, "import sys, json; print(json.dumps({'subject': str(len(sys.stdin.buffer.read()))}))")
    assert outcome(resolved(words, timeout=10), b"abc") == Reading(subject="3")
    assert outcome(resolved(shlex.join(words), timeout=10), b"abc") == Reading(subject="3")


@pytest.mark.parametrize("is_persistent", [False, True])
@pytest.mark.parametrize(
    ("source", "kind", "detail"),
    [
        pytest.param("import sys; sys.exit('no\\nway')", "crash", "ended with exit status 1", id="ends"),
        pytest.param("import os; os.kill(os.getpid(), 9)", "crash", "ended with killed by signal 9", id="is killed"),
        pytest.param("import time; time.sleep(60)", "hang", "gave no answer within 0.5 s", id="hangs"),
        pytest.param("print('no')", "crash", "printed no reading: this is no JSON", id="prints no JSON"),
        pytest.param('print(\'{"error": "Bad: x"}\')', "crash", "said Bad: x", id="refuses"),
    ],
)
def test_what_becomes_of_a_program_is_a_failure(
    tmp_path: Path, source: str, kind: str, detail: str, *, is_persistent: bool
) -> None:
    if "kill" in source and not hasattr(os, "fork"):
        pytest.skip("there are no signals here: a program that is killed was not tried")
    waiting = "" if "sleep" in source or is_persistent else "import sys; sys.stdin.buffer.read()\n"
    timeout = 0.5 if kind == "hang" else 10
    parser = resolved(program(tmp_path, waiting + source), timeout=timeout, is_persistent=is_persistent)
    found = outcome(parser, b"abc")
    assert isinstance(found, Failure)
    assert found.kind == kind
    assert found.detail.startswith(detail)


@pytest.mark.skipif(
    not hasattr(os, "killpg"), reason="there are no groups of processes here: a grandchild that hangs was not tried"
)
@pytest.mark.parametrize("is_persistent", [False, True])
def test_what_a_program_started_ends_with_it(tmp_path: Path, *, is_persistent: bool) -> None:
    parser = resolved(
        program(tmp_path, "import subprocess; subprocess.run(['sleep', '30'])"),
        timeout=1,
        is_persistent=is_persistent,
    )
    begun = time.monotonic()
    found = outcome(parser, b"abc")
    assert isinstance(found, Failure)
    assert found.kind == "hang"
    assert time.monotonic() - begun < 20


def test_a_persistent_program_is_started_once_and_again_when_it_ended(tmp_path: Path) -> None:
    words = program(
        tmp_path,
        """
        import json, os, sys
        while length := sys.stdin.buffer.readline():
            octets = sys.stdin.buffer.read(int(length))
            if octets == b"end":
                sys.exit(3)
            print(json.dumps({"subject": str(os.getpid()), "text": [octets.decode("latin-1")]}), flush=True)
        """,
    )
    parser = resolved(words, timeout=10, is_persistent=True)
    large = b"\n" * 1_000_000
    try:
        read = [parser.read(octets) for octets in (b"a", b"", large, b"end", b"b")]
    finally:
        parser.close()
    assert isinstance(read[3], Failure)
    assert read[3].what == "exit status 3"
    first, second, third, fourth = [one for one in read if isinstance(one, Reading)]
    assert first.subject == second.subject == third.subject != fourth.subject
    assert [list(one.text or ()) for one in (first, second, third)] == [["a"], [""], [large.decode()]]


def test_the_adapters_are_programs_too() -> None:
    octets = message("Subject: A", "To: b@example.com")
    for extra in ([], ["--persistent"]):
        words = [sys.executable, "-m", "mimekit.testing.adapters", "stdlib", *extra]
        assert_same_reading("mimekit", words, octets, timeout=20, persistent=bool(extra))
    ran = subprocess.run([*words[:3], "nobody"], capture_output=True, text=True, check=False)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr == "give one name of mimekit, stdlib, fast-mail-parser, mail-parser, and not 'nobody'\n"


# -- what is known


def test_what_is_known_is_shown_apart() -> None:
    row = knowing.Known("", "subject: case", (), "names of rules have no case", ("RFC 1",), b"")
    found = compare("mimekit", altered(with_small_subject), messages=PLAIN, max_examples=60, known=[row])
    assert found.disagreements == ()
    (known,) = found.known
    assert (known.title, known.known, known.references) == ("subject: case", row, ("RFC 1",))
    assert known.seen > 1
    assert parse(known.message).subject != (parse(known.message).subject or "").lower()


@pytest.mark.parametrize("row", knowing.rows(), ids=lambda row: f"{row.parser} {row.label} {row.constructs}")
def test_each_row_of_the_table_is_shown_by_its_message(row: knowing.Known) -> None:
    modules = {"fast-mail-parser": "fast_mail_parser", "mail-parser": "mailparser"}
    if row.parser in modules:
        pytest.importorskip(modules[row.parser], reason=f"{row.parser} is not installed: its row was not tried")
    parsers = [resolved(name, timeout=20) for name in ("mimekit", row.parser)]
    try:
        a, b = [parser.read(row.message) for parser in parsers]
    finally:
        for parser in parsers:
            parser.close()
    names = ("mimekit", row.parser)
    found = disagreeing.differences(a, b, row.message, names=names, aspects=EVERYTHING)
    table = [one for one in knowing.table(names) if one.message == row.message]
    if not found and sys.version_info[:2] not in ((3, 11), (3, 12)):
        pytest.skip("this Python reads it as the standard says: there is no difference to show")
    assert [one for one in found if table[0].explains(one)], found
    assert row.references
    assert row.word.endswith(".")
    assert [one for one in knowing.table(names[::-1]) if one.message == row.message] == table


# -- reproducers


def ran(directory: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", os.devnull, str(directory)]
    return subprocess.run(words, capture_output=True, text=True, check=False, env=environment, cwd=directory)


def test_reproducers_fail_while_the_parsers_disagree(tmp_path: Path) -> None:
    words = program(
        tmp_path,
        f"""
        import json, sys
        sys.path.insert(0, {str(ROOT)!r})
        from mimekit import parse
        message = parse(sys.stdin.buffer.read())
        print(json.dumps({{"subject": (message.subject or "").lower(), "text": [message.text or ""]}}))
        """,
    )
    directory = tmp_path / "found"
    drawn = st.sampled_from([message("Subject: a"), message("Subject: A"), message("Subject: AB")])
    found = compare("mimekit", words, messages=drawn, max_examples=6, timeout=20)
    files = found.write(directory)
    assert [file.name for file in files] == ["01-subject-case.eml", "test_reproducers.py"]
    assert files[0].read_bytes() == message("Subject: A")
    failed = ran(directory)
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "1 failed" in failed.stdout
    assert "subject: case (RFC 5322 3.6.5)" in failed.stdout
    parser = tmp_path / "parser.py"
    parser.write_text(parser.read_text(encoding="utf-8").replace(".lower()", ""), encoding="utf-8")
    mended = ran(directory)
    assert mended.returncode == 0, mended.stdout
    assert "1 passed" in mended.stdout


def test_reproducers_replace_those_of_another_run_and_nothing_else(tmp_path: Path) -> None:
    def write(text: str) -> list[str]:
        found = compare("stdlib", "mimekit", messages=st.just(message(f"To: {text}")), max_examples=1, known=())
        return [file.name for file in found.write(tmp_path)]

    (tmp_path / "own.eml").write_bytes(b"")
    first = write("a, b@example.com")
    assert len(first) == 2
    assert write("a@example.com") == []
    assert [file.name for file in tmp_path.iterdir()] == ["own.eml"]


def test_a_function_cannot_be_named_in_a_file(tmp_path: Path) -> None:
    found = compare("mimekit", altered(with_small_subject), messages=PLAIN, max_examples=10)
    with pytest.raises(MimekitError, match="is a function, which no file of tests can name"):
        found.write(tmp_path)


# -- the cost


def test_nothing_dear_is_imported_before_it_is_called() -> None:
    source = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from mimekit.testing import compare\n"
        "print([name for name in ('hypothesis', 'mimekit.strategies', 'fast_mail_parser', 'mailparser') "
        "if name in sys.modules])"
    )
    ran = subprocess.run([sys.executable, "-c", source], capture_output=True, text=True, check=True)
    assert ran.stdout == "[]\n"
