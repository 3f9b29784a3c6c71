"""Bodies that are broken, huge, empty or labelled wrongly."""

import json
from typing import Any

from api.tests.base import ApiTestCase


class BodyTests(ApiTestCase):
    """Read through an address that takes a body."""

    def post(self, body: bytes | str, content_type: str = "application/json") -> Any:
        return self.client.post("/api/auth/password-reset/", body, content_type=content_type)

    def test_what_is_not_a_json_object_is_refused(self) -> None:
        bodies: dict[str, bytes | str] = {
            "broken": "{",
            "array": "[]",
            "number": "1",
            "nan": '{"email": NaN}',
            "not utf-8": b'{"email": "\xff"}',
            "deep": "[" * 100_000,
            "deep inside": '{"email": ' + "[" * 100_000 + "]" * 100_000 + "}",
            "long number": '{"email": ' + "9" * 10_000 + "}",
        }
        for name, body in bodies.items():
            with self.subTest(body=name):
                self.assert_error(self.post(body), 400, "parse_error")

    def test_another_media_type_is_refused(self) -> None:
        response = self.post("email=a", "application/x-www-form-urlencoded")

        self.assert_error(response, 415, "unsupported_media_type")

    def test_the_encoding_may_be_named(self) -> None:
        response = self.post('{"email": "ana@example.org"}', "application/json; charset=utf-8")

        self.assertEqual(response.status_code, 200)

    def test_an_empty_body_labelled_json_is_an_empty_object(self) -> None:
        for body in (b"", b" \n"):
            with self.subTest(body=body):
                error = self.assert_error(self.post(body), 400, "validation_error")

                self.assertIn("email", error["details"])

    def test_characters_that_are_no_text_are_a_fields_fault(self) -> None:
        for value in ("a\\u0000@example.org", "\\ud800@example.org"):
            with self.subTest(value=value):
                error = self.assert_error(
                    self.post(f'{{"email": "{value}"}}'), 400, "validation_error"
                )

                self.assertIn("email", error["details"])

    def test_a_body_over_the_limit_is_refused(self) -> None:
        response = self.post(json.dumps({"email": "a" * 1_100_000}))

        self.assertEqual(response.status_code, 413)
