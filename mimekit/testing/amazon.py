"""
Catching calls of Amazon SES: the clients ``ses`` and ``sesv2`` of boto3.

boto3 makes its methods out of a description of the service; all of them end in ``BaseClient._make_api_call``.  A call
that is held is checked by botocore's own validation of its parameters, and answered here.  What is no sending goes to
whatever answers it, moto or a stub; the network below them is shut.

    arguments of a call -> Caught, one for each message

May import: the core, `testing`.  Imported by: `testing`, `testing.catching`.
"""

from __future__ import annotations

from functools import wraps
from itertools import count
from typing import TYPE_CHECKING

from mimekit.errors import MimekitError
from mimekit.testing.dialogue import Mailing
from mimekit.testing.outbox import Caught

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from types import ModuleType
    from typing import Any  # arguments of calls

    from mimekit.testing.catching import Catching
    from mimekit.testing.patching import Patches

    Parameters = Mapping[str, Any]

__all__ = ["OutboxError", "patch"]

_ENDPOINT = "email"  # of both services
_LISTS = ("ToAddresses", "CcAddresses", "BccAddresses")


class OutboxError(MimekitError):
    """A call of Amazon SES that the outbox cannot answer, and that would have gone to the network."""


def patch(patches: Patches, catching: Catching) -> None:
    """Put the patches of botocore in place."""
    ways = _Botocore(catching)

    def client(module: ModuleType) -> None:
        patches.wrap(module.BaseClient, "_make_api_call", ways.make_api_call)

    def endpoint(module: ModuleType) -> None:
        patches.wrap(module.Endpoint, "_send", ways.send)

    patches.when_imported("botocore.client", client)
    patches.when_imported("botocore.endpoint", endpoint)


class _Botocore:
    """The patches; each method takes what it replaces."""

    def __init__(self, catching: Catching) -> None:
        self._catching = catching
        self._numbers = count(1)

    def make_api_call(self, original: Any) -> Any:
        """Take the calls that send."""

        @wraps(original)
        def calling(client: Any, operation_name: str, api_params: dict[str, Any]) -> Any:
            model = client.meta.service_model
            operation = _OPERATIONS.get((model.service_name, operation_name))
            if operation is None:
                return original(client, operation_name, api_params)
            given = _with_octets(api_params)
            is_held = self._catching.holds
            if is_held:  # what botocore refuses is refused here too
                client._serializer.serialize_to_request(given, model.operation_model(operation_name))
            reply = None if is_held else original(client, operation_name, given)
            caught = list(operation(model.service_name, given))
            for one in caught:
                self._catching.take(one)
            return self._answer(operation_name, len(caught)) if is_held else reply

        return calling

    def _answer(self, operation: str, messages: int) -> dict[str, Any]:
        ids = [f"outbox-{next(self._numbers):06}" for _ in range(messages)]
        answer: dict[str, Any] = {
            "ResponseMetadata": {"RequestId": "outbox", "HTTPStatusCode": 200, "RetryAttempts": 0}
        }
        if operation == "SendBulkEmail":
            return answer | {"BulkEmailEntryResults": [{"Status": "SUCCESS", "MessageId": one} for one in ids]}
        if operation == "SendBulkTemplatedEmail":
            return answer | {"Status": [{"Status": "Success", "MessageId": one} for one in ids]}
        return answer | {"MessageId": ids[0]}

    def send(self, original: Any) -> Any:
        """Shut the network."""

        @wraps(original)
        def sending(endpoint: Any, request: Any) -> Any:
            if self._catching.holds and getattr(endpoint, "_endpoint_prefix", "") == _ENDPOINT:
                message = (
                    "mail_outbox opens no connection, and answers calls of Amazon SES only that send mail; "
                    "have moto or botocore.stub.Stubber answer the others"
                )
                raise OutboxError(message)
            return original(endpoint, request)

        return sending


def _with_octets(given: dict[str, Any]) -> dict[str, Any]:
    """Give the parameters with the octets of the message in place of a file that they are read from."""
    for place in (("RawMessage",), ("Content", "Raw")):
        holder: Any = given
        for key in place:
            holder = holder.get(key) if isinstance(holder, dict) else None
        data = holder.get("Data") if isinstance(holder, dict) else None
        if data is not None and hasattr(data, "read"):
            inner: dict[str, Any] = {**holder, "Data": data.read()}
            for key in reversed(place[1:]):
                inner = {**given[place[0]], key: inner}
            return {**given, place[0]: inner}
    return given


# -- what is in a call


def _raw(backend: str, call: Parameters) -> Iterator[Caught]:
    """Read SendRawEmail."""
    yield _of_octets(backend, call, call["RawMessage"]["Data"], call.get("Source"), call.get("Destinations") or ())


def _v2(backend: str, call: Parameters) -> Iterator[Caught]:
    """Read SendEmail of the second version."""
    content = call.get("Content") or {}
    sender = call.get("FromEmailAddress")
    if "Raw" in content:
        yield _of_octets(backend, call, content["Raw"]["Data"], sender, _recipients(call.get("Destination")))
    elif "Simple" in content:
        yield _made(backend, call, sender, call.get("Destination"), content["Simple"])
    else:
        yield _made(backend, call, sender, call.get("Destination"), None)


def _simple(backend: str, call: Parameters) -> Iterator[Caught]:
    """Read SendEmail of the first version."""
    yield _made(backend, call, call.get("Source"), call.get("Destination"), call.get("Message"))


def _templated(backend: str, call: Parameters) -> Iterator[Caught]:
    """Read SendTemplatedEmail."""
    yield _made(backend, call, call.get("Source"), call.get("Destination"), None)


def _bulk(backend: str, call: Parameters) -> Iterator[Caught]:
    """Read the two calls that send many messages of one template."""
    sender = call.get("FromEmailAddress") or call.get("Source")
    for entry in call.get("BulkEmailEntries") or call.get("Destinations") or ():
        yield _made(backend, call, sender, entry.get("Destination"), None)


_OPERATIONS: dict[tuple[str, str], Callable[[str, Parameters], Iterator[Caught]]] = {
    ("ses", "SendEmail"): _simple,
    ("ses", "SendRawEmail"): _raw,
    ("ses", "SendTemplatedEmail"): _templated,
    ("ses", "SendBulkTemplatedEmail"): _bulk,
    ("sesv2", "SendEmail"): _v2,
    ("sesv2", "SendBulkEmail"): _bulk,
}


def _of_octets(backend: str, call: Parameters, data: Any, sender: str | None, named: Any) -> Caught:
    """Read a message that was given as octets; what the call does not say, its header does."""
    from mimekit.parser import parse

    octets = data.encode() if isinstance(data, str) else bytes(data)
    message = parse(octets)
    authors = [mailbox.address for mailbox in message.from_]
    shown = [mailbox.address for boxes in (message.to, message.cc, message.bcc) for mailbox in boxes]
    mail_from = _address(sender) if sender else (authors[0] if authors else "")
    recipients = tuple([_address(one) for one in named] or shown)
    return Caught(backend, Mailing(mail_from, tuple(dict.fromkeys(recipients)), (), octets), call)


def _made(backend: str, call: Parameters, sender: str | None, destination: Any, content: Any) -> Caught:
    """Make the message that SES makes; of a template nobody here knows more than who it goes to."""
    octets = _octets(call, sender, destination or {}, content)
    mail_from = _address(call.get("ReturnPath") or call.get("FeedbackForwardingEmailAddress") or sender or "")
    recipients = tuple(dict.fromkeys([_address(one) for one in _recipients(destination)]))
    return Caught(backend, Mailing(mail_from, recipients, (), octets), call, is_complete=content is not None)


def _octets(call: Parameters, sender: str | None, destination: Any, content: Any) -> bytes:
    from mimekit.message import Message

    body = (content or {}).get("Body") or {}
    try:
        made = Message(
            from_=sender,
            to=destination.get("ToAddresses") or None,
            cc=destination.get("CcAddresses") or None,
            reply_to=call.get("ReplyToAddresses") or None,
            subject=((content or {}).get("Subject") or {}).get("Data"),
            text=(body.get("Text") or {}).get("Data", None if body else ""),
            html=(body.get("Html") or {}).get("Data"),
        )
        for field in (content or {}).get("Headers") or ():
            made = made.with_added(field["Name"], field["Value"])
        return made.to_bytes()
    except MimekitError:
        return b"\r\n"  # what SES says to such a call is found in the call itself


def _recipients(destination: Any) -> list[str]:
    return [one for name in _LISTS for one in (destination or {}).get(name) or ()]


def _address(given: str) -> str:
    from mimekit.headers.address import AddressList

    found = [mailbox.address for mailbox in AddressList.parse(given.encode("utf-8", "replace"))]
    return found[0] if found else given
