"""The examples of the API's documentation, sent as printed: `manage.py examples`."""

import json
import re
from io import StringIO
from typing import Any

from django.core.management import CommandError, call_command
from django.test import SimpleTestCase, TransactionTestCase, override_settings, tag

from api.examples import EXAMPLES, answers_file, recorded_answers
from api.examples.demo import PEOPLE
from devtools.examples.comparing import differences
from devtools.examples.document import Document
from devtools.examples.recording import generic
from devtools.tests.test_journey import make_server


def send_examples(*options: str) -> tuple[str, str]:
    """What the command printed, and what it failed with."""
    output = StringIO()
    try:
        with override_settings(DEBUG=True):
            call_command("examples", *options, stdout=output)
    except CommandError as error:
        return output.getvalue(), str(error)
    return output.getvalue(), ""


def make_operation(**fields: Any) -> dict[str, Any]:
    """An operation with an example of its answer, and none of its request."""
    schema = {"type": "object", "properties": {"id": {"type": "string"}}}
    answer = {"schema": schema, "examples": {"demo": {"value": {"id": "1"}}}}
    return {
        "operationId": "thing",
        "x-example": {},
        "responses": {"200": {"content": {"application/json": answer}}, "default": {}},
        **fields,
    }


def problem_of(path: str, operation: dict[str, Any]) -> str:
    [documented] = Document({"paths": {path: {"post": operation}}}).examples()
    return documented.problem


@tag("slow")
class SentExampleTests(TransactionTestCase):
    def test_every_example_works_as_printed(self) -> None:
        output, error = send_examples()

        self.assertEqual(error, "", output)
        self.assertEqual(len(re.findall(r"^ +\d+ ✔ ", output, re.MULTILINE)), len(EXAMPLES))
        self.assertIn(f"All {len(EXAMPLES)} examples work as printed.", output)


class BrokenProductTests(SimpleTestCase):
    def test_is_noticed_where_nobody_answers(self) -> None:
        _output, error = send_examples("--base-url", "http://127.0.0.1:1")

        self.assertIn("GET /api/schema/ got no answer", error)

    def test_is_noticed_by_status_and_shape(self) -> None:
        operation = make_operation()
        document = {"paths": {"/api/thing/": {"post": operation}}}
        cases: tuple[tuple[int, Any, str], ...] = (
            (500, {"id": "1"}, "500 instead of 200"),
            (200, {}, "$.id is documented"),
        )
        for status, body, problem in cases:
            with self.subTest(status=status):
                address = make_server(
                    self,
                    status=status,
                    body=body,
                    others={"/api/schema/": (200, document)},
                )

                output, error = send_examples("--base-url", address)

                self.assertEqual(error, "1 of 1 examples do not work as printed.")
                self.assertIn(problem, output)

    @override_settings(DEBUG=False)
    def test_starts_nothing_in_production(self) -> None:
        with self.assertRaisesRegex(CommandError, "in development"):
            call_command("examples")


class DocumentTests(SimpleTestCase):
    def test_names_what_an_operation_lacks(self) -> None:
        without_answer = make_operation()
        answers = without_answer["responses"]["200"]["content"]["application/json"]
        del answers["examples"]
        body = {"content": {"application/json": {"schema": {"type": "object"}}}}
        without_any = make_operation()
        del without_any["x-example"]

        self.assertEqual(problem_of("/api/thing/", make_operation()), "")
        self.assertEqual(problem_of("/api/thing/", without_any), "no example")
        self.assertEqual(problem_of("/api/thing/", without_answer), "no example of an answer")
        self.assertEqual(
            problem_of("/api/thing/", make_operation(requestBody=body)), "no example of a body"
        )
        self.assertEqual(problem_of("/api/{id}/", make_operation()), "no example of id")

    def test_tells_answers_that_no_schema_names_the_fields_of(self) -> None:
        free = make_operation()
        free["responses"]["200"]["content"]["application/json"]["schema"] = {"type": "object"}

        for operation, is_free in ((make_operation(), False), (free, True)):
            document = Document({"paths": {"/api/thing/": {"post": operation}}})
            self.assertEqual([document.is_free(one) for one in document.examples()], [is_free])


class ComparisonTests(SimpleTestCase):
    def test_answers_may_say_other_things_in_the_same_shape(self) -> None:
        documented = {"id": "1", "count": 1, "tags": [{"name": "a", "of": [1]}], "at": None}
        answer = {"id": "2", "count": 5.5, "tags": [{"name": "b", "of": []}] * 3, "at": "now"}

        self.assertEqual(list(differences(documented, answer)), [])
        self.assertEqual(list(differences({"tags": []}, {"tags": [1, 2]})), [])

    def test_answers_of_another_shape_are_told(self) -> None:
        documented = {"id": "1", "done": True, "tags": [{"name": "a"}]}
        cases: tuple[tuple[Any, str], ...] = (
            ({"id": "1", "done": True}, "$.tags is documented and not answered"),
            (documented | {"new": 1}, "$.new is answered and not documented"),
            (documented | {"id": 1}, "$.id is a number instead of a text"),
            (documented | {"done": 1}, "$.done is a number instead of a boolean"),
            (documented | {"tags": []}, "$.tags is empty in the answer only"),
            (documented | {"tags": [{}]}, "$.tags[0].name is documented and not answered"),
            ([], "$ is a list instead of an object"),
        )
        for answer, problem in cases:
            with self.subTest(problem=problem):
                self.assertEqual(list(differences(documented, answer)), [problem])


class RecordingTests(SimpleTestCase):
    def test_keeps_nothing_of_one_database_or_one_moment(self) -> None:
        answer = {
            "id": "0199aaaa-0000-7000-8000-000000000001",
            "user_id": PEOPLE["reader"],
            "at": "2026-11-22T23:00:00.123456Z",
            "access_token": "eyJhbGciOi.J9.x",
            "url": "http://127.0.0.1:4711/pay/cs_test_abcdefghijklmnopqrst",
            "items": [1, 2, 3],
        }

        self.assertEqual(
            generic(answer),
            {
                "id": "01980000-0000-7000-8000-000000000000",
                "user_id": PEOPLE["reader"],
                "at": "2026-01-25T12:00:00Z",
                "access_token": "<access token>",
                "url": "https://checkout.stripe.com/pay/cs_test_demo",
                "items": [1, 2],
            },
        )

    def test_what_is_recorded_stays_the_same_when_it_is_recorded_again(self) -> None:
        self.assertEqual(generic(recorded_answers()), recorded_answers())
        for area in ("accounts", "content", "administration", "billing"):
            kept = answers_file(area).read_text()
            self.assertEqual(list(json.loads(kept)), sorted(json.loads(kept)))
