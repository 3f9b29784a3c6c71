"""The tables of the contract can be read, and an answer that departs from them is noticed."""

from typing import Any

from django.test import SimpleTestCase

from api.tests.authorisation import ABOUT, GATES
from api.tests.base import contract_errors
from api.tests.contract.forms import KINDS, Form, departures, departures_of_refusal, parts
from api.tests.contract.operations import contract
from users.types import OnboardingStep

ID = "0198c0de-0000-7000-8000-000000000001"
#: For every plain kind, what is of it and what is not.
SAMPLES: dict[str, tuple[list[Any], list[Any]]] = {
    "id": ([ID], [ID.upper(), ID.replace("-", ""), 7, None]),
    "text": (["a"], ["", "  ", None, 7]),
    "string": (["", "a"], [None, 7]),
    "email": (["ada@example.org"], ["ada", None]),
    "url": (["https://example.org/a"], ["", "/a", None]),
    "time": (
        ["2026-01-25T12:00:00Z", "2026-01-25T12:00:00.123456Z"],
        ["2026-01-25T12:00:00+00:00", "2026-01-25T12:00:00", "2026-13-25T12:00:00Z", "Z", 0, None],
    ),
    "bool": ([True, False], [0, "true", None]),
    "whole": ([1, 900], [0, -1, 1.0, True, "1", None]),
    "count": ([0, 1], [-1, 0.0, False, "0", None]),
    "number": ([0, 1.5], ["1.5", True, None]),
    "any object": ([{}, {"a": 1}], [[], "", None]),
}


class FormTests(SimpleTestCase):
    def test_every_kind_knows_its_own(self) -> None:
        self.assertEqual(SAMPLES.keys(), KINDS.keys())
        for kind, (good, bad) in SAMPLES.items():
            for value in good:
                with self.subTest(kind=kind, good=value):
                    self.assertEqual(departures(kind, value), [])
            for value in bad:
                with self.subTest(kind=kind, bad=value):
                    self.assertEqual(len(departures(kind, value)), 1)

    def test_a_question_mark_allows_null_and_nothing_else(self) -> None:
        self.assertEqual(departures("whole?", None), [])
        self.assertEqual(departures("whole?", 0), ["$ is 0, not whole?"])

    def test_words_of_enumerations_have_their_case(self) -> None:
        self.assertEqual(departures("role", "ADMIN"), [])
        wrong: list[Any] = ["admin", "", None, []]
        for value in wrong:
            self.assertEqual(len(departures("role", value)), 1)
        self.assertEqual(departures("vote", True), ["$ is True, not vote"])

    def test_a_table_has_exactly_its_names(self) -> None:
        form: Form = {"a": "text", "b": True}

        self.assertEqual(departures(form, {"a": "x", "b": True}), [])
        self.assertEqual(departures(form, {"a": "x"}), ["$ has no b"])
        self.assertEqual(
            departures(form, {"a": "", "b": 1, "c": 0}),
            ["$ has c as well", "$.a is '', not text", "$.b is 1, not True"],
        )
        self.assertEqual(departures(form, []), ["$ is [], not an object"])

    def test_a_list_is_one_and_has_no_text_twice(self) -> None:
        self.assertEqual(departures(["text"], []), [])
        self.assertEqual(departures(["text"], ["a", "b", "a"]), ["$ has 'a' twice"])
        self.assertEqual(departures(["text"], None), ["$ is None, not a list"])
        self.assertEqual(departures([{"a": "text"}], [{"a": 1}]), ["$[].a is 1, not text"])

    def test_says_which_parts_there_were(self) -> None:
        form: Form = {"status": "=ok", "data": [{"user": "commentator?"}]}
        seen: set[str] = set()

        departures(form, {"status": "ok", "data": [{"user": None}]}, seen=seen)

        user = "$.data[].user"
        self.assertEqual(
            set(parts(form)) - seen, {f"{user}.id", f"{user}.username", f"{user}.avatar_url"}
        )

    def test_a_refusal_is_an_object_with_a_sentence(self) -> None:
        good = {"error": {"code": "conflict", "message": "No."}}

        self.assertEqual(departures_of_refusal(good), [])
        wrong: list[Any] = [
            {"error": "No."},
            {"detail": "No."},
            {"email": ["No."]},
            {"error": {"code": "conflict"}},
            {"error": {"code": "conflict", "message": ""}},
            {"error": {"code": "conflict", "message": "No.", "details": {}}},
            {"error": {"code": "conflict", "message": "No.", "details": {"email": "No."}}},
            {"error": {"code": "conflict", "message": "No.", "details": {"email": []}}},
            good | {"status": "error"},
            [],
        ]
        for bad in wrong:
            with self.subTest(bad):
                self.assertTrue(departures_of_refusal(bad))


class TableTests(SimpleTestCase):
    def test_names_only_what_there_is(self) -> None:
        for name, rule in contract().items():
            with self.subTest(name):
                self.assertIn(rule.who, GATES)
                self.assertIn(rule.about, {None, *ABOUT})
                self.assertIn(rule.step, {None, *OnboardingStep.values})
                self.assertIn(rule.status, {200, 201})
                # The web client's proxy drops what a DELETE says.
                self.assertFalse(rule.method == "DELETE" and rule.body)
                # Unknown words would raise.
                self.assertTrue(departures(rule.answer, None))
                self.assertTrue(list(parts(rule.answer)))

    def test_the_client_of_the_tests_reports_another_status_and_another_body(self) -> None:
        good = {"status": "ok", "data": {"user_id": ID, "message": "Done."}}
        at = ("POST", "/api/auth/register/")

        self.assertEqual(contract_errors(*at, 201, good), [])
        self.assertEqual(len(contract_errors(*at, 200, good)), 1)
        self.assertEqual(len(contract_errors(*at, 201, good["data"])), 4)
        self.assertEqual(len(contract_errors(*at, 400, {"detail": "No."})), 1)
