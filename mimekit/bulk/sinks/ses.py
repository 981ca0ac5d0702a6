"""
The SES sink: each delivery by one call of Amazon SES, of which it is known whether it took the message.

boto3's own retries are off: it would call again after a reply that was lost, and the recipient would get two.  An
answer with an error code is a message that was not taken; no answer, or one of a server that fell over, is unsure.

    item -> Outcome: the MessageId, or what the service said, and what it means for the run

May import: `bulk.handover`, `ses`, `errors`; boto3 when a connection is made.  Imported by: `bulk.sinks`, `cli`.
"""

from __future__ import annotations

import re
from threading import Lock
from typing import TYPE_CHECKING

from mimekit import ses
from mimekit.bulk.handover import Answer, Outcome
from mimekit.errors import BulkError, MimekitError, show
from mimekit.ses import limits

if TYPE_CHECKING:
    from typing import Any  # boto3 is not typed

    from mimekit.bulk.items import Item

__all__ = ["SesSink"]

_SECONDS = 60.0
_CALLS = {1: ("ses", "send_raw_email"), 2: ("sesv2", "send_email")}

_THROTTLING = {
    *("Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded", "RequestThrottled"),
    *("RequestThrottledException", "ServiceUnavailable", "ServiceUnavailableException", "SlowDown"),
}
_PAUSED = {
    *("AccountSendingPausedException", "AccountSuspendedException", "ConfigurationSetSendingPausedException"),
    "SendingPausedException",
}
_NOT_LET_IN = {
    *("AccessDenied", "AccessDeniedException", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature"),
    *("InvalidClientTokenId", "InvalidSignatureException", "MissingAuthenticationToken", "NotAuthorized"),
    *("OptInRequired", "RequestExpired", "SignatureDoesNotMatch", "UnrecognizedClientException"),
}
_NEVER_SIGNED = {  # botocore's errors, by name: not every version has them all
    *("CredentialRetrievalError", "LoginError", "MetadataRetrievalError", "NoAuthTokenError", "NoCredentialsError"),
    *("PartialCredentialsError", "SSOError", "TokenRetrievalError"),
}
_USED_UP = re.compile(r"daily [a-z ]{0,40}(?:quota|limit)s? exceeded", re.IGNORECASE)
_TEXT_OF_PAUSED = re.compile(r"sending (?:for [a-z ]{0,40})?(?:is )?(?:paused|suspended)", re.IGNORECASE)
_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY, _UNAVAILABLE, _FAILED = 401, 403, 429, 503, 500


class SesSink:
    """
    Hands each message to Amazon SES in *region*, by API *version* 1 (``send_raw_email``) or 2 (``send_email``).

    The *arguments* are those of `ses.send_raw_email` or `ses.send_email`, the same for every message
    (``configuration_set=``, ``source_arn=``).  *region* and the credentials are found as boto3 finds them unless given;
    *client* is a client of one's own, whose retries must be off.  *timeout* is in seconds: when it runs out, the
    message is unsure.  Raises `BulkError`.

    >>> SesSink("eu-west-1", configuration_set="newsletter")
    <SesSink eu-west-1, version 2>
    """

    most = limits.MAX_RECIPIENTS

    def __init__(  # noqa: PLR0913 - each says one thing about the service
        self,
        region: str | None = None,
        *,
        version: int = 2,
        client: Any = None,  # noqa: ANN401 - boto3 is not typed
        endpoint_url: str | None = None,
        profile: str | None = None,
        timeout: float = _SECONDS,
        **arguments: object,
    ) -> None:
        if version not in _CALLS:
            message = f"version is {show(version)}; the API of Amazon SES is 1 or 2"
            raise BulkError(message)
        call = ses.send_raw_email if version == 1 else ses.send_email
        if unknown := sorted(set(arguments).difference(call.__kwdefaults__ or ())):
            message = (
                f"{call.__name__} has no argument {show(unknown[0])}; it has {', '.join(call.__kwdefaults__ or ())}"
            )
            raise BulkError(message)
        if client is not None:
            _check_retries(client)
        self.region, self.version, self.timeout = region, version, timeout
        self.arguments = arguments
        said = {"region": region, "version": version, "endpoint_url": endpoint_url, **dict(sorted(arguments.items()))}
        self.kind = ", ".join(["ses", *[f"{name}={value!r}" for name, value in said.items() if value is not None]])
        self._client, self._endpoint_url, self._profile = client, endpoint_url, profile
        self._session: Any = None  # boto3 is not typed
        self._lock = Lock()

    def __repr__(self) -> str:
        return f"<SesSink {self.region or 'default region'}, version {self.version}>"

    def connect(self) -> _Connection:
        """Make a client, whose connection is used again; raise `BulkError` without boto3, region or credentials."""
        return _Connection(self, self._client if self._client is not None else self._made())

    def _made(self) -> Any:  # noqa: ANN401 - boto3 is not typed
        try:
            import boto3
            from botocore.config import Config
            from botocore.exceptions import BotoCoreError
        except ImportError:
            message = "the sink of Amazon SES needs boto3, which is not installed; install mimekit[ses]"
            raise BulkError(message) from None
        config = Config(
            retries={"total_max_attempts": 1}, connect_timeout=min(self.timeout, 10.0), read_timeout=self.timeout
        )
        try:
            with self._lock:  # a session is not for several threads
                if self._session is None:
                    self._session = boto3.Session(region_name=self.region, profile_name=self._profile)
                return self._session.client(_CALLS[self.version][0], endpoint_url=self._endpoint_url, config=config)
        except (BotoCoreError, ValueError) as error:
            message = f"Amazon SES cannot be called: {error}"
            raise BulkError(message) from None


def _check_retries(client: Any) -> None:  # noqa: ANN401 - boto3 is not typed
    """Raise for a client that would send again what may have been taken."""
    settings = client.meta.config.retries or {}
    if settings.get("total_max_attempts") != 1:
        message = (
            "the client retries by itself, and a message whose answer was lost would go out twice; "
            'make it with config=botocore.config.Config(retries={"total_max_attempts": 1})'
        )
        raise BulkError(message)


class _Connection:
    """A client, and the call it makes for each delivery."""

    def __init__(self, sink: SesSink, client: Any) -> None:  # noqa: ANN401 - boto3 is not typed
        self._sink, self._client = sink, client
        self._call = getattr(client, _CALLS[sink.version][1])

    def hand_over(self, item: Item) -> Outcome:
        """Make one call."""
        from botocore.exceptions import ClientError

        recipients = item.delivery.rcpt_to
        arguments: dict[str, Any] = self._sink.arguments  # whatever the caller gave
        try:
            made = ses.send_raw_email if self._sink.version == 1 else ses.send_email
            payload = made(item.delivery, **arguments)
        except (MimekitError, OSError) as error:  # a limit of the service, or a file that is gone
            return Outcome(dict.fromkeys(recipients, Answer("rejected", str(error))))
        try:
            answer = self._call(**payload)
            message_id = str(answer["MessageId"])
        except ClientError as error:
            return _refusal(recipients, error.response)
        except Exception as error:  # noqa: BLE001 - whatever it is, the message may be on its way
            return _silence(recipients, error)
        return Outcome(dict.fromkeys(recipients, Answer("sent", "", message_id)))

    def close(self) -> None:
        """Give up the connection, unless the client is the caller's."""
        if self._sink._client is None:
            self._client.close()


# -- what answers mean


def _refusal(recipients: tuple[str, ...], response: Any) -> Outcome:  # noqa: ANN401 - as botocore gives it
    """Judge an answer with an error code: the message was not taken, unless the server fell over."""
    code = str(response.get("Error", {}).get("Code", ""))
    said = str(response.get("Error", {}).get("Message", ""))
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    text = f"{code}: {said}" if said else code
    later = Outcome(dict.fromkeys(recipients, Answer("later", text)), "service")
    if _USED_UP.search(said) or code in _PAUSED or _TEXT_OF_PAUSED.search(said):
        return Outcome(later.answers, "service", stop=text)
    if code in _THROTTLING or status in (_TOO_MANY, _UNAVAILABLE):
        return later
    if code == "LimitExceededException":  # a sending quota of the account, if not the daily one by name
        return Outcome(later.answers, "service", stop=text)
    if code in _NOT_LET_IN or status in (_UNAUTHORIZED, _FORBIDDEN):
        return Outcome(later.answers, "service", stop=text)
    if status >= _FAILED:
        return Outcome(dict.fromkeys(recipients, Answer("unsure", text)))
    return Outcome(dict.fromkeys(recipients, Answer("rejected", text)))


def _silence(recipients: tuple[str, ...], error: Exception) -> Outcome:
    """Judge a call that got no answer: not taken only where it never left."""
    from botocore import exceptions as known

    text = str(error) or type(error).__name__
    later = dict.fromkeys(recipients, Answer("later", text))
    if isinstance(error, (known.EndpointConnectionError, known.ConnectTimeoutError, known.ProxyConnectionError)):
        return Outcome(later, "service")
    if isinstance(error, known.ParamValidationError):
        return Outcome(dict.fromkeys(recipients, Answer("rejected", text)))
    if (
        not _NEVER_SIGNED.isdisjoint([kind.__name__ for kind in type(error).__mro__])
        or "CERTIFICATE_VERIFY_FAILED" in text
    ):
        return Outcome(later, "service", stop=text)
    return Outcome(dict.fromkeys(recipients, Answer("unsure", f"no answer: {text}")))
