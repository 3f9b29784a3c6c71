"""Onboarding over HTTP."""

from typing import Any

from api.tests.base import ApiTestCase
from core.models.base import new_id
from users.models import User, UserInterest
from users.tests.factories import make_tag, make_user
from users.types import OnboardingStep


class OnboardingTests(ApiTestCase):
    def setUp(self) -> None:
        self.user = make_user(username="ana", onboarding_step=OnboardingStep.NOT_STARTED)
        self.sign_in(self.user)

    def post(self, step: str, body: Any = None) -> Any:
        return self.client.post(f"/api/onboarding/{step}/", body)

    def put_at(self, step: OnboardingStep) -> None:
        User.objects.filter(pk=self.user.pk).update(onboarding_step=step)

    def test_leads_from_start_to_completed(self) -> None:
        tag = str(make_tag().id)
        for step, body, following in (
            ("start", None, "profile"),
            ("profile", {"username": "ana", "bio": "", "avatar_url": ""}, "interests"),
            ("interests", {"tag_ids": [tag] * 50}, "completed"),
            ("complete", None, "completed"),
        ):
            with self.subTest(step=step):
                response = self.post(step, body)

                data = response.json()["data"]
                self.assertEqual((response.status_code, data["onboarding_step"]), (200, following))
                self.assertTrue(data["message"])
                self.assertEqual(response.cookies["onboarding_step"].value, following)
                me = self.client.get("/api/user/me/").json()["data"]
                self.assertEqual(me["onboarding_step"], following)

    def test_takes_empty_bodies_that_call_themselves_json(self) -> None:
        for step in ("start", "complete"):
            response = self.client.post(
                f"/api/onboarding/{step}/", data="", content_type="application/json"
            )
            self.put_at(OnboardingStep.COMPLETED)

            self.assertEqual(response.status_code, 200)

    def test_shows_the_step_beside_data_and_inside_with_no_query_of_its_own(self) -> None:
        with self.assertNumQueries(1):
            response = self.client.get("/api/onboarding/status/")

        self.assertEqual(
            response.json(),
            {
                "status": "ok",
                "onboarding_step": "not_started",
                "data": {"onboarding_step": "not_started"},
            },
        )

    def test_refuses_calls_out_of_order(self) -> None:
        tag = str(make_tag().id)
        bodies = {
            "start": None,
            "profile": {"username": "ana"},
            "interests": {"tag_ids": [tag]},
            "complete": None,
        }
        allowed = {"not_started": "start", "profile": "profile", "interests": "interests"}
        for step in OnboardingStep:
            for call, body in bodies.items():
                if allowed.get(step, "complete") == call:
                    continue
                with self.subTest(step=step, call=call):
                    self.put_at(step)

                    self.assert_error(self.post(call, body), 403, "invalid_onboarding_step")

    def test_refuses_profiles_that_break_a_rule(self) -> None:
        make_user(username="taken")
        self.put_at(OnboardingStep.PROFILE)
        for body, code in (
            ({"username": "taken"}, "invalid_action"),
            ({}, "validation_error"),
            ({"username": ""}, "validation_error"),
            ({"username": "ana", "bio": 7}, "validation_error"),
            ({"username": "ana", "avatar_url": "nonsense"}, "validation_error"),
        ):
            with self.subTest(body=body):
                self.assert_error(self.post("profile", body), 400, code)

    def test_refuses_interests_that_break_a_rule(self) -> None:
        deleted = make_tag()
        deleted.delete()
        self.put_at(OnboardingStep.INTERESTS)
        for tag_ids, code in (
            ([str(deleted.id)], "invalid_action"),
            ([str(new_id())], "invalid_action"),
            ([], "validation_error"),
            ([str(new_id())] * 51, "validation_error"),
            (["nonsense"], "validation_error"),
            ([7], "validation_error"),
            ("nonsense", "validation_error"),
            ({}, "validation_error"),
            (None, "validation_error"),
        ):
            with self.subTest(tag_ids=tag_ids):
                response = self.post("interests", {"tag_ids": tag_ids})

                error = self.assert_error(response, 400, code)
                self.assertTrue(any(name.startswith("tag_ids") for name in error["details"]))
        self.assertFalse(UserInterest.objects.exists())

    def test_needs_an_activated_account(self) -> None:
        self.sign_in(make_user(is_activated=False, onboarding_step=OnboardingStep.NOT_STARTED))

        self.assert_error(self.post("start"), 403, "account_not_activated")
        self.sign_out()
        self.assert_error(self.post("start"), 401, "unauthorized")
