"""A line that breaks: a proxy that cuts requests in the middle, and loses answers coming back."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from random import Random

SENT = b"POST /api/v1/incidents"


class BadLine:
    """What became of the requests that it carried; ``cut`` and ``lost`` are shares of those sent.

    Attributes
    ----------
    fate : Counter
        How many reports and photos were ``cut``, ``lost`` or ``carried``.
    times : list of float
        When each of them was sent, by the monotonic clock.
    """

    def __init__(self, target: int, cut: float, lost: float) -> None:
        self.target, self.cut, self.lost = target, cut, lost
        self.random = Random(3)
        self.fate: Counter[str] = Counter()
        self.times: list[float] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def serve(self) -> None:
        with suppress(OSError):  # the listener was closed: it is over
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self._carry, args=(client,), daemon=True).start()

    def _carry(self, client: socket.socket) -> None:
        with closing(client), suppress(OSError):
            request = _read(client)
            if not request:
                return
            fate = self._fate(request)
            with socket.create_connection(("127.0.0.1", self.target)) as server:
                if fate == "cut":
                    server.sendall(request[: len(request) * 2 // 3])
                    return
                server.sendall(request)
                while part := server.recv(65536):
                    if fate != "lost":
                        client.sendall(part)

    def _fate(self, request: bytes) -> str:
        if not request.startswith(SENT):
            return "carried"
        drawn = self.random.random()
        fate = "cut" if drawn < self.cut else "lost" if drawn < self.cut + self.lost else "carried"
        self.fate[fate] += 1
        self.times.append(time.monotonic())
        return fate


@contextmanager
def bad_line(address: str, *, cut: float = 0.0, lost: float = 0.0) -> Iterator[BadLine]:
    """Stand between a browser and the service at an address."""
    line = BadLine(int(address.rpartition(":")[2]), cut, lost)
    threading.Thread(target=line.serve, daemon=True).start()
    yield line
    line.listener.close()


def _read(client: socket.socket) -> bytes:
    """Read one whole request, so that it can be cut where we want; one a connection."""
    found = b""
    while b"\r\n\r\n" not in found:
        part = client.recv(65536)
        if not part:
            return b""
        found += part
    head, _, body = found.partition(b"\r\n\r\n")
    lines = [one.lower() for one in head.split(b"\r\n")]
    length = next((int(one[15:]) for one in lines if one.startswith(b"content-length:")), 0)
    while len(body) < length:
        part = client.recv(65536)
        if not part:
            return b""
        body += part
    # The service shall close when it has answered, so that there is one request a connection.
    kept = [one for one in head.split(b"\r\n") if not one.lower().startswith(b"connection:")]
    return b"\r\n".join([*kept, b"Connection: close"]) + b"\r\n\r\n" + body
