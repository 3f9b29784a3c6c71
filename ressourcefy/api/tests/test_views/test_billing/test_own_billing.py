"""One's own subscription and payments, the plans on offer, and the webhook's address."""

from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import override_settings
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.tests.base import ApiTestCase, statements_among
from api.tests.test_views.test_billing.case import BillingCase
from application.tests.shop import CATALOGUE, deliver
from monetization.models import Payment, PaymentIntentRecord, Subscription
from monetization.tests.factories import make_payment, make_subscription
from monetization.types import IntentKind, IntentStatus, PaymentStatus
from resources.tests.factories import make_resource
from users.tests.factories import make_user


class SubscriptionTests(BillingCase):
    def own(self) -> dict[str, Any]:
        data: dict[str, Any] = self.client.get("/api/billing/subscription/").json()["data"]
        return data

    def test_is_free_for_who_never_subscribed(self) -> None:
        with self.assertNumQueries(2):
            own = self.own()

        self.assertEqual((own["plan"], own["id"], own["status"]), ("free", None, None))
        self.assertEqual((own["has_access"], own["action"]), (False, "none"))

    def test_tells_what_was_subscribed_to_and_until_when(self) -> None:
        deliver(self.shop.pay(self.check_out().json()["data"]["sessionId"]))
        row = Subscription.objects.get()
        assert row.current_period_end is not None

        with self.assertNumQueries(2):
            own = self.own()

        self.assertEqual(
            (own["plan"], own["offer"], own["status"], own["stripe_status"], own["origin"]),
            ("premium", "premium-monthly", "active", "active", "stripe"),
        )
        self.assertTrue(own["has_access"])
        end = row.current_period_end
        self.assertEqual(own["current_period_end"], as_json(end))
        self.assertEqual(own["access_until"], as_json(end + timedelta(days=3)))

    def test_tells_where_an_unpaid_invoice_is_paid(self) -> None:
        deliver(self.shop.pay(self.check_out().json()["data"]["sessionId"]))
        row = Subscription.objects.get()
        customer = self.user.stripe_customer.stripe_customer_id
        self.shop.control("card", customer=customer, works=False)
        self.shop.control("renew", subscription=row.stripe_subscription_id)
        deliver(self.shop.take())
        row.refresh_from_db()
        assert row.past_due_since is not None

        own = self.own()

        self.assertEqual((own["status"], own["stripe_status"]), ("active", "past_due"))
        self.assertEqual((own["has_access"], own["action"]), (True, "pay_invoice"))
        self.assertTrue(own["action_url"].startswith(self.shop.url))
        self.assertTrue(own["next_payment_attempt_at"])
        self.assertEqual(own["access_until"], as_json(row.past_due_since + timedelta(days=21)))

    def test_tells_when_it_ends(self) -> None:
        deliver(self.shop.pay(self.check_out().json()["data"]["sessionId"]))
        row = Subscription.objects.get()
        self.shop.control("cancel_at_period_end", subscription=row.stripe_subscription_id)
        deliver(self.shop.take())

        own = self.own()

        self.assertEqual((own["status"], own["has_access"]), ("active", True))
        self.assertEqual(own["cancel_at"], own["current_period_end"])
        self.assertEqual(own["access_until"], own["current_period_end"])

    def test_shows_the_one_that_counts(self) -> None:
        now = timezone.now()
        make_subscription(self.user, started_at=now - timedelta(days=90))
        make_subscription(self.user, status="canceled", ended_at=now, ends_at=now, started_at=now)

        self.assertEqual(self.own()["status"], "active")

    def test_is_nobody_elses(self) -> None:
        make_subscription(make_user())

        self.assertEqual(self.own()["plan"], "free")


class PaymentListTests(BillingCase):
    def own(self, query: str = "") -> Any:
        return self.client.get(f"/api/billing/payments/{query}")

    def test_shows_what_was_paid_for_what(self) -> None:
        resource = make_resource(title="Fractions", price_cents=500)
        session_id = self.check_out(resource_id=str(resource.pk)).json()["data"]["sessionId"]
        deliver(self.shop.pay(session_id))

        (item,) = self.own().json()["data"]

        payment = Payment.objects.get()
        self.assertEqual(item["id"], str(payment.pk))
        self.assertEqual(
            (item["kind"], item["resource_title"], item["amount_cents"], item["currency"]),
            ("purchase", "Fractions", 500, "EUR"),
        )
        self.assertEqual((item["status"], item["amount_refunded_cents"]), ("completed", 0))

    def test_has_pages_the_newest_first(self) -> None:
        for number in range(1, 6):
            make_payment(self.user, amount_cents=number)
        make_payment(make_user())

        first, last, behind = (
            self.own(f"?page={page}&page_size=2%2F").json() for page in (1, 3, 4)
        )

        self.assertEqual([item["amount_cents"] for item in first["data"]], [5, 4])
        self.assertEqual([item["amount_cents"] for item in last["data"]], [1])
        self.assertEqual(behind["data"], [])
        self.assertEqual(
            first["pagination"],
            {
                "page": 1,
                "page_size": 2,
                "total_count": 5,
                "total_pages": 3,
                "has_next": True,
                "has_previous": False,
            },
        )

    def test_keeps_what_was_given_back_in_part(self) -> None:
        make_payment(self.user, amount_refunded=300)
        make_payment(self.user, amount_refunded=900, status=PaymentStatus.REFUNDED)

        found = self.own().json()["data"]

        self.assertEqual(
            [(item["status"], item["amount_refunded_cents"]) for item in found],
            [("refunded", 900), ("completed", 300)],
        )

    def test_takes_one_query_and_one_for_the_token_whatever_there_is(self) -> None:
        for number in (1, 29):
            for _ in range(number):
                make_payment(self.user, resource=make_resource(price_cents=900))
            with self.assertNumQueries(2):
                self.own()


class OfferTests(ApiTestCase):
    @override_settings(BILLING_PRICES=CATALOGUE, BILLING_TRIAL_DAYS=7)
    def test_shows_everybody_what_is_sold_without_a_query(self) -> None:
        with self.assertNumQueries(0):
            response = self.client.get("/api/billing/plans/")

        self.assertEqual(
            response.json()["data"][0],
            {
                "key": "premium-monthly",
                "plan": "premium",
                "price_id": "price_monthly",
                "amount_cents": 900,
                "currency": "EUR",
                "interval": "month",
                "trial_days": 7,
            },
        )
        self.assertEqual(
            [offer["key"] for offer in response.json()["data"]],
            ["premium-monthly", "premium-yearly"],
        )

    @override_settings(BILLING_PRICES=[])
    def test_is_empty_where_nothing_is_sold(self) -> None:
        self.assertEqual(self.client.get("/api/billing/plans/").json()["data"], [])


class WebhookTests(BillingCase):
    def deliver(self, body: bytes, signature: str) -> Any:
        return self.client.generic(
            "POST",
            "/api/billing/webhook/",
            body.decode(),
            content_type="application/json; charset=utf-8",
            HTTP_STRIPE_SIGNATURE=signature,
        )

    def test_takes_what_stripe_signed_whoever_is_signed_in(self) -> None:
        session_id = self.check_out().json()["data"]["sessionId"]
        self.client.credentials(HTTP_AUTHORIZATION="Bearer stale")

        answers = [self.deliver(one.body, one.signature) for one in self.shop.pay(session_id)]

        self.assertEqual({one.status_code for one in answers}, {200})
        self.assertEqual(answers[0].json(), {"status": "received"})
        record = PaymentIntentRecord.objects.get(kind=IntentKind.SUBSCRIPTION)
        self.assertEqual(record.status, IntentStatus.COMPLETED)

    def test_sends_as_many_statements_for_each_kind_as_are_told_here(self) -> None:
        session_id = self.check_out().json()["data"]["sessionId"]
        sent = {}
        for one in self.shop.pay(session_id):
            with CaptureQueriesContext(connection) as queries:
                self.deliver(one.body, one.signature)
            sent[one.type] = statements_among(queries)

        # What takes effect; of all else the delivery alone is stored.
        self.assertEqual(
            sent,
            dict.fromkeys(sent, 3)
            | {
                "customer.subscription.created": 13,
                "checkout.session.completed": 12,
                "customer.subscription.updated": 11,
                "invoice.paid": 15,
                "invoice_payment.paid": 20,
            },
        )

    def test_refuses_what_it_did_not_sign(self) -> None:
        for signature in ("", "t=1,v1=00", "nonsense"):
            self.assert_error(self.deliver(b"{}", signature), 400, "invalid_signature")


def as_json(moment: Any) -> str:
    return str(moment.isoformat().replace("+00:00", "Z"))
