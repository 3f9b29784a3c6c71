"""Limits over HTTP: whom a request counts for, and what somebody is told who has to wait."""

from collections import Counter
from typing import Any
from unittest import mock

from django.core.cache import caches
from django.test import RequestFactory, SimpleTestCase, override_settings, tag

from api.caller import caller_address
from api.tests.base import ApiTestCase
from api.throttles import UserThrottle, VisitorThrottle
from application.checks import limits_are_on
from core.tests.redis_server import RedisServer, has_redis
from users.models import UserSession
from users.tests.factories import PASSWORD, make_user

WRONG = {"password": "a wrong password"}


class CallerAddressTests(SimpleTestCase):
    def address(self, remote: str, forwarded: str | None = None) -> str | None:
        request = RequestFactory().get("/", REMOTE_ADDR=remote)
        if forwarded is not None:
            request.META["HTTP_X_FORWARDED_FOR"] = forwarded
        return caller_address(request)

    def test_is_the_peer_where_there_is_no_proxy(self) -> None:
        self.assertEqual(self.address("203.0.113.7"), "203.0.113.7")
        self.assertEqual(self.address("203.0.113.7", "198.51.100.1"), "203.0.113.7")

    def test_is_what_the_outermost_proxy_saw(self) -> None:
        forged = "10.0.0.1, 198.51.100.1"
        with override_settings(NUM_PROXIES=1):
            self.assertEqual(self.address("127.0.0.1", "203.0.113.7"), "203.0.113.7")
            self.assertEqual(self.address("127.0.0.1", f"{forged}, 203.0.113.7"), "203.0.113.7")
        with override_settings(NUM_PROXIES=2):
            chain = f"{forged}, 203.0.113.7, 10.1.1.1"
            self.assertEqual(self.address("127.0.0.1", chain), "203.0.113.7")

    @override_settings(NUM_PROXIES=2)
    def test_is_the_peer_where_the_proxies_left_no_address(self) -> None:
        for forwarded in (None, "", "198.51.100.1", "unknown, 10.1.1.1", ","):
            with self.subTest(forwarded=forwarded):
                self.assertEqual(self.address("203.0.113.7", forwarded), "203.0.113.7")

    def test_is_written_in_one_way(self) -> None:
        for text, address in {
            "::ffff:127.0.0.1": "127.0.0.1",
            "2001:DB8:0:0::7": "2001:db8::7",
            "fe80::1%eth0": "fe80::1",
            "": None,
            "a socket": None,
        }.items():
            with self.subTest(text=text):
                self.assertEqual(self.address(text), address)


@override_settings(RATE_LIMIT_FACTOR=1)
class LimitedTestCase(ApiTestCase):
    def setUp(self) -> None:
        caches["throttles"].clear()
        self.addCleanup(caches["throttles"].clear)

    def log_in(self, body: dict[str, str], **headers: str) -> Any:
        return self.client.post("/api/auth/login/", body, headers=headers)

    def assert_has_to_wait(self, response: Any, *, at_most: int) -> dict[str, Any]:
        self.assertTrue(0 < int(response.headers["Retry-After"]) <= at_most)
        return self.assert_error(response, 429, "throttled")


class LoginLimitTests(LimitedTestCase):
    def test_refuses_the_sixth_wrong_password_and_says_for_how_long(self) -> None:
        user = make_user()
        for _ in range(5):
            response = self.log_in({"email": user.email} | WRONG)
            self.assert_error(response, 401, "invalid_credentials")

        for body in (WRONG, {"password": PASSWORD}):
            error = self.assert_has_to_wait(self.log_in({"email": user.email} | body), at_most=300)
            self.assertIn("5 min", error["message"])

    def test_judges_five_of_five_hundred_with_forged_addresses(self) -> None:
        email = make_user().email

        statuses = Counter(
            self.log_in(
                {"email": email} | WRONG,
                x_forwarded_for=f"198.51.{number // 250}.{number % 250}",
                forwarded=f"for=198.51.100.{number % 250}",
                x_real_ip=f"198.51.100.{number % 250}",
            ).status_code
            for number in range(500)
        )

        self.assertEqual(statuses, Counter({401: 5, 429: 495}))

    def test_judges_fifty_accounts_from_one_address_whatever_it_pretends(self) -> None:
        statuses = Counter(
            self.log_in(
                {"email": f"somebody{number}@example.org"} | WRONG,
                x_forwarded_for=f"198.51.100.{number}",
            ).status_code
            for number in range(100)
        )

        self.assertEqual(statuses, Counter({401: 50, 429: 50}))

    @override_settings(NUM_PROXIES=1)
    def test_counts_for_the_address_that_the_proxy_saw(self) -> None:
        for number in range(51):
            response = self.log_in(
                {"email": f"somebody{number}@example.org"} | WRONG,
                x_forwarded_for=f"198.51.100.{number}, 203.0.113.7",
            )
        self.assert_has_to_wait(response, at_most=300)

        elsewhere = self.log_in(
            {"email": "another@example.org"} | WRONG, x_forwarded_for="203.0.113.7, 203.0.113.8"
        )

        self.assert_error(elsewhere, 401, "invalid_credentials")

    @override_settings(NUM_PROXIES=1)
    def test_a_session_remembers_the_address_that_the_proxy_saw(self) -> None:
        user = make_user()

        self.log_in(
            {"email": user.email, "password": PASSWORD},
            x_forwarded_for="198.51.100.1, ::ffff:203.0.113.7",
        )

        self.assertEqual(UserSession.objects.get().ip_address, "203.0.113.7")

    def test_leaves_the_owner_a_way_back_in(self) -> None:
        user = make_user()
        for _ in range(60):
            self.log_in({"email": user.email} | WRONG)

        response = self.client.post("/api/auth/password-reset/", {"email": user.email})

        self.assertEqual(response.status_code, 200)


class RegistrationLimitTests(LimitedTestCase):
    def test_is_shown_by_a_form(self) -> None:
        body = {
            "username": "ana",
            "email": "ana@example.org",
            "password": PASSWORD,
            "accepted_terms": True,
        }
        statuses = [self.client.post("/api/auth/register/", body).status_code for _ in range(5)]

        response = self.client.post("/api/auth/register/", body)

        self.assertEqual(statuses, [201] * 5)
        error = self.assert_has_to_wait(response, at_most=3600)
        self.assertEqual(error["details"], {"root": [error["message"]]})


@tag("slow")
class ThrottleTests(LimitedTestCase):
    def get(self, path: str = "/api/feed/", address: str = "203.0.113.7") -> Any:
        return self.client.get(path, REMOTE_ADDR=address)

    def test_lets_bursts_pass_without_a_query(self) -> None:
        self.sign_in(make_user())

        for _ in range(20):
            # One checks the token, and one finds the person.
            with self.assertNumQueries(2):
                response = self.get("/api/user/me/")
            self.assertEqual(response.status_code, 200)

    def test_counts_for_the_user_who_is_signed_in_wherever_that_is(self) -> None:
        self.sign_in(make_user())
        for number in range(UserThrottle.most):
            self.assertEqual(self.get(address=f"198.51.100.{number % 250}").status_code, 200)

        self.assert_has_to_wait(self.get(), at_most=60)
        self.sign_in(make_user())
        self.assertEqual(self.get().status_code, 200)

    def test_counts_for_the_address_of_a_visitor(self) -> None:
        for _ in range(VisitorThrottle.most):
            self.assertEqual(self.get().status_code, 200)

        self.assert_has_to_wait(self.get(), at_most=60)
        self.assertEqual(self.get(address="198.51.100.1").status_code, 200)
        self.assertEqual(self.get("/api/health/live/").status_code, 200)
        self.sign_in(make_user())
        self.assertEqual(self.get().status_code, 200)

    @override_settings(RATE_LIMIT_FACTOR=0)
    def test_can_be_switched_off(self) -> None:
        statuses = {self.get().status_code for _ in range(VisitorThrottle.most + 5)}

        self.assertEqual(statuses, {200})


@override_settings(RATE_LIMIT_FACTOR=1)
class SharedThrottleTests(ApiTestCase):
    """Counted in Redis, for all processes together."""

    def test_counts_there_and_by_itself_while_it_is_away(self) -> None:
        if not has_redis("throttling by Redis"):
            return
        server = RedisServer(self)
        caches["throttles"].clear()
        self.addCleanup(caches["throttles"].clear)
        self.enterContext(mock.patch.object(VisitorThrottle, "most", 3))

        statuses = [self.client.get("/api/feed/").status_code for _ in range(4)]
        # What another process would know of its own.
        caches["throttles"].clear()
        refused = self.client.get("/api/feed/")
        server.stop()
        with self.assertLogs("core.shared_memory"):
            alone = [self.client.get("/api/feed/").status_code for _ in range(4)]

        self.assertEqual(statuses, [200, 200, 200, 429])
        self.assertEqual(refused.status_code, 429)
        self.assertTrue(0 < int(refused.headers["Retry-After"]) <= 60)
        self.assertEqual(alone, [200, 200, 200, 429])


class CheckTests(SimpleTestCase):
    def test_warns_where_limits_are_off_or_wider_in_production(self) -> None:
        for debug, factor, expected in (
            (False, 1, []),
            (False, 0, ["application.W002"]),
            (False, 10, ["application.W002"]),
            (True, 0, []),
        ):
            with (
                self.subTest(debug=debug, factor=factor),
                override_settings(DEBUG=debug, RATE_LIMIT_FACTOR=factor),
            ):
                self.assertEqual([warning.id for warning in limits_are_on(None)], expected)
