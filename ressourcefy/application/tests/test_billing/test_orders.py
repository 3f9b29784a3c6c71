"""Deliveries in every order, each of them twice: the end is always the same."""

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import Any

from django.db import transaction
from django.test import TestCase, tag

from application.dto.events import EventType
from application.services.billing.events import APPLIERS
from application.tests.billing import buy, rows, run_syncs, subscribe, told
from application.tests.shop import Delivery, ShopTestCase, deliver, orders
from monetization.models import Payment, Purchase, Subscription
from monetization.services.premium import has_premium
from monetization.types import PaymentStatus, PurchaseStatus, StripeStatus
from resources.tests.factories import make_resource
from users.models import User
from users.tests.factories import make_user

# Where Stripe was asked, what its answer is dated by.
_BY_OUR_CLOCK = {"applied_key", "past_due_since"}


def read(deliveries: Iterable[Delivery]) -> list[Delivery]:
    """The deliveries of which something is made."""
    return [one for one in deliveries if one.type in APPLIERS]


class OrderTestCase(ShopTestCase, TestCase):
    """Compares the ends of all orders with the end of the order in which it happened."""

    user: User

    def setUp(self) -> None:
        super().setUp()
        self.user = make_user()

    def assert_one_end(
        self,
        deliveries: Sequence[Delivery],
        check: Callable[[], None],
        *,
        with_syncs: bool = False,
        but: set[str] | None = None,
        every: int = 1,
    ) -> None:
        """The same rows and events, whatever the order, and with every delivery twice.

        `check` looks at the end. `but` are types of events that a late delivery need not tell of.
        Of many orders only `every` so many may be tried.
        """
        expected = self._end_of(deliveries, check, with_syncs=with_syncs, but=but)
        for order in islice(orders(deliveries), 0, None, every):
            with self.subTest(order=[one.type for one in order]):
                end = self._end_of(order + order, check, with_syncs=with_syncs, but=but)
                self.assertEqual(end, expected)

    def _end_of(
        self,
        deliveries: Iterable[Delivery],
        check: Callable[[], None],
        *,
        with_syncs: bool,
        but: set[str] | None,
    ) -> tuple[Any, Any]:
        # A savepoint by hand: inside a block of Django's, the adapter would refuse to call Stripe.
        start = transaction.savepoint()
        deliver(deliveries)
        if with_syncs:
            run_syncs()
        end = rows(but=_BY_OUR_CLOCK if with_syncs else None), told(but=but)
        check()
        transaction.savepoint_rollback(start)
        return end

    def assert_status_is(self, status: StripeStatus) -> None:
        self.assertEqual(Subscription.objects.get().stripe_status, status)


# Three classes, because a test run shares the classes out among its processes.


@tag("slow")
class FirstSubscriptionTests(OrderTestCase):
    def test_of_a_first_subscription_ends_paid_and_open(self) -> None:
        deliveries = read(self.shop.pay(subscribe(self.user).session_id))

        self.assertEqual(len(deliveries), 5)
        self.assert_one_end(deliveries, lambda: self.assertTrue(has_premium(self.user)))

    def test_of_a_first_subscription_that_ends_at_once_ends_closed(self) -> None:
        deliveries = read(self.shop.pay(subscribe(self.user).session_id))
        subscription_id = next(one.object["id"] for one in deliveries if "created" in one.type)
        self.shop.control("cancel", subscription=subscription_id)
        deliveries += read(self.shop.take())
        deliveries = [one for one in deliveries if one.type != "invoice_payment.paid"]

        self.assertEqual(len(deliveries), 5)
        self.assert_one_end(
            deliveries,
            lambda: self.assert_status_is(StripeStatus.CANCELED),
            with_syncs=True,
            but={EventType.BILLING_SUBSCRIPTION_ACTIVATED},
            every=5,
        )


@tag("slow")
class PurchaseTests(OrderTestCase):
    def test_of_a_purchase_with_refunds_and_a_dispute_ends_taken_back(self) -> None:
        resource = make_resource(price_cents=500)
        deliveries = read(self.shop.pay(buy(self.user, resource).session_id))
        intent = deliveries[0].object["payment_intent"]
        self.shop.control("refund", payment_intent=intent, amount=100)
        dispute = self.shop.control("dispute", payment_intent=intent)
        self.shop.control("close_dispute", dispute=dispute["id"], outcome="won")
        self.shop.control("refund", payment_intent=intent)
        deliveries += read(self.shop.take())

        self.assertEqual(len(deliveries), 5)
        self.assert_one_end(
            deliveries,
            lambda: self.assertEqual(Purchase.objects.get().status, PurchaseStatus.REVOKED),
            but={EventType.BILLING_PAYMENT_REFUNDED, EventType.BILLING_DISPUTE_OPENED},
        )


@tag("slow")
class RenewalTests(OrderTestCase):
    def test_of_a_failed_renewal_ends_past_due(self) -> None:
        deliver(self.shop.pay(subscribe(self.user).session_id))
        subscription = Subscription.objects.get()
        self._break_card()
        self.shop.control("renew", subscription=subscription.stripe_subscription_id)
        deliveries = read(self.shop.take())

        self.assertEqual(len(deliveries), 3)
        self.assert_one_end(
            deliveries, lambda: self.assert_status_is(StripeStatus.PAST_DUE), with_syncs=True
        )

    def test_of_a_recovered_renewal_ends_active(self) -> None:
        deliver(self.shop.pay(subscribe(self.user).session_id))
        subscription = Subscription.objects.get()
        self._break_card()
        self.shop.control("renew", subscription=subscription.stripe_subscription_id)
        failure = read(self.shop.take())
        invoice = next(one.object["id"] for one in failure if one.type == "invoice.payment_failed")
        self.shop.control("pay_invoice", invoice=invoice)
        deliveries = [*failure[1:], *read(self.shop.take())]
        deliver(failure[:1])

        self.assertEqual(len(deliveries), 5)
        self.assert_one_end(
            deliveries,
            lambda: self.assert_status_is(StripeStatus.ACTIVE),
            with_syncs=True,
            but={EventType.BILLING_PAYMENT_FAILED, EventType.BILLING_SUBSCRIPTION_PAST_DUE},
            every=5,
        )

    def test_of_a_renewal_that_is_refunded_ends_refunded_and_open(self) -> None:
        deliver(self.shop.pay(subscribe(self.user).session_id))
        subscription = Subscription.objects.get()
        self.shop.control("renew", subscription=subscription.stripe_subscription_id)
        deliveries = read(self.shop.take())
        paid = next(one.object for one in deliveries if one.type == "invoice_payment.paid")
        self.shop.control("refund", payment_intent=paid["payment"]["payment_intent"])
        deliveries += read(self.shop.take())

        self.assertEqual(len(deliveries), 4)
        self.assert_one_end(deliveries, self._assert_last_payment_is_refunded, with_syncs=True)

    def _break_card(self) -> None:
        customer = self.user.stripe_customer.stripe_customer_id
        self.shop.control("card", customer=customer, works=False)

    def _assert_last_payment_is_refunded(self) -> None:
        newest = Payment.objects.order_by("paid_at", "id").last()
        assert newest is not None
        refunded = Payment.objects.filter(status=PaymentStatus.REFUNDED)
        self.assertEqual(refunded.count(), 1)
        self.assertTrue(has_premium(self.user))
