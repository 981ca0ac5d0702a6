"""A name server on loopback that answers from data: for tests of what asks one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import dns.message
import dns.rcode
import dns.rrset

__all__ = ["NameServer", "name_server"]


class NameServer:
    """Answers TXT questions over UDP; a name that maps to a code is answered by it, to ``None`` not at all."""

    def __init__(self, records: Mapping[str, list[str] | int | None]) -> None:
        self.records = records
        self.asked: list[str] = []
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]

    def run(self) -> None:
        """Answer until an empty datagram comes."""
        while True:
            octets, peer = self._socket.recvfrom(65535)
            if not octets:
                return
            question = dns.message.from_wire(octets)
            name = question.question[0].name.to_text(omit_final_dot=True)
            self.asked.append(name)
            found = self.records.get(name, dns.rcode.NXDOMAIN)
            if found is None:
                continue
            answer = dns.message.make_response(question)
            if isinstance(found, int):
                answer.set_rcode(dns.rcode.Rcode(found))
            elif found:
                answer.answer.append(dns.rrset.from_text(name + ".", 300, "IN", "TXT", *found))
            self._socket.sendto(answer.to_wire(), peer)

    def close(self) -> None:
        """Stop."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            sender.sendto(b"", ("127.0.0.1", self.port))


@contextmanager
def name_server(records: Mapping[str, list[str] | int | None]) -> Iterator[NameServer]:
    """Run a name server in a thread."""
    server = NameServer(records)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        yield server
    finally:
        server.close()
        thread.join()
        server._socket.close()
