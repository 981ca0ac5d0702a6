"""
Amazon SES with faults on order: a proxy on loopback before moto's server, which does for a call what a plan says.

    a call of boto3, {number of a row: faults, one for each try} -> who was taken, each time anew
"""

from __future__ import annotations

import base64
import http.client
import json
import re
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import NamedTuple
from urllib.parse import parse_qs, urlsplit

from tests.support.net import HOST

__all__ = ["FAULTS", "FaultyAmazon", "Refusal", "faulty_amazon"]


class Refusal(NamedTuple):
    """An answer with an error code, as each version of the API gives it."""

    text: str
    v1: tuple[int, str]
    v2: tuple[int, str]


_PAUSED = "Sending paused for this account. For more information, please check the inbox of the email address."

FAULTS: Mapping[str, Refusal | str] = {
    "throttled": Refusal("Maximum sending rate exceeded.", (400, "Throttling"), (429, "TooManyRequestsException")),
    "unavailable": Refusal("Try again.", (503, "ServiceUnavailable"), (503, "ServiceUnavailableException")),
    "quota used up": Refusal("Daily message quota exceeded.", (400, "Throttling"), (400, "LimitExceededException")),
    "sending paused": Refusal("Paused.", (400, "AccountSendingPausedException"), (400, "SendingPausedException")),
    "paused by its text": Refusal(_PAUSED, (400, "MessageRejected"), (400, "MessageRejected")),
    "token expired": Refusal("It has expired.", (403, "ExpiredToken"), (403, "ExpiredTokenException")),
    "rejected": Refusal("Email address is not verified.", (400, "MessageRejected"), (400, "MessageRejected")),
    "bad": Refusal("Illegal address", (400, "InvalidParameterValue"), (400, "BadRequestException")),
    "failed": Refusal("An unknown error.", (500, "InternalFailure"), (500, "InternalServerException")),
    "cut before": "cut",
    "cut after": "take, cut",
    "half an answer": "take, half",
    "no answer": "take, wait",
    "gibberish": "take, gibberish",
    "empty answer": "take, empty",
}
"""What can be ordered; ``failed`` and all that begin with ``take`` have the message taken."""

_NUMBER = re.compile(r"r([0-9]{4})@")


class FaultyAmazon:
    """Where the proxy listens, what it is to do, and whom moto has taken a message for."""

    def __init__(self, url: str) -> None:
        self.plan: dict[int, Sequence[str]] = {}
        self.taken: list[str] = []
        self.tries: Counter[int] = Counter()
        self.connections = 0
        self.behind = urlsplit(url).netloc
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer((HOST, 0), type("Handler", (_Handler,), {"amazon": self}))
        self._server.daemon_threads = True
        self.url = f"http://{HOST}:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05})

    def fault_of(self, recipients: Sequence[str]) -> Refusal | str:
        """Give the fault of this call; ``""`` when there is none."""
        found = _NUMBER.match(recipients[0])
        assert found is not None, recipients
        number = int(found[1])
        with self._lock:
            self.tries[number] += 1
            faults = self.plan.get(number, ())
            at = self.tries[number]
        return FAULTS[faults[at - 1]] if at <= len(faults) else ""

    def take(self, recipients: Sequence[str]) -> None:
        """Take down who was served."""
        with self._lock:
            self.taken += recipients

    def connected(self) -> None:
        """Count a connection."""
        with self._lock:
            self.connections += 1

    def start(self) -> None:
        """Listen."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    """One connection to the proxy."""

    amazon: FaultyAmazon
    protocol_version = "HTTP/1.1"

    def setup(self) -> None:
        super().setup()
        self.amazon.connected()

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        is_v2 = self.path.startswith("/v2/")
        recipients, data = _call(body, is_v2=is_v2)
        assert data.isascii()
        fault = self.amazon.fault_of(recipients)
        if isinstance(fault, Refusal):
            status, code = fault.v2 if is_v2 else fault.v1
            if status == 500:
                self._forward(body, recipients)
            self._answer(status, *_error(code, fault.text, is_v2=is_v2))
            return
        if fault == "cut":
            self.close_connection = True
            return
        status, headers, answer = self._forward(body, recipients)
        if fault == "":
            self._answer(status, headers, answer)
        elif fault == "take, gibberish":
            self._answer(200, {}, b"\x00<Hello?")
        elif fault == "take, empty":
            self._answer(200, {}, b"{}" if is_v2 else b"<SendRawEmailResponse/>")
        else:
            self.close_connection = True
            if fault == "take, half":
                self.wfile.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 500\r\n\r\n" + answer[:20]
                )
            elif fault == "take, wait":
                time.sleep(1.0)

    def _forward(self, body: bytes, recipients: Sequence[str]) -> tuple[int, dict[str, str], bytes]:
        """Let moto answer."""
        behind = http.client.HTTPConnection(self.amazon.behind, timeout=30)
        headers = {name: value for name, value in self.headers.items() if name.lower() != "connection"}
        behind.request("POST", self.path, body, headers)
        answer = behind.getresponse()
        octets = answer.read()
        behind.close()
        if answer.status == 200:
            self.amazon.take(recipients)
        kept = {name: value for name, value in answer.getheaders() if name.lower().startswith(("content-type", "x-"))}
        return answer.status, kept, octets

    def _answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def _call(body: bytes, *, is_v2: bool) -> tuple[list[str], bytes]:
    """Read the recipients and the data that a call names."""
    if is_v2:
        call = json.loads(body)
        named = [address for kind in ("To", "Cc", "Bcc") for address in call["Destination"].get(f"{kind}Addresses", ())]
        return named, base64.b64decode(call["Content"]["Raw"]["Data"])
    form = parse_qs(body.decode("ascii"))
    named = [values[0] for name, values in form.items() if name.startswith("Destinations.member.")]
    return named, base64.b64decode(form["RawMessage.Data"][0])


def _error(code: str, text: str, *, is_v2: bool) -> tuple[dict[str, str], bytes]:
    if is_v2:
        return {"x-amzn-ErrorType": code, "Content-Type": "application/json"}, json.dumps({"message": text}).encode()
    xml = (
        f'<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>{text}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    )
    return {"Content-Type": "text/xml"}, xml.encode()


@contextmanager
def faulty_amazon(url: str) -> Iterator[FaultyAmazon]:
    """Run the proxy before moto's server at *url* for a block."""
    proxy = FaultyAmazon(url)
    proxy.start()
    try:
        yield proxy
    finally:
        proxy.stop()
