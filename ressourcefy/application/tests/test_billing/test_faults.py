"""A delivery fails, or its process dies, at any statement: sent again, it takes effect once."""

import os
import signal
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.db import connection
from django.test import SimpleTestCase, TransactionTestCase
from django.utils import timezone

from application.services.billing.deliveries import parse_delivery, store_delivery
from application.services.billing.events import APPLIERS
from application.services.billing.retries import retry_due_webhooks
from application.tests.billing import buy, rows, subscribe, told, told_types
from application.tests.shop import Delivery, ShopTestCase, deliver
from core.tests.outbox_helpers import running_worker, wait_until
from monetization.models import Payment, Purchase, Subscription, WebhookEvent
from monetization.services.premium import has_premium
from monetization.types import PurchaseStatus, StripeStatus, WebhookStatus
from resources.tests.factories import make_resource
from users.models import User
from users.tests.factories import make_user


class Fault(Exception):
    """What happens at a statement."""


class Statements:
    """Counts statements; something happens before one of them."""

    def __init__(self, at: int, happen: Callable[[], None]) -> None:
        self.count = 0
        self._at = at
        self._happen = happen

    def __call__(
        self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any
    ) -> Any:
        self.count += 1
        if self.count == self._at:
            self._happen()
        return execute(sql, params, many, context)


def fail() -> None:
    raise Fault


def fail_at_every_statement(case: SimpleTestCase, delivery: Delivery) -> int:
    """Deliver it again and again, failing one statement later each time; how many failed.

    After each failure nothing is different but the delivery's own row.
    """
    before = rows(), told()
    at = 0
    while True:
        at += 1
        statements = Statements(at, fail)
        with connection.execute_wrapper(statements):
            try:
                deliver([delivery])
            except Fault:
                failed = True
            else:
                failed = False
        if not failed:
            return at - 1
        case.assertEqual((rows(), told()), before, f"statement {at} of {delivery.type}")
        row = WebhookEvent.objects.filter(stripe_id=delivery.id).first()
        if row is not None:
            case.assertIn(row.status, {WebhookStatus.PENDING, WebhookStatus.FAILED})


class ExceptionTests(ShopTestCase, TransactionTestCase):
    def test_at_every_statement_of_a_subscription_leave_it_paid_once(self) -> None:
        user = make_user()

        for delivery in self._read(self.shop.pay(subscribe(user).session_id)):
            self.assertGreater(fail_at_every_statement(self, delivery), 5)

        assert_subscribed_once(self, user)

    def test_at_every_statement_of_a_purchase_and_its_refund_take_effect_once(self) -> None:
        user = make_user()
        told_of = self._read(self.shop.pay(buy(user, make_resource(price_cents=500)).session_id))
        intent = told_of[0].object["payment_intent"]
        dispute = self.shop.control("dispute", payment_intent=intent)
        self.shop.control("close_dispute", dispute=dispute["id"], outcome="won")
        self.shop.control("refund", payment_intent=intent)
        told_of += self._read(self.shop.take())

        for delivery in told_of:
            self.assertGreater(fail_at_every_statement(self, delivery), 5)

        self.assertEqual(Purchase.objects.get().status, PurchaseStatus.REVOKED)
        self.assertEqual(Payment.objects.get().amount_refunded, 500)
        self.assertEqual(
            told_types(),
            [
                "billing.checkout_completed",
                "billing.dispute_closed",
                "billing.dispute_opened",
                "billing.payment_completed",
                "billing.payment_refunded",
                "billing.purchase_granted",
            ],
        )

    def test_at_every_statement_of_a_renewal_that_fails_take_effect_once(self) -> None:
        user = make_user()
        deliver(self.shop.pay(subscribe(user).session_id))
        subscription = Subscription.objects.get()
        customer = user.stripe_customer.stripe_customer_id
        self.shop.control("card", customer=customer, works=False)
        self.shop.control("renew", subscription=subscription.stripe_subscription_id)

        for delivery in self._read(self.shop.take()):
            self.assertGreater(fail_at_every_statement(self, delivery), 5)

        subscription.refresh_from_db()
        self.assertEqual(subscription.stripe_status, StripeStatus.PAST_DUE)
        self.assertTrue(subscription.hosted_invoice_url)
        self.assertEqual(told_types().count("billing.payment_failed"), 1)
        self.assertEqual(told_types().count("billing.subscription_past_due"), 1)

    def _read(self, deliveries: list[Delivery]) -> list[Delivery]:
        return [one for one in deliveries if one.type in APPLIERS]


class KilledProcessTests(ShopTestCase, TransactionTestCase):
    def test_leaves_what_it_was_sent_to_the_next_delivery(self) -> None:
        user = make_user()
        deliveries = self.shop.pay(subscribe(user).session_id)

        for delivery in (one for one in deliveries if one.type in APPLIERS):
            at = 1
            while was_killed(delivery, at):
                at += 1
            self.assertGreater(at, 5)

        deliver(deliveries)
        assert_subscribed_once(self, user)

    def test_between_storing_and_processing_leaves_it_to_the_worker(self) -> None:
        user = make_user()
        deliveries = self.shop.pay(subscribe(user).session_id)
        for delivery in deliveries:
            self.assertTrue(was_killed(delivery, _first_statement_after_storing(delivery)))
        waiting = WebhookEvent.objects.filter(status=WebhookStatus.PENDING)
        self.assertEqual(waiting.count(), len(deliveries))
        self.assertFalse(has_premium(user))

        waiting.update(next_retry_at=timezone.now())
        with running_worker():
            wait_until(lambda: not waiting.exists())

        assert_subscribed_once(self, user)

    def test_is_given_a_minute_before_another_takes_over(self) -> None:
        user = make_user()
        for delivery in self.shop.pay(subscribe(user).session_id):
            store_delivery(parse_delivery(delivery.body))

        retry_due_webhooks()
        waiting = WebhookEvent.objects.filter(status=WebhookStatus.PENDING)
        untouched = waiting.count()
        soonest = waiting.order_by("next_retry_at")[0].next_retry_at

        self.assertEqual(untouched, WebhookEvent.objects.count())
        self.assertAlmostEqual(
            soonest - timezone.now(), timedelta(seconds=60), delta=timedelta(seconds=10)
        )


def assert_subscribed_once(case: SimpleTestCase, user: User) -> None:
    case.assertTrue(has_premium(user))
    case.assertEqual(Payment.objects.count(), 1)
    case.assertEqual(Subscription.objects.get().stripe_status, StripeStatus.ACTIVE)
    case.assertEqual(
        told_types(),
        [
            "billing.checkout_completed",
            "billing.payment_completed",
            "billing.subscription_activated",
        ],
    )
    open_ones = {WebhookStatus.PENDING, WebhookStatus.FAILED}
    case.assertFalse(WebhookEvent.objects.filter(status__in=open_ones).exists())


def was_killed(delivery: Delivery, at: int) -> bool:
    """Deliver it in a process that is killed at a statement; False if it lived to the end."""
    child = os.fork()
    if child == 0:
        _deliver_until(delivery, at)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return os.WTERMSIG(status) == signal.SIGKILL
    if os.WEXITSTATUS(status):
        raise AssertionError("The process ended with an error.")
    return False


# The connection of the parent is not the child's to close.
_inherited: list[Any] = []


def _deliver_until(delivery: Delivery, at: int) -> None:
    """What the child does; it never returns."""
    _inherited.append(connection.connection)
    connection.connection = None

    def die() -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    status = 1
    try:
        connection.ensure_connection()
        with connection.execute_wrapper(Statements(at, die)):
            deliver([delivery])
        status = 0
    finally:
        os._exit(status)


def _first_statement_after_storing(delivery: Delivery) -> int:
    """Storing is all that happens before: as many statements as it takes by itself, and one."""
    statements = Statements(0, fail)
    with connection.execute_wrapper(statements):
        store_delivery(parse_delivery(delivery.body))
    WebhookEvent.objects.filter(stripe_id=delivery.id).delete()
    return statements.count + 1
