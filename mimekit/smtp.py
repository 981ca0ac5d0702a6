"""
Sending: a `Delivery` handed to an SMTP client, with the ESMTP options that the server really offers.

RFC 5321 3.3.  An option that a message needs (BODY=8BITMIME, SMTPUTF8, REQUIRETLS) and the server does not offer is an
error before MAIL; one that is only a wish (SIZE, RET, ENVID, NOTIFY, ORCPT, MT-PRIORITY) is left out.  The commands are
written here and not by the client, whose `email.utils` would read and rewrite an address that is right already.  No
socket is opened here: the client is the caller's, connected and logged in.

    (client, Delivery) -> the recipients that were refused, each with the server's reply

May import: `headers`, `codecs`, `wire`, `errors`, `limits`.  Imported by: the façade, `bulk`.
"""

from __future__ import annotations

from mimekit.codecs import plain
from mimekit.errors import ContentError, EnvelopeError, show
from mimekit.headers.collection import Headers
from mimekit.limits import WHOLE_HEADER
from mimekit.wire.fold import guard_strict

__all__ = ["send", "stuffed"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asyncio import Lock
    from collections.abc import Awaitable, Callable, Coroutine, Iterable, Iterator
    from smtplib import SMTP
    from typing import Any, Protocol, overload

    from mimekit.delivery import Delivery

    class Reply(Protocol):
        """What an asynchronous client gives for a reply: a tuple of these two."""

        @property
        def code(self) -> int: ...
        @property
        def message(self) -> str: ...

    class AsyncSMTP(Protocol):
        """What is used of an `aiosmtplib.SMTP`, which need not be installed for this module to be read."""

        _sendmail_lock: Lock | None

        @property
        def is_connected(self) -> bool: ...
        @property
        def is_ehlo_or_helo_needed(self) -> bool: ...
        def supports_extension(self, extension: str, /) -> bool: ...
        def ehlo(self) -> Awaitable[Reply]: ...
        def helo(self) -> Awaitable[Reply]: ...
        def execute_command(self, *args: bytes) -> Awaitable[Reply]: ...
        def data(self, message: bytes, /) -> Awaitable[Reply]: ...
        def rset(self) -> Awaitable[Reply]: ...
        def close(self) -> None: ...

    Commands = tuple[bytes, list[tuple[str, bytes]]]

_WITH_DSN = ("RET", "ENVID", "NOTIFY", "ORCPT")  # RFC 3461 4
_ACCEPTED = (250, 251)  # RFC 5321 4.3.2: RCPT
_CLOSING = 421  # RFC 5321 3.8: the server closes the connection
_START_INPUT = 354
_DONE = 250


if TYPE_CHECKING:

    @overload
    def send(client: SMTP, delivery: Delivery) -> dict[str, tuple[int, bytes]]: ...
    @overload
    def send(client: AsyncSMTP, delivery: Delivery) -> Coroutine[Any, Any, dict[str, Reply]]: ...


def send(
    client: SMTP | AsyncSMTP, delivery: Delivery
) -> dict[str, tuple[int, bytes]] | Coroutine[Any, Any, dict[str, Reply]]:
    """
    Send *delivery* through *client* in one transaction; give the refused recipients with the server's replies.

    *client* is a connected `smtplib.SMTP`, which reads a large file block by block, or an `aiosmtplib.SMTP`: then an
    awaitable of the same is given, which holds the octets as a whole.  The octets arrive as they are in the delivery,
    with a line end after them if they had none.

    Raises `EnvelopeError` for what the server does not offer and the message needs, `ContentError` for octets that are
    no SMTP data, both before MAIL; then what the client's own ``sendmail`` raises for replies of the server:
    ``SMTPSenderRefused``, ``SMTPRecipientsRefused`` with all the recipients when none of them is served, because each
    was refused or the server closed with 421, and ``SMTPDataError``.  After any of these the connection is ready for
    the next delivery; after a reply 421 or any other exception it is closed.

    >>> import smtplib
    >>> from mimekit import Message, smtp
    >>> def submit(message: Message) -> None:
    ...     with smtplib.SMTP("mail.example.com", 587) as client:
    ...         for delivery in message.deliveries():
    ...             smtp.send(client, delivery)
    """
    if hasattr(client, "has_extn"):
        return _send(client, delivery)  # type: ignore[arg-type]  # only the one kind has it
    if hasattr(client, "supports_extension"):
        return _asend(client, delivery)
    message = f"client is {show(client)}; give a connected smtplib.SMTP or aiosmtplib.SMTP"
    raise TypeError(message)


# -- what is sent


def stuffed(blocks: Iterable[bytes]) -> Iterator[bytes]:
    r"""
    Yield what follows the reply 354: the octets with their dots stuffed and the end of the data (RFC 5321 4.5.2).

    It is the same however the octets are cut into blocks.  Raises `ContentError` for a bare CR or LF, which some
    servers take for a line end and so for an end of the data, for NUL, and for a line over 998 octets.

    >>> list(stuffed([b"a\r", b"\n", b".b\r\n"]))
    [b'a\r\n', b'..b\r\n.\r\n']
    """
    held = b""
    for lines in _whole_lines(blocks):
        if held:
            yield held
        held = lines.replace(b"\r\n.", b"\r\n..")
        if held.startswith(b"."):
            held = b"." + held
    # In one piece with the last octets: a small write of its own would wait for the peer's delayed acknowledgement.
    yield held + (b".\r\n" if not held or held.endswith(b"\r\n") else b"\r\n.\r\n")


def _whole_lines(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the octets again in blocks that end where a line does, each checked; the last may lack its line end."""
    rest = b""
    for block in blocks:
        octets = rest + block
        end = octets.rfind(b"\n") + 1
        rest = octets[end:]
        if len(rest) > plain.LINE_LIMIT + 1:  # a CR may be the last of them
            _check(rest)
        if end:
            yield _check(octets[:end])
    if rest:
        yield _check(rest)


def _check(octets: bytes) -> bytes:
    """Give octets that SMTP can carry, or raise for others (RFC 5321 2.3.8, 4.5.3.1.6)."""
    if plain.is_8bit(octets):
        return octets
    if plain.has_bare_line_end(octets):
        what = "a bare CR or LF, which a server could take for an end of the data (RFC 5321 2.3.8)"
    elif b"\0" in octets:
        what = "a NUL, which SMTP does not carry (RFC 5321 4.5.2)"
    else:
        what = f"a line of over {plain.LINE_LIMIT} octets, which servers may break (RFC 5321 4.5.3.1.6)"
    message = f'the data has {what}; send the deliveries of msg.with_encoding("7bit")'
    raise ContentError(message)


def _examine(blocks: Iterable[bytes]) -> tuple[int, bool]:
    """Count the octets to send and tell whether they are 7-bit, having checked that SMTP can carry them."""
    size, is_ascii, last = 0, True, b"\n"
    for lines in _whole_lines(blocks):
        size += len(lines)
        is_ascii = is_ascii and lines.isascii()
        last = lines[-1:]
    return size if last == b"\n" else size + 2, is_ascii


# -- the commands


def _commands(delivery: Delivery, offers: Callable[[str], bool], *, size: int, is_ascii: bool) -> Commands:
    """Write MAIL, and RCPT for each recipient, with those options that the server *offers* (RFC 5321 4.1.1.11)."""
    asked = dict(delivery.envelope.mail_params)
    options = [f"SIZE={size}"] if offers("size") else []
    body = asked.pop("BODY", None)
    if body == "BINARYMIME":
        message = 'BODY=BINARYMIME goes by BDAT and not by DATA (RFC 3030 3); make the envelope with body="8BITMIME"'
        raise EnvelopeError(message)
    needs_utf8 = "SMTPUTF8" in asked and not (is_ascii and _ascii_addresses(delivery))
    if needs_utf8 and not offers("smtputf8"):
        raise EnvelopeError(_no_smtputf8(delivery))
    if not is_ascii and not offers("8bitmime"):
        message = (
            "the data has octets over 127 and the server does not offer 8BITMIME (RFC 6152); "
            'send the deliveries of msg.with_encoding("7bit")'
        )
        raise EnvelopeError(message)
    body = body if is_ascii else "8BITMIME"
    if body is not None and offers("8bitmime"):
        options.append(f"BODY={body}")
    if "REQUIRETLS" in asked and not offers("requiretls"):
        message = (
            "the envelope asks for REQUIRETLS and the server does not offer it (RFC 8689 2); start TLS first, "
            "or send through another server"
        )
        raise EnvelopeError(message)
    offered = {"SMTPUTF8": "smtputf8", "REQUIRETLS": "requiretls", "MT-PRIORITY": "mt-priority"}
    offered |= dict.fromkeys(_WITH_DSN, "dsn")
    options += [_option(name, value) for name, value in asked.items() if name != "SIZE" and offers(offered[name])]
    encoding = "utf-8" if needs_utf8 else "ascii"
    recipients = []
    for address, wishes in delivery.envelope.rcpt_params.items():
        extra = [_option(name, value) for name, value in wishes.items() if offers(offered[name])]
        recipients.append((address, _command("RCPT TO", address, extra, encoding)))
    return _command("MAIL FROM", delivery.mail_from, options, encoding), recipients


def _option(name: str, value: str | None) -> str:
    return name if value is None else f"{name}={value}"


def _command(verb: str, address: str, options: list[str], encoding: str) -> bytes:
    """
    Write one command without its line end.

    `Envelope` has checked the address; here is the last place where one line could become two, so it is checked too.
    """
    text = " ".join([f"{verb}:<{address}>", *options])
    guard_strict(text, "an SMTP command", error=EnvelopeError)
    if encoding == "ascii" and not text.isascii():
        message = f"the address {show(address)} is not ASCII and the envelope does not ask for SMTPUTF8 (RFC 6531 3.3)"
        raise EnvelopeError(message)
    return text.encode(encoding)


def _ascii_addresses(delivery: Delivery) -> bool:
    return all(address.isascii() for address in (delivery.mail_from, *delivery.rcpt_to))


def _no_smtputf8(delivery: Delivery) -> str:
    """Say which address or header field needs SMTPUTF8, and what to do without it."""
    for address in (delivery.mail_from, *delivery.rcpt_to):
        if not address.isascii():
            return (
                f"the address {show(address)} needs SMTPUTF8, which the server does not offer (RFC 6531 3.3); "
                f"use an ASCII address of that mailbox, or send through another server"
            )
    head = b""
    for block in delivery.iter_data():
        head += block[: 2**20]
        if b"\r\n\r\n" in head or len(head) >= 2**20:
            break
    headers = Headers.parse(head, limits=WHOLE_HEADER)
    names = [
        line.partition(b":")[0].decode("ascii", "replace")
        for line, key in headers.lines()
        if key and not line.isascii()
    ]
    field = f"the field {show(names[0])}" if names else "a header field"
    return (
        f"{field} holds UTF-8 and so needs SMTPUTF8, which the server does not offer (RFC 6531 3.3); "
        f'send the deliveries of msg.with_encoding("7bit")'
    )


# -- an smtplib client


def _send(client: SMTP, delivery: Delivery) -> dict[str, tuple[int, bytes]]:
    """Make one transaction with a client that blocks."""
    import smtplib

    size, is_ascii = _examine(delivery.iter_data())
    client.ehlo_or_helo_if_needed()
    mail, recipients = _commands(delivery, client.has_extn, size=size, is_ascii=is_ascii)
    try:
        return _transact(client, delivery, mail, recipients)
    except smtplib.SMTPRecipientsRefused as error:
        _end(client, [code for code, _ in error.recipients.values()])
        raise
    except (smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
        _end(client, [error.smtp_code])
        raise
    except BaseException:
        client.close()  # in the middle of the data or before a reply: what is sent next would be read as part of it
        raise


def _transact(
    client: SMTP, delivery: Delivery, mail: bytes, recipients: list[tuple[str, bytes]]
) -> dict[str, tuple[int, bytes]]:
    """Say MAIL, RCPT and DATA and read the replies, as `smtplib.SMTP.sendmail` does (RFC 5321 3.3)."""
    import smtplib

    code, text = _ask(client, mail)
    if code != _DONE:
        raise smtplib.SMTPSenderRefused(code, text, delivery.mail_from)
    refused: dict[str, tuple[int, bytes]] = {}
    for address, command in recipients:
        code, text = _ask(client, command)
        if code not in _ACCEPTED:
            refused[address] = (code, text)
        if code == _CLOSING:
            break
    if code == _CLOSING:  # nobody is served: neither who was accepted before nor who was not asked about
        refused = {address: refused.get(address, (code, text)) for address, _ in recipients}
    if len(refused) == len(recipients):
        raise smtplib.SMTPRecipientsRefused(refused)
    accepted = [address for address, _ in recipients if address not in refused]
    return refused | _give_data(client, delivery, accepted)


def _give_data(client: SMTP, delivery: Delivery, accepted: list[str]) -> dict[str, tuple[int, bytes]]:
    """Say DATA, give the octets, and tell which recipients were refused after all, which only LMTP does."""
    import smtplib

    code, text = _ask(client, b"DATA")
    if code != _START_INPUT:
        raise smtplib.SMTPDataError(code, text)
    for octets in stuffed(delivery.iter_data()):
        client.send(octets)
    answers = accepted if isinstance(client, smtplib.LMTP) else accepted[:1]  # RFC 2033 4.2: one for each recipient
    refused: dict[str, tuple[int, bytes]] = {}
    for address in answers:
        code, text = client.getreply()
        if code != _DONE:
            refused[address] = (code, text)
    if len(refused) == len(answers):
        raise smtplib.SMTPDataError(code, text)
    return refused


def _ask(client: SMTP, command: bytes) -> tuple[int, bytes]:
    client.send(command + b"\r\n")
    return client.getreply()


def _end(client: SMTP, codes: list[int]) -> None:
    """Give up a transaction that the server refused; a server that said it closes is not asked again."""
    import smtplib

    if _CLOSING in codes:
        client.close()
        return
    try:
        client.rset()
    except smtplib.SMTPServerDisconnected:
        client.close()  # what was refused is of more interest


# -- an aiosmtplib client


async def _asend(client: AsyncSMTP, delivery: Delivery) -> dict[str, Reply]:
    """Make one transaction with a client whose methods are coroutines."""
    import asyncio

    data = delivery.data
    size, is_ascii = _examine([data])
    # The client orders its own sendmail() by this lock, which it too makes on first use; without it the transactions of
    # two tasks would mix.
    if client._sendmail_lock is None:
        client._sendmail_lock = asyncio.Lock()
    async with client._sendmail_lock:
        await _greet(client)
        mail, recipients = _commands(delivery, client.supports_extension, size=size, is_ascii=is_ascii)
        return await _atransaction(client, delivery.mail_from, mail, recipients, data)


async def _greet(client: AsyncSMTP) -> None:
    """Say EHLO, or HELO to a server that does not know it (RFC 5321 3.2)."""
    import aiosmtplib

    if client.is_ehlo_or_helo_needed:
        try:
            await client.ehlo()
        except aiosmtplib.SMTPHeloError:
            if not client.is_connected:
                raise
            await client.helo()


async def _atransaction(
    client: AsyncSMTP, mail_from: str, mail: bytes, recipients: list[tuple[str, bytes]], data: bytes
) -> dict[str, Reply]:
    """Make the transaction, and leave the client fit for the next one or closed."""
    import aiosmtplib

    try:
        return await _atransact(client, mail_from, mail, recipients, data)
    except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPRecipientsRefused, aiosmtplib.SMTPDataError) as error:
        if getattr(error, "code", None) == _CLOSING:
            client.close()
            raise
        try:
            await client.rset()
        except (ConnectionError, aiosmtplib.SMTPResponseException):
            client.close()  # what was refused is of more interest
        raise
    except BaseException:
        client.close()  # cancelled, for instance: a reply is on its way that the next command would take for its own
        raise


async def _atransact(
    client: AsyncSMTP, mail_from: str, mail: bytes, recipients: list[tuple[str, bytes]], data: bytes
) -> dict[str, Reply]:
    """Say MAIL, RCPT and DATA and read the replies, as `aiosmtplib.SMTP.sendmail` does."""
    import aiosmtplib

    reply = await client.execute_command(mail)
    if reply.code != _DONE:
        raise aiosmtplib.SMTPSenderRefused(reply.code, reply.message, mail_from)
    refused: dict[str, Reply] = {}
    for address, command in recipients:
        reply = await client.execute_command(command)
        if reply.code not in _ACCEPTED:
            refused[address] = reply
        if reply.code == _CLOSING:
            break
    if reply.code == _CLOSING:
        refused = {address: refused.get(address, reply) for address, _ in recipients}
    if len(refused) == len(recipients):
        raise aiosmtplib.SMTPRecipientsRefused(
            [aiosmtplib.SMTPRecipientRefused(one.code, one.message, address) for address, one in refused.items()]
        )
    await client.data(data)  # stuffs the dots and ends the data
    return refused
