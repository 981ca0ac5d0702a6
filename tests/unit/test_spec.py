"""Message specs: what a TOML file says, and what is wrong with one that says something else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit import Message, SpecError, spec

MINIMAL = 'from = "a@example.com"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Give a directory with the files that a spec may name, and one beside it that it may not."""
    inside = tmp_path / "spec"
    inside.mkdir()
    (inside / "text.txt").write_bytes("\ufeffGr\u00fc\u00dfe\r\nzwei\n".encode())
    (inside / "page.html").write_text('<p>Hi</p><img src="cid:logo">')
    (inside / "logo.png").write_bytes(b"\x89PNG")
    (inside / "notes.pdf").write_bytes(b"%PDF")
    (inside / "n\u00f6tes.pdf").write_bytes(b"%PDF")
    (inside / "latin1.txt").write_bytes(b"Gr\xfc\xdfe")
    (inside / "invite.ics").write_text("BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n")
    (tmp_path / "secret.txt").write_text("secret")
    return inside


def load(text: str, **more: Any) -> Message:
    """Build the message of a spec that lies in no directory."""
    return spec.load(BytesIO(text.encode()), **more)


def in_folder(folder: Path, text: str) -> Message:
    """Build the message of a spec that lies in *folder*."""
    (folder / "mail.toml").write_text(text, encoding="utf-8")
    return spec.load(folder / "mail.toml")


class TestKeys:
    def test_every_key_becomes_its_argument(self, folder: Path) -> None:
        (folder / "amp.html").write_text("<!doctype html><html amp4email></html>")
        message = in_folder(
            folder,
            """
            from = ["Ada <ada@example.com>", "b@example.com"]
            sender = { name = "Ada, Countess", address = "ada@example.com" }
            to = ["Grace <grace@example.org>", { name = "Karen", address = "karen@example.net" }]
            cc = "team: c@example.org, d@example.org;"
            bcc = { address = "hidden@example.org" }
            reply_to = "answers@example.com"
            subject = "Gr\u00fc\u00dfe"
            text_file = "text.txt"
            html_file = "page.html"
            amp_file = "amp.html"
            attachments = ["notes.pdf", { path = "notes.pdf", name = "n\u00f6tes.bin", type = "application/x-notes" }]
            calendar = "invite.ics"
            list_unsubscribe = ["https://example.com/u"]
            priority = "high"
            auto_submitted = "auto-generated"
            date = 2026-11-24T12:00:00+01:00
            message_id = "<id@example.com>"
            in_reply_to = "<parent@example.com>"
            references = ["<root@example.com>", "<parent@example.com>"]
            mail_from = "bounce@example.com"
            encoding = "8bit"

            [inline]
            logo = "logo.png"

            [headers]
            X-One = "1"
            X-Many = ["a", "b"]
            """,
        )
        assert [box.address for box in message.from_] == ["ada@example.com", "b@example.com"]
        assert message.sender is not None
        assert message.sender.display_name == "Ada, Countess"
        assert str(message.to) == "Grace <grace@example.org>, Karen <karen@example.net>"
        assert str(message.cc) == "team: c@example.org, d@example.org;"
        assert str(message.bcc) == "hidden@example.org"
        assert str(message.reply_to) == "answers@example.com"
        assert message.subject == "Gr\u00fc\u00dfe"
        assert message.text == "Gr\u00fc\u00dfe\nzwei\n"
        assert message.html is not None
        assert "cid:logo." in message.html
        assert [(part.filename, part.content_type.essence) for part in message.attachments] == [
            ("notes.pdf", "application/pdf"),
            ("n\u00f6tes.bin", "application/x-notes"),
            ("invite.ics", "application/ics"),
        ]
        assert [part.content for part in message.inline] == [b"\x89PNG"]
        assert {part.content_type.essence for part in message.parts} > {"text/calendar", "text/x-amp-html"}
        assert message.headers["List-Unsubscribe"] == "<https://example.com/u>"
        assert message.headers["X-Priority"] == "1 (Highest)"
        assert message.headers["Auto-Submitted"] == "auto-generated"
        assert message.date == datetime(2026, 11, 24, 12, tzinfo=timezone(timedelta(hours=1)))
        assert (message.message_id, message.in_reply_to) == ("<id@example.com>", ("<parent@example.com>",))
        assert message.references == ("<root@example.com>", "<parent@example.com>")
        assert message.envelope.mail_from == "bounce@example.com"
        assert message.encoding == "8bit"
        assert message.headers.all("X-Many") == ("a", "b")
        assert message.headers["X-One"] == "1"

    def test_text_and_html_may_stand_in_the_spec(self) -> None:
        message = load(MINIMAL + 'text = """\nOne\nTwo"""\nhtml = "<p>One</p>"')
        assert (message.text, message.html) == ("One\nTwo\n", "<p>One</p>\n")

    def test_amp_may_stand_in_the_spec(self) -> None:
        message = load(MINIMAL + 'text = "x"\namp = "<!doctype html><html amp4email></html>"')
        assert "text/x-amp-html" in [part.content_type.essence for part in message.parts]

    @pytest.mark.parametrize("strict", [True, False])
    def test_filenames_may_be_strict(self, folder: Path, *, strict: bool) -> None:
        message = in_folder(
            folder,
            MINIMAL
            + "attachments = ['n\u00f6tes.pdf', { path = 'notes.pdf', name = '\u00fc.pdf' }]\nhtml_file = 'page.html'\n"
            f"inline = {{ logo = {{ path = 'logo.png', name = '\u00fc.png' }} }}\n"
            f"strict_filenames = {str(strict).lower()}",
        )
        assert [part.filename for part in message.attachments] == ["n\u00f6tes.pdf", "\u00fc.pdf"]
        for part in (*message.attachments, *message.inline):
            assert (b"=?utf-8?" in part.headers.to_bytes().lower()) is not strict

    def test_strict_filenames_is_true_or_false(self) -> None:
        with pytest.raises(SpecError, match="strict_filenames is 'yes'; expected true or false"):
            load(MINIMAL + 'strict_filenames = "yes"')

    def test_a_calendar_keeps_its_name(self, folder: Path) -> None:
        (folder / "delivery.ics").write_bytes((folder / "invite.ics").read_bytes())
        message = in_folder(folder, MINIMAL + 'text = "x"\ncalendar = "delivery.ics"')
        assert [part.filename for part in message.attachments] == ["delivery.ics"]

    def test_a_spec_is_equal_by_content_and_has_no_hash(self) -> None:
        one, other = [spec.read(BytesIO(MINIMAL.encode())) for _ in range(2)]
        assert one == other
        with pytest.raises(TypeError, match="unhashable"):
            hash(one)

    def test_a_calendar_may_be_a_table(self, folder: Path) -> None:
        message = in_folder(folder, MINIMAL + 'text = "x"\n[calendar]\nfile = "invite.ics"')
        assert "text/calendar" in [part.content_type.essence for part in message.parts]

    def test_an_inline_file_may_have_a_name_and_a_type(self, folder: Path) -> None:
        message = in_folder(
            folder,
            MINIMAL
            + "html_file = 'page.html'\n[inline.logo]\npath = 'logo.png'\nname = 'brand.x'\ntype = 'image/x-logo'",
        )
        (logo,) = message.inline
        assert (logo.filename, logo.content_type.essence) == ("brand.x", "image/x-logo")
        assert logo.content_id is not None
        assert logo.content_id.startswith("<logo.")

    def test_the_null_reverse_path_can_be_asked_for(self) -> None:
        assert load(MINIMAL + 'to = "b@example.org"\nmail_from = ""').envelope.mail_from == ""

    def test_a_date_may_be_a_string(self) -> None:
        assert load(MINIMAL + 'date = "2026-11-24T12:00:00Z"').date == datetime(2026, 11, 24, 12, tzinfo=UTC)

    def test_nothing_is_parsed_that_is_data(self) -> None:
        message = load(
            MINIMAL + 'to = { name = "b@example.org>, <c", address = "d@example.org" }\nsubject = "=?utf-8?q?a?="'
        )
        assert [box.address for box in message.to] == ["d@example.org"]
        assert message.subject == "=?utf-8?q?a?="

    def test_arguments_are_those_of_message(self) -> None:
        given_back = spec.arguments(BytesIO(b'from = "a@example.com"\nsubject = "x"\nreply_to = []'))
        assert sorted(given_back) == ["from_", "reply_to", "subject"]
        assert Message(**given_back).subject == "x"

    def test_signing_stays_plain_data(self) -> None:
        read = spec.read(BytesIO(b'from = "a@example.com"\n[dkim]\ndomain = "example.com"\nkey = "/nowhere/s.pem"'))
        assert read.signing == ({"domain": "example.com", "key": "/nowhere/s.pem"},)
        assert "DKIM-Signature" not in read.build().headers
        assert spec.read(BytesIO(MINIMAL.encode())).signing == ()


class TestPaths:
    def test_they_are_relative_to_the_spec(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(folder.parent)
        (folder / "mail.toml").write_text(MINIMAL + 'text_file = "text.txt"')
        assert spec.load("spec/mail.toml").text == spec.load(Path("spec/mail.toml")).text == "Gr\u00fc\u00dfe\nzwei\n"
        monkeypatch.chdir(folder)
        assert spec.load("mail.toml").text == "Gr\u00fc\u00dfe\nzwei\n"

    @pytest.mark.parametrize("key", ["text_file", "html_file", "amp_file", "attachments", "calendar"])
    def test_a_relative_path_does_not_leave_the_directory(self, folder: Path, key: str) -> None:
        with pytest.raises(SpecError, match=r"'\.\./secret\.txt'; it leads outside of .*; write an absolute path"):
            in_folder(folder, MINIMAL + f'{key} = "../secret.txt"')

    def test_not_by_a_link_either(self, folder: Path) -> None:
        (folder / "link.txt").symlink_to(folder.parent / "secret.txt")
        with pytest.raises(SpecError, match="it leads outside of"):
            in_folder(folder, MINIMAL + 'text_file = "link.txt"')

    def test_dots_that_stay_inside_are_fine(self, folder: Path) -> None:
        (folder / "sub").mkdir()
        assert in_folder(folder, MINIMAL + 'text_file = "sub/../text.txt"').text == "Gr\u00fc\u00dfe\nzwei\n"

    def test_an_absolute_path_is_the_authors_word(self, folder: Path) -> None:
        assert in_folder(folder, MINIMAL + f"text_file = '{folder.parent / 'secret.txt'}'").text == "secret\n"

    def test_base_moves_them(self, folder: Path) -> None:
        text = MINIMAL + 'text_file = "secret.txt"'
        assert load(text, base=folder.parent).text == "secret\n"
        with pytest.raises(SpecError, match="a relative path needs base=,"):
            load(text)

    def test_only_regular_files_are_read(self, folder: Path) -> None:
        for name, reason in (("nothing.txt", "does not exist"), (".", "is no regular file")):
            with pytest.raises(SpecError, match=f"text_file is '{name}'; the file .* {reason}"):
                in_folder(folder, MINIMAL + f'text_file = "{name}"')


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("", "the spec: there is no key from; a message has an author"),
            (MINIMAL + 'subjct = "x"', "the spec: subjct is 'x'; no key of a spec; did you mean subject?"),
            (MINIMAL + 'Reply-To = "x"', "did you mean reply_to?"),
            (MINIMAL + "zzzzzz = 1", "no key of a spec; it has from, sender, to"),
            (MINIMAL + "subject = 3", "the spec: subject is 3; expected a string"),
            (MINIMAL + "to = 3", "to is 3; expected an address as a string, or a table {name, address}"),
            (MINIMAL + 'to = ["b@example.org", 3]', "to[1] is 3; expected an address"),
            (MINIMAL + 'to = ["b@example.org", "b@@example.org"]', "the spec: to[1]: 'b@@example.org' is no address"),
            (MINIMAL + 'to = { nam = "B", address = "b@x.test" }', "to.nam is 'B'; no key here; did you mean name?"),
            (MINIMAL + 'to = { name = "B" }', "to.address is None; expected a string"),
            (MINIMAL + 'mail_from = "a@x.test, b@x.test"', 'expected one address, or "" for no bounces at all'),
            (MINIMAL + "attachments = [3]", "attachments[0] is 3; expected a path, or a table {path, name, type}"),
            (
                MINIMAL + 'attachments = [{ file = "x" }]',
                "attachments[0].file is 'x'; no key here; it has path, name, type",
            ),
            (MINIMAL + "attachments = [{}]", "attachments[0].path is None; expected a path, as a string"),
            (MINIMAL + 'attachments = ["a\\u0000b"]', "expected a path, as a string"),
            (MINIMAL + 'inline = "x"', "inline is 'x'; expected a table of label = path"),
            (MINIMAL + 'headers = "x"', "headers is 'x'; expected a table of fields"),
            (MINIMAL + "headers = { X-A = 1 }", "headers.X-A is 1; expected a string or a list of strings"),
            (MINIMAL + "headers = { X-A = ['a', 1] }", "headers.X-A[1] is 1; expected a string"),
            (MINIMAL + 'headers = { Subject = "x" }', "which the argument subject= writes"),
            (MINIMAL + 'subject = "a\\nBcc: b"', "the spec: the value of Subject"),
            (MINIMAL + "date = 2026-11-24T12:00:00", "expected a date-time with its offset"),
            (MINIMAL + "date = 2026-11-24", "expected a date-time with its offset"),
            (MINIMAL + 'date = "tomorrow"', "date is 'tomorrow'; expected a date-time"),
            (MINIMAL + "dkim = 3", "dkim is 3; expected a table"),
            (MINIMAL + "calendar = 3", "calendar is 3; expected a path"),
            (MINIMAL + 'priority = "urgent"', "the spec: priority is 'urgent'; it is one of"),
            (MINIMAL + 'from = "b@example.org"', "the spec is no TOML: "),
            ("from = ", "the spec is no TOML: "),
            ("x = " + "[" * 20_000, "the spec n"),
            ("x = " + "9" * 5_000, "the spec is no TOML: "),
            ('"a\\u001b[31m" = 1', "'a\\x1b[31m' is 1; no key of a spec"),
        ],
    )
    def test_each_is_one_sentence_that_names_the_place(self, text: str, sentence: str) -> None:
        with pytest.raises(SpecError) as caught:
            load(text, base=".")
        assert sentence in str(caught.value)
        assert str(caught.value).isprintable()

    def test_the_file_is_named(self, folder: Path) -> None:
        with pytest.raises(SpecError, match=r"^mail\.toml: subject is 3; expected a string$"):
            in_folder(folder, MINIMAL + "subject = 3")

    @pytest.mark.parametrize("keys", [("text", "text_file"), ("text_file", "text")])
    def test_a_text_is_given_once(self, folder: Path, keys: tuple[str, str]) -> None:
        with pytest.raises(SpecError, match="the text is there already; give it here or as a file, not both"):
            in_folder(folder, MINIMAL + "".join([f'{key} = "text.txt"\n' for key in keys]))

    def test_a_text_file_is_utf8(self, folder: Path) -> None:
        with pytest.raises(SpecError, match=r"text_file is 'latin1\.txt'; the file is not UTF-8 at octet 2"):
            in_folder(folder, MINIMAL + 'text_file = "latin1.txt"')

    def test_a_media_type_is_checked(self, folder: Path) -> None:
        with pytest.raises(SpecError, match=r"^mail\.toml: attachments\[0\]: "):
            in_folder(folder, MINIMAL + 'attachments = [{ path = "notes.pdf", type = "pdf" }]')

    def test_a_spec_that_is_not_there(self, tmp_path: Path) -> None:
        with pytest.raises(SpecError, match="cannot be read: No such file or directory"):
            spec.load(tmp_path / "nothing.toml")

    def test_a_spec_that_is_not_utf8(self) -> None:
        with pytest.raises(SpecError, match="the spec is not UTF-8 at octet 10"):
            spec.load(BytesIO(b'subject = \xff"x"'))

    def test_a_spec_opened_as_text(self) -> None:
        with pytest.raises(SpecError, match="open it with mode 'rb'"):
            spec.load(cast("Any", StringIO(MINIMAL)))


_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.datetimes() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
_names = st.sampled_from(sorted([*spec._KEYS, "dkim", "form"]))


class TestAnyTable:
    @given(st.dictionaries(_names, _values, max_size=4))
    def test_a_value_of_any_type_builds_or_is_refused(self, drawn: dict[str, Any]) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(spec, "_table", lambda name, octets: {"from": "a@example.com", **drawn})  # noqa: ARG005 - as it is called
            try:
                assert load("").to_bytes()
            except SpecError as error:
                sentence = str(error)
            else:
                return
        assert sentence.isprintable()
