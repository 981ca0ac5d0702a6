"""
A mock of Amazon SES on loopback: moto's server, boto3's clients, and a spy on what is really asked of them.

Moto adds the addresses of the header to the destinations it stores, so the copies are told from the request: who
was asked for, and which octets moto stored under the id it answered with.

    boto3 call -> Request(operation, parameters) and the copies it makes
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

import boto3
from botocore.config import Config
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.server import ThreadedMotoServer
from moto.ses.models import ses_backends

from tests.support.copies import Copy

__all__ = ["Amazon", "Request", "amazon"]

_REGION = "us-east-1"


class Request(NamedTuple):
    """One call that left a client."""

    operation: str
    parameters: Mapping[str, Any]
    """The keyword arguments as boto3 got them; boto3 is not typed."""

    @property
    def destinations(self) -> list[str]:
        """The recipients that the request itself names, whatever a header says."""
        if self.operation == "SendRawEmail":
            return list(self.parameters.get("Destinations", ()))
        named = self.parameters.get("Destination", {})
        return [address for kind in ("To", "Cc", "Bcc") for address in named.get(f"{kind}Addresses", ())]

    @property
    def data(self) -> bytes:
        """The raw message of the request."""
        holder = self.parameters if self.operation == "SendRawEmail" else self.parameters["Content"]
        data = holder["RawMessage" if self.operation == "SendRawEmail" else "Raw"]["Data"]
        assert isinstance(data, bytes)
        return data


class Amazon:
    """The clients, what they were asked, and what the server stored."""

    def __init__(self, url: str) -> None:
        self._url = url
        self.requests: list[Request] = []
        self.ses = self._client("ses")
        self.sesv2 = self._client("sesv2")

    def _client(self, name: str) -> Any:  # boto3 is not typed
        client = boto3.client(
            name,
            endpoint_url=self._url,
            region_name=_REGION,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",  # noqa: S106 - moto takes anything
            config=Config(retries={"max_attempts": 0}, proxies={}),
        )
        client.meta.events.register("before-parameter-build", self._spy)
        return client

    def _spy(self, *, params: Mapping[str, Any], model: Any, **_: Any) -> None:  # botocore's hook
        if model.name.startswith("Send"):
            self.requests.append(Request(model.name, dict(params)))

    def verify(self, domain: str) -> None:
        """Make moto accept mail from *domain*."""
        self.ses.verify_domain_identity(Domain=domain)

    def copies(self) -> list[Copy]:
        """Give what each destination of each request would get: the octets that the server stored for it."""
        stored = ses_backends[DEFAULT_ACCOUNT_ID][_REGION].sent_messages
        assert len(stored) == len(self.requests)
        found = []
        for request, message in zip(self.requests, stored, strict=True):
            octets = message.raw_data.encode()
            assert octets == request.data
            found += [Copy(address, octets) for address in request.destinations]
        return found

    def forget(self) -> None:
        """Forget every request and every stored message."""
        self.requests.clear()
        ses_backends[DEFAULT_ACCOUNT_ID][_REGION].sent_messages.clear()


@contextmanager
def amazon() -> Iterator[Amazon]:
    """Run the mock for a block."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        yield Amazon(f"http://{host}:{port}")
    finally:
        server.stop()
