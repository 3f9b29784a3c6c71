"""What deliveries about checkouts change."""

from typing import Any

from django.test import TestCase, override_settings

from application.tests.billing import buy, requested_syncs, rows, run_syncs, subscribe, told_types
from application.tests.shop import Delivery, ShopTestCase, deliver, ours
from monetization.models import Payment, PaymentIntentRecord, Purchase, Subscription
from monetization.services.premium import has_premium
from monetization.types import IntentStatus, PaymentStatus, PurchaseStatus, StripeStatus
from resources.models import Resource
from resources.tests.factories import make_resource
from users.models import User
from users.tests.factories import make_user

COMPLETED = "checkout.session.completed"


class CheckoutTestCase(ShopTestCase, TestCase):
    user: User
    resource: Resource

    def setUp(self) -> None:
        super().setUp()
        self.user = make_user()
        self.resource = make_resource(price_cents=500)

    def assert_record_is(self, status: IntentStatus) -> PaymentIntentRecord:
        record = PaymentIntentRecord.objects.get()
        self.assertEqual(record.status, status)
        return record

    def completed(self, session_id: str, outcome: str = "paid") -> Delivery:
        """The delivery that tells of the end of a checkout, without the others."""
        return ours(self.shop.pay(session_id, outcome), COMPLETED)[0]

    def told_otherwise(self, delivery: Delivery, **fields: Any) -> Delivery:
        """The same delivery with other fields of its object."""
        return self.shop.emit(delivery.type, delivery.object | fields)


class SubscriptionCheckoutTests(CheckoutTestCase):
    def test_opens_premium_for_a_day_before_its_subscription_is_told(self) -> None:
        delivery = self.completed(subscribe(self.user).session_id)

        deliver([delivery])

        record = self.assert_record_is(IntentStatus.COMPLETED)
        self.assertEqual(record.stripe_subscription_id, delivery.object["subscription"])
        self.assertEqual(record.invoice, delivery.object["invoice"])
        self.assertEqual(record.stripe_customer_id, delivery.object["customer"])
        subscription = Subscription.objects.get()
        self.assertEqual(subscription.applied_key, [0, 0, 0])
        assert subscription.current_period_end is not None
        self.assertEqual((subscription.current_period_end - subscription.started_at).days, 1)
        self.assertTrue(has_premium(self.user))
        self.assertFalse(Payment.objects.exists())
        self.assertEqual(
            told_types(), ["billing.checkout_completed", "billing.subscription_activated"]
        )
        self.assertEqual(requested_syncs(), [("subscription", delivery.object["subscription"])])

    def test_is_outranked_by_what_stripe_answers(self) -> None:
        deliver([self.completed(subscribe(self.user).session_id)])

        run_syncs()

        subscription = Subscription.objects.get()
        self.assertIsNotNone(subscription.synced_at)
        self.assertGreater(subscription.applied_key[0], 0)
        self.assertTrue(subscription.item_id)

    def test_asks_for_nothing_where_the_subscription_is_known(self) -> None:
        deliver(self.shop.pay(subscribe(self.user).session_id))

        self.assertEqual(requested_syncs(), [])

    @override_settings(BILLING_TRIAL_DAYS=14)
    def test_with_a_trial_makes_no_payment(self) -> None:
        deliveries = self.shop.pay(subscribe(self.user).session_id)

        deliver(deliveries)

        self.assert_record_is(IntentStatus.COMPLETED)
        self.assertEqual(ours(deliveries, COMPLETED)[0].object["payment_status"], _FREE)
        self.assertFalse(Payment.objects.exists())
        self.assertEqual(Subscription.objects.get().stripe_status, StripeStatus.TRIALING)
        self.assertTrue(has_premium(self.user))
        self.assertNotIn("billing.payment_completed", told_types())
        self.user.stripe_customer.refresh_from_db()
        self.assertIsNotNone(self.user.stripe_customer.trial_used_at)

    @override_settings(BILLING_TRIAL_DAYS=14)
    def test_with_a_trial_that_only_stripe_told_of_uses_the_trial_up(self) -> None:
        deliver([self.completed(subscribe(self.user).session_id)])

        run_syncs()

        self.user.stripe_customer.refresh_from_db()
        self.assertIsNotNone(self.user.stripe_customer.trial_used_at)

    def test_with_a_coupon_of_all_makes_no_payment(self) -> None:
        deliver(self.shop.pay(subscribe(self.user).session_id, _FREE))

        self.assert_record_is(IntentStatus.COMPLETED)
        self.assertFalse(Payment.objects.exists())
        self.assertTrue(has_premium(self.user))

    def test_for_another_amount_or_currency_waits_for_review(self) -> None:
        delivery = self.completed(subscribe(self.user).session_id)

        for fields in ({"amount_subtotal": 1}, {"currency": "usd"}, {"mode": "payment"}):
            with self.subTest(fields), self.assertLogs("billing", "ERROR"):
                deliver([self.told_otherwise(delivery, **fields)])

                self.assert_record_is(IntentStatus.REVIEW)
                self.assertFalse(has_premium(self.user))
                self.assertFalse(Subscription.objects.exists())


class PurchaseCheckoutTests(CheckoutTestCase):
    def test_is_paid_and_opens_the_resource(self) -> None:
        delivery = self.completed(buy(self.user, self.resource).session_id)

        deliver([delivery])

        record = self.assert_record_is(IntentStatus.COMPLETED)
        payment, purchase = Payment.objects.get(), Purchase.objects.get()
        self.assertEqual(payment.provider_reference, delivery.object["payment_intent"])
        self.assertEqual(record.payment_intent, payment.provider_reference)
        self.assertEqual((payment.amount_cents, payment.currency), (500, "EUR"))
        self.assertEqual(payment.status, PaymentStatus.COMPLETED)
        self.assertEqual(payment.resource_id, self.resource.pk)
        self.assertEqual((purchase.payment, purchase.status), (payment, PurchaseStatus.ACTIVE))
        self.assertEqual(
            told_types(),
            [
                "billing.checkout_completed",
                "billing.payment_completed",
                "billing.purchase_granted",
            ],
        )

    def test_has_its_receipt_once_stripe_was_asked(self) -> None:
        deliver([self.completed(buy(self.user, self.resource).session_id)])

        run_syncs()

        self.assertTrue(Payment.objects.get().receipt_url.startswith("http"))

    def test_told_twice_by_two_events_is_one(self) -> None:
        delivery = self.completed(buy(self.user, self.resource).session_id)
        deliver([delivery])
        before = rows(), told_types()

        deliver([self.told_otherwise(delivery)])

        self.assertEqual((rows(), told_types()), before)

    def test_for_nothing_makes_no_payment(self) -> None:
        deliver(self.shop.pay(buy(self.user, self.resource).session_id, _FREE))

        self.assert_record_is(IntentStatus.COMPLETED)
        self.assertFalse(Payment.objects.exists())
        self.assertEqual(Purchase.objects.get().status, PurchaseStatus.ACTIVE)
        self.assertEqual(told_types(), ["billing.checkout_completed", "billing.purchase_granted"])

    @override_settings(BILLING_CURRENCY="JPY")
    def test_in_yen_counts_yen(self) -> None:
        delivery = self.completed(buy(self.user, self.resource).session_id)

        deliver([delivery])

        self.assertEqual(delivery.object["currency"], "jpy")
        payment = Payment.objects.get()
        self.assertEqual((payment.amount_cents, payment.currency), (500, "JPY"))

    def test_otherwise_than_recorded_waits_for_review(self) -> None:
        delivery = self.completed(buy(self.user, self.resource).session_id)

        for fields in (
            {"amount_subtotal": 499},
            {"currency": "jpy"},
            {"mode": "subscription"},
            {"amount_subtotal": None},
            {"payment_intent": None},
        ):
            PaymentIntentRecord.objects.update(status=IntentStatus.CREATED, payment_intent="")
            with self.subTest(fields), self.assertLogs("billing", "ERROR"):
                deliver([self.told_otherwise(delivery, **fields)])

                self.assert_record_is(IntentStatus.REVIEW)
                self.assertFalse(Purchase.objects.exists())
                self.assertFalse(Payment.objects.exists())

    def test_of_which_nothing_is_said_of_money_grants_nothing(self) -> None:
        delivery = self.completed(buy(self.user, self.resource).session_id)

        deliver([self.told_otherwise(delivery, payment_status=None)])

        self.assertFalse(Purchase.objects.exists())
        self.assertFalse(Payment.objects.exists())

    def test_with_a_discount_is_paid_for_less(self) -> None:
        delivery = self.completed(buy(self.user, self.resource).session_id)

        deliver([self.told_otherwise(delivery, amount_total=400)])

        self.assertEqual(Payment.objects.get().amount_cents, 400)
        self.assertEqual(Purchase.objects.get().status, PurchaseStatus.ACTIVE)


class BankDebitTests(CheckoutTestCase):
    def test_on_its_way_grants_nothing(self) -> None:
        deliver(self.shop.pay(buy(self.user, self.resource).session_id, "debit"))

        self.assert_record_is(IntentStatus.PROCESSING)
        self.assertFalse(Purchase.objects.exists())
        self.assertEqual(told_types(), [])

    def test_that_arrives_is_paid(self) -> None:
        session = buy(self.user, self.resource).session_id
        deliver(self.shop.pay(session, "debit"))

        self.shop.control("settle_debit", session=session)
        deliver(self.shop.take())

        self.assert_record_is(IntentStatus.COMPLETED)
        self.assertEqual(Purchase.objects.get().status, PurchaseStatus.ACTIVE)
        self.assertEqual(Payment.objects.get().amount_cents, 500)

    def test_that_fails_ends_the_checkout(self) -> None:
        session = buy(self.user, self.resource).session_id
        deliver(self.shop.pay(session, "debit_fails"))

        self.shop.control("settle_debit", session=session)
        deliver(self.shop.take())

        self.assert_record_is(IntentStatus.FAILED)
        self.assertFalse(Purchase.objects.exists())
        self.assertEqual(told_types(), ["billing.payment_failed"])

    def test_is_what_it_became_whatever_is_told_first(self) -> None:
        for outcome, status in (
            ("debit", IntentStatus.COMPLETED),
            ("debit_fails", IntentStatus.FAILED),
        ):
            with self.subTest(outcome):
                resource = make_resource(price_cents=700)
                session = buy(self.user, resource).session_id
                deliveries = self.shop.pay(session, outcome)
                self.shop.control("settle_debit", session=session)

                deliver([*self.shop.take(), *deliveries])

                record = PaymentIntentRecord.objects.get(stripe_session_id=session)
                self.assertEqual(record.status, status)

    def test_for_premium_that_fails_closes_it_after_the_grace(self) -> None:
        session = subscribe(self.user).session_id
        deliver(self.shop.pay(session, "debit_fails"))
        self.shop.control("settle_debit", session=session)

        deliver(self.shop.take())
        run_syncs()

        self.assert_record_is(IntentStatus.FAILED)
        self.assertEqual(Subscription.objects.get().stripe_status, StripeStatus.PAST_DUE)
        self.assertFalse(Payment.objects.exists())


class ExpiryTests(CheckoutTestCase):
    def test_ends_a_checkout_that_nobody_paid(self) -> None:
        session = subscribe(self.user).session_id
        self.shop.control("expire", session=session)

        deliver(self.shop.take())

        self.assert_record_is(IntentStatus.EXPIRED)
        self.assertEqual(told_types(), ["billing.checkout_expired"])

    def test_changes_nothing_else(self) -> None:
        delivery = self.completed(buy(self.user, self.resource).session_id)
        deliver([delivery])

        deliver([self.shop.emit("checkout.session.expired", delivery.object)])

        self.assert_record_is(IntentStatus.COMPLETED)
        self.assertEqual(Purchase.objects.get().status, PurchaseStatus.ACTIVE)

    def test_does_not_hold_up_money_that_came(self) -> None:
        delivery = self.completed(buy(self.user, self.resource).session_id)
        deliver([self.shop.emit("checkout.session.expired", delivery.object)])

        deliver([delivery])

        self.assert_record_is(IntentStatus.COMPLETED)
        self.assertEqual(Purchase.objects.get().status, PurchaseStatus.ACTIVE)


_FREE = "no_payment_required"
