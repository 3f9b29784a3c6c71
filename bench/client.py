"""An HTTP client that makes load: some connections that are kept, one request on each at a time.

One process and no library, so that little of the machine goes to whoever asks. What servers do
with connections is theirs: one that they close is opened again and counts as it is.
"""

import re
import selectors
import socket
import time
from dataclasses import dataclass, field

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_END_OF_HEADERS = b"\r\n\r\n"
_PATIENCE = 30.0


class LoadFailed(Exception):
    """The server refused a request, or said nothing for too long."""


@dataclass
class Load:
    """What came of it; latencies in seconds."""

    wall: float = 0
    latencies: list[float] = field(default_factory=list)
    reconnected: int = 0

    @property
    def count(self) -> int:
        return len(self.latencies)

    def percentile(self, part: float) -> float:
        """The latency below which this part of the answers came."""
        return sorted(self.latencies)[min(self.count - 1, int(self.count * part))]


class _Connection:
    def __init__(self, port: int, request: bytes) -> None:
        self._port, self._request = port, request
        self.socket = self._opened()
        self._answer = bytearray()
        self._whole = 0
        self.began = 0.0

    def fileno(self) -> int:
        return self.socket.fileno()

    def _opened(self) -> socket.socket:
        opened = socket.create_connection(("127.0.0.1", self._port), timeout=_PATIENCE)
        opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return opened

    def send(self) -> None:
        self._answer.clear()
        self._whole = 0
        self.began = time.perf_counter()
        self.socket.sendall(self._request)

    def receive(self) -> tuple[bool, bool]:
        """Whether the answer is whole, and whether the server keeps the connection."""
        part = self.socket.recv(262_144)
        if not part:
            raise LoadFailed(f"The connection was closed within an answer: {self._answer[:200]!r}")
        self._answer += part
        if not self._whole:
            end = self._answer.find(_END_OF_HEADERS)
            if end < 0:
                return False, True
            length = _LENGTH.search(self._answer, 0, end)
            if length is None or not self._answer.startswith(b"HTTP/1.1 200"):
                raise LoadFailed(bytes(self._answer[:500]).decode(errors="replace"))
            self._whole = end + len(_END_OF_HEADERS) + int(length[1])
        whole = len(self._answer) >= self._whole
        return whole, not whole or b"connection: close" not in self._answer[:1000].lower()

    def reopen(self) -> None:
        self.socket.close()
        self.socket = self._opened()


def request_of(path: str, **headers: str) -> bytes:
    """A GET request as the proxy in front of the product sends it."""
    lines = {
        "Host": "bench.example",
        "Accept": "application/json",
        "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) Gecko/20100101 Firefox/140.0",
        "X-Forwarded-For": "203.0.113.7",
        "X-Forwarded-Proto": "https",
        **headers,
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    return f"GET {path} HTTP/1.1\r\n{head}\r\n".encode()


def load(port: int, request: bytes, *, connections: int, seconds: float) -> Load:
    """Ask again and again on every connection. Raises LoadFailed for any answer but a 200."""
    found = Load()
    with selectors.DefaultSelector() as selector:
        opened = [_Connection(port, request) for _ in range(connections)]
        for connection in opened:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        started = time.perf_counter()
        for connection in opened:
            connection.send()
        while time.perf_counter() - started < seconds:
            ready = selector.select(_PATIENCE)
            if not ready:
                raise LoadFailed(f"No answer within {_PATIENCE:.0f} s.")
            for key, _events in ready:
                connection = key.data
                whole, kept = connection.receive()
                if not whole:
                    continue
                found.latencies.append(time.perf_counter() - connection.began)
                if not kept:
                    selector.unregister(connection.socket)
                    connection.reopen()
                    selector.register(connection.socket, selectors.EVENT_READ, connection)
                    found.reconnected += 1
                connection.send()
        found.wall = time.perf_counter() - started
        for connection in opened:
            connection.socket.close()
    return found
