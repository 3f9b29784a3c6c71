"""Refreshing, signing out, and what ends tokens."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import jwt
from django.conf import settings
from django.test import override_settings
from django.utils import timezone

from api.session_tokens import _RefreshToken
from api.tests.base import ApiTestCase
from users.models import User, UserSession
from users.services.mail_tokens import reset_token_for
from users.tests.factories import PASSWORD, make_user
from users.types import Role

ORIGIN = "https://app.example.com"
COOKIES = {"access_token", "refresh_token", "activated", "onboarding_step"}


class SessionTestCase(ApiTestCase):
    """Somebody is signed in; their tokens are in `tokens`, and nothing is sent by itself."""

    def setUp(self) -> None:
        self.user = make_user()
        self.tokens = self.log_in()

    def log_in(self) -> dict[str, str]:
        response = self.client.post(
            "/api/auth/login/", {"email": self.user.email, "password": PASSWORD}
        )
        self.client.cookies.clear()
        data: dict[str, str] = response.json()["data"]
        return data

    def refresh(self, **body: Any) -> Any:
        return self.client.post("/api/auth/refresh/", body)

    def me(self, access_token: str) -> int:
        response = self.client.get(
            "/api/user/me/", headers={"authorization": f"Bearer {access_token}"}
        )
        return int(response.status_code)

    def assert_signed_out(self, tokens: dict[str, str]) -> None:
        self.assertEqual(self.me(tokens["access_token"]), 401)
        response = self.refresh(refresh_token=tokens["refresh_token"])
        self.assert_error(response, 401, "unauthorized")


class RefreshTests(SessionTestCase):
    def test_exchanges_a_token_under_either_name_and_sets_both_cookies(self) -> None:
        first = self.refresh(refresh_token=self.tokens["refresh_token"])
        second = self.refresh(refresh=first.json()["data"]["refresh_token"])

        for response in (first, second):
            data = response.json()["data"]
            self.assertEqual(set(data), {"access_token", "refresh_token"})
            self.assertEqual(set(response.cookies), {"access_token", "refresh_token"})
            self.assertEqual(response.cookies["access_token"].value, data["access_token"])
            self.assertEqual(self.me(data["access_token"]), 200)

    def test_keeps_the_session_when_a_used_token_comes_back_at_once(self) -> None:
        renewed = self.refresh(refresh_token=self.tokens["refresh_token"]).json()["data"]

        response = self.refresh(refresh_token=self.tokens["refresh_token"])

        self.assert_error(response, 401, "unauthorized")
        self.assertEqual(self.me(renewed["access_token"]), 200)

    def test_ends_the_session_when_a_used_token_comes_back_later(self) -> None:
        renewed = self.refresh(refresh_token=self.tokens["refresh_token"]).json()["data"]
        UserSession.objects.update(rotated_at=timezone.now() - timedelta(seconds=11))

        response = self.refresh(refresh_token=self.tokens["refresh_token"])

        self.assert_error(response, 401, "unauthorized")
        self.assert_signed_out(renewed)

    @override_settings(CORS_ALLOWED_ORIGINS=[ORIGIN])
    def test_takes_the_cookie_from_a_page_of_an_allowed_origin(self) -> None:
        self.client.cookies["refresh_token"] = self.tokens["refresh_token"]

        response = self.client.post("/api/auth/refresh/", headers={"origin": ORIGIN})

        self.assertEqual(response.status_code, 200)

    @override_settings(CORS_ALLOWED_ORIGINS=[ORIGIN])
    def test_takes_the_cookie_from_nobody_else(self) -> None:
        self.client.cookies["refresh_token"] = self.tokens["refresh_token"]

        for headers in ({}, {"origin": "https://evil.example.com"}, {"origin": "null"}):
            with self.subTest(headers=headers):
                response = self.client.post("/api/auth/refresh/", headers=headers)

                self.assert_error(response, 401, "unauthorized")

    def test_refuses_what_is_no_refresh_token(self) -> None:
        for body in (
            {},
            {"refresh_token": ""},
            {"refresh_token": "nonsense"},
            {"refresh_token": "é"},
            {"refresh_token": self.tokens["access_token"]},
        ):
            with self.subTest(body=body):
                self.assert_error(self.refresh(**body), 401, "unauthorized")
        self.assert_error(self.refresh(refresh_token=7), 400, "validation_error")

    def test_refuses_a_token_past_its_life(self) -> None:
        with patch.object(_RefreshToken, "lifetime", timedelta(seconds=-1)):
            tokens = self.log_in()

        response = self.refresh(refresh_token=tokens["refresh_token"])

        self.assert_error(response, 401, "unauthorized")

    def test_ignores_a_stale_token_in_the_header(self) -> None:
        response = self.client.post(
            "/api/auth/refresh/",
            {"refresh_token": self.tokens["refresh_token"]},
            headers={"authorization": "Bearer stale"},
        )

        self.assertEqual(response.status_code, 200)


class LogoutTests(SessionTestCase):
    def assert_cookies_deleted(self, response: Any) -> None:
        self.assertEqual(response.status_code, 200)
        self.assertEqual(set(response.cookies), COOKIES)
        for cookie in response.cookies.values():
            self.assertEqual((cookie.value, cookie["max-age"]), ("", 0))
            self.assertEqual((cookie["path"], cookie["domain"]), ("/", ""))
            self.assertTrue(cookie["expires"].startswith("Thu, 01 Jan 1970"))

    def test_ends_the_session_of_whatever_token_is_there(self) -> None:
        def bearer(token: str) -> Any:
            return self.client.post(
                "/api/auth/logout/", headers={"authorization": f"Bearer {token}"}
            )

        def cookie(name: str, token: str) -> Any:
            self.client.cookies[name] = token
            return self.client.post("/api/auth/logout/")

        ways: dict[str, Callable[[dict[str, str]], Any]] = {
            "access token in the header": lambda t: bearer(t["access_token"]),
            "refresh token in the header": lambda t: bearer(t["refresh_token"]),
            "access cookie": lambda t: cookie("access_token", t["access_token"]),
            "refresh cookie": lambda t: cookie("refresh_token", t["refresh_token"]),
            "refresh token in the body": lambda t: self.client.post(
                "/api/auth/logout/", {"refresh_token": t["refresh_token"]}
            ),
            "its other name": lambda t: self.client.post(
                "/api/auth/logout/", {"refresh": t["refresh_token"]}
            ),
        }
        for name, send in ways.items():
            with self.subTest(token=name):
                tokens = self.log_in()
                self.assertEqual(self.me(tokens["access_token"]), 200)

                response = send(tokens)
                self.client.cookies.clear()

                self.assert_cookies_deleted(response)
                self.assert_signed_out(tokens)
        self.assertEqual(self.me(self.tokens["access_token"]), 200)

    def test_is_not_fooled_by_a_forged_token(self) -> None:
        claims = jwt.decode(self.tokens["access_token"], options={"verify_signature": False})
        forged = jwt.encode(claims, "not our key but as long as it has to be", algorithm="HS256")

        response = self.client.post(
            "/api/auth/logout/", headers={"authorization": f"Bearer {forged}"}
        )

        self.assert_cookies_deleted(response)
        self.assertEqual(self.me(self.tokens["access_token"]), 200)

    def test_succeeds_with_nothing_and_with_nonsense(self) -> None:
        for request in (
            {},
            {"data": "", "content_type": "application/json"},
            {"data": "{", "content_type": "application/json"},
            {"data": "[]", "content_type": "application/json"},
            {"data": "a=b", "content_type": "text/plain"},
            {"data": '{"refresh_token": 7}', "content_type": "application/json"},
            {"headers": {"authorization": "Bearer"}},
            {"headers": {"authorization": "Bearer a b c"}},
            {"headers": {"authorization": "Basic dTpw"}},
        ):
            with self.subTest(request=request):
                self.assert_cookies_deleted(self.client.post("/api/auth/logout/", **request))


class LogoutEverywhereTests(SessionTestCase):
    def test_ends_all_sessions_and_deletes_the_cookies(self) -> None:
        other = self.log_in()

        response = self.client.post(
            "/api/auth/logout-all/",
            headers={"authorization": f"Bearer {self.tokens['access_token']}"},
        )

        self.assertEqual(response.status_code, 200)
        self.assertEqual(set(response.cookies), COOKIES)
        self.assert_signed_out(self.tokens)
        self.assert_signed_out(other)
        self.assertEqual(self.me(self.log_in()["access_token"]), 200)

    def test_needs_somebody_who_is_signed_in(self) -> None:
        self.assert_error(self.client.post("/api/auth/logout-all/"), 401, "unauthorized")


class ContentTests(SessionTestCase):
    def test_a_token_says_no_more_than_it_has_to(self) -> None:
        said = {}
        for kind in ("access", "refresh"):
            token = self.tokens[f"{kind}_token"]
            claims = jwt.decode(token, options={"verify_signature": False})

            self.assertEqual(jwt.get_unverified_header(token), {"alg": "HS256", "typ": "JWT"})
            self.assertEqual(
                set(claims), {"token_type", "exp", "iat", "jti", "iss", "aud", "sub", "sid", "ver"}
            )
            said[kind] = claims

        session = UserSession.objects.get()
        for claims in said.values():
            self.assertEqual(claims["sub"], str(self.user.id))
            self.assertEqual(claims["sid"], str(session.id))
            self.assertEqual(claims["ver"], 0)
        self.assertEqual(said["refresh"]["jti"], str(session.refresh_id))
        self.assertNotEqual(said["access"]["jti"], said["refresh"]["jti"])


class RevocationTests(SessionTestCase):
    def test_old_tokens_are_dead_on_the_next_request(self) -> None:
        superadmin = make_user(role=Role.SUPERADMIN)

        def post(path: str, user: User, body: dict[str, str]) -> None:
            token = self.sign_in(user)
            self.client.credentials()
            response = self.client.post(path, body, headers={"authorization": f"Bearer {token}"})
            self.assertEqual(response.status_code, 200)

        def end_from_afar(tokens: dict[str, str]) -> None:
            claims = jwt.decode(tokens["access_token"], options={"verify_signature": False})
            elsewhere = self.log_in()["access_token"]
            response = self.client.delete(
                f"/api/user/sessions/{claims['sid']}/",
                headers={"authorization": f"Bearer {elsewhere}"},
            )
            self.assertEqual(response.status_code, 200)
            self.assertEqual(self.me(elsewhere), 200)

        def lose_role() -> None:
            User.objects.filter(pk=self.user.pk).update(role=Role.MODERATOR)
            post(f"/api/admin/users/{self.user.id}/set_role/", superadmin, {"role": "USER"})

        ends: dict[str, Callable[[], object]] = {
            "password change": lambda: post(
                "/api/user/password/",
                self.user,
                {"current_password": PASSWORD, "new_password": "a newer password"},
            ),
            "sign-out everywhere": lambda: post("/api/auth/logout-all/", self.user, {}),
            "role change": lambda: post(
                f"/api/admin/users/{self.user.id}/set_role/", superadmin, {"role": "MODERATOR"}
            ),
            "password reset": lambda: self.assertEqual(
                self.client.post(
                    "/api/auth/password-reset/confirm/",
                    {"token": reset_token_for(self.user), "new_password": "a newer password"},
                ).status_code,
                200,
            ),
            "sign-out": lambda: self.assertEqual(
                self.client.post(
                    "/api/auth/logout/", {"refresh_token": tokens["refresh_token"]}
                ).status_code,
                200,
            ),
            "end of the session from another one": lambda: end_from_afar(tokens),
            "loss of a role": lose_role,
            "deactivation": lambda: User.objects.filter(pk=self.user.pk).update(is_active=False),
            "deletion": lambda: User.objects.get(pk=self.user.pk).delete(),
        }
        for name, end in ends.items():
            with self.subTest(end=name):
                self.user = make_user()
                tokens = self.log_in()
                self.assertEqual(self.me(tokens["access_token"]), 200)

                end()

                self.assert_signed_out(tokens)

    def test_a_token_of_an_unknown_account_is_refused(self) -> None:
        claims = jwt.decode(self.tokens["access_token"], options={"verify_signature": False})
        claims["sub"] = "0" * 32
        token = jwt.encode(claims, settings.JWT_SIGNING_KEY, algorithm="HS256")

        self.assertEqual(self.me(token), 401)
        self.assertEqual(
            self.client.post("/api/auth/logout/", {"refresh_token": token}).status_code, 200
        )

    def test_cookies_sign_nobody_in(self) -> None:
        self.client.cookies["access_token"] = self.tokens["access_token"]
        self.client.cookies["refresh_token"] = self.tokens["refresh_token"]

        self.assert_error(self.client.get("/api/user/me/"), 401, "unauthorized")
