"""Requests for roles over HTTP, their administration, and that no request raises its sender."""

from functools import partial
from typing import Any
from uuid import uuid4

from django.test import tag

from api.tests.authorisation import TABLE, Who
from api.tests.authorisation_case import AuthorisationCase, open_session, undone_afterwards
from api.tests.base import ApiTestCase
from core.tests.many_rows import analyze
from read_models.administration.role_requests import (
    RoleRequestFilters,
    get_own_role_requests,
    get_role_request,
    get_role_requests,
)
from read_models.pagination import DEFAULT_PAGE_SIZE, PageRequest
from read_models.tests.plans import plans_of
from users.models import RoleRequest, User
from users.tests.factories import make_user
from users.types import OnboardingStep, Role, RoleRequestStatus

ADDRESS = "/api/admin/role-requests/"
PENDING, APPROVED, REJECTED = (
    RoleRequestStatus.PENDING,
    RoleRequestStatus.APPROVED,
    RoleRequestStatus.REJECTED,
)


def make_request(user: User | None = None, **fields: Any) -> RoleRequest:
    return RoleRequest.objects.create(
        user=user or make_user(), **{"requested_role": Role.CONTRIBUTOR, **fields}
    )


class RequestRoleTests(ApiTestCase):
    def setUp(self) -> None:
        self.user = make_user()
        self.sign_in(self.user)

    def ask(self, **body: object) -> Any:
        return self.client.post("/api/user/request-role/", body)

    def test_answers_with_the_request(self) -> None:
        response = self.ask(requested_role="CONTRIBUTOR", reason="I write.")

        row = RoleRequest.objects.get()
        data = response.json()["data"]
        self.assertEqual(response.status_code, 201)
        self.assertEqual(
            (data["request_id"], data["requested_role"], data["status"]),
            (str(row.pk), "CONTRIBUTOR", "pending"),
        )
        self.assertTrue(data["message"])
        self.assertEqual((row.user, row.reason), (self.user, "I write."))

    def test_needs_no_reason_and_no_finished_onboarding(self) -> None:
        self.assertEqual(self.ask(requested_role="MODERATOR").status_code, 201)
        self.assertEqual(self.ask(requested_role="CONTRIBUTOR", reason=None).status_code, 201)
        self.sign_in(make_user(onboarding_step=OnboardingStep.NOT_STARTED))
        self.assertEqual(self.ask(requested_role="MODERATOR", reason="").status_code, 201)

    def test_refuses_in_words(self) -> None:
        for body, code in (
            ({}, "validation_error"),
            ({"requested_role": ""}, "validation_error"),
            ({"requested_role": 7}, "validation_error"),
            ({"requested_role": "MODERATOR", "reason": "x" * 1_001}, "validation_error"),
            ({"requested_role": "ADMIN"}, "invalid_action"),
            ({"requested_role": "SUPERADMIN"}, "invalid_action"),
            ({"requested_role": "nobody"}, "invalid_action"),
            ({"requested_role": "USER"}, "invalid_action"),
        ):
            with self.subTest(body=str(body)[:60]):
                self.assert_error(self.ask(**body), 400, code)
        self.assertFalse(RoleRequest.objects.exists())
        self.ask(requested_role="MODERATOR")
        self.assert_error(self.ask(requested_role="MODERATOR"), 400, "invalid_action")
        self.user.profile.bio = ""
        self.user.profile.save()
        self.assert_error(self.ask(requested_role="CONTRIBUTOR"), 400, "invalid_action")

    def test_lists_ones_own_and_nobody_elses(self) -> None:
        admin = make_user(role=Role.ADMIN)
        first = make_request(
            self.user, status=REJECTED, decided_by=admin, decision_reason="Not yet."
        )
        second = make_request(self.user)
        make_request()

        response = self.client.get("/api/user/request-role/?page=1&page_size=20%2F")

        body = response.json()
        self.assertEqual(
            [item["request_id"] for item in body["data"]], [str(second.pk), str(first.pk)]
        )
        self.assertEqual(body["data"][1]["decision_reason"], "Not yet.")
        self.assertEqual(body["pagination"]["total_count"], 2)
        self.assertNotIn(str(admin.pk), response.content.decode())


class ReviewTests(ApiTestCase):
    def setUp(self) -> None:
        self.admin, self.user = make_user(role=Role.ADMIN), make_user(username="ada")
        self.request = make_request(self.user, reason="I write.")
        self.sign_in(self.admin)

    def decide(self, action: str, **body: object) -> Any:
        return self.client.post(f"{ADDRESS}{self.request.pk}/{action}/", body)

    def test_an_approval_counts_on_the_next_sign_in(self) -> None:
        users_token = self.sign_in(self.user)
        self.sign_in(self.admin)

        response = self.decide("approve")

        data = response.json()["data"]
        self.assertEqual((response.status_code, data["status"]), (200, "approved"))
        self.assertEqual(
            (data["request_id"], data["user_id"], data["requested_role"]),
            (str(self.request.pk), str(self.user.pk), "CONTRIBUTOR"),
        )
        self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {users_token}")
        self.assert_error(self.client.get("/api/user/me/"), 401, "unauthorized")
        self.user.refresh_from_db()
        self.sign_in(self.user)
        self.assertEqual(self.client.get("/api/user/me/").json()["data"]["role"], "CONTRIBUTOR")

    def test_a_rejection_needs_a_reason(self) -> None:
        for body in ({}, {"reason": " "}, {"reason": None}, {"reason": "x" * 501}):
            error = self.assert_error(self.decide("reject", **body), 400, "validation_error")
            self.assertIn("reason", error["details"])

        response = self.decide("reject", reason="Not yet.")

        self.assertEqual(response.json()["data"]["status"], "rejected")
        self.assert_error(self.decide("approve"), 400, "invalid_action")

    def test_shows_one_and_nothing_for_an_unknown_id(self) -> None:
        self.decide("reject", reason="Not yet.")

        found = self.client.get(f"{ADDRESS}{self.request.pk}/").json()

        self.assertEqual(found["id"], str(self.request.pk))
        self.assertEqual((found["user_email"], found["username"]), (self.user.email, "ada"))
        self.assertEqual((found["role"], found["held_role"]), ("USER", "USER"))
        self.assertEqual((found["reason"], found["decision_reason"]), ("I write.", "Not yet."))
        self.assertEqual(
            (found["decided_by"], found["decided_by_email"]),
            (str(self.admin.pk), self.admin.email),
        )
        unknown = f"{ADDRESS}{uuid4()}/"
        code = "role_request_not_found"
        self.assert_error(self.client.get(unknown), 404, code)
        self.assert_error(self.client.post(f"{unknown}approve/", {}), 404, code)
        self.assert_error(self.client.post(f"{unknown}reject/", {"reason": "x"}), 404, code)
        self.assert_error(self.client.get(f"{ADDRESS}7/"), 404, "not_found")


class RoleRequestListTests(ApiTestCase):
    def setUp(self) -> None:
        self.sign_in(make_user(role=Role.ADMIN))

    def ids(self, query: str = "") -> list[str]:
        response = self.client.get(f"{ADDRESS}{query}")
        self.assertEqual(response.status_code, 200, response.content)
        return [item["id"] for item in response.json()["results"]]

    def test_is_a_bare_page_the_newest_first(self) -> None:
        requests = [make_request() for _ in range(3)]

        body = self.client.get(f"{ADDRESS}?page=1&page_size=2%2F").json()

        self.assertEqual(set(body), {"count", "next", "previous", "results"})
        self.assertEqual((body["count"], body["previous"]), (3, None))
        self.assertIn("page=2", body["next"])
        listed = [item["id"] for item in body["results"]]
        listed += [item["id"] for item in self.client.get(body["next"]).json()["results"]]
        self.assertEqual(listed, [str(request.pk) for request in reversed(requests)])

    def test_past_the_end_is_empty(self) -> None:
        make_request()

        body = self.client.get(f"{ADDRESS}?page=9").json()

        self.assertEqual((body["results"], body["count"], body["next"]), ([], 1, None))

    def test_is_filtered_by_status_and_person(self) -> None:
        pending, rejected = make_request(), make_request(status=REJECTED)

        self.assertEqual(self.ids("?status=pending%2F"), [str(pending.pk)])
        self.assertEqual(self.ids("?status=rejected"), [str(rejected.pk)])
        self.assertEqual(self.ids(f"?user_id={rejected.user_id}%2F"), [str(rejected.pk)])
        self.assertEqual(self.ids(f"?status=pending&user_id={rejected.user_id}"), [])
        for nothing in ("status=approved", "status=nonsense", "status=%00", "user_id=7"):
            with self.subTest(nothing):
                self.assertEqual(self.ids(f"?{nothing}"), [])
        self.assertEqual(len(self.ids("?status=&user_id=")), 2)

    def test_takes_a_fixed_number_of_queries(self) -> None:
        user = make_user()
        admin = make_user(role=Role.SUPERADMIN)
        for number in (1, 29):
            for _ in range(number):
                make_request(status=REJECTED, decided_by=admin)
                make_request(user, status=REJECTED, decided_by=admin)
            with self.assertNumQueries(1):
                get_role_requests(RoleRequestFilters())
            with self.assertNumQueries(1):
                get_own_role_requests(user)
        with self.assertNumQueries(1):
            get_role_requests(RoleRequestFilters(), page=PageRequest(1_000_000_000, 100))
        request = make_request(user)
        with self.assertNumQueries(1):
            get_role_request(request.pk)

    def test_reads_its_page_from_an_index(self) -> None:
        RoleRequest.objects.bulk_create(
            RoleRequest(
                user=user,
                requested_role=Role.CONTRIBUTOR,
                status=REJECTED if number % 100 else APPROVED,
            )
            for number, user in enumerate(
                User.objects.bulk_create(User(email=f"{n}@example.org") for n in range(2_000))
            )
        )
        analyze()
        for filters, index in (
            (RoleRequestFilters(), "users_rolerequest_pkey"),
            (RoleRequestFilters(status=APPROVED), "role_request_by_status"),
        ):
            (plan,) = plans_of(partial(get_role_requests, filters))

            self.assertIn(index, plan.indexes)
            self.assertLessEqual(plan.most_sorted, DEFAULT_PAGE_SIZE)


@tag("slow")
class NoWayUpTests(AuthorisationCase):
    """Every operation by everybody below SUPERADMIN, with fields of power in body and query."""

    POWERS = {
        "role": "SUPERADMIN",
        "is_staff": True,
        "is_superuser": True,
        "is_active": True,
        "is_activated": True,
        "held_role": "SUPERADMIN",
        "status": "approved",
        "decided_by": "me",
        "token_version": 0,
    }

    def powers_of(self, user: User) -> tuple[object, ...]:
        fresh = User.all_objects.get(pk=user.pk)
        return fresh.role, fresh.is_staff, fresh.is_superuser, fresh.is_active

    def decided(self) -> int:
        return RoleRequest.objects.exclude(status=PENDING).count()

    def test_no_request_raises_its_sender(self) -> None:
        people = [who for who in self.people if who not in {Who.SUPERADMIN, Who.VISITOR}]
        query = "?role=SUPERADMIN&is_staff=true&is_superuser=true"
        for row in TABLE:
            for who in people:
                user = self.people[who]
                with undone_afterwards():
                    before, decided = self.powers_of(user), self.decided()
                    token = open_session(user).access_token
                    self.client.cookies.clear()
                    self.client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
                    self.send(row, more=self.POWERS, query=query)

                    self.assertEqual(self.powers_of(user), before, f"{row.operation} {who.value}")
                    others = User.all_objects.exclude(pk=user.pk).filter(role=Role.SUPERADMIN)
                    self.assertEqual(others.count(), 1, f"{row.operation} {who.value}")
                    if not row.operation.startswith("admin_role_request"):
                        self.assertEqual(self.decided(), decided, row.operation)
