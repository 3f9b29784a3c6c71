"""What tests of the API stand on: a client that holds every answer to the published schema."""

import json
import re
from dataclasses import asdict
from datetime import timedelta
from functools import cache
from http import HTTPStatus
from typing import Any

from django.test import TestCase
from django.test.utils import CaptureQueriesContext
from django.urls import Resolver404, resolve
from drf_spectacular.generators import SchemaGenerator
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from rest_framework.test import APIClient

from api.renderers import MEDIA_TYPE
from api.session_tokens import mint
from api.tests.contract.forms import departures, departures_of_refusal
from api.tests.contract.operations import contract
from application.services.session_passes import pass_of
from users.models import User
from users.services.sessions import open_session

_ROOT = "urn:openapi"
#: Monitors read the status of a server that cannot serve.
ANSWER_THEIR_OWN_WAY = {"/api/health/ready/"}


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document as it is published."""
    return json.loads(json.dumps(SchemaGenerator().get_schema(request=None, public=True)))


@cache
def _registry() -> Registry[Any]:
    return Registry().with_resource(_ROOT, Resource.opaque(document()))


@cache
def _operations() -> dict[str, dict[str, Any]]:
    """The documented operations by the route that leads to them."""
    return {path.lstrip("/"): methods for path, methods in document()["paths"].items()}


def _operation(method: str, path: str) -> dict[str, Any] | None:
    """The documented operation that an address belongs to."""
    try:
        route = resolve(path).route
    except Resolver404:
        return None
    template = re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", route)
    return _operations().get(template, {}).get(method.lower())


def statements_among(queries: CaptureQueriesContext) -> int:
    """How many there are but for those that begin and end transactions.

    Nor those for content types: each process asks for one only once.
    """
    marks, once = ("SAVEPOINT", "RELEASE", "ROLLBACK"), ' FROM "django_content_type" '
    texts = [query["sql"] for query in queries.captured_queries]
    return sum(not text.startswith(marks) and once not in text for text in texts)


def schema_errors(method: str, path: str, status: int, body: Any) -> list[str]:
    """Where an answer departs from the published schema; nothing for undocumented addresses."""
    operation = _operation(method, path)
    if operation is None:
        return []
    documented = str(status) if str(status) in operation["responses"] else "default"
    if documented == "default" and status < 400:
        return [f"{method} {path}: status {status} is not documented"]
    validator = _validator(operation["operationId"], documented)
    return [
        f"{method} {path} {status}: {error.json_path}: {error.message}"
        for error in (validator.iter_errors(body) if validator else ())
    ]


def contract_errors(method: str, path: str, status: int, body: Any) -> list[str]:
    """Where an answer departs from the tables of the contract (`contract/*.toml`)."""
    operation = _operation(method, path)
    rule = contract().get(operation["operationId"]) if operation else None
    if status >= HTTPStatus.BAD_REQUEST:
        found = [] if path in ANSWER_THEIR_OWN_WAY else departures_of_refusal(body)
    elif rule is None:
        found = []
    else:
        found = departures(rule.answer, body)
        found += [] if status == rule.status else [f"the status is not {rule.status}"]
    return [f"{method} {path} {status}: {line}" for line in found]


@cache
def _validator(operation_id: str, documented: str) -> Draft202012Validator | None:
    """What the bodies of one documented answer are held to; None where they are no JSON."""
    answer = next(
        operation["responses"][documented]
        for methods in _operations().values()
        for operation in methods.values()
        if operation["operationId"] == operation_id
    )
    content = answer.get("content", {}).get("application/json")
    if content is None:
        return None
    return Draft202012Validator(_anchored(content["schema"]), registry=_registry())


def _anchored(schema: Any) -> Any:
    """`schema` with its local references made absolute, so that it can be used on its own."""
    if isinstance(schema, dict):
        return {
            key: f"{_ROOT}{value}" if key == "$ref" else _anchored(value)
            for key, value in schema.items()
        }
    if isinstance(schema, list):
        return [_anchored(item) for item in schema]
    return schema


class ContractClient(APIClient):
    """A client that raises AssertionError for an answer that breaks a promise of the API."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        path, method = request["PATH_INFO"], request["REQUEST_METHOD"]
        if path.startswith("/api/") and method not in {"HEAD", "OPTIONS"}:
            _check(method, path, response)
        return response


def _check(method: str, path: str, response: Any) -> None:
    if path == "/api/docs/" and method == "GET" and response.status_code == HTTPStatus.OK:
        return
    assert response.status_code not in {204, 205, 304}, f"{method} {path}: an empty answer"
    content_type = response.headers.get("Content-Type", "")
    assert content_type == MEDIA_TYPE or path == "/api/schema/", (
        f"{method} {path}: {response.status_code} is {content_type!r}"
    )
    assert "Content-Encoding" not in response.headers, f"{method} {path}: nobody asked for that"
    assert "X-Request-ID" in response.headers, f"{method} {path}: no request id"
    if response.streaming:
        content = response.getvalue()
        response.streaming_content = [content]
    else:
        content = response.content
    body = json.loads(content)
    errors = [
        *schema_errors(method, path, response.status_code, body),
        *contract_errors(method, path, response.status_code, body),
    ]
    assert not errors, "\n".join(errors)


def access_token(user: User) -> str:
    """A token of a new session of `user`."""
    session = open_session(user, lifetime=timedelta(days=1))
    return mint(**asdict(pass_of(session, user))).access_token


class ApiTestCase(TestCase):
    """A test of the API through its real addresses and all middleware."""

    client: ContractClient
    client_class = ContractClient

    def sign_in(self, user: User) -> str:
        """Send the token of a new session of `user` with every further request."""
        token = access_token(user)
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
        return token

    def sign_out(self) -> None:
        """Send no token any more."""
        self.client.credentials()

    def assert_error(self, response: Any, status: int, code: str) -> dict[str, Any]:
        """The answer is a refusal with this status and code; returns its `error`."""
        error = response.json().get("error", {})
        self.assertEqual((response.status_code, error.get("code")), (status, code), error)
        self.assertTrue(error["message"])
        return error
