"""Loopback: a free port, and waiting until something listens on it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

__all__ = ["HOST", "free_port", "wait_until"]

HOST = "127.0.0.1"


def free_port() -> int:
    """Give a TCP port on loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(is_so: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Wait until *is_so*, or raise `TimeoutError` naming *what* after *seconds*."""
    end = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > end:
            message = f"{what}: not within {seconds} s"
            raise TimeoutError(message)
        time.sleep(0.02)
