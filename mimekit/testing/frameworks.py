"""
Catching mail of frameworks: Django, Flask-Mail and fastapi-mail, which hand it to nobody while they are tested.

Where they do hand it to somebody, that is smtplib or aiosmtplib, and it is caught there.

    a message of a framework -> Caught

May import: `testing`.  Imported by: `testing.catching`.
"""

from __future__ import annotations

from contextvars import ContextVar
from functools import partial, wraps
from typing import TYPE_CHECKING

from mimekit.testing.dialogue import Mailing
from mimekit.testing.outbox import Caught
from mimekit.testing.reading import flat

if TYPE_CHECKING:
    from collections.abc import Iterable
    from email.message import Message as PlainMessage
    from types import ModuleType
    from typing import Any  # what is patched belongs to packages that need not be there

    from mimekit.testing.catching import Catching
    from mimekit.testing.patching import Patches

__all__ = ["patch"]

_suppressed: ContextVar[bool] = ContextVar("mimekit.testing.suppressed", default=False)


def patch(patches: Patches, catching: Catching) -> None:
    """Put the patches in place."""
    patches.when_imported("django.core.mail.backends.locmem", partial(_django, patches, catching))
    patches.when_imported("flask_mail", partial(_flask_mail, patches, catching))
    patches.when_imported("fastapi_mail.fastmail", partial(_fastapi_mail, patches, catching))


def _django(patches: Patches, catching: Catching, module: ModuleType) -> None:
    def send_messages(original: Any) -> Any:
        @wraps(original)
        def sending(backend: Any, messages: Iterable[Any]) -> Any:
            listed = list(messages)
            count = original(backend, listed)
            for one in listed:
                mailing = Mailing(_address(one.from_email), _addresses(one.recipients()), (), flat(one.message()))
                catching.take(Caught("django", mailing))
            return count

        return sending

    patches.wrap(module.EmailBackend, "send_messages", send_messages)


def _flask_mail(patches: Patches, catching: Catching, module: ModuleType) -> None:
    def send(original: Any) -> Any:
        @wraps(original)
        def sending(connection: Any, message: Any, envelope_from: Any = None) -> Any:
            done = original(connection, message, envelope_from)
            if connection.host is None:  # else it went through smtplib
                sender = _address(envelope_from or message.sender)
                recipients = _addresses(sorted(message.send_to, key=str))
                mailing = Mailing(sender, recipients, tuple(message.mail_options), message.as_bytes())
                catching.take(Caught("flask-mail", mailing))
            return done

        return sending

    patches.wrap(module.Connection, "send", send)


def _fastapi_mail(patches: Patches, catching: Catching, module: ModuleType) -> None:
    def send_message(original: Any) -> Any:
        @wraps(original)
        async def sending(mail: Any, *args: Any, **kwargs: Any) -> Any:
            token = _suppressed.set(bool(mail.config.SUPPRESS_SEND))  # else it goes through aiosmtplib
            try:
                return await original(mail, *args, **kwargs)
            finally:
                _suppressed.reset(token)

        return sending

    def dispatched(message: PlainMessage) -> None:
        if _suppressed.get():
            named = [value for name in ("To", "Cc", "Bcc") for value in message.get_all(name, ())]
            mailing = Mailing(_address(message["From"]), _addresses(named), (), flat(message))
            catching.take(Caught("fastapi-mail", mailing))

    patches.wrap(module.FastMail, "send_message", send_message)
    signal = module.email_dispatched
    signal.connect(dispatched, weak=False)
    patches.at_end(lambda: signal.disconnect(dispatched))


def _address(given: object) -> str:
    """Give the address in what frameworks take for a sender: text, or a pair of name and address."""
    from email.utils import parseaddr

    if isinstance(given, tuple):
        return str(given[1])
    return parseaddr(str(given))[1] or str(given)


def _addresses(given: Iterable[object]) -> tuple[str, ...]:
    from email.utils import getaddresses

    found: list[str] = []
    for one in given:
        listed = [one] if isinstance(one, tuple) else getaddresses([str(one)])
        found += [str(address) for _, address in listed if address]
    return tuple(dict.fromkeys(found))
