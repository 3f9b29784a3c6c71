"""A local server that speaks the part of Resend's HTTP API that sends one mail.

https://resend.com/docs/api-reference/emails/send-email and the pages on errors and idempotency keys
are what it follows; faults are ordered by the test, one answer each.
"""

import json
import socket
import struct
import sys
import threading
import uuid
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parseaddr
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

API_KEY = "re_local_0123456789"


@dataclass(frozen=True)
class DeliveredMail:
    """A mail that the server accepted, once per idempotency key."""

    id: str
    body: Mapping[str, Any]
    idempotency_key: str
    user_agent: str


@dataclass(frozen=True)
class Fault:
    """What happens to the next request instead of its delivery.

    `status` 0 stands for no answer at all: the connection is reset. `raw` replaces the JSON body.
    """

    status: int = 0
    name: str = "application_error"
    message: str = "Something went wrong."
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    content_type: str = "application/json; charset=utf-8"


class ResendServer:
    """Runs while the `with` block does; `url` is for RESEND_API_URL."""

    def __init__(self) -> None:
        self.delivered: list[DeliveredMail] = []
        self.requests = 0
        self.faults: deque[Fault] = deque()
        # Cleared by a test, `gate` holds answers back; `arrived` says that a request waits there.
        self.gate = threading.Event()
        self.gate.set()
        self.arrived = threading.Event()
        # Seconds between two bytes of an answer.
        self.byte_delay = 0.0
        self._lock = threading.Lock()
        self._in_progress: set[str] = set()
        self._answers: dict[str, tuple[str, str]] = {}
        handler = type("Handler", (_Handler,), {"resend": self})
        self._http = _QuietServer(("127.0.0.1", 0), handler)
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """The base address of the API."""
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.gate.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()

    def answer(self, raw: bytes, key: str, agent: str) -> Fault | str:
        """The id of the accepted mail, or the refusal."""
        body = _parsed(raw)
        if body is None:
            return Fault(400, "validation_error", "The request body is not valid JSON.")
        problem = _problem(body, key)
        if problem is not None:
            return problem
        fingerprint = json.dumps(body, sort_keys=True)
        with self._lock:
            if key and key in self._in_progress:
                return Fault(
                    409,
                    "concurrent_idempotent_requests",
                    "Same idempotency key used while original request is still in progress.",
                )
            if key in self._answers:
                mail_id, first = self._answers[key]
                if first == fingerprint:
                    return mail_id
                return Fault(
                    409,
                    "invalid_idempotent_request",
                    "Same idempotency key used with a different request payload.",
                )
            if key:
                self._in_progress.add(key)
        self.arrived.set()
        self.gate.wait(timeout=30)
        mail_id = str(uuid.uuid4())
        with self._lock:
            self._in_progress.discard(key)
            if key:
                self._answers[key] = (mail_id, fingerprint)
            self.delivered.append(DeliveredMail(mail_id, body, key, agent))
        return mail_id


def _parsed(raw: bytes) -> dict[str, Any] | None:
    try:
        body = json.loads(raw)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None


def _problem(body: dict[str, Any], key: str) -> Fault | None:
    if len(key) > 256:
        return Fault(400, "invalid_idempotency_key", "The key must be between 1-256 chars.")
    missing = [name for name in ("from", "to", "subject") if not body.get(name)]
    if missing or not (body.get("text") or body.get("html")):
        name = missing[0] if missing else "html"
        return Fault(422, "missing_required_field", f"Missing `{name}` field.")
    recipients = [body["to"]] if isinstance(body["to"], str) else body["to"]
    for name, addresses in (("from", [body["from"]]), ("to", recipients)):
        if not all(_is_address(address) for address in addresses):
            return Fault(422, "validation_error", f"Invalid `{name}` field.")
    return None


def _is_address(text: str) -> bool:
    local, at, domain = parseaddr(text)[1].rpartition("@")
    return bool(local and at and "." in domain and text.isascii())


class _QuietServer(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Prints what is wrong with the server, not that a client went away."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    resend: ResendServer
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.resend._lock:
            self.resend.requests += 1
            fault = self.resend.faults.popleft() if self.resend.faults else None
        if fault is None:
            fault = self._unauthorized()
        if fault is None and self.path != "/emails":
            fault = Fault(404, "not_found", "The requested endpoint does not exist.")
        result = fault or self.resend.answer(
            raw, self.headers.get("Idempotency-Key", ""), self.headers.get("User-Agent", "")
        )
        if isinstance(result, Fault):
            self._refuse(result)
        else:
            self._write(200, json.dumps({"id": result}).encode(), {}, "application/json")

    def do_GET(self) -> None:
        """The list of mails: what a redirected POST would read as success."""
        self._write(200, b'{"object": "list", "data": []}', {}, "application/json")

    def _unauthorized(self) -> Fault | None:
        authorization = self.headers.get("Authorization", "")
        if not authorization:
            return Fault(401, "missing_api_key", "Missing API key in the authorization header.")
        if authorization != f"Bearer {API_KEY}":
            return Fault(403, "invalid_api_key", "API key is invalid.")
        return None

    def _refuse(self, fault: Fault) -> None:
        if fault.status == 0:
            # With a linger time of zero, closing sends a reset instead of an end.
            linger = struct.pack("ii", 1, 0)
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            self.close_connection = True
            self.connection.close()
            return
        body = {"statusCode": fault.status, "name": fault.name, "message": fault.message}
        raw = json.dumps(body).encode() if fault.raw is None else fault.raw
        self._write(fault.status, raw, fault.headers, fault.content_type)

    def _write(
        self, status: int, body: bytes, headers: Mapping[str, str], content_type: str
    ) -> None:
        try:
            self.send_response(status)
            for name, value in {"Content-Type": content_type, **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if not self.resend.byte_delay:
                self.wfile.write(body)
                return
            stop = threading.Event()
            for byte in body:
                self.wfile.write(bytes([byte]))
                stop.wait(self.resend.byte_delay)
        except OSError:
            # The client has given up, as slow answers make it do.
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:
        """Silence: the server is part of a test's output otherwise."""
