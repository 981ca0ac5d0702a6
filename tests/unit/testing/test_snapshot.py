"""Golden files: what is new each time is replaced, in a message that stays one."""

from __future__ import annotations

from pathlib import Path
from typing import Any  # arguments of Message

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mimekit import Message, dkim, parse
from mimekit.testing.snapshot import MailSnapshot, normalised


def made(**changed: Any) -> Message:
    given: dict[str, Any] = {
        "from_": "ada@example.com",
        "to": "grace@example.org",
        "subject": "Notes",
        "text": "Hi\n",
        "html": '<p>Hi \u00fc<img src="cid:p" alt="p"></p>',
        "inline": {"p": ("p.png", b"\x89PNG")},
        "attachments": [("a.pdf", b"%PDF-1")],
    }
    return Message(**given | changed)


def snapshot(path: Path, *, is_updating: bool = False, test: str = "test_it") -> MailSnapshot:
    return MailSnapshot(path / "test_mail.py", test, is_updating=is_updating)


def test_two_builds_of_a_message_are_the_same() -> None:
    first, second = made(), made()
    assert first.to_bytes() != second.to_bytes()
    assert normalised(first.to_bytes()) == normalised(second.to_bytes())


def test_what_is_written_is_a_message_with_the_same_parts() -> None:
    before, after = made(), parse(normalised(made().to_bytes()))
    assert [part.content_type.essence for part in after.parts] == [part.content_type.essence for part in before.parts]
    assert after.text == "Hi\n"
    assert after.html == '<p>Hi \u00fc<img src="cid:cid-1@example.com" alt="p"></p>\n'
    assert after.inline[0].content_id == "<cid-1@example.com>"
    assert after.attachments[0].content == b"%PDF-1"
    assert after.headers["Date"] == "Thu, 01 Jan 1970 00:00:00 +0000"
    assert [part.content_type.boundary for part in after.parts if part.is_multipart] == [
        "=_boundary-1",
        "=_boundary-2",
        "=_boundary-3",
    ]


def test_an_id_is_the_same_wherever_it_stands() -> None:
    raw = b"Message-ID: <x@a.test>\r\nIn-Reply-To: <y@b.test>\r\nReferences: <x@a.test> <y@b.test>\r\n\r\n"
    assert (
        normalised(raw)
        == b"Message-ID: <id-1@a.test>\nIn-Reply-To: <id-2@b.test>\nReferences: <id-1@a.test> <id-2@b.test>\n\n"
    )


def test_signatures_keep_what_is_signed_and_lose_the_rest() -> None:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    signer = dkim.Signer("example.com", selector="s", key=pem)
    first, second = normalised(signer.sign(made()).to_bytes()), normalised(signer.sign(made()).to_bytes())
    assert first == second
    assert b"d=example.com" in first


def test_what_else_changes_can_be_ignored() -> None:
    assert normalised(b"X-Run: 1\r\nSubject: a\r\n\r\n", {"x-run"}) == b"Subject: a\n\n"


@given(st.binary(max_size=200))
def test_any_octets_are_normalised_once(raw: bytes) -> None:
    once = normalised(raw)
    assert normalised(once) == once


def test_a_golden_file_is_compared_and_written_only_when_asked_for(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"there is no golden file test_it\.eml"):
        snapshot(tmp_path)(made())
    snapshot(tmp_path, is_updating=True)(made())
    path = tmp_path / "__mail_snapshots__" / "test_mail" / "test_it.eml"
    written = path.stat().st_mtime_ns
    snapshot(tmp_path, is_updating=True)(made())
    assert path.stat().st_mtime_ns == written
    snapshot(tmp_path)(made())
    with pytest.raises(AssertionError, match=r"(?s)not as in test_mail/test_it\.eml.*Subject.*- Notes.*\+ Note"):
        snapshot(tmp_path)(made(subject="Note"))


def test_a_golden_file_may_have_the_line_ends_of_a_checkout(tmp_path: Path) -> None:
    snapshot(tmp_path, is_updating=True)(made())
    path = next(tmp_path.rglob("*.eml"))
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    snapshot(tmp_path)(made())


def test_what_only_octets_tell_apart_is_told(tmp_path: Path) -> None:
    snapshot(tmp_path, is_updating=True)(b"Subject: a b\r\n\r\n")
    with pytest.raises(AssertionError, match=r"(?s)the same in other octets.*-Subject: a b.*\+Subject: a"):
        snapshot(tmp_path)(b"Subject: a\r\n b\r\n\r\n")


@pytest.mark.parametrize(
    ("test", "name", "file"),
    [
        ("test_it[../../x]", None, "test_it-..-..-x.eml"),
        ("test_it", "../up", "test_it.up.eml"),
        ("test_it", "second mail", "test_it.second-mail.eml"),
    ],
)
def test_names_of_files_stay_in_their_directory(tmp_path: Path, test: str, name: str | None, file: str) -> None:
    snapshot(tmp_path, is_updating=True, test=test)(made(), name)
    (path,) = tmp_path.rglob("*.eml")
    assert path == tmp_path / "__mail_snapshots__" / "test_mail" / file
