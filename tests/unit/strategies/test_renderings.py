"""Every rendering of a message says the same, is legal, and is the message itself but for what a test needs."""

from __future__ import annotations

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, cast  # Any: the values of the standard library

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit import Message, lint, parse
from mimekit.lint.context import Context
from mimekit.strategies.messages import messages
from mimekit.strategies.spellings import renderings
from tests.support.meaning import meaning

COMMON = settings(max_examples=60, suppress_health_check=[HealthCheck.data_too_large, HealthCheck.too_slow])
UNSEEN = settings(COMMON, max_examples=2000, database=None, derandomize=True)
PLAIN = parse(
    b"Received: from a.example (a.example [192.0.2.1]) by b.example; Sat, 01 Jan 2000 00:00:00 +0000\r\n"
    b'From: "King, Ada" <ada@a.example>\r\nTo: Team: =?utf-8?q?Zo=C3=AB?= <zoe@b.example>, c@c.example;\r\n'
    b"Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?= from Ulm\r\nDate: Sat, 01 Jan 2000 00:00:00 +0000\r\n"
    b"Message-ID: <a@a.example>\r\nReferences: <b@b.example> <c@c.example>\r\nX-Note: a  b\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="=_0"\r\n\r\n'
    b"--=_0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"gr=C3=BC=C3=9Fe\r\n"
    b"--=_0\r\nContent-Type: text/csv\r\nContent-Disposition: attachment; filename*=utf-8''gr%C3%BC.csv; size=5\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nYSxiCg==\r\n--=_0--\r\n"
)
SMALL = parse(
    b"From: a <a@a.example>\r\nSubject: Tea at four\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'
    b"--b\r\nContent-Type: text/csv; name=abc\r\n\r\na,b\r\n--b--\r\n"
)


def errors(message: Message, *, smtputf8: bool = False) -> set[str]:
    """Give the codes of the errors that the linter finds in what goes on the wire."""
    context = Context(wire=True, smtputf8=smtputf8)
    return {found.code for found in lint.check(message, context=context) if found.severity == "error"}


class TestEveryRenderingSaysTheSame:
    @pytest.mark.parametrize("profile", ["plain", "mime", "eai", "report", "calendar"])
    def test_to_us(self, profile: Any) -> None:
        @COMMON
        @given(messages(profile=profile), st.data())
        def check(message: Message, data: st.DataObject) -> None:
            same = parse(message.to_bytes())
            said, is_eai = meaning(same.root), profile == "eai"
            before = errors(same, smtputf8=is_eai)
            every = renderings(message)
            for _ in range(2):
                rendering = data.draw(every)
                assert meaning(rendering.root) == said
                assert [str(one) for one in rendering.defects if one.severity == "error"] == []
                assert errors(rendering, smtputf8=is_eai) <= before

        check()

    @settings(COMMON, max_examples=40)
    @given(renderings(PLAIN).flatmap(renderings))
    def test_of_a_rendering(self, rendering: Message) -> None:
        assert meaning(rendering.root) == meaning(PLAIN.root)


# What the standard library reads otherwise: the field, the octets that it is about, and what the RFC says of them.
DIFFERENCES = {
    "a comment right after the zone": (
        "date",
        rb"[+-][0-9]{4}\(",
        "RFC 5322 3.3: zone [CFWS], so no white space is needed; the zone is lost there",
    ),
    "white space or a comment after a group": (
        "addresses",
        rb";(?:[ \t(]|\r\n)",
        "RFC 5322 3.4: group = display-name : [group-list] ; [CFWS]; AttributeError is raised there",
    ),
    "encoded words side by side in a name": (
        "addresses",
        rb"\?=[ \t\r\n]+=\?",
        "RFC 2047 6.2: the white space between them is dropped; it stays there before Python 3.14.6",
    ),
    "a fold right after the colon": (
        "subject",
        rb"\A\s*\n",
        "RFC 5322 2.2.3: the value is what it is unfolded; its white space stays there before Python 3.12.4",
    ),
}


def standard(octets: bytes) -> dict[str, Any]:
    """Give what the standard library reads, without what it is known to read otherwise."""
    read = message_from_bytes(octets, policy=policy.default)
    raw = {name.lower(): value for name, value in message_from_bytes(octets, policy=policy.compat32).items()}
    found: dict[str, Any] = {}
    for name in ("from", "sender", "reply-to", "to", "cc"):
        if name in raw and not is_known("addresses", str(raw[name])):
            found[name] = [
                (group.display_name, [(one.display_name, one.username, one.domain.lower()) for one in group.addresses])
                for group in read[name].groups
            ]
    if not is_known("subject", str(raw.get("subject", ""))):
        found["subject"] = None if read["subject"] is None else str(read["subject"])
    if not is_known("date", str(raw["date"])):
        found["date"] = read["date"].datetime
    found["parts"] = [part_of(part) for part in read.walk()]
    return found


def part_of(part: Any) -> tuple[Any, ...]:
    assert isinstance(part, EmailMessage)
    parameters = dict(part["content-type"].params) if "content-type" in part else {}
    if part.is_multipart():
        parameters.pop("boundary", None)
    content = None if part.is_multipart() else part.get_payload(decode=True)
    return part.get_content_type(), parameters, part.get_content_disposition(), part.get_filename(), content


def is_known(what: str, raw: str) -> bool:
    octets = raw.encode("ascii", "surrogateescape")
    return any([field == what and re.search(pattern, octets) for field, pattern, _ in DIFFERENCES.values()])


class TestTheStandardLibraryReadsThemAlike:
    @settings(COMMON, max_examples=100)
    @given(messages(), st.data())
    def test_but_for_what_is_known(self, message: Message, data: st.DataObject) -> None:
        before = standard(message.to_bytes())
        after = standard(data.draw(renderings(message)).to_bytes())
        both = before.keys() & after.keys()
        assert {name: after[name] for name in both} == {name: before[name] for name in both}

    def test_known_differences_are_some(self) -> None:
        assert standard(PLAIN.to_bytes()).keys() == {"from", "to", "subject", "date", "parts"}


class TestWhatStaysAsItIs:
    @settings(COMMON, max_examples=20)
    @given(messages(profile="signed").flatmap(lambda message: st.tuples(st.just(message), renderings(message))))
    def test_signed_messages(self, both: tuple[Message, Message]) -> None:
        message, rendering = both
        assert rendering.to_bytes() == message.to_bytes()

    @COMMON
    @given(st.data())
    def test_the_signed_part_of_a_multipart(self, data: st.DataObject) -> None:
        part = b"Content-Type: text/plain\r\n\r\na "
        signature = b"Content-Type: application/pgp-signature\r\n\r\nb"
        signed = b"--b\r\n%b\r\n--b\r\n%b\r\n--b--\r\n" % (part, signature)
        message = parse(
            b"From: a@a.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/signed; micalg=pgp-sha256;\r\n"
            b' protocol="application/pgp-signature"; boundary=b\r\n\r\n' + signed
        )
        assert data.draw(renderings(message)).root.raw_body == signed

    @pytest.mark.parametrize(
        "octets",
        [
            b"From: a@a.example\nSubject: a b\n\nc\n",
            b"From: a@a.example, b@\r\nSubject: a b\r\n\r\nc\r\n",
            b"",
            b"\r\n",
            b"Subject: a",
        ],
        ids=["LF", "a defect", "nothing", "no header", "no body"],
    )
    def test_other_line_ends_and_defects(self, octets: bytes) -> None:
        @settings(COMMON, max_examples=20)
        @given(renderings(parse(octets)))
        def check(rendering: Message) -> None:
            assert rendering.to_bytes() == octets

        check()

    def test_fields_of_one_name_keep_their_order(self) -> None:
        message = parse(b"From: a@a.example\r\nX-A: 1\r\nX-B: 2\r\nX-A: 3\r\nX-A: 4\r\n\r\n")

        @COMMON
        @given(renderings(message))
        def check(rendering: Message) -> None:
            assert rendering.headers.all("X-A") == ("1", "3", "4")

        check()


class TestShrinking:
    def test_the_message_itself_is_the_simplest(self) -> None:
        assert find(renderings(SMALL), bool, settings=UNSEEN).to_bytes() == SMALL.to_bytes()

    @pytest.mark.parametrize(
        ("octets", "most"),
        [(b"SUBJECT:", 1), (b"Subject: =?utf-8", 1), (b"(a)", 1), (b"--=_00--", 3)],
        ids=repr,
    )
    def test_only_what_matters_differs(self, octets: bytes, most: int) -> None:
        found = find(renderings(SMALL), lambda rendering: octets in rendering.to_bytes(), settings=UNSEEN)
        before, after = SMALL.to_bytes().split(b"\r\n"), found.to_bytes().split(b"\r\n")
        assert len([line for line in before if line not in after]) <= most

    def test_max_octets(self) -> None:
        size = PLAIN.size

        @settings(COMMON, max_examples=40)
        @given(renderings(PLAIN, max_octets=size + 20))
        def check(rendering: Message) -> None:
            assert rendering.size <= size + 20

        check()
        too_few = renderings(PLAIN, max_octets=size - 1)
        with pytest.raises(InvalidArgument):
            find(too_few, bool)

    def test_octets_are_no_message(self) -> None:
        wrong = renderings(cast("Message", PLAIN.to_bytes()))
        with pytest.raises(InvalidArgument, match=r"is no Message; mimekit\.parse makes one"):
            find(wrong, bool)


class TestWhatIsDrawn:
    def test_every_axis(self) -> None:
        wanted = {
            "a field name in lower case": rb"\nsubject:",
            "a field name in capitals": rb"\nSUBJECT:",
            "nothing after the colon": rb"\nSubject:=?[^ \r]|\nDate:[^ \r]",
            "a fold after the colon": rb"\n(?:Subject|Date): ?\r\n",
            "a comment in an address": rb"(?is)\nfrom:(?:[^\r]|\r\n[ \t])*\(",
            "Subject before From": rb"(?is)\nsubject:.*\nfrom:",
            "a disposition before a type": rb"(?is)\ncontent-disposition:.*\ncontent-type:[ \t\r\n]*text/csv",
            "sections of a file name": rb"(?i)filename\*1",
            "quoted-printable instead of base64": rb"=?\r\na,b=0A|a,b=0A|=61",
            "base64 instead of quoted-printable": rb"Z3LDvMOfZ",
            "8bit": rb"(?i)8bit",
            "a soft break": rb"=\r\n",
            "another boundary": rb"\r\n--=_00\r\n",
            "a boundary with all characters": rb"'\(\)\+_,-\./:=\? a",
            "a boundary of 70 characters": rb'="[^"]{70}"|\r\n--0-{69}--|\r\n--[^\r]{70}\r',
            "a preamble": rb"This is a multi-part message",
            "an epilogue": rb"--\r\na\r\n\r\nb\r\n\Z",
            "no last line end": rb"--\Z",
            "white space after a delimiter": rb"\r\n--[^\r]*[ \t]\r\n",
            "a needless encoded word": rb"Ulm?|VWxt",
            "a domain in capitals": rb"A\.EXAMPLE",
        }
        found: list[bytes] = []
        said = meaning(PLAIN.root)

        @settings(
            max_examples=350,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        # Hypothesis makes no variants of what is in such a list, so that each is drawn for itself.
        @given(st.lists(renderings(PLAIN), min_size=1, max_size=1, unique_by=id))
        def count(drawn: list[Message]) -> None:
            [rendering] = drawn
            found.append(rendering.to_bytes())
            assert meaning(rendering.root) == said
            assert errors(rendering) == set()
            assert rendering.headers.to_bytes()[:9].lower() == b"received:"

        count()
        assert {name for name, pattern in wanted.items() if not any(re.search(pattern, one) for one in found)} == set()
        assert len(set(found)) > 150
