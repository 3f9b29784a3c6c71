"""What the web client stands or falls by, over real HTTP: ten points, one test each."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
from django.conf import settings
from django.core import mail
from django.test import override_settings
from django.utils import timezone

from api.renderers import MEDIA_TYPE
from api.tests.base import access_token
from api.tests.contract.operations import contract
from api.tests.wire import Answer, WireCase
from core.models import OutboxEvent
from core.outbox import process_outbox
from core.tests.races import at_once
from interactions.tests.factories import make_comment
from resources.models import ResourceProgress
from resources.tests.factories import make_resource, make_version
from users.models import User, UserSession
from users.services.mail_tokens import activation_token_for, reset_token_for
from users.services.sessions import open_session
from users.tests.factories import PASSWORD, make_contributor, make_tag, make_user
from users.types import OnboardingStep, Role

ORIGIN = "http://localhost:3000"
NEW_PASSWORD = "a long enough one"
NEWCOMER = {
    "username": "ana",
    "email": "ana@example.org",
    "password": NEW_PASSWORD,
    "accepted_terms": True,
}
#: What the browser calls itself, from the origin of the web client.
DIRECT = (
    *("login", "register", "activate", "resend-activation"),
    *("password-reset", "password-reset/confirm"),
)
UNKNOWN = "00000000-0000-7000-8000-000000000000"


class AcceptanceTests(WireCase):
    def assert_json(self, answer: Answer, label: str = "") -> None:
        """Neither a redirect, nor empty, nor HTML."""
        self.assertFalse(300 <= answer.status < 400, label)
        self.assertNotIn(answer.status, {204, 205}, label)
        self.assertEqual(answer.headers["Content-Type"], MEDIA_TYPE, label)
        self.assertIsInstance(answer.body, dict, label)

    @override_settings(WEB_LINKS=settings.WEB_LINKS | {"activate": f"{ORIGIN}/auth/activate"})
    def test_01_a_newcomer_reaches_the_dashboard_and_without_tags_does_not(self) -> None:
        self.assertEqual(self.send("POST", "/api/auth/register/", NEWCOMER).status, 201)
        process_outbox()
        mailed = re.search(rf"{ORIGIN}/auth/activate\?token=([\w.~-]+)", str(mail.outbox[-1].body))
        assert mailed
        self.send("POST", "/api/auth/activate/", {"token": mailed[1]})
        user = User.objects.get()
        token = self.log_in(user, NEW_PASSWORD)["access_token"]

        self.send("POST", "/api/onboarding/start/", token=token)
        blank = {"username": "ana", "bio": "", "avatar_url": ""}
        self.send("POST", "/api/onboarding/profile/", blank, token=token)
        without = self.send("POST", "/api/onboarding/interests/", {"tag_ids": []}, token=token)

        self.assertEqual(self.send("GET", "/api/tags/").body["data"], [])
        self.assertEqual(without.status, 400)
        self.assertEqual(self.step(token), "interests")

        make_tag()
        (tag,) = self.send("GET", "/api/tags/").body["data"]
        chosen = {"tag_ids": [tag["id"]]}
        self.send("POST", "/api/onboarding/interests/", chosen, token=token)

        self.assertEqual(self.step(token), "completed")
        for path in ("/api/feed/?page=1&page_size=20%2F", "/api/user/progress/?page=1%2F"):
            self.assertEqual(self.send("GET", path, token=token).status, 200)

    def step(self, token: str) -> str:
        """Where the account stands, wherever that is told."""
        me = self.send("GET", "/api/user/me/", token=token).body["data"]["onboarding_step"]
        status = self.send("GET", "/api/onboarding/status/", token=token).body["onboarding_step"]
        self.assertEqual(me, status)
        return str(me)

    def test_02_signing_in_tells_an_administrator_apart_at_once(self) -> None:
        for role in (Role.ADMIN, Role.SUPERADMIN, Role.CONTRIBUTOR, Role.USER):
            with self.subTest(role):
                data = self.log_in(make_user(role=role))

                self.assertEqual(data["user"]["role"], role)
                me = self.send("GET", "/api/user/me/", token=data["access_token"])
                self.assertEqual(me.body["data"], data["user"])

    def test_03_a_slash_behind_the_last_value_does_no_harm(self) -> None:
        comment, joe = make_comment(), make_user(username="joe_the_reader")
        make_user()
        token = access_token(make_user(role=Role.ADMIN))

        path = f"/api/resources/{comment.resource_id}/comments/?page=1&page_size=20%2F"
        comments = self.send("GET", path, token=token)
        path = "/api/admin/users/?page=1&page_size=20&search=joe%2F"
        found = self.send("GET", path, token=token)

        self.assertEqual((comments.status, comments.body["pagination"]["page_size"]), (200, 20))
        self.assertEqual([item["id"] for item in comments.body["data"]], [str(comment.pk)])
        self.assertEqual([item["id"] for item in found.body["results"]], [str(joe.pk)])

    def test_04_two_first_visits_at_once_are_two_answers_and_one_row(self) -> None:
        resource, token = make_resource(), access_token(make_user())
        make_version(resource)

        def access() -> Answer:
            return self.send("GET", f"/api/resources/{resource.pk}/access/", token=token)

        for answer in at_once([access, access]):
            assert not isinstance(answer, Exception), answer
            self.assertEqual(answer.status, 200)
            self.assertTrue(answer.body["data"]["access_granted"])
        self.assertEqual(ResourceProgress.objects.count(), 1)
        started = OutboxEvent.objects.filter(event_type="resource.progress.started")
        self.assertEqual(started.count(), 1)

    def test_05_every_answer_is_json_deletions_and_crashes_included(self) -> None:
        superadmin = make_user(role=Role.SUPERADMIN)
        own = make_resource(author=superadmin)
        session = open_session(superadmin, lifetime=timedelta(days=1))
        token, things = (
            access_token(superadmin),
            {
                "resource_delete": own.pk,
                "comment_delete": make_comment(author=superadmin).pk,
                "user_session_end": session.pk,
                "admin_users_delete": make_user().pk,
                "admin_tags_delete": make_tag().pk,
                "admin_resources_delete": make_resource().pk,
            },
        )
        deletions = {name: rule for name, rule in contract().items() if rule.method == "DELETE"}
        self.assertEqual(things.keys(), deletions.keys())
        for name, rule in deletions.items():
            path = re.sub(r"\{\w+\}", str(things[name]), rule.path)
            answer = self.send("DELETE", path, token=token)
            self.assert_json(answer, name)
            self.assertEqual((answer.status, answer.body["status"]), (200, "ok"), name)
            self.assertTrue(answer.body["data"]["message"], name)
            again = self.send("DELETE", path, token=token)
            self.assertEqual(again.status, 404, name)
            self.assertTrue(again.error["message"], name)

        paths = {re.sub(r"\{\w+\}", UNKNOWN, rule.path) for rule in contract().values()}
        for path in sorted(paths | {"/api/", "/api/nothing/", "/api/resources/1/detail/"}):
            for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
                for at in (path, path.rstrip("/")):
                    for body in (None, b"{"):
                        label = f"{method} {at} {body!r}"
                        self.assert_json(self.send(method, at, body), label)

        with self.without("core_tag"):
            crashed = self.send("GET", "/api/tags/")
        self.assert_json(crashed)
        self.assertEqual((crashed.status, crashed.error["code"]), (500, "server_error"))
        self.assertNotIn("core_tag", crashed.content.decode())

    def test_06_signing_out_works_with_a_token_past_its_life(self) -> None:
        pair = self.log_in(make_user())
        claims = jwt.decode(pair["access_token"], options={"verify_signature": False})
        past = int((timezone.now() - timedelta(hours=1)).timestamp())
        expired = jwt.encode(claims | {"exp": past}, settings.JWT_SIGNING_KEY, algorithm="HS256")
        self.assertEqual(self.send("GET", "/api/user/me/", token=expired).status, 401)

        answer = self.send("POST", "/api/auth/logout/", token=expired)

        self.assertEqual(answer.status, 200)
        self.assertEqual(
            set(answer.cookies), {"access_token", "refresh_token", "activated", "onboarding_step"}
        )
        for cookie in answer.cookies.values():
            self.assertEqual((cookie.value, cookie["max-age"]), ("", "0"))
            self.assertEqual((cookie["path"], cookie["domain"]), ("/", ""))
        self.assertIsNotNone(UserSession.objects.get().revoked_at)
        refreshed = self.send(
            "POST", "/api/auth/refresh/", {"refresh_token": pair["refresh_token"]}
        )
        self.assertEqual(refreshed.status, 401)

    def test_07_a_refusal_has_a_message_and_a_failed_registration_details(self) -> None:
        for who, path in (
            (make_user(), "/api/admin/users/"),
            (make_contributor(), "/api/admin/dashboard/overview/"),
            (make_user(onboarding_step=OnboardingStep.PROFILE), "/api/user/resources/"),
            (make_user(is_activated=False), "/api/onboarding/status/"),
        ):
            answer = self.send("GET", path, token=access_token(who))
            self.assertEqual(answer.status, 403, path)
            self.assertGreater(len(answer.error["message"].split()), 2, path)

        taken = NEWCOMER | {"email": make_user(username="taken").email}
        failures: list[tuple[int, Any, str, str]] = [
            (422, taken, "email", "application/json"),
            (400, NEWCOMER | {"username": "TAKEN"}, "username", "application/json"),
            (400, NEWCOMER | {"accepted_terms": False}, "accepted_terms", "application/json"),
            (400, NEWCOMER | {"password": "short"}, "password", "application/json"),
            (400, b"{", "root", "application/json"),
            (413, NEWCOMER | {"bio": "x" * 2_000_000}, "root", "application/json"),
            (415, b"username=ana", "root", "text/plain"),
        ]
        path = "/api/auth/register/"
        answers = [
            (status, field, self.send("POST", path, body, headers={"Content-Type": media_type}))
            for status, body, field, media_type in failures
        ]
        with self.without("users_profile"):
            answers.append((500, "root", self.send("POST", path, NEWCOMER)))
        for status, field, answer in answers:
            with self.subTest(status=status, field=field):
                self.assertEqual(answer.status, status)
                self.assertTrue(answer.error["details"][field][0])

    @override_settings(CORS_ALLOWED_ORIGINS=[ORIGIN])
    def test_08_the_web_client_may_read_what_the_browser_calls_itself(self) -> None:
        asks = {
            "Origin": ORIGIN,
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type",
        }
        for name in DIRECT:
            path, origin = f"/api/auth/{name}/", {"Origin": ORIGIN}
            preflight = self.send("OPTIONS", path, headers=asks)
            self.assertIn(preflight.status, {200, 204}, name)
            self.assertIn("POST", preflight.headers["Access-Control-Allow-Methods"])
            allowed = preflight.headers["Access-Control-Allow-Headers"]
            self.assertLessEqual({"content-type", "authorization"}, set(allowed.split(", ")))
            answers = {
                400: self.send("POST", path, {"email": 7, "token": 7}, headers=origin),
                404: self.send("POST", f"{path}nothing/", headers=origin),
                405: self.send("PUT", path, headers=origin),
                413: self.send("POST", path, b"x" * 2_000_000, headers=origin),
                500: self.crash(name, origin),
            }
            for status, answer in answers.items():
                self.assertEqual(answer.status, status, name)
            for status, answer in {200: preflight, **answers}.items():
                label = f"{name} {status}"
                self.assertEqual(answer.headers["Access-Control-Allow-Origin"], ORIGIN, label)
                credentials = answer.headers["Access-Control-Allow-Credentials"]
                self.assertEqual(credentials, "true", label)
        foreign = {"Origin": "https://evil.example.com"}
        refused = self.send("POST", "/api/auth/login/", headers=foreign)
        self.assertNotIn("Access-Control-Allow-Origin", refused.headers)
        with override_settings(RATE_LIMIT_FACTOR=1):
            wrong = {"email": "ana@example.org", "password": "a wrong one"}
            for _ in range(6):
                limited = self.send("POST", "/api/auth/login/", wrong, headers=origin)
        self.assertEqual(limited.status, 429)
        self.assertEqual(limited.headers["Access-Control-Allow-Origin"], ORIGIN)

    def crash(self, name: str, headers: dict[str, str]) -> Answer:
        """A request that is good, to a server that has lost its accounts."""
        user = make_user()
        tokens = {
            "activate": activation_token_for(make_user(is_activated=False)),
            "password-reset/confirm": reset_token_for(user),
        }
        body = NEWCOMER | {"token": tokens.get(name, ""), "new_password": NEW_PASSWORD}
        with self.without("users_user"):
            return self.send("POST", f"/api/auth/{name}/", body, headers=headers)

    def test_09_the_cookie_of_a_signed_in_administrator_changes_nothing(self) -> None:
        superadmin = make_user(role=Role.SUPERADMIN)
        cookie = self.administrators_cookie(superadmin)
        self.assertEqual(self.send("GET", "/admin/", headers=cookie).status, 200)
        token = access_token(make_contributor())
        new = {"title": "New", "description": "All of it."}
        calls: tuple[tuple[str, str, Any, str | None, int], ...] = (
            ("GET", "/api/user/me/", None, None, 401),
            ("GET", "/api/admin/users/", None, None, 401),
            ("POST", "/api/resources/", new, None, 401),
            ("GET", "/api/user/me/", None, token, 200),
            ("GET", "/api/admin/users/", None, token, 403),
            ("GET", "/api/feed/", None, None, 200),
        )
        for method, path, body, bearer, status in calls:
            with self.subTest(method=method, path=path, bearer=bool(bearer)):
                # What the web client's proxy passes on.
                origin = {"Origin": ORIGIN, "Referer": f"{ORIGIN}/app"}
                without = self.send(method, path, body, token=bearer, headers=origin)
                beside = self.send(method, path, body, token=bearer, headers=origin | cookie)

                self.assertEqual((without.status, beside.status), (status, status))
                self.assertEqual(without.content, beside.content)
        published = self.send("POST", "/api/resources/", new, token=token, headers=origin | cookie)
        self.assertEqual(published.status, 201)

    def administrators_cookie(self, user: User) -> dict[str, str]:
        """The header with which a browser goes on after signing in on the administration's page."""
        page = self.send("GET", "/admin/login/")
        form = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
        assert form
        filled = {"username": user.email, "password": PASSWORD, "csrfmiddlewaretoken": form[1]}
        answer = self.send(
            "POST",
            "/admin/login/",
            urlencode(filled).encode(),
            headers={"Content-Type": "application/x-www-form-urlencoded"} | cookies_of(page),
        )
        self.assertEqual(answer.status, 302)
        return cookies_of(page, answer)

    def test_10_the_last_page_may_be_deleted_empty(self) -> None:
        make_user()
        make_resource(author=make_contributor())
        make_tag()
        token = access_token(make_user(role=Role.ADMIN))
        for path in ("/api/admin/users/", "/api/admin/tags/", "/api/admin/resources/"):
            with self.subTest(path):
                count = self.send("GET", path, token=token).body["count"]
                page = f"{path}?page={count}&page_size=1%2F"
                (last,) = self.send("GET", page, token=token).body["results"]

                self.send("DELETE", f"{path}{last['id']}/", token=token)
                again = self.send("GET", page, token=token)

                self.assertEqual((again.status, again.body["results"]), (200, []))
                self.assertEqual(again.body["count"], count - 1)


def cookies_of(*answers: Answer) -> dict[str, str]:
    """The header that sends back what the answers set."""
    found = {name: one.value for answer in answers for name, one in answer.cookies.items()}
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in found.items())}
