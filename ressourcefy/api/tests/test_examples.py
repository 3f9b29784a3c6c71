"""The examples in the OpenAPI document: there for everything, and true to its schemas."""

import json
import re
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.test import SimpleTestCase
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

from api.examples import AREAS, EXAMPLES, recorded_answers
from api.examples.document import EXTENSION
from api.tests.base import ApiTestCase, document

_ROOT = "urn:openapi"
_FORMATS = FormatChecker()


@_FORMATS.checks("uri")
def is_address(value: object) -> bool:
    """Without a package of its own, the library lets every text pass for an address."""
    return not isinstance(value, str) or bool(urlsplit(value).scheme)


def violations(schema: Any, value: Any) -> list[str]:
    """Where a value departs from a schema of the document, formats included."""
    registry: Registry[Any] = Registry().with_resource(_ROOT, Resource.opaque(document()))
    anchored = json.loads(json.dumps(schema).replace('"$ref": "#', f'"$ref": "{_ROOT}#'))
    validator = Draft202012Validator(anchored, registry=registry, format_checker=_FORMATS)
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]


def operations() -> dict[str, tuple[str, dict[str, Any]]]:
    """Path and operation by its id."""
    return {
        operation["operationId"]: (path, operation)
        for path, methods in document()["paths"].items()
        for operation in methods.values()
    }


class ExampleTests(SimpleTestCase):
    def test_every_operation_has_one_and_every_one_an_operation(self) -> None:
        self.assertEqual(set(EXAMPLES), set(operations()))
        self.assertEqual(set(recorded_answers()), set(operations()))
        self.assertEqual(sum(map(len, AREAS.values())), len(EXAMPLES))

    def test_parameters_are_true_to_their_schemas(self) -> None:
        for name, (path, operation) in operations().items():
            example = EXAMPLES[name]
            given = {*example.path, *example.query, *example.header}
            shown = {
                parameter["name"]: parameter
                for parameter in operation.get("parameters", [])
                if "example" in parameter
            }
            with self.subTest(operation=name):
                self.assertEqual(set(shown), given)
                self.assertLessEqual(set(re.findall(r"\{(\w+)\}", path)), shown.keys())
                for parameter in shown.values():
                    self.assertEqual(violations(parameter["schema"], parameter["example"]), [])

    def test_bodies_are_true_to_their_schemas(self) -> None:
        for name, (_path, operation) in operations().items():
            with self.subTest(operation=name):
                self.assertEqual("requestBody" in operation, EXAMPLES[name].body is not None)
                for content in operation.get("requestBody", {}).get("content", {}).values():
                    [example] = content["examples"].values()
                    self.assertEqual(violations(content["schema"], example["value"]), [])

    def test_answers_are_true_to_their_schemas(self) -> None:
        for name, (_path, operation) in operations().items():
            with self.subTest(operation=name):
                success = operation["responses"][min(operation["responses"])]
                content = success["content"]["application/json"]
                [example] = content["examples"].values()
                self.assertEqual(violations(content["schema"], example["value"]), [])

    def test_every_operation_shows_refusals_true_to_their_schema(self) -> None:
        shared = document()["components"]["examples"]
        for name, (_path, operation) in operations().items():
            with self.subTest(operation=name):
                content = operation["responses"]["default"]["content"]["application/json"]
                self.assertIn("throttled", content["examples"])
                self.assertEqual(
                    "unauthorized" in content["examples"], operation["security"] == [{"bearer": []}]
                )
                for code, reference in content["examples"].items():
                    value = shared[reference["$ref"].rpartition("/")[2]]["value"]
                    self.assertEqual(value["error"]["code"], code)
                    self.assertEqual(violations(content["schema"], value), [])

    def test_what_has_to_be_sent_before_is_an_operation(self) -> None:
        addresses = {
            (method.upper(), path)
            for path, methods in document()["paths"].items()
            for method in methods
        }
        befores = [
            operation[EXTENSION]["before"]
            for _path, operation in operations().values()
            if "before" in operation[EXTENSION]
        ]

        self.assertTrue(befores)
        for before in befores:
            self.assertIn((before["method"], before["path"]), addresses)

    def test_tell_nothing_that_was_real(self) -> None:
        printed = json.dumps([recorded_answers(), [repr(one) for one in EXAMPLES.values()]])

        self.assertNotRegex(printed, r"eyJ[A-Za-z0-9_-]+\.")
        self.assertNotRegex(printed, r"http://127|whsec_\w{20}|sk_(test|live)_")
        self.assertNotIn(settings.SECRET_KEY, printed)
        for address in re.findall(r"[\w.]+@[\w.]+", printed):
            self.assertRegex(address, r"@example\.(com|org|net)$")


class PublishedExampleTests(ApiTestCase):
    def test_are_in_the_document_that_is_served(self) -> None:
        served = self.client.get("/api/schema/").json()

        login = served["paths"]["/api/auth/login/"]["post"]
        [example] = login["requestBody"]["content"]["application/json"]["examples"].values()
        self.assertEqual(example["value"]["email"], "reader@example.com")
        self.assertIn("make run", served["info"]["description"])
