"""A delivery through `smtplib` and `aiosmtplib` to aiosmtpd and to servers that refuse: RFC 5321 3.3."""

from __future__ import annotations

import asyncio
import smtplib
import socketserver
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import aiosmtplib
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

import mimekit
from mimekit import Delivery, Message, smtp
from mimekit.errors import ContentError, EnvelopeError
from tests.support.net import HOST, free_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PLAIN = b"From: ada@example.test\r\nSubject: dots\r\n\r\n.\r\n..\r\n.hidden\r\nend.\r\n"
EIGHT_BIT = "From: ada@example.test\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGr\u00fc\u00dfe\r\n".encode()
WISHES = ("RET", "ENVID", "NOTIFY", "ORCPT", "REQUIRETLS", "MT-PRIORITY")
CLIENTS = ["smtplib", "aiosmtplib"]

both = pytest.mark.parametrize("kind", CLIENTS)


class Recording(SMTP):
    """An aiosmtpd server that keeps the arguments of MAIL and RCPT and takes the parameters it does not know."""

    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's
        self.event_handler.mail.append(arg)
        await super().smtp_MAIL(self._known(arg))

    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802 - aiosmtpd's
        self.event_handler.rcpt.append(arg)
        await super().smtp_RCPT(self._known(arg))

    @staticmethod
    def _known(arg: str | None) -> str:
        return " ".join([word for word in (arg or "").split(" ") if not word.startswith(WISHES)])


class Server:
    """A server that offers *offered* and nothing else, and what it got."""

    def __init__(self, offered: set[str]) -> None:
        self.offered = offered
        self.port = free_port()
        self.mail: list[str] = []
        self.rcpt: list[str] = []
        self.octets: list[bytes] = []
        self.people: list[list[str]] = []

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        """Offer what this server offers."""
        del server, envelope
        session.host_name = hostname
        return [responses[0], *[f"250-{name}" for name in sorted(self.offered)], "250 HELP"]

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Refuse those who are gone."""
        del server, session, options
        if address.startswith("gone"):
            return "550 5.1.1 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        """Keep what came."""
        del server, session
        assert isinstance(envelope.content, bytes)
        if b"spam" in envelope.content:
            return "554 5.7.1 refused"
        self.octets.append(envelope.content)
        self.people.append(list(envelope.rcpt_tos))
        return "250 kept"


class Loopback(Controller):
    """A controller that makes the recording server."""

    def factory(self) -> SMTP:
        """Make the server of one connection."""
        return Recording(self.handler, enable_SMTPUTF8="SMTPUTF8" in self.handler.offered, hostname=HOST)


@contextmanager
def serving(*offered: str) -> Iterator[Server]:
    server = Server(set(offered))
    controller = Loopback(server, hostname=HOST, port=server.port, ready_timeout=20)
    controller.start()
    try:
        yield server
    finally:
        controller.stop()


def deliver(kind: str, port: int, *deliveries: Delivery) -> list[object]:
    """Send over one connection; give what each send gave or raised."""
    if kind == "smtplib":
        given: list[object] = []
        with smtplib.SMTP(HOST, port, local_hostname="client.test", timeout=20) as client:
            for one in deliveries:
                try:
                    given.append(smtp.send(client, one))
                except Exception as error:  # noqa: BLE001 - the test looks at it
                    given.append(error)
        return given

    async def run() -> list[object]:
        client = aiosmtplib.SMTP(hostname=HOST, port=port, local_hostname="client.test", start_tls=False, timeout=20)
        await client.connect()
        given: list[object] = []
        for one in deliveries:
            try:
                given.append(await smtp.send(client, one))
            except Exception as error:  # noqa: BLE001 - the test looks at it
                given.append(error)
        if client.is_connected:
            await client.quit()
        return given

    return asyncio.run(run())


def delivery(
    *rcpt_to: str,
    data: bytes = PLAIN,
    mail_from: str = "ada@example.test",
    **parameters: Any,
) -> Delivery:
    return Delivery(mimekit.Envelope(mail_from, rcpt_to or ("grace@example.test",), **parameters), data)


@both
def test_the_octets_arrive_as_they_are(kind: str) -> None:
    with serving("SIZE 33554432", "8BITMIME") as server:
        assert deliver(kind, server.port, delivery("grace@example.test", "karen@example.test")) == [{}]
    assert server.octets == [PLAIN]
    assert server.people == [["grace@example.test", "karen@example.test"]]
    assert server.mail == [f"FROM:<ada@example.test> SIZE={len(PLAIN)}"]


@both
def test_a_missing_line_end_is_added_and_counted(kind: str) -> None:
    with serving("SIZE") as server:
        assert deliver(kind, server.port, delivery(data=PLAIN[:-2])) == [{}]
    assert server.octets == [PLAIN]
    assert server.mail == [f"FROM:<ada@example.test> SIZE={len(PLAIN)}"]


@both
def test_8_bit_octets_say_so_when_the_server_offers_it(kind: str) -> None:
    with serving("8BITMIME") as server:
        assert deliver(kind, server.port, delivery(data=EIGHT_BIT), delivery()) == [{}, {}]
    assert server.octets == [EIGHT_BIT, PLAIN]
    assert server.mail == ["FROM:<ada@example.test> BODY=8BITMIME", "FROM:<ada@example.test>"]


@both
def test_8_bit_octets_are_not_sent_where_8bitmime_is_not_offered(kind: str) -> None:
    with serving("SIZE", "SMTPUTF8") as server:
        error, then = deliver(kind, server.port, delivery(data=EIGHT_BIT), delivery())
    assert isinstance(error, EnvelopeError)
    assert "8BITMIME" in str(error)
    assert 'with_encoding("7bit")' in str(error)
    assert then == {}
    assert (len(server.mail), server.octets) == (1, [PLAIN])


@both
def test_the_way_out_that_the_error_names_works(kind: str) -> None:
    msg = Message(from_="ada@example.test", to="grace@example.test", text="Gr\u00fc\u00dfe", encoding="8bit")
    with serving() as server:
        (error,) = deliver(kind, server.port, *msg.deliveries())
        assert isinstance(error, EnvelopeError)
        assert deliver(kind, server.port, *msg.with_encoding("7bit").deliveries()) == [{}]
    assert mimekit.parse(server.octets[0]).text == "Gr\u00fc\u00dfe\n"


@both
def test_an_address_that_needs_smtputf8_is_sent_as_utf8(kind: str) -> None:
    with serving("8BITMIME", "SMTPUTF8") as server:
        assert deliver(kind, server.port, delivery("gr\u00fcn@b\u00fccher.test"), delivery()) == [{}, {}]
    assert server.mail[0] == "FROM:<ada@example.test> SMTPUTF8"
    assert server.people[0] == ["gr\u00fcn@xn--bcher-kva.test"]


@both
def test_an_address_that_needs_smtputf8_is_named_where_it_is_not_offered(kind: str) -> None:
    with serving("8BITMIME") as server:
        (error,) = deliver(kind, server.port, delivery("karen@example.test", "gr\u00fcn@example.test"))
    assert isinstance(error, EnvelopeError)
    assert "gr\\xfcn@example.test" in str(error)
    assert "SMTPUTF8" in str(error)
    assert server.mail == []


@both
def test_a_field_that_needs_smtputf8_is_named_where_it_is_not_offered(kind: str) -> None:
    msg = Message(
        from_="ada@example.test", to="grace@example.test", subject="Gr\u00fc\u00dfe", text="x", encoding="smtputf8"
    )
    with serving("8BITMIME") as server:
        error, sent = deliver(kind, server.port, *msg.deliveries(), *msg.with_encoding("7bit").deliveries())
    assert isinstance(error, EnvelopeError)
    assert "'Subject'" in str(error)
    assert sent == {}
    assert mimekit.parse(server.octets[0]).subject == "Gr\u00fc\u00dfe"
    assert len(server.mail) == 1


@both
def test_smtputf8_that_nothing_needs_is_left_out(kind: str) -> None:
    with serving() as server:
        assert deliver(kind, server.port, delivery(smtputf8=True)) == [{}]
    assert server.mail == ["FROM:<ada@example.test>"]


WISHING = delivery(
    "grace@example.test",
    "karen@example.test",
    ret="HDRS",
    envid="a=1",
    notify={"karen@example.test": ("SUCCESS", "DELAY")},
    orcpt={"grace@example.test": "g@example.test"},
    mt_priority=3,
)


@both
def test_each_recipient_gets_its_own_dsn_options(kind: str) -> None:
    with serving("DSN", "MT-PRIORITY") as server:
        assert deliver(kind, server.port, WISHING) == [{}]
    assert server.mail == ["FROM:<ada@example.test> RET=HDRS ENVID=a+3D1 MT-PRIORITY=3"]
    assert server.rcpt == [
        "TO:<grace@example.test> ORCPT=rfc822;g@example.test",
        "TO:<karen@example.test> NOTIFY=SUCCESS,DELAY",
    ]


@both
def test_wishes_are_left_out_where_they_are_not_offered(kind: str) -> None:
    with serving() as server:
        assert deliver(kind, server.port, WISHING) == [{}]
    assert server.mail == ["FROM:<ada@example.test>"]
    assert server.rcpt == ["TO:<grace@example.test>", "TO:<karen@example.test>"]


@both
def test_requiretls_is_no_wish(kind: str) -> None:
    asking = delivery(requiretls=True)
    with serving() as server:
        (error,) = deliver(kind, server.port, asking)
        assert isinstance(error, EnvelopeError)
        assert "REQUIRETLS" in str(error)
        assert server.mail == []
    with serving("REQUIRETLS") as server:
        assert deliver(kind, server.port, asking) == [{}]
        assert server.mail == ["FROM:<ada@example.test> REQUIRETLS"]


@both
def test_binarymime_is_refused_for_it_goes_by_bdat(kind: str) -> None:
    with serving("8BITMIME", "BINARYMIME", "CHUNKING") as server:
        (error,) = deliver(kind, server.port, delivery(body="BINARYMIME"))
    assert isinstance(error, EnvelopeError)
    assert server.mail == []


@both
@pytest.mark.parametrize("bad", [b"a\nb\r\n", b"a\rb\r\n", b"a\r", b"a\0b\r\n", b"x" * 999 + b"\r\n", b"x" * 1200])
def test_octets_that_smtp_does_not_carry_are_not_sent(kind: str, bad: bytes) -> None:
    with serving("8BITMIME") as server:
        error, then = deliver(kind, server.port, delivery(data=b"From: a@b.test\r\n\r\n" + bad), delivery())
    assert isinstance(error, ContentError)
    assert then == {}
    assert (len(server.mail), server.octets) == (1, [PLAIN])


@both
def test_a_refused_recipient_is_given_back_and_the_others_are_served(kind: str) -> None:
    with serving() as server:
        (refused,) = deliver(kind, server.port, delivery("gone@example.test", "grace@example.test"))
    assert isinstance(refused, dict)
    assert {address: reply[0] for address, reply in refused.items()} == {"gone@example.test": 550}
    assert server.people == [["grace@example.test"]]


@both
def test_when_everybody_is_refused_it_raises_and_the_connection_goes_on(kind: str) -> None:
    with serving() as server:
        error, then = deliver(kind, server.port, delivery("gone1@example.test", "gone2@example.test"), delivery())
    assert isinstance(error, (smtplib.SMTPRecipientsRefused, aiosmtplib.SMTPRecipientsRefused))
    assert len(error.recipients) == 2
    assert then == {}
    assert server.people == [["grace@example.test"]]


@both
def test_when_the_data_is_refused_it_raises_and_the_connection_goes_on(kind: str) -> None:
    with serving() as server:
        error, then = deliver(kind, server.port, delivery(data=b"From: a@b.test\r\n\r\nspam\r\n"), delivery())
    assert isinstance(error, (smtplib.SMTPDataError, aiosmtplib.SMTPDataError))
    assert then == {}
    assert server.octets == [PLAIN]


@both
def test_a_quoted_local_part_arrives_as_it_is(kind: str) -> None:
    address = '"Ada L. \\"x\\"> SIZE=1"@example.test'
    with serving("SIZE") as server:
        deliver(kind, server.port, delivery(mail_from=address))
    assert server.mail == [f"FROM:<{address}> SIZE={len(PLAIN)}"]


@both
def test_a_large_file_arrives_whole(kind: str, tmp_path: Path) -> None:
    octets = bytes(range(256)) * 8192
    big = tmp_path / "big.bin"
    big.write_bytes(octets)
    msg = Message(from_="ada@example.test", to="grace@example.test", bcc="k@x.test", text=".\n", attachments=[big])
    with serving("SIZE 33554432") as server:
        assert deliver(kind, server.port, *msg.deliveries()) == [{}]
    assert server.octets == [msg.to_bytes()]
    assert server.mail == [f"FROM:<ada@example.test> SIZE={msg.size}"]
    assert mimekit.parse(server.octets[0]).attachments[0].content == octets


class Vanishing:
    """Octets that are there when they are checked and gone when they are sent."""

    def __init__(self) -> None:
        self.size = len(PLAIN)
        self.readings = 0

    def __iter__(self) -> Iterator[bytes]:
        self.readings += 1
        yield PLAIN[:30] + PLAIN
        yield PLAIN
        if self.readings > 1:
            message = "the file changed"
            raise ContentError(message)
        yield PLAIN


def test_octets_that_vanish_while_they_are_sent_end_the_connection_and_reach_nobody() -> None:
    vanishing = Delivery(mimekit.Envelope("ada@example.test", "grace@example.test"), Vanishing())
    with serving() as server:
        error, then = deliver("smtplib", server.port, vanishing, delivery())
    assert isinstance(error, ContentError)
    assert isinstance(then, smtplib.SMTPServerDisconnected)
    assert "connect()" in str(then), "the connection was left open in the middle of the data"
    assert server.octets == []


def test_two_tasks_may_share_a_client() -> None:
    names = [f"person{number}@example.test" for number in range(20)]

    async def run(port: int) -> None:
        client = aiosmtplib.SMTP(hostname=HOST, port=port, local_hostname="client.test", start_tls=False)
        async with client:
            sends = [smtp.send(client, delivery(name)) for name in names]
            usual = client.sendmail("ada@example.test", ["usual@example.test"], PLAIN)
            await asyncio.gather(*sends[:10], usual, *sends[10:])

    with serving("SIZE") as server:
        asyncio.run(run(server.port))
    assert sorted(server.people) == sorted([[name] for name in (*names, "usual@example.test")])
    assert server.octets == [PLAIN] * 21


# -- servers that aiosmtpd cannot play


class Script(socketserver.ThreadingTCPServer):
    """A server that answers each line by a function and keeps the lines; data is one line of its own."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, answer: Callable[[str], str]) -> None:
        super().__init__((HOST, 0), Scripted)
        self.answer = answer
        self.lines: list[str] = []

    @property
    def port(self) -> int:
        return self.server_address[1]


class Scripted(socketserver.StreamRequestHandler):
    """One connection to a scripted server."""

    def handle(self) -> None:
        """Answer until the other side goes, or the answer is 221 or 421."""
        script = cast("Script", self.server)
        self.wfile.write(b"220 hello\r\n")
        while line := self.rfile.readline().decode():
            verb, space, rest = line.rstrip("\r\n").partition(" ")
            script.lines.append(verb.upper() + space + rest)  # smtplib says some verbs in lower case
            reply = script.answer(script.lines[-1])
            self.wfile.write(reply.encode() + b"\r\n")
            if reply.startswith("354"):
                data = b""
                while not data.endswith(b"\r\n.\r\n"):
                    octets = self.rfile.readline()
                    if not octets:
                        return
                    data += octets
                self.wfile.write(script.answer("END").encode() + b"\r\n")
            if reply.startswith(("221", "421")):
                return


@contextmanager
def scripted(**answers: str) -> Iterator[Script]:
    """Answer by the first word of a line, with what is usual where nothing is given."""
    usual = {"EHLO": "250 hello", "DATA": "354 go on", "QUIT": "221 bye"} | answers

    def answer(line: str) -> str:
        if line in usual:
            return usual[line]
        return usual.get(line.split(" ", 1)[0], "250 OK")

    with Script(answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def commands(server: Script) -> list[str]:
    return [line for line in server.lines if not line.startswith(("EHLO", "QUIT"))]


@both
def test_a_server_that_knows_only_helo_gets_no_options(kind: str) -> None:
    with scripted(EHLO="502 what?", HELO="250 hello") as server:
        assert deliver(kind, server.port, WISHING) == [{}]
    assert commands(server) == [
        "HELO client.test",
        "MAIL FROM:<ada@example.test>",
        "RCPT TO:<grace@example.test>",
        "RCPT TO:<karen@example.test>",
        "DATA",
    ]


@both
def test_the_null_reverse_path_is_two_angle_brackets(kind: str) -> None:
    with scripted() as server:
        assert deliver(kind, server.port, delivery(mail_from="")) == [{}]
    assert "MAIL FROM:<>" in server.lines


@both
def test_a_refused_sender_raises_and_the_transaction_is_reset(kind: str) -> None:
    with scripted(**{"MAIL FROM:<ada@example.test>": "550 not you"}) as server:
        error, then = deliver(kind, server.port, delivery(), delivery(mail_from="eve@example.test"))
    assert isinstance(error, (smtplib.SMTPSenderRefused, aiosmtplib.SMTPSenderRefused))
    assert error.sender == "ada@example.test"
    assert then == {}
    assert commands(server)[:3] == ["MAIL FROM:<ada@example.test>", "RSET", "MAIL FROM:<eve@example.test>"]


@both
def test_a_refused_data_command_raises_and_the_transaction_is_reset(kind: str) -> None:
    with scripted(DATA="451 not now") as server:
        (error,) = deliver(kind, server.port, delivery())
    assert isinstance(error, (smtplib.SMTPDataError, aiosmtplib.SMTPDataError))
    assert commands(server)[-2:] == ["DATA", "RSET"]


@both
@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "END"])
def test_421_ends_the_connection_and_nothing_more_is_said(kind: str, command: str) -> None:
    with scripted(**{command: "421 closing"}) as server:
        error, then = deliver(kind, server.port, delivery("a@example.test", "b@example.test"), delivery())
    assert isinstance(error, (smtplib.SMTPException, aiosmtplib.SMTPException))
    assert isinstance(then, (smtplib.SMTPServerDisconnected, aiosmtplib.SMTPServerDisconnected))
    assert commands(server)[-1].split(" ")[0] == ("DATA" if command == "END" else command)


@both
def test_recipients_accepted_before_421_are_not_taken_for_served(kind: str) -> None:
    answers = {"RCPT TO:<no@example.test>": "550 unknown", "RCPT TO:<b@example.test>": "421 closing"}
    with scripted(**answers) as server:
        people = [f"{name}@example.test" for name in ("a", "no", "b", "c")]
        (error,) = deliver(kind, server.port, delivery(*people))
    assert commands(server)[-1] == "RCPT TO:<b@example.test>"
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = {address: code for address, (code, _) in error.recipients.items()}
    else:
        assert isinstance(error, aiosmtplib.SMTPRecipientsRefused)
        codes = {one.recipient: one.code for one in error.recipients}
    assert codes == dict(zip(people, (421, 550, 421, 421), strict=True))


def test_lmtp_answers_for_each_recipient() -> None:
    answers = iter(["250 kept", "550 full", "250 kept"])

    def answer(line: str) -> str:
        if line == "END":
            return "\r\n".join([next(answers) for _ in range(3)])
        return {"DATA": "354 go on", "QUIT": "221 bye"}.get(line, "250 OK")

    with Script(answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        with smtplib.LMTP(HOST, server.port, local_hostname="client.test") as client:
            people = ("a@example.test", "b@example.test", "c@example.test")
            assert smtp.send(client, delivery(*people)) == {"b@example.test": (550, b"full")}
        server.shutdown()
        thread.join()


def test_a_cancelled_send_closes_the_client() -> None:
    release = threading.Event()

    def answer(line: str) -> str:
        if line.startswith("RCPT"):
            release.wait(20)
        return {"EHLO client.test": "250 hello", "DATA": "354 go on"}.get(line, "250 OK")

    async def run(port: int) -> bool:
        client = aiosmtplib.SMTP(hostname=HOST, port=port, local_hostname="client.test", start_tls=False)
        await client.connect()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(smtp.send(client, delivery()), 0.3)
        release.set()
        return client.is_connected

    with Script(answer) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        assert not asyncio.run(run(server.port))
        server.shutdown()
        thread.join()


def test_what_is_no_client_is_said_so() -> None:
    with pytest.raises(TypeError, match=r"smtplib\.SMTP"):
        smtp.send(cast("smtplib.SMTP", object()), delivery())
