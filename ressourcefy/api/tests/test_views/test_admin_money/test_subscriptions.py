"""Administration of subscriptions over HTTP."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.utils import timezone

from api.tests.test_views.test_admin_money.case import SUBSCRIPTIONS, MoneyCase, in_json
from audit.models import AuditLog
from monetization.models import Subscription
from monetization.tests.factories import make_subscription
from monetization.types import (
    Plan,
    StripeStatus,
    SubscriptionSource,
    SubscriptionStatus,
)
from users.models import User
from users.tests.factories import make_user


def make_stripe_subscription(user: User, **fields: Any) -> Subscription:
    """One that Stripe keeps, running for a month."""
    defaults: dict[str, Any] = {
        "source": SubscriptionSource.STRIPE,
        "stripe_subscription_id": f"sub_{uuid4().hex}",
        "stripe_status": StripeStatus.ACTIVE,
        "current_period_end": timezone.now() + timedelta(days=30),
    }
    return make_subscription(user, **(defaults | fields))


class AdministeredSubscriptionsTests(MoneyCase):
    def test_lists_them_the_newest_first_as_they_stand_now(self) -> None:
        past = timezone.now() - timedelta(days=40)
        run_out = make_stripe_subscription(self.payer, current_period_end=past)
        given = make_subscription(self.payer)

        body = self.client.get(SUBSCRIPTIONS + "?page=1&page_size=20/").json()

        self.assertEqual(set(body), {"count", "next", "previous", "results"})
        self.assertEqual([item["id"] for item in body["results"]], [str(given.pk), str(run_out.pk)])
        self.assertEqual(
            body["results"][0],
            {
                "id": str(given.pk),
                "user": str(self.payer.pk),
                "user_id": str(self.payer.pk),
                "user_email": "ada@example.org",
                "plan": "premium",
                "status": "active",
                "origin": "manual",
                "stripe_status": "",
                "started_at": in_json(given.started_at),
                "ends_at": None,
                "created_at": in_json(given.created_at),
                "updated_at": in_json(given.updated_at),
            },
        )
        expired = body["results"][1]
        self.assertEqual(
            (expired["status"], expired["stripe_status"], expired["origin"]),
            ("expired", "active", "stripe"),
        )
        self.assertEqual(self.client.get(f"{SUBSCRIPTIONS}{run_out.pk}/").json(), expired)

    def test_filters_go_by_how_they_stand_now(self) -> None:
        now = timezone.now()
        day = timedelta(days=1)
        other = make_user()
        paid = make_stripe_subscription(self.payer)
        late = make_stripe_subscription(
            self.payer, stripe_status=StripeStatus.PAST_DUE, past_due_since=now - day
        )
        renewing = make_stripe_subscription(self.payer, current_period_end=now - day)
        given = make_subscription(other, ends_at=now + day)
        active = [given, renewing, late, paid]
        canceled = make_subscription(
            other, status=SubscriptionStatus.CANCELED, ended_at=now, ends_at=now
        )
        free = make_subscription(other, plan=Plan.FREE)
        expired = [
            make_subscription(other, status=SubscriptionStatus.EXPIRED),
            make_subscription(other, ends_at=now - day),
            make_stripe_subscription(other, current_period_end=None),
            make_stripe_subscription(other, suspended_at=now),
            make_stripe_subscription(other, cancel_at=now - day),
            make_stripe_subscription(
                other, stripe_status=StripeStatus.PAST_DUE, past_due_since=now - 30 * day
            ),
        ]
        nothing: list[Subscription] = []

        for query, rows in (
            ("?status=active/", active),
            ("?status=canceled/", [canceled]),
            ("?status=expired/", [*reversed(expired), free]),
            ("?status=past_due/", nothing),
            ("?status=ACTIVE", nothing),
            ("?plan=free/", [free]),
            ("?plan=free&status=active", nothing),
            (f"?plan=premium&user_id={self.payer.pk}", [renewing, late, paid]),
            (f"?user_id={uuid4()}", nothing),
            ("?user_id=x", nothing),
            ("?plan=gold", nothing),
        ):
            with self.subTest(query):
                body = self.client.get(SUBSCRIPTIONS + query).json()

                self.assertEqual(
                    [item["id"] for item in body["results"]], [str(r.pk) for r in rows]
                )
                self.assertEqual(body["count"], len(rows))
        for item in self.client.get(SUBSCRIPTIONS).json()["results"]:
            self.assertIn(item["id"], self.listed(SUBSCRIPTIONS, f"?status={item['status']}"))

    def test_unknown_ids_are_404(self) -> None:
        path = f"{SUBSCRIPTIONS}{uuid4()}/"
        for response in (
            self.client.get(path),
            self.client.patch(path, {"ends_at": None}, format="json"),
            self.post(f"{path}cancel/"),
        ):
            self.assert_error(response, 404, "subscription_not_found")
        self.assert_error(self.client.get(f"{SUBSCRIPTIONS}some/"), 404, "not_found")

    def test_past_the_end_is_empty(self) -> None:
        make_subscription(self.payer)

        for page in ("2", "1000000000", "99999999999999999999"):
            response = self.client.get(f"{SUBSCRIPTIONS}?page={page}/")
            self.assertEqual((response.status_code, response.json()["results"]), (200, []))
            self.assertEqual(response.json()["count"], 1)


class ChangedSubscriptionTests(MoneyCase):
    def setUp(self) -> None:
        super().setUp()
        self.given = make_subscription(self.payer)
        self.tomorrow = timezone.now() + timedelta(days=1)
        self.yesterday = timezone.now() - timedelta(days=1)

    def change(self, row: Subscription | None = None, **body: Any) -> Any:
        path = f"{SUBSCRIPTIONS}{(row or self.given).pk}/"
        return self.client.patch(path, body, format="json")

    def test_sets_the_end_of_one_that_was_given(self) -> None:
        response = self.change(ends_at=in_json(self.tomorrow))

        self.assertEqual(response.status_code, 200)
        self.assertEqual(
            response.json(),
            {
                "status": "ok",
                "data": {
                    "subscription_id": str(self.given.pk),
                    "status": "active",
                    "plan": "premium",
                },
            },
        )
        self.given.refresh_from_db()
        self.assertEqual(self.given.ends_at, self.tomorrow)
        entry = AuditLog.objects.get(object_id=str(self.given.pk))
        self.assertEqual(
            (entry.actor, entry.action, entry.before_state, entry.after_state),
            (self.admin, "UPDATE", {"ends_at": None}, {"ends_at": self.tomorrow.isoformat()}),
        )
        self.assertEqual(self.change(ends_at=None).json()["data"]["status"], "active")
        ended = self.change(ends_at=in_json(self.yesterday))
        self.assertEqual(ended.json()["data"]["status"], "expired")

    def test_ends_it_and_takes_it_up_again(self) -> None:
        for status in ("canceled", "expired"):
            with self.subTest(status):
                ended = self.change(status=status).json()["data"]
                row = Subscription.objects.get(pk=self.given.pk)
                again = self.change(status="active", ends_at=None).json()["data"]

                self.assertEqual((ended["status"], again["status"]), (status, "active"))
                self.assertIsNotNone(row.ends_at)
                self.assertIsNotNone(row.ended_at)
                self.given.refresh_from_db()
                self.assertEqual((self.given.ended_at, self.given.ends_at), (None, None))

    def test_gives_another_plan(self) -> None:
        response = self.change(plan="free")

        self.assertEqual(
            (response.json()["data"]["plan"], response.json()["data"]["status"]),
            ("free", "expired"),
        )

    def test_records_nothing_where_nothing_differs(self) -> None:
        for body in ({}, {"plan": "premium"}, {"status": "active"}, {"ends_at": None}):
            self.assertEqual(self.change(**body).status_code, 200)
        self.assertFalse(AuditLog.objects.exists())

    def test_status_and_end_fit(self) -> None:
        for body in (
            {"status": "active", "ends_at": in_json(self.yesterday)},
            {"status": "canceled", "ends_at": in_json(self.tomorrow)},
            {"status": "canceled", "ends_at": None},
            {"status": "expired", "ends_at": in_json(self.tomorrow)},
        ):
            with self.subTest(body):
                self.assert_error(self.change(**body), 400, "invalid_action")
        self.assertEqual(self.change(status="canceled").status_code, 200)
        late = self.change(ends_at=in_json(self.tomorrow))
        self.assert_error(late, 400, "invalid_action")
        earlier = self.change(ends_at=in_json(self.yesterday))
        self.assertEqual(earlier.json()["data"]["status"], "canceled")
        revived = self.change(status="active")
        self.assert_error(revived, 400, "invalid_action")

    def test_nobody_gets_premium_twice(self) -> None:
        self.change(status="canceled")
        make_stripe_subscription(self.payer)

        response = self.change(status="active", ends_at=None)

        self.assert_error(response, 400, "invalid_action")
        self.given.refresh_from_db()
        self.assertEqual(self.given.status, SubscriptionStatus.CANCELED)

    def test_refuses_what_stripe_keeps(self) -> None:
        row = make_stripe_subscription(make_user())
        before = Subscription.objects.values().get(pk=row.pk)

        for body in ({"plan": "free"}, {"status": "canceled"}, {"ends_at": None}, {}):
            with self.subTest(body):
                error = self.assert_error(self.change(row, **body), 400, "invalid_action")
                self.assertIn("Stripe", error["message"])
        self.assertEqual(Subscription.objects.values().get(pk=row.pk), before)
        self.assertFalse(AuditLog.objects.exists())

    def test_refuses_values_that_are_none(self) -> None:
        for body in (
            {"plan": "gold"},
            {"status": "past_due"},
            {"status": None},
            {"ends_at": "tomorrow"},
            {"ends_at": 5},
            {"ends_at": "9999-12-31T23:59:59-14:00"},
        ):
            with self.subTest(body):
                self.assert_error(self.change(**body), 400, "validation_error")

    def test_cancels_one_that_was_given_once(self) -> None:
        path = f"{SUBSCRIPTIONS}{self.given.pk}/cancel/"

        first = self.client.post(path, content_type="application/json")
        second = self.post(path)

        self.assertEqual((first.status_code, list(first.json()["data"])), (200, ["message"]))
        self.assert_error(second, 400, "invalid_action")
        shown = self.client.get(f"{SUBSCRIPTIONS}{self.given.pk}/").json()
        self.assertEqual(shown["status"], "canceled")
        self.assertIsNotNone(shown["ends_at"])
