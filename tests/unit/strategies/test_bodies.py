"""Bodies: what is drawn is legal, says what it claims, and shrinks to what a person reads at a glance."""

from __future__ import annotations

import base64
import quopri
import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from mimekit import Message, Part, parse
from mimekit.codecs import charset, transfer
from mimekit.strategies import (
    Encoded,
    attachments,
    html_parts,
    multiparts,
    text_parts,
    texts,
    transfer_encoded,
)
from mimekit.strategies._models import File, part_of
from mimekit.strategies.bodies import CHARSETS, ENCODINGS
from tests.support.shrinking import shrunk, simplest

FEW = settings(max_examples=60)


def of_stdlib(part: Part) -> EmailMessage:
    """Read a part with the standard library, and without a defect."""
    read = message_from_bytes(part.raw, policy=policy.default)
    assert [one.defects for one in read.walk() if one.defects] == []
    return read


class TestTexts:
    @given(texts(max_lines=4))
    @FEW
    def test_have_no_more_lines_than_asked_for_and_can_be_sent(self, text: str) -> None:
        assert text.count("\n") <= 4
        assert "\r" not in text
        assert "\0" not in text
        assert Message(from_="a@a.example", text=text).defects == ()

    @given(st.sampled_from(CHARSETS), st.data())
    @FEW
    def test_keep_to_a_charset(self, label: str, data: st.DataObject) -> None:
        text = data.draw(texts(charset=label))
        octets = charset.encode(text, label)
        assert charset.decode(octets, label) == text

    @pytest.mark.parametrize(
        ("what", "fails"),
        [
            ("From here on", lambda text: text.startswith("From ")),
            (".", lambda text: "." in text.split("\n")),
            ("a\u2028b", lambda text: "\u2028" in text),
            ("\u00e9", lambda text: not text.isascii()),
            ("a\na\n", lambda text: "\n" in text),
        ],
    )
    def test_shrink_to_the_one_line_that_matters(self, what: str, fails: Any) -> None:
        assert shrunk(texts(), fails) == what

    def test_shrink_to_nothing(self) -> None:
        assert shrunk(texts()) == ""
        assert shrunk(texts(), lambda text: text) == "a"

    def test_have_lines_that_are_too_long_for_the_wire(self) -> None:
        assert 998 < len(shrunk(texts(), lambda text: max(map(len, text.split("\n"))) > 998)) < 2100

    def test_refuse_a_charset_that_nobody_knows_when_drawn_from(self) -> None:
        refused = texts(charset="x-none")
        with pytest.raises(InvalidArgument, match="x-none"):
            simplest(refused)


class TestTextParts:
    @given(text_parts())
    @FEW
    def test_are_read_alike_by_the_standard_library(self, part: Part) -> None:
        read = of_stdlib(part)
        assert read.get_content_type() == "text/plain"
        assert read.get_payload(decode=True) == part.content
        assert part.content.decode(charset.canonical(part.content_type.charset or "us-ascii") or "") == (
            (part.text or "").replace("\n", "\r\n")
        )

    @given(st.sampled_from(CHARSETS), st.sampled_from(ENCODINGS), st.data())
    @FEW
    def test_are_in_the_charset_and_the_encoding_that_was_wished_for(
        self, label: str, encoding: Any, data: st.DataObject
    ) -> None:
        part = data.draw(text_parts(charset=label, encoding=encoding))
        assert part.content_type.charset == label
        longest = max(map(len, part.content.split(b"\r\n")))
        if encoding in ("quoted-printable", "base64") or (part.content.isascii() and longest <= 998):
            assert part.transfer_encoding == encoding
        else:
            assert part.transfer_encoding in ("8bit", "quoted-printable")
        assert part.transfer_encoding != "7bit" or part.raw.isascii()

    @given(text_parts().filter(lambda part: "format" in part.content_type.params))
    @FEW
    def test_that_are_flowed_join_no_lines(self, part: Part) -> None:
        """RFC 3676 4.1 and 4.4."""
        for line in (part.text or "").split("\n"):
            assert line == "-- " or not line.endswith(" ")
            assert not line.startswith((">", "From "))

    def test_shrink_to_a_part_that_says_least(self) -> None:
        assert shrunk(text_parts()).raw == b"Content-Type: text/plain\r\n\r\n"
        found = shrunk(text_parts(), lambda part: part.transfer_encoding == "base64" and part.content)
        assert found.raw.startswith(b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n")
        assert found.text == "a\n"

    def test_refuse_what_is_no_encoding(self) -> None:
        with pytest.raises(InvalidArgument, match="'binary'"):
            shrunk(text_parts(encoding="binary"))  # type: ignore[arg-type]  # what a caller without types may pass


class TestHtmlParts:
    @given(html_parts())
    @FEW
    def test_are_documents_or_fragments_with_all_elements_closed(self, part: Part) -> None:
        read = of_stdlib(part)
        assert read.get_content_type() == "text/html"
        checked = _Closing()
        checked.feed(part.text or "")
        assert checked.open == []
        named = re.search(r'<meta charset="([^"]+)">', part.text or "")
        assert named is None or named[1] == (part.content_type.charset or "us-ascii")

    def test_shrink_to_one_paragraph(self) -> None:
        assert shrunk(html_parts()).raw == b"Content-Type: text/html\r\n\r\n<p>a</p>\r\n"


class _Closing(HTMLParser):
    """Keeps the elements that are open."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        del attrs
        if tag not in ("br", "hr", "img", "meta"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


class TestAttachments:
    @given(attachments())
    @settings(max_examples=150)
    def test_keep_name_and_octets_under_the_standard_library(self, part: Part) -> None:
        read = of_stdlib(part)
        assert read.get_filename() == part.filename
        assert read.get_content_type() == part.content_type.essence
        if part.embedded is None:
            assert read.get_payload(decode=True) == part.content
        else:
            assert read.get_content()["Subject"] == Message.of(part.embedded).subject

    def test_shrink_to_a_file_without_octets(self) -> None:
        found = shrunk(attachments())
        assert (found.filename, found.content) == ("a", b"")
        assert len(found.raw) < 150

    @pytest.mark.parametrize(
        ("name", "fails"),
        [
            ("a b", lambda name: " " in name),
            ("a;b", lambda name: ";" in name),
            ('a"b', lambda name: '"' in name),
            ("\u00e9", lambda name: not name.isascii()),
            ("a.pdf", lambda name: name.endswith(".pdf")),
        ],
    )
    def test_have_names_that_need_care(self, name: str, fails: Any) -> None:
        assert shrunk(attachments(), lambda part: part.filename and fails(part.filename)).filename == name

    def test_have_names_in_continuations_and_none_at_all(self) -> None:
        continued = shrunk(attachments(), lambda part: b"filename*0" in part.raw)
        assert len(continued.raw) < 900
        assert shrunk(attachments(), lambda part: part.filename is None and not part.embedded).content == b""
        assert shrunk(attachments(), lambda part: part.embedded).embedded is not None


class TestMultiparts:
    @given(st.integers(1, 3), st.data())
    @FEW
    def test_are_no_deeper_than_asked_for_and_alike_under_the_standard_library(
        self, depth: int, data: st.DataObject
    ) -> None:
        part = data.draw(multiparts(max_depth=depth))
        assert 1 <= depth_of(part) <= depth + (depth == 1)  # an alternative with images has a related in it
        again = parse(part.raw)
        read = of_stdlib(part)
        assert [one.get_content_type() for one in read.walk()] == [one.content_type.essence for one in again.parts]
        assert [one.content_type.essence for one in part.walk()] == [one.content_type.essence for one in again.parts]

    @given(multiparts())
    @FEW
    def test_show_images_that_are_there(self, part: Part) -> None:
        """RFC 2392: each cid is that of one part, and each image is shown."""
        shown = [one for leaf in part.walk() for one in re.findall(r'"cid:([^"]+)"', leaf.text or "")]
        ids = [(leaf.content_id or "<>")[1:-1] for leaf in part.walk() if leaf.content_id]
        assert sorted(shown) == sorted(ids)
        assert len(set(ids)) == len(ids)

    def test_shrink_to_one_empty_text(self) -> None:
        found = shrunk(multiparts())
        assert found.raw == (
            b'Content-Type: multipart/mixed; boundary="=_a"\r\n\r\n'
            b"--=_a\r\nContent-Type: text/plain\r\n\r\n\r\n--=_a--\r\n"
        )

    def test_refuse_to_have_no_level(self) -> None:
        with pytest.raises(InvalidArgument, match="max_depth=0"):
            simplest(multiparts(max_depth=0))


def depth_of(part: Part) -> int:
    """Count the levels of multiparts; messages in it are not looked into."""
    return 1 + max([depth_of(child) for child in part.children]) if part.children else 0


class TestTransferEncoded:
    @given(transfer_encoded())
    @settings(max_examples=150)
    def test_decode_to_what_they_mean(self, drawn: Encoded) -> None:
        encoding, octets, decoded = drawn
        assert transfer.decode(encoding, octets) == decoded
        if encoding == "base64":
            assert base64.b64decode(octets) == decoded
        elif encoding == "quoted-printable":
            assert quopri.decodestring(octets) == decoded
        else:
            assert octets == decoded

    @given(transfer_encoded(octets=st.binary(max_size=120)))
    @settings(max_examples=150)
    def test_keep_the_rules_of_the_standard(self, drawn: Encoded) -> None:
        """RFC 2045 6.7 and 6.8; an encoded line end and a ragged line are legal."""
        flaws: list[Any] = []
        transfer.decode(drawn.encoding, drawn.octets, flaws)
        assert flaws == []
        if drawn.encoding in ("base64", "quoted-printable"):
            assert max(map(len, drawn.octets.split(b"\r\n"))) <= 76
            assert drawn.octets.isascii()

    @given(transfer_encoded(octets=b"a\r\nb ", encoding="quoted-printable"))
    @FEW
    def test_are_of_the_octets_and_the_encoding_that_were_asked_for(self, drawn: Encoded) -> None:
        assert drawn.encoding == "quoted-printable"
        assert drawn.decoded == b"a\r\nb "

    def test_break_lines_anywhere(self) -> None:
        wanted = transfer_encoded(octets=b"abc", encoding="quoted-printable")
        assert shrunk(wanted, lambda one: b"b=\r\n" in one.octets).decoded == b"abc"
        assert shrunk(transfer_encoded(octets=b"abcd", encoding="base64"), lambda one: b"\r\nZA" in one.octets)

    def test_shrink_to_nothing_in_7bit(self) -> None:
        assert shrunk(transfer_encoded()) == Encoded("7bit", b"", b"")
        assert shrunk(transfer_encoded(encoding="binary")) == Encoded("binary", b"", b"")

    @pytest.mark.parametrize("octets", [b"\xff", b"\0", b"\n", b"a" * 999])
    def test_refuse_octets_that_the_encoding_cannot_carry(self, octets: bytes) -> None:
        with pytest.raises(InvalidArgument, match="7bit cannot carry"):
            simplest(transfer_encoded(octets=octets, encoding="7bit"))

    def test_refuse_text_when_it_is_drawn_from(self) -> None:
        wrong = transfer_encoded(octets=cast("bytes", "abc"))
        with pytest.raises(InvalidArgument, match="octets='abc' of transfer_encoded"):
            simplest(wrong)


@pytest.mark.parametrize(
    "octets", [b"a" * 75, b"a" * 76, b"a" * 77, b"a" * 75 + b"\xff", b"a" * 73 + b"\xff", b"a" * 152]
)
def test_no_line_of_a_quoted_file_is_longer_for_the_soft_break_at_its_end(octets: bytes) -> None:
    part = part_of(File(octets, encoding="quoted-printable"))
    assert part.content == octets
    assert max(map(len, part.raw.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= 76
    assert part.raw.endswith(b"=\r\n")
