"""Requests over real HTTP, as bytes come and go: no test client in between."""

import http.client
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from django.db import connection
from django.test import LiveServerTestCase

from users.models import User
from users.tests.factories import PASSWORD


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    content: bytes

    @property
    def body(self) -> Any:
        return json.loads(self.content)

    @property
    def error(self) -> dict[str, Any]:
        """What a refusal says."""
        found: dict[str, Any] = self.body["error"]
        return found

    @property
    def cookies(self) -> SimpleCookie:
        found = SimpleCookie()
        for header in self.headers.get_all("Set-Cookie", []):
            found.load(header)
        return found


class WireCase(LiveServerTestCase):
    """A server of the product, and what a client says to it."""

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Make a request; `body` goes as it is if it is bytes, else as JSON.

        Without one it is what the web client's proxy sends: empty, and called JSON.
        """
        server = urlsplit(self.live_server_url)
        wire = http.client.HTTPConnection(server.hostname or "", server.port, timeout=30)
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        sent = {"Content-Type": "application/json"} | (headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        try:
            wire.request(method, path, content, sent)
            answer = wire.getresponse()
            return Answer(answer.status, answer.headers, answer.read())
        finally:
            wire.close()

    def log_in(self, user: User, password: str = PASSWORD) -> dict[str, Any]:
        """What signing in answers."""
        answer = self.send("POST", "/api/auth/login/", {"email": user.email, "password": password})
        self.assertEqual(answer.status, 200, answer.content)
        found: dict[str, Any] = answer.body["data"]
        return found

    @contextmanager
    def without(self, table: str) -> Iterator[None]:
        """Whatever needs the table crashes."""
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} RENAME TO {table}_away")
        try:
            yield
        finally:
            with connection.cursor() as cursor:
                cursor.execute(f"ALTER TABLE {table}_away RENAME TO {table}")
