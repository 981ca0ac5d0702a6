"""
The dialogue of SMTP: what a client says, read as transactions, and a server that takes everything and sends nothing.

RFC 5321 3.3 and 4.1.1.  The same reading serves both ways of catching mail: `Server` answers a client that has no
connection, `Watch` listens to one that has.

    octets of a client -> Mailing(mail_from, rcpt_to, options, octets)

May import: the standard library.  Imported by: `testing.amazon`, `testing.catching`, `testing.clients`,
`testing.frameworks`, `testing.outbox`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["START_INPUT", "Mailing", "Server", "Watch"]

_END = b"\r\n.\r\n"
_OK = b"250 2.0.0 OK\r\n"
START_INPUT, _DONE = 354, 250
_ACCEPTED = (250, 251, 252)
_NO_PATH, _MAIL, _RCPT, _CONTENT = "", "MAIL", "RCPT", "."
_OFFERS = (
    "8BITMIME",
    "SMTPUTF8",
    "SIZE",
    "DSN",
    "REQUIRETLS",
    "MT-PRIORITY",
    "AUTH PLAIN LOGIN",
    "ENHANCEDSTATUSCODES",
)
# RFC 5321 4.1.1.2: the path, in which a quoted local part may hold ">", then the parameters.
_PATH = re.compile(rb'[A-Za-z]++ [A-Za-z]++:[ \t]*+(?:<((?:"(?:\\.|[^"\\])*+"|[^>"])*+)>|([^ ]*+))(.*+)', re.DOTALL)


class Mailing(NamedTuple):
    """One transaction: the paths and the parameters of MAIL as they were said, the octets with their dots unstuffed."""

    mail_from: str
    rcpt_to: tuple[str, ...]
    mail_options: tuple[str, ...]
    octets: bytes


class _Client:
    """What a client says: command lines, and between them content."""

    def __init__(self) -> None:
        self._said = b""
        self.is_content = False
        """Whether what comes is the content of a message."""

    def says(self, octets: bytes) -> Iterator[tuple[str, bytes]]:
        """Yield the verb and the line of each command, and ``"."`` with the octets of each content."""
        self._said += octets
        while True:
            found = self._content() if self.is_content else self._line()
            if found is None:
                return
            yield found

    def _content(self) -> tuple[str, bytes] | None:
        if self._said.startswith(_END[2:]):
            content, self._said = b"", self._said[3:]
        else:
            at = self._said.find(_END)
            if at < 0:
                return None
            content, self._said = self._said[: at + 2], self._said[at + len(_END) :]
        self.is_content = False
        content = content.replace(b"\r\n.", b"\r\n")
        return _CONTENT, content.removeprefix(b".")

    def _line(self) -> tuple[str, bytes] | None:
        line, end, rest = self._said.partition(b"\n")
        if not end:
            return None
        self._said = rest
        line = line.removesuffix(b"\r")
        verb = line.partition(b" ")[0].decode("latin-1").upper()
        self.is_content = verb == "DATA"
        return verb, line


class _Transaction:
    """MAIL, RCPT, RCPT, ... and then the content."""

    def __init__(self, take: Callable[[Mailing], None]) -> None:
        self._take = take
        self._mail: tuple[str, tuple[str, ...]] = ("", ())
        self._recipients: list[str] = []

    def mail(self, line: bytes) -> None:
        self._mail = _path(line)
        self._recipients = []

    def rcpt(self, line: bytes) -> None:
        self._recipients.append(_path(line)[0])

    def content(self, octets: bytes) -> None:
        address, options = self._mail
        self._take(Mailing(address, tuple(self._recipients), options, octets))
        self._recipients = []

    @property
    def recipients(self) -> int:
        """How many recipients there are."""
        return len(self._recipients)


def _path(line: bytes) -> tuple[str, tuple[str, ...]]:
    found = _PATH.match(line)
    if found is None:
        return _NO_PATH, ()
    within, bare, options = found.groups()
    address = within if within is not None else bare
    return address.decode("utf-8", "backslashreplace"), tuple(options.decode("utf-8", "backslashreplace").split())


class Server:
    r"""
    A server in this process: it offers what servers offer, believes every password, and takes every message.

    >>> taken = []
    >>> server = Server(taken.append)
    >>> replies = [server.answer(line) for line in (b"MAIL FROM:<a@shop.test>\r\n", b"RCPT TO:<b@shop.test>\r\n",
    ...                                             b"DATA\r\n", b"Subject: Hi\r\n\r\n..\r\n.\r\n")]
    >>> taken[0].rcpt_to, taken[0].octets
    (('b@shop.test',), b'Subject: Hi\r\n\r\n.\r\n')
    """

    greeting = b"220 outbox.invalid ESMTP\r\n"

    def __init__(self, take: Callable[[Mailing], None], *, is_lmtp: bool = False, has_tls: bool = False) -> None:
        self._client = _Client()
        self._transaction = _Transaction(take)
        self._is_lmtp = is_lmtp
        self._has_tls = has_tls
        self._challenges = 0
        """How many lines of a login are to come."""

    def answer(self, octets: bytes) -> bytes:
        """Take what a client says, and give the replies."""
        return b"".join([self._reply(verb, line) for verb, line in self._client.says(octets)])

    def _reply(self, verb: str, line: bytes) -> bytes:
        if self._challenges:
            return self._challenged()
        if verb == _CONTENT:
            replies = self._transaction.recipients if self._is_lmtp else 1
            self._transaction.content(line)
            return _OK * replies
        reply = getattr(self, f"_{verb.lower()}", None) if verb in _VERBS else None
        made: bytes = _OK if reply is None else reply(line)
        return made

    def _ehlo(self, _: bytes) -> bytes:
        offers = [*_OFFERS] if self._has_tls else [*_OFFERS, "STARTTLS"]
        lines = [f"250-{offer}\r\n" for offer in ("outbox.invalid", *offers[:-1])]
        return "".join([*lines, f"250 {offers[-1]}\r\n"]).encode()

    def _lhlo(self, line: bytes) -> bytes:
        return self._ehlo(line)

    def _mail(self, line: bytes) -> bytes:
        self._transaction.mail(line)
        return _OK

    def _rcpt(self, line: bytes) -> bytes:
        self._transaction.rcpt(line)
        return _OK

    def _data(self, _: bytes) -> bytes:
        if self._transaction.recipients:
            return b"354 go on\r\n"
        self._client.is_content = False
        return b"503 5.5.1 no recipients\r\n"

    def _starttls(self, _: bytes) -> bytes:
        self._has_tls = True
        return b"220 2.0.0 ready\r\n"

    def _auth(self, line: bytes) -> bytes:
        _, mechanism, *first = line.split(b" ", 2)
        lines = 2 if mechanism.upper() == b"LOGIN" else 1
        self._challenges = lines - len(first)
        return b"334 \r\n" if self._challenges else b"235 2.7.0 welcome\r\n"

    def _challenged(self) -> bytes:
        self._challenges -= 1
        return b"334 \r\n" if self._challenges else b"235 2.7.0 welcome\r\n"

    @staticmethod
    def _quit(_: bytes) -> bytes:
        return b"221 2.0.0 bye\r\n"


_VERBS = frozenset({"EHLO", "LHLO", "MAIL", "RCPT", "DATA", "STARTTLS", "AUTH", "QUIT"})


class Watch:
    """
    Listens to a client and a server, and takes what the server took.

    A client that waits for each reply is heard right; one that pipelines is not.
    """

    def __init__(self, take: Callable[[Mailing], None]) -> None:
        self._client = _Client()
        self._transaction = _Transaction(take)
        self._asked: tuple[str, bytes] | None = None

    def said(self, octets: bytes) -> None:
        """Hear what the client said."""
        for asked in self._client.says(octets):
            self._asked = asked

    def replied(self, code: int) -> None:
        """Hear what the server answered."""
        asked, self._asked = self._asked, None
        if asked is None:
            return
        verb, line = asked
        if verb == "DATA":
            self._client.is_content = code == START_INPUT
        elif code not in _ACCEPTED:
            return
        elif verb == _MAIL:
            self._transaction.mail(line)
        elif verb == _RCPT:
            self._transaction.rcpt(line)
        elif verb == _CONTENT and code == _DONE:
            self._transaction.content(line)
