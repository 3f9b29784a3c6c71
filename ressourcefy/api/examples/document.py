"""Puts the examples into the OpenAPI document."""

import re
from collections.abc import Iterator
from typing import Any

from api.examples import EXAMPLES, recorded_answers
from api.examples.demo import PASSWORD, email
from api.examples.example import Example
from api.responses import error_body
from core import exceptions as kinds

#: What OpenAPI has no word for: who sends the example, and what has to be sent before it.
EXTENSION = "x-example"

_INTRODUCTION = (
    "Every operation has an example: a request to the demo that `make run` starts, and the answer "
    "to it. Where an example names a caller, sign in as that account of the demo, with the "
    f"password `{PASSWORD}`. What stands in `<angle brackets>` is different each time; the "
    "operation says where it comes from. Lists are shown in part."
)
_NAME = "demo"
_REFUSALS = {
    "validation_error": error_body(
        kinds.InvalidInput.code,
        "Some fields are not valid.",
        {"root": ["A JSON object is expected."]},
    ),
    **{
        kind.code: error_body(kind.code, kind.message)
        for kind in (
            kinds.Unauthenticated,
            kinds.AccessDenied,
            kinds.NotFound,
            kinds.TooManyRequests,
        )
    },
}


def add_examples(
    result: dict[str, Any], generator: Any, request: Any, public: bool
) -> dict[str, Any]:
    """A hook for the end of the generation (drf-spectacular)."""
    del generator, request, public
    operations = list(_operations(result))
    paths = {operation["operationId"]: (method, path) for method, path, operation in operations}
    if not paths:
        return result
    result["info"]["description"] = f"{result['info'].get('description', '')}\n\n{_INTRODUCTION}"
    result["components"]["examples"] = {
        name: {"summary": name, "value": body} for name, body in _REFUSALS.items()
    }
    for _method, path, operation in operations:
        _add_refusals(operation, path)
        if example := EXAMPLES.get(operation["operationId"]):
            _add_example(operation, example, paths)
    return result


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path, operation


def _add_example(
    operation: dict[str, Any], example: Example, paths: dict[str, tuple[str, str]]
) -> None:
    words = [operation.get("description", "")]
    extension: dict[str, Any] = {}
    if example.caller:
        extension["caller"] = email(example.caller)
        words.append(f"The example is sent by `{email(example.caller)}`.")
    if example.note:
        words.append(f"{'' if example.caller else 'The example: '}{example.note}")
    if example.before:
        method, path = paths[example.before.operation]
        extension["before"] = {"method": method, "path": path}
        if example.before.caller:
            extension["before"]["caller"] = email(example.before.caller)
        if example.before.body is not None:
            extension["before"]["body"] = dict(example.before.body)
        words.append(f"Before it, send `{method} {path}`.")
    operation[EXTENSION] = extension
    operation["description"] = "\n\n".join(filter(None, (words[0], " ".join(words[1:]))))

    given = {"path": example.path, "query": example.query, "header": example.header}
    for parameter in operation.get("parameters", []):
        values = given.get(parameter["in"], {})
        if parameter["name"] in values:
            parameter["example"] = values[parameter["name"]]
    if example.body is not None:
        content = operation["requestBody"]["content"]["application/json"]
        content["examples"] = {_NAME: {"value": dict(example.body)}}
    answer = recorded_answers().get(operation["operationId"])
    success = operation["responses"][min(operation["responses"])]
    if answer is not None:
        success["content"]["application/json"]["examples"] = {_NAME: {"value": answer}}


def _add_refusals(operation: dict[str, Any], path: str) -> None:
    """What can be said of the operation without knowing it."""
    names = [kinds.TooManyRequests.code]
    if any(operation.get("security", [])) and {} not in operation["security"]:
        names.append(kinds.Unauthenticated.code)
    if path.startswith("/api/admin/"):
        names.append(kinds.AccessDenied.code)
    if re.search(r"\{\w+\}", path):
        names.append(kinds.NotFound.code)
    if "requestBody" in operation:
        names.append(kinds.InvalidInput.code)
    operation["responses"]["default"]["content"]["application/json"]["examples"] = {
        name: {"$ref": f"#/components/examples/{name}"} for name in sorted(names)
    }
