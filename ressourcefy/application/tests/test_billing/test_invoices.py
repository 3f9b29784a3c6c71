"""What deliveries about invoices change."""

from typing import Any

from django.test import override_settings

from application.tests.billing import rows, run_syncs, subscribe, told_types
from application.tests.shop import Delivery, deliver, ours
from application.tests.test_billing.test_subscriptions import SubscriptionTestCase
from monetization.models import Payment, StripeCharge, Subscription
from monetization.services.premium import has_premium
from monetization.types import PaymentStatus, StripeStatus
from users.tests.factories import make_user


class InvoiceTestCase(SubscriptionTestCase):
    def break_card(self, **more: Any) -> None:
        customer = self.user.stripe_customer.stripe_customer_id
        self.shop.control("card", customer=customer, works=False, **more)

    def failed_renewal(self, **card: Any) -> list[Delivery]:
        self.break_card(**card)
        return self.happen("renew")


class PaidInvoiceTests(InvoiceTestCase):
    def test_is_a_payment_under_its_own_id(self) -> None:
        invoice = ours(self.first, "invoice.paid")[0].object

        payment = Payment.objects.get()
        self.assertEqual(payment.provider_reference, invoice["id"])
        self.assertEqual((payment.amount_cents, payment.currency), (900, "EUR"))
        self.assertEqual(payment.status, PaymentStatus.COMPLETED)
        self.assertEqual(payment.receipt_url, invoice["hosted_invoice_url"])
        self.assertEqual(payment.subscription, self.row())
        self.assertEqual(self.row().latest_paid_invoice, invoice["id"])

    def test_has_the_payment_intent_that_its_payment_tells_of(self) -> None:
        told_of = ours(self.first, "invoice_payment.paid")[0].object

        self.assertEqual(Payment.objects.get().payment_intent, told_of["payment"]["payment_intent"])

    def test_of_another_period_renews(self) -> None:
        self.happen("renew")

        self.assertEqual(Payment.objects.count(), 2)
        self.assertEqual(told_types().count("billing.subscription_renewed"), 1)
        self.assertEqual(told_types().count("billing.payment_completed"), 2)

    def test_of_a_first_period_renews_nothing(self) -> None:
        self.assertNotIn("billing.subscription_renewed", told_types())

    def test_over_nothing_is_no_payment(self) -> None:
        invoice = ours(self.first, "invoice.paid")[0].object

        deliver([self.shop.emit("invoice.paid", invoice | {"id": "in_0", "amount_paid": 0})])

        self.assertEqual(Payment.objects.count(), 1)

    def test_told_by_twins_is_one(self) -> None:
        invoice = ours(self.first, "invoice.paid")[0].object
        before = rows(), told_types()

        deliver(
            [
                self.shop.emit("invoice.paid", invoice),
                self.shop.emit("invoice.payment_succeeded", invoice),
            ]
        )

        self.assertEqual((rows(), told_types()), before)

    def test_keeps_what_it_was_once_it_is_told_otherwise(self) -> None:
        invoice = ours(self.first, "invoice.paid")[0].object

        deliver([self.shop.emit("invoice.paid", invoice | {"amount_paid": 1, "currency": "usd"})])

        payment = Payment.objects.get()
        self.assertEqual((payment.amount_cents, payment.currency), (900, "EUR"))

    def test_changes_no_status_of_its_subscription(self) -> None:
        deliver([self.emit("customer.subscription.updated", 1, status="unpaid")])

        deliver([self.shop.emit("invoice.paid", self._invoice() | {"id": "in_more"})])

        self.assertEqual(self.row().stripe_status, StripeStatus.UNPAID)
        self.assertFalse(has_premium(self.user))

    def test_without_a_subscription_is_a_payment_of_its_customer(self) -> None:
        deliver([self.shop.emit("invoice.paid", self._invoice() | {"id": "in_x", "parent": None})])

        payment = Payment.objects.get(provider_reference="in_x")
        self.assertEqual((payment.user, payment.subscription), (self.user, None))

    def test_paid_in_two_parts_keeps_the_first(self) -> None:
        paid = ours(self.first, "invoice_payment.paid")[0].object
        second = paid | {"id": "inpay_2", "payment": paid["payment"] | {"payment_intent": "pi_2"}}
        intent = Payment.objects.get().payment_intent

        deliver([self.shop.emit("invoice_payment.paid", second)])

        self.assertEqual(Payment.objects.get().payment_intent, intent)
        self.assertIsNone(StripeCharge.objects.get(payment_intent="pi_2").invoice)

    def _invoice(self) -> dict[str, Any]:
        return ours(self.first, "invoice.paid")[0].object


class FirstInvoiceTests(InvoiceTestCase):
    def test_before_its_subscription_is_a_payment_that_opens_nothing_yet(self) -> None:
        other = make_user()
        deliveries = self.shop.pay(subscribe(other).session_id)

        deliver(ours(deliveries, "invoice.paid"))

        self.assertFalse(has_premium(other))
        self.assertEqual(Payment.objects.filter(user=other).count(), 1)

        deliver(ours(deliveries, "customer.subscription.created", "customer.subscription.updated"))

        self.assertTrue(has_premium(other))
        self.assertEqual(Subscription.objects.get(user=other).payments.count(), 1)

    @override_settings(BILLING_TRIAL_DAYS=14)
    def test_of_a_trial_is_no_payment(self) -> None:
        other = make_user()
        deliveries = self.shop.pay(subscribe(other).session_id)

        deliver(deliveries)

        self.assertEqual(ours(deliveries, "invoice.paid")[0].object["amount_paid"], 0)
        self.assertFalse(Payment.objects.filter(user=other).exists())


class FailedInvoiceTests(InvoiceTestCase):
    def test_leaves_access_and_says_what_to_do(self) -> None:
        deliveries = self.failed_renewal()
        run_syncs()

        invoice = ours(deliveries, "invoice.payment_failed")[0].object
        row = self.row()
        self.assertEqual(row.stripe_status, StripeStatus.PAST_DUE)
        self.assertEqual(row.failed_invoice, invoice["id"])
        self.assertEqual(row.hosted_invoice_url, invoice["hosted_invoice_url"])
        assert row.next_payment_attempt_at is not None
        self.assertEqual(row.next_payment_attempt_at.timestamp(), invoice["next_payment_attempt"])
        self.assertTrue(has_premium(self.user))
        self.assertEqual(told_types().count("billing.payment_failed"), 1)

    def test_is_told_once_for_each_attempt(self) -> None:
        invoice = ours(self.failed_renewal(), "invoice.payment_failed")[0].object

        deliver([self.shop.emit("invoice.payment_failed", invoice)])
        deliver([self.shop.emit("invoice.payment_failed", invoice | {"attempt_count": 2})])

        self.assertEqual(told_types().count("billing.payment_failed"), 2)

    def test_that_needs_its_payer_says_so(self) -> None:
        self.failed_renewal(needs_action=True)

        self.assertTrue(self.row().hosted_invoice_url)
        self.assertEqual(told_types().count("billing.payment_action_required"), 1)

    def test_is_forgotten_once_it_is_paid(self) -> None:
        invoice = ours(self.failed_renewal(), "invoice.payment_failed")[0].object["id"]

        self.shop.control("pay_invoice", invoice=invoice)
        deliver(self.shop.take())
        run_syncs()

        row = self.row()
        self.assertEqual((row.failed_invoice, row.hosted_invoice_url), ("", ""))
        self.assertIsNone(row.next_payment_attempt_at)
        self.assertEqual(row.stripe_status, StripeStatus.ACTIVE)
        self.assertIsNone(row.past_due_since)

    def test_that_is_paid_already_is_old_news(self) -> None:
        invoice = ours(self.first, "invoice.paid")[0].object

        deliver([self.shop.emit("invoice.payment_failed", invoice | {"status": "open"})])
        deliver([self.shop.emit("invoice.payment_failed", invoice | {"id": "in_b"})])

        self.assertEqual(self.row().failed_invoice, "")
        self.assertNotIn("billing.payment_failed", told_types())

    def test_before_a_later_failure_is_old_news(self) -> None:
        invoice = ours(self.failed_renewal(), "invoice.payment_failed")[0].object
        older = {"next_payment_attempt": 1, "attempt_count": 0}

        deliver([self.shop.emit("invoice.payment_failed", invoice | older, created=1_700_000_000)])

        assert self.row().next_payment_attempt_at is not None
        self.assertEqual(told_types().count("billing.payment_failed"), 1)
