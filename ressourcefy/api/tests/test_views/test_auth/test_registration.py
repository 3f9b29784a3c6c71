"""Registration and activation over HTTP."""

import json
from typing import Any
from urllib.parse import quote

from api.tests.base import ApiTestCase
from core.tokens import Purpose, lifetime
from users.models import Profile, User
from users.services.mail_tokens import activation_token_for
from users.tests.factories import PASSWORD, make_user
from users.types import AuthProvider, OnboardingStep, Role

NEWCOMER = {
    "username": "ana",
    "email": "ana@example.org",
    "password": PASSWORD,
    "accepted_terms": True,
}


class RegisterTests(ApiTestCase):
    def register(self, **fields: Any) -> Any:
        return self.client.post(
            "/api/auth/register/",
            data=json.dumps({**NEWCOMER, **fields}),
            content_type="application/json",
        )

    def test_makes_an_account_with_a_profile(self) -> None:
        response = self.register()

        self.assertEqual(response.status_code, 201)
        data = response.json()["data"]
        self.assertEqual(data["user_id"], str(User.objects.get().id))
        self.assertTrue(data["message"])
        self.assertEqual(Profile.objects.get().username, "ana")
        self.assertFalse(response.cookies)

    def test_names_the_field_to_blame(self) -> None:
        make_user(username="taken", email="taken@example.org")
        for change, status, code, field in (
            ({"email": "TAKEN@example.org"}, 422, "email_already_used", "email"),
            ({"username": "TAKEN"}, 400, "invalid_action", "username"),
            ({"accepted_terms": False}, 400, "invalid_action", "accepted_terms"),
            ({"username": "ab"}, 400, "validation_error", "username"),
            ({"username": "x" * 31}, 400, "validation_error", "username"),
            ({"username": "   "}, 400, "validation_error", "username"),
            ({"username": "a\u202eb"}, 400, "validation_error", "username"),
            ({"username": ["ana"]}, 400, "validation_error", "username"),
            ({"email": "nonsense"}, 400, "validation_error", "email"),
            ({"email": "a" * 250 + "@example.org"}, 400, "validation_error", "email"),
            ({"email": None}, 400, "validation_error", "email"),
            ({"password": "short"}, 400, "validation_error", "password"),
            ({"password": "password"}, 400, "validation_error", "password"),
            ({"password": "x" * 129}, 400, "validation_error", "password"),
            ({"password": 12345678}, 400, "validation_error", "password"),
            ({"password": "nul\x00nul\x00nul"}, 400, "validation_error", "password"),
            ({"password": "\ud800lone surrogate"}, 400, "validation_error", "password"),
            ({"accepted_terms": "true"}, 400, "validation_error", "accepted_terms"),
            ({"accepted_terms": 1}, 400, "validation_error", "accepted_terms"),
        ):
            with self.subTest(change=change):
                error = self.assert_error(self.register(**change), status, code)

                self.assertTrue(error["details"][field][0])

        self.assertEqual(User.objects.count(), 1)

    def test_takes_the_shortest_and_the_longest_there_may_be(self) -> None:
        for number, change in enumerate(
            ({"username": "abc"}, {"username": "x" * 30}, {"password": "kq8-vt2z"})
        ):
            fields = {"username": f"ana_{number}", "email": f"{number}@example.org"} | change
            with self.subTest(change=change):
                self.assertEqual(self.register(**fields).status_code, 201)

    def test_names_every_missing_field(self) -> None:
        error = self.assert_error(
            self.client.post("/api/auth/register/", {}), 400, "validation_error"
        )

        self.assertEqual(set(error["details"]), set(NEWCOMER))

    def test_gives_details_with_errors_that_no_field_is_to_blame_for(self) -> None:
        response = self.client.post(
            "/api/auth/register/", data="{", content_type="application/json"
        )

        self.assertIn("root", self.assert_error(response, 400, "parse_error")["details"])

    def test_ignores_what_the_server_decides(self) -> None:
        self.register(
            role="SUPERADMIN",
            is_staff=True,
            is_superuser=True,
            is_active=False,
            is_activated=True,
            activated=True,
            onboarding_step="completed",
            id="0" * 32,
            language="xx",
            token_version=9,
            auth_provider="google",
        )

        user = User.objects.get()
        self.assertEqual((user.role, user.onboarding_step), (Role.USER, OnboardingStep.NOT_STARTED))
        self.assertEqual((user.is_staff, user.is_activated, user.is_active), (False, False, True))
        self.assertEqual((user.token_version, user.auth_provider), (0, AuthProvider.LOCAL))

    def test_keeps_the_language_of_the_browser(self) -> None:
        for header, language in (("fr-CA,fr;q=0.9,en;q=0.8", "fr"), ("de,*;q=0.5", "en")):
            with self.subTest(header=header):
                self.client.post(
                    "/api/auth/register/",
                    {**NEWCOMER, "email": f"{language}@example.org", "username": f"in_{language}"},
                    headers={"accept-language": header},
                )

                user = User.objects.get(email=f"{language}@example.org")
                self.assertEqual(user.language, language)

    def test_ignores_a_stale_token(self) -> None:
        self.client.credentials(HTTP_AUTHORIZATION="Bearer stale")

        self.assertEqual(self.register().status_code, 201)


class ActivateTests(ApiTestCase):
    def setUp(self) -> None:
        self.user = make_user(is_activated=False, onboarding_step=OnboardingStep.NOT_STARTED)
        self.token = activation_token_for(self.user)

    def test_activates_and_sets_the_informative_cookies_only(self) -> None:
        response = self.client.post("/api/auth/activate/", {"token": self.token})

        self.assertEqual(response.status_code, 200)
        self.assertEqual(
            {name: morsel.value for name, morsel in response.cookies.items()},
            {"activated": "true", "onboarding_step": "not_started"},
        )
        self.user.refresh_from_db()
        self.assertTrue(self.user.is_activated)

    def test_says_so_when_a_good_token_is_used_again(self) -> None:
        first = self.client.post("/api/auth/activate/", {"token": self.token})
        second = self.client.post("/api/auth/activate/", {"token": self.token})

        self.assertEqual((first.status_code, second.status_code), (200, 200))
        self.assertNotEqual(first.json()["data"]["message"], second.json()["data"]["message"])

    def test_takes_the_token_from_the_query_and_percent_encoded_up_to_twice(self) -> None:
        def encoded(text: str) -> str:
            return "".join(f"%{byte:02X}" for byte in text.encode())

        once, twice = encoded(self.token), quote(encoded(self.token))
        for query, body in (
            (f"?token={self.token}", {}),
            (f"?token={self.token}/", {}),
            (f"?token={twice}", {}),
            ("", {"token": once}),
            ("", {"token": twice}),
        ):
            with self.subTest(query=query, body=body):
                User.objects.update(is_activated=False)

                response = self.client.post(f"/api/auth/activate/{query}", body)

                self.assertEqual(response.status_code, 200)
                self.assertTrue(User.objects.get().is_activated)

    def test_tells_expired_from_invalid(self) -> None:
        issued_at = self.user.created_at - 2 * lifetime(Purpose.ACTIVATION)
        expired = activation_token_for(self.user, issued_at=issued_at)

        for body, code in (
            ({"token": expired}, "expired_token"),
            ({"token": "nonsense"}, "invalid_token"),
            ({"token": ""}, "invalid_token"),
            ({}, "invalid_token"),
            ({"token": 7}, "validation_error"),
        ):
            with self.subTest(body=body):
                response = self.client.post("/api/auth/activate/", body)

                self.assert_error(response, 400, code)
                self.assertFalse(response.cookies)

    def test_changes_nothing_for_a_scanner_that_opens_the_link(self) -> None:
        response = self.client.get(f"/api/auth/activate/?token={self.token}")

        self.assert_error(response, 405, "method_not_allowed")
        self.user.refresh_from_db()
        self.assertFalse(self.user.is_activated)
