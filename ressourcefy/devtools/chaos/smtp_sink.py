"""A mail server that remembers what it took, and refuses or hesitates when it is told to."""

import email
import re
import socketserver
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

_RECIPIENT = re.compile(rb"<([^>]*)>")


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail that was taken; `key` is its Message-ID, which holds the id of the event."""

    to: str
    key: str


def always(address: str) -> bool:
    """Takes mails for everybody."""
    return True


class SmtpSink:
    """Speaks enough SMTP (RFC 5321) for one mail after the other, in the `with` block."""

    def __init__(self, *, port: int = 0, latency: float = 0.0) -> None:
        """`latency` is how many seconds each recipient takes to look up."""
        self.latency = latency
        #: Whether a recipient is taken now; where not, it is asked to come back later.
        self.takes: Callable[[str], bool] = always
        #: When each recipient was asked for, by this process's own clock.
        self.attempts: dict[str, list[float]] = {}
        self.mails: list[Mail] = []
        self._lock = threading.Lock()
        handler = type("Handler", (_Handler,), {"sink": self})
        self._server = _Server(("127.0.0.1", port), handler)
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    @property
    def port(self) -> int:
        """Where it listens on the loopback address."""
        return int(self._server.server_address[1])

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def copies(self) -> Counter[str]:
        """How many mails each address was sent."""
        with self._lock:
            return Counter(mail.to for mail in self.mails)

    def keys_of(self, address: str) -> set[str]:
        """The different Message-IDs that an address was sent."""
        with self._lock:
            return {mail.key for mail in self.mails if mail.to == address}

    def asked(self, address: str) -> bool:
        """Note the attempt; whether the recipient is taken."""
        with self._lock:
            self.attempts.setdefault(address, []).append(time.monotonic())
        time.sleep(self.latency)
        return self.takes(address)

    def take(self, to: str, raw: bytes) -> None:
        """Remember a mail."""
        key = str(email.message_from_bytes(raw)["Message-ID"])
        with self._lock:
            self.mails.append(Mail(to, key))


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients are killed here; that they are gone is no error."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(socketserver.StreamRequestHandler):
    sink: SmtpSink

    def handle(self) -> None:
        self._reply("220 ready")
        recipient = ""
        while line := self.rfile.readline():
            command = line[:4].upper()
            if command == b"RCPT":
                found = _RECIPIENT.search(line)
                recipient = found[1].decode() if found else ""
                self._reply("250 ok" if self.sink.asked(recipient) else "451 later")
            elif command == b"DATA":
                self._reply("354 go on")
                lines = []
                while (part := self.rfile.readline()) not in {b".\r\n", b""}:
                    lines.append(part)
                if part:
                    self.sink.take(recipient, b"".join(lines))
                    self._reply("250 taken")
            elif command == b"QUIT":
                self._reply("221 bye")
                return
            else:
                self._reply("250 ok")

    def _reply(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
