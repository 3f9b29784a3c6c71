"""Reads the examples out of an OpenAPI document, as anybody could who has only that."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from api.examples.document import EXTENSION

_ROOT = "urn:openapi"


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it is printed; `caller` is the address of whoever sends it, or empty."""

    method: str
    path: str
    body: dict[str, Any] | None
    headers: dict[str, str]
    caller: str


@dataclass(frozen=True, slots=True)
class Documented:
    """An operation with its example; `problem` is what it lacks."""

    operation: str
    request: Request
    before: Request | None
    status: int
    answer: Any
    is_for_signed_in: bool
    problem: str


class Document:
    """An OpenAPI document."""

    def __init__(self, source: dict[str, Any]) -> None:
        self._source = source
        self._registry: Registry[Any] = Registry().with_resource(_ROOT, Resource.opaque(source))

    def examples(self) -> Iterator[Documented]:
        """One for each operation, in the order of the document."""
        for path, operations in self._source["paths"].items():
            for method, operation in operations.items():
                yield self._example(method.upper(), path, operation)

    def errors(self, documented: Documented, status: int, body: Any) -> list[str]:
        """Where an answer departs from the schema of the operation's answers of that status."""
        answers = self._operation(documented)["responses"]
        answer = answers.get(str(status), answers["default"])
        return self._violations(answer["content"]["application/json"]["schema"], body)

    def is_free(self, documented: Documented) -> bool:
        """Whether the schema of the answer leaves the fields open."""
        answer = self._operation(documented)["responses"][str(documented.status)]
        schema = answer["content"]["application/json"]["schema"]
        return "$ref" not in schema and "properties" not in schema

    def _operation(self, documented: Documented) -> dict[str, Any]:
        for operations in self._source["paths"].values():
            for operation in operations.values():
                if operation["operationId"] == documented.operation:
                    found: dict[str, Any] = operation
                    return found
        raise KeyError(documented.operation)

    def _example(self, method: str, path: str, operation: dict[str, Any]) -> Documented:
        extension = operation.get(EXTENSION, {})
        parameters = {
            (parameter["in"], parameter["name"]): parameter["example"]
            for parameter in operation.get("parameters", [])
            if "example" in parameter
        }
        status = min(operation["responses"])
        answers = operation["responses"][status]["content"]["application/json"]
        body = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        problems = [
            f"no example of {name}"
            for name in re.findall(r"\{(\w+)\}", path)
            if ("path", name) not in parameters
        ]
        if EXTENSION not in operation:
            problems.append("no example")
        if body and "examples" not in body:
            problems.append("no example of a body")
        if "examples" not in answers:
            problems.append("no example of an answer")
        return Documented(
            operation=operation["operationId"],
            request=Request(
                method=method,
                path=_filled(path, parameters),
                body=_first(body),
                headers={
                    name: str(value)
                    for (place, name), value in parameters.items()
                    if place == "header"
                },
                caller=extension.get("caller", ""),
            ),
            before=_request(extension.get("before")),
            status=int(status),
            answer=_first(answers),
            is_for_signed_in="unauthorized" in json.dumps(operation["responses"]["default"]),
            problem="; ".join(problems),
        )

    def _violations(self, schema: Any, value: Any) -> list[str]:
        validator = Draft202012Validator(_anchored(schema), registry=self._registry)
        return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def _filled(path: str, parameters: dict[tuple[str, str], Any]) -> str:
    for (place, name), value in parameters.items():
        if place == "path":
            path = path.replace(f"{{{name}}}", quote(str(value), safe="<>@ "))
    query = [(name, str(value)) for (place, name), value in parameters.items() if place == "query"]
    return f"{path}?{urlencode(query)}" if query else path


def _request(before: dict[str, Any] | None) -> Request | None:
    if before is None:
        return None
    return Request(
        method=before["method"],
        path=before["path"],
        body=before.get("body"),
        headers={},
        caller=before.get("caller", ""),
    )


def _first(content: dict[str, Any]) -> Any:
    return next((example["value"] for example in content.get("examples", {}).values()), None)


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
