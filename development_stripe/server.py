"""HTTP on a loopback address: requests in, answers out."""

import http.server
import socket
import struct
import sys
import traceback
from http import HTTPStatus

from development_stripe.faults import ConnectionLost
from development_stripe.messages import Request, Response
from development_stripe.routing import Application

LARGEST_BODY = 1024 * 1024
SILENCE_SECONDS = 60


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int) -> None:
        """Listens; raises OSError. `application` has to be set before the first request."""
        self.application: Application | None = None
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, port), Handler)

    @property
    def base(self) -> str:
        host, port = self.server_address[:2]
        name = f"[{host!s}]" if ":" in str(host) else str(host)
        return f"http://{name}:{port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that went away is none; anything else ends in the log as usual."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


class Handler(http.server.BaseHTTPRequestHandler):
    server: Server
    protocol_version = "HTTP/1.1"
    server_version = "DevelopmentStripe"
    sys_version = ""
    timeout = SILENCE_SECONDS
    # One packet for headers and body: no waiting for an acknowledgement between them.
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._answer()

    def do_HEAD(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: what happens is on the control page."""

    def _answer(self) -> None:
        body = self._body()
        if body is None or self.server.application is None:
            return
        path, _mark, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        try:
            response = self.server.application.answer(
                Request(self.command, path, query, headers, body)
            )
        except ConnectionLost:
            self._reset()
            return
        except Exception:  # whatever it is: the client gets an answer, and we a traceback
            traceback.print_exc()
            body = (
                b'{"error": {"message": "The development Stripe is broken.", "type": "api_error"}}'
            )
            response = Response(HTTPStatus.INTERNAL_SERVER_ERROR, body)
        self._send(response)

    def _body(self) -> bytes | None:
        """None after a refusal."""
        if "transfer-encoding" in self.headers:
            self._refuse(HTTPStatus.LENGTH_REQUIRED)
            return None
        text = self.headers.get("content-length") or "0"
        if not text.isdecimal():
            self._refuse(HTTPStatus.BAD_REQUEST)
            return None
        if int(text) > LARGEST_BODY:
            self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return None
        return self.rfile.read(int(text))

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self.send_error(status)

    def _send(self, response: Response) -> None:
        self.send_response_only(response.status)
        self.send_header("Server", self.version_string())
        if "Date" not in response.headers:
            self.send_header("Date", self.date_time_string())
        self.send_header("Content-Type", response.content_type)
        self.send_header("Content-Length", str(len(response.body)))
        self.send_header("Cache-Control", "no-store")
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)
        self.wfile.flush()

    def _reset(self) -> None:
        """Ends the connection hard, as a machine that goes down does."""
        self.close_connection = True
        hard = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, hard)
        self.connection.close()
