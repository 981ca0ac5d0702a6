"""Composing: what is taken for an attachment or an inline file, and where a ``cid:`` counts as a reference."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import pytest

from mimekit import ContentError, Message, attachment, lint, parse
from mimekit.compose import text_part

PNG = b"\x89PNG"
INVITE = b"BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
INNER = Message(from_="ada@example.com", to="grace@example.org", subject="Notes", text="Here.")
HIDDEN = b"From: ada@example.com\r\nBcc: hidden@example.net\r\nSubject: Notes\r\n%bResent-Bcc: h2@x.test\r\n\r\nx\r\n"


def build(**arguments: Any) -> Message:
    """Build a message between two people."""
    return Message(from_="ada@example.com", to="grace@example.org", **arguments)


class TestAttachmentByHand:
    def test_a_pair_is_a_name_and_octets(self) -> None:
        made = attachment(("notes.pdf", b"%PDF"))
        assert (made.filename, made.content, made.content_type.essence) == ("notes.pdf", b"%PDF", "application/pdf")

    @pytest.mark.parametrize("pair", [("a", b"b", "c"), (b"a", b"b"), ("a",), ("a", "text")])
    def test_another_tuple_is_refused(self, pair: Any) -> None:
        with pytest.raises(ContentError, match=r"\(filename, "):
            attachment(pair)

    @pytest.mark.parametrize(
        ("name", "octets", "declared"),
        [
            ("a.txt", b"Here.", "text/plain; charset=utf-8; name=a.txt"),
            ("a.csv", "\u00e4;\u00f6".encode(), "text/csv; charset=utf-8; name=a.csv"),
            ("a.csv", b"\xe4;\xf6", "application/octet-stream; name=a.csv"),
            ("a.txt", "Here.".encode("utf-16"), "application/octet-stream; name=a.txt"),
            ("a.xml", b'<?xml version="1.0" encoding="iso-8859-1"?>\n<a>\xe4</a>', "application/xml; name=a.xml"),
            ("a.txt", 2**20 * b"ab" + "\u00e4".encode(), "text/plain; charset=utf-8; name=a.txt"),
            ("a.txt", 2**20 * b"ab" + b"\xe4", "application/octet-stream; name=a.txt"),
        ],
    )
    def test_text_of_an_unknown_charset_is_not_declared_as_text(
        self, name: str, octets: bytes, declared: str, tmp_path: Path
    ) -> None:
        (tmp_path / name).write_bytes(octets)
        for made in (attachment((name, octets)), attachment(tmp_path / name)):
            assert made.content_type.encode().decode() == declared
            message = Message(from_="a@x.org", to="b@x.org", subject="Hi", text="Hi", attachments=[made])
            assert lint.check(message, profile="strict") == []

    def test_a_message_takes_a_content_id_and_a_name(self) -> None:
        made = attachment(INNER, "n\u00f6tes.eml", content_id="<a@x.test>", strict_filenames=True)
        assert (made.content_id, made.filename) == ("<a@x.test>", "n\u00f6tes.eml")
        assert b"=?utf-8?" not in made.headers.to_bytes().lower()
        assert b"=?utf-8?" in attachment(INNER, "n\u00f6tes.eml").headers.to_bytes().lower()

    def test_a_signed_message_as_a_file_takes_them_too(self) -> None:
        signed = parse(b"From: a@x.test\r\nDKIM-Signature: v=1\r\nSubject: n\r\n\r\n\xff\r\n")
        made = attachment(signed, content_id="<a@x.test>")
        assert (made.content_id, made.filename) == ("<a@x.test>", "n.eml")

    def test_a_message_has_the_type_of_a_message(self) -> None:
        with pytest.raises(ContentError, match="content_type"):
            attachment(INNER, content_type="text/plain")

    @pytest.mark.parametrize(
        "given",
        [
            {"filename": "x.txt"},
            {"content_type": "text/plain"},
            {"content_id": "<a@x.test>"},
            {"disposition": "inline"},
            {"strict_filenames": True},
            {"reencode": True},
        ],
        ids=lambda given: next(iter(given)),
    )
    def test_a_part_says_everything_itself(self, given: dict[str, Any]) -> None:
        part = text_part("x")
        assert attachment(part) is part
        with pytest.raises(ContentError, match=next(iter(given))):
            attachment(part, **given)

    def test_only_a_message_is_reencoded(self) -> None:
        with pytest.raises(ContentError, match="reencode"):
            attachment(b"x", "x.bin", reencode=True)


class TestPaths:
    @pytest.mark.parametrize("kind", ["DirEntry", "bytes"])
    def test_whatever_names_a_file_is_a_path(self, tmp_path: Path, kind: str) -> None:
        (tmp_path / "call.ics").write_bytes(INVITE)

        class Named:
            def __fspath__(self) -> bytes:
                return os.fsencode(tmp_path / "call.ics")

        with os.scandir(tmp_path) as listing:
            (entry,) = listing
        path: Any = entry if kind == "DirEntry" else Named()
        message = build(text="x", calendar=path, attachments=[path])
        assert [part.filename for part in message.attachments] == ["call.ics", "call.ics"]

    def test_a_file_object_may_be_named_by_octets(self, tmp_path: Path) -> None:
        (tmp_path / "a.txt").write_bytes(b"x")
        with open(os.fsencode(tmp_path / "a.txt"), "rb") as file:  # noqa: PTH123 - a name of octets
            assert attachment(file).filename == "a.txt"

    def test_a_calendar_object_without_a_file_is_invite_ics(self) -> None:
        assert [part.filename for part in build(text="x", calendar=INVITE).attachments] == ["invite.ics"]

    @pytest.mark.parametrize("calendar", [5, io.BytesIO(INVITE), ["x"]])
    def test_another_calendar_object_is_refused(self, calendar: Any) -> None:
        with pytest.raises(ContentError, match="calendar is "):
            build(text="x", calendar=calendar)

    def test_a_large_file_that_is_gone_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "large.bin"
        path.write_bytes(bytes(2**20 + 1))
        message = build(text="x", attachments=[path])
        path.unlink()
        with pytest.raises(ContentError, match=r"large\.bin'.*No such file"):
            message.to_bytes()

    def test_a_large_file_is_found_from_another_directory(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        (tmp_path / "large.bin").write_bytes(bytes(2**20 + 1))
        monkeypatch.chdir(tmp_path)
        message = build(text="x", attachments=[Path("large.bin")])
        monkeypatch.chdir("/")
        assert message.attachments[0].content == bytes(2**20 + 1)


class TestLists:
    @pytest.mark.parametrize(
        "given",
        [
            Path("notes.pdf"),
            "notes.pdf",
            ("notes.pdf", b"%PDF"),
            b"%PDF",
            io.BytesIO(b"x\ny"),
            text_part("x"),
            INNER,
            5,
        ],
        ids=lambda given: type(given).__name__,
    )
    def test_attachments_are_a_list(self, given: Any) -> None:
        with pytest.raises(ContentError, match=r"give a list: attachments=\[\.\.\.\]"):
            build(text="x", attachments=given)

    def test_a_tuple_and_a_generator_are_lists_too(self) -> None:
        assert len(build(text="x", attachments=(("a", b""), ("b", b""))).attachments) == 2
        assert len(build(text="x", attachments=((name, b"") for name in "ab")).attachments) == 2

    def test_inline_is_a_mapping(self) -> None:
        with pytest.raises(ContentError, match="inline is "):
            build(html="x", inline=[("a", b"x")])


class TestInline:
    def test_a_message_may_be_shown(self) -> None:
        message = build(html='<a href="cid:m">m</a>', inline={"m": INNER})
        (shown,) = [part for part in message.parts if part.content_id]
        assert shown.content_type.essence == "message/rfc822"
        assert shown.disposition is not None
        assert shown.disposition.disposition == "inline"
        assert f'href="cid:{(shown.content_id or "")[1:-1]}"' in (message.html or "")

    def test_a_part_and_an_attachment_may_be_shown(self) -> None:
        message = build(html='<img src="cid:a">', inline={"a": attachment(PNG, "a.png", disposition="inline")})
        assert [part.content for part in message.inline] == [PNG]

    @pytest.mark.parametrize("item", [("a", b"b", "c"), ("a",), (1, b"x")])
    def test_a_tuple_that_is_no_pair_is_refused(self, item: Any) -> None:
        with pytest.raises(ContentError, match=r"inline\['a'\].*a tuple is \(filename, bytes\)"):
            build(html='<img src="cid:a">', inline={"a": item})


SHOWN = [
    pytest.param('<img src="cid:{}">', id="double quotes"),
    pytest.param("<img alt='>' SRC = 'CID:{}'>", id="single quotes, after a > in a value"),
    pytest.param("<img src=cid:{}>", id="no quotes"),
    pytest.param("<img src=cid:{} alt=x/>", id="no quotes, another attribute"),
    pytest.param('<img src="\n cid:{} ">', id="white space"),
    pytest.param('<img srcset="x.png 1x, cid:{} 2x">', id="the second of a srcset"),
    pytest.param('<img srcset="cid:{}, x.png 2x">', id="a srcset without a descriptor"),
    pytest.param("<p style=\"background: url('cid:{}')\">", id="style attribute"),
    pytest.param("<p style='background: URL(cid:{})'>", id="style attribute without inner quotes"),
    pytest.param('<style type="text/css">p > a {{ background: url( "cid:{}" ) }}</style>', id="style element"),
    pytest.param("<style>@import 'x'; p {{ background: url(cid:{})", id="style element that is not closed"),
    pytest.param('<!--[if mso]><v:fill src="cid:{}"/><![endif]-->', id="conditional comment"),
    pytest.param('<!--[if !mso]><!--><img src="cid:{}"><!--<![endif]-->', id="revealed conditional comment"),
    pytest.param('<!-- it\'s > "quoted --><img src="cid:{}">', id="after a comment with a quote"),
    pytest.param('<p>1 < 2, "a <img src="cid:{}">', id="after a < that begins no tag"),
    pytest.param('<img src="cid:{}', id="a tag that is not closed"),
]
NOT_SHOWN = [
    '<p>src="cid:x"</p>',
    "<p>url(cid:x)</p>",
    "cid:x",
    '<!-- <img src="cid:x"> -->',
    '<!-- <img src="cid:x">',
    "<p>&lt;img src=cid:x&gt;</p>",
    '<title>src="cid:x" <img src="cid:x"></title>',
    '<textarea><img src="cid:x"></textarea>',
    '<p title="see cid:x">',
    '< img src="cid:x">',
]


class TestReferences:
    @pytest.mark.parametrize("html", SHOWN)
    def test_a_reference_gets_the_content_id(self, html: str) -> None:
        message = build(html=html.format("a"), inline={"a": ("a.png", PNG)})
        (shown,) = message.inline
        assert f":{(shown.content_id or '')[1:-1]}" in (message.html or "")
        assert (message.html or "").rstrip("\n").lower().startswith(html.split("{}", maxsplit=1)[0].format().lower())

    @pytest.mark.parametrize("html", NOT_SHOWN)
    def test_text_is_no_reference(self, html: str) -> None:
        assert (build(html=html).html or "").rstrip("\n") == html
        with pytest.raises(ContentError, match="no cid:x in html shows it"):
            build(html=html, inline={"x": ("x.png", PNG)})

    def test_each_candidate_of_a_srcset_is_one(self) -> None:
        message = build(html='<img srcset="cid:a 1x, cid:b 2x" src="cid:a">', inline={"a": ("a", PNG), "b": ("b", PNG)})
        a, b = [(part.content_id or "")[1:-1] for part in message.inline]
        assert message.html == f'<img srcset="cid:{a} 1x, cid:{b} 2x" src="cid:{a}">\n'

    @pytest.mark.parametrize(
        "unit", ["<a b=\"'", '<a ="', "<!--", "<style>", "<title>", "<", "<a ", "<a=", "<img src='cid:", "cid:,"]
    )
    def test_looking_for_them_takes_linear_time(self, unit: str) -> None:
        with pytest.raises(ContentError):
            build(html=unit * 200_000, inline={"no such": ("x", PNG)})


class TestHiddenRecipients:
    @pytest.mark.parametrize("signature", [b"", b"DKIM-Signature: v=1; h=from; bh=x; b=y\r\n"], ids=["plain", "signed"])
    @pytest.mark.parametrize("body", [b"x", b"\xff"], ids=["fits", "does not fit"])
    @pytest.mark.parametrize("way", ["attachments", "attachment", "inline"])
    def test_an_attached_message_shows_no_bcc(self, signature: bytes, body: bytes, way: str) -> None:
        inner = parse((HIDDEN % signature).replace(b"\r\n\r\nx", b"\r\n\r\n" + body))
        if way == "inline":
            message = build(html='<a href="cid:m">', inline={"m": inner})
        else:
            message = build(text="x", attachments=[inner if way == "attachments" else attachment(inner)])
        octets = b"".join([message.to_bytes(), *[part.content for part in message.parts]])
        assert b"bcc:" not in octets.lower()
        assert b"hidden@" not in octets
        assert b"Subject: Notes" in octets
        assert inner.bcc[0].address == "hidden@example.net"

    def test_a_built_one_neither(self) -> None:
        inner = INNER.with_header("Resent-Bcc", "hidden@example.net")
        assert b"Resent-Bcc" in inner.to_bytes()
        assert b"hidden@" not in build(text="x", attachments=[inner]).to_bytes()

    def test_a_bare_cr_makes_no_field(self) -> None:
        inner = parse(b"From: a@x.test\r\nX-A: b\rBcc: shown@example.net\r\n\r\nx\r\n")
        (attached,) = parse(build(text="x", attachments=[inner]).to_bytes()).attachments
        assert attached.embedded is not None
        assert "Bcc" not in attached.embedded.headers

    def test_a_message_without_one_keeps_its_octets(self) -> None:
        raw = b"From: a@x.test\r\nSubject:   odd \r\n  folds\r\n\r\nBcc: in the text\r\n"
        assert raw in build(text="x", attachments=[parse(raw)]).to_bytes()
