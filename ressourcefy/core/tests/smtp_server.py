"""A local SMTP server that answers as a test orders: one reply for each command (RFC 5321)."""

import socketserver
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self

from django.test import override_settings


class SmtpServer:
    """Runs while the `with` block does; `replies` replaces the reply to a command."""

    def __init__(self, replies: Mapping[str, str] | None = None, *, hangs_up: bool = False) -> None:
        self.messages: list[bytes] = []
        handler = type(
            "Handler",
            (_Handler,),
            {"server_state": self, "replies": dict(replies or {}), "hangs_up": hangs_up},
        )
        self._server = _QuietServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.01,), daemon=True
        )

    @property
    def port(self) -> int:
        """The port on the loopback address."""
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


class _QuietServer(socketserver.ThreadingTCPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Prints what is wrong with the server, not that a client went away."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(socketserver.StreamRequestHandler):
    server_state: SmtpServer
    replies: dict[str, str]
    hangs_up: bool

    def handle(self) -> None:
        if self.hangs_up:
            return
        self._reply("CONNECT", "220 ready")
        while line := self.rfile.readline():
            command = line.split()[0].decode().upper()
            if command == "DATA":
                self._data()
            elif command == "QUIT":
                self._reply(command, "221 bye")
                return
            else:
                self._reply(command, "250 ok")

    def _data(self) -> None:
        if self._reply("DATA", "354 go on").startswith("354"):
            lines = []
            while (line := self.rfile.readline()) != b".\r\n":
                # A dot at the beginning of a line travels with another one (section 4.5.2).
                lines.append(line.removeprefix(b"."))
            if self._reply("MESSAGE", "250 taken").startswith("250"):
                self.server_state.messages.append(b"".join(lines))

    def _reply(self, command: str, usual: str) -> str:
        reply = self.replies.get(command, usual)
        self.wfile.write(f"{reply}\r\n".encode())
        return reply


@contextmanager
def smtp_server(
    replies: dict[str, str] | None = None, *, hangs_up: bool = False, **options: Any
) -> Iterator[SmtpServer]:
    """A server with the settings that lead to it."""
    with SmtpServer(replies, hangs_up=hangs_up) as server:
        mailers = {
            "default": {
                "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "OPTIONS": {"host": "127.0.0.1", "port": server.port, "timeout": 5, **options},
            }
        }
        with override_settings(MAILERS=mailers, DEFAULT_FROM_EMAIL="no-reply@example.com"):
            yield server
