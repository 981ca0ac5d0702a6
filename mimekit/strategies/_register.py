"""
Registration: `st.from_type` of Hypothesis knows the types of mail, wherever mimekit is installed.

Hypothesis calls `register` when it is first imported, by the entry point of the group ``hypothesis``.  That is in every
program that has both, so it costs the import of the core and nothing more: the strategies are imported when one of the
types is asked for.

    `st.from_type(Message)`, and of `Mailbox`, `ContentType`, `Envelope`, `email.message.EmailMessage` -> a strategy

May import: the core, when it is called.  Imported by: nobody.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import EmailMessage

    from hypothesis.strategies import SearchStrategy

    from mimekit.message import Message

__all__ = ["register"]


def register() -> None:
    """Tell Hypothesis of the types; `importlib.metadata`, which called this, has imported `email.message` already."""
    from email.message import EmailMessage

    from hypothesis.strategies import register_type_strategy

    from mimekit.envelope import Envelope
    from mimekit.headers.address import Mailbox
    from mimekit.headers.content import ContentType
    from mimekit.message import Message

    register_type_strategy(Message, _asked("messages"))
    register_type_strategy(Mailbox, _asked("mailboxes"))
    register_type_strategy(ContentType, _asked("content_types"))
    register_type_strategy(Envelope, _asked("envelopes"))
    register_type_strategy(EmailMessage, _email_messages)


def _asked(name: str) -> Callable[[type], SearchStrategy[object]]:
    """Give a function of a type, as Hypothesis wants it, that imports a strategy when it is called."""

    def strategy(_: type) -> SearchStrategy[object]:
        from mimekit import strategies

        found: SearchStrategy[object] = getattr(strategies, name)()
        return found

    return strategy


def _email_messages(_: type) -> SearchStrategy[EmailMessage]:
    from mimekit.strategies import messages

    return messages().map(_email_message)


def _email_message(message: Message) -> EmailMessage:
    """Give the same message as the standard library reads it."""
    from email import message_from_bytes, policy

    return message_from_bytes(message.to_bytes(), policy=policy.default)
