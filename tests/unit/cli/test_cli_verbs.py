"""What the verbs print and do."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from base64 import b64decode
from collections.abc import Iterator
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from mimekit import Message, parse
from mimekit.bulk.sinks.ses import SesSink
from mimekit.cli import main
from mimekit.maildir import Outbox
from tests.support.net import HOST, free_port

SPEC = """
from = "Ada <ada@example.com>"
to = "Grace <grace@example.org>"
cc = "karen@example.net"
bcc = ["hidden@example.net", "other@example.net"]
mail_from = "bounce@example.com"
subject = "Notes"
text = "Hello."
html = '<p>Hello.</p><img src="cid:plot">'
attachments = ["notes.pdf"]
[inline]
plot = "plot.png"
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Go to a directory with a spec and its files."""
    (tmp_path / "mail.toml").write_text(SPEC)
    (tmp_path / "plot.png").write_bytes(b"\x89PNG" * 9)
    (tmp_path / "notes.pdf").write_bytes(b"%PDF" * 9)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    """Run a verb that says nothing on standard error; give what it printed."""
    found = main(arguments)
    captured = capsys.readouterr()
    assert (found, captured.err) == (code, "")
    return captured.out


class TestCompose:
    def test_the_raw_message_goes_to_standard_output(
        self, here: Path, capsysbinary: pytest.CaptureFixture[bytes]
    ) -> None:
        assert main(["compose", "mail.toml"]) == 0
        octets = capsysbinary.readouterr().out
        message = parse(octets)
        assert [part.filename for part in message.attachments] == ["notes.pdf"]
        assert octets.count(b"\r\n") == octets.count(b"\n")
        assert b"hidden@" not in octets
        assert here.is_dir()

    def test_a_message_comes_out_octet_for_octet(self, here: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
        raw = b"Subject: \xff\x1b\r\n\nbody\r"
        (here / "m.eml").write_bytes(raw)
        assert main(["compose", "m.eml"]) == 0
        assert capsysbinary.readouterr().out == raw

    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    def test_the_bcc_fields_of_a_message_are_not_in_it(
        self, here: Path, capsysbinary: pytest.CaptureFixture[bytes], end: str
    ) -> None:
        lines = [
            "From: a@b.test",
            "Bcc: hidden@b.test,",
            " more@b.test",
            "To: c@b.test",
            "Resent-Bcc: d@b.test",
            "",
            "x",
            "",
        ]
        (here / "m.eml").write_bytes(end.join(lines).encode())
        assert main(["compose", "m.eml"]) == 0
        octets = capsysbinary.readouterr().out
        assert octets.replace(b"\r\n", b"\n") == b"From: a@b.test\nTo: c@b.test\n\nx\n"
        assert main(["compose", "m.eml", "-o", "out.eml"]) == 0
        assert (here / "out.eml").read_bytes() == octets
        assert capsysbinary.readouterr().out == b"out.eml: %d octets\n" % len(octets)
        (here / "m.eml").write_bytes(end.join(lines[:4] + lines[5:]).encode())
        assert main(["compose", "m.eml", "--json"]) == 0
        found = json.loads(capsysbinary.readouterr().out)
        assert b64decode(found["data"]) == octets
        assert found["size"] == len(octets)
        assert found["envelope"]["hidden"] == ["hidden@b.test", "more@b.test"]

    @pytest.mark.usefixtures("here")
    def test_it_is_written_to_a_file(self, capsys: pytest.CaptureFixture[str]) -> None:
        out = run(capsys, "compose", "mail.toml", "-o", "out.eml")
        octets = Path("out.eml").read_bytes()
        assert out == f"out.eml: {len(octets):,} octets\n"
        assert parse(octets).subject == "Notes"
        assert sorted(path.name for path in Path().iterdir()) == ["mail.toml", "notes.pdf", "out.eml", "plot.png"]

    @pytest.mark.usefixtures("here")
    def test_a_file_that_cannot_be_written_is_one_line(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert main(["compose", "mail.toml", "-o", "nowhere/out.eml"]) == 2
        assert re.fullmatch(r"mimekit: nowhere/out\.eml\S* No such file or directory\n", capsys.readouterr().err)

    @pytest.mark.usefixtures("here")
    def test_a_message_whose_file_changes_leaves_no_half(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def torn(_: Message) -> Iterator[bytes]:
            yield b"Subject: x\r\n"
            message = "the disk is full"
            raise OSError(28, message)

        monkeypatch.setattr(Message, "iter_bytes", torn)
        assert main(["compose", "mail.toml", "-o", "out.eml"]) == 2
        assert capsys.readouterr().err == "mimekit: the disk is full\n"
        assert not list(Path().glob("out*"))

    @pytest.mark.usefixtures("here")
    def test_the_same_seed_and_time_give_the_same_octets(self, capsys: pytest.CaptureFixture[str]) -> None:
        fixed = ("--now", "2026-11-24T12:00:00Z", "--seed", "7")
        first = run(capsys, "compose", "mail.toml", *fixed)
        assert first == run(capsys, "compose", "mail.toml", *fixed)
        assert parse(first.encode()).headers["Date"] == "Tue, 24 Nov 2026 12:00:00 +0000"
        assert first != run(capsys, "compose", "mail.toml", *fixed[:2], "--seed", "eight")
        assert first != run(capsys, "compose", "mail.toml", *fixed[:2])

    @pytest.mark.usefixtures("here")
    @pytest.mark.parametrize("now", ["2026-11-24T12:00:00", "noon"])
    def test_a_time_has_an_offset(self, capsys: pytest.CaptureFixture[str], now: str) -> None:
        assert main(["compose", "mail.toml", "--now", now]) == 2
        assert capsys.readouterr().err.startswith(f"mimekit: --now is '{now}'; give a time with its offset")

    @pytest.mark.usefixtures("here")
    def test_json_holds_envelope_and_octets(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = json.loads(run(capsys, "compose", "mail.toml", "--json"))
        octets = b64decode(found["data"])
        assert parse(octets).message_id == found["message_id"]
        assert found["size"] == len(octets)
        assert found["envelope"]["rcpt_to"] == [
            "grace@example.org",
            "karen@example.net",
            "hidden@example.net",
            "other@example.net",
        ]
        assert found["envelope"]["hidden"] == ["hidden@example.net", "other@example.net"]
        found = json.loads(run(capsys, "compose", "mail.toml", "--json", "-o", "out.eml"))
        assert (found["file"], "data" in found) == ("out.eml", False)

    @pytest.mark.usefixtures("here")
    def test_ses_v1_is_what_the_aws_command_line_takes(self, capsys: pytest.CaptureFixture[str]) -> None:
        call = json.loads(run(capsys, "compose", "mail.toml", "--ses", "v1"))
        assert call["Source"] == "bounce@example.com"
        assert call["Destinations"][-1] == "other@example.net"
        assert b"hidden@" not in b64decode(call["RawMessage"]["Data"], validate=True)

    @pytest.mark.usefixtures("here")
    def test_ses_v2_likewise(self, capsys: pytest.CaptureFixture[str]) -> None:
        call = json.loads(run(capsys, "compose", "mail.toml", "--ses", "v2"))
        assert sum([len(addresses) for addresses in call["Destination"].values()]) == 4
        assert parse(b64decode(call["Content"]["Raw"]["Data"], validate=True)).subject == "Notes"


class TestShow:
    @pytest.mark.usefixtures("here")
    def test_header_and_tree_are_shown(self, capsys: pytest.CaptureFixture[str]) -> None:
        out = run(capsys, "show", "mail.toml")
        assert "Subject:      Notes\n" in out
        assert "hidden@" not in out
        tree = [line.split() for line in out.partition("\n\n")[2].splitlines()]
        assert [row[:2] for row in tree[1:4]] == [
            ["multipart/mixed", "7bit"],
            ["1", "multipart/alternative"],
            ["1.1", "text/plain;"],
        ]
        assert tree[-1][:4] == ["2", "application/pdf", "base64", tree[-1][3]]
        assert tree[-1][4:] == ["36", "attachment", "notes.pdf"]

    def test_a_defect_has_a_caret_under_its_octets(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "m.eml").write_bytes(b"To: a@b.test\r\nSubject : Hello\r\n\r\nx\r\n")
        out = run(capsys, "show", "m.eml")
        frame = out[out.index("H011") :].splitlines()
        assert frame == [
            "H011 error space-before-colon  (RFC 5322 4.5)",
            "  at octet 21, line 2",
            "     2 | Subject : Hello",
            "       |        ^ white space before the colon of Subject",
        ]

    @pytest.mark.parametrize(
        ("raw", "line", "carets"),
        [
            (b"A: \xc3\xa9\x1b\r\n\r\n", "     1 | A: \\xc3\\xa9\\x1b", "       |            ^^^^"),
            (b"A: \0\r\n\r\n", "     1 | A: \\x00", "       |    ^^^^"),
            (b"A: b\r\nC: d\n\r\n", "     2 | C: d\\n", "       |     ^^"),
            (b"A: b\rc\r\n\r\n", "     1 | A: b\\rc", "       |     ^^"),
            (b"X: " + b"y" * 300 + b"\0" + b"z" * 300 + b"\r\n\r\n", "     1 | ..." + "y" * 40 + "\\x00", None),
        ],
    )
    def test_carets_count_what_is_shown(
        self, here: Path, capsys: pytest.CaptureFixture[str], raw: bytes, line: str, carets: str | None
    ) -> None:
        (here / "m.eml").write_bytes(raw)
        out = run(capsys, "show", "m.eml")
        shown = [at for at, text in enumerate(out.splitlines()) if text.startswith(line)]
        assert shown, out
        if carets is None:
            carets = "       | " + " " * 43 + "^^^^"
        assert out.splitlines()[shown[0] + 1].startswith(carets + " ")

    def test_json_has_header_parts_and_defects(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "m.eml").write_bytes(b"Subject : H\xc3\xa9\r\nContent-Type: text/plain\r\n\r\nHello\r\n")
        found = json.loads(run(capsys, "show", "m.eml", "--json"))
        assert found["headers"][0] == ["Subject", "H\u00e9"]
        assert found["parts"] == [
            {
                "number": "1",
                "depth": 0,
                "content_type": "text/plain",
                "charset": None,
                "transfer_encoding": "7bit",
                "size": 50,
                "content_size": 7,
                "filename": None,
                "disposition": None,
                "content_id": None,
            }
        ]
        assert found["defects"][0] == {
            "code": "H011",
            "name": "space-before-colon",
            "severity": "error",
            "start": 7,
            "end": 8,
            "line": 1,
            "detail": "white space before the colon of Subject",
            "reference": "RFC 5322 4.5",
        }

    def test_embedded_messages_and_deep_trees_are_shown(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        inner = Message(from_="a@b.test", text="in", attachments=[("x.bin", b"12345")])
        (here / "m.eml").write_bytes(Message(from_="a@b.test", text="x", attachments=[inner]).to_bytes())
        out = run(capsys, "show", "m.eml")
        assert re.search(r"(?m)^      2\.2 application/octet-stream +base64 +\d+ +5  attachment x\.bin$", out)
        deep = b"".join([b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (at, at) for at in range(300)])
        (here / "deep.eml").write_bytes(deep)
        assert max([len(line) for line in run(capsys, "show", "deep.eml").splitlines()]) < 500

    def test_the_size_of_a_large_file_is_known_without_reading_it(
        self, here: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        with (here / "notes.pdf").open("wb") as file:
            file.truncate(3 * 2**20)
        assert "3,145,728  attachment notes.pdf" in run(capsys, "show", "mail.toml")


class TestEnvelope:
    @pytest.mark.usefixtures("here")
    def test_the_table_says_who_is_hidden(self, capsys: pytest.CaptureFixture[str]) -> None:
        rows = [line.split(maxsplit=2) for line in run(capsys, "envelope", "mail.toml").splitlines()]
        assert rows[0] == ["MAIL", "FROM", "<bounce@example.com> (same domain as From)"]
        assert rows[1:] == [
            ["grace@example.org", "To", "served"],
            ["karen@example.net", "Cc", "served"],
            ["hidden@example.net", "Bcc", "served, hidden"],
            ["other@example.net", "Bcc", "served, hidden"],
        ]

    @pytest.mark.usefixtures("here")
    def test_json_says_the_same(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = json.loads(run(capsys, "envelope", "mail.toml", "--json"))
        assert found["mail_from_is"] == "from-domain"
        assert found["recipients"][2] == {"address": "hidden@example.net", "fields": ["Bcc"], "served": True}
        assert found["not_sent"] == []

    def test_esmtp_parameters_are_shown(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "m.eml").write_bytes("From: a@b.test\r\nTo: jos\u00e9@b.test\r\n\r\nx\r\n".encode())
        assert run(capsys, "envelope", "m.eml").startswith(
            "MAIL FROM <a@b.test> (same as From) BODY=8BITMIME SMTPUTF8\n  jos\u00e9@b.test"
        )

    def test_an_address_that_cannot_be_read_is_an_error(self, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
        (here / "m.eml").write_bytes(b"From: a@b.test\r\nTo: c@d.test, oops <\r\n\r\nx\r\n")
        assert main(["envelope", "m.eml"]) == 2
        assert "in To cannot be read as an address" in capsys.readouterr().err


class TestSendToTheOutbox:
    @pytest.mark.usefixtures("here")
    @pytest.mark.parametrize(("bcc", "copies"), [("omit", 1), ("separate", 3), ("empty", 1)])
    def test_it_says_where_each_copy_went(self, capsys: pytest.CaptureFixture[str], bcc: str, copies: int) -> None:
        out = run(capsys, "send", "mail.toml", "--bcc", bcc)
        rows = [line.split() for line in out.splitlines()[1:-1]]
        assert [row[:2] for row in rows] == [
            ["grace@example.org", "To"],
            ["karen@example.net", "Cc"],
            ["hidden@example.net", "Bcc"],
            ["other@example.net", "Bcc"],
        ]
        by_path = {
            str(entry.path): delivery
            for entry, delivery in zip(Outbox("outbox"), Outbox("outbox").deliveries(), strict=True)
        }
        assert len(by_path) == copies == len({row[2] for row in rows})
        for address, field, path in rows:
            assert address in by_path[path].rcpt_to
            seen = message_from_bytes(Path(path).read_bytes())["Bcc"]
            assert seen == {"omit": None, "separate": address if field == "Bcc" else None, "empty": ""}[bcc]
        assert out.splitlines()[-1] == f"4 recipients in {copies} {'copy' if copies == 1 else 'copies'}, 0 refused"

    @pytest.mark.usefixtures("here")
    def test_json_says_the_same(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = json.loads(run(capsys, "send", "mail.toml", "--bcc", "separate", "--json"))
        paths = [str(entry.path) for entry in Outbox("outbox")]
        assert (found["mail_from"], found["copies"], found["served"], found["refused"]) == (
            "bounce@example.com",
            3,
            4,
            0,
        )
        fields = ["To", "Cc", "Bcc", "Bcc"]
        assert [row["fields"] for row in found["recipients"]] == [[field] for field in fields]
        assert [(row["copy"], row["where"]) for row in found["recipients"]] == [
            (copy, paths[copy - 1]) for copy in (1, 1, 2, 3)
        ]
        assert found["recipients"][-1] == {
            "address": "other@example.net",
            "fields": ["Bcc"],
            "served": True,
            "copy": 3,
            "where": paths[2],
            "code": None,
            "text": None,
        }

    @pytest.mark.usefixtures("here")
    def test_another_directory_can_be_named(self, capsys: pytest.CaptureFixture[str]) -> None:
        assert "there/new/" in run(capsys, "send", "mail.toml", "--outbox", "there")
        assert len(Outbox("there")) == 1

    @pytest.mark.usefixtures("here")
    def test_a_message_without_recipients_is_bad_input(self, capsys: pytest.CaptureFixture[str]) -> None:
        Path("m.toml").write_text('from = "a@b.test"')
        assert main(["send", "m.toml"]) == 2
        assert "the message has no recipient" in capsys.readouterr().err
        assert not Path("outbox").exists()


class _Server:
    """An SMTP server that refuses some recipients."""

    def __init__(self) -> None:
        self.envelopes: list[tuple[str, list[str], bytes]] = []

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        """Refuse those whose address asks for it."""
        del server, session, options
        await asyncio.sleep(0)
        if "refused" in address:
            return "550 5.1.1 no such \x1b[2J user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 - likewise
        """Keep what was sent."""
        del server, session
        await asyncio.sleep(0)
        self.envelopes.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


@pytest.fixture
def server() -> Iterator[tuple[str, _Server]]:
    """Start an SMTP server on loopback."""
    handler = _Server()
    controller = Controller(handler, hostname=HOST, port=free_port())
    controller.start()
    yield f"{HOST}:{controller.port}", handler
    controller.stop()


class TestSendBySmtp:
    @pytest.mark.usefixtures("here")
    @pytest.mark.parametrize(("bcc", "copies"), [("omit", 1), ("separate", 3)])
    def test_everybody_is_served(
        self, capsys: pytest.CaptureFixture[str], server: tuple[str, _Server], bcc: str, copies: int
    ) -> None:
        address, handler = server
        out = run(capsys, "send", "mail.toml", "--smtp", address, "--bcc", bcc)
        assert out.count(f"accepted by {address}\n") == 4
        assert len(handler.envelopes) == copies
        assert {mail_from for mail_from, _, _ in handler.envelopes} == {"bounce@example.com"}
        assert [address for _, rcpt_to, _ in handler.envelopes for address in rcpt_to] == [
            "grace@example.org",
            "karen@example.net",
            "hidden@example.net",
            "other@example.net",
        ]

    @pytest.mark.usefixtures("here")
    def test_who_is_refused_is_named_and_the_exit_code_is_1(
        self, capsys: pytest.CaptureFixture[str], server: tuple[str, _Server]
    ) -> None:
        address, handler = server
        Path("m.toml").write_text('from = "a@b.test"\nto = "c@b.test, refused@b.test"')
        out = run(capsys, "send", "m.toml", "--smtp", address, code=1)
        assert f"refused by {address}: 550 5.1.1 no such \\x1b[2J user\n" in out
        assert out.endswith("1 recipient in 1 copy, 1 refused\n")
        assert [rcpt_to for _, rcpt_to, _ in handler.envelopes] == [["c@b.test"]]
        Path("m.toml").write_text('from = "a@b.test"\nto = "refused@b.test"')
        assert run(capsys, "send", "m.toml", "--smtp", address, code=1).endswith("0 recipients in 1 copy, 1 refused\n")

    @pytest.mark.usefixtures("here")
    def test_json_holds_the_reply(self, capsys: pytest.CaptureFixture[str], server: tuple[str, _Server]) -> None:
        address, _ = server
        Path("m.toml").write_text('from = "a@b.test"\nto = "c@b.test, refused@b.test"')
        found = json.loads(run(capsys, "send", "m.toml", "--smtp", address, "--json", code=1))
        served, refused = found["recipients"]
        assert (served["served"], served["where"], served["code"], served["text"]) == (True, address, None, None)
        assert refused == {
            "address": "refused@b.test",
            "fields": ["To"],
            "served": False,
            "copy": 1,
            "where": address,
            "code": 550,
            "text": "5.1.1 no such \x1b[2J user",
        }
        assert (found["served"], found["refused"]) == (1, 1)

    @pytest.mark.usefixtures("here")
    def test_nobody_is_accepted_by_a_server_that_closes(
        self, capsys: pytest.CaptureFixture[str], server: tuple[str, _Server], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address, handler = server

        async def close(server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
            del server, session, options
            await asyncio.sleep(0)
            if address == "d@b.test":
                return "421 closing"
            envelope.rcpt_tos.append(address)
            return "250 OK"

        monkeypatch.setattr(handler, "handle_RCPT", close)
        Path("m.toml").write_text('from = "a@b.test"\nto = "c@b.test, d@b.test, e@b.test"')
        out = run(capsys, "send", "m.toml", "--smtp", address, code=1)
        assert out.count(f"refused by {address}: 421 closing\n") == 3
        assert out.endswith("0 recipients in 1 copy, 3 refused\n")

    @pytest.mark.usefixtures("here")
    def test_a_reply_to_quit_changes_nothing(
        self, capsys: pytest.CaptureFixture[str], server: tuple[str, _Server], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        address, handler = server

        async def leave(server: Any, session: Any, envelope: Any) -> str:
            del server, session, envelope
            await asyncio.sleep(0)
            return "421 in a hurry"

        monkeypatch.setattr(handler, "handle_QUIT", leave, raising=False)
        Path("m.toml").write_text('from = "a@b.test"\nto = "c@b.test"')
        assert "1 recipient in 1 copy, 0 refused" in run(capsys, "send", "m.toml", "--smtp", address)

    @pytest.mark.usefixtures("here")
    def test_a_server_that_does_not_answer_is_no_traceback(self, capsys: pytest.CaptureFixture[str]) -> None:
        server = f"{HOST}:{free_port()}"
        out = run(capsys, "send", "mail.toml", "--smtp", server, code=1)
        assert out.count(f"not sent: {server} cannot be used: Connection refused\n") == 4

    @pytest.mark.usefixtures("here")
    @pytest.mark.parametrize("server", ["", "host:", "host:0", "host:99999", "ho st:25", "[::1", "a:b:c"])
    def test_a_server_is_a_host_and_a_port(self, capsys: pytest.CaptureFixture[str], server: str) -> None:
        assert main(["send", "mail.toml", "--smtp", server]) == 2
        assert "give HOST:PORT" in capsys.readouterr().err


@pytest.fixture
def ses_calls(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Put a client in place of boto3's that takes calls, but not for one address."""
    from botocore.exceptions import ClientError

    calls: list[dict[str, Any]] = []

    class Client:
        def send_email(self, **call: Any) -> dict[str, str]:
            if call["Destination"].get("BccAddresses") == ["other@example.net"]:
                error = {"Code": "MessageRejected", "Message": "Email address is not verified"}
                raise ClientError({"Error": error}, "SendEmail")
            calls.append(call)
            return {"MessageId": f"id-{len(calls)}"}

        def close(self) -> None:
            """Do nothing."""

    monkeypatch.setattr(SesSink, "_made", lambda _: Client())
    return calls


class TestSendBySes:
    @pytest.mark.usefixtures("here")
    def test_each_delivery_is_one_call(
        self, capsys: pytest.CaptureFixture[str], ses_calls: list[dict[str, Any]]
    ) -> None:
        out = run(capsys, "send", "mail.toml", "--ses")
        assert out.count("accepted by SES as id-1\n") == 4
        (call,) = ses_calls
        assert b"hidden@" not in call["Content"]["Raw"]["Data"]

    @pytest.mark.usefixtures("here", "ses_calls")
    def test_json_holds_the_id_or_the_reason(self, capsys: pytest.CaptureFixture[str]) -> None:
        found = json.loads(run(capsys, "send", "mail.toml", "--ses", "--bcc", "separate", "--json", code=1))
        rows = [(row["served"], row["where"], row["text"]) for row in found["recipients"]]
        assert rows[0] == (True, "SES id-1", None)
        assert rows[-1] == (False, "SES", "MessageRejected: Email address is not verified")

    @pytest.mark.usefixtures("here", "ses_calls")
    def test_a_call_that_is_refused_is_named_and_the_others_go_on(self, capsys: pytest.CaptureFixture[str]) -> None:
        out = run(capsys, "send", "mail.toml", "--ses", "--bcc", "separate", code=1)
        assert out.splitlines()[-2].endswith("refused by SES: MessageRejected: Email address is not verified")
        assert out.splitlines()[-1] == "3 recipients in 3 copies, 1 refused"

    @pytest.mark.usefixtures("here")
    def test_without_boto3_one_line_says_what_to_install(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "boto3", None)
        assert main(["send", "mail.toml", "--ses"]) == 2
        err = capsys.readouterr().err
        assert err == "mimekit: the sink of Amazon SES needs boto3, which is not installed; install mimekit[ses]\n"
