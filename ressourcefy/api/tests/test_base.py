"""The contract-checking client notices what it is there to notice."""

from django.test import SimpleTestCase

from api.tests.base import schema_errors


class SchemaErrorsTests(SimpleTestCase):
    def test_accepts_a_documented_answer(self) -> None:
        errors = schema_errors("GET", "/api/health/live/", 200, {"status": "ok"})

        self.assertEqual(errors, [])

    def test_reports_a_wrong_value(self) -> None:
        errors = schema_errors("GET", "/api/health/live/", 200, {"status": "fine"})

        self.assertEqual(len(errors), 1)

    def test_reports_an_undocumented_status(self) -> None:
        errors = schema_errors("GET", "/api/health/live/", 201, {"status": "ok"})

        self.assertEqual(len(errors), 1)

    def test_reports_an_error_without_the_envelope(self) -> None:
        errors = schema_errors("GET", "/api/health/live/", 400, {"detail": "no"})

        self.assertEqual(len(errors), 1)
