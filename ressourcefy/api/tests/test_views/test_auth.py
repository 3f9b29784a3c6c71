"""Registration, activation, sign-in and forgotten passwords over HTTP."""

import json
from typing import Any
from urllib.parse import quote

from django.core import mail
from django.test import override_settings

from api.tests.base import ApiTestCase
from core.outbox import process_outbox
from core.tokens import Purpose, lifetime
from users.models import Profile, User
from users.services.mail_tokens import activation_token_for, reset_token_for
from users.tests.factories import PASSWORD, make_user
from users.types import AuthProvider, OnboardingStep, Role

NEWCOMER = {
    "username": "ana",
    "email": "ana@example.org",
    "password": PASSWORD,
    "accepted_terms": True,
}
ME = {
    *("id", "email", "username", "bio", "avatar_url"),
    *("activated", "onboarding_step", "role", "createdAt"),
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


class LoginTests(ApiTestCase):
    def login(self, email: str, password: Any = PASSWORD) -> Any:
        return self.client.post("/api/auth/login/", {"email": email, "password": password})

    def test_returns_tokens_and_exactly_the_object_of_me(self) -> None:
        user = make_user(role=Role.ADMIN, email="ana@example.org")

        data = self.login("ANA@example.org").json()["data"]

        self.assertEqual(set(data), {"access_token", "refresh_token", "user"})
        self.assertEqual((data["user"]["id"], data["user"]["role"]), (str(user.id), "ADMIN"))
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {data['access_token']}")
        me = self.client.get("/api/user/me/").json()["data"]
        self.assertEqual(set(me), ME)
        self.assertEqual(me, data["user"])
        self.assertTrue(me["createdAt"].endswith("Z"))

    def test_sets_four_cookies(self) -> None:
        response = self.login(make_user().email)

        tokens = response.json()["data"]
        day = 24 * 60 * 60
        for name, value, age, http_only in (
            ("access_token", tokens["access_token"], 7 * day, True),
            ("refresh_token", tokens["refresh_token"], 30 * day, True),
            ("activated", "true", 30 * day, ""),
            ("onboarding_step", "completed", 30 * day, ""),
        ):
            with self.subTest(name=name):
                cookie = response.cookies[name]
                self.assertEqual((cookie.value, cookie["max-age"]), (value, age))
                self.assertEqual((cookie["path"], cookie["domain"]), ("/", ""))
                self.assertEqual((cookie["samesite"], cookie["secure"]), ("Lax", ""))
                self.assertEqual(cookie["httponly"], http_only)

    def test_sets_secure_cookies_in_production(self) -> None:
        with override_settings(COOKIE_SECURE=True):
            response = self.login(make_user().email)

        self.assertEqual(len(response.cookies), 4)
        self.assertTrue(all(cookie["secure"] for cookie in response.cookies.values()))

    def test_gives_one_answer_to_everyone_who_may_not_sign_in(self) -> None:
        deleted = make_user()
        deleted.delete()
        answers = {
            self.login(email, password).content
            for email, password in (
                (make_user().email, "wrong"),
                (make_user(is_activated=False).email, "wrong"),
                ("nobody@example.org", PASSWORD),
                (deleted.email, PASSWORD),
                (make_user(is_active=False).email, PASSWORD),
                (make_user(auth_provider=AuthProvider.GOOGLE).email, PASSWORD),
                ("no address at all", PASSWORD),
            )
        }

        self.assertEqual(len(answers), 1)
        response = self.login("nobody@example.org")
        self.assert_error(response, 401, "invalid_credentials")
        self.assertFalse(response.cookies)

    def test_mentions_activation_after_the_right_password(self) -> None:
        user = make_user(is_activated=False)

        self.assert_error(self.login(user.email), 403, "account_not_activated")

    def test_takes_the_password_exactly(self) -> None:
        email = make_user().email

        self.assert_error(self.login(email, f" {PASSWORD}"), 401, "invalid_credentials")
        self.assert_error(self.login(email, 7), 400, "validation_error")
        self.assert_error(self.login(email, ""), 400, "validation_error")

    def test_works_beside_a_stale_token(self) -> None:
        self.client.credentials(HTTP_AUTHORIZATION="Bearer stale")

        self.assertEqual(self.login(make_user().email).status_code, 200)

    def test_takes_five_queries(self) -> None:
        user = make_user()
        self.login(user.email)

        # Three count the attempt and give it back; the account; the session with what follows.
        with self.assertNumQueries(3 + 2):
            self.login(user.email)


class ForgottenPasswordTests(ApiTestCase):
    def test_resets_a_password_once(self) -> None:
        user = make_user()
        body = {"token": reset_token_for(user), "new_password": " exactly this one "}

        first = self.client.post("/api/auth/password-reset/confirm/", body)
        second = self.client.post("/api/auth/password-reset/confirm/", body)

        self.assertEqual(first.status_code, 200)
        self.assert_error(second, 400, "invalid_reset_token")
        user.refresh_from_db()
        self.assertTrue(user.check_password(" exactly this one "))

    @override_settings(
        ALLOWED_HOSTS=["*"],
        TRUST_X_FORWARDED_PROTO=True,
        WEB_LINKS={"reset": "https://app.example.com/reset"},
    )
    def test_mails_a_link_to_the_web_client_whatever_the_request_says_of_its_host(self) -> None:
        user = make_user()

        self.client.post(
            "/api/auth/password-reset/",
            {"email": user.email},
            headers={
                "Host": "evil.example",
                "X-Forwarded-Host": "evil.example",
                "Origin": "https://evil.example",
                "Referer": "https://evil.example/",
            },
        )
        process_outbox()

        [sent] = mail.outbox
        self.assertIn("https://app.example.com/reset?token=", sent.body)
        self.assertNotIn("evil", f"{sent.body}{sent.message().as_string()}")

    def test_ends_the_old_tokens_at_once(self) -> None:
        user = make_user()
        self.sign_in(user)
        self.assertEqual(self.client.get("/api/user/me/").status_code, 200)

        self.client.post(
            "/api/auth/password-reset/confirm/",
            {"token": reset_token_for(user), "new_password": "a newer password"},
        )

        self.assert_error(self.client.get("/api/user/me/"), 401, "unauthorized")

    def test_names_what_is_wrong_with_the_password(self) -> None:
        token = reset_token_for(make_user())

        for password in ("short", "password", "x" * 129, 12345678, None):
            with self.subTest(password=password):
                response = self.client.post(
                    "/api/auth/password-reset/confirm/",
                    {"token": token, "new_password": password},
                )

                error = self.assert_error(response, 400, "validation_error")
                self.assertEqual(set(error["details"]), {"new_password"})


class EnumerationTests(ApiTestCase):
    def test_resend_and_reset_answer_every_address_alike(self) -> None:
        deleted = make_user()
        deleted.delete()
        emails = [
            make_user().email,
            make_user(is_activated=False).email,
            make_user(is_active=False).email,
            make_user(auth_provider=AuthProvider.GOOGLE).email,
            deleted.email,
            "nobody@example.org",
        ]

        for path in ("/api/auth/resend-activation/", "/api/auth/password-reset/"):
            with self.subTest(path=path):
                responses = [self.client.post(path, {"email": email}) for email in emails]

                self.assertEqual({response.status_code for response in responses}, {200})
                self.assertEqual(len({response.content for response in responses}), 1)
                self.assertFalse(any(response.cookies for response in responses))

    def test_resend_and_reset_refuse_what_is_no_address(self) -> None:
        for path in ("/api/auth/resend-activation/", "/api/auth/password-reset/"):
            for email in ("nonsense", "", None, 7, ["a@example.org"], "a\x00@example.org"):
                with self.subTest(path=path, email=email):
                    response = self.client.post(path, {"email": email})

                    self.assert_error(response, 400, "validation_error")


class CorsTests(ApiTestCase):
    PATHS = (
        *("register", "activate", "login", "resend-activation"),
        *("password-reset", "password-reset/confirm"),
    )

    @override_settings(CORS_ALLOWED_ORIGINS=["https://app.example.com"])
    def test_lets_the_web_client_read_answers_and_errors(self) -> None:
        for path in self.PATHS:
            with self.subTest(path=path):
                preflight = self.client.options(
                    f"/api/auth/{path}/",
                    headers={
                        "origin": "https://app.example.com",
                        "access-control-request-method": "POST",
                        "access-control-request-headers": "content-type",
                    },
                )
                refusal = self.client.post(
                    f"/api/auth/{path}/",
                    {"email": 7},
                    headers={"origin": "https://app.example.com"},
                )

                self.assertIn(preflight.status_code, {200, 204})
                self.assertIn("content-type", preflight["Access-Control-Allow-Headers"])
                self.assertEqual(refusal.status_code, 400)
                for response in (preflight, refusal):
                    self.assertEqual(
                        response["Access-Control-Allow-Origin"], "https://app.example.com"
                    )
                    self.assertEqual(response["Access-Control-Allow-Credentials"], "true")

    @override_settings(CORS_ALLOWED_ORIGINS=["https://app.example.com"])
    def test_names_no_other_origin(self) -> None:
        response = self.client.post(
            "/api/auth/login/", {}, headers={"origin": "https://evil.example.com"}
        )

        self.assertNotIn("Access-Control-Allow-Origin", response.headers)
