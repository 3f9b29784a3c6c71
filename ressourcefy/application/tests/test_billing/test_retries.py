"""Deliveries that failed: written down, tried again, and out of each other's way."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.test import TestCase, TransactionTestCase
from django.utils import timezone

from application.dto.commands import ReplayWebhookCommand
from application.services.billing.deliveries import parse_delivery, store_delivery
from application.services.billing.retries import retry_due_webhooks
from application.tests.billing import buy, subscribe, told_types
from application.tests.shop import Delivery, ShopTestCase, deliver, ours
from application.use_cases.replay_webhook import ReplayWebhook
from core.tests.races import at_once
from core.tests.waiting import InThread, wait_until_somebody_waits_for_us
from monetization.models import Payment, Purchase, StripeCustomer, Subscription, WebhookEvent
from monetization.services.locks import lock_billing, lock_references
from monetization.services.premium import has_premium
from monetization.types import PurchaseStatus, WebhookStatus
from resources.tests.factories import make_resource
from users.models import User
from users.tests.factories import make_user


class Broken(Exception):
    """Something is wrong with the database's rows, and is mended later."""


@contextmanager
def broken(word: str) -> Iterator[None]:
    """Let every statement that has this word in it fail."""

    def fail(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if word in sql:
            raise Broken("of user@example.org, with whsec_0123456789abcdef")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(fail):
        yield


class FailureTests(ShopTestCase, TestCase):
    user: User
    delivery: Delivery

    def setUp(self) -> None:
        super().setUp()
        self.user = make_user()
        session = buy(self.user, make_resource(price_cents=500)).session_id
        self.delivery = ours(self.shop.pay(session), "checkout.session.completed")[0]

    def fail_once(self) -> WebhookEvent:
        with broken("monetization_purchase"), self.assertRaises(Broken):
            deliver([self.delivery])
        return self.row()

    def row(self) -> WebhookEvent:
        return WebhookEvent.objects.get(stripe_id=self.delivery.id)

    def test_is_written_down_and_leaves_nothing_else(self) -> None:
        row = self.fail_once()

        self.assertEqual((row.status, row.attempts), (WebhookStatus.FAILED, 1))
        self.assertIn("Broken", row.error_message)
        self.assertNotIn("user@example.org", row.error_message)
        self.assertFalse(Payment.objects.exists())
        self.assertEqual(told_types(), [])

    def test_is_gone_once_it_is_sent_again(self) -> None:
        self.fail_once()

        deliver([self.delivery])

        row = self.row()
        self.assertEqual((row.status, row.error_message), (WebhookStatus.PROCESSED, ""))
        self.assertEqual(Purchase.objects.get().status, PurchaseStatus.ACTIVE)

    def test_is_tried_again_later_each_time_and_at_least_hourly(self) -> None:
        waits = []
        for _attempt in range(10):
            row = self.fail_once()
            waits.append(round((row.next_retry_at - timezone.now()).total_seconds()))

        self.assertEqual(waits[:7], [30, 60, 120, 240, 480, 960, 1920])
        self.assertEqual(waits[7:], [3600, 3600, 3600])

    def test_is_left_alone_until_it_is_due(self) -> None:
        self.fail_once()

        retry_due_webhooks()
        self.assertEqual(self.row().status, WebhookStatus.FAILED)

        WebhookEvent.objects.update(next_retry_at=timezone.now() - timedelta(seconds=1))
        retry_due_webhooks()
        self.assertEqual(self.row().status, WebhookStatus.PROCESSED)
        self.assertEqual(Purchase.objects.count(), 1)

    def test_of_one_does_not_hold_up_the_others(self) -> None:
        self.fail_once()
        other = make_user()
        deliveries = self.shop.pay(subscribe(other).session_id)
        with broken("monetization_stripecustomer"):
            for delivery in ours(deliveries, "customer.subscription.updated"):
                with self.assertRaises(Broken):
                    deliver([delivery])
        WebhookEvent.objects.update(next_retry_at=timezone.now() - timedelta(seconds=1))

        with broken("monetization_purchase"), self.assertLogs("billing", "ERROR"):
            retry_due_webhooks()

        self.assertEqual(self.row().attempts, 2)
        self.assertTrue(has_premium(other))

    def test_is_mended_by_an_operator(self) -> None:
        self.fail_once()

        ReplayWebhook().execute(ReplayWebhookCommand(stripe_id=self.delivery.id))

        self.assertEqual(Purchase.objects.get().status, PurchaseStatus.ACTIVE)

    def test_of_one_that_took_effect_is_none(self) -> None:
        deliver([self.delivery])

        with broken("monetization_paymentintentrecord"):
            deliver([self.delivery])

        self.assertEqual(self.row().status, WebhookStatus.PROCESSED)


class LockTests(ShopTestCase, TransactionTestCase):
    def test_make_two_deliveries_of_a_person_wait_for_each_other(self) -> None:
        user = make_user()
        deliveries = ours(
            self.shop.pay(subscribe(user).session_id), "customer.subscription.updated"
        )

        with transaction.atomic():
            lock_billing(user.pk)
            waiting = InThread(lambda: deliver(deliveries))
            wait_until_somebody_waits_for_us()
            self.assertFalse(Subscription.objects.exists())

        waiting.result()
        self.assertTrue(has_premium(user))

    def test_make_a_copy_wait_for_its_delivery_before_it_locks_anything_else(self) -> None:
        user = make_user()
        delivery = self.shop.pay(subscribe(user).session_id)[-1]
        store_delivery(parse_delivery(delivery.body))

        with transaction.atomic():
            WebhookEvent.objects.select_for_update().get(stripe_id=delivery.id)
            waiting = InThread(lambda: deliver([delivery]))
            wait_until_somebody_waits_for_us()
            StripeCustomer.objects.select_for_update(nowait=True).get(user=user)

        self.assertEqual(waiting.result()[0].status, WebhookStatus.PROCESSED)

    def test_make_what_is_told_of_one_payment_wait_although_its_owner_is_not_known(self) -> None:
        told_of = self.shop.pay(subscribe(make_user()).session_id)
        paid = ours(told_of, "invoice_payment.paid")[0]
        intent = paid.object["payment"]["payment_intent"]
        self.shop.control("refund", payment_intent=intent)
        refund = ours(self.shop.take(), "charge.refunded")[0]
        invoice = ours(told_of, "invoice.paid")[0]

        for delivery, reference in (
            (invoice, invoice.object["id"]),
            (paid, invoice.object["id"]),
            (paid, intent),
            (refund, intent),
        ):
            with self.subTest(delivery.type, reference=reference):
                WebhookEvent.objects.all().delete()
                with transaction.atomic():
                    lock_references(reference)
                    waiting = InThread(lambda one=delivery: deliver([one]))
                    wait_until_somebody_waits_for_us()

                self.assertEqual(waiting.result()[0].status, WebhookStatus.PROCESSED)

    def test_let_all_that_happened_to_a_person_be_told_at_once(self) -> None:
        user = make_user()
        deliveries = self._history(user)
        self.assertGreater(len(deliveries), 10)

        for round_ in range(3):
            shuffled = list(deliveries)
            random.Random(round_).shuffle(shuffled)
            answers = at_once([lambda one=one: deliver([one]) for one in shuffled])
            self.assertEqual([one for one in answers if isinstance(one, Exception)], [])

        self._assert_is_told(user)

    def test_let_many_people_be_told_of_at_once(self) -> None:
        people = [make_user() for _person in range(4)]
        deliveries = [one for user in people for one in self._history(user)]
        random.Random(0).shuffle(deliveries)

        answers = [
            answer
            for start in range(0, len(deliveries), 16)
            for answer in at_once(
                [lambda one=one: deliver([one]) for one in deliveries[start : start + 16]]
            )
        ]

        self.assertEqual([one for one in answers if isinstance(one, Exception)], [])
        for user in people:
            self._assert_is_told(user)

    def _history(self, user: User) -> list[Delivery]:
        """A subscription, a purchase, a refund and a dispute; only what something is made of."""
        told_of = self.shop.pay(subscribe(user).session_id)
        told_of += self.shop.pay(buy(user, make_resource(price_cents=500)).session_id)
        intent = told_of[-1].object["payment_intent"]
        self.shop.control("refund", payment_intent=intent, amount=100)
        dispute = self.shop.control("dispute", payment_intent=intent)
        self.shop.control("close_dispute", dispute=dispute["id"], outcome="won")
        told_of += self.shop.take()
        return told_of

    def _assert_is_told(self, user: User) -> None:
        self.assertTrue(has_premium(user))
        self.assertEqual(Payment.objects.filter(user=user).count(), 2)
        purchase = Purchase.objects.get(user=user)
        self.assertEqual(purchase.status, PurchaseStatus.ACTIVE)
        assert purchase.payment is not None
        self.assertEqual(purchase.payment.amount_refunded, 100)
