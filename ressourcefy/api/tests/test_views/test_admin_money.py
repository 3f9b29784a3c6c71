"""Administration of subscriptions and payments over HTTP."""

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from django.test import override_settings
from django.utils import timezone

from api.tests.base import ApiTestCase
from application.dto.commands import CreateCheckoutSessionCommand
from application.tests.shop import ShopTestCase, deliver
from application.use_cases.create_checkout_session import CreateCheckoutSession
from audit.models import AuditLog
from monetization.models import Payment, Refund, Subscription
from monetization.tests.factories import make_payment, make_subscription
from monetization.types import (
    PaymentStatus,
    Plan,
    StripeStatus,
    SubscriptionSource,
    SubscriptionStatus,
)
from users.models import User
from users.tests.factories import make_user
from users.types import Role

SUBSCRIPTIONS = "/api/admin/subscriptions/"
PAYMENTS = "/api/admin/payments/"


def make_stripe_subscription(user: User, **fields: Any) -> Subscription:
    """One that Stripe keeps, running for a month."""
    defaults: dict[str, Any] = {
        "source": SubscriptionSource.STRIPE,
        "stripe_subscription_id": f"sub_{uuid4().hex}",
        "stripe_status": StripeStatus.ACTIVE,
        "current_period_end": timezone.now() + timedelta(days=30),
    }
    return make_subscription(user, **(defaults | fields))


def in_json(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")


class MoneyCase(ApiTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.admin, self.payer = make_user(role=Role.ADMIN), make_user(email="ada@example.org")
        self.sign_in(self.admin)

    def post(self, path: str, **body: Any) -> Any:
        return self.client.post(path, body, format="json")

    def listed(self, path: str, query: str = "") -> list[Any]:
        """The ids in a list, in order."""
        return [item["id"] for item in self.client.get(path + query).json()["results"]]


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


class AdministeredPaymentsTests(MoneyCase):
    def test_lists_them_the_newest_first(self) -> None:
        older = make_payment(self.payer)
        newer = make_payment(self.payer, currency="EUR", amount_refunded=100)

        body = self.client.get(PAYMENTS + "?page=1&page_size=20/").json()

        self.assertEqual(set(body), {"count", "next", "previous", "results"})
        self.assertEqual([item["id"] for item in body["results"]], [str(newer.pk), str(older.pk)])
        first = body["results"][0]
        self.assertEqual(
            first,
            {
                "id": str(newer.pk),
                "user_id": str(self.payer.pk),
                "user_email": "ada@example.org",
                "amount_cents": 900,
                "amount_refunded_cents": 100,
                "currency": "EUR",
                "status": "completed",
                "provider_reference": newer.provider_reference,
                "created_at": in_json(newer.created_at),
                "updated_at": in_json(newer.updated_at),
            },
        )
        detail = self.client.get(f"{PAYMENTS}{newer.pk}/").json()
        self.assertEqual(detail, {"status": "ok", "data": first})

    def test_filters_narrow_it(self) -> None:
        other = make_user()
        rows = {status: make_payment(self.payer, status=status) for status in PaymentStatus}
        others = make_payment(other)

        for query, expected in (
            *(
                (f"?status={status}/", [row])
                for status, row in rows.items()
                if status != "completed"
            ),
            ("?status=completed", [others, rows[PaymentStatus.COMPLETED]]),
            (f"?user_id={other.pk}/", [others]),
            (f"?user_id={other.pk}&status=failed", []),
            ("?status=disputed", []),
            ("?user_id=x", []),
        ):
            with self.subTest(query):
                self.assertEqual(self.listed(PAYMENTS, query), [str(row.pk) for row in expected])

    def test_unknown_ids_are_404(self) -> None:
        for response in (
            self.client.get(f"{PAYMENTS}{uuid4()}/"),
            self.post(f"{PAYMENTS}{uuid4()}/refund/"),
        ):
            self.assert_error(response, 404, "payment_not_found")

    def test_refuses_what_cannot_be_given_back(self) -> None:
        for status in (PaymentStatus.PENDING, PaymentStatus.FAILED, PaymentStatus.REFUNDED):
            row = make_payment(self.payer, status=status)
            self.assert_error(self.post(f"{PAYMENTS}{row.pk}/refund/"), 400, "invalid_action")
        row = make_payment(self.payer, amount_refunded=400)
        for amount in (0, -1, 501, 10**30):
            response = self.post(f"{PAYMENTS}{row.pk}/refund/", amount_cents=amount)
            self.assert_error(response, 400, "invalid_action")
        for wrong in ("5", 1.5, True):
            response = self.post(f"{PAYMENTS}{row.pk}/refund/", amount_cents=wrong)
            self.assert_error(response, 400, "validation_error")
        self.assertFalse(Refund.objects.exists())


class AtStripeTests(ShopTestCase, MoneyCase):
    """Somebody who pays at the development Stripe."""

    def setUp(self) -> None:
        super().setUp()
        session = CreateCheckoutSession().execute(
            CreateCheckoutSessionCommand(user=self.payer, plan="premium-monthly")
        )
        deliver(self.shop.pay(session.session_id))
        self.subscription = Subscription.objects.get()
        self.payment = Payment.objects.get()

    def test_cancels_there_as_well(self) -> None:
        path = f"{SUBSCRIPTIONS}{self.subscription.pk}/"

        response = self.client.post(f"{path}cancel/", content_type="application/json")
        deliver(self.shop.take())

        self.assertEqual(response.status_code, 200)
        shown = self.client.get(path).json()
        self.assertEqual((shown["status"], shown["stripe_status"]), ("canceled", "canceled"))
        self.assertIsNotNone(shown["ends_at"])
        self.assert_error(self.post(f"{path}cancel/"), 400, "invalid_action")

    def test_gives_back_a_part_then_the_rest(self) -> None:
        path = f"{PAYMENTS}{self.payment.pk}/"

        part = self.post(f"{path}refund/", amount_cents=300)
        deliver(self.shop.take())
        between = self.client.get(path).json()["data"]
        rest = self.client.post(f"{path}refund/", content_type="application/json")
        deliver(self.shop.take())
        whole = self.client.get(path).json()["data"]
        more = self.post(f"{path}refund/")

        self.assertEqual(part.json()["data"]["refund_amount_cents"], 300)
        self.assertEqual(rest.json()["data"]["refund_amount_cents"], 600)
        self.assertTrue(rest.json()["data"]["message"])
        self.assertEqual(
            [(data["status"], data["amount_refunded_cents"]) for data in (between, whole)],
            [("completed", 300), ("refunded", 900)],
        )
        self.assert_error(more, 400, "invalid_action")
        entries = AuditLog.objects.filter(entity_name="Refund", actor=self.admin)
        self.assertEqual(entries.count(), 2)

    def test_says_so_while_stripe_is_away(self) -> None:
        with override_settings(STRIPE_API_BASE="http://127.0.0.1:9"):
            for path in (
                f"{SUBSCRIPTIONS}{self.subscription.pk}/cancel/",
                f"{PAYMENTS}{self.payment.pk}/refund/",
            ):
                self.assert_error(self.post(path), 503, "service_unavailable")
        self.payment.refresh_from_db()
        self.subscription.refresh_from_db()
        self.assertEqual(self.payment.status, PaymentStatus.COMPLETED)
        self.assertIsNone(self.subscription.ended_at)
