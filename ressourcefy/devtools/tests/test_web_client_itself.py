"""The web client of the tests breaks where the real one does."""

import json
import socket
from typing import Any

from django.test import SimpleTestCase

from devtools.tests.test_journey import make_server
from devtools.tests.web_client import ClientBroken, Seen, WebClient


class ClientItselfTests(SimpleTestCase):
    """Otherwise the tests that drive it would say nothing."""

    def seen(self, status: int, body: Any) -> Seen:
        client = WebClient(f"{make_server(self, status=status, body=body)}/api")
        client.cookies |= {"access_token": "a", "refresh_token": "r"}
        return client.post("/thing/", {})

    def test_loses_messages_that_are_not_in_the_envelope(self) -> None:
        for body in ({"error": "No."}, {"detail": "No."}):
            seen = self.seen(403, body)

            self.assertEqual(seen.message, "Request failed with status code 403")
        kept = self.seen(403, {"error": {"code": "access_denied", "message": "No."}})
        self.assertEqual((kept.code, kept.message), ("access_denied", "No."))

    def test_makes_failures_of_empty_answers(self) -> None:
        self.assertEqual(self.seen(204, None).code, "proxy_error")

    def test_refuses_redirects_and_pages_without_its_origin(self) -> None:
        with self.assertRaisesRegex(ClientBroken, "redirected"):
            self.seen(302, {})
        address = make_server(self, status=200, body={})
        with self.assertRaisesRegex(ClientBroken, "preflight"):
            WebClient(f"{address}/api").direct("/auth/login/", {})

    def test_gives_up_on_a_silent_server_and_on_none(self) -> None:
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen()
            address = f"http://127.0.0.1:{silent.getsockname()[1]}/api"
            client = WebClient(address, seconds=0.1)
            client.cookies["access_token"] = "a"

            self.assertEqual(client.post("/thing/").code, "timeout")
        self.assertEqual(client.post("/thing/").code, "proxy_error")

    def test_forgets_its_tokens_and_the_words_of_a_401(self) -> None:
        body = {"error": {"code": "business", "message": "Something else."}}
        client = WebClient(f"{make_server(self, status=401, body=body)}/api")
        client.cookies |= {"access_token": "a", "refresh_token": "r", "activated": "true"}

        seen = client.post("/thing/")

        self.assertEqual((seen.status, seen.code, seen.body), (401, "unauthorized", None))
        self.assertEqual(client.cookies, {"activated": "true"})

    def test_repeats_what_failed_once(self) -> None:
        error = {"error": {"code": "server_error", "message": "Oh."}}
        client = WebClient(f"{make_server(self, status=500, body=error)}/api")
        client.cookies["access_token"] = "a"

        client.get("/feed/?page=1&search=joe")
        client.get("/user/me/")

        self.assertEqual(
            client.requests, ["GET /feed/?page=1&search=joe%2F"] * 2 + ["GET /user/me/"]
        )
        self.assertEqual(json.dumps(client.cookies), '{"access_token": "a"}')
