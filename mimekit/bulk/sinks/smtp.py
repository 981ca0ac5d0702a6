"""
The SMTP sink: each delivery in one transaction, over connections that are used again.

RFC 5321 3.3, 4.2.1.  What matters in a transaction that broke is whether the end of the data went out: before that
nothing was taken (RFC 5321 4.1.1.4), after it nobody can tell.  So the client keeps a record of it.

    item -> Outcome: a reply for each recipient, and what it means for the run

May import: `bulk.handover`, `smtp`, `errors`.  Imported by: `bulk.sinks`, `cli`.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from mimekit import smtp
from mimekit.bulk.handover import Answer, Outcome
from mimekit.errors import BulkError, MimekitError, show

if TYPE_CHECKING:
    from typing import Literal

    from _typeshed import ReadableBuffer

    from mimekit.bulk.items import Item

    Reply = tuple[int, bytes]
    Tls = Literal["no", "starttls", "implicit"]

__all__ = ["SmtpSink"]

_MOST = 100  # RFC 5321 4.5.3.1.8: what every server takes
_TLS = ("no", "starttls", "implicit")
_SUBMISSION = {"no": 25, "starttls": 587, "implicit": 465}
_SECONDS = 300.0  # RFC 5321 4.5.3.2: the longest of the others
_FINAL_SECONDS = 600.0  # RFC 5321 4.5.3.2.6: the reply to the end of the data
_GOODBYE_SECONDS = 5.0

_END = b".\r\n"
_OK = range(200, 300)
_TRANSIENT = range(400, 500)
_PERMANENT = range(500, 600)
_CLOSING = 421
_NOT_LET_IN = (530, 534, 535, 538)  # RFC 4954 6: whoever the recipient is
# What no reply code tells apart; the texts are those of Amazon SES and of large mailbox providers.
_THROTTLED = re.compile(
    rb"throttl|sending rate exceeded|rate limit|too many (?:messages|connections|mails)", re.IGNORECASE
)
_USED_UP = re.compile(rb"daily [a-z ]{0,40}(?:quota|limit)s? exceeded", re.IGNORECASE)
_PAUSED = re.compile(rb"sending (?:is )?(?:paused|suspended)", re.IGNORECASE)


class SmtpSink:
    """
    Hands each message to one SMTP server (RFC 5321).

    *tls*: ``"no"``, ``"starttls"`` (RFC 3207) or ``"implicit"`` (RFC 8314); *port* is 25, 587 or 465 accordingly unless
    given.  With *username* the client logs in, which needs TLS unless the server is on this machine.  *timeout* is in
    seconds for a command, *final_timeout* for the reply to the end of the data: when that one runs out, the message is
    unsure.  Raises `BulkError`.

    >>> SmtpSink("mail.example.com", tls="starttls")
    <SmtpSink mail.example.com:587>
    """

    most = _MOST

    def __init__(  # noqa: PLR0913 - each says one thing about the server
        self,
        host: str,
        port: int | None = None,
        *,
        tls: Tls = "no",
        username: str | None = None,
        password: str | None = None,
        context: ssl.SSLContext | None = None,
        local_hostname: str | None = None,
        timeout: float = _SECONDS,
        final_timeout: float = _FINAL_SECONDS,
    ) -> None:
        if tls not in _TLS:
            message = f'tls is {show(tls)}; it is "no", "starttls" or "implicit"'
            raise BulkError(message)
        if (username is None) != (password is None):
            message = "username and password come together; give both or neither"
            raise BulkError(message)
        if username is not None and tls == "no" and host not in ("localhost", "127.0.0.1", "::1"):
            message = f'a password would go to {show(host)} in the clear; pass tls="starttls" (RFC 4954 4)'
            raise BulkError(message)
        self.host, self.port, self.tls = host, _SUBMISSION[tls] if port is None else port, tls
        self.timeout, self.final_timeout = timeout, final_timeout
        self.kind = f"smtp, {self.host}:{self.port}"
        self._login = None if username is None or password is None else (username, password)
        self._context, self._local_hostname = context, local_hostname

    def __repr__(self) -> str:
        return f"<SmtpSink {self.host}:{self.port}>"

    def connect(self) -> _Connection:
        """Make a connection, which reaches out when it is first used."""
        return _Connection(self)

    def open(self) -> _Client:
        """Reach out: greet, start TLS, log in."""
        context = self._context or ssl.create_default_context()
        if self.tls == "implicit":
            client: _Client = _TlsClient(
                self.host, self.port, self._local_hostname, timeout=self.timeout, context=context
            )
        else:
            client = _Client(self.host, self.port, self._local_hostname, timeout=self.timeout)
        client.final_timeout = self.final_timeout
        try:
            if self.tls == "starttls":
                client.starttls(context=context)
            client.ehlo_or_helo_if_needed()
            if self._login is not None:
                client.login(*self._login)
        except BaseException:
            client.close()
            raise
        return client


class _Client(smtplib.SMTP):
    """A client that keeps the replies of a transaction, and whether the end of the data went out."""

    replies: list[Reply]
    has_ended = False
    final_timeout = _FINAL_SECONDS

    def __init__(self, host: str, port: int, local_hostname: str | None, *, timeout: float) -> None:
        self.begin()
        super().__init__(host, port, local_hostname, timeout=timeout)

    def begin(self) -> None:
        """Begin a transaction."""
        self.replies = []
        self.has_ended = False

    def send(self, s: ReadableBuffer | str) -> None:
        """Send as `smtplib` does."""
        super().send(s)
        # Only now: what raises has not handed over its last octet, so the server cannot have seen the end.  Inside the
        # data no line is a lone dot (RFC 5321 4.5.2), and no command ends so.
        if isinstance(s, bytes) and s.endswith(_END) and (len(s) == len(_END) or s.endswith(b"\r\n" + _END)):
            self.has_ended = True
            if self.sock is not None:
                self.sock.settimeout(self.final_timeout)

    def getreply(self) -> Reply:
        """Read a reply as `smtplib` does."""
        reply = super().getreply()
        self.replies.append(reply)
        if self.has_ended and self.sock is not None:
            self.sock.settimeout(self.timeout)
        return reply


class _TlsClient(_Client, smtplib.SMTP_SSL):
    """The same over TLS from the first octet."""

    def __init__(
        self, host: str, port: int, local_hostname: str | None, *, timeout: float, context: ssl.SSLContext
    ) -> None:
        self.begin()
        smtplib.SMTP_SSL.__init__(self, host, port, local_hostname, timeout=timeout, context=context)


class _Connection:
    """One connection at a time; a broken one is replaced when the next delivery comes."""

    def __init__(self, sink: SmtpSink) -> None:
        self._sink = sink
        self._client: _Client | None = None
        self._has_served = False
        """Whether this connection has been of use: then a broken one is no sign of a server that is gone."""

    def hand_over(self, item: Item) -> Outcome:
        """Make one transaction, after connecting where need be."""
        recipients = item.delivery.rcpt_to
        if self._client is None or self._client.sock is None:
            try:
                self._client = self._sink.open()
            except (smtplib.SMTPException, OSError) as error:
                return _kept_out(self._sink, recipients, error)
            self._has_served = False
        client = self._client
        client.begin()
        broken: Exception | None = None
        try:
            smtp.send(client, item.delivery)
        except MimekitError as error:  # what the server does not offer, or a file that changed: not taken
            return Outcome(dict.fromkeys(recipients, Answer("rejected", str(error))))
        except (smtplib.SMTPException, OSError) as error:
            broken = error
        return self._outcome(client, list(item.delivery.envelope.rcpt_params), broken)

    def close(self) -> None:
        """Say QUIT, without waiting long for what is answered."""
        client, self._client = self._client, None
        if client is None:
            return
        if client.sock is not None:
            client.sock.settimeout(_GOODBYE_SECONDS)
            with suppress(smtplib.SMTPException, OSError):
                client.quit()
        client.close()

    def _outcome(self, client: _Client, recipients: list[str], broken: Exception | None) -> Outcome:
        """Read the record of a transaction: the replies to MAIL, to each RCPT, to DATA and to the end of the data."""
        asked = client.replies[1 : 1 + len(recipients)]
        refused = {one: reply for one, reply in zip(recipients, asked, strict=False) if reply[0] not in _OK}
        last: Reply | None = None
        if client.has_ended:
            last = next(iter(client.replies[2 + len(recipients) :]), None)
        elif isinstance(broken, smtplib.SMTPRecipientsRefused):
            refused = dict(broken.recipients)
        elif isinstance(broken, (smtplib.SMTPSenderRefused, smtplib.SMTPDataError)):
            last = broken.smtp_code, _octets(broken.smtp_error)
        if last is not None and (last[0] not in range(200, 600) or (last[0] in _OK and not client.has_ended)):
            client.close()  # whatever that is, what follows it is no better
        others = _of_the_others(last, broken, has_ended=client.has_ended)
        judged = {one: _judged(refused[one]) if one in refused else others for one in recipients}
        if any([one.answer.verdict in ("sent", "rejected") for one in judged.values()]):
            self._has_served = True
        troubles = {one.trouble for one in judged.values()}
        if "connection" in troubles and not self._has_served:
            troubles = {"service"}
        return Outcome(
            {address: one.answer for address, one in judged.items()},
            "service" if "service" in troubles else "connection" if "connection" in troubles else "",
            stop=next((one.answer.text for one in judged.values() if one.is_end), None),
        )


# -- what replies mean


class _Judged(NamedTuple):
    """What a reply means for its recipient, for the connection or the service, and whether it ends the run."""

    answer: Answer
    trouble: Literal["", "connection", "service"] = ""
    is_end: bool = False


def _judged(reply: Reply) -> _Judged:
    """Judge a reply to a command, or one to the data that takes nothing (RFC 5321 4.2.1)."""
    code, octets = reply
    text = _text(reply)
    if code in _TRANSIENT or code in _PERMANENT:
        if code in _NOT_LET_IN or _USED_UP.search(octets) or _PAUSED.search(octets):
            return _Judged(Answer("later", text), is_end=True)
        if code in _PERMANENT:
            return _Judged(Answer("rejected", text))
        if code == _CLOSING:
            return _Judged(Answer("later", text), "connection")
        return _Judged(Answer("later", text), "service" if _THROTTLED.search(octets) else "")
    # Also a 250 to DATA, which refuses nobody: what follows on that connection is anyone's guess.
    return _Judged(Answer("later", f"the server answered {text}, which is no answer to that"), "connection")


def _of_the_others(last: Reply | None, broken: Exception | None, *, has_ended: bool) -> _Judged:
    """Judge what became of those recipients whom the server did not refuse by themselves."""
    if last is None:
        if has_ended:
            return _Judged(Answer("unsure", f"no reply to the end of the data: {_why(broken)}"))
        return _Judged(Answer("later", _why(broken)), "connection")
    if has_ended:
        if last[0] in _OK:
            return _Judged(Answer("sent", _text(last)))
        if last[0] not in _TRANSIENT and last[0] not in _PERMANENT:
            return _Judged(Answer("unsure", f"the reply to the end of the data is no such reply: {_text(last)}"))
    return _judged(last)


def _kept_out(sink: SmtpSink, recipients: tuple[str, ...], error: Exception) -> Outcome:
    """Judge why there is no connection: something that passes, or something that somebody has to mend."""
    where = f"{sink.host}:{sink.port}"
    if isinstance(error, smtplib.SMTPResponseException):
        reply = error.smtp_code, _octets(error.smtp_error)
        is_end = reply[0] in _PERMANENT or _judged(reply).is_end
        text = f"{where} answered {_text(reply)}"
    else:
        is_end = isinstance(error, ssl.SSLCertVerificationError) or (
            isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected)
        )
        text = f"{where} cannot be used: {_why(error)}"
    return Outcome(dict.fromkeys(recipients, Answer("later", text)), "service", stop=text if is_end else None)


def _text(reply: Reply) -> str:
    code, octets = reply
    return f"{code} {octets.decode('utf-8', 'backslashreplace')}".replace("\n", " ").rstrip()


def _octets(text: bytes | str) -> bytes:
    """Give the text of a reply, which `smtplib` has as either."""
    return text if isinstance(text, bytes) else text.encode("utf-8", "backslashreplace")


def _why(error: Exception | None) -> str:
    said = error.strerror if isinstance(error, OSError) else None
    return said or str(error) or type(error).__name__
