"""
Message data never becomes a path, and nothing is read from a file or an address that the caller did not name.

The ids of tests name published advisories, with the row of the catalogue (`catalogue.toml`).
"""

from __future__ import annotations

import json
import mimetypes
import os
import stat
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mimekit import ContentError, Message, attachment, forward, maildir, parse, reply, ses
from mimekit.headers import filenames
from tests.support.positions import build
from tests.support.reading import read_everything

NAMES = [
    pytest.param("../../etc/cron.d/x", id="mail-parser PR 165 (118)"),
    pytest.param("", id="GHSA-gm8q-m8mv-jj5m empty (119)"),
    pytest.param(".", id="GHSA-gm8q-m8mv-jj5m dot (119)"),
    pytest.param("..", id="GHSA-gm8q-m8mv-jj5m dots (119)"),
    pytest.param("C:\\Windows\\x", id="GHSA-gm8q-m8mv-jj5m Windows (119)"),
    pytest.param("a\x00.txt", id="GHSA-gm8q-m8mv-jj5m NUL (119)"),
    pytest.param("/etc/passwd", id="GHSA-gm8q-m8mv-jj5m absolute (119)"),
    pytest.param("<../../x@y.test>", id="CVE-2026-45711 (121)"),
    *[
        pytest.param(name, id=ascii(name)[:40])
        for name in (
            "...",
            ".bashrc",
            "-rf",
            "--help",
            "~root",
            "a/../b",
            "..\\..\\x",
            "con",
            "CON.txt",
            "nul ",
            "com1.tar.gz",
            "lpt\u00b9",
            "a:b",
            "x.txt.",
            "x.txt ",
            "a\nb",
            "a\r\nX-Inj: 1",
            "a\u202efdp.exe",
            "\u2028",
            "\ud800",
            "%2e%2e%2fx",
            "\uff0e\uff0e\uff0fx",
            "\u2215etc\u2215passwd",
            "x" * 300 + ".txt",
            "\u00e9" * 300 + ".txt",
            "." * 300,
            "/" * 300,
            "a" * 200 + "." + "b" * 200,
        )
    ],
]
RESERVED = {"con", "prn", "aux", "nul", *[f"{device}{digit}" for device in ("com", "lpt") for digit in range(10)]}


def check_safe(name: str) -> None:
    assert name
    assert len(name.encode()) <= 255
    assert not set(name) & set('/\\:*?"<>|')
    assert not any(unicodedata.category(char) in {"Cc", "Zl", "Zp", "Cs"} for char in name)
    assert not any(unicodedata.bidirectional(char) in {"RLO", "LRO", "RLE", "LRE", "PDF"} for char in name)
    assert not name.startswith((".", "-", "~"))
    assert not name.endswith((".", " "))
    assert name.partition(".")[0].strip().lower() not in RESERVED


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_is_safe_is_one_component(name: str) -> None:
    check_safe(filenames.safe(name))


@given(st.text(max_size=80) | st.text("./\\-~ :con\u202e\x00", max_size=30))
def test_any_name_is_made_safe_118(name: str) -> None:
    check_safe(filenames.safe(name))


@pytest.mark.parametrize("name", ["- 0", "~ .bashrc", "-- x"])
def test_what_is_safe_is_left_as_it_is_118(name: str) -> None:
    made = filenames.safe(name)
    assert not made.startswith(" ")
    assert filenames.safe(made) == made


def _part_named(name: str, tmp_path: Path) -> Path:
    raw = b"Content-Disposition: attachment; filename*=utf-8''" + b"".join(
        [b"%%%02x" % octet for octet in name.encode("utf-8", "surrogatepass")]
    )
    part = parse(raw + b"\r\n\r\ndata").root
    return part.save(tmp_path)


@pytest.mark.parametrize("name", NAMES)
def test_saving_stays_in_the_directory(name: str, tmp_path: Path) -> None:
    inside = tmp_path / "in" / "side"
    inside.mkdir(parents=True)
    saved = _part_named(name, inside)
    assert saved.parent == inside
    assert saved.read_bytes() == b"data"
    assert [found for found in tmp_path.rglob("*") if found.is_file()] == [saved]
    check_safe(saved.name)
    assert not saved.stat().st_mode & stat.S_IXUSR


def test_saving_never_overwrites_and_follows_no_link_118(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"kept")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "x.txt").symlink_to(target)
    part = parse(b"Content-Disposition: attachment; filename=x.txt\r\n\r\ndata").root
    saved = part.save(folder)
    assert saved.name != "x.txt"
    with pytest.raises((ContentError, OSError)):
        part.save(folder, overwrite=True)
    assert target.read_bytes() == b"kept"
    (folder / "dangling.txt").symlink_to(tmp_path / "nowhere")
    part.save(folder, name="dangling.txt")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a/b"])
def test_a_name_that_the_caller_gives_is_made_safe_too_118(name: str, tmp_path: Path) -> None:
    part = parse(b"Content-Type: text/plain\r\n\r\ndata").root
    assert part.save(tmp_path, name=name).parent == tmp_path


def test_what_the_sender_wrote_stays_available_118() -> None:
    part = parse(b'Content-Disposition: attachment; filename="../../etc/cron.d/x"\r\n\r\n').root
    assert part.filename == "../../etc/cron.d/x"


def test_ids_are_never_names_cve_2026_45711_121(tmp_path: Path) -> None:
    raw = b"Message-ID: <../../x@y.test>\r\nContent-ID: <../../x@y.test>\r\nContent-Type: a/b\r\n\r\ndata"
    message = parse(raw)
    assert message.message_id == "<../../x@y.test>"
    assert message.root.save(tmp_path).name == "part.bin"


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(text=st.text('<>./\\@xy\u00e9"', max_size=30))
def test_a_maildir_names_files_by_itself_121(text: str, tmp_path: Path) -> None:
    raw = b"Message-ID: " + text.encode() + b"\r\nSubject: " + text.encode() + b"\r\n\r\nx"
    box = maildir.Maildir(tmp_path / "box", create=True)
    box.add(parse(raw))
    assert {found.parent.parent for found in tmp_path.rglob("*") if found.is_file()} <= {tmp_path / "box"}


class _Watch:
    """What the interpreter was asked to open while somebody watched; modules that are imported do not count."""

    def __init__(self) -> None:
        self.seen: list[str] | None = None
        sys.addaudithook(self)  # it stays for good, and keeps nothing unless it is told to

    def __call__(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.seen is None:
            return
        if event == "open" and not str(arguments[0]).endswith((".py", ".pyc", ".so")):
            self.seen.append(f"open {arguments[0]!r}")
        elif event.startswith(("socket.", "subprocess.", "urllib.", "os.exec", "os.system")):
            self.seen.append(event)


_WATCH = _Watch()


@pytest.fixture
def nothing_opens() -> Iterator[None]:
    """Check that the test opens no file, no connection and no program."""
    mimetypes.init()  # the standard library's guess of types reads its own tables once
    _WATCH.seen = []
    yield
    seen, _WATCH.seen = _WATCH.seen, None
    assert seen == []


def test_the_watch_sees_an_opening() -> None:
    _WATCH.seen = []
    with suppress(OSError):
        Path("/etc/passwd").read_bytes()
    seen, _WATCH.seen = _WATCH.seen, None
    assert len(seen) == 1


HTML = [
    '<img src="/etc/passwd">',
    '<img src="file:///etc/passwd"><link href="../x.css">',
    '<style>@import "/etc/passwd"; a{background:url(/etc/passwd)}</style>',
    '<img src="http://x.test/p.png"><iframe src="//x.test/">',
    "<!ENTITY x SYSTEM 'file:///etc/passwd'>",
]


@pytest.mark.parametrize("html", HTML)
@pytest.mark.usefixtures("nothing_opens")
def test_html_makes_nothing_be_read_cve_2017_5223_122(html: str) -> None:
    message = build(html=html)
    read = parse(message.to_bytes())
    assert read.html == html + "\n"
    assert read.attachments == read.inline == ()
    read_everything(read)


@pytest.mark.usefixtures("nothing_opens")
def test_no_string_is_a_path_or_an_address_ghsa_wqvq_jvpq_h66f_123() -> None:
    for attachments in (
        ["/etc/passwd"],
        [{"path": "/etc/passwd"}],
        [("x", "/etc/passwd")],
        ["https://x.test/"],
        [b"/etc/passwd"],
        [None],
        [("/etc/passwd",)],
    ):
        with pytest.raises(ContentError):
            build(attachments=attachments)
    for value in ("/etc/passwd", {"path": "/etc/passwd"}, {"href": "http://x.test/"}):
        with pytest.raises(ContentError):
            build(html='<img src="cid:p">', inline={"p": value})
    with pytest.raises(ContentError):
        build(calendar="/etc/passwd")
    assert parse(build(text="/etc/passwd", html="file:///etc/passwd").to_bytes()).text == "/etc/passwd\n"


@pytest.mark.usefixtures("nothing_opens")
def test_no_serialiser_opens_anything_ghsa_wqvq_jvpq_h66f_123() -> None:
    message = build(attachments=[("/etc/passwd", b"data")], text="x")
    payload: dict[str, Any] = ses.send_raw_email(message)
    assert b"cm9vdDp4" not in payload["RawMessage"]["Data"]
    ses.send_email(message)
    assert b"data" not in message.to_bytes()
    assert json.dumps(parse(message.to_bytes()).attachments[0].filename) == '"/etc/passwd"'
    reply(parse(message.to_bytes()), from_="b@example.com", text="x")
    forward(parse(message.to_bytes()), from_="b@example.com", to="c@example.com")


@pytest.mark.usefixtures("nothing_opens")
def test_ten_thousand_parts_spill_into_no_file_cve_2017_1000098_125() -> None:
    message = parse(
        b"Content-Type: multipart/form-data; boundary=a\r\n\r\n" + b"--a\r\n\r\nx\r\n" * 9_000 + b"--a--\r\n"
    )
    assert sum(len(part.content) for part in message.parts) == 9_000


def test_a_file_that_is_read_while_writing_is_closed_again_cve_2017_1000098_125(tmp_path: Path) -> None:
    path = tmp_path / "big.bin"
    path.write_bytes(b"\0" * (2**20 + 1))
    message = build(attachments=[path] * 20)
    before = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").is_dir() else 0
    most = 0
    for _ in message.iter_bytes():
        if before:
            most = max(most, len(list(Path("/proc/self/fd").iterdir())))
    assert most <= before + 1


@pytest.mark.parametrize("what", ["folder", "missing", "fifo", "NUL"])
def test_what_is_no_file_is_refused_at_once_123(what: str, tmp_path: Path) -> None:
    path = tmp_path / what
    if what == "folder":
        path.mkdir()
    elif what == "fifo":
        os.mkfifo(path)
    elif what == "NUL":
        path = tmp_path / "a\0b"
    with pytest.raises(ContentError):
        build(attachments=[path])
    with pytest.raises(ContentError):
        attachment(path)


def test_a_quote_in_a_link_leaves_no_attribute_mailparser_412_126() -> None:
    text = 'http://x.test/?"onmouseover="alert(1)\n<script>alert(1)</script>\'&\n'
    asked = Message(from_=('"><b>', "a@example.com"), to="b@example.com", subject="<i>", text=text)
    for message in (
        forward(asked, from_="b@example.com", to="c@example.com", html="<p>See.</p>", attached=False),
        reply(asked, from_="b@example.com", html="<p>Yes.</p>", quote=True),
    ):
        html = parse(message.to_bytes()).html or ""
        own = html.replace("<p>See.</p>", "").replace("<p>Yes.</p>", "")
        assert "<script" not in own
        assert "<b>" not in own
        assert "<i>" not in own
        assert '"onmouseover="' not in own
        assert "&lt;script&gt;" in own
