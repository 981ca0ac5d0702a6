"""
Catching mail of SMTP clients: smtplib and aiosmtplib.

A client that is held gets a connection that is none: a `Server` in this process answers what it writes.  So the client
does all that it does else, from EHLO to the stuffing of dots, and what is caught is what it would have sent.

    what a client says -> Caught

May import: the core, `testing`.  Imported by: `testing.catching`.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from mimekit.testing.dialogue import START_INPUT, Server, Watch

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any  # what is patched belongs to packages that need not be there

    from mimekit.testing.catching import Catching
    from mimekit.testing.dialogue import Mailing
    from mimekit.testing.patching import Patches

__all__ = ["patch"]


def patch(patches: Patches, catching: Catching) -> None:
    """Put the patches in place."""

    def smtplib(module: ModuleType) -> None:
        ways = _Smtplib(module, catching)
        for owner in (module.SMTP, module.LMTP):
            patches.wrap(owner, "connect", ways.connect)
        patches.wrap(module.SMTP, "starttls", ways.starttls)
        patches.wrap(module.SMTP, "send", ways.send)
        patches.wrap(module.SMTP, "getreply", ways.getreply)

    def aiosmtplib(module: ModuleType) -> None:
        ways = _Aiosmtplib(catching)
        patches.wrap(module.SMTP, "_create_connection", ways.connect)
        patches.wrap(module.SMTP, "execute_command", ways.execute_command)
        patches.wrap(module.SMTP, "data", ways.data)

    patches.when_imported("smtplib", smtplib)
    patches.when_imported("aiosmtplib", aiosmtplib)


class _Watches:
    """Who listens to the clients that are connected."""

    def __init__(self, take: Callable[[Mailing], None]) -> None:
        self._take = take
        self._known: WeakKeyDictionary[object, Watch] = WeakKeyDictionary()

    def begin(self, client: object) -> None:
        """Forget what an earlier connection of the client said."""
        self._known.pop(client, None)

    def of(self, client: object) -> Watch:
        """Give who listens to a client."""
        if client not in self._known:
            self._known[client] = Watch(self._take)
        return self._known[client]


class _Smtplib:
    """The patches of `smtplib`; each method takes what it replaces."""

    def __init__(self, module: ModuleType, catching: Catching) -> None:
        self._module = module
        self._catching = catching
        self._take = catching.taker("smtplib")
        self._watches = _Watches(self._take)

    def connect(self, original: Any) -> Any:
        """Connect to nobody."""
        module = self._module

        @wraps(original)
        def connecting(client: Any, *args: Any, **kwargs: Any) -> Any:
            self._watches.begin(client)
            if not self._catching.holds:
                return original(client, *args, **kwargs)
            is_lmtp = isinstance(client, module.LMTP)
            server = Server(self._take, is_lmtp=is_lmtp, has_tls=isinstance(client, module.SMTP_SSL))
            client.sock = _Socket(server)
            client.file = None
            return client.getreply()

        return connecting

    def starttls(self, original: Any) -> Any:
        """Say STARTTLS, and encrypt nothing."""

        @wraps(original)
        def starting(client: Any, *args: Any, **kwargs: Any) -> Any:
            if not isinstance(client.sock, _Socket):
                return original(client, *args, **kwargs)
            client.ehlo_or_helo_if_needed()
            if not client.has_extn("starttls"):
                message = "STARTTLS extension not supported by server."
                raise self._module.SMTPNotSupportedError(message)
            reply = client.docmd("STARTTLS")
            client.helo_resp = client.ehlo_resp = None  # RFC 3207 4.2: what was offered is forgotten
            client.esmtp_features = {}
            client.does_esmtp = False
            return reply

        return starting

    def send(self, original: Any) -> Any:
        """Listen to the client."""

        @wraps(original)
        def sending(client: Any, s: Any) -> Any:
            if client.sock and not isinstance(client.sock, _Socket):
                said = s.encode(client.command_encoding) if isinstance(s, str) else bytes(s)
                self._watches.of(client).said(said)
            return original(client, s)

        return sending

    def getreply(self, original: Any) -> Any:
        """Listen to the server."""

        @wraps(original)
        def replying(client: Any) -> Any:
            reply = original(client)
            if not isinstance(client.sock, _Socket):
                self._watches.of(client).replied(reply[0])
            return reply

        return replying


class _Aiosmtplib:
    """The patches of `aiosmtplib`; each method takes what it replaces."""

    def __init__(self, catching: Catching) -> None:
        self._catching = catching
        self._take = catching.taker("aiosmtplib")
        self._watches = _Watches(self._take)

    def connect(self, original: Any) -> Any:
        """Connect to nobody: for that the client has another event loop, as long as it connects."""

        @wraps(original)
        async def connecting(client: Any, *args: Any, **kwargs: Any) -> Any:
            self._watches.begin(client)
            if not self._catching.holds:
                return await original(client, *args, **kwargs)
            loop = client.loop
            client.loop = _Loop(loop, Server(self._take, has_tls=bool(client.use_tls)))
            try:
                return await original(client, *args, **kwargs)
            finally:
                client.loop = loop

        return connecting

    def execute_command(self, original: Any) -> Any:
        """Listen to a command and its reply."""

        @wraps(original)
        async def executing(client: Any, *args: bytes, **kwargs: Any) -> Any:
            if isinstance(client.transport, _Transport):
                return await original(client, *args, **kwargs)
            watch = self._watches.of(client)
            watch.said(b" ".join(args) + b"\r\n")
            reply = await original(client, *args, **kwargs)
            watch.replied(reply.code)
            return reply

        return executing

    def data(self, original: Any) -> Any:
        """Listen to a message and its reply."""

        @wraps(original)
        async def giving(client: Any, message: str | bytes, /, **kwargs: Any) -> Any:
            is_held = isinstance(client.transport, _Transport)
            reply = await original(client, message, **kwargs)
            if not is_held:
                watch = self._watches.of(client)
                watch.said(b"DATA\r\n")
                watch.replied(START_INPUT)
                watch.said(_stuffed(message.encode() if isinstance(message, str) else bytes(message)))
                watch.replied(reply.code)
            return reply

        return giving


def _stuffed(octets: bytes) -> bytes:
    """Give what aiosmtplib writes for a message: CRLF line ends, dots stuffed, and the end."""
    from mimekit.codecs import plain

    whole = plain.to_crlf(octets)
    if not whole.endswith(b"\r\n"):
        whole += b"\r\n"
    whole = whole.replace(b"\r\n.", b"\r\n..")
    return (b"." if whole.startswith(b".") else b"") + whole + b".\r\n"


# -- connections that are none


class _Socket:
    """What smtplib takes for a socket; a `Server` is at the other end."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._replies = bytearray(server.greeting)

    def sendall(self, octets: bytes) -> None:
        self._replies += self._server.answer(bytes(octets))

    def makefile(self, _: str = "rb") -> _Socket:
        return self

    def readline(self, limit: int = -1) -> bytes:
        end = self._replies.find(b"\n") + 1
        if limit >= 0:
            end = min(end, limit)
        line = bytes(self._replies[:end])
        del self._replies[:end]
        return line

    def close(self) -> None:
        self._replies.clear()

    def settimeout(self, _: float | None) -> None:
        """Nobody waits here."""

    @staticmethod
    def getpeername() -> tuple[str, int]:
        return "127.0.0.1", 25


class _Loop:
    """An event loop that connects to a `Server` whatever the address."""

    def __init__(self, loop: Any, server: Server) -> None:
        self._loop = loop
        self._server = server

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)

    async def create_connection(self, factory: Callable[[], Any], *_: Any, **options: Any) -> tuple[Any, Any]:
        protocol = factory()
        transport = _Transport(self._loop, self._server, protocol, options.get("ssl"))
        protocol.connection_made(transport)
        self._loop.call_soon(protocol.data_received, self._server.greeting)
        return transport, protocol

    create_unix_connection = create_connection

    @staticmethod
    async def start_tls(transport: _Transport, _: Any, context: Any, **__: Any) -> _Transport:
        transport.tls = context
        return transport


class _Transport:
    """What aiosmtplib takes for a transport."""

    def __init__(self, loop: Any, server: Server, protocol: Any, tls: Any) -> None:
        self._loop = loop
        self._server = server
        self._protocol = protocol
        self._is_closing = False
        self.tls = tls

    def write(self, octets: bytes) -> None:
        replies = self._server.answer(bytes(octets))
        if replies:
            self._loop.call_soon(self._protocol.data_received, replies)

    def close(self) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._loop.call_soon(self._protocol.connection_lost, None)

    abort = close

    def is_closing(self) -> bool:
        return self._is_closing

    def get_extra_info(self, name: str, default: object = None) -> object:
        known = {"sslcontext": self.tls, "peername": ("127.0.0.1", 25)}
        return known.get(name, default)
