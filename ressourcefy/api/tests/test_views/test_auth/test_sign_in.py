"""Signing in, forgotten passwords, and what strangers must not learn, over HTTP."""

from typing import Any

from django.core import mail
from django.test import override_settings

from api.tests.base import ApiTestCase
from core.outbox import process_outbox
from users.services.mail_tokens import reset_token_for
from users.tests.factories import PASSWORD, make_user
from users.types import AuthProvider, Role

ME = {
    *("id", "email", "username", "bio", "avatar_url"),
    *("activated", "onboarding_step", "role", "createdAt"),
}


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
