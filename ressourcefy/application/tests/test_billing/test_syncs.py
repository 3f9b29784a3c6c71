"""Asking Stripe itself: when it is asked, and what its answer changes."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from application.dto.commands import ReconcileBillingCommand
from application.event_handlers.billing import sync_with_stripe
from application.services.billing.sync_requests import SyncKind, request_sync
from application.services.billing.syncs import sync_charge, sync_subscription
from application.services.stripe_service import Object, StripeService
from application.tests.billing import buy, requested_syncs, run_syncs, subscribe, told_types
from application.tests.shop import deliver, ours
from application.tests.test_billing.test_subscriptions import (
    DELETED,
    UPDATED,
    SubscriptionTestCase,
)
from application.use_cases.reconcile_billing import ReconcileBilling
from core.models import OutboxEvent
from core.outbox import Event, PermanentFailure, RetryLater
from monetization.models import Payment, StripeCharge, Subscription
from monetization.services.premium import has_premium
from monetization.types import StripeStatus
from resources.tests.factories import make_resource
from users.tests.factories import make_user


class SyncTests(SubscriptionTestCase):
    def sync(self) -> None:
        sync_subscription(StripeService(), self.stripe_id)

    def test_answers_what_contradicting_events_left_open(self) -> None:
        deliver([self.emit(UPDATED, 1, status="past_due"), self.emit(UPDATED, 1, status="unpaid")])
        self.assertEqual(requested_syncs(), [("subscription", self.stripe_id)])

        run_syncs()

        self.assertEqual(self.row().stripe_status, StripeStatus.ACTIVE)
        self.assertIsNotNone(self.row().synced_at)

    def test_opens_what_was_canceled_by_mistake(self) -> None:
        deliver([self.emit(DELETED, 0, status="canceled", ended_at=1_790_000_000)])
        self.assertFalse(has_premium(self.user))

        self.sync()

        self.assertTrue(has_premium(self.user))

    def test_is_outranked_by_what_happens_later(self) -> None:
        self.sync()

        deliver([self.emit(UPDATED, 5, status="paused")])

        self.assertEqual(self.row().stripe_status, StripeStatus.PAUSED)

    def test_outranks_what_happened_before(self) -> None:
        self.sync()

        deliver([self.emit(UPDATED, -60, status="paused")])

        self.assertTrue(has_premium(self.user))
        self.assertEqual(requested_syncs(), [])

    def test_is_repeated_for_an_event_of_about_the_same_time(self) -> None:
        self.sync()

        deliver([self.emit(UPDATED, 0, status="paused")])

        self.assertTrue(has_premium(self.user))
        self.assertEqual(requested_syncs(), [("subscription", self.stripe_id)])

    def test_counts_although_the_clock_of_stripe_is_ahead(self) -> None:
        deliver([self.emit(UPDATED, 3_600, status="paused")])

        self.sync()

        self.assertTrue(has_premium(self.user))

    def test_of_the_reconciliation_counts_although_the_clock_of_stripe_is_ahead(self) -> None:
        deliver([self.emit(UPDATED, 3_600, status="paused")])

        found = ReconcileBilling().execute(ReconcileBillingCommand(user_id=self.user.pk))

        self.assertEqual(found.drift, {"subscription": 1})
        self.assertTrue(has_premium(self.user))

    def test_that_an_event_overtook_changes_nothing_and_is_repeated(self) -> None:
        case = self

        class Overtaken(StripeService):
            def subscription(self, subscription_id: str) -> Object:
                """Answers what was, while the end of it is delivered."""
                answer = super().subscription(subscription_id)
                case.happen("cancel")
                return answer

        sync_subscription(Overtaken(), self.stripe_id)

        self.assertEqual(self.row().stripe_status, StripeStatus.CANCELED)
        self.assertEqual(requested_syncs(), [("subscription", self.stripe_id)])
        run_syncs()
        self.assertEqual(self.row().stripe_status, StripeStatus.CANCELED)

    def test_tells_of_what_it_found_as_an_event_would(self) -> None:
        self.shop.control("cancel", subscription=self.stripe_id)
        self.shop.take()

        self.sync()
        self.sync()

        self.assertEqual(told_types().count("billing.subscription_canceled"), 1)

    def test_makes_the_row_of_a_subscription_that_no_event_told_of(self) -> None:
        other = make_user()
        deliveries = self.shop.pay(subscribe(other).session_id)
        stripe_id = ours(deliveries, "checkout.session.completed")[0].object["subscription"]

        sync_subscription(StripeService(), stripe_id)

        self.assertTrue(has_premium(other))

    def test_of_what_is_not_ours_changes_nothing(self) -> None:
        row = self.row()
        Subscription.objects.filter(pk=row.pk).update(stripe_subscription_id="sub_elsewhere")
        customer = self.user.stripe_customer
        customer.stripe_customer_id = "cus_elsewhere"
        customer.save()

        class Foreign(StripeService):
            def subscription(self, subscription_id: str) -> Object:
                """Without our metadata."""
                return super().subscription(subscription_id) | {"metadata": {}}

        self.assertIsNone(sync_subscription(Foreign(), self.stripe_id))
        self.assertEqual(Subscription.objects.count(), 1)


class RefundedAnswerTests(SubscriptionTestCase):
    def test_older_than_an_event_does_not_lower_what_was_refunded(self) -> None:
        deliver(self.shop.pay(buy(self.user, make_resource(price_cents=500)).session_id))
        payment = Payment.objects.get(resource__isnull=False)
        shop = self.shop

        class Overtaken(StripeService):
            def refunds_of(self, payment_intent: str) -> Any:
                """The charge was asked for before; now it is refunded, and that is delivered."""
                shop.control("refund", payment_intent=payment_intent)
                deliver(shop.take())
                return super().refunds_of(payment_intent)

        sync_charge(Overtaken(), str(payment.payment_intent))

        payment.refresh_from_db()
        self.assertEqual(payment.amount_refunded, 500)
        run_syncs()
        payment.refresh_from_db()
        self.assertEqual(payment.amount_refunded, 500)

    def test_lowers_what_was_refunded_where_stripe_says_so(self) -> None:
        payment = Payment.objects.get()
        past = timezone.now() - timedelta(minutes=1)
        StripeCharge.objects.update(amount_refunded=900, updated_at=past)

        sync_charge(StripeService(), str(payment.payment_intent))

        payment.refresh_from_db()
        self.assertEqual(payment.amount_refunded, 0)

    def test_of_a_payment_that_is_not_here_changes_nothing(self) -> None:
        sale = self.shop.pay(buy(self.user, make_resource(price_cents=500)).session_id)
        intent = sale[-1].object["payment_intent"]

        self.assertIsNone(sync_charge(StripeService(), intent))
        self.assertFalse(StripeCharge.objects.filter(payment_intent=intent).exists())


class WorkerTests(SubscriptionTestCase):
    def setUp(self) -> None:
        super().setUp()
        request_sync(SyncKind.SUBSCRIPTION, self.stripe_id, because="evt_1")
        self.event = Event.of(OutboxEvent.objects.get(aggregate_id=self.stripe_id))

    def test_asks_once_for_each_cause(self) -> None:
        request_sync(SyncKind.SUBSCRIPTION, self.stripe_id, because="evt_1")
        request_sync(SyncKind.SUBSCRIPTION, self.stripe_id, because="evt_2")

        self.assertEqual(requested_syncs(), [("subscription", self.stripe_id)] * 2)

    def test_waits_while_stripe_is_away(self) -> None:
        for kind in ("reset", "status", "garbage"):
            with self.subTest(kind):
                self.shop.control("fault", kind=kind, times=2)

                with self.assertRaises(RetryLater):
                    sync_with_stripe(self.event)

                self.shop.control("fault", clear=True)

    def test_gives_up_what_stripe_does_not_know(self) -> None:
        request_sync(SyncKind.SUBSCRIPTION, "sub_unknown", because="evt_1")
        event = Event.of(OutboxEvent.objects.get(aggregate_id="sub_unknown"))

        with self.assertRaises(PermanentFailure):
            sync_with_stripe(event)

    def test_gives_up_without_a_key(self) -> None:
        with self.shop.settings(STRIPE_SECRET_KEY=""), self.assertRaises(PermanentFailure):
            sync_with_stripe(self.event)
