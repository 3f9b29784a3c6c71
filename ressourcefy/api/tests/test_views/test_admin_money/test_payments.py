"""Administration of payments over HTTP, and what is done at Stripe."""

from uuid import uuid4

from django.test import override_settings

from api.tests.test_views.test_admin_money.case import SUBSCRIPTIONS, MoneyCase, in_json
from application.dto.commands import CreateCheckoutSessionCommand
from application.tests.shop import ShopTestCase, deliver
from application.use_cases.create_checkout_session import CreateCheckoutSession
from audit.models import AuditLog
from monetization.models import Payment, Refund, Subscription
from monetization.tests.factories import make_payment
from monetization.types import (
    PaymentStatus,
)
from users.tests.factories import make_user

PAYMENTS = "/api/admin/payments/"


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
