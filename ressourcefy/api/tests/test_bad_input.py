"""Bad input on every operation of the published document: the right 4xx in the envelope."""

import json
import re
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

from django.test import override_settings, tag

from api.tests.base import ApiTestCase, document
from core.models import OutboxEvent
from resources.models import Resource
from users.models import User
from users.tests.factories import make_user
from users.types import Role

METHODS = ("get", "post", "put", "patch", "delete")

# Answered before anything is read: signing out always works, with whatever is sent.
READS_NO_BODY = {"/api/auth/logout/"}
# Reads bytes, whatever they are called: without a signature they are nothing.
READS_SIGNED_BYTES = "/api/billing/webhook/"

# Its parameter is Stripe's id, which is no UUID.
NAMES_STRIPES_SESSION = "/api/billing/checkout/{session_id}/"

VALUES: dict[str, Any] = {
    "number": 7,
    "huge number": 10**400,
    "negative": -(2**63) - 1,
    "float": 1.5,
    "true": True,
    "null": None,
    "list": [[]],
    "object": {"a": {"b": 1}},
    "nul": "a\x00b",
    "surrogate": "\ud800",
    "direction": "\u202etxt",
    "long": "x" * 100_000,
    "blank": "   ",
    "sql": "'; DROP TABLE users_user; --",
    "script": "javascript:alert(1)",
}


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(method, address with unknown ids, operation) of all that is documented."""
    for template, by_method in document()["paths"].items():
        address = template
        while "{" in address:
            start, end = address.index("{"), address.index("}")
            address = f"{address[:start]}{uuid4()}{address[end + 1 :]}"
        for method, operation in by_method.items():
            yield method, address, operation


def fields_of(operation: dict[str, Any]) -> list[str]:
    """The names of the fields in an operation's body."""
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    if "$ref" in schema:
        schema = document()["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
    return list(schema.get("properties", {}))


@override_settings(STRIPE_WEBHOOK_SECRET=["whsec_bad_input"])
@tag("slow")
class BadInputTests(ApiTestCase):
    """Signed in as the account with the widest rights, so that input is looked at."""

    def setUp(self) -> None:
        self.user = make_user(role=Role.SUPERADMIN)
        self.sign_in(self.user)
        self.client.raise_request_exception = False
        self.before = self.state()

    def state(self) -> tuple[int, ...]:
        return User.all_objects.count(), Resource.all_objects.count(), OutboxEvent.objects.count()

    def send(self, method: str, address: str, body: Any, **options: Any) -> Any:
        return self.client.generic(method.upper(), address, body, **options)

    def assert_refused(self, response: Any) -> None:
        self.assertIn(response.status_code, range(400, 500), response.content[:300])
        self.assertIn("code", response.json()["error"])
        self.assertEqual(self.state(), self.before)

    def test_broken_bodies(self) -> None:
        for method, address, operation in operations():
            if "requestBody" not in operation or address in READS_NO_BODY:
                continue
            for body in ("{", "[]", '"text"', "{'a': 1}", b"\xff\xfe", '{"a": NaN}'):
                with self.subTest(operation=f"{method} {address}", body=body):
                    response = self.send(method, address, body, content_type="application/json")

                    self.assert_refused(response)

    def test_other_media_types(self) -> None:
        for method, address, operation in operations():
            if "requestBody" not in operation or address in READS_NO_BODY:
                continue
            for media_type in ("text/plain", "application/xml", "multipart/form-data; boundary=x"):
                with self.subTest(operation=f"{method} {address}", media_type=media_type):
                    response = self.send(method, address, "a=1", content_type=media_type)

                    if address == READS_SIGNED_BYTES:
                        self.assert_error(response, 400, "invalid_signature")
                    else:
                        self.assert_error(response, 415, "unsupported_media_type")

    def test_wrong_values_in_every_field(self) -> None:
        for method, address, operation in operations():
            for field in fields_of(operation):
                for name, value in VALUES.items():
                    with self.subTest(operation=f"{method} {address}", field=field, value=name):
                        response = self.client.generic(
                            method.upper(), address, **as_json({field: value})
                        )

                        self.assertLess(response.status_code, 500, response.content[:300])
                        if response.status_code >= 400:
                            self.assert_refused(response)

    def test_unknown_ids_are_404(self) -> None:
        for method, address, operation in operations():
            parameters = operation.get("parameters", [])
            if any(p["in"] == "path" for p in parameters) and method == "get":
                with self.subTest(operation=f"{method} {address}"):
                    self.assert_refused(self.client.get(address))

    def test_ids_that_are_none_are_404_for_everybody(self) -> None:
        """Anybody can type any id into the address bar of the web client."""
        for is_signed_in in (True, False):
            if not is_signed_in:
                self.sign_out()
            for template, by_method in document()["paths"].items():
                if "_id}" not in template or template == NAMES_STRIPES_SESSION:
                    continue
                for method in by_method:
                    for text in ("1", "not-an-id", "0" * 8, f"{uuid4()}x", "%00", "%F0%9F%92%A9"):
                        address = re.sub(r"\{\w+\}", text, template)
                        with self.subTest(method=method, address=address, signed_in=is_signed_in):
                            response = self.send(method, address, "")

                            self.assert_error(response, 404, "not_found")

    def test_undocumented_methods_are_405(self) -> None:
        documented: dict[str, set[str]] = {}
        for method, address, _ in operations():
            documented.setdefault(address, set()).add(method)
        for address, methods in documented.items():
            for method in set(METHODS) - methods:
                with self.subTest(operation=f"{method} {address}"):
                    response = self.send(method, address, "")

                    self.assert_error(response, 405, "method_not_allowed")
                    self.assertEqual(self.state(), self.before)

    def test_wrong_pages(self) -> None:
        for address in lists():
            for value in ("0", "-1", "a", "1.5", "%00", ""):
                for name in ("page", "page_size"):
                    with self.subTest(address=address, query=f"{name}={value}"):
                        response = self.client.get(f"{address}?{name}={value}")

                        self.assert_error(response, 400, "invalid_pagination")

    def test_huge_pages_are_clamped_or_empty(self) -> None:
        for address in lists():
            for query, is_behind_the_end in (
                ("page_size=1000000000", False),
                ("page=1000000000", True),
                ("page=" + "9" * 30, True),
                ("page=1&page_size=20%2F", False),
                ("page=1&page_size=20/", False),
            ):
                with self.subTest(address=address, query=query):
                    response = self.client.get(f"{address}?{query}")

                    self.assertEqual(response.status_code, 200)
                    rows, pagination = page_in(response.json())
                    if is_behind_the_end:
                        self.assertEqual(rows, [])
                    size = 100 if query.startswith("page_size") else 20
                    self.assertEqual(pagination.get("page_size", size), size)


def lists() -> Iterator[str]:
    """The address of every list with pages that is about nothing in particular."""
    for method, address, operation in operations():
        parameters = {(p["in"], p["name"]) for p in operation.get("parameters", [])}
        is_general = all(place == "query" for place, _name in parameters)
        if method == "get" and is_general and ("query", "page_size") in parameters:
            yield address


def page_in(body: dict[str, Any]) -> tuple[list[Any], dict[str, Any]]:
    """The rows of a page and what stands beside them, wherever the list has them."""
    if "results" in body:
        return body["results"], {}
    inner = body if isinstance(body["data"], list) else body["data"]
    rows = inner["data"] if "data" in inner else inner["progress_entries"]
    return rows, inner["pagination"]


def as_json(body: Any) -> dict[str, Any]:
    """Arguments for a request with exactly this body; lone surrogates stay escaped."""
    return {"data": json.dumps(body), "content_type": "application/json"}
